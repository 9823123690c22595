"""Tables as they may be printed, made by hand or by chance: what charts and sentences are tested on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from hashgrade.studies.estimated import Estimated, EstimatedRow
from hashgrade.studies.figures import Figure, Printed, percent
from hashgrade.studies.ranges import ranges
from hashgrade.studies.study import Disclosure, Study, Table
from hashgrade.studies.table import ALL, Layout

LABELS = ("Category A", "Aged 13 and under", "Posing, nude", "'Self-generated'", "Self-generated and kept",
          "Art. 2(c)(i)", "Seen with another child of 3 to 6, only or also", "7 to 10", "Known, graded here before",
          "50% or more", "A label & one <more>", "“Quoted”, by 2 of 3")
REST = {"cannot_determine": "Cannot be determined", "not_determined": "Not determined"}
SEVERITY = {"A": "Category A", "B": "Category B", "C": "Category C", "not_determined": "Not determined"}
TWO = {"A": "Category A", "B": "Category B"}
BANDS = {"0-2": "0 to 2", "3-6": "3 to 6", "7-10": "7 to 10", "11-13": "11 to 13", "not_determined": "Not determined"}
MONTHS = {f"2023-{n:02}": f"{name} 2023" for n, name in enumerate(
    ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
     "December"), 1)}
Counts = Mapping[Any, int | None]


@dataclass(frozen=True)
class Asked:
    """What a table is beside its numbers."""

    unit: str = "media"
    of: str = "verdict.uk-ew"
    by: str = ""
    chart: str = ""
    sampled: bool = False
    multi_response: bool = False
    round_to: int = 1
    cut: bool = False
    title: str = "Severity under the law of England and Wales"


def table(rows: Mapping[str, str], counts: Counts, base: int | None, asked: Asked = Asked(),
          columns: Mapping[str, str] = {}) -> Printed:
    """A table of these counts, by row, or by (row, column) where it is crossed."""
    shape = Table(key="t", title=asked.title, unit=asked.unit, sampled=asked.sampled, of=asked.of, by=asked.by,
                  chart=asked.chart, multi_response=asked.multi_response)
    conditions = tuple(rows) if asked.multi_response else ()
    layout = Layout(shape, {"of": "x"}, rows, columns, conditions, asked.multi_response, {}, cut=asked.cut)
    study = Study(name="s", title="S", question="Q?", cohort=None, period=None, tables=(),
                  disclosure=Disclosure(10, asked.round_to))
    printed = {place if columns else (place, ""): count for place, count in counts.items()}
    ends = ranges(study, layout, printed, base)
    figures = tuple(Figure(key, column, rows[key], count, percent(count, base) if count is not None and base else None,
                           count is None, "", *ends.get((key, column), (None, None)))
                    for (key, column), count in printed.items())
    return Printed(layout, base, 0, figures, ())


def crossed(cells: Mapping[tuple[str, str], int], rows: Mapping[str, str], columns: Mapping[str, str], asked: Asked,
            hidden: frozenset[tuple[str, str]] = frozenset()) -> Printed:
    """A crossed table with its margins, of which some cells are kept back."""
    counts: dict[tuple[str, str], int | None] = {
        (key, column): sum(count for (one, other), count in cells.items()
                           if key in (one, ALL) and column in (other, ALL))
        for key in (*rows, ALL) for column in (*columns, ALL)}
    base = counts[ALL, ALL]
    shown = {place: None if place in hidden else count for place, count in counts.items()}
    return table({**rows, ALL: "All"}, shown, base, asked, {**columns, ALL: "All"})


def severity(*counts: int | None, asked: Asked = Asked()) -> Printed:
    """A breakdown by severity."""
    base = sum(count or 0 for count in counts)
    return table(SEVERITY, dict(zip(SEVERITY, counts, strict=True)), base, asked)


def by_age(step: int = 7, asked: Asked = Asked(by="youngest_age_band"),
           hidden: frozenset[tuple[str, str]] = frozenset()) -> Printed:
    """Severity by age; cells grow by `step` and begin at nothing."""
    places = [(key, column) for key in SEVERITY for column in BANDS]
    return crossed({place: n * step for n, place in enumerate(places)}, SEVERITY, BANDS, asked, hidden)


def by_month(rows: Mapping[str, str] = SEVERITY, hidden: frozenset[tuple[str, str]] = frozenset(),
             asked: Asked = Asked(by="month"), growth: int = 3) -> Printed:
    """Rows by month; the first row grows and the others stay."""
    cells = {(key, month): 40 + 10 * n + (growth * at if n == 0 else at % 3)
             for n, key in enumerate(rows) for at, month in enumerate(MONTHS)}
    return crossed(cells, rows, MONTHS, asked, hidden)


def estimated(form: str, *values: tuple[float | None, float | None, float | None]) -> Estimated:
    """Estimates of one form: value, low and high of each."""
    rows = tuple(EstimatedRow(f"q{n}", LABELS[n], *ends, 420) for n, ends in enumerate(values))
    return Estimated("estimates", "Estimates of something", "media", rows, (), form)


KINDS: dict[str, Printed | Estimated] = {
    "bars": severity(356, 1204, None, 120),
    "heat": by_age(hidden=frozenset({("B", "0-2")})),
    "lines": by_month(hidden=frozenset({("B", "2023-05")})),
    "lines of parts": by_month(TWO, asked=Asked(by="month", cut=True)),
    "panels of parts": by_month(TWO, asked=Asked(by="month", chart="multiples", cut=True)),
    "panels": by_month(TWO, asked=Asked(by="month", chart="multiples")),
    "panels of bars": by_age(asked=Asked(by="youngest_age_band", chart="multiples"), hidden=frozenset({("B", "3-6")})),
    "waffle": severity(100, 70, 2, 30, asked=Asked(sampled=True, chart="waffle")),
    "coefficients": estimated("coefficient", (0.61, -0.2, 0.68), (0.9, 0.85, 0.95), (None, None, None)),
    "ratios": estimated("ratio", (1.21, 1.05, 1.4), (0.9, 0.7, 1.2), (3.0, 1.5, float("inf")),
                        (float("nan"), 0.0, None)),
    "shares": estimated("share", (0.45, 0.4, 0.5), (0.002, 0.001, 0.02)),
    "seconds": estimated("seconds", (12402.4, None, None), (8031.0, None, None))}
"""One table for each kind of chart."""

_COUNT = st.one_of(st.just(0), st.integers(0, 30), st.integers(0, 10**7))


@st.composite
def any_rows(draw: st.DrawFn) -> Printed:
    """A table of rows: a breakdown, or rows that overlap; with ties, zeros, kept-back counts, rounding, one row."""
    labels = draw(st.lists(st.sampled_from(LABELS), min_size=1, max_size=8, unique=True))
    rows = {f"k{n}": label for n, label in enumerate(labels)} | draw(st.sampled_from([{}, REST]))
    counts = {key: draw(_COUNT) for key in rows}
    many = draw(st.booleans())
    base = max(counts.values()) + draw(st.integers(0, 50)) if many else sum(counts.values())
    step = draw(st.sampled_from([1, 1, 5]))
    shown = {key: None if draw(st.integers(0, 4)) == 0 else count // step * step for key, count in counts.items()}
    asked = Asked(unit=draw(st.sampled_from(["media", "url", "child"])), multi_response=many, round_to=step,
                  of=draw(st.sampled_from(["verdict.uk-ew", "month"])),
                  chart=draw(st.sampled_from(["", "waffle", "none"])), sampled=draw(st.booleans()))
    return table(rows, shown, draw(st.sampled_from([base, base, base, None])), asked)


@st.composite
def any_crossed(draw: st.DrawFn) -> Printed:
    """A crossed table, over time or not, with zeros and kept-back counts."""
    labels = draw(st.lists(st.sampled_from(LABELS), min_size=1, max_size=7, unique=True))
    rows = {f"k{n}": label for n, label in enumerate(labels)} | draw(st.sampled_from([{}, REST]))
    timed = draw(st.booleans())
    columns = dict(list(MONTHS.items())[:draw(st.integers(1, 12))]) if timed else BANDS
    count = draw(st.sampled_from([st.just(0), st.integers(0, 9), st.integers(0, 500)]))
    cells = {(key, column): draw(count) for key in rows for column in columns}
    places = [*cells, *((ALL, column) for column in columns)]
    hidden = frozenset(draw(st.lists(st.sampled_from(places), max_size=draw(st.sampled_from([0, 3])))))
    asked = Asked(unit=draw(st.sampled_from(["media", "url", "child"])), by="month" if timed else "youngest_age_band",
                  chart=draw(st.sampled_from(["", "multiples", "none"])), round_to=draw(st.sampled_from([1, 1, 5])),
                  cut=draw(st.booleans()))
    return crossed(cells, rows, columns, asked, hidden)


@st.composite
def any_estimated(draw: st.DrawFn) -> Estimated:
    """Estimates of any form, some undefined, some without an interval or without an end."""
    form = draw(st.sampled_from(["share", "coefficient", "ratio", "seconds", "days", "number"]))
    most = 1.0 if form in ("share", "coefficient") else 1e5
    least = {"coefficient": -1.0, "ratio": 0.01}.get(form, 0.0)
    number = st.floats(least, most)
    ends = st.one_of(st.tuples(number, number, number).map(sorted).map(lambda three: (three[1], three[0], three[2])),
                     number.map(lambda one: (one, None, None)), st.just((None, None, None)),
                     number.map(lambda one: (one, one, float("inf"))), st.just((float("nan"), 0.0, float("inf"))))
    return estimated(form, *draw(st.lists(ends, min_size=1, max_size=6)))


def any_table() -> st.SearchStrategy[Printed | Estimated]:
    """A table of any kind."""
    return st.one_of(any_rows(), any_crossed(), any_estimated())

"""Changes between periods, and shares of a cohort from its sample: of printed numbers, and equal to a direct count."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from math import isnan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashgrade.studies.comparing import (
    AS_IF,
    BEGUN,
    EMPTY,
    FRAME,
    NEITHER,
    NONE_BEFORE,
    ROUNDED,
    SUMS,
    Earlier,
    before,
    earlier,
    of_change,
    of_sample,
)
from hashgrade.studies.count import count
from hashgrade.studies.estimated import KEPT_BACK
from hashgrade.studies.figures import Figure, Printed, printed
from hashgrade.studies.intervals import Stratum, stratified
from hashgrade.studies.schema import parse
from hashgrade.studies.snapshot import Snapshot
from hashgrade.studies.study import Disclosure, Study
from hashgrade.studies.table import Layout
from hashgrade.studies.trends import rate_ratio, share_ratio
from tests.pure.studies.population import PACKS, judge, records, taken

YEAR = (date(2023, 1, 1), date(2023, 12, 31))
STUDY = """
study: s
title: T
question: Q?
cohort: everything
period: {from: 2023-03-01, until: 2023-04-30}
disclosure: DISCLOSURE
tables:
  sex: {title: Sex, of: sexes}
  severity: {title: Severity, of: verdict.uk-ew, by: sexes}
"""


@cache
def study(disclosure: str = "{none: these records are made up}") -> Study:
    """Two tables of two months."""
    return parse(STUDY.replace("DISCLOSURE", disclosure), "s.yaml")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """400 items over 380 days from the first of January."""
    return taken(tmp_path_factory.mktemp("snapshot"), 5, 400)


def table(counts: Mapping[str, int | None], base: int | None = 100, unit: str = "") -> Printed:
    """A table as it is printed, with these counts."""
    of = study().tables[0]
    layout = Layout(of, {}, {key: key.upper() for key in counts}, {}, (), False, {})
    figures = tuple(Figure(key, "", key.upper(), number, None, number is None, unit) for key, number in counts.items())
    return Printed(layout, base, 0, figures, ())


def past(counts: Mapping[str, int | None], base: int | None = 100) -> Earlier:
    """The same table of the year before."""
    return Earlier(before(YEAR), {"sex": table(counts, base)}, None)


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 800))
def test_the_period_before_ends_where_this_begins(first: date, days: int) -> None:
    """It is as long, in days or in whole months, and no day is in both or in neither."""
    period = first, first + timedelta(days=days)
    start, end = before(period)
    assert end + timedelta(days=1) == first
    if first.day == 1 and (period[1] + timedelta(days=1)).day == 1:
        assert start.day == 1
        assert start.month % 12 == (2 * first.month - (period[1] + timedelta(days=1)).month) % 12
    else:
        assert (end - start).days == days


def test_a_year_stands_beside_the_year_before() -> None:
    """Though one of them has a day more; and a quarter beside the quarter before."""
    assert before((date(2024, 1, 1), date(2024, 12, 31))) == YEAR
    assert before((date(2024, 1, 1), date(2024, 3, 31))) == (date(2023, 10, 1), date(2023, 12, 31))
    assert before((date(2023, 3, 1), date(2023, 3, 31))) == (date(2023, 2, 1), date(2023, 2, 28))
    assert before((date(2023, 3, 2), date(2023, 3, 4))) == (date(2023, 2, 27), date(2023, 3, 1))


@settings(max_examples=40)
@given(st.integers(1, 300), st.integers(1, 300))
def test_a_change_is_the_ratio_of_both_printed_numbers(now: int, then: int) -> None:
    """By days, 365 and 365 in these years; or by shares of both bases."""
    (row,) = of_change(table({"a": now}, 300), past({"a": then}, 400), YEAR, shares=False, rounded=False).rows
    wanted = rate_ratio(now, 365, then, 365)
    assert (row.value, row.low, row.high, row.n) == (wanted.value, wanted.low, wanted.high, now)
    (row,) = of_change(table({"a": now}, 300), past({"a": then}, 400), YEAR, shares=True, rounded=False).rows
    wanted = share_ratio(now, 300, then, 400)
    assert (row.value, row.low, row.high) == (wanted.value, wanted.low, wanted.high)
    assert f"{then} in the period before" in row.note


def test_what_is_kept_back_has_no_ratio() -> None:
    """In either period, or in a base by which shares are made."""
    both = of_change(table({"a": None, "b": 20}), past({"a": 20, "b": None}), YEAR, shares=False, rounded=False)
    assert [(row.value, row.note) for row in both.rows] == [(None, KEPT_BACK), (None, KEPT_BACK)]
    assert [row.n for row in both.rows] == [None, 20]
    (row,) = of_change(table({"a": 20}, None), past({"a": 20}), YEAR, shares=True, rounded=False).rows
    assert (row.value, row.note) == (None, KEPT_BACK)


def test_nothing_before_is_said() -> None:
    """No ratio where there were none before, nor where there are none in either; none at all where nothing was held."""
    found = of_change(table({"a": 20, "b": 0, "c": 0}), past({"a": 0, "b": 0, "c": 20}), YEAR, shares=False,
                      rounded=False)
    assert [(row.value, row.note) for row in found.rows[:2]] == [(None, NONE_BEFORE), (None, NEITHER)]
    assert found.rows[2].value == 0
    empty = of_change(table({"a": 20}), Earlier(before(YEAR), {}, date(2022, 7, 1)), YEAR, shares=True, rounded=False)
    assert (empty.rows[0].value, empty.rows[0].note) == (None, NONE_BEFORE)
    assert {EMPTY, BEGUN.format("2022-07-01")} < set(empty.notes)


def test_rounded_and_added_up_counts_have_no_interval() -> None:
    """Their ratios stand without one, and a note says why."""
    found = of_change(table({"a": 20}), past({"a": 10}), YEAR, shares=False, rounded=True)
    assert (found.rows[0].value, found.rows[0].low, found.notes[-1]) == (2.0, None, ROUNDED)
    found = of_change(table({"a": 20}, unit="child"), past({"a": 10}), YEAR, shares=True, rounded=False)
    assert (found.rows[0].value, found.rows[0].low, found.notes[-1]) == (2.0, None, AS_IF)
    assert SUMS in found.rows[0].note


def test_the_period_before_is_counted_as_it_was(kept: Snapshot) -> None:
    """Each count is that of going through the records of January and February one by one."""
    found = earlier(study(), kept, study().period or YEAR)
    assert found.period == (date(2023, 1, 1), date(2023, 2, 28))
    said: Counter[str] = Counter()
    for item, grade in records(5, 400)[0]:
        if found.period[0] <= item.first_seen.date() <= found.period[1] and grade:
            (outcome, *others) = [judge(grade)["uk-ew"].at_least, *judge(grade)["uk-ew"].could_be]
            said["not_determined" if others else outcome] += 1
    held = {figure.key: figure.count for figure in found.tables["severity"].figures if figure.column == "all"}
    assert {key: held[key] for key in ("A", "B", "C")} == {key: said[key] for key in ("A", "B", "C")}


def test_the_period_before_is_guarded_as_its_own_report(kept: Snapshot) -> None:
    """With all tables of the study, so that a change tells no number that the earlier report kept back."""
    asked = study("{under: 10}")
    found = earlier(asked, kept, asked.period or YEAR)
    own = printed(asked, count(asked, kept, found.period), PACKS)[0]
    assert {table.name: table.figures for table in own} == {name: one.figures for name, one in found.tables.items()}
    assert any(figure.count is None for figure in found.tables["severity"].figures)


def test_records_that_begin_later_are_told(kept: Snapshot) -> None:
    """The day of the first record is told where the period before begins earlier, and an empty one has no tables."""
    found = earlier(study(), kept, YEAR)
    assert (found.tables, found.begun) == ({}, min(item.first_seen for item, _ in records(5, 400)[0]).date())
    assert earlier(study(), kept, (date(2023, 6, 1), date(2023, 6, 30))).begun is None


# -- a sample -----------------------------------------------------------------------------------------------------


def crossed(counts: Mapping[str, Mapping[str, int | None]]) -> Printed:
    """A table of a sample by stratum: rows of strata, and for each stratum how many were drawn, under `all`."""
    of = replace(study().tables[0], by="stratum", sampled=True)
    strata = [*next(iter(counts.values())), "all"]
    layout = Layout(of, {}, {key: key.upper() for key in counts}, {key: key for key in strata}, (), False, {})
    figures = tuple(Figure(key, stratum, key.upper(), number, None, number is None)
                    for key, row in counts.items() for stratum, number in row.items())
    return Printed(layout, None, 0, figures, ())


@given(st.integers(0, 30), st.integers(0, 20))
def test_a_share_of_the_cohort_is_that_of_its_strata(single: int, several: int) -> None:
    """Each stratum weighs as much as it holds."""
    sample = crossed({"a": {"single": single, "several": several}, "all": {"single": 30, "several": 20}})
    (row,) = of_sample(sample, {"single": 30, "several": 20}, {"single": 900, "several": 100}, 1000).rows
    wanted = stratified([Stratum(900, 30, single), Stratum(100, 20, several)])
    assert (row.value, row.low, row.high, row.n) == (wanted.value, wanted.low, wanted.high, 50)
    assert row.value == pytest.approx(0.9 * single / 30 + 0.1 * several / 20)
    assert not isnan(row.value or 0.0)


@pytest.mark.parametrize(("frame", "drawn", "total", "said"), [
    (None, {"x": 30}, 100, FRAME), ({"x": 90}, {"x": 31}, 100, "Of stratum x, 30 of the 31 drawn"),
    ({"x": 90}, {"x": 30}, 80, "they overlap"), ({"x": 0}, {"x": 0}, 80, "hold nothing")])
def test_where_no_share_can_be_told_that_is_said(frame: dict[str, int] | None, drawn: dict[str, int], total: int,
                                                 said: str) -> None:
    """Rows stay without a value, and a note says why."""
    found = of_sample(crossed({"a": {"x": 3}, "all": {"x": 30}}), drawn, frame, total)
    assert [row.value for row in found.rows] == [None]
    assert said in found.notes[0]


def test_strata_that_hold_a_part_are_told() -> None:
    """Shares are then of that part; and what a table keeps back has none."""
    found = of_sample(crossed({"a": {"x": 3}, "b": {"x": None}, "all": {"x": 30}}), {"x": 30}, {"x": 90}, 1000)
    assert "The strata hold 90 of the cohort's 1,000 media" in found.notes[1]
    assert [(row.key, row.value, row.note) for row in found.rows] == [("a", 0.1, ""), ("b", None, KEPT_BACK)]


def test_rounding_is_said(kept: Snapshot) -> None:
    """A study that rounds has the same rule for the period before."""
    asked = replace(study(), disclosure=Disclosure(10, 5))
    counts = [figure.count for figure in earlier(asked, kept, asked.period or YEAR).tables["sex"].figures]
    assert all(number is None or number % 5 == 0 for number in counts)

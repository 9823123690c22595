"""Tables whose rows are estimates in place of counts: a value, its interval, and how many units it rests on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hashgrade.studies.agreement import Compared
from hashgrade.studies.exposure import ASSUMPTIONS, WAYS, Avoided, Dose, Doses
from hashgrade.studies.intervals import Estimate, wilson

INDEPENDENT = "Of what readers said on their own: each reader's last reading of an item before anybody settled it."
RESAMPLED = "Intervals are the middle 95% of 2,000 resamples of items."
OVERTURNED = "Counted are settlements that say otherwise than {} reading of the item."
SETTLED = "n is of settled items of which the settlement and some independent reading answer the question."
TWO_ONLY = "Cohen's kappa is of two readers, and more have read items of the study. Fleiss' kappa is of any number."
NO_PAIRS = "No item of the study has independent readings by two people."
NONE_SETTLED = "No item of the study that was read independently has been settled."
NOTHING_SPARED = "Recognition spared no views of items of the study."
NONE_TIMED = "In no week did three readers time readings of items of the study."
WEEKS_KEPT_BACK = "Kept back, and in no sum: a severity in a week that fewer than three readers timed ({many} times)."
MARK = "(c)"
"""What stands for a number that is kept back."""
KEPT_BACK = f"{MARK} Kept back."
POLICY = "Policy is taken to ask for {} readings of an item."
IN_SUM = "All of these together"
NO_TIME = "Too few readers timed theirs."
EVERYTHING = "All severities"


@dataclass(frozen=True, slots=True)
class EstimatedRow:
    """One estimate.

    Args:
        key: Its name in findings.
        label: Its name for people.
        value: None where it is undefined or kept back, as the note says.
        low: Where its interval begins; None where it has none.
        high: Where it ends; None where it has none, or has no end.
        n: How many units it rests on; None where that is kept back.
        note: What must be known of this row; empty where there is nothing.
    """

    key: str
    label: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Estimated:
    """A table of estimates.

    Args:
        key: Its name in findings and file names.
        title: Its name for people.
        unit: What `n` of its rows counts: a unit of count, or one such thing in words joined by `_`.
        rows: Its estimates, in order.
        notes: What is printed below it.
        form: What a value is: `share` (0 to 1), `coefficient` (-1 to 1), `ratio` (from 0, 1 is no change), `seconds`,
            `days`, `mean`, or `number`, which is whole.
        internal: Whether it is for inside only.
        draft: What is said, where it travels alone, if it rests on a pack in draft.
    """

    key: str
    title: str
    unit: str
    rows: tuple[EstimatedRow, ...]
    notes: tuple[str, ...] = ()
    form: str = "number"
    internal: bool = False
    draft: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a measure found: rows, what `n` counts, what a value is, and what must be said of all rows."""

    rows: tuple[EstimatedRow, ...]
    unit: str
    form: str
    notes: tuple[str, ...] = ()


def of_agreement(compared: Sequence[Compared], coefficient: str) -> Found:
    """One coefficient of every question that two readers of an item answered.

    Args:
        compared: As studies.measures or studies.agreement give it.
        coefficient: The name of one of the estimates of an `Agreement`.
    """
    rows = tuple(_agreed(compared, coefficient))
    notes = (INDEPENDENT, RESAMPLED) if rows else (INDEPENDENT, TWO_ONLY if compared else NO_PAIRS)
    return Found(rows, "media", "share" if coefficient == "raw" else "coefficient", notes)


def _agreed(compared: Iterable[Compared], name: str) -> Iterator[EstimatedRow]:
    for one in compared:
        estimate: Estimate | None = getattr(one.agreement, name)
        scaled = name != "alpha_ordinal" or one.question.order or one.question.counted
        if estimate or (scaled and (name != "cohen" or one.agreement.raters == 2)):
            row = row_of(one.question.key, one.question.label, estimate, one.agreement.units, one.agreement.warning)
            yield row if row.low != 1 else _throughout(row, name)


def _throughout(row: EstimatedRow, name: str) -> EstimatedRow:
    """Where no two readings differ resampling shows no doubt: of items that all agree there is Wilson's, else none."""
    ends = wilson(row.n or 0, row.n or 0)
    return replace(row, low=ends.low, high=ends.high) if name == "raw" else replace(row, low=None, high=None)


def of_overturned(compared: Sequence[Compared], every: bool) -> Found:
    """How often settlements say other than some reading, or than every one, question by question.

    Args:
        compared: As studies.measures or studies.agreement give it.
        every: Whether than every one.
    """
    rows = tuple(row_of(one.question.key, one.question.label, one.overturned.all if every else one.overturned.some,
                        one.overturned.items) for one in compared if one.overturned.items)
    said = OVERTURNED.format("every" if every else "some")
    return Found(rows, "settled_item", "share", (said, INDEPENDENT, SETTLED) if rows else (INDEPENDENT, NONE_SETTLED))


def of_avoided(avoided: Iterable[Avoided], labels: Mapping[str, str], wanted: int, under: int) -> Found:
    """Seconds that nobody had to look, by severity and why, and in sum; of `under` views or more.

    Args:
        avoided: As studies.measures or studies.exposure give it.
        labels: The name of each severity.
        wanted: How many readings policy asks of an item.
        under: Fewer views, which are of few items, are kept back.
    """
    rows = [_spared(one, f"{_named(one.severity, labels)}: {WAYS[one.way].lower()}", under) for one in avoided]
    told = [(row.value, row.n) for row in rows if row.value is not None and row.n is not None]
    if len(told) > 1:
        rows.append(EstimatedRow("all", IN_SUM, sum(value for value, _ in told), None, None, sum(n for _, n in told)))
    return Found(tuple(rows), "view", "seconds", (POLICY.format(wanted), *ASSUMPTIONS) if rows else (NOTHING_SPARED,))


def _spared(one: Avoided, label: str, under: int) -> EstimatedRow:
    key = f"{one.severity}.{one.way}"
    if one.views < under:
        return EstimatedRow(key, label, None, None, None, None, KEPT_BACK)
    return row_of(key, label, one.seconds, one.views, "" if one.seconds else NO_TIME)


def of_dose(doses: Doses, labels: Mapping[str, str], by_week: bool) -> Found:
    """Seconds that items were visible, by severity or by week; of three readers or more.

    Args:
        doses: As studies.measures or studies.exposure give it.
        labels: The name of each severity.
        by_week: Whether by week in place of severity.
    """
    if by_week:
        rows = tuple(_seen(str(one.week), f"Week of {one.week}", one) for one in doses.sums if one.week)
    else:
        rows = tuple(_seen(one.severity or "all", _named(one.severity, labels), one)
                     for one in doses.sums if one.week is None)
    notes = () if rows else (NONE_TIMED,)
    kept_back = (WEEKS_KEPT_BACK.format(many=f"{doses.kept_back:,}"),) if doses.kept_back else ()
    return Found(rows, "reading", "seconds", notes + kept_back)


def _named(severity: str, labels: Mapping[str, str]) -> str:
    return labels.get(severity, severity.replace("_", " ").capitalize() or EVERYTHING)


def _seen(key: str, label: str, one: Dose) -> EstimatedRow:
    return EstimatedRow(key, label, one.seconds, None, None, one.readings)


def row_of(key: str, label: str, estimate: Estimate | None, n: int | None, note: str = "") -> EstimatedRow:
    """The row of one estimate."""
    if estimate is None:
        return EstimatedRow(key, label, None, None, None, n, note)
    return EstimatedRow(key, label, estimate.value, estimate.low, estimate.high, n, note)

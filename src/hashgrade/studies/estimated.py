"""Tables whose rows are estimates in place of counts: a value, its interval, and how many units it rests on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hashgrade.studies.agreement import Compared
from hashgrade.studies.exposure import ASSUMPTIONS, WAYS, Avoided, Dose, Doses
from hashgrade.studies.intervals import Estimate

COEFFICIENTS = {
    "raw": "Raw agreement",
    "ac1": "Gwet's AC1",
    "alpha": "Krippendorff's alpha, nominal",
    "alpha_ordinal": "Krippendorff's alpha, ordinal",
    "cohen": "Cohen's kappa",
    "fleiss": "Fleiss' kappa",
}
OVERTURNED = {"some": "Settled otherwise than some reading", "all": "Settled otherwise than every reading"}
INDEPENDENT = "Of what readers said on their own: each reader's last reading of an item before anybody settled it."
RESAMPLED = "Intervals are the middle 95% of 2,000 resamples of items."
KEPT_BACK = "Weeks in which fewer than three readers timed theirs are kept back, and are in no sum: {many} of them."
EVERYTHING = "All severities"


@dataclass(frozen=True, slots=True)
class EstimatedRow:
    """One estimate.

    Args:
        key: Its name in findings.
        label: Its name for people.
        value: None where it is undefined, as the note says.
        low: Where its interval begins; None where it has none.
        high: Where it ends.
        n: How many units it rests on.
        note: What must be known of this row; empty where there is nothing.
    """

    key: str
    label: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Estimated:
    """A table of estimates.

    Args:
        key: Its name in findings and file names.
        title: Its name for people.
        unit: What `n` of its rows counts.
        rows: Its estimates, in order.
        notes: What is printed below it.
        form: What a value is: `share` (0 to 1), `coefficient` (-1 to 1), `ratio` (from 0, 1 is no change), `seconds`,
            `days`, or `number`.
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


def of_agreement(compared: Sequence[Compared]) -> tuple[Estimated, ...]:
    """One table for each coefficient that any question has, and two for how often settlements overturn readings.

    Args:
        compared: As studies.measures or studies.agreement give it.
    """
    agreed = [Estimated(f"agreement_{name}", title, "media", tuple(_agreed(compared, name)), (INDEPENDENT, RESAMPLED),
                        "share" if name == "raw" else "coefficient")
              for name, title in COEFFICIENTS.items() if any(getattr(one.agreement, name) for one in compared)]
    turned = [Estimated(f"overturned_{name}", title, "media", tuple(_turned(compared, name)), (INDEPENDENT,), "share")
              for name, title in OVERTURNED.items() if any(one.overturned.items for one in compared)]
    return (*agreed, *turned)


def _agreed(compared: Iterable[Compared], name: str) -> Iterator[EstimatedRow]:
    for one in compared:
        estimate: Estimate | None = getattr(one.agreement, name)
        if estimate or name != "alpha_ordinal" or one.question.order:
            yield _row(one.question.key, one.question.label, estimate, one.agreement.units, one.agreement.warning)


def _turned(compared: Iterable[Compared], name: str) -> Iterator[EstimatedRow]:
    for one in compared:
        if one.overturned.items:
            share: Estimate | None = getattr(one.overturned, name)
            yield _row(one.question.key, one.question.label, share, one.overturned.items)


def of_exposure(avoided: Iterable[Avoided], doses: Doses, labels: Mapping[str, str]) -> tuple[Estimated, ...]:
    """Seconds that nobody had to look, and seconds that were looked, by severity; both with what they rest on.

    Args:
        avoided: As studies.measures or studies.exposure give it.
        doses: Likewise.
        labels: The name of each severity.
    """
    spared = tuple(_row(f"{one.severity}.{one.way}", f"{_named(one.severity, labels)}: {WAYS[one.way].lower()}",
                        one.seconds, one.views) for one in avoided)
    sums = tuple(_seen(one.severity or "all", one, labels) for one in doses.sums if one.week is None)
    weeks = tuple(_seen(str(one.week), one, labels) for one in doses.sums if one.week)
    kept_back = (KEPT_BACK.format(many=doses.kept_back),) if doses.kept_back else ()
    return (Estimated("exposure_avoided", "Seconds of views that were avoided", "view", spared, ASSUMPTIONS, "seconds"),
            Estimated("exposure_dose", "Seconds that items were visible", "reading", sums, kept_back, "seconds"),
            Estimated("exposure_weeks", "Seconds that items were visible, by week", "reading", weeks, kept_back, "seconds"))


def _named(severity: str, labels: Mapping[str, str]) -> str:
    return labels.get(severity, severity.replace("_", " ").capitalize() or EVERYTHING)


def _seen(key: str, one: Dose, labels: Mapping[str, str]) -> EstimatedRow:
    label = _named(one.severity, labels) if one.week is None else f"Week of {one.week}"
    return EstimatedRow(key, label, one.seconds, None, None, one.readings)


def _row(key: str, label: str, estimate: Estimate | None, n: int, note: str = "") -> EstimatedRow:
    if estimate is None:
        return EstimatedRow(key, label, None, None, None, n, note)
    return EstimatedRow(key, label, estimate.value, estimate.low, estimate.high, n, note)

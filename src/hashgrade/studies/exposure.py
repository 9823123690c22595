"""Exposure: what people did not have to look at, and what they did, in seconds; of groups, never of a person.

A reader goes in as any value that tells readers apart, and nothing of it comes out. What
fewer than three readers did is kept back and is in no sum either, so that no difference of
two printed numbers is theirs.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import fsum, inf, sqrt
from statistics import fmean, variance

from scipy.special import stdtrit

from hashgrade.errors import InputError
from hashgrade.studies.intervals import Estimate, confident

Cell = tuple[date, str]

READERS_LEAST = 3
KNOWN, CLUSTER, AGAIN = "known", "cluster", "again"
WAYS = {
    KNOWN: "Recognised before anyone saw it",
    CLUSTER: "Near an item that has a grade",
    AGAIN: "Seen again after it was graded",
}
ASSUMPTIONS = (
    "Without recognition, every item would be read as often as policy asks, each time that it is seen.",
    "An item that was recognised, or is near a graded one, and that nobody has read, will not be read.",
    "A view that was avoided would have taken as long as the mean timed reading of the same severity; "
    "where three readers timed none in any one week, as the mean of all.",
    "Readings without a time count as readings and add no seconds.",
)
"""What the numbers of `avoided` rest on; printed with them."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One item that was taken in.

    Args:
        severity: The outcome of its verdict, or of its cluster's, or `not_determined`.
        graded: Whether it has a grade of record.
        known: Whether it was recognised before anyone saw it.
        clustered: Whether another item of its cluster has a grade of record.
        readings: How many readings it has, from 0.
        sightings: How often it was seen, from 1.
    """

    severity: str
    graded: bool
    known: bool
    clustered: bool
    readings: int
    sightings: int = 1


@dataclass(frozen=True, slots=True)
class Viewed:
    """One reading as exposure: of what severity, by whom, in which week (its Monday), for how many seconds."""

    severity: str
    reader: Hashable
    week: date
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Avoided:
    """Views that were not needed, by severity and way; `seconds` is None where too few readers timed theirs."""

    severity: str
    way: str
    views: int
    seconds: Estimate | None


@dataclass(frozen=True, slots=True)
class Dose:
    """What three readers or more saw: in a week, or (None) in all such weeks; of a severity, or (empty) of all."""

    week: date | None
    severity: str
    readings: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Doses:
    """The dose by week and severity, its sums, and how many weeks of a severity were kept back and are in no sum."""

    weeks: tuple[Dose, ...]
    sums: tuple[Dose, ...]
    kept_back: int


def week_of(at: datetime) -> date:
    """The Monday of a time's week."""
    return at.date() - timedelta(days=at.weekday())


def spared(items: Iterable[Taken], wanted: int = 2) -> Mapping[tuple[str, str], int]:
    """Count the views that were not needed, by severity and way; each is counted in one way only.

    An item that was recognised, or else is near a graded one, spares the readings that it
    lacks. An item with a grade, or recognised, spares all readings each time it is seen again.

    Args:
        items: What was taken in.
        wanted: How many readings policy asks of an item, from 1.

    Raises:
        InputError: STU-24, a number of readings or sightings is none.
    """
    found: Counter[tuple[str, str]] = Counter()
    for item in items:
        if item.readings < 0 or item.sightings < 1 or wanted < 1:
            said = f"{item.readings} readings of {wanted}, in {item.sightings} sightings"
            raise InputError("STU-24", f"an item has {said}")
        if item.known or item.clustered:
            found[item.severity, KNOWN if item.known else CLUSTER] += max(0, wanted - item.readings)
        if item.known or item.graded:
            found[item.severity, AGAIN] += (item.sightings - 1) * wanted
    return +found


def avoided(views: Mapping[tuple[str, str], int], viewed: Sequence[Viewed],
            confidence: float = 0.95) -> tuple[Avoided, ...]:
    """Turn views that were not needed into seconds, with the interval of the mean that they rest on.

    The interval is Student's of the mean seconds of a reading, times the views; what the
    assumptions leave out (see `ASSUMPTIONS`) it does not tell.

    Args:
        views: As `spared` gives them.
        viewed: The readings that there were.
        confidence: Above 0 and below 1.

    Raises:
        InputError: STU-20, the confidence is outside its range; STU-24, seconds are not from 0.
    """
    confident(confidence)
    shown = _shown(viewed)[0]
    timed = {severity: [one for cell, held in shown.items() if cell[1] == severity for one in held]
             for severity in {severity for severity, _ in views}}
    every = [one for held in shown.values() for one in held]
    means = {severity: _mean(timed[severity] or every, confidence) for severity in timed}
    return tuple(Avoided(severity, way, count, _times(count, means[severity]))
                 for (severity, way), count in sorted(views.items()))


def _mean(viewed: Sequence[Viewed], confidence: float) -> Estimate | None:
    seconds = [one.seconds for one in viewed if one.seconds is not None]
    if not seconds:
        return None
    mean = fmean(seconds)
    half = float(stdtrit(len(seconds) - 1, (1 + confidence) / 2)) * sqrt(variance(seconds, mean) / len(seconds))
    return Estimate(mean, max(0.0, mean - half), mean + half)


def _times(count: int, mean: Estimate | None) -> Estimate | None:
    return mean and Estimate(count * mean.value, count * mean.low, count * mean.high)


def dose(viewed: Iterable[Viewed]) -> Doses:
    """Sum what readers saw, by week and severity; what fewer than three readers timed is nowhere in it.

    Every sum is one of weeks that are shown, and so can be worked out from them: it gives
    away nothing more. One of three readers, who knows their own part, learns of the other
    two only what they did together.

    Args:
        viewed: Readings, corrected ones too, for they were seen.

    Raises:
        InputError: STU-24, seconds are not from 0.
    """
    shown, kept_back = _shown(viewed)
    weeks = [Dose(*cell, len(shown[cell]), _seconds(shown[cell])) for cell in sorted(shown)]
    severities, days = sorted({one.severity for one in weeks}), sorted({one.week for one in weeks if one.week})
    groups = [*((None, severity) for severity in severities), *((day, "") for day in days), (None, "")]
    return Doses(tuple(weeks), tuple(_sum(weeks, *group) for group in groups if weeks), kept_back)


def _shown(viewed: Iterable[Viewed]) -> tuple[dict[Cell, list[Viewed]], int]:
    """The weeks and severities of which three readers or more timed readings; and how many others there are."""
    cells: defaultdict[Cell, list[Viewed]] = defaultdict(list)
    for one in viewed:
        if one.seconds is not None and not 0 <= one.seconds < inf:
            raise InputError("STU-24", f"a reading of {one.seconds} s is told")
        cells[one.week, one.severity].append(one)
    readers = {cell: {one.reader for one in held if one.seconds is not None} for cell, held in cells.items()}
    shown = {cell: held for cell, held in cells.items() if len(readers[cell]) >= READERS_LEAST}
    return shown, len(cells) - len(shown)


def _sum(weeks: Sequence[Dose], week: date | None, severity: str) -> Dose:
    of = [one for one in weeks if week in (None, one.week) and severity in ("", one.severity)]
    return Dose(week, severity, sum(one.readings for one in of), fsum(one.seconds for one in of))


def _seconds(viewed: Iterable[Viewed]) -> float:
    return fsum(one.seconds or 0.0 for one in viewed)

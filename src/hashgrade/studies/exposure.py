"""Exposure: what people did not have to look at, and what they did, in seconds; of groups, never of a person.

Readings come in as cells that say how many readers they are of, and not which. A cell of
fewer than three readers is kept back and is in no sum and no mean either, so that no
difference of two printed numbers is theirs. Times are whole milliseconds, so that sums do not
depend on their order.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt

from scipy.special import stdtrit

from hashgrade.errors import InputError
from hashgrade.studies.intervals import Estimate, confident

READERS_LEAST = 3
KNOWN, NEAR, AGAIN = "known", "near", "again"
WAYS = {
    KNOWN: "Recognised before anyone saw it",
    NEAR: "Near an item that is known",
    AGAIN: "Seen again after it was known",
}
ASSUMPTIONS = (
    "Without recognition, every item would be read as often as policy asks, each time that it is seen.",
    "An item that was recognised, or is near a known one, and that nobody has read, will not be read.",
    "A view that was avoided would have taken as long as the mean timed reading of the same severity; "
    "where no week of it has three readers who timed theirs, as the mean of all.",
    "Readings without a time count as readings and add no seconds.",
)
"""What the numbers of `avoided` rest on; printed with them."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Items that were taken in and are alike.

    Args:
        severity: The outcome of their verdict, or `not_determined`.
        graded: Whether they have a grade of record.
        known: Whether they were recognised exactly before anyone saw them.
        near: Whether they were recognised as near a known one.
        readings: How many readings each has, from 0.
        sightings: How often each was seen, from 1.
        items: How many they are, from 1.
    """

    severity: str
    graded: bool
    known: bool
    near: bool
    readings: int
    sightings: int = 1
    items: int = 1


@dataclass(frozen=True, slots=True)
class Viewed:
    """The readings of one severity in one week.

    Args:
        week: Its Monday.
        severity: The outcome of the items' verdict, or `not_determined`.
        readers: How many readers timed any of these readings.
        readings: Readings, those without a time and those that were corrected too.
        timed: Readings with a time.
        visible_ms: Milliseconds that items were visible, in sum.
        squares: The sum of the squares of the milliseconds of each.
    """

    week: date
    severity: str
    readers: int
    readings: int
    timed: int
    visible_ms: int
    squares: int


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


def spared(items: Iterable[Taken], wanted: int = 2) -> Mapping[tuple[str, str], int]:
    """Count the views that were not needed, by severity and way; each is counted in one way only.

    An item that was recognised, or else is near a known one, spares the readings that it
    lacks. An item with a grade, or recognised, spares all readings each time it is seen again.

    Args:
        items: What was taken in.
        wanted: How many readings policy asks of an item, from 1.

    Raises:
        InputError: STU-24, a number of readings or sightings is none.
    """
    found: Counter[tuple[str, str]] = Counter()
    for one in items:
        if min(one.readings, one.sightings - 1, one.items - 1, wanted - 1) < 0:
            raise InputError("STU-24", f"{one.items} items have {one.readings} readings of {wanted} each, "
                                       f"in {one.sightings} sightings")
        if one.known or one.near:
            found[one.severity, KNOWN if one.known else NEAR] += one.items * max(0, wanted - one.readings)
        if one.known or one.graded:
            found[one.severity, AGAIN] += one.items * (one.sightings - 1) * wanted
    return +found


def avoided(views: Mapping[tuple[str, str], int], viewed: Sequence[Viewed],
            confidence: float = 0.95) -> tuple[Avoided, ...]:
    """Turn views that were not needed into seconds, with the interval of the mean that they rest on.

    The interval is Student's of the mean seconds of a reading, times the views; what the
    assumptions leave out (see `ASSUMPTIONS`) it does not tell.

    Args:
        views: As `spared` gives them.
        viewed: The readings that there were, one for each week and severity.
        confidence: Above 0 and below 1.

    Raises:
        InputError: STU-20, the confidence is outside its range; STU-24, times or numbers are not what they can be.
    """
    confident(confidence)
    shown = _shown(viewed)
    means = {severity: _mean([one for one in shown if one.severity == severity] or shown, confidence)
             for severity in {severity for severity, _ in views}}
    return tuple(Avoided(severity, way, count, _times(count, means[severity]))
                 for (severity, way), count in sorted(views.items()))


def _mean(viewed: Sequence[Viewed], confidence: float) -> Estimate | None:
    """The mean seconds of a timed reading; None where nothing is shown."""
    timed = sum(one.timed for one in viewed)
    if not timed:
        return None
    whole = sum(one.visible_ms for one in viewed)
    spread = (timed * sum(one.squares for one in viewed) - whole**2) / (timed * (timed - 1))
    half = float(stdtrit(timed - 1, (1 + confidence) / 2)) * sqrt(spread / timed)
    return Estimate(whole / timed / 1000, max(0.0, whole / timed - half) / 1000, (whole / timed + half) / 1000)


def _times(count: int, mean: Estimate | None) -> Estimate | None:
    return mean and Estimate(count * mean.value, count * mean.low, count * mean.high)


def dose(viewed: Sequence[Viewed]) -> Doses:
    """Sum what readers saw, by week and severity; what fewer than three readers timed is nowhere in it.

    Every sum is one of weeks that are shown, and so can be worked out from them: it gives
    away nothing more. One of three readers, who knows their own part, learns of the other
    two only what they did together.

    Args:
        viewed: One for each week and severity.

    Raises:
        InputError: STU-24, times or numbers are not what they can be.
    """
    shown = _shown(viewed)
    severities, weeks = sorted({one.severity for one in shown}), sorted({one.week for one in shown})
    groups = [*((None, severity) for severity in severities), *((week, "") for week in weeks), (None, "")]
    return Doses(tuple(_sum([one], one.week, one.severity) for one in shown),
                 tuple(_sum(shown, *group) for group in groups if shown), len(viewed) - len(shown))


def _shown(viewed: Iterable[Viewed]) -> list[Viewed]:
    """What three readers or more timed, in order."""
    for one in viewed:
        if one.visible_ms < 0 or not 0 <= one.readers <= one.timed <= one.readings:
            raise InputError("STU-24", f"{one.readings} readings, {one.timed} of them timed by {one.readers} readers, "
                                       f"are said to have taken {one.visible_ms} ms")
    return sorted((one for one in viewed if one.readers >= READERS_LEAST), key=lambda one: (one.week, one.severity))


def _sum(viewed: Iterable[Viewed], week: date | None, severity: str) -> Dose:
    of = [one for one in viewed if week in (None, one.week) and severity in ("", one.severity)]
    return Dose(week, severity, sum(one.readings for one in of), sum(one.visible_ms for one in of) / 1000)

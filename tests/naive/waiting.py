"""The slow twins of studies.waiting: one watched thing at a time, one day at a time, in fractions where that can be."""

from collections.abc import Sequence
from fractions import Fraction
from math import exp, sqrt
from statistics import NormalDist


def left(days: Sequence[int], there: Sequence[bool]) -> dict[int, Fraction]:
    """Kaplan's and Meier's share of those who are not there yet, after each day on which some got there."""
    found, share = {}, Fraction(1)
    for day in sorted({day for day, got in zip(days, there, strict=True) if got}):
        watched = sum(one >= day for one in days)
        share *= 1 - Fraction(sum(one == day and got for one, got in zip(days, there, strict=True)), watched)
        found[day] = share
    return found


def by_share(days: Sequence[int], there: Sequence[bool], share: Fraction) -> int | None:
    """The first day after which no more than `1 - share` are left."""
    return next((day for day, still in left(days, there).items() if still <= 1 - share), None)


def happened(until: Sequence[int], events: Sequence[tuple[int, int]], by: int) -> tuple[float, float, float] | None:
    """The mean number by a day with its interval; `events` are (who, day)."""
    def watched(day: int) -> int:
        return sum(one >= day for one in until)

    if not watched(by):
        return None
    rate = {day: Fraction(sum(on == day for _, on in events), watched(day)) for day in range(by + 1)}
    mean = sum(rate.values())
    if not mean:
        return 0.0, 0.0, 0.0
    variance = Fraction(0)
    for who, end in enumerate(until):
        off = sum((Fraction(sum(one == who and on == day for one, on in events)) - rate[day]) / watched(day)
                  for day in range(by + 1) if end >= day)
        variance += off**2
    spread = exp(NormalDist().inv_cdf(0.975) * sqrt(variance) / float(mean))
    return float(mean), float(mean) / spread, float(mean) * spread

"""How long until something happens, and how often it has happened by a day, where some are not watched to the end.

Clusters of media are watched for as long as the records go on after they were first seen, which
is not as long for all. To leave out those that are watched for less would favour what is
quick; they count for as long as they are watched, and no longer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray

from hashgrade.errors import InputError
from hashgrade.studies.intervals import Estimate, z_of

Whole = NDArray[np.int64]
Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Waited:
    """The day by which a share of all has got there; None where the records do not go on for as long.

    Args:
        day: The first day by which as many have.
        low: Where its interval begins.
        high: Where it ends.
    """

    day: int | None
    low: int | None
    high: int | None


def waited(days: Whole, there: NDArray[np.bool_], shares: Sequence[float], confidence: float = 0.95
           ) -> tuple[Waited, ...]:
    """Estimate by which day each share of all has got there, by Kaplan and Meier.

    The interval of a day holds those at which the interval of the curve, by its complementary
    log-log, holds the share.
    Source: Kaplan, Meier, JASA 53, 1958; Greenwood 1926; Brookmeyer, Crowley, Biometrics 38(1), 1982; Kalbfleisch,
    Prentice, The Statistical Analysis of Failure Time Data, 2nd ed. 2002, section 1.4.
    Oracle: scipy.stats.ecdf. Twin: tests/naive/waiting.py.

    Args:
        days: int64 [N], completed days until each got there, or for which it was watched, from 0.
        there: bool [N], whether it got there.
        shares: Above 0 and below 1.
        confidence: Above 0 and below 1.

    Raises:
        InputError: STU-20, a number is outside its range.
    """
    if np.any(days < 0) or not all(0 < share < 1 for share in shares):
        raise InputError("STU-20", "days count from 0, and a share that waits lies between 0 and 1")
    on, *curves = _curves(days, there, z_of(confidence))
    return tuple(Waited(*(_first(on, curve, 1 - share) for curve in curves)) for share in shares)


def arrived(days: Whole, there: NDArray[np.bool_], by: Sequence[int], confidence: float = 0.95
            ) -> tuple[Estimate | None, ...]:
    """Estimate which share of all has got there by each day, by Kaplan and Meier; None where nobody is watched so long.

    Sources and twin: as of `waited`, whose curve it reads the other way.

    Args:
        days: int64 [N], completed days until each got there, or for which it was watched, from 0.
        there: bool [N], whether it got there.
        by: Days from 0.
        confidence: Above 0 and below 1.

    Raises:
        InputError: STU-20, a number is outside its range.
    """
    if np.any(days < 0) or min(by, default=0) < 0:
        raise InputError("STU-20", "days count from 0")
    on, alive, low, high = _curves(days, there, z_of(confidence))
    most, found = int(days.max(initial=-1)), list[Estimate | None]()
    for day in by:
        last = int(np.searchsorted(on, day, side="right")) - 1
        if day > most and not (len(alive) and alive[-1] == 0):
            found.append(None)
        elif last < 0:
            found.append(Estimate(0.0, 0.0, 0.0))
        else:
            found.append(Estimate(1 - float(alive[last]), 1 - float(high[last]), 1 - float(low[last])))
    return tuple(found)


def _curves(days: Whole, there: NDArray[np.bool_], z: float) -> tuple[Whole, Real, Real, Real]:
    """The days on which some got there, who is not there yet after each, and the ends of its interval."""
    on, alive, deviation = _curve(days, there)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = z * deviation / np.abs(np.log(alive))
        low, high = alive ** np.exp(spread), alive ** np.exp(-spread)
    before = np.concatenate([[1.0], high])[:-1]  # where none is left there is no deviation, but it was no more
    return on, alive, np.where(alive == 0, 0.0, low), np.where(alive == 0, before, high)


def _curve(days: Whole, there: NDArray[np.bool_]) -> tuple[Whole, Real, Real]:
    """The days on which some got there, who is not there yet after each, and Greenwood's deviation of its logarithm."""
    size = int(days.max(initial=0)) + 1
    events, ends = np.bincount(days[there], minlength=size), np.bincount(days, minlength=size)
    watched = ends[::-1].cumsum()[::-1]
    on = np.flatnonzero(events).astype(np.int64)
    got, of = events[on].astype(np.float64), watched[on].astype(np.float64)
    with np.errstate(divide="ignore"):
        deviation: Real = np.sqrt(np.cumsum(got / (of * (of - got))))
    return on, np.asarray(np.cumprod(1 - got / of), np.float64), deviation


def _first(on: Whole, curve: Real, level: float) -> int | None:
    """The first day on which no more than this share is left."""
    below = np.flatnonzero(curve <= level + 1e-12)
    return int(on[below[0]]) if len(below) else None


@dataclass(frozen=True, slots=True)
class Watched:
    """Clusters, or others, that are watched: for how many days each, and what happened to which, on which day.

    Args:
        until: int64 [N], completed days for which each is watched, from 0.
        who: int64 [E], to which of them something happened.
        day: int64 [E], on which day, from 0 to the last on which it is watched.
    """

    until: Whole
    who: Whole
    day: Whole


def happened(watched: Watched, days: Sequence[int], confidence: float = 0.95) -> tuple[Estimate | None, ...]:
    """Estimate how often it has happened to one on average, by each day; None where nobody is watched so long.

    What happens on a day is set against those who are watched on it, and the days are added up.
    The interval does not ask that happenings be independent of each other, only that those
    watched be; it is taken of the logarithm, so that it begins above nothing.
    Source: Nelson, Journal of Quality Technology 20(1), 1988; Lawless, Nadeau, Technometrics 37(2), 1995, equation 2.3.
    Twin: tests/naive/waiting.py.

    Args:
        watched: Who is watched, and what happened.
        days: Days from 0.
        confidence: Above 0 and below 1.

    Raises:
        InputError: STU-20, a number is outside its range.
    """
    if min(days, default=0) < 0 or np.any(watched.until < 0) or np.any(watched.day > watched.until[watched.who]):
        raise InputError("STU-20", "what happened lies outside the days on which it was watched for")
    size = max(int(watched.until.max(initial=0)), *days, 0) + 1
    at_risk = np.bincount(watched.until, minlength=size)[::-1].cumsum()[::-1].astype(np.float64)
    events = np.bincount(watched.day, minlength=size).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(at_risk > 0, events / at_risk, 0.0)
        weight = np.where(at_risk > 0, 1 / at_risk, 0.0)
    return tuple(_by(watched, day, (rate, weight), z_of(confidence)) if at_risk[day] else None for day in days)


def _by(watched: Watched, day: int, curves: tuple[Real, Real], z: float) -> Estimate:
    rate, weight = curves
    mean = float(rate[:day + 1].sum())
    if mean == 0:
        return Estimate(0.0, 0.0, 0.0)
    soon = watched.day <= day
    own = np.bincount(watched.who[soon], weight[watched.day[soon]], len(watched.until))
    expected = np.cumsum(rate * weight)[np.minimum(watched.until, day)]
    spread = exp(z * sqrt(float(((own - expected) ** 2).sum())) / mean)
    return Estimate(mean, mean / spread, mean * spread)

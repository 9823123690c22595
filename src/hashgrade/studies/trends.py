"""Change between periods: ratios of rates and of shares, and trends over several, each with its interval.

A count is of units that have something, a base is of the units that were asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, inf, log, nan, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, stdtr, stdtrit, xlogy

from hashgrade.errors import InputError
from hashgrade.studies.intervals import Estimate, check, confident, score, z_of

Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trend:
    """A trend over periods: its test, and the slope of one period with its interval.

    Args:
        z: The test's statistic, 0 where nothing can change.
        p: The chance of one as far from 0 if there is no trend, on both sides.
        slope: Of shares: what a period adds, from -1 to 1. Of counts: the factor of a period, from 0.
        low: The interval's lower end, in the slope's own terms.
        high: Its upper end, which may be infinite.
        excess: How many times more the counts vary than chance alone would make them; at least 1.
    """

    z: float
    p: float
    slope: float
    low: float
    high: float
    excess: float = 1.0


def rate_ratio(count1: int, base1: float, count2: int, base2: float, confidence: float = 0.95) -> Estimate:
    """How many times as often per unit of base 1 as of base 2, for counts of events that come one by one.

    Of all events together, the share that falls in period 1 is a binomial's, whatever the
    rate is; its Wilson interval is carried over to the ratio. A count of 0 gives a ratio of
    0, or an infinite one, and a limit on the other side; two of them give NaN, 0 to infinity.
    Source: Graham, Mayengbam, Statistics in Medicine 22(12), 2003 (score interval of a ratio
    of Poisson rates). Oracle: statsmodels' confint_poisson_2indep, method `score`.

    Args:
        count1: Events in period 1, from 0.
        base1: What they are counted against there, such as days or reports; above 0.
        count2: Events in period 2.
        base2: What they are counted against there.
        confidence: Above 0 and below 1.

    Raises:
        InputError: STU-20, a number is outside its range.
    """
    if min(count1, count2) < 0 or not (0 < base1 < inf and 0 < base2 < inf):
        raise InputError("STU-20", f"a rate of {count1} in {base1} is set against one of {count2} in {base2}")
    ends = score(count1, count1 + count2, z_of(confidence))
    times = base2 / base1
    value = nan if count1 == count2 == 0 else _odds(count1, count2)
    return Estimate(value * times, _odds(ends.low, 1 - ends.low) * times, _odds(ends.high, 1 - ends.high) * times)


def _odds(some: float, others: float) -> float:
    return some / others if others else inf


def share_ratio(count1: int, base1: int, count2: int, base2: int, confidence: float = 0.95) -> Estimate:
    """How many times as large a share is in period 1 as in period 2, by Koopman's score.

    It holds every ratio that a chi-squared test of both periods would not reject. Counts of 0
    are handled as by `rate_ratio`, which is wider: it does not know that a share ends at 1.
    Source: Koopman, Biometrics 40(2), 1984. Oracle: statsmodels' confint_proportions_2indep,
    `compare="ratio", method="score", correction=False`.

    Args:
        count1: Units that count in period 1, from 0 to `base1`.
        base1: Units in period 1, from 1.
        count2: Units that count in period 2, from 0 to `base2`.
        base2: Units in period 2, from 1.
        confidence: Above 0 and below 1.

    Raises:
        InputError: STU-20, a number is outside its range.
    """
    check(count1, base1, at_least=1)
    check(count2, base2, at_least=1)
    most = z_of(confidence) ** 2
    if not count1 and not count2:
        return Estimate(nan, 0.0, inf)
    value = _odds(count1 / base1, count2 / base2)

    def beyond(ratio_log: float) -> float:
        return _koopman(exp(ratio_log), (count1, base1), (count2, base2)) - most

    middle = log(value) if 0 < value < inf else 0.0
    low = 0.0 if not count1 else exp(_crossing(beyond, middle, -1.0))
    high = inf if not count2 else exp(_crossing(beyond, middle, 1.0))
    return Estimate(value, low, high)


def _koopman(ratio: float, one: tuple[int, int], two: tuple[int, int]) -> float:
    """Chi-squared of two shares, where the first is said to be `ratio` times the second."""
    (x, m), (y, n) = one, two
    first, second = ratio * (m + y), x + n
    root = sqrt((first - second) ** 2 + 4 * ratio * (m - x) * (n - y))
    share2 = 2 * (x + y) / (first + second + root)  # likeliest under that ratio; written so that nothing cancels
    share1 = min(ratio * share2, 1.0)
    found = 0.0
    for count, base, share in ((x, m, share1), (y, n, share2)):
        apart, spread = (count - base * share) ** 2, base * share * (1 - share)
        found += apart / spread if spread > 0 else 0.0 if apart < 1e-18 * base * base else inf
    return found


def _crossing(beyond: Callable[[float], float], start: float, step: float) -> float:
    """Where `beyond` first becomes positive, going from `start` in steps that double."""
    while beyond(start) > 0:  # only from a ratio that is not an estimate
        start -= step
    end = start + step
    while beyond(end) <= 0:
        start, step = end, 2 * step
        end = start + step
    return float(brentq(beyond, start, end, xtol=1e-12))


def trend(counts: Sequence[int], bases: Sequence[int], scores: Sequence[float] | None = None,
          confidence: float = 0.95) -> Trend:
    """Whether a share rises or falls from period to period, by Cochran and Armitage; where it cannot, z is 0.

    The slope is that of the straight line through the shares, weighted by bases; its interval
    rests on the variance of the test, so that it leaves out 0 just where the test does.
    Source: Cochran, Biometrics 10(4), 1954; Armitage, Biometrics 11(3), 1955; Agresti,
    Categorical Data Analysis, 3rd ed. 2013, section 5.3.5.

    Args:
        counts: Units that count, one for each period, from 0 to its base.
        bases: Units, one for each period; a period without any says nothing.
        scores: Where the periods stand; 0, 1, 2 and so on unless told.
        confidence: Above 0 and below 1.

    Raises:
        InputError: STU-20, a number is outside its range; STU-22, fewer than two periods have units.
    """
    for count, base in _pairs(counts, bases):
        check(count, base)
    x, n, at = _periods(counts, bases, scores)
    away = at - (n * at).sum() / n.sum()
    over = float((n * away**2).sum())
    share = float(x.sum() / n.sum())
    slope = float((away * x).sum()) / over
    if not 0 < share < 1:
        return Trend(0.0, 1.0, 0.0, 0.0, 0.0)
    z = slope * sqrt(over / (share * (1 - share)))
    half = z_of(confidence) * sqrt(share * (1 - share) / over)
    return Trend(z, _two_sided(z), slope, slope - half, slope + half)


def log_trend(counts: Sequence[int], exposures: Sequence[float] | None = None,
              confidence: float = 0.95) -> Trend:
    """By what factor a count changes from period to period, by Poisson regression on the period's number.

    Counts of reports vary more than chance alone makes them. Where Pearson's chi-squared says
    so, it widens the interval (quasi-Poisson), and Student's t with as many degrees of freedom
    as there are periods above two takes the normal's place. Where all events are in the first
    period, or the last, no factor is likeliest, and half an event is added to each period.
    Source: McCullagh, Nelder, Generalized Linear Models, 2nd ed. 1989, sections 6.2 and 9.2.4.
    Oracle: statsmodels' GLM with family Poisson, and `scale="X2"`.

    Args:
        counts: Events, one for each period, from 0.
        exposures: What they are counted against, such as days; alike unless told. A period of none is left out.
        confidence: Above 0 and below 1.

    Raises:
        InputError: STU-20, a number is outside its range; STU-22, fewer than two periods have exposure.
    """
    if min(counts, default=0) < 0:
        raise InputError("STU-20", f"a count is {min(counts)}")
    x, n, at = _periods(counts, [1.0] * len(counts) if exposures is None else exposures, None)
    sure = confident(confidence)
    if not x.sum():
        return Trend(0.0, 1.0, 1.0, 0.0, inf)
    if not x[:-1].sum() or not x[1:].sum():
        x += 0.5
    slope, spread, excess = _fitted(x, n, at)
    free = len(x) - 2 if excess > 1 else 0
    error = sqrt(excess / spread)
    times = float(stdtrit(free, (1 + sure) / 2)) if free else z_of(sure)
    z = slope / error
    p = 2 * float(stdtr(free, -abs(z))) if free else _two_sided(z)
    return Trend(z, p, exp(slope), _exp(slope - times * error), _exp(slope + times * error), excess)


def _fitted(x: Real, n: Real, at: Real) -> tuple[float, float, float]:
    """The likeliest slope of log rates, its information, and Pearson's chi-squared over its degrees of freedom.

    Given their sum, the counts are a multinomial whose only parameter is the slope, in which
    the likelihood is concave: Newton's steps, of at most 2 and halved while they do not climb,
    end at its top.
    """
    total, slope = x.sum(), 0.0

    def shares(slope: float) -> Real:
        tilted = np.log(n) + slope * at
        raised = np.exp(tilted - tilted.max())
        return np.asarray(raised / raised.sum())

    def likelihood(slope: float) -> float:
        return float(xlogy(x, shares(slope)).sum())

    for _ in range(100):
        part = shares(slope)
        mean = (part * at).sum()
        spread = float(total * (part * (at - mean) ** 2).sum())
        step = float(np.clip(((x * at).sum() - total * mean) / max(spread, 1e-300), -2, 2))
        while likelihood(slope + step) < likelihood(slope) - 1e-9 and abs(step) > 1e-12:
            step /= 2
        slope += step
        if abs(step) < 1e-12:
            break
    expected = total * shares(slope)
    free = len(x) - 2
    return slope, spread, max(1.0, float(((x - expected) ** 2 / expected).sum()) / free) if free else 1.0


def _two_sided(z: float) -> float:
    return 2 * float(ndtr(-abs(z)))


def _exp(power: float) -> float:
    return exp(power) if power < 700 else inf


def _pairs(counts: Sequence[int], bases: Sequence[float]) -> list[tuple[int, float]]:
    if len(counts) != len(bases):
        raise InputError("STU-20", f"{len(counts)} counts are set against {len(bases)} bases")
    return list(zip(counts, bases, strict=True))


def _periods(counts: Sequence[int], bases: Sequence[float], scores: Sequence[float] | None) -> tuple[Real, Real, Real]:
    """Counts, bases and places of the periods that have a base."""
    places = range(len(counts)) if scores is None else scores
    if len(places) != len(counts) or min(bases, default=0) < 0:
        raise InputError("STU-20", f"{len(counts)} counts have {len(places)} places, or a base below 0")
    held = [(count, base, at) for (count, base), at in zip(_pairs(counts, bases), places, strict=True) if base > 0]
    if len({at for _, _, at in held}) < 2:
        raise InputError("STU-22", f"a trend is asked of {len(held)} periods that have units")
    x, n, at = np.array(held, np.float64).T
    return x, n, at

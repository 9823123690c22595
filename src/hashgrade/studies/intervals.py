"""Intervals and sample sizes: pure functions of whole numbers, each with its source.

A count is of units that have something, a base is of the units that were asked. An interval
of 95% is made by a rule that holds the true value in about 95 of 100 studies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, exp, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtri, pdtr

from hashgrade.errors import InputError

Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, shares from 0 to 1."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its interval; `high` of a ratio may be infinite, `value` NaN where nothing is known."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Stratum:
    """One part of a population: its size, how many of it were drawn, and how many of those count."""

    population: int
    sample: int
    count: int


def wilson(count: int, base: int, confidence: float = 0.95) -> Interval:
    """The interval of a share from a simple random sample, by Wilson's score; never outside 0 to 1.

    It holds every share that a test at the same confidence would not reject. At a count of 0
    it begins at exactly 0, at a count of `base` it ends at exactly 1, and of a base of 0 it
    says all there is to say: 0 to 1.
    Source: Wilson, JASA 22, 1927; recommended by Brown, Cai, DasGupta, Statistical Science 16(2), 2001.

    Args:
        count: From 0 to `base`.
        base: From 0.
        confidence: Above 0 and below 1.

    Raises:
        InputError: STU-20, a number is outside its range.
    """
    check(count, base)
    return score(count, base, z_of(confidence))


def score(count: float, base: float, z: float) -> Interval:
    """Wilson's interval at `z` standard deviations, of a count and a base that need not be whole.

    Args:
        count: From 0 to `base`.
        base: From 0.
        z: As `z_of` gives it.
    """
    if base == 0:
        return Interval(0.0, 1.0)
    share, more = count / base, z * z / base
    middle = share + more / 2
    half = sqrt(more * (share * (1 - share) + more / 4))
    low = 0.0 if count == 0 else max(0.0, (middle - half) / (1 + more))
    return Interval(low, 1.0 if count == base else min(1.0, (middle + half) / (1 + more)))


def multinomial(counts: Sequence[int], confidence: float = 0.95) -> tuple[Interval, ...]:
    """The intervals of all shares of a breakdown, which hold together: all of them with this confidence.

    By `goodman`; by `sison_glaz` where at least 10 classes share fewer than 5 units each on
    average. In trials of 1,500 samples of 10 and 15 classes the two then hold about as often,
    and Sison's are narrower by 6% to 26%; of 7 and 8 classes they hold less often. Where a class is so rare
    that a sample has less than one of it, both hold less often than they say.

    Args:
        counts: Units in each class, from 0; every unit is in one class.
        confidence: Above 0 and below 1.

    Raises:
        InputError: STU-20, a number is outside its range.
    """
    few = len(counts) >= 10 and 0 < sum(counts) < 5 * len(counts)
    return sison_glaz(counts, confidence) if few else goodman(counts, confidence)


def goodman(counts: Sequence[int], confidence: float = 0.95) -> tuple[Interval, ...]:
    """Simultaneous intervals by Goodman: Wilson's of each class, at the confidence that Bonferroni asks for.

    Source: Goodman, Technometrics 7(2), 1965. Oracle: statsmodels' multinomial_proportions_confint.

    Args:
        counts: Units in each class, from 0.
        confidence: Above 0 and below 1, of all classes together.

    Raises:
        InputError: STU-20, a number is outside its range.
    """
    base = sum(counts)
    for count in counts:
        check(count, base)
    z = z_of(1 - (1 - confident(confidence)) / max(1, len(counts)))
    return tuple(score(count, base, z) for count in counts)


def sison_glaz(counts: Sequence[int], confidence: float = 0.95) -> tuple[Interval, ...]:
    """Simultaneous intervals by Sison and Glaz, all as wide: for few units in many classes of like size.

    The chance that all counts of a multinomial are within c of their means is that of as many
    Poisson counts, given their sum, which an Edgeworth series gives; c is the smallest that
    reaches the confidence, and the upper ends take what is left over.
    Source: Sison, Glaz, JASA 90(429), 1995, formulas 1 and 7. Oracle: as of `goodman`.

    Args:
        counts: Units in each class, from 0.
        confidence: Above 0 and below 1, of all classes together.

    Raises:
        InputError: STU-20, a number is outside its range.
    """
    base = sum(counts)
    for count in counts:
        check(count, base)
    wanted, means = confident(confidence), np.array(counts, np.float64)
    if base == 0:
        return (Interval(0.0, 1.0),) * len(counts)
    within, reached, more = 0, 0.0, _all_within(1, means)
    while more <= wanted and within < base:
        within, reached, more = within + 1, more, _all_within(within + 2, means)
    rest = 2 * (wanted - reached) / (more - reached) if more > reached else 0.0
    return tuple(Interval(max(0.0, (count - within) / base), min(1.0, (count + within + rest) / base))
                 for count in counts)


def _all_within(far: int, means: Real) -> float:
    """The chance that each count of a multinomial with these means is at most `far` from its own."""
    base = means.sum()
    first, last = np.maximum(means - far, 0), np.minimum(means + far, base)
    inside = _poisson(first, last, means)
    moments = [means**r * (1 - (_poisson(last - r + 1, last, means) - _poisson(first - r, first - 1, means)) / inside)
               for r in (1, 2, 3, 4)]
    density = _edgeworth(base, *moments)
    if density <= 0:
        return 0.0
    return float(exp(np.log(inside).sum() + log(density) - (base * log(base) - base - gammaln(base + 1))))


def _poisson(first: Real, last: Real, means: Real) -> Real:
    """The chance of a Poisson count from `first` to `last`; of a mean of 0, the count is 0."""
    upto = np.where(last >= 0, pdtr(np.maximum(last, 0), means), 0.0)
    return np.asarray(upto - np.where(first >= 1, pdtr(np.maximum(first - 1, 0), means), 0.0))


def _edgeworth(base: float, one: Real, two: Real, three: Real, four: Real) -> float:
    """The density at `base` of a sum of counts with these factorial moments."""
    second = two + one - one**2
    third = three + two * (3 - 3 * one) + one - 3 * one**2 + 2 * one**3
    fourth = (four + three * (6 - 4 * one) + two * (7 - 12 * one + 6 * one**2)
              + one - 4 * one**2 + 6 * one**3 - 3 * one**4)
    spread = second.sum()
    if spread <= 0:
        return 0.0
    skew, tail = third.sum() / spread**1.5, (fourth - 3 * second**2).sum() / spread**2
    x = (base - one.sum()) / sqrt(spread)
    terms = (1 + skew * (x**3 - 3 * x) / 6 + tail * (x**4 - 6 * x**2 + 3) / 24
             + skew**2 * (x**6 - 15 * x**4 + 45 * x**2 - 15) / 72)
    return float(exp(-x * x / 2) / sqrt(2 * np.pi * spread) * terms)


def stratified(strata: Sequence[Stratum], confidence: float = 0.95) -> Estimate:
    """A share of a whole population, from a sample of each of its strata; exact where all were drawn.

    The estimate weighs each stratum's share by the stratum's part of the population. Each
    stratum has a Wilson interval of its effective sample size, n (N - 1) / (N - n), which is
    the finite population correction, and no wider than what was not drawn allows; the
    distances of their ends from the shares are joined as standard errors are. So a stratum
    in which none of the sample counts still adds its doubt, which it does not in the usual
    variance.
    Source: Cochran, Sampling Techniques, 3rd ed. 1977, sections 3.2 and 5.3; Zou, Huang, Zhang,
    Computational Statistics and Data Analysis 53(4), 2009 (joining of score intervals).

    Args:
        strata: At least one with a population; a stratum without one is left out.
        confidence: Above 0 and below 1.

    Raises:
        InputError: STU-08, more were drawn than there are; STU-20, a number is outside its range;
            STU-21, nothing was drawn from a stratum, or there is no population.
    """
    z, held = z_of(confidence), [stratum for stratum in strata if stratum.population or stratum.sample]
    whole = sum(stratum.population for stratum in held)
    if not whole:
        raise InputError("STU-21", "the strata hold nothing of which a share could be estimated")
    value, below, above = 0.0, 0.0, 0.0
    for stratum in held:
        weight, share, ends = stratum.population / whole, *_of_stratum(stratum, z)
        value += weight * share
        below += (weight * (share - ends.low)) ** 2
        above += (weight * (ends.high - share)) ** 2
    return Estimate(value, max(0.0, value - sqrt(below)), min(1.0, value + sqrt(above)))


def _of_stratum(stratum: Stratum, z: float) -> tuple[float, Interval]:
    """A stratum's share in its sample, and the interval of its share in its population."""
    whole, drawn, count = stratum.population, stratum.sample, stratum.count
    if drawn > whole:
        raise InputError("STU-08", f"a sample of {drawn} is said to be of a stratum of {whole}")
    if not drawn:
        raise InputError("STU-21", f"nothing was drawn from a stratum of {whole}, so that nothing is known of it")
    check(count, drawn)
    share, undrawn = count / drawn, whole - drawn
    if not undrawn:
        return share, Interval(share, share)
    effective = drawn * (whole - 1) / undrawn
    ends = score(share * effective, effective, z)
    return share, Interval(max(ends.low, count / whole), min(ends.high, (count + undrawn) / whole))


def sample_size(share: float, margin: float, confidence: float = 0.95, population: int | None = None) -> int:
    """How many to draw at random so that a share is known to within a margin, both ways.

    Source: Cochran, Sampling Techniques, 3rd ed. 1977, section 4.4, formulas 4.1 and 4.2.

    Args:
        share: What the share is thought to be, above 0 and below 1; 0.5, which asks for the most, where nobody knows.
        margin: Half the width of the interval, above 0 and below 1.
        confidence: Above 0 and below 1.
        population: How many there are to draw from, from 1; none for so many that it is of no account.

    Raises:
        InputError: STU-20, a number is outside its range.
    """
    for name, value in (("share", share), ("margin", margin)):
        if not 0 < value < 1:
            raise InputError("STU-20", f"a {name} is above 0 and below 1, got {value}")
    if population is not None and population < 1:
        raise InputError("STU-20", f"a population is 1 or more, got {population}")
    wanted = z_of(confidence) ** 2 * share * (1 - share) / margin**2
    corrected = wanted if population is None else wanted / (1 + (wanted - 1) / population)
    return max(1, ceil(corrected - 1e-9))


def check(count: float, base: float, at_least: int = 0) -> None:
    """Refuse a count below 0 or above its base, and a base below `at_least`.

    Raises:
        InputError: STU-20, it is.
    """
    if not 0 <= count <= base or base < at_least:
        raise InputError("STU-20", f"a count of {count} is set against a base of {base}")


def confident(confidence: float) -> float:
    """The confidence itself, refused unless it is above 0 and below 1.

    Raises:
        InputError: STU-20, it is not.
    """
    if not 0 < confidence < 1:
        raise InputError("STU-20", f"a confidence is above 0 and below 1, got {confidence}")
    return confidence


@cache
def z_of(confidence: float) -> float:
    """How many standard deviations on both sides of 0 hold that much of the normal distribution.

    Raises:
        InputError: STU-20, the confidence is outside its range.
    """
    return float(ndtri((1 + confident(confidence)) / 2))

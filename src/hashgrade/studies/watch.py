"""The watch on trends: which shares have risen, by how much and since when, at a stated rate of false alarms.

Everything here is arithmetic on counts and bases: rows are series and columns periods of
one length, oldest first, so that all series are looked at together. A share is watched and
not a number, so that a rise of everything is told from a rise of one part. Two signs are
looked for: a *jump*, one period far above what earlier periods foretell, and a *climb*, a
share that stays a little above its baseline for long. Both become chances of a false alarm
in one period, and one rule decides over all series of a run.
"""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, expit, gammainc, logit, ndtri

Real = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

OUTBREAK = 2.58
"""A past period whose residual is above this counts for less: Noufaily et al. 2013, section 3.3."""
WEIGHED = 1.034
"""What down-weighting takes from the variance of a quiet series of normal residuals, given back."""
UNLIKELY = 5.99
"""Twice the log-likelihood that rules a beginning out: chi-squared at 95%, for period and size together."""
TERM_COUNTS = 30
"""Counts, and counts of the rest, that a baseline needs before a trend and a season are fitted to it."""
SLACK = 0.25
"""What a climb loses each period, in standard deviations: tuned to a lasting shift of half of one."""
SCORE_MOST = 3.0
"""No period adds more than this to a climb: a single period far out is a jump."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How far the watch looks, in periods.

    Args:
        every: `week` or `month`.
        a_year: Periods in a year, of which a season is made.
        least: The fewest periods that a baseline may have.
        held: The fewest of those that must have a base, for a series to be judged.
        most: The most periods of the baseline of a climb.
        window: The latest periods, in which a climb is looked for; its baseline ends before them.
        gap: Periods before the one looked at that are no part of the baseline of a jump, lest it rose with them;
            and how long an alert may be silent and still be the same.
        told: The latest periods whose alerts are still told; those of the window are looked at again for them.
        limits: For baselines of at least so many periods, the climb that a quiet series reaches once in each of
            `RUNS` periods; `python -m bench.watch calibrate` finds them.
    """

    every: str
    a_year: int
    least: int
    held: int
    most: int
    window: int
    gap: int
    told: int
    limits: tuple[tuple[int, tuple[float, ...]], ...]


RUNS = (100.0, 300.0, 1_000.0, 3_000.0, 10_000.0, 30_000.0, 100_000.0)
WEEK = Rhythm("week", 52, 26, 20, 104, 52, 8, 26, (
    (20, (9.0, 16.9, 24.0, 29.7, 35.7, 41.0, 46.3)),
    (26, (7.0, 13.9, 20.2, 25.3, 30.4, 35.0, 39.9)),
    (39, (5.6, 11.9, 18.6, 24.1, 29.4, 34.0, 38.7)),
    (52, (5.1, 9.9, 15.5, 20.2, 25.1, 29.2, 33.5)),
    (78, (4.8, 8.3, 12.8, 16.8, 20.8, 24.2, 27.8)),
    (104, (5.0, 8.6, 12.5, 15.8, 19.2, 22.5, 25.5))))
MONTH = Rhythm("month", 12, 12, 10, 36, 12, 2, 6, (
    (10, (8.8, 12.2, 15.6, 18.4, 21.2, 23.4, 25.6)),
    (12, (8.0, 11.2, 14.4, 17.2, 19.8, 21.7, 24.1)),
    (18, (6.7, 9.3, 12.0, 14.2, 16.6, 18.4, 20.4)),
    (24, (6.2, 8.6, 10.9, 12.8, 14.8, 16.5, 18.2)),
    (36, (5.7, 7.7, 9.8, 11.5, 13.2, 14.7, 16.4))))


@dataclass(frozen=True, slots=True)
class Fit:
    """What a baseline foretells of each series.

    Args:
        effects: float64 [S, P], of the logit of the share.
        spread: float64 [S, P, P], their covariance.
        excess: float64 [S], variance over that of a binomial count; at least 1.
    """

    effects: Real
    spread: Real
    excess: Real

    def share(self, design: Real) -> Real:
        """The share foretold for each row of a design, float64 [S, T]."""
        return np.asarray(expit(self.effects @ design.T))

    def doubt(self, design: Real) -> Real:
        """The variance of the logit foretold, float64 [S, T]."""
        return np.asarray(np.einsum("tp,spq,tq->st", design, self.spread, design))


@dataclass(frozen=True, slots=True)
class Look:
    """What one run sees in each series at one period; NaN where there is not enough history.

    Args:
        expected: float64 [S], the share that a jump is measured against.
        jump: float64 [S], the chance that a quiet series has as many as this or more.
        climb: float64 [S], the height of the climb.
        once_in: float64 [S], a quiet series comes so high once in so many periods.
        chance: float64 [S], of both signs together, what is compared over all series.
    """

    expected: Real
    jump: Real
    climb: Real
    once_in: Real
    chance: Real


@dataclass(frozen=True, slots=True)
class Onset:
    """When a rise began: the likeliest period, and the first and last that are not much less likely.

    `gradual` tells a rise that goes on from one that came at once.
    """

    at: int
    earliest: int
    latest: int
    gradual: bool


def design(first: int, last: int, rhythm: Rhythm, *, trend: bool, season: bool) -> Real:
    """The terms of the regression for periods `first` to `last` - 1, float64 [T, P]: level, years, one yearly wave."""
    years = np.arange(first, last) / rhythm.a_year
    columns = [np.ones(last - first)]
    if trend:
        columns.append(years - years[0])
    if season:
        columns += [np.cos(2 * np.pi * years), np.sin(2 * np.pi * years)]
    return np.column_stack(columns)


def fitted(counts: Whole, bases: Whole, terms: Real) -> Fit:
    """Fit a quasi-binomial regression to each series, past outbreaks counting for less.

    Twice: the second time each period whose standardised residual is above 2.58 weighs its
    inverse square, so that an outbreak in the baseline does not hide the next one. Half a
    count and half a non-count are added in all (Jeffreys' prior), so that a category never
    seen before has a share and a doubt about it; a trend and a season are held near 0 by a
    prior of one logit a year, and left out where counts are few.
    Source: Farrington, Andrews, Beale, Catchpole, JRSS A 159(3), 1996, section 3; Noufaily
    et al., Statistics in Medicine 32(7), 2013, sections 3.1 to 3.3 (deviance residuals stand
    for Anscombe's, which they are close to). Twin: tests/naive/watch.py::fitted.

    Args:
        counts: int64 [S, T], how many of the base are in the series.
        bases: int64 [S, T], of how many; 0 for a period that says nothing.
        terms: float64 [T, P], as `design` makes them.
    """
    first = _fitted(counts, bases, terms, np.ones(counts.shape))
    heights = _residuals(counts, bases, terms, first)
    weights = np.where(heights > OUTBREAK, 1 / np.maximum(heights, 1.0) ** 2, 1.0)
    held = bases > 0
    weights *= WEIGHED * held.sum(1, keepdims=True) / np.maximum((weights * held).sum(1, keepdims=True), 1e-9)
    return _fitted(counts, bases, terms, weights)


def _fitted(counts: Whole, bases: Whole, terms: Real, weights: Real) -> Fit:
    total = np.maximum(bases.sum(1, keepdims=True), 1)
    n, y = bases * (1 + 1 / total), counts + 0.5 * bases / total
    few = np.minimum(counts.sum(1), (bases - counts).sum(1)) < TERM_COUNTS
    held = np.where(few[:, None], 1e9, 1.0) * (np.arange(terms.shape[1]) > 0)
    effects = np.zeros((len(counts), terms.shape[1]))
    effects[:, 0] = logit((counts.sum(1) + 0.5) / (bases.sum(1) + 1))
    for _ in range(40):
        share = expit(effects @ terms.T)
        information = _information(weights * n * share * (1 - share), terms, held)
        slope = (weights * (y - n * share)) @ terms - held * effects
        step = np.clip(np.linalg.solve(information, slope[:, :, None])[:, :, 0], -2, 2)
        effects = effects + step
        if not np.any(np.abs(step) > 1e-7):
            break
    share = expit(effects @ terms.T)
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.where(bases > 0, weights * (counts - bases * share) ** 2 / (bases * share * (1 - share)), 0.0)
    freedom = (bases > 0).sum(1) - np.where(few, 1, terms.shape[1])
    excess = np.maximum(1.0, squares.sum(1) / np.maximum(freedom, 1))
    information = _information(weights * n * share * (1 - share), terms, held)
    return Fit(effects, np.linalg.inv(information) * excess[:, None, None], excess)


def _information(weights: Real, terms: Real, held: Real) -> Real:
    found = np.matmul(terms.T[None] * weights[:, None, :], terms[None])
    return np.asarray(found + held[:, :, None] * np.eye(terms.shape[1]) + 1e-12 * np.eye(terms.shape[1]))


def _residuals(counts: Whole, bases: Whole, terms: Real, fit: Fit) -> Real:
    """Signed deviance residuals over their standard deviations, 0 where there is no base."""
    share, n = fit.share(terms), np.maximum(bases, 1)
    seen = counts / n
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(counts > 0, counts * np.log(seen / share), 0.0)
        rest = np.where(counts < bases, (bases - counts) * np.log((1 - seen) / (1 - share)), 0.0)
    deviance = np.sqrt(np.maximum(2 * (part + rest), 0.0))
    leverage = np.clip(n * share * (1 - share) * fit.doubt(terms) / fit.excess[:, None], 0.0, 0.9)
    return np.where(bases > 0, np.sign(seen - share) * deviance / np.sqrt(fit.excess[:, None] * (1 - leverage)), 0.0)


def tail(counts: Real, bases: Real, share: Real, excess: Real) -> Real:
    """The chance of `counts` or more of `bases`; exactly the binomial's where `excess` is 1.

    The distribution is the one of the Katz family with this mean and variance: binomial,
    Poisson or negative binomial, each an incomplete beta or gamma function, so that it costs
    one call whatever the numbers. Shares above a half are looked at from the other side.
    Source: Katz, in Patil (ed.), Classical and Contagious Discrete Distributions, 1965;
    Noufaily et al. 2013, section 3.4, who take the negative binomial's quantile.
    Twin: tests/naive/watch.py::tail.

    Args:
        counts: Counts; half counts are between two, and 0 or less has chance 1.
        bases: Of how many.
        share: The share foretold, above 0 and below 1.
        excess: Variance over the binomial's, at least 1.
    """
    low = _upper(counts, bases * share, excess * (1 - share))
    high = 1 - _upper(bases - counts + 1, bases * (1 - share), excess * share)
    return np.where(counts <= 0, 1.0, np.where(counts > bases, 0.0, np.where(share <= 0.5, low, high)))


def _upper(counts: Real, mean: Real, ratio: Real) -> Real:
    """The chance of `counts` or more where the variance is `ratio` times the mean."""
    counts, mean, ratio = np.broadcast_arrays(np.maximum(counts, 1e-9), np.maximum(mean, 1e-12), ratio)
    flat = np.abs(ratio - 1) < 1e-7
    under, over = np.where(ratio < 1, 1 - ratio, 0.5), np.where(ratio > 1, ratio - 1, 0.5)
    size = mean / under
    binomial = np.where(counts < size + 1, betainc(counts, np.maximum(size - counts + 1, 1e-9), under), 0.0)
    negative = betainc(counts, mean / over, over / (1 + over))
    return np.where(flat, gammainc(counts, mean), np.where(ratio < 1, binomial, negative))


def scores(counts: Whole, bases: Whole, share: Real, excess: Real) -> Real:
    """How far each count is above what was foretold, as a normal score; 0 where there is no base.

    The score of a count is the normal quantile of its mid-p chance, which small counts make
    smaller and never larger on the whole, and no score is beyond 3.
    """
    y, n = counts.astype(np.float64), bases.astype(np.float64)
    above = (tail(y, n, share, excess) + tail(y + 1, n, share, excess)) / 2
    return np.where(bases > 0, np.clip(-ndtri(np.clip(above, 1e-12, 1 - 1e-12)), -SCORE_MOST, SCORE_MOST), 0.0)


def climbed(heights: Real, held: Flags) -> Real:
    """Cumulative sums of scores less `SLACK`, never below 0, float64 [S, T]; a period without a base changes nothing.

    Source: Page, Biometrika 41(1-2), 1954.
    """
    found, level = np.zeros(heights.shape), np.zeros(len(heights))
    for period in range(heights.shape[1]):
        level = np.where(held[:, period], np.maximum(0.0, level + heights[:, period] - SLACK), level)
        found[:, period] = level
    return found


def once_in(climb: Real, baseline: Whole, rhythm: Rhythm) -> Real:
    """In how many periods a quiet series, whose baseline has so many, comes so high once.

    Between the calibrated heights, and beyond the last, the logarithm of the run is a straight line.
    """
    logs, found = np.log(RUNS), np.full(climb.shape, np.nan)
    for least, heights in rhythm.limits:
        steep = (logs[-1] - logs[-3]) / (heights[-1] - heights[-3])
        within = np.interp(climb, [0.0, *heights], [0.0, *logs])
        run = np.where(climb > heights[-1], logs[-1] + steep * (climb - heights[-1]), within)
        found = np.where(baseline >= least, np.exp(np.minimum(run, 60)), found)
    return found


@dataclass(frozen=True, slots=True)
class Split:
    """The periods `start` to `end` - 1 of a baseline, and how a regression describes them."""

    start: int
    end: int
    trend: bool
    season: bool

    def design(self, rhythm: Rhythm, last: int) -> tuple[Real, Real]:
        """The terms of the baseline, and those of the periods from its end to `last`."""
        terms = design(self.start, last + 1, rhythm, trend=self.trend, season=self.season)
        return terms[: self.end - self.start], terms[self.end - self.start:]


def split(at: int, rhythm: Rhythm) -> tuple[Split, Split]:
    """The baselines of a jump and of a climb at period `at`.

    The window of a climb is at most as long as its baseline, so that neither is left too short.
    A climb's baseline has no trend, for a trend would follow the rise that is looked for. A
    season is fitted to two years and more, a jump's trend to one year and more.
    """
    window = max(1, min(rhythm.window, (at + 1) // 2, at + 1 - rhythm.least))
    jump_end, climb_end = max(0, at - rhythm.gap), max(0, at + 1 - window)
    jump_start = max(0, jump_end - rhythm.most - rhythm.window)
    climb_start = max(0, climb_end - rhythm.most)
    long, longest = jump_end - jump_start, climb_end - climb_start
    return (Split(jump_start, jump_end, long >= rhythm.a_year, long >= 2 * rhythm.a_year),
            Split(climb_start, climb_end, False, longest >= 2 * rhythm.a_year))


def look(counts: Whole, bases: Whole, at: int, rhythm: Rhythm) -> Look:
    """Look for a jump and a climb in every series at one period, knowing nothing later.

    Twin: tests/naive/watch.py::look.

    Args:
        counts: int64 [S, T].
        bases: int64 [S, T].
        at: The period, from 0.
        rhythm: How far to look.
    """
    jump, climb = split(at, rhythm)
    if min(jump.end - jump.start, climb.end - climb.start) < rhythm.least:
        unknown = np.full(len(counts), np.nan)
        return Look(unknown, unknown, unknown, unknown, unknown)
    expected, chance = _jump(counts, bases, at, rhythm)
    height, runs = _climb(counts, bases, at, rhythm)
    both = np.minimum(1.0, 2 * np.minimum(chance, 1 / np.maximum(runs, 1.0)))
    return Look(expected, chance, height, runs, both)


def _jump(counts: Whole, bases: Whole, at: int, rhythm: Rhythm) -> tuple[Real, Real]:
    part = split(at, rhythm)[0]
    terms, ahead = part.design(rhythm, at)
    held = (bases[:, part.start:part.end] > 0).sum(1) >= rhythm.held
    fit = fitted(counts[:, part.start:part.end], bases[:, part.start:part.end], terms)
    share, doubt = fit.share(ahead[-1:])[:, 0], fit.doubt(ahead[-1:])[:, 0]
    n = bases[:, at].astype(np.float64)
    # An excess that was estimated is one itself: a normal of this variance is as wide as Student's t at 1 in 5,000.
    excess = np.where(fit.excess > 1, fit.excess * (1 + 6.75 / (len(terms) - terms.shape[1])), 1.0)
    chance = tail(counts[:, at].astype(np.float64), n, share, excess + n * share * (1 - share) * doubt)
    return np.where(held, share, np.nan), np.where(held, chance, np.nan)


def _climb(counts: Whole, bases: Whole, at: int, rhythm: Rhythm) -> tuple[Real, Real]:
    part = split(at, rhythm)[1]
    share, excess = foretold(counts, bases, at, rhythm, part)
    seen, of = counts[:, part.end:at + 1], bases[:, part.end:at + 1]
    height = climbed(scores(seen, of, share[:, part.end - part.start:], excess[:, None]), of > 0)[:, -1]
    baseline = (bases[:, part.start:part.end] > 0).sum(1)
    return np.where(baseline >= rhythm.held, height, np.nan), once_in(height, baseline, rhythm)


def foretold(counts: Whole, bases: Whole, at: int, rhythm: Rhythm, part: Split) -> tuple[Real, Real]:
    """The share that a baseline foretells from its first period until `at`, float64 [S, T], and the excess, [S]."""
    terms, ahead = part.design(rhythm, at)
    fit = fitted(counts[:, part.start:part.end], bases[:, part.start:part.end], terms)
    return fit.share(np.concatenate([terms, ahead])), fit.excess


def noticed(chances: Real, level: float) -> Flags:
    """Which series stand out over all of a run, by Benjamini and Hochberg's rule; NaN never does.

    The largest chance that is at most its rank's share of `level` is noticed, and all below
    it. While nothing changes, at most a `level` of runs has any alert at all; among alerts
    at most that part is false, on average.
    Source: Benjamini, Hochberg, JRSS B 57(1), 1995. Twin: tests/naive/watch.py::noticed.
    """
    known = chances[~np.isnan(chances)]
    ranked = np.sort(known)
    passed = ranked[ranked <= level * np.arange(1, len(known) + 1) / max(len(known), 1)]
    return np.asarray(chances <= (passed[-1] if len(passed) else -inf))


def level(false_alarms_a_year: float, rhythm: Rhythm) -> float:
    """The level of one run that makes so many false alarms a year over all its series."""
    return min(1.0, false_alarms_a_year / rhythm.a_year)


def onset(counts: Whole, bases: Whole, share: Real, excess: float) -> Onset:
    """When one series left what was foretold, by likelihood: at once, or more and more.

    For every period that may be the first, a step and a slope of the logit from there on are
    fitted; the most likely of all tells shape and period. Periods for which twice the
    log-likelihood of either shape is at most 5.99 lower, over the excess, are not ruled out.
    Source: Hinkley, Biometrika 57(1), 1970 (likelihood of a change-point).
    Twin: tests/naive/watch.py::onset.

    Args:
        counts: int64 [T].
        bases: int64 [T].
        share: float64 [T], what was foretold.
        excess: Variance over the binomial's.
    """
    since = np.arange(len(counts)) - np.arange(len(counts))[:, None] + 1
    step = _likelihood(counts, bases, share, (since > 0).astype(np.float64)) / excess
    slope = _likelihood(counts, bases, share, np.maximum(since, 0) / len(counts)) / excess
    found = np.maximum(step, slope)
    likely = np.flatnonzero(2 * (found.max() - found) <= UNLIKELY)
    return Onset(int(found.argmax()), int(likely[0]), int(likely[-1]), bool(slope.max() > step.max()))


def _likelihood(counts: Whole, bases: Whole, share: Real, since: Real) -> Real:
    """The greatest log-likelihood of a rise along each row of `since`, less that of no rise."""
    start, rise = logit(share), np.zeros(len(since))
    for _ in range(50):
        now = expit(start + rise[:, None] * since)
        curve = (since**2 * bases * now * (1 - now)).sum(1) + 1e-9
        step = np.clip((since * (counts - bases * now)).sum(1) / curve, -1, 1)
        rise = np.maximum(0.0, rise + step)
    now = start + rise[:, None] * since
    gain = counts * (now - start) - bases * (np.logaddexp(0.0, now) - np.logaddexp(0.0, start))
    return np.asarray(gain.sum(1))


def ratio(after: tuple[float, float], before: tuple[float, float], excess: float) -> tuple[float, float, float]:
    """The share after over the share before, with its interval of 95%; half a count is added where one is 0.

    Source: Katz, Baptista, Azen, Pike, Biometrics 34(3), 1978, its variance times the excess.

    Args:
        after: Count and base.
        before: Count and base.
        excess: Variance over the binomial's.
    """
    some = 0.5 if 0 in (after[0], before[0]) else 0.0
    (a, n), (b, m) = ((count + some, base + 2 * some) for count, base in (after, before))
    middle = (a / n) / (b / m)
    width = 1.959963984540054 * np.sqrt(excess * (1 / a - 1 / n + 1 / b - 1 / m))
    return float(middle), float(middle * np.exp(-width)), float(middle * np.exp(width))

"""The slow twin of the watch: one series and one period at a time, by sums, searches and optimisers."""

from collections.abc import Sequence
from itertools import pairwise
from math import comb, cos, exp, inf, isnan, log, nan, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.stats import norm

from hashgrade.studies.watch import RUNS, Rhythm

Rows = Sequence[Sequence[float]]


def tail(count: int, base: int, share: float, excess: float) -> float:
    """The chance of `count` or more of `base`, by adding up the other probabilities one by one."""
    if count <= 0:
        return 1.0
    if count > base:
        return 0.0
    if share > 0.5:
        return sum(probabilities(base * (1 - share), excess * share, base - count + 1))
    return 1 - sum(probabilities(base * share, excess * (1 - share), count))


def probabilities(mean: float, ratio: float, many: int) -> list[float]:
    """The first probabilities of the Katz family with this mean and variance over mean, each from the one before."""
    slope = 1 - 1 / ratio  # p(k + 1) / p(k) is (a + slope k) / (k + 1): Katz 1965
    first = exp(-mean) if abs(slope) < 1e-9 else ratio ** (-mean / (ratio - 1))
    found, a = [], mean * (1 - slope)
    for k in range(many):
        found.append(first)
        first = max(0.0, first * (a + slope * k) / (k + 1))
    return found


def binomial_tail(count: int, base: int, share: float) -> float:
    """The chance of `count` or more, from the definition."""
    return sum(comb(base, k) * share**k * (1 - share) ** (base - k) for k in range(max(count, 0), base + 1))


def design(first: int, last: int, a_year: int, trend: bool, season: bool) -> list[list[float]]:
    """The terms of each period."""
    return [[1.0] + [(n - first) / a_year] * trend + [cos(2 * pi * n / a_year), sin(2 * pi * n / a_year)] * season
            for n in range(first, last)]


def fitted(counts: Sequence[int], bases: Sequence[int], terms: Rows) -> tuple[list[float], float]:
    """Effects and excess variance of one series: whatever maximises the penalised likelihood, weighed twice."""
    first = _fitted(counts, bases, terms, [1.0] * len(counts))
    heights = [residual(counts, bases, terms, n, first) for n in range(len(counts))]
    weights = [1 / height**2 if height > 2.58 else 1.0 for height in heights]
    held = [n for n in range(len(counts)) if bases[n]]
    whole = sum(weights[n] for n in held)
    return _fitted(counts, bases, terms, [1.034 * weight * len(held) / whole for weight in weights])


def _fitted(counts: Sequence[int], bases: Sequence[int], terms: Rows, weights: Sequence[float],
            ) -> tuple[list[float], float]:
    few = min(sum(counts), sum(bases) - sum(counts)) < 30
    width = 1 if few else len(terms[0])

    def loss(effects: NDArray[np.float64]) -> float:
        total = sum(float(effect) ** 2 / 2 for effect in effects[1:])
        for n, row in enumerate(terms):
            logit = sum(float(effect) * term for effect, term in zip(effects, row, strict=False))
            y, of = counts[n] + 0.5 * bases[n] / sum(bases), bases[n] * (1 + 1 / sum(bases))
            total -= weights[n] * (y * logit - of * log(1 + exp(logit)))
        return total

    part = (sum(counts) + 0.5) / (sum(bases) + 1)
    start = np.array([log(part / (1 - part))] + [0.0] * (width - 1))
    found = minimize(loss, start, method="BFGS", options={"gtol": 1e-6})
    effects = [*map(float, found.x)]
    squares = 0.0
    for n, row in enumerate(terms):
        share = expit(sum(effect * term for effect, term in zip(effects, row, strict=False)))
        if bases[n]:
            squares += weights[n] * (counts[n] - bases[n] * share) ** 2 / (bases[n] * share * (1 - share))
    return effects, max(1.0, squares / (sum(base > 0 for base in bases) - width))


def residual(counts: Sequence[int], bases: Sequence[int], terms: Rows, at: int, fit: tuple[list[float], float],
             ) -> float:
    """The standardised deviance residual of one period."""
    effects, excess = fit
    if not bases[at]:
        return 0.0
    share = foretold(terms[at], effects)
    y, n = counts[at], bases[at]
    part = y * log(y / n / share) if y else 0.0
    rest = (n - y) * log((1 - y / n) / (1 - share)) if y < n else 0.0
    doubt = variance(bases, terms, effects, terms[at], [1.0] * len(terms))
    leverage = min(0.9, max(0.0, n * share * (1 - share) * doubt))
    return (1 if y / n > share else -1) * sqrt(max(0.0, 2 * (part + rest)) / (excess * (1 - leverage)))


def foretold(row: Sequence[float], effects: Sequence[float]) -> float:
    """The share that the effects foretell."""
    return expit(sum(effect * term for effect, term in zip(effects, row, strict=False)))


def variance(bases: Sequence[int], terms: Rows, effects: Sequence[float], row: Sequence[float],
             weights: Sequence[float]) -> float:
    """The variance of the logit foretold for a row, by solving for it with Gaussian elimination."""
    width = len(effects)
    matrix = [[float(i == j and i > 0) for j in range(width)] for i in range(width)]
    for n, term in enumerate(terms):
        share = foretold(term, effects)
        for i in range(width):
            for j in range(width):
                of = bases[n] * (1 + 1 / sum(bases))
                matrix[i][j] += weights[n] * of * share * (1 - share) * term[i] * term[j]
    return sum(a * b for a, b in zip(row, solved(matrix, list(row[:width])), strict=False))


def solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """The solution of a small system with a positive diagonal."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for pivot in range(len(rows)):
        rows[pivot] = [value / rows[pivot][pivot] for value in rows[pivot]]
        for other in (n for n in range(len(rows)) if n != pivot):
            rows[other] = [a - rows[other][pivot] * b for a, b in zip(rows[other], rows[pivot], strict=True)]
    return [row[-1] for row in rows]


def expit(logit: float) -> float:
    """The share of a logit."""
    return 1 / (1 + exp(-logit))


def climb(counts: Sequence[int], bases: Sequence[int], at: int, rhythm: Rhythm) -> tuple[float, int]:
    """The height of the climb at one period, and how many periods its baseline holds."""
    window = max(1, min(rhythm.window, (at + 1) // 2, at + 1 - rhythm.least))
    end = at + 1 - window
    start = max(0, end - rhythm.most)
    terms = design(start, at + 1, rhythm.a_year, False, end - start >= 2 * rhythm.a_year)
    effects, excess = fitted(counts[start:end], bases[start:end], terms[:end - start])
    height = 0.0
    for n in range(end, at + 1):
        if bases[n]:
            share = foretold(terms[n - start], effects)
            above = (tail(counts[n], bases[n], share, excess) + tail(counts[n] + 1, bases[n], share, excess)) / 2
            height = max(0.0, height + max(-3.0, min(3.0, -float(norm.ppf(above)))) - 0.25)
    return height, sum(base > 0 for base in bases[start:end])


def jump(counts: Sequence[int], bases: Sequence[int], at: int, rhythm: Rhythm) -> tuple[float, float]:
    """The share foretold for one period, and the chance of its count."""
    end = at - rhythm.gap
    start = max(0, end - rhythm.most - rhythm.window)
    long = end - start
    terms = design(start, at + 1, rhythm.a_year, long >= rhythm.a_year, long >= 2 * rhythm.a_year)
    past = slice(start, end)
    effects, excess = fitted(counts[past], bases[past], terms[:long])
    share = foretold(terms[-1], effects)
    first = _fitted(counts[past], bases[past], terms[:long], [1.0] * long)
    heights = [residual(counts[past], bases[past], terms[:long], n, first) for n in range(long)]
    weights = [1 / height**2 if height > 2.58 else 1.0 for height in heights]
    whole = sum(weight for weight, base in zip(weights, bases[past], strict=True) if base)
    scale = 1.034 * sum(base > 0 for base in bases[past]) / whole
    doubt = excess * variance(bases[past], terms[:long], effects, terms[-1], [scale * weight for weight in weights])
    wide = excess * (1 + 6.75 / (long - len(terms[0]))) if excess > 1 else 1.0
    return share, tail(counts[at], bases[at], share, wide + bases[at] * share * (1 - share) * doubt)


def once_in(height: float, baseline: int, rhythm: Rhythm) -> float:
    """The run of a height, by looking between which two of the calibrated heights it lies."""
    fits = [heights for least, heights in rhythm.limits if least <= baseline]
    if not fits:
        return nan
    points = [(0.0, 0.0), *zip(fits[-1], map(log, RUNS), strict=True)]
    for (low, start), (high, end) in pairwise(points):
        if low <= height <= high:
            return exp(start + (end - start) * (height - low) / (high - low))
    (low, start), (high, end) = points[-3], points[-1]
    return exp(min(60.0, end + (height - high) * (end - start) / (high - low)))


def noticed(chances: Sequence[float], level: float) -> list[bool]:
    """Benjamini and Hochberg's rule from its definition: the largest rank that passes decides."""
    ranked = sorted(chance for chance in chances if not isnan(chance))
    limit = -inf
    for rank in range(1, len(ranked) + 1):
        if ranked[rank - 1] <= rank * level / len(ranked):
            limit = ranked[rank - 1]
    return [chance <= limit for chance in chances]


def onset(counts: Sequence[int], bases: Sequence[int], share: Sequence[float], excess: float,
          ) -> tuple[int, int, int, bool]:
    """The likeliest first period, the first and last not ruled out, and whether a slope is likelier than a step."""
    many = len(counts)
    steps = [gain(counts, bases, share, [float(n >= k) for n in range(many)]) / excess for k in range(many)]
    slopes = [gain(counts, bases, share, [max(0, n - k + 1) / many for n in range(many)]) / excess for k in range(many)]
    either = [max(pair) for pair in zip(steps, slopes, strict=True)]
    likely = [k for k in range(many) if 2 * (max(either) - either[k]) <= 5.99]
    return either.index(max(either)), likely[0], likely[-1], max(slopes) > max(steps)


def gain(counts: Sequence[int], bases: Sequence[int], share: Sequence[float], since: Sequence[float]) -> float:
    """How much likelier the best rise along `since` makes the counts than no rise."""
    def minus(rise: float) -> float:
        total = 0.0
        for y, n, p, x in zip(counts, bases, share, since, strict=True):
            now = expit(log(p / (1 - p)) + rise * x)
            total -= y * log(now / p) + (n - y) * log((1 - now) / (1 - p))
        return total

    return max(0.0, -float(minimize_scalar(minus, bounds=(0, 12), method="bounded", options={"xatol": 1e-9}).fun))

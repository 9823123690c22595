"""How far readers agree: raw, and beyond chance by four coefficients, each with an interval from resampled units.

Only counts of values in a unit matter (for Cohen's kappa, the pair), so that units alike are
one pattern. To draw units again with replacement is to draw how often each pattern comes, from
a multinomial; 2,000 resamples of 100,000 units are a small matrix.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hashgrade.errors import InputError
from hashgrade.law.vocabulary import CANNOT_DETERMINE, vocabulary
from hashgrade.nouns import Value
from hashgrade.studies.intervals import Estimate, wilson
from hashgrade.studies.study import NOT_DETERMINED, VERDICT

Real = NDArray[np.float64]
Whole = NDArray[np.int64]
Rating = Value | None
Statistics = dict[str, Real]

RESAMPLES = 2_000
FEW = 50
"""Below so many units an interval by resampling is rough."""
OTHERS = 20
"""Below so many units that hold anything but the commonest value, intervals of 95% held 88 times in 100 in trials."""
AT_ONCE = 4_000_000
UNSCALED = (CANNOT_DETERMINE, NOT_DETERMINED)
"""Values that stand on no scale: only the ordinal alpha leaves them out."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What readers agree on; None where a coefficient is undefined, as the warning says.

    Args:
        units: Units that two or more rated.
        raters: Readers who rated any unit.
        warning: What a reader of the numbers must know; empty where there is nothing.
        raw: How often two ratings of a unit are the same, averaged over units.
        cohen: Cohen's kappa; only of two readers.
        fleiss: Fleiss' kappa.
        alpha: Krippendorff's alpha, nominal.
        alpha_ordinal: The same with values in order, where they have one.
        ac1: Gwet's AC1, which stays steady where nearly all ratings are of one value.
    """

    units: int
    raters: int
    warning: str
    raw: Estimate | None = None
    cohen: Estimate | None = None
    fleiss: Estimate | None = None
    alpha: Estimate | None = None
    alpha_ordinal: Estimate | None = None
    ac1: Estimate | None = None


def agreement(ratings: Sequence[Sequence[Rating]], order: Sequence[Value] | None = None, seed: str | int = 0,
              times: Sequence[int] | None = None, raters: int | None = None) -> Agreement:
    """Measure how far independent ratings of the same units agree; the same ratings and seed give the same numbers.

    Units may have any number of ratings. Those with one tell what values are common, for
    Fleiss and Gwet, and nothing else. Intervals are 95% of 2,000 resamples of units.
    Where all ratings are of one value there is nothing to tell apart, and kappa and alpha are
    undefined; AC1 is 1.
    Source: Cohen, EPM 20(1), 1960; Fleiss, Psychological Bulletin 76(5), 1971, as Gwet has it for unequal numbers
    of ratings; Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011; Gwet, BJMSP 61(1), 2008;
    Efron, Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3. Twin: tests/naive/agreement.py.

    Args:
        ratings: A row for each unit, in it a rating for each reader, None where they gave none.
        order: The values from one end of their scale to the other, where they have an order.
        seed: Of the resamples.
        times: How many units each row stands for, from 1; one unless told.
        raters: How many readers there are, where the place of a rating in its row does not tell whose it is.

    Raises:
        InputError: STU-23, a rating is not on the scale.
    """
    codes, values = _coded(ratings, order)
    many = codes.shape[1] if raters is None else raters
    patterns = _Patterns(codes, np.ones(len(codes), np.int64) if times is None else np.array(times, np.int64),
                         raters is None and many == 2)
    patterns.count(values, len(order) if order is not None else 0)
    units = int(patterns.times[patterns.several > 0].sum())
    if not units:
        return Agreement(0, many, "No unit has two ratings, so that nothing can agree.")
    now = patterns.statistics(patterns.times[None, :].astype(np.float64))
    drawn = _resampled(patterns, seed)
    found = {name: _estimate(float(now[name][0]), drawn[name]) for name in now}
    warning = " ".join(_warnings(units, patterns, float(now["raw"][0]), int(np.isnan(drawn["fleiss"]).sum())))
    return Agreement(units, many, warning, **found)


def _coded(ratings: Sequence[Sequence[Rating]], order: Sequence[Value] | None) -> tuple[Whole, int]:
    """Ratings as the places of their values, -1 for none, without readers who gave none; and how many values."""
    seen = {value for row in ratings for value in row if value is not None}
    scale = list(order or ())
    off = sorted(seen - set(scale), key=str)
    if order is not None and (wrong := [value for value in off if value not in UNSCALED]):
        raise InputError("STU-23", f"a rating is `{wrong[0]}`, and the scale is {', '.join(map(str, scale))}")
    place: dict[Rating, int] = {value: n for n, value in enumerate([*scale, *off])} | {None: -1}
    codes = np.full((len(ratings), max(map(len, ratings), default=0)), -1, np.int64)
    for n, row in enumerate(ratings):
        codes[n, :len(row)] = [place[value] for value in row]
    return codes[:, (codes >= 0).any(0)], len(place) - 1


class _Patterns:
    """Units alike as one: how often each pattern comes, and what every statistic needs of it."""

    def __init__(self, codes: Whole, times: Whole, pairs: bool) -> None:
        self.pairs = pairs
        rated = (codes >= 0).any(1)
        if not pairs:
            codes = np.sort(codes, axis=1)[:, codes.shape[1] - int((codes >= 0).sum(1).max(initial=0)):]
        self.rows, which = np.unique(codes[rated], axis=0, return_inverse=True)
        self.times = np.bincount(which.ravel(), times[rated], len(self.rows)).astype(np.int64)

    def count(self, values: int, scaled: int) -> None:
        """Count each pattern's values, of which the first `scaled` are in order."""
        self.counts = _counted(self.rows, values)
        self.observed = len(np.unique(self.rows[self.rows >= 0]))
        self.many = (self.rows >= 0).sum(1).astype(np.float64)
        self.several = (self.many >= 2).astype(np.float64)
        same = np.asarray(self.counts.power(2) @ np.ones(values), np.float64) - self.many
        self.alike = self.several * same / np.maximum(self.many - 1, 1)
        self.scale = self.counts[:, :scaled].toarray() if scaled else None

    def others(self) -> int:
        """How many units hold anything but the commonest value."""
        commonest = int(_product(self.times[None, :].astype(np.float64), self.counts).argmax())
        return int(self.times[((self.rows >= 0) & (self.rows != commonest)).any(1)].sum())

    def statistics(self, weights: Real) -> Statistics:
        """Every coefficient for each row of weights, float64 [B, P]; NaN where it is undefined."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found = self._by_chance(weights) | {"alpha": self._alpha(weights)}
            if self.pairs:
                found["cohen"] = self._cohen(weights)
            if self.scale is not None:
                found["alpha_ordinal"] = self._ordinal(weights, self.scale)
        return found

    def _by_chance(self, weights: Real) -> Statistics:
        raw = (weights @ (self.alike / self.many)) / (weights @ self.several)
        share = _product(weights / self.many, self.counts) / weights.sum(1)[:, None]
        squares = (share**2).sum(1)
        gwet = (1 - squares) / max(self.observed - 1, 1)
        return {"raw": raw, "fleiss": (raw - squares) / (1 - squares), "ac1": (raw - gwet) / (1 - gwet)}

    def _alpha(self, weights: Real) -> Real:
        """One less the values that differ in their units over those that differ anywhere."""
        of_value = _product(weights * self.several, self.counts)
        total = of_value.sum(1)
        return np.asarray(1 - (total - 1) * (total - weights @ self.alike) / (total**2 - (of_value**2).sum(1)))

    def _ordinal(self, weights: Real, counts: Real) -> Real:
        """The same with squared differences of mean ranks, which is what the ordinal metric comes to.

        The sum of all values from c to k, less half of both, is the mean rank of k less that of c.
        """
        many = counts.sum(1)
        several = many >= 2
        of_value = (weights * several) @ counts
        rank = of_value.cumsum(1) - of_value / 2
        total = of_value.sum(1)
        within = many * (rank**2 @ counts.T) - (rank @ counts.T) ** 2
        observed = (weights * several / np.maximum(many - 1, 1) * within).sum(1)
        expected = total * (of_value * rank**2).sum(1) - (of_value * rank).sum(1) ** 2
        return np.asarray(1 - (total - 1) * observed / expected)

    def _cohen(self, weights: Real) -> Real:
        both = weights * self.several
        first, second = (_product(both, _counted(self.rows[:, [n]], self.counts.shape[1])) for n in (0, 1))
        total = both.sum(1)
        chance = (first * second).sum(1) / total**2
        same = both @ (self.rows[:, 0] == self.rows[:, 1]) / total
        return np.asarray((same - chance) / (1 - chance))


def _product(weights: Real, counts: csr_array[np.float64]) -> Real:
    return np.asarray(weights @ counts, np.float64)


def _counted(rows: Whole, values: int) -> csr_array[np.float64]:
    """How often each value comes in each row, [P, K]."""
    at, _ = np.nonzero(rows >= 0)
    held = rows[rows >= 0]
    return csr_array((np.ones(len(held)), (at, held)), shape=(len(rows), values))


def _resampled(patterns: _Patterns, seed: str | int) -> Statistics:
    draw = np.random.default_rng(int.from_bytes(sha256(str(seed).encode()).digest()[:8]))
    units = int(patterns.times.sum())
    block = max(1, AT_ONCE // max(patterns.counts.shape))
    parts = []
    for first in range(0, RESAMPLES, block):
        size = min(block, RESAMPLES - first)
        parts.append(patterns.statistics(draw.multinomial(units, patterns.times / units, size).astype(np.float64)))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _estimate(value: float, drawn: Real) -> Estimate | None:
    if np.isnan(value):
        return None
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return Estimate(value, float(low), float(high))


def _warnings(units: int, patterns: _Patterns, raw: float, undefined: int) -> Iterator[str]:
    if units < FEW:
        yield f"Only {units} units have two ratings or more: the intervals are rough."
    if patterns.observed == 1:
        yield "All ratings are of one value, so that kappa and alpha are undefined: there was nothing to tell apart."
    elif (others := patterns.others()) < OTHERS:
        yield f"Only {others} units hold anything but the commonest value: the intervals are too narrow."
    if undefined and patterns.observed > 1:
        yield f"{undefined:,} of {RESAMPLES:,} resamples held one value only and are left out of the intervals."
    if raw == 1:
        yield f"No two ratings differ; in one unit of {int(1 / wilson(0, units).high):,} they may."


# -- readings -----------------------------------------------------------------------------------------------------


class HasOutcomes(Protocol):
    """A pack, whether whole or as a snapshot names it."""

    @property
    def id(self) -> str:
        """Its name."""

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Its outcomes, from most to least severe."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that readings are compared on: a fact, one that follows, all children together, or a verdict.

    Args:
        key: The name of the fact, `child_rows`, or `verdict.PACK`.
        label: Its name in tables.
        order: The values from one end of their scale to the other; None where they have no order.
        counted: Whether the values are numbers, which are their own scale.
    """

    key: str
    label: str
    order: tuple[Value, ...] | None = None
    counted: bool = False

    def scale(self, ratings: Iterable[Sequence[Rating]]) -> Sequence[Value] | None:
        """The order of the values of these ratings."""
        if not self.counted:
            return self.order
        return sorted({value for row in ratings for value in row if isinstance(value, int)})


@dataclass(frozen=True, slots=True)
class Overturned:
    """How often a settlement says other than the readings it settles, of the items where both answer.

    Args:
        items: Items with a settlement and at least one independent reading that answers.
        some: The share of them where it differs from some reading; None where there are no items.
        all: The share where it differs from every reading.
    """

    items: int
    some: Estimate | None
    all: Estimate | None


@dataclass(frozen=True, slots=True)
class Compared:
    """What was found on one question."""

    question: Question
    agreement: Agreement
    overturned: Overturned


CHILD_ROWS = "child_rows"
SCALES = ("youngest_age_band", "headline_activity")
OF_ROWS = ("youngest_age_band", "headline_activity", "sexes", "posing")
"""What follows from the children's rows alone."""

def questions(packs: Iterable[HasOutcomes]) -> list[Question]:
    """Everything that readings are compared on: facts of the medium, what follows from its children, verdicts."""
    words = vocabulary()
    facts = [Question(name, fact.name, None, fact.kind == "number")
             for name, fact in words.facts.items() if fact.level == "M"]
    follows = [Question(name, fact.name, tuple(fact.values) if name in SCALES else None, fact.kind == "number")
               for name, fact in words.derived.items() if fact.level == "M"]
    verdicts = [Question(f"{VERDICT}{pack.id}", f"Verdict by {pack.id}", pack.outcomes) for pack in packs]
    return [*facts, Question(CHILD_ROWS, "All children, row by row"), *follows, *verdicts]


def overturned(items: int, some: int, every: int) -> Overturned:
    """The shares of `items` whose settlement differs from `some` reading of them, and from `every` one.

    Raises:
        InputError: STU-20, a number is larger than that of the items.
    """
    return Overturned(items, _share(some, items), _share(every, items))


def _share(count: int, base: int) -> Estimate | None:
    if not base:
        return None
    ends = wilson(count, base)
    return Estimate(count / base, ends.low, ends.high)

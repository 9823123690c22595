"""Attack releases as a reader would: work out what was kept back from what is printed.

The attacker has what a reader has: which cell is a sum of which, the numbers, the
threshold and the base of rounding. Unknown are the counts of the groups that cells are
sums of. Give it every group that the definitions allow and it is a reader; only those
that occur, and it is one who knows which combinations occur, who is the stronger.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack, vstack

from hashgrade.errors import InputError

Whole = NDArray[np.int64]
Real = NDArray[np.float64]
SLACK = 1e-6
ENDLESS = np.inf
FAR = 1e18  # beyond every count, and still a number that can be rounded


@dataclass(frozen=True, slots=True)
class Release:
    """What a reader has of one release.

    Args:
        name: What tells it from other releases.
        cells: The name of each cell.
        sums: int [C, U], how often each unknown counts in each cell; all releases that are
            attacked together share their unknowns.
        shown: What is printed in each cell; None where it is kept back.
        under: The threshold: counts from 1 to `under` - 1 are kept back; 0: none are.
        round_to: Counts are rounded half up to multiples of this.
    """

    name: str
    cells: tuple[str, ...]
    sums: csr_array
    shown: tuple[int | None, ...]
    under: int
    round_to: int = 1

    def range(self, cell: int) -> tuple[float, float]:
        """The least and the greatest count that what is printed in a cell, or its absence, allows."""
        number = self.shown[cell]
        if number is None:
            return 1, ENDLESS
        low, high = max(0, number - self.round_to // 2), number + (self.round_to - 1) // 2
        if low == 0 and high < self.under:
            return 0, 0  # counts from 1 up to the threshold would not be here
        return (max(low, self.under) if low else 0), high


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A count that was to be kept back and can be narrowed down to `low` to `high`, both inclusive.

    `kind` is `cell`, a kept-back cell; or `difference`, a group that is no cell: those in one
    printed cell who are not in another.
    """

    kind: str
    what: str
    low: int
    high: int
    derivation: str

    @property
    def exact(self) -> bool:
        """Whether it leaves one count only."""
        return self.low == self.high


def attack(releases: Sequence[Release], whole: bool = False) -> list[Disclosure]:
    """Find every kept-back cell that the releases together narrow down to less than the rule itself says.

    A cell is narrowed down if fewer counts are left than the threshold's own 1 to `under` - 1.
    The bounds are the optima of two linear programmes for each cell, so that no reasoning on
    sums and on counts not being negative leads further; with `whole`, of integer programmes,
    which also use that counts are whole. Differences are found where one printed cell holds
    all of another, in the same table or release or not, and 1 to `under` - 1 units more.
    The attacker also knows that what is kept back is never 0; nothing else is concluded from
    which cells a publisher would have chosen.
    Source: Fischetti and Salazar, Management Science 47(7), 2001, section 2 (the attacker's
    problems). Twin: tests/naive/attack.py, which tries every assignment.

    Raises:
        InputError: STU-30, no counts fit what the releases print.
    """
    seen = _Seen.of(releases)
    return [*_cells(seen, whole), *_differences(seen)]


@dataclass(frozen=True, slots=True)
class _Seen:
    """All releases on top of each other: the cells, what they are sums of, and the range of each."""

    cells: tuple[str, ...]
    sums: csr_array
    low: Real
    high: Real
    under: Whole
    printed: NDArray[np.bool_]

    @classmethod
    def of(cls, releases: Sequence[Release]) -> "_Seen":
        several = len(releases) > 1
        cells = tuple(f"{one.name}:{cell}" if several else cell for one in releases for cell in one.cells)
        ranges = np.array([one.range(cell) for one in releases for cell in range(len(one.cells))]).reshape(-1, 2)
        under = np.concatenate([np.full(len(one.cells), one.under) for one in releases])
        printed = np.array([number is not None for one in releases for number in one.shown])
        sums = csr_array(vstack([csr_array(one.sums) for one in releases]))
        return cls(cells, sums, ranges[:, 0], ranges[:, 1], under, printed)

    def extreme(self, aim: Real, whole: bool) -> Real:
        """Counts of the unknowns that fit everything printed and make `aim` least."""
        fits = LinearConstraint(self.sums, self.low, self.high)
        most = self.high[self.printed].sum() + 2.0 * self.under.max() + 1  # nobody can rule more out; keeps it finite
        found = milp(aim, constraints=fits, bounds=Bounds(np.zeros(len(aim)), np.full(len(aim), most)),
                     integrality=np.full(len(aim), int(whole)))
        if found.x is None:
            raise InputError("STU-30", "no counts fit what the releases print")
        return np.asarray(found.x)


def _cells(seen: _Seen, whole: bool) -> Iterator[Disclosure]:
    hidden = np.flatnonzero(~seen.printed)
    low, high = np.full(len(hidden), FAR), np.full(len(hidden), -FAR)
    sums = seen.sums[hidden]
    for place, cell in enumerate(hidden.tolist()):
        aim = seen.sums[[cell]].toarray()[0].astype(np.float64)
        for sign in (1, -1):
            if floor(high[place] + SLACK) - ceil(low[place] - SLACK) < _protection(seen, cell):
                reached = sums @ seen.extreme(sign * aim, whole)
                low, high = np.minimum(low, reached), np.maximum(high, reached)
        least, most = ceil(low[place] - SLACK), floor(high[place] + SLACK)
        if most - least < _protection(seen, cell):
            yield Disclosure("cell", seen.cells[cell], least, most, _derivation(seen, cell, least, most))


def _protection(seen: _Seen, cell: int) -> int:
    """How far apart the bounds of a kept-back count must be: as far as those of the rule, and never together."""
    return max(1, int(seen.under[cell]) - 2)


def _differences(seen: _Seen) -> Iterator[Disclosure]:
    rows = np.flatnonzero(seen.printed & (seen.low > 0))
    kept = {row.tobytes() for row in seen.sums[np.flatnonzero(~seen.printed)].toarray()}  # told as cells
    for inner, outer in contained(seen.sums[rows], seen.low[rows], int(seen.under.max(initial=0))):
        small, large = int(rows[inner]), int(rows[outer])
        low, high = seen.low[large] - seen.high[small], seen.high[large] - seen.low[small]
        group = (seen.sums[[large]] - seen.sums[[small]]).toarray()[0]
        if low == high and 0 < low < seen.under[[small, large]].max() and group.tobytes() not in kept:
            words = f"{seen.cells[large]} - {seen.cells[small]}"
            yield Disclosure("difference", f"{seen.cells[large]} without {seen.cells[small]}", int(low), int(high),
                             f"{words} = {int(low)}")


def contained(sums: csr_array, counts: Real | Whole, under: int) -> Iterator[tuple[int, int]]:
    """Yield each two rows of which the second holds all of the first and 1 to `under` - 1 more, in rising order."""
    pattern = csr_array((sums > 0).astype(np.int64))
    shared = csr_array(pattern @ pattern.T).tocoo()
    size = np.asarray(pattern.sum(axis=1)).ravel()
    more = counts[shared.col] - counts[shared.row]
    within = (shared.data == size[shared.row]) & (more > 0) & (more < under)
    for inner, outer in sorted(zip(shared.row[within].tolist(), shared.col[within].tolist(), strict=True)):
        if csr_array(sums[[outer]] - sums[[inner]]).min() >= 0:
            yield inner, outer


# -- how it was worked out ----------------------------------------------------------------------------------------


def _derivation(seen: _Seen, cell: int, low: int, high: int) -> str:
    """How the printed numbers lead to the bounds: an equation if one is enough, else one for each bound."""
    aim = seen.sums[[cell]].toarray()[0].astype(np.float64)
    name, same = seen.cells[cell], _equation(seen, aim)
    if same and low == high:
        return f"{name} = {same} = {low}"
    most, least = _bound(seen, aim, cell, 1), _bound(seen, aim, cell, -1)
    return (f"{name} is at most {most} = {high} and at least {least} = {low},"
            " as counts are whole, not negative, and not 0 where they are kept back")


def _equation(seen: _Seen, aim: Real) -> str:
    """The shortest sum of printed cells that is the same as the aim; nothing where there is none."""
    rows = np.flatnonzero(seen.printed)
    across = csr_array(seen.sums[rows].T)
    both = csr_array(hstack([across, -across]))
    found = milp(np.ones(2 * len(rows)), constraints=LinearConstraint(both, aim, aim))
    return "" if found.x is None else _words([seen.cells[row] for row in rows], *np.split(found.x, 2))


def _bound(seen: _Seen, aim: Real, cell: int, sign: int) -> str:
    """The sum of cells that bounds the aim from above (`sign` 1) or below (-1), those that are kept back taken as 1."""
    rows = np.flatnonzero(np.arange(len(seen.cells)) != cell)
    across = csr_array(seen.sums[rows].T)
    price = np.concatenate([np.minimum(seen.high[rows], 1e9), -seen.low[rows]]) + SLACK
    enough = LinearConstraint(csr_array(hstack([across, -across])), sign * aim, ENDLESS)
    found = milp(price, constraints=enough)
    names = [seen.cells[row] if seen.printed[row] else f"1 (at least, {seen.cells[row]})" for row in rows]
    more, less = np.split(found.x if found.x is not None else np.zeros(2 * len(rows)), 2)
    return _words(names, more, less) if sign > 0 else _words(names, less, more)


def _words(names: Sequence[str], more: Real, less: Real) -> str:
    """A sum in words, what is added first."""
    parts = [(Fraction(float(weight)).limit_denominator(12), name)
             for weight, name in zip(more - less, names, strict=True) if abs(weight) > SLACK]
    text = ""
    for weight, name in sorted(parts, key=lambda part: (part[0] < 0, part[1])):
        text += " - " if weight < 0 else " + " if text else ""
        text += name if abs(weight) == 1 else f"{abs(weight)} x {name}"
    return text.strip() or "1"

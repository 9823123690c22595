"""Keep small counts back, and enough others that no kept-back count can be worked out.

A release is a matrix of cells by atoms: an atom is a group of units that every table
treats alike, and a printed number is the sum of the atoms in its cell. What is printed
is then a system of linear equations over whole numbers that are not negative, and a
kept-back count is safe while another solution has another count there. Nothing that is
kept back is 0, and a reader may know that: in the other solution it is not 0 either.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array, csr_array, hstack, identity, vstack

from hashgrade.studies.attack import contained

Whole = NDArray[np.int64]
Real = NDArray[np.float64]
SLACK = 1e-6
NEAR = 250  # atoms tried first about each of `STARTS` atoms of a kept-back cell
STARTS = 8
LIKE = 20  # atoms tried first in whole units about each of `STARTS` atoms, beside those that move in real numbers
STEPS = 3  # units by which each of these may change
NODES_MAX = 2000  # of a search for a move in whole units; beyond, the cell counts as given away
AS_IT_IS: Any = {"presolve": False}  # a programme of moves is too sparse to shrink: that costs two thirds of the time


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier releases leave no choice about.

    `printed` cells a reader has already, so that they are never kept back. `sensitive` cells are
    kept back whatever their count, and guarded like small ones.
    """

    printed: frozenset[int] = frozenset()
    sensitive: frozenset[int] = frozenset()


NONE = Earlier()


@dataclass(frozen=True, slots=True)
class KeptBack:
    """Which cells are kept back; and what is given away though nothing that may be kept back is printed.

    Each of `lost` is one cell, or two: those who are in the second and not in the first.
    """

    cells: frozenset[int]
    lost: tuple[tuple[int, ...], ...]


def kept_back(cells: Whole | csr_array, atoms: Whole, weights: Real, under: int, earlier: Earlier = NONE) -> KeptBack:
    """Choose the cells to keep back so that none below the threshold can be worked out.

    Every count from 1 to `under` - 1 is kept back. While what is printed pins one of them
    down, the lightest set of cells goes too that lets it move by one unit; what turns out
    not to be needed is printed after all. Groups that are no cell are guarded alike: those
    in one cell who are not in another, where the other holds all of the one. The attacker
    assumed here knows which combinations occur and that counts are whole, which is more than
    a reader knows, so that a release which is safe from this attacker is safe from a reader.
    Source: Fischetti and Salazar, Management Science 47(7), 2001, section 2; here the
    lightest set is a linear programme's, so it is safe but need not be the smallest.
    Twin: hashgrade.studies.attack, which knows no atoms.

    Args:
        cells: int64 [C, A], how often each atom counts in each cell; dense or sparse.
        atoms: int64 [A], units in each atom.
        weights: float64 [C], how much would be lost with each cell.
        under: The threshold; 0 keeps nothing back but what is sensitive for earlier releases.
        earlier: What earlier releases print, or make sensitive.
    """
    guard = _Guard.of(cells, atoms, under, earlier.printed)
    small = (guard.small() | earlier.sensitive) - earlier.printed
    hidden, lost = set(small), set[int]()
    while (target := next((one for one in guard.pinned(hidden) if one not in lost), None)) is not None:
        given = guard.cover(target, hidden, weights)
        lost |= set() if given else {target}  # what an earlier release gave away cannot be helped
        hidden |= given
    for cell in sorted(hidden - small, key=lambda one: (-weights[one], -guard.counts[one], one)):
        if all(one in lost for one in guard.pinned(hidden - {cell})):
            hidden.remove(cell)
    return KeptBack(frozenset(hidden), tuple(guard.named(target) for target in sorted(lost)))


def pinned(cells: Whole | csr_array, atoms: Whole, hidden: Set[int]) -> Iterator[int]:
    """Yield the kept-back cells whose count the printed cells leave no whole unit of play."""
    return _Guard.of(cells, atoms, 0, frozenset()).pinned(hidden)


@dataclass(frozen=True, slots=True)
class _Move:
    """A change of whole units that keeps every atom from going below nothing: the cells and targets that it changes.

    It stays possible for as long as all the cells that it changes are kept back.
    """

    cells: frozenset[int]
    targets: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Guard:
    """What is to be guarded: the cells, which come first among the `targets`, then groups between two cells."""

    cells: csr_array
    atoms: Whole
    counts: Whole
    under: int
    printed: frozenset[int]
    targets: csr_array
    between: tuple[tuple[tuple[int, int], ...], ...]
    moves: list[_Move] = field(default_factory=list)

    @classmethod
    def of(cls, cells: Whole | csr_array, atoms: Whole, under: int, printed: frozenset[int]) -> "_Guard":
        """Put atoms together that no cell tells apart, and find the groups to guard."""
        merged, units = _merged(csc_array(cells), atoms)
        counts = np.asarray(merged @ units)
        groups, between = _groups(merged, counts, under)
        return cls(merged, units, counts, under, printed, csr_array(vstack([merged, groups])), between)

    def small(self) -> set[int]:
        """The cells below the threshold."""
        return {int(cell) for cell in np.flatnonzero((self.counts > 0) & (self.counts < self.under))}

    def pinned(self, hidden: Set[int]) -> Iterator[int]:
        """Yield the kept-back cells, then the groups, that cannot move by a whole unit."""
        count = self.cells.shape[0]
        for target in [*sorted(hidden), *range(count, count + len(self.between))]:
            if not self._moves(target, hidden):
                yield target

    def _moves(self, target: int, hidden: Set[int]) -> bool:
        if any(target in move.targets and move.cells <= hidden for move in self.moves):
            return True
        pairs = self.between[target - self.cells.shape[0]] if target >= self.cells.shape[0] else ()
        if any(inner not in hidden and outer not in hidden for inner, outer in pairs):
            return False
        kept = ~np.isin(np.arange(self.cells.shape[0]), sorted(hidden))
        for among in self._among(target):
            room = self._room(kept, among)
            for sign in (1, -1):
                move = room.move(sign * self._row(target, among))
                if move is not None:
                    self._learn(among, move)
                    return True
        return False

    def named(self, target: int) -> tuple[int, ...]:
        """The cell that a target is, or the two between which it is."""
        count = self.cells.shape[0]
        return (target,) if target < count else self.between[target - count][0]

    def _room(self, kept: NDArray[np.bool_], among: Whole) -> "_Room":
        least = np.where(kept, 0, np.minimum(1, self.counts) - self.counts)
        cells = csr_array(self.cells[:, among])
        touched = np.flatnonzero(np.diff(cells.indptr))
        return _Room(csr_array(cells[touched]), self.atoms[among], least[touched], np.where(kept, 0, np.inf)[touched],
                     float(self.atoms.sum() + 1))

    def _learn(self, among: Whole, move: Whole) -> None:
        cells, targets = (csr_array(matrix)[:, among] @ move for matrix in (self.cells, self.targets))
        self.moves.append(_Move(*(frozenset(np.flatnonzero(change).tolist()) for change in (cells, targets))))

    def _row(self, target: int, among: Whole) -> Whole:
        return np.asarray(self.targets[[target]].toarray()[0][among], dtype=np.int64)

    def _among(self, target: int) -> Iterator[Whole]:
        """The atoms to try: those most like the target's, where that is fewer, and then all."""
        if len(self.atoms) > 2 * NEAR * STARTS:
            yield _like(self.cells, self.targets[[target]].indices.astype(np.int64), NEAR)
        yield np.arange(len(self.atoms))

    def cover(self, target: int, hidden: set[int], weights: Real) -> set[int]:
        """The lightest cells to keep back too, by a linear programme, so that the target may move; none if in vain.

        Where the programme finds none, all goes that some move changes when nothing is printed but by earlier releases.
        """
        if self.printed and not self._anyhow(target):
            return set()
        free = np.array([cell in hidden for cell in range(self.cells.shape[0])])
        price = np.where(free, 0.0, weights)
        for among in self._among(target):
            for sign in (1, -1):
                for whole in (False, True):
                    given = self._lightest(among, sign * self._row(target, among), price, whole) - hidden
                    if given:
                        return given
        return (self._apart(target) or self._anyhow(target)) - hidden

    def _lightest(self, among: Whole, aim: Whole, price: Real, whole: bool) -> set[int]:
        """The cells that change when the aim grows by one unit at the least weight, `whole` in whole units."""
        cells = csr_array(self.cells[:, among])
        count, width = cells.shape
        own = identity(count)
        nothing, below = np.zeros(count), np.minimum(1, self.counts) - self.counts
        changes = [LinearConstraint(csr_array(hstack([cells, -own])), -np.inf, nothing),
                   LinearConstraint(csr_array(hstack([cells, own])), nothing, np.inf),
                   LinearConstraint(csr_array(hstack([cells, csr_array((count, count))])), below, np.inf),
                   LinearConstraint(np.concatenate([aim, nothing])[None, :].astype(np.float64), 1, 1)]
        least = np.concatenate([-self.atoms[among].astype(np.float64), nothing])
        fixed = np.isin(np.arange(count), sorted(self.printed))
        most = np.concatenate([np.full(width, np.inf), np.where(fixed, 0, np.inf)])
        found = milp(np.concatenate([np.zeros(width), price]), constraints=changes, bounds=Bounds(least, most),
                     integrality=np.repeat([int(whole), 0], [width, count]), options={"node_limit": NODES_MAX})
        if found.x is None:
            return set()
        return set(np.flatnonzero(np.abs(cells @ found.x[:width]) > SLACK).tolist()) - self.printed

    def _apart(self, target: int) -> set[int]:
        """Every cell of an atom of the target, the fewest there are: without them nothing ties the atom down."""
        columns = csc_array(self.cells)
        of_atoms = [set(columns[:, [atom]].indices.tolist()) for atom in self.targets[[target]].indices]
        return min((cells for cells in of_atoms if not cells & self.printed), key=lambda one: (len(one), sorted(one)),
                   default=set())


    def _anyhow(self, target: int) -> set[int]:
        """The cells of a move that is possible if all is kept back that may be."""
        everything = set(range(self.cells.shape[0])) - self.printed
        if not self._moves(target, everything):
            return set()
        return set(next(move for move in self.moves if target in move.targets and move.cells <= everything).cells)


@dataclass(frozen=True, slots=True)
class _Room:
    """How far the cells of a release may change while what is printed stays, and no atom goes below nothing."""

    cells: csr_array
    atoms: Whole
    least: Whole
    most: Real
    units_max: float  # nobody can rule more out; a bound keeps programmes finite

    def move(self, aim: Whole) -> Whole | None:
        """A move in whole units that raises the aim, or None where there is none, or none was found.

        Where it cannot be raised by one in real numbers there is none. Where neither the furthest nor the
        shortest move in real numbers is of whole units, those are sought among the atoms of the shortest
        and others like them, and only then among all.
        """
        everything = np.arange(len(self.atoms))
        real = self._furthest(aim)
        if real is None or aim @ real < 1 - SLACK:
            return None
        if self._fits(aim, real):
            return np.rint(real).astype(np.int64)
        short = self._short(aim, everything, self.units_max, whole=False)
        moved = everything if short is None else np.flatnonzero(np.abs(short) > SLACK)
        near = np.union1d(moved, _like(self.cells, np.flatnonzero(aim), LIKE))
        for among, steps in ((np.union1d(near, _like(self.cells, moved, LIKE)), STEPS), (everything, self.units_max)):
            if short is not None and self._fits(aim, short):
                break
            short = self._short(aim, among, steps, whole=True)
        return None if short is None or not self._fits(aim, short) else np.rint(short).astype(np.int64)

    def _furthest(self, aim: Whole) -> Real | None:
        """A move in real numbers that raises the aim most."""
        within = Bounds(-self.atoms.astype(np.float64), np.full(len(self.atoms), self.units_max))
        found = milp(-aim, constraints=LinearConstraint(self.cells, self.least, self.most), bounds=within,
                     options=AS_IT_IS)
        return None if found.x is None else np.asarray(found.x)

    def _short(self, aim: Whole, among: Whole, steps: float, *, whole: bool) -> Real | None:
        """The shortest move, of at most so many `steps` in each of some atoms, that raises the aim by one.

        In `whole` units it is short, and need not be the shortest.
        """
        cells, count = csr_array(self.cells[:, among]), len(among)
        raised = np.concatenate([aim[among], -aim[among]]).astype(np.float64)
        limits = [LinearConstraint(csr_array(hstack([cells, -cells])), self.least, self.most),
                  LinearConstraint(raised[None, :], 1, np.inf)]
        most = np.concatenate([np.full(count, steps), np.minimum(self.atoms[among], steps)])
        found = milp(np.ones(2 * count), constraints=limits, bounds=Bounds(0, most),
                     integrality=np.full(2 * count, int(whole)),
                     options={"node_limit": NODES_MAX, "mip_rel_gap": 1.0} if whole else AS_IT_IS)
        if found.x is None:
            return None
        move = np.zeros(len(self.atoms))
        move[among] = found.x[:count] - found.x[count:]
        return move

    def _fits(self, aim: Whole, move: Real) -> bool:
        """Whether a move is one of whole units, checked in whole numbers."""
        whole = np.rint(move).astype(np.int64)
        changed = np.asarray(self.cells @ whole)
        return bool(np.all(np.abs(move - whole) < SLACK) and np.all(changed >= self.least)
                    and np.all(changed <= self.most) and np.all(self.atoms + whole >= 0) and aim @ whole > 0)


def _like(cells: csr_array, atoms: Whole, number: int) -> Whole:
    """The atoms that count in nearly the same cells as some of these, so many for each of `STARTS`."""
    starts = np.unique(atoms[np.linspace(0, len(atoms) - 1, min(STARTS, len(atoms))).astype(np.int64)])
    pattern = csc_array(abs(cells).sign())
    size = np.asarray(pattern.sum(axis=0)).ravel()
    far = [size - 2 * np.asarray((pattern[:, [one]].T @ pattern).toarray()[0]) for one in starts]
    return np.unique(np.concatenate([np.argsort(one, kind="stable")[:number] for one in far]))


def _groups(cells: csr_array, counts: Whole, under: int) -> tuple[csr_array, tuple[tuple[tuple[int, int], ...], ...]]:
    """The groups of 1 to `under` - 1 units between two cells that are not small, each with its pairs of cells."""
    large = np.flatnonzero((counts >= under) & (under > 0))
    large = large[[cells[[row]].min() >= 0 for row in large]]
    found: dict[bytes, tuple[Whole, list[tuple[int, int]]]] = {}
    for one, other in contained(cells[large], counts[large], under):
        inner, outer = int(large[one]), int(large[other])
        row = (cells[[outer]] - cells[[inner]]).toarray()[0]
        found.setdefault(row.tobytes(), (row, []))[1].append((inner, outer))
    rows = np.array([row for row, _ in found.values()], dtype=np.int64).reshape(len(found), cells.shape[1])
    return csr_array(rows), tuple(tuple(pairs) for _, pairs in found.values())


def _merged(cells: csc_array, atoms: Whole) -> tuple[csr_array, Whole]:
    """The same release without empty atoms, and with those that no cell tells apart put together."""
    cells, atoms = csc_array(cells[:, np.flatnonzero(atoms)]), atoms[atoms > 0]
    cells.sort_indices()
    cells.eliminate_zeros()
    place: dict[tuple[bytes, bytes], int] = {}
    columns = (slice(one, other) for one, other in pairwise(cells.indptr.tolist()))
    alike = ((cells.indices[column].tobytes(), cells.data[column].tobytes()) for column in columns)
    index = np.array([place.setdefault(key, len(place)) for key in alike], dtype=np.int64)
    _, first = np.unique(index, return_index=True)
    return csr_array(cells[:, first]), np.bincount(index, weights=atoms, minlength=len(first)).astype(np.int64)

"""One release over all units of count, and over earlier releases: cells side by side, with what a reader knows of them.

An earlier release is counted again on the records as they are now, so that each unit is known in both, and
the two are one matrix. Where a number that was printed is another today, the difference is an unknown of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_diag, coo_array, csc_array, csr_array, hstack, vstack

from hashgrade.studies.atoms import DRAWN, Atoms
from hashgrade.studies.count import Counted
from hashgrade.studies.disclosure import NONE, Earlier
from hashgrade.studies.periods import Period
from hashgrade.studies.table import Cell

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Released:
    """An earlier release: its cells as they count today, with the units apart, and what it printed in them.

    A report with changes since the period before is two: one of its own period, and one of that before.

    Args:
        name: What a reader knows it by.
        period: When what it counts was first seen.
        counted: Its cells, counted again.
        shown: What it printed in each cell that it has; None: it kept it back.
        round_to: What its counts were rounded to.
        sha256: The digest of its manifest.
    """

    name: str
    period: Period
    counted: Counted
    shown: Mapping[Cell, int | None]
    round_to: int = 1
    sha256: str = ""

    def printed_now(self, count: int) -> int:
        """What it would print for a count."""
        return (count + self.round_to // 2) // self.round_to * self.round_to

    def within(self, period: Period) -> bool:
        """Whether its period has a day of this one."""
        return self.period[0] <= period[1] and period[0] <= self.period[1]


def reports(releases: Sequence[Released]) -> list[tuple[str, str]]:
    """The reports that releases are of, each once: what a reader knows it by, and the digest of its manifest."""
    return list(dict.fromkeys((one.name, one.sha256) for one in releases))


@dataclass(frozen=True, slots=True)
class Joint:
    """Cells that are to be guarded together: how often each atom counts in each, then rows that are no cell of it.

    Those rows are equations, which add up to nothing whatever is kept back; what was drawn of each stratum;
    and the cells of earlier releases, with a row for each that changed since. `earlier` says which of them
    a reader has, and `sizes` which are those of a sample, and no secret.
    """

    cells: tuple[tuple[str, Cell], ...]
    matrix: csr_array
    units: Whole
    earlier: Earlier = NONE
    sizes: tuple[int, ...] = ()
    changed: int = 0

    @property
    def equations(self) -> frozenset[int]:
        """The rows that are equations."""
        zero = np.flatnonzero((self.matrix @ self.units == 0) & (np.arange(self.matrix.shape[0]) >= len(self.cells)))
        return frozenset(zero.tolist()) & self.earlier.printed


@dataclass(frozen=True, slots=True)
class _Block:
    """Cells of one unit of count over the same atoms, each with the release that has it: 0 is the one to be made."""

    rows: tuple[tuple[int, str, Cell], ...]
    matrix: csr_array
    units: Whole


def joined(counted: Counted, against: Sequence[Released] = (), under: int = 0) -> list[Joint]:
    """All units of a release, together where a number of one is a number of another, else each by itself.

    A table of media may have a row that adds up children, and a table of children that many for its
    base. Two such numbers are taken to be the same wherever they are equal, whether or not
    a reader could know it: an equation more makes an attacker stronger, never weaker.

    Args:
        counted: The release to be made; with the units apart where there are earlier ones.
        against: Earlier releases.
        under: The threshold: what changed by less since an earlier release is guarded.
    """
    parts = [counted, *(one.counted for one in against)]
    blocks = {unit: _block(unit, parts) for unit in dict.fromkeys(unit for part in parts for unit in part.atoms)}
    same = list(_same(parts, blocks))
    linked = [blocks["media"], blocks["child"]] if same else []
    alone = [[block] for unit, block in blocks.items() if not same or unit not in ("media", "child")]
    groups = [group for group in (linked, *alone) if group]
    return [_joint(group, same if group is linked else [], parts, against, under) for group in groups]


def _same(parts: Sequence[Counted], blocks: Mapping[str, _Block]) -> Iterator[tuple[int, int]]:
    """The rows of media, and of children after them, that are the same number."""
    sums = {(n, Cell(layout.table.name, "row", row.key)) for n, part in enumerate(parts)
            for layout in part.layouts for row in layout.table.rows if row.sum_of}
    bases = {(n, Cell(layout.table.name, "base")) for n, part in enumerate(parts)
             for layout in part.layouts if layout.table.unit == "child"}
    if not sums or not bases:
        return
    media, child = blocks["media"], blocks["child"]
    ours, theirs = media.matrix @ media.units, child.matrix @ child.units
    for one, (n, _, cell) in enumerate(media.rows):
        for other, (m, _, base) in enumerate(child.rows):
            if (n, cell) in sums and (m, base) in bases and ours[one] == theirs[other] > 0:
                yield one, len(media.rows) + other


def _block(unit: str, parts: Sequence[Counted]) -> _Block:
    """The cells that releases have of one unit, over groups of units that all of them treat alike."""
    having = [(n, part.atoms[unit]) for n, part in enumerate(parts) if unit in part.atoms]
    rows = tuple((n, unit, cell) for n, atoms in having for cell in atoms.cells)
    if len(having) == 1:
        return _Block(rows, csr_array(having[0][1].matrix), having[0][1].units)
    first, places, units = _overlaid([atoms for _, atoms in having])
    parted = [csr_array(csc_array(hstack([atoms.matrix, csr_array((len(atoms.cells), 1), dtype=np.int64)]))[:, place])
              for (_, atoms), place in zip(having, places[:, first], strict=True)]
    return _Block(rows, csr_array(vstack(parted)), units)


def _overlaid(parts: Sequence[Atoms]) -> tuple[Whole, Whole, Whole]:
    """Where each different group of groups is first, in which group of each part a unit is, and how many are alike.

    A unit that a part does not count is in a group after its last.
    """
    held = [atoms.members for atoms in parts if atoms.members is not None]
    members = np.unique(np.concatenate([numbers for numbers, _ in held]))
    places = np.array([np.full(len(members), len(atoms.units)) for atoms in parts])
    key = np.zeros(len(members), dtype=np.int64)
    for n, ((numbers, groups), atoms) in enumerate(zip(held, parts, strict=True)):
        places[n, np.searchsorted(members, numbers)] = groups
        _, key = np.unique(key * (len(atoms.units) + 1) + places[n], return_inverse=True)
    _, first, units = np.unique(key, return_index=True, return_counts=True)
    return first, places, units.astype(np.int64)


def _joint(blocks: Sequence[_Block], same: Sequence[tuple[int, int]], parts: Sequence[Counted],
           against: Sequence[Released], under: int) -> Joint:
    """Blocks side by side: the cells of the release to be made, what else is known, then cells of earlier ones."""
    rows = [row for block in blocks for row in block.rows]
    matrix = csr_array(block_diag([block.matrix for block in blocks]))
    units = np.concatenate([block.units for block in blocks])
    own = [n for n, (release, _, cell) in enumerate(rows) if release == 0 and cell.part != DRAWN]
    told = [(n, against[release - 1], against[release - 1].shown[cell]) for n, (release, unit, cell) in enumerate(rows)
            if release and cell in against[release - 1].shown and (cell.table or unit == "media")]
    sizes, few = _strata(rows, parts, under)
    ours = csr_array(vstack([matrix[own], *(matrix[[one]] - matrix[[other]] for one, other in same), matrix[sizes],
                             matrix[few]]))
    known = range(len(own), ours.shape[0] - len(few))
    earlier = Earlier(frozenset(known), frozenset(range(known.stop, ours.shape[0])))
    joint = Joint(tuple(rows[n][1:] for n in own), ours, units, earlier, tuple(known[len(same):]))
    return _with_earlier(joint, _Told.of(matrix, units, told, under)) if told else joint


def _strata(rows: Sequence[tuple[int, str, Cell]], parts: Sequence[Counted], under: int) -> tuple[list[int], list[int]]:
    """The rows that say how many were drawn of a stratum: where that is told, as was asked for, and where it is few."""
    drawn = [(n, parts[release], cell.key) for n, (release, _, cell) in enumerate(rows) if cell.part == DRAWN]
    return ([n for n, part, key in drawn if key not in part.short],
            [n for n, part, key in drawn if key in part.short and 0 < part.drawn[key] < under])


@dataclass(frozen=True, slots=True)
class _Told:
    """Cells of earlier releases: how they count today, which are kept back, by how much the others changed since.

    `guarded` are the changes that nobody may work out.
    """

    matrix: csr_array
    hidden: NDArray[np.bool_]
    change: Whole
    guarded: NDArray[np.bool_]

    @classmethod
    def of(cls, matrix: csr_array, units: Whole, told: Sequence[tuple[int, Released, int | None]], under: int
           ) -> "_Told":
        """What was told, but of cells that were kept back and hold nothing now, of which there is nothing to guard."""
        counts = matrix @ units
        kept = [(n, one, number) for n, one, number in told if number is not None or counts[n]]
        change = [0 if number is None or one.printed_now(int(counts[n])) == number else number - int(counts[n])
                  for n, one, number in kept]
        guarded = [one.round_to == 1 and 0 < abs(by) < under for (_, one, _), by in zip(kept, change, strict=True)]
        return cls(csr_array(matrix[[n for n, _, _ in kept]]), np.array([number is None for _, _, number in kept]),
                   np.array(change, dtype=np.int64), np.array(guarded))


def _with_earlier(ours: Joint, told: _Told) -> Joint:
    """A release with the cells of earlier ones beneath.

    What came or went since is an atom for each number that changed. It is a cell that nobody prints,
    and guarded where it is small, unless rounding hides it.
    """
    changed = np.flatnonzero(told.change)
    size, many = np.abs(told.change[changed]), len(changed)
    theirs, (count, width) = len(told.change), ours.matrix.shape
    drift = coo_array((np.sign(told.change[changed]), (changed, np.arange(many))), shape=(theirs, many))
    guarded = csr_array((np.ones(many, dtype=np.int64), (np.arange(many), np.arange(many))), shape=(many, many))
    guarded = guarded[np.flatnonzero(told.guarded[changed])]
    matrix = csr_array(vstack([hstack([ours.matrix, csr_array((count, many), dtype=np.int64)]),
                               hstack([told.matrix, drift]),
                               hstack([csr_array((guarded.shape[0], width), dtype=np.int64), guarded])]))
    printed = ours.earlier.printed | frozenset((count + np.flatnonzero(~told.hidden)).tolist())
    sensitive = ours.earlier.sensitive | frozenset((count + np.flatnonzero(told.hidden)).tolist())
    sensitive |= frozenset(range(count + theirs, matrix.shape[0]))
    return Joint(ours.cells, matrix, np.concatenate([ours.units, size]), Earlier(printed, sensitive), ours.sizes, many)

"""Groups of units that count alike, which every printed number is a sum of; nothing here touches a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, hstack, vstack

from hashgrade.studies.table import Cell, Layout

Whole = NDArray[np.int64]

DRAWN = "drawn"  # the part of a cell that tells how many were drawn of a stratum
UNDECIDED = Cell("", "undecided")  # the media for which the condition of the cohort cannot be decided


@dataclass(frozen=True, slots=True)
class Atoms:
    """The groups of one unit: how many units each holds, and how often it counts in each cell, sparse int64 [C, A].

    `members`, where that was asked for: the number of each unit, rising, and the group that it is in.
    """

    cells: tuple[Cell, ...]
    matrix: csr_array
    units: Whole
    members: tuple[Whole, Whole] | None = None


@dataclass(frozen=True, slots=True)
class Tabled:
    """One table: for each way to be counted in it, its cells and how often; and the way of each group."""

    ways: tuple[tuple[tuple[Cell, int], ...], ...]
    way: Whole

    @classmethod
    def of(cls, layout: Layout, columns: Sequence[Whole]) -> "Tabled":
        first, alike = _alike(columns)
        keys = {"of": ["", *layout.rows], "by": ["", *layout.columns]}
        names_ = list(layout.sql)
        ways: dict[tuple[tuple[Cell, int], ...], int] = {}
        way = []
        for n in first:
            values: dict[str, object] = {name: int(column[n]) for name, column in zip(names_, columns, strict=True)}
            values |= {name: keys[name][int(str(values[name]))] for name in keys.keys() & values.keys()}
            way.append(ways.setdefault(tuple(layout.counted(values)), len(ways)))
        return cls(tuple(ways), np.array(way, dtype=np.int64)[alike])


def _alike(columns: Sequence[Whole]) -> tuple[Whole, Whole]:
    """Where each different row of the columns is first, and which of them each row is."""
    first, alike = np.zeros(1, np.int64), np.zeros(len(columns[0]), np.int64)
    for column in columns:
        _, first, alike = np.unique(alike * (int(column.max(initial=0)) + 1) + column, return_index=True,
                                    return_inverse=True)
    return first, alike


def together(unit: str, layouts: Sequence[Layout], tables: Sequence[Tabled], times: Whole,
             drawn: Mapping[str, Whole]) -> tuple[Atoms, Whole]:
    """Put groups that count alike in every table, and were drawn alike, together; and the place of each."""
    of_strata = [Cell("", DRAWN, key) for key in drawn]
    cells = (Cell("", "total"), *of_strata, *(cell for layout in layouts for cell in layout.cells()))
    first, alike = _alike([np.zeros(len(times), np.int64), *drawn.values(), *(table.way for table in tables)])
    units = np.zeros(len(first), dtype=np.int64)
    np.add.at(units, alike, times)
    total = np.full((1, len(first)), unit == "media", dtype=np.int64)  # of URLs and children it is not printed
    parts = [csr_array(total), *(csr_array(held[first][None, :]) for held in drawn.values())]
    for table, layout in zip(tables, layouts, strict=True):
        place = {cell: n for n, cell in enumerate(layout.cells())}
        matrix = np.zeros((len(place), len(table.ways)), dtype=np.int64)
        for n, counted in enumerate(table.ways):
            for cell, often in counted:
                matrix[place[cell], n] += often
        parts.append(csr_array(csc_array(matrix)[:, table.way[first]]))
    return Atoms(cells, csr_array(vstack(parts)), units), alike


def beside(media: Atoms, many: int, numbers: Whole | None) -> Atoms:
    """The groups of media with one more beside them: so many that are undecided, which count in a cell of their own."""
    wide, high = media.matrix.shape[1], len(media.cells)
    matrix = csr_array(vstack([hstack([media.matrix, csr_array((high, 1), dtype=np.int64)]),
                               csr_array(([1], ([0], [wide])), shape=(1, wide + 1), dtype=np.int64)]))
    found = replace(media, cells=(*media.cells, UNDECIDED), matrix=matrix, units=np.append(media.units, many))
    if media.members is None or numbers is None:
        return found
    held = np.concatenate([media.members[0], numbers])
    order = np.argsort(held)
    groups = np.concatenate([media.members[1], np.full(len(numbers), wide, dtype=np.int64)])
    return replace(found, members=(held[order], groups[order]))

"""One release over all units of count: their cells side by side, with what a reader knows to be equal between them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_diag, csr_array, vstack

from hashgrade.studies.count import Atoms, Counted
from hashgrade.studies.table import Cell


@dataclass(frozen=True, slots=True)
class Joint:
    """Cells that are to be guarded together: how often each atom counts in each, then a row for each equation.

    The rows from `len(cells)` on add up to nothing, whatever is kept back.
    """

    cells: tuple[tuple[str, Cell], ...]
    matrix: csr_array
    units: NDArray[np.int64]

    @property
    def equations(self) -> frozenset[int]:
        """The rows that are equations."""
        return frozenset(range(len(self.cells), self.matrix.shape[0]))


def joined(counted: Counted) -> list[Joint]:
    """All units of a release, together where a number of one is a number of another, else each by itself.

    A table of media may have a row that adds up children, and a table of children that many for its
    base. Two such numbers are taken to be the same wherever they are equal, whether or not
    a reader could know it: an equation more makes an attacker stronger, never weaker.
    """
    atoms = counted.atoms
    sums = [Cell(layout.table.name, "row", row.key)
            for layout in counted.layouts for row in layout.table.rows if row.sum_of]
    bases = [Cell(layout.table.name, "base") for layout in counted.layouts if layout.table.unit == "child"]
    same = [(one, other) for one in sums for other in bases
            if counted.count("media", one) == counted.count("child", other) > 0]
    if not same:
        return [_side_by_side({unit: atoms[unit]}) for unit in atoms]
    linked = _side_by_side({unit: atoms[unit] for unit in ("media", "child")})
    place = {cell: n for n, cell in enumerate(linked.cells)}
    rows = [linked.matrix[[place["media", one]]] - linked.matrix[[place["child", other]]] for one, other in same]
    together = Joint(linked.cells, csr_array(vstack([linked.matrix, *rows])), linked.units)
    return [together, *(_side_by_side({unit: atoms[unit]}) for unit in atoms if unit not in ("media", "child"))]


def _side_by_side(atoms: Mapping[str, Atoms]) -> Joint:
    cells = tuple((unit, cell) for unit, of_unit in atoms.items() for cell in of_unit.cells)
    matrix = csr_array(block_diag([csr_array(of_unit.matrix) for of_unit in atoms.values()]))
    return Joint(cells, matrix, np.concatenate([of_unit.units for of_unit in atoms.values()]))

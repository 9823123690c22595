"""The lightest cells to keep back, by one integer programme over all small counts at once: slow, and exact."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from hashgrade.studies.attack import contained

Whole = NDArray[np.int64]
FURTHEST = 3  # units by which an atom may move; a bound that a lighter choice could exceed only in odd releases


def lightest(cells: Whole, atoms: Whole, weights: NDArray[np.float64], under: int, seconds: float) -> set[int] | None:
    """The lightest cells such that each small count, and each small group between two, can move by one unit.

    One yes or no for each cell, and for each small count a move in whole units, up or down, that changes no cell
    but those that are kept back and leaves none of them at 0. Twin of `disclosure.kept_back`.

    Returns:
        The cells; None where no proof was found in time.
    """
    aims = _aims(cells, atoms, under)
    height, width = cells.shape
    counts = cells @ atoms
    small = (counts > 0) & (counts < under)
    each = width + 1  # the move, and whether the aim goes up
    size = height + len(aims) * each
    limits, reach = [], FURTHEST * np.abs(cells).sum(axis=1)
    for n, aim in enumerate(aims):
        at = height + n * each
        change = np.zeros((height, size))
        change[:, at:at + width] = cells
        chosen = np.zeros((height, size))
        chosen[:, :height] = np.diag(reach)
        limits += [LinearConstraint(change - chosen, -np.inf, 0), LinearConstraint(change + chosen, 0, np.inf),
                   LinearConstraint(change, np.minimum(1, counts) - counts, np.inf)]
        raised = np.zeros((2, size))
        raised[:, at:at + width] = aim
        raised[:, at + width] = -(2 * FURTHEST * np.abs(aim).sum())
        limits.append(LinearConstraint(raised, [-np.inf, 1 + raised[1, at + width]], [-1, np.inf]))
    low = np.concatenate([small, *(np.append(-np.minimum(atoms, FURTHEST), 0) for _ in aims)])
    high = np.concatenate([np.ones(height), *(np.append(np.full(width, FURTHEST), 1) for _ in aims)])
    price = np.concatenate([weights, np.zeros(size - height)])
    found = milp(price, constraints=limits, bounds=Bounds(low, high), integrality=np.ones(size, dtype=np.int64),
                 options={"time_limit": seconds})
    return set(np.flatnonzero(np.rint(found.x[:height])).tolist()) if found.status == 0 else None


def _aims(cells: Whole, atoms: Whole, under: int) -> list[Whole]:
    """The small counts, and the small groups between two cells that are not small."""
    counts = cells @ atoms
    large = np.flatnonzero(counts >= under)
    groups = [cells[large[outer]] - cells[large[inner]]
              for inner, outer in contained(csr_array(cells[large]), counts[large], under)]
    return [*cells[(counts > 0) & (counts < under)], *groups]

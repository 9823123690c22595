"""Keep small counts back, and enough others that no kept-back count can be worked out.

A release is a matrix of cells by atoms: an atom is a group of units that every table
treats alike, and a printed number is the sum of the atoms in its cell. What is printed
is then a system of linear equations over numbers that are not negative, and a kept-back
count is safe while that system allows it to differ by a whole unit.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack, identity, vstack

Whole = NDArray[np.int64]
Real = NDArray[np.float64]
SLACK = 1e-6


def kept_back(cells: Whole, atoms: Whole, weights: Real, under: int) -> set[int]:
    """Choose the cells to keep back so that none below the threshold can be worked out.

    Every count from 1 to `under` - 1 is kept back. While what is printed pins one of them
    down, the lightest set of cells goes too that lets it move by one unit; what turns out
    not to be needed is printed after all. The attacker assumed here knows which
    combinations occur, which is more than a reader knows, so that a release which is safe
    from this attacker is safe from a reader.
    Source: Fischetti and Salazar, Management Science 47(7), 2001, section 2; here the
    lightest set is a linear programme's, so it is safe but need not be the smallest.

    Args:
        cells: int64 [C, A], how often each atom counts in each cell.
        atoms: int64 [A], units in each atom.
        weights: float64 [C], how much would be lost with each cell.
        under: The threshold; 0 keeps nothing back.

    Returns:
        Indices of the cells to keep back.
    """
    counts = cells @ atoms
    small = {int(cell) for cell in np.flatnonzero((counts > 0) & (counts < under))}
    cells, atoms = _merged(cells, atoms)
    hidden = set(small)
    moves: list[Real] = []
    while (cell := next(pinned(cells, atoms, hidden, moves), None)) is not None:
        given = _cover(cells, atoms, np.where(_among(cells, hidden), 0.0, weights), cell) - hidden
        if not given:
            break
        hidden |= given
    for cell in sorted(hidden - small, key=lambda one: (-weights[one], -counts[one], one)):
        if next(pinned(cells, atoms, hidden - {cell}, moves), None) is None:
            hidden.remove(cell)
    return hidden


def pinned(cells: Whole, atoms: Whole, hidden: set[int], moves: list[Real] | None = None) -> Iterator[int]:
    """Yield the kept-back cells whose count the printed cells leave less than one whole unit of play.

    Each linear programme pushes one cell as far as it goes; the move that it finds is
    evidence for every other cell that went along, and is kept in `moves` for later calls,
    since it stays possible for as long as the cells that it changes are kept back.
    """
    order = sorted(hidden)
    low, high = np.zeros(len(order)), np.zeros(len(order))
    known = [] if moves is None else moves
    printed: Any = csr_array(cells[~_among(cells, hidden)])
    for move in known:
        if not np.any(np.abs(printed @ move) > SLACK):
            low, high = np.minimum(low, cells[order] @ move), np.maximum(high, cells[order] @ move)
    for place, cell in enumerate(order):
        for sign in (1, -1):
            if high[place] - low[place] < 1 - SLACK:
                known.append(_pushed(printed, atoms, sign * cells[cell]))
                low, high = np.minimum(low, cells[order] @ known[-1]), np.maximum(high, cells[order] @ known[-1])
        if high[place] - low[place] < 1 - SLACK:
            yield cell


def _among(cells: Whole, hidden: set[int]) -> NDArray[np.bool_]:
    return np.isin(np.arange(len(cells)), sorted(hidden))


def _pushed(printed: Any, atoms: Whole, direction: Whole) -> Real:
    """How far the atoms move, printed cells unchanged and no atom negative, to raise `direction` most."""
    most = float(atoms.sum() + 1)  # nobody can rule more out; a bound keeps the programme finite
    found = linprog(-direction, A_eq=printed, b_eq=np.zeros(printed.shape[0]), method="highs",
                    bounds=[(-float(n), most) for n in atoms])
    return np.zeros(len(atoms)) if found.x is None else np.asarray(found.x)


def _cover(cells: Whole, atoms: Whole, weights: Real, cell: int) -> set[int]:
    """The cells that change when `cell` grows by one unit at the least weight of change."""
    count, width = cells.shape
    changes, own = csr_array(cells), identity(count)
    bounded: Any = vstack([hstack([changes, -own]), hstack([-changes, -own])])
    grown: Any = csr_array(np.concatenate([cells[cell], np.zeros(count)])[None, :])
    found = linprog(
        np.concatenate([np.zeros(width), weights]), A_ub=bounded, b_ub=np.zeros(2 * count), A_eq=grown, b_eq=[1.0],
        bounds=[(-float(n), None) for n in atoms] + [(0, None)] * count, method="highs")
    return set() if found.x is None else {int(one) for one in np.flatnonzero(np.abs(cells @ found.x[:width]) > SLACK)}


def _merged(cells: Whole, atoms: Whole) -> tuple[Whole, Whole]:
    """The same release with atoms that no cell tells apart put together."""
    columns, index = np.unique(cells, axis=1, return_inverse=True)
    return columns, np.bincount(index.ravel(), weights=atoms, minlength=columns.shape[1]).astype(np.int64)

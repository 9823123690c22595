"""No count that is kept back can be worked out from what is printed."""

from collections.abc import Set

import numpy as np
import pytest
from bench.attack import world
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from hashgrade.studies.disclosure import kept_back, pinned
from tests.naive.disclosure import lightest

Whole = NDArray[np.int64]


def crossed(counts: Whole) -> tuple[Whole, Whole]:
    """A table of two ways with its margins and total, as cells by atoms; the atoms are its inner cells."""
    height, width = counts.shape
    inner = np.eye(counts.size, dtype=np.int64)
    rows = np.kron(np.eye(height, dtype=np.int64), np.ones((1, width), dtype=np.int64))
    columns = np.kron(np.ones((1, height), dtype=np.int64), np.eye(width, dtype=np.int64))
    return np.vstack([inner, rows, columns, np.ones((1, counts.size), dtype=np.int64)]), counts.ravel()


def worked_out(cells: Whole, atoms: Whole, hidden: Set[int]) -> list[int]:
    """The kept-back cells that an attacker with two linear programmes for each knows exactly. Twin of `pinned`."""
    printed = [cell for cell in range(len(cells)) if cell not in hidden]
    known = (cells @ atoms)[printed]
    found = []
    for cell in sorted(hidden):
        most = float(atoms.sum() + 1)
        ends = [float(linprog(sign * cells[cell], A_eq=cells[printed], b_eq=known, bounds=(0, most)).fun or 0)
                for sign in (1, -1)]
        if -ends[1] - ends[0] < 0.999:
            found.append(cell)
    return found


TABLES = st.integers(0, 10**6).map(
    lambda seed: np.random.default_rng(seed).choice([0, 0, 3, 8, 15, 60, 400], size=(4, 5)).astype(np.int64))


@settings(max_examples=20, deadline=None)
@given(TABLES)
def test_an_attacker_works_nothing_out(counts: Whole) -> None:
    """Linear programmes over everything printed pin down no count that is kept back."""
    if counts.sum() < 100:
        return
    cells, atoms = crossed(counts)
    hidden = kept_back(cells, atoms, 1 + np.log1p(cells @ atoms), 10).cells
    assert worked_out(cells, atoms, hidden) == []


@settings(max_examples=10, deadline=None)
@given(TABLES)
def test_every_small_count_is_kept_back(counts: Whole) -> None:
    """No count from 1 to 9 is ever printed, and no zero is kept back for being small."""
    cells, atoms = crossed(counts)
    hidden = kept_back(cells, atoms, 1 + np.log1p(cells @ atoms), 10).cells
    assert {int(cell) for cell in np.flatnonzero((cells @ atoms > 0) & (cells @ atoms < 10))} <= hidden


def test_a_single_small_count_takes_company() -> None:
    """Positive control: kept back alone, a small count follows from its margins, and the attacker finds it."""
    cells, atoms = crossed(np.array([[3, 50], [60, 70]], dtype=np.int64))
    assert worked_out(cells, atoms, {0}) == [0]
    assert list(pinned(cells, atoms, {0})) == [0]
    assert kept_back(cells, atoms, 1 + np.log1p(cells @ atoms), 10).cells == {0, 1, 2, 3}


@pytest.mark.parametrize("under", [0, 3])
def test_nothing_is_kept_back_without_need(under: int) -> None:
    """Where no count is under the threshold, everything is printed."""
    cells, atoms = crossed(np.array([[3, 50], [60, 70]], dtype=np.int64))
    assert kept_back(cells, atoms, np.ones(len(cells)), under).cells == set()


@pytest.mark.parametrize("seed", [4, 21])
def test_control_is_no_lighter_than_the_lightest_choice(seed: int) -> None:
    """An integer programme over all small counts at once finds nothing heavier, and what it finds is safe too."""
    one = world(seed)
    held = one.units > 0
    cells, atoms = one.releases[0][1][:, held], one.units[held]
    counts = cells @ atoms
    weights = 1 + np.log1p(counts)
    best = lightest(cells, atoms, weights, one.under, seconds=20)
    assert best is not None
    kept = kept_back(cells, atoms, weights, one.under).cells
    assert weights[sorted(best)].sum() <= weights[sorted(kept)].sum() + 1e-6
    small = set(np.flatnonzero((counts > 0) & (counts < one.under)).tolist())
    assert not small & set(pinned(cells, atoms, best))


def test_two_tables_of_one_release_protect_each_other() -> None:
    """A count kept back in one table is not given away by the same count in another."""
    # Atoms: girls with and without, boys with and without. Tables: sex; sex again, with an age beside it.
    rows = [[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1], [1, 1, 1, 1]]
    cells = np.array(rows, dtype=np.int64)
    atoms = np.array([4, 40, 20, 30], dtype=np.int64)
    hidden = kept_back(cells, atoms, np.ones(6), 10).cells
    assert 2 in hidden
    assert worked_out(cells, atoms, hidden) == []

"""Whole numbers from published figures: bounds that round as printed, and no answer to a contradiction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.demo.margins import Cell, Margin, bounds, solve


@given(st.integers(1, 3000), st.data())
def test_bounds_are_the_counts_that_print_as_the_percentage(base: int, data: st.DataObject) -> None:
    """A count lies within the bounds of p% exactly when it prints as p%, rounded half up."""
    n, percent = data.draw(st.integers(0, base)), data.draw(st.integers(0, 100))
    low, high = bounds(f"{percent}%", base)
    assert (low <= n <= high) == ((200 * n + base) // (2 * base) == percent)


def test_figures_that_contradict_each_other_are_found_out() -> None:
    """Figures that no whole numbers satisfy are refused, not approximated."""
    cells = {Cell("g", "a", ("x",)): 1.0, Cell("g", "a", ("y",)): 1.0}
    with pytest.raises(ValueError, match="no numbers satisfy the 2 margins"):
        solve(cells, [Margin("all", lambda _: 1, 3, 3), Margin("even", lambda _: 2, 7, 7)])


def test_what_is_solved_is_as_near_to_the_wish_as_the_margins_allow() -> None:
    """Cells that no margin touches get what was wished; the others move only as far as they must."""
    cells = {Cell("g", "a", ("x",)): 4.0, Cell("g", "a", ("y",)): 6.0, Cell("g", "b", ("z",)): 9.0}
    found = solve(cells, [Margin("x", lambda cell: int(cell.value == ("x",)), 7, 8)])
    assert list(found.values()) == [7, 6, 9]


def test_a_pair_is_bounded_by_both_its_figures() -> None:
    """A count printed with a percentage is that count, if the two agree."""
    assert bounds([681, "28%"], 2401) == (681, 681)
    low, high = bounds([500, "50%"], 681)
    assert low > high

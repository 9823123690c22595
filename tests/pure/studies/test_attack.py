"""The attacker misses nothing that trying would find, and finds nothing where control was at work."""

import numpy as np
import pytest
from bench.attack import CAUGHT_AT_LEAST, measure, passes
from bench.studied import studied
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from hashgrade.errors import InputError
from hashgrade.studies.attack import Release, attack
from tests.naive.attack import bounds

CELLS = ("A.0-2", "A.3-6", "B.0-2", "B.3-6", "A.all", "B.all", "all.0-2", "all.3-6", "all")
SUMS = csr_array(np.array([
    [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1],
    [1, 1, 1, 1]]))
SPLIT = csr_array(np.array([[1, 0], [0, 1], [1, 1]]))


def release(units: list[int], hidden: set[int], under: int = 10, round_to: int = 1, name: str = "R") -> Release:
    """A table of two by two with its margins."""
    counts = [(int(count) + round_to // 2) // round_to * round_to for count in SUMS @ np.array(units)]
    shown = tuple(None if cell in hidden else count for cell, count in enumerate(counts))
    return Release(name, CELLS, SUMS, shown, under, round_to)


def test_a_single_count_follows_from_its_margin_and_the_attacker_says_how() -> None:
    """A count that is kept back alone is found, with the equation."""
    (found,) = attack([release([3, 50, 60, 70], {0})])
    assert (found.what, found.low, found.high, found.exact) == ("A.0-2", 3, 3, True)
    assert found.derivation in {"A.0-2 = A.all - A.3-6 = 3", "A.0-2 = all.0-2 - B.0-2 = 3"}


def test_four_counts_kept_back_together_are_safe() -> None:
    """Kept back with one other in its row, its column and their corner, the same count cannot be told."""
    assert attack([release([3, 50, 60, 70], {0, 1, 2, 3})], whole=True) == []


def test_two_counts_of_one_are_told_since_neither_is_zero() -> None:
    """Two kept-back counts that add up to 2 are both 1: a 0 would have been printed."""
    found = attack([Release("R", ("a", "b", "all"), SPLIT, (None, None, 2), 2)])
    assert [(one.what, one.low, one.high) for one in found] == [("a", 1, 1), ("b", 1, 1)]
    assert found[0].derivation == ("a is at most all - 1 (at least, b) = 1 and at least 1 = 1, "
                                   "as counts are whole, not negative, and not 0 where they are kept back")


def test_the_complement_of_a_printed_count_is_found() -> None:
    """Those in the base of a table with overlapping rows who are not in a row are a count too."""
    sums = csr_array(np.array([[1, 1, 0], [1, 0, 1], [1, 1, 1]]))
    (found,) = attack([Release("R", ("bedroom", "alone", "base"), sums, (97, 60, 100), 10)])
    assert (found.kind, found.what, found.low) == ("difference", "base without bedroom", 3)


def test_the_difference_of_two_releases_is_found() -> None:
    """The same count before and after three more units came is a count of three."""
    before, after = csr_array(np.array([[1, 0]])), csr_array(np.array([[1, 1]]))
    (found,) = attack([Release("2022", ("girl",), before, (120,), 10), Release("2023", ("girl",), after, (123,), 10)])
    assert found.derivation == "2023:girl - 2022:girl = 3"


def test_rounding_hides_a_difference() -> None:
    """Rounded to multiples of 5, the same two releases leave 1 to 9 possible."""
    before, after = csr_array(np.array([[1, 0]])), csr_array(np.array([[1, 1]]))
    assert attack([Release("1", ("girl",), before, (120,), 10, 5), Release("2", ("girl",), after, (125,), 10, 5)]) == []


def test_releases_that_contradict_each_other_are_refused() -> None:
    """STU-30: no counts fit a part that is larger than the whole."""
    with pytest.raises(InputError, match="STU-30"):
        attack([Release("R", ("a", "b", "all"), SPLIT, (7, None, 5), 3)])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=4, max_size=4), st.sets(st.integers(0, 8)), st.sampled_from([1, 5]))
def test_the_attacker_is_as_good_as_trying_everything(units: list[int], hidden: set[int], round_to: int) -> None:
    """With whole numbers, its exact finds are those of every assignment tried."""
    one = release(units, {cell for cell in hidden if (SUMS @ np.array(units))[cell]} | {
        cell for cell, count in enumerate(SUMS @ np.array(units)) if 0 < count < 3}, 3, round_to)
    most = 14
    tried = bounds(SUMS.toarray(), [one.range(cell) for cell in range(9)], most)
    exact = {CELLS[cell] for cell, (low, high) in enumerate(tried) if low == high and one.shown[cell] is None}
    found = {found.what: (found.low, found.high) for found in attack([one], whole=True) if found.kind == "cell"}
    assert {what for what, (low, high) in found.items() if low == high} == exact


def test_random_releases_give_nothing_away() -> None:
    """Nothing exact in 15 random releases with control; the threshold alone, and planted differences, are caught."""
    assert passes(measure(range(15)))


def test_a_random_study_gives_nothing_away() -> None:
    """Nothing exact in a random study that the engine itself counts and guards; with the threshold alone, something."""
    release = studied(10)
    assert not any(found.exact for found in release.attacked(controlled=True))
    assert any(found.exact for found in release.attacked(controlled=False))


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_more_random_studies_give_nothing_away() -> None:
    """Nothing exact in 10 studies beside the 40 of `bench.attack`; the threshold alone is caught in half at least."""
    tallies = measure(range(0), range(40, 50))
    assert tallies["studies"].exact == 0
    assert tallies["bare"].exact >= CAUGHT_AT_LEAST * tallies["bare"].worlds > 0


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_more_random_releases_give_nothing_away() -> None:
    """Nothing exact in 200 releases beside the 1,000 of `bench.attack`; planted differences are caught."""
    assert passes(measure(range(1000, 1200)))

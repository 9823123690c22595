"""The estimate of PDQ: it is what the operators say, and it knows when rounding could change the answer."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashgrade.fingerprints import kernels, operators, pdq, pdq_dihedral, rounding
from hashgrade.fingerprints.dihedral import turned
from tests import synth
from tests.naive import pdq as naive

MODULE = sys.modules[pdq.__module__]
SIDES = st.one_of(st.integers(64, 700), st.sampled_from([128, 129, 256, 257, 384, 385, 512, 513, 640, 641]))


@settings(max_examples=25, deadline=None)
@given(SIDES)
def test_an_operator_is_two_boxes(count: int) -> None:
    """Row by row, the whole numbers over their denominator are the matrix of two boxes, kept at 64 places."""
    made = operators.operator(count)
    rows = np.zeros((64, count + 8))
    for place, first in enumerate(made.first):
        weights = made.weights[place // 63]
        rows[place, first:first + len(weights)] = weights / made.whole[place // 63]
    assert np.abs(rows[:, :count] - naive.operator(count)).max() < 1e-15
    assert not rows[:, count:].any()


@settings(max_examples=25, deadline=None)
@given(SIDES, SIDES, st.booleans(), st.integers(0, 10**6))
def test_the_means_are_the_operators(height: int, width: int, coloured: bool, seed: int) -> None:
    """The 64 x 64 values are the product of the two matrices and the luma, to the last digits of a float64."""
    picture = synth.picture(synth.Recipe("noise", height, width, seed))
    picture = picture if coloured else picture[..., 1]
    luma = picture @ np.array([0.299, 0.587, 0.114]) if coloured else picture
    means = operators.means(MODULE._view(picture), operators.operator(height), operators.operator(width))
    assert np.abs(means - naive.operator(height) @ luma @ naive.operator(width).T).max() < 1e-11


def test_the_longest_sides_fit() -> None:
    """White pictures with sides at the limit, alone and together, are white: no sum leaves its word."""
    down = operators.operator(MODULE.SIDE_PX_MAX)
    for sides in ((MODULE.SIDE_PX_MAX, 64), (64, MODULE.SIDE_PX_MAX)):
        view = MODULE._view(np.full((*sides, 3), 255, np.uint8))
        assert np.allclose(operators.means(view, *map(operators.operator, sides)), 255, rtol=1e-14)
    assert 255 * down.whole.max() < 2**32
    assert 255_000 * int(down.whole.max()) ** 2 < 2**64


@settings(max_examples=25, deadline=None)
@given(SIDES)
def test_noise_is_bounded(count: int) -> None:
    """The squares of the weights of errors are at least those of the dense matrices, and at most 1.7 times."""
    window = kernels.window_of(count)
    of_sum = rounding.half_ulp(255 * (window + 1)) ** 2 + rounding.half_ulp(255 * window) ** 2
    dense = naive.noise(count) * np.array([1, 1, 1, of_sum, of_sum])[:, None]
    ratio = rounding.side(count).noise / dense
    assert ratio.min() > 1 - 1e-6
    assert ratio.max() < 1.7


@pytest.mark.parametrize(("largest", "error"), [(255, 2**-17), (256, 2**-16), (1275, 2**-14)])
def test_half_a_unit_in_the_last_place(largest: float, error: float) -> None:
    """It is half the distance of float32 neighbours under the largest number."""
    assert rounding.half_ulp(largest) == error
    assert rounding.half_ulp(largest) == np.spacing(np.float32(largest)) / 2


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(list(synth.KINDS)), st.integers(64, 400), st.integers(64, 400), st.booleans(),
       st.integers(0, 10**6))
def test_the_original_is_within_bounds(kind: str, height: int, width: int, coloured: bool, seed: int) -> None:
    """No coefficient of the original is further from the estimate than was said."""
    picture = synth.picture(synth.Recipe(kind, height, width, seed))
    view = MODULE._view(picture if coloured else picture[..., 1])
    values, errors, _ = rounding.estimate(view, rounding.side(height), rounding.side(width))
    assert (np.abs(values - kernels.coefficients(kernels.filtered(view))) <= errors).all()


def test_the_estimate_settles_as_the_exact_order_does() -> None:
    """Where the estimate settles, on pictures of all kinds, the exact order gives the same eight codes and quality."""
    settled = 0
    for recipe in synth.recipes(200, 500, seed=6):
        view = MODULE._view(synth.picture(recipe))
        estimate = MODULE._estimated(view, turned) if min(recipe.height, recipe.width) >= 5 else None
        settled += estimate is not None
        assert estimate in (None, MODULE._in_order(view, turned))
    assert settled > 30


def test_most_photographs_are_settled() -> None:
    """Of 100 crops of photographs with sides over 128 pixels, at least 85 need no second look."""
    crops = [crop for crop in synth.crops(240) if min(crop.shape[:2]) > 128][:100]
    settled = sum(MODULE._estimated(MODULE._view(crop), MODULE._as_it_is) is not None for crop in crops)
    assert (len(crops), settled >= 85) == (100, True)


def values_with_a_gap(gap: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """256 values in no order, the 128th and 129th smallest `gap` apart and all others by one."""
    values = np.arange(256.0) + (gap - 1) * (np.arange(256) > 127)
    return values[np.argsort(synth.numbers(512, "order")[:256], kind="stable")].reshape(16, 16)


@pytest.mark.parametrize(("gap", "settled"), [(0, False), (0.19, False), (0.21, True), (1, True)])
def test_a_gap_settles_a_code_if_it_is_wider_than_both_errors(gap: float, settled: bool) -> None:
    """Two errors of 0.1 cannot close a gap of more than 0.2, and might close one of less."""
    assert rounding.settled(values_with_a_gap(gap), np.full((16, 16), 0.1)) == settled


def test_every_value_counts_with_its_own_error() -> None:
    """One value far from the gap, if it may be far off, unsettles the code."""
    values, errors = values_with_a_gap(1), np.full((16, 16), 0.1)
    errors[values == values.max()] = 127
    assert rounding.settled(values, errors)
    errors[values == values.max()] = 129
    assert not rounding.settled(values, errors)


def test_a_step_next_to_a_whole_number_is_both() -> None:
    """2.55 of 255 is exactly a hundredth; within an error, it counts as none or one."""
    assert rounding.steps(2.55, 0.001) == (0, 1)
    assert rounding.steps(-2.56, 0.001) == (1, 1)
    assert rounding.steps(0, 0.001) == (0, 0)


def test_a_picture_of_doubtful_quality_is_hashed_again() -> None:
    """A gradient whose steps are whole hundredths has no settled quality, and the exact order's in the end."""
    columns = np.arange(1024) * 51 // 320
    picture = np.ascontiguousarray(np.broadcast_to(columns.astype(np.uint8), (1024, 1024)))
    view, side = MODULE._view(picture), rounding.side(1024)
    assert rounding.estimate(view, side, side)[2] == rounding.answer(view, side, side)[1] == -1
    assert pdq(picture).quality == kernels.quality(kernels.filtered(view))


def test_sums_on_the_way_are_those_of_the_original() -> None:
    """The squares that bound the roundings of the DCT are of its sums from k = 0 on."""
    left, right = (synth.numbers(16 * 64, name).reshape(16, 64) / 255 for name in "ab")
    sums, squares = rounding.summed(left, np.ascontiguousarray(right.T))
    running = np.cumsum(left[:, :, None] * right.T[None], axis=1)
    assert np.allclose(sums, running[:, -1], rtol=1e-14)
    assert np.allclose(squares, (running ** 2).sum(1), rtol=1e-13)


def test_the_quality_of_a_form_is_that_of_the_picture() -> None:
    """Settled or not, `pdq_dihedral` tells the quality that `pdq` tells."""
    for recipe in synth.recipes(40, 300, seed=8):
        picture = synth.picture(recipe)
        assert pdq_dihedral(picture)[1] == pdq(picture).quality

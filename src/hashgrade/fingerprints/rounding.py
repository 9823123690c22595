"""Whether rounding can have changed a PDQ: how far the original may be from what it would be without.

The original rounds some ten times a pixel, each time by at most half a unit in the last
place, and the operators tell what each rounding does to each of the 256 values. If
roundings fall into groups of at most `ALIKE` that may err alike, and no group leans to
one side on average whatever went before, then Azuma's inequality bounds their sum:
docs/adr/0007-pdq-by-operators.md has the proof, what it does not cover, and how far the
search for pictures that break the assumption came.

Source: Higham and Mary, SIAM J. Sci. Comput. 41(5), 2019. Twin: tests/naive/pdq.py::noise.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hashgrade.fingerprints.kernels import COSINES, SIDE, Bytes, Values, View, ahead_of, code_over, kept, window_of
from hashgrade.fingerprints.operators import Operator, means, operator
from hashgrade.kernel import kernel

Doubles = NDArray[np.float64]

FAILS: Final = 1e-12
"""How likely, at most, some value of a picture is further off than its bound."""
ALIKE: Final = 4
"""How many roundings may err alike: pictures of repeating rows and columns make them do so."""
ASKED: Final = 256 + 2 * 63 * 64
"""Sums that are bounded: the coefficients, and the differences that quality adds up."""
DEVIATIONS: Final = 1.01 * math.sqrt(2 * ALIKE * math.log(2 * ASKED / FAILS))
"""The bound in standard deviations, each rounding at its largest; 1% more for products of roundings."""
ULP: Final = 2.0 ** -24
"""The largest error of one rounding to float32, as a share of the number."""
OF_BYTE: Final = 2.0 ** -17
"""The largest error of one rounding of a number up to 255."""
ALONE, BETWEEN = 16, 17
"""What `noise` tells after the 16 frequencies: of the worst value, of the worst difference of two neighbours."""
COSINES_ACROSS: Final = COSINES.astype(np.float64)
COSINES_DOWN: Final = np.ascontiguousarray(COSINES_ACROSS.T)
THROUGH, INTO, KEPT, DRIFT_INTO, DRIFT_LAST = range(5)
"""Where on its way an error enters: before both boxes, between them, after; in a sum of the first, of the second."""


class Side(NamedTuple):
    """What the length of a side says of every picture that has it."""

    operator: Operator
    noise: Doubles


@kernel
def side(count: int) -> Side:
    """Give what there is to know of a side of `count` pixels, at least 64."""
    made = operator(count)
    return Side(made, noise(count, made))


@kernel
def noise(count: int, of: Operator) -> Doubles:
    """Bound the squares with which errors on a side of `count` pixels reach what is asked, float64 [5, 18].

    An error in a running sum stays in it, so it reaches every place from there on. Errors of
    running sums are taken at their largest; all others have to be multiplied by theirs.
    """
    window = window_of(count)
    told = np.zeros((5, 18))
    overlap = 2 / window ** 4 if window > 1 else 0
    shares = square(of.weights[0] / of.whole[0]) + overlap, square(of.weights[1] / of.whole[1]) + overlap
    of_sum = (half_ulp(255 * (window + 1)) ** 2 + half_ulp(255 * window) ** 2) / window ** 2
    for number in range(18):
        lacking = asked(number, SIDE - 1) / (window * (window - 1)) if window % 2 == 0 else 0.0
        rest, drift_into, drift_last = 0.0, window * lacking ** 2, 0.0
        for place in range(SIDE - 1, -1, -1):
            weight = asked(number, place)
            passed = gap(place, count) if number < BETWEEN else (count + SIDE - 1) // SIDE
            rest += weight
            drift_into += passed * (rest + lacking) ** 2
            drift_last += passed * rest ** 2
            told[KEPT, number] += weight ** 2
            told[THROUGH, number] += weight ** 2 * shares[place // (SIDE - 1)]
        told[INTO, number] = told[KEPT, number] / window
        told[DRIFT_INTO, number] = of_sum * (drift_into + ahead_of(count) * (rest + lacking) ** 2)
        told[DRIFT_LAST, number] = of_sum * drift_last
    return told


@kernel
def asked(number: int, place: int) -> float:
    """Give the weight at one of 64 places of a frequency, of the last value, or of the last difference."""
    if number < ALONE:
        return float(COSINES_ACROSS[number, place])
    if place == SIDE - 1:
        return 1.0
    return -1.0 if number == BETWEEN and place == SIDE - 2 else 0.0


@kernel
def gap(place: int, count: int) -> int:
    """Give the steps of a box to one of the 64 places from the one before it, or from where it starts."""
    return kept(place, count) - (kept(place - 1, count) if place else -ahead_of(count))


@kernel
def square(weights: Doubles) -> float:
    """Give the sum of squares."""
    total = 0.0
    for weight in weights:
        total += weight * weight
    return total


@kernel
def half_ulp(largest: float) -> float:
    """Give the largest error of one rounding of a number up to `largest`."""
    return math.ldexp(1.0, math.frexp(largest)[1] - 25)


@kernel
def carried(down: Doubles, asked_down: int, coloured: bool) -> tuple[float, float, float, float, float]:
    """Give what the rows of `noise` across have to be weighed with, for what is asked of columns.

    The weighted sum is that of the squared errors of the 64 x 64 values in what is asked:
    pass by pass, along rows, along columns, along rows, along columns, of sums and of their
    quotients. Where the picture is grey, the first pass sums whole numbers, and only its
    quotients are rounded.
    """
    of_byte = OF_BYTE ** 2
    through, into, kept_here = down[THROUGH, asked_down], down[INTO, asked_down], down[KEPT, asked_down]
    return (
        of_byte * through if coloured else 0.0,
        down[DRIFT_INTO, asked_down] + of_byte * (through + into),
        down[DRIFT_LAST, asked_down] + of_byte * (into + kept_here),
        through if coloured else 0.0,
        into)


@kernel
def variance(weights: tuple[float, float, float, float, float], across: Doubles, asked_across: int) -> float:
    """Give the weighted sum, of `carried`, for what is asked across."""
    total = 0.0
    for entry in range(5):
        total += weights[entry] * across[entry, asked_across]
    return total


@kernel
def answer(view: View, down: Side, across: Side) -> tuple[Bytes, int]:
    """Give the code, uint8 [32], and the quality, -1 where an error within bounds could change either."""
    coloured = view.channels > 1
    seen = means(view, down.operator, across.operator)
    quality = settled_quality(seen, down.noise, across.noise, coloured)
    values, errors = guess(seen, down.noise, across.noise, coloured)
    bar = parting(values, errors)
    return code_over(values, bar), -1 if math.isnan(bar) else quality


@kernel
def estimate(view: View, down: Side, across: Side) -> tuple[Doubles, Doubles, int]:
    """Give the coefficients and how far off those of the original may be, float64 [16, 16] both, and the quality.

    The quality is -1 where errors within bounds could change it.
    """
    coloured = view.channels > 1
    seen = means(view, down.operator, across.operator)
    values, errors = guess(seen, down.noise, across.noise, coloured)
    return values, errors, settled_quality(seen, down.noise, across.noise, coloured)


@kernel
def guess(seen: Doubles, down: Doubles, across: Doubles, coloured: bool) -> tuple[Doubles, Doubles]:
    """Give the 16 x 16 coefficients without rounding, and how far off those of the original may be.

    The DCT's sums are those of the original, term by term, so that each of its roundings
    is bounded by the sum that it rounds.

    Args:
        seen: float64 [64, 64], without rounding.
        down: What `noise` gives for the height.
        across: The same for the width.
        coloured: Whether the picture is RGB.
    """
    half, rough = summed(COSINES_ACROSS, seen)
    values, errors = summed(half, COSINES_DOWN)
    for i in range(16):
        terms = 2 * 255 ** 2 + (np.sum(rough[i]) + square(half[i])) / 32
        weights = carried(down, i, coloured)
        for j in range(16):
            errors[i, j] = DEVIATIONS * math.sqrt(variance(weights, across, j) + ULP ** 2 * (terms + errors[i, j]))
    return values, errors


@kernel
def summed(left: Doubles, right: Doubles) -> tuple[Doubles, Doubles]:
    """Give the product of float64 [16, 64] and [64, n], and the squares of all sums on the way to each."""
    sums, squares = np.zeros((16, right.shape[1])), np.zeros((16, right.shape[1]))
    for i in range(16):
        for four in range(0, SIDE, 4):
            for j in range(right.shape[1]):
                total, rough = sums[i, j], squares[i, j]
                for k in range(four, four + 4):
                    total += left[i, k] * right[k, j]
                    rough += total * total
                sums[i, j], squares[i, j] = total, rough
    return sums, squares


@kernel
def settled(values: Values, errors: Values) -> bool:
    """Tell whether no errors within these bounds change a bit of the code, float64 [16, 16] both."""
    return not math.isnan(parting(values, errors))


@kernel
def parting(values: Values, errors: Values) -> float:
    """Give a number that parts the 128 smallest values from the others, whatever the errors; NaN where there is none.

    Found by halving: a gap that forty halvings miss is far below any error.
    """
    low, high = values.min(), values.max()
    for _ in range(40):
        middle = (low + high) / 2
        under = np.sum(values <= middle)
        if under == 128:
            highest_under, lowest_over = -np.inf, np.inf
            for i in range(16):
                for j in range(16):
                    error = abs(errors[i, j])
                    if values[i, j] <= middle:
                        highest_under = max(highest_under, values[i, j] + error)
                    else:
                        lowest_over = min(lowest_over, values[i, j] - error)
            return middle if highest_under < lowest_over else np.nan
        low, high = (middle, high) if under < 128 else (low, middle)
    return np.nan


@kernel
def settled_quality(seen: Doubles, down: Doubles, across: Doubles, coloured: bool) -> int:
    """Give the quality if no error within bounds changes it, else -1. Arguments as for `guess`."""
    of_rows = DEVIATIONS * math.sqrt(variance(carried(down, BETWEEN, coloured), across, ALONE))
    of_columns = DEVIATIONS * math.sqrt(variance(carried(down, ALONE, coloured), across, BETWEEN))
    least = most = 0
    for i in range(SIDE):
        for j in range(SIDE):
            if i:
                lower, upper = steps(seen[i - 1, j] - seen[i, j], of_rows)
                least, most = least + lower, most + upper
            if j:
                lower, upper = steps(seen[i, j - 1] - seen[i, j], of_columns)
                least, most = least + lower, most + upper
    sure = min(least // 90, 100) == min(most // 90, 100)
    return min(least // 90, 100) if sure else -1


@kernel
def steps(difference: float, error: float) -> tuple[int, int]:
    """Give the fewest and the most whole hundredths of the range of bytes that a difference can be."""
    size = abs(difference) * (100 / 255)
    slack = (error + 4 * ULP * abs(difference)) * (100 / 255)
    return int(max(size - slack, 0)), int(size + slack)

"""The 64 x 64 values of PDQ by operators: what they would be without rounding.

The four passes of the box and the choice of 64 x 64 places are linear, and act on rows
and on columns apart. So each value is one weighted mean of a small patch of the picture.
The weights depend on the lengths of the sides alone and are fractions of whole numbers;
the means are taken in whole numbers, without rounding, in one look at each byte.

Twin: tests/naive/pdq.py::operator.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hashgrade.fingerprints.kernels import ABREAST, SIDE, Bytes, View, ahead_of, held, kept, window_of
from hashgrade.kernel import kernel

Doubles = NDArray[np.float64]
Whole = NDArray[np.uint32]

MIX: Final = (299, 587, 114)
"""Thousandths of red, green and blue in luma."""


class Operator(NamedTuple):
    """What one side of a picture is multiplied by.

    Place k of 64 is the mean of the pixels from `first[k]`, int64 [64], weighted by row
    k == 63 of `weights`, uint32 [2, n], over `whole[k == 63]`, float64 [2].
    """

    first: NDArray[np.int64]
    weights: Whole
    whole: Doubles


@kernel
def operator(count: int) -> Operator:
    """Build the operator of a side of `count` pixels.

    Every place but the last weighs alike, since its boxes are full. At the last place, one
    box lacks a pixel where the window is even. Weights end in zeros, to a multiple of four.
    """
    window = window_of(count)
    first = np.empty(SIDE, np.int64)
    for place in range(SIDE):
        first[place] = kept(place, count) + 2 * (ahead_of(count) - window)
    weights, whole = np.zeros((2, (2 * window + 3) // 4 * 4), np.uint32), np.empty(2)
    for row in range(2):
        whole[row] = weigh(kept(row * (SIDE - 1), count), count, weights[row])
    return Operator(first, weights, whole)


@kernel
def weigh(place: int, count: int, weights: Whole) -> int:
    """Add the weights of a full box of boxes at `place`, as whole numbers; give what they are fractions of."""
    window = window_of(count)
    start = place + ahead_of(count) - window
    parts = window
    for step in range(window):
        if held(start + step, count) < window:
            parts *= held(start + step, count)
    for step in range(window):
        box = held(start + step, count)
        for pixel in range(step, step + box):
            weights[pixel] += parts // box
    return window * parts


@kernel
def means(view: View, down: Operator, across: Operator) -> Doubles:
    """Give the 64 x 64 values, float64, rounded once.

    Rows first, byte by byte, whatever the channels; then columns and colours in one product.
    """
    seen = np.empty((SIDE, SIDE))
    colours = mixed(across.weights, view.channels)
    lines = np.empty((ABREAST, view.columns * view.channels), np.uint32)
    for four in range(0, SIDE, ABREAST):
        for row in range(ABREAST):
            add_rows(view, down.first[four + row], down.weights[(four + row) // (SIDE - 1)], lines[row])
        for place in range(SIDE):
            totals = products(lines, across.first[place] * view.channels, colours[place // (SIDE - 1)])
            for row in range(ABREAST):
                whole = down.whole[(four + row) // (SIDE - 1)] * across.whole[place // (SIDE - 1)]
                seen[four + row, place] = totals[row] / whole
    if view.channels > 1:
        seen /= 1000
    return seen


@kernel
def mixed(weights: Whole, channels: int) -> Whole:
    """Give the weight of each byte of a row: its pixel's, times its colour's."""
    if channels == 1:
        return weights
    colours = np.empty((2, 3 * weights.shape[1]), np.uint32)
    for row in range(2):
        for place in range(colours.shape[1]):
            colours[row, place] = weights[row, place // 3] * MIX[place % 3]
    return colours


@kernel
def add_rows(view: View, first: int, weights: Whole, line: Whole) -> None:
    """Write the weighted sum of the rows from `first` to `line`, four rows at a time."""
    line[:] = 0
    for step in range(0, weights.size, 4):
        of_a, of_b, of_c, of_d = weights[step:step + 4]
        a, b = row_of(view, first + step), row_of(view, first + step + 1)
        c, d = row_of(view, first + step + 2), row_of(view, first + step + 3)
        for place in range(line.size):
            line[place] += of_a * a[place] + of_b * b[place] + of_c * c[place] + of_d * d[place]


@kernel
def row_of(view: View, row: int) -> Bytes:
    """Give the bytes of a row; of the last row for one beyond it, whose weight is 0."""
    start = min(row, view.rows - 1) * view.stride
    return view.memory[start:start + view.columns * view.channels]


@kernel
def products(lines: Whole, first: int, weights: Whole) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Give the weighted sum of each of four lines from `first`, as far as they and the weights reach."""
    end = min(first + weights.size, lines.shape[1])
    a, b, c, d = lines[0, first:end], lines[1, first:end], lines[2, first:end], lines[3, first:end]
    of_a = of_b = of_c = of_d = np.uint64(0)
    for place in range(a.size):
        weight = np.uint64(weights[place])
        of_a += np.uint64(a[place]) * weight
        of_b += np.uint64(b[place]) * weight
        of_c += np.uint64(c[place]) * weight
        of_d += np.uint64(d[place]) * weight
    return of_a, of_b, of_c, of_d

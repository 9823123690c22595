"""The loops of PDQ in the order of the original, compiled: what the hash is.

Every sum is taken in float32, one value after the other, and rounded where the C++
rounds it. What `operators` estimates must never settle on another answer than this.

Source: facebook/ThreatExchange, pdq/cpp. Twin: tests/naive/pdq.py.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hashgrade.kernel import kernel

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Values = NDArray[np.floating[Any]]

SIDE: Final = 64
ABREAST: Final = 4
"""Rows that are summed side by side, since each sum has to wait for the one before it."""


class View(NamedTuple):
    """A picture in memory: row r is the `columns * channels` bytes from `r * stride`."""

    memory: Bytes
    stride: int
    rows: int
    columns: int
    channels: int


def _cosines() -> Floats:
    i, j = np.arange(16)[:, None], np.arange(SIDE)[None]
    scale = np.float64(np.float32(np.sqrt(2 / SIDE)))
    return np.asarray(scale * np.cos((np.pi / 2 / SIDE) * (i + 1) * (2 * j + 1)), np.float32)


COSINES: Final = _cosines()
"""The 16 x 64 matrix of the DCT without its constant row, float32."""
COSINES_DOWN: Final = np.ascontiguousarray(COSINES.T)


@kernel
def window_of(count: int) -> int:
    """Give the pixels that the box holds on a side of `count` pixels."""
    return (count + 127) // 128


@kernel
def ahead_of(count: int) -> int:
    """Give how many of them stand at its place or after it."""
    return (window_of(count) + 2) // 2


@kernel
def kept(place: int, count: int) -> int:
    """Give the one of `count` pixels that is kept at `place` of 64."""
    return int((place + 0.5) * count / SIDE)


@kernel
def held(place: int, count: int) -> int:
    """Give the pixels that the box holds at `place`: near both ends, fewer."""
    end = place + ahead_of(count)
    return min(end, count) - max(end - window_of(count), 0)


@kernel
def luma(view: View, row: int, line: Floats) -> None:
    """Write the luma of one row of a picture to `line`, float32 [columns].

    The original takes 0.299 R + 0.587 G + 0.114 B in float64 and rounds once. This is the
    quotient of a whole number and 1000, rounded once. The two agree, since no such
    quotient is within 10^-10 of a tie, and float64 errs by less than 10^-12.
    """
    first = row * view.stride
    pixels = view.memory[first:first + view.columns * view.channels]
    if view.channels == 1:
        for column in range(view.columns):
            line[column] = pixels[column]
        return
    for column in range(view.columns):
        mixed = 299 * pixels[3 * column] + 587 * pixels[3 * column + 1] + 114 * pixels[3 * column + 2]
        line[column] = np.float32(np.int32(mixed)) / np.float32(1000)


@kernel
def add_along(lines: Floats, sums: Floats) -> None:
    """Write, for each place of four lines, the sum of what a box holds there, float32 [4, n] both.

    A window that slides, grows at the start and shrinks at the end; a value is added
    before another is taken away. What rounding leaves behind in the sum is part of the hash.
    """
    count = lines.shape[1]
    ahead = ahead_of(count)
    behind = window_of(count) - ahead + 1
    a, b, c, d = lines[0], lines[1], lines[2], lines[3]
    of_a, of_b, of_c, of_d = sums[0], sums[1], sums[2], sums[3]
    in_a = in_b = in_c = in_d = np.float32(0)
    for place in range(1 - ahead, count):
        if place + ahead <= count:
            new = place + ahead - 1
            in_a, in_b, in_c, in_d = in_a + a[new], in_b + b[new], in_c + c[new], in_d + d[new]
        if place >= behind:
            old = place - behind
            in_a, in_b, in_c, in_d = in_a - a[old], in_b - b[old], in_c - c[old], in_d - d[old]
        if place >= 0:
            of_a[place], of_b[place], of_c[place], of_d[place] = in_a, in_b, in_c, in_d


@kernel
def average(sums: Floats, numbers: Floats) -> None:
    """Divide the sums of four lines by the numbers of values in them, float32 [n]."""
    for line in range(ABREAST):
        for place in range(numbers.size):
            sums[line, place] /= numbers[place]


@kernel
def slide(sums: Floats, lines: Floats, place: int, count: int) -> None:
    """Move a box along columns to `place`, from the place before it: one sum a column.

    Args:
        sums: float32 [n], changed where they stand.
        lines: float32 [room, n]; line r of the picture is at r modulo room.
        place: The line where the box stands now.
        count: All lines of the picture.
    """
    room, new = len(lines), place + ahead_of(count) - 1
    if new < count:
        line = lines[new % room]
        for column in range(sums.size):
            sums[column] += line[column]
    if new >= window_of(count):
        line = lines[(new - window_of(count)) % room]
        for column in range(sums.size):
            sums[column] -= line[column]


@kernel
def share(sums: Floats, number: int, averages: Floats) -> None:
    """Write each sum's share of `number` to `averages`."""
    for place in range(sums.size):
        averages[place] = sums[place] / np.float32(number)


class Desk(NamedTuple):
    """What is at hand while rows stream through, float32, by columns; row r of `once` is at r modulo its length."""

    once: Floats
    sums: Floats
    twice: Floats
    passing: Floats
    numbers: Floats


@kernel
def filtered(view: View) -> Floats:
    """Box a picture along rows, columns, rows and columns; give it at 64 x 64 places, float32.

    Rows stream through, so memory grows with the window and the width, not with the area.
    """
    rows = view.rows
    seen, sums = np.empty((SIDE, SIDE), np.float32), np.zeros(SIDE, np.float32)
    room = (window_of(rows) + 2 * ABREAST - 1) // ABREAST * ABREAST
    desk, thrice = desk_for(view.columns, room), np.empty((room, SIDE), np.float32)
    done = 0
    for place in range(1 - ahead_of(rows), rows):
        new = place + ahead_of(rows) - 1
        if new < rows and new % ABREAST == 0:
            box_twice(view, desk, new)
            add_along(desk.twice, desk.passing)
            keep(desk.passing, desk.numbers, thrice[new % room:new % room + ABREAST])
        slide(sums, thrice, place, rows)
        while done < SIDE and kept(done, rows) == place:
            share(sums, held(place, rows), seen[done])
            done += 1
    return seen


@kernel
def desk_for(columns: int, room: int) -> Desk:
    """Clear a desk; what is left over in a block that the last rows do not fill is never read."""
    numbers = np.empty(columns, np.float32)
    for column in range(columns):
        numbers[column] = held(column, columns)
    return Desk(
        np.zeros((room, columns), np.float32), np.zeros(columns, np.float32), np.zeros((ABREAST, columns), np.float32),
        np.zeros((ABREAST, columns), np.float32), numbers)


@kernel
def box_twice(view: View, desk: Desk, first: int) -> None:
    """Write four rows from `first`, boxed along rows and columns, to `desk.twice`; blocks are asked for in order."""
    rows, room = view.rows, len(desk.once)
    for place in range(first if first else 1 - ahead_of(rows), min(first + ABREAST, rows)):
        new = place + ahead_of(rows) - 1
        if new < rows and new % ABREAST == 0:
            for row in range(new, min(new + ABREAST, rows)):
                luma(view, row, desk.passing[row - new])
            block = desk.once[new % room:new % room + ABREAST]
            add_along(desk.passing, block)
            average(block, desk.numbers)
        slide(desk.sums, desk.once, place, rows)
        if place >= 0:
            share(desk.sums, held(place, rows), desk.twice[place - first])


@kernel
def keep(sums: Floats, numbers: Floats, averages: Floats) -> None:
    """Write the averages of four lines at the kept places, float32 [4, 64]."""
    for line in range(ABREAST):
        for place in range(SIDE):
            column = kept(place, numbers.size)
            averages[line, place] = sums[line, column] / numbers[column]


@kernel
def unfiltered(view: View) -> Floats:
    """Give the luma of a picture of 64 x 64 pixels as it is, float32 [64, 64]."""
    seen = np.empty((SIDE, SIDE), np.float32)
    for row in range(SIDE):
        luma(view, row, seen[row])
    return seen


@kernel
def coefficients(seen: Floats) -> Floats:
    """Give the 16 x 16 lowest frequencies but the constant one: D A D^T, summed from k = 0 to 63."""
    across = np.zeros((16, SIDE), np.float32)
    both = np.zeros((16, 16), np.float32)
    for i in range(16):
        for k in range(SIDE):
            for j in range(SIDE):
                across[i, j] += COSINES[i, k] * seen[k, j]
        for k in range(SIDE):
            for j in range(16):
                both[i, j] += across[i, k] * COSINES_DOWN[k, j]
    return both


@kernel
def quality(seen: Floats) -> int:
    """Give a 90th of the sum of all steps between neighbours, each cut to a whole number; at most 100."""
    total = 0
    for i in range(SIDE):
        for j in range(SIDE):
            if i:
                total += step(seen[i - 1, j], seen[i, j])
            if j:
                total += step(seen[i, j - 1], seen[i, j])
    return min(total // 90, 100)


@kernel
def step(one: np.float32, other: np.float32) -> int:
    """Give the hundredths of the whole range between two values, cut to a whole number."""
    return abs(int((one - other) * np.float32(100) / np.float32(255)))


@kernel
def median_of(values: Values) -> float:
    """Give the 128th smallest of 256 values: the largest that has at most 127 below it."""
    median = -np.inf
    for value in values.flat:
        below = np.int32(0)
        for other in values.flat:
            below = np.int32(below + (other < value))
        if below <= 127:
            median = max(median, float(value))
    return median


@kernel
def code_of(values: Values) -> Bytes:
    """Give the 256 bits, bit 255 first, that tell which values are over the 128th smallest, uint8 [32].

    Args:
        values: float32 or float64 [16, 16]; bit 16 i + j is that of row i, column j.
    """
    return code_over(values, median_of(values))


@kernel
def code_over(values: Values, bar: float) -> Bytes:
    """Give the 256 bits that tell which values are over a bar, as `code_of` does."""
    code = np.zeros(32, np.uint8)
    for i in range(16):
        for j in range(16):
            code[31 - 2 * i - j // 8] |= (values[i, j] > bar) << j % 8
    return code

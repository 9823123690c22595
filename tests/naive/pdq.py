"""Fingerprints the slow way: one number at a time, in the order that the C++ takes them."""

import hashlib
from itertools import pairwise
from math import cos, pi

import numpy as np
from numpy.typing import NDArray

from hashgrade.nouns import Exact, Pdq

F = np.float32
Lines = list[list[np.float32]]


def digests(data: bytes) -> Exact:
    """Each digest in a pass of its own."""
    return Exact(
        hashlib.md5(data, usedforsecurity=False).digest(), hashlib.sha1(data, usedforsecurity=False).digest(),
        hashlib.sha256(data).digest(), len(data))


def pdq(picture: NDArray[np.uint8]) -> Pdq:
    """The eight steps of PDQ on scalars."""
    rows, columns = picture.shape[:2]
    if rows < 5 or columns < 5:
        return Pdq(bytes(32), 0)
    seen = luma(picture) if (rows, columns) == (64, 64) else filtered(luma(picture))
    values = [value for row in coefficients(seen) for value in row]
    median = sorted(values)[127]
    bits = sum(1 << place for place, value in enumerate(values) if value > median)
    return Pdq(bits.to_bytes(32), quality(seen))


def luma(picture: NDArray[np.uint8]) -> Lines:
    """The mix of red, green and blue, rounded once."""
    return [[F(0.299 * float(r) + 0.587 * float(g) + 0.114 * float(b)) for r, g, b in row] for row in picture]


def filtered(lines: Lines) -> Lines:
    """Two boxes along rows and columns in turn, kept at 64 x 64 places."""
    rows, columns = len(lines), len(lines[0])
    for _ in range(2):
        lines = [box(line) for line in lines]
        lines = transposed([box(line) for line in transposed(lines)])
    return [[lines[kept(i, rows)][kept(j, columns)] for j in range(64)] for i in range(64)]


def box(line: list[np.float32]) -> list[np.float32]:
    """The one-dimensional box filter in its four phases."""
    count = len(line)
    window = (count + 127) // 128
    half = (window + 2) // 2
    total, held, left, right = F(0), 0, 0, 0
    out = []
    for phase, steps in enumerate((half - 1, window - half + 1, count - window, half - 1)):
        for _ in range(steps):
            if phase < 3:
                total, held, right = F(total + line[right]), held + 1, right + 1
            if phase >= 2:
                total, held, left = F(total - line[left]), held - 1, left + 1
            if phase > 0:
                out.append(F(total / F(held)))
    return out


def transposed(lines: Lines) -> Lines:
    return [list(column) for column in zip(*lines, strict=True)]


def kept(place: int, count: int) -> int:
    return int((place + 0.5) * count / 64)


def quality(luma: Lines) -> int:
    """A hundredth of the sum of all steps between neighbours, each cut to a whole number."""
    total = 0
    for lines in (luma, transposed(luma)):
        for above, below in pairwise(lines):
            total += sum(abs(int(F(F(F(u - v) * F(100)) / F(255)))) for u, v in zip(above, below, strict=True))
    return min(100, total // 90)


def coefficients(luma: Lines) -> Lines:
    """D A D^T, each sum from k = 0 to 63."""
    scale = float(F((2 / 64) ** 0.5))
    d = [[F(scale * cos((pi / 2 / 64) * (i + 1) * (2 * j + 1))) for j in range(64)] for i in range(16)]
    across = [[dot(d[i], [luma[k][j] for k in range(64)]) for j in range(64)] for i in range(16)]
    return [[dot(across[i], d[j]) for j in range(16)] for i in range(16)]


def dot(a: list[np.float32], b: list[np.float32]) -> np.float32:
    total = F(0)
    for u, v in zip(a, b, strict=True):
        total = F(total + F(u * v))
    return total


def turned(picture: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """The eight forms as pictures, in the order of `pdq_dihedral`."""
    flipped = picture[::-1]
    forms = [
        picture, np.rot90(picture, 1), np.rot90(picture, 2), np.rot90(picture, 3), flipped, picture[:, ::-1],
        picture.swapaxes(0, 1), np.rot90(picture, 2).swapaxes(0, 1)]
    return [np.ascontiguousarray(form) for form in forms]


def boxes(count: int) -> NDArray[np.float64]:
    """The box as a matrix: what each place of a side takes of each."""
    window = (count + 127) // 128
    ahead = (window + 2) // 2
    rows = np.zeros((count, count))
    for place in range(count):
        taken = slice(max(0, place + ahead - window), place + ahead)
        rows[place, taken] = 1 / rows[place, taken].size
    return rows


def operator(count: int) -> NDArray[np.float64]:
    """Two boxes, kept at 64 places, as a matrix."""
    once = boxes(count)
    return (once @ once)[[kept(place, count) for place in range(64)]]


def noise(count: int) -> NDArray[np.float64]:
    """Squares of the weights with which errors reach frequencies, values and differences, and none of them bounded."""
    once, places = boxes(count), [kept(place, count) for place in range(64)]
    d = [[(2 / 64) ** 0.5 * cos((pi / 2 / 64) * (i + 1) * (2 * j + 1)) for j in range(64)] for i in range(16)]
    last = np.zeros((16 + 64 + 63, count))
    for place, weights in zip(places, np.vstack([d, np.eye(64), np.diff(np.eye(64), axis=0)]).T, strict=True):
        last[:, place] += weights
    between = last @ once
    before = between @ once
    table = np.array([(before ** 2).sum(1), (between ** 2).sum(1), (last ** 2).sum(1),
                      drifted(between, once), drifted(last, once)])
    return np.column_stack([table[:, :16], table[:, 16:80].max(1), table[:, 80:].max(1)])


def drifted(asked: NDArray[np.float64], once: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squares of what is asked of all averages that come after an error in their sum, one row a sum."""
    count = len(once)
    averages = asked * once.max(axis=1)
    steps = (count + 127) // 128 // 2 + count
    after = [averages[:, max(0, count - step):].sum(1) for step in range(1, steps + 1)]
    return np.asarray((np.array(after) ** 2).sum(0), np.float64)

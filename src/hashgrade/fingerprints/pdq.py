"""PDQ, the open 256-bit perceptual hash, in the flavour that lists carry.

Bit for bit what Meta's C++ gives from the RGB pixels of the full picture, as in
`pdqhash` 0.2.8. On flat, striped or symmetric pictures the median falls between
coefficients that differ only by rounding, so each sum here is taken in float32 and
in the order of the original; nothing may be handed to BLAS or summed in pairs.

Source: Davis and Rosen, The TMK+PDQF Video-Hashing Algorithm and the PDQ
Image-Hashing Algorithm, 2019; facebook/ThreatExchange, pdq/cpp.
"""

from collections import deque
from collections.abc import Container, Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hashgrade.fingerprints.dihedral import turned
from hashgrade.nouns import Pdq

Floats = NDArray[np.float32]
Picture = NDArray[np.uint8]

SIDE: Final = 64
SIDE_PX_MIN: Final = 5
NOTHING: Final = bytes(32)
BLOCK_PX: Final = 2**22
"""Pixels that are filtered at once: 16 MiB of float32, whatever the picture's size."""


def pdq(picture: Picture) -> Pdq:
    """Give the PDQ code and quality of a picture, equal in every bit to `pdqhash` 0.2.8.

    Two pictures match at a distance of at most 31 bits; one of quality under 50 has
    too little structure to match anything.

    Args:
        picture: uint8 [H, W] luma or [H, W, 3] RGB, of any strides and size; a side
            under 5 pixels gives the code 0 and quality 0.

    Raises:
        TypeError: The array is not uint8 of such a shape.

    >>> pdq(np.zeros((4, 9), np.uint8)).quality
    0

    Source: the module's. Twin: tests/naive/pdq.py::pdq.
    """
    _check(picture)
    rows, columns = picture.shape[:2]
    if min(rows, columns) < SIDE_PX_MIN:
        return Pdq(NOTHING, 0)
    seen = _luma(picture) if rows == columns == SIDE else _filtered(picture)
    return Pdq(_code(_coefficients(seen)), _quality(seen))


def pdq_dihedral(picture: Picture) -> tuple[tuple[bytes, ...], int]:
    """Give the codes of a picture's eight turned and mirrored forms, and its one quality.

    Order: original; turned to the left by 90, 180 and 270 degrees; mirrored top to
    bottom and left to right; and along the main and the other diagonal. A turn swaps
    or negates coefficients, so all eight cost little more than one. Arguments, errors
    and source as for `pdq`.

    As in `pdqhash`, a picture of exactly 64 x 64 is filtered here and not by `pdq`; the
    filter then changes only rounding, but on a symmetric picture the first code is
    another one.
    """
    _check(picture)
    if min(picture.shape[:2]) < SIDE_PX_MIN:
        return (NOTHING,) * 8, 0
    seen = _filtered(picture)
    return tuple(_code(form) for form in turned(_coefficients(seen))), _quality(seen)


def _check(picture: Picture) -> None:
    if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or picture.shape[2:] not in ((), (3,)):
        raise TypeError(f"a picture is uint8 [H, W] or [H, W, 3], got {picture.dtype} {list(picture.shape)}")


def _luma(picture: Picture) -> Floats:
    if picture.ndim == 2:
        return picture.astype(np.float32)
    # Left to right in float64 and rounded once: another grouping differs in the last bit.
    mixed = picture[..., 0] * 0.299
    mixed += picture[..., 1] * 0.587
    mixed += picture[..., 2] * 0.114
    return mixed.astype(np.float32)


def _filtered(picture: Picture) -> Floats:
    """Two passes of a box along rows, then along columns, kept at 64 x 64 places.

    Streams blocks of rows, so memory grows with the width only. The last two passes
    are taken only where a value is kept; each line's sums do not depend on others.
    """
    rows, columns = picture.shape[:2]
    block_rows = max(1, BLOCK_PX // columns)
    down, across = _kept(rows), _kept(columns)
    slim = [_boxed_across(block, set(across)) for block in _twice_boxed(picture, block_rows)]
    lines = np.ascontiguousarray(np.concatenate(slim, axis=1).T)
    return _boxed(lines, set(down))[_ranks(down)][:, _ranks(across)]


def _twice_boxed(picture: Picture, block_rows: int) -> Iterator[Floats]:
    """The picture after one pass along rows and one along columns, in blocks of rows."""
    rows, columns = picture.shape[:2]
    sums = _sums(_boxed_rows(picture, block_rows), rows, columns)
    for first in range(0, rows, block_rows):
        block = np.empty((min(block_rows, rows - first), columns), np.float32)
        # The block comes first: `zip` must not take a sum that it has no row for.
        for row, (total, held) in zip(block, sums, strict=False):
            np.divide(total, held, row)
        yield block


def _boxed_rows(picture: Picture, block_rows: int) -> Iterator[Floats]:
    rows, columns = picture.shape[:2]
    for first in range(0, rows, block_rows):
        yield from np.ascontiguousarray(_boxed_across(_luma(picture[first:first + block_rows]), range(columns)).T)


def _boxed_across(block: Floats, kept: Container[int]) -> Floats:
    """Filter each row of [b, n] along itself, giving [kept, b]: a column is then a line."""
    return _boxed(np.ascontiguousarray(block.T), kept)


def _boxed(lines: Floats, kept: Container[int]) -> Floats:
    """Average each line with its neighbours; give those whose places are `kept`."""
    count, width = lines.shape
    boxed = np.empty((sum(place in kept for place in range(count)), width), np.float32)
    rows = iter(boxed)
    for place, (total, held) in enumerate(_sums(lines, count, width)):
        if place in kept:
            np.divide(total, held, next(rows))
    return boxed


def _sums(lines: Iterable[Floats], count: int, width: int) -> Iterator[tuple[Floats, np.float32]]:
    """Give, for each of `count` lines, the sum over its window and the lines it holds, as the original does.

    The window grows at the start and shrinks at the end. A line is added before
    another is taken away, one at a time: the rounding that this leaves behind is part
    of the hash. The array is one and the same each time, to be used before the next.
    """
    window = (count + 127) // 128
    half = (window + 2) // 2
    behind = window - half + 1
    counts = list(np.arange(window + 1, dtype=np.float32))
    total = np.zeros(width, np.float32)
    coming = iter(lines)
    held: deque[Floats] = deque()
    for place in range(1 - half, count):
        if place + half <= count:
            line = next(coming)
            held.append(line)
            np.add(total, line, total)
        if place >= behind:
            np.subtract(total, held.popleft(), total)
        if place >= 0:
            yield total, counts[len(held)]


def _kept(count: int) -> list[int]:
    return [int((place + 0.5) * count / SIDE) for place in range(SIDE)]


def _ranks(places: list[int]) -> NDArray[np.intp]:
    """Where each place stands among the different ones: a side under 64 pixels repeats some."""
    return np.unique(places, return_inverse=True)[1]


def _quality(seen: Floats) -> int:
    steps = (np.diff(seen, axis=axis) * np.float32(100) / np.float32(255) for axis in (0, 1))
    return min(100, sum(int(np.abs(step.astype(np.int64)).sum()) for step in steps) // 90)


def _cosines() -> Floats:
    """The 16 x 64 matrix of the DCT without its constant row, float32."""
    i, j = np.arange(16)[:, None], np.arange(SIDE)[None]
    scale = np.float64(np.float32(np.sqrt(2 / SIDE)))
    return np.asarray(scale * np.cos((np.pi / 2 / SIDE) * (i + 1) * (2 * j + 1)), np.float32)


COSINES: Final = _cosines()


def _coefficients(seen: Floats) -> Floats:
    """The 16 x 16 lowest frequencies but the constant one: D A D^T, summed from k = 0 to 63."""
    across = _summed(COSINES[:, :, None] * seen[None])
    return _summed(across[:, :, None] * COSINES.T[None])


def _summed(products: Floats) -> Floats:
    # A running sum is taken in order by definition; np.sum and matmul choose their own.
    running: Floats = np.add.accumulate(products, axis=1, dtype=np.float32)
    return running[:, -1]


def _code(coefficients: Floats) -> bytes:
    values = coefficients.ravel()
    median = np.partition(values, 127)[127]
    return np.packbits((values > median)[::-1]).tobytes()

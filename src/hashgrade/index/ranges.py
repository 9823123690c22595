"""Where equal digests begin and end in a sorted list: the loops of exact search. Twin: tests/naive/index.py::found."""

import numpy as np
from numpy.typing import NDArray

from hashgrade.index.bits import are_seen
from hashgrade.kernel import kernel

Digests = NDArray[np.uint8]
Numbers = NDArray[np.int64]
Listing = tuple[Digests, NDArray[np.uint32]]
"""Sorted digests uint8 [N, w], and starts uint32 [65,537]: where each value of the first two bytes begins."""
Readable = tuple[NDArray[np.uint8], Numbers, int]
"""Which blocks may be read, uint8; the first blocks of digests and starts; the bits of a block's bytes."""


@kernel
def begins(digests: Digests) -> NDArray[np.uint32]:
    """Count where each value of the first two bytes begins in sorted digests, and where the last ends."""
    starts = np.zeros(2**16 + 1, np.uint32)
    for row in range(len(digests)):
        starts[_prefix(digests, row) + 1] += np.uint32(1)
    for value in range(2**16):
        starts[value + 1] += starts[value]
    return starts


@kernel
def ranges(listing: Listing, readable: Readable, queries: Digests, wanted: Numbers) -> Numbers:
    """Find the rows that are equal to each query, from a first up to a last, or tell which blocks must be seen first.

    Args:
        listing: What is searched.
        readable: Which of its blocks may be read.
        queries: uint8 [Q, w].
        wanted: As in `files.Blocks.answer`.

    Returns:
        int64 [Q, 2].
    """
    digests, starts = listing
    seen, firsts, block_bits = readable
    width = digests.shape[1]
    found = np.zeros((len(queries), 2), np.int64)
    wanted[0] = wanted[1] = 0
    for number in range(len(queries)):
        value = _prefix(queries, number)
        first, last = firsts[1] + (value << 2 >> block_bits), firsts[1] + ((value + 1) << 2 >> block_bits)
        if not are_seen(seen, first, last, wanted):
            continue
        begin, end = np.int64(starts[value]), np.int64(starts[value + 1])
        if begin > end or end > len(digests):
            wanted[1] = 1
        elif begin < end:
            first, last = firsts[0] + (begin * width >> block_bits), firsts[0] + ((end * width - 1) >> block_bits)
            if are_seen(seen, first, last, wanted):
                found[number, 0] = _bound(digests[begin:end], queries[number], False) + begin
                found[number, 1] = _bound(digests[begin:end], queries[number], True) + begin
    return found


@kernel
def _bound(digests: Digests, query: NDArray[np.uint8], after: bool) -> int:
    """The first row whose digest is not before the query, or, of `after`, the first that is behind it."""
    low, high = 0, len(digests)
    while low < high:
        middle = (low + high) >> 1
        order = 0
        for place in range(len(query)):
            if digests[middle, place] != query[place]:
                order = -1 if digests[middle, place] < query[place] else 1
                break
        if order < 0 or (after and order == 0):
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _prefix(digests: Digests, row: int) -> np.int64:
    """The first two bytes of a digest as a number."""
    return (np.int64(digests[row, 0]) << 8) | np.int64(digests[row, 1])

"""Recall at length: a hundred thousand planted neighbours, and every code that a scan finds beside them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from hashgrade.index import Hamming
from hashgrade.index.parts import scanned
from hashgrade.index.states import State

Codes = NDArray[np.uint8]
CODES, QUERIES = 50_000, 100_000


def turned(codes: Codes, bits: NDArray[np.int64], rng: np.random.Generator) -> Codes:
    """The codes, each with so many bits turned over."""
    order = rng.random((len(codes), 256)).argsort(axis=1).argsort(axis=1)
    return codes ^ np.packbits(order < bits[:, None], axis=1)


def codes_of(skewed: bool, rng: np.random.Generator) -> Codes:
    """Codes by chance; or around a thousand, of which one in ten is a few bits in a field of zeros."""
    if not skewed:
        return rng.integers(0, 256, (CODES, 32), np.uint8)
    centres = rng.integers(0, 256, (1_000, 32), np.uint8)
    centres[::10, :28] = 0
    return turned(centres[rng.integers(0, 1_000, CODES)], rng.integers(0, 30, CODES), rng)


@pytest.mark.deep
@pytest.mark.parametrize("skewed", [False, True])
def test_a_hundred_thousand_planted_neighbours_are_found(skewed: bool) -> None:
    """Each code that was planted 0 to 31 bits from a query is found at its distance, and all that a scan finds."""
    rng = np.random.default_rng(9)
    codes, missed = codes_of(skewed, rng), 0
    index = Hamming.build(codes)
    part, = index._state.parts
    scan = State((scanned(part.table.words, part.ids, part.born),), {})
    for _ in range(QUERIES // 10_000):
        rows, bits = rng.integers(0, CODES, 10_000), rng.integers(0, 32, 10_000)
        queries = turned(codes[rows], bits, rng)
        offsets, ids, distances = index.near_many(queries)
        counts, numbers, apart = scan.near(queries.view(np.uint64), 31)
        which = np.repeat(np.arange(10_000), np.diff(offsets))
        missed += 10_000 - int(np.count_nonzero((ids == rows[which]) & (distances == bits[which])))
        assert np.array_equal(np.diff(offsets), counts)
        assert np.array_equal(ids, numbers)
        assert np.array_equal(distances, apart)
    assert missed == 0

"""Multi-index hashing: how the codes are listed, and why looking at so few of them misses none.

A code of 256 bits is sixteen bands of 16. Let each band b have a quota q(b), together
one more than the radius, and let a code differ from the query in d(b) bits of it,
together at most the radius. Then q - d adds up to 1 or more around the ring of bands,
and by the cycle lemma there is a band from which on every partial sum is 1 or more.
From there d(b) < q(b), and d(b) + d(b + 1) < q(b) + q(b + 1). So it is enough to look,
in each band, at the values that differ from the query's in fewer bits than the quota,
and there at the codes whose next band is near enough too. An entry of a list holds as
many bits of the next band as fit beside the code's place, so that forty-nine of fifty
are left out without a look at the code: at radius 31, the quotas are 2, the look-ups
16 x 17 = 272, and of a million codes by chance 4,150 are entries and 100 are compared.

Source: Norouzi, Punjani, Fleet, TPAMI 36(6), 2014; the ring: Qin, Xiao, PVLDB 12(1), 2018.
"""

from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Entries = NDArray[np.uint32]
Numbers = NDArray[np.int64]

BANDS: Final = 16
BAND_BITS: Final = 16
VALUES: Final = 2**BAND_BITS
RADIUS_MAX: Final = 2 * BANDS - 1
"""With quotas of at most 2; more than 31 bits are searched by scan."""
LANES: Final = 16
"""Entries compared at once: so many more that may be read must follow the last."""
PLACE_BITS: Final = 20
"""Bits of an entry that tell a code's place in its chunk; one more where that saves enough chunks."""
START_BYTES: Final = 5.5
"""What a code's share in `starts` may cost before the chunks are doubled."""
SCAN_SHARE: Final = 8
"""An entry may take eight times as long as one more code of a scan: it sends memory to another place."""
ROW_BITS: Final = 48
"""A hit is its distance above the row of its code."""

WORDS, STARTS, ENTRIES, IDS = range(4)
"""The arrays of a table and its ids, in the order of a file."""


class Table(NamedTuple):
    """N codes and their lists, in memory or in blocks of a file; empty `starts` have no lists.

    words: uint64 [4 N]. starts: uint32, for each band 65,536 values times the chunks of
    2**place_bits codes, and one. entries: uint32 [16 N + 16], by band, value and place: the
    lowest bits of the next band above the code's place in its chunk. seen: uint8, 1 for
    each block that may be read. sections: int64 [3], the first blocks of these arrays.
    block_bits: the logarithm of a block's bytes.
    """

    words: Words
    starts: Entries
    entries: Entries
    place_bits: int
    seen: NDArray[np.uint8]
    sections: Numbers
    block_bits: int


class Plan(NamedTuple):
    """A radius, and the quota of each band, int64 [16]; quotas of 0 all over ask for a scan.

    So do lists that hold more than one in `scan_share` of the codes.
    """

    radius: int
    quotas: Numbers
    scan_share: int


def plan(within_bits: int) -> Plan:
    """Plan the search of a radius: quotas that add up to one more, or a scan where bands would not help."""
    return Plan(within_bits, _quotas(within_bits), SCAN_SHARE)


@cache
def _quotas(within_bits: int) -> Numbers:
    shares = quotas(within_bits, BANDS) if within_bits <= RADIUS_MAX else [0] * BANDS
    return np.array(shares, np.int64)


def quotas(within_bits: int, bands: int) -> list[int]:
    """Share one more than the radius among the bands, as evenly as it goes."""
    return [(within_bits + 1 + band) // bands for band in range(bands)]


def place_bits(codes: int) -> int:
    """Choose how many bits of an entry tell the place: as few as keep the starts small beside the codes."""
    chunks = chunks_of(codes, PLACE_BITS)
    small = chunks * BANDS * VALUES * 4 <= START_BYTES * codes
    return PLACE_BITS if small or chunks == 1 else PLACE_BITS + 1


def chunks_of(codes: int, bits: int) -> int:
    """How many chunks so many codes make; no codes make none."""
    return -(-codes >> bits)


def span_of(codes: int, bits: int) -> int:
    """How many starts each band has: one for each value and chunk, and the end."""
    return VALUES * chunks_of(codes, bits) + 1

"""The lists by band: quotas that miss nothing, and instructions that do what their Python says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hashgrade.index import bits, tables
from hashgrade.kernel import kernel
from tests import synth
from tests.naive import index as naive


@pytest.mark.parametrize("bands", range(1, 17))
def test_quotas_add_up(bands: int) -> None:
    """At every radius they are one more together than the radius, and differ by one at most."""
    for within_bits in range(2 * bands):
        shares = tables.quotas(within_bits, bands)
        assert len(shares) == bands
        assert sum(shares) == within_bits + 1
        assert max(shares) - min(shares) <= 1


@pytest.mark.parametrize("bands", range(2, 6))
def test_some_band_finds_every_difference(bands: int) -> None:
    """With few bands, in every way that codes can differ within a radius, some band's list gives the code."""
    for within_bits in range(2 * bands):
        shares = tables.quotas(within_bits, bands)
        assert all(naive.finders(one, shares) for one in naive.differences(bands, 6, within_bits))


def test_quotas_are_no_larger_than_needed() -> None:
    """Positive control: with one less, some difference is found by no band."""
    shares = tables.quotas(7, 4)
    shares[2] -= 1
    assert not all(naive.finders(one, shares) for one in naive.differences(4, 6, 7))


@given(st.integers(0, 31), st.lists(st.integers(0, 15), min_size=31, max_size=31))
def test_some_of_sixteen_bands_finds_any_difference(within_bits: int, places: list[int]) -> None:
    """With all sixteen, however the differing bits fall, some band's list gives the code."""
    difference = [places[:within_bits].count(band) for band in range(tables.BANDS)]
    assert naive.finders(difference, tables.plan(within_bits).quotas.tolist())


def test_wider_radii_are_scanned() -> None:
    """From 32 bits there are no quotas, which asks for a scan."""
    assert tables.plan(31).quotas.tolist() == [2] * 16
    assert not tables.plan(32).quotas.any()


def test_the_lists_stay_small_beside_the_codes() -> None:
    """From 800,000 codes, the starts cost at most 5.6 bytes a code, and entries keep ten bits of the next band."""
    for codes in (*range(800_000, 5_000_000, 99_991), 2**20, 2**20 + 1, 2**21, 2**21 + 1, 10**7, 10**8):
        place_bits = tables.place_bits(codes)
        assert place_bits <= 21
        assert 16 * 4 * tables.span_of(codes, place_bits) <= 5.6 * codes
        assert tables.chunks_of(codes, place_bits) * 2**place_bits >= codes


@kernel
def ran(
    entries: NDArray[np.uint32], place: int, signature: np.uint32, lowest_bits: np.uint32, at_most: np.uint32,
) -> tuple[np.uint64, int]:
    """All instructions, compiled."""
    bits.prefetch(entries, place)
    mask = bits.lanes_within(entries, place, signature, lowest_bits, at_most)
    return mask, bits.lowest(mask | np.uint64(2**63)) + 100 * bits.count(mask)


@given(st.integers(0, 48), st.integers(0, 2**12 - 1), st.integers(12, 21), st.integers(0, 12))
def test_instructions_are_their_python(place: int, signature: int, lowest_bits: int, at_most: int) -> None:
    """Comparing sixteen entries, counting ones and finding the lowest give what they say they give."""
    entries = synth.numbers(64 * 4, "lanes").astype(np.uint8).view(np.uint32)
    told = np.uint32(signature << lowest_bits & 0xFFFFFFFF)
    mask, numbers = ran(entries, place, told, np.uint32(lowest_bits), np.uint32(at_most))
    expected = bits._lanes_within(entries, place, told, np.uint32(lowest_bits), np.uint32(at_most))
    near = [((int(entry) ^ int(told)) >> lowest_bits).bit_count() <= at_most for entry in entries[place:place + 16]]
    assert int(mask) == int(expected) == sum(1 << lane for lane, one in enumerate(near) if one)
    assert numbers == bits._lowest(expected | np.uint64(2**63)) + 100 * bits._count(expected)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_distance_counts_the_bits_that_differ(one: bytes, other: bytes) -> None:
    """The distance of two codes is the number of ones in their difference."""
    words = np.frombuffer(other + one, np.uint64)
    expected = (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()
    assert bits.distance(words, 1, np.frombuffer(other, np.uint64)) == expected

"""Search by Hamming distance: nothing missed, whatever was added and withdrawn, with lists and without."""

import doctest
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hashgrade.errors import InputError
from hashgrade.index import Hamming, parts, states, tables
from hashgrade.nouns import Hit
from tests import synth
from tests.naive import index as naive

Described = list[tuple[int, set[int]]]
CODES = st.lists(st.tuples(st.integers(0, 3), st.sets(st.integers(0, 255), max_size=40)), min_size=1, max_size=30)
MODULE = sys.modules[Hamming.__module__]


@pytest.fixture(
    scope="module", params=[(parts.LISTED_MIN, 8), (1, 8), (1, 0)], ids=["scanned", "listed", "always listed"],
    autouse=True)
def listed_from(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test runs on parts that are compared code by code, on parts with lists, and with long lists too."""
    with pytest.MonkeyPatch.context() as patch:
        listed_min, scan_share = request.param
        patch.setattr(parts, "LISTED_MIN", listed_min)
        patch.setattr(states, "GATHERED_MAX", listed_min)
        patch.setattr(tables, "SCAN_SHARE", scan_share)
        yield


def code(seed: int, turned_bits: set[int]) -> bytes:
    """One of a few far codes, with these bits turned over: so that there are neighbours to find."""
    start = int.from_bytes(bytes(synth.numbers(32, "code", seed).astype(np.uint8)))
    for bit in turned_bits:
        start ^= 1 << bit
    return start.to_bytes(32)


def stacked(codes: list[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(codes), np.uint8).reshape(-1, 32)


def numbered(*ids: int) -> NDArray[np.uint64]:
    return np.array(ids, np.uint64)


def test_parts_are_listed_where_the_test_says_so() -> None:
    """Positive control: where lists begin at one code, there are lists."""
    index = Hamming.build(stacked([code(0, set())]))
    assert [part.listed for part in index._state.parts] == [parts.LISTED_MIN == 1]  # type: ignore[comparison-overlap]  # a run of the tests can change it


@settings(max_examples=60)
@given(CODES, st.integers(0, 63))
def test_near_is_the_twin(described: Described, within_bits: int) -> None:
    """At every radius, the hits are those of looking at each code bit by bit."""
    codes = [code(*one) for one in described]
    index = Hamming.build(stacked(codes))
    entries = [(held, number) for number, held in enumerate(codes)]
    assert index.near(codes[0], within_bits) == naive.near(entries, codes[0], within_bits)


def alike(count: int, seed: int) -> NDArray[np.uint8]:
    """Codes around a few dozen, up to 40 bits away, and one in seven of no bits but a few."""
    rng = np.random.default_rng(seed)
    centres = rng.integers(0, 256, (30, 32), np.uint8)
    turned = np.zeros((count, 256), np.uint8)
    for row, bits in zip(turned, rng.integers(0, 41, count), strict=True):
        row[rng.choice(256, bits, replace=False)] = 1
    starts = centres[rng.integers(0, 30, count)]
    starts[::7] = 0
    return starts ^ np.packbits(turned, axis=1)


def brute(codes: NDArray[np.uint8], queries: NDArray[np.uint8], within_bits: int) -> list[tuple[int, int, int]]:
    """Every hit, by query, distance and row, from a table of all distances."""
    distances = np.array([np.bitwise_count(codes ^ query).sum(axis=1, dtype=np.int64) for query in queries])
    found = np.argwhere(distances <= within_bits).tolist()
    return sorted((query, int(distances[query, row]), row) for query, row in found)


def triples(index: Hamming, queries: NDArray[np.uint8], within_bits: int) -> list[tuple[int, int, int]]:
    """The hits of `near_many`, as `brute` gives them."""
    offsets, ids, distances = index.near_many(queries, within_bits)
    which = np.repeat(np.arange(len(queries)), np.diff(offsets))
    return list(zip(which.tolist(), distances.tolist(), ids.tolist(), strict=True))


@pytest.mark.parametrize("within_bits", [*range(34), 63, 127, 256])
def test_nothing_is_missed_among_thousands(within_bits: int) -> None:
    """Among codes that are much alike, at every radius, the hits are those of looking at all distances."""
    codes, queries = alike(2_000, 1), alike(20, 2)
    queries[:10] = codes[:10]
    assert triples(Hamming.build(codes), queries, within_bits) == brute(codes, queries, within_bits)


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few codes a chunk of the lists has, the hits are the same."""
    codes, queries = alike(100, 1), alike(20, 2)
    for place_bits in (3, 6, 7):
        monkeypatch.setattr(tables, "place_bits", lambda _codes, bits=place_bits: bits)
        assert triples(Hamming.build(codes), queries, 31) == brute(codes, queries, 31)


@pytest.mark.parametrize("bands", [1, 2, 8, 15])
def test_flat_bands_hide_nothing(bands: int) -> None:
    """Where all codes share all bands but a few, the lists are as long as the index, and the hits the same."""
    codes = np.zeros((3_000, 32), np.uint8)
    codes[:, :2 * bands] = alike(3_000, 3)[:, :2 * bands]
    assert triples(Hamming.build(codes), codes[:3], 31) == brute(codes, codes[:3], 31)


@settings(max_examples=60)
@given(CODES, CODES, st.data())
def test_added_and_withdrawn(first: Described, second: Described, data: st.DataObject) -> None:
    """After adding and withdrawing, the hits are those of an index built of what is left."""
    codes = [code(*one) for one in first + second]
    ids = numbered(*data.draw(st.lists(st.integers(0, 9), min_size=len(codes), max_size=len(codes))))
    gone = data.draw(st.sets(st.integers(0, 9)))
    index = Hamming.build(stacked(codes[:len(first)]), ids[:len(first)])
    index.add(stacked(codes[len(first):]), ids[len(first):])
    left = [(held, int(number)) for held, number in zip(codes, ids, strict=True) if number not in gone]
    index.withdraw(numbered(*gone))
    assert len(index) == len(left)
    assert index.near(codes[0]) == naive.near(left, codes[0], 31)


@settings(max_examples=30)
@given(CODES, CODES, st.integers(0, 31))
def test_many_is_one_by_one(held: Described, asked: Described, within_bits: int) -> None:
    """`near_many` gives the hits of each query by offsets, in the order and types promised."""
    index = Hamming.build(stacked([code(*one) for one in held]))
    queries = [code(*one) for one in asked]
    offsets, ids, distances = index.near_many(stacked(queries), within_bits)
    assert [str(part.dtype) for part in (offsets, ids, distances)] == ["int64", "uint64", "uint16"]
    assert len(offsets) == len(queries) + 1
    for place, query in enumerate(queries):
        part = slice(offsets[place], offsets[place + 1])
        hits = [(hit.distance_bits, hit.id) for hit in index.near(query, within_bits)]
        assert hits == list(zip(distances[part].tolist(), ids[part].tolist(), strict=True))


@pytest.mark.parametrize("within_bits", range(32))
def test_each_radius_ends_where_it_says(within_bits: int) -> None:
    """A code at the radius is found, and one a bit farther is not."""
    far = [code(0, set(range(bits))) for bits in range(33)]
    hits = Hamming.build(stacked(far)).near(far[0], within_bits)
    assert [hit.distance_bits for hit in hits] == list(range(within_bits + 1))


@pytest.mark.parametrize("within_bits", range(32))
def test_all_that_differ_by_the_radius_are_found(within_bits: int) -> None:
    """However the differing bits fall, a code at the radius is found, and once: no quota has a bit to spare."""
    rng = np.random.default_rng(within_bits)
    order = rng.random((400, 256)).argsort(axis=1).argsort(axis=1)
    query = rng.integers(0, 256, 32, np.uint8)
    index = Hamming.build(query ^ np.packbits(order < within_bits, axis=1))
    assert index.near(query.tobytes(), within_bits) == [Hit(within_bits, number) for number in range(400)]


@pytest.mark.parametrize("copies", [1, 2, 4, 8, 16, 17, 9_000])
def test_copies_are_all_found(copies: int) -> None:
    """However many copies of a code there are, each is found with its own id, by rising id."""
    index = Hamming.build(stacked([code(1, set())] * copies))
    assert [hit.id for hit in index.near(code(1, {7}))] == list(range(copies))


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists that threads fill and slices of a batch that threads search give the same hits in the same order."""
    codes, queries = alike(500, 1), alike(50, 2)
    monkeypatch.setattr(MODULE, "SLICE", 7)
    with ThreadPoolExecutor(3) as pool:
        index = Hamming.build(codes, map=pool.map)
        offsets, ids, distances = index.near_many(queries, 40, pool.map)
    expected = Hamming.build(codes).near_many(queries, 40)
    assert [part.tolist() for part in (offsets, ids, distances)] == [part.tolist() for part in expected]


def test_what_is_added_again_is_found_again() -> None:
    """An id that was withdrawn and added again is found where it was added last, and only there."""
    index = Hamming.build(stacked([code(0, set())]), numbered(7))
    index.withdraw(numbered(7, 8))
    index.add(stacked([code(0, {1})]), numbered(7))
    assert index.near(code(0, set())) == [Hit(1, 7)]
    index.withdraw(numbered(7))
    assert (index.near(code(0, set())), len(index)) == ([], 0)
    index.merge()
    index.add(stacked([code(0, {1, 2})]), numbered(7))
    assert (index.near(code(0, set())), len(index)) == ([Hit(2, 7)], 1)


def test_numbers_end() -> None:
    """Codes are not numbered from the beginning again once the largest id is given away."""
    index = Hamming.build(np.zeros((1, 32), np.uint8), numbered(2**64 - 1))
    with pytest.raises(InputError, match=r"no 1 ids above 18446744073709551615") as caught:
        index.add(np.zeros((1, 32), np.uint8))
    assert caught.value.code == "IDX-01"


def test_an_empty_index_finds_nothing() -> None:
    """Before anything is added, there are no hits and no error."""
    index = Hamming.build(np.empty((0, 32), np.uint8))
    assert len(index) == 0
    assert index.near(bytes(32)) == []
    assert [len(part) for part in index.near_many(np.zeros((2, 32), np.uint8))] == [3, 0, 0]


def test_no_query_has_no_hits() -> None:
    """No queries give one offset and nothing else."""
    offsets, ids, _ = Hamming.build(np.zeros((3, 32), np.uint8)).near_many(np.empty((0, 32), np.uint8))
    assert (offsets.tolist(), ids.tolist()) == ([0], [])


def test_numbers_go_on_from_the_largest_id() -> None:
    """Codes added without ids never share one with a code that was there."""
    index = Hamming.build(stacked([code(0, set())]), numbered(41))
    index.add(stacked([code(0, {1}), code(0, {1, 2})]))
    assert [hit.id for hit in index.near(code(0, set()))] == [41, 42, 43]


def test_the_largest_id_is_kept() -> None:
    """An id of 64 bits comes back whole."""
    index = Hamming.build(np.zeros((1, 32), np.uint8), numbered(2**64 - 1))
    assert index.near(bytes(32))[0].id == 2**64 - 1


def test_the_index_does_not_follow_the_callers_array() -> None:
    """Writing to the array afterwards changes no answer."""
    codes = np.zeros((1, 32), np.uint8)
    index = Hamming.build(codes)
    codes[:] = 255
    assert len(index.near(bytes(32))) == 1


@pytest.mark.parametrize("query", [b"", bytes(31), bytes(33)])
def test_a_query_of_another_length_is_refused(query: bytes) -> None:
    """A code that is not 32 bytes is an error, not a code that resembles nothing."""
    with pytest.raises(InputError, match=r"codes are uint8 \[N, 32\]") as caught:
        Hamming.build(np.zeros((1, 32), np.uint8)).near(query)
    assert caught.value.code == "IDX-01"


@pytest.mark.parametrize("ids", [np.zeros(2, np.uint64), np.zeros(1, np.int64)])
def test_ids_of_another_shape_or_type_are_refused(ids: NDArray[np.uint64]) -> None:
    """Each code has one id of 64 bits without a sign."""
    with pytest.raises(InputError, match=r"ids are uint64 \[1\], one for each code") as caught:
        Hamming.build(np.zeros((1, 32), np.uint8), ids)
    assert caught.value.code == "IDX-01"


@pytest.mark.parametrize("within_bits", [-1, 257])
def test_a_radius_that_cannot_be_is_refused(within_bits: int) -> None:
    """A negative radius would find nothing for ever, so it is an error."""
    with pytest.raises(InputError, match=r"0 to 256 bits") as caught:
        Hamming.build(np.zeros((1, 32), np.uint8)).near(bytes(32), within_bits)
    assert caught.value.code == "IDX-02"


def test_the_examples_of_the_docstrings_run() -> None:
    """What the documentation shows is what the code prints."""
    assert doctest.testmod(MODULE).failed == 0

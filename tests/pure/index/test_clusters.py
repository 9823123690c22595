"""Clusters: the connected components, whatever comes first, in whatever parts."""

import doctest
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hashgrade.errors import InputError
from hashgrade.index import Clusters
from tests import synth
from tests.naive import clusters as naive

MODULE = sys.modules[Clusters.__module__]
Entries = list[tuple[bytes, int]]


def code(seed: int, turned_bits: set[int]) -> bytes:
    """One of a few far codes, with these bits turned over: so that there are chains to follow."""
    start = int.from_bytes(bytes(synth.numbers(32, "code", seed).astype(np.uint8)))
    for bit in turned_bits:
        start ^= 1 << bit
    return start.to_bytes(32)


CODES = st.builds(code, st.integers(0, 3), st.sets(st.integers(0, 255), max_size=60))
ENTRIES = st.lists(st.tuples(CODES, st.integers(0, 20)), max_size=40)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clusters that list their codes as soon as there are nine of them."""
    monkeypatch.setattr(MODULE, "RECENT_MAX", 8)
    monkeypatch.setattr(MODULE, "MANY", 2)
    monkeypatch.setattr(MODULE, "GROWTH", 2)


def add(clusters: Clusters, entries: Entries) -> None:
    codes = np.frombuffer(b"".join(held for held, _ in entries), np.uint8).reshape(-1, 32)
    clusters.add(codes, np.array([number for _, number in entries], np.uint64))


def told(clusters: Clusters) -> dict[int, int]:
    ids, labels = clusters.labels()
    return dict(zip(ids.tolist(), labels.tolist(), strict=True))


@settings(max_examples=40)
@given(ENTRIES, st.integers(0, 63))
def test_clusters_are_the_twins(entries: Entries, within_bits: int) -> None:
    """At every radius, the clusters are those of following every pair, bit by bit."""
    clusters = Clusters(within_bits)
    add(clusters, entries)
    assert told(clusters) == naive.labels(entries, within_bits)


@settings(max_examples=60)
@given(st.data(), ENTRIES)
@pytest.mark.usefixtures("hasty")
def test_order_and_parts_change_nothing(data: st.DataObject, entries: Entries) -> None:
    """Codes that come in any order, in any parts, looked up or listed, end in the same clusters."""
    clusters = Clusters()
    left = data.draw(st.permutations(entries))
    while left:
        count = data.draw(st.integers(1, 40))
        add(clusters, left[:count])
        left = left[count:]
    assert told(clusters) == naive.labels(entries, 31)


@settings(max_examples=60)
@given(ENTRIES.filter(bool))
@pytest.mark.usefixtures("hasty")
def test_members_and_of_agree_with_the_labels(entries: Entries) -> None:
    """Each id is named by the smallest member of its cluster, and has the members of that name."""
    clusters = Clusters()
    add(clusters, entries)
    labels = told(clusters)
    for number, label in labels.items():
        assert clusters.of(number) == label
        assert clusters.members(number).tolist() == sorted(one for one in labels if labels[one] == label)
    assert len(clusters) == len(labels)


def crowds(count: int, centres: int, turned: int, seed: int) -> NDArray[np.uint8]:
    """Codes about a few centres, each with some bits turned over: skewed, as near-duplicates are."""
    random = np.random.default_rng(seed)
    bits = random.integers(0, 2, (centres, 256), np.uint8)[random.integers(0, centres, count)]
    for _ in range(turned):
        bits[np.arange(count), random.integers(0, 256, count)] ^= 1
    return np.packbits(bits, axis=1)


@pytest.mark.parametrize(("centres", "turned"), [(20, 12), (3, 20), (400, 24), (1, 34)])
def test_crowds_in_parts_are_the_twins(centres: int, turned: int) -> None:
    """Crowded buckets, of which only some codes hang together, lose none; parts large and small."""
    codes = crowds(1200, centres, turned, 5)
    clusters = Clusters()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MODULE, "RECENT_MAX", 100)
        for first, last in ((0, 800), (800, 801), (801, 1100), (1100, 1120), (1120, 1200)):
            clusters.add(codes[first:last], np.arange(first, last, dtype=np.uint64))
    assert told(clusters) == naive.labels(((bytes(one), n) for n, one in enumerate(codes)), 31)


@pytest.mark.parametrize("within_bits", [0, 15, 16, 31])
def test_a_step_ends_at_the_radius(within_bits: int) -> None:
    """Codes at the radius hang together, and one a bit farther is alone."""
    clusters = Clusters(within_bits)
    reached = code(0, set(range(0, 8 * within_bits, 8)))
    beyond = code(0, {*range(0, 8 * within_bits, 8), *range(1, 8 * within_bits + 8, 8)})
    add(clusters, [(code(0, set()), 3), (reached, 2), (beyond, 1)])
    assert (clusters.of(3), clusters.of(1)) == (2, 1)


def test_a_code_that_bridges_two_clusters_makes_them_one() -> None:
    """A chain closes when its missing link comes, under the smallest id of all."""
    clusters = Clusters()
    add(clusters, [(code(0, set()), 9), (code(0, set(range(50))), 4)])
    assert (clusters.of(9), clusters.of(4)) == (9, 4)
    add(clusters, [(code(0, set(range(25))), 6)])
    assert [clusters.of(number) for number in (9, 4, 6)] == [4, 4, 4]


def test_an_id_with_two_codes_joins_what_is_near_either() -> None:
    """An id that comes again keeps its first code and gets one more."""
    clusters = Clusters()
    add(clusters, [(code(0, set()), 5), (code(1, set()), 8), (code(0, {1}), 7)])
    assert clusters.members(7).tolist() == [5, 7]
    add(clusters, [(code(1, {2}), 7)])
    assert clusters.members(8).tolist() == [5, 7, 8]
    assert len(clusters) == 3


def test_the_same_again_changes_nothing() -> None:
    """Codes and ids that are there already may come again."""
    clusters = Clusters()
    entries = [(code(seed, {bit}), 10 * seed + bit) for seed in range(3) for bit in range(9)]
    add(clusters, entries)
    before = told(clusters)
    add(clusters, entries)
    assert told(clusters) == before


def test_the_largest_ids_are_kept() -> None:
    """Ids of 64 bits come back whole, in order."""
    clusters = Clusters()
    add(clusters, [(code(0, {1}), 2**64 - 1), (code(0, {2}), 2**63 + 1), (code(1, set()), 0)])
    assert told(clusters) == {0: 0, 2**63 + 1: 2**63 + 1, 2**64 - 1: 2**63 + 1}


def test_no_codes_make_no_clusters() -> None:
    """Before anything is added there are no labels."""
    clusters = Clusters()
    add(clusters, [])
    assert (len(clusters), told(clusters)) == (0, {})


def test_an_unknown_id_is_in_no_cluster() -> None:
    """An id that was never added is an error, not a cluster of its own."""
    clusters = Clusters()
    add(clusters, [(code(0, set()), 1)])
    with pytest.raises(InputError, match="no id 2") as caught:
        clusters.of(2)
    assert caught.value.code == "IDX-07"


@pytest.mark.parametrize("within_bits", [-1, 64])
def test_a_radius_that_cannot_be_is_refused(within_bits: int) -> None:
    """A radius is 0 to 63 bits."""
    with pytest.raises(InputError, match="0 to 63 bits") as caught:
        Clusters(within_bits)
    assert caught.value.code == "IDX-02"


@pytest.mark.parametrize(("codes", "ids"), [
    (np.zeros((1, 31), np.uint8), np.zeros(1, np.uint64)), (np.zeros((1, 32), np.int8), np.zeros(1, np.uint64)),
    (np.zeros((1, 32), np.uint8), np.zeros(2, np.uint64)), (np.zeros((1, 32), np.uint8), np.zeros(1, np.int64))])
def test_arrays_of_another_shape_or_type_are_refused(codes: NDArray[np.uint8], ids: NDArray[np.uint64]) -> None:
    """Each code has 32 bytes and one id of 64 bits without a sign; else nothing is added."""
    clusters = Clusters()
    with pytest.raises(InputError) as caught:
        clusters.add(codes, ids)
    assert caught.value.code == "IDX-01"
    assert len(clusters) == 0


@pytest.mark.deep
@pytest.mark.parametrize("centres", [10**5, 10**3, 10])
def test_a_hundred_thousand_in_parts_are_those_at_once(centres: int) -> None:
    """At the sizes in use, parts of all sizes end as one does."""
    codes, ids = crowds(100_000, centres, 14, centres), np.arange(100_000, dtype=np.uint64)[::-1]
    whole, grown = Clusters(), Clusters()
    whole.add(codes, ids)
    first = 0
    for size in (30_000, 1, 5000, 10, 100, 40_000, 3000, 64, 1, 100_000):
        grown.add(codes[first:first + size], ids[first:first + size])
        first += size
    assert told(grown) == told(whole)


def test_the_examples_of_the_docstrings_run() -> None:
    """What the documentation shows is what the code prints."""
    assert doctest.testmod(MODULE).failed == 0

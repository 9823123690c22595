"""An index while codes come and go: every search sees before or after, and no change is lost in a merge."""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from numpy.typing import NDArray

from hashgrade.errors import Broken
from hashgrade.index import Hamming, files, parts, states, tables
from hashgrade.nouns import Hit
from tests import synth
from tests.naive import index as naive

BASE = bytes(synth.numbers(32, "changes").astype(np.uint8))
IDS = st.integers(0, 12)
TURNED = st.sets(st.sampled_from([0, 1, 2, 16, 17, 100, 200, 255]))


@pytest.fixture(scope="module", autouse=True)
def small_parts() -> Iterator[None]:
    """Parts have lists from 6 codes on, and 4 are gathered before they are merged, so that there are many merges."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "LISTED_MIN", 6)
        patch.setattr(states, "GATHERED_MAX", 4)
        patch.setattr(tables, "SCAN_SHARE", 0)
        yield


def turned(bits: set[int]) -> bytes:
    """The one code, with these bits turned over."""
    number = int.from_bytes(BASE)
    for bit in bits:
        number ^= 1 << bit
    return number.to_bytes(32)


def stacked(codes: list[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(codes), np.uint8).reshape(-1, 32)


def numbered(*ids: int) -> NDArray[np.uint64]:
    return np.array(ids, np.uint64)


class Changes(RuleBasedStateMachine):
    """The index beside a list of what is in it; whatever is done to both, both give the same hits."""

    def __init__(self) -> None:
        super().__init__()
        self.index, self.held, self.following = Hamming(merging=False), list[tuple[bytes, int]](), 0

    @rule(codes=st.lists(st.tuples(TURNED, IDS), max_size=9))
    def add(self, codes: list[tuple[set[int], int]]) -> None:
        """Add codes with ids."""
        added = [(turned(bits), number) for bits, number in codes]
        self.index.add(stacked([code for code, _ in added]), numbered(*(number for _, number in added)))
        self.held += added
        self.following = max([self.following, *(number + 1 for _, number in added)])

    @rule(codes=st.lists(TURNED, max_size=9))
    def add_numbered(self, codes: list[set[int]]) -> None:
        """Add codes without ids."""
        self.index.add(stacked([turned(bits) for bits in codes]))
        self.held += [(turned(bits), self.following + place) for place, bits in enumerate(codes)]
        self.following += len(codes)

    @rule(ids=st.sets(IDS | st.integers(0, 40), max_size=5))
    def withdraw(self, ids: set[int]) -> None:
        """Withdraw ids, of which some may be unknown."""
        self.index.withdraw(numbered(*ids))
        self.held = [(code, number) for code, number in self.held if number not in ids]

    @rule(choose=st.sampled_from([states.due, states.everything]))
    def merge(self, choose: Callable[[states.State], range | None]) -> None:
        """Merge what is due, as the background would, or everything."""
        self.index._fold(choose)

    @rule()
    def keep(self) -> None:
        """Save, and go on with what was loaded."""
        with TemporaryDirectory() as folder:
            self.index.save(Path(folder) / "codes.idx")
            self.index = Hamming.load(Path(folder) / "codes.idx")
        self.index._in_background = False

    @rule(bits=TURNED, within_bits=st.sampled_from([0, 1, 3, 31, 40]))
    def search(self, bits: set[int], within_bits: int) -> None:
        """Search for one code."""
        expected = naive.near(self.held, turned(bits), within_bits)
        assert self.index.near(turned(bits), within_bits) == expected

    @invariant()
    def same(self) -> None:
        """The length is right, and a search from the one code finds all."""
        assert len(self.index) == len(self.held)
        assert self.index.near(BASE) == naive.near(self.held, BASE, 31)


def test_any_changes() -> None:
    """Whatever is added, withdrawn, merged, saved and loaded, in any order, every search is the twin's."""
    run_state_machine_as_test(Changes, settings=settings(max_examples=8, stateful_step_count=20))


@pytest.mark.deep
def test_any_changes_at_length() -> None:
    """The same, many more times."""
    run_state_machine_as_test(Changes, settings=settings(max_examples=300, stateful_step_count=30))


def test_few_parts_are_left() -> None:
    """However codes come, a part is at least three times as large as the next, but for the newest."""
    index = Hamming(merging=False)
    for number in range(700):
        index.add(stacked([turned({number % 256})] * (1 + number % 3)))
        index._fold(states.due)
    sizes = [len(part) for part in index._state.parts if part.final and part.listed]
    assert all(one >= 3 * other for one, other in pairwise(sizes))
    assert len(index._state.parts) <= 8


def test_merging_in_the_background_loses_nothing() -> None:
    """While a thread merges, codes come in small steps and go again; in the end there are few parts and all hits."""
    index, held = Hamming(), list[tuple[bytes, int]]()
    for number in range(400):
        code = turned({number % 31})
        index.add(stacked([code]), numbered(number))
        held.append((code, number))
        if number % 3 == 0:
            index.withdraw(numbered(number // 2))
            held = [(one, other) for one, other in held if other != number // 2]
        if number % 40 == 0:
            assert index.near(BASE) == naive.near(held, BASE, 31)
    while index._merger is not None:
        time.sleep(0.001)
    assert len(index._state.parts) <= 8
    assert index.near(BASE) == naive.near(held, BASE, 31)


@pytest.mark.parametrize("merging", [False, True])
def test_a_search_sees_before_or_after(merging: bool) -> None:
    """Ids that are added and withdrawn together are found together or not at all, and one that is moved is never gone.

    Each state of the writer is known, and each answer must be one of them.
    """
    index, done = Hamming(merging=merging), threading.Event()
    index.add(stacked([BASE, BASE, turned({9})]), numbered(1, 2, 3))
    allowed = [[Hit(0, 1), Hit(0, 2), Hit(1, 3)], [Hit(1, 3)], [Hit(1, 3), Hit(1, 3)]]
    seen = list[list[Hit]]()

    def search() -> None:
        while not done.is_set():
            seen.append(index.near(BASE))

    readers = [threading.Thread(target=search) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(150):
        index.withdraw(numbered(1, 2))
        index.add(stacked([turned({9})]), numbered(3))
        index.withdraw(numbered(3))
        index.add(stacked([BASE, BASE, turned({9})]), numbered(1, 2, 3))
        index.merge()
    done.set()
    for reader in readers:
        reader.join()
    # Between withdrawing 3 and adding it again nothing is there.
    assert [one for one in seen if one not in [*allowed, []]] == []
    assert len(seen) > 20


def test_a_merge_keeps_what_changes_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is added and withdrawn between the beginning of a merge and its end is neither lost nor brought back."""
    index = Hamming(merging=False)
    index.add(stacked([BASE] * 8), numbered(*range(8)))
    index.withdraw(numbered(1))
    merged = states.merged

    def slow(state: states.State, some: range) -> tuple[parts.Part, ...]:
        made = merged(state, some)
        index.withdraw(numbered(0, 2))
        index.add(stacked([BASE, BASE]), numbered(2, 9))
        return made

    monkeypatch.setattr(states, "merged", slow)
    index.merge()
    expected = [Hit(0, number) for number in (2, 3, 4, 5, 6, 7, 9)]
    assert index.near(BASE) == expected
    monkeypatch.undo()
    index.merge()
    assert index.near(BASE) == expected
    assert len(index._state.parts) == 1


def test_many_withdrawals_are_forgotten_by_merging() -> None:
    """Withdrawals do not pile up: once they are many beside the codes, all parts are merged without them."""
    index = Hamming(merging=False)
    for number in range(40):
        index.add(stacked([BASE]), numbered(number))
        index.withdraw(numbered(number))
        while index._fold(states.due) and states.due(index._state):
            pass
    assert len(index._state.withdrawn) <= 5
    assert index.near(BASE) == []


def test_damage_that_a_merge_meets_is_told_by_the_next_search(tmp_path: Path) -> None:
    """A merge in the background that finds a damaged block stops, and from then on no search is answered."""
    path = tmp_path / "codes.idx"
    Hamming.build(stacked([turned({bit}) for bit in range(20)])).save(path)
    whole = bytearray(path.read_bytes())
    whole[-1 - files.BLOCK_BYTES] ^= 1
    path.write_bytes(whole)
    index = Hamming.load(path)
    for bit in range(20):
        index.add(stacked([turned({bit, 100})]))
    while index._merger is not None and index._trouble is None:
        time.sleep(0.001)
    with pytest.raises(Broken, match="does not fit its checksum") as caught:
        index.near(bytes(32), 0)
    assert caught.value.code == "IDX-06"

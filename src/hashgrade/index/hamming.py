"""Exact search of 256-bit codes by Hamming distance, while codes come and go.

An index is a few parts that never change, and what was withdrawn since each was made.
A change puts a new state in place of the old in one step, so that a search that runs
meanwhile answers as of before or after. Codes that come one by one are gathered in a
part that is compared code by code; a thread in the background merges such parts into
ever larger ones with lists.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hashgrade.errors import Broken, InputError
from hashgrade.index import parts, states
from hashgrade.index.parts import Distances, Ids, Map, Part
from hashgrade.index.states import Gathered, State
from hashgrade.index.tables import Words
from hashgrade.nouns import Hit

Codes = NDArray[np.uint8]
Offsets = NDArray[np.int64]

SLICE: Final = 128
"""Queries of a batch that one thread takes at once."""
SAMPLE: Final = 100
"""Codes that a saved index is asked for before it takes the old one's place."""


class Hamming:
    """An index of 256-bit codes that misses nothing within a radius.

    The same code or id may be in it many times. Threads may search and change it at once.
    """

    def __init__(self, held: Sequence[Part] = (), following: int = 0, *, merging: bool = True) -> None:
        """Start with parts that are there.

        Args:
            held: The parts, oldest first; none make an empty index.
            following: The id of the next code that comes without one.
            merging: Merge in the background; else only `merge` does.
        """
        self._state, self._gathered = State(tuple(held), {}), Gathered()
        self._following, self._in_background = following, merging
        self._changing, self._merging = threading.Lock(), threading.Lock()
        self._merger: threading.Thread | None = None
        self._trouble: Broken | None = None

    @classmethod
    def build(cls, codes: Codes, ids: Ids | None = None, map: Map = map) -> "Hamming":  # noqa: A002 - it stands for map
        """Index `codes`; the arrays are copied.

        Args:
            codes: uint8 [N, 32], bit 255 first.
            ids: uint64 [N]; None numbers the codes from 0.
            map: The builtin, or that of threads.

        Raises:
            InputError: IDX-01, the arrays have other shapes or types.
        """
        index = cls()
        index.add(codes, ids, map)
        return index

    @classmethod
    def load(cls, path: Path | str) -> "Hamming":
        """Open an index that `save` wrote, mapped into memory; each block is checked before an answer rests on it.

        Raises:
            InputError: IDX-03, no such file or it cannot be read.
            Broken: IDX-04 to IDX-06, it is no index, of another version, or damaged.
        """
        part, following = parts.load(Path(path))
        return cls([part] if len(part) else [], following)

    def save(self, path: Path | str) -> None:
        """Write the index to `path` whole or not at all, without what was withdrawn.

        What was written is read again, checked, and asked for some of its own codes before
        it takes the place of the file that was there. Changes made meanwhile are left out.

        Raises:
            OSError: The folder cannot be written; a file that was there before is kept.
            Broken: IDX-06, the index is a damaged file's, or the new file is not what was meant.
        """
        part = states.whole(self._fold(states.everything))
        part.verify()
        parts.save(Path(path), part, self._following % 2**64, lambda new: _check_file(new, part))

    def __len__(self) -> int:
        """The number of codes that a search can find; after withdrawals, all ids are looked at for it."""
        state = self._as_of_now()
        if not state.withdrawn:
            return sum(len(part) for part in state.parts)
        return sum(int(state.left(part).sum()) for part in state.parts)

    @property
    def size_bytes(self) -> int:
        """The bytes that codes, ids and lists take, in memory or in the file they are mapped from."""
        return sum(part.size_bytes for part in self._as_of_now().parts)

    def add(self, codes: Codes, ids: Ids | None = None, map: Map = map) -> None:  # noqa: A002 - it stands for map
        """Add codes beside those that are there, as in `build`; None numbers on from the largest id there ever was."""
        words = _words(codes).reshape(-1)
        with self._changing:
            numbers = self._numbered(len(codes)) if ids is None else _checked_ids(ids, len(codes))
            if len(numbers):
                self._following = max(self._following, int(numbers.max()) + 1)
            if 0 < len(numbers) < states.GATHERED_MAX:
                self._gather(words, numbers)
        if len(numbers) >= states.GATHERED_MAX:
            self._append(parts.built(words, numbers, 0, map))

    def withdraw(self, ids: Ids) -> None:
        """Let no search find a code with one of these ids, unless it is added again; pass over unknown ids."""
        with self._changing:
            withdrawn, turn = self._state.withdrawn, self._state.turn + 1
            for number in ids.tolist():
                withdrawn[number] = (*withdrawn.get(number, ()), turn)
            self._become(replace(self._state, turn=turn))

    def near(self, code: bytes, within_bits: int = 31) -> list[Hit]:
        """Find every code at most `within_bits` from `code`, by rising (distance, id); miss none.

        Up to 31 bits it looks into a few lists of codes that share a band or nearly so, which
        hashgrade.index.tables shows to be enough; beyond, at every code.

        Args:
            code: 32 bytes.
            within_bits: 0 to 256.

        Raises:
            InputError: IDX-01, not 32 bytes; IDX-02, no such radius.
            Broken: IDX-06, a block of the file that the answer rests on is damaged.

        >>> Hamming.build(np.zeros((1, 32), np.uint8)).near(bytes(31) + bytes([3]))
        [Hit(distance_bits=2, id=0)]

        Twin: tests/naive/index.py::near.
        """
        query, state = _words(np.frombuffer(code, np.uint8)[None]), self._as_of_now()
        _check_radius(within_bits)
        found: list[tuple[int, int]] = []
        for part in state.parts:
            _, hits = part.near(query, within_bits)
            if len(hits):
                ids, alive = state.living(part, parts.rows_of(hits))
                found += zip(parts.distances_of(hits)[alive].tolist(), ids[alive].tolist(), strict=True)
        return [Hit(*hit) for hit in sorted(found)]

    def near_many(
        self, codes: Codes, within_bits: int = 31, map: Map = map,  # noqa: A002 - it stands for map
    ) -> tuple[Offsets, Ids, Distances]:
        """Find what `near` finds for each of many queries, as three flat arrays.

        Args:
            codes: uint8 [Q, 32].
            within_bits: 0 to 256.
            map: The builtin, or that of threads, over slices of the queries: they gain what the cores give.

        Returns:
            offsets int64 [Q + 1], ids uint64 [M] and distances uint16 [M] in bits; the
            hits of query q are those from `offsets[q]` up to `offsets[q + 1]`.

        Raises:
            InputError: as `near`.
            Broken: as `near`.
        """
        queries, state = _words(codes), self._as_of_now()
        _check_radius(within_bits)
        slices = [queries[first:first + SLICE] for first in range(0, len(queries), SLICE)]
        nothing = State((), {}).near(queries[:0], within_bits)
        found = [nothing, *map(lambda some: state.near(some, within_bits), slices)]
        counts, ids, distances = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
        return np.concatenate([[0], np.cumsum(counts)]), ids, distances

    def merge(self) -> None:
        """Make one part of all, without what was withdrawn; searches and changes go on meanwhile.

        Raises:
            Broken: IDX-06, a block of the file is damaged.
        """
        self._fold(states.everything)

    def verify(self) -> None:
        """Check every block of the file that was loaded, at once instead of on first touch.

        Raises:
            Broken: IDX-06, one is damaged.
        """
        for part in self._as_of_now().parts:
            part.verify()

    def _as_of_now(self) -> State:
        if self._trouble is not None:
            raise Broken(self._trouble.code, self._trouble.what, where=self._trouble.where)
        return self._state

    def _numbered(self, count: int) -> Ids:
        if self._following + count > 2**64:
            raise InputError("IDX-01", f"there are no {count} ids above {self._following - 1}")
        return np.arange(self._following, self._following + count, dtype=np.uint64)

    def _gather(self, words: Words, ids: Ids) -> None:
        """Add a few codes to those that are gathered, or begin to gather anew."""
        held, turn = self._state.parts, self._state.turn + 1
        if self._state.growing and self._gathered.room >= len(ids):
            held = held[:-1]
        else:
            self._gathered = Gathered()
        gathered = self._gathered.add(words, ids, turn)
        self._become(State((*held, gathered), self._state.withdrawn, turn, growing=True))

    def _append(self, part: Part) -> None:
        """Add a part that was built while others might change the index."""
        with self._changing:
            turn = self._state.turn + 1
            part = replace(part, born=np.array([turn], np.int64))
            self._become(State((*self._state.parts, part), self._state.withdrawn, turn))

    def _become(self, state: State) -> None:
        """Let searches see a new state, and begin to merge where that is due."""
        self._state = state
        if self._in_background and self._merger is None and states.due(state) is not None:
            self._merger = threading.Thread(target=self._merge_what_is_due, name="index merger", daemon=True)
            self._merger.start()

    def _merge_what_is_due(self) -> None:
        try:
            while self._merger is not None:
                self._fold(self._due_or_done)
        except Broken as trouble:
            # Told by the next search, since nobody asked for this merge.
            self._trouble = trouble

    def _due_or_done(self, state: State) -> range | None:
        """What is due; if nothing is, the next change that makes something due starts the merger again."""
        some = states.due(state)
        if some is None:
            self._merger = None
        return some

    def _fold(self, choose: Callable[[State], range | None]) -> State:
        """Make one part of those that are chosen, and put it in their place."""
        with self._merging:
            with self._changing:
                some = choose(self._state)
                if some is None:
                    return self._state
                if some.stop == len(self._state.parts):
                    self._state = replace(self._state, growing=False)
                state = self._state
            one = states.merged(state, some)
            with self._changing:
                self._state = states.put(self._state, some, one)
                return self._state


def _check_file(path: Path, part: Part) -> None:
    """Check that a file is whole, and that it gives the same answers as what it was made of.

    Raises:
        Broken: IDX-06, it is not, or does not.
    """
    index = Hamming.load(path)
    index.verify()
    rows = np.unique(np.linspace(0, max(0, len(part) - 1), SAMPLE).astype(np.int64))[:len(part)]
    asked = part.table.words.reshape(-1, 4)[rows]
    offsets, ids, distances = index.near_many(asked.view(np.uint8))
    counts, numbers, bits = State((part,), {}).near(asked, 31)
    same = np.array_equal(np.diff(offsets), counts) and np.array_equal(ids, numbers) and np.array_equal(distances, bits)
    own = zip(asked, part.ids[rows].tolist(), strict=True)
    if not same or any(Hit(0, number) not in index.near(code.tobytes(), 0) for code, number in own):
        raise Broken("IDX-06", "the file that was written does not find its own codes", where=str(path))


def _words(codes: Codes) -> Words:
    """The codes as four words each, copied; the order of bytes in a word does not change a distance."""
    if codes.dtype != np.uint8 or codes.ndim != 2 or codes.shape[1] != 32:
        raise InputError("IDX-01", f"codes are uint8 [N, 32], got {codes.dtype} {list(codes.shape)}")
    return np.array(codes, order="C").view(np.dtype("<u8"))


def _checked_ids(ids: Ids, count: int) -> Ids:
    if ids.dtype != np.uint64 or ids.shape != (count,):
        raise InputError("IDX-01", f"ids are uint64 [{count}], one for each code, got {ids.dtype} {list(ids.shape)}")
    return ids.copy()


def _check_radius(within_bits: int) -> None:
    if not 0 <= within_bits <= 256:
        raise InputError("IDX-02", f"a radius is 0 to 256 bits, got {within_bits}")

"""What an index holds at one moment, and how parts that came one after the other become one.

Nothing here changes: a change makes a new state, and whoever searches keeps the one it
began with.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hashgrade.index.parts import Distances, Ids, Part, built, distances_of, rows_of, scanned
from hashgrade.index.tables import Numbers, Words

Withdrawn = dict[int, tuple[int, ...]]
"""By id, at which changes it was withdrawn."""

GATHERED_MAX: Final = 2**13
"""Codes gathered one by one before they are merged; until then, a search compares each."""
GROWTH: Final = 3
"""A part is merged with the newer ones once it is less than so many times their size."""
NO_WORDS: Final[Words] = np.empty(0, np.uint64)
NO_IDS: Final[Ids] = np.empty(0, np.uint64)


@dataclass(frozen=True, slots=True)
class State:
    """All that a search sees.

    parts: oldest first. withdrawn: shared with later states, so that changes after `turn` may
    be in it. turn: how many changes there were. growing: the last part is still gathered.
    """

    parts: tuple[Part, ...]
    withdrawn: Withdrawn
    turn: int = 0
    growing: bool = False

    def living(self, part: Part, rows: Numbers) -> tuple[Ids, NDArray[np.bool_]]:
        """Give the ids of some rows of a part, and which of them were not withdrawn since they were there."""
        ids = part.ids_of(rows)
        if not self.withdrawn:
            return ids, np.ones(len(ids), np.bool_)
        asked = zip(ids.tolist(), part.born_of(rows).tolist(), strict=True)
        alive = (not self._gone(number, born) for number, born in asked)
        return ids, np.fromiter(alive, np.bool_, len(ids))

    def _gone(self, number: int, born: int) -> bool:
        return any(born < turn <= self.turn for turn in self.withdrawn.get(number, ()))

    def left(self, part: Part) -> NDArray[np.bool_]:
        """Tell which codes of a part can be found, bool [N]."""
        keep = np.ones(len(part), np.bool_)
        if self.withdrawn:
            gone = np.array(list(self.withdrawn), np.uint64)
            suspects = np.flatnonzero(np.isin(part.all_ids(), gone))
            keep[suspects] = self.living(part, suspects)[1]
        return keep

    def near(self, queries: Words, within_bits: int) -> tuple[Numbers, Ids, Distances]:
        """Find what is near each query, as `Hamming.near_many` does, with the number of hits in place of offsets."""
        asked, ids, distances = [np.empty(0, np.int64)], [NO_IDS], [np.empty(0, np.uint16)]
        for part in self.parts:
            counts, hits = part.near(queries, within_bits)
            known, alive = self.living(part, rows_of(hits))
            asked.append(np.repeat(np.arange(len(queries)), counts)[alive])
            ids.append(known[alive])
            distances.append(distances_of(hits)[alive])
        which, numbers, bits = np.concatenate(asked), np.concatenate(ids), np.concatenate(distances)
        order = np.lexsort((numbers, bits, which))
        return np.bincount(which, minlength=len(queries)), numbers[order], bits[order]


class Gathered:
    """Room for codes that come one by one; what was written once is never written again."""

    def __init__(self) -> None:
        self._words, self._ids = np.empty(4 * GATHERED_MAX, np.uint64), np.empty(GATHERED_MAX, np.uint64)
        self._born, self._used = np.empty(GATHERED_MAX, np.int64), 0

    @property
    def room(self) -> int:
        """How many more codes fit."""
        return GATHERED_MAX - self._used

    def add(self, words: Words, ids: Ids, turn: int) -> Part:
        """Write codes behind the others, and give the part of all."""
        first, self._used = self._used, self._used + len(ids)
        self._words[4 * first:4 * self._used] = words
        self._ids[first:self._used], self._born[first:self._used] = ids, turn
        return scanned(self._words[:4 * self._used], self._ids[:self._used], self._born[:self._used])


def due(state: State) -> range | None:
    """Which parts are to be made one: a few of the newest, all where much was withdrawn, or none.

    Each part that is left is at least three times as large as the next, so that there are
    few, and each code is merged as many times as there are.
    """
    if len(state.withdrawn) > max(GATHERED_MAX, sum(len(part) for part in state.parts) // 4):
        return range(len(state.parts))
    last = len(state.parts) - state.growing
    first, size = last, 0
    for part in reversed(state.parts[:last]):
        if size and len(part) >= GROWTH * size:
            break
        first, size = first - 1, size + len(part)
    return None if _is_one(state.parts[first:last]) else range(first, last)


def everything(state: State) -> range | None:
    """All parts, unless they are one already."""
    return None if _is_one(state.parts) and not state.withdrawn else range(len(state.parts))


def whole(state: State) -> Part:
    """Give all that is left in a state as one part; it is there already unless something changed since a merge."""
    if everything(state) is None and state.parts:
        return state.parts[0]
    return next(iter(merged(state, range(len(state.parts)))), built(NO_WORDS, NO_IDS, state.turn))


def _is_one(parts: tuple[Part, ...]) -> bool:
    """Whether there is nothing to merge: no part, or one that has lists if it is large enough."""
    return not parts or (len(parts) == 1 and parts[0].final)


def merged(state: State, some: range) -> tuple[Part, ...]:
    """Make one part of some, without what was withdrawn; none of none.

    Raises:
        Broken: IDX-06, a block of their files is damaged.
    """
    words, ids = [NO_WORDS], [NO_IDS]
    for part in state.parts[some.start:some.stop]:
        part.verify()
        keep = state.left(part)
        words.append(part.table.words.reshape(-1, 4)[keep].reshape(-1))
        ids.append(part.ids[keep])
    one = built(np.concatenate(words), np.concatenate(ids), state.turn)
    return (one,) if len(one) else ()


def put(now: State, some: range, one: tuple[Part, ...]) -> State:
    """Put the part that was made of some into their place, and forget withdrawals before every part that is left."""
    parts = (*now.parts[:some.start], *one, *now.parts[some.stop:])
    oldest = min((int(part.born.min()) for part in parts), default=now.turn)
    later = {number: tuple(turn for turn in turns if turn > oldest) for number, turns in now.withdrawn.items()}
    return State(parts, {number: turns for number, turns in later.items() if turns}, now.turn, now.growing)

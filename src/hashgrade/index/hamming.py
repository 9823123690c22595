"""Exact search of 256-bit codes by Hamming distance.

Every answer looks at every code: slow is better than blind, because a graph index
that is asked for near codes leaves out some of the nearest, and says nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hashgrade.errors import InputError
from hashgrade.index import files
from hashgrade.nouns import Hit

Codes = NDArray[np.uint8]
Words = NDArray[np.uint64]
Ids = NDArray[np.uint64]
Offsets = NDArray[np.int64]
Distances = NDArray[np.uint16]

BLOCK_CODES: Final = 2**16
"""Codes compared at once: 2 MiB of them, so that they stay in the cache."""


@dataclass(frozen=True, slots=True)
class Part:
    """Codes that came together; `live` is false where one was withdrawn."""

    words: Words
    ids: Ids
    live: NDArray[np.bool_]


class Hamming:
    """An index of 256-bit codes that misses nothing within a radius.

    The same code or id may be in it many times. Changes replace the tuple of parts in
    one step, so a search that runs meanwhile answers as of before or after.
    """

    def __init__(self, parts: Sequence[Part] = ()) -> None:
        self._parts = tuple(parts)

    @classmethod
    def build(cls, codes: Codes, ids: Ids | None = None) -> "Hamming":
        """Index `codes`; the arrays are copied.

        Args:
            codes: uint8 [N, 32], bit 255 first.
            ids: uint64 [N]; None numbers the codes from 0.

        Raises:
            InputError: IDX-01, the arrays have other shapes or types.
        """
        index = cls()
        index.add(codes, ids)
        return index

    @classmethod
    def load(cls, path: Path | str) -> "Hamming":
        """Open an index that `save` wrote, mapped into memory, once its checksum is seen to hold.

        Raises:
            InputError: IDX-03, no such file or it cannot be read.
            Broken: IDX-04 to IDX-06, it is no index, of another version, or damaged.
        """
        words, ids = files.load(Path(path))
        return cls([Part(words, ids, np.ones(len(ids), np.bool_))])

    def save(self, path: Path | str) -> None:
        """Write the index to `path` whole or not at all; what was withdrawn is left out.

        Raises:
            OSError: The folder cannot be written; a file that was there before is kept.
        """
        kept = [(part.words[part.live], part.ids[part.live]) for part in self._parts]
        words = np.concatenate([words for words, _ in kept] or [np.empty((0, 4), np.uint64)])
        ids = np.concatenate([ids for _, ids in kept] or [np.empty(0, np.uint64)])
        files.save(Path(path), words, ids)

    def __len__(self) -> int:
        """The number of codes that a search can find."""
        return sum(int(part.live.sum()) for part in self._parts)

    def add(self, codes: Codes, ids: Ids | None = None) -> None:
        """Add codes beside those that are there; ids as in `build`, None numbers on from the largest."""
        words = _words(codes)
        numbers = self._numbers(len(words)) if ids is None else _checked_ids(ids, len(words))
        if len(words):
            self._parts = (*self._parts, Part(words, numbers, np.ones(len(words), np.bool_)))

    def withdraw(self, ids: Ids) -> int:
        """Let no search find any code with one of these ids again; give how many codes that were."""
        before = len(self)
        self._parts = tuple(
            Part(part.words, part.ids, part.live & ~np.isin(part.ids, ids)) for part in self._parts)
        return before - len(self)

    def near(self, code: bytes, within_bits: int = 31) -> list[Hit]:
        """Find every code at most `within_bits` from `code`, by rising (distance, id); miss none.

        Args:
            code: 32 bytes.
            within_bits: 0 to 256.

        Raises:
            InputError: IDX-01, not 32 bytes; IDX-02, no such radius.

        >>> Hamming.build(np.zeros((1, 32), np.uint8)).near(bytes(31) + bytes([3]))
        [Hit(distance_bits=2, id=0)]

        Twin: tests/naive/index.py::near.
        """
        _, ids, distances = self.near_many(np.frombuffer(code, np.uint8)[None], within_bits)
        return [Hit(int(distance), int(number)) for distance, number in zip(distances, ids, strict=True)]

    def near_many(self, codes: Codes, within_bits: int = 31) -> tuple[Offsets, Ids, Distances]:
        """Find what `near` finds for each of many queries, as three flat arrays.

        Args:
            codes: uint8 [Q, 32].
            within_bits: 0 to 256.

        Returns:
            offsets int64 [Q + 1], ids uint64 [M] and distances uint16 [M] in bits; the
            hits of query q are those from `offsets[q]` up to `offsets[q + 1]`.

        Raises:
            InputError: as `near`.
        """
        if not 0 <= within_bits <= 256:
            raise InputError("IDX-02", f"a radius is 0 to 256 bits, got {within_bits}")
        parts = self._parts
        found = [_near(parts, query, within_bits) for query in _words(codes)]
        offsets = np.cumsum([0, *(len(ids) for ids, _ in found)], dtype=np.int64)
        ids = np.concatenate([np.empty(0, np.uint64), *(ids for ids, _ in found)])
        distances = np.concatenate([np.empty(0, np.uint16), *(distances for _, distances in found)])
        return offsets, ids, distances

    def _numbers(self, count: int) -> Ids:
        first = max((int(part.ids.max()) + 1 for part in self._parts if len(part.ids)), default=0)
        return np.arange(first, first + count, dtype=np.uint64)


def _near(parts: Sequence[Part], query: Words, within_bits: int) -> tuple[Ids, Distances]:
    found = [hits for part in parts for hits in _near_in(part, query, within_bits)]
    ids = np.concatenate([np.empty(0, np.uint64), *(ids for ids, _ in found)])
    distances = np.concatenate([np.empty(0, np.uint16), *(distances for _, distances in found)])
    order = np.lexsort((ids, distances))
    return ids[order], distances[order]


def _near_in(part: Part, query: Words, within_bits: int) -> list[tuple[Ids, Distances]]:
    """The hits in one part, block by block."""
    hits = []
    for first in range(0, len(part.ids), BLOCK_CODES):
        block = slice(first, first + BLOCK_CODES)
        distances = np.bitwise_count(part.words[block] ^ query).sum(axis=1, dtype=np.uint16)
        chosen = np.flatnonzero((distances <= within_bits) & part.live[block])
        hits.append((part.ids[block][chosen], distances[chosen]))
    return hits


def _words(codes: Codes) -> Words:
    """The codes as four words each; the order of bytes in a word does not change a distance."""
    if codes.dtype != np.uint8 or codes.ndim != 2 or codes.shape[1] != 32:
        raise InputError("IDX-01", f"codes are uint8 [N, 32], got {codes.dtype} {list(codes.shape)}")
    return np.array(codes, order="C").view(np.dtype("<u8"))


def _checked_ids(ids: Ids, count: int) -> Ids:
    if ids.dtype != np.uint64 or ids.shape != (count,):
        raise InputError("IDX-01", f"ids are uint64 [{count}], one for each code, got {ids.dtype} {list(ids.shape)}")
    return ids.copy()

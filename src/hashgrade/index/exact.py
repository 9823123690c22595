"""Exact digests, sorted, with their ids: what is known by MD5, SHA-1 or SHA-256, in memory or mapped from a file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hashgrade.errors import Broken, InputError
from hashgrade.index import files

Digests = NDArray[np.uint8]
Ids = NDArray[np.uint64]
Offsets = NDArray[np.int64]

WIDTHS: Final = (16, 20, 32)
"""Bytes of an MD5, a SHA-1 and a SHA-256."""
MAGIC: Final = b"HGEXACTS"
DIGESTS, STARTS, IDS = range(3)
"""The arrays of a file."""
SAMPLE: Final = 100
"""Digests that a saved index is asked for before it takes the old one's place."""


@dataclass(frozen=True, slots=True)
class Exact:
    """An index of digests of one width that finds the ids of an equal one; the same digest may be in it many times.

    digests: uint8 [N, w], sorted, equal ones by rising id. starts: uint32 [65,537], where each
    value of the first two bytes begins. ids: uint64 [N]. file: where they are mapped from.
    Made by `build` or `load`, it never changes.
    """

    digests: Digests
    starts: NDArray[np.uint32]
    ids: Ids
    file: files.Blocks | None = None

    @classmethod
    def build(cls, digests: Digests, ids: Ids | None = None) -> "Exact":
        """Index digests; the arrays are copied.

        Args:
            digests: uint8 [N, 16], [N, 20] or [N, 32].
            ids: uint64 [N]; None numbers the digests from 0.

        Raises:
            InputError: IDX-01, the arrays have other shapes or types.
        """
        from hashgrade.index.ranges import begins  # noqa: PLC0415 - numba takes most of a second to import

        _check(digests, WIDTHS)
        numbers = np.arange(len(digests), dtype=np.uint64) if ids is None else ids
        if numbers.dtype != np.uint64 or numbers.shape != (len(digests),):
            told = f"got {numbers.dtype} {list(numbers.shape)}"
            raise InputError("IDX-01", f"ids are uint64 [{len(digests)}], one for each digest, {told}")
        order = _order(digests, numbers)
        ordered = np.ascontiguousarray(digests[order])
        return cls(files.final(ordered), files.final(begins(ordered)), files.final(numbers[order]))

    @classmethod
    def load(cls, path: Path | str) -> "Exact":
        """Open an index that `save` wrote, mapped into memory; each block is checked before an answer rests on it.

        Raises:
            InputError: IDX-03, no such file or it cannot be read.
            Broken: IDX-04 to IDX-06, it is no such index, of another version, or damaged.
        """
        file = files.Blocks(Path(path), MAGIC)
        count, width, *_ = file.fields
        if width not in WIDTHS:
            raise file.contradiction()
        digests = file.section(DIGESTS, np.dtype(np.uint8), count * width)
        starts = file.section(STARTS, np.dtype("<u4"), 2**16 + 1)
        ids = file.section(IDS, np.dtype("<u8"), count)
        return cls(digests.reshape(count, width), starts, ids, file)

    def save(self, path: Path | str) -> None:
        """Write the index to `path` whole or not at all.

        What was written is read again, checked, and asked for some of its own digests before
        it takes the place of the file that was there.

        Raises:
            OSError: The folder cannot be written; a file that was there before is kept.
            Broken: IDX-06, the index is a damaged file's, or the new file is not what was meant.
        """
        self.verify()
        fields = len(self), self.digests.shape[1], 0, 0
        files.save(Path(path), MAGIC, fields, [self.digests, self.starts, self.ids], self._check_file)

    def _check_file(self, path: Path) -> None:
        index = Exact.load(path)
        index.verify()
        rows = np.unique(np.linspace(0, max(0, len(self) - 1), SAMPLE).astype(np.int64))[:len(self)]
        asked = self.digests[rows]
        same = all(np.array_equal(*pair) for pair in zip(self.find_many(asked), index.find_many(asked), strict=True))
        own = zip(asked, self.ids[rows].tolist(), strict=True)
        if not same or any(number not in index.find(one.tobytes()) for one, number in own):
            raise Broken("IDX-06", "the file that was written does not find its own digests", where=str(path))

    def verify(self) -> None:
        """Check every block of the file that was loaded, at once instead of on first touch.

        Raises:
            Broken: IDX-06, one is damaged.
        """
        if self.file is not None:
            self.file.verify()

    def __len__(self) -> int:
        """The number of digests, equal ones counted each."""
        return len(self.ids)

    def __contains__(self, digest: bytes) -> bool:
        """Whether a digest is known."""
        return bool(self.find(digest))

    def find(self, digest: bytes) -> list[int]:
        """Give the ids of every equal digest, rising; none for one that is not known.

        Raises:
            InputError: IDX-01, the digest has another length than those of the index.
            Broken: IDX-06, a block of the file that the answer rests on is damaged.

        >>> Exact.build(np.zeros((2, 16), np.uint8)).find(bytes(16))
        [0, 1]

        Twin: tests/naive/index.py::found.
        """
        _, ids = self.find_many(np.frombuffer(digest, np.uint8)[None])
        return [int(number) for number in ids]

    def find_many(self, digests: Digests) -> tuple[Offsets, Ids]:
        """Give what `find` gives for each of many digests, as two flat arrays.

        Args:
            digests: uint8 [Q, w].

        Returns:
            offsets int64 [Q + 1] and ids uint64 [M]; the ids of query q are those from
            `offsets[q]` up to `offsets[q + 1]`.

        Raises:
            InputError: as `find`.
            Broken: as `find`.
        """
        from hashgrade.index.ranges import ranges  # noqa: PLC0415 - as above

        _check(digests, (self.digests.shape[1],))
        if self.file is None:
            everything = np.ones(1, np.uint8), np.zeros(2, np.int64), 63
            found = ranges((self.digests, self.starts), everything, digests, np.empty(4, np.int64))
        else:
            file = self.file
            readable = file.seen, np.array([file.first(DIGESTS), file.first(STARTS)]), files.BLOCK_BITS
            found = file.answer(lambda wanted: ranges((self.digests, self.starts), readable, digests, wanted))
        counts = found[:, 1] - found[:, 0]
        offsets = np.concatenate([[0], np.cumsum(counts)])
        rows = np.arange(offsets[-1]) + np.repeat(found[:, 0] - offsets[:-1], counts)
        if self.file is not None:
            self.file.see_rows(IDS, rows, 8)
        return offsets, self.ids[rows]


def _check(digests: Digests, widths: tuple[int, ...]) -> None:
    if digests.dtype != np.uint8 or digests.ndim != 2 or digests.shape[1] not in widths:
        told = " or ".join(f"[N, {width}]" for width in widths)
        raise InputError("IDX-01", f"digests are uint8 {told}, got {digests.dtype} {list(digests.shape)}")


def _order(digests: Digests, ids: Ids) -> NDArray[np.int64]:
    """The order of rising digests, equal ones by rising id."""
    words = np.zeros((len(digests), -(-digests.shape[1] // 8) * 8), np.uint8)
    words[:, :digests.shape[1]] = digests
    columns = words.view(">u8").astype(np.uint64).T
    order = np.lexsort((ids, columns[0]))
    # Different digests share their first eight bytes only where somebody made them so.
    again = columns[:, order]
    alike = again[0, 1:] == again[0, :-1]
    made = (again[1:, 1:] != again[1:, :-1]).any(axis=0)
    return np.lexsort((ids, *columns[::-1])) if (alike & made).any() else order

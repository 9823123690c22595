"""Arrays on disk in blocks, each checked when it is first touched; nothing is read unchecked.

A file is a header, a table with the digest of every block, and the blocks: the bytes
of each array from a new block on, zeros behind them. Digests of 128 in the table make
one digest of the next level, and so on to the root, which stands in the header. The
table is checked against the root when the file is opened, a block against the table
before the first answer that rests on it: so opening costs little, and a flipped bit,
a lost page or one that stands in another's place is an error and not a match missed.
What the disk does to a block after that is found by `verify`.

Little-endian. Header, one block: magic of 8 bytes, version u32, block bytes u32, four
u64 that the kind of index gives a meaning, the bytes of six arrays as u64, the root
(32), zeros, and in the last 32 bytes the digest of all before. Digests are SHA-256 over
one byte that says what is digested (block 0, table 1, header 2, as RFC 6962 does for
the first two) and 4,096 bytes, for the header 4,064.
"""

import hashlib
import mmap
import os
import struct
from collections.abc import Callable, Iterator, Sequence
from io import BufferedWriter, FileIO
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from hashgrade.errors import Broken, InputError

Array = NDArray[Any]
Answer = TypeVar("Answer")
Kind = TypeVar("Kind", bound=np.generic)

VERSION: Final = 2
BLOCK_BITS: Final = 12
BLOCK_BYTES: Final = 2**BLOCK_BITS
DIGEST_BYTES: Final = 32
SECTIONS_MAX: Final = 6
HEADER: Final = struct.Struct("<8sII4Q6Q32s")
BEGINNING: Final = struct.Struct("<8sI")
SEALED: Final = BLOCK_BYTES - DIGEST_BYTES
"""Where the header's own digest stands."""

WANTED_MIN: Final = 2**12
WANTED_MAX: Final = 2**18
"""Blocks that may be asked for at once, first and at last; the rest are the next time."""

OF_BLOCK: Final = b"\0"
OF_TABLE: Final = b"\1"
OF_HEADER: Final = b"\2"


class Blocks:
    """A file that is open and mapped, and which of its blocks were seen to be whole.

    `fields` are the four numbers of the header; `seen` is uint8, 1 for each block that may
    be read. Threads may share it: a block that two of them check is checked twice.
    """

    def __init__(self, path: Path, magic: bytes) -> None:
        """Open the file at `path`, and check its header and the table of digests.

        Raises:
            InputError: IDX-03, no such file or it cannot be read.
            Broken: IDX-04, not such an index; IDX-05, of another version; IDX-06, damaged.
        """
        self._where = str(path)
        self._mapped = memoryview(_mapped(path))
        if len(self._mapped) < BEGINNING.size or self._mapped[:8] != magic:
            raise Broken("IDX-04", "the file does not begin as an index does", where=self._where)
        _, version = BEGINNING.unpack_from(self._mapped)
        if version != VERSION:
            told = f"the index has version {version}, this program reads {VERSION}"
            raise Broken("IDX-05", told, where=self._where)
        header = self._mapped[:BLOCK_BYTES]
        if digest(OF_HEADER, header[:SEALED]) != header[SEALED:]:
            raise self._broken("the header does not fit its checksum")
        _, _, block_bytes, *numbers, root = HEADER.unpack_from(header)
        if block_bytes != BLOCK_BYTES:
            raise self._broken(f"blocks have {BLOCK_BYTES} bytes, got {block_bytes}")
        self.fields, self._lengths = tuple(numbers[:4]), numbers[4:]
        self._check_table(root)

    def _check_table(self, root: bytes) -> None:
        self._firsts = np.cumsum([0, *(_blocks(length) for length in self._lengths)]).tolist()
        count = self._firsts[-1]
        self._body = BLOCK_BYTES * (1 + _blocks(count * DIGEST_BYTES))
        expected = self._body + BLOCK_BYTES * count
        if len(self._mapped) != expected:
            raise self._broken(f"the file has {len(self._mapped)} bytes, {expected} are in the header")
        self._table = self._mapped[BLOCK_BYTES:self._body]
        if _root(self._table) != root:
            raise self._broken("the table of checksums does not fit the root")
        self.seen = np.zeros(max(1, count), np.uint8)

    def section(self, number: int, kind: np.dtype[Any], count: int) -> Array:
        """Give one array, read-only and not yet checked.

        Args:
            number: Of the array, from 0, as it was saved.
            kind: The type of its numbers.
            count: How many there must be.

        Raises:
            Broken: IDX-06, there are more or fewer: the header contradicts itself.
        """
        length = self._lengths[number]
        if length != count * kind.itemsize:
            raise self._broken(f"array {number} has {length} bytes, {count * kind.itemsize} fit the header")
        return np.frombuffer(self._mapped, kind, count, self._body + BLOCK_BYTES * self.first(number))

    def first(self, number: int) -> int:
        """The first block of an array."""
        return int(self._firsts[number])

    def see(self, blocks: NDArray[np.int64]) -> None:
        """Check blocks that were not seen yet, so that they may be read.

        Raises:
            Broken: IDX-06, one of them is damaged, or there is no such block.
        """
        for block in blocks.tolist():
            if not 0 <= block < self._firsts[-1]:
                raise self._broken(f"there is no block {block} among {self._firsts[-1]}")
            if not self.seen[block]:
                self._see(block)

    def contradiction(self) -> Broken:
        """Make the error for a header whose numbers cannot have been written by `save`."""
        return self._broken("the header contradicts itself")

    def see_rows(self, number: int, rows: NDArray[np.int64], row_bytes: int) -> None:
        """Check the blocks of some rows of an array that lie in one block each, as `see` does."""
        self.see(self.first(number) + np.unique(rows * row_bytes >> BLOCK_BITS))

    def answer(self, ask: Callable[[NDArray[np.int64]], Answer]) -> Answer:
        """Ask until every block that the answer rests on was checked before.

        Args:
            ask: Gives an answer, and writes into the array it is given how many blocks it could
                not read yet, whether what it read was nonsense, and those blocks, as many as fit.

        Raises:
            Broken: IDX-06, a block is damaged, or nonsense.
        """
        room = WANTED_MIN
        while True:
            wanted = np.empty(room, np.int64)
            answer = ask(wanted)
            if wanted[1]:
                raise self._broken("the lists contradict each other")
            if not wanted[0]:
                return answer
            self.see(np.unique(wanted[2:2 + wanted[0]]))
            room = min(4 * room, WANTED_MAX)

    def verify(self) -> None:
        """Check every block again, seen or not.

        Raises:
            Broken: IDX-06, one is damaged; a search that needs it will say so too.
        """
        for block in range(self._firsts[-1]):
            self._see(block)

    def _see(self, block: int) -> None:
        begin = self._body + BLOCK_BYTES * block
        self.seen[block] = 0
        listed = self._table[DIGEST_BYTES * block:DIGEST_BYTES * (block + 1)]
        if digest(OF_BLOCK, self._mapped[begin:begin + BLOCK_BYTES]) != listed:
            raise self._broken(f"block {block} of {self._firsts[-1]} does not fit its checksum")
        self.seen[block] = 1

    def _broken(self, what: str) -> Broken:
        return Broken("IDX-06", what, where=self._where)


def final(array: NDArray[Kind]) -> NDArray[Kind]:
    """The same array, read-only: one type in memory and in a file, so that a kernel is compiled once."""
    array.flags.writeable = False
    return array


def save(
    path: Path, magic: bytes, fields: Sequence[int], sections: Sequence[Array], check: Callable[[Path], None],
) -> None:
    """Write arrays to `path`, whole or not at all.

    The bytes are on disk, and were read again and checked, before they take the place of
    the file that was there.

    Args:
        path: Of the file.
        magic: 8 bytes that tell what kind of index it is.
        fields: Four numbers for the header.
        sections: At most six arrays.
        check: Opens the new file at the path it is given, and raises if it is not what was meant.

    Raises:
        OSError: The folder cannot be written, or is full.
        Broken: The check found a fault.
    """
    new = path.with_name(path.name + ".new")
    try:
        _write(new, magic, fields, sections)
        check(new)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _write(path: Path, magic: bytes, fields: Sequence[int], sections: Sequence[Array]) -> None:
    lengths = [section.nbytes for section in sections] + [0] * (SECTIONS_MAX - len(sections))
    count = sum(_blocks(length) for length in lengths)
    with BufferedWriter(FileIO(path, "w")) as file:
        file.seek(BLOCK_BYTES * (1 + _blocks(count * DIGEST_BYTES)))
        digests = []
        for block in _cut(sections):
            file.write(block)
            digests.append(digest(OF_BLOCK, block))
        table = _filled(b"".join(digests))
        header = HEADER.pack(magic, VERSION, BLOCK_BYTES, *fields, *lengths, _root(memoryview(table)))
        header += bytes(SEALED - len(header))
        file.seek(0)
        file.write(header + digest(OF_HEADER, header) + table)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    """Put the new name on disk too."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _cut(sections: Sequence[Array]) -> Iterator[bytes | memoryview]:
    """The blocks of the arrays, one after the other."""
    for section in sections:
        whole = np.ascontiguousarray(section).reshape(-1).view(np.uint8).data
        for begin in range(0, len(whole), BLOCK_BYTES):
            block = whole[begin:begin + BLOCK_BYTES]
            yield block if len(block) == BLOCK_BYTES else _filled(bytes(block))


def _filled(content: bytes) -> bytes:
    return content + bytes(-len(content) % BLOCK_BYTES)


def _blocks(length: int) -> int:
    """How many blocks so many bytes take."""
    return -(-length // BLOCK_BYTES)


def digest(what: bytes, content: bytes | memoryview) -> bytes:
    """Digest a block, a part of the table or the header; no two of these kinds share a digest."""
    return hashlib.sha256(b"".join((what, content))).digest()


def _root(table: memoryview) -> bytes:
    """The root of the tree over a table of digests, which is whole blocks."""
    level = _level(table)
    while len(level) > DIGEST_BYTES:
        level = _level(memoryview(level))
    return level


def _level(below: memoryview) -> bytes:
    """The digests of what a level has in each block."""
    cut = (below[begin:begin + BLOCK_BYTES] for begin in range(0, max(1, len(below)), BLOCK_BYTES))
    return b"".join(digest(OF_TABLE, part) for part in cut)


def _mapped(path: Path) -> mmap.mmap | bytes:
    try:
        with FileIO(path) as file:
            # An empty file cannot be mapped.
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
    except OSError as error:
        raise InputError("IDX-03", f"the index cannot be read: {error.strerror}", where=str(path)) from None

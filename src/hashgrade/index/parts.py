"""What an index is made of: parts that never change, in memory or in a file.

A large part has lists by band; a small one is compared code by code. Nothing here
imports numba before there is a code to list or to find.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from hashgrade.index import files, tables
from hashgrade.index.tables import BANDS, LANES, Numbers, Table, Words

Ids = Words
Distances = NDArray[np.uint16]

LISTED_MIN: Final = 2**13
"""Codes from which a part has lists; fewer are compared in the time that the look-ups would take."""
IDS_A_BLOCK: Final = files.BLOCK_BYTES // 8
MAGIC: Final = b"HGHAMMNG"


class Map(Protocol):
    """A `map` that keeps order: the builtin, or that of threads."""

    def __call__(self, make: Callable[[Any], Any], things: Iterable[Any], /) -> Iterable[Any]: ...


@dataclass(frozen=True, slots=True)
class Part:
    """Codes with their ids, and at which change of the index each was there: one number for all, or one for each.

    table: the codes, and their lists. ids: uint64 [N]. born: int64 [1] or [N]. file: where the
    arrays are mapped from, None if they are in memory.
    """

    table: Table
    ids: Ids
    born: Numbers
    file: files.Blocks | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def listed(self) -> bool:
        """Whether it has lists by band."""
        return len(self.table.starts) > 0

    @property
    def size_bytes(self) -> int:
        """The bytes of its arrays."""
        return sum(array.nbytes for array in (*self.table[:3], self.ids))

    @property
    def final(self) -> bool:
        """Whether building it again would make it no faster: it has lists, or is too small for them."""
        return self.listed or len(self) < LISTED_MIN

    def near(self, queries: Words, within_bits: int) -> tuple[Numbers, Words]:
        """Find all codes within a radius of each query, in no order.

        A block of a file is checked before anything that rests on it is given.

        Args:
            queries: uint64 [Q, 4].
            within_bits: The radius.

        Returns:
            counts int64 [Q] and hits uint64 [M], query after query: see `rows_of` and `distances_of`.

        Raises:
            Broken: IDX-06, a block that the answer rests on is damaged.
        """
        from hashgrade.index.bands import near  # noqa: PLC0415 - numba takes most of a second to import

        plan = tables.plan(within_bits)
        if self.file is None:
            return near(self.table, plan, queries, np.empty(4, np.int64))
        return self.file.answer(lambda wanted: near(self.table, plan, queries, wanted))

    def ids_of(self, rows: Numbers) -> Ids:
        """Give the ids of some rows, from blocks that were checked."""
        if self.file is not None:
            self.file.see_rows(tables.IDS, rows, 8)
        return self.ids[rows]

    def all_ids(self) -> Ids:
        """Give the ids of all codes, from blocks that were checked."""
        if self.file is not None:
            self.file.see_rows(tables.IDS, np.arange(0, len(self), IDS_A_BLOCK), 8)
        return self.ids

    def born_of(self, rows: Numbers) -> Numbers:
        """Give at which change each of some rows was there."""
        return self.born[rows] if len(self.born) > 1 else np.broadcast_to(self.born, rows.shape)

    def verify(self) -> None:
        """Check every block of the file, if there is one."""
        if self.file is not None:
            self.file.verify()


def rows_of(hits: Words) -> Numbers:
    """The rows of the codes that were hit."""
    return (hits & np.uint64(2**tables.ROW_BITS - 1)).astype(np.int64)


def distances_of(hits: Words) -> Distances:
    """How many bits each of them differs in."""
    return (hits >> np.uint64(tables.ROW_BITS)).astype(np.uint16)


def built(words: Words, ids: Ids, born: int, map: Map = map) -> Part:  # noqa: A002 - it stands for map
    """Make a part of arrays that nobody writes to any more.

    Args:
        words: uint64 [4 N].
        ids: uint64 [N].
        born: The change by which all of it is there.
        map: The builtin, or that of threads, over the sixteen lists.
    """
    part = scanned(words, ids, np.array([born], np.int64))
    if len(part) < LISTED_MIN:
        return part
    from hashgrade.index import bands  # noqa: PLC0415 - as above

    codes, bits = len(part), tables.place_bits(len(part))
    span = tables.span_of(codes, bits)
    starts, entries = np.zeros(BANDS * span, np.uint32), np.empty(BANDS * codes + LANES, np.uint32)
    entries[-LANES:] = 0

    def listed(band: int) -> None:
        bands.list_band(words, band, bits, starts[band * span:][:span], entries[band * codes:][:codes])

    for _ in map(listed, range(BANDS)):
        pass
    table = part.table._replace(starts=files.final(starts), entries=files.final(entries), place_bits=bits)
    return replace(part, table=table)


def scanned(words: Words, ids: Ids, born: Numbers) -> Part:
    """Make a part without lists; `born` has one number for all of it, or one for each code."""
    return Part(NO_TABLE._replace(words=files.final(words)), files.final(ids), born)


def save(path: Path, part: Part, following: int, check: Callable[[Path], None]) -> None:
    """Write a part to `path`, whole or not at all.

    Args:
        path: Of the file.
        part: What to write; its own file was verified.
        following: The id that the next code without one will get.
        check: As in `files.save`.
    """
    table = part.table
    fields = len(part), table.place_bits, following, int(part.listed)
    files.save(path, MAGIC, fields, [table.words, table.starts, table.entries, part.ids], check)


def load(path: Path) -> tuple[Part, int]:
    """Map what `save` wrote, and give the part and the id that follows.

    Raises:
        InputError: IDX-03.
        Broken: IDX-04 to IDX-06.
    """
    file = files.Blocks(path, MAGIC)
    codes, bits, following, listed = file.fields
    # The largest id there can be is followed by none, which takes one bit more than there is.
    following = following or (2**64 if codes else 0)
    if listed > 1 or bits != tables.place_bits(codes):
        raise file.contradiction()
    span = tables.span_of(codes, bits)
    word, entry = np.dtype("<u8"), np.dtype("<u4")
    words = file.section(tables.WORDS, word, 4 * codes)
    starts = file.section(tables.STARTS, entry, listed * BANDS * span)
    entries = file.section(tables.ENTRIES, entry, listed * (BANDS * codes + LANES))
    ids = file.section(tables.IDS, word, codes)
    firsts = np.array([file.first(number) for number in (tables.WORDS, tables.STARTS, tables.ENTRIES)], np.int64)
    table = Table(words, starts, entries, bits, file.seen, firsts, files.BLOCK_BITS)
    return Part(table, ids, np.zeros(1, np.int64), file), following


_NO_LIST: Final = files.final(np.empty(0, np.uint32))
NO_TABLE: Final = Table(
    files.final(np.empty(0, np.uint64)), _NO_LIST, _NO_LIST, tables.PLACE_BITS,
    np.ones(1, np.uint8), np.zeros(3, np.int64), 63)
"""A table in memory: one block that every byte is in and that is seen."""

"""Filling the lists of a table, and searching them: the loops of multi-index hashing.

What the lists are, and why this finds all: hashgrade/index/tables.py. Twin: tests/naive/index.py.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hashgrade.index.bits import are_seen, count, distance, lanes_within, lowest, prefetch
from hashgrade.index.tables import BAND_BITS, BANDS, ENTRIES, LANES, ROW_BITS, STARTS, WORDS, Plan, Table
from hashgrade.kernel import kernel

Words = NDArray[np.uint64]
Entries = NDArray[np.uint32]
Numbers = NDArray[np.int64]
Hits = NDArray[np.uint64]

LOOKUPS_MAX: Final = BANDS * (1 + BAND_BITS)
HELD_MAX: Final = 4096
"""Entries kept back before their codes are compared, so that memory has the time to bring them."""
AHEAD: Final = 8
"""Look-ups by which the entries are asked of memory before they are compared."""
BY_BANDS: Final = 0
BY_SCAN: Final = 1
NOT_YET: Final = 2


class Work(NamedTuple):
    """What one search notes.

    looks: int64 [LOOKUPS_MAX, 6], of each look-up its cell in `starts`, where its list begins
    and ends in `entries`, its band, the signature asked for and how far it may be. held: int64
    [HELD_MAX, 2], of entries kept back their places and look-ups. tally: int64 [3], how many
    hits, look-ups and entries there are. wanted: as `near` gets it.
    """

    looks: Numbers
    held: Numbers
    tally: Numbers
    wanted: Numbers


CELL, BEGIN, END, BAND, SIGNATURE, LIMIT = range(6)
FOUND, LOOKED, HELD = range(3)


@kernel
def list_band(words: Words, band: int, place_bits: int, starts: Entries, entries: Entries) -> None:
    """Fill the list of one band.

    Args:
        words: uint64 [4 N].
        band: 0 to 15.
        place_bits: As in `Table`.
        starts: uint32 [65,536 * chunks + 1], zeros.
        entries: uint32 [N].
    """
    chunks = (len(starts) - 1) >> BAND_BITS
    for row in range(len(words) >> 2):
        starts[1 + _value(words, row, band) * chunks + (row >> place_bits)] += np.uint32(1)
    for place in range(1, len(starts)):
        starts[place] += starts[place - 1]
    free = starts[:-1].copy()
    for row in range(len(words) >> 2):
        value, following = _value(words, row, band), _value(words, row, (band + 1) % BANDS)
        cell = value * chunks + (row >> place_bits)
        entries[free[cell]] = np.uint32((following << place_bits) | (row & ((1 << place_bits) - 1)))
        free[cell] += np.uint32(1)


@kernel
def near(table: Table, plan: Plan, queries: Words, wanted: Numbers) -> tuple[Numbers, Hits]:
    """Find every code within the radius of each query, in no order; or tell which blocks must be seen first.

    Args:
        table: The codes.
        plan: What to look for.
        queries: uint64 [Q, 4].
        wanted: int64, at least 4; gets the number of blocks that are not seen yet, whether an
            index was nonsense, and those blocks, as many as fit. Where either is not 0 the
            answer counts for nothing.

    Returns:
        counts int64 [Q], of the hits of each query, and hits uint64 [M], each its distance
        above the 48 bits of its row.
    """
    looks, held = np.empty((LOOKUPS_MAX, 6), np.int64), np.empty((HELD_MAX, 2), np.int64)
    work = Work(looks, held, np.zeros(3, np.int64), wanted)
    counts = np.empty(len(queries), np.int64)
    hits = np.empty(HELD_MAX, np.uint64)
    wanted[0] = wanted[1] = 0
    for number in range(len(queries)):
        query, before = queries[number], work.tally[FOUND]
        how = _look_up(table, plan, query, work)
        if how == BY_BANDS:
            hits = _by_bands(table, plan, query, work, hits)
        elif how == BY_SCAN:
            hits = _by_scan(table, plan.radius, query, work, hits)
        counts[number] = work.tally[FOUND] - before
    return counts, hits[:work.tally[FOUND]].copy()


@kernel
def _look_up(table: Table, plan: Plan, query: Words, work: Work) -> int:
    """Note where the lists of all values near enough begin and end, and tell how to go on."""
    starts, entries, seen, looks, block_bits = table.starts, table.entries, table.seen, work.looks, table.block_bits
    wanted = work.wanted
    codes, chunks, section = len(table.words) >> 2, _chunks(starts), table.sections[STARTS]
    lookups = _cells(starts, table.place_bits, plan, query, work) if len(starts) else 0
    candidates, whole = np.int64(0), True
    for lookup in range(lookups):
        cell = looks[lookup, CELL]
        first, last = section + (cell << 2 >> block_bits), section + ((cell + chunks) << 2 >> block_bits)
        if (first != last or not seen[first]) and not are_seen(seen, first, last, wanted):
            whole = False
            continue
        begin, end = np.int64(starts[cell]), np.int64(starts[cell + chunks])
        if begin > end or end > codes:
            wanted[1] = 1
            return NOT_YET
        candidates += end - begin
        begin += looks[lookup, BAND] * codes
        looks[lookup, BEGIN], looks[lookup, END] = begin, looks[lookup, BAND] * codes + end
        prefetch(entries, begin)
    if not whole:
        return NOT_YET
    # Where flat bands put everything into a few lists, each code is compared once instead.
    return BY_SCAN if lookups == 0 or candidates * plan.scan_share > codes else BY_BANDS


@kernel
def _cells(starts: Entries, place_bits: int, plan: Plan, query: Words, work: Work) -> int:
    """Note the values to look up, with what each asks of the next band; give their number."""
    span, chunks = len(starts) // BANDS, _chunks(starts)
    looks, quotas = work.looks, plan.quotas
    lookups = 0
    for band in range(BANDS):
        quota = quotas[band]
        if quota == 0:
            continue
        following = (band + 1) % BANDS
        value, limit = _value(query, 0, band), quota + quotas[following] - 1
        signature = (_value(query, 0, following) << place_bits) & 0xFFFFFFFF
        for turn in range(1 + BAND_BITS if quota == 2 else 1):
            # The value itself, then those that differ from it in one bit.
            cell = band * span + (value ^ ((1 << turn) >> 1)) * chunks
            looks[lookups, CELL], looks[lookups, BAND] = cell, band
            looks[lookups, SIGNATURE], looks[lookups, LIMIT] = signature, limit - (turn > 0)
            prefetch(starts, cell)
            lookups += 1
    work.tally[LOOKED] = lookups
    return lookups


@kernel
def _by_bands(table: Table, plan: Plan, query: Words, work: Work, hits: Hits) -> Hits:
    """Search the lists that were looked up."""
    entries, seen, looks, tally = table.entries, table.seen, work.looks, work.tally
    block_bits, place_bits, wanted = table.block_bits, np.uint32(table.place_bits), work.wanted
    lookups, section, kept, held = tally[LOOKED], table.sections[ENTRIES], work.held, 0
    for lookup in range(lookups):
        ahead = min(lookup + AHEAD, lookups - 1)
        _bring(entries, looks[ahead, BEGIN] + LANES, looks[ahead, END])
        begin, end = looks[lookup, BEGIN], looks[lookup, END]
        if begin == end:
            continue
        first, last = section + (begin << 2 >> block_bits), section + (((end << 2) - 1) >> block_bits)
        if (first != last or not seen[first]) and not are_seen(seen, first, last, wanted):
            continue
        signature, limit = np.uint32(looks[lookup, SIGNATURE]), np.uint32(looks[lookup, LIMIT])
        for place in range(begin, end, LANES):
            mask = lanes_within(entries, place, signature, place_bits, limit)
            if end - place < LANES:
                mask &= (np.uint64(1) << np.uint64(end - place)) - np.uint64(1)
            if mask:
                held = _hold(kept, held, mask, place, lookup)
            if held + LANES > HELD_MAX:
                tally[HELD], held = held, 0
                hits = _compare(table, plan, query, work, hits)
    tally[HELD] = held
    return _compare(table, plan, query, work, hits)


@kernel
def _bring(entries: Entries, begin: int, end: int) -> None:
    """Ask memory for a list."""
    for place in range(begin, end, LANES):
        prefetch(entries, place)


@kernel
def _hold(kept: Numbers, held: int, mask: np.uint64, place: int, lookup: int) -> int:
    """Keep the entries of a mask back; give how many are held then."""
    while mask:
        kept[held, 0], kept[held, 1] = place + lowest(mask), lookup
        held += 1
        mask &= mask - np.uint64(1)
    return held


@kernel
def _compare(table: Table, plan: Plan, query: Words, work: Work, hits: Hits) -> Hits:
    """Compare the codes of the entries that were held back, and add the hits."""
    words, seen, kept, looks, block_bits = table.words, table.seen, work.held, work.looks, table.block_bits
    held, found, section = work.tally[HELD], work.tally[FOUND], table.sections[WORDS]
    hits, wanted = _room(hits, found + held), work.wanted
    _rows(table, work)
    for number in range(held):
        row = kept[number, 0]
        block = section + (row << 5 >> block_bits)
        if not seen[block] and not are_seen(seen, block, block, wanted):
            continue
        apart = distance(words, row, query)
        if apart <= plan.radius and _is_first(table, plan, query, row, looks[kept[number, 1], BAND]):
            hits[found] = np.uint64((apart << ROW_BITS) | row)
            found += 1
    work.tally[HELD], work.tally[FOUND] = 0, found
    return hits


@kernel
def _rows(table: Table, work: Work) -> None:
    """Put, for the places of the entries held back, the rows of their codes.

    An entry's row is its place in the chunk whose part of the list it is in.
    """
    words, starts, entries, looks, kept = table.words, table.starts, table.entries, work.looks, work.held
    codes = len(words) >> 2
    for number in range(work.tally[HELD]):
        place, lookup = kept[number, 0], kept[number, 1]
        cell, within = looks[lookup, CELL], place - looks[lookup, BAND] * codes
        chunk = 0
        while np.int64(starts[cell + chunk + 1]) <= within:
            chunk += 1
        row = (chunk << table.place_bits) | (np.int64(entries[place]) & ((1 << table.place_bits) - 1))
        if row >= codes:
            work.wanted[1] = 1
            row = np.int64(0)
        kept[number, 0] = row
        prefetch(words, row << 2)


@kernel
def _is_first(table: Table, plan: Plan, query: Words, row: np.int64, band: int) -> bool:
    """Whether no band before this one finds the same code, so that it is told once."""
    signature = (1 << (32 - table.place_bits)) - 1
    for before in range(band):
        following = (before + 1) % BANDS
        apart = count(np.uint64(_value(table.words, row, before) ^ _value(query, 0, before)))
        if apart < plan.quotas[before]:
            differ = _value(table.words, row, following) ^ _value(query, 0, following)
            if apart + count(np.uint64(differ & signature)) < plan.quotas[before] + plan.quotas[following]:
                return False
    return True


@kernel
def _by_scan(table: Table, radius: int, query: Words, work: Work, hits: Hits) -> Hits:
    """Compare every code."""
    codes, words, first = len(table.words) >> 2, table.words, table.sections[WORDS]
    if codes == 0 or not are_seen(table.seen, first, first + (((codes << 5) - 1) >> table.block_bits), work.wanted):
        return hits
    found = work.tally[FOUND]
    for row in range(0, codes, HELD_MAX):
        hits = _room(hits, found + HELD_MAX)
        more = _scan(words[row << 2:(row + HELD_MAX) << 2], radius, query, hits[found:])
        for number in range(found, found + more):
            hits[number] += np.uint64(row)
        found += more
    work.tally[FOUND] = found
    return hits


@kernel
def _scan(words: Words, radius: int, query: Words, hits: Hits) -> int:
    """Compare codes for which there is room, and give how many hits that makes."""
    found = 0
    for row in range(len(words) >> 2):
        apart = distance(words, row, query)
        if apart <= radius:
            hits[found] = np.uint64((apart << ROW_BITS) | row)
            found += 1
    return found


@kernel
def _room(hits: Hits, needed: int) -> Hits:
    """The hits so far, with room for more."""
    if needed <= len(hits):
        return hits
    larger = np.empty(max(needed, 2 * len(hits)), np.uint64)
    # A loop compiles in a tenth of the time that an assignment to a slice does.
    for number in range(len(hits)):
        larger[number] = hits[number]
    return larger


@kernel
def _chunks(starts: Entries) -> int:
    """The number of chunks of the codes."""
    return (len(starts) // BANDS) >> BAND_BITS


@kernel
def _value(words: Words, row: int | np.int64, band: int) -> np.int64:
    """The 16 bits of one band of a code."""
    return np.int64((words[4 * row + (band >> 2)] >> np.uint64(16 * (band & 3))) & np.uint64(0xFFFF))

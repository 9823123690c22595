"""The loops of matching frames: distances, votes for a diagonal, and the heaviest chain.

Imported only where one of them runs, since that imports numba.
"""

import numpy as np
from numpy.typing import NDArray

from hashgrade.kernel import kernel

Words = NDArray[np.uint64]
Whole = NDArray[np.int64]
Short = NDArray[np.uint16]


@kernel
def ones(word: np.uint64) -> np.uint64:
    """Count the set bits of a word: the compiler knows this form and puts the machine's own instruction there."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.uint64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@kernel
def near_counts(query: Words, across: Words, within_bits: int) -> Whole:
    """Count, for each query code, the reference codes at most `within_bits` from it.

    Args:
        query: uint64 [N, 4].
        across: uint64 [4, M], the reference codes turned on their side: each word of all
            of them lies together, so that eight are compared at once.
        within_bits: 0 to 256.

    Returns:
        int64 [N].

    Twin: tests/naive/frames.py::near.
    """
    counts, most = np.zeros(len(query), np.int64), np.uint64(within_bits)
    for row in range(len(query)):
        a, b, c, d = query[row, 0], query[row, 1], query[row, 2], query[row, 3]
        count = 0
        for column in range(across.shape[1]):
            bits = ones(a ^ across[0, column]) + ones(b ^ across[1, column])
            bits += ones(c ^ across[2, column]) + ones(d ^ across[3, column])
            if bits <= most:
                count += 1
        counts[row] = count
    return counts


@kernel
def near_pairs(query: Words, across: Words, within_bits: int, counts: Whole) -> tuple[Whole, Whole, Short]:
    """Give every pair that `near_counts` counted, by rising (row, column), and its distance.

    Args:
        query: As there.
        across: As there.
        within_bits: As there.
        counts: What it gave.

    Returns:
        Rows and columns int64 [K], bits uint16 [K].

    Twin: tests/naive/frames.py::near.
    """
    total, columns = counts.sum(), across.shape[1]
    found_rows, found_columns = np.empty(total, np.int64), np.empty(total, np.int64)
    found_bits, line = np.empty(total, np.uint16), np.empty(columns, np.uint16)
    place = np.int64(0)
    for row in range(len(query)):
        if counts[row] == 0:
            continue
        a, b, c, d = query[row, 0], query[row, 1], query[row, 2], query[row, 3]
        for column in range(columns):
            bits = ones(a ^ across[0, column]) + ones(b ^ across[1, column])
            bits += ones(c ^ across[2, column]) + ones(d ^ across[3, column])
            line[column] = bits
        for column in range(columns):
            if line[column] <= within_bits:
                found_rows[place], found_columns[place], found_bits[place] = row, column, line[column]
                place += 1
    return found_rows, found_columns, found_bits


@kernel
def votes(groups: Whole, offsets: Whole, weights: Whole, width: int, count: int) -> Whole:
    """Add up, for each window of offsets, the heaviest pair of each group that lies in it.

    Window w holds the offsets from `w * width` up to, and without, `(w + 2) * width`:
    each window overlaps the next by half, so that whatever lies within `width` is whole
    in one. A group votes once for a window, however many of its pairs are in it, so that
    a picture that stands still counts once a frame.

    Args:
        groups: int64 [K], equal ones side by side.
        offsets: int64 [K], 0 and more.
        weights: int64 [K], 1 and more.
        width: Half of a window's width, 1 and more.
        count: How many windows there are; what lies beyond is not counted.

    Returns:
        int64 [count].

    Twin: tests/naive/frames.py::votes.
    """
    tally, given, giver = np.zeros(count, np.int64), np.zeros(count, np.int64), np.full(count, -1, np.int64)
    for place in range(len(groups)):
        last = offsets[place] // width
        for window in range(max(last - 1, 0), min(last + 1, count)):
            before = given[window] if giver[window] == groups[place] else 0
            if weights[place] > before:
                tally[window] += weights[place] - before
                given[window], giver[window] = weights[place], groups[place]
    return tally


@kernel
def chain(rows: Whole, columns: Whole, weights: Whole, columns_count: int) -> Whole:
    """Find the heaviest chain of pairs that rises in both row and column.

    Pairs are taken row by row, each row from its last column to its first, so that what
    is known of the columns before one is known of earlier rows only. The best chain that
    ends before a column stands in a Fenwick tree: K pairs take K log M steps.

    Args:
        rows: int64 [K], not falling.
        columns: int64 [K], rising within a row.
        weights: int64 [K], 1 and more, whose sum is under 2**63.
        columns_count: One more than the largest column can be, M.

    Returns:
        The places of the chain's pairs, int64, rising.

    Source: Fredman, Discrete Mathematics 11(1), 1975; Fenwick, Software: Practice and
    Experience 24(3), 1994. Twin: tests/naive/frames.py::chain.
    """
    value, before = np.zeros(len(rows), np.int64), np.full(len(rows), -1, np.int64)
    best, top, first = np.full(columns_count + 1, -1, np.int64), -1, 0
    while first < len(rows):
        end = first
        while end < len(rows) and rows[end] == rows[first]:
            end += 1
        for place in range(end - 1, first - 1, -1):
            before[place] = _best_below(best, value, columns[place])
            value[place] = weights[place] + (value[before[place]] if before[place] >= 0 else 0)
            _enter(best, value, place, columns[place])
            if top < 0 or value[place] > value[top]:
                top = place
        first = end
    return _followed(before, top)


@kernel
def _best_below(best: Whole, value: Whole, column: int) -> int:
    """The end of the most valuable chain before a column, -1 for none."""
    found, node = -1, column
    while node > 0:
        held = best[node]
        if held >= 0 and (found < 0 or value[held] > value[found]):
            found = held
        node &= node - 1
    return found


@kernel
def _enter(best: Whole, value: Whole, place: int, column: int) -> None:
    node = column + 1
    while node < len(best):
        if best[node] < 0 or value[place] > value[best[node]]:
            best[node] = place
        node += node & -node


@kernel
def _followed(before: Whole, last: int) -> Whole:
    length, place = 0, last
    while place >= 0:
        length, place = length + 1, before[place]
    links, place = np.empty(length, np.int64), last
    while place >= 0:
        length -= 1
        links[length], place = place, before[place]
    return links


@kernel
def dense_part(rows: Whole, columns: Whole) -> tuple[int, int]:
    """Give the first link and one past the last of the part of a chain that is worth its gaps.

    A link earns 2, and every frame passed over on both sides at once costs 1; so the part
    kept has a match for one frame in three, all along, and no far stray at its ends.

    Args:
        rows: int64 [K], rising.
        columns: int64 [K], rising.

    Source: Bentley, Communications of the ACM 27(9), 1984. Twin: tests/naive/frames.py::dense_part.
    """
    first, best, best_first, best_end, total = 0, 0, 0, 0, 0
    for place in range(len(rows)):
        if place > first:
            total -= min(rows[place] - rows[place - 1], columns[place] - columns[place - 1]) - 1
        if total <= 0:
            first, total = place, 0
        total += 2
        if total > best:
            best, best_first, best_end = total, first, place + 1
    return best_first, best_end

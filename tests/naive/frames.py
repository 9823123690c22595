"""Match frames the slow way: every pair bit by bit, every window, every chain, every part."""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

from hashgrade.nouns import FrameCode

Pair = tuple[int, int]


def apart(one: bytes, other: bytes) -> int:
    """How many bits two codes differ in."""
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def near(query: Sequence[bytes], reference: Sequence[bytes], within_bits: int) -> list[tuple[int, int, int]]:
    """Every (row, column, bits) at most `within_bits` apart, by rising (row, column)."""
    numbered = ((row, column) for row in range(len(query)) for column in range(len(reference)))
    pairs = ((row, column, apart(query[row], reference[column])) for row, column in numbered)
    return [pair for pair in pairs if pair[2] <= within_bits]


def votes(pairs: Sequence[tuple[int, int, int]], width: int, count: int) -> list[int]:
    """For each window, the sum over groups of the heaviest (group, offset, weight) whose offset is in it."""
    tally = []
    for window in range(count):
        inside = [one for one in pairs if 0 <= one[1] - window * width < 2 * width]
        tally.append(sum(max(one[2] for one in inside if one[0] == group) for group in {one[0] for one in inside}))
    return tally


def chain(pairs: Sequence[Pair], weights: Sequence[int]) -> int:
    """The most that a chain which rises in both can weigh."""
    heaviest: list[int] = []
    for (row, column), weight in zip(pairs, weights, strict=True):
        before = [heaviest[place] for place, (r, c) in enumerate(pairs[:len(heaviest)]) if r < row and c < column]
        heaviest.append(max(before, default=0) + weight)
    return max(heaviest, default=0)


def in_order(query: Sequence[bytes], reference: Sequence[bytes], within_bits: int) -> int:
    """The most pairs of near codes that rise in both: the table of the longest common subsequence."""

    @cache
    def longest(rows: int, columns: int) -> int:
        if not rows or not columns:
            return 0
        both = longest(rows - 1, columns - 1) + (apart(query[rows - 1], reference[columns - 1]) <= within_bits)
        return max(both, longest(rows - 1, columns), longest(rows, columns - 1))

    return longest(len(query), len(reference))


def worth(pairs: Sequence[Pair]) -> int:
    """Two for each link, less one for each frame that both clips pass over between two links."""
    return 2 * len(pairs) - sum(min(r2 - r1, c2 - c1) - 1 for (r1, c1), (r2, c2) in pairwise(pairs))


def dense_part(pairs: Sequence[Pair]) -> int:
    """The most that any part of a chain is worth."""
    parts = (pairs[first:end] for end in range(len(pairs) + 1) for first in range(end))
    return max(map(worth, parts), default=0)


def shares(query: Iterable[FrameCode], reference: Iterable[FrameCode]) -> tuple[float, float]:
    """vPDQ's two shares at its own limits: different codes of quality 50 within 31 bits of any of the other's."""
    ours, theirs = ({one.pdq.code for one in frames if one.pdq.quality >= 50} for frames in (query, reference))

    def share(of: set[bytes], among: set[bytes]) -> float:
        return sum(any(apart(one, other) <= 31 for other in among) for one in of) / len(of) if of else 0.0

    return share(ours, theirs), share(theirs, ours)

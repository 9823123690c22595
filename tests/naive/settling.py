"""The slow twins of grading.settling and grading.parts: every way, and every millisecond."""

from collections.abc import Sequence
from itertools import permutations

from hashgrade.nouns import Child, Segment

Pair = tuple[Child | None, Child | None]


def lined_up(some: Sequence[Child], others: Sequence[Child]) -> list[list[Pair]]:
    """Every line-up of two readings without a gap that could be filled, with the most rows that are the same."""
    count = max(len(some), len(others))
    first = [*some, *[None] * (count - len(some))]
    ways = [list(zip(first, way, strict=True))
            for way in permutations([*others, *[None] * (count - len(others))])]
    return [way for way in ways if _same(way) == max(map(_same, ways))]


def _same(way: Sequence[Pair]) -> int:
    return sum(one == other for one, other in way)


def shared(marked: Sequence[Sequence[Segment]], ends_ms: int) -> list[set[tuple[tuple[str, ...], int | None]]]:
    """What every reader says of each millisecond: labels, and of which child."""
    said = [[{(one.activity, one.child) for one in mine if one.from_ms <= ms < one.to_ms} for ms in range(ends_ms)]
            for mine in marked]
    return [set.intersection(*each) for each in zip(*said, strict=True)]

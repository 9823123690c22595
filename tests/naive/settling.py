"""The slow twin of grading.settling: every way in which the children of two readings can stand beside each other."""

from collections.abc import Sequence
from itertools import permutations

from hashgrade.nouns import Child

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

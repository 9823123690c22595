"""Clusters the slow way: from each id in turn, whatever can be reached, comparing every pair bit by bit."""

from collections.abc import Iterable


def labels(entries: Iterable[tuple[bytes, int]], within_bits: int) -> dict[int, int]:
    """The smallest id of the cluster of every id, from (code, id); ids of one number are one."""
    codes: dict[int, list[int]] = {}
    for code, number in entries:
        codes.setdefault(number, []).append(int.from_bytes(code))
    named: dict[int, int] = {}
    for smallest in sorted(codes):
        reached = [] if smallest in named else [smallest]
        while reached:
            named |= dict.fromkeys(reached, smallest)
            one = reached.pop()
            reached += [
                other for other in codes if other not in named and _near(codes[one], codes[other], within_bits)]
    return named


def _near(some: list[int], others: list[int], within_bits: int) -> bool:
    return any((one ^ other).bit_count() <= within_bits for one in some for other in others)

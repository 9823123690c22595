"""Search the slow way: every code, bit by bit."""

from collections.abc import Iterable

from hashgrade.nouns import Hit


def near(entries: Iterable[tuple[bytes, int]], code: bytes, within_bits: int) -> list[Hit]:
    """Every (code, id) at most `within_bits` from `code`, by rising (distance, id)."""
    wanted = int.from_bytes(code)
    hits = (Hit((int.from_bytes(held) ^ wanted).bit_count(), number) for held, number in entries)
    return sorted(hit for hit in hits if hit.distance_bits <= within_bits)

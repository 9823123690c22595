"""Search the slow way: every code, bit by bit; every way that two codes can differ."""

from collections.abc import Iterable, Iterator, Sequence

from hashgrade.nouns import Hit


def near(entries: Iterable[tuple[bytes, int]], code: bytes, within_bits: int) -> list[Hit]:
    """Every (code, id) at most `within_bits` from `code`, by rising (distance, id)."""
    wanted = int.from_bytes(code)
    hits = (Hit((int.from_bytes(held) ^ wanted).bit_count(), number) for held, number in entries)
    return sorted(hit for hit in hits if hit.distance_bits <= within_bits)


def differences(bands: int, band_bits: int, together: int) -> Iterator[tuple[int, ...]]:
    """Every way in which two codes can differ by so many bits or fewer, as bits in each band."""
    if bands == 0:
        yield ()
        return
    for first in range(min(band_bits, together) + 1):
        for rest in differences(bands - 1, band_bits, together - first):
            yield (first, *rest)


def finders(difference: Sequence[int], quotas: Sequence[int]) -> list[int]:
    """The bands whose lists give a code that differs so: its own bits and the next band's are few enough."""
    following = [*range(1, len(quotas)), 0]
    return [
        band for band, after in enumerate(following)
        if difference[band] < quotas[band] and difference[band] + difference[after] < quotas[band] + quotas[after]]


def found(entries: Iterable[tuple[bytes, int]], digest: bytes) -> list[int]:
    """The ids of every equal digest, rising."""
    return sorted(number for held, number in entries if held == digest)

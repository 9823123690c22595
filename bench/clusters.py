"""`python -m bench.clusters [N]`: time to cluster N codes (a million), at once and as they come, on one core.

Codes by chance, and skewed ones: in small and large clusters of near-duplicates, and of
photographs with edits. Prints for each the seconds at once and the clusters found, and
checks against brute force that a sample of codes has all its neighbours in its own
cluster; then what one more code and a tenth more codes take. Exit status 1 if a check fails.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hashgrade.fingerprints import pdq
from hashgrade.index import Clusters
from tests import synth

Codes = NDArray[np.uint8]

N: int = 1_000_000
SAMPLE: int = 200
ONE_BY_ONE: int = 1000


def by_chance(count: int, random: np.random.Generator) -> Codes:
    """Codes that have nothing to do with each other."""
    return random.integers(0, 256, (count, 32), np.uint8)


def turned(codes: Codes, most_bits: NDArray[np.int64], random: np.random.Generator) -> Codes:
    """Codes with up to so many bits turned over, each with its own number of them."""
    bits = np.unpackbits(codes, axis=1)
    for step in range(int(most_bits.max())):
        rows = np.flatnonzero(most_bits > step)
        bits[rows, random.integers(0, 256, len(rows))] ^= 1
    return np.packbits(bits, axis=1)


def crowded(clusters: int, bits: int) -> Callable[[int, np.random.Generator], Codes]:
    """Codes about so many centres, each with this many bits turned over."""
    def made(count: int, random: np.random.Generator) -> Codes:
        centres = by_chance(clusters, random)[random.integers(0, clusters, count)]
        return turned(centres, np.full(count, bits), random)
    return made


def edited(count: int, random: np.random.Generator) -> Codes:
    """Codes of two thousand parts of photographs; most with few bits turned over, some with many."""
    seen = np.array([np.frombuffer(pdq(part).code, np.uint8) for part in synth.crops(2000)])
    bits = np.minimum(random.exponential(9, count).astype(np.int64), 60)
    return turned(seen[random.integers(0, len(seen), count)], bits, random)


KINDS: dict[str, Callable[[int, np.random.Generator], Codes]] = {
    "by chance": by_chance, "clusters of 10": crowded(N // 10, 8), "clusters of 1,000": crowded(N // 1000, 12),
    "clusters of 100,000": crowded(N // 100_000, 14), "photographs, edited": edited}


def timed(act: Callable[[], object]) -> float:
    """Seconds of this thread."""
    start = time.thread_time()
    act()
    return time.thread_time() - start


def whole(codes: Codes, labels: NDArray[np.uint64], random: np.random.Generator) -> bool:
    """Whether every code within 31 bits of some codes is in the cluster of each."""
    words = codes.view(np.uint64)
    for place in random.integers(0, len(codes), SAMPLE):
        near = np.bitwise_count(words ^ words[place]).sum(axis=1, dtype=np.uint16) <= 31
        if (labels[near] != labels[place]).any():
            return False
    return True


def measured(name: str, count: int) -> bool:
    """Print one line about one kind of codes; tell whether it is right."""
    random = np.random.default_rng(6)
    codes = KINDS[name](count, random)
    ids = np.arange(count, dtype=np.uint64)
    first = count - count // 10 - ONE_BY_ONE
    at_once, grown = Clusters(), Clusters()
    seconds = timed(lambda: at_once.add(codes, ids))
    labels = at_once.labels()[1]
    grown.add(codes[:first], ids[:first])
    one = timed(lambda: [grown.add(codes[n:n + 1], ids[n:n + 1]) for n in range(first, first + ONE_BY_ONE)])
    tenth = timed(lambda: grown.add(codes[first + ONE_BY_ONE:], ids[first + ONE_BY_ONE:]))
    right = whole(codes, labels, random) and bool((grown.labels()[1] == labels).all())
    times = f"{seconds:9.1f} {one / ONE_BY_ONE * 1000:14.2f} {tenth:15.1f}"
    sys.stdout.write(f"{name:20} {count:9,} {times} {len(np.unique(labels)):9,}  {'yes' if right else 'NO'}\n")
    return right


def main() -> None:
    """Measure each kind."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else N
    Clusters().add(by_chance(5000, np.random.default_rng(0)), np.arange(5000, dtype=np.uint64))  # compiles
    sys.stdout.write(f"{'codes':20} {'N':>9} at once s  one more, ms  a tenth more, s  clusters  right\n")
    right = [measured(name, count) for name in KINDS]
    sys.exit(not all(right))


if __name__ == "__main__":
    main()

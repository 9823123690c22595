"""`python -m bench.jail`: what the jail costs a file: the same JPEGs of 640 x 480 with it and without, on one thread.

Prints, for batches of 1, 8 and 64, the medians of N runs in milliseconds a file, their
ratio, and the median difference; the jail in force; the start of a zygote; a batch
that holds nothing to decode, which is what a child costs; and processor time, which a
busy machine disturbs less. Both sides run in turn.
"""

import io
import resource
import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np
from PIL import Image

from hashgrade.decode import Decoders, examine
from hashgrade.nouns import Jail
from hashgrade.settings import Limits
from tests import synth

FILES = 64
RUNS = 15
BATCHES = 30
LIMITS = Limits()


def jpegs() -> list[bytes]:
    """Different parts of the photographs, at 640 x 480 and quality 88."""
    made = []
    for part in synth.crops(FILES, seed=3):
        file = io.BytesIO()
        Image.fromarray(part).resize((640, 480), Image.Resampling.BICUBIC).save(file, "JPEG", quality=88)
        made.append(file.getvalue())
    return made


def milliseconds(work: Callable[[], object]) -> float:
    """How long it takes once."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def main() -> None:
    """Measure, and fail if an answer differs or a file costs half a millisecond more in batches of 64."""
    media = jpegs()
    start = time.perf_counter()
    with Decoders(LIMITS, Jail.LIMITED) as pool:
        level, told_ms = pool.level, (time.perf_counter() - start) * 1000
        first_ms = told_ms + milliseconds(lambda: pool.examine([b""]))
        equal = pool.examine(media) == [examine(one, LIMITS) for one in media]
        sys.stdout.write(f"jail: {level}; {FILES} files of {int(np.mean([len(one) for one in media]))} bytes; ")
        sys.stdout.write(f"a zygote tells its jail after {told_ms:.0f} ms and answers after {first_ms:.0f} ms\n")
        sys.stdout.write("batch   N  with ms  without ms  ratio  difference ms a file\n")
        costs = {size: compared(pool, media, size) for size in (1, 8, FILES)}
        child_ms = [milliseconds(lambda: pool.examine([b""])) for _ in range(4 * RUNS)]
    sys.stdout.write(f"a child that decodes nothing: {median(child_ms):.2f} ms; equal answers: {equal}\n")
    inside, outside = processor_ms(media)
    sys.stdout.write(f"processor ms a file: {inside:.3f} with, {outside:.3f} without, {inside - outside:.3f} more\n")
    sys.exit(not equal or min(costs[FILES], inside - outside) > 0.5)


def compared(pool: Decoders, media: list[bytes], size: int) -> float:
    """Print a row, and give what a file costs more in the jail."""
    batches = [media[at:at + size] for at in range(0, len(media), size)]
    pairs = [(
        milliseconds(lambda: [pool.examine(batch) for batch in batches]) / FILES,
        milliseconds(lambda: [examine(one, LIMITS) for one in media]) / FILES) for _ in range(RUNS)]
    inside, outside = (median(pair[which] for pair in pairs) for which in (0, 1))
    costs = median(one - other for one, other in pairs)
    sys.stdout.write(f"{size:5} {RUNS:3} {inside:8.3f} {outside:11.3f} {inside / outside:6.2f}  {costs:.3f}\n")
    return costs


def processor_ms(media: list[bytes]) -> tuple[float, float]:
    """Processor time of a file with the jail, that of all its processes, and without."""
    spent = [(jailed_s(media, BATCHES) - jailed_s(media, 0), outside_s(media)) for _ in range(5)]
    inside, outside = (median(pair[which] for pair in spent) * 1000 / (BATCHES * FILES) for which in (0, 1))
    return inside, outside


def jailed_s(media: list[bytes], batches: int) -> float:
    """Processor time of so many batches, and of starting and ending a zygote."""
    start = time.process_time() + children_s()
    with Decoders(LIMITS, Jail.LIMITED) as pool:
        for batch in [[b""], *[media] * batches]:
            pool.examine(batch)
    return time.process_time() + children_s() - start


def outside_s(media: list[bytes]) -> float:
    """Processor time of as many files in this process."""
    start = time.process_time()
    for one in media * BATCHES:
        examine(one, LIMITS)
    return time.process_time() - start


def children_s() -> float:
    """Processor time of the processes that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()

"""`python -m bench.pdq`: time of `fingerprints.pdq` against `pdqhash`, one thread, on crops of a photograph.

Prints, for each size, N, the two medians in milliseconds, their ratio, and on how many
of the N pictures the two agree in code and quality; anything but all is an error.
"""

import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import pdqhash
from PIL import Image

from hashgrade.fingerprints import pdq
from hashgrade.nouns import Pdq
from tests import synth

SIZES = {(512, 512): 21, (768, 1024): 15, (3024, 4032): 7}


def oracle(picture: synth.Picture) -> Pdq:
    """What the original says."""
    code, quality = pdqhash.compute(picture)
    return Pdq(np.packbits(code).tobytes(), quality)


def timed(hasher: Callable[[synth.Picture], Pdq], picture: synth.Picture) -> tuple[float, Pdq]:
    """Milliseconds of one call, and its answer."""
    start = time.perf_counter()
    found = hasher(picture)
    return (time.perf_counter() - start) * 1000, found


def pictures(height: int, width: int, count: int) -> list[synth.Picture]:
    """Different parts of the photographs, enlarged to one size."""
    parts = (Image.fromarray(part) for part in synth.crops(count, seed=height))
    return [np.array(part.resize((width, height), Image.Resampling.BICUBIC)) for part in parts]


def main() -> None:
    """Measure each size, ours and the original in turn on each picture."""
    agree = True
    sys.stdout.write("     size   N  ours ms  pdqhash ms  pdqhash/ours  equal\n")
    for (height, width), count in SIZES.items():
        runs = [(timed(pdq, picture), timed(oracle, picture)) for picture in pictures(height, width, count)]
        ours, theirs = (median(run[which][0] for run in runs) for which in (0, 1))
        equal = sum(our == their for (_, our), (_, their) in runs)
        agree = agree and equal == count
        times = f"{ours:8.1f} {theirs:11.1f} {theirs / ours:13.2f}"
        sys.stdout.write(f"{width:4}x{height:4} {count:3} {times}  {equal:2}/{count}\n")
    sys.exit(not agree)


if __name__ == "__main__":
    main()

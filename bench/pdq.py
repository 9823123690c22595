"""`python -m bench.pdq`: time of `fingerprints.pdq` against `pdqhash`, one thread, on crops of photographs.

The crops are enlarged to one size by Pillow. `luma` is their green plane; the original,
which takes RGB only, gets it three times. Each picture goes through all in turn: ours,
`pdqhash.compute`, ours in the exact order alone, and `imagehash.phash`, another hash of 64
bits as a peer; in three rounds, of which a picture's fastest counts, since other work on
the machine can only add. Prints for each size N, medians in milliseconds, the ratio of the
medians and of the means, how many pictures rounding sent through the exact order too
(their time is in the figures), and on how many the code and the quality are the
original's; anything but all is an error.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import mean, median

import imagehash
import numpy as np
import pdqhash
from bench import ratios
from PIL import Image

from hashgrade.fingerprints import pdq
from hashgrade.nouns import Pdq
from tests import synth

SIZES = {(512, 512): (60, 30, 40), (768, 1024): (40, 50, 100), (3024, 4032): (16, 50, 200)}
"""Height and width: how many pictures, and how many times as fast we have to be on RGB and on luma."""
ROUNDS = 3
MODULE = sys.modules[pdq.__module__]


@dataclass
class Runs:
    """Milliseconds of each way of hashing, picture by picture."""

    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)
    in_order: list[float] = field(default_factory=list)
    phash: list[float] = field(default_factory=list)
    again: int = 0
    equal: int = 0

    def add(self, picture: synth.Picture) -> None:
        """Hash a picture, RGB or luma, in every way."""
        coloured = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
        shown, view = Image.fromarray(picture), MODULE._view(picture)
        our = timed(self.ours, lambda: pdq(picture))
        self.equal += our == timed(self.theirs, lambda: oracle(coloured))
        timed(self.in_order, lambda: MODULE._in_order(view, MODULE._as_it_is))
        timed(self.phash, lambda: imagehash.phash(shown))
        self.again += MODULE._estimated(view, MODULE._as_it_is) is None


def oracle(picture: synth.Picture) -> Pdq:
    """What the original says."""
    code, quality = pdqhash.compute(picture)
    return Pdq(np.packbits(code).tobytes(), quality)


def timed(times: list[float], way: Callable[[], object]) -> object:
    """Note the milliseconds of the fastest of some calls, and give their answer."""
    spent = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        found = way()
        spent.append((time.perf_counter() - start) * 1000)
    times.append(min(spent))
    return found


def pictures(height: int, width: int, count: int) -> list[synth.Picture]:
    """Different parts of the photographs, enlarged to one size."""
    parts = (Image.fromarray(part) for part in synth.crops(count, seed=height))
    return [np.array(part.resize((width, height), Image.Resampling.BICUBIC)) for part in parts]


def main() -> None:
    """Measure each size, on RGB and on luma."""
    found, agree = {}, True
    MODULE.warm()
    sys.stdout.write("     size         N  ours ms  pdqhash ms  pdqhash/ours  at least  of means  "
                     "exact order ms  phash ms  again  equal\n")
    for (height, width), (count, *at_least) in SIZES.items():
        for flavour, wanted in zip(("RGB", "luma"), at_least, strict=True):
            runs = Runs()
            for picture in pictures(height, width, count):
                runs.add(picture if flavour == "RGB" else np.ascontiguousarray(picture[..., 1]))
            ratio = median(runs.theirs) / median(runs.ours)
            found[f"{flavour}, {width} x {height}, against pdqhash"] = ratio
            agree = agree and runs.equal == count
            times = f"{median(runs.ours):8.3f} {median(runs.theirs):11.2f} {ratio:13.1f} {wanted:9}"
            means = f"{mean(runs.theirs) / mean(runs.ours):9.1f}"
            others = f"{median(runs.in_order):15.2f} {median(runs.phash):9.2f} {runs.again:6}"
            sys.stdout.write(f"{width:4}x{height:4} {flavour:4} {count:4} {times} {means} {others}  "
                             f"{runs.equal}/{count}\n")
    ratios.keep("pdq", found)
    sys.exit(not agree)


if __name__ == "__main__":
    main()

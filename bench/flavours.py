"""`python -m bench.flavours`: how far `luma` and `scaled` are from `full`, over a corpus of photographs.

The corpus: the packaged photographs, cut at random and brought to four sizes, encoded at
qualities from 30 to 95 and with each subsampling of colour. `full` of the same bytes is
what each flavour is held against. Pictures whose `full` has a quality under 50 match
nothing and are told apart. Prints a table for docs/explanation/recognition.md.
"""

import io
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from PIL import Image

from hashgrade.decode.examining import examine
from hashgrade.decode.seen import Wanted
from hashgrade.nouns import Flavour, Pdq
from hashgrade.settings import Limits
from tests import synth

CROPS = 44
SHORTER_PX_MIN = 96
SHAPE_MAX = 3
"""The shape of a photograph: at most three times as long one way as the other, and more than a few pixels."""
LONGER_SIDES = (320, 800, 1600, 3200)
QUALITIES = (30, 50, 70, 88, 95)
SAMPLINGS = {"4:4:4": 0, "4:2:2": 1, "4:2:0": 2}
QUALITY_MIN = 50
STEPS = ((0, 0), (1, 1), (2, 2), (3, 4), (5, 8), (9, 16), (17, 31), (32, 256))
LIMITS = Limits()


@dataclass(frozen=True)
class Made:
    """One file, and how it was made."""

    crop: int
    longer_side: int
    quality: int
    sampling: str
    data: bytes

    def __str__(self) -> str:
        return f"crop {self.crop}, longer side {self.longer_side}, quality {self.quality}, {self.sampling}"


def crops() -> Iterator[synth.Picture]:
    """Parts of the photographs that have the shape of one."""
    for crop in synth.crops(10 * CROPS, seed=88):
        short, long = sorted(crop.shape[:2])
        if short >= SHORTER_PX_MIN and long <= SHAPE_MAX * short:
            yield crop


def corpus() -> Iterator[Made]:
    """Each crop at each size, quality and subsampling."""
    for number, crop in enumerate(islice(crops(), CROPS)):
        whole = Image.fromarray(crop)
        for longer_side in LONGER_SIDES:
            scale = longer_side / max(whole.size)
            image = whole.resize([max(5, round(side * scale)) for side in whole.size], Image.Resampling.BICUBIC)
            for quality in QUALITIES:
                for name, sampling in SAMPLINGS.items():
                    file = io.BytesIO()
                    image.save(file, "JPEG", quality=quality, subsampling=sampling)
                    yield Made(number, longer_side, quality, name, file.getvalue())


def hashed(made: Made, flavour: Flavour) -> Pdq:
    """Its PDQ in a flavour, or in the one that takes its place."""
    seen = examine(made.data, LIMITS, Wanted(flavour))
    if seen.pdq is None:
        raise ValueError(f"{made} did not decode: {seen.error}")
    return seen.pdq


def bits(one: Pdq, other: Pdq) -> int:
    """How many bits differ."""
    return (int.from_bytes(one.code) ^ int.from_bytes(other.code)).bit_count()


def main() -> None:
    """Measure every file in each flavour."""
    apart: dict[tuple[Flavour, str], list[int]] = defaultdict(list)
    worst: dict[tuple[Flavour, str], tuple[int, str]] = {}
    for made in corpus():
        full = hashed(made, Flavour.FULL)
        group = "quality 50 and more" if full.quality >= QUALITY_MIN else "quality under 50"
        for flavour in (Flavour.LUMA, Flavour.SCALED):
            found = hashed(made, flavour)
            if found.flavour is not flavour:
                continue
            distance = bits(full, found)
            apart[flavour, group].append(distance)
            if distance > worst.get((flavour, group), (-1, ""))[0]:
                worst[flavour, group] = distance, f"{made}, PDQ quality {full.quality}"
    heads = (f"{low}" if low == high else f"{low} to {high}" for low, high in STEPS[:-1])
    sys.stdout.write(f"| flavour | PDQ quality | N | mean | {' | '.join(heads)} | over 31 | most |\n")
    sys.stdout.write("|" + " --- |" * (len(STEPS) + 5) + "\n")
    for (flavour, group), found in sorted(apart.items()):
        counted = np.array(found)
        shares = (f"{np.mean((counted >= low) & (counted <= high)):.2%}" for low, high in STEPS)
        sys.stdout.write(
            f"| `{flavour}` | {group.removeprefix('quality ')} | {counted.size} | {counted.mean():.2f} | "
            f"{' | '.join(shares)} | {counted.max()} |\n")
    for (flavour, group), (distance, how) in sorted(worst.items()):
        sys.stdout.write(f"furthest of {flavour}, {group}: {distance} bits: {how}\n")


if __name__ == "__main__":
    main()

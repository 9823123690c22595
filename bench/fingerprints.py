"""`python -m bench.fingerprints`: JPEG bytes to all fingerprints, against `threatexchange`'s PDQ alone.

The corpus is drawn from seeds: pictures of three sizes, each smooth and with a camera's
noise, at quality 88. With noise a file has 1.9 to 2.3 bits a pixel, as the packaged
photographs have at that quality (0.5 to 4.0, median 2.2), smooth 0.3 to 0.8. Each file goes
through three ways in turn: ours in `full` and in `luma`, with MD5, SHA-1 and SHA-256 of
files from 256 KiB in a second thread, and theirs, which decodes and gives PDQ only. One
process, no jail; three rounds, of which a file's fastest counts, since other work on the
machine can only add. Prints for each size and kind N, the median milliseconds of each, the
ratios, and on how many files `full` and theirs agree in code and quality; anything but
all is an error.

Then, on one thread: where the time goes, and the share that is neither decoding nor digests.
"""

import io
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median
from types import SimpleNamespace

import numpy as np
import simplejpeg
from bench import ratios
from PIL import Image
from threatexchange.signal_type.pdq.pdq_hasher import pdq_from_bytes

from hashgrade.decode import examining, jpegs
from hashgrade.decode.examining import examine
from hashgrade.decode.seen import Seen, Wanted
from hashgrade.demo.pictures import texture
from hashgrade.fingerprints import exact
from hashgrade.nouns import Flavour
from hashgrade.settings import Limits

SIZES = {(640, 480): 24, (1600, 1000): 16, (4032, 3024): 8}
"""Width and height, and how many files of each kind."""
KINDS = {"smooth": 0.0, "noisy": 6.0}
"""The standard deviation of the noise, in steps of 256."""
QUALITY = 88
SECOND_BYTES_MIN = 2**18
"""Digests of a smaller file take less time than handing them to another thread."""
ROUNDS = 3
AT_LEAST = {Flavour.FULL: (3, 5, 8), Flavour.LUMA: (4, 6, 12)}
LIMITS = Limits()


def drawn(width: int, height: int, noise: float, seed: int) -> bytes:
    """One file of the corpus; the same for ever, as far as numpy and libjpeg allow."""
    rng = np.random.default_rng((seed, width))
    picture = texture(rng, width, height)
    if noise:
        grain = rng.normal(0, noise, (height, width, 1)).astype(np.float32)
        picture = (picture + grain).clip(0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def ours(data: bytes, flavour: Flavour, second: ThreadPoolExecutor) -> Seen:
    """All fingerprints of a file, its digests on another thread if they take long enough."""
    if len(data) < SECOND_BYTES_MIN:
        exact(data)
        return examine(data, LIMITS, Wanted(flavour))
    digests = second.submit(exact, data)
    seen = examine(data, LIMITS, Wanted(flavour))
    digests.result()
    return seen


def theirs(data: bytes) -> tuple[str, int]:
    """PDQ and quality, as `threatexchange` gives them."""
    return pdq_from_bytes(data)


def timed(way: Callable[[], object]) -> tuple[float, object]:
    """Milliseconds of one call, and its answer."""
    start = time.perf_counter()
    found = way()
    return (time.perf_counter() - start) * 1000, found


def compared(files: list[bytes], second: ThreadPoolExecutor) -> tuple[list[float], int]:
    """Median milliseconds of ours in full, ours in luma and theirs; and how many codes agree."""
    spent = np.full((ROUNDS, len(files), 3), np.inf)
    agree = [True] * len(files)
    for turn in range(ROUNDS):
        for number, data in enumerate(files):
            full, seen = timed(lambda data=data: ours(data, Flavour.FULL, second))
            luma, _ = timed(lambda data=data: ours(data, Flavour.LUMA, second))
            their, found = timed(lambda data=data: theirs(data))
            spent[turn, number] = full, luma, their
            our_own = isinstance(seen, Seen) and seen.pdq is not None and (seen.pdq.code.hex(), seen.pdq.quality)
            agree[number] &= our_own == found
    return np.median(spent.min(axis=0), axis=0).tolist(), sum(agree)


@dataclass
class Stages:
    """How long each stage of a look took, in milliseconds; the decoder and the hasher are timed from within."""

    decoding: float = 0
    hashing: float = 0
    digests: float = 0
    whole: float = 0
    kept: list[object] = field(default_factory=list)

    def look(self, data: bytes, flavour: Flavour) -> None:
        """Take all fingerprints of a file on this thread."""
        self.decoding = self.hashing = 0
        began = time.perf_counter()
        examine(data, LIMITS, Wanted(flavour))
        seen = time.perf_counter()
        exact(data)
        self.digests = (time.perf_counter() - seen) * 1000
        self.whole = (time.perf_counter() - began) * 1000

    def within(self, name: str, way: Callable[..., object]) -> Callable[..., object]:
        """The same function, its time added to a stage."""
        def clocked(*given: object, **named: object) -> object:
            spent, found = timed(lambda: way(*given, **named))
            setattr(self, name, getattr(self, name) + spent)
            return found

        return clocked


def stages(files: list[bytes], flavour: Flavour) -> Iterator[tuple[float, float, float, float]]:
    """Milliseconds of decoding, digests, PDQ and the rest, of each file."""
    clock = Stages()
    decoder, hasher = jpegs.simplejpeg, examining.pdq
    jpegs.simplejpeg = SimpleNamespace(
        decode_jpeg=clock.within("decoding", simplejpeg.decode_jpeg),
        decode_jpeg_header=simplejpeg.decode_jpeg_header)
    examining.pdq = clock.within("hashing", hasher)
    try:
        for data in files:
            clock.look(data, flavour)
            rest = clock.whole - clock.decoding - clock.digests - clock.hashing
            yield clock.decoding, clock.digests, clock.hashing, rest
    finally:
        jpegs.simplejpeg, examining.pdq = decoder, hasher


def main() -> None:
    """Measure each size and kind."""
    say = sys.stdout.write
    corpus = {
        (size, kind): [drawn(*size, noise, seed) for seed in range(count)]
        for size, count in SIZES.items() for kind, noise in KINDS.items()}
    agree, found = True, dict[str, float]()
    with ThreadPoolExecutor(1) as second:
        for files in corpus.values():
            compared(files[:2], second)
        say("     size  kind     N  bytes   full ms  luma ms  theirs ms  theirs/full  theirs/luma  equal\n")
        for ((width, height), kind), files in corpus.items():
            (full, luma, their), equal = compared(files, second)
            agree = agree and equal == len(files)
            place = list(SIZES).index((width, height))
            for flavour, ratio in (("full", their / full), ("luma", their / luma)):
                found[f"{flavour}, {width} x {height}, {kind}, against threatexchange's PDQ alone"] = ratio
            wanted = " ".join(f"{flavour} {goals[place]}x" for flavour, goals in AT_LEAST.items())
            times = f"{full:8.2f} {luma:8.2f} {their:10.1f} {their / full:12.1f} {their / luma:12.1f}"
            say(f"{width:4}x{height:4}  {kind:6} {len(files):3} {len(files[0]):8} {times}  {equal}/{len(files)}"
                f"  (at least: {wanted})\n")
    ratios.keep("fingerprints", found)
    say("\none thread  size  kind   flavour  decoding  digests   pdq   rest ms   neither decoding nor digests\n")
    for ((width, height), kind), files in corpus.items():
        for flavour in (Flavour.FULL, Flavour.LUMA):
            rounds = [list(stages(files, flavour)) for _ in range(ROUNDS)]
            of_each = [min(of_file, key=sum) for of_file in zip(*rounds, strict=True)]
            decoding, digests, hashing, rest = (median(column) for column in zip(*of_each, strict=True))
            share = median((one[2] + one[3]) / sum(one) for one in of_each)
            times = f"{decoding:9.2f} {digests:8.2f} {hashing:6.2f} {rest:8.3f} {share:10.1%}"
            say(f"      {width:4}x{height:4}  {kind:6} {flavour:7} {times}\n")
    sys.exit(not agree)


if __name__ == "__main__":
    main()

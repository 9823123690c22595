"""How long a whole intake takes, beside a loop that only hashes with `threatexchange`; and how much memory.

    python -m bench.intake make 10000 /tmp/media    # JPEG, quality 88: 60% 640 x 480, 30% 1600 x 1000, 10% 4032 x 3024
    python -m bench.intake take /tmp/media          # into a fresh station, then again, then the peer on a sample

Half of the pictures are smooth and half are noisy. The peer decodes and hashes (PDQ alone) one file after another;
ours takes the digests, decodes in the jail, hashes, encrypts, recognises and records each.
"""

import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import simplejpeg
from bench import ratios

from hashgrade.demo import pictures

if TYPE_CHECKING:
    from hashgrade.app import Station

SIZES = (*[(640, 480)] * 6, *[(1600, 1000)] * 3, (4032, 3024))
"""Ten files that make one hand of the mix."""

PEER_EACH = 20
"""The peer hashes every twentieth hand."""


def drawn(number: int) -> pictures.Pixels:
    """The picture of a number; the same number gives the same pixels."""
    rng = np.random.default_rng(number)
    picture = pictures.texture(rng, *SIZES[number % len(SIZES)])
    if number % 2:
        return picture
    noise = rng.integers(-20, 21, picture.shape, np.int16)
    noisy: pictures.Pixels = np.clip(picture + noise, 0, 255).astype(np.uint8)
    return noisy


def write(folder: Path, number: int) -> int:
    """Draw one file; gives its bytes."""
    content = simplejpeg.encode_jpeg(np.ascontiguousarray(drawn(number)), quality=88, colorsubsampling="420")
    (folder / f"{number:06}.jpg").write_bytes(content)
    return len(content)


def make(count: int, folder: Path) -> None:
    """Draw `count` files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as pool:
        sizes = list(pool.map(partial(write, folder), range(count), chunksize=16))
    sys.stdout.write(f"{count} files, {sum(sizes) / 1e6:.0f} MB in {folder}\n")


def take(folder: Path) -> None:
    """Take the folder into a fresh station twice, then let the peer hash its sample."""
    from hashgrade import app  # noqa: PLC0415 - processes that only draw need no station
    from hashgrade.nouns import Jail  # noqa: PLC0415
    from hashgrade.settings import read  # noqa: PLC0415

    with tempfile.TemporaryDirectory(dir=folder.parent) as root:
        station = app.create(read(station=Path(root) / "station", jail_at_least=Jail.LIMITED))
        sys.stdout.write(f"jail: {station.decoders.level.value}; {os.cpu_count()} cores\n")
        ours = taken_in(station, folder, "first")
        taken_in(station, folder, "again")
    theirs = hashed_by_peer(folder)
    ratios.keep("intake", {"10,000 files to vault and records, against threatexchange's PDQ alone": ours / theirs})
    sys.stdout.write(f"intake, whole, against the peer's hashing alone: {ours / theirs:.1f} times the files a second\n")


def taken_in(station: "Station", folder: Path, turn: str) -> float:
    """Take the folder in; gives files a second."""
    from hashgrade.intake import run  # noqa: PLC0415 - Django is up now

    idle, began, first = peak_mb(), time.perf_counter(), 0.0
    known = Counter[str]()
    for outcome in run(station, [folder], "bench"):
        first = first or time.perf_counter() - began
        known[outcome.error.code if outcome.error else str(outcome.known or "new")] += 1
    seconds, count = time.perf_counter() - began, sum(known.values())
    sys.stdout.write(
        f"{turn}: {count} files in {seconds:.1f} s, {count / seconds:.0f} a second, first outcome after {first:.1f} s; "
        f"peak {peak_mb():.0f} MB of which {idle:.0f} before; "
        f"{dict(known)}\n")
    return count / seconds


def hashed_by_peer(folder: Path) -> float:
    """Hash the peer's sample; gives files a second."""
    from threatexchange.signal_type.pdq.pdq_hasher import pdq_from_bytes  # noqa: PLC0415 - `make` needs no peer

    files = list(sample(folder))
    contents = [file.read_bytes() for file in files]
    pdq_from_bytes(contents[0])
    began = time.perf_counter()
    for content in contents:
        pdq_from_bytes(content)
    seconds = time.perf_counter() - began
    sys.stdout.write(f"threatexchange, hashing alone: {len(files)} files in {seconds:.1f} s, "
                     f"{len(files) / seconds:.0f} a second\n")
    return len(files) / seconds


def sample(folder: Path) -> Iterator[Path]:
    """Every twentieth hand of ten, so that the mix is the whole's."""
    for number, file in enumerate(sorted(folder.iterdir())):
        if number // len(SIZES) % PEER_EACH == 0:
            yield file


def peak_mb() -> float:
    """Peak memory of this process so far, without its decoders'."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", count, folder]:
            make(int(count), Path(folder))
        case ["take", folder]:
            take(Path(folder))
        case _:
            sys.exit(__doc__)

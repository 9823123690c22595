"""How long intake takes, and how much memory.

    python bench/intake.py make 2000 /tmp/media     # generated JPEG and PNG files of 0.08 to 12 megapixels
    python bench/intake.py take /tmp/media          # into a fresh station, then again; prints seconds and peak MB
"""

import os
import resource
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from hashgrade import app
from hashgrade.demo import pictures
from hashgrade.settings import read

SIZES = (*pictures.SIZES, (2048, 1536), (4000, 3000))
COPY_EACH = 8
"""Every eighth file is the one before it encoded again: a near duplicate."""


def write(folder: Path, number: int) -> int:
    """Draw one file; the same number gives the same picture. Gives its bytes."""
    copy = number % COPY_EACH == COPY_EACH - 1
    seed = number - 1 if copy else number
    width, height = SIZES[seed % len(SIZES)]
    ending = "png" if number % 4 == 2 else "jpg"
    picture = pictures.texture(np.random.default_rng(seed), width, height)
    content = pictures.encoded(picture, ending, **({"quality": 60} if copy and ending == "jpg" else {}))
    (folder / f"{number:05}.{ending}").write_bytes(content)
    return len(content)


def make(count: int, folder: Path) -> None:
    """Draw `count` files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as pool:
        sizes = list(pool.map(partial(write, folder), range(count), chunksize=16))
    sys.stdout.write(f"{count} files, {sum(sizes) / 1e6:.0f} MB in {folder}\n")


def take(folder: Path) -> None:
    """Take the folder into a fresh station twice, in this process."""
    with tempfile.TemporaryDirectory() as root:
        station = app.create(read(station=Path(root) / "station"))
        from hashgrade.intake import run  # noqa: PLC0415 - Django is up now

        idle = peak_mb()
        for turn in ("first", "again"):
            began, first = time.perf_counter(), 0.0
            known = Counter[str]()
            for outcome in run(station, [folder], "bench"):
                first = first or time.perf_counter() - began
                known[outcome.error.code if outcome.error else str(outcome.known or "new")] += 1
            seconds = time.perf_counter() - began
            count = sum(known.values())
            sys.stdout.write(
                f"{turn}: {count} files in {seconds:.1f} s, {count / seconds:.0f} a second, first outcome after "
                f"{first:.1f} s; peak {peak_mb():.0f} MB of which {idle:.0f} before; {dict(known)}; "
                f"{os.cpu_count()} cores\n")


def peak_mb() -> float:
    """Peak memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", count, folder]:
            make(int(count), Path(folder))
        case ["take", folder]:
            take(Path(folder))
        case _:
            sys.exit(__doc__)

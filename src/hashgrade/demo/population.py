"""Synthetic records as JSON lines: two study populations that add up to published figures, a year around them, crowds.

Every line is a function of the seed. Reports come before what they hold, and an item
before its sightings, readings and settlement, so that a stream can be taken in as it comes.
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha1, sha256
from itertools import islice
from pathlib import Path
from random import Random
from typing import Final

from hashgrade.demo import around, livestream, selfgenerated
from hashgrade.demo.coders import coded
from hashgrade.demo.places import reported
from hashgrade.demo.readers import Line, Medium, read, stamp

SEED: Final = 20240425
_RUN: Final = 5_000


def records(seed: int = SEED) -> Iterator[Line]:
    """Yield the demo's records, some 32,000 lines: two study populations, the year 2023 around them, a coded sample."""
    yield from _lines(livestream.media(seed), f"demo:2017:{seed}", "R17")
    year = [*selfgenerated.media(seed), *around.media(seed)]
    yield from _lines(year, f"demo:2023:{seed}", "R23")
    yield from coded(seed, year)


def crowd(n: int, seed: int) -> Iterator[Line]:
    """Yield the records of `n` items of ten years, of every kind, in constant memory; for trials of size.

    They add up to nothing that anybody published.
    """
    rng = Random(f"crowd:{seed}")  # noqa: S311 - seeded, and nothing secret
    opens, step = datetime(2014, 1, 1, tzinfo=UTC), 10 * 365 * 86400 / n
    media = (around.anything(rng, f"crowd:{seed}:{i}", opens + timedelta(seconds=int(i * step))) for i in range(n))
    run = 0
    while part := list(islice(media, _RUN)):
        yield from _lines(part, f"crowd:{seed}:{run}", f"C{run}")
        run += 1


def write(path: Path, lines: Iterable[Line]) -> int:
    """Write records as JSON lines, gzipped where the name ends in .gz; the same lines give the same bytes.

    Returns:
        How many lines were written.
    """
    count = 0
    with path.open("wb") as raw:
        packed = path.suffix == ".gz"
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) if packed else raw as stream:
            for line in lines:
                stream.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
                count += 1
    return count


def _lines(media: Iterable[Medium], seed: str, prefix: str) -> Iterator[Line]:
    rng = Random(seed)  # noqa: S311 - seeded, and nothing secret
    ordered = sorted(media, key=lambda medium: (medium.first_seen, medium.sha256))
    by_name = {medium.sha256: medium for medium in ordered}
    for reports, sightings in reported(rng, ordered, prefix):
        yield from reports
        for digest in dict.fromkeys(line["sha256"] for line in sightings):
            yield _item(by_name[digest])
            yield from (line for line in sightings if line["sha256"] == digest)
            yield from read(rng, by_name[digest])


def _item(medium: Medium) -> Line:
    """The item as records have it; digests and codes are those of its name, for there is no picture."""
    name = medium.name.encode()
    line: Line = {"type": "item", "sha256": medium.sha256, "md5": md5(name, usedforsecurity=False).hexdigest(),
            "sha1": sha1(name, usedforsecurity=False).hexdigest(), "kind": medium.kind}
    if medium.kind == "image":
        code = sha256(b"pdq:" + name)
        line |= {"pdq": code.hexdigest(), "pdq_quality": 60 + code.digest()[0] % 41}
    return line | {"first_seen": stamp(medium.first_seen), "known": medium.known, "synthetic": True}

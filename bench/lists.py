"""How long an edition takes to publish, verify and import, and how much memory.

    python bench/lists.py 100000
"""

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path

from records import about_one_item

from hashgrade import app, law
from hashgrade.nouns import Item, Kind, Reading
from hashgrade.settings import read

# ruff: noqa: S311, PLC0415 - made-up records need no secrecy; the store is imported once Django is up


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Say how long the block took, and the peak memory so far."""
    began = time.perf_counter()
    yield
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"{what}: {time.perf_counter() - began:.1f} s; peak so far {peak:.0f} MB\n")


def fill(station: app.Station, count: int) -> None:
    """File `count` items with two agreeing readings each."""
    import random

    rng = random.Random(2)
    lines = (list(about_one_item(number, rng)) for number in range(count))
    while part := list(islice(lines, 5_000)):
        with station.store.work("bench", "records") as work:
            work.items(item(one[0]) for one in part)
            work.readings(reading(one[2], name) for one in part for name in ("ada", "ben"))


def item(line: dict[str, object]) -> Item:
    """Make the item of a line."""
    return Item(sha256=str(line["sha256"]), md5=str(line["md5"]), sha1=str(line["sha1"]), kind=Kind.IMAGE,
                pdq=str(line["pdq"]), pdq_quality=80, first_seen=datetime.fromisoformat(str(line["first_seen"])))


def reading(line: dict[str, object], reader: str) -> Reading:
    """Make the reading of a line, by this reader."""
    grade = law.grades.grade_of({"facts": line["facts"], "children": line["children"]})
    return Reading(sha256=str(line["sha256"]), reader=reader, at=datetime.fromisoformat(str(line["at"])), grade=grade)


def main(count: int) -> None:
    """Time every step on a fresh station."""
    with tempfile.TemporaryDirectory() as root:
        station = app.create(read(station=Path(root) / "station"))
        from hashgrade.exchange import release
        from hashgrade.exchange.lists import Source, import_list, publish, read_policy, verify

        with timed(f"filing {count} graded items"):
            fill(station, count)
        path = Path(root) / "policy.yaml"
        path.write_text("any: [{verdict.uk-ew: {in: [A, B, C]}}]")
        with timed("publishing"):
            done = publish(station, "bench", read_policy(path, station.packs), "bench")
        sys.stdout.write(f"  {done.edition.members} of them are listed\n")
        with timed("verifying"):
            verify(done.folder, release.public_key_file(station.root))
        with timed("importing"):
            import_list(station, "own", Source(done.folder), "bench")
        with timed("importing the VICS file"):
            import_list(station, "vics", Source(done.folder / "vics.json"), "bench")


if __name__ == "__main__":
    main(int(sys.argv[1]))

"""How long the import of records takes, and how much memory.

    python bench/records.py make 100000 /tmp/records.jsonl    # synthetic records, the same for the same number
    python bench/records.py import /tmp/records.jsonl         # into a fresh station; prints seconds and MB
    python -m bench.records rederive 20000                    # another text of uk-ew over so many realistic grades
"""

# ruff: noqa: S311, PLC0415 - made-up records need no secrecy; the store is imported once Django is up
import hashlib
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

BANDS = ["0-2", "3-6", "7-10", "11-13", "14-15", "16-17"]
LABELS = ["penetrative", "masturbation", "posing_nude", "posing_clothed", "nudity_only", "none"]
START = datetime(2023, 1, 1, tzinfo=UTC)


def records(count: int) -> Iterator[dict[str, object]]:
    """Make `count` records: for each item its own line, a sighting and two readings; some differ and are settled."""
    rng = random.Random(2)
    made = 0
    for number in range(count):
        for line in about_one_item(number, rng):
            if made == count:
                return
            made += 1
            yield line


def about_one_item(number: int, rng: random.Random) -> Iterator[dict[str, object]]:
    """Make the lines about one item."""
    sha256 = hashlib.sha256(str(number).encode()).hexdigest()
    seen = START + timedelta(minutes=number)
    yield {"type": "item", "sha256": sha256, "md5": sha256[:32], "sha1": sha256[:40], "kind": "image",
           "pdq": hashlib.sha256(sha256.encode()).hexdigest(), "pdq_quality": rng.randint(50, 100),
           "first_seen": f"{seen:%Y-%m-%dT%H:%M:%SZ}", "known": None}
    yield {"type": "sighting", "sha256": sha256, "url": f"https://host{number % 997}.example/{number}", "report": None,
           "seen_at": f"{seen:%Y-%m-%dT%H:%M:%SZ}", "site_type": "image_host", "original_upload": False}
    children = [{"age_band": rng.choice(BANDS), "sex": rng.choice(["girl", "boy"]), "activity": [rng.choice(LABELS)]}
                for _ in range(rng.choice([1, 1, 1, 2]))]
    differ = rng.random() < 0.1
    for reader in ("ada", "ben"):
        facts = {"depiction": "photographic", "origin": "unknown", "setting": "bedroom", "child_count": len(children),
                 "indecent": "no" if differ and reader == "ben" else "yes"}
        at = f"{seen + timedelta(hours=1, minutes=reader == 'ben'):%Y-%m-%dT%H:%M:%SZ}"
        yield {"type": "reading", "sha256": sha256, "reader": reader, "at": at, "seconds_visible": rng.randint(3, 40),
               "facts": facts, "children": children}
    if differ:
        at = f"{seen + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"
        yield {"type": "settlement", "sha256": sha256, "by": "cy", "at": at, "facts": facts, "children": children}


def make(count: int, path: Path) -> None:
    """Write the synthetic records."""
    with path.open("w") as out:
        out.writelines(json.dumps(line) + "\n" for line in records(count))


def say(line: str) -> None:
    """Tell what was measured."""
    sys.stdout.write(f"{line}\n")


def measure(path: Path) -> None:
    """Import into a fresh station, then again, then export, and print what each took."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(HASHGRADE_STATION=folder, DJANGO_SETTINGS_MODULE="hashgrade.store.settings")
        import django

        django.setup()
        from hashgrade.exchange.records import export_records, import_records, writing
        from hashgrade.law.pack import texts
        from hashgrade.settings import Settings
        from hashgrade.store.force import Text
        from hashgrade.store.work import Store

        store = Store(lambda: datetime.now(UTC))
        store.prepare()
        with store.work("bench", "packs in force, as at a station") as work:
            work.begin([Text(pack, texts(pack)) for pack in Settings().packs], "bench")
        for name in ("import", "again"):
            began, worked = time.perf_counter(), time.process_time()
            with path.open("rb") as stream:
                tally = import_records(store, stream, "bench")
            say(f"{name}: {time.perf_counter() - began:.1f} s ({time.process_time() - worked:.1f} s of processor time) "
                f"for {tally.lines} lines, changed {dict(tally.changed)}, refused {tally.refused}")
        began = time.perf_counter()
        with writing(Path(folder) / "out.jsonl") as out:
            count = export_records(out)
        size_mb = (Path(folder) / "records.sqlite3").stat().st_size / 2**20
        say(f"export: {time.perf_counter() - began:.1f} s for {count} lines; the database has {size_mb:.0f} MB")
    say(f"peak memory: {peak_mb():.0f} MB")


def rederive(count: int) -> None:
    """Preview and approve another reading of uk-ew over `count` settled items, and print what each took."""
    from bench.questions import population

    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(HASHGRADE_STATION=folder, DJANGO_SETTINGS_MODULE="hashgrade.store.settings")
        import django

        django.setup()
        from hashgrade.enacting import in_use, preview
        from hashgrade.law.pack import texts
        from hashgrade.nouns import Item, Settlement
        from hashgrade.store import force, verdicts
        from hashgrade.store.work import Store

        store = Store(lambda: datetime.now(UTC))
        store.prepare()
        in_use(store, ["uk-ew"])
        for start in range(0, count, 5_000):
            names = (f"{n:064x}" for n in range(start, min(start + 5_000, count)))
            part = dict(zip(names, population(start), strict=False))
            with store.work("bench", "settle") as work:
                work.items(Item(sha256=name, first_seen=START) for name in part)
                work.settlements(Settlement(sha256=name, by="cy", at=START, grade=one) for name, one in part.items())
        text = {"uk-ew": texts("uk-ew")["uk-ew"].replace('oral_is_penetrative: "yes"', 'oral_is_penetrative: "no"')}
        new, old = force.Text("uk-ew", text), force.pack_of(force.in_force()["uk-ew"])
        began = time.process_time()
        found = preview(old, new.pack)
        say(f"preview: {time.process_time() - began:.1f} s of processor time, {found.changed} of {found.items} change, "
            f"{len(verdicts.of_record())} distinct grades")
        with store.work("ada", "propose") as work:
            work.propose(new, "ada", "bench")
        began = time.process_time()
        with store.work("ben", "approve") as work:
            work.approve(new, "ben", "bench")
        say(f"approve: {time.process_time() - began:.1f} s of processor time")


def peak_mb() -> float:
    """The most memory this process has held; `getrusage` would count that of whoever started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]), Path(sys.argv[3]))
    elif sys.argv[1] == "rederive":
        rederive(int(sys.argv[2]))
    else:
        measure(Path(sys.argv[2]))

"""How long others wait while law is put in force.

    python -m bench.enacting make 100000 /tmp/enacting    # items with a grade of record, each time the same
    python -m bench.enacting measure /tmp/enacting        # a copy of it: a pack begins, is counted, replaced, put back

The grades are those of `bench.questions`: whole ones, of which five in six are different. Meanwhile another process
saves a reading, looks at the clock, waits for a tenth of a second and saves the next, as long as the act lasts.
"""

# ruff: noqa: PLC0415 - the store is imported once Django is up
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from shutil import copy
from statistics import median

from bench.questions import population
from bench.waiting import NOW, PART, opened, say

PACK = "uk-ew"
THEN, NOT = 'oral_is_penetrative: "yes"', 'oral_is_penetrative: "no"'
REST_S = 0.1


def make(count: int, folder: Path) -> None:
    """Fill a new folder with items, each with the grade of record that it has had since it was first seen."""
    opened(folder)
    from hashlib import sha256

    from django.db import connection, transaction

    from hashgrade.law import grades
    from hashgrade.store import shapes

    at, numbers, source = f"{NOW:%Y-%m-%d %H:%M:%S}", dict[str, int](), population(1)
    with transaction.atomic(), connection.cursor() as cursor:
        for first in range(0, count, PART):
            part = list(islice(source, min(PART, count - first)))
            known = len(numbers)
            texts = [grades.canonical(one) for one in part]
            mine = [numbers.setdefault(sha256(text.encode()).hexdigest(), len(numbers) + 1) for text in texts]
            new = {number: text for number, text in zip(mine, texts, strict=True) if number > known}
            cursor.executemany("INSERT INTO store_grade (id, sha256, text) VALUES (%s, %s, %s)", [
                (number, sha256(text.encode()).hexdigest(), text) for number, text in new.items()])
            cursor.executemany(
                "INSERT INTO store_item (id, sha256, kind, first_seen, differs, readings, settled, grade, extra) "
                "VALUES (%s, %s, 'image', %s, '', 2, 0, %s, '{}')",
                [(n, f"{n:064x}", at, shapes.grade_text(one)) for n, one in enumerate(part, first + 1)])
            cursor.executemany("INSERT INTO store_graded (item_id, grade_id, at) VALUES (%s, %s, %s)", [
                (n, number, at) for n, number in enumerate(mine, first + 1)])
    say(f"{count:,} items with {len(numbers):,} different grades of record")


def measure(folder: Path) -> None:
    """Put law in force, and print how long each act took and how long somebody else waited for a save meanwhile."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        copy(folder / "records.sqlite3", place)
        store = opened(Path(place))
        from hashgrade.enacting import in_use, preview, put_in_force
        from hashgrade.law.pack import texts
        from hashgrade.store import force

        def propose(said: str) -> force.Text:
            text = force.Text(PACK, {PACK: said})
            with store.work("ada", "propose") as work:
                work.propose(text, "ada", "bench")
            return text

        said = texts(PACK)[PACK]
        timed("a pack begins", Path(place), lambda: in_use(store, [PACK]))
        new, old = propose(said.replace(THEN, NOT)), force.pack_of(force.in_force()[PACK])
        timed("what would change is counted", Path(place), lambda: preview(old, new.pack))
        timed("a text is approved", Path(place), lambda: put_in_force(store, new, "ben", "bench"))
        back = propose(said)
        timed("the one before comes back", Path(place), lambda: put_in_force(store, back, "ben", "bench"))


def timed(title: str, folder: Path, act: Callable[[], object]) -> None:
    """Say how long an act takes, and what became of the saves of another process until it had ended."""
    other = subprocess.Popen(  # noqa: S603 - our own programme
        [sys.executable, "-m", "bench.enacting", "save", str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True)
    with other:
        if not (other.stdin and other.stdout and other.stdout.readline()):
            raise SystemExit("nobody saves")
        spent, began = time.process_time(), time.perf_counter()
        act()
        spent, took = time.process_time() - spent, time.perf_counter() - began
        other.stdin.close()
        lines = other.stdout.read().split()
        waits = [float(one) for one in lines if one != "failed"]
    say(f"  {title:30} {took:6.1f} s, {spent:6.1f} s of the processor; saves by another: {len(waits)}, "
        f"median {median(waits or [0]):5.2f} s, slowest {max(waits or [0]):5.2f} s, failed {lines.count('failed')}")


def save(folder: Path) -> None:
    """Save readings of items of one's own until standard input ends, and print how long each took."""
    from select import select

    store = opened(folder)
    from hashgrade.errors import Conflict
    from hashgrade.nouns import Item, Reading

    source = population(os.getpid())
    say("ready")
    while not select([sys.stdin], [], [], REST_S)[0]:
        name, grade, began = os.urandom(32).hex(), next(source), time.perf_counter()
        try:
            with store.work("cy", "save") as work:
                work.items([Item(sha256=name, first_seen=NOW)])
                work.readings(Reading(sha256=name, reader=who, at=NOW, grade=grade) for who in ("cy", "dee"))
            say(f"{time.perf_counter() - began:.3f}")
        except Conflict:
            say("failed")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]), Path(sys.argv[3]))
    else:
        {"measure": measure, "save": save}[sys.argv[1]](Path(sys.argv[2]))

"""Several processes on one database file: one item, one reader; nobody's work is lost."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hashgrade.exchange.lines import written
from tests.cast import item

ROOT = Path(__file__).parents[2]
ITEMS = 40
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it

SET_UP = """
import os, sys
from datetime import UTC, datetime
import django
django.setup()
from pathlib import Path
from django.db import connection
from hashgrade import audit, grading
from hashgrade.exchange.records import import_records
from hashgrade.store import queries
from hashgrade.store.work import Store
store = Store(lambda: datetime(2024, 1, 1, tzinfo=UTC))
store.prepare()
"""
FILL = """
with open(sys.argv[1], "rb") as stream:
    import_records(store, stream, "dee")
with connection.cursor() as cursor:
    print(cursor.execute("PRAGMA journal_mode").fetchone()[0], cursor.execute("PRAGMA synchronous").fetchone()[0])
"""
TAKE = """
print("ready", flush=True)
sys.stdin.readline()
while card := grading.take(store, sys.argv[1]):
    for item in card.items:
        assert queries.holder(item.sha256, store.now()) == sys.argv[1]
        print(item.sha256, flush=True)
    with store.work(sys.argv[1], "read") as work:
        from hashgrade.nouns import Grade, Reading
        work.readings([Reading(sha256=item.sha256, reader=sys.argv[1], at=store.now(), grade=Grade())
                       for item in card.items])
"""
CHECK = """
print(audit.verify(queries.entries()).number, queries.counts()["readings"], queries.counts()["graded"])
"""


def run(station: Path, code: str, *words: str) -> subprocess.Popen[str]:
    """Start a process that has the store of this station open."""
    given = os.environ | {"HASHGRADE_STATION": str(station), "DJANGO_SETTINGS_MODULE": "hashgrade.store.settings"}
    return subprocess.Popen(  # noqa: S603 - our own programme
        [sys.executable, "-c", SET_UP + code, *words], env=given, cwd=ROOT, text=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE)


def test_racing_readers_never_share_an_item(tmp_path: Path) -> None:
    """Of readers who take at once, each gets another card, everything is read, and the log stays one chain."""
    source = tmp_path / "items.jsonl"
    source.write_bytes(b"".join(written(item(number)) for number in range(ITEMS)))
    assert run(tmp_path, FILL, str(source)).communicate()[0].split() == ["delete", "2"]
    readers = [run(tmp_path, TAKE, who) for who in ("ada", "ben", "cy")]
    for reader in readers:
        assert reader.stdout
        reader.stdout.readline()
    taken = Counter(sha256 for reader in readers for sha256 in reader.communicate("go\n")[0].split())
    assert set(taken.values()) == {2}, "each item is read by two, and by two only"
    entries, readings, graded = map(int, run(tmp_path, CHECK).communicate()[0].split())
    assert (readings, graded) == (2 * ITEMS, ITEMS)
    assert entries == 1 + 2 * (2 * ITEMS)


CROWD = """
from hashgrade.errors import HashgradeError
from hashgrade.grading import sheets
from hashgrade.law.grades import grade_of
from hashgrade.nouns import Item, Reading, Resemblance, Settlement
from collections import Counter
from datetime import timedelta
from random import Random
rng = Random(sys.argv[1])
people, items, attempts = sys.argv[2].split(","), int(sys.argv[3]), int(sys.argv[4])
done, errors = Counter(), Counter()

def tried(what, act):
    done["attempts"] += 1
    try:
        found = act()
    except HashgradeError as error:
        errors[what, error.code] += 1
        return None
    done[what] += 1
    return found

def one(n):
    me = rng.choice(people)
    card = tried("take", lambda: grading.take(store, me))
    if card is None:
        return
    name, said = card.leader, grade_of({"facts": {"indecent": rng.choice(["yes", "no"])}})
    read = lambda: grading.read(store, Reading(sha256=name, reader=me, at=store.now(), grade=said)) or True
    other = rng.choice(people)
    stolen = tried("read by another", lambda: grading.read(store, Reading(
        sha256=name, reader=other, at=store.now(), grade=said)) or True)
    if stolen and other != me and all(one.reader != me for one in queries.readings_of(name)):
        done["double leases"] += 1  # nothing but my own reading ends my lease
    tried("read", read)
    if tried("read again", read):
        done["second votes"] += 1
    rest = [item.sha256 for item in card.items if item.sha256 != name]
    if rest:
        done["members"] += len(rest) * bool(tried("confirm", lambda: sheets.confirm(store, name, me, rest) or True))
    settling = tried("take to settle", lambda: grading.take_to_settle(store, me))
    if settling is not None:
        tried("settle", lambda: grading.settle(store, Settlement(
            sha256=settling.leader, by=me, at=moment(), grade=said)) or True)

def moment():  # of its own: what one person says twice at one time, on two pages, is on file once
    return store.now() + timedelta(microseconds=1000 * done["attempts"] + int(sys.argv[1]) % 1000)

def fill():
    names = [f"{n:064x}" for n in range(items)]
    with store.work("dee", "fill") as work:
        work.items(Item(sha256=name, first_seen=store.now()) for name in names)
        work.resemblances(Resemblance(sha256=name, other=names[n - n % 7], distance_bits=1)
                          for n, name in enumerate(names) if n % 7 in (1, 2))
"""
RUSH = CROWD + """
print("ready", flush=True)
sys.stdin.readline()
n = 0
while done["attempts"] < attempts:
    one(n)
    n += 1
import json
print(json.dumps({**done, "errors": {" ".join(key): count for key, count in errors.items()}}))
"""
CENSUS = """
from hashgrade.store import models
from django.db.models import Count
import json
read = models.Reading.objects
print(json.dumps({
    "readings": read.count(), "people": read.values("item", "reader").distinct().count(),
    "most": max(read.values("item").annotate(n=Count("id")).values_list("n", flat=True)),
    "confirmations": models.Confirmation.objects.count(), "settlements": models.Settlement.objects.count(),
    "own": models.Settlement.objects.extra(where=["EXISTS (SELECT 1 FROM store_reading r WHERE r.item_id = "
           "store_settlement.item_id AND r.reader = store_settlement.by)"]).count(),
    "entries": audit.verify(queries.entries()).number}))
"""


TAKE_WHAT_IS_HELD = """
from hashgrade.store import waiting
from hashgrade.store.desk import Desk
from hashgrade.store.work import tables
grading._of_gold = lambda store, reading: False
def lease(work, sha256s, reader, *, gold=False):
    tables.Lease.objects.filter(item__sha256__in=sha256s).delete()
    return as_it_is(work, sha256s, reader, gold=gold)
def next_for(reader, now, only=None, gather_s=0):
    mine = tables.Reading.objects.filter(reader=reader).values("item_id")
    found = tables.Waiting.objects.exclude(leader__in=mine).order_by("due", "number")
    return found.values_list("number", flat=True).first()
def card(number, reader, now):
    found = queries.item(tables.Waiting.objects.get(number=number).leader.sha256)
    return waiting.Card(number=number, items=(found,), resembles=(), leader=found.sha256)
as_it_is, Desk.lease, waiting.next_for, waiting.card = Desk.lease, lease, next_for, card
"""
"""A planted fault: what somebody holds is anybody's to take and to read."""


def raced(folder: Path, attempts: int, items: int, seed: int = 0, planted: str = "",
          ) -> tuple[Counter[str], dict[str, int]]:
    """Let three processes try so often, each as any of five people; what they count, and what the records hold."""
    assert run(folder, CROWD + "\nfill()", "0", "ada", str(items), "0").communicate()[0] == ""
    words = "ada,ben,cy,eve,fay", str(items), str(-(-attempts // 3))
    crowd = [run(folder, planted + RUSH, str(seed + n), *words) for n in range(3)]
    for one in crowd:
        assert one.stdout
        one.stdout.readline()
    told: Counter[str] = Counter()
    for one in crowd:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in crowd:
        said = json.loads(one.communicate()[0])
        told.update({name: count for name, count in said.items() if name != "errors"})
    return told, json.loads(run(folder, CENSUS).communicate()[0])


def checked(told: Counter[str], records: dict[str, int]) -> None:
    """No item was two people's at once, nobody voted twice or settled what they read, and nothing was lost."""
    assert (told["double leases"], told["second votes"]) == (0, 0)
    assert records["readings"] == records["people"] == told["read"] + told["read by another"]
    assert records["confirmations"] == told["members"]
    assert (records["most"], records["own"]) == (2, 0)
    assert records["settlements"] == told["settle"]


@pytest.fixture
def quick_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where there is one: what is raced for here is the lock and not the disk."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    with TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


def test_a_crowd_at_the_workbench(quick_folder: Path) -> None:
    """Three processes, five people, each anybody at any time: one item is one reader's, and one person has one vote."""
    told, records = raced(quick_folder, 120, 20)
    assert told["attempts"] >= 120
    checked(told, records)


@pytest.mark.deep
def test_a_planted_fault_is_noticed(quick_folder: Path) -> None:
    """Positive control: where what is held can be taken and read all the same, the count does not come out."""
    told, records = raced(quick_folder, 900, 60, planted=TAKE_WHAT_IS_HELD)
    assert told["double leases"] > 0
    with pytest.raises(AssertionError):
        checked(told, records)


@pytest.mark.deep
@pytest.mark.parametrize("station", range(8))
def test_a_crowd_tries_20_000_times(quick_folder: Path, station: int) -> None:
    """The same, 20,000 times in eight stations, from seeds that `bench.racing` does not begin its 100,000 with."""
    told, records = raced(quick_folder, 2_500, 2_500 // 8, seed=1000 + 3 * station)
    assert told["attempts"] >= 2_500
    checked(told, records)

"""Several processes on one database file: one item, one reader; nobody's work is lost."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from hashgrade.exchange.lines import written
from tests.cast import item

ROOT = Path(__file__).parents[2]
ITEMS = 40

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

"""Streams of records: read a part at a time in the order that is stated, while other processes write."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hashgrade.nouns import Claim, Coding, Confirmation, Report, Sighting
from hashgrade.store import models as tables
from hashgrade.store import queries, shapes
from hashgrade.store.work import Store
from hashgrade.studies.snapshot import taken
from tests.cast import ADA, BEN, CY, grade, item, later, reading, settlement, sha

ROOT = Path(__file__).parents[2]
ITEMS = 11
ORDERS: dict[str, tuple[Any, Callable[[Any], object], tuple[str, ...], tuple[str, ...]]] = {
    "reports": (tables.Report, shapes.report, shapes.REPORT_COLUMNS, ("report",)),
    "items": (tables.Item, shapes.item, shapes.ITEM_COLUMNS, ("sha256",)),
    "sightings": (tables.Sighting, shapes.sighting, shapes.SIGHTING_COLUMNS,
                  ("item__sha256", "seen_at", "url", "report")),
    "readings": (tables.Reading, shapes.reading, shapes.READING_COLUMNS, ("item__sha256", "at", "reader")),
    "settlements": (tables.Settlement, shapes.settlement, shapes.SETTLEMENT_COLUMNS, ("item__sha256", "at", "by")),
    "codings": (tables.Coding, shapes.coding, shapes.CODING_COLUMNS, ("item__sha256", "study", "at", "coder")),
    "confirmations": (tables.Confirmation, shapes.confirmation, shapes.CONFIRMATION_COLUMNS,
                      ("item__sha256", "at", "by")),
    "claims": (tables.Claim, shapes.claim, shapes.CLAIM_COLUMNS, ("source__name", "key")),
}
"""The slow twin of each stream: all rows at once, in its order."""


def filled(store: Store) -> None:
    """Some of everything, of items in no order."""
    with store.work(CY, "fill") as work:
        work.reports(Report(report=f"R-{n % 7}{n}", source="public", received_at=later(n)) for n in range(ITEMS))
        work.items(item(n * 7 % ITEMS, pdq=f"{n:064x}", pdq_quality=90) for n in range(ITEMS))
        work.sightings(Sighting(sha256=sha(n * 5 % ITEMS), url=f"https://a.example/{n}", seen_at=later(-n))
                       for n in range(3 * ITEMS))
        work.readings(reading(n, who, grade(series=f"{n}")) for n in range(ITEMS - 2) for who in (BEN, ADA))
        work.settlements(settlement(n, CY, grade(series="x")) for n in range(2, ITEMS))
        work.codings(Coding(sha256=sha(n), study="s", coder=ADA, at=later(-n), answers={"a": "b"})
                     for n in range(ITEMS))
        work.confirmations(Confirmation(sha256=sha(n), leader=sha(0), by=CY, at=later(n), like=True)
                           for n in range(ITEMS - 2, ITEMS))
        work.claims(Claim(list_name=f"list-{n % 2}", edition="1", sha256=sha(90 - n), pdq=f"{n:064x}")
                    for n in range(ITEMS))


@pytest.mark.parametrize("size", [1, 3, 11, 5_000])
def test_parts_make_the_whole(store: Store, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """However many rows a part has, each stream gives what its twin gives, in its order."""
    filled(store)
    monkeypatch.setattr(queries, "AT_ONCE", size)
    for name, (table, noun, columns, order) in ORDERS.items():
        at_once = [noun(row) for row in table.objects.order_by(*order).values_list(*columns)]
        stream: Iterator[object] = getattr(queries, name)()
        assert list(stream) == at_once, name
        assert len(at_once) > 1, name
    assert [one.sha256 for one, _ in queries.grades()] == sorted(map(sha, range(ITEMS)))
    for codes in (queries.fingerprints(), queries.claimed_fingerprints()):
        assert len(codes.ids) == ITEMS
        assert list(codes.ids) == sorted(codes.ids)


def test_a_snapshot_is_of_the_items_that_there_were(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:
    """What is filed of new items while a snapshot is taken is left out of all of it, and spoils nothing."""
    filled(store)
    before, sightings = queries.counts(), queries.sightings

    def others_file(until: int | None = None) -> Iterator[Sighting]:
        with store.work(CY, "meanwhile") as work:
            work.items([item(50)])
            work.sightings([Sighting(sha256=sha(50), url="https://b.example", seen_at=later(0))])
            work.readings([reading(50, who, grade(series="y")) for who in (ADA, BEN)])
            work.settlements([settlement(50, CY, grade(series="y"))])
            work.codings([Coding(sha256=sha(50), study="s", coder=ADA, at=later(0), answers={"a": "b"})])
        return sightings(until)

    monkeypatch.setattr(queries, "sightings", others_file)
    found = taken(tmp_path, (), {})
    assert {name: found.counts[name] for name in ("sightings", "readings")} == {
        name: before[name] for name in ("sightings", "readings")}
    assert found.counts["media"] == before["items"]


WRITING = """
import sqlite3, sys
from datetime import UTC, datetime
import django
django.setup()
from django.db import connection
from hashgrade.store import queries
from hashgrade.store.work import Store
from tests.store.test_streams import ORDERS, filled
store = Store(lambda: datetime(2024, 1, 1, tzinfo=UTC))
store.prepare()
filled(store)
other = sqlite3.connect(connection.settings_dict["NAME"], timeout=0, isolation_level=None)
for size in (2, 5_000):
    queries.AT_ONCE = size
    for name in (*ORDERS, "grades"):
        stream = getattr(queries, name)()
        next(stream)
        other.execute("UPDATE store_report SET source = source")
        list(stream)
rows = queries.tables.Reading.objects.all().iterator(1)
next(rows)
try:
    other.execute("UPDATE store_report SET source = source")
except sqlite3.OperationalError as error:
    print(error)
"""


def test_others_write_while_a_stream_is_read(tmp_path: Path) -> None:
    """A stream that is half read lets another process commit; a question that is half answered, the control, does not.
    """
    given = os.environ | {"HASHGRADE_STATION": str(tmp_path), "DJANGO_SETTINGS_MODULE": "hashgrade.store.settings"}
    done = subprocess.run(  # noqa: S603 - our own programme
        [sys.executable, "-c", WRITING], env=given, cwd=ROOT, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "database is locked"

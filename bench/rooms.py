"""How fast the pages of the workbench are that no other measure asks for, when much is on file.

    python -m bench.settling make 1000000 /tmp/much    # items, of which a third have readings
    python -m bench.rooms make /tmp/much               # what else a station gathers over years, each time the same
    python -m bench.rooms pages /tmp/much              # the whole answers, by time of the processor and by the clock
    python -m bench.rooms figures /tmp/much            # the figures of the board, while another process saves

Added are two editions of a partner's list with as many claims as there are items, a sighting and a PDQ code of each
item, 20,000 cards laid aside, 200 editions of a list of ours, half a million views, and 20,000 readings of items
settled before, a tenth of them by Kim.
"""

# ruff: noqa: S311, PLC0415 - made-up records need no secrecy; the store is imported once Django is up
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench.enacting import timed as beside_saves
from bench.settling import STAMP, ask, said
from bench.settling import timed as timed_by_processor
from bench.waiting import PART, START, browser, opened, say

ASIDE, GOLD, EDITIONS, VIEWS = 20_000, 20_000, 200, 500_000
READERS = ("kim", *(f"reader-{n:02}" for n in range(9)))


def make(folder: Path) -> None:
    """Add what else is on file."""
    opened(folder, "hashgrade.serve.settings")
    from django.db import connection, transaction

    rng = random.Random(7)
    with transaction.atomic(), connection.cursor() as cursor:
        count = cursor.execute("SELECT max(id) FROM store_item").fetchone()[0]
        graded = [row[0] for row in cursor.execute(
            "SELECT id FROM store_item WHERE grade IS NOT NULL ORDER BY id LIMIT %s", [GOLD]).fetchall()]
        cursor.executemany("INSERT INTO store_importedlist (id, name, edition, imported_at, current) "
                           "VALUES (%s, 'partner', %s, %s, %s)",
                           [(n, str(n), f"{START:{STAMP}}", n == 2) for n in (1, 2)])
        for first in range(1, count + 1, PART):
            numbers = range(first, min(first + PART, count + 1))
            cursor.executemany("UPDATE store_item SET pdq = %s, pdq_quality = 90 WHERE id = %s",
                               [(f"{rng.getrandbits(256):064x}", n) for n in numbers])
            many(cursor, "store_sighting (item_id, url, seen_at, report, extra)",
                 ((n, f"https://host{n % 997}.example/{n}", day(n), "", "{}") for n in numbers))
            many(cursor, "store_claim (source_id, key, sha256, skip, extra)", (
                (edition, key, key, 0, "{}") for edition, shift in ((1, count * 9 // 10), (2, count)) for n in numbers
                for key in [sha256(str(n + shift).encode()).hexdigest()]))
        many(cursor, "store_skip (item_id, reader, at, reason, said)", (
            (4 * n, READERS[n % 10], day(n), "break", "") for n in range(1, min(ASIDE, count // 4) + 1)))
        many(cursor, "store_gold (item_id, reader, at, grade)", (
            (item, READERS[n % 10], day(40 * n), said(rng)) for n, item in enumerate(graded)))
        many(cursor, "store_edition (name, number, issued_at, manifest_sha256, members)", (
            ("held", n, day(n), "0" * 64, 1000 + n) for n in range(1, EDITIONS + 1)))
        many(cursor, "store_view (id, ref, reader, at, ms, how, severity, why)", (
            (n, f"made{n:08}", READERS[n % 10], day(2 * n), 4_000, "item", "C", "") for n in range(1, VIEWS + 1)))
        many(cursor, "store_seen (view_id, item_id)", ((n, 2 * n) for n in range(1, VIEWS + 1) if 2 * n <= count))
    say(f"{count:,} items, and what gathers beside them")


def day(number: int) -> str:
    """When the thing of a number was: each minute one."""
    return f"{START + timedelta(minutes=number):{STAMP}}"


def many(cursor: Any, into: str, rows: Iterator[Sequence[Any]]) -> None:
    """Add rows as they are."""
    given = list(rows)
    cursor.executemany(f"INSERT INTO {into} VALUES ({', '.join(['%s'] * (into.count(',') + 1))})", given)


def pages(folder: Path) -> None:
    """Measure the pages of each room, as somebody asks who may see it."""
    store = opened(folder, "hashgrade.serve.settings")
    from hashgrade.access import Role
    from hashgrade.enacting import in_use
    from hashgrade.settings import Settings
    from hashgrade.store import queries

    in_use(store, Settings().packs)
    kim = browser(folder, store, "kim", Role.ANALYST, Role.ADJUDICATOR)
    liv, olu = browser(folder, store, "liv", Role.LEGAL), browser(folder, store, "olu", Role.OPERATOR)
    item, url = f"{980_000 if queries.counts()['items'] >= 1_000_000 else 980:064x}", "https://host1.example/998"
    for title, address in (
            ("home", "/"), ("laid aside", "/queue/laid-aside/"), ("laid aside, from the middle",
             f"/queue/laid-aside/?after={ASIDE // 2}"), ("whom their pace stops", "/pace/people/"),
            ("board", "/quality/"), ("one's own drift", "/drift/"), ("drift of whom", "/drift/people/"),
            ("history of an item", f"/items/{item}/"), ("search", "/search/")):
        ask(kim, title, address)
    for title, lines in (("search: an address", url), ("search: a beginning", item[:60]), ("search: an MD5", "0" * 32),
                         ("search: a SHA-1", "0" * 40)):
        timed_by_processor(title, lambda lines=lines: kim.post("/search/", {"lines": lines}))
    timed_by_processor("search: a digest, the index opened", lambda: kim.post("/search/", {"lines": item}), 1)
    timed_by_processor("search: a digest or a code", lambda: kim.post("/search/", {"lines": item}))
    for title, address in (
            ("lists", "/lists/"), ("a list of ours", "/lists/own/held/"),
            ("a list of others", "/lists/imported/partner/"),
            ("a list of others, what changed", "/lists/imported/partner/?against=1")):
        ask(olu, title, address, 5)
    for title, address in (
            ("law", "/law/"), ("one pack", "/law/uk-ew/"), ("laws beside each other", "/diverging-laws/"),
            ("studies", "/studies/"), ("reports", "/studies/reports/"), ("watch", "/studies/watch/"),
            ("accounts", "/accounts/")):
        who = liv if address.startswith(("/law", "/div")) else browser(folder, store, "res", Role.RESEARCHER) if (
            "studies" in address) else browser(folder, store, "adm", Role.ADMINISTRATOR)
        ask(who, title, address, 5)


def figures(folder: Path) -> None:
    """Measure how long the board's figures take, and how long somebody else waits for a save meanwhile."""
    store = opened(folder, "hashgrade.serve.settings")
    from types import SimpleNamespace

    from hashgrade.enacting import in_use
    from hashgrade.serve.records.figures import worked_out
    from hashgrade.settings import Settings
    from hashgrade.store.force import pack_of

    used = in_use(store, Settings().packs)
    station: Any = SimpleNamespace(packs=tuple(map(pack_of, used)), digests={one.pack: one.digest for one in used})
    with tempfile.TemporaryDirectory(dir=folder) as work:
        beside_saves("figures of the board", folder, lambda: worked_out(station, Path(work)))


if __name__ == "__main__":
    {"make": make, "pages": pages, "figures": figures}[sys.argv[1]](Path(sys.argv[2]))

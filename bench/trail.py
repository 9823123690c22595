"""How fast the status page and the audit view are when much is on file.

    python -m bench.waiting make 1000000 /tmp/much    # items that wait
    python -m bench.trail make 1000000 /tmp/much      # entries of the audit log, each time the same
    python -m bench.trail pages /tmp/much             # pages of the workbench, asked as a browser asks
    python -m bench.trail check /tmp/much             # the check of the whole log

One entry in a hundred thousand is by Eve, whom the pages look for; the others are by twenty people, over three years.
"""

# ruff: noqa: PLC0415 - the store is imported once Django is up
import sys
import time
from datetime import timedelta
from pathlib import Path

from bench.waiting import NOW, PART, START, ask, browser, opened, say

from hashgrade import audit
from hashgrade.audit import Entry

SECONDS_APART = 60


def make(count: int, folder: Path) -> None:
    """Add so many entries to the log of a folder, as readings leave them, a minute apart."""
    rules = opened(folder).rules.digest
    from django.db import connection, transaction

    from hashgrade.store import shapes, trail

    last, begun = trail.last(), time.process_time()
    first = last.number + 1 if last else 1
    with transaction.atomic(), connection.cursor() as cursor:
        for start in range(first, first + count, PART):
            rows = []
            for number in range(start, min(start + PART, first + count)):
                last = _next(last, number, rules)
                rows.append((number, f"{last.at:%Y-%m-%d %H:%M:%S}", last.actor, last.why, shapes.compact(last.did),
                             last.previous, last.digest))
            cursor.executemany("INSERT INTO store_entry (number, at, actor, why, did, previous, digest) "
                               "VALUES (%s, %s, %s, %s, %s, %s, %s)", rows)
    say(f"{count:,} entries in {time.process_time() - begun:.0f} s of processor time")


def _next(last: Entry | None, number: int, rules: str) -> Entry:
    actor = "eve" if number % 100_000 == 50_000 else f"reader-{number % 20:02}"
    did = {"readings": 1, "views": 2, "leases": 1, "readings_wanted": 2, "rows_sha256": f"{number:064x}",
           "queue_rules": rules}
    return audit.chained(last, START + timedelta(seconds=SECONDS_APART * number), actor, "reads an item", did)


def pages(folder: Path) -> None:
    """Measure the pages: the whole answer to a request, from the session to the last line of the page."""
    store = opened(folder, "hashgrade.serve.settings")
    from hashgrade.access import Role
    from hashgrade.store import trail

    operator, auditor = browser(folder, store, "olu", Role.OPERATOR), browser(folder, store, "ida", Role.AUDITOR)
    last = trail.last()
    count = last.number if last else 0
    say(f"{count:,} entries")
    ask(operator, "status", "/status/")
    ask(operator, "status, for a program", "/status.json")
    for title, query in (
            ("the newest entries", ""), ("entries from the middle", f"?before={count // 2}"),
            ("the oldest entries", "?before=51"), ("a day", f"?day={START + timedelta(days=400):%Y-%m-%d}"),
            ("one person of twenty", "?actor=reader-07"), ("a person of 10 entries, looked for", "?actor=eve"),
            ("an act that all have", "?act=readings"), ("an act that none has", "?act=packs+approved"),
            ("a thing that none names", "?thing=uk-ew")):
        ask(auditor, title, f"/audit/{query}")
    ask(auditor, "one entry", f"/audit/entries/{count // 2}/")
    ask(auditor, "a file of 10,000 entries", f"/audit/entries.csv?first={count // 2}&until={count // 2 + 9_999}", 5)


def check(folder: Path) -> None:
    """Measure the check of the whole log, as a page begins it but without its rests."""
    opened(folder, "hashgrade.serve.settings")
    from hashgrade.serve.records import audit as view
    from hashgrade.serve.records.errands import Errand

    begun, wall = time.process_time(), time.perf_counter()
    found = view._checked(folder, lambda: NOW, "bench", Errand("bench", NOW))
    say(f"{found.entries:,} entries, {found.code or 'whole'}: {time.process_time() - begun:.0f} s of processor time, "
        f"{time.perf_counter() - wall:.0f} s of this machine's, rests included")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]), Path(sys.argv[3]))
    else:
        {"pages": pages, "check": check}[sys.argv[1]](Path(sys.argv[2]))

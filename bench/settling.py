"""How fast settling and second readings are when much waits.

    python -m bench.settling make 1000000 /tmp/settling    # a station's records, each time the same
    python -m bench.settling measure /tmp/settling         # takes, lists, counts, and the pages of the workbench

Of every 100 items 75 are not read, 10 are read once and wait for another reading by one of four rules, 5 differ,
8 agree and 2 are settled; clips are one in ten. Cy, who settles, had a hand in one in 49 of what differs.
"""

# ruff: noqa: S311, PLC0415 - made-up records need no secrecy; the store is imported once Django is up
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from bench.waiting import NOW, START, browser, opened, say

PART = 20_000
RULES = ("verdict undecided", "age edge 13/14", "age edge 17/18", "drawn by share")
DIFFERS = (["children"], ["origin"], ["origin", "children"], ["indecent"], ["capture", "indecent", "children"])
STAMP = "%Y-%m-%d %H:%M:%S"


def timed(title: str, act: Callable[[], object], times: int = 20) -> None:
    """Say how long something takes, in milliseconds: of the processor, and on a clock that others share."""
    took = []
    for _ in range(times):
        began = time.process_time(), time.perf_counter()
        act()
        took.append((time.process_time() - began[0], time.perf_counter() - began[1]))
    spent, waited = (1e3 * median(column) for column in zip(*took, strict=True))
    say(f"  {title:44} median {spent:7.1f} ms of the processor, {waited:7.1f} ms in all, N {times}")


def ask(client: Any, title: str, address: str, times: int = 20) -> None:
    """Say how long a page takes to answer, whole."""
    def whole() -> None:
        answer = client.get(address)
        if answer.status_code != 200 or not sum(map(len, answer)):
            raise SystemExit(f"{address} does not answer")

    timed(title, whole, times)


def said(rng: random.Random) -> str:
    """What somebody says of an item, as it is kept."""
    child = {"age_band": rng.choice(["3-6", "7-10", "11-13"]), "sex": "girl", "role": "participant",
             "activity": [rng.choice(["posing_nude", "nudity_only"])]}
    facts = {"assessable": "yes", "depiction": "photographic", "origin": rng.choice(["self_generated", "unknown"]),
             "capture": rng.choice(["still", "recording"]), "adult_visible": "no", "child_count": 1,
             "indecent": rng.choice(["yes", "no"])}
    return json.dumps({"facts": facts, "children": [child]}, separators=(",", ":"))


def state(number: int) -> str:
    """Where the item of a number stands."""
    states = ((75, "unread"), (85, "read"), (90, "differs"), (98, "agreed"), (100, "settled"))
    return next(name for under, name in states if number * 61 % 100 < under)


def rows(numbers: range, rng: random.Random) -> Iterator[tuple[tuple[Any, ...], list[tuple[Any, ...]]]]:
    """Each item's row and those of its readings."""
    for n in numbers:
        stands, seen = state(n), f"{START + timedelta(seconds=60 * n):{STAMP}}"
        count = {"unread": 0, "read": 1}.get(stands, 2)
        readers = ["ada", "cy" if n % 49 == 0 else "ben"][:count]
        grade = said(rng) if count > 1 else None
        differs = json.dumps(DIFFERS[n % 5], separators=(",", ":")) if stands == "differs" else ""
        wanted = (2, RULES[n % 4]) if stands == "read" else (None, None)
        yield ((n, f"{n:064x}", "video" if n % 10 == 0 else "image", seen, differs, count, stands == "settled", grade,
                *wanted), [(n, who, seen, said(rng)) for who in readers])


def make(count: int, folder: Path) -> None:
    """Fill a new folder."""
    opened(folder)
    from django.db import connection, transaction

    rng = random.Random(6)
    with transaction.atomic(), connection.cursor() as cursor:
        for first in range(0, count, PART):
            part = list(rows(range(first + 1, min(first + PART, count) + 1), rng))
            cursor.executemany(
                "INSERT INTO store_item (id, sha256, kind, first_seen, differs, readings, settled, grade, wanted, "
                "wanted_by, extra) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '{}')", [one for one, _ in part])
            cursor.executemany(
                "INSERT INTO store_reading (item_id, reader, at, grade, current, extra) "
                "VALUES (%s, %s, %s, %s, 1, '{}')",
                [one for _, readings in part for one in readings])
    say(f"{count:,} items, {count // 20:,} of which differ, {count // 10:,} wait for another reading")


def measure(folder: Path) -> None:
    """Measure what a door asks, and the whole answers of the workbench."""
    store = opened(folder, "hashgrade.serve.settings")
    from hashgrade import grading
    from hashgrade.access import Role
    from hashgrade.store import unsettled
    from hashgrade.store.unsettled import Differing

    few, days = Differing("video", "capture"), timedelta(days=400)
    deep = unsettled.page("cy", Differing(), NOW, (START + days, 0))[1]
    timed("first page of 50", lambda: unsettled.page("cy", Differing(), NOW))
    timed("a page from the middle", lambda: unsettled.page("cy", Differing(), NOW, deep))
    timed("first page of clips that differ on a fact", lambda: unsettled.page("cy", few, NOW))
    timed("counts by kind and fact", lambda: unsettled.counts("cy"))
    timed("counts by rule", unsettled.again)
    timed("counts by state", lambda: unsettled.states(0))
    timed("take an item and leave it",
          lambda: (grading.take_to_settle(store, "cy"), grading.give_back_unsettled(store, "cy")))
    client = browser(folder, store, "cy", Role.ADJUDICATOR)
    ask(client, "the list", "/settling/")
    ask(client, "the list, of a fact", "/settling/?fact=capture")
    ask(client, "the list as a file, 10,000 items", "/settling/items.csv", 3)
    ask(client, "second readings", "/second/")
    client.post("/settling/take/")
    ask(client, "one settlement", "/settling/one/")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]), Path(sys.argv[3]))
    else:
        measure(Path(sys.argv[2]))

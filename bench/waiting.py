"""How fast the queue is when much waits.

    python -m bench.waiting make 1000000 /tmp/queue   # a station's records: items that all wait, each time the same
    python -m bench.waiting pages /tmp/queue          # pages of the workbench, asked as a browser asks
    python -m bench.waiting measure /tmp/queue        # pages, counts, takes; medians and the slowest of each

One item in ten is a clip, one in fifty is named by a partner's list, and three in ten are in stacks of 2 to 20. Three
rules are in use. Before takes are measured one reader has read the 5,000 cards that are due first, which therefore
stand before everything else that they may take.
"""

# ruff: noqa: S311, PLC0415 - made-up records need no secrecy; the store is imported once Django is up
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hashgrade.store.work import Store

START = datetime(2024, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=800)
PART = 20_000
READ_BEFORE = 5_000
RULES: list[dict[str, Any]] = [
    {"name": "partner", "when": {"list": {"is": "partner"}}, "points": 240, "why": "a partner asks"},
    {"name": "clips", "when": {"kind": {"is": "video"}}, "points": 24, "why": "clips in a row"},
    {"name": "stacks", "when": {"stack": {"over": 1}}, "points": 48, "why": "much is done at once"},
]


def say(line: str) -> None:
    """Tell what was measured."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def opened(folder: Path, module: str = "hashgrade.store.settings") -> "Store":
    """The store of a folder, with the rules."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(HASHGRADE_STATION=str(folder), DJANGO_SETTINGS_MODULE=module)
    import django

    django.setup()
    from hashgrade.store.due import rules_of
    from hashgrade.store.work import Store

    store = Store(lambda: NOW, rules=rules_of(RULES, 3600))
    store.prepare()
    return store


def make(count: int, folder: Path) -> None:
    """Fill a new folder with items as intake leaves them, and put the queue in order."""
    from django.db import connection, transaction

    store, rng = opened(folder), random.Random(6)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO store_importedlist (name, edition, imported_at, current) "
                       "VALUES ('partner', '1', '2024-01-01 00:00:00', 1)")
        for first in range(0, count, PART):
            numbers = range(first + 1, min(first + PART, count) + 1)
            cluster = dict(stacks(numbers, rng))
            cursor.executemany(
                "INSERT INTO store_item (id, sha256, kind, first_seen, extra, differs, readings, settled, cluster) "
                "VALUES (%s, %s, %s, %s, '{}', '', 0, 0, %s)",
                [(n, f"{n:064x}", "video" if rng.random() < 0.1 else "image",
                  f"{START + timedelta(seconds=60 * n):%Y-%m-%d %H:%M:%S}", cluster.get(n)) for n in numbers])
            cursor.executemany(
                "INSERT INTO store_claim (source_id, key, sha256, skip, extra) VALUES (1, %s, %s, 0, '{}')",
                [(f"{n:064x}", f"{n:064x}") for n in numbers if rng.random() < 0.02])
    began, wall = time.process_time(), time.perf_counter()
    with store.work("bench", "put the queue in order") as work:
        work.requeue()
    say(f"{count:,} items put in order in {time.process_time() - began:.0f} s of processor time, "
        f"{time.perf_counter() - wall:.0f} s of this machine's")


def stacks(numbers: range, rng: random.Random) -> Iterator[tuple[int, int]]:
    """The cluster of each item of a stack: of three items in ten."""
    at = numbers.start
    while at < numbers.start + len(numbers) * 3 // 10:
        size = rng.randint(2, 20)
        yield from ((other, at) for other in range(at, min(at + size, numbers.stop)))
        at += size


def timed(title: str, times: int, act: Callable[[], object]) -> None:
    """Say how long something takes, in milliseconds: the median and the slowest."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append(1e3 * (time.perf_counter() - began))
    say(f"  {title:44} median {median(took):7.1f} ms, slowest {max(took):7.1f} ms, N {times}")


def measure(folder: Path) -> None:
    """Measure pages, counts and takes."""
    store = opened(folder)
    from hashgrade import grading
    from hashgrade.nouns import Grade, Reading
    from hashgrade.store import waiting
    from hashgrade.store.waiting import Only
    from tests.naive import queue as twin

    waits = waiting.counts()
    say(f"{sum(one.items for one in waits):,} items wait on {sum(one.cards for one in waits):,} cards")
    deep = waiting.page(Only(), NOW, (int(1000 * (START + timedelta(days=400)).timestamp()), 0))
    timed("first page of 50", 30, lambda: waiting.page(Only(), NOW))
    timed("a page from the middle", 30, lambda: waiting.page(Only(), NOW, deep.after))
    timed("first page of clips", 30, lambda: waiting.page(Only(kind="video"), NOW))
    timed("first page of a rule", 30, lambda: waiting.page(Only(rule="partner"), NOW))
    timed("counts", 30, waiting.counts)
    timed("take a card and give it back", 30, lambda: (grading.take(store, "ada"), grading.give_back(store, "ada")))
    read_many(store)
    timed("next card of one who read the first 5,000", 30, lambda: waiting.next_for("ada", NOW))
    timed("take and give back, the same reader", 30,
          lambda: (grading.take(store, "ada"), grading.give_back(store, "ada")))

    def read_one() -> None:
        card = grading.take(store, "ada")
        if card is not None:
            grading.read(store, Reading(sha256=card.leader, reader="ada", at=NOW, grade=Grade()))
            grading.give_back(store, "ada")

    timed("take, read the leader, give back the rest", 30, read_one)
    timed("everything gone through, as before", 1, lambda: next(twin.queue("ada", NOW)))


def pages(folder: Path) -> None:
    """Measure the pages of the queue: the whole answer to a request, from the session to the last line of the page."""
    store = opened(folder, "hashgrade.serve.settings")
    from hashgrade.access import Role

    client = browser(folder, store, "ada", Role.ANALYST, Role.ADJUDICATOR)
    middle = f"after={int(1000 * (START + timedelta(days=400)).timestamp())}.0"
    for title, address in (
            ("the first page", "/queue/"), ("a page from the middle", f"/queue/?{middle}"),
            ("the last page", f"/queue/?after={10**14}.0"), ("clips", "/queue/?kind=video"),
            ("a rule", "/queue/?rule=partner"), ("a rule and a kind", "/queue/?rule=partner&kind=video"),
            ("a rule and a kind that few cards have", "/queue/?rule=clips&kind=image"),
            ("rules", "/queue/rules/"), ("laid aside", "/queue/laid-aside/"), ("one's own pace", "/pace/"),
            ("as a file, 10,000 cards", "/queue/cards.csv")):
        ask(client, title, address)


def ask(client: Any, title: str, address: str, times: int = 30) -> None:
    """Say how long a page takes to answer, whole."""
    def whole() -> int:
        answer = client.get(address)
        if answer.streaming:
            sum(map(len, answer.streaming_content))
        return int(answer.status_code)

    if whole() != 200:
        raise SystemExit(f"{address} does not answer")
    timed(title, times, whole)


def browser(folder: Path, store: "Store", name: str, *roles: Any) -> Any:
    """The station of a folder, served, and the browser of somebody of these roles."""
    from types import SimpleNamespace

    from hashgrade.app import Station
    from hashgrade.nouns import Jail
    from hashgrade.serve.station import join
    from hashgrade.settings import Settings
    from hashgrade.store.accounts import roll
    from hashgrade.vault import Vault, key_file
    from tests.cast import Clock
    from tests.doors.pages import PASSWORD, Workbench

    roll.prepare(NOW)
    if not key_file(folder).exists():
        Vault.create(folder)
    decoders: Any = SimpleNamespace(level=Jail.LIMITED)
    clock = Clock(datetime.now(UTC))
    join(Station(Settings(station=folder, packs=()), folder, store, Vault.open(folder), decoders, (), clock))
    if not roll.exists(name):
        with store.work("bench", "somebody to ask") as work:
            token = roll.invite(work, name, roles, clock.at.replace(year=9999), "bench")
            roll.join(work, token, "", PASSWORD)
    client = Workbench(None, clock).as_actor(name)  # type: ignore[arg-type]
    client.defaults["HTTP_HOST"] = "localhost"
    return client


def read_many(store: "Store") -> None:
    """Let Ada read the leaders of the cards that are due first."""
    from hashgrade.nouns import Grade, Reading
    from hashgrade.store import waiting
    from hashgrade.store.waiting import Only

    due = waiting.page(Only(), NOW, size=READ_BEFORE).lines
    with store.work("ada", "read the first") as work:
        work.readings(Reading(sha256=line.leader, reader="ada", at=NOW, grade=Grade()) for line in due)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]), Path(sys.argv[3]))
    else:
        {"measure": measure, "pages": pages}[sys.argv[1]](Path(sys.argv[2]))

"""`python -m bench.views [N] [SEEDS]`: how often people look, for each medium received, by the real grading room.

N media are received in ten parts. A share of them is known: graded before, and recognised by their digest. The others
are new and come in stacks of 1 to 20 near-duplicates, either every size as often (mean 10.5) or each size three
quarters as often as the one below it (mean 3.9), and either at once or scattered over the parts. After each part two
readers empty the queue: each reads the leader of a card and confirms the rest on a sheet, of which two in a hundred
are not like it. Of one leader in twelve they differ, and a third person settles it. Every look is told to the exposure
ledger, and the ledger is what is counted; a sheet is one view, beside that of its leader. The last column is what it
would be if a card were shown as one sheet at once, with its leader large. Beside it stands a house with two readers
and no recognition: two views of every medium received, and its settlements for nothing.

With `second` the station's rules ask for a second reader only at age edges, where a verdict is undecided, and for a
tenth of the rest, drawn by digest.
"""

# ruff: noqa: S311, E402 - made-up records need no secrecy; the store is imported once Django is up
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import NamedTuple

import django

MEMORY = Path("/dev/shm")  # noqa: S108 - where there is one, nothing of the bench has to reach a disk
FOLDER = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
os.environ.update(HASHGRADE_STATION=FOLDER.name, DJANGO_SETTINGS_MODULE="hashgrade.store.settings")
django.setup()

from bench.questions import population
from django.db import connection

from hashgrade import grading, law
from hashgrade.grading import seeing, sheets
from hashgrade.grading.policies import PLAIN, Policies
from hashgrade.grading.second import Rules
from hashgrade.nouns import Card, Grade, How, Item, Known, Reading, Resemblance, Settlement
from hashgrade.store import queries
from hashgrade.store import settings as store_settings
from hashgrade.store.work import Store

PARTS = 10
STACK_MAX = 20
UNLIKE = 0.02
DIFFER = 1 / 12
READERS = ("ada", "ben")
SETTLER = "cy"
START = datetime(2024, 1, 1, tzinfo=UTC)
EDGES = Policies(second=Rules(share=0.1, seed="bench", new_reader_items=0), packs=(law.load("uk-ew"),))


class Stream(NamedTuple):
    """What is received: how much of it is known, how large stacks are and how they come, and how the house reads."""

    known: float
    skewed: bool
    scattered: bool
    policies: Policies = PLAIN


class Clock:
    """A clock that the bench moves."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        """The time."""
        return self.at


class Room:
    """A station's grading room with two readers, and the truth about every item."""

    def __init__(self, seed: int, policies: Policies) -> None:
        self.clock, self.rng, self.policies = Clock(), random.Random(seed), policies
        self.store = Store(self.clock, lease_s=10**6)
        self.truths = population(seed)
        self.truth: dict[str, Grade] = {}
        self.views: Counter[How] = Counter()
        self.seen: set[str] = set()

    def known(self, count: int) -> list[str]:
        """File items that were graded before."""
        names = [self.name("known", n) for n in range(count)]
        with self.store.work("dee", "graded before") as work:
            work.items(Item(sha256=name, first_seen=START, known=Known.GRADED) for name in names)
            work.settlements(Settlement(sha256=name, by="eve", at=START, grade=Grade({"assessable": "corrupt"}))
                             for name in names)
        return names

    def receive(self, new: Sequence[tuple[str, str]], near: Sequence[tuple[str, str]]) -> None:
        """File new items, each with the stack it belongs to, and what resembles what."""
        grades = {stack: self.truth.get(stack) or next(self.truths) for stack in dict.fromkeys(s for _, s in new)}
        self.truth |= grades | {name: grades[stack] for name, stack in new}
        with self.store.work("dee", "received") as work:
            work.items(Item(sha256=name, first_seen=self.clock.at) for name, _ in new)
            work.resemblances(Resemblance(sha256=one, other=other, distance_bits=4) for one, other in near)

    def empty(self) -> None:
        """Let the readers take what there is until there is nothing, then settle what they differ on."""
        idle = 0
        for reader in (READERS[n % 2] for n in range(10**9)):
            card = grading.take(self.store, reader, self.policies)
            idle = 0 if card is not None else idle + 1
            if card is not None:
                self.read(reader, card)
            if idle == len(READERS):
                break
        while (card := grading.take_to_settle(self.store, SETTLER)) is not None:
            self.look(SETTLER, How.SETTLEMENT, [card.leader])
            grading.settle(self.store, Settlement(
                sha256=card.leader, by=SETTLER, at=self.clock.at, grade=self.truth[card.leader]))

    def read(self, reader: str, card: Card) -> None:
        """Look at the leader and read it, then look at the sheet and confirm it."""
        self.look(reader, How.ITEM, [card.leader])
        truth = self.truth[card.leader]
        other = reader == READERS[1] and int(card.leader[:8], 16) < DIFFER * 2**32
        said = Grade({**truth.facts, "layout": "collage" if truth.facts["layout"] != "collage" else "single"},
                     truth.children) if other else truth
        reading = Reading(sha256=card.leader, reader=reader, at=self.clock.at, grade=said)
        grading.read(self.store, reading, self.policies)
        rest = [one.sha256 for one in card.items if one.sha256 != card.leader]
        if rest:
            self.look(reader, How.SHEET, [card.leader, *rest])
            unlike = [name for name in rest if int(name[8:16], 16) < UNLIKE * 2**32]
            sheets.confirm(self.store, card.leader, reader, [name for name in rest if name not in unlike], unlike)

    def look(self, reader: str, how: How, items: Sequence[str]) -> None:
        """Tell the ledger of a view of nine seconds."""
        self.clock.at += timedelta(seconds=10)
        self.views[how] += 1
        self.seen |= {*items}
        ref = f"view{self.views.total():08}"
        seeing.see(self.store, seeing.Look(ref=ref, reader=reader, how=how, ms=9_000, items=tuple(items)))

    def name(self, kind: str, number: int) -> str:
        """A SHA-256 of something made up."""
        return sha256(f"{kind}:{self.rng.random()}:{number}".encode()).hexdigest()


def sizes(rng: random.Random, *, skewed: bool) -> Iterator[int]:
    """The sizes of stacks, without end."""
    weights = [0.75**n if skewed else 1 for n in range(STACK_MAX)]
    while True:
        yield rng.choices(range(1, STACK_MAX + 1), weights)[0]


def simulated(count: int, seed: int, stream: Stream) -> tuple[float, Counter[How]]:
    """Receive and grade a stream; give the views for each medium received, and how many of each kind."""
    room = Room(seed, stream.policies)
    new_count = round(count * (1 - stream.known))
    known = room.known(count - new_count)
    stacks: list[list[str]] = []
    left, size_of = new_count, sizes(room.rng, skewed=stream.skewed)
    while left:
        size = min(next(size_of), left)
        stacks.append([room.name("new", n) for n in range(size)])
        left -= size
    parts: list[list[tuple[str, str]]] = [[] for _ in range(PARTS)]
    for stack in stacks:
        together = room.rng.randrange(PARTS)
        for name in stack:
            parts[room.rng.randrange(PARTS) if stream.scattered else together].append((name, stack[0]))
    arrived: dict[str, str] = {}
    for part in parts:
        near = [(name, arrived.setdefault(stack, name)) for name, stack in part]
        room.receive(part, [pair for pair in near if pair[0] != pair[1]])
        room.empty()
        room.clock.at += timedelta(days=1)
    if set(known) & room.seen or any(True for _ in queries.queue()):
        raise SystemExit("something known was seen, or something new was not")
    return room.views.total() / count, room.views


def main() -> None:
    """Measure each stream by several seeds."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    sys.stdout.write(f"{count:,} media received, {seeds} seeds; beside it two views of each\n")
    for known, skewed, scattered, policies in streams():
        found = []
        for seed in range(1, seeds + 1):
            fresh()
            found.append(simulated(count, seed, Stream(known, skewed, scattered, policies)))
        middle = median(one[0] for one in found)
        kinds = ", ".join(f"{kind} {median(one[1][kind] for one in found):.0f}" for kind in
                          (How.ITEM, How.SHEET, How.SETTLEMENT))
        title = (f"{known:.0%} known, stacks {'small' if skewed else 'even'}, {'scattered' if scattered else 'at once'}"
                 f"{', second' if policies.second else ''}")
        once = median((one[1].total() - one[1][How.SHEET]) / count for one in found)
        sys.stdout.write(f"  {title:40} {middle:.3f} views a medium, {middle / 2:6.1%} of two ({kinds}); "
                         f"as one sheet {once / 2:6.1%}\n")
        sys.stdout.flush()


def streams() -> Iterator[tuple[float, bool, bool, Policies]]:
    """What is measured: both shares of known media, both kinds of stacks and of arrival, and rules for the second."""
    for known in (0.63, 0.12):
        yield known, False, False, PLAIN
        yield known, True, False, PLAIN
        yield known, False, True, PLAIN
    yield 0.63, True, True, PLAIN
    yield 0.63, True, True, EDGES


def fresh() -> None:
    """Begin with empty records."""
    connection.close()
    Path(FOLDER.name, store_settings.FILE).unlink(missing_ok=True)
    Store(lambda: START).prepare()


if __name__ == "__main__":
    main()

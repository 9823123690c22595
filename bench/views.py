"""`python -m bench.views [N] [SEEDS]`, 400 and 3: how often people look, for each medium received.

N media are received in ten parts. A share of them is known: graded before, and recognised by their digest. The others
are new and come in stacks of 1 to 20 near-duplicates, either every size as often (mean 10.5) or each size three
quarters as often as the one below it (mean 3.9), and either at once or scattered over the parts. After each part two
readers empty the queue by the real grading room, as the workbench's page does: of a stack its leader and up to 24
others are in view at once, the leader large, which is one view; it is read and the rest confirmed, of which two in a
hundred are not like it. What more there is comes on other sheets. Of one leader in twelve the readers differ, and a
third person settles it. Every look is told to the exposure ledger, and the ledger is what is counted. Beside it stands
a house with two readers and no recognition: two views of every medium received, and its settlements for nothing. The
mean of the seeds has its 95% interval by Student's t.

To scatter a stack evenly over ten days, with the queue emptied each day, is the worst that can come: each day's piece
is a card of its own. With `gathering` the station lets a new item wait for a day for others like it (`gather_s`). With
`second` its rules ask for a second reader only at age edges, where a verdict is undecided, and for a tenth of the rest,
drawn by digest.
"""

# ruff: noqa: S311, E402 - made-up records need no secrecy; the store is imported once Django is up
import math
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from statistics import fmean, stdev
from typing import NamedTuple

import django

MEMORY = Path("/dev/shm")  # noqa: S108 - where there is one, nothing of the bench has to reach a disk
FOLDER = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
os.environ.update(HASHGRADE_STATION=FOLDER.name, DJANGO_SETTINGS_MODULE="hashgrade.store.settings")
django.setup()

from bench.questions import population
from django.db import connection
from scipy.stats import t

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
BESIDE_MAX = 24
"""Items beside the leader of a stack in one view, as serve.grading.screen has it."""
UNLIKE = 0.02
DIFFER = 1 / 12
READERS = ("ada", "ben")
SETTLER = "cy"
START = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
EDGES = Policies(second=Rules(share=0.1, seed="bench", new_reader_items=0), packs=(law.load("uk-ew"),))

GATHERING = Policies(gather_s=24 * 3600 - 60)


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
        """Look at a stack as one, read its leader and confirm the rest."""
        rest = [one.sha256 for one in card.items if one.sha256 != card.leader]
        first, *more = [rest[n:n + BESIDE_MAX] for n in range(0, len(rest), BESIDE_MAX)] or [[]]
        self.look(reader, How.SHEET if first else How.ITEM, [card.leader, *first])
        truth = self.truth[card.leader]
        other = reader == READERS[1] and int(card.leader[:8], 16) < DIFFER * 2**32
        said = Grade({**truth.facts, "layout": "collage" if truth.facts["layout"] != "collage" else "single"},
                     truth.children) if other else truth
        reading = Reading(sha256=card.leader, reader=reader, at=self.clock.at, grade=said)
        grading.read(self.store, reading, self.policies)
        for part in more:
            self.look(reader, How.SHEET, [card.leader, *part])
        if rest:
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
        morning = room.clock.at
        room.receive(part, [pair for pair in near if pair[0] != pair[1]])
        room.empty()
        room.clock.at = max(room.clock.at, morning + DAY)
    room.clock.at += DAY
    room.empty()  # what still waits for others like it
    if set(known) & room.seen or queries.waiting_names():
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
        shares = [one[0] / 2 for one in found]
        middle = fmean(shares)
        half = float(t.ppf(0.975, seeds - 1)) * stdev(shares) / math.sqrt(seeds) if seeds > 1 else math.nan
        kinds = ", ".join(f"{kind} {fmean(one[1][kind] for one in found):.0f}" for kind in
                          (How.ITEM, How.SHEET, How.SETTLEMENT))
        title = (f"{known:.0%} known, stacks {'small' if skewed else 'even'}, {'scattered' if scattered else 'at once'}"
                 f"{', gathering' if policies.gather_s else ''}{', second' if policies.second else ''}")
        sys.stdout.write(f"  {title:48} {middle:6.1%} of two views ({middle - half:.1%} to {middle + half:.1%}), "
                         f"{2 * middle:.3f} a medium ({kinds})\n")
        sys.stdout.flush()


def streams() -> Iterator[tuple[float, bool, bool, Policies]]:
    """What is measured: both shares of known media, both kinds of stacks and of arrival, and rules for the second."""
    for known in (0.63, 0.12):
        for skewed in (False, True):
            yield known, skewed, False, PLAIN
            yield known, skewed, True, PLAIN
            yield known, skewed, True, GATHERING
    yield 0.63, True, True, EDGES


def fresh() -> None:
    """Begin with empty records."""
    connection.close()
    Path(FOLDER.name, store_settings.FILE).unlink(missing_ok=True)
    Store(lambda: START).prepare()


if __name__ == "__main__":
    main()

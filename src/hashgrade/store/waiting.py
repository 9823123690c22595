"""The cards that wait, kept ready to be dealt. `Work` writes them; a door asks.

What waits follows from the records: an ungraded item that no current list's policy keeps out, with the rest of its
cluster on one card. It is worked out anew, for the cards that a block of work touched, as the block closes, and
the counts with it: so a page of the queue, and the next card of a reader, is a few rows of an index, however many
wait. Twin: tests/naive/queue.py, which goes through everything.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from hashgrade.nouns import Card, Kind
from hashgrade.store import models as tables
from hashgrade.store import queries, shapes
from hashgrade.store.due import JOINED, STAGE_READ, STAGE_SUPERVISOR, Rules
from hashgrade.store.onfile import RANK
from hashgrade.store.shapes import batches, rows_where

CARDS_AT_ONCE = 400
COLUMNS = ("number", "leader_id", "stage", "due", "points", "rule", "rules", "kind", "items")
ITEM = ("id", "cluster", "apart", "first_seen", "sha256", "kind", "known", "readings")
UPSERT = (f"INSERT INTO store_waiting ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))}) "
          f"ON CONFLICT (number) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in COLUMNS[1:])}")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Row = tuple[Any, ...]


def number_of(item_id: int, cluster: int | None, apart: bool | None) -> int:
    """The card of an item: its cluster's, else its own; of one that is apart, its own and negative."""
    return -item_id if apart else cluster or item_id


class Queue:
    """The cards to work out anew as one block of work closes.

    Args:
        rules: The queue's rules.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._numbers: set[int] = set()
        self._items: set[int] = set()

    def cards(self, numbers: Iterable[int]) -> None:
        """Work these cards out anew."""
        self._numbers.update(numbers)

    def items(self, ids: Iterable[int]) -> None:
        """Work out anew every card that one of these items is on, or was or may be on by itself."""
        self._items.update(ids)

    def named(self, sha256s: Iterable[str]) -> None:
        """Work out anew the cards of the items of these names."""
        self.items(row[0] for row in rows_where(tables.Item, "sha256", sha256s, ("id",)))

    def named_by(self, source_ids: Iterable[int]) -> None:
        """Work out anew what editions of lists kept out, and, where a rule asks for lists, all that they name."""
        mine = tables.Claim.objects.filter(source_id__in=list(source_ids))
        if "list" not in self.rules.names:
            mine = mine.filter(skip=True)
        if mine.exists():
            for name, absent in shapes.NAMES_BY.items():
                said = mine.filter(**absent, **{name: OuterRef(name)})
                self.items(tables.Item.objects.filter(Exists(said), grade=None).values_list("id", flat=True))

    def close(self) -> None:
        """Write every card that may be another now, and count."""
        for part in batches(sorted(self._items), shapes.NAMES_MAX):
            self._numbers.update(part)
            self._numbers.update(-one for one in part)
            found = tables.Item.objects.filter(id__in=part, cluster__isnull=False)
            self._numbers.update(one for one in found.values_list("cluster", flat=True) if one is not None)
        for numbers in batches(sorted(self._numbers), CARDS_AT_ONCE):
            self._write(numbers)

    def everything(self) -> None:
        """Work out every card anew, as the rules have changed."""
        self.cards(tables.Waiting.objects.values_list("number", flat=True))
        rows = tables.Item.objects.filter(grade=None).values_list("id", "cluster", "apart")
        self.cards(number_of(*row) for row in rows.iterator())

    def _write(self, numbers: Sequence[int]) -> None:
        before = {row[0]: row for row in rows_where(tables.Waiting, "number", numbers, COLUMNS)}
        now = {row[0]: row for row in self._worked_out(numbers)}
        gone = [number for number in before if number not in now]
        changed = [row for number, row in now.items() if before.get(number) != row]
        tables.Waiting.objects.filter(number__in=gone).delete()
        with connection.cursor() as cursor:  # every item that comes in passes here
            cursor.executemany(UPSERT, changed)
        _count([before[number] for number in gone] + [before[row[0]] for row in changed if row[0] in before], changed)

    def _worked_out(self, numbers: Sequence[int]) -> Iterator[Row]:
        cards: dict[int, list[Row]] = {}
        for row in _ungraded(numbers):
            cards.setdefault(number_of(row[0], row[1], row[2]), []).append(row)
        leaders = {number: min(rows, key=lambda row: (-row[7], row[3], row[4])) for number, rows in cards.items()}
        skips = _skips(row[0] for row in leaders.values())
        beside = self._beside(cards)
        for number, rows in cards.items():
            leader = leaders[number]
            fired = self.rules.fired(_held(leader, rows, beside)) if self.rules.rules else ()
            stage = STAGE_SUPERVISOR if skips.get(leader[0], 0) >= self.rules.skips_max else STAGE_READ
            names = [rule.name for rule in fired]
            yield (number, leader[0], stage, self.rules.due_ms(min(row[3] for row in rows), fired),
                   sum(rule.points for rule in fired), names[0] if names else "", shapes.compact(names), leader[5],
                   len(rows))

    def _beside(self, cards: Mapping[int, Sequence[Row]]) -> Mapping[str, Mapping[str, set[str]]]:
        """What is known of items that is not on their own rows, where a rule asks for it, by SHA-256."""
        wanted = self.rules.names & JOINED
        names = [row[4] for rows in cards.values() for row in rows] if wanted else []
        return {name: BESIDE[name](names) for name in wanted}


def _held(leader: Row, rows: Sequence[Row], beside: Mapping[str, Mapping[str, set[str]]]) -> dict[str, object]:
    """What a card is: its leader's kind, the strongest recognition, and all that is said of any item on it."""
    held: dict[str, object] = {
        "kind": leader[5], "known": max((row[6] for row in rows), key=RANK.__getitem__),
        "first_seen": min(row[3] for row in rows), "stack": len(rows)}
    for name, said in beside.items():
        found = set().union(*(said.get(row[4], ()) for row in rows))
        held[name] = tuple(sorted(found)) or (() if name == "site_type" else ("",))
    return held


def _lists(names: Sequence[str]) -> dict[str, set[str]]:
    claims = queries.exact_claims(queries.items_of(names).values())
    return {sha256: {claim.list_name for claim in mine} for sha256, mine in claims.items()}


def _site_types(names: Sequence[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for sha256, kind in rows_where(tables.Sighting, "item__sha256", names, ("item__sha256", "site_type")):
        if kind is not None:
            found.setdefault(sha256, set()).add(kind)
    return found


def _sources(names: Sequence[str]) -> dict[str, set[str]]:
    led = list(rows_where(tables.Sighting, "item__sha256", names, ("item__sha256", "report")))
    reports = rows_where(tables.Report, "report", (report for _, report in led if report), ("report", "source"))
    sources: dict[str, str] = dict(reports)
    found: dict[str, set[str]] = {}
    for sha256, report in led:
        if report in sources:
            found.setdefault(sha256, set()).add(sources[report])
    return found


BESIDE = {"list": _lists, "site_type": _site_types, "source": _sources}


def _ungraded(numbers: Sequence[int]) -> Iterator[Row]:
    """The items of cards that wait; which they can be is asked first and in few words, since asking costs the most."""
    for part in batches(_ids_on(numbers), shapes.NAMES_MAX):
        yield from queries.unread().filter(id__in=part).values_list(*ITEM)


def _ids_on(numbers: Sequence[int]) -> list[int]:
    """The ungraded items of cards, whatever keeps them out of the queue."""
    wanted = set(numbers)
    found = tables.Item.objects.filter(Q(cluster__in=wanted) | Q(id__in=map(abs, wanted)), grade=None)
    return [row[0] for row in found.values_list("id", "cluster", "apart") if number_of(*row) in wanted]


def _skips(item_ids: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for part in batches(item_ids, shapes.NAMES_MAX):
        mine = tables.Skip.objects.filter(item_id__in=part, ended_at=None)
        found.update(mine.values_list("item_id").annotate(Count("id")))
    return found


def _count(before: Iterable[Row], now: Iterable[Row]) -> None:
    cards, items = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for sign, rows in ((-1, before), (1, now)):
        for row in rows:
            kept = row[2], row[7], row[5]
            cards[kept] += sign
            items[kept] += sign * row[8]
    for (stage, kind, rule), more in cards.items():
        if more or items[stage, kind, rule]:
            place = {"stage": stage, "kind": kind, "rule": rule}
            changed = {"cards": F("cards") + more, "items": F("items") + items[stage, kind, rule]}
            if not tables.Tally.objects.filter(**place).update(**changed):
                tables.Tally.objects.create(**place, cards=more, items=items[stage, kind, rule])


# -- what a door asks ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Only:
    """Which cards: of one stage, and, where they are given, of one kind and one leading rule.

    Args:
        kind: `image`, `video` or `other`; empty for all.
        rule: The name of the rule of most points that is true of the card; empty for all.
        stage: `read`, or `supervisor` for what was skipped by too many.
    """

    kind: str = ""
    rule: str = ""
    stage: str = STAGE_READ

    @property
    def where(self) -> dict[str, str]:
        """The filter, as columns and their values."""
        return {"stage": self.stage} | {name: value for name in ("kind", "rule") if (value := getattr(self, name))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A card as a list of the queue shows it: no medium, and nothing that anybody said of it.

    `due` orders the queue and `rules` say why it is not simply the day on which the item was `first_seen`. `holder` has
    taken it until `until`. How often it was read is not told, since who reads it second does not know that.
    """

    number: int
    leader: str
    kind: Kind
    known: str | None
    first_seen: datetime
    due: datetime
    points: int
    rules: tuple[str, ...]
    items: int
    holder: str | None
    until: datetime | None


class Page(NamedTuple):
    """Some lines of the queue, and where the next page begins; None after the last."""

    lines: tuple[Line, ...]
    after: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How many cards, and how many items on them, wait of one stage, kind and leading rule."""

    stage: str
    kind: Kind
    rule: str
    cards: int
    items: int


def page(only: Only, now: datetime, after: tuple[int, int] | None = None, size: int = 50) -> Page:
    """Give a page of the queue, the next due first, in the same time however far down it is.

    Args:
        only: Which cards.
        now: The time, by which a lease has run out or not.
        after: Where the page before it said that the next begins.
        size: Lines on a page.
    """
    found = tables.Waiting.objects.filter(**only.where)
    if after is not None:
        found = found.filter(due__gte=after[0]).filter(Q(due__gt=after[0]) | Q(number__gt=after[1]))
    rows = list(found.order_by("due", "number").values_list(
        *COLUMNS, "leader__sha256", "leader__known", "leader__first_seen")[:size + 1])
    held = dict(_held_by((row[1] for row in rows), now))
    lines = tuple(_line(row, held) for row in rows[:size])
    return Page(lines, (rows[size - 1][3], rows[size - 1][0]) if len(rows) > size else None)


def _line(row: Row, held: Mapping[int, tuple[str, datetime]]) -> Line:
    holder, until = held.get(row[1], (None, None))
    return Line(
        number=row[0], leader=row[9], kind=Kind(row[7]), known=row[10], first_seen=row[11],
        due=EPOCH + timedelta(milliseconds=row[3]), points=row[4], rules=tuple(json.loads(row[6])), items=row[8],
        holder=holder, until=until)


def _held_by(item_ids: Iterable[int], now: datetime) -> Iterator[tuple[int, tuple[str, datetime]]]:
    for item_id, reader, until in rows_where(tables.Lease, "item_id", item_ids, ("item_id", "reader", "until")):
        if until > now:
            yield item_id, (reader, until)


def counts() -> list[Waits]:
    """Count what waits, by stage, kind and leading rule; from the tallies, and so at once."""
    rows = tables.Tally.objects.exclude(cards=0).order_by("stage", "kind", "rule")
    return [Waits(stage=row.stage, kind=Kind(row.kind), rule=row.rule, cards=row.cards, items=row.items)
            for row in rows]


def next_for(reader: str, now: datetime, only: Only | None = None, gather_s: int = 0) -> int | None:
    """Name the card that is due next for a reader, None if none is.

    It is one whose leader the reader has neither read nor settled nor skipped, and which nobody holds.

    Args:
        reader: Who takes it.
        now: The time.
        only: Which cards; all that wait to be read unless told.
        gather_s: For how long a card that no rule brings forward and nobody has read waits for near-duplicates, since
            its leader was first seen.
    """
    mine = {"item": OuterRef("leader"), "reader": reader}
    found = tables.Waiting.objects.filter(**(only or Only()).where)
    found = found.exclude(Exists(tables.Reading.objects.filter(**mine)))
    found = found.exclude(Exists(tables.Skip.objects.filter(**mine, ended_at=None)))
    found = found.exclude(Exists(tables.Settlement.objects.filter(item=OuterRef("leader"), by=reader)))
    found = found.exclude(Exists(tables.Lease.objects.filter(item=OuterRef("leader"), until__gt=now)))
    if gather_s:
        young = now - timedelta(seconds=gather_s), now
        found = found.exclude(points__lte=0, leader__readings=0, leader__first_seen__range=young)
    number = found.order_by("due", "number").values_list("number", flat=True).first()
    return None if number is None else int(number)


def card(number: int, reader: str, now: datetime) -> Card | None:
    """Give a card as a reader would hold it: its leader first, then what they have not had in hand nor seen beside it.

    What they have read, settled or laid aside, and what somebody else holds, is left out. None where nothing of it
    waits.
    """
    row = tables.Waiting.objects.filter(number=number).values_list("leader_id", "points", "rules").first()
    if row is None:
        return None
    of_item = {"item": OuterRef("pk")}
    free = queries.unread().filter(id__in=_ids_on([number]))
    free = free.exclude(Exists(tables.Reading.objects.filter(**of_item, reader=reader)))
    free = free.exclude(Exists(tables.Skip.objects.filter(**of_item, reader=reader, ended_at=None)))
    free = free.exclude(Exists(tables.Settlement.objects.filter(**of_item, by=reader)))
    beside = tables.Confirmation.objects.filter(**of_item, by=reader, taken_back=None)
    free = free.exclude(Exists(beside), ~Q(id=row[0]))
    free = free.exclude(Exists(tables.Lease.objects.filter(**of_item, until__gt=now).exclude(reader=reader)))
    items = _dealt(free)
    if not items:
        return None
    leader = next((one for one in items if one[0] == row[0]), items[0])
    return _card(number, leader, items, (row[1], tuple(json.loads(row[2]))))


def _dealt(found: QuerySet[tables.Item]) -> list[Row]:
    return list(found.order_by("first_seen", "sha256").values_list("id", *shapes.ITEM_COLUMNS))


def _card(number: int, leader: Row, rows: Sequence[Row], why: tuple[int, tuple[str, ...]] = (0, ())) -> Card:
    items = [shapes.item(row[1:]) for row in (leader, *(row for row in rows if row is not leader))]
    alike = queries.resemblances(one.sha256 for one in items)
    return Card(number=number, items=tuple(items), resembles=tuple(alike), leader=items[0].sha256,
                points=why[0], rules=why[1])


def held(reader: str, now: datetime) -> Card | None:
    """Give the card that a reader holds to read, without what they have read of it or seen beside its leader.

    `leader` is on it as long as it is not read; then it names the item that the rest are to be confirmed like.
    """
    leases = tables.Lease.objects.filter(reader=reader, until__gt=now, item__differs="")  # the rest is to be settled
    first = leases.order_by("item__first_seen", "item__sha256").values_list(
        "leader_id", "leader__sha256", "item__cluster", "item_id", "item__apart").first()
    if first is None:
        return None
    rows = _dealt(tables.Item.objects.filter(id__in=leases.values("item_id")))
    if not rows:  # another page of the reader's ended the lease meanwhile
        return None
    leader = next((row for row in rows if row[0] == first[0]), rows[0])
    number = number_of(first[3], first[2], first[4])
    why = tables.Waiting.objects.filter(number=number).values_list("points", "rules").first()
    given = _card(number, leader, rows, (why[0], tuple(json.loads(why[1]))) if why else (0, ()))
    return given if first[1] is None else replace(given, leader=str(first[1]))


def gold_for(number: int, reader: str, now: datetime, at: float) -> str | None:
    """Name an item settled before that can stand in the place of a card without being told from it; None if none can.

    It is of the card's kind, since a filter may be for that. Nobody holds it, the reader has nothing to do with it, and
    nothing has its grade, as what is like an item is told with its grade. A card that a rule names keeps its place: the
    rule is told, and is true of the card alone.

    Args:
        number: The card.
        reader: Who is to be tried.
        now: The time.
        at: Where to look first among all such items, 0 to 1.
    """
    kind = tables.Waiting.objects.filter(number=number, rule="").values_list("kind", flat=True).first()
    if kind is None:
        return None
    mine = {"item": OuterRef("pk")}
    found = tables.Item.objects.filter(settled=True, kind=kind)
    found = found.exclude(Exists(tables.Item.objects.filter(leader=OuterRef("pk"))))
    for table, name in ((tables.Reading, "reader"), (tables.Settlement, "by"), (tables.Gold, "reader"),
                        (tables.Skip, "reader"), (tables.Confirmation, "by")):
        found = found.exclude(Exists(table._default_manager.filter(**mine, **{name: reader})))
    found = found.exclude(Exists(tables.Lease.objects.filter(**mine, until__gt=now))).order_by("id")
    first, last = (tables.Item.objects.filter(settled=True).order_by(one).values_list("id", flat=True).first()
                   for one in ("id", "-id"))
    if first is None or last is None:
        return None
    names = found.values_list("sha256", flat=True)
    return names.filter(id__gte=first + int(at * (last + 1 - first))).first() or names.first()


def golds_of(reader: str) -> int:
    """Count the items settled before with which a reader was tried."""
    return tables.Gold.objects.filter(reader=reader).count()

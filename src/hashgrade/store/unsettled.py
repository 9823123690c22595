"""What readers differ on and what waits to be read again: lists, counts, and who is given what. A door asks.

What differs is an index of its own, in the order of first seeing, so that a page and the next item are as fast however
much waits to be read. Nobody is given an item, or sees it in a list, that they had a hand in reading. Twin:
tests/naive/queue.py, which goes through everything.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, Count, Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL

from hashgrade.nouns import Card, Grade, Kind, Reading
from hashgrade.store import models as tables
from hashgrade.store import queries, shapes
from hashgrade.store.shapes import rows_where


@dataclass(frozen=True, slots=True)
class Differing:
    """Which items: all on which readers differ, unless one of these is given.

    Args:
        kind: `image`, `video` or `other`.
        fact: A fact of the medium, or `children`, on which they differ.
        sha256: One item.
    """

    kind: str = ""
    fact: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An item that waits to be settled, as a list shows it: no medium, and nobody's name but who settles it now.

    `said` are the readers' answers, in no order that tells whose they are; `since` is when the last of them came.
    """

    sha256: str
    kind: Kind
    first_seen: datetime
    since: datetime
    differs: tuple[str, ...]
    said: tuple[Grade, ...]
    holder: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many items of one kind differ on just these facts, and how many of them the person had a hand in."""

    kind: Kind
    differs: tuple[str, ...]
    items: int
    own: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """How many items one rule wants read again that have too few readings, and when the oldest of them was first read.

    `rule` is empty where no reading fixed a number, so that the setting says how many.
    """

    rule: str
    items: int
    since: datetime | None


def page(person: str, only: Differing, now: datetime, after: tuple[datetime, int] | None = None, size: int = 50,
         ) -> tuple[list[Line], tuple[datetime, int] | None]:
    """Give a page of what somebody may settle, the first seen first, and where the next begins; None after the last.

    Args:
        person: Who looks: what they read is left out.
        only: Which items.
        now: The time, by which a lease has run out or not.
        after: Where the page before it said that the next begins.
        size: Lines on a page.
    """
    found = _for(person, only)
    if after is not None:
        found = found.filter(first_seen__gte=after[0]).filter(Q(first_seen__gt=after[0]) | Q(id__gt=after[1]))
    rows = list(found.order_by("first_seen", "id").values_list(
        "id", "sha256", "kind", "first_seen", "differs")[:size + 1])
    said = _said(row[0] for row in rows[:size])
    leases = tables.Lease.objects.filter(item_id__in=[row[0] for row in rows], until__gt=now)
    held = dict(leases.values_list("item_id", "reader"))
    lines = [Line(sha256=row[1], kind=Kind(row[2]), first_seen=row[3], differs=tuple(json.loads(row[4])),
                  since=max(at for at, _ in said[row[0]]), said=tuple(grade for _, grade in said[row[0]]),
                  holder=held.get(row[0])) for row in rows[:size]]
    return lines, (rows[size - 1][3], rows[size - 1][0]) if len(rows) > size else None


def _said(item_ids: Iterable[int]) -> Mapping[int, list[tuple[datetime, Grade]]]:
    found: dict[int, list[tuple[datetime, Grade]]] = {}
    for number, at, text, current in rows_where(
            tables.Reading, "item_id", item_ids, ("item_id", "at", "grade", "current")):
        if current:
            found.setdefault(number, []).append((at, shapes.grade(text)))
    return found


def counts(person: str) -> list[Counted]:
    """Count what differs, by kind and by what it differs on; of each how much the person had a hand in."""
    rows = queries.differing().values_list("kind", "differs").annotate(Count("id")).order_by("kind", "differs")
    own: Counter[tuple[str, str]] = Counter()
    if tables.Reading.objects.filter(reader=person).exists():
        mine = queries.differing().filter(_read_by(person)).order_by("first_seen", "id")  # as their readings are
        own.update(mine.values_list("kind", "differs"))
    return [Counted(kind=Kind(kind), differs=tuple(json.loads(text)), items=count, own=own[kind, text])
            for kind, text, count in rows]


def held(person: str, now: datetime) -> str | None:
    """Name the item that somebody has in hand to settle, None if they have none."""
    mine = tables.Lease.objects.filter(reader=person, until__gt=now).values_list("item_id", flat=True)
    return queries.differing().filter(id__in=list(mine)).order_by("id").values_list("sha256", flat=True).first()


def next_for(person: str, now: datetime, only: Differing) -> Card | None:
    """Give the item that somebody has in hand to settle, else the one that waits longest and that nobody else holds."""
    mine = held(person, now)
    found = queries.differing().filter(sha256=mine) if mine else _for(person, only).exclude(
        Exists(tables.Lease.objects.filter(item=OuterRef("pk"), until__gt=now)))
    row = found.order_by("first_seen", "id").values_list("id", *shapes.ITEM_COLUMNS).first()
    if row is None:
        return None
    one = shapes.item(row[1:])
    return Card(number=row[0], items=(one,), resembles=tuple(queries.resemblances([one.sha256])), leader=one.sha256)


def readers(sha256: str) -> frozenset[str]:
    """Name everybody who had a hand in a reading of an item, those who corrected theirs among them."""
    return frozenset(tables.Reading.objects.filter(item__sha256=sha256).values_list("reader", flat=True))


def _for(person: str, only: Differing) -> QuerySet[tables.Item]:
    found = queries.differing().exclude(_read_by(person))
    given = {name: value for name, value in (("kind", only.kind), ("sha256", only.sha256)) if value}
    return found.filter(**given, **({"differs__contains": f'"{only.fact}"'} if only.fact else {}))


def _read_by(person: str) -> Exists:
    return Exists(tables.Reading.objects.filter(item=OuterRef("pk"), reader=person))


# -- second readings ----------------------------------------------------------------------------------------------


def again() -> list[Again]:
    """Count the items that have readings and too few of them, by the rule that wants more of them."""
    first = tables.Reading.objects.filter(item=OuterRef("pk")).values("item").annotate(first=Min("at")).values("first")
    # In words that an index knows: what is compared with a parameter is found in no index of a part of the table.
    some = RawSQL("store_item.readings > 0", (), output_field=BooleanField())
    once = tables.Item.objects.filter(some, grade=None)
    waits = once.annotate(since=Subquery(first)).values_list("wanted_by").annotate(Count("id"), Min("since"))
    return [Again(rule=rule or "", items=count, since=since) for rule, count, since in waits.order_by("wanted_by")]


def states(once: int) -> dict[str, int]:
    """Count the items in each state between nobody's eyes and a grade of record, by its name in `grading.flow`.

    Args:
        once: How many have readings and too few of them, as `again` counts.
    """
    ungraded = tables.Item.objects.filter(grade=None).count()
    rest = {"differs": queries.differing().count(), "settled": tables.Item.objects.filter(settled=True).count(),
            "inherited": tables.Item.objects.filter(leader__isnull=False).count()}
    agreed = tables.Item.objects.count() - ungraded - sum(rest.values())
    return {"unread": ungraded - once, "read": once, "agreed": agreed, **rest}


def told_views() -> dict[Kind, int]:
    """Count the current readings that say how long the item was in its reader's view, by the kind of item."""
    told = tables.Reading.objects.filter(current=True, seconds_visible__isnull=False)
    return {Kind(kind): count for kind, count in told.values_list("item__kind").annotate(Count("id"))}


def never_viewed() -> Iterator[tuple[Kind, Reading]]:
    """Stream the current readings whose item was never in their reader's view, each with the kind of item."""
    found = tables.Reading.objects.filter(current=True, seconds_visible=0)
    for row in found.values_list("item__kind", *shapes.READING_COLUMNS).iterator():
        yield Kind(row[0]), shapes.reading(row[1:])


def wanted_by(sha256: str) -> str:
    """Name the rule by which an item wants as many readings as it does; empty where the setting says how many."""
    return tables.Item.objects.filter(sha256=sha256).values_list("wanted_by", flat=True).first() or ""

"""What waits, the slow way: by going through everything, as `store.waiting` and `store.unsettled` must have it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Case, Exists, F, Min, OuterRef, Q, QuerySet, When
from django.db.models.functions import Coalesce

from hashgrade.nouns import Card, Item, Resemblance
from hashgrade.store import models as tables
from hashgrade.store import queries, shapes
from hashgrade.store.shapes import batches

CARDS_AT_ONCE = 200


def queue(reader: str = "", now: datetime | None = None) -> Iterator[Card]:
    """Stream the cards to read, the oldest first: one for each cluster that has ungraded items.

    Args:
        reader: Leave out what this person has read already, or settled.
        now: Leave out what somebody else holds at this time.
    """
    return _cards(_takeable(queries.unread(), reader, now))


def unsettled(by: str = "", now: datetime | None = None) -> Iterator[Card]:
    """Stream the cards to settle, the oldest first; for `by`, only what that person did not read."""
    return _cards(_takeable(queries.differing(), by, now))


def _takeable(found: QuerySet[tables.Item], person: str, now: datetime | None) -> QuerySet[tables.Item]:
    if person:
        read = tables.Reading.objects.filter(item=OuterRef("pk"), reader=person)
        found = found.exclude(Exists(read))
    if now is not None:
        others = tables.Lease.objects.filter(item=OuterRef("pk"), until__gt=now).exclude(reader=person)
        found = found.exclude(Exists(others))
    return found


def _cards(found: QuerySet[tables.Item]) -> Iterator[Card]:
    alone = When(apart=True, then=-F("id"))  # as `waiting.number_of`
    numbered = found.annotate(card=Case(
        alone, default=Coalesce(F("cluster"), F("id")), output_field=models.BigIntegerField()))
    oldest = numbered.values("card").annotate(oldest=Min("first_seen")).order_by("oldest", "card")
    for numbers in batches((row[0] for row in oldest.values_list("card", "oldest").iterator()), CARDS_AT_ONCE):
        yield from _dealt(numbered, numbers)


def _dealt(numbered: QuerySet[Any], numbers: Sequence[int]) -> Iterator[Card]:
    cards: dict[int, list[Item]] = {number: [] for number in numbers}
    of_cards = Q(cluster__in=numbers) | Q(cluster=None, id__in=numbers)  # a computed `card` has no index
    of_cards = ~Q(apart=True) & of_cards | Q(apart=True, id__in=[-number for number in numbers])
    rows = numbered.filter(of_cards).order_by("first_seen", "sha256")
    for row in rows.values_list(*shapes.ITEM_COLUMNS, "card"):
        cards[row[-1]].append(shapes.item(row[:-1]))
    near: dict[str, list[Resemblance]] = {}
    for one in queries.resemblances(item.sha256 for items in cards.values() for item in items):
        near.setdefault(one.sha256, []).append(one)
    for number, mine in cards.items():
        alike = tuple(one for item in mine for one in near.get(item.sha256, ()))
        yield Card(number=number, items=tuple(mine), resembles=alike)



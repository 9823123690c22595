"""Grades of record, worked out anew from what people said. `Work` calls it as a block closes.

An item that people read has what its readings and settlements make. One that was only confirmed to be like its
leader has the leader's grade, by pointer: it is no reading, and follows whatever becomes of the leader.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import connection
from django.db.models import F, QuerySet

from hashgrade.law import grades
from hashgrade.nouns import Grade, Reading, Settlement
from hashgrade.store import models as tables
from hashgrade.store import shapes
from hashgrade.store.shapes import NAMES_MAX, batches

SET = ("UPDATE store_item SET grade = %s, differs = %s, readings = %s, settled = %s, leader_id = %s, apart = %s "
       "WHERE id = %s")


class Led(NamedTuple):
    """What sheets said of an item: its leader, once enough people confirmed it, and whether it is apart."""

    leader: int | None
    apart: bool


def with_followers(ids: Iterable[int]) -> list[int]:
    """The items, and after them those that sheets showed beside one of them; these may come to have its grade."""
    given = sorted(ids)
    led: set[int] = set()
    for part in batches(given, NAMES_MAX):
        beside = tables.Confirmation.objects.filter(taken_back=None)
        led.update(beside.filter(leader_id__in=part).values_list("item_id", flat=True))
        led.update(beside.filter(item_id__in=part).values_list("item_id", flat=True))
    return [one for one in given if one not in led] + sorted(led)


def regrade(ids: Sequence[int], wanted: int) -> list[tuple[int, Grade | None]]:
    """Work out the grade of record of each item again, leaders before those that they lead.

    Args:
        ids: The items, at most `NAMES_MAX`, in the order of `with_followers`.
        wanted: The readings that make a grade, of an item for which its first reading fixed no number.
    """
    led = _led(ids, wanted)
    first = [one for one in ids if led[one].leader is None]
    return _regrade(first, wanted, led) + _regrade([one for one in ids if led[one].leader is not None], wanted, led)


def _regrade(ids: Sequence[int], wanted: int, led: Mapping[int, Led]) -> list[tuple[int, Grade | None]]:
    read: dict[int, list[Reading]] = {one: [] for one in ids}
    for row in tables.Reading.objects.filter(item_id__in=ids, current=True).order_by("at", "reader").values_list(
            *shapes.READING_COLUMNS, "item_id"):
        read[row[-1]].append(shapes.reading(row[:-1]))
    settled: dict[int, Settlement] = {}
    for row in tables.Settlement.objects.filter(item_id__in=ids).order_by("at", "by").values_list(
            *shapes.SETTLEMENT_COLUMNS, "item_id"):
        settled[row[-1]] = shapes.settlement(row[:-1])
    own = {row[0]: row[1] for row in _items(ids).exclude(wanted=None).values_list("id", "wanted")}
    found = {one: grades.of_record(read[one], settled.get(one), own.get(one, wanted)) for one in ids}
    inherited = _grades({one: leader for one in ids
                         if not read[one] and one not in settled and (leader := led[one].leader) is not None})
    found |= {one: (grade, ()) for one, grade in inherited.items()}
    with connection.cursor() as cursor:
        cursor.executemany(SET, [
            (None if grade is None else shapes.grade_text(grade), shapes.compact(differs) if differs else "",
             len(read[one]), one in settled, led[one].leader if one in inherited else None, led[one].apart or None, one)
            for one, (grade, differs) in found.items()])
    return [(one, grade) for one, (grade, _) in found.items()]


def _led(ids: Sequence[int], wanted: int) -> dict[int, Led]:
    """What the confirmations of each item come to: as many people as its leader wants readings, all of one leader."""
    said: dict[int, list[tuple[int, bool, int]]] = {}
    rows = tables.Confirmation.objects.filter(item_id__in=ids, taken_back=None).order_by("id")
    for item, leader, like, needed in rows.annotate(needed=F("leader__wanted")).values_list(
            "item_id", "leader_id", "like", "needed"):
        said.setdefault(item, []).append((leader, like, needed or wanted))
    return {one: _counted(said.get(one, ())) for one in ids}


def _counted(said: Sequence[tuple[int, bool, int]]) -> Led:
    if not all(like for _, like, _ in said):
        return Led(None, apart=True)
    leaders = [leader for leader, _, _ in said]
    enough = (leader for leader, _, needed in said if leaders.count(leader) >= needed)
    return Led(next(enough, None), apart=False)


def _grades(leaders: Mapping[int, int]) -> dict[int, Grade | None]:
    """The grade of each item's leader; an item whose leader has none is left out."""
    texts = {number: text for part in batches(set(leaders.values()), NAMES_MAX)
             for number, text in _items(part).exclude(grade=None).values_list("id", "grade")}
    return {one: shapes.grade(texts[leader]) for one, leader in leaders.items() if leader in texts}


def _items(ids: Sequence[int]) -> QuerySet[tables.Item]:
    return tables.Item.objects.filter(id__in=ids)

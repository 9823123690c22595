"""Grades of record, worked out anew from what people said. `Work` calls it as a block closes.

An item that people read has what its readings and settlements make. One that was only confirmed to be like its
leader has the leader's grade, by pointer: it is no reading, and follows whatever becomes of the leader.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import connection
from django.db.models import F, QuerySet

from hashgrade.law import grades
from hashgrade.nouns import Grade, Reading, Settlement
from hashgrade.store import models as tables
from hashgrade.store import shapes
from hashgrade.store.shapes import NAMES_MAX, batches

SET = ("UPDATE store_item SET grade = %s, differs = %s, readings = %s, settled = %s, leader_id = %s, apart = %s, "
       "wanted = %s, wanted_by = %s WHERE id = %s")
WANTED, WANTED_BY = "readings_wanted", "readings_wanted_by"
"""The keys with which a reading fixes how many its item wants, and says by which rule."""
WANTED_MAX = 9


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
        wanted: The readings that make a grade, of an item none of whose readings fixes a number.
    """
    shown = set(tables.Confirmation.objects.filter(item_id__in=ids).values_list("item_id", flat=True))
    first, rest = [one for one in ids if one not in shown], [one for one in ids if one in shown]
    found = _regrade(first, wanted, dict.fromkeys(first, Led(None, apart=False)))
    return found + _regrade(rest, wanted, _led(rest, wanted))  # asks how many their leaders want: not before


def _regrade(ids: Sequence[int], wanted: int, led: Mapping[int, Led]) -> list[tuple[int, Grade | None]]:
    read: dict[int, list[Reading]] = {one: [] for one in ids}
    for row in tables.Reading.objects.filter(item_id__in=ids, current=True).order_by("at", "reader").values_list(
            *shapes.READING_COLUMNS, "item_id"):
        read[row[-1]].append(shapes.reading(row[:-1]))
    settled: dict[int, Settlement] = {}
    for row in tables.Settlement.objects.filter(item_id__in=ids).order_by("at", "by").values_list(
            *shapes.SETTLEMENT_COLUMNS, "item_id"):
        settled[row[-1]] = shapes.settlement(row[:-1])
    fixed = _fixed(ids)
    found = {one: grades.of_record(read[one], settled.get(one), fixed.get(one, (wanted, ""))[0]) for one in ids}
    inherited = _grades({one: leader for one in ids
                         if not read[one] and one not in settled and (leader := led[one].leader) is not None})
    found |= {one: (grade, ()) for one, grade in inherited.items()}
    with connection.cursor() as cursor:
        cursor.executemany(SET, [
            (None if grade is None else shapes.grade_text(grade), shapes.compact(differs) if differs else "",
             len(read[one]), one in settled, led[one].leader if one in inherited else None, led[one].apart or None,
             *fixed.get(one, (None, None)), one)
            for one, (grade, differs) in found.items()])
    return [(one, grade) for one, (grade, _) in found.items()]


def _fixed(ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """How many readings each item wants, and by which rule: the most that any of its readings says, also a former."""
    found: dict[int, tuple[int, str]] = {}
    said = tables.Reading.objects.filter(item_id__in=ids).exclude(extra="{}").order_by("at", "reader")
    for one, text in said.values_list("item_id", "extra"):
        extra = json.loads(text)
        number = extra.get(WANTED)
        if type(number) is int and 1 <= number <= WANTED_MAX and number > found.get(one, (0, ""))[0]:
            found[one] = number, str(extra.get(WANTED_BY) or "")[:200]
    return found


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

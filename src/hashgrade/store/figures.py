"""How things stand, from tallies and indexes: as fast with a million items as with none."""

from datetime import datetime
from pathlib import Path

from django.db import connection
from django.db.models import Max

from hashgrade.store import models as tables
from hashgrade.store import queries
from hashgrade.store.waiting import number_of

AT_ONCE = 400
LOOKED_AT = 20_000
"""Ungraded items, the oldest first, among which the oldest that waits is looked for."""


def oldest_waiting() -> datetime | None:
    """Tell when the item that has waited longest was first seen; None if none waits, or none of the oldest does.

    What a list keeps out of the queue is ungraded too, and does not wait.
    """
    ungraded = tables.Item.objects.filter(grade=None).order_by("first_seen", "id")
    rows = ungraded.values_list("id", "cluster", "apart", "first_seen")
    for begin in range(0, LOOKED_AT, AT_ONCE):
        part = list(rows[begin:begin + AT_ONCE])
        numbers = {number_of(one, cluster, apart): None for one, cluster, apart, _ in part}
        waits = set(tables.Waiting.objects.filter(number__in=numbers).values_list("number", flat=True))
        for one, cluster, apart, first_seen in part:
            if number_of(one, cluster, apart) in waits:
                return first_seen
        if len(part) < AT_ONCE:
            break
    return None


def differing() -> int:
    """Count the items whose readings differ, which wait to be settled."""
    return queries.differing().count()


def newest_item() -> int:
    """Give the highest id of an item, as an index counts them; 0 where there is none."""
    return int(tables.Item.objects.aggregate(newest=Max("id"))["newest"] or 0)


def records_bytes() -> int:
    """Give the size of the file of the records; 0 where they are in no file."""
    file = Path(str(connection.settings_dict["NAME"]))
    return file.stat().st_size if file.is_file() else 0

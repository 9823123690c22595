"""What is answered and not saved yet, kept key by key, so that nothing is lost with a page or a connection.

A draft is no record: nothing is derived from it, it leaves no entry in the audit trail, and it is forgotten after two
days. What it comes to is a reading, which `Work` writes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from hashgrade.errors import Conflict
from hashgrade.store import models as tables
from hashgrade.store.desk import ids_on_file
from hashgrade.store.trouble import in_turn

KEPT: Final = timedelta(days=2)
FORGOTTEN_AT_ONCE: Final = 50
"""As one is begun, so many of the oldest are looked at: more than come in, and few enough not to be waited for."""
COLUMNS: Final = ("item__sha256", "reader", "ref", "version", "body", "read_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One reader's answers to one item.

    Args:
        sha256: The item.
        reader: Whose they are.
        ref: The name of the view in which the item is shown for it.
        version: How often it was changed.
        body: What is answered, and what undo and redo need.
        read_at: When it was last saved as a reading, None before that.
    """

    sha256: str
    reader: str
    ref: str
    version: int = 0
    body: Mapping[str, Any] = field(default_factory=dict)
    read_at: datetime | None = None


def find(reader: str, sha256: str) -> Draft | None:
    """Give a reader's draft of an item, None if there is none."""
    return next(iter(_drafts(1, reader=reader, item__sha256=sha256)), None)


def begun(reader: str, sha256: str, ref: str, at: datetime) -> Draft:
    """Give a reader's draft of an item, a new one if there is none.

    Raises:
        InputError: STO-14, the item is not on file.
    """
    if found := find(reader, sha256):
        return found
    (item_id,) = ids_on_file([sha256]).values()
    with in_turn(), transaction.atomic():
        oldest = tables.Draft.objects.order_by("pk").values("pk")[:FORGOTTEN_AT_ONCE]
        tables.Draft.objects.filter(pk__in=oldest, at__lt=at - KEPT).delete()
        row, _new = tables.Draft.objects.get_or_create(item_id=item_id, reader=reader, defaults={"ref": ref, "at": at})
    return Draft(sha256=sha256, reader=reader, ref=row.ref)


def keep(draft: Draft, body: Mapping[str, Any], read_at: datetime | None = None) -> Draft:
    """Keep other answers in the place of a draft's; a time says that they were saved as a reading then.

    Raises:
        Conflict: SRV-11, another page changed the draft meanwhile.
    """
    mine = tables.Draft.objects.filter(reader=draft.reader, item__sha256=draft.sha256, version=draft.version)
    row: dict[str, Any] = {"version": draft.version + 1, "body": json.dumps(body)}
    with in_turn():
        changed = mine.update(**row, read_at=read_at or draft.read_at)
    if not changed:
        raise Conflict("SRV-11", "the answers were changed on another page")
    return replace(draft, version=draft.version + 1, body=body, read_at=read_at or draft.read_at)


def last(reader: str, count: int) -> list[Draft]:
    """Give what a reader saved last, the newest first."""
    return _drafts(count, reader=reader, read_at__isnull=False)


def saved(reader: str, count: int) -> list[str]:
    """Name the items that a reader saved last, the newest first."""
    mine = tables.Draft.objects.filter(reader=reader, read_at__isnull=False).order_by("-read_at")
    return list(mine.values_list("item__sha256", flat=True)[:count])


def _drafts(count: int, **where: object) -> list[Draft]:
    rows = tables.Draft.objects.filter(**where).order_by("-read_at").values_list(*COLUMNS)[:count]
    return [Draft(sha256=row[0], reader=row[1], ref=row[2], version=row[3], body=json.loads(row[4]), read_at=row[5])
            for row in rows]

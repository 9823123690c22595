"""The audit log as somebody reads it: a page at a time, the newest first, and as fast however long it is."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import DatabaseError
from django.db.models import BinaryField, Max, Q, QuerySet
from django.db.models.functions import Cast

from hashgrade.audit import Entry
from hashgrade.errors import Broken
from hashgrade.store import models as tables
from hashgrade.store import shapes

COLUMNS = ("at", "actor", "why", "did", "previous", "digest")
NO_TIME = datetime.min.replace(tzinfo=UTC)
"""Stands for the time of an entry that does not say one."""
AT_ONCE = 1_000
LOOKED_AT = 50_000
"""Entries that one page looks through at most for those that it is to show."""
NO_ACT = {"readings_wanted"}
"""Numbers in an entry that count no change."""
Read = Callable[[tables.Entry], Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Which entries: by one person, of one act, that name a thing, of one day in UTC; empty says any."""

    actor: str = ""
    act: str = ""
    thing: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Entries of a page, the newest first; `before` is where the next begins, None where nothing older is left.

    `looked_at` entries were gone through; a page may have found less than it has room for, and older ones be left.
    """

    entries: tuple[Entry, ...]
    before: int | None
    looked_at: int


def acts(entry: Entry) -> dict[str, int]:
    """How many records an entry changed, by what was done with them."""
    return {name: count for name, count in entry.did.items() if type(count) is int and name not in NO_ACT}


def legible(row: tables.Entry) -> Entry:
    """Read an entry to be shown: one that cannot be read any more is shown as what stands there instead.

    Its digest is then not the one that it carries, as of every entry that was changed; where its time cannot be
    read, it is `NO_TIME`.
    """
    try:
        return shapes.entry(row)
    except Broken:
        stands = {"at": str(row.at), "did": str(row.did)}
        return Entry(number=row.number, at=row.at if isinstance(row.at, datetime) else NO_TIME, actor=str(row.actor),
                     why=str(row.why), did={"cannot be read": stands}, previous=row.previous, digest=row.digest)


def last(read: Read = shapes.entry) -> Entry | None:
    """Give the newest entry, None of an empty log.

    Raises:
        Broken: AUD-02, it was changed into what `read` cannot read.
    """
    return next(map(read, _rows(tables.Entry.objects.order_by("-number")[:1])), None)


def entry(number: int) -> Entry | None:
    """Find one entry by its number, to be shown."""
    return next(map(legible, _rows(tables.Entry.objects.filter(number=number))), None)


def page(only: Only, before: int | None = None, size: int = 50) -> Page:
    """Give a page of the log, the newest first, after looking through so many entries at most.

    Args:
        only: Which entries.
        before: The number that all entries of the page are below; None begins at the newest.
        size: Entries on a page.
    """
    low, high = _span(only.day)
    begin = at = min(high, before or high)
    end, found = max(low, begin - LOOKED_AT), list[Entry]()
    at_once = AT_ONCE if only.act else size
    while at > end and len(found) < size:
        part = _rows(_said(only).filter(number__lt=at, number__gte=end).order_by("-number")[:at_once])
        found += (one for one in map(legible, part) if not only.act or only.act in acts(one))
        at = part[-1].number if len(part) == at_once else end
    shown = tuple(found[:size])
    at = shown[-1].number if len(shown) == size else at
    return Page(shown, at if at > low else None, begin - at)


def told(only: Only) -> bool:
    """Whether any entry is like that; looks through the whole log."""
    return _said(only).exists()


def since(number: int, until: int | None = None, read: Read = shapes.entry) -> Iterator[Entry]:
    """Stream the log from the entry of this number on, letting others write meanwhile.

    Args:
        number: The first entry.
        until: The last, or None for what is newest when that is reached.
        read: Reads a row: strictly, or as one to be shown.

    Raises:
        Broken: AUD-02, an entry was changed into what `read` cannot read.
    """
    mine = tables.Entry.objects.filter(number__gte=number).order_by("number")
    if until is not None:
        mine = mine.filter(number__lte=until)
    part = _rows(mine[:AT_ONCE])
    while part:
        yield from map(read, part)
        part = _rows(mine.filter(number__gt=part[-1].number)[:AT_ONCE])


def _rows(found: QuerySet[tables.Entry]) -> list[tables.Entry]:
    """Read rows; where one has what its columns never hold, each by itself."""
    try:
        return list(found)
    except (ValueError, TypeError, DatabaseError):
        return [_row(number) for number in found.values_list("number", flat=True)]


def _row(number: int) -> tables.Entry:
    """Read a row that somebody may have written by hand: what is no text, as the text that it resembles most."""
    kept = {f"{name}_kept": Cast(name, BinaryField()) for name in COLUMNS}
    said = tables.Entry.objects.annotate(**kept).values_list(*kept).get(number=number)
    texts: dict[str, Any] = {
        name: bytes(text).decode(errors="replace") for name, text in zip(COLUMNS, said, strict=True)}
    with suppress(ValueError):
        texts["at"] = datetime.fromisoformat(texts["at"]).replace(tzinfo=UTC)
    return tables.Entry(number=number, **texts)


def _said(only: Only) -> QuerySet[tables.Entry]:
    found = tables.Entry.objects.all()
    if only.actor:
        found = found.filter(actor=only.actor)
    if only.act:
        found = found.filter(did__contains=shapes.compact(only.act))
    if only.thing:  # as it stands in JSON, and as people write it
        found = found.filter(Q(did__contains=shapes.compact(only.thing)[1:-1]) | Q(why__contains=only.thing))
    return found


def _span(day: date | None) -> tuple[int, int]:
    """The numbers between which the entries of a day are, the second one excluded; of the whole log without a day."""
    end = (tables.Entry.objects.aggregate(newest=Max("number"))["newest"] or 0) + 1
    if day is None:
        return 1, end
    begins = datetime.combine(day, time(), UTC)
    return _first_since(begins, end), _first_since(begins + timedelta(days=1), end)


def _first_since(moment: datetime, end: int) -> int:
    """The number of the first entry from a moment on; in as many looks as the number has bits, as time goes one way."""
    low, high = 1, end
    while low < high:
        middle = (low + high) // 2
        rows = _rows(tables.Entry.objects.filter(number__gte=middle).order_by("number")[:1])
        found = next(map(legible, rows), None)
        if found is None or found.at >= moment:
            high = middle
        else:
            low = found.number + 1
    return low

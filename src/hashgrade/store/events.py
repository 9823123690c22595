"""What happened to one item, the newest first, a page at a time: as fast for ten thousand events as for ten.

What was read of it as an item settled before, to see how readers agree, is not among them: that is its readers' own.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.db.models import Count, Min, Model, Q

from hashgrade.store import models as tables
from hashgrade.store import shapes


class What(StrEnum):
    """What kind of event it was."""

    GRADED = "graded"
    SETTLED = "settled"
    READ = "read"
    CONFIRMED = "confirmed"
    TAKEN_BACK = "taken back"
    CODED = "coded"
    SKIPPED = "skipped"
    DEALT = "dealt again"
    SEEN = "seen"
    SIGHTED = "sighted"


Place = tuple[datetime, int, int]
"""Where an event stands among all of its item: its time, its kind's place in `What`, and its row's number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event: its place, what and whose it was, and its columns by name."""

    place: Place
    what: What
    who: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        """When it was."""
        return self.place[0]


@dataclass(frozen=True, slots=True)
class _Source:
    table: type[Model]
    at: str
    who: str | None
    columns: tuple[str, ...]


_SOURCES: Final[Mapping[What, _Source]] = {
    What.GRADED: _Source(tables.Graded, "at", None, ("grade_id",)),
    What.SETTLED: _Source(tables.Settlement, "at", "by", ("grade", "segments", "extra")),
    What.READ: _Source(tables.Reading, "at", "reader",
                       ("grade", "segments", "seconds_visible", "supersedes", "current")),
    What.CONFIRMED: _Source(tables.Confirmation, "at", "by", ("leader__sha256", "like")),
    What.TAKEN_BACK: _Source(tables.Confirmation, "taken_back", "by", ("leader__sha256", "like")),
    What.CODED: _Source(tables.Coding, "at", "coder", ("study",)),
    What.SKIPPED: _Source(tables.Skip, "at", "reader", ("reason", "said")),
    What.DEALT: _Source(tables.Skip, "ended_at", "ended_by", ("reader", "ended_why")),
    What.SEEN: _Source(tables.Seen, "view__at", "view__reader", ("view_id", "view__ms", "view__how", "view__why")),
    What.SIGHTED: _Source(tables.Sighting, "seen_at", None, ("url", "report", "site_type")),
}
_ORDER: Final = list(What)


def page(sha256: str, after: Place | None = None, size: int = 50, only: Collection[What] = tuple(What)
         ) -> tuple[list[Event], Place | None]:
    """Give a page of what happened to an item, the newest first, and where the next begins; None after the last.

    Args:
        sha256: The item.
        after: The place of the last event of the page before.
        size: Events on a page.
        only: Of which kinds.
    """
    found = [event for what in only for event in _of(what, sha256, after, size + 1)]
    found.sort(key=lambda one: (one.place[0], -one.place[1], one.place[2]), reverse=True)
    shown = _with_companions(found[:size])
    return shown, shown[-1].place if len(found) > size else None


def people(sha256: str) -> list[str]:
    """Name everybody who had to do with an item, whoever was first before the rest."""
    first: dict[str, datetime] = {}
    for source in _SOURCES.values():
        if source.who is None:
            continue
        rows = source.table._default_manager.filter(item__sha256=sha256, **{f"{source.at}__isnull": False})
        for who, at in rows.values(source.who).annotate(first=Min(source.at)).values_list(source.who, "first"):
            first[who] = min(at, first.get(who, at))
    return sorted(first, key=lambda who: (first[who], who))


def followers(sha256: str) -> int:
    """Count the items that have the grade of this one."""
    return tables.Item.objects.filter(leader__sha256=sha256).count()


def _of(what: What, sha256: str, after: Place | None, size: int) -> Iterable[Event]:
    source, order = _SOURCES[what], _ORDER.index(what)
    rows = source.table._default_manager.filter(item__sha256=sha256, **{f"{source.at}__isnull": False})
    if after is not None:
        rows = rows.filter(_beyond(source.at, order, after))
    columns = (source.at, "id", *((source.who,) if source.who else ()), *source.columns)
    for row in rows.order_by(f"-{source.at}", "-id").values_list(*columns)[:size]:
        who, rest = (row[2], row[3:]) if source.who else ("", row[2:])
        said = dict(zip(source.columns, rest, strict=True))
        if "grade" in said:
            said |= {"grade": shapes.grade(said["grade"]), "segments": shapes.segments(said["segments"])}
        yield Event(place=(row[0], order, row[1]), what=what, who=who, said=said)


def _beyond(at: str, order: int, after: Place) -> Q:
    time, last, number = after
    if order > last:
        return Q(**{f"{at}__lte": time})
    earlier = Q(**{f"{at}__lt": time})
    return earlier | Q(**{at: time, "id__lt": number}) if order == last else earlier


def _with_companions(found: list[Event]) -> list[Event]:
    """Say of each view how many items were in it."""
    views = [one.said["view_id"] for one in found if one.what is What.SEEN]
    items: dict[int, int] = {}
    for part in shapes.batches(views, shapes.NAMES_MAX):
        rows = tables.Seen.objects.filter(view_id__in=part).values("view_id").annotate(items=Count("id"))
        items.update(rows.values_list("view_id", "items"))
    return [Event(place=one.place, what=one.what, who=one.who, said={**one.said, "items": items[one.said["view_id"]]})
            if one.what is What.SEEN else one for one in found]

"""Who saw what, and when: a reader's day, and everything that happened to an item. A door asks; `Work` writes it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum

from hashgrade.nouns import Confirmation, Grade, How, Override, Reading, Settlement, Skip, SkipReason, View
from hashgrade.store import models as tables
from hashgrade.store import queries, shapes, verdicts
from hashgrade.store.desk import TO_READ
from hashgrade.store.shapes import batches

VIEW = ("id", "ref", "reader", "at", "ms", "how", "severity", "why")
SKIP = ("item__sha256", "reader", "at", "reason", "said", "ended_by", "ended_at", "ended_why")
OVERRIDE = ("reader", "by", "at", "until", "why")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """Who holds an item until when, beside which leader; `gold` where it was settled before."""

    reader: str
    until: datetime
    leader: str
    gold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything that happened to an item, each kind in the order in which it did.

    `readings` are all, with those that were corrected. `grades` are those of record with the verdicts on each, by
    which text of which pack. `wanted` readings are asked by the rule `wanted_by`, None where the setting says.
    """

    sha256: str
    views: tuple[View, ...]
    readings: tuple[Reading, ...]
    settlements: tuple[Settlement, ...]
    confirmations: tuple[Confirmation, ...]
    skips: tuple[Skip, ...]
    grades: tuple[verdicts.Held, ...]
    leader: str | None
    wanted: int | None
    wanted_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What somebody read of an item that was settled before, beside the settlement's grade."""

    sha256: str
    reader: str
    at: datetime
    read: Grade
    settled: Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A card that somebody laid aside at a time, and nobody has dealt them again: one of its `items`, by name."""

    sha256: str
    reader: str
    at: datetime
    reason: SkipReason
    said: str
    items: int


def views(reader: str, since: datetime) -> list[View]:
    """Give what was on a reader's screen from a time on, and what began before and lasted into it, oldest first."""
    mine = tables.View.objects.filter(reader=reader)
    before = mine.filter(at__lt=since).order_by("-at").values_list("at", flat=True).first()
    return _views(mine.filter(at__gte=before or since))


def view(ref: str) -> View | None:
    """Find a view by the name that its page gave it."""
    return next(iter(_views(tables.View.objects.filter(ref=ref))), None)


def parts(ref: str) -> list[View]:
    """Give the parts of a view by the name that its page gave it, oldest first; the first has this name itself."""
    later = {"ref__gt": f"{ref}-", "ref__lt": f"{ref}."}  # what begins with the name and a hyphen
    found = _views(tables.View.objects.filter(Q(ref=ref) | Q(**later)))
    return sorted(found, key=lambda one: (len(one.ref), one.ref))


def lasted_ms(ref: str) -> int:
    """Say how long a view has been in view by now; 0 where there is none."""
    return sum(one.ms for one in parts(ref))


def seen_ms(reader: str, sha256: str) -> int:
    """Say how long an item was in view for somebody who reads it, on sheets too."""
    seen = tables.Seen.objects.filter(item__sha256=sha256).values("view_id")
    mine = tables.View.objects.filter(id__in=seen, reader=reader, how__in=TO_READ)
    return int(mine.aggregate(ms=Sum("ms"))["ms"] or 0)


def open_pause(reader: str, since: datetime) -> View | None:
    """Give a reader's last pause that began since a time and has not ended; None if there is none."""
    mine = tables.View.objects.filter(reader=reader, at__gte=since, how=How.PAUSE).order_by("-at", "-id")[:1]
    return next((one for one in _views(tables.View.objects.filter(id__in=mine.values("id"))) if not one.ms), None)


def severities(reader: str, sha256s: Collection[str]) -> set[str]:
    """Name how severe a reader's earlier views of some of these items count."""
    found: set[str] = set()
    for part in batches(sha256s, shapes.NAMES_MAX):
        seen = tables.Seen.objects.filter(item__sha256__in=part).values("view_id")
        found.update(tables.View.objects.filter(reader=reader, id__in=seen).values_list("severity", flat=True))
    return found - {""}


def overrides(reader: str, now: datetime) -> list[Override]:
    """Give what supervisors allow a reader at this time, the longest first."""
    found = tables.Override.objects.filter(reader=reader, at__lte=now, until__gt=now).order_by("-until")
    return [_override(row) for row in found.values_list(*OVERRIDE)]


def skips(sha256: str) -> list[Skip]:
    """Give every skip of an item, oldest first."""
    return [_skip(row) for row in tables.Skip.objects.filter(item__sha256=sha256).order_by("id").values_list(*SKIP)]


def laid_aside(after: int = 0, size: int = 50) -> tuple[list[Aside], int]:
    """Give the cards that are laid aside, the longest so first, and where the next page begins; 0 after the last.

    Args:
        after: Where the page before it said that the next begins.
        size: Cards on a page.
    """
    stand = tables.Skip.objects.filter(ended_at=None).values("reader", "at", "reason", "said")
    cards = stand.annotate(first=Min("id"), items=Count("id")).filter(first__gt=after).order_by("first")
    rows = list(cards.values_list("first", "reader", "at", "reason", "said", "items")[:size + 1])
    names = dict(tables.Skip.objects.filter(id__in=[row[0] for row in rows]).values_list("id", "item__sha256"))
    found = [Aside(sha256=names[row[0]], reader=row[1], at=row[2], reason=SkipReason(row[3]), said=row[4], items=row[5])
             for row in rows[:size]]
    return found, rows[size - 1][0] if len(rows) > size else 0


def aside_with(sha256: str, reader: str) -> list[str]:
    """Name the items that a reader laid aside together with this one, itself among them; none if it is not so."""
    mine = tables.Skip.objects.filter(reader=reader, ended_at=None)
    at = mine.filter(item__sha256=sha256).values_list("at", flat=True).first()
    return [] if at is None else list(mine.filter(at=at).order_by("id").values_list("item__sha256", flat=True))


def confirmations(sha256: str) -> list[Confirmation]:
    """Give what was said of an item on sheets, and what was taken back, oldest first."""
    found = tables.Confirmation.objects.filter(item__sha256=sha256).order_by("id")
    return list(map(shapes.confirmation, found.values_list(*shapes.CONFIRMATION_COLUMNS)))


def history(sha256: str) -> History | None:
    """Tell everything that happened to an item, None if it is not on file."""
    row = tables.Item.objects.filter(sha256=sha256).values_list("id", "leader__sha256", "wanted", "wanted_by").first()
    if row is None:
        return None
    said = tables.Reading.objects.filter(item_id=row[0]).order_by("at", "reader")
    seen = tables.Seen.objects.filter(item_id=row[0]).values("view_id")
    return History(
        sha256=sha256, views=tuple(_views(tables.View.objects.filter(id__in=seen))),
        readings=tuple(map(shapes.reading, said.values_list(*shapes.READING_COLUMNS))),
        settlements=tuple(queries.settlements_of(sha256)), confirmations=tuple(confirmations(sha256)),
        skips=tuple(skips(sha256)), grades=tuple(verdicts.history(sha256)), leader=row[1], wanted=row[2],
        wanted_by=row[3])


def leased(sha256: str, now: datetime) -> Leased | None:
    """Say who holds an item at this time, None if nobody does."""
    row = tables.Lease.objects.filter(item__sha256=sha256, until__gt=now).values_list(
        "reader", "until", "leader__sha256", "gold").first()
    return Leased(reader=row[0], until=row[1], leader=row[2] or sha256, gold=bool(row[3])) if row else None


def in_hand(reader: str, now: datetime) -> set[str]:
    """Name the items that a reader holds at this time, and those that lead them."""
    mine = tables.Lease.objects.filter(reader=reader, until__gt=now).values_list("item__sha256", "leader__sha256")
    return {name for row in mine for name in row if name}


def read_by(reader: str) -> int:
    """Count the items that somebody has read."""
    return tables.Reading.objects.filter(reader=reader, current=True).count()


def stands(name: str) -> bool:
    """Whether a reading, a settlement, a confirmation or a coding on file is by somebody of this name."""
    by = ((tables.Reading, "reader"), (tables.Settlement, "by"), (tables.Confirmation, "by"), (tables.Coding, "coder"))
    return bool(name) and any(table._default_manager.filter(**{who: name}).exists() for table, who in by)


def tried(reader: str = "") -> Iterator[Tried]:
    """Stream what was read of items settled before, by one reader or by all, oldest first."""
    rows = tables.Gold.objects.filter(**({"reader": reader} if reader else {})).order_by("id")
    for sha256, who, at, read, settled in rows.values_list("item__sha256", "reader", "at", "grade", "item__grade"):
        yield Tried(sha256=sha256, reader=who, at=at, read=shapes.grade(read), settled=shapes.grade(settled))


def _views(found: QuerySet[tables.View]) -> list[View]:
    rows = list(found.order_by("at", "id").values_list(*VIEW))
    items: dict[int, list[str]] = {}
    for part in batches((row[0] for row in rows), shapes.NAMES_MAX):
        seen = tables.Seen.objects.filter(view_id__in=part).order_by("id")
        for view_id, sha256 in seen.values_list("view_id", "item__sha256"):
            items.setdefault(view_id, []).append(sha256)
    return [View(ref=row[1], reader=row[2], at=row[3], ms=row[4], how=How(row[5]), severity=row[6], why=row[7],
                 items=tuple(items.get(row[0], ()))) for row in rows]


def _skip(row: tuple[Any, ...]) -> Skip:
    return Skip(sha256=row[0], reader=row[1], at=row[2], reason=SkipReason(row[3]), said=row[4], ended_by=row[5],
                ended_at=row[6], ended_why=row[7])


def _override(row: tuple[Any, ...]) -> Override:
    return Override(reader=row[0], by=row[1], at=row[2], until=row[3], why=row[4])

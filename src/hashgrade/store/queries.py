"""Everything that is read from the records: plain functions, answers as nouns.

Functions that give an iterator stream in constant memory and in a stated order that
depends only on what the records say, so that two stations with the same records give the
same sequence. They read a part at a time, and others write in between: what is said of one item is
as of one moment, and what came meanwhile may be there or not. Those that can be told `until` which item,
by its id, leave out what is of items that were filed later, so that they agree on which there are.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from hashgrade import audit, nouns
from hashgrade.nouns import (
    Claim,
    Clip,
    Confirmation,
    Edition,
    Grade,
    Item,
    Reading,
    Report,
    Resemblance,
    Settlement,
    Sighting,
)
from hashgrade.store import models as tables
from hashgrade.store import shapes, trail
from hashgrade.store.shapes import batches, rows_where

AT_ONCE = 5_000
"""Rows, or items with all their rows, that are read at a time: nobody can commit meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far an item has come: its current readings, what they differ on, and its grade of record.

    `wanted` readings make one, where its first reading fixed a number; `leader` is the item whose grade it has.
    """

    readings: int
    differs: tuple[str, ...]
    settled: bool
    grade: Grade | None
    wanted: int | None = None
    leader: str | None = None


@dataclass(frozen=True, slots=True)
class Codes:
    """PDQ codes for an index: `ids` uint64 [N], `codes` uint8 [N, 32]; an id may occur twice."""

    ids: npt.NDArray[np.uint64]
    codes: npt.NDArray[np.uint8]


def reports() -> Iterator[Report]:
    """Stream every report, by its number."""
    return map(shapes.report, _keyed(tables.Report.objects.all(), "report", shapes.REPORT_COLUMNS))


def items() -> Iterator[Item]:
    """Stream every item, by SHA-256."""
    return map(shapes.item, _keyed(tables.Item.objects.all(), "sha256", shapes.ITEM_COLUMNS))


def sightings(until: int | None = None) -> Iterator[Sighting]:
    """Stream every sighting, by item, time, address and report."""
    rows = _by_item(tables.Sighting.objects.all(), shapes.SIGHTING_COLUMNS, ("seen_at", "url", "report"), until)
    return map(shapes.sighting, rows)


def readings(until: int | None = None, *, current: bool = False) -> Iterator[Reading]:
    """Stream every reading, or every current one, by item, time and reader.

    A correction comes after what it corrects, as it was made later.
    """
    columns = (*shapes.READING_COLUMNS, "current")
    rows = _by_item(tables.Reading.objects.all(), columns, ("at", "reader"), until)
    return (shapes.reading(row[:-1]) for row in rows if row[-1] or not current)


def settlements(until: int | None = None) -> Iterator[Settlement]:
    """Stream every settlement, by item, time and person; the last of an item is its newest."""
    rows = _by_item(tables.Settlement.objects.all(), shapes.SETTLEMENT_COLUMNS, ("at", "by"), until)
    return map(shapes.settlement, rows)


def codings(until: int | None = None) -> Iterator[nouns.Coding]:
    """Stream every coding, by item, study, time and coder; the last of a coder is what they say."""
    rows = _by_item(tables.Coding.objects.all(), shapes.CODING_COLUMNS, ("study", "at", "coder"), until)
    return map(shapes.coding, rows)


def codings_by(coder: str, study: str) -> dict[str, nouns.Coding]:
    """Give a coder's last coding of each item for a study, by SHA-256."""
    rows = tables.Coding.objects.filter(coder=coder, study=study).order_by("at").values_list(*shapes.CODING_COLUMNS)
    return {row[0]: shapes.coding(row) for row in rows.iterator()}


def confirmations() -> Iterator[Confirmation]:
    """Stream what was said of items on sheets, also what was taken back, by item, time and person."""
    return map(shapes.confirmation, _by_item(
        tables.Confirmation.objects.all(), shapes.CONFIRMATION_COLUMNS, ("at", "by"), None))


def grades(until: int | None = None) -> Iterator[tuple[Item, Grade | None]]:
    """Stream every item with its grade of record, None where it has none, by SHA-256."""
    found = tables.Item.objects.all() if until is None else tables.Item.objects.filter(id__lte=until)
    for row in _keyed(found, "sha256", (*shapes.ITEM_COLUMNS, "grade")):
        yield shapes.item(row[:-1]), None if row[-1] is None else shapes.grade(row[-1])


def clusters() -> Iterator[tuple[str, int]]:
    """Stream the items that are joined with others, by SHA-256, each with the number of its cluster."""
    rows = _keyed(tables.Item.objects.exclude(cluster=None), "sha256", ("sha256", "cluster"))
    return ((name, cluster) for name, cluster in rows)


def entries() -> Iterator[audit.Entry]:
    """Stream the audit log from its first entry on."""
    return trail.since(0)


def claims(list_name: str | None = None) -> Iterator[Claim]:
    """Stream the claims of the current editions, of one list or of all, by list and key."""
    sources = tables.ImportedList.objects.filter(current=True).order_by("name")
    if list_name is not None:
        sources = sources.filter(name=list_name)
    for source in list(sources.values_list("id", flat=True)):
        yield from map(shapes.claim, _keyed(
            tables.Claim.objects.filter(source_id=source), "key", shapes.CLAIM_COLUMNS))


def counts() -> dict[str, int]:
    """Count the rows of each kind, the graded items and those whose readings differ."""
    kept = {
        "reports": tables.Report, "items": tables.Item, "sightings": tables.Sighting, "readings": tables.Reading,
        "settlements": tables.Settlement, "codings": tables.Coding,
        "claims": tables.Claim, "editions": tables.Edition, "entries": tables.Entry,
    }
    rows = {name: table._default_manager.count() for name, table in kept.items()}
    graded = rows["items"] - tables.Item.objects.filter(grade=None).count()  # what has none is in an index
    return {**rows, "graded": graded, "unsettled": differing().count()}


def item(sha256: str) -> Item | None:
    """Find one item."""
    return items_of([sha256]).get(sha256)


def items_of(sha256s: Iterable[str]) -> dict[str, Item]:
    """Find those of the items that are on file, by SHA-256."""
    return {row[0]: shapes.item(row) for row in rows_where(tables.Item, "sha256", sha256s, shapes.ITEM_COLUMNS)}


def graded(sha256s: Iterable[str]) -> set[str]:
    """Find which of these items have a grade of record."""
    rows = rows_where(tables.Item, "sha256", sha256s, ("sha256", "grade"))
    return {sha256 for sha256, grade in rows if grade is not None}


def decided(sha256s: Iterable[str]) -> set[str]:
    """Find which of these items have a grade of record, and no readings that differ."""
    rows = rows_where(tables.Item, "sha256", sha256s, ("sha256", "grade", "differs"))
    return {sha256 for sha256, grade, differs in rows if grade is not None and not differs}


def standing(sha256: str) -> Standing | None:
    """Say how far one item has come, None if it is not on file."""
    columns = ("readings", "differs", "settled", "grade", "wanted", "leader__sha256")
    row = tables.Item.objects.filter(sha256=sha256).values_list(*columns).first()
    if row is None:
        return None
    return Standing(readings=row[0], differs=tuple(json.loads(row[1])) if row[1] else (), settled=row[2],
                    grade=shapes.grade(row[3]) if row[3] else None, wanted=row[4], leader=row[5])


def readings_of(sha256: str) -> list[Reading]:
    """Find the current readings of one item, oldest first."""
    mine = tables.Reading.objects.filter(item__sha256=sha256, current=True).order_by("at", "reader")
    return [shapes.reading(row) for row in mine.values_list(*shapes.READING_COLUMNS)]


def settlements_of(sha256: str) -> list[Settlement]:
    """Find the settlements of one item, oldest first."""
    mine = tables.Settlement.objects.filter(item__sha256=sha256).order_by("at", "by")
    return [shapes.settlement(row) for row in mine.values_list(*shapes.SETTLEMENT_COLUMNS)]


def fingerprints(quality_min: int = 0, after: int = 0) -> Codes:
    """Give the PDQ codes of all items of at least this quality and with ids over `after`.

    An item whose picture EXIF turns has two codes under one id: as stored and as displayed.
    """
    good = tables.Item.objects.filter(id__gt=after, pdq_quality__gte=quality_min, pdq__isnull=False)
    stored = _codes(_keyed(good, "id", ("id", "pdq")))
    turned = _codes(_keyed(good.filter(pdq_as_displayed__isnull=False), "id", ("id", "pdq_as_displayed")))
    return Codes(np.concatenate([stored.ids, turned.ids]), np.concatenate([stored.codes, turned.codes]))


def claimed_fingerprints(quality_min: int = 0) -> Codes:
    """Give the PDQ codes of the claims of current editions, under the claims' ids.

    A list that states no quality is taken at its word.
    """
    good = Q(pdq_quality__gte=quality_min) | Q(pdq_quality=None)
    mine = tables.Claim.objects.filter(good, source__current=True, pdq__isnull=False)
    return _codes(_keyed(mine, "id", ("id", "pdq")))


def clips(after: int = 0) -> Iterator[tuple[int, Clip]]:
    """Give every clip that was filed after the one of this number, with its own number, in that order."""
    rows = tables.Clip.objects.filter(id__gt=after).order_by("id").values_list("id", "item__sha256", "frames")
    return ((number, Clip(sha256=sha256, frames=shapes.frames(packed))) for number, sha256, packed in rows)


def clips_of(sha256s: Iterable[str]) -> dict[str, Clip]:
    """Find the frames of those items that have some, by SHA-256."""
    rows = rows_where(tables.Clip, "item__sha256", sha256s, ("item__sha256", "frames"))
    return {row[0]: Clip(sha256=row[0], frames=shapes.frames(row[1])) for row in rows}


def sha256s_of(ids: Iterable[int]) -> dict[int, str]:
    """Name the items that an index knows by id."""
    return dict(rows_where(tables.Item, "id", map(int, ids), ("id", "sha256")))


def ids_of(sha256s: Iterable[str]) -> dict[str, int]:
    """Give the ids under which an index knows these items."""
    return dict(rows_where(tables.Item, "sha256", sha256s, ("sha256", "id")))


def claims_of_ids(ids: Iterable[int]) -> dict[int, Claim]:
    """Find claims by their ids."""
    return {row[0]: shapes.claim(row) for row in rows_where(tables.Claim, "id", map(int, ids), shapes.CLAIM_COLUMNS)}


class Named(Protocol):
    """What has exact digests: an item, or the digests of a medium that is no item."""

    @property
    def sha256(self) -> str: ...
    @property
    def sha1(self) -> str | None: ...
    @property
    def md5(self) -> str | None: ...


def exact_claims(wanted: Iterable[Named]) -> dict[str, list[Claim]]:
    """Find the current claims that name each item by the strongest digest they have; items without any are left out."""
    found: dict[str, list[Claim]] = {}
    given = list(wanted)
    for name, absent in shapes.NAMES_BY.items():
        values = [value for one in given if (value := getattr(one, name))]
        said: dict[str, list[Claim]] = {}
        for row in rows_where(tables.Claim, name, values, (*shapes.CLAIM_COLUMNS, "source__current", name)):
            claim = shapes.claim(row[:-2])
            if row[-2] and not any(getattr(claim, stronger) for stronger in absent):
                said.setdefault(row[-1], []).append(claim)
        for one in given:
            found.setdefault(one.sha256, []).extend(said.get(getattr(one, name) or "", ()))
    return {sha256: mine for sha256, mine in found.items() if mine}


def waiting_names() -> list[str]:
    """Name the items that wait to be read, the first seen first."""
    return list(unread().order_by("first_seen", "sha256").values_list("sha256", flat=True))


def resemblances(sha256s: Iterable[str]) -> list[Resemblance]:
    """Find what these items were seen to resemble, nearest first."""
    columns = ("item__sha256", "distance_bits", "other__sha256", "claim_id")
    found = [Resemblance(sha256=row[0], distance_bits=row[1], other=row[2], claim=row[3])
             for row in rows_where(tables.Resemblance, "item__sha256", sha256s, columns)]
    return sorted(found, key=lambda one: (one.sha256, one.distance_bits, one.other or "", one.claim or 0))


def leased(reader: str, now: datetime) -> list[str]:
    """Name the items that the reader holds at this time."""
    mine = tables.Lease.objects.filter(reader=reader, until__gt=now).order_by("item__sha256")
    return list(mine.values_list("item__sha256", flat=True))


def holder(sha256: str, now: datetime) -> str | None:
    """Name who holds the item at this time, None if nobody does."""
    lease = tables.Lease.objects.filter(item__sha256=sha256, until__gt=now).first()
    return lease.reader if lease else None


def any_synthetic() -> bool:
    """Whether some record on file says that it is made up."""
    made_up = {"extra__contains": '"synthetic":true'}
    return tables.Item.objects.filter(**made_up).exists() or tables.Report.objects.filter(**made_up).exists()


def editions(list_name: str) -> list[Edition]:
    """List the published editions of one of our lists, by number."""
    rows = tables.Edition.objects.filter(name=list_name).order_by("number")
    return [Edition(list_name=row.name, number=row.number, issued_at=row.issued_at, members=row.members,
                    manifest_sha256=row.manifest_sha256) for row in rows]


def imported_lists() -> list[tuple[str, str]]:
    """List the name and edition of each imported list that is current, by name."""
    return list(tables.ImportedList.objects.filter(current=True).order_by("name").values_list("name", "edition"))


def _keyed(found: QuerySet[Any], key: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Stream rows by a column in which no two are alike, as many at a time as others may wait for."""
    rows = found.order_by(key).values_list(*columns, key)
    part = list(rows[:AT_ONCE])
    while part:
        yield from (row[:-1] for row in part)
        part = list(rows.filter(**{f"{key}__gt": part[-1][-1]})[:AT_ONCE]) if len(part) == AT_ONCE else []


def _by_item(found: QuerySet[Any], columns: Sequence[str], order: Sequence[str], until: int | None,
             ) -> Iterator[tuple[Any, ...]]:
    """Stream rows that are about items, by item and then in an order, all of so many items at a time."""
    if until is not None:
        found = found.filter(item_id__lte=until)
    rows = found.order_by("item__sha256", *order).values_list(*columns)
    if found.count() <= AT_ONCE:
        yield from list(rows)
        return
    for names in batches(_keyed(tables.Item.objects.all(), "sha256", ("sha256",)), AT_ONCE):
        yield from list(rows.filter(item__sha256__gte=names[0][0], item__sha256__lte=names[-1][0]))


def _codes(rows: Iterable[tuple[Any, ...]]) -> Codes:
    pairs = list(rows)
    ids = np.fromiter((one for one, _ in pairs), np.uint64, len(pairs))
    codes = np.frombuffer(bytes.fromhex("".join(code for _, code in pairs)), np.uint8).reshape(-1, 32)
    return Codes(ids, codes)


def differing() -> QuerySet[tables.Item]:
    """Give the items on which readers differ, in words that their index knows: it has no place for a parameter."""
    return tables.Item.objects.filter(RawSQL("NOT (store_item.differs = '')", (), output_field=BooleanField()))


def unread() -> QuerySet[tables.Item]:
    """Give the ungraded items that no current list's policy keeps out of the queue."""
    said = tables.Claim.objects.filter(source__current=True, skip=True)
    found = tables.Item.objects.filter(grade=None)
    for name, absent in shapes.NAMES_BY.items():
        found = found.exclude(Exists(said.filter(**absent, **{name: OuterRef(name)})))
    return found

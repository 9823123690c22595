"""From nouns to rows and back. Rows come as tuples of `*_COLUMNS`, which is faster than model instances."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any, Final, TypeVar

import numpy as np
from django.db.models import Model

from hashgrade import audit, nouns
from hashgrade.errors import Broken
from hashgrade.law import grades
from hashgrade.law.segments import as_trees, from_trees
from hashgrade.store import models as tables

REPORT_COLUMNS = ("report", "source", "received_at", "outcome", "extra")
ITEM_COLUMNS = ("sha256", "md5", "sha1", "kind", "size_bytes", "width", "height", "pdq", "pdq_quality",
                "pdq_as_displayed", "first_seen", "known", "extra")
SIGHTING_COLUMNS = ("item__sha256", "url", "seen_at", "report", "site_type", "original_upload", "extra")
READING_COLUMNS = ("item__sha256", "reader", "at", "grade", "seconds_visible", "supersedes", "extra",
                   "segments")
SETTLEMENT_COLUMNS = ("item__sha256", "by", "at", "grade", "extra", "segments")
CODING_COLUMNS = ("item__sha256", "study", "coder", "at", "answers", "supersedes", "extra")
CONFIRMATION_COLUMNS = ("item__sha256", "leader__sha256", "by", "at", "like", "taken_back", "extra")
CLAIM_COLUMNS = ("id", "source__name", "source__edition", "sha256", "md5", "sha1", "pdq", "pdq_quality", "skip",
                 "extra")
CLAIM_OWN = ("sha256", "md5", "sha1", "pdq", "pdq_quality", "skip")

FRAME = np.dtype([("at_ms", "<u4"), ("quality", "u1"), ("code", "V32")])

Row = tuple[Any, ...]
"""One row of one of the column lists above, as Django gives it."""


NAMES_MAX = 900
"""Values in one `IN (...)`: Django's and old SQLite's limit is 999 variables a statement."""

T = TypeVar("T")


def batches(given: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut into lists of at most `size`; `itertools.batched` is not in Python 3.11."""
    source = iter(given)
    while part := list(islice(source, size)):
        yield part


def rows_where(table: type[Model], name: str, values: Iterable[Any], columns: Sequence[str]) -> Iterator[Row]:
    """Give the rows whose column `name` has one of any number of values."""
    for part in batches(dict.fromkeys(values), NAMES_MAX):
        yield from table._default_manager.filter(**{f"{name}__in": part}).values_list(*columns)


def compact(thing: object) -> str:
    """Spell JSON without spaces and with sorted keys: equal things are equal texts."""
    return audit.canonical(thing).decode()


def grade_text(grade: nouns.Grade) -> str:
    """Spell a grade as it is kept in a row; the order of the children stays."""
    return compact(grades.as_json(grade))


@lru_cache(maxsize=4096)
def grade(text: str) -> nouns.Grade:
    """Read a grade from a row. What is on file was checked when it came in and is not checked again."""
    said = json.loads(text)
    rows = said.get("children")
    return nouns.Grade(said.get("facts", {}), None if rows is None else tuple(map(_child, rows)))


def _child(row: Mapping[str, Any]) -> nouns.Child:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


def extra_text(extra: Mapping[str, object]) -> str:
    """Spell the keys that a record came with and that we do not know."""
    return compact(extra) if extra else "{}"


def _extra(text: str) -> Mapping[str, object]:
    return {} if text == "{}" else json.loads(text)


def report(row: Row) -> nouns.Report:
    """Read a report from its row."""
    return nouns.Report(report=row[0], source=row[1], received_at=row[2], outcome=row[3], extra=_extra(row[4]))


def report_row(given: nouns.Report) -> tables.Report:
    """Make the row of a report."""
    return tables.Report(report=given.report, source=given.source, received_at=given.received_at,
                         outcome=given.outcome, extra=extra_text(given.extra))


def item(row: Row) -> nouns.Item:
    """Read an item from its row."""
    return nouns.Item(
        sha256=row[0], md5=row[1], sha1=row[2], kind=nouns.Kind(row[3]), size_bytes=row[4], width=row[5], height=row[6],
        pdq=row[7], pdq_quality=row[8], pdq_as_displayed=row[9], first_seen=row[10],
        known=nouns.Known(row[11]) if row[11] else None, extra=_extra(row[12]))


def item_row(given: nouns.Item) -> tables.Item:
    """Make the row of an item, without its grade of record."""
    plain = {name: getattr(given, name) for name in ITEM_COLUMNS[:-1]}
    return tables.Item(**plain, extra=extra_text(given.extra))


def frames_bytes(given: Iterable[nouns.FrameCode]) -> bytes:
    """Pack frames into 37 bytes each, little-endian: milliseconds u32, quality u8, code."""
    return np.array([(one.at_ms, one.pdq.quality, one.pdq.code) for one in given], FRAME).tobytes()


def frames(packed: bytes | memoryview) -> tuple[nouns.FrameCode, ...]:
    """Read what `frames_bytes` packed."""
    return tuple(
        nouns.FrameCode(int(at_ms), nouns.Pdq(bytes(code), int(quality)))
        for at_ms, quality, code in np.frombuffer(packed, FRAME))


def sighting(row: Row) -> nouns.Sighting:
    """Read a sighting from its row."""
    return nouns.Sighting(sha256=row[0], url=row[1], seen_at=row[2], report=row[3] or None, site_type=row[4],
                          original_upload=row[5], extra=_extra(row[6]))


def sighting_row(given: nouns.Sighting, item_id: int) -> tables.Sighting:
    """Make the row of a sighting."""
    return tables.Sighting(item_id=item_id, url=given.url, seen_at=given.seen_at, report=given.report or "",
                           site_type=given.site_type, original_upload=given.original_upload,
                           extra=extra_text(given.extra))


def reading(row: Row) -> nouns.Reading:
    """Read a reading from its row."""
    return nouns.Reading(sha256=row[0], reader=row[1], at=row[2], grade=grade(row[3]), seconds_visible=row[4],
                         supersedes=row[5], extra=_extra(row[6]),
                         segments=segments(row[7]))


def reading_row(given: nouns.Reading, item_id: int, *, current: bool) -> tables.Reading:
    """Make the row of a reading."""
    return tables.Reading(item_id=item_id, reader=given.reader, at=given.at, grade=grade_text(given.grade),
                          seconds_visible=given.seconds_visible, supersedes=given.supersedes, current=current,
                          segments=segments_text(given.segments), extra=extra_text(given.extra))


def segments(text: str | None) -> tuple[nouns.Segment, ...]:
    """Read the segments of a reading or a settlement from its row."""
    return from_trees(json.loads(text)) if text else ()


def segments_text(given: Sequence[nouns.Segment]) -> str | None:
    """Spell segments as they are kept in a row; None where there are none."""
    return compact(as_trees(given)) if given else None


def settlement(row: Row) -> nouns.Settlement:
    """Read a settlement from its row."""
    return nouns.Settlement(sha256=row[0], by=row[1], at=row[2], grade=grade(row[3]), extra=_extra(row[4]),
                            segments=segments(row[5]))


def settlement_row(given: nouns.Settlement, item_id: int) -> tables.Settlement:
    """Make the row of a settlement."""
    return tables.Settlement(item_id=item_id, by=given.by, at=given.at, grade=grade_text(given.grade),
                             segments=segments_text(given.segments), extra=extra_text(given.extra))


def coding(row: Row) -> nouns.Coding:
    """Read a coding from its row."""
    said = json.loads(row[4])
    answers = {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}
    return nouns.Coding(sha256=row[0], study=row[1], coder=row[2], at=row[3], answers=answers, supersedes=row[5],
                        extra=_extra(row[6]))


def coding_row(given: nouns.Coding, item_id: int) -> tables.Coding:
    """Make the row of a coding."""
    return tables.Coding(item_id=item_id, study=given.study, coder=given.coder, at=given.at,
                         answers=compact(given.answers), supersedes=given.supersedes, extra=extra_text(given.extra))


def confirmation(row: Row) -> nouns.Confirmation:
    """Read a confirmation from its row."""
    return nouns.Confirmation(sha256=row[0], leader=row[1], by=row[2], at=row[3], like=row[4], taken_back=row[5],
                              extra=_extra(row[6]))


def claim(row: Row) -> nouns.Claim:
    """Read a claim from its row."""
    return nouns.Claim(id=row[0], list_name=row[1], edition=row[2], sha256=row[3], md5=row[4], sha1=row[5], pdq=row[6],
                       pdq_quality=row[7], skip=row[8], extra=_extra(row[9]))


def claim_key(given: nouns.Claim) -> str:
    """Give what a claim is known by within its edition: the strongest digest it has, else its PDQ."""
    return given.sha256 or given.sha1 or given.md5 or given.pdq or ""


NAMES_BY: Final[Mapping[str, Mapping[str, None]]] = {
    "sha256": {}, "sha1": {"sha256": None}, "md5": {"sha256": None, "sha1": None}}
"""How a claim names a medium: by the strongest digest that the claim has, and by no other.

MD5 and SHA-1 can be made to collide on purpose, so beside a SHA-256 that differs their agreeing is nothing.
"""


def claim_row(given: nouns.Claim, source_id: int) -> tables.Claim:
    """Make the row of a claim."""
    own = {name: getattr(given, name) for name in CLAIM_OWN}
    return tables.Claim(source_id=source_id, key=claim_key(given), extra=extra_text(given.extra), **own)


def entry(row: tables.Entry) -> audit.Entry:
    """Read an audit entry from its row.

    Raises:
        Broken: AUD-02, it was changed into what cannot be read.
    """
    try:
        did = json.loads(row.did)
        if "\\u" in row.did:
            compact(did)  # half of a pair of surrogates has no spelling
    except (ValueError, TypeError, RecursionError):
        did = None
    texts = isinstance(row.actor, str) and isinstance(row.why, str)
    if not (isinstance(did, dict) and isinstance(row.at, datetime) and texts):
        raise Broken("AUD-02", f"entry {row.number} was changed after it was sealed into what cannot be read",
                     where=f"audit entry {row.number}")
    return audit.Entry(number=row.number, at=row.at, actor=row.actor, why=row.why, did=did, previous=row.previous,
                       digest=row.digest)


def entry_row(sealed: audit.Entry) -> tables.Entry:
    """Make the row of an audit entry."""
    return tables.Entry(number=sealed.number, at=sealed.at, actor=sealed.actor, why=sealed.why, did=compact(sealed.did),
                        previous=sealed.previous, digest=sealed.digest)

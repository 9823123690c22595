"""What the packs in force make of every grade of record, kept for good. `Work` writes it; a door asks.

Each distinct grade is one row and is judged once by each text in force, so that items share verdicts through their
grades, and a new text is tried on distinct grades and not on items. What people recorded is never written here.

Whatever is in force has judged every grade on file: a grade is judged by what is in force as it is first filed,
and a text judges what it has not judged yet as it comes into force. Most of that it may have judged ahead, a part at a
time, so that others can write in between: a verdict by a text that is not in force is told nobody.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from hashgrade import nouns
from hashgrade.law import Pack, grades
from hashgrade.law.judge import judge
from hashgrade.store import force, shapes
from hashgrade.store import models as tables
from hashgrade.store.shapes import NAMES_MAX, batches, rows_where

AT_ONCE = 5_000
"""Grades judged at a time as a text comes into force, so that memory stays small and nobody waits for long."""
ITEMS_AT_ONCE = 20_000
"""Items whose grades of record are counted in one question, during which nobody can commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A verdict that a grade of record had: by which text of which pack, from when until when, and why.

    `label` is the outcome's official name in that text, of `at_least` while it is undecided. Each reason has `rule`,
    `article`, `source`, `citation` and `facts`. `until` is None while the verdict stands.
    """

    pack: str
    version: str
    digest: str
    review: str
    since: datetime
    until: datetime | None
    outcome: str | None
    at_least: str
    label: str
    could_be: tuple[str, ...]
    missing: tuple[str, ...]
    reasons: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A grade of record that an item had, from when until when, and its verdicts; `grade` None: it had none again."""

    grade: nouns.Grade | None
    sha256: str | None
    since: datetime
    until: datetime | None
    verdicts: tuple[Given, ...]


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a text makes of grades, by their number and rising, worked out before it comes into force.

    It has judged every grade up to the number `until`, here or on file; `newest` is that of the newest grade on file.
    """

    text: force.Text
    found: tuple[tuple[int, nouns.Verdict], ...]
    until: int
    newest: int


class Derivation:
    """Derives, within one block of work, what follows from grades: which are of record, and every verdict on them."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._verdicts: dict[tuple[int, nouns.Verdict], int] = {}

    def regraded(self, found: Sequence[tuple[int, nouns.Grade | None]], at: datetime) -> None:
        """Keep the grade of record of each item, where it is another than before, and judge the grades that are new."""
        texts = {item_id: None if grade is None else grades.canonical(grade) for item_id, grade in found}
        self._file({text for text in texts.values() if text is not None})
        before = _numbers_of_record(texts)
        now = {item_id: None if text is None else self._numbers[text] for item_id, text in texts.items()}
        when = connection.ops.adapt_datetimefield_value(at)
        _insert("store_graded (item_id, grade_id, at)", [
            (item_id, number, when) for item_id, number in now.items() if number != before.get(item_id)])

    def judged_by(self, text_id: int, ahead: Ahead | None = None) -> None:
        """Let a text that comes into force judge every grade on file that it has not judged.

        Args:
            text_id: The number of the text.
            ahead: What it made of grades until now, so that it judges only those that came since.
        """
        pack, last = force.judging()[text_id], 0
        if ahead:
            self.judged_ahead(text_id, ahead)
            last = ahead.until
        while part := list(_unjudged(text_id).filter(id__gt=last)[:AT_ONCE]):
            self._judge(text_id, pack, part)
            last = part[-1][0]

    def judged_ahead(self, text_id: int, ahead: Ahead) -> None:
        """Keep what a text made of grades, but for those on which its verdict was kept meanwhile."""
        if ahead.found:
            first, last = ahead.found[0][0], ahead.found[-1][0]
            judged = tables.Judged.objects.filter(text_id=text_id, grade_id__gte=first, grade_id__lte=last)
            kept = set(judged.values_list("grade_id", flat=True))
            self._keep(text_id, ahead.text.pack, [one for one in ahead.found if one[0] not in kept])

    def _file(self, texts: set[str]) -> None:
        """Give every canonical text its number, filing and judging those that are new."""
        by_digest = {sha256(text.encode()).hexdigest(): text for text in texts - self._numbers.keys()}
        self._number(by_digest)
        new = {known_by: text for known_by, text in by_digest.items() if text not in self._numbers}
        if not new:
            return
        tables.Grade.objects.bulk_create(tables.Grade(sha256=known_by, text=text) for known_by, text in new.items())
        self._number(new)
        for text_id, pack in force.judging().items():
            self._judge(text_id, pack, [(self._numbers[text], text) for text in new.values()])

    def _number(self, by_digest: Mapping[str, str]) -> None:
        # Read back rather than returned by the insert: SQLite before 3.35 returns nothing.
        for number, known_by in rows_where(tables.Grade, "sha256", by_digest, ("id", "sha256")):
            self._numbers[by_digest[known_by]] = number

    def _judge(self, text_id: int, pack: Pack, numbered: Sequence[tuple[int, str]]) -> None:
        self._keep(text_id, pack, [(number, judge(shapes.grade(text), pack)) for number, text in numbered])

    def _keep(self, text_id: int, pack: Pack, found: Sequence[tuple[int, nouns.Verdict]]) -> None:
        self._number_verdicts(text_id, pack, {one for _, one in found if (text_id, one) not in self._verdicts})
        _insert("store_judged (text_id, grade_id, verdict_id)", [
            (text_id, number, self._verdicts[text_id, verdict]) for number, verdict in found])

    def _number_verdicts(self, text_id: int, pack: Pack, wanted: Iterable[nouns.Verdict]) -> None:
        rows = {verdict: _row(text_id, pack, verdict) for verdict in wanted}
        by_digest = {row.digest: row for row in rows.values()}
        numbers: dict[str, int] = {}
        for part in batches(by_digest, NAMES_MAX):
            mine = tables.Verdict.objects.filter(text_id=text_id, digest__in=part).values_list("digest", "id")
            on_file = dict(mine)
            tables.Verdict.objects.bulk_create(by_digest[one] for one in part if one not in on_file)
            numbers.update(mine.all())
        self._verdicts.update({(text_id, verdict): numbers[row.digest] for verdict, row in rows.items()})


def _row(text_id: int, pack: Pack, verdict: nouns.Verdict) -> tables.Verdict:
    articles = {rule.id: rule.article for rule in pack.rules}
    reasons = [{"rule": one.rule, "article": articles[one.rule], "source": one.source,
                "citation": pack.sources[one.source], "facts": one.facts} for one in verdict.reasons]
    said = {"outcome": verdict.outcome, "at_least": verdict.at_least, "could_be": shapes.compact(verdict.could_be),
            "missing": shapes.compact(verdict.missing_at), "reasons": shapes.compact(reasons)}
    return tables.Verdict(text_id=text_id, digest=sha256(shapes.compact(said).encode()).hexdigest(), **said)


def _insert(into: str, rows: Sequence[tuple[Any, Any, Any]]) -> None:
    """Add rows of three columns as they are, since every item of an import passes here."""
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {into} VALUES (%s, %s, %s)", rows)


def _numbers_of_record(item_ids: Iterable[int]) -> dict[int, int | None]:
    """Find the number of each item's newest grade of record."""
    found: dict[int, int | None] = {}
    for part in batches(item_ids, NAMES_MAX):
        rows = tables.Graded.objects.filter(item_id__in=part).order_by("id").values_list("item_id", "grade_id")
        found.update(rows)
    return found


def _unjudged(text_id: int) -> QuerySet[tables.Grade, tuple[int, str]]:
    judged = tables.Judged.objects.filter(text_id=text_id, grade_id=OuterRef("pk"))
    return tables.Grade.objects.exclude(Exists(judged)).order_by("id").values_list("id", "text")


# -- what a door asks ---------------------------------------------------------------------------------------------


def ahead(text: force.Text, after: int = 0) -> Ahead:
    """Let a text judge the next grades that it has not judged, `AT_ONCE` at most; nothing is written.

    Grades are looked through a part at a time, so that nobody who writes waits for it. None comes to be on file with
    a lower number than another that is: SQLite gives each a higher number than any before, and has one writer.

    Args:
        text: The text, in force or not.
        after: The number up to which it has judged every grade.
    """
    unjudged, found = _unjudged(force.number_of(text)), list[tuple[int, nouns.Verdict]]()
    newest = tables.Grade.objects.aggregate(newest=Max("id"))["newest"] or 0
    while after < newest and (room := AT_ONCE - len(found)):
        end = min(after + AT_ONCE, newest)
        part = list(unjudged.filter(id__gt=after, id__lte=end)[:room])
        found += ((number, judge(shapes.grade(said), text.pack)) for number, said in part)
        after = part[-1][0] if len(part) == room else end
    return Ahead(text, tuple(found), after, newest)


def history(sha256: str) -> list[Held]:
    """Tell every grade of record that an item had, oldest first, each with the verdicts that it had meanwhile."""
    rows = list(_graded(sha256).order_by("id"))
    ends = [*(row[0] for row in rows), None][1:]
    return [_held(row, until) for row, until in zip(rows, ends, strict=True)]


def latest(sha256: str) -> Held | None:
    """Tell the grade of record that an item has, with every verdict that it had; None if it never had one."""
    row = _graded(sha256).order_by("-id").first()
    return None if row is None else _held(row, None)


def _graded(sha256: str) -> QuerySet[tables.Graded, tuple[Any, ...]]:
    mine = tables.Graded.objects.filter(item__sha256=sha256)
    return mine.values_list("at", "grade_id", "grade__sha256", "grade__text")


def _held(row: tuple[Any, ...], until: datetime | None) -> Held:
    at, number, known_by, text = row
    return Held(grade=None if text is None else shapes.grade(text), sha256=known_by, since=at, until=until,
                verdicts=() if number is None else tuple(_given(number, at, until)))


def _given(grade_id: int, since: datetime, until: datetime | None) -> Iterator[Given]:
    meanwhile = Q(since__isnull=False) & (Q(until=None) | Q(until__gt=since))
    if until is not None:
        meanwhile &= Q(since__lt=until)
    for one in tables.Enactment.objects.filter(meanwhile).order_by("pack", "id").select_related("text"):
        row = tables.Judged.objects.filter(text=one.text, grade_id=grade_id).select_related("verdict").first()
        if row is None or one.since is None:
            continue
        found, ends = row.verdict, [end for end in (one.until, until) if end is not None]
        yield Given(
            pack=one.pack, version=one.text.version, digest=one.text.digest, review=one.text.review,
            since=max(one.since, since), until=min(ends, default=None), outcome=found.outcome,
            at_least=found.at_least, label=json.loads(one.text.labels)[found.outcome or found.at_least],
            could_be=tuple(json.loads(found.could_be)), missing=tuple(json.loads(found.missing)),
            reasons=tuple(json.loads(found.reasons)))


def of_record() -> dict[int, int]:
    """Count the items of which each grade is the grade of record now, by the grade's number.

    Items are gone through a part at a time, so that nobody who writes waits for it.
    """
    found: dict[int, int] = {}
    last = tables.Item.objects.aggregate(last=Max("id"))["last"] or 0
    for after in range(0, last, ITEMS_AT_ONCE):
        mine = _newest().filter(item_id__gt=after, item_id__lte=after + ITEMS_AT_ONCE)
        for number, items in mine.values_list("grade_id").annotate(Count("id")):
            found[number] = found.get(number, 0) + items
    return found


def numbered(numbers: Iterable[int]) -> Iterator[tuple[int, nouns.Grade]]:
    """Stream the grades of these numbers, with their numbers, letting others write meanwhile."""
    for part in batches(sorted(numbers), NAMES_MAX):
        for number, text in list(tables.Grade.objects.filter(id__in=part).order_by("id").values_list("id", "text")):
            yield number, shapes.grade(text)


def items_with(numbers: Iterable[int]) -> dict[int, list[str]]:
    """Name the items of which these grades are the grades of record."""
    found: dict[int, list[str]] = {}
    for part in batches(numbers, NAMES_MAX):
        for number, name in _newest().filter(grade_id__in=part).values_list("grade_id", "item__sha256"):
            found.setdefault(number, []).append(name)
    return {number: sorted(names) for number, names in found.items()}


def _newest() -> QuerySet[tables.Graded]:
    later = tables.Graded.objects.filter(item_id=OuterRef("item_id"), id__gt=OuterRef("pk"))
    return tables.Graded.objects.filter(~Exists(later), grade__isnull=False)

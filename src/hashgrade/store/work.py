"""The only way to write: a block with an actor and a reason, committed with its audit entry.

    with store.work("ada", "intake of a folder") as work:
        work.items(items)

Leaving the block commits the rows and exactly one audit entry in one transaction; an
exception leaves neither. A block that changed nothing leaves no entry. Grades of record of the
items touched are worked out once, as the block closes.
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import get_ident
from typing import Any, TypeVar

from django.core.management import call_command
from django.db import connection, models, transaction
from django.db.models import Q

from hashgrade import audit, nouns
from hashgrade.errors import Broken, Conflict, InputError, Refused
from hashgrade.nouns import Claim, Clip, Edition, Item, Known, Reading, Report, Resemblance, Settlement, Sighting
from hashgrade.store import models as tables
from hashgrade.store import record, shapes, trail
from hashgrade.store.desk import Desk, ids_on_file
from hashgrade.store.due import JOINED, Rules
from hashgrade.store.legislating import Chamber
from hashgrade.store.onfile import CodingsOnFile, ReadingsOnFile, Refusal, SettlementsOnFile, at_once, content, folded
from hashgrade.store.queries import unread
from hashgrade.store.segments import fitting
from hashgrade.store.shapes import NAMES_MAX, batches, rows_where
from hashgrade.store.trouble import in_turn, plain_errors, refuse_missing
from hashgrade.store.verdicts import Derivation
from hashgrade.store.waiting import Queue

BATCH = 5_000
"""Records handled at a time, so that memory stays small."""

SQLITE_MIN = (3, 31, 0)
SQLITE_WAL_MIN = (3, 51, 3)
"""Before this, a WAL reset can corrupt the file: https://sqlite.org/wal.html#walresetbug"""

T = TypeVar("T")
About = TypeVar("About", Sighting, Reading, Settlement, nouns.Coding)
Model = TypeVar("Model", bound=models.Model)


class Store:
    """Opens blocks of work on the records.

    Args:
        now: Gives the time, aware and in UTC.
        readings_wanted: Independent readings that make a grade of record.
        lease_s: Seconds for which a taken item is one reader's.
        rules: What puts one card before another.
    """

    def __init__(self, now: Callable[[], datetime], readings_wanted: int = 2, lease_s: int = 900,
                 rules: Rules | None = None) -> None:
        self.now, self.readings_wanted, self.lease_s, self.rules = now, readings_wanted, lease_s, rules or Rules()

    def prepare(self, *, new: bool = True) -> None:
        """Bring the tables and the grades of record up to date; refuse a SQLite or a journal that could lose records.

        Args:
            new: Make the records where there are none; without it, records that are missing are refused.

        Raises:
            Broken: STO-01, SQLite is too old; STO-02, the file is in a mode that is not safe here;
                STO-16, the records are missing and not `new`; STO-17, the file is no database.
            Conflict: STO-03, another process kept the database to itself for too long.
        """
        with plain_errors():
            if not new:
                refuse_missing()
            self._prepare()

    def _prepare(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode")
            refuse_unsafe(sqlite3.sqlite_version_info, str(cursor.fetchone()[0]))
        call_command("migrate", "store", verbosity=0, interactive=False)
        last = trail.last()
        if last and last.did.get("readings_wanted") != self.readings_wanted:
            with self.work("hashgrade", f"readings_wanted is now {self.readings_wanted}") as work:
                work.regrade()
        if not tables.Graded.objects.exists() and tables.Item.objects.exclude(grade=None).exists():
            with self.work("hashgrade", "grades of record are kept from now on") as work:
                work.regrade()
        unlike = last and last.did.get("queue_rules", "") != self.rules.digest
        if unlike or (not tables.Waiting.objects.exists() and unread().exists()):
            with self.work("hashgrade", "the queue is put in order") as work:
                work.requeue()

    @contextmanager
    def work(self, actor: str, why: str) -> Iterator["Work"]:
        """Open the block in which `actor` changes records because of `why`.

        Raises:
            InputError: STO-04, the actor or the reason is empty.
            Conflict: STO-03, another process kept the database to itself for too long.
            Broken: STO-10, the disk is full; nothing of the block was written. STO-17, the file is damaged.
        """
        if not actor.strip() or not why.strip():
            raise InputError("STO-04", "a change needs an actor and a reason, and one of them is empty")
        with plain_errors(), in_turn(), transaction.atomic(durable=True):
            work = Work(self.now(), self.readings_wanted, self.lease_s, self.rules)
            try:
                yield work
                work.close(actor, why)
            finally:
                work.closed = True


def refuse_unsafe(version: Sequence[int], journal: str) -> None:
    """Refuse a SQLite that is too old, and WAL where WAL can corrupt."""
    found = ".".join(map(str, version))
    if tuple(version) < SQLITE_MIN:
        raise Broken("STO-01", f"SQLite 3.31 or newer is needed, found {found}")
    if journal == "wal" and tuple(version) < SQLITE_WAL_MIN:
        raise Broken("STO-02", f"the records are in WAL mode, which SQLite {found} can corrupt")


class Work(Desk, Chamber):
    """One open block: every method writes, and says how many records it added or changed.

    A record that is on file with the same content changes nothing. One that contradicts
    what is on file goes to `refused` with its error; by default that ends the block.
    """

    def __init__(self, at: datetime, readings_wanted: int, lease_s: int, rules: Rules) -> None:
        self.at, self._wanted, self._lease_s = at, readings_wanted, lease_s
        self.queue = Queue(rules)
        self.closed = False
        self._did: Counter[str] = Counter()
        self._notes: dict[str, Any] = {}
        self._derived = Derivation()
        self._rows = hashlib.sha256()
        self._touched: set[int] = set()
        self._thread = get_ident()

    def reports(self, reports: Iterable[Report], refused: Refusal = at_once) -> int:
        """File reports, each known by its own number."""
        return self._each_batch(reports, lambda part: self._reports(part, refused))

    def items(self, items: Iterable[Item], refused: Refusal = at_once) -> int:
        """File items by SHA-256; what either record knows of an item is kept (see `onfile.merged`)."""
        return self._each_batch(items, lambda part: self._items(part, refused))

    def clips(self, clips: Iterable[Clip]) -> int:
        """File the frames of items that are on file; an item that has frames keeps them."""
        return self._each_batch(clips, self._clips)

    def sightings(self, sightings: Iterable[Sighting], refused: Refusal = at_once) -> int:
        """File sightings of items that are on file."""
        return self._each_batch(sightings, lambda part: self._sightings(part, refused))

    def readings(self, readings: Iterable[Reading], refused: Refusal = at_once) -> int:
        """File readings, one current a reader; each ends that reader's lease on the item."""
        return self._each_batch(readings, lambda part: self._readings(part, refused))

    def settlements(self, settlements: Iterable[Settlement], refused: Refusal = at_once) -> int:
        """File settlements, none by a reader of the item."""
        return self._each_batch(settlements, lambda part: self._settlements(part, refused))

    def codings(self, codings: Iterable[nouns.Coding], refused: Refusal = at_once) -> int:
        """File what was coded of items that are on file, each coder's corrections after what they correct."""
        return self._each_batch(codings, lambda part: self._codings(part, refused))

    def claims(self, claims: Iterable[Claim], refused: Refusal = at_once) -> int:
        """File entries of imported lists; ungraded items they name exactly become known as claimed.

        The first claim of an edition makes that edition the current one of its list. A claim without
        a digest or a PDQ code is refused (STO-15).
        """
        return self._each_batch(claims, lambda part: self._claims(part, refused))

    def imported(self, list_name: str, edition: str) -> int:
        """Begin an imported edition: if it is new, it is from now on its list's current one, even without a claim.

        What the edition before it named, and this one does not come to name, the list no longer claims.
        An edition that is on file already stays as it is, current or not.
        """
        before = self._did["imported lists"]
        self._imported(list_name, edition)
        return self._did["imported lists"] - before

    def resemblances(self, resemblances: Iterable[Resemblance]) -> int:
        """File near hits; two items that resemble each other are from now on in one cluster."""
        return self._each_batch(resemblances, self._resemblances)

    def edition(self, edition: Edition) -> None:
        """File an edition of one of our lists.

        Raises:
            Conflict: STO-11, the number is taken.
        """
        self._changed("editions", [edition])
        if tables.Edition.objects.filter(name=edition.list_name, number=edition.number).exists():
            raise Conflict("STO-11", f"edition {edition.number} of `{edition.list_name}` exists")
        tables.Edition.objects.create(name=edition.list_name, number=edition.number, issued_at=edition.issued_at,
                                      manifest_sha256=edition.manifest_sha256, members=edition.members)

    def regrade(self) -> None:
        """Work out the grade of record of every item again, as the number of readings wanted has changed."""
        self._changed("regraded", [("regraded", self._wanted)])
        self._touched.update(tables.Item.objects.exclude(readings=0, settled=False).values_list("id", flat=True))

    def requeue(self) -> None:
        """Put every card in its place again, as the rules of the queue have changed."""
        self._changed("requeued", [("requeued", self.queue.rules.digest)])
        self.queue.everything()

    def note(self, **facts: object) -> None:
        """Add facts to this block's audit entry; they alone do not make one."""
        self._notes.update(facts)

    def close(self, actor: str, why: str) -> None:
        """Work out the grades of record that may have changed, and write the audit entry. `Store.work` calls it."""
        if not self._did:
            return
        touched = record.with_followers(self._touched)
        for part in batches(touched, NAMES_MAX):
            self._derived.regraded(record.regrade(part, self._wanted), self.at)
        self.queue.items(touched)
        self.queue.close()
        did = {**self._did, **self._notes, "readings_wanted": self._wanted, "rows_sha256": self._rows.hexdigest()}
        did |= {"queue_rules": self.queue.rules.digest} if self.queue.rules.digest else {}
        sealed = audit.chained(trail.last(), self.at, actor, why, did)
        shapes.entry_row(sealed).save(force_insert=True)

    def _each_batch(self, given: Iterable[T], write: Callable[[list[T]], int]) -> int:
        return sum(write(part) for part in batches(given, BATCH))

    def _changed(self, what: str, things: Sequence[Any]) -> int:
        """Count the changes and take their digest; called before each write, so a closed block cannot write."""
        if self.closed:
            raise Refused("STO-13", "the block of work is over")
        if get_ident() != self._thread:  # another thread has another connection: its rows would have no audit entry
            raise Refused("STO-13", "the block of work belongs to the thread that opened it")
        for thing in things:
            self._rows.update(thing_bytes(thing))
        if things:
            self._did[what] += len(things)
        return len(things)

    def _reports(self, given: list[Report], refused: Refusal) -> int:
        names = [one.report for one in given]
        stored: dict[Hashable, Report] = {}
        for row in rows_where(tables.Report, "report", names, shapes.REPORT_COLUMNS):
            stored[row[0]] = shapes.report(row)
        changed = folded(stored, given, lambda one: one.report, refused)
        self._changed("reports", changed)
        _upsert(tables.Report, map(shapes.report_row, changed), ["report"], shapes.REPORT_COLUMNS[1:])
        return len(changed)

    def _items(self, given: list[Item], refused: Refusal) -> int:
        stored: dict[Hashable, Item] = {}
        for row in rows_where(tables.Item, "sha256", [one.sha256 for one in given], shapes.ITEM_COLUMNS):
            stored[row[0]] = shapes.item(row)
        changed = folded(stored, given, lambda one: one.sha256, refused)
        self._changed("items", changed)
        _upsert(tables.Item, map(shapes.item_row, changed), ["sha256"], shapes.ITEM_COLUMNS[1:])
        self.queue.named(one.sha256 for one in changed)
        return len(changed)

    def _clips(self, given: list[Clip]) -> int:
        ids = ids_on_file(one.sha256 for one in given)
        on_file = {item for item, in rows_where(tables.Clip, "item_id", ids.values(), ("item_id",))}
        new = {ids[one.sha256]: one for one in given if ids[one.sha256] not in on_file}
        packed = {item: shapes.frames_bytes(one.frames) for item, one in new.items()}
        self._changed("clips", [["Clip", one.sha256, packed[item].hex()] for item, one in new.items()])
        tables.Clip.objects.bulk_create(tables.Clip(item_id=item, frames=frames) for item, frames in packed.items())
        return len(new)

    def _sightings(self, given: list[Sighting], refused: Refusal) -> int:
        ids, given = _on_file(given, refused)
        stored: dict[Hashable, Sighting] = {}
        for row in rows_where(tables.Sighting, "url", [one.url for one in given], shapes.SIGHTING_COLUMNS):
            one = shapes.sighting(row)
            stored[_place(one)] = one
        changed = folded(stored, given, _place, refused)
        self._changed("sightings", changed)
        _upsert(tables.Sighting, (shapes.sighting_row(one, ids[one.sha256]) for one in changed),
                ["url", "item", "seen_at", "report"], ["site_type", "original_upload", "extra"])
        if self.queue.rules.names & JOINED:
            self.queue.items(ids[one.sha256] for one in changed)
        return len(changed)

    def _readings(self, given: list[Reading], refused: Refusal) -> int:
        ids, given = _on_file(given, refused)
        given = fitting(given, refused)
        on_file = ReadingsOnFile(_people(tables.Settlement, "by", ids.values()))
        for row in rows_where(tables.Reading, "item_id", ids.values(), (*shapes.READING_COLUMNS, "current")):
            on_file.keep(shapes.reading(row[:-1]), current=row[-1])
        new = [one for one in given if _admitted(one, on_file.admit, refused)]
        self._changed("readings", new)
        for one in new:
            if one.supersedes is not None:  # before the insert: the constraint allows one current reading
                mine = tables.Reading.objects.filter(item_id=ids[one.sha256], reader=one.reader, at=one.supersedes)
                mine.update(current=False)
        tables.Reading.objects.bulk_create([
            shapes.reading_row(one, ids[one.sha256], current=on_file.current[one.sha256, one.reader] == one.at)
            for one in new])
        self._end_leases(new, ids)
        self._touched.update(ids[one.sha256] for one in new)
        return len(new)

    def _end_leases(self, read: Sequence[Reading], ids: dict[str, int]) -> None:
        readers = {(ids[one.sha256], one.reader) for one in read}
        items = {item_id for item_id, _ in readers}
        for item_id, reader in rows_where(tables.Lease, "item_id", items, ("item_id", "reader")):
            if (item_id, reader) in readers:
                tables.Lease.objects.filter(item_id=item_id, reader=reader).delete()

    def _settlements(self, given: list[Settlement], refused: Refusal) -> int:
        ids, given = _on_file(given, refused)
        given = fitting(given, refused)
        on_file = SettlementsOnFile(_people(tables.Reading, "reader", ids.values()))
        for row in rows_where(tables.Settlement, "item_id", ids.values(), shapes.SETTLEMENT_COLUMNS):
            on_file.keep(shapes.settlement(row))
        new = [one for one in given if _admitted(one, on_file.admit, refused)]
        self._changed("settlements", new)
        tables.Settlement.objects.bulk_create([shapes.settlement_row(one, ids[one.sha256]) for one in new])
        self._touched.update(ids[one.sha256] for one in new)
        return len(new)

    def _codings(self, given: list[nouns.Coding], refused: Refusal) -> int:
        ids, given = _on_file(given, refused)
        on_file = CodingsOnFile()
        for row in rows_where(tables.Coding, "item_id", ids.values(), shapes.CODING_COLUMNS):
            on_file.keep(shapes.coding(row))
        new = [one for one in given if _admitted(one, on_file.admit, refused)]
        self._changed("codings", new)
        tables.Coding.objects.bulk_create([shapes.coding_row(one, ids[one.sha256]) for one in new])
        return len(new)

    def _claims(self, given: list[Claim], refused: Refusal) -> int:
        changed: list[Claim] = []
        for one in given:
            if not shapes.claim_key(one):
                refused(one, InputError("STO-15", "the claim has no digest and no PDQ code"))
        given = [one for one in given if shapes.claim_key(one)]
        for source in dict.fromkeys((one.list_name, one.edition) for one in given):
            part = [one for one in given if (one.list_name, one.edition) == source]
            changed += self._claims_of(self._imported(*source), part, refused)
        self._mark_claimed(changed)
        return len(changed)

    def _claims_of(self, source_id: int, given: list[Claim], refused: Refusal) -> list[Claim]:
        stored: dict[Hashable, Claim] = {}
        mine = tables.Claim.objects.filter(source_id=source_id)
        for keys in batches(map(shapes.claim_key, given), NAMES_MAX):
            for row in mine.filter(key__in=keys).values_list(*shapes.CLAIM_COLUMNS):
                one = shapes.claim(row)
                stored[shapes.claim_key(one)] = one
        changed = folded(stored, given, shapes.claim_key, refused)
        self._changed("claims", changed)
        _upsert(tables.Claim, (shapes.claim_row(one, source_id) for one in changed), ["source", "key"],
                [*shapes.CLAIM_OWN, "extra"])
        return changed

    def _imported(self, name: str, edition: str) -> int:
        found = tables.ImportedList.objects.filter(name=name, edition=edition).first()
        if found is None:
            self._changed("imported lists", [("list", name, edition)])
            before = tables.ImportedList.objects.filter(name=name, current=True)
            self.queue.named_by(before.values_list("id", flat=True))
            before.update(current=False)
            found = tables.ImportedList.objects.create(name=name, edition=edition, imported_at=self.at)
        return int(found.pk)

    def _mark_claimed(self, claims: Sequence[Claim]) -> None:
        weaker = Q(known=None) | Q(known=Known.NEAR)
        for name, absent in shapes.NAMES_BY.items():
            naming = (one for one in claims if not any(getattr(one, stronger) for stronger in absent))
            for part in batches((value for one in naming if (value := getattr(one, name))), NAMES_MAX):
                named = tables.Item.objects.filter(grade=None, **{f"{name}__in": part})
                self.queue.items(named.values_list("id", flat=True))
                named.filter(weaker).update(known=Known.CLAIMED)

    def _resemblances(self, given: list[Resemblance]) -> int:
        ids = ids_on_file({name for one in given for name in (one.sha256, one.other) if name})
        on_file = set(rows_where(tables.Resemblance, "item_id", ids.values(), ("item_id", "other_id", "claim_id")))
        new = {}
        for one in given:
            place = (ids[one.sha256], ids[one.other] if one.other else None, one.claim)
            if place not in on_file:
                new[place] = one
        self._changed("resemblances", list(new.values()))
        tables.Resemblance.objects.bulk_create(
            tables.Resemblance(item_id=item, other_id=other, claim_id=claim, distance_bits=one.distance_bits)
            for (item, other, claim), one in new.items())
        self.queue.cards(_join({(item, other) for item, other, _claim in new if other is not None}))
        return len(new)


def thing_bytes(thing: Any) -> bytes:
    """Spell one changed record for the audit entry's digest, a line each."""
    if isinstance(thing, (Edition, Resemblance)):
        thing = [type(thing).__name__, *(getattr(thing, name) for name in thing.__slots__)]
    return (audit.canonical(thing) if isinstance(thing, (list, tuple)) else content(thing)) + b"\n"


def _upsert(table: type[Model], rows: Iterable[Model], unique: Sequence[str], fields: Sequence[str]) -> None:
    table._default_manager.bulk_create(rows, update_conflicts=True, unique_fields=unique, update_fields=fields)


def _on_file(given: Sequence[About], refused: Refusal) -> tuple[dict[str, int], list[About]]:
    """Find the ids of the items that records are about; refuse the records of items not on file."""
    ids: dict[str, int] = dict(rows_where(tables.Item, "sha256", (one.sha256 for one in given), ("sha256", "id")))
    kept = []
    for one in given:
        if one.sha256 in ids:
            kept.append(one)
        else:
            refused(one, InputError("STO-14", "the item that this is about is not on file"))
    return ids, kept


def _admitted(noun: About, admit: Callable[[About], bool], refused: Refusal) -> bool:
    try:
        return admit(noun)
    except (InputError, Refused) as error:
        refused(noun, error)
        return False


def _people(table: type[models.Model], name: str, item_ids: Iterable[int]) -> dict[str, set[str]]:
    people: dict[str, set[str]] = {}
    for sha256, person in rows_where(table, "item_id", item_ids, ("item__sha256", name)):
        people.setdefault(sha256, set()).add(person)
    return people


def _place(one: Sighting) -> Hashable:
    return one.sha256, one.url, one.seen_at, one.report or ""


def _join(pairs: Collection[tuple[int, int]]) -> set[int]:
    """Put the two of each pair, and whatever each is joined with, into the cluster of the lowest id; give all these."""
    ids = {one for pair in pairs for one in pair}
    own = {one: cluster or one for one, cluster in rows_where(tables.Item, "id", ids, ("id", "cluster"))}
    roots = {one: one for one in own.values()}
    for item, other in pairs:
        low, high = sorted((_root(roots, own[item]), _root(roots, own[other])))
        roots[high] = low
    joined = {one: _root(roots, one) for one in roots}
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE store_item SET cluster = %s WHERE cluster = %s",
                           [(low, one) for one, low in joined.items() if low != one])
        cursor.executemany("UPDATE store_item SET cluster = %s WHERE id = %s AND cluster IS NULL",
                           [(joined[label], one) for one, label in own.items()])
    return set(joined)


def _root(roots: dict[int, int], one: int) -> int:
    while roots[one] != one:
        roots[one] = roots[roots[one]]
        one = roots[one]
    return one

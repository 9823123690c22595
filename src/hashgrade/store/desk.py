"""What the workbench writes beside readings: leases, views, skips, confirmations, gold, and leave to go on.

The methods are those of `work.Work`, which has the transaction, the audit entry and the time. What a reader was shown
is written as it is shown, and can only grow.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from hashgrade.errors import Conflict, InputError, Refused
from hashgrade.nouns import Confirmation, How, Override, Reading, Skip, View
from hashgrade.store import models as tables
from hashgrade.store import shapes
from hashgrade.store.onfile import ConfirmationsOnFile, Refusal, at_once
from hashgrade.store.shapes import rows_where
from hashgrade.store.waiting import Queue

TO_READ = (How.ITEM, How.SHEET, How.FRAME)
"""As what something is in view for somebody who reads it."""


class Desk:
    """The part of a block of work that is about who sees what, and when."""

    at: datetime
    queue: Queue
    _lease_s: int
    _touched: set[int]

    def _changed(self, what: str, things: Sequence[Any]) -> int:
        raise NotImplementedError

    def note(self, **facts: object) -> None:
        """Add facts to the block's audit entry."""
        raise NotImplementedError

    def act(self, what: str, **facts: object) -> None:
        """Put an act on record that changes no record: something was made from the records, or given out."""
        self._changed(what, [(what, *(f"{name}={fact}" for name, fact in sorted(facts.items())))])
        self.note(**facts)

    def lease(self, sha256s: Sequence[str], reader: str, *, gold: bool = False) -> datetime:
        """Make all the items the reader's until the time returned, or none of them; the first leads the rest.

        Compare-and-swap: a lease changes hands only where it has run out, in the same
        statement that looks, so of two who try at once one gets it.

        Args:
            sha256s: The items of one card, its leader first.
            reader: Whose they become.
            gold: Whether the item was settled before, so that what is read of it is no reading of record.

        Raises:
            Conflict: STO-12, somebody else holds one of them.
        """
        ids, until = ids_on_file(sha256s), self.at + timedelta(seconds=self._lease_s)
        self._changed("leases", [("lease", reader, *sorted(sha256s))])
        row = {"reader": reader, "until": until, "leader_id": ids[sha256s[0]] if sha256s else None,
               "gold": gold or None}
        free = Q(until__lte=self.at) | Q(reader=reader)
        tables.Lease.objects.filter(free, item_id__in=ids.values()).update(**row)
        fresh = [tables.Lease(item_id=item_id, **row) for item_id in ids.values()]
        tables.Lease.objects.bulk_create(fresh, ignore_conflicts=True)
        held = tables.Lease.objects.filter(item_id__in=ids.values(), reader=reader, until=until).count()
        if held != len(set(sha256s)):
            raise Conflict("STO-12", "somebody else has taken the item")
        return until

    def give_back(self, sha256s: Sequence[str], reader: str) -> int:
        """End the reader's leases on these items; leases of others stay."""
        ended, _by_table = tables.Lease.objects.filter(item__sha256__in=sha256s, reader=reader).delete()
        if ended:
            self._changed("leases", [("give back", reader, *sorted(sha256s))])
        return ended

    def view(self, view: View, more_ms: int = 0) -> bool:
        """File that items are on somebody's screen, or that they are still; False if it is told so already.

        A view only goes on: it never becomes shorter, what was in it stays in it, and it stays of one kind, and as
        severe as it was taken to be when it began.

        Args:
            view: What is in view, and how long it has been.
            more_ms: By how much it becomes longer at the least.

        Raises:
            Refused: STO-19, another reader's view has this ref.
            InputError: GRD-16, it began as another kind, or for another reason.
        """
        row = tables.View.objects.filter(ref=view.ref).first()
        if row is not None:
            refuse_another(row, view)
        ms = max(view.ms, (row.ms if row else 0) + more_ms)
        severity = row.severity if row else view.severity
        ids = ids_on_file(view.items)
        seen = set(tables.Seen.objects.filter(view=row).values_list("item_id", flat=True)) if row else set()
        new = [one for one in ids.values() if one not in seen]
        if row is not None and not new and row.ms == ms:
            return False
        self._changed("views", [["View", view.ref, view.reader, view.at.isoformat(), ms, view.how,
                                 severity, view.why, *sorted(view.items)]])
        if row is None:
            row = tables.View.objects.create(ref=view.ref, reader=view.reader, at=view.at, ms=ms,
                                             how=view.how, severity=severity, why=view.why)
        else:
            tables.View.objects.filter(pk=row.pk).update(ms=ms)
        tables.Seen.objects.bulk_create(tables.Seen(view=row, item_id=one) for one in new)
        return True

    def severe(self, sha256: str, reader: str, severity: str) -> int:
        """Let what a reader saw of an item to read it count as what they found it to be; say how many views change."""
        seen = tables.Seen.objects.filter(item__sha256=sha256).values("view_id")
        mine = tables.View.objects.filter(id__in=seen, reader=reader, how__in=TO_READ).exclude(severity=severity)
        changed = mine.update(severity=severity)
        if changed:
            self._changed("views", [["severe", sha256, reader, severity]])
        return changed

    def skip(self, skips: Iterable[Skip]) -> int:
        """File skips, and end the leases that their readers had; one that stands already is not filed twice."""
        given = list(skips)
        ids = ids_on_file(one.sha256 for one in given)
        stand = set(rows_where(tables.Skip, "item_id", ids.values(), ("item_id", "reader", "ended_at")))
        new = [one for one in given if (ids[one.sha256], one.reader, None) not in stand]
        self._changed("skips", [["Skip", one.sha256, one.reader, one.reason, one.said] for one in new])
        tables.Skip.objects.bulk_create(
            tables.Skip(item_id=ids[one.sha256], reader=one.reader, at=one.at, reason=one.reason, said=one.said)
            for one in new)
        for one in given:
            tables.Lease.objects.filter(item_id=ids[one.sha256], reader=one.reader).delete()
        self.queue.items(ids.values())
        return len(new)

    def deal(self, sha256s: Sequence[str], reader: str, by: str, why: str) -> int:
        """End the skips by which these items are not the reader's to take, and say how many there were."""
        ids = ids_on_file(sha256s)
        stand = tables.Skip.objects.filter(item_id__in=ids.values(), reader=reader, ended_at=None)
        ended = stand.count()
        if ended:
            self._changed("skips ended", [["deal", reader, by, why, *sorted(sha256s)]])
            stand.update(ended_by=by, ended_at=self.at, ended_why=why)
            self.queue.items(ids.values())
        return ended

    def confirmations(self, confirmations: Iterable[Confirmation], refused: Refusal = at_once) -> int:
        """File what people said of items on sheets, and end their leases on these; what is on file changes nothing."""
        given = list(confirmations)
        names = [name for one in given for name in (one.sha256, one.leader)]
        ids: dict[str, int] = dict(rows_where(tables.Item, "sha256", names, ("sha256", "id")))
        on_file = ConfirmationsOnFile()
        about = [ids[one.sha256] for one in given if one.sha256 in ids]
        for row in rows_where(tables.Confirmation, "item_id", about, shapes.CONFIRMATION_COLUMNS):
            on_file.keep(shapes.confirmation(row))
        new = [one for one in given if _admitted(one, ids, on_file, refused)]
        self._changed("confirmations", new)
        for one in new:
            self._confirm(one, ids)
        self._touched.update(ids[one.sha256] for one in new)
        return len(new)

    def _confirm(self, one: Confirmation, ids: Mapping[str, int]) -> None:
        place = {"item_id": ids[one.sha256], "by": one.by}
        mine = tables.Confirmation.objects.filter(**place, at=one.at)
        if not mine.update(taken_back=one.taken_back):
            tables.Confirmation.objects.create(
                **place, leader_id=ids[one.leader], at=one.at, like=one.like, taken_back=one.taken_back,
                extra=shapes.extra_text(one.extra))
        tables.Lease.objects.filter(item_id=ids[one.sha256], reader=one.by).delete()

    def take_back(self, sha256: str, by: str) -> bool:
        """Take back what somebody said of an item on a sheet; False if there is nothing to take back."""
        ids = ids_on_file([sha256])
        stand = tables.Confirmation.objects.filter(item_id=ids[sha256], by=by, taken_back=None)
        if not stand.exists():
            return False
        self._changed("confirmations taken back", [["take back", sha256, by]])
        stand.update(taken_back=self.at)
        self._touched.update(ids.values())
        return True

    def gold(self, reading: Reading) -> None:
        """File what somebody read of an item that was settled before; it is no reading of record.

        Raises:
            InputError: STO-06, the person was tried with the item before.
        """
        ids = ids_on_file([reading.sha256])
        place = {"item_id": ids[reading.sha256], "reader": reading.reader}
        if tables.Gold.objects.filter(**place).exists():
            raise InputError("STO-06", "this person was tried with the item before")
        self._changed("gold", [reading])
        tables.Gold.objects.create(**place, at=reading.at, grade=shapes.grade_text(reading.grade),
                                   seconds_visible=reading.seconds_visible)
        tables.Lease.objects.filter(**place).delete()

    def override(self, leave: Override) -> None:
        """File that a supervisor lets a reader go on past their pace."""
        self._changed("overrides", [["Override", leave.reader, leave.by, leave.at.isoformat(), leave.until.isoformat(),
                                     leave.why]])
        tables.Override.objects.create(reader=leave.reader, by=leave.by, at=leave.at, until=leave.until, why=leave.why)


def refuse_another(row: tables.View | View, view: View) -> None:
    """Refuse to go on with a view as another kind, for another reason, or of another reader.

    Raises:
        Refused: STO-19; InputError: GRD-16.
    """
    if row.reader != view.reader:
        raise Refused("STO-19", "the view is somebody else's")
    if (row.how, row.why) != (view.how, view.why if view.how is How.DECIDED else row.why):
        raise InputError("GRD-16", "a view stays of one kind, and for one reason")


def _admitted(one: Confirmation, ids: Mapping[str, int], on_file: ConfirmationsOnFile, refused: Refusal) -> bool:
    if one.sha256 not in ids or one.leader not in ids:
        refused(one, InputError("STO-14", "the item that this is about, or its leader, is not on file"))
        return False
    if one.sha256 == one.leader:
        refused(one, InputError("STO-05", "an item is not confirmed to be like itself"))
        return False
    try:
        return on_file.admit(one)
    except InputError as error:
        refused(one, error)
        return False


def ids_on_file(sha256s: Iterable[str]) -> dict[str, int]:
    """Give the ids of items by SHA-256.

    Raises:
        InputError: STO-14, one of them is not on file.
    """
    wanted = dict.fromkeys(sha256s)
    found: dict[str, int] = dict(rows_where(tables.Item, "sha256", wanted, ("sha256", "id")))
    if len(found) < len(wanted):
        raise InputError("STO-14", f"{len(wanted) - len(found)} of {len(wanted)} items are not on file")
    return found

"""What is on a reader's screen, told to the records while it is, and the pace that follows from it.

The records' clock counts, not the page's: a view began no later than it was first told of, less what it is told to
have lasted, and cannot have lasted longer than since then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hashgrade.errors import InputError, Refused
from hashgrade.grading import pace
from hashgrade.nouns import How, Override, View
from hashgrade.store import drafts, ledger, queries, unsettled
from hashgrade.store.desk import refuse_another
from hashgrade.store.work import Store, Work

STRIP = 10
"""So many of the items that a reader saved last can be opened again, to be corrected."""
DAY_MS = 24 * 3600 * 1000
MS = timedelta(milliseconds=1)
PART = timedelta(minutes=1)
REF_CHARS = (8, 48)
ITEMS_MAX = 500
LEAVE_H_MAX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a page tells of a view: its name for it, whose it is, as what, how long so far, and of which items.

    Args:
        ref: 8 to 48 letters and digits, the same each time that one view is told of.
        reader: Who looks.
        how: As what.
        ms: How long it has lasted so far.
        items: Which items were in it, by SHA-256; none in a pause.
        severity: The most severe that is known of them as it begins.
        why: The reason, for what is decided.
        more_ms: How much longer than before it counts at the least, since something more was given to be seen.
    """

    ref: str
    reader: str
    how: How
    ms: int
    items: tuple[str, ...] = ()
    severity: str = ""
    why: str = ""
    more_ms: int = 0


def see(store: Store, look: Look, policy: pace.Policy = pace.NO_LIMITS) -> pace.Allowance:
    """Record that something is in view, or still is, and say what the reader may see from now on.

    It is told as it begins, every few seconds, and as it ends. What has begun is recorded whatever the limits, since
    it was seen; nothing may begin past them, and an item or a picture that comes into a view begins. Limits and record
    are one transaction, so that many who ask at once get no more than one who asks after another. A view is kept in
    parts of at most a minute from beginning to end: however long a page goes on under one name, what was in view
    counts for the time in which it was.

    Raises:
        InputError: GRD-16, it cannot be, or is not of the kind or reason that it began with; GRD-09, what is decided
            needs a reason; STO-14, an item is not on file.
        Refused: GRD-03, it is not theirs; GRD-04 to GRD-08, the pace does not allow it;
            GRD-17, it is not decided; STO-19, it is somebody else's.
    """
    _refuse_impossible(look)
    with store.work(look.reader, "see" if look.how is not How.DECIDED else "see what is decided") as work:
        parts = ledger.parts(look.ref)
        new = tuple(one for one in look.items if all(one not in part.items for part in parts))
        if new or look.more_ms:
            refuse_over(store, look.reader, policy)
        _refuse_others(store, replace(look, items=new))
        if (view := _part(look, parts, work.at)) is not None:
            if look.how is not How.PAUSE and (look.more_ms or all(view.ref != one.ref for one in parts)):
                _end_pause(work, look.reader, work.at if look.more_ms else view.at)
            work.view(view, look.more_ms)
    return allowance(store, look.reader, policy)


def go_on(store: Store, ref: str, reader: str, ms: int, policy: pace.Policy = pace.NO_LIMITS) -> pace.Allowance:
    """Record that what was given to be seen is in view for so long by now, and say what may be seen from now on.

    Raises:
        InputError: GRD-16, nothing was given to be seen under this name, or the time cannot be.
        Refused: STO-19, it is somebody else's.
    """
    parts = ledger.parts(ref)
    if not parts or parts[0].how is How.PAUSE:
        raise InputError("GRD-16", "nothing was given to be seen under this name")
    first = parts[0]
    items = tuple(dict.fromkeys(name for one in parts for name in one.items))
    return see(store, Look(ref=ref, reader=reader, how=first.how, ms=ms, items=items, why=first.why), policy)


def allowance(store: Store, reader: str, policy: pace.Policy) -> pace.Allowance:
    """Say what a reader may see now, by what they have seen and by what a supervisor allows."""
    now = store.now()
    leave = next(iter(ledger.overrides(reader, now)), None)
    return pace.pace(ledger.views(reader, pace.since(policy, now)), policy, now, leave)


def refuse_over(store: Store, reader: str, policy: pace.Policy) -> None:
    """Refuse where a reader's pace allows nothing more to be shown.

    Raises:
        Refused: GRD-04 to GRD-08.
    """
    if policy != pace.NO_LIMITS:
        pace.refuse(allowance(store, reader, policy))


def theirs(store: Store, reader: str, sha256s: Iterable[str]) -> set[str]:
    """Find which of these items a reader may look at without a reason: what of them is theirs.

    It is what they hold, what leads it, what they saved among the last ten and may correct, and what they have read
    as long as it has no grade of record. So nobody goes back for ever to what they once read.
    """
    named = set(sha256s)
    mine = named & (ledger.in_hand(reader, store.now()) | set(drafts.saved(reader, STRIP)))
    undecided = named - mine - queries.graded(named - mine)
    return mine | {one for one in undecided if any(read.reader == reader for read in queries.readings_of(one))}


def to_read(reader: str, now: datetime) -> set[str]:
    """Name what a reader has in hand to read: until they have read it, nothing tells them whether it was settled."""
    return ledger.in_hand(reader, now) - {unsettled.held(reader, now)}


def let_go_on(store: Store, leave: Override) -> None:
    """Record that a supervisor lets a reader go on past their pace until a time, and why.

    Raises:
        Refused: GRD-13, the supervisor is the reader.
        InputError: GRD-09, there is no reason; GRD-16, it ends before it begins, or lasts more than 12 hours.
    """
    if leave.by == leave.reader:
        raise Refused("GRD-13", "nobody sets their own pace")
    if not leave.why.strip():
        raise InputError("GRD-09", "to let somebody go on past their pace needs a reason")
    if not timedelta() < leave.until - leave.at <= timedelta(hours=LEAVE_H_MAX):
        raise InputError("GRD-16", f"leave to go on ends after it begins, and within {LEAVE_H_MAX} hours")
    with store.work(leave.by, leave.why) as work:
        work.override(leave)


def _part(look: Look, parts: Sequence[View], now: datetime) -> View | None:
    """What is to be filed: the first part of a view, the last as it goes on, or the next; None if nothing is new."""
    said = View(ref=look.ref, reader=look.reader, at=now - MS * look.ms, ms=look.ms, how=look.how, items=look.items,
                severity=look.severity, why=look.why)
    if not parts:
        return said
    last, more = parts[-1], look.ms - sum(one.ms for one in parts)
    refuse_another(last, said)
    if look.how is How.PAUSE or now - last.at <= PART:
        return replace(said, ref=last.ref, at=last.at, ms=max(min(last.ms + more, (now - last.at) // MS), 0))
    if more <= 0 and not look.more_ms:
        return None
    ms = max(min(more, (now - last.at) // MS), 0)
    return replace(said, ref=f"{look.ref}-{len(parts)}", at=now - MS * ms, ms=ms, severity=last.severity)


def _end_pause(work: Work, reader: str, at: datetime) -> None:
    """End a reader's pause that is open as something comes into view, whatever its page says of it, or when."""
    pause = ledger.open_pause(reader, at - MS * DAY_MS)
    if pause is not None and pause.at <= at:
        work.view(replace(pause, ms=max((at - pause.at) // MS, 1)))


def _refuse_impossible(look: Look) -> None:
    low, high = REF_CHARS
    if not (look.ref.isascii() and look.ref.isalnum() and low <= len(look.ref) <= high):
        raise InputError("GRD-16", f"a view's ref has {low} to {high} letters and digits")
    if not 0 <= look.ms <= DAY_MS:
        raise InputError("GRD-16", f"a view lasts from nothing to a day, not {look.ms} ms")
    if (not look.items) != (look.how is How.PAUSE) or len(look.items) > ITEMS_MAX:
        raise InputError("GRD-16", f"a view has 1 to {ITEMS_MAX} items and a pause has none, not {len(look.items)}")
    if look.how is How.DECIDED and not look.why.strip():
        raise InputError("GRD-09", "to look at what is decided needs a reason")


def _refuse_others(store: Store, look: Look) -> None:
    """Refuse to show what is not the reader's; with a reason, what is not decided, or is not theirs to know so."""
    now = store.now()
    if look.how is How.DECIDED:
        if set(look.items) - (queries.decided(look.items) - to_read(look.reader, now)):
            raise Refused("GRD-17", "the item is not decided")
        return
    if look.how is How.SETTLEMENT and set(look.items) - {unsettled.held(look.reader, now)}:
        raise Refused("GRD-03", "the reader has not taken the item to settle it")
    if set(look.items) - theirs(store, look.reader, look.items):
        raise Refused("GRD-03", "the reader has not taken the item, or held it for too long")

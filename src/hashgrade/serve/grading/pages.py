"""The views of the grading page. Each answers with the page as it is then; a script swaps it in, a form reloads it."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from hashgrade import grading
from hashgrade.access import Action, Thing, must
from hashgrade.errors import Conflict, InputError, Refused
from hashgrade.grading import dealing, seeing, sheets
from hashgrade.nouns import Card, How, Item, Kind, Reading
from hashgrade.serve import media
from hashgrade.serve.errors import acts_on
from hashgrade.serve.grading import screen
from hashgrade.serve.grading.answering import Answers, act, as_body, from_body
from hashgrade.serve.grading.marking import Marks
from hashgrade.serve.grading.screen import Room
from hashgrade.serve.station import Asked
from hashgrade.store import drafts, ledger, queries
from hashgrade.store.drafts import Draft
from hashgrade.store.waiting import Only

ONLY = "only"
GONE = "You held the item for too long. Your answers are kept for two days, should you take it again."
A_DAY, A_MOMENT = timedelta(days=1), timedelta(milliseconds=1)


def held(request: Asked) -> Thing:
    """Whose the items in hand are: the actor's, if they hold any."""
    mine = queries.leased(request.actor.name, request.station.now())
    return Thing(owner=request.actor.name if mine else "")


def desk(request: Asked) -> HttpResponse:
    """Show what is in hand, or how to take something."""
    given = {name: request.GET.get(name, "")[:200] for name in ("kind", "rule")}
    return _page(request, {**screen.of(Room(request)), **given, "chosen": any(given.values())})


def _page(request: Asked, shown: dict[str, Any]) -> HttpResponse:
    return render(request, f"grading/{'state' if request.htmx else 'desk'}.html", shown)


def _refused(request: Asked, room: Room, said: str) -> dict[str, Any]:
    return screen.of(room, request.POST.get("again", ""), said=said)


acting = acts_on(Room, _page, _refused)


def _draft(request: Asked, room: Room) -> Draft:
    """The draft of an item that is the actor's; asked here and not by the gate, so that the page shows how things are.

    Raises:
        Refused: GRD-03, it is not theirs, or not any more.
    """
    if not _held(request, room):
        raise Refused("GRD-03", "you have not taken the item, or held it for too long")
    draft = drafts.begun(room.reader, request.POST.get("sha256", ""), screen.new_ref(), request.station.now())
    return _as_read(draft)


def _held(request: Asked, room: Room) -> bool:
    return media.thing(request).owner == room.reader


def _mine(request: Asked, room: Room) -> Draft:
    """The draft that an answer goes to: one that was begun in time takes what was answered without a connection."""
    found = None if _held(request, room) else drafts.find(room.reader, request.POST.get("sha256", ""))
    return found if found and found.read_at is None else _draft(request, room)


def _as_read(draft: Draft) -> Draft:
    """The draft as saved, where its reading is on file and the process ended before the draft said so."""
    mine = [one for one in queries.readings_of(draft.sha256) if one.reader == draft.reader]
    if not mine or mine[0].at == draft.read_at:
        return draft
    answers = from_body(draft.body)
    read = Answers(mine[0].grade, acts=answers.acts, marks=Marks(mine[0].segments))
    other = draft.body and (answers.grade, answers.marks) != (read.grade, read.marks)
    return drafts.keep(draft, draft.body if other else as_body(read), mine[0].at)


@acting
def answer(request: Asked, room: Room) -> dict[str, Any]:
    """Take an answer, a preset, or an undo, and keep it at once."""
    draft = _mine(request, room)
    before = from_body(draft.body)
    does = request.POST.get("act")
    if (does == "undo" and not before.done) or (does == "redo" and not before.undone):
        return _beside(room, draft, older=does == "undo")
    said = {**request.POST.dict(), "answer": request.POST.getlist("answer")}
    after = act(before, said, room.about(_item(draft)))
    if as_body(after) != as_body(before):
        drafts.keep(draft, as_body(after))
    if not _held(request, room):
        return screen.of(room, said=GONE)
    return screen.of(room, _again(draft), answers=after if after.against else None)


def _item(draft: Draft) -> Item:
    found = queries.item(draft.sha256)
    if found is None:
        raise InputError("STO-14", "the item is not on file")
    return found


def _again(draft: Draft) -> str:
    """The item of a draft where it was saved before, so that it is not simply what is in hand."""
    return draft.sha256 if draft.read_at is not None else ""


def _beside(room: Room, draft: Draft, *, older: bool) -> dict[str, Any]:
    """The item that was saved before, or after, the one of a draft."""
    saved = drafts.saved(room.reader, seeing.STRIP)
    at = saved.index(draft.sha256) if draft.sha256 in saved else -1
    if older and at + 1 < len(saved):
        return screen.of(room, saved[at + 1])
    if older:
        return screen.of(room, _again(draft), said="There is nothing more to take back.")
    return screen.of(room, saved[at - 1] if at > 0 else "")


@acting
def again(request: Asked, room: Room) -> dict[str, Any]:
    """Open an item that was saved before, to be corrected."""
    return screen.of(room, _draft(request, room).sha256)


@acting
def take(request: Asked, room: Room) -> HttpResponse | dict[str, Any]:
    """Take the next card, by the filter of the queue if one is given; it stays until another is."""
    if request.POST.get("chosen"):
        request.session[ONLY] = {name: request.POST.get(name, "")[:200] for name in ("kind", "rule")}
    said, card = _take(request, room)
    return screen.of(room, said=said, card=card) if request.htmx or said else redirect("grading")


def _take(request: Asked, room: Room) -> tuple[str, Card | None]:
    """What to tell of it, and the card: the one in hand if there is one, else the next."""
    given = request.session.get(ONLY, {})
    only = Only(kind=given.get("kind", "") if given.get("kind") in set(Kind) else "", rule=given.get("rule", ""))
    try:
        card = grading.take(request.station.store, room.reader, room.policies, only)
    except Refused as error:
        return "" if error.code.startswith("GRD") else error.what, None
    return "" if card else "Nothing waits for you" + (" by this filter." if any(given.values()) else "."), card


@acting
def commit(request: Asked, room: Room) -> dict[str, Any]:
    """Save the answers that are on the screen as a reading, and take the next."""
    draft = _draft(request, room)
    version = request.POST.get("version", "")
    if draft.read_at is not None and version == str(draft.version - 1) and not _differs(draft):
        return _next(request, room)  # sent twice over a bad line
    if version != str(draft.version):
        raise Conflict("SRV-11", "the answers on the screen are not those that are kept")
    answers = from_body(draft.body)
    if count := len(room.around.open(answers.grade)) + len(answers.marks.asked):
        raise InputError("SRV-10", f"{count} questions are open")
    if answers.marks.begun is not None:
        raise InputError("SRV-10", "a segment has begun and not ended")
    if draft.read_at is None:
        room.must_read(draft.sha256)
    else:
        must(request.actor, Action.CORRECT, Thing(owner=draft.reader))
    _keep(request, room, draft, answers)
    return _next(request, room)


def _differs(draft: Draft) -> bool:
    return bool(from_body(draft.body).done)


def _keep(request: Asked, room: Room, draft: Draft, answers: Answers) -> None:
    store = request.station.store
    at = max(store.now(), draft.read_at + A_MOMENT) if draft.read_at else store.now()  # the clock may be set back
    reading = Reading(sha256=draft.sha256, reader=room.reader, at=at, grade=answers.grade,
                      seconds_visible=ledger.seen_ms(room.reader, draft.sha256) / 1000, supersedes=draft.read_at,
                      segments=answers.marks.segments)
    body = as_body(Answers(answers.grade, acts=answers.acts, marks=answers.marks))
    if draft.read_at is None or _said_before(reading) not in (None, _said(reading)):
        grading.read(store, reading, room.policies, also=lambda: drafts.keep(draft, body, at))
    else:
        drafts.keep(draft, body)


def _said_before(reading: Reading) -> tuple[Any, ...] | None:
    return next((_said(one) for one in queries.readings_of(reading.sha256) if one.reader == reading.reader), None)


def _said(reading: Reading) -> tuple[Any, ...]:
    return reading.grade, reading.segments


def _next(request: Asked, room: Room) -> dict[str, Any]:
    """Go on with what is in hand, else take the next, unless the station wants a neutral screen between cards."""
    if request.station.settings.pace.neutral:
        return screen.of(room)
    said, card = _take(request, room)
    return screen.of(room, said=said, card=card)


@acting
def confirm(request: Asked, room: Room) -> dict[str, Any]:
    """Say of the items on a sheet which are like the leader; the sheet was looked at before."""
    store, leader = request.station.store, request.POST.get("sha256", "")
    shown, unlike = request.POST.getlist("beside"), request.POST.getlist("unlike")
    views = ledger.views(room.reader, store.now() - A_DAY)
    if not any(one.how is How.SHEET and {*shown, *unlike} <= {*one.items} for one in views):
        raise Refused("SRV-14", "the sheet was not looked at")
    sheets.confirm(store, leader, room.reader, [one for one in shown if one not in unlike], unlike)
    return _next(request, room)


@acting
def skip(request: Asked, room: Room) -> dict[str, Any]:
    """Lay the card aside with a reason, and take the next."""
    reason = request.POST.get("reason", "")
    dealing.skip(request.station.store, room.reader, reason, request.POST.get("said", ""))
    return _next(request, room)


@acting
def give_back(request: Asked, room: Room) -> HttpResponse | dict[str, Any]:
    """Free what is in hand; what was answered of it stays until it is taken again."""
    grading.give_back(request.station.store, room.reader)
    return screen.of(room, said="Given back.") if request.htmx else redirect("grading")

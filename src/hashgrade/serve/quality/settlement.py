"""The views of one settlement. Each answers with the page as it is then; a script swaps it in, a form reloads it."""

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import redirect, render

from hashgrade import grading
from hashgrade.access import Thing
from hashgrade.errors import Conflict, InputError, Refused
from hashgrade.nouns import Settlement
from hashgrade.serve.errors import acts_on
from hashgrade.serve.grading.screen import Room
from hashgrade.serve.quality import beside
from hashgrade.serve.quality.beside import Desk, desk_of
from hashgrade.serve.quality.choosing import act, as_body
from hashgrade.serve.station import Asked
from hashgrade.store import drafts, queries, unsettled
from hashgrade.store.unsettled import Differing

ONLY: Final = "settling"
WHY_CHARS_MAX: Final = 500


def item(request: Asked) -> Thing:
    """The item that a form names, with everybody who had a hand in reading it."""
    return Thing(hands=unsettled.readers(request.POST.get("sha256", "")))


def one(request: Asked) -> HttpResponse:
    """Show what somebody has in hand to settle, or how to take something."""
    return _page(request, beside.of(Room(request)))


def _page(request: Asked, shown: dict[str, Any]) -> HttpResponse:
    return render(request, f"quality/{'settle-state' if request.htmx else 'settle'}.html", shown)


def _refused(request: Asked, room: Room, said: str) -> dict[str, Any]:
    return beside.of(room, said, request.POST.get("sha256", ""), request.POST.get("said", "")[:WHY_CHARS_MAX])


acting: Final = acts_on(Room, _page, _refused)


@acting
def take(request: Asked, room: Room) -> HttpResponse | dict[str, Any]:
    """Take the item that waits longest, by the filter of the list if one is given, or the one that the form names."""
    if request.POST.get("chosen"):
        request.session[ONLY] = {name: request.POST.get(name, "")[:60] for name in ("kind", "fact")}
    said = _take(request, room, request.POST.get("sha256", ""))
    return beside.of(room, said) if request.htmx or said else redirect("settle")


def _take(request: Asked, room: Room, sha256: str = "") -> str:
    given = request.session.get(ONLY, {})
    only = Differing(sha256=sha256) if sha256 else Differing(given.get("kind", ""), given.get("fact", ""))
    try:
        card = grading.take_to_settle(request.station.store, room.reader, room.policies, only)
    except Refused as error:
        return "" if error.code.startswith("GRD") else error.what
    if card is None:
        return "This item no longer waits for you: somebody else settles it, or did." if sha256 else (
            "Nothing waits for you" + (" by this filter." if any(given.values()) else "."))
    return "" if sha256 in ("", card.leader) else "You have another item in hand: settle it, or leave it, first."


def _in_hand(request: Asked, room: Room) -> Desk:
    """The desk of the item that a form names; one that was held for too long is taken again, if nobody else has.

    Raises:
        Conflict: STO-12, somebody else has it; SRV-30, nothing differs any more.
        Refused: GRD-04 to GRD-08, it is not held any more, and the pace does not allow to take it.
    """
    store, sha256 = request.station.store, request.POST.get("sha256", "")
    if not sha256 or unsettled.held(room.reader, store.now()) != sha256:
        if queries.holder(sha256, store.now()) not in (None, room.reader):
            raise Conflict("STO-12", "you held the item for too long, and somebody else has taken it")
        card = grading.take_to_settle(store, room.reader, room.policies, Differing(sha256=sha256)) if sha256 else None
        if card is None or card.leader != sha256:
            raise Conflict("SRV-30", "the item is not in your hands, or its readers do not differ any more")
    return desk_of(room, sha256)


@acting
def answer(request: Asked, room: Room) -> dict[str, Any]:
    """Take a choice, an answer or an undo, and keep it at once."""
    desk = _in_hand(request, room)
    told = _changed(desk)
    if request.POST.get("act") == "undo" and not (desk.board.done or desk.board.anew):
        return beside.of(room, "There is nothing more to take back.")
    after = act(desk.board, {**request.POST.dict(), "answer": request.POST.getlist("answer")}, desk.places)
    drafts.keep(desk.draft, as_body(after, desk.seen))
    return beside.of(room, told)


def _changed(desk: Desk) -> str:
    """What to tell where the choices that were kept are of other readings."""
    before = desk.draft.body.get("settles")
    return "" if before in (None, desk.seen) else (
        "A reading was corrected meanwhile: look again at what is said. What you chose of the medium is kept.")


@acting
def commit(request: Asked, room: Room) -> dict[str, Any]:
    """Save the choices that are on the screen as the settlement, and take the next."""
    sha256, store = request.POST.get("sha256", ""), request.station.store
    settled = queries.settlements_of(sha256)
    if settled and settled[-1].by == room.reader:
        return beside.of(room, _next(request, room))  # sent twice
    desk, why = _in_hand(request, room), request.POST.get("said", "").strip()
    if request.POST.get("seen") != desk.seen:
        raise Conflict("SRV-30", "a reading was corrected while you settled the item")
    if request.POST.get("version") != str(desk.draft.version):
        raise Conflict("SRV-11", "the choices on the screen are not those that are kept")
    if desk.waits:
        raise InputError("SRV-10", f"{desk.waits} question{'s are' if desk.waits > 1 else ' is'} open")
    if len(why) > WHY_CHARS_MAX:
        raise InputError("SRV-13", f"the reasons have more than {WHY_CHARS_MAX} characters")
    settlement = Settlement(
        sha256=sha256, by=room.reader, at=store.now(), grade=desk.board.choices.grade,
        segments=tuple(one for _, one, _ in desk.board.segments if one), extra={"why": why} if why else {})
    grading.settle(store, settlement, desk.seen, also=lambda: drafts.keep(desk.draft, {}))
    return beside.of(room, _next(request, room))


def _next(request: Asked, room: Room) -> str:
    """Take the next, unless one is in hand already or the station wants a neutral screen between items."""
    stays = request.station.settings.pace.neutral or unsettled.held(room.reader, request.station.now())
    return "" if stays else _take(request, room)


@acting
def leave(request: Asked, room: Room) -> HttpResponse | dict[str, Any]:
    """Leave what is in hand to somebody else; what was chosen of it stays for two days."""
    grading.give_back_unsettled(request.station.store, room.reader)
    return beside.of(room, "Left to somebody else.") if request.htmx else redirect("settling")

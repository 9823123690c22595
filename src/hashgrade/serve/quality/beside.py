"""What the page of one settlement shows: readings beside each other, what is open, verdicts, and nobody's name."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from hashgrade import grading
from hashgrade.grading import keys, seeing
from hashgrade.grading.asking import profile_of
from hashgrade.grading.keys import key_name
from hashgrade.grading.settling import Said, parsed, shuffled
from hashgrade.law.judge import judge
from hashgrade.law.vocabulary import Fact, vocabulary
from hashgrade.nouns import Item, Kind, Reading
from hashgrade.serve.grading.screen import Room, new_ref, said_of
from hashgrade.serve.quality import clips
from hashgrade.serve.quality.choosing import Board, Open, from_body, questions, turns
from hashgrade.store import drafts, ledger, queries, unsettled
from hashgrade.store.drafts import Draft

UNANSWERED: Final = "not answered"
THERE: Final = Fact("there", "C", "choice", {"yes": "Depicted", "no": "Not depicted"}, "Is this child depicted?")
"""Whether a child is in the settlement, asked like any other fact."""
SEEING: Final = ("reveal", "greyscale", "blur", "larger", "sheet", "frame_next", "frame_before")
SAME: Final = ("question_next", "question_before", "pause", "help")
"""Acts that do here what they do on the grading page."""
CHOOSE: Final = {
    "1": "take what Reader 1 says; 2 what Reader 2 says, and so on",
    "0": "neither: answer the question itself, with the digit row", "`": "it cannot be determined"}
OWN: Final = {
    "commit": "save the settlement that is shown, and take the next", "undo": "take back the last choice",
    "redo": "choose again what was taken back", "reasons": "why the verdicts are what they are",
    "same": "say why, in words, if you like", "same_row": "what readers agree on, and back",
    "skip": "leave the item to somebody else"}
"""Acts that have their key here for something of this page."""


@dataclass(frozen=True)
class Desk:
    """One item as somebody settles it: its readings in an order that tells nothing, and what is chosen so far.

    Args:
        room: The station, and who settles.
        item: The item.
        draft: What is kept of the choices.
        seen: The name of the readings that are settled, as `grading.as_said` gives it.
    """

    room: Room
    item: Item
    draft: Draft
    seen: str

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """What each reader says."""
        return tuple(shuffled(self.item.sha256, queries.readings_of(self.item.sha256)))

    @cached_property
    def board(self) -> Board:
        """The choices."""
        return from_body(self.draft.body, self.readings, self.seen)

    @cached_property
    def open(self) -> list[Open]:
        """What is still to be chosen or answered."""
        profile = profile_of(self.room.request.station.settings.profile)
        return questions(self.board.choices, self.room.packs, profile)

    @property
    def waits(self) -> int:
        """How much is still to be chosen, which segments are kept among it."""
        return len(self.open) + self.board.asks_part

    @cached_property
    def turning(self) -> frozenset[str]:
        """The places of the readers' differences on which a verdict turns."""
        found = self.board.choices
        return frozenset(place for place in found.differing()
                         if not found.of.agreed(place) and turns(found.of, place, self.room.packs))

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Whatever may be chosen, or asked again."""
        found = self.board.choices
        there = (f"children[{slot}]" for slot in found.slots)
        return tuple(dict.fromkeys((*found.open(), *found.differing(), *found.alike(), *there,
                                    *(one.at for one in self.open))))


def desk_of(room: Room, sha256: str) -> Desk:
    """The desk of an item that is on file.

    Raises:
        InputError: STO-14, it is not.
    """
    draft = drafts.begun(room.reader, sha256, new_ref(), room.request.station.now())
    return Desk(room, queries.items_of([sha256])[sha256], draft, grading.as_said(sha256))


def of(room: Room, said: str = "", lost: str = "", why: str = "") -> dict[str, Any]:
    """Give what the page shows.

    Args:
        room: The station, and who asks.
        said: What to tell of the act before it.
        lost: An item that was in hand and cannot be settled any more; what was chosen of it is shown.
        why: What was written of the reasons and is not saved.
    """
    store = room.request.station.store
    pace = seeing.allowance(store, room.reader, room.policies.pace)
    shown = {"said": said, "pace": pace, "help": _help(room), "why": why}
    held = unsettled.held(room.reader, store.now())
    if held is not None:
        return shown | _item(desk_of(room, held))
    if lost and (draft := drafts.find(room.reader, lost)) and draft.body.get("settles"):
        desk = Desk(room, queries.items_of([lost])[lost], draft, draft.body["settles"])  # those that were chosen from
        return shown | {"state": "lost", "lost": lost, "table": list(_table(desk)), "readers": _readers(desk),
                        "parts": clips.of(desk.board)}
    return shown | {"state": "idle" if pace.shows else "limit"}


def _item(desk: Desk) -> dict[str, Any]:
    ref = f"{desk.draft.ref}t"
    view = ledger.view(ref)
    asked, verdicts = [_asked(one, desk) for one in desk.open], list(_verdicts(desk))
    return {
        "state": "item", "item": desk.item, "draft_version": desk.draft.version, "seen": desk.seen, "ref": ref,
        "ms": view.ms if view else 0, "moves": desk.item.kind is Kind.VIDEO, "beside": [], "known": list(_known(desk)),
        "readers": _readers(desk), "questions": asked, "parts": clips.of(desk.board), "open": desk.waits,
        "unseen": [f"Reader {n}" for n, one in enumerate(desk.readings, 1) if one.seconds_visible == 0],
        "table": list(_table(desk)),
        "alike": list(_alike(desk)), "verdicts": verdicts,
        "matters": any(one["matters"] for one in verdicts)}


def _readers(desk: Desk) -> list[str]:
    return [f"Reader {n}" for n in range(1, len(desk.readings) + 1)]


def _known(desk: Desk) -> Iterator[tuple[str, str]]:
    yield "Kind", str(desk.item.kind)
    yield "First seen", f"{desk.item.first_seen:%Y-%m-%d}"
    yield "Readings", str(len(desk.readings))
    yield "Item", desk.item.sha256[:12]


def _asked(one: Open, desk: Desk) -> dict[str, Any]:
    slot, name = parsed(one.at)
    fact = vocabulary().facts[name] if name else THERE
    own = not one.said or desk.board.anew == one.at
    by_key = keys.answers(fact) if name else {"Digit1": "yes", "Digit2": "no"}
    return {
        "at": one.at, "fact": fact, "child": None if slot is None else slot + 1, "by_law": one.by_law, "own": own,
        "differs": bool(one.said), "turns": one.at in desk.turning,
        "number": fact.kind == "number", "text": fact.kind == "text", "many": fact.many,
        "takes": [(n, f"Digit{n}", _read(one.at, said, desk, n - 1)) for n, said in enumerate(one.said, 1)],
        "cannot": bool(name), "answers": [(code, value, fact.in_words(value), key_name(code))
                                          for code, value in by_key.items()]}


def worded(name: str, said: Said) -> str:
    """An answer in the words of the vocabulary."""
    return UNANSWERED if said is None else vocabulary().facts[name].in_words(said)


def _read(at: str, said: Said, desk: Desk, reader: int) -> str:
    """What a reader says at a place; of whether there is a child, how they describe it."""
    slot, name = parsed(at)
    if name:
        return worded(name, said)
    row = desk.board.choices.of.row(slot or 0, reader)
    if row is None:
        return "no such child"
    return ", ".join(worded(fact, row[fact]) for fact in vocabulary().in_order(row)) or "a child, not described"


def _table(desk: Desk) -> Iterator[dict[str, Any]]:
    """Each place where readers differ, with its answers and the settlement's, and whether a verdict turns on it."""
    chosen = desk.board.choices
    for at in chosen.differing():
        slot, name = parsed(at)
        taken = chosen.taken(at)
        if not name:
            final = {"yes": "Depicted", "no": "Not depicted"}.get(str(taken), "")
        else:
            final = "" if chosen.is_open(at) else worded(name, taken)
        yield {"at": at, "name": vocabulary().facts[name].name if name else "Is there this child",
               "child": None if slot is None else slot + 1, "final": final, "turns": at in desk.turning,
               "said": [(_read(at, said, desk, n), bool(final) and said == taken)
                        for n, said in enumerate(chosen.of.said(at))]}


def _alike(desk: Desk) -> Iterator[tuple[str, str, list[tuple[str, str, str]]]]:
    """What readers agree on, of the medium and of each child, each with its place."""
    chosen = desk.board.choices
    found: dict[int | None, list[tuple[str, str, str]]] = {None: [], **{slot: [] for slot in chosen.rows}}
    for at in chosen.alike():
        slot, name = parsed(at)
        found[slot].append((at, vocabulary().facts[name].name, worded(name, chosen.taken(at))))
    for slot, rows in found.items():
        if slot is not None or rows:
            yield ("Medium", "", rows) if slot is None else (f"Child {slot + 1}", f"children[{slot}]", rows)


def _verdicts(desk: Desk) -> Iterator[dict[str, Any]]:
    for pack in desk.room.packs:
        read = [judge(one.grade, pack) for one in desk.readings]
        found = judge(desk.board.choices.grade, pack)
        yield {"pack": pack.id, "read": [said_of(one) for one in read],
               "matters": len({(one.outcome, one.at_least, one.could_be) for one in read}) > 1,
               "said": said_of(found), "decided": found.outcome is not None,
               "reasons": [(one.rule, one.source, ", ".join(one.facts)) for one in found.reasons]}


def _help(room: Room) -> dict[str, Any]:
    codes = room.keys.acts
    names = {act: key_name(code) for act, code in codes.items()}
    heeded = ("reveal", "question_next", "question_before", "reasons")
    return {"codes": codes, "names": names, "json": json.dumps({act: codes[act] for act in heeded}), "tables": [
        [*CHOOSE.items(), *((names[act], does) for act, does in OWN.items())],
        [(names[act], keys.ACTS[act][1]) for act in (*SAME, *SEEING)]]}

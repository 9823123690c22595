"""What the grading page shows: the item in hand, its open question, its answers, the verdicts, the last decisions."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from secrets import token_hex
from typing import Any, Final

from hashgrade.access import Action, Thing, could, must
from hashgrade.grading import keys, seeing
from hashgrade.grading.asking import TOGETHER, Question, profile_of, together
from hashgrade.grading.keys import key_name
from hashgrade.grading.policies import Policies, policies
from hashgrade.grading.presets import presets_of
from hashgrade.grading.severe import CLAIMED
from hashgrade.law.grades import as_json
from hashgrade.law.judge import judge
from hashgrade.law.pack import Pack
from hashgrade.law.vocabulary import vocabulary
from hashgrade.nouns import Card, Grade, Item, Kind, Verdict
from hashgrade.serve.grading import keyboard, timeline
from hashgrade.serve.grading.answering import Answers, Around, from_body
from hashgrade.serve.station import Asked
from hashgrade.store import drafts, force, ledger, queries, waiting
from hashgrade.store.drafts import Draft
from hashgrade.store.segments import length_ms

SHEET_MAX: Final = 24
"""Items on one sheet of a stack beside the leader; the rest follow on another."""
AHEAD: Final = 24
"""Questions that come with the page, the next first, so that one can go on without a connection."""
NEAR_SHOWN: Final = 3
REASONS: Final = {
    "break": "A break is due for me", "personal": "Personal", "broken": "It cannot be shown",
    "language": "It takes a language that I do not read", "unsure": "I am not sure, somebody else should",
    "other": "Other, in words"}


@dataclass(frozen=True)
class Room:
    """What the station wants of grading, for one request."""

    request: Asked

    @property
    def reader(self) -> str:
        """Who grades."""
        return self.request.actor.name

    @cached_property
    def packs(self) -> tuple[Pack, ...]:
        """The packs in use, in the texts that are in force now."""
        return force.packs_of(one.pack for one in self.request.station.in_force)

    @cached_property
    def policies(self) -> Policies:
        """Pace, second readings, gold."""
        return policies(self.request.station.settings, self.packs)

    @cached_property
    def keys(self) -> keys.Keys:
        """The keys as they are now."""
        return keyboard.current(self.request)

    @cached_property
    def around(self) -> Around:
        """What acts need."""
        settings = self.request.station.settings
        before = next((from_body(one.body).grade for one in drafts.last(self.reader, 1)), None)
        return Around(self.packs, profile_of(settings.profile), presets_of(settings.presets), before)

    def about(self, item: Item) -> Around:
        """What acts on the answers to an item need: of a clip also when it is over, and what is as long."""
        if item.kind is not Kind.VIDEO:
            return self.around
        last = next(iter(drafts.last(self.reader, 1)), None)
        clips = queries.clips_of([item.sha256, *([last.sha256] if last else [])])
        ends = length_ms(clips.get(item.sha256))
        alike = last is not None and ends is not None and length_ms(clips.get(last.sha256)) == ends
        return replace(self.around, moves=True, ends_ms=ends,
                       segments_before=from_body(last.body).marks.segments if last and alike else ())

    def must_read(self, sha256: str) -> None:
        """Go on only if the actor may read the item they hold.

        Raises:
            Refused: ACC-02, ACC-06.
        """
        actor, store = self.request.actor, self.request.station.store
        thing = Thing(owner=queries.holder(sha256, store.now()) or "",
                      hands=frozenset(one.reader for one in queries.readings_of(sha256)))
        must(actor, Action.GRADE if could(actor, Action.GRADE) else Action.SECOND_READ, thing)


def of(room: Room, sha256: str = "", said: str = "", answers: Answers | None = None, card: Card | None = None,
       ) -> dict[str, Any]:
    """Give what the page shows.

    Args:
        room: The station, and who asks.
        sha256: An item that was saved and is looked at again; without it, what is in hand.
        said: What to tell of the act before it.
        answers: The answers, where an act gave nothing and says why.
        card: What is in hand, where that is known.
    """
    store = room.request.station.store
    card = card or waiting.held(room.reader, store.now())
    shown = {"said": said, "strip": list(_strip(room, sha256)), "help": _help(room), "reasons": _reasons(),
             "pace": seeing.allowance(store, room.reader, room.policies.pace)}
    if sha256 and (draft := drafts.find(room.reader, sha256)) and (item := queries.item(sha256)):
        mine = card if card and card.leader == sha256 else None
        return shown | _item(room, item, mine, draft, answers)
    if card is None:
        return shown | {"state": "limit" if not shown["pace"].shows else "idle"}  # type: ignore[attr-defined]
    leader = card.items[0]
    if leader.sha256 != card.leader:
        return shown | _sheet(room, card)
    draft = drafts.begun(room.reader, leader.sha256, new_ref(), store.now())
    return shown | _item(room, leader, card, draft, answers)


def _item(room: Room, item: Item, card: Card | None, draft: Draft, answers: Answers | None) -> dict[str, Any]:
    answers = answers or from_body(draft.body)
    questions = room.around.open(answers.grade)
    clip = queries.clips_of([item.sha256]).get(item.sha256)
    beside = [one.sha256 for one in card.items[1:SHEET_MAX + 1]] if card else []
    return {
        "state": "item", "item": item, "draft": draft, "ms": ledger.lasted_ms(draft.ref), "beside": beside,
        "rest": len(card.items) - 1 if card else 0, "rules": card.rules if card else (),
        "known": list(_known(room, item, card, clip.frames[-1].at_ms if clip and clip.frames else None)),
        "questions": [_asked(one, questions) for one in questions[:AHEAD]],
        "table": list(_table(answers)), "against": [_named(at) for at in answers.against],
        "answered": answers.grade != Grade(), "open": len(questions) + len(answers.marks.asked),
        "verdicts": list(_verdicts(answers.grade, room.packs)), "presets": _presets(room),
        "pad": keys.LETTERS,
        "more": [(act, (room.keys.acts[act], key_name(room.keys.acts[act])), words) for act, words in MORE.items()],
        "moves": item.kind is Kind.VIDEO, **timeline.of(answers)}


def _sheet(room: Room, card: Card) -> dict[str, Any]:
    items = card.items[:SHEET_MAX]
    draft = drafts.find(room.reader, card.leader)
    ref = f"{draft.ref if draft else new_ref()}s"
    return {"state": "sheet", "leader": card.leader, "beside": [one.sha256 for one in items], "rest": len(card.items),
            "members": list(zip(items, keys.ANSWERS + ("",) * SHEET_MAX, strict=False)),
            "ref": ref, "ms": ledger.lasted_ms(ref), "strip_of": card.leader}


def _known(room: Room, item: Item, card: Card | None, length_ms: int | None) -> Iterator[tuple[str, str]]:
    yield "Kind", str(item.kind)
    if length_ms is not None:
        yield "Length", f"{length_ms / 1000:.1f} s"
    if item.width and item.height:
        yield "Size", f"{item.width} x {item.height}"
    if item.size_bytes:
        yield "Bytes", f"{item.size_bytes:,}"
    for name, title in (("source", "Source"), ("site_type", "Seen on"), ("list", "On lists")):
        if found := sorted(waiting.BESIDE[name]([item.sha256]).get(item.sha256, ())):
            yield title, ", ".join(one.replace("_", " ") for one in found)
    for claim in queries.exact_claims([item]).get(item.sha256, ())[:NEAR_SHOWN]:
        yield from (("Expected", f"{claim.list_name}: {claim.extra[name]}") for name in CLAIMED if name in claim.extra)
    yield from list(dict.fromkeys(_near(room, item, card))) or [("Prior matches", "none")]


def _near(room: Room, item: Item, card: Card | None) -> Iterator[tuple[str, str]]:
    stacked = {one.sha256 for one in card.items} if card else set()
    found = [one for one in (card.resembles if card else queries.resemblances([item.sha256]))
             if one.sha256 == item.sha256 and one.other not in stacked]
    for one in found[:NEAR_SHOWN]:
        if one.other is not None:
            standing = queries.standing(one.other)
            said = short(standing.grade, room.packs) if standing and standing.grade else "not graded yet"
            yield "Like another", f"{one.distance_bits} bits apart; {said}"
        elif one.claim is not None:
            names = [claim.list_name for claim in queries.claims_of_ids([one.claim]).values()]
            yield "Like an entry of", f"{', '.join(names)}, {one.distance_bits} bits apart"


def _asked(one: Question, questions: Sequence[Question]) -> dict[str, Any]:
    """A question, and the letters that answer it together with the one beside it, answer by answer."""
    also = together(one, questions)
    pad = keys.pad(one.fact, also.fact) if also else {}
    letters = {value: [(code, key_name(code), other, also.fact.in_words(other)) for code, (of, other) in pad.items()
                       if of == value] for value in one.fact.values if also}
    return {"at": one.at, "fact": one.fact, "row": None if one.row is None else one.row + 1, "by_law": one.by_law,
            "number": one.fact.kind == "number", "text": one.fact.kind == "text", "many": one.fact.many, "beside": also,
            "lettered": one.fact.id in TOGETHER, "more": _more(one, questions),
            "answers": [(code, value, one.fact.in_words(value), key_name(code), letters.get(value, ()))
                        for code, value in keys.answers(one.fact).items()]}


def _more(one: Question, questions: Sequence[Question]) -> bool:
    """Whether the same is asked of a child after this one."""
    return one.row is not None and any(other.fact == one.fact and (other.row or 0) > one.row for other in questions)


def _table(answers: Answers) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    tree: Any = as_json(answers.grade)
    yield "Medium", [_told(name, name, value, answers) for name, value in tree["facts"].items()]
    for n, row in enumerate(tree.get("children", ())):
        yield f"Child {n + 1}", [_told(f"children[{n}].{name}", name, value, answers) for name, value in row.items()]


def _named(at: str) -> str:
    """What stands against a preset, in words: a fact, of one child, or the children as a whole."""
    row, _, name = at.rpartition(".")
    child = f"Child {int(row[9:-1]) + 1}, " if row else ""
    return child + (vocabulary().facts[name].name if name in vocabulary().facts else name.capitalize())


def _told(at: str, name: str, value: object, answers: Answers) -> dict[str, Any]:
    fact = vocabulary().facts[name]
    return {"at": at, "name": fact.name, "answer": fact.in_words(value),
            "new": at in answers.new or not answers.new}


def _verdicts(grade: Grade, packs: Sequence[Pack]) -> Iterator[dict[str, Any]]:
    for pack in packs:
        found = judge(grade, pack)
        yield {"pack": pack.id, "decided": found.outcome is not None, "said": said_of(found),
               "reasons": [(one.rule, one.source, ", ".join(one.facts)) for one in found.reasons]}


def said_of(found: Verdict) -> str:
    """A verdict in few words: what it is, or what it can still be."""
    if found.outcome is not None:
        return found.outcome
    return ", ".join((*found.could_be, found.at_least))


def short(grade: Grade, packs: Sequence[Pack]) -> str:
    """The verdicts on a grade in one line."""
    return "; ".join(f"{pack.id} {said_of(judge(grade, pack))}" for pack in packs)


def _strip(room: Room, sha256: str) -> Iterator[dict[str, Any]]:
    for one in reversed(drafts.last(room.reader, seeing.STRIP)):
        grade = from_body(one.body).grade
        first = judge(grade, room.packs[0]) if room.packs else None
        yield {"sha256": one.sha256, "said": said_of(first) if first else str(grade.facts.get("assessable", "saved")),
               "pack": first.pack if first else "", "at": one.read_at, "here": one.sha256 == sha256}


def _presets(room: Room) -> list[tuple[str, str, str]]:
    return [(name, code, key_name(code)) for name, code in room.keys.presets.items()]


def _help(room: Room) -> dict[str, Any]:
    acts = [(act, code, key_name(code), keys.ACTS[act][1]) for act, code in room.keys.acts.items()
            if act not in keyboard.LATER]
    names = {act: key_name(code) for act, code in room.keys.acts.items()}
    return {"acts": acts, "codes": room.keys.acts, "names": names, "json": json.dumps(dict(room.keys.acts))}


MORE: Final = {
    "same": "As for the item before", "same_row": "As for the child before", "undo": "Take back", "redo": "Do again"}
"""Acts on the answers beside presets, and what their buttons say."""


def _reasons() -> list[tuple[str, str, str, str]]:
    found = zip(REASONS.items(), keys.ANSWERS, strict=False)
    return [(reason, words, code, key_name(code)) for (reason, words), code in found]


def new_ref() -> str:
    """Give a view a name."""
    return token_hex(10)

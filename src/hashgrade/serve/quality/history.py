"""An item's history: who saw it and for how long, what each reading said, what it was decided to be and is today.

No picture is on the page. Who did it stands there for those who answer for people and for those who check, once the
item is decided; all others read of Reader 1 and Reader 2. Whoever could still be dealt the item to read is not told
what others answered.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render

from hashgrade import grading
from hashgrade.access import Action, could
from hashgrade.errors import InputError, Refused
from hashgrade.grading import seeing
from hashgrade.grading.flow import State
from hashgrade.grading.keys import key_name
from hashgrade.law.vocabulary import vocabulary
from hashgrade.nouns import Child, Grade, Item, Kind, Segment
from hashgrade.serve.cells import csv_file, lines_of
from hashgrade.serve.grading.screen import Room
from hashgrade.serve.quality import clips
from hashgrade.serve.queue import wording
from hashgrade.serve.station import Asked
from hashgrade.store import events, finding, queries, verdicts
from hashgrade.store.events import Event, What
from hashgrade.store.queries import Standing

SIZE: Final = 50
FILE_LINES_MAX: Final = 100_000
SIDE_BY_SIDE: Final = 6
"""Readings that stand beside each other; the rest are among the events."""
NEAR_MAX: Final = 20
NAME: Final = re.compile(r"[0-9a-f]{64}")
AFTER: Final = re.compile(r"(\d{1,17})\.(\d{1,2})\.(\d{1,18})", re.ASCII)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
GROUPS: Final[Mapping[str, tuple[What, ...]]] = {
    "": tuple(What), "decided": (What.GRADED, What.SETTLED, What.READ, What.CONFIRMED, What.TAKEN_BACK, What.CODED),
    "seen": (What.SEEN,), "aside": (What.SKIPPED, What.DEALT), "sighted": (What.SIGHTED,)}
TITLES: Final = {"": "All", "decided": "Readings and decisions", "seen": "Views", "aside": "Laid aside",
                 "sighted": "Sightings"}
STATES: Final = {
    State.UNREAD: "not read yet", State.READ: "read, and waits for another reading",
    State.AGREED: "decided: readings agree", State.DIFFERS: "readings differ, and wait to be settled",
    State.SETTLED: "decided: settled",
    State.INHERITED: "decided: has the grade of the item that it was confirmed to be like"}
HOWS: Final = {"item": "by itself", "sheet": "on a sheet", "frame": "as a frame", "settlement": "to settle it",
               "decided": "though it was decided"}
SEGMENTS: Final = "Segments"
COLUMNS: Final = ("at", "event", "by", "what", "seconds", "facts")


@dataclass(frozen=True)
class Sight:
    """How much of a history somebody may see: whether names, and whether what readings answered."""

    people: Sequence[str]
    named: bool
    blind: bool

    def name(self, who: str) -> str:
        """What somebody is called here."""
        if not who or self.named:
            return who
        return f"Reader {self.people.index(who) + 1}" if who in self.people else "another"


@dataclass(frozen=True, slots=True)
class Shown:
    """An event as the page shows it: its place in the history, a title, by whom, details, and the facts it gave."""

    event: Event
    title: str
    by: str
    what: str
    facts: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a pack makes of the grade of record: as it became so, and today; None where the pack was not in force."""

    pack: str
    then: verdicts.Given | None
    now: verdicts.Given | None

    @property
    def differs(self) -> bool:
        """Whether it is another verdict today."""
        return said(self.then) != said(self.now)


def history(request: Asked, sha256: str) -> HttpResponse:
    """Show what is on file of an item, and a page of what happened to it, the newest first."""
    item, standing = _open(request, sha256)
    sight, only = sight_of(request, sha256, standing), only_of(request)
    after = after_of(request.GET.get("after", ""))
    found, following = events.page(sha256, after, SIZE, GROUPS[only])
    held = verdicts.latest(sha256)
    return render(request, "quality/history.html", {
        "item": item, "kind": wording.ITEM_NAMED[item.kind], "standing": standing, "sight": sight,
        "state": STATES[grading.state(request.station.store, sha256)], "decided": decided(standing),
        "events": [shown(one, sight) for one in found], "only": only, "first": after is None,
        "next": following and urlencode({**({"only": only} if only else {}), "after": written(following)}),
        "groups": [(title, name, name == only) for name, title in TITLES.items()],
        "rulings": list(ruled(held)) if held and held.grade else [], "answers": _answers(item, standing, sight),
        "followers": events.followers(sha256), "wanted": standing.wanted or request.station.store.readings_wanted,
        "claims": finding.claims_of(item), "near_claims": finding.claims_near(sha256)[:NEAR_MAX],
        "near": [one for one in queries.resemblances([sha256]) if one.other][:NEAR_MAX],
        "may_names": could(request.actor, Action.SEE_NAMES), "file_max": FILE_LINES_MAX,
        **_viewer(request, item, standing)})


def history_file(request: Asked, sha256: str) -> HttpResponseBase:
    """Give what happened to an item as a file, the newest first, and so many events at most."""
    _, standing = _open(request, sha256)
    sight, only = sight_of(request, sha256, standing), only_of(request)
    return csv_file(f"item-{sha256[:12]}", COLUMNS, _rows(sha256, sight, only))


def sight_of(request: Asked, sha256: str, standing: Standing) -> Sight:
    """Say how much of an item's history the actor may see."""
    return Sight(events.people(sha256), named=decided(standing) and could(request.actor, Action.SEE_NAMES),
                 blind=not decided(standing) and could(request.actor, Action.TAKE))


def decided(standing: Standing) -> bool:
    """Whether nothing of an item waits any more: it has a grade of record, and its readings do not differ."""
    return standing.grade is not None and not standing.differs


def only_of(request: Asked) -> str:
    """Read from a link which events are wanted.

    Raises:
        InputError: SRV-37, there are none of this kind.
    """
    only = request.GET.get("only", "")
    if only not in GROUPS:
        raise InputError("SRV-37", "the link names a kind of event that there is not")
    return only


def after_of(text: str) -> events.Place | None:
    """Read where a page begins.

    Raises:
        InputError: SRV-37, no page says that.
    """
    found = AFTER.fullmatch(text)
    if not found:
        if text:
            raise InputError("SRV-37", "the link does not say where the page begins")
        return None
    return EPOCH + timedelta(microseconds=int(found[1])), int(found[2]), int(found[3])


def written(place: events.Place) -> str:
    """Write where a page begins, for a link."""
    return f"{(place[0] - EPOCH) // timedelta(microseconds=1)}.{place[1]}.{place[2]}"


def ruled(held: verdicts.Held) -> Iterator[Ruled]:
    """Put the verdict that each pack gave as the grade came to be of record beside that of today."""
    for pack in dict.fromkeys(one.pack for one in held.verdicts):
        mine = [one for one in held.verdicts if one.pack == pack]
        yield Ruled(pack, next((one for one in mine if one.since == held.since), None),
                    next((one for one in mine if one.until is None), None))


def said(one: verdicts.Given | None) -> str:
    """A verdict in few words: its label, or what it can still be."""
    if one is None:
        return "not in force"
    return one.label if one.outcome is not None else f"open: {', '.join((*one.could_be, one.at_least))}"


def facts_of(grade: Grade) -> Iterator[tuple[str, str]]:
    """Name every answer of a grade with its value, the children after the medium."""
    book = vocabulary()
    for name in book.in_order(grade.facts):
        yield book.facts[name].name, book.facts[name].in_words(grade.facts[name])
    for number, row in enumerate(grade.children or (), 1):
        yield f"Child {number}", child_of(row)
    if grade.children == ():
        yield "Children", "none depicted"


def child_of(row: Child) -> str:
    """A row of answers on a child in one line."""
    book = vocabulary()
    facts = ((book.facts[name], row[name]) for name in book.in_order(row))
    said = (f"{fact.name.lower()} {fact.in_words(answer)}" for fact, answer in facts)
    return " · ".join(said) or "nothing answered"


def shown(event: Event, sight: Sight) -> Shown:
    """Say an event in words.

    Args:
        event: It.
        sight: How much of it may be seen.
    """
    grade = event.said.get("grade")
    facts = [] if sight.blind or grade is None else [*facts_of(grade), *_segments(event.said["segments"])]
    what = _WORDS[event.what](event.said, sight)
    what = what if event.what is What.SIGHTED else what[:1].upper() + what[1:]  # an address is as it is
    return Shown(event, event.what.value.capitalize(), sight.name(event.who), what, facts)


def _open(request: Asked, sha256: str) -> tuple[Item, Standing]:
    """Find an item whose history is open to the actor.

    Raises:
        Refused: SRV-38, they hold it to read: it may be one that was settled before, which nothing tells.
    """
    item, standing = (queries.item(sha256), queries.standing(sha256)) if NAME.fullmatch(sha256) else (None, None)
    if item is None or standing is None:
        raise Http404
    if sha256 in seeing.to_read(request.actor.name, request.station.store.now()):
        raise Refused("SRV-38", "you hold this item to read it")
    return item, standing


def _answers(item: Item, standing: Standing, sight: Sight) -> dict[str, Any]:
    """The grade of record beside what each reading says, fact by fact; nothing where they may not be seen."""
    if sight.blind:
        return {}
    readings = queries.readings_of(item.sha256)[:SIDE_BY_SIDE]
    columns = [(sight.name(one.reader), dict([*facts_of(one.grade), *_segments(one.segments)])) for one in readings]
    if decided(standing) and standing.grade:
        settled = queries.settlements_of(item.sha256)
        columns.append(("Of record", dict([*facts_of(standing.grade),
                                           *_segments(settled[-1].segments if settled else ())])))
    names = sorted(dict.fromkeys(name for _, facts in columns for name in facts), key=_in_order)
    lacks = {SEGMENTS: clips.NOTHING}
    rows = [(name, [facts.get(name, lacks.get(name, "")) for _, facts in columns]) for name in names]
    return {"heads": [title for title, _ in columns],
            "unseen": [sight.name(one.reader) for one in readings if one.seconds_visible == 0],
            "rows": [(name, values, len(set(values)) > 1) for name, values in rows]}


def _in_order(name: str) -> tuple[int, int]:
    """The facts of the medium as they come, then the children by number, then what was marked in the clip."""
    word, _, number = name.partition(" ")
    child = word == "Child" and number.isdigit()
    return (2 if name == SEGMENTS else int(child)), int(number) if child else 0


def _segments(marked: Sequence[Segment]) -> Iterator[tuple[str, str]]:
    if marked:
        yield SEGMENTS, clips.said_of(marked)


def _viewer(request: Asked, item: Item, standing: Standing) -> dict[str, Any]:
    """What shows the item to whoever may, with a reason, once it is decided."""
    if not decided(standing) or not could(request.actor, Action.REVEAL_DECIDED):
        return {}
    codes = Room(request).keys.acts
    return {"reveals": True, "moves": item.kind is Kind.VIDEO, "in_vault": request.station.vault.has(item.sha256),
            "help": {"codes": codes, "names": {act: key_name(code) for act, code in codes.items()}}}


def _rows(sha256: str, sight: Sight, only: str) -> Iterator[tuple[object, ...]]:
    for event in lines_of(partial(events.page, sha256, only=GROUPS[only]), None, FILE_LINES_MAX):
        one, ms = shown(event, sight), event.said.get("view__ms")
        yield (event.at.isoformat(), event.what.value, one.by, one.what, None if ms is None else ms / 1000,
               "; ".join(f"{name}: {value}" for name, value in one.facts))


def _seen(said: Mapping[str, Any], _: Sight) -> str:
    many = f" of {said['items']} items" if said["items"] > 1 else ""
    why = f", because: {said['view__why']}" if said["view__why"] else ""
    return f"{said['view__ms'] / 1000:.1f} s, {HOWS.get(said['view__how'], said['view__how'])}{many}{why}"


def _settled(said: Mapping[str, Any], _: Sight) -> str:
    why = json.loads(said["extra"]).get("why")
    return f"because: {why}" if isinstance(why, str) else ""


def _read(said: Mapping[str, Any], _: Sight) -> str:
    said_of = {"a correction of an earlier reading": said["supersedes"], "corrected since": not said["current"],
               "never in view": said["seconds_visible"] == 0}
    return ", ".join(words for words, true in said_of.items() if true)


def _like(said: Mapping[str, Any], _: Sight) -> str:
    return f"{'like' if said['like'] else 'not like'} {said['leader__sha256'][:12]}"


def _skipped(said: Mapping[str, Any], _: Sight) -> str:
    return ": ".join(filter(None, (wording.REASONS.get(said["reason"], said["reason"]), said["said"])))


def _dealt(said: Mapping[str, Any], sight: Sight) -> str:
    return f"to {sight.name(said['reader'])}, because: {said['ended_why']}"


def _sighted(said: Mapping[str, Any], _: Sight) -> str:
    kind, report = said["site_type"], said["report"]
    return ", ".join(filter(None, (said["url"], kind and f"a site of the type {kind}", report and f"report {report}")))


_WORDS: Final[Mapping[What, Callable[[Mapping[str, Any], Sight], str]]] = {
    What.GRADED: lambda said, _: "a grade of record" if said["grade_id"] else "no grade of record any more",
    What.SETTLED: _settled, What.READ: _read, What.CONFIRMED: _like, What.TAKEN_BACK: _like,
    What.CODED: lambda said, _: f"for the study {said['study']}", What.SKIPPED: _skipped, What.DEALT: _dealt,
    What.SEEN: _seen, What.SIGHTED: _sighted}

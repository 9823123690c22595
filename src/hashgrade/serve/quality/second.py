"""Second readings: how many items wait for one, by the rule that wants it, and why each rule does. Nobody is named."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render

from hashgrade import grading
from hashgrade.errors import HashgradeError, Refused
from hashgrade.grading import seeing
from hashgrade.grading.second import DRAWN, EDGE, EVERY, NEW, NOT_ASKED, OUTCOME, UNDECIDED, UNSEEN, Rules, named
from hashgrade.serve.cells import csv_file
from hashgrade.serve.errors import in_words
from hashgrade.serve.grading.screen import Room
from hashgrade.serve.queue import wording
from hashgrade.serve.station import Asked
from hashgrade.store import queries, unsettled
from hashgrade.store.unsettled import Again

DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
STATES: Final = {
    "unread": ("Not read yet", "Nobody has read it."),
    "read": ("Waiting for another reading", "It has readings, and fewer than it wants."),
    "agreed": ("Agreed", "It has the readings that it wants, and they say the same. One that wants a single reading is "
                         "here too."),
    "differs": ("Differing", "Its readers differ, and it waits to be settled."),
    "settled": ("Settled", "Somebody who did not read it has settled it."),
    "inherited": ("Like another", "It was confirmed on a sheet to be like another item, and has its grade. That is no "
                                  "reading."),
}
COLUMNS: Final = ("what", "name", "in_force", "items", "oldest_waits_since")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule that wants items read again: what it says, whether it is in force, and what waits because of it."""

    name: str
    says: str
    in_force: bool
    items: int
    since: datetime | None
    age: str


def states(request: Asked) -> HttpResponse:
    """Show what waits for a second reading and where items stand; of one item, once its digest is sent."""
    now = request.station.store.now()
    about, asked = _about(request) if request.method == "POST" else ({}, "")
    rules = list(_rules(request, now))
    counted = _states(rules)
    return render(request, "quality/second.html", {
        "rules": rules, "states": [(*STATES[name], counted[name]) for name in STATES],
        "waiting": counted["read"], "said": request.station.settings.second_reading, "asked": asked,
        "readings_wanted": request.station.settings.readings_wanted, **about},
        status=400 if "wrong" in about else 200)


def states_file(request: Asked) -> HttpResponse:
    """Give both tables as a file."""
    rules = list(_rules(request, request.station.store.now()))
    return csv_file("second-readings", COLUMNS, (
        *(("rule", one.name, "yes" if one.in_force else "no", one.items, one.since and one.since.isoformat())
          for one in rules),
        *(("state", name, None, count, None) for name, count in _states(rules).items())))


def _states(rules: Sequence[Rule]) -> dict[str, int]:
    return unsettled.states(sum(one.items for one in rules))


def _about(request: Asked) -> tuple[dict[str, Any], str]:
    """Where one item stands; what was sent may be no digest, or of nothing on file."""
    sha256 = request.POST.get("sha256", "").strip().lower()
    if not DIGEST.fullmatch(sha256):
        return {"wrong": "A SHA-256 has 64 digits from 0 to 9 and a to f."}, sha256[:200]
    try:
        if sha256 in seeing.to_read(request.actor.name, request.station.store.now()):
            raise Refused("SRV-38", "you hold this item to read it")
        state = grading.state(request.station.store, sha256)
    except HashgradeError as error:
        return {"wrong": in_words(error)}, sha256
    standing = queries.standing(sha256)
    if standing is None:
        return {}, sha256
    wanted_by = unsettled.wanted_by(sha256)
    return {"found": {
        "sha256": sha256, "state": STATES[state], "readings": standing.readings,
        "wanted": standing.wanted or request.station.settings.readings_wanted,
        "rule": wanted_by or EVERY, "why": "" if state == "inherited" else _says(wanted_by or EVERY, request),
    }}, sha256


def _rules(request: Asked, now: datetime) -> Iterator[Rule]:
    """Every rule that is in force or for which something waits, in the order in which they are tried."""
    waits = {one.rule or EVERY: one for one in unsettled.again()}
    in_force = named(Room(request).policies.second or Rules())
    for name in [*in_force, *(name for name in waits if name not in in_force)]:
        found = waits.get(name, Again(rule=name, items=0, since=None))
        yield Rule(name=name, says=_says(name, request), in_force=name in in_force, items=found.items,
                   since=found.since, age=wording.age(found.since, now) if found.since else "")


def _says(name: str, request: Asked) -> str:
    """A rule in plain words."""
    said, wanted = request.station.settings.second_reading, request.station.settings.readings_wanted
    if name == DRAWN:
        return f"Drawn: {100 * said.share:g} in 100 of all items, by their digest and the station's seed."
    for form, says in SAYS.items():
        if name.startswith(form.partition("{")[0]):
            return says.format(name.removeprefix(form.partition("{")[0]), wanted=wanted)
    return "A rule that was in force as the item was first read."


SAYS: Final[Mapping[str, str]] = {
    UNSEEN: "Whoever read it never had it in view, though it can be assessed. As long as nobody who read it looked, it "
            "is read once more.",
    EVERY: "Every item is read by {wanted} people, whatever its first reading says.",
    NOT_ASKED: "No rule asked for another reading as it was first read.",
    UNDECIDED: "A pack in use cannot decide on the first reading: something could not be determined.",
    NEW: "Whoever is new: all that they read at first is read again, so that they can compare. It says nothing of how "
         "they read.",
    OUTCOME: "The first reading comes to the outcome {} of a pack in use, or may yet.",
    EDGE: "A child's age band ends or begins between {} years, or the age was not told: there readers agree least, and "
          "verdicts turn.",
}

"""The law in use: packs with what is in force since when, their texts through time, proposals, and what would change.

What is in force is asked of the records on every request, so that what two people decided a moment ago is there.
"""

from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from hashgrade import enacting
from hashgrade.access import Action, Thing, could, may
from hashgrade.errors import Conflict, HashgradeError, InputError
from hashgrade.law.pack import PACKS
from hashgrade.law.wording import brief, in_force, review
from hashgrade.lawbook.comparison import comparison
from hashgrade.lawbook.kept import BESIDE, differences, page
from hashgrade.lawbook.outline import sentence
from hashgrade.lawbook.places import by_place, place
from hashgrade.serve.cells import csv_file
from hashgrade.serve.errors import TITLES, status_of
from hashgrade.serve.records import errands, proposing
from hashgrade.serve.records.errands import Errand
from hashgrade.serve.records.texts import text_of
from hashgrade.serve.station import Asked
from hashgrade.store import force
from hashgrade.store.force import Enacted, Text
from hashgrade.store.work import Store

COLUMNS: Final = ("pack", "version", "digest", "review", "state", "proposed_by", "proposed_at", "proposed_why",
                  "approved_by", "approved_why", "since", "until")
CHANGES_MAX: Final = 200
"""Kinds of change of outcome that a page shows; of more it says how many."""


def packs(request: Asked) -> HttpResponse:
    """List the packs in use: which text of each is in force since when, and what waits."""
    used, waits = {one.pack for one in request.station.in_force}, force.waiting()
    files = enacting.newer(request.station.settings.packs)
    rows: list[dict[str, Any]] = []
    for one in force.in_force().values():
        read, proposed = force.pack_of(one), waits.get(one.pack)
        rows.append({"one": one, "pack": read, "used": one.pack in used, "waits": proposed,
                     "place": place(read.jurisdiction), "newer": _newer(files.get(one.pack), proposed)})
    rows.sort(key=lambda row: (not row["used"], *by_place(row["pack"].jurisdiction), row["one"].pack))
    return render(request, "records/packs.html", {
        "rows": rows, "drafts": sum(row["one"].review == "draft" for row in rows if row["used"]),
        "in_use": sum(row["used"] for row in rows)})


def beside(request: Asked) -> HttpResponse:
    """Show the packs in use beside each other: what implies what, and a medium for each two outcomes that can meet."""
    current = force.in_force()
    chosen = tuple((one.pack, current[one.pack].digest) for one in request.station.in_force if one.pack in current)
    return render(request, "records/beside.html", {"model": _beside(chosen) if len(chosen) > 1 else None})


def pack(request: Asked, name: str) -> HttpResponse:
    """Show one pack: what is in force of it, what waits, what is being put in force, and its texts through time."""
    now = _current(name)
    going = errands.find(_approving(name))
    words = {"going": going if going and not going.over.is_set() else None, "name": name,
             "failed": going and (going.error or going.broke) and going}
    if request.htmx and request.method == "GET":
        return render(request, "records/going.html", {**words, "now": now})
    read = force.pack_of(now)
    files = enacting.newer(request.station.settings.packs).get(name)
    return render(request, "records/pack.html", {
        **words, "now": now, "pack": read, "place": place(read.jurisdiction), "texts": force.enacted(name)[::-1],
        "waits": force.waiting().get(name), "newer": _newer(files, force.waiting().get(name)),
        "used": any(one.pack == name for one in request.station.in_force),
        "force": sentence(in_force(read.since, read.until)),
        "review": review(read.review.state, read.review.by, read.review.on),
        "may_propose": could(request.actor, Action.PROPOSE_PACK)})


def texts_file(request: Asked, name: str) -> HttpResponse:
    """Give the texts of a pack through time as a file, the oldest first."""
    _current(name)
    return csv_file(f"texts-of-{name}", COLUMNS, (
        [one.as_json()[key] for key in COLUMNS] for one in force.enacted(name)))


def text(request: Asked, name: str, digest: str) -> HttpResponse:
    """Show one text in words, as the law book does: outcomes, rules beside their sources, table, cases, versions."""
    one = _found(name, digest)
    folder = proposing.at_hand(request.station, name).folder or PACKS
    stamps = tuple(file.stat().st_mtime_ns for file in sorted((folder / name).glob("*.*")))
    return render(request, "records/text.html", {
        "one": one, "name": name, "model": _read(name, digest, folder, stamps), "now": _current(name)})


def text_yaml(request: Asked, name: str, digest: str) -> HttpResponse:
    """Give one text as it is kept: the pack's `pack.yaml`."""
    said = force.text_of(_found(name, digest)).texts[name]
    return HttpResponse(said.encode(), content_type="text/plain; charset=utf-8", headers={
        "Content-Disposition": f'attachment; filename="{name}-{digest[:12]}.yaml"'})


def compare(request: Asked, name: str) -> HttpResponse:
    """Show what differs between two texts of a pack, by rule and by line, and which grades would come out otherwise."""
    now = _current(name)
    old = _found(name, request.GET.get("old", now.digest))
    new = _found(name, request.GET.get("new", now.digest))
    return render(request, "records/compare.html", {
        "name": name, "old": old, "new": new, "texts": force.enacted(name)[::-1], "same": old.digest == new.digest,
        **_differing(name, old, new), **_effects_shown(request, name, old, new)})


def effects(request: Asked, name: str) -> HttpResponse:
    """Count anew, beside the pages, which grades of record would come out otherwise under another text."""
    old, new = (_found(name, request.POST.get(word, "")) for word in ("old", "new"))
    errand = errands.begin(_counting(old, new), request.actor.name, request.station.now(),
                           partial(_counted, old, new))
    if errand.over.is_set() and errand.error:
        raise errand.error
    to = "proposal" if request.POST.get("back") == "proposal" else "compare_packs"
    query = "" if to == "proposal" else f"?{urlencode({'old': old.digest, 'new': new.digest})}"
    return redirect(f"{reverse(to, args=[name])}{query}#effects")


def propose(request: Asked, name: str) -> HttpResponse:
    """Take a text by upload or paste, check it, and let it wait for another person; of a bad one nothing is kept."""
    now = _current(name)
    if request.method != "POST":
        return _propose_page(request, name, force.text_of(now).texts[name])
    given: dict[str, str] = {}
    try:
        given = {file: text_of(request, file, f"{file}-file") for file in ("pack.yaml", *BESIDE)}
        found = proposing.propose(request.station, name, given, request.actor.name, request.POST["why"])
    except (InputError, Conflict) as error:
        mine = force.waiting().get(name)
        if error.code == "LAW-06" and mine and mine.proposed_by == request.actor.name:  # the same form, sent twice
            return redirect("proposal", name=name)
        return _propose_page(request, name, given.get("pack.yaml", ""), status_of(error), error=error)
    if isinstance(found, list):
        return _propose_page(request, name, given["pack.yaml"], 400, faults=found)
    messages.success(request, f"Version {found.pack.version} is proposed. Another person can now approve it.")
    return redirect("proposal", name=name)


def _propose_page(request: Asked, name: str, said: str, status: int = 200, **words: Any) -> HttpResponse:
    return render(request, "records/propose.html", {
        "name": name, "said": said, "why": request.POST.get("why", ""), "trouble": TITLES.get(status),
        "waits": force.waiting().get(name), **words}, status=status)


def hands(request: Asked, name: str) -> Thing:
    """A proposal as a thing: whoever proposed it had a hand in it."""
    found = force.waiting().get(name)
    return Thing(hands=frozenset({found.proposed_by} if found else ()))


def proposal(request: Asked, name: str) -> HttpResponse:
    """Show the text that waits: who proposed it and why, what differs, what would change, and what one can do."""
    now, new = _current(name), force.waiting().get(name)
    if new is None:
        return render(request, "records/no_proposal.html", {"name": name, "texts": force.enacted(name)[::-1]})
    answer = may(request.actor, Action.APPROVE_PACK, hands(request, name), why="to see")
    return render(request, "records/proposal.html", {
        "name": name, "old": now, "new": new, "back": "proposal", "answer": answer,
        "may_take_back": could(request.actor, Action.TAKE_BACK_PACK), "mine": new.proposed_by == request.actor.name,
        **_differing(name, now, new), **_effects_shown(request, name, now, new)})


def approve(request: Asked, name: str) -> HttpResponse:
    """Put the text that one has looked at in force: every grade is judged anew, beside the pages if it takes long."""
    station, digest, by = request.station, request.POST.get("digest", ""), request.actor.name
    proposed = enacting.proposed(name, digest)
    errand = errands.begin(_approving(name), by, station.now(), partial(
        _approved, station.store, proposed, by, request.POST["why"]))
    if not errand.over.is_set():
        if errand.by != by:
            messages.info(request, f"{errand.by} approved a text of this pack a moment ago.")
        return redirect("pack", name=name)
    errands.forget(_approving(name))
    if errand.error:
        raise errand.error
    messages.success(request, "It is in force from now on. Every grade of record is judged by it.")
    return redirect("pack", name=name)


def take_back(request: Asked, name: str) -> HttpResponse:
    """Withdraw one's own proposal, or refuse another's."""
    digest, by = request.POST.get("digest", ""), request.actor.name
    waits = force.waiting().get(name)
    if waits is None and any(one.digest == digest and one.state == "taken back" for one in force.enacted(name)):
        return redirect("pack", name=name)  # the same form, sent twice
    enacting.take_back(request.station.store, name, digest, by, request.POST["why"])
    messages.success(request, "The proposal is withdrawn." if waits and waits.proposed_by == by else "It is refused.")
    return redirect("pack", name=name)


def _current(name: str) -> Enacted:
    one = force.in_force().get(name)
    if one is None:
        raise Http404
    return one


def _found(name: str, digest: str) -> Enacted:
    """The text of this digest: as it is in force, or else as it was last proposed."""
    mine = [one for one in force.enacted(name) if one.digest == digest]
    if not mine:
        raise Http404
    return next((one for one in mine if one.state == "in force"), mine[-1])


def _newer(files: Any, waits: Enacted | None) -> dict[str, str] | None:
    """What a pack's files say other than what is in force; None where they say the same, or it waits already."""
    if files is None or (waits and getattr(files, "digest", "") == waits.digest):
        return None
    return {"fault": files.what} if isinstance(files, HashgradeError) else {"version": files.pack.version}


@lru_cache(maxsize=64)
def _read(name: str, digest: str, folder: Path, stamps: tuple[int, ...]) -> Mapping[str, Any]:
    del stamps  # of the files beside it: where one is another, what is kept here is not what it says
    return page(name, force.text_of(_found(name, digest)).texts, folder)


@lru_cache(maxsize=4)
def _beside(chosen: tuple[tuple[str, str], ...]) -> Mapping[str, Any]:
    return comparison([force.pack_of(_found(name, digest)) for name, digest in chosen])


@lru_cache(maxsize=64)
def _differ(name: str, old: str, new: str) -> Mapping[str, Any]:
    return differences(name, *(force.text_of(_found(name, one)).texts for one in (old, new)))


def _differing(name: str, old: Enacted, new: Enacted) -> dict[str, Any]:
    return {"differs": _differ(name, old.digest, new.digest)} if old.digest != new.digest else {}


def _approving(name: str) -> str:
    return f"approval of a text of {name}"


def _counting(old: Enacted, new: Enacted) -> str:
    return f"what changes from {old.digest} to {new.digest}"


def _counted(old: Enacted, new: Enacted, errand: Errand) -> enacting.Preview:
    return enacting.preview(force.pack_of(old), force.pack_of(new), errand.tell)


def _approved(store: Store, proposed: Text, by: str, why: str, errand: Errand) -> object:
    return enacting.put_in_force(store, proposed, by, why, errand.tell)


def _effects_shown(request: Asked, name: str, old: Enacted, new: Enacted) -> dict[str, Any]:
    """What was counted of the grades that would come out otherwise, or that it is being counted."""
    if not could(request.actor, Action.SEE_EFFECTS) or old.digest == new.digest:
        return {"may_see_effects": False}
    errand = errands.find(_counting(old, new))
    found: Any = errand.result if errand and errand.over.is_set() else None
    labels = {**force.pack_of(old).labels, **force.pack_of(new).labels}
    changes = [{"before": labels.get(one.before, one.before), "after": labels.get(one.after, one.after),
                "items": one.items, "examples": list(map(brief, one.examples))}
               for one in (found.changes[:CHANGES_MAX] if found else ())]
    return {"may_see_effects": True, "counting": errand and not errand.over.is_set() and errand, "effects": found,
            "changes": changes, "more": max(0, len(found.changes) - CHANGES_MAX) if found else 0, "errand": errand}

"""Lists at the workbench: ours with their editions, those of others with what they claim; counts, and no digest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render

from hashgrade.access import Action, could
from hashgrade.errors import HashgradeError, InputError
from hashgrade.exchange import editions, release
from hashgrade.nouns import Edition
from hashgrade.serve.cells import csv_file
from hashgrade.serve.numbers import whole
from hashgrade.serve.records import errands, runs
from hashgrade.serve.records.around import paged, within
from hashgrade.serve.records.errands import Errand
from hashgrade.serve.records.studies import state
from hashgrade.serve.station import Asked
from hashgrade.store import listed, queries

COLUMNS: Final = ("whose", "list", "edition", "at", "entries", "editions")
NAMED: Final = {"sha256": "SHA-256", "sha1": "SHA-1", "md5": "MD5", "pdq": "PDQ"}
KINDS: Final = {".csv": "text/csv; charset=utf-8", ".json": "application/json", ".sig": "text/plain; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Line:
    """An edition in a list of them: how many more members than the one before it had, and what is wrong on disk."""

    edition: Edition
    more: int | None
    wrong: str


def lists(request: Asked) -> HttpResponse:
    """List our lists, and those of others that are in use."""
    return within(request, "lists", "records/lists.html", {
        "own": listed.own(), "imported": listed.imported(), "may_search": could(request.actor, Action.SEARCH)})


def lists_file(request: Asked) -> HttpResponse:
    """Give the lists as a file."""
    return csv_file("lists", COLUMNS, _rows())


def own(request: Asked, name: str) -> HttpResponse:
    """Show one of our lists: its editions, the newest first."""
    found = queries.editions(name)
    if not found:
        raise Http404
    before = {after.number: one.members for one, after in pairwise(found)}
    shown, pages = paged(request, found[::-1])
    folder = _folder(request)
    lines = [Line(one, one.members - before[one.number] if one.number in before else None, _wrong(folder, one))
             for one in shown]
    return within(request, "lists", "records/own.html", {
        "name": name, "lines": lines, **pages, "may_publish": could(request.actor, Action.PUBLISH_LIST)})


def edition(request: Asked, name: str, number: int) -> HttpResponse:
    """Show one edition: what its manifest says; and, where the address asks, its proof, or what changed in it."""
    one = _edition(name, number)
    words: dict[str, Any] = {"name": name, "edition": one, "others": [each.number for each in queries.editions(name)
                                                                      if each.number != number][::-1][:50]}
    try:
        said = editions.manifest(_folder(request), one)
        words |= {"said": said, "policy": editions.in_lines(said["policy"]),
                  "files": [(file, about) for file, about in said["files"].items()]}
        if "prove" in request.GET:
            words["proof"] = _counted(editions.figures(_proven(request, one)))
        if "against" in request.GET:
            words |= _changed(request, one)
    except HashgradeError as error:
        words["wrong"] = error
    return within(request, "lists", "records/edition.html", {
        **words, "may_save": could(request.actor, Action.EXPORT_LIST),
        "saved": [release.MANIFEST, release.SIGNATURE]}, status=200)


def save(request: Asked, name: str, number: int) -> FileResponse:
    """Give a file of an edition that is proven first; that it was given, to whom and why, is on record."""
    one = _edition(name, number)
    file = request.POST.get("file", "")
    said = editions.manifest(_folder(request), one)
    if file not in (*said["files"], release.MANIFEST, release.SIGNATURE):
        raise InputError("CMD-01", "the edition has no such file")
    path = _proven(request, one) / file
    with request.station.store.work(request.actor.name, request.POST["why"]) as work:
        work.act("list saved", list=name, edition=number, file=file)
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{name}-{number}-{file}",
                        content_type=KINDS.get(path.suffix, "application/octet-stream"))


def imported(request: Asked, name: str) -> HttpResponse:
    """Show a list of others: its editions, what the one in use claims, and, where the address asks, what changed."""
    found = listed.imported_editions(name)
    if not found:
        raise Http404
    current = found[0]
    shown, pages = paged(request, found)
    older = next((one for one in found[1:] if one.edition == request.GET.get("against", "")), None)
    counting = _counting(request, name, older.edition, current.edition) if older else None
    claims = listed.claims(name, current.edition)
    return within(request, "lists", "records/imported.html", {
        "name": name, "current": current, "editions": shown, **pages, "claims": claims,
        "by": [(NAMED[one], count) for one, count in claims.by.items()], "older": older,
        "counting": counting if counting and not counting.over.is_set() else None,
        "changed": counting and counting.result})


def running(request: Asked) -> HttpResponse:
    """Show the run that goes on, or how the last one ended."""
    return within(request, "lists", "records/running.html",
                  {**state(request, runs.LISTS), "title": "The last run"})


def running_part(request: Asked) -> HttpResponse:
    """The part of that page that changes."""
    return render(request, "records/run.html", state(request, runs.LISTS))


def _rows() -> Iterator[tuple[Any, ...]]:
    for one in listed.own():
        newest = one.newest
        yield "ours", one.name, newest.number, newest.issued_at.isoformat(), newest.members, one.editions
    for other in listed.imported():
        yield "others", other.name, other.edition, other.imported_at.isoformat(), None, other.editions


def _folder(request: Asked) -> Path:
    return request.station.root / "lists"


def _edition(name: str, number: int) -> Edition:
    found = listed.edition(name, number)
    if found is None:
        raise Http404
    return found


def _wrong(folder: Path, one: Edition) -> str:
    try:
        editions.manifest(folder, one)
    except HashgradeError as error:
        return error.what
    return ""


def _counting(request: Asked, name: str, older: str, newer: str) -> Errand:
    """Count what changed beside the pages, if it takes long; what came of it is told once, as an import may follow."""
    called = f"what changed in {name} from {older} to {newer}"
    found = errands.find(called) or errands.begin(called, request.actor.name, request.station.now(), partial(
        _claims_changed, name, older, newer))
    if found.over.is_set():
        errands.forget(called)
        if found.error:
            raise found.error
    return found


def _claims_changed(name: str, older: str, newer: str, errand: Errand) -> tuple[int, int]:
    return listed.claims_changed(name, older, newer, errand.tell)


def _proven(request: Asked, one: Edition) -> Path:
    key = release.public_key(release.public_key_file(request.station.root))
    return release.verify_standing(_folder(request), f"{one.list_name}/{one.number}", key)[0]


def _counted(found: editions.Figures) -> Mapping[str, Any]:
    return {"total": found.total, "kinds": found.kinds.items(), "by": [(NAMED[one], count)
                                                                       for one, count in found.by.items()]}


def _changed(request: Asked, one: Edition) -> dict[str, Any]:
    other = _edition(one.list_name, whole(request.GET["against"], 9) or 0)
    older, newer = sorted((one, other), key=lambda each: each.number)
    return {"older": older, "newer": newer,
            "changed": editions.changes(_proven(request, older), _proven(request, newer))}

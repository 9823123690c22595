"""The audit log for whoever checks the others: entries, one in full, the check of the whole, and files of it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render

from hashgrade import audit
from hashgrade.audit import Entry
from hashgrade.errors import Broken, InputError
from hashgrade.serve.cells import csv_stream
from hashgrade.serve.numbers import whole
from hashgrade.serve.records import errands
from hashgrade.serve.records.errands import Errand
from hashgrade.serve.records.texts import text_of
from hashgrade.serve.station import Asked
from hashgrade.store import queries, trail
from hashgrade.store.trail import Only

COLUMNS: Final = ("number", "at", "actor", "why", "did", "previous", "digest")
CHECK: Final = "check of the audit log"
CHECKED: Final = "audit-checked.json"
"""Where the station keeps what came of the last check."""
NUMBER: Final = re.compile(r"(?<![\w,])\d[\d,]{0,17}\b")
DIGEST: Final = re.compile(r"\b[0-9a-f]{64}\b")
WORDS_MAX: Final = 200
YEARS: Final = range(1970, 3000)
ANY: Final = Only()


@dataclass(frozen=True, slots=True)
class Check:
    """What came of going through the whole log: when, by whom, how many entries, the last one's digest, what is wrong.

    `back` entries are dated before the one that they follow: the clock was set back.
    """

    at: str
    by: str
    entries: int
    last: str
    back: int = 0
    code: str = ""
    what: str = ""

    @property
    def when(self) -> datetime:
        """When it ended."""
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place of the log that somebody noted down earlier: an entry's number, and its digest."""

    number: int
    digest: str


def entries(request: Asked) -> HttpResponse:
    """Show a page of the log, the newest first; each thing that an entry names is a filter as a link."""
    only = only_of(request.GET)
    before = _number(request.GET.get("before", ""))
    page = trail.page(only, before)
    newest = trail.last(trail.legible)
    return render(request, "records/audit.html", {
        "only": only, "page": page, "newest": newest, "before": before, "query": query_of(only),
        "chosen": [(name, getattr(only, name), query_of(replace(only, **{name: getattr(ANY, name)})))
                   for name in ("actor", "act", "thing", "day") if getattr(only, name)],
        "shown": [_line(one, only) for one in page.entries], "check": last_check(request.station.root)})


def entry(request: Asked, number: int) -> HttpResponse:
    """Show one entry whole, with its digest worked out again, and whether it and its neighbours follow each other."""
    one = _found(number)
    before, after = trail.entry(number - 1), trail.entry(number + 1)
    return render(request, "records/entry.html", {
        "one": one, "timed": one.at != trail.NO_TIME, "sealed": audit.sealed(one).decode(), "digest": audit.digest(one),
        "acts": [*trail.acts(one).items()], "did": json.dumps(one.did, indent=2, ensure_ascii=False, sort_keys=True),
        "whole": audit.digest(one) == one.digest, "before": before, "after": after,
        "follows": one.previous == (before.digest if before else audit.ORIGIN) and (before or number == 1),
        "followed": after is None or after.previous == one.digest})


def entry_file(request: Asked, number: int) -> JsonResponse:
    """Give one entry as a file, with the very text whose SHA-256 is its digest."""
    one = _found(number)
    told = {**asdict(one), "at": one.at.isoformat(), "sealed": audit.sealed(one).decode()}
    return JsonResponse(told, json_dumps_params={"indent": 2, "ensure_ascii": False},
                        headers={"Content-Disposition": f'attachment; filename="audit-entry-{number}.json"'})


def entries_file(request: Asked) -> HttpResponseBase:
    """Give a range of entries as a file, from the first number to the last, as a stream: it may be the whole log.

    Raises:
        InputError: SRV-45, the range is none.
    """
    first, until = _number(request.GET.get("first", "1")) or 1, _number(request.GET.get("until", ""))
    if until is not None and until < first:
        raise InputError("SRV-45", "the range ends before it begins")
    rows = ((one.number, one.at.isoformat(), one.actor, one.why, audit.canonical(one.did).decode(), one.previous,
             one.digest) for one in trail.since(first, until, trail.legible))
    return csv_stream(f"audit-{first}-{until or 'last'}", COLUMNS, rows)


def check(request: Asked) -> HttpResponse:
    """Show the check of the whole log, or begin one; where one is under way, none begins."""
    if request.method == "POST":
        station = request.station
        errands.begin(CHECK, request.actor.name, station.now(),
                      partial(_checked, station.root, station.now, request.actor.name))
        return redirect("audit_check")
    return _check_page(request)


def compare(request: Asked) -> HttpResponse:
    """Compare the log with a mark of it that was kept elsewhere: whether what it was then, it still begins with."""
    if request.method != "POST":
        return _check_page(request)
    text = ""
    try:
        text = text_of(request, "mark", "file")
        mark = mark_in(text)
    except InputError as error:
        return _check_page(request, status=400, mark_text=text[:2_000], mark_fault=error.what)
    known = trail.entry(mark.number)
    newest = trail.last(trail.legible)
    held = last_check(request.station.root)
    return _check_page(request, mark=mark, mark_text=text[:2_000], known=known,
                       same=known and known.digest == mark.digest, cut=newest is None or newest.number < mark.number,
                       whole=bool(held and not held.code and held.entries >= mark.number))


def _check_page(request: Asked, status: int = 200, **words: Any) -> HttpResponse:
    found = errands.find(CHECK)
    running = found if found and not found.over.is_set() else None
    newest, kept = trail.last(trail.legible), last_check(request.station.root)
    part = request.htmx and request.method == "GET"
    return render(request, "records/checking.html" if part else "records/check.html", {
        "running": running, "broke": found and found.broke, "error": found and found.error, "check": kept,
        "newest": newest, "grown": newest and kept and newest.number - kept.entries, **words}, status=status)


def last_check(root: Path) -> Check | None:
    """Read what came of the last check; None where none is kept, or what is kept says nothing."""
    try:
        kept = Check(**json.loads((root / CHECKED).read_bytes()))
        return kept if kept.when.tzinfo and type(kept.entries) is int else None
    except (OSError, ValueError, TypeError):
        return None


def mark_in(text: str) -> Mark:
    """Read a mark: what `hashgrade audit verify` prints, with or without `--json`, or a number and a digest.

    Raises:
        InputError: SRV-45, the text has no number with a digest after it.
    """
    number = NUMBER.search(text)
    found = number and DIGEST.search(text, number.end())
    if not (number and found):
        raise InputError("SRV-45", "the text has no number of an entry followed by its digest of 64 hexadecimal digits")
    return Mark(int(number[0].replace(",", "")), found[0])


def only_of(said: Mapping[str, str]) -> Only:
    """Read a filter from a link.

    Raises:
        InputError: SRV-45, a word is too long, or a day is none.
    """
    words = {name: said.get(name, "").strip() for name in ("actor", "act", "thing")}
    if any(len(word) > WORDS_MAX or "\0" in word for word in words.values()):
        raise InputError("SRV-45", f"a word to look for has at most {WORDS_MAX} characters")
    return Only(**words, day=_day(said.get("day", "")))


def query_of(only: Only) -> str:
    """Write a filter as a link's query, without its question mark; empty for all entries."""
    return urlencode({name: value for name, value in asdict(only).items() if value})


def _line(one: Entry, only: Only) -> dict[str, Any]:
    things = [str(pack[0]) for pack in _listed(one, "packs")]
    things += [str(changed.get("name") or "") for changed in _listed(one, "accounts_changed")]
    things += [str(one.did["list"])] if "list" in one.did else []
    return {"one": one, "actor": query_of(replace(only, actor=one.actor)),
            "day": query_of(replace(only, day=one.at.date())) if one.at != trail.NO_TIME else "",
            "acts": [(act, count, query_of(replace(only, act=act))) for act, count in trail.acts(one).items()],
            "things": [(thing, query_of(replace(only, thing=thing))) for thing in dict.fromkeys(filter(None, things))]}


def _listed(one: Entry, name: str) -> list[Any]:
    found = one.did.get(name)
    return found if isinstance(found, list) else []


def _found(number: int) -> Entry:
    one = trail.entry(number) if number < 2**63 else None
    if one is None:
        raise Http404
    return one


def _number(said: str) -> int | None:
    found = whole(said, 18)
    if said and found is None:
        raise InputError("SRV-45", "the link does not say which entries it means")
    return found


def _day(said: str) -> date | None:
    try:
        day = date.fromisoformat(said) if said else None
    except ValueError:
        raise InputError("SRV-45", "a day is written as 2026-11-22") from None
    if day and day.year not in YEARS:
        raise InputError("SRV-45", "the link means a day that is too far away")
    return day


def _checked(root: Path, now: Any, by: str, errand: Errand) -> Check:
    newest = trail.last(trail.legible)
    errand.of = newest.number if newest else 0
    walked = _Walked(errand)
    try:
        last = audit.verify(walked.through(queries.entries()))
        number, digest = (last.number, last.digest) if last else (0, audit.ORIGIN)
        found = Check(now().isoformat(), by, number, digest, walked.back)
    except Broken as error:
        found = Check(now().isoformat(), by, errand.done, "", walked.back, error.code, error.what)
    written = root / f"{CHECKED}.new"
    written.write_text(json.dumps(asdict(found)))
    written.replace(root / CHECKED)
    return found


@dataclass(slots=True)
class _Walked:
    """Counts entries as they go by."""

    errand: Errand
    back: int = 0

    def through(self, log: Iterator[Entry]) -> Iterator[Entry]:
        at: datetime | None = None
        for one in log:
            yield one
            self.errand.done, self.back, at = one.number, self.back + bool(at and one.at < at), one.at
            if one.number % trail.AT_ONCE == 0:
                self.errand.tell(one.number, self.errand.of)

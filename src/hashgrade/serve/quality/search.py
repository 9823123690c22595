"""Search: digests, codes and addresses as lines, or a file that is looked at, matched, and kept nowhere.

What is asked comes in the body of a form, never in an address, so that it is in no history and no log.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render

from hashgrade.access import Action, could
from hashgrade.errors import Conflict, HashgradeError, InputError, printable
from hashgrade.grading import seeing
from hashgrade.grading.severe import CLAIMED
from hashgrade.matching import Query, find, of_medium
from hashgrade.media import read
from hashgrade.nouns import Claim, Item
from hashgrade.serve.cells import csv_file
from hashgrade.serve.errors import status_of
from hashgrade.serve.numbers import whole
from hashgrade.serve.quality.known import KNOWN
from hashgrade.serve.quality.uploads import FIELD, Upload
from hashgrade.serve.station import Asked
from hashgrade.store import finding, queries

LINES_MAX: Final = 500
LINE_CHARS_MAX: Final = 2000
HITS_MAX: Final = 20
"""Hits that are shown of one line; of more only their number."""
BEGIN_CHARS: Final = 8
"""So many first digits of a SHA-256 name an item, or a few."""
HEX: Final = re.compile(r"[0-9a-f]+")
BY_LENGTH: Final = {64: "sha256", 40: "sha1", 32: "md5"}
SAID: Final = {"sha256": "SHA-256 or PDQ", "sha1": "SHA-1", "md5": "MD5", "begun": "begins a SHA-256", "url": "address"}
DIGESTS: Final = {"sha256": "SHA-256", "sha1": "SHA-1", "md5": "MD5"}
COLUMNS: Final = ("line", "asked_as", "answer", "item", "decided", "list", "edition", "distance_bits")
ANSWERS: Final = {"exact": "Exact", "near": "Near", "begun": "Begins so", "url": "Seen there"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what somebody pasted: its number, what it is, and the value; or, in `wrong`, why it is nothing."""

    number: int
    text: str
    what: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What is known under something asked: an item, or a list's claim; `how` as in `ANSWERS`."""

    how: str
    sha256: str = ""
    claim: Claim | None = None
    distance_bits: int | None = None
    decided: bool = False

    @property
    def answer(self) -> str:
        """How it was found, in words."""
        return ANSWERS[self.how]

    @property
    def severity(self) -> str:
        """How severe the list takes it to be, where it says so."""
        return next((str(self.claim.extra[name]) for name in CLAIMED if name in self.claim.extra),
                    "") if self.claim else ""


@dataclass(slots=True)
class Answer:
    """A line and what is known of it; `more` hits are not among those that are given."""

    line: Line
    hits: list[Hit] = field(default_factory=list)
    more: int = 0

    @property
    def asked_as(self) -> str:
        """What the line was taken for, in words."""
        return SAID.get(self.line.what, "")


def search(request: Asked) -> HttpResponse:
    """Answer every line of what is pasted, or show the form for it; bad lines are told with their numbers."""
    return _page(request) if request.method != "POST" else _told(request, _searched)


def match_file(request: Asked) -> HttpResponse:
    """Say what is known of a file that is uploaded; it is decoded in the jail, and when this returns it is gone."""
    return _page(request) if request.method != "POST" else _told(request, _matched)


def _told(request: Asked, act: Callable[[Asked], HttpResponse]) -> HttpResponse:
    """Answer a form; what is wrong with it stands above the form, which keeps what was pasted."""
    try:
        return act(request)
    except (InputError, Conflict) as error:
        return _page(request, {"fault": error, "lines": request.POST.get("lines", "")}, status_of(error))


def _searched(request: Asked) -> HttpResponse:
    text, within = request.POST.get("lines", ""), _within(request)
    lines = list(lines_of(text))
    if not lines:
        raise InputError("SRV-37", "there is nothing to look for")
    found = _with_decided(request, answers(request, lines, within))
    if request.POST.get("as") == "csv":
        return csv_file("search", COLUMNS, _rows(found))
    return _page(request, {"answers": found, "lines": text, "within": within, "found": sum(bool(one.hits)
                           for one in found), "wrong": [one.line for one in found if one.line.wrong]})


def _matched(request: Asked) -> HttpResponse:
    if getattr(request, "too_large", False):
        most = request.station.settings.serve.upload_bytes_max
        raise InputError("SRV-35", f"the file is larger than {most:,} bytes, the most that is taken")
    upload, within = request.FILES.get(FIELD), _within(request)
    if not isinstance(upload, Upload):
        raise InputError("SRV-35", "no file was chosen")
    with upload:
        if not upload.size:
            raise InputError("SRV-35", "the file is empty")
        query = of_medium(read(upload.path), request.station.decoders)
        hits, trouble = _found(request, query, within)
    answer, = _with_decided(request, [Answer(Line(0, ""), hits[:HITS_MAX], max(0, len(hits) - HITS_MAX))])
    return _page(request, {"matched": answer, "query": query, "trouble": trouble, "within": within,
                           "name": printable(upload.name or "")[:120],
                           "digests": {title: getattr(query.digests, name).hex() for name, title in DIGESTS.items()}})


def lines_of(text: str) -> Iterator[Line]:
    """Read what somebody pasted; blank lines and those that begin with `#` are passed over, and keep their number.

    Raises:
        InputError: SRV-37, there are more than 500 lines.
    """
    given = [(number, one.strip().strip('",;')) for number, one in enumerate(text.splitlines(), 1)]
    given = [(number, one) for number, one in given if one and not one.startswith("#")]
    if len(given) > LINES_MAX:
        raise InputError("SRV-37", f"there are {len(given):,} lines, and at most {LINES_MAX} are answered at a time",
                         to_do="send them in parts")
    for number, one in given:
        yield line_of(number, one)


def line_of(number: int, text: str) -> Line:
    """Read one line: what it is, told by its form alone.

    Args:
        number: Its number, from 1.
        text: Without space around it, not empty.
    """
    if len(text) > LINE_CHARS_MAX:
        return Line(number, text[:40], wrong=f"it has {len(text):,} characters; {LINE_CHARS_MAX:,} are read at most")
    if "://" in text:
        return Line(number, text, "url")
    text = text.lower().removeprefix("pdq ").strip()
    if not HEX.fullmatch(text):
        odd = next((one for one in text if one not in "0123456789abcdef"), "")
        return Line(number, text[:80], wrong=f"{printable(odd)!r} is in no digest, and no address is without ://")
    if what := BY_LENGTH.get(len(text), "begun" if BEGIN_CHARS <= len(text) < 64 else ""):
        return Line(number, text, what)
    return Line(number, text[:80], wrong=f"no digest has {len(text)} digits: 64 are a SHA-256 or a PDQ code, 40 a "
                                         f"SHA-1, 32 an MD5, and from {BEGIN_CHARS} on they may begin a SHA-256")


def answers(request: Asked, lines: Sequence[Line], within_bits: int) -> list[Answer]:
    """Say what is known of each line.

    Raises:
        Conflict: SRV-36, there are codes among them, and the index is being opened.
    """
    named = {what: [one.text for one in lines if one.what == what] for what in SAID}
    items = {what: finding.items_named(what, named[what]) for what in finding.DIGESTS}
    claims = {what: finding.claims_named(what, named[what]) for what in finding.DIGESTS}
    near = _near(request, list(dict.fromkeys(named["sha256"])), within_bits)
    return [_answer(one, items, claims, near) for one in lines]


def _near(request: Asked, codes: Sequence[str], within_bits: int) -> dict[str, list[Hit]]:
    if not codes:
        return {}
    with KNOWN.lookup(request) as lookup:
        found = lookup.near_many([bytes.fromhex(one) for one in codes], within_bits)
    return {code: [Hit(how="near", sha256=one.other or "", claim=one.claim, distance_bits=one.distance_bits)
                   for one in mine] for code, mine in zip(codes, found, strict=True)}


def _answer(line: Line, items: Mapping[str, Mapping[str, Sequence[Item]]],
            claims: Mapping[str, Mapping[str, Sequence[Claim]]], near: Mapping[str, list[Hit]]) -> Answer:
    if line.what in items:
        hits = [Hit(how="exact", sha256=one.sha256) for one in items[line.what].get(line.text, ())]
        hits += [Hit(how="exact", claim=one) for one in claims[line.what].get(line.text, ())]
        hits += near.get(line.text, []) if line.what == "sha256" else []
    elif line.what:
        look = finding.items_begun if line.what == "begun" else finding.items_seen_at
        hits = [Hit(how=line.what, sha256=one.sha256) for one in look(line.text)]
    else:
        hits = []
    return Answer(line, hits[:HITS_MAX], max(0, len(hits) - HITS_MAX))


def _found(request: Asked, query: Query, within_bits: int) -> tuple[list[Hit], HashgradeError | None]:
    with KNOWN.lookup(request) as lookup:
        found = find(lookup, query, within_bits)
    mine = {getattr(query.digests, name).hex() for name in finding.DIGESTS}
    return [Hit(how="exact" if one.distance_bits == 0 and (one.other in mine or _names(one.claim, mine)) else "near",
                sha256=one.other or "", claim=one.claim, distance_bits=one.distance_bits)
            for one in found], query.trouble


def _names(claim: Claim | None, digests: set[str]) -> bool:
    return claim is not None and any(getattr(claim, name) in digests for name in finding.DIGESTS)


def _with_decided(request: Asked, found: list[Answer]) -> list[Answer]:
    """Say which items are decided, but of none that the actor holds to read: nobody tells them what was settled."""
    decided = queries.decided(hit.sha256 for one in found for hit in one.hits if hit.sha256)
    decided -= seeing.to_read(request.actor.name, request.station.store.now())
    for one in found:
        one.hits = [replace(hit, decided=hit.sha256 in decided) for hit in one.hits]
    return found


def _within(request: Asked) -> int:
    found = whole(request.POST.get("within") or "31", 2)
    if found is None or found > 31:
        raise InputError("SRV-37", "a distance is from 0 to 31 bits")
    return found


def _page(request: Asked, found: Mapping[str, Any] | None = None, status: int = 200) -> HttpResponse:
    return render(request, "quality/search.html", {
        "within": 31, "lines_max": LINES_MAX, "hits_max": HITS_MAX, "begin_chars": BEGIN_CHARS,
        "bytes_max": request.station.settings.serve.upload_bytes_max,
        "may_match": could(request.actor, Action.MATCH_FILE), "may_see": could(request.actor, Action.SEE_HISTORY),
        **(found or {})}, status=status)


def _rows(found: Iterable[Answer]) -> Iterator[tuple[object, ...]]:
    """The lines of the file; items by the digits that they begin with, as a list of digests is worth what they name."""
    for one in found:
        said = one.line.wrong or "not known"
        if not one.hits:
            yield one.line.number, one.asked_as, said, None, None, None, None, None
        for hit in one.hits:
            claim = hit.claim
            yield (one.line.number, one.asked_as, hit.answer.lower(), hit.sha256[:12],
                   ("yes" if hit.decided else "no") if hit.sha256 else None, claim and claim.list_name,
                   claim and claim.edition, hit.distance_bits)

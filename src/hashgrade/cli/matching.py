"""`hashgrade match`: what is known of a code or a medium, by a list alone or by the station.

Each line of output is one query; what is wrong with one stands in its line, and the
rest goes on.
"""

import csv
import re
import string
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, Protocol

import numpy as np
import typer

from hashgrade import app
from hashgrade.cli import console
from hashgrade.cli.console import AsJson, Line
from hashgrade.decode import Decoders
from hashgrade.errors import HashgradeError, InputError, printable
from hashgrade.fingerprints import vpdq
from hashgrade.fingerprints.frames import align, matches
from hashgrade.index import Hamming
from hashgrade.matching import QUALITY_MIN, Query, of_medium
from hashgrade.matching import find as found
from hashgrade.media import read
from hashgrade.nouns import FrameCode

VPDQ: Final = re.compile(r"\s*(\[|\d+,\d+,[0-9a-fA-F]{64},|[0-9a-fA-F]{64},\d+,)")
"""How a file of frames begins."""

HEX: Final = frozenset(string.hexdigits)
DIGESTS: Final = ("sha256", "sha1", "md5")

Hits = list[dict[str, object]]


def match(
    context: typer.Context,
    queries: Annotated[list[str], typer.Argument(metavar="PATH_OR_HEX...", help="PDQ codes, or media to look for.")],
    against: Annotated[Path | None, typer.Option(
        help="A file with one PDQ code a line, or a hash list as CSV; what the station knows unless given.")] = None,
    within: Annotated[int, typer.Option(min=0, max=31, help="Largest distance, in bits.")] = 31,
    as_json: AsJson = False,
) -> None:
    """Find everything that is near a query, and miss nothing: in a file of codes, or in what the station knows.

    A medium is also looked for by its exact digests. What the station knows are its items, by SHA-256, and the
    claims of imported lists, by list and edition.
    """
    held: Held
    held, wrong = (_in_station(context), []) if against is None else _in_file(against)
    for error in wrong:
        console.tell(error)
    decoders = app.decoders(console.settings(context))
    lines = (_line(text, partial(asked, decoders=decoders), partial(held, within_bits=within)) for text in queries)
    console.put_lines(lines, _as_text, as_json=as_json, failed=bool(wrong))


class Held(Protocol):
    """Finds a query in what somebody holds, as `match` prints it: exact hits, then near ones, nearest first."""

    def __call__(self, query: Query, within_bits: int) -> Hits: ...


@dataclass(slots=True)
class Listed:
    """What a file lists: codes, or the frames of one clip; digests by kind; and what is wrong with its lines."""

    frames: list[FrameCode] = field(default_factory=list)
    codes: list[bytes] = field(default_factory=list)
    digests: dict[str, set[bytes]] = field(default_factory=dict)
    wrong: list[HashgradeError] = field(default_factory=list)


def _in_file(path: Path) -> tuple[Held, list[HashgradeError]]:
    listed = read_list(path)
    near = Hamming.build(np.frombuffer(b"".join(listed.codes), np.uint8).reshape(-1, 32))

    def find(query: Query, within_bits: int) -> Hits:
        if query.frames and listed.frames:
            return _parts(query.frames, listed.frames, within_bits)
        hits = [hit for code in query.codes for hit in near.near(code, within_bits)]
        found = [{**_listed(listed, hit.id), "distance_bits": hit.distance_bits} for hit in sorted(hits)]
        frames = [
            {"at_ms": frame.at_ms, "code": listed.codes[hit.id].hex(), "distance_bits": hit.distance_bits}
            for frame in query.frames if frame.pdq.quality >= QUALITY_MIN
            for hit in near.near(frame.pdq.code, within_bits)]
        return [*_exact(query, listed.digests), *found, *frames]

    return find, listed.wrong


def _listed(listed: Listed, place: int) -> dict[str, object]:
    at = {"at_ms": listed.frames[place].at_ms} if listed.frames else {}
    return {"code": listed.codes[place].hex(), **at}


def _parts(frames: Sequence[FrameCode], against: Sequence[FrameCode], within_bits: int) -> Hits:
    """The parts that two clips have in common, in order, and what the one is of the other."""
    parts = align(frames, against, within_bits)
    return [{"match": matches(parts), **asdict(part)} for part in parts]


def _exact(query: Query, exact: Mapping[str, Set[bytes]]) -> Hits:
    """The strongest digest of the query that is listed."""
    mine = {kind: getattr(query.digests, kind) for kind in DIGESTS if query.digests and kind in exact}
    return [{kind: digest.hex(), "distance_bits": 0} for kind, digest in mine.items() if digest in exact[kind]][:1]


def _in_station(context: typer.Context) -> Held:
    station = console.opened(context)
    from hashgrade.lookup import Lookup  # noqa: PLC0415 - needs the station open

    lookup = Lookup(station.settings.near_bits, station.settings.quality_min)

    def known(query: Query, within_bits: int) -> Hits:
        return [one.as_json() for one in found(lookup, query, within_bits)]

    return known


def _line(text: str, ask: Callable[[str], Query], find: Callable[[Query], Hits]) -> Line:
    """What is printed of one query: every hit, or the error."""
    try:
        return {"query": text, "hits": find(ask(text))}
    except InputError as error:
        return {"query": text, "error": error.as_json()}


def asked(text: str, decoders: Decoders) -> Query:
    """Read what somebody asks for: a code in hex, or the path of a medium.

    Raises:
        InputError: MED-02, it is neither; MED-03, a picture of too little structure; or why it does not decode.
    """
    path = Path(text)
    if not _is_file(path):
        try:
            return Query(codes=(parse_code(text),))
        except InputError as error:
            raise InputError("MED-02", f"this is neither a file nor a PDQ code: {error.what}") from None
    query = of_medium(read(path), decoders)
    if query.trouble:
        raise query.trouble
    return query


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # Too long a name, or a folder on the way that may not be searched.
        return False


def parse_code(text: str, where: str = "") -> bytes:
    """The 32 bytes of a PDQ code in hex, in either case.

    Raises:
        InputError: MED-02, it is not 64 hexadecimal characters.
    """
    return _parse_hex(text, "PDQ code", 64, where)


def _parse_hex(text: str, what: str, count: int, where: str) -> bytes:
    odd = next((character for character in text if character not in HEX), None)
    got = f"got {odd!r} among them" if odd is not None else f"got {len(text)}"
    if odd is not None or len(text) != count:
        raise InputError("MED-02", f"a {what} is {count} hexadecimal characters, {got}", where=where)
    return bytes.fromhex(text)


def read_list(path: Path) -> Listed:
    """Read codes, one a line, or the columns `pdq`, `sha256`, `sha1` and `md5` of a hash list, or the frames of a clip.

    Blank lines, and those that begin with `#`, are passed over; so is the word `pdq` before a code.

    Raises:
        InputError: CMD-01, no such file; MED-01, it cannot be read; FRM-01, a frame of a vPDQ file is none.
    """
    lines = _lines(path)
    if lines and VPDQ.match(lines[0]):
        frames = vpdq.read("\n".join(lines), str(path))
        return Listed(frames, [one.pdq.code for one in frames])
    head = next(csv.reader(lines[:1]), [])
    listed = Listed()
    if {"pdq", *DIGESTS} & set(head):
        _read_columns(listed, csv.DictReader(lines), path)
        return listed
    for number, line in enumerate(lines, 1):
        text = line.strip().removeprefix("pdq ")
        if text and not text.startswith("#"):
            _take(listed, "pdq", text, f"{path}:{number}:{line.index(text) + 1}")
    return listed


def _read_columns(listed: Listed, rows: "csv.DictReader[str]", path: Path) -> None:
    for row in rows:
        given = {kind: text for kind in HEX_CHARS if (text := (row.get(kind) or "").strip())}
        # MD5 and SHA-1 can be made to collide: beside a stronger digest they say nothing.
        strongest = next((kind for kind in DIGESTS if kind in given), "")
        for kind in {"pdq", strongest} & given.keys():
            _take(listed, kind, given[kind], f"{path}:{rows.line_num}")


HEX_CHARS: Final = {"pdq": 64, "sha256": 64, "sha1": 40, "md5": 32}


def _take(listed: Listed, kind: str, text: str, where: str) -> None:
    try:
        content = _parse_hex(text, "PDQ code" if kind == "pdq" else f"digest by {kind}", HEX_CHARS[kind], where)
    except InputError as error:
        listed.wrong.append(error)
        return
    if kind == "pdq":
        listed.codes.append(content)
    else:
        listed.digests.setdefault(kind, set()).add(content)


def _lines(path: Path) -> Sequence[str]:
    try:
        return path.read_text("utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        raise InputError("CMD-01", "there is no such file", where=str(path)) from None
    except OSError as error:
        raise InputError("MED-01", f"the file cannot be read: {error.strerror}", where=str(path)) from None


def _as_text(line: Line) -> str:
    hits: Any = line.get("hits")
    found = [f"  {_hit(hit)}" for hit in hits or ()]
    nothing = ["  nothing near"] if hits == [] else []
    return "\n".join([f"{printable(str(line['query']))}{console.trouble(line)}", *found, *nothing])


def _hit(hit: Mapping[str, Any]) -> str:
    distance = f"{hit['distance_bits']:3}  " if "distance_bits" in hit else ""
    at = f"  at {_clock(hit['at_ms'])}" if "at_ms" in hit else ""
    return f"{distance}{_named(hit)}{at}{_part(hit) if 'start_ms' in hit else ''}"


def _named(hit: Mapping[str, Any]) -> str:
    if "list" in hit:
        return printable(f"list {hit['list']}, edition {hit['edition']}")
    return next((str(hit[kind]) for kind in ("code", *DIGESTS) if kind in hit), str(hit.get("match") or "a part"))


def _part(hit: Mapping[str, Any]) -> str:
    mine, theirs = ((_clock(hit[f"{side}start_ms"]), _clock(hit[f"{side}end_ms"])) for side in ("", "against_"))
    return f"  {mine[0]} to {mine[1]} is its {theirs[0]} to {theirs[1]}, {hit['frames']} frames"


def _clock(at_ms: int) -> str:
    minutes, rest_ms = divmod(at_ms, 60_000)
    return f"{minutes}:{rest_ms / 1000:06.3f}"

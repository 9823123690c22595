"""`hashgrade hash` and `hashgrade match`: fingerprints and recognition without a station.

Each line of output is one medium or one query; what is wrong with one stands in its
line, and the rest goes on.
"""

import csv
import json
import os
import string
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated, Final, Protocol, TypeVar

import numpy as np
import typer

from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.decode import Seen, examine
from hashgrade.errors import HashgradeError, InputError, printable
from hashgrade.fingerprints import exact
from hashgrade.index import Hamming
from hashgrade.nouns import Pdq
from hashgrade.settings import Limits

Line = Mapping[str, object]
Thing = TypeVar("Thing")
Made = TypeVar("Made")

HEX: Final = frozenset(string.hexdigits)
QUALITY_MIN: Final = 50
AHEAD: Final = 8
"""Media in work for each thread: enough to keep it busy, few enough to stay small."""


def hash_media(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, or folders to walk in sorted order.")],
    as_json: AsJson = False,
) -> None:
    """Print the exact digests, size and PDQ of media; names and suffixes are never believed."""
    settings = console.settings(context)
    files = [(file, file != path) for path in paths for file in walk(path)]
    lines = in_order(lambda one: line_of(one[0], settings.limits, walked=one[1]), files, settings.workers)
    _print(_progress(lines, len(files)), as_json, _as_text)


def match(
    context: typer.Context,
    queries: Annotated[list[str], typer.Argument(metavar="PATH_OR_HEX...", help="PDQ codes, or pictures to look for.")],
    against: Annotated[Path | None, typer.Option(
        help="A file with one PDQ code a line, or a hash list as CSV; what the station knows unless given.")] = None,
    within: Annotated[int, typer.Option(min=0, max=31, help="Largest distance, in bits.")] = 31,
    as_json: AsJson = False,
) -> None:
    """Find everything that is near a query, and miss nothing: codes of a file, or what the station knows.

    What the station knows are its items, by SHA-256, and the claims of imported lists, by list and edition.
    """
    find, wrong = (_in_station(context), []) if against is None else _in_file(against)
    for error in wrong:
        console.tell(error)
    lines = (hits_of(query, partial(find, within_bits=within)) for query in queries)
    _print(lines, as_json, _as_hits, failed=bool(wrong))


Hits = list[dict[str, object]]


class Find(Protocol):
    """Finds what is within so many bits of a code, as `match` prints it, nearest first."""

    def __call__(self, code: bytes, within_bits: int) -> Hits: ...


def _in_file(path: Path) -> tuple[Find, list[HashgradeError]]:
    codes, wrong = read_codes(path)
    index = Hamming.build(np.frombuffer(b"".join(codes), np.uint8).reshape(-1, 32))

    def find(code: bytes, within_bits: int) -> Hits:
        hits = index.near(code, within_bits)
        return [{"code": codes[hit.id].hex(), "distance_bits": hit.distance_bits} for hit in hits]

    return find, wrong


def _in_station(context: typer.Context) -> Find:
    station = console.opened(context)
    from hashgrade.lookup import Lookup  # noqa: PLC0415 - needs the station open

    lookup = Lookup(station.settings.near_bits, station.settings.quality_min)
    return lambda code, within_bits: [one.as_json() for one in lookup.near(code, within_bits)]


def walk(path: Path) -> Iterator[Path]:
    """Yield the files and links under `path` in sorted order, or `path` itself where it is no folder that can be read.

    Links to folders are not followed, so that a walk ends.
    """
    try:
        children = sorted(path.iterdir()) if path.is_dir() else [path]
    except OSError:
        children = [path]
    for child in children:
        if child == path or child.is_symlink() or not _is_folder(child):
            yield child
        else:
            yield from walk(child)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # Too long a name, or a folder on the way that may not be searched.
        return False


def in_order(make: Callable[[Thing], Made], things: Iterable[Thing], threads: int) -> Iterator[Made]:
    """Make each thing on `threads` threads, 0 for one a core, and give the results in the order of the things."""
    workers = threads or os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        ahead = AHEAD * workers
        waiting: deque[Future[Made]] = deque()
        try:
            for thing in things:
                waiting.append(pool.submit(make, thing))
                if len(waiting) >= ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def line_of(path: Path, limits: Limits, *, walked: bool = False) -> Line:
    """What `hash` prints of one medium; a path that cannot be read has only `path` and `error`.

    Args:
        path: A file.
        limits: On untrusted files.
        walked: The path was found in a folder, where a link may lead out of it: as in an intake, none is followed.
    """
    if walked and path.is_symlink():
        return {"path": str(path), "error": InputError("INT-02", "this is a link").as_json()}
    if not _is_file(path):
        missing = InputError("MED-01", "the path is no regular file, or there is none")
        return {"path": str(path), "error": missing.as_json()}
    try:
        with path.open("rb") as file:
            digests = exact(file)
    except OSError as error:
        unread = InputError("MED-01", f"the file cannot be read: {error.strerror}")
        return {"path": str(path), "error": unread.as_json()}
    return {
        "path": str(path), "sha256": digests.sha256.hex(), "sha1": digests.sha1.hex(), "md5": digests.md5.hex(),
        "size_bytes": digests.size_bytes, **_seen(examine(path, limits))}


def _seen(seen: Seen) -> Line:
    told: dict[str, object] = {
        "kind": seen.kind.value, "width": seen.width, "height": seen.height,
        "pdq": seen.pdq and seen.pdq.code.hex(), "pdq_quality": seen.pdq and seen.pdq.quality}
    if seen.pdq_as_displayed:
        told["pdq_as_displayed"] = seen.pdq_as_displayed.code.hex()
    if seen.error:
        told["error"] = seen.error.as_json()
    return told


def parse_code(text: str, where: str = "") -> bytes:
    """The 32 bytes of a PDQ code in hex, in either case.

    Raises:
        InputError: MED-02, it is not 64 hexadecimal characters.
    """
    odd = next((character for character in text if character not in HEX), None)
    if odd is not None:
        raise InputError("MED-02", f"a PDQ code is 64 hexadecimal characters, got {odd!r} among them", where=where)
    if len(text) != 64:
        raise InputError("MED-02", f"a PDQ code is 64 hexadecimal characters, got {len(text)}", where=where)
    return bytes.fromhex(text)


def read_codes(path: Path) -> tuple[list[bytes], list[HashgradeError]]:
    """Read the codes of a text file, one a line, or of a hash list's column `pdq`; an error for each line that is none.

    Blank lines, and those that begin with `#`, are passed over; so is the word `pdq` before a code.

    Raises:
        InputError: CMD-01, no such file; MED-01, it cannot be read.
    """
    codes: list[bytes] = []
    wrong: list[HashgradeError] = []
    for number, line in _written(_lines(path)):
        text = line.strip().removeprefix("pdq ")
        if not text or text.startswith("#"):
            continue
        try:
            codes.append(parse_code(text, f"{path}:{number}:{line.index(text) + 1}"))
        except InputError as error:
            wrong.append(error)
    return codes, wrong


def _written(lines: list[str]) -> Iterator[tuple[int, str]]:
    """What may be a code, by line: the whole line, or the cell where a header names a column `pdq`."""
    head = next(csv.reader(lines[:1]), [])
    if "pdq" not in head or len(head) == 1:
        yield from enumerate(lines, 1)
        return
    rows = csv.DictReader(lines)
    yield from ((rows.line_num, row["pdq"] or "") for row in rows)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        raise InputError("CMD-01", "there is no such file", where=str(path)) from None
    except OSError as error:
        raise InputError("MED-01", f"the file cannot be read: {error.strerror}", where=str(path)) from None


def hits_of(query: str, find: Callable[[bytes], Hits]) -> Line:
    """What `match` prints of one query: every hit that `find` gives, or the error."""
    try:
        code = _code_of(query)
    except InputError as error:
        return {"query": query, "error": error.as_json()}
    return {"query": query, "hits": find(code)}


def _code_of(query: str) -> bytes:
    if not _is_file(Path(query)):
        try:
            return parse_code(query)
        except InputError as error:
            raise InputError("MED-02", f"this is neither a file nor a PDQ code: {error.what}") from None
    seen = examine(Path(query), Limits())
    if isinstance(seen.error, InputError):
        raise seen.error
    if seen.pdq is None:
        raise InputError("MED-03", "a clip has no PDQ of its own; match a picture taken from it")
    return _matchable(seen.pdq)


def _matchable(found: Pdq) -> bytes:
    if found.quality < QUALITY_MIN:
        raise InputError("MED-03", f"the picture's PDQ quality is {found.quality}, at least {QUALITY_MIN} is matched")
    return found.code


def _progress(lines: Iterable[Line], count: int) -> Iterator[Line]:
    """The same lines, with a bar on standard error where that is a terminal and the lines go elsewhere."""
    with console.progress("hashing", lines_follow=True) as bar:
        yield from bar.track(lines, count)


def _print(lines: Iterable[Line], as_json: bool, as_text: Callable[[Line], str], *, failed: bool = False) -> None:
    for line in lines:
        failed = failed or "error" in line
        # JSON in ASCII: a path need not be UTF-8.
        sys.stdout.write((json.dumps(line) if as_json else as_text(line)) + "\n")
        sys.stdout.flush()
    if failed:
        raise typer.Exit(1)


def _as_text(line: Line) -> str:
    return f"{line.get('sha256', '-')}  {line.get('pdq') or '-'}  {printable(str(line['path']))}{_error(line)}"


def _as_hits(line: Line) -> str:
    hits = line.get("hits")
    found = [f"  {hit['distance_bits']:3}  {_named(hit)}" for hit in hits] if isinstance(hits, list) else []
    nothing = ["  nothing near"] if hits == [] else []
    return "\n".join([f"{printable(str(line['query']))}{_error(line)}", *found, *nothing])


def _named(hit: Line) -> str:
    if "list" in hit:
        return printable(f"list {hit['list']}, edition {hit['edition']}")
    return str(hit.get("code") or hit["sha256"])


def _error(line: Line) -> str:
    error = line.get("error")
    return f"  error[{error['code']}]: {printable(str(error['message']))}" if isinstance(error, dict) else ""

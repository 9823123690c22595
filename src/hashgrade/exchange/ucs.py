"""Ids of INHOPE's Universal Classification Schema, which approved parties are given: of a station, whole or none.

    STATION/crosswalks/ucs.csv      fact,value,ucs: the ids the station was given, mode 0600

The file has the form in which the ids come in, so that what stands there is checked as what comes in is. An error
names the value whose id is at fault, and never the id.
"""

import csv
import io
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from hashgrade.errors import Conflict, InputError
from hashgrade.exchange.csvlist import neutral
from hashgrade.law import crosswalk
from hashgrade.law.crosswalk import Crosswalk, Entry
from hashgrade.law.load import did_you_mean

COLUMNS = ("fact", "value", "ucs")
BYTES_MAX = 2**20
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
UCS = "ucs"

Ids = Mapping[tuple[str, str], str]
"""The id of each value that has one, by fact and value."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import did: where the station's ids stand, how many were new, and how many there are."""

    path: Path
    added: int
    total: int


def ids_file(station: Path) -> Path:
    """Tell where a station's ids stand."""
    return station / "crosswalks" / "ucs.csv"


def of_station(station: Path) -> Crosswalk:
    """Give the crosswalk to the UCS with the station's ids; without any while it has none.

    Raises:
        InputError: XWK-03 to XWK-05, XWK-07, as for `ids_in`.
    """
    return assigned(crosswalk.load(UCS), _standing(station))


def take(station: Path, content: bytes, where: str) -> Taken:
    """Add the ids of a file to the station's; all of them or, if one is at fault, none.

    Raises:
        InputError: XWK-03 to XWK-05, XWK-07, as for `ids_in`.
        Conflict: XWK-09, the station has another id for a value.
    """
    given, before = ids_in(content, where), _standing(station)
    for key, one in given.items():
        if before.get(key, one) != one:
            raise Conflict("XWK-09", f"the station has another id for `{key[0]}` `{key[1]}`", where=where)
    after = {**before, **given}
    _write_whole(ids_file(station), _text(after))
    return Taken(ids_file(station), len(after) - len(before), len(after))


def ids_in(content: bytes, where: str) -> Ids:
    """Read ids from CSV with the columns fact, value and ucs, in any order; a row for each value that has one.

    Raises:
        InputError: XWK-07, it is too long, not UTF-8 or not such CSV, or an id is empty or cannot be one;
            XWK-03, XWK-04, a fact or value that the crosswalk does not have; XWK-05, a value has two ids.
    """
    found: dict[tuple[str, str], str] = {}
    for place, row in _rows(content, where):
        fact, value, one = (row[name].strip() for name in COLUMNS)
        _check_value(fact, value, place)
        if not ID.fullmatch(one):
            said = "is empty: leave the row out where there is none" if not one else (
                "is not 1 to 64 letters, digits and `._:/-` after a letter or digit")
            raise InputError("XWK-07", f"the id of `{fact}` `{value}` {said}", where=place)
        if found.setdefault((fact, value), one) != one:
            raise InputError("XWK-05", f"`{fact}` `{value}` stands here a second time, with another id", where=place)
    return found


def assigned(base: Crosswalk, ids: Ids) -> Crosswalk:
    """Give a crosswalk these ids: exact, or broader where several values have the same one."""
    return replace(base, entries=tuple(_assigned(entry, ids) for entry in base.entries))


def _assigned(entry: Entry, ids: Ids) -> Entry:
    one = ids.get((entry.fact, str(entry.value)))
    if one is None:
        return entry
    if list(ids.values()).count(one) == 1:
        return replace(entry, code=one, relation="exact", reason="")
    return replace(entry, code=one, relation="broader", reason="Theirs is one label for several of our values.")


def _rows(content: bytes, where: str) -> Iterator[tuple[str, dict[str, str]]]:
    if len(content) > BYTES_MAX:
        raise InputError("XWK-07", f"the file has {len(content)} bytes, at most {BYTES_MAX}", where=where)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("XWK-07", "the file is not UTF-8", where=where) from None
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        if sorted(header) != sorted(COLUMNS):
            raise InputError("XWK-07", f"expected the columns {', '.join(COLUMNS)}", where=f"{where}:1")
        for cells in rows:
            place = f"{where}:{rows.line_num}"
            if len(cells) not in (0, len(header)):
                raise InputError("XWK-07", f"the row has {len(cells)} cells, expected {len(header)}", where=place)
            if cells:
                yield place, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise InputError("XWK-07", f"the row is not CSV: {error}", where=f"{where}:{rows.line_num}") from None


def _check_value(fact: str, value: str, place: str) -> None:
    base = crosswalk.load(UCS)
    if fact not in base.names:
        raise InputError("XWK-03", f"there is no fact `{fact[:60]}`", where=place,
                         excerpt=did_you_mean(fact, [*base.names]))
    if value not in base.names[fact].values:
        raise InputError("XWK-04", f"`{fact}` has no value `{value[:60]}`", where=place,
                         excerpt=did_you_mean(value, [*base.names[fact].values]))


def _standing(station: Path) -> Ids:
    where = ids_file(station)
    try:
        return ids_in(where.read_bytes(), str(where))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InputError("XWK-07", f"the file cannot be read: {error.strerror}", where=str(where)) from None


def _text(ids: Ids) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in crosswalk.load(UCS).entries:
        key = entry.fact, str(entry.value)
        if key in ids:
            writer.writerow([*map(neutral, key), ids[key]])
    return out.getvalue().encode()


def _write_whole(path: Path, content: bytes) -> None:
    """Put the file in its place in one step, readable by its owner alone; a cut leaves what was there."""
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=".part-")  # made with mode 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(part).replace(path)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(part).unlink()
            raise
    except OSError as error:
        raise InputError("CMD-02", f"this cannot be written: {error.strerror}", where=str(path)) from None

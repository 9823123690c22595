"""Records in and out as JSON lines, streamed, whatever their number.

A file is read in batches of 5,000 lines; each batch is one transaction with one audit entry,
which holds the batch's digest and its lines. A line that cannot be used is told and counted,
and the rest goes on. The same line again changes nothing: whoever is interrupted runs the
same command again, and the batches that were committed go by.
"""

import gzip
import hashlib
import os
import stat
import zlib
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO, cast

from hashgrade.errors import HashgradeError, InputError
from hashgrade.exchange.lines import Record, parsed, written
from hashgrade.nouns import Coding, Confirmation, Item, Reading, Report, Settlement, Sighting
from hashgrade.store import queries
from hashgrade.store.work import BATCH, Store, Work

LINE_BYTES_MAX = 2**20
GZIP_MAGIC = b"\x1f\x8b"
BLANK = BOM_UTF8 + b" \t\r\n"
ORDER = (Report, Item, Sighting, Reading, Settlement, Confirmation, Coding)


@dataclass(slots=True)
class Tally:
    """What an import came to: lines read, records added or changed by kind, and lines refused."""

    lines: int = 0
    changed: Counter[str] = field(default_factory=Counter)
    refused: int = 0

    @property
    def unchanged(self) -> int:
        """Lines that were on file with the same content, or repeated another line."""
        return self.lines - self.refused - self.changed.total()


@dataclass(frozen=True, slots=True)
class Told:
    """Who hears of an import: `refused` of each line's error, `progress` of the lines read so far.

    `coding` is asked of each coding whether its study has such a question and answer, and raises an error if not.
    """

    refused: Callable[[HashgradeError], None] = lambda _error: None
    progress: Callable[[int], None] = lambda _lines: None
    coding: Callable[[Coding], None] = lambda _coding: None


NOBODY = Told()


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: bytes


def import_records(
    store: Store, stream: BinaryIO, actor: str, where: str = "records", told: Told = NOBODY,
) -> Tally:
    """File every record of a stream; tell each line that cannot be used, and go on after it.

    Memory holds one batch. Within a batch the records are filed by kind (reports, items, sightings, readings,
    settlements, confirmations, codings), and the last four by their time, so their order there does not matter; an
    item must not come batches after what is about it, nor a reading or coding batches after its correction.

    Args:
        store: Where to file them.
        stream: JSON lines in UTF-8, or the same compressed by gzip.
        actor: Who imports.
        where: The file's name, for errors.
        told: Hears the error of each line refused, with `file:line:column`, and the progress after each batch.
    """
    tally = Tally()
    refuse = _refusing(tally, told.refused)
    lines = _lines(plain(stream), where, refuse)
    while batch := list(islice(lines, BATCH)):
        _import_batch(store, batch, actor, _Refusals(where, refuse, told.coding), tally)
        told.progress(tally.lines)
    return tally


def export_records(out: BinaryIO) -> int:
    """Write every record on file as JSON lines, and say how many.

    The same records give the same bytes, whatever the order they came in.
    """
    count = 0
    for records in (queries.reports, queries.items, queries.sightings, queries.readings, queries.settlements,
                    queries.confirmations, queries.codings):
        for record in records():
            out.write(written(record))
            count += 1
    return count


def plain(stream: BinaryIO) -> BinaryIO:
    """Decompress the stream if its first bytes say that it is gzip, whatever its name."""
    start = stream.peek(2)[:2] if hasattr(stream, "peek") else stream.read(2)
    if not hasattr(stream, "peek"):
        stream.seek(0)
    return cast("BinaryIO", gzip.GzipFile(fileobj=stream)) if start == GZIP_MAGIC else stream


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Open a file to export to; it is there only once it is whole. `.gz` at its end compresses.

    A link stays, and what it leads to is written; a pipe or a device is written to as it is, never replaced.
    The compressed bytes hold no name and no time, so that equal records give equal files.

    Raises:
        InputError: CMD-02, the path is a directory, or cannot be written.
    """
    try:
        with _replacing(path) if _is_file_or_none(path) else path.open("wb") as raw:
            if path.suffix == ".gz":
                with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
                    yield cast("BinaryIO", packed)
            else:
                yield raw
    except OSError as error:
        raise InputError("CMD-02", f"this cannot be written: {error.strerror or error}", where=str(path)) from None


def _is_file_or_none(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return True
    if stat.S_ISDIR(mode):
        raise InputError("CMD-02", "this is a directory, not a file", where=str(path), to_do="name a file in it")
    return stat.S_ISREG(mode)


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """Write beside the file that the path leads to, and put the whole in its place at the end."""
    target = Path(os.path.realpath(path))
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)  # of an export that was cut off
    try:
        with part.open("xb") as raw:  # never through a link or into a pipe of that name
            yield raw
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _refusing(tally: Tally, told: Callable[[HashgradeError], None]) -> Callable[[HashgradeError], None]:
    def refuse(error: HashgradeError) -> None:
        tally.refused += 1
        told(error)

    return refuse


class _Refusals:
    """Knows which line each record of a batch came from, to say so when the store refuses it."""

    def __init__(self, where: str, refuse: Callable[[HashgradeError], None],
                 coding: Callable[[Coding], None]) -> None:
        self.where, self.refuse, self.coding = where, refuse, coding
        self.numbers: dict[int, int] = {}

    def takes(self, coding: Coding) -> bool:
        """Whether the study that a coding is of asks what it answers; told if not."""
        try:
            self.coding(coding)
        except InputError as error:
            self(coding, error)
            return False
        return True

    def __call__(self, record: object, error: HashgradeError) -> None:
        where = f"{self.where}:{self.numbers[id(record)]}:1"
        self.refuse(type(error)(error.code, error.what, where=where, excerpt=error.excerpt, to_do=error.to_do))


def _import_batch(store: Store, batch: list[_Line], actor: str, refusals: _Refusals, tally: Tally) -> None:
    tally.lines += len(batch)
    kinds: dict[type, list[Record]] = {kind: [] for kind in ORDER}
    for line in batch:
        try:
            record = parsed(line.text, f"{refusals.where}:{line.number}")
        except InputError as error:
            refusals.refuse(error)
            continue
        refusals.numbers[id(record)] = line.number
        kinds[type(record)].append(record)
    kinds[Coding] = [one for one in kinds[Coding] if isinstance(one, Coding) and refusals.takes(one)]
    for said in (kinds[Reading], kinds[Settlement], kinds[Confirmation], kinds[Coding]):
        said.sort(key=attrgetter("at"))  # a correction follows what it corrects, wherever its line stands
    with store.work(actor, "records import") as work:
        digest = hashlib.sha256(b"".join(line.text for line in batch)).hexdigest()
        work.note(lines=[batch[0].number, batch[-1].number], lines_sha256=digest)
        tally.changed += _filed(work, kinds, refusals)


def _filed(work: Work, kinds: dict[type, list[Record]], refusals: _Refusals) -> Counter[str]:
    writes = {Report: work.reports, Item: work.items, Sighting: work.sightings, Reading: work.readings,
              Settlement: work.settlements, Confirmation: work.confirmations, Coding: work.codings}
    return Counter({
        f"{kind.__name__.lower()}s": writes[kind](records, refusals)  # type: ignore[operator]
        for kind, records in kinds.items() if records})


def _lines(stream: BinaryIO, where: str, refuse: Callable[[HashgradeError], None]) -> Iterator[_Line]:
    """Give the lines that are not blank, with their numbers, and stop where a compressed file is damaged."""
    number = 0
    try:
        while text := stream.readline(LINE_BYTES_MAX + 1):
            number += 1
            if len(text) > LINE_BYTES_MAX:
                at = f"{where}:{number}:1"
                refuse(InputError("LIN-05", f"the line has more than {LINE_BYTES_MAX} bytes", where=at))
                _skip_line(stream, text)
            elif text.strip(BLANK):
                yield _Line(number, text.removeprefix(BOM_UTF8) if number == 1 else text)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        refuse(InputError("LIN-06", "the compressed file ends or is damaged here", where=f"{where}:{number + 1}:1"))


def _skip_line(stream: BinaryIO, text: bytes) -> None:
    while text and not text.endswith(b"\n"):
        text = stream.readline(LINE_BYTES_MAX)

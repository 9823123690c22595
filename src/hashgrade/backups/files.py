"""What a backup's folder holds, how its files are told, written and read, and what it says of itself."""

import errno
import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from hashlib import file_digest, sha256
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from hashgrade.errors import Broken, Conflict, InputError
from hashgrade.store import copies

MANIFEST, FILES, LOCK, STATION, UNFINISHED = "backup.json", "files.jsonl", "backup.lock", "station", "unfinished"
FORM: Final = 1
READ_BYTES: Final = 2**20
FULL: Final = (errno.ENOSPC, errno.EDQUOT)

Name = tuple[str, ...]
Tell = Callable[[int, int], None]
"""Told how many files are done, and how many there will be, as far as that is known; else 0."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of a copy: its path, the digest and size of what was copied, and when its original was changed."""

    path: str
    sha256: str
    size_bytes: int
    changed_ns: int

    @property
    def name(self) -> Name:
        """Its path, as it is put in order."""
        return tuple(self.path.split("/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup says of itself.

    Args:
        form: Of what is written here.
        station: The SHA-256 of the vault's check file, which no two stations share.
        made_at: The moment that the records are of, or one just before it.
        by: Who made it.
        entries: Entries of the audit log.
        last: The digest of the newest of them.
        items: Items on record.
        media: Those of them whose medium is in the copy, with its key.
        keys: Whether the station's own keys are in it.
        files: Files in the copy.
        size_bytes: Of all of them.
        files_sha256: Of the list of files.
    """

    form: int
    station: str
    made_at: str
    by: str
    entries: int
    last: str
    items: int
    media: int
    keys: bool
    files: int
    size_bytes: int
    files_sha256: str


@dataclass(slots=True)
class Tally:
    """What was done: files copied anew, and media that only the copy has any more."""

    files: int = 0
    size_bytes: int = 0
    copied: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A backup as it was made or looked at: its manifest, the digest of that, and what is wrong, a line each."""

    manifest: Manifest
    digest: str
    tally: Tally = field(default_factory=Tally)
    faults: tuple[str, ...] = ()


def manifest_of(path: Path) -> Manifest | None:
    """What a manifest says; nothing where there is none.

    Raises:
        Broken: BAK-08, it is damaged, or of another version.
    """
    with suppress(ValueError, TypeError):
        if not path.exists():
            return None
        said = Manifest(**json.loads(path.read_bytes()))
        if said.form == FORM and all(type(getattr(said, one.name)) is one.type for one in fields(said)):
            return said
    raise Broken("BAK-08", "the manifest is damaged, or of another version", where=str(path))


def station_of(root: Path) -> str:
    """What a station is known by: the digest of the vault's check file, which is made at random."""
    return digest_of(root / "vault" / "check")


@contextmanager
def locked(to: Path, how: int) -> Iterator[None]:
    """Hold a folder against a backup that is made there, for oneself or (`fcntl.LOCK_SH`) with others who only read.

    Raises:
        Conflict: BAK-06, another holds it.
    """
    reads = how == fcntl.LOCK_SH
    if reads and not (to / LOCK).exists():
        yield
        return
    with (to / LOCK).open("r" if reads else "a") as lock:
        try:
            fcntl.flock(lock.fileno(), how | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("BAK-06", "another backup goes on there", where=str(to)) from None
        yield


@contextmanager
def plain_errors(to: Path) -> Iterator[None]:
    """Tell what the system refuses as an error with a code.

    Raises:
        Broken: BAK-05, the disk is full.
        InputError: BAK-04, anything else.
    """
    try:
        yield
    except OSError as error:
        where = str(error.filename or to)
        if error.errno in FULL:
            raise Broken("BAK-05", "the disk is full; an earlier backup there is as it was", where=where) from error
        raise InputError("BAK-04", f"this cannot be read or written: {error.strerror}", where=where) from error


def counted(records: copies.Copy, files: Path) -> tuple[int, int]:
    """Count the items on record, and those of which the list has medium and key."""
    of = [((one.name[3], one) for one in listed(files) if one.name[:2] == ("vault", part) and len(one.name) == 4)
          for part in ("keys", "media")]
    items = media = 0
    for _, (item, *held) in side_by_side(((name, name) for name in records.names()), *of):
        items += item is not None
        media += item is not None and all(held)
    return items, media


def walked(folder: str | Path, passing: Iterable[str] = (), above: Name = ()) -> Iterator[tuple[Name, str]]:
    """Every file below a folder, in order; links are followed, and what begins with a dot is unfinished.

    Args:
        folder: Where to begin.
        passing: Names there that are passed over.
        above: What stands before each name.
    """
    with suppress(FileNotFoundError):  # a report is moved as it is published
        for entry in sorted(os.scandir(folder), key=lambda one: one.name):
            name = (*above, entry.name)
            if entry.name.startswith(".") or entry.name in passing:
                continue
            if entry.is_dir():
                yield from walked(entry.path, (), name)
            elif entry.is_file():
                yield name, entry.path


def side_by_side(*streams: Iterable[tuple[Any, T]]) -> Iterator[tuple[Any, list[T | None]]]:
    """Go through streams that rise by name together: each name once, with what each stream has of it."""
    tagged = (_tagged(number, stream) for number, stream in enumerate(streams))
    for name, group in groupby(merge(*tagged, key=itemgetter(0, 1)), key=itemgetter(0)):
        found: list[T | None] = [None] * len(streams)
        for _, number, thing in group:
            found[number] = thing
        yield name, found


def _tagged(number: int, stream: Iterable[tuple[Any, T]]) -> Iterator[tuple[Any, int, T]]:
    return ((name, number, thing) for name, thing in stream)


def listed(file: Path, *, to_the_end: bool = True) -> Iterator[Kept]:
    """Read a list of files; or only as far as it can be read.

    Raises:
        Broken: BAK-08, a line is none that was written.
    """
    before: Name = ()
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                path, digest, size_bytes, changed_ns = json.loads(line)
                one = Kept(str(path), str(digest), int(size_bytes), int(changed_ns))
            except (ValueError, TypeError):
                one = Kept("", "", 0, 0)
            if one.name <= before or {"", ".", ".."} & {*one.name} or "\0" in one.path:
                if not to_the_end:
                    return
                raise Broken("BAK-08", "the list of files is damaged", where=f"{file}:{number}")
            before = one.name
            yield one


def written(one: Kept) -> bytes:
    """A line of the list of files."""
    return json.dumps([one.path, one.sha256, one.size_bytes, one.changed_ns]).encode() + b"\n"


def copied(original: BinaryIO, place: Path, one: Kept) -> Kept:
    """Copy a file, with the time when it was changed; give what is known of it, and now also its digest and size."""
    digest, size_bytes = sha256(), 0
    try:
        with opened_new(place) as out:
            while piece := original.read(READ_BYTES):
                digest.update(piece)
                size_bytes += out.write(piece)
        os.utime(place, ns=(one.changed_ns, one.changed_ns))  # pages of the workbench tell it
    except OSError as error:
        raise OSError(error.errno, error.strerror, error.filename or str(place)) from error
    return Kept(one.path, digest.hexdigest(), size_bytes, one.changed_ns)


def opened_new(place: Path) -> BinaryIO:
    """Open a file that is empty and its owner's alone; one that is there is of a backup that was interrupted."""
    folder_at(place.parent)
    return os.fdopen(os.open(place, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_NOFOLLOW, 0o600), "wb")


def folder_at(place: Path) -> None:
    """Make a folder, and those above it, its owner's alone."""
    if not place.is_dir():
        folder_at(place.parent)
        place.mkdir(mode=0o700, exist_ok=True)


def has(place: Path, size_bytes: int) -> bool:
    """Whether a file is there, of this size."""
    with suppress(FileNotFoundError):
        return place.stat().st_size == size_bytes
    return False


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        # From the disk, where that can be: what was just written would be read from memory.
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return file_digest(file, "sha256").hexdigest()

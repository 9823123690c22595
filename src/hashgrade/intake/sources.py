"""Where media come from: folders, ZIPs and single files, walked without trusting a name in them.

Nothing is unpacked to disk and no name from outside becomes a path: a ZIP's member is a
stream that ends with an error once it is longer than the limits. What cannot be taken in
is a medium with an `error` and without bytes, so that it is told and the rest goes on.
"""

import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hashgrade.errors import HashgradeError, InputError
from hashgrade.settings import Limits

PART_MEDIA = 64
ENCRYPTED = 0x1
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""Not BZIP2 and LZMA: zipfile unpacks a block of theirs whole, however much that is."""
END_BYTES, END64_BYTES, LOCATOR_BYTES, HEADER_BYTES, LOCAL_BYTES = 22, 56, 20, 46, 30
RATIO_FREE_BYTES = 1024 * 1024
"""A plain picture packs better than any ratio; what unpacks to no more than this is no bomb."""


@dataclass(frozen=True, slots=True)
class Medium:
    """One thing to try: what to call it, and how to get its bytes.

    `path` is as the disk and the ZIP spell it, and names a ZIP's member `zip!member`; it can
    hold anything, so it is spelt out before it is shown. `file` is there where the bytes are a
    file of their own; else `read` gives them. `error` is what is wrong with it before anybody
    looked inside; with neither `file` nor `read` it is all there is.
    """

    path: str
    file: Path | None = None
    read: Callable[[], bytes] | None = None
    error: HashgradeError | None = None


def parts(sources: Iterable[Path], limits: Limits) -> Iterator[tuple[Medium, ...]]:
    """Cut what the sources hold into parts of at most 64 media, reading no more ahead than one part.

    The media of a ZIP are parts of their own, so that each part reads one archive from front to back.
    """
    waiting: list[Medium] = []
    for medium in (one for source in sources for one in _files(source)):
        archive = _archive(medium, limits)
        if isinstance(archive, Archive):
            yield from _cut(archive.media())
            continue
        waiting.append(archive)
        if len(waiting) == PART_MEDIA:
            yield tuple(waiting)
            waiting = []
    if waiting:
        yield tuple(waiting)


def count(sources: Iterable[Path]) -> int:
    """Count the files that `parts` will try, a ZIP as one; for a progress bar, not for a promise."""
    return sum(1 for source in sources for _ in _files(source))


def _files(source: Path) -> Iterator[Medium]:
    """Walk a folder in the order of its names; a single file is itself. Links are told, never followed."""
    if not source.is_dir():
        yield _file(source, follow=True)
        return
    failures: list[OSError] = []
    for folder, subfolders, names in os.walk(source, onerror=failures.append):
        subfolders.sort()
        yield from (_unreadable(Path(error.filename), error) for error in failures)
        failures.clear()
        links = [name for name in subfolders if (Path(folder) / name).is_symlink()]
        for name in sorted([*names, *links]):
            yield _file(Path(folder) / name, follow=False)
    yield from (_unreadable(Path(error.filename), error) for error in failures)


def _file(path: Path, *, follow: bool) -> Medium:
    """Look at one path. What the operator names may be a link; what lies in a folder may not."""
    name = str(path)
    try:
        mode = path.stat(follow_symlinks=follow).st_mode
    except OSError as error:
        return _unreadable(path, error)
    if stat.S_ISLNK(mode):
        return Medium(name, error=InputError("INT-02", "this is a link", where=name))
    # Opening a pipe would wait for ever for somebody to write to it.
    if not stat.S_ISREG(mode):
        return Medium(name, error=InputError("INT-03", "this is not a file", where=name))
    return Medium(name, file=path)


def _unreadable(path: Path, error: OSError) -> Medium:
    name = str(path)
    return Medium(name, error=InputError("INT-01", error.strerror or "cannot be read", where=name))


def _cut(media: Iterable[Medium]) -> Iterator[tuple[Medium, ...]]:
    part: list[Medium] = []
    for medium in media:
        part.append(medium)
        if len(part) == PART_MEDIA:
            yield tuple(part)
            part = []
    if part:
        yield tuple(part)


def _archive(medium: Medium, limits: Limits) -> "Archive | Medium":
    """Open a ZIP, known by its first bytes and not by its name; anything else comes back as it is."""
    if medium.file is None:
        return medium
    try:
        with medium.file.open("rb") as file:
            head = file.read(4)
        return Archive.open(medium.file, limits) if is_zip(head) else medium
    except OSError as error:
        return _unreadable(medium.file, error)
    except InputError as error:
        return Medium(medium.path, file=medium.file, error=error)


def is_zip(head: bytes) -> bool:
    """Tell whether bytes begin as a ZIP's first member, or as the end of an empty one."""
    return head[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


class Archive:
    """A ZIP: its members as media, within limits on their number, their ratio and their sum.

    The sum is that of the sizes which the directory states, and a member gives no byte
    more than it states; so the sum is never passed, whoever reads which member when.
    """

    def __init__(self, path: Path, opened: zipfile.ZipFile, limits: Limits) -> None:
        self._path, self._opened, self._limits = path, opened, limits
        self._infos = opened.infolist()
        self._overlapping = overlapping(self._infos)

    @classmethod
    def open(cls, path: Path, limits: Limits) -> "Archive":
        """Read the directory of a ZIP.

        Raises:
            InputError: ZIP-01, it cannot be read; ZIP-06, it has more members than the limit.
        """
        where = str(path)
        try:
            # zipfile makes an object of every member it finds, so they are counted before it may.
            with path.open("rb") as file:
                members = member_count(file, limits.zip_members_max)
            if members > limits.zip_members_max:
                raise InputError("ZIP-06", f"the ZIP has more than {limits.zip_members_max} members", where=where)
            return cls(path, zipfile.ZipFile(path), limits)
        except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, EOFError, OverflowError) as error:
            raise InputError("ZIP-01", f"the ZIP's directory cannot be read: {_told(error)}", where=where) from None

    def media(self) -> Iterator[Medium]:
        """Give each member as a medium, in the archive's order; an empty folder is none."""
        bytes_left = self._limits.zip_bytes_max
        for number, info in enumerate(self._infos):
            if info.is_dir() and not info.file_size:
                continue
            name = f"{self._path}!{info.filename}"
            refused = self._refusal(info, bytes_left, name) or self._shared(number, name)
            if refused:
                yield Medium(name, error=refused)
                continue
            bytes_left -= info.file_size
            yield Medium(name, read=_Member(self._opened, info, name), error=_escape(info.orig_filename, name))

    def _refusal(self, info: zipfile.ZipInfo, bytes_left: int, name: str) -> InputError | None:
        if info.flag_bits & ENCRYPTED:
            return InputError("ZIP-02", "the member is encrypted", where=name)
        if stat.S_ISLNK(info.external_attr >> 16):
            return InputError("ZIP-04", "the member is a link", where=name)
        if info.compress_type not in METHODS:
            return InputError("ZIP-07", f"the member is packed by method {info.compress_type}", where=name)
        return self._over(info, bytes_left, name)

    def _over(self, info: zipfile.ZipInfo, bytes_left: int, name: str) -> InputError | None:
        if info.file_size > self._limits.medium_bytes_max:
            return too_large(info.file_size, self._limits, name)
        if info.file_size > max(RATIO_FREE_BYTES, info.compress_size * self._limits.zip_ratio_max):
            ratio = info.file_size // max(1, info.compress_size)
            what = f"the member unpacks to {ratio} times its size, at most {self._limits.zip_ratio_max}"
            return InputError("ZIP-06", what, where=name)
        if info.file_size > bytes_left:
            return InputError("ZIP-06", f"the ZIP unpacks to more than {self._limits.zip_bytes_max} bytes", where=name)
        return None

    def _shared(self, number: int, name: str) -> InputError | None:
        if number not in self._overlapping:
            return None
        return InputError("ZIP-06", "the member's packed bytes are another member's too", where=name)


@dataclass(frozen=True, slots=True)
class _Member:
    """Reads one member; ZipFile takes a lock for each read, so that threads may share it."""

    opened: zipfile.ZipFile
    info: zipfile.ZipInfo
    name: str

    def __call__(self) -> bytes:
        """Unpack one member into memory, no further than the size that was checked.

        Raises:
            InputError: ZIP-07, it cannot be unpacked, or is not what the directory says.
        """
        try:
            with self.opened.open(self.info) as member:
                content = member.read(self.info.file_size)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, struct.error,
                OSError) as error:
            raise InputError("ZIP-07", f"the member cannot be unpacked: {_told(error)}", where=self.name) from None
        if len(content) != self.info.file_size:
            raise InputError("ZIP-07", f"the member ends after {len(content)} bytes, expected {self.info.file_size}",
                             where=self.name)
        return content


def too_large(size_bytes: int, limits: Limits, where: str) -> InputError:
    """Say that a medium is over the limit."""
    what = f"the medium has {size_bytes} bytes, at most {limits.medium_bytes_max}"
    return InputError("INT-04", what, where=where)


def member_count(file: BinaryIO, most: int) -> int:
    """Count the members a ZIP's directory holds, and stop once there are more than `most`.

    The count that the end record states is not asked: zipfile does not ask it either. The
    records are found where zipfile finds them, or it could be shown another directory.
    Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.12 and 4.3.14 to 4.3.16.

    Raises:
        BadZipFile: There is no end record, or no directory where it says.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - END_BYTES - 0xFFFF))
    tail = file.read()
    plain = tail[-END_BYTES:]
    bare = plain[:4] == b"PK\x05\x06" and plain[-2:] == b"\0\0"
    at = len(tail) - END_BYTES if bare else tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < END_BYTES:
        raise zipfile.BadZipFile("no end record")
    end, directory_bytes = size - len(tail) + at, int.from_bytes(tail[at + 12:at + 16], "little")
    far = max(0, end - LOCATOR_BYTES - END64_BYTES)
    file.seek(far)
    record = file.read(END64_BYTES + LOCATOR_BYTES)
    if record[:4] == b"PK\x06\x06" and record[END64_BYTES:][:4] == b"PK\x06\x07":
        end, directory_bytes = far, int.from_bytes(record[40:48], "little")
    if directory_bytes > end:
        raise zipfile.BadZipFile("the directory is longer than the file")
    return _counted(file, end - directory_bytes, end, most)


def _counted(file: BinaryIO, at: int, end: int, most: int) -> int:
    members = 0
    while at < end and members <= most:
        file.seek(at)
        header = file.read(HEADER_BYTES)
        if header[:4] != b"PK\x01\x02" or len(header) < HEADER_BYTES:
            raise zipfile.BadZipFile("no directory where the end record says")
        at += HEADER_BYTES + sum(struct.unpack("<HHH", header[28:34]))
        members += 1
    return members


def overlapping(infos: list[zipfile.ZipInfo]) -> set[int]:
    """Find the members that begin before an earlier one ends: one packed run, unpacked many times.

    Source: David Fifield, 'A better zip bomb', WOOT 2019.
    """
    found: set[int] = set()
    reached = 0
    for number, info in sorted(enumerate(infos), key=lambda pair: pair[1].header_offset):
        if info.header_offset < reached:
            found.add(number)
        reached = max(reached, info.header_offset + LOCAL_BYTES + len(info.orig_filename) + info.compress_size)
    return found


def _escape(name: str, where: str) -> InputError | None:
    steps = re.split(r"[/\\]", name)
    if ".." not in steps and steps[0] and not re.match(r"[A-Za-z]:", name):
        return None
    return InputError("ZIP-03", "the member's name leads out of a folder", where=where)


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__

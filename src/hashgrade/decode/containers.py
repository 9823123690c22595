"""What a container says of its own length: whether a clip's file ends before it does.

FFmpeg plays what is there of a clip that was cut short, and says nothing of the rest.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

PARTS_MAX: Final = 100_000
"""Parts of a file that are looked at: a fragmented clip has two for each few seconds."""

ATOMS: Final = frozenset({
    b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid", b"meta", b"sidx",
    b"mfra"})
SEGMENT: Final = b"\x18S\x80g"


def ends_early(file: BinaryIO, demuxer: str, size_bytes: int) -> bool:
    """Tell whether the last part of a clip's file is longer than what is there of it.

    Only the headers of the outermost parts are read. False where they say nothing, as of a
    clip that was written as it was recorded.

    Args:
        file: The clip; where it stands is changed.
        demuxer: FFmpeg's name of the container's demuxer, a value of `formats.CLIPS`.
        size_bytes: The file's length.

    Sources: ISO/IEC 14496-12, 4.2; RFC 8794, 4 to 6; RIFF, in Microsoft and IBM, Multimedia
    Programming Interface and Data Specifications 1.0.
    """
    ends = {"mov": _atoms, "avi": _chunks, "matroska": _segment}[demuxer](file, size_bytes)
    return any(end > size_bytes for end in ends)


def _read(file: BinaryIO, at: int, count: int) -> bytes:
    file.seek(at)
    return file.read(count)


def _atoms(file: BinaryIO, size_bytes: int) -> Iterator[int]:
    at = 0
    for _ in range(PARTS_MAX):
        head = _read(file, at, 16)
        if len(head) < 8 or head[4:8] not in ATOMS:
            return
        length = int.from_bytes(head[:4])
        if length == 1:
            length = int.from_bytes(head[8:16])
        if length < 8:
            return
        at += length
        yield at
        if at > size_bytes:
            return


def _chunks(file: BinaryIO, size_bytes: int) -> Iterator[int]:
    at = 0
    for _ in range(PARTS_MAX):
        head = _read(file, at, 8)
        if len(head) < 8 or head[:4] != b"RIFF":
            return
        at += 8 + struct.unpack("<L", head[4:])[0]
        yield at
        at += at % 2
        if at > size_bytes:
            return


def _segment(file: BinaryIO, size_bytes: int) -> Iterator[int]:
    head = _read(file, 0, 4096)
    at = 4 + _width(head[4:])
    at += _number(head[4:]) or 0
    if head[at:at + 4] == SEGMENT and (length := _number(head[at + 4:])) is not None:
        yield at + 4 + _width(head[at + 4:]) + length


def _width(number: bytes) -> int:
    """How many bytes a number of EBML takes: one more than its first byte has leading zeros."""
    return 9 - number[0].bit_length() if number and number[0] else 1


def _number(number: bytes) -> int | None:
    """The number itself; None where it stands for a length that is not known."""
    bits = 7 * _width(number)
    value = int.from_bytes(number[:_width(number)]) & ((1 << bits) - 1)
    return None if value == (1 << bits) - 1 else value

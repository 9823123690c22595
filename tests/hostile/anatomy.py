"""Media taken apart into chunks, boxes, segments or blocks, and put together again with right sizes and checksums.

Enough of each format to change one thing in a file that is otherwise right, so that the
change is read by the decoder and not stopped by a checksum before it.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from hashgrade.decode.formats import sniff


@dataclass(slots=True)
class Part:
    """A chunk, box, segment or block: its tag, its fixed fields, what is in it, and by how much its size lies."""

    tag: bytes
    body: bytes
    parts: list["Part"] = field(default_factory=list)
    lie: int = 0
    width: int = 8
    """Bytes that an EBML size takes."""

    def all(self) -> Iterator["Part"]:
        """This part and all within it."""
        yield self
        for part in self.parts:
            yield from part.all()


@dataclass(frozen=True, slots=True)
class Anatomy:
    """How a format is taken apart and put together; taken apart and put together, a good file is what it was."""

    apart: Callable[[bytes], list[Part]]
    together: Callable[[list[Part]], bytes]
    order: str
    sided: tuple[tuple[bytes, str, int], ...] = ()
    """Where width and height stand: a part's tag, their layout, their place in its body."""


def _png_apart(data: bytes) -> list[Part]:
    parts, at = [Part(b"", data[:8])], 8
    while at < len(data):
        size, = struct.unpack_from(">L", data, at)
        parts.append(Part(data[at + 4:at + 8], data[at + 8:at + 8 + size]))
        at += 12 + size
    return parts


def _png_together(parts: list[Part]) -> bytes:
    return b"".join(_png_chunk(part) if part.tag else part.body for part in parts)


def _png_chunk(part: Part) -> bytes:
    size = (len(part.body) + part.lie) % 2**32
    return struct.pack(">L", size) + part.tag + part.body + struct.pack(">L", zlib.crc32(part.tag + part.body))


CODED_END: Final = re.compile(rb"\xff[^\0\xd0-\xd7]", re.DOTALL)


def _jpeg_apart(data: bytes) -> list[Part]:
    parts, at = [Part(b"", data[:2])], 2
    while at < len(data):
        if data[at] != 0xFF or data[at + 1] == 0xD9:  # what is coded, up to the next marker, or the end
            end = _scan_end(data, at + 1) if data[at] != 0xFF else len(data)
            parts.append(Part(b"", data[at:end]))
        else:
            end = at + 2 + int.from_bytes(data[at + 2:at + 4])
            parts.append(Part(data[at:at + 2], data[at + 4:end]))
        at = end
    return parts


def _scan_end(data: bytes, at: int) -> int:
    """Where the next marker stands that is no restart and no stuffed byte."""
    found = CODED_END.search(data, at)
    return found.start() if found else len(data)


def _jpeg_together(parts: list[Part]) -> bytes:
    return b"".join(
        part.tag + struct.pack(">H", (len(part.body) + 2 + part.lie) % 2**16) + part.body if part.tag else part.body
        for part in parts)


def _gif_apart(data: bytes) -> list[Part]:
    at = 13 + _colours(data[10])
    parts = [Part(b"GIF", data[:at])]
    while at < len(data):
        start, tag = at, data[at:at + 1]
        if tag == b",":
            at += 11 + _colours(data[at + 9])
        elif tag == b"!":
            tag, at = data[at:at + 2], at + 2
        else:
            parts.append(Part(b";", data[at:]))
            break
        while data[at]:
            at += 1 + data[at]
        at += 1
        parts.append(Part(tag, data[start:at]))
    return parts


def _colours(flags: int) -> int:
    return 3 << (flags % 8 + 1) if flags & 0x80 else 0


def _gif_together(parts: list[Part]) -> bytes:
    return b"".join(_gif_block(part) for part in parts)


def _gif_block(part: Part) -> bytes:
    """A block; where its size lies, that is the size of its first sub-block."""
    if not part.lie or len(part.body) < 12:
        return part.body
    at = 2 if part.tag[:1] == b"!" else 11 + _colours(part.body[9])
    return part.body[:at] + bytes([(part.body[at] + part.lie) % 256]) + part.body[at + 1:]


LISTS: Final = {b"RIFF": 4, b"LIST": 4, b"ANMF": 16}


def _riff_apart(data: bytes) -> list[Part]:
    parts, at = [], 0
    while at + 8 <= len(data):
        tag, (size,) = data[at:at + 4], struct.unpack_from("<L", data, at + 4)
        body = data[at + 8:at + 8 + size]
        fixed = LISTS.get(tag)
        parts.append(Part(tag, body) if fixed is None else Part(tag, body[:fixed], _riff_apart(body[fixed:])))
        at += 8 + size + size % 2
    return parts


def _riff_together(parts: list[Part]) -> bytes:
    return b"".join(map(_riff_chunk, parts))


def _riff_chunk(part: Part) -> bytes:
    body = part.body + _riff_together(part.parts)
    return part.tag + struct.pack("<L", (len(body) + part.lie) % 2**32) + body + bytes(len(body) % 2)


BOXES: Final = {
    b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0, b"dinf": 0, b"edts": 0, b"moof": 0, b"traf": 0,
    b"mvex": 0, b"iprp": 0, b"ipco": 0, b"meta": 4, b"stsd": 8, b"dref": 8, b"iinf": 6, b"avc1": 78, b"mp4v": 78,
    b"av01": 78, b"hev1": 78, b"jpeg": 78}
"""Boxes that hold boxes, and after how many bytes of their own."""


def _iso_apart(data: bytes) -> list[Part]:
    parts, at = [], 0
    while at + 8 <= len(data):
        size, tag = int.from_bytes(data[at:at + 4]), data[at + 4:at + 8]
        if size < 8:
            break
        body, fixed = data[at + 8:at + size], BOXES.get(tag)
        parts.append(Part(tag, body) if fixed is None else Part(tag, body[:fixed], _iso_apart(body[fixed:])))
        at += size
    return [*parts, Part(b"", data[at:])] if at < len(data) else parts


def _iso_together(parts: list[Part]) -> bytes:
    return b"".join(map(_iso_box, parts))


def _iso_box(part: Part) -> bytes:
    body = part.body + _iso_together(part.parts)
    return struct.pack(">L", (len(body) + 8 + part.lie) % 2**32) + part.tag + body if part.tag else body


MASTERS: Final = {
    bytes.fromhex(tag) for tag in (
        "1a45dfa3", "18538067", "114d9b74", "4dbb", "1549a966", "1654ae6b", "ae", "e0", "1f43b675", "a0", "1c53bb6b",
        "bb", "b7", "1254c367", "7373", "67c8", "63c0")}
"""EBML elements that hold elements."""


def _ebml_apart(data: bytes) -> list[Part]:
    parts, at = [], 0
    while at < len(data):
        tag = data[at:at + _width(data[at])]
        start = at + len(tag)
        width = _width(data[start])
        size = int.from_bytes(data[start:start + width]) & ((1 << 7 * width) - 1)
        body = data[start + width:start + width + size]
        within = _ebml_apart(body) if tag in MASTERS else []
        parts.append(Part(tag, b"" if within else body, within, width=width))
        at = start + width + size
    return parts


def _width(first: int) -> int:
    return 9 - first.bit_length()


def _ebml_together(parts: list[Part]) -> bytes:
    return b"".join(map(_ebml_element, parts))


def _ebml_element(part: Part) -> bytes:
    body = part.body + _ebml_together(part.parts)
    width = part.width if len(body) < (1 << 7 * part.width) - 1 else 8
    size = (len(body) + part.lie) % (1 << 7 * width)
    return part.tag + (size | 1 << 7 * width).to_bytes(width) + body


def _whole_apart(data: bytes) -> list[Part]:
    return [Part(b"", data)]


def _whole_together(parts: list[Part]) -> bytes:
    return b"".join(part.body for part in parts)


_ISO: Final = Anatomy(_iso_apart, _iso_together, ">", (
    (b"ispe", ">2L", 4), (b"tkhd", ">2L", 76), (b"avc1", ">2H", 24), (b"mp4v", ">2H", 24), (b"av01", ">2H", 24),
    (b"hev1", ">2H", 24), (b"jpeg", ">2H", 24)))
_EBML: Final = Anatomy(_ebml_apart, _ebml_together, ">", ((b"\xb0", ">B", 0), (b"\xba", ">B", 0)))

ANATOMIES: Final = {
    "jpeg": Anatomy(_jpeg_apart, _jpeg_together, ">", ((b"\xff\xc0", ">2H", 1), (b"\xff\xc2", ">2H", 1))),
    "png": Anatomy(_png_apart, _png_together, ">", ((b"IHDR", ">2L", 0), (b"fcTL", ">2L", 4))),
    "gif": Anatomy(_gif_apart, _gif_together, "<", ((b"GIF", "<2H", 6), (b",", "<2H", 5))),
    "webp": Anatomy(_riff_apart, _riff_together, "<", (
        (b"VP8X", "<2H", 4), (b"VP8X", "<2H", 7), (b"VP8 ", "<2H", 6), (b"VP8L", "<L", 1), (b"ANMF", "<2H", 6))),
    "bmp": Anatomy(_whole_apart, _whole_together, "<", ((b"", "<2l", 18),)),
    "tiff": Anatomy(_whole_apart, _whole_together, "<"),
    "avif": _ISO, "mp4": _ISO, "mov": _ISO, "mkv": _EBML, "webm": _EBML,
    "avi": Anatomy(_riff_apart, _riff_together, "<", ((b"avih", "<2L", 32), (b"strf", "<2l", 4))),
}
"""By the name that `formats.sniff` gives."""


def anatomy(data: bytes) -> Anatomy:
    """The anatomy of a good file."""
    return ANATOMIES[sniff(data[:256]) or ""]

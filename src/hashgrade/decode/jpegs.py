"""JPEG by libjpeg-turbo directly, two to three times as fast as through Pillow, with the same pixels.

What it does not take in full goes to Pillow: CMYK, damage that viewers forgive, and
metadata that are not laid out plainly.
"""

import struct
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import simplejpeg

from hashgrade.decode.pixels import Pixels
from hashgrade.decode.trouble import Trouble, Why
from hashgrade.nouns import Flavour

if TYPE_CHECKING:
    from hashgrade.settings import Limits

SIDE_PX_MIN: Final = 512
"""The shorter side of a `scaled` picture is never brought under this: below, codes drift and little time is won."""

WITH_LUMA: Final = ("YCbCr", "Gray")
STORED: Final = {Flavour.FULL: (*WITH_LUMA, "RGB"), Flavour.LUMA: WITH_LUMA, Flavour.SCALED: WITH_LUMA}
"""The stored colours that a flavour is taken from: a luma plane is only read, never mixed."""

ROOM_BYTES_MAX: Final = 2**26

PARTS: Final = (8, 4, 2)
"""A side is decoded at an eighth, a quarter or a half: for these libjpeg-turbo has fast code."""

ORIENTATION: Final = 0x0112
ORDERS: Final = {b"II*\0": "<", b"MM\0*": ">"}
SHORT_ONE: Final = (3, 1)
BYTES_OF: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
APP1: Final = 0xE1
SCAN: Final = 0xDA
# Every marker that has a length and is no picture within the picture.
SEGMENTS: Final = frozenset({*range(0xC0, 0xC8), *range(0xC9, 0xD0), *range(0xDA, 0xF0), 0xFE})


class Room:
    """Memory that one JPEG's pixels after another's are put in, so that the system need not clear new memory for each.

    It begins one byte after a multiple of 64: pixels that are aligned libjpeg-turbo writes
    past the processor's caches, and the hash then has to wait for each of them.
    """

    def __init__(self) -> None:
        self.held: Pixels = np.empty(0, np.uint8)

    def of(self, size: int) -> Pixels | None:
        """Give at least `size` bytes, the same as before where they are enough; None if that is more than is kept."""
        if size > ROOM_BYTES_MAX:
            return None
        if size > self.held.size:
            memory = np.empty(size + 64, np.uint8)
            start = (1 - memory.ctypes.data) % 64
            self.held = memory[start:start + size]
        return self.held


class Decoded(NamedTuple):
    """Pixels, uint8 [H, W, 3] RGB or [H, W] luma; the picture's size, which may be larger; and the flavour."""

    pixels: Pixels
    width: int
    height: int
    flavour: Flavour


def decoded(data: bytes, limits: "Limits", flavour: Flavour, room: Room | None) -> Decoded | None:
    """Decode a JPEG to the pixels of a flavour, and name the flavour; None where Pillow has to try.

    `full` gives RGB; `luma` the Y plane as it is stored; `scaled` the Y plane at a half, a
    quarter or an eighth, whichever is the smallest with both sides of 512 pixels or more,
    and as `luma` where none is. A JPEG that stores no Y plane gives `full` whatever is asked.

    Args:
        data: All the bytes.
        limits: Pixels, at full size.
        flavour: The one asked for.
        room: Where the pixels are put; without it, in new memory.

    Raises:
        Trouble: DEC-04, more than `limits.pixels_max`.
    """
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(data)
        if height * width > limits.pixels_max:
            raise Trouble(Why.TOO_MANY_PIXELS, limits, "jpeg", width, height)
        flavour, part = _taken(flavour, colours, min(height, width))
        if colours not in STORED[flavour]:
            return None
        how = _reduced(height, width, part) if part > 1 else {}
        if room is not None:
            how["buffer"] = room.of(-(-height // part) * -(-width // part) * (3 if flavour is Flavour.FULL else 1))
        pixels: Pixels = simplejpeg.decode_jpeg(data, "RGB" if flavour is Flavour.FULL else "GRAY", **how)
    except ValueError:
        return None
    return Decoded(pixels if flavour is Flavour.FULL else pixels[:, :, 0], width, height, flavour)


def _taken(flavour: Flavour, colours: str, side: int) -> tuple[Flavour, int]:
    """The flavour that can be had, and the part of each side that it is decoded at."""
    if flavour is Flavour.FULL or colours not in WITH_LUMA:
        return Flavour.FULL, 1
    part = next((part for part in PARTS if side >= part * SIDE_PX_MIN), 1) if flavour is Flavour.SCALED else 1
    return (Flavour.LUMA if part == 1 else flavour), part


def _reduced(height: int, width: int, part: int) -> dict[str, object]:
    # libjpeg rounds up, and these bounds leave it this part only.
    return {"min_height": -(-height // part), "min_width": -(-width // part), "min_factor": part}


def orientation(data: bytes) -> int | None:
    """Give the orientation that a JPEG's metadata tell, 1 if none; None where Pillow has to be asked.

    Pillow finds one in the Exif segment, and else in the words `tiff:Orientation` of an XMP
    segment. Here only what is laid out plainly is read, so that the answer is Pillow's:
    whole segments up to the scan, at most one of Exif, no such words, and a directory
    that is whole as far as it is read.

    Source: CIPA DC-008 (Exif 2.32), 4.5 and tag 274. Twin: Pillow (tests/decode/test_orientation.py).
    """
    at, exif = 2, b""
    while data[at:at + 1] == b"\xff" and len(data) > at + 4 and (marker := data[at + 1]) in SEGMENTS:
        if marker == SCAN:
            return _told(exif) if exif else 1
        end = at + 2 + int.from_bytes(data[at + 2:at + 4])
        if marker == APP1:
            segment = data[at + 4:end]
            if b"tiff:Orientation" in segment or (exif and segment.startswith(b"Exif\0\0")):
                return None
            if segment.startswith(b"Exif\0\0"):
                exif = segment
        if end < at + 4:
            return None
        at = end
    return None


def _told(exif: bytes) -> int | None:
    """The orientation in an Exif segment's first directory."""
    body = exif[6:]
    order = ORDERS.get(body[:4])
    if order is None:
        return None
    try:
        at, = struct.unpack_from(order + "L", body, 4)
        count, = struct.unpack_from(order + "H", body, at)
        entries = struct.iter_unpack(order + "HHL4s", body[at + 2:at + 2 + 12 * count])
        return _found(entries, order, len(body)) if len(body) >= at + 2 + 12 * count else None
    except struct.error:
        return None


def _found(entries: Iterable[tuple[int, int, int, bytes]], order: str, size: int) -> int | None:
    # Pillow gives up at an entry whose values lie outside, and passes over some that are too large.
    outside = 0
    for tag, kind, count, held in entries:
        if tag == ORIENTATION:
            return int(struct.unpack_from(order + "H", held)[0]) if (kind, count) == SHORT_ONE else None
        length = count * BYTES_OF.get(kind, 0)
        if length > 4:
            outside += length
            if max(outside, struct.unpack(order + "L", held)[0] + length) > size:
                return None
    return 1

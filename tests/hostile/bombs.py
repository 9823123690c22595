"""Small files that ask for far more than they hold: pixels, frames, hidden text, time. All neutral, most plain."""

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from PIL import Image

from hashgrade.decode.formats import sniff
from tests.decode import pictures
from tests.decode.pictures import encoded
from tests.hostile.anatomy import ANATOMIES, Part

FRAMES: Final = 100_000
"""Five times as many as are decoded by default."""

PNG_HEAD: Final = b"\x89PNG\r\n\x1a\n"


def _flat(width: int = 16, height: int = 16) -> Image.Image:
    return Image.new("RGB", (width, height), (90, 120, 150))


def _changed(data: bytes, change: Callable[[list[Part]], object]) -> bytes:
    """A good file with its parts changed, sizes and checksums right."""
    body = ANATOMIES[sniff(data[:256]) or ""]
    parts = body.apart(data)
    change(parts)
    return body.together(parts)


def _parts(parts: Iterable[Part], tag: bytes) -> Iterator[Part]:
    return (one for part in parts for one in part.all() if one.tag == tag)


def sided(form: str, *sides: int, **how: object) -> bytes:
    """A picture of 16 x 16 that says it has other sides, wherever its format says so."""
    data = encoded(_flat(), form, **how)

    def change(parts: list[Part]) -> None:
        for tag, layout, at in ANATOMIES[sniff(data[:256]) or ""].sided:
            for part in _parts(parts, tag):
                new = struct.pack(layout, *sides)
                part.body = part.body[:at] + new + part.body[at + len(new):]

    return _changed(data, change)


def webp_canvas(side: int) -> bytes:
    """A WebP with alpha whose canvas has other sides than its picture."""
    data = encoded(_flat().convert("RGBA"), "WEBP", exif=b"Exif\0\0neutral")
    told = (side - 1).to_bytes(3, "little") * 2
    return _changed(data, lambda parts: _set(parts, b"VP8X", 4, told))


def webp_lossless(side: int) -> bytes:
    """A lossless WebP whose 14 bits of width and height say more than it holds."""
    told = struct.pack("<L", (side - 1) | (side - 1) << 14)
    return _changed(encoded(_flat(), "WEBP", lossless=True), lambda parts: _set(parts, b"VP8L", 1, told))


def _set(parts: list[Part], tag: bytes, at: int, new: bytes) -> None:
    for part in _parts(parts, tag):
        part.body = part.body[:at] + new + part.body[at + len(new):]


def tiff_sides(side: int) -> bytes:
    """A TIFF whose first directory says other sides than its strip holds."""
    data = bytearray(encoded(_flat(), "TIFF", compression="tiff_adobe_deflate"))
    at, = struct.unpack_from("<L", data, 4)
    for entry in range(at + 2, at + 2 + 12 * 2, 12):
        struct.pack_into("<HLL", data, entry + 2, 4, 1, side)
    return bytes(data)


def png(width: int, height: int, depth: int, colours: int, packed: bytes, *others: tuple[bytes, bytes]) -> bytes:
    """A PNG of these fields, with its packed rows and other chunks before them."""
    header = struct.pack(">2L5B", width, height, depth, colours, 0, 0, 0)
    chunks = [Part(b"", PNG_HEAD), Part(b"IHDR", header), *(Part(*one) for one in others),
              Part(b"IDAT", packed), Part(b"IEND", b"")]
    return ANATOMIES["png"].together(chunks)


def zeros(count: int) -> bytes:
    """What unpacks to so many zeros and a little more, a thousandth as long, without packing them all."""
    packer = zlib.compressobj(9)
    piece = 2**20
    first = packer.compress(bytes(piece)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(piece)) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + again * (count // piece)


def png_rows(width: int, height: int) -> bytes:
    """A PNG that really holds all the black pixels it says it does."""
    return png(width, height, 8, 2, zeros(height * (1 + 3 * width)))


def png_overflow() -> bytes:
    """A PNG of 16 x 16 whose rows unpack to two gigabytes."""
    return png(16, 16, 8, 2, zeros(2**31))


def png_hidden(tag: bytes) -> bytes:
    """A PNG with a gigabyte of text or colour profile, packed."""
    lead = {b"zTXt": b"Title\0\0", b"iTXt": b"Title\0\1\0en\0Title\0", b"iCCP": b"ICC\0\0"}[tag]
    return png(16, 16, 8, 2, zlib.compress(bytes(16 * 49)), (tag, lead + zeros(2**30)))


def png_many_texts() -> bytes:
    """A PNG with five hundred texts, each as long as one may be."""
    text = b"zTXt", b"Title\0\0" + zlib.compress(bytes([65]) * (2**20 - 1))
    return png(16, 16, 8, 2, zlib.compress(bytes(16 * 49)), *[text] * 500)


def jpeg_scans(count: int) -> bytes:
    """A progressive JPEG of 99 million grey pixels, and a scan over all of them again and again."""
    data = encoded(_flat().convert("L"), "JPEG", progressive=True)

    def change(parts: list[Part]) -> None:
        _set(parts, b"\xff\xc2", 1, struct.pack(">2H", 9000, 11_000))
        at = max(n for n, part in enumerate(parts) if part.tag == b"\xff\xda")
        parts[at:at + 2] = parts[at:at + 2] * count

    return _changed(data, change)


def jpeg_profile() -> bytes:
    """A JPEG with as much colour profile as its segments can hold, each said to be one of many more."""
    data = encoded(_flat(), "JPEG")
    segment = Part(b"\xff\xe2", b"ICC_PROFILE\0\x01\xff" + bytes(65_000))
    return _changed(data, lambda parts: parts.__setitem__(slice(1, 1), [segment] * 300))


def jpeg_exif() -> bytes:
    """A JPEG whose EXIF follows itself, and has five thousand entries of four thousand million numbers each."""
    entries = b"".join(struct.pack("<2H2L", tag, 12, 2**32 - 1, 8) for tag in range(0x100, 0x100 + 5000))
    directory = b"II*\0" + struct.pack("<LH", 8, 5000) + entries + struct.pack("<L", 8)
    segment = Part(b"\xff\xe1", b"Exif\0\0" + directory)
    return _changed(encoded(_flat(), "JPEG"), lambda parts: parts.insert(1, segment))


def tiff_pages(count: int) -> bytes:
    """A TIFF of so many pages, which are one directory, each said to follow the last."""
    data = bytearray(encoded(_flat(), "TIFF"))
    at, = struct.unpack_from("<L", data, 4)
    entries, = struct.unpack_from("<H", data, at)
    directory = bytes(data[at:at + 2 + 12 * entries])
    struct.pack_into("<L", data, at + len(directory), len(data))
    for number in range(1, count + 1):
        behind = len(data) + len(directory) + 4
        data += directory + struct.pack("<L", behind if number < count else 0)
    return bytes(data)


def gif_frames(count: int, side: int = 16) -> bytes:
    """A GIF of so many frames of one pixel on a screen of some size."""
    data = encoded(_flat(1, 1).quantize(2), "GIF", optimize=False)

    def change(parts: list[Part]) -> None:
        _set(parts, b"GIF", 6, struct.pack("<2H", side, side))
        at = next(n for n, part in enumerate(parts) if part.tag == b",")
        parts[at:at + 1] = parts[at:at + 1] * count

    return _changed(data, change)


def gif_growing() -> bytes:
    """A GIF of one pixel whose second frame has four thousand million."""
    data = gif_frames(2, 1)

    def change(parts: list[Part]) -> None:
        last = [part for part in parts if part.tag == b","][-1]
        last.body = last.body[:5] + struct.pack("<2H", 65_535, 65_535) + last.body[9:]

    return _changed(data, change)


def webp_frames(count: int) -> bytes:
    """A WebP of so many frames."""
    photo = Image.fromarray(pictures.PHOTO[:16, :16])
    data = encoded(photo, "WEBP", save_all=True, append_images=[photo.rotate(90)], duration=10)

    def change(parts: list[Part]) -> None:
        for part in _parts(parts, b"RIFF"):
            at = next(n for n, one in enumerate(part.parts) if one.tag == b"ANMF")
            part.parts[at:at + 1] = part.parts[at:at + 1] * count

    return _changed(data, change)


def png_frames(count: int, told: int) -> bytes:
    """A PNG of so many frames of one pixel, that tells another number of them."""
    size_and_time = struct.pack(">4L2H2B", 1, 1, 0, 0, 1, 100, 0, 0)
    pixel = zlib.compress(bytes(4))
    data = png(1, 1, 8, 2, pixel, (b"acTL", struct.pack(">2L", told, 0)))
    frames = [Part(tag, struct.pack(">L", 2 * number + place) + body) for number in range(count)
              for place, (tag, body) in enumerate(((b"fcTL", size_and_time), (b"fdAT", pixel)))]
    return _changed(data, lambda parts: parts.__setitem__(slice(-1, -1), frames))


def samples(data: bytes, count: int) -> bytes:
    """A clip, or a moving AVIF, whose tables tell so many frames, all of them its first."""
    parts, firsts = ANATOMIES["mp4"].apart(data), dict[int, int]()
    for tables in _parts(parts, b"stbl"):
        held = {part.tag: part for part in tables.parts}
        size, = struct.unpack_from(">L", held[b"stsz"].body, 12)
        firsts[id(held[b"stco"])], = struct.unpack_from(">L", held[b"stco"].body, 8)
        held[b"stsz"].body = struct.pack(">3L", 0, size, count)
        held[b"stco"].body = bytes(8 + 4 * count)
        held[b"stsc"].body = struct.pack(">5L", 0, 1, 1, 1, 1)
        held[b"stts"].body = struct.pack(">4L", 0, 1, count, 1000)
        tables.parts = [part for part in tables.parts if part.tag not in (b"stss", b"ctts")]
    for holder in (b"trak", b"moov"):  # an edit would show a second of them only
        for part in _parts(parts, holder):
            part.parts = [one for one in part.parts if one.tag != b"edts"]
    moved = len(ANATOMIES["mp4"].together(parts)) - len(data) if data.index(b"moov") < data.index(b"mdat") else 0
    for part in _parts(parts, b"stco"):
        part.body = struct.pack(">2L", 0, count) + struct.pack(">L", firsts[id(part)] + moved) * count
    return ANATOMIES["mp4"].together(parts)


def endless(data: bytes) -> bytes:
    """A clip that says it lasts for a thousand million years, at a frame a century."""

    def change(parts: list[Part]) -> None:
        _set(parts, b"mvhd", 12, struct.pack(">2L", 1, 2**32 - 1))
        _set(parts, b"mdhd", 12, struct.pack(">2L", 1, 2**32 - 1))
        _set(parts, b"tkhd", 20, struct.pack(">L", 2**32 - 1))
        _set(parts, b"stts", 12, struct.pack(">L", 2**31 - 1))

    return _changed(data, change)


def resized(*sizes: tuple[int, int], sided_last: int = 0) -> bytes:
    """An AVI whose frames are JPEGs of other sizes than it says; the last may say that it is larger still."""
    frames = [encoded(_flat(*size), "JPEG") for size in sizes]
    if sided_last:
        frames.append(sided("JPEG", sided_last, sided_last))

    def change(parts: list[Part]) -> None:
        for part, new in zip(_parts(parts, b"00dc"), frames, strict=False):
            part.body = new

    return _changed(pictures.clip("avi", "mjpeg"), change)

"""Malformed media by name: each a real file of some format, changed in one way, the same for ever.

A name is a seed, a kind of change and a number, as `jpeg-exif/loops/7`; the same name
gives the same bytes. Seeds are neutral and small, made in memory. Sizes and checksums
around a change are mended, so that decoders get to see it.
"""

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Final, NamedTuple

import numpy as np
from PIL import Image, PngImagePlugin

from hashgrade.decode.formats import CLIPS, sniff
from tests.decode import pictures
from tests.decode.pictures import PHOTO, encoded
from tests.hostile.anatomy import ANATOMIES, Part

Chance = random.Random
Change = Callable[[bytes, Chance], bytes]

SIZE_MAX: Final = 2**22
EXIF: Final = b"Exif\0\0"
EXTREME: Final = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
SIDES: Final = (0, 1, 7, 255, 4097, 10_000, 16_383, 32_767, 65_535, 2**31 - 1, 2**32 - 1)
MOST: Final = {"B": 2**8 - 1, "H": 2**16 - 1, "L": 2**32 - 1, "l": 2**31 - 1}
"""The largest number of each layout of `struct`."""


class Name(NamedTuple):
    """Which seed, which kind of change, and which one of them."""

    seed: str
    kind: str
    number: int

    def __str__(self) -> str:
        return "/".join(map(str, self))


def mutant(name: Name) -> bytes:
    """The bytes of a name, never those of its seed; from the fifth of a kind on, some bits are turned over too."""
    seed, chance = seeds()[name.seed], Chance(str(name))
    changed = seed
    while changed == seed:
        changed = KINDS[name.kind](seed, chance)[:SIZE_MAX]
        if name.number >= 4:
            changed = bits(changed or seed, chance)
    return changed


def names(count: int, *, clips: bool) -> list[Name]:
    """The first `count` names of stills, or of clips: every kind of every seed in turn."""
    return list(islice(_all(clips), count))


def _all(clips: bool) -> Iterator[Name]:
    number = 0
    while True:
        for kind in KINDS:
            yield from (Name(seed, kind, number) for seed, data in seeds().items()
                        if (_form(data) in CLIPS) == clips and _can(data, kind))
        number += 1


def _can(data: bytes, kind: str) -> bool:
    """Whether a seed can be changed in a way."""
    form = _form(data)
    return form in ONLY.get(kind, (form,)) and (kind != "loops" or form == "tiff" or EXIF in data)


@cache
def seeds() -> dict[str, bytes]:
    """Good media by name, of every format and of each manner that its decoder has code of its own for."""
    photo = Image.fromarray(PHOTO)
    pages = [photo.rotate(turn) for turn in (5, 10)]
    moving = {"save_all": True, "append_images": pages, "duration": 100}
    return {
        "jpeg": encoded(photo, "JPEG"), "jpeg-progressive": encoded(photo, "JPEG", progressive=True),
        "jpeg-cmyk": encoded(photo.convert("CMYK"), "JPEG"), "jpeg-exif": encoded(photo, "JPEG", exif=_exif()),
        "jpeg-restarts": encoded(photo, "JPEG", restart_marker_blocks=3, icc_profile=bytes(range(256)) * 4),
        # Pillow leaves its notes on pictures it has saved as MPO.
        "mpo": encoded(photo.copy(), "MPO", save_all=True, append_images=[page.copy() for page in pages]),
        "png": encoded(photo, "PNG", pnginfo=_texts(), icc_profile=bytes(900)),
        "png-palette": encoded(photo.quantize(40), "PNG", transparency=3),
        "png-interlaced": encoded(photo.convert("LA"), "PNG", interlace=1),
        "png-16": encoded(Image.fromarray(PHOTO[..., 1].astype(np.uint16) << 8), "PNG"),
        "png-animated": encoded(photo, "PNG", **moving),
        "gif": encoded(photo, "GIF"), "gif-animated": encoded(photo, "GIF", **moving),
        "webp": encoded(photo, "WEBP", exif=_exif()), "webp-lossless": encoded(photo, "WEBP", lossless=True),
        "webp-alpha": encoded(photo.convert("RGBA"), "WEBP"), "webp-animated": encoded(photo, "WEBP", **moving),
        "bmp": encoded(photo, "BMP"), "bmp-palette": encoded(photo.quantize(9), "BMP"),
        "tiff": encoded(photo, "TIFF", exif=_exif()), "tiff-lzw": encoded(photo, "TIFF", compression="tiff_lzw"),
        "tiff-jpeg": encoded(photo, "TIFF", compression="jpeg"),
        "tiff-packed": encoded(photo, "TIFF", compression="tiff_adobe_deflate"),
        "tiff-bits": encoded(photo.convert("1"), "TIFF", compression="group4"),
        "tiff-pages": encoded(photo, "TIFF", save_all=True, append_images=pages),
        "avif": encoded(photo, "AVIF"), "avif-alpha": encoded(photo.convert("RGBA"), "AVIF", exif=_exif()),
        "avif-animated": encoded(photo, "AVIF", **moving),
        "mp4": pictures.clip("mp4", "mpeg4"), "mp4-h264": pictures.clip("mp4", "libx264"),
        "mp4-fragments": pictures.clip("mp4", "libx264", movflags="frag_keyframe+empty_moov"),
        # The tracks of a moving AVIF are those of a clip.
        "mp4-av1": pictures.animated("AVIF").replace(b"avis", b"isom").replace(b"avif", b"iso6"),
        "mov": pictures.clip("mov", "mjpeg"), "webm": pictures.clip("webm", "libvpx"),
        "webm-vp9": pictures.clip("webm", "libvpx-vp9"), "mkv": pictures.clip("matroska", "libx264"),
        "mkv-ffv1": pictures.clip("matroska", "ffv1", 32, 24, 6), "avi": pictures.clip("avi", "mjpeg"),
        "avi-mpeg4": pictures.clip("avi", "mpeg4"), "avi-raw": pictures.clip("avi", "rawvideo", 32, 24, 6),
    }


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E], exif[0x011A] = 6, "neutral words of a test", 72.0
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0neutral"
    return exif


def _texts() -> PngImagePlugin.PngInfo:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Title", "neutral", zip=True)
    texts.add_itxt("Comment", "neutral " * 40, "en", "Comment", zip=True)
    return texts


def bits(data: bytes, chance: Chance) -> bytes:
    """Some bits turned over, in the head or anywhere."""
    changed = bytearray(data)
    end = chance.choice((64, 512, len(data), len(data)))
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        changed[chance.randrange(min(end, len(data)))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(data: bytes, chance: Chance) -> bytes:
    """The end gone, or a stretch out of the middle."""
    first, last = sorted(chance.randrange(len(data)) for _ in range(2))
    return data[:last] if chance.random() < 0.6 else data[:first] + data[last:]


def filled(data: bytes, chance: Chance) -> bytes:
    """A stretch of one byte, or of another stretch, or of what is random; the length kept or not."""
    at, size = chance.randrange(len(data)), chance.choice((1, 4, 16, 256, 4096))
    other = chance.randrange(len(data))
    new = chance.choice((bytes(size), b"\xff" * size, chance.randbytes(size), data[other:other + size]))
    return data[:at] + new + data[at + chance.choice((0, len(new))):]


def lengths(data: bytes, chance: Chance) -> bytes:
    """A size that lies, by a little or by all there is; what is around it is right."""
    tops = _apart(data)
    for _ in range(chance.choice((1, 1, 2))):
        part = chance.choice(_within(tops))
        part.lie = chance.choice((
            -1, 1, 2, -len(part.body), 255, 2**15, 2**31, -2**31, -len(part.body) - 8, chance.randrange(2**32)))
    return _together(data, tops)


def fields(data: bytes, chance: Chance) -> bytes:
    """Numbers in headers that are as small or as large as can be, under right checksums."""
    tops, order = _apart(data), ANATOMIES[_form(data)].order
    parts = [part for part in _within(tops) if part.body]
    for _ in range(chance.choice((1, 1, 2, 4))):
        part = chance.choice(parts)
        layout = chance.choice("BHL")
        at = chance.randrange(min(len(part.body), chance.choice((16, 64, 4096))))
        part.body = _put(part.body, at, order + layout, min(chance.choice(EXTREME), MOST[layout]))
    return _together(data, tops)


def sides(data: bytes, chance: Chance) -> bytes:
    """Width and height, wherever they stand, other than the pixels that follow."""
    tops, places = _apart(data), ANATOMIES[_form(data)].sided
    parts = [(part, layout, at) for part in _within(tops) for tag, layout, at in places if part.tag == tag]
    for part, layout, at in chance.sample(parts, chance.randint(1, len(parts))) if parts else ():
        count = int(layout[1]) if layout[1].isdigit() else 1
        values = (min(chance.choice(SIDES), MOST[layout[-1]]) for _ in range(count))
        part.body = _put(part.body, at, layout, *values)
    return _together(data, tops)


def doubled(data: bytes, chance: Chance) -> bytes:
    """A part that comes again, up to a thousand times: frames without end, headers twice."""
    tops = _apart(data)
    level = chance.choice(_levels(tops))
    at = _place(level, chance)
    level[at:at] = [level[at]] * chance.choice((1, 2, 30, 1000))
    return _together(data, tops)


def dropped(data: bytes, chance: Chance) -> bytes:
    """A part that is missing."""
    tops = _apart(data)
    level = chance.choice(_levels(tops))
    del level[_place(level, chance)]
    return _together(data, tops)


def moved(data: bytes, chance: Chance) -> bytes:
    """Parts in another order, or one within another."""
    tops = _apart(data)
    level, other = chance.choice(_levels(tops)), chance.choice(_levels(tops))
    part = level.pop(_place(level, chance))
    other.insert(_place([*other, part], chance), part)
    return _together(data, tops)


def spliced(data: bytes, chance: Chance) -> bytes:
    """A part of another seed among its own, or the head of one file before the tail of another."""
    other = chance.choice(list(seeds().values()))
    if chance.random() < 0.3:
        return data[:chance.randrange(len(data))] + other[chance.randrange(len(other)):]
    tops, level = _apart(data), chance.choice(_levels(_apart(other)))
    mine = chance.choice(_levels(tops))
    at = _place(mine, chance)
    mine[at:at + chance.choice((0, 1))] = [replace(chance.choice(level))]
    return _together(data, tops)


def nested(data: bytes, chance: Chance) -> bytes:
    """A part within itself, many levels deep."""
    tops = _apart(data)
    holders = [part for part in _within(tops) if part.parts] or _within(tops)
    part = chance.choice(holders)
    for _ in range(chance.choice((3, 60, 200))):
        part.parts = [replace(part)]
    return _together(data, tops)


def packed(data: bytes, chance: Chance) -> bytes:
    """What a PNG has packed, changed before it is packed again, or unpacking to another length; every sum is right."""
    tops = _apart(data)
    first, *rest = [part for part in tops if part.tag in (b"IDAT", b"fdAT")]
    plain = zlib.decompress(b"".join(part.body for part in (first, *rest) if part.tag == b"IDAT"))
    changes = (filled, cut, lambda held, _: held + bytes(10**6), lambda held, _: bytes([9]) + held)
    packer = zlib.compressobj(chance.randrange(10), zlib.DEFLATED, chance.choice((9, 15)))
    stream = packer.compress(chance.choice(changes)(plain, chance)) + packer.flush()
    first.body = bits(stream, chance) if chance.random() < 0.3 else stream
    return _together(data, [part for part in tops if part.tag != b"IDAT" or part is first])


def loops(data: bytes, chance: Chance) -> bytes:
    """A directory of a TIFF, or of the EXIF in a picture, that leads to itself, or lies about its entries."""
    start = data.index(EXIF) + len(EXIF) if _form(data) == "jpeg" else 0
    order = "<" if data[start:start + 2] == b"II" else ">"
    changed, directories = bytearray(data), _directories(data[start:], order)
    at, count = chance.choice(directories)
    if chance.random() < 0.4:
        to = chance.choice(directories)[0]
        struct.pack_into(order + "L", changed, start + at + 2 + 12 * count, to)
    elif chance.random() < 0.2:
        struct.pack_into(order + "H", changed, start + at, chance.choice((0, 1, count + 1, 0xFFFF)))
    for _ in range(chance.choice((0, 1, 3)) if count else 0):
        entry = start + at + 2 + 12 * chance.randrange(count)
        layout, place = chance.choice((("H", 2), ("L", 4), ("L", 8), ("H", 8)))
        value = chance.choice((*EXTREME, at, 4, 12, 13, len(data)))
        struct.pack_into(order + layout, changed, entry + place, min(value, MOST[layout]))
    return bytes(changed)


def _directories(tiff: bytes, order: str) -> list[tuple[int, int]]:
    """The place of each directory, and how many entries it has."""
    found, at = [], struct.unpack_from(order + "L", tiff, 4)[0]
    while at:
        count, = struct.unpack_from(order + "H", tiff, at)
        found.append((at, count))
        at, = struct.unpack_from(order + "L", tiff, at + 2 + 12 * count)
    return found


def _form(data: bytes) -> str:
    return sniff(data[:256]) or ""


def _apart(data: bytes) -> list[Part]:
    return ANATOMIES[_form(data)].apart(data)


def _together(data: bytes, parts: list[Part]) -> bytes:
    return ANATOMIES[_form(data)].together(parts)


def _within(parts: list[Part]) -> list[Part]:
    return [part for top in parts for part in top.all()]


def _levels(parts: list[Part]) -> list[list[Part]]:
    """Each list of parts that stand side by side."""
    return [parts, *(part.parts for part in _within(parts) if part.parts)]


def _place(level: list[Part], chance: Chance) -> int:
    """The place of a part; seldom of the first, as by that a format is known."""
    first = 0 if chance.random() < 0.1 else min(1, len(level) - 1)
    return chance.randrange(first, len(level))


def _put(body: bytes, at: int, layout: str, *values: int) -> bytes:
    new = struct.pack(layout, *values)
    return body[:at] + new[:max(0, len(body) - at)] + body[at + len(new):]


KINDS: Final[dict[str, Change]] = {
    "bits": bits, "cut": cut, "filled": filled, "lengths": lengths, "fields": fields, "sides": sides,
    "doubled": doubled, "dropped": dropped, "moved": moved, "spliced": spliced, "nested": nested, "packed": packed,
    "loops": loops}
ONLY: Final = {
    "packed": ("png",), "loops": ("tiff", "jpeg"), "nested": ("webp", "avif", *CLIPS),
    "sides": tuple(form for form, one in ANATOMIES.items() if one.sided),
    **dict.fromkeys(("lengths", "doubled", "dropped", "moved"), tuple(set(ANATOMIES) - {"bmp", "tiff"}))}
"""The formats that a kind is for, where it is not for all."""

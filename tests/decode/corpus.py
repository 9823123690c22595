"""Media of every format and mode, whole and damaged, for what is said of all of them."""

import random
from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests import synth
from tests.decode import pictures
from tests.decode.pictures import PHOTO, encoded, oriented

MODES = {
    "JPEG": ("L", "RGB", "CMYK", "YCbCr"), "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "GIF": ("1", "L", "P", "RGB"), "WEBP": ("L", "RGB", "RGBA"), "BMP": ("1", "L", "P", "RGB", "RGBA"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I;16", "I", "F"),
    "AVIF": ("L", "RGB", "RGBA")}
HOW: dict[str, tuple[dict[str, object], ...]] = {
    "JPEG": ({"progressive": True}, {"subsampling": 2}, {"quality": 5}, {"comment": "x" * 300}),
    "PNG": ({"interlace": 1}, {"compress_level": 0}), "WEBP": ({"lossless": True},),
    "TIFF": tuple({"compression": name} for name in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "group4"))}
CLIPS = (("mp4", "mpeg4"), ("mov", "mjpeg"), ("webm", "libvpx"), ("matroska", "ffv1"), ("avi", "mjpeg"))


def good() -> Iterator[bytes]:
    """Whole media: each format in each mode and manner, turned eight ways, moving, small and as photographs."""
    photo = Image.fromarray(PHOTO)
    for form, modes in MODES.items():
        yield from (encoded(_in_mode(photo, mode), form) for mode in modes)
        yield from (encoded(photo.convert("1" if "group4" in how.values() else "RGB"), form, **how)
                    for how in HOW.get(form, ()))
        yield from (encoded(photo.resize(size), form) for size in ((1, 1), (64, 64), (5, 300)))
    yield from (oriented(turn, form) for turn in range(1, 9) for form in ("JPEG", "PNG", "TIFF", "WEBP"))
    yield from (pictures.animated(form) for form in ("GIF", "WEBP", "PNG", "AVIF"))
    yield encoded(photo, "MPO", save_all=True, append_images=[photo.rotate(5)])
    yield from (pictures.clip(form, codec) for form, codec in CLIPS)
    yield from (encoded(Image.fromarray(one), "JPEG", quality=88) for one in synth.crops(12))


def _in_mode(photo: Image.Image, mode: str) -> Image.Image:
    if mode.startswith("I;16"):
        return Image.fromarray((PHOTO[..., 1].astype(np.uint16) << 8) + 77)
    if mode in ("I", "F"):
        return photo.convert("L").convert(mode)
    return photo.convert(mode)


def bad(count: int, seed: int) -> Iterator[bytes]:
    """Media that are none: nothing, texts, sound; and `count` good ones cut short or with some bits turned."""
    yield from (b"", b"\0", b"hello", b"%PDF-1.7", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP", pictures.sound())
    chance, seeds = random.Random(seed), list(good())
    for _ in range(count):
        yield damaged(chance.choice(seeds), chance)


def damaged(medium: bytes, chance: random.Random) -> bytes:
    """Cut a medium short or turn a few of its bits, more often near its start, where the headers are."""
    if chance.random() < 0.3:
        return medium[:chance.randrange(len(medium))]
    mended = bytearray(medium)
    for _ in range(chance.randint(1, 8)):
        end = len(mended) if chance.random() < 0.5 else min(len(mended), 400)
        mended[chance.randrange(end)] ^= 1 << chance.randrange(8)
    return bytes(mended)

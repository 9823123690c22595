"""What a child would load or compile late, done before there is a child.

Modules are loaded by name, and one small medium of each kind is examined, for what is
only done when it is needed. The media are made here, so that nothing hostile is opened. A
locked child can open no file, so what is forgotten here fails there, and
tests/decode/test_decoders.py notices.
"""

import io
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Final, cast

import av
import numpy as np
from PIL import Image

from hashgrade.decode.examining import examine
from hashgrade.decode.record import HEADER, LIMITS, from_header
from hashgrade.decode.seen import Wanted
from hashgrade.fingerprints.displayed import warm as warm_kernels
from hashgrade.nouns import Flavour

WIDTH, HEIGHT = 80, 72
ENOUGH: Final = 2**20
MODES: Final = {
    "JPEG": ("RGB", "L", "CMYK"), "PNG": ("RGBA", "P", "1", "I;16", "LA"), "GIF": ("P",), "WEBP": ("RGBA",),
    "BMP": ("RGB",), "TIFF": ("LAB", "F", "RGB"), "AVIF": ("RGB",)}
CODECS: Final = {"mp4": "mpeg4", "matroska": "ffv1", "avi": "mjpeg"}
"""A container of each demuxer; the decoders themselves are in one library, and load nothing late."""

LATE: Final = (
    "PIL.MpoImagePlugin", "PIL.ExifTags", "PIL.ImageCms", "PIL.ImageFile", "PIL.ImageOps", "PIL.ImagePalette",
    "PIL.ImageSequence", "PIL.TiffTags",
    *(f"encodings.{name}" for name in ("ascii", "cp1252", "latin_1", "utf_8", "utf_16", "utf_16_be", "utf_16_le")))
"""What Pillow's plugins and Python's text load when some medium has need of it."""


def warm() -> None:
    """Load what is loaded late, compile every kernel, then examine one medium of each kind."""
    # PyAV loads a module for each kind of stream, of sound and of text too, when it meets one.
    streams = (module.name for module in pkgutil.walk_packages(av.__path__, "av.") if module.name != "av.__main__")
    for name in (*LATE, *streams):
        import_module(name)
    warm_kernels()
    limits, _ = from_header(HEADER.pack(*(ENOUGH for _ in LIMITS), *(0,) * 7))
    for medium in (*stills(), *movies()):
        for flavour in Flavour:
            examine(medium, limits, Wanted(flavour, sheet_frames=1))
        examine(medium, limits, Wanted(sheet_frames=1, sheet_width=WIDTH // 2, show=True, at_ms=0))


def stills() -> Iterator[bytes]:
    """Give a small picture of each format, in the modes that are decoded in different ways."""
    for form, modes in MODES.items():
        for mode in modes:
            yield saved(form, picture().convert(mode))


def movies() -> Iterator[bytes]:
    """Give two frames of each format that moves."""
    for form in ("GIF", "WEBP", "PNG", "AVIF"):
        yield saved(form, picture(), save_all=True, append_images=[picture(255)], duration=40)
    for form, codec in CODECS.items():
        file = io.BytesIO()
        with av.open(file, "w", format=form) as container:
            stream = cast(av.VideoStream, container.add_stream(codec, rate=10))
            stream.width, stream.height = WIDTH, HEIGHT
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            stream.codec_context.thread_count = 1
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(picture()))))
            container.mux(stream.encode(None))
        yield file.getvalue()


def picture(value: int = 0) -> Image.Image:
    """Give a flat picture."""
    return Image.fromarray(np.full((HEIGHT, WIDTH, 3), value, np.uint8))


def saved(form: str, image: Image.Image, **how: object) -> bytes:
    """Encode a picture."""
    file = io.BytesIO()
    image.save(file, form, **how)
    return file.getvalue()

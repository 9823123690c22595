"""What a child would load or compile late, done before there is a child: one small medium of each kind.

The media are made here, so that nothing hostile is opened; a locked child cannot open a
file, so what is forgotten here fails there, and tests/decode/test_decoders.py notices.
"""

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image

from hashgrade.decode.examining import examine
from hashgrade.decode.record import HEADER, LIMITS, from_header
from hashgrade.decode.seen import Wanted
from hashgrade.nouns import Flavour

SIZE = (72, 80)
ENOUGH = 2**20
MODES = {
    "JPEG": ("RGB", "L", "CMYK"), "PNG": ("RGBA", "P", "1", "I;16", "LA"), "GIF": ("P",), "WEBP": ("RGBA",),
    "BMP": ("RGB",), "TIFF": ("LAB", "F", "RGB"), "AVIF": ("RGB",)}


def warm() -> None:
    """Examine a picture of every format and mode, in every flavour; whatever becomes of it."""
    limits, _ = from_header(HEADER.pack(*(ENOUGH for _ in LIMITS), 0, 0, 0, 0))
    for data in pictures():
        for flavour in Flavour:
            examine(data, limits, Wanted(flavour))


def pictures() -> Iterator[bytes]:
    """Give small pictures that between them use what the decoders use."""
    for form, modes in MODES.items():
        for mode in modes:
            file = io.BytesIO()
            Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).convert(mode).save(file, form)
            yield file.getvalue()

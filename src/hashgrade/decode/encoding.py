"""Pixels that a jailed child gave, as a file of ours: what a screen gets never holds a byte of the original."""

from typing import Final

import numpy as np
import simplejpeg

from hashgrade.decode.pixels import Pixels
from hashgrade.fingerprints.displayed import TURNS

QUALITY: Final = 90
LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)
"""Source: ITU-R BT.601."""


def jpeg(pixels: Pixels, orientation: int = 1, *, grey: bool = False) -> bytes:
    """Encode a picture as JPEG without metadata.

    Args:
        pixels: uint8 [H, W, 3] RGB.
        orientation: How EXIF turns or mirrors it, 1 to 8; the file is as displayed.
        grey: Whether its colours are left out.
    """
    if grey:
        pixels = np.repeat((pixels @ LUMA).round().astype(np.uint8)[:, :, None], 3, axis=2)
    if orientation in TURNS:
        pixels = TURNS[orientation](pixels)
    encoded: bytes = simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), QUALITY, "RGB", "444")
    return encoded

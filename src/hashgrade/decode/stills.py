"""Stills: encoded bytes to RGB pixels, as stored and as displayed.

Every mode ends as 8-bit RGB in one documented way, because a list entry is worth
nothing if two hotlines turn the same file into different pixels.
"""

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, ImageCms

from hashgrade.decode.formats import HEAD_BYTES, STILLS, sniff
from hashgrade.errors import HashgradeError, InputError

if TYPE_CHECKING:  # a child that decodes one clip need not load pydantic
    from hashgrade.settings import Limits

Pixels = NDArray[np.uint8]

# Our own limit is checked on every header, at whatever size the station sets it.
Image.MAX_IMAGE_PIXELS = None
# Damaged metadata is common, and a warning may quote it.
warnings.filterwarnings("ignore", module=r"PIL\.")

ORIENTATION: Final = 0x0112
UNDO: Final = {6: 8, 8: 6}
"""The orientation that undoes another; the rest undo themselves."""

TURNS: Final[dict[int, Callable[[Pixels], Pixels]]] = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: pixels[::-1].swapaxes(0, 1),
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: lambda pixels: pixels[:, ::-1].swapaxes(0, 1),
}
"""From stored to displayed, by EXIF orientation. Source: CIPA DC-008 (Exif 2.32), tag 274."""


@dataclass(frozen=True, slots=True)
class Still:
    """A decoded still: uint8 [H, W, 3] RGB as stored, and as displayed where EXIF turns or mirrors it.

    `format` is one of `formats.STILLS`; width and height are those as stored.
    """

    pixels: Pixels
    displayed: Pixels | None
    format: str
    width: int
    height: int


def still(data: bytes, limits: "Limits") -> Still:
    """Decode a still, or its first frame, to 8-bit RGB; the same bytes always give the same pixels.

    Alpha is laid over white, palettes and 1-bit are expanded, of 16 bits the upper 8
    are kept, 32-bit whole numbers and floats are stretched from least to greatest
    because they have no fixed white, CMYK is inverted and multiplied, without colour
    management. The number of pixels is read in the header before any is decoded.

    Raises:
        InputError: DEC-01, no bytes; DEC-02, no still format; DEC-03, damaged or cut
            short; DEC-04, more than `limits.pixels_max`.
    """
    if not data:
        raise InputError("DEC-01", "the medium has no bytes")
    name = sniff(data[:HEAD_BYTES])
    if name not in STILLS:
        what = f"{name} is not decoded here" if name else "the bytes begin like no format that is known here"
        raise InputError("DEC-02", what)
    try:
        return _decoded(data, name, limits.pixels_max)
    except HashgradeError:
        raise
    except Exception as error:  # noqa: BLE001 - decoders of damaged bytes raise anything, down to struct.error
        how = "cut short" if "truncated" in str(error) else "damaged"
        raise InputError("DEC-03", f"the {name} picture is {how}") from None


def _decoded(data: bytes, name: str, pixels_max: int) -> Still:
    with Image.open(io.BytesIO(data), formats=[STILLS[name]]) as image:
        if image.width * image.height > pixels_max:
            raise InputError("DEC-04", f"{image.width} x {image.height} pixels, at most {pixels_max} are decoded")
        orientation = _orientation(image)
        pixels = _jpeg(data, image) if name == "jpeg" else _rgb(image)
    if name == "tiff":
        # Pillow turns a TIFF while it loads it, and only a TIFF.
        pixels = _turned(pixels, UNDO.get(orientation, orientation))
    displayed = _turned(pixels, orientation) if orientation != 1 else None
    return Still(pixels, displayed, name, pixels.shape[1], pixels.shape[0])


def _orientation(image: Image.Image) -> int:
    try:
        told = image.getexif().get(ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - metadata that cannot be read turns nothing
        return 1
    return told if told in TURNS else 1


def _turned(pixels: Pixels, orientation: int) -> Pixels:
    return np.ascontiguousarray(TURNS[orientation](pixels)) if orientation != 1 else pixels


def _jpeg(data: bytes, image: Image.Image) -> Pixels:
    """The pixels of a JPEG by libjpeg-turbo directly, two to three times as fast as through Pillow.

    What it will not take, CMYK and harmless damage, goes to Pillow, whose pixels are
    the same (tests/decode/test_stills.py).
    """
    if image.mode in ("RGB", "L"):
        try:
            pixels: Pixels = simplejpeg.decode_jpeg(data, "RGB")
        except ValueError:
            return _rgb(image)
        return pixels
    return _rgb(image)


def _rgb(image: Image.Image) -> Pixels:
    if image.mode.startswith("I;16"):
        return _grey((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        return _grey(_stretched(np.asarray(image, np.float64)))
    if image.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return np.array(ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB"), np.uint8)
    if image.has_transparency_data:
        above = image.convert("RGBA")
        return np.asarray(Image.alpha_composite(Image.new("RGBA", above.size, "white"), above).convert("RGB"))
    return np.asarray(image.convert("RGB"))


def _grey(luma: Pixels) -> Pixels:
    return np.repeat(luma[:, :, None], 3, axis=2)


def _stretched(values: NDArray[np.float64]) -> Pixels:
    values = np.nan_to_num(values, posinf=0, neginf=0)
    low, high = values.min(), values.max()
    share = (values - low) / (high - low) if high > low else np.zeros_like(values)
    return np.asarray(share * 255, np.uint8)

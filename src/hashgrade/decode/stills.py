"""Stills: encoded bytes to RGB pixels, as stored and as displayed.

Every mode ends as 8-bit RGB in one documented way, because a list entry is worth
nothing if two hotlines turn the same file into different pixels.
"""

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PIL import AvifImagePlugin, Image, ImageCms

from hashgrade.decode import jpegs
from hashgrade.decode.formats import ANIMATED, HEAD_BYTES, STILLS, sniff
from hashgrade.decode.pixels import Pixels
from hashgrade.decode.trouble import Trouble, Why
from hashgrade.fingerprints.displayed import TURNS
from hashgrade.nouns import Flavour

if TYPE_CHECKING:  # a child that decodes need not load pydantic
    from hashgrade.settings import Limits

# The jail starts no threads, and `map` has a core's work for each process as it is.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
# Our own limit is checked on every header, at whatever size the station sets it.
Image.MAX_IMAGE_PIXELS = None
# Damaged metadata is common, and a warning may quote it.
warnings.filterwarnings("ignore", module=r"PIL\.")

UNDO: Final = {6: 8, 8: 6}
"""The orientation that undoes another; the rest undo themselves."""

STRIP_PX: Final = 2**22
"""Pixels that are laid over white at once."""


@dataclass(frozen=True, slots=True)
class Still:
    """A decoded still: its pixels as stored, and as displayed where EXIF turns or mirrors it.

    Both are uint8 [H, W, 3] RGB, or [H, W] luma where `flavour` is not `full`; `displayed`
    is a view, and what EXIF orientation says, from 1 to 8. `format` is one of `formats.STILLS`;
    width and height are those as stored, at full size. `animated` says that there are more
    frames.
    """

    pixels: Pixels
    format: str
    width: int
    height: int
    flavour: Flavour = Flavour.FULL
    orientation: int = 1
    animated: bool = False

    @property
    def displayed(self) -> Pixels | None:
        """The picture as EXIF turns or mirrors it, a view; None where it does not."""
        return TURNS[self.orientation](self.pixels) if self.orientation in TURNS else None


def still(data: bytes, limits: "Limits", flavour: Flavour = Flavour.FULL, room: jpegs.Room | None = None) -> Still:
    """Decode a still, or its first frame, to 8-bit RGB; the same bytes always give the same pixels.

    Alpha is laid over white, palettes and 1-bit are expanded, of 16 bits the upper 8
    are kept, 32-bit whole numbers and floats are stretched from least to greatest
    because they have no fixed white, CMYK is inverted and multiplied, without colour
    management. The number of pixels is read in the header before any is decoded.

    Args:
        data: All the bytes.
        limits: Pixels.
        flavour: What a JPEG is decoded to (`jpegs.decoded`); all else gives `full`.
        room: Memory that the pixels of a JPEG are put in; the next still in the same room
            overwrites them.

    Raises:
        InputError: DEC-01, no bytes; DEC-02, no still format; DEC-03, damaged or cut
            short; DEC-04, more than `limits.pixels_max`.
    """
    if not data:
        raise Trouble(Why.NO_BYTES, limits)
    name = sniff(data[:HEAD_BYTES])
    if name not in STILLS:
        raise Trouble(Why.NOT_DECODED_HERE if name else Why.NO_FORMAT, limits, name or "")
    taken = jpegs.decoded(data, limits, flavour, room) if name == "jpeg" else None
    if taken is not None:
        return Still(taken.pixels, name, taken.width, taken.height, taken.flavour, _told(data))
    try:
        return _by_pillow(data, name, limits)
    except Trouble:
        raise
    except MemoryError:
        raise Trouble(Why.OUT_OF_MEMORY, limits, name) from None
    except Exception as error:  # noqa: BLE001 - decoders of damaged bytes raise anything, down to struct.error
        why = Why.STILL_CUT_SHORT if "truncated" in str(error) else Why.STILL_DAMAGED
        raise Trouble(why, limits, name) from None


def reduced(pixels: Pixels, width: int, height: int) -> Pixels:
    """Scale a picture, uint8 [H, W, 3], to a size in pixels; each new pixel is the mean of those that it covers."""
    return np.array(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX))


def opened(data: bytes, name: str) -> Image.Image:
    """Open a still by Pillow, with the one plugin of its format; nothing is decoded yet.

    Args:
        data: All the bytes.
        name: One of `formats.STILLS`.

    Raises:
        Exception: Of any kind, if the header is damaged.
    """
    return Image.open(io.BytesIO(data), formats=[STILLS[name]])


def check_size(image: Image.Image, name: str, limits: "Limits") -> None:
    """Let an opened image be decoded, or a frame of it, if it is not too large.

    Raises:
        InputError: DEC-04, more than `limits.pixels_max`.
    """
    if image.width * image.height > limits.pixels_max:
        raise Trouble(Why.TOO_MANY_PIXELS, limits, name, image.width, image.height)


def _by_pillow(data: bytes, name: str, limits: "Limits") -> Still:
    with opened(data, name) as image:
        check_size(image, name, limits)
        orientation = _orientation(image)
        pixels = rgb(image)
        animated = name in ANIMATED and getattr(image, "is_animated", False)
    if name == "tiff" and orientation in TURNS:
        # Pillow turns a TIFF while it loads it, and only a TIFF.
        pixels = np.ascontiguousarray(TURNS[UNDO.get(orientation, orientation)](pixels))
    height, width = pixels.shape[:2]
    return Still(pixels, name, width, height, orientation=orientation, animated=animated)


def _told(data: bytes) -> int:
    """The orientation of a JPEG; by Pillow, where its metadata are not plain."""
    orientation = jpegs.orientation(data)
    if orientation is not None:
        return orientation if orientation in TURNS else 1
    try:
        with opened(data, "jpeg") as image:
            return _orientation(image)
    except Exception:  # noqa: BLE001 - a header that only libjpeg reads turns nothing
        return 1


def _orientation(image: Image.Image) -> int:
    try:
        told = image.getexif().get(jpegs.ORIENTATION)
        return int(told) if told in TURNS else 1
    except Exception:  # noqa: BLE001 - metadata that cannot be read turns nothing
        return 1


def rgb(image: Image.Image) -> Pixels:
    """Decode an opened image, or the frame it stands at, to uint8 [H, W, 3] as `still` promises.

    Raises:
        Exception: Of any kind, if it is damaged.
    """
    if image.mode.startswith("I;16"):
        return _sixteen(np.asarray(image), image.info.get("transparency"))
    if image.mode in ("I", "F"):
        return _grey(_stretched(np.array(image, np.float64)))
    if image.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return np.array(ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB"), np.uint8)
    if image.has_transparency_data:
        return _over_white(image)
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def _over_white(image: Image.Image) -> Pixels:
    """Composite in strips of rows: whole, the four copies of a large picture would not fit in the jail's memory."""
    image.load()
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    rows = max(1, STRIP_PX // image.width)
    for top in range(0, image.height, rows):
        above = image.crop((0, top, image.width, min(top + rows, image.height))).convert("RGBA")
        white = Image.new("RGBA", above.size, "white")
        pixels[top:top + rows] = np.asarray(Image.alpha_composite(white, above).convert("RGB"))
    return pixels


def _sixteen(values: NDArray[np.uint16], clear: object) -> Pixels:
    luma = (values >> 8).astype(np.uint8)
    if isinstance(clear, int):
        luma[values == clear] = 255
    return _grey(luma)


def _grey(luma: Pixels) -> Pixels:
    return np.repeat(luma[:, :, None], 3, axis=2)


def _stretched(values: NDArray[np.float64]) -> Pixels:
    np.nan_to_num(values, copy=False, posinf=0, neginf=0)
    low, high = values.min(), values.max()
    values -= low
    if high > low:
        values /= high - low
    values *= 255
    return values.astype(np.uint8)

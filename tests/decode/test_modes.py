"""Every mode in every format that can hold it becomes the RGB that its numbers mean."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from hashgrade.decode import still
from hashgrade.settings import Limits
from tests.decode.pictures import PHOTO, encoded

LIMITS = Limits()
Wide = NDArray[np.float64]
ALPHA = (np.arange(PHOTO.shape[0] * PHOTO.shape[1]) % 256).reshape(PHOTO.shape[:2]).astype(np.uint8)


def image_of(mode: str) -> Image.Image:
    """The photograph in a mode of Pillow's."""
    photo = Image.fromarray(PHOTO)
    if mode.startswith("I;16"):
        return Image.fromarray((PHOTO[..., 1].astype(np.uint16) << 8) + 77)
    if mode in ("LA", "RGBA"):
        photo = photo.convert(mode)
        photo.putalpha(Image.fromarray(ALPHA))
        return photo
    return photo.quantize(60) if mode == "P" else photo.convert(mode)


def grey(values: NDArray[np.generic]) -> Wide:
    return np.repeat(np.asarray(values, float)[..., None], 3, axis=2)


def over_white(colour: Wide, alpha: NDArray[np.generic]) -> Wide:
    share = np.asarray(alpha, float)[..., None] / 255
    return colour * share + 255 * (1 - share)


def from_ink(ink: Wide) -> Wide:
    """Cyan, magenta, yellow and black take their share of white away, one after the other."""
    return (255 - ink[..., :3]) * (255 - ink[..., 3:]) / 255


def from_ycc(ycc: Wide) -> Wide:
    """Source: ITU-T T.871, 7."""
    y, blue, red = ycc[..., 0], ycc[..., 1] - 128, ycc[..., 2] - 128
    return np.stack([y + 1.402 * red, y - 0.344136 * blue - 0.714136 * red, y + 1.772 * blue], axis=2).clip(0, 255)


MEANT: dict[str, Callable[[Image.Image], Wide]] = {
    "1": lambda image: grey(np.array(image) * 255),
    "L": lambda image: grey(np.array(image)),
    "P": lambda image: np.array(image.getpalette(), float).reshape(-1, 3)[np.array(image)],
    "RGB": lambda image: np.array(image, float),
    "LA": lambda image: over_white(grey(np.array(image)[..., 0]), np.array(image)[..., 1]),
    "RGBA": lambda image: over_white(np.array(image, float)[..., :3], np.array(image)[..., 3]),
    "CMYK": lambda image: from_ink(np.array(image, float)),
    "YCbCr": lambda image: from_ycc(np.array(image, float)),
    "I;16": lambda image: grey(np.array(image) >> 8),
    "I": lambda image: grey((np.array(image, float) - np.array(image).min()) / np.ptp(np.array(image)) * 255),
    "F": lambda image: grey((np.array(image) - np.array(image).min()) / np.ptp(np.array(image)) * 255),
}
"""What each mode means in RGB, in plain arithmetic."""

HELD = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F"),
    "BMP": ("1", "L", "P", "RGB"),
    "GIF": ("1", "L", "P"),
    "WEBP": ("L", "RGB", "RGBA"),
    "JPEG": ("L", "RGB", "CMYK"),
    "AVIF": ("L", "RGB", "RGBA"),
}
LOSSY = {"JPEG", "AVIF"}


@pytest.mark.parametrize(("form", "mode"), [(form, mode) for form, modes in HELD.items() for mode in modes])
def test_each_mode_in_each_format(form: str, mode: str) -> None:
    """The pixels are those of plain arithmetic, to two steps; to a few on average where the format loses some."""
    image = image_of(mode)
    found = still(encoded(image, form, quality=95, lossless=True), LIMITS)
    assert (found.format, str(found.pixels.dtype), found.pixels.flags.c_contiguous) == (form.lower(), "uint8", True)
    apart = abs(found.pixels - MEANT[mode](image))
    assert apart.mean() < 5 if form in LOSSY else apart.max() <= 2


def test_a_grey_of_sixteen_bits_can_be_clear() -> None:
    """Where a PNG names one grey of 65,536 as transparent, that one alone shows white."""
    deep = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64) * 16
    found = still(encoded(Image.fromarray(deep), "PNG", transparency=int(deep[3, 4])), LIMITS).pixels
    expected = (deep >> 8).astype(np.uint8)
    expected[3, 4] = 255
    assert np.array_equal(found, grey(expected))


def test_cmyk_that_adobe_inverted_is_inverted_once() -> None:
    """Photoshop stores ink upside down and says so in a marker; with and without it, Pillow's reading is taken."""
    data = encoded(Image.fromarray(PHOTO).convert("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data
    assert abs(still(data, LIMITS).pixels.astype(float) - PHOTO).mean() < 10


def test_a_colour_profile_is_left_alone() -> None:
    """An ICC profile changes no pixel: two stations with other colour engines must agree."""
    plain = encoded(Image.fromarray(PHOTO), "JPEG")
    profiled = encoded(Image.fromarray(PHOTO), "JPEG", icc_profile=b"rubbish that no engine reads" * 10)
    assert np.array_equal(still(profiled, LIMITS).pixels, still(plain, LIMITS).pixels)


def test_of_many_pages_the_first_is_taken() -> None:
    """A TIFF of several pages is its first, and no animation."""
    pages = [Image.fromarray(PHOTO[:40]), Image.fromarray(PHOTO[40:])]
    found = still(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]), LIMITS)
    assert np.array_equal(found.pixels, PHOTO[:40])
    assert not found.animated


def test_of_a_double_picture_the_first_is_taken() -> None:
    """An MPO, two JPEGs in one file as some cameras write them, is its first."""
    pair = Image.fromarray(PHOTO), Image.fromarray(PHOTO[::-1].copy())
    data = encoded(pair[0], "MPO", save_all=True, append_images=pair[1:])
    found = still(data, LIMITS)
    assert np.array_equal(found.pixels, still(encoded(pair[0], "JPEG"), LIMITS).pixels)
    assert (found.format, found.animated) == ("jpeg", False)


@pytest.mark.parametrize("mode", ["LA", "RGBA", "P"])
def test_alpha_in_strips_is_alpha_at_once(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few rows are laid over white at a time, the pixels are the same."""
    data = encoded(image_of(mode), "PNG", **({"transparency": 3} if mode == "P" else {}))
    whole = still(data, LIMITS).pixels
    monkeypatch.setattr("hashgrade.decode.stills.STRIP_PX", 1)
    assert np.array_equal(still(data, LIMITS).pixels, whole)

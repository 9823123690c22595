"""Stills of every format and mode become the RGB that their pixels mean."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from hashgrade.decode import Still, examine, still
from hashgrade.errors import InputError
from hashgrade.fingerprints import pdq
from hashgrade.settings import Limits
from tests import needs, synth
from tests.decode.pictures import PHOTO, animated, encoded, oriented

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

LIMITS = Limits()
GREY = PHOTO[..., 1]


def decoded(data: bytes) -> Still:
    return still(data, LIMITS)


@pytest.mark.parametrize(("form", "how"), [
    ("PNG", {}), ("BMP", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("WEBP", {"lossless": True})])
def test_lossless_formats_give_the_pixels_back(form: str, how: dict[str, object]) -> None:
    """What was encoded without loss is decoded without loss."""
    found = decoded(encoded(Image.fromarray(PHOTO), form, **how))
    assert np.array_equal(found.pixels, PHOTO)
    assert (found.format, found.height, found.width) == (form.lower(), *PHOTO.shape[:2])
    assert found.displayed is None


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "AVIF"])
def test_lossy_formats_resemble_what_was_encoded(form: str) -> None:
    """A picture stored with loss still matches the picture."""
    found = decoded(encoded(Image.fromarray(PHOTO), form, quality=90))
    apart = int.from_bytes(pdq(found.pixels).code) ^ int.from_bytes(pdq(PHOTO).code)
    assert apart.bit_count() <= 31


@pytest.mark.parametrize("how", [
    {"quality": 95}, {"quality": 30}, {"subsampling": 0}, {"subsampling": 1}, {"subsampling": 2}, {"progressive": True},
    {"restart_marker_blocks": 3}, {"optimize": True}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_both_jpeg_decoders_give_the_same_pixels(mode: str, how: dict[str, object]) -> None:
    """The fast decoder and Pillow agree in every pixel, so it never matters which one took a file."""
    data = encoded(Image.fromarray(PHOTO).convert(mode), "JPEG", **how)
    assert np.array_equal(decoded(data).pixels, np.array(Image.open(io.BytesIO(data)).convert("RGB")))


def test_one_bit() -> None:
    """Each pixel of a 1-bit picture is black or white, not dropped."""
    bits = Image.fromarray(GREY).convert("1")
    assert np.array_equal(decoded(encoded(bits, "PNG")).pixels[..., 0], np.array(bits) * 255)


def test_palette() -> None:
    """Each index becomes its palette's colour."""
    indexed = Image.fromarray(PHOTO).quantize(40)
    expected = np.array(indexed.getpalette()).reshape(-1, 3)[np.array(indexed)]
    for form in ("PNG", "GIF", "TIFF", "BMP"):
        assert np.array_equal(decoded(encoded(indexed, form)).pixels, expected)


def test_sixteen_bits() -> None:
    """Of 16 bits the upper 8 are kept, in either order of bytes; nothing is clipped to white."""
    deep = (GREY.astype(np.uint16) << 8) + 77
    for data in (encoded(Image.fromarray(deep), "PNG"), encoded(Image.fromarray(deep), "TIFF")):
        assert np.array_equal(decoded(data).pixels, np.repeat(GREY[:, :, None], 3, axis=2))


@pytest.mark.parametrize("mode", ["I", "F"])
def test_whole_numbers_and_floats_are_stretched(mode: str) -> None:
    """A picture of 32-bit values keeps its look, whatever its scale."""
    values = GREY.astype(np.int32) * 1000 - 5000
    found = decoded(encoded(Image.fromarray(values).convert(mode), "TIFF")).pixels
    assert (int(found.min()), int(found.max())) == (0, 255)
    assert pdq(found).quality > 90


def test_floats_that_are_no_numbers_are_black() -> None:
    """Neither infinity nor what is no number spoils the rest."""
    values = GREY.astype(np.float32)
    values[0, :3] = np.nan, np.inf, -np.inf
    assert decoded(encoded(Image.fromarray(values), "TIFF")).pixels.max() == 255


def test_one_float_value_is_black() -> None:
    """A flat picture of floats has no range to stretch."""
    assert decoded(encoded(Image.new("F", (9, 9), 0.5), "TIFF")).pixels.max() == 0


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_is_laid_over_white(mode: str) -> None:
    """Where nothing is opaque all is white; half opaque is half way to white, to one step."""
    image = Image.fromarray(PHOTO).convert(mode)
    for alpha in (0, 128, 255):
        image.putalpha(alpha)
        expected = (np.array(image.convert("RGB"), int) * alpha + 255 * (255 - alpha)) / 255
        assert abs(decoded(encoded(image, "PNG")).pixels - expected).max() <= 1


def test_a_transparent_palette_entry_is_white() -> None:
    """Transparency by index, in GIF and PNG, shows white too."""
    indexed = Image.fromarray((GREY > 100).astype(np.uint8)).convert("P")
    indexed.putpalette([200, 0, 0, 0, 0, 200])
    for form in ("PNG", "GIF"):
        found = decoded(encoded(indexed, form, transparency=1)).pixels
        assert set(map(tuple, found.reshape(-1, 3).tolist())) == {(200, 0, 0), (255, 255, 255)}


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_cmyk_is_not_inverted(form: str) -> None:
    """Ink becomes light: no ink is white, and the picture matches its RGB."""
    found = decoded(encoded(Image.fromarray(PHOTO).convert("CMYK"), form)).pixels
    assert abs(found.astype(int) - PHOTO).mean() < 10
    assert decoded(encoded(Image.new("CMYK", (16, 16), 0), form)).pixels.min() >= 254


def test_lab() -> None:
    """A white picture in Lab is white."""
    assert decoded(encoded(Image.new("LAB", (16, 16), (255, 128, 128)), "TIFF")).pixels.min() >= 253


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(form: str, orientation: int) -> None:
    """Pixels as stored do not depend on EXIF; as displayed they are what a viewer shows."""
    data = oriented(orientation, form)
    found, plain = decoded(data), decoded(oriented(1, form))
    assert np.array_equal(found.pixels, plain.pixels)
    assert (found.height, found.width) == PHOTO.shape[:2]
    if orientation == 1:
        assert found.displayed is None
    else:
        shown = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
        assert np.array_equal(found.displayed, np.array(shown))  # type: ignore[arg-type]


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_is_none_turns_nothing(orientation: int) -> None:
    """A number that EXIF does not define is passed over."""
    assert decoded(oriented(orientation, "JPEG")).displayed is None


def test_broken_metadata_turns_nothing() -> None:
    """A picture whose EXIF is rubbish is still a picture."""
    data = encoded(Image.fromarray(PHOTO), "JPEG", exif=b"Exif\0\0MM\0*\0\0\xff\xff\xff\xff")
    assert decoded(data).displayed is None


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_taken(form: str) -> None:
    """The first frame stands for the whole."""
    first = encoded(Image.fromarray(PHOTO), form, lossless=True)
    assert np.array_equal(decoded(animated(form)).pixels, decoded(first).pixels)


def test_a_jpeg_with_harmless_damage_is_decoded() -> None:
    """Rubbish between a picture's segments, which every viewer forgives, is forgiven."""
    data = encoded(Image.fromarray(PHOTO), "JPEG")
    table = data.index(b"\xff\xdb")
    assert np.array_equal(decoded(data[:table] + b"\0\0\0" + data[table:]).pixels, decoded(data).pixels)


HUGE = {
    "png": encoded(Image.new("L", (8, 8)), "PNG").replace(struct.pack(">II", 8, 8), struct.pack(">II", 60000, 60000)),
    "gif": encoded(Image.new("L", (8, 8)), "GIF").replace(struct.pack("<HH", 8, 8), struct.pack("<HH", 60000, 60000)),
    "bmp": encoded(Image.new("L", (8, 8)), "BMP").replace(struct.pack("<ii", 8, 8), struct.pack("<ii", 60000, 60000)),
    "jpeg": encoded(Image.new("L", (8, 8)), "JPEG").replace(struct.pack(">HH", 8, 8), struct.pack(">HH", 60000, 60000)),
    "tiff": encoded(Image.new("L", (8, 8)), "TIFF").replace(
        struct.pack("<HHII", 256, 4, 1, 8), struct.pack("<HHII", 256, 4, 1, 60000)).replace(
        struct.pack("<HHII", 257, 4, 1, 8), struct.pack("<HHII", 257, 4, 1, 60000)),
}


@pytest.mark.parametrize("form", HUGE)
def test_a_huge_picture_is_refused_by_its_header(form: str) -> None:
    """A header that promises 3,600 million pixels costs nothing: the size is told, and the limit."""
    with pytest.raises(InputError, match=r"DEC-0[34]") as caught:
        decoded(HUGE[form])
    if form != "png":  # its checksum no longer fits, and is looked at first
        assert "60000 x 60000 pixels, at most 100000000" in str(caught.value)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"])
def test_the_limit_is_on_pixels(form: str) -> None:
    """A picture of exactly the limit is decoded, one pixel more is refused."""
    data = encoded(Image.fromarray(PHOTO), form)
    assert still(data, Limits(pixels_max=PHOTO.shape[0] * PHOTO.shape[1])).width == PHOTO.shape[1]
    with pytest.raises(InputError, match="DEC-04"):
        still(data, Limits(pixels_max=PHOTO.shape[0] * PHOTO.shape[1] - 1))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"])
def test_half_a_picture_is_damaged(form: str) -> None:
    """A file cut in the middle is named damaged, and no pixels are made up."""
    data = encoded(Image.fromarray(synth.photographs()[0][:200, :200]), form)
    with pytest.raises(InputError, match=r"the \w+ picture is (cut short|damaged)") as caught:
        decoded(data[:len(data) // 2])
    assert caught.value.code == "DEC-03"


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"]), st.data())
def test_any_damage_has_an_outcome(form: str, data: st.DataObject) -> None:
    """However the bytes are cut or changed, there is a picture or a coded error, and nothing else."""
    whole = bytearray(encoded(Image.fromarray(PHOTO[:24, :24]), form))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[:data.draw(st.integers(0, len(whole)))])
    error = examine(cut, Limits(pixels_max=10**6)).error
    assert error is None or error.code in {"DEC-01", "DEC-02", "DEC-03", "DEC-04", "DEC-07"}


def test_heif_is_named() -> None:
    """A format that is known but not decoded is named, so that somebody can convert it."""
    with pytest.raises(InputError, match=r"heif is not decoded here") as caught:
        decoded(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    assert caught.value.code == "DEC-02"


@pytest.mark.oracle
def test_every_mode_agrees_with_the_oracle() -> None:
    """Through files of every mode, code and quality are those of `pdqhash` on Pillow's pixels, over 180 files."""
    oracle = needs.oracle()
    modes = [("RGB", "JPEG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("P", "PNG"), ("1", "PNG"), ("L", "PNG"), ("P", "GIF"),
             ("RGB", "WEBP"), ("CMYK", "TIFF"), ("RGB", "BMP"), ("1", "TIFF"), ("YCbCr", "TIFF")]
    for number, picture in enumerate(synth.crops(180, seed=9)):
        mode, form = modes[number % len(modes)]
        data = encoded(Image.fromarray(picture).convert(mode), form)
        code, quality = oracle.compute(np.array(Image.open(io.BytesIO(data)).convert("RGB")))
        found = pdq(decoded(data).pixels)
        assert (found.code, found.quality) == (np.packbits(code).tobytes(), quality), (mode, form)

"""What is decoded for `full`, `luma` and `scaled`, and that each says which it is."""

import io

import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hashgrade.decode import examine, still
from hashgrade.decode.jpegs import ROOM_BYTES_MAX, SIDE_PX_MIN, Room
from hashgrade.decode.seen import Wanted
from hashgrade.errors import InputError
from hashgrade.fingerprints import pdq
from hashgrade.nouns import Flavour
from hashgrade.settings import Limits
from tests import synth
from tests.decode.pictures import PHOTO, encoded, oriented

LIMITS = Limits()
FULL, LUMA, SCALED = Flavour
LARGE = np.ascontiguousarray(np.tile(synth.photographs()[0], (3, 2, 1)))  # 1281 x 1280


def stored_luma(data: bytes) -> synth.Picture:
    """The Y plane as Pillow brings it out of a JPEG without turning colours."""
    with Image.open(io.BytesIO(data)) as image:
        image.draft("YCbCr", image.size)
        assert image.mode == "YCbCr"
        return np.array(image)[..., 0]


@settings(deadline=None, max_examples=40)
@given(st.tuples(*[st.integers(1, 70)] * 2), st.integers(1, 100), st.sampled_from([0, 1, 2]), st.booleans())
def test_luma_is_the_plane_as_stored(size: tuple[int, int], quality: int, sampling: int, progressive: bool) -> None:
    """Nothing is mixed or rounded on the way: luma is the JPEG's own Y plane, whatever its size and sampling."""
    image = Image.fromarray(np.ascontiguousarray(LARGE[:size[0], :size[1]]))
    data = encoded(image, "JPEG", quality=quality, subsampling=sampling, progressive=progressive)
    found = still(data, LIMITS, LUMA)
    assert (found.flavour, found.pixels.flags.c_contiguous) == (LUMA, True)
    assert np.array_equal(found.pixels, stored_luma(data))


def test_a_plane_goes_through_unchanged() -> None:
    """A Y plane that is encoded without loss comes back as it was."""
    levels = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4
    blocks = np.repeat(np.repeat(levels, 8, axis=0), 8, axis=1)  # flat blocks lose nothing at quality 100
    blue, red = (np.full((32, 32), level, np.uint8) for level in (90, 160))
    data = simplejpeg.encode_jpeg_yuv_planes(blocks, blue, red, 100)
    assert np.array_equal(still(data, LIMITS, LUMA).pixels, blocks)


@pytest.mark.parametrize(("side", "part"), [
    (SIDE_PX_MIN, 1), (2 * SIDE_PX_MIN - 1, 1), (2 * SIDE_PX_MIN, 2), (4 * SIDE_PX_MIN, 4), (8 * SIDE_PX_MIN + 3, 8),
    (9 * SIDE_PX_MIN, 8)])
def test_scaled_keeps_512_pixels_a_side(side: int, part: int) -> None:
    """Sides are halved while the shorter one keeps 512 pixels, at most three times; a small picture says `luma`."""
    data = encoded(Image.new("RGB", (side, side + 30)), "JPEG")
    found = still(data, LIMITS, SCALED)
    assert found.pixels.shape == (-(-(side + 30) // part), -(-side // part))
    assert (found.width, found.height) == (side, side + 30)
    assert found.flavour == (LUMA if part == 1 else SCALED)


@pytest.mark.parametrize("flavour", [LUMA, SCALED])
@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_what_is_no_jpeg_is_full(form: str, flavour: Flavour) -> None:
    """Other formats are decoded in full, whatever is asked, and say so."""
    data = encoded(Image.fromarray(PHOTO), form)
    found = still(data, LIMITS, flavour)
    assert found.flavour == FULL
    assert np.array_equal(found.pixels, still(data, LIMITS).pixels)


@pytest.mark.parametrize("flavour", [LUMA, SCALED])
def test_a_jpeg_without_a_luma_plane_is_full(flavour: Flavour) -> None:
    """CMYK, and RGB stored as RGB, have no such plane."""
    ink = encoded(Image.fromarray(PHOTO).convert("CMYK"), "JPEG")
    colours = encoded(Image.fromarray(PHOTO), "JPEG", keep_rgb=True)
    for data in (ink, colours):
        assert still(data, LIMITS, flavour).flavour == FULL
        assert np.array_equal(still(data, LIMITS, flavour).pixels, still(data, LIMITS).pixels)


@pytest.mark.parametrize("flavour", [LUMA, SCALED])
def test_a_grey_jpeg_is_its_luma(flavour: Flavour) -> None:
    """The one plane of a grey JPEG is its luma."""
    found = still(encoded(Image.fromarray(PHOTO[..., 1]), "JPEG"), LIMITS, flavour)
    assert (found.flavour, found.pixels.ndim) == (LUMA, 2)


@pytest.mark.parametrize("flavour", [LUMA, SCALED])
def test_a_damaged_jpeg_is_full_or_no_picture(flavour: Flavour) -> None:
    """Harmless damage goes to Pillow, which gives RGB; a JPEG cut short is one in no flavour."""
    data = encoded(Image.fromarray(PHOTO), "JPEG")
    table = data.index(b"\xff\xdb")
    assert still(data[:table] + b"\0\0\0" + data[table:], LIMITS, flavour).flavour == FULL
    with pytest.raises(InputError, match="cut short"):
        still(data[:-100], LIMITS, flavour)


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("flavour", [LUMA, SCALED])
def test_every_flavour_turns(flavour: Flavour, orientation: int) -> None:
    """A turned picture is displayed turned in every flavour: luma by luma."""
    data = oriented(orientation, "JPEG")
    found = still(data, LIMITS, flavour)
    plain = still(oriented(1, "JPEG"), LIMITS, flavour)
    swapped = orientation >= 5
    assert found.displayed is not None
    assert np.array_equal(found.pixels, plain.pixels)
    assert found.displayed.shape == (plain.pixels.shape[::-1] if swapped else plain.pixels.shape)


@pytest.mark.parametrize("flavour", list(Flavour))
def test_each_code_names_its_flavour(flavour: Flavour) -> None:
    """A look gives the code of the flavour that was asked for, by that name, beside the size in full."""
    data = encoded(Image.fromarray(LARGE), "JPEG")
    seen = examine(data, LIMITS, Wanted(flavour))
    assert seen.pdq is not None
    assert (seen.pdq.flavour, seen.width, seen.height) == (flavour, LARGE.shape[1], LARGE.shape[0])
    assert seen.pdq.code == pdq(still(data, LIMITS, flavour).pixels).code


def test_room_is_kept_and_grows() -> None:
    """One still after another is put in the same memory while it is large enough, and its pixels are the same."""
    room = Room()
    for picture, grown in ((PHOTO, True), (PHOTO[::-1], False), (PHOTO[:20], False), (LARGE, True), (PHOTO, False)):
        before, data = room.held, encoded(Image.fromarray(np.ascontiguousarray(picture)), "JPEG")
        found = still(data, LIMITS, room=room).pixels
        assert np.array_equal(found, still(data, LIMITS).pixels)
        assert np.shares_memory(found, room.held)
        assert (room.held is before) != grown
        assert room.held.ctypes.data % 64 == 1


def test_more_room_than_is_kept_is_new_memory() -> None:
    """A picture over the size that is kept gets memory of its own."""
    assert Room().of(ROOM_BYTES_MAX + 1) is None


def test_looks_do_not_disturb_each_other() -> None:
    """Memory that is kept from one look to the next changes no answer, whatever the order of sizes and flavours."""
    media = [encoded(Image.fromarray(picture), "JPEG") for picture in (PHOTO, LARGE, PHOTO[:20], LARGE[::-1])]
    alone = {(number, flavour): pdq(still(data, LIMITS, flavour).pixels).code
             for number, data in enumerate(media) for flavour in Flavour}
    for number, flavour in [*alone, *reversed(alone)]:
        seen = examine(media[number], LIMITS, Wanted(flavour))
        assert seen.pdq is not None
        assert seen.pdq.code == alone[number, flavour]

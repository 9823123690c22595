"""What turns a JPEG is read as Pillow reads it, or left to Pillow."""

import io
import struct
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hashgrade.decode import jpegs, stills
from hashgrade.fingerprints.displayed import TURNS
from tests.decode.pictures import PHOTO, encoded, oriented

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

PLAIN = encoded(Image.fromarray(PHOTO[:16, :16]), "JPEG")
XMP = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><rdf:Description tiff:Orientation=\"%d\"/></x:xmpmeta>"


def pillow(data: bytes) -> int | None:
    """The orientation by Pillow's own reading of the whole file; None where it opens no JPEG."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
                told = image.getexif().get(274)
        except Exception:  # noqa: BLE001 - it may be damaged in any way
            return None
    return int(told) if told in TURNS else 1


def ours(data: bytes) -> int:
    """The orientation that `still` goes by, from 1 to 8."""
    told = stills._told(data)
    return told if told in TURNS else 1


def segment(marker: int, body: bytes) -> bytes:
    """One segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def with_segments(*segments: bytes) -> bytes:
    """A JPEG with segments before all others."""
    return PLAIN[:2] + b"".join(segments) + PLAIN[2:]


def directory(order: str, entries: list[tuple[int, int, int, bytes]], rest: bytes = b"") -> bytes:
    """An Exif segment's body with one directory."""
    head = b"II*\0" if order == "<" else b"MM\0*"
    packed = b"".join(struct.pack(order + "HHL4s", *entry) for entry in entries)
    return b"Exif\0\0" + head + struct.pack(order + "LH", 8, len(entries)) + packed + rest


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_plain_directory_is_read_without_pillow(orientation: int) -> None:
    """The common case is answered at once, and rightly."""
    assert jpegs.orientation(oriented(orientation, "JPEG")) == orientation


def test_a_jpeg_without_metadata_turns_nothing() -> None:
    """No segment, no turn, and no Pillow."""
    assert jpegs.orientation(PLAIN) == 1


@pytest.mark.parametrize("data", [
    with_segments(segment(0xE1, XMP % 6)), PLAIN[:2] + b"\xff" + PLAIN[2:], PLAIN[:2] + b"rubbish" + PLAIN[2:],
    PLAIN[:30], PLAIN[:2], with_segments(segment(0xE1, b"Exif\0\0MM\0*"), segment(0xE1, b"Exif\0\0\0\0\0\x08")),
    with_segments(segment(0xE1, directory("<", [(274, 4, 1, b"\6\0\0\0")]))), with_segments(b"\xff\xd0")])
def test_what_is_not_plain_is_left_to_pillow(data: bytes) -> None:
    """XMP, junk, split segments and odd types are not guessed at."""
    assert jpegs.orientation(data) is None


def test_an_orientation_in_xmp_counts() -> None:
    """As in Pillow, XMP turns a picture whose Exif tells nothing."""
    assert ours(with_segments(segment(0xE1, XMP % 6))) == 6


ENTRY = st.tuples(
    st.sampled_from([270, 271, 274, 274, 282, 33000]), st.integers(0, 17), st.sampled_from([0, 1, 1, 2, 5, 9, 2**31]),
    st.sampled_from([b"\0\6\0\0", b"\6\0\0\0", b"\0\0\0\x40", b"\x20\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\6"]))
BODY = st.builds(directory, st.sampled_from("<>"), st.lists(ENTRY, max_size=5), st.binary(max_size=80))
SEGMENT = st.one_of(
    BODY.map(lambda body: segment(0xE1, body)), st.integers(0, 9).map(lambda told: segment(0xE1, XMP % told)),
    st.tuples(st.integers(0, 255), st.binary(max_size=9)).map(lambda parts: segment(*parts)),
    st.binary(max_size=4))


@settings(deadline=None, max_examples=400)
@given(st.lists(SEGMENT, min_size=1, max_size=3))
def test_made_metadata_are_read_as_by_pillow(segments: list[bytes]) -> None:
    """Whatever directories, XMP and junk stand before a picture, the orientation is the one Pillow finds."""
    data = with_segments(*segments)
    expected = pillow(data)
    assert expected is None or ours(data) == expected


@settings(deadline=None, max_examples=400)
@given(st.integers(1, 8), st.booleans(), st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), max_size=4))
def test_damaged_metadata_are_read_as_by_pillow(told: int, little: bool, changes: list[tuple[int, int]]) -> None:
    """However the first bytes of a turned JPEG are changed, the orientation is the one Pillow finds."""
    exif = Image.Exif()
    exif[271], exif[274], exif[282] = "a maker of cameras", told, 72.0
    exif.endian = "<" if little else ">"
    data = bytearray(encoded(Image.fromarray(PHOTO[:16, :16]), "JPEG", exif=exif))
    for at, value in changes:
        data[2 + at] = value
    expected = pillow(bytes(data))
    assert expected is None or ours(bytes(data)) == expected

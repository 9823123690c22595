"""Records say what was seen, whole; and whatever bytes a child sends, they are a record that can be or nonsense."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.decode.record import HEAD, NAMES, NonsenseError, Reader, from_header, header, record
from hashgrade.decode.seen import Seen, Wanted, sheet_size
from hashgrade.decode.trouble import TEXTS, Trouble
from hashgrade.nouns import Flavour, FrameCode, Kind, Pdq
from hashgrade.settings import Limits

LIMITS = Limits(frames_max=20, pixels_max=10_000)
WANTED = Wanted(Flavour.LUMA, 100, 3, 8)
SIDES = st.integers(1, 100)

pdqs = st.builds(
    Pdq, st.binary(min_size=32, max_size=32), st.integers(0, 100), st.sampled_from([Flavour.FULL, Flavour.LUMA]))
troubles = st.builds(
    lambda why, name, numbers: Trouble(why, LIMITS, name, *numbers),
    st.sampled_from(sorted(TEXTS)), st.sampled_from(NAMES), st.tuples(*[st.integers(0, 2**62)] * 2))


@st.composite
def seens(draw: st.DrawFn) -> Seen:
    """Anything that a look can give."""
    width, height = draw(SIDES), draw(SIDES)
    times = draw(st.lists(st.integers(0, 2**40), max_size=20, unique=True).map(sorted))
    across, down = sheet_size(width, height, WANTED.sheet_width)
    shades = draw(st.lists(st.integers(0, 255), max_size=3))
    sheet = tuple(np.full((down, across, 3), shade, np.uint8) for shade in shades)
    return Seen(
        draw(st.sampled_from(Kind)), width, height, draw(st.none() | pdqs), draw(st.none() | pdqs),
        draw(st.none() | troubles), draw(st.sampled_from(NAMES)) or None, draw(st.none() | st.integers(0, 2**40)),
        tuple(FrameCode(at_ms, draw(pdqs)) for at_ms in times), sheet, tuple(range(len(sheet))),
        draw(st.integers(1, 8)) if sheet else 1)


def read(pieces: Iterable[bytes]) -> list[Seen]:
    """What a reader makes of bytes that arrive in pieces."""
    reader = Reader(LIMITS, WANTED)
    return [seen for piece in pieces for seen in reader.read(piece)]


def told(seen: Seen) -> tuple[object, ...]:
    """All of it, in a form that can be compared."""
    sheet = [picture.tolist() for picture in seen.sheet]
    return (seen.kind, seen.width, seen.height, seen.pdq, seen.pdq_as_displayed, seen.error and str(seen.error),
            seen.format, seen.duration_ms, seen.frames, sheet, seen.sheet_ms, seen.orientation)


@given(st.lists(seens(), max_size=4), st.integers(1, 500))
def test_what_is_written_is_read(written: list[Seen], piece_bytes: int) -> None:
    """However the bytes of some records arrive, they say what was seen, text of the errors included."""
    packed = b"".join(map(record, written))
    pieces = (packed[at:at + piece_bytes] for at in range(0, len(packed), piece_bytes))
    assert list(map(told, read(pieces))) == list(map(told, written))


@given(st.binary(max_size=400))
def test_any_bytes_are_records_or_nonsense(arrived: bytes) -> None:
    """Nothing that a child may send does more than be refused, and what is taken is within the limits."""
    try:
        seen = read([arrived])
    except NonsenseError:
        return
    for one in seen:
        assert (one.width or 0) * (one.height or 0) <= LIMITS.pixels_max
        assert len(one.frames) <= LIMITS.frames_max
        assert len(one.sheet) <= WANTED.sheet_frames


@given(seens(), st.integers(0), st.integers(0, 255))
def test_a_changed_byte_is_a_record_or_nonsense(written: Seen, at: int, value: int) -> None:
    """The same, of records that are nearly right."""
    packed = bytearray(record(written))
    packed[at % len(packed)] = value
    try:
        read([bytes(packed)])
    except NonsenseError:
        return


def test_no_more_is_held_than_a_record_may_have() -> None:
    """A record that claims more frames or pictures than were asked for is refused before one of them is read."""
    for last in ((21, 0), (0, 4), (2**32 - 1, 0)):
        head = HEAD.pack(0, 0, 0, 0, 0, 0, 9, 9, 0, *(255, 255, bytes(32)) * 2, *last)
        with pytest.raises(NonsenseError):
            read([head])


def test_the_header_says_what_is_wanted() -> None:
    """Limits and wishes reach a child as they are."""
    limits, wanted = from_header(header(LIMITS, WANTED))
    assert wanted == WANTED
    assert (limits.pixels_max, limits.frames_max, limits.clip_s_max) == (10_000, 20, LIMITS.clip_s_max)


def test_an_error_that_has_no_number_cannot_be_told() -> None:
    """A child that met an error of ours ends, rather than call it one of the medium."""
    with pytest.raises(TypeError, match="cannot tell ValueError"):
        record(Seen(Kind.OTHER, error=ValueError()))  # type: ignore[arg-type]

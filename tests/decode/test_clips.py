"""Clips become frames with their times, or an error that says what is wrong."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from hashgrade.decode import examine
from hashgrade.decode.motion import Frame, frames
from hashgrade.errors import InputError
from hashgrade.nouns import Kind
from hashgrade.settings import Limits
from tests.decode.pictures import clip as made

LIMITS = Limits()
FORMS = [
    ("mp4", "libx264", "mp4"), ("mp4", "mpeg4", "mp4"), ("mov", "mjpeg", "mov"), ("webm", "libvpx", "webm"),
    ("webm", "libvpx-vp9", "webm"), ("matroska", "ffv1", "mkv"), ("avi", "mjpeg", "avi"), ("avi", "mpeg4", "avi")]
MP4 = made("mp4", "mpeg4")
MKV = made("matroska", "ffv1")


def times(taken: Sequence[Frame]) -> list[int]:
    return [frame.at_ms for frame in taken]


def trouble(data: bytes, name: str, limits: Limits = LIMITS, every_ms: int | None = 1) -> tuple[int, InputError]:
    """How many frames come before the error, and the error."""
    taken = frames(data, name, limits, every_ms)
    count = 0
    try:
        while next(taken, None):
            count += 1
    except InputError as error:
        return count, error
    raise AssertionError(f"no error after {count} frames")


@pytest.mark.parametrize(("form", "codec", "name"), FORMS)
def test_each_container_is_opened(form: str, codec: str, name: str) -> None:
    """A clip of each format is a video of its size and length, with a code a second, from its bytes alone."""
    seen = examine(made(form, codec, count=20), LIMITS)
    assert (seen.kind, seen.format, seen.width, seen.height) == (Kind.VIDEO, name, 96, 64)
    assert (seen.pdq, seen.error, seen.duration_ms) == (None, None, 2000)
    assert [one.at_ms for one in seen.frames] == [0, 1000]


def test_a_clip_on_disk_is_opened_where_it_is(tmp_path: Path) -> None:
    """A path gives what the bytes give, whatever its name says, and so does an open file."""
    path = tmp_path / "wrongly named.jpg"
    path.write_bytes(MP4)
    with path.open("rb") as file:
        assert examine(path, LIMITS) == examine(file, LIMITS) == examine(MP4, LIMITS)

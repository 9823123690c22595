"""From bytes to alignment: a clip is found in another encoding of itself, and where it was cut from."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hashgrade.cli.root import commands
from hashgrade.decode import examine
from hashgrade.decode.seen import Wanted
from hashgrade.fingerprints import vpdq
from hashgrade.fingerprints.frames import Match, align, matches
from hashgrade.nouns import FrameCode
from hashgrade.settings import Limits
from tests.clips import Copy, copied

WHOLE = Copy(end_ms=24_000, rate=6, width=192, height=144)
EXCERPT = Copy(7300, 19_300, rate=8, width=256, height=192, kbits=150, form="webm", codec="libvpx")


def seen(clip: bytes, every_ms: int = 1000) -> list[FrameCode]:
    """The frames of a clip, decoded and fingerprinted."""
    look = examine(clip, Limits(), Wanted(every_ms=every_ms))
    assert look.error is None
    return list(look.frames)


@pytest.fixture(scope="module")
def whole() -> list[FrameCode]:
    """A film of 24 seconds, a frame a second."""
    return seen(copied(1, WHOLE))


@pytest.fixture(scope="module")
def excerpt() -> bytes:
    """Twelve seconds of it, from 7.3 on, in VP8, larger and at another rate."""
    return copied(1, EXCERPT)


def test_an_excerpt_in_another_codec_size_and_rate_is_found_and_located(
    whole: list[FrameCode], excerpt: bytes,
) -> None:
    """Twelve seconds from 7.3 on, in VP8, larger and at another rate, are found to half a second."""
    found = align(seen(excerpt, every_ms=250), whole)
    assert matches(found) is Match.EXCERPT
    assert abs(found[0].against_start_ms - found[0].start_ms - 7300) <= 500
    assert abs(found[0].against_end_ms - found[0].end_ms - 7300) <= 500
    assert found[0].start_ms <= 1000
    assert found[0].end_ms >= 10_500


def test_played_backwards_it_is_another_clip(whole: list[FrameCode]) -> None:
    """vPDQ's rule takes a clip played backwards for the clip; in order it is none."""
    backwards = seen(copied(1, replace(WHOLE, order="backwards")), every_ms=250)
    assert max(vpdq.shares(backwards, whole)) >= 0.8
    assert matches(align(backwards, whole)) is None


def test_another_film_is_another_clip(whole: list[FrameCode]) -> None:
    """A film of other parts of the same photographs has no part in common."""
    assert align(seen(copied(2, WHOLE)), whole) == []


def test_a_file_of_frames_matches_as_the_clip_does(whole: list[FrameCode]) -> None:
    """Written to a vPDQ file and read back, a clip's frames are the same frames."""
    assert vpdq.read(vpdq.write(whole)) == whole


@pytest.mark.parametrize("write", [vpdq.write, vpdq.write_signal])
def test_the_command_finds_and_locates_an_excerpt(
    whole: list[FrameCode], excerpt: bytes, write: Callable[[list[FrameCode]], str], tmp_path: Path,
) -> None:
    """`match` of a clip against a file of frames tells the part, with its times in both, and what it is of it."""
    clip, held = tmp_path / "clip", tmp_path / "held"
    clip.write_bytes(excerpt)
    held.write_text(write(whole))
    result = CliRunner().invoke(commands, ["match", "--json", "--against", str(held), str(clip)])
    [hit] = json.loads(result.stdout)["hits"]
    assert hit["match"] == "excerpt"
    assert abs(hit["against_start_ms"] - hit["start_ms"] - 7300) <= 500
    assert {"end_ms", "against_end_ms", "share", "against_share", "frames"} <= hit.keys()

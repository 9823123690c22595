"""Clips are opened in a child, and whatever the child does, there is an outcome."""

import sys
from pathlib import Path

import pytest

from hashgrade.decode import examine
from hashgrade.decode.clips import Clip, clip
from hashgrade.errors import InputError
from hashgrade.nouns import Kind
from hashgrade.settings import Limits
from tests.decode.pictures import clip as made
from tests.decode.pictures import sound

LIMITS = Limits()
FORMS = [("mp4", "mpeg4"), ("mov", "mjpeg"), ("webm", "libvpx"), ("matroska", "ffv1"), ("avi", "mjpeg")]


def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    """Let a shell script stand for the interpreter that opens the clip."""
    script = tmp_path / "child"
    script.write_text(f"#!/bin/sh\n{does}\n")
    script.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(script))


@pytest.mark.parametrize(("form", "codec"), FORMS)
def test_each_container_is_opened(form: str, codec: str) -> None:
    """A clip of each format is a video of its size, from its bytes alone."""
    seen = examine(made(form, codec), LIMITS)
    assert (seen.kind, seen.width, seen.height, seen.pdq, seen.error) == (Kind.VIDEO, 96, 64, None, None)


def test_a_clip_on_disk_is_opened_where_it_is(tmp_path: Path) -> None:
    """A path gives what the bytes give, whatever its name says."""
    path = tmp_path / "wrongly named.jpg"
    path.write_bytes(made("mp4", "mpeg4"))
    assert clip(path, "mp4", LIMITS) == Clip(96, 64)


def test_a_cut_off_clip_is_named_damaged() -> None:
    """An MP4 without its index, which can crash a decoder, is an error and no more."""
    whole = made("mp4", "mpeg4")
    for part in (3, 2):
        error = examine(whole[:len(whole) // part], LIMITS).error
        assert error is not None
        assert error.what == "the mp4 clip is damaged, cut short or shows no pictures"


def test_sound_alone_shows_nothing() -> None:
    """A container without pictures is no video."""
    with pytest.raises(InputError, match=r"shows no pictures") as caught:
        clip(sound(), "mp4", LIMITS)
    assert caught.value.code == "DEC-07"


def test_the_demuxer_is_the_one_asked_for() -> None:
    """No other demuxer tries the bytes: a playlist or an AVI is not opened as MP4."""
    for data in (made("avi", "mjpeg"), b"ffconcat version 1.0\nfile '/etc/hostname'\n"):
        with pytest.raises(InputError, match="DEC-07"):
            clip(data, "mp4", LIMITS)


def test_larger_pictures_than_the_limit_are_not_decoded() -> None:
    """The limit on pixels holds for frames, and the error tells both sizes."""
    with pytest.raises(InputError, match=r"96 x 64 pixels, at most 6143") as caught:
        clip(made("mp4", "mpeg4"), "mp4", Limits(pixels_max=96 * 64 - 1))
    assert caught.value.code == "DEC-04"


def test_a_child_that_hangs_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clip that takes longer than its seconds is stopped and named."""
    child(tmp_path, monkeypatch, "exec sleep 60")
    with pytest.raises(InputError, match=r"more than 1 s") as caught:
        clip(b"any", "mp4", Limits(clip_s_max=1))
    assert caught.value.code == "DEC-06"


def test_a_child_that_crashes_is_only_a_lost_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder killed by a signal is an outcome like another."""
    child(tmp_path, monkeypatch, "kill -SEGV $$")
    with pytest.raises(InputError, match=r"ended with status -11") as caught:
        clip(b"any" * 100_000, "mp4", LIMITS)
    assert caught.value.code == "DEC-08"


@pytest.mark.parametrize("record", [
    "", "nonsense", "[]", "7", "null", '{"width": 9}', '{"error": "x"}', '{"width": 9, "height": ' + "9" * 5000 + "}"])
def test_a_record_that_is_none_is_not_believed(record: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the child prints may be anything; only the record agreed on counts."""
    child(tmp_path, monkeypatch, f"echo '{record}'")
    with pytest.raises(InputError, match="DEC-07"):
        clip(b"any", "mp4", LIMITS)


@pytest.mark.parametrize("sides", ["-1, 9", "0, 9", "true, 9", "9.5, 9", '"9", 9', "65536, 9", "null, 9"])
def test_a_size_that_cannot_be_is_not_believed(sides: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Width and height are whole numbers from 1, or there is no clip."""
    width, height = sides.split(", ")
    child(tmp_path, monkeypatch, f"echo '{{\"width\": {width}, \"height\": {height}}}'")
    with pytest.raises(InputError, match=r"pictures of no size") as caught:
        clip(b"any", "mp4", LIMITS)
    assert caught.value.code == "DEC-07"


def test_the_child_is_told_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of our environment reaches the process that opens hostile bytes."""
    monkeypatch.setenv("HASHGRADE_SECRET", "x")
    child(tmp_path, monkeypatch, f"env > {tmp_path}/told")
    with pytest.raises(InputError, match="DEC-07"):
        clip(b"any", "mp4", LIMITS)
    assert "HASHGRADE" not in (tmp_path / "told").read_text()

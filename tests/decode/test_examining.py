"""One look at any bytes always gives an outcome."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hashgrade.decode import Seen, examine
from hashgrade.decode.formats import CLIPS, STILLS, sniff
from hashgrade.fingerprints import pdq
from hashgrade.nouns import Kind
from hashgrade.settings import Limits
from tests.decode.pictures import PHOTO, encoded, oriented

LIMITS = Limits()
PNG = encoded(Image.fromarray(PHOTO), "PNG")


def code_of(source: bytes | Path, limits: Limits = LIMITS) -> str:
    """The error's code of something that gives nothing else."""
    seen = examine(source, limits)
    assert seen.error is not None
    assert seen == Seen(Kind.OTHER, error=seen.error, format=seen.format)
    return seen.error.code


def test_a_still_is_measured_and_fingerprinted() -> None:
    """Kind, size and PDQ come from one look."""
    seen = examine(PNG, LIMITS)
    assert (seen.kind, seen.height, seen.width, seen.pdq) == (Kind.IMAGE, *PHOTO.shape[:2], pdq(PHOTO))
    assert (seen.pdq_as_displayed, seen.error) == (None, None)


def test_a_turned_still_has_two_codes() -> None:
    """Where EXIF turns a picture, it has a code as stored and one as displayed; its size is as stored."""
    seen = examine(oriented(6, "PNG"), LIMITS)
    assert seen.pdq == pdq(PHOTO)
    assert seen.pdq_as_displayed == pdq(PHOTO[::-1].swapaxes(0, 1))
    assert (seen.height, seen.width) == PHOTO.shape[:2]


@pytest.mark.parametrize("name", ["photo.png", "photo.mp4", "photo", "photo.txt"])
def test_a_name_means_nothing(name: str, tmp_path: Path) -> None:
    """A file is what its bytes are, whatever it is called."""
    (tmp_path / name).write_bytes(PNG)
    assert examine(tmp_path / name, LIMITS) == examine(PNG, LIMITS)


def test_an_open_file_is_read_from_its_start(tmp_path: Path) -> None:
    """A file that somebody opened gives what its path gives, wherever it was read to."""
    (tmp_path / "a").write_bytes(PNG)
    with (tmp_path / "a").open("rb") as file:
        file.read(9)
        assert examine(file, LIMITS) == examine(PNG, LIMITS)


@pytest.mark.parametrize(("data", "name"), [
    (PNG, "png"), (PNG[:40], "png"), (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99), "heif"), (b"hello", None)])
def test_the_format_is_named(data: bytes, name: str | None) -> None:
    """What the bytes begin as is told whether they decode or not."""
    assert examine(data, LIMITS).format == name


def test_no_bytes(tmp_path: Path) -> None:
    """An empty medium is called empty."""
    (tmp_path / "empty.jpg").write_bytes(b"")
    assert code_of(b"") == code_of(tmp_path / "empty.jpg") == "DEC-01"


@pytest.mark.parametrize("data", [
    b"hello", b"BMW is a car", b"%PDF-1.7", b"PK\3\4", b"RIFF\0\0\0\0WAVE", b"<svg/>", bytes(99)])
def test_what_is_no_medium_is_other(data: bytes) -> None:
    """Texts, archives and documents are kept, not rendered, and say why."""
    assert code_of(data) == "DEC-02"


def test_a_signature_alone_is_damaged() -> None:
    """The first bytes of a format make no picture."""
    assert code_of(PNG[:16]) == "DEC-03"


def test_more_bytes_than_the_limit_are_not_read(tmp_path: Path) -> None:
    """The limit on bytes holds before anything is decoded; exactly the limit is taken."""
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    assert code_of(path, Limits(medium_bytes_max=len(PNG) - 1)) == "DEC-05"
    assert examine(path, Limits(medium_bytes_max=len(PNG))).kind == Kind.IMAGE


@pytest.mark.parametrize("decoder", ["hashgrade.decode.jpegs.simplejpeg.decode_jpeg", "hashgrade.decode.stills.rgb"])
def test_want_of_memory_is_an_outcome(decoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A medium that needs more memory than there is ends its own look only."""
    def starved(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(decoder, starved)
    assert code_of(encoded(Image.fromarray(PHOTO), "JPEG" if "jpeg" in decoder else "PNG")) == "DEC-10"


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    """A missing path, a folder, a name too long and a pipe are told, not waited for."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "none", tmp_path, tmp_path / ("x" * 300), tmp_path / "pipe"):
        assert code_of(path) == "MED-01"


@given(st.binary(max_size=300))
def test_sniffing_any_bytes_names_a_known_format_or_none(head: bytes) -> None:
    """Whatever the first bytes, the answer is a format we know or none."""
    assert sniff(head) in {None, "heif", *STILLS, *CLIPS}


@pytest.mark.parametrize(("head", "name"), [
    (b"\0\0\0\x1cftypisom\0\0\2\0isomiso2mp41", "mp4"), (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "mov"),
    (b"\0\0\0\x08wide\0\0\0\0mdat", "mov"), (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "avif"),
    (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "heif"), (b"\x1aE\xdf\xa3\x9fB\x86", "mkv"),
    (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "webm"), (b"\x1aE\xdf\xa3\x9fB\x82\x88matroska", "mkv"),
    (b"RIFF\0\0\0\0AVI LIST", "avi"),
    (b"II+\0\x08\0\0\0", "tiff"), (b"ftyp", None), (b"", None)])
def test_each_beginning_names_its_format(head: bytes, name: str | None) -> None:
    """Brands inside a box decide between formats that begin alike."""
    assert sniff(head) == name

"""The demo's media: neutral, of every format, with copies that recognition can find, the same for the same seed."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from hashgrade.decode import examine, still
from hashgrade.demo import pictures
from hashgrade.demo.pictures import Gallery
from hashgrade.fingerprints import pdq
from hashgrade.nouns import Kind, Pdq
from hashgrade.settings import Limits

LIMITS = Limits()


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    return pictures.draw(tmp_path_factory.mktemp("gallery"), seed=1, stills=48, clips=1)


def content(gallery: Gallery, name: str) -> bytes:
    """The bytes of one medium, from the folder or the archive."""
    if name.startswith("more.zip/"):
        return ZipFile(gallery.folder / "more.zip").read(name.removeprefix("more.zip/"))
    return (gallery.folder / name).read_bytes()


def code(gallery: Gallery, name: str) -> Pdq:
    """The PDQ of one still as stored."""
    return pdq(still(content(gallery, name), LIMITS).pixels)


def apart(some: Pdq, other: Pdq) -> int:
    """The distance of two codes, in bits."""
    return (int.from_bytes(some.code) ^ int.from_bytes(other.code)).bit_count()


def test_every_still_has_a_quality_that_matching_accepts(gallery: Gallery) -> None:
    """All stills decode and have a PDQ quality of at least 50."""
    assert min(code(gallery, name).quality for name in gallery.stills) >= 50


def test_near_duplicates_are_near_and_not_equal(gallery: Gallery) -> None:
    """A near duplicate is 1 to 31 bits from its picture, and other bytes."""
    assert len(gallery.near) >= 8
    for name, again in gallery.near:
        assert 1 <= apart(code(gallery, name), code(gallery, again)) <= 31


def test_different_pictures_resemble_nothing(gallery: Gallery) -> None:
    """Two stills that are no copies of each other are further apart than any match."""
    codes = [code(gallery, name) for name in gallery.stills if "copy-" not in name and "near-" not in name]
    assert min(apart(a, b) for i, a in enumerate(codes) for b in codes[:i]) > 31


def test_exact_duplicates_have_the_same_bytes(gallery: Gallery) -> None:
    """An exact duplicate has the bytes of its picture, in the folder and in the archive."""
    assert {"more.zip" in again for _, again in gallery.exact} == {True, False}
    for name, again in gallery.exact:
        assert content(gallery, name) == content(gallery, again)


def test_unique_media_are_counted(gallery: Gallery) -> None:
    """`unique` is the number of different contents that lie in the folder and the archive."""
    assert len({sha256(data).digest() for data in all_contents(gallery)}) == gallery.unique


def all_contents(gallery: Gallery) -> Iterator[bytes]:
    """Every medium that was laid down, by walking, not by the gallery's own list."""
    for path in gallery.folder.rglob("*"):
        if path.suffix == ".zip":
            with ZipFile(path) as archive:
                yield from map(archive.read, archive.namelist())
        elif path.is_file():
            yield path.read_bytes()


def test_turned_pictures_are_stored_turned(gallery: Gallery) -> None:
    """A picture with an EXIF orientation is displayed otherwise than it is stored."""
    assert gallery.turned
    assert all(still(content(gallery, name), LIMITS).displayed is not None for name in gallery.turned)


def test_clips_are_videos(gallery: Gallery) -> None:
    """A clip decodes as a video."""
    assert [examine(content(gallery, name), LIMITS).kind for name in gallery.clips] == [Kind.VIDEO]


def test_broken_files_do_not_decode(gallery: Gallery) -> None:
    """The truncated and the empty file give an error and keep their place."""
    assert all(examine(content(gallery, name), LIMITS).error for name in gallery.broken)


def test_all_formats_are_drawn(gallery: Gallery) -> None:
    """JPEG, PNG, WebP and GIF are all there, by their content."""
    assert {still(content(gallery, name), LIMITS).format.lower() for name in gallery.stills} == {
        "jpeg", "png", "webp", "gif"}


def test_the_same_seed_draws_the_same(gallery: Gallery, tmp_path: Path) -> None:
    """A second gallery from the seed is equal byte for byte, the archive and the clips too; another seed is not."""
    again = pictures.draw(tmp_path / "again", seed=1, stills=48, clips=1)
    assert sorted(map(content, [again] * len(names(again)), names(again))) == sorted(
        map(content, [gallery] * len(names(gallery)), names(gallery)))
    rng, other = np.random.default_rng(1), np.random.default_rng(2)
    assert (pictures.texture(rng, 64, 48) != pictures.texture(other, 64, 48)).any()


def names(gallery: Gallery) -> list[str]:
    """Every medium of a gallery."""
    return [*gallery.stills, *gallery.clips, *gallery.broken]

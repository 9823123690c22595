"""Bombs of pixels, frames, hidden text and time: each ends with its code, and the good medium beside it is seen."""

import io
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import pytest

from hashgrade.decode import Decoders, batch, decoders
from hashgrade.nouns import Jail, Kind
from hashgrade.settings import Limits
from hashgrade.store.work import Store
from tests.decode import pictures
from tests.hostile import bombs
from tests.hostile.trial import WHOLE, outcome, wrong
from tests.world import still, world, zipped

LIMITS = Limits(frames_max=1000)
GOOD = pictures.oriented(1, "PNG")
Bomb = Callable[[], bytes]

PIXELS: dict[str, tuple[Bomb, str]] = {
    "PNG": (lambda: bombs.sided("PNG", 65_535, 65_535), "DEC-04"),
    "PNG, largest": (lambda: bombs.sided("PNG", 2**31 - 1, 2**31 - 1), "DEC-04"),
    "PNG that holds them": (lambda: bombs.png_rows(30_000, 30_000), "DEC-04"),
    "PNG that holds more": (bombs.png_overflow, WHOLE),
    "JPEG": (lambda: bombs.sided("JPEG", 65_500, 65_500), "DEC-04"),
    "JPEG, largest": (lambda: bombs.sided("JPEG", 65_535, 65_535), "DEC-04"),
    "JPEG, progressive": (lambda: bombs.sided("JPEG", 65_500, 65_500, progressive=True), "DEC-04"),
    "GIF": (lambda: bombs.sided("GIF", 65_535, 65_535), "DEC-04"),
    "GIF that grows": (bombs.gif_growing, "DEC-04+"),
    "BMP": (lambda: bombs.sided("BMP", 2**31 - 1, 2**31 - 1), "DEC-04"),
    "TIFF": (lambda: bombs.tiff_sides(2**32 - 1), "DEC-04"),
    "AVIF": (lambda: bombs.sided("AVIF", 16_383, 16_383), "DEC-04"),
    "AVIF, largest": (lambda: bombs.sided("AVIF", 2**32 - 1, 2**32 - 1), "DEC-03"),
    "WebP": (lambda: bombs.webp_lossless(16_383), "DEC-04"),
    "WebP, canvas": (lambda: bombs.webp_canvas(2**24), "DEC-03"),
}
HIDDEN: dict[str, tuple[Bomb, str]] = {
    "PNG, zTXt": (lambda: bombs.png_hidden(b"zTXt"), "DEC-03"),
    "PNG, iTXt": (lambda: bombs.png_hidden(b"iTXt"), "DEC-03"),
    "PNG, iCCP": (lambda: bombs.png_hidden(b"iCCP"), "DEC-03"),
    "PNG, many texts": (bombs.png_many_texts, "DEC-03"),
    "JPEG, profile": (bombs.jpeg_profile, WHOLE),
    "JPEG, EXIF": (bombs.jpeg_exif, WHOLE),
    "TIFF, pages": (lambda: bombs.tiff_pages(bombs.FRAMES), WHOLE),
}
FRAMES: dict[str, tuple[Bomb, str]] = {
    "GIF": (lambda: bombs.gif_frames(bombs.FRAMES), "DEC-09+"),
    "WebP": (lambda: bombs.webp_frames(bombs.FRAMES), "DEC-09+"),
    "PNG": (lambda: bombs.png_frames(bombs.FRAMES, bombs.FRAMES), "DEC-09+"),
    "PNG that tells more": (lambda: bombs.png_frames(3, 2**31 - 1), "DEC-07+"),
    "AVIF": (lambda: bombs.samples(pictures.animated("AVIF"), bombs.FRAMES), "DEC-09+"),
    "MP4": (lambda: bombs.samples(pictures.clip("mp4", "mpeg4"), 10 * bombs.FRAMES), "DEC-09+"),
    "MP4, H.264": (lambda: bombs.samples(pictures.clip("mp4", "libx264"), bombs.FRAMES), "DEC-09+"),
    "MP4 without end": (lambda: bombs.endless(pictures.clip("mp4", "libx264")), WHOLE),
    "AVI of all sizes": (lambda: bombs.resized((32, 16), (16, 64), (300, 200)), "DEC-07+"),
    "AVI that grows": (lambda: bombs.resized((32, 16), sided_last=65_500), "DEC-07+"),
}
TIME: dict[str, Bomb] = {
    "JPEG of scans": lambda: bombs.jpeg_scans(3000),
    "GIF of a large screen": lambda: bombs.gif_frames(bombs.FRAMES, 5000)}


@pytest.fixture(scope="module")
def pool() -> Iterator[Decoders]:
    """Decoders with few frames allowed, in the strongest jail that this kernel gives."""
    with Decoders(LIMITS, Jail.LIMITED) as made:
        yield made


def ends(pool: Decoders, bomb: bytes) -> str:
    """What a bomb comes to, once the good medium after it is seen."""
    seen, after = pool.examine([bomb, GOOD])
    assert (after.kind, after.error) == (Kind.IMAGE, None)
    assert list(wrong(seen, pool.limits)) == []
    return outcome(seen)


@pytest.mark.parametrize(("bomb", "code"), PIXELS.values(), ids=PIXELS)
def test_a_bomb_of_pixels_ends(pool: Decoders, bomb: Bomb, code: str) -> None:
    """Sides that the limit does not allow are refused by the header, whatever follows or does not."""
    assert ends(pool, bomb()) == code


@pytest.mark.parametrize(("bomb", "code"), HIDDEN.values(), ids=HIDDEN)
def test_a_bomb_beside_the_pixels_ends(pool: Decoders, bomb: Bomb, code: str) -> None:
    """Texts, profiles, EXIF and pages that nobody looks at are not unpacked, or not to their end."""
    assert ends(pool, bomb()) == code


@pytest.mark.parametrize(("bomb", "code"), FRAMES.values(), ids=FRAMES)
def test_a_bomb_of_frames_ends(pool: Decoders, bomb: Bomb, code: str) -> None:
    """Of frames without end those up to the limit are seen; times and sizes that cannot be are passed over."""
    assert ends(pool, bomb()) == code


def test_bombs_of_time_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is within all limits and takes for ever is stopped: by itself between two frames, else by us."""
    monkeypatch.setattr(batch, "GRACE_S", 1)
    monkeypatch.setattr(decoders, "GRACE_S", 1)
    with Decoders(Limits(clip_s_max=1), Jail.LIMITED) as pool:
        ended = {name: outcome(*pool.examine([bomb()])).rstrip("+") for name, bomb in TIME.items()}
        assert outcome(*pool.examine([GOOD])) == WHOLE
    assert ended == dict.fromkeys(TIME, "DEC-06")  # how far the GIF came before hangs on the machine


@pytest.mark.deep
def test_a_bomb_that_the_limits_allow_ends_for_want_of_memory() -> None:
    """Where the setting allows more pixels than the jail has memory for, that is the outcome."""
    with Decoders(Limits(pixels_max=2 * 10**9), Jail.LIMITED) as pool:
        assert ends(pool, bombs.png_rows(30_000, 30_000)) == "DEC-10"


@pytest.mark.usefixtures("db")
def test_bombs_in_an_archive_are_items_with_their_codes(tmp_path: Path, store: Store) -> None:
    """A ZIP of bombs is taken in whole: each member is kept under its digest, and told; the good one is seen."""
    held = {"wide.png": "PNG", "wide.jpg": "JPEG", "grows.gif": "GIF that grows"}
    members = [(name, PIXELS[which][0]()) for name, which in held.items()]
    path = zipped(tmp_path / "a.zip", [*members, ("texts.png", bombs.png_many_texts()), ("good.jpg", still(1))])
    outcomes = world(tmp_path / "station", store).take_in(path)
    told = {one.path.partition("!")[2]: one.error.code if one.error else None for one in outcomes}
    assert told == {
        "wide.png": "DEC-04", "wide.jpg": "DEC-04", "grows.gif": "DEC-04", "texts.png": "DEC-03", "good.jpg": None}
    assert all(one.sha256 for one in outcomes)


def test_the_bombs_are_bombs() -> None:
    """Positive control: they do hold and tell what decoders that believed them would have to make room for."""
    packed, unpacking = bombs.zeros(2**26), zlib.decompressobj()
    assert len(unpacking.decompress(packed)) >= 2**26 > 900 * len(packed)
    with av.open(io.BytesIO(bombs.samples(pictures.clip("mp4", "mpeg4"), 1000)), "r") as clip:
        assert len(list(clip.decode(video=0))) == 1000

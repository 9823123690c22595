"""What is given to be looked at: stills, sheets and single frames, as asked for, and the same from the jail."""

import io

import numpy as np
import pytest
from PIL import Image

from hashgrade.app import decoders
from hashgrade.decode import Seen, Wanted, examine
from hashgrade.decode.encoding import jpeg
from hashgrade.decode.warming import movies
from hashgrade.nouns import Jail
from hashgrade.settings import Limits, Settings
from tests.decode import pictures

LIMITS = Limits()
SHOWN = Wanted(sheet_frames=1, sheet_width=40, show=True)


def gif(count: int = 5, every_ms: int = 100) -> bytes:
    """Frames of rising shade."""
    frames = [Image.new("L", (64, 48), 40 * number) for number in range(count)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=every_ms)
    return file.getvalue()


def frame(at_ms: int, *, before: bool = False) -> Seen:
    """One frame of those."""
    return examine(gif(), LIMITS, Wanted(sheet_frames=1, sheet_width=64, show=True, at_ms=at_ms, before=before))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_still_is_shown_as_it_is_displayed(orientation: int) -> None:
    """Turned and mirrored as EXIF says, for each orientation, as Pillow turns it."""
    from PIL import ImageOps

    data = pictures.oriented(orientation, "PNG")
    (seen,) = decoders(Settings(jail_at_least=Jail.LIMITED)).examine([data], SHOWN)
    assert seen.orientation == orientation
    with Image.open(io.BytesIO(data)) as opened:
        displayed = ImageOps.exif_transpose(opened).convert("RGB")
    shown = Image.open(io.BytesIO(jpeg(seen.sheet[0], seen.orientation)))
    assert (shown.width > shown.height) == (displayed.width > displayed.height)
    expected = np.asarray(displayed.resize(shown.size, Image.Resampling.BOX), np.int16)
    assert np.abs(np.asarray(shown, np.int16) - expected).mean() < 12


@pytest.mark.parametrize(("at_ms", "before", "found"), [
    (0, False, 0), (1, False, 100), (100, False, 100), (399, False, 400), (100, True, 0), (101, True, 100),
    (10_000, True, 400)])
def test_one_frame_is_the_one_asked_for(at_ms: int, before: bool, found: int) -> None:
    """The first at or after a time, or the last before it."""
    seen = frame(at_ms, before=before)
    assert seen.sheet_ms == (found,)
    assert abs(int(seen.sheet[0][0, 0, 0]) - found * 40 // 100) <= 1


def test_beyond_the_ends_there_is_no_frame() -> None:
    """After the last, and before the first."""
    assert (frame(401).sheet, frame(0, before=True).sheet) == ((), ())


def test_the_jail_gives_the_same() -> None:
    """Of every format that moves: a sheet with its times, and a frame, as without the jail."""
    pool = decoders(Settings(jail_at_least=Jail.LIMITED))
    for wanted in (Wanted(every_ms=100, sheet_frames=3, sheet_width=32, show=True), SHOWN,
                   Wanted(sheet_frames=1, sheet_width=32, show=True, at_ms=0)):
        for data in (gif(), *movies()):
            (inside,), outside = pool.examine([data], wanted), examine(data, LIMITS, wanted)
            assert (inside.kind, inside.sheet_ms, len(inside.sheet)) == (
                outside.kind, outside.sheet_ms, len(outside.sheet))
            assert outside.sheet
            assert all(map(np.array_equal, inside.sheet, outside.sheet))


def test_what_is_encoded_has_no_metadata_and_no_colour_if_grey() -> None:
    """A plain JFIF file, and three equal channels."""
    pixels = np.random.default_rng(1).integers(0, 255, (30, 40, 3), np.uint8)
    with Image.open(io.BytesIO(jpeg(pixels, grey=True))) as shown:
        assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert np.ptp(np.asarray(shown, np.int16), axis=2).max() <= 2

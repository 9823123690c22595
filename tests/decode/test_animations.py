"""Animated pictures are images whose frames are fingerprinted too."""

import io

import numpy as np
import pytest
from PIL import Image

from hashgrade.decode import examine, frames, still
from hashgrade.decode.seen import Wanted, sheet_size
from hashgrade.errors import InputError
from hashgrade.fingerprints import pdq
from hashgrade.nouns import Kind
from hashgrade.settings import Limits
from tests.decode.pictures import PHOTO, animated, encoded

LIMITS = Limits()
FORMS = ("GIF", "WEBP", "PNG", "AVIF")
FRAMES = [np.ascontiguousarray(frame) for frame in (PHOTO, PHOTO[::-1], PHOTO[:, ::-1])]


@pytest.mark.parametrize("form", FORMS)
def test_each_frame_has_its_time_and_code(form: str) -> None:
    """An animation is an image with its first frame's code, and its frames' beside it."""
    data = animated(form)
    seen = examine(data, LIMITS, Wanted(every_ms=100))
    assert (seen.kind, seen.format, seen.error, seen.duration_ms) == (Kind.IMAGE, form.lower(), None, 300)
    assert [one.at_ms for one in seen.frames] == [0, 100, 200]
    assert seen.pdq == seen.frames[0].pdq == pdq(still(data, LIMITS).pixels)
    assert len({one.pdq.code for one in seen.frames}) == 3


@pytest.mark.parametrize("form", ["WEBP", "PNG"])
def test_frames_are_the_pixels_that_were_stored(form: str) -> None:
    """Formats without loss give each frame back."""
    found = [frame.pixels for frame in frames(animated(form), form.lower(), LIMITS, None)]
    assert [np.array_equal(*pair) for pair in zip(found, FRAMES, strict=True)] == [True] * 3


@pytest.mark.parametrize("form", ["GIF", "AVIF"])
def test_frames_resemble_what_was_stored(form: str) -> None:
    """Formats with loss give each frame nearly."""
    found = [frame.pixels.astype(int) for frame in frames(animated(form), form.lower(), LIMITS, None)]
    assert all(abs(one - other).mean() < 8 for one, other in zip(found, FRAMES, strict=True))


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_that_does_not_move_has_no_frames(form: str) -> None:
    """A format that could hold more frames and holds one gives a picture and no more."""
    seen = examine(encoded(Image.fromarray(PHOTO), form), LIMITS, Wanted(every_ms=100, sheet_frames=3))
    assert (seen.kind, seen.frames, seen.sheet, seen.duration_ms) == (Kind.IMAGE, (), (), None)


@pytest.mark.parametrize(("every_ms", "expected"), [
    (100, [0, 100, 200]), (150, [0, 200]), (1000, [0]), (None, [0, 100, 200])])
def test_the_rate_is_the_one_asked_for(every_ms: int | None, expected: list[int]) -> None:
    """The first frame at or after each multiple is given; without a rate every frame."""
    assert [frame.at_ms for frame in frames(animated("GIF"), "gif", LIMITS, every_ms)] == expected


def test_frames_shown_for_no_time_are_shown_as_browsers_do() -> None:
    """A frame of no duration lasts a tenth of a second."""
    rest = [Image.fromarray(frame) for frame in FRAMES[1:]]
    data = encoded(Image.fromarray(PHOTO), "GIF", save_all=True, append_images=rest, duration=0)
    assert [frame.at_ms for frame in frames(data, "gif", LIMITS, None)] == [0, 100, 200]


def test_a_sheet_is_made_of_an_animation_too() -> None:
    """Its pictures have the size that whoever asks can compute."""
    seen = examine(animated("GIF"), LIMITS, Wanted(sheet_frames=2, sheet_width=50))
    size = sheet_size(PHOTO.shape[1], PHOTO.shape[0], 50)
    assert [picture.shape for picture in seen.sheet] == [(*reversed(size), 3)] * 2


def test_transparency_between_frames_is_laid_over_what_was_there() -> None:
    """A frame that draws only a part leaves the rest of the one before, as a viewer shows it."""
    first = Image.new("RGB", (20, 10), "red")
    second = first.copy()
    second.paste("blue", (5, 5, 10, 10))
    data = encoded(first, "GIF", save_all=True, append_images=[second], duration=100)
    _, last = frames(data, "gif", LIMITS, None)
    assert [tuple(last.pixels[place]) for place in ((0, 0), (7, 7))] == [(255, 0, 0), (0, 0, 255)]


@pytest.mark.parametrize("form", FORMS)
def test_a_cut_animation_keeps_what_came_before(form: str) -> None:
    """Of an animation that ends too early the picture is kept, or the whole is named damaged; nothing else."""
    data = animated(form)
    for part in range(len(data) // 2, len(data), len(data) // 11):
        seen = examine(data[:part], LIMITS, Wanted(every_ms=100))
        if seen.kind == Kind.IMAGE:
            assert seen.pdq == examine(data, LIMITS).pdq
            assert seen.error is None or seen.error.code == "DEC-07"
        else:
            assert seen.error is not None
            assert seen.error.code == "DEC-03"


def test_damage_on_the_way_is_told() -> None:
    """A later frame that cannot be read is an error beside the picture's code and the frames before it."""
    data = animated("PNG")
    second = data.index(b"fdAT")
    seen = examine(data[:second + 400], LIMITS, Wanted(every_ms=100))
    assert (seen.kind, len(seen.frames)) == (Kind.IMAGE, 1)
    assert seen.error is not None
    assert seen.error.code == "DEC-07"
    assert seen.error.what == "the png is damaged or cut short; 1 of its frames were decoded"


def test_more_frames_than_the_limit_are_not_decoded() -> None:
    """After as many frames as the limit allows there is an error; exactly the limit is none."""
    seen = examine(animated("GIF"), Limits(frames_max=2), Wanted(every_ms=100))
    assert (len(seen.frames), seen.error and seen.error.what) == (2, "the gif has more than 2 frames")
    assert examine(animated("GIF"), Limits(frames_max=3)).error is None


def test_an_animation_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """When its seconds are over, what was decoded by then is kept."""
    ticks = iter(range(1000))
    monkeypatch.setattr("hashgrade.decode.animations.time.perf_counter", lambda: next(ticks))
    seen = examine(animated("GIF"), Limits(clip_s_max=2), Wanted(every_ms=100))
    assert (seen.kind, len(seen.frames), seen.error and seen.error.code) == (Kind.IMAGE, 2, "DEC-06")


def test_a_frame_that_outgrows_the_limit_is_not_decoded() -> None:
    """A GIF whose later frame enlarges the canvas is stopped there."""
    data = bytearray(encoded(Image.fromarray(PHOTO[:20, :20]), "GIF", save_all=True, append_images=[
        Image.fromarray(np.ascontiguousarray(PHOTO[20:40, :20]))], duration=100))
    second = data.rindex(b",\0\0\0\0")
    data[second + 5:second + 9] = (5000).to_bytes(2, "little") * 2
    with pytest.raises(InputError, match=r"5000 x 5000 pixels, at most 10000"):
        list(frames(bytes(data), "gif", Limits(pixels_max=10_000), None))


def test_the_first_frame_is_the_still() -> None:
    """Whether a picture moves changes nothing of its first frame."""
    for form in FORMS:
        with Image.open(io.BytesIO(animated(form))) as image:
            expected = np.array(image.convert("RGB"))
        assert np.array_equal(still(animated(form), LIMITS).pixels, expected)

"""Animated pictures: GIF, WebP, AVIF and PNG, frame by frame as a viewer lays them over each other."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from hashgrade.decode.pixels import Pixels
from hashgrade.decode.shown import Clock, Shown
from hashgrade.decode.stills import check_size, opened, rgb
from hashgrade.decode.trouble import Trouble, Why

if TYPE_CHECKING:
    from hashgrade.settings import Limits

STEP_MS: Final = 100
"""How long browsers show a frame that says it is shown for no time."""


class Animation:
    """An animated picture, decoded once from start to end.

    Args:
        data: All the bytes.
        name: One of `formats.ANIMATED`.
        limits: Pixels of a frame, frames and seconds.
    """

    def __init__(self, data: bytes, name: str, limits: "Limits") -> None:
        self.data, self.name, self.limits = data, name, limits
        self.clock = Clock(STEP_MS)

    @property
    def duration_ms(self) -> int:
        """When the last frame that was decoded ends, counted from the start of the first."""
        return self.clock.end_ms()

    def shown(self) -> Iterator[Shown]:
        """Decode the frames and give them in order; each stands on its own, as it is whole when it is given.

        Raises:
            InputError: At the end, when all that could be decoded was given: DEC-04, a frame
                of more than `limits.pixels_max`; DEC-06, out of time; DEC-07, damaged from some
                frame on; DEC-09, more than `limits.frames_max` frames.
        """
        began, number, at_ms = time.perf_counter(), 0, 0
        try:
            with opened(self.data, self.name) as image:
                while _at_frame(image, number):
                    self._allowed(image, number, began)
                    pixels = rgb(image)
                    self.clock.step_ms = _step_ms(image)
                    yield _shown(self.clock.at(at_ms), pixels)
                    at_ms += int(self.clock.step_ms)
                    number += 1
        except Trouble:
            raise
        except Exception:  # noqa: BLE001 - decoders of damaged bytes raise anything
            raise Trouble(Why.CLIP_CUT_SHORT, self.limits, self.name, number) from None

    def _allowed(self, image: Image.Image, number: int, began: float) -> None:
        check_size(image, self.name, self.limits)
        if number == self.limits.frames_max:
            raise Trouble(Why.TOO_MANY_FRAMES, self.limits, self.name)
        if time.perf_counter() - began > self.limits.clip_s_max:
            raise Trouble(Why.OUT_OF_TIME, self.limits, self.name)


def _at_frame(image: Image.Image, number: int) -> bool:
    try:
        image.seek(number)
    except EOFError:
        return False
    return True


def _step_ms(image: Image.Image) -> float:
    told = image.info.get("duration")
    return float(told) if isinstance(told, int | float) and 1 <= told <= 2**31 else STEP_MS


def _shown(at_ms: int, pixels: Pixels) -> Shown:
    height, width = pixels.shape[:2]

    def small(width: int, height: int) -> Pixels:
        return np.array(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX))

    return Shown(at_ms, True, width, height, lambda: pixels, small)

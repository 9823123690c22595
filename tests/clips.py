"""Clips with scenes, encoded in memory: a camera that moves over photographs of things, places and textures.

A film is shots of 2 to 7 seconds. In each the camera stands still, or pans and zooms
slowly over a part of one of the photographs that have enough structure everywhere, so
that films share what they show and not how they show it.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass

import av
import numpy as np
from PIL import Image

from tests import synth

PHOTOGRAPHS = (0, 1, 2, 4, 5, 6, 7)
STILL_OF_TEN = 3
MOVED = 0.3
"""How much of the way from one part of a photograph to another a shot goes: a slow pan."""


@dataclass(frozen=True, slots=True)
class Copy:
    """How a film is copied: which moments are shown, and how they are encoded.

    `crop` of a hundred is cut off each side, and `percent` is the speed at which the
    film runs. `order` is of `forwards`, `backwards`, `shuffled` (second by second) and
    `cut` (without the middle quarter).
    """

    start_ms: int = 0
    end_ms: int = 30_000
    rate: int = 12
    width: int = 256
    height: int = 192
    crop: int = 0
    percent: int = 100
    order: str = "forwards"
    form: str = "mp4"
    codec: str = "libx264"
    kbits: int = 300


def copied(seed: int, copy: Copy) -> bytes:
    """The film of a seed, copied: the bytes of a clip."""
    moments = list(range(copy.start_ms, copy.end_ms, 10 * copy.percent // copy.rate))
    if copy.order == "backwards":
        moments.reverse()
    if copy.order == "cut":
        del moments[len(moments) * 3 // 8:len(moments) * 5 // 8]
    if copy.order == "shuffled":
        moments.sort(key=lambda at_ms: (synth.below(2**32, seed, at_ms // 1000), at_ms))
    return encoded((_shown(seed, at_ms, copy) for at_ms in moments), copy)


def encoded(frames: Iterable[synth.Picture], copy: Copy) -> bytes:
    """The bytes of a clip of these frames."""
    file = io.BytesIO()
    with av.open(file, "w", format=copy.form) as container:
        stream = container.add_stream(copy.codec, rate=copy.rate, options=_quick(copy.codec))
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.bit_rate = copy.width, copy.height, copy.kbits * 1000
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    return file.getvalue()


def _quick(codec: str) -> dict[str, str]:
    return {"libx264": {"preset": "veryfast"}, "libvpx": {"deadline": "realtime", "cpu-used": "8"}}.get(codec, {})


def _shown(seed: int, at_ms: int, copy: Copy) -> synth.Picture:
    shot, since, lasts = _shot(seed, at_ms)
    photo = Image.fromarray(synth.photographs()[PHOTOGRAPHS[synth.below(len(PHOTOGRAPHS), seed, shot, "photo")]])
    first, last = (_view(photo.size, seed, shot, which) for which in ("first", "last"))
    if synth.below(10, seed, shot, "still") < STILL_OF_TEN:
        last = first
    part = since / lasts * MOVED
    left, top, right, bottom = (a + (b - a) * part for a, b in zip(first, last, strict=True))
    off_x, off_y = (right - left) * copy.crop / 100, (bottom - top) * copy.crop / 100
    box = left + off_x, top + off_y, right - off_x, bottom - off_y
    return np.array(photo.resize((copy.width, copy.height), Image.Resampling.BILINEAR, box))


def _shot(seed: int, at_ms: int) -> tuple[int, int, int]:
    """The shot that is on at a moment, how long it has been, and how long it lasts."""
    shot, start = 0, 0
    while start + (lasts := 2000 + synth.below(5000, seed, shot, "lasts")) <= at_ms:
        shot, start = shot + 1, start + lasts
    return shot, at_ms - start, lasts


def _view(size: tuple[int, int], seed: int, shot: int, which: str) -> tuple[float, float, float, float]:
    """A part of a photograph, four wide and three high, from three to seven tenths of what fits."""
    unit = min(size[0] / 4, size[1] / 3) * (3 + synth.below(5, seed, shot, which, "zoom")) / 10
    left = (size[0] - 4 * unit) * synth.below(256, seed, shot, which, "left") / 255
    top = (size[1] - 3 * unit) * synth.below(256, seed, shot, which, "top") / 255
    return left, top, left + 4 * unit, top + 3 * unit

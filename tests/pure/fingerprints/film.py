"""Invented films: codes as they change in a real one, without a picture.

A film is shots of 2 to 15 seconds. In some the code stands still; in the others a few
of its bits turn over in every tick, so that frames half a second apart are near and
frames some seconds apart are not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashgrade.nouns import FrameCode, Pdq
from tests import synth

Codes = NDArray[np.bool_]

TICKS_A_SECOND = 20
TURNED_A_TICK = 2


@dataclass(frozen=True, slots=True)
class Camera:
    """How a film is sampled: where it begins, how often, how fast it runs, and what is lost on the way."""

    start_ms: int = 0
    end_ms: int = 10**9
    every_ms: int = 1000
    percent: int = 100
    noise_bits: int = 0
    dropped: int = 0
    seed: int = 0


def film(seed: int, seconds: int, still: int = 3) -> Codes:
    """The code at every tick, bool [ticks, 256]; in `still` shots of ten nothing moves."""
    shots = [_shot(seed, number, synth.below(10, seed, number, "still") < still) for number in range(seconds // 2 + 1)]
    return np.concatenate(shots)[:seconds * TICKS_A_SECOND]


def _shot(seed: int, number: int, still: bool) -> Codes:
    ticks = TICKS_A_SECOND * (2 + synth.below(14, seed, number, "length"))
    turned = np.zeros((ticks, 256), np.bool_)
    if not still:
        turned[np.arange(ticks)[:, None], synth.numbers(ticks * TURNED_A_TICK, seed, number).reshape(ticks, -1)] = True
    turned[0] = synth.numbers(256, seed, number, "code") % 2 == 1
    codes: Codes = np.logical_xor.accumulate(turned)
    return codes


def sampled(codes: Codes, camera: Camera) -> list[FrameCode]:
    """The frames of a part of a film, at times of its own from 0, with up to `noise_bits` turned over in each."""
    frames = []
    end_ms = min(camera.end_ms, len(codes) * 1000 // TICKS_A_SECOND)
    shown = range(camera.start_ms, end_ms, camera.every_ms * camera.percent // 100)
    for number, at_ms in enumerate(shown):
        if synth.below(100, camera, number, "dropped") < camera.dropped:
            continue
        code = codes[at_ms * TICKS_A_SECOND // 1000].copy()
        noise = synth.below(camera.noise_bits + 1, camera, number, "bits")
        code[synth.numbers(noise, camera, number, "noise")] ^= True
        frames.append(FrameCode(number * camera.every_ms, Pdq(np.packbits(code).tobytes(), 100)))
    return frames


def retimed(frames: list[FrameCode], order: list[int]) -> list[FrameCode]:
    """The same frames shown in another order, at the same times."""
    return [FrameCode(frame.at_ms, frames[place].pdq) for frame, place in zip(frames, order, strict=True)]

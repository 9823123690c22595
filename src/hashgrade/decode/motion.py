"""The frames of whatever moves, at a chosen rate, each with its time."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from hashgrade.decode.animations import Animation
from hashgrade.decode.clips import Clip
from hashgrade.decode.formats import ANIMATED, CLIPS
from hashgrade.decode.pixels import Pixels
from hashgrade.decode.shown import Due
from hashgrade.decode.trouble import Trouble, Why

if TYPE_CHECKING:
    from hashgrade.settings import Limits


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: when it is shown, in milliseconds from the start, and its pixels, uint8 [H, W, 3] RGB as stored."""

    at_ms: int
    pixels: Pixels


def frames(data: bytes | BinaryIO, name: str, limits: "Limits", every_ms: int | None) -> Iterator[Frame]:
    """Give the first frame at or after each multiple of `every_ms`, of a clip or of an animated picture.

    Times are those of the container, counted from the first frame; where it tells none that
    can be, frames follow at its rate. Where a phone's tag would have the clip turned, frames
    are as stored. A frame that cannot be decoded is passed over.

    Args:
        data: All the bytes, or a file that can be read and sought.
        name: What `formats.sniff` calls it.
        limits: Pixels, frames and seconds.
        every_ms: Milliseconds, from 1; None gives the key frames of a clip, which is several
            times as fast, and every frame of an animation.

    Raises:
        InputError: Before the first frame, or after all that could be decoded: DEC-02, it has
            no frames that are decoded here; and those of `Clip`, `Clip.shown` and
            `Animation.shown`.
    """
    due = Due(every_ms or 1)
    with moving(data, name, limits, keys_only=every_ms is None) as source:
        for shown in source.shown():
            if due.takes(shown.at_ms):
                yield Frame(shown.at_ms, shown.full())


def moving(
        data: bytes | BinaryIO, name: str, limits: "Limits", keys_only: bool = False,
) -> AbstractContextManager[Clip | Animation]:
    """Open a clip or an animation by its format.

    Args:
        data: All the bytes, or a file that can be read and sought.
        name: What `formats.sniff` calls it.
        limits: Pixels, frames and seconds.
        keys_only: Whether of a clip only key frames are decoded.

    Raises:
        InputError: DEC-02, a format without frames; and those of `Clip`.
    """
    if name in CLIPS:
        return Clip(data, name, limits, keys_only)
    if name in ANIMATED:
        return nullcontext(Animation(data if isinstance(data, bytes) else data.read(), name, limits))
    raise Trouble(Why.NO_FORMAT if not name else Why.NOT_DECODED_HERE, limits, name)

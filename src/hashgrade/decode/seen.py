"""What is asked of a look at a medium, and what it gives; neither decoders nor numpy are imported to say it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hashgrade.errors import HashgradeError
from hashgrade.nouns import Flavour, FrameCode, Kind, Pdq

if TYPE_CHECKING:
    from hashgrade.decode.pixels import Pixels


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a look at a medium shall give, beyond its kind and size.

    `flavour` is that of a JPEG's PDQ. Of a clip or an animation, a frame is fingerprinted
    every `every_ms` milliseconds, and `sheet_frames` of those and of the key frames, or
    fewer, are given as small pictures `sheet_width` pixels wide (see `sheet_size`).

    With `show` it is to be looked at, and a still is not fingerprinted, but given as such a picture itself. With an
    `at_ms` from 0 that is of what moves the first frame at or after this time alone, or the last one `before` it.
    """

    flavour: Flavour = Flavour.FULL
    every_ms: int = 1000
    sheet_frames: int = 0
    sheet_width: int = 256
    show: bool = False
    at_ms: int = -1
    before: bool = False


USUAL: Final = Wanted()


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look at a medium gave; what could not be had is None or empty, and `error` says why.

    `format` is one of `formats.STILLS` or `formats.CLIPS`. Width and height are as stored.
    `pdq` is of the picture as stored, and `pdq_as_displayed` of the picture as EXIF turns or
    mirrors it, None where it does not. A clip has no PDQ of its own: `frames` hold those of
    its frames, as an animated picture's do beside its own. A clip that is damaged from some
    place on keeps what came before, and has the error too. The pictures of `sheet` are as stored, shown at
    `sheet_ms` each, 0 of a still, which EXIF turns or mirrors by its `orientation`, 1 to 8.
    """

    kind: Kind
    width: int | None = None
    height: int | None = None
    pdq: Pdq | None = None
    pdq_as_displayed: Pdq | None = None
    error: HashgradeError | None = None
    format: str | None = None
    duration_ms: int | None = None
    frames: tuple[FrameCode, ...] = ()
    sheet: "tuple[Pixels, ...]" = ()
    sheet_ms: tuple[int, ...] = ()
    orientation: int = 1


def sheet_size(width: int, height: int, sheet_width: int) -> tuple[int, int]:
    """Give the width and height in pixels of each picture of a contact sheet; whoever asks can tell it beforehand.

    The height keeps the shape of the clip, but is at most four times the width: a clip one
    pixel wide and 60,000 high makes no sheet of 15 million pixels.

    Args:
        width: The clip's, in pixels, from 1.
        height: The clip's, from 1.
        sheet_width: The width asked for, from 1.

    >>> sheet_size(1920, 1080, 256)
    (256, 144)
    """
    return sheet_width, min(max(1, (2 * height * sheet_width + width) // (2 * width)), 4 * sheet_width)

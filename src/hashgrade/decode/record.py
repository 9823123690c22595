"""What passes between us and a jailed child, as fixed binary records.

To the child: one header, then each medium's length and bytes. From the child: one record a
medium. Whoever made the medium may have chosen every byte of its record, so each
number is checked against what was asked and against the limits before it is used, no
length is taken from it that the limits do not bound, and no text is taken from it at all.
"""

import struct
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final, cast

from hashgrade.decode.formats import CLIPS, STILLS
from hashgrade.decode.seen import Seen, Wanted, sheet_size
from hashgrade.decode.trouble import TEXTS, Trouble, Why
from hashgrade.nouns import Flavour, FrameCode, Kind, Pdq

if TYPE_CHECKING:
    from hashgrade.decode.pixels import Pixels
    from hashgrade.settings import Limits

LIMITS: Final = ("medium_bytes_max", "pixels_max", "clip_s_max", "clip_pixels_max", "frames_max")
"""The limits that a child needs; it does not load the settings to hold them."""

HEADER: Final = struct.Struct(f"<{len(LIMITS)}q7q")
LENGTH: Final = struct.Struct("<q")
HEAD: Final = struct.Struct("<4B 2q 2I q BB32s BB32s 2I")
"""Kind, format, why, its format; two numbers; width, height; duration; PDQ twice; how many frames and pictures."""
FRAME: Final = struct.Struct("<q BB32s")
"""Milliseconds; the frame's PDQ: flavour, quality, code."""

KINDS: Final = tuple(Kind)
FLAVOURS: Final = tuple(Flavour)
PICTURE: Final = struct.Struct("<q B")
"""Milliseconds at which a picture is shown; how EXIF turns it. Its pixels follow."""

NAMES: Final = tuple(dict.fromkeys(("", *STILLS, *CLIPS, "heif")))
NONE: Final = 255
NO_PDQ: Final = (NONE, NONE, bytes(32))
NUMBER_MAX: Final = 2**62


class NonsenseError(Exception):
    """A child's record is none that a child of ours writes."""


def header(limits: "Limits", wanted: Wanted) -> bytes:
    """Give what a child is told before its first medium."""
    asked = (FLAVOURS.index(wanted.flavour), wanted.every_ms, wanted.sheet_frames, wanted.sheet_width, wanted.show,
             wanted.at_ms, wanted.before)
    return HEADER.pack(*(getattr(limits, name) for name in LIMITS), *asked)


def from_header(told: bytes) -> tuple["Limits", Wanted]:
    """Give back what `header` was given."""
    *limits, flavour, every_ms, sheet_frames, sheet_width, show, at_ms, before = HEADER.unpack(told)
    held = SimpleNamespace(**dict(zip(LIMITS, limits, strict=True)))
    return cast("Limits", held), Wanted(
        FLAVOURS[flavour], every_ms, sheet_frames, sheet_width, bool(show), at_ms, bool(before))


def record(seen: Seen) -> bytes:
    """Write what a child saw of one medium.

    Raises:
        TypeError: Its error is none that a child can tell.
    """
    duration = -1 if seen.duration_ms is None else seen.duration_ms
    head = HEAD.pack(
        KINDS.index(seen.kind), NAMES.index(seen.format or ""), *_told(seen.error),
        seen.width or 0, seen.height or 0, duration, *_packed(seen.pdq), *_packed(seen.pdq_as_displayed),
        len(seen.frames), len(seen.sheet))
    frames = (FRAME.pack(one.at_ms, *_packed(one.pdq)) for one in seen.frames)
    pictures = (PICTURE.pack(at_ms, seen.orientation) + picture.tobytes()
                for at_ms, picture in zip(seen.sheet_ms, seen.sheet, strict=True))
    return b"".join((head, *frames, *pictures))


def _packed(pdq: Pdq | None) -> tuple[int, int, bytes]:
    return (FLAVOURS.index(pdq.flavour), pdq.quality, pdq.code) if pdq else NO_PDQ


def _told(error: Exception | None) -> tuple[int, int, int, int]:
    if error is None:
        return 0, 0, 0, 0
    if not isinstance(error, Trouble):
        raise TypeError(f"a child cannot tell {type(error).__name__}")
    first, second, *_ = *(min(number, NUMBER_MAX) for number in error.numbers), 0, 0
    return error.why, NAMES.index(error.name), first, second


class Reader:
    """Reads the records of one child as their bytes come in, believing none of them.

    Args:
        limits: The limits the child was told.
        wanted: What it was asked for.
    """

    def __init__(self, limits: "Limits", wanted: Wanted) -> None:
        self.limits, self.wanted = limits, wanted
        self.buffer = bytearray()

    def read(self, arrived: bytes) -> Iterator[Seen]:
        """Give what each record says that is complete with the bytes that just came.

        Raises:
            NonsenseError: A record cannot be true.
        """
        self.buffer += arrived
        while len(self.buffer) >= HEAD.size:
            size = self._size(HEAD.unpack_from(self.buffer))
            if len(self.buffer) < size:
                return
            whole = bytes(self.buffer[:size])
            del self.buffer[:size]
            yield self._seen(whole)

    def _size(self, head: Sequence[int]) -> int:
        """The bytes of a whole record, which the limits bound before any more of it is read."""
        width, height, frames, pictures = head[6], head[7], head[-2], head[-1]
        _believe(frames <= self.limits.frames_max and pictures <= self.wanted.sheet_frames)
        _believe((width == 0) == (height == 0) and width * height <= self.limits.pixels_max)
        _believe(pictures == 0 or width > 0)
        return HEAD.size + frames * FRAME.size + pictures * self._picture_bytes(width, height)

    def _picture_bytes(self, width: int, height: int) -> int:
        across, down = sheet_size(width, height, self.wanted.sheet_width) if width else (0, 0)
        return PICTURE.size + 3 * across * down

    def _seen(self, whole: bytes) -> Seen:
        kind, form, why, name, first, second, width, height, duration, *rest = HEAD.unpack_from(whole)
        frames, pictures = rest[-2:]
        sheet = list(self._pictures(whole[HEAD.size + frames * FRAME.size:], (width, height), pictures))
        _believe(kind < len(KINDS) and form < len(NAMES) and -1 <= duration <= NUMBER_MAX)
        return Seen(
            KINDS[kind], width or None, height or None, self._pdq(*rest[:3]), self._pdq(*rest[3:6]),
            self._error(why, name, first, second), NAMES[form] or None, None if duration < 0 else duration,
            tuple(self._frames(whole[HEAD.size:HEAD.size + frames * FRAME.size])),
            tuple(picture for _, _, picture in sheet), tuple(at_ms for at_ms, _, _ in sheet),
            sheet[0][1] if sheet else 1)

    def _error(self, why: int, name: int, *numbers: int) -> Trouble | None:
        if why == 0:
            return None
        _believe(why in TEXTS and name < len(NAMES) and all(0 <= number <= NUMBER_MAX for number in numbers))
        return Trouble(Why(why), self.limits, NAMES[name], *numbers)

    def _pdq(self, flavour: int, quality: int, code: bytes) -> Pdq | None:
        if (flavour, quality, code) == NO_PDQ:
            return None
        _believe(flavour < len(FLAVOURS) and quality <= 100)
        _believe(flavour <= FLAVOURS.index(self.wanted.flavour))  # none further from `full` than was asked for
        return Pdq(code, quality, FLAVOURS[flavour])

    def _frames(self, packed: bytes) -> Iterator[FrameCode]:
        last_ms = -1
        for at_ms, *of_pdq in FRAME.iter_unpack(packed):
            pdq = self._pdq(*of_pdq)
            _believe(pdq is not None and last_ms < at_ms <= NUMBER_MAX)
            yield FrameCode(at_ms, cast(Pdq, pdq))
            last_ms = at_ms

    def _pictures(self, packed: bytes, size: tuple[int, int], count: int) -> Iterator[tuple[int, int, "Pixels"]]:
        if count == 0:
            return
        import numpy as np  # noqa: PLC0415 - few of those who decode ask for pictures

        across, down = sheet_size(*size, self.wanted.sheet_width)
        each, last_ms = self._picture_bytes(*size), -1
        for start in range(0, count * each, each):
            at_ms, orientation = PICTURE.unpack_from(packed, start)
            _believe(last_ms < at_ms <= NUMBER_MAX and 1 <= orientation <= 8)
            pixels = np.frombuffer(packed, np.uint8, 3 * across * down, start + PICTURE.size)
            yield at_ms, orientation, pixels.reshape(down, across, 3)
            last_ms = at_ms


def _believe(possible: bool) -> None:
    if not possible:
        raise NonsenseError

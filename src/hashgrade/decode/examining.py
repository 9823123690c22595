"""One look at one medium: what it is, its size and its fingerprints; whatever it holds, an outcome."""

import io
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from hashgrade.decode.formats import CLIPS, HEAD_BYTES, sniff
from hashgrade.decode.jpegs import Room
from hashgrade.decode.motion import moving
from hashgrade.decode.pixels import Pixels
from hashgrade.decode.seen import USUAL, Seen, Wanted, sheet_size
from hashgrade.decode.shown import Due, Sheet, Shown
from hashgrade.decode.stills import Still, reduced, still
from hashgrade.decode.trouble import Trouble, Why
from hashgrade.errors import InputError
from hashgrade.fingerprints import pdq
from hashgrade.fingerprints.displayed import pdq_displayed
from hashgrade.nouns import Flavour, FrameCode, Kind, Pdq

if TYPE_CHECKING:
    from hashgrade.settings import Limits


NEAR_MS: Final = 10_000
"""How far before a time the frame before it is looked for: nearer ones are made small in vain."""


class _Kept(threading.local):
    """What each thread keeps from one look to the next."""

    def __init__(self) -> None:
        self.room = Room()


_kept = _Kept()


def examine(source: bytes | Path | BinaryIO, limits: "Limits", wanted: Wanted = USUAL) -> Seen:
    """Look at a medium once and always give an outcome; bad media become an error in it, never raised.

    Args:
        source: All the bytes, the path of a file, or a file that can be read and sought; a
            name and suffix mean nothing.
        limits: Bytes, pixels, frames and seconds.
        wanted: What it shall give.

    Errors in the outcome: those of `still`, `Clip`, `Clip.shown` and `Animation.shown`; DEC-05,
    more than `limits.medium_bytes_max`; DEC-10, too little memory; MED-01, a path that cannot be read.
    """
    try:
        if not isinstance(source, Path):
            return _examined(source, limits, wanted)
        with _opened(source) as file:
            return _examined(file, limits, wanted)
    except Trouble as trouble:
        return Seen(Kind.OTHER, error=trouble, format=trouble.name or None)
    except InputError as error:
        return Seen(Kind.OTHER, error=error)
    except OSError as error:
        return Seen(Kind.OTHER, error=InputError("MED-01", f"the file cannot be read: {error.strerror}"))


def _opened(path: Path) -> BinaryIO:
    if not path.is_file():
        # A pipe would be waited for without end.
        raise InputError("MED-01", "the path is no regular file, or there is none")
    return path.open("rb")


def _examined(source: bytes | BinaryIO, limits: "Limits", wanted: Wanted) -> Seen:
    size_bytes, head = _begun(source)
    if size_bytes > limits.medium_bytes_max:
        raise Trouble(Why.TOO_MANY_BYTES, limits, "", size_bytes)
    name = sniff(head)
    try:
        if name in CLIPS:
            return _moved(Seen(Kind.VIDEO, format=name), source, limits, wanted)
        return _stood(source, limits, wanted)
    except MemoryError:
        raise Trouble(Why.OUT_OF_MEMORY, limits, name or "") from None


def _stood(source: bytes | BinaryIO, limits: "Limits", wanted: Wanted) -> Seen:
    """What a still is, and its frames if it moves after all."""
    data = source if isinstance(source, bytes) else source.read()
    picture = still(data, limits, wanted.flavour, _kept.room)
    if wanted.show and not picture.animated:
        return _pictured(picture, wanted)
    seen = _hashed(picture)
    return _moved(seen, data, limits, wanted) if picture.animated else seen


def _pictured(picture: Still, wanted: Wanted) -> Seen:
    """A still to be looked at."""
    small = reduced(picture.pixels, *sheet_size(picture.width, picture.height, wanted.sheet_width))
    return Seen(Kind.IMAGE, picture.width, picture.height, format=picture.format, sheet=(small,), sheet_ms=(0,),
                orientation=picture.orientation)


def _begun(source: bytes | BinaryIO) -> tuple[int, bytes]:
    """The length of a medium and its first bytes."""
    if isinstance(source, bytes):
        return len(source), source[:HEAD_BYTES]
    size_bytes = source.seek(0, io.SEEK_END)
    source.seek(0)
    head = source.read(HEAD_BYTES)
    source.seek(0)
    return size_bytes, head


def _hashed(picture: Still) -> Seen:
    turned = picture.orientation != 1
    displayed = _named(pdq_displayed(picture.pixels, picture.orientation), picture.flavour) if turned else None
    pixels = _named(pdq(picture.pixels), picture.flavour)
    return Seen(Kind.IMAGE, picture.width, picture.height, pixels, displayed, format=picture.format)


def _named(found: Pdq, flavour: Flavour) -> Pdq:
    return found if flavour is found.flavour else replace(found, flavour=flavour)


def _moved(seen: Seen, data: bytes | BinaryIO, limits: "Limits", wanted: Wanted) -> Seen:
    """Add what moves to what was seen: the codes of frames, the contact sheet, how long it is.

    Whatever goes wrong on the way, what was found by then is kept.
    """
    if wanted.show and wanted.at_ms >= 0:
        return _picked(seen, data, limits, wanted)
    with moving(data, seen.format or "", limits) as source:
        taken = _Taken(wanted, seen.width, seen.height)
        try:
            for shown in source.shown():
                taken.take(shown)
        except Trouble as trouble:
            taken.trouble = trouble
        seen = replace(seen, error=taken.trouble)
        if taken.sheet is None or not taken.codes:
            return replace(seen, kind=Kind.OTHER if seen.pdq is None else seen.kind)
        pictures = taken.sheet.pictures()
        return replace(
            seen, width=taken.width, height=taken.height, duration_ms=source.duration_ms, frames=tuple(taken.codes),
            sheet=tuple(one for _, one in pictures), sheet_ms=tuple(at_ms for at_ms, _ in pictures))


def _picked(seen: Seen, data: bytes | BinaryIO, limits: "Limits", wanted: Wanted) -> Seen:
    """Add one frame, that at a time or the one before it; none where there is no such frame."""
    found: tuple[int, Pixels] | None = None
    with moving(data, seen.format or "", limits) as source:
        try:
            for shown in source.shown():
                after = shown.at_ms >= wanted.at_ms
                seen = replace(seen, width=seen.width or shown.width, height=seen.height or shown.height)
                if after != wanted.before and (after or shown.at_ms >= wanted.at_ms - NEAR_MS):
                    size = sheet_size(seen.width or 1, seen.height or 1, wanted.sheet_width)
                    found = shown.at_ms, shown.small(*size)
                if after:
                    break
        except Trouble as trouble:
            seen = replace(seen, error=trouble)
    return replace(seen, sheet=(found[1],), sheet_ms=(found[0],)) if found else seen


class _Taken:
    """What was taken of a clip's or an animation's frames so far."""

    def __init__(self, wanted: Wanted, width: int | None, height: int | None) -> None:
        self.wanted, self.width, self.height = wanted, width, height
        self.due, self.codes = Due(wanted.every_ms), list[FrameCode]()
        self.sheet: Sheet | None = None
        self.trouble: Trouble | None = None

    def take(self, shown: Shown) -> None:
        """Fingerprint a frame and put it on the sheet, where it is its turn.

        Where its pixels cannot be had, it is the next one's turn.
        """
        try:
            self._take(shown)
        except Trouble as trouble:
            self.trouble, self.due.next_ms = trouble, 0

    def _take(self, shown: Shown) -> None:
        if self.sheet is None:
            self.width, self.height = self.width or shown.width, self.height or shown.height
            size = sheet_size(self.width, self.height, self.wanted.sheet_width)
            self.sheet = Sheet(self.wanted.sheet_frames, size)
        due = self.due.takes(shown.at_ms)
        if due:
            self.codes.append(FrameCode(shown.at_ms, pdq(shown.full())))
        if due or shown.key:
            self.sheet.offer(shown)

"""One look at one medium: what it is, its size and its PDQ; whatever it holds, an outcome."""

from pathlib import Path
from typing import TYPE_CHECKING

from hashgrade.decode.clips import clip
from hashgrade.decode.formats import CLIPS, HEAD_BYTES, sniff
from hashgrade.decode.seen import USUAL, Seen, Wanted
from hashgrade.decode.stills import still
from hashgrade.errors import HashgradeError, InputError
from hashgrade.fingerprints import pdq
from hashgrade.nouns import Kind

if TYPE_CHECKING:
    from hashgrade.settings import Limits


def examine(source: bytes | Path, limits: "Limits", wanted: Wanted = USUAL) -> Seen:
    """Look at a medium once and always give an outcome; bad media become an error in it, never raised.

    Args:
        source: All the bytes, or the path of a file; its name and suffix mean nothing.
        limits: Bytes, pixels, frames and seconds.
        wanted: What it shall give.

    Errors in the outcome: those of `still` and `clip`; DEC-05, more than
    `limits.medium_bytes_max`; MED-01, a path that cannot be read.
    """
    try:
        return _examined(source, limits, wanted)
    except HashgradeError as error:
        return Seen(Kind.OTHER, error=error)
    except OSError as error:
        return Seen(Kind.OTHER, error=InputError("MED-01", f"the file cannot be read: {error.strerror}"))


def _examined(source: bytes | Path, limits: "Limits", wanted: Wanted) -> Seen:
    head, size_bytes = _head(source)
    if size_bytes > limits.medium_bytes_max:
        raise InputError("DEC-05", f"{size_bytes} bytes, at most {limits.medium_bytes_max} are decoded")
    name = sniff(head)
    if name in CLIPS:
        shown = clip(source, name, limits)
        return Seen(Kind.VIDEO, shown.width, shown.height)
    picture = still(source if isinstance(source, bytes) else source.read_bytes(), limits)
    displayed = None if picture.displayed is None else pdq(picture.displayed)
    return Seen(Kind.IMAGE, picture.width, picture.height, pdq(picture.pixels), displayed)


def _head(source: bytes | Path) -> tuple[bytes, int]:
    if isinstance(source, bytes):
        return source[:HEAD_BYTES], len(source)
    if not source.is_file():
        # A pipe would be waited for without end.
        raise InputError("MED-01", "the path is no regular file, or there is none")
    with source.open("rb") as file:
        return file.read(HEAD_BYTES), source.stat().st_size

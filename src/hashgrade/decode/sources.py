"""Where a medium is, and whether it may be looked at; nothing of it is decoded here."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hashgrade.decode.formats import HEAD_BYTES, sniff
from hashgrade.decode.trouble import Trouble, Why
from hashgrade.errors import InputError

if TYPE_CHECKING:
    from hashgrade.settings import Limits

Source = bytes | Path
"""All of a medium's bytes, or the path of a file; its name and suffix mean nothing."""


@dataclass(frozen=True, slots=True)
class Medium:
    """A medium that may be looked at: where it is, its length in bytes, and the format that it begins, if any."""

    source: Source
    size_bytes: int
    name: str | None


def medium(source: Source, limits: "Limits") -> Medium:
    """Measure a medium and name the format that it begins.

    Raises:
        InputError: MED-01, the path cannot be read, or is no regular file; DEC-05, more
            than `limits.medium_bytes_max`.
    """
    try:
        head, size_bytes = _head(source)
    except OSError as error:
        raise unreadable(error) from None
    if size_bytes > limits.medium_bytes_max:
        raise Trouble(Why.TOO_MANY_BYTES, limits, "", size_bytes)
    return Medium(source, size_bytes, sniff(head))


def unreadable(error: OSError) -> InputError:
    """Say why a path cannot be read."""
    return InputError("MED-01", f"the file cannot be read: {error.strerror}")


def _head(source: Source) -> tuple[bytes, int]:
    if isinstance(source, bytes):
        return source[:HEAD_BYTES], len(source)
    if not source.is_file():
        # A pipe would be waited for without end.
        raise InputError("MED-01", "the path is no regular file, or there is none")
    with source.open("rb") as file:
        return file.read(HEAD_BYTES), source.stat().st_size

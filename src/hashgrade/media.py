"""Media as they come: a file that fits in memory is read once.

All that is then said of it is said of the same bytes, whatever becomes of the file.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

from hashgrade.fingerprints import exact
from hashgrade.nouns import Exact

Source = bytes | Path
"""All of a medium's bytes, or the file that holds them where they are too many to hold."""

Thing = TypeVar("Thing")

IN_MEMORY_BYTES_MAX = 64 * 1024 * 1024
BATCH_MEDIA = 64
BATCH_BYTES = 32 * 1024 * 1024


def read(file: Path) -> Source:
    """Give the bytes of a file, or the file itself where it has more than 64 MiB.

    Raises:
        OSError: It cannot be read.
    """
    with file.open("rb") as opened:
        content = opened.read(IN_MEMORY_BYTES_MAX + 1)
    return content if len(content) <= IN_MEMORY_BYTES_MAX else file


def stream(source: Source) -> BinaryIO:
    """Open a medium to be read from its start."""
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def digests(source: Source) -> Exact:
    """Give the exact digests of a medium.

    Raises:
        OSError: The file cannot be read.
    """
    if isinstance(source, bytes):
        return exact(source)
    with source.open("rb") as file:
        return exact(file)


def batches(things: Iterable[Thing], source: Callable[[Thing], Source | None]) -> Iterator[list[Thing]]:
    """Cut things into runs of at most 64 that hold little more than 32 MiB of media in memory.

    Things are taken only as they are asked for, so that one run is held at a time.
    """
    batch, size_bytes = list[Thing](), 0
    for thing in things:
        batch.append(thing)
        held = source(thing)
        size_bytes += len(held) if isinstance(held, bytes) else 0
        if len(batch) == BATCH_MEDIA or size_bytes >= BATCH_BYTES:
            yield batch
            batch, size_bytes = [], 0
    if batch:
        yield batch

"""An index on disk: a header, the codes, the ids; and no answer from a damaged file.

Layout, little-endian: 8 bytes of magic, version u32, a reserved u32, count N u64,
40 reserved bytes, BLAKE2b-256 of all other bytes (32), then 32 N bytes of codes and
8 N of ids. The checksum is read before anything is believed: a swapped page or a
flipped bit would otherwise only show as matches that are missed.
"""

import hashlib
import mmap
import os
import struct
from io import BufferedWriter, FileIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hashgrade.errors import Broken, InputError

Words = NDArray[np.uint64]

MAGIC: Final = b"HGHAMMNG"
VERSION: Final = 1
HEADER: Final = struct.Struct("<8sIIQ40s")
CHECKSUM_BYTES: Final = 32
BODY: Final = HEADER.size + CHECKSUM_BYTES
CODE_BYTES: Final = 40
WORD: Final = np.dtype("<u8")


def save(path: Path, words: Words, ids: Words) -> None:
    """Write words uint64 [N, 4] and ids uint64 [N] to `path`, whole or not at all.

    The bytes are on disk before they take the place of the old file.

    Raises:
        OSError: The folder cannot be written, or is full.
    """
    header = HEADER.pack(MAGIC, VERSION, 0, len(ids), b"")
    body = np.ascontiguousarray(words, WORD).tobytes() + np.ascontiguousarray(ids, WORD).tobytes()
    new = path.with_name(path.name + ".new")
    with BufferedWriter(FileIO(new, "w")) as file:
        file.write(header + _checksum(header, body))
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def load(path: Path) -> tuple[Words, Words]:
    """Map the file at `path` and give its words uint64 [N, 4] and ids uint64 [N], read-only.

    Raises:
        InputError: IDX-03, no such file or it cannot be read.
        Broken: IDX-04, not an index; IDX-05, of another version; IDX-06, damaged.
    """
    mapped = _mapped(path)
    if len(mapped) < BODY or mapped[:8] != MAGIC:
        raise Broken("IDX-04", "the file does not begin as an index does", where=str(path))
    _, version, _, count, _ = HEADER.unpack_from(mapped)
    if version != VERSION:
        raise Broken("IDX-05", f"the index has version {version}, this program reads {VERSION}", where=str(path))
    if len(mapped) != BODY + count * CODE_BYTES:
        expected = BODY + count * CODE_BYTES
        raise Broken("IDX-06", f"{count} codes take {expected} bytes, got {len(mapped)}", where=str(path))
    view = memoryview(mapped)
    if _checksum(view[:HEADER.size], view[BODY:]) != view[HEADER.size:BODY]:
        raise Broken("IDX-06", "the checksum does not fit the bytes", where=str(path))
    numbers = np.frombuffer(mapped, WORD, offset=BODY)
    return numbers[:4 * count].reshape(count, 4), numbers[4 * count:]


def _mapped(path: Path) -> mmap.mmap | bytes:
    try:
        with FileIO(path) as file:
            # An empty file cannot be mapped.
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
    except OSError as error:
        raise InputError("IDX-03", f"the index cannot be read: {error.strerror}", where=str(path)) from None


def _checksum(header: bytes | memoryview, body: bytes | memoryview) -> bytes:
    digest = hashlib.blake2b(header, digest_size=CHECKSUM_BYTES)
    digest.update(body)
    return digest.digest()

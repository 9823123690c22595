"""Exact digests: the same bytes give the same digests, and nothing else does."""

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from hashgrade.nouns import Exact

CHUNK_BYTES = 2**20


def exact(data: bytes | BinaryIO) -> Exact:
    """Give MD5, SHA-1, SHA-256 and length of `data`, reading it once and in constant memory.

    MD5 and SHA-1 are carried because older lists know an item by nothing else; only
    SHA-256 names an item.

    Args:
        data: All the bytes, or a binary stream, read from where it stands to its end.

    Raises:
        OSError: The stream cannot be read.

    >>> exact(b"").sha256.hex()[:8]
    'e3b0c442'

    Source: RFC 1321, FIPS 180-4. Twin: tests/naive/pdq.py::digests.
    """
    md5, sha1, sha256 = (hashlib.new(name, usedforsecurity=False) for name in ("md5", "sha1", "sha256"))
    size_bytes = 0
    for chunk in _chunks(data):
        for digest in (md5, sha1, sha256):
            digest.update(chunk)
        size_bytes += len(chunk)
    return Exact(md5.digest(), sha1.digest(), sha256.digest(), size_bytes)


def _chunks(data: bytes | BinaryIO) -> Iterator[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    while chunk := data.read(CHUNK_BYTES):
        yield chunk

"""Exact digests: one pass, any stream."""

import hashlib
import io

from hypothesis import given
from hypothesis import strategies as st

from hashgrade.fingerprints import exact
from hashgrade.fingerprints.digests import CHUNK_BYTES
from tests.naive.pdq import digests


class Trickle(io.BytesIO):
    """A stream that gives a few bytes at a time, and only forwards."""

    def read(self, _size: int | None = -1, /) -> bytes:
        return super().read(7)

    def seek(self, *_where: int) -> int:
        raise AssertionError("the stream is read once, forwards")


@given(st.binary(max_size=2000))
def test_the_digests_are_those_of_the_separate_algorithms(data: bytes) -> None:
    """All three digests and the length, from bytes or from a stream that trickles, equal the naive twin's."""
    assert exact(data) == exact(Trickle(data)) == digests(data)


def test_the_published_digests_of_abc() -> None:
    """The test vectors of RFC 1321 and FIPS 180-4 come out."""
    found = exact(b"abc")
    assert found.md5.hex() == "900150983cd24fb0d6963f7d28e17f72"
    assert found.sha1.hex() == "a9993e364706816aba3e25717850c26c9cd0d89d"
    assert found.sha256.hex().startswith("ba7816bf8f01cfea414140de5dae2223")


def test_a_stream_longer_than_a_chunk_is_read_to_its_end() -> None:
    """Nothing is lost where one chunk ends and the next begins."""
    data = bytes(range(256)) * (CHUNK_BYTES // 200)
    assert exact(io.BytesIO(data)).sha256 == hashlib.sha256(data).digest()


def test_a_stream_is_read_from_where_it_stands() -> None:
    """What was read before is not part of the digest."""
    stream = io.BytesIO(b"headabc")
    stream.read(4)
    assert exact(stream) == exact(b"abc")

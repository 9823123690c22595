"""Exact digests: every equal one is found, whatever shares its beginning, and nothing damaged is believed."""

import doctest
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hashgrade.errors import Broken, InputError
from hashgrade.index import Exact, files
from tests import synth
from tests.naive import index as naive

WIDTHS = (16, 20, 32)


def digest(width: int, described: tuple[int, int, int]) -> bytes:
    """A digest of zeros but for its first byte, one in the middle and its last: many share a beginning."""
    first, middle, last = described
    made = bytearray(width)
    made[0], made[9], made[-1] = first, middle, last
    return bytes(made)


def stacked(digests: list[bytes], width: int) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(digests), np.uint8).reshape(-1, width)


DESCRIBED = st.tuples(st.sampled_from([0, 1, 255]), st.integers(0, 2), st.integers(0, 2))


@settings(max_examples=100)
@given(st.sampled_from(WIDTHS), st.lists(st.tuples(DESCRIBED, st.integers(0, 5)), max_size=40), DESCRIBED)
def test_find_is_the_twin(
    width: int, described: list[tuple[tuple[int, int, int], int]], asked: tuple[int, int, int],
) -> None:
    """The ids of equal digests are found, rising, however many there are and whatever they share a beginning with."""
    held = [(digest(width, one), number) for one, number in described]
    ids = np.array([number for _, number in held], np.uint64)
    index = Exact.build(stacked([one for one, _ in held], width), ids)
    wanted = digest(width, asked)
    assert index.find(wanted) == naive.found(held, wanted)
    assert (wanted in index) == bool(naive.found(held, wanted))
    assert len(index) == len(held)


@pytest.mark.parametrize("width", WIDTHS)
def test_thousands_are_found_again(width: int, tmp_path: Path) -> None:
    """Of thousands each is found, in memory and from a file, one by one and many at once; others are not."""
    digests = synth.numbers(5_000 * width, "exact", width).reshape(-1, width).astype(np.uint8)
    ids = np.arange(5_000, dtype=np.uint64)[::-1].copy()
    Exact.build(digests, ids).save(tmp_path / "digests.idx")
    others = digests ^ np.uint8(1)
    for index in (Exact.build(digests, ids), Exact.load(tmp_path / "digests.idx")):
        offsets, found = index.find_many(np.concatenate([digests, others]))
        assert found.tolist() == ids.tolist()
        assert np.diff(offsets).tolist() == [1] * 5_000 + [0] * 5_000
        assert [index.find(one.tobytes()) for one in digests[:20]] == [[int(number)] for number in ids[:20]]


def test_digests_are_numbered_from_0() -> None:
    """Without ids, a digest's id is its place."""
    index = Exact.build(stacked([b"b" * 16, b"a" * 16, b"b" * 16], 16))
    assert (index.find(b"b" * 16), index.find(b"a" * 16)) == ([0, 2], [1])


def test_no_digests_can_be_kept(tmp_path: Path) -> None:
    """An index of nothing finds nothing, in memory and from a file."""
    Exact.build(np.empty((0, 20), np.uint8)).save(tmp_path / "none.idx")
    index = Exact.load(tmp_path / "none.idx")
    assert (len(index), index.find(bytes(20)), bytes(20) in index) == (0, [], False)
    assert [len(part) for part in index.find_many(np.empty((0, 20), np.uint8))] == [1, 0]


def test_the_index_does_not_follow_the_callers_arrays() -> None:
    """Writing to the arrays afterwards changes no answer."""
    digests, ids = np.zeros((1, 16), np.uint8), np.zeros(1, np.uint64)
    index = Exact.build(digests, ids)
    digests[:], ids[:] = 255, 7
    assert index.find(bytes(16)) == [0]


@pytest.mark.parametrize("digests", [
    np.zeros((1, 17), np.uint8), np.zeros((1, 16), np.int8), np.zeros(16, np.uint8)])
def test_digests_of_another_shape_or_type_are_refused(digests: NDArray[np.uint8]) -> None:
    """Only the widths of MD5, SHA-1 and SHA-256 are indexed."""
    with pytest.raises(InputError, match=r"digests are uint8 \[N, 16\] or \[N, 20\] or \[N, 32\]") as caught:
        Exact.build(digests)
    assert caught.value.code == "IDX-01"


def test_a_digest_of_another_width_is_refused() -> None:
    """An MD5 is not looked for among SHA-256s, where it would be unknown for ever."""
    with pytest.raises(InputError, match=r"digests are uint8 \[N, 32\], got uint8 \[1, 16\]") as caught:
        Exact.build(np.zeros((1, 32), np.uint8)).find(bytes(16))
    assert caught.value.code == "IDX-01"


def test_ids_of_another_length_are_refused() -> None:
    """Each digest has one id."""
    with pytest.raises(InputError, match=r"ids are uint64 \[1\], one for each digest, got uint64 \[2\]") as caught:
        Exact.build(np.zeros((1, 32), np.uint8), np.zeros(2, np.uint64))
    assert caught.value.code == "IDX-01"


def test_an_index_of_codes_is_no_index_of_digests(tmp_path: Path) -> None:
    """The two kinds of file are told apart."""
    Exact.build(np.zeros((1, 32), np.uint8)).save(tmp_path / "digests.idx")
    with pytest.raises(Broken, match="does not begin as an index does") as caught:
        files.Blocks(tmp_path / "digests.idx", b"HGHAMMNG")
    assert caught.value.code == "IDX-04"


@pytest.mark.parametrize(("name", "value"), [("starts", 2**32 - 1), ("starts", 2)])
def test_forged_starts_do_not_lead_out_of_the_index(tmp_path: Path, name: str, value: int) -> None:
    """Places beyond the digests are an error, not a read of other memory, even where every checksum fits."""
    index = Exact.build(np.zeros((1, 32), np.uint8))
    starts = np.full_like(index.starts, value)
    fields = 1, 32, 0, 0
    files.save(tmp_path / "forged.idx", b"HGEXACTS", fields, [index.digests, starts, index.ids], lambda _: None)
    with pytest.raises(Broken, match="contradict each other") as caught:
        Exact.load(tmp_path / "forged.idx").find(bytes(32))
    assert caught.value.code == "IDX-06"


def test_a_file_that_forgets_its_digests_replaces_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose checksums fit but that does not find what it should is noticed before it is used."""
    path = tmp_path / "digests.idx"
    Exact.build(np.zeros((3, 32), np.uint8)).save(path)
    write = files._write

    def forgetful(new: Path, magic: bytes, fields: object, sections: list[NDArray[np.uint8]]) -> None:
        write(new, magic, fields, [np.full_like(sections[0], 7), *sections[1:]])  # type: ignore[arg-type]

    monkeypatch.setattr(files, "_write", forgetful)
    with pytest.raises(Broken, match="does not find its own digests"):
        Exact.build(np.zeros((1, 32), np.uint8)).save(path)
    assert len(Exact.load(path)) == 3


def test_the_examples_of_the_docstrings_run() -> None:
    """What the documentation shows is what the code prints."""
    assert doctest.testmod(sys.modules[Exact.__module__]).failed == 0

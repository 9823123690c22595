"""An index on disk: mapped, whole, and never believed when damaged."""

from pathlib import Path

import numpy as np
import pytest

from hashgrade.errors import Broken, InputError
from hashgrade.index import Hamming, files
from hashgrade.nouns import Hit
from tests import synth

CODES = synth.numbers(20 * 32, "files").reshape(20, 32).astype(np.uint8)
QUERY = CODES[3].tobytes()


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A file with an index of twenty codes."""
    path = tmp_path / "codes.idx"
    Hamming.build(CODES).save(path)
    return path


def test_what_was_saved_is_loaded(saved: Path) -> None:
    """The loaded index has the same length and gives the same hits."""
    loaded = Hamming.load(saved)
    assert len(loaded) == 20
    assert loaded.near(QUERY, 256) == Hamming.build(CODES).near(QUERY, 256)


def test_a_loaded_index_is_mapped_and_cannot_be_written(saved: Path) -> None:
    """The codes stay in the file: the arrays are views of it, read-only."""
    words, ids = files.load(saved)
    assert not words.flags.owndata
    assert not words.flags.writeable
    assert not ids.flags.writeable


def test_a_loaded_index_takes_changes_and_is_saved_again(saved: Path) -> None:
    """Adding, withdrawing and saving over the file that is mapped lose nothing and bring nothing back."""
    index = Hamming.load(saved)
    index.withdraw(np.array([3], np.uint64))
    index.add(CODES[3:4], np.array([99], np.uint64))
    index.save(saved)
    again = Hamming.load(saved)
    assert again.near(QUERY) == index.near(QUERY) == [Hit(0, 99)]
    assert len(again) == 20


def test_an_empty_index_can_be_kept(tmp_path: Path) -> None:
    """No codes make a file too."""
    Hamming().save(tmp_path / "empty.idx")
    assert len(Hamming.load(tmp_path / "empty.idx")) == 0


def test_the_same_index_is_the_same_file(saved: Path, tmp_path: Path) -> None:
    """No time, path or chance gets into the bytes, and no other file is left."""
    Hamming.build(CODES).save(tmp_path / "other.idx")
    assert saved.read_bytes() == (tmp_path / "other.idx").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["codes.idx", "other.idx"]


def test_any_flipped_bit_is_noticed(saved: Path) -> None:
    """Every byte of the file is covered: one flipped bit in each, and no index is opened."""
    whole = saved.read_bytes()
    for place in range(len(whole)):
        bit = 1 << place % 8
        saved.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1:])
        with pytest.raises(Broken, match=r"IDX-0[456]"):
            Hamming.load(saved)


def test_any_truncation_or_growth_is_noticed(saved: Path) -> None:
    """A file cut anywhere, or with bytes behind its end, is not opened."""
    whole = saved.read_bytes()
    for changed in [*(whole[:length] for length in range(len(whole))), whole + b"\0", whole * 2]:
        saved.write_bytes(changed)
        with pytest.raises(Broken, match=r"IDX-0[46]"):
            Hamming.load(saved)


def test_swapped_codes_are_noticed(saved: Path) -> None:
    """Two codes that change places, as a lost page would, break the checksum."""
    whole = saved.read_bytes()
    first, second = whole[files.BODY:files.BODY + 32], whole[files.BODY + 32:files.BODY + 64]
    saved.write_bytes(whole[:files.BODY] + second + first + whole[files.BODY + 64:])
    with pytest.raises(Broken, match=r"the checksum does not fit the bytes") as caught:
        Hamming.load(saved)
    assert caught.value.code == "IDX-06"


def test_another_version_is_named(saved: Path) -> None:
    """A file of a later version says so, instead of being called damaged."""
    whole = bytearray(saved.read_bytes())
    whole[8] = 2
    saved.write_bytes(whole)
    with pytest.raises(Broken, match=r"the index has version 2, this program reads 1") as caught:
        Hamming.load(saved)
    assert caught.value.code == "IDX-05"


def test_another_file_is_no_index(tmp_path: Path) -> None:
    """A file of something else is called that, not damaged."""
    path = tmp_path / "notes.txt"
    path.write_text("not an index, but long enough to hold a header and a checksum and then some more words to read\n")
    with pytest.raises(Broken, match=r"does not begin as an index does") as caught:
        Hamming.load(path)
    assert caught.value.code == "IDX-04"


def test_a_missing_file_is_the_callers_mistake(tmp_path: Path) -> None:
    """No file is an input error with the path, not a broken index."""
    with pytest.raises(InputError, match=r"No such file(.|\n)*none.idx") as caught:
        Hamming.load(tmp_path / "none.idx")
    assert caught.value.code == "IDX-03"


def test_a_failed_save_keeps_the_old_file(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk fails before the bytes are down, the old index still loads."""
    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        Hamming.build(CODES[:2]).save(saved)
    assert len(Hamming.load(saved)) == 20

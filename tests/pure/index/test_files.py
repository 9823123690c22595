"""An index on disk: mapped, whole, and never believed when damaged."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hashgrade.errors import Broken, InputError
from hashgrade.index import Hamming, files, parts, tables
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


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with an index that has lists, of twenty codes too."""
    path = tmp_path_factory.mktemp("listed") / "listed.idx"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "LISTED_MIN", 1)
        Hamming.build(CODES).save(path)
    return path


def resealed(header: bytearray) -> bytes:
    """A header whose digest fits, whatever was done to it: as whoever forges one would make it."""
    return bytes(header[:files.SEALED]) + files.digest(files.OF_HEADER, bytes(header[:files.SEALED]))


def test_what_was_saved_is_loaded(saved: Path, listed: Path) -> None:
    """The loaded index has the same length and gives the same hits, with lists and without."""
    for path in (saved, listed):
        loaded = Hamming.load(path)
        assert len(loaded) == 20
        assert loaded.near(QUERY) == [Hit(0, 3)]
        assert loaded.near(QUERY, 256) == Hamming.build(CODES).near(QUERY, 256)


def test_a_loaded_index_is_mapped_and_cannot_be_written(saved: Path) -> None:
    """The codes stay in the file: the arrays are views of it, read-only."""
    part, _ = parts.load(saved)
    for array in (part.table.words, part.table.starts, part.table.entries, part.ids):
        assert not array.flags.owndata
        assert not array.flags.writeable


def test_a_loaded_index_takes_changes_and_is_saved_again(saved: Path) -> None:
    """Adding, withdrawing and saving over the file that is mapped lose nothing and bring nothing back."""
    index = Hamming.load(saved)
    index.withdraw(np.array([3], np.uint64))
    index.add(CODES[3:4], np.array([99], np.uint64))
    index.save(saved)
    again = Hamming.load(saved)
    assert again.near(QUERY) == index.near(QUERY) == [Hit(0, 99)]
    assert len(again) == 20


def test_numbers_go_on_after_loading(saved: Path) -> None:
    """A code that is added to a loaded index gets an id that no code of it ever had."""
    index = Hamming.load(saved)
    index.withdraw(np.array([19], np.uint64))
    index.save(saved)
    index = Hamming.load(saved)
    index.add(CODES[3:4])
    assert index.near(QUERY) == [Hit(0, 3), Hit(0, 20)]


def test_the_largest_id_is_kept_in_a_file(saved: Path) -> None:
    """The id of all ones comes back, and no id follows it."""
    Hamming.build(CODES[:1], np.array([2**64 - 1], np.uint64)).save(saved)
    index = Hamming.load(saved)
    assert index.near(CODES[0].tobytes()) == [Hit(0, 2**64 - 1)]
    with pytest.raises(InputError, match="no 1 ids above"):
        index.add(CODES[:1])


def test_an_empty_index_can_be_kept(tmp_path: Path) -> None:
    """No codes make a file too."""
    Hamming().save(tmp_path / "empty.idx")
    assert len(Hamming.load(tmp_path / "empty.idx")) == 0


def test_the_same_index_is_the_same_file(saved: Path, tmp_path: Path) -> None:
    """No time, path or chance gets into the bytes, and no other file is left."""
    Hamming.build(CODES).save(tmp_path / "other.idx")
    assert saved.read_bytes() == (tmp_path / "other.idx").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["codes.idx", "other.idx"]


def test_the_root_is_that_of_the_tree(listed: Path) -> None:
    """The header's root is made of the digests of all blocks, level by level, as the layout says."""
    whole = listed.read_bytes()
    *_, root = files.HEADER.unpack_from(whole)
    file = files.Blocks(listed, parts.MAGIC)
    begin = len(whole) - files.BLOCK_BYTES * len(file.seen)
    blocks = [whole[at:at + 4096] for at in range(begin, len(whole), 4096)]
    level = b"".join(hashlib.sha256(b"\0" + block).digest() for block in blocks)
    assert whole[4096:begin] == level + bytes(-len(level) % 4096)
    level = whole[4096:begin]
    while len(level) > 32:
        level = b"".join(hashlib.sha256(b"\1" + level[at:at + 4096]).digest() for at in range(0, len(level), 4096))
    assert level == root
    assert len(blocks) > 128


def test_opening_reads_no_block(listed: Path) -> None:
    """A block that no answer rests on yet is not checked: opening costs the header and the table alone."""
    part, _ = parts.load(listed)
    assert part.file is not None
    assert not part.file.seen.any()
    part.near(CODES[:1].view(np.uint64), 31)
    assert 0 < part.file.seen.sum() < len(part.file.seen)


def test_opening_loads_no_compiler(listed: Path) -> None:
    """An index is imported, opened and counted without numba, which takes longer to load than all of that."""
    opened = f"from hashgrade.index import Hamming; import sys; assert len(Hamming.load({str(listed)!r})) == 20"
    subprocess.run([sys.executable, "-c", f"{opened}; assert 'numba' not in sys.modules"], check=True)  # noqa: S603 - our own words


def test_verify_checks_every_block_again(listed: Path, tmp_path: Path) -> None:
    """What the disk does to a block after it was seen is found by `verify`, and by each search from then on."""
    path = tmp_path / "worn.idx"
    path.write_bytes(listed.read_bytes())
    index = Hamming.load(path)
    index.verify()
    with path.open("r+b") as file:
        file.seek(-8192, 2)
        file.write(b"\xff" * 4096)
    with pytest.raises(Broken, match="does not fit its checksum"):
        index.verify()


def test_any_truncation_or_growth_is_noticed(saved: Path) -> None:
    """A file cut anywhere, or with bytes behind its end, is not opened."""
    whole = saved.read_bytes()
    lengths = [*range(200), *range(200, len(whole), 97), len(whole) - 1]
    for changed in [*(whole[:length] for length in lengths), whole + b"\0", whole + bytes(4096), whole * 2]:
        saved.write_bytes(changed)
        with pytest.raises(Broken, match=r"IDX-0[46]"):
            Hamming.load(saved)


def test_swapped_blocks_are_noticed(saved: Path) -> None:
    """Two blocks that change places, as lost pages would, fit neither place."""
    whole = saved.read_bytes()
    first, second = whole[-8192:-4096], whole[-4096:]
    saved.write_bytes(whole[:-8192] + second + first)
    with pytest.raises(Broken, match=r"block 0 of 2 does not fit its checksum") as caught:
        Hamming.load(saved).near(QUERY)
    assert caught.value.code == "IDX-06"


@pytest.mark.parametrize("version", [1, 3])
def test_another_version_is_named(saved: Path, version: int) -> None:
    """A file of another version says so, instead of being called damaged."""
    whole = bytearray(saved.read_bytes())
    whole[8] = version
    saved.write_bytes(whole)
    with pytest.raises(Broken, match=rf"the index has version {version}, this program reads 2") as caught:
        Hamming.load(saved)
    assert caught.value.code == "IDX-05"


def test_the_smallest_file_of_version_1_is_named(tmp_path: Path) -> None:
    """An empty index of the first version, shorter than today's header, is of another version too."""
    path = tmp_path / "old.idx"
    path.write_bytes(b"HGHAMMNG" + (1).to_bytes(4, "little") + bytes(84))
    with pytest.raises(Broken) as caught:
        Hamming.load(path)
    assert caught.value.code == "IDX-05"


@pytest.mark.parametrize("field", range(2, 13))
@pytest.mark.parametrize("value", [0, 1, 19, 21, 2**20, 2**32, 2**63, 2**64 - 1])
def test_a_forged_header_is_noticed(listed: Path, tmp_path: Path, field: int, value: int) -> None:
    """Numbers that contradict each other or the table are an error, even where the header's digest fits."""
    whole = listed.read_bytes()
    told = list(files.HEADER.unpack_from(whole))
    same, told[field] = told[field] == value, min(value, 2**32 - 1) if field == 2 else value
    header = bytearray(whole[:4096])
    files.HEADER.pack_into(header, 0, *told)
    path = tmp_path / "forged.idx"
    path.write_bytes(resealed(header) + whole[4096:])
    if same or field == 5:
        assert Hamming.load(path).near(QUERY) == [Hit(0, 3)]
    else:
        with pytest.raises(Broken, match="IDX-06"):
            Hamming.load(path).near(QUERY)


def forged(path: Path, change: Callable[[parts.Part], dict[str, Any]]) -> Path:
    """A file whose checksums all fit and whose lists are not those of its codes."""
    part, following = parts.load(path)
    table = part.table._replace(**change(part))
    new = path.with_name("forged.idx")
    parts.save(new, parts.Part(table, part.ids, part.born), following, lambda _: None)
    return new


@pytest.mark.parametrize(("name", "value"), [("starts", 2**32 - 1), ("starts", 21), ("entries", 2**20 - 1)])
def test_forged_lists_do_not_lead_out_of_the_index(
    listed: Path, name: str, value: int, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Places beyond the codes are an error, not a read of other memory, even where every checksum fits."""
    monkeypatch.setattr(tables, "SCAN_SHARE", 0)
    path = forged(listed, lambda part: {name: np.full_like(getattr(part.table, name), value)})
    first = forged(listed, lambda part: {
        name: np.where(np.arange(len(getattr(part.table, name))) % 2, value, 0).astype(np.uint32)})
    for wrong in {path, first}:
        with pytest.raises(Broken, match="the lists contradict each other") as caught:
            Hamming.load(wrong).near(QUERY)
        assert caught.value.code == "IDX-06"


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
    """Where the disk fails before the bytes are down, the old index still loads, and nothing else is left."""
    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        Hamming.build(CODES[:2]).save(saved)
    assert len(Hamming.load(saved)) == 20
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_a_file_that_was_written_wrong_replaces_nothing(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on disk is read again before it takes the old file's place: a bit that fell over is noticed."""
    write = files._write

    def worn(path: Path, *rest: object) -> None:
        write(path, *rest)  # type: ignore[arg-type]
        whole = bytearray(path.read_bytes())
        whole[-4096 - 32] ^= 4
        path.write_bytes(whole)

    monkeypatch.setattr(files, "_write", worn)
    with pytest.raises(Broken, match="does not fit its checksum"):
        Hamming.build(CODES[:2]).save(saved)
    assert len(Hamming.load(saved)) == 20


def test_a_file_that_forgets_its_codes_replaces_nothing(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose checksums fit but that does not give the answers it should is noticed before it is used."""
    write = files._write

    def forgetful(path: Path, magic: bytes, fields: object, sections: list[Any]) -> None:
        write(path, magic, fields, [np.zeros_like(sections[0]), *sections[1:]])  # type: ignore[arg-type]

    monkeypatch.setattr(files, "_write", forgetful)
    with pytest.raises(Broken, match="does not find its own codes"):
        Hamming.build(CODES[:2]).save(saved)
    assert len(Hamming.load(saved)) == 20

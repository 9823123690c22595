"""ZIPs that attack: each member is an outcome with a coded error, nothing is written by its name, the rest goes on."""

import bz2
import io
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashgrade.errors import InputError
from hashgrade.intake import Outcome
from hashgrade.intake.sources import Archive, Medium, member_count, overlapping, parts
from hashgrade.settings import Limits
from hashgrade.store.work import Store
from tests.world import Member, World, patched, still, world, zipped

LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"
GOOD: Member = ("good.jpg", still(1))


@pytest.fixture(name="station")
def new_station(tmp_path: Path, store: Store) -> World:
    return world(tmp_path / "station", store, zip_members_max=50, zip_bytes_max=40_000_000, zip_ratio_max=100)


def refused(outcomes: list[Outcome]) -> dict[str, str]:
    return {one.path.partition("!")[2]: one.error.code for one in outcomes if one.error and not one.sha256}


def only(station: World, path: Path, name: str) -> Outcome:
    """The outcome of one member, once the good one beside it is seen to have gone in."""
    outcomes = {one.path.partition("!")[2]: one for one in station.take_in(path)}
    assert outcomes["good.jpg"].error is None
    return outcomes[name]


ESCAPES = ["../../up.jpg", "/etc/root.jpg", "a/../../b.jpg", "..\\up.jpg", "C:\\root.jpg", "\\b"]


@pytest.mark.parametrize("name", ESCAPES)
def test_a_name_that_leads_out_is_told_and_written_nowhere(station: World, tmp_path: Path, name: str) -> None:
    """ZIP-03: the medium is taken in under its digest, and no path outside appears."""
    path = zipped(tmp_path / "a.zip", [(name, still(2)), GOOD])
    before = {place for place in tmp_path.rglob("*") if "station" not in place.parts}
    outcomes = station.take_in(path)
    bad = next(one for one in outcomes if one.error)
    assert bad.error is not None
    assert "ZIP-03" in str(bad.error)
    assert "leads out" in str(bad.error)
    assert bad.sha256 is not None
    assert {place for place in tmp_path.rglob("*") if "station" not in place.parts} == before


def test_a_link_holds_no_medium(station: World, tmp_path: Path) -> None:
    """ZIP-04: a link in a ZIP is told, and what it points to is not read."""
    link = zipfile.ZipInfo("link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    bad = only(station, zipped(tmp_path / "a.zip", [(link, b"/etc/passwd"), GOOD]), "link.jpg")
    assert bad.sha256 is None
    assert "ZIP-04" in str(bad.error)


def test_a_zip_in_a_zip_is_kept_and_not_opened(station: World, tmp_path: Path) -> None:
    """ZIP-05: nesting ends at once; the inner ZIP is one item of kind other."""
    inner = zipped(tmp_path / "inner.zip", [GOOD]).read_bytes()
    bad = only(station, zipped(tmp_path / "a.zip", [("inner.jpg", inner), GOOD]), "inner.jpg")
    assert str(bad.kind) == "other"
    assert bad.sha256 is not None
    assert "ZIP-05" in str(bad.error)


def test_an_encrypted_member_is_told(station: World, tmp_path: Path) -> None:
    """ZIP-02: a member that needs a password is told, with what to do."""
    path = zipped(tmp_path / "a.zip", [("secret.jpg", still(2))])
    path.write_bytes(patched(patched(path.read_bytes(), LOCAL, 6, "<H", 1), CENTRAL, 8, "<H", 1))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(*GOOD)
    assert "unpack it with its password" in str(only(station, path, "secret.jpg").error)


def test_a_member_that_unpacks_too_far_is_not_unpacked(station: World, tmp_path: Path) -> None:
    """ZIP-06: ten megabytes of zeros in ten kilobytes are over the ratio."""
    path = zipped(tmp_path / "a.zip", [("bomb.jpg", bytes(10_000_000)), GOOD], zipfile.ZIP_DEFLATED)
    bad = only(station, path, "bomb.jpg")
    assert bad.sha256 is None
    assert "at most 100" in str(bad.error)


def test_a_small_plain_picture_is_no_bomb(station: World, tmp_path: Path) -> None:
    """What unpacks to a megabyte at most may pack as well as it likes."""
    path = zipped(tmp_path / "a.zip", [("plain.bin", bytes(1_000_000)), GOOD], zipfile.ZIP_DEFLATED)
    assert only(station, path, "plain.bin").sha256 is not None


def test_a_member_that_lies_about_its_size_gives_no_more(station: World, tmp_path: Path) -> None:
    """ZIP-07: a member that states 100 bytes and holds ten million is not read past the hundredth."""
    path = zipped(tmp_path / "a.zip", [("liar.jpg", bytes(10_000_000))], zipfile.ZIP_DEFLATED)
    path.write_bytes(patched(path.read_bytes(), CENTRAL, 24, "<I", 100))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(*GOOD)
    bad = only(station, path, "liar.jpg")
    assert bad.sha256 is None
    assert "ZIP-07" in str(bad.error)


def test_the_sum_of_members_is_limited(tmp_path: Path, store: Store) -> None:
    """ZIP-06: once a ZIP has unpacked to the limit, the members that are over are told."""
    station = world(tmp_path / "station", store, zip_bytes_max=1000)
    path = zipped(tmp_path / "a.zip", [(f"{n}.bin", bytes([n]) * 400) for n in range(3)])
    assert refused(station.take_in(path)) == {"2.bin": "ZIP-06"}


def test_too_many_members_are_not_listed(station: World, tmp_path: Path) -> None:
    """ZIP-06: a ZIP with more members than the limit is kept as one medium."""
    path = zipped(tmp_path / "a.zip", [(f"{n}.bin", b"") for n in range(51)])
    outcome, = station.take_in(path)
    assert "more than 50 members" in str(outcome.error)
    assert str(outcome.kind) == "other"


def test_members_that_share_their_bytes_are_taken_once(station: World, tmp_path: Path) -> None:
    """ZIP-06: a second entry that points into another member's bytes is told."""
    path = zipped(tmp_path / "a.zip", [("a.bin", bytes(100)), ("b.bin", bytes(100))])
    path.write_bytes(patched(path.read_bytes(), CENTRAL, 42, "<I", 0))
    assert refused(station.take_in(path)) == {"b.bin": "ZIP-06"}


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_without_a_bound_are_not_read(station: World, tmp_path: Path, method: int) -> None:
    """ZIP-07: BZIP2 and LZMA members are told, as their blocks unpack whole."""
    packed = zipped(tmp_path / "a.zip", [("far.jpg", bytes(1000))], method)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr(*GOOD)
    assert "packed by method" in str(only(station, packed, "far.jpg").error)


def test_a_damaged_member_costs_only_itself(station: World, tmp_path: Path) -> None:
    """ZIP-07: bytes that fail their checksum are told, and the good member goes in."""
    path = zipped(tmp_path / "a.zip", [("bad.jpg", b"neutral bytes of a test"), GOOD])
    path.write_bytes(path.read_bytes().replace(b"neutral bytes of a", b"Neutral bytes of a"))
    assert "ZIP-07" in str(only(station, path, "bad.jpg").error)


@pytest.mark.parametrize("cut", [4, 22, 60, -1, -30])
def test_a_cut_zip_is_kept_as_one_medium(station: World, tmp_path: Path, cut: int) -> None:
    """ZIP-01: a ZIP without its directory is an item of kind other with its error."""
    path = zipped(tmp_path / "a.zip", [GOOD])
    path.write_bytes(path.read_bytes()[:cut])
    outcome, = station.take_in(path)
    assert "ZIP-01" in str(outcome.error)
    assert (str(outcome.kind), outcome.sha256 is not None) == ("other", True)


def test_a_file_that_is_only_called_zip_is_a_medium(station: World, tmp_path: Path) -> None:
    """The first bytes decide and not the name, both ways."""
    (tmp_path / "picture.zip").write_bytes(still(2))
    zipped(tmp_path / "archive.jpg", [GOOD])
    outcomes = station.take_in(tmp_path / "picture.zip", tmp_path / "archive.jpg")
    assert [Path(one.path).name for one in outcomes] == ["archive.jpg!good.jpg", "picture.zip"]
    assert not any(one.error for one in outcomes)


def test_an_empty_zip_and_empty_folders_hold_nothing(station: World, tmp_path: Path) -> None:
    """A ZIP with no member but folders gives no outcome."""
    assert station.take_in(zipped(tmp_path / "a.zip", [])) == []
    assert station.take_in(zipped(tmp_path / "b.zip", [("folder/", b"")])) == []


END = b"PK\x05\x06"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(comment=st.lists(st.sampled_from([END, bytes(18), b"x", bytes(3), b"PK\x01\x02", bytes(40)])).map(b"".join))
def test_counting_sees_the_directory_that_zipfile_reads(tmp_path: Path, comment: bytes) -> None:
    """Whatever end records a comment forges, the members counted are those that zipfile would list."""
    path = zipped(tmp_path / "a.zip", [(f"{n}.bin", b"") for n in range(9)])
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = comment
    content = io.BytesIO(path.read_bytes())
    try:
        with zipfile.ZipFile(content) as archive:
            listed = len(archive.infolist())
    except zipfile.BadZipFile:
        return
    assert member_count(content, 100) == listed


def test_a_zip64_directory_is_counted(tmp_path: Path) -> None:
    """The far end record of a ZIP64 is found."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(66_000):
            archive.writestr(zipfile.ZipInfo(str(n)), b"")
    with path.open("rb") as file:
        assert member_count(file, 100_000) == 66_000
        assert member_count(file, 500) == 501


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_change_to_a_zip_ends_the_run(tmp_path: Path, data: st.DataObject) -> None:
    """Bytes changed or cut anywhere give media or coded errors, never another exception."""
    path = zipped(tmp_path / "a.zip", [("a.bin", b"a" * 40), ("b/c.bin", b"b" * 3000)], zipfile.ZIP_DEFLATED)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[:data.draw(st.integers(len(content) // 2, len(content)))])
    codes = {_attempt(medium) for part in parts([path], Limits()) for medium in part}
    assert codes <= {"", "ZIP-07"}


def _attempt(medium: Medium) -> str:
    try:
        return "" if medium.read is None or len(medium.read()) <= 3000 else "too long"
    except InputError as error:
        return error.code


def test_a_part_holds_at_most_64_media_and_one_archive(tmp_path: Path) -> None:
    """Parts are small, and an archive's media stay together in its order."""
    for n in range(3):
        (tmp_path / f"{n}.bin").write_bytes(b"")
    path = zipped(tmp_path / "a.zip", [(f"{n}", b"") for n in range(100)])
    found = [[medium.path.partition("!")[2] for medium in part] for part in parts([tmp_path], Limits())]
    assert found == [[str(n) for n in range(64)], [str(n) for n in range(64, 100)], ["", "", ""]]
    assert overlapping(Archive.open(path, Limits())._infos) == set()


def test_the_bomb_that_is_one_block_is_known_to_be_one() -> None:
    """Positive control: a kilobyte of BZIP2 does unpack to megabytes at once, which is why it is not read."""
    assert len(bz2.compress(bytes(9_000_000))) < 1000

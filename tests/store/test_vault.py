"""The vault keeps media whole, readable by its key only, and shreds them for good."""

import hashlib
import io
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hashgrade.errors import Broken, Conflict, InputError
from hashgrade.vault import CHUNK_BYTES, SEALED_BYTES, Vault, key_file

SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 5]


@pytest.fixture(name="vault")
def new_vault(tmp_path: Path) -> Vault:
    return Vault.create(tmp_path)


def keep(vault: Vault, content: bytes) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    vault.put(sha256, io.BytesIO(content))
    return sha256


def patterned(size: int) -> bytes:
    return (b"marker of a neutral test medium " * (size // 32 + 1))[:size]


@pytest.mark.parametrize("size", SIZES)
def test_every_length_comes_back(vault: Vault, size: int) -> None:
    """What was put is what is got, at and around the borders of a chunk."""
    content = patterned(size)
    with vault.get(keep(vault, content)) as stream:
        assert stream.read() == content


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(size=0, at=CHUNK_BYTES, length=1)
@given(size=st.integers(0, 3 * CHUNK_BYTES), at=st.integers(0, 4 * CHUNK_BYTES), length=st.integers(0, CHUNK_BYTES + 9))
def test_any_range_reads_like_the_plain_file(vault: Vault, size: int, at: int, length: int) -> None:
    """A seek and a read give the bytes that the plain file would give."""
    content = patterned(size)
    with vault.get(keep(vault, content)) as stream:
        stream.seek(at)
        assert stream.read(length) == content[at:at + length]


def test_seeking_from_the_end_and_from_here(vault: Vault) -> None:
    """All three origins of a seek work, and none goes before the start."""
    with vault.get(keep(vault, b"0123456789")) as stream:
        assert stream.seek(-3, io.SEEK_END) == 7
        assert stream.read(1) == b"7"
        assert stream.seek(1, io.SEEK_CUR) == 9
        with pytest.raises(ValueError, match="negative"):
            stream.seek(-1)


def test_putting_twice_keeps_one(vault: Vault) -> None:
    """A medium that is kept already is not written again."""
    sha256 = keep(vault, b"once")
    assert not vault.put(sha256, io.BytesIO(b"once"))


def test_racing_writers_leave_one_readable_medium(vault: Vault) -> None:
    """Eight writers of one medium at once leave it readable."""
    content = patterned(CHUNK_BYTES * 2 + 7)
    with ThreadPoolExecutor(8) as threads:
        names = set(threads.map(lambda _: keep(vault, content), range(32)))
    with vault.get(names.pop()) as stream:
        assert stream.read() == content


def test_nothing_of_a_medium_or_its_key_is_plain_on_disk(vault: Vault, tmp_path: Path) -> None:
    """No marker of the medium is in any file of the station."""
    keep(vault, patterned(CHUNK_BYTES * 2))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 4
    assert not any(b"marker" in path.read_bytes() for path in files)


def test_the_key_file_is_its_owners_alone(vault: Vault, tmp_path: Path) -> None:
    """The key file has mode 0600."""
    assert vault
    assert stat.S_IMODE(key_file(tmp_path).stat().st_mode) == 0o600


def test_a_new_open_reads_what_was_put(vault: Vault, tmp_path: Path) -> None:
    """The key in the file is all that a later process needs."""
    sha256 = keep(vault, b"kept")
    assert Vault.open(tmp_path).get(sha256).read() == b"kept"


def test_a_second_key_is_never_made(vault: Vault, tmp_path: Path) -> None:
    """VLT-01: `create` on a station with a vault says that the media would be orphaned."""
    assert vault
    key_file(tmp_path).unlink()
    with pytest.raises(Conflict, match=r"VLT-01.*orphan"):
        Vault.create(tmp_path)


def test_shredding_destroys_the_key_and_the_medium(vault: Vault, tmp_path: Path) -> None:
    """VLT-06: after a shred the medium is not there, and its bytes cannot be brought back without the key."""
    sha256 = keep(vault, b"to be gone")
    sealed = next((tmp_path / "vault" / "media").rglob(sha256))
    saved = sealed.read_bytes()
    assert vault.shred(sha256)
    assert not list((tmp_path / "vault").rglob(sha256))
    sealed.write_bytes(saved)
    with pytest.raises(InputError, match=r"VLT-06.*does not hold"):
        vault.get(sha256)
    assert not vault.shred(sha256)


def test_a_shredded_medium_can_come_back_under_a_new_key(vault: Vault, tmp_path: Path) -> None:
    """Bytes that a backup still holds stay unreadable when the same medium is put again."""
    sha256 = keep(vault, b"again")
    sealed = next((tmp_path / "vault" / "media").rglob(sha256))
    saved = sealed.read_bytes()
    vault.shred(sha256)
    keep(vault, b"again")
    sealed.write_bytes(saved)
    with pytest.raises(Broken, match="VLT-07"):
        vault.get(sha256).read()


def test_a_file_that_changes_while_it_is_read_is_not_kept(vault: Vault) -> None:
    """VLT-05: bytes with another digest than their name are refused and leave nothing."""
    sha256 = hashlib.sha256(b"before").hexdigest()
    with pytest.raises(InputError, match=r"VLT-05.*not those that were fingerprinted"):
        vault.put(sha256, io.BytesIO(b"after"))
    assert not vault.has(sha256)
    vault.put(sha256, io.BytesIO(b"before"))
    assert vault.get(sha256).read() == b"before"


@pytest.mark.parametrize("cut", [0, 5, 15, 16, 17, 40, SEALED_BYTES - 1, SEALED_BYTES, SEALED_BYTES + 1,
                                 SEALED_BYTES + 15, SEALED_BYTES + 16, SEALED_BYTES + 17, SEALED_BYTES + 32])
def test_every_truncation_is_noticed(vault: Vault, tmp_path: Path, cut: int) -> None:
    """VLT-07: a medium cut short anywhere, chunk borders included, is never given as whole."""
    sha256 = keep(vault, patterned(CHUNK_BYTES * 2))
    sealed = next((tmp_path / "vault" / "media").rglob(sha256))
    sealed.write_bytes(sealed.read_bytes()[:cut])
    with pytest.raises(Broken, match=r"VLT-07.*altered or cut short"):
        vault.get(sha256).read()


def test_a_shredded_key_has_no_second_name(vault: Vault, tmp_path: Path) -> None:
    """A put that was killed between the two names of its key leaves one behind, and shredding takes it too."""
    sha256 = keep(vault, b"mine")
    key = next((tmp_path / "vault" / "keys").rglob(sha256))
    (key.parent / ".part-left").hardlink_to(key)
    (key.parent / ".part-other").write_bytes(b"of a put that goes on")
    assert vault.shred(sha256)
    assert [path.name for path in key.parent.iterdir()] == [".part-other"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_flipped_bit_is_noticed(vault: Vault, tmp_path: Path, data: st.DataObject) -> None:
    """VLT-07: one flipped bit in a medium or its wrapped key is an error, never other bytes."""
    sha256 = keep(vault, patterned(300))
    path = data.draw(st.sampled_from(sorted((tmp_path / "vault").rglob(sha256))))
    sound = path.read_bytes()
    bit = data.draw(st.integers(0, len(sound) * 8 - 1))
    path.write_bytes(bytes(b ^ (1 << bit % 8) * (n == bit // 8) for n, b in enumerate(sound)))
    try:
        with pytest.raises(Broken, match="VLT-07"):
            vault.get(sha256).read()
    finally:
        path.write_bytes(sound)


def test_chunks_cannot_change_places(vault: Vault, tmp_path: Path) -> None:
    """VLT-07: two whole chunks in the wrong order do not decrypt."""
    sha256 = keep(vault, patterned(CHUNK_BYTES * 3))
    sealed = next((tmp_path / "vault" / "media").rglob(sha256))
    whole = sealed.read_bytes()
    head, body = whole[:16], whole[16:]
    sealed.write_bytes(head + body[SEALED_BYTES:2 * SEALED_BYTES] + body[:SEALED_BYTES] + body[2 * SEALED_BYTES:])
    with pytest.raises(Broken, match="VLT-07"):
        vault.get(sha256).read()


def test_one_medium_cannot_stand_in_for_another(vault: Vault, tmp_path: Path) -> None:
    """VLT-07: a medium and its key, both copied under another name, do not open."""
    mine, other = keep(vault, b"mine"), keep(vault, b"other")
    for folder in ("media", "keys"):
        root = tmp_path / "vault" / folder
        (root / other[:2] / other).write_bytes((root / mine[:2] / mine).read_bytes())
    with pytest.raises(Broken, match="VLT-07"):
        vault.get(other).read()

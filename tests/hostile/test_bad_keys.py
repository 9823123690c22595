"""Wrong, missing, open and damaged key files: each is an error that says what to do."""

from pathlib import Path

import pytest

from hashgrade.errors import HashgradeError, InputError
from hashgrade.vault import KEY_LINE, Vault, key_file


@pytest.fixture(name="station")
def station_with_vault(tmp_path: Path) -> Path:
    Vault.create(tmp_path)
    return tmp_path


def test_a_missing_key_file_is_named(station: Path) -> None:
    """VLT-02 names the file and says to restore it."""
    key_file(station).unlink()
    with pytest.raises(InputError, match=r"VLT-02.*missing[\s\S]*vault.key[\s\S]*backup"):
        Vault.open(station)


def test_a_folder_in_the_key_files_place_is_told(station: Path) -> None:
    """VLT-02: what cannot be read is named with the system's reason."""
    key_file(station).unlink()
    key_file(station).mkdir()
    with pytest.raises(InputError, match=r"VLT-02.*Is a directory[\s\S]*vault.key[\s\S]*it is a file"):
        Vault.open(station)


def test_a_folder_in_the_check_files_place_is_told(station: Path) -> None:
    """VLT-03: without a check that can be read, the vault stays shut."""
    (station / "vault" / "check").unlink()
    (station / "vault" / "check").mkdir()
    with pytest.raises(InputError, match=r"VLT-03.*cannot be proven"):
        Vault.open(station)


def test_another_vaults_key_is_known_as_such(station: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """VLT-03: a sound key of another vault is told apart before any medium is touched."""
    other = tmp_path_factory.mktemp("other")
    Vault.create(other)
    key_file(station).write_bytes(key_file(other).read_bytes())
    with pytest.raises(InputError, match=r"VLT-03.*another vault's"):
        Vault.open(station)


@pytest.mark.parametrize("text", ["", "\n", KEY_LINE, f"{KEY_LINE} 00", f"{KEY_LINE} " + "g" * 64, "key " + "0" * 64])
def test_a_file_that_holds_no_key_is_refused(station: Path, text: str) -> None:
    """VLT-03: what a key file must hold is said, and what it holds is not."""
    key_file(station).write_text(text)
    with pytest.raises(InputError, match=r"VLT-03.*64 hex") as caught:
        Vault.open(station)
    assert "ggg" not in str(caught.value)


def test_bytes_that_are_no_text_are_no_key(station: Path) -> None:
    """VLT-03: a binary file in the key's place is refused like any other."""
    key_file(station).write_bytes(b"\xff\xfe\x00" * 20)
    with pytest.raises(InputError, match="VLT-03"):
        Vault.open(station)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_that_others_can_read_is_refused(station: Path, mode: int) -> None:
    """VLT-04 tells the mode and how to close the file."""
    key_file(station).chmod(mode)
    with pytest.raises(HashgradeError, match=rf"VLT-04.*{mode:04o}[\s\S]*chmod 600"):
        Vault.open(station)


def test_a_vault_without_its_check_file_is_not_trusted(station: Path) -> None:
    """VLT-03: without the check a wrong key could not be noticed, so the vault stays shut."""
    (station / "vault" / "check").unlink()
    with pytest.raises(InputError, match=r"VLT-03.*cannot be proven"):
        Vault.open(station)

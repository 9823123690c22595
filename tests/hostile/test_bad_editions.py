"""Tampered, mixed, cut and forged editions, bad keys, names and policies: each is refused with its own code."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashgrade.errors import Broken, Conflict, HashgradeError, InputError, Refused
from hashgrade.exchange import lists, release
from hashgrade.exchange.listed import Listed
from hashgrade.exchange.lists import Source, checked, import_list, read_policy, verify
from hashgrade.store import queries
from hashgrade.store.work import Store
from tests.cast import CY, sha
from tests.world import Partner, World, world

Tamper = Callable[[Partner, Path], object]


@pytest.fixture(name="partner")
def new_partner(tmp_path: Path) -> Partner:
    return Partner(tmp_path / "partner", lines=[Listed(sha256=sha(n), md5=f"{n:032x}") for n in range(1, 9)])


@pytest.fixture(name="station")
def new_station(tmp_path: Path, store: Store) -> World:
    return world(tmp_path / "station", store)


def write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def swap(path: Path, make: Callable[[Path], None]) -> None:
    path.unlink()
    make(path)


def swap_with_link(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")


def older_files(partner: Partner, folder: Path) -> None:
    partner.lines = partner.lines[:1]
    shutil.copy(partner.publish() / "hashes.csv", folder / "hashes.csv")


TAMPERINGS: dict[str, tuple[Tamper, str]] = {
    "a line changed": (lambda _, f: write(f / "hashes.csv", (f / "hashes.csv").read_bytes().replace(b"1", b"2", 1)),
                       r"REL-04.*`hashes.csv` is not the file"),
    "a line added": (lambda _, f: write(f / "hashes.csv", (f / "hashes.csv").read_bytes() + b"\n"), "REL-04"),
    "a file cut": (lambda _, f: write(f / "vics.json", (f / "vics.json").read_bytes()[:-1]), r"REL-04.*`vics.json`"),
    "a file gone": (lambda _, f: (f / "vics.json").unlink(), r"REL-04.*`vics.json` is missing"),
    "a file added": (lambda _, f: write(f / "extra.csv", b""), r"REL-04.*`extra.csv` was not signed"),
    "a file that is a link": (lambda _, f: swap_with_link(f / "hashes.csv"), r"REL-04.*not the file"),
    "a folder for a file": (lambda _, f: swap(f / "hashes.csv", Path.mkdir),
                            r"REL-04.*`hashes.csv` is not the file"),
    "a pipe for a file": (lambda _, f: swap(f / "hashes.csv", os.mkfifo), "REL-04"),
    "a folder for the manifest": (lambda _, f: swap(f / "manifest.json", Path.mkdir),
                                  r"REL-02.*`manifest.json` is not a file"),
    "files of another edition": (older_files, "REL-04"),
    "the manifest changed": (lambda _, f: write(f / "manifest.json", (f / "manifest.json").read_bytes() + b" "),
                             r"REL-03.*not by this key"),
    "the manifest gone": (lambda _, f: (f / "manifest.json").unlink(), r"REL-02.*not an edition"),
    "the signature gone": (lambda _, f: (f / "manifest.json.sig").unlink(), r"REL-02.*not an edition"),
    "the signature empty": (lambda _, f: write(f / "manifest.json.sig", b""), "REL-03"),
    "the signature no hex": (lambda _, f: write(f / "manifest.json.sig", b"zz" * 64), r"REL-03.*not hex"),
    "the signature no text": (lambda _, f: write(f / "manifest.json.sig", b"\xff" * 64), r"REL-03.*not hex"),
    "the signature zero": (lambda _, f: write(f / "manifest.json.sig", b"00" * 64), r"REL-03.*not by this key"),
}


@pytest.mark.parametrize("how", TAMPERINGS)
def test_a_tampered_edition_is_refused(partner: Partner, how: str) -> None:
    """Every way to change an edition on its way is noticed, and told with what to do."""
    tamper, words = TAMPERINGS[how]
    folder = partner.publish()
    verify(folder, partner.key)
    tamper(partner, folder)
    with pytest.raises(HashgradeError, match=words):
        verify(folder, partner.key)


@pytest.mark.parametrize(("changed", "words"), [
    ({"files": {"../../up": {"sha256": "0" * 64}}}, r"REL-05.*no edition can have"),
    ({"files": {"manifest.json": {"sha256": "0" * 64}}}, r"REL-05.*no edition can have"),
    ({"files": {"hashes.csv": "0"}}, "REL-05"), ({"files": []}, r"REL-05.*`files`"),
    ({"name": "../up"}, r"REL-05.*`name`"), ({"edition": -1}, r"REL-05.*`edition`"),
    ({"edition": "7"}, r"REL-05.*`edition`"), ({"edition": True}, r"REL-05.*`edition`"),
    ({"name": None}, r"REL-05.*`name`"),
])
def test_a_signed_manifest_is_not_taken_on_trust(partner: Partner, changed: dict[str, object], words: str) -> None:
    """REL-05: a publisher whose manifest is malformed or names other paths is refused."""
    folder = partner.publish()
    partner.resign(folder, **changed)
    with pytest.raises(Broken, match=words):
        verify(folder, partner.key)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_flipped_bit_passes(partner: Partner, data: st.DataObject) -> None:
    """One bit changed in any file of an edition is refused, whatever the file."""
    folder = next((partner.root / "lists").glob("*/1"), None) or partner.publish()
    path = folder / data.draw(st.sampled_from(["manifest.json", "manifest.json.sig", "hashes.csv", "vics.json"]))
    sound = path.read_bytes()
    changed = bytearray(sound)
    bit = data.draw(st.integers(0, len(sound) * 8 - 1))
    changed[bit // 8] ^= 1 << bit % 8
    if path.suffix == ".sig" and _same_hex(sound, bytes(changed)):
        return
    path.write_bytes(changed)
    try:
        with pytest.raises(HashgradeError, match=r"REL-0[345]"):
            verify(folder, partner.key)
    finally:
        path.write_bytes(sound)


def _same_hex(one: bytes, other: bytes) -> bool:
    # `a` and `A` differ in one bit and are the same digit; so are two kinds of blank.
    try:
        return bytes.fromhex(one.decode()) == bytes.fromhex(other.decode("ascii"))
    except ValueError:
        return False


def test_an_edition_of_another_signer_is_refused(partner: Partner, tmp_path: Path) -> None:
    """REL-03: a sound edition under another's key is not believed."""
    other = Partner(tmp_path / "other")
    with pytest.raises(Broken, match=r"REL-03[\s\S]*with --key[\s\S]*do not use it"):
        verify(partner.publish(), other.key)


def test_a_tampered_edition_leaves_no_claim(station: World, partner: Partner) -> None:
    """Nothing of an edition is read before all of it is proven."""
    folder = partner.publish()
    (folder / "vics.json").write_bytes(b"")
    with pytest.raises(Broken, match="REL-04"):
        import_list(station, "friends", Source(folder, key=partner.key), CY)
    assert queries.counts()["claims"] == 0


def test_a_file_that_cannot_be_read_is_told(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    """REL-09: a file that is there and closed is named with the system's reason, and nobody is accused."""
    folder, opened = partner.publish(), Path.open

    def refuse(path: Path, *how: Any, **more: Any) -> Any:
        if path.name == "hashes.csv":
            raise PermissionError(13, "Permission denied")
        return opened(path, *how, **more)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"REL-09.*`hashes.csv` cannot be read: Permission denied"):
        verify(folder, partner.key)


@pytest.mark.parametrize(("name", "number"), [("partner", "4"), ("other", "1")])
def test_an_edition_under_another_name_or_number_is_refused(partner: Partner, name: str, number: str) -> None:
    """REL-08: an old edition that is copied to a new number, or to another list, is signed and still refused."""
    place = partner.root / "lists" / name / number
    shutil.copytree(partner.publish(), place)
    with pytest.raises(Broken, match=rf"REL-08.*edition 1 of `partner` stands as edition {number} of `{name}`"):
        release.verify_standing(partner.root / "lists", name, release.public_key(partner.key))


@pytest.mark.parametrize("spelt", ["none", "partner/2", "partner/0", "partner/01", "partner/1/", "..", "../lists/x"])
def test_an_edition_that_is_not_there_is_told(partner: Partner, spelt: str) -> None:
    """CMD-01: a name leads to a list of ours or nowhere."""
    partner.publish()
    with pytest.raises(InputError, match=r"CMD-01.*no such edition"):
        release.verify_standing(partner.root / "lists", spelt, release.public_key(partner.key))


def test_an_older_edition_is_not_imported_by_itself(station: World, partner: Partner) -> None:
    """LST-09: an edition older than the one in use is refused, with the way to go back on purpose."""
    first, second = partner.publish(), partner.publish()
    import_list(station, "friends", Source(second, key=partner.key), CY)
    with pytest.raises(Refused, match=r"LST-09.*partner/1 of `friends` is older than edition partner/2[\s\S]*--older"):
        import_list(station, "friends", Source(first, key=partner.key), CY)


def test_an_edition_whose_place_was_taken_does_not_come_back(station: World, tmp_path: Path) -> None:
    """LST-10: a file imported again after a newer one is refused, and the newer one stays in use."""
    for name, number in (("a.csv", 1), ("b.csv", 2)):
        (tmp_path / name).write_text(f"sha256\n{sha(number)}\n")
        import_list(station, "one", Source(tmp_path / name, edition=name), CY)
    before = queries.counts()
    with pytest.raises(Refused, match=r"LST-10.*edition a.csv of `one` was withdrawn when edition b.csv"):
        import_list(station, "one", Source(tmp_path / "a.csv", edition="a.csv"), CY)
    assert queries.counts() == before


NO_KEY = b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"


@pytest.mark.parametrize("content", [None, b"", b"nonsense", NO_KEY])
def test_a_bad_public_key_is_told(partner: Partner, tmp_path: Path, content: bytes | None) -> None:
    """REL-01: a key file that is missing or holds no key is named."""
    key = tmp_path / "key.pem"
    if content is not None:
        key.write_bytes(content)
    with pytest.raises(InputError, match=r"REL-01[\s\S]*key.pem"):
        verify(partner.publish(), key)


def test_a_key_of_another_kind_is_told(partner: Partner, tmp_path: Path) -> None:
    """REL-01: an elliptic-curve key that is not Ed25519 cannot check an edition."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = tmp_path / "key.pem"
    public = X25519PrivateKey.generate().public_key()
    key.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(InputError, match=r"REL-01.*no Ed25519"):
        verify(partner.publish(), key)


def test_a_missing_signing_key_publishes_nothing(station: World) -> None:
    """REL-01: without its key a station cannot publish, and no folder appears."""
    release.private_key_file(station.root).unlink()
    (station.root / "policy.yaml").write_text("kind: {is: image}")
    policy = read_policy(station.root / "policy.yaml", station.packs)
    with pytest.raises(InputError, match=r"REL-01[\s\S]*backup"):
        lists.publish(station, "main", policy, CY)
    assert not (station.root / "lists").exists()


def test_a_signing_key_that_others_can_read_is_refused(station: World) -> None:
    """VLT-04: a signing key is guarded like the vault's."""
    release.private_key_file(station.root).chmod(0o644)
    with pytest.raises(HashgradeError, match=r"VLT-04.*0644"):
        release.signing_key(station.root)


def test_a_folder_in_the_signing_keys_place_is_told(station: World) -> None:
    """REL-01: a key that cannot be read is named."""
    release.private_key_file(station.root).unlink()
    release.private_key_file(station.root).mkdir()
    with pytest.raises(InputError, match=r"REL-01.*cannot be read[\s\S]*release.key"):
        release.signing_key(station.root)


def test_a_second_signing_key_is_never_made(station: World) -> None:
    """REL-07: members know the key there is."""
    with pytest.raises(Conflict, match=r"REL-07[\s\S]*members know it"):
        release.create_key(station.root)


def test_an_edition_that_stands_is_never_replaced(partner: Partner) -> None:
    """REL-06: the number is taken, and what stands there is as it was."""
    folder = partner.publish()
    before = (folder / "manifest.json").read_bytes()
    partner.edition, partner.lines = 0, []
    with pytest.raises(Conflict, match=r"REL-06.*edition 1"):
        partner.publish()
    assert (folder / "manifest.json").read_bytes() == before
    assert [path.name for path in folder.parent.iterdir()] == ["1"]


@pytest.mark.parametrize("name", ["", ".", "..", "../up", "a/b", "a\\b", ".hidden", "-x", "a" * 65, "a\n", "ä"])
def test_a_name_that_is_no_folders_is_refused(name: str) -> None:
    """LST-06: a list's name never becomes a path elsewhere."""
    with pytest.raises(InputError, match=r"LST-06.*1 to 64"):
        checked(name)


@pytest.mark.parametrize(("text", "words"), [
    ("any: [", "CON-01"), ("[]", "CON-02"), ("", "CON-02"), ("any: []", "CON-02"),
    ("verdict.uk-ew: {in: [A, B, X]}", r"CON-04[\s\S]*policy.yaml:1"), ("depictoin: {is: photographic}", "depiction"),
])
def test_a_policy_that_is_no_condition_is_refused(station: World, text: str, words: str) -> None:
    """CON-01 to CON-04: a policy is read like every condition, with its place."""
    path = station.root / "policy.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_policy(path, station.packs)


def test_a_missing_policy_is_told(station: World) -> None:
    """LST-07: the file is named."""
    with pytest.raises(InputError, match=r"LST-07[\s\S]*none.yaml"):
        read_policy(station.root / "none.yaml", station.packs)


def test_a_source_that_is_no_list_is_told(station: World, tmp_path: Path) -> None:
    """LST-08, REL-02, LST-01 and VIC-01: a missing file, a folder, a text and a cut VICS are told apart."""
    (tmp_path / "text").write_text("dear colleague,\n")
    (tmp_path / "cut").write_text('{"value": [')
    for name, words in {"none": "LST-08", ".": "REL-02", "text": "LST-01", "cut": "VIC-01"}.items():
        with pytest.raises(InputError, match=words):
            import_list(station, "one", Source(tmp_path / name), CY)
    assert queries.counts()["claims"] == 0


def test_an_edition_without_a_csv_is_told(station: World, partner: Partner) -> None:
    """REL-05: a signed edition without the file that is read from it is refused."""
    folder = partner.publish()
    (folder / "hashes.csv").unlink()
    files = json.loads((folder / "manifest.json").read_bytes())["files"]
    partner.resign(folder, files={"vics.json": files["vics.json"]})
    with pytest.raises(Broken, match=r"REL-05.*no hashes.csv"):
        import_list(station, "friends", Source(folder, key=partner.key), CY)

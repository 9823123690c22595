"""Editions of a hash list: written whole or not at all, signed, and believed only when verified.

    lists/NAME/N/manifest.json        what the edition is, and the SHA-256 of every other file
    lists/NAME/N/manifest.json.sig    Ed25519 over the manifest's bytes, in hex
    lists/NAME/N/hashes.csv, vics.json
    lists/NAME/N/labels.csv           the answers behind it, where that was asked for

Nothing of an edition is used before the signature of its manifest and the digest of each
file are right. Keys are PEM, so that `openssl pkeyutl -verify -rawin` checks an edition too.
Source: RFC 8032 (Ed25519), RFC 8410 (its keys in PEM).
"""

import hashlib
import json
import re
import shutil
import stat
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from hashgrade.errors import Broken, Conflict, InputError
from hashgrade.exchange import csvlist, vics
from hashgrade.exchange.listed import Listed
from hashgrade.law.crosswalk import Crosswalk
from hashgrade.law.drafts import notice
from hashgrade.vault import read_secret, write_secret

MANIFEST, SIGNATURE, HASHES, VICS = "manifest.json", "manifest.json.sig", "hashes.csv", "vics.json"
LABELS = "labels.csv"
MANIFEST_BYTES_MAX = 1024 * 1024
KEYS = {"name": str, "edition": int, "issued_at": str, "policy": object, "packs": list, "files": dict}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
NUMBER = re.compile(r"[1-9][0-9]{0,17}")
FILE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class PackUsed:
    """A pack that an edition's outcomes were made with; `review` is `draft` until counsel has read it.

    `digest` is the SHA-256 of its text, by which the station's records tell who put it in force.
    """

    id: str
    version: str
    review: str
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An edition before it is written: what its manifest says, apart from its files.

    `policy` is the condition as plain maps, lists and words; `synthetic` says that records
    of the station are made up, so that nobody takes the list for a real one. `labels` is the
    crosswalk to the UCS, where members are to have the answers too.
    """

    name: str
    edition: int
    issued_at: datetime
    policy: object
    packs: tuple[PackUsed, ...]
    vocabulary: str
    synthetic: bool = False
    labels: Crosswalk | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """An edition on disk: its folder, the SHA-256 of its manifest, and how many lines each file has."""

    folder: Path
    manifest_sha256: str
    entries: Mapping[str, int]


def private_key_file(station: Path) -> Path:
    """Tell where the key that signs a station's editions lies."""
    return station / "keys" / "release.key"


def public_key_file(station: Path) -> Path:
    """Tell where the key that checks a station's editions lies, which its members are given."""
    return station / "keys" / "release.pub"


def create_key(station: Path) -> None:
    """Make the station's signing key, mode 0600, and its public half; never replace one.

    Raises:
        Conflict: REL-07, the station has a signing key.
    """
    private, where = Ed25519PrivateKey.generate(), private_key_file(station)
    where.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        write_secret(where, pem)
    except FileExistsError:
        raise Conflict("REL-07", "the station has a signing key already", where=str(where)) from None
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    public_key_file(station).write_bytes(public)


def signing_key(station: Path) -> Ed25519PrivateKey:
    """Read the station's signing key.

    Raises:
        InputError: REL-01, it is missing, cannot be read, or is no Ed25519 key.
        Refused: VLT-04, others than the owner could have read it.
    """
    where = private_key_file(station)
    with suppress(OSError, ValueError):
        key = load_pem_private_key(read_secret(where), None)
        if isinstance(key, Ed25519PrivateKey):
            return key
    raise InputError("REL-01", "the signing key is missing, cannot be read, or is no Ed25519 key", where=str(where))


def public_key(path: Path) -> Ed25519PublicKey:
    """Read the key that checks editions, from PEM.

    Raises:
        InputError: REL-01, it is missing, cannot be read, or is no Ed25519 key.
    """
    with suppress(OSError, ValueError):
        key = load_pem_public_key(path.read_bytes())
        if isinstance(key, Ed25519PublicKey):
            return key
    raise InputError("REL-01", "the public key is missing, cannot be read, or is no Ed25519 key", where=str(path))


def write(lists: Path, draft: Draft, lines: Iterable[Listed], key: Ed25519PrivateKey) -> Written:
    """Write and sign an edition into a hidden folder beside where it will stand; `stand` makes it one.

    Args:
        lists: The station's folder of lists.
        draft: What the manifest says.
        lines: Read once, in the order they are to have.
        key: Signs the manifest.
    """
    (lists / draft.name).mkdir(mode=0o700, parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=lists / draft.name, prefix=f".part-{draft.edition}-"))
    try:
        files = _write_files(part, draft, lines)
        manifest = _manifest(draft, files)
        (part / MANIFEST).write_bytes(manifest)
        (part / SIGNATURE).write_text(key.sign(manifest).hex() + "\n")
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    entries = {name: file.lines for name, file in files.items()}
    return Written(part, hashlib.sha256(manifest).hexdigest(), entries)


def stand(lists: Path, draft: Draft, written: Written) -> Path:
    """Give a written edition its number, in one step.

    Raises:
        Conflict: REL-06, an edition with this number stands there.
    """
    place = lists / draft.name / str(draft.edition)
    try:
        if place.exists():
            raise FileExistsError
        return written.folder.rename(place)
    except OSError as error:
        shutil.rmtree(written.folder, ignore_errors=True)
        what = f"edition {draft.edition} of `{draft.name}` is there already"
        raise Conflict("REL-06", what, where=str(place)) from error


def verify(folder: Path, key: Ed25519PublicKey) -> dict[str, object]:
    """Give the manifest of an edition once its signature and every file are proven right.

    Raises:
        InputError: REL-02, the folder is not an edition; REL-09, a file cannot be read.
        Broken: REL-03, the signature is not by this key over this manifest; REL-04, a file is
            not the one that was signed, is missing, or is one too many; REL-05, the manifest has
            another form than a manifest.
    """
    manifest = _signed(folder, key)
    told = _read_manifest(manifest, folder / MANIFEST)
    files = _digests(told, folder / MANIFEST)
    found = {path.name for path in folder.iterdir()} - {MANIFEST, SIGNATURE}
    for name in sorted(found ^ files.keys()):
        state = "is missing" if name in files else "was not signed"
        raise Broken("REL-04", f"`{name}` {state}", where=str(folder))
    for name, digest in files.items():
        if _sha256(folder / name) != digest:
            raise Broken("REL-04", f"`{name}` is not the file that was signed", where=str(folder / name))
    return told


def verify_standing(lists: Path, spelt: str, key: Ed25519PublicKey) -> tuple[Path, dict[str, object]]:
    """Find an edition of ours by NAME or NAME/N, the newest without N, and give it and its manifest once proven.

    A copy of an old edition under a new number is signed as well as the old one. So the name
    and the number that were signed must be those that the edition stands under.

    Raises:
        InputError: CMD-01, there is no such edition; REL-02, REL-09, as for `verify`.
        Broken: REL-08, it was signed under another name or number; REL-03 to REL-05, as for `verify`.
    """
    name, _, number = spelt.partition("/")
    if not NAME.fullmatch(name) or not NUMBER.fullmatch(number or "1"):
        raise InputError("CMD-01", "there is no such edition", where=spelt)
    folder = lists / name / (number or str(newest(lists, name)))
    if not folder.is_dir():
        raise InputError("CMD-01", "there is no such edition", where=spelt)
    told = verify(folder, key)
    if (told["name"], told["edition"]) != (name, int(folder.name)):
        what = f"edition {told['edition']} of `{told['name']}` stands as edition {folder.name} of `{name}`"
        raise Broken("REL-08", what, where=str(folder))
    return folder, told


def newest(lists: Path, name: str) -> int:
    """Give the number of the newest edition that stands under a name, 0 if none does."""
    folder = lists / name
    numbers = [int(path.name) for path in folder.iterdir() if NUMBER.fullmatch(path.name)] if folder.is_dir() else []
    return max(numbers, default=0)


class _File:
    """A file being written, with the digest, size and line count that the manifest will state."""

    def __init__(self, path: Path) -> None:
        self._out = path.open("wb")
        self._digest = hashlib.sha256()
        self.size_bytes = self.lines = 0

    def write(self, text: str) -> None:
        content = text.encode()
        self._digest.update(content)
        self.size_bytes += len(content)
        self._out.write(content)

    def entry(self, text: str) -> None:
        self.write(text)
        self.lines += 1

    def close(self) -> None:
        self._out.close()

    def stated(self) -> dict[str, object]:
        return {"sha256": self._digest.hexdigest(), "size_bytes": self.size_bytes, "entries": self.lines}


def _write_files(folder: Path, draft: Draft, lines: Iterable[Listed]) -> dict[str, _File]:
    names = [HASHES, VICS] + ([LABELS] if draft.labels else [])
    files = {name: _File(folder / name) for name in names}
    packs = [pack.id for pack in draft.packs]
    try:
        files[HASHES].write(csvlist.header(packs))
        files[VICS].write(vics.HEAD)
        if draft.labels:
            files[LABELS].write(csvlist.label_header())
        for one in lines:
            _write_line(files, draft, packs, one)
        files[VICS].write(vics.TAIL)
    finally:
        for file in files.values():
            file.close()
    return files


def _write_line(files: Mapping[str, _File], draft: Draft, packs: list[str], one: Listed) -> None:
    files[HASHES].entry(csvlist.row(one, packs))
    if one.md5:
        between = vics.BETWEEN if files[VICS].lines else ""
        files[VICS].entry(between + vics.record(one, draft.issued_at))
    for row in csvlist.label_rows(one, draft.labels) if draft.labels else ():
        files[LABELS].entry(row)


def _manifest(draft: Draft, files: Mapping[str, _File]) -> bytes:
    told = {
        "name": draft.name,
        "edition": draft.edition,
        "issued_at": draft.issued_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "policy": draft.policy,
        "vocabulary": draft.vocabulary,
        "packs": [{"id": pack.id, "version": pack.version, "review": pack.review, "digest": pack.digest}
                  for pack in draft.packs],
        "synthetic": draft.synthetic,
        "draft": [pack.id for pack in draft.packs if pack.review == "draft"],
        "notice": notice(f"{pack.id} {pack.version}" for pack in draft.packs if pack.review == "draft"),
        "files": {name: file.stated() for name, file in files.items()},
    }
    return (json.dumps(told, indent=1, ensure_ascii=False, default=str) + "\n").encode()


def _signed(folder: Path, key: Ed25519PublicKey) -> bytes:
    try:
        for path in (folder / MANIFEST, folder / SIGNATURE):
            if not stat.S_ISREG(path.stat().st_mode):
                raise InputError("REL-02", f"the folder is not an edition: `{path.name}` is not a file",
                                 where=str(folder))
        with (folder / MANIFEST).open("rb") as file:
            manifest = file.read(MANIFEST_BYTES_MAX + 1)
        with (folder / SIGNATURE).open("rb") as file:
            signature = bytes.fromhex(file.read(256).decode("ascii"))
    except OSError as error:
        raise InputError("REL-02", f"the folder is not an edition: {error.strerror}", where=str(folder)) from None
    except ValueError:
        raise Broken("REL-03", "the signature is not hex", where=str(folder / SIGNATURE)) from None
    try:
        key.verify(signature, manifest)
    except InvalidSignature:
        raise Broken("REL-03", "the signature is not by this key over this manifest", where=str(folder)) from None
    return manifest


def _read_manifest(manifest: bytes, where: Path) -> dict[str, object]:
    """Read a manifest whose signature is right: its form is still not taken on trust."""
    try:
        told = json.loads(manifest)
    except (ValueError, RecursionError):
        raise Broken("REL-05", "the manifest is not JSON", where=str(where)) from None
    for name, form in KEYS.items():
        if not isinstance(told, dict) or not isinstance(told.get(name), form) or isinstance(told[name], bool):
            raise Broken("REL-05", f"the manifest has no sound `{name}`", where=str(where))
    for name, spelling in (("name", NAME), ("edition", NUMBER)):
        if not spelling.fullmatch(str(told[name])):
            raise Broken("REL-05", f"the manifest has no sound `{name}`", where=str(where))
    return dict(told)


def _digests(told: Mapping[str, object], where: Path) -> dict[str, str]:
    files = told["files"]
    found = {}
    for name, file in files.items() if isinstance(files, dict) else ():
        digest = file.get("sha256") if isinstance(file, dict) else None
        if not FILE_NAME.fullmatch(name) or name in (MANIFEST, SIGNATURE) or not isinstance(digest, str):
            raise Broken("REL-05", "the manifest names a file that no edition can have", where=str(where))
        found[name] = digest
    return found


def _sha256(path: Path) -> str | None:
    """Take the digest of a file; None if it is a link, a folder, a pipe: what no edition holds."""
    try:
        # Looked at before it is opened: a pipe would be waited for without end.
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError("REL-09", f"`{path.name}` cannot be read: {error.strerror}", where=str(path)) from None

"""Media at rest: encrypted, named by their SHA-256, and shreddable one by one.

Each medium is encrypted under a data key of its own. That key lies apart from the
medium, wrapped by the vault's key, so that destroying 68 bytes makes any number of
copies of the medium unreadable. What the vault cannot authenticate it never returns.

    STATION/keys/vault.key              the vault's key, mode 0600: back it up, apart from the rest
    STATION/vault/media/ab/abcd...      header, then STREAM chunks of 64 KiB
    STATION/vault/keys/ab/abcd...       the data key, wrapped

No parameter chooses the randomness here: a key that somebody can seed is no key.
"""

import errno
import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hashgrade.errors import Broken, Conflict, InputError, Refused

CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
SEALED_BYTES = CHUNK_BYTES + TAG_BYTES
MAGIC = b"HGVAULT1\n"
PREFIX_BYTES = 7
HEADER_BYTES = len(MAGIC) + PREFIX_BYTES
NONCE_BYTES = 12
KEY_LINE = "hashgrade-vault-key-1"
CHECK = b"hashgrade vault key check"


class Vault:
    """Keep media so that only the holder of the key file can read them, and only while they are not shredded."""

    def __init__(self, station: Path, key: bytes) -> None:
        self._media = station / "vault" / "media"
        self._keys = station / "vault" / "keys"
        self._wrap = AESGCM(key)

    @classmethod
    def create(cls, station: Path) -> "Vault":
        """Make the key file, mode 0600, and an empty vault; never replace a key.

        Raises:
            Conflict: VLT-01, the station has a key, or media that only another key can read.
        """
        where = key_file(station)
        if where.exists() or (station / "vault").exists():
            raise Conflict("VLT-01", "the station has a vault already; a second key would orphan its media",
                           where=str(where))
        key = AESGCM.generate_key(256)
        for folder in (where.parent, station / "vault" / "media", station / "vault" / "keys"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_secret(where, f"{KEY_LINE} {key.hex()}\n".encode())
        vault = cls(station, key)
        _write_durably(station / "vault" / "check", vault._wrapped(bytes(32), CHECK))
        return vault

    @classmethod
    def open(cls, station: Path) -> "Vault":
        """Open the vault of a station with the station's key file, after proving that the key is this vault's.

        Raises:
            InputError: VLT-02, no key file that can be read; VLT-03, it holds no key, or another vault's.
            Refused: VLT-04, others than the owner can read the key file.
        """
        where = key_file(station)
        vault = cls(station, _key_in(where))
        try:
            vault._unwrapped((station / "vault" / "check").read_bytes(), CHECK)
        except OSError:
            raise InputError("VLT-03", "the vault has no check file to read, so the key cannot be proven right",
                             where=str(station / "vault" / "check")) from None
        except InvalidTag:
            raise InputError("VLT-03", "the key in this file is another vault's", where=str(where)) from None
        return vault

    def put(self, sha256: str, stream: BinaryIO) -> bool:
        """Keep what `stream` holds under its digest, on disk when this returns; False if it was kept already.

        A cut at any point leaves either the whole medium or none. Writers of one medium
        may race: the first to link a data key wins and all use it, each with a nonce
        prefix of its own, so that whichever ciphertext is renamed last can be read.

        Args:
            sha256: 64 hex characters, of all that `stream` will give.
            stream: Read to its end.

        Raises:
            InputError: VLT-05, the bytes have another digest: the file changed while it was read.
            Broken: VLT-07, a data key is there and does not unwrap; VLT-08, the disk is full.
        """
        if self.has(sha256):
            return False
        key = self._data_key(sha256)
        place = _place(self._media, sha256)
        with _replacing(place) as out:
            if _encrypt(stream, out, AESGCM(key), sha256) != sha256:
                raise InputError("VLT-05", "the bytes are not those that were fingerprinted")
        return True

    def get(self, sha256: str) -> BinaryIO:
        """Open a medium for reading, seekable; each 64 KiB is authenticated before a byte of it is given.

        Raises:
            InputError: VLT-06, the medium is not here, or was shredded.
            Broken: VLT-07, here or while reading: what is on disk is not what was put.
        """
        try:
            wrapped = _place(self._keys, sha256).read_bytes()
            sealed = _place(self._media, sha256).open("rb")
        except FileNotFoundError:
            raise InputError("VLT-06", "the vault does not hold this medium", where=sha256) from None
        try:
            key = self._unwrapped(wrapped, bytes.fromhex(sha256))
            return io.BufferedReader(_Opened(sealed, AESGCM(key), sha256), CHUNK_BYTES)
        except (InvalidTag, Broken):
            sealed.close()
            raise _damaged(sha256) from None

    def has(self, sha256: str) -> bool:
        """Tell whether a medium and its key are here."""
        return _place(self._media, sha256).exists() and _place(self._keys, sha256).exists()

    def shred(self, sha256: str) -> bool:
        """Destroy a medium's key for good, then the medium; False if there was no key.

        The key goes first: a cut in between leaves bytes that nobody can read. Copies of
        `vault/keys` in backups must go as well, and this cannot reach them.
        """
        wrapped = _place(self._keys, sha256)
        held = wrapped.exists()
        for path in (*_left_over(wrapped), wrapped, _place(self._media, sha256)):
            with suppress(FileNotFoundError):
                path.unlink()
                sync_folder(path.parent)
        return held

    def sealed(self, secret: bytes, name: bytes) -> bytes:
        """Encrypt a small secret of the station, such as a second factor's, for `unsealed` with the same name to read.

        Args:
            secret: What the database should not hold in the open.
            name: Of what it is the secret, so that one cannot stand in another's place.
        """
        return self._wrapped(secret, b"secret of " + name)

    def unsealed(self, sealed: bytes, name: bytes) -> bytes:
        """Decrypt what `sealed` made.

        Raises:
            Broken: ACC-13, it was changed, is another's, or was sealed under another key.
        """
        try:
            return self._wrap.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], b"secret of " + name)
        except (InvalidTag, ValueError):
            raise Broken("ACC-13", "a secret of the station is damaged, or was sealed under another key") from None

    def _data_key(self, sha256: str) -> bytes:
        place, name = _place(self._keys, sha256), bytes.fromhex(sha256)
        with suppress(FileExistsError), _replacing(place, exclusive=True) as out:
            out.write(self._wrapped(AESGCM.generate_key(256), name))
        try:
            return self._unwrapped(place.read_bytes(), name)
        except InvalidTag:
            raise _damaged(sha256) from None

    def _wrapped(self, key: bytes, name: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._wrap.encrypt(nonce, key, name)

    def _unwrapped(self, wrapped: bytes, name: bytes) -> bytes:
        if len(wrapped) != NONCE_BYTES + 32 + TAG_BYTES:
            raise InvalidTag
        return self._wrap.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], name)


class _Opened(io.RawIOBase):
    """One medium, decrypted chunk by chunk as it is asked for."""

    def __init__(self, sealed: BinaryIO, cipher: AESGCM, sha256: str) -> None:
        self._sealed, self._cipher, self._sha256 = sealed, cipher, sha256
        header = sealed.read(HEADER_BYTES)
        body = os.fstat(sealed.fileno()).st_size - HEADER_BYTES
        self._last = (body - 1) // SEALED_BYTES
        self._size = body - TAG_BYTES * (self._last + 1)
        # A last chunk without a byte in it would never be read, so nothing would notice what was cut off before it.
        hollow = body - self._last * SEALED_BYTES < TAG_BYTES + (self._last > 0)
        if header[:len(MAGIC)] != MAGIC or len(header) != HEADER_BYTES or hollow:
            raise _damaged(sha256)
        self._prefix = header[len(MAGIC):]
        self._at = 0
        self._chunk = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("negative seek position")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        # An empty medium is one empty chunk, and it too must prove that nothing was cut off.
        if self._at >= self._size and self._size:
            return 0
        number, skip = divmod(min(self._at, self._size), CHUNK_BYTES)
        piece = self._plain(number)[skip:skip + len(buffer)]
        buffer[:len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        self._sealed.close()
        super().close()

    def _plain(self, number: int) -> bytes:
        if self._chunk[0] != number:
            self._sealed.seek(HEADER_BYTES + number * SEALED_BYTES)
            sealed = self._sealed.read(SEALED_BYTES)
            nonce = _nonce(self._prefix, number, last=number == self._last)
            try:
                self._chunk = number, self._cipher.decrypt(nonce, sealed, bytes.fromhex(self._sha256))
            except InvalidTag:
                raise _damaged(self._sha256) from None
        return self._chunk[1]


def key_file(station: Path) -> Path:
    """Tell where a station's vault key lies."""
    return station / "keys" / "vault.key"


def write_secret(path: Path, content: bytes) -> None:
    """Write a new file that only its owner can read, on disk when this returns; never replace one.

    Raises:
        FileExistsError: The file is there already.
    """
    # The mode is given at creation: between a write and a chmod anybody could open the file.
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        os.fchmod(out.fileno(), 0o600)
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    sync_folder(path.parent)


def read_secret(path: Path) -> bytes:
    """Read a file that only its owner may read.

    Raises:
        FileNotFoundError: There is none.
        Refused: VLT-04, others than the owner could have read it.
    """
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode & 0o777
        if mode & 0o077:
            raise Refused("VLT-04", f"the key file has mode {mode:04o}, expected 0600: others could have read it",
                          where=str(path))
        return file.read()


def _key_in(where: Path) -> bytes:
    try:
        text = read_secret(where).decode(errors="replace")
    except FileNotFoundError:
        raise InputError("VLT-02", "the vault's key file is missing", where=str(where)) from None
    except OSError as error:
        raise InputError("VLT-02", f"the vault's key file cannot be read: {error.strerror}", where=str(where),
                         to_do="check that it is a file and that you may read it") from None
    word, _, digits = text.strip().partition(" ")
    if word != KEY_LINE or len(digits) != 64 or not set(digits) <= set("0123456789abcdef"):
        raise InputError("VLT-03", f"expected `{KEY_LINE}` and 64 hex characters, got something else", where=str(where))
    return bytes.fromhex(digits)


def _place(root: Path, sha256: str) -> Path:
    # 256 folders: a million media are then 4,000 names a folder.
    return root / sha256[:2] / sha256


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    """Give the nonce of a chunk: prefix, counter, and whether it is the last.

    Chunks then cannot be reordered, dropped or cut off unnoticed.
    Source: Hoang, Reyhanitabar, Rogaway, Vizar, CRYPTO 2015, section 7 (STREAM).
    """
    return prefix + number.to_bytes(4) + bytes([last])


def _encrypt(stream: BinaryIO, out: BinaryIO, cipher: AESGCM, sha256: str) -> str:
    prefix, name, digest, number = os.urandom(PREFIX_BYTES), bytes.fromhex(sha256), hashlib.sha256(), 0
    out.write(MAGIC + prefix)
    chunk = _full(stream)
    while True:
        following = _full(stream) if len(chunk) == CHUNK_BYTES else b""
        digest.update(chunk)
        out.write(cipher.encrypt(_nonce(prefix, number, last=not following), chunk, name))
        if not following:
            return digest.hexdigest()
        chunk, number = following, number + 1


def _full(stream: BinaryIO) -> bytes:
    """Read one whole chunk, or what is left: a raw stream may give less than it was asked for."""
    pieces, wanted = [], CHUNK_BYTES
    while wanted and (piece := stream.read(wanted)):
        pieces.append(piece)
        wanted -= len(piece)
    return b"".join(pieces)


@contextmanager
def _replacing(place: Path, *, exclusive: bool = False) -> Iterator[BinaryIO]:
    """Write a file whole or not at all; with `exclusive`, raise FileExistsError if somebody was first."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=".part-")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        place.hardlink_to(part) if exclusive else part.rename(place)
        sync_folder(place.parent)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Broken("VLT-08", "the disk is full; the medium was not kept", where=str(place.parent)) from error
        raise
    finally:
        part.unlink(missing_ok=True)


def _left_over(place: Path) -> list[Path]:
    """Find the other names of a file that a cut between its two names has left: each would keep what it holds."""
    try:
        file = place.stat()
    except FileNotFoundError:
        return []
    return [path for path in place.parent.glob(".part-*") if path.samefile(place)] if file.st_nlink > 1 else []


def _write_durably(place: Path, content: bytes) -> None:
    with _replacing(place) as out:
        out.write(content)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on disk, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _damaged(sha256: str) -> Broken:
    return Broken("VLT-07", "the medium or its key was altered or cut short on disk", where=sha256)

"""A copy of the records, made while others write, and what a copy proves to be when it is opened by itself.

Nothing here needs Django or a station's settings: a copy is looked at where no station is.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hashgrade import audit
from hashgrade.errors import Broken, Conflict, HashgradeError, InputError

RECORDS: Final = "records.sqlite3"
"""What the file of the records is called, in a station and in a copy."""
LOCK_WAIT_S: Final = 30
BLOCK_BYTES: Final = 2**20
Complaint = tuple[str, type[HashgradeError], str, str]
COMPLAINTS: Final[tuple[Complaint, ...]] = (
    ("locked", Conflict, "STO-03", "another process keeps the records to itself"),
    ("malformed", Broken, "STO-17", "the file of the records is damaged"),
    ("not a database", Broken, "STO-17", "the file of the records is no database"),
)
"""SQLite's words, and the error that they are wherever records are read: https://sqlite.org/rescode.html"""
NO_RECORDS: Final[Complaint] = ("no such", Broken, "STO-17", "the file holds other things, and no records")


def copy(records: Path, out: Path) -> None:
    """Copy the records as they are at one moment, with everything that was acknowledged before, into an empty file.

    First the file is copied as it comes, perhaps in the middle of a change. Then nobody may change it while both are
    read and what differs is copied again: whoever saves waits as long as it takes to read what is in memory by then.
    SQLite's own way of copying begins anew with each change of others, or keeps them waiting for the disk of the copy.
    Not for a process whose other threads write: that the file is closed here ends their locks.
    Source: https://sqlite.org/backup.html, https://sqlite.org/howtocorrupt.html (2.2).

    Args:
        records: The file that others write.
        out: The copy, on disk only once the caller has asked for that.

    Raises:
        Conflict: STO-03, another process kept the records to itself for too long.
        Broken: STO-02, the file alone does not hold all records; STO-17, the records are damaged.
        InputError: BAK-04, SQLite refused to read.
        OSError: The system did.
    """
    with _plain(records), records.open("rb") as original, out.open("r+b") as made:
        _carry(original.fileno(), made.fileno())
        with closing(_connected(records, "mode=rw", LOCK_WAIT_S)) as reader:
            reader.execute("BEGIN")
            (journal,) = reader.execute("PRAGMA journal_mode").fetchone()
            if journal == "wal":
                raise Broken("STO-02", "the records are in WAL mode, so that their file alone is not all of them")
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on nobody changes the file
            _carry(original.fileno(), made.fileno())


def _carry(original: int, made: int) -> None:
    """Make one file what the other is, by writing only the blocks in which they differ."""
    at = 0
    while block := os.pread(original, BLOCK_BYTES, at):
        if os.pread(made, len(block), at) != block:
            os.pwrite(made, block, at)
        at += len(block)
    os.truncate(made, at)


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that is open to be read and is never written, nor anything beside it."""

    records: sqlite3.Connection

    def prove(self, *, thoroughly: bool) -> audit.Entry | None:
        """Prove that the file is whole and the audit log unbroken; give the newest entry.

        Args:
            thoroughly: Also hold every index to its table, which takes ten times as long.

        Raises:
            Broken: STO-17, the file is damaged; AUD-01 to AUD-03, the log is.
        """
        check = "PRAGMA integrity_check(1)" if thoroughly else "PRAGMA quick_check(1)"
        (found,) = self.records.execute(check).fetchone()
        if found != "ok":
            raise Broken("STO-17", "the file of the records is damaged")
        try:
            return audit.verify(self._entries())
        except (ValueError, TypeError, RecursionError):
            raise Broken("AUD-02", "an entry was changed after it was sealed into what cannot be read") from None

    def digest(self, number: int) -> str | None:
        """Give the digest that the entry of this number carries; None where there is no such entry."""
        row = self.records.execute("SELECT digest FROM store_entry WHERE number = ?", (number,)).fetchone()
        return str(row[0]) if row else None

    def _entries(self) -> Iterator[audit.Entry]:
        rows = self.records.execute(
            "SELECT number, at, actor, why, did, previous, digest FROM store_entry ORDER BY number")
        for number, at, actor, why, did, previous, digest in rows:
            yield audit.Entry(number=number, at=datetime.fromisoformat(at).replace(tzinfo=UTC), actor=actor, why=why,
                              did=dict(json.loads(did)), previous=previous, digest=digest)

    def names(self) -> Iterator[str]:
        """Stream the SHA-256 of every item, in order."""
        return (name for name, in self.records.execute("SELECT sha256 FROM store_item ORDER BY sha256"))


@contextmanager
def opened(file: Path) -> Iterator[Copy]:
    """Open a copy of the records by itself.

    Raises:
        Broken: STO-17, it is damaged, or no such thing.
        InputError: BAK-04, it cannot be read.
    """
    with _plain(file), closing(_connected(file, "mode=ro&immutable=1")) as records:
        yield Copy(records)


def _connected(file: Path, how: str, wait_s: float = 0) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?{how}", timeout=wait_s, uri=True)


@contextmanager
def _plain(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        for words, kind, code, what in (*COMPLAINTS, NO_RECORDS):
            if words in str(error):
                raise kind(code, what, where=str(file)) from error
        raise InputError("BAK-04", f"the records cannot be read: {error}", where=str(file)) from error

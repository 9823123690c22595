"""A copy of the records, made while others write, and what a copy proves to be when it is opened by itself.

Nothing here needs Django or a station's settings: a copy is looked at where no station is.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hashgrade import audit
from hashgrade.errors import Broken, Conflict, InputError

RECORDS: Final = "records.sqlite3"
"""What the file of the records is called, in a station and in a copy."""
LOCK_WAIT_S: Final = 30
STEP_PAGES: Final = 500
"""Pages copied before whoever waits to write goes first."""
DISTURBED_MAX: Final = 3
"""How often others may write in between, which begins the copy anew, until it is made in one go."""
BUSY: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
COMPLAINTS: Final = (
    ("full", "BAK-05", "the disk is full; an earlier backup there is as it was"),
    ("malformed", "STO-17", "the file of the records is damaged"),
    ("not a database", "STO-17", "the file of the records is no database"),
    ("no such", "STO-17", "the file holds other things, and no records"),
)
"""SQLite's words, and the error that they are here; any other is BAK-04."""


def copy(records: Path, out: Path) -> None:
    """Copy the records as they are at one moment, with everything that was acknowledged before, into a new file.

    A few milliseconds at a time, so that nobody who saves waits longer than that. SQLite begins anew when somebody
    saved in between; where that does not end, the whole is copied in one go, and those who save wait for it.
    Source: https://sqlite.org/backup.html

    Args:
        records: The file that others write.
        out: The copy, on disk only once the caller has asked for that.

    Raises:
        Conflict: STO-03, another process kept the records to itself for too long.
        Broken: STO-17, the records are damaged; BAK-05, the disk is full.
        InputError: BAK-04, the system refused to read or write.
    """
    try:
        _copy(records, out, STEP_PAGES, _Politely())
    except _DisturbedError:
        os.truncate(out, 0)  # what was copied so far is of no use, and cannot be undone
        _copy(records, out, -1, _refuse_busy)


def _copy(records: Path, out: Path, pages: int, progress: Callable[[int, int, int], None]) -> None:
    with (_plain(records, out), closing(_connected(records, "mode=rw", LOCK_WAIT_S)) as source,
          closing(sqlite3.connect(out)) as target):
        target.execute("PRAGMA journal_mode=OFF")  # nobody reads it before it is whole
        target.execute("PRAGMA synchronous=OFF")
        source.backup(target, pages=pages, progress=progress)


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


class _DisturbedError(Exception):
    """Others write too often for a copy in steps."""


class _Politely:
    """Counts how often a copy in steps was begun anew, which shows in that more is left than before."""

    def __init__(self) -> None:
        self.left, self.disturbed = 2**62, 0

    def __call__(self, status: int, left: int, total: int) -> None:
        _refuse_busy(status, left, total)
        self.disturbed += left > self.left
        self.left = left
        if self.disturbed >= DISTURBED_MAX:
            raise _DisturbedError


def _refuse_busy(status: int, _left: int, _total: int) -> None:
    if status in BUSY:  # SQLite has waited already; Python would ask for ever
        raise Conflict("STO-03", "another process keeps the records to itself")


def _connected(file: Path, how: str, wait_s: float = 0) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?{how}", timeout=wait_s, uri=True)


@contextmanager
def _plain(file: Path, out: Path | None = None) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        for words, code, what in COMPLAINTS:
            if words in str(error):
                raise Broken(code, what, where=str(out if out and code == "BAK-05" else file)) from error
        raise InputError("BAK-04", f"the records cannot be copied or read: {error}", where=str(file)) from error

"""What SQLite complains of, as errors with codes: somebody was first, or integrity is gone.

Writing goes through `Store.work`, which tells its own trouble; a reading query may meet the same at any
row, so that a door (a command, a request) holds `plain_errors` around all it does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from django.db import DatabaseError, connection

from hashgrade.errors import Broken, Conflict, HashgradeError, InputError
from hashgrade.store.copies import COMPLAINTS, LOCK_WAIT_S, Complaint

TROUBLES: tuple[Complaint, ...] = (
    *COMPLAINTS,
    ("disk is full", Broken, "STO-10", "the disk is full; nothing of this change was kept"),
    ("disk I/O error", Broken, "STO-17", "the disk does not give or take the records"),
    ("unable to open", InputError, "STO-18", "the records cannot be opened"),
    ("readonly", InputError, "STO-18", "the records cannot be written"),
    ("read-only", InputError, "STO-18", "the records cannot be written"),
)
"""SQLite's words, and the error that they are in a station that people work on."""


_turn = RLock()


@contextmanager
def in_turn() -> Iterator[None]:
    """Let the threads of this process write one after another.

    SQLite has one writer, too, but lets whoever waits ask again after ever longer pauses, so that some wait for long
    though nobody writes. Whoever waits here goes on at once.

    Raises:
        Conflict: STO-03, others of this process wrote for too long.
    """
    if not _turn.acquire(timeout=LOCK_WAIT_S):
        raise Conflict("STO-03", "other work of this process keeps the records to itself")
    try:
        yield
    finally:
        _turn.release()


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what SQLite complains of into coded errors; what is a fault of ours stays as it is.

    Raises:
        Conflict: STO-03, another process kept the records to itself for too long.
        Broken: STO-10, the disk is full; STO-17, the file is no database, or damaged.
        InputError: STO-18, the file cannot be opened or written.
    """
    try:
        yield
    except DatabaseError as error:
        if known := told(error):
            raise known from error
        raise


def told(error: Exception) -> HashgradeError | None:
    """Give the coded error that SQLite's complaint is; None for any other error."""
    if not isinstance(error, DatabaseError):
        return None
    found = (line for line in TROUBLES if line[0] in str(error))
    return next((kind(code, what, where=str(_file())) for _words, kind, code, what in found), None)


def refuse_missing() -> None:
    """Refuse a station that has lost its records, before SQLite makes new ones that are empty.

    Raises:
        Broken: STO-16, there is no file of records, or nothing is in it.
    """
    file = _file()
    if not file.is_file() or not file.stat().st_size:
        raise Broken("STO-16", "the records of this station are gone", where=str(file))
    if "store_entry" not in connection.introspection.table_names():
        raise Broken("STO-16", "the file of the records holds other things, and no records", where=str(file))


def _file() -> Path:
    return Path(str(connection.settings_dict["NAME"]))

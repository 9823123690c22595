"""Django's settings for the store alone: one SQLite file, journalled so that a crash loses nothing.

SQLite before 3.51.3 can corrupt a database in WAL mode (the WAL-reset bug), so the
rollback journal is used everywhere, with a sync of every commit. `IMMEDIATE` takes the
write lock when a transaction starts, so that two writers queue instead of deadlocking.
"""

from pathlib import Path

from hashgrade.settings import read
from hashgrade.store.copies import LOCK_WAIT_S, RECORDS

FILE = RECORDS
PRAGMAS = "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF"


def database(path: Path | str) -> dict[str, object]:
    """Describe to Django the SQLite database at `path`, with the safe settings."""
    options = {"transaction_mode": "IMMEDIATE", "timeout": LOCK_WAIT_S, "init_command": PRAGMAS}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": options}


DATABASES = {"default": database(read().station / FILE)}
INSTALLED_APPS = ["hashgrade.store"]
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LOGGING_CONFIG = None

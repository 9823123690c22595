"""What a station remembers of its last backups, for the status page; the audit log has all of them."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from hashgrade.backups.files import Found

NOTES: Final = "backups.json"
NOTES_MAX: Final = 200
"""More than one an hour for a week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the station remembers of one backup; `checked_at` is empty until it was checked."""

    digest: str
    folder: str
    made_at: str
    entries: int
    keys: bool
    checked_at: str = ""
    faults: int = 0

    @property
    def made(self) -> datetime:
        """When it was made."""
        return datetime.fromisoformat(self.made_at)

    @property
    def checked(self) -> datetime | None:
        """When it was checked last; None if it was not."""
        return datetime.fromisoformat(self.checked_at) if self.checked_at else None


def notes(root: Path) -> list[Note]:
    """What is remembered of the last backups, the newest last; nothing where it cannot be read."""
    with suppress(OSError, ValueError, TypeError):
        kept = [Note(**one) for one in json.loads((root / NOTES).read_bytes())]
        return kept if all(one.made.tzinfo and (one.checked or one.made).tzinfo for one in kept) else []
    return []


def remember(root: Path, note: Note) -> None:
    """Keep a note in place of what is remembered of the same backup."""
    kept = [one for one in notes(root) if one.digest != note.digest]
    by_time = sorted([*kept, note], key=lambda one: one.made_at)[-NOTES_MAX:]
    part = root / f"{NOTES}.new"
    part.write_text(json.dumps([asdict(one) for one in by_time]))
    part.replace(root / NOTES)


def note_of(found: Found, to: Path, checked_at: str = "") -> Note:
    """What is worth remembering of a backup; of the folder its own name alone."""
    one = found.manifest
    return Note(digest=found.digest, folder=to.resolve().name, made_at=one.made_at, entries=one.entries, keys=one.keys,
                checked_at=checked_at, faults=len(found.faults))

"""Makes a backup: the records first, then what is new of all else, and the manifest last."""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from time import monotonic
from typing import Final

from hashgrade.backups.files import (
    FILES,
    FORM,
    LOCK,
    MANIFEST,
    STATION,
    UNFINISHED,
    Found,
    Kept,
    Manifest,
    Name,
    Tally,
    Tell,
    copied,
    counted,
    digest_of,
    folder_at,
    has,
    listed,
    locked,
    manifest_of,
    opened_new,
    plain_errors,
    side_by_side,
    station_of,
    walked,
    written,
)
from hashgrade.backups.notes import NOTES
from hashgrade.errors import Broken, InputError, Refused
from hashgrade.store import copies
from hashgrade.store.copies import RECORDS
from hashgrade.vault import sync_folder

PASSING: Final = {"runs", NOTES, *(f"{RECORDS}-{kind}" for kind in ("journal", "wal", "shm"))}
"""What is left out: work that goes on, what was said of backups, and what would undo the copy of the records."""
PART_S: Final = 60.0
"""How often what was copied so far is put on the disk and written down, so that it is not copied again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a backup is asked to be: by whom and when, with the keys or without, and without what was shredded."""

    by: str
    at: datetime
    keys: bool = False
    shredded: bool = False


def make(root: Path, to: Path, wanted: Wanted, tell: Tell = lambda *_: None) -> Found:
    """Copy a station into a folder, whole or not at all; what an earlier backup there has is not copied again.

    Args:
        root: The station's folder.
        to: A new folder in one that is there, an empty one, or one with a backup of this station.
        wanted: What the backup is to be.
        tell: Told how far it is.

    Raises:
        InputError: BAK-01, the folder is none for a backup; BAK-04, something cannot be read or written.
        Refused: BAK-02, it has another station's backup.
        Broken: BAK-03, it has entries of the audit log that the station has not; BAK-05, the disk is full; BAK-08, its
            list of files is damaged; STO-17, AUD-01 to AUD-03, the records are damaged, and no backup was made.
        Conflict: STO-03, others kept the records to themselves; BAK-06, another backup goes on there.
    """
    root, to = root.resolve(), to.resolve()
    unfinished = to / UNFINISHED
    copy = unfinished / STATION / RECORDS
    with plain_errors(to), _alone(root, to):
        if (unfinished / STATION).exists():
            rmtree(unfinished / STATION)
        opened_new(copy).close()
        copies.copy(root / RECORDS, copy)
        with copies.opened(copy) as records:
            newest = records.prove(thoroughly=False)
            _refuse_another_log(to, records)
            making = _Making(root, to, wanted, tell)
            making.run([*sorted(unfinished.glob("part-*")), to / FILES])
            items, media = counted(records, unfinished / FILES)
        manifest = Manifest(
            form=FORM, station=station_of(root), made_at=wanted.at.isoformat(), by=wanted.by,
            entries=newest.number if newest else 0, last=newest.digest if newest else "", items=items, media=media,
            keys=wanted.keys, files=making.tally.files, size_bytes=making.tally.size_bytes,
            files_sha256=digest_of(unfinished / FILES))
        return Found(manifest, _finished(to, unfinished, manifest, making.away), making.tally)


class _Making:
    """Copies what is new, and writes the list of all that the copy has."""

    def __init__(self, root: Path, to: Path, wanted: Wanted, tell: Tell) -> None:
        self.root, self.to, self.unfinished = root, to, to / UNFINISHED
        self.wanted, self.tell = wanted, tell
        self.tally = Tally()
        self.away: list[Path] = []
        self.fresh: list[Kept] = []

    def run(self, lists: Iterable[Path]) -> None:
        """Go through the station and what earlier lists name, side by side."""
        passing = PASSING if self.wanted.keys else PASSING | {"keys"}
        known = [((one.name, one) for one in listed(file, to_the_end=file.name == FILES))
                 for file in lists if file.exists()]
        put_down, before = monotonic(), manifest_of(self.to / MANIFEST)
        of = before.files if before else 0
        with opened_new(self.unfinished / FILES) as out:
            there = walked(self.to / STATION)  # also what is on no list: a backup that was cut off has left it
            for name, (here, *others) in side_by_side(walked(self.root, passing), there, *known):
                earlier = [one for one in others if isinstance(one, Kept)]
                kept = self._kept(name, Path(str(here)), earlier) if here else self._gone(name, earlier)
                if kept:
                    out.write(written(kept))
                    self.tally.files += 1
                    self.tally.size_bytes += kept.size_bytes
                self.tell(self.tally.files, of)
                if monotonic() - put_down > PART_S:
                    self._put_down()
                    put_down = monotonic()

    def _kept(self, name: Name, here: Path, earlier: list[Kept]) -> Kept | None:
        if name == (RECORDS,):
            copy = self.unfinished / STATION / RECORDS
            return Kept(RECORDS, digest_of(copy), copy.stat().st_size, 0)
        try:
            original = here.open("rb")
        except FileNotFoundError:  # shredded, or moved, since its folder was read
            return self._gone(name, earlier)
        with original:
            now, place = os.fstat(original.fileno()), self.to.joinpath(STATION, *name)
            for one in earlier:
                if (one.size_bytes, one.changed_ns) == (now.st_size, now.st_mtime_ns) and has(place, one.size_bytes):
                    return one
            at_once = name[0] == "vault" and not earlier
            place = place if at_once else self.unfinished.joinpath(STATION, *name)
            kept = copied(original, place, Kept("/".join(name), "", 0, now.st_mtime_ns))
        self.tally.copied += 1
        self.fresh += [kept] if at_once else []
        return kept

    def _gone(self, name: Name, earlier: list[Kept]) -> Kept | None:
        place = self.to.joinpath(STATION, *name)
        if name[0] == "vault" and not self.wanted.shredded and earlier and place.exists():
            self.tally.gone += 1
            return earlier[0]
        self.away.append(place)
        return None

    def _put_down(self) -> None:
        os.sync()
        number = len(list(self.unfinished.glob("part-*")))
        with opened_new(self.unfinished / f"part-{number}") as out:
            out.writelines(map(written, self.fresh))
        self.fresh = []


@contextmanager
def _alone(root: Path, to: Path) -> Iterator[None]:
    """Make sure that the folder is one for a backup of this station, and nobody else's while this one is made."""
    if to.is_relative_to(root) or root.is_relative_to(to):
        raise InputError("BAK-01", "the folder is in the station, or the station is in it", where=str(to))
    if to.exists() and not to.is_dir():
        raise InputError("BAK-01", "this is no folder", where=str(to))
    to.mkdir(mode=0o700, exist_ok=True)  # not those above it: a disk that is not there is none to fill
    said, station = manifest_of(to / MANIFEST), station_of(root)
    owner = said.station if said else (to / LOCK).read_text(errors="replace") if (to / LOCK).exists() else ""
    others = sorted(path.name for path in to.iterdir() if path.name not in (LOCK, "lost+found"))
    if others and not owner:
        raise InputError("BAK-01", f"the folder has other things in it, such as `{others[0]}`", where=str(to))
    if owner not in ("", station):
        raise Refused("BAK-02", "the folder has the backup of another station", where=str(to))
    with locked(to, fcntl.LOCK_EX):
        (to / LOCK).write_text(station)
        yield


def _refuse_another_log(to: Path, records: copies.Copy) -> None:
    """Refuse to replace entries of the audit log that the station has no more: the backup may be all that is left."""
    said = manifest_of(to / MANIFEST)
    if said and said.entries and records.digest(said.entries) != said.last:
        raise Broken("BAK-03", f"the backup there has entry {said.entries:,} of the audit log, and the station has "
                     "none, or another", where=str(to))


def _finished(to: Path, unfinished: Path, manifest: Manifest, away: Iterable[Path]) -> str:
    """Put everything where it belongs, the manifest last; give the manifest's digest."""
    text = json.dumps(asdict(manifest), indent=1).encode()
    with opened_new(unfinished / MANIFEST) as out:
        out.write(text)
    os.sync()
    (to / MANIFEST).unlink(missing_ok=True)
    for path in away:
        path.unlink(missing_ok=True)
        with suppress(OSError):  # its folder, unless it has other files
            os.removedirs(path.parent)
    for folder, _, files in os.walk(unfinished / STATION):
        there = to / STATION / Path(folder).relative_to(unfinished / STATION)
        folder_at(there)
        for file in files:
            Path(folder, file).replace(there / file)
        _sync_folder(there)
    (unfinished / FILES).replace(to / FILES)
    _sync_folder(to)
    (unfinished / MANIFEST).replace(to / MANIFEST)
    _sync_folder(to)
    rmtree(unfinished)
    return sha256(text).hexdigest()


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # some file systems of other machines have no such thing
        sync_folder(folder)

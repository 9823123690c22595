"""Holds a backup to its manifest, and says what is wrong with it."""

import fcntl
from collections.abc import Iterator
from pathlib import Path

from hashgrade.backups.files import (
    FILES,
    MANIFEST,
    STATION,
    UNFINISHED,
    Found,
    Kept,
    Manifest,
    Tally,
    Tell,
    counted,
    digest_of,
    listed,
    locked,
    manifest_of,
    plain_errors,
    side_by_side,
    walked,
)
from hashgrade.errors import Broken, InputError, printable
from hashgrade.store import copies
from hashgrade.store.copies import RECORDS


def check(to: Path, tell: Tell = lambda *_: None) -> Found:
    """Read the whole of a backup and hold it to its manifest; nothing in it is changed.

    Each file has to have its digest, the records have to be whole, their audit log unbroken and as long as it was, and
    every medium that was there for them has to be there.

    Args:
        to: The folder of the backup.
        tell: Told how far it is.

    Raises:
        InputError: BAK-07, there is no whole backup; BAK-04, something cannot be read.
    """
    with plain_errors(to):
        manifest = manifest_of(to / MANIFEST)
        if manifest is None:
            unfinished = (to / UNFINISHED).exists()
            what = "the backup there was not finished" if unfinished else "there is no backup here"
            raise InputError("BAK-07", what, where=str(to))
        with locked(to, fcntl.LOCK_SH):
            found = tuple(map(printable, _faults(to, manifest, tell)))
        return Found(manifest, digest_of(to / MANIFEST), Tally(manifest.files, manifest.size_bytes), found)


def _faults(to: Path, manifest: Manifest, tell: Tell) -> Iterator[str]:
    if digest_of(to / FILES) != manifest.files_sha256:
        yield f"{FILES}: changed since it was written"
    try:
        yield from _of_files(to, lambda done, _: tell(done, manifest.files))
        yield from _of_records(to, manifest)
    except (Broken, InputError) as error:
        yield f"{error.where or STATION}: {error.what} ({error.code})"


def _of_files(to: Path, tell: Tell) -> Iterator[str]:
    of_list = ((one.name, one) for one in listed(to / FILES))
    for number, (name, (path, kept)) in enumerate(side_by_side(walked(to / STATION), of_list), 1):
        tell(number, 0)
        where = "/".join((STATION, *name))
        if not isinstance(kept, Kept):
            if name[0] != "vault":  # there, it is of a backup that was interrupted since
                yield f"{where}: is not of the backup"
        elif not isinstance(path, str):
            yield f"{where}: missing"
        elif (size_bytes := Path(path).stat().st_size) != kept.size_bytes:
            yield f"{where}: has {size_bytes:,} bytes, expected {kept.size_bytes:,}"
        elif digest_of(Path(path)) != kept.sha256:
            yield f"{where}: changed"


def _of_records(to: Path, manifest: Manifest) -> Iterator[str]:
    with copies.opened(to / STATION / RECORDS) as records:
        newest = records.prove(thoroughly=True)
        if (newest.number, newest.digest) != (manifest.entries, manifest.last) if newest else manifest.entries:
            yield f"{STATION}/{RECORDS}: the audit log does not end with entry {manifest.entries:,} as it did"
        items, media = counted(records, to / FILES)
        if (items, media) != (manifest.items, manifest.media):
            yield (f"{STATION}/{RECORDS}: {items:,} items of which {media:,} have their medium here, expected "
                   f"{manifest.items:,} and {manifest.media:,}")

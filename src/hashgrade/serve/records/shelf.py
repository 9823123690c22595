"""Studies and reports of a station in its folders; only names that are found there, by listing, are ever opened.

    STATION/studies/NAME.yaml           study files of the station's own
    STATION/reports/made/NAME/          reports, as `study run --out` writes them
    STATION/reports/published/NAME/     reports that somebody said are published: what others are guarded against
    STATION/reports/about/NAME.json     who made one, and how it was verified last
    STATION/reports/kept/NAME/          the records one was made from, for inside only
    STATION/reports/watch/              the page of the watch
    STATION/reports/publishing          which report is being published; empty while none is

To publish a report is an audit entry and a new place for its folder. The entry is first, and what stands in
`publishing` finishes the rest, whenever it was cut short: so none is published without an entry, or the other way.
"""

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import IO, Any, Final

from hashgrade.errors import Broken, InputError, Refused
from hashgrade.studies.schema import load
from hashgrade.studies.study import FOLDER, Study
from hashgrade.vault import sync_folder

BUILT_IN, OWN = "built-in", "own"
MADE, PUBLISHED = "made", "published"
MANIFEST: Final = "manifest.json"
ACT: Final = "report published"
"""What the audit trail says that somebody did who published a report."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A study file that stands here: its name in addresses, its path, the study, and what is wrong in it."""

    name: str
    path: Path
    study: Study | None
    wrong: tuple[InputError, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A report on the shelf: its folder, what its manifest says, and what is known of how it was made."""

    name: str
    folder: Path
    said: Mapping[str, Any]
    about: Mapping[str, Any]
    digest: str

    @property
    def published(self) -> bool:
        """Whether somebody said that it is published."""
        return self.folder.parent.name == PUBLISHED

    @property
    def internal(self) -> bool:
        """Whether it is for inside only."""
        return bool(self.said.get("internal"))

    @property
    def period(self) -> tuple[date, date]:
        """The first and the last day it is about."""
        first, last = (date.fromisoformat(day) for day in self.said["period"])
        return first, last

    @property
    def made_at(self) -> datetime:
        """When its manifest was written."""
        return datetime.fromtimestamp((self.folder / MANIFEST).stat().st_mtime, UTC)

    @property
    def title(self) -> str:
        """What the study is called, or its name."""
        return str(self.about.get("title") or self.said["study"]["name"])


class BadList(InputError):
    """A list with lines that cannot be read: what is wrong with the first of them, and how many there are."""

    def __init__(self, code: str, what: str, *, bad: Sequence[str], bad_total: int) -> None:
        super().__init__(code, what)
        self.bad, self.bad_total = bad, bad_total


# -- studies ------------------------------------------------------------------------------------------------------


def studies(station: Path, place: str) -> dict[str, Path]:
    """The study files of a place, by name: of the package, or of the station's own folder."""
    folder = {BUILT_IN: FOLDER, OWN: station / "studies"}.get(place)
    found = sorted(folder.iterdir()) if folder and folder.is_dir() else []
    return {path.stem: path for path in found if path.suffix in (".yaml", ".yml") and _plain(path)}


def study(station: Path, place: str, name: str) -> Asked:
    """One study file, with what is wrong in it.

    Raises:
        InputError: STU-01, there is none of this name in this place.
    """
    path = studies(station, place).get(name)
    if path is None:
        raise InputError("STU-01", "there is no such study here")
    if place == BUILT_IN:
        return Asked(name, path, load(name))
    from hashgrade.studies.checking import checked  # noqa: PLC0415 - DuckDB is slow to import

    try:
        found = checked(path)
    except InputError as error:
        return Asked(name, path, None, (error,))
    except UnicodeDecodeError:
        return Asked(name, path, None, (InputError("CON-01", "the file is not UTF-8", where=path.name),))
    return Asked(name, path, found.study, found.wrong)


# -- reports ------------------------------------------------------------------------------------------------------


def made(station: Path, state: str) -> Path:
    """The folder of reports in one state, which is made if it is not there."""
    folder = station / "reports" / state
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def named(at: datetime, study_name: str, ref: str) -> str:
    """What a report is called: when it was asked for, of which study, and a word of its own."""
    return f"{at:%Y%m%d-%H%M%S}-{study_name}-{ref[:6]}"


def made_of(station: Path, study_name: str) -> list[Path]:
    """The folders of the reports that `named` called after this study, the newest first."""
    mine = re.compile(rf"\d{{8}}-\d{{6}}-{re.escape(study_name)}-[0-9a-f]{{6}}")
    return [one for one in reports(station) if mine.fullmatch(one.name)]


def reports(station: Path) -> list[Path]:
    """The folders of all reports, the newest first."""
    _finish(station)
    folders = [one for state in (MADE, PUBLISHED) if (station / "reports" / state).is_dir()
               for one in (station / "reports" / state).iterdir() if one.is_dir() and not one.is_symlink()]
    there = [one for one in folders if _plain(one / MANIFEST)]
    return sorted(there, key=lambda one: ((one / MANIFEST).stat().st_mtime, one.name), reverse=True)


def report(station: Path, name: str) -> Report:
    """One report by its name.

    Raises:
        InputError: STU-36, there is none, or it has no manifest that this version reads.
    """
    folder = next((one for one in reports(station) if one.name == name), None)
    if folder is None:
        raise InputError("STU-36", "there is no such report here")
    return read(station, folder)


def read(station: Path, folder: Path) -> Report:
    """A report whose folder was found.

    Raises:
        InputError: STU-36, it has no manifest that this version reads.
    """
    from hashgrade.studies import manifest  # noqa: PLC0415 - DuckDB is slow to import

    return Report(folder.name, folder, manifest.read(folder), _about(station, folder.name), _digest(folder / MANIFEST))


def files(one: Report) -> dict[str, Path]:
    """The files of a report by the names that its manifest gives them; the manifest itself last."""
    there = {path.relative_to(one.folder).as_posix(): path for path in one.folder.rglob("*") if _plain(path)}
    return {name: there[name] for name in (*sorted(one.said["files"]), MANIFEST) if name in there}


def content(one: Report, name: str) -> bytes:
    """A file of a report, if it is what was written.

    Raises:
        InputError: STU-36, it has no such file.
        Broken: SRV-44, it was changed since.
    """
    path = files(one).get(name)
    if path is None:
        raise InputError("STU-36", "the report has no such file")
    data = path.read_bytes()
    if sha256(data).hexdigest() != (one.digest if name == MANIFEST else one.said["files"][name]):
        raise Broken("SRV-44", "a file of the report was changed after it was written")
    return data


def publish(station: Path, name: str, record: Callable[[Report], None]) -> bool:
    """Say that a report is published: from now on every other is guarded against it. False: it was said before.

    That it was guarded against what was published before it, is what makes it safe; a report that was made before
    another was published knows nothing of that one.

    Args:
        station: Whose report.
        name: Which.
        record: Puts the act `ACT` on record, with the SHA-256 of the manifest.

    Raises:
        InputError: STU-36, there is no such report.
        Refused: SRV-43, it may not be published: it is for inside only, or was not guarded against one that is.
        Broken: SRV-44, a file was changed since it was written.
    """
    with _publishing(station, fcntl.LOCK_EX) as held:
        one = report(station, name)
        if one.published:
            return False
        _refuse_unfit(station, one)
        held.write(json.dumps([name, one.digest]).encode())
        os.fsync(held.fileno())
        record(one)
        _published(station, name, held)
    return True


def _refuse_unfit(station: Path, one: Report) -> None:
    if one.internal:
        raise Refused("SRV-43", "a report for inside only is never published")
    for file in (*one.said["files"], MANIFEST):
        content(one, file)
    if missing := unguarded(station, one):
        raise Refused("SRV-43", f"`{missing[0]}` is published, and this report was not guarded against it")


@contextmanager
def _publishing(station: Path, how: int) -> Iterator[IO[bytes]]:
    """Hold what says which report is being published, empty; no other thread or process publishes meanwhile."""
    with (made(station, PUBLISHED).parent / "publishing").open("ab+", buffering=0) as held:
        fcntl.flock(held, how)
        held.seek(0)
        if begun := held.read():
            _finish_or_forget(station, begun, held)
        yield held


def _finish(station: Path) -> None:
    """Finish what was cut short, unless somebody is at it."""
    path = station / "reports" / "publishing"
    if path.is_file() and path.stat().st_size:
        with suppress(BlockingIOError), _publishing(station, fcntl.LOCK_EX | fcntl.LOCK_NB):
            pass


def _finish_or_forget(station: Path, begun: bytes, held: IO[bytes]) -> None:
    """Publish what is on record as published; forget what is not."""
    from hashgrade.store import trail  # noqa: PLC0415 - needs the station open

    with suppress(ValueError):  # cut short while it was written, so that nothing is on record
        name, digest = json.loads(begun)
        if (made(station, MADE) / name).is_dir() and trail.told(trail.Only(act=ACT, thing=digest)):
            _published(station, name, held)
    held.truncate(0)


def _published(station: Path, name: str, held: IO[bytes]) -> None:
    there = made(station, PUBLISHED)
    (made(station, MADE) / name).rename(there / name)
    sync_folder(there)
    held.truncate(0)


def unguarded(station: Path, one: Report) -> list[str]:
    """The published reports of days that this one is about, too, against which it was not guarded."""
    known = {each["sha256"] for each in one.said.get("against", ())}
    first, last = one.period
    return [other.name for other in published(station)
            if other.digest not in known | {one.digest} and other.period[0] <= last and first <= other.period[1]]


def published(station: Path) -> Iterator[Report]:
    """The reports that are published, the newest first."""
    return (read(station, folder) for folder in reports(station) if folder.parent.name == PUBLISHED)


def standing(station: Path) -> Path:
    """The folder of the reports that are published, which others are guarded against."""
    _finish(station)
    return made(station, PUBLISHED)


def place(station: Path, name: str, folder: Path) -> str:
    """Put a report that was made on the shelf, in one step; gives the SHA-256 of its manifest."""
    digest = _digest(folder / MANIFEST)
    folder.rename(made(station, MADE) / name)
    return digest


def keep(station: Path, name: str, folder: Path) -> None:
    """Keep the records that a report is made from; the snapshot in `folder` can still be read."""
    there = made(station, "kept") / name
    there.mkdir(mode=0o700)
    for path in folder.iterdir():
        (there / path.name).hardlink_to(path)


def kept(station: Path, name: str) -> Path | None:
    """The records that a report was made from, where they were kept."""
    folder = station / "reports" / "kept" / name
    return folder if folder.is_dir() and not folder.is_symlink() else None


def say(station: Path, name: str, about: Mapping[str, Any]) -> None:
    """Keep what is known of a report besides its manifest."""
    path = made(station, "about") / f"{name}.json"
    part = path.with_suffix(".part")
    part.write_text(json.dumps(dict(about), ensure_ascii=False, default=str), encoding="utf-8")
    part.replace(path)


def watch(station: Path) -> Path:
    """Where the page of the watch stands."""
    return station / "reports" / "watch"


def upload(station: Path, ref: str) -> Path:
    """Where a file that was sent waits for its run; `ref` is the run's."""
    return station / "runs" / "lists" / f"sent-{ref}"


def _about(station: Path, name: str) -> Mapping[str, Any]:
    with suppress(OSError, ValueError):
        found = json.loads((station / "reports" / "about" / f"{name}.json").read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    return {}


def _plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()

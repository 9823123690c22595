"""How a station stands: checks that are each good, to be looked at, or wrong, with a sentence and its figures.

Everything is read from tallies and indexes, so that the page is as fast at a million items as at none.
"""

import shutil
import sqlite3
import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from importlib.metadata import version
from typing import Any, Final

from hashgrade.app import Station
from hashgrade.backups import notes
from hashgrade.enacting import newer
from hashgrade.errors import HashgradeError
from hashgrade.law import vocabulary
from hashgrade.nouns import Jail
from hashgrade.serve.quality.known import KNOWN
from hashgrade.serve.queue.wording import age
from hashgrade.serve.records.audit import last_check
from hashgrade.store import figures, force, queries, trail, waiting
from hashgrade.store.due import STAGE_READ, STAGE_SUPERVISOR
from hashgrade.store.trouble import plain_errors

VIOLATIONS: Final[deque[str]] = deque(maxlen=100)
"""Directives that a browser found broken on a page of ours, the latest last; there should be none."""
GIB: Final = 2**30
DISK_LOOK_BYTES, DISK_WRONG_BYTES = 20 * GIB, 2 * GIB
DISK_LOOK_SHARE, DISK_WRONG_SHARE = 0.10, 0.02
"""Free room below either of which is to be looked at, or is wrong."""
CHECK_EVERY: Final = timedelta(days=7)
BACKUP_EVERY: Final = timedelta(days=7)
CHECK_BACKUP: Final = "Run hashgrade backup FOLDER --check, which reads all of it."
MAKE_BACKUP: Final = ("Run hashgrade backup FOLDER, and then the same with --check; nothing need be stopped. Use "
                      "another disk, and keep a copy of keys/ apart from it.")
WAITED_LONG: Final = timedelta(days=30)
SKEW: Final = timedelta(seconds=5)


class State(StrEnum):
    """How one thing stands."""

    GOOD = "good"
    LOOK = "look"
    WRONG = "wrong"


WORDS: Final = {State.GOOD: "Good", State.LOOK: "Look at this", State.WRONG: "Wrong"}
ORDER: Final = tuple(State)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: how it stands, in a sentence, what to do about it, and its figures."""

    state: State
    said: str
    to_do: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """A check as a page and a program read it."""

    name: str
    title: str
    check: Check

    @property
    def word(self) -> str:
        """How it stands, in words."""
        return WORDS[self.check.state]

    def as_json(self) -> dict[str, Any]:
        """Everything it says."""
        told = {"name": self.name, "state": self.check.state.value, "said": self.check.said, "to_do": self.check.to_do}
        return {**told, **self.check.figures}


def checks(station: Station) -> list[Told]:
    """Look at everything; a check that cannot be made is wrong, and says why."""
    return [Told(name, title, _made(check, station)) for name, title, check in CHECKS]


def worst(told: list[Told]) -> State:
    """Tell how the station stands: as its worst check does."""
    return max((one.check.state for one in told), key=ORDER.index, default=State.GOOD)


def versions() -> dict[str, str]:
    """Name the versions that are running."""
    return {"Hashgrade": version("hashgrade"), "Python": sys.version.partition(" ")[0], "Django": version("django"),
            "SQLite": sqlite3.sqlite_version, "Vocabulary": vocabulary().version}


def _made(check: Callable[[Station], Check], station: Station) -> Check:
    try:
        with plain_errors():
            return check(station)
    except HashgradeError as error:
        return Check(State.WRONG, f"{error.what}.", f"{error.to_do}.", {"code": error.code})
    except OSError as error:
        return Check(State.WRONG, f"This could not be looked at: {error.strerror or 'no reason is given'}.")


def _jail(station: Station) -> Check:
    level, least = station.decoders.level, station.settings.jail_at_least
    told = {"level": level.value, "at_least": least.value}
    said = f"Untrusted media are decoded in the jail “{level}”; the weakest allowed is “{least}”."
    if level == Jail.FULL:
        return Check(State.GOOD, said, figures=told)
    return Check(State.LOOK, f"{said} Full is stronger.", "See the guide on decoding in a jail.", told)


def _packs(station: Station) -> Check:
    current = force.in_force()
    mine = [current[one.pack] for one in station.in_force if one.pack in current]
    for one in mine:
        force.text_of(one)  # says LAW-07 where a kept text is not the one that was put in force
    drafts = [one.pack for one in mine if one.review == "draft"]
    others, waits = [*newer(station.settings.packs)], [*force.waiting()]
    told = {"in_use": len(mine), "drafts": drafts, "newer": others, "proposed": waits}
    said = [f"{len(mine)} packs are in use."]
    said += [f"{len(drafts)} are drafts that no counsel has reviewed."] if drafts else []
    if others:
        said += [f"The files say otherwise of {', '.join(others)}, which changes nothing until it is approved."]
    said += [f"A text of {', '.join(waits)} waits for approval."] if waits else []
    return Check(State.LOOK if drafts or others or waits else State.GOOD, " ".join(said), figures=told)


def _index(station: Station) -> Check:
    held, newest = KNOWN.held(station), figures.newest_item()
    if held is None:
        return Check(State.GOOD, "No index of codes is open: the first search opens it from the records.",
                     figures={"open": False, "newest_on_file": newest})
    told = {"open": True, "codes_of_items": held.items, "codes_of_claims": held.claims,
            "newest_taken_up": held.newest, "newest_on_file": newest}
    said = (f"Codes in the index: {held.items:,} of items, {held.claims:,} of lists. It follows the records before "
            "every answer.")
    since = "" if newest <= held.newest else " Items have come since; the next search takes up those that have a code."
    return Check(State.GOOD, f"{said}{since}", figures=told)


def _queue(station: Station) -> Check:
    stages = {STAGE_READ: 0, STAGE_SUPERVISOR: 0}
    for one in waiting.counts():
        stages[one.stage] = stages.get(one.stage, 0) + one.cards
    settle, oldest, now = figures.differing(), figures.oldest_waiting(), station.store.now()
    told = {"cards_to_read": stages[STAGE_READ], "cards_for_a_supervisor": stages[STAGE_SUPERVISOR],
            "items_to_settle": settle, "oldest_first_seen": oldest.isoformat() if oldest else None}
    said = (f"{stages[STAGE_READ]:,} cards to be read, {stages[STAGE_SUPERVISOR]:,} waiting for a supervisor, "
            f"{settle:,} items to be settled.")
    if oldest is None:
        return Check(State.GOOD, said, figures=told)
    late = now - oldest > WAITED_LONG
    return Check(State.LOOK if late else State.GOOD, f"{said} The oldest was first seen {age(oldest, now)} ago.",
                 "See the queue: the rules may keep it back." if late else "", told)


def _backups(station: Station) -> Check:
    kept, now = notes.notes(station.root), station.now()
    if not kept:
        return Check(State.LOOK, "No backup is on record.", MAKE_BACKUP, {"last": None, "verified": None})
    newest, checked = kept[-1], sorted((one.checked, number) for number, one in enumerate(kept) if one.checked)
    told = {"last": newest.made_at, "folder": newest.folder, "entries": newest.entries, "keys": newest.keys}
    said = f"The last was made {age(newest.made, now)} ago, in a folder named “{newest.folder}”."
    if not checked:
        return Check(State.LOOK, f"{said} None was checked yet.", CHECK_BACKUP, {**told, "verified": None})
    when, number = checked[-1]
    which, faults = "It" if kept[number] == newest else "An earlier one", kept[number].faults
    said, told = f"{said} {which} was checked {age(when, now)} ago, ", {**told, "verified": when.isoformat(),
                                                                       "faults": faults}
    if faults:
        return Check(State.WRONG, f"{said}and {faults:,} of its files {'is' if faults == 1 else 'are'} not as made.",
                     "Make another in an empty folder, check that one, and look at the disk of this one.", told)
    fresh = any(one.checked and now - one.made <= BACKUP_EVERY for one in kept)
    return Check(State.GOOD if fresh else State.LOOK, f"{said}whole.", "" if fresh else MAKE_BACKUP, told)


def _disk(station: Station) -> Check:
    disk = shutil.disk_usage(station.root)
    share = disk.free / disk.total
    told = {"free_bytes": disk.free, "total_bytes": disk.total, "records_bytes": figures.records_bytes()}
    said = (f"{disk.free / GIB:,.1f} GiB free, {share:.0%} of the disk; the records take "
            f"{told['records_bytes'] / GIB:,.2f} GiB.")
    if disk.free < DISK_WRONG_BYTES or share < DISK_WRONG_SHARE:
        return Check(State.WRONG, said, "Make room now: without it nothing more can be saved.", told)
    if disk.free < DISK_LOOK_BYTES or share < DISK_LOOK_SHARE:
        return Check(State.LOOK, said, "Make room soon.", told)
    return Check(State.GOOD, said, figures=told)


def _audit(station: Station) -> Check:
    last, kept = trail.last(), last_check(station.root)
    told = {"entries": last.number if last else 0, "checked_at": kept.at if kept else None,
            "checked_entries": kept.entries if kept else None, "checkpoint": None}
    said = f"{told['entries']:,} entries. No signed checkpoint is on record."
    if kept is None:
        return Check(State.LOOK, f"{said} The log was not checked from here yet.", "An auditor checks it.", told)
    if kept.code:
        return Check(State.WRONG, f"{said} The last check found that {kept.what}.", "Stop, and see the audit view.",
                     {**told, "code": kept.code})
    old = station.now() - kept.when > CHECK_EVERY
    return Check(State.LOOK if old else State.GOOD, f"{said} Last checked {age(kept.when, station.now())} ago, whole.",
                 "An auditor checks it again." if old else "", told)


def _clock(station: Station) -> Check:
    last, now = trail.last(), station.now()
    told = {"now": now.isoformat(), "newest_entry": last.at.isoformat() if last else None}
    if last and last.at - now > SKEW:
        return Check(State.WRONG, f"The clock says {now:%Y-%m-%d %H:%M:%S} UTC, which is before the newest record, of "
                     f"{last.at:%Y-%m-%d %H:%M:%S}.", "Set the clock right before anybody works on.", told)
    return Check(State.GOOD, f"The clock says {now:%Y-%m-%d %H:%M:%S} UTC, and no record is from later.", figures=told)


def _browsers(_: Station) -> Check:
    told = {"violations": len(VIOLATIONS), "directives": sorted(set(VIOLATIONS))}
    if not VIOLATIONS:
        return Check(State.GOOD, "No browser has told of a breach of the content policy since the start.", figures=told)
    most = "at least " if len(VIOLATIONS) == VIOLATIONS.maxlen else ""
    said = f"Browsers told of {most}{len(VIOLATIONS)} breaches of the content policy since the start."
    return Check(State.LOOK, said, "An add-on of a browser may be the cause; if not, tell whoever runs it.", told)


def _on_file(_: Station) -> Check:
    counts = queries.counts()
    return Check(State.GOOD, f"{counts['items']:,} items, of which {counts['graded']:,} have a grade of record.",
                 figures=counts)


CHECKS: Final = (
    ("records", "Records", _on_file), ("queue", "Queue", _queue), ("packs", "Law", _packs), ("index", "Index", _index),
    ("jail", "Decoding", _jail), ("audit", "Audit log", _audit), ("backups", "Backups", _backups),
    ("disk", "Disk", _disk), ("clock", "Clock", _clock), ("browsers", "Browsers", _browsers))
"""What is looked at, in the order of the page."""

"""Runs: what takes longer than a request, in a process of its own, one at a time in each lane.

    STATION/runs/LANE/state.json    what was asked for, by whom and when, and how it ended
    STATION/runs/LANE/lock          held by the process as long as it lives
    STATION/runs/LANE/pid           which process that is
    STATION/runs/LANE/work/         what it makes, until it stands where it belongs

A run without an end whose lock is free was interrupted, whatever it was that ended it, the machine included: so no
restart has to clear anything up, and nothing that is asked for is ever taken for done.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from threading import Lock, Thread
from time import sleep
from typing import Any, Final

from hashgrade.errors import Conflict

STUDIES, LISTS = "studies", "lists"
GOING, DONE, REFUSED, BROKE, CANCELLED, INTERRUPTED = (
    "going on", "done", "refused", "broke", "cancelled", "interrupted")
ENDS_S, LOOK_S = 2.0, 0.02
"""How long a run that has said how it ended may still hold its lock, and how often that is looked at."""
_looked: Final = Lock()
"""Whoever looks whether a lock is free holds it for a moment: in this process one at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was asked for, and how it ended.

    Args:
        ref: Made by the form it was asked for with: the same form sent twice is the same run.
        kind: What it does, as `making.MAKERS` names it.
        by: Who asked.
        why: Their reason, where one is wanted.
        begun_at: When.
        asked: What it is to do it with.
        ended_at: When it ended; None while it has not.
        outcome: How: one of the constants above.
        told: What came of it, or what was wrong: the words of a page.
    """

    ref: str
    kind: str
    by: str
    why: str = ""
    begun_at: datetime
    asked: Mapping[str, Any] = field(default_factory=dict)
    ended_at: datetime | None = None
    outcome: str = GOING
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> int:
        """How long it took; 0 while it has not ended."""
        return int((self.ended_at - self.begun_at).total_seconds()) if self.ended_at else 0


@dataclass(frozen=True, slots=True)
class Lane:
    """A folder in which one run goes on at a time."""

    folder: Path

    @property
    def work(self) -> Path:
        """Where the run makes what it makes."""
        return self.folder / "work"

    def last(self) -> Run | None:
        """The run that goes on, or the last that did; None before the first."""
        run = self.read()
        if run is None or run.ended_at or not self._over():
            return run
        run = self.read()  # it may have ended between the two looks
        cut = CANCELLED if (self.folder / "cancelled").exists() else INTERRUPTED
        return run if run is None or run.ended_at else replace(run, outcome=cut)

    def going(self) -> Run | None:
        """The run that goes on, if one does."""
        run = self.last()
        return run if run and run.outcome == GOING else None

    def start(self, run: Run) -> Run:
        """Begin a run, in a process of its own; one with this `ref` that was begun before is given back as it is.

        Raises:
            Conflict: SRV-40, another goes on.
        """
        with _looked, (self._made() / "lock").open("w") as held:
            before = self.read()
            if before and before.ref == run.ref:
                return before
            if not _locked(held.fileno(), ENDS_S if before and before.ended_at else 0):
                raise Conflict("SRV-40", "another run goes on, and only one can at a time")
            (self.folder / "pid").unlink(missing_ok=True)
            self.write(run)
            _spawned(self, held.fileno())
        return run

    def cancel(self, ref: str) -> bool:
        """End the run with this `ref`, if it goes on; False: it does not. What it was making is gone with it."""
        run = self.going()
        if run is None or run.ref != ref:
            return False
        (self.folder / "cancelled").touch()
        with suppress(OSError, ValueError):
            os.kill(int((self.folder / "pid").read_text()), signal.SIGKILL)  # nothing less is sure, nor is it needed
        return True

    @contextmanager
    def making(self) -> Any:
        """Give an empty folder to work in, and take it away at the end; it may hold what is for inside only."""
        rmtree(self.work, ignore_errors=True)
        self.work.mkdir(mode=0o700)
        try:
            yield self.work
        finally:
            rmtree(self.work, ignore_errors=True)

    def read(self) -> Run | None:
        """What the state says; None where there is none that can be read."""
        with suppress(OSError, ValueError, TypeError, KeyError):
            said = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
            times = {name: datetime.fromisoformat(said[name]) for name in ("begun_at", "ended_at") if said[name]}
            return Run(**{**said, **times})
        return None

    def write(self, run: Run) -> None:
        """Keep the state, whole or not at all."""
        times = {"begun_at": run.begun_at.isoformat(), "ended_at": run.ended_at and run.ended_at.isoformat()}
        part = self.folder / "state.part"
        part.write_text(json.dumps({**asdict(run), **times}, ensure_ascii=False), encoding="utf-8")
        part.replace(self.folder / "state.json")

    def _made(self) -> Path:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.folder

    def _over(self) -> bool:
        """Whether no process holds the lock; what the last was making is then taken away, however it ended."""
        with _looked, (self._made() / "lock").open("w") as held:
            if not _locked(held.fileno()):
                return False
            rmtree(self.work, ignore_errors=True)
            return True


def lane(station: Path, name: str) -> Lane:
    """The lane of a station by its name."""
    return Lane(station / "runs" / name)


def _locked(descriptor: int, wait_s: float = 0) -> bool:
    for _ in range(int(wait_s / LOOK_S) + 1):
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        sleep(LOOK_S if wait_s else 0)
    return False


def _spawned(where: Lane, descriptor: int) -> None:
    """Start the process; it inherits the lock, which is free again once it has ended, however it does."""
    (where.folder / "cancelled").unlink(missing_ok=True)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO")}
    process = subprocess.Popen(  # noqa: S603 - our own program, and the name of a lane
        [sys.executable, "-m", "hashgrade.serve.records.making", str(where.folder.resolve()), str(descriptor)],
        env={**plain, "HASHGRADE_STATION": str(where.folder.parents[1].resolve())},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[descriptor], start_new_session=True)
    (where.folder / "pid").write_text(str(process.pid))
    Thread(target=process.wait, daemon=True).start()  # so that it does not stay as a zombie

"""What takes longer than a page may: run once beside the pages, and told of while it lasts and after it ends.

An errand lives in this process: one that a stop of the server cuts short has done nothing, and is begun again by hand.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock, Thread
from time import sleep
from typing import Final

from django.db import connections

from hashgrade.errors import HashgradeError
from hashgrade.store.trouble import told

KEPT: Final = 50
"""Errands that are remembered after they ended; the oldest are forgotten."""
PATIENCE_S: Final = 1.0
"""How long a page waits for an errand before it says that one has to."""
BESIDE: Final = True
"""Whether errands have a thread of their own; tests, whose records are one connection's, have none."""
BREATH_S: Final = 0.02
"""How long an errand rests when it has told how far it is."""


@dataclass
class Errand:
    """One piece of work: who began it and when, how far it is, and what came of it.

    `result` is there once `over` is, unless it failed: then `error` says why, in words for people.
    """

    by: str
    since: datetime
    done: int = 0
    of: int = 0
    result: object = None
    error: HashgradeError | None = None
    broke: bool = False
    over: Event = field(default_factory=Event)

    def tell(self, done: int, of: int) -> None:
        """Say how far it is, and let whoever asks for a page meanwhile go first."""
        self.done, self.of = done, of
        if BESIDE:
            sleep(BREATH_S)


Act = Callable[[Errand], object]

_errands: Final[dict[str, Errand]] = {}
_lock: Final = Lock()


def begin(name: str, by: str, now: datetime, act: Act) -> Errand:
    """Begin an errand, unless one of this name is under way: then that one is given, and nothing begins.

    Args:
        name: What it is, such that two of one name would do the same.
        by: Who begins it.
        now: The time.
        act: The work; it may tell `done` and `of` as it goes. What it gives is the result.
    """
    with _lock:
        running = _errands.get(name)
        if running and not running.over.is_set():
            return running
        _forget(name)
        errand = _errands[name] = Errand(by, now)
    if BESIDE:
        Thread(target=_run, args=(errand, act), name=name, daemon=True).start()
        errand.over.wait(PATIENCE_S)
    else:
        _run(errand, act)
    return errand


def find(name: str) -> Errand | None:
    """Find the errand of this name, under way or ended; None if none is remembered."""
    return _errands.get(name)


def forget(name: str) -> None:
    """Forget an errand that has ended, so that what it told is not taken for what is so later."""
    with _lock:
        if (one := _errands.get(name)) and one.over.is_set():
            del _errands[name]


def _forget(name: str) -> None:
    _errands.pop(name, None)
    ended = [one for one, errand in _errands.items() if errand.over.is_set()]
    for one in ended[:max(0, len(_errands) - KEPT)]:
        del _errands[one]


def _run(errand: Errand, act: Act) -> None:
    try:
        errand.result = act(errand)
    except HashgradeError as error:
        errand.error = error
    except Exception as error:
        errand.error = told(error)
        errand.broke = errand.error is None
        if errand.broke:
            raise
    finally:
        if BESIDE:
            connections.close_all()  # of this thread alone
        errand.over.set()

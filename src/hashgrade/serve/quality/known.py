"""The index of all that is known, kept open between requests: who asks first waits for it, and hardly anybody after.

It follows what comes into the store. What got a code only after it was on file it finds once it is opened anew, which
it is by the first who asks after an hour.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from hashgrade.errors import Conflict
from hashgrade.serve.station import Asked

if TYPE_CHECKING:
    from hashgrade.app import Station
    from hashgrade.lookup import Held, Lookup

WAIT_S: Final = 10
"""How long somebody waits for an index that another request is opening, before they are told to come again."""

KEPT: Final = timedelta(hours=1)
"""How long an index follows the store before it is opened anew."""


class Open:
    """One index of one station; it follows the store by itself, and is one request's at a time."""

    def __init__(self) -> None:
        self._mine = Lock()
        self._held: tuple[Station, Lookup, datetime] | None = None

    @contextmanager
    def lookup(self, request: Asked) -> "Iterator[Lookup]":
        """Give the index, open.

        Args:
            request: Whose station it is of.

        Raises:
            Conflict: SRV-36, another request opens it and is not done.
        """
        if not self._mine.acquire(timeout=WAIT_S):
            raise Conflict("SRV-36", "the index of what is known is being opened")
        try:
            yield self._of(request.station)
        except BaseException:
            self._held = None  # it may have followed half of something
            raise
        finally:
            self._mine.release()

    def held(self, station: "Station") -> "Held | None":
        """Tell what the index holds, without waiting for it; None if none is open."""
        found = self._held
        return found[1].held if found and found[0] is station else None

    def _of(self, station: "Station") -> "Lookup":
        from hashgrade.lookup import Lookup  # noqa: PLC0415 - arrays, which no other page needs

        now = station.now()
        if self._held is None or self._held[0] is not station or now - self._held[2] > KEPT:
            self._held = station, Lookup(station.settings.near_bits, station.settings.quality_min), now
        return self._held[1]


KNOWN: Final = Open()

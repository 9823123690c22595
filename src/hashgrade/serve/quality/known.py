"""The index of all that is known, kept open between requests: the first who asks waits for it, and nobody after."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Final

from hashgrade.errors import Conflict
from hashgrade.serve.station import Asked

if TYPE_CHECKING:
    from hashgrade.app import Station
    from hashgrade.lookup import Lookup

WAIT_S: Final = 10
"""How long somebody waits for an index that another request is opening, before they are told to come again."""


class Open:
    """One index of one station; it follows the store by itself, and is one request's at a time."""

    def __init__(self) -> None:
        self._mine = Lock()
        self._held: tuple[Station, Lookup] | None = None

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

    def _of(self, station: "Station") -> "Lookup":
        from hashgrade.lookup import Lookup  # noqa: PLC0415 - arrays, which no other page needs

        if self._held is None or self._held[0] is not station:
            self._held = station, Lookup(station.settings.near_bits, station.settings.quality_min)
        return self._held[1]


KNOWN: Final = Open()

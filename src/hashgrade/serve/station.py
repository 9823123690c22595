"""The one station that this process serves, on every request as `request.station`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest, HttpResponseBase

if TYPE_CHECKING:
    from hashgrade.access import Actor
    from hashgrade.app import Station
    from hashgrade.store.accounts.models import Account

_joined: "list[Station]" = []


class Asked(HttpRequest):
    """A request as our pages see it: the station, and who asks."""

    station: "Station"
    actor: "Actor"
    htmx: Any
    user: "Account"  # or Django's nobody, whom the gate lets only where it does not matter


def join(station: "Station") -> None:
    """Serve this station from now on; a process has one."""
    _joined[:] = [station]


def joined() -> "Station":
    """Give the station that is served."""
    return _joined[0]


class AtStation:
    """Puts the station on each request."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the station at hand."""
        cast(Asked, request).station = joined()
        return self._answer(request)

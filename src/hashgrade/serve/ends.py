"""When a session is over: after a while without a request, and after a shift whatever happened in it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponseBase

from hashgrade.serve.station import Asked
from hashgrade.settings import Serving
from hashgrade.store.accounts.sessions import BEGAN, BROWSER, SEEN

NOTED_EVERY: Final = timedelta(seconds=20)
"""A session's last request is noted this often, so that a page is not a write: it can end so much too early."""
BROWSERS: Final = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS: Final = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "macOS",
                  "CrOS": "ChromeOS", "Linux": "Linux"}
"""Marks in the order in which they tell: each browser also says that it is those after it."""
SKEW: Final = timedelta(minutes=1)
"""How far the clock may have been set back before a session is not believed."""


def over(began: datetime, seen: datetime, now: datetime, limits: Serving) -> bool:
    """Tell whether a session that began and was last seen then is over now; one from the future is."""
    if min(now - began, now - seen) < -SKEW:
        return True
    return (now - seen > timedelta(seconds=limits.idle_s)) or (now - began > timedelta(seconds=limits.session_s))


def begin(session: SessionBase, now: datetime, browser: str) -> None:
    """Start the clocks of a session that somebody signed in to."""
    session[BEGAN] = session[SEEN] = now.isoformat()
    session[BROWSER] = browser_in(browser)


def browser_in(user_agent: str) -> str:
    """Read from what a browser says of itself its name and system, as far as people tell them apart; a guess."""
    name = next((name for mark, name in BROWSERS.items() if mark in user_agent), "Another browser")
    system = next((name for mark, name in SYSTEMS.items() if mark in user_agent), "")
    return f"{name} on {system}" if system else name


class Ends:
    """Flushes the session of a request that comes too late, so that the request is nobody's."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer within the session's time."""
        if SESSION_KEY in request.session:
            self._keep_time(cast(Asked, request))
        return self._answer(request)

    def _keep_time(self, request: Asked) -> None:
        session, now = request.session, request.station.now()
        times = [datetime.fromisoformat(session[name]) for name in (BEGAN, SEEN) if name in session]
        if len(times) < 2 or over(times[0], times[1], now, request.station.settings.serve):
            session.flush()
            request.user = AnonymousUser()  # type: ignore[assignment]
            session["over"] = True
        elif now - times[1] > NOTED_EVERY:
            session[SEEN] = now.isoformat()

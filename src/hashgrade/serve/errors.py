"""Errors as pages: what went wrong, its code, what to do, and nothing of what was asked for."""

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hashgrade.errors import CATALOGUE, HashgradeError
from hashgrade.serve.queue.exposure import STOPS, stopped
from hashgrade.serve.station import Asked

R = TypeVar("R")
Shown = dict[str, Any]
STATUS: Final = {"InputError": 400, "Refused": 403, "Conflict": 409, "Broken": 500}
TITLES: Final = {
    400: "That cannot be used", 403: "Not allowed", 404: "Nothing is here", 405: "Not done this way",
    409: "Not as things stand", 429: "Too often", 500: "Something broke",
}


def page(request: Asked, status: int, reason: str, *, code: str = "", to_do: str = "") -> HttpResponse:
    """Answer with an error page, or with a part of one where htmx asked for a part."""
    if code:
        to_do = to_do or CATALOGUE[code].to_do
    around = {"title": TITLES.get(status, "That did not work"), "reason": sentence(reason), "code": code,
              "to_do": sentence(to_do), "status": status}
    part = getattr(request, "htmx", False)
    return render(request, "parts/trouble.html" if part else "error.html", around, status=status)


def status_of(error: HashgradeError) -> int:
    """Give the status with which an error is answered."""
    return next(STATUS[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in STATUS)


def known(request: Asked, error: HashgradeError) -> HttpResponse:
    """Answer an error that has a code; where it happened is not told, as it may be a path.

    A limit of somebody's pace has a screen of its own.
    """
    if error.code in STOPS and not getattr(request, "htmx", False):
        return stopped(request, error.code, error.what)
    return page(request, status_of(error), error.what, code=error.code, to_do=error.to_do)


def locked(request: Asked) -> HttpResponse:
    """Answer somebody whose account is locked, who has given the right password."""
    return page(request, 403, "This account is locked.", to_do="ask an administrator why")


def too_often(request: HttpRequest) -> HttpResponse:
    """Answer somebody who tries too often, or another at the same address."""
    return page(cast(Asked, request), 429, "There were too many tries from here.", to_do="wait a few minutes")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that did not come from one of our pages, or from one that is too old."""
    return page(cast(Asked, request), 403, "This form did not come from a page of the workbench, or from an old one. "
                                           "Load the page again, then repeat it.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for an address that leads nowhere."""
    return page(cast(Asked, request), 404, "No page has this address, or what it was about is not on file.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for a request that no page of ours makes; one is a request of a session that was ended meanwhile."""
    return page(cast(Asked, request), 400, "This request cannot be answered. If you were signed in, sign in again.")


def broken(request: HttpRequest) -> HttpResponse:
    """Answer for a fault of ours."""
    return page(cast(Asked, request), 500, "The workbench met a fault of its own. What you did before is saved.",
                to_do="try again; if it stays, tell your operator the time")


def acts_on(room: Callable[[Asked], R], page: Callable[[Asked, Shown], HttpResponse],
            refused: Callable[[Asked, R, str], Shown],
            ) -> Callable[[Callable[[Asked, R], HttpResponse | Shown]], Callable[[Asked], HttpResponse]]:
    """Give what makes a view of each act on a page: what refuses it is told there, and the page shows how things are.

    Args:
        room: What the acts of a request have in common.
        page: Shows how things are.
        refused: How things are, after an act that was refused in these words.
    """
    def acting(does: Callable[[Asked, R], HttpResponse | Shown]) -> Callable[[Asked], HttpResponse]:
        def view(request: Asked) -> HttpResponse:
            here = room(request)
            try:
                found = does(request, here)
            except HashgradeError as error:
                found = refused(request, here, in_words(error))
            return found if isinstance(found, HttpResponse) else page(request, found)

        return view

    return acting


def in_words(error: HashgradeError) -> str:
    """Write an error as a page tells it beside what it shows: what is wrong, what to do, and the code."""
    return f"{sentence(error.what)} {sentence(error.to_do)} ({error.code})"


def sentence(text: str) -> str:
    """Write an error's words as a sentence."""
    text = text[:1].upper() + text[1:]
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."

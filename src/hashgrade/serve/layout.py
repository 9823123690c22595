"""What every page has around it: the name, who is signed in, and links to what they may see."""

from dataclasses import dataclass
from typing import Any, Final, cast

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from hashgrade import __version__
from hashgrade.access import NOBODY, Action, could, named
from hashgrade.serve.station import Asked, joined


@dataclass(frozen=True, slots=True)
class Entry:
    """A link of the navigation: shown to whom the action is open to."""

    title: str
    name: str
    action: Action


PLACES: Final = (
    Entry("Home", "home", Action.SEE_HOME),
    Entry("Accounts", "accounts", Action.SEE_ACCOUNTS),
    Entry("Status", "status", Action.SEE_STATUS),
)
"""The navigation, in order. A page that is a place of its own gets a line."""


def around(request: HttpRequest) -> dict[str, Any]:
    """Give templates the navigation, the actor and the version."""
    actor = getattr(cast(Asked, request), "actor", NOBODY)
    places = [(entry.title, _url(entry.name)) for entry in PLACES if could(actor, entry.action)]
    sign_on = joined().settings.serve.oidc
    return {"actor": actor, "roles_named": named(actor.roles), "signed_in": bool(actor.name), "version": __version__,
            "sign_on": sign_on.name if sign_on.issuer else "",
            "places": [(title, url, url == request.path or (len(url) > 1 and request.path.startswith(url)))
                       for title, url in places]}


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:  # an error before there are pages
        return "/"

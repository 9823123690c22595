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
    about: str = ""


PLACES: Final = (
    Entry("Home", "home", Action.SEE_HOME),
    Entry("Grading", "grading", Action.TAKE, "Take the next item, answer, save."),
    Entry("Queue", "queue", Action.SEE_QUEUE, "What waits to be read, in the order in which it is dealt, and why."),
    Entry("Settling", "settling", Action.SETTLE, "Items whose readers differ, for somebody who read none of them."),
    Entry("Quality", "board", Action.SEE_BOARD, "How far readers agree, how gold is read, what waits to be settled."),
    Entry("Second readings", "second", Action.SEE_BOARD, "What waits to be read again, by which rule, and why."),
    Entry("Your pace", "pace", Action.SEE_OWN_PACE, "What you have had in view today, limits, breaks, pause."),
    Entry("Your drift", "drift", Action.SEE_OWN_DRIFT, "Your readings of items settled before, beside settlements."),
    Entry("Law", "packs", Action.SEE_PACKS, "Which law is in force, its texts through time, what is proposed."),
    Entry("Audit", "audit", Action.SEE_AUDIT, "Who changed what, when and why; whether the log is whole."),
    Entry("Search", "search", Action.SEARCH, "What is known of a digest, an address or a file."),
    Entry("Lists", "lists", Action.SEE_LISTS, "Editions of ours, and what others claim."),
    Entry("Studies", "studies", Action.SEE_STUDIES, "Count the records; reports, what is published, the watch."),
    Entry("Accounts", "accounts", Action.SEE_ACCOUNTS, "Who comes in, with which roles; invitations and sessions."),
    Entry("Status", "status", Action.SEE_STATUS, "Versions, the jail, packs in force, what is on file."),
)
"""The navigation, in order. A page that is a place of its own gets a line; `about` stands on the first page."""


def around(request: HttpRequest) -> dict[str, Any]:
    """Give templates the navigation, the actor and the version."""
    actor = getattr(cast(Asked, request), "actor", NOBODY)
    places = [(entry, _url(entry.name)) for entry in PLACES if could(actor, entry.action)]
    sign_on = joined().settings.serve.oidc
    return {"actor": actor, "roles_named": named(actor.roles), "signed_in": bool(actor.name), "version": __version__,
            "sign_on": sign_on.name if sign_on.issuer else "",
            "places": [(entry, url, url == request.path or (len(url) > 1 and request.path.startswith(url)))
                       for entry, url in places]}


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:  # an error before there are pages
        return "/"

"""The gate: every page names its actions, and `access.may` answers for every request before the page runs.

`route` makes a URL and its guard at once; `Gate` refuses whatever was made without it. So a page that somebody
forgets to think about is a page that nobody sees.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, cast
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from hashgrade.access import NOBODY, Action, Actor, Proof, Refusal, Thing, Way, may
from hashgrade.errors import HashgradeError
from hashgrade.serve import errors
from hashgrade.serve.ends import SKEW
from hashgrade.serve.station import Asked
from hashgrade.store.trouble import told

View = Callable[..., HttpResponseBase]
Of = Callable[..., Thing]

WAYS: Final = {Way.SIGN_IN: "account_login", Way.ENROL: "begin_factors", Way.STEP_UP: "account_reauthenticate"}
"""The pages that turn a refusal into a yes."""
LOOK: Final = "to look"
"""The reason of a GET: a form asks for one only as it is sent, and a look that needs a reason is a POST."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """What a page is for: the action of looking at it (GET), that of sending its form (POST), and what both are about.

    Without `see` there is no GET, without `do` no POST. `of` gives the thing from the request and the words of its
    path. A reason is the form's field `why`.
    """

    see: Action | None = None
    do: Action | None = None
    of: Of | None = None


def see(action: Action, of: Of | None = None) -> Acts:
    """A page to look at."""
    return Acts(see=action, of=of)


def do(action: Action, of: Of | None = None) -> Acts:
    """An act, of a form on another page."""
    return Acts(do=action, of=of)


def form(action: Action, of: Of | None = None) -> Acts:
    """A page that shows a form and takes it."""
    return Acts(see=action, do=action, of=of)


def route(pattern: str, view: View, name: str, acts: Acts) -> URLPattern:
    """Make a URL whose page runs only where `access.may` allows it.

    Args:
        pattern: The path, as Django's.
        view: The page.
        name: What templates call it.
        acts: Its actions.
    """
    return path(pattern, guarded(view, acts), name=name)


def guarded(view: View, acts: Acts) -> View:
    """Put the guard before a page: however the page is called, the question is asked."""
    @wraps(view)
    def answer(request: Asked, *args: Any, **words: Any) -> HttpResponseBase:
        action = {"GET": acts.see, "HEAD": acts.see, "POST": acts.do}.get(request.method or "")
        if action is None:
            return errors.page(request, 405, "There is nothing here to do in this way.")
        thing = acts.of(request, **words) if acts.of else None
        found = may(request.actor, action, thing, why=request.POST.get("why", "") if request.method == "POST" else LOOK)
        return refused(request, found) if isinstance(found, Refusal) else view(request, *args, **words)

    answer.acts = acts  # type: ignore[attr-defined]
    return answer


def actor_of(request: Asked) -> Actor:
    """Tell who asks, and what their session has proved; an account that was locked meanwhile is nobody."""
    who = request.user
    if not who.is_authenticated or not who.is_active:
        return NOBODY
    records = get_authentication_records(request, who)
    now, lasts = request.station.now().timestamp(), request.station.settings.serve.step_up_s
    early = -SKEW.total_seconds()
    return Actor(
        name=who.get_username(), roles=who.role_set,
        proof=Proof.FACTOR if any(one["method"] == "mfa" for one in records) else Proof.PASSWORD,
        stepped_up=any(one.get("reauthenticated") and early < now - one["at"] < lasts for one in records))


def refused(request: Asked, refusal: Refusal) -> HttpResponseBase:
    """Answer a refusal: lead to the page that mends it, or say why not."""
    if refusal.way not in WAYS:
        return errors.page(request, 403, refusal.reason, code=refusal.code)
    back = request.get_full_path() if request.method == "GET" and not request.htmx else request.headers.get("Referer")
    where = reverse(WAYS[refusal.way]) + (f"?{urlencode({'next': _local(request, back)})}" if back else "")
    if request.htmx:
        return HttpResponse(status=401, headers={"HX-Redirect": where})
    return HttpResponseRedirect(where)


def _local(request: HttpRequest, url: str) -> str:
    return url.removeprefix(f"{request.scheme}://{request.get_host()}")


class Gate:
    """Innermost: says who asks, refuses pages without a guard, and answers errors as pages."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with the actor known."""
        asked = cast(Asked, request)
        asked.actor = actor_of(asked)
        return self._answer(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], words: dict[str, Any],
    ) -> HttpResponseBase | None:
        """Refuse a page that names no action."""
        if isinstance(getattr(view, "acts", None), Acts):
            return None
        return errors.page(cast(Asked, request), 403, "This page names no action, so nobody may see it.", code="SRV-03")

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """Answer an error that has a code with its words; the rest is Django's, which says nothing of it."""
        known = error if isinstance(error, HashgradeError) else told(error)
        return errors.known(cast(Asked, request), known) if known else None

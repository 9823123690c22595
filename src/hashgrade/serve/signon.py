"""Signing in through an OpenID Connect provider, where the settings name one.

It stands for the password: the second factor stays here, and an account comes by invitation only. Each person links
it once, from their own account. Our cookies are not sent with a request that another site leads to, and forms may not
lead to one: so we leave by a page of our own, and a visitor who comes back is led once more from here.
"""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.openid_connect import views
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern

from hashgrade.access import Action, must
from hashgrade.serve import errors
from hashgrade.serve.gate import do, route, see
from hashgrade.serve.own import changing
from hashgrade.serve.station import Asked
from hashgrade.store.accounts import roll

PROVIDER = "station"
AGAIN = "again"


class SignOn(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """An identity of the provider lets in whoever linked it, and makes no account."""

    def is_open_for_signup(self, request: Asked, sociallogin: SocialLogin) -> bool:
        """No: an administrator invites."""
        return False

    def pre_social_login(self, request: Asked, sociallogin: SocialLogin) -> None:
        """Link the identity, on record, or refuse one that nobody linked, before the library goes on."""
        if sociallogin.state.get("process") == "connect":
            raise ImmediateHttpResponse(_linked(request, sociallogin))
        if not sociallogin.is_existing:
            raise ImmediateHttpResponse(errors.page(
                request, 403, "No account here is linked with this sign-on.",
                to_do="sign in with your name and password, and link it from your account"))


def begin(request: Asked) -> HttpResponseBase:
    """Go to the provider, to sign in."""
    return _leaving(request, "login")


def link(request: Asked) -> HttpResponseBase:
    """Go to the provider, to link one's own account with it."""
    return _leaving(request, "connect")


def unlink(request: Asked) -> HttpResponse:
    """Let the provider no longer stand for one's password."""
    with changing(request, "sign-on unlinked"):
        roll.unlink(request.user)
    return redirect("mfa_index")


def back(request: Asked, provider_id: str) -> HttpResponseBase:
    """Come back from the provider: once from there, without our cookies, and once more from here, with them."""
    if AGAIN not in request.GET:
        return render(request, "signon/leaving.html", {"url": f"{request.get_full_path()}&{AGAIN}=1", "back": True})
    answer: HttpResponseBase = views.callback(request, PROVIDER)
    return answer


def cancelled(request: Asked) -> HttpResponse:
    """Answer whoever turned back at the provider."""
    return errors.page(request, 403, "The sign-on was not finished.", to_do="sign in again")


ROUTES: list[URLPattern] = [
    route("sign-in/on/", begin, "sign_on", do(Action.SIGN_IN)),
    route("sign-in/on/<slug:provider_id>/back/", back, "openid_connect_callback", see(Action.SIGN_IN)),
    route("sign-in/on/cancelled/", cancelled, "socialaccount_login_cancelled", see(Action.SIGN_IN)),
    route("account/sign-on/link/", link, "link_sign_on", do(Action.CHANGE_FACTORS)),
    route("account/sign-on/unlink/", unlink, "unlink_sign_on", do(Action.CHANGE_FACTORS)),
]


def _leaving(request: Asked, process: str) -> HttpResponseBase:
    asked: Any = request.GET.copy()
    asked["process"] = process
    request.GET = asked
    request.POST = asked.__class__("")  # the process is ours to say, never the form's
    answer: HttpResponseBase = views.login(request, PROVIDER)
    if answer.status_code == 302:
        return render(request, "signon/leaving.html", {"url": answer["Location"], "back": False})
    return answer


def _linked(request: Asked, sociallogin: SocialLogin) -> HttpResponse:
    must(request.actor, Action.CHANGE_FACTORS)
    if sociallogin.is_existing:
        return errors.page(request, 409, "This sign-on is linked with an account already.",
                           to_do="unlink it there first")
    with changing(request, "sign-on linked"):
        sociallogin.connect(request, request.user)
    messages.success(request, "The sign-on is linked with your account.")
    return redirect("mfa_index")

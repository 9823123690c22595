"""One's own account: factors, password, sessions. Each change is one block of work with the library's own writes."""

from collections.abc import Iterator
from contextlib import contextmanager

from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import PasswordChangeView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, LoginWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse

from hashgrade.access import Action, Thing, could
from hashgrade.errors import Refused
from hashgrade.serve.signing import tell_failed
from hashgrade.serve.station import Asked
from hashgrade.store.accounts import roll
from hashgrade.store.work import Work


@contextmanager
def changing(request: Asked, act: str, **more: object) -> Iterator[Work]:
    """Open the block in which somebody changes their own account; the entry says how."""
    name = request.actor.name
    with request.station.store.work(name, "changes their own account") as work:
        yield work
        roll.did(work, act, name, **more)


def account(request: Asked) -> HttpResponse:
    """Show one's factors and sessions."""
    return render(request, "own/account.html", {
        "factors": roll.factors_of(request.user), "sessions": roll.sessions_of(request.user),
        "here": request.session.session_key, "linked": roll.linked(request.user),
        "has_keys": could(request.actor, Action.CHANGE_KEYS)})


def here(request: Asked) -> JsonResponse:
    """Tell a page that waits whose session this is, with what its forms need to be taken."""
    return JsonResponse({"reader": request.actor.name, "token": get_token(request)})


def begin_factors(request: Asked) -> HttpResponse:
    """Ask which second factor it shall be; nothing else is possible before."""
    return render(request, "own/begin_factors.html", {"first": not roll.factors_of(request.user)})


def own_session(request: Asked, handle: str) -> Thing:
    """A session as a thing: its owner's, who is found among nobody's but the actor's own."""
    mine = request.user.is_authenticated and any(one.handle == handle for one in roll.sessions_of(request.user))
    return Thing(owner=request.actor.name if mine else "")


def end_session(request: Asked, handle: str) -> HttpResponse:
    """End one of one's own sessions, at once."""
    with request.station.store.work(request.actor.name, "ends a session of their own") as work:
        roll.end_sessions(work, request.user, handle=handle)
    messages.success(request, "That session has ended.")
    return redirect("mfa_index")


class ActivateApp(ActivateTOTPView):  # type: ignore[misc]
    """Add an authenticator app; with the first factor, every other session of the account ends."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Add it, on record."""
        with changing(self.request, "factor added", kind="totp") as work:
            _end_unproved(work, self.request)
            response: HttpResponse = super().form_valid(form)
        return _proved(self.request, "totp", response)


class AddPasskey(AddWebAuthnView):  # type: ignore[misc]
    """Add a passkey, likewise."""

    def get_form(self, form_class: type[BaseForm] | None = None) -> BaseForm:
        """Ask for a passkey that is enough by itself, unless told otherwise."""
        form: BaseForm = super().get_form(form_class)
        alone = form.fields["passwordless"]
        alone.label, alone.initial = "It is enough by itself", True
        alone.help_text = "You sign in with it alone, without your password. Untick it for an old security key."
        return form

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Add it, on record."""
        with changing(self.request, "factor added", kind="webauthn") as work:
            _end_unproved(work, self.request)
            response: HttpResponse = super().form_valid(form)
        return _proved(self.request, "webauthn", response)


class RemoveApp(DeactivateTOTPView):  # type: ignore[misc]
    """Remove the authenticator app, unless it is the last factor, which the form says."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Remove it, on record."""
        with changing(self.request, "factor removed", kind="totp"):
            response: HttpResponse = super().form_valid(form)
            return response


class RemovePasskey(RemoveWebAuthnView):  # type: ignore[misc]
    """Remove a passkey, unless it is the last factor."""

    def get_success_url(self) -> str:
        """Back to one's account."""
        return reverse("mfa_index")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Remove it, on record.

        Raises:
            Refused: ACC-14, it is the last one.
        """
        with changing(self.request, "factor removed", kind="webauthn"):
            if len(roll.factors_of(self.request.user)) < 2:
                raise Refused("ACC-14", "this is the only second factor of the account")
            response: HttpResponse = super().form_valid(form)
            return response


class NewCodes(GenerateRecoveryCodesView):  # type: ignore[misc]
    """Make new recovery codes; the old ones work no more."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Make them, on record."""
        with changing(self.request, "recovery codes made"):
            response: HttpResponse = super().form_valid(form)
            return response


class ChangePassword(PasswordChangeView):  # type: ignore[misc]
    """Change one's password; every other session ends."""

    def get_default_success_url(self) -> str:
        """Back to one's account."""
        return reverse("mfa_index")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Change it, on record."""
        with changing(self.request, "password changed") as work:
            roll.end_sessions(work, self.request.user, but=self.request.session.session_key)
            response: HttpResponse = super().form_valid(form)
        messages.success(self.request, "Your password is changed, and your other sessions have ended.")
        return response


class Authenticate(AuthenticateView):  # type: ignore[misc]
    """The second step of signing in; a passkey that fails is put on record as codes are."""

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """Say so, and put it on record."""
        if "credential" in form.fields:
            tell_failed(self.stage.login.user.name, Authenticator.Type.WEBAUTHN)
        response: HttpResponse = super().form_invalid(form)
        return response


class PasskeySignIn(LoginWebAuthnView):  # type: ignore[misc]
    """Signing in by passkey alone: it is held and unlocked, so it is both factors."""

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """Say so, and put it on record."""
        tell_failed("", Authenticator.Type.WEBAUTHN)
        response: HttpResponse = super().form_invalid(form)
        return response


def _end_unproved(work: Work, request: Asked) -> None:
    """With the first factor, end what was signed in without one."""
    if not roll.factors_of(request.user):
        roll.end_sessions(work, request.user, but=request.session.session_key)


def _proved(request: Asked, kind: str, response: HttpResponse) -> HttpResponse:
    """Whoever has just shown a factor to add it has shown a factor."""
    record_authentication(request, request.user, "mfa", type=kind, reauthenticated=True)
    request.session.cycle_key()
    return response

"""Who signs in, and how: what the library for accounts asks of us, and what goes on record of it."""

from base64 import b64decode, b64encode
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

from hashgrade.serve import ends
from hashgrade.serve.station import Asked, joined
from hashgrade.store.accounts import roll
from hashgrade.store.accounts.models import Account

NOBODY = "somebody"
"""The actor of what nobody has proved to have done."""


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves; of the library's messages only those about faults are shown."""

    def is_open_for_signup(self, request: Asked) -> bool:
        """No: an administrator invites."""
        return False

    def add_message(self, request: Asked, level: int, *args: Any, **words: Any) -> None:
        """Say what went wrong; that something went right is plain from the page."""
        if level >= messages.ERROR:
            super().add_message(request, level, *args, **words)


class Factors(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of factors are sealed under the vault's key, so that a copy of the database is not a second factor."""

    error_messages: ClassVar[dict[str, str]] = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": "This is the only second factor of the account: add another one first."}

    def encrypt(self, text: str) -> str:
        """Seal a secret for the database."""
        return b64encode(joined().vault.sealed(text.encode(), b"factor")).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Unseal it."""
        return joined().vault.unsealed(b64decode(encrypted_text), b"factor").decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one: without a factor the account could do nothing."""
        return len(roll.factors_of(authenticator.user)) > 1

    def generate_authenticator_name(self, user: Account, type: str) -> str:  # noqa: A002 - the library's word
        """Give a passkey a name that nobody had to think of."""
        return f"Passkey {sum(one.kind == type for one in roll.factors_of(user)) + 1}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """A passkey belongs to the name by which the browser called us."""
        return {"id": context.request.get_host().partition(":")[0], "name": "Hashgrade"}


def listen() -> None:
    """Put sign-ins, sign-outs and failures on record from now on."""
    user_logged_in.connect(_came, dispatch_uid="hashgrade")
    user_logged_out.connect(_went, dispatch_uid="hashgrade")
    user_login_failed.connect(_failed, dispatch_uid="hashgrade")
    authentication_failed.connect(_factor_failed, dispatch_uid="hashgrade")


def tell_failed(name: str, by: str) -> None:
    """Put a failed sign-in on record; a name that is no account's is not told, as it may be a mistyped password."""
    known = name if roll.exists(name) else ""
    with joined().store.work(NOBODY, "failed to sign in") as work:
        roll.did(work, "sign-in failed", known, by=by)


def _came(sender: object, request: Asked, user: Account, **_: object) -> None:
    station = joined()
    ends.begin(request.session, station.now(), request.headers.get("User-Agent", ""))
    records = get_authentication_records(request, user)
    by = sorted({str(one.get("type", one["method"])) for one in records}) or ["invitation"]
    with station.store.work(user.name, "signs in") as work:
        roll.did(work, "signed in", user.name, by=by)


def _went(sender: object, request: Asked, user: Account | None, **_: object) -> None:
    if user is not None:
        with joined().store.work(user.name, "signs out") as work:
            roll.did(work, "signed out", user.name)


def _failed(sender: object, credentials: dict[str, Any], **_: object) -> None:
    tell_failed(str(credentials.get("username", "")), "password")


def _factor_failed(sender: object, user: Account, authenticator: Authenticator, **_: object) -> None:
    tell_failed(user.name, authenticator.type)

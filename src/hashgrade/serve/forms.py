"""The library's forms, in our words and a little stricter; apart from its adapters, which its forms import."""

from typing import Any, Final

from allauth.account.forms import LoginForm
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django.core.cache import cache

USED_S: Final = 120
"""How long a code is remembered: longer than the 90 seconds in which a code can be taken, early and late."""


class SignInForm(LoginForm):  # type: ignore[misc]
    """A name and a password."""

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self.fields["login"].label = "Name"


class Once:
    """A code works once. The library forgets a code after 30 seconds, when one that is taken late still works."""

    user: Any

    def clean_code(self) -> str:
        """Take a code that is right and was not taken before."""
        code: str = super().clean_code()  # type: ignore[misc]
        same = "".join(filter(str.isalnum, code)).upper()  # the library overlooks spaces and dashes
        if not cache.add(f"code:{self.user.pk}:{same}", "taken", timeout=USED_S):
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(Once, AuthenticateForm):  # type: ignore[misc]
    """The code of a sign-in."""


class ProofForm(Once, ReauthenticateForm):  # type: ignore[misc]
    """The code of a fresh proof."""

"""Coming in for the first time, by an invitation: the first administrator's, a colleague's, or one that renews."""

from allauth.account.internal.flows.login import record_authentication
from allauth.core import ratelimit
from django import forms
from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.http import HttpResponse
from django.shortcuts import redirect, render

from hashgrade.errors import Conflict, InputError, Refused
from hashgrade.serve.errors import sentence
from hashgrade.serve.people import ON_FILE
from hashgrade.serve.station import Asked
from hashgrade.store import ledger
from hashgrade.store.accounts import roll
from hashgrade.store.accounts.models import Account
from hashgrade.store.accounts.roll import Invited

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class TokenForm(forms.Form):
    """The token, where the link did not bring it."""

    token = forms.CharField(label="Invitation", max_length=100, help_text="The last part of the link you were given.",
                            widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}))


class JoinForm(forms.Form):
    """A name, where it is free to choose, and a password."""

    name = forms.CharField(label="Name", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "username"}),
                           help_text="Stands in the records for good. Letters a to z, digits, “.”, “_” and “-”.")
    password = forms.CharField(label="Password", strip=False, help_text="12 characters or more, and no common one.",
                               widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))
    again = forms.CharField(label="Password, again", strip=False,
                            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))

    def __init__(self, invited: Invited, *args: object, **words: object) -> None:
        super().__init__(*args, **words)  # type: ignore[arg-type]
        self.invited = invited
        if invited.name:
            del self.fields["name"]

    def clean(self) -> dict[str, object]:
        """Refuse a weak password, and two that differ."""
        said = super().clean() or {}
        name = self.invited.name or str(said.get("name", ""))
        if not self.invited.name and ledger.stands(name):
            self.add_error("name", ON_FILE.format(
                "Choose another; if they are yours, ask for an invitation in this name."))
        if password := said.get("password"):
            validate_password(str(password), Account(name=name))
            if password != said.get("again"):
                self.add_error("again", "The two passwords differ.")
        return said


def welcome(request: Asked, token: str = "") -> HttpResponse:
    """Take an invitation up: choose a name and a password; the second factor comes next."""
    if request.method == "POST" and not ratelimit.consume(request, action="signup"):
        raise Refused("ACC-08", "too many tries; wait a minute")
    if not token:
        return _asked_for_token(request)
    invited = roll.invited(token, request.station.now())
    form = JoinForm(invited, request.POST or None)
    if form.is_valid():
        try:
            return _joined(request, token, form)
        except (InputError, Conflict) as error:
            form.add_error("name", sentence(error.what))
    return render(request, "joining/welcome.html", {"form": form, "invited": invited})


def _asked_for_token(request: Asked) -> HttpResponse:
    form = TokenForm(request.POST or None)
    if form.is_valid():
        return redirect("welcome", token=form.cleaned_data["token"].rstrip("/").rpartition("/")[2])
    return render(request, "joining/token.html", {"form": form, "first": not roll.has_administrator()})


def _joined(request: Asked, token: str, form: JoinForm) -> HttpResponse:
    name = form.invited.name or form.cleaned_data["name"]
    with request.station.store.work(name, "takes up an invitation") as work:
        account = roll.join(work, token, name, form.cleaned_data["password"])
    login(request, account, backend=BACKEND)
    record_authentication(request, account, "password", reauthenticated=True)
    return redirect("begin_factors")

"""What administrators do: invite, give roles, lock, renew, end sessions. Never to themselves, always with a reason."""

from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from hashgrade.access import Action, Role, Thing, may
from hashgrade.errors import HashgradeError
from hashgrade.serve.errors import sentence
from hashgrade.serve.station import Asked
from hashgrade.store import ledger
from hashgrade.store.accounts import roll
from hashgrade.store.accounts.models import Account
from hashgrade.store.work import Work

ROLES = [(one.value, one.replace("_", " ").capitalize()) for one in Role]
ON_FILE = "Readings or settlements on file are by somebody of this name. {}"
Change = Callable[[Work], Any]


class RolesForm(forms.Form):
    """Which roles somebody has."""

    roles = forms.MultipleChoiceField(label="What they are to be", choices=ROLES, widget=forms.CheckboxSelectMultiple)


class InviteForm(RolesForm):
    """Whom to invite, and why."""

    name = forms.CharField(label="Name", max_length=40, required=False, widget=forms.TextInput({"autocomplete": "off"}),
                           help_text="Stands in the records for good. Leave it empty, and they choose it.")
    same = forms.BooleanField(
        label="It is the same person", required=False,
        help_text="What is on file under this name then counts as theirs: they neither settle nor read it again.")
    why = forms.CharField(label="Why", max_length=500, help_text="Goes into the audit trail.")
    field_order = ("name", "same", "roles", "why")

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self.on_file = self.is_bound and ledger.stands(str(self.data.get("name", "")).strip())
        if not self.on_file:
            del self.fields["same"]

    def clean(self) -> dict[str, Any]:
        """Refuse a name under which something is on file, unless the inviter says that it is the same person."""
        said = super().clean() or {}
        if self.on_file and not said.get("same"):
            self.add_error("name", ON_FILE.format("Say below that it is the same person, or choose another name."))
        return said


def account(request: Asked, name: str) -> Thing:
    """An account as a thing: it is its owner's."""
    return Thing(owner=name)


def accounts(request: Asked) -> HttpResponse:
    """List everybody, and the invitations that are out."""
    people = [(one, len(roll.factors_of(one)), len(roll.sessions_of(one))) for one in roll.accounts()]
    return render(request, "people/accounts.html", {
        "people": people, "invitations": roll.invitations(request.station.now()),
        "may_invite": bool(request.actor.roles & {Role.ADMINISTRATOR})})


def person(request: Asked, name: str, form: RolesForm | None = None) -> HttpResponse:
    """Show one account, with what may be changed of it."""
    who = roll.account(name)
    answer = may(request.actor, Action.LOCK, Thing(owner=name), why="to see")
    return render(request, "people/person.html", {
        "who": who, "factors": roll.factors_of(who), "sessions": roll.sessions_of(who), "answer": answer,
        "form": form or RolesForm(initial={"roles": [*who.role_set]})}, status=400 if form else 200)


def invite(request: Asked) -> HttpResponse:
    """Make a link that works once, and show it once."""
    form = InviteForm(request.POST or None)
    if form.is_valid():
        try:
            return _invited(request, form)
        except HashgradeError as error:
            form.add_error("roles" if error.code == "ACC-11" else "name", sentence(error.what))
    return render(request, "people/invite.html", {"form": form})


def _invited(request: Asked, form: InviteForm) -> HttpResponse:
    said, by = form.cleaned_data, request.actor.name
    with request.station.store.work(by, said["why"]) as work:
        token = roll.invite(work, said["name"], roles_in(said["roles"]), _until(request), by)
        if form.on_file:
            work.note(same_as_on_file=said["name"])
    return _link(request, token, said["name"])


def set_roles(request: Asked, name: str) -> HttpResponse:
    """Give somebody the roles that are ticked, and no others."""
    form = RolesForm(request.POST)
    if not form.is_valid():
        return person(request, name, form)
    return _changed(request, name, lambda work: roll.set_roles(work, name, roles_in(form.cleaned_data["roles"])),
                    "The roles hold from their next page on.")


def lock(request: Asked, name: str) -> HttpResponse:
    """Lock an account or unlock it, as the form says: one that is sent twice does nothing the second time."""
    locked = request.POST.get("locked") != "no"
    return _changed(request, name, partial(roll.lock, name=name, locked=locked),
                    "The account is locked, and its sessions have ended." if locked else "The account is unlocked.")


def renew(request: Asked, name: str) -> HttpResponse:
    """Give somebody who lost their factors a new way in; what they had ends at once."""
    with request.station.store.work(request.actor.name, request.POST["why"]) as work:
        token = roll.renew(work, name, _until(request), request.actor.name)
    return _link(request, token, name)


def end_sessions(request: Asked, name: str) -> HttpResponse:
    """End one of somebody's sessions, or all, at once."""
    who: Account = roll.account(name)
    return _changed(request, name, partial(roll.end_sessions, who=who, handle=request.POST.get("handle", "")),
                    "Ended.")


def end_invitation(request: Asked, key: int) -> HttpResponse:
    """Let an invitation that is out hold no more, such as one that went to the wrong person."""
    with request.station.store.work(request.actor.name, request.POST["why"]) as work:
        roll.end_invitation(work, key)
    messages.success(request, "That invitation holds no more.")
    return redirect("accounts")


def roles_in(words: Collection[str]) -> frozenset[Role]:
    """Read roles from a form."""
    return frozenset(map(Role, words))


def _changed(request: Asked, name: str, change: Change, said: str) -> HttpResponse:
    with request.station.store.work(request.actor.name, request.POST["why"]) as work:
        change(work)
    messages.success(request, said)
    return redirect("person", name=name)


def _until(request: Asked) -> Any:
    return request.station.now() + timedelta(seconds=request.station.settings.serve.invitation_s)


def _link(request: Asked, token: str, name: str) -> HttpResponse:
    link = request.build_absolute_uri(reverse("welcome", args=[token]))
    return render(request, "people/link.html", {"link": link, "name": name, "until": _until(request)})

"""Publishing the next edition of a list, and importing somebody else's: forms that begin a run."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from secrets import token_hex
from typing import Any, Final, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect

from hashgrade.errors import Conflict, HashgradeError
from hashgrade.exchange import editions, release
from hashgrade.exchange import lists as exchange
from hashgrade.serve.errors import in_words, status_of
from hashgrade.serve.records import runs, shelf
from hashgrade.serve.records.around import within
from hashgrade.serve.records.studies import begun
from hashgrade.serve.station import Asked
from hashgrade.store import listed

NAME_HELP: Final = "Letters, digits, dots, hyphens and underscores, beginning with a letter or digit."
POLICY_MOST: Final = 20_000
F = TypeVar("F", bound="NameForm")


class NameForm(forms.Form):
    """What both forms ask: the word of the form, and the name of the list."""

    ref = forms.RegexField(r"^[0-9a-f]{16}$", widget=forms.HiddenInput)
    list = forms.RegexField(release.NAME.pattern + r"\Z", label="List", max_length=64, help_text=NAME_HELP)


class PublishForm(NameForm):
    """The next edition of a list; `number` is which one that was when the form was shown."""

    number = forms.IntegerField(min_value=1, max_value=10**9, widget=forms.HiddenInput)
    policy = forms.CharField(
        label="Policy", max_length=POLICY_MOST, widget=forms.Textarea({"rows": 10, "spellcheck": "false"}),
        help_text="One condition, in YAML. An item is listed where it is true; not where it is false, nor where it is "
                  "undecided.")
    labels = forms.BooleanField(
        label="Give members the answers, too", required=False,
        help_text="Writes `labels.csv`: the answers behind each entry, with ids of the UCS where the station has them.")


class ImportForm(NameForm):
    """A list of somebody else's, as a file."""

    file = forms.FileField(label="File", help_text="CSV with a header, or VICS JSON. It is refused as a whole if one "
                                                   "line of it cannot be read.")
    edition = forms.CharField(
        label="Edition", max_length=60, required=False,
        help_text="What its publisher calls it; a name is made of its bytes, if this is empty.")
    skip = forms.BooleanField(
        label="Do not queue what it names", required=False,
        help_text="Items that it names exactly are then not read here; their number stands on the page of the list.")
    why = forms.CharField(label="Why", max_length=500, help_text="Goes into the audit trail.")
    field_order = ("ref", "list", "file", "edition", "skip", "why")

    def clean_edition(self) -> str:
        """Take what can be shown as one line."""
        edition = str(self.cleaned_data["edition"])
        if not edition.isprintable():
            raise ValidationError("An edition is named in one line of letters and signs that can be seen.")
        return edition


def publish(request: Asked) -> HttpResponse:
    """Show the form for the next edition of a list, or begin to publish it."""
    if request.method != "POST":
        return _publish_page(request, _blank(request))
    form = PublishForm(request.POST)
    if form.is_valid() and _sent_before(request, form):
        return redirect("list_running")
    if form.is_valid() and _can_be_published(request, form):
        return _begun(request, form, _publish, _publish_page)
    return _publish_page(request, form, 400)


def import_(request: Asked) -> HttpResponse:
    """Show the form for a file of somebody else's, or begin to import it."""
    if request.method != "POST":
        first = {"ref": token_hex(8), "list": request.GET.get("list", "")[:64]}
        return _import_page(request, ImportForm(initial=first))
    form = ImportForm(request.POST, request.FILES)
    if getattr(request, "too_large", False):
        form.add_error("file", "The file is larger than what is taken here. Import it with `hashgrade list import`.")
    if not form.is_valid():
        return _import_page(request, form, 400)
    if _sent_before(request, form):
        return redirect("list_running")
    return _begun(request, form, _import, _import_page)


def _can_be_published(request: Asked, form: PublishForm) -> bool:
    said = form.cleaned_data
    if (following := exchange.following(request.station, said["list"])) != said["number"]:
        form.add_error("list", f"The next edition of this list is {following}. Choose the list above the form.")
    try:
        exchange.policy_of(said["policy"], request.station.packs)
    except HashgradeError as error:
        form.add_error("policy", f"{error.code}: {error.what} ({error.where}). {error.to_do}.")
    return not form.errors


def _lane(request: Asked) -> runs.Lane:
    return runs.lane(request.station.root, runs.LISTS)


def _sent_before(request: Asked, form: NameForm) -> bool:
    last = _lane(request).last()
    return last is not None and last.ref == form.cleaned_data["ref"]


def _begun(request: Asked, form: F, begin: Callable[[Asked, Mapping[str, Any]], HttpResponse],
           page: Callable[[Asked, F, int], HttpResponse]) -> HttpResponse:
    """Begin, or show the form again with what was typed, where another run goes on."""
    try:
        return begin(request, form.cleaned_data)
    except Conflict as error:
        form.add_error(None, in_words(error))
        return page(request, form, status_of(error))


def _publish(request: Asked, said: Mapping[str, Any]) -> HttpResponse:
    return begun(request, runs.LISTS, "publish", said["ref"],
                 {key: said[key] for key in ("list", "number", "policy", "labels")})


def _import(request: Asked, said: Mapping[str, Any]) -> HttpResponse:
    """Put the file where its run finds it, and begin; of a form sent twice at once, the second finds it there."""
    path = shelf.upload(request.station.root, said["ref"])
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        into = path.open("xb")
    except FileExistsError:
        return redirect("list_running")
    try:
        with into, said["file"] as sent:
            shutil.copyfileobj(sent, into)
        return begun(request, runs.LISTS, "import", said["ref"],
                     {key: said[key] for key in ("list", "edition", "skip")})
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _blank(request: Asked) -> PublishForm:
    """The form, filled in from the newest edition of the list that the address names."""
    name = request.GET.get("list", "")
    first: dict[str, Any] = {"ref": token_hex(8), "number": 1}
    newest = next((one.newest for one in listed.own() if one.name == name), None)
    if newest:
        first |= {"list": name, "number": exchange.following(request.station, name)}
        with suppress(HashgradeError):
            said = editions.manifest(request.station.root / "lists", newest)
            first |= {"policy": editions.in_lines(said["policy"]),
                      "labels": release.LABELS in said["files"]}
    return PublishForm(initial=first)


def _publish_page(request: Asked, form: PublishForm, status: int = 200) -> HttpResponse:
    packs = [(pack.id, pack.version, pack.review.state) for pack in request.station.packs]
    return within(request, "lists", "records/publish.html", {
        "form": form, "packs": packs, "draft": [name for name, _, state in packs if state == "draft"],
        "own": listed.own(), "chosen": request.GET.get("list", ""), "run": _lane(request).going()},
                  status=status)


def _import_page(request: Asked, form: ImportForm, status: int = 200) -> HttpResponse:
    return within(request, "lists", "records/import.html", {
        "form": form, "run": _lane(request).going(),
        "most_mb": request.station.settings.serve.upload_bytes_max // 2**20}, status=status)

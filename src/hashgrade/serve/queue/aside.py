"""What readers laid aside, for a supervisor who deals it again: nobody is asked more than the reason they gave."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from hashgrade.errors import InputError
from hashgrade.grading import dealing
from hashgrade.serve.cells import csv_file
from hashgrade.serve.numbers import whole
from hashgrade.serve.queue import wording
from hashgrade.serve.queue.around import within
from hashgrade.serve.station import Asked
from hashgrade.store import ledger, waiting
from hashgrade.store.due import STAGE_SUPERVISOR

SIZE = 50
COLUMNS = ("item", "reader", "laid_aside_at", "reason", "said", "items")


class DealForm(forms.Form):
    """Which card, to whom, and why."""

    sha256 = forms.RegexField(r"^[0-9a-f]{64}$")
    reader = forms.CharField(max_length=200)
    why = forms.CharField(max_length=500)


def aside(request: Asked) -> HttpResponse:
    """Show what is laid aside, or deal a card of it again to whom the form names."""
    return _dealt(request) if request.method == "POST" else _listed(request)


def aside_file(request: Asked) -> HttpResponse:
    """Give what is laid aside as a file, the longest so first."""
    found, _ = ledger.laid_aside(size=10_000)
    return csv_file("laid-aside", COLUMNS, (
        (one.sha256[:12], one.reader, one.at.isoformat(), one.reason.value, one.said, one.items) for one in found))


def _listed(request: Asked) -> HttpResponse:
    after = whole(request.GET.get("after", "0"), 18)
    if after is None:
        raise InputError("SRV-20", "the link does not say where the page begins")
    found, following = ledger.laid_aside(after, SIZE)
    now = request.station.store.now()
    return within(request, "queue/aside.html", {
        "after": after, "next": following,
        "waiting": sum(one.cards for one in waiting.counts() if one.stage == STAGE_SUPERVISOR),
        "skips_max": request.station.store.rules.skips_max,
        "cards": [(one, wording.REASONS[one.reason], wording.age(one.at, now), one.reader == request.actor.name)
                  for one in found]})


def _dealt(request: Asked) -> HttpResponse:
    form = DealForm(request.POST)
    if not form.is_valid():
        raise InputError("GRD-09", "the form does not say which card, to whom, and why, in at most 500 characters")
    said = form.cleaned_data
    dealing.deal(request.station.store, said["sha256"], said["reader"], request.actor.name, said["why"])
    messages.success(request, f"{said['reader']} can be dealt it again.")
    return redirect("aside")

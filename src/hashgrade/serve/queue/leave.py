"""Whom their pace stops, for a supervisor: names in the order of the alphabet, and what stops each.

How much anybody saw, how fast, and who saw most is on no page: a supervisor who lets somebody go on needs to know
that a limit stops them, and until when, and nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from hashgrade.access import SEE_MEDIA, Thing
from hashgrade.grading import seeing
from hashgrade.grading.pace import Allowance
from hashgrade.grading.policies import pace_of
from hashgrade.nouns import Override
from hashgrade.serve.cells import csv_file
from hashgrade.serve.queue.around import within
from hashgrade.serve.queue.exposure import rounded
from hashgrade.serve.station import Asked
from hashgrade.store.accounts import roll

WHAT: Final = {
    "GRD-04": "a break is due", "GRD-05": "the day's time in view is used up",
    "GRD-06": "the day's number of items is reached", "GRD-07": "the day of viewing is over",
    "GRD-08": "the day's time with a severity is used up",
}
"""What stops somebody, without how much of anything there was."""
MINUTES: Final = [(15, "15 minutes"), (30, "30 minutes"), (60, "1 hour"), (120, "2 hours"), (240, "4 hours")]


class LeaveForm(forms.Form):
    """For how long somebody may go on, and why."""

    minutes = forms.TypedChoiceField(label="For how long", choices=MINUTES, coerce=int, initial=15,
                                     help_text="From now on. Less is kinder.")
    why = forms.CharField(label="Why", max_length=500, help_text="Goes into the audit trail, and the person sees it.",
                          widget=forms.TextInput({"autocomplete": "off"}))


@dataclass(frozen=True, slots=True)
class Stopped:
    """Somebody whose pace stops them, or whom a supervisor lets go on."""

    name: str
    what: tuple[str, ...]
    until: datetime | None
    leave: Override | None
    oneself: bool


def reader(request: Asked, name: str) -> Thing:
    """Somebody's pace as a thing: it is theirs, so never one's own to override."""
    return Thing(owner=name)


def people(request: Asked) -> HttpResponse:
    """List whom their pace stops now, and who has leave to go on, by name."""
    said = request.station.settings.pace
    return within(request, "queue/people.html", {
        "people": list(_stopped(request)), "zone": said.time_zone, "tz": pace_of(said).zone})


def people_file(request: Asked) -> HttpResponse:
    """Give that list as a file."""
    return csv_file("stopped", ("name", "stopped_by", "until", "leave_until"), (
        (one.name, "; ".join(one.what), one.until and one.until.isoformat(),
         one.leave and one.leave.until.isoformat()) for one in _stopped(request)))


def leave(request: Asked, name: str) -> HttpResponse:
    """Let somebody go on past their pace for a while; who has leave for as long already gets nothing twice."""
    _ = roll.account(name)
    policy = pace_of(request.station.settings.pace)
    allowed = seeing.allowance(request.station.store, name, policy)
    form = LeaveForm(request.POST or None)
    if form.is_valid():
        return _let(request, name, form, allowed)
    return render(request, "queue/leave.html", {
        "who": name, "form": form, "what": _what(allowed), "leave": allowed.leave,
        "until": rounded(allowed.until), "zone": request.station.settings.pace.time_zone, "tz": policy.zone},
        status=400 if request.method == "POST" else 200)


def _let(request: Asked, name: str, form: LeaveForm, allowed: Allowance) -> HttpResponse:
    at = request.station.store.now()
    until = at + timedelta(minutes=form.cleaned_data["minutes"])
    if allowed.leave is None or allowed.leave.until < until - timedelta(minutes=1):
        seeing.let_go_on(request.station.store, Override(
            reader=name, by=request.actor.name, at=at, until=until, why=form.cleaned_data["why"]))
        messages.success(request, f"{name} may go on for {dict(MINUTES)[form.cleaned_data['minutes']]}.")
    else:
        messages.info(request, f"{name} may go on for as long already.")
    return redirect("stopped")


def _stopped(request: Asked) -> Iterator[Stopped]:
    policy = pace_of(request.station.settings.pace)
    for one in roll.accounts():
        if one.locked or not one.role_set & set(SEE_MEDIA):
            continue
        allowed = seeing.allowance(request.station.store, one.name, policy)
        if not allowed.shows or allowed.leave:
            yield Stopped(one.name, _what(allowed), rounded(allowed.until), allowed.leave,
                          one.name == request.actor.name)


def _what(allowed: Allowance) -> tuple[str, ...]:
    """What stops somebody, or would without leave, in words that tell no amount."""
    return tuple(dict.fromkeys(WHAT[one.code] for one in allowed.told if one.until is not None))

"""One's own pace: what was in view today, what comes next, the screens at a limit, the pause, and a neutral screen.

A pause is a view of nothing that lasts until its page is left by its button; the records' clock says how long. It is
told twice, as it begins and as it ends: a page that told of it every few seconds would keep a session from ending
of which nobody is in front.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from hashgrade.access import Thing
from hashgrade.grading import seeing
from hashgrade.grading.pace import Allowance, Policy
from hashgrade.grading.policies import pace_of
from hashgrade.nouns import How, View
from hashgrade.serve.cells import csv_file
from hashgrade.serve.queue import wording
from hashgrade.serve.queue.around import within
from hashgrade.serve.station import Asked
from hashgrade.store import ledger

STOPS: Final = {
    "GRD-04": ("Time for a break", "Your eyes have worked long enough for now. Go away from the screen."),
    "GRD-05": ("Enough for today", "You have had material in view for as long as a day allows."),
    "GRD-06": ("Enough for today", "You have seen as many items as a day allows."),
    "GRD-07": ("The day of viewing is over", "Nothing is shown any more today."),
    "GRD-08": ("Enough of this for today", "You have had material of this severity in view for as long as a day "
                                           "allows."),
}
"""What a limit's screen says, by the limit's code."""


@dataclass(frozen=True, slots=True)
class Part:
    """One measure of a day: how much, of how much, in words and as numbers for a bar; `limit` 0 is none.

    The limit is near from `near` on.
    """

    title: str
    used: int
    limit: int
    near: int
    said: str
    of: str
    left: str


def own(request: Asked) -> Thing:
    """Somebody's exposure as a thing: it is theirs, and there is no address for anybody else's."""
    return Thing(owner=request.actor.name)


def pace(request: Asked) -> HttpResponse:
    """Show what one has had in view today, how much of each limit that is, and what comes next."""
    policy, allowed = _allowed(request)
    return within(request, "queue/pace.html", {
        "allowed": allowed, "parts": parts(allowed, policy), "coming": list(coming(allowed, policy)),
        "stop": STOPS.get(allowed.told[0].code) if not allowed.shows else None,
        "until": rounded(allowed.until), "tz": policy.zone, "a_break": _a_break(policy),
        "zone": request.station.settings.pace.time_zone})


def pace_file(request: Asked) -> HttpResponse:
    """Give one's own day as a file."""
    policy, allowed = _allowed(request)
    return csv_file("exposure-today", ("measure", "used", "limit"), (
        (one.title, one.used, one.limit or None) for one in parts(allowed, policy)))


def stopped(request: Asked, code: str, why: str) -> HttpResponse:
    """Answer somebody whom a limit stops: which, until when, what they can do meanwhile."""
    policy, allowed = _allowed(request)
    title, text = STOPS[code]
    back = _back(request, request.get_full_path() if request.method == "GET" else "")
    return render(request, "queue/stopped.html", {
        "title": title, "text": text, "why": why, "code": code, "back": back,
        "until": rounded(allowed.until), "tz": policy.zone, "zone": request.station.settings.pace.time_zone},
        status=403)


def parts(allowed: Allowance, policy: Policy) -> list[Part]:
    """Give the measures of a day, each severity that was in view or has a limit among them."""
    names = sorted({*allowed.severe_s, *policy.severe_s})
    measures = [
        ("In view", allowed.revealed_s, policy.revealed_s, wording.clock),
        *((f"In view of {name}", allowed.severe_s.get(name, 0), policy.severe_s.get(name, 0), wording.clock)
          for name in names),
        ("Items seen", allowed.items, policy.items, "{:,}".format),
        ("Work since the last break", allowed.worked_s, policy.break_after_s, wording.clock)]
    return [Part(title, used, limit, limit * policy.warn_percent // 100, said(used), said(limit),
                 said(max(limit - used, 0))) for title, used, limit, said in measures]


def coming(allowed: Allowance, policy: Policy) -> Iterator[str]:
    """Say what comes next: breaks, the end of viewing, and when the count begins anew."""
    if policy.break_after_s and allowed.shows:
        left = max(policy.break_after_s - allowed.worked_s, 0)
        yield f"A break of {wording.span(policy.break_s)} is due after {wording.span(left)} more of work."
    if policy.cut_off is not None:
        yield f"Nothing is shown after {policy.cut_off:%H:%M}."
    if policy.revealed_s or policy.items or policy.severe_s:
        yield "The counts of a day begin anew at midnight."


def rounded(until: datetime | None) -> datetime | None:
    """Give the minute from which on one may go on, so that nobody comes back too early."""
    return until and until + timedelta(seconds=59)


def pause(request: Asked) -> HttpResponse:
    """Begin a pause: nothing is shown, and from now on no work is counted."""
    ref = token_hex(16)
    policy = pace_of(request.station.settings.pace)
    seeing.see(request.station.store, seeing.Look(ref=ref, reader=request.actor.name, how=How.PAUSE, ms=0), policy)
    return redirect(f"{reverse('paused', args=[ref])}?{urlencode({'next': _back(request)})}")


def paused(request: Asked, ref: str) -> HttpResponse:
    """Show nothing, calmly, until one goes on; a pause that has ended, or after which one saw something, stays so."""
    view, back = _own_pause(request, ref), _back(request)
    over = view.ms > 0
    if request.method == "POST" and not over:
        lasted = (request.station.store.now() - view.at) // timedelta(milliseconds=1)
        look = seeing.Look(ref=ref, reader=request.actor.name, how=How.PAUSE, ms=min(lasted, seeing.DAY_MS))
        seeing.see(request.station.store, look, pace_of(request.station.settings.pace))
    if request.method == "POST" or over:
        return redirect(back)
    policy = pace_of(request.station.settings.pace)
    return render(request, "queue/paused.html", {
        "back": back, "since": view.at, "tz": policy.zone, "a_break": _a_break(policy)})


def between(request: Asked) -> HttpResponse:
    """Show a neutral screen between two items, until one is ready; what one's pace says stands on it in words."""
    policy, allowed = _allowed(request)
    if not allowed.shows:
        return stopped(request, allowed.told[0].code, allowed.told[0].why)
    return render(request, "queue/between.html", {
        "back": _back(request), "allowed": allowed, "coming": next(coming(allowed, policy), "")})


def _allowed(request: Asked) -> tuple[Policy, Allowance]:
    policy = pace_of(request.station.settings.pace)
    return policy, seeing.allowance(request.station.store, request.actor.name, policy)


def _a_break(policy: Policy) -> str:
    """How long a break is, in words; empty where none is due."""
    return wording.span(policy.break_s) if policy.break_after_s else ""


def _own_pause(request: Asked, ref: str) -> View:
    view = ledger.view(ref)
    if view is None or view.reader != request.actor.name or view.how is not How.PAUSE:
        raise Http404
    return view


def _back(request: Asked, plain: str = "") -> str:
    """Where to go afterwards: a page of ours that the form or the link names, else one's pace."""
    where = request.POST.get("next") or request.GET.get("next") or plain
    ours = url_has_allowed_host_and_scheme(where, allowed_hosts=None) and where.startswith("/")
    return where if ours else reverse("pace")

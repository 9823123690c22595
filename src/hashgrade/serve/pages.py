"""The first page, the status page, and what browsers complain of."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from hashgrade.access import Action, could
from hashgrade.serve import health
from hashgrade.serve.health import VIOLATIONS
from hashgrade.serve.station import Asked


def home(request: Asked) -> HttpResponse:
    """Say where one is, and where one can go; nothing is counted, as everybody comes by here."""
    return render(request, "home.html")


def status(request: Asked) -> HttpResponse:
    """Show how the station stands now: each thing with a word, a sentence, and what to do about it."""
    told = health.checks(request.station)
    counts = next(one.check.figures for one in told if one.name == "records")
    return render(request, "status.html", {
        "told": told, "worst": health.worst(told), "counts": [(name, number) for name, number in counts.items()
                                                                if name != "code"],
        "counted": {state: sum(one.check.state == state for one in told) for state in health.State},
        "versions": health.versions(), "readings_wanted": request.station.settings.readings_wanted,
        "may_monitor": could(request.actor, Action.MONITOR), "may_audit": could(request.actor, Action.SEE_AUDIT)})


def status_file(request: Asked) -> JsonResponse:
    """Give the same to a program that watches the station."""
    told = health.checks(request.station)
    return JsonResponse({
        "at": request.station.now().isoformat(), "state": health.worst(told), "versions": health.versions(),
        "checks": [one.as_json() for one in told]}, json_dumps_params={"indent": 2, "ensure_ascii": False})


@csrf_exempt  # a browser sends it by itself, without a form; it changes nothing
def violation(request: HttpRequest) -> HttpResponse:
    """Note that a page broke the content policy: which directive, and not what was on the page."""
    try:
        told: Any = json.loads(request.body)["csp-report"]
        VIOLATIONS.append(str(told.get("effective-directive") or told["violated-directive"])[:60])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return HttpResponse(status=400)
    return HttpResponse(status=204)

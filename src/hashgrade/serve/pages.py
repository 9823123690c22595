"""The first page, the status page, and what browsers complain of."""

import json
import sqlite3
import sys
from collections import deque
from importlib.metadata import version
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from hashgrade.enacting import newer
from hashgrade.serve.station import Asked
from hashgrade.store import force, queries

VIOLATIONS: Final[deque[str]] = deque(maxlen=100)
"""Directives that a browser found broken on a page of ours, the latest last; there should be none."""


def home(request: Asked) -> HttpResponse:
    """Say where one is, and where one can go; nothing is counted, as everybody comes by here."""
    return render(request, "home.html")


def status(request: Asked) -> HttpResponse:
    """Show what is in force now, which may be newer than this process: versions, jail, packs, what is on file."""
    station, current = request.station, force.in_force()
    return render(request, "status.html", {
        "jail": station.decoders.level, "jail_at_least": station.settings.jail_at_least,
        "packs": [current[one.pack] for one in station.in_force], "newer": list(newer(station.settings.packs)),
        "counts": _counts(), "versions": _versions(), "violations": len(VIOLATIONS),
        "readings_wanted": station.settings.readings_wanted})


@csrf_exempt  # a browser sends it by itself, without a form; it changes nothing
def violation(request: HttpRequest) -> HttpResponse:
    """Note that a page broke the content policy: which directive, and not what was on the page."""
    try:
        told: Any = json.loads(request.body)["csp-report"]
        VIOLATIONS.append(str(told.get("effective-directive") or told["violated-directive"])[:60])
    except (ValueError, KeyError, TypeError, AttributeError):
        return HttpResponse(status=400)
    return HttpResponse(status=204)


def _counts() -> list[tuple[str, int]]:
    return [(name.replace("_", " "), count) for name, count in queries.counts().items()]


def _versions() -> dict[str, str]:
    return {"Hashgrade": version("hashgrade"), "Python": sys.version.partition(" ")[0], "Django": version("django"),
            "SQLite": sqlite3.sqlite_version}

"""The watch at the workbench: which shares have risen, as of when somebody last looked; for inside only."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Final

from django.http import Http404, HttpResponse

from hashgrade.access import Action, could
from hashgrade.errors import InputError
from hashgrade.serve.records import runs, shelf
from hashgrade.serve.records.around import within
from hashgrade.serve.records.reports import document
from hashgrade.serve.records.studies import begun, ref_of
from hashgrade.serve.station import Asked

FILES: Final = ("index.html", "watch.json", "series.csv")
EVERY: Final = ("week", "month")


def watch(request: Asked) -> HttpResponse:
    """Show the alerts and every series, as they were when they were looked at last."""
    told = _told(request)
    states = {alert["series"]: "alert" if alert["standing"] else "over" for alert in reversed(told.get("alerts", []))}
    return within(request, "studies", "records/watch.html", {
        "told": told, "made_at": _made_at(request), "ref": token_hex(8), "every": EVERY,
        "judged": sum(one["enough_history"] for one in told.get("series", [])),
        "standing": sum(alert["standing"] for alert in told.get("alerts", [])),
        "series": [(one, _share(one), states.get(one["series"], "quiet" if one["enough_history"] else "short"))
                   for one in told.get("series", [])],
        "may_run": could(request.actor, Action.RUN_STUDY)})


def watch_file(request: Asked, file: str) -> HttpResponse:
    """Give the page with its charts to be read, or the numbers to be saved."""
    path = shelf.watch(request.station.root) / file
    if file not in FILES or not path.is_file() or path.is_symlink():
        raise Http404
    return document(file, path.read_bytes(), "watch")


def look(request: Asked) -> HttpResponse:
    """Begin to look again."""
    every = request.POST.get("every", "")
    if every not in EVERY:
        raise InputError("SRV-13", "the watch looks at weeks or at months")
    return begun(request, runs.STUDIES, "watch", ref_of(request), {"every": every})


def _told(request: Asked) -> Mapping[str, Any]:
    with suppress(OSError, ValueError):
        found = json.loads((shelf.watch(request.station.root) / "watch.json").read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    return {}


def _made_at(request: Asked) -> datetime | None:
    with suppress(OSError):
        return datetime.fromtimestamp((shelf.watch(request.station.root) / "watch.json").stat().st_mtime, UTC)
    return None


def _share(one: Mapping[str, Any]) -> str:
    return f"{100 * one['count'] / one['base']:.1f}%" if one["base"] else "–"

"""Studies at the workbench: which there are, what each asks, and running one beside the page."""

from collections.abc import Mapping
from secrets import token_hex
from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render

from hashgrade.access import Action, could
from hashgrade.errors import InputError
from hashgrade.serve.records import runs, shelf
from hashgrade.serve.records.around import within
from hashgrade.serve.records.runs import Run
from hashgrade.serve.station import Asked

UNITS: Final = {"media": "media", "url": "web addresses", "child": "children", "report": "reports",
                "cluster": "groups of media that resemble each other"}
SHOWN_MOST: Final = 5


class RunForm(forms.Form):
    """How a study is to be run."""

    ref = forms.RegexField(r"^[0-9a-f]{16}$", widget=forms.HiddenInput)
    year = forms.IntegerField(
        label="Year", min_value=1970, max_value=9998, required=False, help_text="The newest with items, if left empty.")
    internal = forms.BooleanField(
        label="For inside only", required=False,
        help_text="Counts the tables that are not to be published, too. Every page then says so.")
    hosts = forms.BooleanField(
        label="Name hosts", required=False, help_text="In tables for inside only: the hosts on which media were seen.")
    keep = forms.BooleanField(
        label="Keep the records it is made from", required=False,
        help_text="So that it can be made again, byte for byte, when the records have moved on. For inside only.")


def studies(request: Asked) -> HttpResponse:
    """List the studies that come with the package and those of the station, with what is wrong in them."""
    root = request.station.root
    groups = [(place, [_line(shelf.study(root, place, name)) for name in shelf.studies(root, place)])
              for place in (shelf.OWN, shelf.BUILT_IN)]
    return within(request, "studies", "records/studies.html",
                  {"groups": groups, "run": runs.lane(root, runs.STUDIES).going()})


def study(request: Asked, place: str, name: str, form: RunForm | None = None) -> HttpResponse:
    """Show what one study asks and counts, and a form to run it."""
    root = request.station.root
    found = shelf.study(root, place, name)
    asked = found.study
    shown = form or RunForm(initial={"ref": token_hex(8)})
    if asked and asked.period:
        del shown.fields["year"]
    made = shelf.made_of(root, name)[:SHOWN_MOST]
    return within(request, "studies", "records/study.html", {
        "place": place, "name": name, "study": asked, "wrong": found.wrong, "form": shown,
        "units": sorted({UNITS[table.unit] for table in asked.tables}) if asked else [],
        "tables": [(table.title, UNITS[table.unit], table.internal) for table in asked.tables] if asked else [],
        "made": [shelf.read(root, one) for one in made], "run": runs.lane(root, runs.STUDIES).going(),
        "may_run": could(request.actor, Action.RUN_STUDY)}, status=400 if form else 200)


def run(request: Asked, place: str, name: str) -> HttpResponse:
    """Begin to run a study; the same form sent twice begins it once."""
    found = shelf.study(request.station.root, place, name)
    if found.wrong:
        raise found.wrong[0]
    form = RunForm(request.POST)
    if form.is_valid() and form.cleaned_data["hosts"] and not form.cleaned_data["internal"]:
        form.add_error("hosts", "Hosts are named in reports for inside only.")
    if not form.is_valid():
        return study(request, place, name, form)
    said = form.cleaned_data
    return begun(request, runs.STUDIES, "study", said["ref"], {
        "place": place, "study": name, "usually_s": _usually(request, name),
        **{key: said[key] for key in ("year", "internal", "hosts", "keep")}})


def running(request: Asked) -> HttpResponse:
    """Show the run that goes on, or how the last one ended."""
    return within(request, "studies", "records/running.html",
                  {**state(request, runs.STUDIES), "title": "The last run"})


def running_part(request: Asked) -> HttpResponse:
    """The part of that page that changes."""
    return render(request, "records/run.html", state(request, runs.STUDIES))


def cancel(request: Asked) -> HttpResponse:
    """End the run that the form names, if it goes on; another that began meanwhile is left alone."""
    runs.lane(request.station.root, runs.STUDIES).cancel(request.POST.get("ref", ""))
    return redirect("study_running")


# -- what pages with runs have in common --------------------------------------------------------------------------


def begun(request: Asked, lane: str, kind: str, ref: str, asked: Mapping[str, Any]) -> HttpResponse:
    """Begin a run and lead to the page on which it is followed."""
    runs.lane(request.station.root, lane).start(Run(
        ref=ref, kind=kind, by=request.actor.name, why=request.POST.get("why", "").strip()[:500],
        begun_at=request.station.now(), asked=asked))
    return redirect("study_running" if lane == runs.STUDIES else "list_running")


def state(request: Asked, lane: str) -> dict[str, Any]:
    """The words of a page about the run of a lane."""
    found = runs.lane(request.station.root, lane).last()
    since = max(0, int((request.station.now() - found.begun_at).total_seconds())) if found else 0
    return {"run": found, "since_s": since, "lane": lane, "going": found is not None and found.outcome == runs.GOING,
            "may_cancel": could(request.actor, Action.RUN_STUDY)}


def ref_of(request: Asked) -> str:
    """The word of a form without other fields.

    Raises:
        InputError: SRV-13, it is none.
    """
    ref = request.POST.get("ref", "")
    if len(ref) != 16 or not set(ref) <= set("0123456789abcdef"):
        raise InputError("SRV-13", "the form is not one of a page here")
    return ref


def _line(found: shelf.Asked) -> dict[str, Any]:
    asked = found.study
    return {"name": found.name, "study": asked, "wrong": found.wrong,
            "units": sorted({UNITS[table.unit] for table in asked.tables}) if asked else [],
            "internal": bool(asked and asked.tables and all(table.internal for table in asked.tables))}


def _usually(request: Asked, name: str) -> int:
    """How long the last run of this study took, in seconds; 0 where there was none."""
    made = shelf.made_of(request.station.root, name)
    return int(shelf.read(request.station.root, made[0]).about.get("seconds", 0)) if made else 0

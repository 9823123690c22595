"""Everybody's own keys: those in use for whoever asks, and the page on which they are changed."""

import json
from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from hashgrade.errors import InputError
from hashgrade.grading.keys import (
    ACTS,
    ANSWERS,
    CANNOT,
    LETTERS,
    MAY,
    OF_PRESET,
    Keys,
    clashes,
    joined,
    key_name,
    keys_of,
    with_own,
)
from hashgrade.grading.presets import presets_of
from hashgrade.serve.station import Asked
from hashgrade.store.accounts import choices

LATER: Final = ("mute",)
"""Acts that have a key and nothing to do: no sound leaves the server."""
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Look": ("reveal", "greyscale", "blur", "larger", "sheet", "frame_next", "frame_before", "segment_begins",
             "segment_ends", "segment_next"),
    "Answer": ("undo", "redo", "same", "same_row", "question_next", "question_before", "reasons"),
    "Go on": ("commit", "skip", "pause", "help")}
"""The acts as the page has them. Those of `LATER` are in none."""


def of_station(request: Asked) -> Keys:
    """The keys that the station has."""
    settings = request.station.settings
    return keys_of(settings.keys, presets_of(settings.presets))


def current(request: Asked) -> Keys:
    """The keys of whoever asks: their own before the station's, or the station's where the two have come to clash."""
    station = of_station(request)
    try:
        return with_own(station, choices.keys(request.actor.name))
    except InputError:
        return station


def own_keys(request: Asked) -> HttpResponse:
    """Show one's keys, or take others; a key that would do two things is refused with both."""
    if request.method == "POST":
        return _changed(request)
    own, station = choices.keys(request.actor.name), of_station(request)
    try:
        keys, stale = with_own(station, own), False
    except InputError:
        keys, stale = station, True
    return _page(request, keys, stale=stale)


def _changed(request: Asked) -> HttpResponse:
    station, own = of_station(request), {}
    if request.POST.get("reset") != "yes":
        own = {name: code for name, code in _given(request, station).items() if code != _code(station, name)}
    try:
        with_own(station, own)
    except InputError as error:
        return _page(request, joined(station, own), fault=error.what, status=400)
    with request.station.store.work(request.actor.name, "changes their own keys") as work:
        choices.set_keys(work, request.actor.name, own)
    messages.success(request, "Your keys are changed." if own else "You have the station's keys.")
    return redirect("keys")


def _given(request: Asked, station: Keys) -> dict[str, str]:
    """The keys that the form names, of what there is; what it leaves out or empty is the station's."""
    names = [*station.acts, *(f"{OF_PRESET}{name}" for name in station.presets)]
    return {name: request.POST.get(name, "") or _code(station, name) for name in names}


def _code(keys: Keys, name: str) -> str:
    return keys.presets[name.removeprefix(OF_PRESET)] if name.startswith(OF_PRESET) else keys.acts[name]


def _page(request: Asked, keys: Keys, *, fault: str = "", stale: bool = False, status: int = 200) -> HttpResponse:
    station = of_station(request)
    groups = {title: [_row(keys, station, act, ACTS[act][1]) for act in acts] for title, acts in GROUPS.items()}
    groups["Several answers"] = [_row(keys, station, f"{OF_PRESET}{name}", name) for name in keys.presets]
    both = [(key_name(key), words(first), words(second)) for key, first, second in clashes(keys)]
    return render(request, "own/keys.html", {
        "groups": groups, "fault": fault if not both else "", "clashes": both, "stale": stale,
        "changed": any(one["own"] for rows in groups.values() for one in rows),
        "names": json.dumps({code: key_name(code) for code in sorted(MAY)}),
        "fixed": json.dumps([*ANSWERS, CANNOT]), "pad": json.dumps(LETTERS)}, status=status)


def _row(keys: Keys, station: Keys, name: str, does: str) -> dict[str, Any]:
    code, plain = _code(keys, name), _code(station, name)
    return {"name": name, "does": does, "words": words(name.removeprefix(OF_PRESET)), "code": code,
            "own": code != plain, "plain": key_name(plain), "plain_code": plain,
            "twice": any(code == key for key, *_ in clashes(keys))}


def words(what: str) -> str:
    """An act, by what it does, or a preset, as people read it."""
    return ACTS[what][1] if what in ACTS else what

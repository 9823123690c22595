"""What readers differ on, as a list: filters by kind and by fact are links, and nobody finds what they read."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render

from hashgrade.access import Thing
from hashgrade.errors import InputError
from hashgrade.grading import seeing
from hashgrade.grading.policies import pace_of
from hashgrade.grading.settling import Compared, placed
from hashgrade.law.vocabulary import vocabulary
from hashgrade.serve.cells import csv_file, lines_of
from hashgrade.serve.queue import wording
from hashgrade.serve.queue.cards import Choice
from hashgrade.serve.station import Asked
from hashgrade.store import unsettled
from hashgrade.store.unsettled import Counted, Differing, Line
from hashgrade.store.waiting import EPOCH

SIZE: Final = 50
FILE_LINES_MAX: Final = 10_000
AFTER: Final = re.compile(r"(-?\d{1,18})\.(\d{1,18})", re.ASCII)
CHILDREN: Final = "children"
COLUMNS: Final = ("item", "kind", "first_seen", "differs_since", "readings", "differs_on", "held_by")
"""What the file has: of a digest only its first digits, as a list of them is worth as much as what they name."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as the list shows it."""

    line: Line
    kind: str
    age: str
    differs: Sequence[str]


def anyone(request: Asked) -> Thing:
    """The list as a thing: nobody had a hand in it, and each line of it is left out for who had."""
    return Thing()


def items(request: Asked) -> HttpResponse:
    """Show a page of what may be settled; counts and lines come from one index, however much waits to be read."""
    store, only, person = request.station.store, only_of(request.GET), request.actor.name
    now, counted = store.now(), unsettled.counts(person)
    after = request.GET.get("after", "")
    lines, following = unsettled.page(person, only, now, after_of(after), SIZE)
    return render(request, "quality/settling.html", {
        "shown": [Shown(line, wording.ITEM_NAMED[line.kind], wording.age(line.since, now), differs(line))
                  for line in lines],
        "only": only, "query": query_of(only), "after": after, "next": following and _place(following),
        "items": _sum(only, counted), "waits": sum(one.items - one.own for one in counted),
        "own": sum(one.own for one in counted), "choices": _choices(only, counted), "file_max": FILE_LINES_MAX,
        "held": unsettled.held(person, now),
        "allowed": seeing.allowance(store, person, pace_of(request.station.settings.pace))})


def items_file(request: Asked) -> HttpResponse:
    """Give that list as a file, the first seen first, and so many lines at most."""
    only, after = only_of(request.GET), after_of(request.GET.get("after", ""))
    return csv_file("settling", COLUMNS, _rows(request, only, after))


def _rows(request: Asked, only: Differing, after: tuple[datetime, int] | None) -> Iterator[tuple[object, ...]]:
    page = partial(unsettled.page, request.actor.name, only, request.station.store.now())
    for one in lines_of(page, after, FILE_LINES_MAX):
        yield (one.sha256[:12], one.kind.value, one.first_seen.isoformat(), one.since.isoformat(), len(one.said),
               "; ".join(differs(one)), one.holder)


def differs(line: Line) -> list[str]:
    """Name what the readers of an item differ on, as tables name facts; of children each fact once."""
    of = Compared(line.said)
    names = dict.fromkeys(_named(name) for name in line.differs if name != CHILDREN)
    for slot in range(len(of.slots)) if CHILDREN in line.differs else ():
        if not of.agreed(placed(slot)):
            names["Children: who there is"] = None
        for name in of.facts_of(slot):
            if not of.agreed(placed(slot, name)):
                names[f"Children: {_named(name).lower()}"] = None
    return list(names) or [_named(name) for name in line.differs]


def only_of(said: Mapping[str, str]) -> Differing:
    """Read a filter from a link.

    Raises:
        InputError: SRV-31, it names a kind or a fact that there is not.
    """
    only = Differing(said.get("kind", ""), said.get("fact", ""))
    if only.kind not in {"", *wording.KINDS} or only.fact not in {"", CHILDREN, *vocabulary().of_medium}:
        raise InputError("SRV-31", "the link names a kind or a fact that there is not")
    return only


def after_of(said: str) -> tuple[datetime, int] | None:
    """Read where a page begins.

    Raises:
        InputError: SRV-31, no page says that.
    """
    found = AFTER.fullmatch(said)
    if said and not found:
        raise InputError("SRV-31", "the link does not say where the page begins")
    try:
        return (EPOCH + timedelta(microseconds=int(found[1])), int(found[2])) if found else None
    except OverflowError:
        raise InputError("SRV-31", "the link does not say where the page begins") from None


def _place(after: tuple[datetime, int]) -> str:
    return f"{(after[0] - EPOCH) // timedelta(microseconds=1)}.{after[1]}"


def query_of(only: Differing) -> str:
    """Write a filter as a link's query, without its question mark."""
    return urlencode({name: value for name in ("kind", "fact") if (value := getattr(only, name))})


def _choices(only: Differing, counted: Sequence[Counted]) -> list[tuple[str, list[Choice]]]:
    facts = dict.fromkeys(sorted({name for one in counted for name in one.differs} | ({only.fact} - {""}), key=_order))
    groups = [("Kind", "kind", wording.KINDS), ("Differs on", "fact", {name: _named(name) for name in facts})]
    found = []
    for title, name, values in groups:
        links = [_choice("All", replace(only, **{name: ""}), only, counted)]
        links += [_choice(said, replace(only, **{name: value}), only, counted) for value, said in values.items()]
        found.append((title, [one for one in links if one.cards or one.here or one.title == "All"]))
    return [(title, links) for title, links in found if len(links) > 1]


def _order(name: str) -> tuple[int, str]:
    return vocabulary().order.get(name, len(vocabulary().order)), name


def _named(name: str) -> str:
    return "Children" if name == CHILDREN else vocabulary().facts[name].name


def _choice(title: str, other: Differing, only: Differing, counted: Sequence[Counted]) -> Choice:
    return Choice(title, query_of(other), _sum(other, counted), other == only)


def _sum(only: Differing, counted: Sequence[Counted]) -> int:
    return sum(one.items - one.own for one in counted
               if only.kind in ("", one.kind) and (not only.fact or only.fact in one.differs))

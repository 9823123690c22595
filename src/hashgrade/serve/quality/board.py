"""The board: how far readers agree, fact by fact and pack by pack, how gold is read, and what waits to be settled.

There are no names on it, no order of people, and nothing of how fast anybody is. Agreement is not worked out as the
page is asked for, but by a run that somebody begins; the page says as of when its figures are.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil, floor
from secrets import token_hex
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import redirect, render

from hashgrade.access import Action, could
from hashgrade.errors import Conflict
from hashgrade.serve.cells import csv_file
from hashgrade.serve.quality.drift import title_of
from hashgrade.serve.queue import wording
from hashgrade.serve.records import figures, runs
from hashgrade.serve.records.runs import Run
from hashgrade.serve.records.studies import ref_of
from hashgrade.serve.station import Asked
from hashgrade.store import unsettled
from hashgrade.studies.study import VERDICT

PLACES_MAX: Final = 9
COLUMNS: Final = ("question", "items", "raters", *(f"{name}{end}" for name in figures.COEFFICIENTS
                                                  for end in ("", "_low", "_high")),
                  "settled_items", "settled_otherwise", "warning")
TABLES: Final = (("facts", "Facts and children"), ("verdicts", "Verdicts of the packs in force"))


@dataclass(frozen=True, slots=True)
class Figure:
    """A coefficient and its interval, as they are printed: the value rounded half up, the interval outward."""

    value: float
    low: float | None
    high: float | None

    @property
    def said(self) -> str:
        """The value."""
        return printed(self.value, lambda scaled: floor(scaled + 0.5))

    @property
    def said_low(self) -> str:
        """Where its interval begins; empty where it has none."""
        return "" if self.low is None else printed(self.low, floor)

    @property
    def said_high(self) -> str:
        """Where its interval ends."""
        return "" if self.high is None else printed(self.high, ceil)


def printed(value: float, whole: Callable[[float], int]) -> str:
    """A number in two places, or in more where two would make it a 0 or a 1 that it is not.

    Args:
        value: The number.
        whole: How what is to be printed is made whole.
    """
    for places in range(2, PLACES_MAX + 1):
        found = whole(round(value * 10**places, PLACES_MAX)) / 10**places + 0.0  # no minus before a nought
        if abs(found) not in (0, 1) or abs(found - value) < 10**-PLACES_MAX:
            break
    return f"{found:.{places}f}".replace("-", "−")


@dataclass(frozen=True, slots=True)
class Row:
    """What is on the board of one question; a coefficient is None where it is undefined.

    `kappa` is Cohen's of two readers and Fleiss' of more.
    """

    label: str
    units: int
    raw: Figure | None
    kappa: Figure | None
    alpha: Figure | None
    ac1: Figure | None
    settled: int
    overturned: Figure | None
    warning: str

    @property
    def few(self) -> bool:
        """Whether there are too few items for the intervals to be trusted."""
        return "Only " in self.warning


@dataclass(frozen=True, slots=True)
class Waits:
    """How many items differ on one fact, or on the children's rows."""

    fact: str
    title: str
    items: int


def board(request: Asked) -> HttpResponse:
    """Show the figures that were kept last, and what waits now."""
    kept, run = figures.kept(request.station.root), lane(request).last()
    found = list(rows(kept.said["agreement"])) if kept else []
    waits = list(differing())
    tables = [(name, title, [one for key, one in found if key.startswith(VERDICT) == (name == "verdicts")])
              for name, title in TABLES]
    return render(request, "quality/board.html", {
        "kept": kept, "tables": tables,
        "gold": gold(kept.said["gold"]) if kept else None, "share": request.station.settings.gold_share,
        "views": [(wording.KINDS[one["kind"]], one) for one in kept.said["views"]] if kept else [],
        "readers_min": figures.READERS_MIN, "waits": waits, "differing": sum(one.items for one in unsettled.counts("")),
        "run": run, "going": run is not None and run.outcome == runs.GOING, "ref": token_hex(8),
        "may_settle": could(request.actor, Action.SETTLE), "may_drift": could(request.actor, Action.SEE_DRIFT)})


def board_file(request: Asked) -> HttpResponse:
    """Give the figures of agreement as a file."""
    kept = figures.kept(request.station.root)
    return csv_file("agreement", COLUMNS, _lines(kept.said["agreement"] if kept else ()))


def work_out(request: Asked) -> HttpResponse:
    """Begin the run that works the figures out; one that goes on already, or was begun by the same form, is enough."""
    with suppress(Conflict):
        lane(request).start(Run(ref=ref_of(request), kind=figures.LANE, by=request.actor.name,
                                begun_at=request.station.now()))
    return redirect("board")


def lane(request: Asked) -> runs.Lane:
    """Where the run of the board goes on."""
    return runs.lane(request.station.root, figures.LANE)


def rows(said: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Row]]:
    """Give each question's key and its row.

    Args:
        said: What the figures say of agreement.
    """
    for one in said:
        kappa = one["cohen"] if one["raters"] == 2 else one["fleiss"]
        yield one["key"], Row(one["label"], one["units"], _figure(one["raw"]), _figure(kappa), _figure(one["alpha"]),
                              _figure(one["ac1"]), one["overturned"]["items"], _figure(one["overturned"]["some"]),
                              one["warning"])


def gold(said: Mapping[str, Any]) -> dict[str, Any]:
    """Say how gold is read: how much was dealt, and by fact how often it was read as it was settled.

    Args:
        said: What the figures say of gold.
    """
    facts = [(title_of(one["fact"]), one, Figure(one["alike"] / one["compared"], one["low"], one["high"]))
             for one in said["facts"]]
    return {**said, "dealt": said["items"] / said["of"] if said["of"] else 0, "facts": facts}


def differing() -> Iterator[Waits]:
    """Count what waits to be settled by what it differs on; an item that differs on two facts is counted with both."""
    found: dict[str, int] = {}
    for one in unsettled.counts(""):
        for fact in one.differs:
            found[fact] = found.get(fact, 0) + one.items
    for fact in sorted(found, key=lambda name: -found[name]):
        yield Waits(fact, title_of(fact), found[fact])


def _figure(said: Sequence[Any] | None) -> Figure | None:
    return None if said is None else Figure(*said)


def _lines(said: Sequence[Mapping[str, Any]]) -> Iterator[tuple[object, ...]]:
    for one in said:
        ends = (value for name in figures.COEFFICIENTS for value in one[name] or (None, None, None))
        some = one["overturned"]["some"]
        yield (one["label"], one["units"], one["raters"], *ends, one["overturned"]["items"], some and some[0],
               one["warning"])

"""Drift: what somebody read of items settled before, beside the settlements. The reader sees it first, and alone.

Who answers for people's work sees the same of one person once it is two weeks old, which leaves the reader time to look
and to ask; by then or never it is talked about, and not measured against anybody. No page has two people on it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render

from hashgrade.access import READERS, Thing
from hashgrade.errors import InputError
from hashgrade.grading import gold
from hashgrade.grading.gold import Beside, Tally
from hashgrade.law.vocabulary import vocabulary
from hashgrade.serve.cells import csv_file
from hashgrade.serve.numbers import whole
from hashgrade.serve.station import Asked
from hashgrade.store import ledger
from hashgrade.store.accounts import roll
from hashgrade.store.ledger import Tried

HELD: Final = timedelta(days=1)
"""How old a reading is before it stands here: nobody is told as they work which item it was."""
FIRST: Final = timedelta(days=14)
"""How long it is the reader's alone."""
SIZE: Final = 25
SWAPS: Final = 3
COLUMNS: Final = ("item", "read_at", "fact", "you", "settlement", "alike")


@dataclass(frozen=True, slots=True)
class Row:
    """What was compared of one fact: its title and question, the tally, and what stood most often for what."""

    title: str
    question: str
    tally: Tally
    swaps: Sequence[tuple[str, str, int]]


@dataclass(frozen=True, slots=True)
class Differed:
    """An item on which a reading and the settlement differ: where, as titles and both answers."""

    tried: Tried
    facts: Sequence[tuple[str, str, str]]


def anybodys(request: Asked) -> Thing:
    """The list of readers as a thing: it is nobody's, and has no figure on it."""
    return Thing(owner="everybody")


def somebodys(request: Asked, name: str) -> Thing:
    """Somebody's drift as a thing: it is theirs."""
    return Thing(owner=name)


def drift(request: Asked) -> HttpResponse:
    """Show one's own readings of items settled before, beside the settlements."""
    return _page(request, request.actor.name, HELD, own=True)


def drift_file(request: Asked) -> HttpResponse:
    """Give them as a file."""
    return csv_file("drift", COLUMNS, (
        (one.sha256[:12], one.at.isoformat(), title_of(fact.fact), *_answers(fact), "yes" if fact.alike else "no")
        for one in tried(request, request.actor.name, HELD) for fact in gold.beside(one.read, one.settled)))


def drift_people(request: Asked) -> HttpResponse:
    """List who reads, by name and without a figure, for whoever answers for their work."""
    names = [one.name for one in roll.accounts() if one.role_set & set(READERS) and one.name != request.actor.name]
    return render(request, "quality/people.html", {"names": sorted(names), "days": FIRST.days})


def drift_of(request: Asked, name: str) -> HttpResponse:
    """Show somebody's drift, as far as it is old enough to be others' to see."""
    _ = roll.account(name)
    return _page(request, name, FIRST, own=False)


def tried(request: Asked, name: str, age: timedelta) -> list[Tried]:
    """Give what somebody read of items settled before, the newest first, as far as it is so old.

    Args:
        request: Whose clock counts.
        name: Whose readings.
        age: How old at the least.
    """
    until = request.station.store.now() - age
    found = [one for one in ledger.tried(name) if one.at <= until]
    return sorted(found, key=lambda one: one.at, reverse=True)


def rows(compared: Iterable[Iterable[Beside]]) -> Iterator[Row]:
    """Say of each fact how often it was read as it was settled, and what stood for what."""
    for one in gold.tallied(compared):
        swaps = [(said(one.fact, read), said(one.fact, settled), count)
                 for (read, settled), count in one.swaps.most_common(SWAPS)]
        fact = vocabulary().names.get(one.fact)
        yield Row(title_of(one.fact), fact.question if fact else "", one, swaps)


def title_of(fact: str) -> str:
    """What a fact is called on the page."""
    return "All children, row by row" if fact == gold.CHILDREN else vocabulary().names[fact].name


def said(fact: str, value: object) -> str:
    """An answer in words; of the children only whether it is the same, as rows are too long for a cell."""
    return "other rows" if fact == gold.CHILDREN else vocabulary().names[fact].in_words(value)


def _answers(one: Beside) -> tuple[str, str]:
    if one.fact == gold.CHILDREN:
        return ("the same",) * 2 if one.alike else ("other rows",) * 2
    return said(one.fact, one.read), said(one.fact, one.settled)


def _page(request: Asked, name: str, age: timedelta, *, own: bool) -> HttpResponse:
    found, at = tried(request, name, age), _at(request)
    compared = [list(gold.beside(one.read, one.settled)) for one in found]
    differed = [(one, facts) for one, facts in zip(found, compared, strict=True) if not all(map(_alike, facts))]
    told = list(rows(compared))
    words: dict[str, Any] = {
        "who": name, "own": own, "items": len(found),
        "rows": [one for one in told if one.tally.alike < one.tally.compared],
        "same": [one for one in told if one.tally.alike == one.tally.compared], "days": FIRST.days,
        "months": gold.by_month(zip((one.at for one in found), compared, strict=True)), "few": gold.FEW,
        "differed": [_differed(one, facts) for one, facts in differed[at:at + SIZE]], "at": at,
        "next": at + SIZE if len(differed) > at + SIZE else 0,
        "dealt": bool(request.station.settings.gold_share)}
    return render(request, "quality/drift.html", words)


def _alike(one: Beside) -> bool:
    return one.alike


def _differed(one: Tried, facts: Iterable[Beside]) -> Differed:
    return Differed(one, [(title_of(fact.fact), *_answers(fact)) for fact in facts if not fact.alike])


def _at(request: Asked) -> int:
    after = whole(request.GET.get("after", "0"), 9)
    if after is None:
        raise InputError("SRV-37", "the link does not say where the page begins")
    return after

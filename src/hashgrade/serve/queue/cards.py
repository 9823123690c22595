"""The queue as a list: every filter is a link, each card says why it stands where it does."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponse

from hashgrade.access import Action, could
from hashgrade.errors import InputError
from hashgrade.grading import seeing
from hashgrade.grading.policies import pace_of
from hashgrade.serve.cells import csv_file, lines_of
from hashgrade.serve.queue import wording
from hashgrade.serve.queue.around import within
from hashgrade.serve.station import Asked
from hashgrade.store import waiting
from hashgrade.store.accounts import choices as own
from hashgrade.store.due import Rules
from hashgrade.store.waiting import Line, Only, Waits

SIZE: Final = 50
FILE_LINES_MAX: Final = 10_000
AFTER: Final = re.compile(r"(-?\d{1,18})\.(-?\d{1,18})")
COLUMNS: Final = ("card", "stage", "kind", "recognised", "first_seen", "points", "rules", "items")
HOLDERS: Final = ("held_by", "held_until")
"""What the file has: no digest, as a list of them is worth as much as what they name, and no number of readings, as
a second reading is blind. Who holds a card is not told to whoever is dealt cards: they would see by what they hold that
is not in the list that it was settled before, and how long others take."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter as a link: what it says, how many cards it leaves, whether it is the one that is chosen."""

    title: str
    query: str
    cards: int
    here: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A card as the page shows it: the line, its age in words, and its rules with their reasons."""

    line: Line
    age: str
    kind: str
    known: str
    rules: Sequence[tuple[str, str]]


def cards(request: Asked) -> HttpResponse:
    """Show a page of the queue; the counts are those of the tallies, so that it is as fast however many wait."""
    store, only = request.station.store, only_of(request.GET, request.station.store.rules)
    now, waits, after = store.now(), waiting.counts(), request.GET.get("after", "")
    page = waiting.page(only, now, after_of(after), SIZE)
    return within(request, "queue/cards.html", {
        "shown": [_shown(line, store.rules, now) for line in page.lines],
        "only": only, "query": query_of(only), "after": after,
        "next": page.after and "{}.{}".format(*page.after), "waits": any(one.cards for one in waits),
        "cards": _sum(only, waits), "items": sum(one.items for one in waits if _fits(only, one)),
        "holders": _holders(request),
        "choices": choices(only, waits), "saved": _saved(request, only, waits), "file_max": FILE_LINES_MAX,
        **_kept(request, only, waits), **_in_hand(request, now)})


def _holders(request: Asked) -> bool:
    """Whether somebody is told who holds which card."""
    return not could(request.actor, Action.TAKE)


def _in_hand(request: Asked, now: datetime) -> dict[str, object]:
    """What somebody who reads holds, and whether their pace lets them go on."""
    if not could(request.actor, Action.TAKE):
        return {}
    policy = pace_of(request.station.settings.pace)
    return {"held": waiting.held(request.actor.name, now),
            "allowed": seeing.allowance(request.station.store, request.actor.name, policy)}


def cards_file(request: Asked) -> HttpResponse:
    """Give the cards of a filter as a file, the next due first, and so many at most; no digest is in it."""
    store, only = request.station.store, only_of(request.GET, request.station.store.rules)
    told = COLUMNS + HOLDERS * _holders(request)
    rows = _rows(only, store.now(), after_of(request.GET.get("after", "")))
    return csv_file("queue", told, (row[:len(told)] for row in rows))


def rules(request: Asked) -> HttpResponse:
    """Show the rules that put cards before others: when each is true, by how much, and why the station has it."""
    mine, waits = request.station.store.rules, waiting.counts()
    return within(request, "queue/rules.html", {
        "rules": [(one, wording.said(one.when), _earlier(one.points * mine.seconds_a_point),
                   _sum(Only(rule=one.name), waits), query_of(Only(rule=one.name))) for one in mine.rules],
        "a_point": wording.span(mine.seconds_a_point), "skips_max": mine.skips_max})


def only_of(said: Mapping[str, str], known: Rules) -> Only:
    """Read a filter from a link.

    Raises:
        InputError: SRV-20, it names a kind, rule or stage that there is not.
    """
    only = Only(kind=said.get("kind", ""), rule=said.get("rule", ""), stage=said.get("stage") or Only().stage)
    if only.kind not in {"", *wording.KINDS} or only.stage not in wording.STAGES:
        raise InputError("SRV-20", "the link names a kind or a stage of cards that there is not")
    if only.rule and only.rule not in {rule.name for rule in known.rules}:
        raise InputError("SRV-20", "the link names a rule that the queue no longer has")
    return only


def after_of(said: str) -> tuple[int, int] | None:
    """Read where a page begins.

    Raises:
        InputError: SRV-20, no page says that.
    """
    found = AFTER.fullmatch(said)
    if said and not found:
        raise InputError("SRV-20", "the link does not say where the page begins")
    return (int(found[1]), int(found[2])) if found else None


def query_of(only: Only) -> str:
    """Write a filter as a link's query, without its question mark; empty for what is shown unless told."""
    plain = Only()
    given = {name: getattr(only, name) for name in ("stage", "kind", "rule")}
    return urlencode({name: value for name, value in given.items() if value != getattr(plain, name)})


def choices(only: Only, waits: Sequence[Waits]) -> list[tuple[str, list[Choice]]]:
    """Give the filters, each beside what is chosen of the others; what would leave nothing is not offered."""
    named = {"kind": wording.KINDS, "stage": wording.STAGES}
    groups = []
    for name, title in (("stage", "Stage"), ("kind", "Kind"), ("rule", "Rule that leads")):
        values = named.get(name) or {rule: rule for rule in sorted({one.rule for one in waits} | {only.rule})}
        links = [] if name == "stage" else [_choice("All", only, {name: ""}, waits)]
        links += [_choice(said, only, {name: value}, waits) for value, said in values.items() if value]
        groups.append((title, [one for one in links if one.cards or one.here or one.title in ("All", "To be read")]))
    return [(title, links) for title, links in groups if len(links) > 1]


def _choice(title: str, only: Only, change: Mapping[str, str], waits: Iterable[Waits]) -> Choice:
    other = replace(only, **change)
    return Choice(title, query_of(other), _sum(other, waits), other == only)


def _saved(request: Asked, only: Only, waits: Sequence[Waits]) -> list[Choice]:
    """The filters that the settings name, as links."""
    saved = [(one.name, Only(one.kind, one.rule, one.stage)) for one in request.station.settings.queue_filters]
    return [Choice(name, query_of(other), _sum(other, waits), other == only) for name, other in saved]


def _kept(request: Asked, only: Only, waits: Sequence[Waits]) -> dict[str, object]:
    """The filters that the actor keeps for themselves, and whether they may keep what is chosen too."""
    if not could(request.actor, Action.KEEP_FILTER):
        return {}
    mine = own.filters(request.actor.name)
    rules = {rule.name for rule in request.station.store.rules.rules}
    kept = [(Choice(name, query_of(other), _sum(other, waits), other == only), not other.rule or other.rule in rules)
            for name, other in mine]
    return {"kept": kept, "keeps": len(mine) < own.FILTERS_MAX and only not in dict(mine).values(),
            "kept_all": len(mine) >= own.FILTERS_MAX, "name_chars": own.NAME_CHARS_MAX}


def _fits(only: Only, one: Waits) -> bool:
    return all(getattr(one, name) == value for name, value in only.where.items())


def _sum(only: Only, waits: Iterable[Waits]) -> int:
    return sum(one.cards for one in waits if _fits(only, one))


def _shown(line: Line, known: Rules, now: datetime) -> Shown:
    whys = {rule.name: rule.why for rule in known.rules}
    return Shown(line, wording.age(line.first_seen, now), wording.ITEM_NAMED[line.kind],
                 wording.KNOWN.get(line.known or "new", ""), [(name, whys.get(name, "")) for name in line.rules])


def _earlier(seconds: int) -> str:
    way = "earlier" if seconds >= 0 else "later"
    return f"as if seen {wording.span(abs(seconds))} {way}"


def _rows(only: Only, now: datetime, after: tuple[int, int] | None) -> Iterator[tuple[object, ...]]:
    for one in lines_of(partial(waiting.page, only, now), after, FILE_LINES_MAX):
        yield (one.number, only.stage, one.kind.value, one.known or "new", one.first_seen.isoformat(), one.points,
               "; ".join(one.rules), one.items, one.holder, one.until and one.until.isoformat())

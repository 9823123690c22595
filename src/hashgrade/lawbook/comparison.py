"""Where laws diverge: every pack beside every other, and for two outcomes a child who has both, where one can."""

from collections.abc import Iterable, Sequence
from typing import Any

from hashgrade.law.compare import Pair, matrix
from hashgrade.law.pack import NONE, Pack
from hashgrade.law.wording import INDICATIVE, brief, listed, quoted
from hashgrade.lawbook.places import by_place, place

Model = dict[str, Any]

SHADES = 5
"""Steps of a cell's shade; its number says the same in words."""


def comparison(packs: Sequence[Pack]) -> Model:
    """Everything that the comparison of some packs says.

    A cell of the map is, for the pack of its row, how many of its outcomes imply some outcome of the pack of its
    column. Below it, for each two packs, what can meet is shown with a medium in words; what is not shown is proved
    to be impossible.

    Args:
        packs: The packs, two or more, in the order of rows and columns.
    """
    ordered = sorted(packs, key=lambda pack: (*by_place(pack.jurisdiction), pack.id))
    pairs = {(pair.first.id, pair.second.id): pair for pair in matrix(ordered)}
    return {
        "title": "Where laws diverge", "indicative": INDICATIVE,
        "draft": drafts([pack.review.state == "draft" for pack in packs]),
        "packs": [{"id": pack.id, "title": pack.title, "place": place(pack.jurisdiction), "version": pack.version}
                  for pack in ordered],
        "rows": [{"id": one.id, "title": one.title,
                  "cells": [None if one is other else _cell(pairs[one.id, other.id]) for other in ordered]}
                 for one in ordered],
        "chapters": [{"id": one.id, "title": one.title,
                      "pairs": [_pair(pairs[one.id, other.id]) for other in ordered[n + 1:]]}
                     for n, one in enumerate(ordered[:-1])]}


def drafts(states: Sequence[bool]) -> str:
    """How many of some packs are drafts, as a sentence; empty where none is.

    Args:
        states: Whether each of them is one.
    """
    count, total = sum(states), len(states)
    which = f"All {total} packs" if 1 < count == total else f"{count} of {total} packs" if total > 1 else "This pack"
    said = "is a draft" if count == 1 else "are drafts"
    return f"{which} {said} that no counsel has reviewed." if count else ""


def _cell(pair: Pair) -> Model:
    """How many outcomes of the first pack imply one of the second, as a number, a shade and a sentence."""
    outcomes = _reached(pair)
    implied = [outcome for outcome in outcomes if pair.implies(outcome)]
    share = len(implied) / len(outcomes) if outcomes else 0.0
    return {"said": f"{len(implied)}/{len(outcomes)}", "shade": round(share * (SHADES - 1)),
            "anchor": _anchor(*sorted([pair.first.id, pair.second.id])),
            "sentence": f"{len(implied)} of {len(outcomes)} outcomes of {pair.first.id} imply one of {pair.second.id}"}


def _reached(pair: Pair) -> list[str]:
    """The outcomes of the first pack, `none` left out, that any child can have."""
    return [outcome for outcome in pair.first.outcomes
            if outcome != NONE and any(one == outcome for one, _ in pair.meetings)]


def _anchor(one: str, other: str) -> str:
    return f"{one}--{other}"


def _pair(pair: Pair) -> Model:
    first, second = pair.first, pair.second
    return {
        "anchor": _anchor(*sorted([first.id, second.id])), "first": _named(first), "second": _named(second),
        "said": [*_implications(pair), *_implications(pair.turned())],
        "columns": list(second.labels.values()),
        "rows": [{"label": label, "cells": [_meeting(pair, one, other) for other in second.outcomes]}
                 for one, label in first.labels.items()]}


def _named(pack: Pack) -> Model:
    return {"id": pack.id, "title": pack.title}


def _meeting(pair: Pair, one: str, other: str) -> Model:
    """A cell: the medium that has both outcomes, and which of the two packs it falls under, if only one."""
    grade = pair.meetings.get((one, other))
    if grade is None:
        return {"facts": "", "only": ""}
    only = pair.first.id if other == NONE != one else pair.second.id if one == NONE != other else ""
    return {"facts": brief(grade), "only": only}


def _implications(pair: Pair) -> Iterable[str]:
    """What the outcomes of one pack imply in the other, a sentence for each thing implied."""
    told: dict[str, list[str]] = {}
    for outcome in _reached(pair):
        implied = pair.implies(outcome)
        if implied:
            told.setdefault(implied, []).append(quoted(pair.first.labels[outcome]))
    for implied, labels in told.items():
        least = "" if pair.second.outcomes[0] == implied else "at least "
        yield f"Whatever is {listed(labels, 'or')} is {least}{quoted(pair.second.labels[implied])}."

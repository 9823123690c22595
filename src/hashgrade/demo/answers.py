"""Grades as invented people would record them: valid under the vocabulary, and drawn from a seed.

A grade here has the shape of the records: `{"facts": {...}, "children": [...]}`.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from random import Random
from typing import Any, Final, TypeVar

Grade = dict[str, Any]
"""The JSON shape of a grade: `facts`, and `children` unless nobody was asked."""

LABELS: Final = ("sadism", "animal", "penetrative", "oral", "masturbation", "non_penetrative", "witness",
                 "posing_nude", "posing_clothed", "nudity_only", "none")
SEVERITY: Final = dict(zip(LABELS, "AAAABBCCCCC", strict=True))  # Sentencing Council guideline, of indecent photographs
BANDS: Final = ("0-2", "3-6", "7-10", "11-13", "14-15", "16-17", "18_or_over")

_PUBERTY: Final[Mapping[str, Sequence[str]]] = {
    "0-2": ("infant_or_toddler",), "3-6": ("prepubescent",), "7-10": ("prepubescent",),
    "11-13": ("prepubescent", "pubescent", "pubescent"), "14-15": ("pubescent",),
    "16-17": ("pubescent", "postpubescent"), "18_or_over": ("postpubescent",),
}
_LAYOUTS: Final = {"single": 86, "grid": 4, "collage": 3, "screen_capture": 7}
_DISPUTED: Final = {"age_band": 38, "activity": 22, "setting": 14, "sex": 8, "capture": 8, "layout": 6,
                    "self_evident": 4}

T = TypeVar("T")


def chosen(rng: Random, weights: Mapping[T, float]) -> T:
    """Choose one key, each as often as its weight says."""
    return rng.choices(list(weights), list(weights.values()))[0]


def labels(rng: Random, headline: str) -> list[str]:
    """List activity labels in order of severity, `headline` the most severe, now and then with one below it."""
    below = [label for label in LABELS[LABELS.index(headline) + 1:] if label not in ("witness", "nudity_only", "none")]
    share = 0.25 if headline in LABELS[:6] else 0.06
    return [headline, rng.choice(below)] if below and rng.random() < share else [headline]


def child(rng: Random, band: str, sex: str, activity: Sequence[str]) -> dict[str, Any]:
    """Make the row of one depicted person; who is involved only as a witness has that role."""
    return {
        "age_band": band,
        "puberty": rng.choice(_PUBERTY[band]),
        "sex": sex,
        "role": "witness" if list(activity) == ["witness"] else "participant",
        "activity": list(activity),
        "identified": "yes" if rng.random() < 0.03 else "no",
    }


def grade(rng: Random, children: Sequence[dict[str, Any]], **facts: str) -> Grade:
    """Make a whole grade of an indecent photograph, or of what `facts` say instead.

    The legal tests that are asked for the medium follow from the most severe label, so
    that the packs in use decide most items.
    """
    top = headline(children)
    act = top in LABELS[:6]
    told = {
        "assessable": "yes",
        "depiction": "photographic",
        "layout": chosen(rng, _LAYOUTS),
        "origin": "other_present",
        "capture": "still",
        "self_evident": "yes",
        "setting": "bedroom",
        "adult_visible": "no",
        "indecent": "yes",
        "focus_on_region": _answer(rng, 0.97 if act else 0.72 if top == "posing_nude" else 0.12),
        "lascivious": _answer(rng, 0.98 if act else 0.85 if top == "posing_nude" else 0.3),
        "child_count": sum(row["age_band"] != "18_or_over" for row in children),
    }
    return {"facts": told | facts, "children": list(children)}


def headline(children: Sequence[Mapping[str, Any]]) -> str:
    """Name the most severe label of any row; `none` where there is no row."""
    rank = [LABELS.index(label) for row in children for label in row["activity"] if label in LABELS]
    return LABELS[min(rank)] if rank else "none"


def varied(rng: Random, whole: Grade) -> Grade:
    """Answer again as a second reader might who sees one thing otherwise; the result is never equal."""
    other = deepcopy(whole)
    rows = [row for row in other.get("children", ()) if row["age_band"] in BANDS[:-1]]
    fact = chosen(rng, _DISPUTED)
    if fact in ("age_band", "activity", "sex") and rows:
        _vary_child(rng, rng.choice(rows), fact)
        other["facts"]["child_count"] = sum(row["age_band"] != "18_or_over" for row in other["children"])
    else:
        _vary_medium(rng, other["facts"], fact)
    return other


def _answer(rng: Random, share: float) -> str:
    return "yes" if rng.random() < share else "no"


def _vary_child(rng: Random, row: dict[str, Any], fact: str) -> None:
    if fact == "age_band":
        row[fact] = _beside(rng, BANDS, row[fact])
        row["puberty"] = rng.choice(_PUBERTY[row[fact]])
    elif fact == "sex" or row["role"] == "witness":
        row["sex"] = "cannot_determine" if row["sex"] in ("girl", "boy") else "girl"
    else:
        _vary_activity(rng, row)


def _vary_activity(rng: Random, row: dict[str, Any]) -> None:
    ranked = [label for label in LABELS if label not in ("witness", "sadism", "animal")]
    first = row["activity"][0] if row["activity"][0] in ranked else "penetrative"
    row["activity"] = [_beside(rng, ranked, first)]


def _vary_medium(rng: Random, facts: dict[str, Any], fact: str) -> None:
    values = {
        "setting": ("bedroom", "living_room", "other_home", "cannot_determine"),
        "layout": tuple(_LAYOUTS),
        "self_evident": ("yes", "no"),
    }.get(fact, ("still", "recording", "livestream_capture", "unknown"))
    name = fact if fact in ("setting", "layout", "self_evident") else "capture"
    facts[name] = rng.choice([value for value in values if value != facts.get(name)])


def _beside(rng: Random, order: Sequence[str], value: str) -> str:
    at = order.index(value) if value in order else 1
    return rng.choice([order[i] for i in (at - 1, at + 1) if 0 <= i < len(order)])

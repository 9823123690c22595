"""The 2018 study's population: captures of live-streamed abuse first seen in three months of 2017."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any, Final

from hashgrade.demo import answers
from hashgrade.demo.answers import BANDS, LABELS, SEVERITY, chosen
from hashgrade.demo.margins import Cell, Margin, bounds, published, shares, solve, spread, whole
from hashgrade.demo.readers import Medium

STUDY: Final = "iwf-2018-livestream-captures"
OPENS: Final = datetime(2017, 8, 1, tzinfo=UTC)
CLOSES: Final = datetime(2017, 10, 31, 23, 59, 59, tzinfo=UTC)

# What the numbers should come near to, in parts; the figures decide.
_WISH: Final[Mapping[str, Mapping[tuple[str, ...], float]]] = {
    "activity": {(label,): n for label, n in zip(LABELS, (3, 2, 330, 40, 390, 68, 6, 900, 220, 110, 13), strict=True)},
    "age": {("3-6",): 20, ("7-10",): 563, ("11-13",): 1457, ("14-15",): 35, ("16-17",): 7},
    "scene": {("alone", "girls"): 1940, ("alone", "boys"): 59, ("elsewhere", "girls"): 20, ("elsewhere", "boys"): 2,
              ("not told", "girls"): 12, ("adult", "girls"): 10, ("adult", "boys"): 2, ("several", "girls"): 30,
              ("several", "both"): 7},
    "copies": {("away",): 2076, ("original only",): 6},
}
_HOME: Final = {"bedroom": 70, "bathroom": 8, "living_room": 14, "kitchen": 2, "other_home": 6}
_SETTINGS: Final[Mapping[str, Mapping[str, float]]] = {
    "alone": _HOME, "adult": _HOME, "several": _HOME,
    "elsewhere": {"outdoors": 3, "vehicle": 4, "institution": 2, "other": 1}, "not told": {"cannot_determine": 1},
}


def numbers(figures: Mapping[str, Mapping[str, Any]]) -> dict[Cell, int]:
    """Solve the frame: how many captures have each value of each aspect."""
    size = figures["sex"]["base"]
    wish: dict[Cell, float] = {}
    for aspect, weights in _WISH.items():
        wish |= shares("frame", aspect, weights, size)
    return solve(wish, [*whole({"frame": size}, _WISH), *_margins(figures)])


def media(seed: int) -> Iterator[Medium]:
    """Yield the 2,082 media of the study, in order of their names; nearly all were found as copies."""
    rng = Random(f"{STUDY}:{seed}")  # noqa: S311 - seeded, and nothing secret
    numbered = numbers(published(STUDY))
    aspects = [spread(numbered, "frame", aspect) for aspect in _WISH]
    for values in aspects:
        rng.shuffle(values)
    span = int((CLOSES - OPENS).total_seconds())
    for n, (activity, age, scene, copies) in enumerate(zip(*aspects, strict=True)):
        name = f"{STUDY}:{seed}:{n}"
        at = {0: 0, 1: span}.get(n, rng.randint(0, span))
        yield Medium(name=name, sha256=sha256(name.encode()).hexdigest(), first_seen=OPENS + timedelta(seconds=at),
                     grade=_grade(rng, activity[0], age[0], scene), kind=chosen(rng, {"image": 72, "video": 28}),
                     away=copies == ("away",))


def _margins(figures: Mapping[str, Mapping[str, Any]]) -> Iterator[Margin]:
    for table, rows in figures.items():
        for row, figure in rows.items():
            if row != "base":
                low, high = bounds(figure, rows["base"])
                yield Margin(f"{table}.{row}", lambda cell, r=row: int(_counted(cell, r)), low, high)  # type: ignore[misc]


def _counted(cell: Cell, row: str) -> bool:
    value = cell.value
    if cell.aspect == "activity":
        return SEVERITY[value[0]] in row.split("_or_")
    if cell.aspect == "scene":
        return value[1] == row or (value[0] == "alone" and row == "alone_in_home_setting")
    if cell.aspect == "age":
        return row in {"3-6": _UP_TO_10, "7-10": _UP_TO_10, "11-13": _UP_TO_10[:1]}.get(value[0], ())
    return row == "found_away_from_original_upload" and value == ("away",)


_UP_TO_10: Final = ("aged_13_and_under", "aged_10_and_under")


def _grade(rng: Random, label: str, band: str, scene: Sequence[str]) -> answers.Grade:
    place, sexes = scene
    older = BANDS[BANDS.index(band):-1]
    bands = [band, rng.choice(older[:2])] if place == "several" else [band]
    sex = ["girl", "boy"] if sexes == "both" else [sexes[:-1]] * 2
    rows = [answers.child(rng, of, sex[i], answers.labels(rng, label)) for i, of in enumerate(bands)]
    facts = {"capture": "livestream_capture", "setting": chosen(rng, _SETTINGS[place]),
             "origin": "other_present" if place == "adult" else "self_generated",
             "adult_visible": "yes" if place == "adult" else "no"}
    return answers.grade(rng, rows, **facts)

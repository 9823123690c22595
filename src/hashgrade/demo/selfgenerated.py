"""The 2023 study's population: every figure of the frame and of the sample, item by item.

Digests come first, then the strata; the engine's own draw says which items fall in the
sample, and only then are facts dealt out, so that nothing on an item marks it as sampled.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any, Final

from hashgrade.demo import answers
from hashgrade.demo.answers import LABELS, SEVERITY, chosen
from hashgrade.demo.margins import Cell, Figure, Margin, bounds, published, shares, solve, spread, whole
from hashgrade.demo.readers import Medium
from hashgrade.studies.sample import draw

STUDY: Final = "iwf-2023-self-generated-3-6"
OPENS: Final = datetime(2023, 1, 1, tzinfo=UTC)
CLOSES: Final = datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC)

Dealt = tuple[tuple[str, ...], ...]
"""What one item is dealt: its values of activity, people and setting."""

_SEXES: Final = {"girls": "girl", "boys": "boy", "cannot_determine": "cannot_determine"}
_OLDER: Final = {"7-10": 58, "11-13": 30, "14-15": 8, "16-17": 4}
_CAPTURES: Final = {"still": 55, "recording": 12, "livestream_capture": 25, "unknown": 8}

# What the numbers should come near to, in parts; the figures decide.
_ACTIVITY: Final = {
    "single": (4, 2, 200, 12, 310, 20, 0, 1110, 20, 35, 7),
    "several": (1, 1, 125, 9, 74, 157, 6, 275, 18, 12, 3),
}
_SETTING: Final = {"bedroom": 56, "bathroom": 24, "living_room": 18, "kitchen": 6, "dining_room": 2, "other_home": 5,
                   "outdoors": 2, "vehicle": 1, "other": 2, "cannot_determine": 92}
# The other children of a medium are of the youngest band too (same) or of an older one.
_OTHERS: Final = {("older",): 70, ("same",): 20, ("same", "older"): 6, ("older", "older"): 3, ("same", "same"): 1}


def numbers(figures: Mapping[str, Mapping[str, Figure]]) -> dict[Cell, int]:
    """Solve the frame and the sample together: how many items of each group have each value of each aspect."""
    groups = _groups(figures)
    return solve(_wish(groups), [*whole(groups, ("activity", "people", "setting")), *_margins(figures)])


def media(seed: int) -> Iterator[Medium]:
    """Yield the 2,401 media of the study's frame, in order of their names."""
    figures = published(STUDY)
    rng = Random(f"{STUDY}:{seed}")  # noqa: S311 - seeded, and nothing secret
    names = [f"{STUDY}:{seed}:{n}" for n in range(sum(_groups(figures).values()))]
    digests = {sha256(name.encode()).hexdigest(): name for name in names}
    dealt = _dealt(rng, list(digests), figures)
    for (digest, name), seen in zip(digests.items(), _times(rng, len(names)), strict=True):
        activity, people, (setting,) = dealt[digest]
        grade = answers.grade(rng, _children(rng, activity[0], people), origin="self_generated", setting=setting,
                              capture=chosen(rng, _CAPTURES))
        yield Medium(name=name, sha256=digest, first_seen=seen, grade=grade, known=_known(rng))


def _groups(figures: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    total, several = figures["sex"]["base"], figures["sex_several"]["base"]
    single_drawn, several_drawn = (figures[f"sample_severity_uk_{of}"]["base"] for of in ("single", "several"))
    return {"single": total - several - single_drawn, "single sampled": single_drawn,
            "several": several - several_drawn, "several sampled": several_drawn}


def _wish(groups: Mapping[str, int]) -> dict[Cell, float]:
    wish: dict[Cell, float] = {}
    for group, size in groups.items():
        stratum = group.split()[0]
        people: dict[tuple[str, ...], float] = {("girls",): 974, ("boys",): 20, ("cannot_determine",): 6}
        if stratum == "several":
            people = {(sexes, *others): share * part for others, part in _OTHERS.items()
                      for sexes, share in {"girls": 73, "boys": 4, "both": 22}.items()}
        parts = zip(LABELS, _ACTIVITY[stratum], strict=True)
        activity: dict[tuple[str, ...], float] = {(label,): n for label, n in parts}
        wish |= shares(group, "activity", activity, size) | shares(group, "people", people, size)
        wish |= shares(group, "setting", {(setting,): n for setting, n in _SETTING.items()}, size)
    return wish


def _margins(figures: Mapping[str, Mapping[str, Any]]) -> Iterator[Margin]:
    for table, rows in figures.items():
        for row, figure in rows.items():
            if row != "base":
                low, high = bounds(figure, rows["base"])
                yield Margin(f"{table}.{row}", lambda cell, t=table, r=row: _counts(cell, t, r), low, high)  # type: ignore[misc]


def _counts(cell: Cell, table: str, row: str) -> int:
    """How often one item of the cell is counted in one row of one table."""
    if ("several" in table or table in ("sample_children", "sample_ages_of_others", "sample_boys")) and \
            not cell.group.startswith("several"):
        return 0
    if table.endswith("_single") and not cell.group.startswith("single"):
        return 0
    if table.startswith("sample_") and not cell.group.endswith("sampled"):
        return 0
    if cell.aspect == "activity":
        return int(_activity_row(cell.value[0], table, row))
    if cell.aspect == "setting":
        return int(table == "sample_setting" and cell.value[0] == row)
    return _people_row(cell.value, table, row)


def _activity_row(label: str, table: str, row: str) -> bool:
    if "severity_uk" in table:
        return SEVERITY[label] == row
    return "headline_activity" in table and (label == row or (row == "posing" and label.startswith("posing_")))


def _people_row(people: Sequence[str], table: str, row: str) -> int:
    sexes, others = people[0], people[1:]
    boys = {"boys": 1 + len(others), "both": 1}.get(sexes, 0)
    return {
        "sex": int(sexes == row),
        "sex_several": int(sexes == row),
        "several_children": int(bool(others)),
        "sample_children": {"media": 1, "children": 1 + len(others), "two": int(len(others) == 1),
                            "three": int(len(others) == 2)}.get(row, 0),
        "sample_ages_of_others": int(("older" if row == "with_older_child" else "same") in others),
        "sample_boys": {"boys_seen": boys, "boys_with_girls": boys * (sexes == "both"),
                        "boys_with_other_boys": boys * (sexes == "boys")}.get(row, 0),
    }.get(table, 0)


def _dealt(rng: Random, digests: Sequence[str], figures: Mapping[str, Mapping[str, Any]]) -> dict[str, Dealt]:
    """Deal activity, people and setting to every digest, shuffled within its stratum and its side of the sample."""
    groups, numbered = _groups(figures), numbers(figures)
    singles = groups["single"] + groups["single sampled"]
    dealt: dict[str, Dealt] = {}
    for stratum, members in (("single", digests[:singles]), ("several", digests[singles:])):
        drawn = set(draw(members, groups[f"{stratum} sampled"], STUDY))
        for group, inside in ((stratum, False), (f"{stratum} sampled", True)):
            aspects = [spread(numbered, group, aspect) for aspect in ("activity", "people", "setting")]
            for values in aspects:
                rng.shuffle(values)
            mine = [digest for digest in members if (digest in drawn) is inside]
            dealt |= dict(zip(mine, zip(*aspects, strict=True), strict=True))
    return dealt


def _children(rng: Random, label: str, people: Sequence[str]) -> list[dict[str, Any]]:
    sexes, others = people[0], people[1:]
    bands = ["3-6", *("3-6" if other == "same" else chosen(rng, _OLDER) for other in others)]
    sex = ["boy"] + ["girl"] * len(others) if sexes == "both" else [_SEXES[sexes]] * len(bands)
    rng.shuffle(sex)
    leading = rng.randrange(len(bands))
    return [answers.child(rng, band, sex[i], answers.labels(rng, label if i == leading else _beside(rng, label)))
            for i, band in enumerate(bands)]


def _beside(rng: Random, label: str) -> str:
    """What another child of the medium is involved in: the same, or anything less severe."""
    return label if rng.random() < 0.6 else rng.choice(LABELS[LABELS.index(label):])


def _times(rng: Random, n: int) -> list[datetime]:
    """First and last second of the year, for the edges count, and anything between."""
    span = int((CLOSES - OPENS).total_seconds())
    inside = [OPENS + timedelta(seconds=rng.randint(0, span)) for _ in range(n - 2)]
    return [OPENS, *inside, CLOSES]


def _known(rng: Random) -> str | None:
    return chosen(rng, {None: 66, "graded": 24, "near": 6, "claimed": 4})

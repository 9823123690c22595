"""Slow twins of the law: `missing` and the fewest questions by enumeration; the packs are in `statutes`."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

from hashgrade.errors import InputError
from hashgrade.law import Pack, judge, vocabulary
from hashgrade.law.grades import adult, as_json, child_count, grade_of, unknown_children
from hashgrade.nouns import Child, Grade

CD = "cannot_determine"
LABELS = [label for label in vocabulary().activities if label != "none"]
# Every comparison asks whether some label is in the list, so single labels and pairs reach every distinction.
LISTS = [["none"], [CD], *([a] for a in LABELS), *([a, CD] for a in LABELS),
         *([a, b] for n, a in enumerate(LABELS) for b in LABELS[n + 1:])]


# -- missing ------------------------------------------------------------------------------------------------------


def missing_at(grade: Grade, pack: Pack) -> set[str]:
    """The paths of the facts in which alone two completions of an undecided grade differ that differ in outcome."""
    if judge(grade, pack).outcome is not None:
        return set()
    slots = list(_slots(grade, pack))
    outcomes: dict[tuple[object, ...], set[str | None]] = {}
    for answers in product(*(_answers(name) for _, name in slots)):
        complete = _completed(grade, dict(zip(slots, answers, strict=True)))
        if complete:
            found = judge(complete, pack).outcome
            for n in range(len(slots)):
                rest = tuple(str(answer) for m, answer in enumerate(answers) if m != n)
                outcomes.setdefault((n, *rest), set()).add(found)
    changing = {key[0] for key, found in outcomes.items() if len(found) > 1}
    return {f"children[{row}].{name}" if row >= 0 else name
            for n, (row, name) in enumerate(slots) if n in changing}


def ways(grade: Grade, pack: Pack) -> int:
    """How many completions enumeration has to try."""
    return prod(len(_answers(name)) for _, name in _slots(grade, pack))


def _slots(grade: Grade, pack: Pack) -> Iterator[tuple[int, str]]:
    """Each unanswered fact that could bear on the pack, with its row, -1 for the medium."""
    facts = vocabulary().facts
    if grade.children is None and "child_count" not in grade.facts:
        yield -1, "child_count"
    for name in pack.facts:
        if facts[name].level == "M":
            if name not in grade.facts:
                yield -1, name
            continue
        for n, row in enumerate(_rows(grade)):
            if not adult(row) and name not in row:
                yield n, name


def _rows(grade: Grade) -> list[Child]:
    """The described rows, and an empty one for each child whom none describes."""
    rows = list(grade.children or ())
    count = child_count(grade)
    return rows + [{}] * ((1 if count is None else count) - sum(not adult(row) for row in rows))


def _answers(name: str) -> list[Any]:
    if name == "child_count":
        return [0, 1]
    return LISTS if name == "activity" else [*vocabulary().facts[name].values, CD]


def _completed(grade: Grade, answers: Mapping[tuple[int, str], Any]) -> Grade | None:
    """The grade with these answers; None where they contradict each other or leave a child undescribed."""
    tree: dict[str, Any] = as_json(grade)
    if answers.get((-1, "child_count")) == 0:
        tree["children"] = []
    else:
        tree["children"] = [{**row, **{name: answer for (m, name), answer in answers.items() if m == n}}
                            for n, row in enumerate(_rows(grade))]
    tree["facts"] = {**tree["facts"], **{name: answer for (n, name), answer in answers.items() if n < 0}}
    try:
        complete = grade_of(tree)
    except InputError:
        return None
    return None if unknown_children(complete) else complete


# -- asking -------------------------------------------------------------------------------------------------------


def fewest(grade: Grade, packs: Sequence[Pack]) -> float:
    """The least expected number of questions, all definite answers being equally likely, by trying everything."""
    paths = {path for pack in packs for path in judge(grade, pack).missing_at}
    return min((1 + _expected(grade, path, packs) for path in paths), default=0)


def _expected(grade: Grade, path: str, packs: Sequence[Pack]) -> float:
    after = [fewest(answered, packs) for answered in _answered(grade, path)]
    return sum(after) / len(after)


def _answered(grade: Grade, path: str) -> Iterator[Grade]:
    row, _, name = path.rpartition(".")
    fact = vocabulary().facts[name]
    counted = isinstance(grade.facts.get("child_count"), int)
    for value in fact.values:
        tree: dict[str, Any] = as_json(grade)
        rows = tree.setdefault("children", [])
        held = rows[int(row[9:-1])] if row else tree["facts"]
        held[name] = [value] if fact.many else value
        try:
            if not (counted and value == "18_or_over"):
                yield grade_of(tree)
        except InputError:
            continue

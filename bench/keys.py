"""`python -m bench.keys [N]`: how many keys an item costs, and how many questions, by the workbench's own rooms.

N synthetic items, evenly drawn from the 12,000 of `bench.questions` (all): none of them real. A simulated analyst who
knows the answers reveals the item (one key, held), uses the preset that fits and gives most of what is open, answers
question after question with the keys that `grading.keys` gives, two with one where a letter does, and saves with Enter.
Children who are alike are answered together: by the answer's key with Shift, or by the key for the row before. Every
key counts, and a label beside another too.
"""

# ruff: noqa: E402 - the grading room needs Django set up, even for what it only thinks
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from statistics import fmean, median
from typing import Final, NamedTuple

import django

os.environ.update(HASHGRADE_STATION="no-station", DJANGO_SETTINGS_MODULE="hashgrade.store.settings")
django.setup()

from bench.questions import OTHER_SEED, PROFILE, SETS, frequencies, mentioned, population

from hashgrade import law
from hashgrade.grading import keys, presets
from hashgrade.grading.asking import Question, asked, next_asked, together
from hashgrade.law.asking import Weights, with_answer
from hashgrade.law.pack import Pack
from hashgrade.nouns import Grade

USED: Final = presets.presets_of({})


class Costs(NamedTuple):
    """What one item cost."""

    keys: int
    questions: int


class Desk(NamedTuple):
    """How the station asks."""

    packs: Sequence[Pack]
    weights: Weights
    profile: Sequence[str] = PROFILE
    shortcuts: Sequence[presets.Preset] = USED


def graded(truth: Grade, desk: Desk) -> Costs:
    """Grade one item from nothing answered until nothing is asked, and count."""
    grade, pressed = _preset(Grade(), truth, desk)
    questions = 0
    while found := asked(grade, desk.packs, desk.profile, desk.weights):
        also = together(found[0], found)
        grade, more = (_alike(grade, found[0], truth) or (_both(grade, found[0], also, truth) if also else None)
                       or _answered(grade, found[0], truth))
        pressed += more
        questions += 1
    return Costs(1 + pressed + 1, questions)


def questions_of(truth: Grade, desk: Desk) -> int:
    """How many questions are asked with neither presets nor answers for several children at once."""
    grade, count = Grade(), 0
    while (question := next_asked(grade, desk.packs, desk.profile, desk.weights)) is not None:
        grade = with_answer(grade, question.at, _true(question, truth))
        count += 1
    return count


def _true(question: Question, truth: Grade) -> object:
    held: Mapping[str, object] = truth.facts if question.row is None else (truth.children or ())[question.row]
    return held[question.fact.id]


def _preset(grade: Grade, truth: Grade, desk: Desk) -> tuple[Grade, int]:
    """Apply the preset that says nothing untrue and answers most of what is open, if it answers two or more."""
    def fits(one: presets.Preset) -> bool:
        said = zip(one.gives.children or (), truth.children or (), strict=False)
        return (all(truth.facts.get(name) == value for name, value in one.gives.facts.items())
                and all(row[name] == value for given, row in said for name, value in given.items()))

    def spares(one: presets.Preset) -> int:
        rows = one.gives.children or ()
        return len(wanted & one.gives.facts.keys()) + sum(len(wanted & row.keys()) for row in rows)

    open_now = asked(grade, desk.packs, desk.profile, desk.weights)
    wanted = {question.fact.id for question in open_now} | ({"sex"} & set(desk.profile))
    ranked = sorted((one for one in desk.shortcuts if fits(one)), key=lambda one: -spares(one))
    if not ranked or spares(ranked[0]) < 2:
        return grade, 0
    return presets.apply(grade, ranked[0]).grade, 1


def _alike(grade: Grade, question: Question, truth: Grade) -> tuple[Grade, int] | None:
    """Answer for a child, or for all that are left, as for the child before, where that is true."""
    rows, told, row = truth.children or (), grade.children or (), question.row
    if not row or row > len(told) or question.fact.id not in told[row - 1]:
        return None
    before = told[row - 1]

    def same(n: int) -> bool:
        given = told[n] if n < len(told) else {}
        return all(rows[n][name] == value for name, value in before.items() if name not in given)

    count = len(rows) - row if all(same(n) for n in range(row, len(rows))) else int(same(row))
    return (presets.same_row(grade, row, count).grade, 1) if count else None


def _both(grade: Grade, question: Question, also: Question, truth: Grade) -> tuple[Grade, int] | None:
    """Answer two questions with the letter that does, if one does; for all children left, where it is so of each."""
    said = _true(question, truth), _true(also, truth)
    if said not in keys.pad(question.fact, also.fact).values():
        return None
    of_all = [replace(one, at=f"children[{row}].{one.fact.id}", row=row) for one in (question, also)
              for row in range(question.row or 0, len(truth.children or ())) if question.row is not None]
    alike = all(_true(one, truth) == said[one.fact == also.fact] for one in of_all)
    for one in of_all if of_all and alike else (question, also):
        grade = with_answer(grade, one.at, _true(one, truth))
    return grade, 1


def _answered(grade: Grade, question: Question, truth: Grade) -> tuple[Grade, int]:
    """Answer one question; where every child whose answer is open has this one, for all of them."""
    answer = _true(question, truth)
    labels = answer if isinstance(answer, tuple) else (str(answer),)
    pressed = len(str(answer)) if question.fact.kind == "number" else len(labels)
    if question.row is not None and not question.fact.many:
        rows, told = truth.children or (), grade.children or ()
        left = [n for n in range(len(rows)) if n >= len(told) or question.fact.id not in told[n]]
        if all(rows[n][question.fact.id] == answer for n in left):
            for n in left:
                grade = with_answer(grade, f"children[{n}].{question.fact.id}", answer)
            return grade, pressed
    return with_answer(grade, question.at, answer), pressed


def row(title: str, costs: Sequence[int]) -> str:
    """A line: mean, median, the 99th of a hundred, and the most."""
    if not costs:
        return f"  {title:30} none"
    ranked = sorted(costs)
    most_of = ranked[len(ranked) * 99 // 100]
    return (f"  {title:30} mean {fmean(ranked):5.2f}, median {median(ranked):4.1f}, 99% {most_of:3}, "
            f"most {ranked[-1]:3}, N {len(ranked):,}")


def category(truth: Grade, uk: Pack) -> str:
    """The category that the pack gives."""
    return law.judge(truth, uk).outcome or "undecided"


def measured(truths: Sequence[Grade], desk: Desk) -> Iterator[str]:
    """The lines about keys."""
    uk = law.load("uk-ew")
    costs = [(truth, graded(truth, desk)) for truth in truths]
    groups = {f"one child, category {name}": [cost.keys for truth, cost in costs if len(truth.children or ()) == 1
                                              and category(truth, uk) == name] for name in ("A", "B", "C", "none")}
    for children in (0, 2, 3, 4):
        said = "no child" if not children else f"{children} children"
        groups[said] = [cost.keys for truth, cost in costs if len(truth.children or ()) == children]
    groups["all items"] = [cost.keys for _, cost in costs]
    yield from (row(title, found) for title, found in groups.items())
    plain = desk._replace(shortcuts=())
    yield row("all items, without presets", [graded(truth, plain).keys for truth in truths[::10]])


def main() -> None:
    """Measure keys with uk-ew, then questions with the five packs."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 12_000
    truths = list(islice(population(1), 0, 12_000, 12_000 // count))
    described = [truth for truth in truths if truth.facts["child_count"] == len(truth.children or ())]
    weights = frequencies(list(islice(population(OTHER_SEED), 0, 12_000, 6)))
    sys.stdout.write(f"keys with uk-ew and the profile {', '.join(PROFILE)}: reveal and Enter count\n")
    for line in measured(described, Desk([law.load("uk-ew")], weights)):
        sys.stdout.write(f"{line}\n")
    five = Desk([law.load(name) for name in SETS["five"]], weights)
    forms = fmean(len(mentioned(truth, list(law.vocabulary().facts))) for truth in described)
    questions = [questions_of(truth, five) for truth in described]
    sys.stdout.write(f"questions with {len(five.packs)} packs and the profile, neither presets nor rows alike:\n"
                     f"{row('all items', questions)}\n  {fmean(questions) / forms:.1%} of a form of {forms:.2f}\n")


if __name__ == "__main__":
    main()

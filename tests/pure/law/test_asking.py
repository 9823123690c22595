"""The order of asking: it ends, it asks nothing in vain, and where few questions are open it is the best there is."""

import os
import subprocess
import sys
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings

from hashgrade import law
from hashgrade.errors import InputError
from hashgrade.law import asking
from hashgrade.law.asking import Plan, State, next_question, order, plan_for, whole_plan, with_answer
from hashgrade.law.grades import adult, as_json, grade_of
from hashgrade.law.pack import pack_ids
from hashgrade.nouns import Grade
from tests.naive.law import fewest
from tests.pure.law.drawn import grade, seeds

PACKS = [law.load(name) for name in pack_ids()]
UK = law.load("uk-ew")
EVEN = {name: dict.fromkeys(fact.values, 1.0) for name, fact in law.vocabulary().facts.items() if fact.values}


def chosen(draw: Random, most: int = 4) -> list[law.Pack]:
    return draw.sample(PACKS, draw.randint(1, most))


def told(draw: Random) -> Grade:
    """A grade with every answer, which takes back nothing: puberty is what the age that stands in for it says, and no
    row answers a legal test otherwise than the medium."""
    tree: Any = as_json(grade(draw, full=True))
    for row in tree["children"]:
        for name in law.vocabulary().legal_tests:
            row.pop(name, None)
        years = law.vocabulary().bands.get(row["age_band"], (11, 13))
        row["puberty"] = "prepubescent" if years[1] < 11 else "pubescent" if years[0] > 13 else row["puberty"]
    try:
        return grade_of(tree)
    except InputError:
        assume(False)
        raise


def asked(whole: Grade, begun: Grade, packs: list[law.Pack]) -> tuple[list[str], Grade]:
    """What the plan asks when it is answered as `whole` says, and the grade that comes of it."""
    paths: list[str] = []
    rows = whole.children or ()
    while (at := next_question(begun, packs)) is not None:
        row, _, name = at.rpartition(".")
        held: Any = rows[int(row[9:-1])] if row else {**whole.facts, "child_count": len(rows)}
        paths.append(at)
        begun = with_answer(begun, at, held[name])
    return paths, begun


@settings(max_examples=12, deadline=None)
@given(seeds)
def test_following_the_plan_ends_with_the_verdicts_of_a_complete_grade(draw: Random) -> None:
    """Once nothing is asked nothing is missing, and answering all the rest would decide nothing otherwise."""
    whole, packs = told(draw), chosen(draw)
    paths, end = asked(whole, Grade({}, tuple({} for _ in whole.children or ())), packs)
    assert len(paths) == len(set(paths))
    assert law.missing(end, packs) == []
    assert [law.judge(end, pack).outcome for pack in packs] == [law.judge(whole, pack).outcome for pack in packs]


@settings(max_examples=12, deadline=None)
@given(seeds)
def test_a_plan_that_begins_with_nothing_asks_for_the_children_too(draw: Random) -> None:
    """From an empty grade on, children are counted before anything is asked of one, and the verdicts come out."""
    whole, packs = told(draw), chosen(draw)
    assume(not any(map(adult, whole.children or ())))
    paths, end = asked(whole, Grade(), packs)
    assert not any(path.startswith("children") for path in paths[:(*paths, "child_count").index("child_count")])
    assert law.missing(end, packs) == []
    assert [law.judge(end, pack).outcome for pack in packs] == [law.judge(whole, pack).outcome for pack in packs]


@settings(max_examples=12, deadline=None)
@given(seeds)
def test_the_order_is_of_what_is_missing(draw: Random) -> None:
    """Every path that some pack misses is in the order, once, and no other."""
    some, packs = grade(draw), chosen(draw)
    missing = {path for pack in packs for path in law.judge(some, pack).missing_at}
    found = order(some, packs)
    assert (set(found), len(found)) == (missing, len(missing))


@settings(max_examples=12, deadline=None)
@given(seeds)
def test_the_best_is_never_worse_than_the_greedy(draw: Random) -> None:
    """Where every way of going on can be weighed, greedy elimination does not expect to ask less."""
    plan = plan_for(chosen(draw, 4))
    _, state = plan.start(_nearly(draw, plan))
    assume(asking.few(plan, asking.open_questions(plan, state)))
    assert asking._fewest(plan, state) <= _greedy(plan, state) + 1e-9


def _greedy(plan: Plan, state: State) -> float:
    found = asking.open_questions(plan, state)
    if not found:
        return 0
    question = min(found, key=lambda one: round(asking._expected(plan, state, one, asking._still_open), asking.DIGITS))
    return asking._expected(plan, state, question, _greedy)


def _nearly(draw: Random, plan: Plan) -> Grade:
    """A grade in which up to four facts of the plan's packs are open."""
    whole: Any = as_json(grade(draw, full=True))
    rows = whole["children"] = whole["children"][:1]
    names = sorted({name for pack in plan.packs for name in pack.facts})
    for name in draw.sample(names, min(4, len(names))):
        whole["facts"].pop(name, None)
        for row in rows:
            row.pop(name, None)
    return grade_of(whole)


@settings(max_examples=12, deadline=None)
@given(seeds)
def test_the_best_is_what_trying_everything_finds(draw: Random) -> None:
    """The least expected number of questions is that of a search that only answers, judges and counts."""
    plan = plan_for(chosen(draw, 3), EVEN)
    begun = _nearly(draw, plan)
    _, state = plan.start(begun)
    found = asking.open_questions(plan, state)
    assume(found and asking.few(plan, found) and len(found) < 4)
    assert asking._fewest(plan, state) == pytest.approx(fewest(begun, plan.packs), abs=1e-3)


def test_a_glance_comes_first_among_equals() -> None:
    """How it was made decides as much as whether it is indecent, and is seen at once."""
    answered = {"children": [{"age_band": "7-10", "activity": ["oral"]}]}
    assert order(grade_of(answered), [UK]) == ["depiction", "indecent"]


def test_weights_change_the_order() -> None:
    """Where a picture is hardly ever anything but a photograph, whether it is indecent says more."""
    answered = grade_of({"children": [{"age_band": "7-10", "activity": ["oral"]}]})
    weights = {"depiction": {"photographic": 0.99, "non_photographic": 0.01}}
    assert next_question(answered, [UK], weights) == "indecent"


def test_nothing_is_asked_of_what_cannot_be_assessed_nor_for_no_pack() -> None:
    """There is no next question where no answer could decide anything."""
    assert next_question(grade_of({"facts": {"assessable": "corrupt"}}), PACKS) is None
    assert next_question(grade_of({}), []) is None


def test_the_order_is_the_same_in_every_process() -> None:
    """No set's order shows: two processes that hash words otherwise ask in the same order."""
    code = """from hashgrade import law
from hashgrade.law.asking import order
from hashgrade.law.pack import pack_ids
print(order(law.grades.grade_of({"children": [{"age_band": "3-6"}, {}]}), list(map(law.load, pack_ids()))))"""
    said = {subprocess.run([sys.executable, "-c", code], check=True, capture_output=True,  # noqa: S603 - our own text
                           env={**os.environ, "PYTHONHASHSEED": seed}).stdout for seed in ("1", "2")}
    assert len(said) == 1


def test_a_whole_plan_says_what_follows_each_answer() -> None:
    """Answers that come to the same stand together, and those after which nothing is asked lead nowhere."""
    step = whole_plan(grade_of({"facts": {"depiction": "photographic"}, "children": [{"age_band": "7-10"}]}), [UK], 2)
    assert step
    assert [(answers, after.at if after else None) for answers, after in step.then] == [
        (("yes",), "children[0].activity"), (("no",), None), (("cannot_determine",), None)]


@settings(max_examples=12, deadline=None)
@given(seeds)
def test_every_answer_of_a_plan_can_be_given(draw: Random) -> None:
    """No branch contradicts what is answered, and every answer that does not is in one branch."""
    begun, packs = grade(draw), chosen(draw, 3)
    step = whole_plan(begun, packs, 2)
    assume(step is not None and step.name != "child_count")
    assert step
    shown = {one for answers, _ in step.then for one in answers}
    fact = law.vocabulary().facts[step.name]
    for value in (*fact.values, "cannot_determine"):
        answer = (value,) if fact.many else value
        assert (answer in shown) == _fits(begun, step.at, answer)


def _fits(begun: Grade, at: str, answer: object) -> bool:
    try:
        after = with_answer(begun, at, answer)
    except InputError:
        return False
    return not (answer == "18_or_over" and isinstance(after.facts.get("child_count"), int))

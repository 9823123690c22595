"""Worlds: a child of whom a condition is true is found, or there is none."""

from random import Random
from typing import Any

import pytest
from hypothesis import example, given

from hashgrade import law
from hashgrade.law import Condition, vocabulary
from hashgrade.law.condition import TRUE
from hashgrade.law.grades import as_json, grade_of
from hashgrade.law.pack import pack_ids
from hashgrade.law.worlds import changed, conceivable, turned, witness
from hashgrade.nouns import Grade
from tests.naive import worlds as naive
from tests.pure.law.drawn import seeds, unhurried

TESTS = ["indecent", "graphic", "lascivious"]
CUT = Condition.parse({"all": [{"age_band": {"under": 15}}, {"age_band": {"over": 13}}]})
ACTS = ["sadism", "oral", "witness", "posing_nude", "none"]
SOME = [["age_band", "puberty", "depiction", "role"], ["age_band", "role", "activity"], ["puberty", "activity"],
        ["age_band", "depiction", "sex", *TESTS]]
"""Names that a drawn condition may use together, few enough to try every medium."""


def comparison(draw: Random, names: list[str]) -> Any:
    name = draw.choice([*names, "prepubescent"] if "puberty" in names else names)
    if name in TESTS:
        return name
    if name == "age_band" and draw.random() < 0.7:
        return {name: {draw.choice(["under", "over"]): draw.choice([3, 11, 12, 13, 14, 15, 16, 17, 18])}}
    if name == "prepubescent":
        return draw.choice([name, {name: {"is": "no"}}])
    values = ACTS if name == "activity" else list(vocabulary().facts[name].values)
    return {name: {"in": draw.sample(values, draw.choice([1, 1, 2, 3 if len(values) > 2 else 2]))}}


def tree(draw: Random, names: list[str], depth: int = 3) -> Any:
    """A condition on a few names, deep enough for parts to contradict each other."""
    if depth == 0 or draw.random() < 0.2:
        return comparison(draw, names)
    if draw.random() < 0.25:
        return {"not": tree(draw, names, depth - 1)}
    return {draw.choice(["all", "all", "any"]): [tree(draw, names, depth - 1) for _ in range(draw.choice([2, 3]))]}


def drawn(draw: Random, names: list[str] | None = None) -> Condition:
    return Condition.parse(tree(draw, names or draw.choice(SOME)))


@unhurried
@given(seeds)
def test_a_witness_is_found_where_enumeration_finds_one(draw: Random) -> None:
    """Where there is a child of whom a condition is true there is a witness, and where there is none there is none."""
    wanted = drawn(draw)
    found = witness(wanted)
    assert (found is None) == (next(naive.witnesses(wanted), None) is None)


@unhurried
@given(seeds)
def test_of_a_witness_the_condition_is_true(draw: Random) -> None:
    """The witness is a grade as people record it, and says what it is a witness of."""
    wanted = drawn(draw)
    found = witness(wanted)
    if found:
        assert grade_of(as_json(found)) == found
        assert wanted.value(naive.read(found)) == TRUE
        assert {*found.facts, *found.children[0]} >= naive.recorded(wanted)  # type: ignore[index]


@unhurried
@given(seeds)
def test_an_age_in_years_is_conceived_where_enumeration_conceives_one(draw: Random) -> None:
    """A child of some age in years is found exactly where there is one."""
    wanted = drawn(draw, SOME[0])
    assert (conceivable(wanted) is None) == (next(naive.conceivables(wanted), None) is None)


def test_a_threshold_within_a_band_is_true_of_no_band_wholly() -> None:
    """14 years is under 15 and over 13, and no band is."""
    assert witness(CUT) is None
    assert conceivable(CUT) == Grade({}, ({"age_band": "14-15"},))


def test_a_contradiction_is_not_even_conceivable() -> None:
    """Nobody is under 3 and over 12."""
    assert conceivable(Condition.parse({"all": [{"age_band": {"under": 3}}, {"age_band": {"over": 12}}]})) is None


def test_an_adult_is_no_witness() -> None:
    """A row 18_or_over is no child."""
    assert witness(Condition.parse({"age_band": {"is": "18_or_over"}})) is None


def test_whoever_has_the_role_of_a_witness_is_labelled_so() -> None:
    """A role that the activity does not confirm is a contradiction and no answer."""
    role, label = {"role": {"is": "witness"}}, {"activity": {"is": "witness"}}
    assert witness(Condition.parse({"all": [role, {"not": label}]})) is None
    assert witness(Condition.parse({"all": [role, label]})) is not None


def test_a_name_that_packs_cannot_use_stays_unknown() -> None:
    """Of what is not recorded of one child nothing is claimed, either way."""
    several = Condition.parse("several")
    assert witness(several) is witness(Condition("not", (several,))) is None


@pytest.mark.parametrize(("given_", "found"), [
    ({"facts": {"indecent": "no"}}, False), ({"facts": {"indecent": "cannot_determine"}}, False),
    ({"children": [{"activity": ["posing_nude"]}]}, False), ({"children": [{"activity": ["oral", "witness"]}]}, True),
    ({"children": [{"activity": ["posing_nude", "cannot_determine"]}]}, False), ({"children": []}, False),
    ({"children": [{"age_band": "18_or_over"}]}, False), ({"facts": {"assessable": "corrupt"}}, False),
    ({"facts": {"indecent": "no"}, "children": [{"indecent": "yes"}]}, True),
    ({"facts": {"setting": "kitchen"}, "children": [{"sex": "girl", "age_band": "14-15"}]}, True),
    ({"children": [{"role": "witness"}]}, True), ({"children": [{"role": "witness", "activity": ["witness"]}]}, False),
])
def test_what_is_given_stays(given_: dict[str, Any], found: bool) -> None:
    """A witness has every answer it is given, and none where they make the condition false or leave it unknown."""
    wanted = Condition.parse({"all": ["indecent", {"activity": {"in": ["oral"]}}]})
    grade = grade_of({"facts": {}, **given_})
    made = witness(wanted, grade)
    assert (made is not None) == found
    if made:
        assert wanted.value(naive.read(made)) == TRUE
        assert grade.facts.items() <= made.facts.items()
        assert (grade.children or ({},))[0].items() <= made.children[0].items()  # type: ignore[index]


@unhurried
@given(seeds)
@example(Random(3))
def test_two_media_that_one_fact_tells_apart_are_found_where_there_are_any(draw: Random) -> None:
    """`turned` finds a pair exactly where enumeration does, and the pair differs in that fact alone."""
    names = draw.choice(SOME[:1] + SOME[2:])
    before = drawn(draw, names)
    after, name = Condition("not", (before,)), draw.choice(names)
    found = turned(before, after, name)
    assert (found is not None) == naive.turns(before, after, name)
    if found:
        one, other = found
        assert (before.value(naive.read(one)), after.value(naive.read(other))) == (TRUE, TRUE)
        assert other == changed(one, name, {**other.facts, **other.children[0]}[name])  # type: ignore[index]


@pytest.mark.parametrize("name", pack_ids())
def test_every_outcome_of_a_pack_has_a_witness_that_is_judged_so(name: str) -> None:
    """What a pack gives, and what its condition for that says, are the same."""
    pack = law.load(name)
    for outcome in set(pack.outcomes) - pack.unmodelled:
        found = witness(pack.gives({outcome}))
        assert found
        assert law.judge(found, pack).outcome == outcome


@pytest.mark.parametrize("name", pack_ids())
def test_whoever_is_of_age_is_in_no_pack(name: str) -> None:
    """The same medium with an adult instead of the child is `none`, whatever the child's outcome."""
    pack = law.load(name)
    for outcome in set(pack.outcomes) - pack.unmodelled:
        found = witness(pack.gives({outcome}))
        assert found
        grown = changed(changed(found, "puberty", "postpubescent"), "age_band", "18_or_over")
        assert law.judge(grown, pack).outcome == "none"

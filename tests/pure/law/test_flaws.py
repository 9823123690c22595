"""Flaws: what can never matter in a pack is found exactly where trying every child finds it."""

from collections.abc import Iterator
from random import Random
from typing import Any

from hypothesis import given, settings

from hashgrade import law
from hashgrade.law.condition import FALSE, TRUE
from hashgrade.law.flaws import case_of, flaws, flow, mentions
from hashgrade.law.judge import as_json, judge
from hashgrade.law.load import Place, read
from hashgrade.law.pack import packs_in
from hashgrade.nouns import Grade
from tests.naive import worlds as naive
from tests.pure.law.drawn import seeds
from tests.pure.law.test_worlds import SOME, tree

PLACE = Place("zz")
few = settings(max_examples=30)
FEW = ["age_band", "depiction", "indecent"]


def version(draw: Random, names: list[str]) -> dict[str, Any]:
    """A version of up to four rules on a few names, deep enough for some never to matter."""
    rules = [{"rule": f"r{n}", "outcome": "low", "source": "act", "article": "1", "when": tree(draw, names, 2)}
             for n in range(draw.choice([2, 3, 4]))]
    for rule in rules[:draw.choice([0, 1, 2])]:
        rule["outcome"] = "high"
    if draw.random() < 0.5:
        rules[0]["when"] = {draw.choice(["all", "any"]): [rules[0]["when"], "parameter.p"]}
    return {"version": "1", "vocabulary": "1", "in_force": {"from": None, "until": None},
            "review": {"state": "draft", "by": None, "on": None}, "parameters": {"p": draw.choice(["yes", "no"])},
            "scope": {"age_band": {"under": 18}}, "rules": rules}


def made(told: Any) -> law.Pack:
    whole = {"pack": "zz", "title": "An invented country", "jurisdiction": "ZZ", "sources": {"act": "The Act"},
             "outcomes": {"high": "High", "low": "Low", "none": "None"}, "versions": [told]}
    return packs_in(whole, PLACE, "zz")[0]


def found(told: Any, *codes: str) -> set[str]:
    """The first name that each flaw of these codes quotes."""
    all_ = flaws(made(told), told, PLACE, made)
    return {flaw.what.split("`")[1] for flaw in all_ if flaw.code in codes}


def media(pack: law.Pack) -> Iterator[Grade]:
    whens = [rule.when for rule in pack.rules]
    return iter(naive.media(naive.recorded(*whens), naive.labels(*whens)))


@few
@given(seeds)
def test_a_rule_is_idle_where_no_child_is_decided_by_it(draw: Random) -> None:
    """A rule is told to be out of reach, or shadowed, exactly when of no child it is the first true one."""
    told = version(draw, draw.choice(SOME))
    pack = made(told)
    deciding = set()
    for grade in media(pack):
        values = [rule.when.value(naive.read(grade)) for rule in pack.rules]
        deciding |= {rule.id for n, rule in enumerate(pack.rules)
                     if values[n] == TRUE and all(value == FALSE for value in values[:n])}
    assert found(told, "PACK-12", "PACK-13") == {rule.id for rule in pack.rules} - deciding


@few
@given(seeds)
def test_an_outcome_is_out_of_reach_where_no_child_has_it(draw: Random) -> None:
    """No verdict on any child is the outcome, exactly when it is told so."""
    told = version(draw, draw.choice(SOME))
    pack = made(told)
    assert found(told, "PACK-14") == set(pack.outcomes) - {judge(grade, pack).outcome for grade in media(pack)}


@few
@given(seeds)
def test_a_fact_never_matters_where_no_two_children_differ_by_it(draw: Random) -> None:
    """Two children who differ in that fact alone never have different outcomes, exactly when it is told so."""
    told = version(draw, draw.choice([FEW, SOME[2]]))
    pack = made(told)
    asked = {"puberty" if word == "prepubescent" else word
             for rule in pack.rules for word, _ in mentions(rule.written, PLACE)} & set(pack.facts) - {"age_band"}
    idle = {name for name in asked if not any(naive.turns(pack.gives(pack.outcomes[:n]), pack.gives(pack.outcomes[n:]),
                                                          name) for n in (1, 2))}
    told_idle = {"puberty" if word == "prepubescent" else word for word in found(told, "PACK-16")}
    assert told_idle == idle


@few
@given(seeds)
def test_a_parameter_changes_nothing_where_every_verdict_stays(draw: Random) -> None:
    """Answered the other way it leaves every child's verdict as it was, exactly when it is told so."""
    told = version(draw, FEW)
    other = {**told, "parameters": {"p": "no" if told["parameters"]["p"] == "yes" else "yes"}}
    before, after = made(told), made(other)
    whens = [rule.when for pack in (before, after) for rule in pack.rules]
    every = naive.media(naive.recorded(*whens), naive.labels(*whens))
    bands = any(judge(grade, before).outcome is None or judge(grade, after).outcome is None for grade in every)
    if not bands:
        same = all(judge(grade, before).outcome == judge(grade, after).outcome for grade in every)
        assert found(told, "PACK-15") == ({"p"} if same else set())


@few
@given(seeds)
def test_a_case_is_yaml_and_says_what_the_pack_makes_of_it(draw: Random) -> None:
    """What is printed can be read again, as the same grade and the verdict on it."""
    pack = made(version(draw, draw.choice(SOME)))
    grade = draw.choice(list(media(pack)))
    written: Any = read(case_of("A child of whom nobody has heard", grade, pack), "cases.yaml")[0]
    (entry,) = written
    verdict = judge(law.grades.grade_of({key: entry[key] for key in ("facts", "children")}), pack)
    got = {**as_json(verdict), "reasons": [reason.rule for reason in verdict.reasons]}
    assert {key: got[key] for key in entry["expect"]} == entry["expect"]
    assert {"outcome"} < entry["expect"].keys() or verdict.outcome == "none"


def test_a_word_that_yaml_could_take_for_something_else_is_quoted() -> None:
    """Yes, no and numbers stay words."""
    assert flow({"a": ["no", "NO", "off", "1", "7-10", "18_or_over", "a.i", None, "x: y"]}) == (
        '{a: ["no", "NO", "off", "1", 7-10, 18_or_over, a.i, null, "x: y"]}')

"""Verdicts: the intervals, their reasons, and what is asked."""

from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings

from hashgrade import law
from hashgrade.errors import InputError
from hashgrade.law.grades import adult, grade_of
from hashgrade.law.judge import Bench, as_json
from hashgrade.law.pack import pack_ids
from hashgrade.nouns import Grade
from tests.naive.law import missing_at, ways
from tests.pure.law.drawn import grade, seeds, unhurried

PACKS = [law.load(name) for name in pack_ids()]
FIRST = [law.load(name) for name in ("uk-ew", "uk-ew-prohibited", "us-industry", "interpol-baseline")]
UK = law.load("uk-ew")
PHOTOGRAPH = {"depiction": "photographic", "indecent": "yes"}


def tree(*children: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {"facts": {**PHOTOGRAPH, **facts}, "children": list(children)}


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_missing_is_what_enumeration_finds(draw: Random) -> None:
    """The fast answer and the enumeration of every completion name the same paths."""
    pack = draw.choice(PACKS)
    unfinished = _with_gaps(draw, pack)
    assume(ways(unfinished, pack) < 3000)
    assert set(law.judge(unfinished, pack).missing_at) == missing_at(unfinished, pack)


def _with_gaps(draw: Random, pack: law.Pack) -> Grade:
    """A grade with at most three gaps that bear on the pack, so that enumeration stays small."""
    full = grade(draw, full=True)
    facts: dict[str, Any] = {name: value for name, value in full.facts.items() if name in pack.facts}
    rows: list[dict[str, Any]] = [dict(row) for row in full.children or ()][:2]
    places: list[dict[str, Any]] = [facts, facts, *rows, *rows]
    for _ in range(draw.choice([1, 2, 3])):
        place = draw.choice(places)
        names = sorted(set(place) & set(pack.facts))
        if names:
            del place[draw.choice(names)]
    if draw.random() < 0.3 and all("age_band" in row for row in rows):
        facts["child_count"] = sum(not adult(row) for row in rows)
    return grade_of({"facts": facts, "children": rows})


@pytest.mark.parametrize("pack", [
    pytest.param(pack, marks=[] if pack is UK else pytest.mark.deep, id=pack.id) for pack in PACKS])
@pytest.mark.parametrize("count", [None, 0, 1, "cannot_determine"])
def test_missing_is_what_enumeration_finds_while_children_are_unanswered(pack: law.Pack, count: Any) -> None:
    """The twin agrees where nobody has described the children."""
    facts = {name: "photographic" if name == "depiction" else "no" if name == "lascivious" else "yes"
             for name in pack.facts if law.vocabulary().facts[name].level == "M"}
    unfinished = grade_of({"facts": {**facts, "child_count": count}})
    assert set(law.judge(unfinished, pack).missing_at) == missing_at(unfinished, pack)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_missing_of_nothing_answered_is_all_that_the_pack_asks(pack: law.Pack) -> None:
    """A pack mentions no fact in vain: while nothing is answered, each could change the outcome."""
    assert set(law.judge({}, pack).missing) == {*pack.facts, "child_count"}


def test_missing_says_on_which_row() -> None:
    """Only the row whose answer could matter is named; undescribed children come after the last row."""
    verdict = law.judge(tree({"age_band": "7-10", "activity": ["posing_nude"]}, {"age_band": "3-6"}, child_count=3), UK)
    assert verdict.missing_at == ("children[2].age_band", "children[1].activity", "children[2].activity")
    assert verdict.missing == ("age_band", "activity")


def test_missing_joins_packs_in_vocabulary_order() -> None:
    """Facts that several packs miss are named once, in the order of the vocabulary."""
    found = law.missing(tree({"age_band": "14-15", "activity": ["posing_nude"]}, focus_on_region="no"), FIRST)
    assert found == ["lascivious", "puberty"]
    assert law.missing({}, PACKS) == law.vocabulary().in_order(law.missing({}, PACKS))


def test_nothing_is_asked_of_a_medium_that_cannot_be_assessed() -> None:
    """No child can be described on it, so that no answer could decide anything."""
    assert law.missing({"facts": {"assessable": "corrupt"}}, PACKS) == []


def test_nothing_is_asked_once_the_most_severe_outcome_is_proved() -> None:
    """What is unanswered of another child cannot lift the medium above A."""
    verdict = law.judge(tree({"age_band": "7-10", "activity": ["sadism"]}, {}), UK)
    assert (verdict.outcome, verdict.missing) == ("A", ())


def test_unanswered_children_count_as_one_of_whom_nothing_is_known() -> None:
    """Absent children leave everything open; an empty list decides."""
    assert law.judge({"facts": PHOTOGRAPH}, UK).could_be == ("A", "B", "C")
    assert law.judge(tree(), UK).outcome == "none"


def test_a_count_of_no_children_decides_too() -> None:
    """Somebody who counted none need not describe any."""
    assert law.judge({"facts": {**PHOTOGRAPH, "child_count": 0}}, UK).outcome == "none"


def test_a_child_row_overrules_the_medium_on_a_legal_test() -> None:
    """Where two children differ, each row's own answer decides for that child."""
    verdict = law.judge(tree({"age_band": "7-10", "activity": ["oral"], "indecent": "no"},
                             {"age_band": "7-10", "activity": ["posing_nude"]}), UK)
    assert verdict.outcome == "C"


def test_a_row_that_could_not_tell_overrules_the_medium_too() -> None:
    """`cannot_determine` is an answer, so that the child's verdict stays open, and is not asked again."""
    verdict = law.judge(tree({"age_band": "7-10", "activity": ["oral"], "indecent": "cannot_determine"},
                             {"age_band": "7-10", "activity": ["posing_nude"]}), UK)
    assert (verdict.at_least, verdict.could_be, verdict.missing) == ("C", ("A",), ())


@unhurried
@given(seeds)
def test_the_facts_of_a_reason_suffice(draw: Random) -> None:
    """A grade stripped to the facts that the reasons name proves at least as much."""
    whole = grade(draw)
    for pack in draw.sample(PACKS, 5):
        verdict = law.judge(whole, pack)
        named = {name for reason in verdict.reasons for name in reason.facts} | {"age_band", "child_count"}
        named |= law.vocabulary().legal_tests & named
        rows = None if whole.children is None else tuple(
            {name: row[name] for name in row if name in named} for row in whole.children)
        kept = Grade({name: value for name, value in whole.facts.items() if name in named}, rows)
        assert law.judge(kept, pack).at_least == verdict.at_least


def test_a_verdict_is_written_as_documented() -> None:
    """The JSON form has these keys in this order, and null while undecided."""
    written = as_json(law.judge(tree({"age_band": "7-10"}), UK))
    assert written == {
        "pack": "uk-ew", "version": "2014.1", "outcome": None, "at_least": "C", "could_be": ["A", "B"],
        "missing": ["activity"],
        "reasons": [{"rule": "category-c", "source": "guideline", "facts": ["depiction", "indecent", "age_band"]}]}
    assert list(written) == ["pack", "version", "outcome", "at_least", "could_be", "missing", "reasons"]


def test_a_bench_judges_by_every_pack_at_once() -> None:
    """One call gives each pack's verdict under the pack's id, the same as `judge` gives."""
    some = grade_of(tree({"age_band": "7-10", "activity": ["masturbation"], "puberty": "prepubescent"}))
    verdicts = Bench(tuple(FIRST))(some)
    assert {name: verdict.outcome for name, verdict in verdicts.items()} == {
        "uk-ew": "B", "uk-ew-prohibited": "none", "us-industry": "A1", "interpol-baseline": "baseline"}


def test_a_grade_that_contradicts_itself_is_not_judged() -> None:
    """A map is checked before any rule reads it."""
    with pytest.raises(InputError, match="GRA-04"):
        law.judge(tree({"age_band": "18_or_over", "puberty": "prepubescent"}), UK)

"""Comparing laws: what one outcome implies in another pack, with a child in hand or a proof."""

from functools import cache
from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings

from hashgrade import law
from hashgrade.law.compare import Pair, changes, matrix, pair
from hashgrade.law.grades import adult
from hashgrade.law.judge import judge
from hashgrade.law.load import Place
from hashgrade.law.pack import pack_ids, packs_in
from hashgrade.nouns import Grade
from tests.naive import worlds as naive
from tests.pure.law.drawn import grade, seeds
from tests.pure.law.test_worlds import SOME, tree

UK, US = law.load("uk-ew"), law.load("us-industry")
BASELINE, PROHIBITED = law.load("interpol-baseline"), law.load("uk-ew-prohibited")


def invented(**rules: object) -> law.Pack:
    """A pack of an invented country with an outcome for each rule, the first the most severe."""
    version = {
        "version": "1", "vocabulary": "1", "in_force": {"from": None, "until": None},
        "review": {"state": "draft", "by": None, "on": None}, "scope": {"age_band": {"under": 18}},
        "rules": [{"rule": name, "outcome": name, "source": "act", "article": "1", "when": when}
                  for name, when in rules.items()]}
    tree = {"pack": "zz", "title": "An invented country", "jurisdiction": "ZZ", "sources": {"act": "The Act"},
            "outcomes": {**dict.fromkeys(rules, "Outcome"), "none": "None"}, "versions": [version]}
    return packs_in(tree, Place("zz"), "zz")[0]


@settings(max_examples=25)
@given(seeds)
def test_the_meetings_of_drawn_packs_are_what_enumeration_finds(draw: Random) -> None:
    """Judging every medium there is finds the same pairs of outcomes, but for ages that a band does not tell."""
    names = draw.choice(SOME[:1] + SOME[2:])
    one, other = (invented(**{name: tree(draw, names, 2) for name in ("x", "y", "z")[:draw.choice([1, 2, 3])]})
                  for _ in range(2))
    found = {meeting for meeting, shown in pair(one, other).meetings.items()
             if (judge(shown, one).outcome, judge(shown, other).outcome) == meeting}
    assert found == naive.meetings(one, other)


@pytest.mark.deep
@pytest.mark.parametrize(("one", "other"), list(combinations((UK, US, BASELINE, PROHIBITED), 2)),
                         ids=lambda pack: pack.id)
def test_the_meetings_of_two_packs_are_what_enumeration_finds(one: law.Pack, other: law.Pack) -> None:
    """Judging every medium there is finds the same pairs of outcomes, and no other."""
    assert set(pair(one, other).meetings) == naive.meetings(one, other)


@cache
def every_pair() -> dict[tuple[str, str], Pair]:
    return {(both.first.id, both.second.id): both for both in matrix(map(law.load, pack_ids()))}


def test_each_meeting_is_shown_by_a_child_who_is_judged_so() -> None:
    """The medium beside a pair of outcomes has both, in every pack with every other."""
    for both in every_pair().values():
        for (one, other), shown in both.meetings.items():
            assert judge(shown, both.first).outcome == one
            assert judge(shown, both.second).outcome == other


@settings(max_examples=25)
@given(seeds)
def test_no_child_has_outcomes_that_are_said_never_to_meet(draw: Random) -> None:
    """Whoever is drawn, what two packs decide together is among the meetings of the two."""
    drawn = grade(draw, full=True, definite=True)
    for row in drawn.children or ():
        if not adult(row):
            outcomes = {name: judge(Grade(drawn.facts, (row,)), law.load(name)).outcome for name in pack_ids()}
            assert [both.first.id for both in every_pair().values() if _unforeseen(both, outcomes)] == []


def _unforeseen(both: Pair, outcomes: dict[str, str | None]) -> bool:
    """Whether both packs decide, and what they decide was said never to meet."""
    found = outcomes[both.first.id], outcomes[both.second.id]
    return None not in found and found not in both.meetings


def test_a_uk_category_implies_a_us_rank_only_for_sexual_acts() -> None:
    """A and B are rank 1, of pubescent children at least; C may be nothing there."""
    both = pair(UK, US)
    assert [both.implies(outcome) for outcome in UK.outcomes] == ["B1", "B1", None, None]
    assert ("C", "none") in both.meetings


def test_what_no_child_can_have_implies_nothing() -> None:
    """An outcome that is out of reach is not claimed to imply whatever one likes."""
    never = invented(high={"all": ["indecent", {"not": "indecent"}]}, low="indecent")
    assert pair(never, UK).implies("high") is None


def test_a_matrix_has_every_pack_with_every_other_both_ways() -> None:
    """Turning a pair around is comparing the other way round."""
    found = matrix((UK, US, BASELINE))
    assert [(both.first.id, both.second.id) for both in found] == [
        ("uk-ew", "us-industry"), ("uk-ew", "interpol-baseline"), ("us-industry", "uk-ew"),
        ("us-industry", "interpol-baseline"), ("interpol-baseline", "uk-ew"), ("interpol-baseline", "us-industry")]
    turned = found[2]
    assert list(turned.meetings) == list(pair(US, UK).meetings)


def test_a_pack_changes_nothing_in_itself() -> None:
    """Compared with itself, a pack gives every child what it gave."""
    assert changes(UK, UK).meetings == {}


def test_a_threshold_that_moves_within_a_band_is_a_change() -> None:
    """From under 15 to under 16, a child of 15 comes in; whoever is recorded as 14-15 may be that child."""
    old, new = (invented(yes={"age_band": {"under": years}}) for years in (15, 16))
    found = changes(old, new)
    assert {outcomes: shown.children for outcomes, shown in found.meetings.items()} == {
        ("none", "yes"): ({"age_band": "14-15"},)}
    assert changes(new, old).meetings.keys() == {("yes", "none")}

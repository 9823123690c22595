"""The questions of an item: those of the law first, then the profile's, each once, and children counted before."""

from itertools import islice
from random import Random

import pytest

from hashgrade import law
from hashgrade.errors import InputError
from hashgrade.grading.asking import asked, next_asked, profile_of
from hashgrade.law.asking import order, with_answer
from hashgrade.law.judge import missing
from hashgrade.law.vocabulary import CANNOT_DETERMINE
from hashgrade.nouns import Grade
from tests.cast import grade

PROFILE = ("sex", "origin", "capture")
PACKS = tuple(law.load(name) for name in ("uk-ew", "us-industry", "interpol-baseline"))


def answered_at_random(seed: int) -> tuple[Grade, list[str]]:
    """Answer whatever is asked at random until nothing is, and give the paths in order."""
    rng, said, paths = Random(seed), Grade(), []
    while (question := next_asked(said, PACKS, PROFILE)) is not None:
        answer: object = rng.randint(0, 3) if question.fact.kind == "number" else rng.choice(question.answers)
        if question.fact.many and answer != CANNOT_DETERMINE:
            answer = [answer]
        try:
            said = with_answer(said, question.at, answer)
        except InputError:
            continue
        paths.append(question.at)
    return said, paths


@pytest.mark.parametrize("seed", range(60))
def test_questions_end_and_none_is_asked_twice(seed: int) -> None:
    """Whatever is answered, each question comes once, and at the end neither law nor profile lacks anything."""
    said, paths = answered_at_random(seed)
    assert len(paths) == len(set(paths))
    assert not missing(said, PACKS)
    if said.children:
        assert all("sex" in row for row in said.children if row.get("age_band") != "18_or_over")
    assert {"origin", "capture"} <= said.facts.keys()


@pytest.mark.parametrize("seed", range(20))
def test_children_are_counted_before_they_are_described(seed: int) -> None:
    """No question of a child comes before it is known how many there are."""
    _, paths = answered_at_random(seed)
    of_children = [n for n, at in enumerate(paths) if at.startswith("children")]
    assert not of_children or "child_count" in paths[:of_children[0]]


def test_the_laws_questions_come_first() -> None:
    """What the packs need is asked in their order, and then what is left of the profile."""
    found = asked(Grade(), PACKS, PROFILE)
    assert [one.at for one in found if one.by_law] == order(Grade(), PACKS)
    assert [one.by_law for one in found] == sorted((one.by_law for one in found), reverse=True)


def test_without_a_profile_only_the_law_asks() -> None:
    """A station may ask nothing for studies."""
    assert all(one.by_law for one in asked(Grade(), PACKS, ()))


def test_of_what_cannot_be_assessed_nothing_is_asked() -> None:
    """Who says that a medium is corrupt is done."""
    assert asked(grade(assessable="corrupt"), PACKS, PROFILE) == []


def test_of_no_child_nothing_of_children_is_asked() -> None:
    """Where there is no child, the profile's facts of children are left out."""
    said = Grade({"child_count": 0}, ())
    assert {one.at for one in asked(said, PACKS, PROFILE)} == {"origin", "capture"}


def test_adults_are_not_described() -> None:
    """A row of 18 or over is no child: its sex is not asked."""
    said = grade({"age_band": "18_or_over"}, child_count=0)
    assert all(one.row is None for one in asked(said, PACKS, PROFILE))


def test_every_child_is_asked_about() -> None:
    """Each of three children has a question of its own."""
    paths = [one.at for one in islice(asked(grade(child_count=3), (), ("sex",)), 9)]
    assert paths == ["children[0].sex", "children[1].sex", "children[2].sex"]


@pytest.mark.parametrize("names", [("sexx",), ("sex", "indecent")])
def test_a_profile_that_cannot_be_is_refused(names: tuple[str, ...]) -> None:
    """A profile asks for facts, and never for a legal test."""
    with pytest.raises(InputError, match="GRD-11"):
        profile_of(names)


def test_a_fact_named_twice_is_asked_once() -> None:
    """The order is that of the settings."""
    assert profile_of(("origin", "sex", "origin")) == ("origin", "sex")

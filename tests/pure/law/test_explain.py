"""The reasons as a paragraph: read as English, complete, and without our own ids."""

import re
from random import Random

import pytest
from hypothesis import given, settings

from hashgrade.law import judge, load
from hashgrade.law.check import Case, cases
from hashgrade.law.explain import explain
from hashgrade.law.pack import pack_ids
from hashgrade.law.vocabulary import CANNOT_DETERMINE, vocabulary
from hashgrade.law.wording import INDICATIVE, answered, brief, compared, in_force, listed, number, ordinal
from hashgrade.nouns import Grade, Value
from tests.golden.law.rewrite import EXPLANATIONS, FOLDER, page
from tests.pure.law.drawn import grade as drawn
from tests.pure.law.drawn import seeds

PACKS = [*map(load, pack_ids()), load("zz", None, FOLDER)]
OURS = re.compile(r"[a-z0-9]_[a-z0-9]|parameter\.|verdict\.|children\[")


def told(case: Case) -> str:
    return explain(judge(case.grade, case.pack), case.grade, case.pack)


def test_typical_grades_are_explained_as_people_have_read_and_approved() -> None:
    """Sixteen grades under an invented country's pack give the golden paragraphs, word for word."""
    assert page() == EXPLANATIONS.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", pack_ids())
def test_every_case_of_every_pack_is_explained_by_official_names(name: str) -> None:
    """The outcome, the article and the citation are named as the pack names them, and no id of ours is shown."""
    for case in cases(load(name)):
        pack = case.pack
        said, verdict = told(case), judge(case.grade, pack)
        assert all(f"“{pack.labels[outcome]}”" in said for outcome in (verdict.at_least, *verdict.could_be))
        for reason in verdict.reasons:
            article = next(rule.article for rule in pack.rules if rule.id == reason.rule)
            assert f"follows from {article} in “{pack.sources[reason.source]}”, because " in said
        assert not OURS.search(said)
        assert said.endswith(INDICATIVE)
        assert ("no counsel has reviewed it" in said) == (pack.review.state == "draft")


@pytest.mark.parametrize("name", pack_ids())
def test_every_question_that_is_missing_is_told(name: str) -> None:
    """An undecided verdict names every open question as people are asked it, and a decided one asks nothing."""
    for case in cases(load(name)):
        said, verdict = told(case), judge(case.grade, case.pack)
        asked = {vocabulary().facts[name].question.partition("?")[0] for name in verdict.missing}
        assert all(question in said for question in asked)
        assert bool(asked) == bool(re.search("Still to be answered|open (is|are)|Open (is|are)", said))


def test_the_answers_that_settle_are_told_from_those_that_do_not() -> None:
    """Each value of a question stands under the outcome that it would decide, and no other does."""
    pack = load("zz", None, FOLDER)
    grade = Grade({"depiction": "photographic", "lascivious": "no", "indecent": "yes", "setting": "bedroom"},
                  ({"activity": ("posing_nude",)},))
    said = explain(judge(grade, pack), grade, pack)
    assert "any age from 0 to 17 years would settle it as “Lesser material”" in said
    assert "18 years or over would settle it as “Outside the Act”" in said


def test_most_answers_are_told_by_those_that_differ() -> None:
    """Where nearly every answer settles a question alike, the few that do not are named instead."""
    pack = load("zz", None, FOLDER)
    grade = Grade({"depiction": "photographic", "lascivious": "no", "indecent": "yes"},
                  ({"age_band": "7-10", "activity": ("nudity_only",)},))
    said = explain(judge(grade, pack), grade, pack)
    assert "“Outdoors” or “Vehicle” would settle it as “Outside the Act”" in said
    assert "any answer but “Outdoors” or “Vehicle” would settle it as “Lesser material”" in said


def test_a_doubt_that_makes_no_difference_is_not_told() -> None:
    """Of two answers that nobody could give, only the one that could change the outcome is named."""
    pack = load("zz", None, FOLDER)
    facts: dict[str, Value] = {"depiction": "non_photographic", "lascivious": CANNOT_DETERMINE, "setting": "bedroom"}
    grade = Grade({**facts, "indecent": CANNOT_DETERMINE}, ({"age_band": "7-10", "activity": ("posing_nude",)},))
    said = explain(judge(grade, pack), grade, pack)
    assert "What could not be determined is not asked again: “Is the image indecent" in said
    assert "lascivious" not in said


@settings(max_examples=25)
@given(seeds)
def test_each_answer_settles_what_it_is_said_to_settle(draw: Random) -> None:
    """Of any grade: where one question with words for answers is open, `judge` gives each answer that outcome."""
    grade = drawn(draw)
    for pack in PACKS:
        verdict = judge(grade, pack)
        said = explain(verdict, grade, pack)
        assert not OURS.search(said)
        for name in [path for path in verdict.missing_at if "." not in path and path != "child_count"]:
            answers = {value: judge(Grade({**grade.facts, name: value}, grade.children), pack).outcome
                       for value in vocabulary().facts[name].values}
            for outcome in {*answers.values()} - {None}:
                assert f"would settle it as “{pack.labels[str(outcome)]}”" in said


@pytest.mark.parametrize(("said", "expected"), [
    (listed(["a"]), "a"), (listed("ab"), "a and b"), (listed("abc", "or"), "a, b or c"),
    (number(3), "three"), (number(1200), "1,200"), (ordinal(1), "the second child"), (ordinal(11), "child 12"),
    (in_force(None, None), "in force from a day that is not established"),
    (compared("age_band", "under", (18,)), "the child is aged 17 or under"),
    (compared("age_band", "under", (18,), true=False), "the child is aged 18 or over"),
    (compared("age_band", "over", (13,)), "the child is aged 14 or over"),
    (compared("indecent", "in", ("yes",), true=False), "the image is not indecent"),
    (compared("depiction", "in", ("photographic", "ai_photorealistic"), true=False),
     "the depiction is neither “Photographic” nor “AI-generated, photorealistic”"),
    (compared("activity", "in", ("oral",), true=False), "the child's activity does not include “Oral activity”"),
    (answered("activity", ("oral", "cannot_determine")),
     "the label for the child's activity is “Oral activity”, while others could not be determined"),
    (brief(Grade({"indecent": "yes", "depiction": "photographic"}, ({"age_band": "7-10", "activity": ("oral",)},))),
     "Photographic; a child of 7 to 10 years (“Oral activity”); indecent: yes"),
    (brief(Grade({"child_count": 3}, ({"age_band": "18_or_over"}, {}))),
     "a child; two children not described; one person of 18 years or over"),
    (brief(Grade({}, ())), "no child"),
])
def test_words_are_english(said: str, expected: str) -> None:
    """Lists, numbers, bounds and opposites read as people write them; bounds are inclusive."""
    assert said == expected

"""Presets: what a key gives is all that it changes, all of it is told, and nothing answered is answered otherwise."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.errors import InputError
from hashgrade.grading.presets import Applied, Preset, apply, presets_of, same_as, same_row
from hashgrade.law.grades import as_json, grade_of
from hashgrade.law.vocabulary import CANNOT_DETERMINE, vocabulary
from hashgrade.nouns import Grade
from tests.cast import grade

FACTS = vocabulary().facts


def answer_of(name: str) -> st.SearchStrategy[Any]:
    """An answer to a fact."""
    if FACTS[name].many:
        return st.sampled_from([[label] for label in FACTS[name].values])
    return st.sampled_from([*FACTS[name].values, CANNOT_DETERMINE])


def some(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Answers to some of these facts."""
    return st.fixed_dictionaries({}, optional={name: answer_of(name) for name in names})


GRADES = st.builds(
    lambda facts, rows: {"facts": facts} | ({"children": rows} if rows is not None else {}),
    some(["depiction", "capture", "origin", "indecent", "setting"]),
    st.none() | st.lists(some(["age_band", "sex", "activity"]), max_size=3)).map(grade_of)


def answers(said: Grade) -> dict[str, Any]:
    """Each answer of a grade under its path, written another way than the room does."""
    tree: Any = as_json(said)
    found: dict[str, Any] = dict(tree.get("facts", {}))
    rows = tree.get("children")
    if rows == []:
        found["children"] = ()
    for n, row in enumerate(rows or ()):
        found |= {f"children[{n}].{name}": answer for name, answer in row.items()}
    return found


def checked(before: Grade, after: Applied) -> Applied:
    """What was applied tells everything that it changed, and took nothing away."""
    held, now = answers(before), answers(after.grade)
    changed = {at for at in now if at not in held} - {"children"}
    assert {at for at, _ in after.gives} - {"children"} == changed
    assert all(now[at] == answer for at, answer in held.items() if at != "children")
    assert not (after.gives and after.against)
    return after


@given(GRADES, GRADES)
def test_every_answer_that_is_given_is_told(before: Grade, gives: Grade) -> None:
    """What the screen shows of a preset is what it does, no more and no less."""
    checked(before, apply(before, Preset("p", "KeyQ", gives)))
    checked(before, same_as(before, gives))


@given(GRADES, GRADES)
def test_what_is_answered_is_never_answered_otherwise(before: Grade, gives: Grade) -> None:
    """Where a preset says something else than the reader, nothing of it is given; what stands against it is told."""
    other = {at for at, answer in answers(gives).items() if at in answers(before) and answers(before)[at] != answer}
    done = apply(before, Preset("p", "KeyQ", gives))
    if other - {"children"}:
        assert (done.grade, done.gives) == (before, ())
        assert other - {"children"} <= set(done.against)


@given(GRADES, GRADES)
def test_a_key_twice_is_a_key_once(before: Grade, gives: Grade) -> None:
    """A preset that was applied gives nothing the second time."""
    once = apply(before, Preset("p", "KeyQ", gives))
    if not once.against:
        assert apply(once.grade, Preset("p", "KeyQ", gives)).gives == ()


@given(GRADES, st.integers(0, 4), st.integers(1, 3))
def test_a_child_like_the_one_before(before: Grade, row: int, rows: int) -> None:
    """A row gets what it lacks of the row before it."""
    done = checked(before, same_row(before, row, rows))
    for at, answer in done.gives:
        like = at.replace(at[:at.index("]")], f"children[{row - 1}", 1)
        assert answers(before)[like] == list(answer) if isinstance(answer, tuple) else answers(before)[like] == answer


def test_what_differs_stays_and_the_rest_is_filled_in() -> None:
    """A child of another age gets what else the child before has."""
    done = same_row(grade({"age_band": "3-6", "sex": "girl"}, {"age_band": "11-13"}), 1)
    assert done.gives == (("children[1].sex", "girl"),)


def test_a_contradiction_gives_nothing() -> None:
    """Answers that cannot stand together are not given together."""
    done = apply(grade({"age_band": "7-10"}, {"age_band": "3-6"}), Preset("p", "KeyQ", grade(child_count=1)))
    assert (done.gives, done.against) == ((), ("child_count",))


def test_what_cannot_be_assessed_has_no_other_answers() -> None:
    """A key that says so gives nothing beside other answers, and a key that gives others gives nothing beside it."""
    corrupt = Preset("c", "KeyJ", grade(assessable="corrupt"))
    one = Preset("p", "KeyQ", grade(depiction="photographic"))
    assert apply(grade(depiction="photographic"), corrupt).against == ("depiction",)
    assert apply(grade(assessable="corrupt"), one).against == ("assessable",)
    assert apply(grade(), corrupt).gives == (("assessable", "corrupt"),)
    assert apply(grade(assessable="yes"), one).gives == (("depiction", "photographic"),)


def test_those_that_come_with_it_are_sound() -> None:
    """Each default preset can be read, and gives at least one answer."""
    assert all(answers(one.gives) for one in presets_of({}))


@pytest.mark.parametrize(("tree", "words"), [
    ({"facts": {"depiction": "photographic"}}, "`key`"),
    ({"key": "KeyQ", "fact": {}}, "not fact"),
    ({"key": "KeyQ", "facts": {"depiction": "photo"}}, "depiction"),
    ({"key": "KeyQ", "facts": {"depictoin": "photographic"}}, "depictoin"),
    ({"key": "KeyQ", "facts": {"indecent": "yes"}}, "legal test"),
    ({"key": "KeyQ", "facts": {"child_count": 1}, "children": [{}, {}]}, "child_count"),
    ({"key": "KeyQ"}, "no answer"),
])
def test_a_preset_that_cannot_be_is_refused(tree: dict[str, Any], words: str) -> None:
    """Each fault is told with the preset's place."""
    with pytest.raises(InputError, match="GRD-11") as told:
        presets_of({"mine": tree})
    assert words in str(told.value)
    assert "presets.mine" in str(told.value)

"""Keys: one thing each, by position, and every answer has one."""

from itertools import chain, product

import pytest

from hashgrade.errors import InputError
from hashgrade.grading.asking import TOGETHER
from hashgrade.grading.keys import ACTS, ANSWERS, CANNOT, MAY, PAD, answers, clashes, keys_of, pad
from hashgrade.grading.presets import presets_of
from hashgrade.law.vocabulary import CANNOT_DETERMINE, vocabulary


def test_no_key_does_two_things() -> None:
    """With the presets that come with it, acts, presets and answers share no key."""
    keys = keys_of({}, presets_of({}))
    used = [*keys.acts.values(), *keys.presets.values(), *ANSWERS, CANNOT]
    assert len(used) == len(set(used))
    assert set(used) <= MAY


def test_every_answer_has_a_key() -> None:
    """Each question with listed answers, and each number, can be answered with one key, always in the same place."""
    for fact in vocabulary().facts.values():
        if fact.values:
            assert [*answers(fact).values()] == [*fact.values, CANNOT_DETERMINE]
            assert [*answers(fact)][:-1] == list(ANSWERS[:len(fact.values)])
        assert fact.kind == "text" or answers(fact)[CANNOT] == CANNOT_DETERMINE


def test_a_key_can_be_changed() -> None:
    """What the settings say is done by the key that they name, and the old one is free."""
    keys = keys_of({"skip": "KeyL", "larger": "KeyK"}, presets_of({}))
    assert (keys.does("KeyL"), keys.does("KeyK"), keys.does("KeyQ")) == ("skip", "larger", "photographic, one child")
    assert keys_of({"skip": "F9"}, presets_of({})).does("KeyK") is None


@pytest.mark.parametrize(("changed", "words"), [
    ({"skip": "KeyQ"}, "two answers at once"),
    ({"skip": "KeyH"}, "two answers at once"),
    ({"skip": "Period"}, "redo"),
    ({"skip": "Digit1"}, "an answer"),
    ({"skip": "Tab"}, "no key that a page may have"),
    ({"skip": "Keyj"}, "did you mean `Key"),
    ({"skipp": "F9"}, "did you mean `skip`"),
])
def test_a_collision_is_refused(changed: dict[str, str], words: str) -> None:
    """Both things that would have one key are named."""
    with pytest.raises(InputError, match="GRD-12") as told:
        keys_of(changed, presets_of({}))
    assert words in str(told.value)


def test_two_presets_of_one_key_are_refused() -> None:
    """A preset's key is its own."""
    trees = {name: {"key": "KeyQ", "facts": {"depiction": "photographic"}} for name in ("one", "two")}
    with pytest.raises(InputError, match="GRD-12"):
        keys_of({}, presets_of(trees))


def test_one_key_gives_each_pair_of_answers() -> None:
    """Every answer with every one to the question beside it has a key: under its digit, in the other's row."""
    facts = vocabulary().facts
    for name, other in TOGETHER.items():
        found = pad(facts[name], facts[other])
        rows = [*facts[other].values, CANNOT_DETERMINE][:3]
        assert sorted(found.values()) == sorted(product(facts[name].values, rows))
        for code, (value, beside) in found.items():
            row = next(row for row in PAD if code in row)
            assert answers(facts[name])[ANSWERS[row.index(code)]] == value
            assert rows[PAD.index(row)] == beside


def test_no_act_has_a_letter_that_answers() -> None:
    """A key that looks or leaves never answers, whatever is asked; a preset may wait for the question to be over."""
    letters = {*chain.from_iterable(PAD)}
    assert not letters & {key for key, _ in ACTS.values()}
    assert not clashes(keys_of({}, presets_of({"mine": {"key": "KeyG", "facts": {"depiction": "photographic"}}})))


def test_the_key_of_help_is_where_the_question_mark_is() -> None:
    """`?` shows the keys, on the layout that most have."""
    assert ACTS["help"][0] == "Slash"

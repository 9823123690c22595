"""Second readings: asked by rules, drawn by digest, and everything unless a rule says less."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.grading.second import (
    EVERY,
    NOT_ASKED,
    UNSEEN,
    First,
    Rules,
    Wanted,
    drawn,
    named,
    unlooked,
    unseen,
    wanted,
)
from hashgrade.nouns import Grade, Verdict
from tests.cast import ADA, BEN, CY, grade, reading, sha

NONE = Rules(share=0, ages=(), undecided=False, new_reader_items=0)
DECIDED = Verdict(pack="uk-ew", version="1", outcome="C", at_least="C")
OPEN = Verdict(pack="uk-ew", version="1", outcome=None, at_least="C", could_be=("A", "B"))


def first(said: Grade | None = None, *verdicts: Verdict, read_before: int = 0, number: int = 1) -> First:
    """A first reading."""
    return First(sha(number), said or Grade(), verdicts, read_before)


def test_everything_is_read_twice_unless_rules_say_less() -> None:
    """The default asks for a second reading of every item."""
    assert wanted(first(), Rules(), 2) == Wanted(2, EVERY)
    assert wanted(first(), NONE, 2) == Wanted(1, NOT_ASKED)


@pytest.mark.parametrize(("rules", "told", "rule"), [
    (replace(NONE, undecided=True), first(None, DECIDED, OPEN), "verdict undecided"),
    (replace(NONE, outcomes=("uk-ew:A",)), first(None, OPEN), "outcome uk-ew:A"),
    (replace(NONE, outcomes=("uk-ew:C",)), first(None, DECIDED), "outcome uk-ew:C"),
    (replace(NONE, new_reader_items=10), first(read_before=9), "reader has read fewer than 10 items"),
    (replace(NONE, ages=(14,)), first(grade({"age_band": "11-13"})), "age edge 13/14"),
    (replace(NONE, ages=(14,)), first(grade({"age_band": "14-15"})), "age edge 13/14"),
    (replace(NONE, ages=(18,)), first(grade({"age_band": "3-6"}, {"age_band": "18_or_over"})), "age edge 17/18"),
    (replace(NONE, ages=(18,)), first(grade({"age_band": "cannot_determine"})), "age edge 17/18"),
    (replace(NONE, ages=(18,)), first(grade({"sex": "girl"})), "age edge 17/18"),
])
def test_each_rule_asks_by_name(rules: Rules, told: First, rule: str) -> None:
    """The rule that asked is kept with the number."""
    assert wanted(told, rules, 3) == Wanted(3, rule)


@pytest.mark.parametrize(("rules", "told"), [
    (replace(NONE, undecided=True), first(None, DECIDED)),
    (replace(NONE, outcomes=("uk-ew:A", "us-industry:C")), first(None, DECIDED)),
    (replace(NONE, new_reader_items=10), first(read_before=10)),
    (replace(NONE, ages=(14,)), first(grade({"age_band": "7-10"}, {"age_band": "16-17"}))),
    (replace(NONE, ages=(18,)), first(Grade({}, ()))),
])
def test_what_no_rule_asks_for_is_read_once(rules: Rules, told: First) -> None:
    """A rule asks for what it names, and for nothing beside it."""
    assert wanted(told, rules, 2).readings == 1


def test_more_rules_ask_for_no_less() -> None:
    """In every combination of rules, adding one never takes a second reading away."""
    told = first(grade({"age_band": "11-13"}), OPEN, read_before=5)
    parts: dict[str, Any] = {"undecided": True, "outcomes": ("uk-ew:B",), "ages": (14,), "share": 0.5}
    for chosen in product([False, True], repeat=len(parts)):
        some = {name: value for (name, value), is_in in zip(parts.items(), chosen, strict=True) if is_in}
        asks = wanted(told, replace(NONE, **some), 2).readings
        for name, value in parts.items():
            assert wanted(told, replace(NONE, **{**some, name: value}), 2).readings >= asks


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 10_000))
def test_a_larger_share_holds_the_smaller(one: float, other: float, number: int) -> None:
    """Who raises the share adds items and drops none."""
    low, high = sorted((one, other))
    assert drawn(sha(number), high, "s") or not drawn(sha(number), low, "s")


def test_the_share_is_about_as_large_as_it_says() -> None:
    """Of 20,000 digests a tenth is drawn, with another seed another tenth."""
    one = {number for number in range(20_000) if drawn(sha(number), 0.1, "a")}
    other = {number for number in range(20_000) if drawn(sha(number), 0.1, "b")}
    assert 1_850 < len(one) < 2_150
    assert len(one & other) < 300


@pytest.mark.parametrize(("assessable", "seconds", "found"), [
    (None, 0, True), ("yes", 0, True), ("cannot_determine", 0, True), ("yes", 0.2, False), ("yes", None, False),
    ("too_small", 0, False), ("corrupt", 0, False), ("encrypted", 0, False)])
def test_what_can_be_assessed_needs_a_look(assessable: str | None, seconds: float | None, found: bool) -> None:
    """Nought seconds, of what can be assessed; of a reading that does not say how long, nobody knows."""
    said = Grade({} if assessable is None else {"assessable": assessable})
    assert unseen(reading(1, ADA, said, seconds_visible=seconds)) is found


@pytest.mark.parametrize(("others", "general", "found"), [
    ((), 1, Wanted(2, UNSEEN)), ((), 2, Wanted(2, UNSEEN)), ((), 3, Wanted(3, UNSEEN)),
    ((0,), 2, Wanted(3, UNSEEN)), ((0, 0), 2, Wanted(4, UNSEEN)), ((0,) * 8, 2, Wanted(9, UNSEEN)),
    ((4,), 2, None), ((0, None), 2, None)])
def test_one_more_reads_as_long_as_nobody_looked(others: tuple[Any, ...], general: int, found: Wanted | None) -> None:
    """Whatever the station's number; nobody more once one of them looked, or may have."""
    mine = reading(1, ADA, Grade(), seconds_visible=0)
    assert unlooked(mine, [reading(1, BEN, Grade(), seconds_visible=one) for one in others], general) == found


def test_a_look_asks_for_nobody_more() -> None:
    """Nor does what needs none."""
    blind = [reading(1, BEN, Grade(), seconds_visible=0)]
    assert unlooked(reading(1, CY, Grade(), seconds_visible=1), blind, 2) is None
    assert unlooked(reading(1, CY, Grade({"assessable": "corrupt"}), seconds_visible=0), blind, 2) is None


def test_the_rule_is_in_force_whatever_the_settings_are() -> None:
    """It stands first in every list of rules."""
    assert (named(Rules()), named(NONE)) == ([UNSEEN, EVERY], [UNSEEN])

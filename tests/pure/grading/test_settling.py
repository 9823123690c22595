"""Readings beside each other: which rows are one child, what differs, and what is made of it choice by choice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.errors import InputError
from hashgrade.grading.settling import Choices, choices, lined_up, shuffled
from hashgrade.law import grades
from hashgrade.nouns import Grade, Reading
from tests.cast import MORNING, sha
from tests.naive import settling as naive

GIRL, TEEN, BOY = {"sex": "girl", "age_band": "7-10"}, {"sex": "girl", "age_band": "14-15"}, {"sex": "boy"}
ADULT = {"age_band": "18_or_over"}
ROWS = st.lists(st.fixed_dictionaries({}, optional={
    "sex": st.sampled_from(["girl", "boy"]), "age_band": st.sampled_from(["3-6", "7-10", "11-13", "18_or_over"]),
    "role": st.just("participant")}), max_size=4)


def said(*rows: dict[str, str], **facts: object) -> Grade:
    return grades.grade_of({"facts": facts, "children": list(rows)})


def whole(found: Choices, reader: int) -> Choices:
    """Everything that is asked answered as one reader does."""
    for _ in range(200):
        if not found.open():
            return found
        place = found.open()[0]
        found = found.with_choice(place, found.of.said(place)[reader])
    raise AssertionError("it does not end")


@given(ROWS, ROWS)
def test_two_readings_line_up_as_the_twin_says(some: list[dict[str, str]], others: list[dict[str, str]]) -> None:
    """No gap that could be filled, and as many rows that are the same beside each other as there can be."""
    one, other = Grade({}, tuple(some)), Grade({}, tuple(others))
    slots = lined_up([one, other])
    pairs = [(None if a is None else some[a], None if b is None else others[b]) for a, b in slots]
    ways = [sorted(map(repr, way)) for way in naive.lined_up(some, others)]
    assert sorted(map(repr, pairs)) in ways


@given(st.lists(ROWS, min_size=2, max_size=3), st.integers(0, 2))
def test_taking_one_reading_everywhere_gives_that_reading(rows: list[list[dict[str, str]]], at: int) -> None:
    """Whoever takes Reader 1 for every fact settles as Reader 1 read; the rest was agreed or is not asked."""
    readings = [grades.grade_of({"facts": {"child_count": sum(not grades.adult(row) for row in one)}, "children": one})
                for one in rows]
    reader = at % len(readings)
    settled = whole(choices(readings), reader).grade
    assert grades.canonical(settled) == grades.canonical(readings[reader])


@given(st.lists(ROWS, min_size=2, max_size=3))
def test_what_all_agree_on_is_not_asked(rows: list[list[dict[str, str]]]) -> None:
    """Readings whose rows are the same in whatever order leave nothing open."""
    readings = [Grade({"capture": "still"}, tuple(reversed(rows[0]) if n % 2 else rows[0])) for n in range(len(rows))]
    found = choices(readings)
    assert (found.open(), found.differing()) == ([], [])
    assert grades.canonical(found.grade) == grades.canonical(readings[0])


def test_rows_in_another_order_are_the_same_children() -> None:
    """Of two children one is the same; the other two stand beside each other, though their numbers differ."""
    found = choices([said(GIRL, BOY, child_count=2), said({"sex": "boy", "role": "participant"}, GIRL, child_count=2)])
    assert found.of.slots == ((0, 1), (1, 0))
    assert found.open() == ["children[1].role"]


def test_the_children_most_alike_stand_beside_each_other() -> None:
    """Where one reader has a child more, it is the one that is like none of the other's; age bands near are like."""
    found = choices([said({"age_band": "11-13"}), said({"age_band": "3-6"}, {"age_band": "14-15"})])
    assert found.of.slots == ((0, 1), (None, 0))


def test_a_number_that_is_reached_asks_for_no_other_child() -> None:
    """One child chosen: the second, whom one reader has, is not asked about; two chosen, it is."""
    found = choices([said(GIRL, child_count=1), said(GIRL, TEEN, child_count=2)])
    assert found.open() == ["child_count", "children[1]"]
    one = found.with_choice("child_count", 1)
    assert (one.open(), one.grade.children) == ([], (GIRL,))
    two = found.with_choice("child_count", 2)
    assert two.open() == ["children[1]"]
    assert two.with_choice("children[1]", "yes").grade.children == (GIRL, TEEN)
    assert two.with_choice("children[1]", "no").grade.children == (GIRL,)


def test_where_nothing_can_be_assessed_no_child_is_asked_for() -> None:
    """What one reader described goes with the choice that it cannot be assessed."""
    found = choices([said(GIRL, child_count=1, assessable="yes"), Grade({"assessable": "too_small"})])
    chosen = found.with_choice("assessable", "too_small")
    assert "children[0]" not in chosen.open()
    assert chosen.with_choice("child_count", None).grade == Grade({"assessable": "too_small"})


def test_a_fact_may_be_left_unanswered_as_one_reader_did() -> None:
    """Taking a reader who did not answer leaves the fact out of the settlement, and it is not asked again."""
    found = choices([Grade({"layout": "single"}), Grade({})])
    assert found.open() == ["layout"]
    left = found.with_choice("layout", None)
    assert (left.open(), left.grade) == ([], Grade({}))


def test_what_is_agreed_can_be_asked_again() -> None:
    """Then it is open, and has no answer until it is chosen."""
    found = choices([said(GIRL, child_count=1, capture="still")] * 2)
    again = found.without("capture")
    assert (again.open(), "capture" in again.grade.facts) == (["capture"], False)
    assert again.with_choice("capture", "recording").grade.facts["capture"] == "recording"
    nobody = found.without("children[0]").without("child_count")
    gone = nobody.with_choice("children[0]", "no").with_choice("child_count", 0)
    assert (gone.open(), gone.grade.children) == ([], ())


def test_choices_that_contradict_each_other_are_refused() -> None:
    """More children than are counted; and an age that does not go with what is agreed."""
    found = choices([said(GIRL, child_count=1), said(GIRL, TEEN, child_count=2)]).with_choice("children[1]", "yes")
    with pytest.raises(InputError, match="GRA-04"):
        found.with_choice("child_count", 1)
    young = {"puberty": "prepubescent"}
    differ = choices([said({**young, "age_band": "7-10"}), said({**young, "age_band": "11-13"})])
    with pytest.raises(InputError, match="GRA-04"):
        differ.with_choice("children[0].age_band", "18_or_over")


def test_agreed_answers_that_cannot_stand_while_the_rest_is_open_are_asked() -> None:
    """Who is a child is open, so how many there are is, though both readers say one."""
    found = choices([said({**ADULT, "sex": "girl"}, {**GIRL, "role": "participant"}, child_count=1),
                     said({**ADULT, "sex": "boy", "role": "participant"}, {"sex": "boy", "age_band": "3-6"},
                          child_count=1)])
    assert found.grade is not None
    assert whole(found, 0).grade.facts["child_count"] == 1


def test_a_child_that_a_pack_asks_about_has_a_place() -> None:
    """The path of a child whom no reader describes leads to a place of its own, and its answer makes a row."""
    found = choices([said(GIRL, child_count=1), said(GIRL, TEEN, child_count=2)])
    found = found.with_choice("child_count", 2).with_choice("children[1]", "no")
    assert found.at("children[0].sex") == "children[0].sex"
    place = found.at("children[1].sex")
    assert found.with_choice(place, "boy").grade.children == (GIRL, {"sex": "boy"})


@pytest.mark.parametrize("place", ["", "x[1]", "children[1", "children[99999].sex", "sex; drop", "children[0].nosuch",
                                   "nosuch", "children[٣].sex"])
def test_what_is_no_place_is_refused(place: str) -> None:
    """A forged place changes nothing."""
    with pytest.raises(InputError, match=r"SRV-13|GRA-0[123]"):
        choices([said(GIRL), said(BOY)]).with_choice(place, "girl")


def test_the_order_of_readings_tells_nothing() -> None:
    """Who is Reader 1 follows from item and person, not from who read first, and not alike from item to item."""
    def order(number: int, *readers: str) -> tuple[str, ...]:
        one = [Reading(sha256=sha(number), reader=reader, at=MORNING, grade=Grade()) for reader in readers]
        return tuple(each.reader for each in shuffled(sha(number), one))

    assert all(order(n, "ada", "ben") == order(n, "ben", "ada") for n in range(20))
    assert {order(n, "ada", "ben") for n in range(20)} == {("ada", "ben"), ("ben", "ada")}

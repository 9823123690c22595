"""Grades: what is accepted, what is refused, what follows, and when readers agree."""

import json
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given

from hashgrade.errors import InputError
from hashgrade.law.grades import as_json, canonical, derived, grade_of, of_record, prepubescent
from hashgrade.law.vocabulary import vocabulary
from hashgrade.nouns import Child, Grade, Reading, Settlement
from tests.pure.law.drawn import grade, seeds, unhurried

NOON = datetime(2023, 4, 1, 12, tzinfo=UTC)
CD = "cannot_determine"


def of(*children: dict[str, Any], **facts: Any) -> Grade:
    return grade_of({"facts": facts, "children": list(children)})


@unhurried
@given(seeds)
def test_a_grade_survives_being_written_and_read(draw: Random) -> None:
    """Reading what was written gives the same grade, from JSON text too."""
    some = grade(draw)
    assert grade_of(json.loads(json.dumps(as_json(some)))) == some


@unhurried
@given(seeds)
def test_the_canonical_text_forgets_the_order_of_answers_and_rows(draw: Random) -> None:
    """However facts and rows are ordered, the same answers give one text."""
    some = grade(draw)
    facts = dict(reversed(list(some.facts.items())))
    rows = None if some.children is None else tuple(map(_backwards, reversed(some.children)))
    assert canonical(Grade(facts, rows)) == canonical(some)


def _backwards(row: Child) -> Child:
    return dict(reversed(list(row.items())))


def test_absent_and_empty_children_are_different() -> None:
    """Nobody was asked, or no child is depicted."""
    assert grade_of({"facts": {}}).children is None
    assert grade_of({"children": None}).children is None
    assert grade_of({"children": []}).children == ()


def test_an_answer_of_null_is_unanswered() -> None:
    """A form may send every fact, null where nothing was chosen."""
    assert grade_of({"facts": {"indecent": None}, "children": [{"sex": None}]}) == Grade({}, ({},))


def test_labels_are_kept_once_in_order_of_severity() -> None:
    """The order in which labels were ticked says nothing."""
    assert of({"activity": ["posing_nude", "oral", "oral"]}).children == ({"activity": ("oral", "posing_nude")},)


def test_an_activity_that_cannot_be_determined_may_be_one_word() -> None:
    """`cannot_determine` alone is the list of it."""
    assert of({"activity": CD}) == of({"activity": [CD]})


REFUSED = [
    ([], "GRA-01", "expected a map of answers"),
    ({"facts": ["indecent"]}, "GRA-01", "facts"),
    ({"facts": []}, "GRA-01", "facts"),
    ({"facts": ""}, "GRA-01", "got an empty text"),
    ({"facts": 0}, "GRA-01", "got `0`"),
    ({"facts": False}, "GRA-01", "got false"),
    ({"children": False}, "GRA-01", "`children` is a list"),
    ({"facts": {}, "childern": []}, "GRA-01", "did you mean `children`?"),
    ({"children": {"age_band": "3-6"}}, "GRA-01", "`children` is a list"),
    ({"children": ["3-6"]}, "GRA-01", "children[0]"),
    ({"facts": {"depictoin": "photographic"}}, "GRA-02", "did you mean `depiction`?"),
    ({"facts": {"age_band": "3-6"}}, "GRA-02", "in its row of `children`"),
    ({"children": [{"setting": "kitchen"}]}, "GRA-02", "answered for the medium"),
    ({"facts": {"several": "yes"}}, "GRA-02", "no fact `several`"),
    ({"children": [{}, {"age_band": "3-5"}]}, "GRA-03", "children[1].age_band"),
    ({"facts": {"depiction": "photografic"}}, "GRA-03", "did you mean `photographic`?"),
    ({"facts": {"indecent": True}}, "GRA-03", "write yes or no"),
    ({"facts": {"child_count": -1}}, "GRA-03", "whole number"),
    ({"facts": {"child_count": True}}, "GRA-03", "whole number"),
    ({"facts": {"child_count": 1000}}, "GRA-03", "from 0 to 999"),
    ({"facts": {"series": ""}}, "GRA-03", "1 to 200 characters"),
    ({"facts": {"series": "\ud83d"}}, "GRA-03", "half of a surrogate pair"),
    ({"facts": {"series": None, "setting": {}}}, "GRA-03", "not an empty map"),
    ({"children": [{"activity": []}]}, "GRA-03", "not an empty list"),
    ({"children": [{"activity": [None]}]}, "GRA-03", "not null"),
    ({"children": [{"activity": []}]}, "GRA-03", "write `none` where no label applies"),
    ({"children": [{"activity": "oral"}]}, "GRA-03", "is a list"),
    ({"children": [{"activity": ["orral"]}]}, "GRA-03", "children[0].activity[0]"),
    ({"children": [{"activity": ["none", "oral"]}]}, "GRA-04", "`none` stands beside another label"),
    ({"children": [{"activity": ["none", CD]}]}, "GRA-04", "`none` stands beside another label"),
    ({"facts": {"child_count": 1}, "children": [{}, {}]}, "GRA-04", "2 rows are children"),
    ({"facts": {"assessable": "too_small"}, "children": [{}]}, "GRA-04", "not assessable"),
    ({"children": [{"age_band": "18_or_over", "puberty": "prepubescent"}]}, "GRA-04", "18_or_over"),
    ({"children": [{"age_band": "18_or_over", "puberty": "infant_or_toddler"}]}, "GRA-04", "children[0]"),
    ({"children": [{"role": "witness", "activity": ["posing_nude"]}]}, "GRA-04", "`role` is witness"),
]


@pytest.mark.parametrize(("tree", "code", "words"), REFUSED, ids=lambda value: str(value)[:60])
def test_what_the_vocabulary_does_not_hold_or_contradicts_itself_is_refused(tree: Any, code: str, words: str) -> None:
    """Each mistake is told with its code, and with the path or the nearest word."""
    with pytest.raises(InputError) as caught:
        grade_of(tree)
    assert caught.value.code == code
    assert words in str(caught.value)


ACCEPTED = [
    {"facts": {"child_count": 1}, "children": [{"age_band": "18_or_over"}, {"age_band": "7-10"}]},
    {"facts": {"assessable": "corrupt"}, "children": []},
    {"children": [{"role": "witness", "activity": [CD]}]},
    {"children": [{"role": "witness"}]},
    {"children": [{"indecent": "no"}, {"indecent": "yes"}]},
    {"facts": {"child_count": CD}, "children": [{}, {}]},
]


@pytest.mark.parametrize("tree", ACCEPTED, ids=str)
def test_what_only_looks_contradictory_is_accepted(tree: Any) -> None:
    """Adults are not counted, an open list may still hold witness, and rows may carry legal tests."""
    assert grade_of(tree)


DERIVED = [
    ("children", of({}, {"age_band": "18_or_over"}, {"age_band": "7-10"}), 2),
    ("children", grade_of({}), None),
    ("children", grade_of({"facts": {"child_count": 2}}), 2),
    ("children", of({}, child_count=3), 3),
    ("several", of({}, {}), "yes"),
    ("several", of({}), "no"),
    ("several", of(), None),
    ("alone", of({}, adult_visible="no"), "yes"),
    ("alone", of({}, adult_visible="yes"), "no"),
    ("alone", of({}), None),
    ("alone", of({}, {}), "no"),
    ("alone", grade_of({"facts": {"adult_visible": "no"}}), None),
    ("home", of(setting="other_home"), "yes"),
    ("home", of(setting="vehicle"), "no"),
    ("home", of(setting=CD), None),
    ("youngest_age_band", of({"age_band": "7-10"}, {"age_band": "3-6"}), "3-6"),
    ("youngest_age_band", of({"age_band": "7-10"}, {}), None),
    ("youngest_age_band", of({"age_band": "0-2"}, {"age_band": CD}), "0-2"),
    ("youngest_age_band", of({"age_band": "7-10"}, child_count=2), None),
    ("youngest_age_band", of({"age_band": "7-10"}, {"age_band": "18_or_over"}), "7-10"),
    ("youngest_age_band", of({"age_band": "18_or_over"}), None),
    ("headline_activity", of({"activity": ["oral", "witness"]}, {"activity": ["penetrative"]}), "penetrative"),
    ("headline_activity", of({"activity": ["penetrative"]}, {"activity": ["witness", CD]}), None),
    ("headline_activity", of({"activity": ["sadism"]}, {}), "sadism"),
    ("headline_activity", of({"activity": ["none"]}), "none"),
    ("sexes", of({"sex": "girl"}, {"sex": "girl"}), "girls"),
    ("sexes", of({"sex": "boy"}, {}), None),
    ("sexes", of({"sex": "boy"}, {"sex": "girl"}, {}), "both"),
    ("sexes", of({"sex": CD}), None),
    ("posing", of({"activity": ["posing_clothed"]}, {}), "yes"),
    ("posing", of({"activity": ["oral"]}), "no"),
    ("posing", of({"activity": ["oral"]}, {}), None),
]


@pytest.mark.parametrize(("name", "some", "value"), DERIVED, ids=str)
def test_derived_facts_follow_and_are_absent_while_unknown(name: str, some: Grade, value: object) -> None:
    """Each derived fact has its value where the answers decide it, and none where they do not."""
    assert derived(some).get(name) == value


@pytest.mark.parametrize(("row", "value"), [
    ({"puberty": "infant_or_toddler"}, "yes"), ({"puberty": "prepubescent", "age_band": "14-15"}, "yes"),
    ({"puberty": "pubescent", "age_band": "7-10"}, "no"), ({"puberty": CD, "age_band": "7-10"}, "yes"),
    ({"age_band": "0-2"}, "yes"), ({"age_band": "11-13"}, None), ({"age_band": "14-15"}, "no"),
    ({"age_band": CD}, None), ({}, None),
], ids=str)
def test_prepubescent_is_by_puberty_and_else_by_age(row: dict[str, str], value: str | None) -> None:
    """Age stands in where puberty is unanswered or cannot be determined."""
    assert prepubescent(row) == value


def reading(reader: str, some: Grade) -> Reading:
    return Reading(sha256="0" * 64, reader=reader, at=NOON, grade=some)


def test_there_is_no_grade_of_record_before_there_are_enough_readings() -> None:
    """One reading of two decides nothing."""
    assert of_record([reading("ada", of({}))], None, 2) == (None, ())


def test_the_record_holds_what_all_readers_answer_alike() -> None:
    """A fact on which they differ is unanswered in the record, and named."""
    one = of({"age_band": "3-6"}, setting="kitchen", indecent="yes")
    two = of({"age_band": "3-6"}, setting="bathroom", indecent="yes")
    assert of_record([reading("ada", one), reading("ben", two)], None, 2) == (
        of({"age_band": "3-6"}, indecent="yes"), ("setting",))


def test_a_fact_that_only_one_reader_answered_is_a_difference() -> None:
    """One answer is not an agreement."""
    record, differ = of_record([reading("ada", of(setting="kitchen")), reading("ben", of())], None, 2)
    assert (record, differ) == (of(), ("setting",))


def test_children_agree_as_a_multiset_of_rows() -> None:
    """Readers may list the same children in any order, but as often."""
    girl, boy = {"sex": "girl"}, {"sex": "boy"}
    same, differ = of_record([reading("ada", of(girl, boy)), reading("ben", of(boy, girl))], None, 2)
    assert (same, differ) == (of(girl, boy), ())
    other, differ = of_record([reading("ada", of(girl, girl)), reading("ben", of(girl))], None, 2)
    assert (other, differ) == (Grade(), ("children",))


def test_unanswered_children_differ_from_no_children() -> None:
    """One reader was not asked, the other saw none."""
    _, differ = of_record([reading("ada", of()), reading("ben", grade_of({}))], None, 2)
    assert differ == ("children",)


def test_a_settlement_is_the_whole_record() -> None:
    """Nothing of the readings is patched into it."""
    settled = Settlement(sha256="0" * 64, by="cy", at=NOON, grade=of(indecent="no"))
    readings = [reading("ada", of({}, setting="kitchen")), reading("ben", of(indecent="yes"))]
    assert of_record(readings, settled, 2) == (of(indecent="no"), ())


def test_an_answer_is_named_in_official_words() -> None:
    """One answer or several, a value, a number, what could not be told, and what no vocabulary has."""
    facts = vocabulary().facts
    assert facts["sex"].in_words("girl") == "Girl"
    assert facts["sex"].in_words(CD) == "Cannot be determined"
    labels = vocabulary().activities[:2]
    assert facts["activity"].in_words(labels) == "; ".join(facts["activity"].values[one] for one in labels)
    assert facts["child_count"].in_words(3) == "3"
    assert facts["sex"].in_words("nosuch") == "nosuch"

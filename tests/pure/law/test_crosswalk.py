"""Crosswalks: every value and code is accounted for, and a trip there and back invents nothing."""

from collections.abc import Mapping
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.errors import InputError
from hashgrade.law import load as pack
from hashgrade.law import vocabulary
from hashgrade.law.crossing import Said, answers, back, out
from hashgrade.law.crosswalk import (
    EVERY,
    MEDIUM,
    READ_BACK,
    SENT,
    SOME,
    Crosswalk,
    Entry,
    crosswalk_ids,
    load,
    of_file,
)
from hashgrade.law.grades import grade_of
from hashgrade.law.judge import judge
from hashgrade.nouns import Grade
from tests.pure.law.drawn import CD, grade, seeds, unhurried

ALL = [load(name) for name in crosswalk_ids()]
each = pytest.mark.parametrize("crosswalk", ALL, ids=lambda one: one.id)


def of(*children: dict[str, Any], **facts: Any) -> Grade:
    return grade_of({"facts": facts, "children": list(children)})


def verdicts_of(some: Grade, crosswalk: Crosswalk) -> dict[str, str]:
    found = {name: judge(some, pack(name)).outcome for name in crosswalk.packs}
    return {name: outcome for name, outcome in found.items() if outcome is not None}


def saying(entry: Entry) -> tuple[Grade, dict[str, str], str | None]:
    """A medium with one child of which an entry's value holds, its verdicts, and what became of its report."""
    value: Any = entry.value if entry.value is not None else 1 if entry.fact == "child_count" else "s-1"
    if entry.fact.startswith("verdict."):
        return of({}), {entry.fact.removeprefix("verdict."): value}, None
    if entry.fact == "report.outcome":
        return of({}), {}, value
    if entry.fact == "sexes":
        return of(*({"sex": sex} for sex in ("girl", "boy") if value in (f"{sex}s", "both"))), {}, None
    fact = vocabulary().facts[entry.fact]
    answer = [value] if fact.many else value
    if entry.fact == "age_band" and value == "18_or_over":
        return grade_of({"facts": {}}), {}, None
    unread = entry.fact == "assessable" and value != "yes"
    grade = {"facts": {entry.fact: answer}} if fact.level == "M" else {"children": [{entry.fact: answer}]}
    return grade_of({"children": [] if unread else [{}], **grade}), {}, None


def holds(said: Said, some: Grade, verdicts: Mapping[str, str], crosswalk: Crosswalk, report: str | None) -> bool:
    """Whether the grade says it: of the medium, of every child or of some child."""
    return any((fact, value) == (said.fact, said.value) and (everywhere or said.of == SOME)
               for fact, value, everywhere in answers(some, verdicts, crosswalk, report))


@each
@unhurried
@given(seeds)
def test_what_comes_back_is_in_the_grade_that_was_sent(crosswalk: Crosswalk, draw: Random) -> None:
    """No trip there and back adds an answer, whatever was answered, left open or not determinable."""
    some = grade(draw)
    verdicts = {name: draw.choice(pack(name).outcomes) for name in crosswalk.packs if draw.random() < 0.7}
    codes, _ = out(some, verdicts, crosswalk)
    said, _ = back(codes, crosswalk)
    assert all(holds(one, some, verdicts, crosswalk, None) for one in said)


@each
@unhurried
@given(seeds)
def test_every_answer_is_sent_or_told(crosswalk: Crosswalk, draw: Random) -> None:
    """An answer is behind a code, or among those that were not sent, with a reason."""
    some = grade(draw)
    verdicts = verdicts_of(some, crosswalk)
    codes, unmapped = out(some, verdicts, crosswalk)
    sent = {(one.fact, one.value) for one in crosswalk.entries if one.relation in SENT and _among(one, codes)}
    told = {(one.fact, one.value) for one in unmapped}
    assert {(fact, value) for fact, value, _ in answers(some, verdicts, crosswalk)} <= sent | told
    assert all(one.reason for one in unmapped)


def _among(entry: Entry, codes: Mapping[str, object]) -> bool:
    given = codes.get(entry.field)
    return entry.code in given if isinstance(given, list) else given is not None and given == entry.code


@each
@unhurried
@given(seeds)
def test_what_could_not_be_determined_sends_nothing(crosswalk: Crosswalk, draw: Random) -> None:
    """Taking every such answer out of a grade leaves its codes as they were."""
    some = grade(draw)
    rows = None if some.children is None else tuple(map(_known, some.children))
    assert out(some, {}, crosswalk)[0] == out(Grade(_known(some.facts), rows), {}, crosswalk)[0]


def _known(answers: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: tuple(one for one in value if one != CD) if isinstance(value, tuple) else value
            for name, value in answers.items()}
    return {name: value for name, value in kept.items() if value not in (CD, ())}


@each
def test_every_single_value_goes_where_its_entry_says(crosswalk: Crosswalk) -> None:
    """Each value of each fact, alone: its code is sent where it is exact or broader, else nothing of it is."""
    for entry in crosswalk.entries:
        some, verdicts, report = saying(entry)
        codes, unmapped = out(some, verdicts, crosswalk, report)
        if entry.relation in SENT:
            assert _among(entry, codes), entry
        elif (entry.fact, entry.value) != ("age_band", "18_or_over"):
            assert (entry.fact, entry.reason) in {(one.fact, one.reason) for one in unmapped}, entry


@each
def test_codes_that_are_exact_come_back_as_they_were(crosswalk: Crosswalk) -> None:
    """Every set of exact codes, at most one of a fact: what it says in our words gives the same codes again."""
    choices = [[None, *entries] for entries in _exact(crosswalk).values()]
    for chosen in product(*choices):
        entries = [entry for entry in chosen if entry]
        codes = {entry.field: entry.code for entry in entries}
        for field in crosswalk.fields.values():
            if field.many and field.name in codes:
                codes[field.name] = [entry.code for entry in entries if entry.field == field.name]  # type: ignore
        said, unread = back(codes, crosswalk)
        assert not unread
        assert {(one.fact, one.value) for one in said} == {(one.fact, one.value) for one in entries}
        assert out(*_as_said(said), crosswalk, _report(said))[0] == codes


def _exact(crosswalk: Crosswalk) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in crosswalk.entries:
        if entry.relation == "exact":
            found.setdefault(entry.fact, []).append(entry)
    return found


def _as_said(said: tuple[Said, ...]) -> tuple[Grade, dict[str, str]]:
    """The smallest grade of which it holds."""
    recorded = vocabulary().facts
    facts = {one.fact: one.value for one in said if one.of == MEDIUM and one.fact in recorded}
    row = {one.fact: one.value for one in said if one.of in (EVERY, SOME)}
    sexes = {"girls": ["girl"], "boys": ["boy"], "both": ["girl", "boy"]}
    shown = next((sexes[one.value] for one in said if one.fact == "sexes"), [None])
    children = [row | ({"sex": sex} if sex else {}) for sex in shown]
    verdicts = {one.fact.removeprefix("verdict."): one.value for one in said if one.fact.startswith("verdict.")}
    return grade_of({"facts": facts, "children": children}), verdicts


def _report(said: tuple[Said, ...]) -> str | None:
    return next((one.value for one in said if one.fact == "report.outcome"), None)


@each
def test_every_single_code_says_something_or_why_not(crosswalk: Crosswalk) -> None:
    """Each code of theirs, alone, comes back as an answer, or is told with the reason."""
    for field in crosswalk.fields.values():
        for entry in coded(crosswalk, field.name):
            said, unread = back({field.name: [entry.code] if field.many else entry.code}, crosswalk)
            assert bool(said) == (entry.relation in READ_BACK)
            assert bool(unread) == (not said)
            assert all(one.reason for one in unread)


def coded(crosswalk: Crosswalk, field: str) -> list[Entry]:
    return [one for one in (*crosswalk.entries, *crosswalk.theirs) if one.field == field and one.code is not None]


@each
def test_nothing_answered_sends_nothing_and_null_says_nothing(crosswalk: Crosswalk) -> None:
    """There is no code for an empty grade, and no answer in fields that are absent or null."""
    assert out(Grade(), {}, crosswalk) == ({}, ())
    assert back({}, crosswalk) == ((), ())
    assert back(dict.fromkeys(crosswalk.fields), crosswalk) == ((), ())


def test_children_who_differ_send_no_code_for_all() -> None:
    """VictimIdentified is said of every child or not at all, and an undescribed child is one of them."""
    vics = load("vics")
    yes, no = {"identified": "yes"}, {"identified": "no"}
    assert out(of(yes, yes), {}, vics)[0] == {"VictimIdentified": True}
    assert out(of(no), {}, vics)[0] == {"VictimIdentified": False}
    for children in ((yes, no), (yes, {}), (yes, {"identified": CD})):
        assert out(of(*children), {}, vics)[0] == {}
    assert out(of(yes, child_count=2), {}, vics)[0] == {}


def test_children_of_two_stages_send_no_stage() -> None:
    """Where answers of children give two stages, ICCAM's one code is left out, and both are told."""
    stages = of({"puberty": "prepubescent"}, {"puberty": "pubescent"})
    codes, unmapped = out(stages, {}, load("iccam"))
    assert "ageCategorization" not in codes
    assert {one.value for one in unmapped} == {"prepubescent", "pubescent"}


def test_an_adult_row_is_no_child() -> None:
    """What is answered of a person of 18 or over is said of no child."""
    assert out(of({"age_band": "18_or_over", "identified": "yes"}), {}, load("vics"))[0] == {}


def test_a_child_row_overrides_the_medium() -> None:
    """A legal test that children answer otherwise than the medium is read from the rows."""
    some = of({"indecent": "no"}, {"indecent": "no"}, indecent="yes")
    assert [(value, everywhere) for fact, value, everywhere in answers(some, {}, load("vics")) if fact == "indecent"] \
        == [("no", True)]


def test_an_outcome_that_a_crosswalk_does_not_know_is_told() -> None:
    """What became of a report is not forced into ICCAM's reasons."""
    _, (told,) = out(Grade(), {}, load("iccam"), "duplicate")
    assert (told.fact, told.value) == ("report.outcome", "duplicate")


def test_each_fact_of_the_vocabulary_is_accounted_for() -> None:
    """A fact that is added to the vocabulary must be added to every crosswalk."""
    for crosswalk in ALL:
        named = {(one.fact, one.value) for one in crosswalk.entries}
        assert {(fact.id, value) for fact in vocabulary().facts.values() for value in fact.values or (None,)} <= named


def test_no_id_of_the_ucs_is_stated() -> None:
    """INHOPE gives them to approved parties, so that the package has none."""
    assert {one.code for one in load("ucs").entries} == {None}


@pytest.mark.parametrize(("codes", "words"), [
    ([], "XWK-08.*a map"), ({"Categry": 1}, r"XWK-08.*`Categry`[\s\S]*did you mean `Category`"),
    ({"Category": 5}, "XWK-08.*no code 5"), ({"Category": "1"}, "XWK-08.*no code \"1\""),
    ({"Category": True}, "XWK-08.*no code true"), ({"SelfGenerated": 1}, "XWK-08.*no code 1"),
    ({"Category": [1]}, "XWK-08.*one code, not a list"), ({"Category": 1.5}, "XWK-08.*a number"),
    ({"Category": {}}, "XWK-08.*an empty map"),
])
def test_a_code_that_a_crosswalk_does_not_have_is_an_error(codes: Any, words: str) -> None:
    """No code is dropped, none is taken for its neighbour, and 1, true and "1" are three codes."""
    with pytest.raises(InputError, match=words):
        back(codes, load("vics"))


def test_several_codes_are_a_list() -> None:
    """A field that takes several is not read as one, and one of its codes that is unknown has a place."""
    with pytest.raises(InputError, match=r"XWK-08.*a list of codes, not text"):
        back({"fileAnnotations": "infant"}, load("ncmec"))
    with pytest.raises(InputError, match=r"XWK-08[\s\S]*fileAnnotations\[1\]"):
        back({"fileAnnotations": ["infant", "infants"]}, load("ncmec"))


def test_a_narrower_code_is_read_and_never_sent() -> None:
    """NCMEC's infant says our stage; our stage, which takes in toddlers, does not say infant."""
    ncmec = load("ncmec")
    assert back({"fileAnnotations": ["infant"]}, ncmec)[0] == (Said("puberty", "infant_or_toddler", SOME),)
    assert "fileAnnotations" not in out(of({"puberty": "infant_or_toddler"}), {}, ncmec)[0]


# -- files --------------------------------------------------------------------------------------------------------

SMALL = """\
crosswalk: small
title: T
version: "1"
vocabulary: "1"
source: {citation: C, link: L, read: null, note: N}
fields: {f: {codes: {a: A, b: B}}, g: {many: true}}
map:
  - {fact: origin, value: self_generated, field: f, code: a, relation: exact}
  - {fact: origin, value: [other_present, unknown], relation: none, reason: R}
  - {fact: [REST], relation: none, reason: R}
theirs: [{field: f, code: b, reason: R}]
"""
WHOLE = SMALL.replace("REST", ", ".join(name for name in vocabulary().facts if name != "origin"))


def read(tmp_path: Any, text: str) -> Crosswalk:
    path = tmp_path / "small.yaml"
    path.write_text(text)
    return of_file(path)


def test_a_small_crosswalk_is_read(tmp_path: Any) -> None:
    """Lists of facts, values and codes share one statement."""
    assert out(of(origin="self_generated"), {}, read(tmp_path, WHOLE))[0] == {"f": "a"}


def test_two_codes_for_one_field_send_neither(tmp_path: Any) -> None:
    """Where two facts give two codes of a field that takes one, nobody chooses between them, and both are told."""
    second = "  - {fact: capture, value: still, field: f, code: b, relation: exact}\n" \
             "  - {fact: capture, value: [livestream_capture, recording, unknown], relation: none, reason: R}\n"
    text = WHOLE.replace("capture, ", "").replace("theirs: [{field: f, code: b, reason: R}]", second + "theirs: []")
    both = read(tmp_path, text)
    assert out(of(origin="self_generated", capture="recording"), {}, both)[0] == {"f": "a"}
    codes, unmapped = out(of(origin="self_generated", capture="still"), {}, both)
    assert codes == {}
    assert {(one.fact, one.value) for one in unmapped} == {("origin", "self_generated"), ("capture", "still")}


def swapped(old: str, new: str, words: str) -> Any:
    return pytest.param(old, new, words, id=words)


@pytest.mark.parametrize(("old", "new", "words"), [
    swapped("title: T", "title: [", "XWK-01.*not YAML"),
    swapped("title: T", "", "XWK-02.*`title` is not stated"),
    swapped("title: T", "titel: T", r"XWK-02.*`titel`[\s\S]*2:1[\s\S]*did you mean `title`"),
    swapped("relation: exact", "relation: exactly", r"XWK-02.*`exactly`[\s\S]*small.yaml:8:"),
    swapped("relation: exact", "relation: broader", "XWK-02.*`broader` needs a reason"),
    swapped("reason: R}\n  - {fact: [", "}\n  - {fact: [", "XWK-02.*`none` needs a reason"),
    swapped("field: f, code: a", "field: h, code: a", "XWK-02.*no field `h`"),
    swapped("field: f, code: a", "field: f, code: c", "XWK-02.*no code \"c\""),
    swapped("value: self_generated, ", "", "XWK-02.*`value` is not stated"),
    swapped("value: self_generated, ", "value: self_generated, of: every, ", "XWK-02.*`of` is medium"),
    swapped("{codes: {a: A, b: B}}", "{codes: [a]}", "XWK-02.*`codes`, a map"),
    swapped("fields: {f: {codes: {a: A, b: B}}, g: {many: true}}", "fields: []", "XWK-02.*a map of fields"),
    swapped("theirs: [{field: f, code: b, reason: R}]", "theirs: {}", "XWK-02.*expected a list"),
    swapped("theirs:", "lists: [a]\ntheirs:", "XWK-02.*a map of lists"),
    swapped("fact: origin, value: self", "fact: orgin, value: self", r"XWK-03.*`orgin`[\s\S]*did you mean `origin`"),
    swapped("fact: origin, value: self", "fact: verdict.xx, value: self", "XWK-03.*`verdict.xx`"),
    swapped("fact: origin, value: self", "fact: prepubescent, value: self", "XWK-03.*`prepubescent`"),
    swapped("value: self_generated", "value: selfgenerated", r"XWK-04.*[\s\S]*did you mean `self_generated`"),
    swapped("value: [other_present, unknown]", "value: [other_present, other_present, unknown]", "XWK-05.*second time"),
    swapped("value: [other_present, unknown]", "value: [self_generated, other_present, unknown]", "XWK-05.*second"),
    swapped("value: [other_present, unknown], relation: none", "value: [other_present, unknown], field: f, code: a, "
            "relation: broader", "XWK-05.*two ways"),
    swapped("theirs: [{field: f, code: b", "theirs: [{field: f, code: [b, a]", "XWK-05.*two ways"),
    swapped("theirs: [{field: f, code: b", "theirs: [{field: f, code: [b, b]", "XWK-05.*\"b\".*second time, as none"),
    swapped("value: [other_present, unknown], relation: none, reason: R}", "value: other_present, field: f, code: a, "
            "relation: exact}\n  - {fact: origin, value: unknown, relation: none, reason: R}", "XWK-05.*as exact"),
    swapped("value: [other_present, unknown]", "value: other_present", "XWK-06.*`origin` `unknown`"),
    swapped("layout, ", "", "XWK-06.*`layout` `single`"), swapped("series, ", "", "XWK-06.*`series` `any`"),
    swapped("theirs: [{field: f, code: b, reason: R}]", "theirs: []", 'XWK-06.*`f` "b" is neither'),
])
def test_a_crosswalk_at_fault_says_where(tmp_path: Any, old: str, new: str, words: str) -> None:
    """Form, names, values, and above all what is left out or could be read two ways."""
    assert old in WHOLE
    with pytest.raises(InputError, match=words):
        read(tmp_path, WHOLE.replace(old, new, 1))


def test_there_is_no_such_crosswalk() -> None:
    """A name that is misspelt is told with the nearest."""
    with pytest.raises(InputError, match=r"CMD-01.*`vic`[\s\S]*did you mean `vics`"):
        load("vic")


def drawn_codes(crosswalk: Crosswalk) -> st.SearchStrategy[dict[str, Any]]:
    def of_field(name: str, many: bool) -> st.SearchStrategy[Any]:
        codes = [one.code for one in coded(crosswalk, name)]
        if not codes:
            return st.none()
        return st.none() | (st.lists(st.sampled_from(codes), max_size=3) if many else st.sampled_from(codes))

    return st.fixed_dictionaries({}, optional={
        field.name: of_field(field.name, field.many) for field in crosswalk.fields.values()})


@given(st.data())
def test_what_is_read_back_is_sent_again_or_was_narrower(data: Any) -> None:
    """Of any codes, those that say something for certain are again among the codes of what they said."""
    crosswalk = load(data.draw(st.sampled_from(crosswalk_ids())))
    codes = data.draw(drawn_codes(crosswalk))
    said, _ = back(codes, crosswalk)
    again = out(*_as_said(said), crosswalk, _report(said))[0]
    exact = [one for entries in _exact(crosswalk).values() for one in entries]
    assert all(_among(one, again) for one in exact if Said(one.fact, str(one.value), one.of) in said)

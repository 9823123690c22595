"""Verdicts on file: once for each distinct grade and text, kept for good, and never at the cost of a human fact."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashgrade.law import grades, judge
from hashgrade.nouns import Child, Grade
from hashgrade.store import models as tables
from hashgrade.store import queries, verdicts
from hashgrade.store.work import Store
from tests.cast import ADA, BEN, CY, Clock, grade, item, later, reading, settlement, sha
from tests.lawmaking import yy, zz
from tests.store.test_force import HOUR, approve, begin, propose, refused

BANDS = ("0-2", "7-10", "11-13", "14-15", "16-17")


def child(band: str = "11-13") -> Grade:
    """A photograph of one child of this age."""
    return grade({"age_band": band}, depiction="photographic", child_count=1)


def read(store: Store, number: int, said: Grade, minutes: float = 0, **given: object) -> None:
    """Let two people read an item alike."""
    with store.work(ADA, "read") as work:
        work.items([item(number)])
        work.readings([reading(number, who, said, minutes, **given) for who in (ADA, BEN)])


def human(store: Store) -> tuple[list[object], ...]:
    """Everything that people recorded, and what they agreed on."""
    return (list(queries.readings()), list(queries.settlements()), list(queries.grades()), list(queries.items()))


def kept() -> dict[str, int]:
    """How many rows each table of what is derived has."""
    return {table.__name__: table._default_manager.count()
            for table in (tables.Grade, tables.Graded, tables.Verdict, tables.Judged)}


def outcomes(number: int) -> list[tuple[str, str, str | None]]:
    """The pack, version and outcome of every verdict that an item had, in order."""
    return [(one.pack, one.version, one.outcome) for held in verdicts.history(sha(number)) for one in held.verdicts]


def test_items_share_verdicts_through_their_grades(store: Store) -> None:
    """Items with the same grade, in whatever order its children are listed, have one row of verdict between them."""
    begin(store, zz())
    two: tuple[Child, Child] = {"age_band": "7-10"}, {"age_band": "16-17"}
    read(store, 1, grade(*two, depiction="photographic"))
    read(store, 2, grade(*reversed(two), depiction="photographic"))
    assert kept() == {"Grade": 1, "Graded": 2, "Verdict": 1, "Judged": 1}
    assert outcomes(1) == outcomes(2) == [("zz", "1", "high")]


def test_no_grade_has_no_verdict(store: Store) -> None:
    """An item with one reading of two has no grade of record, and so nothing is kept of it."""
    begin(store, zz())
    with store.work(ADA, "read") as work:
        work.items([item(1)])
        work.readings([reading(1, ADA, child())])
    assert verdicts.history(sha(1)) == []
    assert kept()["Graded"] == 0


def test_a_verdict_is_kept_with_its_reasons(store: Store) -> None:
    """The kept verdict is the law's own, with rule, article, citation and facts, and is read without its pack."""
    begin(store, zz())
    read(store, 1, child("7-10"))
    ((one,),) = (held.verdicts for held in verdicts.history(sha(1)))
    assert (one.outcome, one.at_least, one.label, one.could_be, one.missing, one.review, one.digest) == (
        "high", "high", "The graver outcome", (), (), "draft", zz().digest)
    assert one.reasons == ({"rule": "zz-high", "article": "s 1", "source": "act",
                            "citation": "An act that there is not", "facts": ["depiction", "age_band"]},)


def test_an_undecided_verdict_is_kept_as_its_interval(store: Store) -> None:
    """Of an unknown age it is kept what it is at least, what it could be, and what is missing."""
    begin(store, zz())
    read(store, 1, grade({"sex": "girl"}, depiction="photographic", child_count=1))
    ((one,),) = (held.verdicts for held in verdicts.history(sha(1)))
    assert (one.outcome, one.at_least, one.could_be, one.missing) == (
        None, "none", ("high", "low"), ("children[0].age_band",))


def test_a_new_text_makes_new_verdicts_and_leaves_the_old(store: Store, clock: Clock) -> None:
    """After re-derivation the old verdict, its version and its reasons stand beside the new, each with its dates."""
    begin(store, zz())
    read(store, 1, child("11-13"))
    before = verdicts.history(sha(1))[0].verdicts[0]
    clock.forward(HOUR)
    propose(store, zz("2", 14))
    approve(store, zz("2", 14))
    old, new = verdicts.history(sha(1))[0].verdicts
    assert (old.version, old.outcome, old.reasons, old.until) == ("1", "low", before.reasons, clock())
    assert (new.version, new.outcome, new.since, new.until) == ("2", "high", clock(), None)


def test_re_derivation_touches_no_human_fact(store: Store) -> None:
    """Readings, settlements, items and grades of record are the same bytes before and after a new text."""
    begin(store, zz())
    for number, band in enumerate(BANDS):
        read(store, number, child(band), extra={"note": "kept"})
    with store.work(CY, "settle") as work:
        work.settlements([settlement(1, CY, child("14-15"))])
    before = human(store)
    with connection.cursor() as cursor:
        rows = cursor.execute("SELECT * FROM store_reading ORDER BY id").fetchall()
        propose(store, zz("2", 14))
        approve(store, zz("2", 14))
        assert cursor.execute("SELECT * FROM store_reading ORDER BY id").fetchall() == rows
    assert human(store) == before


def test_every_grade_of_record_is_kept(store: Store, clock: Clock) -> None:
    """A correction, a settlement and a lost agreement each begin a grade of record, and the earlier ones stay."""
    begin(store, zz())
    read(store, 1, child("7-10"))
    clock.forward(HOUR)
    with store.work(BEN, "correct") as work:
        work.readings([reading(1, BEN, child("16-17"), 5, supersedes=later(0))])
    clock.forward(HOUR)
    with store.work(CY, "settle") as work:
        work.settlements([settlement(1, CY, child("16-17"))])
    assert [(held.since, held.grade and held.grade.children) for held in verdicts.history(sha(1))] == [
        (later(0), child("7-10").children), (later(60), None), (later(120), child("16-17").children)]
    assert [one[2] for one in outcomes(1)] == ["high", None, "low"]


def test_a_grade_that_is_lost_is_told(store: Store, clock: Clock) -> None:
    """Where more readings are wanted than there are, the item has no grade from then on, and no verdict."""
    begin(store, zz())
    read(store, 1, child())
    clock.forward(HOUR)
    store.readings_wanted = 3
    store.prepare()
    _, lost = verdicts.history(sha(1))
    assert (lost.grade, lost.sha256, lost.verdicts) == (None, None, ())


def test_the_same_grade_again_is_no_new_one(store: Store) -> None:
    """A settlement that says what the readers agreed on begins no grade of record."""
    begin(store, zz())
    read(store, 1, child())
    with store.work(CY, "settle") as work:
        work.settlements([settlement(1, CY, child())])
    assert len(verdicts.history(sha(1))) == 1


def test_a_text_that_comes_back_judges_what_came_meanwhile(store: Store) -> None:
    """Whatever is in force has judged every grade on file, also one that was first filed under another text."""
    begin(store, zz())
    read(store, 1, child("0-2"))
    propose(store, zz("2", 14))
    approve(store, zz("2", 14))
    read(store, 2, child("14-15"))
    propose(store, zz(), BEN)
    approve(store, zz(), ADA)
    assert tables.Judged.objects.filter(text__version="1").count() == tables.Grade.objects.count() == 2


def test_several_packs_judge_alike(store: Store) -> None:
    """Each pack in force has its own verdict, and one that asks another asks it as it was."""
    begin(store, zz(), yy(under=14))
    read(store, 1, child("11-13"))
    assert outcomes(1) == [("yy", "1", "yes"), ("zz", "1", "low")]


def test_records_from_before_are_kept_from_the_first_opening(store: Store) -> None:
    """Grades of record that were made before there were verdicts on file are kept as the store is prepared."""
    read(store, 1, child())
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER store_graded_kept_from_delete")
        cursor.execute("DELETE FROM store_graded")
    store.prepare()
    begin(store, zz())
    assert outcomes(1) == [("zz", "1", "low")]
    assert [entry.why for entry in queries.entries()][1:] == ["grades of record are kept from now on", "first opened"]


@pytest.mark.parametrize("table", ["grade", "graded", "verdict", "judged"])
def test_what_was_derived_is_never_changed(store: Store, table: str) -> None:
    """No row of what followed from a grade is changed or deleted, whatever a programme or a person tries."""
    begin(store, zz())
    read(store, 1, child())
    assert "never changed" in refused(f"UPDATE store_{table} SET id = id + 1")
    assert "never changed" in refused(f"DELETE FROM store_{table}")


def test_grades_of_record_are_counted(store: Store) -> None:
    """Each distinct grade of record comes once, with how many items have it now; those of the past do not."""
    begin(store, zz())
    for number, band in enumerate(("0-2", "7-10", "7-10")):
        read(store, number, child(band))
    with store.work(CY, "settle") as work:
        work.settlements([settlement(0, CY, child("16-17"))])
    items = verdicts.of_record()
    found = {grades.canonical(one): number for number, one in verdicts.numbered(items)}
    assert {text: items[number] for text, number in found.items()} == {
        grades.canonical(child("7-10")): 2, grades.canonical(child("16-17")): 1}
    number = found[grades.canonical(child("7-10"))]
    assert verdicts.items_with([number]) == {number: [sha(1), sha(2)]}


@contextmanager
def taken_back() -> Iterator[None]:
    """Take back, at the end, whatever was written."""
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT example")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK TO example")


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(st.sampled_from(BANDS), st.sampled_from([11, 14, 16])), max_size=8))
def test_whatever_happens_the_standing_verdicts_are_the_laws(store: Store, steps: list[str | int]) -> None:
    """After any order of readings and texts, the standing verdict of each item is what the text in force gives it."""
    under, bands = 11, {}
    with taken_back():
        begin(store, zz("11", 11))
        for number, step in enumerate(steps):
            if isinstance(step, str):
                read(store, number, child(step))
                bands[number] = step
            elif step != under:
                propose(store, zz(str(step), step))
                approve(store, zz(str(step), step))
                under = step
        standing = {number: verdicts.history(sha(number))[-1].verdicts[-1].outcome for number in bands}
    assert standing == {number: judge(child(band), zz("", under).pack).outcome for number, band in bands.items()}


def test_reasons_are_json(store: Store) -> None:
    """A column that holds a list holds JSON that anything can read."""
    begin(store, zz())
    read(store, 1, child())
    row = tables.Verdict.objects.get()
    assert [type(json.loads(text)) for text in (row.could_be, row.missing, row.reasons)] == [list] * 3

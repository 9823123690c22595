"""What differs and what waits for another reading: lists and counts are those of the records, whatever happened."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashgrade import grading
from hashgrade.errors import Conflict, HashgradeError
from hashgrade.grading import dealing
from hashgrade.nouns import Confirmation, Kind
from hashgrade.store import queries, unsettled, waiting
from hashgrade.store.unsettled import Differing
from hashgrade.store.work import Store
from tests.cast import ADA, BEN, CY, DEE, EVE, MORNING, grade, item, later, reading, settlement, sha
from tests.naive import queue as twin

YES, NO, HERE = grade(indecent="yes"), grade(indecent="no"), grade({"sex": "girl"}, indecent="yes")
SAID = [YES, NO, HERE]
NUMBERS = st.integers(1, 5)
ACTS = st.lists(st.one_of(
    st.tuples(st.just("read"), NUMBERS, st.sampled_from([ADA, BEN, CY]), st.integers(0, 2)),
    st.tuples(st.just("settle"), NUMBERS, st.sampled_from([CY, DEE]), st.integers(0, 2)),
    st.tuples(st.just("like"), NUMBERS, st.sampled_from([ADA, BEN]), NUMBERS),
    st.tuples(st.just("take"), NUMBERS, st.sampled_from([CY, DEE]), st.integers(0, 2)),
), max_size=25)
DO: dict[str, Callable[..., object]] = {
    "read": lambda work, n, one, who, said: work.readings([reading(one, who, SAID[said], n)]),
    "settle": lambda work, n, one, who, said: work.settlements([settlement(one, who, SAID[said], n)]),
    "like": lambda work, n, one, who, other: work.confirmations([
        Confirmation(sha256=sha(one), leader=sha(other), by=who, at=later(n), like=True)]),
    "take": lambda work, n, one, who, said: work.lease([sha(one)], who),
}


def do(store: Store, act: Sequence[object], n: int) -> None:
    """Do one thing to the records; what the rules refuse is left undone."""
    with suppress(HashgradeError), store.work(EVE, "a history") as work:
        DO[str(act[0])](work, n, *act[1:])


def names(person: str, only: Differing | None = None, size: int = 2) -> list[str]:
    """The items of the whole list, page by page."""
    found, after = [], None
    while True:
        lines, after = unsettled.page(person, only or Differing(), MORNING, after, size)
        found += [one.sha256 for one in lines]
        if after is None:
            return found


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS)
def test_lists_and_counts_are_those_of_the_records(store: Store, acts: list[tuple[object, ...]]) -> None:
    """After any history the list, the next item, counts and states are what going through everything finds."""
    undone = transaction.atomic()
    undone._from_testcase = True  # type: ignore[attr-defined]  # so that blocks of work may be opened in it
    with undone:
        with store.work(EVE, "a history") as work:
            work.items([item(n, first_seen=later(-n // 2), kind=Kind.VIDEO if n == 3 else Kind.IMAGE)
                        for n in range(1, 6)])
        for n, act in enumerate(acts):
            do(store, act, n)
        for who in (CY, DEE, ADA):
            naive = [one.sha256 for card in twin.unsettled(who) for one in card.items]
            assert names(who) == naive
            free = [one.sha256 for card in twin.unsettled(who, MORNING) for one in card.items]
            mine = [name for name in queries.leased(who, MORNING) if name in _differing()]
            card = unsettled.next_for(who, MORNING, Differing())
            assert (card.leader if card else None) in (mine or free[:1] or (None,))
            assert sum(one.items for one in unsettled.counts(who)) == len(_differing())
            assert sum(one.items - one.own for one in unsettled.counts(who)) == len(naive)
        states = Counter(str(grading.state(store, sha(n))) for n in range(1, 6))
        once = sum(one.items for one in unsettled.again())
        assert {name: count for name, count in unsettled.states(once).items() if count} == dict(states)
        transaction.set_rollback(True)


def _differing() -> set[str]:
    return {one.sha256 for card in twin.unsettled() for one in card.items}


def differing(store: Store, *numbers: int) -> None:
    """Items that Ada and Ben read differently."""
    with store.work(EVE, "a test") as work:
        work.items([item(n, first_seen=later(n), kind=Kind.VIDEO if n == 2 else Kind.IMAGE) for n in numbers])
        work.readings([reading(n, who, said, n) for n in numbers
                       for who, said in ((ADA, YES), (BEN, HERE if n == 3 else NO))])


def test_a_list_is_filtered_by_kind_and_fact(store: Store) -> None:
    """Each filter alone and both together; a fact on which nothing differs leaves nothing."""
    differing(store, 1, 2, 3)
    assert names(CY, Differing(kind="video")) == [sha(2)]
    assert names(CY, Differing(fact="children")) == [sha(3)]
    assert names(CY, Differing(kind="image", fact="indecent")) == [sha(1)]
    assert names(CY, Differing(fact="origin")) == []


def test_nobody_sees_what_they_had_a_hand_in(store: Store) -> None:
    """A reader of an item finds it in no list, is not given it, and is told of it in a count alone."""
    differing(store, 1)
    assert (names(ADA), grading.take_to_settle(store, ADA)) == ([], None)
    assert [(one.items, one.own) for one in unsettled.counts(ADA)] == [(1, 1)]
    assert unsettled.readers(sha(1)) == {ADA, BEN}


def test_one_item_is_in_hand_at_a_time(store: Store) -> None:
    """Whoever takes again has the same; it is nobody else's, and given back it is."""
    differing(store, 1, 2)
    assert {grading.take_to_settle(store, CY).leader for _ in range(2)} == {sha(1)}  # type: ignore[union-attr]
    assert grading.take_to_settle(store, DEE).leader == sha(2)  # type: ignore[union-attr]
    (line,) = [one for one in unsettled.page(EVE, Differing(), MORNING)[0] if one.sha256 == sha(1)]
    assert line.holder == CY
    assert grading.give_back_unsettled(store, CY) == 1
    assert unsettled.held(CY, MORNING) is None


def test_what_is_to_be_settled_is_no_card_to_read(store: Store) -> None:
    """Who reads and settles has both apart: giving back or laying aside the one leaves the other."""
    differing(store, 1)
    with store.work(EVE, "a test") as work:
        work.items([item(9)])
    grading.take_to_settle(store, CY)
    assert waiting.held(CY, MORNING) is None
    card = grading.take(store, CY)
    assert card is not None
    assert card.leader == sha(9)
    assert dealing.skip(store, CY, "unsure") == 1
    grading.take(store, CY)
    grading.give_back(store, CY)
    assert unsettled.held(CY, MORNING) == sha(1)


def test_what_was_settled_or_corrected_meanwhile_is_not_settled_over(store: Store) -> None:
    """A settlement says which readings it is of; once there are others, it is a conflict and nothing is written."""
    differing(store, 1)
    seen = grading.as_said(sha(1))
    with store.work(ADA, "a correction") as work:
        work.readings([reading(1, ADA, HERE, 30, supersedes=later(1))])
    with pytest.raises(Conflict, match="SRV-30"):
        grading.settle(store, settlement(1, CY, YES), seen)
    grading.settle(store, settlement(1, CY, YES), grading.as_said(sha(1)))
    with pytest.raises(Conflict, match="SRV-30"):
        grading.settle(store, settlement(1, DEE, NO, 61), seen)
    assert len(queries.settlements_of(sha(1))) == 1


def test_what_wants_another_reading_is_counted_by_rule(store: Store) -> None:
    """Each rule with its items and when the first of them was first read; a correction is no first reading."""
    with store.work(EVE, "a test") as work:
        work.items([item(n) for n in (1, 2, 3)])
        work.readings([reading(n, ADA, YES, n, extra={"readings_wanted": 2, "readings_wanted_by": "verdict undecided"})
                       for n in (1, 2)])
        work.readings([reading(3, ADA, YES, 3)])
    assert [(one.rule, one.items, one.since) for one in unsettled.again()] == [
        ("", 1, later(3)), ("verdict undecided", 2, later(1))]


@pytest.mark.parametrize("ask", [
    lambda: unsettled.page(CY, Differing(kind="image", fact="indecent"), MORNING), lambda: unsettled.counts(CY),
    lambda: unsettled.next_for(CY, MORNING, Differing()), unsettled.again,
    lambda: unsettled.states(0)])
def test_no_question_goes_through_all_that_is_on_file(store: Store, ask: Callable[[], object]) -> None:
    """Every statement that looks for what differs or waits finds it in the index made for that."""
    with CaptureQueriesContext(connection) as asked:
        ask()
    for one in asked.captured_queries:
        if "differs = ''" in one["sql"] or "readings > 0" in one["sql"]:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {one['sql']}")
                plan = " ".join(str(row[-1]) for row in cursor.fetchall())
            assert any(f"INDEX item_{name}" in plan for name in ("unsettled", "differs_on", "read_once")), plan

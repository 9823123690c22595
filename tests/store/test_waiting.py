"""The cards that wait, kept ready, are those that the records say: after any history, with counts that add up."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hashgrade.errors import HashgradeError, InputError
from hashgrade.nouns import Claim, Confirmation, Kind, Known, Report, Resemblance, Sighting, Skip, SkipReason
from hashgrade.store import ledger, queries, waiting
from hashgrade.store import models as tables
from hashgrade.store.due import Rules, rules_of
from hashgrade.store.waiting import Only
from hashgrade.store.work import Store
from tests.cast import ADA, BEN, CY, DEE, MORNING, Clock, grade, item, later, reading, settlement, sha
from tests.naive import queue as twin

YES, NO = grade(indecent="yes"), grade(indecent="no")
URGENT = {"name": "partner", "when": {"list": {"is": "x"}}, "points": 48, "why": "a partner asks for it"}
CLIPS = {"name": "clips", "when": {"kind": {"is": "video"}}, "points": 24, "why": "clips in a row"}


def write(store: Store, **records: Sequence[object]) -> None:
    """File records, by the names of Work's methods, in the order given."""
    with store.work(ADA, "a test") as work:
        for name, given_ones in records.items():
            getattr(work, name)(given_ones)


def lines(only: Only | None = None, size: int = 50) -> list[int]:
    """The leaders of the cards of the whole queue, page by page."""
    found, after = [], None
    while True:
        page = waiting.page(only or Only(), MORNING, after, size)
        found += [int(line.leader, 16) for line in page.lines]
        after = page.after
        if after is None:
            return found


def with_rules(store: Store, clock: Clock, *rules: dict[str, object]) -> Store:
    """The same records, with a queue that has rules."""
    other = Store(clock, readings_wanted=2, lease_s=900, rules=rules_of(rules, 3600))
    if tables.Entry.objects.exists():
        with other.work(DEE, "new rules") as work:
            work.requeue()
    return other


ITEMS = st.integers(1, 7)
ACTS = st.lists(st.one_of(
    st.tuples(st.just("item"), ITEMS, ITEMS),
    st.tuples(st.just("near"), ITEMS, ITEMS),
    st.tuples(st.just("read"), ITEMS, st.sampled_from([ADA, BEN, CY])),
    st.tuples(st.just("settle"), ITEMS, st.just(DEE)),
    st.tuples(st.just("sheet"), ITEMS, ITEMS, st.sampled_from([ADA, BEN, CY]), st.booleans()),
    st.tuples(st.just("take back"), ITEMS, st.sampled_from([ADA, BEN, CY])),
    st.tuples(st.just("skip"), ITEMS, st.sampled_from([ADA, BEN, CY])),
    st.tuples(st.just("deal"), ITEMS, st.sampled_from([ADA, BEN, CY])),
    st.tuples(st.just("list"), st.integers(1, 3), ITEMS, st.booleans()),
), max_size=30)


DO: dict[str, Callable[..., object]] = {
    "item": lambda work, n, one, seen: work.items([
        item(one, first_seen=later(seen), kind=Kind.VIDEO if one == 3 else Kind.IMAGE)]),
    "near": lambda work, n, one, other: work.resemblances([
        Resemblance(sha256=sha(one), other=sha(other), distance_bits=1)]),
    "read": lambda work, n, one, who: work.readings([reading(one, who, YES if n % 3 else NO, n)]),
    "settle": lambda work, n, one, who: work.settlements([settlement(one, who, YES, n)]),
    "sheet": lambda work, n, one, leader, who, like: work.confirmations([
        Confirmation(sha256=sha(one), leader=sha(leader), by=who, at=later(n), like=like)]),
    "take back": lambda work, n, one, who: work.take_back(sha(one), who),
    "skip": lambda work, n, one, who: work.skip([
        Skip(sha256=sha(one), reader=who, at=later(n), reason=SkipReason.UNSURE)]),
    "deal": lambda work, n, one, who: work.deal([sha(one)], who, DEE, "again"),
    "list": lambda work, n, edition, named, skip: work.claims([
        Claim(list_name="x", edition=str(edition), sha256=sha(named), skip=skip)]),
}


def do(store: Store, act: Sequence[object], n: int) -> None:
    """Do one thing to the records; what the rules refuse is left undone."""
    with suppress(HashgradeError), store.work(DEE, "a history") as work:
        DO[str(act[0])](work, n, *act[1:])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS)
@example([("item", 1, 1), ("item", 2, 2), ("near", 2, 1), ("skip", 2, ADA)])
def test_after_any_history_the_cards_are_those_of_the_records(store: Store, acts: list[tuple[object, ...]]) -> None:
    """Whatever happened, what is kept ready is what going through everything finds, and the counts are its."""
    undone = transaction.atomic()
    undone._from_testcase = True  # type: ignore[attr-defined]  # so that blocks of work may be opened in it
    with undone:
        for n, act in enumerate(acts):
            if act[1] != act[2] or act[0] in ("item", "list"):
                do(store, act, n)
        expected = {card.number: {one.sha256 for one in card.items} for card in twin.queue()}
        rows = {row.number: row for row in tables.Waiting.objects.select_related("leader")}
        assert {number: row.items for number, row in rows.items()} == {
            number: len(names) for number, names in expected.items()}
        assert all(row.leader.sha256 in expected[number] for number, row in rows.items())
        counted = Counter((row.stage, row.kind, row.rule) for row in rows.values())
        assert {(one.stage, one.kind, one.rule): one.cards for one in waiting.counts()} == dict(counted)
        assert sum(one.items for one in waiting.counts()) == sum(map(len, expected.values()))
        for who in (ADA, DEE):
            dealt = {number: _dealt(number, who) for number in expected}
            assert dealt == {number: {one for one in names if who not in _hands(one, rows[number].leader.sha256)}
                             for number, names in expected.items()}
        kept = list(tables.Waiting.objects.order_by("number").values())
        with store.work(DEE, "again") as work:
            work.requeue()
        assert list(tables.Waiting.objects.order_by("number").values()) == kept
        transaction.set_rollback(True)


def _dealt(number: int, reader: str) -> set[str]:
    card = waiting.card(number, reader, MORNING)
    return {one.sha256 for one in card.items} if card else set()


def _hands(sha256: str, leader: str) -> set[str]:
    """Who is not dealt an item: who read, settled or laid it aside, or saw it beside another."""
    readers = {one.reader for one in queries.readings_of(sha256)} | {one.by for one in queries.settlements_of(sha256)}
    aside = {one.reader for one in ledger.skips(sha256) if one.ended_at is None}
    beside = {one.by for one in ledger.confirmations(sha256) if one.taken_back is None} if sha256 != leader else set()
    return readers | aside | beside


def test_a_rule_brings_its_cards_forward(store: Store, clock: Clock) -> None:
    """A card that a rule is true of overtakes what is older by less than its points are worth, and no more."""
    ruled = with_rules(store, clock, CLIPS)
    day = timedelta(days=1)
    write(ruled, items=[item(1, first_seen=MORNING - 2 * day), item(2, first_seen=MORNING - day / 2),
                        item(3, kind=Kind.VIDEO, first_seen=MORNING)])
    assert lines() == [1, 3, 2]
    (line, *_) = waiting.page(Only(kind="video"), clock()).lines
    assert (line.rules, line.points) == (("clips",), 24)


def test_a_list_that_comes_later_moves_cards(store: Store, clock: Clock) -> None:
    """Rules are asked again when what they rest on changes, and back when it goes."""
    ruled = with_rules(store, clock, URGENT)
    write(ruled, items=[item(1), item(2)])
    write(ruled, claims=[Claim(list_name="x", edition="1", sha256=sha(2))])
    assert lines() == [2, 1]
    assert lines(Only(rule="partner")) == [2]
    write(ruled, claims=[Claim(list_name="x", edition="2", sha256=sha(9))])
    assert lines() == [1, 2]


def test_sightings_and_reports_can_be_asked_for(store: Store, clock: Clock) -> None:
    """A rule may ask for the kind of site, and for who reported."""
    police = {"name": "police", "when": {"all": [{"source": {"is": "police"}}, {"site_type": {"is": "forum"}}]},
              "points": 10, "why": "w"}
    ruled = with_rules(store, clock, police)
    write(ruled, items=[item(1), item(2)], reports=[Report(report="R-1", source="police", received_at=MORNING)],
          sightings=[Sighting(sha256=sha(2), url="https://a.example", seen_at=MORNING, report="R-1",
                              site_type="forum")])
    assert lines() == [2, 1]


def test_new_rules_put_the_queue_in_order(store: Store, clock: Clock) -> None:
    """A station that opens with other rules has its queue put in order, once, with an entry that says so."""
    write(store, items=[item(1), item(2, kind=Kind.VIDEO)])
    other = Store(clock, readings_wanted=2, rules=rules_of([CLIPS], 3600))
    other._prepare()
    assert lines() == [2, 1]
    entries = list(queries.entries())
    other._prepare()
    assert [entry.why for entry in queries.entries()][-1:] == ["the queue is put in order"]
    assert len(list(queries.entries())) == len(entries)


@pytest.mark.parametrize(("rule", "words"), [
    (CLIPS | {"name": " "}, "a rule has a name"),
    (CLIPS | {"points": 20_000}, "10,000 points"),
    (CLIPS | {"when": {"age_band": {"is": "0-2"}}}, "age_band"),
    (CLIPS | {"when": {"kind": {"is": "picture"}}}, "picture"),
])
def test_a_rule_that_cannot_be_is_refused(rule: dict[str, object], words: str) -> None:
    """Each fault is named with the rule's place."""
    with pytest.raises(InputError, match="GRD-15") as told:
        rules_of([CLIPS | {"name": "other"}, rule], 3600)
    assert words in str(told.value)
    assert "queue_rules[1]" in str(told.value)


def test_two_rules_of_one_name_are_refused() -> None:
    """A link names one rule."""
    with pytest.raises(InputError, match="GRD-15"):
        rules_of([CLIPS, CLIPS], 3600)


def test_pages_follow_one_another(store: Store) -> None:
    """Page after page gives every card once, in order, also where many are due at the same time."""
    write(store, items=[item(number, first_seen=MORNING) for number in range(1, 24)])
    assert lines(size=5) == lines(size=50) == list(range(1, 24))


def test_a_stranger_is_never_dealt_what_is_known(store: Store, clock: Clock) -> None:
    """What is graded, or kept out by a list, is on no card and no page."""
    write(store, items=[item(1), item(2, known=Known.CLAIMED), item(3)],
          readings=[reading(1, ADA, YES), reading(1, BEN, YES)],
          claims=[Claim(list_name="x", edition="1", sha256=sha(2), skip=True)])
    assert lines() == [3]
    assert waiting.next_for(CY, clock()) == queries.ids_of([sha(3)])[sha(3)]


def test_an_older_station_gets_its_queue_once(store: Store) -> None:
    """Records from before cards were kept ready have them once opened again; where nothing waits nothing is done."""
    write(store, items=[item(1), item(2)], claims=[Claim(list_name="x", edition="1", sha256=sha(2), skip=True)])
    tables.Waiting.objects.all().delete()
    tables.Tally.objects.all().delete()
    store._prepare()
    assert lines() == [1]
    write(store, claims=[Claim(list_name="x", edition="1", sha256=sha(1), skip=True)])
    assert lines() == []
    entries = len(list(queries.entries()))
    store._prepare()
    assert len(list(queries.entries())) == entries


def test_no_rules_change_nothing_in_entries(store: Store) -> None:
    """A station without rules of its own writes the entries that it always wrote."""
    write(store, items=[item(1)])
    (entry,) = queries.entries()
    assert "queue_rules" not in entry.did
    assert Rules().digest == ""

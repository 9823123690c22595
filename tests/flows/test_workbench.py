"""At the workbench: stacks, skips, second readings, gold and pace, through the rooms that pages call."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import IntegrityError, transaction

from hashgrade import grading, law
from hashgrade.errors import HashgradeError, InputError, Refused
from hashgrade.exchange.lines import written
from hashgrade.exchange.records import Told, export_records, import_records
from hashgrade.grading import dealing, flow, seeing, sheets
from hashgrade.grading.pace import Policy
from hashgrade.grading.policies import PLAIN, Policies, policies
from hashgrade.grading.second import Rules
from hashgrade.nouns import Card, Confirmation, Grade, How, Kind, Override, Resemblance
from hashgrade.settings import SecondReading, Settings
from hashgrade.store import ledger, models, queries, waiting
from hashgrade.store.due import Rules as QueueRules
from hashgrade.store.due import rules_of
from hashgrade.store.waiting import Only
from hashgrade.store.work import Store
from tests.cast import ADA, BEN, CY, DEE, EVE, MORNING, Clock, grade, item, later, reading, settlement, sha

YES, NO = grade(indecent="yes"), grade(indecent="no")
ONCE = Policies(second=Rules(share=0, ages=(14, 18), undecided=False, new_reader_items=0))


@pytest.fixture
def stack(store: Store) -> Store:
    """A store that holds a stack of four, of which 1 was first, and a single."""
    with store.work(DEE, "a test") as work:
        work.items([item(number) for number in range(1, 6)])
        work.resemblances([Resemblance(sha256=sha(number), other=sha(1), distance_bits=3) for number in (2, 3, 4)])
    return store


def numbers(card: Card | None) -> list[int]:
    """The numbers of a card's items, its leader first."""
    return [int(one.sha256, 16) for one in card.items] if card else []


def names(*given: int) -> list[str]:
    """Items by their numbers."""
    return [sha(number) for number in given]


def graded(store: Store, who: str, said: Grade = YES, unlike: tuple[int, ...] = ()) -> list[int]:
    """Let somebody take what is next, read its leader and confirm the rest but for some; give the card's numbers."""
    card = grading.take(store, who)
    assert card is not None
    given = numbers(card)
    grading.read(store, reading(given[0], who, said, store.now().timestamp() % 1000))
    rest = [number for number in given[1:] if number not in unlike]
    if given[1:]:
        sheets.confirm(store, card.leader, who, names(*rest), names(*unlike))
    return given


def grade_of(number: int) -> Grade | None:
    """An item's grade of record."""
    found = queries.standing(sha(number))
    return found.grade if found else None


def test_a_stack_is_read_once_and_confirmed(stack: Store) -> None:
    """Two people read the leader and confirm a sheet each: all have its grade, and nothing is left of the card."""
    assert graded(stack, ADA) == graded(stack, BEN) == [1, 2, 3, 4]
    assert [grade_of(number) for number in range(1, 6)] == [YES] * 4 + [None]
    assert grading.state(stack, sha(2)) is flow.State.INHERITED
    assert numbers(grading.take(stack, CY)) == [5]


def test_one_persons_sheet_is_not_enough(stack: Store) -> None:
    """Where two readings make a grade, two confirmations do."""
    graded(stack, ADA)
    assert grade_of(2) is None
    grading.give_back(stack, ADA)
    assert numbers(grading.take(stack, BEN)) == [1, 2, 3, 4]


def test_a_confirmation_is_no_reading(stack: Store) -> None:
    """Agreement counts readings, and of what was confirmed there are none."""
    graded(stack, ADA)
    graded(stack, BEN)
    assert {one.sha256 for one in queries.readings()} == {sha(1)}
    assert [queries.standing(sha(2)).readings, queries.standing(sha(2)).leader] == [0, sha(1)]  # type: ignore[union-attr]


def test_what_is_not_like_the_leader_is_a_card_of_its_own(stack: Store) -> None:
    """One person who sees a difference is enough."""
    graded(stack, ADA, unlike=(3,))
    assert graded(stack, BEN) == [1, 2, 4]
    assert grade_of(3) is None
    assert numbers(grading.take(stack, CY)) == [3]


def test_a_settlement_of_the_leader_carries_over(stack: Store) -> None:
    """What the leader's readers differ on is settled once for the stack."""
    graded(stack, ADA, YES)
    graded(stack, BEN, NO)
    assert grade_of(4) == Grade({}, None)
    card = grading.take_to_settle(stack, CY)
    assert numbers(card) == [1]
    grading.settle(stack, settlement(1, CY, YES))
    assert [grade_of(number) for number in (1, 4)] == [YES, YES]


def test_a_confirmation_taken_back_queues_the_item(stack: Store) -> None:
    """With one confirmation fewer the item has no grade and waits again."""
    graded(stack, ADA)
    graded(stack, BEN)
    sheets.take_back(stack, sha(2), of=BEN, by=BEN, why="a slip")
    assert grade_of(2) is None
    assert numbers(grading.take(stack, CY)) == [2]
    with pytest.raises(Refused, match="GRD-10"):
        sheets.take_back(stack, sha(2), of=BEN, by=BEN, why="a slip")


def test_what_has_anothers_grade_is_not_settled(stack: Store) -> None:
    """It is the leader that is settled."""
    graded(stack, ADA)
    graded(stack, BEN)
    with pytest.raises(Refused, match="GRD-14"):
        grading.settle(stack, settlement(2, CY, NO))


def test_a_sheet_needs_its_leader_read(stack: Store) -> None:
    """Nobody confirms to be like what they have not read, or what they do not hold, or twice."""
    grading.take(stack, ADA)
    with pytest.raises(Refused, match="GRD-10"):
        sheets.confirm(stack, sha(1), ADA, names(2))
    grading.read(stack, reading(1, ADA, YES))
    for who, like in ((BEN, (2,)), (ADA, (5,)), (ADA, (1,)), (ADA, (2, 2))):
        with pytest.raises(Refused, match="GRD-10"):
            sheets.confirm(stack, sha(1), who, names(*like))
    sheets.confirm(stack, sha(1), ADA, names(2))
    with pytest.raises(HashgradeError):
        sheets.confirm(stack, sha(1), ADA, names(2))


def test_the_database_counts_people_not_sheets(stack: Store) -> None:
    """One person confirms an item once, whatever a programme tries."""
    ids = queries.ids_of(names(1, 2))
    row = {"item_id": ids[sha(2)], "leader_id": ids[sha(1)], "by": ADA, "at": stack.now(), "like": True}
    models.Confirmation.objects.create(**row)
    with pytest.raises(IntegrityError):
        models.Confirmation.objects.create(**row)


def test_a_card_in_hand_survives_its_leaders_reading(stack: Store) -> None:
    """Who has read the leader still holds the rest, and is told beside what."""
    grading.take(stack, ADA)
    grading.read(stack, reading(1, ADA, YES))
    card = grading.take(stack, ADA)
    assert card is not None
    assert (card.leader, numbers(card)) == (sha(1), [2, 3, 4])


def test_what_was_skipped_is_not_dealt_again(stack: Store) -> None:
    """A skip lays the whole card aside for its reader, until a supervisor deals it."""
    grading.take(stack, ADA)
    assert dealing.skip(stack, ADA, "personal") == 4
    assert numbers(grading.take(stack, ADA)) == [5]
    grading.give_back(stack, ADA)
    assert numbers(grading.take(stack, BEN)) == [1, 2, 3, 4]
    grading.give_back(stack, BEN)
    dealing.deal(stack, sha(1), ADA, by=CY, why="agreed with Ada")
    assert numbers(grading.take(stack, ADA)) == [1, 2, 3, 4]


def test_after_so_many_skips_a_supervisor_is_asked(stack: Store) -> None:
    """What three people would not read waits for a supervisor, on a list of its own."""
    for who in (ADA, BEN, CY):
        grading.take(stack, who)
        dealing.skip(stack, who, "unsure")
    assert numbers(grading.take(stack, DEE)) == [5]
    (line,) = waiting.page(Only(stage="supervisor"), stack.now()).lines
    assert line.leader == sha(1)
    dealing.deal(stack, sha(1), ADA, by=EVE, why="it is only blurred")
    assert not waiting.page(Only(stage="supervisor"), stack.now()).lines


@pytest.mark.parametrize(("reason", "said"), [("tired", ""), ("other", " "), ("other", "x" * 501)])
def test_a_skip_has_a_reason(stack: Store, reason: str, said: str) -> None:
    """The list is closed, and `other` says something."""
    grading.take(stack, ADA)
    with pytest.raises(InputError, match="GRD-09"):
        dealing.skip(stack, ADA, reason, said)


def test_nobody_deals_to_themselves(stack: Store) -> None:
    """A supervisor is somebody else."""
    grading.take(stack, ADA)
    dealing.skip(stack, ADA, "personal")
    with pytest.raises(Refused, match="GRD-13"):
        dealing.deal(stack, sha(1), ADA, by=ADA, why="again")


def test_one_reading_is_enough_where_no_rule_asks(stack: Store) -> None:
    """With rules for second readings the number is fixed as an item is first read, and holds for its stack."""
    card = grading.take(stack, ADA)
    assert card is not None
    grading.read(stack, reading(1, ADA, YES), ONCE)
    sheets.confirm(stack, sha(1), ADA, names(2, 3, 4))
    assert [grade_of(number) for number in (1, 2, 3, 4)] == [YES] * 4
    assert ledger.history(sha(1)).wanted_by == "one reading is enough"  # type: ignore[union-attr]


def test_what_nobody_looked_at_is_read_until_somebody_does(stack: Store) -> None:
    """Though one reading is enough here: two who never looked make no grade, nor of the stack; a third does."""
    grading.take(stack, ADA)
    grading.read(stack, reading(1, ADA, YES, seconds_visible=0), ONCE)
    assert (grade_of(1), ledger.history(sha(1)).wanted_by) == (None, "never in view")  # type: ignore[union-attr]
    sheets.confirm(stack, sha(1), ADA, names(2, 3, 4))
    grading.take(stack, BEN)
    grading.read(stack, reading(1, BEN, YES, seconds_visible=0), ONCE)
    assert [grade_of(number) for number in (1, 2)] == [None, None]
    grading.take(stack, CY)
    grading.read(stack, reading(1, CY, YES, seconds_visible=3), ONCE)
    assert grade_of(1) == YES


@pytest.mark.parametrize(("said", "seconds", "readings"), [
    (YES, 0, 2), (YES, 1, 1), (YES, None, 1), (grade(assessable="corrupt"), 0, 1)])
def test_a_station_of_single_readings_reads_unseen_items_twice(
        store: Store, said: Grade, seconds: float | None, readings: int) -> None:
    """Where every item wants one reading and no rule is set, the one that nobody saw wants two; what is broken, one."""
    single = Store(store.now, readings_wanted=1)
    with single.work(DEE, "a test") as work:
        work.items([item(9)])
    grading.take(single, ADA)
    grading.read(single, reading(9, ADA, said, seconds_visible=seconds))
    assert (grade_of(9) is None) == (readings == 2)


def test_a_correction_without_a_look_asks_for_another_reader(store: Store) -> None:
    """What was called broken and was read so by one is read by two, once it is said to be assessable after all."""
    single = Store(store.now, readings_wanted=1)
    with single.work(DEE, "a test") as work:
        work.items([item(9)])
    grading.take(single, ADA)
    grading.read(single, reading(9, ADA, grade(assessable="corrupt"), seconds_visible=0))
    assert grade_of(9) is not None
    grading.read(single, reading(9, ADA, YES, 1, seconds_visible=0, supersedes=later(0)))
    assert grade_of(9) is None


def test_an_age_at_an_edge_asks_for_a_second_reader(stack: Store) -> None:
    """The rule that asked is kept with the item, and two readings make its grade."""
    said = grade({"age_band": "11-13"}, indecent="yes")
    grading.take(stack, ADA)
    grading.read(stack, reading(1, ADA, said), ONCE)
    assert grade_of(1) is None
    assert ledger.history(sha(1)).wanted_by == "age edge 13/14"  # type: ignore[union-attr]
    grading.take(stack, BEN)
    grading.read(stack, reading(1, BEN, said), ONCE)
    assert grade_of(1) == said


def test_a_correction_can_ask_for_a_second_reader_and_not_spare_one(stack: Store) -> None:
    """Nobody escapes a second reader by correcting what they said first."""
    edge = grade({"age_band": "11-13"}, indecent="yes")
    grading.take(stack, ADA)
    grading.read(stack, reading(1, ADA, YES), ONCE)
    grading.read(stack, reading(1, ADA, edge, 5, supersedes=reading(1, ADA, YES).at), ONCE)
    assert (queries.standing(sha(1)).wanted, grade_of(1)) == (2, None)  # type: ignore[union-attr]
    grading.read(stack, reading(1, ADA, YES, 9, supersedes=reading(1, ADA, YES, 5).at), ONCE)
    assert (queries.standing(sha(1)).wanted, grade_of(1)) == (2, None)  # type: ignore[union-attr]


def test_a_settled_item_is_dealt_blind(stack: Store) -> None:
    """What is read of gold is kept apart: it changes no grade and no count, and nobody is tried with it twice."""
    with stack.work(DEE, "settled before") as work:
        work.readings([reading(5, BEN, YES), reading(5, CY, NO)])
        work.settlements([settlement(5, EVE, YES)])
    always = Policies(gold_share=1.0)
    card = grading.take(stack, ADA, always)
    assert numbers(card) == [5]
    assert numbers(grading.take(stack, ADA, always)) == [5]
    grading.read(stack, reading(5, ADA, NO))
    assert (grade_of(5), len(queries.readings_of(sha(5)))) == (YES, 2)
    (tried,) = ledger.tried(ADA)
    assert (tried.read, tried.settled) == (NO, YES)
    assert numbers(grading.take(stack, ADA, always)) == [1, 2, 3, 4]
    assert numbers(grading.take(stack, BEN, always)) == [], "who read it is not tried with it, and the stack is taken"


@pytest.mark.parametrize("unlike", ["kind", "rule", "grade of another"])
def test_gold_stands_only_where_nothing_tells_it_apart(store: Store, unlike: str) -> None:
    """Not for a card of another kind, nor for one that a rule names, nor where what is like it has its grade."""
    rule = {"name": "all", "when": {"kind": {"in": ["image", "other"]}}, "points": 1, "why": "a test"}
    strict = Store(store.now, rules=rules_of([rule] if unlike == "rule" else [], 3600))
    strict.prepare()
    with strict.work(DEE, "settled before") as work:
        work.items([item(1), item(5, kind=Kind.VIDEO if unlike == "kind" else Kind.IMAGE), item(6)])
        work.resemblances([Resemblance(sha256=sha(6), other=sha(5), distance_bits=3)])
        work.readings([reading(5, BEN, YES), reading(5, CY, NO)])
        work.settlements([settlement(5, EVE, YES)])
        if unlike == "grade of another":
            work.confirmations([Confirmation(sha256=sha(6), leader=sha(5), by=who, at=strict.now(), like=True)
                                for who in (BEN, CY)])
    assert 5 not in numbers(grading.take(strict, ADA, Policies(gold_share=1.0)))


def test_gold_is_never_of_its_reader(stack: Store) -> None:
    """The database keeps who read or settled an item from being tried with it."""
    with stack.work(DEE, "settled before") as work:
        work.readings([reading(5, BEN, YES)])
        work.settlements([settlement(5, EVE, YES)])
    item_id = queries.ids_of([sha(5)])[sha(5)]
    with pytest.raises(IntegrityError, match="is not tried with it"):
        models.Gold.objects.create(item_id=item_id, reader=BEN, at=stack.now(), grade="{}")


def look(clock: Clock, seconds: float, **said: object) -> seeing.Look:
    """What a page tells of a view that has lasted so long; the clock has gone on as long."""
    clock.forward(seconds)
    plain = {"ref": "view0001", "reader": ADA, "how": How.ITEM, "ms": int(1000 * seconds), "items": (sha(1),)}
    return seeing.Look(**{**plain, **said})  # type: ignore[arg-type]


def test_a_view_is_recorded_as_it_goes_on(stack: Store, clock: Clock) -> None:
    """Told three times it is one view, as long as it lasted."""
    grading.take(stack, ADA)
    for told_s in (0, 5, 9):
        seeing.see(stack, look(clock, told_s and 4, ms=told_s * 1000))
    (view,) = ledger.views(ADA, clock() - timedelta(days=1))
    assert (view.ms, view.items) == (8000, (sha(1),)), "it lasted no longer than the records' clock says"
    assert ledger.history(sha(1)).views == (view,)  # type: ignore[union-attr]


@pytest.mark.parametrize(("began", "goes_on", "code"), [
    ({"how": How.PAUSE, "items": ()}, {}, "GRD-16"), ({}, {"how": How.PAUSE, "items": ()}, "GRD-16"),
    ({}, {"how": How.SHEET}, "GRD-16"), ({}, {"items": (sha(1), sha(5))}, "GRD-03")])
def test_a_view_stays_what_it_began_as(
        stack: Store, clock: Clock, began: dict[str, object], goes_on: dict[str, object], code: str) -> None:
    """A view that no limit counts cannot become one of items, nor can one take in what is not the reader's."""
    grading.take(stack, ADA)
    seeing.see(stack, look(clock, 1, **began))
    before = ledger.view("view0001")
    with pytest.raises(HashgradeError, match=code):
        seeing.see(stack, look(clock, 1, **goes_on))
    assert ledger.view("view0001") == before


def test_a_reason_is_of_one_view(stack: Store, clock: Clock) -> None:
    """What was looked at for one reason is looked at for another in a view of its own."""
    graded(stack, ADA)
    graded(stack, BEN)
    seeing.see(stack, look(clock, 1, how=How.DECIDED, why="asked by the police"))
    with pytest.raises(InputError, match="GRD-16"):
        seeing.see(stack, look(clock, 1, how=How.DECIDED, why="a course"))


def test_an_item_that_comes_into_a_view_begins(stack: Store, clock: Clock) -> None:
    """Past a limit a view goes on with what is in it, and takes in no more."""
    limit = Policy(items=1)
    grading.take(stack, ADA)
    seeing.see(stack, look(clock, 1), limit)
    with pytest.raises(Refused, match="GRD-06"):
        seeing.see(stack, look(clock, 1, items=(sha(1), sha(2))), limit)
    seeing.see(stack, look(clock, 1, ms=3000), limit)
    assert ledger.view("view0001").items == (sha(1),)  # type: ignore[union-attr]


def test_each_picture_makes_a_view_longer(stack: Store, clock: Clock) -> None:
    """Who never tells how long they look is counted by what they are given, beside what they do tell."""
    grading.take(stack, ADA)
    for _ in range(3):
        seeing.see(stack, look(clock, 0, more_ms=1000))
    assert ledger.view("view0001").ms == 3000  # type: ignore[union-attr]
    seeing.see(stack, look(clock, 9))
    assert ledger.view("view0001").ms == 9000  # type: ignore[union-attr]


def test_a_page_cannot_make_a_view_shorter(stack: Store, clock: Clock) -> None:
    """What was seen stays seen."""
    grading.take(stack, ADA)
    seeing.see(stack, look(clock, 9))
    seeing.see(stack, look(clock, 1, ms=0))
    assert ledger.view("view0001").ms == 9000  # type: ignore[union-attr]


def test_pace_refuses_the_next_view_and_the_next_card(stack: Store, clock: Clock) -> None:
    """Past the limit nothing is shown or dealt, what is going on is still recorded, and answers can be saved."""
    limit = Policy(revealed_s=10)
    grading.take(stack, ADA)
    assert seeing.see(stack, look(clock, 4), limit).shows
    assert not seeing.see(stack, look(clock, 7, ms=11_000), limit).shows
    with pytest.raises(Refused, match="GRD-05"):
        seeing.see(stack, look(clock, 1, ref="view0002"), limit)
    with pytest.raises(Refused, match="GRD-05"):
        grading.take(stack, ADA, Policies(pace=limit))
    grading.read(stack, reading(1, ADA, YES))
    seeing.let_go_on(stack, Override(reader=ADA, by=CY, at=clock(), until=clock() + timedelta(hours=1), why="a case"))
    assert seeing.see(stack, look(clock, 1, ref="view0003"), limit).shows


@pytest.mark.parametrize(("said", "code"), [
    ({"ref": "x"}, "GRD-16"), ({"ref": "../../etc/passwd"}, "GRD-16"), ({"ms": -1}, "GRD-16"),
    ({"ms": 10**9}, "GRD-16"), ({"items": ()}, "GRD-16"), ({"how": How.PAUSE}, "GRD-16"),
    ({"how": How.DECIDED}, "GRD-09"), ({"items": (sha(5),)}, "GRD-03"), ({"reader": BEN}, "GRD-03"),
])
def test_a_view_that_cannot_be_is_refused(stack: Store, clock: Clock, said: dict[str, object], code: str) -> None:
    """Each fault has its code, and leaves no view."""
    grading.take(stack, ADA)
    with pytest.raises(HashgradeError, match=code):
        seeing.see(stack, replace(look(clock, 1), **said))  # type: ignore[arg-type]
    assert not models.View.objects.exists()


def test_what_readers_differ_on_is_not_decided(stack: Store, clock: Clock) -> None:
    """A grade of record in part opens nothing for a reason: whoever settles it takes it."""
    for who, said in ((ADA, YES), (BEN, NO)):
        graded(stack, who, said)
    assert queries.graded([sha(1)])
    with pytest.raises(Refused, match="GRD-17"):
        seeing.see(stack, look(clock, 1, how=How.DECIDED, why="asked by the police"))


def test_what_is_decided_is_shown_with_a_reason(stack: Store, clock: Clock) -> None:
    """The reason is in the ledger, and the look in the audit log; what has no grade of record is not decided."""
    with pytest.raises(Refused, match="GRD-17"):
        seeing.see(stack, look(clock, 1, how=How.DECIDED, why="asked by the police"))
    graded(stack, ADA)
    graded(stack, BEN)
    seeing.see(stack, look(clock, 2, how=How.DECIDED, why="asked by the police"))
    assert ledger.view("view0001").why == "asked by the police"  # type: ignore[union-attr]
    assert list(queries.entries())[-1].why == "see what is decided"


@pytest.mark.parametrize(("by", "why", "hours", "code"), [
    (ADA, "w", 1, "GRD-13"), (CY, " ", 1, "GRD-09"), (CY, "w", 0, "GRD-16"), (CY, "w", 13, "GRD-16")])
def test_leave_to_go_on_is_anothers(store: Store, by: str, why: str, hours: int, code: str) -> None:
    """Nobody sets their own pace, and leave has a reason and an end."""
    until = MORNING + timedelta(hours=hours)
    with pytest.raises(HashgradeError, match=code):
        seeing.let_go_on(store, Override(reader=ADA, by=by, at=MORNING, until=until, why=why))


def test_a_card_can_be_asked_for_by_kind(stack: Store) -> None:
    """Of one kind in a row, where a reader likes that better; nobody else's work is in it."""
    assert grading.take(stack, ADA, PLAIN, Only(kind="video")) is None
    assert numbers(grading.take(stack, ADA, PLAIN, Only(kind="image"))) == [1, 2, 3, 4]


def test_policies_come_from_the_settings() -> None:
    """What the settings say is what grading gets; a verdict that no pack gives is refused."""
    packs = [law.load("uk-ew")]
    assert policies(Settings(), packs).second is None
    assert policies(Settings(), packs).pace.revealed_s == 4 * 3600
    some = Settings(second_reading=SecondReading(share=0.1, outcomes=("uk-ew:A",)))
    assert policies(some, packs).second == Rules(share=0.1, outcomes=("uk-ew:A",))
    with pytest.raises(InputError, match="GRD-15"):
        policies(Settings(second_reading=SecondReading(share=0.1, outcomes=("uk-ew:D",))), packs)


def test_every_act_is_one_entry(stack: Store) -> None:
    """Taking, reading, confirming: one entry each."""
    before = len(list(queries.entries()))
    graded(stack, ADA)
    assert [one.why for one in list(queries.entries())[before:]] == ["take a card", "read an item", "confirm a sheet"]


def test_skips_max_is_the_stations(clock: Clock, stack: Store) -> None:
    """A station may ask a supervisor after the first skip."""
    strict = Store(clock, rules=QueueRules(skips_max=1))
    grading.take(strict, ADA)
    dealing.skip(strict, ADA, "personal")
    assert [line.leader for line in waiting.page(Only(stage="supervisor"), clock()).lines] == [sha(1)]


def test_what_is_new_waits_for_others_like_it(clock: Clock, stack: Store) -> None:
    """With `gather_s` nobody is dealt what is younger; then it comes with what came meanwhile."""
    day = replace(PLAIN, gather_s=86_400)
    clock.at = item(1).first_seen + timedelta(hours=23)
    assert grading.take(stack, ADA, day) is None
    with stack.work(DEE, "it trickles in") as work:
        work.items([replace(item(6), first_seen=clock.at)])
        work.resemblances([Resemblance(sha256=sha(6), other=sha(1), distance_bits=3)])
    clock.forward(3601)
    assert numbers(grading.take(stack, ADA, day)) == [1, 2, 3, 4, 6]


def test_nothing_urgent_or_half_read_waits_for_others_like_it(clock: Clock, store: Store) -> None:
    """What a rule brings forward is dealt at once, and so is to a second reader what one has read."""
    day = replace(PLAIN, gather_s=86_400)
    clock.at = item(1).first_seen + timedelta(hours=1)
    urgent = Store(clock, rules=rules_of([{"name": "all", "when": {"kind": {"is": "image"}}, "points": 1, "why": "x"}],
                                         3600))
    with store.work(DEE, "a test") as work:
        work.items([replace(item(1), kind=Kind.OTHER)])
        work.readings([reading(1, ADA, YES)])
    assert numbers(grading.take(store, BEN, day)) == [1]
    with urgent.work(DEE, "a test") as work:
        work.items([replace(item(2), kind=Kind.IMAGE)])
    assert numbers(grading.take(urgent, ADA, day)) == [2]


def test_a_confirmation_of_another_leader_does_not_count(stack: Store) -> None:
    """Two people who saw an item beside two leaders have not said the same."""
    with stack.work(DEE, "a history") as work:
        work.readings([reading(n, who, YES) for n in (1, 4) for who in (ADA, BEN)])
        work.confirmations([Confirmation(sha256=sha(2), leader=sha(1), by=ADA, at=stack.now(), like=True),
                      Confirmation(sha256=sha(2), leader=sha(4), by=BEN, at=stack.now(), like=True)])
    assert grade_of(2) is None


def test_a_view_is_one_readers(stack: Store, clock: Clock) -> None:
    """Nobody tells of somebody else's view."""
    grading.take(stack, ADA)
    seeing.see(stack, look(clock, 1))
    with pytest.raises(Refused, match="STO-19"):
        seeing.see(stack, look(clock, 1, reader=BEN))


def test_after_the_cut_off_no_card_is_dealt(stack: Store, clock: Clock) -> None:
    """The end of the day is the end of dealing."""
    with pytest.raises(Refused, match="GRD-07"):
        grading.take(stack, ADA, Policies(pace=Policy(cut_off=clock().time())))


def test_what_was_confirmed_and_wanted_goes_with_the_records(stack: Store) -> None:
    """Exported and imported elsewhere, a stack has the same grades, by the same pointers and the same rules."""
    undone = transaction.atomic()
    undone._from_testcase = True  # type: ignore[attr-defined]  # so that blocks of work may be opened in it
    with undone:
        card = grading.take(stack, ADA)
        assert card is not None
        grading.read(stack, reading(1, ADA, YES), ONCE)
        sheets.confirm(stack, sha(1), ADA, names(2, 3), names(4))
        sheets.take_back(stack, sha(3), of=ADA, by=CY, why="a slip")
        first, grades_before = exported(), list(queries.grades())
        assert [grade_of(number) for number in (1, 2, 3, 4)] == [YES, YES, None, None]
        transaction.set_rollback(True)
    assert grade_of(1) is None
    assert not import_records(stack, BytesIO(first), DEE).refused
    assert (exported(), list(queries.grades())) == (first, grades_before)
    assert grading.state(stack, sha(2)) is flow.State.INHERITED
    assert import_records(stack, BytesIO(first), DEE).unchanged


def exported() -> bytes:
    """Every record, as lines."""
    out = BytesIO()
    export_records(out)
    return out.getvalue()


@pytest.mark.parametrize(("said", "code"), [
    ({"leader": sha(2)}, "STO-05"), ({"leader": sha(99)}, "STO-14"), ({"like": False}, "STO-06")])
def test_a_confirmation_that_cannot_be_is_refused(stack: Store, said: dict[str, object], code: str) -> None:
    """A line about a sheet is told and left out, and the rest is taken."""
    one = Confirmation(sha256=sha(2), leader=sha(1), by=ADA, at=stack.now(), like=True)
    bad = replace(one, **({"by": BEN} if code != "STO-06" else {"at": stack.now() + timedelta(hours=1)}), **said)  # type: ignore[arg-type]
    refused: list[HashgradeError] = []
    tally = import_records(stack, BytesIO(written(one) + written(bad)), DEE, told=Told(refused=refused.append))
    assert ([error.code for error in refused], tally.changed["confirmations"]) == ([code], 1)

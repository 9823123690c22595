"""A reader takes a card, reads it; another reads it independently; what differs is settled."""

import pytest

from hashgrade import grading
from hashgrade.errors import InputError, Refused
from hashgrade.grading import flow
from hashgrade.nouns import Card, Grade, Resemblance
from hashgrade.store import queries
from hashgrade.store.work import Store
from tests.cast import ADA, BEN, CY, DEE, Clock, grade, item, reading, settlement, sha

YES, NO = grade(indecent="yes"), grade(indecent="no")


@pytest.fixture
def two_items(store: Store) -> Store:
    """A store that holds two items."""
    with store.work(DEE, "a test") as work:
        work.items([item(1), item(2)])
    return store


def numbers(card: Card | None) -> list[int]:
    """The numbers of a card's items."""
    return [int(one.sha256, 16) for one in card.items] if card else []


def taken_and_read(store: Store, who: str, said: Grade, number: int = 1) -> None:
    """Let somebody take what is next and read the item with this number."""
    grading.take(store, who)
    grading.read(store, reading(number, who, said))


def test_two_readers_get_different_cards(two_items: Store) -> None:
    """One item, one reader at a time."""
    assert numbers(grading.take(two_items, ADA)) == [1]
    assert numbers(grading.take(two_items, BEN)) == [2]
    assert grading.take(two_items, CY) is None


def test_taking_again_gives_the_same_card(two_items: Store) -> None:
    """A reader who starts again goes on with what they hold."""
    assert numbers(grading.take(two_items, ADA)) == numbers(grading.take(two_items, ADA)) == [1]


def test_what_is_given_back_is_anyones(two_items: Store) -> None:
    """Nobody has to finish a card."""
    grading.take(two_items, ADA)
    assert grading.give_back(two_items, ADA) == 1
    assert numbers(grading.take(two_items, BEN)) == [1]


def test_giving_back_nothing_changes_nothing(two_items: Store) -> None:
    """Who holds nothing frees nothing."""
    assert grading.give_back(two_items, ADA) == 0


def test_a_cluster_is_taken_whole_and_read_item_by_item(two_items: Store) -> None:
    """Items that resemble each other go to one reader; what is read leaves the card."""
    with two_items.work(DEE, "a near hit") as work:
        work.resemblances([Resemblance(sha256=sha(2), other=sha(1), distance_bits=3)])
    assert numbers(grading.take(two_items, ADA)) == [1, 2]
    grading.read(two_items, reading(1, ADA, YES))
    assert numbers(grading.take(two_items, ADA)) == [2]


def test_agreement_is_a_grade_of_record(two_items: Store) -> None:
    """Two independent readings that agree make the grade, and the item is never queued again."""
    taken_and_read(two_items, ADA, YES)
    assert grading.state(two_items, sha(1)) == flow.State.READ
    taken_and_read(two_items, BEN, YES)
    assert grading.state(two_items, sha(1)) == flow.State.AGREED
    assert numbers(grading.take(two_items, CY)) == [2]


def test_a_difference_is_settled_by_a_third(two_items: Store) -> None:
    """What two readers differ on is unanswered, and named, until somebody else settles it."""
    taken_and_read(two_items, ADA, YES)
    taken_and_read(two_items, BEN, NO)
    standing = queries.standing(sha(1))
    assert standing
    assert (standing.differs, standing.grade) == (("indecent",), Grade({}))
    grading.settle(two_items, settlement(1, CY, NO))
    settled = queries.standing(sha(1))
    assert settled
    assert (grading.state(two_items, sha(1)), settled.grade) == (flow.State.SETTLED, NO)


def test_a_reader_does_not_settle(two_items: Store) -> None:
    """A settlement is by none of the item's readers."""
    taken_and_read(two_items, ADA, YES)
    taken_and_read(two_items, BEN, NO)
    with pytest.raises(Refused, match="STO-09"):
        grading.settle(two_items, settlement(1, BEN, YES))


def test_nothing_is_settled_before_it_is_read(two_items: Store) -> None:
    """A settlement is not a shortcut past the readings."""
    with pytest.raises(Refused, match=r"GRD-02.*unread"):
        grading.settle(two_items, settlement(1, CY, YES))


def test_a_third_reading_is_not_asked(two_items: Store) -> None:
    """Nobody looks at what has its readings."""
    taken_and_read(two_items, ADA, YES)
    taken_and_read(two_items, BEN, YES)
    with pytest.raises(Refused, match=r"GRD-01.*agreed"):
        grading.read(two_items, reading(1, CY, YES))


def test_what_is_not_taken_is_not_read(two_items: Store, clock: Clock) -> None:
    """A reading is of an item the reader holds; a lease that ran out is no longer theirs."""
    grading.take(two_items, ADA)
    with pytest.raises(Refused, match="GRD-03"):
        grading.read(two_items, reading(1, BEN, YES))
    clock.forward(901)
    with pytest.raises(Refused, match="GRD-03"):
        grading.read(two_items, reading(1, ADA, YES))


def test_two_readings_by_one_person_are_refused(two_items: Store) -> None:
    """Having read, one may correct, and not read again."""
    taken_and_read(two_items, ADA, YES)
    with two_items.work(ADA, "take again, past the queue") as work:
        work.lease([sha(1)], ADA)
    with pytest.raises(InputError, match="STO-06"):
        grading.read(two_items, reading(1, ADA, NO, 5))


def test_a_correction_needs_no_lease(two_items: Store) -> None:
    """Who sees their own mistake can say so at any time."""
    taken_and_read(two_items, ADA, YES)
    taken_and_read(two_items, BEN, NO)
    grading.read(two_items, reading(1, ADA, NO, 5, supersedes=reading(1, ADA, YES).at))
    assert grading.state(two_items, sha(1)) == flow.State.AGREED


def test_contradictory_readings_are_refused(two_items: Store) -> None:
    """What contradicts itself is told to its reader and not stored."""
    grading.take(two_items, ADA)
    with pytest.raises(InputError, match="GRA-04"):
        grading.read(two_items, reading(1, ADA, grade({"activity": ("none", "witness")})))
    assert queries.counts()["readings"] == 0


def test_an_unknown_item_has_no_state(two_items: Store) -> None:
    """Nobody grades what is not on file."""
    with pytest.raises(InputError, match="STO-14"):
        grading.state(two_items, sha(9))


@pytest.mark.parametrize(("readings", "wanted", "differs", "settled", "expected"), [
    (0, 2, (), False, "unread"), (1, 2, (), False, "read"), (2, 2, (), False, "agreed"),
    (2, 2, ("sex",), False, "differs"), (3, 2, (), True, "settled"), (0, 1, (), True, "settled"),
    (1, 1, (), False, "agreed")])
def test_the_state_table(readings: int, wanted: int, differs: tuple[str, ...], settled: bool, expected: str) -> None:
    """An item's state follows from its readings, their differences and its settlement."""
    assert flow.state(readings, wanted, differs, settled=settled) == expected

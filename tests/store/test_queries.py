"""Reading: streams in a stated order, the queue as cards, and what an index is built from."""

from collections.abc import Sequence

import pytest

from hashgrade.nouns import Claim, Known, Resemblance
from hashgrade.store import queries
from hashgrade.store.work import Store
from tests.cast import ADA, BEN, CY, Clock, grade, item, later, reading, settlement, sha
from tests.naive import queue as twin

YES, NO = grade(indecent="yes"), grade(indecent="no")


def write(store: Store, **records: Sequence[object]) -> None:
    """File records, by the names of Work's methods, in the order given."""
    with store.work(ADA, "a test") as work:
        for name, given in records.items():
            getattr(work, name)(given)


def queued(reader: str = "", clock: Clock | None = None) -> list[list[int]]:
    """The numbers of the items on each card of the queue."""
    return [[int(one.sha256, 16) for one in card.items] for card in twin.queue(reader, clock() if clock else None)]


def test_streams_are_ordered_by_what_records_say(store: Store) -> None:
    """The order in which things were filed does not show."""
    said = [reading(2, BEN, YES), reading(1, BEN, NO, 1), reading(1, ADA, YES)]
    write(store, items=[item(3), item(1), item(2)], readings=said)
    assert [one.sha256 for one in queries.items()] == [sha(1), sha(2), sha(3)]
    assert [(one.sha256, one.reader) for one in queries.readings()] == [(sha(1), ADA), (sha(1), BEN), (sha(2), BEN)]


def test_the_queue_is_oldest_first(store: Store) -> None:
    """What came first is read first."""
    write(store, items=[item(3, first_seen=later(0)), item(1, first_seen=later(9)), item(2, first_seen=later(5))])
    assert queued() == [[3], [2], [1]]


def test_one_card_a_cluster(store: Store) -> None:
    """Items that resemble each other are one card, which says how near they are."""
    near = Resemblance(sha256=sha(3), other=sha(1), distance_bits=7)
    write(store, items=[item(1), item(2), item(3)], resemblances=[near])
    assert queued() == [[1, 3], [2]]
    assert next(twin.queue()).resembles == (near,)


def test_graded_items_are_not_queued(store: Store) -> None:
    """An item with a grade of record is never shown again, even where its cluster is."""
    write(store, items=[item(1), item(2)], resemblances=[Resemblance(sha256=sha(2), other=sha(1), distance_bits=0)],
          readings=[reading(1, ADA, YES), reading(1, BEN, YES)])
    assert queued() == [[2]]
    assert queries.graded([sha(1), sha(2)]) == {sha(1)}


def test_what_its_readers_differ_on_is_not_decided(store: Store) -> None:
    """Nothing is called decided that waits for a second reading or for a settlement."""
    write(store, items=[item(1), item(2), item(3)],
          readings=[reading(n, who, YES if who == ADA else said) for n, said in ((1, YES), (2, NO))
                    for who in (ADA, BEN)] + [reading(3, ADA, YES)])
    assert queries.decided([sha(1), sha(2), sha(3)]) == {sha(1)}


@pytest.mark.parametrize("field", ["sha256", "sha1", "md5"])
def test_what_a_lists_policy_skips_is_not_queued(store: Store, field: str) -> None:
    """An exact hit on a list whose policy says so is skipped, and is back once the list no longer names it."""
    one = item(1, md5="a" * 32, sha1="b" * 40)
    named = Claim(list_name="x", edition="1", skip=True, **{field: getattr(one, field)})
    write(store, items=[one, item(2)], claims=[named])
    assert queued() == [[2]]
    write(store, claims=[Claim(list_name="x", edition="2", sha256=sha(9))])
    assert queued() == [[1], [2]]


@pytest.mark.parametrize("weaker", ["sha1", "md5"])
def test_a_collision_made_on_purpose_skips_nothing(store: Store, weaker: str) -> None:
    """A claim of another medium that shares a weak digest neither names the item nor hides it."""
    one = item(1, md5="a" * 32, sha1="b" * 40)
    forged = Claim(list_name="x", edition="1", skip=True, sha256=sha(9), **{weaker: getattr(one, weaker)})
    write(store, items=[one], claims=[forged])
    assert queued() == [[1]]
    assert queries.exact_claims([one]) == {}
    assert [found.known for found in queries.items()] == [None]


def test_a_claim_alone_does_not_skip(store: Store) -> None:
    """A claim is its source's word: by itself it keeps nothing out of the queue."""
    write(store, items=[item(1, known=Known.CLAIMED)], claims=[Claim(list_name="x", edition="1", sha256=sha(1))])
    assert queued() == [[1]]


def test_nobody_is_offered_what_they_read(store: Store) -> None:
    """Readings are independent: the second one is somebody else's."""
    write(store, items=[item(1)], readings=[reading(1, ADA, YES)])
    assert (queued(ADA), queued(BEN)) == ([], [[1]])


def test_nobody_is_offered_what_another_holds(store: Store, clock: Clock) -> None:
    """What is taken is out of the others' queue until the lease runs out."""
    write(store, items=[item(1)])
    with store.work(ADA, "take") as work:
        work.lease([sha(1)], ADA)
    assert (queued(ADA, clock), queued(BEN, clock)) == ([[1]], [])
    clock.forward(901)
    assert queued(BEN, clock) == [[1]]


def test_differing_items_wait_for_somebody_else(store: Store) -> None:
    """What readers differ on is offered for settlement, to none of them, until it is settled."""
    write(store, items=[item(1)], readings=[reading(1, ADA, YES), reading(1, BEN, NO)])
    assert [len(list(twin.unsettled(who))) for who in ("", ADA, CY)] == [1, 0, 1]
    write(store, settlements=[settlement(1, CY, YES)])
    assert list(twin.unsettled()) == []


def test_fingerprints_leave_out_low_quality(store: Store) -> None:
    """An index holds the codes of at least the quality asked, both of an item that EXIF turns."""
    write(store, items=[item(1, pdq="0f" * 32, pdq_quality=80, pdq_as_displayed="f0" * 32),
                        item(2, pdq="11" * 32, pdq_quality=20), item(3)])
    codes = queries.fingerprints(quality_min=50)
    assert list(queries.sha256s_of(codes.ids).values()) == [sha(1)]
    assert codes.codes[:, 0].tolist() == [0x0F, 0xF0]


def test_fingerprints_of_nothing_have_their_shape(store: Store) -> None:
    """An empty store gives an empty index, not an error."""
    codes = queries.fingerprints()
    assert (codes.ids.shape, codes.codes.shape) == ((0,), (0, 32))


def test_fingerprints_go_on_from_an_id(store: Store) -> None:
    """An index that follows the store asks only for what is new."""
    write(store, items=[item(1, pdq="0f" * 32, pdq_quality=80)])
    first = queries.fingerprints()
    write(store, items=[item(2, pdq="11" * 32, pdq_quality=80)])
    newer = queries.fingerprints(after=int(first.ids[-1]))
    assert queries.sha256s_of(newer.ids) == {int(newer.ids[0]): sha(2)}


def test_claimed_fingerprints_are_found_again(store: Store) -> None:
    """A near hit on a list leads back to the claim, with list and edition; no stated quality counts as good."""
    write(store, claims=[Claim(list_name="x", edition="1", pdq="0f" * 32),
                         Claim(list_name="x", edition="1", pdq="11" * 32, pdq_quality=3)])
    codes = queries.claimed_fingerprints(quality_min=50)
    (claim,) = queries.claims_of_ids(codes.ids).values()
    assert (claim.list_name, claim.edition, claim.pdq) == ("x", "1", "0f" * 32)


def test_exact_claims_name_their_lists(store: Store) -> None:
    """Each item gets the claims of every list that names it by the strongest digest of the claim."""
    one, other = item(1, md5="a" * 32), item(2, md5="a" * 32)
    write(store, claims=[Claim(list_name="x", edition="1", sha256=sha(1), md5="a" * 32),
                         Claim(list_name="y", edition="7", md5="a" * 32)])
    found = queries.exact_claims([one, other, item(3)])
    assert {sha256: [claim.list_name for claim in claims] for sha256, claims in found.items()} == {
        sha(1): ["x", "y"], sha(2): ["y"]}


def test_more_names_than_a_statement_takes(store: Store) -> None:
    """SQLite's limit of 999 values a statement is nobody's concern."""
    write(store, items=[item(number) for number in range(2_000)])
    assert len(queries.items_of(sha(number) for number in range(2_000))) == 2_000


def test_the_unknown_is_none(store: Store) -> None:
    """What is not on file is None, not an error."""
    assert (queries.item(sha(1)), queries.standing(sha(1)), queries.readings_of(sha(1))) == (None, None, [])


def test_one_items_readings_and_settlements(store: Store) -> None:
    """What was said of one item is found in order."""
    write(store, items=[item(1)], readings=[reading(1, BEN, YES, 2), reading(1, ADA, NO, 1)],
          settlements=[settlement(1, CY, YES)])
    assert [one.reader for one in queries.readings_of(sha(1))] == [ADA, BEN]
    assert [one.by for one in queries.settlements_of(sha(1))] == [CY]

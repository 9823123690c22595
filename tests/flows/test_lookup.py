"""The live index: it follows the store, misses nothing and names what it rests on."""

import numpy as np
import pytest

from hashgrade.lookup import Lookup, Near, Recognition, resemblances, unseen
from hashgrade.matching import Query, find
from hashgrade.nouns import Claim, Item, Known
from hashgrade.store import queries
from hashgrade.store.work import Store
from tests.cast import ADA, CY, grade, item, reading, sha

BASE = bytes(range(32))


def turned(bits: int, start: int = 0) -> str:
    """The base code with so many bits changed, from a place on."""
    code = np.unpackbits(np.frombuffer(BASE, np.uint8))
    code[start:start + bits] ^= 1
    return np.packbits(code).tobytes().hex()


def filed(store: Store, *items: Item) -> list[Item]:
    with store.work(CY, "items") as work:
        work.items(items)
    return list(items)


def of(number: int, code: str, quality: int = 90, **given: object) -> Item:
    return item(number, pdq=code, pdq_quality=quality, **given)


@pytest.mark.parametrize("near_bits", [0, 1, 7, 30, 31])
def test_every_near_item_is_found_and_no_other(store: Store, near_bits: int) -> None:
    """Items whose codes are within the radius recognise each other, with the right distance; others do not."""
    turns = [0, 0, *range(1, 66, 3), 31, 32, 33]
    items = filed(store, *(of(number, turned(bits)) for number, bits in enumerate(turns)))
    found = Lookup(near_bits, 50).recognise(items)
    for number, bits in enumerate(turns):
        distances = {sha(n): abs(bits - other) for n, other in enumerate(turns) if n != number}
        expected = {name: distance for name, distance in distances.items() if distance <= near_bits}
        assert {near.other: near.distance_bits for near in found[sha(number)].near} == expected


def test_it_follows_what_others_write(store: Store) -> None:
    """An item and a list that arrive after the index was opened are found by the next question."""
    lookup = Lookup(31, 50)
    first, = filed(store, of(1, turned(0)))
    assert lookup.recognise([first])[sha(1)] == Recognition(graded=False)
    filed(store, of(2, turned(5)))
    with store.work(CY, "list") as work:
        work.claims([Claim(list_name="partner", edition="3", sha256=sha(9), pdq=turned(2))])
    near = lookup.recognise([first])[sha(1)].near
    assert [(hit.distance_bits, hit.other, hit.claim and (hit.claim.list_name, hit.claim.edition)) for hit in near] == [
        (2, None, ("partner", "3")), (5, sha(2), None)]


def test_a_code_that_comes_late_is_found(store: Store) -> None:
    """An item on file without a code is found once it has one, though newer items were indexed before."""
    lookup = Lookup(31, 50)
    filed(store, item(1), of(2, turned(3)))
    lookup.follow()
    late, = filed(store, of(1, turned(0)))
    lookup.recognise([late])
    newest, = filed(store, of(3, turned(1)))
    assert [hit.other for hit in lookup.recognise([newest])[sha(3)].near] == [sha(1), sha(2)]


def test_a_newer_edition_replaces_an_older(store: Store) -> None:
    """Codes that only an older edition has are no longer near anything."""
    lookup = Lookup(31, 50)
    one, = filed(store, of(1, turned(0)))
    for edition, far in (("1", 2), ("2", 200)):
        with store.work(CY, "list") as work:
            work.claims([Claim(list_name="partner", edition=edition, pdq=turned(far))])
        assert bool(lookup.near_claims([one])[sha(1)]) == (edition == "1")


def test_low_quality_is_near_nothing(store: Store) -> None:
    """Neither an item nor a claim of low quality is a neighbour, even at distance 0."""
    items = filed(store, of(1, turned(0)), of(2, turned(0), quality=49))
    with store.work(CY, "list") as work:
        work.claims([Claim(list_name="partner", edition="1", pdq=turned(0), pdq_quality=10)])
    assert [found.near for found in Lookup(31, 50).recognise(items).values()] == [(), ()]


def test_a_code_alone_is_looked_up_among_items_and_claims(store: Store) -> None:
    """Whoever holds only a code is told what is near it, and by which list and edition, nearest first."""
    filed(store, of(1, turned(0)), of(2, turned(90, 100)), of(3, turned(0, 4), quality=10))
    with store.work("dee", "import") as work:
        work.claims([Claim(list_name="x", edition="7", pdq=turned(3))])
    found = Lookup(31, 50).near(bytes.fromhex(turned(1)), 31)
    assert [one.as_json() for one in found] == [
        {"sha256": sha(1), "distance_bits": 1}, {"list": "x", "edition": "7", "distance_bits": 2},
    ]


def test_both_codes_of_a_turned_picture_are_asked_and_found(store: Store) -> None:
    """As stored and as displayed count alike, and the shorter distance is told once."""
    items = filed(store, of(1, turned(0), pdq_as_displayed=turned(90, 100)), of(2, turned(95, 100)))
    found = Lookup(31, 50).recognise(items)
    assert found[sha(1)].near == (Near(5, other=sha(2)),)
    assert found[sha(2)].near == (Near(5, other=sha(1)),)


@pytest.mark.parametrize(("claim", "same"), [
    ({"sha256": "a"}, True), ({"sha256": "b"}, False), ({"sha256": "b", "md5": "a"}, False), ({"md5": "a"}, True),
    ({"sha1": "b", "md5": "a"}, False), ({"sha1": "a", "md5": "b"}, True), ({"pdq": "a"}, False),
])
def test_the_strongest_digest_of_a_claim_decides(store: Store, claim: dict[str, str], same: bool) -> None:
    """A weaker digest counts only where the claim has no stronger one."""
    digits = {"sha256": 64, "sha1": 40, "md5": 32, "pdq": 64}
    mine = item(1, sha256="a" * 64, sha1="a" * 40, md5="a" * 32, pdq="a" * 64)
    given_claim = {name: letter * digits[name] for name, letter in claim.items()}
    with store.work("dee", "import") as work:
        work.claims([Claim(list_name="x", edition="1", **given_claim)])  # type: ignore[arg-type]
    assert bool(queries.exact_claims([mine])) is same


@pytest.mark.parametrize(("graded", "claims", "near", "known", "queued"), [
    (True, True, True, Known.GRADED, False), (False, True, True, Known.CLAIMED, True),
    (False, False, True, Known.NEAR, True), (False, False, False, None, True),
])
def test_the_strongest_recognition_counts(
    graded: bool, claims: bool, near: bool, known: Known | None, queued: bool,
) -> None:
    """Graded over claimed over near; only graded keeps an item out of the queue by itself."""
    claim = Claim(list_name="x", edition="1", sha256=sha(1))
    found = Recognition(graded, (claim,) * claims, (Near(3, other=sha(2)),) * near)
    assert (found.known, found.queued) == (known, queued)


def test_near_items_resemble_each_other_both_ways() -> None:
    """A hit on an item is a record of both; a hit on a claim is one of the item alone."""
    claim = Claim(list_name="x", edition="1", sha256=sha(1), id=4)
    found = resemblances(sha(1), [Near(3, other=sha(2)), Near(5, claim=claim)])
    assert [(one.sha256, one.other, one.claim, one.distance_bits) for one in found] == [
        (sha(1), sha(2), None, 3), (sha(2), sha(1), None, 3), (sha(1), None, 4, 5)]


def test_what_somebody_read_is_not_unseen(store: Store) -> None:
    """One reading is enough to have been seen; an item that is not on file was not."""
    filed(store, item(1), item(2))
    with store.work(ADA, "read") as work:
        work.readings([reading(1, ADA, grade(depiction="photographic"))])
    assert unseen([sha(1), sha(2), sha(3)]) == {sha(2), sha(3)}


def test_what_two_codes_hit_is_told_once_and_as_the_nearer(store: Store) -> None:
    """A picture that is turned as it is shown has two codes; an item and a claim near both are told once each."""
    filed(store, of(1, turned(4)))
    with store.work(CY, "list") as work:
        work.claims([Claim(list_name="partner", edition="3", pdq=turned(2), extra={"severity": "B"})])
    query = Query(codes=(BASE, bytes.fromhex(turned(3))))
    assert [(one.distance_bits, one.other) for one in find(Lookup(31, 50), query, 31)] == [(1, None), (1, sha(1))]

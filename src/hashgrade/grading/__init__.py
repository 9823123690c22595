"""Grading: a reader takes a card, reads its items or gives it back; what differs is settled."""

from dataclasses import replace

from hashgrade.errors import Conflict, InputError, Refused
from hashgrade.grading import flow
from hashgrade.law import grades
from hashgrade.nouns import Card, Grade, Reading, Settlement
from hashgrade.store import queries
from hashgrade.store.work import Store

__all__ = ["give_back", "read", "settle", "state", "take"]


def take(store: Store, reader: str) -> Card | None:
    """Give the reader the card they hold, else lease them the oldest that they have not read; None if there is none.

    Of two readers who ask at once, each gets another card.
    """
    mine = queries.held(reader, store.now())
    if mine is not None:
        return mine
    tries = (_leased(store, card, reader) for card in queries.queue(reader, store.now()))
    return next((card for card in tries if card is not None), None)


def _leased(store: Store, card: Card, reader: str) -> Card | None:
    try:
        with store.work(reader, "take a card") as work:
            work.lease([item.sha256 for item in card.items], reader)
    except Conflict:
        return None
    return card


def give_back(store: Store, reader: str) -> int:
    """End all the leases that the reader holds, and say how many items that frees."""
    with store.work(reader, "give back a card") as work:
        return work.give_back(queries.leased(reader, store.now()), reader)


def read(store: Store, reading: Reading) -> None:
    """Record what a reader says of an item they have taken; a correction needs no lease.

    Raises:
        InputError: STO-06, STO-07, STO-14; GRA-01 to GRA-04, the grade is not one.
        Refused: GRD-01, the item has its readings; GRD-03, the reader does not hold it; STO-08.
    """
    reading = replace(reading, grade=_checked(reading.grade))
    if reading.supersedes is None:
        flow.to_read(state(store, reading.sha256))
        if queries.holder(reading.sha256, store.now()) != reading.reader:
            raise Refused("GRD-03", "the reader has not taken the item, or held it for too long")
    with store.work(reading.reader, "read an item") as work:
        work.readings([reading])


def settle(store: Store, settlement: Settlement) -> None:
    """Record the final and whole grade of an item, by somebody who has not read it.

    Raises:
        InputError: STO-06, STO-14; GRA-01 to GRA-04, the grade is not one.
        Refused: GRD-02, the item still lacks readings; STO-09, the settler is a reader of the item.
    """
    settlement = replace(settlement, grade=_checked(settlement.grade))
    flow.to_settle(state(store, settlement.sha256))
    with store.work(settlement.by, "settle an item") as work:
        work.settlements([settlement])


def state(store: Store, sha256: str) -> flow.State:
    """Say where an item stands.

    Raises:
        InputError: STO-14, it is not on file.
    """
    found = queries.standing(sha256)
    if found is None:
        raise InputError("STO-14", "the item is not on file")
    return flow.state(found.readings, store.readings_wanted, found.differs, settled=found.settled)


def _checked(said: Grade) -> Grade:
    return grades.grade_of(grades.as_json(said))

"""Grading: a reader takes a card, reads its items or gives it back; what differs is settled.

What else happens at the workbench has a module of its own: `sheets` for stacks, `dealing` for skips, and `seeing`
for what is on the screen.
"""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256 as digest
from secrets import token_hex

from hashgrade.errors import Conflict, InputError, Refused
from hashgrade.grading import flow, seeing
from hashgrade.grading.policies import PLAIN, Policies
from hashgrade.grading.second import SHARE_OF, First, Rules, Wanted, unlooked, wanted
from hashgrade.grading.severe import of_grade
from hashgrade.law import grades
from hashgrade.law.judge import judge
from hashgrade.nouns import Card, Grade, Reading, Settlement
from hashgrade.store import drafts, ledger, queries, unsettled, waiting
from hashgrade.store.record import WANTED, WANTED_BY
from hashgrade.store.unsettled import Differing
from hashgrade.store.waiting import Only
from hashgrade.store.work import Store, Work

__all__ = [
    "as_said", "give_back", "give_back_unsettled", "read", "settle", "state", "take", "take_to_settle"]


def take(store: Store, reader: str, policies: Policies = PLAIN, only: Only | None = None) -> Card | None:
    """Give the reader the card they hold, else lease them the one due next; None if there is none.

    It is never one that is known, or that they have read, settled or skipped, or that somebody else holds: the choice
    and the lease are one transaction. Now and then it is an item that was settled before, which nothing tells.

    Args:
        store: The records.
        reader: Who asks.
        policies: What the station wants.
        only: Which cards; all that wait to be read unless told.

    Raises:
        Refused: GRD-04 to GRD-08, the reader's pace does not allow it.
    """
    seeing.refuse_over(store, reader, policies.pace)
    mine = waiting.held(reader, store.now())
    if mine is not None:
        return mine
    with store.work(reader, "take a card") as work:
        return _leased_next(work, reader, policies, only)


def _leased_next(work: Work, reader: str, policies: Policies, only: Only | None) -> Card | None:
    if (mine := waiting.held(reader, work.at)) is not None:  # a second page of the same reader was first
        return mine
    number = waiting.next_for(reader, work.at, only, policies.gather_s)
    gold = _gold(work, reader, number, policies) if number is not None else None
    card = waiting.card(number, reader, work.at) if number is not None and gold is None else None
    if gold is not None:
        work.lease([gold], reader, gold=True)
        card = waiting.held(reader, work.at)
    elif card is not None:
        work.lease([item.sha256 for item in card.items], reader)
    if card is not None:  # here, so that the page which shows it has nothing to write
        drafts.begun(reader, card.leader, token_hex(10), work.at)
    return card


def _gold(work: Work, reader: str, number: int, policies: Policies) -> str | None:
    """Draw whether this card gives way to an item settled before, and which: nobody can foresee either."""
    if not policies.gold_share:
        return None
    drawn = digest(f"{policies.seed}:{reader}:{waiting.golds_of(reader)}:{number}".encode()).digest()
    if int.from_bytes(drawn[:8]) >= policies.gold_share * SHARE_OF:
        return None
    return waiting.gold_for(number, reader, work.at, int.from_bytes(drawn[8:16]) / SHARE_OF)


def take_to_settle(store: Store, person: str, policies: Policies = PLAIN, only: Differing | None = None,
                   ) -> Card | None:
    """Give somebody the item that they have in hand to settle, else lease them the one that waits longest.

    It is one on which readers differ, that they had no hand in reading and that nobody else holds; None if none is.

    Args:
        store: The records.
        person: Who settles.
        policies: What the station wants.
        only: Which items; all on which readers differ unless told.

    Raises:
        Refused: GRD-04 to GRD-08, the person's pace does not allow it.
    """
    seeing.refuse_over(store, person, policies.pace)
    with store.work(person, "take an item to settle") as work:
        card = unsettled.next_for(person, work.at, only or Differing())
        if card is not None:
            work.lease([card.leader], person)
    return card


def give_back(store: Store, reader: str) -> int:
    """End the leases that the reader holds to read, and say how many items that frees."""
    with store.work(reader, "give back a card") as work:
        kept = unsettled.held(reader, work.at)
        return work.give_back([one for one in queries.leased(reader, work.at) if one != kept], reader)


def give_back_unsettled(store: Store, person: str) -> int:
    """Leave the item that somebody has in hand to settle to others, and say how many items that frees."""
    with store.work(person, "give back what is to be settled") as work:
        kept = unsettled.held(person, work.at)
        return work.give_back([kept], person) if kept else 0


def read(store: Store, reading: Reading, policies: Policies = PLAIN, also: Callable[[], object] = lambda: None) -> None:
    """Record what a reader says of an item they have taken; a correction needs no lease.

    A first reading fixes how many the item wants, where the station has rules for that; a correction can raise the
    number and never lowers it. As long as nobody who read it looked at it, it wants one more.
    What is read of an item that was settled before is kept apart, and is no reading.
    The reader's own views of it count from now on as what they found.

    Args:
        store: The records.
        reading: What is said.
        policies: What the station wants.
        also: Writes what else is to be kept with the reading, or not at all.

    Raises:
        InputError: STO-06, STO-07, STO-14; GRA-01 to GRA-04, the grade is not one.
        Refused: GRD-01, the item has its readings; GRD-03, the reader does not hold it; STO-08.
    """
    reading = replace(reading, grade=_checked(reading.grade))
    with store.work(reading.reader, "read an item") as work:
        gold = reading.supersedes is None and _of_gold(store, reading)
        if policies.packs:
            work.severe(reading.sha256, reading.reader, of_grade(reading.grade, policies.packs))
        if gold:
            work.gold(reading)
        else:
            work.readings([_fixing(store, reading, policies)])
        also()


def _of_gold(store: Store, reading: Reading) -> bool:
    lease = ledger.leased(reading.sha256, store.now())
    if lease is None or not lease.gold:
        flow.to_read(state(store, reading.sha256))
    if lease is None or lease.reader != reading.reader:
        raise Refused("GRD-03", "the reader has not taken the item, or held it for too long")
    return lease.gold


def _fixing(store: Store, reading: Reading, policies: Policies) -> Reading:
    """The reading, with the number of readings that it fixes for its item, if it does."""
    found = queries.standing(reading.sha256)
    if found is None:
        return reading
    by_rules = policies.second is not None and (found.wanted is not None or not found.readings)
    most = found.wanted or (0 if by_rules else store.readings_wanted)
    others = [one for one in queries.readings_of(reading.sha256) if one.reader != reading.reader]
    asked = unlooked(reading, others, store.readings_wanted)
    if (asked is None or asked.readings <= most) and by_rules:
        asked = _by_rules(store, reading, policies)
    if asked is None or asked.readings <= most:
        return reading
    return replace(reading, extra={**reading.extra, WANTED: asked.readings, WANTED_BY: asked.rule})


def _by_rules(store: Store, reading: Reading, policies: Policies) -> Wanted:
    verdicts = [judge(reading.grade, pack) for pack in policies.packs]
    first = First(reading.sha256, reading.grade, verdicts, ledger.read_by(reading.reader))
    return wanted(first, policies.second or Rules(), store.readings_wanted)


def settle(store: Store, settlement: Settlement, seen: str | None = None,
           also: Callable[[], object] = lambda: None) -> None:
    """Record the final and whole grade of an item, by somebody who has not read it.

    Args:
        store: The records.
        settlement: What is final.
        seen: What `as_said` told of the readings that were settled; None: whatever they are now.
        also: Writes what else is to be kept with the settlement, or not at all.

    Raises:
        InputError: STO-06, STO-14; GRA-01 to GRA-04, the grade is not one.
        Refused: GRD-02, the item still lacks readings; GRD-14, it has another's grade; STO-09, the settler is a
            reader of the item.
        Conflict: STO-12, somebody else has taken it; SRV-30, it was settled meanwhile, or a reading was corrected.
    """
    settlement = replace(settlement, grade=_checked(settlement.grade))
    with store.work(settlement.by, "settle an item") as work:
        flow.to_settle(state(store, settlement.sha256))
        if queries.holder(settlement.sha256, store.now()) not in (None, settlement.by):
            raise Conflict("STO-12", "somebody else has taken the item")
        if seen not in (None, as_said(settlement.sha256)):
            raise Conflict("SRV-30", "what was said of the item is not what it was")
        work.settlements([settlement])
        work.give_back([settlement.sha256], settlement.by)
        also()


def as_said(sha256: str) -> str:
    """Name the readings and settlements of an item as they are now: another name once there is another of them."""
    said = [*((one.reader, one.at) for one in queries.readings_of(sha256)),
            *((one.by, one.at) for one in queries.settlements_of(sha256))]
    return digest("".join(f"{who} {at.isoformat()}\n" for who, at in said).encode()).hexdigest()[:20]


def state(store: Store, sha256: str) -> flow.State:
    """Say where an item stands.

    Raises:
        InputError: STO-14, it is not on file.
    """
    found = queries.standing(sha256)
    if found is None:
        raise InputError("STO-14", "the item is not on file")
    wants = found.wanted or store.readings_wanted
    return flow.state(found.readings, wants, found.differs, settled=found.settled, led=found.leader is not None)


def _checked(said: Grade) -> Grade:
    return grades.grade_of(grades.as_json(said))

"""Stacks: the leader of a card is read, and the rest confirmed on one sheet to be like it, or set apart.

An item that as many people confirmed as its leader wants readings has the leader's grade, whatever becomes of that.
It was seen once by each, as one of many, and counts as no reading.
"""

from collections.abc import Sequence

from hashgrade.errors import InputError, Refused
from hashgrade.nouns import Confirmation
from hashgrade.store import ledger, queries
from hashgrade.store.work import Store


def confirm(store: Store, leader: str, reader: str, like: Sequence[str], unlike: Sequence[str] = ()) -> None:
    """Record which items of a card a reader sees to be like its leader, which they have just read, and which not.

    What is not like it becomes a card of its own. What is in neither list stays in the reader's hands.

    Args:
        store: The records.
        leader: The item they were seen beside.
        reader: Who confirms.
        like: Items that are the same but for their copying.
        unlike: Items that are not.

    Raises:
        Refused: GRD-10, the reader does not hold an item beside this leader, or has not read the leader.
        InputError: STO-06, they said so of an item before; STO-14, an item is not on file.
    """
    given = dict.fromkeys(like, True) | dict.fromkeys(unlike, False)
    with store.work(reader, "confirm a sheet") as work:
        if len(given) < len(like) + len(unlike) or leader in given:
            raise Refused("GRD-10", "an item is on the sheet twice, or is its leader")
        if all(one.reader != reader for one in queries.readings_of(leader)):
            raise Refused("GRD-10", "the leader of the sheet is to be read first")
        for name in given:
            lease = ledger.leased(name, work.at)
            if lease is None or lease.gold or (lease.reader, lease.leader) != (reader, leader):
                raise Refused("GRD-10", "the reader does not hold the item beside this leader, or held it too long")
        work.confirmations(Confirmation(sha256=name, leader=leader, by=reader, at=work.at, like=is_like)
                     for name, is_like in given.items())


def take_back(store: Store, sha256: str, of: str, by: str, why: str) -> None:
    """Take back what somebody said of an item on a sheet: their own word, or another's; the item is queued again.

    Args:
        store: The records.
        sha256: The item.
        of: Who said it.
        by: Who takes it back.
        why: The reason.

    Raises:
        InputError: GRD-09, there is no reason; STO-14, the item is not on file.
        Refused: GRD-10, there is nothing to take back.
    """
    if not why.strip():
        raise InputError("GRD-09", "to take a confirmation back needs a reason")
    with store.work(by, why) as work:
        if not work.take_back(sha256, of):
            raise Refused("GRD-10", "nothing that was said of the item on a sheet stands")

"""How far an item has come, and what may be done to it there. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from hashgrade.errors import Refused


class State(StrEnum):
    """Where an item stands between nobody's eyes and a grade of record."""

    UNREAD = "unread"
    READ = "read"
    AGREED = "agreed"
    DIFFERS = "differs"
    SETTLED = "settled"
    INHERITED = "inherited"


MAY_READ = {State.UNREAD, State.READ}
MAY_SETTLE = {State.AGREED, State.DIFFERS, State.SETTLED}
"""Agreement may be wrong, and a settlement too: a newer settlement is the way to say so."""


def state(readings: int, wanted: int, differs: Sequence[str], *, settled: bool, led: bool = False) -> State:
    """Work out an item's state from its current readings, their differences and whether it was settled.

    Args:
        readings: Its current readings.
        wanted: How many make its grade.
        differs: What they differ on.
        settled: Whether somebody settled it.
        led: Whether it has the grade of an item that it was confirmed to be like.
    """
    if settled or led:
        return State.SETTLED if settled else State.INHERITED
    if readings < wanted:
        return State.READ if readings else State.UNREAD
    return State.DIFFERS if differs else State.AGREED


def to_read(at: State) -> None:
    """Refuse another reading of an item that has its readings.

    Raises:
        Refused: GRD-01.
    """
    if at not in MAY_READ:
        raise Refused("GRD-01", f"the item is {at}: nobody needs to look at it again")


def to_settle(at: State) -> None:
    """Refuse to settle what is not read yet.

    Raises:
        Refused: GRD-02; GRD-14, it has the grade of another.
    """
    if at is State.INHERITED:
        raise Refused("GRD-14", "the item was confirmed to be like another, and has its grade")
    if at not in MAY_SETTLE:
        raise Refused("GRD-02", f"the item is {at}: its readings come first")

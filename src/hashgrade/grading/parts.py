"""What readers marked in a clip beside each other, and which of it a settlement keeps. Pure.

The child of a segment is named here by its slot in the line-up of the readings' children, so that segments of different
readings can be compared; a settlement names it by the row that the slot has there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Final

from hashgrade.errors import InputError
from hashgrade.grading.settling import Choices, Slot
from hashgrade.law.segments import NO_LABEL, in_time, labels_of, unsaid
from hashgrade.nouns import Grade, Segment

ASKED, ALL, NONE = "asked", "all", "none"
"""What may be chosen beside a reader's number: asked though all say the same, what all of them marked, and nothing."""
GONE: Final = "of a child who is not in the settlement"
UNSAID: Final = "the settlement does not say so of {}"

Marked = tuple[tuple[Segment, ...], ...]
"""The segments of each reader, by time, in the order in which the readers are shown."""


def lined_up(given: Sequence[Sequence[Segment]], slots: Sequence[Slot]) -> Marked:
    """Name the child of each segment by its slot.

    Args:
        given: The segments of each reader, whose children are rows of their reading.
        slots: The line-up of the children.
    """
    found = []
    for reader, mine in enumerate(given):
        at = {slot[reader]: n for n, slot in enumerate(slots)}
        named = (one if one.child is None else replace(one, child=at[one.child]) for one in mine)
        found.append(tuple(sorted(named, key=in_time)))
    return tuple(found)


def alike(marked: Marked) -> bool:
    """Whether all readers marked the same, be it nothing."""
    return len(set(marked)) <= 1


def shared(marked: Marked) -> tuple[Segment, ...]:
    """The times in which every reader marked the same labels of the same child. Twin: tests/naive/settling.py."""
    found: dict[tuple[int, int, int], Segment] = {}
    for one in reduce(_both, marked) if marked else ():
        before = found.get(in_time(one))
        found[in_time(one)] = one if before is None else _joined(before, one)
    return tuple(found[time] for time in sorted(found))


def _both(some: Iterable[Segment], others: Sequence[Segment]) -> tuple[Segment, ...]:
    return tuple(
        replace(one, from_ms=begins, to_ms=ends) for one in some for other in others
        if (one.activity, one.child) == (other.activity, other.child)
        and (begins := max(one.from_ms, other.from_ms)) < (ends := min(one.to_ms, other.to_ms)))


def _joined(one: Segment, other: Segment) -> Segment:
    """One segment where readers marked a time twice: all its labels, and nothing seen only where that is all."""
    labels = {*one.activity, *other.activity}
    return replace(one, activity=labels_of(sorted(labels.difference(NO_LABEL) or labels)))


def taken(marked: Marked, choice: str) -> tuple[Segment, ...]:
    """Give the segments that a choice means.

    Args:
        marked: What each reader marked.
        choice: A reader's number, from 1, `all` or `none`; empty where all marked the same.

    Raises:
        InputError: SRV-13, it means nothing.
    """
    if choice in (NONE, ASKED):
        return ()
    if choice == ALL:
        return shared(marked)
    by_number = {str(number): mine for number, mine in enumerate(marked, 1)}
    if (choice or "1") not in by_number:
        raise InputError("SRV-13", "there is no such reader")
    return by_number[choice or "1"]


def kept(segments: Iterable[Segment], chosen: Choices) -> list[tuple[Segment, Segment | None, str]]:
    """Say of each segment how it stands in the settlement, or, where the settlement says otherwise, why it does not.

    Args:
        segments: Those that were chosen, by slot.
        chosen: The rest of the settlement.
    """
    rows = {slot: row for row, slot in enumerate(chosen.rows)}
    return [(one, *_kept(one, rows.get(one.child) if one.child is not None else None, chosen.grade))
            for one in segments]


def _kept(one: Segment, row: int | None, grade: Grade) -> tuple[Segment | None, str]:
    if one.child is not None and row is None:
        return None, GONE
    found = replace(one, child=row)
    if unsaid([found], grade):
        return None, UNSAID.format("any child" if row is None else "this child")
    return found, ""

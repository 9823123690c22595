"""What the readings of an item say beside each other, and the grade that is made of them choice by choice. Pure.

Where all readers say the same, the settlement says so too; what they differ on is chosen, and nothing is by default.
Children are rows without names. As in `law.grades`, rows that are the same are the same child, in whatever order; of
the rest those that are most alike stand beside each other. Each place in that line-up is a `slot`, and `children[2]`
in a place of an answer means a slot here, which need not be the row's number in any reading.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

from hashgrade.errors import InputError
from hashgrade.law.grades import Answer, adult, grade_of
from hashgrade.law.vocabulary import CANNOT_DETERMINE, vocabulary
from hashgrade.nouns import Child, Grade, Reading

COUNT: Final = "child_count"
AGE: Final = "age_band"
PLACE: Final = re.compile(r"(?:children\[(?P<slot>\d{1,3})\])?\.?(?P<name>[a-z0-9_]{1,60})?", re.ASCII)

Said = Answer | None
"""An answer; None where the reader gave none."""
Slot = tuple[int | None, ...]
"""The row of one child in each reading; None where a reading has no such child."""


def shuffled(item: str, readings: Sequence[Reading]) -> list[Reading]:
    """The readings in an order that tells neither who read first nor who read what, the same each time."""
    return sorted(readings, key=lambda one: sha256(f"{item}:{one.reader}".encode()).digest())


def lined_up(readings: Sequence[Grade]) -> tuple[Slot, ...]:
    """Let the children of each reading stand beside those of the others that they are most like.

    Rows that are the same stand together, whatever their order, so that readings which agree line up without a gap; no
    reading has an empty place beside a row that could stand there. Twin: tests/naive/settling.py::lined_up.
    """
    slots: list[list[int | None]] = []
    for n, reading in enumerate(readings):
        rows = reading.children or ()
        ways = [(_unlike(slot, row, readings), at, m) for at, slot in enumerate(slots) for m, row in enumerate(rows)]
        placed: dict[int, int] = {}
        for _, at, m in sorted(ways):
            if at not in placed and m not in placed.values():
                placed[at] = m
        for at, slot in enumerate(slots):
            slot.append(placed.get(at))
        slots += [[None] * n + [m] for m in range(len(rows)) if m not in placed.values()]
    return tuple(map(tuple, slots))


def _unlike(slot: Sequence[int | None], row: Child, readings: Sequence[Grade]) -> tuple[int, int, int]:
    """How unlike a row is to the rows of a slot: whether none is the same, answers that differ, bands between ages."""
    rows = [(readings[n].children or ())[m] for n, m in enumerate(slot) if m is not None]
    names = {name for one in (*rows, row) for name in one}
    differ = sum(one.get(name) != row.get(name) for one in rows for name in names)
    bands = list(vocabulary().facts[AGE].values)
    ages = [bands.index(str(one[AGE])) for one in (*rows, row) if one.get(AGE) in bands]
    return int(all(one != row for one in rows)), differ, max(ages) - min(ages) if ages else 0


@dataclass(frozen=True)
class Compared:
    """Readings of an item side by side.

    Args:
        readings: What each reader says, in the order in which they are shown.
    """

    readings: tuple[Grade, ...]

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """The children, lined up."""
        return lined_up(self.readings)

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """The facts of the medium that some reader answered, in vocabulary order."""
        return tuple(vocabulary().in_order({name for one in self.readings for name in one.facts}))

    def row(self, slot: int, reader: int) -> Child | None:
        """A reader's row of a child; None where they have no such child."""
        at = self.slots[slot][reader] if slot < len(self.slots) else None
        return None if at is None else (self.readings[reader].children or ())[at]

    def facts_of(self, slot: int) -> tuple[str, ...]:
        """What some reader answered of a child, in vocabulary order."""
        rows = (self.row(slot, n) or {} for n in range(len(self.readings)))
        return tuple(vocabulary().in_order({name for row in rows for name in row}))

    def said(self, place: str) -> tuple[Said, ...]:
        """What each reader says at a place; of whether there is a child, yes or no."""
        slot, name = parsed(place)
        if slot is None:
            return tuple(one.facts.get(name) for one in self.readings)
        rows = [self.row(slot, n) for n in range(len(self.readings))]
        if not name:
            return tuple("no" if row is None else "yes" for row in rows)
        return tuple(None if row is None else row.get(name) for row in rows)

    def agreed(self, place: str) -> bool:
        """Whether all who can say something of a place say the same; of a child that is who has the child."""
        slot, name = parsed(place)
        said = self.said(place)
        if slot is not None and name:
            said = tuple(one for n, one in enumerate(said) if self.row(slot, n) is not None)
        return len(set(said)) <= 1


def parsed(place: str) -> tuple[int | None, str]:
    """The slot and the fact of a place: None for the medium, and no fact where it is whether there is the child.

    Raises:
        InputError: SRV-13, it is no place.
    """
    found = PLACE.fullmatch(place)
    if not place or found is None:
        raise InputError("SRV-13", "there is no such question")
    return (None if found["slot"] is None else int(found["slot"])), found["name"] or ""


def placed(slot: int, name: str = "") -> str:
    """The place of a child, or of a fact of it."""
    return f"children[{slot}].{name}" if name else f"children[{slot}]"


@dataclass(frozen=True)
class Choices:
    """What somebody has chosen of the readings so far.

    Args:
        of: The readings.
        chosen: By place the answer of the settlement, None where it leaves a fact unanswered.
        reopened: Places where the readers agree, and which are asked all the same.
    """

    of: Compared
    chosen: Mapping[str, Said] = field(default_factory=dict)
    reopened: frozenset[str] = frozenset()

    def is_open(self, place: str) -> bool:
        """Whether a place that readers speak of has no answer of the settlement yet."""
        return place not in self.chosen and (place in self.reopened or not self.of.agreed(place))

    def taken(self, place: str) -> Said:
        """The settlement's answer at a place; None where it has none, or none yet."""
        if place in self.chosen:
            return self.chosen[place]
        return None if self.is_open(place) else next((one for one in self.of.said(place) if one is not None), None)

    @cached_property
    def facts(self) -> dict[str, Answer]:
        """The settlement's answers of the medium."""
        names = dict.fromkeys((*self.of.facts, *(place for place in self.chosen if "[" not in place)))
        return {name: said for name in names if (said := self.taken(name)) is not None}

    @cached_property
    def slots(self) -> tuple[int, ...]:
        """Every child that a reader or the settler speaks of."""
        more = {slot for place in self.chosen for slot in [parsed(place)[0]] if slot is not None}
        return tuple(sorted({*range(len(self.of.slots)), *more}))

    @cached_property
    def present(self) -> Mapping[int, bool | None]:
        """Whether each child is in the settlement; None while that is open.

        Where the number of children is chosen and reached, or nothing can be assessed, the rest are not asked for.
        """
        found: dict[int, bool | None] = {}
        for slot in self.slots:
            said = self.taken(placed(slot)) if slot < len(self.of.slots) else self.chosen.get(placed(slot), "yes")
            found[slot] = None if said is None else said == "yes"
        full = self._full([slot for slot, there in found.items() if there])
        return {slot: False if there is None and full(slot) else there for slot, there in found.items()}

    def _full(self, there: Sequence[int]) -> Any:
        """Tell of a child that only some readers have whether there is room for it."""
        count = self.facts.get(COUNT)
        none = self.facts.get("assessable", "yes") not in ("yes", CANNOT_DETERMINE)
        full = isinstance(count, int) and sum(not adult(self.row(slot)) for slot in there) >= count

        def no_room(slot: int) -> bool:
            rows = [self.of.row(slot, n) for n in range(len(self.of.readings))]
            return placed(slot) not in self.reopened and (none or (full and not any(adult(row) for row in rows if row)))

        return no_room

    def row(self, slot: int) -> dict[str, Answer]:
        """The settlement's answers of a child."""
        more = (name for place in self.chosen for other, name in [parsed(place)] if other == slot and name)
        names = dict.fromkeys((*self.of.facts_of(slot), *more))
        return {name: said for name in names if (said := self.taken(placed(slot, name))) is not None}

    @cached_property
    def rows(self) -> tuple[int, ...]:
        """The children that are in the settlement, in the order of its rows."""
        return tuple(slot for slot, there in self.present.items() if there)

    @cached_property
    def grade(self) -> Grade:
        """The settlement as far as it is chosen.

        Raises:
            InputError: GRA-01 to GRA-04, two choices contradict each other.
        """
        tree: dict[str, object] = {"facts": self.facts}
        if self.rows:
            tree["children"] = [self.row(slot) for slot in self.rows]
        elif None not in self.present.values() and (
                self.facts.get(COUNT) == 0 or any(one.children == () for one in self.of.readings)):
            tree["children"] = []
        return grade_of(tree)

    def open(self) -> list[str]:
        """The places that readers speak of and that are still to be chosen, in the order in which they are asked.

        Who may be an adult comes first, since the number of children rests on it.
        """
        of_rows = {slot: list(self._open_of(slot)) for slot in self.present}
        first = [place for slot, places in of_rows.items() if self._may_be_adult(slot)
                 for place in places if place in (placed(slot), placed(slot, AGE))]
        rest = (place for places in of_rows.values() for place in places if place not in first)
        return [*first, *(name for name in self.of.facts if self.is_open(name)), *rest]

    def _open_of(self, slot: int) -> Iterator[str]:
        there = self.present[slot]
        if there is None:
            yield placed(slot)
        elif there:
            yield from (place for name in self.of.facts_of(slot) if self.is_open(place := placed(slot, name)))

    def _may_be_adult(self, slot: int) -> bool:
        return any(adult(self.of.row(slot, n) or {}) for n in range(len(self.of.readings)))

    def differing(self) -> list[str]:
        """Every place where readers differ or that was chosen anew, chosen or not, in the order of a table."""
        names = dict.fromkeys((*self.of.facts, *vocabulary().in_order(
            name for name in self.chosen if "[" not in name)))
        found = [name for name in names if self._shown(name)]
        for slot in self.slots:
            found += [placed(slot)] if self._shown(placed(slot)) else []
            if self.present[slot] is not False:
                found += [place for name in dict.fromkeys((*self.of.facts_of(slot), *self.row(slot)))
                          if self._shown(place := placed(slot, name))]
        return found

    def alike(self) -> Iterator[str]:
        """Every place where readers agree and that nobody asks anew."""
        yield from (name for name in self.of.facts if not self._shown(name))
        for slot in self.rows:
            yield from (place for name in self.of.facts_of(slot) if not self._shown(place := placed(slot, name)))

    def _shown(self, place: str) -> bool:
        return place in self.chosen or place in self.reopened or not self.of.agreed(place)

    def with_choice(self, place: str, said: Said) -> "Choices":
        """The same with one more choice.

        Raises:
            InputError: SRV-13, there is no such place; GRA-01 to GRA-04, it is no answer, or contradicts another.
        """
        slot, name = parsed(place)
        if name and name not in vocabulary().facts:
            raise InputError("SRV-13", "there is no such question")
        if slot is not None and not name and said not in ("yes", "no"):
            raise InputError("SRV-13", "whether there is a child is answered by yes or no")
        found = replace(self, chosen={**self.chosen, place: said})
        _ = found.grade
        return found

    def without(self, place: str) -> "Choices":
        """The same with a place asked again."""
        parsed(place)
        kept = {at: said for at, said in self.chosen.items() if at != place}
        known = place in self.of.facts or "[" in place
        return replace(self, chosen=kept, reopened=self.reopened | {place} if known else self.reopened)

    def at(self, path: str) -> str:
        """The place of a path in the settlement's grade, as `grading.asking` names what is still needed."""
        row, _, name = path.rpartition(".")
        if not row:
            return path
        number = int(row.removeprefix("children[").removesuffix("]"))
        if number < len(self.rows):
            return placed(self.rows[number], name)
        return placed((max(self.slots) + 1 if self.slots else 0) + number - len(self.rows), name)


def choices(readings: Sequence[Grade]) -> Choices:
    """Nothing chosen yet, of these readings.

    What they agree on can contradict itself while the rest is open: an age that decides who is a child. The number of
    children is asked then, though all say the same.
    """
    found = Choices(Compared(tuple(readings)))
    try:
        _ = found.grade
    except InputError:
        return replace(found, reopened=frozenset({COUNT}))
    return found

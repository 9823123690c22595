"""What arrives meets what is on file: the same, something new, or a contradiction. Pure.

Every rule here is idempotent: what was admitted once changes nothing the second time.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from hashgrade.audit import canonical
from hashgrade.errors import HashgradeError, InputError, Refused
from hashgrade.law import grades
from hashgrade.nouns import Claim, Item, Kind, Known, Reading, Report, Settlement, Sighting

Noun: TypeAlias = Report | Item | Sighting | Reading | Settlement | Claim
Merging = TypeVar("Merging", Report, Item, Sighting, Claim)
Refusal: TypeAlias = Callable[[Noun, HashgradeError], None]

RANK = {None: 0, Known.NEAR: 1, Known.CLAIMED: 2, Known.GRADED: 3}


def at_once(_noun: Noun, error: HashgradeError) -> None:
    """Refuse the whole block for one record; the default."""
    raise error


def merged(stored: Merging, given: Merging) -> Merging:
    """Join two records of one thing: what either knows is known, what they contradict is refused.

    `first_seen` keeps the earlier time, `known` the stronger recognition, `kind` what decoded,
    `skip` what was said last; every other field that both have must be equal.

    Raises:
        InputError: STO-05, a field is on file with another value.
    """
    if stored == given:
        return stored
    names = [one.name for one in fields(stored)]
    joined: dict[str, Any] = {name: _joined(name, getattr(stored, name), getattr(given, name)) for name in names}
    return replace(stored, **joined)


def _joined(name: str, stored: object, given: object) -> object:
    if given == stored or given is None:
        return stored
    if name in RULES:
        return RULES[name](stored, given)
    if stored is None:
        return given
    raise InputError("STO-05", f"`{name}` is on file with another value")


def _with_keys(stored: Mapping[str, object], given: Mapping[str, object]) -> Mapping[str, object]:
    clash = next((key for key in given if key in stored and stored[key] != given[key]), None)
    if clash is not None:
        raise InputError("STO-05", f"`{clash}` is on file with another value")
    return {**stored, **given}


RULES: dict[str, Callable[..., object]] = {
    "first_seen": min,
    "known": lambda stored, given: max(stored, given, key=RANK.__getitem__),
    "kind": lambda stored, given: given if stored is Kind.OTHER else stored,
    "extra": _with_keys,
    "skip": lambda _stored, given: given,
    "id": lambda stored, given: stored or given,
}


def folded(
    stored: dict[Hashable, Merging], given: Iterable[Merging], key: Callable[[Merging], Hashable], refused: Refusal,
) -> list[Merging]:
    """Merge what is given into `stored`, in order, and return each thing that is new or changed, once."""
    changed: dict[Hashable, Merging] = {}
    for noun in given:
        place = key(noun)
        before = stored.get(place)
        try:
            after = noun if before is None else merged(before, noun)
        except HashgradeError as error:
            refused(noun, error)
            continue
        if after is not before and after != before:
            stored[place] = changed[place] = after
    return list(changed.values())


class ReadingsOnFile:
    """The readings of some items, and the rule of who may add which.

    A reader has one current reading of an item. Another one must say which it supersedes,
    and that must be the current one. Who settled an item cannot read it.
    """

    def __init__(self, settlers: Mapping[str, set[str]]) -> None:
        self._settlers = settlers
        self._said: dict[tuple[str, str, datetime], Reading] = {}
        self.current: dict[tuple[str, str], datetime] = {}

    def keep(self, reading: Reading, *, current: bool) -> None:
        """Take note of a reading that is on file."""
        self._said[reading.sha256, reading.reader, reading.at] = reading
        if current:
            self.current[reading.sha256, reading.reader] = reading.at

    def admit(self, reading: Reading) -> bool:
        """Say whether the reading is new; False if the very same is on file.

        Raises:
            InputError: STO-06, the reader has another reading and this one does not supersede
                it; STO-07, what it supersedes is not the reader's current reading.
            Refused: STO-08, the reader settled the item.
        """
        said = self._said.get((reading.sha256, reading.reader, reading.at))
        if said is not None and (said == reading or content(said) == content(reading)):
            return False
        if reading.reader in self._settlers.get(reading.sha256, ()):
            raise Refused("STO-08", "who settled an item cannot read it")
        self._follow_on(reading, taken=said is not None)
        self.keep(reading, current=True)
        return True

    def _follow_on(self, reading: Reading, *, taken: bool) -> None:
        current = self.current.get((reading.sha256, reading.reader))
        if taken or (current is not None and reading.supersedes is None):
            raise InputError("STO-06", "this reader's reading of the item is on file with other content")
        if reading.supersedes != current:
            raise InputError("STO-07", "`supersedes` is not the time of this reader's current reading of the item")
        if current is not None and reading.at <= current:
            raise InputError("STO-07", "a correction is made after the reading it supersedes, and this one is not")


class SettlementsOnFile:
    """The settlements of some items, and the rule that none is by a reader of the item."""

    def __init__(self, readers: Mapping[str, set[str]]) -> None:
        self._readers = readers
        self._said: dict[tuple[str, str, datetime], Settlement] = {}

    def keep(self, settlement: Settlement) -> None:
        """Take note of a settlement that is on file."""
        self._said[settlement.sha256, settlement.by, settlement.at] = settlement

    def admit(self, settlement: Settlement) -> bool:
        """Say whether the settlement is new; False if the very same is on file.

        Raises:
            InputError: STO-06, the same person settled the item at the same time with other content.
            Refused: STO-09, the person read the item.
        """
        said = self._said.get((settlement.sha256, settlement.by, settlement.at))
        if said is not None and (said == settlement or content(said) == content(settlement)):
            return False
        if said is not None:
            raise InputError("STO-06", "this person's settlement of the item is on file with other content")
        if settlement.by in self._readers.get(settlement.sha256, ()):
            raise Refused("STO-09", "a reader of an item cannot settle it")
        self.keep(settlement)
        return True


def content(noun: Noun) -> bytes:
    """Spell out everything a record says, so that two can be compared and a digest taken."""
    return canonical([type(noun).__name__, *(_plain(one.name, getattr(noun, one.name)) for one in fields(noun))])


def _plain(name: str, value: object) -> object:
    if name == "grade":
        return grades.as_json(value)  # type: ignore[arg-type]
    return float(value) if name == "seconds_visible" and isinstance(value, int) else value

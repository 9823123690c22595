"""What arrives meets what is on file: the same, something new, or a contradiction. Pure.

Every rule here is idempotent: what was admitted once changes nothing the second time.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from hashgrade.audit import canonical
from hashgrade.errors import HashgradeError, InputError, Refused
from hashgrade.law import grades
from hashgrade.law.segments import as_trees
from hashgrade.nouns import Claim, Coding, Confirmation, Item, Kind, Known, Reading, Report, Settlement, Sighting

Noun: TypeAlias = Report | Item | Sighting | Reading | Settlement | Coding | Confirmation | Claim
Merging = TypeVar("Merging", Report, Item, Sighting, Claim)
Refusal: TypeAlias = Callable[[Noun, HashgradeError], None]

NO_SEGMENTS = ("segments", ())
"""Is left out, so that what was said before clips had segments is spelt as it was."""

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


Said = TypeVar("Said", Reading, Coding)


class _Chains(Generic[Said]):
    """What people said of items, each a chain: whoever says something else must say what it supersedes.

    A person has one current reading, or coding, of an item. Another one must name it, and be made later.
    """

    what: ClassVar[str]

    def __init__(self) -> None:
        self._said: dict[tuple[Hashable, datetime], Said] = {}
        self.current: dict[Hashable, datetime] = {}

    def of(self, one: Said) -> Hashable:
        """The chain that it belongs to."""
        raise NotImplementedError

    def keep(self, one: Said, *, current: bool = True) -> None:
        """Take note of one that is on file; of those that could be current, the last is."""
        chain = self.of(one)
        self._said[chain, one.at] = one
        if current:
            self.current[chain] = max(one.at, self.current.get(chain, one.at))

    def admit(self, one: Said) -> bool:
        """Say whether it is new; False if the very same is on file.

        Raises:
            InputError: STO-06, the person has another one and this one does not supersede it; STO-07, what it
                supersedes is not the person's current one.
        """
        said = self._said.get((self.of(one), one.at))
        if said is not None and (said == one or content(said) == content(one)):
            return False
        self.refuse(one)
        self._follow_on(one, taken=said is not None)
        self.keep(one)
        return True

    def refuse(self, one: Said) -> None:
        """Refuse who may not say anything of the item."""

    def _follow_on(self, one: Said, *, taken: bool) -> None:
        current = self.current.get(self.of(one))
        if taken or (current is not None and one.supersedes is None):
            raise InputError("STO-06", f"this {self.what} of the item is on file with other content")
        if one.supersedes != current:
            raise InputError("STO-07", f"`supersedes` is not the time of this {self.what} of the item that is current")
        if current is not None and one.at <= current:
            raise InputError("STO-07", "a correction is made after what it supersedes, and this one is not")


class ReadingsOnFile(_Chains[Reading]):
    """The readings of some items, and the rule of who may add which. Who settled an item cannot read it."""

    what = "reader's reading"

    def __init__(self, settlers: Mapping[str, set[str]]) -> None:
        super().__init__()
        self._settlers = settlers

    def of(self, one: Reading) -> Hashable:
        """The item and the reader."""
        return one.sha256, one.reader

    def refuse(self, one: Reading) -> None:
        """Refuse a reader who settled the item.

        Raises:
            Refused: STO-08, the reader settled the item.
        """
        if one.reader in self._settlers.get(one.sha256, ()):
            raise Refused("STO-08", "who settled an item cannot read it")


class CodingsOnFile(_Chains[Coding]):
    """The codings of some items, and the rule of who may add which."""

    what = "coder's coding"

    def of(self, one: Coding) -> Hashable:
        """The item, the study and the coder."""
        return one.sha256, one.study, one.coder


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
    said = ((one.name, getattr(noun, one.name)) for one in fields(noun))
    return canonical([type(noun).__name__, *(_plain(*one) for one in said if one != NO_SEGMENTS)])


def _plain(name: str, value: object) -> object:
    if name == "grade":
        return grades.as_json(value)  # type: ignore[arg-type]
    if name == "segments":
        return as_trees(value)  # type: ignore[arg-type]
    return float(value) if name == "seconds_visible" and isinstance(value, int) else value


class ConfirmationsOnFile:
    """What was said of some items on sheets, and the rule that of each person one thing stands."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str, datetime], Confirmation] = {}
        self._stand: set[tuple[str, str]] = set()

    def keep(self, one: Confirmation) -> None:
        """Take note of what is on file."""
        self._said[one.sha256, one.by, one.at] = one
        if one.taken_back is None:
            self._stand.add((one.sha256, one.by))
        elif not any(other.taken_back is None for other in self._said.values()
                     if (other.sha256, other.by) == (one.sha256, one.by)):
            self._stand.discard((one.sha256, one.by))

    def admit(self, one: Confirmation) -> bool:
        """Say whether it is new, or was taken back since; False if the very same is on file.

        Raises:
            InputError: STO-06, the person said something else of the item, and has not taken it back.
        """
        said = self._said.get((one.sha256, one.by, one.at))
        same = said is not None and replace(said, taken_back=one.taken_back) == one
        if said is not None and same and one.taken_back in (said.taken_back, None):  # what is taken back stays so
            return False
        taken_back = said is not None and same and said.taken_back is None
        if not taken_back and (said is not None or (one.taken_back is None and (one.sha256, one.by) in self._stand)):
            raise InputError("STO-06", "this person has said of the item whether it is like its leader",
                             to_do="take that back first")
        self.keep(one)
        return True

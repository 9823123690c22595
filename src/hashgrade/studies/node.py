"""A walk down a study file that gathers what is wrong on its way, each with its place."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from hashgrade.errors import InputError
from hashgrade.law.condition import Condition, Words
from hashgrade.law.load import Place, did_you_mean

Kinds = Mapping[str, tuple[type, ...]]
"""The keys of a map, and the types that the value of each may have."""
_WORDS = {str: "text", int: "a whole number", dict: "a map", list: "a list", bool: "true or false", date: "a date"}


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file, its place, and where everything that is wrong is gathered."""

    value: Any
    place: Place
    wrong: list[InputError] = field(default_factory=list)

    def at(self, key: str | int) -> "Node":
        """What the key `key`, which is there, leads to."""
        return Node(self.value[key], self.place.at(key), self.wrong)

    def tell(self, what: str, hint: str = "", *, code: str = "STU-03", key: str = "", to_do: str = "") -> None:
        """Say what is wrong here, or with the key `key` of this map."""
        self.wrong.append((self.place.key(key) if key else self.place).error(code, what, hint, to_do))

    def get(self, key: str, otherwise: Any) -> Any:
        """The value of a key that may be there."""
        return self.value.get(key, otherwise)

    def keyed(self, wanted: Kinds, allowed: Kinds) -> "Node":
        """This map with the keys that are known and of the right kind; the others are told and left out."""
        held: dict[str, Any] = {}
        if not isinstance(self.value, dict):
            self.tell(f"a map of keys to values is wanted here, got `{short(self.value)}`")
            return Node(held, self.place, self.wrong)
        known, meant = {**wanted, **allowed}, ""
        for key, value in self.value.items():
            if key not in known:
                hint = did_you_mean(key, list(known))
                meant += hint
                self.wrong.append(self.place.key(key).error("STU-03", f"the key `{key}` is not known here", hint))
            elif _is(value, known[key]):
                held[key] = value
            else:
                kinds = " or ".join(_WORDS[kind] for kind in known[key] if kind in _WORDS)
                self.at(key).tell(f"the key `{key}` wants {kinds}, got `{short(value)}`")
        if missing := [f"`{key}`" for key in wanted if key not in self.value and f"`{key}`" not in meant]:
            many = f"the keys {', '.join(missing)} are" if len(missing) > 1 else f"the key {missing[0]} is"
            self.tell(f"{many} missing")
        return Node(held, self.place, self.wrong)

    def entries(self, key: str) -> Iterator[tuple[str, "Node"]]:
        """The entries of a map whose keys are the author's own words."""
        for name in self.get(key, ()):
            if isinstance(name, str):
                yield name, self.at(key).at(name)
            else:
                self.wrong.append(self.place.at(key).key(name).error(
                    "STU-03", f"a key is a word, got `{name}`", "put it in quotes"))

    def texts(self, key: str, one: str) -> tuple[str, ...]:
        """The texts of a list; `one` says what each is."""
        for n, line in enumerate(self.get(key, ())):
            if not isinstance(line, str):
                self.at(key).at(n).tell(f"{one} is one text; put it in quotes if it has a colon")
        return tuple(line for line in self.get(key, ()) if isinstance(line, str))

    def named(self, key: str) -> dict[str, str]:
        """A map from words to texts."""
        found = dict(self.entries(key))
        return {name: str(node.value) for name, node in found.items() if node.is_text(name)}

    def is_text(self, key: str) -> bool:
        """Whether this, the value of `key`, is a text; told if not."""
        if not isinstance(self.value, str):
            self.tell(f"the key `{key}` wants text, got `{short(self.value)}`")
        return isinstance(self.value, str)

    def as_condition(self, known: Words) -> Condition | None:
        """This value as a condition, or None where it is not one."""
        try:
            return Condition.parse(self.value, self.place, known)
        except InputError as error:
            self.wrong.append(error)
            return None

    def one_of(self, key: str, known: Iterable[str], what: str, otherwise: str) -> str:
        """The value of a key that takes one of a few words; `what` says what they are."""
        value = str(self.get(key, otherwise))
        if key in self.value and value not in known:
            self.at(key).tell(f"{what} is one of {', '.join(known)}, got `{short(value)}`",
                              did_you_mean(value, list(known)))
            return otherwise
        return value

    def from_one(self, key: str) -> int:
        """The value of a key that takes a whole number from 1 up; 1 where it is not given."""
        number = int(self.get(key, 1))
        if number < 1:
            self.at(key).tell(f"the key `{key}` wants a whole number from 1 up, got `{number}`")
        return max(number, 1)


def _is(value: Any, kinds: tuple[type, ...]) -> bool:
    """Whether it is of one of these types; Python's own takes `true` for a number and a time for a day."""
    if isinstance(value, (bool, datetime)):
        return bool in kinds and isinstance(value, bool)
    return isinstance(value, kinds)


def short(value: object) -> str:
    """A value as it is told in an error, at most 60 characters of it."""
    text = str(value)
    return text if len(text) <= 60 else text[:60] + "..."


def spot(error: InputError) -> tuple[int, ...]:
    """Line and column of an error, to sort by; those without come first."""
    return tuple(int(part) for part in error.where.split(":")[-2:] if part.isdecimal())

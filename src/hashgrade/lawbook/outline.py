"""Conditions as their authors wrote them, as nested sentences: what is true of all, of any, or of none of these."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from hashgrade.law.pack import Pack
from hashgrade.law.wording import compared, listed, quoted

ALL, ANY, NONE, NOT_ALL = "all of these", "at least one of these", "none of these", "not all of these together"

TAKEN = {"yes": "taken", "no": "not taken"}


@dataclass(frozen=True, slots=True)
class Node:
    """One clause, or a heading with the clauses below it.

    Args:
        text: The clause, or what is true of the parts: all of them, at least one, none.
        parts: The clauses below; empty for a clause.
    """

    text: str
    parts: tuple["Node", ...] = ()

    def as_model(self) -> dict[str, Any]:
        """The node as templates take it."""
        return {"text": self.text, "parts": [part.as_model() for part in self.parts]}

    def __str__(self) -> str:
        """The whole as one sentence, with brackets where it is nested."""
        parts = "; ".join(f"({part})" if part.parts else str(part) for part in self.parts)
        return f"{self.text}: {parts}" if parts else self.text


@dataclass(frozen=True, slots=True)
class Outline:
    """Reads conditions of one pack aloud.

    Args:
        pack: Whose parameters they name.
        others: The packs whose verdicts they ask for, by name.
    """

    pack: Pack
    others: Mapping[str, Pack]

    def of(self, tree: object, true: bool = True) -> Node:
        """A condition as written, or its opposite, as nested clauses.

        Args:
            tree: Plain maps, lists and words, which the pack has checked.
            true: Whether it holds.
        """
        if isinstance(tree, str):
            return self.clause(tree, "is", "yes", true)
        ((key, inner),) = cast("Mapping[str, Any]", tree).items()
        if key == "not":
            return self.of(inner, not true)
        if key in ("all", "any"):
            return self.group(key, inner, true)
        ((op, value),) = inner.items()
        return self.clause(key, op, value, true)

    def group(self, key: str, trees: Iterable[object], true: bool) -> Node:
        """Conditions that are joined; a join of the same kind inside it is one with it."""
        parts: list[Node] = []
        text = {("all", True): ALL, ("any", True): ANY, ("all", False): NOT_ALL, ("any", False): NONE}[key, true]
        for part in map(self.of, trees):
            parts.extend(part.parts if part.text == {"all": ALL, "any": ANY}[key] else [part])
        if len(parts) > 1:
            return Node(text, tuple(parts))
        (only,) = trees
        return self.of(only, true)

    def clause(self, name: str, op: str, value: object, true: bool) -> Node:
        """One comparison: of a fact, of a reading, or of another pack's verdict."""
        values = [str(one) for one in value] if isinstance(value, list) else [str(value)]
        kind, _, of = name.partition(".")
        if kind == "parameter":
            return self.reading(of, true)
        if kind == "verdict":
            other = self.others[of]
            labels = listed([quoted(other.labels[outcome]) for outcome in values], "or")
            return Node(f"the pack {quoted(other.title)} {'gives' if true else 'does not give'} {labels}")
        return Node(compared(name, "in" if op == "is" else op, values, true))

    def reading(self, name: str, true: bool) -> Node:
        """A parameter by its name in words, and what it says."""
        value, said = self.pack.parameters[name], f"the reading {quoted(in_words(name))} is"
        if value in ("yes", "no"):
            return Node(f"{said} {'taken' if true else 'not taken'} (here it is {TAKEN[str(value)]})")
        inner = self.of(value)
        met = f"{said} {'met' if true else 'not met'}, which asks"
        return Node(f"{met} {inner.text}", inner.parts) if inner.parts else Node(f"{met} that {inner.text}")

    def meaning(self, name: str) -> Node | None:
        """What a parameter says: that a reading is taken or not, or its condition; None where there is none."""
        if name not in self.pack.parameters:
            return None
        value = self.pack.parameters[name]
        return Node(TAKEN[str(value)]) if value in ("yes", "no") else self.of(value)


def in_words(name: str) -> str:
    """The name of a parameter or a rule as words."""
    return name.replace("_", " ").replace("-", " ")


def sentence(text: str) -> str:
    """A clause as it stands at the beginning of a line."""
    return text[:1].upper() + text[1:]

"""The questions of one item, one after another: first what the law still needs, then what studies ask of all. Pure.

Nothing is answered by default, and nothing is asked twice. Children are rows: how many there are is asked before
anything about one of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hashgrade.errors import InputError
from hashgrade.law.asking import Weights, order
from hashgrade.law.pack import Pack
from hashgrade.law.unanswered import path, places
from hashgrade.law.vocabulary import CANNOT_DETERMINE, Fact, vocabulary
from hashgrade.nouns import Grade

COUNT: Final = "child_count"

TOGETHER: Final[Mapping[str, str]] = {"age_band": "sex", "capture": "origin"}
"""Questions that one key answers together with another: of the same child, or both of the medium."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question about an item.

    Args:
        at: Where its answer goes: `depiction`, or `children[1].age_band`.
        fact: What is asked.
        row: Of which child, from 0; None of the medium.
        by_law: Whether a pack in use needs it; else the station's study profile does.
    """

    at: str
    fact: Fact
    row: int | None
    by_law: bool

    @property
    def answers(self) -> tuple[str, ...]:
        """What can be answered, in the order of the vocabulary; none where it is a number or a text."""
        return (*self.fact.values, CANNOT_DETERMINE) if self.fact.values else ()


def next_asked(grade: Grade, packs: Sequence[Pack], profile: Sequence[str], weights: Weights | None = None,
               ) -> Question | None:
    """The question to ask next, None once nothing more is asked."""
    return next(iter(asked(grade, packs, profile, weights)), None)


def asked(grade: Grade, packs: Sequence[Pack], profile: Sequence[str], weights: Weights | None = None,
          ) -> list[Question]:
    """All that may still be asked of an item, the next question first.

    Args:
        grade: What is answered.
        packs: The packs in use.
        profile: Facts that studies want of every item that can be assessed.
        weights: How often each value is the answer, as `law.asking` takes it.
    """
    by_law = order(grade, packs, weights)
    rest = (at for at in _of_profile(grade, profile) if at not in by_law)
    return [*(_question(at, by_law=True) for at in by_law), *(_question(at, by_law=False) for at in rest)]


def together(one: Question, questions: Sequence[Question]) -> Question | None:
    """The question among others that one key answers together with this one, None where there is none."""
    name = TOGETHER.get(one.fact.id)
    return next((other for other in questions if other.fact.id == name and other.row == one.row), None)


def profile_of(names: Sequence[str]) -> tuple[str, ...]:
    """The profile that the settings name, each fact once.

    Raises:
        InputError: GRD-11, the vocabulary has no such fact, or it is a legal test, which only a law asks.
    """
    facts = vocabulary().facts
    for name in names:
        if name not in facts or facts[name].legal_test:
            what = "is a legal test, which is asked where a law needs it" if name in facts else "is no fact"
            raise InputError("GRD-11", f"`{name}` {what}", where="profile",
                             to_do="name facts of the vocabulary in the setting `profile`")
    return tuple(dict.fromkeys(names))


def _of_profile(grade: Grade, profile: Sequence[str]) -> Iterator[str]:
    if grade.facts.get("assessable", "yes") not in ("yes", CANNOT_DETERMINE):
        return
    facts = vocabulary().facts
    for name in sorted(profile, key=lambda name: name in TOGETHER.values()):
        if facts[name].level == "M":
            if name not in grade.facts:
                yield name
        elif grade.children is None and COUNT not in grade.facts:
            yield COUNT
        else:
            yield from (path(name, n) for n, row, _grown in places(grade) if name not in row)


def _question(at: str, *, by_law: bool) -> Question:
    row, dot, name = at.rpartition(".")
    number = int(row.removeprefix("children[").removesuffix("]")) if dot else None
    return Question(at, vocabulary().facts[name], number, by_law)

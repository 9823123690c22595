"""Many grades at once: each one's answers as one number, and every verdict by look-up; equal to `judge` on all.

Needs numpy, which nothing else in this room does: it is imported where millions of grades are judged, and by
no command that judges one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache, reduce
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt

from hashgrade.law.condition import FALSE, TRUE, UNKNOWN, Condition
from hashgrade.law.grades import adult, prepubescent, unknown_children
from hashgrade.law.pack import Pack
from hashgrade.law.vocabulary import CANNOT_DETERMINE, Fact, vocabulary
from hashgrade.nouns import Child, Grade

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Codes = npt.NDArray[np.unsignedinteger[Any]]
Places = npt.NDArray[np.int64]

RANKS_MAX: Final = 32
TABLES_MAX: Final = 10_000
RUN: Final = 1 << 16


# -- answers as numbers -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Field:
    """Where the answers to one fact stand in a number, and what each code there means.

    Args:
        shift_bits: The place of the lowest bit.
        bits: How many bits it takes.
        answers: The answer of each code, from 0, which is unanswered; of lists, of each bit.
        many: Whether a code is a set of labels, a bit each.
    """

    shift_bits: int
    bits: int
    answers: tuple[object, ...]
    many: bool

    def code(self, answer: object) -> int:
        """The code of an answer."""
        if not self.many:
            return self.answers.index(answer)
        return sum(1 << self.answers.index(label) for label in cast("tuple[str, ...]", answer))

    def meanings(self) -> tuple[object, ...]:
        """The answer of every code: `None` of 0, which is unanswered."""
        if not self.many:
            return self.answers
        return (None, *(tuple(label for n, label in enumerate(self.answers) if code >> n & 1)
                        for code in range(1, 1 << self.bits)))


class _Codes(dict[tuple[str, object], int]):
    """The bits of each answer, kept once they are met; a fact that no rule may read has none, and is not kept."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self.fields: dict[str, _Field] = {}
        shift = 0
        for fact in (vocabulary().facts[name] for name in names):
            if fact.kind not in ("number", "text"):
                self.fields[fact.id] = _field(fact, shift)
                shift += self.fields[fact.id].bits
        if shift > 64:
            raise OverflowError(f"the answers take {shift} bits, and 64 are kept for them")

    def __missing__(self, item: tuple[str, object]) -> int:
        name, answer = item
        there = self.fields.get(name)
        if there is None:
            return 0
        bits = self[item] = there.code(answer) << there.shift_bits
        return bits


def _field(fact: Fact, shift_bits: int) -> _Field:
    if fact.many:
        return _Field(shift_bits, len(fact.values) + 1, (*fact.values, CANNOT_DETERMINE), many=True)
    answers = (None, CANNOT_DETERMINE, *fact.values)
    return _Field(shift_bits, (len(answers) - 1).bit_length(), answers, many=False)


@cache
def _of_medium() -> _Codes:
    return _Codes(vocabulary().of_medium)


@cache
def _of_row() -> _Codes:
    return _Codes(vocabulary().of_row)


@dataclass(frozen=True, eq=False)
class Columns:
    """Grades as numbers: one a medium and one a child, in which each fact has its own bits.

    Args:
        media: The answers of each medium.
        children: The answers of each child: those described, in order, and after them one of whom nothing is
            known where there are, or may be, more. People of 18 or over are left out.
        offsets: Where each medium's children begin among all, and one more: their number.
        read: The codes of a fact, once they were cut out.
    """

    media: Words
    children: Words
    offsets: Places
    read: dict[str, Codes] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, grades: Iterable[Grade]) -> "Columns":
        """The columns of grades that `grade_of` checked, in their order."""
        medium, row = _of_medium().__getitem__, _of_row().__getitem__
        media: list[int] = []
        children: list[int] = []
        ends = [0]
        for grade in grades:
            media.append(sum(map(medium, grade.facts.items())))
            for child in grade.children or ():
                if not adult(child):
                    children.append(sum(map(row, child.items())))
            if unknown_children(grade):
                children.append(0)
            ends.append(len(children))
        return cls(np.array(media, np.uint64), np.array(children, np.uint64), np.array(ends, np.int64))

    def __len__(self) -> int:
        return len(self.media)

    def codes(self, name: str) -> Codes:
        """The code of a fact for each child; its own answer to a legal test wins over the medium's."""
        if name not in self.read:
            self.read[name] = self._codes(name)
        return self.read[name]

    def _codes(self, name: str) -> Codes:
        if name == "prepubescent":
            return _prepubescent()[self.codes("puberty"), self.codes("age_band")]
        own = _cut(self.children, _of_row().fields.get(name))
        theirs = _cut(self.media, _of_medium().fields.get(name))
        if theirs is None:
            return cast("Codes", own)
        of_medium = np.repeat(theirs, np.diff(self.offsets))
        return of_medium if own is None else np.where(own, own, of_medium)


def _cut(words: Words, there: _Field | None) -> Codes | None:
    if there is None:
        return None
    found = words >> np.uint64(there.shift_bits) & np.uint64((1 << there.bits) - 1)
    return found.astype(np.uint8 if there.bits <= 8 else np.uint16)


def _meanings(name: str) -> tuple[object, ...]:
    """What each code of a name stands for."""
    if name == "prepubescent":
        return None, "yes", "no"
    return {**_of_medium().fields, **_of_row().fields}[name].meanings()


@cache
def _prepubescent() -> Codes:
    """The code of `prepubescent` for each code of puberty and of age."""
    codes = _meanings("prepubescent")
    return np.array([[codes.index(prepubescent(_row(puberty=puberty, age_band=band)))
                      for band in _meanings("age_band")] for puberty in _meanings("puberty")], np.uint8)


def _row(**answers: object) -> Child:
    return cast("Child", {name: answer for name, answer in answers.items() if answer is not None})


# -- judging ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class Verdicts:
    """What a pack makes of each of many media.

    Args:
        pack: The pack.
        at_least: The rank of the outcome that is proved, 0 for the most severe; uint8 [N].
        could_be: A bit for the rank of every more severe outcome that is still possible; uint32 [N].
    """

    pack: Pack
    at_least: Bytes
    could_be: npt.NDArray[np.uint32]

    def interval(self, n: int) -> tuple[str, tuple[str, ...]]:
        """`at_least` and `could_be` of the nth medium, as a `Verdict` has them."""
        outcomes = self.pack.outcomes
        bits = int(self.could_be[n])
        return outcomes[self.at_least[n]], tuple(name for rank, name in enumerate(outcomes) if bits >> rank & 1)


def judge_all(columns: Columns, pack: Pack) -> Verdicts:
    """Judge every medium by one pack: `at_least` and `could_be`, equal to `judge` on each.

    Equal by construction: a comparison is a table that the reference evaluator filled in, code by code; `all`,
    `any` and `not` are minimum, maximum and 2 - x. An unknown rule after a true one is no more severe than that, and
    what is not more severe than the proved outcome is cut off for all children at once, so that no order is kept.
    Other packs may be judged at the same time by other threads.

    Raises:
        OverflowError: The pack has more than 32 outcomes.
    """
    last = len(pack.outcomes) - 1
    if last >= RANKS_MAX:
        raise OverflowError(f"`{pack.id}` has {last + 1} outcomes, and {RANKS_MAX} bits are kept for them")
    count = len(columns.children)
    proved, open_ = np.full(count, last, np.uint8), np.zeros(count, np.uint32)
    for start in range(0, count, RUN):
        part = slice(start, start + RUN)
        run = _Run(columns, part, {})
        for rank, conditions in _by_rank(pack):
            value = run.joined(np.maximum, conditions)
            np.minimum(proved[part], np.where(value == TRUE, np.uint8(rank), np.uint8(last)), out=proved[part])
            open_[part] |= (value == UNKNOWN).astype(np.uint32) << np.uint32(rank)
    return _of_media(columns, pack, proved, open_)


def _of_media(columns: Columns, pack: Pack, proved: Bytes, open_: npt.NDArray[np.uint32]) -> Verdicts:
    at_least = np.full(len(columns), len(pack.outcomes) - 1, np.uint8)
    could_be = np.zeros(len(columns), np.uint32)
    some = np.flatnonzero(np.diff(columns.offsets))
    if len(some):
        starts = columns.offsets[some]
        at_least[some] = np.minimum.reduceat(proved, starts)
        could_be[some] = np.bitwise_or.reduceat(open_, starts)
    more_severe = (np.uint64(1) << at_least.astype(np.uint64)) - np.uint64(1)
    return Verdicts(pack, at_least, could_be & more_severe.astype(np.uint32))


def _by_rank(pack: Pack) -> list[tuple[int, tuple[Condition, ...]]]:
    ranks = sorted({pack.rank[rule.outcome] for rule in pack.rules})
    return [(rank, tuple(rule.when for rule in pack.rules if pack.rank[rule.outcome] == rank)) for rank in ranks]


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of children short enough to stay in the processor's cache, and what conditions make of each of them."""

    columns: Columns
    part: slice
    done: dict[Condition, Bytes]

    def value(self, condition: Condition) -> Bytes:
        if condition not in self.done:
            self.done[condition] = self._value(condition)
        return self.done[condition]

    def _value(self, condition: Condition) -> Bytes:
        if condition.name:
            return _table(condition)[self.columns.codes(condition.name)[self.part]]
        if condition.op == "not":
            return np.subtract(np.uint8(TRUE), self.value(condition.parts[0]))
        return self.joined(np.minimum if condition.op == "all" else np.maximum, condition.parts)

    def joined(self, join: np.ufunc, parts: tuple[Condition, ...]) -> Bytes:
        settled = TRUE if join is np.minimum else FALSE
        values = [self.value(part) for part in parts]
        if not values:
            return np.full(len(self.columns.children[self.part]), settled, np.uint8)
        return reduce(join, values)


@lru_cache(maxsize=TABLES_MAX)
def _table(comparison: Condition) -> Bytes:
    """What the reference evaluator makes of a comparison, for each code."""
    return np.array([comparison.value({comparison.name: answer}.get)
                     for answer in _meanings(comparison.name)], np.uint8)

"""Decision tables: every way in which a rule can be true, one row each, as the law's own condition gives them.

A row names, for each fact that matters, the answers it may have; a fact that is not named does not matter.
A grade that is answered in full makes the rule true exactly when some row admits all of its answers.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from itertools import combinations
from typing import cast

from hashgrade.law.condition import Condition
from hashgrade.law.vocabulary import Fact, vocabulary

WAYS_MAX = 96
"""More rows than this are no table that anybody reads; the rule is then told in words only."""

NOT_MAX = 3
"""Up to so many values that are left out are named instead of those that are let in."""

YEARS = range(31)
"""Completed years that bounds can tell apart; the last stands for every age from there on."""


class TooManyError(Exception):
    """A condition has more ways of being true than a table can show."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The answers that one fact may have in one row.

    Args:
        values: Of a fact with one answer, the answers (years, of an age); of a list of labels, empty.
        includes: Sets of labels, of each of which the list has at least one.
        excludes: Labels that the list does not have.
    """

    values: frozenset[object] = frozenset()
    includes: frozenset[frozenset[str]] = frozenset()
    excludes: frozenset[str] = frozenset()

    def both(self, other: "Allowed") -> "Allowed | None":
        """What both allow; None where that is nothing."""
        excludes = self.excludes | other.excludes
        includes = _least({labels - excludes for labels in self.includes | other.includes})
        values = self.values & other.values
        one_answer = bool(self.values or other.values)
        return None if (one_answer and not values) or frozenset() in includes else Allowed(values, includes, excludes)

    def within(self, other: "Allowed") -> bool:
        """Whether every answer that this allows is allowed by `other`."""
        return (self.values <= other.values and self.excludes >= other.excludes
                and all(any(ours <= theirs for ours in self.includes) for theirs in other.includes))


Row = Mapping[str, Allowed]


@dataclass(frozen=True, slots=True)
class Ways:
    """Rows that together say when a condition is true; no rows, never; an empty row, always."""

    rows: tuple[Row, ...] = field(default=())

    def admits(self, answers: Mapping[str, object]) -> bool:
        """Whether some row allows all of these answers: a word each, a year of `age_band`, labels of `activity`."""
        return any(all(_allows(allowed, answers[name]) for name, allowed in row.items()) for row in self.rows)


def _allows(allowed: Allowed, answer: object) -> bool:
    if isinstance(answer, frozenset):
        return not answer & allowed.excludes and all(answer & labels for labels in allowed.includes)
    return answer in allowed.values


def ways(condition: Condition) -> Ways:
    """The decision table of a condition: disjunctive normal form, without rows that another row covers.

    Rows that differ in one fact only are one. The form is proved against the condition itself by exhaustion in
    tests/flows/test_lawbook.py.

    Raises:
        TooManyError: It has more than `WAYS_MAX` rows.
    """
    return Ways(tuple(_merged(_rows(condition, true=True))))


def _rows(condition: Condition, *, true: bool) -> list[Row]:
    if condition.op == "not":
        return _rows(condition.parts[0], true=not true)
    if condition.name:
        return [{condition.name: _allowed(condition, true)}]
    parts = (_rows(part, true=true) for part in condition.parts)
    if (condition.op == "all") == true:
        return reduce(_joined, parts, [{}])
    return _distinct([row for rows in parts for row in rows])


def _joined(some: list[Row], others: list[Row]) -> list[Row]:
    return _distinct([row for one in some for other in others if (row := _both(one, other)) is not None])


def _both(one: Row, other: Row) -> Row | None:
    found = dict(one)
    for name, allowed in other.items():
        met = found[name].both(allowed) if name in found else allowed
        if met is None:
            return None
        found[name] = met
    return found


def _distinct(rows: list[Row]) -> list[Row]:
    """Rows that no other covers; of two that are equal, the first."""
    kept: list[Row] = []
    for row in rows:
        if any(_covers(other, row) for other in kept):
            continue
        kept = [*(other for other in kept if not _covers(row, other)), row]
    if len(kept) > WAYS_MAX * 4:
        raise TooManyError
    return kept


def _covers(wide: Row, narrow: Row) -> bool:
    return all(name in narrow and narrow[name].within(allowed) for name, allowed in wide.items())


def _merged(rows: list[Row]) -> list[Row]:
    """Rows of which no two differ in one fact only and could be told as one."""
    left: list[Row] | None = rows
    while left is not None:
        rows, left = left, _fewer(left)
    if len(rows) > WAYS_MAX:
        raise TooManyError
    return rows


def _fewer(rows: list[Row]) -> list[Row] | None:
    """The rows with the first two that can be told as one in the place of the earlier; None where no two can."""
    for i, j in combinations(range(len(rows)), 2):
        one = _as_one(rows[i], rows[j])
        if one is not None:
            return _distinct([*rows[:i], one, *rows[i + 1:j], *rows[j + 1:]])
    return None


def _as_one(one: Row, other: Row) -> Row | None:
    differ = [name for name in {**one, **other} if one.get(name) != other.get(name)]
    if len(differ) != 1 or one.keys() != other.keys():
        return None
    name = differ[0]
    either = _either(one[name], other[name])
    if either is None:
        return None
    rest = {key: allowed for key, allowed in one.items() if key != name}
    return rest if either.values == _universe(vocabulary().names[name]) else {**one, name: either}


def _either(one: Allowed, other: Allowed) -> Allowed | None:
    if one.values:
        return Allowed(one.values | other.values)
    if one.excludes or other.excludes or len(one.includes) != 1 or len(other.includes) != 1:
        return None
    return Allowed(includes=frozenset({frozenset().union(*one.includes, *other.includes)}))


# -- one comparison -----------------------------------------------------------------------------------------------


def _allowed(condition: Condition, true: bool) -> Allowed:
    fact = vocabulary().names[condition.name]
    if fact.many:
        labels = frozenset(map(str, condition.values))
        return Allowed(includes=frozenset({labels})) if true else Allowed(excludes=labels)
    held = frozenset(_values(condition, fact))
    return Allowed(held if true else _universe(fact) - held)


def _values(condition: Condition, fact: Fact) -> Iterator[object]:
    if condition.op == "in" and fact.kind == "band":
        for band in map(str, condition.values):
            first, last = vocabulary().bands[band]
            yield from (year for year in YEARS if first <= year <= last)
    elif condition.op == "in":
        yield from condition.values
    else:
        bound = cast("int", condition.values[0])
        yield from (year for year in YEARS if (year < bound if condition.op == "under" else year > bound))


def _universe(fact: Fact) -> frozenset[object]:
    return frozenset(YEARS) if fact.kind == "band" else frozenset(fact.values)


def _least(sets: Iterable[frozenset[str]]) -> frozenset[frozenset[str]]:
    """The sets that hold no other: a list that meets these meets all."""
    given = set(sets)
    return frozenset(one for one in given if not any(other < one for other in given))


# -- in words -----------------------------------------------------------------------------------------------------


def cell(name: str, allowed: Allowed | None) -> list[str]:
    """One cell of a table, a line each; a dash where the fact does not matter."""
    if allowed is None:
        return ["–"]
    fact = vocabulary().names[name]
    if fact.many:
        order = list(fact.values)
        several = sorted(allowed.includes, key=lambda labels: sorted(map(order.index, labels)))
        lines = [line for labels in several for line in _labels("any of", labels, fact)]
        return lines + (_labels("none of", allowed.excludes, fact) if allowed.excludes else [])
    if fact.kind == "band":
        return _ages(cast("frozenset[int]", allowed.values))
    names = [label for value, label in fact.values.items() if value in allowed.values]
    others = [label for value, label in fact.values.items() if value not in allowed.values]
    return [f"not {name}" for name in others] if len(others) < len(names) and len(others) <= NOT_MAX else names


def _labels(lead: str, labels: frozenset[str], fact: Fact) -> list[str]:
    names = [label for value, label in fact.values.items() if value in labels]
    return [f"{lead}:", *names] if len(names) > 1 else names if lead == "any of" else [f"not {names[0]}"]


def _ages(years: frozenset[int]) -> list[str]:
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and runs[-1][-1] == year - 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return [_run(run[0], run[-1]) for run in runs]


def _run(first: int, last: int) -> str:
    if last == YEARS[-1]:
        return f"{first} or over"
    return f"{last} or under" if first == 0 else f"{first} to {last}"

"""Which unanswered facts could still change an outcome: the reason why people are asked so little.

A fact counts when two complete ways of answering differ only in it and give different outcomes. Only the
facts that a pack mentions can; of their values, only one from each class that its comparisons tell apart; and
children meet only in the medium's maximum, so that a pair of numbers says all that one child contributes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain, combinations, product
from typing import cast

from hashgrade.law.condition import TRUE, UNKNOWN
from hashgrade.law.grades import adult, child_count, contradiction, prepubescent
from hashgrade.law.pack import Pack
from hashgrade.law.vocabulary import ADULT, CANNOT_DETERMINE, Fact, vocabulary
from hashgrade.nouns import Child, Grade

MEMO = 10_000

Span = tuple[int, int]
"""What a child contributes: the rank of what is proved, and of the most severe that is possible (0 first)."""

Answers = tuple[object, ...]
Key = tuple[tuple[str, object], ...]


def unanswered(grade: Grade, pack: Pack) -> tuple[str, ...]:
    """The paths of the facts that could change the outcome, by vocabulary order and then by row.

    A child whom no row describes has a path after the last row. On a medium that cannot be assessed no child
    can be described, so nothing is asked. Twin: tests/naive/law.py::missing.
    """
    if grade.facts.get("assessable", "yes") not in ("yes", CANNOT_DETERMINE):
        return ()
    facts = tuple((name, grade.facts[name]) for name in pack.facts if name in grade.facts)
    places = list(_places(grade))
    tables = [_table(pack, facts, _key(row, pack), grown) for _, row, grown in places]
    found = {(name, -1) for name in _of_medium(tables)}
    found |= {(name, n) for table in set(tables) for name in _of_child(table, tables)
              for (n, _, _), other in zip(places, tables, strict=True) if other is table}
    if grade.children is None and "child_count" not in grade.facts and _matters(tables[0]):
        found.add(("child_count", -1))
    order = vocabulary().order
    in_order = sorted(found, key=lambda at: (order[at[0]], at[1]))
    return tuple(name if n < 0 else f"children[{n}].{name}" for name, n in in_order)


def _places(grade: Grade) -> Iterator[tuple[int, Child, bool]]:
    """Each child's index and row, and whether it may prove to be 18 or over.

    Those whom no row describes come after the last row, and are empty. Where `child_count` is answered
    every one of them is a child, since it leaves adults out.
    """
    rows = grade.children or ()
    described = [(n, row) for n, row in enumerate(rows) if not adult(row)]
    grown = not isinstance(grade.facts.get("child_count"), int)
    yield from ((n, row, grown) for n, row in described)
    count = child_count(grade)
    for n in range((1 if count is None else count) - len(described)):
        yield len(rows) + n, {}, False


def _key(row: Child, pack: Pack) -> Key:
    return tuple((name, row[name]) for name in dict.fromkeys((*pack.facts, *_CONSTRAIN)) if name in row)


_CONSTRAIN = ("puberty", "role")  # they rule out answers even where no rule mentions them


# -- one child ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Table:
    """What one child contributes under every way of answering the medium (down) and the child (across).

    Args:
        medium: Names of the medium's unanswered facts.
        child: Names of the child's.
        down: Each way of answering the first.
        across: Each way of answering the second.
        spans: `spans[i][j]` for the ith way of the first and the jth of the second.
        last: The rank of `none`.
    """

    medium: tuple[str, ...]
    child: tuple[str, ...]
    down: tuple[Answers, ...]
    across: tuple[Answers, ...]
    spans: tuple[tuple[Span, ...], ...]
    last: int


@lru_cache(maxsize=MEMO)
def _table(pack: Pack, facts: Key, row_key: Key, grown: bool) -> _Table:
    row, said = dict(row_key), dict(facts)
    book = vocabulary()
    medium = tuple(name for name in pack.facts if book.facts[name].level == "M" and name not in said)
    child = tuple(name for name in pack.facts if book.facts[name].level == "C" and name not in row)
    down = tuple(product(*(_candidates(pack, name) for name in medium)))
    across = tuple(answers for answers in product(*(_candidates(pack, name) for name in child))
                   if _fits(cast("Child", {**row, **dict(zip(child, answers, strict=True))}), grown))
    spans = tuple(tuple(_span(pack, {**said, **dict(zip(medium, above, strict=True))},
                              {**row, **dict(zip(child, answers, strict=True))}) for answers in across)
                  for above in down)
    return _Table(medium, child, down, across, spans, len(pack.outcomes) - 1)


def _fits(row: Child, grown: bool) -> bool:
    return (grown or not adult(row)) and not contradiction(row)


def _span(pack: Pack, facts: Mapping[str, object], row: Mapping[str, object]) -> Span:
    last = len(pack.outcomes) - 1
    if row.get("age_band") == ADULT:
        return last, last
    read = {**facts, **row, "prepubescent": prepubescent(cast("Child", row))}.get
    top = last
    for rule in pack.rules:
        value = rule.when.value(read)
        if value in (UNKNOWN, TRUE):
            top = min(top, pack.rank[rule.outcome])
        if value == TRUE:
            return pack.rank[rule.outcome], top
    return last, top


@cache
def _candidates(pack: Pack, name: str) -> tuple[object, ...]:
    """One answer from each class that the pack's comparisons cannot tell apart, `cannot_determine` among them."""
    fact = vocabulary().facts[name]
    answers: Iterable[object] = _lists(pack, fact) if fact.many else (*fact.values, CANNOT_DETERMINE)
    classes: dict[object, object] = {}
    for answer in answers:
        classes.setdefault(_told_apart(pack, name, answer), answer)
    return tuple(classes.values())


def _told_apart(pack: Pack, name: str, answer: object) -> Answers:
    row = cast("Child", {name: answer})
    by_name = tuple(part.value({name: answer}.get) for part in pack.comparisons if part.name == name)
    if name not in ("age_band", "puberty"):
        return by_name + (("witness" in cast("tuple[str, ...]", answer),) if name == "activity" else ())
    young = bool(contradiction({**row, "age_band": ADULT}))
    return *by_name, adult(row), prepubescent(row), answer == CANNOT_DETERMINE, young


def _lists(pack: Pack, fact: Fact) -> Iterator[tuple[str, ...]]:
    """Lists of labels: every subset of labels that some comparison tells apart, complete and not."""
    wanted = [part.values for part in pack.comparisons if part.name == fact.id]
    kinds: dict[object, str] = {}
    for label in fact.values:
        if label != "none":
            kinds.setdefault((label == "witness", *(label in values for values in wanted)), label)
    labels = tuple(kinds.values())
    some = chain.from_iterable(combinations(labels, n) for n in range(1, len(labels) + 1))
    yield ("none",)
    yield (CANNOT_DETERMINE,)
    for chosen in some:
        yield chosen
        yield (*chosen, CANNOT_DETERMINE)


# -- all children together ----------------------------------------------------------------------------------------


def _outcome(span: Sequence[int]) -> int | None:
    proved, top = span
    return proved if top >= proved else None


def _matters(table: _Table) -> bool:
    """Whether there being this child, rather than none, could change the outcome."""
    return any(_outcome(span) != table.last for line in table.spans for span in line)


def _of_medium(tables: list[_Table]) -> Iterator[str]:
    if not tables:
        return
    first = tables[0]
    for n, name in enumerate(first.medium):
        if any(_differ(tables, i, j) for i, j in _pairs(first.down, n)):
            yield name


def _differ(tables: list[_Table], i: int, j: int) -> bool:
    """Whether some way of answering for the children gives ways i and j of answering the medium other outcomes."""
    joint = [frozenset(one + other for one, other in zip(table.spans[i], table.spans[j], strict=True))
             for table in _few(tables, 4)]
    states = _fold(joint, tables[0].last, 4)
    return any(_outcome(state[:2]) != _outcome(state[2:]) for state in states)


def _of_child(table: _Table, tables: list[_Table]) -> Iterator[str]:
    others = list(tables)
    others.remove(table)
    reached = [_fold([frozenset(other.spans[i]) for other in _few(others, 2)], table.last, 2)
               for i in range(len(table.down))]
    for n, name in enumerate(table.child):
        pairs = list(_pairs(table.across, n))
        if any(_changes(line, pairs, states) for line, states in zip(table.spans, reached, strict=True)):
            yield name


def _changes(line: tuple[Span, ...], pairs: list[tuple[int, int]], reached: frozenset[tuple[int, ...]]) -> bool:
    steps = {(line[a], line[b]) for a, b in pairs if line[a] != line[b]}
    return any(_outcome(_both(state, one)) != _outcome(_both(state, other))
               for one, other in steps for state in reached)


def _few(tables: list[_Table], width: int) -> list[_Table]:
    """At most `width` of the children that are alike: each of `width` minima is reached by one of them."""
    return [table for table, count in Counter(tables).items() for _ in range(min(count, width))]


def _fold(choices: Sequence[frozenset[tuple[int, ...]]], last: int, width: int) -> frozenset[tuple[int, ...]]:
    """Every joint state that children can reach when each takes one of its choices: minima, rank by rank."""
    states = frozenset({(last,) * width})
    for choice in choices:
        states = frozenset(_both(state, one) for state in states for one in choice)
    return states


def _both(one: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    return tuple(map(min, one, other))


def _pairs(ways: tuple[Answers, ...], n: int) -> Iterator[tuple[int, int]]:
    """Indexes of ways of answering that differ only in their nth answer."""
    alike: dict[Answers, list[int]] = {}
    for index, way in enumerate(ways):
        alike.setdefault(way[:n] + way[n + 1:], []).append(index)
    for indexes in alike.values():
        yield from combinations(indexes, 2)

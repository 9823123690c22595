"""Which unanswered facts could still change an outcome: the reason why people are asked so little.

A fact counts when two complete ways of answering differ only in it and give different outcomes. The ways are
not tried one by one: a pack is a decision diagram, which branches only where an answer matters; and children
meet only in the medium's maximum, so that a pair of numbers says all that one child contributes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, reduce

from hashgrade.law.diagrams import (
    MEMO,
    Span,
    Tree,
    answered,
    as_known,
    branches,
    diagram,
    leaf_steps,
    leaves,
    reached,
    steps,
    together,
    without,
)
from hashgrade.law.grades import adult, child_count
from hashgrade.law.pack import Pack
from hashgrade.law.vocabulary import CANNOT_DETERMINE, vocabulary
from hashgrade.nouns import Child, Grade

Trees = tuple[Tree, ...]
Answers = tuple[tuple[str, object], ...]


def unanswered(grade: Grade, pack: Pack) -> tuple[str, ...]:
    """The paths of the facts that could change the outcome, by vocabulary order and then by row.

    A child whom no row describes has a path after the last row. On a medium that cannot be assessed no child
    can be described, so nothing is asked. Twin: tests/naive/law.py::missing_at.
    """
    if grade.facts.get("assessable", "yes") not in ("yes", CANNOT_DETERMINE):
        return ()
    rows, trees = rows_and_trees(grade, pack)
    found = {(name, -1 if child < 0 else rows[child]) for name, child in changing(pack, trees)}
    if uncounted(grade) and matters(pack, trees[0]):
        found.add(("child_count", -1))
    order = vocabulary().order
    return tuple(path(name, n) for name, n in sorted(found, key=lambda at: (order[at[0]], at[1])))


def path(name: str, row: int) -> str:
    """Where a fact is answered: `indecent`, or `children[1].age_band`; row -1 is the medium."""
    return name if row < 0 else f"children[{row}].{name}"


def rows_and_trees(grade: Grade, pack: Pack) -> tuple[tuple[int, ...], Trees]:
    """Each child's index, and what its answers and the medium's leave of the pack's diagram."""
    facts = tuple((name, grade.facts[name]) for name in pack.facts if name in grade.facts)
    found = list(places(grade))
    return (tuple(n for n, _, _ in found),
            tuple(_tree(pack, _answers(row), facts, grown) for _, row, grown in found))


def places(grade: Grade) -> Iterator[tuple[int, Child, bool]]:
    """Each child's index and row, and whether it may prove to be 18 or over.

    Those whom no row describes come after the last row, and are empty. Where children are counted, or can
    still be, every one of these is a child, since the count leaves adults out.
    """
    rows, stated = grade.children or (), grade.facts.get("child_count")
    described = [(n, row) for n, row in enumerate(rows) if not adult(row)]
    yield from ((n, row, not isinstance(stated, int)) for n, row in described)
    count = child_count(grade)
    for n in range((1 if count is None else count) - len(described)):
        yield len(rows) + n, {}, stated == CANNOT_DETERMINE


def _answers(row: Child) -> Answers:
    return tuple((name, row[name]) for name in vocabulary().in_order(row))


@lru_cache(maxsize=MEMO)
def _tree(pack: Pack, row: Answers, facts: Answers, grown: bool) -> Tree:
    """What is left of a pack's diagram; a child's own answers come first, since they win over the medium's."""
    tree = diagram(pack)
    for name, answer in (*row, *facts):
        tree = answered(tree, name, answer)
    return tree if grown else without(tree, "age_band")


def uncounted(grade: Grade) -> bool:
    """Whether nobody has said that there is a child, or that there is none."""
    return grade.children is None and "child_count" not in grade.facts


# -- all children together ----------------------------------------------------------------------------------------


def outcome(span: Sequence[int]) -> int | None:
    """The rank that a span comes to, or None while it is undecided."""
    proved, top = span
    return proved if top >= proved else None


def matters(pack: Pack, tree: Tree) -> bool:
    """Whether there being this child, rather than none, could change the outcome."""
    return any(outcome(span) != len(pack.outcomes) - 1 for span in reached(tree))


def decided(pack: Pack, trees: Trees) -> bool:
    """Whether the verdict is decided while nothing more is answered."""
    last = len(pack.outcomes) - 1
    return outcome(reduce(_both, filter(None, map(as_known, trees)), (last, last))) is not None


@lru_cache(maxsize=MEMO)
def changing(pack: Pack, trees: Trees) -> frozenset[tuple[str, int]]:
    """The unanswered facts of which the answer alone could change the outcome, each with the child's place, or -1.

    Args:
        pack: The pack.
        trees: What is left of its diagram for each child.
    """
    last = len(pack.outcomes) - 1
    if len(trees) == 1:
        (tree,) = trees
        facts = vocabulary().facts
        return frozenset((name, 0 if facts[name].level == "C" else -1) for name in branches(tree)
                         if any(outcome(one) != outcome(other) for one, other in steps(tree, name)))
    found = {(name, -1) for name in _of_medium(trees, last)}
    by_tree = {tree: _of_child(tree, trees, last) for tree in set(trees)}
    return frozenset(found | {(name, n) for n, tree in enumerate(trees) for name in by_tree[tree]})


def _of_medium(trees: Trees, last: int) -> list[str]:
    some = tuple(_few(trees, 4))
    names = frozenset[str]().union(*map(branches, some)).intersection(vocabulary().of_medium)
    return [name for name in names if any(
        _differ(way[:len(some)], way[len(some):], last) for way in leaf_steps(some, name))]


def _differ(some: Trees, others: Trees, last: int) -> bool:
    """Whether some way of answering for the children gives two ways of answering the medium other outcomes."""
    joint = [frozenset(a + b for a, b in together(*pair)) for pair in zip(some, others, strict=True)]
    return any(outcome(state[:2]) != outcome(state[2:]) for state in _fold(joint, last, 4))


def _of_child(tree: Tree, trees: Trees, last: int) -> list[str]:
    rest = list(trees)
    rest.remove(tree)
    ways = [(own, _fold([reached(other) for other in others], last, 2))
            for own, *others in leaves((tree, *_few(rest, 2)))]
    return [name for name in branches(tree) if any(_changes(steps(own, name), states) for own, states in ways)]


def _changes(pairs: Iterable[tuple[Span, Span]], states: frozenset[tuple[int, ...]]) -> bool:
    return any(outcome(_both(state, one)) != outcome(_both(state, other)) for one, other in pairs for state in states)


def _few(trees: Iterable[Tree], width: int) -> Iterator[Tree]:
    """At most `width` of the children that are alike: each of `width` minima is reached by one of them."""
    for tree, count in Counter(trees).items():
        yield from [tree] * min(count, width)


def _fold(choices: Iterable[frozenset[tuple[int, ...]]], last: int, width: int) -> frozenset[tuple[int, ...]]:
    """Every joint state that children can reach when each takes one of its choices: minima, rank by rank."""
    states = frozenset({(last,) * width})
    for choice in choices:
        states = frozenset(_both(state, one) for state in states for one in choice)
    return states


def _both(one: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    return tuple(map(min, one, other))

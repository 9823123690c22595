"""A pack as a decision diagram: what one child contributes under every way of answering, each told apart once.

Facts are branched on one after another, the medium's first. What is left of the rules after some answers is
simplified, and rules that come to the same are grown once, so that a diagram stays small where a table of all
answers would not. A fact on which two branches lead to the same place is not in the diagram at all.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, combinations
from typing import Union, cast

from hashgrade.errors import InputError
from hashgrade.law.condition import FALSE, TRUE, UNKNOWN, Condition
from hashgrade.law.grades import YOUNG, prepubescent
from hashgrade.law.pack import Pack
from hashgrade.law.vocabulary import ADULT, CANNOT_DETERMINE, Fact, vocabulary
from hashgrade.nouns import Child

MEMO = 400_000
PACKS_MAX = 200
STEPS_MAX = 100_000
"""Answers followed while a diagram grows, twenty times what the largest pack of the package takes: some seconds."""

Span = tuple[int, int]
"""What a child contributes: the rank of what is proved, and of the most severe that is possible (0 first)."""

Tree = Union["Node", Span, None]
"""A branching, a span once nothing more is asked, or None where answers contradict each other."""


@dataclass(frozen=True, eq=False, slots=True)
class Variable:
    """A fact of a pack, with one answer from each class that the pack's comparisons cannot tell apart.

    Args:
        name: The fact.
        place: Where it stands in the order of branching.
        of_child: Whether it is answered for each child.
        answers: The answers, `cannot_determine` among them.
        asked: The comparisons that the fact settles, or can settle.
        index: The class of each answer; lists of labels are added as they are met.
    """

    name: str
    place: int
    of_child: bool
    answers: tuple[object, ...]
    asked: tuple[Condition, ...]
    index: dict[object, int] = field(default_factory=dict)

    def kind(self, answer: object) -> int:
        """The class of `answer`."""
        found = self.index.get(answer)
        if found is None:
            seen = [_seen(self.asked, self.name, one) for one in self.answers]
            found = self.index[answer] = seen.index(_seen(self.asked, self.name, answer))
        return found


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """A branching: the fact, and what follows from each class of its answers."""

    variable: Variable
    kids: tuple[Tree, ...]


@lru_cache(maxsize=PACKS_MAX)
def diagram(pack: Pack) -> Tree:
    """The diagram of a pack: for every way of answering its facts, the span of one child.

    Equal to asking the rules of each way of answering in turn, for the comparisons are settled by the reference
    evaluator, and `all`, `any` and `not` are simplified by laws of Kleene's logic only.

    Raises:
        InputError: PACK-20, the rules bind so many facts together that it would not end in good time.
    """
    return _Growth(pack).tree()


@lru_cache(maxsize=MEMO)
def answered(tree: Tree, name: str, answer: object) -> Tree:
    """What is left of a diagram once a fact is answered.

    Where the answer contradicts answers to another fact, those branches become None: maturity of a young child
    and `18_or_over`, the role of a witness and an activity that does not say so. A fact on which all other
    branches lead to one place is then no longer in the diagram.
    """
    left = _chosen(tree, name, answer)
    other = bars(name, answer)
    return without(left, other) if other else left


@lru_cache(maxsize=MEMO)
def without(tree: Tree, name: str) -> Tree:
    """What is left once an answer is given that some answers to `name` contradict."""
    if not isinstance(tree, Node):
        return tree
    kids = tree.kids
    if tree.variable.name == name:
        return _branching(tree.variable, tuple(
            None if barred(name, answer) else kid for answer, kid in zip(tree.variable.answers, kids, strict=True)))
    return _branching(tree.variable, tuple(without(kid, name) for kid in kids))


def bars(name: str, answer: object) -> str | None:
    """The fact some answers to which would contradict this one, on the same child; see `grades.contradiction`."""
    other = _CONTRADICTS.get(name)
    return other if other and barred(name, answer) else None


def barred(name: str, answer: object) -> bool:
    """Whether an answer is one of those that can contradict another fact of the child."""
    if name == "activity":
        return not {"witness", CANNOT_DETERMINE} & set(cast("tuple[str, ...]", answer))
    return answer in _BARRED.get(name, ())


_CONTRADICTS: Mapping[str, str] = {
    "puberty": "age_band", "age_band": "puberty", "role": "activity", "activity": "role"}
_BARRED: Mapping[str, tuple[str, ...]] = {"puberty": YOUNG, "age_band": (ADULT,), "role": ("witness",)}


@lru_cache(maxsize=MEMO)
def as_known(tree: Tree) -> Span | None:
    """The span while nothing more is answered; None where the answers contradict each other.

    To a rule an unanswered fact is as unknown as one that cannot be determined, so that it is the span of the
    grade in which every other fact cannot be.
    """
    while isinstance(tree, Node):
        tree = tree.kids[tree.variable.kind(_open(tree.variable.name))]
    return tree


@lru_cache(maxsize=MEMO)
def reached(tree: Tree) -> frozenset[Span]:
    """Every span that some way of answering leads to."""
    if not isinstance(tree, Node):
        return frozenset() if tree is None else frozenset({tree})
    return frozenset[Span]().union(*map(reached, set(tree.kids)))


@lru_cache(maxsize=MEMO)
def branches(tree: Tree) -> frozenset[str]:
    """The facts on which a diagram branches."""
    if not isinstance(tree, Node):
        return frozenset()
    return frozenset({tree.variable.name}).union(*map(branches, set(tree.kids)))


@lru_cache(maxsize=MEMO)
def together(one: Tree, other: Tree) -> frozenset[tuple[Span, Span]]:
    """Every pair of spans that one and the same way of answering leads to in two diagrams of a pack."""
    if one is None or other is None:
        return frozenset()
    if one is other:
        return frozenset((span, span) for span in reached(one))
    if not isinstance(one, Node) and not isinstance(other, Node):
        return frozenset({(one, other)})
    return frozenset[tuple[Span, Span]]().union(*(together(*pair) for pair in set(_top((one, other))[1])))


@lru_cache(maxsize=MEMO)
def steps(tree: Tree, name: str) -> frozenset[tuple[Span, Span]]:
    """Every pair of spans that differ by the answer to `name` alone; those that are equal are left out."""
    if not isinstance(tree, Node):
        return frozenset()
    kids = dict.fromkeys(tree.kids)
    if tree.variable.name != name:
        return frozenset[tuple[Span, Span]]().union(*(steps(kid, name) for kid in kids))
    pairs = frozenset[tuple[Span, Span]]().union(*(together(a, b) for a, b in combinations(kids, 2)))
    return frozenset(pair for pair in pairs if pair[0] != pair[1])


@lru_cache(maxsize=MEMO)
def leaves(trees: tuple[Tree, ...]) -> frozenset[tuple[Tree, ...]]:
    """What is left for each of several children, under every way of answering the medium."""
    name, below = _top(trees, of_child=False)
    return frozenset[tuple[Tree, ...]]().union(*map(leaves, set(below))) if name else frozenset({trees})


@lru_cache(maxsize=MEMO)
def leaf_steps(trees: tuple[Tree, ...], name: str) -> frozenset[tuple[Tree, ...]]:
    """`leaves` twice, in one tuple: under two ways of answering the medium that differ in `name` alone."""
    top, below = _top(trees, of_child=False)
    if not top:
        return frozenset()
    kids = dict.fromkeys(below)
    if top != name:
        return frozenset[tuple[Tree, ...]]().union(*(leaf_steps(kid, name) for kid in kids))
    return frozenset[tuple[Tree, ...]]().union(*(leaves(a + b) for a, b in combinations(kids, 2)))


def _top(trees: tuple[Tree, ...], of_child: bool = True) -> tuple[str, list[tuple[Tree, ...]]]:
    """The first fact on which any of the diagrams branches, and what follows in all of them from each answer."""
    open_ = [tree.variable for tree in trees if isinstance(tree, Node) and (of_child or not tree.variable.of_child)]
    if not open_:
        return "", []
    first = min(open_, key=lambda variable: variable.place)
    return first.name, [tuple(tree.kids[k] if isinstance(tree, Node) and tree.variable is first else tree
                              for tree in trees) for k in range(len(first.answers))]


def _chosen(tree: Tree, name: str, answer: object) -> Tree:
    if not isinstance(tree, Node):
        return tree
    if tree.variable.name == name:
        return tree.kids[tree.variable.kind(answer)]
    return _branching(tree.variable, tuple(answered(kid, name, answer) for kid in tree.kids))


@lru_cache(maxsize=MEMO)
def _branching(variable: Variable, kids: tuple[Tree, ...]) -> Tree:
    """A branching, unless all that can be answered without contradiction leads to one place: then that place."""
    places = dict.fromkeys(kid for kid in kids if kid is not None)
    return Node(variable, kids) if len(places) > 1 else next(iter(places), None)


def _open(name: str) -> object:
    return (CANNOT_DETERMINE,) if vocabulary().facts[name].many else CANNOT_DETERMINE


# -- answers that a pack cannot tell apart ------------------------------------------------------------------------


@lru_cache(maxsize=PACKS_MAX)
def variables(pack: Pack) -> Mapping[str, Variable]:
    """The facts in the order of branching: the medium's, then a child's, and what stands in for puberty after it."""
    facts = vocabulary().facts
    order = sorted(pack.facts, key=lambda name: (facts[name].level == "C", _TURN.get(name, 2)))
    found = {}
    for place, name in enumerate(order):
        asked = tuple(dict.fromkeys(part for part in pack.comparisons if name in _rests_on(part)))
        found[name] = Variable(name, place, facts[name].level == "C", _classes(asked, facts[name]), asked)
    return found


_TURN: Mapping[str, int] = {"puberty": 0, "age_band": 1, "activity": 3}


def _rests_on(comparison: Condition) -> frozenset[str]:
    return frozenset({"puberty", "age_band"} if comparison.name == "prepubescent" else {comparison.name})


def _classes(asked: tuple[Condition, ...], fact: Fact) -> tuple[object, ...]:
    answers: Iterable[object] = _lists(asked, fact) if fact.many else (*fact.values, CANNOT_DETERMINE)
    classes: dict[object, object] = {}
    for answer in answers:
        classes.setdefault(_seen(asked, fact.id, answer), answer)
    return tuple(classes.values())


def _seen(asked: tuple[Condition, ...], name: str, answer: object) -> tuple[object, ...]:
    """All that rules, and what contradicts itself, can see of an answer."""
    return *_settled(asked, name, answer), barred(name, answer)


def _settled(asked: tuple[Condition, ...], name: str, answer: object) -> tuple[int | None, ...]:
    """What an answer makes of each comparison; None where it leaves it to the age to say who is prepubescent."""
    row = cast("Child", {name: answer})
    read = {name: answer, "prepubescent": prepubescent(row)}.get
    left = name == "puberty" and answer == CANNOT_DETERMINE
    return tuple(None if left and part.name == "prepubescent" else part.value(read) for part in asked)


def _lists(asked: tuple[Condition, ...], fact: Fact) -> Iterator[tuple[str, ...]]:
    """Lists of labels: every subset of labels that some comparison tells apart, complete and not."""
    kinds: dict[object, str] = {}
    for label in fact.values:
        if label != "none":
            kinds.setdefault((label == "witness", *(label in part.values for part in asked)), label)
    labels = tuple(kinds.values())
    yield ("none",)
    yield (CANNOT_DETERMINE,)
    for chosen in chain.from_iterable(combinations(labels, n) for n in range(1, len(labels) + 1)):
        yield chosen
        yield (*chosen, CANNOT_DETERMINE)


def _flat(op: str, part: "Value") -> tuple["Value", ...]:
    return part.parts if isinstance(part, _Term) and part.op == op else (part,)


# -- growing ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class _Term:
    """What is left of a condition: a comparison, or `all`, `any` or `not` of what is left of its parts.

    Args:
        op: all, any, not, or an empty word for a comparison.
        parts: What it joins; 1 (unknown) may be among the parts of `all` and `any`.
        leaf: The comparison.
        names: The facts it rests on.
    """

    op: str
    parts: tuple[Union["_Term", int], ...]
    leaf: Condition | None
    names: frozenset[str]


Value = _Term | int
"""What is left of a condition, or what it has come to: 0, 1 or 2."""


@dataclass(frozen=True, slots=True)
class _Left:
    """What is left of a pack's rules after some answers.

    Args:
        rules: For each rank of which that is open, what has to be true.
        proved: The rank that is proved, less severe than all of those.
        top: The most severe rank that nothing can rule out any more.
        barred: Facts some answers to which would contradict those given.
    """

    rules: tuple[tuple[int, _Term | int], ...]
    proved: int
    top: int
    barred: frozenset[str] = frozenset()


class _Growth:
    """Grows the diagram of one pack: equal terms are one object, and equal remainders one branch."""

    def __init__(self, pack: Pack) -> None:
        self.pack, self.steps = pack, 0
        self.last = len(pack.outcomes) - 1
        self.variables = tuple(variables(pack).values())
        self.values = [[dict(zip(one.asked, _settled(one.asked, one.name, answer), strict=True))
                        for answer in one.answers] for one in self.variables]
        self.terms: dict[object, _Term] = {}
        self.grown: dict[object, Tree] = {}
        self.made: dict[tuple[_Term, int, int], Value] = {}
        names = [one.name for one in self.variables]
        self.after = [frozenset(names[place + 1:]) for place in range(len(names))]
        by_rank: dict[int, list[Value]] = {}
        for rule in pack.rules:
            by_rank.setdefault(pack.rank[rule.outcome], []).append(self.term(rule.when))
        self.age = next(one.place for one in self.variables if one.name == "age_band")
        self.rules = tuple((rank, self.joined("any", terms)) for rank, terms in by_rank.items())

    def tree(self) -> Tree:
        return self.grow(self.pruned(_Left(self.rules, self.last, self.last)), 0)

    def term(self, condition: Condition) -> Value:
        """A condition as a term."""
        if condition.name:
            return self.kept("", (), condition)
        return self.joined(condition.op, [self.term(part) for part in condition.parts])

    def kept(self, op: str, parts: tuple[Value, ...], leaf: Condition | None = None) -> _Term:
        key = leaf or (op, frozenset(parts))
        if key not in self.terms:
            names = _rests_on(leaf) if leaf else frozenset[str]().union(
                *(part.names for part in parts if isinstance(part, _Term)))
            self.terms[key] = _Term(op, parts, leaf, names)
        return self.terms[key]

    def joined(self, op: str, parts: Iterable[Value]) -> Value:
        """`all`, `any` or `not` of terms, by Kleene's tables as far as they are settled."""
        if op == "not":
            (part,) = parts
            return TRUE - part if isinstance(part, int) else self.kept(op, (part,))
        ends = FALSE if op == "all" else TRUE
        flat = dict.fromkeys(chain.from_iterable(_flat(op, part) for part in parts))
        if ends in flat:
            return ends
        flat.pop(TRUE - ends, None)
        if len(flat) < 2:
            return next(iter(flat), TRUE - ends)
        return self.kept(op, tuple(flat))

    def settled(self, left: Value, place: int, kind: int) -> Value:
        """What is left of a term once the variable at `place` has an answer of that class."""
        if isinstance(left, int) or self.variables[place].name not in left.names:
            return left
        key = (left, place, kind)
        if key not in self.made:
            self.made[key] = self._settled(left, place, kind)
        return self.made[key]

    def _settled(self, term: _Term, place: int, kind: int) -> Value:
        if term.leaf:
            value = self.values[place][kind].get(term.leaf)
            return term if value is None else value
        return self.joined(term.op, [self.settled(part, place, kind) for part in term.parts])

    def pruned(self, left: _Left) -> _Left:
        """The same without the rules that can say nothing more."""
        open_: list[tuple[int, Value]] = []
        top = left.top
        for rank, term in left.rules:
            if term == TRUE:
                return _Left(tuple(open_), rank, min(top, rank), left.barred)
            if term == UNKNOWN:
                top = min(top, rank)
            elif term != FALSE:
                open_.append((rank, term))
        return _Left(tuple(open_), left.proved, top, left.barred)

    def grow(self, left: _Left, place: int) -> Tree:
        """The diagram of what is left, from the variable at `place` on."""
        if not left.rules and (place > self.age or left.top == self.last):
            return left.proved, left.top
        if (left, place) not in self.grown:
            variable = self.variables[place]
            self.step(len(variable.answers))
            kids = tuple(self.kid(left, place, kind) for kind in range(len(variable.answers)))
            self.grown[left, place] = _branching(variable, kids)
        return self.grown[left, place]

    def step(self, answers: int) -> None:
        self.steps += answers
        if self.steps > STEPS_MAX:
            said = f"the rules of `{self.pack.id}` bind too many facts together to say which are still to be asked"
            raise InputError("PACK-20", said)

    def kid(self, left: _Left, place: int, kind: int) -> Tree:
        """What follows from one class of answers."""
        variable = self.variables[place]
        answer = variable.answers[kind]
        if variable.name in left.barred and barred(variable.name, answer):
            return None
        if answer == ADULT:
            return self.last, self.last
        other = bars(variable.name, answer)
        rules = tuple((rank, self.settled(term, place, kind)) for rank, term in left.rules)
        now_barred = (left.barred | {other} if other else left.barred) & self.after[place]
        return self.grow(self.pruned(_Left(rules, left.proved, left.top, now_barred)), place + 1)

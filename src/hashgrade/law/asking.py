"""Which question comes next, so that people answer as few as any law in use still needs.

A question is worth what it can be expected to spare. Where few are open, every way of going on is weighed, and
the expected number of questions is the least there is. Where many are, the next is the one after which, and after
the best one more, the fewest are expected to be open. Nothing is asked that `missing` does not name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Final, NamedTuple

from hashgrade.law.diagrams import MEMO, answered, barred, bars, variables
from hashgrade.law.grades import as_json, grade_of
from hashgrade.law.pack import Pack
from hashgrade.law.unanswered import Trees, changing, decided, matters, path, places, rows_and_trees, uncounted
from hashgrade.law.vocabulary import CANNOT_DETERMINE, vocabulary
from hashgrade.nouns import Child, Grade

PLANS_MAX: Final = 100
EXACT_MAX: Final = 1_000
"""How many ways of answering some of what is open are weighed one by one, of one child."""
SEVERAL_MAX: Final = 100
"""Of several, each of which costs more to weigh."""
BEAM: Final = 4
"""Of how many questions the next but one is weighed too, where there are more ways than that."""
AHEAD_MAX: Final = 13
"""With how many open questions at most; while more are, the first is as good a guess."""
RARE: Final = 1e-6
"""How often an answer comes that is not expected, beside others that add up to 1 or more."""

COUNT: Final = "child_count"
DIGITS: Final = 4
"""To so many digits expectations are compared, so that what is rare breaks no tie."""

Question = tuple[str, int]
"""A fact, and the place of the child among those there may be; -1 for the medium."""

Left = Callable[["Plan", "State"], float]
"""What is expected to be left to ask."""

Weights = Mapping[str, Mapping[str, float]]
"""For facts, how often each value is the answer: of `activity` each label, of `child_count` each number as a word."""


def next_question(grade: Grade, packs: Sequence[Pack], weights: Weights | None = None) -> str | None:
    """The path of the fact to ask next, or None once no pack in use misses anything.

    It is one that `missing_at` names. Among those that spare as much, what is seen at a glance comes first, then
    the order of the vocabulary, so that the same answers always lead to the same question.

    Args:
        grade: What is answered.
        packs: The packs in use.
        weights: How often each value is the answer to a fact, whatever else is answered; a fact that is left out has
            each answer that the packs tell apart equally often.
    """
    return next(iter(order(grade, packs, weights)), None)


def order(grade: Grade, packs: Sequence[Pack], weights: Weights | None = None) -> list[str]:
    """The paths of all that may still be asked, the next question first, then by what each would spare now.

    Nothing else can come later, but for the rows of children who are not counted yet: an answer can close
    questions and never opens one.
    """
    plan = plan_for(packs, weights)
    rows, state = plan.start(grade)
    return [path(name, rows[child] if child >= 0 else -1) for name, child in _ranked(plan, state)]


class State(NamedTuple):
    """What the answers so far leave.

    Args:
        trees: For each pack, what is left of its diagram for each child.
        barred: For each child, the facts some answers to which would contradict what is answered.
        counted: Whether it is known that there are children, or that there is none.
        times: How many children one stands for, where the rest are left out.
    """

    trees: tuple[Trees, ...]
    barred: tuple[frozenset[str], ...]
    counted: bool
    times: int = 1

    def cost(self, question: Question) -> int:
        """How many questions it is: one of a child is asked of each that it stands for."""
        return self.times if question[1] >= 0 else 1


class Branch(NamedTuple):
    """Answers that no pack in use tells apart, how often they come, and what they leave."""

    answers: tuple[object, ...]
    weight: float
    state: State


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """The order of asking for some packs.

    Args:
        packs: The packs in use.
        weights: How often each value is the answer to a fact.
    """

    packs: tuple[Pack, ...]
    weights: Weights

    def start(self, grade: Grade) -> tuple[tuple[int, ...], State]:
        """Each child's index among the rows, and where a grade stands."""
        if grade.facts.get("assessable", "yes") not in ("yes", CANNOT_DETERMINE):
            return (), self.no_child()
        trees = tuple(rows_and_trees(grade, pack)[1] for pack in self.packs)
        found = list(places(grade))
        barred = tuple(_barred(row, grown) for _, row, grown in found)
        return tuple(n for n, _, _ in found), State(trees, barred, not uncounted(grade))

    def no_child(self) -> State:
        """Where there is no child, and nothing to ask."""
        return State(((),) * len(self.packs), (), counted=True)


def _barred(row: Child, grown: bool) -> frozenset[str]:
    found = {bars(name, answer) for name, answer in row.items()} | {None if grown else "age_band"}
    return frozenset(name for name in found if name)


def plan_for(packs: Sequence[Pack], weights: Weights | None = None) -> Plan:
    """The plan for packs in use, kept from one question to the next."""
    frozen = tuple((name, tuple(values.items())) for name, values in (weights or {}).items())
    return _plan(tuple(packs), frozen)


@lru_cache(maxsize=PLANS_MAX)
def _plan(packs: tuple[Pack, ...], weights: tuple[tuple[str, tuple[tuple[str, float], ...]], ...]) -> Plan:
    return Plan(packs, {name: dict(values) for name, values in weights})


@lru_cache(maxsize=MEMO)
def open_questions(plan: Plan, state: State) -> tuple[Question, ...]:
    """What `missing_at` names: first what is seen at a glance, then in vocabulary order, then child by child."""
    undecided = [(pack, trees) for pack, trees in zip(plan.packs, state.trees, strict=True)
                 if not decided(pack, trees)]
    found: set[Question] = set().union(*(changing(pack, trees) for pack, trees in undecided))
    if not state.counted and any(matters(pack, trees[0]) for pack, trees in undecided):
        found.add((COUNT, -1))
    book = vocabulary()
    return tuple(sorted(found, key=lambda at: (not book.facts[at[0]].glance, book.order[at[0]], at[1])))


@lru_cache(maxsize=MEMO)
def best(plan: Plan, state: State) -> Question | None:
    """The question to ask next."""
    return next(iter(_ranked(plan, state)), None)


def _ranked(plan: Plan, state: State) -> list[Question]:
    """What is open, the next question first; while much is, one child is asked about after another."""
    found = open_questions(plan, state)
    if few(plan, found, SEVERAL_MAX if len(state.barred) > 1 else EXACT_MAX):
        return _by(plan, state, found, _fewest)
    child = min((n for _, n in found if n >= 0), default=0)
    own = [(name, min(n, 0)) for name, n in found if n in (-1, child)]
    ranked = [(name, child if n == 0 else n) for name, n in _ranked_alone(plan, _alone(state, child), own)]
    return [*ranked, *(question for question in found if question not in ranked)]


def _alone(state: State, child: int) -> State:
    """The same with one child only, who stands for all."""
    if len(state.barred) < 2:
        return state
    return State(tuple((trees[child],) for trees in state.trees), (state.barred[child],), state.counted,
                 len(state.barred))


def _ranked_alone(plan: Plan, state: State, found: Sequence[Question]) -> list[Question]:
    if few(plan, found):
        return _by(plan, state, found, _fewest)
    by_one = _by(plan, state, found, _still_open)
    width = BEAM if len(found) <= AHEAD_MAX else 0
    return _by(plan, state, by_one[:width], _open_after_one) + by_one[width:]


def _by(plan: Plan, state: State, found: Sequence[Question], left: Left) -> list[Question]:
    return sorted(found, key=lambda question: (
        not _may_be_next(state, question), round(_expected(plan, state, question, left), DIGITS)))


def _may_be_next(state: State, question: Question) -> bool:
    """Whether it is known of whom the question is asked: children are counted before they are described."""
    return state.counted or question[1] < 0


def few(plan: Plan, questions: Iterable[Question], most: int = EXACT_MAX) -> bool:
    """Whether every way of going on can be weighed."""
    return prod(1 + len(_classes(plan, name)) for name, _ in questions) <= most


def _still_open(plan: Plan, state: State) -> float:
    return sum(map(state.cost, open_questions(plan, state)))


@lru_cache(maxsize=MEMO)
def _open_after_one(plan: Plan, state: State) -> float:
    """How many are expected to be open after the best question more, and that question."""
    return min((_expected(plan, state, question, _still_open) for question in open_questions(plan, state)
                if _may_be_next(state, question)), default=0)


@lru_cache(maxsize=MEMO)
def _fewest(plan: Plan, state: State) -> float:
    """The least expected number of questions, by trying each question and every answer to it."""
    return min((_expected(plan, state, question, _fewest) for question in open_questions(plan, state)
                if _may_be_next(state, question)), default=0)


def _expected(plan: Plan, state: State, question: Question, left: Left) -> float:
    """What it costs to ask, and what is expected to be left then."""
    ways = branches(plan, state, question)
    after = sum(way.weight * left(plan, way.state) for way in ways) / sum(way.weight for way in ways)
    return state.cost(question) + after


@lru_cache(maxsize=MEMO)
def branches(plan: Plan, state: State, question: Question) -> tuple[Branch, ...]:
    """The answers to a question that contradict nothing, those that come to the same together."""
    name, child = question
    found: dict[State, Branch] = {}
    for answers, weight in _classes(plan, name):
        if child >= 0 and name in state.barred[child] and barred(name, answers[0]):
            continue
        after = _after(plan, state, question, answers[0])
        known = found.get(after, Branch((), 0, after))
        found[after] = Branch((*known.answers, *answers), known.weight + weight, after)
    return tuple(found.values())


def _after(plan: Plan, state: State, question: Question, answer: object) -> State:
    name, child = question
    if name == COUNT:
        return state._replace(counted=True) if answer else plan.no_child()
    trees = tuple(tuple(answered(tree, name, answer) if child in (-1, n) else tree for n, tree in enumerate(trees))
                  for trees in state.trees)
    other = bars(name, answer)
    now_barred = [now | {other} if other and n == child else now for n, now in enumerate(state.barred)]
    return State(trees, tuple(now_barred), state.counted, state.times)


@lru_cache(maxsize=MEMO)
def _classes(plan: Plan, name: str) -> tuple[tuple[tuple[object, ...], float], ...]:
    """The answers to a fact, those that no pack in use tells apart together, and how often each of these comes.

    Lists of labels are represented by those of one label, and several children by one. No answer is impossible:
    what `weights` leaves out is rare, and so is `cannot_determine` where they say nothing of the fact.
    """
    weights = plan.weights.get(name, {})
    classes: dict[object, list[object]] = {}
    for answer in _answers(name):
        seen = tuple(variables(pack)[name].kind(answer) for pack in plan.packs if name in variables(pack))
        classes.setdefault(seen or answer, []).append(answer)
    return tuple((tuple(answers), RARE + _frequency(answers, weights)) for answers in classes.values())


def _answers(name: str) -> tuple[object, ...]:
    fact = vocabulary().facts[name]
    if name == COUNT:
        return 0, 1
    return tuple((value,) if fact.many else value for value in (*fact.values, CANNOT_DETERMINE))


def _frequency(answers: Iterable[object], weights: Mapping[str, float]) -> float:
    words = {str(answer[0] if isinstance(answer, tuple) else answer) for answer in answers}
    if not weights:
        return float(words != {CANNOT_DETERMINE})
    if "1" in words:
        return sum(weight for number, weight in weights.items() if number not in ("0", CANNOT_DETERMINE))
    return sum(weights.get(word, 0) for word in words)


# -- a step and a whole plan --------------------------------------------------------------------------------------


def with_answer(grade: Grade, at: str, answer: object) -> Grade:
    """The grade with one more answer, at a path that `next_question` gave.

    Raises:
        InputError: GRA-01 to GRA-04, the answer is none, or contradicts another.
    """
    row, dot, name = at.rpartition(".")
    if not dot:
        return grade_of({**as_json(grade), "facts": {**grade.facts, name: answer}})
    index = int(row.removeprefix("children[").removesuffix("]"))
    rows: list[dict[str, object]] = [dict(child) for child in grade.children or ()]
    rows += [{} for _ in range(index + 1 - len(rows))]
    rows[index][name] = answer
    return grade_of({"facts": grade.facts, "children": rows})


@dataclass(frozen=True, slots=True)
class Step:
    """A question of a plan, and what follows each answer: another step, or None where nothing more is asked.

    Args:
        at: The path of the fact.
        name: The fact.
        then: For each set of answers that come to the same, the step that follows.
    """

    at: str
    name: str
    then: tuple[tuple[tuple[object, ...], "Step | None"], ...]


def whole_plan(grade: Grade, packs: Sequence[Pack], depth: int, weights: Weights | None = None) -> Step | None:
    """The plan from a grade on, `depth` questions deep; a step at that depth has nothing in `then`."""
    plan = plan_for(packs, weights)
    rows, state = plan.start(grade)
    return _step(plan, state, rows, depth)


def _step(plan: Plan, state: State, rows: tuple[int, ...], depth: int) -> Step | None:
    question = best(plan, state)
    if question is None:
        return None
    name, child = question
    ways = branches(plan, state, question) if depth > 1 else ()
    then = tuple((way.answers, _step(plan, way.state, rows, depth - 1)) for way in ways)
    return Step(path(name, rows[child] if child >= 0 else -1), name, then)

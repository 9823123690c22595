"""Worlds: an exact search for a child of whom a condition is true; where there is none, that is proved.

A condition is rewritten without `not` into `all` and `any` of literals, each of which lets one fact have some of
its values. That a comparison is true and that it is false are two literals, which need not be opposites: `under: 15`
of the band 14-15 is neither, so that a world counts only where the condition is *true*. The search splits the values
of one fact by a literal that is still open, and leaves a branch as soon as the condition is decided in it. So it looks
only at classes of worlds that the condition tells apart, and misses none of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import cast

from hashgrade.law import grades
from hashgrade.law.condition import FALSE, TRUE, Condition
from hashgrade.law.vocabulary import ADULT, CANNOT_DETERMINE, vocabulary
from hashgrade.nouns import Child, Grade, Value

MEMO = 20_000
YEARS = "age_years"
LABEL = "activity."
OUT, IN = "out", "in"
OTHER = "'"
"""What ends the name of a fact in the second of two worlds."""

LIKELY = (
    ("7-10", "prepubescent"), ("3-6", "prepubescent"), ("0-2", "infant_or_toddler"), ("11-13", "pubescent"),
    ("14-15", "pubescent"), ("16-17", "postpubescent"), ("16-17", "pubescent"), ("11-13", "prepubescent"),
)
"""Ages and stages of puberty that go together, in the order in which an example takes them."""

Domains = Mapping[str, int]
"""The values that a name may still have, a bit each; a name that is not there has all its definite values."""


@dataclass(frozen=True, slots=True)
class _Literal:
    """One name, and those of its values that will do."""

    name: str
    mask: int


@dataclass(frozen=True, slots=True)
class _Joined:
    """`all` or `any` of its parts; `all` of nothing is true."""

    op: str
    parts: tuple["_Formula", ...]


_Formula = _Literal | _Joined
_TRUE, _FALSE = _Joined("all", ()), _Joined("any", ())


def witness(wanted: Condition, given: Grade | None = None) -> Grade | None:
    """A medium with one child of whom `wanted` is true, with every fact it names answered; None proves there is none.

    The child is under 18, the answers are definite and do not contradict each other. A condition may name what a
    pack's rule may name; any other name stays unknown. Twin: tests/naive/worlds.py::witnesses.

    Args:
        wanted: What is to be true.
        given: Answers that must stay, with at most one row; what it says cannot be determined stays unknown.
    """
    return _graded(wanted, given or Grade({}), in_years=False)


def conceivable(wanted: Condition) -> Grade | None:
    """As `witness`, of a child whose age is known in years though a band is recorded: the condition may be true of it.

    Where this finds a child and `witness` finds none, thresholds cut every band in which the condition could be
    true, so that it is true of no band wholly. Twin: tests/naive/worlds.py::conceivables.
    """
    return _graded(wanted, Grade({}), in_years=True)


def turned(before: Condition, after: Condition, name: str) -> tuple[Grade, Grade] | None:
    """Two media as `witness` gives them that differ in one fact: `before` is true of the first, `after` of the second.

    None proves that this fact alone never leads from one to the other. Twin: tests/naive/worlds.py::turns.

    Args:
        before: What is true with one answer.
        after: What is true with the other, and never together with `before`.
        name: The recorded fact in which they differ.
    """
    once = _all((_stated(before, TRUE, in_years=False), _consistent()))
    again = _all((_stated(after, TRUE, in_years=False), _consistent()))
    found = _search(_all((once, _renamed(again, name))), {})
    if found is None:
        return None
    first = _filled(found, _named(before) | _named(after) | {name}, Grade({}))
    other = _answer(name, {key.removesuffix(OTHER): mask for key, mask in found.items() if key.endswith(OTHER)})
    return first, changed(first, name, other)


def changed(grade: Grade, name: str, answer: object) -> Grade:
    """A medium with one child, with another answer to the recorded fact `name`."""
    if vocabulary().facts[name].level == "M":
        return Grade({**grade.facts, name: cast("Value", answer)}, grade.children)
    (row,) = grade.children or ({},)
    return Grade(grade.facts, (cast("Child", {**row, name: answer}),))


def _graded(wanted: Condition, given: Grade, *, in_years: bool) -> Grade | None:
    start = _start(given, in_years=in_years)
    if given.children == () or 0 in start.values():
        return None
    found = _search(_all((_stated(wanted, TRUE, in_years=in_years), _consistent())), start)
    return None if found is None else _filled(found, _named(wanted), given)


# -- literals -----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=MEMO)
def _stated(condition: Condition, value: int, *, in_years: bool) -> _Formula:
    """That a condition is true, or that it is false, by Kleene's tables."""
    if condition.op == "not":
        return _stated(condition.parts[0], TRUE - value, in_years=in_years)
    if not condition.name:
        op = condition.op if value == TRUE else {"all": "any", "any": "all"}[condition.op]
        return _joined(op, (_stated(part, value, in_years=in_years) for part in condition.parts))
    if condition.name == "activity":
        return _labels(condition, value)
    return _literal(*_compared(condition, value, in_years=in_years))


def _compared(condition: Condition, value: int, *, in_years: bool) -> tuple[str, int]:
    """The name that a comparison reads in the end, and the values of it with which it comes to `value`."""
    if condition.name == "prepubescent":
        held = {stage: grades.prepubescent({"puberty": str(stage)}) for stage in _values("puberty")[:-1]}
        return "puberty", _mask("puberty", (stage for stage in held if condition.value(
            {"prepubescent": held[stage]}.get) == value))
    if condition.name == "age_band" and in_years:
        return YEARS, _mask(YEARS, (year for year in range(_adult()) if _of_year(condition, year) == value))
    if condition.name not in _recorded():
        return condition.name, 0
    return condition.name, _mask(condition.name, (answer for answer in _values(condition.name)
                                                  if condition.value({condition.name: answer}.get) == value))


def _of_year(condition: Condition, year: int) -> int:
    if condition.op == "in":
        return condition.value({"age_band": _band(year)}.get)
    bound = cast("int", condition.values[0])
    return TRUE if (year < bound if condition.op == "under" else year > bound) else FALSE


def _labels(condition: Condition, value: int) -> _Formula:
    """That some label is listed, or that none is: each label has a name of its own, and `none` is to have no label."""
    labels = [label for label in vocabulary().activities if label != "none"]
    some: list[_Formula] = [_said(label, IN) for label in labels if label in condition.values]
    none: list[_Formula] = [_said(label, OUT) for label in labels]
    if value == TRUE:
        return _joined("any", [*some, _all(none)] if "none" in condition.values else some)
    outside: list[_Formula] = [_said(label, OUT) for label in labels if label in condition.values]
    any_label = _joined("any", (_said(label, IN) for label in labels))
    return _all([*outside, any_label] if "none" in condition.values else outside)


def _said(label: str, value: str) -> _Literal:
    return _Literal(LABEL + label, _mask(LABEL + label, (value,)))


def _consistent() -> _Formula:
    """What `grades.contradiction` forbids of a child: the role of a witness without that label."""
    others = [value for value in _values("role") if value != "witness"]
    return _joined("any", (_Literal("role", _mask("role", others)),
                           _Literal(LABEL + "witness", _mask(LABEL + "witness", (IN, CANNOT_DETERMINE)))))


def _renamed(formula: _Formula, name: str) -> _Formula:
    """The same of a second world, in which the fact `name` has an answer of its own."""
    if isinstance(formula, _Joined):
        return _Joined(formula.op, tuple(_renamed(part, name) for part in formula.parts))
    own = formula.name == name or (name == "activity" and formula.name.startswith(LABEL))
    return _Literal(formula.name + OTHER, formula.mask) if own else formula


@cache
def _values(name: str) -> tuple[object, ...]:
    """The answers that a child's medium can have, and last that it cannot be determined."""
    if name == YEARS:
        return (*range(_adult()), CANNOT_DETERMINE)
    if name.startswith(LABEL):
        return OUT, IN, CANNOT_DETERMINE
    if name == "assessable":
        return "yes", CANNOT_DETERMINE
    return *(value for value in vocabulary().facts[name].values if value != ADULT), CANNOT_DETERMINE


@cache
def _recorded() -> frozenset[str]:
    return frozenset(name for name, fact in vocabulary().facts.items() if fact.kind in ("choice", "band"))


def _adult() -> int:
    return vocabulary().bands[ADULT][0]


@cache
def _band(year: int) -> str:
    return next(band for band, (first, last) in vocabulary().bands.items() if first <= year <= last)


def _mask(name: str, answers: Iterable[object]) -> int:
    values = _values(name)
    return sum(1 << values.index(answer) for answer in answers if answer in values)


@cache
def _definite(name: str) -> int:
    return (1 << (len(_values(name.removesuffix(OTHER))) - 1)) - 1


# -- the search ---------------------------------------------------------------------------------------------------


def _all(parts: Iterable[_Formula]) -> _Formula:
    return _joined("all", parts)


def _joined(op: str, parts: Iterable[_Formula]) -> _Formula:
    """`all` or `any` of parts, flat, and settled as soon as one part settles it."""
    neutral, settles = (_TRUE, _FALSE) if op == "all" else (_FALSE, _TRUE)
    flat: list[_Formula] = []
    for part in parts:
        if part == settles:
            return settles
        if part != neutral:
            flat += part.parts if isinstance(part, _Joined) and part.op == op else (part,)
    return flat[0] if len(flat) == 1 else _Joined(op, tuple(flat)) if flat else neutral


def _literal(name: str, mask: int) -> _Formula:
    return _Literal(name, mask) if mask else _FALSE


def _search(formula: _Formula, domains: Domains) -> Domains | None:
    """Domains in which the formula is true whatever value each name takes, or None."""
    left = _reduced(formula, domains)
    while forced := _forced(left):
        for literal in forced:
            domains = {**domains, literal.name: _domain(domains, literal.name) & literal.mask}
        left = _reduced(left, domains)
    if left in (_TRUE, _FALSE):
        return domains if left == _TRUE else None
    split = _split(left)
    held = _domain(domains, split.name)
    for part in (held & split.mask, held & ~split.mask):
        found = _search(left, {**domains, split.name: part})
        if found is not None:
            return found
    return None


def _domain(domains: Domains, name: str) -> int:
    return domains[name] if name in domains else _definite(name)


def _reduced(formula: _Formula, domains: Domains) -> _Formula:
    """What of the formula is still open; true or false where it is decided."""
    if isinstance(formula, _Joined):
        return _joined(formula.op, (_reduced(part, domains) for part in formula.parts))
    held = _domain(domains, formula.name)
    if not held & formula.mask:
        return _FALSE
    return formula if held & ~formula.mask else _TRUE


def _forced(formula: _Formula) -> tuple[_Literal, ...]:
    """The literals without which the formula cannot be true."""
    parts = formula.parts if isinstance(formula, _Joined) and formula.op == "all" else (formula,)
    return tuple(part for part in parts if isinstance(part, _Literal))


def _split(formula: _Formula) -> _Literal:
    """A literal to split by: one of the part with the fewest ways of being true."""
    while isinstance(formula, _Joined):
        formula = min(formula.parts, key=_ways) if formula.op == "all" else formula.parts[0]
    return formula


def _ways(formula: _Formula) -> int:
    return len(formula.parts) if isinstance(formula, _Joined) else 1


# -- grades -------------------------------------------------------------------------------------------------------


def _start(given: Grade, *, in_years: bool) -> dict[str, int]:
    """The domains that answers leave; one is empty where no child can have given the answer."""
    said = {**given.facts, **(given.children[0] if given.children else {})}
    found = {name: _mask(name, (said[name],)) for name in said.keys() & _recorded()}
    if "age_band" in found and in_years:
        found[YEARS] = _mask(YEARS, (year for year in range(_adult()) if _band(year) == said["age_band"])
                             ) or _mask(YEARS, (said["age_band"],))
    listed = cast("tuple[str, ...]", said.get("activity", ()))
    for label in vocabulary().activities if listed else ():
        if label != "none":
            absent = CANNOT_DETERMINE if CANNOT_DETERMINE in listed else OUT
            found[LABEL + label] = _mask(LABEL + label, (IN if label in listed else absent,))
    return found


def _named(condition: Condition) -> set[str]:
    """The recorded facts that a condition rests on, and the age, without which nobody is known to be a child."""
    names = {"puberty" if name == "prepubescent" else name for name in condition.names}
    return names & (_recorded() | {"activity"}) | {"age_band"}


def _filled(domains: Domains, names: set[str], given: Grade) -> Grade:
    """A grade within the domains that answers `names`, and keeps what is given."""
    answers = {name: _answer(name, domains) for name in names} | _stage(domains, names)
    book = vocabulary()
    order = book.in_order(answers)
    (row,) = given.children or ({},)
    facts = {name: answers[name] for name in order if book.facts[name].level == "M" and name not in row}
    child = {name: answers[name] for name in order if book.facts[name].level == "C"}
    return Grade({**cast("dict[str, Value]", facts), **given.facts}, (cast("Child", {**child, **row}),))


def _answer(name: str, domains: Domains) -> object:
    if name == "activity":
        labels = [label for label in vocabulary().activities if label != "none"]
        return tuple(label for label in labels if _domain(domains, LABEL + label) == _said(label, IN).mask) or ("none",)
    if name == "age_band" and YEARS in domains:
        return next(_band(cast("int", year)) for year in _left(YEARS, domains))
    found = list(_left(name, domains))
    return found[-1] if set(found) == {"yes", "no"} else found[0]


def _left(name: str, domains: Domains) -> Iterator[object]:
    held = _domain(domains, name)
    return (value for n, value in enumerate(_values(name)) if held >> n & 1)


def _stage(domains: Domains, names: set[str]) -> dict[str, object]:
    """An age that is likely, with a stage of puberty that is likely at that age, where the domains have such."""
    bands = {_band(cast("int", year)) for year in _left(YEARS, domains)} if YEARS in domains else {
        *_left("age_band", domains)}
    for band, stage in LIKELY:
        if band in bands and ("puberty" not in names or stage in _left("puberty", domains)):
            return {"age_band": band, **({"puberty": stage} if "puberty" in names else {})}
    return {}

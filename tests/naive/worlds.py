"""Slow twins of `law.worlds` and `law.compare`: every complete medium with one child, one after the other."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import chain, combinations, product
from typing import Any

from hashgrade.law import Condition, Pack, judge, vocabulary
from hashgrade.law.condition import FALSE, TRUE
from hashgrade.law.grades import contradiction, prepubescent
from hashgrade.nouns import Grade

BOOK = vocabulary()
LABELS = [label for label in BOOK.activities if label != "none"]
BANDS = [band for band in BOOK.bands if band != "18_or_over"]


def media(names: Iterable[str], labels: Iterable[str] = LABELS) -> tuple[Grade, ...]:
    """Every medium with one child under 18 that answers `names` and its age, and does not contradict itself."""
    return _media(tuple(BOOK.in_order({*names, "age_band"})), tuple(labels))


@cache
def _media(order: tuple[str, ...], labels: tuple[str, ...]) -> tuple[Grade, ...]:
    found = []
    for answers in product(*(_answers(name, labels) for name in order)):
        said: dict[str, Any] = dict(zip(order, answers, strict=True))
        facts, child = ({name: said[name] for name in order if BOOK.facts[name].level == level} for level in "MC")
        if not contradiction(child):
            found.append(Grade(facts, (child,)))
    return tuple(found)


def _answers(name: str, labels: Iterable[str]) -> list[Any]:
    if name == "activity":
        kept = list(labels)
        some = chain.from_iterable(combinations(kept, n) for n in range(1, len(kept) + 1))
        return [("none",), *some]
    return BANDS if name == "age_band" else list(BOOK.facts[name].values)


def read(grade: Grade) -> Callable[[str], object]:
    """How a rule reads the one child of a medium."""
    (row,) = grade.children or ({},)
    return {**grade.facts, **row, "prepubescent": prepubescent(row)}.get


def recorded(*conditions: Condition) -> set[str]:
    """The facts that conditions rest on."""
    return {"puberty" if name == "prepubescent" else name for condition in conditions for name in condition.names}


def labels(*conditions: Condition) -> list[str]:
    """The labels that conditions tell apart, that of a witness, and one that stands for the rest."""
    said = {value for condition in conditions for part in condition.comparisons() if part.name == "activity"
            for value in part.values} | {"witness"}
    return [label for label in LABELS if label in said] + [label for label in LABELS if label not in said][:1]


def witnesses(wanted: Condition) -> Iterator[Grade]:
    """Every such medium of which `wanted` is true."""
    return (grade for grade in media(recorded(wanted), labels(wanted)) if wanted.value(read(grade)) == TRUE)


def conceivables(wanted: Condition) -> Iterator[Grade]:
    """Every such medium of which `wanted` is true at one of the ages in its band."""
    for grade in media(recorded(wanted), labels(wanted)):
        first, last = BOOK.bands[str(grade.children[0]["age_band"])]  # type: ignore[index]
        if any(_at_age(wanted, grade, year) == TRUE for year in range(first, last + 1)):
            yield grade


def _at_age(wanted: Condition, grade: Grade, year: int) -> int:
    if wanted.op == "not":
        return TRUE - _at_age(wanted.parts[0], grade, year)
    if wanted.name == "age_band" and wanted.op in ("under", "over"):
        bound: Any = wanted.values[0]
        return TRUE if (year < bound if wanted.op == "under" else year > bound) else FALSE
    if wanted.name:
        return wanted.value(read(grade))
    found = [_at_age(part, grade, year) for part in wanted.parts]
    return min([TRUE, *found]) if wanted.op == "all" else max([FALSE, *found])


def turns(before: Condition, after: Condition, name: str) -> bool:
    """Whether two such media that differ in `name` alone make `before` and `after` true."""
    seen: tuple[set[str], set[str]] = (set(), set())
    for grade in media(recorded(before, after) | {name}, labels(before, after)):
        rest = {key: value for key, value in {**grade.facts, **grade.children[0]}.items() if key != name}  # type: ignore[index]
        for condition, found in zip((before, after), seen, strict=True):
            if condition.value(read(grade)) == TRUE:
                found.add(str(rest))
    return bool(seen[0] & seen[1])


def meetings(first: Pack, second: Pack) -> set[tuple[str, str]]:
    """Every pair of outcomes that both packs decide for one and the same child."""
    found = {(judge(grade, first).outcome, judge(grade, second).outcome)
             for grade in media({*first.facts, *second.facts},
                                labels(*(rule.when for pack in (first, second) for rule in pack.rules)))}
    return {(a, b) for a, b in found if a and b}

"""Edges: where readers of a law go wrong, and so what the cases of every pack must show."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from hashgrade.law.grades import adult, prepubescent
from hashgrade.law.judge import judge
from hashgrade.law.pack import NONE, Pack
from hashgrade.law.vocabulary import ADULT, vocabulary
from hashgrade.nouns import Child, Grade

MADE_BY_AI = ("ai_photorealistic", "ai_altered_real_child")


def uncovered(pack: Pack, grades: Sequence[Grade]) -> Iterator[str]:
    """What none of the grades of a pack's cases shows, each in words that end "no case has".

    An age at each threshold that a rule draws; an unanswered fact; two children of whom only one qualifies; one who
    is a witness only; a drawing; a picture made by AI; a medium that shows only an adult; one that shows no child.
    """
    for years in sorted(_thresholds(pack)):
        if not any(row.get("age_band") in _around(years) for row in _children(grades)):
            yield f"a child whose band is across or just below {years} years: {' or '.join(_around(years))}"
    by_puberty = any(part.name == "prepubescent" for part in pack.comparisons)
    if by_puberty and not any(map(_open, _children(grades))):
        yield "a child of 11 to 13 whose stage of puberty is not answered: prepubescent or not, the age does not tell"
    for words, shows in _EDGES.items():
        if not any(shows(grade, pack) for grade in grades):
            yield words


def _children(grades: Sequence[Grade]) -> Iterator[Child]:
    return chain.from_iterable(grade.children or () for grade in grades)


def _thresholds(pack: Pack) -> set[int]:
    """The years of age at which a rule of the pack tells people apart."""
    ages = [part for part in pack.comparisons if part.name == "age_band" and part.op != "in"]
    return {int(str(part.values[0])) + (part.op == "over") for part in ages}


def _around(years: int) -> list[str]:
    """The band that a threshold cuts, or the one that ends just below it."""
    return [band for band, (first, last) in vocabulary().bands.items()
            if band != ADULT and first < years <= last + 1] or [ADULT]


def _open(row: Child) -> bool:
    return row.get("age_band") == "11-13" and prepubescent(row) is None


def _unanswered(grade: Grade, pack: Pack) -> bool:
    return bool(judge(grade, pack).missing)


def _one_of_two(grade: Grade, pack: Pack) -> bool:
    """Whether one child alone has the outcome of the medium, and another has not."""
    whole = judge(grade, pack).at_least
    rows = [row for row in grade.children or () if not adult(row)]
    alone = [judge(Grade(grade.facts, (row,)), pack).at_least for row in rows]
    return whole != NONE and len(rows) > 1 and alone.count(whole) == 1


def _witness_only(grade: Grade, _pack: Pack) -> bool:
    return any(row.get("activity") == ("witness",) for row in grade.children or ())


def _drawn(grade: Grade, _pack: Pack) -> bool:
    return grade.facts.get("depiction") == "non_photographic"


def _by_ai(grade: Grade, _pack: Pack) -> bool:
    return grade.facts.get("depiction") in MADE_BY_AI


def _adults_only(grade: Grade, _pack: Pack) -> bool:
    return bool(grade.children) and all(map(adult, grade.children or ()))


def _no_child(grade: Grade, _pack: Pack) -> bool:
    return grade.children == ()


_EDGES: dict[str, Callable[[Grade, Pack], bool]] = {
    "a fact that is unanswered and still to be asked": _unanswered,
    "two children of whom only one qualifies": _one_of_two,
    "a child who only witnesses: `activity: [witness]`": _witness_only,
    "a drawing: `depiction: non_photographic`": _drawn,
    "a picture made by AI: `depiction: ai_photorealistic` or `ai_altered_real_child`": _by_ai,
    "a medium that shows only an adult: every row `18_or_over`": _adults_only,
    "a medium that shows no child: `children: []`": _no_child,
}

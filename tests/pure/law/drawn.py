"""Grades and conditions drawn by hypothesis or from a seed, for the tests of the law."""

from random import Random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from hashgrade.errors import InputError
from hashgrade.law import vocabulary
from hashgrade.law.grades import grade_of
from hashgrade.nouns import Grade

CD = "cannot_determine"
BOOK = vocabulary()
MEDIUM = [name for name, fact in BOOK.facts.items()
          if fact.level == "M" and fact.kind == "choice" and name != "assessable"]
CHILD = ["age_band", "puberty", "sex", "role", "identified"]
LABELS = [label for label in BOOK.activities if label != "none"]


def answer(draw: Random, name: str, *, definite: bool = False) -> Any:
    """One answer to a fact, at times that it cannot be determined."""
    if name == "activity":
        return _labels(draw, definite)
    return draw.choice([*BOOK.facts[name].values, *([] if definite else [CD])])


def _labels(draw: Random, definite: bool) -> list[str]:
    if draw.random() < 0.1:
        return ["none"]
    chosen = draw.sample(LABELS, draw.choice([1, 1, 2, 3]))
    return chosen if definite or draw.random() < 0.8 else [*chosen, CD]


def row(draw: Random, *, full: bool = False, definite: bool = False) -> dict[str, Any]:
    """One child's row; every fact answered where `full`."""
    names = [*CHILD, "activity"]
    found = {name: answer(draw, name, definite=definite) for name in names if full or draw.random() < 0.7}
    if draw.random() < 0.2:
        test = draw.choice(sorted(BOOK.legal_tests))
        found[test] = answer(draw, test, definite=definite)
    return found


def grade(draw: Random, *, full: bool = False, definite: bool = False) -> Grade:
    """A grade that does not contradict itself, with up to three children."""
    while True:
        facts = {name: answer(draw, name, definite=definite) for name in MEDIUM if full or draw.random() < 0.6}
        tree: dict[str, Any] = {"facts": facts}
        if full or draw.random() < 0.85:
            tree["children"] = [row(draw, full=full, definite=definite) for _ in range(draw.choice([0, 1, 1, 2, 2, 3]))]
        if not full and draw.random() < 0.3:
            facts["child_count"] = draw.choice([0, 1, 2, 3, CD])
        try:
            return grade_of(tree)
        except InputError:
            continue


seeds = st.integers(0, 2**32).map(Random)
"""A seeded source of draws, so that hypothesis can report the one that fails."""

unhurried = settings(deadline=None)
"""The first example of many pays for the memo of the rest, so that no single one has a deadline."""

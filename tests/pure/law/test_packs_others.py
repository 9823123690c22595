"""Packs beside those of the United Kingdom, the United States and Canada: each against its twin in plain Python."""

from collections.abc import Iterator
from datetime import date
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given

from hashgrade import law
from hashgrade.law.grades import adult, contradiction
from hashgrade.law.judge import possible
from hashgrade.law.pack import NONE, all_versions
from hashgrade.nouns import Grade
from tests.naive.statutes.others import EARLIER, OF_CHILD, RANKS, Law
from tests.pure.law.drawn import BOOK, grade, seeds, unhurried

NEWEST: dict[str, tuple[law.Pack, Law]] = {name: (law.load(name), twin) for name, twin in OF_CHILD.items()}
BEFORE: dict[str, tuple[law.Pack, Law]] = {
    f"{name} {version}": (next(pack for pack in all_versions(name) if pack.version == version), twin)
    for (name, version), twin in EARLIER.items()}
VERSIONS = NEWEST | BEFORE
COMPOSED = ("au-ibs", "iccam")  # what they use is gone through by itself, and together it is 25,000 children each


def outcomes(pack: law.Pack, twin: Law, whole: Grade) -> set[str]:
    """What the law leaves possible for a medium: the most severe of its children, however an age band is resolved."""
    ranks = [*RANKS[pack.id].split(), NONE]
    found = {NONE}
    for row in whole.children or ():
        if not adult(row):
            said = twin({**whole.facts, **row})
            of_child = {said} if isinstance(said, str) else said
            found = {min(one, other, key=ranks.index) for one in found for other in of_child}
    return found


def worlds(pack: law.Pack) -> Iterator[Grade]:
    """Every complete grade with one child and one label, as far as the pack can tell them apart by name."""
    names = [name for name in pack.facts if name != "activity"]
    for answers in product(*(BOOK.facts[name].values for name in names)):
        told = dict(zip(names, answers, strict=True))
        facts = {name: told[name] for name in names if BOOK.facts[name].level == "M"}
        for label in BOOK.activities:
            row: dict[str, Any] = {name: told[name] for name in names if name not in facts} | {"activity": (label,)}
            if not contradiction(row):
                yield Grade(facts, (row,))


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=[pytest.mark.deep] if name in COMPOSED else []) for name in VERSIONS])
def test_a_pack_is_its_statute_on_every_child(name: str) -> None:
    """With every question answered and one label, rules and plain law agree for every child there can be."""
    pack, twin = VERSIONS[name]
    for whole in worlds(pack):
        assert set(possible(law.judge(whole, pack))) == outcomes(pack, twin, whole), whole


@unhurried
@given(seeds)
def test_a_pack_is_its_statute_whatever_is_depicted(draw: Random) -> None:
    """So they do with several labels and children, and where a row has its own answer to a legal test."""
    whole = grade(draw, full=True, definite=True)
    for name, (pack, twin) in VERSIONS.items():
        assert set(possible(law.judge(whole, pack))) == outcomes(pack, twin, whole), name


def test_every_pack_here_ranks_its_outcomes_as_its_twin() -> None:
    """The twin's order of severity is the pack's."""
    assert {name: " ".join(pack.outcomes[:-1]) for name, (pack, _) in NEWEST.items()} == RANKS


def test_the_scale_of_australia_is_the_verdicts_of_two_packs() -> None:
    """Categories 1 and 2 are asked of other packs, so that a change there is a change here."""
    assert set(law.load("au-ibs").uses) == {"interpol-baseline", "au-473.1"}
    assert law.load("au-ibs").unmodelled == {"3"}


def test_iccam_asks_for_baseline_and_for_the_law_of_a_country() -> None:
    """What a country's law is, is a parameter and no rule."""
    pack = law.load("iccam")
    assert set(pack.uses) == {"interpol-baseline", "uk-ew", "uk-ew-prohibited"}
    assert "law_of_the_hosting_country" in pack.parameters


def test_in_ireland_the_age_of_a_child_rose_in_2017() -> None:
    """A band of 16 and 17 was undecided until 26 March 2017, and is decided from the next day on."""
    sixteen = {"facts": {}, "children": [{"age_band": "16-17", "activity": ["oral"]}]}
    before, after = (law.load("ie-1998", date(2017, 3, day)) for day in (26, 27))
    assert (before.version, after.version) == ("1998", "2017")
    assert [law.judge(sixteen, pack).outcome for pack in (before, after)] == [None, "yes"]

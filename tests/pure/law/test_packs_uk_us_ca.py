"""The packs of the United Kingdom, the United States and Canada, against plain functions written from the texts."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import combinations, pairwise, product
from random import Random
from typing import Any

import pytest
from hypothesis import given

from hashgrade import law
from hashgrade.law.grades import contradiction
from hashgrade.law.judge import judge
from hashgrade.law.pack import Pack, all_versions
from hashgrade.nouns import Grade
from tests.naive.statutes.uk_us_ca import EARLIER, OF_CHILD, RANKS, Told
from tests.pure.law.drawn import grade, seeds, unhurried

Twin = Callable[[Told], str]
VERSIONS = [pack for name in OF_CHILD for pack in all_versions(name)]
BOOK = law.vocabulary()
LABELS = [label for label in BOOK.activities if label != "none"]
LISTS: list[tuple[str, ...]] = [("none",), *((label,) for label in LABELS), *combinations(LABELS, 2)]
"""Every comparison asks whether one of some labels is in the list, so one and two labels reach every distinction."""
BAND_OF_PAIRS = "14-15"


def twin(pack: Pack) -> Twin:
    return EARLIER.get((pack.id, pack.version)) or OF_CHILD[pack.id]


def complete(pack: Pack) -> Iterator[dict[str, Any]]:
    """Every definite answer to what the pack asks, and nothing else: a twin that asks for more stumbles.

    Two labels at once are tried of one band of ages, since no text makes the labels depend on the age.
    """
    values: list[list[Any]] = [LISTS if BOOK.facts[name].many else [*BOOK.facts[name].values] for name in pack.facts]
    for answers in product(*values):
        told = dict(zip(pack.facts, answers, strict=True))
        if not contradiction(told) and (len(told["activity"]) == 1 or told["age_band"] == BAND_OF_PAIRS):
            yield told


def of_one(told: Told) -> Grade:
    """A medium with one row."""
    of_medium = {name: value for name, value in told.items() if name in BOOK.of_medium}
    return Grade(of_medium, ({name: value for name, value in told.items() if name not in of_medium},))


@pytest.mark.parametrize("pack", VERSIONS, ids=lambda pack: f"{pack.id} {pack.version}")
def test_a_pack_says_of_every_complete_child_what_the_text_says(pack: Pack) -> None:
    """Over every answer to every fact that the pack asks, rules and text agree; no sampling."""
    said = twin(pack)
    assert [told for told in complete(pack) if judge(of_one(told), pack).outcome != said(told)] == []


@unhurried
@given(seeds)
def test_a_medium_takes_the_highest_of_its_children_in_every_pack(draw: Random) -> None:
    """With up to three people and every fact answered, the medium has the most severe outcome that some child has."""
    whole = grade(draw, full=True, definite=True)
    for pack in VERSIONS:
        found = {twin(pack)({**whole.facts, **row}) for row in whole.children or ()}
        highest = next((name for name in RANKS[pack.id].split() if name in found), "none")
        assert judge(whole, pack).outcome == highest, (pack.id, pack.version)


@pytest.mark.parametrize(("told", "expected"), [
    ({"depiction": "photographic", "activity": ("masturbation",)},
     "uk-ew B, uk-sct B, sap 2, us-2256 8A, us-industry A1, ca-163.1 a.i, vics-us 1, interpol-baseline baseline"),
    ({"depiction": "photographic", "activity": ("posing_nude",)},
     "uk-ew C, uk-sct C, sap 1, us-2256 none, us-industry none, ca-163.1 none, vics-us 2, interpol-baseline none"),
    ({"depiction": "photographic", "activity": ("posing_nude",), "lascivious": "yes"},
     "uk-ew C, us-2256 8A, us-industry A2, ca-163.1 none, vics-us 1, interpol-baseline none"),
    ({"depiction": "photographic", "activity": ("witness",)},
     "uk-ew C, us-2256 none, us-industry none, ca-163.1 none, vics-us 2, interpol-baseline baseline"),
    ({"depiction": "non_photographic", "activity": ("oral",)},
     "uk-ew none, uk-sct none, uk-ew-prohibited prohibited, us-2256 none, us-1466a refer, us-industry none, "
     "ca-163.1 a.i, vics-us 3, interpol-baseline none"),
    ({"depiction": "ai_photorealistic", "activity": ("oral",), "graphic": "yes"},
     "uk-ew A, uk-ew-prohibited none, us-2256 8B, us-industry A1, ca-163.1 a.i, vics-us 1, interpol-baseline none"),
    ({"depiction": "ai_altered_real_child", "activity": ("oral",), "graphic": "yes"},
     "uk-ew A, us-2256 8C, us-industry A1, ca-163.1 a.i, vics-us 1, interpol-baseline none"),
    ({"depiction": "photographic", "activity": ("oral",), "age_band": "16-17", "puberty": "postpubescent"},
     "uk-ew A, us-2256 8A, us-industry B1, ca-163.1 a.i, interpol-baseline none"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_the_differences_between_the_laws_survive(told: Told, expected: str) -> None:
    """No table from category to category could say this: each law asks its own questions of the same answers."""
    tests = dict.fromkeys(BOOK.legal_tests, "no") | {"indecent": "yes", "pornographic_s62": "yes", "obscene_s62": "yes"}
    whole = {"adult_visible": "no", "age_band": "7-10", "puberty": "prepubescent", "identified": "no", **tests, **told}
    names = [line.split()[0] for line in expected.split(", ")]
    assert ", ".join(f"{name} {judge(of_one(whole), law.load(name)).outcome}" for name in names) == expected


@pytest.mark.parametrize("name", OF_CHILD)
def test_the_outcomes_are_those_of_the_texts(name: str) -> None:
    """Ids and order are stable, since records, lists and crosswalks hold them."""
    assert law.load(name).outcomes == (*RANKS[name].split(), "none")


def test_from_the_levels_to_the_categories_there_is_one_way() -> None:
    """C from 1, B from 2 and 3, A from 4 and 5: of every complete child, where the levels are those of 2007."""
    levels, categories = law.load("sap"), law.load("uk-ew")
    follows = {"5": "A", "4": "A", "3": "B", "2": "B", "1": "C", "none": "none"}
    for told in complete(levels):
        assert judge(of_one(told), categories).outcome == follows[str(judge(of_one(told), levels).outcome)]


def test_the_levels_leave_no_day_between_oliver_and_the_categories() -> None:
    """Each version ends on the day before the next begins, and the last on the day before the categories do."""
    newest_last = [law.load("uk-ew"), *all_versions("sap")]
    for later, earlier in pairwise(newest_last):
        assert earlier.until is not None
        assert later.since == earlier.until + timedelta(days=1)
    assert newest_last[-1].since == date(2002, 11, 21)


def test_penetrative_activity_between_children_rose_in_2007() -> None:
    """What changed between the versions is what the texts say changed."""
    told = {"depiction": "photographic", "indecent": "yes", "adult_visible": "no", "age_band": "14-15",
            "activity": ("penetrative",)}
    outcomes = [judge(of_one(told), pack).outcome for pack in all_versions("sap")]
    assert outcomes == ["4", "2", "2"]


def test_scotland_follows_the_english_pack_and_does_not_repeat_it() -> None:
    """The categories are asked of `uk-ew`, so that a reading changed there changes here."""
    assert law.load("uk-sct").uses == ("uk-ew",)
    assert law.load("vics-us").uses == ("us-2256",)

"""What was read beside what was settled: only what both answer, children as rows, months, and counts that add up."""

from datetime import UTC, datetime
from itertools import starmap

from hypothesis import given
from hypothesis import strategies as st

from hashgrade.grading import gold
from hashgrade.nouns import Child, Grade
from tests.cast import grade

ONE: Child = {"age_band": "7-10", "activity": ("posing_nude",)}
OTHER: Child = {"age_band": "11-13", "activity": ("posing_nude",)}


def test_only_what_both_answer_is_compared() -> None:
    """What a reader was not asked, and what nobody settled, is no difference; cannot be determined is an answer."""
    read = grade(ONE, depiction="photographic", origin="cannot_determine")
    found = {one.fact: one.alike for one in gold.beside(read, grade(ONE, origin="unknown", setting="bedroom"))}
    assert found == {"origin": False, "children": True, "youngest_age_band": True, "headline_activity": True}
    assert not list(gold.beside(grade(depiction="photographic"), Grade()))


def test_children_are_the_same_in_any_order() -> None:
    """Rows are a multiset, and what follows tells in what they differ."""
    assert all(one.alike for one in gold.beside(grade(ONE, OTHER), grade(OTHER, ONE)))
    differ = [one.fact for one in gold.beside(grade(ONE), grade(OTHER)) if not one.alike]
    assert differ == ["children", "youngest_age_band"]


def test_what_stood_for_what_is_counted() -> None:
    """The commonest first, and the canonical text of rows never among them."""
    pairs = [(grade(ONE), grade(OTHER))] * 3 + [(grade(OTHER), grade(ONE)), (grade(ONE), grade(ONE))]
    tallies = {one.fact: one for one in gold.tallied(starmap(gold.beside, pairs))}
    assert tallies["youngest_age_band"].swaps.most_common() == [(("7-10", "11-13"), 3), (("11-13", "7-10"), 1)]
    assert not tallies["children"].swaps
    assert (tallies["children"].compared, tallies["children"].alike, tallies["children"].few) == (5, 1, True)


GRADES = st.builds(grade, st.sampled_from([ONE, OTHER]),
                   origin=st.sampled_from(["unknown", "self_generated", "cannot_determine"]))


@given(st.lists(st.tuples(GRADES, GRADES), max_size=20))
def test_counts_add_up(pairs: list[tuple[Grade, Grade]]) -> None:
    """Alike is at most compared, what differs is told in swaps, and months have every item once."""
    compared = [list(gold.beside(*pair)) for pair in pairs]
    for one in gold.tallied(compared):
        assert 0 <= one.alike <= one.compared <= len(pairs)
        assert one.fact == "children" or sum(one.swaps.values()) == one.compared - one.alike
    months = gold.by_month((datetime(2026, 1 + n % 12, 28, tzinfo=UTC), facts) for n, facts in enumerate(compared))
    assert sum(one.items for one in months) == len(pairs)
    own = [one for one in gold.tallied(compared) if one.fact not in gold.FOLLOWS]
    assert (sum(one.compared for one in months), sum(one.alike for one in months)) == (
        sum(one.compared for one in own), sum(one.alike for one in own))
    assert [one.begins for one in months] == sorted((one.begins for one in months), reverse=True)

"""What answering can do to a verdict, in every pack: it narrows, but for answers that take back what the law had read.

Four answers do: a puberty other than the age that stood in for it; that a counted child is 18 or over; a child's own
answer to a legal test, other than the medium's; and a count above the rows, which were complete until then.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import product
from random import Random
from typing import Any, Final

import pytest
from hypothesis import assume, given, settings

from hashgrade import law
from hashgrade.errors import InputError
from hashgrade.law.grades import adult, as_json, contradiction, grade_of, prepubescent
from hashgrade.law.judge import interval
from hashgrade.law.pack import pack_ids
from hashgrade.nouns import Grade
from tests.pure.law.drawn import CHILD, LABELS, MEDIUM, answer, grade, row, seeds

BOOK: Final = law.vocabulary()
CD: Final = "cannot_determine"
PACKS: Final = [law.load(name) for name in pack_ids()]
every_pack = pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)

Answers = tuple[Any, ...]
"""A value for each name of a space; None is unanswered."""


def possible(some: Grade, pack: law.Pack) -> set[str]:
    """Every outcome that is still possible; one alone is decided."""
    least, could_be = interval(some, pack)
    return {least, *could_be}


def rank(some: Grade, pack: law.Pack) -> int:
    """The rank of what is proved, 0 for the most severe."""
    return pack.rank[interval(some, pack)[0]]


def takes_back(before: Grade, after: Grade) -> str:
    """Which of the four an answer is, or an empty string."""
    if before.children is None or after.children is None:
        return ""
    stated, count = before.facts.get("child_count"), after.facts.get("child_count")
    if stated is None and isinstance(count, int) and count > sum(not adult(one) for one in after.children):
        return "count"
    for one, two in zip(before.children, after.children, strict=True):
        if adult(two) and not adult(one) and isinstance(stated, int):
            return "grown"
        if prepubescent(one) not in (None, prepubescent(two)) and "puberty" in two.keys() - one.keys():
            return "puberty"
        tests = BOOK.legal_tests & (two.keys() - one.keys())
        if any(after.facts.get(name, CD) not in (CD, two[name]) for name in tests):
            return "own answer"
    return ""


# -- one more answer ----------------------------------------------------------------------------------------------


@every_pack
@settings(max_examples=12, deadline=None)
@given(seeds)
def test_answering_only_narrows(pack: law.Pack, draw: Random) -> None:
    """Whatever is answered next, on the medium or on a row, what is possible after was possible before."""
    before = grade(draw)
    after = _one_more(draw, before)
    assume(not takes_back(before, after))
    assert possible(after, pack) <= possible(before, pack)


@pytest.mark.deep
@settings(max_examples=3000, deadline=None)
@given(seeds)
def test_answering_only_narrows_in_the_long_run(draw: Random) -> None:
    """The same of thousands of grades, under every pack at once."""
    before = grade(draw)
    after = _one_more(draw, before)
    assume(not takes_back(before, after))
    assert not [pack.id for pack in PACKS if not possible(after, pack) <= possible(before, pack)]


def _one_more(draw: Random, before: Grade) -> Grade:
    tree: Any = as_json(before)
    places = [tree["facts"], *tree.get("children", [])]
    held = draw.choice(places)
    names = [*MEDIUM, "child_count"] if held is tree["facts"] else [*CHILD, "activity", *sorted(BOOK.legal_tests)]
    open_ = [name for name in names if name not in held]
    assume(open_)
    name = draw.choice(open_)
    held[name] = draw.choice([0, 1, 2, 3, CD]) if name == "child_count" else answer(draw, name)
    return _checked(tree)


def _checked(tree: Any) -> Grade:
    try:
        return grade_of(tree)
    except InputError:
        assume(False)
        raise


# -- small spaces, exhaustively -----------------------------------------------------------------------------------

LISTS: Final = [None, ("none",), ("oral",), ("masturbation",), ("witness",), ("posing_nude",), ("nudity_only", CD),
                (CD,)]
CHILD_SPACE: Final[Mapping[str, list[Any]]] = {
    "age_band": [None, *BOOK.facts["age_band"].values, CD], "puberty": [None, *BOOK.facts["puberty"].values, CD],
    "activity": LISTS}
SETTLED: Final = [{}, {"depiction": "photographic"}, {"depiction": "non_photographic"}]


@every_pack
@pytest.mark.parametrize(("count", "expected"), [(None, {"puberty"}), (1, {"puberty", "grown"})])
def test_of_answers_about_a_child_only_two_widen(pack: law.Pack, count: int | None, expected: set[str]) -> None:
    """Every age, puberty and activity, in every order: only puberty takes back, and that a counted child is of age."""
    tests = dict.fromkeys(BOOK.legal_tests & set(pack.facts), "yes")
    for settled in SETTLED:
        fixed = _answered({**tests, **settled, "child_count": count})
        assert _widened(pack, CHILD_SPACE, partial(_of_one, fixed)) <= expected


@every_pack
def test_of_a_childs_own_legal_tests_only_one_that_differs_widens(pack: law.Pack) -> None:
    """Every answer on the medium and on the row, in every order, to each legal test that the pack asks for."""
    facts = {name: _two(pack, name)[0] for name in pack.facts if BOOK.facts[name].level == "M"}
    for test in BOOK.legal_tests & set(pack.facts):
        space: dict[str, list[Any]] = {
            f"medium:{test}": ["yes", "no", CD, None], test: [None, "yes", "no", CD],
            "age_band": [None, "7-10", "16-17"], "activity": LISTS}
        assert _widened(pack, space, partial(_of_one, facts)) <= {"own answer"}


@every_pack
def test_of_counts_only_one_above_the_rows_widens(pack: law.Pack) -> None:
    """Every count beside every age and activity, in every order."""
    facts = {name: _two(pack, name)[0] for name in pack.facts if BOOK.facts[name].level == "M"}
    space = {"medium:child_count": [None, 1, 2, CD], **CHILD_SPACE, "puberty": [None]}
    assert _widened(pack, space, partial(_of_one, facts)) <= {"count", "grown"}


@every_pack
def test_no_answer_about_the_medium_widens(pack: law.Pack) -> None:
    """Every answer to every fact of the medium that the pack asks for, in every order, of four kinds of child."""
    space: dict[str, list[Any]] = {
        f"medium:{name}": [None, *_two(pack, name), CD] for name in pack.facts if BOOK.facts[name].level == "M"}
    children: list[dict[str, Any]] = [{}, {"age_band": "7-10"}, {"age_band": "14-15", "activity": ("posing_nude",)},
                                      {"age_band": "3-6", "activity": ("oral",)}]
    for child in children:
        assert not _widened(pack, space, partial(_of_one, {}, child=child))


@every_pack
def test_to_say_who_is_depicted_only_narrows(pack: law.Pack) -> None:
    """While nobody has described the children, a count and an empty row take nothing back, nor that there is none."""
    for settled in SETTLED:
        before = possible(Grade(settled), pack)
        for after in (Grade(settled, ()), Grade(settled, ({},)), Grade(settled, ({}, {})),
                      *(Grade({**settled, "child_count": count}) for count in (0, 1, 3, CD))):
            assert possible(after, pack) <= before


def _answered(held: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in held.items() if value is not None}


def _of_one(facts: dict[str, Any], held: dict[str, Any], child: Mapping[str, Any] | None = None) -> Grade:
    """A medium with one child: `facts` and `child`, and beside them what is held of either."""
    of_medium = {name.removeprefix("medium:"): value for name, value in held.items() if ":" in name}
    own = {name: value for name, value in held.items() if ":" not in name}
    return Grade(_answered({**facts, **of_medium}), (_answered({**(child or {}), **own}),))


def _two(pack: law.Pack, name: str) -> list[str]:
    """At most two values of a fact: one that some comparison of the pack takes, and one that it does not."""
    wanted = next(set(map(str, part.values)) for part in pack.comparisons if part.name == name)
    values = list(BOOK.facts[name].values)
    return [next(value for value in values if value in wanted), *[value for value in values if value not in wanted][:1]]


def _widened(pack: law.Pack, space: Mapping[str, list[Any]], made: Callable[[dict[str, Any]], Grade]) -> set[str]:
    """Of every pair of grades of which the second has one more answer and leaves more possible, what takes back."""
    names = list(space)
    found: dict[Answers, tuple[Grade, set[str]]] = {}
    for answers in product(*space.values()):
        some = made(dict(zip(names, answers, strict=True)))
        if not any(contradiction(one) for one in some.children or ()):
            found[answers] = some, possible(some, pack)
    return {takes_back(found[one][0], found[two][0]) for one in found for two in _one_further(one, space)
            if two in found and not found[two][1] <= found[one][1]}


def _one_further(answers: Answers, space: Mapping[str, list[Any]]) -> Iterator[Answers]:
    for n, values in enumerate(space.values()):
        if answers[n] is None:
            yield from ((*answers[:n], value, *answers[n + 1:]) for value in values if value is not None)


@pytest.mark.parametrize(("before", "after", "word"), [
    ({"children": [{"age_band": "7-10", "activity": ["oral"]}]},
     {"children": [{"age_band": "7-10", "activity": ["oral"], "puberty": "pubescent"}]}, "puberty"),
    ({"facts": {"lascivious": "no", "child_count": 1}, "children": [{"activity": ["none"]}]},
     {"facts": {"lascivious": "no", "child_count": 1},
      "children": [{"activity": ["none"], "age_band": "18_or_over"}]},
     "grown"),
    ({"facts": {"lascivious": "no"}, "children": [{"age_band": "14-15", "activity": ["none"]}]},
     {"facts": {"lascivious": "no"}, "children": [{"age_band": "14-15", "activity": ["none"], "lascivious": "yes"}]},
     "own answer"),
    ({"facts": {"lascivious": "no"}, "children": [{"age_band": "14-15", "activity": ["oral"]}]},
     {"facts": {"lascivious": "no", "child_count": 2}, "children": [{"age_band": "14-15", "activity": ["oral"]}]},
     "count"),
])
def test_each_of_the_four_can_widen(before: Any, after: Any, word: str) -> None:
    """There is a decided verdict that it changes, so that none of the four is named in vain."""
    pack = law.load("us-industry")
    photograph = {"depiction": "photographic"}
    one, two = (grade_of({**tree, "facts": {**photograph, **tree.get("facts", {})}}) for tree in (before, after))
    assert takes_back(one, two) == word
    assert law.judge(one, pack).outcome is not None
    assert not possible(two, pack) <= possible(one, pack)


# -- what a medium takes from its children ------------------------------------------------------------------------


@every_pack
@settings(max_examples=6, deadline=None)
@given(seeds)
def test_a_label_more_never_lowers_the_outcome(pack: law.Pack, draw: Random) -> None:
    """What is proved with a list of labels is proved at least as severely with one label more in it."""
    before = grade(draw)
    tree: Any = as_json(before)
    rows = [one for one in tree.get("children", []) if one.get("activity", ["none"]) != ["none"]]
    assume(rows)
    draw.choice(rows)["activity"].append(draw.choice(LABELS))
    assert rank(_checked(tree), pack) <= rank(before, pack)


@every_pack
@settings(max_examples=5, deadline=None)
@given(seeds)
def test_an_adult_only_medium_is_none(pack: law.Pack, draw: Random) -> None:
    """No rule is true of a person of 18 or over, whatever else is answered."""
    adults = [{"age_band": "18_or_over", "activity": answer(draw, "activity")} for _ in range(draw.choice([1, 2]))]
    verdict = law.judge({"facts": grade(draw, full=True).facts, "children": adults}, pack)
    assert (verdict.outcome, verdict.could_be, verdict.missing) == ("none", (), ())


@every_pack
@settings(max_examples=5, deadline=None)
@given(seeds)
def test_the_order_of_children_does_not_matter(pack: law.Pack, draw: Random) -> None:
    """Children are a multiset: a verdict depends on which rows there are."""
    some = grade(draw)
    assume(some.children)
    other = Grade(some.facts, tuple(draw.sample(some.children or (), len(some.children or ()))))
    one, two = law.judge(some, pack), law.judge(other, pack)
    assert (one.outcome, one.at_least, one.could_be, one.missing) == (
        two.outcome, two.at_least, two.could_be, two.missing)


@every_pack
@settings(max_examples=6, deadline=None)
@given(seeds)
def test_a_child_more_never_lowers_the_outcome(pack: law.Pack, draw: Random) -> None:
    """What is proved of some children stays proved when another is described, and what is possible above it too."""
    before = grade(draw)
    assume(before.children is not None and "child_count" not in before.facts)
    after = _checked({"facts": before.facts, "children": [*(before.children or ()), row(draw)]})
    assert rank(after, pack) <= rank(before, pack)
    above = {outcome for outcome in possible(before, pack) if pack.rank[outcome] < rank(after, pack)}
    assert above <= possible(after, pack)

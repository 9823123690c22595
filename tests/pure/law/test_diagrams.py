"""Packs as decision diagrams: they say what the rules say."""

import json
from collections.abc import Sequence
from functools import reduce
from itertools import permutations
from random import Random

import pytest
from hypothesis import assume, given, settings

from hashgrade import law
from hashgrade.errors import InputError
from hashgrade.law.diagrams import Node, Tree, answered, as_known, branches, diagram, variables
from hashgrade.law.grades import adult
from hashgrade.law.judge import interval
from hashgrade.law.pack import pack_ids, read_packs
from hashgrade.law.unanswered import rows_and_trees
from hashgrade.nouns import Grade
from tests.pure.law.drawn import grade, seeds

PACKS = [law.load(name) for name in pack_ids()]
every_pack = pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)


@every_pack
@settings(max_examples=8, deadline=None)
@given(seeds)
def test_what_is_left_says_what_the_rules_say(pack: law.Pack, draw: Random) -> None:
    """However many facts are answered, the span of each child is that of the reference evaluator."""
    some = grade(draw, full=draw.random() < 0.3)
    places, trees = rows_and_trees(some, pack)
    for n, tree in zip(places, trees, strict=True):
        row = dict(enumerate(some.children or ())).get(n, {})
        least, could_be = interval(Grade({**some.facts, "child_count": 1}, (row,)), pack)
        assert as_known(tree) == (pack.rank[least], pack.rank[(*could_be, least)[0]])


@every_pack
@settings(max_examples=4, deadline=None)
@given(seeds)
def test_answers_come_in_any_order(pack: law.Pack, draw: Random) -> None:
    """What is left after some answers does not depend on which was given first."""
    some = grade(draw)
    assume(some.children)
    row = draw.choice([one for one in some.children or () if not adult(one)] or [{}])
    answers = [*{**some.facts, **row}.items()]
    trees = [in_order(pack, draw.sample(answers, len(answers))) for _ in range(2)]
    assert trees[0] is trees[1] or trees[0] == trees[1]


def test_whether_an_age_is_ruled_out_first_or_last_is_one() -> None:
    """A fact whose other answers all lead to one place is not asked, whenever the last of the rest was ruled out."""
    answers = [("depiction", "pseudo_photographic"), ("puberty", "prepubescent"), ("activity", ("witness",))]
    pack = law.load("eu-2011-93")
    assert len({in_order(pack, order) for order in permutations(answers)}) == 1


def in_order(pack: law.Pack, answers: Sequence[tuple[str, object]]) -> Tree:
    """What is left of a pack's diagram after these answers, one after another."""
    return reduce(lambda tree, answer: answered(tree, *answer), answers, diagram(pack))


@every_pack
def test_a_diagram_branches_on_the_facts_of_its_pack(pack: law.Pack) -> None:
    """Every fact that the pack mentions can matter, and none is branched on twice on the way down."""
    assert branches(diagram(pack)) == set(pack.facts)
    waiting = [(diagram(pack), -1)]
    seen = set()
    while waiting:
        tree, above = waiting.pop()
        if isinstance(tree, Node) and (tree, above) not in seen:
            seen.add((tree, above))
            assert tree.variable.place > above
            waiting += [(kid, tree.variable.place) for kid in tree.kids]


def test_answers_that_a_pack_cannot_tell_apart_are_of_one_kind() -> None:
    """To England and Wales a photograph and a pseudo-photograph are the same, and a drawing is another."""
    depiction = variables(law.load("uk-ew"))["depiction"]
    assert depiction.kind("photographic") == depiction.kind("pseudo_photographic") != depiction.kind("non_photographic")


def test_an_answer_that_contradicts_another_makes_no_question() -> None:
    """Somebody of 18 or over is not prepubescent, so that the age of whoever is changes nothing and is not asked."""
    tree = answered(diagram(law.load("interpol-baseline")), "depiction", "photographic")
    assert "age_band" in branches(tree)
    assert "age_band" not in branches(answered(tree, "puberty", "prepubescent"))


def test_rules_that_bind_everything_together_are_refused_in_good_time() -> None:
    """Eight rules over random facts would grow for minutes; they are an error that says so."""
    draw, facts = Random(0), law.vocabulary().facts
    names = [name for name, fact in facts.items() if fact.kind == "choice" and name != "assessable"]

    def some() -> dict[str, object]:
        return {"any": [{name: {"is": draw.choice([*facts[name].values])}} for name in draw.sample(names, 3)]}

    said = {"outcome": "x", "source": "act", "article": "1"}
    rules = [{**said, "rule": f"r{n}", "when": {"all": [some(), some(), some()]}} for n in range(8)]
    version = {"version": "1", "vocabulary": "1", "in_force": {"from": None, "until": None},
               "review": {"state": "draft", "by": None, "on": None}, "scope": {"all": ["indecent"]}, "rules": rules}
    text = json.dumps({"pack": "zz", "title": "Invented", "jurisdiction": "international", "sources": {"act": "An act"},
                       "outcomes": {"x": "X", "none": "No"}, "versions": [version]})
    with pytest.raises(InputError, match="PACK-20"):
        law.judge({}, read_packs({"zz": text}, "zz")[0])

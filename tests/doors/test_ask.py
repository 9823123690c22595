"""`hashgrade law ask`: the next question for people and for machines."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from hashgrade.cli.law import law

GRADE = {"facts": {"depiction": "photographic"}, "children": [{"age_band": "14-15"}]}


def asked(tree: Any, *words: str | Path) -> str:
    done = CliRunner().invoke(law, ["ask", "--facts", "-", *map(str, words)], input=json.dumps(tree))
    assert done.exit_code == 0
    return done.stdout


def test_ask_names_the_next_question_with_its_words() -> None:
    """People read the path, the question, the values, and what may still come."""
    said = asked(GRADE, "--pack", "uk-ew", "--pack", "us-industry").splitlines()
    assert said[0].startswith("children[0].activity: Which of the official labels apply")
    assert said[1] == "  sadism: Sadism"
    assert said[-1] == "then perhaps: indecent, lascivious, children[0].puberty"


def test_ask_says_when_nothing_more_is_asked() -> None:
    """A decided grade has no next question."""
    assert asked({"children": []}, "--pack", "uk-ew") == "nothing more is asked by uk-ew\n"
    assert json.loads(asked({"children": []}, "--pack", "uk-ew", "--json")) == {
        "packs": ["uk-ew"], "next": None, "then_perhaps": []}


def test_ask_shows_the_plan_as_a_tree() -> None:
    """`--all` says what follows each answer, to the depth asked for, in words and as JSON."""
    words = ("--pack", "uk-ew", "--all", "--depth", "2")
    assert asked(GRADE, *words).splitlines()[-5:] == [
        "indecent?", "  yes", "    children[0].activity?", "  no: nothing more", "  cannot_determine: nothing more"]
    assert json.loads(asked(GRADE, *words, "--json"))["plan"] == {"ask": "indecent", "then": [
        {"answers": ["yes"], "next": {"ask": "children[0].activity", "then": []}},
        {"answers": ["no"], "next": None}, {"answers": ["cannot_determine"], "next": None}]}


def test_ask_takes_every_pack_at_once() -> None:
    """`all` stands for the packs of the package."""
    assert len(json.loads(asked(GRADE, "--pack", "all", "--json"))["packs"]) > 3

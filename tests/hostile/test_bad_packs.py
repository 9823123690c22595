"""Packs with one fault each: `law check` names the fault, its line and column, and what to do."""

import re
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from hashgrade.errors import InputError
from hashgrade.law.check import problems
from hashgrade.law.load import read
from hashgrade.law.pack import PACKS

PACK, CASES, SOURCES = "pack.yaml", "cases.yaml", "sources.md"

# file, what is replaced, by what, the code, and words of the error
FAULTS = [
    (PACK, "- indecent\n", "- indecnet\n", "PACK-03", r"pack.yaml:31:11.*did you mean `indecent`\?"),
    (PACK, "depiction: {in", "depictoin: {in", "PACK-03", r"30:11.*\^ did you mean `depiction`\?"),
    (PACK, "- indecent\n", "- several\n", "PACK-03", "which cannot be used here"),
    (PACK, "- indecent\n", "- verdict.us-industry\n", "PACK-04", "has no outcome `yes`"),
    (PACK, "parameter.oral_is", "parameter.oral_was", "PACK-03", "parameter.oral_was_penetrative"),
    (PACK, "{is: animal}", "{is: animals}", "PACK-04", r"did you mean `animal`\?"),
    (PACK, "{under: 18}", "{under: eighteen}", "PACK-04", "whole number"),
    (PACK, "{under: 18}", "{is: 18}", "PACK-04", "18_or_over"),
    (PACK, "{is: animal}", "{equals: animal}", "PACK-02", "is compared by one of is, in, under, over"),
    (PACK, "{is: animal}", "{under: 3}", "PACK-02", "has no order"),
    (PACK, "        when: indecent\n", "        when: {all: []}\n", "PACK-02", "at least one condition"),
    (PACK, "outcomes:", "outcomes: [", "PACK-01", r"pack.yaml:\d+:\d+"),
    (PACK, "pack: uk-ew", "pack: uk-ew\npack: uk-ew", "PACK-01", "duplicate key"),
    (PACK, "pack: uk-ew", "pack: uk-wales", "PACK-05", "the folder is `uk-ew`"),
    (PACK, "    in_force:", "    inforce:", "PACK-05", r"did you mean `in_force`\?"),
    (PACK, "source: guideline\n        article: \"Category C\"\n", "article: C\n", "PACK-05", "`source` is not stated"),
    (PACK, "from: 2014-04-01", "from: April", "PACK-05", "expected a day"),
    (PACK, "from: 2014-04-01", "from: 2024-02-30", "PACK-01", r"`2024-02-30` cannot be: .*pack.yaml:19:22"),
    (PACK, "from: 2014-04-01, until: null", "from: 2014-04-01, until: 2013-01-01", "PACK-05", "before `from`"),
    (PACK, "state: draft", "state: reviewed", "PACK-05", "with who"),
    (PACK, 'oral_is_penetrative: "yes"', "oral_is_penetrative: maybe", "PACK-05", "is one of no, yes"),
    (PACK, 'vocabulary: "1"', 'vocabulary: "9"', "PACK-05", "the vocabulary is version `1`"),
    (PACK, "  none: Not within categories A to C\n", "", "PACK-06", "end in `none`"),
    (PACK, "outcome: B\n", "outcome: D\n", "PACK-06", "`D` is not an outcome"),
    (PACK, "outcome: C\n", "outcome: A\n", "PACK-06", "more severe than the rule before it"),
    (PACK, "rule: category-b\n", "rule: category-a-sadism\n", "PACK-06", "there is a rule `category-a-sadism` already"),
    (PACK, "source: guideline\n        article: \"Category C", "source: guidelines\n        article: \"Category C", "PACK-07",
     r"did you mean `guideline`\?"),
    (SOURCES, "## guideline", "## guidance", "PACK-07", "no heading `## guideline`"),
    (CASES, "expect: {outcome: B, missing: []}", "expect: {outcome: A}", "PACK-10",
     r"expected outcome A, got B --> packs/uk-ew/cases.yaml:\d+:\d+"),
    (CASES, "case: Masturbation is B here and not A", "case: B", "PACK-05", "named by a sentence"),
    (CASES, "expect: {outcome: B, missing: []}", "expect: {outcome: F}", "PACK-05", "no outcome `F`"),
    (CASES, "activity: [animal, posing_nude]}]\n  expect: {outcome: A, reasons: [category-a-animal]}",
     "activity: [oral]}]\n  expect: {outcome: A}", "PACK-05", "no case comes out by rule `category-a-animal`"),
    (CASES, "activity: [masturbation]", "activity: [mastrbation]", "GRA-03", r"cases.yaml:\d+:\d+"),
    (CASES, "- case: Activity with an animal is A", "surprise: yes\n- case: no", "PACK-01", r"cases.yaml:\d+:\d+"),
]


def spoiled(tmp_path: Path, file: str, good: str, bad: str) -> Path:
    """A copy of the pack uk-ew with the first `good` of one of its files replaced."""
    folder = Path(shutil.copytree(PACKS / "uk-ew", tmp_path / "uk-ew"))
    text = (folder / file).read_text()
    assert good in text, "the fault must be planted where there is something to spoil"
    (folder / file).write_text(text.replace(good, bad, 1))
    return folder


@pytest.mark.parametrize("fault", FAULTS, ids=[fault[2].strip()[:40] for fault in FAULTS])
def test_a_fault_is_named_with_its_place(tmp_path: Path, fault: tuple[str, str, str, str, str]) -> None:
    """The first problem has the fault's code and says where it is and what was meant."""
    file, good, bad, code, words = fault
    folder = spoiled(tmp_path, file, good, bad)
    first = next(problems("uk-ew", folder.parent))
    assert first.code == code
    assert re.search(words, " ".join(str(first).split())), str(first)


def test_a_good_copy_has_no_fault(tmp_path: Path) -> None:
    """The corpus spoils a pack that is otherwise in order."""
    shutil.copytree(PACKS / "uk-ew", tmp_path / "uk-ew")
    assert list(problems("uk-ew", tmp_path)) == []


def test_a_pack_needs_enough_cases(tmp_path: Path) -> None:
    """Three cases are not a test of a law."""
    folder = Path(shutil.copytree(PACKS / "uk-ew", tmp_path / "uk-ew"))
    text = (folder / CASES).read_text()
    (folder / CASES).write_text("\n- case:".join(text.split("\n- case:")[:3]))
    assert any("at least 12 cases" in str(problem) for problem in problems("uk-ew", tmp_path))


def test_a_folder_without_a_pack_is_no_pack(tmp_path: Path) -> None:
    """An empty folder is refused by name."""
    (tmp_path / "zz").mkdir()
    assert [problem.code for problem in problems("zz", tmp_path)] == ["PACK-08"]


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    """Bytes that are no text are told as such."""
    folder = Path(shutil.copytree(PACKS / "uk-ew", tmp_path / "uk-ew"))
    (folder / PACK).write_bytes(b"pack: \xff")
    assert [problem.code for problem in problems("uk-ew", tmp_path)] == ["PACK-01"]


@pytest.mark.parametrize("text", ["&a [*a]", "\n".join(["a: &a [x, x]"] + [
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in pairwise("abcdefghi")])], ids=["without end", "many"])
def test_aliases_cannot_unfold_without_end(tmp_path: Path, text: str) -> None:
    """A few lines that stand for a billion values are refused at once."""
    folder = Path(shutil.copytree(PACKS / "uk-ew", tmp_path / "uk-ew"))
    (folder / PACK).write_text(text)
    assert [problem.code for problem in problems("uk-ew", tmp_path)] == ["PACK-01"]


def test_a_study_or_policy_that_is_not_yaml_is_refused() -> None:
    """Outside packs the same mistake has a code of its own."""
    with pytest.raises(InputError, match=r"policy.yaml:1:\d+") as caught:
        read("any: [", "policy.yaml")
    assert caught.value.code == "CON-01"


def test_an_error_quotes_the_line_with_a_caret_below_the_word(tmp_path: Path) -> None:
    """The caret stands under the first letter of what is wrong."""
    folder = spoiled(tmp_path, PACK, "depiction: {in", "depictoin: {in")
    line, caret = next(problems("uk-ew", folder.parent)).excerpt.splitlines()
    assert line.index("depictoin") == caret.index("^")


def test_versions_may_not_overlap(tmp_path: Path) -> None:
    """An older version ends before the newer begins."""
    folder = Path(shutil.copytree(PACKS / "uk-ew", tmp_path / "uk-ew"))
    text = (folder / PACK).read_text()
    head, version = text.split("versions:\n")
    (folder / PACK).write_text(f"{head}versions:\n{version}{version.replace('2014.1', '2013.1')}")
    assert "must end before" in str(next(problems("uk-ew", tmp_path)))

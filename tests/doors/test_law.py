"""`hashgrade law`: what it prints for people and for machines, and its exit codes."""

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from hashgrade.cli.law import law
from hashgrade.errors import InputError
from hashgrade.law.pack import PACKS, pack_ids

GRADE = {"facts": {"depiction": "photographic", "indecent": "yes"},
         "children": [{"age_band": "7-10", "activity": ["posing_nude"]}]}


def run(*words: str | Path, given: str = "") -> Result:
    return CliRunner().invoke(law, [str(word) for word in words], input=given)


def judged(tmp_path: Path, tree: Any, *words: str) -> Result:
    path = tmp_path / "facts.json"
    path.write_text(tree if isinstance(tree, str) else json.dumps(tree))
    return run("judge", "--pack", "uk-ew", "--facts", path, *words)


def test_judge_prints_the_documented_object(tmp_path: Path) -> None:
    """A decided verdict is one line of JSON, with no outcome left open."""
    printed = json.loads(judged(tmp_path, GRADE, "--json").stdout)
    reason = {"rule": "category-c", "source": "guideline", "facts": ["depiction", "indecent", "age_band"]}
    assert printed == {"pack": "uk-ew", "version": "2014.1", "outcome": "C", "at_least": "C", "could_be": [],
                       "missing": [], "reasons": [reason]}


def test_judge_tells_people_what_is_still_to_be_asked(tmp_path: Path) -> None:
    """An undecided verdict says its bounds, the open questions and the review state."""
    said = judged(tmp_path, {**GRADE, "children": [{"age_band": "7-10"}]}).stdout
    assert "undecided: at least C, could be A, B" in said
    assert "still to be asked: children[0].activity" in said
    assert "(draft)" in said


def test_judge_reads_standard_input() -> None:
    """A dash stands for standard input."""
    assert '"outcome": "C"' in run("judge", "--pack", "uk-ew", "--facts", "-", "--json", given=json.dumps(GRADE)).stdout


@pytest.mark.parametrize(("tree", "code", "words"), [
    ('{"facts": {,}}', "GRA-05", "facts.json:1:12"),
    ("[" * 100_000, "GRA-05", "nested too deeply"),
    ('{"facts": {"child_count": ' + "9" * 6000 + "}}", "GRA-05", "a number has 6000 digits"),
    ('{"facts": {"child_count": NaN}}', "GRA-05", "NaN is not a JSON value"),
    ('{"facts": {"indecent": "yes", "indecent": "no"}}', "GRA-05", "the key 'indecent' is given twice"),
    ({"children": [{"age_bnd": "3-6"}]}, "GRA-02", "facts.json: children[0].age_bnd"),
])
def test_judge_refuses_what_is_no_grade(tmp_path: Path, tree: Any, code: str, words: str) -> None:
    """The error names the file and the line, or the path inside it."""
    error = judged(tmp_path, tree).exception
    assert isinstance(error, InputError)
    assert error.code == code
    assert words in str(error)


def test_judge_asks_several_packs_of_one_grade() -> None:
    """A line a pack, in the order asked for; `all` is every pack of the package."""
    words = ["judge", "--facts", "-", "--json", "--pack"]
    two = run(*words, "us-industry", "--pack", "uk-ew", given=json.dumps(GRADE)).stdout.splitlines()
    assert [json.loads(line)["pack"] for line in two] == ["us-industry", "uk-ew"]
    every = run(*words, "all", given=json.dumps(GRADE)).stdout.splitlines()
    assert [json.loads(line)["pack"] for line in every] == list(pack_ids())


def test_judge_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file is an error with a code, not a trace."""
    error = run("judge", "--pack", "uk-ew", "--facts", tmp_path / "no.json").exception
    assert isinstance(error, InputError)
    assert error.code == "CMD-01"


def test_judge_takes_the_version_in_force_on_a_day(tmp_path: Path) -> None:
    """Before the first day in force there is no version to judge by."""
    assert judged(tmp_path, GRADE, "--on", "2014-04-01").exit_code == 0
    error = judged(tmp_path, GRADE, "--on", "2014-03-31").exception
    assert isinstance(error, InputError)
    assert error.code == "PACK-09"


def test_packs_lists_every_pack_with_its_review_state() -> None:
    """For machines, one object a line."""
    rows = [json.loads(line) for line in run("packs", "--json").stdout.splitlines()]
    assert {row["pack"]: row["review"] for row in rows} == dict.fromkeys(pack_ids(), "draft")
    assert "uk-ew 2014.1 (draft), in force from 2014-04-01" in run("packs").stdout


def test_packs_lists_the_facts_too() -> None:
    """With --facts, every name of the vocabulary and its values."""
    rows = [json.loads(line) for line in run("packs", "--facts", "--json").stdout.splitlines()]
    assert {"depiction", "several", "first_seen"} <= {row["id"] for row in rows}
    assert "capture, of the medium: livestream_capture, recording, still, unknown" in run("packs", "--facts").stdout


def test_check_passes_the_packs_of_the_package() -> None:
    """Each is named with the number of its cases."""
    result = run("check")
    assert result.exit_code == 0
    assert "uk-ew: good, with 28 cases" in result.stdout


def test_check_of_a_faulty_folder_fails_with_the_fault(tmp_path: Path) -> None:
    """The exit code is 1 and the error is told."""
    folder = tmp_path / "uk-ew"
    folder.mkdir()
    (folder / "pack.yaml").write_text((PACKS / "uk-ew" / "pack.yaml").read_text().replace("- indecent", "- indecnet"))
    result = run("check", folder)
    assert result.exit_code == 1
    assert "error[PACK-03]" in result.stderr
    printed = json.loads(run("check", folder, "--json").stdout)
    assert (printed["ok"], printed["errors"][0]["code"]) == (False, "PACK-03")


def test_test_says_each_case_in_its_sentence() -> None:
    """The sentences are the report."""
    result = run("test", "uk-ew")
    assert result.exit_code == 0
    assert "ok  uk-ew: Masturbation is B here and not A" in result.stdout
    assert all(json.loads(line)["ok"] for line in run("test", "--json").stdout.splitlines())


def test_a_pack_outside_the_package_is_named_by_its_folder(tmp_path: Path) -> None:
    """Somebody who writes a pack checks it, tests it and judges by it where it lies."""
    folder = copytree(PACKS / "uk-ew", tmp_path / "uk-ew")
    text = (folder / "pack.yaml").read_text().replace("Category C", "Category C of ours", 1)
    (folder / "pack.yaml").write_text(text)
    (tmp_path / "facts.json").write_text(json.dumps(GRADE))
    assert run("check", folder, "us-industry").exit_code == 0
    assert run("test", folder).exit_code == 0
    assert "Category C of ours" in run("judge", "--pack", folder, "--facts", tmp_path / "facts.json").stdout

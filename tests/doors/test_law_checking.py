"""`hashgrade law test`, `diff` and `compare`: what they print for people and for machines, and their exit codes."""

import json
from pathlib import Path
from shutil import copytree

import pytest
from typer.testing import CliRunner, Result

from hashgrade.cli.law import law
from hashgrade.errors import InputError

GOOD = Path(__file__).parents[1] / "hostile" / "packs" / "good"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(law, [str(word) for word in words])


def changed(tmp_path: Path, file: str, good: str, bad: str) -> Path:
    """A copy of the good pack of an invented country with something replaced."""
    folder = Path(copytree(GOOD, tmp_path / "zz"))
    text = (folder / file).read_text()
    assert good in text
    (folder / file).write_text(text.replace(good, bad, 1))
    return folder


def test_test_says_what_was_expected_and_what_came(tmp_path: Path) -> None:
    """A case that fails is a line with both, an error with its place, and a count at the end."""
    folder = changed(tmp_path, "cases.yaml", "{outcome: grave, reasons: [grave-age]}", "{outcome: lesser}")
    done = run("test", folder)
    assert done.exit_code == 1
    assert "FAILS  zz: Other acts are grave under the age of 14: expected outcome lesser, got grave" in done.stdout
    assert "error[PACK-10]" in done.stderr
    assert "13 of 14 cases come out as they say" in done.stdout
    rows = [json.loads(line) for line in run("test", folder, "--json").stdout.splitlines()]
    assert [(row["expected"], row["got"]) for row in rows if not row["ok"]] == [
        ({"outcome": "lesser"}, {"outcome": "grave"})]


def test_a_case_with_a_day_is_judged_by_the_version_of_that_day(tmp_path: Path) -> None:
    """That version is named before the sentence, where it is not the newest; in JSON every version is."""
    said = run("test", copytree(GOOD, tmp_path / "zz"))
    assert said.exit_code == 0
    assert "ok  zz: The gravest acts are grave at any age\n" in said.stdout
    assert "ok  zz 2001.1: Until 2009 an act was grave in a drawing too\n" in said.stdout
    rows = [json.loads(line) for line in run("test", tmp_path / "zz", "--json").stdout.splitlines()]
    assert {row["version"] for row in rows} == {"2010.1", "2001.1"}


def test_check_prints_a_case_to_paste(tmp_path: Path) -> None:
    """What reasoning finds is shown by a case, as text and in JSON."""
    folder = changed(tmp_path, "pack.yaml", "activity: {in: [masturbation, non_penetrative]}", "activity: {is: oral}")
    assert "- case: Rule grave-age is true as well\n  facts: {" in run("check", folder).stderr
    (row,) = map(json.loads, run("check", folder, "--json").stdout.splitlines())
    assert row["errors"][0]["cases"].startswith("- case: Rule grave-age")


def test_diff_says_from_what_to_what_with_a_case(tmp_path: Path) -> None:
    """Version against version, each kind of change is a line."""
    folder = copytree(GOOD, tmp_path / "zz")
    done = run("diff", f"{folder}@2001.1", folder)
    assert done.exit_code == 0
    head, *lines = done.stdout.splitlines()
    assert head == "zz 2001.1 -> zz 2010.1"
    assert [line.partition(":")[0] for line in lines] == [
        "from grave to none", "from lesser to grave", "from lesser to none", "from none to grave"]
    assert "non_photographic" in lines[0]


def test_diff_prints_the_same_for_machines(tmp_path: Path) -> None:
    """One object, in which a case is a grade that can be judged."""
    folder = copytree(GOOD, tmp_path / "zz")
    told = json.loads(run("diff", folder, folder, "--on", "2009-12-31", "--json").stdout)
    assert told == {"old": {"pack": "zz", "version": "2001.1", "review": "draft"},
                    "new": {"pack": "zz", "version": "2001.1", "review": "draft"}, "changes": []}
    (moved, *_) = json.loads(run("diff", f"{folder}@2001.1", folder, "--json").stdout)["changes"]
    assert (moved["from"], moved["to"], moved["grade"]["facts"]["depiction"]) == ("grave", "none", "non_photographic")


def test_diff_of_what_does_not_differ_says_so() -> None:
    """That nothing changes is proved, and not merely unseen."""
    assert "no child's outcome differs" in run("diff", "uk-ew", "uk-ew").stdout


def test_diff_says_where_only_some_ages_move(tmp_path: Path) -> None:
    """Where a threshold moves within a band, the case says that some age in it is meant."""
    folder = changed(tmp_path, "pack.yaml", "age_band: {under: 14}", "age_band: {under: 15}")
    moved = run("diff", copytree(GOOD, tmp_path / "old" / "zz"), folder).stdout
    lines = moved.splitlines()[1:]
    assert lines
    assert all("age_band: 14-15" in line and line.endswith(", at some age in this band") for line in lines)


def test_a_version_that_there_is_not_is_refused() -> None:
    """The nearest one is named."""
    refused = run("diff", "uk-ew@2014", "uk-ew").exception
    assert isinstance(refused, InputError)
    assert (refused.code, refused.excerpt) == ("PACK-08", "did you mean `2014.1`?")


def test_compare_says_what_an_outcome_implies_and_where_it_may_be_none() -> None:
    """The table has a line for each outcome; of packs that are named, a case is shown."""
    said = run("compare", "uk-ew", "us-industry").stdout
    assert "uk-ew B                B1" in said
    assert "uk-ew C that is no us-industry outcome: facts: {depiction: photographic, indecent: \"yes\"" in said


@pytest.mark.parametrize("chosen", [["uk-ew", "us-industry"], []])
def test_compare_prints_each_ordered_pair_for_machines(chosen: list[str]) -> None:
    """One object for each pack in each other, with every pair of outcomes that a child can have."""
    rows = [json.loads(line) for line in run("compare", *chosen, "--json").stdout.splitlines()]
    (uk,) = [row for row in rows if (row["first"]["pack"], row["second"]["pack"]) == ("uk-ew", "us-industry")]
    assert uk["implies"] == {"A": "B1", "B": "B1", "C": None}
    assert ("C", "none") in [(meeting["first"], meeting["second"]) for meeting in uk["meetings"]]
    packs = {row["first"]["pack"] for row in rows}
    assert len(rows) == len(packs) * (len(packs) - 1)

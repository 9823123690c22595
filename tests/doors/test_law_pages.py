"""`hashgrade law explain` and `law page`: what they print, write and refuse."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hashgrade.cli.law import law
from hashgrade.errors import InputError
from hashgrade.law.wording import INDICATIVE
from tests.golden.law.rewrite import FOLDER

GRADE = json.dumps({"facts": {"depiction": "photographic"}, "children": [{"age_band": "7-10", "activity": ["oral"]}]})


def run(*words: str | Path, given: str = GRADE) -> Result:
    return CliRunner().invoke(law, [str(word) for word in words], input=given)


def test_explain_prints_a_paragraph() -> None:
    """One paragraph a pack, a blank line between, each with its outcome and that it is indicative."""
    said = run("explain", "--pack", "uk-ew", "--pack", FOLDER / "zz", "--facts", "-").stdout
    first, second = said.strip().split("\n\n")
    assert "“Yes” would settle it as “Category A”; “No” would settle it as “Not within categories A to C”" in first
    assert "the outcome for this medium is “Grave material”" in second
    assert first.endswith(INDICATIVE)


def test_explain_prints_an_object_for_machines() -> None:
    """The paragraph beside the pack, its version and the outcome."""
    line = json.loads(run("explain", "--pack", FOLDER / "zz", "--on", "2010-01-01", "--facts", "-", "--json").stdout)
    assert (line["pack"], line["version"], line["outcome"]) == ("zz", "2001.1", None)
    assert "section 4" not in line["explanation"]


def test_page_prints_what_it_wrote(tmp_path: Path) -> None:
    """A line a file, which is there."""
    result = run("page", FOLDER / "zz", "uk-ew", "--no-pdf", "--out", tmp_path / "book")
    assert result.exit_code == 0
    assert [Path(line).relative_to(tmp_path / "book").as_posix() for line in result.stdout.splitlines()] == [
        "packs/zz.html", "packs/uk-ew.html", "index.html", "comparison.html"]
    assert all(Path(line).is_file() for line in result.stdout.splitlines())


def test_page_goes_on_where_a_pack_does_not_load(tmp_path: Path) -> None:
    """The error is told, the other page is written, and the exit code is 1."""
    result = run("page", "uk-ew", "uk-we", "--no-pdf", "--out", tmp_path, "--json")
    assert result.exit_code == 1
    assert "error[PACK-08]" in result.stderr
    assert [Path(json.loads(line)["page"]).name for line in result.stdout.splitlines()] == ["uk-ew.html", "index.html"]


def test_page_refuses_a_folder_that_is_a_file(tmp_path: Path) -> None:
    """The error has a code and names the path."""
    (tmp_path / "file").write_text("")
    error = run("page", "uk-ew", "--no-pdf", "--out", tmp_path / "file").exception
    assert isinstance(error, InputError)
    assert (error.code, error.where) == ("BOOK-01", str(tmp_path / "file"))


@pytest.mark.parametrize("chosen", [["uk-ew", "uk-ew"]])
def test_page_refuses_two_packs_of_one_name(tmp_path: Path, chosen: list[str]) -> None:
    """BOOK-02, before anything is written."""
    error = run("page", *chosen, "--out", tmp_path / "book").exception
    assert isinstance(error, InputError)
    assert error.code == "BOOK-02"

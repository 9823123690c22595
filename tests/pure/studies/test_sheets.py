"""Coding sheets: what is drawn as a table to be filled in, and what people make of it."""

from pathlib import Path

import pytest

from hashgrade.errors import InputError
from hashgrade.nouns import Coding
from hashgrade.studies.sheets import filled_in, to_fill_in
from tests.pure.studies.population import START, digest
from tests.pure.studies.test_coded import STUDY, coding

HEAD = "stratum,sha256,overlay,marks\n"


def read(folder: Path, text: str, *mine: Coding) -> dict[int, Coding | str]:
    """What Ada filled in, by line; an error by its words."""
    (folder / "s.csv").write_bytes(text.encode())
    found = filled_in(STUDY, folder / "s.csv", ("ada", START), {one.sha256: one for one in mine})
    return {line: row if isinstance(row, Coding) else row.what for line, row in found}


def test_an_empty_sheet_says_nothing(tmp_path: Path) -> None:
    """What is written to be filled in has a row a medium and a column a question, and is read as no coding."""
    sheet = to_fill_in(STUDY, [("all", digest(1)), ("all", digest(2))])
    assert sheet == f"{HEAD}all,{digest(1)},,\nall,{digest(2)},,\n"
    assert read(tmp_path, sheet) == {}


@pytest.mark.parametrize("sheet", [
    f"{HEAD}all,{digest(1)},added,logo code\n",
    f'{HEAD}all,{digest(1)}, added ,"code, logo"\n',
    f"\ufeffstratum;sha256;overlay;marks\r\nall;{digest(1).upper()};added;code|logo\r\n",
    f"marks\toverlay\tsha256\ncode code logo\tadded\t{digest(1)}\n",
])
def test_a_filled_sheet_is_read_however_a_spreadsheet_writes_it(sheet: str, tmp_path: Path) -> None:
    """Commas, semicolons or tabs, a mark at the beginning, columns in another order: the coding is the same."""
    assert read(tmp_path, sheet) == {2: coding(1, "ada", overlay="added", marks=("code", "logo"))}


def test_a_new_answer_corrects_and_the_same_does_not(tmp_path: Path) -> None:
    """A sheet that is filled in further can be filed again: what is new names what it corrects."""
    before = coding(1, "ada", overlay="added")
    assert read(tmp_path, f"{HEAD}all,{digest(1)},added,\n", before) == {2: before}
    after = read(tmp_path, f"{HEAD}all,{digest(1)},original,\n", before)[2]
    assert isinstance(after, Coding)
    assert (after.supersedes, after.answers) == (before.at, {"overlay": "original"})


def test_empty_cells_answer_nothing(tmp_path: Path) -> None:
    """Cells beyond the last column that hold nothing are no answers, nor is what stands between values alone."""
    assert read(tmp_path, f"{HEAD}all,{digest(1)},added,;,,\nall,{digest(2)},,|\n") == {
        2: coding(1, "ada", overlay="added")}


@pytest.mark.parametrize(("sheet", "words"), [
    (f"{HEAD}all,zz,added,\n", "64 hexadecimal characters"),
    (f"{HEAD}all,{digest(1)},addd,\n", "never `addd`; did you mean `added`"),
    (f"{HEAD}all,{digest(1)},added original,\n", "never `added original`"),
    (f"{HEAD}all,{digest(1)},,logo cannot_determine\n", "`cannot_determine` of `marks` stands alone"),
    (f"{HEAD}all,{digest(1)},added,logo,code\n", "the row has 5 cells, and the sheet has 4 columns"),
    (f"{HEAD}all\n\nall,{digest(1)},x,\n", "never `x`")])
def test_a_bad_row_is_told_and_the_rest_goes_on(sheet: str, words: str, tmp_path: Path) -> None:
    """The error says what is wrong, and the rows after it are read."""
    *_, last = read(tmp_path, f"{sheet}all,{digest(2)},added,\n").values()
    first = next(iter(read(tmp_path, sheet).values()))
    assert isinstance(first, str)
    assert words in first
    assert last == coding(2, "ada", overlay="added")


@pytest.mark.parametrize(("sheet", "code", "words"), [
    (b"", "STU-47", "column `sha256` is missing"), (b"stratum,overlay\n", "STU-47", "column `sha256` is missing"),
    (b"sha256,overly\n", "STU-47", "no question `overly`.*\n.*did you mean `overlay`"),
    (b"sha256,overlay,overlay\n", "STU-47", "a column stands twice"), (b"sha256\xff\n", "CMD-02", "not text in UTF-8")])
def test_a_file_that_is_no_sheet_is_refused(sheet: bytes, code: str, words: str, tmp_path: Path) -> None:
    """Nothing of it is filed, and the error says what a sheet has."""
    (tmp_path / "s.csv").write_bytes(sheet)
    with pytest.raises(InputError, match=f"(?s){words}") as caught:
        list(filled_in(STUDY, tmp_path / "s.csv", ("ada", START), {}))
    assert caught.value.code == code

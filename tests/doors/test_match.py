"""`hashgrade match`: every near code of a file, and whatever is wrong with one query, the rest goes on."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from hashgrade.cli.root import commands
from hashgrade.errors import InputError
from hashgrade.fingerprints import pdq
from tests import synth
from tests.decode.pictures import PHOTO, encoded

ZERO = "0" * 64


def code(bits: int) -> str:
    """A code with as many bits set."""
    return f"{(1 << bits) - 1:064x}"


def run(*words: str) -> Result:
    return CliRunner().invoke(commands, ["match", "--json", *words])


def lines(result: Result, code: int = 0) -> list[dict[str, Any]]:
    assert result.exit_code == code, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def held(tmp_path: Path) -> str:
    """A file with codes of 0, 5, 31, 32 and 200 bits, among comments, blanks and capitals."""
    path = tmp_path / "codes.txt"
    path.write_text(f"# codes\n{code(200)}\n\n  {code(31).upper()}  \n{code(5)}\r\n{code(32)}\n{ZERO}\n{code(5)}\n")
    return str(path)


def test_every_near_code_is_found_nearest_first(held: str) -> None:
    """Exactly the promised keys; the radius is 31 and each listed copy is a hit."""
    assert lines(run("--against", held, ZERO)) == [{"query": ZERO, "hits": [
        {"code": ZERO, "distance_bits": 0}, {"code": code(5), "distance_bits": 5},
        {"code": code(5), "distance_bits": 5}, {"code": code(31), "distance_bits": 31}]}]


def test_each_query_has_its_line_in_order(held: str) -> None:
    """A query without hits has an empty list, and capitals are taken."""
    far = "5a" * 32
    found = lines(run("--against", held, far, code(200).upper()))
    assert [line["query"] for line in found] == [far, code(200).upper()]
    assert [len(line["hits"]) for line in found] == [0, 1]


@pytest.mark.parametrize(("query", "message"), [
    ("zz", "a PDQ code is 64 hexadecimal characters, got 'z' among them"),
    (ZERO + "0", "a PDQ code is 64 hexadecimal characters, got 65"),
    ("0" * 4000, "a PDQ code is 64 hexadecimal characters, got 4000"),
    ("", "a PDQ code is 64 hexadecimal characters, got 0"),
    ("٣" * 64, "a PDQ code is 64 hexadecimal characters, got '٣' among them"),
    (" ".join(["00"] * 32), "a PDQ code is 64 hexadecimal characters, got ' ' among them"),
])
def test_a_malformed_query_is_told_and_the_rest_goes_on(query: str, message: str, held: str) -> None:
    """The bad query's line holds the error, the good one's its hits, and the exit code is 1."""
    bad, good = lines(run("--against", held, query, ZERO), code=1)
    neither = f"this is neither a file nor a PDQ code: {message}"
    assert bad == {"query": query, "error": {"code": "MED-02", "message": neither}}
    assert len(good["hits"]) == 4


def test_a_malformed_line_of_the_file_is_told_and_the_rest_goes_on(held: str) -> None:
    """The error names file, line and column on standard error; the other codes are searched; the exit code is 1."""
    with Path(held).open("a") as file:
        file.write("  nothex\nffff\n")
    result = run("--against", held, ZERO)
    assert len(lines(result, code=1)[0]["hits"]) == 4
    assert f" --> {held}:9:3" in result.stderr
    assert f" --> {held}:10:1" in result.stderr


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """Without codes there is nothing to search, so the command ends with the path."""
    error = run("--against", str(tmp_path / "none.txt"), ZERO).exception
    assert isinstance(error, InputError)
    assert (error.code, error.where) == ("CMD-01", str(tmp_path / "none.txt"))


def test_a_folder_is_no_file_of_codes(tmp_path: Path) -> None:
    """A path that is there but cannot be read says why."""
    error = run("--against", str(tmp_path), ZERO).exception
    assert isinstance(error, InputError)
    assert error.code == "MED-01"
    assert "Is a directory" in error.what


def test_a_file_that_is_no_text_has_no_codes(tmp_path: Path) -> None:
    """Bytes of something else give an error a line, and no crash."""
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    assert lines(run("--against", str(tmp_path / "binary"), ZERO), code=1) == [{"query": ZERO, "hits": []}]


def test_an_empty_file_has_no_hits(tmp_path: Path) -> None:
    """No codes, no hits, no error."""
    (tmp_path / "empty.txt").write_bytes(b"")
    assert lines(run("--against", str(tmp_path / "empty.txt"), ZERO)) == [{"query": ZERO, "hits": []}]


def test_a_smaller_radius(held: str) -> None:
    """`--within` narrows the search."""
    [line] = lines(run("--against", held, "--within", "4", ZERO))
    assert [hit["distance_bits"] for hit in line["hits"]] == [0]


def test_a_picture_can_be_looked_for(tmp_path: Path) -> None:
    """A path instead of a code is hashed first, and a near duplicate is found."""
    (tmp_path / "a.jpg").write_bytes(encoded(Image.fromarray(PHOTO), "JPEG", quality=80))
    (tmp_path / "codes.txt").write_text(pdq(PHOTO).code.hex())
    [line] = lines(run("--against", str(tmp_path / "codes.txt"), str(tmp_path / "a.jpg")))
    assert line["query"] == str(tmp_path / "a.jpg")
    assert [hit["code"] for hit in line["hits"]] == [pdq(PHOTO).code.hex()]


def test_a_flat_picture_is_not_matched(held: str, tmp_path: Path) -> None:
    """Too little structure resembles everything, so it is an error instead of hits."""
    flat = synth.picture(synth.Recipe("flat", 40, 40, 1))
    (tmp_path / "flat.png").write_bytes(encoded(Image.fromarray(flat), "PNG"))
    [line] = lines(run("--against", held, str(tmp_path / "flat.png")), code=1)
    assert line["error"]["code"] == "MED-03"
    assert "quality is 0, at least 50" in line["error"]["message"]


def test_a_damaged_picture_is_not_matched(held: str, tmp_path: Path) -> None:
    """What does not decode has its decoding error."""
    (tmp_path / "bad.png").write_bytes(b"no picture")
    [line] = lines(run("--against", held, str(tmp_path / "bad.png")), code=1)
    assert line["error"]["code"] == "DEC-02"


def test_text_for_people(held: str) -> None:
    """Without `--json` each query stands above its hits."""
    result = CliRunner().invoke(commands, ["match", "--against", held, ZERO, "zz"])
    assert result.stdout.splitlines()[:2] == [ZERO, f"    0  {ZERO}"]
    assert "zz  error[MED-02]" in result.stdout


def test_a_hash_list_gives_its_column_of_codes(tmp_path: Path) -> None:
    """What a member holds is a list's CSV: its column `pdq` is read, and empty cells are passed over."""
    path = tmp_path / "hashes.csv"
    path.write_text(f"sha256,pdq,kind\n{'a' * 64},{code(5)},image\n{'b' * 64},,video\n")
    assert lines(run("--against", str(path), ZERO)) == [
        {"query": ZERO, "hits": [{"code": code(5), "distance_bits": 5}]}]


def test_lines_of_signal_files_are_codes_too(tmp_path: Path) -> None:
    """The word `pdq` before a code, as signal exchanges write it, is passed over."""
    path = tmp_path / "signals.txt"
    path.write_text(f"pdq {code(5)}\n")
    assert len(lines(run("--against", str(path), ZERO))[0]["hits"]) == 1

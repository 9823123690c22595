"""Records that are missing, damaged or in another's hands, and files that are not there: told, never a trace."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cast import sha
from tests.doors.station import Operator, Ran, new

ITEM = json.dumps({"type": "item", "sha256": sha(1), "first_seen": "2023-04-01T09:00:00Z"}) + "\n"

IMPATIENT = """
import sqlite3, sys
from hashgrade import app
from hashgrade.store import settings
settings.DATABASES["default"]["OPTIONS"]["timeout"] = 0.1
hold = sqlite3.connect(sys.argv.pop(1), isolation_level=None)
opened, when = app.open, sys.argv.pop(1)
def open_and_hold(chosen):
    if when == "before":
        hold.execute("BEGIN EXCLUSIVE")
    station = opened(chosen)
    hold.execute("BEGIN EXCLUSIVE")
    return station
app.open = open_and_hold
from hashgrade.__main__ import main
main()
"""


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """Somebody with a new station, and a file of one item."""
    operator = new(tmp_path / "station")
    (tmp_path / "good.jsonl").write_text(ITEM)
    return operator


def run_while_held(operator: Operator, when: str, *words: str | Path) -> Ran:
    """Run a command that waits a tenth of a second, while another programme has the records to itself."""
    held = operator.station / "records.sqlite3"
    given = os.environ | {"HASHGRADE_STATION": str(operator.station)}
    done = subprocess.run(  # noqa: S603 - our own programme
        [sys.executable, "-c", IMPATIENT, held, when, *words], env=given, capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("words", [("records", "export"), ("records", "import", "good.jsonl"), ("audit", "verify")])
def test_records_in_other_hands_are_a_conflict(operator: Operator, when: str, words: tuple[str, ...]) -> None:
    """Held by another before the station is opened or after it, reading and writing say to run the command again."""
    given = [str(operator.station.parent / word) if word.endswith("jsonl") else word for word in words]
    done = run_while_held(operator, when, *given)
    assert (done.code, done.err.splitlines()[0]) == (4, "error[STO-03]: another process keeps the records to itself")
    assert "run the command again" in done.err
    assert "Traceback" not in done.err


def write_text(file: Path) -> None:
    file.write_text("these are no records\n" * 100)


def damage(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[100:] = b"\xff" * (len(data) - 100)
    file.write_bytes(data)


@pytest.mark.parametrize("harm", [write_text, damage])
def test_records_that_are_no_database_are_broken(operator: Operator, harm: Callable[[Path], None]) -> None:
    """The error says to restore them, and the file stays for whoever looks into it."""
    file = operator.station / "records.sqlite3"
    harm(file)
    before = file.read_bytes()
    done = operator.run("records", "export")
    assert (done.code, "error[STO-17]" in done.err, "Traceback" in done.err) == (5, True, False)
    assert file.read_bytes() == before


def empty(file: Path) -> None:
    file.write_bytes(b"")


def lead_nowhere(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.with_name("gone"))


def replace_with_another_database(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE songs (name TEXT)")


@pytest.mark.parametrize("harm", [Path.unlink, empty, lead_nowhere, replace_with_another_database])
def test_a_station_without_its_records_is_not_opened_as_an_empty_one(
    operator: Operator, harm: Callable[[Path], None],
) -> None:
    """Keys and a vault without records are a loss to restore, and nothing is made in their place."""
    harm(operator.station / "records.sqlite3")
    before = sorted((path.name, path.is_file() and path.read_bytes()) for path in operator.station.iterdir())
    done = operator.run("records", "export")
    assert (done.code, "error[STO-16]" in done.err, "from a backup" in done.err) == (5, True, True)
    assert before == sorted((path.name, path.is_file() and path.read_bytes()) for path in operator.station.iterdir())


def test_a_file_that_is_missing_does_not_stop_the_others(operator: Operator, tmp_path: Path) -> None:
    """A missing file and a folder are told as what they are; the file after them is imported; the exit code is 1."""
    done = operator.run("records", "import", tmp_path / "no.jsonl", tmp_path, tmp_path / "good.jsonl", "--json")
    assert (done.code, "error[CMD-01]" in done.err, "error[CMD-02]: this is a directory" in done.err) == (1, True, True)
    assert [line["changed"] for line in done.lines] == [{}, {}, {"items": 1}]
    assert [[error["code"] for error in line["errors"]] for line in done.lines] == [["CMD-01"], ["CMD-02"], []]


def test_a_file_that_is_missing_has_no_line_of_results_for_people(operator: Operator, tmp_path: Path) -> None:
    """A file that was not read is told once, as an error."""
    assert operator.run("records", "import", tmp_path / "no.jsonl").out == ""


def test_records_are_read_from_a_pipe(operator: Operator, tmp_path: Path) -> None:
    """What another programme writes into a pipe is imported like a file."""
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor(1) as pool:
        pool.submit((tmp_path / "pipe").write_text, ITEM)
        assert operator.run("records", "import", tmp_path / "pipe", "--json").lines[0]["changed"] == {"items": 1}


def test_machines_are_told_of_the_errors_too(operator: Operator, tmp_path: Path) -> None:
    """The object of a file holds the code, the words and the place of its first 1,000 errors; people see them all."""
    bad = tmp_path / "bad.jsonl"
    bad.write_text("[]\n" * 1_001 + ITEM)
    done = operator.run("records", "import", bad, "--json")
    (told,) = done.lines
    assert told["errors"][999] == {
        "code": "LIN-01", "message": "expected one JSON object on the line", "where": f"{bad}:1000:1"}
    assert (len(told["errors"]), told["refused"], done.err.count("error[LIN-01]")) == (1_000, 1_001, 1_001)


@pytest.mark.parametrize(("path", "words"), [("", "this is a directory"), ("no/out.jsonl", "No such file")])
def test_an_export_that_cannot_be_written_is_no_trace(
    operator: Operator, tmp_path: Path, path: str, words: str,
) -> None:
    """A folder, or a file in a folder that is not there, is an error with a code."""
    done = operator.run("records", "export", tmp_path / path)
    assert (done.code, "error[CMD-02]" in done.err, words in done.err, "Traceback" in done.err) == (
        1, True, True, False)

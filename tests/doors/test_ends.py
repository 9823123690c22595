"""How a command ends when the system will not have it: a coded error or quietly, and never a trace."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hashgrade.errors import InputError
from tests.doors.station import Operator


@pytest.mark.parametrize(("place", "reason"), [("plain", "File exists"), ("plain/station", "Not a directory")])
def test_a_station_where_a_file_is_is_told(tmp_path: Path, place: str, reason: str) -> None:
    """CMD-02 names the path and the system's reason."""
    (tmp_path / "plain").touch()
    done = Operator(tmp_path / place).run("init")
    assert done.code == 1
    assert done.err.startswith(f"error[CMD-02]: the system refused: {reason}\n --> {tmp_path / place}\n")


def ended(*words: str, stdout: int) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "hashgrade", *words]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, check=False)  # noqa: S603 - our own program


def test_a_full_disk_under_the_output_is_told() -> None:
    """CMD-02: what could not be printed is an error, and not a success."""
    with Path("/dev/full").open("wb") as full:
        done = ended("law", "packs", stdout=full.fileno())
    assert done.returncode == 1
    assert done.stderr.startswith(b"error[CMD-02]: the system refused: No space left on device\ncheck the path")


@pytest.mark.parametrize("words", [["law", "packs", "--facts"], ["--version"], ["--help"], ["law", "--help"]])
def test_a_closed_pipe_ends_a_command_quietly(words: list[str]) -> None:
    """Where `head` has enough, nothing is printed, and the code is the shell's for a closed pipe."""
    read, write = os.pipe()
    os.close(read)
    try:
        done = ended(*words, stdout=write)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


def test_an_error_cannot_steer_a_terminal() -> None:
    """Names that came from outside are spelt out in the text of an error, and kept as they are in its JSON."""
    error = InputError("CMD-01", "there is no `a\x1b[2J`", where="b\n\udcff\ud800")
    assert str(error).splitlines()[:2] == [r"error[CMD-01]: there is no `a\x1b[2J`", r" --> b\n\xff\ud800"]
    assert error.as_json()["message"] == "there is no `a\x1b[2J` (b\n\udcff\ud800)"

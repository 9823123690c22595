"""A station as its operator has it: a folder, and commands in processes of their own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any


@dataclass(frozen=True)
class Ran:
    """What one command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """The objects that a command with `--json` printed."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Operator:
    """Somebody who works on one station."""

    station: Path

    def run(self, *words: str | Path, **environment: str) -> Ran:
        """Run one command on the station."""
        command = [sys.executable, "-m", "hashgrade", *map(str, words), "--station", str(self.station)]
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("HASHGRADE", "DJANGO"))}
        plain["HASHGRADE_JAIL_AT_LEAST"] = "limited"
        done = subprocess.run(  # noqa: S603 - our own program, and words of a test
            command, capture_output=True, text=True, env=plain | environment, check=False)
        return Ran(done.returncode, done.stdout, done.stderr)


def new(station: Path) -> Operator:
    """Somebody with a new station there: a copy of one that `init` made, which takes a second, with its keys."""
    copytree(Path(_made().name, "station"), station)
    return Operator(station)


@cache
def _made() -> "TemporaryDirectory[str]":
    """A folder with a station that nobody works on."""
    folder = TemporaryDirectory()
    assert Operator(Path(folder.name, "station")).run("init").code == 0
    return folder

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
from threading import Lock
from typing import Any

WARM = """
import json, os, runpy, sys
import django.core.management.commands.migrate, django.db.backends.sqlite3.base, django.db.migrations.executor
import django.db.models, numpy, pydantic_settings, rich, typer, ruamel.yaml

for line in sys.stdin:
    words, environment, folder, files = json.loads(line)
    child = os.fork()
    if not child:
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        for number, file in enumerate([os.devnull, *files]):
            os.dup2(os.open(file, os.O_RDWR), number)
        sys.argv = ["hashgrade", *words]
        runpy.run_module("hashgrade", run_name="__main__", alter_sys=True)
        sys.exit()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Runs one command after another, each in a process of its own that has what others made already imported.

None of ours is: what a command imports of us, and in what order, is as it is at the start of Python.
"""


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
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("HASHGRADE", "DJANGO"))}
        plain["HASHGRADE_JAIL_AT_LEAST"] = "limited"
        with TemporaryDirectory() as folder, _turn:
            out, err = Path(folder, "out"), Path(folder, "err")
            for file in (out, err):
                file.touch()
            warm = _warm()
            assert warm.stdin
            assert warm.stdout
            print(json.dumps([[*map(str, words), "--station", str(self.station)], plain | environment, str(Path.cwd()),
                              [str(out), str(err)]]), file=warm.stdin, flush=True)
            return Ran(int(warm.stdout.readline()), out.read_text(), err.read_text())


_turn = Lock()


@cache
def _warm() -> subprocess.Popen[str]:
    """A process that waits for commands; it ends with this one."""
    return subprocess.Popen(  # noqa: S603 - our own programme
        [sys.executable, "-c", WARM], env=os.environ | {"OPENBLAS_NUM_THREADS": "1"}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)


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

"""A command imports what it needs: the help of all is known without them, and law asks for nothing heavy."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import pytest
import typer

from hashgrade.cli.law import Law
from hashgrade.cli.lazily import Lazily, lighten
from hashgrade.cli.root import Root

HEAVY = ("pydantic", "pydantic_settings", "django", "numpy", "duckdb", "numba", "PIL",
         "hashgrade.settings", "hashgrade.store")
WORDS = {
    "packs": [], "check": ["uk-ew"], "test": ["uk-ew"],
    "judge": ["--pack", "uk-ew", "--facts", "facts.json"],
    "explain": ["--pack", "uk-ew", "--facts", "facts.json"],
    "ask": ["--pack", "uk-ew", "--facts", "facts.json"], "diff": ["uk-ew", "uk-sct"], "compare": ["uk-ew", "uk-sct"],
    "crosswalk": ["list"],
}
"""Commands about law alone, and words that make each do its work."""

PROBE = """
import sys
from hashgrade.cli.root import commands
try:
    commands(sys.argv[2:], standalone_mode=False)
finally:
    sys.exit(" ".join(name for name in sys.argv[1].split() if name in sys.modules) or 0)
"""


def probed(folder: Path, heavy: tuple[str, ...], *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, which fails with the names of the `heavy` modules that it imported."""
    (folder / "facts.json").write_text(json.dumps({"facts": {}, "children": []}))
    command = [sys.executable, "-c", PROBE, " ".join(heavy), *words]
    return subprocess.run(  # noqa: S603 - our own program, and words of a test
        command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", [name for name in WORDS if name in Law.table])
def test_commands_about_law_start_nothing_heavy(tmp_path: Path, name: str) -> None:
    """They read packs and judge: no settings, no database, no arrays."""
    done = probed(tmp_path, HEAVY, "law", name, *WORDS[name])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_help_imports_no_command(tmp_path: Path) -> None:
    """Names and lines are in the table."""
    modules = {where.partition(":")[0] for where, _ in Root.table.values()}
    done = probed(tmp_path, (*HEAVY, *sorted(modules)), "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(name in done.stdout for name in Root.table)


def test_commands_of_studies_start_with_words_alone(tmp_path: Path) -> None:
    """All of them are imported for any of them, so that none brings more than it is typed with."""
    done = probed(tmp_path, (*HEAVY, "hashgrade.nouns", "hashgrade.law", "hashgrade.studies"), "study", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "watch" in done.stdout


@pytest.mark.parametrize("group", [Root, Law])
def test_each_line_of_help_is_the_commands_own(group: type[Lazily]) -> None:
    """The table holds the first paragraph of what the command itself says."""
    made = group(name="group")
    for name, (_, line) in group.table.items():
        assert " ".join(made.imported(name).help.split("\n\n")[0].split()) == line


def shown(
    words: list[str], name: Annotated[str, typer.Option()], *, also: Annotated[list[str] | None, typer.Option()] = None,
    nick: str | None = None, count: Annotated[int, typer.Option(min=1)] = 3, on: datetime | None = None,
    out: Path | None = None, loud: bool = False,
) -> str:
    """Tell what came of the words, and of which type."""
    return repr((words, name, also, nick, count, on, out, loud))


@pytest.mark.parametrize("words", [
    [], ["a"], ["--name", "n"], ["a", "b", "--name", ""], ["a", "--name", "n", "--also", "x", "--also", "y"],
    ["a", "--name", "n", "--nick", "k", "--loud"], ["a", "--name", "n", "--count", "0"],
    ["a", "--name", "n", "--count", "x"], ["a", "--name", "n", "--count", "7", "--on", "2026-01-02", "--out", "o"],
    ["a", "--name", "n", "--on", "soon"], ["--help", "--nothing"],
], ids=" ".join)
def test_words_are_read_as_typer_reads_them(words: list[str]) -> None:
    """What is taken as it is, is what typer would have made of it, and what typer refuses is refused alike."""
    def came(light: bool) -> str:
        holder = typer.Typer()
        holder.command()(shown)
        command = typer.main.get_command(holder)
        if light:
            lighten(command)
        try:
            return str(command.main(words, standalone_mode=False))
        except Exception as error:  # noqa: BLE001 - the same error of either
            return repr((type(error), str(error), vars(error).get("message")))

    assert came(light=True) == came(light=False)

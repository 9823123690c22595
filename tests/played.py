"""Plays a page of the documentation as its reader would: writes its files, runs its commands, tells what they print.

A fenced block is played by its language and by the paragraph before it:

- `yaml`, `toml`, `markdown`, `json` or `csv` after "... into `FILE`:" is that whole file; after "... to `FILE`:", its
  end.
- `diff` after "... in `FILE`:" takes out the lines with `-` and puts in those with `+`; the others say where.
- `console` runs each line that begins with `$ hashgrade`, as Ben where the paragraph names him and else as Ada;
  what stands below it is what was printed.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

GUIDES = [Path(__file__).parents[1] / "docs" / "how-to" / "write-a-pack.md"]
"""The pages that are played."""
STUDY_GUIDE = GUIDES[0].with_name("write-a-study.md")
"""The page that is played on a station with records."""

BLOCK = re.compile(r"""
    (?P<said> (?:[^\n]+\n)* ) \n
    ``` (?P<kind> yaml|toml|markdown|json|csv|diff|console ) \n
    (?P<body> .*? ) ```\n""", re.S | re.X)
FILE = re.compile(r"\b(into|to|in) `([^`]+)`:$")
COMMAND = re.compile(r"^\$ (hashgrade .*)$", re.M)

SIGNED_ON = """
import sys
from hashgrade.cli import console
operator = sys.argv.pop(1)
console.operator = lambda: operator
from hashgrade.__main__ import main
sys.argv.pop(0)
main()
"""
"""Two people have two accounts; here they have one, and say who they are."""


def played(page: str, folder: Path) -> str:
    """The page with what its commands printed in `folder`, its reader's; the same page where it tells the truth."""
    return BLOCK.sub(lambda block: _block(block, folder), page)


def _block(block: re.Match[str], folder: Path) -> str:
    said, kind, body = " ".join(block["said"].split()), block["kind"], block["body"]
    if kind == "console":
        operator = "ben" if "Ben" in said else "ada"
        return block[0].replace(body, "".join(_ran(command, folder, operator) for command in COMMAND.findall(body)))
    if told := FILE.search(said):
        file = folder / told[2]
        file.parent.mkdir(exist_ok=True)
        held = file.read_text() if file.exists() else ""
        file.write_text(_changed(held, body) if kind == "diff" else f"{held}\n{body}" if told[1] == "to" else body)
    return block[0]


def _changed(held: str, diff: str) -> str:
    lines = diff.splitlines(keepends=True)
    old, new = ("".join(line[1:] for line in lines if line[0] in kinds) for kinds in (" -", " +"))
    assert held.count(old) == 1, f"these lines are to be found once:\n{old}"
    return held.replace(old, new)


def _ran(command: str, folder: Path, operator: str) -> str:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("HASHGRADE", "DJANGO"))}
    done = subprocess.run(  # noqa: S603 - our own program, and words of our own documentation
        [sys.executable, "-c", SIGNED_ON, operator, *shlex.split(command)], cwd=folder, text=True, check=False,
        env=plain | {"HASHGRADE_JAIL_AT_LEAST": "limited"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert bool(done.returncode) == ("error[" in done.stdout), f"{command} ended with {done.returncode}:\n{done.stdout}"
    return f"$ {command}\n{done.stdout}"

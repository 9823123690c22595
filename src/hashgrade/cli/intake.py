"""`hashgrade intake`: media in, each with its outcome."""

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.cli.progress import progress

if TYPE_CHECKING:
    from hashgrade.intake import Outcome


def intake(
    context: typer.Context,
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE...", help="Folders, ZIPs and files.")],
    as_json: AsJson = False,
) -> None:
    """Take media in: fingerprint, encrypt and recognise each, and queue what somebody must read.

    What cannot be taken in is told, and the rest goes on. Interrupted, run the same command again:
    what is on file is not doubled.
    """
    station = console.opened(context)
    from hashgrade.intake import run  # noqa: PLC0415 - needs the station open
    from hashgrade.intake.sources import count  # noqa: PLC0415 - needs the station open

    tally = Counter[str]()
    seen: set[str] = set()
    with progress("taking in") as bar:
        task = bar.add_task("", total=None if bar.disable else count(sources))
        for outcome in run(station, sources, console.operator()):
            _count(tally, seen, outcome)
            if as_json:
                # JSON in ASCII: a path need not be UTF-8.
                typer.echo(json.dumps(outcome.as_json()))
            elif outcome.error:
                console.tell(outcome.error, outcome.path)
            bar.advance(task)
    if not as_json:
        typer.echo(_summary(tally, len(seen)))
    console.failed_if(tally["errors"])


def _count(tally: "Counter[str]", seen: set[str], outcome: "Outcome") -> None:
    tally["paths"] += 1
    tally["errors"] += outcome.error is not None
    if outcome.sha256 and outcome.sha256 not in seen:
        seen.add(outcome.sha256)
        tally["queued"] += outcome.queued
        tally[str(outcome.known or "new")] += 1


def _summary(tally: "Counter[str]", items: int) -> str:
    known = ", ".join(f"{tally[name]:,} {name}" for name in ("graded", "claimed", "near", "new"))
    return (f"{tally['paths']:,} paths held {items:,} items: {known}; "
            f"{tally['queued']:,} to be read; {tally['errors']:,} with errors")

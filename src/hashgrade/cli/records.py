"""`hashgrade records` and `hashgrade audit`: what is on file, in and out, and who put it there."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from hashgrade import audit
from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.errors import InputError

records = typer.Typer(name="records", no_args_is_help=True, help="Reports, items, sightings, readings and settlements.")
auditing = typer.Typer(name="audit", no_args_is_help=True, help="The audit trail.")


@records.command("import")
def import_(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="JSON lines, also compressed by gzip.")],
    as_json: AsJson = False,
) -> None:
    """File the records of JSON lines; the same line again changes nothing.

    A line that cannot be used is told with its line and column, and the rest goes on.
    Interrupted, run the same command again.
    """
    store, refused = console.opened(context).store, 0
    from hashgrade.exchange.records import Told, import_records  # noqa: PLC0415 - needs the station open

    for file in files:
        if not file.is_file():
            raise InputError("CMD-01", "there is no such file", where=str(file))
        with file.open("rb") as stream, console.progress(f"importing {file.name}") as bar:
            advance = partial(_advance, bar, bar.add_task("", total=None))
            tally = import_records(store, stream, console.operator(), str(file), Told(console.tell, advance))
        refused += tally.refused
        told = {"path": str(file), "lines": tally.lines, "changed": dict(tally.changed),
                "unchanged": tally.unchanged, "refused": tally.refused}
        changed = ", ".join(f"{count:,} {kind}" for kind, count in tally.changed.items()) or "nothing new"
        console.put(told, f"{file}: {tally.lines:,} lines: {changed}; {tally.unchanged:,} already on file; "
                          f"{tally.refused:,} refused", as_json=as_json)
    console.failed_if(refused)


def _advance(bar: Progress, task: TaskID, lines: int) -> None:
    bar.update(task, completed=lines)


@records.command()
def export(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Where to write; `.gz` compresses. Else: to stdout.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write every record as JSON lines; the same records give the same bytes."""
    console.opened(context)
    from hashgrade.exchange.records import export_records, writing  # noqa: PLC0415 - needs the station open

    if file is None:
        export_records(sys.stdout.buffer)
        return
    with writing(file) as out:
        count = export_records(out)
    console.put({"path": str(file), "lines": count}, f"{file}: {count:,} lines", as_json=as_json)


@auditing.command()
def verify(context: typer.Context, as_json: AsJson = False) -> None:
    """Check the chain of audit entries from the first to the last."""
    console.opened(context)
    from hashgrade.store import queries  # noqa: PLC0415 - needs the station open

    last = audit.verify(queries.entries())
    count, digest = (last.number, last.digest) if last else (0, audit.ORIGIN)
    text = f"{count:,} entries, unbroken; the last is {digest}"
    console.put({"entries": count, "last": digest}, text, as_json=as_json)

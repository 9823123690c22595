"""`hashgrade records` and `hashgrade audit`: what is on file, in and out, and who put it there."""

import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer
from rich.progress import Progress, TaskID

from hashgrade import audit
from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.cli.progress import progress
from hashgrade.errors import HashgradeError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hashgrade.exchange.records import Tally
    from hashgrade.nouns import Coding
    from hashgrade.store.work import Store

ERRORS_MAX = 1_000
"""Errors of one file that its object with `--json` holds: a wholly bad file has one a line."""

records = typer.Typer(
    name="records", no_args_is_help=True, help="Reports, items, sightings, readings, settlements and codings.")
auditing = typer.Typer(name="audit", no_args_is_help=True, help="The audit trail.")


@records.command("import")
def import_(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="JSON lines, also compressed by gzip.")],
    *,
    study: Annotated[str | None, typer.Option(
        metavar="NAME", help="A study, or its file: refuse codings for it that its protocol does not ask.")] = None,
    as_json: AsJson = False,
) -> None:
    """File the records of JSON lines; the same line again changes nothing.

    A line that cannot be used is told with its line and column, a file that cannot be read with its name, and the
    rest goes on. Interrupted, run the same command again.
    """
    coding = _asked(study)
    store, failed = console.opened(context).store, 0
    for file in files:
        errors = Errors()
        tally = _import_file(store, file, errors, coding)
        failed += errors.count
        told = {"path": str(file), "lines": tally.lines, "changed": dict(tally.changed),
                "unchanged": tally.unchanged, "refused": tally.refused, "errors": errors.first}
        changed = ", ".join(f"{count:,} {kind}" for kind, count in tally.changed.items()) or "nothing new"
        if as_json or tally.lines or not errors.count:  # of a file that was not read, people were told all there is
            console.put(told, f"{file}: {tally.lines:,} lines: {changed}; {tally.unchanged:,} already on file; "
                              f"{tally.refused:,} refused", as_json=as_json)
    console.failed_if(failed)


def _asked(study: str | None) -> "Callable[[Coding], None]":
    """What refuses a coding that the study does not ask; nothing where there is no study."""
    if study is None:
        return lambda _coding: None
    from hashgrade.studies.coded import check_one  # noqa: PLC0415 - of studies alone
    from hashgrade.studies.schema import load  # noqa: PLC0415

    return partial(check_one, load(study))


@dataclass(slots=True)
class Errors:
    """Tells each error of a file as it comes, and keeps the first 1,000 for `--json`."""

    count: int = 0
    first: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, error: HashgradeError) -> None:
        """Tell one error on standard error."""
        console.tell(error)
        self.count += 1
        if self.count <= ERRORS_MAX:
            self.first.append({"code": error.code, "message": error.what, "where": error.where})


def _import_file(store: "Store", file: Path, errors: Errors, coding: "Callable[[Coding], None]") -> "Tally":
    from hashgrade.exchange.records import Tally, Told, import_records  # noqa: PLC0415 - needs the station open

    try:
        stream = _to_read(file)
    except InputError as error:
        errors(error)
        return Tally()
    with stream, progress(f"importing {file.name}") as bar:
        advance = partial(_advance, bar, bar.add_task("", total=None))
        return import_records(store, stream, console.operator(), str(file), Told(errors, advance, coding))


def _to_read(file: Path) -> BinaryIO:
    if file.is_dir():
        raise InputError("CMD-02", "this is a directory, not a file", where=str(file), to_do="name the files in it")
    try:
        return file.open("rb")
    except FileNotFoundError:
        raise InputError("CMD-01", "there is no such file", where=str(file)) from None
    except OSError as error:
        raise InputError("CMD-02", f"the file cannot be read: {error.strerror}", where=str(file)) from None


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

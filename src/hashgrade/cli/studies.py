"""`hashgrade study`: list the studies there are, and run one on the station's records."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.cli.sampling import size
from hashgrade.cli.watching import watch

if TYPE_CHECKING:
    from hashgrade.studies.snapshot import Snapshot

studies = typer.Typer(name="study", no_args_is_help=True, help="Count records into tables, charts and reports.")
studies.command("watch")(watch)
studies.command("size")(size)


@studies.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the studies that come with the package."""
    from hashgrade.studies.figures import DEFINITION, SELF_GENERATED  # noqa: PLC0415 - DuckDB is slow to import
    from hashgrade.studies.schema import built_in, load  # noqa: PLC0415

    found = [load(name) for name in built_in()]
    for study in found:
        period = "a year, chosen with --year" if study.period is None else f"{study.period[0]} to {study.period[1]}"
        console.put({"study": study.name, "title": study.title, "period": period},
                    f"{study.name:30} {study.title} ({period})", as_json=as_json)
    if not as_json and any(SELF_GENERATED.search(study.title) for study in found):
        typer.echo(DEFINITION)


@studies.command("run")
def run_(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A study's name, or the path of a study file.")],
    *,
    out: Annotated[Path, typer.Option(help="The folder for the report; a report that is in it is replaced.")],
    year: Annotated[int | None, typer.Option(help="The year, for a study of a year; the newest unless given.")] = None,
    synthetic: Annotated[bool, typer.Option(
        "--synthetic", help="Label every page as synthetic, even where no record says so.")] = False,
    keep_snapshot: Annotated[Path | None, typer.Option(
        metavar="DIR", help="Keep the records that the report is made from in this folder, for inside only.")] = None,
    snapshot: Annotated[Path | None, typer.Option(
        metavar="DIR", help="Run on a snapshot that was kept, and not on the station's records.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run a study and write its report: a page, a PDF, tables, charts, `findings.json` and `manifest.json`."""
    from hashgrade.studies.run import run  # noqa: PLC0415 - DuckDB is slow to import

    with _records(context, snapshot, keep_snapshot) as records:
        findings = run(name, records, out, year, synthetic)
    tables, total = findings["tables"], findings["total"]
    count = len(tables) if isinstance(tables, dict) else 0
    of = "a number of media that is kept back" if total is None else f"{total} media"
    console.put(findings, f"{findings['title']}: {count} tables from {of}; read {out / 'index.html'}", as_json=as_json)


@studies.command("verify")
def verify_(
    context: typer.Context,
    report: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a report.")],
    *,
    snapshot: Annotated[Path | None, typer.Option(
        metavar="DIR", help="The snapshot that was kept; the station's records as they are now unless given.")] = None,
    study: Annotated[Path | None, typer.Option(
        metavar="FILE", help="The study's file, where it did not come with the package.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a report again from what its manifest names, compare every byte, and say what differs.

    The exit code is 1 if anything differs.
    """
    from hashgrade.studies import manifest, verifying  # noqa: PLC0415 - DuckDB is slow to import

    manifest.read(report)
    with _records(context, snapshot) as records:
        found = verifying.verify(report, records, study)
    said = [f"{found.files} files come out the same"] if not found.differs else [*found.differs]
    console.put({"same": not found.differs, "files": found.files, "differs": list(found.differs)}, "\n".join(said),
                as_json=as_json)
    if found.differs:
        raise typer.Exit(1)


@contextmanager
def _records(context: typer.Context, kept: Path | None, keep: Path | None = None) -> "Iterator[Snapshot]":
    """A snapshot that was kept, or one of the station's records, which is kept where that is asked."""
    from hashgrade.studies.snapshot import cleared, load, taken  # noqa: PLC0415 - DuckDB is slow to import

    if kept:
        yield load(kept)
        return
    station = console.opened(context)
    if keep:
        cleared(keep)
    with TemporaryDirectory(prefix="hashgrade-") as folder:
        yield taken(keep or Path(folder), station.packs, station.digests)

"""`hashgrade study`: list the studies there are, and run one on the station's records."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.cli.sampling import size
from hashgrade.cli.watching import watch

studies = typer.Typer(name="study", no_args_is_help=True, help="Count records into tables, charts and reports.")
studies.command("watch")(watch)
studies.command("size")(size)


@studies.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the studies that come with the package."""
    from hashgrade.studies.figures import DEFINITION, SELF_GENERATED  # noqa: PLC0415 - DuckDB is slow to import
    from hashgrade.studies.study import built_in, load  # noqa: PLC0415

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
    as_json: AsJson = False,
) -> None:
    """Run a study and write its report: a page, a PDF, tables, charts and `findings.json`."""
    station = console.opened(context)
    from hashgrade.studies.run import run  # noqa: PLC0415 - needs the station open
    from hashgrade.studies.snapshot import taken  # noqa: PLC0415

    with TemporaryDirectory(prefix="hashgrade-") as folder:
        findings = run(name, taken(Path(folder), station.packs, station.digests), out, year, synthetic)
    tables, total = findings["tables"], findings["total"]
    count = len(tables) if isinstance(tables, dict) else 0
    of = "a number of media that is kept back" if total is None else f"{total} media"
    console.put(findings, f"{findings['title']}: {count} tables from {of}; read {out / 'index.html'}", as_json=as_json)

"""`hashgrade study`: list the studies there are, and run one on the station's records."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from hashgrade.cli import console
from hashgrade.cli.coding import code
from hashgrade.cli.console import AsJson
from hashgrade.cli.drafting import asked, check, new
from hashgrade.cli.sampling import size
from hashgrade.cli.watching import watch
from hashgrade.errors import InputError

if TYPE_CHECKING:
    from hashgrade.studies.snapshot import Snapshot

studies = typer.Typer(name="study", no_args_is_help=True, help="Count records into tables, charts and reports.")
studies.command("new")(new)
studies.command("check")(check)


@studies.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the studies that come with the package."""
    from hashgrade.studies.figures import DEFINITION, SELF_GENERATED  # noqa: PLC0415 - DuckDB is slow to import
    from hashgrade.studies.schema import built_in, load  # noqa: PLC0415

    found = [load(name) for name in built_in()]
    for study in found:
        period = "a year, chosen with --year" if study.period is None else f"{study.period[0]} to {study.period[1]}"
        many = len(study.tables)
        console.put({"study": study.name, "title": study.title, "period": period, "question": study.question,
                     "tables": many}, f"{study.name:30} {study.title} ({period}; {many} tables)\n    {study.question}",
                    as_json=as_json)
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
    internal: Annotated[bool, typer.Option(
        "--internal", help="Count the tables that are for inside only too; every page then says so.")] = False,
    hosts: Annotated[bool, typer.Option(
        "--hosts", help="Name the hosts on which media were seen, in internal tables; wants `--internal`.")] = False,
    keep_snapshot: Annotated[Path | None, typer.Option(
        metavar="DIR", help="Keep the records that the report is made from in this folder, for inside only.")] = None,
    snapshot: Annotated[Path | None, typer.Option(
        metavar="DIR", help="Run on a snapshot that was kept, and not on the station's records.")] = None,
    against: Annotated[list[Path] | None, typer.Option(
        metavar="DIR", help="An earlier report, or a folder of them, together with which nothing may follow.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run a study and write its report: a page, a PDF, tables, charts, `findings.json` and `manifest.json`."""
    from hashgrade.studies.releases import warning  # noqa: PLC0415 - DuckDB is slow to import
    from hashgrade.studies.run import run  # noqa: PLC0415

    if hosts and not internal:
        raise InputError("STU-16", "hosts are named in internal tables alone, and `--internal` is not given")
    with _records(context, snapshot, keep_snapshot, hosts=hosts) as records:
        findings = run(name, records, out, year, synthetic=synthetic, internal=internal, against=against or [])
    guarded = findings["disclosure"]
    if isinstance(guarded, dict) and guarded["given_away"]:
        console.tell(warning(guarded["given_away"]))
    total = findings["total"]
    count = sum(len(held) for held in map(findings.get, ("tables", "estimates")) if isinstance(held, dict))
    of = "a number of media that is kept back" if total is None else f"{total:,} media"
    said = "{title}: {count} tables from {of}, first seen from {period[from]} to {period[until]}; read {page}"
    console.put(findings, said.format(**findings, count=count, of=of, page=out / "index.html"), as_json=as_json)


@studies.command("draw")
def draw_(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A study's name, or the path of a study file.")],
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The CSV file to write; one that is there is replaced.")],
    year: Annotated[int | None, typer.Option(help="The year, for a study of a year; the newest unless given.")] = None,
    snapshot: Annotated[Path | None, typer.Option(
        metavar="DIR", help="Draw from a snapshot that was kept, and not from the station's records.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write which media a study's sample is of: a sheet with a column for each question, to be filled in.

    It is for inside only.
    """
    from hashgrade.studies.count import drawn  # noqa: PLC0415 - DuckDB is slow to import
    from hashgrade.studies.run import period_of  # noqa: PLC0415
    from hashgrade.studies.schema import load  # noqa: PLC0415
    from hashgrade.studies.sheets import to_fill_in  # noqa: PLC0415

    study = load(name)
    if not study.sample:
        raise study.place.error("STU-48", f"study `{study.name}` draws no sample")
    with _records(context, snapshot) as records:
        period = period_of(study, records, year)
        media = drawn(study, records, period)
    out.write_text(to_fill_in(study, media), encoding="utf-8")
    told = {"path": str(out), "study": study.name, "period": [str(day) for day in period], "media": len(media),
            "strata": Counter(stratum for stratum, _ in media), "inside_only": True}
    said = (f"{out}: {len(media)} media to be coded, first seen from {period[0]} to {period[1]}. "
            "For inside only; not to be published.")
    console.put(told, "\n".join((said, *asked(study))), as_json=as_json)


studies.command("code")(code)


@studies.command("verify")
def verify_(
    context: typer.Context,
    report: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a report.")],
    *,
    snapshot: Annotated[Path | None, typer.Option(
        metavar="DIR", help="The snapshot that was kept; the station's records as they are now unless given.")] = None,
    study: Annotated[Path | None, typer.Option(
        metavar="FILE", help="The study's file, where it is to be compared too; the manifest has its text.")] = None,
    against: Annotated[list[Path] | None, typer.Option(
        metavar="DIR", help="An earlier report that it was guarded against, or a folder of them.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a report again from what its manifest names, compare every byte, and say what differs.

    The exit code is 1 if anything differs.
    """
    from hashgrade.studies import manifest, verifying  # noqa: PLC0415 - DuckDB is slow to import

    said = manifest.read(report)
    with _records(context, snapshot, hosts=said["snapshot"]["hosts"]) as records:
        found = verifying.verify(report, records, study, against or [])
    lines = [f"{found.files} files come out the same"] if not found.differs else [*found.differs]
    console.put({"same": not found.differs, "files": found.files, "differs": list(found.differs)}, "\n".join(lines),
                as_json=as_json)
    if found.differs:
        raise typer.Exit(1)


studies.command("size")(size)
studies.command("watch")(watch)


@contextmanager
def _records(context: typer.Context, kept: Path | None, keep: Path | None = None, *, hosts: bool = False
             ) -> "Iterator[Snapshot]":
    """A snapshot that was kept, or one of the station's records, which is kept where that is asked."""
    from hashgrade.studies.snapshot import cleared, load, taken  # noqa: PLC0415 - DuckDB is slow to import

    if kept:
        yield load(kept)
        return
    station = console.opened(context)
    if keep:
        cleared(keep)
    with TemporaryDirectory(prefix="hashgrade-") as folder:
        yield taken(keep or Path(folder), station.packs, station.digests, hosts)

"""`hashgrade law explain` and `page`: the law in words, for whoever has to follow it and whoever has to check it."""

from pathlib import Path
from typing import Annotated

import typer

from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.cli.law.judging import Facts, On, PackNames, grade_in, loaded
from hashgrade.law import judge
from hashgrade.law.load import located
from hashgrade.law.pack import pack_ids


def explain(
    pack: PackNames,
    facts: Facts,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Say in a paragraph why a pack makes of one grade what it does, and which answers would settle what is open."""
    from hashgrade.law.explain import explain as told  # noqa: PLC0415 - `page` does not need it

    grade = grade_in(facts)
    for n, one in enumerate(loaded(pack, on)):
        verdict = judge(grade, one)
        said = told(verdict, grade, one)
        line = {"pack": verdict.pack, "version": verdict.version, "outcome": verdict.outcome, "explanation": said}
        console.put(line, f"\n{said}" if n else said, as_json=as_json)


def page(
    chosen: Annotated[list[str] | None, typer.Argument(
        metavar="[PACK]...", help="Packs by name, or folders that hold a `pack.yaml`; all of the package unless told.",
    )] = None,
    *,
    out: Annotated[Path, typer.Option(help="The folder for the pages; pages that are in it are replaced.")],
    pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="Print each page as PDF too.")] = True,
    as_json: AsJson = False,
) -> None:
    """Write packs as pages that a lawyer can read: each rule beside its source, a decision table, cases, comparisons.

    The exit code is 1 if a pack does not load; the pages of the others are written.
    """
    from hashgrade.lawbook.book import bind  # noqa: PLC0415 - jinja2 and typst are slow to import

    failed = 0
    for written in bind([located(name) for name in chosen or pack_ids()], out, pdf):
        if isinstance(written, Path):
            console.put({"page": str(written)}, str(written), as_json=as_json)
        else:
            failed += 1
            console.tell(written)
    console.failed_if(failed)

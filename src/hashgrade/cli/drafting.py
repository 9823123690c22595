"""`hashgrade study new` and `check`: from an empty file to a study that can be run, without a station."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.errors import Refused

if TYPE_CHECKING:
    from hashgrade.studies.checking import Checked
    from hashgrade.studies.study import Study, Table

FIRST = "study: new-study", "seed: new-study"
"""The lines of the first study that name it."""


def new(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write, `NAME.yaml`; it must not be there.")],
    as_json: AsJson = False,
) -> None:
    """Write a study to begin with: every part of it explained, right as it is, and made to be changed."""
    from hashgrade.law.load import DATA  # noqa: PLC0415 - only this command reads it
    from hashgrade.studies.schema import NAME  # noqa: PLC0415 - ruamel is slow to import

    if path.suffix not in (".yaml", ".yml") or not NAME.fullmatch(path.stem):
        raise Refused("STU-49", f"`{path.name}` names no study: letters, digits, `_` and `-`, then `.yaml`")
    text = (DATA / "new-study.yaml").read_text(encoding="utf-8")
    for line in FIRST:
        text = text.replace(line, line.replace("new-study", path.stem))
    try:
        with path.open("x", encoding="utf-8") as into:
            into.write(text)
    except FileExistsError:
        raise Refused("STU-49", "there is a file of this name, which is left as it is", where=str(path)) from None
    said = f"{path}: a study to begin with; change it, and see `hashgrade study check {path}`"
    console.put({"path": str(path), "study": path.stem}, said, as_json=as_json)


def check(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A study's name, or the path of a study file.")],
    as_json: AsJson = False,
) -> None:
    """Say everything that is wrong in a study file, and what it would count. The exit code is 1 if anything is wrong.

    It needs no station: what a study asks of packs is compared with those of the package.
    """
    from hashgrade.studies.checking import checked  # noqa: PLC0415 - DuckDB is slow to import

    found = checked(name)
    if as_json:
        console.put(found.as_json(), "", as_json=True)
    else:
        for error in found.wrong:
            console.tell(error)
        for hint in found.hints:
            typer.echo(f"hint: {hint}", err=True)
        typer.echo(f"{name}: {_told(found)}")
    console.failed_if(len(found.wrong))


def _told(found: "Checked") -> str:
    study, many = found.study, len(found.wrong)
    if many:
        return "1 error" if many == 1 else f"{many} errors"
    period = f"from {study.period[0]} to {study.period[1]}" if study.period else "in a year, chosen with --year"
    whom = "everything" if study.cohort is None else "what its condition is true of"
    packs = ", ".join(f"{pack} {version or '(not of the package, so that the station must have it)'}"
                      for pack, version in found.packs.items())
    return "\n".join(("good", f"  counts {whom}, first seen {period}", *([f"  packs: {packs}"] if packs else []),
                      *_tables(study), *_kept_back(study)))


def _tables(study: "Study") -> list[str]:
    width = max((len(table.name) for table in study.tables), default=0)
    lines = [f"  {table.name:{width}}  {_counted(table)}" for table in study.tables]
    if study.sample:
        lines.append(f"  draws at most {study.sample.size} media of {len(study.sample.strata)} strata, and asks "
                     f"{len(study.sample.protocol)} questions of them; see `hashgrade study draw`")
    return [*lines, *asked(study)]


def asked(study: "Study") -> list[str]:
    """A line for each question of the protocol, with the ids and names of its answers."""
    protocol = study.sample.protocol if study.sample else {}
    return [f"  {key}: {one.title}{', several of' if one.many else ''}: "
            + ", ".join(f"{value} ({label})" for value, label in one.values.items()) + ", or cannot_determine"
            for key, one in protocol.items()]


def _counted(table: "Table") -> str:
    if table.measure:
        options = "".join(f", {key} {value}" for key, value in table.options.items())
        said = f"measures {table.measure.replace('_', ' ')}{options}"
    else:
        rows = f"rows {', '.join(row.key for row in table.rows)}" if table.rows else ""
        said = f"{table.unit}: {' and '.join(filter(None, (table.of, rows)))}" + (f" by {table.by}" if table.by else "")
    return said + (" (for inside only)" if table.internal else "")


def _kept_back(study: "Study") -> list[str]:
    rule = study.disclosure
    if not rule.under:
        return [f"  prints small counts, because {rule.reason}"]
    rounded = f", and rounds to multiples of {rule.round_to}" if rule.round_to > 1 else ""
    return [f"  keeps back counts from 1 to {rule.under - 1}, and others from which they could be worked out{rounded}"]

"""`hashgrade study code`: what people filled in of a coding sheet, filed as codings."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.errors import HashgradeError, InputError

if TYPE_CHECKING:
    from hashgrade.nouns import Coding


def code(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A study's name, or the path of a study file.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Sheets of `study draw`, filled in.")],
    *,
    coder: Annotated[str, typer.Option(help="Who coded; you unless given.")] = "",
    as_json: AsJson = False,
) -> None:
    """File what is filled in of coding sheets; the same sheet again changes nothing, and a new answer corrects the old.

    A row that cannot be used is told with its line, and the rest goes on.
    """
    from hashgrade.studies.schema import load  # noqa: PLC0415 - ruamel is slow to import

    study, failed = load(name), 0
    store, who = console.opened(context).store, coder or console.operator()
    from hashgrade.store import queries  # noqa: PLC0415 - needs the station open
    from hashgrade.studies.sheets import filled_in  # noqa: PLC0415

    for file in files:
        rows = dict(filled_in(study, file, (who, store.now()), queries.codings_by(who, study.name)))
        wrong = Wrong(str(file), rows)
        with store.work(console.operator(), f"codings for study {study.name}") as work:
            filed = work.codings([row for row in rows.values() if not isinstance(row, InputError)], wrong)
        failed += _tell(file, wrong, (len(rows), filed), as_json=as_json)
    console.failed_if(failed)


class Wrong(dict[str, HashgradeError]):
    """What is wrong, by the place of its row; it hears what the store refuses."""

    def __init__(self, file: str, rows: "Mapping[int, Coding | InputError]") -> None:
        self._places = {id(row): f"{file}:{line}:1" for line, row in rows.items()}
        super().__init__({f"{file}:{line}:1": row for line, row in rows.items() if isinstance(row, InputError)})

    def __call__(self, coding: object, error: HashgradeError) -> None:
        """Take note of a coding that is refused."""
        self[self._places[id(coding)]] = error


def _tell(file: Path, wrong: Wrong, counts: tuple[int, int], *, as_json: bool) -> int:
    rows, filed = counts
    for where, error in wrong.items():
        console.tell(error, where)
    errors = [{"code": error.code, "message": error.what, "where": where} for where, error in wrong.items()]
    told = {"path": str(file), "rows": rows, "filed": filed, "unchanged": rows - filed - len(wrong), "errors": errors}
    console.put(told, f"{file}: {rows} media coded: {filed} filed; {told['unchanged']} already on file; {len(wrong)} "
                      "refused", as_json=as_json)
    return len(wrong)

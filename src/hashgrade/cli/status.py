"""`hashgrade status`: what is in force at a station, at a glance."""

from collections.abc import Mapping

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hashgrade import __version__
from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.nouns import Jail


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show what is in force: the version, the packs, the jail in which media are decoded, and what is on file."""
    station = console.opened(context)
    from hashgrade.enacting import newer  # noqa: PLC0415 - needs the station open
    from hashgrade.store import queries  # noqa: PLC0415

    told = {
        "station": str(station.root), "version": __version__, "packs": [one.pack for one in station.in_force],
        "drafts": [one.pack for one in station.in_force if one.review == "draft"],
        "newer_packs": [*newer(station.settings.packs)],
        "jail": station.decoders.level.value, "jail_at_least": station.settings.jail_at_least.value,
        **queries.counts()}
    if as_json:
        console.put(told, "", as_json=True)
    else:
        Console(highlight=False).print(table(told))


def table(told: Mapping[str, object]) -> Table:
    """Lay out what is told, a line each."""
    laid = Table(box=None, show_header=False, pad_edge=False)
    for name, value in told.items():
        laid.add_row(name.replace("_", " "), _cell(name, value))
    return laid


def _cell(name: str, value: object) -> Text:
    if name == "jail" and value != Jail.FULL:
        return Text(f"{value}: weaker than full; see docs/how-to/decode-in-a-jail.md", "bold red")
    if name == "newer_packs" and isinstance(value, list) and value:
        return Text(f"{', '.join(value)}: not in force; see `hashgrade law in-force`", "bold")
    return Text(", ".join(value) if isinstance(value, list) else f"{value:,}" if isinstance(value, int) else str(value))

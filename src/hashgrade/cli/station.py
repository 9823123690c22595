"""`hashgrade init` and `hashgrade demo`: a station is made, and shown at work."""

from typing import TYPE_CHECKING

import typer

from hashgrade import app
from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.nouns import Jail

if TYPE_CHECKING:
    from hashgrade.settings import Settings

DRAWN_FIRST = """\
seconds_a_point = 86400

[[queue_rules]]
name = "drawn pictures"
when = {first_seen = {over = "2024-12-31"}}
points = 10000
why = "of the invented records there is nothing to see"
"""
"""Settings of a station that the demo makes: whoever opens its workbench is dealt what can be shown."""


def init(context: typer.Context, as_json: AsJson = False) -> None:
    """Make a station: its keys, readable by you alone, its records and its vault.

    Back up `keys/` at once and keep the copy elsewhere: without it no medium can be read.
    """
    station = app.create(console.settings(context))
    keys = station.root / "keys"
    console.put({"station": str(station.root), "keys": str(keys)},
                f"made a station in {station.root}\nback up {keys} now, and keep the copy elsewhere", as_json=as_json)


def demo(context: typer.Context) -> None:
    """Run the main job from end to end on synthetic pictures and invented records.

    Makes the station if there is none. Run again, it doubles nothing and publishes the next edition.
    """
    from hashgrade.demo.run import run  # noqa: PLC0415 - encoders and solvers that `init` does not need

    if not app.exists(chosen := _settings(context)):
        app.create(chosen, DRAWN_FIRST)
    station = app.open(_settings(context))
    run(station, station.root / "demo", typer.echo)


def _settings(context: typer.Context) -> "Settings":
    """Those of the station, but whatever the kernel can do will do: what the demo decodes was drawn here."""
    return console.settings(context).model_copy(update={"jail_at_least": Jail.LIMITED})

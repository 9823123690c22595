"""`hashgrade init` and `hashgrade demo`: a station is made, and shown at work."""

import typer

from hashgrade import app
from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.nouns import Jail


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

    # Whatever the kernel can do will do: what is decoded was drawn here.
    chosen = console.settings(context).model_copy(update={"jail_at_least": Jail.LIMITED})
    station = app.open(chosen) if app.exists(chosen) else app.create(chosen)
    run(station, station.root / "demo", typer.echo)

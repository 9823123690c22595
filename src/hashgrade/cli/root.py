"""`hashgrade`: the root of the command line, and the commands that stand alone."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from hashgrade import __version__, app
from hashgrade.cli import console
from hashgrade.cli.console import AsJson, Flags
from hashgrade.cli.hashing import hash_media
from hashgrade.cli.intake import intake
from hashgrade.cli.law import law
from hashgrade.cli.lists import lists
from hashgrade.cli.matching import match
from hashgrade.cli.records import auditing, records
from hashgrade.cli.status import status
from hashgrade.cli.studies import studies
from hashgrade.nouns import Jail


class Root(TyperGroup):
    """Takes `--station DIR` before or after the command's name alike, and tells trouble in plain words."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Move `--station` to the front, where the callback reads it."""
        end = args.index("--") if "--" in args else len(args)
        place = next((n for n, word in enumerate(args[:end]) if word.split("=")[0] == "--station"), None)
        if place is None:
            return super().parse_args(ctx, args)
        width = 1 if "=" in args[place] else 2
        given = args[place : place + width]
        return super().parse_args(ctx, [*given, *args[:place], *args[place + width :]])

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the command, and tell trouble with the records in plain words."""
        with app.plain_errors():
            return super().invoke(ctx)


commands = typer.Typer(
    cls=Root,
    name="hashgrade",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Grade, fingerprint, recognise, share and count, so that each image is looked at by as few people, "
    "as few times, as possible.",
)


@commands.callback(invoke_without_command=True)
def hashgrade(
    context: typer.Context,
    station: Annotated[Path | None, typer.Option(help="The station: the folder that holds everything.")] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Choose the station for the command that follows."""
    if version:
        typer.echo(__version__)
        raise typer.Exit
    context.obj = Flags(station)


@commands.command()
def init(context: typer.Context, as_json: AsJson = False) -> None:
    """Make a station: its keys, readable by you alone, its records and its vault.

    Back up `keys/` at once and keep the copy elsewhere: without it no medium can be read.
    """
    station = app.create(console.settings(context))
    keys = station.root / "keys"
    console.put({"station": str(station.root), "keys": str(keys)},
                f"made a station in {station.root}\nback up {keys} now, and keep the copy elsewhere", as_json=as_json)


@commands.command()
def demo(context: typer.Context) -> None:
    """Run the main job from end to end on synthetic pictures and invented records.

    Makes the station if there is none. Run again, it doubles nothing and publishes the next edition.
    """
    from hashgrade.demo.run import run  # noqa: PLC0415 - encoders and solvers that no other command needs

    # Whatever the kernel can do will do: what is decoded was drawn here.
    chosen = console.settings(context).model_copy(update={"jail_at_least": Jail.LIMITED})
    station = app.open(chosen) if app.exists(chosen) else app.create(chosen)
    run(station, station.root / "demo", typer.echo)


commands.command()(status)
commands.command()(intake)
commands.command("hash")(hash_media)
commands.command()(match)
commands.add_typer(records)
commands.add_typer(law)
commands.add_typer(lists)
commands.add_typer(studies)
commands.add_typer(auditing)

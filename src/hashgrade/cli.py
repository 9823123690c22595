"""The command line: each command parses, calls the room that knows, and prints."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from hashgrade import __version__


class StationAnywhere(TyperGroup):
    """Takes `--station DIR` before or after the command's name alike."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Move `--station` to the front, where the callback reads it."""
        end = args.index("--") if "--" in args else len(args)
        place = next((n for n, word in enumerate(args[:end]) if word.split("=")[0] == "--station"), None)
        if place is None:
            return super().parse_args(ctx, args)
        width = 1 if "=" in args[place] else 2
        given = args[place:place + width]
        return super().parse_args(ctx, [*given, *args[:place], *args[place + width:]])


commands = typer.Typer(
    cls=StationAnywhere,
    name="hashgrade",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Grade, fingerprint, recognise, share and count, so that each image is looked at by as few people, "
    "as few times, as possible.",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line, for machines.")]


@dataclass(frozen=True, slots=True)
class Flags:
    """What was given before the command's name."""

    station: Path | None


def print_json(thing: object) -> None:
    """Print one object on one line, keys in the order given."""
    typer.echo(json.dumps(thing, ensure_ascii=False))


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

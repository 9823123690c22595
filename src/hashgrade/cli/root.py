"""`hashgrade`: the root of the command line."""

import sys
from pathlib import Path
from typing import Annotated, Any, ClassVar

import typer

from hashgrade import __version__
from hashgrade.cli.console import Flags
from hashgrade.cli.lazily import MARKUP, Lazily, Table


class Root(Lazily):
    """Takes `--station DIR` before or after the command's name alike, and tells trouble in plain words."""

    table: ClassVar[Table] = {
        "init": ("hashgrade.cli.station:init",
                 "Make a station: its keys, readable by you alone, its records and its vault."),
        "demo": ("hashgrade.cli.station:demo",
                 "Run the main job from end to end on synthetic pictures and invented records."),
        "status": ("hashgrade.cli.status:status",
                   "Show what is in force: the version, the packs, the jail in which media are decoded, "
                   "and what is on file."),
        "intake": ("hashgrade.cli.intake:intake",
                   "Take media in: fingerprint, encrypt and recognise each, and queue what somebody must read."),
        "hash": ("hashgrade.cli.hashing:hash_media",
                 "Print the exact digests, size and PDQ of media; names and suffixes are never believed."),
        "match": ("hashgrade.cli.matching:match",
                  "Find everything that is near a query, and miss nothing: in a file of codes, "
                  "or in what the station knows."),
        "records": ("hashgrade.cli.records:records", "Reports, items, sightings, readings, settlements and codings."),
        "law": ("hashgrade.cli.law:law", "Packs of law and their verdicts."),
        "list": ("hashgrade.cli.lists:lists", "Hash lists: signed editions out, claims in."),
        "study": ("hashgrade.cli.studies:studies", "Count records into tables, charts and reports."),
        "serve": ("hashgrade.cli.serving:serve",
                  "Serve the workbench of the station, to browsers on this machine unless told otherwise."),
        "audit": ("hashgrade.cli.records:auditing", "The audit trail."),
        "backup": ("hashgrade.cli.backing:backup",
                   "Copy the station into a folder while people work on it, or check a copy that is there."),
    }

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
        try:
            return super().invoke(ctx)
        except Exception:
            app = sys.modules.get("hashgrade.app")
            if app is None:  # no command has opened a station
                raise
            with app.plain_errors():
                raise


commands = typer.Typer(
    cls=Root,
    name="hashgrade",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=MARKUP,
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

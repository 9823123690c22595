"""`hashgrade serve`: the workbench, on this machine."""

from typing import Annotated

import typer

from hashgrade.cli import console


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen at; the setting `serve.host` without it.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen at, likewise.")] = None,
    renew: Annotated[str, typer.Option(
        metavar="NAME", help="Give this account a new way in, and print its link; its password and factors end.",
    )] = "",
) -> None:
    """Serve the workbench of the station, to browsers on this machine unless told otherwise.

    The first time, it prints a link that makes the first administrator. Ctrl-C stops it; what is under way is finished.
    """
    from hashgrade.serve.running import serve as run  # noqa: PLC0415 - the server, which no other command needs

    settings = console.settings(context)
    flags = {name: value for name, value in {"host": host, "port": port}.items() if value is not None}
    chosen = settings.model_copy(update={"serve": settings.serve.model_copy(update=flags)})
    run(chosen, console.operator(), lambda line: typer.echo(line, err=True), renew)

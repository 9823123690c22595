"""What commands share: the `--json` option, printing, and the station they work on."""

import json
import os
import pwd
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hashgrade.errors import HashgradeError, printable

if TYPE_CHECKING:
    from hashgrade.app import Station
    from hashgrade.settings import Settings

SIGNED_ON = Path("/proc/self/loginuid")
NOBODY = 2**32 - 1
"""What the kernel says where nobody signed on: https://man7.org/linux/man-pages/man3/audit_getloginuid.3.html"""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line, for machines.")]


Line = Mapping[str, object]
"""One thing as `--json` prints it."""


@dataclass(frozen=True, slots=True)
class Flags:
    """What was given before the command's name."""

    station: Path | None


def settings(context: typer.Context) -> "Settings":
    """Read the settings of the station that the flags, the environment or the folder name."""
    from hashgrade.settings import read  # noqa: PLC0415 - pydantic, which commands about law do not wait for

    flags = context.obj if isinstance(context.obj, Flags) else Flags(None)
    return read(station=flags.station)


def opened(context: typer.Context) -> "Station":
    """Open that station."""
    from hashgrade import app  # noqa: PLC0415 - likewise

    return app.open(settings(context))


def operator() -> str:
    """Who is at the keyboard, for the audit trail: the account they signed on with, whatever the environment says.

    The kernel keeps who signed on (its `loginuid`) through `su` and `sudo`, so that two people who work through a
    station's own account stay two. Where nobody signed on, as in a container, it is the account of this process.
    """
    try:
        signed_on = int(SIGNED_ON.read_text())
    except (OSError, ValueError):
        signed_on = NOBODY
    uid = os.getuid() if signed_on == NOBODY else signed_on
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def put(thing: Mapping[str, object], text: str, *, as_json: bool) -> None:
    """Print a result for machines or for people."""
    typer.echo(json.dumps(thing, ensure_ascii=False) if as_json else text)


def put_lines(
    lines: Iterable[Line], as_text: Callable[[Line], str], *, as_json: bool, failed: bool = False,
) -> None:
    """Print a line a thing as soon as it is known; end with exit code 1 if any has an error, or something `failed`."""
    for line in lines:
        failed = failed or "error" in line
        # JSON in ASCII: a path need not be UTF-8.
        sys.stdout.write((json.dumps(line) if as_json else as_text(line)) + "\n")
        sys.stdout.flush()
    failed_if(failed)


def trouble(line: Line) -> str:
    """What is wrong with one thing, to stand at the end of its line; nothing if all is well."""
    error = line.get("error")
    return f"  error[{error['code']}]: {printable(str(error['message']))}" if isinstance(error, dict) else ""


def tell(error: HashgradeError, where: str = "") -> None:
    """Print an error that stops one thing of many, and go on; `where` says which, if the error does not."""
    typer.echo(error.rendered(where), err=True)


def failed_if(count: int) -> None:
    """End with exit code 1 if anything failed."""
    if count:
        raise typer.Exit(1)

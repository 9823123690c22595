"""Serving: check the address, let the first administrator in, run the server until it is told to stop."""

import errno
import ipaddress
import os
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from granian.constants import Interfaces
from granian.server import Server

from hashgrade import app
from hashgrade.access import Role
from hashgrade.errors import Conflict, InputError, Refused
from hashgrade.settings import Serving, Settings

TAKEN: Final = {errno.EADDRINUSE: "another programme listens there"}
STOP_S: Final = 30
"""How long a request that is under way may take to finish after the server was told to stop."""


def serve(settings: Settings, operator: str, say: Callable[[str], None], renew: str = "") -> None:
    """Serve the station until SIGINT or SIGTERM; requests under way are finished.

    Args:
        settings: The settings, flags applied.
        operator: Who starts it, for the audit trail.
        say: Prints a line on the terminal: the address, and a link where there is no administrator yet.
        renew: An account that is to get a new password and new factors; its link is printed, too.

    Raises:
        HashgradeError: As `app.open`.
        InputError: ACC-07, there is no account to renew by this name.
        Conflict: SRV-01, another programme listens at the address.
        InputError: SRV-02, the address is none of this machine's, or not ours to take.
        Refused: SRV-04, others could reach it, and nothing says that TLS is before it.
    """
    chosen = settings.serve
    refuse_open(chosen)
    refuse_taken(chosen.host, chosen.port)
    station = app.open(settings, serving=True)
    address = f"http://{_called(chosen)}"
    link = renewal_link(station, operator, renew) if renew else ""
    say(f"serving {station.root} at {address}; stop with Ctrl-C")
    if link:
        say(f"{renew} can come in anew with this link; it works once, for an hour:\n{address}/welcome/{link}/")
    if token := first_link(station, operator):
        say(f"there is no administrator yet. Whoever opens this link first becomes it; it works once, for an hour:\n"
            f"{address}/welcome/{token}/")
    _end_connections()
    os.environ["HASHGRADE_STATION"] = str(station.root.resolve())
    Server("hashgrade.serve.wsgi:made", address=chosen.host, port=chosen.port, interface=Interfaces.WSGI, factory=True,
           workers=1, blocking_threads=chosen.threads, log_level="error",  # type: ignore[arg-type]
           workers_kill_timeout=STOP_S, websockets=False).serve()


def first_link(station: app.Station, operator: str) -> str:
    """Make the invitation of the first administrator, valid for an hour; empty where there is an administrator.

    Each start makes a new one and ends the one before, so that the terminal shows the only one that works.
    """
    from hashgrade.store.accounts import roll  # noqa: PLC0415 - needs the station open

    if roll.has_administrator():
        return ""
    with station.store.work(operator, "serves a station that has no administrator") as work:
        roll.end_invitations(work, "")
        return roll.invite(work, "", {Role.ADMINISTRATOR}, station.now() + timedelta(hours=1), operator)


def renewal_link(station: app.Station, operator: str, name: str) -> str:
    """Make the invitation with which somebody sets a new password and new factors, valid for an hour.

    For an administrator whom no other can renew: whoever runs the machine could change its records anyway, and this
    way the audit trail says so.

    Raises:
        InputError: ACC-07, there is no account of this name.
    """
    from hashgrade.store.accounts import roll  # noqa: PLC0415 - needs the station open

    with station.store.work(operator, "renews an account from the machine") as work:
        return roll.renew(work, name, station.now() + timedelta(hours=1), operator)


def refuse_open(chosen: Serving) -> None:
    """Refuse to send passwords in the open to other machines.

    Raises:
        Refused: SRV-04.
    """
    if not chosen.tls and not _local(chosen.host):
        raise Refused("SRV-04", f"{chosen.host} can be reached by other machines, and `serve.tls` is not set")


def refuse_taken(host: str, port: int) -> None:
    """Try the address, so that what is wrong with it is told in plain words before anything starts.

    Raises:
        Conflict: SRV-01.
        InputError: SRV-02.
    """
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(where)
    except OSError as error:
        if error.errno in TAKEN:
            raise Conflict("SRV-01", f"{TAKEN[error.errno]}: {host}:{port}") from None
        raise InputError("SRV-02", f"cannot listen at {host}:{port}: {error.strerror or error}") from None


def _local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _called(chosen: Serving) -> str:
    # Passkeys belong to a name: a browser has none for a bare number.
    return f"{'localhost' if 'localhost' in chosen.hosts else chosen.hosts[0]}:{chosen.port}"


def _end_connections() -> None:
    from django.db import connections  # noqa: PLC0415 - needs Django set up

    connections.close_all()  # the worker opens its own

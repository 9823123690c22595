"""A workbench in the test's own process: a station in a folder, people with factors, and browsers without a screen."""

import fcntl
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import pytest
from django.core.cache import cache
from django.test import Client

from hashgrade.access import Proof, Role
from hashgrade.app import Station
from hashgrade.nouns import Jail
from hashgrade.serve.records import runs
from hashgrade.settings import Settings
from hashgrade.vault import Vault
from tests.cast import Clock

PASSWORD = "nine blue kettles, 4 spoons"  # noqa: S105 - of people who do not exist


@dataclass(frozen=True)
class Workbench:
    """The station that is served, its clock, and ways to come in."""

    station: Station
    clock: Clock

    def person(self, name: str, *roles: Role, factor: bool = True) -> Any:
        """Make an account, with an authenticator app unless told otherwise."""
        from allauth.mfa.totp.internal.auth import TOTP

        from hashgrade.store.accounts import roll

        with self.station.store.work("hashgrade", "for a test") as work:
            token = roll.invite(work, name, roles, self.clock.at.replace(year=9999), "hashgrade")
            account = roll.join(work, token, "", PASSWORD)
        if factor:
            TOTP.activate(account, SECRET)
        return account

    def as_actor(self, name: str, proof: Proof = Proof.FACTOR, *, stepped_up: bool = True) -> Client:
        """A browser in which somebody is signed in, as far as `proof` says."""
        from hashgrade.store.accounts import roll

        client = Client()
        if proof == Proof.NONE:
            return client
        account = roll.account(name)
        client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        now = self.clock.at.timestamp()
        shown = [{"method": "password", "at": now}]
        if proof == Proof.FACTOR:
            shown.append({"method": "mfa", "type": "totp", "at": now})
        if stepped_up:
            shown.append({"method": "password", "at": now, "reauthenticated": True})
        session["account_authentication_methods"] = shown
        session["account_authentication_methods_user"] = str(account.pk)
        session.save()
        return client

    def signed_in(self, name: str) -> Client:
        """A browser in which somebody signed in by password and code, as people do."""
        client = Client()
        client.post("/sign-in/", {"login": name, "password": PASSWORD})
        client.post("/sign-in/factor/", {"code": code()})
        return client

    def entries(self) -> list[tuple[str, str, Any]]:
        """What the audit trail says of accounts: actor, reason, changes."""
        from hashgrade.store import queries

        return [(one.actor, one.why, change) for one in queries.entries()
                for change in one.did.get("accounts_changed", [])]  # type: ignore[attr-defined]

    def acts(self) -> list[str]:
        """The acts of those, in order."""
        return [change["act"] for _, _, change in self.entries()]


SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - likewise


def code(after: int = 0, secret: str = SECRET) -> str:
    """What an authenticator app shows, so many half minutes from now; codes that were used are forgotten."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    cache.clear()
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + after)))


def going_on(monkeypatch: pytest.MonkeyPatch) -> list[IO[str]]:
    """Let what is begun from now on go on and do nothing; it ends as the first that is given here is closed."""
    held: list[IO[str]] = []

    def goes_on(one: runs.Lane, descriptor: int) -> None:
        held.append((one.folder / "lock").open("w"))
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        fcntl.flock(held[0].fileno(), fcntl.LOCK_EX)

    monkeypatch.setattr(runs, "_spawned", goes_on)
    return held


def workbench(folder: Path, store: Any, clock: Clock, django: Any) -> Workbench:
    """Serve a station in a folder, on the records of the test; passwords are hashed quickly."""
    from hashgrade.serve.station import join

    django.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    clock.at = datetime.now(UTC)
    Vault.create(folder)
    decoders: Any = SimpleNamespace(level=Jail.LIMITED)
    station = Station(Settings(station=folder, packs=()), folder, store, Vault.open(folder), decoders, (), clock)
    join(station)
    cache.clear()
    return Workbench(station, clock)

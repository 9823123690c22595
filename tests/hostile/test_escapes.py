"""Nothing gets out of the jail: every probe, as root and as nobody, on the host and as in a container."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

from hashgrade.nouns import Jail
from tests.hostile import escapes

SCRIPT = Path(escapes.__file__)
PROMISED = tuple(probe.__name__ for probe in escapes.PROBES)
ALL = (*PROMISED, *(probe.__name__ for probe in escapes.MORE))
SETTINGS = tuple((user, setting) for user in ("root", "nobody") for setting in ("host", "container"))
if os.geteuid():  # who is not root can be nobody else, and cannot make a container's filter
    SETTINGS = (("nobody", "host"),)

UNPRIVILEGED = {
    "read", "write", "stat", "change_folder", "list_folder", "tcp_socket", "udp_socket", "unix_socket",
    "netlink_socket", "signal_another", "fork", "thread", "execute", "memory_file", "executable_mapping",
    "four_gibibytes", "make_executable", "signal_thread_of_another", "hold_another", "abstract_socket"}
"""What any process may do on any Linux, so that a probe that fails without the jail is a broken probe."""


@cache
def tried(user: str, setting: str, level: str) -> dict[str, str]:
    """What came of each probe, by its name."""
    folder = tempfile.mkdtemp()
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and script
            [sys.executable, str(SCRIPT), folder, user, setting, level], capture_output=True, timeout=60, check=True)
    finally:
        shutil.rmtree(folder)
    return dict(json.loads(done.stdout))


def succeeded(user: str, setting: str, level: str) -> set[str]:
    """The names of the probes that reached what they were after."""
    return {name for name, outcome in tried(user, setting, level).items() if outcome == "done"}


@pytest.fixture(scope="module")
def best() -> Jail:
    """The strongest level that this kernel gives; the tests name it where it is not the full one."""
    asking = "from hashgrade.decode.jail import strongest; print(strongest())"
    told = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", asking], capture_output=True, timeout=60, check=True, text=True)
    return Jail(told.stdout.strip())


@pytest.mark.parametrize(("user", "setting"), SETTINGS)
@pytest.mark.parametrize("level", [Jail.FULL, Jail.FILTERED])
def test_no_probe_succeeds(user: str, setting: str, level: Jail, best: Jail) -> None:
    """With the filter, and with Landlock too, not one of the promised probes, nor of those near at hand, gets out."""
    if list(Jail).index(level) < list(Jail).index(best):
        pytest.skip(f"this kernel gives {best} only")
    outcomes = tried(user, setting, level)
    assert set(outcomes) == set(ALL)
    assert succeeded(user, setting, level) == set(), outcomes
    sys.stdout.write(f"{level} {user} {setting}: 0 of {len(PROMISED)} promised and of {len(ALL)} in all\n")


@pytest.mark.parametrize(("user", "setting"), SETTINGS)
def test_without_the_jail_the_probes_succeed(user: str, setting: str) -> None:
    """The positive control: what no privilege is needed for works unless the process is locked down."""
    outcomes = tried(user, setting, "none")
    assert succeeded(user, setting, "none") >= UNPRIVILEGED
    denied = sorted(set(PROMISED) - succeeded(user, setting, "none"))
    sys.stdout.write(f"none {user} {setting}: the machine itself denies {denied or 'none'}; {outcomes}\n")


@pytest.mark.parametrize(("user", "setting"), SETTINGS)
def test_limits_alone_hold_what_they_promise(user: str, setting: str) -> None:
    """The weakest level keeps a process from growing, writing, multiplying and becoming somebody else; no more."""
    outcomes = tried(user, setting, Jail.LIMITED)
    assert {"write", "fork", "thread", "change_user", "four_gibibytes"}.isdisjoint(
        succeeded(user, setting, Jail.LIMITED)), outcomes
    assert "read" in succeeded(user, setting, Jail.LIMITED)

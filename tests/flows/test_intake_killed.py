"""Intake that is killed outright, at any moment: what was told is kept, and running again completes it."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hashgrade.vault import Vault
from tests.world import lay, still, zipped

TAKE = """
import json, sys
from pathlib import Path
from hashgrade import app
from hashgrade.settings import read
station = app.open(read(station=Path(sys.argv[1])))
from hashgrade.intake import run
for outcome in run(station, [Path(sys.argv[2])], "ada"):
    print(json.dumps(outcome.as_json()), flush=True)
"""
STATE = """
import json, sys
from pathlib import Path
from hashgrade import app, audit
from hashgrade.settings import read
app.open(read(station=Path(sys.argv[1])))
from hashgrade.store import queries
audit.verify(queries.entries())
print(json.dumps([[one.sha256, one.known] for one in queries.items()]))
"""
SEED = 3


def python(script: str, *given: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - our own interpreter and scripts
        [sys.executable, "-c", script, *map(str, given)], stdout=subprocess.PIPE, text=True, env=_without_station())


def _without_station() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("HASHGRADE", "DJANGO"))}


def said(script: str, *given: Path) -> str:
    process = python(script, *given)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return out


def made(station: Path) -> Path:
    said("import sys; from pathlib import Path; from hashgrade import app; from hashgrade.settings import read; "
         "app.create(read(station=Path(sys.argv[1])))", station)
    return station


def gallery(folder: Path) -> Path:
    """Three parts of media, with copies, near copies, broken ones and a ZIP."""
    media = {f"{n:03}.jpg": still(n % 40, 92 - 30 * (n % 3 == 2)) for n in range(140)}
    lay(folder, media | {"bad.jpg": media["000.jpg"][:300], "empty.jpg": b""})
    zipped(folder / "z.zip", [(f"{n}.jpg", still(100 + n)) for n in range(20)])
    return folder


@pytest.mark.deep
@pytest.mark.timeout(1200)  # a minute where nobody else is at work: it is killed at shares of what one run takes
def test_a_killed_intake_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Killed at 12 random moments, one station ends as one that was never killed, and every medium told can be read."""
    folder, moments = gallery(tmp_path / "media"), random.Random(SEED)
    whole, killed = made(tmp_path / "whole"), made(tmp_path / "killed")
    began = time.monotonic()
    said(TAKE, whole, folder)
    longest_s = time.monotonic() - began
    told: set[str] = set()
    for _ in range(12):
        process = python(TAKE, killed, folder)
        time.sleep(moments.uniform(0.2, 1) * longest_s)
        process.send_signal(signal.SIGKILL)
        out, _ = process.communicate()
        told |= {json.loads(line)["sha256"] for line in out.splitlines() if line.endswith("}")}
        assert told <= {sha256 for sha256, _known in json.loads(said(STATE, killed))}
    said(TAKE, killed, folder)
    assert json.loads(said(STATE, killed)) == json.loads(said(STATE, whole))
    vault = Vault.open(killed)
    for sha256, _known in json.loads(said(STATE, killed)):
        with vault.get(sha256) as stream:
            assert stream.read() or sha256.startswith("e3b0c442")

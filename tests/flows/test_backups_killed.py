"""Backups that are killed while somebody saves all the time, and the station that is restored from them."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from shutil import copytree

import pytest

from hashgrade.backups.checking import check
from hashgrade.backups.files import MANIFEST, STATION, UNFINISHED
from hashgrade.vault import Vault
from tests.doors.station import new

SAVES = """
import sys
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from hashgrade import app
from hashgrade.settings import read
station = app.open(read(station=Path(sys.argv[1])))
from hashgrade.nouns import Item, Kind
for number in range(100_000):
    medium = b"medium %d" % number
    name = sha256(medium).hexdigest()
    station.vault.put(name, BytesIO(medium))
    with station.store.work("ada", "a save") as work:
        work.items([Item(sha256=name, kind=Kind.IMAGE, first_seen=station.now())])
    print(number, flush=True)
"""
TRIES = 12


@pytest.mark.deep
def test_what_was_saved_before_a_backup_began_is_in_it_whenever_others_were_killed(tmp_path: Path) -> None:
    """12 backups are killed at any moment; none looks whole that is not; the one that ends has all that was saved."""
    operator, to, rng = new(tmp_path / "station"), tmp_path / "backup", random.Random(5)
    given = {**os.environ, "HASHGRADE_JAIL_AT_LEAST": "limited"}
    told = tmp_path / "told"
    with told.open("w") as out:
        saver = subprocess.Popen(  # noqa: S603 - our own programme
            [sys.executable, "-c", SAVES, operator.station], env=given, stdout=out)
    try:
        while not told.read_text().count("\n"):
            time.sleep(0.05)
        began = time.monotonic()
        assert operator.run("backup", to).code == 0
        takes_s, whole = time.monotonic() - began, 0
        for _ in range(TRIES):
            backup = subprocess.Popen(  # noqa: S603 - likewise
                [sys.executable, "-m", "hashgrade", "--station", operator.station, "backup", to], env=given,
                stdout=subprocess.DEVNULL)
            time.sleep(rng.uniform(0.2, 1.0) * takes_s)
            backup.send_signal(signal.SIGKILL)
            backup.wait()
            if (to / MANIFEST).exists():
                assert check(to).faults == ()
                whole += 1
        assert whole > TRIES / 2
        saved = told.read_text().count("\n")
        assert operator.run("backup", to).code == 0
    finally:
        saver.kill()
        saver.wait()
    assert (check(to).faults, (to / UNFINISHED).exists()) == ((), False)
    restored = new(tmp_path / "another").station
    restored.rename(tmp_path / "away")
    copytree(to / STATION, restored)
    copytree(operator.station / "keys", restored / "keys")
    again = type(operator)(restored)
    vault = Vault.open(restored)
    with sqlite3.connect(restored / "records.sqlite3") as records:
        names = {name for name, in records.execute("SELECT sha256 FROM store_item")}
    for number in range(saved):
        name = sha256(b"medium %d" % number).hexdigest()
        assert name in names
        with vault.get(name) as medium:
            assert medium.read() == b"medium %d" % number
    assert "unbroken" in again.run("audit", "verify").out
    assert json.loads(again.run("status", "--json").out)["items"] == len(names) >= saved > TRIES
    assert again.run("match", "0" * 64, "--json").code == 0

"""How long a backup takes, and how long it keeps somebody who saves waiting.

    python -m bench.backup [ITEMS] [MEDIUM_BYTES]    # 100000, 20000

A new station with ITEMS made-up items that wait, each with a file of random bytes for its medium and one for its key. A
process saves a report every 50 ms, quiet for ten seconds and then through a first backup, a second one after a hundred
items more, and the check of it. A save is timed from opening the block of work to its end. The disk of the backup is
that of the station.
"""

# ruff: noqa: S603, PLC0415 - our own programme; the store is imported once Django is up
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from bench.desk import CHOSEN, made, percentile, say

DEFAULTS: Final = (100_000, 20_000)
QUIET_S: Final = 10.0
EVERY_S: Final = 0.05
NEW: Final = 100


def vault(station: Path, numbers: range, medium_bytes: int) -> None:
    """Put a medium and a key in the vault for items of these numbers."""
    for part, size in (("keys", 60), ("media", medium_bytes)):
        (station / "vault" / part / "00").mkdir(exist_ok=True)
        for number in numbers:
            (station / "vault" / part / "00" / f"{number:064x}").write_bytes(os.urandom(size))


def saves(station: Path) -> None:
    """Save a report every 50 ms until the standard input ends; print the time that each took, in ms."""
    import select

    from hashgrade import app
    from hashgrade.settings import read

    store = app.open(read(station=station)).store
    from hashgrade.nouns import Report

    number, prefix = 0, f"{time.time_ns()}"
    while not select.select([sys.stdin], [], [], EVERY_S)[0]:
        number += 1
        began = time.perf_counter()
        with store.work("bench", "a save") as work:
            work.reports([Report(report=f"{prefix}-{number}", source="bench", received_at=store.now())])
        say(f"{1e3 * (time.perf_counter() - began):.2f}")


def told(name: str, station: Path, *words: str) -> None:
    """Run a command while somebody saves, and say how long it took and how long they waited."""
    given = {**os.environ, **CHOSEN}
    saver = subprocess.Popen([sys.executable, "-m", "bench.backup", "saves", str(station)], env=given,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if saver.stdout:
        saver.stdout.readline()  # it is open
    began, used = time.perf_counter(), ""
    if words:
        command = [sys.executable, "-m", "hashgrade", "--station", str(station), *words]
        asked = subprocess.Popen(command, env=given, stdout=subprocess.DEVNULL)
        _, status, spent = os.wait4(asked.pid, 0)
        used = f" ({spent.ru_utime + spent.ru_stime:.1f} s of processor time, {spent.ru_maxrss / 1024:.0f} MiB)"
        if status:
            raise SystemExit(f"{words} failed")
    else:
        time.sleep(QUIET_S)
    took = time.perf_counter() - began
    waited = sorted(map(float, saver.communicate("")[0].split()))
    say(f"  {name}: {took:.1f} s{used}; {len(waited)} saves meanwhile, median {percentile(waited, 50):.0f} ms, p99 "
        f"{percentile(waited, 99):.0f} ms, slowest {waited[-1]:.0f} ms")


def main() -> None:
    """Make a station, and measure."""
    given = [int(one) for one in sys.argv[1:]]
    items, medium_bytes = (*given, *DEFAULTS[len(given):])
    with tempfile.TemporaryDirectory() as folder:
        station, to = Path(folder, "station"), Path(folder, "backup")
        made(station, items, [])
        vault(station, range(1, items + 1), medium_bytes)
        os.sync()
        records = (station / "records.sqlite3").stat().st_size / 2**20
        say(f"{items:,} items, media of {medium_bytes:,} bytes, records of {records:.0f} MiB; a load of "
            f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores as it began")
        told("nothing else", station)
        told("the first backup", station, "backup", str(to))
        vault(station, range(items + 1, items + NEW + 1), medium_bytes)
        told(f"the next, after {NEW} items", station, "backup", str(to))
        told("the check", station, "backup", str(to), "--check")


if __name__ == "__main__":
    if sys.argv[1:2] == ["saves"]:
        saves(Path(sys.argv[2]))
    else:
        main()

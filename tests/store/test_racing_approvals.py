"""Several people approve at once: one text comes into force, once, and everybody else is told."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

RACE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
import django
django.setup()
from hashgrade import audit
from hashgrade.enacting import in_use
from hashgrade.errors import HashgradeError
from hashgrade.store import force, queries
from hashgrade.store.work import Store
from tests.lawmaking import zz
store = Store(lambda: datetime(2024, 1, 1, tzinfo=UTC))
store.prepare()
PEOPLE = ["ben", "cy", "dee", "eve"]
gate = Barrier(len(PEOPLE))

def opened(who):
    gate.wait()
    return in_use(store, [sys.argv[1]])[0].version

def approved(who):
    gate.wait()
    try:
        with store.work(who, "approve") as work:
            work.approve(zz("2", 14), who, "as published")
    except HashgradeError as error:
        return error.code
    return who

with ThreadPoolExecutor(len(PEOPLE)) as pool:
    print(*pool.map(opened, PEOPLE))
    with store.work("ada", "propose") as work:
        work.propose(zz("2", 14), "ada", "a new act")
    told = list(pool.map(approved, PEOPLE))
(current,) = force.in_force().values()
print(*sorted(told))
print(current.version, current.approved_by in told, len(force.enacted("zz")), audit.verify(queries.entries()).number)
"""


def test_of_racing_approvals_one_counts(tmp_path: Path) -> None:
    """Of four who open a new station at once one begins the pack; of four who approve at once one puts it in force."""
    from tests.lawmaking import laid

    given = os.environ | {"HASHGRADE_STATION": str(tmp_path), "DJANGO_SETTINGS_MODULE": "hashgrade.store.settings"}
    done = subprocess.run(  # noqa: S603 - our own programme
        [sys.executable, "-c", RACE, str(laid(tmp_path / "packs"))], env=given, cwd=ROOT, text=True,
        capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    versions, told, state = done.stdout.splitlines()
    assert versions.split() == ["1"] * 4
    assert sorted(one for one in told.split() if one.startswith("LAW")) == ["LAW-02"] * 3
    assert state == "2 True 2 3"

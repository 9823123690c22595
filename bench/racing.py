"""`python -m bench.racing [SHARDS] [ATTEMPTS] [FIRST]`: who races for items, and what comes of it.

Each shard is a station of its own. Three processes try ATTEMPTS times between them to take, read, read again, confirm
and settle, each attempt as any of five people, chosen by a seed (that of shard n is 3 n, 3 n + 1, 3 n + 2); FIRST is
the shard to begin with. Then the records are counted: an item was never in two hands, nobody has two votes on one or
settled what they read, and every reading, confirmation and settlement that a process was told of is on file, and no
other. At the end two faults are planted to see that they are noticed: leases that do not hold, and a reading that is
lost. The same is a test of its own at 120 attempts, tests/store/test_races.py.
"""

import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.store.test_races import MEMORY, TAKE_WHAT_IS_HELD, checked, raced

DEFAULTS = (40, 2_500, 0)
ITEMS_OF_ATTEMPTS = 8
"""So many attempts for each item, so that few are left in the end, and many want the same."""


def shard(seed: int, attempts: int, planted: str = "") -> tuple[Counter[str], dict[str, int]]:
    """Race on a new station."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        return raced(Path(folder), attempts, attempts // ITEMS_OF_ATTEMPTS, seed, planted)


def say(line: str) -> None:
    """Tell what was found."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def notices(told: Counter[str], records: dict[str, int]) -> bool:
    """Whether the count finds a fault."""
    try:
        checked(told, records)
    except AssertionError:
        return True
    return False


def main() -> None:
    """Race, count, plant faults; fail where a fault was found, or a planted one was not."""
    given = [int(one) for one in sys.argv[1:]]
    shards, attempts, first = (*given, *DEFAULTS[len(given):])
    told: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for n in range(first, first + shards):
        began = time.perf_counter()
        one, records = shard(3 * n, attempts)
        checked(one, records)
        told, held = told + one, held + Counter(records)
        say(f"  shard {n}, seeds {3 * n} to {3 * n + 2}: {one['attempts']:,} attempts, {one['take']:,} takes, "
            f"{records['readings']:,} readings, {time.perf_counter() - began:.0f} s")
    say(f"{told['attempts']:,} racing attempts in {shards} shards of three processes and five people: "
        f"{told['take']:,} takes, {held['readings']:,} readings, {held['confirmations']:,} confirmations, "
        f"{held['settlements']:,} settlements")
    say(f"  double leases {told['double leases']}, second votes {told['second votes']}, "
        f"own settlements {held['own']}, lost {told['read'] + told['read by another'] - held['readings']}")
    one, records = shard(0, 900, TAKE_WHAT_IS_HELD)
    loose = notices(one, records) and one["double leases"] > 0
    say(f"  planted: leases that do not hold: {'noticed' if loose else 'NOT NOTICED'}, {one['double leases']} double "
        f"leases, up to {records['most']} readings of an item")
    one, records = shard(0, 300)
    lost = notices(one, {**records, "readings": records["readings"] - 1, "people": records["people"] - 1})
    say(f"  planted: a reading that is lost: {'noticed' if lost else 'NOT NOTICED'}")
    if notices(one, records) or not (lost and loose):
        raise SystemExit("a planted fault was not noticed, or one that nobody planted was")


if __name__ == "__main__":
    main()

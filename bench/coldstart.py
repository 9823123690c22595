"""`python -m bench.coldstart`: how long a command takes that starts from nothing, beside Python's own start.

Prints the median of 20 of `law judge` on one grade and of `--help`, in milliseconds and as a multiple of
`python -c pass`; and of processor time, which a busy machine disturbs less. They run in turn, so that it disturbs all
alike; files are in the page cache.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

RUNS: Final = 20
JUDGE_MS_MAX: Final = 300
GRADE: Final = {"facts": {"depiction": "photographic", "indecent": "yes"},
                "children": [{"age_band": "7-10", "activity": ["posing_nude"]}]}
BARE: Final = "python -c pass"


def commands(facts: Path) -> dict[str, list[str]]:
    """What is measured, by its name in the table."""
    hashgrade = str(Path(sys.executable).with_name("hashgrade"))
    return {
        BARE: [sys.executable, "-c", "pass"],
        "hashgrade law judge": [hashgrade, "law", "judge", "--pack", "uk-ew", "--facts", str(facts)],
        "hashgrade --help": [hashgrade, "--help"],
    }


def milliseconds(command: list[str]) -> tuple[float, float]:
    """How long a command takes once, to the end of its process, by the clock and of a processor."""
    start, before = time.perf_counter(), processor_s()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
    return (time.perf_counter() - start) * 1000, (processor_s() - before) * 1000


def processor_s() -> float:
    """What all processes that have ended took of a processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure, and fail if `law judge` is not under 300 ms."""
    with TemporaryDirectory() as folder:
        facts = Path(folder) / "facts.json"
        facts.write_text(json.dumps(GRADE))
        asked = commands(facts)
        for command in asked.values():
            milliseconds(command)  # brings the files into the page cache
        runs = [{name: milliseconds(command) for name, command in asked.items()} for _ in range(RUNS)]
    medians = {name: median(run[name][0] for run in runs) for name in asked}
    sys.stdout.write(f"{'command':20}   N  median ms  least ms  processor ms  times python's own start\n")
    for name, took in medians.items():
        least, used = min(run[name][0] for run in runs), median(run[name][1] for run in runs)
        sys.stdout.write(f"{name:20} {RUNS:3} {took:10.0f} {least:9.0f} {used:13.0f} {took / medians[BARE]:8.1f}\n")
    if medians["hashgrade law judge"] >= JUDGE_MS_MAX:
        sys.exit(f"`law judge` takes {JUDGE_MS_MAX} ms or more")


if __name__ == "__main__":
    main()

"""`python -m bench.hostile [STILLS CLIPS]`: malformed media through the jailed decoders, 10,000 stills and 1,000 clips.

Prints what each format's came to, the seconds, and the harm done to this process: errors
let through, outcomes missing or without sense, descriptors and memory leaked. The media
are named by seed, kind of change and number (tests/hostile/mutants.py), so they are the
same in every run. The last line is the positive control: faults planted in children, and
how many of them were told. Exit status 1 if there is any harm, or a fault not told.
"""

import sys
import time

from hashgrade.decode import Decoders, Wanted
from hashgrade.nouns import Jail
from hashgrade.settings import Limits
from tests.hostile import planted
from tests.hostile.mutants import mutant, names, seeds
from tests.hostile.trial import Report, outcome, trial

LIMITS = Limits(clip_s_max=10)
WANTED = Wanted(every_ms=100, sheet_frames=2, sheet_width=32)


def tried(pool: Decoders, count: int, *, clips: bool) -> Report:
    """Try so many media, and print what they came to."""
    media = [(str(name), mutant(name)) for name in names(count, clips=clips)]
    start = time.perf_counter()
    report = trial(pool, media, LIMITS, WANTED)
    seconds = time.perf_counter() - start
    sys.stdout.write("\n".join([*report.lines(), *report.faults[:20], f"{seconds:.1f} s\n\n"]))
    return report


def planted_told() -> bool:
    """Plant each fault in a child, and print how many were told by their codes."""
    media = [seeds()["jpeg"] + mark for mark in planted.FAULTS]
    with Decoders(Limits(clip_s_max=2), Jail.LIMITED, (sys.executable, planted.__file__)) as pool:
        told = [outcome(seen) for seen in pool.examine(media, WANTED)]
    right = sum(one == code for one, (_, code) in zip(told, planted.FAULTS.values(), strict=True))
    sys.stdout.write(f"planted faults told: {right} of {len(media)}\n")
    return right == len(media)


def main() -> None:
    """Try stills and clips, and the control."""
    stills, clips = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (10_000, 1000)
    with Decoders(LIMITS, Jail.LIMITED) as pool:
        sys.stdout.write(f"jail: {pool.level}; {len(seeds())} seeds\n")
        reports = [tried(pool, stills, clips=False), tried(pool, clips, clips=True)]
    sys.exit(not planted_told() or any(report.faults for report in reports))


if __name__ == "__main__":
    main()

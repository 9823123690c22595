"""`python -m bench.law [N]`: N random and N realistic grades (a million each) by every pack, in columns.

Prints the seconds that both cores need for `Columns.of` and for all packs, how the reference evaluator compares on a
sample, and on how many grades the two differ. They are compared on every one, in both cores, after the clock: the
reference evaluator is asked once for each child that differs in what the pack can read, and medium by medium for how
its children come together. Exit status 1 if any verdict differs.
"""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import cache
from itertools import islice
from multiprocessing import get_context
from random import Random
from typing import Any, Final

import numpy as np
from bench.questions import population

from hashgrade import law
from hashgrade.law.columns import Columns, judge_all
from hashgrade.law.grades import adult, contradiction, grade_of
from hashgrade.law.judge import _children, _find, _Finding, _interval, interval, reader
from hashgrade.law.pack import Pack, pack_ids
from hashgrade.nouns import Grade

PART: Final = 50_000
SAMPLE: Final = 1_000
CORES: Final = 2
BOOK: Final = law.vocabulary()
CD: Final = "cannot_determine"


# -- grades -------------------------------------------------------------------------------------------------------


def random(rng: Random) -> Iterator[Grade]:
    """Grades of which every fact is answered at random, or not at all; none contradicts itself."""
    names = [name for name in BOOK.of_medium if BOOK.facts[name].values and name != "assessable"]
    answers = {name: [*BOOK.facts[name].values, CD, *[None] * (3 if name == "age_band" else 2)] for name in BOOK.facts}
    while True:
        facts = {name: value for name in names if (value := rng.choice(answers[name]))}
        rows = tuple(_row(rng, answers) for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3))))
        if rng.random() < 0.2:
            under = sum(not adult(row) for row in rows)
            facts["child_count"] = rng.choice((CD, under, under, under + 1, under + 1))
        yield Grade(facts, rows if rng.random() < 0.95 or "child_count" in facts else None)


def _row(rng: Random, answers: dict[str, list[Any]]) -> dict[str, Any]:
    while True:
        row = {name: value for name in ("age_band", "puberty", "sex", "role", "identified")
               if (value := rng.choice(answers[name]))}
        if rng.random() < 0.8:
            row["activity"] = _labels(rng)
        if rng.random() < 0.2:
            row[rng.choice(_TESTS)] = rng.choice(("yes", "no", CD))
        if not contradiction(row):
            return row


_TESTS: Final = sorted(BOOK.legal_tests)
_LABELS: Final = [label for label in BOOK.activities if label != "none"]


def _labels(rng: Random) -> tuple[str, ...]:
    if rng.random() < 0.1:
        return ("none",)
    some = set(rng.choices(_LABELS, k=rng.choice((1, 1, 2, 3))))
    return tuple(label for label in _LABELS if label in some) + ((CD,) if rng.random() < 0.15 else ())


def realistic(rng: Random) -> Iterator[Grade]:
    """Grades as in `bench.questions`, half of them with some facts not answered yet."""
    for whole in islice(population(rng.randrange(1 << 30)), 4_483, None):
        gaps = rng.random() < 0.5
        yield Grade(_some(rng, whole.facts, gaps), tuple(_some(rng, row, gaps) for row in whole.children or ()))


def _some(rng: Random, held: Any, gaps: bool) -> Any:
    return {name: value for name, value in held.items() if rng.random() < 0.7} if gaps else held


KINDS: Final = {"random": random, "realistic": realistic}


def part(kind: str, n: int, size: int) -> list[Grade]:
    """The nth part of the grades of a kind; the same in every process."""
    return list(islice(KINDS[kind](Random(f"{kind}:{n}")), size))  # noqa: S311 - seeded, and nothing secret


# -- judging ------------------------------------------------------------------------------------------------------


def together(parts: list[Columns]) -> Columns:
    """Columns one after another."""
    starts = np.cumsum([0, *(len(one.children) for one in parts)])
    ends = [one.offsets[:-1] + start for one, start in zip(parts, starts, strict=False)]
    return Columns(np.concatenate([one.media for one in parts]), np.concatenate([one.children for one in parts]),
                   np.concatenate([*ends, starts[-1:]]))


def timed(kind: str, count: int, packs: list[Pack]) -> list[tuple[bytes, bytes]]:
    """Judge `count` grades of a kind by every pack, print how long it took, and give the verdicts of each pack."""
    seconds, parts = 0.0, []
    for n in range(count // PART):
        grades = part(kind, n, PART)
        start = time.perf_counter()
        parts.append(Columns.of(grades))
        seconds += time.perf_counter() - start
    start = time.perf_counter()
    columns = together(parts)
    with ThreadPoolExecutor(CORES) as pool:
        verdicts = list(pool.map(lambda pack: judge_all(columns, pack), packs))
    judging = time.perf_counter() - start
    slow = reference_seconds(grades[:SAMPLE], packs) * count / SAMPLE
    say(f"{kind}: {count:,} grades of {len(columns.children):,} children, {len(packs)} packs")
    say(f"  in columns: {seconds + judging:.1f} s ({seconds:.1f} s to make them, {judging:.1f} s to judge)")
    ratio = slow / (seconds + judging)
    say(f"  by the reference evaluator, from {SAMPLE:,}: {slow:,.0f} s on one core, {ratio:,.0f} times as long")
    return [(one.at_least.tobytes(), one.could_be.tobytes()) for one in verdicts]


def reference_seconds(grades: list[Grade], packs: list[Pack]) -> float:
    """How long one core takes for `at_least` and `could_be` of grades under every pack, grade by grade."""
    start = time.perf_counter()
    for pack in packs:
        for grade in grades:
            interval(grade, pack)
    return time.perf_counter() - start


# -- comparing ----------------------------------------------------------------------------------------------------


def differing(task: tuple[str, int, int, str, tuple[bytes, bytes]]) -> int:
    """On how many grades of a part the columns differ from the reference evaluator, under one pack."""
    kind, n, size, pack_id, (at_least, could_be) = task
    pack = law.load(pack_id)
    known = _known(pack_id)
    masks, least = np.frombuffer(could_be, np.uint32).tolist(), list(at_least)
    return sum((pack.rank[proved], sum(1 << pack.rank[one] for one in open_)) != (least[k], masks[k])
               for k, grade in enumerate(_part(kind, n, size))
               for proved, open_ in [_interval([_found(pack, grade, row, known) for row in _children(grade)], pack)])


@cache
def _known(pack_id: str) -> dict[object, _Finding]:
    return {}


_LAST: dict[tuple[str, int], list[Grade]] = {}


def _part(kind: str, n: int, size: int) -> list[Grade]:
    if (kind, n) not in _LAST:
        _LAST.clear()
        _LAST[kind, n] = part(kind, n, size)
    return _LAST[kind, n]


def _found(pack: Pack, grade: Grade, row: Any, known: dict[object, _Finding]) -> _Finding:
    """What the reference evaluator makes of a child, asked once for all that are alike to the pack."""
    key = tuple([row.get(name) or grade.facts.get(name) for name in pack.facts])
    if key not in known:
        known[key] = _find(pack, reader(grade, row))
    return known[key]


def compare(kind: str, count: int, packs: list[Pack], verdicts: list[tuple[bytes, bytes]]) -> int:
    """Compare every verdict with the reference evaluator's, and print on how many grades they differ."""
    tasks = [(kind, n, PART, pack.id, (least[n * PART:(n + 1) * PART], open_[n * PART * 4:(n + 1) * PART * 4]))
             for n in range(count // PART) for pack, (least, open_) in zip(packs, verdicts, strict=True)]
    with ProcessPoolExecutor(CORES, get_context("spawn")) as pool:
        wrong = sum(pool.map(differing, tasks, chunksize=len(packs)))
    say(f"  compared with it on every one under every pack: {wrong} differ")
    return wrong


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Judge, and compare."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    packs = [law.load(name) for name in pack_ids()]
    for grade in (grade for kind in KINDS for grade in part(kind, 0, SAMPLE)):
        grade_of({"facts": grade.facts, "children": grade.children})  # says if one contradicts itself
    wrong = [compare(kind, count, packs, timed(kind, count, packs)) for kind in KINDS]
    sys.exit(any(wrong))


if __name__ == "__main__":
    main()

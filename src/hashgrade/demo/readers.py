"""Who reads and who settles: two readings of every item, and a third person where they differ.

Readers see an item without one another's answers. About one item in twelve comes out
differently, mostly by age band; somebody who read none of it settles those.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from hashgrade.demo.answers import Grade, varied

READERS: Final = ("ada", "ben", "fay", "gus", "ida", "jon", "kim", "lou")
DIFFER: Final = 0.08
CORRECTED: Final = 0.01

Line = dict[str, Any]
"""One record, as a line of JSON says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """One invented medium and the truth about it, before anybody has read it.

    `readings` is how many people read it; where `settled` is no, they may differ and
    nobody has decided. `outcome` is what became of the report that held it.
    """

    name: str
    sha256: str
    first_seen: datetime
    grade: Grade
    kind: str = "image"
    readings: int = 2
    settled: bool = True
    known: str | None = None
    outcome: str = "confirmed"
    away: bool | None = None


def stamp(at: datetime) -> str:
    """Write a time as the records do: UTC, whole seconds, `Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(rng: Random, medium: Medium) -> Iterator[Line]:
    """Yield the readings of one medium and, where two readers differ and it is settled, the settlement."""
    people = rng.sample(READERS, 3)
    differ = medium.readings > 1 and (not medium.settled or rng.random() < DIFFER)
    at = medium.first_seen + timedelta(minutes=rng.randint(20, 3000))
    dissenter = rng.randrange(2) if differ else -1
    for turn in range(medium.readings):
        seen = varied(rng, medium.grade) if turn == dissenter else _as_seen(rng, medium.grade)
        yield from _reading(rng, medium, people[turn], at, seen)
        at += timedelta(minutes=rng.randint(30, 4000))
    if differ and medium.settled:
        yield {"type": "settlement", "sha256": medium.sha256, "by": people[2], "at": stamp(at)} | medium.grade


def _reading(rng: Random, medium: Medium, reader: str, at: datetime, seen: Grade) -> Iterator[Line]:
    line = {"type": "reading", "sha256": medium.sha256, "reader": reader, "at": stamp(at),
            "seconds_visible": rng.randint(3, 40)}
    if rng.random() < CORRECTED:
        slip = at - timedelta(minutes=rng.randint(2, 15))
        yield line | {"at": stamp(slip)} | varied(rng, seen)
        line |= {"supersedes": stamp(slip)}
    yield line | seen


def _as_seen(rng: Random, grade: Grade) -> Grade:
    rows = grade.get("children")
    if not rows or len(rows) == 1:
        return grade
    return grade | {"children": rng.sample(rows, len(rows))}

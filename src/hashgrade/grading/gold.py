"""How what somebody read of items that were settled before compares with the settlements, fact by fact. Pure.

Only what both answered is compared: a reader is not asked what no pack or profile needs, and a settlement may answer
more. Nothing here names a reader, says how fast one was, or sets one beside another.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from hashgrade.law import grades
from hashgrade.law.grades import Answer
from hashgrade.law.vocabulary import vocabulary
from hashgrade.nouns import Grade

CHILDREN: Final = "children"
FOLLOWS: Final = ("youngest_age_band", "headline_activity", "sexes")
"""What follows from the children's rows, by which one can see in what the rows differ."""
FEW: Final = 10
"""Fewer comparisons of a fact say little."""

Said = Answer | int | None


@dataclass(frozen=True, slots=True)
class Beside:
    """One fact as somebody read it and as it was settled."""

    fact: str
    read: Said
    settled: Said

    @property
    def alike(self) -> bool:
        """Whether both say the same."""
        return self.read == self.settled


@dataclass(slots=True)
class Tally:
    """How often a fact was compared and alike, and which answers stood for which, the commonest first."""

    fact: str
    compared: int = 0
    alike: int = 0
    swaps: "Counter[tuple[Said, Said]]" = field(default_factory=Counter)

    @property
    def few(self) -> bool:
        """Whether there are too few comparisons to say much."""
        return self.compared < FEW


@dataclass(frozen=True, slots=True)
class Span:
    """What was compared in one month."""

    begins: datetime
    items: int
    compared: int
    alike: int


def beside(read: Grade, settled: Grade) -> Iterator[Beside]:
    """Put each fact that both answered beside the other, in vocabulary order, the children and what follows last.

    Args:
        read: What a reader said.
        settled: What the settlement says.
    """
    for name in vocabulary().in_order(read.facts.keys() & settled.facts.keys()):
        yield Beside(name, read.facts[name], settled.facts[name])
    if read.children is None or settled.children is None:
        return
    rows = [grades.canonical(Grade({}, one.children)) for one in (read, settled)]
    yield Beside(CHILDREN, rows[0], rows[1])
    follows = [grades.derived(Grade({}, one.children)) for one in (read, settled)]
    for name in FOLLOWS:
        if name in follows[0] and name in follows[1]:
            yield Beside(name, follows[0][name], follows[1][name])


def tallied(compared: Iterable[Iterable[Beside]]) -> list[Tally]:
    """Count by fact what was read alike; facts that were never compared are left out.

    Args:
        compared: Of each item what was read beside what was settled, as `beside` gives it.
    """
    found: dict[str, Tally] = {}
    for facts in compared:
        for one in facts:
            tally = found.setdefault(one.fact, Tally(one.fact))
            tally.compared += 1
            tally.alike += one.alike
            if not one.alike and one.fact != CHILDREN:
                tally.swaps[one.read, one.settled] += 1
    order = [*vocabulary().in_order(found.keys() & vocabulary().facts.keys()), CHILDREN, *FOLLOWS]
    return [found[name] for name in order if name in found]


def by_month(given: Iterable[tuple[datetime, Sequence[Beside]]]) -> list[Span]:
    """Count likewise by month, the newest first, without what follows from children, which would count twice.

    Args:
        given: When something was read, and what was read beside what was settled.
    """
    months: dict[datetime, list[list[bool]]] = {}
    for at, facts in given:
        begins = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        months.setdefault(begins, []).append([one.alike for one in facts if one.fact not in FOLLOWS])
    return [Span(begins, len(items), sum(map(len, items)), sum(map(sum, items)))
            for begins, items in sorted(months.items(), reverse=True)]

"""Comparing laws: which outcomes of two packs one child can have together, and so what one implies in the other.

Each pair of outcomes is a question to `worlds`: is there a child to whom the first pack gives this and the second
that? The answer is a child, or a proof that there is none, so that "UK C that is no US outcome" is said with a case
in hand, and "every A is a B" for every child there can be.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from hashgrade.law.condition import joined
from hashgrade.law.pack import NONE, Pack
from hashgrade.law.worlds import conceivable, witness
from hashgrade.nouns import Grade


@dataclass(frozen=True, slots=True)
class Pair:
    """Two packs, and every pair of outcomes that one child can have in them, each with such a child.

    Where a threshold cuts an age band, the child is recorded with that band and one of its ages is meant: a verdict
    on the record stays undecided, and the pair can be met all the same.

    Args:
        first: The pack whose outcome comes first in each pair.
        second: The other.
        meetings: An outcome of each, and a medium with a child who has both, by the order of severity.
    """

    first: Pack
    second: Pack
    meetings: Mapping[tuple[str, str], Grade]

    def implies(self, outcome: str) -> str | None:
        """The outcome of `second` that every child with `outcome` of `first` has at least.

        So it is of media too: the child who gives a medium `outcome` gives it at least this in `second`. None where
        such a child may have none, or where no child can have `outcome`.
        """
        worst = max((self.second.rank[other] for one, other in self.meetings if one == outcome), default=-1)
        return self.second.outcomes[worst] if 0 <= worst < self.second.rank[NONE] else None

    def turned(self) -> "Pair":
        """The same two packs, the other one first."""
        found = {(other, one): grade for (one, other), grade in self.meetings.items()}
        order = sorted(found, key=lambda pair: (self.second.rank[pair[0]], self.first.rank[pair[1]]))
        return Pair(self.second, self.first, {pair: found[pair] for pair in order})


def pair(first: Pack, second: Pack) -> Pair:
    """Every pair of outcomes of two packs that one child can have together; a pair that is missing is impossible.

    Twin: tests/naive/worlds.py::meetings.
    """
    return _meetings(first, second, ((one, other) for one in first.outcomes for other in second.outcomes))


def matrix(packs: Iterable[Pack]) -> tuple[Pair, ...]:
    """Every pack with every other, both ways, in the order given; each two packs are compared once."""
    chosen = tuple(packs)
    found: dict[tuple[int, int], Pair] = {}
    for (n, one), (m, other) in combinations(enumerate(chosen), 2):
        found[n, m] = pair(one, other)
        found[m, n] = found[n, m].turned()
    return tuple(found[key] for key in sorted(found))


def changes(old: Pack, new: Pack) -> Pair:
    """The outcomes that differ: from what to what a child can come when one pack takes the place of another.

    No meeting at all proves that both give every child, and so every medium, the same.
    """
    return _meetings(old, new, ((one, other) for one in old.outcomes for other in new.outcomes if one != other))


def _meetings(first: Pack, second: Pack, pairs: Iterable[tuple[str, str]]) -> Pair:
    """The pairs that some child has; a child whose band is wholly within it is looked for first."""
    given = {one: first.gives({one}) for one in first.outcomes}
    told = {other: second.gives({other}) for other in second.outcomes}
    found: dict[tuple[str, str], Grade] = {}
    for one, other in pairs:
        both = joined("all", (given[one], told[other]))
        grade = witness(both) or conceivable(both)
        if grade:
            found[one, other] = grade
    return Pair(first, second, found)

"""Which items a second person reads: everything, unless rules say that one reading of some is enough. Pure.

How many readings an item wants is fixed as it is first read, with the name of the rule that asked for more than one.
Whatever the rules are, readings of people who never looked are not enough: as long as all are, one more is asked for.
A share is drawn by the item's digest and a seed, so that nobody can choose which items a second person will see.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from hashgrade.law.vocabulary import CANNOT_DETERMINE, vocabulary
from hashgrade.nouns import Grade, Reading, Verdict

SHARE_OF: Final = 2**64
READINGS_MAX: Final = 9
UNSEEN: Final = "never in view"
NOT_ASKED: Final = "one reading is enough"
EVERY: Final = "every item"
NEW: Final = "reader has read fewer than {} items"
UNDECIDED: Final = "verdict undecided"
OUTCOME: Final = "outcome {}"
EDGE: Final = "age edge {}/{}"
DRAWN: Final = "drawn by share"
"""The names of the rules, as they stand beside a reading."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What asks for a second reading.

    Args:
        share: Of all items, 0 to 1; at 1 every item is read again.
        seed: What the share is drawn with.
        outcomes: Verdicts that ask for one, as `PACK:OUTCOME`, where they are, or may yet be.
        ages: Edges in completed years: a child of a band that ends or begins at one asks for a second reading, and so
            does one whose age is not known.
        undecided: Whether a verdict that is undecided asks for one.
        new_reader_items: Of a reader who has read fewer, every item is read again.
    """

    share: float = 1.0
    seed: str = ""
    outcomes: tuple[str, ...] = ()
    ages: tuple[int, ...] = (14, 18)
    undecided: bool = True
    new_reader_items: int = 200


@dataclass(frozen=True, slots=True)
class First:
    """What the first reading of an item says.

    Args:
        digest: The item's SHA-256.
        grade: What was answered.
        verdicts: What the packs in use make of it.
        read_before: Items that the reader had read before.
    """

    digest: str
    grade: Grade
    verdicts: Sequence[Verdict] = ()
    read_before: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many readings make the grade of record, and which rule says so."""

    readings: int
    rule: str


def wanted(first: First, rules: Rules, general: int) -> Wanted:
    """Fix how many people read an item: the general number where some rule asks for it, else one.

    Args:
        first: Its first reading.
        rules: The station's rules.
        general: Readings that make a grade of record unless a rule lowers them.
    """
    rule = next(asking(first, rules), None)
    return Wanted(1, NOT_ASKED) if rule is None else Wanted(general, rule)


def unseen(reading: Reading) -> bool:
    """Whether something that can be assessed was read by somebody who never had it in view.

    What is too small, broken or encrypted may be read from what is known of it. Of a reading from elsewhere that does
    not say how long, nobody knows.
    """
    return reading.seconds_visible == 0 and reading.grade.facts.get("assessable", "yes") in ("yes", CANNOT_DETERMINE)


def unlooked(reading: Reading, others: Sequence[Reading], general: int) -> Wanted | None:
    """Ask for a reading more where nobody who has read an item looked at it; None where somebody did, or need not.

    Args:
        reading: One reading.
        others: The item's others.
        general: Readings that make a grade of record unless a rule lowers them.
    """
    if not unseen(reading) or any(one.seconds_visible != 0 for one in others):
        return None
    return Wanted(min(max(general, len(others) + 2), READINGS_MAX), UNSEEN)


def asking(first: First, rules: Rules) -> Iterator[str]:
    """Name each rule that asks for a second reading, those that ask it of every item first."""
    if rules.share >= 1:
        yield EVERY
    if first.read_before < rules.new_reader_items:
        yield NEW.format(rules.new_reader_items)
    if rules.undecided and any(verdict.outcome is None for verdict in first.verdicts):
        yield UNDECIDED
    yield from (OUTCOME.format(name) for name in rules.outcomes if _possible(name, first.verdicts))
    yield from (EDGE.format(edge - 1, edge) for edge in rules.ages if _at_edge(edge, first.grade))
    if drawn(first.digest, rules.share, rules.seed):
        yield DRAWN


def named(rules: Rules) -> list[str]:
    """Name the rules that can ask for a second reading, in the order in which they are asked."""
    if rules.share >= 1:
        return [UNSEEN, EVERY]
    return [UNSEEN, *([NEW.format(rules.new_reader_items)] if rules.new_reader_items else ()),
            *([UNDECIDED] if rules.undecided else ()), *map(OUTCOME.format, rules.outcomes),
            *(EDGE.format(edge - 1, edge) for edge in rules.ages), *([DRAWN] if rules.share > 0 else ())]


def drawn(digest: str, share: float, seed: str) -> bool:
    """Whether an item is of the share: by the first eight bytes of SHA-256 of `seed:digest`, the same for everyone."""
    number = int.from_bytes(sha256(f"{seed}:{digest}".encode()).digest()[:8])
    return number < share * SHARE_OF


def _possible(name: str, verdicts: Iterable[Verdict]) -> bool:
    pack, _, outcome = name.rpartition(":")
    return any(verdict.pack == pack and outcome in (verdict.at_least, *verdict.could_be) for verdict in verdicts)


def _at_edge(edge: int, grade: Grade) -> bool:
    return any(_band_at_edge(edge, str(row.get("age_band", CANNOT_DETERMINE))) for row in grade.children or ())


def _band_at_edge(edge: int, band: str) -> bool:
    first, last = vocabulary().bands.get(band, (edge, edge))
    return edge in (first, last + 1)

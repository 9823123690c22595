"""When a card is due: the rules that put one before another, visible and local. Pure.

A card's place in the queue is one number that never has to be written again as time goes by: when it was first seen,
less a span of time for each point that the rules give it. So what is old comes up by itself, and a rule says by how
long its cards overtake the rest, not that they always do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from hashgrade.audit import canonical
from hashgrade.errors import HashgradeError, InputError
from hashgrade.law.condition import TRUE, Condition, Words
from hashgrade.law.load import Place
from hashgrade.law.vocabulary import Fact, vocabulary
from hashgrade.nouns import Grade

POINTS_MAX = 10_000
SKIPS_MAX = 3
STAGE_READ, STAGE_SUPERVISOR = "read", "supervisor"

OWN = (
    Fact("list", "M", "sightings", {}, label="Lists that name it"),
    Fact("source", "M", "sightings", {}, label="Sources of the reports that led to it"),
    Fact("stack", "M", "number", {}, label="Items on its card"),
)
FIELDS = ("kind", "known", "first_seen", "site_type")
JOINED = frozenset({"list", "source", "site_type"})
"""What is not on the item's own row."""


def words() -> Words:
    """The names that a rule may use: fields of an item, `list`, `source` and `stack`."""
    fields = vocabulary().fields
    return Words({**{name: fields[name] for name in FIELDS}, **{fact.id: fact for fact in OWN}})


@dataclass(frozen=True, slots=True)
class Rule:
    """What is true of a card gives it points, and a person can read why.

    Args:
        name: What it is called, on cards and in links.
        when: What must be true.
        points: How many; below zero puts a card back.
        why: The reason, in the station's own words.
    """

    name: str
    when: Condition
    points: int
    why: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The queue's rules, in order.

    Args:
        rules: The rules.
        seconds_a_point: By how long one point brings a card forward.
        skips_max: After how many readers' skips an item waits for a supervisor.
    """

    rules: tuple[Rule, ...] = ()
    seconds_a_point: int = 3600
    skips_max: int = SKIPS_MAX
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", frozenset().union(*(rule.when.names for rule in self.rules)))

    @property
    def digest(self) -> str:
        """The SHA-256, in hex, of all that decides where a card stands; empty where nothing but its age does."""
        if not self.rules and self.skips_max == SKIPS_MAX:
            return ""
        told = [[rule.name, repr(rule.when), rule.points, rule.why] for rule in self.rules]
        return sha256(canonical([self.seconds_a_point, self.skips_max, told])).hexdigest()

    def fired(self, held: Mapping[str, object]) -> tuple[Rule, ...]:
        """The rules that are true of what a card holds, those of most points first."""
        found = [rule for rule in self.rules if rule.when.evaluate(NOBODY_READ, held) == TRUE]
        return tuple(sorted(found, key=lambda rule: -rule.points))

    def due_ms(self, first_seen: datetime, fired: Sequence[Rule]) -> int:
        """Milliseconds since 1970 by which cards are ordered: less is sooner."""
        points = sum(rule.points for rule in fired)
        return int(first_seen.timestamp() * 1000) - points * self.seconds_a_point * 1000


NOBODY_READ = Grade()


def rules_of(trees: Iterable[Mapping[str, object]], seconds_a_point: int, skips_max: int = SKIPS_MAX) -> Rules:
    """Read the queue's rules as the settings give them.

    Args:
        trees: For each rule `name`, `when`, `points` and `why`.
        seconds_a_point: By how long one point brings a card forward.
        skips_max: After how many skips an item waits for a supervisor.

    Raises:
        InputError: GRD-15, a rule lacks something, names what is not known, or two have one name.
    """
    found = tuple(_rule(tree, f"queue_rules[{n}]") for n, tree in enumerate(trees))
    names = [rule.name for rule in found]
    for n, name in enumerate(names):
        if name in names[:n]:
            raise InputError("GRD-15", f"two rules of the queue are called `{name}`", where=f"queue_rules[{n}]")
    return Rules(found, seconds_a_point, skips_max)


def _rule(tree: Mapping[str, object], where: str) -> Rule:
    name, points, why = str(tree["name"]), int(str(tree["points"])), str(tree["why"])
    if not name.strip() or not why.strip() or abs(points) > POINTS_MAX:
        raise InputError("GRD-15", f"a rule has a name, a reason and {-POINTS_MAX:,} to {POINTS_MAX:,} points, and "
                         f"`{name}` has {points:,} and {'a' if why.strip() else 'no'} reason", where=where)
    try:
        return Rule(name, Condition.parse(tree["when"], Place(f"{where}.when"), words()), points, why)
    except HashgradeError as error:
        said = f"rule `{name}`: {error.what}"
        raise InputError("GRD-15", said, where=error.where or where, excerpt=error.excerpt) from None

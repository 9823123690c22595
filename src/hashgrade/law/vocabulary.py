"""The vocabulary: every fact that people record, every fact derived from those, and their values.

It is versioned data (`data/vocabulary/`), so that a pack and a study can say which words they
were written in. Everything else in the house asks here, and lists no value of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import cast

from hashgrade.law.load import DATA, read_file

CANNOT_DETERMINE = "cannot_determine"
"""The answer of somebody who was asked and could not tell: never missing, and never known."""

ADULT = "18_or_over"
VERSION = "1"


@dataclass(frozen=True, slots=True)
class Fact:
    """A name with a value: recorded (`question`), derived (`definition`), or a field of an item.

    Args:
        id: The stable name.
        level: `M` for a medium, `C` for one depicted child.
        kind: choice, band, many, number, text, date or sightings.
        values: Each value's id and short official name, in the order in which tables print them.
        question: What people are asked, of a recorded fact.
        label: Its name in tables, of a derived fact or a field.
        definition: How it follows from others, of a derived fact.
        says: The answer as a clause: of a yes, else the words before the value's official name.
        denies: The clause of a no.
        legal_test: Whether a child's row may carry it, and then wins over the medium's answer.
        glance: Whether it is seen at once, and so is asked first among questions that spare as much.
    """

    id: str
    level: str
    kind: str
    values: Mapping[str, str]
    question: str = ""
    label: str = ""
    definition: str = ""
    says: str = ""
    denies: str = ""
    legal_test: bool = False
    glance: bool = False

    @property
    def many(self) -> bool:
        """Whether the answer is a list of labels."""
        return self.kind == "many"

    @property
    def name(self) -> str:
        """Its name in tables and on forms."""
        return self.label or self.id.replace("_", " ").capitalize()

    def in_words(self, answer: object) -> str:
        """Name an answer, or the answers of a list, as people read them; what is not in the vocabulary as it is.

        Answers of a list stand apart by a semicolon, as a label may have a comma.
        """
        words = {**self.values, CANNOT_DETERMINE: "Cannot be determined"}
        several = answer if isinstance(answer, tuple | list) else (answer,)
        return "; ".join(words.get(str(one), str(one)) for one in several)


@dataclass(frozen=True)
class Vocabulary:
    """One version of the words; facts, derived facts and fields by id, in order."""

    version: str
    facts: Mapping[str, Fact]
    derived: Mapping[str, Fact]
    fields: Mapping[str, Fact]

    @cached_property
    def names(self) -> Mapping[str, Fact]:
        """Every name that a condition may use, except verdicts."""
        return {**self.facts, **self.derived, **self.fields}

    @cached_property
    def child_names(self) -> frozenset[str]:
        """The names that have a value for each child."""
        return frozenset(name for name, fact in self.names.items() if fact.level == "C")

    @cached_property
    def legal_tests(self) -> frozenset[str]:
        """The facts that a child's row may carry beside the medium."""
        return frozenset(name for name, fact in self.facts.items() if fact.legal_test)

    @cached_property
    def of_medium(self) -> tuple[str, ...]:
        """The facts that are answered for the medium."""
        return tuple(name for name, fact in self.facts.items() if fact.level == "M")

    @cached_property
    def of_row(self) -> tuple[str, ...]:
        """The facts that a child's row may hold: those of a child, and legal tests."""
        return tuple(name for name, fact in self.facts.items() if fact.level == "C" or fact.legal_test)

    @cached_property
    def order(self) -> Mapping[str, int]:
        """The place of each recorded fact in the vocabulary."""
        return {name: n for n, name in enumerate(self.facts)}

    @cached_property
    def bands(self) -> Mapping[str, tuple[int, int]]:
        """The first and last completed year of each age band; `18_or_over` has no last and says 999."""
        return {band: _years(band) for band in self.facts["age_band"].values}

    @property
    def activities(self) -> tuple[str, ...]:
        """The activity labels, from most to least severe."""
        return tuple(self.facts["activity"].values)

    def in_order(self, names: Iterable[str]) -> list[str]:
        """The recorded facts among `names`, in vocabulary order, once each."""
        return sorted(set(names) & self.order.keys(), key=self.order.__getitem__)

    def rows(self) -> list[dict[str, object]]:
        """Every name as a plain row for the reference pages: id, section, level, kind, text and values."""
        sections = (("fact", self.facts), ("derived", self.derived), ("field", self.fields))
        return [{"id": fact.id, "section": section, "level": fact.level, "kind": fact.kind, "name": fact.name,
                 "text": fact.question or fact.definition or fact.label, "legal_test": fact.legal_test,
                 "values": dict(fact.values)}
                for section, facts in sections for fact in facts.values()]


def _years(band: str) -> tuple[int, int]:
    if band == ADULT:
        return 18, 999
    first, last = band.split("-")
    return int(first), int(last)


@cache
def vocabulary(version: str = VERSION) -> Vocabulary:
    """The words of one version; the newest unless told, read once.

    Raises:
        InputError: PACK-01, there is no such version.
    """
    path = DATA / "vocabulary" / f"{version}.yaml"
    tree, _ = read_file(path, "PACK", f"vocabulary/{version}.yaml")
    book = cast("dict[str, dict[str, dict[str, object]]]", tree)
    facts = {name: _fact(name, entry, {}) for name, entry in book["facts"].items()}
    return Vocabulary(version, facts, *({name: _fact(name, entry, facts) for name, entry in book[section].items()}
                                        for section in ("derived", "fields")))


def _fact(name: str, entry: Mapping[str, object], earlier: Mapping[str, Fact]) -> Fact:
    borrowed = entry.get("values_of")
    values = earlier[str(borrowed)].values if borrowed else cast("dict[str, str]", entry.get("values", {}))
    texts = {key: str(entry.get(key, "")) for key in ("question", "label", "definition", "says", "denies")}
    return Fact(name, str(entry.get("level", "M")), str(entry["kind"]), values,
                legal_test=bool(entry.get("legal_test")), glance=bool(entry.get("glance")), **texts)

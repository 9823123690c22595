"""A pack: one jurisdiction's outcomes and rules, as dated and sourced data beside its text.

A pack is a folder: `pack.yaml` (every version, the newest first), `sources.md` (what the rules rest on,
in words) and `cases.yaml` (what comes out, in sentences). Repeal is a date, and never a deletion.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import cast

from hashgrade.errors import InputError
from hashgrade.law.condition import Condition, Words
from hashgrade.law.load import DATA, Place, did_you_mean, folders, read_file
from hashgrade.law.vocabulary import Fact, vocabulary

PACKS = DATA / "packs"
NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
NONE = "none"

PACK_KEYS = {"pack": True, "title": True, "outcomes": True, "sources": True, "versions": True}
VERSION_KEYS = {"version": True, "vocabulary": True, "in_force": True, "review": True, "scope": True, "rules": True,
                "parameters": False, "not_modelled": False}
RULE_KEYS = {"rule": True, "outcome": True, "source": True, "when": True}
FORCE_KEYS = {"from": True, "until": True, "note": False}
REVIEW_KEYS = {"state": True, "by": True, "on": True}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its outcome for a child of whom `when` is true, and where that is written.

    Args:
        id: The rule's name, stable within the pack.
        outcome: One of the pack's outcomes, not `none`.
        source: The key of the pack's source on which it rests.
        when: The pack's scope and the rule's own condition together.
    """

    id: str
    outcome: str
    source: str
    when: Condition


@dataclass(frozen=True, slots=True)
class Review:
    """Who reviewed a pack and when; `draft` says that no counsel has."""

    state: str
    by: str | None
    on: date | None


@dataclass(frozen=True, eq=False)
class Pack:
    """One version of one jurisdiction's rules.

    Args:
        id: The pack's name.
        version: The version's name.
        title: What it is, in a line.
        labels: Each outcome's official name, from most to least severe, ending in `none`.
        rules: From most to least severe.
        sources: The citation of each source.
        since: The first day in force, or None where that is not established.
        until: The last day in force, or None while it is.
        note: What is to be said about those dates.
        review: Whether counsel has reviewed it.
        parameters: Readings of the law that somebody may read otherwise, as yes or no.
        not_modelled: What it leaves undecided or out, in sentences.
        vocabulary: The version of the words it was written in.
    """

    id: str
    version: str
    title: str
    labels: Mapping[str, str]
    rules: tuple[Rule, ...]
    sources: Mapping[str, str]
    since: date | None
    until: date | None
    note: str
    review: Review
    parameters: Mapping[str, str] = field(default_factory=dict)
    not_modelled: tuple[str, ...] = ()
    vocabulary: str = "1"

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcome ids from most to least severe; the last is `none`."""
        return tuple(self.labels)

    @cached_property
    def rank(self) -> Mapping[str, int]:
        """Each outcome's place, 0 for the most severe."""
        return {outcome: n for n, outcome in enumerate(self.labels)}

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """The recorded facts that can change its verdicts, in vocabulary order."""
        names = {"age_band"}.union(*(rule.when.names for rule in self.rules))
        return tuple(vocabulary().in_order(names | {"puberty"} if "prepubescent" in names else names))

    @cached_property
    def comparisons(self) -> tuple[Condition, ...]:
        """Every comparison that its rules make."""
        return tuple(part for rule in self.rules for part in rule.when.comparisons())

    @cached_property
    def constants(self) -> Mapping[str, str]:
        """Its parameters under the names that conditions use."""
        return {f"parameter.{name}": value for name, value in self.parameters.items()}

    def row(self) -> dict[str, object]:
        """The pack as a plain row for lists and reference pages."""
        return {"pack": self.id, "version": self.version, "title": self.title, "outcomes": dict(self.labels),
                "from": _iso(self.since), "until": _iso(self.until), "note": self.note, "review": self.review.state,
                "reviewed_by": self.review.by, "reviewed_on": _iso(self.review.on),
                "parameters": dict(self.parameters), "not_modelled": list(self.not_modelled),
                "facts": list(self.facts), "sources": dict(self.sources),
                "rules": [{"rule": rule.id, "outcome": rule.outcome, "source": rule.source} for rule in self.rules]}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def pack_ids(folder: Path | None = None) -> tuple[str, ...]:
    """The packs there are, by name; those of the package unless a folder of packs is given."""
    return folders(folder or PACKS, "pack.yaml")


@cache
def load(pack_id: str, on: date | None = None, folder: Path | None = None) -> Pack:
    """The version of a pack in force on a day; the newest, whatever the date, where no day is given.

    Args:
        pack_id: The pack's name.
        on: The day, or None.
        folder: A folder of packs to read instead of the package's.

    Raises:
        InputError: PACK-08, there is no such pack; PACK-09, none of its versions was in force on that day;
            PACK-01 to PACK-07, its files are at fault, with line and column.
    """
    if not NAME.fullmatch(pack_id) or pack_id not in pack_ids(folder):
        hint = did_you_mean(pack_id, pack_ids(folder))
        raise InputError("PACK-08", f"there is no pack `{pack_id}`", where=str(folder or ""), excerpt=hint)
    versions = all_versions(pack_id, folder)
    if on is None:
        return versions[0]
    for pack in versions:
        if (pack.since or date.min) <= on <= (pack.until or date.max):
            return pack
    raise InputError("PACK-09", f"no version of `{pack_id}` was in force on {on.isoformat()}; the oldest is in force "
                     f"from {_iso(versions[-1].since)}")


@cache
def all_versions(pack_id: str, folder: Path | None = None) -> tuple[Pack, ...]:
    """Every version of a pack, the newest first.

    Raises:
        InputError: PACK-01 to PACK-07.
    """
    tree, place = read_file((folder or PACKS) / pack_id / "pack.yaml", "PACK", f"packs/{pack_id}/pack.yaml")
    return tuple(_Reading(pack_id, place).packs(tree))


def keyed(tree: object, keys: Mapping[str, bool], place: Place) -> dict[str, object]:
    """`tree` as a map that has every key that `keys` asks for, and no other.

    Raises:
        InputError: PACK-05.
    """
    if not isinstance(tree, dict):
        raise place.error("PACK-05", f"expected a map with {', '.join(keys)}")
    for key in tree:
        if key not in keys:
            raise place.key(key).error("PACK-05", f"there is no key `{key}` here", did_you_mean(key, [*keys]))
    for key, needed in keys.items():
        if needed and key not in tree:
            raise place.error("PACK-05", f"`{key}` is not stated")
    return cast("dict[str, object]", tree)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Builds packs from one file, and says where the file is at fault."""

    id: str
    place: Place

    def packs(self, tree: object) -> Iterator[Pack]:
        top = keyed(tree, PACK_KEYS, self.place)
        if top["pack"] != self.id:
            said = f"the folder is `{self.id}`, and the pack says `{top['pack']}`"
            raise self.place.at("pack").error("PACK-05", said)
        labels = self.words(top["outcomes"], self.place.at("outcomes"))
        if list(labels)[-1] != NONE or len(labels) == 1:
            raise self.place.at("outcomes").error("PACK-06", "outcomes are listed from most severe, and end in `none`")
        sources = self.words(top["sources"], self.place.at("sources"))
        versions = self.several(top["versions"], self.place.at("versions"))
        for n, version in enumerate(versions):
            yield self.pack(str(top["title"]), labels, sources, version, self.place.at("versions", n))

    def pack(self, title: str, labels: dict[str, str], sources: dict[str, str], tree: object, place: Place) -> Pack:
        entry = keyed(tree, VERSION_KEYS, place)
        if entry["vocabulary"] != vocabulary().version:
            raise place.at("vocabulary").error("PACK-05", f"the vocabulary is version `{vocabulary().version}`")
        force = keyed(entry["in_force"], FORCE_KEYS, place.at("in_force"))
        since, until = (self.day(force[key], place.at("in_force", key)) for key in ("from", "until"))
        if since and until and until < since:
            raise place.at("in_force", "until").error("PACK-05", f"`until` is {until}, before `from`, which is {since}")
        parameters = self.words(entry.get("parameters") or {}, place.at("parameters"), {"yes", "no"})
        rules = self.rules(entry, known_to_packs(parameters), place)
        self.fit(rules, labels, sources, place.at("rules"))
        omitted = tuple(str(said) for said in cast("list[object]", entry.get("not_modelled") or []))
        return Pack(self.id, str(entry["version"]), title, labels, rules, sources, since, until,
                    str(force.get("note") or ""), self.review(entry["review"], place.at("review")), parameters, omitted,
                    str(entry["vocabulary"]))

    def rules(self, entry: Mapping[str, object], known: Words, place: Place) -> tuple[Rule, ...]:
        scope = Condition.parse(entry["scope"], place.at("scope"), known)
        found = []
        for n, tree in enumerate(self.several(entry["rules"], place.at("rules"))):
            at = place.at("rules", n)
            rule = keyed(tree, RULE_KEYS, at)
            when = Condition("all", (scope, Condition.parse(rule["when"], at.at("when"), known)))
            found.append(Rule(str(rule["rule"]), str(rule["outcome"]), str(rule["source"]), when))
        return tuple(found)

    def fit(self, rules: tuple[Rule, ...], labels: dict[str, str], sources: dict[str, str], place: Place) -> None:
        ranks = list(labels)[:-1]
        for n, rule in enumerate(rules):
            if rule.outcome not in ranks:
                raise place.at(n, "outcome").error("PACK-06", f"`{rule.outcome}` is not an outcome a rule can have",
                                                   did_you_mean(rule.outcome, ranks))
            if rule.source not in sources:
                raise place.at(n, "source").error("PACK-07", f"the pack states no source `{rule.source}`",
                                                  did_you_mean(rule.source, [*sources]))
            if n and ranks.index(rule.outcome) < ranks.index(rules[n - 1].outcome):
                raise place.at(n, "outcome").error(
                    "PACK-06", f"rule `{rule.id}` is more severe than the rule before it")
            if rule.id in [earlier.id for earlier in rules[:n]]:
                raise place.at(n, "rule").error("PACK-06", f"there is a rule `{rule.id}` already")

    def review(self, tree: object, place: Place) -> Review:
        entry = keyed(tree, REVIEW_KEYS, place)
        state, by = str(entry["state"]), entry["by"]
        on = self.day(entry["on"], place.at("on"))
        if state not in ("draft", "reviewed") or (state == "reviewed" and not (by and on)):
            said = "a review is `draft`, or `reviewed` with who (`by`) and when (`on`)"
            raise place.at("state").error("PACK-05", said)
        return Review(state, str(by) if by else None, on)

    def words(self, tree: object, place: Place, values: set[str] | None = None) -> dict[str, str]:
        entries = tree if isinstance(tree, dict) else None
        if entries is None or (values is None and not entries):
            raise place.error("PACK-05", "expected a map of names and texts")
        for name, text in entries.items():
            if values and text not in values:
                raise place.at(name).error("PACK-05", f"`{name}` is one of {', '.join(sorted(values))}, not `{text}`")
        return {str(name): str(text) for name, text in entries.items()}

    def several(self, tree: object, place: Place) -> list[object]:
        if not isinstance(tree, list) or not tree:
            raise place.error("PACK-05", "expected a list of at least one")
        return tree

    def day(self, value: object, place: Place) -> date | None:
        if value is not None and type(value) is not date:
            raise place.error("PACK-05", f"expected a day such as 2014-04-01, or null, not `{value}`")
        return value


def known_to_packs(parameters: Mapping[str, str]) -> Words:
    """The names that a rule may use: what is recorded of this child and this medium, and the pack's parameters.

    Not the number of children or a series, nor what is derived from several children: a rule is asked of one.
    """
    book = vocabulary()
    facts = {name: fact for name, fact in book.facts.items() if fact.kind not in ("number", "text")}
    yes_or_no = {f"parameter.{name}": Fact(f"parameter.{name}", "M", "choice", {"yes": "Yes", "no": "No"})
                 for name in parameters}
    return Words({**facts, "prepubescent": book.derived["prepubescent"], **yes_or_no}, family="PACK")

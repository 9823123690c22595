"""A pack: one jurisdiction's outcomes and rules, as dated and sourced data beside its text.

A pack is a folder: `pack.yaml` (every version, the newest first), `sources.md` (what the rules rest on,
in words) and `cases.yaml` (what comes out, in sentences). Repeal is a date, and never a deletion.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import cast

from hashgrade.errors import InputError
from hashgrade.law.condition import ALWAYS, NEVER, VERDICT, Condition, Words, joined, negated
from hashgrade.law.load import DATA, Place, called, did_you_mean, folders, is_folder, read, read_file, text_at
from hashgrade.law.vocabulary import Fact, vocabulary

PACKS = DATA / "packs"
NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
NONE = "none"

PACK_KEYS = {"pack": True, "title": True, "jurisdiction": True, "outcomes": True, "sources": True, "versions": True}
VERSION_KEYS = {"version": True, "vocabulary": True, "in_force": True, "review": True, "scope": True, "rules": True,
                "parameters": False, "not_modelled": False}
RULE_KEYS = {"rule": True, "outcome": True, "source": True, "article": True, "when": True}
OMITTED_KEYS = {"outcome": True, "why": True}
FORCE_KEYS = {"from": True, "until": True, "note": False}
REVIEW_KEYS = {"state": True, "by": True, "on": True}
JURISDICTION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?|international")
OUTCOME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._]*")
COMPARISONS_MAX = 2_000
"""In one rule, once every parameter in it is written out: more is a circle that nobody closed."""


@dataclass(frozen=True, eq=False, slots=True)
class Rule:
    """One rule: its outcome for a child of whom `when` is true, and where that is written.

    Args:
        id: The rule's name, stable within the pack.
        outcome: One of the pack's outcomes, not `none`.
        source: The key of the pack's source on which it rests.
        article: Where in that source.
        when: The pack's scope and the rule's own condition together, parameters and other packs written out.
        written: The rule's own condition as its author wrote it.
    """

    id: str
    outcome: str
    source: str
    article: str
    when: Condition
    written: object


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
        jurisdiction: Whose law it is, by ISO 3166; `international` where no country's.
        labels: Each outcome's official name, from most to least severe, ending in `none`.
        rules: From most to least severe.
        sources: The citation of each source.
        since: The first day in force, or None where that is not established.
        until: The last day in force, or None while it is.
        note: What is to be said about those dates.
        review: Whether counsel has reviewed it.
        scope: What every rule asks besides, as its author wrote it.
        parameters: Readings of the law that somebody may read otherwise: yes, no or a condition as written.
        uses: The packs whose verdicts its rules ask for.
        not_modelled: What it leaves undecided or out, in sentences.
        unmodelled: The outcomes that no rule gives, on purpose.
        vocabulary: The version of the words it was written in.
    """

    id: str
    version: str
    title: str
    jurisdiction: str
    labels: Mapping[str, str]
    rules: tuple[Rule, ...]
    sources: Mapping[str, str]
    since: date | None
    until: date | None
    note: str
    review: Review
    scope: object = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    uses: tuple[str, ...] = ()
    not_modelled: tuple[str, ...] = ()
    unmodelled: frozenset[str] = frozenset()
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

    def gives(self, outcomes: Iterable[str]) -> Condition:
        """What is true of a child exactly when the pack gives that child one of `outcomes`, all being answered.

        A rule counts where no rule before it with an outcome outside `outcomes` does.
        """
        wanted = frozenset(outcomes)
        ways: list[Condition] = []
        barred: list[Condition] = []
        for rule in self.rules:
            if rule.outcome in wanted:
                ways.append(joined("all", (rule.when, *barred)))
            else:
                barred.append(negated(rule.when))
        if NONE in wanted:
            ways.append(joined("all", barred))
        return joined("any", ways)

    def row(self) -> dict[str, object]:
        """The pack as a plain row for lists and reference pages."""
        return {"pack": self.id, "version": self.version, "title": self.title, "jurisdiction": self.jurisdiction,
                "outcomes": dict(self.labels),
                "from": _iso(self.since), "until": _iso(self.until), "note": self.note, "review": self.review.state,
                "reviewed_by": self.review.by, "reviewed_on": _iso(self.review.on),
                "parameters": dict(self.parameters), "not_modelled": list(self.not_modelled), "uses": list(self.uses),
                "facts": list(self.facts), "sources": dict(self.sources),
                "rules": [{"rule": rule.id, "outcome": rule.outcome, "source": rule.source, "article": rule.article}
                          for rule in self.rules]}


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
        said = f"the folder `{pack_id}` holds no `pack.yaml`" if is_folder(pack_id) else f"there is no pack `{pack_id}`"
        raise InputError("PACK-08", said, where=str(folder or ""), excerpt=hint)
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

    A pack that its rules ask for is looked up in the same folder, and then in the package.

    Raises:
        InputError: PACK-01 to PACK-07; PACK-11, packs or parameters ask for each other in a circle.
    """
    return _Shelf(cache(lambda name: _on_shelf(name, folder))).versions(pack_id)


def read_packs(texts: Mapping[str, str], pack_id: str) -> tuple[Pack, ...]:
    """Every version of a pack, the newest first, from the texts of its `pack.yaml` and of those it uses.

    Raises:
        InputError: As `all_versions`; PACK-08, there is no text of it.
    """
    def of(name: str) -> tuple[object, Place] | None:
        return read(texts[name], called(name, None, "pack.yaml"), "PACK") if name in texts else None

    return _Shelf(cache(of)).versions(pack_id)


def texts(pack_id: str, folder: Path | None = None) -> dict[str, str]:
    """The text of a pack's `pack.yaml` and of every pack that any of its versions uses, by name.

    Raises:
        InputError: As `all_versions`.
    """
    found: dict[str, str] = {}
    waiting = [pack_id]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = text_at(_home(name, folder) / name / "pack.yaml")
            waiting += [used for pack in all_versions(name, folder) for used in pack.uses]
    return dict(sorted(found.items()))


def _home(pack_id: str, folder: Path | None) -> Path:
    return folder if folder and (folder / pack_id / "pack.yaml").is_file() else PACKS


def _on_shelf(pack_id: str, folder: Path | None) -> tuple[object, Place] | None:
    if not NAME.fullmatch(pack_id) or pack_id not in (*pack_ids(folder), *pack_ids()):
        return None
    home = _home(pack_id, folder)
    name = called(pack_id, home if home == folder else None, "pack.yaml")
    return read_file(home / pack_id / "pack.yaml", "PACK", name)


def keyed(tree: object, keys: Mapping[str, bool], place: Place) -> dict[str, object]:
    """`tree` as a map that has every key that `keys` asks for, and no other.

    Raises:
        InputError: PACK-05.
    """
    if not isinstance(tree, dict):
        raise place.error("PACK-05", f"expected a map with {', '.join(keys)}")
    for key in tree:
        if key not in keys:
            hint = did_you_mean(key, [*keys]) or ("a text with a comma needs quotes" if " " in str(key) else "")
            raise place.key(key).error("PACK-05", f"there is no key `{key}` here", hint)
    for key, needed in keys.items():
        if needed and key not in tree:
            raise place.error("PACK-05", f"`{key}` is not stated")
    return cast("dict[str, object]", tree)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Where packs are read from, and which of them are being read: one that asks for those asks for itself."""

    tree: Callable[[str], tuple[object, Place] | None]
    open: tuple[str, ...] = ()

    def versions(self, pack_id: str) -> tuple[Pack, ...]:
        found = self.tree(pack_id)
        if found is None:
            raise InputError("PACK-08", f"there is no pack `{pack_id}`")
        tree, place = found
        return tuple(_Reading(pack_id, place, replace(self, open=(*self.open, pack_id))).packs(tree))

    def has(self, pack_id: str) -> bool:
        return pack_id in self.open or self.tree(pack_id) is not None

    def newest(self, pack_id: str, place: Place) -> Pack:
        if pack_id in self.open:
            raise _circle("packs ask for each other's verdicts", (*self.open, pack_id), place)
        return self.versions(pack_id)[0]


def packs_in(tree: object, place: Place, pack_id: str, folder: Path | None = None) -> tuple[Pack, ...]:
    """Every version that the tree of a `pack.yaml` describes, the newest first; other packs come as in `all_versions`.

    Raises:
        InputError: As `all_versions`.
    """
    shelf = _Shelf(cache(lambda name: _on_shelf(name, folder)), (pack_id,))
    return tuple(_Reading(pack_id, place, shelf).packs(tree))


def _circle(what: str, names: tuple[str, ...], place: Place) -> InputError:
    round_ = names[names.index(names[-1]):]
    return place.error("PACK-11", f"{what} in a circle: {' -> '.join(f'`{name}`' for name in round_)}")


@dataclass(frozen=True)
class _Names(Words):
    """The names that a rule may use: what is recorded of this child and this medium, parameters, other packs' verdicts.

    Not the number of children or a series, nor what is derived from several children: a rule is asked of one.

    Args:
        parameters: The pack's parameters as written, and their place.
        shelf: Where other packs are.
        used: The packs that were asked for, as they are met.
        done: The parameters that are written out.
        open: The parameters that are being written out.
    """

    parameters: Mapping[str, object] = field(default_factory=dict)
    place: Place = field(default_factory=lambda: Place(""))
    shelf: _Shelf = field(default_factory=lambda: _Shelf(lambda _: None))
    used: dict[str, Pack] = field(default_factory=dict)
    done: dict[str, Condition] = field(default_factory=dict)
    open: tuple[str, ...] = ()

    def fact(self, name: str) -> Fact | None:
        pack_id = name.partition(".")[2]
        if VERDICT.fullmatch(name) and self.shelf.has(pack_id):
            return Fact(name, "M", "verdict", {})
        return super().fact(name)

    def resolved(self, compared: Condition, place: Place) -> Condition:
        kind, _, name = compared.name.partition(".")
        if kind == "verdict":
            return self.verdict(name, compared.values, place)
        return self.parameter(name, place) if kind == "parameter" else compared

    def verdict(self, pack_id: str, outcomes: Iterable[object], place: Place) -> Condition:
        pack = self.used.get(pack_id) or self.shelf.newest(pack_id, place)
        self.used[pack_id] = pack
        for outcome in outcomes:
            if outcome not in pack.outcomes:
                raise place.error("PACK-04", f"`{pack_id}` has no outcome `{outcome}`, but {', '.join(pack.outcomes)}",
                                  did_you_mean(outcome, pack.outcomes))
        return pack.gives(map(str, outcomes))

    def parameter(self, name: str, place: Place) -> Condition:
        value = self.parameters[name]
        if value in ("yes", "no"):
            return ALWAYS if value == "yes" else NEVER
        if name in self.open:
            raise _circle("parameters ask for each other", (*self.open, name), place)
        if name not in self.done:
            self.done[name] = Condition.parse(value, self.place.at(name), replace(self, open=(*self.open, name)))
        return self.done[name]


def _names(parameters: Mapping[str, object], place: Place, shelf: _Shelf) -> _Names:
    book = vocabulary()
    facts = {name: fact for name, fact in book.facts.items() if fact.kind not in ("number", "text")}
    own = {f"parameter.{name}": Fact(f"parameter.{name}", "M", "choice", {"yes": "Yes"}) for name in parameters}
    return _Names({**facts, "prepubescent": book.derived["prepubescent"], **own}, family="PACK",
                  parameters=parameters, place=place, shelf=shelf)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Builds packs from one file, and says where the file is at fault."""

    id: str
    place: Place
    shelf: _Shelf

    def packs(self, tree: object) -> Iterator[Pack]:
        top = keyed(tree, PACK_KEYS, self.place)
        if top["pack"] != self.id:
            said = f"the folder is `{self.id}`, and the pack says `{top['pack']}`"
            raise self.place.at("pack").error("PACK-05", said)
        jurisdiction = str(top["jurisdiction"])
        if not JURISDICTION.fullmatch(jurisdiction):
            said = f"a jurisdiction is a code of ISO 3166, such as GB-EAW, or `international`; not `{jurisdiction}`"
            raise self.place.at("jurisdiction").error("PACK-05", said)
        labels = self.words(top["outcomes"], self.place.at("outcomes"))
        for outcome in labels:
            if not OUTCOME.fullmatch(outcome):
                raise self.place.at("outcomes").key(outcome).error(
                    "PACK-06", f"an outcome's name is letters, digits, dots and underscores; not `{outcome}`")
        if list(labels)[-1] != NONE or len(labels) == 1:
            raise self.place.at("outcomes").error("PACK-06", "outcomes are listed from most severe, and end in `none`")
        sources = self.words(top["sources"], self.place.at("sources"))
        versions = self.several(top["versions"], self.place.at("versions"))
        for n, version in enumerate(versions):
            of_all = (self.text(top["title"], self.place.at("title")), jurisdiction, labels, sources)
            yield self.pack(of_all, version, self.place.at("versions", n))

    def pack(self, of_all: tuple[str, str, dict[str, str], dict[str, str]], tree: object, place: Place) -> Pack:
        title, jurisdiction, labels, sources = of_all
        entry = keyed(tree, VERSION_KEYS, place)
        if entry["vocabulary"] != vocabulary().version:
            said = f"the vocabulary is version `{vocabulary().version}`"
            raise place.at("vocabulary").error("PACK-05", said, "in quotes")
        force = keyed(entry["in_force"], FORCE_KEYS, place.at("in_force"))
        since, until = (self.day(force[key], place.at("in_force", key)) for key in ("from", "until"))
        if since and until and until < since:
            raise place.at("in_force", "until").error("PACK-05", f"`until` is {until}, before `from`, which is {since}")
        parameters = self.parameters(entry.get("parameters") or {}, place.at("parameters"))
        known = _names(parameters, place.at("parameters"), self.shelf)
        for name in parameters:
            known.parameter(name, place.at("parameters", name))
        rules = self.rules(entry, known, place)
        self.fit(rules, labels, sources, place.at("rules"))
        omitted, unmodelled = self.omitted(entry.get("not_modelled") or [], labels, place.at("not_modelled"))
        version = self.text(entry["version"], place.at("version"))
        return Pack(self.id, version, title, jurisdiction, labels, rules, sources, since, until,
                    str(force.get("note") or ""), self.review(entry["review"], place.at("review")), entry["scope"],
                    parameters, tuple(known.used), omitted, unmodelled, str(entry["vocabulary"]))

    def parameters(self, tree: object, place: Place) -> dict[str, object]:
        if not isinstance(tree, dict):
            raise place.error("PACK-05", "expected a map of names, each with yes, no or a condition")
        for name, value in tree.items():
            if not (isinstance(value, dict) or value in ("yes", "no")):
                said = f"`{name}` is one of no, yes, or a condition written as a map; not `{value}`"
                raise place.at(name).error("PACK-05", said, "write yes or no, as a word")
        return {str(name): value for name, value in tree.items()}

    def omitted(self, tree: object, labels: Mapping[str, str], place: Place) -> tuple[tuple[str, ...], frozenset[str]]:
        sentences, outcomes = [], set()
        for n, entry in enumerate(self.several(tree, place) if tree else []):
            if not isinstance(entry, dict):
                sentences.append(str(entry))
                continue
            told = keyed(entry, OMITTED_KEYS, place.at(n))
            outcome = str(told["outcome"])
            if outcome not in labels:
                raise place.at(n, "outcome").error("PACK-06", f"`{outcome}` is not an outcome of the pack",
                                                   did_you_mean(outcome, [*labels]))
            outcomes.add(outcome)
            sentences.append(f"{labels[outcome]}: {told['why']}")
        return tuple(sentences), frozenset(outcomes)

    def rules(self, entry: Mapping[str, object], known: _Names, place: Place) -> tuple[Rule, ...]:
        scope = Condition.parse(entry["scope"], place.at("scope"), known)
        found = []
        for n, tree in enumerate(self.several(entry["rules"], place.at("rules"))):
            at = place.at("rules", n)
            rule = keyed(tree, RULE_KEYS, at)
            when = joined("all", (scope, Condition.parse(rule["when"], at.at("when"), known)))
            if when.size > COMPARISONS_MAX:
                raise at.at("when").error("PACK-02", f"the rule comes to {when.size:,} comparisons once its parameters "
                                          f"are written out, and at most {COMPARISONS_MAX:,} are taken")
            found.append(Rule(str(rule["rule"]), str(rule["outcome"]), str(rule["source"]), str(rule["article"]), when,
                              rule["when"]))
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

    def words(self, tree: object, place: Place) -> dict[str, str]:
        if not isinstance(tree, dict) or not tree:
            raise place.error("PACK-05", "expected a map of names and texts")
        return {str(name): self.text(text, place.at(name)) for name, text in tree.items()}

    def text(self, value: object, place: Place) -> str:
        if value is None:
            raise place.error("PACK-05", "expected a text, and there is none")
        if not isinstance(value, str):
            raise place.error("PACK-05", f"expected a text, not `{value}`", "put it in quotes")
        return value

    def several(self, tree: object, place: Place) -> list[object]:
        if not isinstance(tree, list) or not tree:
            raise place.error("PACK-05", "expected a list of at least one")
        return tree

    def day(self, value: object, place: Place) -> date | None:
        if value is not None and type(value) is not date:
            raise place.error("PACK-05", f"expected a day such as 2014-04-01, or null, not `{value}`")
        return value

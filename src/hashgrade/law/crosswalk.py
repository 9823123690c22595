"""Crosswalks: our words beside other people's codes, and what is lost on the way there and back.

A crosswalk is data, `data/crosswalks/NAME.yaml`. Each of our values is either mapped to a code or declared to have
none, with a reason, and each of their codes likewise: there is nothing to fall back on where nobody decided.

    exact       theirs says just what ours says: it is sent, and read back
    broader     theirs covers more: it is sent, and cannot be read back
    narrower    theirs covers less: ours alone does not say it, so it is not sent, and is read back
    none        there is no counterpart
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path

from hashgrade.errors import InputError, kind_of
from hashgrade.law import pack
from hashgrade.law.load import DATA, Place, did_you_mean, read_file
from hashgrade.law.vocabulary import Fact, vocabulary

CROSSWALKS = DATA / "crosswalks"
REPORT = "report.outcome"
MEDIUM, EVERY, SOME = "medium", "every", "some"
NONE = "none"
SENT = ("exact", "broader")
READ_BACK = ("exact", "narrower")
RELATIONS = ("exact", "broader", "narrower", NONE)

TOP_KEYS = {"crosswalk": True, "title": True, "version": True, "vocabulary": True, "source": True, "fields": True,
            "map": True, "theirs": True, "lists": False}
SOURCE_KEYS = {"citation": True, "link": True, "read": True, "note": True}
FIELD_KEYS = {"many": False, "codes": False}
ENTRY_KEYS = {"fact": True, "value": False, "of": False, "field": False, "code": False, "relation": True,
              "reason": False}
THEIRS_KEYS = {"field": True, "code": True, "reason": True}

Code = str | int | bool


def spelt(code: object) -> str:
    """A code as JSON spells it, so that 1, true and "1" are three codes."""
    return json.dumps(code, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One of our values, one of their codes, and how the two relate; a code that nothing of ours fits has no fact.

    Args:
        fact: A recorded fact, a derived one of the medium, `verdict.PACK`, or a list of the crosswalk's own.
        value: Its value; None for every value of a number or a text.
        of: Of whom it must be true for the code to be: the medium, every child, or some child.
        relation: exact, broader, narrower or none.
        field: Their field, empty where there is none.
        code: Their code, or None.
        reason: Why it is not exact.
    """

    fact: str
    value: str | None
    of: str
    relation: str
    field: str = ""
    code: Code | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One of their fields: its name, whether it takes several codes, and each code spelt with its official name.

    A field without names takes the codes that entries give it.
    """

    name: str
    many: bool
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the foreign list is from; `read` is the day on which it was read, None for general knowledge."""

    citation: str
    link: str
    read: str | None
    note: str


@dataclass(frozen=True)
class Crosswalk:
    """One crosswalk, checked: nothing of ours, and no code of theirs, is left out or read two ways.

    Args:
        id: Its name.
        title: What their list is, in a line.
        version: Its own version.
        vocabulary: The version of our words.
        source: Where their list is from.
        fields: Their fields by name, in their order.
        entries: Our values, in the order written.
        theirs: Codes that nothing of ours fits.
        names: Every name that entries use.
    """

    id: str
    title: str
    version: str
    vocabulary: str
    source: Source
    fields: Mapping[str, Field]
    entries: tuple[Entry, ...]
    theirs: tuple[Entry, ...]
    names: Mapping[str, Fact]

    @cached_property
    def by_value(self) -> Mapping[tuple[str, str | None], tuple[Entry, ...]]:
        """The entries of each of our values."""
        return _grouped((entry.fact, entry.value, entry) for entry in self.entries)

    @cached_property
    def by_code(self) -> Mapping[tuple[str, str | None], tuple[Entry, ...]]:
        """The entries of each of their codes, spelt."""
        return _grouped((entry.field, spelt(entry.code), entry)
                        for entry in (*self.entries, *self.theirs) if entry.code is not None)

    @cached_property
    def sending(self) -> Mapping[str, Fact]:
        """The names of which some value is sent."""
        return {one.fact: self.names[one.fact] for one in self.entries if one.relation in SENT}

    @cached_property
    def packs(self) -> tuple[str, ...]:
        """The packs whose verdicts it reads."""
        return tuple(name.removeprefix("verdict.") for name in self.names if name.startswith("verdict."))

    def rows(self) -> list[dict[str, object]]:
        """Every entry as a plain row; those of theirs alone come last, and have no fact."""
        return [{name: getattr(entry, name) for name in ENTRY_KEYS} for entry in (*self.entries, *self.theirs)]

    def lines(self) -> Iterator[tuple[str, str, str, str]]:
        """Every entry as people read it, entries of which the same is said together: ours, relation, theirs, reason."""
        for said, same in groupby(self.entries, _said):
            theirs = self._theirs([said[1:3]]) if said[2] is not None else "-"
            yield self._ours(list(same)), said[0], theirs, said[4]
        for reason, alone in groupby(self.theirs, lambda entry: (entry.field, entry.reason)):
            yield "-", NONE, self._theirs([(entry.field, entry.code) for entry in alone]), reason[1]

    def _ours(self, entries: list[Entry]) -> str:
        whom = "" if entries[0].of == MEDIUM else f" ({entries[0].of} child)"
        values = {fact: [entry.value or "any" for entry in of_fact]
                  for fact, of_fact in groupby(entries, lambda entry: entry.fact)}
        return ", ".join(fact if len(values) > 1 and len(said) >= len(self.names[fact].values) else
                         f"{fact}: {', '.join(said)}" for fact, said in values.items()) + whom

    def _theirs(self, codes: list[tuple[str, Code | None]]) -> str:
        named = []
        for field, code in codes:
            label = self.fields[field].labels.get(spelt(code), "")
            word = code if isinstance(code, str) else spelt(code)
            named.append(f"{word} ({label})" if label not in ("", word) else str(word))
        return f"{codes[0][0]}: {', '.join(named)}"


def _said(entry: Entry) -> tuple[str, str, Code | None, str, str]:
    return entry.relation, entry.field, entry.code, entry.of, entry.reason


def _grouped(
    triples: Iterable[tuple[str, str | None, Entry]],
) -> Mapping[tuple[str, str | None], tuple[Entry, ...]]:
    found: dict[tuple[str, str | None], tuple[Entry, ...]] = {}
    for first, second, entry in triples:
        found[first, second] = (*found.get((first, second), ()), entry)
    return found


def crosswalk_ids() -> tuple[str, ...]:
    """The crosswalks of the package, by name."""
    return tuple(sorted(path.stem for path in CROSSWALKS.glob("*.yaml")))


@cache
def load(crosswalk_id: str) -> Crosswalk:
    """A crosswalk of the package, checked, read once.

    Raises:
        InputError: CMD-01, there is no such crosswalk; XWK-01 to XWK-06, its file is at fault.
    """
    if crosswalk_id not in crosswalk_ids():
        raise InputError("CMD-01", f"there is no crosswalk `{crosswalk_id}`",
                         excerpt=did_you_mean(crosswalk_id, crosswalk_ids()),
                         to_do="list them with `hashgrade law crosswalk list`")
    return of_file(CROSSWALKS / f"{crosswalk_id}.yaml", f"crosswalks/{crosswalk_id}.yaml")


def of_file(path: Path, file: str = "") -> Crosswalk:
    """The crosswalk in a file, checked.

    Args:
        path: The file.
        file: What errors call it; its path unless told.

    Raises:
        InputError: XWK-01, it is not YAML; XWK-02, it has another form; XWK-03, a name that there is not; XWK-04, a
            value that there is not; XWK-05, a value or code could be read two ways; XWK-06, one is left out.
    """
    tree, place = read_file(path, "XWK", file)
    return _Reading(place).crosswalk(tree)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Builds a crosswalk from one file, and says where the file is at fault."""

    place: Place

    def crosswalk(self, tree: object) -> Crosswalk:
        top = _keyed(tree, TOP_KEYS, self.place)
        source = _keyed(top["source"], SOURCE_KEYS, self.place.at("source"))
        read = source["read"]
        names = _Names(self.lists(top.get("lists") or {}))
        fields = dict(self.fields(top["fields"]))
        entries, theirs = list(self.entries(top["map"], fields, names)), list(self.theirs(top["theirs"], fields))
        _one_way(entries, theirs)
        known = names.used()
        _nothing_left_out(entries, theirs, fields, known, self.place)
        return Crosswalk(str(top["crosswalk"]), str(top["title"]), str(top["version"]), str(top["vocabulary"]),
                         Source(str(source["citation"]), str(source["link"]), str(read) if read else None,
                                str(source["note"])),
                         fields, tuple(one for one, _ in entries), tuple(one for one, _ in theirs), known)

    def lists(self, tree: object) -> dict[str, Fact]:
        if not isinstance(tree, dict):
            raise self.place.at("lists").error("XWK-02", f"expected a map of lists, got {kind_of(tree)}")
        return {str(name): Fact(str(name), "M", "choice", {str(value): str(value) for value in values})
                for name, values in tree.items()}

    def fields(self, tree: object) -> Iterator[tuple[str, Field]]:
        place = self.place.at("fields")
        if not isinstance(tree, dict) or not tree:
            raise place.error("XWK-02", f"expected a map of fields, got {kind_of(tree)}")
        for name, entry in tree.items():
            told = _keyed(entry, FIELD_KEYS, place.at(name))
            codes = told.get("codes") or {}
            if not isinstance(codes, dict) or told.get("many", False) not in (True, False):
                raise place.at(name).error("XWK-02", "a field has `codes`, a map of names, and `many`, true or false")
            yield str(name), Field(str(name), bool(told.get("many")),
                                   {spelt(code): str(label) for code, label in codes.items()})

    def entries(self, tree: object, fields: Mapping[str, Field], names: "_Names") -> Iterator[tuple[Entry, Place]]:
        for n, row in enumerate(_listed(tree, self.place.at("map"))):
            place = self.place.at("map", n)
            told = _keyed(row, ENTRY_KEYS, place)
            for name in _several(told["fact"]):
                fact = names.fact(str(name), place.at("fact"))
                for value in _values(told, fact, place):
                    yield self.entry(told, fact, value, fields, place), place

    def entry(
        self, told: Mapping[str, object], fact: Fact, value: str | None, fields: Mapping[str, Field], place: Place,
    ) -> Entry:
        relation, reason = str(told["relation"]), str(told.get("reason") or "")
        if relation not in RELATIONS:
            raise place.at("relation").error("XWK-02", f"`{relation}` is none of {', '.join(RELATIONS)}",
                                             did_you_mean(relation, RELATIONS))
        if not reason and relation != "exact":
            raise place.error("XWK-02", f"`{relation}` needs a reason")
        if relation == NONE:
            of = _of(told, fact, place) if "of" in told else MEDIUM
            return Entry(fact.id, value, of, NONE, str(told.get("field") or ""), None, reason)
        field, code = _coded(told.get("field"), told.get("code"), fields, place)
        return Entry(fact.id, value, _of(told, fact, place), relation, field, code, reason)

    def theirs(self, tree: object, fields: Mapping[str, Field]) -> Iterator[tuple[Entry, Place]]:
        for n, row in enumerate(_listed(tree, self.place.at("theirs"))):
            place = self.place.at("theirs", n)
            told = _keyed(row, THEIRS_KEYS, place)
            for code in _several(told["code"]):
                yield Entry("", None, MEDIUM, NONE, *_coded(told["field"], code, fields, place),
                            str(told["reason"])), place


class _Names:
    """The names that a crosswalk may use, and those that it did use."""

    def __init__(self, lists: Mapping[str, Fact]) -> None:
        book = vocabulary()
        derived = {name: fact for name, fact in book.derived.items() if fact.level == "M"}
        self._ready = {**lists, **book.facts, **derived}
        self._used: dict[str, Fact] = dict(book.facts)

    def fact(self, name: str, place: Place) -> Fact:
        pack_id = name.removeprefix("verdict.")
        if pack_id != name and pack_id in pack.pack_ids():
            self._ready.setdefault(name, Fact(name, "M", "verdict", pack.load(pack_id).labels))
        if name not in self._ready:
            hint = did_you_mean(name, [*self._ready])
            raise place.error("XWK-03", f"there is no fact, verdict or list `{name}`", hint)
        return self._used.setdefault(name, self._ready[name])

    def used(self) -> Mapping[str, Fact]:
        """Every recorded fact, in vocabulary order, and then what else was named."""
        return self._used


def _keyed(tree: object, keys: Mapping[str, bool], place: Place) -> dict[str, object]:
    if not isinstance(tree, dict):
        raise place.error("XWK-02", f"expected a map with {', '.join(keys)}; got {kind_of(tree)}")
    for key in tree:
        if key not in keys:
            raise place.key(key).error("XWK-02", f"there is no key `{key}` here", did_you_mean(key, [*keys]))
    for key, needed in keys.items():
        if needed and key not in tree:
            raise place.error("XWK-02", f"`{key}` is not stated")
    return tree


def _listed(tree: object, place: Place) -> list[object]:
    if not isinstance(tree, list):
        raise place.error("XWK-02", f"expected a list, got {kind_of(tree)}")
    return tree


def _values(told: Mapping[str, object], fact: Fact, place: Place) -> Iterable[str | None]:
    """The value that an entry is about; all of them where it states none, which only `none` may."""
    if "value" in told:
        for value in _several(told["value"]):
            if value not in fact.values:
                raise place.at("value").error("XWK-04", f"`{fact.id}` has no value `{value}`",
                                              did_you_mean(value, [*fact.values]))
        return [str(value) for value in _several(told["value"])]
    if told["relation"] != NONE:
        raise place.error("XWK-02", "`value` is not stated")
    return [*fact.values] or [None]


def _of(told: Mapping[str, object], fact: Fact, place: Place) -> str:
    of = str(told.get("of") or MEDIUM)
    fit = (SOME,) if fact.many else (EVERY, SOME) if fact.level == "C" else (MEDIUM,)
    if of not in fit:
        raise place.error("XWK-02", f"`of` is {' or '.join(fit)} for `{fact.id}`, not {of}")
    return of


def _coded(name: object, code: object, fields: Mapping[str, Field], place: Place) -> tuple[str, Code]:
    if name not in fields:
        raise place.error("XWK-02", f"there is no field `{name}`", did_you_mean(name, [*fields]))
    labels = fields[str(name)].labels
    if not isinstance(code, str | int) or (labels and spelt(code) not in labels):
        raise place.error("XWK-02", f"`{name}` has no code {spelt(code)}", did_you_mean(spelt(code), [*labels]))
    return str(name), code


def _several(given: object) -> list[object]:
    """What may be written alone, or as a list of which each has the same said of it."""
    return given if isinstance(given, list) else [given]


Placed = list[tuple[Entry, Place]]


def _one_way(entries: Placed, theirs: Placed) -> None:
    """Refuse a value that is mapped twice to one field, and a code that would be read back as what it was not sent for.

    A code stands in one exact entry alone, or in broader ones only, or in narrower ones only.
    """
    values: dict[tuple[str, str | None, str], Entry] = {}
    codes: dict[tuple[str, str], set[str]] = {}
    for entry, place in entries:
        twice = [old for old in (values.get((entry.fact, entry.value, field)) for field in (entry.field, "")) if old]
        if twice or (not entry.field and any(key[:2] == (entry.fact, entry.value) for key in values)):
            raise place.error("XWK-05", f"`{entry.fact}` `{entry.value or 'any'}` stands here a second time")
        values[entry.fact, entry.value, entry.field] = entry
    for entry, place in (*entries, *theirs):
        if entry.code is None:
            continue
        before = codes.setdefault((entry.field, spelt(entry.code)), set())
        if before and (before != {entry.relation} or entry.relation in ("exact", NONE)):
            raise place.error("XWK-05", f"`{entry.field}` {spelt(entry.code)} stands here a second time, as "
                                        f"{entry.relation}, and could be read two ways")
        before.add(entry.relation)


def _nothing_left_out(
    entries: Placed, theirs: Placed, fields: Mapping[str, Field], names: Mapping[str, Fact], place: Place,
) -> None:
    ours = {(entry.fact, entry.value) for entry, _ in entries}
    for fact in names.values():
        for value in fact.values or (None,):
            if (fact.id, value) not in ours:
                raise place.at("map").error("XWK-06", f"`{fact.id}` `{value or 'any'}` is neither mapped nor `none`")
    codes = {(entry.field, spelt(entry.code)) for entry, _ in (*entries, *theirs)}
    for field in fields.values():
        for code in field.labels:
            if (field.name, code) not in codes:
                raise place.at("theirs").error("XWK-06", f"`{field.name}` {code} is neither mapped nor among `theirs`")

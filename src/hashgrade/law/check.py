"""Checks a pack before anyone relies on it: its form, sources, dates and cases, and that every part of it counts.

A case is a sentence, a grade, and what the pack must make of it. The cases are run by the product's own
command, so that a lawyer can read and extend them without reading code. A case that gives a day (`on`) is judged by
the version in force on it, and any other by the newest.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from itertools import chain, pairwise
from pathlib import Path
from typing import cast

from hashgrade.errors import InputError
from hashgrade.law.edges import uncovered
from hashgrade.law.flaws import Flaw, case_of, first, flaws
from hashgrade.law.grades import grade_of
from hashgrade.law.judge import as_json, judge
from hashgrade.law.load import DATA, Place, called, did_you_mean, read_file, text_at
from hashgrade.law.mending import faults
from hashgrade.law.pack import PACKS, Pack, all_versions, keyed, load, packs_in
from hashgrade.law.sources import undescribed
from hashgrade.law.worlds import witness
from hashgrade.nouns import Grade

CASES_MIN = 12
WORDS_MIN = 4
CASE_KEYS = {"case": True, "on": False, "facts": True, "children": False, "expect": True}
EXPECT_KEYS = {"outcome": False, "at_least": False, "could_be": False, "missing": False, "reasons": False}
LISTS = {"could_be", "missing", "reasons"}


@dataclass(frozen=True, slots=True)
class Case:
    """One case: a sentence, what was answered, and what the verdict must say.

    Args:
        name: The sentence.
        grade: The answers.
        expect: Keys of the printed verdict and their values; `reasons` lists the rules' names.
        place: Where it is written.
        pack: The version that judges it.
    """

    name: str
    grade: Grade
    expect: dict[str, object]
    place: Place
    pack: Pack


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one case.

    Args:
        case: The case.
        got: What the verdict says under each key that the case expects.
    """

    case: Case
    got: dict[str, object]

    @property
    def ok(self) -> bool:
        """Whether it came out as it says."""
        return self.got == self.case.expect

    def errors(self) -> Iterator[InputError]:
        """PACK-10 for every key that came out otherwise, with expected and got."""
        for key, expected in self.case.expect.items():
            if self.got[key] != expected:
                said = f"{self.case.name}: expected {key} {shown(expected)}, got {shown(self.got[key])}"
                yield self.case.place.at("expect", key).error("PACK-10", said)


def cases(pack: Pack, folder: Path | None = None) -> tuple[Case, ...]:
    """The cases of a pack, in the order written.

    Args:
        pack: The version that judges the cases that give no day.
        folder: A folder of packs to read instead of the package's.

    Raises:
        InputError: PACK-01, PACK-05, the file is at fault; PACK-09, no version was in force on the day of a case;
            GRA-01 to GRA-04, a case is no grade.
    """
    return tuple(make() for make in _makers(pack, folder))


def results(pack: Pack, folder: Path | None = None) -> tuple[Result, ...]:
    """What comes of each case of a pack, in the order written.

    Raises:
        InputError: As `cases`.
    """
    return tuple(map(_result, cases(pack, folder)))


def _makers(pack: Pack, folder: Path | None) -> Iterator[Callable[[], Case]]:
    """Each case, to be made, so that one at fault does not hide the others."""
    tree, place = read_file((folder or PACKS) / pack.id / "cases.yaml", "PACK", called(pack.id, folder, "cases.yaml"))
    if not isinstance(tree, list):
        raise place.error("PACK-05", "expected a list of cases")
    return (partial(_case, entry, place.at(n), pack, folder) for n, entry in enumerate(tree))


def _case(tree: object, place: Place, pack: Pack, folder: Path | None) -> Case:
    entry = keyed(tree, CASE_KEYS, place)
    expect = keyed(entry["expect"], EXPECT_KEYS, place.at("expect"))
    name = str(entry["case"])
    if len(name.split()) < WORDS_MIN or not expect:
        raise place.at("case").error("PACK-05", "a case is named by a sentence, and expects something")
    for key in LISTS & expect.keys():
        if not isinstance(expect[key], list):
            raise place.at("expect", key).error("PACK-05", f"`{key}` is a list, such as [] for none")
    for outcome in (expect.get("outcome"), expect.get("at_least"), *cast("list[object]", expect.get("could_be", []))):
        if outcome is not None and outcome not in pack.outcomes:
            raise place.at("expect").error("PACK-05", f"`{pack.id}` has no outcome `{outcome}`",
                                           did_you_mean(outcome, pack.outcomes))
    grade = grade_of({key: entry[key] for key in ("facts", "children") if key in entry}, place)
    return Case(name, grade, expect, place, _judging(entry.get("on"), place.at("on"), pack, folder))


def _judging(on: object, place: Place, pack: Pack, folder: Path | None) -> Pack:
    if on is None:
        return pack
    if type(on) is not date:
        raise place.error("PACK-05", f"expected a day such as 2010-05-01, not `{on}`")
    try:
        return load(pack.id, on, folder)
    except InputError as error:
        raise place.error(error.code, error.what) from error


def _result(case: Case) -> Result:
    verdict = judge(case.grade, case.pack)
    got = {**as_json(verdict), "reasons": [reason.rule for reason in verdict.reasons]}
    return Result(case, {key: got[key] for key in case.expect})


def shown(value: object) -> str:
    """What a verdict says under one key, for people."""
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return "undecided" if value is None else str(value)


# -- everything ---------------------------------------------------------------------------------------------------


def problems(pack_id: str, folder: Path | None = None) -> Iterator[InputError]:
    """Everything wrong with a pack, each as an error with its place; nothing where it can be relied on.

    Every version must load, belong to somebody, follow the one before it to the day, and have no rule, outcome,
    parameter or fact that can never matter, which is proved over every child there can be. sources.md must describe
    each source. There must be enough cases, at every edge, they must come out, and every rule of every version must
    decide one.
    """
    try:
        load(pack_id, None, folder)
    except InputError as error:
        yield error
        if error.code != "PACK-08":
            yield from _beside(pack_id, folder)
        return
    versions = all_versions(pack_id, folder)
    tree, place = _pack_yaml(pack_id, folder)
    yield from _jurisdiction(versions[0], place.at("jurisdiction"))
    yield from _dates(versions, place.at("versions"))
    for n, pack in enumerate(versions):
        yield from _flaws(pack, tree, place.at("versions", n), folder)
    yield from _whatever(lambda: undescribed(versions, sources_text(pack_id, folder), place.at("sources")))
    yield from _whatever(lambda: _cases(versions, folder))


def _whatever(found: Callable[[], Iterator[InputError]]) -> Iterator[InputError]:
    """What is found, and the error that ended the finding if one did."""
    try:
        yield from found()
    except InputError as error:
        yield error


def _pack_yaml(pack_id: str, folder: Path | None) -> tuple[dict[str, object], Place]:
    tree, place = read_file((folder or PACKS) / pack_id / "pack.yaml", "PACK", called(pack_id, folder, "pack.yaml"))
    return cast("dict[str, object]", tree), place


def _flaws(pack: Pack, tree: Mapping[str, object], place: Place, folder: Path | None) -> Iterator[InputError]:
    def made(version: Mapping[str, object]) -> Pack:
        return packs_in({**tree, "versions": [version]}, Place(place.file), pack.id, folder)[0]

    n = cast("int", place.path[-1])
    yield from flaws(pack, cast("list[dict[str, object]]", tree["versions"])[n], place, made)


@cache
def _countries() -> tuple[str, ...]:
    tree, _ = read_file(DATA / "jurisdictions.yaml", "PACK", "jurisdictions.yaml")
    return tuple(chain.from_iterable(cast("dict[str, list[str]]", tree).values()))


def _jurisdiction(pack: Pack, place: Place) -> Iterator[InputError]:
    """The form is the loader's to check: two letters, with or without a part, or `international`."""
    country = pack.jurisdiction.partition("-")[0]
    if country not in ("international", *_countries()):
        hint = "the United Kingdom is GB" if country == "UK" else did_you_mean(country, _countries())
        yield place.error("PACK-05", f"`{country}` is no country by ISO 3166-1, nor `EU` or `international`", hint)


def _dates(versions: tuple[Pack, ...], place: Place) -> Iterator[InputError]:
    for n, pack in enumerate(versions):
        if pack.version in [newer.version for newer in versions[:n]]:
            yield place.at(n, "version").error("PACK-05", f"there is a version `{pack.version}` already")
    for n, (newer, older) in enumerate(pairwise(versions)):
        day = newer.since - timedelta(days=1) if newer.since else None
        if older.until != day or day is None:
            ends = f"on {older.until}" if older.until else "on no day"
            begins = f"on {newer.since}" if newer.since else "on a day not established"
            yield place.at(n + 1, "in_force", "until").error(
                "PACK-19", f"version {older.version} ends {ends}, and version {newer.version} begins {begins}",
                f"write {day}" if day else "")


def _beside(pack_id: str, folder: Path | None) -> Iterator[InputError]:
    """What else is wrong with a pack that cannot be loaded."""
    try:
        tree, place = _pack_yaml(pack_id, folder)
    except InputError:
        return  # told already: it is why the pack cannot be loaded
    _told, *others = faults(tree, place, pack_id, folder)
    yield from others


def sources_text(pack_id: str, folder: Path | None) -> str:
    """What a pack's `sources.md` says, empty where there is none.

    Raises:
        InputError: PACK-01, it is not UTF-8.
    """
    try:
        return text_at((folder or PACKS) / pack_id / "sources.md")
    except UnicodeDecodeError as error:
        said = "the file cannot be read: it is not UTF-8"
        raise Place(called(pack_id, folder, "sources.md")).error("PACK-01", said) from error


def _cases(versions: tuple[Pack, ...], folder: Path | None) -> Iterator[InputError]:
    """What is wrong with the cases; what they leave out is told once all of them can be read."""
    found, broken = _readable(versions[0], folder)
    yield from broken
    for n, case in enumerate(found):
        if case.name in [earlier.name for earlier in found[:n]]:
            yield case.place.at("case").error("PACK-05", "another case is named by the same sentence")
        yield from _result(case).errors()
    if not broken:
        place = Place(called(versions[0].id, folder, "cases.yaml"))
        yield from _edges(versions[0], found, place)
        yield from (error for pack in versions for error in _idle(pack, versions[0], found, place))


def _readable(pack: Pack, folder: Path | None) -> tuple[list[Case], list[InputError]]:
    found: list[Case] = []
    broken: list[InputError] = []
    for make in _makers(pack, folder):
        try:
            found.append(make())
        except InputError as error:
            broken.append(error)
    return found, broken


def _edges(newest: Pack, found: list[Case], place: Place) -> Iterator[InputError]:
    if len(found) < CASES_MIN:
        yield place.error("PACK-17", f"a pack has at least {CASES_MIN} cases, and this has {len(found)}")
    for words in uncovered(newest, [case.grade for case in found if case.pack.version == newest.version]):
        yield place.error("PACK-17", f"no case has {words}")


def _idle(pack: Pack, newest: Pack, found: list[Case], place: Place) -> Iterator[InputError]:
    """PACK-17 for every rule of a version by which none of the cases that it judges comes out."""
    older = pack.version != newest.version
    judged = [case.grade for case in found if case.pack.version == pack.version]
    decided = {reason.rule for grade in judged for reason in judge(grade, pack).reasons}
    for n, rule in enumerate(pack.rules):
        shown = witness(first(pack, n)) if rule.id not in decided else None
        if shown:
            said = f"no case comes out by rule `{rule.id}`" + (f" of version {pack.version}" if older else "")
            on = pack.since or pack.until if older else None
            yield Flaw(place.error("PACK-17", said), case_of(f"Rule {rule.id} decides this", shown, pack, on))

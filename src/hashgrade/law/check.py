"""Checks a pack before anyone relies on it: it loads, states its sources, and its cases come out as they say.

A case is a sentence, a grade, and what the pack must make of it. The cases are run by the product's own
command, so that a lawyer can read and extend them without reading code.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import cast

from hashgrade.errors import InputError
from hashgrade.law.grades import grade_of
from hashgrade.law.judge import as_json, judge
from hashgrade.law.load import Place, read_file, text_at
from hashgrade.law.pack import PACKS, Pack, all_versions, keyed, load
from hashgrade.nouns import Grade, Verdict

CASES_MIN = 12
WORDS_MIN = 4
CASE_KEYS = {"case": True, "facts": True, "children": False, "expect": True}
EXPECT_KEYS = {"outcome": False, "at_least": False, "could_be": False, "missing": False, "reasons": False}


@dataclass(frozen=True, slots=True)
class Case:
    """One case: a sentence, what was answered, and what the verdict must say.

    Args:
        name: The sentence.
        grade: The answers.
        expect: Keys of the printed verdict and their values; `reasons` lists the rules' names.
        place: Where it is written.
    """

    name: str
    grade: Grade
    expect: dict[str, object]
    place: Place


def cases(pack: Pack, folder: Path | None = None) -> tuple[Case, ...]:
    """The cases of a pack, in the order written.

    Raises:
        InputError: PACK-01, PACK-05, the file is at fault; GRA-01 to GRA-04, a case is no grade.
    """
    tree, place = read_file((folder or PACKS) / pack.id / "cases.yaml", "PACK", f"packs/{pack.id}/cases.yaml")
    if not isinstance(tree, list):
        raise place.error("PACK-05", "expected a list of cases")
    return tuple(_case(entry, place.at(n), pack) for n, entry in enumerate(tree))


def _case(tree: object, place: Place, pack: Pack) -> Case:
    entry = keyed(tree, CASE_KEYS, place)
    expect = keyed(entry["expect"], EXPECT_KEYS, place.at("expect"))
    name = str(entry["case"])
    if len(name.split()) < WORDS_MIN or not expect:
        raise place.at("case").error("PACK-05", "a case is named by a sentence, and expects something")
    for outcome in (expect.get("outcome"), expect.get("at_least"), *cast("list[object]", expect.get("could_be") or [])):
        if outcome is not None and outcome not in pack.outcomes:
            raise place.at("expect").error("PACK-05", f"`{pack.id}` has no outcome `{outcome}`")
    grade = grade_of({key: entry[key] for key in ("facts", "children") if key in entry}, place)
    return Case(name, grade, expect, place)


def failures(pack: Pack, folder: Path | None = None) -> Iterator[InputError]:
    """An error for every case that does not come out as it says, with expected and got.

    Raises:
        InputError: As `cases`.
    """
    for case in cases(pack, folder):
        verdict = judge(case.grade, pack)
        got = {**as_json(verdict), "reasons": [reason.rule for reason in verdict.reasons]}
        for key, expected in case.expect.items():
            if got[key] != expected:
                said = f"{case.name}: expected {key} {_shown(expected)}, got {_shown(got[key])}"
                yield case.place.at("expect", key).error("PACK-10", said)


def _shown(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return "undecided" if value is None else str(value)


def problems(pack_id: str, folder: Path | None = None) -> Iterator[InputError]:
    """Everything wrong with a pack, each as an error with its place; nothing where it can be relied on.

    Every version must load; sources.md must have a heading for every source, and some rule or the text must
    use it; there must be enough cases, they must come out, and every rule must decide at least one.
    """
    try:
        load(pack_id, None, folder)  # says PACK-08 where there is no such pack
        versions = all_versions(pack_id, folder)
        yield from _dates(versions)
        yield from _sources(versions[0], folder)
        yield from failures(versions[0], folder)
        yield from _coverage(versions[0], folder)
    except InputError as error:
        yield error


def _dates(versions: tuple[Pack, ...]) -> Iterator[InputError]:
    for newer, older in pairwise(versions):
        if not older.until or not newer.since or older.until >= newer.since:
            yield _of_pack(newer).error(
                "PACK-06", f"version {older.version} must end before version {newer.version} begins")


def _sources(pack: Pack, folder: Path | None) -> Iterator[InputError]:
    text = text_at((folder or PACKS) / pack.id / "sources.md")
    for source in pack.sources:
        if f"## {source}\n" not in text:
            yield Place(f"packs/{pack.id}/sources.md").error("PACK-07", f"sources.md has no heading `## {source}`")


def _coverage(pack: Pack, folder: Path | None) -> Iterator[InputError]:
    found = cases(pack, folder)
    place = Place(f"packs/{pack.id}/cases.yaml")
    if len(found) < CASES_MIN:
        yield place.error("PACK-05", f"a pack has at least {CASES_MIN} cases, and this has {len(found)}")
    verdicts: list[Verdict] = [judge(case.grade, pack) for case in found]
    decided = {reason.rule for verdict in verdicts for reason in verdict.reasons}
    for rule in pack.rules:
        if rule.id not in decided:
            yield place.error("PACK-05", f"no case comes out by rule `{rule.id}`")


def _of_pack(pack: Pack) -> Place:
    return Place(f"packs/{pack.id}/pack.yaml")

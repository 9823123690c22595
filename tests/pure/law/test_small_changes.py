"""The cases of a pack against small changes of it: whatever changes for some child is noticed by some case."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, cast

import pytest

from hashgrade import law
from hashgrade.law.check import Case, cases
from hashgrade.law.compare import changes
from hashgrade.law.judge import as_json
from hashgrade.law.load import read_file
from hashgrade.law.pack import PACKS, Pack, packs_in
from tests.naive.statutes import others, uk_us_ca

Spot = tuple[str | int, ...]
NEXT_THRESHOLD = {18: 16, 17: 16, 16: 14, 15: 14, 14: 11, 13: 15}
SHORTENED = ("in", "all", "any", "rules")


def spots(tree: Any, spot: Spot = ()) -> Iterator[tuple[Spot, Any]]:
    """Every value of a tree with its place."""
    yield spot, tree
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield from spots(value, (*spot, key))


def small_changes(version: dict[str, Any]) -> Iterator[tuple[Spot, Any]]:
    """A value, condition or rule left out, a threshold moved by a band, a reading turned round."""
    for spot, value in spots({part: version.get(part, {}) for part in ("parameters", "scope", "rules")}):
        if isinstance(value, list) and len(value) > 1 and spot[-1] in SHORTENED:
            yield from ((spot, value[:n] + value[n + 1:]) for n in range(len(value)))
        elif spot[-1:] in (("under",), ("over",)):
            yield spot, NEXT_THRESHOLD[value]
        elif value in ("yes", "no") and spot[0] == "parameters" and len(spot) == 2:
            yield spot, "no" if value == "yes" else "yes"


def changed(name: str) -> Iterator[tuple[Spot, Any, Pack]]:
    """Each small change of a pack's newest version, and the pack it makes."""
    tree, place = read_file(PACKS / name / "pack.yaml", "PACK")
    version = cast("dict[str, Any]", tree)["versions"][0]
    for spot, value in small_changes(version):
        other = deepcopy(version)
        inner = other
        for key in spot[:-1]:
            inner = inner[key]
        inner[spot[-1]] = value
        yield spot, value, packs_in({**cast("dict[str, Any]", tree), "versions": [other]}, place, name)[0]


def holds(case: Case, pack: Pack) -> bool:
    verdict = law.judge(case.grade, pack)
    got = {**as_json(verdict), "reasons": [reason.rule for reason in verdict.reasons]}
    return all(got[key] == value for key, value in case.expect.items())


@pytest.mark.parametrize("name", [*others.OF_CHILD, *uk_us_ca.OF_CHILD])
def test_some_case_notices_every_small_change(name: str) -> None:
    """A change that gives some child another outcome, which is proved, breaks a case that a lawyer can read."""
    told = [case for case in cases(law.load(name)) if case.pack is law.load(name)]
    unnoticed = [(spot, value) for spot, value, other in changed(name)
                 if all(holds(case, other) for case in told) and changes(law.load(name), other).meetings]
    assert unnoticed == []

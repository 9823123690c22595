"""Random studies of random records, counted and guarded by the engine itself, for `bench.attack`.

A study has a random cohort, one to five tables of those in `TABLES`, a threshold of 3 to 20, exact or rounded
counts, by chance a sample with strata of at least the threshold, and by chance an earlier release of other tables, or
of another period or cohort, on the same records.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from scipy.sparse import csr_array

from hashgrade.studies.attack import Disclosure, Release, attack
from hashgrade.studies.count import Counted, count
from hashgrade.studies.joint import Joint, Released, joined
from hashgrade.studies.releases import guard
from hashgrade.studies.schema import parse
from hashgrade.studies.snapshot import Snapshot
from hashgrade.studies.study import Disclosure as Rule
from hashgrade.studies.study import Study
from hashgrade.studies.table import Cell
from tests.pure.studies import population

WORLDS = 4
ITEMS = 700
COHORTS = ("everything", "{not: {kind: {is: other}}}", "{known: {is: new}}", "{depiction: {is: photographic}}",
           "{any: [{origin: {is: self_generated}}, {kind: {is: video}}]}")
PERIODS = (("2023-01-01", "2023-12-31"), ("2023-01-01", "2023-09-30"), ("2023-03-01", "2023-11-30"))
TABLES = {
    "crossed": "{of: verdict.uk-ew, by: origin}",
    "by_age": "{of: verdict.uk-ew, by: youngest_age_band, graded: true}",
    "by_month": "{of: origin, by: month}",
    "by_quarter": "{of: kind, by: quarter}",
    "activity": "{of: activity, graded: true}",
    "overlapping": "{rows: {drawn: {depiction: {is: non_photographic}}, several: several, new: {known: {is: new}}}, "
                   "multi_response: true}",
    "part": "{where: several, without: {verdict.uk-ew-prohibited: {in: [prohibited]}}, of: sexes}",
    "at_least": "{rows: {two_girls: {of: {sex: {is: girl}}, at_least: 2}, none: {children: {is: 0}}}}",
    "sums": "{where: {children: {over: 0}}, rows: {added: {sum: children}, single: {children: {is: 1}}}}",
    "children": "{unit: child, of: age_band, by: sex}",
    "children_by_sex": "{unit: child, of: sex}",
    "pages": "{unit: url, of: verdict.uk-ew, by: sexes}",
    "pages_by_site": "{unit: url, of: site_type}",
    "reports": "{unit: report, of: source, by: outcome}",
    "reports_by_month": "{unit: report, of: outcome, by: month}",
}
OF_SAMPLE = {"drawn": "{of: origin, by: stratum}", "drawn_by_kind": "{of: kind, by: capture}",
             "drawn_children": "{unit: child, of: sex}"}


@dataclass(frozen=True)
class Studied:
    """A release with an earlier one or none, what it prints with control, and with the threshold alone."""

    rule: Rule
    joints: tuple[Joint, ...]
    shown: tuple[dict[tuple[str, Cell], int | None], dict[tuple[str, Cell], int | None]]
    given_away: int

    def attacked(self, *, controlled: bool) -> list[Disclosure]:
        """What an attacker finds who knows the combinations that occur and that counts are whole."""
        return [found for joint in self.joints for found in attack(list(self._releases(joint, controlled)), whole=True)
                if not _is_a_size(joint, found.what)]

    def _releases(self, joint: Joint, controlled: bool) -> Iterator[Release]:
        shown = self.shown[0 if controlled else 1]
        own, rule = len(joint.cells), self.rule
        yield Release("now", _names(joint), joint.matrix[:own], tuple(shown[cell] for cell in joint.cells), rule.under,
                      rule.round_to)
        counts = joint.matrix @ joint.units
        for beneath, under in ((sorted(joint.earlier.printed), 1), (sorted(joint.earlier.sensitive), rule.under)):
            numbers = tuple(int(counts[n]) if under == 1 else None for n in beneath)
            if beneath:
                yield Release("before", tuple(f"row {n}" for n in beneath), joint.matrix[beneath], numbers, under)

    @property
    def any_small(self) -> int:
        """How many cells are below the threshold."""
        return sum(number is None for number in self.shown[1].values())

    @property
    def cells(self) -> tuple[int, int]:
        """How many cells there are, and how many are kept back."""
        return len(self.shown[0]), sum(number is None for number in self.shown[0].values())


def _names(joint: Joint) -> tuple[str, ...]:
    return tuple(".".join(filter(None, (cell.table, cell.part, cell.key, cell.column))) for _, cell in joint.cells)


def _is_a_size(joint: Joint, what: str) -> bool:
    """Whether what was found is how many were drawn of a stratum, as the study's file says already."""
    place = {f"row {n}": n for n in range(joint.matrix.shape[0])} | {name: n for n, name in enumerate(_names(joint))}
    outer, _, inner = what.replace("now:", "").replace("before:", "").partition(" without ")
    if outer not in place or (inner and inner not in place):
        return False
    row = joint.matrix[[place[outer]]] - (joint.matrix[[place[inner]]] if inner else 0 * joint.matrix[[place[outer]]])
    return any(not csr_array(row - joint.matrix[[size]]).count_nonzero() for size in joint.sizes)


@cache
def records(seed: int) -> Snapshot:
    """A small snapshot with every kind of gap that real records have."""
    return population.taken(Path(mkdtemp(prefix="hashgrade-attack-")), seed, ITEMS)


def studied(seed: int) -> Studied:
    """A random release, and whatever came before it."""
    random = np.random.default_rng(seed)
    held = records(int(random.integers(WORLDS)))
    rule = Rule(int(random.integers(3, 21)), int(random.choice([1, 1, 5])))
    earlier = []
    if random.random() < 0.4:
        before = _study(random, rule)
        assert before.period  # noqa: S101 - every study here has one
        counted = _counted(before, held, apart=True)
        told = {cell: number for (_, cell), number in guard(counted, rule).shown.items()}
        earlier = [Released("before", before.period, counted, told, rule.round_to)]
    counted = _counted(_study(random, rule), held, apart=bool(earlier))
    guarded = guard(counted, rule, earlier)
    joints = tuple(joined(counted, earlier, rule.under))
    return Studied(rule, joints, (dict(guarded.shown), dict(_threshold_alone(joints, rule))), guarded.given_away)


def _counted(study: Study, held: Snapshot, *, apart: bool) -> Counted:
    assert study.period  # noqa: S101 - every study here has one
    return count(study, held, study.period, apart=apart)


def _study(random: np.random.Generator, rule: Rule) -> Study:
    first, last = PERIODS[int(random.integers(len(PERIODS)))]
    chosen = [str(key) for key in random.choice(list(TABLES), size=int(random.integers(1, 6)), replace=False)]
    rounded = f", round_to: {rule.round_to}" if rule.round_to > 1 else ""
    text = (f"study: random\ntitle: Random\nquestion: Q\ncohort: {random.choice(COHORTS)}\n"
            f"period: {{from: {first}, until: {last}}}\ndisclosure: {{under: {rule.under}{rounded}}}\n"
            f"tables:\n{_tables(chosen, TABLES, '  ')}")
    if random.random() < 0.4:
        some = [str(key) for key in random.choice(list(OF_SAMPLE), size=int(random.integers(1, 3)), replace=False)]
        few, most = int(random.integers(rule.under, 25)), int(random.integers(20, 80))
        text += (f"sample:\n  seed: {random.integers(1000)}\n  strata:\n"
                 f"    some: {{size: {{at_most: {most}}}, of: {{kind: {{is: image}}}}}}\n"
                 f"    few: {{size: {{at_most: {few}}}, of: {{all: [{{kind: {{is: video}}}}, several]}}}}\n"
                 f"  tables:\n{_tables(some, OF_SAMPLE, '    ')}")
    return parse(text, "random.yaml")


def _tables(chosen: Sequence[str], pool: dict[str, str], indent: str) -> str:
    return "".join(f"{indent}{key}: {{title: T, {pool[key][1:]}\n" for key in chosen)


def _threshold_alone(joints: Sequence[Joint], rule: Rule) -> Iterator[tuple[tuple[str, Cell], int | None]]:
    for joint in joints:
        counts = csr_array(joint.matrix) @ joint.units
        for n, cell in enumerate(joint.cells):
            yield cell, None if 0 < counts[n] < rule.under else rule.rounded(int(counts[n]))

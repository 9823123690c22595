"""The slow twin of studies: every unit is asked every question in Python, one at a time."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from hashgrade.law import grades
from hashgrade.law.condition import Condition
from hashgrade.law.vocabulary import ADULT, vocabulary
from hashgrade.nouns import Child, Grade, Item, Sighting, Verdict
from hashgrade.studies.sample import draw
from hashgrade.studies.study import Study, Table

Counts = Counter[tuple[str, str, str, str]]
Judge = Callable[[Grade], Mapping[str, Verdict]]
Graded = Sequence[tuple[Item, Grade | None]]


class Unit:
    """One medium, child or URL, and what can be asked of it."""

    def __init__(self, grade: Grade, ready: Mapping[str, object], graded: bool, child: Child | None = None) -> None:
        self.grade, self.ready, self.graded, self.child = grade, ready, graded, child

    def truth(self, condition: Condition | None, otherwise: int = 2) -> int:
        """0, 1 or 2; of the child where the unit is one."""
        if condition is None:
            return otherwise
        if self.child is None:
            return condition.evaluate(self.grade, self.ready)
        medium = {**self.grade.facts, **grades.derived(self.grade), **self.ready}
        return condition.value({**medium, **described(self.child)}.get)

    def value(self, name: str) -> str:
        """What a table broken down by `name` puts the unit under."""
        if name.startswith("verdict."):
            possible = self.ready[name]
            assert isinstance(possible, tuple)
            return str(possible[0]) if len(possible) == 1 else "not_determined"
        held = {**self.grade.facts, **grades.derived(self.grade), **self.ready, **described(self.child or {})}
        return str(held.get(name) or "not_determined")

    def children(self) -> list[Child]:
        """The children that rows describe."""
        return [row for row in self.grade.children or () if not grades.adult(row)]


def described(row: Child) -> dict[str, object]:
    """A child's row with what follows from it."""
    return {**{name: row.get(name) for name in vocabulary().child_names}, "prepubescent": grades.prepubescent(row)}


def counts(
    study: Study, records: Graded, sightings: Sequence[Sighting], judge: Judge, period: tuple[date, date],
) -> Counts:
    """Every non-zero cell of a study as (table, part, key, column)."""
    media = {item.sha256: medium(item, grade, sightings, judge) for item, grade in records
             if period[0] <= item.first_seen.date() <= period[1]}
    cohort = {digest: unit for digest, unit in media.items() if unit.truth(study.cohort) == 2}
    drawn: set[str] = set()
    for stratum in study.sample.strata if study.sample else ():
        of = [digest for digest, unit in cohort.items() if unit.truth(stratum.of) == 2]
        drawn |= set(draw(of, stratum.size, study.sample.seed if study.sample else ""))
    found: Counts = Counter()
    for table in (one for written in study.tables for one in each_pack(written, judge)):
        within = {digest: unit for digest, unit in cohort.items() if digest in drawn or not table.sampled}
        for unit in units(table, within, sightings):
            tally(table, unit, found)
    return found


def each_pack(table: Table, judge: Judge) -> Iterator[Table]:
    """The table, or one for each pack but that of its columns."""
    for pack in sorted(judge(Grade())) if table.of == "verdict.*" else [""]:
        if not pack:
            yield table
        elif table.by != f"verdict.{pack}":
            yield replace(table, key=f"{table.key}_{pack}", of=f"verdict.{pack}")


def medium(item: Item, grade: Grade | None, sightings: Sequence[Sighting], judge: Judge) -> Unit:
    """One medium, with its verdicts and the fields of its item."""
    whole = grade or Grade()
    away = [sighting.original_upload for sighting in sightings if sighting.sha256 == item.sha256]
    redistributed = "yes" if False in away else "no" if away and all(away) else None
    verdicts = {f"verdict.{name}": (*verdict.could_be, verdict.at_least) for name, verdict in judge(whole).items()}
    known = item.known.value if item.known else "new"
    fields = {"kind": item.kind.value, "known": known, "redistributed": redistributed}
    return Unit(whole, {**verdicts, **fields}, grade is not None)


def units(table: Table, cohort: Mapping[str, Unit], sightings: Sequence[Sighting]) -> list[Unit]:
    """The units that a table counts."""
    if table.unit == "media":
        return list(cohort.values())
    if table.unit == "child":
        return [Unit(unit.grade, unit.ready, unit.graded, row) for unit in cohort.values() for row in unit.children()]
    urls: dict[str, dict[str, Unit]] = {}
    for sighting in sightings:
        if sighting.sha256 in cohort:
            urls.setdefault(sighting.url, {})[sighting.sha256] = cohort[sighting.sha256]
    return [url([unit for unit in seen.values() if unit.graded]) for seen in urls.values()]


def url(media: Sequence[Unit]) -> Unit:
    """A URL as one medium on which the children of all its graded media are."""
    if not media:
        return Unit(Grade(), {}, False)
    rows = [row for unit in media for row in unit.children()]
    open_ = any(grades.unknown_children(unit.grade) for unit in media)
    facts = {"child_count": len(rows) + 1} if open_ else {}
    origins = {str(unit.grade.facts.get("origin")) for unit in media}
    order = ["self_generated", "None", "cannot_determine", "unknown", "other_present"]
    first = next(origin for origin in order if origin in origins)
    ready = {"origin": None if first == "None" else first}
    return Unit(Grade(facts, tuple(rows)), ready | verdicts_of(media), True)


def verdicts_of(media: Sequence[Unit]) -> dict[str, object]:
    """Each pack's outcomes still possible for the most severe of the media, by trying every combination."""
    found: dict[str, object] = {}
    for name in (name for name in media[0].ready if name.startswith("verdict.")):
        possible: set[str] = set()
        ranked = RANKED[name]
        held = [unit.ready[name] for unit in media]
        so_far = {len(ranked) - 1}
        for outcomes in held:
            assert isinstance(outcomes, tuple)
            so_far = {min(best, ranked.index(outcome)) for best in so_far for outcome in outcomes}
        possible = {ranked[best] for best in so_far}
        found[name] = tuple(outcome for outcome in ranked if outcome in possible)
    return found


RANKED = {"verdict.uk-ew": ["A", "B", "C", "none"], "verdict.uk-ew-prohibited": ["prohibited", "none"]}


def tally(table: Table, unit: Unit, found: Counts) -> None:
    """Count one unit in a table."""
    where = unit.truth(table.where)
    if where == 0:
        return
    needs_grade = table.graded or table.unit == "url"
    left_out = where == 1 or unit.truth(table.without, 0) == 2 or (needs_grade and not unit.graded)
    found[table.name, "excluded" if left_out else "base", "", ""] += 1
    if left_out:
        return
    if table.by:
        for key in (unit.value(table.of), "all"):
            for column in (unit.value(table.by), "all"):
                found[table.name, "row", key, column] += 1
        return
    tally_rows(table, unit, found)


def tally_rows(table: Table, unit: Unit, found: Counts) -> None:
    """Count one unit in the rows of a table that is not crossed."""
    conditions = {row.key: at_least(unit, row.of, row.at_least) for row in table.rows if row.of}
    fact = vocabulary().names.get(table.of)
    single = bool(table.of) and not (fact and fact.level == "C" and (fact.many or unit.child is None))
    if single:
        found[table.name, "row", unit.value(table.of), ""] += 1
    elif fact:
        values = [value for value in fact.values if value != ADULT]
        conditions |= {value: unit.truth(Condition.parse({table.of: {"is": value}})) for value in values}
    for key, truth in conditions.items():
        found[table.name, "row", key, ""] += truth == 2
    for row in (row for row in table.rows if row.sum_of):
        found[table.name, "row", row.key, ""] += int(str(grades.derived(unit.grade).get("children", 0)))
    if not single and 2 not in conditions.values() and 1 in conditions.values():
        found[table.name, "row", "not_determined", ""] += 1


def at_least(unit: Unit, condition: Condition, number: int) -> int:
    """Whether at least `number` children of the medium satisfy a condition; 0: the medium as a whole."""
    if not number:
        return unit.truth(condition)
    truths = [Unit(unit.grade, unit.ready, unit.graded, row).truth(condition) for row in unit.children()]
    wholly_unknown = Unit(unit.grade, unit.ready, unit.graded, {}).truth(condition)
    if truths.count(2) >= number:
        return 2
    more = grades.unknown_children(unit.grade) and wholly_unknown >= 1
    return 1 if more or len(truths) - truths.count(0) >= number else 0

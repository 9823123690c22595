"""The slow twin of studies: every unit is asked every question in Python, one at a time."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from hashgrade.law import grades
from hashgrade.law.condition import Condition
from hashgrade.law.vocabulary import ADULT, vocabulary
from hashgrade.nouns import Child, Coding, Grade, Item, Sighting, Verdict
from hashgrade.studies.sample import draw
from hashgrade.studies.snapshot import Records
from hashgrade.studies.study import Study, Table

Counts = Counter[tuple[str, str, str, str]]
Judge = Callable[[Grade], Mapping[str, Verdict]]
Answers = Mapping[str, Mapping[str, Sequence[str]]]
"""What is coded of each item, by its digest and the question's key."""
Texts = Mapping[str, Mapping[str | None, int]]
"""How often each word of free text is on record, by its name."""
Period = tuple[date, date]
OPEN = Condition("in", (), "series", "text", ("unheard of",))  # unknown, as no grade here has a series
ALWAYS, NEVER = Condition("all"), Condition("any")
AT_URL = ("origin", "sexes", "youngest_age_band")


class Unit:
    """One medium, child, URL or report, and what can be asked of it."""

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
            possible = self.ready.get(name, ())
            assert isinstance(possible, tuple)
            return str(possible[0]) if len(possible) == 1 else "not_determined"
        held = {**self.grade.facts, **grades.derived(self.grade), **self.ready, **described(self.child or {})}
        return str(held.get(name) or "not_determined")

    def children(self) -> list[Child]:
        """The children that rows describe."""
        return [row for row in self.grade.children or () if not grades.adult(row)]


class Url(Unit):
    """A URL: one medium on which the children of all its graded media are, and each of these for what is of one."""

    def __init__(self, media: Sequence[Unit], sites: Sequence[str]) -> None:
        self.media = [unit for unit in media if unit.graded]
        when = min(str(unit.ready["at"]) for unit in media)
        ready: dict[str, object] = {**times(datetime.fromisoformat(when)), "site_type": tuple(sites)}
        rows = [row for unit in self.media for row in unit.children()]
        open_ = any(grades.unknown_children(unit.grade) for unit in self.media)
        facts = {"child_count": len(rows) + 1} if open_ else {}
        if not self.media:
            super().__init__(Grade(), ready, False)
            return
        origins = {str(unit.grade.facts.get("origin")) for unit in self.media}
        order = ["self_generated", "None", "cannot_determine", "unknown", "other_present"]
        first = next(origin for origin in order if origin in origins)
        ready |= {"origin": None if first == "None" else first} | verdicts_of(self.media)
        super().__init__(Grade(facts, tuple(rows)), ready, True)

    def truth(self, condition: Condition | None, otherwise: int = 2) -> int:
        """A comparison of what only a medium has is as true as it is of any medium there."""
        return super().truth(condition and self.settled(condition), otherwise)

    def settled(self, condition: Condition) -> Condition:
        """The condition with each such comparison put as what it comes to."""
        if any_at_url(condition.name):
            best = max((unit.truth(condition) for unit in self.media), default=1)
            return (NEVER, OPEN, ALWAYS)[best]
        return replace(condition, parts=tuple(map(self.settled, condition.parts)))


def any_at_url(name: str) -> bool:
    """Whether a URL has every value of the name that any medium there has."""
    fact = {**vocabulary().facts, **vocabulary().derived}.get(name)
    return bool(fact and fact.level == "M" and fact.kind == "choice" and name not in AT_URL)


def described(row: Child) -> dict[str, object]:
    """A child's row with what follows from it."""
    return {**{name: row.get(name) for name in vocabulary().child_names}, "prepubescent": grades.prepubescent(row)}


def times(at: datetime) -> dict[str, str]:
    """The periods in which a time is."""
    return {"week": f"{at:%G-W%V}", "month": f"{at:%Y-%m}", "quarter": f"{at:%Y}-Q{(at.month - 1) // 3 + 1}",
            "year": f"{at:%Y}"}


def counts(study: Study, records: Records, judge: Judge, period: Period) -> Counts:
    """Every non-zero cell of a study as (table, part, key, column)."""
    sightings = list(records.sightings)
    media = {item.sha256: medium(item, grade, sightings, judge) for item, grade in records.grades
             if period[0] <= item.first_seen.date() <= period[1]}
    cohort = {digest: unit for digest, unit in media.items() if unit.truth(study.cohort) == 2}
    sampled = dict(drawn(study, cohort, coded(study, records)))
    reports = list(heard(study, records, cohort, period))
    seen = [sighting for sighting in sightings if sighting.sha256 in media]
    texts: Texts = {
        "site_type": Counter(one.site_type for one in seen),
        "source": Counter(one.source for one in records.reports if within(one.received_at, period)),
        "outcome": Counter(one.outcome for one in records.reports if within(one.received_at, period))}
    found: Counts = Counter()
    for table in (one for written in study.tables for one in each_pack(written, judge)):
        for unit in reports if table.unit == "report" else units(table, sampled if table.sampled else cohort, seen):
            tally(table, unit, found, *(Rows(table, name, study, texts) for name in (table.of, table.by)))
    return found


def coded(study: Study, records: Records) -> Answers:
    """What all coders of an item, each by the last thing they said, answer alike."""
    said: dict[str, dict[str, Coding]] = {}
    for one in sorted(records.codings, key=lambda coding: coding.at):
        if one.study == study.name:
            said.setdefault(one.sha256, {})[one.coder] = one
    found: dict[str, dict[str, Sequence[str]]] = {}
    for digest, codings in said.items():
        for question in {question for coding in codings.values() for question in coding.answers}:
            given = [coding.answers.get(question, ()) for coding in codings.values()]
            answers = [sorted([answer] if isinstance(answer, str) else answer) for answer in given]
            if all(answer == answers[0] for answer in answers):
                found.setdefault(digest, {})[question] = answers[0]
    return found


def drawn(study: Study, cohort: Mapping[str, Unit], answers: Answers) -> Iterator[tuple[str, Unit]]:
    """The media of the sample, each with the first stratum that it was drawn for and what is coded of it."""
    strata = study.sample.strata if study.sample else ()
    for stratum in reversed(strata):
        of = [digest for digest, unit in cohort.items() if unit.truth(stratum.of) == 2]
        size = min(stratum.size, len(of)) if stratum.at_most else stratum.size
        for digest in draw(of, size, study.sample.seed if study.sample else ""):
            unit = cohort[digest]
            said = {f"protocol.{key}": tuple(answer) for key, answer in answers.get(digest, {}).items()}
            many = {one.name for one in (study.sample.protocol.values() if study.sample else ()) if one.many}
            of_protocol = {name: answer if name in many else answer[0] for name, answer in said.items()}
            yield digest, Unit(unit.grade, {**unit.ready, "stratum": stratum.key, **of_protocol}, unit.graded)


def within(at: datetime, period: Period) -> bool:
    """Whether a time is on a day of the period."""
    return period[0] <= at.date() <= period[1]


def heard(study: Study, records: Records, cohort: Mapping[str, Unit], period: Period) -> Iterator[Unit]:
    """The reports of the period; of a cohort, those that led to a medium of it."""
    led = {one.report for one in records.sightings if one.sha256 in cohort}
    for report in records.reports:
        if within(report.received_at, period) and (study.cohort is None or report.report in led):
            again = report.outcome == "duplicate" or bool(report.extra.get("duplicate_of"))
            ready = {"source": report.source, "outcome": report.outcome, "duplicate": "yes" if again else "no",
                     "received_at": report.received_at, **times(report.received_at)}
            yield Unit(Grade(), ready, False)


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
    own = [sighting for sighting in sightings if sighting.sha256 == item.sha256]
    away = [sighting.original_upload for sighting in own]
    redistributed = "yes" if False in away else "no" if away and all(away) else None
    verdicts = {f"verdict.{name}": (*verdict.could_be, verdict.at_least) for name, verdict in judge(whole).items()}
    known = item.known.value if item.known else "new"
    sites = tuple(sorted({sighting.site_type for sighting in own if sighting.site_type}))
    fields = {"kind": item.kind.value, "known": known, "redistributed": redistributed, "site_type": sites,
              "first_seen": item.first_seen, "at": item.first_seen.isoformat()}
    return Unit(whole, {**verdicts, **fields, **times(item.first_seen)}, grade is not None)


def units(table: Table, cohort: Mapping[str, Unit], sightings: Sequence[Sighting]) -> list[Unit]:
    """The units that a table counts."""
    if table.unit == "media":
        return list(cohort.values())
    if table.unit == "child":
        return [Unit(unit.grade, {**unit.ready, "which_child": which}, unit.graded, row)
                for unit in cohort.values() for which, row in told_apart(unit.children())]
    at: dict[str, list[Sighting]] = {}
    for sighting in sightings:
        if sighting.sha256 in cohort:
            at.setdefault(sighting.url, []).append(sighting)
    return [Url([cohort[digest] for digest in {one.sha256 for one in here}],
                sorted({one.site_type for one in here if one.site_type})) for here in at.values()]


def told_apart(children: Sequence[Child]) -> list[tuple[str, Child]]:
    """Each child and whether it is the youngest of its medium."""
    bands = list(vocabulary().facts["age_band"].values)
    ages = [bands.index(band) if (band := row.get("age_band")) in bands else len(bands) for row in children]
    return [("youngest" if n == ages.index(min(ages)) else "others", row) for n, row in enumerate(children)]


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


class Rows:
    """The values of a name that a table is broken down by, asked one by one of a unit."""

    def __init__(self, table: Table, name: str, study: Study, texts: Texts) -> None:
        self.table, self.name, self.fact = table, name, vocabulary().names.get(name)
        protocol = study.sample.protocol if study.sample else {}
        self.question = protocol.get(name.removeprefix("protocol.")) if name.startswith("protocol.") else None
        self.words = sorted(word for word, times in texts.get(name, {}).items()
                            if word and plain(word) and times >= study.disclosure.under)

    @property
    def many(self) -> bool:
        """Whether one unit may count in several of them."""
        if not self.fact:
            return bool(self.question and self.question.many)
        child, at_url = self.table.unit == "child", self.table.unit == "url" and any_at_url(self.name)
        return self.fact.kind in ("many", "sightings") or (self.fact.level == "C" and not child) or at_url

    def value(self, unit: Unit) -> str:
        """The one row of a unit."""
        found = unit.value(self.name)
        free = self.name in ("source", "outcome") and found != "not_determined"
        return "other" if free and found not in self.words else found

    def held(self, unit: Unit) -> dict[str, int]:
        """How true each row is of a unit."""
        if self.question:
            answer = unit.ready.get(self.name)
            assert isinstance(answer, tuple | None)
            return {value: 1 if answer is None or ("cannot_determine" in answer and value != "cannot_determine")
                    else 2 * (value in answer) for value in (*self.question.values, "cannot_determine")}
        if self.fact and self.fact.kind == "sightings":
            sites = unit.ready.get(self.name) or ()
            assert isinstance(sites, tuple)
            known = {word: 2 * (word in sites) if sites else 1 for word in self.words}
            return known | {"other": 2 * any(site not in self.words for site in sites) if sites else 1}
        values = [value for value in self.fact.values if value != ADULT] if self.fact else []
        kind = self.fact.kind if self.fact else ""
        return {value: unit.truth(Condition("in", (), self.name, kind, (value,))) for value in values}


def plain(word: str) -> bool:
    """Whether a text of somebody's may be the name of a row."""
    taken = ("all", "other", "not_determined", "cannot_determine")
    return word not in taken and len(word) <= 40 and re.fullmatch("[a-z][a-z0-9_ -]*", word) is not None


def tally(table: Table, unit: Unit, found: Counts, of: Rows, by: Rows) -> None:
    """Count one unit in a table."""
    where = unit.truth(table.where)
    if where == 0:
        return
    needs_grade = table.graded or table.unit == "url"
    left_out = where == 1 or unit.truth(table.without, 0) == 2 or (needs_grade and not unit.graded)
    found[table.name, "excluded" if left_out else "base", "", ""] += 1
    if left_out:
        return
    counted: Counts = Counter()
    tally_rows(table, unit, counted, of)
    if not table.by:
        found.update(counted)
        return
    for column in (by.value(unit), "all"):
        found[table.name, "row", "all", column] += 1
        for (name, part, key, _), many in counted.items():
            found[name, part, key, column] += many


def tally_rows(table: Table, unit: Unit, found: Counts, rows: Rows) -> None:
    """Count one unit in the rows of a table that is not crossed."""
    conditions = {row.key: at_least(unit, row.of, row.at_least) for row in table.rows if row.of}
    single = bool(table.of) and not rows.many
    if single:
        found[table.name, "row", rows.value(unit), ""] += 1
    elif table.of:
        conditions |= rows.held(unit)
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

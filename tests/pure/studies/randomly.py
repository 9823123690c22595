"""Random studies from a seed: tables of every unit, by any name that the unit has, about anybody."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random

from hashgrade.law.condition import Condition, Words, words
from hashgrade.law.vocabulary import CANNOT_DETERMINE, Fact, vocabulary
from hashgrade.studies.periods import Period
from hashgrade.studies.schema import fact_of
from hashgrade.studies.study import NOWHERE, STRATUM, TIMES, Question, Row, Sample, Stratum, Study, Table
from hashgrade.studies.words import BROKEN_DOWN, of_reports
from tests.pure.studies.population import PACKS

PROTOCOL: Mapping[str, Question] = {
    "quality": Question("quality", "Quality", {"sharp": "Sharp", "blurred": "Blurred"}),
    "marks": Question("marks", "Marks", {"logo": "Logo", "text": "Text", "none": "None"}, many=True)}
VERDICTS = {f"verdict.{pack.id}": Fact(f"verdict.{pack.id}", "M", "verdict", pack.labels) for pack in PACKS}
ANSWERED = ("origin", "setting", "depiction", "adult_visible", "capture", "several", "home", "posing",
            "headline_activity", "youngest_age_band", "sexes", "age_band", "sex", "puberty", "activity", "prepubescent")
SINGLE = ("origin", "setting", "depiction", "several", "headline_activity", "youngest_age_band", "sexes", *VERDICTS)
SITES = ("forum", "image_host", "other", "Not Plain", "unheard_of")


def random_study(seed: int) -> tuple[Study, Period]:
    """A study with a table or two of each unit, and of a sample with a protocol; and its period."""
    chance = Random(seed)
    first = date(2023, 1, 1) + timedelta(days=chance.randrange(60))
    period = (first, first + timedelta(days=chance.choice([200, 300, 304])))
    made = _Made(chance)
    tables = [made.table(unit, n, sampled=False) for unit in ("media", "url", "child", "report") for n in range(2)]
    tables += [made.table(unit, n, sampled=True) for unit in ("media", "child") for n in range(2)]
    cohort = None if chance.random() < 0.4 else Condition.parse({"any": [
        made.tree("media", 1), {"kind": {"in": ["image", "video"]}}]})
    # strata that cannot overlap, since a table may tell them apart
    strata = (Stratum("single", 5, Condition.parse({"children": {"is": 1}}), at_most=True),
              Stratum("several", chance.choice([2, 50]), Condition.parse("several"), at_most=True),
              Stratum("none", 3, Condition.parse({"children": {"is": 0}}), at_most=True))
    sample = Sample(f"seed {seed}", strata, (), PROTOCOL)
    return Study(name="random", title="Random", question="Do SQL and Python agree?", cohort=cohort, period=period,
                 tables=tuple(tables), sample=sample), period


class _Made:
    """Makes tables and conditions by chance."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def table(self, unit: str, number: int, *, sampled: bool) -> Table:
        """A table that a study file could hold."""
        chance = self.chance
        known = of_reports() if unit == "report" else self.words(sampled)
        of = chance.choice(self.rows_of(unit, sampled)) if chance.random() < 0.8 else ""
        by = chance.choice(self.columns_of(unit, sampled)) if of and chance.random() < 0.5 else ""

        def parse(depth: int) -> Condition:
            return Condition.parse(self.tree(unit, depth, sampled=sampled), NOWHERE, known)

        rows = () if by or (of and chance.random() < 0.7) else tuple(self.row(unit, n, parse) for n in range(2))
        return Table(
            key=f"{unit}_{number}", title="A table", unit=unit, sampled=sampled, of=of, by=by, rows=rows,
            where=parse(2) if chance.random() < 0.5 else None, without=parse(1) if chance.random() < 0.3 else None,
            graded=unit != "report" and chance.random() < 0.5, multi_response=bool(rows))

    def row(self, unit: str, number: int, parse: Callable[[int], Condition]) -> Row:
        """A row by a condition, or by how many children satisfy one, or that adds children up."""
        kind = self.chance.random() if unit == "media" else 1.0
        if kind < 0.1:
            return Row(f"row_{number}", sum_of="children")
        return Row(f"row_{number}", parse(2), 2 if kind < 0.3 else 0)

    def words(self, sampled: bool) -> Words:
        """The names that a condition may use."""
        protocol = {one.name: fact_of(one) for one in PROTOCOL.values()} if sampled else {}
        return Words({**words(PACKS).names, **protocol})

    def rows_of(self, unit: str, sampled: bool) -> list[str]:
        """What a table may be broken down by."""
        if unit == "report":
            return [*BROKEN_DOWN, *TIMES]
        of_child = ["age_band", "sex", "activity", "puberty"] if unit != "url" else ["activity", "age_band"]
        of_child += ["which_child"] if unit == "child" else []
        of_sample = [*(one.name for one in PROTOCOL.values()), STRATUM] if sampled else []
        fields = ["known", "kind", "redistributed"] if unit != "url" else []
        return [*SINGLE, *of_child, *of_sample * 3, *fields, "site_type", *TIMES]

    def columns_of(self, unit: str, sampled: bool) -> list[str]:
        """What may be a table's columns: what has one value a unit."""
        if unit == "report":
            return [*BROKEN_DOWN, *TIMES]
        of_child = ["age_band", "sex", "which_child"] if unit == "child" else []
        of_sample = ["protocol.quality", STRATUM] if sampled else []
        at_url = ["youngest_age_band", "sexes", "origin", *VERDICTS]
        return [*(at_url if unit == "url" else SINGLE), *of_child, *of_sample * 3, *TIMES]

    def tree(self, unit: str, depth: int, *, sampled: bool = False) -> object:
        """A condition as YAML would have it."""
        chance = self.chance
        if depth and chance.random() < 0.5:
            op = chance.choice(["all", "any", "not"])
            parts = [self.tree(unit, depth - 1, sampled=sampled) for _ in range(2)]
            return {op: parts[0] if op == "not" else parts}
        return self.of_report() if unit == "report" else self.compared(unit, sampled)

    def compared(self, unit: str, sampled: bool) -> object:
        """A comparison of something that a medium, child or URL has."""
        chance = self.chance
        special: list[object] = [{"site_type": {"in": chance.sample(SITES, 2)}}]
        special += [{name: {"under": chance.choice([7, 13, 14, 18])}} for name in ("youngest_age_band", "age_band")]
        if unit != "url":
            special += [{"first_seen": {"over": date(2023, 4, 1)}}, {"children": {"over": 1}}, "redistributed"]
        if sampled:
            special += [{"protocol.marks": {"is": "logo"}}, {"protocol.quality": {"is": "sharp"}}] * 2
        if chance.random() < 0.5:
            return chance.choice(special)
        facts = {**vocabulary().names, **VERDICTS}
        name = chance.choice((*ANSWERED, *VERDICTS))
        values = [value for value in facts[name].values if value != CANNOT_DETERMINE]
        return {name: {"in": chance.sample(values, min(len(values), chance.choice([1, 2])))}}

    def of_report(self) -> object:
        """A comparison of what a report says."""
        return self.chance.choice([
            {"source": {"is": "police"}}, {"outcome": {"in": ["confirmed", "Dr. No"]}}, "duplicate",
            {"received_at": {"under": date(2023, 6, 1)}}])

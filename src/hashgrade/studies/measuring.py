"""The tables of a study that measure in place of counting: each measure by its name in study files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import duckdb

from hashgrade.law.drafts import BRIEF
from hashgrade.studies import comparing, redistribution
from hashgrade.studies.agreement import Compared
from hashgrade.studies.count import Counted, members
from hashgrade.studies.estimated import Estimated, Found, of_agreement, of_avoided, of_dose, of_overturned
from hashgrade.studies.exposure import Doses
from hashgrade.studies.figures import DEFINITION, SELF_GENERATED, Printed
from hashgrade.studies.manifest import Made
from hashgrade.studies.measures import agreements, exposure_avoided, exposure_dose
from hashgrade.studies.periods import Period
from hashgrade.studies.snapshot import PackUsed, Snapshot
from hashgrade.studies.study import NOT_DETERMINED, VERDICT, Study, Table
from hashgrade.studies.table import names


def estimated(made: Made, counted: Counted, printed: Sequence[Printed], past: comparing.Earlier | None = None
              ) -> tuple[Estimated, ...]:
    """Every table of a study that measures, in the order of the file.

    What may be published is made of printed numbers, or tells of so many that no count
    can be worked out from it; the others are for inside only.

    Args:
        made: What the report is made from.
        counted: What was counted of the study's other tables.
        printed: Those tables as they are printed.
        past: The period before, where one of them tells a change.

    Raises:
        InputError: STU-04, a measure asks for a pack that is not in use.
    """
    wanted = [table for table in made.counted.tables if table.measure]
    if not wanted:
        return ()
    with made.snapshot.opened() as database:
        of = {table.name: table for table in printed}
        ground = _Ground(made.counted, made.snapshot, counted, of, made.period, past, database)
        return tuple(_estimated(table, ground) for table in wanted)


@dataclass(frozen=True)
class _Ground:
    """What measures rest on; what several of them need is found once."""

    study: Study
    snapshot: Snapshot
    counted: Counted
    printed: Mapping[str, Printed]
    period: Period
    past: comparing.Earlier | None
    database: duckdb.DuckDBPyConnection

    @cached_property
    def cohort(self) -> str:
        return members(self.database, self.study, self.period)

    @cached_property
    def compared(self) -> tuple[Compared, ...]:
        return agreements(self.database, self.snapshot.packs, self.study.name, self.cohort)

    @cached_property
    def _doses(self) -> dict[str, Doses]:
        return {}

    def dose(self, pack: str) -> Doses:
        if pack not in self._doses:
            self._doses[pack] = exposure_dose(self.database, pack, self.cohort)
        return self._doses[pack]

    @cached_property
    def spread(self) -> redistribution.Spread:
        return redistribution.spread(self.database, self.cohort)

    def pack(self, table: Table) -> PackUsed:
        """The pack that a table asks for."""
        wanted = table.options["pack"]
        for pack in self.snapshot.packs:
            if pack.id == wanted:
                return pack
        in_use = ", ".join(sorted(pack.id for pack in self.snapshot.packs)) or "none"
        said = f"`{wanted}` is a pack that is not in use (in use: {in_use})"
        raise table.place.at("options", "pack").error("STU-04", said)

    def clusters(self, table: Table) -> int | None:
        """How many clusters there are, as far as that may be told: inside; else as a table of them prints it."""
        if table.internal:
            return len(self.spread.until)
        rests_on = self.printed.get(table.options.get("table", ""))
        unknown = rests_on.figure(NOT_DETERMINED).count if rests_on else None
        return None if not rests_on or rests_on.base is None or unknown is None else rests_on.base - unknown

    def under(self, table: Table) -> int:
        """What fewer clusters are not told of in a table."""
        return 0 if table.internal else self.study.disclosure.under

    def labels(self, table: Table) -> dict[str, str]:
        """The names of the outcomes of the pack that a table asks for."""
        return {**self.pack(table).labels, NOT_DETERMINED: "Not determined"}

    def base(self, table: Table) -> Printed:
        """The table that another rests on."""
        return self.printed[table.options["table"]]


def _agreement(ground: _Ground, table: Table) -> Found:
    return of_agreement(ground.compared, table.options["coefficient"])


def _overturned(ground: _Ground, table: Table) -> Found:
    return of_overturned(ground.compared, table.options.get("of") == "every")


def _avoided(ground: _Ground, table: Table) -> Found:
    wanted = int(table.options.get("readings", "2"))
    avoided = exposure_avoided(ground.database, ground.pack(table).id, wanted, ground.cohort)
    return of_avoided(avoided, ground.labels(table), wanted, ground.study.disclosure.under)


def _dose(ground: _Ground, table: Table) -> Found:
    return of_dose(ground.dose(ground.pack(table).id), ground.labels(table), by_week=False)


def _weeks(ground: _Ground, table: Table) -> Found:
    return of_dose(ground.dose(ground.pack(table).id), ground.labels(table), by_week=True)


def _change(ground: _Ground, table: Table) -> Found:
    shares, rounded = table.options.get("of") == "shares", ground.study.disclosure.round_to > 1
    past = ground.past or comparing.Earlier(comparing.before(ground.period), {})
    return comparing.of_change(ground.base(table), past, ground.period, shares=shares, rounded=rounded)


def _share_of_cohort(ground: _Ground, table: Table) -> Found:
    open_ = table.internal or not ground.study.disclosure.under
    frame = ground.counted.frame if open_ else None
    strata = ground.study.sample.strata if ground.study.sample else ()
    drawn = {stratum.key: min(stratum.size, ground.counted.frame[stratum.key]) for stratum in strata}
    return comparing.of_sample(ground.base(table), drawn, frame, ground.counted.total)


def _spread(ground: _Ground, table: Table) -> Found:
    return redistribution.of_spread(ground.spread, ground.clusters(table), ground.under(table))


def _reached(ground: _Ground, table: Table) -> Found:
    return redistribution.of_reached(ground.spread, ground.clusters(table), ground.under(table))


def _hosts_after(ground: _Ground, table: Table) -> Found:
    return redistribution.of_hosts_after(ground.spread, ground.clusters(table), ground.under(table))


def _hosts(ground: _Ground, _: Table) -> Found:
    return redistribution.of_hosts(ground.database, ground.cohort)


MAKERS: Mapping[str, Callable[[_Ground, Table], Found]] = {
    "agreement": _agreement, "overturned": _overturned, "exposure_avoided": _avoided, "exposure_dose": _dose,
    "exposure_weeks": _weeks, "change": _change, "share_of_cohort": _share_of_cohort, "spread": _spread,
    "reached": _reached, "hosts_after": _hosts_after, "hosts": _hosts}


def _estimated(table: Table, ground: _Ground) -> Estimated:
    found = MAKERS[table.measure](ground, table)
    rows = tuple(replace(row, label=table.labels.get(row.key, row.label)) for row in found.rows)
    packs = _packs(table, found, ground)
    notes = [*table.notes, *found.notes]
    listed = "; ".join(f"{pack.id}, version {pack.version}: {pack.review}" for pack in packs)
    notes += [f"Verdicts are indicative. Pack{'s' if len(packs) > 1 else ''} {listed}."] if packs else []
    words = " ".join([table.title, *(row.label for row in rows), *notes])
    notes += [DEFINITION] if SELF_GENERATED.search(words) and DEFINITION not in notes else []
    draft = BRIEF if any(pack.draft for pack in packs) else ""
    return Estimated(table.name, table.title, found.unit, rows, tuple(notes), found.form, table.internal, draft)


def _packs(table: Table, found: Found, ground: _Ground) -> list[PackUsed]:
    """The packs on whose verdicts the rows of a table rest."""
    if "table" in table.options:
        asked = names(ground.base(table).layout.table)
    else:
        asked = {row.key for row in found.rows} | {f"{VERDICT}{table.options.get('pack', '')}"}
    return [pack for pack in ground.snapshot.packs if f"{VERDICT}{pack.id}" in asked]

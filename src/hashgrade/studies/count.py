"""Counting: one query for each unit of count, and every printed number a sum of its groups."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
from numpy.typing import NDArray

from hashgrade.errors import InputError
from hashgrade.law.condition import FALSE, TRUE, UNKNOWN, Condition
from hashgrade.law.vocabulary import ADULT, CANNOT_DETERMINE, vocabulary
from hashgrade.studies.sample import place_sql
from hashgrade.studies.snapshot import PackUsed, Snapshot
from hashgrade.studies.study import Sample, Study
from hashgrade.studies.table import IN, Cell, Layout, lay_out, spread

Period = tuple[date, date]
OF_COHORT = "m.sha256 IN (SELECT sha256 FROM cohort)"
FROM = {
    "media": f"media m WHERE {OF_COHORT}",
    "child": f"media m JOIN children c ON c.sha256 = m.sha256 WHERE c.stated AND {OF_COHORT}",
    "url": "media m",
}


@dataclass(frozen=True, slots=True)
class Atoms:
    """The groups of one unit: how many units each holds, and how often it counts in each cell [C, A]."""

    cells: tuple[Cell, ...]
    matrix: NDArray[np.int64]
    units: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything counted for a study: its layouts, the cells of each unit, the cohort and the sample's frame."""

    layouts: tuple[Layout, ...]
    atoms: Mapping[str, Atoms]
    undecided: int
    frame: Mapping[str, int]

    @property
    def total(self) -> int:
        """Media in the cohort."""
        return self.count("media", Cell("", "total"))

    def count(self, unit: str, cell: Cell) -> int:
        """The number in one cell."""
        atoms = self.atoms[unit]
        return int(atoms.matrix[atoms.cells.index(cell)] @ atoms.units)


def count(study: Study, snapshot: Snapshot, period: Period) -> Counted:
    """Count every table of a study.

    Raises:
        InputError: STU-07, the cohort holds nothing; STU-08, a stratum is smaller than its sample;
            STU-04 and STU-05, a table cannot be counted.
    """
    layouts = tuple(lay_out(table, snapshot.packs) for one in study.tables for table in spread(one, snapshot.packs))
    units = ["media", *sorted({layout.table.unit for layout in layouts} - {"media"})]
    with snapshot.opened() as database:
        undecided = _take_cohort(database, study.cohort, period)
        frame = _draw(database, study.sample)
        atoms = {unit: _atoms(database, unit, [one for one in layouts if one.table.unit == unit], snapshot.packs)
                 for unit in units}
    return Counted(layouts, atoms, undecided, frame)


def latest_year(snapshot: Snapshot) -> int:
    """The newest year in which an item was first seen.

    Raises:
        InputError: STU-09, there are no items, so there is no such year.
    """
    with snapshot.opened() as database:
        ((year,),) = database.execute("SELECT max(year(first_seen)) FROM media").fetchall()
    if year is None:
        raise InputError("STU-09", "the year is not given, and the station holds no items to take it from")
    return int(year)


def _take_cohort(database: duckdb.DuckDBPyConnection, cohort: Condition | None, period: Period) -> int:
    """Keep the media for which the condition is true as `cohort`; how many are undecided."""
    first, after = period[0], period[1] + timedelta(days=1)
    within = f"m.first_seen >= TIMESTAMP '{first} 00:00:00' AND m.first_seen < TIMESTAMP '{after} 00:00:00'"
    condition = cohort.sql() if cohort else str(TRUE)
    database.execute(f"CREATE TEMP TABLE asked AS SELECT m.sha256, {condition} AS held FROM media m WHERE {within}")
    database.execute(f"CREATE TEMP TABLE cohort AS SELECT sha256 FROM asked WHERE held = {TRUE}")
    found = dict(database.execute("SELECT held, count(*) FROM asked GROUP BY held").fetchall())
    if not found.get(TRUE):
        raise InputError(
            "STU-07", f"the cohort is empty: of {sum(found.values())} items first seen from {period[0]} to {period[1]},"
            f" {found.get(FALSE, 0)} do not belong and {found.get(UNKNOWN, 0)} are undecided")
    return int(found.get(UNKNOWN, 0))


def _draw(database: duckdb.DuckDBPyConnection, sample: Sample | None) -> dict[str, int]:
    """Draw the sample as `sampled`; how many media each stratum holds. Twin: studies.sample.draw."""
    database.execute("CREATE TEMP TABLE sampled (sha256 VARCHAR)")
    frame = {}
    for stratum in sample.strata if sample else ():
        within = f"FROM media m WHERE {OF_COHORT} AND {stratum.of.sql()} = {TRUE}"
        ((held,),) = database.execute(f"SELECT count(*) {within}").fetchall()
        if held < stratum.size:
            said = f"a sample of {stratum.size} is asked of stratum `{stratum.key}`, which holds {held}"
            raise stratum.place.error("STU-08", said)
        frame[stratum.key] = held
        order = place_sql(sample.seed if sample else "", "m.sha256")
        database.execute(f"INSERT INTO sampled SELECT m.sha256 {within} ORDER BY {order} LIMIT {stratum.size}")
    return frame


def _atoms(database: duckdb.DuckDBPyConnection, unit: str, layouts: Sequence[Layout],
           packs: Sequence[PackUsed]) -> Atoms:
    names = [(layout, name, expression) for layout in layouts for name, expression in layout.sql.items()]
    asked = ", ".join(f"{expression} AS x{n}" for n, (_, _, expression) in enumerate(names))
    belongs = {layout.table.name: n for n, (layout, name, _) in enumerate(names) if name == "in"}
    # What a unit holds for a table it does not belong to is of no account, and would only split atoms.
    kept = ", ".join(
        f"x{n}" if name == "in" else f"CASE WHEN x{belongs[layout.table.name]} = {IN} THEN x{n} END AS x{n}"
        for n, (layout, name, _) in enumerate(names))
    shadows = _urls(packs) if unit == "url" else ""
    found = database.execute(
        f"WITH {shadows} units AS (SELECT true AS cohort{', ' * bool(names)}{asked} FROM {FROM[unit]}), "
        f"kept AS (SELECT cohort{', ' * bool(names)}{kept} FROM units) "
        "SELECT *, count(*) FROM kept GROUP BY ALL ORDER BY ALL").fetchall()
    cells = [Cell("", "total"), *(cell for layout in layouts for cell in layout.cells())]
    place = {cell: n for n, cell in enumerate(cells)}
    matrix = np.zeros((len(cells), len(found)), dtype=np.int64)
    matrix[0] = unit == "media"  # how many URLs or children there are in all is not printed
    for atom, row in enumerate(found):
        for layout, values in _by_layout(names, row[1:-1]):
            for cell, times in layout.counted(values):
                matrix[place[cell], atom] += times
    return Atoms(tuple(cells), matrix, np.array([row[-1] for row in found], dtype=np.int64))


def _by_layout(names: Sequence[tuple[Layout, str, str]], values: Sequence[object],
               ) -> Iterable[tuple[Layout, dict[str, object]]]:
    held: dict[str, tuple[Layout, dict[str, object]]] = {}
    for (layout, name, _), value in zip(names, values, strict=True):
        held.setdefault(layout.table.name, (layout, {}))[1][name] = value
    return held.values()


def _urls(packs: Sequence[PackUsed]) -> str:
    """Relations `media` and `children` in which a URL stands where a medium does.

    Its children are those of all graded media of the cohort seen there; its age is that of the
    youngest, its sexes their union, and its severity the most severe of any medium.
    """
    bands = [band for band in vocabulary().facts["age_band"].values if band != ADULT]
    band = f"c.age_band IS NULL OR c.age_band = '{CANNOT_DETERMINE}'"
    sex = f"c.sex IS NULL OR c.sex = '{CANNOT_DETERMINE}'"
    verdicts = "".join(f', {_most_severe(pack)} AS "verdict.{pack.id}"' for pack in packs)
    return f"""
    seen AS (SELECT DISTINCT url, sha256 FROM main.sightings WHERE sha256 IN (SELECT sha256 FROM cohort)),
    children AS (SELECT s.url AS sha256, c.* EXCLUDE (sha256) FROM seen s JOIN main.media m ON m.sha256 = s.sha256
      JOIN main.children c ON c.sha256 = s.sha256 WHERE m.graded),
    shown AS (SELECT c.sha256, min(list_position({bands}, c.age_band)) AS youngest, bool_or({band}) AS age_open,
      bool_or(coalesce(c.sex = 'girl', false)) AS girl, bool_or(coalesce(c.sex = 'boy', false)) AS boy,
      bool_or({sex}) AS sex_open FROM children c GROUP BY c.sha256),
    media AS (SELECT u.*,
      CASE WHEN s.youngest = 1 OR NOT s.age_open THEN ({bands})[s.youngest] END AS youngest_age_band,
      CASE WHEN s.girl AND s.boy THEN 'both' WHEN s.sex_open THEN NULL
        WHEN s.girl THEN 'girls' WHEN s.boy THEN 'boys' END AS sexes
      FROM (SELECT s.url AS sha256, bool_or(m.graded) AS graded, {_origin()} AS origin{verdicts}
        FROM seen s JOIN main.media m ON m.sha256 = s.sha256 GROUP BY s.url) u
      LEFT JOIN shown s ON s.sha256 = u.sha256),"""


def _origin() -> str:
    """Self-generated if any graded medium is; else open while any is; else another person is present."""
    some = "coalesce(bool_or({}) FILTER (WHERE m.graded), false)"
    cases = [("m.origin = 'self_generated'", "'self_generated'"), ("m.origin IS NULL", "NULL"),
             (f"m.origin = '{CANNOT_DETERMINE}'", f"'{CANNOT_DETERMINE}'"), ("m.origin = 'unknown'", "'unknown'")]
    tests = " ".join(f"WHEN {some.format(f'coalesce({test}, false)')} THEN {value}" for test, value in cases)
    return f"CASE {tests} ELSE 'other_present' END"


def _most_severe(pack: PackUsed) -> str:
    """The outcomes still possible for the most severe medium: none milder than what some medium has at least."""
    ranked = "[" + ", ".join("'" + outcome.replace("'", "''") + "'" for outcome in pack.outcomes) + "]"
    verdict = f'm."verdict.{pack.id}"'
    floor = f"min(list_position({ranked}, {verdict}[-1])) FILTER (WHERE m.graded)"
    possible = f"flatten(list({verdict}) FILTER (WHERE m.graded))"
    return (f"list_filter({ranked}, lambda o: list_contains({possible}, o) AND list_position({ranked}, o) <= {floor})")

"""Counting: one query for each unit of count, and every printed number a sum of its groups.

Media alike in all that a study asks are counted as one kind, so that a question is asked of each
kind once: of a distinct grade, and of the fields of items that the study names. URLs are alike
where the same grades were seen at them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
from numpy.typing import NDArray

from hashgrade.errors import InputError
from hashgrade.law.condition import ALWAYS, FALSE, TRUE, UNKNOWN
from hashgrade.law.vocabulary import ADULT, CANNOT_DETERMINE, vocabulary
from hashgrade.studies.sample import place_sql
from hashgrade.studies.snapshot import PackUsed, Snapshot
from hashgrade.studies.study import Stratum, Study
from hashgrade.studies.table import Asked, Cell, Layout, lay_out, names, spread

Period = tuple[date, date]
Whole = NDArray[np.int64]


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
        cohort = _Cohort(study, period)
        undecided, frame = cohort.take(database), cohort.draw(database)
        if "url" in units:
            cohort.visit(database, snapshot.packs)
        atoms = {unit: _atoms(database, unit, [one for one in layouts if one.table.unit == unit]) for unit in units}
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


# -- who is counted -----------------------------------------------------------------------------------------------


class _Cohort:
    """Makes the relations that tables are counted on: `media_m` and `url_m`, and their children, `media_c` and `url_c`.

    A row of the first two stands for `times` units that are alike.
    """

    def __init__(self, study: Study, period: Period) -> None:
        self.period, self.cohort, self.seed = period, study.cohort, study.sample.seed if study.sample else ""
        self.strata: tuple[Stratum, ...] = study.sample.strata if study.sample else ()
        first, after = period[0], period[1] + timedelta(days=1)
        self.within = f"i.first_seen >= TIMESTAMP '{first} 00:00:00' AND i.first_seen < TIMESTAMP '{after} 00:00:00'"
        conditions = [study.cohort, *(stratum.of for stratum in self.strata)]
        asked = {name for condition in conditions if condition for name in condition.names}
        asked |= {name for table in study.tables for name in names(table)}
        self.fields = [name for name in vocabulary().fields if name in asked]

    def take(self, database: duckdb.DuckDBPyConnection) -> int:
        """Find the media for which the condition of the cohort is true; how many are undecided."""
        listed = "".join(f", i.{name}" for name in self.fields)
        database.execute(
            "CREATE TEMP TABLE kinds AS SELECT row_number() OVER () AS n, * FROM (SELECT i.grade"
            f"{listed}, count(*) AS times FROM items i WHERE {self.within} GROUP BY ALL)")
        _joined(database, "kind", "kinds")
        asked = Asked()
        conditions = [self.cohort or ALWAYS, *(stratum.of for stratum in self.strata)]
        held = ", ".join(f"{asked.of(condition)} AS held{n}" for n, condition in enumerate(conditions))
        database.execute(f"CREATE TEMP TABLE asked AS SELECT m.n, m.grade{listed.replace('i.', 'm.')}, m.times, {held} "
                         f"FROM {_units('kind', asked.over_children)}")
        found = dict(database.execute("SELECT held0, sum(times)::BIGINT FROM asked GROUP BY held0").fetchall())
        if not found.get(TRUE):
            raise InputError(
                "STU-07", f"the cohort is empty: of {sum(found.values())} items first seen from {self.period[0]} to "
                f"{self.period[1]}, {found.get(FALSE, 0)} do not belong and {found.get(UNKNOWN, 0)} are undecided")
        return int(found.get(UNKNOWN, 0))

    @property
    def members(self) -> str:
        """A query from items, as `i`, with the kind `k` of each, of those that belong to the cohort."""
        same = "".join(f" AND k.{name} IS NOT DISTINCT FROM i.{name}" for name in self.fields)
        return f"FROM items i JOIN asked k ON k.grade = i.grade{same} WHERE {self.within} AND k.held0 = {TRUE}"

    def draw(self, database: duckdb.DuckDBPyConnection) -> dict[str, int]:
        """Draw the sample; how many media each stratum holds. Twin: studies.sample.draw."""
        database.execute("CREATE TEMP TABLE drawn (n BIGINT, kind BIGINT)")
        frame = {}
        for n, stratum in enumerate(self.strata, 1):
            ((held,),) = database.execute("SELECT coalesce(sum(times), 0)::BIGINT FROM asked "
                                          f"WHERE held0 = {TRUE} AND held{n} = {TRUE}").fetchall()
            if held < stratum.size:
                said = f"a sample of {stratum.size} is asked of stratum `{stratum.key}`, which holds {held}"
                raise stratum.place.error("STU-08", said)
            frame[stratum.key] = held
            order = place_sql(self.seed, "lower(hex(i.sha256))")
            database.execute(f"INSERT INTO drawn SELECT i.n, k.n {self.members} AND k.held{n} = {TRUE} "
                             f"ORDER BY {order} LIMIT {stratum.size}")
        database.execute(f"""
            CREATE TEMP TABLE cohort AS
            WITH drawn AS (SELECT kind AS n, count(DISTINCT n) AS drawn FROM drawn GROUP BY kind),
            parted AS (SELECT a.* EXCLUDE (n), coalesce(d.drawn, 0) AS drawn FROM asked a LEFT JOIN drawn d USING (n)
              WHERE a.held0 = {TRUE})
            SELECT row_number() OVER () AS n, * FROM (
              SELECT * EXCLUDE (drawn) REPLACE (times - drawn AS times), false AS sampled FROM parted
              WHERE times > drawn UNION ALL
              SELECT * EXCLUDE (drawn) REPLACE (drawn AS times), true AS sampled FROM parted WHERE drawn > 0)""")
        _joined(database, "media", "cohort")
        return frame

    def visit(self, database: duckdb.DuckDBPyConnection, packs: Sequence[PackUsed]) -> None:
        """Find the URLs at which media of the cohort were seen: alike are those with the same grades of record.

        A URL's children are those of all its graded media; its age is that of the youngest, its sexes
        their union, and its severity the most severe of any medium. None of it depends on how many
        media have a grade, so that a URL is the set of its grades.
        """
        seen = ("SELECT s.url, nullif(t.grade, 0) AS grade FROM sightings s "
                f"JOIN (SELECT i.n, i.grade {self.members}) t ON t.n = s.n")
        database.execute(f"""
            CREATE TEMP TABLE visited AS SELECT url, min(grade) AS low, max(grade) AS high FROM ({seen}) GROUP BY url;
            CREATE TEMP TABLE urls AS SELECT row_number() OVER () AS n, * FROM (
              SELECT CASE WHEN low IS NULL THEN [] ELSE [low] END AS held, count(*) AS times FROM visited
              WHERE low IS NULL OR low = high GROUP BY ALL
              UNION ALL SELECT held, count(*) AS times FROM (
                SELECT list_sort(list(DISTINCT grade)) AS held FROM ({seen}) WHERE grade IS NOT NULL
                AND url IN (SELECT url FROM visited WHERE low < high) GROUP BY url) GROUP BY ALL);
            CREATE TEMP TABLE held AS SELECT n, unnest(held) AS grade FROM urls;
            CREATE TEMP VIEW url_c AS SELECT h.n, c.* FROM held h JOIN graded_children c USING (grade);
            CREATE TEMP VIEW url_m AS {_urls(packs)}""")


def _joined(database: duckdb.DuckDBPyConnection, unit: str, kinds: str) -> None:
    database.execute(f"""
        CREATE TEMP VIEW {unit}_m AS SELECT k.*, g.* EXCLUDE (grade) FROM {kinds} k JOIN grades g USING (grade);
        CREATE TEMP VIEW {unit}_c AS SELECT k.n, c.* FROM {kinds} k JOIN graded_children c USING (grade)""")


def _units(unit: str, over_children: Mapping[str, str]) -> str:
    """The units `m` with the aggregates over their children `k`; children `c` are units by themselves."""
    if unit == "child":
        return "media_m m JOIN media_c c ON c.n = m.n WHERE c.stated"
    if not over_children:
        return f"{unit}_m m"
    listed = ", ".join(f"{expression} AS {name}" for name, expression in over_children.items())
    return (f"{unit}_m m LEFT JOIN (SELECT m.n, {listed} FROM {unit}_m m JOIN {unit}_c c ON c.n = m.n GROUP BY m.n) k"
            " ON k.n = m.n")


def _urls(packs: Sequence[PackUsed]) -> str:
    """One row a URL, as if it were a medium."""
    bands = [band for band in vocabulary().facts["age_band"].values if band != ADULT]
    band = f"c.age_band IS NULL OR c.age_band = '{CANNOT_DETERMINE}'"
    sex = f"c.sex IS NULL OR c.sex = '{CANNOT_DETERMINE}'"
    verdicts = "".join(f', {_most_severe(pack)} AS "verdict.{pack.id}"' for pack in packs)
    return f"""
    SELECT u.n, u.times, len(u.held) > 0 AS graded, o.* EXCLUDE (n),
      CASE WHEN s.youngest = 1 OR NOT s.age_open THEN ({bands})[s.youngest] END AS youngest_age_band,
      CASE WHEN s.girl AND s.boy THEN 'both' WHEN s.sex_open THEN NULL
        WHEN s.girl THEN 'girls' WHEN s.boy THEN 'boys' END AS sexes
    FROM urls u
    LEFT JOIN (SELECT h.n, {_origin()} AS origin{verdicts} FROM held h JOIN grades m USING (grade) GROUP BY h.n) o
      ON o.n = u.n
    LEFT JOIN (SELECT c.n, min(list_position({bands}, c.age_band)) AS youngest, bool_or({band}) AS age_open,
      bool_or(coalesce(c.sex = 'girl', false)) AS girl, bool_or(coalesce(c.sex = 'boy', false)) AS boy,
      bool_or({sex}) AS sex_open FROM url_c c GROUP BY c.n) s ON s.n = u.n"""


def _origin() -> str:
    """Self-generated if any graded medium is; else open while any is; else another person is present."""
    cases = [("m.origin = 'self_generated'", "'self_generated'"), ("m.origin IS NULL", "NULL"),
             (f"m.origin = '{CANNOT_DETERMINE}'", f"'{CANNOT_DETERMINE}'"), ("m.origin = 'unknown'", "'unknown'")]
    tests = " ".join(f"WHEN bool_or(coalesce({test}, false)) THEN {value}" for test, value in cases)
    return f"CASE {tests} ELSE 'other_present' END"


def _most_severe(pack: PackUsed) -> str:
    """The outcomes still possible for the most severe medium: none milder than what some medium has at least."""
    ranked = "[" + ", ".join("'" + outcome.replace("'", "''") + "'" for outcome in pack.outcomes) + "]"
    verdict = f'm."verdict.{pack.id}"'
    possible = f"flatten(list(DISTINCT {verdict}))"
    floor = f"min(list_position({ranked}, {verdict}[-1]))"
    return f"list_filter(({ranked})[:{floor}], lambda o: list_contains({possible}, o))"


# -- what is counted ----------------------------------------------------------------------------------------------


def _atoms(database: duckdb.DuckDBPyConnection, unit: str, layouts: Sequence[Layout]) -> Atoms:
    """Ask each unit all that its tables ask, put the like together, and tell in which cells each group counts."""
    columns = list(dict.fromkeys(column for layout in layouts for column in _coded(layout).values()))
    listed = "".join(f", {column} AS x{n}" for n, column in enumerate(columns))
    over_children = {name: asked for layout in layouts for name, asked in layout.over_children.items()}
    found = database.execute(
        f"SELECT sum(times)::BIGINT AS times, * EXCLUDE (times) FROM (SELECT m.times{listed} "
        f"FROM {_units(unit, over_children)}) GROUP BY ALL").fetchnumpy()
    held = {column: np.asarray(found[f"x{n}"], dtype=np.int64) for n, column in enumerate(columns)}
    tables = [_Tabled.of(layout, [held[column] for column in _coded(layout).values()]) for layout in layouts]
    return _together(unit, layouts, tables, np.asarray(found["times"], dtype=np.int64))


def _coded(layout: Layout) -> dict[str, str]:
    """The columns of a table in whole numbers: a value it is broken down by is the place of its row or column."""
    keys = {"of": layout.rows, "by": layout.columns}
    return {name: f"coalesce(list_position([{', '.join(_quoted(key) for key in keys[name])}], {sql}), 0)"
            if name in keys else sql for name, sql in layout.sql.items()}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class _Tabled:
    """One table: for each way to be counted in it, its cells and how often; and the way of each group."""

    ways: tuple[tuple[tuple[Cell, int], ...], ...]
    way: Whole

    @classmethod
    def of(cls, layout: Layout, columns: Sequence[Whole]) -> "_Tabled":
        first, alike = _alike(columns)
        keys = {"of": ["", *layout.rows], "by": ["", *layout.columns]}
        names_ = list(layout.sql)
        ways: dict[tuple[tuple[Cell, int], ...], int] = {}
        way = []
        for n in first:
            values: dict[str, object] = {name: int(column[n]) for name, column in zip(names_, columns, strict=True)}
            values |= {name: keys[name][int(str(values[name]))] for name in keys.keys() & values.keys()}
            way.append(ways.setdefault(tuple(layout.counted(values)), len(ways)))
        return cls(tuple(ways), np.array(way, dtype=np.int64)[alike])


def _alike(columns: Sequence[Whole]) -> tuple[Whole, Whole]:
    """Where each different row of the columns is first, and which of them each row is."""
    first, alike = np.zeros(1, np.int64), np.zeros(len(columns[0]), np.int64)
    for column in columns:
        _, first, alike = np.unique(alike * (int(column.max(initial=0)) + 1) + column, return_index=True,
                                    return_inverse=True)
    return first, alike


def _together(unit: str, layouts: Sequence[Layout], tables: Sequence[_Tabled], times: Whole) -> Atoms:
    """Put groups that count alike in every table together."""
    cells = (Cell("", "total"), *(cell for layout in layouts for cell in layout.cells()))
    place = {cell: n for n, cell in enumerate(cells)}
    first, alike = _alike([np.zeros(len(times), np.int64), *(table.way for table in tables)])
    units = np.zeros(len(first), dtype=np.int64)
    np.add.at(units, alike, times)
    matrix = np.zeros((len(cells), len(first)), dtype=np.int64)
    matrix[0] = unit == "media"  # how many URLs or children there are in all is not printed
    for table in tables:
        way = table.way[first]
        for n, counted in enumerate(table.ways):
            for cell, often in counted:
                matrix[place[cell], way == n] += often
    return Atoms(cells, matrix, units)

"""Counting: one query for each unit of count, and every printed number a sum of its groups.

Grades alike in all that a study asks are one, and media alike in that and in the fields of items
that it names are counted as one kind, so that each question is asked of a kind once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, vstack

from hashgrade.errors import InputError
from hashgrade.law.condition import ALWAYS, FALSE, TRUE, UNKNOWN
from hashgrade.law.vocabulary import ADULT, CANNOT_DETERMINE, vocabulary
from hashgrade.studies.sample import place_sql
from hashgrade.studies.snapshot import PackUsed, Snapshot
from hashgrade.studies.study import Stratum, Study
from hashgrade.studies.table import Asked, Cell, Layout, lay_out, names, spread

Period = tuple[date, date]
_CANNOT = f"'{CANNOT_DETERMINE}'"
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Atoms:
    """The groups of one unit: how many units each holds, and how often it counts in each cell, sparse int64 [C, A]."""

    cells: tuple[Cell, ...]
    matrix: csr_array
    units: Whole


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
        return int((atoms.matrix[[atoms.cells.index(cell)]] @ atoms.units)[0])


def count(study: Study, snapshot: Snapshot, period: Period) -> Counted:
    """Count every table of a study.

    Raises:
        InputError: STU-07, the cohort holds nothing; STU-08, a stratum is smaller than its sample;
            STU-04 and STU-05, a table cannot be counted.
    """
    layouts = tuple(lay_out(table, snapshot.packs) for one in study.tables for table in spread(one, snapshot.packs))
    units = ["media", *sorted({layout.table.unit for layout in layouts} - {"media"})]
    _check_packs(study, snapshot.packs)
    of_unit = {unit: [layout for layout in layouts if layout.table.unit == unit] for unit in units}
    with snapshot.opened() as database:
        cohort = _Cohort(study, period, [*of_unit["media"], *of_unit.get("child", ())])
        undecided, frame = cohort.take(database), cohort.draw(database)
        if "url" in units:
            cohort.visit(database, of_unit["url"], snapshot.packs)
        atoms = {unit: _atoms(database, unit, some) for unit, some in of_unit.items()}
    return Counted(layouts, atoms, undecided, frame)


def _check_packs(study: Study, packs: Sequence[PackUsed]) -> None:
    """Refuse a cohort, or a stratum, by the verdict of a pack that is not in use."""
    in_use = {f"verdict.{pack.id}" for pack in packs}
    strata = study.sample.strata if study.sample else ()
    asked = [(study.cohort, study.place.at("cohort")), *((one.of, one.place.at("of")) for one in strata)]
    for name, place in ((name, place) for condition, place in asked if condition for name in sorted(condition.names)):
        if name.startswith("verdict.") and name not in in_use:
            listed = ", ".join(sorted(pack.id for pack in packs)) or "none"
            raise place.error("STU-04", f"`{name}` asks for a pack that is not in use (in use: {listed})")


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


def members(database: duckdb.DuckDBPyConnection, study: Study, period: Period) -> str:
    """Find the media of a study's cohort; a query that gives the number `n` of each.

    Raises:
        InputError: STU-07, there are none.
    """
    cohort = _Cohort(study, period, ())
    cohort.take(database)
    database.execute(f"CREATE TEMP TABLE members AS SELECT i.n {cohort.members}")
    return "SELECT n FROM members"


# -- who is counted -----------------------------------------------------------------------------------------------


class _Cohort:
    """Makes the relations that tables are counted on: `media_m` and `url_m`, and their children, `media_c` and `url_c`.

    A row of the first two stands for `times` units that are alike.
    """

    def __init__(self, study: Study, period: Period, layouts: Sequence[Layout]) -> None:
        self.period, self.cohort, self.seed = period, study.cohort, study.sample.seed if study.sample else ""
        self.strata: tuple[Stratum, ...] = study.sample.strata if study.sample else ()
        first, after = period[0], period[1] + timedelta(days=1)
        self.within = f"i.first_seen >= TIMESTAMP '{first} 00:00:00' AND i.first_seen < TIMESTAMP '{after} 00:00:00'"
        conditions = [study.cohort, *(stratum.of for stratum in self.strata)]
        self.asked = {name for condition in conditions if condition for name in condition.names} | _names(layouts)
        self.fields = [name for name in vocabulary().fields if name in self.asked]

    def take(self, database: duckdb.DuckDBPyConnection) -> int:
        """Find the media for which the condition of the cohort is true; how many are undecided."""
        listed = "".join(f", i.{name}" for name in self.fields)
        _put_together(database, "alike", self.asked)
        database.execute(
            "CREATE TEMP TABLE kinds AS SELECT row_number() OVER () AS n, * FROM (SELECT a.alike AS grade"
            f"{listed}, count(*) AS times FROM items i JOIN alike a USING (grade) WHERE {self.within} GROUP BY ALL)")
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
        return (f"FROM items i JOIN alike a USING (grade) JOIN asked k ON k.grade = a.alike{same} "
                f"WHERE {self.within} AND k.held0 = {TRUE}")

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

    def visit(self, database: duckdb.DuckDBPyConnection, layouts: Sequence[Layout], packs: Sequence[PackUsed]) -> None:
        """Find the URLs at which media of the cohort were seen; those with one grade, or none, are alike.

        A URL's children are those of all its graded media; its age is that of the youngest, its sexes
        their union, and its severity the most severe of any medium. None of it depends on how many
        media have a grade, so that a URL is the set of its grades.
        """
        asked = _names(layouts)
        _put_together(database, "alike_at_url", asked - {"youngest_age_band", "sexes"} | {"age_band", "sex"})
        chosen = self.members if self.cohort else f"FROM items i WHERE {self.within}"
        seen = ("SELECT s.url, nullif(b.alike, 0) AS grade FROM sightings s "
                f"JOIN (SELECT i.n, i.grade {chosen}) t ON t.n = s.n JOIN alike_at_url b ON b.grade = t.grade")
        database.execute(f"""
            CREATE TEMP TABLE visited AS SELECT url, min(grade) AS low, max(grade) AS high FROM ({seen}) GROUP BY url;
            CREATE TEMP TABLE urls AS
              SELECT -coalesce(low, 0) - 1 AS n, low IS NOT NULL AS graded, count(*) AS times FROM visited
              WHERE low IS NULL OR low = high GROUP BY ALL
              UNION ALL SELECT url, true, 1 FROM visited WHERE low < high;
            CREATE TEMP TABLE held AS SELECT -n - 1 AS grade, n FROM urls WHERE n < 0 AND graded
              UNION ALL SELECT grade, url FROM ({seen}) WHERE grade IS NOT NULL
              AND url IN (SELECT url FROM visited WHERE low < high);
            CREATE TEMP VIEW url_c AS SELECT h.n, c.* FROM held h JOIN graded_children c USING (grade);
            CREATE TEMP TABLE told_of_urls AS {_told(packs, asked, any(layout.over_children for layout in layouts))};
            CREATE TEMP VIEW url_m AS {_urls(packs, asked)}""")


def _names(layouts: Sequence[Layout]) -> set[str]:
    """Every name that tables read."""
    return {name for layout in layouts for name in names(layout.table)}


def _put_together(database: duckdb.DuckDBPyConnection, relation: str, asked: set[str]) -> None:
    """Make a relation from each grade to the first that is `alike` in all that is asked; 0 is that of no grade."""
    held = {name for name, *_ in database.execute("DESCRIBE grades").fetchall()}
    listed = "".join(f', g."{name}"' for name in sorted(asked & held - {"graded"}))
    of_child = "".join(f', c."{name}"' for name in sorted(asked & vocabulary().child_names))
    database.execute(f"""
        CREATE TEMP TABLE {relation} AS WITH
        described AS (SELECT number, unnest(held) AS grade FROM (SELECT row_number() OVER () AS number, held FROM (
          SELECT list(c.grade) AS held FROM graded_children c GROUP BY c.stated{of_child}))),
        rows AS (SELECT grade, list_sort(list(number)) AS rows FROM described GROUP BY grade)
        SELECT unnest(held) AS grade, alike FROM (
          SELECT list(g.grade) AS held, min(g.grade) AS alike FROM grades g LEFT JOIN rows k USING (grade)
          GROUP BY g.graded{listed}, k.rows)""")


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


ORIGINS = ("self_generated", None, CANNOT_DETERMINE, "unknown", "other_present")
"""Of a URL the first that any medium there has: it is self-generated if any is, and open while any is."""


def _told(packs: Sequence[PackUsed], asked: set[str], apart: bool) -> str:
    """What the grades seen at a URL say together, in small numbers; URLs alike in that are one unless `apart`."""
    bands = _listed(band for band in vocabulary().facts["age_band"].values if band != ADULT)
    origins = " ".join(f"WHEN m.origin = {_quoted(origin)} THEN {n}" for n, origin in enumerate(ORIGINS) if origin)
    of_grade = {"origin": f"CASE {origins} ELSE 1 END"}
    for pack in _of_verdicts(packs, asked):
        verdict, ranked = f'm."verdict.{pack.id}"', _listed(pack.outcomes)
        of_grade[f"floor.{pack.id}"] = f"list_position({ranked}, {verdict}[-1])"
        of_grade[f"mask.{pack.id}"] = (
            f"list_sum(list_transform({verdict}, lambda o: 1::BIGINT << (list_position({ranked}, o) - 1)))::BIGINT")
    of_child = {
        "youngest": f"list_position({bands}, c.age_band)", "girl": "-(c.sex = 'girl')::INTEGER",
        "boy": "-(c.sex = 'boy')::INTEGER", "age_open": f"-(coalesce(c.age_band, {_CANNOT}) = {_CANNOT})::INTEGER",
        "sex_open": f"-(coalesce(c.sex, {_CANNOT}) = {_CANNOT})::INTEGER"}
    told = "".join(f', {sql} AS "{name}"' for name, sql in of_grade.items())
    over = "".join(f", min({sql}) AS {name}" for name, sql in of_child.items())
    together = "".join(f', {"bit_or" if name.startswith("mask") else "min"}("{name}") AS "{name}"'
                       for name in (*of_grade, *of_child))
    n = "u.n" if apart else "0"
    return f"""
      WITH told AS (SELECT m.grade{told}, k.* EXCLUDE (grade) FROM grades m LEFT JOIN (
        SELECT c.grade{over} FROM graded_children c GROUP BY c.grade) k ON k.grade = m.grade
        WHERE m.grade IN (SELECT grade FROM held))
      SELECT {n} AS n, u.graded, sum(u.times)::BIGINT AS times, o.* EXCLUDE (n) FROM urls u LEFT JOIN (
        SELECT h.n{together} FROM held h JOIN told USING (grade) GROUP BY h.n) o ON o.n = u.n GROUP BY ALL"""


def _urls(packs: Sequence[PackUsed], asked: set[str]) -> str:
    """One row a URL, as if it were a medium; its severity is none milder than what some medium there has at least."""
    bands = _listed(band for band in vocabulary().facts["age_band"].values if band != ADULT)
    origins = " ".join(f"WHEN {n} THEN {_quoted(origin) if origin else 'NULL'}" for n, origin in enumerate(ORIGINS))
    verdicts = "".join(
        f', list_filter(({_listed(pack.outcomes)})[:u."floor.{pack.id}"], '
        f'lambda o, i: (u."mask.{pack.id}" >> (i - 1)) & 1 = 1) AS "verdict.{pack.id}"'
        for pack in _of_verdicts(packs, asked))
    return f"""
      SELECT u.n, u.times, u.graded, CASE u.origin {origins} END AS origin{verdicts},
        CASE WHEN u.youngest = 1 OR u.age_open = 0 THEN ({bands})[u.youngest] END AS youngest_age_band,
        CASE WHEN u.girl = -1 AND u.boy = -1 THEN 'both' WHEN u.sex_open = -1 THEN NULL
          WHEN u.girl = -1 THEN 'girls' WHEN u.boy = -1 THEN 'boys' END AS sexes
      FROM told_of_urls u"""


def _of_verdicts(packs: Sequence[PackUsed], asked: set[str]) -> list[PackUsed]:
    return [pack for pack in packs if f"verdict.{pack.id}" in asked]


def _listed(words: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, words))}]"


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
    return {name: f"coalesce(list_position({_listed(keys[name])}, {sql}), 0)"
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
    first, alike = _alike([np.zeros(len(times), np.int64), *(table.way for table in tables)])
    units = np.zeros(len(first), dtype=np.int64)
    np.add.at(units, alike, times)
    total = np.full((1, len(first)), unit == "media", dtype=np.int64)  # of URLs and children it is not printed
    parts = [csr_array(total)]
    for table, layout in zip(tables, layouts, strict=True):
        place = {cell: n for n, cell in enumerate(layout.cells())}
        matrix = np.zeros((len(place), len(table.ways)), dtype=np.int64)
        for n, counted in enumerate(table.ways):
            for cell, often in counted:
                matrix[place[cell], n] += often
        parts.append(csr_array(csc_array(matrix)[:, table.way[first]]))
    return Atoms(cells, csr_array(vstack(parts)), units)

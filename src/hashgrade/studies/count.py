"""Counting: one query for each unit of count, and every printed number a sum of its groups.

Grades alike in all that a study asks are one, and media alike in that and in the fields of items
that it names are counted as one kind, so that each question is asked of a kind once.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import duckdb
import numpy as np

from hashgrade.errors import InputError
from hashgrade.law.condition import ALWAYS, FALSE, TRUE, UNKNOWN, literals
from hashgrade.law.vocabulary import ADULT, vocabulary
from hashgrade.studies import coded, urls
from hashgrade.studies.atoms import Atoms, Tabled, Whole, beside, together
from hashgrade.studies.checking import of_packs
from hashgrade.studies.periods import Period, number_sql, periods
from hashgrade.studies.sample import place_sql
from hashgrade.studies.snapshot import PackUsed, Snapshot
from hashgrade.studies.study import PROTOCOL, STRATUM, TIMES, Stratum, Study, Table
from hashgrade.studies.table import ALL, OTHER, REST, WHICH_CHILD, Asked, Cell, Layout, Scope, lay_out, names, spread
from hashgrade.studies.words import REPORT

PLAIN = re.compile(r"[a-z][a-z0-9_ -]{0,39}")
TEXTS_MOST = 40
"""Rows of a table of what is free text; what is more, is no plain word, or is on record too seldom, is `other`."""
STRATA = "strata"  # of a medium that was drawn: a bit for each stratum that it was drawn for
RESERVED = (ALL, OTHER, *REST)


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything counted for a study: its layouts, the cells of each unit, the cohort and the sample's frame.

    `frame` says how many media each stratum holds, and `drawn` how many were drawn of it; of `short` ones all were,
    as there are fewer than were asked for. Among the cells of media is one for what was drawn of each stratum.
    """

    layouts: tuple[Layout, ...]
    atoms: Mapping[str, Atoms]
    frame: Mapping[str, int]
    drawn: Mapping[str, int] = field(default_factory=dict)
    short: frozenset[str] = frozenset()

    @property
    def total(self) -> int:
        """Media in the cohort."""
        return self.count("media", Cell("", "total"))

    def count(self, unit: str, cell: Cell) -> int:
        """The number in one cell."""
        atoms = self.atoms[unit]
        return int((atoms.matrix[[atoms.cells.index(cell)]] @ atoms.units)[0])


def count(study: Study, snapshot: Snapshot, period: Period, *, apart: bool = False) -> Counted:
    """Count every table of a study but those that measure; where units are kept `apart`, tell the group of each.

    Raises:
        InputError: STU-07, the cohort holds nothing; STU-08, a stratum is smaller than its sample;
            STU-12, strata overlap that a table tells apart; STU-04, STU-05 and STU-13, a table cannot be counted.
    """
    tables = [one for table in study.tables if not table.measure for one in spread(table, snapshot.packs)]
    units = ["media", *sorted({_counted_as(table) for table in tables} - {"media"})]
    _check_packs(study, snapshot.packs)
    with snapshot.opened() as database:
        coded.check(study, database)
        scope = Scope(period, study.sample, _texts(database, tables, period, study.disclosure.under))
        layouts = tuple(lay_out(table, snapshot.packs, scope) for table in tables)
        of_unit = {unit: [layout for layout in layouts if _counted_as(layout.table) == unit] for unit in units}
        cohort = _Cohort(study, period, [*of_unit["media"], *of_unit.get("child", ())], apart)
        undecided = cohort.take(database)
        frame = cohort.draw(database)
        if "url" in units:
            within = cohort.within("s.first_seen")
            visited = urls.Visited(cohort.chosen, within, period, snapshot.packs, scope.texts, apart)
            urls.visit(database, of_unit["url"], visited)
        if "report" in units:
            cohort.hear(database, of_unit["report"])
        strata = {"media": [stratum.key for stratum in cohort.strata]}
        atoms = {unit: _atoms(database, unit, some, strata.get(unit, ()), apart) for unit, some in of_unit.items()}
        open_ = cohort.left_open(database) if apart else None
    atoms["media"] = beside(atoms["media"], undecided, open_)
    drawn = {stratum.key: min(stratum.size, frame[stratum.key]) for stratum in cohort.strata}
    short = frozenset(stratum.key for stratum in cohort.strata if drawn[stratum.key] < stratum.size)
    return Counted(layouts, atoms, frame, drawn, short)


def _counted_as(table: Table) -> str:
    """The unit with whose groups a table is counted: clusters with media, as that one of them which was seen first."""
    return "media" if table.unit == "cluster" else table.unit


def _texts(database: duckdb.DuckDBPyConnection, tables: Sequence[Table], period: Period, under: int
           ) -> dict[str, Sequence[str]]:
    """The words on record, within the period, of each name that is free text and has a row for each word.

    A word that stands `under` the threshold is one of the others: it may be anything that somebody wrote once.
    """
    asked = {name for table in tables for name in names(table)}
    found: dict[str, Sequence[str]] = {}
    for relation, time, listed in (("sightings", "first_seen", [name for name, fact in vocabulary().fields.items()
                                                                if fact.kind == "sightings"]),
                                   ("reports", "received_at", ["source", "outcome"])):
        for name in (name for name in listed if name in asked):
            column = "site_type" if relation == "sightings" else name
            rows = database.execute(
                f"SELECT {column}, count(*) FROM {relation} WHERE {column} IS NOT NULL AND {_within(time, period)} "
                "GROUP BY 1 ORDER BY 2 DESC, 1").fetchall()
            words = [word for word, times in rows
                     if times >= under and PLAIN.fullmatch(word) and word not in RESERVED][:TEXTS_MOST]
            found[name] = [*sorted(words), *([OTHER] if len(rows) > len(words) else [])]
    return found


def _within(column: str, period: Period) -> str:
    """Whether a time is on a day of the period."""
    after = period[1] + timedelta(days=1)
    return f"{column} >= TIMESTAMP '{period[0]} 00:00:00' AND {column} < TIMESTAMP '{after} 00:00:00'"


def _check_packs(study: Study, packs: Sequence[PackUsed]) -> None:
    """Refuse a cohort, or a stratum, by the verdict of a pack that is not in use, and outcomes that no pack has."""
    in_use = {f"verdict.{pack.id}" for pack in packs}
    strata = study.sample.strata if study.sample else ()
    asked = [(study.cohort, study.place.at("cohort")), *((one.of, one.place.at("of")) for one in strata)]
    for name, place in ((name, place) for condition, place in asked if condition for name in sorted(condition.names)):
        if name.startswith("verdict.") and name not in in_use:
            listed = ", ".join(sorted(pack.id for pack in packs)) or "none"
            raise place.error("STU-04", f"`{name}` asks for a pack that is not in use (in use: {listed})")
    for error in of_packs(study, packs):
        raise error


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


def drawn(study: Study, snapshot: Snapshot, period: Period) -> list[tuple[str, str]]:
    """The stratum and the SHA-256 of every medium of a study's sample, in the order in which they are drawn.

    Raises:
        InputError: STU-07, the cohort holds nothing; STU-08, a stratum is smaller than its sample.
    """
    seed, strata = (study.sample.seed, study.sample.strata) if study.sample else ("", ())
    with snapshot.opened() as database:
        cohort = _Cohort(study, period, ())
        cohort.take(database)
        cohort.draw(database)
        order = place_sql(seed, "lower(hex(i.sha256))")
        found = database.execute("SELECT d.stratum, lower(hex(i.sha256)) FROM drawn d JOIN items i ON i.n = d.n "
                                 f"ORDER BY 1, {order}").fetchall()
    return [(strata[number - 1].key, digest) for number, digest in found]


# -- who is counted -----------------------------------------------------------------------------------------------


class _Cohort:
    """Makes the relations that tables are counted on: `media_m` and its children `media_c`, and `report_m`.

    A row of the first and the last stands for `times` units that are alike.
    """

    def __init__(self, study: Study, period: Period, layouts: Sequence[Layout],
                 apart: bool = False) -> None:
        self.study, self.period, self.cohort = study, period, study.cohort
        self.strata: tuple[Stratum, ...] = study.sample.strata if study.sample else ()
        conditions = [study.cohort, *(stratum.of for stratum in self.strata)]
        self.tables = [layout.table for layout in layouts]
        self.asked = {name for condition in conditions if condition for name in condition.names} | _names(layouts)
        self.fields = {name: f"i.{name}" for name in vocabulary().fields if name in self.asked}
        if any(table.unit == "cluster" for table in self.tables):
            self.fields |= {name: f"i.{name}" for name in ("first_of_cluster", "cluster_hosts")}
        self.fields |= {every: number_sql(every, period, "i.first_seen") for every in TIMES if every in self.asked}
        self.apart = apart
        self.fields |= {"item": "i.n"} if apart else {}

    def within(self, column: str) -> str:
        """Whether a time is on a day of the study's period."""
        return _within(column, self.period)

    def take(self, database: duckdb.DuckDBPyConnection) -> int:
        """Find the media for which the condition of the cohort is true; how many are undecided."""
        listed = "".join(f", {sql} AS {name}" for name, sql in self.fields.items())
        database.execute(f"CREATE TEMP VIEW told_children AS {_children(self.asked)}")
        by_child = any(table.unit == "child" or any(row.at_least for row in table.rows) for table in self.tables)
        _put_together(database, self.asked, by_child=by_child)
        database.execute(
            "CREATE TEMP TABLE kinds AS SELECT row_number() OVER () AS n, * FROM (SELECT a.alike AS grade"
            f"{listed}, count(*) AS times FROM items i JOIN alike a USING (grade) WHERE {self.within('i.first_seen')} "
            "GROUP BY ALL)")
        self._joined(database, "kind", "kinds")
        asked = Asked()
        conditions = [self.cohort or ALWAYS, *(stratum.of for stratum in self.strata)]
        held = ", ".join(f"{asked.of(condition)} AS held{n}" for n, condition in enumerate(conditions))
        database.execute(f"CREATE TEMP TABLE told AS SELECT m.n, {held} FROM {_units('kind', asked.over_children)}; "
                         "CREATE TEMP TABLE asked AS SELECT * FROM kinds JOIN told USING (n)")
        found = dict(database.execute("SELECT held0, sum(times)::BIGINT FROM asked GROUP BY held0").fetchall())
        if not found.get(TRUE):
            raise self.study.place.at("cohort").error(
                "STU-07", f"the cohort is empty: of {sum(found.values())} items first seen from {self.period[0]} to "
                f"{self.period[1]}, {found.get(FALSE, 0)} do not belong and {found.get(UNKNOWN, 0)} are undecided")
        return int(found.get(UNKNOWN, 0))

    @property
    def members(self) -> str:
        """A query from items, as `i`, with the kind `k` of each, of those that belong to the cohort."""
        return self._of_period(TRUE)

    def left_open(self, database: duckdb.DuckDBPyConnection) -> Whole:
        """The numbers of the media for which the condition of the cohort is undecided, rising."""
        found = database.execute(f"SELECT i.n {self._of_period(UNKNOWN)} ORDER BY 1").fetchnumpy()
        return np.asarray(found["n"], dtype=np.int64)

    def _of_period(self, held: int) -> str:
        same = "".join(f" AND k.{name} IS NOT DISTINCT FROM {sql}" for name, sql in self.fields.items())
        return (f"FROM items i JOIN alike a USING (grade) JOIN asked k ON k.grade = a.alike{same} "
                f"WHERE {self.within('i.first_seen')} AND k.held0 = {held}")

    @property
    def chosen(self) -> str:
        """The numbers of the media of the cohort, as a query; empty where all of the period are."""
        return f"SELECT i.n {self.members}" if self.cohort else ""

    def draw(self, database: duckdb.DuckDBPyConnection) -> dict[str, int]:
        """Draw the sample; how many media each stratum holds. Twin: studies.sample.draw."""
        database.execute("CREATE TEMP TABLE drawn (n BIGINT, kind BIGINT, stratum INTEGER)")
        frame = {}
        for n, stratum in enumerate(self.strata, 1):
            ((held,),) = database.execute("SELECT coalesce(sum(times), 0)::BIGINT FROM asked "
                                          f"WHERE held0 = {TRUE} AND held{n} = {TRUE}").fetchall()
            if held < stratum.size and not stratum.at_most:
                said = f"a sample of {stratum.size} is asked of stratum `{stratum.key}`, which holds {held}"
                raise stratum.place.error("STU-08", said)
            frame[stratum.key] = held
            seed = self.study.sample.seed if self.study.sample else ""
            order = place_sql(seed, "lower(hex(i.sha256))")
            database.execute(f"INSERT INTO drawn SELECT i.n, k.n, {n} {self.members} AND k.held{n} = {TRUE} "
                             f"ORDER BY {order} LIMIT {stratum.size}")
        self._check_apart(database)
        told = self._told_of_sample() | ({STRATA: "d.strata"} if self.strata else {})
        listed = "".join(f", {sql} AS \"{name}\"" for name, sql in told.items())
        nothing = "".join(f', NULL AS "{name}"' for name in told)
        codings = ""
        if told.keys() - {STRATUM, STRATA}:
            codings = f"LEFT JOIN ({self._coded()}) o ON o.n = d.n"
        database.execute(f"""
            CREATE TEMP TABLE cohort AS
            WITH once AS (SELECT n, any_value(kind) AS kind, min(stratum) AS stratum,
              bit_or(1::BIGINT << (stratum - 1)) AS strata FROM drawn GROUP BY n),
            sampled AS (SELECT d.kind{listed}, count(*) AS drawn FROM once d {codings} GROUP BY ALL),
            taken AS (SELECT kind AS n, sum(drawn)::BIGINT AS drawn FROM sampled GROUP BY kind)
            SELECT row_number() OVER () AS n, * FROM (
              SELECT a.* EXCLUDE (n) REPLACE (a.times - coalesce(t.drawn, 0) AS times), false AS sampled{nothing}
              FROM asked a LEFT JOIN taken t USING (n) WHERE a.held0 = {TRUE} AND a.times > coalesce(t.drawn, 0)
              UNION ALL SELECT a.* EXCLUDE (n) REPLACE (s.drawn AS times), true AS sampled, s.* EXCLUDE (kind, drawn)
              FROM sampled s JOIN asked a ON a.n = s.kind)""")
        self._joined(database, "media", "cohort")
        return frame

    def _told_of_sample(self) -> dict[str, str]:
        """What tables ask of the sample alone: of a drawn item `d` and its codings `o`."""
        asked = {name for table in self.tables for name in names(table)}
        keys = f"({[stratum.key for stratum in self.strata]})"
        told = {STRATUM: f"{keys}[d.stratum]"} if STRATUM in asked else {}
        return told | {name: f'o."{name}"' for name in sorted(asked) if name.startswith(PROTOCOL)}

    def _coded(self) -> str:
        """What all coders of an item answer alike, question by question; a question that some did not answer has none.

        Twin: hashgrade.studies.coded.of_record.
        """
        questions = self.study.sample.protocol.values() if self.study.sample else ()
        columns = "".join(f", (any_value(answer) FILTER (WHERE question = '{one.key}')){'' if one.many else '[1]'} "
                          f'AS "{one.name}"' for one in questions)
        of_study = f"codings WHERE study = '{self.study.name}'"
        return f"""
            SELECT n{columns} FROM (
              SELECT c.n, c.question, any_value(c.answer) AS answer FROM (FROM {of_study}) c
              JOIN (SELECT n, count(DISTINCT coder) AS coders FROM {of_study} GROUP BY n) d USING (n)
              GROUP BY c.n, c.question HAVING count(*) = any_value(d.coders) AND count(DISTINCT c.answer) = 1)
            GROUP BY n"""

    def _check_apart(self, database: duckdb.DuckDBPyConnection) -> None:
        """Refuse strata that overlap where a table is broken down by them."""
        table = next((table for table in self.tables if STRATUM in names(table)), None)
        if not table:
            return
        held = " + ".join(f"(held{n} = {TRUE})::INTEGER" for n, _ in enumerate(self.strata, 1))
        ((found,),) = database.execute(f"SELECT coalesce(sum(times), 0)::BIGINT FROM asked WHERE held0 = {TRUE} "
                                       f"AND {held} > 1").fetchall()
        if found:
            said = f"table `{table.key}` tells strata apart, and {found} media are in more than one"
            raise table.place.error("STU-12", said)

    def _joined(self, database: duckdb.DuckDBPyConnection, unit: str, kinds: str) -> None:
        named = "".join(f", ({list(periods(every, self.period))})[k.{every} + 1] AS {every}"
                        for every in self.fields if every in TIMES)
        replaced = f" REPLACE ({named[2:]})" if named else ""
        database.execute(f"""
            CREATE TEMP VIEW {unit}_m AS SELECT k.*{replaced}, g.* EXCLUDE (grade) FROM {kinds} k
              JOIN grades g USING (grade);
            CREATE TEMP VIEW {unit}_c AS SELECT k.n, c.* FROM {kinds} k JOIN told_children c USING (grade)""")

    def hear(self, database: duckdb.DuckDBPyConnection, layouts: Sequence[Layout]) -> None:
        """Find the reports received in the period; of a cohort, those that led to a medium of it."""
        asked = _names(layouts)
        listed = ", r.report AS item" if self.apart else ""
        listed += "".join(f", r.{name}" for name in REPORT if name in asked)
        listed += "".join(f", ({list(periods(every, self.period))})[{number_sql(every, self.period, 'r.received_at')}"
                          f" + 1] AS {every}" for every in TIMES if every in asked)
        led = f" AND r.report IN (SELECT s.report FROM sightings s WHERE s.n IN ({self.chosen}))" if self.cohort else ""
        database.execute(f"CREATE TEMP TABLE report_m AS SELECT count(*) AS times{listed} FROM reports r "
                         f"WHERE {self.within('r.received_at')}{led} GROUP BY ALL")


def _names(layouts: Sequence[Layout]) -> set[str]:
    """Every name that tables read."""
    return {name for layout in layouts for name in names(layout.table)}


def _children(asked: set[str]) -> str:
    """The children of each grade; where it is asked, the youngest of each, of several the one described first."""
    if WHICH_CHILD.id not in asked:
        return "FROM graded_children"
    bands = literals(band for band in vocabulary().facts["age_band"].values if band != ADULT)
    order = f'ORDER BY list_position({bands}, age_band) NULLS LAST, "row"'
    return (f"SELECT *, CASE WHEN row_number() OVER (PARTITION BY grade, stated {order}) = 1 THEN 'youngest' "
            f"ELSE 'others' END AS {WHICH_CHILD.id} FROM graded_children")


def _put_together(database: duckdb.DuckDBPyConnection, asked: set[str], *, by_child: bool) -> None:
    """Make the relation from each grade to the first that is `alike` in all that is asked, `by_child` of each child."""
    held = {name for name, *_ in database.execute("DESCRIBE grades").fetchall()}
    listed = "".join(f', g."{name}"' for name in sorted(asked & held - {"graded"}))
    of_child = asked & (vocabulary().child_names | {WHICH_CHILD.id})
    rows = "SELECT NULL::INTEGER AS grade, NULL AS rows WHERE false"
    if of_child or by_child:
        same = "".join(f', c."{name}"' for name in sorted(of_child))
        rows = f"""
          SELECT grade, list_sort(list(number)) AS rows FROM (
            SELECT number, unnest(held) AS grade FROM (SELECT row_number() OVER () AS number, held FROM (
              SELECT list(c.grade) AS held FROM told_children c GROUP BY c.stated{same})))
          GROUP BY grade"""
    database.execute(f"""
        CREATE TEMP TABLE alike AS SELECT unnest(held) AS grade, alike FROM (
          SELECT list(g.grade) AS held, min(g.grade) AS alike FROM grades g LEFT JOIN ({rows}) k USING (grade)
          GROUP BY g.graded{listed}, k.rows)""")


def _units(unit: str, over_children: Mapping[str, str]) -> str:
    """The units `m` with the aggregates over their children `k`; children `c` are units by themselves."""
    if unit == "child":
        return "media_m m JOIN media_c c ON c.n = m.n WHERE c.stated"
    if not over_children:
        return f"{unit}_m m"
    listed = ", ".join(f"{expression} AS {name}" for name, expression in over_children.items())
    return (f"{unit}_m m LEFT JOIN (SELECT m.n, {listed} FROM {unit}_m m JOIN {unit}_c c ON c.n = m.n GROUP BY m.n) k"
            " ON k.n = m.n")


# -- what is counted ----------------------------------------------------------------------------------------------


def _atoms(database: duckdb.DuckDBPyConnection, unit: str, layouts: Sequence[Layout], strata: Sequence[str],
           apart: bool) -> Atoms:
    """Ask each unit all that its tables ask, put the like together, and tell in which cells each group counts."""
    drawn = {key: f"(coalesce(m.{STRATA}, 0) >> {n}) & 1" for n, key in enumerate(strata)}
    coded_ = (column for layout in layouts for column in _coded(layout).values())
    columns = list(dict.fromkeys([*drawn.values(), *coded_]))
    listed = "".join(f", {column} AS x{n}" for n, column in enumerate(columns))
    over_children = {name: asked for layout in layouts for name, asked in layout.over_children.items()}
    number = f", {MEMBER[unit]} AS member" if apart else ""
    asked = f"SELECT m.times{number}{listed} FROM {_units(unit, over_children)}"
    if apart:
        database.execute(f"CREATE TEMP TABLE {unit}_asked AS {asked}")
        asked = f"SELECT * EXCLUDE (member) FROM {unit}_asked"
    found = database.execute(
        f"SELECT sum(times)::BIGINT AS times, * EXCLUDE (times) FROM ({asked}) GROUP BY ALL").fetchnumpy()
    held = {column: np.asarray(found[f"x{n}"], dtype=np.int64) for n, column in enumerate(columns)}
    tables = [Tabled.of(layout, [held[column] for column in _coded(layout).values()]) for layout in layouts]
    times = np.asarray(found["times"], dtype=np.int64)
    atoms, place = together(unit, layouts, tables, times, {key: held[column] for key, column in drawn.items()})
    return replace(atoms, members=_members(database, unit, found, place)) if apart else atoms


MEMBER = {"media": "m.item", "child": '(m.item::BIGINT << 16) | c."row"', "url": "m.item", "report": "m.item"}
"""The number that one unit has in every count of one snapshot."""


def _members(database: duckdb.DuckDBPyConnection, unit: str, found: Mapping[str, Whole], place: Whole
             ) -> tuple[Whole, Whole]:
    """The number of each unit, rising, and the group that it is in."""
    asked = {name: column for name, column in found.items() if name != "times"}
    database.register("groups", {**asked, "place": place})
    using = f"JOIN groups g USING ({', '.join(asked)})" if asked else "CROSS JOIN groups g"
    held = database.execute(f"SELECT u.member, g.place FROM {unit}_asked u {using} ORDER BY u.member").fetchnumpy()
    database.unregister("groups")
    return np.asarray(held["member"], dtype=np.int64), np.asarray(held["place"], dtype=np.int64)


def _coded(layout: Layout) -> dict[str, str]:
    """The columns of a table in whole numbers: a value it is broken down by is the place of its row or column."""
    keys = {"of": layout.rows, "by": layout.columns}
    return {name: f"coalesce(list_position({literals(keys[name])}, {sql}), 0)"
            if name in keys else sql for name, sql in layout.sql.items()}

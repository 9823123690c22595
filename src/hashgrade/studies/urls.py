"""URLs: each is told by what the media seen there say together, one bit for each thing that any of them may say.

Nothing that is asked of a URL depends on how many media say a thing, so that the bits of its media joined by
`or` are all there is to know; URLs of the same bits are one kind. A URL's children are those of all its graded
media; its age is that of the youngest, its sexes their union, and its severity the most severe of any medium.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import numpy as np
from numpy.typing import NDArray

from hashgrade.law.condition import literal, literals
from hashgrade.law.vocabulary import ADULT, CANNOT_DETERMINE, vocabulary
from hashgrade.studies.periods import Period, number_sql, periods
from hashgrade.studies.snapshot import PackUsed
from hashgrade.studies.study import TIMES
from hashgrade.studies.table import OTHER, Layout, any_at_url, conditions, names

Whole = NDArray[np.int64]
WORD = 62  # bits that a whole number holds here
ORIGINS = ("self_generated", None, CANNOT_DETERMINE, "unknown", "other_present")
"""Of a URL the first that any medium there has: it is self-generated if any is, and open while any is."""
UNNAMED = " unnamed"
"""Stands for every type of site that no row and no condition names."""
_OPEN = f"= '{CANNOT_DETERMINE}'"


@dataclass(frozen=True, slots=True)
class Visited:
    """Where to look: the media of the cohort as a query of their numbers (empty: all), within what time, by what packs.

    `texts` are the types of site that rows tell apart. Where URLs are kept `apart`, `item` is the number of each.
    """

    members: str
    within: str
    period: Period
    packs: Sequence[PackUsed]
    texts: Mapping[str, Sequence[str]]
    apart: bool = False


@dataclass(frozen=True, slots=True)
class _Bits:
    """Gives each thing that may be said a bit, by where it is said: of a medium `m`, a child `c` or a sighting `s`."""

    said: dict[str, dict[str, None]] = field(default_factory=lambda: {"m": {}, "c": {}, "s": {}})

    def bit(self, by: str, sql: str) -> str:
        """Whether a URL `u` has what the condition on `m`, `c` or `s` says: a condition on its bits."""
        self.said[by].setdefault(sql)
        place = list(self.said[by]).index(sql)
        return f"((u.{by}{place // WORD} >> {place % WORD}) & 1 = 1)"

    def words(self, by: str) -> dict[str, str]:
        """Whole numbers, by name, that hold the bits of one medium, child or sighting."""
        said = list(self.said[by])
        return {f"{by}{n // WORD}": " | ".join(
            f"(coalesce({sql}, false)::BIGINT << {place})" for place, sql in enumerate(said[n:n + WORD]))
            for n in range(0, len(said), WORD)}


def visit(database: duckdb.DuckDBPyConnection, layouts: Sequence[Layout], visited: Visited) -> None:
    """Find the URLs at which media of the cohort were seen, and make of them the relations `url_m` and `url_c`.

    A row of the first stands for `times` URLs that are alike in all that is asked. Twin: tests/naive/studies.py.
    """
    bits = _Bits()
    asked = {name for layout in layouts for name in names(layout.table)}
    columns = dict(_columns(bits, asked, visited))
    if "site_type" in asked:
        columns["site_type"] = _those(_sites(bits, layouts, visited))
    children = _children(database, bits, layouts)
    times = [every for every in TIMES if every in asked]
    _kinds(database, bits, visited, times)
    listed = "".join(f', {sql} AS "{name}"' for name, sql in columns.items())
    listed += "".join(f", ({list(periods(every, visited.period))})[u.{every} + 1] AS {every}" for every in times)
    listed += ", u.item" if visited.apart else ""
    database.execute(f"CREATE TEMP VIEW url_m AS SELECT u.n, u.times{listed} FROM urls u; {children}")


def _columns(bits: _Bits, asked: set[str], visited: Visited) -> Iterator[tuple[str, str]]:
    """What a URL has, by the names that media have, from its bits."""
    yield "graded", bits.bit("m", "m.graded")
    if "origin" in asked:
        tests = [bits.bit("m", f"m.graded AND m.origin {_is(origin)}") for origin in ORIGINS]
        yield "origin", "CASE " + " ".join(f"WHEN {test} THEN {literal(origin) if origin else 'NULL'}"
                                           for test, origin in zip(tests, ORIGINS, strict=True)) + " END"
    for pack in (pack for pack in visited.packs if f"verdict.{pack.id}" in asked):
        yield f"verdict.{pack.id}", _verdict(bits, pack)
    if "youngest_age_band" in asked:
        yield "youngest_age_band", _youngest(bits)
    if "sexes" in asked:
        yield "sexes", _sexes(bits)
    for name in sorted(asked & any_at_url()):
        values = [*vocabulary().names[name].values, CANNOT_DETERMINE]
        held = {value: bits.bit("m", f"m.graded AND coalesce(m.\"{name}\", '{CANNOT_DETERMINE}') = '{value}'")
                for value in values}
        yield name, _those(held)


def _verdict(bits: _Bits, pack: PackUsed) -> str:
    """The outcomes possible for the most severe of the media: none milder than what some medium has at least."""
    held, milder = {}, "true"
    for outcome in pack.outcomes:
        column = f'm."verdict.{pack.id}"'
        held[outcome] = f"{milder} AND " + bits.bit("m", f"m.graded AND list_contains({column}, {literal(outcome)})")
        milder += " AND NOT " + bits.bit("m", f"m.graded AND {column}[-1] = {literal(outcome)}")
    return _those(held)


def _youngest(bits: _Bits) -> str:
    bands = [band for band in vocabulary().facts["age_band"].values if band != ADULT]
    tests = {band: bits.bit("c", f"c.age_band = '{band}'") for band in bands}
    known = "NOT " + bits.bit("c", f"coalesce(c.age_band, '{CANNOT_DETERMINE}') {_OPEN}")
    return f"CASE WHEN {tests[bands[0]]} THEN '{bands[0]}' WHEN {known} THEN CASE " + " ".join(
        f"WHEN {test} THEN '{band}'" for band, test in tests.items()) + " END END"


def _sexes(bits: _Bits) -> str:
    girl, boy = (bits.bit("c", f"c.sex = '{sex}'") for sex in ("girl", "boy"))
    open_ = bits.bit("c", f"coalesce(c.sex, '{CANNOT_DETERMINE}') {_OPEN}")
    return (f"CASE WHEN {girl} AND {boy} THEN 'both' WHEN {open_} THEN NULL WHEN {girl} THEN 'girls' "
            f"WHEN {boy} THEN 'boys' END")


def _sites(bits: _Bits, layouts: Sequence[Layout], visited: Visited) -> dict[str, str]:
    """Each type of site that a row or a condition names, and one for those that none does."""
    compared = {str(value) for layout in layouts for condition in conditions(layout.table)
                for one in condition.comparisons() if one.name == "site_type" for value in one.values}
    named = sorted(compared | set(visited.texts["site_type"]) - {OTHER})
    held = {text: bits.bit("s", f"s.site_type = {literal(text)}") for text in named}
    rest = f"NOT list_contains({literals(named)}::VARCHAR[], s.site_type)"
    return held | {UNNAMED: bits.bit("s", rest)}


def _children(database: duckdb.DuckDBPyConnection, bits: _Bits, layouts: Sequence[Layout]) -> str:
    """The relation `url_c`: one child for all those at a URL whom every comparison that is asked finds alike.

    Where no medium is graded there is one of whom nothing is known.
    """
    compared = list(dict.fromkeys(one for layout in layouts for one in layout.compared))
    if not compared:
        return ""
    asked = [one.sql(child=True) for one in compared]
    listed = ", ".join(f"{sql} AS t{n}" for n, sql in enumerate(asked))
    database.execute(f"""
        CREATE TEMP TABLE patterns AS SELECT row_number() OVER () AS p, * FROM (
          SELECT first({{'grade': c.grade, 'row': c."row"}}) AS child, bool_or(NOT c.stated) AS unknown, {listed}
          FROM graded_children c GROUP BY ALL)""")
    found = database.execute("SELECT p, COLUMNS('t[0-9]+') FROM patterns ORDER BY p").fetchall()
    tests = " ".join("WHEN {} THEN {}".format(p, bits.bit("c", " AND ".join(
        f"{sql} = {value}" for sql, value in zip(asked, values, strict=True)))) for p, *values in found)
    return f"""
        CREATE TEMP TABLE one_of_each AS SELECT p.p, p.unknown, c.* FROM patterns p JOIN graded_children c
          ON c.grade = p.child.grade AND c."row" = p.child."row";
        CREATE TEMP TABLE url_c AS SELECT u.n, c.* EXCLUDE (p, unknown) FROM urls u JOIN one_of_each c
          ON CASE WHEN NOT {bits.bit("m", "m.graded")} THEN c.unknown ELSE CASE c.p {tests} END END"""


# -- from sightings to kinds of URLs ------------------------------------------------------------------------------


def _kinds(database: duckdb.DuckDBPyConnection, bits: _Bits, visited: Visited, times: Sequence[str]) -> None:
    """Make the relation `urls`: bits, the period of the first medium there, and how many URLs are alike in all that.

    Sightings are in order of their URL, so that a pass over them joins what is said at each.
    """
    said = _said(database, bits)
    first = {every: number_sql(every, visited.period, "s.first_seen") for every in times}
    own = bits.words("s")
    number = {"n": "s.n"} if visited.members else {}
    listed = "".join(f", {sql} AS {name}" for name, sql in (number | first | own).items())
    seen = database.execute(f"SELECT s.url, s.grade{listed} FROM sightings s WHERE {visited.within}").fetchnumpy()
    if visited.members:
        inside = np.zeros(int(seen["n"].max(initial=0)) + 1, dtype=np.bool_)
        members = database.execute(visited.members).fetchnumpy()["n"]
        inside[members[members < len(inside)]] = True
        seen = {name: column[inside[seen["n"]]] for name, column in seen.items()}
    url = seen["url"]
    starts = np.flatnonzero(np.append(True, url[1:] != url[:-1])[:len(url)])
    told = {name: np.bitwise_or.reduceat(column[seen["grade"]], starts) for name, column in said.items()}
    told |= {name: np.bitwise_or.reduceat(seen[name], starts) for name in own}
    told |= {name: np.minimum.reduceat(seen[name], starts) for name in first}
    told |= {"item": url[starts]} if visited.apart else {}
    database.register("joined", told)
    database.execute("CREATE TEMP TABLE urls AS SELECT (row_number() OVER ())::INTEGER AS n, * FROM ("
                     "SELECT *, count(*) AS times FROM joined GROUP BY ALL)")
    database.unregister("joined")


def _said(database: duckdb.DuckDBPyConnection, bits: _Bits) -> dict[str, Whole]:
    """What each grade says, in whole numbers in order of the grades; that of no grade says nothing."""
    of_medium, of_child = bits.words("m"), bits.words("c")
    listed = ", ".join(f"{sql} AS {name}" for name, sql in of_medium.items())
    said = dict(database.execute(f"SELECT {listed} FROM grades m ORDER BY m.grade").fetchnumpy())
    if of_child:
        listed = ", ".join(f"bit_or({sql}) AS {name}" for name, sql in of_child.items())
        found = database.execute(f"SELECT c.grade, {listed} FROM graded_children c GROUP BY c.grade").fetchnumpy()
        graded = said["m0"] & 1  # the first bit of a medium says whether it is graded
        for name in of_child:
            said[name] = np.zeros(len(graded), dtype=np.int64)
            said[name][found["grade"]] = found[name]
            said[name] *= graded
    return said


def _those(held: Mapping[str, str]) -> str:
    """The values that are held, in order."""
    listed = ", ".join(f"CASE WHEN {test} THEN {literal(value)} END" for value, test in held.items())
    return f"list_filter([{listed}], lambda one: one IS NOT NULL)"


def _is(value: str | None) -> str:
    return f"= {literal(value)}" if value else "IS NULL"

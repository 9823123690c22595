"""Measures of how people read: agreement and exposure, counted from a snapshot in groups that are alike.

Items whose readers recorded the same grades are one pattern, and there are few patterns
however many items there are; so everything past one pass over the readings is small. Who read
is a number in the snapshot, and not even that leaves this module.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from hashgrade.law.vocabulary import vocabulary
from hashgrade.studies.agreement import (
    CHILD_ROWS,
    OF_ROWS,
    Compared,
    HasOutcomes,
    Overturned,
    Question,
    Rating,
    agreement,
    overturned,
    questions,
)
from hashgrade.studies.exposure import Avoided, Doses, Taken, Viewed, avoided, dose, spared
from hashgrade.studies.study import NOT_DETERMINED, VERDICT

Whole = NDArray[np.int64]

MOST = 2**62
EVERY = "SELECT n FROM items"


def agreements(database: duckdb.DuckDBPyConnection, packs: Sequence[HasOutcomes], seed: str | int,
               cohort: str = EVERY) -> tuple[Compared, ...]:
    """Compare independent readings on every fact, on the children, and on the verdict of every pack.

    Twin: tests/naive/readings.py, which goes through readings one by one.

    Args:
        database: A snapshot, opened.
        packs: Those that its verdicts were made with.
        seed: Of the resamples.
        cohort: A query that gives the `n` of the items to look at.
    """
    asked = questions(packs)
    try:
        database.execute(MINE.format(cohort=cohort))
        database.execute(_answers(asked))
        read = _Read.of(database)
        return tuple(_compared(database, read, asked, seed))
    finally:
        for name in ("mine", "answers"):
            database.execute(f"DROP TABLE IF EXISTS {name}")


MINE = """
CREATE TEMP TABLE mine AS
  SELECT n, reader, arg_max(grade, "at") AS grade FROM readings WHERE NOT after_settlement AND n IN ({cohort})
  GROUP BY n, reader"""
PATTERNS = """
WITH patterns AS (
  SELECT row_number() OVER () - 1 AS p, * FROM (
    SELECT held, CASE WHEN i.settled THEN i.grade ELSE -1 END AS final, count(*) AS times
    FROM (SELECT n, {held} AS held FROM mine GROUP BY n) JOIN items i USING (n) GROUP BY ALL))
SELECT p, final, times, unnest(held) AS grade, generate_subscripts(held, 1) - 1 AS place FROM patterns"""
CODES = """
SELECT a.grade, d.code FROM answers a JOIN (
  SELECT {key} AS said, row_number() OVER (ORDER BY {key}) - 1 AS code
  FROM (SELECT DISTINCT {key} FROM answers WHERE {key} IS NOT NULL)) d ON d.said = a.{key}"""


@dataclass(frozen=True, slots=True)
class _Read:
    """Items whose readers recorded the same grades as one: int64 arrays, in which -1 stands for no grade.

    Args:
        grades: [P, R], a grade for each reading; of two readers the place tells whose it is.
        final: [P], the grade that was settled.
        times: [P], how many items are such.
        of_reader: [M, 2], each reader with each grade that they recorded.
        pair: Whether there are two readers.
    """

    grades: Whole
    final: Whole
    times: Whole
    of_reader: Whole
    pair: bool

    @classmethod
    def of(cls, database: duckdb.DuckDBPyConnection) -> "_Read":
        own = database.execute("SELECT DISTINCT reader, grade FROM mine").fetchnumpy()
        of_reader = np.stack([np.asarray(own[name], np.int64) for name in ("reader", "grade")], axis=1)
        readers = np.unique(of_reader[:, 0])
        held = [f"coalesce(max(grade) FILTER (reader = {reader}), -1)" for reader in readers]
        pair = len(readers) == 2
        query = PATTERNS.format(held=f"[{', '.join(held)}]" if pair else "list_sort(list(grade))")
        found = {name: np.asarray(column, np.int64) for name, column in database.execute(query).fetchnumpy().items()}
        many, most = (int(found[name].max(initial=-1)) + 1 for name in ("p", "place"))
        grades = np.full((many, most), -1, np.int64)
        grades[found["p"], found["place"]] = found["grade"]
        final, times = np.zeros(many, np.int64), np.zeros(many, np.int64)
        final[found["p"]], times[found["p"]] = found["final"], found["times"]
        return cls(grades, final, times, of_reader, pair)


def _answers(asked: Sequence[Question]) -> str:
    """What each grade of a reading or a settlement says on each question, as text; nothing where nobody was asked."""
    row = ", ".join(f'c."{name}"' for name in vocabulary().of_row)
    said = ", ".join(f'{_answer(question.key)}::VARCHAR AS "{question.key}"' for question in asked)
    held = "SELECT grade FROM mine UNION ALL SELECT grade FROM items WHERE settled"
    return (f"CREATE TEMP TABLE answers AS SELECT g.grade, {said} FROM grades g LEFT JOIN ("
            f"SELECT c.grade, list_sort(list(row({row})))::VARCHAR AS listed FROM graded_children c "
            f"WHERE c.stated AND c.grade IN ({held}) GROUP BY c.grade) r USING (grade) WHERE g.grade IN ({held})")


def _answer(key: str) -> str:
    if key == CHILD_ROWS:
        return "coalesce(r.listed, CASE WHEN g.children = 0 THEN '[]' END)"
    if key.startswith(VERDICT):
        return f'CASE WHEN len(g."{key}") = 1 THEN g."{key}"[1] ELSE \'{NOT_DETERMINED}\' END'
    if key in OF_ROWS:
        return f'coalesce(g."{key}", CASE WHEN r.listed IS NOT NULL THEN \'{NOT_DETERMINED}\' END)'
    return f'g."{key}"'


def _compared(database: duckdb.DuckDBPyConnection, read: _Read, asked: Sequence[Question], seed: str | int
              ) -> Iterator[Compared]:
    ((most,),) = database.execute("SELECT coalesce(max(grade), 0) FROM answers").fetchall()
    for question in asked:
        code_of, values = _coded(database, question, most)
        codes = code_of[read.grades]
        rows, times = _alike(codes if read.pair else np.sort(codes, axis=1), read.times, len(values))
        said = [[values[code] if code >= 0 else None for code in row] for row in rows.tolist()]
        raters = len(np.unique(read.of_reader[code_of[read.of_reader[:, 1]] >= 0, 0]))
        agreed = agreement(said, question.scale(said), f"{seed}:{question.key}", times.tolist(),
                           None if read.pair else raters)
        if agreed.units:
            yield Compared(question, agreed, _overturned(codes, code_of[read.final], read.times))


def _coded(database: duckdb.DuckDBPyConnection, question: Question, most: int) -> tuple[Whole, list[Rating]]:
    """For each grade, and last for none, the place of its answer among the answers, -1 for none; and the answers."""
    key = f'"{question.key}"'
    found = database.execute(CODES.format(key=key)).fetchnumpy()
    listed = database.execute(f"SELECT DISTINCT {key} FROM answers WHERE {key} IS NOT NULL ORDER BY 1").fetchall()
    code_of = np.full(most + 2, -1, np.int64)
    code_of[np.asarray(found["grade"], np.int64)] = np.asarray(found["code"], np.int64)
    return code_of, [int(value) if question.counted else value for value, in listed]


def _alike(codes: Whole, times: Whole, values: int) -> tuple[Whole, Whole]:
    """The different rows of codes, and how many items have each."""
    number, held = np.zeros(len(codes), np.int64), 1
    for column in codes.T:
        if held * (values + 1) >= MOST:
            number = np.unique(number, return_inverse=True)[1]
            held = len(codes)
        number, held = number * (values + 1) + column + 1, held * (values + 1)
    _, first, alike = np.unique(number, return_index=True, return_inverse=True)
    return codes[first], np.bincount(alike, times, len(first)).astype(np.int64)


def _overturned(codes: Whole, final: Whole, times: Whole) -> Overturned:
    answered, settled = codes >= 0, final >= 0
    differ = answered & (codes != final[:, None])
    both = settled & answered.any(1)
    some, every = both & differ.any(1), both & (differ == answered).all(1)
    return overturned(*(int(times[which].sum()) for which in (both, some, every)))


SEVERITY = f"""CASE WHEN len(g."{VERDICT}{{pack}}") = 1 THEN g."{VERDICT}{{pack}}"[1] ELSE '{NOT_DETERMINED}' END"""
VIEWED = """
SELECT date_trunc('week', r.at)::DATE, {severity} AS severity, count(DISTINCT r.reader) FILTER (r.ms IS NOT NULL),
  count(*), count(r.ms), coalesce(sum(r.ms), 0)::HUGEINT, coalesce(sum(r.ms::HUGEINT * r.ms), 0)::HUGEINT
FROM (SELECT *, round(seconds_visible * 1000)::BIGINT AS ms FROM readings WHERE n IN ({cohort})) r
JOIN items i USING (n) JOIN grades g ON g.grade = i.grade GROUP BY ALL"""
TAKEN = """
SELECT {severity} AS severity, g.graded, i.known IN ('graded', 'claimed'), i.known = 'near', coalesce(r.readings, 0),
  greatest(coalesce(s.sightings, 1), 1), count(*)
FROM items i JOIN grades g USING (grade)
LEFT JOIN (SELECT n, count(DISTINCT reader) AS readings FROM readings GROUP BY n) r USING (n)
LEFT JOIN (SELECT n, count(*) AS sightings FROM sightings GROUP BY n) s USING (n)
WHERE n IN ({cohort}) GROUP BY ALL"""


def exposure_avoided(database: duckdb.DuckDBPyConnection, pack: str, wanted: int = 2,
                     cohort: str = EVERY) -> tuple[Avoided, ...]:
    """What nobody had to look at, by the severity that `pack` gives and by why; see studies.exposure.

    Args:
        database: A snapshot, opened.
        pack: The pack whose outcomes are the severities.
        wanted: How many readings policy asks of an item.
        cohort: A query that gives the `n` of the items to look at.
    """
    found = database.execute(TAKEN.format(severity=SEVERITY.format(pack=pack), cohort=cohort)).fetchall()
    views: Mapping[tuple[str, str], int] = spared((Taken(*row) for row in found), wanted)
    return avoided(views, _viewed(database, pack, cohort))


def exposure_dose(database: duckdb.DuckDBPyConnection, pack: str, cohort: str = EVERY) -> Doses:
    """What readers saw, by week and by the severity that `pack` gives; see studies.exposure.

    Args:
        database: A snapshot, opened.
        pack: The pack whose outcomes are the severities.
        cohort: A query that gives the `n` of the items to look at.
    """
    return dose(_viewed(database, pack, cohort))


def _viewed(database: duckdb.DuckDBPyConnection, pack: str, cohort: str) -> list[Viewed]:
    query = VIEWED.format(severity=SEVERITY.format(pack=pack), cohort=cohort)
    return [Viewed(*row) for row in database.execute(query).fetchall()]

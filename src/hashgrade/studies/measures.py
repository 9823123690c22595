"""Measures of how people read: agreement and exposure, counted from a snapshot in groups that are alike.

Items whose readers recorded the same grades are one pattern, and there are few patterns
however many items there are; so everything past one pass over the readings is small. Who read
is a number in the snapshot, and not even that leaves this module.
"""

from collections.abc import Iterator, Mapping, Sequence

import duckdb

from hashgrade.law.vocabulary import vocabulary
from hashgrade.nouns import Value
from hashgrade.studies.agreement import (
    CHILD_ROWS,
    NOT_DETERMINED,
    OF_ROWS,
    VERDICT,
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

EVERY = "SELECT n FROM items"


def agreements(database: duckdb.DuckDBPyConnection, packs: Sequence[HasOutcomes], seed: str | int,
               cohort: str = EVERY) -> tuple[Compared, ...]:
    """Compare independent readings on every fact, on the children, and on the verdict of every pack.

    Twin: studies.agreement.of_readings, which goes through readings one by one.

    Args:
        database: A snapshot, opened.
        packs: Those that its verdicts were made with.
        seed: Of the resamples.
        cohort: A query that gives the `n` of the items to look at.
    """
    asked = questions(packs)
    database.execute(MINE.format(cohort=cohort))
    database.execute(_answers(asked))
    readers = [reader for reader, in database.execute("SELECT DISTINCT reader FROM mine ORDER BY 1").fetchall()]
    pair = len(readers) == 2
    held = [f"max(grade) FILTER (reader = {reader})" for reader in readers]
    database.execute(PATTERNS.format(held=f"[{', '.join(held)}]" if pair else "list_sort(list(grade))"))
    try:
        return tuple(_compared(database, asked, seed, pair))
    finally:
        for name in ("held", "patterns", "mine", "answers"):
            database.execute(f"DROP TABLE IF EXISTS {name}")


MINE = """
CREATE TEMP TABLE mine AS
  SELECT n, reader, arg_max(grade, "at") AS grade FROM readings WHERE NOT after_settlement AND n IN ({cohort})
  GROUP BY n, reader"""
PATTERNS = """
CREATE TEMP TABLE patterns AS
  SELECT row_number() OVER () AS p, * FROM (
    SELECT held, CASE WHEN i.settled THEN i.grade END AS final, count(*) AS times
    FROM (SELECT n, {held} AS held FROM mine GROUP BY n) JOIN items i USING (n) GROUP BY ALL);
CREATE TEMP TABLE held AS
  SELECT p, final, times, unnest(held) AS grade, generate_subscripts(held, 1) AS place FROM patterns"""
RATED = """
SELECT rated, sum(times)::BIGINT FROM (
  SELECT any_value(times) AS times, list(a.{key} ORDER BY place) AS rated
  FROM held h LEFT JOIN answers a USING (grade) GROUP BY p) GROUP BY rated ORDER BY rated"""
RATERS = """
SELECT count(DISTINCT reader) FROM (SELECT DISTINCT reader, grade FROM mine) JOIN answers a USING (grade)
WHERE a.{key} IS NOT NULL"""
OVERTURNED = """
SELECT coalesce(sum(times), 0)::BIGINT, coalesce(sum(times) FILTER (differ), 0)::BIGINT,
  coalesce(sum(times) FILTER (all_differ), 0)::BIGINT FROM (
    SELECT any_value(times) AS times, bool_or(a.{key} <> s.{key}) AS differ, bool_and(a.{key} <> s.{key}) AS all_differ
    FROM held h JOIN answers a ON a.grade = h.grade JOIN answers s ON s.grade = h.final
    WHERE a.{key} IS NOT NULL AND s.{key} IS NOT NULL GROUP BY p)"""


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


def _compared(database: duckdb.DuckDBPyConnection, asked: Sequence[Question], seed: str | int,
              pair: bool) -> Iterator[Compared]:
    for question in asked:
        key = f'"{question.key}"'
        found = database.execute(RATED.format(key=key)).fetchall()
        rows = [[_rating(value, question) for value in rated] for rated, _ in found]
        ((raters,),) = database.execute(RATERS.format(key=key)).fetchall()
        agreed = agreement(rows, question.scale(rows), f"{seed}:{question.key}", [times for _, times in found],
                           None if pair else raters)
        if agreed.units:
            yield Compared(question, agreed, _overturned(database, key))


def _rating(value: str | None, question: Question) -> Rating:
    number: Value | None = int(value) if question.counted and value is not None else None
    return number if question.counted else value


def _overturned(database: duckdb.DuckDBPyConnection, key: str) -> Overturned:
    ((items, some, every),) = database.execute(OVERTURNED.format(key=key)).fetchall()
    return overturned(items, some, every)


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

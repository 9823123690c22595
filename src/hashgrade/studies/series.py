"""Series over time: how many items of each age, sex, origin, severity and type of site were first seen in each period.

A series is a part of a whole that is known: items whose youngest child's age is known, and
of them those aged 3 to 6. Periods are whole weeks from Monday or whole months; one that is
not over is left out. Types of site are counted and hosts never are.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
from numpy.typing import NDArray

from hashgrade.errors import InputError
from hashgrade.law.condition import TRUE, Condition
from hashgrade.law.load import did_you_mean
from hashgrade.law.vocabulary import CANNOT_DETERMINE
from hashgrade.studies.snapshot import PackUsed, Snapshot
from hashgrade.studies.study import NOT_DETERMINED, Table
from hashgrade.studies.table import breakdown

Whole = NDArray[np.int64]

YOUNGEST = {"to_6": ("6 years and under", ("0-2", "3-6")), "to_10": ("10 years and under", ("0-2", "3-6", "7-10"))}
"""Bands put together, since a rise in several is seen sooner in their sum."""
DIMENSIONS = {"age": "youngest_age_band", "sex": "sexes", "origin": "origin", "severity": "verdict",
              "site": "site_type"}
TITLES = {"age": "Age of the youngest child", "sex": "Sex of the children", "origin": "Origin", "severity": "Severity",
          "site": "Type of site"}
WITHIN = "/"
SELF_GENERATED = "origin=self_generated"
BY = (f"age/{SELF_GENERATED}", "age", "sex", f"sex/{SELF_GENERATED}", "origin", "severity",
      f"severity/{SELF_GENERATED}", "site")
"""What is watched unless told otherwise; the case that must be caught comes first."""
SITE = re.compile(r"[a-z][a-z0-9_ -]{0,39}")
SITES_MOST = 15


@dataclass(frozen=True, slots=True)
class Series:
    """One share that is watched: `part` of `whole`, in words, and the group that it is printed in."""

    key: str
    group: str
    label: str
    part: str
    whole: str

    @property
    def title(self) -> str:
        """The series as a heading."""
        return f"{self.label} ({self.group})"


@dataclass(frozen=True, slots=True)
class Panel:
    """Series over the same periods.

    Args:
        every: `week` or `month`.
        periods: The first day of each, without gaps.
        series: Each series.
        counts: int64 [S, T].
        bases: int64 [S, T].
        items: int64 [T], items first seen.
        graded: int64 [T], of those, items with a grade of record.
    """

    every: str
    periods: tuple[date, ...]
    series: tuple[Series, ...]
    counts: Whole
    bases: Whole
    items: Whole
    graded: Whole

    @property
    def end(self) -> date:
        """The last day of the last period."""
        return following(self.periods[-1], self.every) - timedelta(days=1)


def series_from(snapshot: Snapshot, by: Sequence[str], every: str, until: date | None = None) -> Panel:
    """Count the series of a snapshot, with one query for each of `by`.

    Args:
        snapshot: The records.
        by: `age`, `sex`, `origin`, `severity` or `site`; or one of them within a value of another, as in
            `age/origin=self_generated`.
        every: `week` or `month`.
        until: The last day to look at; the newest item's unless told. A period that ends later is left out.

    Raises:
        InputError: STU-25, there are no items, or none that is graded or has a type of site; STU-26, no such series;
            STU-27, `until` is later than anything on record, or earlier than the end of the first period.
    """
    with snapshot.opened() as database:
        periods = _periods(database, every, until)
        asked = [_parsed(one, snapshot.packs) for one in by]
        found = [_counted(database, one, periods, every) for one in asked]
        items, graded = _taken_in(database, periods, every)
    series = [named for one, counted in zip(asked, found, strict=True) for named in one.named(counted)]
    if not series:
        raise InputError("STU-25", f"of {items.sum()} items none has what is watched")
    shape = (len(series), len(periods))
    counts = np.array([named[1] for named in series], dtype=np.int64).reshape(shape)
    bases = np.array([named[2] for named in series], dtype=np.int64).reshape(shape)
    return Panel(every, periods, tuple(named[0] for named in series), counts, bases, items, graded)


def following(day: date, every: str) -> date:
    """The first day of the period after the one that begins on `day`."""
    return day + timedelta(days=7) if every == "week" else date(day.year + day.month // 12, day.month % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One dimension, within a value of another or alone."""

    key: str
    group: str
    dimension: str
    values: str
    labels: Mapping[str, str]
    where: str
    whole: str

    def named(self, counted: Mapping[str, Whole]) -> Iterator[tuple[Series, Whole, Whole]]:
        """Each series that was ever seen, its counts and its bases."""
        base = counted.get("", np.zeros(0, np.int64))
        sums = self.sums(counted) if self.dimension == "age" else {}
        labels = {**self.labels, **{key: YOUNGEST[key][0] for key in sums}}
        if self.dimension == "site":
            most = sorted((key for key in counted if key), key=lambda key: (-int(counted[key].sum()), key))
            labels = {key: key.replace("_", " ").capitalize() for key in most[:SITES_MOST]}
        for key, label in labels.items():
            counts = {**counted, **sums}.get(key)
            if counts is not None and counts.any():
                series = Series(f"{self.key}:{key}", self.group, label, _part(self.dimension, key, label), self.whole)
                yield series, counts, base

    def sums(self, counted: Mapping[str, Whole]) -> dict[str, Whole]:
        """The youngest bands put together, where there is something to put together that is not in an earlier sum."""
        found: dict[str, Whole] = {}
        for key, (_, bands) in YOUNGEST.items():
            held = [counted[band] for band in bands if band in counted and counted[band].any()]
            total = np.sum(held, axis=0) if len(held) > 1 else None
            if total is not None and not any(np.array_equal(total, earlier) for earlier in found.values()):
                found[key] = total
        return found


def _part(dimension: str, key: str, label: str) -> str:
    words = {"age": f"the youngest child is aged {label}", "severity": f"the verdict is {label}",
             "site": f"the type of site is {label.lower()}",
             "sex": {"girls": "only girls are depicted", "boys": "only boys are depicted"}.get(
                 key, "girls and boys are depicted"),
             "origin": {"self_generated": "the origin is 'self-generated'",
                        "other_present": "another person is present"}.get(key, "the origin is recorded as unknown")}
    return words[dimension]


def _parsed(asked: str, packs: Sequence[PackUsed]) -> _Asked:
    dimension, _, within = asked.partition(WITHIN)
    name = _name(asked, dimension, packs)
    group, whole, where = TITLES[dimension], "items", "true" if dimension == "site" else "m.graded"
    if within:
        outer, _, value = within.partition("=")
        outside = _name(asked, outer, packs)
        labels = _labels(outside, packs)
        if outer == dimension or value not in labels:
            raise _unknown(asked, [f"{dimension}{WITHIN}{outer}={one}" for one in labels])
        where += f" AND {Condition.parse({outside: {'is': value}}).sql()} = {TRUE}"
        said = "'self-generated'" if value == "self_generated" else labels[value]
        group, whole = f"{group}, within {said}", f"items of which {_part(outer, value, labels[value])}"
    if dimension == "site":
        return _Asked(asked, group, dimension, "list_distinct(m.site_type)", {}, where, whole)
    table = Table(key="watch", title=group, unit="media", sampled=False, of=name)
    values = breakdown(table, name, packs)
    return _Asked(asked, group, dimension, f"[{values.sql}]", _labels(name, packs), where, whole)


def _name(asked: str, dimension: str, packs: Sequence[PackUsed]) -> str:
    """The name in the vocabulary, or the verdict of England and Wales, else of the first pack in use."""
    name = DIMENSIONS.get(dimension)
    if name is None or (name == "verdict" and not packs):
        raise _unknown(asked, [*DIMENSIONS, *BY])
    if name == "verdict":
        return "verdict." + next((pack.id for pack in packs if pack.id == "uk-ew"), packs[0].id)
    return name


def _labels(name: str, packs: Sequence[PackUsed]) -> dict[str, str]:
    if name == "site_type":
        return {}
    table = Table(key="watch", title="", unit="media", sampled=False, of=name)
    found = breakdown(table, name, packs).labels
    known = {key: label for key, label in found.items() if key not in (NOT_DETERMINED, CANNOT_DETERMINE)}
    return known | ({"self_generated": "'Self-generated'"} if name == "origin" else {})


def _unknown(asked: str, known: Sequence[str]) -> InputError:
    near = did_you_mean(asked, list(known))
    return InputError("STU-26", f"there is no series `{asked}`{'; ' if near else ''}{near}", to_do=(
        f"name {', '.join(DIMENSIONS)}, or one within a value of another as in `{BY[0]}`"))


def _periods(database: duckdb.DuckDBPyConnection, every: str, until: date | None) -> tuple[date, ...]:
    """The first day of every period that is over."""
    ((first, newest),) = database.execute("SELECT min(first_seen)::DATE, max(first_seen)::DATE FROM media").fetchall()
    if first is None:
        raise InputError("STU-25", "the station holds no items, so there is nothing to watch")
    start, last = _start(first, every), until or newest
    if last >= following(_start(newest, every), every):
        raise InputError("STU-27", f"nothing is on record after {newest}, and the watch is asked until {last}")
    found = []
    while following(start, every) <= last + timedelta(days=1):
        found.append(start)
        start = following(start, every)
    if not found:
        raise InputError("STU-27", f"no whole {every} lies between the first item, of {first}, and {last}")
    return tuple(found)


def _start(day: date, every: str) -> date:
    return day - timedelta(days=day.weekday()) if every == "week" else day.replace(day=1)


def _counted(database: duckdb.DuckDBPyConnection, asked: _Asked, periods: Sequence[date], every: str,
             ) -> dict[str, Whole]:
    """Counts by value; under the empty value, the items for which a value is known."""
    unknown = f"['{NOT_DETERMINED}', '{CANNOT_DETERMINE}']"
    rows = database.execute(
        f"WITH told AS (SELECT date_trunc('{every}', m.first_seen)::DATE AS period, list_filter({asked.values}, "
        f"lambda one: NOT list_contains({unknown}, one)) AS held FROM media m WHERE {asked.where}) "
        "SELECT period, list_prepend('', held), count(*) FROM told WHERE len(held) > 0 GROUP BY ALL").fetchall()
    place = {period: n for n, period in enumerate(periods)}
    found: dict[str, Whole] = {"": np.zeros(len(periods), np.int64)}
    for period, values, count in (row for row in rows if row[0] in place):
        for value in (one for one in values if asked.dimension != "site" or not one or SITE.fullmatch(one)):
            found.setdefault(value, np.zeros(len(periods), np.int64))[place[period]] += count
    return found


def _taken_in(database: duckdb.DuckDBPyConnection, periods: Sequence[date], every: str) -> tuple[Whole, Whole]:
    rows = {period: (items, graded) for period, items, graded in database.execute(
        f"SELECT date_trunc('{every}', first_seen)::DATE, count(*), count(*) FILTER (WHERE graded) FROM media "
        "GROUP BY 1").fetchall()}
    found = np.array([rows.get(period, (0, 0)) for period in periods], dtype=np.int64)
    return found[:, 0], found[:, 1]

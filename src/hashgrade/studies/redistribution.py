"""Redistribution: how fast clusters reach more hosts, and on which hosts media are; from sightings.

A cluster is of the study if the item of it that was first seen is; all its items' sightings
count, whenever they were. It is watched from its first sighting with a host until the
records' last sighting. A host is the whole name in an address: subdomains are hosts of their own.
"""

from dataclasses import dataclass, replace
from math import ceil, floor

import duckdb
import numpy as np
from numpy.typing import NDArray

from hashgrade.studies.estimated import KEPT_BACK, EstimatedRow, Found
from hashgrade.studies.intervals import Estimate, score, wilson, z_of
from hashgrade.studies.waiting import Watched, arrived, happened, waited

Whole = NDArray[np.int64]

PLACES = {2: "Second host", 3: "Third host", 5: "Fifth host", 10: "Tenth host"}
SHARES = {"quarter": (0.25, "a quarter of clusters"), "half": (0.5, "half of clusters"),
          "three_quarters": (0.75, "three quarters of clusters")}
DAYS = (1, 7, 30, 90, 365)
HOSTS_AT_MOST = 20
Z = z_of(0.95)
CLUSTERS = ("A cluster is in the study if the medium of it that was seen first is; all sightings of its media that "
            "name a host count, whenever they were.")
WATCHED = ("Clusters are watched from their first sighting to the last sighting on record. Those that are not there by "
           "then count for as long as they were watched (Kaplan-Meier).")
ON_AVERAGE = "The mean over clusters, each counted for as long as it was watched (Nelson's mean cumulative function)."
WHOLE_DAYS = "Days are whole days gone by: 0 is within the first. Quartiles not reached have no row."
STEPS = ("Rounded to steps of {step:.2f}, which are {under} clusters or more, so that fewer cannot be told from them; "
         "where there is an interval it is that of the rounded value.")
NOT_YET = "Reached by fewer than a quarter of clusters so far."
NEVER = "Reached by no cluster so far."
NONE_CAME = "No cluster had come to a second host."
NOBODY = "No cluster was watched for so long."
NO_CLUSTERS = "No cluster of the study has a sighting with a host."
NO_NAMES = "The records here hold no names of hosts. They are there with `study run --internal --hosts`."
OF_HOSTS = "Media of the study that were seen on each host, and n, how often. Hosts with most media: {many} of {all}."

SEEN = """
SELECT i.cluster, s.host, epoch_us(min(s.seen_at)) AS "at" FROM sightings s JOIN items i USING (n)
WHERE s.host IS NOT NULL AND i.cluster IN (SELECT cluster FROM items WHERE first_of_cluster AND n IN ({cohort}))
GROUP BY ALL ORDER BY i.cluster, "at", s.host"""
ON_HOSTS = """
SELECT h.name, count(DISTINCT s.n), count(*), count(*) OVER () FROM sightings s JOIN hosts h USING (host)
WHERE s.n IN ({cohort}) GROUP BY h.host, h.name ORDER BY 2 DESC, 3 DESC, 1 LIMIT """ + str(HOSTS_AT_MOST)


@dataclass(frozen=True, slots=True)
class Spread:
    """Clusters and the hosts that they came to.

    Args:
        until: int64 [N], completed days for which each cluster is watched.
        who: int64 [E], the cluster that came to a host, rising.
        place: int64 [E], which host of the cluster it was, from 1, the first.
        day: int64 [E], completed days since the first.
    """

    until: Whole
    who: Whole
    place: Whole
    day: Whole


def spread(database: duckdb.DuckDBPyConnection, cohort: str) -> Spread:
    """Find when each cluster of the cohort first came to each of its hosts.

    Args:
        database: A snapshot, opened.
        cohort: A query that gives the `n` of the items of the study.
    """
    found = database.execute(SEEN.format(cohort=cohort)).fetchnumpy()
    clusters, at = (np.asarray(found[name], dtype=np.int64) for name in ("cluster", "at"))
    ((end,),) = database.execute("SELECT coalesce(epoch_us(max(seen_at)), 0) FROM sightings").fetchall()
    _, first, who = np.unique(clusters, return_index=True, return_inverse=True)
    begun = at[first]
    day = 86_400_000_000
    return Spread((end - begun) // day, who, np.arange(len(who)) - first[who] + 1, (at - begun[who]) // day)


def _until(found: Spread, place: int) -> tuple[Whole, NDArray[np.bool_]]:
    """Days until each cluster came to so manieth a host, or for which it was watched; and whether it came."""
    days, there = found.until.copy(), np.zeros(len(found.until), np.bool_)
    come = found.place == place
    days[found.who[come]], there[found.who[come]] = found.day[come], True
    return days, there


def of_spread(found: Spread, n: int | None, under: int) -> Found:
    """Days until a quarter, half and three quarters of clusters reach their second, third, fifth and tenth host.

    Args:
        found: As `spread` gives it.
        n: How many clusters may be said to be there; None: that is kept back.
        under: What fewer clusters reach is kept back, unless none does; 0: nothing is.
    """
    rows = list[EstimatedRow]()
    for place, label in PLACES.items():
        days, there = _until(found, place)
        if len(days) < under or 0 < np.count_nonzero(there) < under:
            rows.append(EstimatedRow(str(place), label, None, None, None, n, KEPT_BACK))
            continue
        quartiles = waited(days, there, [share for share, _ in SHARES.values()])
        some = [EstimatedRow(f"{place}.{key}", f"{label}: {of}", one.day, one.low, one.high, n)
                for (key, (_, of)), one in zip(SHARES.items(), quartiles, strict=True) if one.day is not None]
        rows += some
        if not some:
            rows.append(EstimatedRow(str(place), label, None, None, None, n, NOT_YET if there.any() else NEVER))
    return _of_clusters(rows, "days", (WATCHED, WHOLE_DAYS), found)


def of_reached(found: Spread, n: int | None, under: int) -> Found:
    """The share of clusters that came to a second host within so many days.

    Args:
        found: As `spread` gives it.
        n: How many clusters may be said to be there; None: that is kept back.
        under: Shares are rounded so that fewer clusters cannot be told, and of fewer clusters kept back; 0: neither.
    """
    shares = arrived(*_until(found, 2), [days - 1 for days in DAYS])
    rows = [_within(found, days, share, n, under) for days, share in zip(DAYS, shares, strict=True)]
    return _of_clusters(rows, "share", (WATCHED, *_rounded(found, n, under)), found)


def of_hosts_after(found: Spread, n: int | None, under: int) -> Found:
    """How many hosts a cluster has come to, on average, within so many days.

    Args:
        found: As `spread` gives it.
        n: How many clusters may be said to be there; None: that is kept back.
        under: Means are rounded so that fewer clusters cannot be told, and of fewer clusters kept back; 0: neither.
    """
    later = found.place > 1
    more = happened(Watched(found.until, found.who[later], found.day[later]), [days - 1 for days in DAYS])
    rows = [_one_more(_within(found, days, mean, n, under), under) for days, mean in zip(DAYS, more, strict=True)]
    return _of_clusters(rows, "mean", (ON_AVERAGE, *_rounded(found, n, under)), found)


def _within(found: Spread, days: int, of: Estimate | None, n: int | None, under: int) -> EstimatedRow:
    """The row of what was so within some days."""
    key, label = f"within_{days}", f"Within {days} day{'s' if days > 1 else ''}"
    watched = int(np.count_nonzero(found.until >= days - 1))
    if of is None or not watched:
        return EstimatedRow(key, label, None, None, None, n, NOBODY)
    if watched < under or (under and n is None):
        return EstimatedRow(key, label, None, None, None, n, KEPT_BACK)
    if under:
        return EstimatedRow(key, label, *_in_steps(of.value, watched, _step(found, under)), n)
    if of.low == of.value:  # nobody came, so that there is no deviation to go by
        return EstimatedRow(key, label, of.value, of.value, of.value + wilson(0, watched).high, n, NONE_CAME)
    return EstimatedRow(key, label, of.value, of.low, of.high, n)


def _in_steps(value: float, watched: int, step: float) -> tuple[float, float, float]:
    """A value rounded to steps, with an interval that follows from the rounded value and a rounded base alone.

    An interval of the exact value would have steps of its own, and the two together could tell the count.
    """
    told = round(floor(value / step + 0.5 + 1e-9) * step, 9)
    base = max(1, int(watched * step)) / step
    ends = [score(min(max(0.0, told + side), 1.0) * base, base, Z) for side in (-step / 2, step / 2)]
    low, high = floor(ends[0].low / step + 1e-9), ceil(ends[1].high / step - 1e-9)
    return told, round(low * step, 9), round(min(1.0, high * step), 9)


def _one_more(row: EstimatedRow, under: int) -> EstimatedRow:
    """The same with the first host; what is published has no interval, which would rest on more than a count."""
    if row.value is None or row.low is None or row.high is None:
        return row
    ends = (None, None) if under else (1 + row.low, 1 + row.high)
    return replace(row, value=1 + row.value, low=ends[0], high=ends[1])


def _step(found: Spread, under: int) -> float:
    return max(1, ceil(100 * under / len(found.until))) / 100


def _rounded(found: Spread, n: int | None, under: int) -> tuple[str, ...]:
    """What is said of the steps, which follow from how many clusters there are: nothing where that is kept back."""
    return (STEPS.format(step=_step(found, under), under=under),) if under and n else ()


def _of_clusters(rows: list[EstimatedRow], form: str, notes: tuple[str, ...], found: Spread) -> Found:
    if not len(found.until):
        return Found((), "cluster", form, (CLUSTERS, NO_CLUSTERS))
    return Found(tuple(rows), "cluster", form, (CLUSTERS, *notes))


def of_hosts(database: duckdb.DuckDBPyConnection, cohort: str) -> Found:
    """The hosts on which most media of the cohort were seen, by name, for inside only.

    Args:
        database: A snapshot, opened; without the names of hosts there are no rows.
        cohort: A query that gives the `n` of the items of the study.
    """
    ((named,),) = database.execute("SELECT count(*) FROM duckdb_views() WHERE view_name = 'hosts'").fetchall()
    found = database.execute(ON_HOSTS.format(cohort=cohort)).fetchall() if named else []
    rows = tuple(EstimatedRow(name, name, media, None, None, seen) for name, media, seen, _ in found)
    note = OF_HOSTS.format(many=len(rows), all=f"{found[0][3]:,}") if found else NO_CLUSTERS if named else NO_NAMES
    return Found(rows, "sighting", "number", (note,))

"""The slow twins of redistribution: each item and each cluster is asked where and when it was seen, one by one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from hashgrade.nouns import Item, Sighting

DAY = timedelta(days=1)


def of_item(sightings: Iterable[Sighting]) -> tuple[int | None, tuple[str, ...] | None]:
    """On how many hosts an item was seen, and on which types of site away from its original upload."""
    hosts: set[str] = set()
    away: set[str] = set()
    for one in sightings:
        rest = one.url.lower().partition("://")[2]
        if rest and "[" not in rest:
            hosts.add(rest.split("/")[0].split(":")[0])
        if one.original_upload is False and one.site_type:
            away.add(one.site_type)
    return len(hosts) or None, tuple(sorted(away)) or None


def members(items: Sequence[Item], joined: Mapping[str, int]) -> list[list[Item]]:
    """The items of each cluster, the first seen first."""
    found: dict[object, list[Item]] = {}
    for item in items:
        found.setdefault(joined.get(item.sha256, item.sha256), []).append(item)
    return [sorted(cluster, key=lambda one: (one.first_seen, one.sha256)) for cluster in found.values()]


def arrivals(clusters: Sequence[Sequence[Item]], sightings: Sequence[Sighting], cohort: set[str]
             ) -> list[tuple[int, list[int]]]:
    """For each cluster whose first item is of the cohort: for how long it is watched, and the days of its hosts."""
    end = max((one.seen_at for one in sightings), default=None)
    found = []
    for cluster in clusters:
        first: dict[str, datetime] = {}
        if cluster[0].sha256 not in cohort or end is None:
            continue
        digests = {item.sha256 for item in cluster}
        for one in (one for one in sightings if one.sha256 in digests and one.host):
            first[str(one.host)] = min(one.seen_at, first.get(str(one.host), one.seen_at))
        times = sorted(first.values())
        if times:
            found.append(((end - times[0]) // DAY, [(time - times[0]) // DAY for time in times]))
    return found

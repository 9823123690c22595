"""Redistribution: what SQL finds from sightings is what going through them one by one finds."""

from collections.abc import Callable
from datetime import date, timedelta
from math import ceil
from pathlib import Path
from random import Random

import numpy as np
import pytest

from hashgrade.nouns import Item, Sighting
from hashgrade.studies.count import count
from hashgrade.studies.estimated import Found
from hashgrade.studies.intervals import wilson
from hashgrade.studies.redistribution import (
    NO_CLUSTERS,
    NO_NAMES,
    NONE_CAME,
    Spread,
    of_hosts,
    of_hosts_after,
    of_reached,
    of_spread,
    spread,
)
from hashgrade.studies.schema import parse
from hashgrade.studies.snapshot import HOSTS, Records, Snapshot, load, snapshot
from tests.naive import redistribution as naive
from tests.pure.studies.population import PACKS, START, digest, judge
from tests.pure.studies.population import records as population

ITEMS = 60
EVERY = "SELECT n FROM items"
CLUSTERS = """
study: s
title: T
question: Q?
cohort: everything
period: year
tables:
  clusters: {title: Clusters, unit: cluster, rows: {one: {hosts: {is: 1}}, more: {hosts: {over: 1}}}}
"""


def records(seed: int) -> tuple[list[Item], list[Sighting], dict[str, int]]:
    """Items, sightings on few hosts over some weeks, and which items are joined."""
    chance = Random(seed)
    items = [item for item, _ in population(seed, ITEMS)[0]]
    sightings = []
    for n in range(4 * ITEMS):
        host = chance.choice(["a.example", "B.example:81", "c.example", "d.example", "e.example", "", "[bad"])
        at = START + timedelta(hours=chance.randrange(2000))
        sightings.append(Sighting(
            sha256=digest(chance.randrange(ITEMS)), url=f"https://{host}/{n}" if host else f"u{n}", seen_at=at,
            site_type=chance.choice([None, "forum", "image_host"]), original_upload=chance.choice([None, True, False])))
    joined = {digest(n): chance.randrange(12) for n in range(ITEMS) if chance.random() < 0.6}
    return items, sightings, joined


def kept(folder: Path, seed: int, *, hosts: bool = False) -> Snapshot:
    """A snapshot of these records."""
    items, sightings, joined = records(seed)
    return snapshot(folder, Records([(item, None) for item in items], sightings, clusters=joined.items(), hosts=hosts),
                    PACKS, judge)


@pytest.mark.parametrize("seed", range(2))
def test_items_know_their_hosts_and_clusters(tmp_path: Path, seed: int) -> None:
    """Hosts, types of site away from the original, cluster and its first item are those found one by one."""
    items, sightings, joined = records(seed)
    with kept(tmp_path, seed).opened() as database:
        rows = database.execute("SELECT lower(hex(sha256)), hosts, site_type_away, cluster, first_of_cluster, "
                                "cluster_hosts FROM items").fetchall()
    held = {one: (hosts, away and tuple(away)) for one, hosts, away, *_ in rows}
    assert held == {item.sha256: naive.of_item([one for one in sightings if one.sha256 == item.sha256])
                    for item in items}
    clusters = {one: (cluster, first, many) for one, _, _, cluster, first, many in rows}
    for group in naive.members(items, joined):
        assert len({clusters[item.sha256][0] for item in group}) == 1
        assert [item.sha256 for item in group if clusters[item.sha256][1]] == [group[0].sha256]
        seen = {one.host for one in sightings if one.sha256 in {item.sha256 for item in group}} - {None}
        assert clusters[group[0].sha256][2] == (len(seen) or None)


@pytest.mark.parametrize("seed", range(2))
def test_clusters_come_to_hosts_as_one_by_one(tmp_path: Path, seed: int) -> None:
    """Days until each further host, and for how long each cluster is watched, of clusters that the cohort began."""
    items, sightings, joined = records(seed)
    with kept(tmp_path, seed).opened() as database:
        found = spread(database, "SELECT n FROM items WHERE n % 3 > 0")
    cohort = {digest for n, digest in enumerate(sorted(item.sha256 for item in items)) if n % 3}
    wanted = naive.arrivals(naive.members(items, joined), sightings, cohort)
    held = [(int(until), [int(day) for day, who in zip(found.day, found.who, strict=True) if who == n])
            for n, until in enumerate(found.until)]
    assert sorted(held) == sorted(wanted)
    assert len(held) > 10


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Spread:
    """How the clusters of one population spread."""
    with kept(tmp_path_factory.mktemp("snapshot"), 1).opened() as database:
        return spread(database, EVERY)


def test_few_clusters_are_kept_back(found: Spread) -> None:
    """What fewer clusters than the threshold reach has no day, and where there are too few at all, nothing has."""
    rows = {row.key: row for row in of_spread(found, 40, 10).rows}
    reached = {place: int((found.place == place).sum()) for place in (2, 5)}
    assert reached[2] >= 10 > reached[5] > 0
    assert rows["2.half"].value is not None
    assert (rows["5"].value, rows["5"].note) == (None, "(c) Kept back.")
    none = [row for of in (of_spread, of_reached, of_hosts_after) for row in of(found, None, 1000).rows]
    assert {(row.value, row.n) for row in none} == {(None, None)}


def test_clusters_come_to_more_hosts(found: Spread) -> None:
    """The mean number of hosts begins at one or above, never falls, and is undefined beyond the records."""
    values = [row.value for row in of_hosts_after(found, 40, 0).rows]
    assert values[-1:] == [None]
    assert 1 <= values[0] <= values[1] <= values[2]  # type: ignore[operator]


def came(many: int, clusters: int = 100) -> Spread:
    """So many of some clusters that came to a second host on the fourth day, all watched for fifty days."""
    who = np.concatenate([np.arange(clusters), np.arange(many)])
    place, day = np.repeat([1, 2], [clusters, many]), np.repeat([0, 3], [clusters, many])
    return Spread(np.full(clusters, 50), who, place, day)


def test_what_is_published_tells_no_small_number() -> None:
    """Of a hundred clusters, five numbers or more that came to a second host print the same rows, whichever it was."""
    alike: dict[object, list[int]] = {}
    for many in range(101):
        rows = [row for of in (of_reached, of_hosts_after) for row in of(came(many), 100, 10).rows]
        alike.setdefault(tuple(rows), []).append(many)
    assert min(map(len, alike.values())) >= 5


@pytest.mark.parametrize("of", [of_spread, of_reached, of_hosts_after])
def test_how_many_clusters_there_are_is_not_told(of: Callable[[Spread, int | None, int], Found]) -> None:
    """Where the number of clusters is kept back, three print what five do, and twelve what forty do."""
    for some, more in ((3, 5), (12, 40)):
        assert of(came(some, some), None, 10).notes == of(came(more, more), None, 10).notes
    assert of(came(3, 3), None, 10) == of(came(5, 5), None, 10)


@pytest.mark.parametrize("clusters", [100, 317, 5000])
def test_what_is_published_is_no_narrower(clusters: int) -> None:
    """A share lies at most half a step from the exact one, and its interval holds the exact interval."""
    step = max(1, ceil(1000 / clusters)) / 100
    for many in (0, clusters // 30, clusters // 4, clusters - 1):
        (inside, told) = (of_reached(came(many, clusters), 100, under).rows[1] for under in (0, 10))
        assert told.value == pytest.approx(many / clusters, abs=step / 2 + 1e-9)
        assert (told.value or 0) / step == pytest.approx(round((told.value or 0) / step))
        ends = wilson(many, clusters)
        assert (told.low or 0) <= min(ends.low, inside.value or 0) + 1e-9
        assert max(ends.high, inside.value or 0) <= (told.high or 0) + 1e-9


def test_inside_shares_have_their_own_interval(found: Spread) -> None:
    """Where nothing is rounded the interval is the curve's, and of none it is Wilson's."""
    assert all(row.low is not None for row in of_reached(found, 40, 0).rows if row.value is not None)
    (row, *_) = of_reached(came(0), 100, 0).rows
    assert (row.value, row.low, row.high, row.note) == (0.0, 0.0, wilson(0, 100).high, NONE_CAME)


def test_nothing_seen_is_said(tmp_path: Path) -> None:
    """Without a cluster that was seen on a host there are no rows, and a note."""
    with kept(tmp_path, 1).opened() as database:
        found = spread(database, "SELECT n FROM items WHERE false")
    assert of_spread(found, 0, 10).rows == of_reached(found, 0, 10).rows == of_hosts_after(found, 0, 10).rows == ()
    assert of_spread(found, 0, 10).notes[-1] == NO_CLUSTERS


def test_hosts_are_named_where_asked(tmp_path: Path) -> None:
    """Names of hosts are in a snapshot only where they were asked for, and it loads again with them."""
    _, sightings, _ = records(1)
    kept(tmp_path / "names", 1, hosts=True)
    named = load(tmp_path / "names")
    with named.opened() as database:
        rows = of_hosts(database, EVERY).rows
    media = {host: {one.sha256 for one in sightings if one.host == host} for host in {one.host for one in sightings}}
    assert {row.key: row.value for row in rows} == {host: len(some) for host, some in media.items() if host}
    assert "b.example" in media
    assert [row.n for row in rows if row.key == "b.example"] == [sum(one.host == "b.example" for one in sightings)]


def test_a_snapshot_holds_no_name_of_a_host(tmp_path: Path) -> None:
    """Unless asked for none is in any file, even where an earlier snapshot there had them; and the table says so."""
    kept(tmp_path, 1, hosts=True)
    assert (tmp_path / f"{HOSTS}.parquet").is_file()
    with kept(tmp_path, 1).opened() as database:
        found = of_hosts(database, EVERY)
    assert (found.rows, found.notes) == ((), (NO_NAMES,))
    assert not [path.name for path in tmp_path.iterdir() if b"c.example" in path.read_bytes()]
    assert not (tmp_path / f"{HOSTS}.parquet").exists()


def test_clusters_are_counted_as_one_by_one(tmp_path: Path) -> None:
    """A cluster counts where its first item is in the study, by the hosts of all its items."""
    items, sightings, joined = records(2)
    asked = parse(CLUSTERS, "s.yaml")
    with_first = [group for group in naive.members(items, joined) if group[0].first_seen.year == 2023]
    hosts = [len({one.host for one in sightings if one.sha256 in {item.sha256 for item in group}} - {None})
             for group in with_first]
    counted = count(asked, kept(tmp_path, 2), (date(2023, 1, 1), date(2023, 12, 31)))
    held = {cell.key or cell.part: counted.count("media", cell) for cell in counted.layouts[0].cells()}
    assert held == {"base": len(hosts), "excluded": 0, "one": hosts.count(1), "more": sum(many > 1 for many in hosts),
                    "not_determined": hosts.count(0)}
    assert counted.total == sum(item.first_seen.year == 2023 for item in items) > len(hosts)

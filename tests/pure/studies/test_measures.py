"""What SQL counts from a snapshot's readings is what going through them one by one gives."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from hashgrade import law
from hashgrade.law import grades
from hashgrade.law.judge import Bench
from hashgrade.nouns import Grade, Item, Known, Reading, Settlement, Sighting
from hashgrade.studies import measures
from hashgrade.studies.agreement import Compared
from hashgrade.studies.exposure import Dose, Taken, Viewed, avoided, dose, spared
from hashgrade.studies.measures import agreements, exposure_avoided, exposure_dose
from hashgrade.studies.snapshot import PackUsed, Records, Snapshot, snapshot
from tests.cast import ADA, BEN, CY, DEE, EVE, item, later, reading, settlement, sha
from tests.naive.readings import of_readings
from tests.pure.studies.population import records as population

PACKS = tuple(law.load(name) for name in ("uk-ew", "interpol-baseline"))
USED = [PackUsed(pack.id, pack.version, True, pack.labels) for pack in PACKS]
ITEMS = 120
SOME = "SELECT n FROM items WHERE n < 40"


def readings(readers: Sequence[str], seed: int = 1) -> tuple[list[Reading], list[Settlement]]:
    """Readings of some items by some readers who often agree, with corrections, and settlements of some of them."""
    chance = Random(seed)
    said = [grade or Grade() for _, grade in population(seed, ITEMS)[0]]
    read, settled = [], []
    for number, grade in enumerate(said):
        for reader in chance.sample(list(readers), chance.randint(1, min(3, len(readers)))):
            other = grade if chance.random() < 0.7 else chance.choice(said)
            first = reading(number, reader, other, number * 600, seconds_visible=chance.choice([None, 3.25, 40.0]))
            read.append(first)
            if chance.random() < 0.2:
                at = first.at + timedelta(minutes=chance.choice([5, 500]))
                read.append(replace(first, at=at, supersedes=first.at, grade=chance.choice(said)))
        if chance.random() < 0.3:
            settled.append(settlement(number, CY, chance.choice(said), number * 600 + 60))
    return read, settled


def kept(folder: Path, read: Sequence[Reading], settled: Sequence[Settlement]) -> tuple[Snapshot, Records]:
    """A snapshot of these readings, and what it is of."""
    chance = Random(2)
    of_item: defaultdict[str, dict[str, Reading]] = defaultdict(dict)
    for one in sorted(read, key=lambda one: one.at):
        of_item[one.sha256][one.reader] = one
    final = {one.sha256: one for one in settled}
    graded: list[tuple[Item, Grade | None]] = [
        (item(n, known=chance.choice([None, *Known])),
         grades.of_record(list(of_item[sha(n)].values()), final.get(sha(n)), 2)[0]) for n in range(ITEMS)]
    sightings = [Sighting(sha256=sha(chance.randrange(ITEMS)), url=f"u{n}", seen_at=later(n)) for n in range(ITEMS)]
    of = Records(graded, sightings, (), read, settled)
    return snapshot(folder, of, USED, Bench(PACKS)), of


def numbers(found: Sequence[Compared]) -> dict[str, tuple[object, ...]]:
    """Every number of each question but the intervals, which hang on how values sort."""
    names = ("raw", "cohen", "fleiss", "alpha", "alpha_ordinal", "ac1")
    return {one.question.key: (
        one.agreement.units, one.agreement.raters, one.overturned,
        *(estimate and pytest.approx(estimate.value) for name in names for estimate in [getattr(one.agreement, name)]),
    ) for one in found}


@pytest.mark.parametrize("readers", [[ADA, BEN], [ADA, BEN, DEE, EVE]])
def test_agreement_from_a_snapshot_is_agreement_of_its_readings(tmp_path: Path, readers: list[str]) -> None:
    """Every question has the same units, readers, coefficients and overturned shares; Cohen's kappa only of two."""
    read, settled = readings(readers)
    with kept(tmp_path, read, settled)[0].opened() as database:
        found = agreements(database, USED, "seed")
    expected = of_readings(read, settled, PACKS, "seed")
    assert numbers(found) == numbers(expected)
    assert {"origin", "child_rows", "youngest_age_band", "verdict.uk-ew"} <= numbers(found).keys()
    assert all((one.agreement.cohen is None) == (len(readers) > 2) for one in found)


def test_the_same_snapshot_gives_the_same_intervals(tmp_path: Path) -> None:
    """However often it is asked, and with nothing left behind in the database."""
    with kept(tmp_path, *readings([ADA, BEN, DEE]))[0].opened() as database:
        assert agreements(database, USED, "seed", SOME) == agreements(database, USED, "seed", SOME)


def test_many_readers_are_told_apart_as_few_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the answers of an item do not fit into one number, they are numbered anew, and nothing changes."""
    with kept(tmp_path, *readings([ADA, BEN, DEE, EVE]))[0].opened() as database:
        found = agreements(database, USED, "seed", SOME)
        monkeypatch.setattr(measures, "MOST", 2)
        assert agreements(database, USED, "seed", SOME) == found


def test_a_cohort_is_all_that_is_looked_at(tmp_path: Path) -> None:
    """Agreement of some items is that of their readings alone."""
    read, settled = readings([ADA, BEN])
    with kept(tmp_path, read, settled)[0].opened() as database:
        found = agreements(database, USED, "seed", SOME)
    some = {sha(n) for n in range(40)}
    of = of_readings([one for one in read if one.sha256 in some], [one for one in settled if one.sha256 in some],
                     PACKS, "seed")
    assert numbers(found) == numbers(of)


def severities(of: Records) -> dict[str, str]:
    """The outcome of each item by the first pack."""
    return {one.sha256: Bench(PACKS)(grade or Grade())["uk-ew"].outcome or "not_determined" for one, grade in of.grades}


def by_hand(read: Sequence[Reading], of: Records) -> list[Viewed]:
    """The readings by week and severity, one by one."""
    severity = severities(of)
    cells: defaultdict[tuple[object, str], list[Reading]] = defaultdict(list)
    for one in read:
        monday = one.at.date() - timedelta(days=one.at.weekday())
        cells[monday, severity[one.sha256]].append(one)
    found = []
    for (week, outcome), held in cells.items():
        timed = [one for one in held if one.seconds_visible is not None]
        each = [round((one.seconds_visible or 0) * 1000) for one in timed]
        found.append(Viewed(week, outcome, len({one.reader for one in timed}), len(held), len(timed),  # type: ignore[arg-type]
                            sum(each), sum(ms * ms for ms in each)))
    return found


def test_the_dose_from_a_snapshot_is_that_of_its_readings(tmp_path: Path) -> None:
    """Weeks, sums and what is kept back are those of readings gone through one by one."""
    read, settled = readings([ADA, BEN, DEE, EVE])
    taken, of = kept(tmp_path, read, settled)
    with taken.opened() as database:
        found = exposure_dose(database, "uk-ew")
    assert found == dose(by_hand(read, of))
    assert [one for one in found.weeks if isinstance(one, Dose)]
    assert found.kept_back


def test_what_was_avoided_is_counted_item_by_item(tmp_path: Path) -> None:
    """Views and seconds are those of items gone through one by one."""
    read, settled = readings([ADA, BEN, DEE, EVE])
    taken, of = kept(tmp_path, read, settled)
    with taken.opened() as database:
        found = exposure_avoided(database, "uk-ew", 3)
    severity = severities(of)
    readers, seen = defaultdict[str, set[str]](set), defaultdict[str, int](int)
    for one in read:
        readers[one.sha256].add(one.reader)
    for sighting in of.sightings:
        seen[sighting.sha256] += 1
    items = [Taken(severity[one.sha256], grade is not None, one.known in (Known.GRADED, Known.CLAIMED),
                   one.known is Known.NEAR, len(readers[one.sha256]), max(1, seen[one.sha256]))
             for one, grade in of.grades]
    assert found == avoided(spared(items, 3), by_hand(read, of))
    assert {one.way for one in found} == {"known", "near", "again"}

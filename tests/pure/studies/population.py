"""Small populations of records from a seed, with every kind of gap that real records have."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

from hashgrade.law.vocabulary import vocabulary
from hashgrade.nouns import Grade, Item, Kind, Known, Sighting, Value, Verdict
from hashgrade.studies.snapshot import PackUsed, Records, Snapshot, snapshot

PACKS = (PackUsed("uk-ew", "1", True, {"A": "Category A", "B": "Category B", "C": "Category C", "none": "None"}),
         PackUsed("uk-ew-prohibited", "1", False, {"prohibited": "Prohibited image", "none": "None"}))
START = datetime(2023, 1, 1, tzinfo=UTC)


def judge(grade: Grade) -> Mapping[str, Verdict]:
    """A stand-in for law, decided by one fact, that leaves some verdicts open."""
    setting = str(grade.facts.get("setting", "other"))
    possible = {"bedroom": "A", "bathroom": "B", "kitchen": "C", "outdoors": "AB", "vehicle": "ABC"}.get(setting)
    ranked = tuple(possible) if possible else ("none",)
    drawn = ("prohibited",) if grade.facts.get("depiction") == "non_photographic" else ("none",)
    return {name: Verdict(name, "1", outcomes[-1] if len(outcomes) == 1 else None, outcomes[-1], outcomes[:-1])
            for name, outcomes in (("uk-ew", ranked), ("uk-ew-prohibited", drawn))}


def digest(number: int) -> str:
    """A digest for the item of this number."""
    return sha256(f"item {number}".encode()).hexdigest()


def records(seed: int, items: int) -> tuple[list[tuple[Item, Grade | None]], list[Sighting]]:
    """Items with their grades of record, and sightings, in no particular order."""
    chance = Random(seed)
    graded = [(_item(chance, number), _grade(chance) if chance.random() < 0.9 else None) for number in range(items)]
    return graded, [_sighting(chance, items) for _ in range(items)]


def taken(folder: Path, seed: int, items: int) -> Snapshot:
    """A snapshot of `records` in `folder`."""
    graded, sightings = records(seed, items)
    return snapshot(folder, Records(graded, sightings), PACKS, judge)


def _item(chance: Random, number: int) -> Item:
    seen = START + timedelta(hours=chance.randrange(380 * 24))
    return Item(sha256=digest(number), first_seen=seen, kind=chance.choice(list(Kind)),
                known=chance.choice([None, None, *Known]))


def _sighting(chance: Random, items: int) -> Sighting:
    url = f"https://example.org/{chance.randrange(items // 2 + 1)}"
    return Sighting(
        sha256=digest(chance.randrange(items)), url=url, seen_at=START,
        site_type=chance.choice([None, "forum", "image_host"]), original_upload=chance.choice([None, True, False]))


def _value(chance: Random, name: str) -> Value | None:
    return chance.choice([None, "cannot_determine", *vocabulary().facts[name].values])


def _grade(chance: Random) -> Grade:
    names = ("origin", "setting", "depiction", "adult_visible", "capture")
    facts = {name: value for name in names if (value := _value(chance, name)) is not None}
    if chance.random() < 0.1:
        return Grade(facts)
    rows = tuple(_row(chance) for _ in range(chance.choice([0, 1, 1, 1, 2, 2, 3])))
    if chance.random() < 0.2:
        facts["child_count"] = len(rows) + chance.randrange(2)
    return Grade(facts, rows)


def _row(chance: Random) -> dict[str, Value | tuple[str, ...]]:
    row: dict[str, Value | tuple[str, ...]] = {
        name: value for name in ("age_band", "sex", "puberty") if (value := _value(chance, name)) is not None}
    labels = [label for label in (*vocabulary().activities[:-1], "cannot_determine") if chance.random() < 0.15]
    if chance.random() < 0.9:
        row["activity"] = tuple(labels) or ("none",)
    return row

"""Small populations of records from a seed, with every kind of gap that real records have."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

from hashgrade.law.vocabulary import vocabulary
from hashgrade.nouns import Coding, Grade, Item, Kind, Known, Report, Sighting, Value, Verdict
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


def whole(seed: int, items: int) -> Records:
    """Items, sightings and the reports that led to some of them, and codings of some items for the study `random`."""
    graded, sightings = records(seed, items)
    chance = Random(f"whole:{seed}")
    reports = [_report(chance, number) for number in range(items // 3)]
    seen = [replace(one, report=chance.choice([None, f"R{chance.randrange(items // 3 + 1)}"]),
                    site_type=chance.choice([one.site_type, "Not Plain", "other"]) if chance.random() < 0.2
                    else one.site_type) for one in sightings]
    codings = [coding for number in range(items) if chance.random() < 0.8 for coding in _codings(chance, number)]
    return Records(graded, seen, reports, codings=codings)


def _report(chance: Random, number: int) -> Report:
    outcomes = [None, "confirmed", "duplicate", "content_not_found", "Dr. No", "all"]
    extra = {"duplicate_of": "R0"} if chance.random() < 0.2 else {}
    return Report(report=f"R{number}", source=chance.choice(["public", "police"]), extra=extra,
                  received_at=START + timedelta(hours=chance.randrange(380 * 24)), outcome=chance.choice(outcomes))


def _codings(chance: Random, number: int) -> Iterator[Coding]:
    """What one or two coders say of an item, some of them twice; often the same."""
    said: dict[str, str | tuple[str, ...]] = {}
    for n in range(chance.choice([1, 1, 2, 3])):
        if not said or chance.random() < 0.3:
            marks = tuple(mark for mark in ("logo", "text") if chance.random() < 0.6) or ("none",)
            said["quality"] = chance.choice(["sharp", "blurred", "cannot_determine"])
            said["marks"] = marks if chance.random() < 0.5 else "cannot_determine"
        left_out = chance.choice([None, None, "quality", "marks"])
        at = START + timedelta(hours=n)
        answers = {key: answer for key, answer in said.items() if key != left_out}
        yield Coding(sha256=digest(number), study=chance.choice(["random", "random", "random", "another"]),
                     coder=chance.choice(["fay", "gil"]), at=at, answers=answers)


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

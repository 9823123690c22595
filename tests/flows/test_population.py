"""The synthetic records: they are valid, plausible, and add up to what was published.

Counting here is plain Python over the records, apart from the study engine and from the
programme that solved the numbers, so that the three check each other.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache, cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from hashgrade import law
from hashgrade.demo import livestream, population, selfgenerated
from hashgrade.demo.margins import published
from hashgrade.law import grades
from hashgrade.nouns import Grade, Reading, Settlement
from hashgrade.studies.sample import draw

PUBLISHED: Final = Path(__file__).parents[1] / "golden" / "published"
LABELS: Final = ("sadism", "animal", "penetrative", "oral", "masturbation", "non_penetrative", "witness",
                 "posing_nude", "posing_clothed", "nudity_only", "none")
BANDS: Final = ("0-2", "3-6", "7-10", "11-13", "14-15", "16-17")


def when(text: str) -> datetime:
    """A time of the records, as an aware datetime."""
    return datetime.fromisoformat(text)


@cache
def judged(canonical: str, pack: str) -> str | None:
    """The outcome of one pack on one grade, written canonically."""
    outcome: str | None = law.judge(grades.grade_of(json.loads(canonical)), law.load(pack)).outcome
    return outcome


class Case:
    """One item of the records with its grade of record, as a person with paper would see it."""

    def __init__(self, lines: list[dict[str, Any]]) -> None:
        by_type = defaultdict(list)
        for line in lines:
            by_type[line["type"]].append(line)
        self.item, self.sightings = by_type["item"][0], by_type["sighting"]
        self.lines, self.readings, self.settlements = lines, by_type["reading"], by_type["settlement"]

    @cached_property
    def current(self) -> list[dict[str, Any]]:
        """The readings that no later one supersedes."""
        gone = {(line["reader"], line["supersedes"]) for line in self.readings if "supersedes" in line}
        return [line for line in self.readings if (line["reader"], line["at"]) not in gone]

    @cached_property
    def record(self) -> tuple[Grade | None, tuple[str, ...]]:
        """The grade of record, and on what the readers differ."""
        readings = [Reading(sha256=line["sha256"], reader=line["reader"], at=when(line["at"]), grade=grade_in(line))
                    for line in self.current]
        settled = [Settlement(sha256=line["sha256"], by=line["by"], at=when(line["at"]), grade=grade_in(line))
                   for line in self.settlements]
        return grades.of_record(readings, settled[-1] if settled else None, 2)

    @property
    def facts(self) -> Mapping[str, Any]:
        """The facts of record; none while there is no grade of record."""
        return self.record[0].facts if self.record[0] else {}

    @property
    def rows(self) -> list[Mapping[str, Any]]:
        """The children of record."""
        rows = self.record[0].children if self.record[0] else None
        return [row for row in rows or () if row["age_band"] != "18_or_over"]

    @property
    def youngest(self) -> str | None:
        """The youngest child's band, None where any band is open."""
        bands = [str(row["age_band"]) for row in self.rows]
        return min(bands, key=BANDS.index) if bands and set(bands) <= set(BANDS) else None

    @property
    def sexes(self) -> str:
        """girls, boys, both, or not_determined."""
        seen = "+".join(sorted({str(row["sex"]) for row in self.rows}))
        return {"girl": "girls", "boy": "boys", "boy+girl": "both"}.get(seen, "not_determined")

    @property
    def headline(self) -> str:
        """The most severe label of any child."""
        return min((str(label) for row in self.rows for label in row["activity"]), key=LABELS.index)

    def severity(self, pack: str = "uk-ew") -> str | None:
        """The outcome by one pack."""
        grade = self.record[0]
        return judged(grades.canonical(grade), pack) if grade else None


def grade_in(line: Mapping[str, Any]) -> Grade:
    """The grade of a reading or settlement, checked by the law's own reader."""
    return grades.grade_of({key: line[key] for key in ("facts", "children") if key in line})


def cases(lines: Iterable[dict[str, Any]]) -> dict[str, Case]:
    """Gather lines by item."""
    by_item = defaultdict(list)
    for line in lines:
        if "sha256" in line:
            by_item[line["sha256"]].append(line)
    return {digest: Case(mine) for digest, mine in by_item.items()}


@pytest.fixture(scope="module", params=[population.SEED, 7])
def everything(request: pytest.FixtureRequest) -> dict[str, Case]:
    return cases(population.records(request.param))


@pytest.fixture(scope="module")
def frame(everything: dict[str, Case]) -> dict[str, Case]:
    """The cohort of the 2023 study."""
    return {digest: case for digest, case in everything.items()
            if "2023-01-01T00:00:00Z" <= case.item["first_seen"] <= "2023-12-31T23:59:59Z"
            and case.facts.get("origin") == "self_generated" and case.youngest == "3-6"}


@pytest.fixture(scope="module")
def captures(everything: dict[str, Case]) -> list[Case]:
    """The cohort of the 2018 study."""
    return [case for case in everything.values()
            if "2017-08-01" <= case.item["first_seen"][:10] <= "2017-10-31"
            and case.facts.get("capture") == "livestream_capture"]


def counted(members: Iterable[Case], of: Callable[[Case], object]) -> Counter[str]:
    """Count cases by a property."""
    return Counter(str(of(case)) for case in members)


def agrees(table: Mapping[str, Any], counts: Mapping[str, int], base: int) -> None:
    """Fail where a published figure is not what these counts print as, rounded half up."""
    assert table.get("base", base) == base
    for key, figure in table.items():
        if key not in ("base", "unit", "multi_response"):
            said = {counts[key], f"{(200 * counts[key] + base) // (2 * base)}%"}
            assert set(figure if isinstance(figure, list) else [figure]) <= said, f"{key}: {figure}, counted {said}"


def read_published(study: str) -> dict[str, Any]:
    """The figures as they were published."""
    tree: dict[str, Any] = YAML(typ="safe").load(PUBLISHED / f"{study}.yaml")
    return tree


def at_home(case: Case) -> bool:
    """Whether one child and no adult is seen in a home."""
    home = case.facts["setting"] in ("bedroom", "bathroom", "living_room", "kitchen", "dining_room", "other_home")
    return bool(home) and len(case.rows) == 1 and case.facts["adult_visible"] == "no"


def test_the_2023_frame_adds_up(frame: dict[str, Case]) -> None:
    """Counted by hand, the frame prints every published figure of 2023."""
    said, media = read_published(selfgenerated.STUDY), list(frame.values())
    several = [case for case in media if len(case.rows) > 1]
    activity, base = counted(several, lambda case: case.headline), len(several)
    assert len(media) == said["total"]
    agrees(said["tables"]["sex"], counted(media, lambda case: case.sexes), len(media))
    agrees(said["tables"]["severity_uk"], counted(media, Case.severity), len(media))
    agrees(said["tables"]["headline_activity"], counted(media, lambda case: case.headline), len(media))
    agrees(said["tables"]["several_children"], {"several": base}, len(media))
    agrees(said["tables"]["severity_uk_several"], counted(several, Case.severity), base)
    agrees(said["tables"]["sex_several"], counted(several, lambda case: case.sexes), base)
    agrees(said["tables"]["headline_activity_several"],
           activity | {"posing": activity["posing_nude"] + activity["posing_clothed"]}, base)


def sampled(frame: dict[str, Case]) -> tuple[list[Case], list[Case]]:
    """The sample as anybody can draw it from the frame: single, several."""
    sizes = read_published(selfgenerated.STUDY)["sample"]["strata"]
    strata = {"single": [digest for digest, case in frame.items() if len(case.rows) == 1],
              "several": [digest for digest, case in frame.items() if len(case.rows) > 1]}
    single, several = ([frame[digest] for digest in draw(members, sizes[name], selfgenerated.STUDY)]
                       for name, members in strata.items())
    return single, several


def test_the_2023_sample_adds_up(frame: dict[str, Case]) -> None:
    """Counted by hand, the items that the draw takes print every published figure of the sample."""
    tables = read_published(selfgenerated.STUDY)["sample"]["tables"]
    single, several = sampled(frame)
    sizes = Counter(len(case.rows) for case in several)
    agrees(tables["setting"], counted([*single, *several], lambda case: case.facts["setting"]), 202)
    agrees(tables["severity_uk_single"], counted(single, Case.severity), 130)
    agrees(tables["severity_uk_several"], counted(several, Case.severity), 72)
    agrees(tables["children"], {"media": 72, "children": sum(n * m for n, m in sizes.items()), "two": sizes[2],
                                "three": sizes[3]}, 72)


def test_the_others_in_the_2023_sample_add_up(frame: dict[str, Case]) -> None:
    """Older children and boys beside the youngest are as many as published."""
    tables = read_published(selfgenerated.STUDY)["sample"]["tables"]
    _, several = sampled(frame)
    bands = [[row["age_band"] for row in case.rows] for case in several]
    agrees(tables["ages_of_others"], {
        "with_older_child": sum(any(BANDS.index(band) > 1 for band in mine) for mine in bands),
        "same_band_only_or_also": sum(mine.count("3-6") > 1 for mine in bands)}, 72)
    boys = Counter(case.sexes for case in several for row in case.rows if row["sex"] == "boy")
    agrees(tables["boys"], {"boys_seen": boys.total(), "boys_with_girls": boys["both"],
                            "boys_with_other_boys": boys["boys"]}, boys.total())


def test_the_2018_study_adds_up(captures: list[Case]) -> None:
    """Counted by hand, the captures print every published figure of 2018."""
    said = read_published(livestream.STUDY)
    base, tables = len(captures), said["tables"]
    ages, severity = counted(captures, lambda case: case.youngest), counted(captures, Case.severity)
    up_to_10 = ages["3-6"] + ages["7-10"]
    assert base == said["total"]
    agrees(tables["youngest_age"], {"aged_13_and_under": up_to_10 + ages["11-13"], "aged_10_and_under": up_to_10}, base)
    agrees(tables["sex"], counted(captures, lambda case: case.sexes), base)
    agrees(tables["alone"], {"alone_in_home_setting": sum(map(at_home, captures))}, base)
    agrees(tables["severity_uk"], {"A": severity["A"], "A_or_B": severity["A"] + severity["B"]}, base)
    away = sum(any(line["original_upload"] is False for line in case.sightings) for case in captures)
    agrees(tables["redistribution"], {"found_away_from_original_upload": away}, base)


def test_the_demo_solves_what_was_published() -> None:
    """The demo's own figures are the published ones, each in the table of the same name."""
    for study in (selfgenerated.STUDY, livestream.STUDY):
        said = read_published(study)
        sample = said.get("sample", {}).get("tables", {})
        tables = said["tables"] | {f"sample_{name}": rows for name, rows in sample.items()}
        for name, rows in published(study).items():
            told = {key: figure for key, figure in tables.pop(name).items() if key not in ("unit", "multi_response")}
            assert {"base": rows["base"]} | told == rows
        assert not tables


def test_nothing_marks_a_sampled_item(frame: dict[str, Case]) -> None:
    """The records of sampled items have the same keys and kinds of lines as the others'."""
    inside = {case.item["sha256"] for part in sampled(frame) for case in part}

    def shapes(within: bool) -> set[tuple[str, ...]]:
        return {(line["type"], *line) for digest, case in frame.items() if (digest in inside) is within
                for line in case.lines if "supersedes" not in line}

    assert shapes(True) == shapes(False)


def test_two_people_read_and_a_third_settles(everything: dict[str, Case]) -> None:
    """No item is read twice by one person or settled by one of its readers."""
    for case in everything.values():
        readers = [line["reader"] for line in case.current]
        assert len(readers) == len(set(readers)) <= 2
        assert not {line["by"] for line in case.settlements} & {line["reader"] for line in case.readings}


def test_readers_differ_now_and_then(frame: dict[str, Case], captures: list[Case]) -> None:
    """About one study item in twelve was read differently, over several facts, and every one is settled."""
    items = [*frame.values(), *captures]
    differing = [case for case in items if case.settlements]
    on = {name for case in differing for name in
          grades.of_record([Reading(sha256="", reader=line["reader"], at=when(line["at"]), grade=grade_in(line))
                            for line in case.current], None, 2)[1]}
    assert 0.06 < len(differing) / len(items) < 0.10
    assert {"children", "setting", "capture", "layout"} <= on
    assert not any(case.record[1] for case in items)


def test_the_year_holds_what_the_cohort_leaves_out(everything: dict[str, Case]) -> None:
    """Outside the studies there are other origins, drawings, no children, open items, and both edges of the periods."""
    others = [case for case in everything.values() if case.item["first_seen"][:4] != "2017"]
    assert {"other_present", "unknown", "self_generated"} <= {case.facts.get("origin") for case in others}
    assert {"non_photographic", "ai_photorealistic"} <= {case.facts.get("depiction") for case in others}
    assert {None, "none", "A", "B", "C"} == {case.severity() for case in others}
    assert any(case.record[1] for case in others)
    assert {"2022-12-31T23:59:59Z", "2023-01-01T00:00:00Z", "2023-12-31T23:59:59Z", "2024-01-01T00:00:00Z"} <= {
        case.item["first_seen"] for case in others}


@pytest.mark.parametrize("pack", ["uk-ew", "uk-ew-prohibited", "us-industry", "interpol-baseline"])
def test_packs_in_use_decide_the_study_items(frame: dict[str, Case], captures: list[Case], pack: str) -> None:
    """Each pack in use decides at least 95 of 100 study items, so that its tables say something."""
    items = [*frame.values(), *captures]
    assert sum(case.severity(pack) is not None for case in items) > 0.95 * len(items)


def test_addresses_and_items_are_many_to_many(everything: dict[str, Case]) -> None:
    """Some addresses hold several items and some items were seen at several addresses."""
    held = Counter(url for case in everything.values() for url in {line["url"] for line in case.sightings})
    assert max(held.values()) > 1
    assert any(len({line["url"] for line in case.sightings}) > 1 for case in everything.values())
    assert all(case.sightings for case in everything.values())


def test_every_sighting_names_a_report_already_told() -> None:
    """A stream can be taken in as it comes: reports and items stand before what refers to them."""
    reports, items = set(), set()
    for line in population.records():
        if line["type"] == "report":
            reports.add(line["report"])
        elif line["type"] == "item":
            items.add(line["sha256"])
        else:
            assert line["sha256"] in items
            assert line.get("report") in reports or line["type"] != "sighting"


def test_records_are_a_function_of_the_seed(tmp_path: Path) -> None:
    """The same seed gives the same bytes, another seed others."""
    files = [tmp_path / name for name in ("a.jsonl.gz", "b.jsonl.gz", "c.jsonl.gz")]
    for path, seed in zip(files, (1, 1, 2), strict=True):
        assert population.write(path, islice(population.records(seed), 2000)) == 2000
    a, b, c = (path.read_bytes() for path in files)
    assert a == b != c


def test_a_crowd_has_as_many_items_as_asked_and_all_are_valid() -> None:
    """A crowd of any size is made of valid grades of distinct items."""
    lines = list(population.crowd(1500, 3))
    assert len({line["sha256"] for line in lines if line["type"] == "item"}) == 1500
    assert all(grade_in(line) for line in lines if line["type"] in ("reading", "settlement"))


def test_a_crowd_is_streamed() -> None:
    """A crowd of a thousand million items starts at once: nothing is held but the run at hand."""
    first: Iterator[dict[str, Any]] = population.crowd(10**9, 3)
    assert next(first)["type"] == "report"

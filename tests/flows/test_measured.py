"""Reports with measures: what is for inside stays inside, and estimates stand where figures do."""

import html
import json
import re
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from hashgrade.nouns import Grade, Reading, Settlement, Sighting
from hashgrade.studies.count import count
from hashgrade.studies.figures import DEFINITION
from hashgrade.studies.manifest import Made
from hashgrade.studies.measuring import estimated
from hashgrade.studies.run import run
from hashgrade.studies.schema import load, parse
from hashgrade.studies.snapshot import Records, Snapshot, snapshot
from hashgrade.studies.trends import rate_ratio
from tests.pure.studies.population import PACKS, START, digest, judge
from tests.pure.studies.population import records as population

ITEMS = 300
READERS = ("an-unmistakable-reader", "b", "c", "d")
STUDY = """
study: measured
title: Measured
question: Q?
cohort: everything
period: {from: 2023-07-01, until: 2023-12-31}
disclosure: {none: these records are made up}
headline: [growth.image, whole.image]
tables:
  kinds: {title: Kinds, of: kind}
  growth: {title: Growth, measure: change, options: {table: kinds}}
  whole: {title: The whole, measure: share_of_cohort, options: {table: sample_kinds}}
sample:
  seed: s
  strata: {some: {size: 40, of: {known: {is: new}}}, others: {size: 20, of: {not: {known: {is: new}}}}}
  tables:
    kinds: {title: Kinds, of: kind, by: stratum}
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A year of items that four people read, seen on hosts that have names."""
    chance = Random(3)
    graded = population(3, ITEMS)[0]
    readings = [Reading(sha256=item.sha256, reader=who, at=item.first_seen + timedelta(hours=n), grade=grade or Grade(),
                        seconds_visible=chance.choice([3.5, 20.0]))
                for item, grade in graded for n, who in enumerate(chance.sample(READERS, 3))]
    settled = [Settlement(sha256=digest(n), by="e", at=START + timedelta(days=400), grade=Grade({"setting": "kitchen"}))
               for n in range(40)]
    sightings = [Sighting(sha256=item.sha256, url=f"https://unmistakable-host-{chance.randrange(9)}.example/{n}",
                          seen_at=item.first_seen + timedelta(days=40 * n), site_type="forum", original_upload=not n)
                 for item, _ in graded for n in range(chance.randrange(1, 4))]
    joined = [(digest(n), n // 2) for n in range(60)]
    of = Records(graded, sightings, (), readings, settled, clusters=joined, hosts=True)
    return snapshot(tmp_path_factory.mktemp("snapshot"), of, PACKS, judge)


def findings(folder: Path) -> dict[str, Any]:
    """The findings of a report."""
    found: dict[str, Any] = json.loads((folder / "findings.json").read_text())
    return found


def test_agreement_has_all_its_coefficients(kept: Snapshot) -> None:
    """Each table of the built-in study has rows, but for Cohen's kappa, which is of two readers and says so."""
    study, year = load("agreement"), (date(2023, 1, 1), date(2023, 12, 31))
    asked = replace(study, tables=tuple(table for table in study.tables if table.measure))
    made = Made(asked, None, kept, year, synthetic=False, internal=True)
    found = estimated(made, count(replace(study, tables=()), kept, year), ())
    assert {table.key for table in found if not table.rows} == {"cohen"}
    assert "more have read" in " ".join(next(table for table in found if table.key == "cohen").notes)
    assert all(table.internal and table.draft for table in found if table.rows)


def test_what_is_of_readers_is_for_inside_only(kept: Snapshot, tmp_path: Path) -> None:
    """A report that is to be published has none of it; one for inside has all, says so, and names no reader."""
    run("exposure", kept, tmp_path / "out", 2023)
    assert findings(tmp_path / "out")["tables"] == {}
    assert "estimates" not in findings(tmp_path / "out")
    run("exposure", kept, tmp_path / "in", 2023, internal=True)
    estimates = findings(tmp_path / "in")["estimates"]
    assert all(table["internal"] and table["title"] and table["notes"] for table in estimates.values())
    assert sum(row["value"] is not None for table in estimates.values() for row in table["rows"]) > 10
    assert "For inside only" in (tmp_path / "in" / "index.html").read_text()
    assert not [path for path in tmp_path.rglob("*.*") if b"unmistakable" in path.read_bytes()]


def test_hosts_are_named_inside_only(kept: Snapshot, tmp_path: Path) -> None:
    """Even from a snapshot that has their names, a report that is to be published has none of them in any file."""
    run("redistribution", kept, tmp_path / "out", 2023)
    assert not [path for path in tmp_path.rglob("*.*") if b"unmistakable" in path.read_bytes()]
    run("redistribution", kept, tmp_path / "in", 2023, internal=True)
    hosts = findings(tmp_path / "in")["estimates"]["by_host"]["rows"]
    assert {row["key"] for row in hosts} == {f"unmistakable-host-{n}.example" for n in range(9)}
    published = findings(tmp_path / "out")
    assert {"spread", "reached", "hosts_after"} == set(published["estimates"])
    clusters = published["tables"]["clusters"]
    assert {row["n"] for row in published["estimates"]["reached"]["rows"]} == {clusters["base"]}


def test_self_generated_is_defined_once_below_estimates(kept: Snapshot, tmp_path: Path) -> None:
    """A table of estimates with the words among its rows has the definition as a note, and has it once."""
    text = STUDY.replace("title: Kinds, of: kind}\n  growth", "title: Origins, of: origin}\n  growth")
    run(parse(text.replace("headline: [growth.image, whole.image]\n", ""), "s.yaml"), kept, tmp_path / "report")
    notes = findings(tmp_path / "report")["estimates"]["growth"]["notes"]
    assert notes.count(DEFINITION) == 1
    page = (tmp_path / "report" / "index.html").read_text()
    card = page.partition('id="growth"')[2].partition("</section>")[0]
    assert html.unescape(card.partition('<ul class="notes">')[2]).count(DEFINITION) == 1


def test_a_change_and_a_share_can_be_headlines(kept: Snapshot, tmp_path: Path) -> None:
    """Both are those of the counts of the records, and the same on the page."""
    run(parse(STUDY, "s.yaml"), kept, tmp_path / "report")
    found = findings(tmp_path / "report")
    halves = Counter((item.first_seen.month > 6, item.kind.value) for item, _ in population(3, ITEMS)[0]
                     if item.first_seen.year == 2023)
    wanted = rate_ratio(halves[True, "image"], 184, halves[False, "image"], 181)
    row = next(row for row in found["estimates"]["growth"]["rows"] if row["key"] == "image")
    assert (row["value"], row["n"]) == (pytest.approx(wanted.value, rel=1e-5), halves[True, "image"])
    share = next(row for row in found["estimates"]["whole"]["rows"] if row["key"] == "image")
    assert share["interval"][0] < share["value"] < share["interval"][1]
    page = re.sub(r"<[^>]+>", "", (tmp_path / "report" / "index.html").read_text())
    assert row["printed"] in page
    assert share["printed"] in page

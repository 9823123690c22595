"""Studies from records to reports: the published figures, the same bytes, and what every page must say."""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from hashgrade import law
from hashgrade.demo import population
from hashgrade.errors import Refused
from hashgrade.law import grades
from hashgrade.law.drafts import BRIEF
from hashgrade.law.judge import Bench
from hashgrade.nouns import Coding, Grade, Item, Kind, Reading, Report, Settlement, Sighting
from hashgrade.studies.run import run
from hashgrade.studies.schema import load
from hashgrade.studies.snapshot import PackUsed, Records, Snapshot, snapshot
from tests.published import compared, differences, figures

SELF_GENERATED, LIVESTREAM, ANNUAL = "iwf-2023-self-generated-3-6", "iwf-2018-livestream-captures", "annual"
PACKS = tuple(law.load(name) for name in ("uk-ew", "uk-ew-prohibited", "us-industry", "interpol-baseline"))
VERSIONS = {pack.id: pack.version for pack in PACKS}
WRITTEN = {"index.html", "report.pdf", "findings.json", "manifest.json", "tables", "charts"}
Line = dict[str, Any]


def of_record(lines: list[Line]) -> Grade | None:
    """The grade of record from an item's own lines."""
    readings: dict[str, Reading] = {}
    settlement = None
    for line in sorted((one for one in lines if one["type"] in ("reading", "settlement")), key=lambda one: one["at"]):
        grade = grades.grade_of({key: line[key] for key in ("facts", "children") if key in line})
        at = datetime.fromisoformat(line["at"])
        if line["type"] == "reading":
            readings[line["reader"]] = Reading(sha256=line["sha256"], reader=line["reader"], at=at, grade=grade)
        else:
            settlement = Settlement(sha256=line["sha256"], by=line["by"], at=at, grade=grade)
    return grades.of_record(list(readings.values()), settlement, 2)[0]


def records() -> Records:
    """The demo's synthetic records, read by hand."""
    of_item: dict[str, list[Line]] = defaultdict(list)
    reports = []
    for given in population.records():
        line = dict(given)
        if line["type"] == "report":
            at = datetime.fromisoformat(str(line["received_at"]))
            extra: dict[str, object] = {key: line[key] for key in ("synthetic", "duplicate_of") if key in line}
            reports.append(Report(report=str(line["report"]), source=line["source"], outcome=line.get("outcome"),
                                  received_at=at, extra=extra))
        else:
            of_item[str(line["sha256"])].append(line)
    sightings = [Sighting(sha256=line["sha256"], url=line["url"], seen_at=datetime.fromisoformat(line["seen_at"]),
                          site_type=line.get("site_type"), original_upload=line.get("original_upload"))
                 for lines in of_item.values() for line in lines if line["type"] == "sighting"]
    codings = [Coding(sha256=line["sha256"], study=line["study"], coder=line["coder"],
                      at=datetime.fromisoformat(line["at"]),
                      answers={key: tuple(said) if isinstance(said, list) else said
                               for key, said in line["answers"].items()})
               for lines in of_item.values() for line in lines if line["type"] == "coding"]
    return Records([(item(lines), of_record(lines)) for lines in of_item.values()], sightings, reports, codings=codings)


def item(lines: list[Line]) -> Item:
    """The item of some lines."""
    line = next(line for line in lines if line["type"] == "item")
    return Item(sha256=line["sha256"], kind=Kind(line["kind"]), first_seen=datetime.fromisoformat(line["first_seen"]),
                extra={"synthetic": line.get("synthetic")})


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A snapshot of the demo's records."""
    used = [PackUsed(pack.id, pack.version, pack.review.state == "draft", pack.labels) for pack in PACKS]
    return snapshot(tmp_path_factory.mktemp("snapshot"), records(), used, Bench(PACKS))


@pytest.fixture(scope="module")
def reports(taken: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the reports of the three studies."""
    folder = tmp_path_factory.mktemp("reports")
    for name, year in ((SELF_GENERATED, None), (LIVESTREAM, None), (ANNUAL, 2023)):
        run(name, taken, folder / name, year)
    return folder


def findings(reports: Path, name: str) -> dict[str, Any]:
    """The findings of one study as they are on disk."""
    found: dict[str, Any] = json.loads((reports / name / "findings.json").read_text())
    return found


@pytest.mark.parametrize(("name", "many"), [(SELF_GENERATED, 66), (LIVESTREAM, 12)])
def test_the_published_figures_come_out(reports: Path, name: str, many: int) -> None:
    """Each published figure is printed exactly, and all of them are compared."""
    assert differences(findings(reports, name), figures(name)) == []
    assert compared(figures(name)) == many


def test_the_comparison_bites(reports: Path) -> None:
    """Positive control: one count that is off by one is told."""
    found = findings(reports, SELF_GENERATED)
    found["tables"]["sex_several"]["rows"][0]["count"] += 1
    assert differences(found, figures(SELF_GENERATED)) == ["sex_several: girls is 501, not 500"]


def test_the_same_records_give_the_same_bytes(reports: Path, taken: Snapshot, tmp_path: Path) -> None:
    """Another folder and another run change no byte of any file."""
    run(SELF_GENERATED, taken, tmp_path / "elsewhere" / "again")
    assert contents(tmp_path / "elsewhere" / "again") == contents(reports / SELF_GENERATED)


def test_the_order_of_records_changes_no_byte(tmp_path: Path) -> None:
    """A snapshot of the same records in reverse is the same files."""
    given = records()
    used = [PackUsed(pack.id, pack.version, True, pack.labels) for pack in PACKS]
    some = list(given.grades)[:300]
    digests = {item.sha256 for item, _ in some}
    backwards = [sighting for sighting in given.sightings if sighting.sha256 in digests]
    for name, step in (("forth", 1), ("back", -1)):
        snapshot(tmp_path / name, Records(some[::step], backwards[::step], given.reports), used, Bench(PACKS))
    assert contents(tmp_path / "forth") == contents(tmp_path / "back")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file under a folder and its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("name", [SELF_GENERATED, LIVESTREAM, ANNUAL])
def test_every_page_says_that_it_is_synthetic(reports: Path, name: str) -> None:
    """The web page, and each page of the PDF, carry the label."""
    assert "Synthetic records." in (reports / name / "index.html").read_text()
    assert all("Synthetic records." in page.extract_text() for page in PdfReader(reports / name / "report.pdf").pages)


@pytest.mark.parametrize("name", [SELF_GENERATED, LIVESTREAM, ANNUAL])
def test_the_page_asks_nothing_of_any_network(reports: Path, name: str) -> None:
    """No script, no style, no font and no picture comes from elsewhere."""
    page = (reports / name / "index.html").read_text()
    assert "<script" not in page
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page)
    assert not re.search(r"url\((?!#)|@import", page)


def test_self_generated_is_defined_wherever_it_is_shown(reports: Path) -> None:
    """Where the words stand, so does that they never mean that the child instigated it."""
    shown = re.compile("self[-_ ]generated", re.IGNORECASE)
    for path in (path for path in reports.rglob("*.*") if path.suffix in (".html", ".svg", ".csv")):
        text = path.read_text()
        assert "never means that the child" in text or not shown.search(text), path.name
    said = " ".join(page.extract_text() for page in PdfReader(reports / SELF_GENERATED / "report.pdf").pages)
    assert "never means that the child instigated it" in " ".join(said.split())


def test_csv_and_findings_agree(reports: Path) -> None:
    """Each table's CSV has the rows of the findings, count by count."""
    for name, table in findings(reports, ANNUAL)["tables"].items():
        with (reports / ANNUAL / "tables" / f"{name}.csv").open(newline="") as lines:
            rows = list(csv.DictReader(lines))
        wanted = [(row["key"], row.get("column"), "" if row["count"] is None else str(row["count"]))
                  for row in table["rows"]]
        assert [(row["key"], row.get("column"), row["count"]) for row in rows] == wanted


def test_annual_prints_no_small_count(reports: Path) -> None:
    """No number from 1 to 9 is printed in a report that keeps small counts back, nor drawn in a chart."""
    found = findings(reports, ANNUAL)
    numbers = [table[key] for table in found["tables"].values() for key in ("base", "excluded")]
    numbers += [row["count"] for table in found["tables"].values() for row in table["rows"]]
    assert not [number for number in numbers if number is not None and 0 < number < 10]
    for path in (reports / ANNUAL / "charts").glob("*.vl.json"):
        assert not re.search(r'"text": "(?:\d+% \()?[1-9]\)?"', path.read_text()), path.name


def test_annual_has_its_tables(reports: Path) -> None:
    """T01 to T11, T13, T14, T17 and T20 are there, each with its unit and a row for what is not determined."""
    tables = {name.removeprefix("sample_"): table for name, table in findings(reports, ANNUAL)["tables"].items()}
    assert {name[:3] for name in tables} == {f"T{n:02}" for n in (*range(1, 12), 13, 14, 17, 20)}
    assert {name: table["unit"] for name, table in tables.items() if table["unit"] != "media"} == {
        **dict.fromkeys(("T01", "T01_duplicates", "T01_month"), "report"), "T11": "child", **dict.fromkeys((
            "T02", "T02_month", "T03", "T04", "T05", "T05_quarter", "T13_url_severity", "T13_url_age", "T13_url_sex"),
            "url")}
    assert all(any(row["key"] == "not_determined" for row in table["rows"]) for table in tables.values())


def test_drafts_say_so(reports: Path) -> None:
    """A pack that no counsel has reviewed is called a draft on the page and in the findings."""
    assert {pack["review"] for pack in findings(reports, LIVESTREAM)["packs"]} == {"draft, not reviewed by counsel"}
    assert "draft, not reviewed by counsel" in (reports / LIVESTREAM / "index.html").read_text()


def test_every_page_says_that_the_law_is_a_draft(reports: Path) -> None:
    """A study that rests on packs in draft says so first of all, with their versions, and on each page of the PDF."""
    said = findings(reports, LIVESTREAM)["draft"]
    assert said.startswith("Draft law: made with pack")
    assert f"uk-ew {VERSIONS['uk-ew']}" in said
    page = (reports / LIVESTREAM / "index.html").read_text()
    assert page.index(said) < page.index("<header>")
    pages = [" ".join(one.extract_text().split()) for one in PdfReader(reports / LIVESTREAM / "report.pdf").pages]
    assert all(BRIEF in one for one in pages)
    assert any(said in one for one in pages)


def test_what_travels_alone_says_that_the_law_is_a_draft(reports: Path) -> None:
    """A table's CSV and charts carry the words exactly where the table rests on a verdict."""
    for name, table in tables_of(ANNUAL, reports):
        rests = any(note.startswith("Verdicts are indicative. Pack") for note in table["notes"])
        for path in (f"tables/{name}.csv", f"charts/{name}.svg", f"charts/{name}.vl.json"):
            assert (BRIEF in (reports / ANNUAL / path).read_text()) == rests, path


def test_only_the_packs_that_a_study_rests_on_are_told(taken: Snapshot, tmp_path: Path) -> None:
    """A reviewed pack, and one that no table or cohort asks for, are not called drafts."""
    packs = tuple(replace(pack, draft=pack.id != "uk-ew") for pack in taken.packs)
    assert run(LIVESTREAM, replace(taken, packs=packs), tmp_path / "reviewed")["draft"] == ""
    assert "Draft law" not in (tmp_path / "reviewed" / "index.html").read_text()
    laws = tuple(replace(one, without=None) for one in load(ANNUAL).tables if one.key in ("T08", "T20"))
    annual = replace(load(ANNUAL), headline=(), tables=laws)
    assert run(annual, replace(taken, packs=packs), tmp_path / "annual", 2023)["draft"] == (
        f"Draft law: made with packs uk-ew-prohibited {VERSIONS['uk-ew-prohibited']}, us-industry "
        f"{VERSIONS['us-industry']} and interpol-baseline {VERSIONS['interpol-baseline']}. "
        "No counsel has reviewed them. A verdict is indicative; legality is for a court.")


def test_laws_are_shown_where_they_diverge(reports: Path) -> None:
    """T20 is there once for each pack in use beside uk-ew, and each counts the same media."""
    tables = {name: table for name, table in tables_of(ANNUAL, reports) if name.startswith("T20")}
    assert set(tables) == {"T20_uk-ew-prohibited", "T20_us-industry", "T20_interpol-baseline"}
    assert len({table["base"] for table in tables.values()}) == 1
    rows = tables["T20_us-industry"]["rows"]
    assert {row["column"] for row in rows} == {"A", "B", "C", "none", "not_determined", "all"}
    assert {row["key"] for row in rows} == {"A1", "A2", "B1", "B2", "none", "not_determined", "all"}
    assert "Table T20 stands once for each other pack in use: uk-ew-prohibited, us-industry, interpol-baseline." in (
        reports / ANNUAL / "index.html").read_text()


@pytest.mark.parametrize("in_use", [("uk-ew",), ("us-industry",)])
def test_t20_is_left_out_where_nothing_can_be_compared(taken: Snapshot, tmp_path: Path, in_use: tuple[str]) -> None:
    """With one pack in use, and without uk-ew, T20 is left out with a note; it is no error."""
    tables = tuple(replace(one, without=None) for one in load(ANNUAL).tables if one.key in ("T08", "T20"))
    study = replace(load(ANNUAL), headline=(), tables=tables)
    packs = tuple(pack for pack in taken.packs if pack.id in in_use)
    found = run(study, replace(taken, packs=packs), tmp_path / "out", 2023)
    assert set(found["tables"]) == {"T08"}  # type: ignore[call-overload]
    assert "Table T20 is left out: it needs that another pack is in use, and that uk-ew is." in (
        tmp_path / "out" / "index.html").read_text()


def test_the_pdf_is_dated_by_the_study(reports: Path) -> None:
    """Its dates are the last day of the period, and it is tagged for assistive technology."""
    pdf = PdfReader(reports / LIVESTREAM / "report.pdf")
    assert pdf.metadata
    assert pdf.metadata.creation_date
    assert f"{pdf.metadata.creation_date:%Y-%m-%d}" == "2017-10-31"
    assert "/StructTreeRoot" in pdf.root_object


def test_a_report_replaces_only_a_report(taken: Snapshot, tmp_path: Path) -> None:
    """A second run replaces the first, and a folder with anything else in it is left alone."""
    again = partial(run, LIVESTREAM, taken, tmp_path)
    again()
    again()
    assert {path.name for path in tmp_path.iterdir()} == WRITTEN
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(Refused, match=r"holds `thesis\.txt`, which no study wrote") as caught:
        again()
    assert caught.value.code == "STU-10"
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def tables_of(name: str, reports: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The tables of a study's findings."""
    yield from findings(reports, name)["tables"].items()


def test_rows_of_one_answer_add_up(reports: Path) -> None:
    """Where a table is broken down by one fact, its counts add up to its base."""
    for key in ("sex", "severity_uk", "headline_activity", "sample_setting"):
        table = dict(tables_of(SELF_GENERATED, reports))[key]
        assert sum(row["count"] for row in table["rows"]) == table["base"]


def test_a_crossed_table_is_shaded_by_its_cells(reports: Path) -> None:
    """The page has one picture for each table of bars, and none of a crossed table, whose cells carry shades."""
    page = (reports / ANNUAL / "index.html").read_text()
    figures = re.findall(r'<section class="card[ \w]*" id="[\w.-]+" aria-labelledby(.*?)</section>', page, re.DOTALL)
    assert len(figures) == len(findings(reports, ANNUAL)["tables"])
    assert {"<svg" in text for text in figures} == {True, False}
    assert all(("<svg" in text) != ("--share: 1.0" in text) for text in figures)
    assert all(table + ".svg" in page for table in findings(reports, ANNUAL)["tables"])


def test_the_largest_known_cell_has_the_deepest_shade(reports: Path) -> None:
    """Margins are not shaded, and what is not determined cannot be darker than what is known."""
    page = (reports / ANNUAL / "index.html").read_text()
    shades = re.findall(r'<td([^>]*) style="--share: ([\d.]+)"', page)
    assert {float(shade) for _, shade in shades} <= {n / 1000 for n in range(1001)}
    assert not [words for words, _ in shades if "all" in words]
    assert all(float(shade) == 0 for words, shade in shades if "kept" in words)

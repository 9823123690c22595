"""What is kept back leaves no trace: records that differ in it alone give the same report, byte for byte."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from hashgrade.nouns import Grade, Item, Kind, Sighting
from hashgrade.studies.run import run
from hashgrade.studies.schema import parse
from hashgrade.studies.snapshot import Records, Snapshot, snapshot
from tests.pure.studies.population import PACKS, START, digest, judge

ONE, OTHER = (3, 1237, 1349, 2461), (4, 1236, 1348, 2462)
"""Two ways to fill a table of two by two that give the same margins; all four numbers are kept back."""

STUDY = """
study: hidden
title: What is kept back
question: Q
cohort: everything
period: {from: 2023-01-01, until: 2023-12-31}
disclosure: {under: 10, round_to: ROUND}
headline: [total, CROSSED.self_generated.still, PLAIN.still, MONTHS.video.2023-02, CHILDREN.girl.7-10]
tables:
  CROSSED: {title: Crossed, of: origin, by: capture}
  HEAT: {title: Crossed, of: capture, by: origin}
  MULTIPLES: {title: Crossed, of: capture, by: origin, chart: multiples}
  PLAIN: {title: Those of one row, where: {origin: {is: self_generated}}, of: capture}
  WAFFLE: {title: Those of another, where: {origin: {is: other_present}}, of: capture, chart: waffle}
  BOTH:
    title: Overlapping
    multi_response: true
    rows: {a: {origin: {is: self_generated}}, b: {all: [{origin: {is: self_generated}}, {capture: {is: still}}]}}
  MONTHS: {title: By month, of: kind, by: month}
  QUARTERS: {title: By quarter, of: kind, by: quarter, chart: multiples}
  CHILDREN: {title: Children, unit: child, of: sex, by: age_band}
  ADDED: {title: Added up, where: {kind: {is: image}}, rows: {children: {sum: children}, several: several}}
  PAGES: {title: Pages, unit: url, of: origin}
  CHANGE: {title: Change, measure: change, options: {table: PLAIN}}
sample:
  seed: s
  strata:
    few: {size: {at_most: 50}, of: {all: [{origin: {is: self_generated}}, {capture: {is: still}}]}}
    fixed: {size: 20, of: {capture: {is: unknown}}}
  tables:
    SAME: {title: The sample, of: origin, by: capture}
    STRATA: {title: The sample by stratum, of: origin, by: stratum}
"""


def items(counts: tuple[int, ...]) -> Iterator[tuple[Item, Grade]]:
    """Media in which origin by capture, kind by month, and children's sex by age, are each such a table."""
    number = 0
    for n, count in enumerate(counts):
        origin, capture = ("self_generated", "other_present")[n // 2], ("still", "recording")[n % 2]
        kind, days = (Kind.VIDEO, Kind.IMAGE)[n // 2], (40, 70)[n % 2]
        child = {"sex": ("girl", "boy")[n // 2], "age_band": ("7-10", "11-13")[n % 2]}
        for facts, seen, rows in (({"origin": origin, "capture": capture}, 300, ()),
                                  ({"capture": "unknown"}, days, ()),
                                  ({"capture": "livestream_capture"}, 300, (child,))):
            for _ in range(count):
                own = kind if days == seen else Kind.IMAGE
                yield (Item(sha256=digest(number), first_seen=START + timedelta(days=seen), kind=own),
                       Grade({**facts, "setting": "bedroom"}, rows))
                number += 1


def taken(folder: Path, counts: tuple[int, ...]) -> Snapshot:
    """A snapshot of these media, each seen on a page of its own, under one name for both."""
    held = list(items(counts))
    seen = [Sighting(sha256=item.sha256, url=f"https://example.org/{item.sha256}", seen_at=START) for item, _ in held]
    return replace(snapshot(folder, Records(held, seen), PACKS, judge), digest="0" * 64)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[Snapshot]:
    """Both populations."""
    return [taken(tmp_path_factory.mktemp("records"), counts) for counts in (ONE, OTHER)]


def written(folder: Path, records: list[Snapshot], study: str) -> list[dict[str, bytes]]:
    """The files of a study's report on each of the populations."""
    found = []
    for n, one in enumerate(records):
        run(parse(study, "hidden.yaml"), one, folder / str(n))
        found.append({path.relative_to(folder / str(n)).as_posix(): path.read_bytes()
                      for path in (folder / str(n)).rglob("*") if path.is_file()})
    return found


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory, records: list[Snapshot]) -> list[dict[str, bytes]]:
    """The report on each, where counts are exact."""
    return written(tmp_path_factory.mktemp("reports"), records, STUDY.replace("ROUND", "1"))


def test_what_is_kept_back_leaves_no_trace(reports: list[dict[str, bytes]]) -> None:
    """No figure, interval, sentence, estimate, mark of a chart or word of a page depends on a number kept back.

    Two populations differ only in numbers that are kept back; page, PDF, findings, tables and
    charts are the same bytes.
    """
    one, other = reports
    assert sorted(one) == sorted(other)
    assert [name for name in one if one[name] != other[name]] == []


def test_no_number_kept_back_is_written_anywhere(reports: list[dict[str, bytes]]) -> None:
    """Numbers like 1,237 that are kept back stand in no file, nor in the text of the PDF."""
    texts = {name: unescape(re.sub(r"<[^>]*>", " ", content.decode())) if name.endswith((".html", ".svg"))
             else content.decode() for name, content in reports[0].items() if not name.endswith(".pdf")}
    texts["report.pdf"] = "\n".join(page.extract_text() for page in PdfReader(BytesIO(reports[0]["report.pdf"])).pages)
    numbers = re.compile(r"(?<![\d.,])(?:" + "|".join(f"{count}|{count:,}" for count in ONE[1:]) + r")(?!\d|[.,]\d)")
    assert {name: numbers.findall(text) for name, text in texts.items() if numbers.search(text)} == {}
    assert {name for name, text in texts.items() if re.search("5,?050", text)} >= {"report.pdf", "findings.json"}


@pytest.mark.deep
def test_what_rounding_hides_leaves_no_trace(tmp_path: Path, records: list[Snapshot]) -> None:
    """Where counts are rounded to 5 as well, the same."""
    one, other = written(tmp_path, records, STUDY.replace("ROUND", "5"))
    assert [name for name in one if one[name] != other[name]] == []


@pytest.mark.deep
def test_the_comparison_bites(tmp_path: Path, records: list[Snapshot]) -> None:
    """Positive control: where small counts are printed, every kind of file tells the populations apart."""
    study = STUDY.replace("under: 10, round_to: ROUND", "none: the numbers are made up")
    one, other = written(tmp_path, records, study)
    differ = {name for name in one if one[name] != other[name]}
    assert {"index.html", "report.pdf", "findings.json", "tables/CROSSED.csv", "charts/CROSSED.svg",
            "charts/MULTIPLES.vl.json", "charts/MONTHS.svg", "tables/sample_SAME.csv"} <= differ

"""What is printed: percentages by the rule, rounded counts, labels, and what a report says of itself."""

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.studies.atoms import UNDECIDED
from hashgrade.studies.count import count
from hashgrade.studies.figures import percent
from hashgrade.studies.manifest import Made
from hashgrade.studies.model import as_model
from hashgrade.studies.report import as_csv, compose
from hashgrade.studies.run import run
from hashgrade.studies.schema import parse
from tests.pure.studies.population import taken

PERIOD = (date(2023, 1, 1), date(2023, 12, 31))
STUDY = """
study: s
title: A study
question: What is printed?
cohort: everything
period: {from: 2023-01-01, until: 2023-12-31}
disclosure: {under: 10, round_to: 5}
tables:
  sex: {title: Sex, of: sexes}
  many: {title: Activity, of: activity}
  severity: {title: Severity, of: verdict.uk-ew}
"""


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_percentages_round_half_up(part: int, base: int) -> None:
    """The whole per cent nearest to the share, and at a half the one above it."""
    share = Fraction(100 * part, base)
    assert percent(part, base) == f"{(share + Fraction(1, 2)).__floor__()}%"


@pytest.mark.parametrize(("part", "base", "said"), [(5, 8, "63%"), (1, 200, "1%"), (0, 3, "0%"), (3, 0, None)])
def test_percentages_by_example(part: int, base: int, said: str | None) -> None:
    """62.5 is 63%, where rounding to even gives 62; of nothing there is no share."""
    assert percent(part, base) == said


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The findings of a small study that rounds, and its folder."""
    folder = tmp_path_factory.mktemp("study")
    found = run(parse(STUDY, "s.yaml"), taken(folder / "snapshot", 5, 400), folder / "out")
    return {**found, "out": folder / "out"}


def test_counts_are_rounded_where_the_study_says_so(findings: dict[str, Any]) -> None:
    """With base 5 every printed count is a multiple of five, and the table says so."""
    for table in findings["tables"].values():
        assert all(row["count"] is None or row["count"] % 5 == 0 for row in table["rows"])
        assert "Counts are rounded to multiples of 5, each by itself, so that sums may differ." in table["notes"]


@pytest.mark.parametrize(("undecided", "told"), [(0, 0), (3, None), (9, None), (12, 10), (13, 15)])
def test_undecided_media_are_told_like_every_count(tmp_path: Path, undecided: int, told: int | None) -> None:
    """How many media the condition leaves open is rounded, and kept back where it is small."""
    study, records = parse(STUDY, "s.yaml"), taken(tmp_path, 5, 60)
    counted = count(study, records, PERIOD)
    media = counted.atoms["media"]
    changed = replace(media, units=np.append(media.units[:-1], undecided))
    assert media.cells[-1] == UNDECIDED
    counted = replace(counted, atoms={**counted.atoms, "media": changed})
    report = compose(Made(study, None, records, PERIOD, False), counted)
    assert report.findings()["undecided"] == told


def test_definitions_are_in_words(tmp_path: Path) -> None:
    """A fact that a definition refers to is called by words, and not by its id."""
    study, records = parse(STUDY.replace("of: sexes", "of: youngest_age_band"), "s.yaml"), taken(tmp_path, 5, 60)
    terms = as_model(compose(Made(study, None, records, PERIOD, False), count(study, records, PERIOD)))["definitions"]
    assert "lowest age band of any child" in json.dumps(terms)
    assert not [one for one in terms if "_" in one["text"]]


def test_a_multi_response_table_says_so(findings: dict[str, Any]) -> None:
    """A table whose rows overlap is marked, and is not said to add up."""
    many = findings["tables"]["many"]
    assert many["multi_response"]
    assert "Multi-response" in " ".join(many["notes"])
    assert "may not add up to 100%" not in " ".join(many["notes"])


def test_a_draft_pack_is_named_under_its_table(findings: dict[str, Any]) -> None:
    """A table of verdicts names its pack, the version, and that it is a draft."""
    assert "Verdicts are indicative. Pack uk-ew, version 1: draft, not reviewed by counsel." in (
        findings["tables"]["severity"]["notes"])


def test_records_that_nobody_marked_are_not_called_synthetic(findings: dict[str, Any]) -> None:
    """The label follows the records: without a mark on any of them there is none."""
    assert findings["synthetic"] is False
    assert "Synthetic" not in (findings["out"] / "index.html").read_text()


def test_charts_keep_their_data_inside(findings: dict[str, Any]) -> None:
    """A chart's specification fetches nothing: its values are in it."""
    for path in (findings["out"] / "charts").glob("*.vl.json"):
        spec = json.loads(path.read_text())
        assert "url" not in json.dumps({key: value for key, value in spec.items() if key != "$schema"})
        assert "values" in json.dumps(spec)


CROSSED = STUDY.replace(
    "{title: Sex, of: sexes}", "{title: Sex by kind, of: kind, by: sexes, where: {sexes: {is: girls}}}")


def test_what_is_rounded_to_nothing_is_not_called_nothing(tmp_path: Path) -> None:
    """Where a count that is printed as 0 may be 2, the note does not say that there is none."""
    study = parse(CROSSED.replace("under: 10, round_to: 5", "under: 2, round_to: 10"), "s.yaml")
    records = taken(tmp_path, 5, 400)
    report = compose(Made(study, None, records, PERIOD, False), count(study, records, PERIOD))
    assert "Rounded to 0: Not determined (row)" in as_model(report)["sections"][0]["figures"][0]["notes"][0]


def test_rows_and_columns_of_zeros_are_named_and_left_out(tmp_path: Path) -> None:
    """People read in a note which columns of a crossed table hold nothing; the data keep every one of them."""
    study, records = parse(CROSSED, "s.yaml"), taken(tmp_path, 5, 400)
    report = compose(Made(study, None, records, PERIOD, False), count(study, records, PERIOD))
    table = as_model(report)["sections"][0]["figures"][0]
    assert table["head"] == ["Girls", "All"]
    assert "No medium: Not determined (row), Boys, Both, Not determined (column)." in table["notes"]
    assert {row.column for row in report.tables[0].figures} == {"girls", "boys", "both", "not_determined", "all"}
    assert "boys" in as_csv(report.tables[0])

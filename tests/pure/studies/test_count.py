"""Every count from SQL is the count that asking each unit in Python gives."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hashgrade.errors import Conflict, InputError
from hashgrade.nouns import Grade, Reading, Report, Settlement
from hashgrade.studies.count import count
from hashgrade.studies.periods import Period
from hashgrade.studies.schema import load, parse
from hashgrade.studies.snapshot import snapshot
from hashgrade.studies.study import Study
from hashgrade.studies.table import Cell
from tests.naive import studies as naive
from tests.pure.studies.population import PACKS, START, digest, judge, taken, whole
from tests.pure.studies.randomly import random_study

YEAR = (date(2023, 1, 1), date(2023, 12, 31))
FORMS = """
study: forms
title: Every form of table
question: Do SQL and Python agree?
cohort: {any: [{setting: {in: [bedroom, outdoors, kitchen]}}, {age_band: {under: 11}}, several]}
period: {from: 2023-01-01, until: 2023-12-31}
disclosure: {none: made up}
tables:
  fact: {title: Fact, of: setting}
  derived: {title: Derived, where: {not: {sex: {is: boy}}}, of: sexes}
  both: {title: Both, of: verdict.uk-ew, rows: {A_or_B: {verdict.uk-ew: {in: [A, B]}}}}
  child_fact: {title: Child fact of media, of: age_band}
  activity: {title: Activity, without: {posing: {is: yes}}, of: activity}
  crossed: {title: Crossed, of: headline_activity, by: youngest_age_band, graded: true}
  rows:
    title: Rows
    multi_response: true
    rows:
      young_girl: {all: [{age_band: {under: 14}}, {sex: {is: girl}}]}
      two_young: {at_least: 2, of: {age_band: {under: 14}}}
      away: redistributed
      children: {sum: children}
  children: {title: Children, unit: child, where: {any: [several, {sex: {is: girl}}]}, of: age_band, by: sex}
  child_activity: {title: Activity of children, unit: child, of: activity}
  child_rows:
    title: Children by rows
    unit: child
    rows: {boys_with_girls: {all: [{sex: {is: boy}}, {sexes: {is: both}}]}}
  url: {title: URLs, unit: url, of: verdict.uk-ew, by: sexes}
  url_rows:
    title: URLs by rows
    unit: url
    rows: {young: {age_band: {under: 7}}, not_a: {not: {verdict.uk-ew: {is: A}}}}
"""


SAMPLE = """
sample:
  seed: it's a seed
  strata: {one: {size: 3, of: {children: {is: 1}}}, more: {size: 2, of: several}}
  tables: {sex: {title: Sex, of: sexes}, boys: {title: Boys, unit: child, rows: {boys: {sex: {is: boy}}}}}
"""


def agree(study: Study, period: Period, seed: int, items: int) -> None:
    """Compare every cell; a study of nothing is none of these trials' business."""
    given = whole(seed, items)
    slow = naive.counts(study, given, judge, period)
    with TemporaryDirectory() as folder:
        taken_ = snapshot(Path(folder), given, PACKS, judge)
        try:
            counted = count(study, taken_, period)
        except InputError as error:
            assume(error.code != "STU-07")
            raise
    fast = {(cell.table, cell.part, cell.key, cell.column): counted.count(layout.table.unit, cell)
            for layout in counted.layouts for cell in layout.cells()}
    assert {cell: n for cell, n in fast.items() if n} == {cell: n for cell, n in slow.items() if n}


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10**6))
def test_sql_counts_as_python_does(seed: int) -> None:
    """For every form of table, on records with every kind of gap, SQL and its twin agree."""
    agree(parse(FORMS, "forms.yaml"), YEAR, seed, 40)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**9))
def test_random_tables_are_counted_as_python_does(seed: int) -> None:
    """Tables of every unit, broken down and crossed by any name, about anybody, have the same counts."""
    agree(*random_study(seed), seed, 40)


@pytest.mark.deep
@pytest.mark.timeout(1800)
@settings(max_examples=400, deadline=None)
@given(st.integers(0, 10**9), st.integers(8, 120))
def test_many_random_tables_are_counted_as_python_does(seed: int, items: int) -> None:
    """The same for many more, over smaller and larger records."""
    agree(*random_study(seed), seed, items)


@pytest.mark.parametrize("seed", range(4))
def test_samples_are_drawn_as_python_draws_them(seed: int) -> None:
    """SQL draws and counts the same sample that hashing by hand does."""
    agree(parse(FORMS.split("  crossed", maxsplit=1)[0] + SAMPLE, "forms.yaml"), YEAR, seed, 120)


@pytest.mark.parametrize(("under", "words"), [("{under: 10}", {"police": 12, "other": 9}),
                                              ("{none: made up}", {"police": 12, "tip from a_name": 9})])
def test_a_word_seldom_on_record_is_one_of_the_others(tmp_path: Path, under: str, words: dict[str, int]) -> None:
    """Free text below the threshold names no row, as it may be what somebody wrote once; where all is printed it does.

    The twin counts it so too, in the tables of random studies.
    """
    study = parse(FORMS.split("tables:", maxsplit=1)[0].replace("{none: made up}", under) + """tables:
  heard: {title: Heard of by, unit: report, of: source}
""", "forms.yaml")
    reports = [Report(report=f"R{n}", source="police" if n < 12 else "tip from a_name", received_at=START)
               for n in range(21)]
    shot = snapshot(tmp_path, replace(whole(1, 40), reports=reports), PACKS, judge)
    counted = count(replace(study, cohort=None), shot, YEAR)
    (layout,) = counted.layouts
    assert {key: counted.count("report", Cell("heard", "row", key)) for key in layout.rows if key != "not_determined"
            } == words


@pytest.mark.parametrize(("name", "seed"), [("annual", 0), ("annual", 1), ("multichild", 2)])
def test_built_in_tables_count_as_python_does(name: str, seed: int) -> None:
    """The tables of the annual report, and of that on every child, are those that the twin counts."""
    study = load(name)
    agree(replace(study, tables=tuple(one for one in study.tables if not one.measure)), YEAR, seed, 150)


def test_records_of_items_that_are_not_there_are_refused(tmp_path: Path) -> None:
    """A sighting, a reading or a settlement of an item that was not read is told, and not left out in silence."""
    given = whole(1, 20)
    stray = [replace(one, sha256=digest(99)) for one in given.sightings][:2]
    reading = Reading(sha256=digest(98), reader="ada", at=START, grade=Grade())
    settlement = Settlement(sha256=digest(97), by="cy", at=START, grade=Grade())
    for records, said in ((replace(given, sightings=stray), "2 sightings are"),
                          (replace(given, readings=[reading]), "1 readings are"),
                          (replace(given, settlements=[settlement]), "1 settlements are")):
        with pytest.raises(Conflict, match=f"{said} of items that are not among the items read") as caught:
            snapshot(tmp_path, records, PACKS, judge)
        assert caught.value.code == "STU-11"


def test_strata_that_overlap_are_refused_where_they_are_told_apart(tmp_path: Path) -> None:
    """A table by stratum says how many media are in more than one stratum, with its place."""
    text = FORMS.split("  crossed", maxsplit=1)[0] + SAMPLE.replace("of: several}", "of: {children: {over: 0}}}")
    crossed = text.replace("of: sexes}, boys", "of: sexes, by: stratum}, boys")
    shot = snapshot(tmp_path, whole(1, 120), PACKS, judge)
    assert count(parse(text, "forms.yaml"), shot, YEAR).drawn == {"one": 3, "more": 2}
    with pytest.raises(InputError, match=r"`sex` tells strata apart, and \d+ media are in more than one") as caught:
        count(parse(crossed, "forms.yaml"), shot, YEAR)
    assert caught.value.code == "STU-12"


def test_a_table_of_too_many_periods_is_refused(tmp_path: Path) -> None:
    """Ten years of weeks say how many there would be, and how many a table may have."""
    text = FORMS.split("  derived", maxsplit=1)[0].replace("from: 2023", "from: 2013")
    text = text.replace("of: setting", "of: week")
    study = parse(text, "forms.yaml")
    assert study.period
    with pytest.raises(InputError, match="would have 574 weeks, and a table has at most 120") as caught:
        count(study, snapshot(tmp_path, whole(1, 20), PACKS, judge), study.period)
    assert caught.value.code == "STU-13"


@pytest.mark.parametrize(("written", "at"), [("cohort: everything", "forms.yaml:5:"), ("of: several}}", "forms.yaml:")])
def test_packs_that_are_not_in_use_are_refused_with_their_place(tmp_path: Path, written: str, at: str) -> None:
    """A cohort, and a stratum, by the verdict of another pack say which packs are in use."""
    text = re.sub("cohort: .*", "cohort: everything", FORMS.split("  crossed", maxsplit=1)[0] + SAMPLE)
    text = text.replace(written, re.sub("everything|several", "{verdict.sap: {is: 1}}", written))
    with pytest.raises(InputError, match=r"`verdict\.sap` asks for a pack .* \(in use: uk-ew, uk-ew-pro") as caught:
        count(parse(text, "forms.yaml"), taken(tmp_path, 1, 40), YEAR)
    assert caught.value.code == "STU-04"
    assert at in str(caught.value)

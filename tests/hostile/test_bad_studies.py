"""Bad studies, each with the words that its error must contain and the place that it must show."""

from pathlib import Path

import pytest

from hashgrade.errors import InputError
from hashgrade.studies.run import run
from hashgrade.studies.snapshot import Snapshot
from hashgrade.studies.study import load, parse
from tests.pure.studies.population import taken

GOOD = """study: s
title: A title
question: A question
cohort: everything
period: {from: 2023-01-01, until: 2023-12-31}
tables:
  sex: {title: Sex, of: sexes}
"""

BAD_FILES = {
    "not YAML": ("tables:\n", "tables: [\n", "CON-01", "not YAML", "s.yaml"),
    "a misspelt key": ("cohort:", "cohrot:", "STU-03", r"`cohrot` is not known here", "s.yaml:4:1"),
    "the nearest key": ("cohort:", "cohrot:", "STU-03", "did you mean `cohort`", "s.yaml:4:1"),
    "no question": ("question: A question\n", "", "STU-03", "`question` is missing", "s.yaml:1:1"),
    "a number for a title": ("title: A title", "title: 7", "STU-03", "`title` wants text, got `7`", "s.yaml:2:8"),
    "an unknown fact": (
        "cohort: everything", "cohort: {depictoin: {is: photographic}}",
        "CON-03", "`depictoin`", "s.yaml:4:10"),
    "an unknown value": ("cohort: everything", "cohort: {origin: {is: unkown}}", "CON-04", "'unkown'", "s.yaml:4:"),
    "a period that runs back": (
        "until: 2023-12-31", "until: 2022-12-31",
        "STU-03", "ends before it begins", "s.yaml:5:35"),
    "a period that is a word": (
        "{from: 2023-01-01, until: 2023-12-31}", "sometimes",
        "STU-03", "got `sometimes`", "s.yaml:5:9"),
    "a table of nothing": (", of: sexes", "", "STU-03", "neither `of` nor `rows`", "s.yaml:7:8"),
    "crossed rows": (
        "of: sexes", "rows: {a: several}, by: sexes",
        "STU-03", "it needs `of` and cannot have `rows`", "s.yaml:7:41"),
    "a unit there is not": (
        "of: sexes", "of: sexes, unit: page",
        "STU-03", "one of media, url, child, got `page`", "s.yaml:7:38"),
    "a cohort of URLs": (
        "title: A title", "title: A title\nunit: url",
        "STU-05", "a cohort is a set of media", "s.yaml:3:1"),
    "mixed units": (
        "of: sexes", "unit: url, rows: {a: {sum: children}}",
        "STU-05", "its table counts by url", "s.yaml:7:"),
    "a sum of bands": (
        "of: sexes", "rows: {a: {sum: age_band}}",
        "STU-03", "only `children` can be added up", "s.yaml:7:"),
    "no reason": (
        "tables:", "disclosure: {none: }\ntables:",
        "STU-06", "only for a reason, and none is given", "s.yaml:6:14"),
    "no threshold and no reason": (
        "tables:", "disclosure: {under: 0}\ntables:",
        "STU-06", r"`under: 0` would print.*\{none: REASON\}", "s.yaml:6:21"),
    "a negative threshold": ("tables:", "disclosure: {under: -5}\ntables:", "STU-06", "wants a reason", "s.yaml:6:21"),
    "a threshold of one": ("tables:", "disclosure: {under: 1}\ntables:", "STU-06", "wants a reason", "s.yaml:6:21"),
    "rounding to nothing": (
        "tables:", "disclosure: {round_to: 0}\ntables:",
        "STU-03", "`round_to` wants a whole number from 1 up, got `0`", "s.yaml:6:24"),
    "at least none": (
        "of: sexes", "rows: {a: {of: several, at_least: 0}}",
        "STU-03", "`at_least` wants a whole number from 1 up, got `0`", "s.yaml:7:"),
    "a sample of fewer than none": (
        "tables:", "sample: {seed: s, strata: {x: {size: -1, of: several}}, tables: {}}\ntables:",
        "STU-03", "`size` wants a whole number from 1 up, got `-1`", "s.yaml:6:"),
    "a day that never was": (
        "from: 2023-01-01", "from: 2023-02-31", "CON-01", "`2023-02-31` cannot be: day is out of range", "s.yaml:5:16"),
    "a table that leaves its folder": (
        "  sex:", "  ../../sex:", "STU-03", "a table's name is a file name too.*got `../../sex`", "s.yaml:7:3"),
    "a note with a colon": ("of: sexes", "of: sexes, notes: [a: b]", "STU-03", "a note is one text", "s.yaml:7:"),
}


@pytest.mark.parametrize("bad", BAD_FILES)
def test_a_bad_file_is_refused_with_its_place(bad: str) -> None:
    """The error has its code, says what is wrong, and shows line and column."""
    before, after, code, words, place = BAD_FILES[bad]
    assert before in GOOD
    with pytest.raises(InputError, match=f"(?s){words}") as caught:
        parse(GOOD.replace(before, after), "s.yaml")
    assert caught.value.code == code
    assert caught.value.where.startswith(place)


def test_the_good_file_is_good() -> None:
    """Positive control: the file that every bad one is made from is taken."""
    assert parse(GOOD, "s.yaml").name == "s"


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A few records."""
    return taken(tmp_path_factory.mktemp("snapshot"), 1, 30)


SAMPLE = "sample: {seed: s, strata: {all_: {size: 999, of: {children: {over: 0}}}}, tables: {}}\ntables:"
BAD_RUNS = {
    "broken down by a number": (
        "of: sexes", "of: children",
        "STU-04", "cannot be broken down by `children`", "s.yaml:7:"),
    "broken down by nothing known": ("of: sexes", "of: sxes", "STU-04", "cannot be broken down by `sxes`", "s.yaml:7:"),
    "a row twice": (
        "of: sexes", "of: sexes, rows: {girls: several}", "STU-03", "has a row `girls` already", "s.yaml:7:"),
    "a pack not in use": (
        "of: sexes", "of: verdict.nz-1993",
        "STU-04", "not in use .in use: uk-ew, uk-ew-proh", "s.yaml:7:"),
    "what no URL has": ("of: sexes", "of: setting, unit: url", "STU-05", "`setting` is of one medium", "s.yaml:7:"),
    "an empty cohort": ("from: 2023-01-01, until: 2023-12-31", "from: 1999-01-01, until: 1999-12-31",
                        "STU-07", "of 0 items first seen from 1999-01-01 to 1999-12-31", ""),
    "too large a sample": (
        "tables:", SAMPLE,
        "STU-08", "a sample of 999 is asked of stratum `all_`, which holds", "s.yaml:6:"),
    "a figure there is not": (
        "tables:", "headline: [sex.grils]\ntables:",
        "STU-02", "no figure `sex.grils`", "s.yaml:1:1"),
}


@pytest.mark.parametrize("bad", BAD_RUNS)
def test_a_study_that_cannot_be_counted_writes_nothing(bad: str, records: Snapshot, tmp_path: Path) -> None:
    """The error says what and where, and no report is begun."""
    before, after, code, words, place = BAD_RUNS[bad]
    with pytest.raises(InputError, match=f"(?s){words}") as caught:
        run(parse(GOOD.replace(before, after), "s.yaml"), records, tmp_path / "out")
    assert caught.value.code == code
    assert caught.value.where.startswith(place)
    assert not (tmp_path / "out").exists()


def test_an_unknown_study_names_the_nearest() -> None:
    """A misspelt name is answered with the study that was probably meant."""
    with pytest.raises(InputError, match=r"no study `anual`; did you mean `annual`\?") as caught:
        load("anual")
    assert caught.value.code == "STU-01"


def test_a_year_for_a_study_with_a_period(records: Snapshot, tmp_path: Path) -> None:
    """A study that has its own period takes no year."""
    with pytest.raises(InputError, match=r"(?s)has a period of its own.*leave `--year` out") as caught:
        run(parse(GOOD, "s.yaml"), records, tmp_path / "out", year=2023)
    assert caught.value.code == "STU-09"


def test_a_year_without_items(tmp_path: Path) -> None:
    """Where no year is given and nothing was ever seen, the error says so."""
    with pytest.raises(InputError, match="holds no items to take it from") as caught:
        run("annual", taken(tmp_path / "snapshot", 1, 0), tmp_path / "out")
    assert caught.value.code == "STU-09"


def test_quotes_do_not_leave_their_strings(records: Snapshot, tmp_path: Path) -> None:
    """A seed, a key and a title full of quotes and brackets are text in SQL, HTML, PDF and CSV alike."""
    nasty = """'; DROP VIEW media; --\\"<b>#[x]$=1"""
    text = GOOD.replace("tables:", f"""sample:
  seed: {nasty!r}
  strata: {{all_: {{size: 3, of: {{not: {{children: {{is: 77}}}}}}}}}}
  tables: {{}}
tables:""").replace("title: Sex", f"title: {nasty!r}")
    text = text.replace(repr(nasty), "'" + nasty.replace("'", "''") + "'")
    findings = run(parse(text, "s.yaml"), records, tmp_path / "out")
    assert isinstance(findings["tables"], dict)
    assert findings["tables"]["sex"]["title"] == nasty
    assert "<b>" not in (tmp_path / "out" / "index.html").read_text()

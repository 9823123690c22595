"""Bad studies, each with the words that its error must contain and the place that it must show."""

from pathlib import Path

import pytest

from hashgrade.errors import InputError
from hashgrade.studies.run import run
from hashgrade.studies.schema import examined, load, parse
from hashgrade.studies.snapshot import Snapshot
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
        "STU-03", "one of media, url, child, report, cluster, got `page`", "s.yaml:7:38"),
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
    "a chart there is not": (
        "of: sexes", "of: sexes, chart: pie", "STU-03", "a chart is one of multiples.*got `pie`", "s.yaml:7:39"),
    "a table of URLs and reports": (
        "of: sexes", "unit: report, of: sexes", "STU-05", "`sexes` is not of a report", "s.yaml:7:39"),
    "reports of a medium": (
        "of: sexes", "unit: report, of: source, where: several",
        "CON-03", "`several`, which cannot be used here", "s.yaml:7:54"),
    "the stratum of what was not drawn": (
        "of: sexes", "of: sexes, by: stratum",
        "STU-45", "`stratum` is of the sample alone.*under `sample: tables:`", "s.yaml:7:36"),
    "a question nobody was asked": (
        "of: sexes", "of: protocol.overlay", "STU-45", "`protocol.overlay` is of the sample alone", "s.yaml:7:25"),
    "a condition on a question nobody was asked": (
        "of: sexes", "rows: {a: {protocol.overlay: {is: yes}}}",
        "STU-45", "asked of the sample alone, and this table is not one of the sample's", "s.yaml:7:31"),
    "a cohort by an answer of its sample": (
        "cohort: everything", "cohort: {protocol.overlay: {is: yes}}",
        "STU-45", "a cohort is chosen before a sample is drawn", "s.yaml:4:9"),
    "a measure there is not": (
        "of: sexes", "measure: agrement", "STU-03", "a measure is one of agreement, .*did you mean `agreement`",
        "s.yaml:7:30"),
    "a measure that counts": (
        "of: sexes", "measure: spread, of: sexes", "STU-46", "measures, so it cannot have `of`", "s.yaml:7:38"),
    "options of what counts": (
        "of: sexes", "of: sexes, options: {pack: uk-ew}", "STU-46", "only a measure has options", "s.yaml:7:32"),
    "no coefficient": (
        "of: sexes", "measure: agreement, internal: true", "STU-46", "wants the option `coefficient`", "s.yaml:7:21"),
    "a coefficient there is not": (
        "of: sexes", "measure: agreement, options: {coefficient: kapa}, internal: true",
        "STU-46", "`coefficient` is one of raw, .* got `kapa`", "s.yaml:7:64"),
    "an option of another measure": (
        "of: sexes", "measure: exposure_dose, options: {pack: uk-ew, pck: uk-ew}, internal: true",
        "STU-46", "`exposure_dose` has no option `pck`.*did you mean `pack`", "s.yaml:7:68"),
    "a change of a table there is not": (
        "of: sexes", "of: sexes}\n  c: {title: C, measure: change, options: {table: sx}",
        "STU-46", "no table `sx`", "s.yaml:8:51"),
    "a change of a change": (
        "of: sexes", "of: sexes}\n  c: {title: C, measure: change, options: {table: c}",
        "STU-46", "`change` rests on one table of counts of the whole cohort", "s.yaml:8:51"),
    "a change in neither counts nor shares": (
        "of: sexes", "of: sexes}\n  c: {title: C, measure: change, options: {table: sex, of: sums}",
        "STU-46", "`of` is one of counts, shares, got `sums`", "s.yaml:8:60"),
    "a spread of what are no clusters": (
        "of: sexes", "of: sexes}\n  c: {title: C, measure: spread, options: {table: sex}",
        "STU-46", "rests on a table that counts clusters", "s.yaml:8:51"),
    "agreement that is to be published": (
        "of: sexes", "measure: agreement, options: {coefficient: raw}",
        "STU-15", "the measure `agreement` is for inside only.*write `internal: true`", "s.yaml:7:21"),
    "a change that rests on what is for inside": (
        "of: sexes", "of: sexes, internal: true}\n  c: {title: C, measure: change, options: {table: sex}",
        "STU-15", "`sex` is internal, and `c`, which rests on it, is not", "s.yaml:8:51"),
    "a share of what was not drawn": (
        "of: sexes", "of: sexes}\n  c: {title: C, measure: share_of_cohort, options: {table: sex}",
        "STU-46", "rests on a table of the sample that is `by: stratum`", "s.yaml:8:60"),
    "a figure of a table there is not": (
        "tables:", "headline: [total, sxe.girls]\ntables:", "STU-02", "no figure `sxe.girls`.*did you mean `sex`",
        "s.yaml:6:19"),
    "a headline for inside only": (
        "of: sexes}", "of: sexes, internal: true}\nheadline: [sex.girls]",
        "STU-02", "`sex` is internal", "s.yaml:8:12"),
    "one column of two": (
        "tables:", "quoted: {title: T, source: S, columns: [a], rows: []}\ntables:",
        "STU-03", "two columns are wanted.*got 1", "s.yaml:6:40"),
    "a moment for a day": (
        "from: 2023-01-01", "from: 2023-01-01T00:00:00", "STU-03", "`from` wants a date", "s.yaml:5:16"),
    "a number for a key": (
        "of: sexes", "of: sexes, labels: {1: One}", "STU-03", "a key is a word, got `1`", "s.yaml:7:41"),
    "a study's name that is a path": ("study: s", "study: a/b", "STU-03", "a study's name is a word", "s.yaml:1:8"),
    "a rule and no rule": (
        "tables:", "disclosure: {none: made up, under: 5}\ntables:", "STU-03", "`under` says how small counts are kept",
        "s.yaml:6:29"),
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


SAMPLED = GOOD + """sample:
  seed: s
  strata:
    one: {size: 3, of: {children: {is: 1}}}
    more: {size: {at_most: 5}, of: several}
  protocol:
    overlay: {title: Text over the picture, values: {added: Added, original: Part of the picture}}
    marks: {title: Marks, many: true, values: {logo: Logo, code: Code}}
  tables:
    overlay: {title: Text, of: protocol.overlay, by: stratum}
    marked: {title: Marked, where: {protocol.marks: {in: [logo]}}, rows: {a: several}}
"""
BAD_SAMPLES = {
    "a question that is a fact": ("overlay: {title: Text o", "setting: {title: Text o", "STU-45",
                                  "`setting` is a fact, a field or a word", "s.yaml:14:14"),
    "a question that is no id": (
        "overlay: {title: Text o", "Over-lay: {title: Text o", "STU-45", "is no id", "s.yaml:14:"),
    "a question without values": ("{logo: Logo, code: Code}", "{}", "STU-45", "at least one value", "s.yaml:15:"),
    "an answer that every question has": (
        "{logo: Logo,", "{cannot_determine: Logo,", "STU-45", "is an answer to every question", "s.yaml:15:"),
    "a value that is a number": ("logo: Logo", "1: Logo", "STU-03", "a key is a word, got `1`", "s.yaml:15:"),
    "a question the protocol does not have": (
        "of: protocol.overlay", "of: protocol.overly",
        "STU-45", "no question `overly`.*`protocol.overlay`", "s.yaml:17:"),
    "a condition on one it does not have": (
        "where: {protocol.marks", "where: {protocol.mrks", "CON-03", "did you mean `protocol.marks`", "s.yaml:18:"),
    "an answer it does not take": (
        "in: [logo]", "in: [lgo]", "CON-04", "never 'lgo'.*did you mean `logo`", "s.yaml:18:"),
    "a stratum by an answer": (
        "of: several", "of: {protocol.overlay: {is: added}}", "STU-45", "a stratum is chosen before", "s.yaml:12:"),
    "at most nobody": ("at_most: 5", "at_most: 0", "STU-03", "`at_most` wants a whole number from 1", "s.yaml:12:"),
    "at most a word": ("{at_most: 5}", "{atmost: 5}", "STU-03", "did you mean `at_most`", "s.yaml:12:"),
    "a size that is a word": ("{at_most: 5}", "many", "STU-03", "wants a whole number or a map", "s.yaml:12:"),
    "no stratum": (
        "strata:\n    one: {size: 3, of: {children: {is: 1}}}\n    more: {size: {at_most: 5}, of: several}",
        "strata: {}",
        "STU-03", "at least one stratum", "s.yaml:10:"),
    "URLs of a sample": ("title: Marked,", "title: Marked, unit: url,", "STU-05", "cannot count URLs", "s.yaml:18:"),
    "reports of a sample": (
        "title: Marked,", "title: Marked, unit: report,", "STU-05", "cannot count reports", "s.yaml:18:"),
    "a measure of the sample": (
        "title: Marked, where: {protocol.marks: {in: [logo]}}, rows: {a: several}", "title: Marked, measure: spread",
        "STU-46", "stands under the study's own `tables`", "s.yaml:18:"),
}


@pytest.mark.parametrize("bad", BAD_SAMPLES)
def test_a_bad_sample_is_refused_with_its_place(bad: str) -> None:
    """What is wrong with a sample, its protocol or its tables is told with line and column."""
    before, after, code, words, place = BAD_SAMPLES[bad]
    assert before in SAMPLED
    with pytest.raises(InputError, match=f"(?s){words}") as caught:
        parse(SAMPLED.replace(before, after), "s.yaml")
    assert caught.value.code == code
    assert caught.value.where.startswith(place)


def test_a_sample_with_a_protocol_is_read() -> None:
    """Sizes, questions and what tables ask of them come out as they were written."""
    study = parse(SAMPLED, "s.yaml")
    assert study.sample
    assert [(one.size, one.at_most) for one in study.sample.strata] == [(3, False), (5, True)]
    assert study.sample.protocol["marks"].many
    assert [(table.name, table.of, table.by) for table in study.tables if table.of] == [
        ("sex", "sexes", ""), ("sample_overlay", "protocol.overlay", "stratum")]


def test_everything_wrong_is_told_from_top_to_bottom(tmp_path: Path) -> None:
    """One look at a file tells all that is wrong in it, in the order of its lines."""
    text = SAMPLED.replace("title: A title", "title: 7").replace("of: sexes", "of: sexes, unit: page, chart: pie")
    text = text.replace("children: {is: 1}", "childen: {is: 1}").replace("of: protocol.ov", "off: protocol.ov")
    (tmp_path / "s.yaml").write_text(text)
    study, wrong = examined(tmp_path / "s.yaml")
    assert [error.where.removeprefix("s.yaml:").split(":")[0] for error in wrong] == ["2", "7", "7", "11", "17"]
    assert study.name == "s"


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
    "an outcome that no pack has": (
        "cohort: everything", "cohort: {verdict.uk-ew: {in: [A, D]}}",
        "CON-04", "`verdict.uk-ew` is never `D`, but one of A, B, C, none", "s.yaml:4:9"),
    "a row by an outcome that no pack has": (
        "of: sexes", "rows: {a: {verdict.uk-ew: {is: a}}}", "CON-04", "is never `a`", "s.yaml:7:"),
    "what no URL has": ("of: sexes", "of: kind, unit: url", "STU-05", "`kind` is of one medium", "s.yaml:7:"),
    "what no cluster has": (
        "of: sexes", "of: kind, unit: cluster", "STU-05", "counts clusters, and `kind` is of one medium", "s.yaml:7:"),
    "an empty cohort": ("from: 2023-01-01, until: 2023-12-31", "from: 1999-01-01, until: 1999-12-31",
                        "STU-07", "of 0 items first seen from 1999-01-01 to 1999-12-31", ""),
    "too large a sample": (
        "tables:", SAMPLE,
        "STU-08", "a sample of 999 is asked of stratum `all_`, which holds", "s.yaml:6:"),
    "a figure there is not": (
        "tables:", "headline: [sex.grils]\ntables:",
        "STU-02", "no figure `sex.grils`", "s.yaml:"),
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


def test_all_keys_that_are_missing_are_one_error() -> None:
    """A file that has just begun is told in one line what it lacks."""
    with pytest.raises(InputError, match="the keys `title`, `question`, `cohort`, `period`, `tables` are missing"):
        parse("study: s\n", "s.yaml")


def test_a_file_named_without_its_ending_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who leaves the ending out is asked whether the file that is there was meant."""
    (tmp_path / "overlays.yaml").write_text(GOOD)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"did you mean `overlays\.yaml`"):
        load("overlays")


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

"""`hashgrade study new`, `check`, `list` and `draw`, and codings in by `records import`, as a researcher has them."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hashgrade.cli.root import commands
from hashgrade.law.vocabulary import CANNOT_DETERMINE
from hashgrade.studies.schema import built_in
from tests.doors.station import new

STUDY = """study: marks
title: Marks on pictures
question: How often is there a mark on a picture?
cohort: {kind: {is: image}}
period: {from: 2023-01-01, until: 2023-12-31}
disclosure: {none: made up}
tables: {known: {title: Known, of: known}}
sample:
  seed: marks
  strata: {all: {size: {at_most: 3}, of: {kind: {is: image}}}}
  protocol: {mark: {title: Mark, values: {present: There is one, absent: There is none}}}
  tables: {mark: {title: Mark, of: protocol.mark}}
"""


def ran(*words: str | Path) -> tuple[int, str, str]:
    """Run a command that needs no station, in this process."""
    done = CliRunner().invoke(commands, [*map(str, words)])
    return done.exit_code, done.stdout, f"{done.stderr}{done.exception or ''}"


def test_a_new_study_is_good(tmp_path: Path) -> None:
    """What `study new` writes passes `study check`, and bears the name of its file."""
    assert ran("study", "new", tmp_path / "overlays.yaml")[0] == 0
    code, out, _ = ran("study", "check", tmp_path / "overlays.yaml", "--json")
    told = json.loads(out)
    assert (code, told["ok"], told["study"]) == (0, True, "overlays")
    assert "seed: overlays" in (tmp_path / "overlays.yaml").read_text()
    assert told["packs"].keys() == {"uk-ew"}
    assert told["sample"] == {"at_most": 120, "strata": ["single", "several"], "protocol": ["overlay", "marks"]}


@pytest.mark.parametrize(("name", "words"), [("there.yaml", "which is left as it is"), ("a b.yaml", "names no study"),
                                             ("study.txt", "names no study")])
def test_a_new_study_takes_nobodys_place(name: str, words: str, tmp_path: Path) -> None:
    """A file that is there stays as it is, and a name that no study can have is refused."""
    (tmp_path / "there.yaml").write_text("mine")
    code, _, err = ran("study", "new", tmp_path / name)
    assert code != 0
    assert "STU-49" in err
    assert words in err
    assert (tmp_path / "there.yaml").read_text() == "mine"


def test_hosts_are_named_inside_only(tmp_path: Path) -> None:
    """A report that may be published names no host, whatever is asked."""
    code, _, err = ran("study", "run", "redistribution", "--hosts", "--out", tmp_path / "report")
    assert code != 0
    assert "STU-16" in err
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize("name", built_in())
def test_every_study_of_the_package_is_good(name: str) -> None:
    """The studies that come with the package pass their own check, and nothing in them may be meant otherwise."""
    code, out, _ = ran("study", "check", name, "--json")
    assert (code, json.loads(out)["errors"], json.loads(out)["hints"]) == (0, [], [])


def test_a_note_that_a_comma_cut_is_hinted_at(tmp_path: Path) -> None:
    """In brackets a comma makes two notes of one sentence, which is no error; the hint says where."""
    (tmp_path / "marks.yaml").write_text(STUDY + "notes: [One mark counts once, wherever it is.]\n")
    code, out, err = ran("study", "check", tmp_path / "marks.yaml")
    assert code == 0
    assert "marks.yaml: good" in out
    assert "hint: marks.yaml:13:9: `One mark counts once` does not end as a sentence" in err
    (tmp_path / "marks.yaml").write_text(STUDY + "notes: ['One mark counts once, wherever it is.']\n")
    assert ran("study", "check", tmp_path / "marks.yaml")[2] == ""


def test_a_check_says_what_would_be_counted(tmp_path: Path) -> None:
    """Tables with their units, the packs that they need and what is kept back are told without a station."""
    text = STUDY.replace("disclosure: {none: made up}\n", "").replace(
        "tables: {known", "tables: {severity: {title: S, of: verdict.uk-ew, by: month, internal: true}, known", 1)
    (tmp_path / "marks.yaml").write_text(text)
    code, out, _ = ran("study", "check", tmp_path / "marks.yaml")
    assert code == 0
    for words in ("marks.yaml: good", "first seen from 2023-01-01 to 2023-12-31", "packs: uk-ew 2014.1",
                  "media: verdict.uk-ew by month (for inside only)", "media: protocol.mark", "draws at most 3 media",
                  "keeps back counts from 1 to 9"):
        assert words in out


def test_a_check_says_everything_that_is_wrong(tmp_path: Path) -> None:
    """All errors are told, each with its line, those that show in the layout once the rest is right; the code is 1."""
    (tmp_path / "marks.yaml").write_text(STUDY.replace("of: known", "off: known").replace("kind: {is: image}}\np",
                                                                                     "kind: {is: imag}}\np"))
    code, _, err = ran("study", "check", tmp_path / "marks.yaml")
    assert code == 1
    assert err.index("marks.yaml:4:") < err.index("marks.yaml:7:")
    (tmp_path / "marks.yaml").write_text(STUDY.replace("of: known", "of: children").replace(
        "tables: {known", "headline: [known.nwe]\ntables: {verdict: {title: V, of: verdict.uk-ew}, known", 1).replace(
        "cohort: {kind: {is: image}}", "cohort: {verdict.uk-ew: {in: [A, D]}}"))
    code, out, _ = ran("study", "check", tmp_path / "marks.yaml", "--json")
    assert [(error["code"], error["where"].split(":")[1]) for error in json.loads(out)["errors"]] == [
        ("CON-04", "4"), ("STU-04", "8")]


def test_the_list_says_what_each_study_asks() -> None:
    """Each study stands with its question and the number of its tables."""
    told = [json.loads(line) for line in ran("study", "list", "--json")[1].splitlines()]
    assert [one["study"] for one in told] == built_in()
    assert all(one["question"].endswith("?") and one["tables"] > 0 for one in told)


@pytest.mark.deep  # seven processes, each of which opens a station
def test_a_sample_is_drawn_coded_and_counted(tmp_path: Path) -> None:
    """What is drawn can be coded, by lines or in a sheet; what is not asked is refused; the rest is counted."""
    operator = new(tmp_path / "station")
    (tmp_path / "marks.yaml").write_text(STUDY)
    items = [{"type": "item", "sha256": f"{n:064x}", "kind": "image", "first_seen": f"2023-05-0{n}T00:00:00Z"}
             for n in range(1, 6)]
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    assert operator.run("records", "import", tmp_path / "items.jsonl").code == 0
    drew = operator.run("study", "draw", tmp_path / "marks.yaml", "--out", tmp_path / "drawn.csv", "--json")
    assert (drew.lines[0]["media"], drew.lines[0]["inside_only"]) == (3, True)
    with (tmp_path / "drawn.csv").open() as drawn:
        digests = [row["sha256"] for row in csv.DictReader(drawn)]
    answers = zip(digests, ("present", "present", "presnt"), strict=True)
    lines = [{"type": "coding", "study": "marks", "sha256": digest, "coder": "ada", "at": "2024-01-01T09:00:00Z",
              "answers": {"mark": answer}} for digest, answer in answers]
    (tmp_path / "coded.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    came = operator.run("records", "import", "--study", tmp_path / "marks.yaml", tmp_path / "coded.jsonl", "--json")
    assert (came.code, came.lines[0]["changed"], came.lines[0]["errors"][0]["code"]) == (1, {"codings": 2}, "STU-47")
    assert came.lines[0]["errors"][0]["where"].endswith("coded.jsonl:3:1")
    (tmp_path / "filled.csv").write_text(f"sha256,mark\n{digests[2]},absent\n{digests[1]},present\n{digests[0]},x\n")
    filed = operator.run("study", "code", tmp_path / "marks.yaml", tmp_path / "filled.csv", "--coder", "ada", "--json")
    assert (filed.code, filed.lines[0]["filed"], filed.lines[0]["unchanged"]) == (1, 1, 1)
    assert filed.lines[0]["errors"][0]["where"].endswith("filled.csv:4:1")
    assert operator.run("study", "run", tmp_path / "marks.yaml", "--out", tmp_path / "report").code == 0
    rows = json.loads((tmp_path / "report" / "findings.json").read_text())["tables"]["sample_mark"]["rows"]
    assert {row["key"]: row["count"] for row in rows} == {
        "present": 2, "absent": 1, CANNOT_DETERMINE: 0, "not_determined": 0}


def test_a_study_without_a_sample_draws_nothing(tmp_path: Path) -> None:
    """The error says where the sample would stand."""
    code, _, err = ran("study", "draw", "agreement", "--out", tmp_path / "drawn.csv", "--snapshot", tmp_path)
    assert code == 1
    assert "error[STU-48]: study `agreement` draws no sample\n --> agreement.yaml:" in err

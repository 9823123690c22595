"""`hashgrade law crosswalk`: what it prints for people and for machines, and its exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from hashgrade.cli.console import Flags
from hashgrade.cli.law.crosswalks import crosswalk
from hashgrade.errors import InputError
from hashgrade.exchange.ucs import ids_file
from tests.doors.test_lazily import HEAVY, probed

GRADE = {"facts": {"origin": "self_generated", "depiction": "photographic", "capture": "cannot_determine"},
         "children": [{"age_band": "7-10", "activity": ["oral"], "identified": "yes"}]}
IDS = "fact,value,ucs\norigin,self_generated,X-1\n"


def run(*words: str | Path, given: str = "", station: Path | None = None) -> Result:
    return CliRunner().invoke(crosswalk, [str(word) for word in words], input=given, obj=Flags(station))


def printed(*words: str | Path, given: Any = None, station: Path | None = None) -> Any:
    return json.loads(run(*words, "--json", given=json.dumps(given), station=station).stdout)


@pytest.fixture(name="station")
def new_station(tmp_path: Path) -> Path:
    (tmp_path / "hashgrade.toml").write_text("")
    return tmp_path


def test_list_names_each_list_and_where_it_was_read() -> None:
    """Four crosswalks, and of the UCS it is said that it was not read."""
    lines = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    assert [line["crosswalk"] for line in lines] == ["iccam", "ncmec", "ucs", "vics"]
    assert [line["source"]["read"] is None for line in lines] == [False, False, True, False]
    assert "general knowledge, not read" in run("list").stdout


def test_show_prints_ours_theirs_relation_and_reason() -> None:
    """What is said of several values is said once, with the official name of a code and the reason below."""
    said = run("show", "ncmec").stdout
    assert "puberty: infant_or_toddler (some child)\n    narrower  fileAnnotations: infant (Depicts an" in said
    assert "Ours takes in toddlers, whom theirs does not name." in said
    assert "depiction: ai_photorealistic, ai_altered_real_child\n    broader   fileAnnotations: generativeAi" in said
    assert "assessable, layout, self_evident, setting," in said
    rows = [json.loads(line) for line in run("show", "vics", "--json").stdout.splitlines()]
    assert {"fact": "origin", "value": "self_generated", "of": "medium", "field": "SelfGenerated", "code": True,
            "relation": "exact", "reason": ""} in rows


def test_out_prints_codes_and_what_was_not_sent() -> None:
    """Only what was answered is a code, verdicts are judged, and drafts are named."""
    told = printed("out", "vics", "--facts", "-", given=GRADE)
    assert told["codes"] == {"Category": 1, "SelfGenerated": True, "VictimIdentified": True}
    assert {"fact": "capture", "value": "cannot_determine", "reason": "Somebody was asked, and could not tell."} \
        in told["unmapped"]
    assert "vics-us" in told["notice"]
    assert told["undecided"] == {}


def test_an_undecided_verdict_is_no_code() -> None:
    """A category that could be several is told with them, and not sent."""
    told = printed("out", "ncmec", "--facts", "-", given={"facts": {"depiction": "photographic"}})
    assert told["undecided"] == {"us-industry": ["A1", "A2", "B1", "B2", "none"]}
    assert "industryClassification" not in told["codes"]
    said = run("out", "ncmec", "--facts", "-", given='{"facts": {"depiction": "photographic"}}').stdout
    assert "undecided: verdict.us-industry, A1 or A2 or B1 or B2 or none" in said


def test_out_tells_people_the_same() -> None:
    """Codes, what was not sent and why, and the draft notice."""
    said = run("out", "iccam", "--facts", "-", "--report", "duplicate", given=json.dumps({"facts": {}})).stdout
    assert "no code" in said
    assert "not sent: report.outcome: duplicate" in said
    assert "Draft law" in said


def test_back_prints_what_is_certain_and_what_is_not() -> None:
    """Exact and narrower codes are answers; a broader one is not."""
    told = printed("back", "ncmec", "--codes", "-", given={"fileAnnotations": ["infant", "generativeAi"]})
    assert told["said"] == [{"fact": "puberty", "value": "infant_or_toddler", "of": "some"}]
    assert told["unread"][0]["code"] == "generativeAi"
    said = run("back", "ncmec", "--codes", "-", given='{"fileAnnotations": ["generativeAi"]}').stdout
    assert "nothing for certain" in said
    assert "not read: fileAnnotations" in said


@pytest.mark.parametrize(("words", "given", "code"), [
    (("back", "vics", "--codes", "-"), '{"Category": 9}', "XWK-08"), (("back", "vics", "--codes", "-"), "{", "GRA-05"),
    (("out", "vics", "--facts", "-"), '{"facts": {"orgin": "unknown"}}', "GRA-02"), (("show", "vic"), "", "CMD-01"),
    (("import", "vics", "ids.csv"), "", "CMD-01"),
])
def test_trouble_has_its_code(words: tuple[str, ...], given: str, code: str) -> None:
    """What cannot be read ends the command with a coded error."""
    done = run(*words, given=given)
    assert isinstance(done.exception, InputError)
    assert done.exception.code == code


def test_ids_are_imported_into_the_station_and_used(tmp_path: Path, station: Path) -> None:
    """Until then the crosswalk to the UCS sends nothing; after it, the station's ids."""
    file = tmp_path / "ids.csv"
    file.write_text(IDS)
    assert printed("out", "ucs", "--facts", "-", given=GRADE, station=station)["codes"] == {}
    told = printed("import", "ucs", file, station=station)
    assert told == {"crosswalk": "ucs", "path": str(ids_file(station)), "added": 1, "total": 1}
    assert printed("out", "ucs", "--facts", "-", given=GRADE, station=station)["codes"] == {"ucs": ["X-1"]}
    assert "X-1" in run("show", "ucs", station=station).stdout


def test_ids_need_a_station_and_a_file(tmp_path: Path, station: Path) -> None:
    """Nothing is made where there is no station, and a missing file is told."""
    file = tmp_path / "ids.csv"
    file.write_text(IDS)
    assert getattr(run("import", "ucs", file, station=tmp_path / "none").exception, "code", "") == "STA-01"
    assert not (tmp_path / "none").exists()
    assert getattr(run("import", "ucs", tmp_path / "no.csv", station=station).exception, "code", "") == "CMD-01"


def test_a_file_of_ten_megabytes_is_not_read_whole(tmp_path: Path, station: Path) -> None:
    """The command reads to its limit, and says so."""
    file = tmp_path / "ids.csv"
    file.write_bytes(b"x" * 10 * 2**20)
    assert getattr(run("import", "ucs", file, station=station).exception, "code", "") == "XWK-07"


@pytest.mark.parametrize("words", [("list",), ("show", "vics"), ("out", "iccam", "--facts", "facts.json")])
def test_crosswalks_of_the_package_start_nothing_heavy(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Only the ids of a station need its settings."""
    done = probed(tmp_path, HEAVY, "law", "crosswalk", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout

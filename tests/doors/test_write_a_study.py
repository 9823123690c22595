"""The guide for whoever writes a study: each file and command of it, on the records of the demo."""

import json
from pathlib import Path

import pytest

from hashgrade.demo import population
from tests.doors.station import Operator, new
from tests.played import STUDY_GUIDE, played

pytestmark = pytest.mark.deep  # a dozen processes, each of which opens a station of 2,000 items


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A researcher's folder, with a station in it."""
    place = tmp_path_factory.mktemp("researcher")
    prepared(place)
    return place


def prepared(folder: Path) -> None:
    """A station in the folder with the demo's records of 2017, which are all that the guide counts."""
    lines = list(population.records())
    of_2017 = {line["sha256"] for line in lines if line["type"] == "item" and str(line["first_seen"]) < "2018"}
    chosen = [line for line in lines if line["type"] == "report" or line["sha256"] in of_2017]
    (folder / "records.jsonl").write_text("".join(json.dumps(line) + "\n" for line in chosen))
    done = new(folder / "station").run("records", "import", folder / "records.jsonl")
    assert done.code == 0, done.err


def test_a_researcher_who_follows_the_guide_sees_what_it_shows(folder: Path) -> None:
    """From a question to a report with a coded sample; what each command prints is what stands below it."""
    assert played(STUDY_GUIDE.read_text(), folder) == STUDY_GUIDE.read_text()
    found = json.loads((folder / "report" / "findings.json").read_text())
    assert {row["key"]: row["count"] for row in found["tables"]["sample_marks"]["rows"]}["logo"] > 0


def test_the_first_study_runs_as_it_is(folder: Path) -> None:
    """What `study new` writes needs no change to make a report, and draws as many as its strata ask."""
    operator = Operator(folder / "station")
    assert operator.run("study", "new", folder / "first.yaml").code == 0
    ran = operator.run("study", "run", folder / "first.yaml", "--year", "2017", "--out", folder / "first", "--json")
    assert ran.code == 0, ran.err
    tables = json.loads((folder / "first" / "findings.json").read_text())["tables"]
    assert 60 < tables["sample_overlay"]["base"] <= 120
    assert tables["severity"]["base"] > 1_000

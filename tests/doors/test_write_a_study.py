"""The guide for whoever writes a study: each file and command of it, on the records of the demo."""

import json
from pathlib import Path

import pytest

from hashgrade.demo import population
from tests.doors.station import Operator
from tests.played import STUDY_GUIDE, played

pytestmark = pytest.mark.deep  # a dozen processes, each of which opens a station of 2,000 items


def prepared(folder: Path) -> None:
    """A station in the folder with the demo's records of 2017, which are all that the guide counts."""
    lines = list(population.records())
    of_2017 = {line["sha256"] for line in lines if line["type"] == "item" and str(line["first_seen"]) < "2018"}
    chosen = [line for line in lines if line["type"] == "report" or line["sha256"] in of_2017]
    (folder / "records.jsonl").write_text("".join(json.dumps(line) + "\n" for line in chosen))
    operator = Operator(folder / "station")
    for words in (("init",), ("records", "import", folder / "records.jsonl")):
        done = operator.run(*words)
        assert done.code == 0, done.err


def test_a_researcher_who_follows_the_guide_sees_what_it_shows(tmp_path: Path) -> None:
    """From a question to a report with a coded sample; what each command prints is what stands below it."""
    prepared(tmp_path)
    assert played(STUDY_GUIDE.read_text(), tmp_path) == STUDY_GUIDE.read_text()
    found = json.loads((tmp_path / "report" / "findings.json").read_text())
    assert {row["key"]: row["count"] for row in found["tables"]["sample_marks"]["rows"]}["logo"] > 0

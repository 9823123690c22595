"""`hashgrade study verify` as its operator has it: the same, or what differs; with a snapshot that was kept or not."""

import json
from pathlib import Path

import pytest

from tests.doors.station import Operator, new

pytestmark = pytest.mark.deep  # seven processes, each of which opens a station

STUDY = """study: small
title: A small study
question: Does it come out the same?
cohort: everything
period: {from: 2023-01-01, until: 2023-12-31}
disclosure: {none: made up}
tables: {known: {title: Known, of: known}}
"""


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """A station whose records moved on by one item after a report was made and its snapshot kept."""
    folder = tmp_path_factory.mktemp("verifying")
    one = new(folder / "station")
    (folder / "small.yaml").write_text(STUDY)
    one.run("records", "import", records(folder / "first.jsonl", 1))
    ran = one.run("study", "run", folder / "small.yaml", "--out", folder / "report", "--keep-snapshot", folder / "kept")
    assert ran.code == 0, ran.err
    one.run("records", "import", records(folder / "second.jsonl", 2))
    return one


def records(path: Path, number: int) -> Path:
    """One item as JSON lines."""
    line = {"type": "item", "sha256": f"{number:064x}", "kind": "image", "first_seen": "2023-05-01T00:00:00Z"}
    path.write_text(json.dumps(line) + "\n")
    return path


def test_a_report_comes_out_the_same_after_the_station_moved_on(operator: Operator) -> None:
    """From the snapshot that was kept nothing differs, and the exit code is 0."""
    folder = operator.station.parent
    ran = operator.run("study", "verify", folder / "report", "--snapshot", folder / "kept", "--study",
                       folder / "small.yaml", "--json")
    assert ran.code == 0, ran.err
    assert ran.lines[0]["same"]


def test_what_changed_is_said_where_nothing_was_kept(operator: Operator) -> None:
    """From the station's records what differs is said, and the exit code is 1."""
    folder = operator.station.parent
    ran = operator.run("study", "verify", folder / "report", "--study", folder / "small.yaml")
    assert ran.code == 1
    assert "the records are not those of the report\n" in ran.out
    assert "`findings.json` does not come out the same" in ran.out

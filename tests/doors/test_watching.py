"""`hashgrade study watch` as its operator has it, and `study run` where it cannot write: errors have codes."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from tests.doors.station import Operator, new
from tests.doors.test_verifying import STUDY

START = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """A station with 20 items a month over four years; the type of site `forum` jumps in the last year."""
    folder = tmp_path_factory.mktemp("watching")
    one = new(folder / "station")
    one.run("records", "import", records(folder / "records.jsonl"))
    return one


def records(path: Path) -> Path:
    """Items and sightings as JSON lines."""
    chance, lines = Random(3), []
    for number in range(48 * 20):
        seen = START + timedelta(days=number * 1461 / 960)
        digest = sha256(str(number).encode()).hexdigest()
        site = "forum" if chance.random() < (0.6 if number > 780 else 0.1) else "image_host"
        lines += [{"type": "item", "sha256": digest, "kind": "image", "first_seen": seen.isoformat()},
                  {"type": "sighting", "sha256": digest, "url": f"https://host.example/{number}",
                   "seen_at": seen.isoformat(), "site_type": site}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_alerts_are_printed_and_the_command_succeeds(operator: Operator) -> None:
    """The table, a sentence for each alert, and that it is for inside only; the exit code is 0."""
    ran = operator.run("study", "watch", "--every", "month", COLUMNS="200")
    assert ran.code == 0, ran.err
    assert "Forum (Type of site)" in ran.out
    assert "the share in which the type of site is forum rose at once" in " ".join(ran.out.split())
    assert "For inside only." in ran.out
    assert "host.example" not in ran.out


def test_a_page_and_data_are_written(operator: Operator, tmp_path: Path) -> None:
    """With `--out` the folder has the page, and `--json` prints what its data hold."""
    ran = operator.run("study", "watch", "--every", "month", "--by", "site", "--out", tmp_path / "out", "--json")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["index.html", "series.csv", "watch.json"]
    assert ran.lines == [json.loads((tmp_path / "out" / "watch.json").read_text())]
    assert ran.lines[0]["alerts"][0]["series"] == "site:forum"


def test_errors_have_their_codes(operator: Operator) -> None:
    """Nothing is printed but the error, and the exit code is 1."""
    ran = operator.run("study", "watch", "--until", "2090-01-01")
    assert (ran.code, ran.out) == (1, "")
    assert "error[STU-27]" in ran.err


def test_a_report_under_a_file_is_refused(operator: Operator, tmp_path: Path) -> None:
    """CMD-02: a study whose folder cannot be made ends with the system's reason, and no trace."""
    (tmp_path / "plain").touch()
    (tmp_path / "small.yaml").write_text(STUDY)
    done = operator.run("study", "run", tmp_path / "small.yaml", "--out", tmp_path / "plain" / "x")
    assert (done.code, done.err.splitlines()[0]) == (1, "error[CMD-02]: the system refused: Not a directory")

"""Making and opening a station, its settings and its records, from the command line."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from hashgrade import app
from hashgrade.errors import Refused
from hashgrade.settings import read
from hashgrade.vault import Vault
from tests.cast import sha
from tests.doors.station import Operator, new

ITEM = {"type": "item", "sha256": sha(1), "kind": "image", "first_seen": "2023-04-01T09:00:00Z", "known": None}
FACTS = {"facts": {"depiction": "photographic", "indecent": "yes"},
         "children": [{"age_band": "7-10", "sex": "girl", "activity": ["posing_nude"]}]}


def said(reader: str, **more: object) -> Mapping[str, object]:
    return {"type": "reading", "sha256": sha(1), "reader": reader, "at": "2023-04-02T09:00:00Z",
            "seconds_visible": 4, **FACTS, **more}


def lines(path: Path, *records: Mapping[str, object]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """Somebody with a new station."""
    return new(tmp_path / "station")


def test_init_makes_keys_that_only_the_owner_can_read(tmp_path: Path) -> None:
    """The private keys have mode 0600."""
    operator = Operator(tmp_path / "station")
    assert operator.run("init").code == 0
    modes = {path.name: path.stat().st_mode & 0o777 for path in (operator.station / "keys").glob("*.key")}
    assert modes == {"vault.key": 0o600, "release.key": 0o600}


def test_init_never_replaces_a_station(operator: Operator) -> None:
    """A second `init` is a conflict, and the keys stay."""
    key = (operator.station / "keys" / "vault.key").read_bytes()
    again = operator.run("init")
    assert (again.code, "error[STA-03]" in again.err) == (4, True)
    assert (operator.station / "keys" / "vault.key").read_bytes() == key


def test_a_folder_that_is_no_station_is_told(tmp_path: Path) -> None:
    """The error says what to do."""
    missing = Operator(tmp_path / "nowhere").run("records", "export")
    assert missing.code == 1
    assert "error[STA-01]" in missing.err
    assert "hashgrade init" in missing.err


def test_a_station_without_its_key_is_not_opened(operator: Operator) -> None:
    """Records are not written that media could not be read for."""
    (operator.station / "keys" / "vault.key").unlink()
    assert "error[VLT-02]" in operator.run("records", "export").err


def test_one_process_works_on_one_station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second station in the same process is refused, and named."""
    monkeypatch.setattr(app, "_opened", [tmp_path / "first"])
    Vault.create(tmp_path / "second")
    (tmp_path / "second" / "hashgrade.toml").touch()
    with pytest.raises(Refused, match="STA-02"):
        app.open(read(station=tmp_path / "second"))


def test_a_setting_that_cannot_be_is_named(operator: Operator) -> None:
    """The error names the setting and the value."""
    refused = operator.run("records", "export", HASHGRADE_NEAR_BITS="99")
    assert refused.code == 1
    assert "error[SET-01]: setting `near_bits`" in refused.err
    assert "99" in refused.err


def test_a_pack_that_is_named_twice_is_refused(operator: Operator) -> None:
    """SET-01: an edition would have two columns of one name."""
    (operator.station / "hashgrade.toml").write_text('packs = ["uk-ew", "interpol-baseline", "uk-ew"]\n')
    refused = operator.run("records", "export")
    assert (refused.code, "error[SET-01]: setting `packs`: `uk-ew` is named twice" in refused.err) == (1, True)


def test_packs_may_be_one_string(tmp_path: Path) -> None:
    """In the file as in the environment, a string is words with commas between."""
    (tmp_path / "hashgrade.toml").write_text('packs = "uk-ew, interpol-baseline"\n')
    assert read(station=tmp_path).packs == ("uk-ew", "interpol-baseline")


def test_a_setting_that_does_not_exist_is_named(operator: Operator) -> None:
    """A misspelt line of the file is not passed over."""
    (operator.station / "hashgrade.toml").write_text("reedings_wanted = 3\n")
    refused = operator.run("records", "export")
    assert "error[SET-01]" in refused.err
    assert "there is no setting `reedings_wanted`; did you mean `readings_wanted`?" in refused.err


def test_a_settings_file_that_is_not_toml_is_told(operator: Operator) -> None:
    """The error has a code, not a trace."""
    (operator.station / "hashgrade.toml").write_text("packs = [\n")
    refused = operator.run("records", "export")
    assert refused.code == 1
    assert "error[SET-01]" in refused.err


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flags win over both."""
    (tmp_path / "hashgrade.toml").write_text("near_bits = 7\nquality_min = 60\n[limits]\npixels_max = 5\n")
    monkeypatch.setenv("HASHGRADE_NEAR_BITS", "9")
    monkeypatch.setenv("HASHGRADE_PACKS", "uk-ew, interpol-baseline")
    found = read(station=tmp_path)
    assert (found.near_bits, found.quality_min, found.limits.pixels_max) == (9, 60, 5)
    assert found.packs == ("uk-ew", "interpol-baseline")
    assert read(station=tmp_path, near_bits=11).near_bits == 11


def test_the_same_records_twice_change_nothing(operator: Operator, tmp_path: Path) -> None:
    """The second import finds every line on file, and an export gives them back."""
    records = lines(tmp_path / "r.jsonl", ITEM, said("ada"), said("ben"))
    first, second = (operator.run("records", "import", records, "--json").lines[0] for _ in range(2))
    assert (sum(first["changed"].values()), first["refused"]) == (3, 0)
    assert (second["changed"], second["unchanged"]) == ({}, 3)
    exported = [json.loads(line) for line in operator.run("records", "export").out.splitlines()]
    assert [line["type"] for line in exported] == ["item", "reading", "reading"]
    assert exported[1]["facts"] == FACTS["facts"]


def test_a_bad_line_is_told_with_its_place_and_the_rest_goes_on(operator: Operator, tmp_path: Path) -> None:
    """The exit code says that something was refused."""
    path = lines(tmp_path / "r.jsonl", ITEM, said("ada"))
    path.write_text(path.read_text() + "{\"type\": \"item\", \"sha\n" + json.dumps(said("ben")) + "\n")
    done = operator.run("records", "import", path, "--json")
    assert done.code == 1
    assert f"{path}:3:" in done.err
    assert done.lines[0]["refused"] == 1
    assert done.lines[0]["changed"] == {"items": 1, "readings": 2}


def test_a_reader_who_says_something_else_must_say_what_it_supersedes(operator: Operator, tmp_path: Path) -> None:
    """Two readings by one person are one reading and an error, or one correction."""
    assert operator.run("records", "import", lines(tmp_path / "a.jsonl", ITEM, said("ada"))).code == 0
    other = {"facts": {"indecent": "no"}, "at": "2023-04-03T09:00:00Z"}
    again = operator.run("records", "import", lines(tmp_path / "b.jsonl", said("ada", **other)))
    assert (again.code, "error[STO-" in again.err) == (1, True)
    corrected = said("ada", **other, supersedes="2023-04-02T09:00:00Z")
    assert operator.run("records", "import", lines(tmp_path / "c.jsonl", corrected)).code == 0


def test_match_asks_the_station(operator: Operator, tmp_path: Path) -> None:
    """Without a file to match against, the station's own items are."""
    code, near = "0f" * 32, "0f" * 31 + "0e"
    known = {**ITEM, "pdq": code, "pdq_quality": 90}
    assert operator.run("records", "import", lines(tmp_path / "r.jsonl", known)).code == 0
    assert operator.run("match", near, "--json").lines == [
        {"query": near, "hits": [{"sha256": sha(1), "distance_bits": 1}]}]


def test_the_audit_trail_is_unbroken_after_work_and_broken_after_an_edit(operator: Operator, tmp_path: Path) -> None:
    """An entry changed behind the program's back is named."""
    import sqlite3

    operator.run("records", "import", lines(tmp_path / "r.jsonl", ITEM))
    assert operator.run("audit", "verify", "--json").lines[0]["entries"] == 2, "the packs in force, and the records"
    with sqlite3.connect(operator.station / "records.sqlite3") as database:
        database.execute("UPDATE store_entry SET why = 'nothing to see here'")
    broken = operator.run("audit", "verify")
    assert (broken.code, "error[AUD-02]" in broken.err) == (5, True)

"""Manifests and snapshots: a report comes out the same, and what does not is named."""

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random
from shutil import copytree

import pytest

from hashgrade import law
from hashgrade.errors import HashgradeError, InputError, Refused
from hashgrade.law.judge import Bench, possible
from hashgrade.law.pack import pack_ids
from hashgrade.studies import manifest
from hashgrade.studies.run import run
from hashgrade.studies.schema import parse
from hashgrade.studies.snapshot import Records, cleared, in_columns, load, snapshot
from hashgrade.studies.verifying import verify
from tests.pure.law.drawn import grade
from tests.pure.studies.population import PACKS, judge, records, taken

STUDY = """study: small
title: A small study
question: Does it come out the same?
cohort: everything
period: {from: 2023-01-01, until: 2023-12-31}
disclosure: {none: made up}
tables: {severity: {title: Severity, of: verdict.uk-ew, by: youngest_age_band, graded: true}}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study file, a snapshot that was kept, and the report made from both."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "small.yaml").write_text(STUDY)
    run(folder / "small.yaml", taken(folder / "kept", 5, 120), folder / "report")
    return folder


def test_a_report_comes_out_the_same(made: Path) -> None:
    """From the snapshot that was kept and the study's file, every byte is made again."""
    found = verify(made / "report", load(made / "kept"), made / "small.yaml")
    assert found.differs == ()
    assert found.files >= 6


def test_a_changed_number_is_named(made: Path, tmp_path: Path) -> None:
    """Positive control: one digit changed in a table after it was written is told, and no other file is."""
    copytree(made / "report", tmp_path / "report")
    table = tmp_path / "report" / "tables" / "severity.csv"
    table.write_text(table.read_text().replace("1", "2", 1))
    found = verify(tmp_path / "report", load(made / "kept"), made / "small.yaml")
    assert found.differs == ("`tables/severity.csv` was changed after it was written",)


def test_a_file_that_is_missing_or_was_added_is_named(made: Path, tmp_path: Path) -> None:
    """A report with a page less and a note more says both."""
    copytree(made / "report", tmp_path / "report")
    (tmp_path / "report" / "index.html").unlink()
    (tmp_path / "report" / "notes.txt").write_text("mine")
    assert set(verify(tmp_path / "report", load(made / "kept"), made / "small.yaml").differs) == {
        "`index.html` is missing from the report", "`notes.txt` is in the report's folder and not in its manifest"}


def test_records_that_moved_on_are_told(made: Path, tmp_path: Path) -> None:
    """With other records that is told, and the files that differ by them; how many there were is told inside only."""
    moved = taken(tmp_path, 5, 130)
    found = verify(made / "report", moved, made / "small.yaml").differs
    assert "the records are not those of the report" in found
    assert "`findings.json` does not come out the same" in found
    assert "counts" not in (made / "report" / "manifest.json").read_text()
    run(made / "small.yaml", load(made / "kept"), tmp_path / "inside", internal=True)
    inside = verify(tmp_path / "inside", moved, made / "small.yaml").differs
    assert any("the records are not those of the report: media 120 and now 130" in one for one in inside)


def test_another_study_file_is_told(made: Path, tmp_path: Path) -> None:
    """A note added to the study is told as another study file."""
    (tmp_path / "small.yaml").write_text(STUDY + "notes: [Added]\n")
    assert "the study file `small.yaml` is not the one the report was made from" in verify(
        made / "report", load(made / "kept"), tmp_path / "small.yaml").differs


def test_a_pack_that_was_reviewed_since_is_told(made: Path) -> None:
    """A pack with another review is told, though its outcomes are the same."""
    kept = load(made / "kept")
    packs = tuple(replace(pack, draft=not pack.draft) for pack in kept.packs)
    assert "pack uk-ew 1 was in use and its text, or its review, is another now" in verify(
        made / "report", replace(kept, packs=packs), made / "small.yaml").differs


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_study_needs_no_file(made: Path, tmp_path: Path, ending: str) -> None:
    """The manifest holds the text that the report was made from, byte for byte, whatever ended its lines."""
    (tmp_path / "small.yaml").write_bytes(STUDY.replace("\n", ending).encode())
    run(tmp_path / "small.yaml", load(made / "kept"), tmp_path / "report")
    (tmp_path / "small.yaml").unlink()
    assert verify(tmp_path / "report", load(made / "kept")).differs == ()


def test_a_study_that_had_no_file_needs_one(made: Path, tmp_path: Path) -> None:
    """STU-39: a study that was made in a program is not in the manifest."""
    run(parse(STUDY, "small.yaml"), load(made / "kept"), tmp_path / "report")
    with pytest.raises(InputError, match=r"`manifest\.json` does not have the text of study `small`") as caught:
        verify(tmp_path / "report", load(made / "kept"))
    assert caught.value.code == "STU-39"
    assert verify(tmp_path / "report", load(made / "kept"), made / "small.yaml").differs == ()
    with pytest.raises(InputError, match="there is no study") as caught:
        verify(tmp_path / "report", load(made / "kept"), tmp_path / "small.yaml")
    assert caught.value.code == "STU-01"


def test_a_folder_without_a_manifest_is_no_report(made: Path) -> None:
    """A folder that no study wrote is refused."""
    with pytest.raises(InputError, match="holds no report") as caught:
        verify(made / "kept", load(made / "kept"))
    assert caught.value.code == "STU-36"


@pytest.mark.parametrize(("key", "words"), [
    ("study", "see `study`"), ("period", "see `period`"), ("format", "no report")])
def test_a_manifest_that_lost_a_part_is_refused(made: Path, tmp_path: Path, key: str, words: str) -> None:
    """What cannot have been written by a study is told by the path of what is wrong."""
    copytree(made / "report", tmp_path / "report")
    said = json.loads((tmp_path / "report" / "manifest.json").read_text())
    (tmp_path / "report" / "manifest.json").write_text(json.dumps({one: said[one] for one in said if one != key}))
    with pytest.raises(InputError, match=words) as caught:
        verify(tmp_path / "report", load(made / "kept"), made / "small.yaml")
    assert caught.value.code == "STU-36"


# -- snapshots ----------------------------------------------------------------------------------------------------


def broken(folder: Path, how: str) -> None:
    """Do something to a snapshot that must be noticed."""
    described = json.loads((folder / "snapshot.json").read_text())
    if how == "another format":
        (folder / "snapshot.json").write_text(json.dumps({**described, "format": 1}))
    elif how == "no snapshot":
        (folder / "snapshot.json").write_text("{")
    elif how == "no counts":
        (folder / "snapshot.json").write_text(json.dumps({**described, "counts": None}))
    elif how == "a pack without a digest":
        packs = [{key: pack[key] for key in pack if key != "digest"} for pack in described["packs"]]
        (folder / "snapshot.json").write_text(json.dumps({**described, "packs": packs}))
    elif how == "a file left out":
        del described["files"]["codings.parquet"]
        (folder / "snapshot.json").write_text(json.dumps(described))
    elif how == "a byte changed":
        data = bytearray((folder / "media.parquet").read_bytes())
        data[len(data) // 2] ^= 1
        (folder / "media.parquet").write_bytes(data)
    else:
        (folder / "grades.parquet").unlink()


@pytest.mark.parametrize(("how", "error", "words"), [
    ("another format", "STU-35", "of format 1, and this version reads format 3"),
    ("no snapshot", "STU-36", "holds no snapshot"),
    ("no counts", "STU-38", "`snapshot.json` is not what was written: see `counts`"),
    ("a pack without a digest", "STU-38", r"see `packs\[0\]\.digest`"),
    ("a file left out", "STU-38", "`codings.parquet` is not what was written"),
    ("a byte changed", "STU-38", "`media.parquet` is not what was written"),
    ("a file missing", "STU-38", "`grades.parquet` is missing"),
])
def test_a_snapshot_that_is_not_whole_is_refused(made: Path, tmp_path: Path, how: str, error: str, words: str) -> None:
    """Each kind of damage has its code and its words."""
    copytree(made / "kept", tmp_path / "kept")
    broken(tmp_path / "kept", how)
    with pytest.raises(HashgradeError, match=words) as caught:
        load(tmp_path / "kept")
    assert caught.value.code == error
    assert caught.value.where.startswith(str(tmp_path / "kept"))


def test_a_report_of_another_format_is_named(tmp_path: Path) -> None:
    """Among many reports of a ledger it is clear which one, and what to do about it."""
    (tmp_path / "annual-2022").mkdir()
    (tmp_path / "annual-2022" / "manifest.json").write_text('{"format": 1}')
    with pytest.raises(InputError, match="`annual-2022` is of format 1") as caught:
        manifest.read(tmp_path / "annual-2022")
    assert (caught.value.code, "make the report again" in caught.value.to_do) == ("STU-36", True)


def test_records_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    """Two items of one SHA-256 make no snapshot."""
    graded, _ = records(1, 3)
    with pytest.raises(InputError, match=r"two items have one SHA-256 \(1 times\)") as caught:
        snapshot(tmp_path, Records([*graded, graded[0]]), PACKS, judge)
    assert caught.value.code == "STU-37"


def test_the_name_of_a_snapshot_is_what_is_in_it(made: Path, tmp_path: Path) -> None:
    """The same records have the same name wherever they lie, and other records another."""
    kept = load(made / "kept")
    assert taken(tmp_path / "again", 5, 120).digest == kept.digest != taken(tmp_path / "other", 6, 120).digest


def test_digests_are_in_media_only(made: Path) -> None:
    """No relation but that of items holds a digest, and none an address, a report's name or a reader's."""
    with load(made / "kept").opened() as database:
        columns = {name: columns_of(database.execute(f"DESCRIBE {name}").fetchall())
                   for name in ("items", "grades", "graded_children", "sightings", "reports", "readings")}
    assert [name for name, typed in columns.items() if "BLOB" in typed.values()] == ["items"]
    assert {columns["sightings"]["url"], columns["reports"]["report"], columns["readings"]["reader"]} == {"INTEGER"}


def columns_of(rows: list[tuple[str, ...]]) -> Mapping[str, str]:
    """Name and type of each column."""
    return {row[0]: row[1] for row in rows}


def test_only_a_snapshot_is_replaced_by_one(made: Path, tmp_path: Path) -> None:
    """A snapshot may take the place of another, and of nothing else."""
    copytree(made / "kept", tmp_path / "kept")
    cleared(tmp_path / "kept")
    (tmp_path / "kept" / "thesis.txt").write_text("mine")
    with pytest.raises(Refused, match=r"holds `thesis\.txt`, which no snapshot wrote"):
        cleared(tmp_path / "kept")


def test_many_grades_are_judged_as_one_is() -> None:
    """Judging in columns gives the outcomes still possible that judging one by one gives, for every pack."""
    packs = tuple(law.load(name) for name in pack_ids())
    some = [grade(Random(n)) for n in range(60)]
    one_by_one = [{name: possible(verdict) for name, verdict in Bench(packs)(one).items()} for one in some]
    assert list(islice(in_columns(packs)(some), 60)) == one_by_one

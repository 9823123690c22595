"""Records out and in again as JSON lines: streamed, idempotent, resumable."""

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashgrade import audit
from hashgrade.errors import HashgradeError, InputError
from hashgrade.exchange import records
from hashgrade.exchange.lines import Record, parsed, written
from hashgrade.exchange.records import ORDER, Tally, Told, export_records, import_records, writing
from hashgrade.nouns import Coding, Grade, Item, Kind, Known, Reading, Report, Segment, Settlement, Sighting
from hashgrade.store import queries
from hashgrade.store.work import Store
from tests.cast import ADA, BEN, CY, DEE, MORNING, grade, item, later, reading, settlement, sha

ROOT = Path(__file__).parents[2]
YES, NO = grade(indecent="yes"), grade({"age_band": "3-6", "activity": ("witness", "posing_nude")}, indecent="no")

EVERYTHING = [
    Report(report="R-17", source="public", received_at=MORNING, extra={"note": {"a": [1, None]}}),
    item(1, md5="1" * 32, pdq="2" * 64, pdq_quality=98, width=3, known=Known.NEAR, extra={"camera": "é"}),
    item(2, kind=Kind.VIDEO), item(3, kind=Kind.OTHER),
    Sighting(sha256=sha(1), url="https://a.example/1", seen_at=MORNING, report="R-17", site_type="image_host",
             original_upload=False),
    reading(1, ADA, YES, seconds_visible=12.0), reading(1, BEN, NO, 1, seconds_visible=0.5, extra={"device": "a"}),
    reading(1, ADA, NO, 2, supersedes=later(0)),
    reading(2, ADA, Grade({}, ()), segments=(Segment(from_ms=0, to_ms=900, activity=("none",)),)),
    settlement(1, CY, NO),
    Coding(sha256=sha(1), study="s", coder=ADA, at=MORNING, answers={"marks": ("code", "logo"), "overlay": "added"}),
]


def lines(*chosen: object) -> bytes:
    """These records as a file."""
    return b"".join(written(one) for one in chosen)  # type: ignore[arg-type]


def bring(store: Store, data: bytes) -> tuple[Tally, list[HashgradeError]]:
    """Import a file held in memory."""
    errors: list[HashgradeError] = []
    tally = import_records(store, io.BytesIO(data), CY, "f.jsonl", Told(refused=errors.append))
    return tally, errors


def taken_out() -> bytes:
    """Export into memory."""
    out = io.BytesIO()
    export_records(out)
    return out.getvalue()


@contextmanager
def taken_back() -> Iterator[None]:
    """A block of which nothing stays on file, for the next example."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined] # lets the store's own blocks nest in it
    with block:
        yield
        transaction.set_rollback(True)


def test_everything_comes_back(store: Store) -> None:
    """What is imported is exported, unknown keys too, and means the same."""
    tally, errors = bring(store, lines(*EVERYTHING))
    assert (errors, tally.changed.total()) == ([], len(EVERYTHING))
    back = [parsed(line) for line in taken_out().splitlines()]
    assert sorted(map(repr, back)) == sorted(map(repr, EVERYTHING))


def test_the_same_file_twice_changes_nothing(store: Store) -> None:
    """Importing is idempotent: no row and no audit entry comes of the second time."""
    bring(store, lines(*EVERYTHING))
    before, counted = taken_out(), queries.counts()
    tally, errors = bring(store, lines(*EVERYTHING))
    assert (tally.unchanged, errors, taken_out(), queries.counts()) == (len(EVERYTHING), [], before, counted)


def test_an_export_is_the_same_whatever_the_order(store: Store) -> None:
    """The bytes of an export depend on the records alone: an export of an import of an export is the export."""
    bring(store, lines(*EVERYTHING))
    first = taken_out()
    assert [json.loads(line)["type"] for line in first.splitlines()] == [
        "report", "item", "item", "item", "sighting", "reading", "reading", "reading", "reading", "settlement",
        "coding"]
    tally, errors = bring(store, first)
    assert (tally.changed.total(), errors, taken_out()) == (0, [], first)


def test_grades_follow_an_import(store: Store) -> None:
    """An imported settlement is the grade of record of its item; one reading alone is none."""
    bring(store, lines(*EVERYTHING))
    assert {one.sha256: said for one, said in queries.grades()} == {sha(1): NO, sha(2): None, sha(3): None}


def test_a_byte_order_mark_is_no_record(store: Store) -> None:
    """Files that begin with the mark some editors write are read like any other."""
    _tally, errors = bring(store, b"\xef\xbb\xbf" + lines(*EVERYTHING))
    assert errors == []


def test_gzip_is_read_whatever_the_name(store: Store, tmp_path: Path) -> None:
    """A compressed file is known by its first bytes."""
    tally, errors = bring(store, gzip.compress(lines(*EVERYTHING)))
    assert (tally.lines, errors) == (len(EVERYTHING), [])


def test_exports_to_gz_are_compressed_and_repeatable(store: Store, tmp_path: Path) -> None:
    """The same records give the same compressed bytes, with no name or time in them."""
    bring(store, lines(*EVERYTHING))
    for name in ("a.jsonl.gz", "b.jsonl.gz"):
        with writing(tmp_path / name) as out:
            export_records(out)
    packed = (tmp_path / "a.jsonl.gz").read_bytes()
    assert packed == (tmp_path / "b.jsonl.gz").read_bytes()
    assert gzip.decompress(packed) == taken_out()


def test_a_failed_export_leaves_no_file(tmp_path: Path) -> None:
    """A file is there once it is whole, or not at all."""
    def fail() -> None:
        with writing(tmp_path / "a.jsonl") as out:
            out.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


def export_to(path: Path, *said: bytes) -> None:
    """Write these bytes as an export is written."""
    with writing(path) as out:
        for part in said:
            out.write(part)


def test_an_export_keeps_a_link_and_writes_what_it_leads_to(tmp_path: Path) -> None:
    """A symbolic link to the file of today stays a link, also when that file is not there yet."""
    (tmp_path / "today").mkdir()
    link, target = tmp_path / "latest.jsonl", tmp_path / "today" / "a.jsonl"
    link.symlink_to(target)
    for said in (b"one\n", b"two\n"):
        export_to(link, said)
        assert (link.is_symlink(), target.read_bytes()) == (True, said)
    assert [*target.parent.iterdir()] == [target]


@pytest.mark.parametrize(("name", "opened"), [("pipe.jsonl", bytes), ("pipe.jsonl.gz", gzip.decompress)])
def test_an_export_goes_into_a_pipe(tmp_path: Path, name: str, opened: Callable[[bytes], bytes]) -> None:
    """What is no regular file is written to as it stands, and is not replaced by a file."""
    os.mkfifo(tmp_path / name)
    with ThreadPoolExecutor(1) as pool:
        got = pool.submit((tmp_path / name).read_bytes)
        export_to(tmp_path / name, b"one\n", b"two\n")
        assert opened(got.result(timeout=20)) == b"one\ntwo\n"
    assert [path.is_fifo() for path in tmp_path.iterdir()] == [True]


def test_an_export_goes_into_a_pipe_behind_a_link(tmp_path: Path) -> None:
    """A link to a pipe is followed, as `/dev/stdout` is."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    with ThreadPoolExecutor(1) as pool:
        got = pool.submit((tmp_path / "pipe").read_bytes)
        export_to(tmp_path / "link", b"one\n")
        assert got.result(timeout=20) == b"one\n"
    assert ((tmp_path / "pipe").is_fifo(), (tmp_path / "link").is_symlink()) == (True, True)


def test_an_export_takes_the_place_of_what_a_killed_one_left(tmp_path: Path) -> None:
    """What stands beside the file under the passing name is replaced, and nothing is written through a link there."""
    (tmp_path / "other").write_bytes(b"mine")
    (tmp_path / "a.jsonl.part").symlink_to(tmp_path / "other")
    export_to(tmp_path / "a.jsonl", b"one\n")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.jsonl": b"one\n", "other": b"mine"}


@pytest.mark.parametrize(("path", "words"), [
    (".", "this is a directory"), ("folder", "this is a directory"), ("no/a.jsonl", "No such file"),
    ("file/a.jsonl", "Not a directory"), ("round", "symbolic links"), ("n" * 300, "too long")])
def test_an_export_that_cannot_be_written_is_told(tmp_path: Path, path: str, words: str) -> None:
    """A folder, a missing folder, a link that leads round: each is told with a code, and leaves nothing."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "round").symlink_to(tmp_path / "round")
    with pytest.raises(InputError, match=rf"CMD-02.*{words}"):
        export_to(tmp_path / path, b"one\n")
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["file", "folder", "round"]


def test_each_batch_has_one_entry(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long import commits in batches, each with one entry that holds its lines and their digest."""
    monkeypatch.setattr(records, "BATCH", 4)
    seen: list[int] = []
    import_records(store, io.BytesIO(lines(*EVERYTHING)), CY, "f", Told(progress=seen.append))
    entries = list(queries.entries())
    assert ([entry.did["lines"] for entry in entries], seen) == ([[1, 4], [5, 8], [9, 11]], [4, 8, 11])
    assert len({str(entry.did["lines_sha256"]) for entry in entries}) == 3
    assert audit.verify(entries) == entries[-1]


def test_an_interrupted_import_goes_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was committed before an interrupt stays, and the same command again completes the rest."""
    monkeypatch.setattr(records, "BATCH", 4)

    def interrupt(_lines: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_records(store, io.BytesIO(lines(*EVERYTHING)), CY, "f", Told(progress=interrupt))
    assert queries.counts()["entries"] == 1
    tally, errors = bring(store, lines(*EVERYTHING))
    assert (tally.unchanged, tally.changed.total(), errors) == (4, 7, [])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shuffled=st.permutations(
    [*EVERYTHING, reading(1, ADA, YES, 3, supersedes=later(2)), settlement(1, DEE, YES, 90), EVERYTHING[4]]))
def test_the_order_within_a_batch_is_free(store: Store, shuffled: list[Record]) -> None:
    """However the lines of a batch are ordered, the records are the same, and the second import changes nothing."""
    in_order = sorted(shuffled, key=lambda one: (ORDER.index(type(one)), getattr(one, "at", MORNING)))
    with taken_back():
        bring(store, lines(*in_order))
        expected = taken_out()
    with taken_back():
        tally, errors = bring(store, lines(*shuffled))
        assert (errors, tally.unchanged, taken_out()) == ([], 1, expected)
        again, errors = bring(store, lines(*shuffled))
        assert (errors, again.changed.total(), again.unchanged) == ([], 0, len(shuffled))


def test_the_format_is_as_documented() -> None:
    """Lines as other software writes them are read, and ours have the documented keys."""
    line = (b'{"type": "item", "sha256": "' + b"AB" * 32 + b'", "md5": null, "sha1": null, "kind": "image", '
            b'"pdq": null, "pdq_quality": 98, "first_seen": "2023-04-01T11:00:00+02:00", "known": null, "camera": "x"}')
    record = parsed(line)
    assert record == Item(sha256="ab" * 32, kind=Kind.IMAGE, pdq_quality=98, first_seen=MORNING, extra={"camera": "x"})
    assert json.loads(written(record)) == {
        "type": "item", "sha256": "ab" * 32, "md5": None, "sha1": None, "kind": "image", "pdq": None, "pdq_quality": 98,
        "first_seen": "2023-04-01T09:00:00Z", "known": None, "camera": "x"}


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
TIMES = st.datetimes(min_value=MORNING.replace(tzinfo=None)).map(lambda at: at.replace(tzinfo=MORNING.tzinfo))
PLAIN = st.none() | st.booleans() | st.integers() | TEXTS
EXTRAS = st.dictionaries(TEXTS.map(lambda key: f"x-{key}"), PLAIN, max_size=3)
DIGESTS = st.integers(0, 2**256 - 1).map(sha)


@given(st.builds(Report, report=TEXTS, source=TEXTS, received_at=TIMES, outcome=st.none() | TEXTS, extra=EXTRAS)
       | st.builds(Sighting, sha256=DIGESTS, url=TEXTS, seen_at=TIMES, report=st.none() | TEXTS,
                   site_type=st.none() | TEXTS, original_upload=st.none() | st.booleans(), extra=EXTRAS)
       | st.builds(Reading, sha256=DIGESTS, reader=TEXTS, at=TIMES, grade=st.sampled_from([YES, NO, Grade({}, ())]),
                   seconds_visible=st.none() | st.floats(0, 1e9), supersedes=st.none() | TIMES, extra=EXTRAS)
       | st.builds(Settlement, sha256=DIGESTS, by=TEXTS, at=TIMES, grade=st.sampled_from([YES, NO]), extra=EXTRAS))
def test_any_record_survives_its_line(record: Report | Sighting | Reading | Settlement) -> None:
    """A record written and read is the same record, on one line."""
    line = written(record)
    assert parsed(line) == record
    assert line.count(b"\n") == 1


IMPORT = """
import os, sys
from datetime import UTC, datetime
import django
django.setup()
from hashgrade.exchange import records
from hashgrade.store.work import Store
records.BATCH = 50
store = Store(lambda: datetime(2024, 1, 1, tzinfo=UTC))
store.prepare()
print("ready", flush=True)
with open(sys.argv[1], "rb") as stream:
    records.import_records(store, stream, "cy")
with records.writing(__import__("pathlib").Path(sys.argv[2])) as out:
    records.export_records(out)
from hashgrade import audit
from hashgrade.store import queries
audit.verify(queries.entries())
"""


def start(station: Path, source: Path) -> subprocess.Popen[bytes]:
    """Start an import in a process of its own, on a station on disk, and wait until it begins."""
    station.mkdir(exist_ok=True)
    given = os.environ | {"HASHGRADE_STATION": str(station), "DJANGO_SETTINGS_MODULE": "hashgrade.store.settings"}
    process = subprocess.Popen(  # noqa: S603 - our own programme
        [sys.executable, "-c", IMPORT, source, station / "out.jsonl"], env=given, stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout
    process.stdout.readline()
    return process


def test_a_killed_import_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Killed at any moment and run again, an import ends with the same records as one that was left in peace."""
    source = tmp_path / "in.jsonl"
    about = ((item(n), reading(n, ADA, YES), reading(n, BEN, NO)) for n in range(400))
    source.write_bytes(lines(*(one for three in about for one in three)))
    assert start(tmp_path / "calm", source).wait() == 0
    for pause_s in (0.02, 0.06, 0.15):
        process = start(tmp_path / "rough", source)
        time.sleep(pause_s)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert start(tmp_path / "rough", source).wait() == 0
    assert (tmp_path / "rough" / "out.jsonl").read_bytes() == (tmp_path / "calm" / "out.jsonl").read_bytes()


@pytest.mark.deep
def test_a_hundred_thousand_lines_fit_a_minute_and_half_a_gigabyte(tmp_path: Path) -> None:
    """100,000 lines are imported in under a minute of processor time and less than 500 MB."""
    bench, source = ROOT / "bench" / "records.py", tmp_path / "in.jsonl"
    subprocess.run([sys.executable, bench, "make", "100000", source], check=True)  # noqa: S603 - our own programme
    said = subprocess.run(  # noqa: S603 - our own programme
        [sys.executable, bench, "import", source], check=True, capture_output=True, text=True).stdout
    first, peak = said.splitlines()[0], said.splitlines()[-1]
    assert float(first.split("(")[1].split()[0]) < 60
    assert int(peak.split()[-2]) < 500

"""A backup is the station of one moment, whole or not there, and says itself what is wrong with it."""

import errno
import fcntl
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from hashgrade.backups import files as on_disk
from hashgrade.backups import making
from hashgrade.backups.checking import check
from hashgrade.backups.files import FILES, LOCK, MANIFEST, STATION, UNFINISHED
from hashgrade.backups.making import Wanted, make
from hashgrade.errors import Broken, Conflict, HashgradeError, InputError, Refused
from hashgrade.store import copies
from hashgrade.vault import Vault
from tests.doors.station import Operator, new

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ONE = Wanted("olu", NOW)
MEDIA = [b"medium %d" % number for number in range(4)]
NAMES = [sha256(medium).hexdigest() for medium in MEDIA]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with four items on record, of which three have their medium."""
    folder = tmp_path_factory.mktemp("filled")
    operator = new(folder / "station")
    with sqlite3.connect(operator.station / "records.sqlite3") as records:
        records.executemany("INSERT INTO store_item (sha256, kind, first_seen, extra, differs, readings, settled) "
                            "VALUES (?, 'image', '2023-04-01 09:00:00', '{}', '', 0, 0)", [(name,) for name in NAMES])
    vault = Vault.open(operator.station)
    for name, medium in zip(NAMES[:3], MEDIA, strict=False):
        vault.put(name, BytesIO(medium))
    for name in ("lists/uk/1/hashes.csv", "runs/board/state.json", "records.sqlite3-journal", "reports/made/a/p.html"):
        path = operator.station / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return operator.station


@pytest.fixture
def root(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that station; what is written need not be on the disk."""
    monkeypatch.setattr(os, "sync", lambda: None)
    return Path(copytree(filled, tmp_path / "root"))


@pytest.fixture
def to(tmp_path: Path) -> Path:
    """Where its backup goes."""
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk" / "backup"


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def write(root: Path, words: str) -> None:
    with sqlite3.connect(root / "records.sqlite3") as records:
        records.execute(words)


# -- what is in it ------------------------------------------------------------------------------------------------


def test_it_holds_the_station_without_its_keys_and_what_goes_on(root: Path, to: Path) -> None:
    """Records, media, lists and reports are there, readable by their owner alone; no journal, run or key is."""
    found = make(root, to, ONE)
    assert (found.manifest.items, found.manifest.media, found.manifest.keys) == (4, 3, False)
    passed = {name for name in files(root) if name.startswith(("keys/", "runs/", "records.sqlite3-"))}
    assert files(to / STATION) == files(root) - passed
    assert {path.stat().st_mode & 0o777 for path in (to / STATION).rglob("*")} == {0o600, 0o700}
    assert check(to).faults == ()
    assert not (to / UNFINISHED).exists()


def test_keys_are_in_it_where_that_is_asked_and_no_longer(root: Path, to: Path) -> None:
    """The next backup without them takes them out."""
    assert make(root, to, Wanted("olu", NOW, keys=True)).manifest.keys
    assert Vault.open(to / STATION).get(NAMES[0]).read() == MEDIA[0]
    make(root, to, ONE)
    assert not (to / STATION / "keys").exists()
    assert check(to).faults == ()


def test_what_it_has_is_not_copied_again(root: Path, to: Path) -> None:
    """A second backup copies what came and what changed, and takes out what is no longer there."""
    make(root, to, ONE)
    assert make(root, to, ONE).tally.copied == 0
    Vault.open(root).put(NAMES[3], BytesIO(MEDIA[3]))
    (root / "hashgrade.toml").write_text("readings_wanted = 1\n")
    (root / "reports/made/a").rename(root / "reports/b")
    found = make(root, to, ONE)
    assert (found.tally.copied, found.manifest.media) == (4, 4)
    assert "reports/b/p.html" in files(to / STATION)
    assert not (to / STATION / "reports" / "made").exists()
    assert check(to).faults == ()


def test_a_medium_that_is_gone_is_kept_unless_it_was_shredded(root: Path, to: Path) -> None:
    """A lost medium is the very thing a backup is for; a shredded one must not outlive its key."""
    make(root, to, ONE)
    Vault.open(root).shred(NAMES[0])
    assert make(root, to, ONE).tally.gone == 2
    assert {name for name in files(to) if NAMES[0] in name}
    assert check(to).faults == ()
    make(root, to, Wanted("olu", NOW, shredded=True))
    assert not {name for name in files(to) if NAMES[0] in name}
    assert check(to).manifest.media == 2


def test_what_a_cut_off_backup_left_of_a_shredded_medium_goes(root: Path, to: Path) -> None:
    """Its key is on no list and in no station, and must not stay in the folder of the backup."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "counted", lambda *_: (_ for _ in ()).throw(CutOff))
        with pytest.raises(CutOff):
            make(root, to, ONE)
    assert {name for name in files(to) if NAMES[0] in name}
    Vault.open(root).shred(NAMES[0])
    make(root, to, ONE)
    assert not {name for name in files(to) if NAMES[0] in name}


def test_a_file_keeps_the_time_when_it_was_changed(root: Path, to: Path) -> None:
    """Pages say when a report was made by it."""
    os.utime(root / "reports/made/a/p.html", (1e9, 1e9))
    make(root, to, ONE)
    assert (to / STATION / "reports/made/a/p.html").stat().st_mtime == 1e9


def test_a_medium_that_was_shredded_and_came_again_is_read_from_the_copy(root: Path, to: Path) -> None:
    """Its key and its bytes are both new, under the names they had."""
    make(root, to, ONE)
    vault = Vault.open(root)
    vault.shred(NAMES[0])
    vault.put(NAMES[0], BytesIO(MEDIA[0]))
    make(root, to, Wanted("olu", NOW, keys=True))
    assert Vault.open(to / STATION).get(NAMES[0]).read() == MEDIA[0]


def test_a_vault_on_another_disk_is_copied_through_its_link(root: Path, to: Path, tmp_path: Path) -> None:
    """A station's folder may lead elsewhere."""
    (root / "vault").rename(tmp_path / "elsewhere")
    (root / "vault").symlink_to(tmp_path / "elsewhere")
    assert make(root, to, ONE).manifest.media == 3


PAIRS = """
import os, sqlite3, sys, time
mine = sqlite3.connect(sys.argv[1], isolation_level=None)
mine.execute("PRAGMA synchronous=OFF")
mine.execute("PRAGMA cache_size=10")
for number in range(1, 100_000):
    mine.execute("BEGIN IMMEDIATE")
    mine.execute("UPDATE pairs SET two = ? WHERE rowid IN (1, 500)", (number,))
    if sys.argv[2:]:
        mine.execute("UPDATE pairs SET one = one || 'y'")
        os._exit(0)
    mine.execute("COMMIT")
    print(number, flush=True)
    time.sleep(0.001)
"""


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Records of 10 MB in which two rows are always written together."""
    with sqlite3.connect(tmp_path / "records") as first:
        first.execute("CREATE TABLE pairs (one, two)")
        first.executemany("INSERT INTO pairs VALUES (?, 0)", [("x" * 20_000,) for _ in range(500)])
    return tmp_path / "records"


def copied(records: Path) -> tuple[int, int]:
    """How many numbers the two rows have in a copy, and the number."""
    records.with_name("copy").write_bytes(b"")
    copies.copy(records, records.with_name("copy"))
    with sqlite3.connect(records.with_name("copy")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found: tuple[int, int] = copy.execute(
            "SELECT count(DISTINCT two), max(two) FROM pairs WHERE rowid IN (1, 500)").fetchone()
    return found


def test_a_copy_is_of_one_moment_while_others_write(pairs: Path) -> None:
    """Two rows that are always written together are together in every copy, with all that was told before it began."""
    with subprocess.Popen(  # noqa: S603 - our own programme
            [sys.executable, "-c", PAIRS, pairs], stdout=subprocess.PIPE, text=True) as writer:
        for _ in range(8):
            told = int(writer.stdout.readline()) if writer.stdout else 0
            numbers, newest = copied(pairs)
            assert (numbers, newest >= told > 0) == (1, True)
        writer.kill()


def test_what_somebody_was_writing_when_they_were_killed_is_not_in_a_copy(pairs: Path) -> None:
    """A change that was half in the file is undone first."""
    subprocess.run([sys.executable, "-c", PAIRS, pairs, "and die"], check=True)  # noqa: S603 - likewise
    assert pairs.with_name("records-journal").stat().st_size
    assert copied(pairs) == (1, 0)


def test_records_whose_file_is_not_all_of_them_are_not_copied(root: Path, to: Path) -> None:
    """In WAL mode, in which no station opens, what was saved last stands in another file."""
    write(root, "PRAGMA journal_mode=WAL")
    assert refused(root, to).code == "STO-02"


# -- cut off ------------------------------------------------------------------------------------------------------


class CutOff(BaseException):
    """What a kill is to the code: nothing after it runs."""


def cut_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Let whatever changes a folder do so only so many times, and end there."""
    left = iter(range(step))

    def counted(act: Callable[..., Any]) -> Callable[..., Any]:
        def acts(*given: Any, **named: Any) -> Any:
            if next(left, None) is None:
                raise CutOff
            return act(*given, **named)
        return acts

    for owner, name in ((Path, "replace"), (Path, "unlink"), (Path, "write_text"), (making, "opened_new"),
                        (on_disk, "opened_new"), (making, "rmtree"), (copies, "copy")):
        monkeypatch.setattr(owner, name, counted(getattr(owner, name)))


def cuts(root: Path, to: Path) -> Iterator[Path]:
    """Make a backup anew, cut off at every step in turn, until it is not cut off any more; give each folder."""
    for step in range(100):
        again = to.with_name(f"{step}")
        if to.exists():
            copytree(to, again)
        with pytest.MonkeyPatch.context() as patch:
            cut_at(patch, step)
            with suppress(CutOff):
                make(root, again, ONE)
                return
        yield again


def items(to: Path) -> int:
    """How many items a backup has that is whole; 0 where there is none."""
    if not (to / MANIFEST).exists():
        with pytest.raises(InputError, match="BAK-07"):
            check(to)
        return 0
    found = check(to)
    assert found.faults == ()
    return found.manifest.items


def test_a_backup_that_was_cut_off_is_not_there(root: Path, to: Path) -> None:
    """Cut off at any step, a first backup is none or whole, never in between; made again it is whole."""
    seen = []
    for again in cuts(root, to):
        seen.append(items(again))
        make(root, again, ONE)
        assert (items(again), (again / UNFINISHED).exists()) == (4, False)
    assert (len(seen) > 20, set(seen), seen[-1]) == (True, {0, 4}, 4)


def test_a_backup_outlives_the_next_one_that_is_cut_off(root: Path, to: Path) -> None:
    """Until the moment in which the new one takes its place, the one before is as it was; never is it a mixture."""
    make(root, to, ONE)
    write(root, "DELETE FROM store_item WHERE id = 4")
    Vault.open(root).put(NAMES[3], BytesIO(MEDIA[3]))
    (root / "hashgrade.toml").write_text("readings_wanted = 1\n")
    seen = []
    for again in cuts(root, to):
        seen.append(items(again))
        make(root, again, ONE)
        assert items(again) == 3
    assert seen == sorted(seen, key=[4, 0, 3].index)
    assert (set(seen), seen.count(4) > seen.count(0)) == ({0, 3, 4}, True)


def test_what_was_copied_before_a_cut_is_not_copied_again(
    root: Path, to: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was put on the disk is written down, as far as that can be read; of the rest nothing is believed."""
    monkeypatch.setattr(making, "PART_S", -1)
    with monkeypatch.context() as patch:
        patch.setattr(making, "counted", lambda *_: (_ for _ in ()).throw(CutOff))
        with pytest.raises(CutOff):
            make(root, to, ONE)
    parts = sorted((to / UNFINISHED).glob("part-*"))
    with parts[0].open("a") as part:
        part.write('["vault/media/cut o')
    assert make(root, to, ONE).tally.copied == len(files(to / STATION)) - 1 - len(files(to / STATION / "vault"))
    assert check(to).faults == ()


# -- what is wrong with it ----------------------------------------------------------------------------------------


def flip(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1]))


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(("name", "harm", "words"), [
    (f"vault/media/{NAMES[0][:2]}/{NAMES[0]}", flip, "changed"),
    (f"vault/keys/{NAMES[0][:2]}/{NAMES[0]}", cut_short, "has 59 bytes, expected 60"),
    (f"vault/media/{NAMES[0][:2]}/{NAMES[0]}", Path.unlink, "missing"),
    ("records.sqlite3", flip, "changed"),
    ("records.sqlite3", Path.unlink, "missing"),
    ("records.sqlite3", lambda path: write(path.parent, "UPDATE store_entry SET why = 'x'"), "AUD-02"),
    ("records.sqlite3", lambda path: write(path.parent, "UPDATE store_entry SET did = '['"), "AUD-02"),
    ("records.sqlite3", lambda path: write(path.parent, "DELETE FROM store_entry"), "does not end with entry 1"),
    ("records.sqlite3", lambda path: write(path.parent, "DELETE FROM store_item"), "expected 4 and 3"),
    ("records.sqlite3", lambda path: path.write_text("no database"), "STO-17"),
    ("records.sqlite3-journal", Path.touch, "is not of the backup"),
    (f"../{FILES}", lambda path: path.write_bytes(path.read_bytes().replace(b" 60,", b" 61,")), "changed since"),
    (f"../{FILES}", lambda path: path.write_text('["../../etc/passwd", "ab", 1, 1]\n'), "BAK-08"),
])
def test_what_was_changed_is_named(
    root: Path, to: Path, name: str, harm: Callable[[Path], None], words: str,
) -> None:
    """Each file is held to its digest; the records are opened, and held to the log and to the media that they had."""
    make(root, to, ONE)
    harm(to / STATION / name)
    assert words in "\n".join(check(to).faults)


def test_a_name_on_the_disk_does_not_write_to_the_terminal(root: Path, to: Path) -> None:
    """Whatever a file that somebody put there is called, its name is only a name, and no byte of it is lost."""
    make(root, to, ONE)
    Path(os.fsdecode(os.fsencode(to / STATION) + b"/\x1b[2J\xff")).touch()
    assert check(to).faults == ("station/\\x1b[2J\\xff: is not of the backup",)


@pytest.mark.parametrize("spoil", [
    lambda _: "", lambda _: "[]", lambda _: "{}", lambda text: text.replace('"form": 1', '"form": 2'),
    lambda text: text.replace('"entries": 1', '"entries": "1"'), lambda _: "\xff"])
def test_a_manifest_that_says_nothing_is_an_error(root: Path, to: Path, spoil: Callable[[str], str]) -> None:
    """Neither a check nor the next backup goes by it."""
    make(root, to, ONE)
    (to / MANIFEST).write_text(spoil((to / MANIFEST).read_text()), encoding="latin-1")
    with pytest.raises(Broken, match="BAK-08"):
        check(to)
    assert refused(root, to).code == "BAK-08"


def test_a_list_that_leads_out_of_the_backup_takes_nothing_away(root: Path, to: Path, tmp_path: Path) -> None:
    """Whoever had the disk in between cannot have a file of the station's machine removed by the next backup."""
    make(root, to, ONE)
    (tmp_path / "precious").touch()
    (to / FILES).write_text('["../../../precious", "ab", 0, 0]\n')
    with pytest.raises(Broken, match="BAK-08"):
        make(root, to, ONE)
    assert (tmp_path / "precious").exists()


# -- where it cannot be made --------------------------------------------------------------------------------------


def refused(root: Path, to: Path) -> HashgradeError:
    with pytest.raises(HashgradeError) as caught:
        make(root, to, ONE)
    return caught.value


def test_a_folder_that_is_none_for_a_backup_is_left_alone(root: Path, tmp_path: Path) -> None:
    """In the station or around it, a file, or a folder with other things: an error that says which, and no trace."""
    (tmp_path / "file").touch()
    (tmp_path / "full" / "unfinished").mkdir(parents=True)
    for to in (root, root / "backup", tmp_path, tmp_path / "file", tmp_path / "full"):
        before = files(tmp_path)
        error = refused(root, to)
        assert (error.code, type(error)) == ("BAK-01", InputError)
        assert files(tmp_path) == before
    assert "such as `unfinished`" in refused(root, tmp_path / "full").what


def test_an_empty_disk_is_a_folder_for_a_backup(root: Path, to: Path) -> None:
    """What the file system itself keeps there does not count."""
    (to / "lost+found").mkdir(parents=True)
    assert make(root, to, ONE).faults == ()


def test_the_backup_of_another_station_is_left_alone(root: Path, to: Path, tmp_path: Path) -> None:
    """Whole, or interrupted."""
    other = new(tmp_path / "other").station
    (other / "vault" / "check").write_bytes(b"of another vault")
    make(root, to, ONE)
    error = refused(other, to)
    assert (error.code, type(error)) == ("BAK-02", Refused)
    (to / MANIFEST).unlink()
    assert refused(other, to).code == "BAK-02"


def test_a_station_that_lost_entries_does_not_overwrite_the_backup_that_has_them(root: Path, to: Path) -> None:
    """The log of a backup is a mark of the station's: shorter or other, it stops what would take the last trace."""
    make(root, to, ONE)
    write(root, "DELETE FROM store_entry WHERE number = (SELECT max(number) FROM store_entry)")
    error = refused(root, to)
    assert (error.code, type(error)) == ("BAK-03", Broken)
    assert check(to).faults == ()


def test_damaged_records_do_not_replace_whole_ones(root: Path, to: Path) -> None:
    """The copy is proven before it takes the place of the one before."""
    make(root, to, ONE)
    write(root, "UPDATE store_entry SET why = 'x'")
    assert refused(root, to).code == "AUD-02"
    (root / "records.sqlite3").write_bytes(b"no database" * 100)
    assert refused(root, to).code == "STO-17"
    assert check(to).faults == ()


@pytest.mark.parametrize(("number", "code"), [
    (errno.ENOSPC, "BAK-05"), (errno.EDQUOT, "BAK-05"), (errno.EROFS, "BAK-04"), (errno.EIO, "BAK-04")])
def test_a_disk_that_does_not_take_it_leaves_the_one_before(
    root: Path, to: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str,
) -> None:
    """A full disk is told as such, anything else with the system's words; the next try makes it whole."""
    make(root, to, ONE)
    (root / "hashgrade.toml").write_text("readings_wanted = 1\n")

    def fails(_: Path) -> Any:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(making, "opened_new", fails)
        assert refused(root, to).code == code
    assert check(to).faults == ()
    assert make(root, to, ONE).tally.copied == 1


def test_a_place_that_cannot_be_a_folder_is_an_error(root: Path, tmp_path: Path) -> None:
    """Such as one below a file, or on a disk that is not there: nothing is made in its place."""
    (tmp_path / "file").touch()
    assert refused(root, tmp_path / "file" / "backup").code == "BAK-04"
    assert refused(root, tmp_path / "disk-3" / "backup").code == "BAK-04"
    assert not (tmp_path / "disk-3").exists()


def test_two_at_once_are_a_conflict(root: Path, to: Path) -> None:
    """One is made at a time in a folder, and none is checked meanwhile."""
    make(root, to, ONE)
    with (to / LOCK).open() as lock:
        fcntl.flock(lock.fileno(), fcntl.LOCK_EX)
        assert refused(root, to).code == "BAK-06"
        with pytest.raises(Conflict, match="BAK-06"):
            check(to)


def test_records_in_other_hands_are_a_conflict(root: Path, to: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who keeps them to themselves for long is waited for, but not for ever."""
    monkeypatch.setattr(copies, "LOCK_WAIT_S", 0.1)
    holder = sqlite3.connect(root / "records.sqlite3", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert refused(root, to).code == "STO-03"
    holder.close()


def test_where_nothing_is_there_is_nothing_to_check(tmp_path: Path) -> None:
    """A folder that is not there, and one that is empty."""
    for to in (tmp_path / "no", tmp_path):
        with pytest.raises(InputError, match="BAK-07"):
            check(to)


# -- at the terminal ----------------------------------------------------------------------------------------------


def test_an_operator_makes_a_backup_checks_it_and_works_on_with_the_copy(root: Path, to: Path) -> None:
    """It is on record; the copy with the keys put back is a station, whose log is whole."""
    operator = Operator(root)
    done = operator.run("backup", to, "--why", "before the move")
    assert (done.code, done.err) == (0, "")
    assert "THE KEYS ARE NOT IN IT" in done.out
    done = operator.run("backup", to, "--check", "--json")
    assert (done.code, done.err) == (0, "")
    (told,) = done.lines
    assert (told["whole"], told["on_record"], told["media"], told["faults"]) == (True, True, 3, [])
    with sqlite3.connect(root / "records.sqlite3") as records:
        log = records.execute("SELECT why, did FROM store_entry ORDER BY number DESC LIMIT 2").fetchall()
    assert [json.loads(did)["manifest_sha256"] for _, did in log] == [told["manifest_sha256"]] * 2
    assert (log[1][0], json.loads(log[1][1])["folder"]) == ("before the move", "backup")
    copytree(root / "keys", to / STATION / "keys")
    assert "2 entries, unbroken" in Operator(to / STATION).run("audit", "verify").out


def test_a_copy_that_is_not_as_it_was_made_ends_with_an_error(root: Path, to: Path, tmp_path: Path) -> None:
    """What is wrong is named, also where no station is; the exit code says that integrity is gone."""
    make(root, to, ONE)
    (to / STATION / "hashgrade.toml").unlink()
    done = Operator(tmp_path / "nowhere").run("backup", to, "--check")
    assert (done.code, "hashgrade.toml: missing" in done.out, "error[BAK-08]" in done.err) == (5, True, True)


def test_a_backup_that_no_station_made_is_told_apart(root: Path, to: Path, tmp_path: Path) -> None:
    """Changed as a whole it is whole, and its own station knows of no such backup; elsewhere no station could."""
    make(root, to, ONE)
    manifest = to / MANIFEST
    manifest.write_text(manifest.read_text().replace('"by": "', '"by": "not '))
    assert "CAUTION" in Operator(root).run("backup", to, "--check").out
    assert "there is no station at" in Operator(tmp_path / "nowhere").run("backup", to, "--check").out

"""The status page: each thing good, to be looked at or wrong, in words, for people and for programs."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.utils import OperationalError
from django.test import Client

from hashgrade.access import Role
from hashgrade.backups import notes
from hashgrade.errors import Broken
from hashgrade.serve import health
from hashgrade.serve.health import State, checks, worst
from hashgrade.store import figures, force
from tests.cast import Clock, item
from tests.doors.pages import Workbench, workbench
from tests.lawmaking import zz

DAY_S = 86_400


@pytest.fixture
def bench(tmp_path: Path, store: Any, clock: Clock, settings: Any) -> Workbench:
    """A workbench whose operator is Olu; three items wait."""
    health.VIOLATIONS.clear()
    found = workbench(tmp_path, store, clock, settings)
    found.person("olu", Role.OPERATOR)
    with store.work("olu", "intake") as work:
        work.items([item(number) for number in range(3)])
    return found


@pytest.fixture
def olu(bench: Workbench) -> Client:
    """The operator's browser."""
    return bench.as_actor("olu", stepped_up=False)


def state(bench: Workbench, name: str) -> tuple[State, str]:
    """How one thing stands, and what is said of it."""
    check = next(one.check for one in checks(bench.station) if one.name == name)
    return check.state, check.said


def test_every_check_is_a_word_and_a_sentence(bench: Workbench, olu: Client) -> None:
    """Nothing is told by colour alone: each check has one of three words, and ends as a sentence does."""
    page = olu.get("/status/").content.decode()
    for one in checks(bench.station):
        assert one.word in page
        assert one.check.said.endswith("."), one
        assert not one.check.to_do or one.check.to_do.endswith("."), one


def test_a_program_reads_the_same(bench: Workbench, olu: Client) -> None:
    """`status.json` has each check with its figures, and the worst of them as the whole; it is for operators."""
    told = json.loads(olu.get("/status.json").content)
    assert {one["name"]: one["state"] for one in told["checks"]} == {
        one.name: one.check.state for one in checks(bench.station)}
    assert told["state"] == worst(checks(bench.station))
    queue = next(one for one in told["checks"] if one["name"] == "queue")
    assert (queue["cards_to_read"], queue["items_to_settle"]) == (3, 0)
    bench.person("ada", Role.ANALYST)
    assert bench.as_actor("ada").get("/status.json").status_code == 403


def test_a_clock_before_the_newest_record_is_wrong(bench: Workbench, clock: Clock) -> None:
    """A clock that was set back would date new records before those that they follow."""
    assert state(bench, "clock")[0] == State.GOOD
    clock.forward(-60)
    assert state(bench, "clock")[0] == State.WRONG


@pytest.mark.parametrize(("free", "total", "expected"), [
    (500, 1000, State.GOOD), (90, 1000, State.LOOK), (15, 100, State.LOOK), (1, 10, State.WRONG),
    (15, 1000, State.WRONG)])
def test_a_disk_that_fills_up_is_told_before_it_is_full(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, free: int, total: int, expected: State,
) -> None:
    """By what is free, in GiB, and by its share."""
    disk = SimpleNamespace(free=free * health.GIB, total=total * health.GIB)
    monkeypatch.setattr("shutil.disk_usage", lambda _: disk)
    assert state(bench, "disk")[0] == expected


def test_a_breach_of_the_policy_is_looked_at(bench: Workbench) -> None:
    """One is enough."""
    assert state(bench, "browsers")[0] == State.GOOD
    health.VIOLATIONS.append("script-src")
    assert state(bench, "browsers")[0] == State.LOOK


def test_what_no_check_can_read_is_wrong_and_the_rest_is_told(
    bench: Workbench, olu: Client, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A law text that was changed by hand, a disk that does not answer: the page is there, and says so."""
    def broken() -> Any:
        raise Broken("LAW-07", "the kept text is not the one")

    def gone(_: Path) -> Any:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(force, "in_force", broken)
    monkeypatch.setattr("shutil.disk_usage", gone)
    assert (state(bench, "packs")[0], state(bench, "disk")[0]) == (State.WRONG, State.WRONG)
    assert olu.get("/status/").status_code == 200


def test_records_in_other_hands_are_one_wrong_check(
    bench: Workbench, olu: Client, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the database complains of is told by the check that met it, with its code; the page is there."""
    def locked() -> Any:
        raise OperationalError("database is locked")

    monkeypatch.setattr(force, "in_force", locked)
    check = next(one.check for one in checks(bench.station) if one.name == "packs")
    assert (check.state, check.figures["code"]) == (State.WRONG, "STO-03")
    assert olu.get("/status/").status_code == 200


def test_a_log_that_was_not_checked_is_looked_at(bench: Workbench, clock: Clock) -> None:
    """A fresh check is good, an old one is to be made again, one that found a fault is wrong."""
    note = bench.station.root / "audit-checked.json"
    kept = {"at": clock().isoformat(), "by": "cy", "entries": 2, "last": "0" * 64}
    assert state(bench, "audit")[0] == State.LOOK
    note.write_text(json.dumps(kept))
    assert state(bench, "audit")[0] == State.GOOD
    clock.forward(8 * DAY_S)
    assert state(bench, "audit")[0] == State.LOOK
    note.write_text(json.dumps({**kept, "code": "AUD-02", "what": "entry 2 was changed"}))
    assert state(bench, "audit")[0] == State.WRONG


def test_no_backup_is_on_record(bench: Workbench) -> None:
    """It is said so, with how to make one, rather than nothing; so it is where what was remembered cannot be read."""
    for said in (None, "no JSON", '[{"digest": 1}]', '{"made_at": "2026"}'):
        if said is not None:
            (bench.station.root / notes.NOTES).write_text(said)
        check = next(one.check for one in checks(bench.station) if one.name == "backups")
        assert (check.state, check.said) == (State.LOOK, "No backup is on record.")
        assert "hashgrade backup" in check.to_do


def test_a_backup_is_good_for_a_week_once_it_was_checked(bench: Workbench, clock: Clock) -> None:
    """One that nobody checked, or of long ago, is looked at; one that is not as it was made is wrong."""
    note = notes.Note(digest="ab", folder="<b>disk 3", made_at=clock().isoformat(), entries=7, keys=False)
    root = bench.station.root
    notes.remember(root, note)
    assert state(bench, "backups")[0] == State.LOOK
    notes.remember(root, replace(note, checked_at=clock().isoformat()))
    assert state(bench, "backups")[0] == State.GOOD
    clock.forward(DAY_S)
    notes.remember(root, replace(note, digest="cd", made_at=clock().isoformat()))
    assert state(bench, "backups")[0] == State.GOOD
    clock.forward(6 * DAY_S + 1)
    assert state(bench, "backups")[0] == State.LOOK
    notes.remember(root, replace(note, digest="cd", made_at=clock().isoformat(), checked_at=clock().isoformat(),
                                   faults=2))
    assert state(bench, "backups")[0] == State.WRONG


def test_a_name_of_a_folder_is_only_a_name(bench: Workbench, olu: Client, clock: Clock) -> None:
    """Whatever the folder of a backup is called, it is text on the page, and figures for a program."""
    notes.remember(bench.station.root, notes.Note(
        digest="ab", folder="<b>disk 3", made_at=clock().isoformat(), entries=7, keys=False))
    assert "&lt;b&gt;disk 3" in olu.get("/status/").content.decode()
    told = next(one for one in json.loads(olu.get("/status.json").content)["checks"] if one["name"] == "backups")
    assert (told["folder"], told["entries"], told["verified"]) == ("<b>disk 3", 7, None)


def test_the_oldest_that_waits_is_the_oldest_ungraded_on_a_card(bench: Workbench) -> None:
    """What is kept out of the queue does not wait, however old it is."""
    oldest = figures.oldest_waiting()
    assert oldest == item(0).first_seen
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM store_waiting WHERE number = (SELECT min(id) FROM store_item)")
    assert figures.oldest_waiting() == item(1).first_seen
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM store_waiting")
    assert figures.oldest_waiting() is None


def test_the_index_says_what_it_holds(bench: Workbench, olu: Client) -> None:
    """None is open before the first search; then how many codes, and whether something came since."""
    code = "ab" * 32
    assert "No index of codes is open" in state(bench, "index")[1]
    olu.post("/search/", {"lines": code})
    assert "Codes in the index: 0 of items" in state(bench, "index")[1]
    with bench.station.store.work("olu", "intake") as work:
        work.items([item(90, pdq=code, pdq_quality=90)])
    assert "the next search takes up" in state(bench, "index")[1]
    olu.post("/search/", {"lines": code})
    assert "Codes in the index: 1 of items" in state(bench, "index")[1]
    assert "takes up" not in state(bench, "index")[1]


def test_a_text_of_law_changed_by_hand_is_wrong_at_once(bench: Workbench) -> None:
    """Though a page has read the text before, each look at the status reads it anew."""
    with bench.station.store.work("hashgrade", "first opened") as work:
        work.begin([zz()], "hashgrade")
    current = tuple(force.in_force().values())
    force.pack_of(current[0])
    named = SimpleNamespace(in_force=current, settings=SimpleNamespace(packs=()))
    assert health._packs(named).state == State.LOOK  # type: ignore[arg-type]
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER store_packtext_kept_from_update")
        cursor.execute("UPDATE store_packtext SET texts = '{}'")
    with pytest.raises(Broken, match="LAW-07"):
        health._packs(named)  # type: ignore[arg-type]

"""The audit view: pages of the log, one entry, the check of the whole, marks, files, and a database changed by hand."""

import csv
import json
import threading
from contextlib import suppress
from hashlib import sha256
from io import StringIO
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from hashgrade import audit
from hashgrade.access import Role
from hashgrade.errors import Broken, InputError
from hashgrade.serve.health import State, checks
from hashgrade.serve.records import errands
from hashgrade.serve.records.audit import CHECK, last_check, mark_in
from hashgrade.store import queries, trail
from hashgrade.store.trail import Only
from tests.cast import Clock, item
from tests.doors.pages import Workbench, workbench
from tests.hostile.strings import STRINGS


@pytest.fixture
def bench(tmp_path: Path, store: Any, clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """A workbench whose auditor is Cy; Ada filed 5 items, Ben 2, one entry each."""
    monkeypatch.setattr(errands, "BESIDE", False)
    errands._errands.clear()
    found = workbench(tmp_path, store, clock, settings)
    found.person("cy", Role.AUDITOR)
    for number in range(7):
        clock.forward(60)
        with store.work("ada" if number < 5 else "ben", f"intake of box {number}") as work:
            work.items([item(number)])
    return found


@pytest.fixture
def cy(bench: Workbench) -> Client:
    """The auditor's browser."""
    return bench.as_actor("cy", stepped_up=False)


def numbers(page: Any) -> list[int]:
    """The entries that a page shows."""
    return [one.number for one in page.context["page"].entries]


def tampered(statement: str, *words: str | int) -> None:
    """What somebody does who has the file of the records."""
    with connection.cursor() as cursor:
        cursor.execute(statement, words)


def resealed(first: int) -> None:
    """Seal every entry from one on anew, as whoever has the file can."""
    last = trail.entry(first - 1)
    for one in list(trail.since(first)):
        last = audit.chained(last, one.at, one.actor, one.why, one.did)
        tampered("UPDATE store_entry SET previous = %s, digest = %s WHERE number = %s",
                 last.previous, last.digest, one.number)


def mark() -> str:
    """The mark of the log as it is, as the command prints it."""
    last = trail.last()
    assert last
    return f"{last.number:,} entries, unbroken; the last is {last.digest}"


def test_the_newest_stand_first(bench: Workbench, cy: Client) -> None:
    """A page begins at the newest entry, and names who, when, what and why."""
    page = cy.get("/audit/")
    newest = trail.last()
    assert newest
    assert numbers(page)[0] == newest.number
    assert b"intake of box 6" in page.content
    assert b"1 <a" in page.content


def test_pages_miss_nothing_and_repeat_nothing(bench: Workbench) -> None:
    """However small the pages, all entries come once each, the newest first."""
    seen: list[int] = []
    page = trail.page(Only(), size=3)
    while page.before:
        seen += [one.number for one in page.entries]
        page = trail.page(Only(), page.before, 3)
    seen += [one.number for one in page.entries]
    assert seen == [one.number for one in queries.entries()][::-1]


FILTERS = {"actor=ada": 5, "actor=ben": 2, "actor=nobody": 0, "act=items": 7, "act=item": 0, "thing=box 3": 1,
           "thing=%25": 0, "actor=ada&act=items&thing=box": 5, "day=1999-01-01": 0}


def test_a_filter_shows_what_is_like_it(cy: Client) -> None:
    """By person, act, thing and day, alone or together; what is typed is never a pattern."""
    assert {query: len(numbers(cy.get(f"/audit/?{query}"))) for query in FILTERS} == FILTERS


def test_a_day_is_from_midnight_to_midnight(bench: Workbench, clock: Clock) -> None:
    """Entries of the day before and of the day after are not shown."""
    before = trail.last()
    clock.forward(2 * 86_400)
    with bench.station.store.work("ada", "two days later") as work:
        work.items([item(50)])
    clock.forward(2 * 86_400)
    with bench.station.store.work("ada", "later still") as work:
        work.items([item(51)])
    assert before
    middle = trail.entry(before.number + 1)
    assert middle
    assert numbers(bench.as_actor("cy").get(f"/audit/?day={middle.at:%Y-%m-%d}")) == [middle.number]


def test_a_page_looks_through_so_many_and_goes_on_from_there(
    bench: Workbench, cy: Client, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is rare in a long log is found on a later page, and the page says how far it looked."""
    monkeypatch.setattr(trail, "LOOKED_AT", 3)
    page = cy.get("/audit/?thing=box 1")
    assert numbers(page) == []
    assert b"Look further back" in page.content
    found: list[int] = []
    before = page.context["page"].before
    while before:
        page = cy.get(f"/audit/?thing=box 1&before={before}")
        found, before = found + numbers(page), page.context["page"].before
    assert len(found) == 1


def test_a_forged_link_is_refused(cy: Client) -> None:
    """What no page links to is bad input, with a code, and no fault of ours."""
    for query in ("before=-1", "before=x", "before=" + "9" * 19, "day=2026-02-30", "day=9999-12-31", "day=x",
                  "actor=" + "a" * 201, "thing=%00"):
        page = cy.get(f"/audit/?{query}")
        assert (page.status_code, b"SRV-45" in page.content) == (400, True), query


def test_one_entry_is_shown_whole(cy: Client) -> None:
    """The text that was sealed stands there, and its SHA-256 is the digest."""
    last = trail.last()
    assert last
    page = cy.get(f"/audit/entries/{last.number}/")
    assert sha256(page.context["sealed"].encode()).hexdigest() == last.digest
    assert b"follow" in page.content
    told = json.loads(cy.get(f"/audit/entries/{last.number}/entry.json").content)
    assert sha256(told["sealed"].encode()).hexdigest() == told["digest"] == last.digest


def test_an_entry_that_there_is_not(cy: Client) -> None:
    """A number of no entry is a page that is not there."""
    assert {cy.get(f"/audit/entries/{number}/").status_code for number in (0, 99, 2**63, 10**30)} == {404}


def test_a_changed_entry_is_marked_where_it_is_shown(cy: Client) -> None:
    """An entry that says other than was sealed says so on its own page."""
    tampered("UPDATE store_entry SET why = 'nothing' WHERE number = 4")
    assert b"was changed after it was sealed" in cy.get("/audit/entries/4/").content


@pytest.mark.parametrize(("statement", "code"), [
    ("UPDATE store_entry SET why = 'nothing' WHERE number = 4", "AUD-02"),
    ("UPDATE store_entry SET actor = 'eve' WHERE number = 4", "AUD-02"),
    ("UPDATE store_entry SET did = '{}' WHERE number = 4", "AUD-02"),
    ("DELETE FROM store_entry WHERE number = 4", "AUD-01"),
    ("DELETE FROM store_entry WHERE number = 1", "AUD-01"),
    ("UPDATE store_entry SET number = 0 WHERE number = 1", "AUD-01")])
def test_the_check_finds_what_was_done_to_the_log(bench: Workbench, cy: Client, statement: str, code: str) -> None:
    """An edit, a deletion, a number changed by hand: the check names the entry, and the note of it is kept."""
    cy.post("/audit/check/")
    assert b"The log is whole" in cy.get("/audit/check/").content
    tampered(statement)
    cy.post("/audit/check/")
    page = cy.get("/audit/check/")
    assert b"The log is not whole" in page.content
    assert code.encode() in page.content
    kept = last_check(bench.station.root)
    assert kept
    assert (kept.code, kept.by) == (code, "cy")
    assert b"found a fault" in cy.get("/audit/").content


UNREADABLE = [
    *(("did", f"'{text}'") for text in ("{", "[]", "null", "", "[" * 100_000, '{"list":"\\ud800"}')), ("did", "x'ff'"),
    *(("at", text) for text in ("'yesterday'", "'2026-13-45 00:00:00'", "5", "x'ff'", "CAST(x'ff' AS TEXT)")),
    *((name, text) for name in ("actor", "why") for text in ("x'ff'", "CAST(x'eda080' AS TEXT)"))]


@pytest.mark.parametrize("newest", [False, True])
def test_an_entry_that_cannot_be_read_is_told(bench: Workbench, cy: Client, newest: bool) -> None:
    """The check and the status say it, and what stands there instead is shown: no page breaks of it.

    It may be no JSON, have half a pair of surrogates or bytes that are no text, or be dated on no day.
    """
    last = trail.last()
    assert last
    number = last.number if newest else 4
    with connection.cursor() as cursor:
        cursor.execute("SELECT at, actor, why, did FROM store_entry WHERE number = %s", [number])
        was = cursor.fetchone()
    for name, text in UNREADABLE:
        tampered(f"UPDATE store_entry SET {name} = {text} WHERE number = %s", number)
        told_of(bench, cy, number, last)
        tampered("UPDATE store_entry SET at = %s, actor = %s, why = %s, did = %s WHERE number = %s", *was, number)
    assert audit.verify(queries.entries())


def told_of(bench: Workbench, cy: Client, number: int, last: audit.Entry) -> None:
    """Look at every page that shows the entry of this number, which was changed."""
    cy.post("/audit/check/")
    kept = last_check(bench.station.root)
    assert kept
    assert (kept.code, f"entry {number} " in kept.what) == ("AUD-02", True)
    assert b"The log is not whole" in cy.get("/audit/check/").content
    told = {one.name: one.check for one in checks(bench.station)}["audit"]
    assert (told.state, told.figures["code"]) == (State.WRONG, "AUD-02")
    assert number in numbers(cy.get("/audit/"))
    assert cy.post("/audit/compare/", {"mark": f"{number} {last.digest}"}).status_code == 200
    page = cy.get(f"/audit/entries/{number}/")
    assert (page.status_code, b"AUD-02" in page.content) == (200, True)
    assert cy.get(f"/audit/entries/{number}/entry.json").json()["number"] == number
    assert cy.get(f"/audit/?day={last.at:%Y-%m-%d}").status_code == 200
    answer: Any = cy.get("/audit/entries.csv")
    assert len(b"".join(answer.streaming_content).splitlines()) == last.number + 1


def test_the_newest_entry_unreadable_is_wrong_before_any_check(bench: Workbench) -> None:
    """Nothing more can be saved then, so the status does not wait for somebody who checks the log."""
    tampered("UPDATE store_entry SET did = '{' WHERE number = (SELECT max(number) FROM store_entry)")
    assert {one.name: one.check.state for one in checks(bench.station)}["audit"] == State.WRONG


@pytest.mark.parametrize("wrong", ["at = 'yesterday'", "why = CAST(x'eda080' AS TEXT)", "did = '{'"])
def test_the_command_tells_an_entry_that_cannot_be_read(bench: Workbench, wrong: str) -> None:
    """What `hashgrade audit verify` walks through ends with a code, and so does a change that would follow it."""
    tampered(f"UPDATE store_entry SET {wrong} WHERE number = 4")
    with pytest.raises(Broken, match=r"AUD-02.*entry 4 was changed"):
        audit.verify(queries.entries())
    tampered(f"UPDATE store_entry SET {wrong} WHERE number = (SELECT max(number) FROM store_entry)")
    with suppress(Broken), bench.station.store.work("ada", "one more") as work:
        work.items([item(60)])


def test_a_mark_finds_a_log_that_was_sealed_anew(cy: Client) -> None:
    """The chain alone takes a log that is rewritten to its end for whole; the mark does not."""
    kept = mark()
    tampered("UPDATE store_entry SET actor = 'eve' WHERE number = 4")
    resealed(4)
    cy.post("/audit/check/")
    assert b"The log is whole" in cy.get("/audit/check/").content, "as the page says that it would"
    assert b"The log was rewritten" in cy.post("/audit/compare/", {"mark": kept}).content


def test_a_mark_finds_what_was_cut_off(cy: Client) -> None:
    """A log without its last entries is whole, and shorter than its mark."""
    kept = mark()
    tampered("DELETE FROM store_entry WHERE number > 5")
    cy.post("/audit/check/")
    assert b"The log is whole" in cy.get("/audit/check/").content
    assert b"shorter than it was" in cy.post("/audit/compare/", {"mark": kept}).content


def test_a_mark_that_holds_says_how_far(bench: Workbench, cy: Client) -> None:
    """Without a check of the whole, the same entry proves only itself; with one, all before it."""
    kept = mark()
    assert b"The entry is the same" in cy.post("/audit/compare/", {"mark": kept}).content
    cy.post("/audit/check/")
    assert b"goes on from the mark" in cy.post("/audit/compare/", {"mark": kept}).content
    file = SimpleUploadedFile("mark.json", json.dumps({"entries": 4, "last": "0" * 64}).encode())
    assert b"The log was rewritten" in cy.post("/audit/compare/", {"file": file}).content


def test_what_is_no_mark_is_told_by_the_field(cy: Client) -> None:
    """The form comes back with what was given and what is wrong with it."""
    for text in ("", "x", "5", "a" * 64, "5 " + "g" * 64, "5 " + "a" * 63, "9" * 30 + " " + "a" * 64):
        page = cy.post("/audit/compare/", {"mark": text})
        assert (page.status_code, b"given-fault" in page.content) == (400, True), text


def test_an_upload_that_is_no_text_is_no_mark(cy: Client) -> None:
    """Bytes of anything else, however many, are told as no mark."""
    file = SimpleUploadedFile("mark.txt", bytes(range(256)) * 4_000)
    assert cy.post("/audit/compare/", {"file": file}).status_code == 400


def test_marks_are_read_as_the_command_prints_them() -> None:
    """With and without `--json`."""
    digest = "ab" * 32
    for text in (f"1,234 entries, unbroken; the last is {digest}", json.dumps({"entries": 1234, "last": digest}),
                 f"1234 {digest}"):
        assert (mark_in(text).number, mark_in(text).digest) == (1234, digest)


def test_numbers_without_end_are_refused_at_once() -> None:
    """A megabyte of numbers, or of digests, has no mark; to say so takes no longer than to read it."""
    for text in ("1 " * 500_000, "a" * 1_000_000, "ab" * 32 + " 5" * 400_000):
        with pytest.raises(InputError, match="SRV-45"):
            mark_in(text)


def test_a_clock_that_was_set_back_is_told(bench: Workbench, cy: Client, clock: Clock) -> None:
    """Entries dated before those that they follow are counted by the check."""
    clock.forward(-3600)
    with bench.station.store.work("ada", "an hour ago") as work:
        work.items([item(60)])
    clock.forward(3600)
    cy.post("/audit/check/")
    assert b"1 entry is dated before" in cy.get("/audit/check/").content


def test_a_note_of_a_check_that_says_nothing_is_none(bench: Workbench, cy: Client) -> None:
    """Whatever stands in the file, the page is there."""
    for text in ("", "[]", "{}", '{"at": 5}', '{"at": "x", "by": "x", "entries": 1, "last": ""}'):
        (bench.station.root / "audit-checked.json").write_text(text)
        assert b"Not checked yet" in cy.get("/audit/check/").content, text


def test_the_file_has_the_range_and_no_formula(bench: Workbench, cy: Client) -> None:
    """From the first to the last that was asked for, in order; a reason that is a formula is not one there."""
    with bench.station.store.work("ada", "=1+1") as work:
        work.items([item(70)])
    last = trail.last()
    assert last
    answer: Any = cy.get(f"/audit/entries.csv?first=3&until={last.number}")
    rows = list(csv.DictReader(StringIO(b"".join(answer.streaming_content).decode())))
    assert [int(row["number"]) for row in rows] == list(range(3, last.number + 1))
    assert rows[-1]["why"] == "'=1+1"


def test_a_range_that_is_none_is_refused(cy: Client) -> None:
    """A file is never of something else than was asked for."""
    queries = ("first=x", "first=5&until=4", "until=-1")
    assert {cy.get(f"/audit/entries.csv?{query}").status_code for query in queries} == {400}


def test_an_errand_under_way_is_not_begun_again(clock: Clock) -> None:
    """Sent twice, a form begins one; the second is given the first."""
    running = errands.Errand("ada", clock())
    errands._errands["long"] = running
    assert errands.begin("long", "ben", clock(), lambda _: pytest.fail("begun twice")) is running
    errands._errands.clear()


def test_nobody_but_an_auditor_sees_the_log(bench: Workbench) -> None:
    """Administrators and operators do not."""
    bench.person("mia", Role.ADMINISTRATOR, Role.OPERATOR)
    mia = bench.as_actor("mia")
    pages = ("/audit/", "/audit/check/", "/audit/compare/", "/audit/entries.csv", "/audit/entries/1/")
    assert {mia.get(page).status_code for page in pages} == {403}


def test_strings_are_only_strings(bench: Workbench, cy: Client) -> None:
    """500 strings as reasons, names of people and filters: none is markup on the list, on an entry, or in the file."""
    with bench.station.store.work(STRINGS[30], "\n".join(STRINGS)) as work:
        work.items([item(80)])
        work.note(list=STRINGS[31])
    last = trail.last()
    assert last
    markup = [one for one in STRINGS if "<" in one]
    for address, words in (("/audit/", {}), (f"/audit/entries/{last.number}/", {}), ("/audit/", {"thing": STRINGS[32]}),
                           ("/audit/", {"actor": STRINGS[30]}), ("/audit/", {"act": STRINGS[33]})):
        page = cy.get(address, words).content.decode()
        assert [one for one in markup if one in page] == [], address
    answer: Any = cy.get(f"/audit/entries.csv?first={last.number}")
    (row,) = csv.DictReader(StringIO(b"".join(answer.streaming_content).decode()))
    assert not row["actor"].startswith(("=", "+", "-", "@", "\t"))
    assert row["why"].startswith(("'", "<"))


def test_an_errand_runs_beside_and_tells_how_it_ended(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """What it gives, the trouble that it met, or that it broke: never an exception in the page that began it.

    A fault of ours leaves a trace where those of threads do; trouble with a code does not.
    """
    traces: Queue[Any] = Queue()
    monkeypatch.setattr(errands, "BESIDE", True)
    monkeypatch.setattr(threading, "excepthook", traces.put)

    def trouble(_: errands.Errand) -> None:
        raise InputError("SRV-45", "that cannot be")

    def fault(_: errands.Errand) -> None:
        raise ZeroDivisionError

    good, told, broken = (errands.begin(name, "ada", clock(), act) for name, act in (
        ("good", lambda errand: errand.by), ("trouble", trouble), ("fault", fault)))
    assert all(one.over.wait(10) for one in (good, told, broken))
    assert (good.result, good.error, good.broke) == ("ada", None, False)
    assert told.error
    assert (told.error.code, told.broke) == ("SRV-45", False)
    assert (broken.error, broken.broke) == (None, True)
    assert traces.get(timeout=10).exc_type is ZeroDivisionError
    assert traces.empty()


def test_a_check_under_way_shows_how_far_it_is(bench: Workbench, cy: Client) -> None:
    """Whoever looks meanwhile sees who began it and how many entries were gone through; a part will do."""
    errands._errands[CHECK] = errands.Errand("ida", bench.clock(), done=3, of=9)
    page = cy.get("/audit/check/").content
    assert b"3 of 9 entries" in page
    assert b"ida" in page
    assert b"Check the whole log" not in page
    part = cy.get("/audit/check/", headers={"HX-Request": "true"}).content
    assert b"3 of 9 entries" in part
    assert b"<html" not in part
    assert cy.post("/audit/check/")["Location"] == "/audit/check/"
    assert last_check(bench.station.root) is None, "no other was begun"

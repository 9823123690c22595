"""Pages of law: what is in force, texts through time, proposals by one person, approval by another."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from hashgrade.access import Role
from hashgrade.law.pack import PACKS, texts
from hashgrade.serve.records import errands, packs
from hashgrade.serve.station import join
from hashgrade.store import force, queries
from hashgrade.store.force import Text
from tests.cast import Clock, grade, item, reading
from tests.doors.pages import Workbench, workbench
from tests.hostile.strings import STRINGS

UK = "uk-ew"
FILE = (PACKS / UK / "pack.yaml").read_text()


@pytest.fixture
def bench(tmp_path: Path, store: Any, clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """A workbench at which the law of England and Wales is in force; Lou and Liv are legal, Olu is an operator."""
    monkeypatch.setattr(errands, "BESIDE", False)
    errands._errands.clear()
    found = workbench(tmp_path, store, clock, settings)
    found.person("lou", Role.LEGAL)
    found.person("liv", Role.LEGAL)
    with store.work("hashgrade", "first opened") as work:
        work.begin([Text(UK, texts(UK))], "hashgrade")
    with store.work("ada", "records") as work:
        for number, activity in enumerate(["posing_nude", "penetrative"]):
            said = grade({"age_band": "7-10", "activity": (activity,)}, depiction="photographic", indecent="yes",
                         child_count=1)
            work.items([item(number)])
            work.readings([reading(number, who, said) for who in ("ada", "ben")])
    return found


@pytest.fixture
def lou(bench: Workbench) -> Client:
    """The browser of one who proposes."""
    return bench.as_actor("lou")


@pytest.fixture
def liv(bench: Workbench) -> Client:
    """That of one who approves."""
    return bench.as_actor("liv")


NARROWER = "age_band: {under: 18}", "age_band: {under: 7}"


def edited(old: str = 'version: "', new: str = 'version: "0') -> str:
    """The text of the pack with its newest version renamed, or with another first change."""
    assert old in FILE
    return FILE.replace(old, new, 1)


def proposed(browser: Client, text: str = "", **words: Any) -> Any:
    """Send the form with a text."""
    return browser.post(f"/law/{UK}/propose/", {"pack.yaml": text or edited(), "why": "the law changed", **words})


GOOD = Text(UK, {**texts(UK), UK: edited()})


def put(bench: Workbench) -> str:
    """Let a good text of Lou's wait, which was checked; give its digest."""
    with bench.station.store.work("lou", "the law changed") as work:
        work.propose(GOOD, "lou", "the law changed")
    return GOOD.digest


def waits() -> force.Enacted:
    """The text that waits."""
    return force.waiting()[UK]


def said(page: Any) -> str:
    """What a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.content.decode())).split())


def test_packs_in_use_are_listed(bench: Workbench, lou: Client) -> None:
    """With their title, whose law it is, version, review and since when they are in force here."""
    page = said(lou.get("/law/"))
    now = force.in_force()[UK]
    for words in (force.pack_of(now).title, "England and Wales", now.version, "Draft", f"{now.since:%Y-%m-%d %H:%M}"):
        assert words in page


def test_a_text_is_read_in_words(lou: Client) -> None:
    """Outcomes, rules, the decision table, cases and sources of the kept text, as the law book has them."""
    now = force.in_force()[UK]
    page = said(lou.get(f"/law/{UK}/texts/{now.digest}/"))
    for rule in force.pack_of(now).rules:
        assert rule.article in page
    assert "Each comes out" not in page
    assert "What the pack makes of" in page, "its files say the same, so their cases are its cases"
    assert lou.get(f"/law/{UK}/texts/{now.digest}/pack.yaml").content.decode() == FILE


def test_laws_in_use_stand_beside_each_other(bench: Workbench, lou: Client) -> None:
    """What implies what, and a medium for each two outcomes that can meet; of one pack there is none."""
    assert "Nothing to compare" in said(lou.get("/diverging-laws/"))
    with bench.station.store.work("hashgrade", "named") as work:
        work.begin([Text("us-industry", texts("us-industry"))], "hashgrade")
    join(replace(bench.station, in_force=tuple(force.in_force().values())))
    page = said(lou.get("/diverging-laws/"))
    assert "uk-ew beside us-industry" in page
    assert "Impossible" in page


def test_what_there_is_not_is_not_there(lou: Client) -> None:
    """A pack or a text that no address of ours names."""
    now = force.in_force()[UK].digest
    for address in ("/law/zz/", f"/law/zz/texts/{now}/", f"/law/{UK}/texts/{'0' * 64}/", f"/law/{UK}/compare/?old=x",
                    "/law/zz/propose/", "/law/zz/proposal/", "/law/zz/texts.csv", "/law/..%2f..%2fetc/"):
        assert lou.get(address).status_code == 404, address


def test_a_good_text_waits_for_another_person(bench: Workbench, lou: Client) -> None:
    """It is kept as it was given, changes nothing, and is on record with who and why."""
    before = force.in_force()[UK]
    answer = proposed(lou)
    assert answer["Location"] == f"/law/{UK}/proposal/"
    assert (waits().proposed_by, waits().proposed_why) == ("lou", "the law changed")
    assert force.text_of(waits()).texts[UK] == edited()
    assert force.in_force()[UK] == before
    assert [*queries.entries()][-1].actor == "lou"


def test_a_text_comes_as_a_file_too(bench: Workbench, lou: Client) -> None:
    """A file counts, and not what stands in the field; line ends of Windows and a mark before it are taken off."""
    raw = b"\xef\xbb\xbf" + edited().replace("\n", "\r\n").encode()
    proposed(lou, "not this", **{"pack.yaml-file": SimpleUploadedFile("pack.yaml", raw)})
    assert force.text_of(waits()).texts[UK] == edited()


BAD = {"": "PACK-", "{": "pack.yaml:1:", "pack: zz\n": "pack.yaml:1:1 PACK-05", "a: &a [*a, *a]\n": "PACK-0",
       "[" * 200: "PACK-01", "\0": "PACK-01", edited("outcome: ", "outcom: "): "PACK-05",
       edited('version: "', "version: \t"): "PACK-01"}


def test_a_bad_text_is_told_with_its_place_and_not_kept(bench: Workbench, lou: Client) -> None:
    """What is wrong, with line and column and no path of the server; the text stands in the form again."""
    entries = [*queries.entries()]
    for text, told in BAD.items():
        page = lou.post(f"/law/{UK}/propose/", {"pack.yaml": text, "why": "the law changed"})
        shown = said(page)
        assert (page.status_code, told in shown) == (400, True), text[:40]
        assert "/tmp" not in shown  # noqa: S108 - no path is told
        assert unescape(page.content.decode()).count(text) or text == "\0"
        assert "the law changed" in page.content.decode()
    assert force.waiting() == {}
    assert [*queries.entries()] == entries


def test_a_rule_that_can_never_matter_is_told(bench: Workbench, lou: Client) -> None:
    """The checks of `law check` are the checks here: cases that fail, rules that shadow."""
    page = proposed(lou, edited(*NARROWER))
    assert page.status_code == 400
    assert "PACK-10" in said(page)
    assert "cases.yaml:" in said(page)
    assert force.waiting() == {}


def test_a_file_that_is_no_text_or_too_long_is_refused(bench: Workbench, lou: Client) -> None:
    """Bytes that are not UTF-8; a megabyte and more; a reason that is too long."""
    for name, raw in (("pack.yaml-file", b"\xff\xfe\x00"), ("cases.yaml-file", b"\x80"),
                      ("pack.yaml-file", b"a" * 1_000_001), ("sources.md-file", b"a" * 5_000_000)):
        given: dict[str, Any] = {name: SimpleUploadedFile("x", raw)}
        page = proposed(lou, **given)
        assert (page.status_code, "SRV-45" in said(page)) == (400, True), name
    assert proposed(lou, why="x" * 5_000).status_code == 403
    assert force.waiting() == {}


def test_a_file_that_is_too_long_is_called_too_long(bench: Workbench, lou: Client) -> None:
    """Though it is cut within a letter where no more of it is held, or is no text at all."""
    for raw in ("é".encode() * 600_000, b"a" + "é".encode() * 600_000, b"\xff" * 2_000_000):
        given: dict[str, Any] = {"pack.yaml-file": SimpleUploadedFile("x", raw)}
        assert "longer than 1,000,000 bytes" in said(proposed(lou, **given))


def test_the_same_form_twice_is_one_proposal(bench: Workbench, lou: Client, liv: Client) -> None:
    """The second leads to the first; somebody else who proposes the same is told that it waits."""
    proposed(lou)
    entries = len([*queries.entries()])
    assert proposed(lou)["Location"] == f"/law/{UK}/proposal/"
    page = proposed(liv, why="as enacted <in> May")
    assert (page.status_code, "LAW-06" in said(page), "Not as things stand" in said(page)) == (409, True, True)
    shown = unescape(page.content.decode())
    assert edited() in shown
    assert 'value="as enacted <in> May"' in shown
    assert len([*queries.entries()]) == entries


def test_what_differs_is_shown_before_approval(bench: Workbench, lou: Client, liv: Client) -> None:
    """By rule in words, by line, and by how many items with a grade of record would come out otherwise."""
    put(bench)
    new, old = waits(), force.in_force()[UK]
    page = said(liv.get(f"/law/{UK}/proposal/"))
    assert "No rule, and no reading that a rule asks for, says anything else" in page
    assert "Count first" in page
    words = {"old": old.digest, "new": new.digest, "back": "proposal"}
    assert liv.post(f"/law/{UK}/effects/", words)["Location"] == f"/law/{UK}/proposal/#effects"
    page = said(liv.get(f"/law/{UK}/proposal/"))
    assert "None of the 2 items with a grade of record would come out otherwise" in page
    assert "Put it in force" in page


def test_changes_of_outcome_are_counted(bench: Workbench, lou: Client) -> None:
    """A text by which an item comes out otherwise says from what to what, of how many, with an example in words."""
    kept = Text(UK, {**texts(UK), UK: edited(*NARROWER)})
    with bench.station.store.work("lou", "unchecked") as work:
        work.propose(kept, "lou", "unchecked")
    words = {"old": force.in_force()[UK].digest, "new": waits().digest}
    lou.post(f"/law/{UK}/effects/", words)
    page = said(lou.get(f"/law/{UK}/compare/?old={words['old']}&new={words['new']}"))
    assert "2 of 2 items with a grade of record" in page
    assert "photographic" in page.lower()
    assert "Media that come out otherwise" in page
    assert "age_band: {under: 7}" in page, "line by line"


def test_another_person_puts_it_in_force(bench: Workbench, lou: Client, liv: Client) -> None:
    """Who proposed it is refused, by the page and by the gate; another approves, and it is in force at once."""
    put(bench)
    digest = waits().digest
    assert "Somebody else approves it" in said(lou.get(f"/law/{UK}/proposal/"))
    refused = lou.post(f"/law/{UK}/proposal/approve/", {"digest": digest, "why": "as published"})
    assert (refused.status_code, "ACC-06" in said(refused)) == (403, True)
    done = liv.post(f"/law/{UK}/proposal/approve/", {"digest": digest, "why": "as published"})
    assert done["Location"] == f"/law/{UK}/"
    now = force.in_force()[UK]
    assert (now.digest, now.approved_by, now.approved_why) == (digest, "liv", "as published")
    assert "approved by liv" in said(liv.get(f"/law/{UK}/"))


def test_an_approval_takes_a_reason_a_fresh_proof_and_the_role(bench: Workbench, lou: Client) -> None:
    """Without any of them nothing is put in force."""
    put(bench)
    words = {"digest": waits().digest, "why": "as published"}
    bench.person("olu", Role.OPERATOR, Role.ADJUDICATOR)
    assert bench.as_actor("olu").post(f"/law/{UK}/proposal/approve/", words).status_code == 403
    stale = bench.as_actor("liv", stepped_up=False)
    assert stale.post(f"/law/{UK}/proposal/approve/", words)["Location"].startswith("/prove/")
    assert bench.as_actor("liv").post(f"/law/{UK}/proposal/approve/", {**words, "why": " "}).status_code == 403
    assert waits().state == "proposed"


def test_an_approval_is_of_the_text_that_was_looked_at(bench: Workbench, lou: Client, liv: Client) -> None:
    """A form that is stale, because another text was proposed meanwhile, approves nothing."""
    first = put(bench)
    proposed(lou, edited(new='version: "1'))
    page = liv.post(f"/law/{UK}/proposal/approve/", {"digest": first, "why": "as published"})
    assert (page.status_code, "LAW-03" in said(page)) == (409, True)
    assert liv.post(f"/law/{UK}/proposal/approve/", {"digest": "", "why": "x"}).status_code == 409
    assert force.in_force()[UK].first


def test_two_who_approve_at_once_are_one_approval(bench: Workbench, lou: Client, liv: Client) -> None:
    """The second is told that nothing waits; while the first is under way, they are shown that it is."""
    put(bench)
    words = {"digest": waits().digest, "why": "as published"}
    going = errands._errands[packs._approving(UK)] = errands.Errand("max", bench.clock())
    assert liv.post(f"/law/{UK}/proposal/approve/", words)["Location"] == f"/law/{UK}/"
    page = said(liv.get(f"/law/{UK}/"))
    assert "max approved a text of this pack a moment ago" in page
    assert "Others can go on working; until it ends the text before is in force" in page
    assert "different grades" not in page
    going.tell(5_000, 72_667)
    assert "5,000 of 72,667 different grades" in said(liv.get(f"/law/{UK}/", headers={"HX-Request": "true"}))
    assert waits()
    going.over.set()
    liv.post(f"/law/{UK}/proposal/approve/", words)
    entries = len([*queries.entries()])
    again = liv.post(f"/law/{UK}/proposal/approve/", words)
    assert (again.status_code, "LAW-02" in said(again)) == (400, True)
    assert len([*queries.entries()]) == entries


def test_an_approval_that_fails_beside_the_pages_is_told(bench: Workbench, lou: Client) -> None:
    """Whoever looks at the pack afterwards sees that it did not go through."""
    going = errands._errands[packs._approving(UK)] = errands.Errand("liv", bench.clock())
    going.broke = True
    going.over.set()
    assert "did not go through" in said(lou.get(f"/law/{UK}/"))


@pytest.mark.parametrize(("who", "word"), [("lou", "withdrawn"), ("liv", "refused")])
def test_a_proposal_is_taken_back(bench: Workbench, lou: Client, who: str, word: str) -> None:
    """By who made it or by another; twice does nothing more; it stays on record as taken back."""
    put(bench)
    words = {"digest": waits().digest, "why": "not as enacted"}
    browser = bench.as_actor(who)
    assert word in said(browser.post(f"/law/{UK}/proposal/take-back/", words, follow=True))
    entries = len([*queries.entries()])
    assert browser.post(f"/law/{UK}/proposal/take-back/", words).status_code == 302
    assert len([*queries.entries()]) == entries
    assert "Taken back" in said(browser.get(f"/law/{UK}/"))
    assert "Nothing waits" in said(browser.get(f"/law/{UK}/proposal/"))


def test_texts_through_time_are_a_file(bench: Workbench, lou: Client) -> None:
    """A row a text, and a reason that is a formula is none there."""
    proposed(lou, why="=1+1")
    rows = lou.get(f"/law/{UK}/texts.csv").content.decode().splitlines()
    assert len(rows) == 3
    assert "'=1+1" in rows[2]


def test_a_text_changed_by_hand_is_broken_and_not_shown(bench: Workbench, lou: Client) -> None:
    """A kept text that is not the one that was put in force is told with its code."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER store_packtext_kept_from_update")
        cursor.execute("UPDATE store_packtext SET texts = '{}'")
    force._pack.cache_clear()
    now = force.in_force()[UK].digest
    packs._read.cache_clear()
    for address in ("/law/", f"/law/{UK}/", f"/law/{UK}/texts/{now}/", f"/law/{UK}/texts/{now}/pack.yaml"):
        page = lou.get(address)
        assert (page.status_code, "LAW-07" in said(page)) == (500, True), address
    force._pack.cache_clear()


def test_strings_are_only_strings(bench: Workbench, lou: Client) -> None:
    """500 strings as a reason, and as a text that is refused: none is markup on any page that shows them."""
    markup = [one for one in STRINGS if "<" in one]
    with bench.station.store.work("lou", "\n".join(STRINGS)) as work:
        work.propose(GOOD, "lou", "\n".join(STRINGS))
    for address in ("/law/", f"/law/{UK}/", f"/law/{UK}/proposal/", f"/law/{UK}/compare/"):
        page = lou.get(address).content.decode()
        assert [one for one in markup if one in page] == [], address
    for text in ("\n".join(STRINGS), edited("title: ", f"title: {STRINGS[0]}\nother: ")):
        page = lou.post(f"/law/{UK}/propose/", {"pack.yaml": text, "why": STRINGS[0]}).content.decode()
        assert [one for one in markup if one in page] == []

"""Settling without a browser: who sees what, what is chosen, what is saved, and what is told when it cannot be."""

import re
from dataclasses import replace
from datetime import time, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from hashgrade.access import Role
from hashgrade.law import grades
from hashgrade.nouns import Grade, Item, Kind, Reading
from hashgrade.settings import SecondReading, Settings
from hashgrade.store import drafts
from tests.cast import ADA, BEN, CY, DEE, EVE, Clock, sha
from tests.doors.pages import Workbench, workbench
from tests.hostile.strings import STRINGS

CHILD: dict[str, Any] = {"age_band": "7-10", "sex": "girl", "activity": ["posing_nude"], "role": "participant"}
FACTS: dict[str, Any] = {
    "assessable": "yes", "depiction": "photographic", "capture": "still", "origin": "self_generated",
    "child_count": 1, "adult_visible": "no", "indecent": "yes"}


def graded(facts: dict[str, Any], *children: dict[str, Any]) -> Grade:
    """What somebody says of an item."""
    return grades.grade_of({"facts": FACTS | facts, "children": list(children)})


SAID = graded({}, CHILD)
OTHER = graded({"origin": "other_present"}, CHILD | {"age_band": "11-13"})
TWO = graded({"child_count": 2}, CHILD, {"sex": "boy"})
WORSE = graded({}, CHILD | {"activity": ["penetrative"]})


@pytest.fixture
def bench(tmp_path: Path, store: Any, clock: Clock, settings: Any) -> Workbench:
    """A workbench with uk-ew in force, two who settle, and an auditor."""
    from hashgrade.enacting import in_use
    from hashgrade.serve.station import join

    made = workbench(tmp_path, store, clock, settings)
    chosen = Settings(station=tmp_path, packs=("uk-ew",))
    join(replace(made.station, settings=chosen, in_force=in_use(store, ("uk-ew",))))
    made.person(CY, Role.ADJUDICATOR)
    made.person(DEE, Role.ADJUDICATOR, Role.ANALYST)
    made.person(EVE, Role.AUDITOR)
    return made


def read(bench: Workbench, number: int, *said: Grade, kind: Kind = Kind.IMAGE) -> str:
    """An item that Ada, Ben and, if there are three grades, Dee read so."""
    with bench.station.store.work("hashgrade", "a test") as work:
        work.items([Item(sha256=sha(number), first_seen=bench.clock.at + timedelta(minutes=number), kind=kind)])
        work.readings([Reading(sha256=sha(number), reader=who, at=bench.clock.at, grade=grade)
                       for who, grade in zip((ADA, BEN, DEE), said, strict=False)])
    return sha(number)


def shown(person: Client, where: str = "/settling/one/", **form: Any) -> Any:
    """What the page shows, as the template was given it, after an act or without one."""
    answer = person.post(where, form, HTTP_HX_REQUEST="true") if form else person.get(where)
    assert answer.status_code == 200, answer.content
    return answer.context


def taken(bench: Workbench, name: str = CY) -> Client:
    """Somebody's browser, in which they have taken what is next."""
    person = bench.as_actor(name)
    assert person.post("/settling/take/").status_code == 302
    return person


def choose(person: Client, sha256: str, at: str, **more: Any) -> Any:
    """Choose something of an item."""
    return shown(person, "/settling/answer/", sha256=sha256, **{"act": "choose", "at": at, **more})


def like(person: Client, sha256: str, said: Grade) -> Any:
    """Choose everything that is open as one reading has it, by the key of its reader."""
    found = shown(person)
    for _ in range(30):
        if not found["questions"]:
            return found
        one = found["questions"][0]
        name = one["at"].rpartition(".")[2]
        wanted = said.facts.get(name) if "[" not in one["at"] else (said.children or ({},))[0].get(name)
        reader = next(n for n, words in enumerate(one["takes"], 1) if _means(words[2], one["fact"], wanted))
        found = choose(person, sha256, one["at"], reader=str(reader))
    raise AssertionError(found["questions"])


def _means(words: str, fact: Any, wanted: object) -> bool:
    from hashgrade.serve.quality.beside import worded

    return words == worded(fact.id, wanted)  # type: ignore[arg-type]


def save(person: Client, found: Any, **more: Any) -> Any:
    """Send the form that saves what a page shows."""
    return shown(person, "/settling/commit/", **{
        "sha256": found["item"].sha256, "version": found["draft_version"], "seen": found["seen"], **more})


def settlements(number: int) -> list[tuple[str, Grade]]:
    """Who settled an item, and how."""
    from hashgrade.store import queries

    return [(one.by, one.grade) for one in queries.settlements_of(sha(number))]


def test_an_item_is_settled_fact_by_fact_and_the_next_is_in_hand(bench: Workbench) -> None:
    """What readers agree on is in it, what they differ on as chosen; a third record, with its reasons beside it."""
    from hashgrade.store import queries

    first, second = read(bench, 1, SAID, OTHER), read(bench, 2, SAID, OTHER)
    cy = taken(bench)
    found = shown(cy)
    assert [one["at"] for one in found["questions"]] == ["origin", "children[0].age_band"]
    after = save(cy, like(cy, first, OTHER), said="  the clock in the room ")
    assert settlements(1) == [(CY, OTHER)]
    assert queries.settlements_of(first)[0].extra == {"why": "the clock in the room"}
    assert len(queries.readings_of(first)) == 2
    assert after["item"].sha256 == second


def test_nothing_is_chosen_by_default_and_nothing_saved_half(bench: Workbench) -> None:
    """An item just taken has no choice made, and saving it is refused with what is open."""
    read(bench, 1, SAID, OTHER)
    cy = taken(bench)
    found = shown(cy)
    assert {one["final"] for one in found["table"]} == {""}
    after = save(cy, found, said="my reasons")
    assert ("SRV-10" in after["said"], after["why"], settlements(1)) == (True, "my reasons", [])


def test_readers_have_numbers_and_no_names(bench: Workbench) -> None:
    """Neither page nor list names who read, nor tells by its order who read first."""
    read(bench, 1, SAID, OTHER)
    cy = taken(bench)
    pages = cy.get("/settling/one/").content.decode() + cy.get("/settling/").content.decode()
    assert (re.findall(rf"\b({ADA}|{BEN})\b", pages), "Reader 1" in pages) == ([], True)
    assert ADA not in cy.get("/settling/items.csv").content.decode()


def test_a_reading_without_a_look_is_told_to_who_settles(bench: Workbench) -> None:
    """By the number of its reader: which of the two looked matters to whom to believe."""
    name = read(bench, 1, SAID)
    with bench.station.store.work("hashgrade", "a test") as work:
        work.readings([Reading(sha256=name, reader=BEN, at=bench.clock.at, grade=OTHER, seconds_visible=0)])
    cy = taken(bench)
    (who,) = shown(cy)["unseen"]
    assert f"{who} never had the item in view." in cy.get("/settling/one/").content.decode()


def test_who_had_a_hand_in_a_reading_never_sees_the_item(bench: Workbench) -> None:
    """Dee read it: no list, no next, no forged form brings it to her; a count tells that there is one."""
    name = read(bench, 1, SAID, SAID, OTHER)
    dee = bench.as_actor(DEE)
    found = dee.get("/settling/")
    assert (found.context["shown"], found.context["own"], found.context["items"]) == ([], 1, 0)
    assert shown(dee, "/settling/take/", chosen="yes")["state"] == "idle"
    for where in ("take", "answer", "commit"):
        assert dee.post(f"/settling/{where}/", {"sha256": name, "act": "undo"}).status_code == 403
    assert settlements(1) == []


def test_an_answer_that_no_reader_gave(bench: Workbench) -> None:
    """Asked anew, the fact is answered by its own keys; taking that back asks for a reader's again."""
    name = read(bench, 1, SAID, OTHER)
    cy = taken(bench)
    anew = choose(cy, name, "children[0].age_band", act="anew")["questions"][1]
    assert (anew["own"], anew["answers"][0][:2]) == (True, ("Digit1", "0-2"))
    found = choose(cy, name, "children[0].age_band", answer=["3-6"])
    assert [one["at"] for one in found["questions"]] == ["origin"]
    assert found["table"][1]["final"] == "3 to 6 years"
    back = choose(cy, name, "", act="undo")
    assert [one["own"] for one in back["questions"]] == [False, False]
    assert choose(cy, name, "", act="redo")["table"][1]["final"] == "3 to 6 years"


def test_verdicts_of_each_reading_and_whether_the_difference_matters(bench: Workbench) -> None:
    """Where readings come to other verdicts it is said, and the settlement's narrows with each choice."""
    name = read(bench, 1, SAID, WORSE)
    cy = taken(bench)
    found = shown(cy)
    assert (found["matters"], sorted(found["verdicts"][0]["read"])) == (True, ["A", "C"])
    assert [one["turns"] for one in found["questions"]] == [True]
    assert like(cy, name, WORSE)["verdicts"][0]["said"] == "A"
    read(bench, 2, SAID, OTHER)
    cy.post("/settling/leave/")
    cy.post("/settling/take/", {"sha256": sha(2)})
    found = shown(cy)
    assert (found["matters"], [one["turns"] for one in found["table"]]) == (False, [False, False])


def test_a_choice_that_opens_a_question_asks_it(bench: Workbench) -> None:
    """With two children chosen, what the packs need of the one that a reader described little is asked as ever."""
    name = read(bench, 1, SAID, TWO)
    cy = taken(bench)
    found = choose(cy, name, "child_count", answer=["2"])
    assert found["questions"][0]["at"] == "children[1]"
    found = choose(cy, name, "children[1]", answer=["yes"])
    asked = {one["at"]: one for one in found["questions"]}
    assert asked["children[1].age_band"]["differs"] is False
    assert asked["children[1].age_band"]["by_law"]


def test_what_is_agreed_can_be_asked_all_the_same(bench: Workbench) -> None:
    """Clearing an agreed fact makes it a question, with every reader's answer to take."""
    name = read(bench, 1, SAID, OTHER)
    cy = taken(bench)
    found = choose(cy, name, "indecent", act="clear")
    assert "indecent" in [one["at"] for one in found["questions"]]
    after = choose(cy, name, "indecent", reader="1")
    assert [one["final"] for one in after["table"] if one["at"] == "indecent"] == ["Yes"]


def test_what_is_sent_twice_counts_once(bench: Workbench) -> None:
    """An act of one name is done once; a save that is resent is no second settlement and tells no error."""
    name = read(bench, 1, SAID, OTHER)
    cy = taken(bench)
    choose(cy, name, "origin", reader="1", name="p1")
    choose(cy, name, "origin", reader="2", name="p2")
    once = choose(cy, name, "origin", reader="1", name="p1")["table"][0]["final"]
    assert once == shown(cy)["table"][0]["said"][1][0]
    found = like(cy, name, OTHER)
    for _ in range(2):
        assert "SRV" not in save(cy, found)["said"]
    assert len(settlements(1)) == 1


def test_an_answer_from_another_page_as_it_is_saved_settles_nothing(
        bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settlement and its draft are kept together, or neither: what was changed meanwhile is not settled."""
    name = read(bench, 1, SAID, OTHER)
    cy = taken(bench)
    found = like(cy, name, OTHER)
    keep = drafts.keep

    def late(draft: drafts.Draft, *given: Any) -> drafts.Draft:
        keep(draft, draft.body)
        return keep(draft, *given)

    monkeypatch.setattr(drafts, "keep", late)
    assert "SRV-11" in save(cy, found)["said"]
    assert settlements(1) == []


def test_a_stale_form_saves_nothing(bench: Workbench) -> None:
    """What is saved is what was on the screen: a choice made on another page in between is told."""
    name = read(bench, 1, SAID, OTHER)
    cy = taken(bench)
    found = like(cy, name, OTHER)
    choose(cy, name, "origin", answer=["unknown"])
    after = save(cy, found)
    assert ("SRV-11" in after["said"], after["table"][0]["final"], settlements(1)) == (True, "Unknown", [])


def test_a_reading_corrected_meanwhile_is_looked_at_again(bench: Workbench) -> None:
    """The save of what was is refused; what was chosen of the medium stays, and the new difference is asked."""
    name = read(bench, 1, SAID, OTHER)
    cy = taken(bench)
    found = like(cy, name, OTHER)
    with bench.station.store.work(ADA, "a correction") as work:
        work.readings([Reading(sha256=name, reader=ADA, at=bench.clock.at + timedelta(seconds=1), grade=WORSE,
                               supersedes=bench.clock.at)])
    after = save(cy, found)
    assert ("SRV-30" in after["said"], settlements(1)) == (True, [])
    assert [one["at"] for one in after["questions"]] == ["children[0].age_band", "children[0].activity"]
    told = choose(cy, name, "children[0].age_band", reader="1")
    assert ("corrected" in told["said"], len(told["questions"])) == (True, 1)


def test_a_lease_that_ran_out_is_taken_again_unless_somebody_else_has_it(bench: Workbench) -> None:
    """Late but free it goes on; where Dee has it by now Cy is told, and sees what he had chosen."""
    name = read(bench, 1, SAID, OTHER)
    taken(bench)
    bench.clock.forward(1000)
    assert choose(bench.as_actor(CY), name, "origin", reader="1")["state"] == "item"
    bench.clock.forward(1000)
    taken(bench, DEE)
    lost = choose(bench.as_actor(CY), name, "children[0].age_band", reader="1")
    assert lost["lost"] == name
    assert ("STO-12" in lost["said"], lost["state"], [bool(one["final"]) for one in lost["table"]]) == (
        True, "lost", [True, False])
    after = shown(bench.as_actor(CY), "/settling/take/", sha256=name)
    assert after["said"].startswith("This item no longer")


def test_settled_meanwhile_is_told_and_nothing_lost(bench: Workbench) -> None:
    """Dee settled it first: Cy's save writes nothing, and his page shows what he chose and why."""
    name = read(bench, 1, SAID, OTHER)
    cy = taken(bench)
    mine = like(cy, name, OTHER)
    bench.clock.forward(1000)
    dee = taken(bench, DEE)
    save(dee, like(dee, name, SAID))
    lost = save(bench.as_actor(CY), mine, said="my reasons")
    assert (lost["state"], lost["why"], settlements(1)) == ("lost", "my reasons", [(DEE, SAID)])
    assert "SRV-30" in lost["said"]
    assert all(one["final"] for one in lost["table"])


def test_children_that_do_not_go_with_the_number_are_refused(bench: Workbench) -> None:
    """Two choices that contradict each other are told, and the first stays."""
    name = read(bench, 1, SAID, TWO)
    cy = taken(bench)
    choose(cy, name, "children[1]", answer=["yes"])
    after = choose(cy, name, "child_count", answer=["1"])
    assert ("GRA-04" in after["said"], after["table"][0]["final"]) == (True, "")


FORGED = [
    {"act": "x"}, {"at": "nosuch"}, {"at": "children[7].sex", "answer": "girl"}, {"at": "origin", "reader": "9"},
    {"at": "origin", "reader": "0"}, {"at": "origin", "reader": "²"}, {"at": "origin", "answer": "<b>"},
    {"at": "origin"}, {"at": "children[0]", "answer": "maybe"}, {"act": "clear", "at": "layout"}]


def test_forged_acts_change_nothing(bench: Workbench) -> None:
    """Whatever a form says that the page does not offer is refused and told on the page."""
    name = read(bench, 1, SAID, OTHER)
    cy = taken(bench)
    for forged in FORGED:
        after = choose(cy, name, **{"at": "", **forged})
        assert any(code in after["said"] for code in ("SRV-13", "GRA-0")), forged
        assert {one["final"] for one in after["table"]} == {""}


def test_what_is_not_in_hand_is_not_answered_or_saved(bench: Workbench) -> None:
    """A forged item, none, one on which nothing differs: told, and nothing is written."""
    read(bench, 1, SAID, OTHER)
    read(bench, 2, SAID, SAID)
    cy = taken(bench)
    for where, sha256 in product(("answer", "commit"), ("", "x", "0" * 64, sha(2))):
        after = shown(cy, f"/settling/{where}/", sha256=sha256, act="choose", at="origin", reader="1")
        assert "SRV-30" in after["said"]
    assert (settlements(1), settlements(2)) == ([], [])


def test_reasons_that_are_too_long_are_refused(bench: Workbench) -> None:
    """A field sent by hand is not cut; it is refused, and what was written is on the page again."""
    name = read(bench, 1, SAID, OTHER)
    cy = taken(bench)
    after = save(cy, like(cy, name, OTHER), said="x" * 501)
    assert ("SRV-13" in after["said"], after["why"], settlements(1)) == (True, "x" * 500, [])


def test_reasons_are_only_words(bench: Workbench) -> None:
    """Hostile strings come back on the page as they were written, and as text; saved, they are the same."""
    from hashgrade.store import queries

    name = read(bench, 1, SAID, OTHER)
    cy = taken(bench)
    form = {"sha256": name, "version": "0", "seen": "x"}
    for hostile in STRINGS[::25]:
        page = cy.post("/settling/commit/", {**form, "said": hostile}).content.decode()
        assert f'value="{escape(hostile[:500])}"' in page
    save(cy, like(cy, name, OTHER), said=STRINGS[0])
    assert queries.settlements_of(name)[0].extra == {"why": STRINGS[0].strip()}


def test_an_item_left_to_others_is_nobodys(bench: Workbench) -> None:
    """What was chosen stays, for whoever takes it again, their own choices."""
    name = read(bench, 1, SAID, OTHER)
    cy = taken(bench)
    choose(cy, name, "origin", reader="1")
    assert cy.post("/settling/leave/").status_code == 302
    assert shown(taken(bench, DEE))["table"][0]["final"] == ""
    bench.as_actor(DEE).post("/settling/leave/")
    assert shown(taken(bench))["table"][0]["final"] != ""


def test_reading_goes_on_beside_what_is_in_hand_to_settle(bench: Workbench) -> None:
    """Dee, who does both, has an item to settle in hand: a card laid aside is followed by the next all the same."""
    read(bench, 1, SAID, OTHER)
    read(bench, 2)
    read(bench, 3)
    dee = taken(bench, DEE)
    dee.post("/grading/take/")
    after = shown(dee, "/grading/skip/", reason="unsure", why="skipped")
    assert (after["item"].sha256, shown(dee)["item"].sha256) == (sha(3), sha(1))


def test_a_limit_of_the_pace_stops_taking_and_says_so(bench: Workbench) -> None:
    """Past a limit nothing is taken; the list and the page say until when."""
    from hashgrade.serve.station import join, joined

    read(bench, 1, SAID, OTHER)
    said = joined().settings
    pace = said.pace.model_copy(update={"cut_off": time(0, 1)})
    join(replace(joined(), settings=said.model_copy(update={"pace": pace})))
    cy = bench.as_actor(CY)
    assert shown(cy, "/settling/take/", chosen="yes")["state"] == "limit"
    assert not cy.get("/settling/").context["allowed"].shows


def test_a_limit_that_is_reached_with_an_item_in_hand_is_told(bench: Workbench) -> None:
    """The item can be settled by its labels, which the page says, or left; the next is not dealt."""
    from hashgrade.serve.station import join, joined

    name = read(bench, 1, SAID, OTHER)
    read(bench, 2, SAID, OTHER)
    cy, said = taken(bench), joined().settings
    over = said.pace.model_copy(update={"cut_off": time(0, 1)})
    join(replace(joined(), settings=said.model_copy(update={"pace": over})))
    assert "settle this item by its labels" in cy.get("/settling/one/").content.decode()
    assert save(cy, like(cy, name, OTHER))["state"] == "limit"
    assert len(settlements(1)) == 1


def test_the_page_says_which_version_of_the_programme_it_is_of(bench: Workbench) -> None:
    """And not which of the draft, also with an item in hand."""
    from hashgrade import __version__

    read(bench, 1, SAID, OTHER)
    assert f"Hashgrade {__version__}" in taken(bench).get("/settling/one/").content.decode()


def test_the_list_is_filtered_by_links_and_paged(bench: Workbench) -> None:
    """Each filter counts what it leaves; page after page gives every item once."""
    for number in range(1, 56):
        read(bench, number, SAID, TWO if number % 5 == 0 else OTHER, kind=Kind.VIDEO if number == 3 else Kind.IMAGE)
    cy = bench.as_actor(CY)
    found = cy.get("/settling/")
    assert (len(found.context["shown"]), found.context["items"]) == (50, 55)
    rest = cy.get(f"/settling/?after={found.context['next']}").context["shown"]
    assert len({one.line.sha256 for one in (*found.context["shown"], *rest)}) == 55
    counts = {title: {one.title: one.cards for one in links} for title, links in found.context["choices"]}
    assert counts == {"Kind": {"All": 55, "Images": 54, "Clips": 1},
                      "Differs on": {"All": 55, "Origin": 44, "Child count": 11, "Children": 55}}
    assert cy.get("/settling/?fact=origin").context["items"] == 44
    assert cy.get("/settling/?kind=other").context["shown"] == []
    assert len(cy.get("/settling/items.csv?fact=child_count").content.splitlines()) == 12
    assert found.context["shown"][0].differs == ["Origin", "Children: age band"]


def test_a_link_that_asks_for_what_there_is_not_is_refused(bench: Workbench) -> None:
    """A forged filter or place is an error with its code, for the page and the file."""
    cy = bench.as_actor(CY)
    queries = ("kind=x", "fact=sex", "fact=%27", "after=x", "after=9.9.9", f"after={'9' * 18}.1")
    for where, query in product(("/settling/", "/settling/items.csv"), queries):
        answer = cy.get(f"{where}?{query}")
        assert (answer.status_code, b"SRV-31" in answer.content) == (400, True)


# -- second readings ----------------------------------------------------------------------------------------------


def test_second_readings_are_counted_by_rule_and_state(bench: Workbench) -> None:
    """What waits, by rule, since when; and where every item stands. No name is on the page or in the file."""
    read(bench, 1, SAID)
    read(bench, 2, SAID, SAID)
    read(bench, 3, SAID, OTHER)
    read(bench, 4)
    bench.clock.forward(7200)
    for who in (CY, EVE):
        found = bench.as_actor(who).get("/second/")
        assert [(one.name, one.items, one.age) for one in found.context["rules"]] == [
            ("never in view", 0, ""), ("every item", 1, "2 hours")]
        assert [count for _, _, count in found.context["states"]] == [1, 1, 1, 1, 0, 0]
        assert ADA not in found.content.decode()
    file = bench.as_actor(EVE).get("/second/states.csv").content.decode().splitlines()
    assert file[2].startswith("rule,every item,yes,1,")
    assert "state,differs,,1," in file


def test_the_rules_in_force_are_those_of_the_settings(bench: Workbench) -> None:
    """Each rule that the settings put in force stands with its words, and one of before says that it is none now."""
    from hashgrade.serve.station import join, joined

    said = SecondReading(share=0.25, seed="s", outcomes=("uk-ew:A",), ages=(14,), new_reader_items=5)
    join(replace(joined(), settings=joined().settings.model_copy(update={"second_reading": said})))
    with bench.station.store.work("hashgrade", "a test") as work:
        work.items([Item(sha256=sha(1), first_seen=bench.clock.at)])
        work.readings([Reading(sha256=sha(1), reader=ADA, at=bench.clock.at, grade=SAID,
                               extra={"readings_wanted": 2, "readings_wanted_by": "age edge 17/18"})])
    found = bench.as_actor(EVE).get("/second/")
    assert [(one.name, one.in_force, one.items) for one in found.context["rules"]] == [
        ("never in view", True, 0), ("reader has read fewer than 5 items", True, 0),
        ("verdict undecided", True, 0), ("outcome uk-ew:A", True, 0),
        ("age edge 13/14", True, 0), ("drawn by share", True, 0), ("age edge 17/18", False, 1)]
    assert "25 in 100" in found.content.decode()
    assert all("{" not in one.says for one in found.context["rules"])


def test_one_item_and_where_it_stands(bench: Workbench) -> None:
    """Its digest is sent in a form, never in an address; the answer has its state and nothing that anybody said."""
    eve = bench.as_actor(EVE)
    said = {"Not read yet": (), "Waiting for another reading": (SAID,), "Agreed": (SAID, SAID),
            "Differing": (SAID, OTHER)}
    for number, (state, readings) in enumerate(said.items(), 1):
        read(bench, number, *readings)
        found = eve.post("/second/", {"sha256": f" {sha(number).upper()} "}).context["found"]
        assert (found["state"][0], found["readings"]) == (state, len(readings))


def test_what_is_no_digest_or_not_on_file_is_told(bench: Workbench) -> None:
    """The form comes back with what was sent and why it cannot be."""
    eve = bench.as_actor(EVE)
    for sha256 in ("", "x", "0" * 63, "<script>", "f" * 64, "٣" * 64):
        found = eve.post("/second/", {"sha256": sha256})
        assert (found.status_code, bool(found.context["wrong"])) == (400, True)
        assert "<script>" not in found.content.decode().split("<main")[1]



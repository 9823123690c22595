"""What somebody with an account and a proxy may try: what is shown, counted and kept is the server's to say."""

import json
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hashgrade import access
from hashgrade.access import Action, Role, Rule, Tie
from hashgrade.nouns import Claim, Grade, Reading
from tests.doors.pages import Workbench
from tests.doors.test_grading import answer, bench, decided, graded, look, shown, taken, taken_in

__all__ = ["bench"]


def paced(bench: Workbench, **limits: Any) -> None:
    """Serve the station with other limits."""
    from hashgrade.serve.station import join

    pace = bench.station.settings.pace.model_copy(update=limits)
    join(replace(bench.station, settings=bench.station.settings.model_copy(update={"pace": pace})))


def severity(ref: str) -> str:
    """How severe a view counts."""
    from hashgrade.store import ledger

    found = ledger.view(ref)
    assert found
    return found.severity


def test_a_view_is_as_severe_as_a_list_expects_whatever_the_form_says(bench: Workbench) -> None:
    """The server reads it off the lists; the day's time with a severity ends what is shown of it."""
    first, second = taken_in(bench, 10, 20)
    with bench.station.store.work("dee", "a test") as work:
        work.claims([Claim(list_name="x", edition="1", sha256=first, extra={"Category": "B"})])
    ada = taken(bench)
    paced(bench, severe_s={"B": 2})
    assert [look(ada, first, severity="none").status_code for _ in range(3)] == [200, 200, 403]
    assert severity("abcdefgh1") == "B"
    assert second


def test_what_a_reader_found_is_how_severe_they_saw_it(bench: Workbench) -> None:
    """Nothing was expected; once it is read, the time that it was in view counts as what was found, also corrected."""
    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    assert (look(ada, name).status_code, severity("abcdefgh1")) == (200, "")
    found = graded(ada, name)
    shown(ada, "/grading/commit/", sha256=name, version=found["draft"].version)
    assert severity("abcdefgh1") == ""
    found = shown(ada, "/grading/answer/", sha256=name, act="clear", at="indecent")
    given = {"indecent": "yes", "activity": "posing_nude", "age_band": "7-10"}
    while found["questions"]:
        one = found["questions"][0]
        value = given.get(one["fact"].id, one["answers"][0][1])
        found = shown(ada, "/grading/answer/", sha256=name, act="answer", at=one["at"], answer=value)
    bench.clock.forward(5)
    shown(ada, "/grading/commit/", sha256=name, version=found["draft"].version, again=name)
    assert severity("abcdefgh1") == "C"
    look(ada, name, ref="abcdefgh2")
    assert severity("abcdefgh2") == "C", "of what one has found before, one knows"


def test_how_severe_a_view_counts_tells_no_reader_what_others_said(bench: Workbench) -> None:
    """What somebody else read of it, or settled, is not in a reader's day; in a view of what is decided it is."""
    (name,) = taken_in(bench, 10)
    bench.person("ben", Role.SECOND_READER)
    bench.person("cy", Role.ADJUDICATOR)
    said = Grade(facts={"indecent": "yes", "depiction": "photographic", "child_count": 1}, children=(
        {"age_band": "7-10", "activity": ("posing_nude",)},))
    with bench.station.store.work("dee", "a test") as work:
        work.readings([Reading(sha256=name, reader="eve", at=bench.clock.at, grade=said)])
    ben = bench.as_actor("ben")
    shown(ben, "/grading/take/", now="yes")
    assert (look(ben, name).status_code, severity("abcdefgh1")) == (200, "")
    from hashgrade.store import ledger

    refused = look(ben, name, ref="abcdefgh3", how="settlement")
    assert (json.loads(refused.content)["code"], ledger.view("abcdefgh3")) == ("GRD-03", None)
    with bench.station.store.work("dee", "a test") as work:
        work.readings([Reading(sha256=name, reader="fay", at=bench.clock.at, grade=said)])
    form = {"sha256": name, "ref": "abcdefgh2", "ms": "0", "why": "asked by the police"}
    assert bench.as_actor("cy").post("/media/decided/", form).status_code == 200
    assert severity("abcdefgh2") == "C"


def test_a_kill_between_reading_and_draft_loses_nothing(bench: Workbench) -> None:
    """The reading is on file and the draft does not say so: sent again it is saved once, also as a correction."""
    from hashgrade.store import drafts, queries

    first, second = taken_in(bench, 10, 20)
    ada = taken(bench)
    found, times = graded(ada, first), []
    for origin in ("", "unknown", "other_present"):
        if origin:
            found = shown(ada, "/grading/answer/", sha256=first, act="answer", at="origin", answer=origin)
        form = {"sha256": first, "version": found["draft"].version}
        with patch.object(drafts, "keep", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
            ada.post("/grading/commit/", form, HTTP_HX_REQUEST="true")
        bench.clock.forward(5)
        after = shown(ada, "/grading/commit/", **form)
        assert (after["said"], after["item"].sha256, len(after["strip"])) == ("", second, 1)
        (read,) = queries.readings_of(first)
        times.append(read.at)
    assert read.supersedes == times[1]


def test_a_proof_from_the_future_is_none(bench: Workbench) -> None:
    """After the clock was set back, what was proved by the old one opens nothing; a few seconds early it does."""
    bench.person("cy", Role.ADMINISTRATOR)
    for early_s, status in ((5, 200), (3600, 302)):
        cy = bench.as_actor("cy", stepped_up=False)
        session, at = cy.session, bench.clock.at.timestamp() + early_s
        shown = session["account_authentication_methods"]
        session["account_authentication_methods"] = [*shown, {"method": "password", "at": at, "reauthenticated": True}]
        session.save()
        assert cy.get("/accounts/invite/").status_code == status


def test_the_strip_reads_no_more_answers_than_it_shows(bench: Workbench) -> None:
    """Of all that was saved, ten bodies, and one more for what is answered as before."""
    from hashgrade.store import drafts

    for name in taken_in(bench, *range(10, 150, 10)):
        drafts.keep(drafts.begun("ada", name, f"ref{name[:9]}", bench.clock.at), {}, bench.clock.at)
        bench.clock.forward(1)
    with CaptureQueriesContext(connection) as asked:
        bench.as_actor("ada").get("/grading/")
    limits = [int(one["sql"].rpartition("LIMIT ")[2]) for one in asked.captured_queries if '"body"' in one["sql"]]
    assert sorted(limits) == [1, 10]


def test_nobody_tells_of_a_view_that_was_not_given(bench: Workbench) -> None:
    """Neither is a sheet confirmed by telling that one looked at it, nor is anybody else's view told of."""
    from hashgrade.store import ledger

    taken_in(bench, 10, 20, alike=True)
    bench.person("ben", Role.SECOND_READER)
    ada, ben = taken(bench), bench.as_actor("ben")
    leader = shown(ada)["item"].sha256
    found = graded(ada, leader)
    sheet = shown(ada, "/grading/commit/", sha256=leader, version=found["draft"].version)
    form = {"sha256": leader, "beside": sheet["beside"]}
    told = {**form, "ref": "abcdefgh1", "how": "sheet", "ms": "9000"}
    assert ada.post("/media/told/", told).status_code == 403
    assert "SRV-14" in shown(ada, "/grading/confirm/", **form)["said"]
    assert look(ada, leader, how="sheet", beside=sheet["beside"], picture=sheet["beside"][0]).status_code == 200
    bench.clock.forward(9)
    assert ben.post("/media/told/", told).status_code == 403
    assert ada.post("/media/told/", told).status_code == 200
    assert ledger.lasted_ms("abcdefgh1") == 9000
    assert shown(ada, "/grading/confirm/", **form)["state"] == "idle"


def test_what_is_laid_aside_while_in_view_is_told_to_the_end(bench: Workbench) -> None:
    """The item is in nobody's hands any more, and how long it was in view is still recorded."""
    from hashgrade.store import ledger

    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    look(ada, name)
    shown(ada, "/grading/skip/", why="skipped", reason="personal")
    bench.clock.forward(7)
    assert ada.post("/media/told/", {"ref": "abcdefgh1", "ms": "7000"}).status_code == 200
    assert ledger.lasted_ms("abcdefgh1") == 7000
    assert look(ada, name).status_code == 403


def test_a_pause_ends_as_something_comes_into_view(bench: Workbench) -> None:
    """Who pauses, and looks on under the name of a view that began before, has worked."""
    from hashgrade.grading import seeing
    from hashgrade.grading.policies import pace_of

    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    paced(bench, break_after_min=5, break_min=2)
    look(ada, name)
    bench.clock.forward(1)
    where = ada.post("/pace/pause/")["Location"]
    for _ in range(4):
        bench.clock.forward(50)
        assert look(ada, name).status_code == 200
    ada.post(where)
    ref = where.split("/")[3]
    assert ada.post("/media/told/", {"ref": ref, "ms": "200000"}).status_code == 400
    worked = seeing.allowance(bench.station.store, "ada", pace_of(bench.station.settings.pace)).worked_s
    assert 140 <= worked <= 160, "all but the 50 seconds until the first look"


def test_one_name_for_all_views_of_a_day_dodges_no_break(bench: Workbench) -> None:
    """A view goes on for a minute; then what comes counts from when it came, whatever the page calls it."""
    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    paced(bench, break_after_min=5, break_min=2)
    found = []
    for _ in range(12):
        found.append(look(ada, name).status_code)
        bench.clock.forward(40)
    assert found == [200] * 9 + [403] * 3
    bench.clock.forward(120)
    assert look(ada, name).status_code == 200


def test_seconds_visible_are_all_in_which_it_was_in_view(bench: Workbench) -> None:
    """Under whatever name, alone or on the sheet of its stack: the reading has the sum."""
    from hashgrade.store import queries

    taken_in(bench, 10, 20, alike=True)
    ada = taken(bench)
    found = shown(ada)
    leader, beside = found["item"].sha256, found["beside"]
    look(ada, leader, ref="abcdefgh1", how="sheet", beside=beside)
    look(ada, leader, ref="abcdefgh2")
    bench.clock.forward(5)
    for ref, ms in (("abcdefgh1", "3000"), ("abcdefgh2", "2000")):
        assert ada.post("/media/told/", {"ref": ref, "ms": ms}).status_code == 200
    found = graded(ada, leader)
    shown(ada, "/grading/commit/", sha256=leader, version=found["draft"].version)
    assert queries.readings_of(leader)[0].seconds_visible == 5


def test_who_asks_for_another_frame_far_away_is_told(bench: Workbench) -> None:
    """A time that no clip has is an answer with a code, never a fault of the server."""
    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    for at_ms in ("9" * 11, "9" * 40, "-" + "9" * 40):
        assert look(ada, name, at_ms=at_ms).status_code in {200, 400}
    for ms in ("9" * 40, "-1", "1e3", "١"):
        assert look(ada, name, ms=ms).status_code == 400


def test_nobody_learns_who_holds_an_item(bench: Workbench) -> None:
    """An item that somebody holds, one that nobody holds, and one that is not on file: the answer is the same."""
    first, second = taken_in(bench, 10, 20)
    bench.person("ben", Role.SECOND_READER)
    taken(bench)
    ben = bench.as_actor("ben")
    told = {ben.post("/media/", {"sha256": name, "ref": "abcdefgh1"}, HTTP_HX_REQUEST="true").content
            for name in (first, second, "0" * 64)}
    assert len(told) == 1
    assert b"ACC-06" in told.pop()


def test_limits_and_record_are_one_transaction(bench: Workbench) -> None:
    """What many tabs ask for at once is refused as what one asks for in turn: nobody looks between look and record."""
    from hashgrade.grading import seeing

    (name,) = taken_in(bench, 10)
    ada, inside = taken(bench), []
    with patch.object(seeing, "refuse_over", side_effect=lambda *_: inside.append(connection.in_atomic_block)):
        assert look(ada, name).status_code == 200
    assert inside == [True]


def test_a_reason_is_no_book(bench: Workbench) -> None:
    """Of 500 characters it stands in the records; longer it is refused, and where none is asked for none is kept."""
    from hashgrade.store import ledger

    first, second = taken_in(bench, 10, 20)
    bench.person("cy", Role.ADJUDICATOR)
    decided(bench, first)
    cy, form = bench.as_actor("cy"), {"sha256": first, "ref": "abcdefgh1", "ms": "0"}
    assert cy.post("/media/decided/", form | {"why": "w" * 501}).status_code == 403
    assert cy.post("/media/decided/", form | {"why": "w" * 500}).status_code == 200
    assert look(taken(bench), second, ref="abcdefgh2", why="w" * 9000).status_code == 200
    found = ledger.view("abcdefgh2")
    assert found
    assert found.why == ""


def test_a_filter_is_no_store(bench: Workbench) -> None:
    """What a form calls a rule is kept with the session no longer than a rule's name may be."""
    ada = bench.as_actor("ada")
    ada.post("/grading/take/", {"chosen": "yes", "kind": "k" * 9000, "rule": "r" * 900_000})
    assert max(map(len, ada.session["only"].values())) <= 200


@pytest.mark.parametrize("body", ["[" * 900_000, "{" * 9, "null", '{"csp-report": 7}', '{"csp-report": {}}', "\udcff"])
def test_a_report_that_is_none_is_told_so(bench: Workbench, body: str) -> None:
    """Anybody may send one: it is refused as a bad request, and is no fault of the server."""
    data = body.encode("utf-8", "surrogateescape")
    assert Client().post("/violations", data, content_type="application/csp-report").status_code == 400


def test_the_clock_is_set_back(bench: Workbench) -> None:
    """By an hour, with an item in hand: nothing breaks, nothing is lost, and what is read again still follows."""
    from hashgrade.store import ledger, queries

    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    assert look(ada, name).status_code == 200
    bench.clock.forward(-3600)
    ada = bench.as_actor("ada")
    assert look(ada, name).status_code == 200
    assert ada.post("/media/told/", {"ref": "abcdefgh1", "ms": "9000"}).status_code == 200
    assert look(ada, name, ref="abcdefgh2").status_code == 200
    found = graded(ada, name)
    shown(ada, "/grading/commit/", sha256=name, version=found["draft"].version)
    (read,) = queries.readings_of(name)
    bench.clock.forward(-3600)
    ada = bench.as_actor("ada")
    found = shown(ada, "/grading/answer/", sha256=name, act="answer", at="origin", answer="unknown")
    found = shown(ada, "/grading/commit/", sha256=name, version=found["draft"].version, again=name)
    (again,) = queries.readings_of(name)
    assert (again.supersedes, again.grade.facts["origin"]) == (read.at, "unknown"), found["said"]
    assert ledger.lasted_ms("abcdefgh1") >= 1000


def doors(client: Client, name: str) -> tuple[int, bool, bool, bool]:
    """What each door tells of an item: its history's status, and whether search, states and media call it decided."""
    (answer,) = client.post("/search/", {"lines": name[:20]}).context["answers"]
    state = client.post("/second/", {"sha256": name})
    own = str(client.session.session_key)[:4]
    form = {"sha256": name, "ref": f"abcdefgh{own}", "ms": "0", "why": "asked by the police"}
    shows = client.post("/media/decided/", form)
    return (client.get(f"/items/{name}/").status_code, all(one.decided for one in answer.hits),
            state.status_code == 200, shows.status_code == 200)


def test_nothing_tells_what_is_dealt_to_try_a_reader(bench: Workbench) -> None:
    """An item in hand that was settled before is as any other to who holds it, and decided to all others.

    That holds of whoever settles others too, at every door that says how an item stands.
    """
    from hashgrade.nouns import Settlement
    from hashgrade.serve.station import join

    first, second = taken_in(bench, 10, 20)
    bench.person("cy", Role.ADJUDICATOR)
    decided(bench, first)
    with bench.station.store.work("dee", "a test") as work:
        work.settlements([Settlement(sha256=first, by="gus", at=bench.clock.at, grade=Grade(facts={"indecent": "no"}))])
    join(replace(bench.station, settings=bench.station.settings.model_copy(update={"gold_share": 1.0})))
    bench.person("dan", Role.ANALYST, Role.ADJUDICATOR)
    dan, cy = bench.as_actor("dan"), bench.as_actor("cy")
    assert shown(dan, "/grading/take/", now="yes")["item"].sha256 == first
    assert doors(dan, first) == (403, False, False, False)
    assert doors(cy, first) == (200, True, True, True)
    assert second


def test_what_is_saved_again_is_a_correction(bench: Workbench) -> None:
    """To correct is an action of its own: where the rules give it to nobody, what is saved stays as it is."""
    from hashgrade.store import queries

    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    found = graded(ada, name)
    shown(ada, "/grading/commit/", sha256=name, version=found["draft"].version)
    bench.clock.forward(5)
    found = shown(ada, "/grading/answer/", sha256=name, act="answer", at="origin", answer="unknown")
    nobody = Rule(frozenset(), ties=frozenset({Tie.OWN}))
    with patch.dict(access.RULES, {Action.CORRECT: nobody}):
        told = shown(ada, "/grading/commit/", sha256=name, version=found["draft"].version, again=name)
    assert "ACC-02" in told["said"]
    assert queries.readings_of(name)[0].supersedes is None


def test_a_crowd_of_children_makes_no_endless_page(bench: Workbench) -> None:
    """With 999 children the page brings the next questions, and says how many there are."""
    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    answer(ada, name, "depiction", "photographic")
    found = answer(ada, name, "child_count", "999")
    assert found["open"] > 999
    assert len(ada.get("/grading/").content) < 200_000

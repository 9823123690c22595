"""The grading page without a browser: what it takes, what it keeps, what it shows, what it refuses."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from PIL import Image

from hashgrade.access import Role
from hashgrade.nouns import Item, Kind, Resemblance
from hashgrade.settings import Settings
from tests.cast import Clock
from tests.doors.pages import Workbench, workbench

PACKS = ("uk-ew",)


@pytest.fixture
def bench(tmp_path: Path, store: Any, clock: Clock, settings: Any) -> Workbench:
    """A workbench with uk-ew in force, and Ada, who is an analyst."""
    from hashgrade.app import decoders
    from hashgrade.enacting import in_use
    from hashgrade.serve.station import join

    made = workbench(tmp_path, store, clock, settings)
    chosen = Settings(station=tmp_path, packs=PACKS)
    station = replace(made.station, settings=chosen, decoders=decoders(chosen), in_force=in_use(store, PACKS))
    join(station)
    made = Workbench(station, clock)
    made.person("ada", Role.ANALYST)
    return made


def png(shade: int) -> bytes:
    """A neutral picture with colours and an edge."""
    pixels = np.zeros((60, 80, 3), np.uint8)
    pixels[:, 40:] = shade, 255 - shade, 128
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def taken_in(bench: Workbench, *shades: int, alike: bool = False) -> list[str]:
    """Put pictures in vault and records; the rest resemble the first if they are alike."""
    from hashlib import sha256

    names = []
    for shade in shades:
        data = png(shade)
        names.append(sha256(data).hexdigest())
        bench.station.vault.put(names[-1], io.BytesIO(data))
    with bench.station.store.work("dee", "a test") as work:
        times = [bench.clock.at.replace(microsecond=n) for n in range(len(names))]
        work.items([Item(sha256=name, first_seen=at, kind=Kind.IMAGE, width=80, height=60)
                    for name, at in zip(names, times, strict=True)])
        if alike:
            work.resemblances([Resemblance(sha256=name, other=names[0], distance_bits=3) for name in names[1:]])
    return names


def taken(bench: Workbench) -> Client:
    """Ada's browser, in which she has taken what is next."""
    ada = bench.as_actor("ada")
    assert ada.post("/grading/take/").status_code == 302
    return ada


def shown(ada: Client, where: str = "/grading/", **form: Any) -> Any:
    """What the page shows, as the template was given it, after an act or without one."""
    answer = ada.post(where, form, HTTP_HX_REQUEST="true") if form else ada.get(where)
    assert answer.status_code == 200, answer.content
    return answer.context


def answer(ada: Client, sha256: str, at: str, *given: str, **more: str) -> Any:
    """Answer a question."""
    return shown(ada, "/grading/answer/", sha256=sha256, act="answer", at=at, answer=list(given), **more)


def graded(ada: Client, sha256: str) -> Any:
    """Grade the item in hand: photographic still, one girl, not indecent."""
    shown(ada, "/grading/answer/", sha256=sha256, act="preset", preset="photographic, one child")
    found = shown(ada)
    for _ in range(12):
        if not found["questions"]:
            break
        one = found["questions"][0]
        value = {"indecent": "no", "age_band": "7-10", "capture": "still"}.get(one["fact"].id, one["answers"][0][1])
        found = answer(ada, sha256, one["at"], value)
    return found


def look(ada: Client, sha256: str, **more: Any) -> Any:
    """Ask for the picture of an item."""
    form = {"sha256": sha256, "ref": "abcdefgh1", "how": "item", "ms": "0", "blur": "none", "grey": "no", **more}
    return ada.post("/media/", form)


def test_an_item_is_taken_answered_saved_and_the_next_is_in_hand(bench: Workbench) -> None:
    """From nothing in hand to the reading on file; Enter's form takes the next at once."""
    from hashgrade.store import queries

    names = taken_in(bench, 10, 20)
    assert shown(bench.as_actor("ada"))["state"] == "idle"
    ada = taken(bench)
    found = graded(ada, names[0])
    assert found["questions"] == []
    after = shown(ada, "/grading/commit/", sha256=names[0], version=found["draft"].version)
    (reading,) = queries.readings_of(names[0])
    assert reading.grade.facts["depiction"] == "photographic"
    assert (after["item"].sha256, len(after["strip"])) == (names[1], 1)


def test_nothing_is_answered_by_default_and_nothing_saved_half(bench: Workbench) -> None:
    """An item just taken has no answers, and saving it is refused with what is open."""
    from hashgrade.store import queries

    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    found = shown(ada)
    assert found["draft"].body == {}
    assert "SRV-10" in shown(ada, "/grading/commit/", sha256=name, version=found["draft"].version)["said"]
    assert queries.readings_of(name) == []


def test_answers_are_kept_at_once_and_narrow_the_verdicts(bench: Workbench) -> None:
    """What was answered is there on a page loaded anew, and the verdict has fewer ways to go."""
    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    before = shown(ada)["verdicts"][0]["said"]
    answer(ada, name, "child_count", "0")
    found = shown(ada)
    assert [one["at"] for _, rows in found["table"] for one in rows] == ["child_count"]
    assert (before, found["verdicts"][0]["said"]) == ("A, B, C, none", "none")


def test_what_is_sent_twice_counts_once(bench: Workbench) -> None:
    """An act of one name, resent over a bad line, changes nothing; a save that is resent is no second reading."""
    from hashgrade.store import queries

    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    answer(ada, name, "depiction", "photographic", name="p1")
    answer(ada, name, "depiction", "non_photographic", name="p2")
    assert answer(ada, name, "depiction", "photographic", name="p1")["table"][0][1][0]["answer"].startswith("Non-photo")
    answer(ada, name, "child_count", "0")
    found = graded(ada, name)
    for _ in range(2):
        after = shown(ada, "/grading/commit/", sha256=name, version=found["draft"].version)
        assert "SRV" not in after["said"]
    assert len(queries.readings_of(name)) == 1


def test_a_stale_form_saves_nothing(bench: Workbench) -> None:
    """What is saved is what was on the screen: another page's change in between is told, not overwritten."""
    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    found = graded(ada, name)
    answer(ada, name, "capture", "recording")
    after = shown(ada, "/grading/commit/", sha256=name, version=found["draft"].version)
    assert "SRV-11" in after["said"]


def test_undo_goes_on_into_the_item_before_and_saves_a_correction(bench: Workbench) -> None:
    """With nothing to take back here, the item saved before is open; what is changed there supersedes."""
    from hashgrade.store import queries

    first, second = taken_in(bench, 10, 20)
    ada = taken(bench)
    found = graded(ada, first)
    bench.clock.forward(5)
    shown(ada, "/grading/commit/", sha256=first, version=found["draft"].version)
    bench.clock.forward(5)
    back = shown(ada, "/grading/answer/", sha256=second, act="undo")
    assert (back["item"].sha256, back["questions"]) == (first, [])
    back = answer(ada, first, "capture", "recording")
    after = shown(ada, "/grading/commit/", sha256=first, version=back["draft"].version, again=first)
    (reading,) = queries.readings_of(first)
    assert (reading.grade.facts["capture"], reading.supersedes is not None) == ("recording", True)
    assert after["item"].sha256 == second
    forth = shown(ada, "/grading/answer/", sha256=first, act="redo")
    assert forth["item"].sha256 == second


def test_undo_and_redo_within_an_item(bench: Workbench) -> None:
    """Each act is taken back and done again whole, a preset with all its answers."""
    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    shown(ada, "/grading/answer/", sha256=name, act="preset", preset="photographic, one child")

    def given(found: Any) -> list[str]:
        return [one["at"] for _, rows in found["table"] for one in rows]

    assert given(shown(ada, "/grading/answer/", sha256=name, act="undo")) == []
    assert given(shown(ada, "/grading/answer/", sha256=name, act="redo")) == ["depiction", "child_count"]


def test_a_preset_that_contradicts_gives_nothing_and_says_why(bench: Workbench) -> None:
    """What is answered otherwise stands, and is named."""
    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    answer(ada, name, "depiction", "non_photographic")
    found = shown(ada, "/grading/answer/", sha256=name, act="preset", preset="photographic, one child")
    assert found["against"] == ["Depiction"]
    assert [one["at"] for _, rows in found["table"] for one in rows] == ["depiction"]


def test_a_stack_is_read_once_and_confirmed_after_it_was_looked_at(bench: Workbench) -> None:
    """The leader is read; its sheet is confirmed only once it was in view; both are told to the ledger."""
    from hashgrade.store import ledger

    names = taken_in(bench, 10, 20, 30, alike=True)
    ada = taken(bench)
    found = shown(ada)
    leader = found["item"].sha256
    found = graded(ada, leader)
    sheet = shown(ada, "/grading/commit/", sha256=leader, version=found["draft"].version)
    assert (sheet["state"], sorted(sheet["beside"])) == ("sheet", sorted(set(names) - {leader}))
    form = {"sha256": leader, "beside": sheet["beside"]}
    assert "SRV-14" in shown(ada, "/grading/confirm/", **form)["said"]
    view = {"how": "sheet", "ref": sheet["ref"], "beside": sheet["beside"]}
    seen = look(ada, leader, **view, picture=sheet["beside"][0], size="cell")
    assert seen["Content-Type"] == "image/jpeg"
    assert shown(ada, "/grading/confirm/", **form)["state"] == "idle"
    assert all(one.like for name in sheet["beside"] for one in ledger.confirmations(name))
    assert [sorted(one.items) for one in ledger.history(leader).views] == [sorted(names)]  # type: ignore[union-attr]


def test_a_picture_is_of_the_size_and_blur_asked_for(bench: Workbench) -> None:
    """Blurred, it is only 16 pixels wide; grey, it has no colour; sharp, it is the item, re-encoded and not kept."""
    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    found = {blur: Image.open(io.BytesIO(look(ada, name, blur=blur).content)).size for blur in ("much", "some", "none")}
    assert found == {"much": (16, 12), "some": (48, 36), "none": (80, 60)}
    grey = np.asarray(Image.open(io.BytesIO(look(ada, name, grey="yes").content)), np.int16)
    assert np.ptp(grey, axis=2).max() <= 2
    sharp = look(ada, name)
    assert sharp["Cache-Control"] == "no-store"
    assert png(10)[:40] not in sharp.content


def test_no_picture_without_a_lease_and_none_without_the_ledger(bench: Workbench) -> None:
    """Who does not hold it gets nothing, in no way of asking; what is given is in the ledger first."""
    from hashgrade.store import ledger

    first, second = taken_in(bench, 10, 20)
    bench.person("ben", Role.SECOND_READER)
    ada, ben = taken(bench), bench.as_actor("ben")
    assert look(ben, first).status_code == 403
    assert look(ada, second).status_code == 403
    assert look(ada, first).status_code == 200
    for ref in ("abcdefgh1", "abcdefgh2"):  # of a view that has begun, and of one that has not
        tried = look(ada, first, ref=ref, how="sheet", beside=[second], picture=second)
        assert (tried.status_code, tried["Content-Type"]) == (403, "application/json")
    assert [one.ref for one in ledger.history(first).views] == ["abcdefgh1"]  # type: ignore[union-attr]
    assert ledger.history(second).views == ()  # type: ignore[union-attr]


def decided(bench: Workbench, sha256: str, *readers: str) -> None:
    """Give an item its grade of record, by two readers who agree."""
    from hashgrade.nouns import Grade, Reading

    with bench.station.store.work("dee", "a test") as work:
        work.readings([Reading(sha256=sha256, reader=one, at=bench.clock.at, grade=Grade(facts={"indecent": "no"}))
                       for one in readers or ("eve", "fay")])


def test_what_is_decided_is_shown_for_a_reason_that_the_ledger_keeps(bench: Workbench) -> None:
    """Only of an item with a grade of record, only as decided, and the reason stands in the view."""
    from hashgrade.store import ledger

    (name,) = taken_in(bench, 10)
    bench.person("cy", Role.ADJUDICATOR)
    cy = bench.as_actor("cy")
    form = {"sha256": name, "ref": "abcdefgh1", "ms": "0", "why": "asked by the police"}
    assert json.loads(cy.post("/media/decided/", form).content)["code"] == "GRD-17"
    decided(bench, name)
    for how in ("item", "pause", "settlement"):
        assert json.loads(cy.post("/media/decided/", form | {"how": how}).content)["code"] == "SRV-13"
    assert cy.post("/media/decided/", form)["Content-Type"] == "image/jpeg"
    (view,) = ledger.history(name).views  # type: ignore[union-attr]
    assert (view.how, view.why) == ("decided", "asked by the police")


def test_who_read_an_item_does_not_look_at_it_for_ever(bench: Workbench) -> None:
    """One's own reading opens an item while it is undecided; then only while it is among the last ten saved."""
    from hashgrade.nouns import Grade, Reading
    from hashgrade.store import drafts

    first, *rest = taken_in(bench, *range(10, 120, 10))
    ada = bench.as_actor("ada")
    with bench.station.store.work("dee", "a test") as work:
        work.readings([Reading(sha256=first, reader="ada", at=bench.clock.at, grade=Grade(facts={"indecent": "no"}))])
    assert look(ada, first).status_code == 200
    decided(bench, first, "eve")
    assert look(ada, first, ref="abcdefgh2").status_code == 403
    for n, name in enumerate((first, *rest)):
        assert look(ada, first, ref=f"abcdefgh3{n}").status_code == (200 if n in range(1, 11) else 403)
        bench.clock.forward(1)
        drafts.keep(drafts.begun("ada", name, f"ref{n:05}", bench.clock.at), {}, bench.clock.at)
    assert look(ada, first, ref="abcdefgh4").status_code == 403


@pytest.mark.parametrize("how", ["decided", "pause"])
def test_a_form_does_not_choose_what_is_no_page_of_grading(bench: Workbench, how: str) -> None:
    """Neither a picture nor word of a view is had as a kind that its route is not for."""
    from hashgrade.store import ledger

    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    form = {"sha256": name, "ref": "abcdefgh1", "how": how, "ms": "0", "why": "because"}
    for where in ("/media/", "/media/told/", "/media/paused/"):
        assert ada.post(where, form).status_code in {400, 403, 404}
    assert ledger.view("abcdefgh1") is None


def test_the_name_of_a_pause_shows_nothing(bench: Workbench) -> None:
    """What no limit counts is no way to look: the view of a pause takes in no items."""
    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    ref = ada.post("/pace/pause/").headers["Location"].split("/")[3]
    tried = look(ada, name, ref=ref)
    assert (tried["Content-Type"], json.loads(tried.content)["code"]) == ("application/json", "GRD-16")


def test_at_the_limit_nothing_more_is_shown(bench: Workbench) -> None:
    """Past the day's items the picture is refused with the code of the limit, also in a view that has begun."""
    from hashgrade.serve.station import join

    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    assert look(ada, name).status_code == 200
    bench.clock.forward(60)
    told = ada.post("/media/told/", {"sha256": name, "ref": "abcdefgh1", "how": "item", "ms": "60000"})
    assert told.json()["shows"]
    pace = bench.station.settings.pace.model_copy(update={"revealed_s": 30})
    join(replace(bench.station, settings=bench.station.settings.model_copy(update={"pace": pace})))
    assert json.loads(look(ada, name).content)["code"] == "GRD-05"


def test_pictures_count_though_nothing_is_told_of_them(bench: Workbench) -> None:
    """A browser that never tells is stopped by the day's limit; a sheet shown once is a second for all of it."""
    from hashgrade.serve.station import join
    from hashgrade.store import ledger

    taken_in(bench, 10, 20, 30, alike=True)
    ada = taken(bench)
    leader, *rest = ledger.in_hand("ada", bench.clock.at)
    for one in (leader, *rest):
        look(ada, leader, how="sheet", beside=rest, picture=one)
    assert 1000 <= ledger.view("abcdefgh1").ms < 1010  # type: ignore[union-attr]
    pace = bench.station.settings.pace.model_copy(update={"revealed_s": 5})
    join(replace(bench.station, settings=bench.station.settings.model_copy(update={"pace": pace})))
    found = [look(ada, leader, ref="abcdefgh2").status_code for _ in range(6)]
    assert found == [200] * 4 + [403] * 2


def test_media_that_do_not_decode_say_why(bench: Workbench) -> None:
    """Broken bytes, and bytes that are gone, are an answer with a code and no picture."""
    from hashgrade.store import queries

    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    bench.station.vault.shred(name)
    assert json.loads(look(ada, name).content)["code"] == "SRV-12"
    assert queries.item(name)


def test_a_skip_has_a_reason_and_the_next_comes(bench: Workbench) -> None:
    """Without one it is refused; with one the card is laid aside and another is in hand."""
    first, second = taken_in(bench, 10, 20)
    ada = taken(bench)
    assert "GRD-09" in shown(ada, "/grading/skip/", why="skipped", reason="")["said"]
    assert shown(ada, "/grading/skip/", why="skipped", reason="personal")["item"].sha256 == second
    assert first != second


def test_given_back_it_is_anybodys(bench: Workbench) -> None:
    """What is given back is free, and its answers are there when it is taken again."""
    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    answer(ada, name, "child_count", "0")
    assert shown(ada, "/grading/give-back/", now="yes")["state"] == "idle"
    ada = taken(bench)
    assert shown(ada)["table"][0][1][0]["at"] == "child_count"


def test_what_is_not_ones_own_is_not_answered(bench: Workbench) -> None:
    """Another's item, or one whose lease ran out: nothing is kept, and the page shows how things are."""
    from hashgrade.store import drafts, queries

    first, second = taken_in(bench, 10, 20)
    ada = taken(bench)
    found = graded(ada, first)
    assert "GRD-03" in answer(ada, second, "child_count", "0")["said"]
    assert drafts.find("ada", second) is None
    bench.clock.forward(1000)
    late = shown(bench.as_actor("ada"), "/grading/commit/", sha256=first, version=found["draft"].version)
    assert ("GRD-03" in late["said"], late["state"]) == (True, "idle")
    assert queries.readings_of(first) == []


def test_a_second_reader_reads_apart(bench: Workbench) -> None:
    """Ben, who only reads second, reads what Ada has read, with none of her answers; Ada gets it no more."""
    from hashgrade.store import queries

    (name,) = taken_in(bench, 10)
    bench.person("ben", Role.SECOND_READER)
    ada = taken(bench)
    found = graded(ada, name)
    assert shown(ada, "/grading/commit/", sha256=name, version=found["draft"].version)["state"] == "idle"
    ben = bench.as_actor("ben")
    assert shown(ben, "/grading/take/", now="yes")["table"][0][1] == []
    bench.clock.forward(5)
    found = graded(ben, name)
    assert shown(ben, "/grading/commit/", sha256=name, version=found["draft"].version)["state"] == "idle"
    assert [one.reader for one in queries.readings_of(name)] == ["ada", "ben"]


def test_a_child_is_answered_as_the_one_before(bench: Workbench) -> None:
    """Rows for each child: an answer for all that are left, and all of a row as the row before it."""
    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    answer(ada, name, "depiction", "photographic")
    answer(ada, name, "indecent", "yes")
    answer(ada, name, "child_count", "3")
    found = answer(ada, name, "children[0].sex", "girl", all="yes")
    assert [[one["answer"] for one in rows] for title, rows in found["table"][1:]] == [["Girl"]] * 3
    answer(ada, name, "children[0].age_band", "7-10")
    answer(ada, name, "children[0].activity", "nudity_only", "posing_nude")
    found = shown(ada, "/grading/answer/", sha256=name, act="same_row", all="yes")
    assert len({tuple(one["answer"] for one in rows) for title, rows in found["table"][1:]}) == 1


def test_one_key_answers_two_questions(bench: Workbench) -> None:
    """Age with sex of a child, or of all that are left; what both said is one step back; neither is asked again."""
    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    answer(ada, name, "depiction", "photographic")
    answer(ada, name, "indecent", "yes")
    asked = answer(ada, name, "child_count", "3")["questions"][0]
    assert (asked["at"], asked["beside"].at) == ("children[0].age_band", "children[0].sex")
    assert [(key, other) for _, key, other, _ in asked["answers"][2][4]] == [
        ("E", "girl"), ("D", "boy"), ("C", "cannot_determine")]
    one = {"sha256": name, "act": "answer"}
    shown(ada, "/grading/answer/", **one, at="children[0].age_band", both="7-10 boy")
    found = shown(ada, "/grading/answer/", **one, at="children[1].age_band", both="3-6 girl", all="yes")
    given = [[line["answer"] for line in lines] for _, lines in found["table"][1:]]
    assert given == [["7 to 10 years", "Boy"], *[["3 to 6 years", "Girl"]] * 2]
    assert not {"age_band", "sex"} & {one["fact"].id for one in found["questions"]}
    assert len(shown(ada, "/grading/answer/", sha256=name, act="undo")["table"]) == 2
    assert len(shown(ada, "/grading/answer/", sha256=name, act="undo")["table"]) == 1


def test_of_the_medium_too_one_key_answers_two_questions(bench: Workbench) -> None:
    """Capture with origin; where one of them has an answer the other is asked alone."""
    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    shown(ada, "/grading/answer/", sha256=name, act="answer", at="capture", both="still unknown")
    answer(ada, name, "indecent", "no")
    answer(ada, name, "depiction", "photographic")
    found = answer(ada, name, "child_count", "1")
    assert {("capture", "Still"), ("origin", "Unknown")} <= {(one["at"], one["answer"]) for one in found["table"][0][1]}
    found = answer(ada, name, "children[0].sex", "girl")
    assert not any(one["beside"] for one in found["questions"])


def test_the_page_at_a_limit_says_which(bench: Workbench) -> None:
    """With nothing in hand and the day used up, the page shows the limit, and takes nothing."""
    from hashgrade.serve.station import join

    taken_in(bench, 10)
    pace = bench.station.settings.pace.model_copy(update={"cut_off": bench.clock.at.time().replace(hour=0, minute=0)})
    join(replace(bench.station, settings=bench.station.settings.model_copy(update={"pace": pace})))
    assert shown(bench.as_actor("ada"), "/grading/take/", now="yes")["state"] == "limit"


@pytest.mark.parametrize("form", [
    {"size": "huge"}, {"blur": "little"}, {"at_ms": "soon"}, {"how": "film"}, {"ms": "long"}, {"picture": "0" * 64}])
def test_a_forged_picture_is_refused(bench: Workbench, form: dict[str, str]) -> None:
    """What no page of ours asks for is SRV-13, and never a picture."""
    (name,) = taken_in(bench, 10)
    tried = look(taken(bench), name, **form)
    assert (tried.status_code, json.loads(tried.content)["code"]) in {(400, "SRV-13")}


@pytest.mark.parametrize("form", [
    {"act": "guess"}, {"act": "answer", "at": "no_such_fact", "answer": "yes"}, {"act": "preset", "preset": "no such"},
    {"act": "answer", "at": "child_count", "both": "1 girl"},
    {"act": "answer", "at": "capture.x", "both": "still unknown"},
    {"act": "answer", "at": "child_count", "answer": "-1"}, {"act": "answer", "at": "child_count", "answer": "9999"}])
def test_a_forged_act_changes_nothing(bench: Workbench, form: dict[str, str]) -> None:
    """What no page of ours sends is told as SRV-13, and nothing is kept."""
    from hashgrade.store import drafts

    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    assert "SRV-13" in shown(ada, "/grading/answer/", sha256=name, **form)["said"]
    found = drafts.find("ada", name)
    assert found
    assert found.body == {}


@pytest.mark.parametrize("both", ["7-10", "", "7-10 ", " girl", "7-10 girl boy", "7-10 still", "girl 7-10"])
def test_two_answers_are_given_together_or_not_at_all(bench: Workbench, both: str) -> None:
    """Where one of the two is none, the other is not kept either."""
    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    answer(ada, name, "child_count", "1")
    found = shown(ada, "/grading/answer/", sha256=name, act="answer", at="children[0].age_band", both=both)
    assert "GRA-" in found["said"]
    assert [one["at"] for _, lines in found["table"] for one in lines] == ["child_count"]


@pytest.mark.parametrize(("at", "value"), [
    ("children[-1].sex", "girl"), ("children[5].sex", "girl"), ("children[x].sex", "girl"),
    ("children[99999].sex", "girl"), ("depiction", "<script>"),
    ("activity", "none"), ("children[0].depiction", "photographic")])
def test_an_answer_in_no_place_is_told(bench: Workbench, at: str, value: str) -> None:
    """A forged place or value is an error with its code on the page, never a fault of the server."""
    (name,) = taken_in(bench, 10)
    found = answer(taken(bench), name, at, value)
    assert found["state"] == "item"

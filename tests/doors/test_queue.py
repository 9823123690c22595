"""The queue and pace at the workbench: lists, filters, reasons, what was laid aside, limits, pauses, leave."""

import csv
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from hashgrade import grading
from hashgrade.access import Role
from hashgrade.errors import Refused
from hashgrade.grading import dealing, seeing
from hashgrade.law.condition import Condition
from hashgrade.nouns import How, Kind, Resemblance
from hashgrade.serve import station as serving
from hashgrade.serve.queue import aside, wording
from hashgrade.settings import Pace, QueueFilter
from hashgrade.store import ledger, queries, waiting
from hashgrade.store.due import rules_of, words
from tests.cast import ADA, BEN, CY, Clock, item, sha
from tests.doors.pages import Workbench, workbench

RULES: list[dict[str, Any]] = [
    {"name": "clips", "when": {"kind": {"is": "video"}}, "points": 24, "why": "clips in a row"},
    {"name": "stacks", "when": {"stack": {"over": 1}}, "points": 48, "why": "much is done at once"}]


@pytest.fixture
def bench(tmp_path: Path, store: Any, clock: Clock, settings: Any) -> Workbench:
    """Ada and Ben read, Cy is a supervisor; a stack of three, a clip and 60 singles wait."""
    store.rules = rules_of(RULES, 3600)
    made = workbench(tmp_path, store, clock, settings)
    for name, role in ((ADA, Role.ANALYST), (BEN, Role.SECOND_READER), (CY, Role.ADJUDICATOR)):
        made.person(name, role)
    with store.work("dee", "a test") as work:
        work.items([item(n, kind=Kind.VIDEO if n == 4 else Kind.IMAGE) for n in range(1, 65)])
        work.resemblances([Resemblance(sha256=sha(n), other=sha(1), distance_bits=3) for n in (2, 3)])
    return made


def paced(bench: Workbench, **pace: Any) -> None:
    """Give the station other limits."""
    serving.join(replace(bench.station, settings=bench.station.settings.model_copy(update={"pace": Pace(**pace)})))


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content
    return " ".join(answer.content.decode().split())


def rows(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    return list(csv.DictReader(StringIO(answer.content.decode())))


def looks(bench: Workbench, seconds: int, ref: str = "a" * 8) -> None:
    """Let Ada look at the item that she holds for a while."""
    card = grading.take(bench.station.store, ADA)
    assert card is not None
    look = seeing.Look(ref=ref, reader=ADA, how=How.ITEM, ms=0, items=(card.leader,), severity="A")
    seeing.see(bench.station.store, look)
    bench.clock.forward(seconds)
    seeing.see(bench.station.store, replace(look, ms=seconds * 1000))


# -- the list -----------------------------------------------------------------------------------------------------


def test_each_card_says_why_it_stands_where_it_does(bench: Workbench) -> None:
    """The stack comes first and says by which rule, with its reason; the count is of cards and of items."""
    page = text(bench.as_actor(ADA), "/queue/")
    assert "62 cards, 64 items" in page
    assert page.index("<strong>stacks</strong>: much is done at once") < page.index("<strong>clips</strong>")
    assert "its age" in page


def test_pages_follow_one_another_and_miss_no_card(bench: Workbench) -> None:
    """From the first page's link to the last: every card once, 50 a page."""
    client, seen, address = bench.as_actor(ADA), [], "/queue/"
    while address:
        answer = client.get(address)
        seen += [one.line.leader for one in answer.context["shown"]]
        following = answer.context["next"]
        address = f"/queue/?after={following}" if following else ""
    assert len(seen) == len(set(seen)) == 62


def test_filters_are_links_with_their_counts(bench: Workbench) -> None:
    """Of clips there is one, and its link leads to it alone, beside the rules that then are left."""
    client = bench.as_actor(ADA)
    groups = dict(client.get("/queue/").context["choices"])
    assert [(one.title, one.cards, one.query) for one in groups["Kind"]] == [
        ("All", 62, ""), ("Images", 61, "kind=image"), ("Clips", 1, "kind=video")]
    answer = client.get("/queue/?kind=video")
    assert [one.line.leader for one in answer.context["shown"]] == [sha(4)]
    assert [one.title for one in dict(answer.context["choices"])["Rule that leads"]] == ["All", "clips"]


def test_saved_filters_stand_above(bench: Workbench) -> None:
    """What the settings name is a link, and says when it is the one."""
    saved = (QueueFilter(name="Stacks first", rule="stacks"),)
    serving.join(replace(bench.station, settings=bench.station.settings.model_copy(update={"queue_filters": saved})))
    page = text(bench.as_actor(ADA), "/queue/?rule=stacks")
    assert '<a href="?rule=stacks" aria-current="true">Stacks first' in page


@pytest.mark.parametrize("query", [
    "kind=picture", "stage=settled", "rule=none", "after=1", "after=1.x", f"after={'9' * 19}.1", "after=<b>"])
def test_a_forged_link_is_refused(bench: Workbench, query: str) -> None:
    """SRV-20 as a page, and not an error of ours."""
    assert "SRV-20" in text(bench.as_actor(ADA), f"/queue/?{query}", 400)


def test_who_holds_a_card_is_said_until_when(bench: Workbench) -> None:
    """Cy, who is dealt no cards, sees that Ada holds the stack; a quarter of an hour later nobody does."""
    grading.take(bench.station.store, ADA)
    client = bench.as_actor(CY)
    assert "ada <span" in text(client, "/queue/?rule=stacks")
    assert "You hold card" in text(bench.as_actor(ADA), "/queue/")
    bench.clock.forward(899)
    assert text(client, "/queue/?rule=stacks")
    bench.clock.forward(2)
    assert "ada <span" not in text(client, "/queue/?rule=stacks")


def test_a_card_that_is_taken_changes_nothing_that_readers_see_of_the_queue(bench: Workbench) -> None:
    """Neither who holds it nor a digest is told, so that what is not in the list is not known to be settled before."""
    def seen(name: str) -> tuple[str, list[dict[str, str]]]:
        page = text(bench.as_actor(name), "/queue/").partition('id="cards"')[2].partition("</table>")[0]
        return re.sub(r'value="[^"]*"', "", page), rows(bench.as_actor(name), "/queue/cards.csv")

    before = seen(BEN)
    grading.take(bench.station.store, ADA)
    assert seen(BEN) == before
    assert sha(1)[:12] not in before[0]
    assert "held_by" not in before[1][0]


def test_the_file_has_every_card_and_no_digest(bench: Workbench) -> None:
    """62 lines under the names of the columns, no name of an item among them, and no formula."""
    found = rows(bench.as_actor(ADA), "/queue/cards.csv")
    assert len(found) == 62
    assert found[0] | {"first_seen": ""} == {
        "card": found[0]["card"], "stage": "read", "kind": "image", "recognised": "new", "first_seen": "",
        "points": "48", "rules": "stacks", "items": "3"}
    assert rows(bench.as_actor(CY), "/queue/cards.csv")[0].keys() - found[0].keys() == {"held_by", "held_until"}
    assert not any(sha(n) in str(found) for n in range(1, 65))


def test_a_formula_is_only_text(bench: Workbench) -> None:
    """What somebody said as they laid a card aside opens in no spreadsheet as a formula."""
    grading.take(bench.station.store, ADA)
    dealing.skip(bench.station.store, ADA, "other", '=HYPERLINK("x")')
    (found,) = rows(bench.as_actor(CY), "/queue/laid-aside.csv")
    assert found["said"] == '\'=HYPERLINK("x")'


def test_an_empty_queue_says_so(tmp_path: Path, store: Any, clock: Clock, settings: Any) -> None:
    """With nothing on file there is a sentence, and neither a table nor a filter."""
    made = workbench(tmp_path, store, clock, settings)
    made.person(ADA, Role.ANALYST)
    page = text(made.as_actor(ADA), "/queue/")
    assert "Nothing waits" in page
    assert "<table" not in page
    assert "No rules" in text(made.as_actor(ADA), "/queue/rules/")


def test_the_rules_stand_in_words(bench: Workbench) -> None:
    """When each is true, by how much it brings a card forward, why, and how many cards it leads."""
    page = text(bench.as_actor(ADA), "/queue/rules/")
    assert "Its card has more than 1 item." in page
    assert "as if seen 2 days earlier" in page
    assert "Much is done at once" in page
    assert "It is a clip." in page


@pytest.mark.parametrize(("tree", "said"), [
    ({"kind": {"in": ["image", "video"]}}, "it is an image or a clip"),
    ({"all": [{"list": {"is": "partner"}}, {"any": [{"stack": {"under": 3}}, {"known": {"is": "near"}}]}]},
     "it is on the list `partner` and (its card has fewer than 3 items or it is near another item)"),
    ({"not": {"source": {"is": "public"}}}, "not so that a report from `public` led to it"),
    ({"first_seen": {"under": "2024-02-01"}}, "it was first seen before 2024-02-01")])
def test_conditions_are_said(tree: object, said: str) -> None:
    """Each kind of condition that a rule of the queue may have is a clause."""
    assert wording.said(Condition.parse(tree, "", words())) == said


# -- laid aside ---------------------------------------------------------------------------------------------------


def test_a_supervisor_deals_a_whole_card_again(bench: Workbench) -> None:
    """Ada's skip of a stack is one line; dealt again, all three items are hers to take, and it is on record why."""
    grading.take(bench.station.store, ADA)
    assert dealing.skip(bench.station.store, ADA, "personal", "not today") == 3
    client = bench.as_actor(CY)
    page = text(client, "/queue/laid-aside/")
    assert "Personal: not today" in page
    said = {"sha256": sha(1), "reader": ADA, "why": "agreed with her"}
    assert client.post("/queue/laid-aside/", said).status_code == 302
    assert "Nothing is laid aside" in text(client, "/queue/laid-aside/")
    assert [one.ended_why for one in ledger.skips(sha(3))] == ["agreed with her"]
    assert client.post("/queue/laid-aside/", said).status_code == 400, "sent twice, it says that it is not laid aside"


@pytest.mark.parametrize(("change", "status", "code"), [
    ({"why": " "}, 403, "ACC-05"), ({"why": "x" * 501}, 403, "ACC-05"), ({"sha256": "x"}, 400, "GRD-09"),
    ({"sha256": sha(60)}, 400, "GRD-09"), ({"reader": CY}, 403, "GRD-13"), ({"reader": "eve"}, 400, "GRD-09")])
def test_a_form_that_cannot_be_deals_nothing(
    bench: Workbench, change: dict[str, str], status: int, code: str,
) -> None:
    """Without a reason, of what is not laid aside, to oneself or to nobody: refused, with its code."""
    grading.take(bench.station.store, ADA)
    dealing.skip(bench.station.store, ADA, "personal")
    said = {"sha256": sha(1), "reader": ADA, "why": "agreed"} | change
    answer = bench.as_actor(CY).post("/queue/laid-aside/", said)
    assert (answer.status_code, code in answer.content.decode()) == (status, True)
    assert ledger.skips(sha(1))[0].ended_at is None


def test_what_is_laid_aside_is_for_supervisors(bench: Workbench) -> None:
    """An analyst is told which role it takes."""
    assert "adjudicator" in text(bench.as_actor(ADA), "/queue/laid-aside/", 403)


def test_pages_of_what_is_laid_aside_follow_one_another(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past so many cards there is a next page, and every card is on one of them."""
    monkeypatch.setattr(aside, "SIZE", 4)
    for _ in range(7):
        assert grading.take(bench.station.store, ADA)
        dealing.skip(bench.station.store, ADA, "unsure")
        bench.clock.forward(1)
    client = bench.as_actor(CY)
    first = client.get("/queue/laid-aside/").context
    second = client.get(f"/queue/laid-aside/?after={first['next']}").context
    assert (len(first["cards"]), len(second["cards"]), second["next"]) == (4, 3, 0)
    assert len({one[0].sha256 for one in (*first["cards"], *second["cards"])}) == 7
    assert "SRV-20" in text(client, "/queue/laid-aside/?after=-1", 400)


# -- pace ---------------------------------------------------------------------------------------------------------


def test_ones_own_pace_says_what_was_in_view(bench: Workbench) -> None:
    """Seconds, by severity, of how much, and what comes next; in a file, too."""
    paced(bench, severe_s={"A": 600})
    looks(bench, 120)
    page = text(bench.as_actor(ADA), "/pace/")
    assert "In view of A: 2 min 00 s of 10 min 00 s" in page
    assert "A break of 10 minutes is due after 48 minutes more of work." in page
    assert {one["measure"]: one["used"] for one in rows(bench.as_actor(ADA), "/pace/today.csv")} == {
        "In view": "120", "In view of A": "120", "Items seen": "1", "Work since the last break": "120"}
    assert "0 min 00 s" in text(bench.as_actor(BEN), "/pace/"), "Ben's is his own"


@pytest.mark.parametrize(("pace", "title"), [
    ({"break_after_min": 1}, "Time for a break"), ({"revealed_s": 60}, "Enough for today"),
    ({"items": 1}, "Enough for today"), ({"severe_s": {"A": 60}}, "Enough of this for today"),
    ({"cut_off": "00:00"}, "The day of viewing is over")])
def test_each_limit_has_a_screen(bench: Workbench, pace: dict[str, Any], title: str) -> None:
    """Between two items, past each limit: its title, and no way on; the pace page says the same."""
    looks(bench, 120)
    paced(bench, **pace)
    client = bench.as_actor(ADA)
    page = text(client, "/pace/between/", 403)
    assert title in page
    assert "You can go on from" in page
    assert title in text(client, "/pace/")
    assert "Your pace stops you for now" in text(client, "/queue/")


@pytest.mark.parametrize("neutral", [False, True])
def test_a_neutral_screen_stands_between_cards_where_the_station_wants_one(bench: Workbench, neutral: bool) -> None:
    """After a card nothing is in hand until the next is asked for; without the setting the next is taken at once."""
    paced(bench, neutral=neutral)
    client = bench.as_actor(ADA)
    client.post("/grading/take/")
    page = client.post("/grading/skip/", {"reason": "personal", "why": "personal"}).content.decode()
    assert ("Nothing is in hand" in page, waiting.held(ADA, bench.clock()) is None) == (neutral, neutral)


def test_a_limit_met_on_any_page_has_its_screen(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a room refuses for the pace is told as the pace's own screen, and not as an error."""
    def over() -> None:
        raise Refused("GRD-04", "a break is due until 12:00")

    monkeypatch.setattr(waiting, "counts", over)
    page = text(bench.as_actor(ADA), "/queue/", 403)
    assert "Time for a break" in page
    assert "A break is due until 12:00." in page


def test_a_pause_stops_the_clock(bench: Workbench) -> None:
    """Five minutes paused are no work; the way back is where one came from."""
    looks(bench, 60)
    client = bench.as_actor(ADA)
    here = client.post("/pace/pause/", {"next": "/queue/"})["Location"]
    assert "Paused" in text(client, here)
    bench.clock.forward(300)
    assert client.post(here, {"next": "/queue/"})["Location"] == "/queue/"
    looks(bench, 60, "b" * 8)
    assert seeing.allowance(bench.station.store, ADA, limits(bench)).worked_s == 120


def test_a_pause_that_is_over_gets_no_longer(bench: Workbench) -> None:
    """Sent again, or after something was in view, its form changes nothing."""
    client = bench.as_actor(ADA)
    here = client.post("/pace/pause/")["Location"]
    ref = here.split("/")[3]
    looks(bench, 60)
    client.post(here)
    assert ledger.view(ref).ms == 1, "it ended as something came into view"  # type: ignore[union-attr]
    there = client.post("/pace/pause/")["Location"]
    bench.clock.forward(60)
    client.post(there)
    bench.clock.forward(60)
    client.post(there)
    assert ledger.view(there.split("/")[3]).ms == 60_000  # type: ignore[union-attr]
    assert client.get(there).status_code == 302


def test_a_pause_is_its_owners(bench: Workbench) -> None:
    """Ben finds nothing at the address of Ada's, nor anybody at one that is made up."""
    here = bench.as_actor(ADA).post("/pace/pause/")["Location"]
    assert bench.as_actor(BEN).get(here).status_code == 404
    assert bench.as_actor(BEN).post(here).status_code == 404
    assert bench.as_actor(ADA).get("/pace/pause/nothing/").status_code == 404


@pytest.mark.parametrize("where", ["https://example.com/", "//example.com", "javascript:alert(1)", "queue/", "\\\\x"])
def test_the_way_back_is_a_page_of_ours(bench: Workbench, where: str) -> None:
    """A link that leads elsewhere leads to one's pace instead."""
    client = bench.as_actor(ADA)
    here = client.post("/pace/pause/", {"next": where})["Location"]
    assert client.post(here, {"next": where})["Location"] == "/pace/"


# -- leave --------------------------------------------------------------------------------------------------------


def test_a_supervisor_sees_who_is_stopped_and_not_how_much(bench: Workbench) -> None:
    """Ada's name, and that a break is due; no figure of hers, and nobody whom nothing stops."""
    looks(bench, 120)
    paced(bench, break_after_min=1)
    page = text(bench.as_actor(CY), "/pace/people/")
    assert "A break is due" in page
    assert [one.name for one in bench.as_actor(CY).get("/pace/people/").context["people"]] == [ADA]
    assert "min 0" not in page
    assert rows(bench.as_actor(CY), "/pace/people.csv")[0]["stopped_by"] == "a break is due"
    assert bench.as_actor(ADA).get("/pace/people/").status_code == 403


def test_leave_lets_somebody_go_on_for_a_while(bench: Workbench) -> None:
    """With a reason, for 15 minutes, on record; sent twice, once."""
    looks(bench, 120)
    paced(bench, break_after_min=1)
    client, said = bench.as_actor(CY), {"minutes": "15", "why": "a child may be at risk"}
    assert client.post("/pace/people/ada/", said).status_code == 302
    assert client.post("/pace/people/ada/", said).status_code == 302
    assert "cy lets you go on" in text(bench.as_actor(ADA), "/pace/")
    assert len(ledger.overrides(ADA, bench.clock())) == 1
    last = [one for one in queries.entries() if one.actor == CY][-1]
    assert last.why == "a child may be at risk"
    bench.clock.forward(901)
    assert not ledger.overrides(ADA, bench.clock())


@pytest.mark.parametrize(("who", "said", "status"), [
    (ADA, {"minutes": "15", "why": ""}, 403), (ADA, {"minutes": "900", "why": "x"}, 400),
    (CY, {"minutes": "15", "why": "x"}, 403), ("nobody", {"minutes": "15", "why": "x"}, 400)])
def test_leave_that_cannot_be_is_refused(bench: Workbench, who: str, said: dict[str, str], status: int) -> None:
    """Without a reason, for too long, to oneself, to nobody."""
    assert bench.as_actor(CY).post(f"/pace/people/{who}/", said).status_code == status
    assert not ledger.overrides(who, bench.clock())


def test_leave_needs_a_fresh_proof(bench: Workbench) -> None:
    """A session of an hour ago is asked who it is first."""
    answer = bench.as_actor(CY, stepped_up=False).get("/pace/people/ada/")
    assert answer["Location"].startswith("/prove/")


def limits(bench: Workbench) -> Any:
    from hashgrade.grading.policies import pace_of

    return pace_of(bench.station.settings.pace)

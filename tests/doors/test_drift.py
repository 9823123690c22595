"""Drift: one's own before anybody else's, and never two people's on one page."""

import csv
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from hashgrade.access import Role
from hashgrade.law.vocabulary import vocabulary
from hashgrade.nouns import Grade, Reading
from tests import cast
from tests.cast import ADA, BEN, CY, Clock, sha
from tests.doors.pages import Workbench, workbench

DAY = timedelta(days=1)
ONE, OTHER = {"age_band": "7-10", "sex": "girl"}, {"age_band": "11-13", "sex": "girl"}


def tried(bench: Workbench, number: int, reader: str, read: Grade, settled: Grade) -> None:
    """Somebody reads an item that was settled before, now."""
    with bench.station.store.work(CY, "a test") as work:
        work.items([cast.item(number)])
        work.settlements([cast.settlement(number, CY, settled)])
        work.gold(Reading(sha256=sha(number), reader=reader, at=bench.clock.at, grade=read))


@pytest.fixture
def bench(tmp_path: Path, store: Any, clock: Clock, settings: Any) -> Workbench:
    """Ada, who reads; Ben, who reads too; Cy, who settles; and nothing tried yet."""
    made = workbench(tmp_path, store, clock, settings)
    for name, *roles in ((ADA, Role.ANALYST), (BEN, Role.SECOND_READER), (CY, Role.ADJUDICATOR),
                         ("abe", Role.ADJUDICATOR, Role.ANALYST), ("dee", Role.AUDITOR)):
        made.person(name, *roles)
    return made


def text(client: Client, where: str = "/drift/", status: int = 200) -> str:
    answer = client.get(where)
    assert answer.status_code == status, answer.content
    return " ".join(answer.content.decode().split())


def test_readings_stand_beside_settlements_from_the_day_after(bench: Workbench) -> None:
    """As one works nothing tells which item it was; the day after, what was read otherwise stands there in words."""
    for number in range(1, 4):
        tried(bench, number, ADA, cast.grade(ONE, origin="unknown"), cast.grade(OTHER, origin="unknown"))
    assert "Nothing to compare" in text(bench.as_actor(ADA))
    bench.clock.forward(DAY.total_seconds() + 1)
    page = text(bench.as_actor(ADA))
    assert "By fact, 3 items" in page
    read, settled = (vocabulary().facts["age_band"].values[band] for band in ("7-10", "11-13"))
    assert f"You said <strong>{read}</strong>, settled as <strong>{settled}</strong>, 3 times" in page
    assert "0 of 3" in page
    assert "Always as settled: Origin (3)" in page
    assert sha(1)[:12] in page


def test_nobody_else_is_on_the_page(bench: Workbench) -> None:
    """What Ben read is on none of Ada's pages, nor in her file."""
    tried(bench, 1, ADA, cast.grade(ONE), cast.grade(ONE))
    tried(bench, 2, BEN, cast.grade(ONE), cast.grade(OTHER))
    bench.clock.forward(2 * DAY.total_seconds())
    client = bench.as_actor(ADA)
    assert "1 item<" in text(client)
    assert sha(2)[:12] not in text(client)
    rows = list(csv.DictReader(StringIO(client.get("/drift/readings.csv").content.decode())))
    assert {row["item"] for row in rows} == {sha(1)[:12]}
    assert {row["alike"] for row in rows} == {"yes"}


def test_others_see_it_two_weeks_later(bench: Workbench) -> None:
    """Cy sees of Ada what is 14 days old; on the day before nothing, though Ada does."""
    tried(bench, 1, ADA, cast.grade(ONE), cast.grade(OTHER))
    bench.clock.forward(14 * DAY.total_seconds() - 1)
    assert "By fact, 1 item" in text(bench.as_actor(ADA))
    assert "By fact" not in text(bench.as_actor(CY), "/drift/people/ada/")
    bench.clock.forward(2)
    assert "By fact, 1 item" in text(bench.as_actor(CY), "/drift/people/ada/")


def test_who_may_see_whose(bench: Workbench) -> None:
    """Readers their own alone; whoever settles that of others, never their own that way; an auditor nobody's."""
    assert "ACC-02" in text(bench.as_actor(ADA), "/drift/people/ben/", 403)
    assert "ACC-02" in text(bench.as_actor(ADA), "/drift/people/", 403)
    assert "ACC-02" in text(bench.as_actor("dee"), "/drift/people/", 403)
    assert "ACC-02" in text(bench.as_actor(CY), "/drift/", 403)
    assert "ACC-06" in text(bench.as_actor("abe"), "/drift/people/abe/", 403)
    assert "ACC-07" in text(bench.as_actor(CY), "/drift/people/nobody/", 400)


def test_the_list_of_people_has_names_and_no_figure(bench: Workbench) -> None:
    """By name; without oneself and without who reads nothing."""
    tried(bench, 1, BEN, cast.grade(ONE), cast.grade(OTHER))
    bench.clock.forward(20 * DAY.total_seconds())
    answer = bench.as_actor(CY).get("/drift/people/")
    assert answer.context["names"] == ["abe", ADA, BEN]
    assert list(bench.as_actor("abe").get("/drift/people/").context["names"]) == [ADA, BEN]


def test_items_that_differ_come_in_pages(bench: Workbench) -> None:
    """25 a page, the newest first, none twice; a forged place is SRV-37."""
    for number in range(1, 31):
        tried(bench, number, ADA, cast.grade(ONE), cast.grade(OTHER))
        bench.clock.forward(1)
    bench.clock.forward(2 * DAY.total_seconds())
    client = bench.as_actor(ADA)
    first = client.get("/drift/").context
    second = client.get(f"/drift/?after={first['next']}").context
    seen = [one.tried.sha256 for page in (first, second) for one in page["differed"]]
    assert seen == [sha(number) for number in range(30, 0, -1)]
    for forged in ("x", "-1", "٣", "9" * 10):
        assert "SRV-37" in text(client, f"/drift/?after={forged}", 400)

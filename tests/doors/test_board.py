"""The board: figures as of a time, of all readers together, and nothing that tells of one."""

import csv
import fcntl
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from hashgrade.access import Role
from hashgrade.nouns import Reading
from hashgrade.serve.records import figures, making, runs
from hashgrade.studies.intervals import wilson
from tests import cast
from tests.cast import ADA, BEN, CY, Clock, sha
from tests.doors.pages import Workbench, workbench
from tests.doors.station import new
from tests.naive.readings import of_readings

ONE, OTHER = {"age_band": "7-10", "sex": "girl"}, {"age_band": "11-13", "sex": "girl"}
REF = "0123456789abcdef"


def said(number: int, reader: str) -> Any:
    """Ben reads every third item otherwise."""
    differs = reader == BEN and number % 3 == 0
    origin = "unknown" if differs else "other_present"
    return cast.grade(OTHER if differs else ONE, depiction="photographic", origin=origin)


@pytest.fixture
def bench(tmp_path: Path, store: Any, clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """Twelve items that Ada and Ben read, four of them otherwise, one of those settled; runs are done at once."""
    made = workbench(tmp_path, store, clock, settings)
    with store.work("dee", "a test") as work:
        work.items(cast.item(n) for n in range(1, 13))
        work.readings(cast.reading(n, reader, said(n, reader)) for n in range(1, 13) for reader in (ADA, BEN))
        work.settlements([cast.settlement(3, CY, said(3, ADA))])
    for name, role in ((ADA, Role.ANALYST), (CY, Role.ADJUDICATOR), ("dee", Role.AUDITOR), ("ray", Role.RESEARCHER)):
        made.person(name, role)
    monkeypatch.setattr(runs, "_spawned", lambda lane, _: making.make(lane, lambda: made.station))
    return made


def text(client: Client, where: str = "/quality/", status: int = 200) -> str:
    answer = client.get(where)
    assert answer.status_code == status, answer.content
    return " ".join(answer.content.decode().split())


def worked_out(client: Client, ref: str = REF, status: int = 302) -> None:
    assert client.post("/quality/run/", {"ref": ref}).status_code == status


def test_nothing_is_worked_out_until_somebody_asks(bench: Workbench) -> None:
    """The page says that there are no figures, and asks the records for what waits alone."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = bench.as_actor(CY)
    with CaptureQueriesContext(connection) as held:
        page = text(client)
    assert "No figures yet" in page
    assert '"store_reading"."grade"' not in "".join(one["sql"] for one in held)
    assert "3 items wait to be settled" in page


def test_the_figures_are_those_of_the_studies(bench: Workbench) -> None:
    """The same numbers as from the readings one by one, with the time as of which they are; a later reading waits."""
    from hashgrade.store import queries

    client, now = bench.as_actor(CY), bench.clock.at
    worked_out(client)
    bench.clock.forward(3600)
    page = text(bench.as_actor(CY))
    assert f"Figures as of {now:%B %Y}"[:14] in page
    assert f"{now:%H:%M} UTC" in page
    kept = figures.kept(bench.station.root)
    assert kept
    expected = of_readings(queries.readings(), queries.settlements(), bench.station.packs, figures.SEED)
    assert [one["key"] for one in kept.said["agreement"]] == [one.question.key for one in expected]
    for one, other in zip(kept.said["agreement"], expected, strict=True):
        assert one["units"] == other.agreement.units
        assert one["raw"][0] == pytest.approx(other.agreement.raw.value if other.agreement.raw else None)
        assert one["overturned"]["items"] == other.overturned.items
    origin = next(one for one in kept.said["agreement"] if one["key"] == "origin")
    assert origin["raw"][0] == pytest.approx(8 / 12)
    throughout = next(one for one in kept.said["agreement"] if one["key"] == "depiction")
    assert throughout["raw"] == pytest.approx([1, wilson(12, 12).low, 1]), "never without a doubt"
    assert "Only 12 units have two ratings or more: the intervals are rough." in page
    assert "0.67" in page


def test_the_figures_are_a_file(bench: Workbench) -> None:
    """A line for each question with every coefficient; without figures only the names of the columns."""
    client = bench.as_actor("dee")
    empty = client.get("/quality/agreement.csv").content.decode()
    assert empty.count("\n") == 1
    worked_out(client)
    rows = list(csv.DictReader(StringIO(client.get("/quality/agreement.csv").content.decode())))
    origin = next(row for row in rows if row["question"] == "Origin")
    assert (origin["items"], origin["raters"], origin["raw"][:5]) == ("12", "2", "0.666")


def test_the_same_form_twice_is_one_run_and_one_that_goes_on_is_enough(bench: Workbench) -> None:
    """A double submit begins nothing, nor does another person while a run goes on; the page says that it does."""
    client = bench.as_actor(CY)
    worked_out(client)
    first = figures.kept(bench.station.root)
    bench.clock.forward(60)
    worked_out(client)
    assert figures.kept(bench.station.root) == first
    lane = runs.lane(bench.station.root, figures.LANE)
    lane.write(runs.Run(ref="f" * 16, kind=figures.LANE, by=CY, begun_at=bench.clock.at))
    with (lane.folder / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        worked_out(bench.as_actor("dee"), "a" * 16)
        assert "New figures are being worked out" in text(client)
    assert figures.kept(bench.station.root) == first
    assert "was interrupted" in text(client)


def test_a_run_that_ends_badly_says_so_and_keeps_the_figures_before(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reason stands on the page, and the figures of before too."""
    from hashgrade.errors import Conflict

    client = bench.as_actor(CY)
    worked_out(client)

    def fails(*_: object) -> None:
        raise Conflict("STU-11", "something is of an item that is not there")

    monkeypatch.setitem(making.MAKERS, figures.LANE, fails)
    worked_out(client, "b" * 16)
    page = text(client)
    assert "The last run ended without figures" in page
    assert "STU-11" in page
    assert "Figures as of" in page


def test_what_a_run_does_is_known_before_there_is_a_station() -> None:
    """The process of a run reads its modules before it opens a station: none of them may need one."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("HASHGRADE", "DJANGO"))}
    subprocess.run([sys.executable, "-c", "import hashgrade.serve.records.making"], check=True, env=plain)


@pytest.mark.deep
def test_a_run_is_a_process_of_its_own(tmp_path: Path) -> None:
    """Figures come of it, in a station of its own."""
    station = new(tmp_path / "station").station
    lane = runs.lane(station, figures.LANE)
    lane.folder.mkdir(parents=True)
    lane.write(runs.Run(ref=REF, kind=figures.LANE, by=CY, begun_at=cast.later(0)))
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("HASHGRADE", "DJANGO"))}
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "hashgrade.serve.records.making", str(lane.folder)], check=True,
        env=plain | {"HASHGRADE_STATION": str(station), "HASHGRADE_JAIL_AT_LEAST": "limited"})
    assert (last := lane.last())
    assert last.outcome == runs.DONE
    assert figures.kept(station)


def test_nobody_is_named(bench: Workbench) -> None:
    """Neither on the page, nor in the file, nor in what is kept."""
    client = bench.as_actor("dee")
    worked_out(client)
    told = (text(client) + client.get("/quality/agreement.csv").content.decode()
            + (bench.station.root / figures.FILE).read_text())
    for name in (ADA, BEN):
        assert f">{name}<" not in told
        assert f'"{name}"' not in told


def tried(bench: Workbench, *readers: str) -> None:
    with bench.station.store.work(CY, "a test") as work:
        for number, reader in enumerate(readers):
            work.gold(Reading(sha256=sha(3), reader=reader, at=bench.clock.at, grade=said(3 if number else 1, ADA)))


def test_gold_is_told_by_fact_once_three_people_read_some(bench: Workbench) -> None:
    """Of two it would be one person's for the other: only how much was dealt."""
    tried(bench, "one", "two")
    client = bench.as_actor(CY)
    worked_out(client)
    page = text(client)
    assert "2 items settled before were read again without being told, 8% of all" in page
    assert "told once 3 people have read such items" in page
    tried(bench, "three")
    worked_out(client, "c" * 16)
    page = text(client)
    assert "3 of 3" in page
    assert "Too few to say much" in page


def test_what_waits_is_told_by_fact_with_links(bench: Workbench) -> None:
    """Children and origin, three items each; a link for who may settle and none for who may not."""
    page = text(bench.as_actor(CY))
    assert 'href="/settling/?fact=origin"' in page
    assert 'href="/settling/?fact=children"' in page
    assert "/settling/" not in text(bench.as_actor("dee"))
    assert text(bench.as_actor(CY), "/settling/?fact=children")


def test_who_may_not_see_it_is_refused(bench: Workbench) -> None:
    """Neither readers nor researchers; and a forged form begins nothing."""
    for name in (ADA, "ray"):
        assert "ACC-02" in text(bench.as_actor(name), status=403)
        worked_out(bench.as_actor(name), status=403)
    for forged in ("", "x" * 16, "0" * 15, "0" * 17, "../../../../etc/"):
        worked_out(bench.as_actor(CY), forged, 400)
    assert figures.kept(bench.station.root) is None


def test_figures_that_cannot_be_read_are_none(bench: Workbench) -> None:
    """A file of another form, or half of one, is as if there were none."""
    client = bench.as_actor(CY)
    for held in ("", "{", "[]", '{"form": 1}', '{"form": 2, "as_of": "2026-01-01"}', '{"form": 1, "as_of": 7}',
                 '{"form": 1, "as_of": "2026-01-01T00:00:00+00:00"}'):
        (bench.station.root / figures.FILE).write_text(held)
        assert "No figures yet" in text(client)


def test_what_was_read_without_a_look_is_counted_by_kind_and_not_by_person(bench: Workbench) -> None:
    """Of readings that say how long; what could not be assessed stands apart, and nobody is named."""
    from hashgrade.nouns import Kind

    with bench.station.store.work("dee", "a test") as work:
        work.items([cast.item(n, kind=Kind.VIDEO if n == 31 else Kind.IMAGE) for n in range(30, 34)])
        work.readings([
            *(cast.reading(n, who, said(n, who), seconds_visible=0) for n, who in ((30, ADA), (31, BEN))),
            cast.reading(32, ADA, cast.grade(assessable="corrupt"), seconds_visible=0),
            cast.reading(33, ADA, said(33, ADA), seconds_visible=4)])
    client = bench.as_actor(CY)
    assert client.get("/quality/").context["views"] == []
    worked_out(client)
    found = client.get("/quality/").context["views"]
    assert [(title, one["unseen"], one["not_assessable"], one["readings"]) for title, one in found] == [
        ("Images", 1, 1, 3), ("Clips", 1, 0, 1)]
    section = text(client).partition('id="views"')[2].partition("</section>")[0]
    assert "never in their reader" in section
    assert not {ADA, BEN} & set(section.replace("<", " ").split())


@pytest.mark.parametrize(("value", "low", "high", "said"), [
    (1.0, 1.0, 1.0, ("1.00", "1.00", "1.00")), (0.997, 0.9912, 0.9995, ("0.997", "0.99", "0.9995")),
    (0.0, 0.0, 0.0, ("0.00", "0.00", "0.00")), (0.004, 0.0002, 0.31, ("0.004", "0.0002", "0.31")),
    (-0.004, -0.125, -0.0, ("−0.004", "−0.13", "0.00")), (0.994, 0.9, 1.0, ("0.99", "0.90", "1.00")),
    (0.125, 0.121, 0.129, ("0.13", "0.12", "0.13")), (-1.0, -1.0, -0.9999, ("−1.00", "−1.00", "−0.99")),
    (1 - 2e-9, 1 - 3e-9, 1 - 1.5e-9, ("0.999999998", "0.99", "0.999999999")),
    (0.1 * 3 + 0.7, 0.5, 1.0, ("1.00", "0.50", "1.00"))])
def test_a_figure_says_one_and_nought_of_nothing_else(
        value: float, low: float, high: float, said: tuple[str, str, str]) -> None:
    """Two places, and more where two would make it perfect, or nothing; the interval is never narrower than it is."""
    from hashgrade.serve.quality.board import Figure

    found = Figure(value, low, high)
    assert (found.said, found.said_low, found.said_high) == said

"""An item's history: everything that happened to it, in words, for those who may see it, and no more than they may."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from hashgrade import grading
from hashgrade.access import Role
from hashgrade.enacting import in_use
from hashgrade.grading import dealing, seeing, sheets
from hashgrade.nouns import Child, Claim, Grade, How, Item, Kind, Resemblance, Settlement, Sighting
from hashgrade.serve import station as serving
from hashgrade.store import events
from tests import cast
from tests.cast import ADA, BEN, CY, Clock, sha
from tests.doors.pages import Workbench, workbench
from tests.hostile.strings import STRINGS
from tests.lawmaking import zz

OLU, LEX, DEE = "olu", "lex", "dee"
A_CHILD: Child = {"age_band": "7-10", "activity": ("posing_nude",), "sex": "girl"}


def said(**facts: Any) -> Grade:
    return cast.grade(A_CHILD, depiction="photographic", indecent="yes", **facts)


@pytest.fixture
def bench(tmp_path: Path, store: Any, clock: Clock, settings: Any) -> Workbench:
    """A workbench with uk-ew in force, three items, the second like the first, and people of several roles."""
    made = workbench(tmp_path, store, clock, settings)
    station = replace(made.station, in_force=in_use(store, ("uk-ew",)))
    serving.join(station)
    made = Workbench(station, clock)
    with store.work(DEE, "a test") as work:
        work.items(cast.item(n) for n in range(1, 4))
        work.sightings([Sighting(sha256=sha(1), url="https://one.example/<b>", seen_at=clock.at, site_type="forum")])
        work.resemblances([Resemblance(sha256=sha(1), other=sha(2), distance_bits=5)])
        work.claims([Claim(list_name="partner", edition="3", sha256=sha(1))])
    for name, *roles in ((ADA, Role.ANALYST), (BEN, Role.SECOND_READER), (CY, Role.ADJUDICATOR), (LEX, Role.LEGAL),
                         (DEE, Role.AUDITOR), (OLU, Role.OPERATOR), ("abe", Role.ADJUDICATOR, Role.ANALYST)):
        made.person(name, *roles)
    return made


def reads(bench: Workbench, reader: str, grade: Grade, seconds: int = 3) -> None:
    """Somebody takes the card, looks at its leader, and reads it."""
    card = grading.take(bench.station.store, reader)
    assert card
    ref = f"{reader}{card.leader[-8:]}x"
    look = seeing.Look(ref=ref, reader=reader, how=How.ITEM, ms=0, items=(card.leader,))
    seeing.see(bench.station.store, look)
    bench.clock.forward(seconds)
    seeing.see(bench.station.store, replace(look, ms=seconds * 1000))
    grading.read(bench.station.store, replace(cast.reading(0, reader, grade), sha256=card.leader, at=bench.clock.at))


def decided(bench: Workbench) -> None:
    """Two readings of the first item differ, and Cy settles."""
    reads(bench, ADA, said())
    grading.give_back(bench.station.store, ADA)
    bench.clock.forward(60)
    reads(bench, BEN, said(origin="unknown"), seconds=65)
    grading.give_back(bench.station.store, BEN)
    bench.clock.forward(60)
    grading.settle(bench.station.store, Settlement(sha256=sha(1), by=CY, at=bench.clock.at, grade=said(),
                                                 extra={"why": "the room is <b>the same</b>"}))


def text(client: Client, where: str = f"/items/{sha(1)}/", status: int = 200) -> str:
    answer = client.get(where)
    assert answer.status_code == status, answer.content
    return " ".join(answer.content.decode().split())


def test_everything_that_happened_is_there_with_names(bench: Workbench) -> None:
    """Who saw it for how long, what each answered, where it was seen, which list claims it, what it is like."""
    decided(bench)
    page = text(bench.as_actor(CY))
    for one in ("decided: settled", "3.0 s, by itself", "65.0 s, by itself", f">{ADA}<", f">{BEN}<",
                "Claimed by list partner, edition 3, by its SHA-256", "5 bits from item", "https://one.example/&lt;b&gt;",
                "a site of the type forum", "differs", "not answered", "sex Girl", "A grade of record",
                "Because: the room is &lt;b&gt;the same&lt;/b&gt;"):
        assert one in page, one
    assert page.index("Settled") < page.rindex("Sighted")


def test_names_are_numbers_for_whoever_may_not_see_them(bench: Workbench) -> None:
    """Counsel reads of Reader 1, 2 and 3, in the page and in the file; the auditor reads names."""
    decided(bench)
    bench.clock.forward(1)
    counsel = bench.as_actor(LEX)
    for told in (text(counsel), counsel.get(f"/items/{sha(1)}/events.csv").content.decode()):
        assert "Reader 1" in told
        assert "Reader 3" in told
        assert not any(f"{name}," in told or f">{name}<" in told for name in (ADA, BEN, CY))
    assert f">{ADA}<" in text(bench.as_actor(DEE))


def test_nobody_is_named_before_it_is_decided(bench: Workbench) -> None:
    """A settlement is made without knowing whose reading is whose."""
    reads(bench, ADA, said())
    page = text(bench.as_actor(CY))
    assert "Reader 1" in page
    assert f">{ADA}<" not in page
    assert "Names stand here once the item is decided" in page


def test_who_may_yet_read_it_is_not_told_what_others_say(bench: Workbench) -> None:
    """An adjudicator who reads too sees that it was read, and no answer, until it is decided; nor in the file."""
    reads(bench, ADA, said())
    client = bench.as_actor("abe")
    for told in (text(client), client.get(f"/items/{sha(1)}/events.csv").content.decode()):
        assert "girl" not in told.lower()
        assert "photographic" not in told.lower()
    assert "Not before it is decided" in text(client)
    assert "sex Girl" in text(bench.as_actor(CY))
    grading.give_back(bench.station.store, ADA)
    reads(bench, BEN, said())
    assert "sex Girl" in text(client)


def test_who_holds_an_item_to_read_is_told_nothing_of_it(bench: Workbench) -> None:
    """It may be one that was settled before: SRV-38 for whoever holds it, and open to others."""
    with bench.station.store.work(CY, "a test") as work:
        work.settlements([Settlement(sha256=sha(3), by=CY, at=bench.clock.at, grade=said())])
    bench.clock.forward(1)
    with bench.station.store.work("abe", "take a card") as work:
        work.lease([sha(3)], "abe", gold=True)
    client = bench.as_actor("abe")
    assert "SRV-38" in text(client, f"/items/{sha(3)}/", 403)
    assert "SRV-38" in text(client, f"/items/{sha(3)}/events.csv", 403)
    assert "decided: settled" in text(bench.as_actor(LEX), f"/items/{sha(3)}/")


def test_who_may_not_see_histories_is_refused(bench: Workbench) -> None:
    """Readers and operators: neither page nor file."""
    for client in map(bench.as_actor, (ADA, BEN, OLU)):
        assert "ACC-02" in text(client, status=403)
        assert "ACC-02" in text(client, f"/items/{sha(1)}/events.csv", 403)


def test_what_is_not_on_file_has_no_history(bench: Workbench) -> None:
    """A forged or unknown name leads nowhere."""
    client = bench.as_actor(CY)
    for name in (sha(9), "x", "A" * 64, "0" * 63, "%3Cscript%3E", "a" * 3000):
        assert text(client, f"/items/{name}/", 404)


def test_a_forged_link_is_refused(bench: Workbench) -> None:
    """SRV-37 as a page."""
    client = bench.as_actor(CY)
    for query in ("only=x", "after=1", "after=1.2", "after=-1.0.0", f"after={'9' * 18}.1.1", "after=<b>",
                  "after=1.2.٣"):
        assert "SRV-37" in text(client, f"/items/{sha(1)}/?{query}", 400)


def test_an_inherited_grade_points_at_its_leader(bench: Workbench) -> None:
    """Both ways: the member names its leader, the leader counts who has its grade; what was said on sheets stands."""
    store = bench.station.store
    for reader in (ADA, BEN):
        reads(bench, reader, said())
        sheets.confirm(store, sha(1), reader, like=[sha(2)], unlike=[])
    page = text(bench.as_actor(CY), f"/items/{sha(2)}/")
    assert f'href="/items/{sha(1)}/"' in page
    assert "Like 000000000000" in page
    assert "has the grade of the item that it was confirmed to be like" in page
    assert "Items that have its grade</dt><dd>1<" in text(bench.as_actor(CY))


def test_what_was_laid_aside_and_dealt_again_stands(bench: Workbench) -> None:
    """By whom, why, and to whom it went."""
    grading.take(bench.station.store, ADA)
    dealing.skip(bench.station.store, ADA, "other", "in <i>words</i>")
    bench.clock.forward(1)
    dealing.deal(bench.station.store, sha(1), ADA, CY, "rested")
    page = text(bench.as_actor(CY), f"/items/{sha(1)}/?only=aside")
    assert "Another reason: in &lt;i&gt;words&lt;/i&gt;" in page
    assert "To Reader 1, because: rested" in page


def test_todays_verdict_stands_beside_that_of_then(bench: Workbench) -> None:
    """Where a new text in force makes something else of the grade, both stand there, and that they differ."""
    store = bench.station.store
    with store.work(DEE, "a test") as work:
        work.begin([zz(under=14)], DEE)
    decided(bench)
    client = bench.as_actor(CY)
    assert "Another:" not in text(client)
    bench.clock.forward(60)
    with store.work("lex", "an amendment") as work:
        work.propose(zz("2", under=5), "lex", "an amendment")
    with store.work("max", "an amendment") as work:
        work.approve(zz("2", under=5), "max", "an amendment")
    ruled = {one.pack: one for one in client.get(f"/items/{sha(1)}/").context["rulings"]}
    assert ruled["zz"].differs
    assert (ruled["zz"].then.version, ruled["zz"].now.version) == ("1", "2")
    assert not ruled["uk-ew"].differs
    assert text(client).count("Another:") == 1


def test_hostile_strings_are_only_text(bench: Workbench) -> None:
    """500 strings as the addresses of sightings and the reports that led there: every page of them escaped."""
    with bench.station.store.work(DEE, "a test") as work:
        work.sightings([Sighting(sha256=sha(3), url=f"x://{one}", seen_at=bench.clock.at + timedelta(seconds=n),
                                 site_type=one[:90]) for n, one in enumerate(STRINGS)])
    client, where, pages = bench.as_actor(CY), f"/items/{sha(3)}/", 0
    while where:
        answer = client.get(where)
        assert b"<img src=x" not in answer.content
        assert b"<svg" not in answer.content
        following = answer.context["next"]
        where, pages = (f"/items/{sha(3)}/?{following}", pages + 1) if following else ("", pages + 1)
    assert pages == 10
    rows = list(csv.DictReader(StringIO(client.get(f"/items/{sha(3)}/events.csv").content.decode())))
    assert len(rows) == 500


# -- pages of events ----------------------------------------------------------------------------------------------


def busy(bench: Workbench, count: int) -> None:
    """Sightings and skips, many of them at the same moment."""
    with bench.station.store.work(DEE, "a test") as work:
        work.sightings(Sighting(sha256=sha(3), url=f"https://one.example/{n}", seen_at=cast.later(n // 7))
                       for n in range(count))


def walked(sha256: str, size: int) -> list[events.Event]:
    found, after = events.page(sha256, None, size)
    while after is not None:
        more, after = events.page(sha256, after, size)
        found += more
    return found


def test_pages_miss_no_event_and_repeat_none(bench: Workbench) -> None:
    """However many stand on a page, and whatever was at the same moment: the same events in the same order."""
    busy(bench, 40)
    decided(bench)
    for item in (sha(1), sha(3)):
        whole, after = events.page(item, None, 10_000)
        assert after is None
        for size in (1, 3, 50):
            assert [one.place for one in walked(item, size)] == [one.place for one in whole]
        assert [one.at for one in whole] == sorted((one.at for one in whole), reverse=True)


def test_a_thousand_events_take_no_more_questions_than_ten(bench: Workbench) -> None:
    """A page in the middle asks the records as often as that of a quiet item."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, asked = bench.as_actor(CY), []
    for count in (10, 1_000):
        busy(bench, count)
        middle = f"?after={events.page(sha(3), None, count // 2)[1] and '1767225600000000.9.1'}"
        with CaptureQueriesContext(connection) as held:
            answer = client.get(f"/items/{sha(3)}/{middle}")
        assert answer.status_code == 200
        asked.append(len(held))
    assert asked[0] == asked[1]


# -- looking at what is decided -----------------------------------------------------------------------------------


def a_picture() -> bytes:
    from tests.doors.test_grading import png

    return png(90)


def revealable(bench: Workbench) -> str:
    """A decided picture in the vault."""
    from hashlib import sha256

    from hashgrade.app import decoders

    data, store = a_picture(), bench.station.store
    name = sha256(data).hexdigest()
    serving.join(replace(bench.station, decoders=decoders(bench.station.settings)))
    bench.station.vault.put(name, io.BytesIO(data))
    with store.work(DEE, "a test") as work:
        work.items([Item(sha256=name, first_seen=cast.later(0), kind=Kind.IMAGE, width=80, height=60)])
        work.readings([replace(cast.reading(0, one, said()), sha256=name) for one in (ADA, BEN)])
    return name


def looked(client: Client, name: str, where: str = "/media/decided/", **more: str) -> Any:
    return client.post(where, {"sha256": name, "ref": "r" * 12, "how": "decided", "ms": "0", **more})


def test_what_is_decided_is_shown_for_a_reason_and_goes_on_record(bench: Workbench) -> None:
    """No reason, no picture; with one, a picture, and its history says who looked, how long and why."""
    name = revealable(bench)
    client = bench.as_actor(LEX)
    assert "quality-reveal.js" in text(client, f"/items/{name}/")
    assert looked(client, name).status_code == 403
    assert looked(client, name, why="asked by a court")["Content-Type"] == "image/jpeg"
    bench.clock.forward(4)
    told = looked(client, name, "/media/told/", why="asked by a court", ms="4000")
    assert json.loads(told.content)["shows"]
    page = text(bench.as_actor(DEE), f"/items/{name}/")
    assert "4.0 s, though it was decided, because: asked by a court" in page
    assert f">{LEX}<" in page


def test_who_may_not_reveal_is_offered_nothing(bench: Workbench) -> None:
    """An auditor sees no viewer, and gets no picture; nobody does of what is not decided."""
    name = revealable(bench)
    auditor = bench.as_actor(DEE)
    assert "viewer" not in text(auditor, f"/items/{name}/")
    assert looked(auditor, name, why="asked").status_code == 403
    assert "viewer" not in text(bench.as_actor(CY), f"/items/{sha(3)}/")
    assert looked(bench.as_actor(CY), sha(3), why="asked").status_code == 403


def test_bytes_that_are_not_there_are_said_so(bench: Workbench) -> None:
    """A decided item whose medium is not in the vault has no viewer."""
    decided(bench)
    page = text(bench.as_actor(CY))
    assert "not in the vault" in page
    assert "Hold to show" not in page


def test_a_reading_saved_by_somebody_who_never_looked_says_so(bench: Workbench) -> None:
    """In words beside the reading, among the events and in the file; of others nothing is said."""
    grading.take(bench.station.store, ADA)
    with bench.station.store.work("dee", "a test") as work:
        work.readings([replace(cast.reading(3, who, said(), n), at=bench.clock.at, seconds_visible=seconds)
                       for n, (who, seconds) in enumerate(((ADA, 0), (BEN, 3)))])
    page = bench.as_actor(DEE).get(f"/items/{sha(3)}/")
    assert page.context["answers"]["unseen"] == [ADA]
    told = {one.by: one.what for one in page.context["events"] if one.title == "Read"}
    assert told == {ADA: "Never in view", BEN: ""}
    assert "Never in view" in text(bench.as_actor(DEE), f"/items/{sha(3)}/events.csv")

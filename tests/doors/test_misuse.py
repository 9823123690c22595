"""What somebody with an account and a proxy may try: what is shown, counted and kept is the server's to say."""

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hashgrade.access import Role
from hashgrade.nouns import Claim, Grade, Reading
from tests.doors.pages import Workbench
from tests.doors.test_grading import bench, graded, look, shown, taken, taken_in

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

"""Segments on the grading page: marked, labelled, taken back, saved with the reading; whatever cannot be is refused."""

from typing import Any

import pytest
from django.test import Client

from hashgrade.law.vocabulary import vocabulary
from hashgrade.nouns import Clip, FrameCode, Kind, Pdq, Segment
from tests.cast import item, sha
from tests.doors.pages import Workbench
from tests.doors.test_grading import bench, shown, taken

__all__ = ["bench"]

ONE = "500-1200"
SAID = {"depiction": "photographic", "child_count": "1", "capture": "still", "indecent": "yes"}
ROW = {"sex": "girl", "age_band": "7-10", "activity": "witness", "role": "present_only"}


@pytest.fixture
def ada(bench: Workbench) -> Client:
    """Ada's browser, in which the first of two clips of the same length is in hand."""
    frames = tuple(FrameCode(at_ms, Pdq(bytes(32), 100)) for at_ms in range(0, 3000, 250))
    with bench.station.store.work("dee", "a test") as work:
        work.items([item(1, kind=Kind.VIDEO), item(2, kind=Kind.VIDEO), item(3, kind=Kind.IMAGE)])
        work.clips([Clip(sha256=sha(n), frames=frames) for n in (1, 2)])
    return taken(bench)


def mark(ada: Client, number: int = 1, **said: Any) -> Any:
    """One act on the segments of a clip."""
    return shown(ada, "/grading/answer/", sha256=sha(number), act="segment", **said)


def span(ada: Client, begins: str = "0.5", ends: str = "1.2") -> Any:
    """Mark a segment."""
    mark(ada, does="begins", at=begins)
    return mark(ada, does="ends", at=ends)


def graded(ada: Client, number: int = 1) -> Any:
    """Answer all that is asked of the clip as a whole."""
    found = shown(ada)
    while found["questions"]:
        at = found["questions"][0]["at"]
        name = at.rpartition(".")[2]
        value = SAID.get(name) or ROW.get(name) or found["questions"][0]["answers"][0][1]
        found = shown(ada, "/grading/answer/", sha256=sha(number), act="answer", at=at, answer=value)
    return found


def save(ada: Client, found: Any, number: int = 1) -> Any:
    """Save what is on the screen."""
    return shown(ada, "/grading/commit/", sha256=sha(number), version=found["draft"].version)


def test_a_segment_is_marked_labelled_and_saved_with_the_reading(ada: Client) -> None:
    """It begins, ends, and its question comes first; Enter's form files it."""
    from hashgrade.store import queries

    assert mark(ada, does="begins", at="0.5")["begun"] == "0.5 s"
    found = mark(ada, does="ends", at="1.2")
    assert [one["name"] for one in found["segments_asked"]] == [ONE]
    found = mark(ada, does="labels", segment=ONE, answer=["witness"])
    assert found["segments"][0]["against"]
    found = graded(ada)
    assert not found["segments"][0]["against"]
    save(ada, found)
    (read,) = queries.readings_of(sha(1))
    assert read.segments == (Segment(from_ms=500, to_ms=1200, activity=("witness",)),)


def test_nothing_half_marked_is_saved(ada: Client) -> None:
    """SRV-10: a segment that lacks its labels is an open question; one that has not ended is said."""
    from hashgrade.store import queries

    graded(ada)
    assert "SRV-10" in save(ada, span(ada))["said"]
    mark(ada, does="labels", segment=ONE, answer=["none"])
    assert "has begun" in save(ada, mark(ada, does="begins", at="2"))["said"]
    save(ada, mark(ada, does="away"))
    assert len(queries.readings_of(sha(1))[0].segments) == 1


def test_a_label_of_no_child_is_said_and_not_saved(ada: Client) -> None:
    """GRD-19, with the segment; what was answered stays."""
    from hashgrade.store import queries

    graded(ada)
    span(ada)
    found = mark(ada, does="labels", segment=ONE, answer=["oral"])
    assert "Segment 1 says oral" in save(ada, found)["said"]
    assert queries.readings_of(sha(1)) == []
    assert shown(ada)["segments"][0]["labels"] == vocabulary().facts["activity"].values["oral"]


def test_undo_and_redo_know_segments(ada: Client) -> None:
    """Each act on them is a step like any other, on a page loaded anew too."""
    span(ada)
    mark(ada, does="labels", segment=ONE, answer=["none"])
    undo = [shown(ada, "/grading/answer/", sha256=sha(1), act="undo") for _ in range(3)]
    assert [(len(one["segments"]), len(one["segments_asked"]), one["begun"]) for one in undo] == [
        (1, 1, None), (0, 0, "0.5 s"), (0, 0, None)]
    for _ in range(3):
        found = shown(ada, "/grading/answer/", sha256=sha(1), act="redo")
    assert found["segments"][0]["labels"] == vocabulary().facts["activity"].values["none"]
    assert shown(ada)["segments"] == found["segments"]


def test_same_as_before_marks_a_clip_of_the_same_length_alike(ada: Client) -> None:
    """With the answers come the segments, where there are none yet; and they are saved."""
    from hashgrade.store import queries

    span(ada)
    mark(ada, does="labels", segment=ONE, answer=["witness"])
    save(ada, graded(ada))
    found = shown(ada, "/grading/answer/", sha256=sha(2), act="same")
    assert [one["name"] for one in found["segments"]] == [ONE]
    save(ada, graded(ada, 2), 2)
    assert queries.readings_of(sha(2))[0].segments == queries.readings_of(sha(1))[0].segments


def test_a_correction_of_segments_alone_is_a_correction(ada: Client, bench: Workbench) -> None:
    """The grade stays, the reading is superseded."""
    from hashgrade.store import queries

    save(ada, graded(ada))
    first = queries.readings_of(sha(1))[0]
    bench.clock.forward(5)
    shown(ada, "/grading/again/", sha256=sha(1))
    span(ada)
    save(ada, mark(ada, does="labels", segment=ONE, answer=["none"]))
    (read,) = queries.readings_of(sha(1))
    assert (read.supersedes, len(read.segments), read.grade) == (first.at, 1, first.grade)


def test_a_segment_is_of_a_child_if_somebody_says_so(ada: Client) -> None:
    """By its row; and of any again."""
    span(ada)
    assert mark(ada, does="child", segment=ONE, child="0")["segments"][0]["name"] == f"{ONE}-0"
    assert mark(ada, does="child", segment=f"{ONE}-0", child="")["segments"][0]["name"] == ONE


def test_the_same_act_twice_marks_once(ada: Client) -> None:
    """What is sent again over a bad line, by the name that the page gave it, changes nothing."""
    mark(ada, does="begins", at="0.5", name="a1")
    first = mark(ada, does="ends", at="1.2", name="a2")
    assert mark(ada, does="ends", at="1.2", name="a2")["draft"].version == first["draft"].version


def test_a_still_has_no_segments(bench: Workbench) -> None:
    """GRD-18, whatever a form sends."""
    with bench.station.store.work("dee", "a test") as work:
        work.items([item(3)])
    assert "GRD-18" in mark(taken(bench), 3, does="begins", at="0")["said"]


def test_somebody_elses_clip_is_not_marked(ada: Client, bench: Workbench) -> None:
    """GRD-03."""
    from hashgrade.access import Role

    bench.person("ben", Role.ANALYST)
    assert "GRD-03" in mark(bench.as_actor("ben"), does="begins", at="0")["said"]

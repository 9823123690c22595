"""Acts on the segments of a clip, without a page: times as people type them, and what cannot be."""

from typing import Any

import pytest

from hashgrade.errors import InputError
from hashgrade.law.segments import SEGMENTS_MAX
from hashgrade.serve.grading.marking import NO_MARKS, Marks, as_body, from_body, marked, ms_of, time_of


@pytest.mark.parametrize(("said", "ms"), [
    ("12.5", 12_500), ("0", 0), (" 1,25 ", 1_250), ("0.001", 1), ("1:02.25", 62_250), ("1:00:00", 3_600_000)])
def test_a_time_is_read_as_people_type_it(said: str, ms: int) -> None:
    """Seconds, minutes, hours, with a point or a comma."""
    assert ms_of(said) == ms


def test_a_time_is_told_as_exactly_as_it_is() -> None:
    """And read again as the same."""
    assert [time_of(ms) for ms in (0, 500, 1_250, 62_001)] == ["0 s", "0.5 s", "1.25 s", "62.001 s"]


def test_what_is_marked_is_kept_as_it_is() -> None:
    """In a draft, with what has begun; nothing is kept of nothing."""
    marks = marked(marked(NO_MARKS, {"does": "begins", "at": "1"}, None), {"does": "ends", "at": "2"}, None)
    marks = marked(marks, {"does": "begins", "at": "3"}, None)
    assert from_body(as_body(marks)) == marks
    assert (as_body(NO_MARKS), from_body({})) == ({}, NO_MARKS)


def test_a_clip_has_so_many_segments_and_no_more() -> None:
    """GRD-18."""
    marks = NO_MARKS
    for n in range(SEGMENTS_MAX):
        marks = marked(Marks(marks.segments, n), {"does": "ends", "at": str(n + 1)}, None)
    with pytest.raises(InputError, match="at most"):
        marked(Marks(marks.segments, 0), {"does": "ends", "at": "999"}, None)


@pytest.mark.parametrize(("acts", "code"), [
    ([{"does": "ends", "at": "1"}], "GRD-18"),
    ([{"does": "begins", "at": "x"}], "GRD-18"),
    ([{"does": "begins", "at": ""}], "GRD-18"),
    ([{"does": "begins", "at": "-1"}], "GRD-18"),
    ([{"does": "begins", "at": "3.001"}], "GRD-18"),
    ([{"does": "begins", "at": "99:59:59"}], "GRD-18"),
    ([{"does": "begins", "at": "1"}, {"does": "ends", "at": "1"}], "GRD-18"),
    ([{"does": "begins", "at": "1"}, {"does": "ends", "at": "3.5"}], "GRD-18"),
    ([{"does": "begins", "at": "1"}, {"does": "ends", "at": "2"}] * 2, "GRD-18"),
    ([{"does": "labels", "segment": "1-2", "answer": ["none"]}], "SRV-13"),
    ([{"does": "away", "segment": "1-2"}], "SRV-13"),
    ([{"does": "dance"}], "SRV-13"),
    ([{}], "SRV-13"),
    ([{"does": "begins", "at": "1"}, {"does": "ends", "at": "2"},
      {"does": "labels", "segment": "1000-2000", "answer": ["<b>"]}], "GRA-03"),
    ([{"does": "begins", "at": "1"}, {"does": "ends", "at": "2"},
      {"does": "labels", "segment": "1000-2000"}], "GRA-03"),
    ([{"does": "begins", "at": "1"}, {"does": "ends", "at": "2"},
      {"does": "child", "segment": "1000-2000", "child": "-1"}], "SRV-13"),
])
def test_what_cannot_be_marked_is_refused(acts: list[dict[str, Any]], code: str) -> None:
    """Times that are none, or after the clip, or twice; segments that are gone; labels that are none."""
    marks = NO_MARKS
    for one in acts[:-1]:
        marks = marked(marks, one, 3000)
    with pytest.raises(InputError, match=code):
        marked(marks, acts[-1], 3000)

"""Segments of a clip: what may stand in a reading, and what is said of whatever may not."""

from typing import Any

import pytest

from hashgrade.errors import InputError
from hashgrade.exchange import lines
from hashgrade.law.segments import as_trees, from_trees, segments_of, unsaid
from hashgrade.nouns import Grade, Reading, Segment
from hashgrade.store.onfile import content
from tests.cast import grade, reading

SAID = grade({"activity": ("posing_nude", "nudity_only")}, {"activity": ("witness",)})


def tree(from_ms: Any = 0, to_ms: Any = 500, *labels: Any, **more: Any) -> dict[str, Any]:
    """A segment as a line has it."""
    return {"from_ms": from_ms, "to_ms": to_ms, "activity": list(labels) or ["witness"], **more}


def test_segments_come_in_the_order_of_time_and_labels_in_that_of_the_vocabulary() -> None:
    """However they are written."""
    found = segments_of([tree(900, 1000), tree(0, 500, "nudity_only", "posing_nude", child=0)], SAID)
    assert found == (Segment(from_ms=0, to_ms=500, activity=("posing_nude", "nudity_only"), child=0),
                     Segment(from_ms=900, to_ms=1000, activity=("witness",)))
    assert from_trees(as_trees(found)) == found


@pytest.mark.parametrize(("given", "code"), [
    ({"from_ms": 0}, "GRD-18"),
    ([0], "GRD-18"),
    ([{**tree(), "note": "x"}], "GRD-18"),
    ([tree(500, 500)], "GRD-18"),
    ([tree(-1, 500)], "GRD-18"),
    ([tree(0.5, 500)], "GRD-18"),
    ([tree(True, 500)], "GRD-18"),
    ([tree("0", 500)], "GRD-18"),
    ([tree(0, 2**31)], "GRD-18"),
    ([tree(child="0")], "GRD-18"),
    ([tree(child=-1)], "GRD-18"),
    ([tree(), tree()], "GRD-18"),
    ([tree(n, n + 1) for n in range(201)], "GRD-18"),
    ([{"from_ms": 0, "to_ms": 1}], "GRA-03"),
    ([tree(0, 1, "dancing")], "GRA-03"),
    ([tree(0, 1, "none", "witness")], "GRA-04"),
    ([tree(0, 1, "oral")], "GRD-19"),
    ([tree(0, 1, "witness", child=0)], "GRD-19"),
    ([tree(0, 1, "witness", child=2)], "GRD-19"),
])
def test_what_is_no_segment_is_refused(given: Any, code: str) -> None:
    """Each with its code."""
    with pytest.raises(InputError) as refused:
        segments_of(given, SAID)
    assert refused.value.code == code


@pytest.mark.parametrize("label", ["none", "cannot_determine"])
def test_nothing_may_be_seen_in_a_part(label: str) -> None:
    """Of a clip of which the whole has labels."""
    assert segments_of([tree(0, 1, label)], SAID)[0].activity == (label,)


def test_what_no_child_has_is_named() -> None:
    """With the segment and the child, from 1, as people count."""
    said = unsaid([Segment(from_ms=0, to_ms=1, activity=("oral",), child=1)], SAID)
    assert said == [(0, "segment 1 says oral, which is not said of child 2")]


def test_a_reading_is_written_and_read_with_its_segments() -> None:
    """As one key of its line, which is not there without any; and its contents are told apart."""
    plain = reading(1, "ada", SAID)
    marked = reading(1, "ada", SAID, segments=segments_of([tree(0, 500, child=1)], SAID))
    assert lines.parsed(lines.written(marked)) == marked
    assert b"segments" not in lines.written(plain)
    assert content(plain) != content(marked)


def test_the_contents_of_a_reading_without_segments_are_what_they_were() -> None:
    """So that digests of before stay true."""
    said = content(Reading(sha256="0" * 64, reader="ada", at=reading(1, "ada", SAID).at, grade=Grade()))
    assert said.startswith(b'["Reading"')
    assert said.endswith(b',null,null,{}]')


def test_a_line_with_a_bad_segment_says_which() -> None:
    """The error has the file, the line and the place in it."""
    marked = reading(1, "ada", SAID, segments=segments_of([tree()], SAID))
    line = lines.written(marked).replace(b'"witness"]}]}', b'"oral"]}]}')
    with pytest.raises(InputError) as refused:
        lines.parsed(line, "a.jsonl:7")
    assert (refused.value.code, refused.value.where) == ("GRD-19", "a.jsonl:7: segments[0]")

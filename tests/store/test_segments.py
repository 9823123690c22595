"""Segments on file: of clips alone, within them, with their reading, and kept with it."""

import pytest

from hashgrade.errors import InputError
from hashgrade.nouns import Clip, FrameCode, Kind, Pdq, Segment
from hashgrade.store import ledger, queries
from hashgrade.store.segments import length_ms
from hashgrade.store.work import Store
from tests.cast import ADA, grade, item, later, reading, sha

SAID = grade({"activity": ("witness",)})


def frames(*times_ms: int) -> Clip:
    """A clip of which these frames were hashed."""
    return Clip(sha256=sha(1), frames=tuple(FrameCode(one, Pdq(bytes(32), 100)) for one in times_ms))


def part(from_ms: int = 0, to_ms: int = 500) -> Segment:
    """A segment with a label of the child's."""
    return Segment(from_ms=from_ms, to_ms=to_ms, activity=("witness",))


def write(store: Store, *segments: Segment, kind: Kind = Kind.VIDEO) -> None:
    """File a reading with these segments, of an item with frames up to 750 ms."""
    with store.work(ADA, "a test") as work:
        work.items([item(1, kind=kind)])
        work.clips([frames(0, 250, 750)])
        work.readings([reading(1, ADA, SAID, segments=segments)])


def test_segments_come_back_with_their_reading(store: Store) -> None:
    """With the current ones, and in the item's history with those that were corrected."""
    write(store, part())
    with store.work(ADA, "a correction") as work:
        work.readings([reading(1, ADA, SAID, 1, supersedes=later(0))])
    history = ledger.history(sha(1))
    assert history is not None
    assert [one.segments for one in queries.readings_of(sha(1))] == [()]
    assert [one.segments for one in history.readings] == [(part(),), ()]


def test_other_segments_are_another_reading(store: Store) -> None:
    """STO-06: the same grade with other segments is not the same content."""
    write(store, part())
    with pytest.raises(InputError, match="STO-06"), store.work(ADA, "a test") as work:
        work.readings([reading(1, ADA, SAID, segments=(part(0, 400),))])


@pytest.mark.parametrize(("segment", "kind"), [(part(), Kind.IMAGE), (part(), Kind.OTHER), (part(0, 1251), Kind.VIDEO)])
def test_segments_are_of_clips_and_within_them(store: Store, segment: Segment, kind: Kind) -> None:
    """GRD-18: a still has none, and none ends after its clip."""
    with pytest.raises(InputError, match="GRD-18"):
        write(store, segment, kind=kind)


def test_a_clip_is_as_long_as_its_frames_tell() -> None:
    """One frame more than the last that was hashed, at the most; unknown without frames."""
    assert length_ms(frames(0, 250, 750)) == 1250
    assert length_ms(frames(0)) == 1000
    assert (length_ms(frames()), length_ms(None)) == (None, None)

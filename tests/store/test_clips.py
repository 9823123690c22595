"""Clips on file: frames come back as they went in, once an item, in the order an index follows."""

import pytest

from hashgrade.errors import InputError
from hashgrade.nouns import Clip, FrameCode, Pdq
from hashgrade.store import queries
from hashgrade.store.work import Store
from tests.cast import ADA, item, sha

FRAMES = tuple(FrameCode(at_ms, Pdq(bytes([at_ms % 251]) * 32, at_ms % 101)) for at_ms in (0, 999, 2**31))


def write(store: Store, *clips: Clip) -> int:
    with store.work(ADA, "intake") as work:
        work.items([item(1), item(2)])
        return work.clips(clips)


def test_frames_come_back_as_they_went_in(store: Store) -> None:
    """Times, qualities and codes, in order; an item without frames has none."""
    write(store, Clip(sha256=sha(1), frames=FRAMES))
    assert queries.clips_of([sha(1), sha(2)]) == {sha(1): Clip(sha256=sha(1), frames=FRAMES)}


def test_codes_that_end_in_zero_bytes_are_kept_whole(store: Store) -> None:
    """A code is 32 bytes, whatever they are."""
    frames = (FrameCode(0, Pdq(bytes(32), 100)), FrameCode(1, Pdq(b"\x01" + bytes(31), 100)))
    write(store, Clip(sha256=sha(1), frames=frames))
    assert queries.clips_of([sha(1)])[sha(1)].frames == frames


def test_an_item_keeps_the_frames_it_has(store: Store) -> None:
    """The same again changes nothing, nor does a look at another rate."""
    assert write(store, Clip(sha256=sha(1), frames=FRAMES)) == 1
    assert write(store, Clip(sha256=sha(1), frames=FRAMES[:1])) == 0
    assert queries.clips_of([sha(1)])[sha(1)].frames == FRAMES


def test_an_index_follows_by_number(store: Store) -> None:
    """What was filed after a number is given, and only that."""
    write(store, Clip(sha256=sha(2), frames=FRAMES))
    [(first, one)] = queries.clips()
    write(store, Clip(sha256=sha(1), frames=FRAMES[:2]))
    [(_, other)] = queries.clips(after=first)
    assert (one.sha256, one.frames, other.sha256) == (sha(2), FRAMES, sha(1))


def test_frames_of_an_item_that_is_not_on_file_are_refused(store: Store) -> None:
    """STO-14: frames are of an item."""
    with pytest.raises(InputError, match="not on file"):
        write(store, Clip(sha256=sha(3), frames=FRAMES))

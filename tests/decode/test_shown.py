"""Frames keep to time whatever they say, come at the rate asked for, and fill a sheet evenly."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.decode.shown import GAP_MS_MAX, Clock, Due, Sheet, Shown

TOLD = st.one_of(
    st.none(), st.integers(-10**15, 10**15), st.integers(-3000, 3000), st.sampled_from([0, 2**63, -2**63, GAP_MS_MAX]))


def shown(at_ms: int) -> Shown:
    """A frame that is all its own time, in 256ths."""
    picture = np.full((2, 3, 3), at_ms % 256, np.uint8)
    return Shown(at_ms, True, 3, 2, lambda: picture, lambda width, height: picture)


def taken_naively(times: Sequence[int], every_ms: int) -> list[int]:
    """For each multiple of the rate, the first frame at or after it; each frame once."""
    multiples = range(0, times[-1] + 1, every_ms) if times else ()
    return sorted({min(at for at in times if at >= multiple) for multiple in multiples})


@given(st.lists(TOLD, max_size=60), st.sampled_from([1.0, 33.3, 40.0, 1000.0]))
def test_times_begin_at_zero_and_grow(told: list[int | None], step_ms: float) -> None:
    """Whatever the frames say, the first is at 0 and each is later than the one before, by a day at most."""
    clock = Clock(step_ms)
    times = [clock.at(one) for one in told]
    assert times[:1] in ([], [0])
    assert all(0 < later - earlier <= GAP_MS_MAX + 1 for earlier, later in pairwise(times))
    assert clock.end_ms() >= max(times, default=0)


@given(st.lists(st.integers(1, 5000), max_size=30), st.integers(-10**9, 10**9))
def test_honest_times_are_kept(gaps: list[int], start: int) -> None:
    """A clip whose times only grow has its times, counted from the first."""
    told = [start, *(start + sum(gaps[:number + 1]) for number in range(len(gaps)))]
    clock = Clock(40)
    assert [clock.at(one) for one in told] == [one - start for one in told]


def test_without_times_frames_follow_at_the_rate() -> None:
    """Thirty frames a second that tell no time take a second."""
    clock = Clock(1000 / 30)
    assert [clock.at(None) for _ in range(31)][::10] == [0, 333, 666, 1000]


def test_one_wrong_time_moves_what_follows_by_one_step() -> None:
    """After a time that cannot be, later frames keep their distances."""
    clock = Clock(40)
    assert [clock.at(told) for told in (0, 40, 10**15, 120, 160)] == [0, 40, 80, 120, 160]


@given(st.lists(st.integers(0, 4000), unique=True, max_size=40).map(sorted), st.integers(1, 1500))
def test_the_first_frame_after_each_multiple_is_taken(times: list[int], every_ms: int) -> None:
    """Of frames in order, those are taken that the plain rule names."""
    due = Due(every_ms)
    assert [at for at in times if due.takes(at)] == taken_naively(times, every_ms)


@given(st.lists(st.integers(0, 10**6), unique=True, max_size=300).map(sorted), st.integers(0, 7))
def test_a_sheet_has_what_was_wanted_or_all_there_is(times: list[int], count: int) -> None:
    """A sheet holds as many frames as were wanted, where there are twice as many; never more, and in order."""
    sheet = Sheet(count, (3, 2))
    for at in times:
        sheet.offer(shown(at))
        assert len(sheet.held) <= 4 * count
    pictures = sheet.pictures()
    assert len(pictures) <= count
    if len(times) <= 4 * count:
        assert len(pictures) == min(count, len(times))
    assert [at for at, _ in sheet.held] == sorted(at for at, _ in sheet.held)


@given(st.integers(20, 2000), st.integers(2, 9), st.integers(1, 500))
def test_a_sheet_is_spread_evenly(frames: int, count: int, apart_ms: int) -> None:
    """Of frames at one rate, neighbours on the sheet are between a third and three times an even share apart."""
    sheet = Sheet(count, (3, 2))
    for number in range(frames):
        sheet.offer(shown(number * apart_ms))
    chosen = [sheet.held[place * len(sheet.held) // count][0] for place in range(count)]
    share = frames * apart_ms / count
    assert all(share / 3 <= later - earlier <= share * 3 for earlier, later in pairwise(chosen))


def test_frames_at_one_time_do_not_fill_memory() -> None:
    """Frames that all claim one time are thinned like others."""
    sheet = Sheet(2, (3, 2))
    for _ in range(100):
        sheet.offer(shown(0))
    assert len(sheet.held) <= 8

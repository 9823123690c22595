"""Matching clips: what of one is in the other, in which order, and from when to when."""

import doctest
from collections.abc import Sequence
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashgrade.errors import InputError
from hashgrade.fingerprints import frame_kernels, frames
from hashgrade.fingerprints.frames import Alignment, FrameHits, Match, align, align_hits, matches, usable
from hashgrade.nouns import FrameCode, Pdq
from tests import synth
from tests.naive import frames as naive
from tests.pure.fingerprints.film import Camera, film, retimed, sampled

FILM = film(1, 300)
WHOLE = sampled(FILM, Camera())
STARTS = st.integers(0, 200_000)
FEW = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=25, unique=True).map(sorted)


def code(seed: int, *turned_bits: int) -> bytes:
    """One of a few far codes, with these bits turned over."""
    start = int.from_bytes(bytes(synth.numbers(32, "frame", seed).astype(np.uint8)))
    return (start ^ sum(1 << bit for bit in set(turned_bits))).to_bytes(32)


def shown(codes: Sequence[bytes], quality: int = 100, every_ms: int = 1000) -> list[FrameCode]:
    return [FrameCode(number * every_ms, Pdq(one, quality)) for number, one in enumerate(codes)]


def words(codes: Sequence[bytes]) -> frames.Words:
    return np.frombuffer(b"".join(codes), np.uint64).reshape(-1, 4)


def whole(numbers: Sequence[int]) -> frames.Whole:
    return np.array(numbers, np.int64)


CODES = st.lists(st.builds(code, st.integers(0, 2), st.integers(0, 255), st.integers(0, 20)), min_size=1, max_size=12)


@settings(deadline=None, max_examples=40)
@given(CODES, CODES, st.integers(0, 256))
def test_near_pairs_are_the_twin(query: list[bytes], reference: list[bytes], within_bits: int) -> None:
    """The pairs and their distances are those of comparing bit by bit."""
    across = np.ascontiguousarray(words(reference).T)
    counts = frame_kernels.near_counts(words(query), across, within_bits)
    found = frame_kernels.near_pairs(words(query), across, within_bits, counts)
    assert list(zip(*(array.tolist() for array in found), strict=True)) == naive.near(query, reference, within_bits)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 65), st.integers(1, 9)), min_size=1), st.integers(1, 9))
def test_votes_are_the_twin(pairs: list[tuple[int, int, int]], width: int) -> None:
    """Each window has the votes of the groups that are in it, each group once, with its heaviest pair."""
    pairs.sort(key=lambda pair: pair[0])
    groups, offsets, weights = (whole([pair[part] for pair in pairs]) for part in range(3))
    found = frame_kernels.votes(groups, offsets, weights, width, 65 // width + 1)
    assert found.tolist() == naive.votes(pairs, width, 65 // width + 1)


@settings(deadline=None, max_examples=100)
@given(FEW, st.data())
def test_the_chain_is_the_twin(pairs: list[naive.Pair], data: st.DataObject) -> None:
    """The chain rises in both, and none that does is heavier."""
    weights = data.draw(st.lists(st.integers(1, 9), min_size=len(pairs), max_size=len(pairs)))
    rows, columns = (whole([pair[side] for pair in pairs]) for side in (0, 1))
    links = frame_kernels.chain(rows, columns, whole(weights), 13).tolist()
    chained = [pairs[place] for place in links]
    assert all(r1 < r2 and c1 < c2 for (r1, c1), (r2, c2) in pairwise(chained))
    assert sum(weights[place] for place in links) == naive.chain(pairs, weights)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=20))
def test_the_dense_part_is_the_twin(steps: list[naive.Pair]) -> None:
    """No other part of a chain is worth more after its gaps are paid for."""
    rows, columns = (np.cumsum([step[side] for step in steps], dtype=np.int64) for side in (0, 1))
    pairs = list(zip(rows.tolist(), columns.tolist(), strict=True))
    first, end = frame_kernels.dense_part(rows, columns)
    assert naive.worth(pairs[first:end]) == naive.dense_part(pairs)


@settings(deadline=None, max_examples=60)
@given(CODES, CODES)
def test_a_part_is_never_longer_than_the_longest_in_order(query: list[bytes], reference: list[bytes]) -> None:
    """No part has more frames than the most that match one to one in order."""
    found = align(shown(query), shown(reference), frames_min=1)
    assert all(one.frames <= naive.in_order(query, reference, 31) for one in found)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 2**32), min_size=3, max_size=60, unique=True))
def test_a_clip_is_itself(seeds: list[int]) -> None:
    """A clip matches itself whole, from its first frame to its last."""
    clip = shown([code(seed) for seed in seeds])
    last_ms = clip[-1].at_ms
    assert align(clip, clip) == [Alignment(0, last_ms, 0, last_ms, len(clip), 1.0, 1.0)]
    assert matches(align(clip, clip)) is Match.SAME


@settings(deadline=None, max_examples=50)
@given(STARTS, st.integers(20, 90), st.sampled_from([200, 250, 500, 1000]), st.integers(0, 12), st.integers(0, 9))
def test_an_excerpt_is_found_and_located(
    start_ms: int, seconds: int, every_ms: int, noise_bits: int, seed: int,
) -> None:
    """A noisy excerpt at another rate is found, and each end is located within one step of the coarser sampling."""
    start_ms -= start_ms % 1000 if every_ms == 1000 else 0
    camera = Camera(start_ms, start_ms + seconds * 1000, every_ms, noise_bits=noise_bits, seed=seed)
    found = align(sampled(FILM, camera), WHOLE)
    assert matches(found) is Match.EXCERPT
    assert found[0].start_ms <= 1000
    assert abs(found[0].against_start_ms - found[0].start_ms - start_ms) <= 1000
    assert abs(found[0].against_end_ms - found[0].end_ms - start_ms) <= 1000


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 150_000), st.integers(91, 109), st.integers(0, 9))
def test_an_excerpt_at_another_speed_is_found_and_located(start_ms: int, percent: int, seed: int) -> None:
    """Faster or slower by up to a tenth, an excerpt is found, and its ends are located within three steps."""
    camera = Camera(start_ms, start_ms + 100_000, 250, percent, noise_bits=8, seed=seed)
    found = align(sampled(FILM, camera), WHOLE)
    assert matches(found) is Match.EXCERPT
    first, last = min(one.against_start_ms for one in found), max(one.against_end_ms for one in found)
    assert abs(first - start_ms) <= 3000
    assert abs(last - start_ms - 100_000) <= 3000


@settings(deadline=None, max_examples=30)
@given(STARTS, st.integers(10, 25), st.integers(0, 9))
def test_dropped_frames_do_not_hide_an_excerpt(start_ms: int, dropped: int, seed: int) -> None:
    """With up to one frame in four gone, an excerpt is still found where it is."""
    camera = Camera(start_ms, start_ms + 60_000, 250, noise_bits=8, dropped=dropped, seed=seed)
    found = align(sampled(FILM, camera), WHOLE)
    assert matches(found) is Match.EXCERPT
    assert abs(found[0].against_start_ms - found[0].start_ms - start_ms) <= 1000


@pytest.mark.parametrize("seed", range(5))
def test_black_frames_do_not_hide_an_excerpt(seed: int) -> None:
    """Black frames before, in and after an excerpt change neither its share nor its place."""
    excerpt = sampled(FILM, Camera(50_000, 110_000, 250, noise_bits=8, seed=seed))
    black = Pdq(bytes(32), 0)
    late = [FrameCode(one.at_ms + 5000, black if number % 9 == seed else one.pdq) for number, one in enumerate(excerpt)]
    found = align([FrameCode(0, black), FrameCode(4000, black), *late, FrameCode(70_000, black)], WHOLE)
    assert matches(found) is Match.EXCERPT
    assert abs(found[0].against_start_ms - found[0].start_ms - 45_000) <= 1000
    assert found[0].share > 0.9


def test_a_trimmed_clip_contains_what_was_trimmed() -> None:
    """Asked the other way round, the whole contains the excerpt, and the two shares change places."""
    excerpt = sampled(FILM, Camera(50_000, 110_000, noise_bits=8))
    there, back = align(excerpt, WHOLE), align(WHOLE, excerpt)
    assert (matches(there), matches(back)) == (Match.EXCERPT, Match.CONTAINS)
    assert (there[0].share, there[0].against_share) == (back[0].against_share, back[0].share)


def test_a_clip_with_a_cut_is_two_parts_of_one_excerpt() -> None:
    """Where ten seconds are cut out, two parts are found, and together they are still an excerpt."""
    before, after = (sampled(FILM, Camera(start, start + 30_000, 250)) for start in (60_000, 100_000))
    found = align(before + [FrameCode(one.at_ms + 30_000, one.pdq) for one in after], WHOLE)
    assert matches(found) is Match.EXCERPT
    assert matches(found[:1]) is None
    starts = sorted((one.start_ms, one.against_start_ms) for one in found if one.frames > 20)
    assert np.allclose(starts, [(0, 60_000), (30_000, 100_000)], atol=1000)


def test_two_halves_that_changed_places_are_not_the_clip() -> None:
    """A clip whose halves were swapped shares two parts with the original, and matches it by neither order."""
    half = len(WHOLE) // 2
    found = align(retimed(WHOLE, [*range(half, len(WHOLE)), *range(half)]), WHOLE)
    assert sum(one.share for one in found) > 0.95
    assert matches(found) is None


@pytest.mark.parametrize("seed", range(10))
def test_backwards_is_not_the_clip(seed: int) -> None:
    """vPDQ's rule finds every frame of a clip that is played backwards; in order there is no match."""
    clip = sampled(film(seed, 120), Camera())
    backwards = retimed(clip, [*range(len(clip))][::-1])
    assert naive.shares(backwards, clip) == (1.0, 1.0)
    assert matches(align(backwards, clip)) is None


@pytest.mark.parametrize("seed", range(10))
def test_shuffled_is_not_the_clip(seed: int) -> None:
    """vPDQ's rule finds every frame of a shuffled clip; in order there is no match."""
    clip = sampled(film(seed, 120), Camera())
    order = sorted(range(len(clip)), key=lambda place: synth.below(2**32, seed, place))
    assert matches(align(retimed(clip, order), clip)) is None


def test_a_picture_that_stands_still_counts_once_a_frame() -> None:
    """A minute of one picture against three frames of it shares three frames, not sixty."""
    still = shown([code(0)] * 60)
    found = align(still, shown([code(1), *[code(0)] * 3, code(2)]))
    assert [one.frames for one in found] == [3]
    assert found[0].share == 0.05
    assert found[0].against_share == 0.6


def test_films_of_other_people_do_not_match() -> None:
    """Of 190 pairs of different films none matches, and none shares as much as three frames."""
    films = [sampled(film(seed, 60), Camera()) for seed in range(20, 40)]
    pairs = [(one, other) for place, one in enumerate(films) for other in films[:place]]
    assert len(pairs) == 190
    assert not any(align(one, other) for one, other in pairs)


@pytest.mark.parametrize("seed", range(10))
def test_the_same_two_shots_cut_differently_are_another_clip(seed: int) -> None:
    """A conversation between two standing shots is not another one between them, though every frame of it is near."""
    one, other = (
        shown([code(cut % 2) for cut in range(40) for _ in range(3 + synth.below(10, seed, clip, cut))][:120])
        for clip in ("one", "other"))
    assert naive.shares(one, other) == (1.0, 1.0)
    assert matches(align(one, other)) is None


def test_so_many_pairs_that_frames_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """With no room for all near pairs every second frame is looked at, and the answer is the same but for the count."""
    still = shown([code(0)] * 64)
    monkeypatch.setattr(frames, "PAIRS_MAX", 1024)
    [found] = align(still, still)
    assert (found.frames, found.share, found.against_share) == (32, 1.0, 1.0)


def test_so_many_hits_that_frames_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more hits than there is room for, those of every second frame are looked at, as `align` does."""
    still = shown([code(0)] * 64)
    monkeypatch.setattr(frames, "PAIRS_MAX", 1024)
    rows, columns = (places.ravel() for places in np.meshgrid(np.arange(64), np.arange(64)))
    hits = FrameHits(rows, np.zeros_like(rows), columns, np.zeros(64 * 64, np.uint16))
    assert align_hits(usable(still)[0], hits, {0: usable(still)[0]}) == {0: align(still, still)}


def test_of_very_many_frames_only_some_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clip of more frames than the limit is thinned evenly, to no more than the limit."""
    monkeypatch.setattr(frames, "FRAMES_MAX", 10)
    times, codes = usable(shown([code(seed) for seed in range(25)]))
    assert times.tolist() == [0, 3000, 6000, 9000, 12000, 15000, 18000, 21000, 24000]
    assert codes.tobytes() == b"".join(code(seed) for seed in range(0, 25, 3))


def test_times_far_apart_cost_no_memory() -> None:
    """A clip that claims to last thirty years is matched like another."""
    clip = shown([code(seed) for seed in range(5)])
    long = [*clip, FrameCode(10**12, Pdq(code(9), 100))]
    assert align(long, long)[0].frames >= 5


@pytest.mark.parametrize(("query", "reference"), [
    ([], []), ([], WHOLE), (WHOLE, []), (shown([code(0)] * 9, quality=49), shown([code(0)] * 9)), (WHOLE[:2], WHOLE)])
def test_what_cannot_be_in_order(query: list[FrameCode], reference: list[FrameCode]) -> None:
    """Without three frames of enough quality there is no order, and no part."""
    assert align(query, reference) == []
    assert matches([]) is None


def test_frames_of_one_moment_are_kept_in_their_order() -> None:
    """Frames whose times were written too coarsely to tell apart still match each other, one to one."""
    clip = [FrameCode(one.at_ms // 3000 * 3000, one.pdq) for one in WHOLE[:30]]
    [found] = align(clip, clip)
    assert found.frames == 30


def test_a_radius_that_is_none() -> None:
    """A distance of more than 256 bits, or less than none, is an error."""
    for radius in (-1, 257):
        with pytest.raises(InputError, match="IDX-02"):
            align(WHOLE, WHOLE, within_bits=radius)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 99), st.randoms(use_true_random=False))
def test_hits_of_an_index_give_the_same_parts(seed: int, chance: Random) -> None:
    """From hits in any order, each video's parts are those of aligning it alone; videos without one are left out."""
    query = sampled(FILM, Camera(seed * 1000, seed * 1000 + 60_000, 500, noise_bits=8))
    part = sampled(FILM, Camera(seed * 1000 + 20_000, seed * 1000 + 50_000))
    videos = {7: WHOLE, 2**40: part, 3: sampled(film(2, 60), Camera())}
    found = [
        (row, number, column, bits) for number, video in videos.items()
        for row, column, bits in naive.near([one.pdq.code for one in query], [one.pdq.code for one in video], 31)]
    chance.shuffle(found)
    columns = [np.array(column) for column in zip(*found, strict=True)]
    hits = FrameHits(columns[0], columns[1], columns[2], columns[3].astype(np.uint16))
    times = {number: usable(video)[0] for number, video in videos.items()}
    assert align_hits(usable(query)[0], hits, times) == {
        number: align(query, video) for number, video in videos.items() if number != 3}


@settings(deadline=None, max_examples=30)
@given(CODES, CODES, st.floats(0, 1))
def test_what_cannot_match_is_passed_over(query: list[bytes], reference: list[bytes], share_min: float) -> None:
    """A least share leaves out no video that matches at it."""
    rows, columns, bits = np.array(naive.near(query, reference, 31), np.int64).reshape(-1, 3).T
    hits = FrameHits(rows, np.zeros_like(rows), columns, bits.astype(np.uint16))
    times = usable(shown(query))[0], usable(shown(reference))[0]
    every, some = (align_hits(times[0], hits, {0: times[1]}, share_min=least).get(0, []) for least in (0, share_min))
    assert some == every or (some == [] and matches(every, share_min) is None)


def test_a_video_that_only_begins_alike_is_passed_over() -> None:
    """Ten frames alike are a part of two long clips, and none where a share of 0.8 is asked for."""
    query = shown([code(seed) for seed in range(100)])
    hits = FrameHits(whole(range(10)), whole([5] * 10), whole(range(10)), np.zeros(10, np.uint16))
    times = usable(query)[0]
    assert [one.frames for one in align_hits(times, hits, {5: times})[5]] == [10]
    assert align_hits(times, hits, {5: times}, share_min=0.8) == {}


def test_no_hits_are_no_parts() -> None:
    """A query that hit nothing is aligned with nothing."""
    none = np.zeros(0, np.int64)
    assert align_hits(usable(WHOLE)[0], FrameHits(none, none, none, none.astype(np.uint16)), {}) == {}


def test_the_examples_of_the_docstrings_run() -> None:
    """What the documentation shows is what happens."""
    assert doctest.testmod(frames).failed == 0

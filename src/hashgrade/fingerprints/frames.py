"""Match clips by their frames, in order: what of the one is in the other, and from when to when.

Pure: codes and times come in, alignments go out. A bag of frames, as vPDQ compares,
cannot tell a clip from the same clip played backwards, and cannot say where an excerpt
was taken from; so frames are matched one to one, in order, at one speed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from math import isqrt
from types import ModuleType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hashgrade.errors import InputError
from hashgrade.nouns import FrameCode

Times = NDArray[np.int64]
Words = NDArray[np.uint64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

WITHIN_BITS: Final = 31
QUALITY_MIN: Final = 50
FRAMES_MIN: Final = 3
"""Two frames have an order in one case of two by chance; three at one speed are rarely in it."""
SHARE_MIN: Final = 0.8

FRAMES_MAX: Final = 2**15
"""Frames looked at of one clip: nine hours at one a second. Of more, every second one is, or third, and so on."""
PAIRS_MAX: Final = 2**21
"""Near pairs held of two clips. Only pictures that stand still give more; every second frame then tells as much."""
ALIGNMENTS_MAX: Final = 16
WINDOWS_MAX: Final = 2**20

PERCENT: Final = (100, *(speed for by in range(1, 11) for speed in (100 - by, 100 + by)))
"""Speeds of the reference against the query that are tried, the likely first: film shown as PAL runs at 104."""
SLACK_MS_MIN: Final = 100
JITTER_MS: Final = 50
"""A film has a frame for every time asked for at most this late, and its times are that much out."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """A part of a query that is a part of a reference, frame by frame, in order and at one speed.

    Times are those of the first and the last frame matched, in milliseconds: the part
    may go on for less than one sampling step. `frames` are matched one to one. A share
    is `frames` in those of a whole clip that have enough quality, where of a clip that
    is sampled more finely than the other no more are counted than the other's rate has.
    """

    start_ms: int
    end_ms: int
    against_start_ms: int
    against_end_ms: int
    frames: int
    share: float
    against_share: float


class Match(StrEnum):
    """What a clip is of another: nearly all of it, an excerpt of it, or what contains it."""

    SAME = "same"
    EXCERPT = "excerpt"
    CONTAINS = "contains"


@dataclass(frozen=True, slots=True)
class FrameHits:
    """Near frames as an index finds them: four arrays of one length, in any order.

    Attributes:
        query: int64, the position of a frame among those of the query.
        video: int64, the number of the video that was hit.
        frame: int64, the position of the frame that was hit among those of its video.
        bits: uint16, how far apart the two are.
    """

    query: Whole
    video: Whole
    frame: Whole
    bits: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Near frames of two clips, by rising (row, column): rows are the query's, columns the reference's.

    A pair at the radius weighs 1, and 1 more for each bit that it is nearer: in a slow
    scene neighbours are near too, and a chain one frame longer must not slip along it.
    """

    rows: Whole
    columns: Whole
    weights: Whole

    @classmethod
    def weighed(cls, rows: Whole, columns: Whole, bits: NDArray[np.uint16], within_bits: int) -> "_Pairs":
        return cls(rows, columns, within_bits + 1 - bits.astype(np.int64))

    def where(self, chosen: Flags | Whole | slice) -> "_Pairs":
        return _Pairs(self.rows[chosen], self.columns[chosen], self.weights[chosen])

    @property
    def weight(self) -> int:
        return int(self.weights.sum())

    def __len__(self) -> int:
        return len(self.rows)


def align(
    query: Sequence[FrameCode], reference: Sequence[FrameCode], within_bits: int = WITHIN_BITS,
    quality_min: int = QUALITY_MIN, frames_min: int = FRAMES_MIN,
) -> list[Alignment]:
    """Find the parts of one clip that are in another in the same order, the longest first.

    All pairs of frames are compared. Those of one true part lie along a line, since time
    runs in both at nearly one speed: the line that most frames vote for is taken, then
    the heaviest chain of pairs near it that rises in both, each frame once. So a picture
    that stands still counts no more frames than the shorter of the two shows it, and of
    a clip shuffled or played backwards only what stands still is left. A cut or an
    insertion starts a new part; a frame belongs to one part at most.

    Args:
        query: Frames in any order, at any rate.
        reference: Likewise; its speed may differ from the query's by a tenth.
        within_bits: Largest distance of two frames that match, 0 to 256.
        quality_min: Frames of lower PDQ quality are left out: flat pictures are all alike.
        frames_min: Fewest frames in a part, 1 and more.

    Raises:
        InputError: IDX-02, no such radius.

    Source: vPDQ, facebook/ThreatExchange, for distance and quality; the order is ours.
    Twin: tests/naive/frames.py.
    """
    checked_radius(within_bits)
    (query_ms, words), (reference_ms, against) = (usable(frames, quality_min) for frames in (query, reference))
    if not min(len(query_ms), len(reference_ms)):
        return []
    while True:
        across = np.ascontiguousarray(against.T)
        counts = _kernels().near_counts(words, across, within_bits)
        if counts.sum() <= PAIRS_MAX:
            break
        if len(words) >= len(against):
            words, query_ms = words[::2].copy(), query_ms[::2]
        else:
            against, reference_ms = against[::2], reference_ms[::2]
    rows, columns, bits = _kernels().near_pairs(words, across, within_bits, counts)
    return _Clips(query_ms, reference_ms).aligned(_Pairs.weighed(rows, columns, bits, within_bits), frames_min)


def align_hits(
    query_ms: Times, hits: FrameHits, videos_ms: Mapping[int, Times], within_bits: int = WITHIN_BITS,
    share_min: float = 0.0,
) -> dict[int, list[Alignment]]:
    """Find what `align` finds, for every video that an index search hit; those without any part are left out.

    Args:
        query_ms: int64 [Q], rising: when each frame of the query is shown that was searched for.
        hits: What was found near them.
        videos_ms: For each video that was hit, int64, rising: when each of its frames is shown that is in the index.
        within_bits: The radius of the search.
        share_min: Videos are passed over that have too few frames that were hit for any share to come to this, as
            `matches` asks: most of those that only begin alike.
    """
    order = np.lexsort((hits.frame, hits.query, hits.video))
    order = order[hits.bits[order] <= within_bits]
    video = hits.video[order]
    pairs = _Pairs.weighed(hits.query[order], hits.frame[order], hits.bits[order], within_bits)
    ends = [*np.flatnonzero(np.diff(video)) + 1, len(video)] if len(video) else []
    found = {}
    for first, end in pairwise([0, *ends]):
        number = int(video[first])
        clips, few = _Clips.of_few(query_ms, videos_ms[number], pairs.where(slice(first, end)))
        if clips.share_at_most(few) >= share_min:
            found[number] = clips.aligned(few, FRAMES_MIN)
    return {number: alignments for number, alignments in found.items() if alignments}


def matches(
    alignments: Sequence[Alignment], share_min: float = SHARE_MIN, frames_min: int = FRAMES_MIN,
) -> Match | None:
    """Say what a clip is of another by their alignments; None if they are two clips that share at most a part.

    Taken together are those parts that follow each other in the same order in both, so
    that a clip with a cut in it, or with something put in, is still an excerpt, and a
    clip whose parts were swapped is not.

    Args:
        alignments: Of one query with one reference, in any order.
        share_min: Least share of a clip that must be in the other; 0.8, as vPDQ has it.
        frames_min: Fewest frames in all.

    >>> matches([Alignment(0, 9000, 60000, 69000, 10, 1.0, 0.02)])
    <Match.EXCERPT: 'excerpt'>
    """
    share, against_share, frames = in_order(alignments)
    if frames < frames_min or max(share, against_share) < share_min:
        return None
    if min(share, against_share) >= share_min:
        return Match.SAME
    return Match.EXCERPT if share >= share_min else Match.CONTAINS


def in_order(alignments: Sequence[Alignment]) -> tuple[float, float, int]:
    """Add up the parts that follow each other in the same order in both clips: share, share of the reference, frames.

    Of all such runs of parts it is the one with the most frames.

    Args:
        alignments: Of one query with one reference, in any order.
    """
    runs: list[tuple[Alignment, tuple[float, float, int]]] = []
    for one in sorted(alignments, key=lambda one: one.start_ms):
        earlier = [run for last, run in runs
                   if last.end_ms < one.start_ms and last.against_end_ms < one.against_start_ms]
        share, against_share, frames = max(earlier, key=lambda run: run[2], default=(0.0, 0.0, 0))
        runs.append((one, (share + one.share, against_share + one.against_share, frames + one.frames)))
    share, against_share, frames = max((run for _, run in runs), key=lambda run: run[2], default=(0.0, 0.0, 0))
    return min(share, 1.0), min(against_share, 1.0), frames


def usable(frames: Sequence[FrameCode], quality_min: int = QUALITY_MIN) -> tuple[Times, Words]:
    """Give the times int64 [N], rising, and the codes uint64 [N, 4] of the frames that have enough quality.

    Args:
        frames: In any order.
        quality_min: 0 to 100.
    """
    held = sorted((one for one in frames if one.pdq.quality >= quality_min), key=lambda one: one.at_ms)
    held = held[::-(-len(held) // FRAMES_MAX) or 1]
    codes = np.frombuffer(b"".join(one.pdq.code for one in held), np.uint64).reshape(-1, 4)
    return np.array([one.at_ms for one in held], np.int64), codes


def checked_radius(within_bits: int) -> int:
    """Give the radius back.

    Raises:
        InputError: IDX-02, it is not 0 to 256 bits.
    """
    if not 0 <= within_bits <= 256:
        raise InputError("IDX-02", f"a radius is 0 to 256 bits, got {within_bits}")
    return within_bits


@dataclass(frozen=True, slots=True)
class _Line:
    """A window on a line of constant speed: where it is, and what the pairs in it weigh, one a frame.

    A pair strays from it by 100 times its reference's time less `percent` times its
    query's less `middle`, in hundredths of a millisecond, and is on it within `width`.
    """

    percent: float
    middle: int
    width: int
    weight: int


class _Clips:
    """Two clips, known by when their frames are shown, and how pairs of their frames make parts."""

    def __init__(self, query_ms: Times, reference_ms: Times) -> None:
        self._query_ms, self._reference_ms = query_ms, reference_ms
        steps_ms = [int(np.median(np.diff(times))) if len(times) > 1 else 1 for times in (query_ms, reference_ms)]
        overlap_ms = min(int(np.ptp(query_ms)), int(np.ptp(reference_ms)))
        self._by_row = steps_ms[0] >= steps_ms[1]
        self._step_ms = max(*steps_ms, 1)
        # Half a hundredth of speed, the most that a line tried is out by, is a quarter of that to either side.
        self._rough = 100 * max(self._step_ms * 3 // 2, SLACK_MS_MIN, overlap_ms // 400)
        self._fine = 100 * max(isqrt(steps_ms[0] * steps_ms[1]) * 3 // 4, SLACK_MS_MIN)
        self._reach = 100 * (min(steps_ms) // 2 + JITTER_MS)

    @classmethod
    def of_few(cls, query_ms: Times, reference_ms: Times, pairs: _Pairs) -> tuple["_Clips", _Pairs]:
        """Two clips of which every second frame is left out until they have few enough pairs."""
        while len(pairs) > PAIRS_MAX:
            if len(query_ms) >= len(reference_ms):
                pairs, query_ms = pairs.where(pairs.rows % 2 == 0), query_ms[::2]
                pairs = replace(pairs, rows=pairs.rows // 2)
            else:
                pairs, reference_ms = pairs.where(pairs.columns % 2 == 0), reference_ms[::2]
                pairs = replace(pairs, columns=pairs.columns // 2)
        return cls(query_ms, reference_ms), pairs

    def share_at_most(self, pairs: _Pairs) -> float:
        """What no share can exceed, nor all together, since a frame counts once."""
        links = min(len(np.unique(pairs.rows)), len(np.unique(pairs.columns)))
        return min(1.0, links / min(self._steps(self._query_ms), self._steps(self._reference_ms)))

    def aligned(self, pairs: _Pairs, frames_min: int) -> list[Alignment]:
        """Take the best part, leave out its frames, and again; give those of enough frames, the longest first."""
        found = []
        for _ in range(ALIGNMENTS_MAX):
            if len(np.unique(pairs.rows)) < frames_min:
                break
            links = self._part(pairs)
            if not len(links):
                break
            if len(links) >= frames_min:
                found.append(self._alignment(links))
            pairs = pairs.where(_outside(pairs.rows, links.rows) & _outside(pairs.columns, links.columns))
        return sorted(found, key=lambda one: (-one.frames, one.start_ms))

    def _part(self, pairs: _Pairs) -> _Pairs:
        """The heaviest chain along the likeliest line, of the same speed if it can be."""
        voters = pairs if self._by_row else pairs.where(np.argsort(pairs.columns, kind="stable"))
        true = self._along(pairs, self._voted(voters, PERCENT[0]))
        # A slanted line that runs past a cut, or past pictures that stand still, is worth little more than a true one.
        enough = true.weight * 1.1 + 2 * pairs.weights.max()
        if enough >= self._most(voters):
            return true
        lines = [self._voted(voters, percent) for percent in PERCENT]
        slanted = self._along(pairs, max(lines, key=lambda line: line.weight))
        return slanted if slanted.weight > enough else true

    def _along(self, pairs: _Pairs, line: _Line) -> _Pairs:
        """The chain along a line, made straighter and narrower twice."""
        near, percent = self._on(pairs, line), line.percent
        links = self._chained(near, line)
        for _ in range(2):
            lines = (self._swept(near, speed) for speed in (percent, self._speed(links, percent)))
            line = max(lines, key=lambda line: line.weight)
            links = self._chained(self._during(self._on(near, line), line), line)
        return links.where(slice(*_kernels().dense_part(links.rows, links.columns)))

    def _offsets(self, pairs: _Pairs, percent: float) -> Whole:
        at_ms, against_ms = self._query_ms[pairs.rows], self._reference_ms[pairs.columns]
        return np.rint(100.0 * against_ms - percent * at_ms).astype(np.int64)

    def _strays(self, pairs: _Pairs, line: _Line) -> Whole:
        return self._offsets(pairs, line.percent) - line.middle

    def _most(self, voters: _Pairs) -> int:
        """What no chain can outweigh: the heaviest pair of every frame of the coarser clip."""
        heaviest = np.zeros(max(len(self._query_ms), len(self._reference_ms)), np.int64)
        np.maximum.at(heaviest, voters.rows if self._by_row else voters.columns, voters.weights)
        return int(heaviest.sum())

    def _voted(self, voters: _Pairs, percent: float) -> _Line:
        """The line at this speed that frames of the coarser clip give most weight; of several in a row, the middle one.

        Its window is as wide as two lines' speeds can part over what the clips overlap.
        """
        groups, offsets = voters.rows if self._by_row else voters.columns, self._offsets(voters, percent)
        lowest, spread = int(offsets.min()), int(np.ptp(offsets))
        width = max(self._rough, spread // WINDOWS_MAX)
        tally = _kernels().votes(groups, offsets - lowest, voters.weights, width, spread // width + 1)
        first = int(tally.argmax())
        alike = int((tally[first:] != tally[first]).argmax() or len(tally) - first)
        return _Line(percent, lowest + (first + (alike - 1) // 2 + 1) * width, width, int(tally[first]))

    def _swept(self, pairs: _Pairs, percent: float) -> _Line:
        """The line at this speed on which frames shown together weigh most; of several side by side, the middle one.

        A pair is shown together on the lines on which no other frame of the finer clip is
        nearer in time. So each frame of the coarser has one partner on a line, by its
        time and not by its likeness: a picture that stands still is near itself at every
        offset, and the best of many partners would tell nothing of when it began.
        """
        offsets = self._offsets(pairs, percent)
        if self._by_row:
            before, after = _half_gaps(self._reference_ms)[:, pairs.columns] * 100
        else:
            after, before = _half_gaps(self._query_ms)[:, pairs.rows] * percent
        edges = np.concatenate([offsets - np.minimum(before, self._fine), offsets + np.minimum(after, self._fine)])
        places, at = np.unique(edges, return_inverse=True)
        heights = np.cumsum(np.bincount(at, np.concatenate([pairs.weights, -pairs.weights])))
        first = int(heights.argmax())
        end = first + int((heights[first:] != heights[first]).argmax())
        return _Line(percent, int(places[first] + places[end]) // 2, self._fine, int(heights[first]))

    def _on(self, pairs: _Pairs, line: _Line) -> _Pairs:
        return pairs.where(np.abs(self._strays(pairs, line)) <= line.width)

    def _during(self, pairs: _Pairs, line: _Line) -> _Pairs:
        """The pairs at times when, by this line, both clips run: in a slow scene one more frame is always alike."""
        strays = self._strays(pairs, line)
        at, against = 100 * self._query_ms[pairs.rows] + strays, 100 * self._reference_ms[pairs.columns] - strays
        both = _between(at, self._query_ms, self._reach) & _between(against, self._reference_ms, self._reach)
        return pairs.where(both)

    def _chained(self, band: _Pairs, line: _Line) -> _Pairs:
        """The heaviest chain; of those, one nearest to the middle of its line."""
        weights = band.weights * 256 - np.abs(self._strays(band, line)) * 255 // line.width
        return band.where(_kernels().chain(band.rows, band.columns, weights, len(self._reference_ms)))

    def _speed(self, links: _Pairs, percent: float) -> float:
        """The speed of a chain in percent, at most 1 from `percent`: the median over links half a chain apart."""
        apart = len(links) // 2
        took_ms, against_ms = (
            times[places[apart:]] - times[places[:len(links) - apart]]
            for times, places in ((self._query_ms, links.rows), (self._reference_ms, links.columns)))
        moved = took_ms > 0
        if not moved.any():
            return percent
        median = float(np.median(100.0 * against_ms[moved] / took_ms[moved]))
        return min(max(median, percent - 1), percent + 1)

    def _alignment(self, links: _Pairs) -> Alignment:
        at_ms, against_ms = self._query_ms[links.rows], self._reference_ms[links.columns]
        return Alignment(
            int(at_ms[0]), int(at_ms[-1]), int(against_ms[0]), int(against_ms[-1]), len(links),
            min(1.0, len(links) / self._steps(self._query_ms)), min(1.0, len(links) / self._steps(self._reference_ms)))

    def _steps(self, times_ms: Times) -> int:
        """How many steps of the coarser clip have a frame in them: the most links that there can be."""
        return len(np.unique((times_ms - times_ms[0] + self._step_ms // 2) // self._step_ms))


def _between(times: Whole, clip_ms: Times, slack: int) -> Flags:
    between: Flags = (times >= 100 * clip_ms[0] - slack) & (times <= 100 * clip_ms[-1] + slack)
    return between


def _outside(places: Whole, links: Whole) -> Flags:
    outside: Flags = (places < links[0]) | (places > links[-1])
    return outside


def _half_gaps(times_ms: Times) -> NDArray[np.float64]:
    """Half of the time from each frame to the one before it, and to the one after; at an end both are the same."""
    gaps = np.diff(times_ms) / 2 if len(times_ms) > 1 else np.ones(1)
    return np.stack([np.concatenate([gaps[:1], gaps]), np.concatenate([gaps, gaps[-1:]])])[:, :len(times_ms)]


def _kernels() -> ModuleType:
    from hashgrade.fingerprints import frame_kernels  # noqa: PLC0415 - imports numba

    return frame_kernels

"""Malformed media cannot hurt this process: each has one outcome, with a documented code or an honest look."""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import av
import pytest
from av.video.reformatter import VideoReformatter

from hashgrade.decode import Decoders, Seen, Wanted, batch, decoders, examine
from hashgrade.errors import InputError
from hashgrade.nouns import Jail, Kind
from hashgrade.settings import Limits
from tests.hostile import planted
from tests.hostile.anatomy import ANATOMIES, anatomy
from tests.hostile.mutants import KINDS, Name, mutant, names, seeds
from tests.hostile.trial import MEMORY_BYTES_MAX, WHOLE, Report, outcome, trial

LIMITS = Limits(clip_s_max=10)
ALL = Wanted(every_ms=100, sheet_frames=2, sheet_width=32)
STILLS, CLIPS = names(300, clips=False), names(30, clips=True)


@pytest.fixture(scope="module")
def pool() -> Iterator[Decoders]:
    """Decoders as a station has them, with the strongest jail that this kernel gives."""
    with Decoders(LIMITS, Jail.LIMITED) as made:
        yield made


def media(some: Sequence[Name]) -> Iterator[tuple[str, bytes]]:
    return ((str(name), mutant(name)) for name in some)


def tried(pool: Decoders, some: Sequence[Name]) -> Report:
    """The report of a trial, which is printed."""
    report = trial(pool, media(some), LIMITS, ALL)
    sys.stdout.write("\n".join(report.lines()) + "\n")
    assert report.tally.total() == len(some)
    return report


@pytest.mark.parametrize("seed", seeds())
def test_a_seed_is_good(pool: Decoders, seed: str) -> None:
    """What is changed is a file that decodes whole, and that is the same once taken apart and put together."""
    data = seeds()[seed]
    assert outcome(*pool.examine([data], ALL)) == WHOLE
    assert anatomy(data).together(anatomy(data).apart(data)) == data


def test_every_format_and_kind_is_tried() -> None:
    """Each format that is decoded has a seed, each kind of change is made, and no mutant is its seed."""
    assert {anatomy(data).apart for data in seeds().values()} == {one.apart for one in ANATOMIES.values()}
    assert {name.kind for name in STILLS} == set(KINDS)
    assert all(mutant(name) != seeds()[name.seed] for name in STILLS + CLIPS)


def test_a_name_gives_the_same_bytes() -> None:
    """A mutant that is found to do harm can be made again from its name alone."""
    before = [mutant(name) for name in STILLS[::7]]
    seeds.cache_clear()
    assert [mutant(name) for name in STILLS[::7]] == before
    assert len(set(before)) > 0.9 * len(before)


@pytest.mark.parametrize("some", [STILLS, CLIPS], ids=["stills", "clips"])
def test_malformed_media_are_outcomes(pool: Decoders, some: list[Name]) -> None:
    """Every malformed file is seen or refused by a code of decoding; nothing leaks and nothing is thrown."""
    assert tried(pool, some).faults == []


@pytest.mark.deep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("count", "clips"), [(10_000, False), (1000, True)], ids=["stills", "clips"])
def test_many_malformed_media_are_outcomes(pool: Decoders, count: int, clips: bool) -> None:
    """Ten thousand malformed files and a thousand videos do this process no harm."""
    assert tried(pool, names(count, clips=clips)).faults == []


def test_what_decodes_is_the_same_without_the_jail(pool: Decoders) -> None:
    """A malformed still that decodes all the same gives the same codes in the jail as out of it."""
    malformed = [mutant(name) for name in STILLS[::2]]
    inside = dict(zip(malformed, pool.examine(malformed), strict=True))
    whole = {one: seen for one, seen in inside.items() if outcome(seen) == WHOLE and seen.kind == Kind.IMAGE}
    assert len(whole) > 30
    assert {one: examine(one, LIMITS) for one in whole} == whole


def test_a_frame_without_pixels_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame that is decoded and cannot be converted is passed over, with the error, and the next is taken at once."""
    class Failing:
        """Converts no frame before a tenth of a second."""

        def reformat(self, frame: av.VideoFrame, *how: Any, **more: Any) -> av.VideoFrame:
            if frame.time < 0.1:
                raise ValueError
            return VideoReformatter().reformat(frame, *how, **more)

    whole = examine(seeds()["mp4"], LIMITS)
    monkeypatch.setattr("hashgrade.decode.clips.VideoReformatter", Failing)
    seen = examine(seeds()["mp4"], LIMITS)
    assert (outcome(whole), outcome(seen)) == (WHOLE, "DEC-07+")
    assert [frame.at_ms for frame in (*whole.frames, *seen.frames)] == [0, 100]


def test_a_clip_of_which_no_frame_has_pixels_is_none(pool: Decoders) -> None:
    """A clip whose only frames cannot be converted is refused, as one without frames is."""
    seen, = pool.examine([mutant(Name("mp4-av1", "fields", 99))], ALL)
    assert (seen.kind, outcome(seen), seen.width) == (Kind.OTHER, "DEC-07", None)


def test_a_planted_fault_is_seen_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Positive control: children that crash, hang, flood, eat memory or leave are told as that, and no other medium is.

    The media beside them have the outcomes that they have with children that are well.
    """
    monkeypatch.setattr(batch, "GRACE_S", 1)
    monkeypatch.setattr(decoders, "GRACE_S", 1)
    limits, well = Limits(clip_s_max=1), list(media(STILLS[:20]))
    bad = [(mark.decode(), seeds()["jpeg"] + mark) for mark in planted.FAULTS]
    with Decoders(limits, Jail.LIMITED, (sys.executable, planted.__file__)) as pool:
        report = trial(pool, [*well, *bad], limits, ALL)
        alone = trial(pool, well, limits, ALL)
    assert (report.faults, alone.faults) == ([], [])
    assert sorted((report.tally - alone.tally).elements()) == sorted(
        ("jpeg", code) for _, code in planted.FAULTS.values())


class Harmful:
    """Stands in for decoders, and does harm to this process when it comes to the second batch."""

    def __init__(self, harm: str) -> None:
        self.harm, self.held, self.asked = harm, list[object](), 0

    def examine(self, media: Sequence[bytes], wanted: Wanted = ALL) -> list[Seen]:
        """Refuse every medium."""
        self.asked += 1
        if self.asked == 2:
            getattr(self, self.harm)()
        error = InputError("CMD-01" if self.asked == 2 and self.harm == "confuse" else "DEC-01", "a test")
        return [Seen(Kind.OTHER, error=error)] * (len(media) - (self.asked == 2 and self.harm == "forget"))

    def throw(self) -> None:
        """Let an error through."""
        raise ZeroDivisionError

    def leak(self) -> None:
        """Leave a descriptor open."""
        self.held.append(os.dup(1))

    def grow(self) -> None:
        """Keep memory."""
        self.held.append(b"x" * (MEMORY_BYTES_MAX + 2**26))

    def forget(self) -> None:
        """Give an outcome too few."""

    def confuse(self) -> None:
        """Give an error that is none of decoding."""


@pytest.mark.parametrize(("harm", "told"), [
    ("throw", "ZeroDivisionError in the batch from a"), ("leak", "1 descriptors more after the batch from a"),
    ("grow", "bytes more after the batch from a"), ("forget", "0 outcomes of 1 in the batch from a"),
    ("confuse", "a: CMD-01 is no error of decoding")])
def test_harm_to_this_process_is_seen(harm: str, told: str) -> None:
    """Positive control: an error let through, a leak, an outcome too few or of no sense is a fault of the trial."""
    harmful = Harmful(harm)
    report = trial(harmful, [("a", b"")], LIMITS, ALL)
    for one in harmful.held:
        if isinstance(one, int):
            os.close(one)
    assert len(report.faults) == 1
    assert told in report.faults[0]

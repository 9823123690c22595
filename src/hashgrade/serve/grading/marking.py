"""What one act makes of the segments of a clip: begun and ended, labelled, said of a child, taken away. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from hashgrade.errors import InputError
from hashgrade.law.segments import SEGMENTS_MAX, as_trees, from_trees, in_time, labels_of, span
from hashgrade.nouns import Segment
from hashgrade.serve.numbers import whole

TIME: Final = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,2}):)?(\d{1,6})(?:[.,](\d{1,3}))?", re.ASCII)
"""A time as people type it: 12.5, 1:02.25, 1:00:00."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The segments of a clip as they are: those that have ended, and when another has begun."""

    segments: tuple[Segment, ...] = ()
    begun: int | None = None

    @property
    def asked(self) -> tuple[Segment, ...]:
        """The segments that have no label yet."""
        return tuple(one for one in self.segments if not one.activity)


NO_MARKS: Final = Marks()


def marked(marks: Marks, said: Mapping[str, Any], ends_ms: int | None) -> Marks:
    """Give the segments after one act.

    Args:
        marks: Those before it.
        said: What it `does`, with `at` (a time, as typed), `segment` (which, as `name_of`), `answer`, `child`.
        ends_ms: When the clip has ended for certain; None where nobody knows.

    Raises:
        InputError: GRD-18, the segment cannot be; SRV-13, there is no such act or segment; GRA-03, GRA-04, the labels
            are none.
    """
    does = DOES.get(str(said.get("does", "")))
    if does is None:
        raise InputError("SRV-13", "there is no such act")
    after = does(marks, said)
    if ends_ms is not None and max([after.begun or 0, *(one.to_ms for one in after.segments)]) > ends_ms:
        raise InputError("GRD-18", f"the clip is over by {time_of(ends_ms)}")
    if len(after.segments) > SEGMENTS_MAX:
        raise InputError("GRD-18", f"a clip has at most {SEGMENTS_MAX} segments")
    return after


def _begins(marks: Marks, said: Mapping[str, Any]) -> Marks:
    return replace(marks, begun=ms_of(str(said.get("at", ""))))


def _ends(marks: Marks, said: Mapping[str, Any]) -> Marks:
    if marks.begun is None:
        raise InputError("GRD-18", "no segment has begun")
    return Marks(_with(marks.segments, span(marks.begun, ms_of(str(said.get("at", ""))))))


def _labels(marks: Marks, said: Mapping[str, Any]) -> Marks:
    one = _named(marks, said)
    return replace(marks, segments=_with(marks.segments, replace(one, activity=labels_of(said.get("answer"))), one))


def _asked_again(marks: Marks, said: Mapping[str, Any]) -> Marks:
    one = _named(marks, said)
    return replace(marks, segments=_with(marks.segments, replace(one, activity=()), one))


def _child(marks: Marks, said: Mapping[str, Any]) -> Marks:
    one, given = _named(marks, said), str(said.get("child", ""))
    child = whole(given, 3)
    if given and child is None:
        raise InputError("SRV-13", "there is no such child")
    return replace(marks, segments=_with(marks.segments, replace(one, child=child), one))


def _away(marks: Marks, said: Mapping[str, Any]) -> Marks:
    if not said.get("segment"):
        return replace(marks, begun=None)
    one = _named(marks, said)
    return replace(marks, segments=tuple(other for other in marks.segments if other != one))


DOES: Final[Mapping[str, Callable[[Marks, Mapping[str, Any]], Marks]]] = {
    "begins": _begins, "ends": _ends, "labels": _labels, "again": _asked_again, "child": _child, "away": _away}


def _with(segments: Sequence[Segment], one: Segment, instead_of: Segment | None = None) -> tuple[Segment, ...]:
    others = [other for other in segments if other != instead_of]
    if in_time(one) in map(in_time, others):
        raise InputError("GRD-18", "there is a segment of this time already")
    return tuple(sorted((*others, one), key=in_time))


def _named(marks: Marks, said: Mapping[str, Any]) -> Segment:
    for one in marks.segments:
        if name_of(one) == said.get("segment"):
            return one
    raise InputError("SRV-13", "there is no such segment any more")


def name_of(one: Segment) -> str:
    """What pages call a segment: its times, and its child where it names one."""
    return f"{one.from_ms}-{one.to_ms}" + ("" if one.child is None else f"-{one.child}")


def ms_of(said: str) -> int:
    """Read a time that somebody typed, or that was in view.

    Raises:
        InputError: GRD-18, it is none.
    """
    found = TIME.fullmatch(said.strip())
    if not found:
        raise InputError("GRD-18", "no time was given: step to a frame first, or type seconds, such as 12.5")
    hours, minutes, seconds, part = found.groups()
    return ((int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds)) * 1000 + int((part or "0").ljust(3, "0"))


def time_of(ms: int) -> str:
    """A time in words, as exact as it is: 12.5 s."""
    return f"{ms / 1000:.3f}".rstrip("0").rstrip(".") + " s"


def as_body(marks: Marks) -> dict[str, Any]:
    """The segments as a draft keeps them."""
    return {"segments": as_trees(marks.segments), "begun": marks.begun} if marks != NO_MARKS else {}


def from_body(body: Mapping[str, Any]) -> Marks:
    """The segments as a draft kept them."""
    return Marks(from_trees(body.get("segments", ())), body.get("begun"))

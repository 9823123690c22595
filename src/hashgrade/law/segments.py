"""Segments of a clip: parts of its time with labels of their own, checked beside the grade. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hashgrade.errors import InputError, kind_of
from hashgrade.law.grades import grade_of
from hashgrade.law.vocabulary import CANNOT_DETERMINE
from hashgrade.nouns import Child, Grade, Segment

SEGMENTS_MAX: Final = 200
MS_MAX: Final = 2**31 - 1
NO_LABEL: Final = ("none", CANNOT_DETERMINE)
"""What a part of a clip may be although no child of the whole is."""


def segments_of(tree: object, grade: Grade, where: str = "segments") -> tuple[Segment, ...]:
    """Check the segments of a reading, each by itself and beside the grade, and give them by time.

    Args:
        tree: `[{"from_ms": 0, "to_ms": 2500, "activity": ["witness"], "child": 0}]`; `child` may be left out. None is
            the same as none.
        grade: What the reading says of the whole clip.
        where: The place to name in errors.

    Raises:
        InputError: GRD-18, a segment cannot be; GRD-19, its label is of no child; GRA-03, GRA-04, it is no label.
    """
    given = [] if tree is None else tree
    if not isinstance(given, list) or len(given) > SEGMENTS_MAX:
        raise InputError("GRD-18", f"segments are a list of at most {SEGMENTS_MAX}, not {kind_of(given)}", where=where)
    found = tuple(sorted((_segment(one, f"{where}[{n}]") for n, one in enumerate(given)), key=in_time))
    if len(set(map(in_time, found))) < len(found):
        raise InputError("GRD-18", "two segments are of the same time and child", where=where)
    for n, said in unsaid(found, grade):
        raise InputError("GRD-19", said, where=f"{where}[{n}]")
    return found


def _segment(tree: object, where: str) -> Segment:
    if not isinstance(tree, Mapping) or tree.keys() - {"from_ms", "to_ms", "activity", "child"}:
        raise InputError("GRD-18", "a segment has `from_ms`, `to_ms`, `activity`, and `child` if it is of one",
                         where=where)
    found = span(tree.get("from_ms"), tree.get("to_ms"), where)
    child = tree.get("child")
    if child is not None and not _whole(child):
        raise InputError("GRD-18", "`child` is the row of a child, from 0", where=where)
    return Segment(from_ms=found.from_ms, to_ms=found.to_ms, activity=labels_of(tree.get("activity"), where),
                   child=child)


def span(from_ms: object, to_ms: object, where: str = "") -> Segment:
    """Give a segment without labels.

    Raises:
        InputError: GRD-18, these are no times, or it does not end after it begins.
    """
    if not _whole(from_ms) or not _whole(to_ms):
        raise InputError("GRD-18", "a segment begins and ends at whole milliseconds, from 0", where=where)
    if from_ms >= to_ms:  # type: ignore[operator]
        raise InputError("GRD-18", f"it begins at {from_ms} ms and does not end after that", where=where)
    return Segment(from_ms=from_ms, to_ms=to_ms)  # type: ignore[arg-type]


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MS_MAX


def labels_of(given: object, where: str = "") -> tuple[str, ...]:
    """Check labels as a child's activity has them, and give them in the order of the vocabulary.

    Raises:
        InputError: GRA-03, one is none, or there is none; GRA-04, `none` stands beside another.
    """
    try:
        (row,) = grade_of({"children": [{"activity": [] if given is None else given}]}).children or ()
    except InputError as error:
        raise InputError(error.code, error.what, where=f"{where}.activity".lstrip("."), excerpt=error.excerpt) from None
    found: Any = row["activity"]
    return (found,) if isinstance(found, str) else found


def in_time(one: Segment) -> tuple[int, int, int]:
    """Where a segment stands among others: by its beginning, its end, and its child."""
    return one.from_ms, one.to_ms, -1 if one.child is None else one.child


def unsaid(segments: Sequence[Segment], grade: Grade) -> list[tuple[int, str]]:
    """What segments say that the grade does not, each with the number of its segment, from 0.

    A label of a segment is a label of its child, or of any if it names none; that nothing is seen, or cannot be
    determined, may be true of a part alone.
    """
    rows, found = grade.children or (), []
    for n, one in enumerate(segments):
        of = rows if one.child is None else rows[one.child:one.child + 1]
        held = {label for row in of for label in _labels(row)}
        lacks = [label for label in one.activity if label not in held and label not in NO_LABEL]
        who = "any child" if one.child is None else f"child {one.child + 1}"
        if one.child is not None and not of:
            found.append((n, f"segment {n + 1} is of child {one.child + 1}, whom no row describes"))
        elif lacks:
            found.append((n, f"segment {n + 1} says {', '.join(lacks)}, which is not said of {who}"))
    return found


def _labels(row: Child) -> tuple[str, ...]:
    held = row.get("activity", ())
    return tuple(held) if isinstance(held, list | tuple) else (str(held),)


def as_trees(segments: Sequence[Segment]) -> list[dict[str, object]]:
    """The segments as they are written in files."""
    return [{"from_ms": one.from_ms, "to_ms": one.to_ms, "activity": list(one.activity),
             **({} if one.child is None else {"child": one.child})} for one in segments]


def from_trees(trees: Sequence[Mapping[str, Any]]) -> tuple[Segment, ...]:
    """The segments that were written so, which were checked as they came in."""
    return tuple(Segment(from_ms=one["from_ms"], to_ms=one["to_ms"], activity=tuple(one["activity"]),
                         child=one.get("child")) for one in trees)

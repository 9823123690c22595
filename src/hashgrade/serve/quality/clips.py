"""What readers marked in a clip, as the pages of a settlement and of an item's history show it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from hashgrade.grading import parts
from hashgrade.law.segments import in_time
from hashgrade.law.vocabulary import vocabulary
from hashgrade.nouns import Segment
from hashgrade.serve.grading.marking import time_of
from hashgrade.serve.quality.choosing import Board

NOTHING = "nothing marked"


def of(board: Board) -> dict[str, Any]:
    """Give a line for each time that somebody marked or the settlement has, and which segments can be taken.

    Args:
        board: The settlement so far.
    """
    if not any(board.marked):
        return {"rows": []}
    return {"rows": list(_rows(board)), "asks": board.asks_part, "alike": parts.alike(board.marked),
            "takes": [(str(n), f"Digit{n}", f"Reader {n}:", _counted(mine)) for n, mine in enumerate(board.marked, 1)]
            + [(parts.ALL, f"Digit{len(board.marked) + 1}", "What all of them marked:",
                _counted(parts.shared(board.marked)))]}


def _rows(board: Board) -> Iterator[dict[str, Any]]:
    read = [{in_time(one): one for one in mine} for mine in board.marked]
    final = {in_time(one): (one, why) for one, _, why in board.segments}
    taken = {time: one for time, (one, _) in final.items()}
    for time in sorted({time for mine in (*read, taken) for time in mine}):
        one = next(mine[time] for mine in (*read, taken) if time in mine)
        yield {"times": times_of(one), "child": None if one.child is None else one.child + 1,
               "said": [(labels_of(mine[time]), mine[time] == taken.get(time)) if time in mine
                        else (_around(one, mine.values()), False) for mine in read],
               "final": labels_of(taken[time]) if time in taken else "", "why": final.get(time, (None, ""))[1]}


def _around(one: Segment, others: Iterable[Segment]) -> str:
    """Where a longer segment says the same of the time of a segment; empty where none does."""
    return next((f"within {times_of(other)}" for other in others
                 if other.from_ms <= one.from_ms and one.to_ms <= other.to_ms
                 and (other.activity, other.child) == (one.activity, one.child)), "")


def said_of(segments: Iterable[Segment]) -> str:
    """Name the times of segments in one line, each with its child, if it is of one, and its labels."""
    return " · ".join(
        f"{times_of(one)}{'' if one.child is None else f', child {one.child + 1}'}: {labels_of(one)}"
        for one in segments)


def times_of(one: Segment) -> str:
    """When a segment begins and ends, in words."""
    return f"{time_of(one.from_ms)} to {time_of(one.to_ms)}"


def labels_of(one: Segment) -> str:
    """What a segment shows, in the words of the vocabulary."""
    return vocabulary().facts["activity"].in_words(one.activity)


def _counted(segments: Sequence[Segment]) -> str:
    count = len(segments)
    return f"{count} segment{'' if count == 1 else 's'}" if count else NOTHING

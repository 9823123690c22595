"""What clips and animations have in common: frames that are shown at a time, and which of them are taken."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from hashgrade.decode.pixels import Pixels

GAP_MS_MAX: Final = 86_400_000
"""A day: a frame that is shown for longer is damage."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One frame as it was decoded: when it is shown, whether it stands on its own, its size.

    `full()` gives it as uint8 [H, W, 3] RGB, and `small(width, height)` scaled to that size;
    both only until the next frame is asked for.
    """

    at_ms: int
    key: bool
    width: int
    height: int
    full: Callable[[], Pixels]
    small: Callable[[int, int], Pixels]


class Clock:
    """Times that begin at 0 and only ever grow, whatever a medium says of its frames.

    A time that is not told, lies before the last one or a day after it is taken to be one
    step on, and later times count from there: by no lie do frames share a time, and
    so get by unseen.

    Args:
        step_ms: How long a frame is shown that does not say it.
    """

    def __init__(self, step_ms: float) -> None:
        self.step_ms = step_ms
        self.last: float | None = None
        self.ahead = 0.0

    def at(self, told_ms: float | None) -> int:
        """Give the time of the next frame in whole milliseconds.

        Args:
            told_ms: What the frame says, counted from anywhere, or None.
        """
        if self.last is None:
            self.last, self.ahead = 0.0, -(told_ms or 0)
        elif told_ms is not None and 0 <= told_ms + self.ahead - self.last <= GAP_MS_MAX:
            self.last = max(told_ms + self.ahead, self.last + 1)
        else:
            self.last += self.step_ms
            self.ahead = self.last - told_ms if told_ms is not None else self.ahead
        return int(self.last)

    def end_ms(self) -> int:
        """Give the time at which the last frame ends; 0 if there was none."""
        return 0 if self.last is None else int(self.last + self.step_ms)


class Due:
    """Which frames are taken: the first at or after each multiple of `every_ms`.

    Args:
        every_ms: Milliseconds, from 1.
    """

    def __init__(self, every_ms: int) -> None:
        self.every_ms = every_ms
        self.next_ms = 0

    def takes(self, at_ms: int) -> bool:
        """Tell whether the frame at this time is taken; ask once for each, in order."""
        if at_ms < self.next_ms:
            return False
        self.next_ms = (at_ms // self.every_ms + 1) * self.every_ms
        return True


class Sheet:
    """A contact sheet: of the frames offered, some that lie evenly over the clip, made small at once.

    How long a clip is shows only at its end, so up to four times as many as are wanted are
    held, and thinned to half whenever there are more; memory does not grow with the clip.

    Args:
        count: The pictures wanted, from 0.
        size: Their width and height in pixels.
    """

    def __init__(self, count: int, size: tuple[int, int]) -> None:
        self.count, self.size = count, size
        self.apart_ms = 0.0
        self.held: list[tuple[int, Pixels]] = []

    def offer(self, shown: Shown) -> None:
        """Take a frame into account."""
        if self.count == 0 or (self.held and shown.at_ms < self.held[-1][0] + self.apart_ms):
            return
        self.held.append((shown.at_ms, shown.small(*self.size)))
        if len(self.held) > 4 * self.count:
            self.apart_ms = max(2 * self.apart_ms, self.held[-1][0] / (2 * self.count), 1)
            self.held = list(_apart(self.held, self.apart_ms))

    def pictures(self) -> tuple[tuple[int, Pixels], ...]:
        """Give the pictures with their times, `count` of them or as many as there are, in order of time."""
        have = len(self.held)
        places = range(have) if have <= self.count else [place * have // self.count for place in range(self.count)]
        return tuple(self.held[place] for place in places)


def _apart(held: Iterable[tuple[int, Pixels]], apart_ms: float) -> Iterator[tuple[int, Pixels]]:
    due = 0.0
    for at_ms, picture in held:
        if at_ms >= due:
            yield at_ms, picture
            due = at_ms + apart_ms

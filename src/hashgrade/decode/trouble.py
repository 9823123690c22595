"""What can be wrong with a medium, as a number and a text: one table for both sides of the jail.

A jailed child's words are never shown, so it tells a `Why`, a format and two whole
numbers, and whoever reads them composes the same text from the same table.
"""

from enum import IntEnum
from signal import Signals
from typing import TYPE_CHECKING, Final

from hashgrade.errors import InputError

if TYPE_CHECKING:  # a child that decodes need not load pydantic
    from hashgrade.settings import Limits


class Why(IntEnum):
    """Why a medium was not decoded, or not to its end; the numbers stand in records and never change."""

    NO_BYTES = 1
    NO_FORMAT = 2
    NOT_DECODED_HERE = 3
    STILL_DAMAGED = 4
    STILL_CUT_SHORT = 5
    TOO_MANY_PIXELS = 6
    TOO_MANY_BYTES = 7
    OUT_OF_TIME = 8
    NO_FRAMES = 9
    CLIP_CUT_SHORT = 10
    TOO_MANY_FRAMES = 11
    CRASHED = 12
    OUT_OF_MEMORY = 13
    NONSENSE = 14
    NO_DECODER = 15


TEXTS: Final = {
    Why.NO_BYTES: ("DEC-01", "the medium has no bytes"),
    Why.NO_FORMAT: ("DEC-02", "the bytes begin like no format that is known here"),
    Why.NOT_DECODED_HERE: ("DEC-02", "{name} is not decoded here"),
    Why.NO_DECODER: ("DEC-02", "the {name} clip is in a codec that is not decoded here"),
    Why.STILL_DAMAGED: ("DEC-03", "the {name} picture is damaged"),
    Why.STILL_CUT_SHORT: ("DEC-03", "the {name} picture is cut short"),
    Why.TOO_MANY_PIXELS: ("DEC-04", "{0} x {1} pixels, at most {limits.pixels_max} are decoded"),
    Why.TOO_MANY_BYTES: ("DEC-05", "{0} bytes, at most {limits.medium_bytes_max} are decoded"),
    Why.OUT_OF_TIME: ("DEC-06", "the {name} took more than {limits.clip_s_max} s"),
    Why.NO_FRAMES: ("DEC-07", "the {name} clip is damaged, cut short or shows no pictures"),
    Why.CLIP_CUT_SHORT: ("DEC-07", "the {name} is damaged or cut short; {0} of its frames were decoded"),
    Why.CRASHED: ("DEC-08", "the decoder of the {name} was ended by {ended}"),
    Why.TOO_MANY_FRAMES: ("DEC-09", "the {name} has more than {limits.frames_max} frames"),
    Why.OUT_OF_MEMORY: ("DEC-10", "the {name} needs more memory than there is to decode it"),
    Why.NONSENSE: ("DEC-11", "the decoder of the {name} answered what cannot be"),
}
"""The code and text of each: `name` is the format, {0} and {1} are the numbers, `limits` those in force.

`ended` is what the first number says of a process: a signal where it is below 0, else its exit status.
"""

SIGNALS: Final = {one.value: one.name for one in Signals}


class Trouble(InputError):
    """A medium that was not decoded, or not to its end: an `InputError` that can be told in numbers.

    Args:
        why: What is wrong.
        limits: The limits in force.
        name: The medium's format, as `formats.sniff` names it, or nothing.
        numbers: The whole numbers of the text; more than it shows are passed over.
    """

    def __init__(self, why: Why, limits: "Limits", name: str = "", *numbers: int) -> None:
        self.why, self.limits, self.name, self.numbers = why, limits, name, numbers
        code, text = TEXTS[why]
        super().__init__(code, text.format(*numbers, name=name or "medium", limits=limits, ended=_ended(*numbers)))

    def __reduce__(self) -> tuple[object, ...]:
        return Trouble, (self.why, self.limits, self.name, *self.numbers)


def _ended(status: int = 0, *_: int) -> str:
    return SIGNALS.get(-status, f"status {status}")

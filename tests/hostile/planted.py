"""A zygote with the real decoders and a planted fault: `python tests/hostile/planted.py`, as `Decoders.command`.

A medium that ends with one of `FAULTS` does that to the child that decodes it.
"""

import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

from hashgrade.decode import examining, zygote
from hashgrade.decode.seen import Seen, Wanted
from hashgrade.nouns import Jail

if TYPE_CHECKING:
    from hashgrade.settings import Limits

ANSWERS = [-1]
work, examine = zygote.work, examining.examine


def hang() -> None:
    """Never answer."""
    while True:
        pass


def flood() -> None:
    """Write without end what is no record."""
    while True:
        os.write(ANSWERS[0], b"\xff" * 2**16)


def eat() -> None:
    """Take more memory than there is."""
    bytearray(2**34)


FAULTS: dict[bytes, tuple[Callable[[], object], str]] = {
    b"--crash": (lambda: signal.raise_signal(signal.SIGSEGV), "DEC-08"), b"--hang": (hang, "DEC-06"),
    b"--flood": (flood, "DEC-11"), b"--eat": (eat, "DEC-10"), b"--leave": (lambda: os._exit(0), "DEC-11")}
"""What ends a medium, what that does, and the code it is told by."""


def faulty(source: bytes, limits: "Limits", wanted: Wanted) -> Seen:
    """Look at a medium, unless a fault is planted in it."""
    for mark, (fault, _) in FAULTS.items():
        if source.endswith(mark):
            fault()
    return examine(source, limits, wanted)


def main() -> None:
    """Serve as a zygote does."""

    def working(level: Jail, jobs: int, answers: int) -> None:
        ANSWERS[0] = answers
        work(level, jobs, answers)

    examining.examine, zygote.work = faulty, working  # type: ignore[assignment]
    zygote.main()


if __name__ == "__main__":
    main()

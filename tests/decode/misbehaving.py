"""A zygote whose children do what the medium says: `python tests/decode/misbehaving.py [LEVEL]`, as `Decoders.command`.

Any other medium is answered as one of no known format. At LEVEL the jail is as strong as
it says, so that children may do what the full one denies.
"""

import os
import signal
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hashgrade.decode import jail, record, zygote
from hashgrade.decode.record import HEAD
from hashgrade.decode.seen import Seen, Wanted
from hashgrade.decode.trouble import Trouble, Why
from hashgrade.nouns import Jail, Kind

if TYPE_CHECKING:  # what a zygote loads, each test waits for
    from hashgrade.settings import Limits

GOOD = record.record
work = zygote.work
ANSWERS = [-1]


def head(**fields: int) -> bytes:
    """A record with some of its numbers replaced."""
    names = ("kind", "format", "why", "name", "first", "second", "width", "height", "duration")
    values = dict.fromkeys(names, 0) | {"frames": 0, "pictures": 0, "quality": 255, "flavour": 255} | fields
    pdq = values["flavour"], values["quality"], bytes(32)
    return HEAD.pack(*(values[name] for name in names), *pdq, *record.NO_PDQ, values["frames"], values["pictures"])


def flood() -> bytes:
    """Write without end."""
    while True:
        os.write(ANSWERS[0], bytes(2**16))


def loop() -> bytes:
    """Never answer."""
    while True:
        pass


def quit_pipe() -> bytes:
    """End the pipe, and go on living."""
    os.close(ANSWERS[0])
    return loop()


def short() -> bytes:
    """End well in the middle of a record."""
    os.write(ANSWERS[0], bytes(9))
    os._exit(0)


def answer_then(end: Callable[[], object]) -> bytes:
    """Answer well, and then do something else."""
    os.write(ANSWERS[0], head(kind=2, why=Why.NO_FORMAT))
    end()
    return b""


RECORDS: dict[bytes, Callable[[], bytes]] = {
    b"flood": flood, b"loop": loop, b"close": quit_pipe,
    b"garbage": lambda: b"\xff" * HEAD.size, b"text": lambda: b"{" * 5000,
    b"short": short,
    b"twice": lambda: head(kind=2) * 2, b"thousand": lambda: head(kind=2) * 1000,
    b"no kind": lambda: head(kind=3), b"no format": lambda: head(format=200), b"no why": lambda: head(why=99),
    b"no name": lambda: head(why=1, name=99), b"negative": lambda: head(why=6, first=-1),
    b"one side": lambda: head(width=9), b"pixels": lambda: head(width=2**31, height=2**31),
    b"frames": lambda: head(frames=2**32 - 1), b"pictures": lambda: head(width=1, height=1, pictures=2**32 - 1),
    b"unasked picture": lambda: head(width=1, height=1, pictures=1) + bytes(3 * 256 * 256),
    b"quality": lambda: head(flavour=0, quality=101), b"flavour": lambda: head(flavour=1, quality=1),
    b"no flavour": lambda: head(flavour=9, quality=1), b"duration": lambda: head(duration=-2),
    b"times": lambda: head(frames=2) + 2 * record.FRAME.pack(5, 0, 100, bytes(32)),
    b"frame of none": lambda: head(frames=1) + record.FRAME.pack(5, *record.NO_PDQ),
    b"answer, then hang": lambda: answer_then(loop), b"answer, then fail": lambda: answer_then(lambda: os._exit(3)),
    b"answer, then flood": lambda: answer_then(flood),
}

LOOKS: dict[bytes, Callable[[], object]] = {
    b"fault": lambda: signal.raise_signal(signal.SIGSEGV), b"abort": os.abort,
    b"exit": lambda: os._exit(0), b"exit 3": lambda: os._exit(3), b"raise": lambda: 1 // 0,
    b"memory": lambda: bytearray(2**32), b"file": lambda: Path("/etc/passwd").read_bytes(),
    b"kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    b"kill zygote": lambda: os.kill(os.getppid(), signal.SIGKILL),
}

ASKED = [b""]


def misbehave(data: bytes, limits: "Limits", wanted: Wanted) -> Seen:
    """Do as the medium says."""
    ASKED[0] = bytes(data[:40])
    if ASKED[0] in LOOKS:
        LOOKS[ASKED[0]]()
    return Seen(Kind.OTHER, error=Trouble(Why.NO_FORMAT, limits))


def main() -> None:
    """Serve as a zygote does."""

    def working(level: Jail, jobs: int, answers: int) -> None:
        ANSWERS[0] = answers
        work(level, jobs, answers)

    def recording(seen: Seen) -> bytes:
        return RECORDS[ASKED[0]]() if ASKED[0] in RECORDS else GOOD(seen)

    # In place of the module that loads the decoders, which takes longer than all the tests.
    sys.modules["hashgrade.decode.examining"] = types.SimpleNamespace(examine=misbehave)  # type: ignore[assignment]
    record.record, zygote.work = recording, working
    zygote.warm = lambda: None
    if sys.argv[1:]:
        jail.strongest = lambda: Jail(sys.argv[1])
    zygote.main()


if __name__ == "__main__":
    main()

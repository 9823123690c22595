"""The zygote: a process that can decode, forks a child for each batch, and itself touches no medium.

It is started by exec with a clean environment, so that neither it nor a child holds a
key, a socket, a thread or a record of ours. All that is imported late or compiled late is
done before it serves, since a locked child can load nothing. It talks with its owner over
one socket, on which only numbers and descriptors pass, and nothing that a child says
reaches it: the child's pipes lead to the owner.
"""

import gc
import os
import select
import socket
import stat
import struct
import sys
import time
from io import BufferedReader, FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hashgrade.decode import jail
from hashgrade.nouns import Jail, Kind

if TYPE_CHECKING:
    from hashgrade.decode.seen import Seen, Wanted
    from hashgrade.settings import Limits

CONTROL: Final = 0
"""Where the socket to the owner is: it stands in for the standard input."""

LEVELS: Final = tuple(Jail)
NO_LEVEL: Final = 255
STARTED: Final = struct.Struct("<q")
ENDED: Final = struct.Struct("<q")
"""A child's exit status as `os.waitstatus_to_exitcode` gives it."""

MEDIA_MAX: Final = 64
BUFFER_BYTES: Final = 2**20
SILENT_S: Final = 0.05
"""How long a child keeps what it has seen to itself."""
UNFIT: Final = 70
"""The exit status of a child that could not be locked down, or met an error that is ours."""


def main() -> None:
    """Serve whoever started this process, until they are gone; at a terminal say how strong the jail would be."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy is not loaded yet
    level = jail.strongest()
    if not stat.S_ISSOCK(os.fstat(CONTROL).st_mode):
        sys.stdout.write(f"the kernel gives the jail `{level or 'none'}`\n")
        warm()
        sys.stdout.write("the decoders are loaded\n")
        return
    control = socket.socket(fileno=CONTROL)
    control.send(bytes([LEVELS.index(level) if level else NO_LEVEL]))
    if level:
        warm()
        jail.drop_privileges()
        serve(control, level)


def warm() -> None:
    """Load and compile all that a child will run, on one thread.

    Raises:
        RuntimeError: Something started a thread: a fork of this process could then hang.
    """
    sys.modules["scipy"] = None  # type: ignore[assignment]  # numba would load it, and no kernel here has need of it
    from hashgrade.decode import memory, warming  # noqa: PLC0415 - the decoders; the level is told before they are loaded

    warming.warm()
    jail.landlock_rights()
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise RuntimeError(f"{threads} threads")
    gc.collect()
    gc.freeze()  # what the children never free need not be looked at, and so not copied, in each of them
    memory.seal_code()
    memory.gather()


def serve(control: socket.socket, level: Jail) -> None:
    """Fork a child for every two pipes that the owner sends; tell them its descriptor, then how it ended."""
    while True:
        message, pipes, _, _ = socket.recv_fds(control, 1, 2)
        if not message:
            return
        child = os.fork()
        if child == 0:
            _be_child(level, *pipes)
        for pipe in pipes:
            os.close(pipe)
        held = jail.hold(child)
        socket.send_fds(control, [STARTED.pack(child)], [held])
        _wait(control, held)
        os.close(held)
        _, status = os.waitpid(child, 0)
        control.send(ENDED.pack(os.waitstatus_to_exitcode(status)))


def _wait(control: socket.socket, child: int) -> None:
    """Wait for the child's end; if the owner goes first, the child goes too."""
    waiting = select.poll()
    for one in (control.fileno(), child):
        waiting.register(one, select.POLLIN)
    if control.fileno() in dict(waiting.poll()):
        jail.kill(child)
        sys.exit()


def _be_child(level: Jail, jobs: int, answers: int) -> None:
    """Never return: a child that did would be a second zygote."""
    status = UNFIT
    try:
        work(level, jobs, answers)
        status = 0
    finally:
        os._exit(status)


def work(level: Jail, jobs: int, answers: int) -> None:
    """Lock this process down, then answer one record for each medium that comes through `jobs`.

    Args:
        level: The layers of the jail.
        jobs: The pipe that media come through; its end is the end of the batch.
        answers: The pipe that records go through.

    Raises:
        EOFError: The owner went away in the middle of a medium.
        OSError: The process cannot be locked down.
    """
    from hashgrade.decode import record  # noqa: PLC0415 - loaded by `warm`

    read = BufferedReader(FileIO(jobs, closefd=False), BUFFER_BYTES)
    write = FileIO(answers, "w", closefd=False)
    limits, wanted = record.from_header(read.read(record.HEADER.size))
    jail.lock_down(level, (jobs, answers), MEDIA_MAX * limits.clip_s_max + 1)
    unsaid, said_s = bytearray(), time.perf_counter()
    while told := read.read(record.LENGTH.size):
        unsaid += record.record(_look(read, record.LENGTH.unpack(told)[0], limits, wanted))
        # Not one by one: waking the owner for each costs both of us more than the record does.
        if time.perf_counter() - said_s > SILENT_S or len(unsaid) > BUFFER_BYTES:
            _say(write, unsaid)
            unsaid, said_s = bytearray(), time.perf_counter()
    _say(write, unsaid)


def _say(write: FileIO, records: bytearray) -> None:
    left = memoryview(records)
    while left:
        left = left[write.write(left):]


def _look(read: "BufferedReader[FileIO]", size_bytes: int, limits: "Limits", wanted: "Wanted") -> "Seen":
    from hashgrade.decode.examining import examine  # noqa: PLC0415 - loaded by `warm`

    data = b""
    try:
        data = _exactly(read, size_bytes)
        return examine(data, limits, wanted)
    except MemoryError:
        if size_bytes and not data:
            for _ in range(size_bytes // BUFFER_BYTES):
                _exactly(read, BUFFER_BYTES)
            _exactly(read, size_bytes % BUFFER_BYTES)
        return _too_large(data, limits)


def _too_large(data: bytes, limits: "Limits") -> "Seen":
    from hashgrade.decode.formats import HEAD_BYTES, sniff  # noqa: PLC0415 - loaded by `warm`
    from hashgrade.decode.seen import Seen  # noqa: PLC0415
    from hashgrade.decode.trouble import Trouble, Why  # noqa: PLC0415

    return Seen(Kind.OTHER, error=Trouble(Why.OUT_OF_MEMORY, limits, sniff(data[:HEAD_BYTES]) or ""))


def _exactly(read: "BufferedReader[FileIO]", size_bytes: int) -> bytes:
    data = read.read(size_bytes)
    if len(data) < size_bytes:
        raise EOFError
    return data

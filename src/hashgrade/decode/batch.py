"""One batch in one child: media go in through one pipe while records come out of another.

Neither pipe is waited for alone, so a child that does not read cannot block us, nor one
that does not write; and each medium has its time, whatever the child does with it.
"""

import os
import select
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fcntl import fcntl
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hashgrade.decode import record
from hashgrade.decode.seen import Seen, Wanted
from hashgrade.decode.sources import Medium, unreadable
from hashgrade.decode.trouble import Why
from hashgrade.errors import InputError
from hashgrade.nouns import Kind

if TYPE_CHECKING:
    from hashgrade.settings import Limits

PIECE_BYTES: Final = 2**20
GRACE_S: Final = 10
"""Beyond `clip_s_max`, so that a decoder that watches the clock itself can still tell how far it came."""
BYTES_A_SECOND: Final = 2**24
"""A child that takes a medium in more slowly is hanging."""
SET_PIPE_SIZE: Final = 1031


class FaultError(Exception):
    """A child did not answer as one of ours does.

    Args:
        why: What it did.
        status: How it ended, as `os.waitstatus_to_exitcode` gives it.
    """

    def __init__(self, why: Why, status: int = 0) -> None:
        self.why, self.status = why, status
        super().__init__(why.name)


class Batch:
    """What is asked of one child and what it has answered so far.

    Args:
        media: What to look at, in order.
        limits: The limits in force.
        wanted: What each look shall give.
    """

    def __init__(self, media: Sequence[Medium], limits: "Limits", wanted: Wanted) -> None:
        self.media, self.limits = media, limits
        self.seen: list[Seen] = []
        self.unread: dict[int, InputError] = {}
        self.reader = record.Reader(limits, wanted)
        self.pieces = self._pieces(record.header(limits, wanted))
        self.piece = memoryview(b"")

    def run(self, jobs: int, answers: int) -> list[Seen]:
        """Pass the media on and give what was seen of each, once the child has answered all and ended its pipe.

        Args:
            jobs: Our end of the pipe to the child; closed when all is written, or when this returns.
            answers: Our end of the pipe from it; likewise.

        Raises:
            FaultError: The child took too long, answered what cannot be or too much, or
                ended its pipe early (`CRASHED`: how is known once it is waited for).
        """
        for pipe in (jobs, answers):
            os.set_blocking(pipe, False)
        with suppress(OSError):  # a larger pipe is only faster
            fcntl(jobs, SET_PIPE_SIZE, PIECE_BYTES)
        try:
            self._talk(jobs, answers)
        finally:
            os.close(answers)
        return [Seen(Kind.OTHER, error=self.unread[at]) if at in self.unread else seen
                for at, seen in enumerate(self.seen)]

    def _talk(self, jobs: int, answers: int) -> None:
        waiting = select.poll()
        waiting.register(answers, select.POLLIN)
        waiting.register(jobs, select.POLLOUT)
        writing, deadline = True, self._deadline()
        try:
            while ready := dict(waiting.poll(max(0, deadline - time.monotonic()) * 1000)):
                if writing and jobs in ready and not self._write(jobs):
                    waiting.unregister(jobs)
                    os.close(jobs)
                    writing = False
                if answers in ready:
                    before = len(self.seen)
                    if self._read(answers):
                        return
                    deadline = self._deadline() if len(self.seen) > before else deadline
        finally:
            if writing:
                os.close(jobs)
        raise FaultError(Why.OUT_OF_TIME)

    def _deadline(self) -> float:
        at = len(self.seen)
        passing_s = self.media[at].size_bytes / BYTES_A_SECOND + self.limits.clip_s_max if at < len(self.media) else 0
        return time.monotonic() + passing_s + GRACE_S

    def _write(self, jobs: int) -> bool:
        """Write what the pipe takes; tell whether there is more to write."""
        try:
            while piece := self.piece or memoryview(next(self.pieces, b"")):
                self.piece = piece  # kept, where the pipe is full
                self.piece = piece[os.write(jobs, piece):]
        except BlockingIOError:
            return True
        except BrokenPipeError:
            return False
        return False

    def _pieces(self, header: bytes) -> Iterator[bytes]:
        """All that the child is to read, in order; no piece is empty, as nothing is what the end looks like."""
        yield header
        for at, medium in enumerate(self.media):
            yield record.LENGTH.pack(medium.size_bytes)
            if not isinstance(medium.source, bytes):
                yield from self._of_file(at, medium.source, medium.size_bytes)
            elif medium.source:
                yield medium.source

    def _of_file(self, at: int, path: Path, left: int) -> Iterator[bytes]:
        """The bytes of a file as it was measured; one that meanwhile shrank or went is filled up, and not believed."""
        try:
            with path.open("rb") as file:
                while left and (piece := file.read(min(left, PIECE_BYTES))):
                    left -= len(piece)
                    yield piece
        except OSError as error:
            self.unread[at] = unreadable(error)
        if left and at not in self.unread:
            self.unread[at] = InputError("MED-01", "the file became shorter while it was read")
        while left:
            piece = bytes(min(left, PIECE_BYTES))
            left -= len(piece)
            yield piece

    def _read(self, answers: int) -> bool:
        """Read what there is; tell whether the child has ended its pipe, having answered all."""
        arrived = os.read(answers, PIECE_BYTES)
        try:
            self.seen.extend(self.reader.read(arrived))
        except record.NonsenseError:
            raise FaultError(Why.NONSENSE) from None
        if len(self.seen) > len(self.media):
            raise FaultError(Why.NONSENSE)
        if not arrived and (len(self.seen) < len(self.media) or self.reader.buffer):
            raise FaultError(Why.CRASHED)
        return not arrived

"""The pool of decoders: media in, what was seen of them out, each batch in a jailed child of a zygote.

A child can crash, hang, flood or lie, and costs its batch only: nothing of a faulty batch
is believed, and each of its media is looked at again alone, so that the one at fault is
found and named, and the rest is unharmed.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock
from typing import TYPE_CHECKING, Final, Self

from hashgrade.decode import jail
from hashgrade.decode.batch import GRACE_S, Batch, FaultError
from hashgrade.decode.seen import USUAL, Seen, Wanted
from hashgrade.decode.sources import Medium, Source, medium
from hashgrade.decode.trouble import Trouble, Why
from hashgrade.decode.zygote import ENDED, LEVELS, MEDIA_MAX, NO_LEVEL, STARTED
from hashgrade.errors import Broken, InputError, Refused
from hashgrade.nouns import Jail, Kind

if TYPE_CHECKING:
    from hashgrade.settings import Limits

COMMAND: Final = (sys.executable, "-I", "-m", "hashgrade.decode")
PASSED_ON: Final = ("HOME", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME")
"""All that a zygote is told of our environment: where compiled kernels are kept."""
START_S: Final = 120
TRIES: Final = 3


class GoneError(Exception):
    """A zygote ended."""


class LateError(GoneError):
    """A zygote does not answer in time."""


class Zygote:
    """One zygote, as its owner holds it: a process, and the socket to it.

    Args:
        command: What to run.

    Raises:
        GoneError: It cannot be started.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        try:
            with theirs:
                # A session of its own: an interrupt at the terminal is for us, and we end it.
                self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, unless a test gives another
                    command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
                    env=kept, start_new_session=True)
        except OSError:
            self.control.close()
            raise GoneError from None
        try:
            (told,) = self._told(1, START_S)[0]
        except BaseException:
            self.close()
            raise
        self.level = None if told == NO_LEVEL else LEVELS[told]

    def look(self, media: Sequence[Medium], limits: "Limits", wanted: Wanted) -> list[Seen]:
        """Have a child look at a batch.

        Raises:
            FaultError: The child did not answer as one of ours does, or took the zygote with it.
            GoneError: The zygote is gone, and was before there was a child.
        """
        child, jobs, answers = self._fork()
        try:
            try:
                seen, why = Batch(media, limits, wanted).run(jobs, answers), Why.CRASHED
            except FaultError as fault:
                seen, why = [], fault.why
            status = self._end(child, kill=why != Why.CRASHED)
        except GoneError:
            # It was well when the child began: whatever the child did comes first as a reason.
            self.close()
            raise FaultError(Why.CRASHED, self.process.returncode) from None
        finally:
            os.close(child)
        if seen and status == 0:
            return seen
        raise _classified(why, status)

    def _fork(self) -> tuple[int, int, int]:
        """Give a new child's descriptor, and our ends of the pipes to it and from it."""
        theirs_in, jobs = os.pipe()
        answers, theirs_out = os.pipe()
        try:
            with suppress(ConnectionError):  # then there is no answer either
                socket.send_fds(self.control, [b"."], [theirs_in, theirs_out])
            return self._told(STARTED.size, START_S)[1][0], jobs, answers
        except BaseException:
            os.close(jobs)
            os.close(answers)
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)

    def _end(self, child: int, *, kill: bool) -> int | None:
        """Give a child's exit status, None if it had to be killed."""
        if not kill:
            with suppress(LateError):
                return int(ENDED.unpack(self._told(ENDED.size, GRACE_S)[0])[0])
        jail.kill(child)
        self._told(ENDED.size, START_S)
        return None

    def _told(self, size_bytes: int, seconds: int) -> tuple[bytes, list[int]]:
        self.control.settimeout(seconds)
        try:
            message, descriptors, _, _ = socket.recv_fds(self.control, size_bytes, 1)
        except TimeoutError:
            raise LateError from None
        except ConnectionError:
            message, descriptors = b"", []
        if len(message) != size_bytes:
            raise GoneError
        return message, descriptors

    def close(self) -> None:
        """End the zygote, which has nothing to put in order, and with it a child that it may have."""
        self.control.close()
        self.process.kill()
        self.process.wait()


def _classified(why: Why, status: int | None) -> FaultError:
    """Name a fault: how a child ended says more than that it did not answer."""
    if why != Why.CRASHED:
        return FaultError(why)
    if not status:
        return FaultError(Why.NONSENSE)
    # Nobody here has killed it, so the kernel has: it was short of memory.
    return FaultError(Why.OUT_OF_MEMORY) if status == -signal.SIGKILL else FaultError(why, status)


class Decoders:
    """Decodes media in jailed processes; any number of threads may ask at once.

    A zygote is started when one is needed and none is free, and kept for the next batch.

    Args:
        limits: The limits in force.
        jail_at_least: The weakest jail that is accepted; the strongest there is, is used.
        command: What to run as a zygote.
    """

    def __init__(
        self, limits: "Limits", jail_at_least: Jail = Jail.FULL, command: Sequence[str] = COMMAND,
    ) -> None:
        self.limits, self.jail_at_least, self.command = limits, jail_at_least, command
        self._free: list[Zygote] = []
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def level(self) -> Jail:
        """The jail that is in force: the strongest that the kernel gives, be it enough or not.

        Raises:
            Refused: JAIL-01, it gives none.
            Broken: JAIL-02, a zygote cannot be started.
        """
        with self._zygote() as zygote:
            if zygote.level is None:
                raise Refused("JAIL-01", "the kernel gives no jail at all")
            return zygote.level

    def examine(self, media: Sequence[Source], wanted: Wanted = USUAL) -> list[Seen]:
        """Look at each medium once, in a jail, and always give an outcome, in order.

        Equal to `examining.examine` of each, but that the process which opened it can do nothing else.

        Args:
            media: All the bytes of each, or the path of its file; of one source, since a
                medium that takes its child over can falsify what is said of those beside it.
            wanted: What it shall give.

        Raises:
            Refused: JAIL-01, the jail would be weaker than what is accepted.
            Broken: JAIL-02, zygotes cannot be started, or end again and again.

        Errors in the outcomes: those of `examining.examine`; DEC-06, out of time; DEC-08,
            the decoder crashed; DEC-10, it needed too much memory; DEC-11, its answer cannot be believed.
        """
        outcomes = [self._measured(source) for source in media]
        taken = [one for one in outcomes if isinstance(one, Medium)]
        seen = iter([one for at in range(0, len(taken), MEDIA_MAX)
                     for one in self._seen(taken[at:at + MEDIA_MAX], wanted)])
        return [next(seen) if isinstance(one, Medium) else one for one in outcomes]

    def close(self) -> None:
        """End all zygotes that are not at work."""
        with self._lock:
            free, self._free = self._free, []
        for zygote in free:
            zygote.close()

    def _measured(self, source: Source) -> Medium | Seen:
        try:
            return medium(source, self.limits)
        except InputError as error:
            return Seen(Kind.OTHER, error=error)

    def _seen(self, media: Sequence[Medium], wanted: Wanted) -> list[Seen]:
        try:
            return self._looked(media, wanted)
        except FaultError as fault:
            if len(media) == 1:
                return [self._blamed(media[0], fault)]
        return [seen for one in media for seen in self._seen([one], wanted)]

    def _blamed(self, one: Medium, fault: FaultError) -> Seen:
        return Seen(Kind.OTHER, error=Trouble(fault.why, self.limits, one.name or "", fault.status))

    def _looked(self, media: Sequence[Medium], wanted: Wanted) -> list[Seen]:
        for _ in range(TRIES):
            with suppress(GoneError), self._zygote() as zygote:
                self._accept(zygote.level)
                return zygote.look(media, self.limits, wanted)
        raise Broken("JAIL-02", f"the process that decodes ended {TRIES} times")

    def _accept(self, level: Jail | None) -> None:
        if level is None or LEVELS.index(level) > LEVELS.index(self.jail_at_least):
            asked = f"at least `{self.jail_at_least}` is asked for"
            raise Refused("JAIL-01", f"the kernel gives the jail `{level or 'none'}`, {asked}")

    @contextmanager
    def _zygote(self) -> Iterator[Zygote]:
        """Lend a zygote to one thread; one that is left in the middle of something is not lent again."""
        with self._lock:
            zygote = self._free.pop() if self._free else None
        zygote = zygote or Zygote(self.command)
        try:
            yield zygote
        except (FaultError, Refused):
            self._give_back(zygote)
            raise
        except BaseException:
            zygote.close()
            raise
        self._give_back(zygote)

    def _give_back(self, zygote: Zygote) -> None:
        if zygote.process.poll() is None:
            with self._lock:
                self._free.append(zygote)

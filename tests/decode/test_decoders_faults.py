"""Whatever a child does, its batch alone pays: it is named, the rest is unharmed, and the parent goes on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hashgrade.decode import Decoders, batch, decoders
from hashgrade.decode.seen import Wanted
from hashgrade.decode.sources import Medium
from hashgrade.errors import Broken, Refused
from hashgrade.nouns import Jail
from hashgrade.settings import Limits
from tests.decode import misbehaving

COMMAND = (sys.executable, misbehaving.__file__)
LIMITS = Limits(clip_s_max=1)
GOOD = "DEC-02"

ENDED = {
    b"fault": ("DEC-08", "SIGSEGV"), b"abort": ("DEC-08", "SIGABRT"), b"exit 3": ("DEC-08", "status 3"),
    b"raise": ("DEC-08", "status 70"), b"file": ("DEC-08", "status 70"), b"answer, then fail": ("DEC-08", "status 3"),
    b"exit": ("DEC-11", ""), b"short": ("DEC-11", ""), b"memory": ("DEC-10", "")}
NONSENSE = sorted(misbehaving.RECORDS.keys() - ENDED.keys() - {b"loop", b"close", b"answer, then hang"})


@pytest.fixture(scope="module")
def pool() -> Iterator[Decoders]:
    """Decoders whose children do what the medium says."""
    with Decoders(LIMITS, Jail.LIMITED, COMMAND) as made:
        yield made


@pytest.fixture(scope="module")
def weak() -> Iterator[Decoders]:
    """The same in the weakest jail."""
    with Decoders(LIMITS, Jail.LIMITED, (*COMMAND, "limited")) as made:
        yield made


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "GRACE_S", 0.3)
    monkeypatch.setattr(decoders, "GRACE_S", 0.3)


def codes(pool: Decoders, *media: bytes) -> list[str]:
    """The error's code of each medium."""
    return [seen.error.code if seen.error else "none" for seen in pool.examine(media)]


@pytest.mark.parametrize(("medium", "code", "ending"), [(medium, *said) for medium, said in ENDED.items()])
def test_a_child_that_ends_is_named(pool: Decoders, medium: bytes, code: str, ending: str) -> None:
    """A crash, an exit and want of memory each have their error, and the media beside it their own outcomes."""
    first, seen, last = pool.examine([b"good", medium, b"good"])
    assert first == last or (first.error and last.error and first.error.code == last.error.code == GOOD)
    assert seen.error
    assert seen.error.code == code
    assert seen.error.what.endswith(ending)


@pytest.mark.parametrize("medium", NONSENSE)
def test_what_cannot_be_is_not_believed(pool: Decoders, medium: bytes) -> None:
    """A record that no child of ours writes, or more than was asked for, ends the child and is named."""
    assert codes(pool, b"good", medium, b"good") == [GOOD, "DEC-11", GOOD]


def test_a_child_that_hangs_is_killed(pool: Decoders) -> None:
    """A medium has its seconds, and no more, however much is waiting to be written after it."""
    started = time.monotonic()
    assert codes(pool, b"loop", b"good" + bytes(2**22)) == ["DEC-06", GOOD]
    assert time.monotonic() - started < 10


def test_a_child_that_answers_and_lives_on_is_killed(pool: Decoders) -> None:
    """Nothing waits for a child that has said all, and nothing it said is believed."""
    assert codes(pool, b"answer, then hang") == ["DEC-06"]


def test_answers_before_a_fault_are_not_believed(pool: Decoders, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that faults may have lied before: each of its media is looked at again, by another child."""
    batches: list[int] = []
    asked = decoders.Zygote.look

    def look(self: decoders.Zygote, media: list[Medium], limits: Limits, wanted: Wanted) -> object:
        batches.append(len(media))
        return asked(self, media, limits, wanted)

    monkeypatch.setattr(decoders.Zygote, "look", look)
    assert codes(pool, b"good", b"good", b"fault") == [GOOD, GOOD, "DEC-08"]
    assert batches == [3, 1, 1, 1]


def test_every_medium_of_a_batch_may_be_bad(pool: Decoders) -> None:
    """Each fault is found, however many there are."""
    assert codes(pool, *[b"fault", b"garbage"] * 8) == ["DEC-08", "DEC-11"] * 8


def test_a_child_that_does_not_read_cannot_block_us(pool: Decoders) -> None:
    """More than a pipe holds is waiting for a child that floods or crashes."""
    large = b"good" + bytes(2**22)
    assert codes(pool, b"flood", large) == ["DEC-11", GOOD]
    assert codes(pool, b"fault", large) == ["DEC-08", GOOD]


@pytest.mark.parametrize(("medium", "code"), [(b"kill", "DEC-10"), (b"close", "DEC-11"), (b"kill zygote", "DEC-08")])
def test_what_only_a_weak_jail_lets_a_child_do(weak: Decoders, medium: bytes, code: str) -> None:
    """A child that is killed lacked memory, one that ends its pipe and lives on is killed, and one can kill its zygote.

    Each is one medium's fault and costs no other.
    """
    assert codes(weak, b"good", medium, b"good") == [GOOD, code, GOOD]


def test_a_zygote_that_died_is_replaced(pool: Decoders) -> None:
    """A zygote that somebody kills costs nothing."""
    assert codes(pool, b"good") == [GOOD]
    for zygote in pool._free:
        zygote.process.kill()
        zygote.process.wait()
    assert codes(pool, b"good") == [GOOD]


@pytest.mark.parametrize("command", [("/nonexistent",), (sys.executable, "-c", "pass"), ("/bin/sh", "-c", "exit 1")])
def test_zygotes_that_cannot_start_are_told(command: tuple[str, ...]) -> None:
    """Without a zygote nothing is decoded, and the error says how to find out why."""
    with Decoders(LIMITS, command=command) as pool, pytest.raises(Broken, match="JAIL-02"):
        pool.examine([b"good"])


@pytest.mark.parametrize(("given", "asked"), [("limited", Jail.FILTERED), ("filtered", Jail.FULL)])
def test_a_weaker_jail_than_asked_for_is_refused(given: str, asked: Jail) -> None:
    """Below the accepted level nothing is decoded; the level in force can be asked for all the same."""
    with Decoders(LIMITS, asked, (*COMMAND, given)) as pool:
        with pytest.raises(Refused, match=rf"gives the jail `{given}`, at least `{asked}`") as caught:
            pool.examine([b"good"])
        assert caught.value.code == "JAIL-01"
        assert pool.level == given


def descriptors() -> set[str]:
    """What this process has open."""
    return {one.name for one in Path("/proc/self/fd").iterdir()}


def test_nothing_is_left_open(pool: Decoders) -> None:
    """A hundred batches, faults among them, leave no descriptor and no process behind."""
    codes(pool, b"good")
    before = descriptors()
    for medium in [b"good", b"good", b"garbage", b"fault"] * 25:
        codes(pool, medium)
    assert descriptors() == before
    (zygote,) = pool._free
    assert not Path(f"/proc/{zygote.process.pid}/task/{zygote.process.pid}/children").read_text()


def test_many_threads_may_ask_at_once(pool: Decoders) -> None:
    """Each thread has a zygote to itself while it asks, and gets its own answers."""
    media = [[b"good", b"fault"], [b"exit", b"good"], [b"garbage", b"good"], [b"good"]] * 6
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda some: codes(pool, *some), media))
    assert answers == [[GOOD, "DEC-08"], ["DEC-11", GOOD], ["DEC-11", GOOD], [GOOD]] * 6
    assert len(pool._free) <= 4


def test_a_closed_pool_ends_its_zygotes() -> None:
    """Nothing runs on, and nothing is left for the system to clear up; what is asked later starts anew."""
    pool = Decoders(LIMITS, Jail.LIMITED, COMMAND)
    codes(pool, b"good")
    (zygote,) = pool._free
    pool.close()
    assert zygote.process.returncode == -signal.SIGKILL
    assert codes(pool, b"good") == [GOOD]
    pool.close()


def test_an_interrupt_is_for_us_alone(pool: Decoders) -> None:
    """A zygote has a session of its own, so that an interrupt at the terminal does not reach it."""
    codes(pool, b"good")
    (zygote, *_) = pool._free
    assert os.getsid(zygote.process.pid) == zygote.process.pid != os.getsid(0)


@pytest.mark.parametrize("medium", [b"good", b"loop"])
def test_zygotes_end_with_their_owner(medium: bytes) -> None:
    """An owner that is killed outright leaves no zygote, not even one whose child hangs."""
    script = (
        "import sys; from hashgrade.decode import Decoders; from hashgrade.nouns import Jail;"
        "from hashgrade.settings import Limits;"
        f"pool = Decoders(Limits(), Jail.LIMITED, {COMMAND!r}); pool.level;"
        "print(pool._free[0].process.pid, flush=True);"
        f"pool.examine([{medium!r}]); sys.stdin.read()")
    owner = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    assert owner.stdin
    zygote = int(owner.stdout.readline())
    time.sleep(0.3)
    owner.kill()
    owner.wait()
    owner.stdin.close()
    owner.stdout.close()
    assert gone(zygote)


def gone(pid: int) -> bool:
    """Whether a process and its children end within some seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if b"\nState:\tZ" in Path(f"/proc/{pid}/status").read_bytes():  # nobody waits for orphans here
            return True
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return False

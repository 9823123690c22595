"""The jail: what a process gives up before it opens hostile bytes, and cannot take back.

After `lock_down` a process can read and write what it already holds, use memory it does
not execute, ask for the time, and end. It rests on three things that any Linux process
may do to itself, so no namespace, daemon or privilege is needed: limits on resources,
Landlock with every right the kernel knows and none granted, and an allow-list of system
calls. The two last overlap on purpose: a mistake in one is caught by the other.

Sources: Linux `Documentation/userspace-api/landlock.rst` and `seccomp_filter.rst`;
system call numbers from `arch/x86/entry/syscalls/syscall_64.tbl` and
`include/uapi/asm-generic/unistd.h`.
"""

import ctypes
import os
import resource
import signal
import struct
from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import cache
from typing import Final

from hashgrade.nouns import Jail

NOBODY: Final = 65534
MEMORY_BYTES_MAX: Final = 3 * 2**30
"""Address space: the interpreter and its decoders map about half a gigabyte of it."""

LIBC: Final = ctypes.CDLL(None, use_errno=True)
PDEATHSIG, DUMPABLE, SECCOMP, CAPBSET_DROP, NO_NEW_PRIVS = 1, 4, 22, 24, 38
PIDFD_SEND_SIGNAL, PIDFD_OPEN, LANDLOCK_CREATE, LANDLOCK_RESTRICT = 424, 434, 444, 446
FILTER_MODE: Final = 2
CAPABILITIES_3: Final = 0x20080522

MACHINES: Final = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""The column of each machine in the tables below, and its name in seccomp."""

CALLS: Final = {
    "read": (0, 63), "write": (1, 64), "munmap": (11, 215), "brk": (12, 214), "mremap": (25, 216), "madvise": (28, 233),
    "futex": (202, 98), "sched_yield": (24, 124), "getpid": (39, 172), "gettid": (186, 178), "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132), "restart_syscall": (219, 128),
    "clock_gettime": (228, 113), "gettimeofday": (96, 169), "getrandom": (318, 278), "exit": (60, 93),
    "exit_group": (231, 94)}
"""Allowed whatever the arguments."""

MAPPING: Final = {"mmap": (9, 222), "mprotect": (10, 226)}
"""Allowed where the third argument does not ask for memory that can be executed."""

OWN: Final = {"tgkill": (234, 131)}
"""Allowed where the first argument is the process itself, so that `abort` is named as such."""

LOAD, EQUALS, AT_LEAST, HAS_BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ARCHITECTURE_AT, NUMBER_AT, ARGUMENTS_AT = 4, 0, 16
KILL, DENY, ALLOW = 0x80000000, 0x00050001, 0x7FFF0000  # DENY gives EPERM
X32: Final = 0x40000000
EXECUTE: Final = 4


def lock_down(level: Jail, keep: Collection[int], seconds: int) -> None:
    """Give up all but `keep`, for good; what this returns from can touch nothing else of the machine.

    Args:
        level: The layers to apply; `limited` leaves out the filter and Landlock.
        keep: The descriptors that stay open.
        seconds: Processor time after which the kernel ends the process.

    Raises:
        OSError: A layer cannot be applied. The process is then half locked: end it.
    """
    close_all_but(keep)
    drop_privileges()
    _prctl(PDEATHSIG, signal.SIGKILL)  # not before: another user is not told of a death
    _prctl(NO_NEW_PRIVS, 1)
    _prctl(DUMPABLE, 0)
    limit(seconds, max(keep, default=0) + 1)
    if level == Jail.FULL:
        _landlock()
    if level != Jail.LIMITED:
        _filter()


def strongest() -> Jail | None:
    """Find out in a throw-away child the strongest level that can be applied here; None if not even the limits can.

    To be called where there is one thread only.
    """
    return next((level for level in Jail if _holds(level)), None)


def _holds(level: Jail) -> bool:
    child = os.fork()
    if child == 0:
        try:
            lock_down(level, (), 1)
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def close_all_but(keep: Collection[int]) -> None:
    """Close every descriptor of the process that is not in `keep`."""
    start = 0
    for kept in sorted(keep):
        os.closerange(start, kept)
        start = kept + 1
    os.closerange(start, 2**31 - 1)


def drop_privileges() -> None:
    """Be nobody, in no group, with no capability, if this process is root; without capabilities if it is not.

    Raises:
        OSError: Root is not let go, as in a user namespace that holds one user only.
    """
    if os.geteuid() == 0:
        # Fails past the last one the kernel knows, and where root lacks CAP_SETPCAP: then
        # `no_new_privs` keeps what is in the bounding set from ever being gained.
        with suppress(OSError):
            for capability in range(64):
                _prctl(CAPBSET_DROP, capability)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    call(LIBC.capset, struct.pack("=Ii", CAPABILITIES_3, 0), bytes(24))


def limit(seconds: int, files: int) -> None:
    """Bound processor time, memory and open files; allow no file to grow, no core, no new process."""
    for which, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, files), (resource.RLIMIT_NPROC, 0)):
        resource.setrlimit(which, (most, most))


@cache
def landlock_rights() -> tuple[int, int, int]:
    """Ask the kernel for every right on files, network and scopes that its Landlock knows; zeros if it has none.

    Each bit is tried, so a right that is newer than this module is taken away too.
    """
    return _known_bits(0), _known_bits(1), _known_bits(2)


def _known_bits(field: int) -> int:
    known = 0
    for bit in range(64):
        asked = [0, 0, 0]
        asked[field] = 1 << bit
        ruleset = LIBC.syscall(LANDLOCK_CREATE, struct.pack("=3Q", *asked), ctypes.c_ulong(24), ctypes.c_ulong(0))
        if ruleset < 0:
            break
        os.close(ruleset)
        known |= 1 << bit
    return known


def _landlock() -> None:
    ruleset = call(LIBC.syscall, LANDLOCK_CREATE, struct.pack("=3Q", *landlock_rights()), 24, 0)
    call(LIBC.syscall, LANDLOCK_RESTRICT, ruleset, 0)
    os.close(ruleset)


def _filter() -> None:
    steps = b"".join(struct.pack("=HBBI", *step) for step in filter_steps(os.uname().machine, os.getpid()))
    held = ctypes.create_string_buffer(steps, len(steps))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(steps) // 8, ctypes.addressof(held)))
    _prctl(SECCOMP, FILTER_MODE, ctypes.addressof(program))


def filter_steps(machine: str, pid: int) -> Iterator[tuple[int, int, int, int]]:
    """Give the filter as BPF: code, steps to skip if true, steps to skip if false, operand.

    What is not allowed fails with EPERM and does not kill, because C libraries and
    decoders ask in passing for what they can do without, such as the number of cores.
    A call in another architecture's convention, whose numbers mean other calls, kills.

    Raises:
        OSError: The machine has no table.
    """
    if machine not in MACHINES:
        raise OSError(f"no table of system calls for {machine}")
    column, architecture = MACHINES[machine]
    yield from ((LOAD, 0, 0, ARCHITECTURE_AT), (EQUALS, 1, 0, architecture), (RETURN, 0, 0, KILL))
    yield from ((LOAD, 0, 0, NUMBER_AT), (AT_LEAST, 0, 1, X32), (RETURN, 0, 0, KILL))
    for number in CALLS.values():
        yield from ((EQUALS, 0, 1, number[column]), (RETURN, 0, 0, ALLOW))
    for number in MAPPING.values():
        yield from ((EQUALS, 0, 4, number[column]), (LOAD, 0, 0, ARGUMENTS_AT + 2 * 8))
        yield from ((HAS_BITS, 0, 1, EXECUTE), (RETURN, 0, 0, DENY), (RETURN, 0, 0, ALLOW))
    for number in OWN.values():
        yield from ((EQUALS, 0, 4, number[column]), (LOAD, 0, 0, ARGUMENTS_AT))
        yield from ((EQUALS, 1, 0, pid), (RETURN, 0, 0, DENY), (RETURN, 0, 0, ALLOW))
    yield RETURN, 0, 0, DENY


def hold(process: int) -> int:
    """Give a descriptor of a process, by which it can be waited for and killed without mistaking it for another.

    Not `os.pidfd_open`: Pythons that were built for old systems lack it on new ones.

    Raises:
        OSError: There is no such process, or the kernel is older than Linux 5.3.
    """
    return call(LIBC.syscall, PIDFD_OPEN, process, 0)


def kill(held: int) -> None:
    """End the process that a descriptor holds, if it has not ended."""
    with suppress(ProcessLookupError):
        call(LIBC.syscall, PIDFD_SEND_SIGNAL, held, signal.SIGKILL, 0, 0)


def _prctl(option: int, first: int, second: int = 0) -> None:
    call(LIBC.prctl, option, first, second, 0, 0)  # the kernel wants nothing in those it does not use


def call(function: "ctypes._NamedFuncPointer", *arguments: int | bytes) -> int:
    """Call the C library with whole words; an answer below 0 becomes an OSError."""
    given: int = function(*(ctypes.c_ulong(one) if isinstance(one, int) else one for one in arguments))
    if given < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return given

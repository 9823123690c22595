"""Tries to escape from the jail, one by one: `python tests/hostile/escapes.py FOLDER USER SETTING LEVEL`.

Prints what came of each as JSON. Run in an interpreter of its own. Each probe runs in a
fork of it that first locks itself down, and tells `done` or why not; level `none` locks
nothing down, which shows that the probe would succeed. USER is `root` or `nobody`;
SETTING is `host`, or `container`: few capabilities, and a filter like that of container
engines, so no namespaces.
"""

import ctypes
import encodings.idna  # noqa: F401 - a locked process could not load it, and a probe must not fail for that
import json
import mmap
import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from hashgrade.decode import jail
from hashgrade.nouns import Jail

LIBC = jail.LIBC
ARM = os.uname().machine == "aarch64"
SECRET = ctypes.create_string_buffer(b"another process's memory")
NEW_USER, NEW_MOUNTS = 0x10000000, 0x00020000
CONTAINER_CAPABILITIES = 0xA80425FB  # those that container engines leave to root unless told
CONTAINER_DENIES = {
    "unshare": (272, 97), "mount": (165, 40), "umount2": (166, 39), "bpf": (321, 280), "setns": (308, 268),
    "io_uring_setup": (425, 425), "perf_event_open": (298, 241), "keyctl": (250, 219)}


def must(given: int) -> int:
    """Raise what the C library says went wrong."""
    if given < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return given


def syscall(x86: int, arm: int, *arguments: int | bytes) -> int:
    """A system call by its number on either machine."""
    given = (ctypes.c_ulong(one) if isinstance(one, int) else one for one in arguments)
    return must(LIBC.syscall(ctypes.c_long(arm if ARM else x86), *given))


class World:
    """What there is to reach: a folder, another process of the jail's user, and three servers."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o777)
        self.folder, self.file = folder, folder / "readable"
        self.file.write_bytes(b"secret")
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(str(folder / "socket"))
        (folder / "socket").chmod(0o777)
        self.unix.listen()
        self.tcp_place, self.udp_place = self.tcp.getsockname(), self.udp.getsockname()
        self.told, self.tell = os.pipe()
        os.set_blocking(self.told, False)
        self.victim = self._victim()

    def _victim(self) -> int:
        ready, tell = os.pipe()
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGUSR1, lambda *_: None)
            if os.geteuid() == 0:
                os.setresgid(jail.NOBODY, jail.NOBODY, jail.NOBODY)
                os.setresuid(jail.NOBODY, jail.NOBODY, jail.NOBODY)
            LIBC.prctl(jail.DUMPABLE, 1, 0, 0, 0)
            os.write(tell, b".")
            while True:
                signal.pause()
        os.read(ready, 1)
        return child

    def read(self) -> None:
        self.file.read_bytes()

    def write(self) -> None:
        (self.folder / "written").write_bytes(b"x")

    def stat(self) -> None:
        self.file.stat()

    def change_folder(self) -> None:
        os.chdir("/")

    def list_folder(self) -> None:
        next(Path("/").iterdir())

    def tcp_socket(self) -> None:
        socket.create_connection(self.tcp_place, 1).close()

    def udp_socket(self) -> None:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", self.udp_place)

    def unix_socket(self) -> None:
        socket.socket(socket.AF_UNIX).connect(str(self.folder / "socket"))

    def netlink_socket(self) -> None:
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).bind((0, 0))

    def signal_another(self) -> None:
        os.kill(self.victim, signal.SIGUSR1)

    def trace_another(self) -> None:
        seize = 0x4206
        must(LIBC.ptrace(ctypes.c_long(seize), ctypes.c_long(self.victim), None, None))

    def read_memory_of_another(self) -> None:
        here = ctypes.create_string_buffer(24)
        ours, theirs = (struct.pack("@PL", ctypes.addressof(one), 24) for one in (here, SECRET))
        must(LIBC.process_vm_readv(self.victim, ours, ctypes.c_ulong(1), theirs, ctypes.c_ulong(1), ctypes.c_ulong(0)))
        assert here.raw == SECRET.raw[:24]

    def read_proc_of_another(self) -> None:
        assert Path(f"/proc/{self.victim}/maps").read_bytes()

    def fork(self) -> None:
        if os.fork() == 0:
            os._exit(0)

    def thread(self) -> None:
        threading.Thread(target=int).start()

    def execute(self) -> None:
        os.execv("/bin/sh", ["sh", "-c", f"echo done >&{self.tell}"])  # noqa: S606 - what is tried

    def user_namespace(self) -> None:
        must(LIBC.unshare(NEW_USER))

    def mount(self) -> None:
        if LIBC.unshare(NEW_MOUNTS) < 0:
            LIBC.unshare(NEW_USER | NEW_MOUNTS)
        private_and_below = ctypes.c_ulong(1 << 18 | 1 << 14)
        LIBC.mount(None, b"/", None, private_and_below, None)
        must(LIBC.mount(b"none", str(self.folder).encode(), b"tmpfs", ctypes.c_ulong(0), None))
        LIBC.umount2(str(self.folder).encode(), 2)

    def io_uring(self) -> None:
        syscall(425, 425, 8, bytes(120))

    def bpf(self) -> None:
        array = struct.pack("=4I", 2, 4, 8, 1)
        syscall(321, 280, 0, array, len(array))

    def memory_file(self) -> None:
        os.memfd_create("x")

    def executable_mapping(self) -> None:
        mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)

    def change_user(self) -> None:
        other = 1 if os.geteuid() == 0 else 0
        os.setresuid(other, other, other)

    def four_gibibytes(self) -> None:
        mmap.mmap(-1, 4 * 2**30)[2**31] = 1

    # Not among those promised, but as near at hand.

    def make_executable(self) -> None:
        page = mmap.mmap(-1, 4096)
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        must(LIBC.mprotect(ctypes.c_void_p(address), ctypes.c_ulong(4096), 5))

    def signal_thread_of_another(self) -> None:
        syscall(234, 131, self.victim, self.victim, signal.SIGUSR1)

    def hold_another(self) -> None:
        os.pidfd_open(self.victim)

    def limit_another(self) -> None:
        import resource
        resource.prlimit(self.victim, resource.RLIMIT_CORE)

    def abstract_socket(self) -> None:
        socket.socket(socket.AF_UNIX).bind("\0hashgrade-escape")

    def call_by_other_numbers(self) -> None:
        x32_getpid = 0x40000000 + 39
        must(LIBC.syscall(ctypes.c_long(x32_getpid)))


PROBES: tuple[Callable[[World], None], ...] = (
    World.read, World.write, World.stat, World.change_folder, World.list_folder,
    World.tcp_socket, World.udp_socket, World.unix_socket, World.netlink_socket,
    World.signal_another, World.trace_another, World.read_memory_of_another, World.read_proc_of_another,
    World.fork, World.thread, World.execute,
    World.user_namespace, World.mount, World.io_uring, World.bpf, World.memory_file, World.executable_mapping,
    World.change_user, World.four_gibibytes)
MORE: tuple[Callable[[World], None], ...] = (
    World.make_executable, World.signal_thread_of_another, World.hold_another, World.limit_another,
    World.abstract_socket, World.call_by_other_numbers)


def tried(probe: Callable[[World], None], world: World, lock: Callable[[], None]) -> str:
    """What came of a probe in a fork of its own: `done`, an error's name, or the signal that ended it."""
    child = os.fork()
    if child == 0:
        os.set_inheritable(world.tell, True)
        lock()
        try:
            probe(world)
            os.write(world.tell, b"done")
        except BaseException as error:  # noqa: BLE001 - whatever stops a probe is an answer
            os.write(world.tell, f"{type(error).__name__} {getattr(error, 'errno', '')}".encode())
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        return os.read(world.told, 200).decode().strip()
    except BlockingIOError:
        return f"ended by {ended}"


def contain() -> None:
    """Be as a container engine leaves a process: a filter that denies what it names, and few capabilities."""
    column = int(ARM)
    steps = [(jail.LOAD, 0, 0, jail.NUMBER_AT)]
    for numbers in CONTAINER_DENIES.values():
        steps += [(jail.EQUALS, 0, 1, numbers[column]), (jail.RETURN, 0, 0, jail.DENY)]
    program = b"".join(struct.pack("=HBBI", *step) for step in [*steps, (jail.RETURN, 0, 0, jail.ALLOW)])
    held = ctypes.create_string_buffer(program, len(program))
    pointed = struct.pack("@HP", len(program) // 8, ctypes.addressof(held))
    must(LIBC.prctl(jail.SECCOMP, ctypes.c_ulong(2), pointed, ctypes.c_ulong(0), ctypes.c_ulong(0)))
    for capability in range(41):
        if not CONTAINER_CAPABILITIES >> capability & 1:
            must(LIBC.prctl(jail.CAPBSET_DROP, ctypes.c_ulong(capability), *[ctypes.c_ulong(0)] * 3))
    few = CONTAINER_CAPABILITIES & 0xFFFFFFFF
    must(LIBC.capset(struct.pack("=Ii", jail.CAPABILITIES_3, 0), struct.pack("=6I", few, few, 0, 0, 0, 0)))


def main() -> None:
    """Try every probe as told on the command line."""
    folder, user, setting, level = sys.argv[1:]
    world = World(Path(folder))
    if setting == "container":
        contain()
    if user == "nobody":
        jail.drop_privileges()

    def lock() -> None:
        if level != "none":
            jail.lock_down(Jail(level), (world.tell,), 5)

    try:
        found = {probe.__name__: tried(probe, world, lock) for probe in (*PROBES, *MORE)}
    finally:
        os.kill(world.victim, signal.SIGKILL)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()

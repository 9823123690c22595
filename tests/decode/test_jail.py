"""The filter allows exactly what its tables say, on both machines, and the zygote holds nothing that it should not."""

import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from hashgrade.decode import jail
from hashgrade.decode.jail import ALLOW, CALLS, DENY, KILL, MACHINES, MAPPING, OWN, filter_steps

PID = 4242
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h")}


def answer(machine: str, number: int, arguments: tuple[int, ...] = (), architecture: int | None = None) -> int:
    """What the filter says of a call: the kernel's interpreter, as far as the filter needs it."""
    packed = [*arguments, *[0] * (6 - len(arguments))]
    called = struct.pack("<iIQ6Q", number, architecture or MACHINES[machine][1], 0, *packed)
    steps, at, held = list(filter_steps(machine, PID)), 0, 0
    while True:
        code, if_true, if_false, operand = steps[at]
        at += 1
        if code == jail.RETURN:
            return operand
        if code == jail.LOAD:
            (held,) = struct.unpack_from("<I", called, operand)
            continue
        true = {jail.EQUALS: held == operand, jail.AT_LEAST: held >= operand, jail.HAS_BITS: held & operand != 0}[code]
        at += if_true if true else if_false


@pytest.mark.parametrize(("machine", "column"), [(name, column) for name, (column, _) in MACHINES.items()])
def test_only_the_tables_are_allowed(machine: str, column: int) -> None:
    """Of all numbers of system calls, those in the tables are allowed and the rest denied."""
    allowed = {number[column] for table in (CALLS, MAPPING) for number in table.values()}
    assert {number for number in range(1000) if answer(machine, number) == ALLOW} == allowed
    assert {answer(machine, number) for number in range(1000)} == {ALLOW, DENY}


@pytest.mark.parametrize(("machine", "column"), [(name, column) for name, (column, _) in MACHINES.items()])
def test_arguments_are_looked_at(machine: str, column: int) -> None:
    """Memory is mapped without the right to execute it, and signals go to the process itself."""
    for number in MAPPING.values():
        for rights in range(16):
            expected = DENY if rights & 4 else ALLOW
            assert answer(machine, number[column], (0, 4096, rights)) == expected
            assert answer(machine, number[column], (0, 4096, rights | 1 << 40)) == expected
    for number in OWN.values():
        assert answer(machine, number[column], (PID, PID, 6)) == ALLOW
        assert {answer(machine, number[column], (pid, pid, 6)) for pid in (1, 0, 2**32 - 1)} == {DENY}


@pytest.mark.parametrize("machine", MACHINES)
def test_numbers_of_another_convention_kill(machine: str) -> None:
    """A call made as 32-bit programmes make it, whose numbers mean other calls, ends the process."""
    i386, other = 0x40000003, MACHINES["aarch64" if machine == "x86_64" else "x86_64"][1]
    assert {answer(machine, number, (), one) for number in range(500) for one in (i386, other)} == {KILL}
    assert {answer(machine, jail.X32 + number) for number in (0, 1, 39, 520)} == {KILL}


def test_an_unknown_machine_has_no_filter() -> None:
    """Without a table there is no filter, and so no jail, rather than one with wrong numbers."""
    with pytest.raises(OSError, match="no table of system calls for riscv64"):
        list(filter_steps("riscv64", PID))


@pytest.mark.parametrize(("machine", "column"), [(name, column) for name, (column, _) in MACHINES.items()])
def test_the_numbers_are_the_kernels(machine: str, column: int) -> None:
    """The tables agree with the headers of this system."""
    if not HEADERS[machine].exists():
        pytest.skip("no headers of the kernel here")
    told = dict(re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)", HEADERS[machine].read_text()))
    ours = {name: str(number[column]) for table in (CALLS, MAPPING, OWN) for name, number in table.items()}
    assert {name: told.get(name) for name in ours} == ours


def test_a_zygote_is_ready_and_holds_nothing() -> None:
    """A warm zygote has one thread, no memory both writable and executable, and no records, keys or settings."""
    script = (
        "import os; os.environ['OPENBLAS_NUM_THREADS'] = '1'\n"
        "import sys; from pathlib import Path; from hashgrade.decode import zygote; zygote.warm()\n"
        "assert not [line for line in Path('/proc/self/maps').read_text().splitlines() if ' rwx' in line]\n"
        "assert not {'django', 'cryptography', 'sqlite3', 'pydantic', 'hashgrade.settings'} & set(sys.modules)\n")
    subprocess.run([sys.executable, "-I", "-c", script], check=True, timeout=120)  # noqa: S603 - our own interpreter

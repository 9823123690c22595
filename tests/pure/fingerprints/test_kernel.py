"""What is compiled is kept where it can be, and runs where it cannot."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core.caching import IndexDataCacheFile

from hashgrade.kernel import kernel

LOOP = """
from called import times
from hashgrade.kernel import kernel

@kernel
def twice(number):
    return times(number)

print(twice(21))
"""
CALLED = """
from hashgrade.kernel import kernel

FACTOR = {}

@kernel
def times(number):
    return FACTOR * number
"""


def run_in(folder: Path, factor: int = 2) -> list[str]:
    """Run the loop in a process of its own with no home; give what it prints and what is then in the folder."""
    script = folder / "loop.py"
    script.write_text(LOOP)
    (folder / "called.py").write_text(CALLED.format(factor))
    source = Path(kernel.__code__.co_filename).parents[1]
    ran = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, script], capture_output=True, check=False, text=True, timeout=120,
        env={"HOME": "/dev/null", "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"})
    return [ran.stdout.strip(), ran.stderr, *sorted({path.suffix for path in folder.glob("__pycache__/*")})]


def test_code_is_kept_until_what_it_calls_has_changed(tmp_path: Path) -> None:
    """It lies beside the source, and is compiled again when the module of a kernel that it calls is another."""
    assert run_in(tmp_path) == ["42", "", ".nbc", ".nbi"]
    assert run_in(tmp_path, factor=3)[0] == "63"


def test_a_place_where_nothing_can_be_written_is_no_error(tmp_path: Path) -> None:
    """With a file where the folder should be, and no home, the loop still runs."""
    (tmp_path / "__pycache__").touch()
    assert run_in(tmp_path) == ["42", ""]


def test_a_full_disk_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full when the code is to be kept does not stop the call."""
    def save(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(IndexDataCacheFile, "save", save)

    @kernel
    def thrice(number: int) -> int:
        return 3 * number

    assert thrice(14) == 42

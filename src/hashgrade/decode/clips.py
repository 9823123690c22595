"""Clips: each is opened in a process of its own, which may die without harm.

A cut-off MP4 can kill the process that decodes it, and no `except` helps; so the
bytes go to `python -m hashgrade.decode`, and one small record comes back. What the
child says is chosen by whoever made the clip, so the record is checked like any input.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hashgrade.decode.formats import CLIPS
from hashgrade.errors import InputError

if TYPE_CHECKING:
    from hashgrade.settings import Limits

RECORD_BYTES_MAX: Final = 200
SIDE_PX_MAX: Final = 2**16
# One thread, and nothing of ours that the child could tell: not even a PATH.
CHILD_ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip whose first picture decodes: its size in pixels."""

    width: int
    height: int


def clip(source: bytes | Path, name: str, limits: "Limits") -> Clip:
    """Open a clip and decode its first picture, in a child process killed after `limits.clip_s_max`.

    Args:
        source: All the bytes, or where they are.
        name: One of `formats.CLIPS`; no other demuxer tries, and no file it names is opened.
        limits: Seconds, and pixels of one picture.

    Raises:
        InputError: DEC-04, larger pictures than `limits.pixels_max`; DEC-06, out of
            time; DEC-07, no picture comes of it; DEC-08, the child crashed.
        OSError: The path cannot be read.
    """
    bounds = [str(limits.pixels_max), str(limits.clip_s_max)]
    command = [sys.executable, "-I", "-m", "hashgrade.decode", CLIPS[name], *bounds]
    try:
        done = _run(command, source, limits.clip_s_max)
    except subprocess.TimeoutExpired:
        raise InputError("DEC-06", f"the {name} clip took more than {limits.clip_s_max} s") from None
    if done.returncode:
        raise InputError("DEC-08", f"the decoder of the {name} clip ended with status {done.returncode}")
    return _read(done.stdout, name, limits.pixels_max)


def _run(command: list[str], source: bytes | Path, seconds: int) -> "subprocess.CompletedProcess[bytes]":
    if isinstance(source, bytes):
        return subprocess.run(  # noqa: S603 - our own interpreter and module, arguments from our own tables
            command, input=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=CHILD_ENVIRONMENT, timeout=seconds, check=False)
    with source.open("rb") as file:
        return subprocess.run(  # noqa: S603 - as above
            command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=CHILD_ENVIRONMENT, timeout=seconds, check=False)


def _read(record: bytes, name: str, pixels_max: int) -> Clip:
    """Check the child's record: two whole numbers within bounds, or one of two words."""
    try:
        told = json.loads(record[:RECORD_BYTES_MAX])
        width, height = told["width"], told["height"]
    except (ValueError, KeyError, TypeError):
        raise InputError("DEC-07", f"the {name} clip is damaged, cut short or shows no pictures") from None
    if not all(type(side) is int and 0 < side < SIDE_PX_MAX for side in (width, height)):
        raise InputError("DEC-07", f"the {name} clip has pictures of no size")
    if width * height > pixels_max:
        raise InputError("DEC-04", f"{width} x {height} pixels, at most {pixels_max} are decoded")
    return Clip(width, height)

"""vPDQ's files and vPDQ's rule: frames as others write them, read them and compare them.

Three forms are read. Lines `frame,quality,code,seconds`, which vPDQ's C++ writes and
reads; lines `code,quality,seconds`, which its Python command prints; and one line that
is a JSON list of the latter as texts, the signal of the `threatexchange` package.

Source: facebook/ThreatExchange, vpdq/cpp/vpdq/cpp/io/vpdqio.cpp, vpdq/python/vpdq.pyx,
python-threatexchange/threatexchange/extensions/vpdq/vpdq_util.py.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from hashgrade.errors import InputError
from hashgrade.fingerprints.frames import QUALITY_MIN, WITHIN_BITS, Words, checked_radius, usable
from hashgrade.nouns import FrameCode, Pdq

SECONDS_MAX: Final = 2**31
CODE: Final = re.compile("[0-9a-fA-F]{64}")
NUMBER: Final = re.compile(r"[0-9]{1,10}")
SECONDS: Final = re.compile(r"\+?([0-9]{1,20}(\.[0-9]{0,20})?|\.[0-9]{1,20})([eE][+-]?[0-9]{1,3})?")
TEXT: Final = re.compile(r'"(?:[^"\\]|\\.)*"')


def write(frames: Iterable[FrameCode]) -> str:
    """Write one frame a line, `frame,quality,code,seconds`, so that vPDQ and `read` both give the same frames back.

    Frames are numbered as they come, from 0: vPDQ counts those of the video it decoded,
    and nothing compares the number.
    """
    return "".join(f"{number},{one.pdq.quality},{one.pdq.code.hex()},{_seconds(one)}\n"
                   for number, one in enumerate(frames))


def write_signal(frames: Iterable[FrameCode]) -> str:
    """Write all frames on one line, as the `threatexchange` package exchanges them: a JSON list of texts.

    The package itself keeps three digits of a time, so that its own lines are out by up
    to 5 seconds in a thousand; ours are in whole milliseconds.
    """
    return json.dumps([f"{one.pdq.code.hex()},{one.pdq.quality},{_seconds(one)}" for one in frames]) + "\n"


def read(text: str, where: str = "frames.vpdq") -> list[FrameCode]:
    """Read the frames of a vPDQ file of any of the three forms, in the order they stand.

    What follows the seconds on a line of four cells and more is left alone, as vPDQ
    leaves it; a line without seconds, as vPDQ wrote in 2021, is refused there and here.

    Args:
        text: The whole file.
        where: What errors call it.

    Raises:
        InputError: FRM-01, a frame is not one, with its line and column; FRM-02, the
            file holds no frame, or JSON that is no list of texts.

    >>> read("0,100," + 64 * "0" + ",1.5")[0].at_ms
    1500
    """
    signal = text.lstrip().startswith(("[", "{"))
    frames = [_frame(place, cells, signal=signal) for place, cells in (_listed if signal else _lines)(text, where)]
    if not frames:
        raise InputError("FRM-02", "the file holds no frame", where=where)
    return frames


def shares(
    query: Sequence[FrameCode], reference: Sequence[FrameCode], within_bits: int = WITHIN_BITS,
    quality_min: int = QUALITY_MIN,
) -> tuple[float, float]:
    """Give the share of each clip's different frames that are near any frame of the other, as vPDQ has it.

    The order of frames plays no part. vPDQ calls it a match where the one of the query,
    or of either, is at least 0.8. A clip without a frame of enough quality shares nothing.

    Args:
        query: Frames in any order.
        reference: Likewise.
        within_bits: Largest distance of two frames that match, 0 to 256.
        quality_min: Frames of lower PDQ quality are left out.

    Raises:
        InputError: IDX-02, no such radius.

    Source: facebook/ThreatExchange, vpdq/README.md, 'Comparison (Matching) Algorithm'; its C++
    differs (a distance under 31, equal frames counted again). Twin: tests/naive/frames.py::shares.
    """
    checked_radius(within_bits)
    ours, theirs = (np.unique(usable(frames, quality_min)[1], axis=0) for frames in (query, reference))
    return _share(ours, theirs, within_bits), _share(theirs, ours, within_bits)


def _share(of: Words, among: Words, within_bits: int) -> float:
    if not len(of):
        return 0.0
    from hashgrade.fingerprints.frame_kernels import near_counts  # noqa: PLC0415 - imports numba

    return float(np.mean(near_counts(of, np.ascontiguousarray(among.T), within_bits) > 0))


def _seconds(frame: FrameCode) -> str:
    return f"{frame.at_ms // 1000}.{frame.at_ms % 1000:03}"


class _Place:
    """Where a text stands in a file: says the line and column of any offset in it."""

    def __init__(self, whole: str, start: int, where: str) -> None:
        self._whole, self._start, self._where = whole, start, where

    def at(self, offset: int) -> str:
        before = self._whole[:self._start + offset]
        return f"{self._where}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def _lines(text: str, where: str) -> Iterator[tuple[_Place, str]]:
    start = 0
    for line in text.split("\n"):
        if start + len(line) < len(text) or line:  # what follows the last line end is no line
            yield _Place(text, start, where), line.rstrip("\r")
        start += len(line) + 1


def _listed(text: str, where: str) -> Iterator[tuple[_Place, str]]:
    try:
        tree = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            "FRM-02", f"the file is not JSON: {error.msg[0].lower()}{error.msg[1:]}",
            where=f"{where}:{error.lineno}:{error.colno}") from None
    except (ValueError, RecursionError):
        raise InputError("FRM-02", "the file is not JSON that can be read", where=where) from None
    if not isinstance(tree, list) or not all(isinstance(one, str) for one in tree):
        raise InputError("FRM-02", "expected a JSON list of texts `code,quality,seconds`", where=where)
    for found, one in zip(TEXT.finditer(text), tree, strict=True):
        yield _Place(text, found.start() + 1, where), one


def _frame(place: _Place, line: str, *, signal: bool) -> FrameCode:
    cells = line.split(",")
    bare = signal or CODE.fullmatch(cells[0].strip()) is not None
    if len(cells) != 3 if bare else len(cells) < 4:
        expected = "`code,quality,seconds`" if bare else "`frame,quality,code,seconds`"
        raise InputError("FRM-01", f"expected {expected}, got {len(cells)} cells", where=place.at(0))
    if not bare:
        _cell(place, cells, 0, "a frame number", NUMBER)
    code = _cell(place, cells, 0 if bare else 2, "a code of 64 hexadecimal characters", CODE)
    quality = _cell(place, cells, 1, "a quality from 0 to 100", NUMBER)
    seconds = _cell(place, cells, 2 if bare else 3, f"seconds from 0 to {SECONDS_MAX}", SECONDS)
    if int(quality) > 100:
        raise _unfit(place, cells, 1, "a quality from 0 to 100")
    if float(seconds) > SECONDS_MAX:
        raise _unfit(place, cells, 2 if bare else 3, f"seconds from 0 to {SECONDS_MAX}")
    return FrameCode(round(float(seconds) * 1000), Pdq(bytes.fromhex(code), int(quality)))


def _cell(place: _Place, cells: Sequence[str], number: int, expected: str, shape: re.Pattern[str]) -> str:
    cell = cells[number].strip()
    if not shape.fullmatch(cell):
        raise _unfit(place, cells, number, expected)
    return cell


def _unfit(place: _Place, cells: Sequence[str], number: int, expected: str) -> InputError:
    return InputError("FRM-01", f"expected {expected}", where=place.at(sum(len(cell) + 1 for cell in cells[:number])))

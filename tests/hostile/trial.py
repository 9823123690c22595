"""A trial of the decoders by malformed media: what each came to, and every way in which this process took harm."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from hashgrade.decode import Seen, Wanted
from hashgrade.decode.formats import sniff
from hashgrade.decode.trouble import TEXTS
from hashgrade.nouns import Kind
from hashgrade.settings import Limits

BATCH: Final = 64
MEMORY_BYTES_MAX: Final = 2**27
"""What a trial may add to this process: the media of a batch, their records, and what allocators keep."""

WHOLE: Final = "whole"
CODES: Final = {code for code, _ in TEXTS.values()}


class Examiner(Protocol):
    """What is tried: `Decoders`, or a stand-in that does harm."""

    def examine(self, media: Sequence[bytes], wanted: Wanted = ...) -> list[Seen]: ...


@dataclass(slots=True)
class Report:
    """What a trial found: outcomes by format, and harm."""

    tally: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    different: set[int] = field(default_factory=set)

    def lines(self) -> Iterator[str]:
        """The tally, a format a line."""
        outcomes = sorted({outcome for _, outcome in self.tally})
        yield f"{'format':8}" + "".join(f"{outcome:>10}" for outcome in outcomes)
        for form in sorted({form for form, _ in self.tally}):
            yield f"{form:8}" + "".join(f"{self.tally[form, outcome]:10,}" for outcome in outcomes)
        total = self.tally.total()
        yield f"{total:,} media, {len(self.different):,} different; {len(self.faults)} faults of the parent (at most " \
            f"{3 / max(total, 1):.2%} if chance)"

    def of(self, outcome: str) -> int:
        """How many came to this, over all formats."""
        return sum(count for (_, one), count in self.tally.items() if one == outcome)


def trial(examiner: Examiner, media: Iterable[tuple[str, bytes]], limits: Limits, wanted: Wanted) -> Report:
    """Let media be examined in batches, and look for harm after each.

    Args:
        examiner: What is tried.
        media: The names and bytes of media.
        limits: What the examiner was told.
        wanted: What each look shall give.
    """
    report, left = Report(), iter(media)
    examiner.examine([b""], wanted)
    descriptors, memory = _descriptors(), _memory_bytes()
    while batch := list(islice(left, BATCH)):
        try:
            seen = examiner.examine([medium for _, medium in batch], wanted)
        except Exception as error:  # noqa: BLE001 - that there is any is what is looked for
            report.faults.append(f"{type(error).__name__} in the batch from {batch[0][0]}")
            continue
        if len(seen) != len(batch):
            report.faults.append(f"{len(seen)} outcomes of {len(batch)} in the batch from {batch[0][0]}")
        for (name, medium), one in zip(batch, seen, strict=False):
            report.tally[sniff(medium[:256]) or "none", outcome(one)] += 1
            report.different.add(hash(medium))
            report.faults += (f"{name}: {what}" for what in wrong(one, limits))
        if _descriptors() != descriptors:
            report.faults.append(f"{_descriptors() - descriptors} descriptors more after the batch from {batch[0][0]}")
            descriptors = _descriptors()
        if _memory_bytes() > memory + MEMORY_BYTES_MAX:
            report.faults.append(f"{_memory_bytes() - memory} bytes more after the batch from {batch[0][0]}")
            memory = _memory_bytes()
    return report


def outcome(seen: Seen) -> str:
    """The class of an outcome: whole, or the error's code, with a plus where something was seen all the same."""
    if seen.error is None:
        return WHOLE
    return seen.error.code + ("+" if seen.pdq or seen.frames else "")


def wrong(seen: Seen, limits: Limits) -> Iterator[str]:
    """What of an outcome is neither an honest look nor a documented error."""
    if seen.error and seen.error.code not in CODES:
        yield f"{seen.error.code} is no error of decoding"
    if seen.kind == Kind.OTHER and (not seen.error or seen.pdq or seen.frames):
        yield "neither seen nor refused"
    if seen.kind == Kind.IMAGE and not (seen.pdq and seen.width and seen.height):
        yield "a picture without size or code"
    if seen.kind == Kind.VIDEO and not (seen.frames and seen.width and seen.height):
        yield "a clip without size or frames"
    if (seen.width or 0) * (seen.height or 0) > limits.pixels_max:
        yield f"{seen.width} x {seen.height} pixels"


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _memory_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

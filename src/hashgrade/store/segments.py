"""Whether the segments of readings and settlements fit the clips that they are about, as far as the records tell."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

from hashgrade.errors import InputError
from hashgrade.law.segments import as_trees, segments_of
from hashgrade.nouns import Clip, Kind, Reading, Settlement
from hashgrade.store import models as tables
from hashgrade.store import queries
from hashgrade.store.onfile import Refusal
from hashgrade.store.shapes import rows_where

Said = TypeVar("Said", Reading, Settlement)

GAP_MS = 1000
"""How much longer than its only hashed frame a clip may be."""


def length_ms(clip: Clip | None) -> int | None:
    """When a clip has ended for certain: as long after its last hashed frame as these ever are apart."""
    if clip is None or not clip.frames:
        return None
    times = [one.at_ms for one in clip.frames]
    return times[-1] + max((b - a for a, b in pairwise(times)), default=GAP_MS)


def fitting(given: Sequence[Said], refused: Refusal) -> list[Said]:
    """Give what was said with segments that can be: those of a clip, within its length where that is known."""
    marked = [one.sha256 for one in given if one.segments]
    if not marked:
        return list(given)
    kinds: dict[str, str] = dict(rows_where(tables.Item, "sha256", marked, ("sha256", "kind")))
    clips = queries.clips_of(marked)
    kept = []
    for one in given:
        try:
            if one.segments:
                _must_fit(one, kinds[one.sha256], length_ms(clips.get(one.sha256)))
            kept.append(one)
        except InputError as error:
            refused(one, error)
    return kept


def _must_fit(one: Reading | Settlement, kind: str, ends_ms: int | None) -> None:
    segments_of(as_trees(one.segments), one.grade)
    if kind != Kind.VIDEO:
        raise InputError("GRD-18", "only a clip has segments")
    if ends_ms is not None and max(each.to_ms for each in one.segments) > ends_ms:
        raise InputError("GRD-18", f"a segment ends after the clip, which is {ends_ms} ms long at most")

"""What is asked of what is known: a code, or a medium that is looked at for it and kept nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hashgrade.decode import Decoders, Wanted
from hashgrade.errors import InputError
from hashgrade.media import Source, digests
from hashgrade.nouns import Exact, FrameCode, Kind, Pdq

if TYPE_CHECKING:
    from hashgrade.lookup import Lookup, Near

QUALITY_MIN: Final = 50
ASKED: Final = Wanted(every_ms=250)
"""Four frames a second: an excerpt's fall between those that are held, and in moving pictures soon look unlike them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is looked for: PDQ codes, and where a medium was given its exact digests and, of a clip, its frames.

    `trouble` says why something of a medium cannot be looked for: it does not decode, or has too little structure.
    What is not in trouble can. `quality` is that of its PDQ, 0 to 100.
    """

    codes: tuple[bytes, ...] = ()
    digests: Exact | None = None
    frames: tuple[FrameCode, ...] = ()
    kind: Kind = Kind.OTHER
    quality: int | None = None
    trouble: InputError | None = None


def of_medium(source: Source, decoders: Decoders) -> Query:
    """Look at a medium, in the jail, for what can be looked for; nothing of it is kept.

    Args:
        source: Its bytes, or the path of a file that holds them.
        decoders: What decodes.

    Raises:
        InputError: MED-01, the file cannot be read.
    """
    seen, = decoders.examine([source], ASKED)
    found = [one for one in (seen.pdq, seen.pdq_as_displayed) if one]
    trouble = seen.error if isinstance(seen.error, InputError) else _poor(found)
    codes = tuple(one.code for one in found if one.quality >= QUALITY_MIN)
    return Query(codes=codes, digests=digests(source), frames=seen.frames, kind=seen.kind, trouble=trouble,
                 quality=seen.pdq.quality if seen.pdq else None)


def _poor(found: Sequence[Pdq]) -> InputError | None:
    poor = next((one.quality for one in found if one.quality < QUALITY_MIN), None)
    what = f"the picture's PDQ quality is {poor}, at least {QUALITY_MIN} is matched"
    return None if poor is None else InputError("MED-03", what)


def find(lookup: "Lookup", query: Query, within_bits: int) -> list["Near"]:
    """Find what is known of a query: exact hits, then near ones, nearest first, each once.

    Args:
        lookup: Everything that is known.
        query: What is looked for.
        within_bits: Largest distance of a near hit, 0 to 31.
    """
    exact = lookup.exact(query.digests) if query.digests else []
    near = [one for code in query.codes for one in lookup.near(code, within_bits)]
    clips = lookup.near_clips(query.frames) if query.frames else []
    found: dict[object, Near] = {}
    for one in (*exact, *sorted(near, key=lambda hit: hit.distance_bits), *clips):
        found.setdefault((one.other, one.claim and one.claim.id, one.part), one)  # two codes may hit one thing twice
    return list(found.values())

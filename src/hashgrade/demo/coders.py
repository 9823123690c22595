"""What invented coders say of the media that the annual report may draw: of the recording, and nothing else."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from hashgrade.demo.answers import chosen
from hashgrade.demo.readers import Line, Medium, stamp
from hashgrade.studies.sample import place

STUDY: Final = "annual"
CODED: Final = {False: 260, True: 140}
"""How many media with one child, and with several, are coded: more than are drawn, as some have no grade of record."""
_QUALITY: Final = {"sharp": 55, "reduced": 30, "poor": 11, "cannot_determine": 4}
_OVERLAY: Final = {"none": 58, "text": 16, "site_name": 18, "other_mark": 8}
_AT: Final = datetime(2024, 1, 15, 9, tzinfo=UTC)


def coded(seed: int, media: Iterable[Medium]) -> Iterator[Line]:
    """Yield the codings of two coders, who mostly agree, of the media that come first in the draw.

    Args:
        seed: That of the records.
        media: The media of the year.
    """
    rng = Random(f"coders:{seed}")  # noqa: S311 - seeded, and nothing secret
    of_several: dict[bool, list[str]] = {False: [], True: []}
    for medium in media:
        children = [row for row in medium.grade.get("children", ()) if row.get("age_band") != "18_or_over"]
        if children:
            of_several[len(children) > 1].append(medium.sha256)
    for several, digests in of_several.items():
        for digest in sorted(digests, key=lambda digest: place(STUDY, digest))[:CODED[several]]:
            yield from _of_one(rng, digest)


def _of_one(rng: Random, digest: str) -> Iterator[Line]:
    said = {"quality": chosen(rng, _QUALITY), "overlay": [chosen(rng, _OVERLAY)]}
    for n, coder in enumerate(("fay", "gus")):
        if rng.random() < 0.06:
            said = said | {"quality": chosen(rng, _QUALITY)}
        at = stamp(_AT + timedelta(days=n, minutes=rng.randrange(400)))
        yield {"type": "coding", "study": STUDY, "sha256": digest, "coder": coder, "at": at, "answers": said}

"""Where the invented media were seen and who told: reports, addresses and sightings.

Addresses end in `.example`, which nobody can register (RFC 2606). Media are handed in
in order of time; some share an address, some turn up again at another's.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Final

from hashgrade.demo.answers import chosen
from hashgrade.demo.readers import Line, Medium, stamp

SOURCES: Final = {"public": 38, "proactive": 47, "inhope": 7, "police": 3, "member": 5}
SITES: Final = {"image_host": 52, "cyberlocker": 13, "forum": 12, "social_network": 4, "video_channel": 5,
                "imageboard": 7, "banner_site": 4, "website": 3}
_NOTHING: Final = {"content_not_found": 40, "unable_to_access": 9, "removed_before_assessment": 18, "adult": 15,
                   "does_not_meet_threshold": 12, "age_over_national_threshold": 3, "other": 3}
_MORE: Final = {0: 76, 1: 15, 2: 6, 3: 3}


def reported(rng: Random, media: Sequence[Medium], prefix: str) -> Iterator[tuple[list[Line], list[Line]]]:
    """Yield the reports and sightings of a run of media, page by page: who told of an address, and what was there.

    Args:
        rng: Where the choices come from.
        media: Media in order of `first_seen`.
        prefix: What the ids of these reports begin with.
    """
    at, number = 0, 0
    pages: list[Line] = []
    while at < len(media):
        here = media[at:at + chosen(rng, {1: 60, 2: 22, 3: 11, 4: 7})]
        at, number = at + len(here), number + 1
        report = f"{prefix}-{number:06d}"
        page = _page(rng, report)
        pages = [*pages[-39:], page]
        sightings = [line for medium in here for line in _sightings(rng, medium, page, pages)]
        yield list(_reports(rng, report, here)), sightings


def _page(rng: Random, report: str) -> Line:
    site = chosen(rng, SITES)
    host = f"{site.replace('_', '-')}-{rng.randint(1, 16):02d}.example"
    return {"url": f"https://{host}/{rng.getrandbits(40):010x}", "report": report, "site_type": site}


def _reports(rng: Random, report: str, here: Sequence[Medium]) -> Iterator[Line]:
    received = here[0].first_seen - timedelta(minutes=rng.randint(5, 900))
    outcome = "confirmed" if any(medium.outcome == "confirmed" for medium in here) else here[0].outcome
    told = {"type": "report", "report": report, "source": chosen(rng, SOURCES), "received_at": stamp(received),
            "synthetic": True}
    yield told | ({} if outcome == "open" else {"outcome": outcome})
    if rng.random() < 0.14:
        again = received + timedelta(minutes=rng.randint(3, 9000))
        yield told | {"report": f"{report}-again", "received_at": stamp(again), "outcome": "duplicate",
                      "duplicate_of": report}
    if rng.random() < 0.35:
        yield told | {"report": f"{report}-nothing", "outcome": chosen(rng, _NOTHING)}


def _sightings(rng: Random, medium: Medium, page: Line, pages: Sequence[Line]) -> Iterator[Line]:
    """The first sighting, and the later ones; `away` says that at least one is not the original upload."""
    original = rng.random() < 0.1 if medium.away is None else not medium.away
    line = {"type": "sighting", "sha256": medium.sha256}
    yield line | page | {"seen_at": stamp(medium.first_seen), "original_upload": original}
    if medium.away is not False:
        others = [other for other in pages if other is not page]
        for other in rng.sample(others, min(len(others), chosen(rng, _MORE))):
            seen = medium.first_seen + timedelta(hours=rng.randint(1, 2000))
            uploaded = medium.away is True and rng.random() < 0.02
            yield line | other | {"seen_at": stamp(seen), "original_upload": uploaded}

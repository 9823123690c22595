"""What else a hotline sees: other ages and origins, drawings, adults, what cannot be assessed, what is still open.

None of these belongs to the two studies, though some come as near to their cohorts as
one fact or one second, so that a study that counts them prints a wrong figure.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any, Final

from hashgrade.demo.answers import LABELS, Grade, child, chosen, grade, labels
from hashgrade.demo.readers import Medium

Made = tuple[Grade, Mapping[str, Any]]
"""A grade, and what is special about the medium: fields of `Medium`."""

_BANDS: Final = {"0-2": 6, "3-6": 14, "7-10": 34, "11-13": 30, "14-15": 11, "16-17": 5}
_ACTIVITY: Final = dict(zip(LABELS, (10, 4, 170, 40, 120, 90, 12, 420, 70, 55, 9), strict=True))
_SETTINGS: Final = {"bedroom": 42, "bathroom": 10, "living_room": 9, "kitchen": 2, "dining_room": 1, "other_home": 6,
                    "outdoors": 6, "institution": 2, "vehicle": 2, "other": 3, "cannot_determine": 17}
_CAPTURES: Final = {"still": 60, "recording": 22, "livestream_capture": 10, "unknown": 8}
_SYNTHETIC: Final = {"ai_photorealistic": 12, "ai_altered_real_child": 3, "pseudo_photographic": 2}


def media(seed: int) -> Iterator[Medium]:
    """Yield the media of 2023 outside the study's cohort, and those just outside the two periods."""
    rng = Random(f"around:{seed}")  # noqa: S311 - seeded, and nothing secret
    year = datetime(2023, 1, 1, tzinfo=UTC)
    for kind, (number, make) in KINDS.items():
        for n in range(number):
            yield _medium(f"around:{seed}:{kind}:{n}", year + timedelta(seconds=rng.randrange(365 * 86400)), make(rng))
    for n, (at, capture) in enumerate(_EDGES):
        yield _medium(f"around:{seed}:edge:{n}", at, _self_generated(rng, {"3-6": 1}, capture))


def anything(rng: Random, name: str, first_seen: datetime) -> Medium:
    """Make one medium of any kind, each kind as often as in the year of the demo."""
    return _medium(name, first_seen, KINDS[chosen(rng, _WEIGHTS)][1](rng))


def _medium(name: str, first_seen: datetime, made: Made) -> Medium:
    answers, special = made
    return Medium(name=name, sha256=sha256(name.encode()).hexdigest(), first_seen=first_seen, grade=answers, **special)


def _rows(rng: Random, bands: Mapping[str, float], girls: float, label: str | None = None) -> list[dict[str, Any]]:
    rows = []
    for _ in range(chosen(rng, {1: 82, 2: 13, 3: 4, 4: 1})):
        sex = "girl" if rng.random() < girls else "boy" if rng.random() < 0.9 else "cannot_determine"
        rows.append(child(rng, chosen(rng, bands), sex, labels(rng, label or chosen(rng, _ACTIVITY))))
    return rows


def _self_generated(rng: Random, bands: Mapping[str, float], capture: str | None = None) -> Made:
    rows = _rows(rng, bands, girls=0.9)
    return grade(rng, rows, origin="self_generated", setting=chosen(rng, _SETTINGS),
                 capture=capture or chosen(rng, _CAPTURES)), {"known": _known(rng)}


def _other_present(rng: Random, bands: Mapping[str, float] = _BANDS, /, **facts: str) -> Made:
    rows = _rows(rng, bands, girls=0.72)
    told = {"origin": "other_present", "setting": chosen(rng, _SETTINGS), "capture": chosen(rng, _CAPTURES),
            "adult_visible": "yes" if rng.random() < 0.4 else "no"}
    return grade(rng, rows, **told | facts), {"known": _known(rng), "kind": chosen(rng, {"image": 84, "video": 16})}


def _unknown_origin(rng: Random) -> Made:
    return _other_present(rng, {"3-6": 1}, origin=rng.choice(["unknown", "other_present"]), adult_visible="no")


def _drawn(rng: Random) -> Made:
    obscene = "yes" if rng.random() < 0.8 else "no"
    answers, special = _other_present(rng, depiction="non_photographic", self_evident="no", pornographic_s62="yes",
                                      obscene_s62=obscene)
    return answers, {**special, "kind": "image", "outcome": "virtual_material"}


def _synthetic(rng: Random) -> Made:
    return _other_present(rng, depiction=chosen(rng, _SYNTHETIC), adult_visible="no")


def _adults(rng: Random) -> Made:
    rows = [child(rng, "18_or_over", rng.choice(["girl", "boy"]), [rng.choice(["penetrative", "oral", "posing_nude"])])]
    shown = rows if rng.random() < 0.5 else []
    return grade(rng, shown, indecent="no", adult_visible="yes"), {"outcome": "adult"}


def _age_unclear(rng: Random) -> Made:
    answers, special = _self_generated(rng, {"16-17": 1})
    for row in answers["children"]:
        row.update(age_band="cannot_determine", puberty="postpubescent")
    return answers, {**special, "outcome": "age_unclear"}


def _below_threshold(rng: Random) -> Made:
    indecent = chosen(rng, {"no": 3, "cannot_determine": 1})
    answers, special = _other_present(rng, adult_visible="no", indecent=indecent, focus_on_region="no", lascivious="no")
    for row in answers["children"]:
        row.update(activity=["none"], role="participant")
    return answers, {**special, "outcome": "does_not_meet_threshold"}


def _not_assessable(rng: Random) -> Made:
    reason = chosen(rng, {"too_small": 6, "corrupt": 3, "encrypted": 1})
    outcome = {"too_small": "image_too_small", "encrypted": "password_protected"}.get(reason, "other")
    kind = "image" if reason == "too_small" else "other"
    return {"facts": {"assessable": reason}}, {"outcome": outcome, "kind": kind}


def _crowded(rng: Random) -> Made:
    answers, special = _other_present(rng)
    answers["facts"]["child_count"] += rng.randint(1, 4)
    return answers, special


def _unread(rng: Random) -> Made:
    return _other_present(rng)[0], {"readings": 0, "outcome": "open"}


def _read_once(rng: Random) -> Made:
    return _self_generated(rng, {"3-6": 1})[0], {"readings": 1, "outcome": "open"}


def _disputed(rng: Random) -> Made:
    return _other_present(rng)[0], {"settled": False, "outcome": "open"}


def _known(rng: Random) -> str | None:
    return chosen(rng, {None: 52, "graded": 34, "near": 8, "claimed": 6})


KINDS: Final[Mapping[str, tuple[int, Callable[[Random], Made]]]] = {
    "self-generated": (760, lambda rng: _self_generated(rng, {"7-10": 25, "11-13": 55, "14-15": 15, "16-17": 5})),
    "other-present": (420, _other_present),
    "origin-unknown": (80, _unknown_origin),
    "drawn": (70, _drawn),
    "synthetic": (45, _synthetic),
    "adults": (75, _adults),
    "age-unclear": (35, _age_unclear),
    "below-threshold": (90, _below_threshold),
    "not-assessable": (35, _not_assessable),
    "crowded": (15, _crowded),
    "unread": (25, _unread),
    "read-once": (20, _read_once),
    "disputed": (25, _disputed),
}
"""What else is seen in a year, how many of each in the demo, and who makes one."""

_WEIGHTS: Final = {kind: number for kind, (number, _) in KINDS.items()}

_EDGES: Final = [
    (datetime(2022, 12, 31, 23, 59, 59, tzinfo=UTC), "still"),
    (datetime(2024, 1, 1, tzinfo=UTC), "still"),
    (datetime(2017, 7, 31, 23, 59, 59, tzinfo=UTC), "livestream_capture"),
    (datetime(2017, 11, 1, tzinfo=UTC), "livestream_capture"),
]
"""A second before a study's period opens, and the moment after it closes: in the cohort, outside the period."""

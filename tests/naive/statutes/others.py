"""The laws beside those of the United Kingdom, the United States and Canada, as plain Python over complete answers.

Each function reads one child of a medium of which everything is answered, by the text of the law as
`sources.md` gives it, and not by the pack's rules. Where an age band lies across a threshold of the law it
gives every outcome that the law leaves open.
"""

from collections.abc import Callable, Mapping
from typing import Any

Told = Mapping[str, Any]
Law = Callable[[Told], str | set[str]]

NONE = "none"
YEARS = {"0-2": range(3), "3-6": range(3, 7), "7-10": range(7, 11), "11-13": range(11, 14), "14-15": range(14, 16),
         "16-17": range(16, 18), "18_or_over": range(18, 100)}
RANKS = {"interpol-baseline": "baseline", "au-473.1": "abuse sexual dominant", "au-ibs": "1 2 3", "nz-1993": "refer",
         "eu-2011-93": "i ii iii iv", "de-184b": "child", "de-184c": "youth", "fr-227-23": "yes", "ie-1998": "yes",
         "nl-252": "yes", "iccam": "baseline national"}


def _does(told: Told, *labels: str) -> bool:
    return any(label in told["activity"] for label in labels)


def _sexual_act(told: Told) -> bool:
    """Five kinds of activity with the child, and sadism, of which every law here says that it is sexual conduct."""
    return _does(told, "sadism", "animal", "penetrative", "oral", "masturbation", "non_penetrative")


def _yes(told: Told, *tests: str) -> bool:
    return all(told[test] == "yes" for test in tests)


def _ages(told: Told) -> range:
    return YEARS[told["age_band"]]


# -- international ------------------------------------------------------------------------------------------------


def _baseline(told: Told) -> str:
    """A real prepubescent child, involved in a sexual act or witnessing one, or focus on a listed region."""
    if told["depiction"] != "photographic" or told["puberty"] in ("pubescent", "postpubescent"):
        return NONE
    enough = _sexual_act(told) or _does(told, "witness") or _yes(told, "focus_on_region")
    return "baseline" if enough else NONE


def _iccam(told: Told) -> str:
    """Baseline; else illegal where it is hosted, which is England and Wales as delivered; else not illegal."""
    if max(_ages(told)) >= 18:
        return NONE
    if _baseline(told) != NONE:
        return "baseline"
    return "national" if _illegal_in_england_and_wales(told) else NONE


def _illegal_in_england_and_wales(told: Told) -> bool:
    """Any indecent photograph or pseudo-photograph, whatever its category; or a prohibited image that is neither."""
    if told["depiction"] != "non_photographic":
        return _yes(told, "indecent")
    listed = _does(told, "animal", "penetrative", "oral", "masturbation", "witness") or _yes(told, "focus_on_region")
    return listed and _yes(told, "pornographic_s62", "obscene_s62")


def _eu(told: Told) -> str:
    """A child's conduct, a child's sexual organs, realistic images of either; one who looks a child is taken as one."""
    if max(_ages(told)) >= 18 or told["depiction"] == "non_photographic":
        return NONE
    organs = _yes(told, "focus_on_region") or _does(told, "posing_nude", "nudity_only")
    if not (_sexual_act(told) or (organs and _yes(told, "sexual_purpose"))):
        return NONE
    limb = "i" if _sexual_act(told) else "ii"
    return limb if told["depiction"] == "photographic" else "iv"


# -- Australia and New Zealand ------------------------------------------------------------------------------------


def _australia(told: Told) -> str:
    """Under 18, offensive to reasonable persons; then a victim, a pose or activity or presence at it, dominance."""
    if max(_ages(told)) >= 18 or not _yes(told, "offensive_to_reasonable_person"):
        return NONE
    if _does(told, "sadism"):
        return "abuse"
    if _sexual_act(told) or _does(told, "posing_nude", "posing_clothed", "witness"):
        return "sexual"
    return "dominant" if _yes(told, "dominant_characteristic", "sexual_purpose") else NONE


def _australian_scale(told: Told) -> str:
    """1 baseline, 2 otherwise illegal in Australia, 4 the rest; 3 depends on other files."""
    if max(_ages(told)) < 18 and _baseline(told) != NONE:
        return "1"
    return "2" if _australia(told) != NONE else NONE


def _new_zealand(told: Told) -> str:
    """Promotes or supports exploitation of children or young persons for sexual purposes: a matter for the Office."""
    return "refer" if max(_ages(told)) < 18 and _yes(told, "promotes_exploitation") else NONE


# -- Europe -------------------------------------------------------------------------------------------------------


def _german(told: Told) -> bool:
    """Acts of, on or in front of the person; a posture while unclothed; genitals or buttocks rendered provocatively."""
    bare = _does(told, "posing_nude", "nudity_only")
    return (_sexual_act(told) or _does(told, "witness", "posing_nude")
            or (bare and _yes(told, "focus_on_region", "sexual_purpose")))


def _germany_child(told: Told) -> str:
    return "child" if max(_ages(told)) < 14 and _german(told) else NONE


def _germany_youth(told: Told) -> str:
    return "youth" if min(_ages(told)) >= 14 and max(_ages(told)) < 18 and _german(told) else NONE


def _france(told: Told) -> str:
    """An image or representation, however made, of a minor, of pornographic character; fifteen changes no outcome."""
    pornographic = (_sexual_act(told) or _does(told, "witness") or _yes(told, "focus_on_region", "sexual_purpose"))
    return "yes" if max(_ages(told)) < 18 and pornographic else NONE


def _ireland(told: Told, age: int = 18) -> str | set[str]:
    """A child, however depicted, in explicit sexual activity, or witnessing it, or dominance for a sexual purpose."""
    within = (_sexual_act(told) or _does(told, "witness") or _yes(told, "dominant_characteristic", "sexual_purpose"))
    found = {"yes" if years < age and within else NONE for years in _ages(told)}
    return found.pop() if len(found) == 1 else found


def _ireland_1998(told: Told) -> str | set[str]:
    """As later, but a child was a person under 17, so that the band 16-17 leaves it open."""
    return _ireland(told, 17)


def _netherlands(told: Told) -> str:
    """Of a sexual nature or purport, a person under 18 being involved or seemingly so: a drawing does not seem so."""
    if max(_ages(told)) >= 18 or told["depiction"] == "non_photographic":
        return NONE
    return "yes" if _sexual_act(told) or _does(told, "witness") or _yes(told, "sexual_purpose") else NONE


OF_CHILD: dict[str, Law] = {
    "interpol-baseline": _baseline, "au-473.1": _australia, "au-ibs": _australian_scale, "nz-1993": _new_zealand,
    "eu-2011-93": _eu, "de-184b": _germany_child, "de-184c": _germany_youth, "fr-227-23": _france,
    "ie-1998": _ireland, "nl-252": _netherlands, "iccam": _iccam,
}
EARLIER: dict[tuple[str, str], Law] = {("ie-1998", "1998"): _ireland_1998}
"""Versions that are no longer the newest, by pack and version."""

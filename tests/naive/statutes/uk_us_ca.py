"""Slow twins of the packs of the United Kingdom, the United States and Canada, written from the texts of the law.

Each function is given every answer about one person and the medium, and goes through its text in the text's own
order: who is a child, which images count, what must be shown. None looks at a pack's rules, parameters or words.
"""

from collections.abc import Callable, Mapping
from typing import Any

Told = Mapping[str, Any]
NONE = "none"

LIKE_A_PHOTOGRAPH = ("photographic", "pseudo_photographic", "ai_photorealistic", "ai_altered_real_child")
"""Protection of Children Act 1978, section 7(7), and Civic Government (Scotland) Act 1982, section 52(2A)."""

DRAWN = "non_photographic"


def _under(years: int, told: Told) -> bool:
    oldest = {"0-2": 2, "3-6": 6, "7-10": 10, "11-13": 13, "14-15": 15, "16-17": 17}.get(told["age_band"], 999)
    return oldest < years


def _shows(told: Told, *labels: str) -> bool:
    return any(label in labels for label in told["activity"])


def _first(*lines: tuple[str, bool]) -> str:
    """The first outcome that holds; `none` where none does."""
    return next((outcome for outcome, holds in lines if holds), NONE)


# -- the United Kingdom -------------------------------------------------------------------------------------------


def _indecent_photograph(told: Told, years: int = 18) -> bool:
    """Sections 1 and 7 of the 1978 Act: an indecent photograph, or what appears to be one, of a child."""
    return _under(years, told) and told["depiction"] in LIKE_A_PHOTOGRAPH and told["indecent"] == "yes"


def uk_ew(told: Told) -> str:
    """The guideline of 2014: penetrative, animal, sadism; then non-penetrative; then other indecent images."""
    return _first(
        (NONE, not _indecent_photograph(told)),
        ("A", _shows(told, "penetrative", "oral")),
        ("A", _shows(told, "animal", "sadism")),
        ("B", _shows(told, "non_penetrative", "masturbation")),
        ("C", True))


def uk_ew_prohibited(told: Told) -> str:
    """Section 62(2): (a) pornographic, (b) within subsection (6), (c) obscene; section 65: of a child, and drawn."""
    of_a_child = _under(18, told) and told["depiction"] == DRAWN
    subsection_7 = _shows(told, "penetrative", "oral", "masturbation", "animal") or _shows(told, "witness")
    subsection_6 = told["focus_on_region"] == "yes" or subsection_7
    obscene = told["pornographic_s62"] == "yes" and told["obscene_s62"] == "yes"
    return _first(("prohibited", of_a_child and obscene and subsection_6))


def uk_sct(told: Told) -> str:
    """Sections 52 and 52A of the 1982 Act, with the categories of the English guideline."""
    if not _under(18, told) or told["depiction"] not in LIKE_A_PHOTOGRAPH or told["indecent"] != "yes":
        return NONE
    return uk_ew(told)


def sap(told: Told) -> str:
    """The guideline of 2007, from level 5 down; an adult who is visible takes part."""
    adults = told["adult_visible"] == "yes"
    other = _shows(told, "non_penetrative", "masturbation")
    return _first(
        (NONE, not _indecent_photograph(told)),
        ("5", _shows(told, "sadism", "animal")),
        ("4", _shows(told, "penetrative", "oral")),
        ("3", other and adults),
        ("2", other and not adults),
        ("1", True))


def _oliver(told: Told, years: int) -> str:
    """R v Oliver: activity between children is level 2, penetrative or not."""
    adults = told["adult_visible"] == "yes"
    penetrative = _shows(told, "penetrative", "oral")
    activity = penetrative or _shows(told, "non_penetrative", "masturbation")
    return _first(
        (NONE, not _indecent_photograph(told, years)),
        ("5", _shows(told, "sadism", "animal")),
        ("4", penetrative and adults),
        ("3", activity and adults),
        ("2", activity),
        ("1", True))


def sap_2004(told: Told) -> str:
    """R v Oliver, of children under 18."""
    return _oliver(told, 18)


def sap_2002(told: Told) -> str:
    """R v Oliver, of children under 16."""
    return _oliver(told, 16)


# -- the United States --------------------------------------------------------------------------------------------


def _section_2256_2_a(told: Told) -> bool:
    """Sexually explicit conduct: (i) intercourse, (ii) bestiality, (iii) masturbation, (iv) sadistic abuse, (v)."""
    conduct = {
        "i": _shows(told, "penetrative", "oral", "non_penetrative"),
        "ii": _shows(told, "animal"),
        "iii": _shows(told, "masturbation"),
        "iv": _shows(told, "sadism"),
        "v": told["lascivious"] == "yes",
    }
    return any(conduct.values())


def _section_2256_2_b(told: Told) -> bool:
    """The narrower conduct: an act that is graphic or lascivious, or a lascivious exhibition, all of it simulated."""
    graphic_act = told["graphic"] == "yes" and _section_2256_2_a({**told, "lascivious": "no"})
    return bool(graphic_act or told["lascivious"] == "yes")


def us_2256(told: Told) -> str:
    """Section 2256(8), limb by limb."""
    made, identified = told["depiction"], told["identified"] == "yes"
    generated = made in ("pseudo_photographic", "ai_photorealistic")
    identifiable = made == "ai_altered_real_child" or (generated and identified)
    return _first(
        (NONE, not _under(18, told)),
        ("8A", made == "photographic" and _section_2256_2_a(told)),
        ("8B", generated and _section_2256_2_b(told)),
        ("8C", identifiable and _section_2256_2_a(told)))


def us_1466a(told: Told) -> str:
    """Section 1466A, of drawings: whatever depicts sexually explicit conduct is referred, since obscenity is open."""
    return _first(("refer", _under(18, told) and told["depiction"] == DRAWN and _section_2256_2_a(told)))


def us_industry(told: Told) -> str:
    """The letter by development, the digit by what is depicted."""
    if told["depiction"] == DRAWN:
        return NONE
    young = told["puberty"] in ("infant_or_toddler", "prepubescent")
    letter = "A" if young else "B" if _under(18, told) else ""
    act = _section_2256_2_a({**told, "lascivious": "no"})
    digit = "1" if act else "2" if told["lascivious"] == "yes" else ""
    return letter + digit if letter and digit else NONE


def vics_us(told: Told) -> str:
    """Project VIC: child abuse material is what section 2256 takes; else what is exploitive, drawn or not."""
    more_than_nude = bool(set(told["activity"]) - {"nudity_only", "none"})
    exploitive = more_than_nude or "yes" in (told["sexual_purpose"], told["lascivious"])
    return _first(
        (NONE, not _under(18, told)),
        ("1", us_2256(told) != NONE),
        ("3", exploitive and told["depiction"] == DRAWN),
        ("2", exploitive))


# -- Canada -------------------------------------------------------------------------------------------------------


def ca_163_1(told: Told) -> str:
    """Section 163.1(1)(a): any visual representation; (i) explicit sexual activity, (ii) both halves of the test."""
    explicit = _shows(told, "penetrative", "oral", "masturbation", "non_penetrative", "animal", "sadism")
    halves = (told["dominant_characteristic"], told["sexual_purpose"])
    return _first((NONE, not _under(18, told)), ("a.i", explicit), ("a.ii", halves == ("yes", "yes")))


OF_CHILD: dict[str, Callable[[Told], str]] = {
    "uk-ew": uk_ew, "uk-ew-prohibited": uk_ew_prohibited, "uk-sct": uk_sct, "sap": sap, "us-2256": us_2256,
    "us-1466a": us_1466a, "us-industry": us_industry, "vics-us": vics_us, "ca-163.1": ca_163_1}
"""The newest version of each pack."""

EARLIER: dict[tuple[str, str], Callable[[Told], str]] = {("sap", "2004.1"): sap_2004, ("sap", "2002.1"): sap_2002}
"""The other versions, by pack and version."""

RANKS = {
    "uk-ew": "A B C", "uk-ew-prohibited": "prohibited", "uk-sct": "A B C", "sap": "5 4 3 2 1", "us-2256": "8A 8B 8C",
    "us-1466a": "refer", "us-industry": "A1 A2 B1 B2", "vics-us": "1 2 3 4", "ca-163.1": "a.i a.ii"}
"""The outcomes of each pack but `none`, most severe first."""

"""A pack of an invented country, in as many versions as a test needs."""

from pathlib import Path

from hashgrade.store.force import Text

PACK = """
pack: zz
title: A country that there is not
jurisdiction: international
outcomes: {high: The graver outcome, low: The lesser outcome, none: None of them}
sources: {act: An act that there is not}
versions:
  - version: "VERSION"
    vocabulary: "1"
    in_force: {from: null, until: null}
    review: {state: draft, by: null, on: null}
    scope: {depiction: {is: photographic}}
    rules:
      - {rule: zz-high, outcome: high, source: act, article: s 1, when: {age_band: {under: UNDER}}}
      - {rule: zz-low, outcome: low, source: act, article: s 2, when: {age_band: {under: 18}}}
"""
USING = """
pack: yy
title: A country that follows another
jurisdiction: international
outcomes: {yes: As there, none: None of them}
sources: {act: An act that there is not}
versions:
  - version: "1"
    vocabulary: "1"
    in_force: {from: null, until: null}
    review: {state: reviewed, by: A counsel, on: 2026-01-05}
    scope: {depiction: {is: photographic}}
    rules:
      - {rule: yy-yes, outcome: "yes", source: act, article: s 1, when: {verdict.zz: {is: high}}}
"""
CASES = """
- case: {case}
  facts: {{depiction: {depiction}}}
  children: [{{age_band: {band}}}]
  expect: {{outcome: {outcome}}}
"""


def zz_yaml(version: str = "1", under: int = 11) -> str:
    """The `pack.yaml` of one version, under which whoever is younger than `under` is `high`."""
    return PACK.replace("VERSION", version).replace("UNDER", str(under))


def zz(version: str = "1", under: int = 11) -> Text:
    """One version of the pack."""
    return Text("zz", {"zz": zz_yaml(version, under)})


def yy(version: str = "1", under: int = 11) -> Text:
    """A pack that asks for the verdict of that version."""
    return Text("yy", {"yy": USING, "zz": zz_yaml(version, under)})


def laid(folder: Path, version: str = "1", under: int = 11) -> Path:
    """Write the version as a pack's folder, and give the folder."""
    place = folder / "zz"
    place.mkdir(parents=True, exist_ok=True)
    (place / "pack.yaml").write_text(zz_yaml(version, under))
    (place / "sources.md").write_text("# Sources\n\n## act\n\nCitation: an act\n\n## Review\n\nNone.\n")
    return place

"""sources.md: what a pack rests on, a section to each source, with its citation, a link and when it was read.

A day says that the very text was read, as it is in force. Where that was a quotation, a summary, another version or
another language, the line says `in part;` and what.

    ## act-1978

    Citation: Protection of Children Act 1978, sections 1 and 7
    Link: <https://www.legislation.gov.uk/ukpga/1978/37>
    Read: 2026-11-22

    The rule in neutral words.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain, pairwise

from hashgrade.errors import InputError
from hashgrade.law.load import Place, did_you_mean
from hashgrade.law.pack import Pack

REVIEW = "Review"
HEADING = "## "
LINES = {
    "Citation": (re.compile(r"\S.*"), "how it is cited"),
    "Link": (re.compile(r"<https?://[^\s<>]+>"), "an address in brackets, such as <https://www.legislation.gov.uk>"),
    "Read": (re.compile(r"\d{4}-\d{2}-\d{2}|in part; \S.*|not yet\b.*"), "the day on which it was read, such as "
             "2026-11-22, `in part;` and what was read instead of the text in force, or `not yet` and what the pack "
             "rests on meanwhile"),
}
"""What a section states on lines of their own: in which form, and what that is in words."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its heading, the number of that line from 0, and the lines below it that are not empty."""

    name: str
    line: int
    body: tuple[str, ...]

    def stated(self, key: str) -> str | None:
        """What the line `key:` says, or None where there is none."""
        found = (line.partition(":")[2].strip() for line in self.body if line.startswith(f"{key}:"))
        return next(found, None)


def sections(text: str) -> tuple[Section, ...]:
    """The sections of a text, in the order written."""
    lines = text.splitlines()
    starts = [n for n, line in enumerate(lines) if line.startswith(HEADING)]
    return tuple(Section(lines[start].removeprefix(HEADING).strip(), start,
                         tuple(filter(str.strip, lines[start + 1:end])))
                 for start, end in pairwise([*starts, len(lines)]))


def undescribed(packs: tuple[Pack, ...], text: str, place: Place) -> Iterator[InputError]:
    """PACK-18 for every source that is not described, every section that is of no source, and every source unused.

    A source is used when a rule of some version rests on it, or another section speaks of it as `key`.

    Args:
        packs: Every version of one pack.
        text: Its sources.md.
        place: Where the pack's `sources` are.
    """
    name = place.file.replace("pack.yaml", "sources.md")
    if not text.strip():
        yield Place(name).error("PACK-18", "there is no sources.md, or it is empty")
        return
    found = {section.name: section for section in sections(text)}
    at = {key: Place(name, tuple(text.splitlines()), {(): (section.line, 0)}) for key, section in found.items()}
    for key in [key for key in (*packs[0].sources, REVIEW) if key not in found]:
        hint = did_you_mean(key, [*found])
        yield Place(name).error("PACK-18", f"sources.md has no heading `{HEADING}{key}`", hint)
    for key in found.keys() - packs[0].sources.keys() - {REVIEW}:
        yield at[key].error("PACK-18", f"the pack states no source `{key}`", did_you_mean(key, [*packs[0].sources]))
    for key in packs[0].sources.keys() & found.keys():
        yield from _ill_stated(found[key], at[key])
    yield from _unused(packs, found, place)


def _ill_stated(section: Section, place: Place) -> Iterator[InputError]:
    for key, (form, words) in LINES.items():
        said = section.stated(key)
        if said is None or not form.fullmatch(said) or not _possible(said):
            got = "there is none" if said is None else f"not `{said}`"
            yield place.error("PACK-18", f"`{section.name}` needs a line `{key}:` with {words}; {got}")
    if not any(not line.startswith(tuple(f"{key}:" for key in LINES)) for line in section.body):
        yield place.error("PACK-18", f"`{section.name}` does not say the rule in words")


def _possible(said: str) -> bool:
    """Whether what looks like a day is one."""
    try:
        return not re.fullmatch(r"\d{4}-\d{2}-\d{2}", said) or bool(date.fromisoformat(said))
    except ValueError:
        return False


def _unused(packs: tuple[Pack, ...], found: Mapping[str, Section], place: Place) -> Iterator[InputError]:
    rested = {rule.source for pack in packs for rule in pack.rules}
    for key in packs[0].sources:
        others = chain.from_iterable(section.body for section in found.values() if section.name != key)
        if key not in rested and not any(f"`{key}`" in line for line in others):
            said = f"no rule rests on source `{key}`, and no other section of sources.md speaks of it by that name"
            yield place.key(key).error("PACK-18", said)

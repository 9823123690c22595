"""What `sources.md` of a pack says: for each source its citation, its link, when it was read, and the rule in words."""

import re
from dataclasses import dataclass

SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
FIELD = re.compile(r"^(Citation|Link|Read): *(.*)$")
SPAN = re.compile(r"(?P<code>`[^`]+`)|(?P<strong>\*\*[^*]+\*\*)|(?P<em>\*[^*\s][^*]*\*)|(?P<link><https://[^<>\s]+>)")
LINK = re.compile(r"<?(https://[^<>\s]+)>?")

Span = dict[str, str]
Block = dict[str, object]


@dataclass(frozen=True, slots=True)
class Note:
    """One section of `sources.md`.

    Args:
        citation: The citation in full, or an empty string.
        link: An https address, or an empty string: nothing else is ever made a link.
        read: When it was read, in the author's words.
        blocks: Paragraphs and lists, as spans of text.
    """

    citation: str = ""
    link: str = ""
    read: str = ""
    blocks: tuple[Block, ...] = ()


def notes(sources: str) -> dict[str, Note]:
    """Every section of a `sources.md` by its heading; none of an empty text."""
    parts = SECTION.split(sources)
    return {heading.strip(): _note(text) for heading, text in zip(parts[1::2], parts[2::2], strict=True)}


def _note(text: str) -> Note:
    fields: dict[str, str] = {}
    rest = []
    for line in text.splitlines():
        found = FIELD.match(line)
        if found and found[1] not in fields:
            fields[found[1]] = found[2].strip()
        else:
            rest.append(line)
    link = LINK.fullmatch(fields.get("Link", ""))
    return Note(fields.get("Citation", ""), link[1] if link else "", fields.get("Read", ""), tuple(_blocks(rest)))


def _blocks(lines: list[str]) -> list[Block]:
    """Paragraphs, and lists of lines that begin with a dash: all of Markdown that sources use."""
    blocks: list[Block] = []
    for text in re.split(r"\n\s*\n", "\n".join(lines).strip()):
        items = re.split(r"^- ", text, flags=re.MULTILINE)
        if items[0].strip():
            blocks.append({"items": [], "spans": spans(items[0])})
        if len(items) > 1:
            blocks.append({"items": [spans(item) for item in items[1:]], "spans": []})
    return blocks


def spans(text: str) -> list[Span]:
    """A text as plain, emphasised, strong and literal spans, and links."""
    told: list[Span] = []
    at, joined = 0, " ".join(text.split())
    for found in SPAN.finditer(joined):
        told.append({"kind": "text", "text": joined[at:found.start()]})
        told.append({"kind": str(found.lastgroup), "text": found[0].strip("`*<>")})
        at = found.end()
    return [span for span in (*told, {"kind": "text", "text": joined[at:]}) if span["text"]]

"""What everything says that was made with a pack no counsel has reviewed: one sentence, the same everywhere."""

from collections.abc import Iterable

from hashgrade.law.wording import INDICATIVE, listed

BRIEF = "Draft law: no counsel has reviewed the packs behind this."
"""Where there is no room for `notice`: a chart, a line of a table, the head of a page."""


def notice(drafts: Iterable[str]) -> str:
    """Say that verdicts come from packs in draft, and which; an empty text where none is.

    Args:
        drafts: Each pack in draft that was used, by name and version.
    """
    names = list(drafts)
    if not names:
        return ""
    packs, them = ("pack", "it") if len(names) == 1 else ("packs", "them")
    return f"Draft law: made with {packs} {listed(names)}. No counsel has reviewed {them}. {INDICATIVE}"

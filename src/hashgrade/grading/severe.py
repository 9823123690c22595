"""How severe what is in view is taken to be, for the pace: as lists expect it, and as it is found once it is graded.

It is one word: an outcome of the first pack in use, or another that the settings limit. A reader's own day shows it,
so before they have answered it is never worked out from a grade that they are not to know of.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from hashgrade.grading.seeing import Look
from hashgrade.law.judge import judge
from hashgrade.law.pack import NONE, Pack
from hashgrade.nouns import Grade, How
from hashgrade.store import ledger, queries

CLAIMED: Final = ("severity", "category", "Category")
"""Under which of these an imported list says how severe it takes a medium to be."""


def of_grade(grade: Grade, packs: Sequence[Pack]) -> str:
    """Name what a grade makes of a medium at the least, by the first pack; empty where that is `none`."""
    found = judge(grade, packs[0]).at_least if packs else NONE
    return "" if found == NONE else found


def of_view(look: Look, packs: Sequence[Pack], limited: Collection[str] = ()) -> str:
    """Name the most severe of what is known of the items in a view as it begins; empty where nothing is.

    Of what is decided that is the grade of record, of what is to be settled its readings. Of all else it is what
    lists expect, and what the reader found before.

    Args:
        look: The view.
        packs: Those in use, the first of which ranks.
        limited: Words that the settings have a limit for; they come after its outcomes.
    """
    ranked = [*(one for one in (packs[0].outcomes if packs else ()) if one != NONE), *sorted(limited)]
    found = set(_said(look, packs))
    return next((one for one in ranked if one in found), "")


def _said(look: Look, packs: Sequence[Pack]) -> Iterator[str]:
    if look.how is How.DECIDED:
        found = (queries.standing(name) for name in look.items)
        yield from (of_grade(one.grade, packs) for one in found if one and one.grade)
    elif look.how is How.SETTLEMENT:
        yield from (of_grade(one.grade, packs) for name in look.items for one in queries.readings_of(name))
    else:
        for claims in queries.exact_claims(queries.items_of(look.items).values()).values():
            yield from (str(one.extra[name]) for one in claims for name in CLAIMED if name in one.extra)
        yield from ledger.severities(look.reader, look.items)

"""Which lists are on file: editions of ours, and those of others with what they claim. Counts alone; no digest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.db.models import Count, Exists, Max, OuterRef, Q

from hashgrade.nouns import Edition
from hashgrade.store import models as tables
from hashgrade.store import queries


@dataclass(frozen=True, slots=True)
class Own:
    """One of our lists: how many editions it has, and the newest."""

    name: str
    editions: int
    newest: Edition


@dataclass(frozen=True, slots=True)
class Imported:
    """An edition of somebody else's list; `current` is the one in use. Of a list, `editions` are on file."""

    name: str
    edition: str
    imported_at: datetime
    current: bool
    editions: int = 1


@dataclass(frozen=True, slots=True)
class Claims:
    """What an imported edition claims: entries, how many have each kind of digest, how many keep items unread."""

    total: int
    by: Mapping[str, int]
    skip: int


def own() -> list[Own]:
    """Every list of ours, by name."""
    rows = tables.Edition.objects.values("name").annotate(newest=Max("number"), editions=Count("id")).order_by("name")
    return [Own(row["name"], row["editions"], one) for row in rows
            if (one := edition(row["name"], row["newest"]))]


def edition(name: str, number: int) -> Edition | None:
    """One edition of ours; None if it is not on record."""
    return next((one for one in queries.editions(name) if one.number == number), None)


def imported() -> list[Imported]:
    """Every list of others with its edition in use, by name."""
    many = dict(tables.ImportedList.objects.values_list("name").annotate(Count("id")))
    rows = tables.ImportedList.objects.filter(current=True).order_by("name")
    return [Imported(row.name, row.edition, row.imported_at, True, many[row.name]) for row in rows]


def imported_editions(name: str) -> list[Imported]:
    """The editions of one list of others, the newest first."""
    rows = tables.ImportedList.objects.filter(name=name).order_by("-current", "-imported_at", "-id")
    return [Imported(row.name, row.edition, row.imported_at, row.current, len(rows)) for row in rows]


def claims(name: str, of_edition: str) -> Claims:
    """Count what an imported edition claims."""
    mine = tables.Claim.objects.filter(source__name=name, source__edition=of_edition)
    kinds = ("sha256", "sha1", "md5", "pdq")
    found = mine.aggregate(total=Count("id"), skip=Count("id", filter=Q(skip=True)),
                           **{kind: Count(kind) for kind in kinds})
    return Claims(found["total"], {kind: found[kind] for kind in kinds}, found["skip"])


def claims_changed(name: str, older: str, newer: str, tell: Callable[[int, int], None]) -> tuple[int, int]:
    """How many entries an imported edition has that another has not, and the other way round: added, and gone.

    Both are gone through a part at a time, so that nobody who writes waits for it.

    Args:
        name: The list.
        older: The edition from which it changed.
        newer: The edition to which.
        tell: Told, while it lasts, how many parts are done, of how many.
    """
    common, ends = 0, [*"0123456789abcdefg"]  # keys are hex, and each digit begins about as many
    theirs, ours = (tables.Claim.objects.filter(source__name=name, source__edition=one) for one in (older, newer))
    for done, (begin, end) in enumerate(pairwise(ends)):
        part = ours.filter(Exists(theirs.filter(key=OuterRef("key"))), key__gte=begin, key__lt=end)
        common += part.count()
        tell(done + 1, len(ends) - 1)
    return ours.count() - common, theirs.count() - common

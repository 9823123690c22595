"""What is on file of something that somebody names: a digest, the beginning of one, an address. For our own staff."""

from collections.abc import Iterable, Sequence
from typing import Final

from django.db.models import Q

from hashgrade.nouns import Claim, Item
from hashgrade.store import models as tables
from hashgrade.store import shapes
from hashgrade.store.shapes import rows_where

DIGESTS: Final = ("sha256", "sha1", "md5")
BEGUN_MAX: Final = 20
"""Items that are given of one beginning or address; more are only said to be more."""


def items_named(name: str, values: Iterable[str]) -> dict[str, list[Item]]:
    """Find the items with one of these digests, by the digest.

    Args:
        name: `sha256`, `sha1` or `md5`.
        values: Digests in lower-case hex.
    """
    found: dict[str, list[Item]] = {}
    for row in rows_where(tables.Item, name, values, (*shapes.ITEM_COLUMNS, name)):
        found.setdefault(row[-1], []).append(shapes.item(row[:-1]))
    return found


def claims_named(name: str, values: Iterable[str]) -> dict[str, list[Claim]]:
    """Find the claims of current editions that have one of these digests, by the digest, whatever else they have.

    Args:
        name: `sha256`, `sha1` or `md5`.
        values: Digests in lower-case hex.
    """
    found: dict[str, list[Claim]] = {}
    for row in rows_where(tables.Claim, name, values, (*shapes.CLAIM_COLUMNS, "source__current", name)):
        if row[-2]:
            found.setdefault(row[-1], []).append(shapes.claim(row[:-2]))
    return found


def items_begun(start: str) -> list[Item]:
    """Find items by how their SHA-256 begins, in order, and one more than `BEGUN_MAX` at the most."""
    named = tables.Item.objects.filter(sha256__gte=start, sha256__lt=f"{start}g").order_by("sha256")
    return [shapes.item(row) for row in named.values_list(*shapes.ITEM_COLUMNS)[:BEGUN_MAX + 1]]


def items_seen_at(url: str) -> list[Item]:
    """Find the items that were seen at an address, in order, and one more than `BEGUN_MAX` at the most."""
    seen = tables.Sighting.objects.filter(url=url).values("item_id")
    found = tables.Item.objects.filter(id__in=seen).order_by("sha256")
    return [shapes.item(row) for row in found.values_list(*shapes.ITEM_COLUMNS)[:BEGUN_MAX + 1]]


def claims_of(item: Item) -> Sequence[Claim]:
    """Find every claim of a current edition that has a digest of the item, the strongest first."""
    named = Q()
    for name in DIGESTS:
        if value := getattr(item, name):
            named |= Q(**{name: value})
    mine = tables.Claim.objects.filter(named, source__current=True).order_by("source__name", "key")
    return list(map(shapes.claim, mine.values_list(*shapes.CLAIM_COLUMNS)))


def claims_near(sha256: str) -> list[tuple[int, Claim]]:
    """Find the claims of current editions that an item was seen to be near, nearest first, each with its distance."""
    near = tables.Resemblance.objects.filter(item__sha256=sha256, claim__source__current=True)
    rows = near.order_by("distance_bits", "claim_id").values_list("distance_bits", "claim_id")
    bits = [(number, distance) for distance, number in rows]
    claims = {row[0]: shapes.claim(row) for row in rows_where(
        tables.Claim, "id", (number for number, _ in bits), shapes.CLAIM_COLUMNS)}
    return [(distance, claims[number]) for number, distance in bits]

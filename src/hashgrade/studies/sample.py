"""Draw samples that anybody can draw again, from digests and a seed alone."""

from collections.abc import Iterable
from hashlib import sha256

from hashgrade.errors import InputError
from hashgrade.law.condition import literal


def place(seed: str | int, digest: str) -> str:
    """The place of one item in the draw: the SHA-256, in hex, of `seed:digest`."""
    return sha256(f"{seed}:{digest}".encode()).hexdigest()


def place_sql(seed: str | int, column: str) -> str:
    """`place` as a DuckDB expression over a column that holds the digest in lower-case hex."""
    return f"sha256({literal(f'{seed}:')} || {column})"


def draw(digests: Iterable[str], size: int, seed: str | int) -> list[str]:
    """Draw the `size` digests with the smallest places; the order given is of no account.

    Membership depends on the seed and the digests and on nothing else, so an item that
    joins the stratum can only push out the last one drawn. Hashing stands in for
    chance: nobody who grades can choose what falls in.

    Args:
        digests: SHA-256 of the items of one stratum, 64 lower-case hex characters each.
        size: How many to draw.
        seed: The study's seed, as it is printed with the results.

    Raises:
        InputError: STU-08, the stratum holds fewer items than are to be drawn.
    """
    stratum = sorted(set(digests), key=lambda digest: place(seed, digest))
    if size > len(stratum):
        raise InputError("STU-08", f"a sample of {size} is asked of a stratum of {len(stratum)}")
    return stratum[:size]

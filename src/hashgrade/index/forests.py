"""What clusters are made of: a forest of numbers, and the codes that belong to them.

A number is the place of an id in the forest. Each tree is a cluster, and its root has the
smallest id.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hashgrade.index.tables import BANDS, VALUES, Numbers, Words

Places = NDArray[np.int32]


class Forest(NamedTuple):
    """N ids as trees, and when two codes make one tree of two.

    ids: uint64 [N]. parents: int64 [N], the number above each, a root's its own. ring: int64
    [N], the next of its tree, the last's the first. within_bits: the radius. masks: int64, the
    values of 16 bits that have at most a sixteenth of the radius set.
    """

    ids: Words
    parents: Numbers
    ring: Numbers
    within_bits: int
    masks: Numbers


class Numbered(NamedTuple):
    """Codes, uint64 [N, 4], and the number that each belongs to, int64 [N]."""

    words: Words
    numbers: Numbers


class Listed(NamedTuple):
    """Different codes as in `Numbered`, by rising number, and listed by each band.

    A number is that of a root when they were listed. places: int32 [16, N], the codes' places
    by rising value of the band, then by rising number. starts: int32 [16, 65537], where each
    value's places start in that.
    """

    words: Words
    numbers: Numbers
    places: Places
    starts: Places


class Stand(NamedTuple):
    """Codes that stand in a row to be compared, uint64 [N, 4], and the roots of their trees, int64 [N]."""

    words: Words
    roots: Numbers


Stretch = tuple[int, int]
"""From the first of some that stand to behind the last."""


def forest(within_bits: int) -> Forest:
    """A forest without a tree."""
    masks = np.arange(VALUES)
    masks = masks[np.bitwise_count(masks) <= within_bits // BANDS]
    return Forest(np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.int64), within_bits, masks)


def both(one: Numbered | Listed, other: Numbered | Listed) -> Numbered:
    """The codes of both, as they are."""
    return Numbered(
        np.concatenate([one.words, other.words]), np.concatenate([one.numbers, other.numbers]))

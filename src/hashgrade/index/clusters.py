"""What hangs together: the connected components of codes at a radius, exact, and grown as codes come.

Two ids are in one cluster if a chain of codes leads from one to the other with no step
longer than the radius. Nothing is sampled or approximate: every two codes within the
radius are found, unless they hang together already.
"""

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from hashgrade.errors import InputError
from hashgrade.index.forests import Listed, Numbered, both, forest
from hashgrade.index.tables import BANDS, VALUES, Numbers, Words

Codes = NDArray[np.uint8]
Ids = NDArray[np.uint64]
Number = TypeVar("Number", np.uint64, np.int64)

WITHIN_BITS_MAX: Final = 63
NOTHING: Final = Numbered(np.empty((0, 4), np.uint64), np.empty(0, np.int64))

RECENT_MAX: Final = 4096
"""So many codes are compared one by one; of more, lists are made."""
MANY: Final = 128
"""Where others are so many times as many, codes are looked up in their lists."""
GROWTH: Final = 8
"""Lists are put together with the next larger ones, unless those are so many times as large."""


class Clusters:
    """Clusters of ids by their codes, each named by the smallest id in it.

    An id may have several codes, and a code several ids; both join. Clusters do not depend
    on the order in which codes come. Not for several threads at once.

    Codes that differ in at most `within_bits` agree to within `within_bits // 16` bits in
    one of 16 bands of 16 bits. So only codes of such buckets are compared, and of those
    only such as are in different clusters: time grows with the pairs that share a bucket
    and no cluster. Adding one code to a million takes some 0.3 ms.

    Source: Norouzi, Punjani, Fleet, TPAMI 36(6), 2014; Tarjan, van Leeuwen, JACM 31(2), 1984.
    Twin: tests/naive/clusters.py.

    Args:
        within_bits: The radius, 0 to 63; more than 31 are slow.

    Raises:
        InputError: IDX-02, no such radius.

    >>> clusters = Clusters()
    >>> clusters.add(np.array([[0] * 32, [255] * 32, [0] * 31 + [7]], np.uint8), np.array([7, 8, 5], np.uint64))
    >>> clusters.of(7), clusters.of(8), clusters.members(7).tolist()
    (5, 8, [5, 7])
    """

    def __init__(self, within_bits: int = 31) -> None:
        if not 0 <= within_bits <= WITHIN_BITS_MAX:
            raise InputError("IDX-02", f"a radius is 0 to {WITHIN_BITS_MAX} bits here, got {within_bits}")
        self._numbers: dict[int, int] = {}
        self._forest = forest(within_bits)
        self._recent = NOTHING
        self._lists: list[Listed] = []

    def __len__(self) -> int:
        """The number of ids."""
        return len(self._numbers)

    def add(self, codes: Codes, ids: Ids) -> None:
        """Join codes to what is there; an id that is there already gets one more code.

        Args:
            codes: uint8 [N, 32], bit 255 first.
            ids: uint64 [N], one for each code.

        Raises:
            InputError: IDX-01, the arrays have other shapes or types.
        """
        words = _words(codes, ids)
        new = Numbered(words, self._numbered(ids))
        whole = both(self._recent, new)
        if len(whole.words) <= RECENT_MAX:
            self._look_up(new, whole)
            self._recent = whole
        else:
            self._list(whole)
            self._recent = NOTHING

    def of(self, number: int) -> int:
        """Name the cluster that an id is in: the smallest id in it.

        Raises:
            InputError: IDX-07, the id was never added.
        """
        return int(self._forest.ids[self._root(number)])

    def members(self, number: int) -> Ids:
        """Give the ids of the cluster that an id is in, uint64, rising.

        Raises:
            InputError: IDX-07, the id was never added.
        """
        ids, ring = self._forest.ids, self._forest.ring
        root = self._root(number)
        found, following = [root], int(ring[root])
        while following != root:
            found.append(following)
            following = int(ring[following])
        return np.sort(ids[found])

    def labels(self) -> tuple[Ids, Ids]:
        """Give all ids, rising, and the smallest id of the cluster of each, both uint64 [N]."""
        from hashgrade.index.joins import roots_of  # noqa: PLC0415 - numba loads late

        ids = self._forest.ids[:len(self)]
        order = np.argsort(ids)
        return ids[order], ids[roots_of(self._forest.parents[:len(self)])[order]]

    def _root(self, number: int) -> int:
        if number not in self._numbers:
            raise InputError("IDX-07", f"the clusters have no id {number}")
        root = self._numbers[number]
        while self._forest.parents[root] != root:
            root = int(self._forest.parents[root])
        return root

    def _numbered(self, ids: Ids) -> Numbers:
        """Number the ids from 0 as they come; a new one is a tree of its own."""
        before = len(self)
        numbers = np.array([self._numbers.setdefault(one, len(self._numbers)) for one in ids.tolist()], np.int64)
        room = len(self._forest.ids)
        if len(self) > room:
            room = max(2 * room, len(self))
            held, parents, ring = self._forest.ids, self._forest.parents, self._forest.ring
            self._forest = self._forest._replace(
                ids=_with_room(held, room), parents=_with_room(parents, room), ring=_with_room(ring, room))
        new = np.arange(before, len(self))
        self._forest.parents[new] = self._forest.ring[new] = new
        self._forest.ids[numbers] = ids
        return numbers

    def _look_up(self, new: Numbered, whole: Numbered) -> None:
        """Join a few codes with themselves, the others of late, and all that are listed."""
        from hashgrade.index import joins  # noqa: PLC0415 - numba loads late

        joins.compare(self._forest, new, whole)
        for listed in self._lists:
            joins.look_up(self._forest, new, listed)

    def _list(self, codes: Numbered) -> None:
        """Join many codes with themselves and all that are listed, and list them."""
        from hashgrade.index import joins  # noqa: PLC0415 - numba loads late

        new = self._listed(codes)
        joins.join_own(self._forest, new)
        for listed in self._lists:
            if MANY * len(new.words) < len(listed.words):
                joins.look_up(self._forest, Numbered(new.words, new.numbers), listed)
            else:
                joins.join_others(self._forest, new, listed)
        grown = Numbered(new.words, new.numbers)
        while self._lists and len(self._lists[-1].words) < GROWTH * len(grown.words):
            grown = both(grown, self._lists.pop())
        self._lists.append(self._listed(grown))  # again, now that they hang together

    def _listed(self, codes: Numbered) -> Listed:
        """Join the ids of equal codes, keep one of each, and list them."""
        from hashgrade.index import joins  # noqa: PLC0415 - numba loads late

        kept = joins.unite_alike(self._forest, codes, np.lexsort(codes.words.T))
        roots = joins.roots_of(self._forest.parents)[codes.numbers[kept]]
        order = np.argsort(roots, kind="stable")
        listed = Listed(
            codes.words[kept[order]], roots[order],
            np.empty((BANDS, len(kept)), np.int32), np.zeros((BANDS, VALUES + 1), np.int32))
        joins.list_by_band(listed)
        return listed


def _with_room(array: NDArray[Number], room: int) -> NDArray[Number]:
    larger = np.zeros(room, array.dtype)
    larger[:len(array)] = array
    return larger


def _words(codes: Codes, ids: Ids) -> Words:
    """The codes as four words each; the order of bytes in a word does not change a distance."""
    if codes.dtype != np.uint8 or codes.ndim != 2 or codes.shape[1] != 32:
        raise InputError("IDX-01", f"codes are uint8 [N, 32], got {codes.dtype} {list(codes.shape)}")
    if ids.dtype != np.uint64 or ids.shape != (len(codes),):
        raise InputError("IDX-01", f"ids are uint64 [{len(codes)}], got {ids.dtype} {list(ids.shape)}")
    return np.array(codes, order="C").view(np.dtype("<u8"))

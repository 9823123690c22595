"""Joining codes that are near each other, bucket by bucket: the loops of clusters."""

from typing import Final

import numpy as np

from hashgrade.index.bits import count
from hashgrade.index.forests import Forest, Listed, Numbered, Places, Stand, Stretch
from hashgrade.index.tables import BANDS, VALUES, Numbers, Words
from hashgrade.kernel import kernel

_LAST: Final = np.uint64(0xFFFF)


@kernel
def value_of(words: Words, place: int, band: int) -> np.int64:
    """The 16 bits of a code that are one band."""
    return np.int64((words[place, band // 4] >> np.uint64(band % 4 * 16)) & _LAST)


@kernel
def root_of(parents: Numbers, number: int) -> int:
    """Walk up to the root of a number's tree, and halve the way for the next time."""
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number


@kernel
def roots_of(parents: Numbers) -> Numbers:
    """The root of every number."""
    roots = np.empty_like(parents)
    for number in range(len(parents)):
        roots[number] = root_of(parents, number)
    return roots


@kernel
def unite(forest: Forest, one: int, other: int) -> None:
    """Make one tree of two; its root is the one with the smaller id."""
    one, other = root_of(forest.parents, one), root_of(forest.parents, other)
    if one == other:
        return
    forest.ring[one], forest.ring[other] = forest.ring[other], forest.ring[one]
    if forest.ids[one] < forest.ids[other]:
        forest.parents[other] = one
    else:
        forest.parents[one] = other


@kernel
def unite_alike(forest: Forest, codes: Numbered, order: Numbers) -> Numbers:
    """Unite the numbers of equal codes, which are side by side in `order`; give one place of each code."""
    kept, different = np.empty(len(order), np.int64), 0
    for place in order:
        if different and np.all(codes.words[place] == codes.words[kept[different - 1]]):
            unite(forest, codes.numbers[place], codes.numbers[kept[different - 1]])
        else:
            kept[different] = place
            different += 1
    return kept[:different]


@kernel
def list_by_band(listed: Listed) -> None:
    """Fill in the places and, where there were zeros, the starts, by counting."""
    for band in range(BANDS):
        starts, places = listed.starts[band], listed.places[band]
        for place in range(len(listed.words)):
            starts[value_of(listed.words, place, band) + 1] += 1
        for cell in range(1, len(starts)):
            starts[cell] += starts[cell - 1]
        free = starts.copy()
        for place in range(len(listed.words)):
            value = value_of(listed.words, place, band)
            places[free[value]] = place
            free[value] += 1


@kernel
def compare(forest: Forest, ours: Numbered, theirs: Numbered) -> None:
    """Unite every two codes that are near, one of ours and one of theirs, looking at every pair."""
    for our in range(len(ours.words)):
        for their in range(len(theirs.words)):
            if _near(ours.words, our, theirs.words, their, forest.within_bits):
                unite(forest, ours.numbers[our], theirs.numbers[their])


@kernel
def look_up(forest: Forest, ours: Numbered, theirs: Listed) -> None:
    """Unite every two codes that are near, one of few of ours and one of many of theirs, looking into buckets.

    In a bucket, those of one tree stand together, and one that is near speaks for all of them.
    """
    for our in range(len(ours.words)):
        for band in range(BANDS):
            starts, places = theirs.starts[band], theirs.places[band]
            for mask in forest.masks:
                value = value_of(ours.words, our, band) ^ mask
                at, end = starts[value], starts[value + 1]
                while at < end:
                    if _near(ours.words, our, theirs.words, places[at], forest.within_bits):
                        unite(forest, ours.numbers[our], theirs.numbers[places[at]])
                        at = _behind(theirs.numbers, places, at, end)
                    else:
                        at += 1


@kernel
def _behind(numbers: Numbers, places: Places, at: int, end: int) -> int:
    """Find the first place behind those that have the number of the one at `at`; the numbers rise."""
    number, step = numbers[places[at]], 1
    while at + step < end and numbers[places[at + step]] == number:
        at += step
        step *= 2
    while step:
        if at + step < end and numbers[places[at + step]] == number:
            at += step
        step //= 2
    return at + 1


@kernel
def _near(ours: Words, our: int, theirs: Words, their: int, within_bits: int) -> bool:
    """Whether two codes are near; nearly all that are far are known to be by half their bits."""
    far = count(ours[our, 0] ^ theirs[their, 0]) + count(ours[our, 1] ^ theirs[their, 1])
    if far > within_bits:
        return False
    far += count(ours[our, 2] ^ theirs[their, 2]) + count(ours[our, 3] ^ theirs[their, 3])
    return bool(far <= within_bits)


@kernel
def join_own(forest: Forest, codes: Listed) -> None:
    """Unite every two codes that are near.

    For each band the codes stand by its value, so that a bucket is a stretch of them; it
    meets itself and the later ones whose values differ in few enough bits.
    """
    stand = Stand(np.empty_like(codes.words), np.empty_like(codes.numbers))
    for band in range(BANDS):
        starts = codes.starts[band]
        _stand_by_value(forest, codes, band, stand, 0)
        for value in range(VALUES):
            bucket = starts[value], starts[value + 1]
            if bucket[0] < bucket[1]:
                mingle(forest, stand, bucket)
                for mask in forest.masks:
                    other = value ^ mask
                    if other > value:
                        meet(forest, stand, bucket, (starts[other], starts[other + 1]))


@kernel
def join_others(forest: Forest, ours: Listed, theirs: Listed) -> None:
    """Unite every two codes that are near, one of ours and one of theirs, in the way of `join_own`."""
    behind = len(ours.numbers)
    total = behind + len(theirs.numbers)
    stand = Stand(np.empty((total, 4), np.uint64), np.empty(total, np.int64))
    for band in range(BANDS):
        our_starts, their_starts = ours.starts[band], theirs.starts[band]
        _stand_by_value(forest, ours, band, stand, 0)
        _stand_by_value(forest, theirs, band, stand, behind)
        for value in range(VALUES):
            bucket = our_starts[value], our_starts[value + 1]
            if bucket[0] < bucket[1]:
                for mask in forest.masks:
                    other = value ^ mask
                    meet(forest, stand, bucket, (behind + their_starts[other], behind + their_starts[other + 1]))


@kernel
def _stand_by_value(forest: Forest, codes: Listed, band: int, stand: Stand, first: int) -> None:
    """Let the codes stand, from `first` on, by rising value of a band."""
    for k in range(len(codes.numbers)):
        place = codes.places[band, k]
        stand.roots[first + k] = root_of(forest.parents, codes.numbers[place])
        for word in range(4):
            stand.words[first + k, word] = codes.words[place, word]


@kernel
def mingle(forest: Forest, stand: Stand, ours: Stretch) -> None:
    """Unite the codes of a stretch that hang together; none is compared with one of its own tree.

    Each code that is taken is asked in its turn what it is near to among those that are
    left, so that a crowd of which all are alike is done in one pass.
    """
    first, past = ours
    while first < past:
        past -= 1
        asking = past
        while asking >= past:
            near = _next_near(stand, first, past, asking, forest.within_bits)
            if near < past:
                past = _take(forest, stand, near, past, asking)
            asking -= 1


@kernel
def meet(forest: Forest, stand: Stand, ours: Stretch, theirs: Stretch) -> None:
    """Unite what hangs together by pairs of one of ours and one of theirs, in the way of `mingle`."""
    first, past = ours
    their_first, their_past = theirs
    while first < past and their_first < their_past:
        past -= 1
        asking, answering = past, their_past - 1
        while asking >= past or answering >= their_past:
            if asking >= past:
                near = _next_near(stand, their_first, their_past, asking, forest.within_bits)
                if near < their_past:
                    their_past = _take(forest, stand, near, their_past, asking)
                asking -= 1
            else:
                near = _next_near(stand, first, past, answering, forest.within_bits)
                if near < past:
                    past = _take(forest, stand, near, past, answering)
                answering -= 1


@kernel
def _next_near(stand: Stand, place: int, past: int, asking: int, within_bits: int) -> int:
    """Find the next place whose code is near the one at `asking`, or in its tree; `past` if there is none."""
    words, roots = stand.words, stand.roots
    one, two, three, four = words[asking, 0], words[asking, 1], words[asking, 2], words[asking, 3]
    while place < past and roots[place] != roots[asking]:
        far = count(words[place, 0] ^ one) + count(words[place, 1] ^ two)
        if far <= within_bits and far + count(words[place, 2] ^ three) + count(words[place, 3] ^ four) <= within_bits:
            break
        place += 1
    return place


@kernel
def _take(forest: Forest, stand: Stand, place: int, past: int, asking: int) -> int:
    """Unite with the code at `asking` all from `place` that are near it or in its tree; give where those left end.

    Those taken stand behind the rest. It begins at one that is near: a call costs as much
    as ten codes compared, and most buckets hold none.
    """
    words, roots = stand.words, stand.roots
    while place < past:
        if roots[place] != roots[asking]:
            unite(forest, roots[place], roots[asking])
        past -= 1
        roots[place], roots[past] = roots[past], roots[place]
        for word in range(4):
            words[place, word], words[past, word] = words[past, word], words[place, word]
        place = _next_near(stand, place, past, asking, forest.within_bits)
    return past

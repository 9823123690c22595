"""What is known of a medium before anybody looks: an index that follows the store.

Exact digests are asked of the store, PDQ codes of an index in memory over every item
seen and every current claim. An answer names what it rests on: another item, or a
claim with its list and edition.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from hashgrade.fingerprints.frames import SHARE_MIN, Alignment, FrameHits, align_hits, matches, usable
from hashgrade.index import Hamming
from hashgrade.nouns import Claim, Exact, FrameCode, Item, Known, Resemblance
from hashgrade.store import queries

Hits = tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64], npt.NDArray[np.uint16]]


@dataclass(frozen=True, slots=True)
class Near:
    """One near hit: its distance in bits, and the item (a SHA-256) or the claim that was hit.

    Of a clip it is the middle distance of the frames that match; `part` is the longest part
    of the one clip that is in the other.
    """

    distance_bits: int
    other: str | None = None
    claim: Claim | None = None
    part: Alignment | None = None

    def as_json(self) -> dict[str, object]:
        """Give the hit as `--json` prints it: the item's SHA-256, or the list and its edition; of a clip, the part."""
        hit = {"list": self.claim.list_name, "edition": self.claim.edition} if self.claim else {"sha256": self.other}
        return {**hit, "distance_bits": self.distance_bits, **(asdict(self.part) if self.part else {})}


@dataclass(frozen=True, slots=True)
class Digests:
    """What names a medium exactly, as records spell it."""

    sha256: str
    sha1: str
    md5: str


@dataclass(frozen=True, slots=True)
class Recognition:
    """All that is known of one item before anybody looks at it.

    `claims` name it by an exact digest; `near` is by rising distance and holds no exact copy.
    """

    graded: bool
    claims: tuple[Claim, ...] = ()
    near: tuple[Near, ...] = ()

    @property
    def known(self) -> Known | None:
        """The strongest of graded, claimed and near that holds."""
        if self.graded:
            return Known.GRADED
        if self.claims:
            return Known.CLAIMED
        return Known.NEAR if self.near else None

    @property
    def queued(self) -> bool:
        """Whether somebody must read it: not if it is graded, nor if a list's policy skips what it names exactly."""
        return not self.graded and not any(claim.skip for claim in self.claims)


class Clips:
    """The frames of every clip on file, in an index: which clip, and which of its frames, is one number."""

    FRAME_BITS = 20
    FRAMES_TRIED = 64
    HITS_MAX = 2**22

    def __init__(self, within_bits: int, quality_min: int) -> None:
        self._within_bits, self._quality_min = within_bits, quality_min
        self._frames, self._newest = Hamming(), 0
        self._names, self._times_ms = dict[int, str](), dict[int, npt.NDArray[np.int64]]()

    def follow(self) -> None:
        """Take up what was filed since the last call."""
        for number, clip in queries.clips(self._newest):
            self._newest = number
            times_ms, words = usable(clip.frames, self._quality_min)
            ids = np.arange(len(words), dtype=np.uint64) + np.uint64(number << self.FRAME_BITS)
            self._frames.add(words.view(np.uint8).reshape(-1, 32), ids)
            self._names[number], self._times_ms[number] = clip.sha256, times_ms

    def near(self, frames: Sequence[FrameCode]) -> list[Near]:
        """Find the clips that are one of these frames' clip, a part of it, or have it as a part."""
        times_ms, words = usable(frames, self._quality_min)
        codes = words.view(np.uint8).reshape(-1, 32)
        step = self._step(codes)
        hits = self._hits(codes[::step])
        found = align_hits(times_ms[::step], hits, self._times_ms, self._within_bits, SHARE_MIN)
        return [
            Near(int(np.median(hits.bits[hits.video == number])), other=self._names[number], part=parts[0])
            for number, parts in found.items() if matches(parts)]

    def _step(self, codes: npt.NDArray[np.uint8]) -> int:
        """Which frames to ask about so that the hits fit into memory: every one, or every second, and so on.

        Only pictures that stand still have so many, and then a few frames tell as much as all.
        """
        tried = codes[::-(-len(codes) // self.FRAMES_TRIED) or 1]
        hits = len(self._hits(tried).bits) * len(codes) // max(len(tried), 1)
        return hits // self.HITS_MAX + 1

    def _hits(self, codes: npt.NDArray[np.uint8]) -> FrameHits:
        offsets, ids, bits = self._frames.near_many(codes, self._within_bits)
        frame = ids & np.uint64((1 << self.FRAME_BITS) - 1)
        return FrameHits(
            np.repeat(np.arange(len(codes)), np.diff(offsets)),
            (ids >> np.uint64(self.FRAME_BITS)).astype(np.int64), frame.astype(np.int64), bits)


@dataclass(frozen=True, slots=True)
class Held:
    """What an index holds: codes of items and of claims, and the id of the newest item that it has taken up."""

    items: int
    claims: int
    newest: int


class Lookup:
    """Recognise items, missing no exact copy and no code within `near_bits`.

    Args:
        near_bits: Largest distance of a near hit, 0 to 31.
        quality_min: Codes of lower PDQ quality are near nothing: flat pictures are all alike.
    """

    def __init__(self, near_bits: int, quality_min: int) -> None:
        self._near_bits, self._quality_min = near_bits, quality_min
        self._items, self._indexed, self._newest = Hamming(), set[int](), 0
        self._claims, self._lists = Hamming(), list[tuple[str, str]]()
        self._clips = Clips(near_bits, quality_min)

    def follow(self) -> None:
        """Take up what came into the store since the last call, by this process or another."""
        fresh = queries.fingerprints(self._quality_min, after=self._newest)
        self._index(fresh.ids, fresh.codes)
        self._clips.follow()
        lists = queries.imported_lists()
        if lists != self._lists:
            claimed = queries.claimed_fingerprints(self._quality_min)
            self._claims, self._lists = Hamming.build(claimed.codes, claimed.ids), lists

    @property
    def held(self) -> Held:
        """What it holds since it last followed the store, which it does before every answer."""
        return Held(len(self._items), len(self._claims), self._newest)

    def recognise(self, items: Sequence[Item]) -> dict[str, Recognition]:
        """Tell what is known of each item, by SHA-256; the items must be on file.

        The items are indexed first, so two of them that are alike recognise each other
        and the answer does not depend on which came first.
        """
        self.follow()
        self._index_late(items)
        graded = queries.graded(one.sha256 for one in items)
        claims = queries.exact_claims(items)
        others, claimed, clips = self._near_items(items), self.near_claims(items), self._near_clips(items)
        return {
            one.sha256: Recognition(
                graded=one.sha256 in graded,
                claims=tuple(claims.get(one.sha256, ())),
                near=tuple(sorted(clips[one.sha256] + others[one.sha256] + claimed[one.sha256], key=_order)))
            for one in items}

    def _index(self, ids: npt.NDArray[np.uint64], codes: npt.NDArray[np.uint8]) -> None:
        fresh = np.fromiter((one not in self._indexed for one in ids.tolist()), np.bool_, len(ids))
        if fresh.any():
            self._items.add(codes[fresh], ids[fresh])
            self._indexed.update(ids[fresh].tolist())
            self._newest = max(self._newest, int(ids.max()))

    def _index_late(self, items: Sequence[Item]) -> None:
        """Index items that were on file before they had a code, which `follow` does not see."""
        ids = queries.ids_of(one.sha256 for one in items)
        late = [(ids[one.sha256], code) for one in items for code in self._codes(one)]
        self._index(np.array([number for number, _ in late], np.uint64), _stacked([code for _, code in late]))

    def _codes(self, item: Item) -> list[bytes]:
        if item.pdq is None or (item.pdq_quality or 0) < self._quality_min:
            return []
        return [bytes.fromhex(code) for code in (item.pdq, item.pdq_as_displayed) if code]

    def exact(self, digests: Exact) -> list[Near]:
        """Find the item, and every current claim, that a medium's digests name."""
        name = digests.sha256.hex()
        asked = Digests(name, digests.sha1.hex(), digests.md5.hex())
        item = [Near(0, other=name)] if queries.ids_of([name]) else []
        return [*item, *(Near(0, claim=one) for one in queries.exact_claims([asked]).get(name, ()))]

    def near(self, code: bytes, within_bits: int) -> list[Near]:
        """Find every item and every current claim at most so many bits from a code, nearest first."""
        return self.near_many([code], within_bits)[0]

    def near_many(self, codes: Sequence[bytes], within_bits: int) -> list[list[Near]]:
        """Find for each of these codes what `near` finds for one."""
        self.follow()
        asked, stacked = [(str(n), code) for n, code in enumerate(codes)], _stacked(codes)
        items = _nearest(asked, self._items.near_many(stacked, within_bits))
        claimed = _nearest(asked, self._claims.near_many(stacked, within_bits))
        names = queries.sha256s_of({number for _, number in items})
        claims = queries.claims_of_ids({number for _, number in claimed})
        found: list[list[Near]] = [[] for _ in codes]
        for (n, number), distance in items.items():
            found[int(n)].append(Near(distance, other=names[number]))
        for (n, number), distance in claimed.items():
            found[int(n)].append(Near(distance, claim=claims[number]))
        return [sorted(mine, key=_order) for mine in found]

    def near_claims(self, items: Sequence[Item]) -> dict[str, list[Near]]:
        """Find the current claims near each item, by SHA-256, nearest first."""
        self.follow()
        asked = self._asked(items)
        hits = _nearest(asked, self._claims.near_many(_stacked([code for _, code in asked]), self._near_bits))
        claims = queries.claims_of_ids({number for _, number in hits})
        found: dict[str, list[Near]] = {one.sha256: [] for one in items}
        for (sha256, number), distance in hits.items():
            found[sha256].append(Near(distance, claim=claims[number]))
        return {sha256: sorted(mine, key=_order) for sha256, mine in found.items()}

    def _near_items(self, items: Sequence[Item]) -> dict[str, list[Near]]:
        asked = self._asked(items)
        hits = _nearest(asked, self._items.near_many(_stacked([code for _, code in asked]), self._near_bits))
        names = queries.sha256s_of({number for _, number in hits})
        found: dict[str, list[Near]] = {one.sha256: [] for one in items}
        for (sha256, number), distance in hits.items():
            if names[number] != sha256:
                found[sha256].append(Near(distance, other=names[number]))
        return found

    def near_clips(self, frames: Sequence[FrameCode]) -> list[Near]:
        """Find every item that is nearly all of a clip, or contains it, or is an excerpt of it, nearest first."""
        self.follow()
        return sorted(self._clips.near(frames), key=_order)

    def _near_clips(self, items: Sequence[Item]) -> dict[str, list[Near]]:
        clips = queries.clips_of(one.sha256 for one in items)
        near = {name: self._clips.near(clip.frames) for name, clip in clips.items()}
        # What moves and is held as a still too is near once.
        return {one.sha256: [hit for hit in near.get(one.sha256, ()) if hit.other != one.sha256] for one in items}

    def _asked(self, items: Sequence[Item]) -> list[tuple[str, bytes]]:
        return [(one.sha256, code) for one in items for code in self._codes(one)]


def unseen(sha256s: Iterable[str]) -> set[str]:
    """Find which of these items nobody has read and no record grades."""
    standing = {name: queries.standing(name) for name in sha256s}
    return {name for name, one in standing.items() if one is None or (not one.readings and one.grade is None)}


def resemblances(sha256: str, near: Iterable[Near]) -> list[Resemblance]:
    """Give an item's near hits as records, those on items both ways round."""
    found = []
    for one in near:
        if one.other:
            found.append(Resemblance(sha256=sha256, other=one.other, distance_bits=one.distance_bits))
            found.append(Resemblance(sha256=one.other, other=sha256, distance_bits=one.distance_bits))
        elif one.claim:
            found.append(Resemblance(sha256=sha256, claim=one.claim.id, distance_bits=one.distance_bits))
    return found


def _nearest(asked: Sequence[tuple[str, bytes]], hits: Hits) -> dict[tuple[str, int], int]:
    """Keep the shortest distance for each item and id: both may have two codes, as stored and as displayed."""
    offsets, ids, distances = hits
    found: dict[tuple[str, int], int] = {}
    for number, (sha256, _code) in enumerate(asked):
        mine = slice(int(offsets[number]), int(offsets[number + 1]))
        for other, distance in zip(ids[mine].tolist(), distances[mine].tolist(), strict=True):
            found[sha256, other] = min(distance, found.get((sha256, other), distance))
    return found


def _order(one: Near) -> tuple[int, str, int]:
    return one.distance_bits, one.other or "", one.claim.id if one.claim else 0


def _stacked(codes: Sequence[bytes]) -> npt.NDArray[np.uint8]:
    return np.frombuffer(b"".join(codes), np.uint8).reshape(-1, 32)

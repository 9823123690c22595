"""Intake: each medium to digests, PDQ, vault and records, in parts that are whole or not there.

The slow work of a part (read, digest, decode, encrypt) touches no record and may run
anywhere; the records of a part are then written at once, in one block. Cut off between
the two, a medium lies in the vault unrecorded, and running again records it. What is
known of an item follows from what is on file, not from the order in which it came.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import Protocol

from hashgrade.decode import Decoders, Seen, Wanted
from hashgrade.errors import HashgradeError
from hashgrade.intake.preparing import Look, Prepared, prepare
from hashgrade.intake.sources import parts
from hashgrade.lookup import Lookup, Recognition, resemblances, unseen
from hashgrade.nouns import Clip, Item, Kind, Known, Pdq
from hashgrade.runner import Map, threads
from hashgrade.settings import Settings
from hashgrade.store import queries
from hashgrade.store.work import Store, Work
from hashgrade.vault import Vault


class Desk(Protocol):
    """What intake needs of a station."""

    @property
    def settings(self) -> Settings: ...
    @property
    def store(self) -> Store: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def decoders(self) -> Decoders: ...
    @property
    def now(self) -> Callable[[], datetime]: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one path: an item, an error, or an item that has an error.

    `known` and `queued` are of the item as it stands when its part is written; an item
    that is graded is known as such even where it came in unknown at the time.
    """

    path: str
    sha256: str | None = None
    kind: Kind | None = None
    recognition: Recognition | None = None
    error: HashgradeError | None = None

    @property
    def known(self) -> Known | None:
        """How the item was recognised, None where it was not."""
        return self.recognition.known if self.recognition else None

    @property
    def queued(self) -> bool:
        """Whether the item waits to be read."""
        return self.recognition is not None and self.recognition.queued

    def as_json(self) -> dict[str, object]:
        """Give the object that `intake --json` prints."""
        claims = self.recognition.claims if self.recognition else ()
        near = self.recognition.near if self.recognition else ()
        return {
            "path": self.path, "sha256": self.sha256, "kind": self.kind, "known": self.known, "queued": self.queued,
            "lists": [{"list": one.list_name, "edition": one.edition} for one in claims],
            "resembles": [one.as_json() for one in near],
            "error": self.error.as_json() if self.error else None,
        }


def run(desk: Desk, sources: Sequence[Path], actor: str, map: Map | None = None) -> Iterator[Outcome]:  # noqa: A002 - it stands for map
    """Take in everything the sources hold, giving each path's outcome once it is on disk and on file.

    One bad medium costs only itself. Stop between two outcomes and what was given is kept;
    run again and nothing is doubled.

    Args:
        desk: The station's settings, store, vault, decoders and clock.
        sources: Folders, ZIPs and files.
        actor: Who takes them in, for the audit log.
        map: How parts are worked on; threads unless told.

    Raises:
        Broken: The vault or the disk cannot be relied on; what was given before is kept.
    """
    settings = desk.settings
    work = map or threads(settings.workers)
    lookup, stop = Lookup(settings.near_bits, settings.quality_min), Event()
    making = partial(
        prepare, vault=desk.vault, look=_look(desk), limits=settings.limits, stopped=stop.is_set)
    try:
        for prepared in work(making, parts(sources, settings.limits)):
            yield from _written(desk, lookup, prepared, actor)
    finally:
        stop.set()


def _look(desk: Desk) -> Look:
    return partial(desk.decoders.examine, wanted=Wanted(every_ms=desk.settings.frames_every_ms))


def _written(desk: Desk, lookup: Lookup, given: Sequence[Prepared], actor: str) -> list[Outcome]:
    """Write the records of one part in one block, and tell what each path became."""
    at = desk.now()
    held = {one.digests.sha256.hex() for one in given if one.digests and one.held}
    # Only intake measures a medium: what came as a record alone has no size.
    before = {name: item for name, item in queries.items_of(held).items() if item.size_bytes is not None}
    prepared = [_seen(one, before, desk) for one in given]
    items = {item.sha256: item for one in prepared if (item := _item(one, at))}
    refused: dict[str, HashgradeError] = {}
    known: dict[str, Recognition] = {}

    def refuse(item: object, error: HashgradeError) -> None:
        if isinstance(item, Item):
            refused[item.sha256] = error

    if items:
        with desk.store.work(actor, "intake") as work:
            work.items(items.values(), refuse)
            work.clips(_clips(prepared))
            known = lookup.recognise(list(items.values()))
            _write_known(work, known, before.keys(), at)
    return [_outcome(one, known, refused) for one in prepared]


def _seen(one: Prepared, before: Mapping[str, Item], desk: Desk) -> Prepared:
    """Fill in what a medium that the vault held already was seen to be: from its record, else by looking again.

    It is looked at again where an intake was cut off before the record, or where it did not
    decode: the error belongs to this outcome too.
    """
    if one.digests is None or one.seen is not None:
        return one
    sha256 = one.digests.sha256.hex()
    item = before.get(sha256)
    if item is None or item.kind is Kind.OTHER:
        with desk.vault.get(sha256) as medium:
            seen, = _look(desk)([medium.read()])
        return replace(one, seen=seen, error=one.error or seen.error)
    codes = _pdq(item.pdq, item), _pdq(item.pdq_as_displayed, item)
    return replace(one, seen=Seen(item.kind, item.width, item.height, *codes))


def _pdq(code: str | None, item: Item) -> Pdq | None:
    return Pdq(bytes.fromhex(code), item.pdq_quality or 0) if code else None


def _write_known(work: Work, known: dict[str, Recognition], before: Set[str], at: datetime) -> None:
    """Keep with each item how it was recognised before anybody saw it.

    An item that was taken in before and read since is left as it came. One that nobody has
    read yet becomes near when something like it arrives, as it would have been had it come
    second: so the order of arrival changes nothing.
    """
    near = {hit.other for one in known.values() for hit in one.near if hit.other} - known.keys()
    marks = dict.fromkeys(near, Known.NEAR) | {name: one.known for name, one in known.items() if one.known}
    doubtful = near | (before & marks.keys())
    seen = doubtful - unseen(doubtful)
    # A mark is no more than it says: the store merges it, and keeps the stronger.
    work.items(Item(sha256=name, first_seen=at, known=mark) for name, mark in marks.items() if name not in seen)
    work.resemblances(one for name, found in known.items() for one in resemblances(name, found.near))


def _item(one: Prepared, at: datetime) -> Item | None:
    if one.digests is None or one.seen is None:
        return None
    digests, seen = one.digests, one.seen
    return Item(
        sha256=digests.sha256.hex(), md5=digests.md5.hex(), sha1=digests.sha1.hex(), size_bytes=digests.size_bytes,
        first_seen=at, kind=seen.kind, width=seen.width, height=seen.height,
        pdq=seen.pdq.code.hex() if seen.pdq else None, pdq_quality=seen.pdq.quality if seen.pdq else None,
        pdq_as_displayed=seen.pdq_as_displayed.code.hex() if seen.pdq_as_displayed else None)


def _clips(prepared: Sequence[Prepared]) -> list[Clip]:
    frames = {one.digests.sha256.hex(): one.seen.frames for one in prepared if one.digests and one.seen}
    return [Clip(sha256=sha256, frames=given) for sha256, given in frames.items() if given]


def _outcome(one: Prepared, known: dict[str, Recognition], refused: dict[str, HashgradeError]) -> Outcome:
    if one.digests is None or one.seen is None:
        return Outcome(one.path, error=one.error)
    sha256 = one.digests.sha256.hex()
    return Outcome(one.path, sha256, one.seen.kind, known.get(sha256), one.error or refused.get(sha256))

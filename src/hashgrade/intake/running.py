"""Intake: each medium to digests, PDQ, vault and records, in parts that are whole or not there.

The slow work of a part (read, digest, decode, encrypt) touches no record and may run
anywhere; the records of a part are then written at once, in one block. Cut off between
the two, a medium lies in the vault unrecorded, and running again records it. What is
known of an item follows from what is on file, not from the order in which it came.
"""

import io
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import BinaryIO, Protocol, TypeVar

from hashgrade.decode import Seen, examine
from hashgrade.errors import HashgradeError, InputError
from hashgrade.fingerprints import exact
from hashgrade.intake.sources import Medium, is_zip, parts, too_large
from hashgrade.lookup import Lookup, Recognition, resemblances, unseen
from hashgrade.nouns import Exact, Item, Kind, Known, Pdq
from hashgrade.settings import Limits, Settings
from hashgrade.store import queries
from hashgrade.store.work import Store, Work
from hashgrade.vault import Vault

IN_MEMORY_BYTES_MAX = 64 * 1024 * 1024
"""A file up to this is read once and all that is said of it is said of the same bytes."""

Given = TypeVar("Given")
Made = TypeVar("Made")
Part = tuple[Medium, ...]


class Map(Protocol):
    """A `map` that keeps order: the builtin, `threads(n)`, or that of a cluster."""

    def __call__(self, make: Callable[[Given], Made], things: Iterable[Given], /) -> Iterable[Made]: ...


class Desk(Protocol):
    """What intake needs of a station."""

    @property
    def settings(self) -> Settings: ...
    @property
    def store(self) -> Store: ...
    @property
    def vault(self) -> Vault: ...
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


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the work on one medium gave, before it is on file.

    `held` says that the vault had it already. Such a medium is not looked at here (`seen` is
    None): most likely its record says all that a second look would.
    """

    path: str
    digests: Exact | None = None
    seen: Seen | None = None
    held: bool = False
    error: HashgradeError | None = None


def threads(count: int = 0) -> Map:
    """Give a `map` over so many threads, 0 for one a core, that keeps order and never runs far ahead."""

    workers = count or os.cpu_count() or 1

    def in_order(make: Callable[[Given], Made], things: Iterable[Given], /) -> Iterator[Made]:
        pool, waiting = ThreadPoolExecutor(workers), deque[Future[Made]]()
        try:
            for thing in things:
                waiting.append(pool.submit(make, thing))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            # Not waited for: `run` tells a part to stop, but only once this has returned.
            pool.shutdown(wait=False, cancel_futures=True)

    return in_order


def run(desk: Desk, sources: Sequence[Path], actor: str, map: Map | None = None) -> Iterator[Outcome]:  # noqa: A002 - it stands for map
    """Take in everything the sources hold, giving each path's outcome once it is on disk and on file.

    One bad medium costs only itself. Stop between two outcomes and what was given is kept;
    run again and nothing is doubled.

    Args:
        desk: The station's settings, store, vault and clock.
        sources: Folders, ZIPs and files.
        actor: Who takes them in, for the audit log.
        map: How parts are worked on; threads unless told.

    Raises:
        Broken: The vault or the disk cannot be relied on; what was given before is kept.
    """
    settings = desk.settings
    work = map or threads(settings.workers)
    lookup, stop = Lookup(settings.near_bits, settings.quality_min), Event()
    making = partial(prepare, vault=desk.vault, limits=settings.limits, stopped=stop.is_set)
    try:
        for prepared in work(making, parts(sources, settings.limits)):
            yield from _written(desk, lookup, prepared, actor)
    finally:
        stop.set()


def prepare(part: Part, vault: Vault, limits: Limits, stopped: Callable[[], bool] = bool) -> list[Prepared]:
    """Digest, look at and encrypt each medium of a part; an input error is the medium's own.

    Once `stopped` says so, the rest of the part is left out: nobody waits for it.
    """
    return [_prepared(medium, vault, limits) for medium in part if not stopped()]


def _prepared(medium: Medium, vault: Vault, limits: Limits) -> Prepared:
    try:
        source = _opened(medium, limits)
        if source is None:
            return Prepared(medium.path, error=medium.error)
        with _stream(source) as stream:
            digests = exact(stream)
    except InputError as error:
        return Prepared(medium.path, error=error)
    except OSError as error:
        return Prepared(medium.path, error=_unreadable(medium, error))
    return _kept(medium, source, digests, vault, limits)


def _kept(medium: Medium, source: bytes | Path, digests: Exact, vault: Vault, limits: Limits) -> Prepared:
    if medium.error is None and vault.has(digests.sha256.hex()) and not _nested(medium, source):
        return Prepared(medium.path, digests, held=True)
    seen = _looked_at(medium, source, limits)
    error = medium.error or seen.error
    try:
        with _stream(source) as stream:
            new = vault.put(digests.sha256.hex(), stream)
    except InputError as changed:
        return Prepared(medium.path, error=InputError(changed.code, changed.what, where=medium.path))
    return Prepared(medium.path, digests, seen, held=not new, error=error)


def _opened(medium: Medium, limits: Limits) -> bytes | Path | None:
    """Get a medium's bytes, or its path where they are too many to hold."""
    if medium.read is not None:
        return medium.read()
    if medium.file is None:
        return None
    size_bytes = medium.file.stat().st_size
    if size_bytes > limits.medium_bytes_max:
        raise too_large(size_bytes, limits, medium.path)
    if size_bytes > IN_MEMORY_BYTES_MAX:
        return medium.file
    with medium.file.open("rb") as file:
        content = file.read(limits.medium_bytes_max + 1)
    if len(content) > limits.medium_bytes_max:
        raise too_large(len(content), limits, medium.path)
    return content


def _stream(source: bytes | Path) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _looked_at(medium: Medium, source: bytes | Path, limits: Limits) -> Seen:
    if medium.error is not None and medium.error.code == "ZIP-01":
        return Seen(Kind.OTHER)
    if _nested(medium, source):
        return Seen(Kind.OTHER, error=InputError("ZIP-05", "the member is itself a ZIP", where=medium.path))
    return examine(source, limits)


def _nested(medium: Medium, source: bytes | Path) -> bool:
    return medium.read is not None and isinstance(source, bytes) and is_zip(source)


def _unreadable(medium: Medium, error: OSError) -> InputError:
    return InputError("INT-01", error.strerror or "cannot be read", where=medium.path)


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
            seen = examine(medium.read(), desk.settings.limits)
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


def _outcome(one: Prepared, known: dict[str, Recognition], refused: dict[str, HashgradeError]) -> Outcome:
    if one.digests is None or one.seen is None:
        return Outcome(one.path, error=one.error)
    sha256 = one.digests.sha256.hex()
    return Outcome(one.path, sha256, one.seen.kind, known.get(sha256), one.error or refused.get(sha256))

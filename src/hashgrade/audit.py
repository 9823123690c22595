"""The audit log's entries: canonical bytes, the hash chain, and its check. Pure.

A chain by itself shows accidents and clumsy edits. Whoever can rewrite every entry
after an edit, or cut entries off the end, is found by checkpoints kept elsewhere, not here.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from hashgrade.errors import Broken

ORIGIN = "0" * 64
"""What the first entry names as the digest of the entry before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who changed what, when and why; `digest` covers all of it and the digest before."""

    number: int
    at: datetime
    actor: str
    why: str
    did: Mapping[str, object]
    previous: str
    digest: str = ""


def canonical(thing: object) -> bytes:
    """Give the one spelling of a JSON-like thing: sorted keys, no spaces, UTF-8, times in UTC.

    Equal things have equal bytes, whatever order their keys were added in, so a digest
    of the bytes is a digest of the thing.
    """
    return _SPELLING.encode(thing).encode()


def _spelled(thing: object) -> object:
    if isinstance(thing, datetime):
        return thing.astimezone(UTC).isoformat()
    if isinstance(thing, Mapping):
        return dict(thing)
    raise TypeError(f"no canonical spelling for {type(thing).__name__}")


_SPELLING = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_spelled)


def sealed(entry: Entry) -> bytes:
    """Spell everything an entry says but its own digest: the bytes that the digest is of."""
    return canonical([entry.number, entry.at, entry.actor, entry.why, entry.did, entry.previous])


def digest(entry: Entry) -> str:
    """Compute the SHA-256, in hex, of everything an entry says but its own digest."""
    return hashlib.sha256(sealed(entry)).hexdigest()


def chained(last: Entry | None, at: datetime, actor: str, why: str, did: Mapping[str, object]) -> Entry:
    """Make the entry that follows `last`, sealed with its digest; None starts the chain."""
    number, previous = (last.number + 1, last.digest) if last else (1, ORIGIN)
    entry = Entry(number=number, at=at, actor=actor, why=why, did=did, previous=previous)
    return Entry(number=number, at=at, actor=actor, why=why, did=did, previous=previous, digest=digest(entry))


def verify(entries: Iterable[Entry]) -> Entry | None:
    """Check a log from its first entry on, and return its last; None if it is empty.

    Raises:
        Broken: AUD-01, an entry is missing or out of order; AUD-02, an entry does not say
            what was sealed; AUD-03, an entry does not follow the one before. Each names
            the first entry that fails.
    """
    last: Entry | None = None
    for entry in entries:
        _follows(last, entry)
        last = entry
    return last


def _follows(last: Entry | None, entry: Entry) -> None:
    number, previous = (last.number + 1, last.digest) if last else (1, ORIGIN)
    where = f"audit entry {entry.number}"
    if entry.number != number:
        raise Broken("AUD-01", f"entry {number} is missing, found entry {entry.number} in its place", where=where)
    if digest(entry) != entry.digest:
        raise Broken("AUD-02", f"entry {number} was changed after it was sealed", where=where)
    if entry.previous != previous:
        raise Broken("AUD-03", f"entry {number} does not follow entry {number - 1}", where=where)

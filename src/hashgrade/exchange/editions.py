"""Editions of ours as they stand on disk: what the manifest on record says, how many are in one, what two differ in.

Counts alone: no digest of a member leaves this room.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from hashgrade.errors import Broken, InputError
from hashgrade.exchange import release
from hashgrade.exchange.csvlist import COLUMNS
from hashgrade.nouns import Edition

DIGESTS = COLUMNS[:4]


@dataclass(frozen=True, slots=True)
class Figures:
    """How many lines an edition has: in all, with each kind of digest, and of each kind of medium."""

    total: int
    by: Mapping[str, int]
    kinds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Change:
    """What an edition has that an older one has not, what that had besides, and media of which it says other things."""

    added: int
    removed: int
    altered: int


def place(lists: Path, edition: Edition) -> Path:
    """Where an edition stands."""
    return lists / edition.list_name / str(edition.number)


def manifest(lists: Path, edition: Edition) -> dict[str, Any]:
    """What the manifest of an edition says, if it is the one on record.

    Raises:
        InputError: REL-02, there is no manifest.
        Broken: REL-03, it is another than the one that was published; REL-05, it is no manifest.
    """
    folder = place(lists, edition)
    path = folder / release.MANIFEST
    if folder.is_symlink() or path.is_symlink() or not path.is_file():
        raise InputError("REL-02", "its folder is not there, or has no manifest")
    with path.open("rb") as file:
        text = file.read(release.MANIFEST_BYTES_MAX + 1)
    if sha256(text).hexdigest() != edition.manifest_sha256:
        raise Broken("REL-03", "its manifest is not the one that was published")
    told = json.loads(text)
    if not isinstance(told, dict):
        raise Broken("REL-05", "the manifest has another form than a manifest")
    return told


def in_lines(policy: object) -> str:
    """Write a policy as YAML that can be read and changed: each part of an `any` or `all` on a line of its own."""
    if isinstance(policy, dict) and len(policy) == 1:
        ((word, parts),) = policy.items()
        if isinstance(parts, list):
            return "\n".join([f"{word}:", *(f"  - {json.dumps(part, ensure_ascii=False)}" for part in parts)])
    return json.dumps(policy, ensure_ascii=False)


def figures(folder: Path) -> Figures:
    """Count the lines of an edition that was proven."""
    total, by, kinds = 0, Counter[str](), Counter[str]()
    for row in _rows(folder):
        total += 1
        by.update(name for name, cell in zip(DIGESTS, row, strict=False) if cell)
        kinds[row[5] or "not told"] += 1
    return Figures(total, {name: by[name] for name in DIGESTS}, dict(kinds))


def changes(older: Path, newer: Path) -> Change:
    """Count what two proven editions of one list differ in; both are in the order of SHA-256, so each is read once."""
    old, new = _rows(older), _rows(newer)
    added = removed = altered = 0
    before, after = next(old, None), next(new, None)
    while before or after:
        if after is None or (before and before[0] < after[0]):
            removed, before = removed + 1, next(old, None)
        elif before is None or after[0] < before[0]:
            added, after = added + 1, next(new, None)
        else:
            altered += before != after
            before, after = next(old, None), next(new, None)
    return Change(added, removed, altered)


def _rows(folder: Path) -> Iterator[list[str]]:
    with (folder / release.HASHES).open(encoding="utf-8", newline="") as text:
        rows = csv.reader(text)
        next(rows, None)
        yield from rows

"""Our lists out, other people's lists in.

Out: the items with a grade of record of which a policy, one condition, is true. In: claims
of their source, with its name and edition kept; they decide nothing by themselves.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Protocol, TextIO

from hashgrade.errors import Broken, HashgradeError, InputError, Refused
from hashgrade.exchange import csvlist, release, ucs, vics
from hashgrade.exchange.listed import Listed
from hashgrade.law import Pack
from hashgrade.law.condition import TRUE, Condition, words
from hashgrade.law.judge import Bench, possible
from hashgrade.law.load import read
from hashgrade.law.vocabulary import VERSION
from hashgrade.lookup import Lookup, resemblances, unseen
from hashgrade.nouns import Claim, Edition, Grade, Item, Known, Sighting
from hashgrade.settings import Settings
from hashgrade.store import queries
from hashgrade.store.shapes import batches
from hashgrade.store.work import Store, Work

BATCH = 5_000
"""Claims written in one block, with one audit entry that tells their lines."""

RECOGNISED_AT_ONCE = 200

Told = Callable[[HashgradeError], None]
SIGHTED = frozenset({"site_type", "site_type_away", "redistributed", "hosts"})


class Desk(Protocol):
    """What lists need of a station."""

    @property
    def settings(self) -> Settings: ...
    @property
    def root(self) -> Path: ...
    @property
    def store(self) -> Store: ...
    @property
    def packs(self) -> tuple[Pack, ...]: ...
    @property
    def digests(self) -> Mapping[str, str]: ...
    @property
    def now(self) -> Callable[[], datetime]: ...


@dataclass(frozen=True, slots=True)
class Policy:
    """Which items a list holds: those of which the condition is true, and not those of which it is unknown."""

    tree: object
    condition: Condition


@dataclass(frozen=True, slots=True)
class Published:
    """An edition that stands: its record, its folder, the lines of each file, and the packs still in draft."""

    edition: Edition
    folder: Path
    entries: dict[str, int]
    draft: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A list to import, and how: `skip` keeps what it names exactly out of the queue.

    `edition` names a file's edition; an edition's folder has its own. Without either it is
    the start of the file's SHA-256, so that the same file is the same edition. `key` is the
    public key an edition's folder must be signed by; ours unless told. `older` takes an edition's
    folder that is older than the edition in use. `why` is a reason for the audit trail.
    """

    path: Path
    skip: bool = False
    edition: str = ""
    key: Path | None = None
    older: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: the edition, its lines that were read, new claims, bad lines, and items now near a claim."""

    list_name: str
    edition: str
    lines: int
    added: int
    bad: int
    near: int


def folder(desk: Desk) -> Path:
    """Tell where a station's lists stand."""
    return desk.root / "lists"


def checked(name: str) -> str:
    """Give a list's name back if it can be a folder's.

    Raises:
        InputError: LST-06, it cannot.
    """
    if release.NAME.fullmatch(name):
        return name
    raise InputError("LST-06", f"expected 1 to 64 letters, digits, dots, hyphens or underscores, got {name!r}")


def read_policy(path: Path, packs: Sequence[Pack]) -> Policy:
    """Read a policy: one condition in YAML, over the packs in use.

    Raises:
        InputError: LST-07, there is no such file; CON-01 to CON-04, it is not one condition on names that exist.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputError("LST-07", f"the policy cannot be read: {reason}", where=str(path)) from None
    return policy_of(text, packs, str(path))


def policy_of(text: str, packs: Sequence[Pack], where: str = "policy") -> Policy:
    """Read a policy from its text; `where` is what errors call it.

    Raises:
        InputError: CON-01 to CON-04, it is not one condition on names that exist.
    """
    tree, place = read(text, where)
    return Policy(tree, Condition.parse(tree, place, words(packs)))


def following(desk: Desk, name: str) -> int:
    """Give the number that the next edition of a list will have: one that neither stands nor is on record.

    Raises:
        InputError: LST-06, the name.
    """
    return 1 + max([release.newest(folder(desk), checked(name)), *(one.number for one in queries.editions(name))])


def publish(desk: Desk, name: str, by: Policy, actor: str, *, labels: bool = False) -> Published:
    """Publish the next edition of a list: signed, whole, and on record; or change nothing.

    Args:
        desk: The station.
        name: The list.
        by: Its policy.
        actor: Who publishes.
        labels: Whether members are given the answers behind it too, with the ids that the station has in the UCS.

    Raises:
        InputError: LST-06, the name; REL-01, the signing key; XWK-03 to XWK-07, the station's ids.
        Conflict: REL-06 or STO-11, somebody published the same number meanwhile.
    """
    lists, key = folder(desk), release.signing_key(desk.root)
    number = following(desk, name)
    packs = tuple(release.PackUsed(pack.id, pack.version, pack.review.state, desk.digests.get(pack.id))
                  for pack in desk.packs)
    draft = release.Draft(
        name=name, edition=number, issued_at=desk.now(), policy=by.tree, packs=packs, vocabulary=VERSION,
        synthetic=queries.any_synthetic(), labels=ucs.of_station(desk.root) if labels else None)
    written = release.write(lists, draft, members(desk.packs, by.condition), key)
    members_count = written.entries[release.HASHES]
    edition = Edition(list_name=name, number=draft.edition, issued_at=draft.issued_at,
                      manifest_sha256=written.manifest_sha256, members=members_count)
    # The folder gets its number as the last act before the commit: a cut leaves an edition
    # without a record, whose number is never used again, and never a record without an edition.
    with desk.store.work(actor, f"publish list {name}") as work:
        work.edition(edition)
        stands = release.stand(lists, draft, written)
    return Published(edition, stands, dict(written.entries), tuple(one.id for one in packs if one.review == "draft"))


def members(packs: Sequence[Pack], condition: Condition) -> Iterator[Listed]:
    """Stream the items with a grade of record of which the condition is true, by SHA-256."""
    bench = Bench(tuple(packs))
    for item, grade, sighted in _with_sightings(condition):
        if grade is None:
            continue
        verdicts = bench(grade)
        ready: dict[str, object] = {f"verdict.{name}": possible(verdict) for name, verdict in verdicts.items()}
        ready |= {"kind": item.kind, "known": item.known, "first_seen": item.first_seen, **sighted}
        if condition.evaluate(grade, ready) == TRUE:
            decided = {name: verdict.outcome for name, verdict in verdicts.items() if verdict.outcome is not None}
            yield Listed(sha256=item.sha256, md5=item.md5, sha1=item.sha1, pdq=item.pdq, pdq_quality=item.pdq_quality,
                         kind=item.kind, size_bytes=item.size_bytes, verdicts=decided, grade=grade)


def verify(place: Path, key: Path) -> dict[str, object]:
    """Give the manifest of an edition once it is proven to be what the key's holder signed; see `release.verify`."""
    return release.verify(place, release.public_key(key))


def wrong_in(path: Path) -> Iterator[InputError]:
    """Read a list from its first line to its last and give what is wrong in it; nothing is kept of it.

    Raises:
        InputError: LST-01, VIC-01, VIC-02, it has not the form of a list.
    """
    with path.open(encoding="utf-8-sig", errors="backslashreplace", newline="") as text:
        yield from (one for one in _lines(text, path) if isinstance(one, InputError))


def import_list(desk: Desk, name: str, source: Source, actor: str, wrong: Told | None = None) -> Imported:
    """Keep another's list as claims, and recognise by it what waits to be read; the same import twice changes nothing.

    A line that cannot be read goes to `wrong` and the rest goes on. Each 5,000 claims are
    on file for good once written; cut off, run again. The edition is the one in use from the
    first of them on, and one without any line too: it withdraws what the older one named.

    Raises:
        InputError: LST-06, the name; LST-08, the source is no list; LST-01, VIC-01, VIC-02 and REL-02 for its form.
        Refused: LST-09, the edition is older than the one in use, and the source does not say that it may be;
            LST-10, it was in use before, and another took its place.
        Broken: REL-03 to REL-05, the source is not what its publisher signed.
    """
    checked(name)
    tell = wrong or (lambda error: None)
    edition, path = _edition(desk, name, source)
    bad = 0

    def claimed(lines: Iterable[Listed | InputError]) -> Iterator[Claim]:
        nonlocal bad
        for one in lines:
            if isinstance(one, InputError):
                bad += 1
                tell(one)
            else:
                yield _claim(one, name, edition, skip=source.skip)

    def refuse(_claim: object, error: HashgradeError) -> None:
        nonlocal bad
        bad += 1
        tell(error)

    read_lines = added = 0
    with path.open(encoding="utf-8-sig", errors="backslashreplace", newline="") as text:
        claims = claimed(_lines(text, path))
        batch = list(islice(claims, BATCH))
        # A list of which no line could be read is a damaged one, and withdraws nothing.
        current = bool(bad) and not batch
        while batch or not current:
            with desk.store.work(actor, f"import list {name}{source.why and f': {source.why}'}") as work:
                if not current:
                    _begin(work, name, edition)
                added += work.claims(batch, refuse)
                work.note(list=name, edition=edition, lines=[read_lines + 1, read_lines + len(batch)])
            read_lines, current = read_lines + len(batch), True
            batch = list(islice(claims, BATCH))
    return Imported(name, edition, read_lines, added, bad, _recognise_waiting(desk, actor))


def _with_sightings(condition: Condition) -> Iterator[tuple[Item, Grade | None, dict[str, object]]]:
    """Stream items and grades beside what their sightings say, if the condition asks: both come by SHA-256."""
    if not condition.names & SIGHTED:
        for item, grade in queries.grades():
            yield item, grade, {}
        return
    groups = groupby(queries.sightings(), key=lambda one: one.sha256)
    sha256, group = next(groups, ("", iter(())))
    for item, grade in queries.grades():
        sightings = list(group) if sha256 == item.sha256 else []
        if sightings:
            sha256, group = next(groups, ("", iter(())))
        yield item, grade, _sighted(sightings)


def _sighted(sightings: Sequence[Sighting]) -> dict[str, object]:
    """What all sightings of an item say together."""
    original = [one.original_upload for one in sightings]
    moved = "yes" if False in original else "no" if original and None not in original else None
    types = tuple(sorted({one.site_type for one in sightings if one.site_type}))
    away = tuple(sorted({one.site_type for one in sightings if one.site_type and one.original_upload is False}))
    hosts = len({one.host for one in sightings} - {None})
    return {"site_type": types or None, "site_type_away": away or None, "redistributed": moved, "hosts": hosts or None}


def _edition(desk: Desk, name: str, source: Source) -> tuple[str, Path]:
    """Name the edition of a source and find its list; an edition's folder is verified before anything is read."""
    if source.path.is_dir():
        manifest = verify(source.path, source.key or release.public_key_file(desk.root))
        files = manifest["files"]
        if not isinstance(files, dict) or release.HASHES not in files:
            raise Broken("REL-05", f"the edition has no {release.HASHES}", where=str(source.path))
        number = str(manifest["edition"])
        theirs = manifest["name"]
        # Two lists under one name of ours must not become one edition.
        edition = number if theirs == name else f"{theirs}/{number}"
        if not source.older:
            _refuse_older(name, edition)
        return edition, source.path / release.HASHES
    try:
        with source.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError("LST-08", f"the list cannot be read: {error.strerror}", where=str(source.path)) from None
    return source.edition or digest[:16], source.path


def _refuse_older(name: str, edition: str) -> None:
    """Refuse an edition whose number is under that of the list's edition in use.

    A signature is as good on an old edition: who can choose which one we get could take media off the list.
    """
    current = dict(queries.imported_lists()).get(name, "")
    (theirs, _, new), (before, _, old) = edition.rpartition("/"), current.rpartition("/")
    if theirs == before and release.NUMBER.fullmatch(old) and int(new) < int(old):
        raise Refused("LST-09", f"edition {edition} of `{name}` is older than edition {current}, which is in use")


def _begin(work: Work, name: str, edition: str) -> None:
    """Make an edition the one in use; one that another took the place of stays withdrawn, and that is said."""
    work.imported(name, edition)
    current = dict(queries.imported_lists())[name]
    if current != edition:
        raise Refused("LST-10", f"edition {edition} of `{name}` was withdrawn when edition {current} took its place")


def _lines(text: TextIO, path: Path) -> Iterator[Listed | InputError]:
    """Read a list in the format that its first character tells, whatever its name."""
    first = text.read(1)
    while first and first.isspace():
        first = text.read(1)
    text.seek(0)
    return vics.read(text, path.name) if first == "{" else csvlist.read(text, path.name)


def _claim(one: Listed, name: str, edition: str, *, skip: bool) -> Claim:
    extra = dict(one.extra)
    if one.kind:
        extra["kind"] = one.kind.value
    if one.size_bytes is not None:
        extra["size_bytes"] = one.size_bytes
    return Claim(list_name=name, edition=edition, sha256=one.sha256, md5=one.md5, sha1=one.sha1, pdq=one.pdq,
                 pdq_quality=one.pdq_quality, skip=skip, extra=extra)


def _recognise_waiting(desk: Desk, actor: str) -> int:
    """Mark what nobody has read yet and is now near a claim, as it would be had the list come first."""
    lookup = Lookup(desk.settings.near_bits, desk.settings.quality_min)
    found = 0
    for names in batches(queries.waiting_names(), RECOGNISED_AT_ONCE):
        part = list(queries.items_of(names).values())
        near = {name: hits for name, hits in lookup.near_claims(part).items() if hits}
        untouched = unseen(near)
        marks = [replace(item, known=Known.NEAR) for item in part if item.sha256 in untouched and item.known is None]
        with desk.store.work(actor, "recognise by imported lists") as work:
            work.items(marks)
            found += work.resemblances(one for name, hits in near.items() for one in resemblances(name, hits))
    return found

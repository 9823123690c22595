"""The slow work of an intake, which touches no record and may run anywhere: read, digest, decode, encrypt."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from hashgrade import media
from hashgrade.decode import Seen
from hashgrade.errors import HashgradeError, InputError
from hashgrade.intake.sources import Medium, is_zip, too_large
from hashgrade.nouns import Exact, Kind
from hashgrade.settings import Limits
from hashgrade.vault import Vault

Part = tuple[Medium, ...]
Look = Callable[[Sequence[media.Source]], list[Seen]]
"""Looks at media in the jail and gives an outcome for each."""


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


def prepare(
    part: Part, vault: Vault, look: Look, limits: Limits, stopped: Callable[[], bool] = bool,
) -> list[Prepared]:
    """Digest, look at and encrypt each medium of a part; an input error is the medium's own.

    Once `stopped` says so, the rest of the part is left out: nobody waits for it.
    """
    taken = (_taken(medium, limits) for medium in part if not stopped())
    batches = media.batches(taken, lambda one: one.source)
    return [one for batch in batches for one in _kept(batch, vault, look)]


@dataclass(frozen=True, slots=True)
class Taken:
    """A medium with its bytes and digests, or the error that kept them away."""

    medium: Medium
    source: media.Source | None = None
    digests: Exact | None = None
    error: HashgradeError | None = None

    @property
    def sha256(self) -> str:
        """The name of the item; empty where nothing could be read."""
        return self.digests.sha256.hex() if self.digests else ""

    @property
    def nested(self) -> bool:
        """Whether this is a ZIP in a ZIP, which is kept and not opened."""
        return self.medium.read is not None and isinstance(self.source, bytes) and is_zip(self.source)

    @property
    def unseen(self) -> bool:
        """Whether it is an archive, which has nothing to look at."""
        return self.nested or (self.medium.error is not None and self.medium.error.code == "ZIP-01")


def _taken(medium: Medium, limits: Limits) -> Taken:
    try:
        source = _opened(medium, limits)
        return Taken(medium, error=medium.error) if source is None else Taken(medium, source, media.digests(source))
    except InputError as error:
        return Taken(medium, error=error)
    except OSError as error:
        return Taken(medium, error=_unreadable(medium, error))


def _opened(medium: Medium, limits: Limits) -> media.Source | None:
    if medium.read is not None:
        return medium.read()
    if medium.file is None:
        return None
    source = media.read(medium.file)
    size_bytes = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size_bytes > limits.medium_bytes_max:
        raise too_large(size_bytes, limits, medium.path)
    return source


def _kept(batch: Sequence[Taken], vault: Vault, look: Look) -> list[Prepared]:
    """Look at what is new in a batch in the jail and, meanwhile, encrypt it."""
    news = [_is_new(one, vault) for one in batch]
    new = [one for one, is_new in zip(batch, news, strict=True) if is_new]
    with ThreadPoolExecutor(1) as beside:
        looking = beside.submit(_looked_at, new, look)
        put = [_put(one, vault) for one in new]
        made = map(_prepared, new, looking.result(), put)
        return [next(made) if is_new else _as_is(one) for one, is_new in zip(batch, news, strict=True)]


def _is_new(one: Taken, vault: Vault) -> bool:
    again = one.medium.error is None and not one.nested and vault.has(one.sha256)
    return one.source is not None and not again


def _as_is(one: Taken) -> Prepared:
    return Prepared(one.medium.path, one.digests, held=one.source is not None, error=one.error)


def _looked_at(new: Sequence[Taken], look: Look) -> list[Seen]:
    seen = iter(look([one.source for one in new if one.source is not None and not one.unseen]))
    return [_unlooked(one) if one.unseen else next(seen) for one in new]


def _put(one: Taken, vault: Vault) -> bool | InputError:
    """Encrypt one medium; False if the vault held it, an error if the file is another one by now."""
    if one.source is None:
        return False
    try:
        with media.stream(one.source) as stream:
            return vault.put(one.sha256, stream)
    except InputError as changed:
        return InputError(changed.code, changed.what, where=one.medium.path)


def _unlooked(one: Taken) -> Seen:
    nested = InputError("ZIP-05", "the member is itself a ZIP", where=one.medium.path)
    return Seen(Kind.OTHER, error=nested if one.nested else None)


def _prepared(one: Taken, seen: Seen, put: bool | InputError) -> Prepared:
    if isinstance(put, InputError):
        return Prepared(one.medium.path, error=put)
    return Prepared(one.medium.path, one.digests, seen, held=not put, error=one.medium.error or seen.error)


def _unreadable(medium: Medium, error: OSError) -> InputError:
    return InputError("INT-01", error.strerror or "cannot be read", where=medium.path)

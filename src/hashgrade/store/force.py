"""Which text of each pack is in force, since when and by whom. `Work` writes it; a door asks.

A station judges by the texts it keeps, not by those that its software came with: a changed file changes nothing
until two people have put it in force. What was in force stays readable, and so does everything it was judged by.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from hashlib import sha256

from hashgrade.audit import canonical
from hashgrade.errors import Broken, Conflict, InputError, Refused
from hashgrade.law.pack import Pack, read_packs
from hashgrade.store import models as tables

PACKS_KEPT = 256
"""Packs that a process keeps parsed, by digest."""

STATES = {(False, False): "proposed", (True, False): "in force", (True, True): "over", (False, True): "taken back"}


@dataclass(frozen=True)
class Text:
    """A pack as its files say it: the `pack.yaml` of the pack and of every pack that it uses, by name."""

    pack_id: str
    texts: Mapping[str, str]

    @cached_property
    def digest(self) -> str:
        """The SHA-256, in hex, of the canonical JSON of the texts."""
        return digest(self.texts)

    @cached_property
    def pack(self) -> Pack:
        """The newest version, which is the one that judges.

        Raises:
            InputError: As `law.pack.read_packs`.
        """
        return read_packs(self.texts, self.pack_id)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enacted:
    """One text of a pack, and who had it put in force when; `approved_by` is None for the first and for what waits."""

    pack: str
    version: str
    digest: str
    review: str
    first: bool
    proposed_by: str
    proposed_at: datetime
    proposed_why: str
    approved_by: str | None
    approved_why: str | None
    since: datetime | None
    until: datetime | None

    @property
    def state(self) -> str:
        """Whether it is proposed, in force, over, or was taken back before it was in force."""
        return STATES[self.since is not None, self.until is not None]

    def as_json(self) -> dict[str, object]:
        """Everything it says, as `--json` prints it."""
        told = {name: getattr(self, name) for name in (*self.__slots__, "state")}
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in told.items()}


COLUMNS = ("pack", "text__version", "text__digest", "text__review", "first", "proposed_by", "proposed_at",
           "proposed_why", "approved_by", "approved_why", "since", "until")
WAITING: Mapping[str, object] = {"since__isnull": True, "until__isnull": True}
IN_FORCE: Mapping[str, object] = {"since__isnull": False, "until__isnull": True}


def digest(texts: Mapping[str, str]) -> str:
    """Give the SHA-256, in hex, that a pack's texts are known by."""
    return sha256(canonical(texts)).hexdigest()


def in_force() -> dict[str, Enacted]:
    """Tell what is in force, by the pack's name."""
    return {one.pack: one for one in _enacted(**IN_FORCE)}


def waiting() -> dict[str, Enacted]:
    """Tell what is proposed and waits for a second person, by the pack's name."""
    return {one.pack: one for one in _enacted(**WAITING)}


def enacted(pack_id: str) -> list[Enacted]:
    """Tell every text of a pack that was proposed or in force, oldest first."""
    return list(_enacted(pack=pack_id))


def pack_of(one: Enacted) -> Pack:
    """Read the pack that a text in force, or once in force, says.

    Raises:
        Broken: LAW-07, the text on file is not the one that was kept.
    """
    return _pack(one.pack, one.digest)


def packs_of(names: Iterable[str]) -> tuple[Pack, ...]:
    """Give the packs of these names, in the texts that are in force now.

    Raises:
        Broken: LAW-07, the text on file is not the one that was kept.
    """
    current = in_force()
    return tuple(pack_of(current[name]) for name in names)


def text_of(one: Enacted) -> Text:
    """Give a text that was ever proposed, with those of the packs that it used then.

    Raises:
        Broken: LAW-07, the text on file is not the one that was kept.
    """
    return _text(one.pack, one.digest)


def judging() -> dict[int, Pack]:
    """Give the packs in force, by the number of their text."""
    rows = tables.Enactment.objects.filter(**IN_FORCE).order_by("pack").values_list("text_id", "pack", "text__digest")
    return {text_id: _pack(pack_id, known_by) for text_id, pack_id, known_by in rows}


def _enacted(**where: object) -> Iterator[Enacted]:
    for row in tables.Enactment.objects.filter(**where).order_by("pack", "id").values_list(*COLUMNS):
        yield Enacted(**dict(zip(Enacted.__slots__, row, strict=True)))


@lru_cache(maxsize=PACKS_KEPT)
def _pack(pack_id: str, known_by: str) -> Pack:
    return _text(pack_id, known_by).pack


def _text(pack_id: str, known_by: str) -> Text:
    texts = json.loads(tables.PackText.objects.values_list("texts", flat=True).get(pack=pack_id, digest=known_by))
    if digest(texts) != known_by:
        raise Broken("LAW-07", f"the kept text of `{pack_id}` is not the one with digest {known_by[:12]}")
    return Text(pack_id, texts)


def number_of(text: Text) -> int:
    """Give the number of a text that was ever proposed or in force, or judged ahead; 0 of another."""
    found = tables.PackText.objects.filter(pack=text.pack_id, digest=text.digest)
    return found.values_list("id", flat=True).first() or 0


# -- what `Work` calls --------------------------------------------------------------------------------------------


def begin(text: Text, by: str, at: datetime) -> int:
    """Put the first text of a pack in force, and give its number."""
    kept = _kept(text)
    tables.Enactment.objects.create(
        pack=text.pack_id, text=kept, first=True, proposed_by=by, proposed_at=at,
        proposed_why="the settings name the pack, and nothing of it was in force", since=at)
    return int(kept.pk)


def propose(text: Text, by: str, why: str, at: datetime) -> None:
    """Let a text wait for a second person; what waited before is taken back.

    Raises:
        InputError: LAW-05, nothing of the pack is in force.
        Conflict: LAW-06, the text is in force, or proposed.
    """
    current, before = in_force().get(text.pack_id), waiting().get(text.pack_id)
    if current is None:
        raise InputError("LAW-05", f"no text of `{text.pack_id}` is in force here")
    for one in (current, before):
        if one and one.digest == text.digest:
            said = f"was proposed by {one.proposed_by} and waits" if one is before else "is in force"
            raise Conflict("LAW-06", f"this very text of `{text.pack_id}`, digest {text.digest[:12]}, {said}")
    if before:
        tables.Enactment.objects.filter(pack=text.pack_id, **WAITING).update(until=at)
    tables.Enactment.objects.create(
        pack=text.pack_id, text=_kept(text), proposed_by=by, proposed_at=at, proposed_why=why)


def approve(text: Text, by: str, why: str, at: datetime) -> int:
    """Put the proposed text in force in place of the one that is, and give its number.

    Raises:
        HashgradeError: As `refuse_approval`.
    """
    refuse_approval(text, by)
    mine = tables.Enactment.objects.filter(pack=text.pack_id)
    mine.filter(**IN_FORCE).update(until=at)
    mine.filter(**WAITING).update(since=at, approved_by=by, approved_why=why)
    return int(mine.values_list("text_id", flat=True).get(**IN_FORCE))


def refuse_approval(text: Text, by: str) -> None:
    """Refuse what somebody cannot approve now.

    Raises:
        Refused: LAW-01, the person proposed it.
        InputError: LAW-02, nothing is proposed.
        Conflict: LAW-03, another text is proposed than the one approved.
    """
    proposed = waiting().get(text.pack_id)
    if proposed and proposed.proposed_by == by:
        raise Refused("LAW-01", f"{by} proposed this text of `{text.pack_id}`, and another person must approve it")
    _refuse_other(proposed, text)


def end_proposal(text: Text, at: datetime) -> None:
    """Let the proposed text wait no more, without its ever being in force.

    Raises:
        InputError: LAW-02, nothing is proposed.
        Conflict: LAW-03, another text is proposed than the one to take back.
    """
    _refuse_other(waiting().get(text.pack_id), text)
    tables.Enactment.objects.filter(pack=text.pack_id, **WAITING).update(until=at)


def _refuse_other(proposed: Enacted | None, text: Text) -> None:
    if proposed is None:
        raise InputError("LAW-02", f"nothing is proposed for `{text.pack_id}`")
    if proposed.digest != text.digest:
        raise Conflict("LAW-03", f"the text of `{text.pack_id}` that is proposed has digest {proposed.digest[:12]}, "
                       f"and not {text.digest[:12]}")


def keep(text: Text) -> int:
    """Keep a text that is to judge ahead, in force or not, and give its number."""
    return int(_kept(text).pk)


def _kept(text: Text) -> tables.PackText:
    pack = text.pack
    kept, _new = tables.PackText.objects.get_or_create(pack=text.pack_id, digest=text.digest, defaults={
        "version": pack.version, "texts": canonical(text.texts).decode(), "review": pack.review.state,
        "labels": json.dumps(pack.labels, ensure_ascii=False)})
    return kept

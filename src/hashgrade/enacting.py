"""Putting a pack in force: what a new text would change, its proposal by one person and its approval by another."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

from hashgrade.errors import Conflict, HashgradeError, InputError, Refused
from hashgrade.law import Pack, judge, load
from hashgrade.law.load import located
from hashgrade.law.pack import all_versions, texts
from hashgrade.nouns import Grade, Verdict
from hashgrade.store import force, verdicts
from hashgrade.store.force import Enacted, Text
from hashgrade.store.verdicts import Ahead
from hashgrade.store.work import Store

EXAMPLES_MAX = 3
TOLD_EACH = 1_000
"""Grades between two times that a count tells how far it is."""

Tell = Callable[[int, int], None]
"""Is told how many grades are judged, of how many."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files of a pack are: its name, and the folder of packs that it lies in, None for the package's."""

    pack_id: str
    folder: Path | None

    def text(self) -> Text:
        """Read what the files say now.

        Raises:
            InputError: PACK-01 to PACK-11, the files are at fault, or there are none.
        """
        load.cache_clear()  # what this process read before may have changed
        all_versions.cache_clear()
        return Text(self.pack_id, texts(self.pack_id, self.folder))


@dataclass(slots=True)
class Change:
    """The items whose outcome a text would change in the same way: from what to what, how many, and some of them.

    `before` and `after` are outcomes, or say in words what is undecided; `before` is empty where nothing is in force.
    `examples` are grades, without the facts that neither text asks for; `numbers` are those of all their grades.
    """

    before: str
    after: str
    items: int = 0
    examples: list[Grade] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a text would change, of how many items with a grade of record: the change of most items first."""

    items: int
    changes: tuple[Change, ...]

    @property
    def changed(self) -> int:
        """How many items would have another outcome."""
        return sum(change.items for change in self.changes)


def place(word: str, named: Sequence[str] = ()) -> Place:
    """Find the pack that a word of the settings, or of a command, means.

    Args:
        word: A pack's name, or a folder that holds a `pack.yaml`. A folder that is gone still names its pack.
        named: The words of the settings: a pack that one of them has in a folder is meant by its name too.
    """
    pack_id, folder = located(word)
    if folder is None:
        known = {one.pack_id: one for one in map(place, named)}
        return known.get(word) or Place(Path(word).name, None)
    return Place(pack_id, folder)


def in_use(store: Store, named: Sequence[str]) -> tuple[Enacted, ...]:
    """Tell what is in force of each pack that the settings name; a pack of which nothing is, begins now.

    Raises:
        InputError: PACK-01 to PACK-11, a pack that would begin does not exist, or is at fault.
    """
    places = {one.pack_id: one for one in map(place, named)}
    current = force.in_force()
    if new := [one.text() for one in places.values() if one.pack_id not in current]:
        begun = partial(store.work, "hashgrade", "the settings name packs of which nothing was in force")

        def keep(part: Ahead) -> None:
            with begun() as work:
                work.judge_ahead(part)

        ahead = {text.digest: _judged_ahead(text, keep) for text in new}
        with begun() as work:
            # Another process may have begun them while this one read the files.
            work.begin([text for text in new if text.pack_id not in force.in_force()], "hashgrade", ahead)
        current = force.in_force()
    return tuple(current[pack_id] for pack_id in places)


def newer(named: Iterable[str]) -> dict[str, Text | HashgradeError]:
    """Tell which packs of the settings have files that say other than what is in force, or files at fault."""
    current, found = force.in_force(), dict[str, Text | HashgradeError]()
    for one in map(place, named):
        try:
            text = one.text()
        except HashgradeError as error:
            found[one.pack_id] = error
            continue
        if one.pack_id not in current or current[one.pack_id].digest != text.digest:
            found[one.pack_id] = text
    return found


def preview(old: Pack | None, new: Pack, tell: Tell | None = None) -> Preview:
    """Tell which outcomes of grades of record would be other under `new` than under `old`; nothing is written.

    Args:
        old: The pack to compare with; None counts every item, as a pack does that comes into use.
        new: The pack that would take its place.
        tell: Told, while it lasts, how many grades are judged.
    """
    asked = {"child_count", *new.facts, *(old.facts if old else ())}
    found: dict[tuple[str, str], Change] = {}
    items = verdicts.of_record()
    for done, (number, grade) in enumerate(verdicts.numbered(items)):
        if tell and done % TOLD_EACH == 0:
            tell(done, len(items))
        pair = "" if old is None else spoken(judge(grade, old)), spoken(judge(grade, new))
        if pair[0] != pair[1]:
            _add(found.setdefault(pair, Change(*pair)), number, _bared(grade, asked), items[number])
    changes = sorted(found.values(), key=lambda one: (-one.items, one.before, one.after))
    return Preview(sum(items.values()), tuple(changes))


def _add(change: Change, number: int, grade: Grade, items: int) -> None:
    change.items += items
    change.numbers.append(number)
    if len(change.examples) < EXAMPLES_MAX and grade not in change.examples:
        change.examples.append(grade)


def _bared(grade: Grade, asked: Iterable[str]) -> Grade:
    def bared(said: Mapping[str, object]) -> dict[str, object]:
        return {name: said[name] for name in said if name in asked}

    rows = grade.children
    return Grade(bared(grade.facts), None if rows is None else tuple(map(bared, rows)))  # type: ignore[arg-type]


def spoken(verdict: Verdict) -> str:
    """Name a verdict by its outcome, or say what it is at least and could be."""
    return verdict.outcome or f"undecided: at least {verdict.at_least}, could be {', '.join(verdict.could_be)}"


def items_of(change: Change) -> list[str]:
    """Name the items that a change is of, by SHA-256."""
    return sorted(name for names in verdicts.items_with(change.numbers).values() for name in names)


def propose(store: Store, where: Place, by: str, why: str) -> Text:
    """Let what a pack's files say wait for a second person.

    Raises:
        Refused: LAW-04, `law check` finds fault with it.
        InputError: STO-04, there is no reason; LAW-05, nothing of the pack is in force; PACK-01 to PACK-11.
        Conflict: LAW-06, the text is in force, or proposed.
    """
    text = _sound(where)
    with store.work(by, why) as work:
        work.propose(text, by, why)
    return text


def approve(store: Store, where: Place, by: str, why: str, tell: Tell | None = None) -> Text:
    """Put in force what another person proposed, if it is what the pack's files say here and now.

    Args:
        store: The records.
        where: The pack's files.
        by: Who approves it.
        why: The reason.
        tell: Told, while it lasts, how many grades are judged.

    Raises:
        Refused: LAW-01, the same person proposed it; LAW-04, `law check` finds fault with it.
        InputError: STO-04, there is no reason; LAW-02, nothing is proposed; PACK-01 to PACK-11.
        Conflict: LAW-03, what is proposed is another text.
    """
    return put_in_force(store, _sound(where), by, why, tell)


def proposed(pack_id: str, digest: str) -> Text:
    """Give the text that is proposed, if it is the one that somebody looked at.

    Raises:
        InputError: LAW-02, nothing is proposed.
        Conflict: LAW-03, another text is proposed meanwhile, or again.
        Broken: LAW-07, the text on file is not the one that was kept.
    """
    found = force.waiting().get(pack_id)
    if found is None:
        raise InputError("LAW-02", f"nothing is proposed for `{pack_id}`")
    if found.digest != digest:
        raise Conflict("LAW-03", f"another text of `{pack_id}` is proposed meanwhile, with digest {found.digest[:12]}")
    return force.text_of(found)


def put_in_force(store: Store, text: Text, by: str, why: str, tell: Tell | None = None) -> Text:
    """Put a text in force that another person proposed; while it judges what is on file, others can write.

    What it makes of the grades on file is kept first, a part at a time in blocks of their own. That counts for nothing
    until the last block puts it in force; a kill in between leaves it proposed, and what was kept is not judged again.

    Args:
        store: The records.
        text: The text, as `proposed` gives it.
        by: Who approves it.
        why: The reason.
        tell: Told, while it lasts, how many grades are judged.

    Raises:
        Refused: LAW-01, the same person proposed it.
        InputError: STO-04, there is no reason; LAW-02, nothing is proposed, or no longer.
        Conflict: LAW-03, another text is proposed.
    """
    def keep(part: Ahead) -> None:
        with store.work(by, why) as work:
            force.refuse_approval(text, by)
            work.judge_ahead(part)
        if tell:
            tell(part.until, part.newest)

    force.refuse_approval(text, by)
    ahead = _judged_ahead(text, keep)
    with store.work(by, why) as work:
        work.approve(text, by, why, ahead)
    return text


def _judged_ahead(text: Text, keep: Callable[[Ahead], None]) -> Ahead:
    """Let a text judge every grade on file, and `keep` it part by part; the last part is given back unkept."""
    part = verdicts.ahead(text)
    while part.until < part.newest:
        keep(part)
        part = verdicts.ahead(text, part.until)
    return part


def take_back(store: Store, pack_id: str, digest: str, by: str, why: str) -> Text:
    """Withdraw what one proposed oneself, or refuse what another did; it never was in force.

    Raises:
        InputError: STO-04, there is no reason; LAW-02, nothing is proposed.
        Conflict: LAW-03, another text is proposed.
        Broken: LAW-07, the text on file is not the one that was kept.
    """
    text = proposed(pack_id, digest)
    with store.work(by, why) as work:
        work.end_proposal(text)
    return text


def _sound(where: Place) -> Text:
    from hashgrade.law.check import problems  # noqa: PLC0415 - reasoning that opening a station need not load

    text = where.text()
    for first in islice(problems(where.pack_id, where.folder), 1):
        raise Refused("LAW-04", f"`{where.pack_id}`: {first.what}", where=first.where, excerpt=first.excerpt)
    return text

"""There and back by a crosswalk: a grade as another's codes, and another's codes as answers.

What was not answered, or could not be determined, is never sent; what cannot be read for certain is never
taken for an answer; and both are told, with the reason.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from hashgrade.errors import kind_of
from hashgrade.law.crosswalk import READ_BACK, REPORT, SENT, SOME, Code, Crosswalk, Entry, Field, spelt
from hashgrade.law.grades import adult, derived, unknown_children
from hashgrade.law.load import Place, did_you_mean
from hashgrade.law.vocabulary import CANNOT_DETERMINE, Fact, vocabulary
from hashgrade.nouns import Grade


@dataclass(frozen=True, slots=True)
class Unmapped:
    """An answer of ours that no code was sent for, and why."""

    fact: str
    value: object
    reason: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a code says for certain in our words: `value` of the medium, of every child or of some child."""

    fact: str
    value: str
    of: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A code of theirs that says nothing for certain in our words, and why."""

    field: str
    code: Code
    reason: str


def out(
    grade: Grade, verdicts: Mapping[str, str], crosswalk: Crosswalk, report: str | None = None,
) -> tuple[dict[str, object], tuple[Unmapped, ...]]:
    """Their codes for a grade, and every answer that no code was sent for; nothing is sent that was not answered.

    An answer that could not be determined is never sent. Where a field takes one code and the answers give
    several, none is. A row 18_or_over is no child, and is passed over.

    Args:
        grade: The answers.
        verdicts: The decided outcomes by pack; of those, the ones that the crosswalk reads.
        crosswalk: As `load` gives it.
        report: What became of the report that held the medium, if that is known.

    Returns:
        A code by field, a list where the field takes several, and what was not sent.
    """
    sent: list[Entry] = []
    unmapped: list[Unmapped] = []
    for fact, value, everywhere in answers(grade, verdicts, crosswalk, report):
        entries = _entries(crosswalk, fact, value)
        obstacles = [_obstacle(entry, everywhere) for entry in entries] or [_unknown(value)]
        sent += [entry for entry, obstacle in zip(entries, obstacles, strict=False) if not obstacle]
        unmapped += [Unmapped(fact, value, obstacle) for obstacle in obstacles if obstacle]
    codes, clashes = _by_field(sent, crosswalk)
    return codes, (*unmapped, *clashes)


def sent(grade: Grade, verdicts: Mapping[str, str], crosswalk: Crosswalk) -> dict[str, object]:
    """The codes of `out` alone, for a list of many media: only facts of which something is sent are looked at."""
    found = [entry for fact, value, everywhere in answers(grade, verdicts, crosswalk, names=crosswalk.sending)
             for entry in _entries(crosswalk, fact, value) if not _obstacle(entry, everywhere)]
    return _by_field(found, crosswalk)[0]


def _by_field(sent: list[Entry], crosswalk: Crosswalk) -> tuple[dict[str, object], list[Unmapped]]:
    codes: dict[str, object] = {}
    clashes: list[Unmapped] = []
    for field in crosswalk.fields.values():
        here = [entry for entry in sent if entry.field == field.name]
        found = {spelt(entry.code): entry.code for entry in here}
        if field.many and found:
            codes[field.name] = list(found.values())
        elif len(found) == 1:
            codes[field.name] = here[0].code
        else:
            why = f"`{field.name}` takes one code, and the answers give {' and '.join(found)}."
            clashes += [Unmapped(entry.fact, entry.value, why) for entry in here]
    return codes, clashes


def answers(
    grade: Grade, verdicts: Mapping[str, str], crosswalk: Crosswalk, report: str | None = None,
    names: Mapping[str, Fact] | None = None,
) -> Iterator[tuple[str, object, bool]]:
    """Every answer that a crosswalk has words for: its fact, its value, and whether it holds of every child.

    Args:
        grade: The answers.
        verdicts: The decided outcomes by pack.
        crosswalk: As `load` gives it.
        report: What became of the report, if that is known.
        names: The names to look at; all of the crosswalk unless given.
    """
    recorded, chosen = vocabulary().facts, crosswalk.names if names is None else names
    ready: dict[str, object] = {f"verdict.{name}": outcome for name, outcome in verdicts.items()}
    ready |= {REPORT: report, **(derived(grade) if chosen.keys() & vocabulary().derived.keys() else {})}
    for name, fact in chosen.items():
        held = _holders(grade, fact) if name in recorded else [(ready.get(name),)]
        for value in dict.fromkeys(value for one in held for value in one if value is not None):
            yield name, value, all(value in one for one in held)


def _holders(grade: Grade, fact: Fact) -> list[tuple[object, ...]]:
    """The answers of each child, where the fact is a child's or a row carries it; else the medium's alone."""
    rows = [row for row in grade.children or () if not adult(row)]
    whole = grade.facts.get(fact.id)
    if fact.level == "M" and not any(fact.id in row for row in rows):
        return [(whole,)]
    held = [row.get(fact.id, whole) for row in rows] + [whole] * unknown_children(grade)
    return [one if isinstance(one, tuple) else (one,) for one in held]


def _entries(crosswalk: Crosswalk, fact: str, value: object) -> tuple[Entry, ...]:
    known = value if crosswalk.names[fact].values or value == CANNOT_DETERMINE else None
    return crosswalk.by_value.get((fact, cast("str | None", known)), ())


def _unknown(value: object) -> str:
    if value == CANNOT_DETERMINE:
        return "Somebody was asked, and could not tell."
    return "The crosswalk does not know this value."


def _obstacle(entry: Entry, everywhere: bool) -> str:
    if entry.relation not in SENT:
        return entry.reason
    if entry.of != SOME and not everywhere:
        return f"It is not known to be so of every child, and `{entry.field}` has one code for all."
    return ""


def back(
    codes: object, crosswalk: Crosswalk, where: Place | None = None,
) -> tuple[tuple[Said, ...], tuple[Unread, ...]]:
    """What another's codes say for certain in our words, and the codes that say nothing for certain.

    A field that is absent or null was not answered, and says nothing. What was sent by `out` reads back as
    answers that the grade has, for a code that reads back is sent for no other value.

    Args:
        codes: A map of their fields, each a code, or a list of codes where the field takes several.
        crosswalk: As `load` gives it.
        where: The place of `codes`, for errors.

    Raises:
        InputError: XWK-08, the crosswalk has no such field or code, or two codes contradict each other.
    """
    place = where or Place("codes")
    if not isinstance(codes, Mapping):
        raise place.error("XWK-08", f"expected a map of fields and codes, got {kind_of(codes)}")
    said: dict[Said, None] = {}
    unread = []
    for name, given in codes.items():
        if name not in crosswalk.fields:
            raise place.key(name).error("XWK-08", f"`{crosswalk.id}` has no field `{name}`",
                                        did_you_mean(name, [*crosswalk.fields]))
        for at, code in _given(crosswalk.fields[name], given, place.at(name)):
            entries = _known(crosswalk, name, code, at)
            certain = [Said(one.fact, str(one.value), one.of) for one in entries if one.relation in READ_BACK]
            said |= dict.fromkeys(certain)
            if not certain:
                unread.append(Unread(name, code, _why(entries)))
    _refuse_contradictions(said, crosswalk, place)
    return tuple(said), tuple(unread)


def _given(field: Field, given: object, place: Place) -> Iterator[tuple[Place, Code]]:
    if given is None:
        return
    if isinstance(given, list) != field.many:
        form = "a list of codes" if field.many else "one code"
        raise place.error("XWK-08", f"`{field.name}` is {form}, not {kind_of(given)}")
    for n, code in enumerate(given if isinstance(given, list) else [given]):
        at = place.at(n) if field.many else place
        if not isinstance(code, str | int):
            raise at.error("XWK-08", f"a code of `{field.name}` is a word, a whole number, true or false; "
                                     f"not {kind_of(code)}")
        yield at, code


def _known(crosswalk: Crosswalk, field: str, code: Code, place: Place) -> tuple[Entry, ...]:
    entries = crosswalk.by_code.get((field, spelt(code)))
    if entries is None:
        codes = [one for name, one in crosswalk.by_code if name == field and one]
        raise place.error("XWK-08", f"`{field}` has no code {spelt(code)[:60]}", did_you_mean(spelt(code), codes))
    return entries


def _why(entries: tuple[Entry, ...]) -> str:
    ours = " or ".join(f"{entry.fact}: {entry.value}" for entry in entries if entry.fact)
    reasons = " ".join(dict.fromkeys(entry.reason for entry in entries))
    return f"It is sent for {ours}. {reasons}" if ours else reasons


def _refuse_contradictions(said: Iterable[Said], crosswalk: Crosswalk, place: Place) -> None:
    single = [one for one in said if one.of != SOME and not crosswalk.names[one.fact].many]
    for fact, count in Counter(one.fact for one in single).items():
        if count > 1:
            both = " and ".join(one.value for one in single if one.fact == fact)
            raise place.error("XWK-08", f"the codes contradict each other: they say that `{fact}` is {both}")

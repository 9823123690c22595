"""What readers agree on, the slow way: one item and one question at a time, from what each said on their own."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from hashgrade.law import Pack, grades
from hashgrade.law.judge import judge
from hashgrade.law.vocabulary import vocabulary
from hashgrade.nouns import Child, Grade, Reading, Settlement
from hashgrade.studies.agreement import (
    CHILD_ROWS,
    OF_ROWS,
    Compared,
    Overturned,
    Question,
    Rating,
    agreement,
    overturned,
    questions,
)
from hashgrade.studies.study import NOT_DETERMINED, VERDICT

Independent = Mapping[str, Mapping[str, Grade]]
"""By item and reader, what they said on their own."""


def independent(readings: Iterable[Reading], settlements: Iterable[Settlement]) -> Independent:
    """Each reader's last reading of an item before anybody settled it: what they say without having seen the outcome.

    A correction takes the place of what it corrects, unless it was made after a settlement.

    Args:
        readings: All readings, in any order, corrected ones too.
        settlements: All settlements, in any order.
    """
    settled: dict[str, datetime] = {}
    for one in settlements:
        settled[one.sha256] = min(one.at, settled.get(one.sha256, one.at))
    last: dict[str, dict[str, Reading]] = {}
    for reading in readings:
        if reading.sha256 in settled and reading.at >= settled[reading.sha256]:
            continue
        mine = last.setdefault(reading.sha256, {})
        if reading.reader not in mine or mine[reading.reader].at < reading.at:
            mine[reading.reader] = reading
    return {digest: {reader: last[digest][reader].grade for reader in sorted(last[digest])} for digest in sorted(last)}


def of_readings(readings: Iterable[Reading], settlements: Iterable[Settlement], packs: Sequence[Pack],
                seed: str | int) -> tuple[Compared, ...]:
    """Compare independent readings on every fact, on the children, and on the verdict of every pack.

    A question that no two readers of an item answer is left out. Nothing tells who read what.

    Args:
        readings: All readings, corrected ones too.
        settlements: All settlements; an item's newest is what readings are held against.
        packs: Whose verdicts are compared.
        seed: Of the resamples.
    """
    settled = sorted(settlements, key=lambda one: one.at)
    final = {one.sha256: one.grade for one in settled}
    held = independent(readings, settled)
    columns = {reader: n for n, reader in enumerate(sorted({reader for item in held.values() for reader in item}))}
    found = []
    for question in questions(packs):
        answer = _answer(question, packs)
        rows = _matrix(held, columns, answer)
        raters = sum(any(row[n] is not None for row in rows) for n in columns.values()) if len(columns) > 2 else None
        agreed = agreement(rows, question.scale(rows), f"{seed}:{question.key}", raters=raters)
        if agreed.units:
            found.append(Compared(question, agreed, _overturned(held, final, answer)))
    return tuple(found)


def _answer(question: Question, packs: Sequence[Pack]) -> Callable[[Grade], Rating]:
    if question.key.startswith(VERDICT):
        return partial(_verdict, next(pack for pack in packs if pack.id == question.key.removeprefix(VERDICT)))
    if question.key == CHILD_ROWS:
        return _child_rows
    return partial(_fact if question.key in vocabulary().facts else _derived, question.key)


def _fact(name: str, grade: Grade) -> Rating:
    value = grade.facts.get(name)
    return value if isinstance(value, int) or vocabulary().facts[name].kind != "number" else None


def _derived(name: str, grade: Grade) -> Rating:
    """The derived fact; where a child was described and it does not follow from the children, not determined."""
    return grades.derived(grade).get(name, NOT_DETERMINED if name in OF_ROWS and _rows(grade) else None)


def _rows(grade: Grade) -> list[Child]:
    return [row for row in grade.children or () if not grades.adult(row)]


def _child_rows(grade: Grade) -> Rating:
    """All children as one value, in whatever order they are; none is a value too, and unanswered is none."""
    rows = _rows(grade)
    return grades.canonical(Grade({}, tuple(rows))) if rows or grades.child_count(grade) == 0 else None


def _verdict(pack: Pack, grade: Grade) -> Rating:
    return judge(grade, pack).outcome or NOT_DETERMINED


def _matrix(held: Independent, columns: Mapping[str, int], answer: Callable[[Grade], Rating]) -> list[list[Rating]]:
    rows = []
    for item in held.values():
        row: list[Rating] = [None] * len(columns)
        for reader, grade in item.items():
            row[columns[reader]] = answer(grade)
        rows.append(row)
    return rows


def _overturned(held: Independent, final: Mapping[str, Grade], answer: Callable[[Grade], Rating]) -> Overturned:
    items, some, every = 0, 0, 0
    for digest in held.keys() & final.keys():
        settled = answer(final[digest])
        answers = [said for grade in held[digest].values() if (said := answer(grade)) is not None]
        if settled is not None and answers:
            items += 1
            some += any(said != settled for said in answers)
            every += all(said != settled for said in answers)
    return overturned(items, some, every)

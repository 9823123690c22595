"""What one act makes of the answers to an item: an answer, a preset, the same as before, undo, redo. Pure.

An act that came already changes nothing, so that what is sent twice over a bad line counts once.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from hashgrade.errors import InputError
from hashgrade.grading import presets
from hashgrade.grading.asking import TOGETHER, Question, asked
from hashgrade.grading.presets import Applied, Preset
from hashgrade.law.asking import with_answer
from hashgrade.law.grades import as_json, grade_of
from hashgrade.law.pack import Pack
from hashgrade.law.segments import unsaid
from hashgrade.law.vocabulary import CANNOT_DETERMINE, Fact, vocabulary
from hashgrade.nouns import Grade, Segment
from hashgrade.serve.grading import marking
from hashgrade.serve.grading.marking import NO_MARKS, Marks
from hashgrade.serve.numbers import whole

STEPS_MAX: Final = 60
"""Acts that can be taken back, and acts that are remembered as done."""

PLACE: Final = re.compile(r"(children\[\d{1,3}\]\.)?[a-z0-9_]{1,60}", re.ASCII)
"""Where an answer goes."""

Step = tuple[Grade, tuple[str, ...], Marks]


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to an item as they are, as they were, and which the last act gave.

    Args:
        grade: What is answered.
        new: The paths that the last act answered.
        done: What was before each act, the latest last.
        undone: What was taken back, the latest last.
        acts: The names that a page gave to its acts.
        against: The paths that kept the last act from giving anything.
        marks: The segments of a clip.
    """

    grade: Grade = field(default_factory=Grade)
    new: tuple[str, ...] = ()
    done: tuple[Step, ...] = ()
    undone: tuple[Step, ...] = ()
    acts: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    marks: Marks = NO_MARKS

    def after(self, grade: Grade, new: Sequence[str], marks: Marks | None = None) -> "Answers":
        """The same one act on; an act that changes nothing is none."""
        marks = self.marks if marks is None else marks
        if (grade, marks) == (self.grade, self.marks):
            return replace(self, against=())
        done = (*self.done, (self.grade, self.new, self.marks))[-STEPS_MAX:]
        return replace(self, grade=grade, new=tuple(new), marks=marks, done=done, undone=(), against=())

    def given(self, applied: Applied) -> "Answers":
        """The same after a key that gives several answers."""
        if applied.against:
            return replace(self, against=applied.against)
        return self.after(applied.grade, [at for at, _ in applied.gives])

    @property
    def undo(self) -> "Answers":
        """The same with the last act taken back."""
        if not self.done:
            return self
        (grade, new, marks), undone = self.done[-1], (*self.undone, (self.grade, self.new, self.marks))
        return replace(self, grade=grade, new=new, marks=marks, done=self.done[:-1], undone=undone, against=())

    @property
    def redo(self) -> "Answers":
        """The same with what was taken back done again."""
        if not self.undone:
            return self
        (grade, new, marks), done = self.undone[-1], (*self.done, (self.grade, self.new, self.marks))
        return replace(self, grade=grade, new=new, marks=marks, undone=self.undone[:-1], done=done, against=())


@dataclass(frozen=True, slots=True)
class Around:
    """What an act may need beside the answers: the packs in use, the profile, the presets, the item before.

    Of a clip also when it has ended for certain, and the segments of the item before, if that is as long.
    """

    packs: Sequence[Pack] = ()
    profile: Sequence[str] = ()
    presets: Sequence[Preset] = ()
    before: Grade | None = None
    moves: bool = False
    ends_ms: int | None = None
    segments_before: tuple[Segment, ...] = ()

    def open(self, grade: Grade) -> list[Question]:
        """What is still asked, the next question first."""
        return asked(grade, self.packs, self.profile)


def act(answers: Answers, said: Mapping[str, Any], around: Around) -> Answers:
    """Give the answers after one act.

    Args:
        answers: Those before it.
        said: The act: `act`, its `name` by the page, and what it takes.
        around: What it may need.

    Raises:
        InputError: SRV-13, there is no such act; GRA-01 to GRA-04, the answer is none, or contradicts another.
    """
    name = str(said.get("name", ""))[:40]
    if name and name in answers.acts:
        return answers
    does = ACTS.get(str(said.get("act", "")))
    if does is None:
        raise InputError("SRV-13", "there is no such act")
    return replace(does(answers, said, around), acts=(*answers.acts, name)[-STEPS_MAX:] if name else answers.acts)


def _answer(answers: Answers, said: Mapping[str, Any], around: Around) -> Answers:
    grade, given = answers.grade, dict(_given(said))
    if said.get("all") == "yes":
        row = max(_row(at) for at in given)
        by_fact = {at.rpartition(".")[2]: value for at, value in given.items()}
        given |= {one.at: by_fact[one.fact.id] for one in around.open(grade)
                  if one.fact.id in by_fact and _row(one.at) > row}
    for at, value in given.items():
        grade = with_answer(grade, at, value)
    return answers.after(grade, [*given])


def _given(said: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """What is answered, and where: `answer` to one question, or `both` to it and to the one beside it."""
    at = str(said.get("at", ""))
    of, dot, name = at.rpartition(".")
    fact = vocabulary().facts.get(name)
    if fact is None or not PLACE.fullmatch(at) or ("both" in said and name not in TOGETHER):
        raise InputError("SRV-13", "there is no such question")
    if "both" not in said:
        yield at, value_of(fact, said.get("answer", []))
        return
    answer, _, other = str(said["both"]).partition(" ")
    yield from ((at, answer), (f"{of}{dot}{TOGETHER[name]}", other))


def value_of(fact: Fact, said: Sequence[str]) -> object:
    """An answer as a grade has it.

    Raises:
        InputError: SRV-13, a number is none.
    """
    if fact.many:
        return list(said)
    one = said[0] if said else ""
    if fact.kind != "number" or one == CANNOT_DETERMINE:
        return one
    number = whole(one, 3)
    if number is None:
        raise InputError("SRV-13", "the answer is a whole number from 0 to 999")
    return number


def _row(at: str) -> int:
    return int(at.split("]", maxsplit=1)[0].removeprefix("children[")) if "]" in at else -1


def _preset(answers: Answers, said: Mapping[str, Any], around: Around) -> Answers:
    for one in around.presets:
        if one.name == said.get("preset"):
            return answers.given(presets.apply(answers.grade, one))
    raise InputError("SRV-13", "there is no such preset")


def _same(answers: Answers, said: Mapping[str, Any], around: Around) -> Answers:
    if around.before is None:
        return answers
    found = presets.same_as(answers.grade, around.before)
    if answers.marks != NO_MARKS or not around.segments_before or unsaid(around.segments_before, found.grade):
        return answers.given(found)
    return answers.after(found.grade, [at for at, _ in found.gives], Marks(around.segments_before))


def _same_row(answers: Answers, said: Mapping[str, Any], around: Around) -> Answers:
    rows = [one.row for one in around.open(answers.grade) if one.row]
    if not rows:
        return answers
    first = rows[0]
    count = max(rows) - first + 1 if said.get("all") == "yes" else 1
    return answers.given(presets.same_row(answers.grade, first, count))


def _segment(answers: Answers, said: Mapping[str, Any], around: Around) -> Answers:
    if not around.moves:
        raise InputError("GRD-18", "only a clip has segments")
    return answers.after(answers.grade, [], marking.marked(answers.marks, said, around.ends_ms))


def _clear(answers: Answers, said: Mapping[str, Any], around: Around) -> Answers:
    at = str(said.get("at", ""))
    tree: dict[str, Any] = as_json(answers.grade)
    if not PLACE.fullmatch(at):
        raise InputError("SRV-13", "there is no such question")
    row = _row(at)
    rows = [tree["facts"]] if row < 0 else tree.get("children", [])[row:row + 1]
    for held in rows:
        held.pop(at.rpartition(".")[2], None)
    return answers.after(grade_of(tree), [])


ACTS: Final[Mapping[str, Callable[[Answers, Mapping[str, Any], Around], Answers]]] = {
    "answer": _answer, "preset": _preset, "same": _same, "same_row": _same_row, "clear": _clear,
    "segment": _segment,
    "undo": lambda answers, said, around: answers.undo, "redo": lambda answers, said, around: answers.redo,
}


def as_body(answers: Answers) -> dict[str, Any]:
    """The answers as they are kept."""
    def steps(given: Sequence[Step]) -> list[Any]:
        return [[as_json(grade), list(new), marking.as_body(marks)] for grade, new, marks in given]

    return {"grade": as_json(answers.grade), "new": list(answers.new), "done": steps(answers.done),
            "undone": steps(answers.undone), "acts": list(answers.acts), "marks": marking.as_body(answers.marks)}


def from_body(body: Mapping[str, Any]) -> Answers:
    """The answers as they were kept."""
    def steps(given: Sequence[Any]) -> tuple[Step, ...]:
        return tuple((grade_of(grade), tuple(new), marking.from_body(dict(*marks))) for grade, new, *marks in given)

    return Answers(grade_of(body.get("grade", {})), tuple(body.get("new", ())), steps(body.get("done", ())),
                   steps(body.get("undone", ())), tuple(body.get("acts", ())),
                   marks=marking.from_body(body.get("marks", {})))

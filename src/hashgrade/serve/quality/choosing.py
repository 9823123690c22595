"""What one act makes of the choices of a settlement: a reader's answer taken, another given, one asked again. Pure.

An act that came already changes nothing, so that what is sent twice over a bad line counts once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any, Final

from hashgrade.errors import InputError
from hashgrade.grading import parts
from hashgrade.grading.asking import Question, asked
from hashgrade.grading.parts import Marked
from hashgrade.grading.settling import Choices, Compared, Said, choices, parsed
from hashgrade.law.judge import judge
from hashgrade.law.pack import Pack
from hashgrade.law.vocabulary import vocabulary
from hashgrade.nouns import Reading, Segment
from hashgrade.serve.grading.answering import STEPS_MAX, value_of
from hashgrade.serve.numbers import whole

Step = tuple[Mapping[str, Said], frozenset[str], str]


@dataclass(frozen=True, slots=True)
class Board:
    """The choices as they are and were, and the place at which somebody gives an answer that no reader gave.

    Args:
        choices: What is chosen.
        anew: The place that is answered by the fact's own keys instead; empty for none.
        done: What was before each act, the latest last.
        undone: What was taken back, the latest last.
        acts: The names that a page gave to its acts.
        marked: What each reader marked in a clip, by slot.
        part: Which of that is taken, as `grading.parts` names it; empty while that is open, or all marked the same.
    """

    choices: Choices
    anew: str = ""
    done: tuple[Step, ...] = ()
    undone: tuple[Step, ...] = ()
    acts: tuple[str, ...] = ()
    marked: Marked = ()
    part: str = ""

    @property
    def step(self) -> Step:
        """What undo goes back to."""
        return self.choices.chosen, self.choices.reopened, self.part

    @property
    def asks_part(self) -> bool:
        """Whether it is open which segments the settlement keeps."""
        return self.part == parts.ASKED or (not self.part and not parts.alike(self.marked))

    @property
    def segments(self) -> list[tuple[Segment, Segment | None, str]]:
        """The segments that are taken, and how each stands in the settlement, or why it does not."""
        chosen = () if self.asks_part or not self.marked else parts.taken(self.marked, self.part)
        return parts.kept(chosen, self.choices)

    def after(self, found: Choices) -> "Board":
        """The same one choice on."""
        return replace(self, choices=found, anew="", done=(*self.done, self.step)[-STEPS_MAX:], undone=())

    def back(self, step: Step) -> "Board":
        """The same with the choices as they were."""
        return replace(self, choices=replace(self.choices, chosen=step[0], reopened=step[1]), part=step[2])


@dataclass(frozen=True, slots=True)
class Open:
    """One question of a settlement: what readers said, or, where none did, what a pack or a study still needs.

    Args:
        at: Its place.
        by_law: Whether a pack in use needs it.
        question: As `grading.asking` asks it; None where only the readers' difference asks it.
        said: What each reader said; empty where none said anything.
    """

    at: str
    by_law: bool
    question: Question | None
    said: tuple[Said, ...]


def questions(found: Choices, packs: Sequence[Pack], profile: Sequence[str]) -> list[Open]:
    """Everything that is still to be chosen, and after it what packs and studies need of what is chosen."""
    needed = {found.at(one.at): one for one in asked(found.grade, packs, profile)}
    differ = [Open(place, place in needed and needed[place].by_law, needed.get(place), found.of.said(place))
              for place in found.open()]
    known = {one.at for one in differ}
    return [*differ, *(Open(place, one.by_law, one, ()) for place, one in needed.items() if place not in known)]


def turns(of: Compared, place: str, packs: Sequence[Pack]) -> bool:
    """Tell whether a verdict turns on a difference: one reading with this answer of another has another verdict.

    Where the one answer does not go with the rest of a reading, it turns if the readings' own verdicts differ.
    """
    said = of.said(place)
    for one, other in permutations(range(len(said)), 2):
        if said[one] == said[other]:
            continue
        read = _as_read(of, one)
        try:
            found = read.with_choice(place, said[other]).grade
        except InputError:
            found = of.readings[other]
        if any(judge(read.grade, pack) != judge(found, pack) for pack in packs):
            return True
    return False


def _as_read(of: Compared, reader: int) -> Choices:
    """Everything chosen as one reader has it."""
    found = Choices(of)
    while places := found.open():
        found = replace(found, chosen={**found.chosen, **{place: of.said(place)[reader] for place in places}})
    return found


def act(board: Board, said: Mapping[str, Any], places: Sequence[str]) -> Board:
    """Give the choices after one act.

    Args:
        board: Those before it.
        said: The act: `act`, its `name` by the page, and what it takes.
        places: What may be chosen or asked again.

    Raises:
        InputError: SRV-13, there is no such act, place or reader; GRA-01 to GRA-04, the answer is none, or contradicts
            another.
    """
    name = str(said.get("name", ""))[:40]
    if name and name in board.acts:
        return board
    does, at = ACTS.get(str(said.get("act", ""))), str(said.get("at", ""))
    if does is None or (at and at not in places):
        raise InputError("SRV-13", "there is no such act, or no such question")
    return replace(does(board, said, at), acts=(*board.acts, name)[-STEPS_MAX:] if name else board.acts)


def _choose(board: Board, said: Mapping[str, Any], at: str) -> Board:
    """Take a reader's answer where the act names a reader, else the answer that it gives."""
    if "reader" not in said:
        return _answer(board, said, at)
    reader = whole(str(said["reader"]), 3) or 0
    answers = board.choices.of.said(at)
    if not 0 < reader <= len(answers):
        raise InputError("SRV-13", "there is no such reader")
    return board.after(board.choices.with_choice(at, answers[reader - 1]))


def _answer(board: Board, said: Mapping[str, Any], at: str) -> Board:
    name = parsed(at)[1]
    given: Any = said.get("answer", [])
    if not name:
        return board.after(board.choices.with_choice(at, given[0] if given else None))
    found = value_of(vocabulary().facts[name], given)
    return board.after(board.choices.with_choice(at, tuple(found) if isinstance(found, list) else found))  # type: ignore[arg-type]


def _anew(board: Board, said: Mapping[str, Any], at: str) -> Board:
    return replace(board, anew="" if board.anew == at else at)


def _clear(board: Board, said: Mapping[str, Any], at: str) -> Board:
    return board.after(board.choices.without(at))


def _undo(board: Board, said: Mapping[str, Any], at: str) -> Board:
    if board.anew or not board.done:
        return replace(board, anew="")
    return replace(board.back(board.done[-1]), done=board.done[:-1], undone=(*board.undone, board.step))


def _redo(board: Board, said: Mapping[str, Any], at: str) -> Board:
    if not board.undone:
        return board
    return replace(board.back(board.undone[-1]), undone=board.undone[:-1], done=(*board.done, board.step))


def _part(board: Board, said: Mapping[str, Any], at: str) -> Board:
    """Take the segments that the act names, or, where it names none, ask which."""
    part = str(said.get("part", ""))
    if not any(board.marked):
        raise InputError("SRV-13", "no reader marked anything")
    parts.taken(board.marked, part)
    asked = part or (parts.ASKED if parts.alike(board.marked) else "")
    return replace(board.after(board.choices), part=asked)


ACTS: Final[Mapping[str, Callable[[Board, Mapping[str, Any], str], Board]]] = {
    "choose": _choose, "anew": _anew, "clear": _clear, "undo": _undo, "redo": _redo, "part": _part}


def as_body(board: Board, seen: str) -> dict[str, Any]:
    """The choices as they are kept, with the name of the readings that they are of."""
    return {"settles": seen, "now": _written(board.step), "anew": board.anew, "acts": list(board.acts),
            "done": list(map(_written, board.done)), "undone": list(map(_written, board.undone))}


def from_body(body: Mapping[str, Any], readings: Sequence[Reading], seen: str) -> Board:
    """The choices as they were kept.

    Of other readings than these only what was chosen of the medium is left, as children and segments may be others.
    """
    fresh = choices([one.grade for one in readings])
    marked = parts.lined_up([one.segments for one in readings], fresh.of.slots)
    if body.get("settles") == seen:
        return Board(fresh, body["anew"], tuple(map(_read, body["done"])), tuple(map(_read, body["undone"])),
                     tuple(body["acts"]), marked).back(_read(body["now"]))
    for place, said in _read(body["now"])[0].items() if "settles" in body else ():
        try:
            fresh = fresh if "[" in place else fresh.with_choice(place, said)
        except InputError:  # it no longer goes with what is read now, and is asked again
            continue
    return Board(fresh, marked=marked)


def _written(step: Step) -> list[Any]:
    return [dict(step[0]), sorted(step[1]), step[2]]


def _read(step: Sequence[Any]) -> Step:
    chosen = {place: tuple(said) if isinstance(said, list) else said for place, said in step[0].items()}
    return chosen, frozenset(step[1]), str(step[2]) if len(step) > 2 else ""  # kept before segments were settled

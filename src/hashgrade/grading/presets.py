"""Several answers with one key, and every one of them shown: presets, same as before, same as the child before. Pure.

What is applied says which answers it gives, and those are all that it changes. It never answers otherwise what is
answered: of a preset that would, nothing is applied, and what stands against it is named; what is as before, or as the
child before, fills in only what has no answer. That something cannot be assessed stands against every other answer. A
legal test is in no preset.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hashgrade.errors import HashgradeError, InputError
from hashgrade.law.grades import as_json, grade_of
from hashgrade.law.unanswered import path
from hashgrade.law.vocabulary import CANNOT_DETERMINE, vocabulary
from hashgrade.nouns import Child, Grade

NAME_CHARS_MAX = 60
ASSESSED: Final = "yes"

DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "photographic, one child": {"key": "KeyQ", "facts": {"depiction": "photographic", "child_count": 1}},
    "photographic, two children": {"key": "KeyW", "facts": {"depiction": "photographic", "child_count": 2}},
    "photographic, three children": {"key": "KeyE", "facts": {"depiction": "photographic", "child_count": 3}},
    "photographic, four children": {"key": "KeyR", "facts": {"depiction": "photographic", "child_count": 4}},
    "photographic, no child": {"key": "KeyT", "facts": {"depiction": "photographic", "child_count": 0}},
    "AI-generated, photorealistic, one child": {
        "key": "KeyA", "facts": {"depiction": "ai_photorealistic", "child_count": 1}},
    "AI-altered image of a real child, one child": {
        "key": "KeyS", "facts": {"depiction": "ai_altered_real_child", "child_count": 1}},
    "non-photographic, one child": {"key": "KeyD", "facts": {"depiction": "non_photographic", "child_count": 1}},
    "too small": {"key": "KeyU", "facts": {"assessable": "too_small"}},
    "corrupt": {"key": "KeyJ", "facts": {"assessable": "corrupt"}},
    "encrypted": {"key": "KeyM", "facts": {"assessable": "encrypted"}},
}


@dataclass(frozen=True, slots=True)
class Preset:
    """Answers that are given together.

    Args:
        name: What it is called on the screen.
        key: The key that gives them, as `KeyboardEvent.code`.
        gives: The answers.
    """

    name: str
    key: str
    gives: Grade


@dataclass(frozen=True, slots=True)
class Applied:
    """What one key came to.

    Args:
        grade: What is answered now.
        gives: Each answer that is new, with its path: all of them are shown before anything is saved.
        against: The paths that are answered otherwise, or that the rest would contradict; then nothing was given.
    """

    grade: Grade
    gives: tuple[tuple[str, object], ...] = ()
    against: tuple[str, ...] = ()


def presets_of(trees: Mapping[str, Mapping[str, Any]]) -> tuple[Preset, ...]:
    """Read the presets that the settings name; without any, those that come with the software.

    Args:
        trees: For each name `key`, `facts`, and `children`, each as a grade has them.

    Raises:
        InputError: GRD-11, a preset has no key, gives nothing, what is no answer, or a legal test.
    """
    return tuple(_preset(name, tree) for name, tree in (trees or DEFAULTS).items())


def _preset(name: str, tree: Mapping[str, Any]) -> Preset:
    where = f"presets.{name[:NAME_CHARS_MAX]}"
    unknown = tree.keys() - {"key", "facts", "children"}
    if unknown or not isinstance(tree.get("key"), str) or not 0 < len(name.strip()) <= NAME_CHARS_MAX:
        raise InputError("GRD-11", f"a preset has a name of 1 to {NAME_CHARS_MAX} characters, `key`, `facts` and "
                         f"`children`, not {', '.join(sorted(unknown)) or 'this'}", where=where)
    try:
        gives = grade_of({part: tree[part] for part in ("facts", "children") if part in tree})
    except HashgradeError as error:
        place = f"{where}.{error.where}".rstrip(".")
        raise InputError("GRD-11", error.what, where=place, excerpt=error.excerpt) from None
    answers = dict(_answers(gives))
    tests = [at for at in answers if at.rpartition(".")[2] in vocabulary().legal_tests]
    if tests or not answers:
        what = f"`{tests[0]}` is a legal test, and is answered by itself" if tests else "it gives no answer"
        raise InputError("GRD-11", what, where=where)
    return Preset(name.strip(), tree["key"], gives)


def apply(grade: Grade, preset: Preset) -> Applied:
    """Give a preset's answers."""
    return _given(grade, preset.gives)


def same_as(grade: Grade, before: Grade) -> Applied:
    """Give the answers that another item has, where this one has none."""
    return _given(grade, _lacking(grade, before))


def same_row(grade: Grade, row: int, rows: int = 1) -> Applied:
    """Give children the answers of the child before them, where they have none.

    Args:
        grade: What is answered.
        row: The first of the children, from 1.
        rows: How many.
    """
    if not 0 < row <= len(grade.children or ()):
        return Applied(grade)
    like = (grade.children or ())[row - 1]
    return _given(grade, _lacking(grade, Grade({}, tuple([{}] * row + [like] * rows))))


def _lacking(grade: Grade, more: Grade) -> Grade:
    """What of `more` a grade has no answer to, right or other."""
    facts = {name: answer for name, answer in more.facts.items() if name not in grade.facts}
    held, rows = grade.children, more.children
    if held is None or rows is None or (not held) != (not rows):
        return Grade(facts, rows if held is None else None)
    new = ({name: answer for name, answer in row.items() if n >= len(held) or name not in held[n]}
           for n, row in enumerate(rows))
    return Grade(facts, tuple(new))


def _given(grade: Grade, more: Grade) -> Applied:
    held = dict(_answers(grade))
    new = [(at, answer) for at, answer in _answers(more) if at not in held]
    against = tuple(at for at, answer in _answers(more) if at in held and held[at] != answer)
    if None not in (grade.children, more.children) and (not grade.children) != (not more.children):
        against = (*against, "children")  # no child, against some
    if more.facts.get("assessable", ASSESSED) != ASSESSED:
        against = tuple(dict.fromkeys((*against, *(at for at in held if at != "assessable"))))
    elif grade.facts.get("assessable", ASSESSED) not in (ASSESSED, CANNOT_DETERMINE):
        against = tuple(dict.fromkeys((*against, "assessable")))
    if against or not new:
        return Applied(grade, (), against)
    rows = _rows(grade.children, more.children)
    tree = {"facts": {**more.facts, **grade.facts}} | ({} if rows is None else {"children": rows})
    try:
        return Applied(grade_of(tree), tuple(new))
    except HashgradeError:
        return Applied(grade, (), tuple(at for at, _ in new))


def _rows(held: Sequence[Child] | None, more: Sequence[Child] | None) -> list[dict[str, Any]] | None:
    if held is None and more is None:
        return None
    rows = [dict(row) for row in held or ()] + [{} for _ in range(len(more or ()) - len(held or ()))]
    return [{**(more[n] if more is not None and n < len(more) else {}), **row} for n, row in enumerate(rows)]


def _answers(grade: Grade) -> Iterator[tuple[str, object]]:
    """Each answer with its path; that there is no child is an answer too."""
    tree: Mapping[str, Any] = as_json(grade)
    yield from grade.facts.items()
    if tree.get("children") == []:
        yield "children", ()
    for n, row in enumerate(grade.children or ()):
        yield from ((path(name, n), answer) for name, answer in row.items())

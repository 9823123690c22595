"""Which key does what: by position, so that a hand finds it on any layout, and never two things at once. Pure.

A key is what `KeyboardEvent.code` names: `KeyQ` is the key right of Tab, whatever is printed on it. The keys of the
digit row answer the question that is asked, in the order of its answers, and the key left of them says that it cannot
be determined. The letters under them give several answers: two questions at once where one key can answer both, else a
preset. Acts have the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from string import ascii_uppercase
from typing import Final

from hashgrade.errors import InputError
from hashgrade.grading.presets import Preset
from hashgrade.law.load import did_you_mean
from hashgrade.law.vocabulary import CANNOT_DETERMINE, Fact

CANNOT: Final = "Backquote"
ANSWERS: Final = (*(f"Digit{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)), "Minus", "Equal")
"""The digit row from left to right."""

PAD: Final = tuple(tuple(f"Key{letter}" for letter in row) for row in ("QWERTYU", "ASDFGHJ", "ZXCVBNM"))
"""The letters under the digits 1 to 7, row by row."""
LETTERS: Final = tuple(chain.from_iterable(PAD))

ACTS: Final[Mapping[str, tuple[str, str]]] = {
    "reveal": ("Space", "show the item while the key is held"),
    "commit": ("Enter", "save the answers that are shown, and take the next"),
    "undo": ("Backspace", "take back the last answer, or open the item before"),
    "redo": ("Period", "answer again what was taken back"),
    "same": ("Quote", "answer as for the item before"),
    "same_row": ("Semicolon", "answer for this child as for the one before; with Shift, for all that are left"),
    "skip": ("KeyK", "lay the item aside, with a reason"),
    "pause": ("Escape", "blank the screen and stop the clock"),
    "greyscale": ("KeyI", "with or without colour"),
    "blur": ("KeyO", "more or less sharp"),
    "larger": ("KeyL", "larger or smaller"),
    "mute": ("F8", "with or without sound"),
    "reasons": ("Comma", "why the verdicts are what they are"),
    "sheet": ("KeyP", "all frames, or all items of the stack, on one sheet"),
    "frame_next": ("ArrowRight", "the next frame"),
    "frame_before": ("ArrowLeft", "the frame before"),
    "question_next": ("ArrowDown", "the next question"),
    "question_before": ("ArrowUp", "the question before"),
    "segment_begins": ("BracketLeft", "a segment of the clip begins here"),
    "segment_ends": ("BracketRight", "and ends here"),
    "segment_next": ("Backslash", "go to where the next segment begins"),
    "help": ("Slash", "the keys as they are now"),
}
"""Each act, its key unless the settings say otherwise, and what it does."""

MAY: Final = frozenset(
    [f"Key{letter}" for letter in ascii_uppercase] + [f"Digit{n}" for n in range(10)]
    + [f"Numpad{n}" for n in range(10)] + [f"Arrow{way}" for way in ("Up", "Down", "Left", "Right")]
    + ["Backquote", "Minus", "Equal", "BracketLeft", "BracketRight", "Backslash", "IntlBackslash", "IntlRo", "IntlYen",
       "Semicolon", "Quote", "Comma", "Period", "Slash", "Space", "Enter", "Backspace", "Delete", "Insert", "Home",
       "End", "PageUp", "PageDown", "Escape", "F2", "F4", "F8", "F9", "F10"])
"""Keys that a page may have: not Tab, by which everybody can move through it, nor what a browser keeps to itself."""

OF_PRESET: Final = "preset."
"""Before the name of a preset, where somebody has a key of their own for it."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of the workbench.

    Args:
        acts: The key of each act.
        presets: The key of each preset, by its name.
    """

    acts: Mapping[str, str]
    presets: Mapping[str, str]

    def does(self, code: str) -> str | None:
        """The act, or the preset, that a key does; None where it answers a question or does nothing."""
        return {key: name for name, key in (*self.presets.items(), *self.acts.items())}.get(code)


def keys_of(changed: Mapping[str, str], presets: Sequence[Preset]) -> Keys:
    """The keys that the settings and the presets ask for.

    Args:
        changed: Acts, and the keys that they have instead of their own.
        presets: The presets in use.

    Raises:
        InputError: GRD-12, there is no such act or key, or a key does two things.
    """
    for act in changed:
        if act not in ACTS:
            raise InputError("GRD-12", f"there is no act `{act}`", where="keys", excerpt=did_you_mean(act, [*ACTS]))
    acts = {act: changed.get(act, key) for act, (key, _) in ACTS.items()}
    return _apart(Keys(acts, {one.name: one.key for one in presets}))


def with_own(station: Keys, own: Mapping[str, str]) -> Keys:
    """The keys of somebody who has some of their own, as `joined` gives them, once they are looked through.

    Raises:
        InputError: GRD-12, there is no such key, or a key would do two things.
    """
    return _apart(joined(station, own))


def joined(station: Keys, own: Mapping[str, str]) -> Keys:
    """The keys of somebody who has some of their own, whether or not they can be.

    Args:
        station: Those of the station.
        own: Keys by act, or by `preset.` and the name of a preset; of what there is no more, nothing is taken.
    """
    acts = {act: own.get(act, key) for act, key in station.acts.items()}
    return Keys(acts, {name: own.get(f"{OF_PRESET}{name}", key) for name, key in station.presets.items()})


def clashes(keys: Keys) -> list[tuple[str, str, str]]:
    """Each key that would do two things, with what it does and what it cannot do too.

    A preset may have a letter of the pad, and waits where that answers two questions.
    """
    taken, found = dict.fromkeys(ANSWERS, "an answer") | {CANNOT: "an answer that cannot be determined"}, []
    pad = dict.fromkeys(LETTERS, "two answers at once")
    for what, key in (*keys.acts.items(), *keys.presets.items()):
        if first := taken.get(key) or (pad.get(key) if what in keys.acts else None):
            found.append((key, first, what))
        else:
            taken[key] = what
    return found


def _apart(keys: Keys) -> Keys:
    for what, key in (*keys.acts.items(), *keys.presets.items()):
        if key not in MAY:
            raise InputError("GRD-12", f"`{key[:40]}` is no key that a page may have", where=_where(keys, what),
                             excerpt=did_you_mean(key[:40], sorted(MAY)))
    for key, first, second in clashes(keys):
        said = f"`{key}` is for {first} already, and cannot be for {second} too"
        raise InputError("GRD-12", said, where=_where(keys, second))
    return keys


def _where(keys: Keys, what: str) -> str:
    return f"keys.{what}" if what in keys.acts else f"presets.{what}.key"


def answers(fact: Fact) -> dict[str, str]:
    """The answer that each key of the digit row gives to a question, in the order of the vocabulary.

    Of a number, a digit's key is the number: with Shift it is the first of several digits. Of labels, the key of one
    answers with it and goes on; with Shift it is one of several. Of a child, Shift answers for all that are left.
    """
    if fact.kind == "number":
        found = {f"Digit{n}": str(n) for n in range(10)}
    elif fact.values:
        found = dict(zip(ANSWERS, fact.values, strict=False))
    else:
        return {}
    return found | {CANNOT: CANNOT_DETERMINE}


def pad(fact: Fact, beside: Fact) -> dict[str, tuple[str, str]]:
    """The answers to a question and to the one beside it that each letter of the pad gives.

    The column is the answer of the digit above, the row the answer to the question beside, in the order of the
    vocabulary; what cannot be determined is the last row.
    """
    rows = zip(PAD, (*beside.values, CANNOT_DETERMINE), strict=False)
    return {code: (value, other) for row, other in rows for code, value in zip(row, fact.values, strict=False)}


_PRINTED: Final = {
    "Backquote": "`", "Minus": "-", "Equal": "=", "BracketLeft": "[", "BracketRight": "]", "Backslash": "\\",
    "Semicolon": ";", "Quote": "'", "Comma": ",", "Period": ".", "Slash": "?",
    "ArrowRight": "→", "ArrowLeft": "←", "ArrowUp": "↑", "ArrowDown": "↓", "Escape": "Esc"}


def key_name(code: str) -> str:
    """What is printed on a key of an English keyboard; elsewhere the key in its place."""
    return _PRINTED.get(code) or code.removeprefix("Key").removeprefix("Digit")

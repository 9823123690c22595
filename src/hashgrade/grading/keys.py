"""Which key does what: by position, so that a hand finds it on any layout, and never two things at once. Pure.

A key is what `KeyboardEvent.code` names: `KeyQ` is the key right of Tab, whatever is printed on it. The keys of the
digit row answer the question that is asked, in the order of its answers, and the key left of them says that it cannot
be determined; acts and presets have the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Final

from hashgrade.errors import InputError
from hashgrade.grading.presets import Preset
from hashgrade.law.load import did_you_mean
from hashgrade.law.vocabulary import CANNOT_DETERMINE, Fact

CANNOT: Final = "Backquote"
ANSWERS: Final = (*(f"Digit{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)), "Minus", "Equal")
"""The digit row from left to right."""

ACTS: Final[Mapping[str, tuple[str, str]]] = {
    "reveal": ("Space", "show the item while the key is held"),
    "commit": ("Enter", "save the answers that are shown, and take the next"),
    "undo": ("Backspace", "take back the last answer, or open the item before"),
    "redo": ("KeyR", "answer again what was taken back"),
    "same": ("KeyS", "answer as for the item before"),
    "same_row": ("KeyD", "answer for this child as for the one before; with Shift, for all that are left"),
    "skip": ("KeyK", "lay the item aside, with a reason"),
    "pause": ("Escape", "blank the screen and stop the clock"),
    "greyscale": ("KeyG", "with or without colour"),
    "blur": ("KeyB", "more or less sharp"),
    "larger": ("KeyL", "larger or smaller"),
    "mute": ("KeyM", "with or without sound"),
    "reasons": ("KeyV", "why the verdicts are what they are"),
    "sheet": ("KeyC", "all frames, or all items of the stack, on one sheet"),
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
    taken = dict.fromkeys(ANSWERS, "an answer") | {CANNOT: "an answer that cannot be determined"}
    named = [(f"keys.{act}", act, key) for act, key in acts.items()]
    named += [(f"presets.{one.name}.key", one.name, one.key) for one in presets]
    for where, what, key in named:
        if key not in MAY:
            raise InputError("GRD-12", f"`{key}` is no key that a page may have", where=where,
                             excerpt=did_you_mean(key, sorted(MAY)))
        if key in taken:
            said = f"`{key}` is for {taken[key]} already, and cannot be for {what} too"
            raise InputError("GRD-12", said, where=where)
        taken[key] = what
    return Keys(acts, {one.name: one.key for one in presets})


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


def key_name(code: str) -> str:
    """What is printed on a key of an English keyboard; elsewhere the key in its place."""
    named = {"Backquote": "`", "Minus": "-", "Equal": "=", "Slash": "?", "BracketLeft": "[", "BracketRight": "]",
             "Backslash": "\\", "ArrowRight": "→", "ArrowLeft": "←", "ArrowUp": "↑", "ArrowDown": "↓", "Escape": "Esc"}
    return named.get(code) or code.removeprefix("Key").removeprefix("Digit")

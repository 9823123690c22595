"""Parses YAML 1.2 into plain values, and says where each stands.

Apart from `load`, because ruamel is slow to import and what comes with the package is parsed beforehand.
"""

import re
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import ConstructorError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import Node

CHARACTERS_MAX = 500_000
NODES_MAX = 100_000
DEPTH_MAX = 100

SIGN = "a text that begins with a sign needs quotes"
HINTS = {
    r"'\t'": "indent with spaces, not with tabs",
    "found '<scalar>'": "a quotation mark before this one ends its text too early, or ends none",
    "expected <block end>": "indent this line as the lines that it belongs with",
    "mapping values are not allowed": "a text with a colon needs quotes; what belongs together, the same indent",
    "could not find expected ':'": "before this a colon is missing, or the space after it",
    "cannot start any token": SIGN,
    "undefined alias": SIGN,
    "sequence entries are not allowed": SIGN,
}
"""For whoever does not speak YAML: what its commonest complaints mean."""

Path_ = tuple[str | int, ...]
Spots = dict[Path_, tuple[int, int]]


class NotYamlError(Exception):
    """A text that gives no values; `spot` is the line and column, from 0, where that shows, and `hint` goes there."""

    def __init__(self, said: str, spot: tuple[int, int] | None = None, hint: str = "") -> None:
        super().__init__(said)
        self.spot, self.hint = spot, hint


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text says, and the line and column, from 0, of the value at each path and of its key in a map."""

    tree: object
    values: Spots = field(default_factory=lambda: {(): (0, 0)})
    keys: Spots = field(default_factory=dict)


def parsed(text: str) -> Parsed:
    """Turn a text into plain maps, lists and scalars.

    Raises:
        NotYamlError: The text is not YAML, has a value that cannot be, such as 30 February, is too long or nested
            too deeply, or has aliases that unfold without end.
    """
    if len(text) > CHARACTERS_MAX:
        raise NotYamlError(f"the text has {len(text):,} characters, at most {CHARACTERS_MAX:,}")
    if _brackets(text) > DEPTH_MAX:  # which alone would take ruamel many seconds
        raise NotYamlError(f"it is nested too deeply, in more than {DEPTH_MAX} brackets")
    try:
        tree = _reader().load(text)
    except RecursionError as error:
        raise NotYamlError("it is nested too deeply") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark
        said = " ".join((error.problem or "it cannot be parsed").split())
        said = said if isinstance(error, _NoValueError) else f"this is not YAML: {said}"
        hint = next((words for part, words in HINTS.items() if part in said), "")
        raise NotYamlError(said, (mark.line, mark.column) if mark else None, hint) from error
    except YAMLError as error:
        raise NotYamlError(f"this is not YAML: {error}") from error
    found = Parsed(None)
    return Parsed(_plain(tree, (), found), found.values, found.keys)


def _brackets(text: str) -> int:
    """How many brackets are open at once, at most."""
    return max(accumulate(1 if bracket in "[{" else -1 for bracket in re.findall(r"[][{}]", text)), default=0)


class _NoValueError(ConstructorError):
    """A scalar that has the form of a value and is none."""


class _Constructor(RoundTripConstructor):
    """Tells the place of a value that cannot be; ruamel lets Python's own error through, which has none."""

    def construct_object(self, node: Node, deep: bool = False) -> object:
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, OverflowError) as error:
            said = f"`{str(node.value)[:40]}` cannot be: {error}"
            raise _NoValueError(None, None, said, node.start_mark) from error

    def check_mapping_key(self, node: Node, key_node: Node, mapping: Any, key: Any, value: Any) -> bool:
        try:
            return bool(super().check_mapping_key(node, key_node, mapping, key, value))
        except TypeError as error:  # a list, or a map of one, cannot be hashed
            raise _NoValueError(None, None, "a key is a word, not a map or a list", key_node.start_mark) from error


def _reader() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.Constructor = _Constructor
    return yaml


def _plain(tree: object, path: Path_, found: Parsed) -> object:
    if len(path) > DEPTH_MAX:
        raise NotYamlError(f"it is nested more than {DEPTH_MAX} deep, or an alias stands for itself without end")
    if len(found.values) + len(found.keys) > NODES_MAX:
        raise NotYamlError(f"aliases unfold to more than {NODES_MAX:,} values")
    if isinstance(tree, CommentedMap):
        for key, spot in (tree.lc.data or {}).items():
            found.keys[*path, key], value_at = (spot[0], spot[1]), (spot[2], spot[3])
            # Where nothing is written, ruamel gives the place of what comes next.
            nothing = value_at[0] > spot[0] and tree.get(key) is None
            found.values[*path, key] = found.keys[*path, key] if nothing else value_at
        return {_scalar(key): _plain(value, (*path, key), found) for key, value in tree.items()}
    if isinstance(tree, CommentedSeq):
        for n, spot in (tree.lc.data or {}).items():
            found.values[*path, n] = (spot[0], spot[1])
        return [_plain(value, (*path, n), found) for n, value in enumerate(tree)]
    return _scalar(tree)


def _scalar(value: object) -> object:
    """A plain `str`, `int` or `float` where ruamel keeps one of its own that remembers its spelling."""
    for kind in (bool, str, int, float):
        if isinstance(value, kind):
            return kind(value)
    return value

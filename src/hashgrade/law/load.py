"""Reads the law's YAML, and remembers the line and column of everything in it.

The only module of this room that opens a file: package data, or a folder it is given.
YAML is read as version 1.2, so that `no` is a word and not false.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import ConstructorError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import Node

from hashgrade.errors import InputError

DATA = Path(__file__).parents[1] / "data"

FAMILIES = {
    "CON": ("CON-01", "CON-02", "CON-03", "CON-04"),
    "PACK": ("PACK-01", "PACK-02", "PACK-03", "PACK-04"),
}
"""Codes for the same four mistakes (YAML, form, name, value), in any file and in a pack."""

NODES_MAX = 100_000
DEPTH_MAX = 100

Path_ = tuple[str | int, ...]
_KEY = "\0key"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a text or in a tree: it prints as `file:line:column`, or as `file: path` where no line is known.

    Args:
        file: The name people know the text by.
        lines: The text, to quote the offending line; empty for a tree that was never text.
        spots: Line and column, from 0, of the value at each path, and of its key.
        path: Keys and indexes from the root to here.
    """

    file: str
    lines: tuple[str, ...] = ()
    spots: Mapping[Path_, tuple[int, int]] = field(default_factory=dict)
    path: Path_ = ()

    def at(self, *keys: str | int) -> "Place":
        """The value that `keys` lead to from here."""
        return Place(self.file, self.lines, self.spots, self.path + keys)

    def key(self, name: str | int) -> "Place":
        """The key `name` of the map that is here, rather than its value."""
        return self.at(name, _KEY)

    def dotted(self) -> str:
        """The path as people write it: `children[1].age_band`."""
        text = ""
        for step in self.path:
            if step != _KEY:
                text += f"[{step}]" if isinstance(step, int) else f".{step}"
        return text.lstrip(".")

    def _spot(self) -> tuple[int, int] | None:
        path = self.path
        while path and path not in self.spots:
            path = path[:-1]
        return self.spots.get(path)

    def __str__(self) -> str:
        spot = self._spot()
        if spot:
            return f"{self.file}:{spot[0] + 1}:{spot[1] + 1}"
        return ": ".join(part for part in (self.file, self.dotted()) if part)

    def error(self, code: str, what: str, hint: str = "", to_do: str = "") -> InputError:
        """The error `code` at this place, with the line, a caret and the hint beside it."""
        spot = self._spot()
        excerpt = hint
        if spot and spot[0] < len(self.lines):
            excerpt = f"{self.lines[spot[0]]}\n{' ' * spot[1]}^ {hint}".rstrip()
        return InputError(code, what, where=str(self), excerpt=excerpt, to_do=to_do)


def did_you_mean(word: object, words: Iterator[str] | tuple[str, ...] | list[str]) -> str:
    """`did you mean `x`?` for the nearest of `words`, or an empty string when none is near."""
    near = get_close_matches(str(word), list(words), n=1)
    return f"did you mean `{near[0]}`?" if near else ""


def read(text: str, file: str, family: str = "CON") -> tuple[object, Place]:
    """Turn YAML text into plain maps, lists and scalars, and the place of each.

    Args:
        text: YAML 1.2.
        file: The name to give in errors.
        family: The family of codes for errors: `PACK` for packs, `CON` elsewhere.

    Raises:
        InputError: PACK-01 or CON-01, the text is not YAML, or has a value that cannot be, such as
            30 February; line and column are given.
    """
    place = Place(file, tuple(text.splitlines()))
    try:
        tree = _reader().load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        spots: dict[Path_, tuple[int, int]] = {(): (mark.line, mark.column)} if mark else {}
        said = " ".join((error.problem or "it cannot be parsed").split())
        what = said if isinstance(error, _NoValueError) else f"this is not YAML: {said}"
        raise replace(place, spots=spots).error(FAMILIES[family][0], what) from error
    except YAMLError as error:
        raise place.error(FAMILIES[family][0], f"this is not YAML: {error}") from error
    found: dict[Path_, tuple[int, int]] = {(): (0, 0)}
    try:
        return _plain(tree, (), found), replace(place, spots=found)
    except _TooMuchError as error:
        said = f"aliases unfold to more than {NODES_MAX:,} values, or without end"
        raise place.error(FAMILIES[family][0], said) from error


def read_file(path: Path, family: str = "CON", file: str = "") -> tuple[object, Place]:
    """`read` the file at `path`.

    Raises:
        InputError: PACK-01 or CON-01, there is no such file, or it is not YAML in UTF-8.
    """
    name = file or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputError(FAMILIES[family][0], f"the file cannot be read: {reason}", where=name) from error
    return read(text, name, family)


def folders(parent: Path, file: str) -> tuple[str, ...]:
    """The names of the folders in `parent` that hold `file`, sorted."""
    return tuple(sorted(path.parent.name for path in parent.glob(f"*/{file}")))


def located(name_or_folder: str) -> tuple[str, Path | None]:
    """A pack's name, and the folder of packs it lies in: None for one of the package.

    Where the words are the path of a folder that holds a `pack.yaml`, they mean that pack.
    """
    place = Path(name_or_folder)
    if (place / "pack.yaml").is_file():
        return place.resolve().name, place.resolve().parent
    return name_or_folder, None


def text_at(path: Path) -> str:
    """The text of a file, empty where there is none."""
    return path.read_text(encoding="utf-8") if path.is_file() else ""


class _TooMuchError(Exception):
    """A short text whose aliases stand for more than anybody wrote."""


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


def _reader() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.Constructor = _Constructor
    return yaml


def _plain(tree: object, path: Path_, spots: dict[Path_, tuple[int, int]]) -> object:
    if len(spots) > NODES_MAX or len(path) > DEPTH_MAX:
        raise _TooMuchError
    if isinstance(tree, CommentedMap):
        for key, spot in (tree.lc.data or {}).items():
            spots[(*path, key, _KEY)], spots[(*path, key)] = (spot[0], spot[1]), (spot[2], spot[3])
        return {_scalar(key): _plain(value, (*path, key), spots) for key, value in tree.items()}
    if isinstance(tree, CommentedSeq):
        for n, spot in (tree.lc.data or {}).items():
            spots[(*path, n)] = (spot[0], spot[1])
        return [_plain(value, (*path, n), spots) for n, value in enumerate(tree)]
    return _scalar(tree)


def _scalar(value: object) -> object:
    """A plain `str`, `int` or `float` where ruamel keeps one of its own that remembers its spelling."""
    for kind in (bool, str, int, float):
        if isinstance(value, kind):
            return kind(value)
    return value

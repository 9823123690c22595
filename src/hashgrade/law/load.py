"""Reads the law's YAML, and remembers the line and column of everything in it.

The only module of this room that opens a file: package data, or a folder it is given.
YAML is read as version 1.2, so that `no` is a word and not false. What comes with the package is parsed
beforehand, in `data/parsed.json`, and taken from there while the digest of the YAML is the one it was parsed from.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from hashgrade.errors import InputError

if TYPE_CHECKING:
    from hashgrade.law.yaml import Parsed

DATA = Path(__file__).parents[1] / "data"

FAMILIES = {
    "CON": ("CON-01", "CON-02", "CON-03", "CON-04"),
    "PACK": ("PACK-01", "PACK-02", "PACK-03", "PACK-04"),
    "XWK": ("XWK-01", "XWK-02", "XWK-03", "XWK-04"),
}
"""Codes for the same four mistakes (YAML, form, name, value), in any file, in a pack and in a crosswalk."""

DAY = "!day"
"""The one key of the map that stands for a day in `parsed.json`, since JSON has none."""

Path_ = tuple[str | int, ...]
Spots = Mapping[Path_, tuple[int, int]]
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
    spots: Spots = field(default_factory=dict)
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
    digest = sha256(text.encode(errors="surrogatepass")).hexdigest()
    if digest in _parsed_before():
        return _dated(_parsed_before()[digest]), replace(place, spots=_Late(text))
    from hashgrade.law.yaml import NotYamlError, parsed  # noqa: PLC0415 - ruamel is slow to import

    try:
        found = parsed(text)
    except NotYamlError as error:
        spots: Spots = {(): error.spot} if error.spot else {}
        raise replace(place, spots=spots).error(FAMILIES[family][0], str(error), error.hint) from error
    return found.tree, replace(place, spots=_spots(found))


@cache
def _parsed_before() -> Mapping[str, object]:
    """The trees of the package's YAML, by the digest of its text."""
    path = DATA / "parsed.json"
    entries = json.loads(path.read_bytes()).values() if path.exists() else ()
    return {entry["sha256"]: entry["tree"] for entry in entries}


def _dated(tree: object) -> object:
    if isinstance(tree, dict):
        if tree.keys() == {DAY}:
            return date.fromisoformat(tree[DAY])
        return {key: _dated(value) for key, value in tree.items()}
    return [_dated(value) for value in tree] if isinstance(tree, list) else tree


def _spots(found: "Parsed") -> Spots:
    return {**found.values, **{(*path, _KEY): spot for path, spot in found.keys.items()}}


class _Late(Mapping[Path_, tuple[int, int]]):
    """The spots of a text whose tree is known: it is parsed when the first error asks where it is."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _found(self) -> Spots:
        from hashgrade.law.yaml import parsed  # noqa: PLC0415 - ruamel is slow to import

        return _spots(parsed(self._text))

    def __getitem__(self, path: Path_) -> tuple[int, int]:
        return self._found[path]

    def __iter__(self) -> Iterator[Path_]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def read_file(path: Path, family: str = "CON", file: str = "") -> tuple[object, Place]:
    """`read` the file at `path`.

    Raises:
        InputError: PACK-01 or CON-01, there is no such file, or it is not YAML in UTF-8.
    """
    name = file or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason, to_do = "it is not UTF-8", "save it as plain text in UTF-8"
        if isinstance(error, OSError):
            reason, to_do = str(error.strerror), "see that the file is there, and that you may read it"
        raise InputError(FAMILIES[family][0], f"the file cannot be read: {reason}", where=name, to_do=to_do) from error
    return read(text, name, family)


def folders(parent: Path, file: str) -> tuple[str, ...]:
    """The names of the folders in `parent` that hold `file`, sorted."""
    return tuple(sorted(path.parent.name for path in parent.glob(f"*/{file}")))


def located(name_or_folder: str) -> tuple[str, Path | None]:
    """A pack's name, and the folder of packs it lies in: None for one of the package.

    Where the words are the path of a folder that holds a `pack.yaml`, or of that file, they mean that pack.
    """
    place = Path(name_or_folder)
    place = place.parent if place.name == "pack.yaml" else place
    if (place / "pack.yaml").is_file():
        whole = place.resolve()
        return whole.name, place.parent if place.name == whole.name else whole.parent
    return name_or_folder, None


def is_folder(name: str) -> bool:
    """Whether the words that were to name a pack are the path of a folder."""
    return Path(name).is_dir()


def called(pack_id: str, folder: Path | None, file: str) -> str:
    """What people know a file of a pack by: its path, or its place in the package where `folder` is None."""
    return f"packs/{pack_id}/{file}" if folder is None else str(folder / pack_id / file)


def text_at(path: Path) -> str:
    """The text of a file, empty where there is none."""
    return path.read_text(encoding="utf-8") if path.is_file() else ""

"""One record as one JSON line, both ways. Pure; keys we do not know are kept as they came."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import lru_cache
from math import isinf
from typing import Any, NoReturn, TypeAlias

from hashgrade.errors import InputError
from hashgrade.law import grades
from hashgrade.law.segments import as_trees, segments_of
from hashgrade.law.vocabulary import CANNOT_DETERMINE
from hashgrade.nouns import (
    Answer,
    Coding,
    Confirmation,
    Grade,
    Item,
    Kind,
    Known,
    Reading,
    Report,
    Segment,
    Settlement,
    Sighting,
)

Record: TypeAlias = Report | Item | Sighting | Reading | Settlement | Coding | Confirmation
Read: TypeAlias = Callable[[object], Any]

TEXT_MAX = 10_000
DEPTH_MAX = 32
INTEGER_MAX = 2**63 - 1
ANSWERS_MAX = 100
ID = re.compile(r"[a-z0-9][a-z0-9_]{0,79}")
STUDY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")


class Unfit(Exception):
    """A value is not what its key takes; says what was expected. `parsed` turns it into an error with a place."""


def written(record: Record) -> bytes:
    """Give the record as a JSON line that `parsed` reads back as the same record, and always the same bytes.

    Most keys are there always, null where unknown; some (`size_bytes`, `seconds_visible`, ...) only where known.
    Those that we were given and do not know come last.
    """
    name, keys = _FORMS[type(record)]
    line: dict[str, object] = {"type": name}
    for key, (_read, need) in keys.items():
        value = getattr(record, key)
        if value is not None or need is not _IF_KNOWN:
            line[key] = _plain(value)
    if isinstance(record, Reading | Settlement):
        line |= grades.as_json(record.grade)
    if isinstance(record, Reading | Settlement) and record.segments:
        line["segments"] = as_trees(record.segments)
    return json.dumps({**line, **record.extra}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def parsed(line: bytes, where: str = "") -> Record:
    """Read one line into the record it states.

    Args:
        line: UTF-8 JSON, one object.
        where: `file:line`, to which errors add the column.

    Raises:
        InputError: LIN-01, it is not JSON; LIN-02, the type is unknown; LIN-03, a key is missing; LIN-04, a key
            has a value it cannot have; GRA-01 to GRA-04, the grade is not one; GRD-18, GRD-19, its segments are none.
    """
    tree = _tree(line, where)
    kind = _kind(tree, line, where)
    _name, keys = _FORMS[kind]
    given = {key: _value(tree, key, form, line, where) for key, form in keys.items()}
    known = keys.keys() | {"type"}
    if kind in (Reading, Settlement):
        if tree.get("facts") is None:  # a settlement replaces every answer: half a line must not pass for an empty one
            raise _missing("facts", where)
        given["grade"] = grade = _grade(tree, where)
        given["segments"] = _segments(tree, grade, where)
        known |= {"facts", "children", "segments"}
    given["extra"] = {key: value for key, value in tree.items() if key not in known}
    made: Record = kind(**given)
    return made


def _tree(line: bytes, where: str) -> dict[str, Any]:
    try:
        text = line.decode().rstrip("\r\n")
        tree = json.loads(text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_once)
        if b"\\ud" in line.lower():
            json.dumps(tree, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise InputError("LIN-01", "the line holds half of a surrogate pair", where=_at(where, 0)) from None
    except UnicodeDecodeError as error:
        raise InputError("LIN-01", "the line is not UTF-8", where=_at(where, error.start)) from None
    except json.JSONDecodeError as error:
        said = error.msg[0].lower() + error.msg[1:]
        raise InputError("LIN-01", f"the line is not JSON: {said}", where=_at(where, error.pos)) from None
    except (ValueError, RecursionError) as error:
        said = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        raise InputError("LIN-01", f"the line is not JSON: {said}", where=_at(where, 0)) from None
    if not isinstance(tree, dict):
        raise InputError("LIN-01", "expected one JSON object on the line", where=_at(where, 0))
    if not _within(tree, DEPTH_MAX):
        raise InputError("LIN-01", f"the line is nested more than {DEPTH_MAX} deep", where=_at(where, 0))
    return tree


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _finite(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise ValueError("a number is too large")
    return number


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) < len(pairs):
        raise ValueError("a key is given twice")
    return tree


def _within(tree: object, depth: int) -> bool:
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    deeper = [one for one in inner if isinstance(one, (dict, list))]
    return depth > 0 and all(_within(one, depth - 1) for one in deeper)


def _at(where: str, offset: int) -> str:
    return f"{where}:{offset + 1}"


def _at_key(where: str, line: bytes, key: str) -> str:
    """Point at a key of the line's object, never at a word inside a value; at the start where the key is missing."""
    text, scan = line.decode(), json.JSONDecoder().raw_decode
    place = _next(text, text.index("{") + 1)
    while text[place] == '"':
        name, end = scan(text, place)
        if name == key:
            return _at(where, place)
        _its_value, end = scan(text, _next(text, end))
        place = _next(text, end)
    return _at(where, 0)


def _next(text: str, place: int) -> int:
    while text[place] in " \t\r\n,:":
        place += 1
    return place


def _kind(tree: Mapping[str, Any], line: bytes, where: str) -> type[Any]:
    name = tree.get("type")
    for kind, (own, _keys) in _FORMS.items():
        if name == own:
            return kind
    names = [own for own, _keys in _FORMS.values()]
    if name is None:
        raise InputError("LIN-02", f"the key `type` is missing; it is one of {', '.join(names)}", where=_at(where, 0))
    near = get_close_matches(str(name), names, n=1)
    hint = f"; did you mean `{near[0]}`?" if near else ""
    raise InputError("LIN-02", f"`type` is none of {', '.join(names)}{hint}", where=_at_key(where, line, "type"))


def _value(tree: Mapping[str, Any], key: str, form: tuple[Read, object], line: bytes, where: str) -> object:
    read, need = form
    value = tree.get(key)
    if value is None and need is _NEEDED:
        raise _missing(key, where)
    if value is None:
        return Kind.OTHER if key == "kind" else None
    try:
        return read(value)
    except Unfit as unfit:
        raise InputError("LIN-04", f"`{key}`: expected {unfit}", where=_at_key(where, line, key)) from None


def _missing(key: str, where: str) -> InputError:
    return InputError("LIN-03", f"the key `{key}` is missing", where=_at(where, 0))


def _grade(tree: Mapping[str, Any], where: str) -> Grade:
    try:
        return _grade_of(json.dumps({key: tree[key] for key in ("facts", "children") if key in tree}))
    except InputError as error:
        place = f"{where}: {error.where}" if error.where else where
        raise InputError(error.code, error.what, where=place, excerpt=error.excerpt, to_do=error.to_do) from None


def _segments(tree: Mapping[str, Any], grade: Grade, where: str) -> tuple[Segment, ...]:
    try:
        return segments_of(tree.get("segments"), grade)
    except InputError as error:
        raise InputError(error.code, error.what, where=f"{where}: {error.where}", excerpt=error.excerpt) from None


@lru_cache(maxsize=4096)
def _grade_of(text: str) -> Grade:
    """Check each different grade once: most of a long file's readings say what others said."""
    return grades.grade_of(json.loads(text))


def _hex(length: int) -> Read:
    shape = re.compile(f"[0-9a-f]{{{length}}}")

    def read(value: object) -> str:
        text = value.lower() if isinstance(value, str) else ""
        if not shape.fullmatch(text):
            raise Unfit(f"{length} hexadecimal characters")
        return text

    return read


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= TEXT_MAX or "\0" in value:
        raise Unfit(f"text of 1 to {TEXT_MAX} characters")
    return value


def _study(value: object) -> str:
    if not isinstance(value, str) or not STUDY.fullmatch(value):
        raise Unfit("a study's name: letters, digits, `_` and `-`")
    return value


def _answers(value: object) -> dict[str, Answer]:
    if not isinstance(value, dict) or not 0 < len(value) <= ANSWERS_MAX or not all(map(ID.fullmatch, value)):
        raise Unfit(f"1 to {ANSWERS_MAX} questions by their ids, each with its answer")
    return {key: _answer(value[key], key) for key in sorted(value)}


def _answer(value: object, key: str) -> Answer:
    """One id, or the sorted ids of a list; what cannot be determined stands alone."""
    listed = value if isinstance(value, list) else [value]
    given = sorted({one for one in listed if isinstance(one, str) and ID.fullmatch(one)})
    if not given or len(given) < len(listed):
        raise Unfit(f"a value's id for `{key}`, or a list of some, each once")
    if CANNOT_DETERMINE in given and len(given) > 1:
        raise Unfit(f"`{CANNOT_DETERMINE}` alone for `{key}`")
    return tuple(given) if isinstance(value, list) and given != [CANNOT_DETERMINE] else given[0]


def _whole(most: int) -> Read:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise Unfit(f"a whole number from 0 to {most}")
        return value

    return read


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < INTEGER_MAX:
        raise Unfit("a number of seconds, 0 or more")
    return float(value)


def _yes_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise Unfit("true or false")
    return value


def _time(value: object) -> datetime:
    at = _aware(value)
    if at is None:
        raise Unfit("a time with its zone, such as 2023-04-01T09:00:00Z")
    return at


def _aware(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(value if isinstance(value, str) else "")
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _one_of(words: type[Kind] | type[Known]) -> Read:
    def read(value: object) -> object:
        try:
            return words(value)  # type: ignore[arg-type]
        except ValueError:
            raise Unfit(f"one of {', '.join(words)}") from None

    return read


_NEEDED, _OPEN, _IF_KNOWN = "needed", "null where unknown", "left out where unknown"
_SHA256 = (_hex(64), _NEEDED)

_FORMS: dict[type[Any], tuple[str, dict[str, tuple[Read, object]]]] = {
    Report: ("report", {
        "report": (_text, _NEEDED), "source": (_text, _NEEDED), "received_at": (_time, _NEEDED),
        "outcome": (_text, _OPEN),
    }),
    Item: ("item", {
        "sha256": _SHA256, "md5": (_hex(32), _OPEN), "sha1": (_hex(40), _OPEN), "kind": (_one_of(Kind), _OPEN),
        "pdq": (_hex(64), _OPEN), "pdq_quality": (_whole(100), _OPEN), "first_seen": (_time, _NEEDED),
        "known": (_one_of(Known), _OPEN), "size_bytes": (_whole(INTEGER_MAX), _IF_KNOWN),
        "width": (_whole(2**31 - 1), _IF_KNOWN), "height": (_whole(2**31 - 1), _IF_KNOWN),
        "pdq_as_displayed": (_hex(64), _IF_KNOWN),
    }),
    Sighting: ("sighting", {
        "sha256": _SHA256, "url": (_text, _NEEDED), "report": (_text, _OPEN), "seen_at": (_time, _NEEDED),
        "site_type": (_text, _OPEN), "original_upload": (_yes_no, _OPEN),
    }),
    Reading: ("reading", {
        "sha256": _SHA256, "reader": (_text, _NEEDED), "at": (_time, _NEEDED), "seconds_visible": (_seconds, _IF_KNOWN),
        "supersedes": (_time, _IF_KNOWN),
    }),
    Settlement: ("settlement", {"sha256": _SHA256, "by": (_text, _NEEDED), "at": (_time, _NEEDED)}),
    Confirmation: ("confirmation", {
        "sha256": _SHA256, "leader": _SHA256, "by": (_text, _NEEDED), "at": (_time, _NEEDED),
        "like": (_yes_no, _NEEDED), "taken_back": (_time, _IF_KNOWN),
    }),
    Coding: ("coding", {
        "study": (_study, _NEEDED), "sha256": _SHA256, "coder": (_text, _NEEDED), "at": (_time, _NEEDED),
        "answers": (_answers, _NEEDED), "supersedes": (_time, _IF_KNOWN),
    }),
}

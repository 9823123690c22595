"""Project VIC (VICS) JSON: 2.0 written, 1.3 and 2.0 read, both record by record.

Files of hundreds of megabytes are common, so nothing here holds more than one record.
`Miniature`, a thumbnail, is never read in nor written out. Field facts are those of
public readers and writers: a byte order mark, booleans as strings and several entries
per file all occur.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TextIO

from hashgrade.errors import InputError, kind_of
from hashgrade.exchange.listed import Listed, hexed, recognisable, whole
from hashgrade.law import crosswalk
from hashgrade.law.crossing import sent
from hashgrade.nouns import Grade, Kind

CONTEXT = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/Default/$metadata#Media"
READ_CHARS = 64 * 1024
RECORD_CHARS_MAX = 16 * 1024 * 1024
BYTES_MAX = 2**63 - 1
ALTERNATIVES = {"SHA256": "sha256", "SHA-256": "sha256", "PDQ": "pdq"}
BOOLEANS = (
    "VictimIdentified", "OffenderIdentified", "IsDistributed", "IsSuspected", "SelfGenerated", "IsPrecategorized")
SPACE = " \t\r\n"
_COMPACT = json.JSONEncoder(separators=(",", ":")).encode


HEAD = f'{{"@odata.context":{json.dumps(CONTEXT)},"value":[\n'
BETWEEN = ",\n"
TAIL = "\n]}\n"
"""A hash set is HEAD, records with BETWEEN between them, and TAIL."""


def record(one: Listed, updated_at: datetime) -> str:
    """Write one Media record; the line must have an MD5, which VICS demands.

    MediaID is the first 63 bits of the strongest digest, so that it is the same in every edition. Category and the
    flags are those that the crosswalk `vics` has for the verdicts and the grade: Category is null while undecided,
    and a flag that nobody answered is left out, never false.

    Args:
        one: What to write; its `extra` is written as it is.
        updated_at: Aware; the record's `DateUpdated`, in whole seconds as the manifest's `issued_at`.
    """
    if not one.md5:
        raise ValueError("a VICS record needs an MD5")
    extra = {key: value for key, value in one.extra.items() if key != "Miniature"}
    carried = [("SHA256", one.sha256), ("PDQ", one.pdq)]
    others = [{"HashName": name, "HashValue": value} for name, value in carried if value]
    strangers = extra.pop("AlternativeHashes", [])
    return _COMPACT({
        "MediaID": int((one.sha256 or one.md5)[:16], 16) >> 1,
        "Category": None,
        "MD5": one.md5.upper(),
        "SHA1": one.sha1.upper() if one.sha1 else None,
        "AlternativeHashes": others + (strangers if isinstance(strangers, list) else []),
        "MediaSize": one.size_bytes,
        "DateUpdated": updated_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    } | sent(one.grade or Grade(), one.verdicts, crosswalk.load("vics")) | extra)


def read(stream: TextIO, where: str = "vics.json") -> Iterator[Listed | InputError]:
    """Read a hash set or a case, giving each medium as a line of a list or as the error that is in it.

    Raises:
        InputError: VIC-01, from the place shown on the text is not JSON; what came before has been given.
            VIC-02, it is JSON, and not VICS.
    """
    text = _Text(stream, where)
    for place, media in _medias(text):
        try:
            yield _listed(media, place)
        except InputError as error:
            yield error


def _listed(media: object, where: str) -> Listed:
    if not isinstance(media, dict):
        raise InputError("VIC-02", f"expected a Media record, got {kind_of(media)}", where=where)
    extra = {key: value for key, value in media.items() if key != "Miniature"}
    alternatives, strangers = _alternatives(extra.pop("AlternativeHashes", None))
    if strangers:
        extra["AlternativeHashes"] = strangers
    for name in BOOLEANS:
        if isinstance(extra.get(name), str):
            extra[name] = {"true": True, "false": False}.get(extra[name].lower(), extra[name])
    return recognisable(Listed(
        md5=hexed("md5", extra.pop("MD5", None), where), sha1=hexed("sha1", extra.pop("SHA1", None), where),
        sha256=hexed("sha256", alternatives.get("sha256"), where), pdq=hexed("pdq", alternatives.get("pdq"), where),
        size_bytes=whole("MediaSize", extra.pop("MediaSize", None), BYTES_MAX, where),
        kind=_kind(extra.get("MimeType")), extra=extra), where)


def _alternatives(given: object) -> tuple[dict[str, object], list[object]]:
    known: dict[str, object] = {}
    strangers: list[object] = []
    for one in given if isinstance(given, list) else []:
        name = ALTERNATIVES.get(str(one.get("HashName")).upper()) if isinstance(one, dict) else None
        if name and name not in known:
            known[name] = one.get("HashValue")
        else:
            strangers.append(one)
    return known, strangers


def _kind(mime: object) -> Kind | None:
    word = mime.partition("/")[0].lower() if isinstance(mime, str) else ""
    return Kind(word) if word in ("image", "video") else None


class _Text:
    """JSON text read a little at a time: one value, or one character, from where reading stands."""

    def __init__(self, stream: TextIO, where: str) -> None:
        self._stream, self._where = stream, where
        self._text, self._at = "", 0
        self._counted, self._line, self._column = 0, 1, 1
        self._ended = False
        self._decoder = json.JSONDecoder()
        if self.peek() == "\ufeff":
            self._at += 1

    def place(self, ahead: int = 0) -> str:
        """Tell file:line:column of where reading stands, or of some characters further on."""
        self._count(self._at)
        passed = self._text[self._at:self._at + ahead]
        lines = passed.count("\n")
        column = len(passed) - passed.rfind("\n") if lines else self._column + len(passed)
        return f"{self._where}:{self._line + lines}:{column}"

    def peek(self) -> str:
        """Skip blanks and give the next character without taking it; empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in SPACE:
                self._at += 1
            if self._at < len(self._text) or self._ended:
                return self._text[self._at:self._at + 1]
            self._more(READ_CHARS)

    def take(self, *wanted: str) -> str:
        """Take the next character, which must be one of `wanted`."""
        found = self.peek()
        if found not in wanted or not found:
            expected = " or ".join(map(repr, wanted))
            raise self._unexpected(f"expected {expected}, got {found!r}" if found else "the file ends here")
        self._at += 1
        return found

    def value(self) -> object:
        """Take one whole JSON value, reading on until it is complete."""
        self.peek()
        while True:
            try:
                found, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._ended or len(self._text) - self._at > RECORD_CHARS_MAX:
                    raise self._unexpected(error.msg, error.pos - self._at) from None
            except (ValueError, RecursionError):
                raise self._unexpected("a number is too long, or the nesting too deep") from None
            else:
                # A number that ends where the text ends may go on in what was not read yet.
                if end < len(self._text) or self._ended:
                    self._at = end
                    return found
            self._more(max(READ_CHARS, len(self._text) - self._at))

    def _more(self, chars: int) -> None:
        self._count(self._at)
        read = self._stream.read(chars)
        self._text, self._at, self._counted, self._ended = self._text[self._at:] + read, 0, 0, not read

    def _count(self, end: int) -> None:
        """Bring line and column up to `end`; what was counted is never counted again."""
        lines = self._text.count("\n", self._counted, end)
        start = self._text.rfind("\n", self._counted, end) if lines else self._counted - self._column
        self._counted, self._line, self._column = end, self._line + lines, end - start

    def _unexpected(self, what: str, ahead: int = 0) -> InputError:
        return InputError("VIC-01", f"this is not JSON: {what}", where=self.place(ahead))


def _medias(text: _Text) -> Iterator[tuple[str, object]]:
    found = False
    for key in _keys(text):
        if key == "value" and text.peek() == "[":
            found = True
            yield from _values(text)
        else:
            text.value()
    if not found:
        raise InputError("VIC-02", "expected an object with a `value` array, got none", where=text.place())


def _values(text: _Text) -> Iterator[tuple[str, object]]:
    """Give the media of `value`: they are its elements, or those of `Media` of each element that is a case.

    The first element tells which it is, as public readers do; a case is never read whole.
    """
    case: bool | None = None
    for place in _elements(text):
        if case is not False and text.peek() == "{":
            record: dict[str, object] = {}
            medias = 0
            for key in _keys(text):
                if key == "Media" and text.peek() == "[":
                    medias += 1
                    for inner in _elements(text):
                        yield inner, text.value()
                else:
                    record[key] = text.value()
            case = bool(medias)
            if not case:
                yield place, record
        else:
            yield place, text.value()


def _keys(text: _Text) -> Iterator[str]:
    """Walk an object: give each key when reading stands before its value, which the caller must take."""
    text.take("{")
    if text.peek() == "}":
        text.take("}")
        return
    while True:
        if text.peek() != '"':
            text.take('"')
        key = str(text.value())
        text.take(":")
        yield key
        if text.take(",", "}") == "}":
            return


def _elements(text: _Text) -> Iterator[str]:
    """Walk an array: give the place of each element, which the caller must take."""
    text.take("[")
    if text.peek() == "]":
        text.take("]")
        return
    while True:
        text.peek()
        yield text.place()
        if text.take(",", "]") == "]":
            return


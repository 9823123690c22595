"""One line of a hash list, whatever the format it travels in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from hashgrade.errors import InputError, kind_of
from hashgrade.nouns import Grade, Kind

HEX_CHARS = {"sha256": 64, "md5": 32, "sha1": 40, "pdq": 64}
_HEX = {name: re.compile(rf"[0-9a-fA-F]{{{length}}}") for name, length in HEX_CHARS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a list says of one medium; absent is None, and what we do not know stays in `extra`.

    Digests and `pdq` are lower-case hex. `verdicts` maps a pack's id to its outcome, and
    has no key for a pack that is undecided. `grade` is the grade of record, of an item of ours.
    """

    sha256: str | None = None
    md5: str | None = None
    sha1: str | None = None
    pdq: str | None = None
    pdq_quality: int | None = None
    kind: Kind | None = None
    size_bytes: int | None = None
    verdicts: Mapping[str, str] = field(default_factory=dict)
    grade: Grade | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


def hexed(name: str, text: object, where: str) -> str | None:
    """Check one digest or code by its name and give it in lower case; None where there is none.

    Raises:
        InputError: LST-02, it is not the hex of that length.
    """
    if text is None or text == "":
        return None
    if not isinstance(text, str) or not _HEX[name].fullmatch(text):
        raise InputError("LST-02", f"`{name}` is not {HEX_CHARS[name]} hex characters, got {_told(text)}", where=where)
    return text.lower()


def whole(name: str, text: object, most: int, where: str) -> int | None:
    """Check one whole number from 0 to `most`, given as a number or its digits; None where there is none.

    Raises:
        InputError: LST-03, it is something else.
    """
    if text is None or text == "":
        return None
    digits = str(text) if isinstance(text, int | str) and not isinstance(text, bool) else ""
    if re.fullmatch(r"[0-9]{1,19}", digits) and int(digits) <= most:
        return int(digits)
    raise InputError("LST-03", f"`{name}` is not a whole number from 0 to {most}, got {_told(text)}", where=where)


def recognisable(listed: Listed, where: str) -> Listed:
    """Give the line back if a medium can be recognised by it.

    Raises:
        InputError: LST-04, it has neither a digest nor a PDQ code.
    """
    if listed.sha256 or listed.md5 or listed.sha1 or listed.pdq:
        return listed
    raise InputError("LST-04", "expected a digest or a PDQ code, got none", where=where)


def _told(text: object) -> str:
    # Lists are as sensitive as media: a message tells the shape of a wrong cell, not what is in it.
    return f"{len(text)} characters" if isinstance(text, str) else kind_of(text)

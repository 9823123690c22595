"""Hash lists as CSV: written so that no cell is a formula, read row by row.

A cell that begins with one of `= + - @ ' tab CR` gets a `'` in front, which a reader of
ours takes off again; a spreadsheet shows it as text.
Source: OWASP, 'CSV Injection'.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence

from hashgrade.errors import InputError
from hashgrade.exchange.listed import HEX_CHARS, Listed, hexed, recognisable, whole
from hashgrade.law.crossing import answers
from hashgrade.law.crosswalk import Crosswalk
from hashgrade.nouns import Grade, Kind

LABEL_COLUMNS = ("sha256", "fact", "value", "ucs")
COLUMNS = ("sha256", "md5", "sha1", "pdq", "pdq_quality", "kind")
LIVE = ("=", "+", "-", "@", "\t", "\r", "'")


class _Line:
    """A file of one line, so that the csv writer hands each row back as text."""

    def write(self, text: str) -> str:
        return text


_ROW = csv.writer(_Line(), lineterminator="\n").writerow


def header(packs: Sequence[str] = (), extra: Sequence[str] = ()) -> str:
    """Write the first line: our columns, one for each pack, one for each key of `Listed.extra` named."""
    return str(_ROW([neutral(name) for name in (*COLUMNS, *packs, *extra)]))


def row(one: Listed, packs: Sequence[str] = (), extra: Sequence[str] = ()) -> str:
    """Write one line of a list; the outcome of a pack that is undecided is empty."""
    # Digests are hex and numbers are digits: only what others named can be live.
    plain = [one.sha256, one.md5, one.sha1, one.pdq, one.pdq_quality, one.kind]
    named = [one.verdicts.get(pack, "") for pack in packs] + [str(one.extra.get(key, "")) for key in extra]
    return str(_ROW(plain + [neutral(cell) for cell in named]))


def label_header() -> str:
    """Write the first line of the answers behind a list."""
    return str(_ROW(LABEL_COLUMNS))


def label_rows(one: Listed, ucs: Crosswalk) -> Iterator[str]:
    """Write a line for each answer that the grade has from the vocabulary's lists, with its id in the UCS or none.

    What could not be determined is no answer, and has no line.
    """
    for fact, value, _ in answers(one.grade or Grade(), {}, ucs):
        for entry in ucs.by_value.get((fact, str(value)), ()):
            yield str(_ROW([one.sha256, fact, value, neutral(str(entry.code or ""))]))


def read(text: Iterable[str], where: str = "list.csv") -> Iterator[Listed | InputError]:
    """Read a list, giving each row as a line of the list or as the error that is in it.

    Columns are known by name, in any order and letter case; unknown ones are kept in
    `extra`. A header without a comma may be cut by semicolons, as INTERPOL's is.

    Args:
        text: The file's lines, with their line ends.
        where: What errors call the file.

    Raises:
        InputError: LST-01, the header names no digest and no PDQ code, or a column twice.
    """
    lines = iter(text)
    first = next(lines, "").removeprefix("\ufeff")
    delimiter = ";" if ";" in first and "," not in first else ","
    columns = _columns(next(csv.reader([first], delimiter=delimiter), []), where)
    rows = csv.reader(lines, delimiter=delimiter)
    while True:
        place = f"{where}:{rows.line_num + 2}"
        try:
            cells = next(rows)
            if cells:
                yield _listed(columns, cells, place)
        except StopIteration:
            return
        except csv.Error as error:
            yield InputError("LST-05", f"the row is not CSV: {error}", where=place)
        except InputError as error:
            yield error


def neutral(cell: str) -> str:
    """Make a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(LIVE) else cell


def _spoken(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(LIVE) else cell


def _columns(header: Sequence[str], where: str) -> list[str]:
    names = [_spoken(name).strip() for name in header]
    names = [name.lower() if name.lower() in COLUMNS else name for name in names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError("LST-01", f"the header names `{twice[0]}` twice", where=f"{where}:1")
    if not set(names) & set(HEX_CHARS):
        raise InputError("LST-01", f"the header has none of {', '.join(HEX_CHARS)}", where=f"{where}:1")
    return names


def _listed(columns: Sequence[str], cells: Sequence[str], where: str) -> Listed:
    if len(cells) != len(columns):
        raise InputError("LST-05", f"the row has {len(cells)} cells, expected {len(columns)}", where=where)
    row = {name: _spoken(cell) for name, cell in zip(columns, cells, strict=True)}
    sha256, md5, sha1, pdq = (hexed(name, row.pop(name, "").strip(), where) for name in HEX_CHARS)
    quality = whole("pdq_quality", row.pop("pdq_quality", "").strip(), 100, where)
    kind = _kind(row.pop("kind", "").strip().lower(), where)
    return recognisable(
        Listed(sha256=sha256, md5=md5, sha1=sha1, pdq=pdq, pdq_quality=quality, kind=kind, extra=row), where)


def _kind(cell: str, where: str) -> Kind | None:
    if cell in {"", *Kind}:
        return Kind(cell) if cell else None
    raise InputError("LST-03", f"`kind` is not one of {', '.join(Kind)}", where=where)

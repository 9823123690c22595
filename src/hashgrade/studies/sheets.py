"""Coding sheets: which media are to be coded, as a CSV file to be filled in, and what is filled in as codings."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from io import StringIO
from pathlib import Path

from hashgrade.errors import InputError
from hashgrade.law.load import did_you_mean
from hashgrade.nouns import Answer, Coding
from hashgrade.studies.coded import check_one
from hashgrade.studies.study import Question, Study

OWN = ("stratum", "sha256")
DIGEST = re.compile(r"[0-9a-f]{64}")
BETWEEN = re.compile(r"[\s;,|]+")
"""What may stand between the values of a question that takes many."""


def to_fill_in(study: Study, media: Iterable[tuple[str, str]]) -> str:
    """The sheet of a study's sample: a row for each medium, and an empty column for each question of its protocol.

    Args:
        study: Its protocol gives the columns.
        media: The stratum and SHA-256 of each medium, as studies.count.drawn gives them.
    """
    questions = [*study.sample.protocol] if study.sample else []
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*OWN, *questions])
    writer.writerows([stratum, digest, *("" for _ in questions)] for stratum, digest in media)
    return out.getvalue()


def filled_in(study: Study, file: Path, by: tuple[str, datetime], mine: Mapping[str, Coding]
              ) -> Iterator[tuple[int, Coding | InputError]]:
    """What a sheet says, each row with its line: a coding, or what is wrong; rows that nobody filled in are left out.

    What a spreadsheet makes of a sheet is read too: columns in another order, with `;` or tabs between them. Where
    the coder has coded a medium already, the coding corrects that, unless it says the same.

    Args:
        study: Whose protocol gives the columns.
        file: The sheet, CSV in UTF-8.
        by: The coder, and the time of the codings.
        mine: The coder's last coding of each medium for this study, by SHA-256.

    Raises:
        InputError: STU-47, the file is no sheet of this study; CMD-02, it is not text in UTF-8.
    """
    protocol = study.sample.protocol if study.sample else {}
    rows = _rows(file)
    columns = [column.strip() for column in next(rows, [])]
    _check_columns(columns, protocol, str(file))
    for line, row in enumerate(rows, 2):
        cells = {column: cell.strip() for column, cell in zip(columns, row, strict=False)}
        given = {key: _answer(cells[key], protocol[key]) for key in sorted(protocol) if cells.get(key)}
        answers = {key: answer for key, answer in given.items() if answer}
        if any(map(str.strip, row[len(columns):])):
            said = f"the row has {len(row)} cells, and the sheet has {len(columns)} columns"
            yield line, InputError("STU-47", said, to_do="put several values in quotes, or a `|` between them")
        elif answers:
            yield line, _coding(study, cells.get("sha256", "").lower(), answers, by, mine)


def _rows(file: Path) -> Iterator[list[str]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        said = "this is not text in UTF-8"
        raise InputError("CMD-02", said, where=str(file), to_do="save it as CSV in UTF-8") from None
    return csv.reader(text.splitlines(), delimiter=max(",;\t", key=text.partition("\n")[0].count))


def _check_columns(columns: list[str], protocol: Mapping[str, Question], file: str) -> None:
    for column in columns:
        if column not in (*OWN, *protocol):
            said = f"the protocol has no question `{column[:40]}`, which is a column here"
            raise InputError("STU-47", said, where=f"{file}:1:1", excerpt=did_you_mean(column, [*protocol]))
    if "sha256" not in columns or len(set(columns)) < len(columns):
        said = "a column stands twice" if "sha256" in columns else "the column `sha256` is missing"
        raise InputError("STU-47", said, where=f"{file}:1:1")


def _coding(study: Study, digest: str, answers: Mapping[str, Answer], by: tuple[str, datetime],
            mine: Mapping[str, Coding]) -> Coding | InputError:
    if not DIGEST.fullmatch(digest):
        return InputError("STU-47", "`sha256` is 64 hexadecimal characters, and these are not")
    before = mine.get(digest)
    if before and before.answers == answers:
        return before
    coding = Coding(sha256=digest, study=study.name, coder=by[0], at=by[1], answers=answers,
                    supersedes=before.at if before else None)
    try:
        check_one(study, coding)
    except InputError as error:
        return error
    return coding


def _answer(cell: str, question: Question) -> Answer:
    values = sorted(set(BETWEEN.split(cell)) - {""}) if question.many else [cell]
    return tuple(values) if question.many and values != ["cannot_determine"] else values[0]

"""What was coded of a sample's media: what all coders of a medium agree on, question by question."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hashgrade.errors import InputError
from hashgrade.law.condition import literal
from hashgrade.law.load import did_you_mean
from hashgrade.law.vocabulary import CANNOT_DETERMINE
from hashgrade.nouns import Coding
from hashgrade.studies.study import Question, Study

if TYPE_CHECKING:
    import duckdb

ON_FILE = """
SELECT question, value, len(answer) > 1 AS several, count(*) AS times FROM (
  SELECT *, unnest(answer) AS value FROM codings WHERE study = {study}) GROUP BY ALL ORDER BY ALL"""


def of_record(codings: Sequence[Coding]) -> Mapping[str, tuple[str, ...]]:
    """What is on record of one medium in one study: every question that all its coders answer alike.

    Each coder's last coding counts. A question that only some of them answered is one on which they differ, as
    it is of readings. Twin: the query in studies.count.

    Args:
        codings: All codings of one medium for one study, those that were corrected too.
    """
    last = {one.coder: one for one in sorted(codings, key=lambda one: one.at)}
    said = [{key: _values(answer) for key, answer in one.answers.items()} for one in last.values()]
    return {key: answer for key, answer in (said[0] if said else {}).items()
            if all(one.get(key) == answer for one in said)}


def _values(answer: str | tuple[str, ...]) -> tuple[str, ...]:
    return (answer,) if isinstance(answer, str) else tuple(sorted(answer))


def check(study: Study, database: "duckdb.DuckDBPyConnection") -> None:
    """Refuse what is coded for a study that its protocol does not have: a question, a value, or several values.

    Raises:
        InputError: STU-47, some coding has it; the place is that of the protocol.
    """
    protocol = study.sample.protocol if study.sample else {}
    if protocol:
        query = ON_FILE.format(study=literal(study.name))
        for key, value, several, times in database.execute(query).fetchall():
            if said := unfit(protocol, key, value, several=several):
                at = study.place.at("sample", "protocol", *([key] if key in protocol else []))
                raise at.error("STU-47", f"{said} ({times} codings on file)")


def check_one(study: Study, coding: Coding) -> None:
    """Refuse a coding for this study that its protocol does not have.

    Raises:
        InputError: STU-47, it has a question, a value or several values that the protocol does not have, or
            a question without a value.
    """
    protocol = study.sample.protocol if study.sample and coding.study == study.name else None
    for key, answer in coding.answers.items() if protocol is not None else ():
        values = _values(answer)
        if not values:
            raise InputError("STU-47", f"`{key}` is coded with no value; leave it out where it is not answered")
        if CANNOT_DETERMINE in values and len(values) > 1:
            raise InputError("STU-47", f"`{CANNOT_DETERMINE}` of `{key}` stands alone, and other values are beside it")
        for value in values:
            if said := unfit(protocol or {}, key, value, several=len(values) > 1):
                raise InputError("STU-47", said)


def unfit(protocol: Mapping[str, Question], key: str, value: str, *, several: bool) -> str:
    """Why a protocol does not take this answer; empty where it does."""
    question = protocol.get(key)
    if not question:
        return "; ".join(filter(None, (f"the protocol has no question `{key}`", did_you_mean(key, [*protocol]))))
    known = [*question.values, CANNOT_DETERMINE]
    if value not in known:
        return "; ".join(filter(None, (f"`{key}` is never `{value}`", did_you_mean(value, known))))
    return f"`{key}` takes one value, and several are coded" if several and not question.many else ""

"""The names that tables may ask by beyond the vocabulary: of reports, and of a sample's protocol.

What a report says of itself is free text, so that its values are those on record. A report repeats
another where its outcome is `duplicate`, or where its record names the one that it repeats.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol as Shape

from hashgrade.law.condition import Words, words
from hashgrade.law.vocabulary import Fact
from hashgrade.nouns import Report

DUPLICATE = "duplicate"
DUPLICATE_OF = "duplicate_of"
REPORT: Mapping[str, Fact] = {
    "source": Fact("source", "R", "text", {}, label="Source"),
    "outcome": Fact("outcome", "R", "text", {}, label="Outcome"),
    DUPLICATE: Fact(DUPLICATE, "R", "choice", {"yes": "Repeats another report", "no": "First report"},
                    definition=f"The outcome is {DUPLICATE}, or the record has {DUPLICATE_OF}."),
    "received_at": Fact("received_at", "R", "date", {}, label="Day received")}
"""What a table of reports may ask: `source`, `outcome`, `duplicate` and, in conditions, `received_at`."""


class Asking(Shape):
    """A question of a protocol, as far as tables need it."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def values(self) -> Mapping[str, str]: ...

    @property
    def many(self) -> bool: ...


def duplicate(report: Report) -> str:
    """Whether a report repeats another: yes or no."""
    return "yes" if report.outcome == DUPLICATE or report.extra.get(DUPLICATE_OF) else "no"


def of_reports() -> Words:
    """The names that a condition on reports may use."""
    return Words(REPORT)


def of_sample(protocol: Iterable[Asking]) -> Words:
    """The names that a condition on the media of a sample may use: all others, and the questions of its protocol."""
    return Words({**words().names, **{one.name: fact(one) for one in protocol}}, any_verdict=True)


def fact(question: Asking) -> Fact:
    """A question of a protocol as a fact of a medium."""
    return Fact(question.name, "M", "many" if question.many else "choice", question.values, label=question.title)

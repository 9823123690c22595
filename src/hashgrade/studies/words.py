"""The names by which tables may ask of reports, which the vocabulary does not have.

What a report says of itself is free text, so that its values are those on record. A report repeats
another where its outcome is `duplicate`, or where its record names the one that it repeats.
"""

from collections.abc import Mapping

from hashgrade.law.condition import Words
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
"""What a condition may ask of a report."""
BROKEN_DOWN = ("source", "outcome", DUPLICATE)
"""What a table of reports may be broken down by, beside time."""


def duplicate(report: Report) -> str:
    """Whether a report repeats another: yes or no."""
    return "yes" if report.outcome == DUPLICATE or report.extra.get(DUPLICATE_OF) else "no"


def of_reports() -> Words:
    """The names that a condition on reports may use."""
    return Words(REPORT)

"""What a study asks: its tables, its sample and the protocol of that, as `schema` reads them from a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from hashgrade.law.condition import Condition
from hashgrade.law.load import DATA, Place

UNITS = ("media", "url", "child", "report", "cluster")
CHARTS = ("multiples", "waffle", "none")
TIMES = ("week", "month", "quarter", "year")
"""What a table may be `by` over time: of `first_seen`, and of a report's `received_at`."""
STRATUM = "stratum"
PROTOCOL = "protocol."
"""What the name of a protocol's question begins with, in tables and conditions."""
VERDICT = "verdict."
"""What stands before a pack's id in the name of its verdict."""
NOT_DETERMINED = "not_determined"
"""The row of what is not known."""
MEASURES: Mapping[str, tuple[str, ...]] = {
    "agreement": ("coefficient",), "overturned": (), "exposure_avoided": ("pack",), "exposure_dose": ("pack",),
    "exposure_weeks": ("pack",), "change": ("table",), "share_of_cohort": ("table",), "spread": (), "reached": (),
    "hosts_after": (), "hosts": ()}
"""What a table may measure in place of counting, and the options that it then must have."""
MAY: Mapping[str, tuple[str, ...]] = {"overturned": ("of",), "exposure_avoided": ("readings",), "change": ("of",),
                                    "spread": ("table",), "reached": ("table",), "hosts_after": ("table",)}
"""The options that a measure may have besides."""
INSIDE = frozenset({"agreement", "overturned", "exposure_avoided", "exposure_dose", "exposure_weeks", "hosts"})
"""The measures that tell of readers, or of hosts by name: their tables are for inside only."""
CHOICES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "agreement": {"coefficient": ("raw", "ac1", "alpha", "alpha_ordinal", "cohen", "fleiss")},
    "overturned": {"of": ("some", "every")}, "exposure_avoided": {"readings": tuple("123456789")},
    "change": {"of": ("counts", "shares")}}
"""The values that an option may have, where there is a list of them; the first is taken where it may be left out."""
NOWHERE = Place("")
FOLDER = DATA / "studies"
THRESHOLD = 10  # counts below it are not printed unless the file says so


@dataclass(frozen=True, slots=True)
class Row:
    """One row counted by a condition; or by how many children satisfy it; or a sum.

    `of` counts units for which the condition is true, or with `at_least` media of which at
    least so many children satisfy it. `sum_of` adds up a whole number over the media instead.
    """

    key: str
    of: Condition | None = None
    at_least: int = 0
    sum_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: its unit, whom it covers, and its rows (`of` a name, by condition, or both); or what it measures.

    Args:
        key: Its key in the file; `name` is what findings and files call it.
        title: For people.
        unit: What one unit of count is: media, url, child, report or cluster.
        sampled: Whether it is of the drawn sample.
        of: The name whose values are its rows; empty where there is none.
        by: The name whose values are its columns, or one of `TIMES`, or `STRATUM`; empty where it is not crossed.
        rows: Rows by condition.
        where: Whom it is about; None: everybody.
        without: Whom it counts as excluded; None: nobody.
        graded: Whether units without a grade of record are excluded.
        multi_response: Whether one unit may count in several rows.
        internal: Whether it is counted only for a report that is for inside only.
        chart: One of `CHARTS`; empty where its shape decides.
        measure: One of `MEASURES`, and then it has neither `of` nor `by` nor `rows`; empty where it counts.
        options: The options of its measure.
        labels: The names of rows and columns, where they are not the usual ones.
        notes: What is printed below it.
        place: Where it stands in the file.
    """

    key: str
    title: str
    unit: str
    sampled: bool
    of: str = ""
    by: str = ""
    rows: tuple[Row, ...] = ()
    where: Condition | None = None
    without: Condition | None = None
    graded: bool = False
    multi_response: bool = False
    internal: bool = False
    chart: str = ""
    measure: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    place: Place = NOWHERE

    @property
    def name(self) -> str:
        """The table's name in findings and file names."""
        return f"sample_{self.key}" if self.sampled else self.key


@dataclass(frozen=True, slots=True)
class Stratum:
    """One part of a sample: how many are drawn from the cohort's media that satisfy `of`.

    With `at_most` all of them are drawn where there are fewer than `size`.
    """

    key: str
    size: int
    of: Condition
    at_most: bool = False
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a protocol, which is asked of the media of a sample alone: its values and their names, in order.

    With `many` the answer is a list of values. Besides its values every question can be answered `cannot_determine`.
    """

    key: str
    title: str
    values: Mapping[str, str]
    many: bool = False
    place: Place = NOWHERE

    @property
    def name(self) -> str:
        """What tables and conditions call it."""
        return PROTOCOL + self.key


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn sample: its seed, its strata, what must be said of it, and what is asked of its media alone, by id."""

    seed: str
    strata: tuple[Stratum, ...]
    notes: tuple[str, ...]
    protocol: Mapping[str, Question] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many media are drawn in all, at most."""
        return sum(stratum.size for stratum in self.strata)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Counts from 1 to `under` - 1 are kept back (0: none, for `reason`); others may be rounded."""

    under: int = THRESHOLD
    round_to: int = 1
    reason: str = ""

    def rounded(self, count: int) -> int:
        """The multiple of `round_to` nearest to the count, and the one above where two are as near."""
        return (count + self.round_to // 2) // self.round_to * self.round_to


@dataclass(frozen=True, slots=True)
class Quoted:
    """Figures of an earlier study beside ours: (label, figure quoted, `table.row` here or empty)."""

    title: str
    source: str
    columns: tuple[str, str]
    rows: tuple[tuple[str, str, str], ...]
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A whole study. `period` is None where the year is chosen when it is run."""

    name: str
    title: str
    question: str
    cohort: Condition | None
    period: tuple[date, date] | None
    tables: tuple[Table, ...]
    sample: Sample | None = None
    disclosure: Disclosure = Disclosure()
    quoted: Quoted | None = None
    headline: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    place: Place = NOWHERE

    @property
    def figures(self) -> tuple[str, ...]:
        """Every figure that the file asks for, among the headline and beside quoted ones."""
        return (*self.headline, *(here for *_, here in (self.quoted.rows if self.quoted else ()) if here))

    def place_of(self, figure: str) -> Place:
        """Where the file asks for a figure; the file itself if it does not."""
        if figure in self.headline:
            return self.place.at("headline", self.headline.index(figure))
        beside = [here for *_, here in self.quoted.rows] if self.quoted else []
        return self.place.at("quoted", "rows", beside.index(figure), "here") if figure in beside else self.place

"""What may be printed: percentages, kept-back counts, labels and the notes a table must carry."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from hashgrade.law.drafts import BRIEF
from hashgrade.studies.count import Counted
from hashgrade.studies.estimated import MARK
from hashgrade.studies.forms import percents
from hashgrade.studies.ranges import ranges
from hashgrade.studies.releases import Guarded, guard
from hashgrade.studies.snapshot import PackUsed
from hashgrade.studies.study import Disclosure, Study
from hashgrade.studies.table import Cell, Layout, names

SELF_GENERATED = re.compile(r"self[-_ ]generated", re.IGNORECASE)
DEFINITION = "'Self-generated' says how imagery was recorded. It never means that the child instigated it."
UNITS = {"media": ("media", "one image or video, unique by its SHA-256", "medium"),
         "url": ("URLs", "one web address", "URL"),
         "child": ("children", "one child as depicted on one medium", "child"),
         "report": ("reports", "what somebody sent in", "report"),
         "cluster": ("clusters", "one group of media joined by perceptual matches, or one medium by itself", "cluster")}


@dataclass(frozen=True, slots=True)
class Figure:
    """One printed number: a row, in a column where the table is crossed. None: kept back.

    `low` and `high` are the ends of the interval of 95% of its share, per cent of the base to one decimal.
    """

    key: str
    column: str
    label: str
    count: int | None
    percent: str | None
    suppressed: bool
    unit: str = ""
    low: float | None = None
    high: float | None = None

    @property
    def ends(self) -> str:
        """The interval as it is printed, in whole per cent and rounded outward; empty where there is none."""
        return "" if self.low is None or self.high is None else percents(self.low, self.high)

    def as_json(self) -> dict[str, object]:
        """The figure as a row of `findings.json`."""
        found: dict[str, object] = {"key": self.key}
        if self.column:
            found["column"] = self.column
        found |= {"label": self.label, "count": self.count, "percent": self.percent}
        if self.low is not None:
            found["interval"] = [self.low, self.high]
        if self.unit:
            found["unit"] = self.unit
        return found | ({"suppressed": True} if self.suppressed else {})


@dataclass(frozen=True, slots=True)
class Printed:
    """One table as it may be printed; `draft` says, where it travels alone, that it rests on a pack in draft."""

    layout: Layout
    base: int | None
    excluded: int | None
    figures: tuple[Figure, ...]
    notes: tuple[str, ...]
    draft: str = ""

    @property
    def name(self) -> str:
        """The table's name in findings and file names."""
        return self.layout.table.name

    def figure(self, key: str, column: str = "") -> Figure:
        """The figure of one row, in one column where the table is crossed."""
        return next(figure for figure in self.figures if (figure.key, figure.column) == (key, column))

    def as_json(self) -> dict[str, object]:
        """The table as it is in `findings.json`."""
        return {
            "title": self.layout.table.title, "unit": self.layout.table.unit, "base": self.base,
            "excluded": self.excluded, "multi_response": self.layout.multi_response,
            "rows": [figure.as_json() for figure in self.figures], "notes": list(self.notes)}


def percent(count: int, base: int) -> str | None:
    """The share in whole per cent, rounded half up in integers; None of nothing.

    Not `round()`, which goes to the even number at a half: 5 of 8 is 63%, and never 62%.
    """
    return f"{(200 * count + base) // (2 * base)}%" if base else None


def printed(study: Study, counted: Counted, packs: Sequence[PackUsed], guarded: Guarded | None = None
            ) -> tuple[list[Printed], int | None]:
    """Every table as it may be printed, and the cohort's size (None: kept back).

    Counts below the study's threshold are kept back over all tables together.

    Args:
        study: Its labels and disclosure rule.
        counted: The counts.
        packs: The packs that verdicts were made with.
        guarded: What may be printed, where that was decided together with earlier releases.
    """
    found = (guarded or guard(counted, study.disclosure)).shown
    shown = {cell: count for (_, cell), count in found.items()}
    total = found["media", Cell("", "total")]
    return [_printed(layout, shown, study, packs) for layout in counted.layouts], total


def _printed(layout: Layout, shown: Mapping[Cell, int | None], study: Study, packs: Sequence[PackUsed]) -> Printed:
    name = layout.table.name
    base = shown[Cell(name, "base")]
    sums = {row.key for row in layout.table.rows if row.sum_of}
    counts = {(key, column): shown[Cell(name, "row", key, column)]
              for key, column in product(layout.rows, layout.columns or [""])}
    ends = ranges(study, layout, counts, base)
    figures = []
    for (key, column), count in counts.items():
        share = percent(count, base) if count is not None and base is not None and key not in sums else None
        unit = "child" if key in sums else ""
        figures.append(Figure(key, column, layout.rows[key], count, share, count is None, unit,
                              *ends.get((key, column), (None, None))))
    excluded = shown[Cell(name, "excluded")]
    any_hidden = base is None or excluded is None or any(figure.suppressed for figure in figures)
    used = [pack for pack in packs if f"verdict.{pack.id}" in names(layout.table)]
    notes = tuple(_notes(layout, study.disclosure, used, any_hidden))
    return Printed(layout, base, excluded, tuple(figures), notes, BRIEF if any(pack.draft for pack in used) else "")


def _notes(layout: Layout, rule: Disclosure, used: Sequence[PackUsed], any_hidden: bool) -> list[str]:
    table = layout.table
    notes = list(table.notes)
    if layout.multi_response:
        notes.append("Multi-response. One unit can count in several rows, so that the rows do not add up to the base.")
    else:
        notes.append("Percentages are rounded independently and may not add up to 100%.")
    if any_hidden:
        small = f"counts from 1 to {rule.under - 1}"
        notes.append(f"{MARK} Kept back: {small}, and others from which they could be worked out.")
    if rule.round_to > 1:
        notes.append(f"Counts are rounded to multiples of {rule.round_to}, each by itself, so that sums may differ.")
    if rule.reason:
        notes.append(f"Small counts are printed, because {rule.reason}.")
    notes += [f"Verdicts are indicative. Pack {pack.id}, version {pack.version}: {pack.review}." for pack in used]
    words = " ".join([table.title, table.key, *layout.rows, *layout.rows.values(), *layout.columns, *notes])
    return [*notes, DEFINITION] if SELF_GENERATED.search(words) else notes

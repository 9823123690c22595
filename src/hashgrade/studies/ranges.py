"""The interval of each printed share, made of printed numbers alone, so that it gives nothing away."""

from collections.abc import Mapping, Sequence
from math import ceil, floor

from hashgrade.studies.intervals import Interval, multinomial, score, z_of
from hashgrade.studies.study import Study
from hashgrade.studies.table import ALL, Layout

CONFIDENCE = 0.95
Range = tuple[float, float]  # per cent of the base, to one decimal
Place = tuple[str, str]  # the keys of a row and of a column


def ranges(study: Study, layout: Layout, counts: Mapping[Place, int | None], base: int | None) -> dict[Place, Range]:
    """The intervals of 95% of a table's shares, rounded outward, for each row and column that has one.

    Rows that are one breakdown hold together (`intervals.multinomial`); a row with a condition of
    its own is counted alone (`intervals.wilson`). There is none where counts are rounded, of what is kept
    back, and of a sample of several strata, whose shares are those of the sample and of nothing else.

    Args:
        study: Its sample and disclosure rule.
        layout: The table.
        counts: What is printed, by the keys of row and column; None: kept back.
        base: What is printed; None: kept back.
    """
    if not base or study.disclosure.round_to > 1 or _mixes_strata(study, layout):
        return {}
    found: dict[Place, Range] = {}
    for places in _together(layout):
        known = {place: counts[place] for place in places}
        found |= {place: _outward(one) for place, one in _of(known, base).items() if counts[place] is not None}
    return found


def z_together(many: int) -> float:
    """How many standard errors so many intervals need to hold together (Bonferroni)."""
    return z_of(1 - (1 - CONFIDENCE) / max(1, many))


def _mixes_strata(study: Study, layout: Layout) -> bool:
    """Whether a table of the sample covers strata drawn at different rates; one that asks for one of them does not."""
    if not layout.table.sampled or not study.sample:
        return False
    strata = study.sample.strata
    return len(strata) > 1 and layout.table.where not in [stratum.of for stratum in strata]


def _together(layout: Layout) -> list[Sequence[Place]]:
    """The rows, or the cells, whose intervals hold together; a table's margins are breakdowns of their own."""
    sums = {row.key for row in layout.table.rows if row.sum_of}
    rows = [key for key in layout.rows if key not in sums and key != ALL]
    if layout.columns:
        columns = [key for key in layout.columns if key != ALL]
        margins = [[(key, ALL) for key in rows], [(ALL, key) for key in columns]]
        return [[(key, column) for key in rows for column in columns], *margins]
    alone = [key for key in rows if key in layout.conditions or "of" not in layout.sql]
    return [[(key, "") for key in rows if key not in alone], *([(key, "")] for key in alone)]


def _of(counts: Mapping[Place, int | None], base: int) -> dict[Place, Interval]:
    known = {place: count for place, count in counts.items() if count is not None and count <= base}
    if len(known) == len(counts) > 1 and sum(known.values()) == base:
        return dict(zip(known, multinomial([*known.values()], CONFIDENCE), strict=True))
    z = z_together(len(counts))
    return {place: score(count, base, z) for place, count in known.items()}


def _outward(interval: Interval) -> Range:
    """To one decimal, never narrower than it is; what floating point adds at the ninth decimal counts for nothing."""
    return floor(round(1000 * interval.low, 6)) / 10, ceil(round(1000 * interval.high, 6)) / 10

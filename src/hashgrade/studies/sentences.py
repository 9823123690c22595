"""One to three sentences for each table, made of its printed numbers: what is largest, what differs, what changes.

They say what was counted. They name no cause and rank no people, and they call nothing a
difference or a change that an interval does not hold. `claims` reads every number in them back.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import isfinite

from hashgrade.studies.claims import (
    check,
    clearest,
    difference,
    every,
    known,
    named,
    of_total,
    points,
    printed_row,
    share_trend,
    total_trend,
)
from hashgrade.studies.estimated import Estimated, EstimatedRow
from hashgrade.studies.figures import UNITS, Figure, Printed, percent
from hashgrade.studies.forms import range_of, value_of
from hashgrade.studies.table import ALL

__all__ = ["check", "of"]
MEASURED = {"ratio": " times", "seconds": " seconds", "days": " days"}
NAMED_MOST = 3  # more rows than that are `several rows`


def of(table: Printed | Estimated) -> tuple[str, ...]:
    """The sentences of a table, each of which `check` has read back.

    Raises:
        Broken: STU-42, a number in one of them is not what the table prints; nothing a study can say leads there.
    """
    said = (*(_of_estimates(table) if isinstance(table, Estimated) else _of_counts(table)),)
    if isinstance(table, Printed) and any(one.suppressed for one in table.figures) and not _is_told(said):
        said = (*said, "Some counts are kept back.")
    for sentence in said:
        check(sentence, table)
    return said


def _is_told(said: Iterable[str]) -> bool:
    """Whether some sentence says already that not all counts are printed."""
    return any("printed" in one or "kept back" in one for one in said)


def _of_counts(table: Printed) -> Iterator[str]:
    shown = [one for one in table.figures if one.count is not None and not one.unit]
    inside = [one for one in shown if ALL not in (one.key, one.column)]
    if table.base == 0:
        yield f"No {_one(table)} is in this table."
    elif not inside:
        yield "All counts of this table are kept back."
    elif not any(one.count for one in inside):
        yield _of_nothing(table)
    elif every(table):
        yield from _of_time(table)
    else:
        yield from _of_rows(table, inside)
        if table.layout.columns:
            yield from _of_columns(table)
        if table.layout.multi_response:
            yield f"One {_one(table)} may count in several rows."


def _of_nothing(table: Printed) -> str:
    if table.base is None or any(one.suppressed for one in table.figures):
        return "Every count that is printed is nothing."
    return f"No {_one(table)} of this table is in any of its rows."


def _of_rows(table: Printed, inside: Sequence[Figure]) -> Iterator[str]:
    """The largest row or cell of what is known and the one after it, and what is not known where that is larger."""
    crossed = bool(table.layout.columns)
    apart = [one for one in inside if known(one) and one.count]
    counts = sorted({one.count or 0 for one in apart}, reverse=True)
    unknown = max((one for one in inside if not known(one)), key=lambda one: one.count or 0, default=None)
    if len([key for key in table.layout.rows if key != ALL]) == 1 and not crossed:
        yield f"{named(inside[0].label)} counts {_counted(inside[0], table)}."
        return
    if counts:
        yield _largest(table, [one for one in apart if one.count == counts[0]])
    if len(counts) > 1 and not crossed:
        yield _next(table, [one for one in apart if one.count == counts[1]])
    if unknown and (unknown.count or 0) > max([0, *counts]):
        first = "More are not known" if counts else "Only what is not known is counted"
        if not counts and any(one.suppressed for one in table.figures):
            first = "Only what is not known is printed"
        yield f"{first}: {_cell(table, unknown)}, with {_counted(unknown, table)}."


def _largest(table: Printed, ties: Sequence[Figure]) -> str:
    thing = "cell" if table.layout.columns else "row"
    hidden = any(one.count is None for one in table.figures)
    most = "most frequent" if table.layout.multi_response else "largest"
    of_printed = "Of the counts that are printed, the" if hidden else "The"
    if len(ties) == 1:
        return f"{of_printed} {most} {thing} is {_cell(table, ties[0])}, with {_counted(ties[0], table)}."
    return f"{of_printed} {most} {thing}s are {_cells(table, ties, thing)}, with {_counted(ties[0], table, each=True)}."


def _next(table: Printed, ties: Sequence[Figure]) -> str:
    alone = len(ties) == 1
    said = _counted(ties[0], table, each=not alone, base=False)
    return f"Next {'is' if alone else 'are'} {_cells(table, ties, 'row')}, with {said}."


def _of_columns(table: Printed) -> Iterator[str]:
    """The row in which two columns are furthest apart, if their intervals are apart at all."""
    found, compared = difference(table)
    if found:
        (key, high, low), ranges = found, "intervals of 95% for all that is compared"
        yield (f"Columns differ most in {named(table.layout.rows[key])}: it is {of_total(table, key, high)}, and "
               f"{of_total(table, key, low)}, with {ranges}.")
    elif compared:
        yield "The intervals support no difference between columns."


def _of_time(table: Printed) -> Iterator[str]:
    """The first period against the last, the trend of the whole, and the row whose share changes most clearly."""
    total, labels = printed_row(table, ALL if table.layout.columns else "")
    ends = [n for n, count in enumerate(total) if count is not None]
    units, period = UNITS[table.layout.table.unit][0], every(table)
    who = f"Whole {period}s" if table.layout.cut else f"All {units}"
    if len(ends) > 1:
        first, last = ends[0], ends[-1]
        trend = total_trend(table)
        yield (f"{who}: {total[first]:,} in {named(labels[first])} and {total[last]:,} in {named(labels[last])}"
               + (f"; {trend}" if trend else "") + ".")
    elif ends:
        yield f"{who}: {total[ends[0]]:,} in {named(labels[ends[0]])}."
    elif not labels:
        yield f"No {period} of this table is whole, so that none is set against another."
    found, compared = share_trend(table)
    if found:
        key, slope = found
        counts, _ = printed_row(table, key)
        said = [f"{percent(counts[n] or 0, total[n] or 0)} ({counts[n]:,} of {total[n]:,}) in {named(labels[n])}"
                for n in clearest(table, key)]
        yield (f"The share that changes most clearly is that of {named(table.layout.rows[key])}, from {said[0]} to "
               f"{said[1]}: {points(slope)} each {period}, with an interval of 95% for all rows together.")
    elif compared:
        yield f"No row's share of all {units} changes clearly from {period} to {period}."


def _of_estimates(table: Estimated) -> Iterator[str]:
    rows = [row for row in table.rows if row.value is not None and isfinite(row.value)]
    if not rows:
        yield "No value of this table can be given."
        return
    most, least = (choose(rows, key=_value) for choose in (max, min))
    if table.form == "ratio" and any(row.low is not None for row in rows):
        yield from _of_ratios(table, rows)
    elif value_of(most, table.form) == value_of(least, table.form):
        yield f"The value of {_labels(rows)} is {_valued(most, table, len(rows))}."
    else:
        tops, lows = ([row for row in rows if value_of(row, table.form) == value_of(end, table.form)]
                      for end in (most, least))
        yield (f"The highest value is that of {_labels(tops)}: {_valued(most, table, len(tops))}; "
               f"the lowest is that of {_labels(lows)}: {_valued(least, table, len(lows))}.")
    left = [row for row in table.rows if row not in rows]
    if left:
        yield f"No value can be given for {_labels(left)}."


def _value(row: EstimatedRow) -> float:
    return row.value or 0.0


def _of_ratios(table: Estimated, rows: Sequence[EstimatedRow]) -> Iterator[str]:
    """The row that is furthest from no change, by the end of its interval that is nearer to that."""
    clear = [row for row in rows if _least_change(row) > 1]
    if clear:
        row = max(clear, key=_least_change)
        yield f"The clearest change is that of {named(row.label)}: {_valued(row, table)}."
    else:
        yield "No clear change: each interval holds what no change would be."


def _least_change(row: EstimatedRow) -> float:
    """By what factor at least a ratio differs from 1, up or down, by its interval; 0 where it has none."""
    if row.low is None:
        return 0.0
    return max(row.low, 1 / row.high if row.high else 0.0)


def _valued(row: EstimatedRow, table: Estimated, ties: int = 1) -> str:
    said = value_of(row, table.form) + MEASURED.get(table.form, "")
    ends = range_of(row, table.form)
    return f"{said} (95% interval {ends})" if ends and ties == 1 else said


def _counted(one: Figure, table: Printed, each: bool = False, base: bool = True) -> str:
    """A count with its base, share and interval, as far as they are printed."""
    units, _, unit = UNITS[table.layout.table.unit]
    whole = f" of {table.base:,} {unit if table.base == 1 else units}" if base and table.base is not None else ""
    alone = f" {unit if one.count == 1 else units}" if base and not whole else ""
    share = [f"{one.percent}{' when rounded' * (one.percent == '0%')}"] if one.percent and one.count else []
    if share and one.ends and not each:
        share.append(f"95% interval {one.ends}")
    return f"{one.count:,}{whole}{alone}{' each' * each}" + (f" ({', '.join(share)})" if share else "")


def _cell(table: Printed, one: Figure) -> str:
    return f"{named(one.label)} under {named(table.layout.columns[one.column])}" if one.column else named(one.label)


def _cells(table: Printed, some: Sequence[Figure], thing: str) -> str:
    return _joined([_cell(table, one) for one in some]) if len(some) <= NAMED_MOST else f"several {thing}s"


def _labels(rows: Sequence[EstimatedRow]) -> str:
    return _joined([named(row.label) for row in rows]) if len(rows) <= NAMED_MOST else "several rows"


def _joined(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _one(table: Printed) -> str:
    return UNITS[table.layout.table.unit][2]

"""What sentences say, read back: every number in them is a printed figure, or follows from some by a rule stated here.

The rules: a share of a column or a period is a printed count of a printed total, rounded like every
share; its interval is Wilson's, at the confidence that all comparisons together ask for (Bonferroni);
a trend is `trends.log_trend` of printed counts or `trends.trend` of printed shares. None of them
is used where counts are rounded, nor for a row of which a count is kept back.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from math import isfinite
from typing import Any

from hashgrade.errors import Broken
from hashgrade.studies.estimated import Estimated
from hashgrade.studies.figures import SELF_GENERATED, Figure, Printed, percent
from hashgrade.studies.forms import percents, range_of, value_of
from hashgrade.studies.intervals import score
from hashgrade.studies.ranges import CONFIDENCE, z_together
from hashgrade.studies.study import TIMES
from hashgrade.studies.table import ALL, REST
from hashgrade.studies.trends import Trend, log_trend, trend

PERIODS_LEAST = 4  # fewer have no trend
NAME, NUMBER = "“([^”]*)”", r"[\d,]*\d"
CELL = rf"{NAME}(?: under {NAME})?"
BARE = NAME.replace("(", "(?:")
CELLS = rf"(?P<cells>{BARE}(?: under {BARE})?(?:(?:, | and ){BARE}(?: under {BARE})?)*|several (?:rows|cells))"
ENDS = r"95% interval (?P<ends>[^()]+)"
COUNT = (rf"(?P<count>{NUMBER})(?: of (?P<base>{NUMBER}))?(?: (?!each)[a-zA-Z]+)?(?: each)?"
         rf"(?: \((?P<percent>\d+%)(?: when rounded)?(?:, {ENDS})?\))?")
RANK = r"(?:(?P<most>(?:largest|most frequent) (?:row|cell)s? )|(?P<next>Next ))(?:is|are) "
COUNTED = re.compile(rf"(?:{RANK})?{CELLS}(?:, with| counts) {COUNT}")
OF_TOTAL = rf"\d+% of {BARE} \({NUMBER} of {NUMBER}, [^()]+\)"
DIFFERENCE = re.compile(rf"in {NAME}: it is ({OF_TOTAL}), and ({OF_TOTAL})")
FIRST_LAST = re.compile(rf"(?:All [a-zA-Z]+|Whole [a-z]+): ({NUMBER}) in {NAME}(?: and ({NUMBER}) in {NAME})?")
SHARES = re.compile(rf"that of {NAME}, from (\d+%) \(({NUMBER}) of ({NUMBER})\) in {NAME} to (\d+%) \(({NUMBER}) of "
                    rf"({NUMBER})\) in {NAME}: ([^:]*? each [a-z]+)")
FACTOR = re.compile(r"(?<=; )[^;.]*?[\d.]+ times as many each [a-z]+ \(95% interval [\d.]+ to [\d.]+\)|"
                    r"(?<=; )no clear change from [^;]*?\)")
VALUED = re.compile(rf"(?:(?P<end>highest|lowest)(?: value)? is that )?of "
                    rf"(?P<cells>{BARE}(?:(?:, | and ){BARE})*|several rows)(?: is|:) "
                    rf"(?P<value>−?{NUMBER}(?:\.\d+)?%?)(?: times| seconds| days)?(?: \({ENDS}\))?")
FIXED = ("intervals of 95%", "an interval of 95%")


def check(text: str, table: Printed | Estimated) -> None:
    """Refuse a sentence that says a number which its table does not print, or says it of another row.

    Args:
        text: One sentence or several.
        table: What they are about.

    Raises:
        Broken: STU-42, it does.
    """
    left = text
    rules: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str], Any], bool]]] = (
        _ESTIMATED if isinstance(table, Estimated) else _PRINTED)
    for pattern, holds in rules:
        for found in pattern.finditer(left):
            if not holds(found, table):
                raise _broken(found[0], table)
        left = pattern.sub("", left)
    for fixed in FIXED:
        left = left.replace(fixed, "")
    names = re.findall(NAME, left)
    if strange := next((name for name in names if name not in _names(table)), None):
        raise _broken(f"“{strange}”", table)
    if re.search(r"\d", re.sub(NAME, "", left)):
        raise _broken(left.strip(), table)


def _broken(said: str, table: Printed | Estimated) -> Broken:
    name = table.key if isinstance(table, Estimated) else table.name
    return Broken("STU-42", f"a sentence about table `{name}` says `{said}`, which the table does not")


def named(label: str) -> str:
    """A label as sentences have it: in quotes, and self-generated in quotes of its own."""
    plain = label.replace("“", "'").replace("”", "'")
    return "“" + SELF_GENERATED.sub(lambda found: _set_apart(plain, found), plain) + "”"


def _set_apart(text: str, found: re.Match[str]) -> str:
    return found[0] if text[:found.start()].endswith("'") else f"'{found[0]}'"


def known(one: Figure) -> bool:
    """Whether a figure is of what is known, and no margin."""
    return not {one.key, one.column} & {*REST, ALL}


def every(table: Printed) -> str:
    """The period that a table counts by; empty where it counts by none."""
    name = (table.layout.table.by if table.layout.columns else table.layout.table.of)
    return name if name in TIMES else ""


def exact(table: Printed) -> bool:
    """Whether any interval of the table's shares is printed, so that more may be made of its counts."""
    return any(one.low is not None for one in table.figures)


def printed_row(table: Printed, key: str) -> tuple[list[int | None], list[str]]:
    """The counts of a row over whole periods, and their names; with an empty key, of a table whose rows are periods."""
    whole = slice(1, -1) if table.layout.cut else slice(None)
    if not key:
        rows = [one for one in table.figures if one.key not in (*REST, ALL)][whole]
        return [one.count for one in rows], [one.label for one in rows]
    columns = [column for column in table.layout.columns if column not in (*REST, ALL)][whole]
    return [table.figure(key, column).count for column in columns], [table.layout.columns[one] for one in columns]


def difference(table: Printed) -> tuple[tuple[str, str, str] | None, bool]:
    """The row, and the two columns with the largest and the smallest share of it, whose intervals are furthest apart.

    None where no two are apart; then whether any two could be compared.
    """
    rows = _compared(table)
    best, gap = None, 0.0
    for key, columns in rows.items():
        high = max(columns, key=lambda one: columns[one][0])
        low = min(columns, key=lambda one: columns[one][1])
        if columns[high][0] - columns[low][1] > gap:
            best, gap = (key, high, low), columns[high][0] - columns[low][1]
    return best, bool(rows)


def _compared(table: Printed) -> dict[str, dict[str, tuple[float, float]]]:
    """The intervals of each row's share of each column, for rows that can be compared between two columns or more."""
    cells: dict[str, dict[str, tuple[int, int]]] = {}
    for one in table.figures if table.layout.columns and exact(table) else ():
        if known(one) and one.count is not None and (total := table.figure(ALL, one.column).count):
            cells.setdefault(one.key, {})[one.column] = one.count, total
    cells = {key: columns for key, columns in cells.items() if len(columns) > 1}
    z = z_together(sum(map(len, cells.values())))
    return {key: {column: _range(count, total, z) for column, (count, total) in columns.items()}
            for key, columns in cells.items()}


def _range(count: int, total: int, z: float) -> tuple[float, float]:
    found = score(count, total, z)
    return found.low, found.high


def of_total(table: Printed, key: str, column: str) -> str:
    """The share that a row has of a column, in words."""
    count, total = table.figure(key, column).count or 0, table.figure(ALL, column).count or 0
    low, high = _compared(table)[key][column]
    return (f"{percent(count, total)} of {named(table.layout.columns[column])} ({count:,} of {total:,}, "
            f"{percents(100 * low, 100 * high)})")


def total_trend(table: Printed) -> str:
    """By what factor the whole changes from period to period, in words; empty where nothing can be said."""
    counts, _ = printed_row(table, ALL if table.layout.columns else "")
    known_counts = [count for count in counts if count is not None]
    if len(known_counts) < max(PERIODS_LEAST, len(counts)) or not exact(table) or not sum(known_counts):
        return ""
    found = log_trend(known_counts, confidence=CONFIDENCE)
    if not isfinite(found.high) or found.high >= 100:
        return ""
    period = every(table)
    said = f"{found.slope:.3f} times as many each {period} (95% interval {found.low:.3f} to {found.high:.3f})"
    return f"no clear change from {period} to {period}: {said}" if found.low <= 1 <= found.high else said


def share_trend(table: Printed) -> tuple[tuple[str, Trend] | None, bool]:
    """The row whose share of all units changes most clearly, with its trend; then whether any could be tried."""
    if not table.layout.columns or not exact(table):
        return None, False
    totals, _ = printed_row(table, ALL)
    rows = {key: printed_row(table, key)[0] for key in table.layout.rows if key not in (*REST, ALL)}
    whole = {key: [count or 0 for count in counts] for key, counts in rows.items() if None not in counts}
    bases = [total or 0 for total in totals]
    if None in totals or sum(base > 0 for base in bases) < PERIODS_LEAST or not whole:
        return None, False
    sure = 1 - (1 - CONFIDENCE) / len(whole)
    found = {key: trend(counts, bases, confidence=sure) for key, counts in whole.items()}
    clear = [key for key, one in found.items() if one.low > 0 or one.high < 0]
    best = max(clear, key=lambda key: abs(found[key].z), default=None)
    return ((best, found[best]) if best else None), True


def clearest(table: Printed, key: str) -> tuple[int, int]:
    """The first period and the last that have a share of this row."""
    totals, _ = printed_row(table, ALL)
    held = [n for n, total in enumerate(totals) if total]
    return held[0], held[-1]


def points(slope: Trend) -> str:
    """The slope of a share in words: percentage points, more or less."""
    low, high = sorted((abs(100 * slope.low), abs(100 * slope.high)))
    return f"{abs(100 * slope.slope):.2f} points {'more' if slope.slope > 0 else 'less'} ({low:.2f} to {high:.2f})"


def _names(table: Printed | Estimated) -> set[str]:
    if isinstance(table, Estimated):
        return {named(row.label)[1:-1] for row in table.rows}
    return {named(label)[1:-1] for label in (*table.layout.rows.values(), *table.layout.columns.values())}


def _whole(text: str | None) -> int | None:
    return None if text is None else int(text.replace(",", ""))


def _cells(found: re.Match[str], table: Printed) -> Iterator[list[Figure]]:
    """The figures that each cell named there may be; of `several`, all that have the count."""
    if found["cells"].startswith("several"):
        same = [one for one in table.figures if one.count == _whole(found["count"]) and known(one)]
        yield same if len(same) > 1 else []
        return
    for row, column in re.findall(CELL, found["cells"]):
        yield [one for one in table.figures if named(one.label)[1:-1] == row
               and (named(table.layout.columns[one.column])[1:-1] if one.column else "") == column]


def _is_counted(found: re.Match[str], table: Printed) -> bool:
    if found["base"] is not None and _whole(found["base"]) != table.base:
        return False
    above = {one.count for one in table.figures if known(one) and not one.unit
             and (one.count or 0) > (_whole(found["count"]) or 0)}
    if (found["most"] and above) or (found["next"] and len(above) != 1):
        return False
    return all(any(_is_printed(found, one) for one in cell) for cell in _cells(found, table))


def _is_printed(found: re.Match[str], one: Figure) -> bool:
    return (one.count == _whole(found["count"]) and found["percent"] in (None, one.percent)
            and found["ends"] in (None, one.ends))


def _is_difference(found: re.Match[str], table: Printed) -> bool:
    best, _ = difference(table)
    if not best:
        return False
    key, high, low = best
    return (found[1], found[2], found[3]) == (named(table.layout.rows[key])[1:-1], of_total(table, key, high),
                                              of_total(table, key, low))


def _is_first_and_last(found: re.Match[str], table: Printed) -> bool:
    counts, labels = printed_row(table, ALL if table.layout.columns else "")
    shown = [(count, named(label)[1:-1]) for count, label in zip(counts, labels, strict=True) if count is not None]
    ends = [shown[0], shown[-1]] if found[3] else shown[:1]
    return [(_whole(found[1]), found[2]), (_whole(found[3]), found[4])][:len(ends)] == ends


def _is_factor(found: re.Match[str], table: Printed) -> bool:
    return found[0] == total_trend(table)


def _is_share_trend(found: re.Match[str], table: Printed) -> bool:
    best, _ = share_trend(table)
    if not best:
        return False
    key, slope = best
    counts, labels = printed_row(table, key)
    totals, _ = printed_row(table, ALL)
    ends = [(percent(counts[n] or 0, totals[n] or 0), counts[n], totals[n], named(labels[n])[1:-1])
            for n in clearest(table, key)]
    said = [(found[n], _whole(found[n + 1]), _whole(found[n + 2]), found[n + 3]) for n in (2, 6)]
    return (found[1], said, found[10]) == (named(table.layout.rows[key])[1:-1], ends,
                                           f"{points(slope)} each {every(table)}")


def _is_valued(found: re.Match[str], table: Estimated) -> bool:
    said = [row for row in table.rows if value_of(row, table.form) == found["value"]
            and found["ends"] in (None, range_of(row, table.form))]
    values = [row.value for row in table.rows if row.value is not None and isfinite(row.value)]
    ends = {"highest": max(values, default=0), "lowest": min(values, default=0)}
    if found["end"] and ends[found["end"]] not in [row.value for row in said]:
        return False
    if found["cells"] == "several rows":
        return len(said) > 1
    return {*re.findall(NAME, found["cells"])} <= {named(row.label)[1:-1] for row in said}


_PRINTED = ((DIFFERENCE, _is_difference), (SHARES, _is_share_trend), (FACTOR, _is_factor),
            (FIRST_LAST, _is_first_and_last), (COUNTED, _is_counted))
_ESTIMATED = ((VALUED, _is_valued),)

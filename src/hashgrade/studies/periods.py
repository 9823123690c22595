"""Weeks, months, quarters and years of a study's period: all of them, in order, whether or not anything is in them."""

from collections.abc import Iterator
from datetime import date, timedelta

Period = tuple[date, date]
"""The first and the last day of a study."""

MOST = 120
"""How many periods a table may have: ten years of months, and more than two of weeks."""
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def periods(every: str, period: Period) -> dict[str, str]:
    """The key of each period and its name, from that of the first day to that of the last.

    Weeks begin on Monday and have the number that ISO 8601 gives them. The first and the last period may
    reach beyond the study's, and of them only the days within are counted.

    Args:
        every: `week`, `month`, `quarter` or `year`.
        period: The study's.
    """
    return {key(every, day): _label(every, day) for day in _starts(every, period)}


def cut(every: str, period: Period) -> bool:
    """Whether the first or the last period reaches beyond the study's."""
    after = period[1] + timedelta(days=1)
    return start(every, period[0]) != period[0] or start(every, after) != after


def start(every: str, day: date) -> date:
    """The first day of the period in which a day is."""
    if every == "week":
        return day - timedelta(days=day.weekday())
    months = _MONTHS[every]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def key(every: str, day: date) -> str:
    """The key of the period in which a day is: 2023-W05, 2023-02, 2023-Q1 or 2023."""
    if every == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    return {"month": f"{day:%Y-%m}", "quarter": f"{day.year}-Q{(day.month + 2) // 3}", "year": f"{day.year}"}[every]


def number_sql(every: str, period: Period, column: str) -> str:
    """How many periods lie between the first and that of a time, as a DuckDB expression."""
    return f"date_diff('{every}', TIMESTAMP '{start(every, period[0])} 00:00:00', {column})::INTEGER"


def _starts(every: str, period: Period) -> Iterator[date]:
    day = start(every, period[0])
    while day <= period[1]:
        yield day
        day = start(every, day + timedelta(days={"week": 7, "month": 31, "quarter": 95, "year": 366}[every]))


def _label(every: str, day: date) -> str:
    if every == "quarter":
        return f"{day:%B} to {date(day.year, day.month + 2, 1):%B} {day.year}"
    return {"week": f"Week of {day.day} {day:%B} {day.year}", "month": f"{day:%B} {day.year}",
            "year": f"{day.year}"}[every]

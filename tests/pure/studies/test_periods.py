"""Periods are all there, in order, and a time falls into the one that its date says."""

from datetime import date, datetime, timedelta

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.studies.periods import cut, key, number_sql, periods
from hashgrade.studies.study import TIMES
from tests.naive.studies import times

DAYS = st.dates(date(1999, 1, 1), date(2031, 12, 31))


@given(st.sampled_from(TIMES), DAYS, st.integers(0, 800), st.data())
def test_sql_finds_the_period_that_python_does(every: str, first: date, length: int, data: st.DataObject) -> None:
    """For any moment of a study's period, its place among the periods is that of its own key."""
    period = (first, first + timedelta(days=length))
    at = datetime.combine(data.draw(st.dates(*period)), data.draw(st.times()))
    sql = number_sql(every, period, f"TIMESTAMP '{at}'")
    ((number,),) = duckdb.execute(f"SELECT {sql}").fetchall()
    assert list(periods(every, period))[number] == key(every, at.date()) == times(at)[every]


@given(st.sampled_from(TIMES), DAYS, st.integers(0, 800))
def test_no_period_is_left_out(every: str, first: date, length: int) -> None:
    """The periods are those of all the days, once each and in order."""
    days = [first + timedelta(days=n) for n in range(length + 1)]
    assert list(periods(every, (days[0], days[-1]))) == list(dict.fromkeys(key(every, day) for day in days))


@pytest.mark.parametrize(("every", "name"), [
    ("week", "Week of 26 December 2022"), ("month", "January 2023"), ("quarter", "January to March 2023"),
    ("year", "2023")])
def test_periods_have_names(every: str, name: str) -> None:
    """A week is named by its Monday, a quarter by its months."""
    assert next(iter(periods(every, (date(2023, 1, 1), date(2023, 1, 31))).values())) == name


def test_a_period_that_reaches_beyond_the_study_is_cut() -> None:
    """A year cuts its first and last weeks, and none of its months."""
    year = (date(2023, 1, 1), date(2023, 12, 31))
    assert [every for every in TIMES if cut(every, year)] == ["week"]
    assert cut("month", (date(2023, 1, 1), date(2023, 12, 30)))

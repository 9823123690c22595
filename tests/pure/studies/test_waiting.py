"""Waiting: Kaplan and Meier's days, and mean numbers by a day, against slow twins, scipy and worked examples."""

from fractions import Fraction
from warnings import catch_warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from hashgrade.errors import InputError
from hashgrade.studies.waiting import Waited, Watched, arrived, happened, waited
from tests.naive import waiting as naive

LIVES = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=25)
SHARES = [Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)]
# Freireich and others, Blood 21(6), 1963: weeks of remission of 21 who were treated, in many textbooks.
FREIREICH = ([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35],
             [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0])


def of(lives: list[tuple[int, bool]], shares: list[Fraction]) -> tuple[Waited, ...]:
    """What is estimated of some lives."""
    return waited(np.array([day for day, _ in lives]), np.array([there for _, there in lives]), [*map(float, shares)])


@given(LIVES)
def test_days_are_those_of_fractions(lives: list[tuple[int, bool]]) -> None:
    """Each quartile is the day that the product of fractions gives."""
    days, there = zip(*lives, strict=True)
    assert [one.day for one in of(lives, SHARES)] == [naive.by_share(days, there, share) for share in SHARES]


def test_a_published_example_comes_out() -> None:
    """The median of Freireich's treated is 23 weeks, from 13 to no end, as R's survfit prints with log-log."""
    days, there = FREIREICH
    found = waited(np.array(days), np.array(there, bool), [0.5])
    assert found == (Waited(23, 13, None),)


@given(LIVES)
def test_intervals_are_those_of_scipy(lives: list[tuple[int, bool]]) -> None:
    """The ends of a median's interval are where scipy's log-log curves pass a half."""
    days, there = np.array([day for day, _ in lives], float), np.array([got for _, got in lives])
    curve = ecdf(CensoredData(uncensored=days[there], right=days[~there])).sf
    with np.errstate(all="ignore"), catch_warnings(action="ignore"):
        band = curve.confidence_interval(method="log-log") if there.any() else None
    (median,) = of(lives, [Fraction(1, 2)])
    for end, found in (("low", median.low), ("high", median.high)):
        line, last = getattr(band, end, None), 1.0
        passed = list[float]()  # where nobody is left scipy has no interval; here it is from nothing to what it was
        for n, day in enumerate(curve.quantiles if line else []):
            if line and curve.probabilities[n] > 0:
                last = line.probabilities[n] if curve.probabilities[n] < 1 else 1.0
            elif end == "low":
                last = 0.0
            passed += [day] if last <= 0.5 + 1e-12 else []
        assert found == (int(passed[0]) if passed else None)


@given(LIVES, st.integers(0, 13))
def test_shares_by_a_day_are_those_of_fractions(lives: list[tuple[int, bool]], by: int) -> None:
    """What has arrived by a day is what is not left after it; of days on which nobody is watched nothing is known."""
    days, there = zip(*lives, strict=True)
    (found,) = arrived(np.array(days), np.array(there), [by])
    left = naive.left(days, there)
    after = [still for day, still in left.items() if day <= by]
    if by > max(days) and (not after or after[-1]):
        assert found is None
    else:
        assert found
        assert found.value == pytest.approx(float(1 - after[-1]) if after else 0.0)
        assert found.low <= found.value + 1e-12
        assert found.value <= found.high + 1e-12


@given(st.lists(st.tuples(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=4)), min_size=1, max_size=8),
       st.integers(0, 10))
def test_mean_numbers_are_those_of_one_by_one(lives: list[tuple[int, list[int]]], by: int) -> None:
    """Mean and interval are those of going through days, and those who are watched, one by one."""
    events = [(who, day) for who, (until, days) in enumerate(lives) for day in days if day <= until]
    until = [end for end, _ in lives]
    who, day = (np.array([event[n] for event in events], np.int64) for n in (0, 1))
    (found,) = happened(Watched(np.array(until), who, day), [by])
    wanted = naive.happened(until, events, by)
    assert (found is None) == (wanted is None)
    if found and wanted:
        assert (found.value, found.low, found.high) == pytest.approx(wanted)


def test_intervals_of_mean_numbers_hold() -> None:
    """Of 400 samples of 60 whose rates differ and who are watched for unequal times, 92 to 98 in 100 hold the mean."""
    draw = np.random.default_rng(7)
    held = 0
    for _ in range(400):
        until = draw.integers(20, 60, 60)
        rates = draw.gamma(2.0, 0.02, 60)
        many = draw.poisson(rates * 60)
        who = np.repeat(np.arange(60), many)
        day = draw.integers(0, 60, len(who))
        seen = day <= until[who]
        (found,) = happened(Watched(until, who[seen], day[seen]), [39])
        assert found
        held += found.low <= 2.0 * 0.02 * 40 <= found.high
    assert 368 <= held <= 392


def test_days_before_the_first_are_refused() -> None:
    """Nobody gets there before they begin, and nothing happens after they were watched."""
    with pytest.raises(InputError, match="days count from 0"):
        waited(np.array([-1]), np.array([True]), [0.5])
    with pytest.raises(InputError, match="outside the days"):
        happened(Watched(np.array([3]), np.array([0]), np.array([4])), [2])

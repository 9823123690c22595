"""Intervals and sample sizes against published examples, statsmodels, and samples drawn from known populations."""

from math import erf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.proportion import multinomial_proportions_confint, proportion_confint

from hashgrade.errors import InputError
from hashgrade.studies.intervals import (
    Interval,
    Stratum,
    goodman,
    multinomial,
    sample_size,
    sison_glaz,
    stratified,
    wilson,
)

COUNTS = st.integers(0, 1_000_000)
CLASSES = st.lists(st.integers(0, 60), min_size=2, max_size=12).filter(any)


def ends(interval: Interval) -> tuple[float, float]:
    """Both ends of an interval."""
    return interval.low, interval.high


@pytest.mark.parametrize(("count", "base", "low", "high"), [
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)])
def test_wilson_gives_the_published_limits(count: int, base: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17, 1998, table I, method 3: four cases to four places."""
    assert ends(wilson(count, base)) == pytest.approx((low, high), abs=5e-5)


@given(COUNTS, COUNTS, st.floats(0.5, 0.999))
def test_wilson_is_statsmodels(some: int, others: int, confidence: float) -> None:
    """Any count of any base has the limits of statsmodels."""
    if some + others:
        expected = proportion_confint(some, some + others, 1 - confidence, "wilson")
        assert ends(wilson(some, some + others, confidence)) == pytest.approx(expected, abs=1e-12)


def test_wilson_is_honest_where_a_share_is_rare() -> None:
    """Of a share of 0.75% in samples of 202 it holds 93 times in 100, the textbook's interval 78 times."""
    base, share = 202, 0.0075
    held = {"wilson": 0.0, "normal": 0.0}
    for count in range(base + 1):
        for method in held:
            low, high = (ends(wilson(count, base)) if method == "wilson"
                         else proportion_confint(count, base, method=method))
            held[method] += (low <= share <= high) * binom.pmf(count, base, share)
    assert {method: round(100 * part) for method, part in held.items()} == {"wilson": 93, "normal": 78}


@given(st.integers(1, 10**7))
def test_wilson_ends_exactly_where_shares_end(base: int) -> None:
    """Nothing of a base begins at 0, all of it ends at 1, to the last bit, and 0 of 0 is anything."""
    assert wilson(0, base).low == 0.0 < wilson(0, base).high < 1.0
    assert wilson(base, base).high == 1.0 > wilson(base, base).low > 0.0
    assert wilson(0, 0) == Interval(0.0, 1.0)


def test_goodman_gives_the_published_limits() -> None:
    """Goodman's example of 220 patients, to seven places as DescTools prints it."""
    found = [ends(one) for one in goodman([91, 49, 37, 43])]
    assert np.allclose(found, [(0.3342025, 0.4978332), (0.1608587, 0.2998874), (0.1145513, 0.2401121),
                               (0.1374690, 0.2702358)], atol=5e-8)


@given(CLASSES, st.sampled_from([0.8, 0.95, 0.99]))
def test_goodman_is_statsmodels(counts: list[int], confidence: float) -> None:
    """Any breakdown, empty classes too, has the limits of statsmodels; those of 0 and of all are exact."""
    expected = multinomial_proportions_confint(counts, 1 - confidence, "goodman")
    assert np.allclose([ends(one) for one in goodman(counts, confidence)], expected, atol=1e-12)


@pytest.mark.parametrize("counts", [
    [56, 72, 73, 59, 62, 87, 58], [91, 49, 37, 43], [1, 1, 2, 3, 1, 4, 2, 1], [30, 1, 0, 4, 2, 9, 1, 1, 3, 2]])
def test_sison_glaz_is_statsmodels(counts: list[int]) -> None:
    """Breakdowns of many units and of few have the limits of statsmodels."""
    expected = multinomial_proportions_confint(counts, 0.05, "sison-glaz")
    assert np.allclose([ends(one) for one in sison_glaz(counts)], expected, atol=1e-9)


@given(CLASSES)
def test_intervals_of_a_breakdown_hold_its_shares(counts: list[int]) -> None:
    """Whichever method is chosen, every interval lies in 0 to 1 and around its share."""
    for count, one in zip(counts, multinomial(counts), strict=True):
        assert 0 <= one.low <= count / sum(counts) <= one.high <= 1


def test_few_units_in_many_classes_are_left_to_sison_and_glaz() -> None:
    """From 10 classes with fewer than 5 units each on average, and not before."""
    few, more = [4, 5, 4, 5, 4, 5, 4, 5, 4, 5], [5] * 10
    assert (multinomial(few), multinomial(more)) == (sison_glaz(few), goodman(more))
    assert multinomial(few[:9]) == goodman(few[:9])


def test_a_breakdown_of_nothing_says_nothing() -> None:
    """No units leave every share open, and no classes have no intervals."""
    assert multinomial([0, 0]) == sison_glaz([0, 0]) == (Interval(0.0, 1.0),) * 2
    assert multinomial([]) == ()


def test_one_stratum_of_a_large_population_is_wilson() -> None:
    """Where next to nothing was drawn of one stratum, the correction is of no account."""
    found = stratified([Stratum(10**12, 130, 40)])
    assert (found.low, found.high) == pytest.approx(ends(wilson(40, 130)), abs=1e-9)


def test_a_stratified_share_is_weighed_by_populations() -> None:
    """Cochran's estimate: each stratum's share by its part of the population, whatever was drawn of it."""
    assert stratified([Stratum(900, 90, 9), Stratum(100, 50, 40)]).value == pytest.approx(0.9 * 0.1 + 0.1 * 0.8)


def test_a_census_is_exact() -> None:
    """Where every unit was drawn, the interval is its value."""
    found = stratified([Stratum(30, 30, 7), Stratum(5, 5, 0), Stratum(0, 0, 0)])
    assert found.low == found.value == found.high == pytest.approx(7 / 35)


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=4))
def test_a_stratified_interval_stays_within_what_was_seen(parts: list[tuple[int, int, int]]) -> None:
    """It lies in 0 to 1, and never rules out what the drawn units leave as the only possibility."""
    strata = [Stratum(yes + no + rest, yes + no, yes) for yes, no, rest in parts]
    found = stratified(strata)
    assert 0 <= found.low <= found.value <= found.high <= 1
    if all(rest == 0 for *_, rest in parts):
        assert found.low == found.high


@pytest.mark.parametrize(("strata", "least"), [
    ([(5_000, 0.05, 100), (800, 0.3, 60), (100, 0.6, 30)], 0.93),
    ([(2_101, 0.0075, 130), (300, 0.1, 72)], 0.93),
    ([(300, 0.02, 10), (300, 0.5, 10), (300, 0.9, 10), (300, 1.0, 10)], 0.93)])
def test_stratified_intervals_hold_the_truth(strata: list[tuple[int, float, int]], least: float) -> None:
    """Of 1,000 samples of a known population, at least 93% of the intervals hold its share; rare and certain too."""
    rng = np.random.default_rng(5)
    holding = [round(size * share) for size, share, _ in strata]
    true = sum(holding) / sum(size for size, *_ in strata)
    drawn = np.array([rng.hypergeometric(yes, size - yes, of, 1_000)
                      for yes, (size, _, of) in zip(holding, strata, strict=True)])
    found = [stratified([Stratum(size, of, int(n)) for (size, _, of), n in zip(strata, column, strict=True)])
             for column in drawn.T]
    assert np.mean([one.low <= true <= one.high for one in found]) >= least


def test_the_sample_size_is_cochrans() -> None:
    """Cochran 1977, section 4.4: 400 where t is 2, and 356 from an island of 3,200."""
    two = erf(2 / sqrt(2))
    assert (sample_size(0.5, 0.05, two), sample_size(0.5, 0.05, two, 3_200)) == (400, 356)


@given(st.floats(0.2, 0.8), st.floats(0.02, 0.1), st.integers(50, 100_000))
def test_a_sample_of_that_size_keeps_the_margin(share: float, margin: float, population: int) -> None:
    """The interval that such a sample gives, if the share is as was thought, is no wider than twice the margin."""
    size = sample_size(share, margin, population=population)
    assert size <= population
    found = stratified([Stratum(population, size, round(share * size))])
    assert found.high - found.low <= 2 * margin + 1.5 / size


@pytest.mark.parametrize("asked", [
    lambda: wilson(3, 2), lambda: wilson(-1, 2), lambda: wilson(1, 2, 1.0), lambda: goodman([3, -1]),
    lambda: sample_size(0.0, 0.1), lambda: sample_size(0.5, 1.0), lambda: sample_size(0.5, 0.1, population=0),
    lambda: stratified([Stratum(9, 3, 4)])])
def test_numbers_outside_their_range_are_refused(asked: object) -> None:
    """A count above its base, and shares, margins and confidences that are none, are STU-20."""
    with pytest.raises(InputError, match="STU-20"):
        asked()  # type: ignore[operator]


@pytest.mark.parametrize(("strata", "code"), [
    ([Stratum(9, 10, 1)], "STU-08"), ([Stratum(9, 0, 0)], "STU-21"), ([Stratum(0, 0, 0)], "STU-21"), ([], "STU-21")])
def test_strata_of_which_nothing_can_be_said_are_refused(strata: list[Stratum], code: str) -> None:
    """More drawn than there are, nothing drawn of something, and nothing at all have their codes."""
    with pytest.raises(InputError, match=code):
        stratified(strata)

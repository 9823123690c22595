"""Ratios and trends against published examples and statsmodels, at zero counts and full shares too."""

from math import inf, isnan, log

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.stats.proportion import confint_proportions_2indep
from statsmodels.stats.rates import confint_poisson_2indep

from hashgrade.errors import InputError
from hashgrade.studies.trends import log_trend, rate_ratio, share_ratio, trend

MALFORMED, BORN = [48, 38, 5, 1, 1], [17_114, 14_502, 793, 127, 38]
"""Graubard and Korn, Biometrics 43, 1987: by drinks a day, 0, less than 1, 1 to 2, 3 to 5, 6 and more."""


def test_a_rate_ratio_gives_the_published_chance() -> None:
    """Gu, Ng, Tang, Schucany 2008, example 1: 0.000316 by the score; at that confidence the interval ends at 1."""
    found = rate_ratio(60, 51_477.5, 30, 54_308.7, 1 - 2 * 0.000316)
    assert (found.value, found.low) == pytest.approx((2.11, 1), abs=5e-4)


@pytest.mark.parametrize("rates", [(3, 10, 5, 12), (1, 400, 1, 2), (900, 40, 1_000, 50), (7, 9, 2, 30)])
def test_a_rate_ratio_is_statsmodels(rates: tuple[int, int, int, int]) -> None:
    """Two rates have the limits of statsmodels, to its own precision."""
    expected = confint_poisson_2indep(*rates, method="score", compare="ratio")
    found = rate_ratio(*rates)
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-4, abs=1e-9)


@given(st.integers(0, 200), st.integers(1, 200), st.integers(0, 200), st.integers(1, 200))
def test_a_share_ratio_is_statsmodels(some1: int, others1: int, some2: int, others2: int) -> None:
    """Any two shares below 1, not both 0, have the limits of statsmodels."""
    if not (some1 or some2):
        return
    table = some1, some1 + others1, some2, some2 + others2
    expected = confint_proportions_2indep(*table, compare="ratio", method="score", correction=False)
    found = share_ratio(*table)
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-4, abs=1e-9)


@given(st.integers(1, 10**8), st.integers(0, 10**8), st.integers(1, 300), st.integers(0, 300))
@example(72_038_452, 20_677_667, 40, 0)
def test_a_share_ratio_turned_round_is_one_over(some1: int, others1: int, some2: int, others2: int) -> None:
    """The ratio of the second share to the first has the inverse limits, full shares too."""
    one, other = (some1, some1 + others1), (some2, some2 + others2)
    found, turned = share_ratio(*one, *other), share_ratio(*other, *one)
    assert (found.low, found.high) == pytest.approx((1 / turned.high, 1 / turned.low), rel=1e-7)
    assert found.low <= found.value <= found.high


def test_counts_of_zero_leave_one_end_open() -> None:
    """0 against some is 0 with an upper end; some against 0 is infinite with a lower; 0 against 0 is unknown."""
    for ratio in (rate_ratio, share_ratio):
        none, all_, unknown = ratio(0, 30, 9, 30), ratio(9, 30, 0, 30), ratio(0, 30, 0, 30)
        assert none.value == none.low == 0.0 < none.high < 1
        assert all_.value == all_.high == inf > all_.low > 1
        assert (isnan(unknown.value), unknown.low, unknown.high) == (True, 0.0, inf)


@pytest.mark.parametrize(("scores", "z", "p"), [
    ([0, 0.5, 1.5, 4, 7], 2.563, 0.0104), ([0, 0.5, 1.5, 4, 8], 2.661, 0.0078), (None, 1.352, 0.1764)])
def test_the_trend_of_shares_gives_the_published_figures(scores: list[float] | None, z: float, p: float) -> None:
    """Agresti 2013, table 3.8 (z squared is 6.57), and StatXact's example with two other sets of scores."""
    found = trend(MALFORMED, BORN, scores)
    assert (found.z, found.p) == pytest.approx((z, p), abs=5e-4)
    assert found.low <= found.slope <= found.high


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=9))
def test_a_trend_backwards_is_its_opposite(periods: list[tuple[int, int]]) -> None:
    """Turning time round turns the signs; the interval leaves out 0 just where the test rejects at 5%."""
    counts, bases = [yes for yes, _ in periods], [yes + no for yes, no in periods]
    if sum(base > 0 for base in bases) < 2:
        return
    found, back = trend(counts, bases), trend(counts[::-1], bases[::-1])
    assert (back.z, back.p, back.slope) == pytest.approx((-found.z, found.p, -found.slope), abs=1e-9)
    if abs(found.p - 0.05) > 1e-9 and found.z:
        assert (found.p < 0.05) == (not found.low <= 0 <= found.high)


def test_a_share_that_cannot_change_has_no_trend() -> None:
    """None of any base, and all of every base, have a z of 0 and a chance of 1."""
    for counts in ([0, 0, 0], [4, 5, 6]):
        assert (trend(counts, [4, 5, 6]).z, trend(counts, [4, 5, 6]).p) == (0.0, 1.0)


@pytest.mark.parametrize(("counts", "exposures"), [
    ([10, 13, 30, 28, 61, 70], [5, 5, 6, 6, 7, 7]), ([100, 150, 90, 260, 240], [1, 1, 1, 1, 1]),
    ([4, 9, 8], [1, 1, 2])])
def test_the_trend_of_counts_is_statsmodels(counts: list[int], exposures: list[float]) -> None:
    """Slope, interval and chance are those of a Poisson regression, widened where counts vary more than by chance."""
    found = log_trend(counts, exposures)
    model = GLM(counts, np.vander(range(len(counts)), 2), family=Poisson(), exposure=exposures)
    varied = found.excess > 1
    fit = model.fit(scale="X2" if varied else 1.0, use_t=varied)
    expected = [fit.params[0], *fit.conf_int()[0], log(fit.scale), fit.pvalues[0]]
    assert [*map(log, (found.slope, found.low, found.high, found.excess)), found.p] == pytest.approx(expected, abs=1e-4)


@given(st.lists(st.integers(0, 10**8), min_size=2, max_size=9))
@example([0, 0, 1, 10**8])
def test_every_series_of_counts_has_a_trend(counts: list[int]) -> None:
    """Whatever the counts, the slope lies in its interval, and those of a doubling series are doubled to the end."""
    found = log_trend(counts)
    assert 0 <= found.low <= found.slope <= found.high
    assert 0 <= found.p <= 1
    assert log_trend([2**n * 100 for n in range(6)]).slope == pytest.approx(2)


def test_exposures_that_differ_a_millionfold_have_a_trend() -> None:
    """The likeliest slope is found however far it is from 0."""
    found = log_trend([0, 17_784_979, 34_314, 2_959_505], [1, 0, 945_285, 1])
    assert found.low < found.slope < found.high
    assert found.slope > 100


@pytest.mark.parametrize("counts", [[0, 0, 7], [7, 0, 0]])
def test_events_in_one_end_only_have_an_interval(counts: list[int]) -> None:
    """Where no factor is likeliest, half an event in each period gives one, on the right side of 1."""
    found = log_trend(counts)
    assert 0 < found.low < found.slope < found.high < inf
    assert (found.slope > 1) == (counts[-1] > 0)


def test_no_events_say_nothing() -> None:
    """Without events any factor is possible."""
    assert (log_trend([0, 0, 0]).low, log_trend([0, 0, 0]).high, log_trend([0, 0, 0]).p) == (0.0, inf, 1.0)


@pytest.mark.parametrize(("asked", "code"), [
    (lambda: rate_ratio(1, 0, 1, 1), "STU-20"), (lambda: rate_ratio(-1, 1, 1, 1), "STU-20"),
    (lambda: share_ratio(0, 0, 1, 2), "STU-20"), (lambda: share_ratio(3, 2, 1, 2), "STU-20"),
    (lambda: trend([1], [2, 3]), "STU-20"), (lambda: trend([3, 1], [2, 3]), "STU-20"),
    (lambda: trend([1, 2], [2, 3], [1]), "STU-20"), (lambda: log_trend([-1, 2]), "STU-20"),
    (lambda: trend([1, 0], [2, 0]), "STU-22"), (lambda: log_trend([1]), "STU-22"),
    (lambda: trend([1, 1], [2, 2], [3, 3]), "STU-22"), (lambda: log_trend([]), "STU-22")])
def test_what_has_no_ratio_or_trend_is_refused(asked: object, code: str) -> None:
    """Bases of 0, counts above them, and fewer than two periods have their codes."""
    with pytest.raises(InputError, match=code):
        asked()  # type: ignore[operator]

"""The watch's arithmetic: equal to a slow twin, exact where counts are small, calm where nothing changes."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom

from hashgrade.studies.alerts import Alert, often, sentence, watched
from hashgrade.studies.series import Panel, Series
from hashgrade.studies.watch import (
    MONTH,
    RUNS,
    SLACK,
    WEEK,
    Fit,
    Rhythm,
    climbed,
    design,
    fitted,
    foretold,
    level,
    look,
    noticed,
    once_in,
    onset,
    ratio,
    scores,
    split,
    tail,
)
from tests.naive import watch as slow

SHARES = st.floats(0.001, 0.999)
Drawn = tuple[np.ndarray[tuple[int, int], np.dtype[np.int64]], np.ndarray[tuple[int, int], np.dtype[np.int64]]]


def drawn(seed: int, series: int, periods: int, items: int = 40, share: float = 0.06) -> Drawn:
    """Counts and bases of quiet series with a gap, an outbreak and overdispersion in some."""
    random = np.random.default_rng(seed)
    bases = random.poisson(items, (series, periods))
    bases[:, 5] = 0
    part = np.full((series, periods), share)
    part[1::2] = random.beta(share * 20, (1 - share) * 20, part[1::2].shape)
    counts = random.binomial(bases, part)
    counts[0, 9] = bases[0, 9]
    return counts.astype(np.int64), bases.astype(np.int64)


def one(count: float, base: float, share: float, excess: float) -> float:
    """`tail` of single numbers."""
    return float(tail(*(np.array([float(number)]) for number in (count, base, share, excess)))[0])


@given(st.integers(0, 60), st.integers(0, 60), SHARES)
def test_a_tail_without_excess_is_the_binomials(count: int, base: int, share: float) -> None:
    """Where the variance is a binomial's, the chance is exact, however small the counts."""
    assert one(count, base, share, 1.0) == pytest.approx(slow.binomial_tail(count, base, share), rel=1e-9, abs=1e-13)


@given(st.integers(0, 80), st.integers(1, 80), SHARES, st.floats(1.0, 4.0))
def test_a_tail_is_its_slow_twin(count: int, base: int, share: float, excess: float) -> None:
    """Incomplete beta and gamma functions give what adding up gives."""
    flipped = excess * (1 - share if share <= 0.5 else share)
    if abs(flipped - 1) > 1e-3:  # at a variance equal to the mean both take the Poisson distribution
        assert one(count, base, share, excess) == pytest.approx(slow.tail(count, base, share, excess), abs=1e-8)


def test_a_tail_is_near_the_beta_binomials() -> None:
    """With the same mean and variance, chances of small shares down to one in 10,000 are within a third of its own."""
    for items, share, excess in ((200, 0.05, 2.0), (1000, 0.05, 2.0), (200, 0.02, 1.5), (100, 0.1, 1.3)):
        precise = (items - 1) / (excess - 1) - 1
        exact = betabinom(items, share * precise, (1 - share) * precise)
        for count in range(items):
            wanted = float(exact.sf(count - 1))
            if 1e-4 < wanted < 0.5:
                assert one(count, items, share, excess) == pytest.approx(wanted, rel=0.33)


@settings(max_examples=30)
@given(st.integers(1, 60), SHARES, st.floats(1.0, 3.0))
def test_a_tail_falls_with_the_count(base: int, share: float, excess: float) -> None:
    """More is never likelier than fewer, from certain at 0 to impossible above the base."""
    found = [one(count, base, share, excess) for count in range(base + 2)]
    assert found[0] == 1.0
    assert found[-1] == 0.0
    assert all(low >= high - 1e-12 for low, high in pairwise(found))


@pytest.mark.parametrize("excess", [1.0, 1.7])
@pytest.mark.parametrize("mean", [0.3, 2.0, 30.0])
def test_scores_of_a_quiet_series_do_not_drift(mean: float, excess: float) -> None:
    """By the distribution itself, scores average to less than half the slack and vary by no more than one."""
    base, share = 600, mean / 600
    chances = -np.diff([one(count, base, share, excess) for count in range(base + 2)])
    heights = scores(np.arange(base + 1)[None], np.full((1, base + 1), base), np.full((1, base + 1), share),
                     np.full((1, base + 1), excess))[0]
    assert abs(chances @ heights) < SLACK / 2
    assert chances @ heights**2 < 1.02


def test_a_fit_is_its_slow_twin() -> None:
    """Newton's steps end where an optimiser does, with the same excess, outbreak and gap and all."""
    counts, bases = drawn(1, 4, 60)
    counts[3] = np.minimum(bases[3], counts[3] > 3)  # so few that no trend is fitted
    terms = design(0, 60, Rhythm("week", 26, 1, 1, 1, 1, 1, 1, ()), trend=True, season=True)
    found = fitted(counts, bases, terms)
    for n in range(4):
        effects, excess = slow.fitted(counts[n].tolist(), bases[n].tolist(), terms.tolist())
        assert found.effects[n, :len(effects)] == pytest.approx(effects, abs=2e-3)
        assert found.excess[n] == pytest.approx(excess, rel=2e-3)


def test_a_fit_is_that_of_statsmodels() -> None:
    """With many counts the priors fade, and effects and errors are those of a binomial regression."""
    random = np.random.default_rng(4)
    bases = random.poisson(20_000, (1, 60)).astype(np.int64)
    counts = random.binomial(bases, 0.3)
    terms = design(0, 60, WEEK, trend=True, season=False)
    wanted = sm.GLM(np.column_stack([counts[0], (bases - counts)[0]]), terms, family=sm.families.Binomial()).fit()
    found = fitted(counts, bases, terms)
    assert found.effects[0] == pytest.approx(wanted.params, abs=0.01)
    errors = np.sqrt(np.diag(found.spread[0]) / found.excess[0])
    assert errors == pytest.approx(wanted.bse, rel=0.05)


def test_an_outbreak_in_the_baseline_hides_little() -> None:
    """One period of a hundred that was ten times as high moves what is foretold by less than a tenth."""
    counts = np.full((1, 100), 10, dtype=np.int64)
    bases = np.full((1, 100), 200, dtype=np.int64)
    counts[0, 50] = 100
    terms = design(0, 100, WEEK, trend=False, season=False)
    assert fitted(counts, bases, terms).share(terms)[0, 0] == pytest.approx(0.05, rel=0.1)


def test_a_category_never_seen_has_a_share_and_a_doubt() -> None:
    """None of 2,000 foretells half a count in 2,001, and three at once stand out."""
    counts, bases = np.zeros((1, 60), np.int64), np.full((1, 60), 50, dtype=np.int64)
    found: Fit = fitted(counts, bases, design(0, 60, WEEK, trend=False, season=False))
    assert found.share(np.ones((1, 1)))[0, 0] == pytest.approx(0.5 / 3001)
    counts[0, -1] = 3
    assert look(counts, bases, 59, WEEK).jump[0] < 1e-3


@pytest.mark.parametrize(("at", "rhythm"), [(70, WEEK), (29, MONTH)])
def test_a_look_is_its_slow_twin(at: int, rhythm: Rhythm) -> None:
    """Share foretold, chance of a jump, height of a climb and its run agree, one series at a time."""
    counts, bases = drawn(at, 3, at + 1)
    counts[2, -12:] = np.minimum(bases[2, -12:], counts[2, -12:] + 3)
    found = look(counts, bases, at, rhythm)
    for n in range(3):
        y, of = counts[n].tolist(), bases[n].tolist()
        share, chance = slow.jump(y, of, at, rhythm)
        height, baseline = slow.climb(y, of, at, rhythm)
        assert found.expected[n] == pytest.approx(share, rel=1e-3)
        assert found.jump[n] == pytest.approx(chance, rel=2e-2)
        assert found.climb[n] == pytest.approx(height, abs=2e-2)
        assert found.once_in[n] == pytest.approx(slow.once_in(height, baseline, rhythm), rel=2e-2)
        assert found.chance[n] == min(1.0, 2 * min(found.jump[n], 1 / found.once_in[n]))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("items", [1, 3, 30, 100_000])
def test_no_counts_are_too_odd_to_be_looked_at(items: int) -> None:
    """None, all, next to none, or no base at all: chances lie from 0 to 1 or are not known, onsets in the window."""
    random = np.random.default_rng(items)
    for periods in range(35, 130, 5):
        bases = random.integers(0, items + 1, (6, periods))
        counts = random.binomial(bases, random.choice([0, 1, 0.5, 0.001, 0.999], (6, periods if periods % 2 else 1)))
        chance = look(counts, bases, periods - 1, WEEK).chance
        assert (np.isnan(chance) | ((chance >= 0) & (chance <= 1))).all()
        part = split(periods - 1, WEEK)[1]
        share, excess = foretold(counts, bases, periods - 1, WEEK, part)
        found = onset(counts[0, part.end:], bases[0, part.end:], share[0, part.end - part.start:], float(excess[0]))
        assert 0 <= found.earliest <= found.at <= found.latest < periods - part.end


def test_a_look_knows_nothing_later() -> None:
    """Whatever comes after a period changes nothing of what is seen at it."""
    counts, bases = drawn(3, 2, 90)
    later = counts.copy()
    later[:, 80:] = bases[:, 80:]
    assert np.array_equal(look(counts, bases, 79, WEEK).chance, look(later, bases, 79, WEEK).chance)


def test_a_short_history_is_said_to_be_short() -> None:
    """34 weeks are not enough and 35 are; a series that was empty until lately is not judged, and others are."""
    counts, bases = drawn(2, 2, 80)
    assert np.isnan(look(counts, bases, 33, WEEK).chance).all()
    assert not np.isnan(look(counts, bases, 34, WEEK).chance).any()
    counts[1, :50], bases[1, :50] = 0, 0
    found = look(counts, bases, 79, WEEK)
    assert all(np.isnan(seen).tolist() == [False, True] for seen in (found.chance, found.climb))


@given(st.integers(34, 400), st.sampled_from([WEEK, MONTH]))
def test_baselines_end_before_what_is_looked_at(at: int, rhythm: Rhythm) -> None:
    """A jump's baseline leaves the gap out, a climb's the window, and neither is longer than it may be."""
    jump, climb = split(at, rhythm)
    assert jump.end == at - rhythm.gap
    assert rhythm.least <= climb.end - climb.start <= rhythm.most
    assert at + 1 - climb.end <= rhythm.window
    assert not climb.trend


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=40))
def test_a_climb_is_the_highest_sum_of_any_run_to_now(heights: list[float]) -> None:
    """The cumulative sum is the largest sum of scores less the slack over the periods up to now, or 0."""
    found = climbed(np.array([heights]), np.ones((1, len(heights)), bool))[0]
    for now in range(len(heights)):
        runs = [sum(height - 0.25 for height in heights[start:now + 1]) for start in range(now + 1)]
        assert found[now] == pytest.approx(max(0.0, *runs), abs=1e-9)


def test_a_gap_changes_no_climb() -> None:
    """A period without a base leaves the climb where it was."""
    held = np.array([[True, True, False, True]])
    assert climbed(np.array([[2.0, 2.0, 0.0, 0.0]]), held)[0].tolist() == [1.75, 3.5, 3.5, 3.25]


@given(st.floats(0, 60), st.integers(26, 104))
def test_runs_grow_with_height_and_are_their_slow_twin(height: float, baseline: int) -> None:
    """A higher climb is rarer, and the run is read off the calibrated heights."""
    found = once_in(np.array([height, height + 0.5]), np.array([baseline, baseline]), WEEK)
    assert found[0] <= found[1]
    assert found[0] == pytest.approx(slow.once_in(height, baseline, WEEK), rel=1e-9)


def test_the_limits_rise_and_shorter_baselines_need_more() -> None:
    """Calibrated heights rise with the run, and at the rarest fall as the baseline grows."""
    for rhythm in (WEEK, MONTH):
        assert all(len(heights) == len(RUNS) and [*heights] == sorted(heights) for _, heights in rhythm.limits)
        rarest = [heights[-1] for _, heights in rhythm.limits]
        assert rarest == sorted(rarest, reverse=True)


@given(st.lists(st.floats(0, 1) | st.floats(0, 0.01) | st.just(float("nan")), max_size=30), st.floats(0.001, 1))
def test_one_rule_over_all_series_is_its_slow_twin(chances: list[float], at: float) -> None:
    """Benjamini and Hochberg's rule, with what is not known left out."""
    assert noticed(np.array(chances, dtype=np.float64), at).tolist() == slow.noticed(chances, at)


def test_false_alarms_stay_within_the_level() -> None:
    """Of 4,000 runs of 60 chances by chance alone, about one in 52 has an alert at the level of one a year."""
    random = np.random.default_rng(1)
    alarms = sum(noticed(random.random(60), level(1.0, WEEK)).any() for _ in range(4000))
    assert 4000 / 52 * 0.7 < alarms < 4000 / 52 * 1.3


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_an_onset_is_its_slow_twin(seed: int) -> None:
    """Period, interval and shape agree with trying every rise by a search."""
    random = np.random.default_rng(seed)
    bases = random.integers(0, 80, 12)
    share = np.full(12, 0.1)
    counts = random.binomial(bases, np.clip(share + 0.03 * np.maximum(0, np.arange(12) - 5), 0, 1))
    found = onset(counts, bases, share, 1.3)
    wanted = slow.onset(counts.tolist(), bases.tolist(), share.tolist(), 1.3)
    assert (found.at, found.earliest, found.latest, found.gradual) == wanted


def test_a_ratio_is_that_of_a_published_example() -> None:
    """Aspirin and myocardial infarction: 104 of 11,037 against 189 of 11,034 is 0.55 (0.43 to 0.70).

    Agresti, An Introduction to Categorical Data Analysis, section 2.2, gives the inverse: 1.82 (1.43 to 2.31).
    """
    assert ratio((189, 11034), (104, 11037), 1.0) == pytest.approx((1.82, 1.43, 2.31), abs=0.005)


@given(st.integers(0, 50), st.integers(1, 50), st.integers(0, 50), st.integers(1, 50), st.floats(1, 4))
def test_a_ratio_lies_in_its_interval(a: int, more: int, b: int, others: int, excess: float) -> None:
    """Also where a count is 0; and a larger excess is a wider interval."""
    middle, low, high = ratio((a, a + more), (b, b + others), excess)
    assert 0 < low <= middle <= high
    assert high - low >= ratio((a, a + more), (b, b + others), 1.0)[2] - ratio((a, a + more), (b, b + others), 1.0)[1]


# -- alerts


def panel(counts: Drawn) -> Panel:
    """A panel of these counts and bases."""
    many, periods = counts[0].shape
    series = tuple(Series(f"site:{n}", "Type of site", str(n), f"the type of site is {n}", "items")
                   for n in range(many))
    days = tuple(date(2020, 1, 6) + timedelta(weeks=n) for n in range(periods))
    return Panel("week", days, series, *counts, counts[1].sum(0), counts[1].sum(0))


def risen(periods: int, at: int, to: float, until: int | None = None) -> tuple[Alert, ...]:
    """The alerts of four series of 200 items a week, of which the first rises from 5% at one period."""
    random = np.random.default_rng(5)
    share = np.full((4, periods), 0.05)
    share[0, at:until] = to
    bases = random.poisson(200, (4, periods)).astype(np.int64)
    return watched(panel((random.binomial(bases, share), bases)), 0.2).alerts


def test_a_rise_of_everything_is_no_alert() -> None:
    """Three times as many items of every kind leave every share where it was."""
    random = np.random.default_rng(6)
    bases = random.poisson(np.where(np.arange(130) < 120, 100, 300), (5, 130)).astype(np.int64)
    assert watched(panel((random.binomial(bases, 0.1), bases)), 0.2).alerts == ()


def test_a_jump_is_told_once_and_with_its_week() -> None:
    """A single high week is an alert that began and ended in it, and no longer stands."""
    (alert,) = risen(130, 125, 0.2, 126)
    week = date(2020, 1, 6) + timedelta(weeks=125)
    assert (alert.sign, alert.first, alert.last, alert.standing, alert.began[0]) == ("jump", week, week, False, week)


def test_a_step_is_told_to_have_come_at_once() -> None:
    """A share that doubles and stays is one alert, which stands, began at once, and is about twice as large."""
    (alert,) = risen(150, 120, 0.1)
    assert alert.standing
    assert not alert.gradual
    assert alert.began[1] <= date(2020, 1, 6) + timedelta(weeks=120) <= alert.began[2]
    assert alert.times[1] < 2 < alert.times[2]
    assert alert.began[1] <= alert.first


def test_an_interval_rests_on_the_whole_baseline() -> None:
    """Its width is that of the counts since the rise and of all that the baseline holds, times the excess."""
    (alert,) = risen(150, 120, 0.1)
    random = np.random.default_rng(5)
    bases = random.poisson(200, (4, 150))[0]
    weeks = [(day - date(2020, 1, 6)).days // 7 for day in alert.baseline]
    before = bases[weeks[0]:weeks[1] + 1].sum()
    spread = 1 / alert.count - 1 / alert.base + 1 / (alert.expected * before) - 1 / before
    excess = (np.log(alert.times[2] / alert.times[0]) / 1.96) ** 2 / spread
    assert 0.999 < excess < 1.5


def test_an_alert_is_not_noticed_before_it_can_have_begun() -> None:
    """A high week shortly before a rise is close enough to be one alert with it, and is not when it was noticed."""
    random = np.random.default_rng(5)
    share = np.full((4, 150), 0.05)
    share[0, 114], share[0, 120:] = 0.15, 0.2
    bases = random.poisson(200, (4, 150)).astype(np.int64)
    (alert,) = watched(panel((random.binomial(bases, share), bases)), 0.2).alerts
    assert date(2020, 1, 6) + timedelta(weeks=114) < alert.began[1] <= alert.first


def test_what_is_long_over_is_not_told() -> None:
    """A high week 44 weeks ago was an alert then, and is none now."""
    assert risen(150, 105, 0.2, 106) == ()


def test_alerts_come_in_words_that_say_when_they_are_over() -> None:
    """An alert that stands does not say that it was last noticed; one that is over does; older ones say so."""
    alert = risen(150, 120, 0.1)[0]
    assert "last noticed" not in sentence(alert, "week")
    assert "first noticed in or before the week of" in sentence(replace(alert, earlier=True), "week")
    assert "It was last noticed in the week of" in sentence(risen(130, 125, 0.2, 126)[0], "week")


@pytest.mark.parametrize(("run", "said"), [(52.4, "52"), (1234.0, "1,200"), (4.6e7, "more than 100,000")])
def test_runs_are_told_no_finer_than_they_are_known(run: float, said: str) -> None:
    """Two digits, and nothing beyond what was simulated."""
    assert often(run) == said


@pytest.mark.deep
def test_false_alarms_keep_to_the_budget() -> None:
    """In 600 quiet series over two years, alarms begin no more often than a run of 60 with one a year allows."""
    from bench.watch import Setting, quiet

    for setting in (Setting(50, 1.0), Setting(200, 2.0)):
        assert quiet(setting, 31).run < 1.8

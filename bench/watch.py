"""`python -m bench.watch`: how soon the watch on trends notices, and how often it is wrong, on simulated series.

Weekly series of one subgroup, 5% of 50, 200 or 1,000 items a week (the number of items is a
Poisson count; where it says so, shares are overdispersed). Three years of history, or 60
weeks, come before anything changes. An alert counts as it would in a run of 60 series within a budget
of one false alarm a year: the first of 60, which is the hardest place. Beside it a naive
rule: the share is above the mean of the last 8 weeks by 2, or by as many standard deviations as
make false alarms no more often than the watch. Exit status 1 where the watch makes more
false alarms than its budget allows, or misses the case that must be caught.

`python -m bench.watch calibrate`: the limits of a climb that `studies/watch.py` holds, by
simulation of quiet series with estimated baselines, looked at every period.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hashgrade.studies.watch import (
    MONTH,
    OUTBREAK,
    RUNS,
    SCORE_MOST,
    SLACK,
    WEEK,
    Rhythm,
    foretold,
    level,
    look,
    noticed,
    onset,
    split,
)

Real = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

N, SERIES, BUDGET, QUIET = 600, 60, 1.0, WEEK.gap
HISTORY, AFTER = 156, 104
SHARE = 0.05
PATHS = 5_200_000


@dataclass(frozen=True)
class Setting:
    """Items a week, variance over the binomial's, weeks of history, and of a doubling (0: at once, None: none)."""

    items: int
    excess: float
    history: int = HISTORY
    weeks: int | None = None

    @property
    def said(self) -> str:
        """The setting in a line of the table."""
        return f"{self.items:>5} items, excess {self.excess:g}, {self.history:>3} weeks"

    def drawn(self, seed: int, count: int = N, after: int = AFTER) -> tuple[Whole, Whole]:
        """Counts and bases of `count` series."""
        random = np.random.default_rng(seed)
        bases = np.maximum(random.poisson(self.items, (count, self.history + after)), 2)
        share = SHARE * (1 + self.risen(self.history + after))[None, :] + np.zeros(bases.shape)
        if self.excess > 1:
            precise = (self.items - 1) / (self.excess - 1) - 1
            share = random.beta(share * precise, (1 - share) * precise)
        return random.binomial(bases, share), bases.astype(np.int64)

    def risen(self, periods: int) -> Real:
        """The part of a doubling that has happened, period by period."""
        if self.weeks is None:
            return np.zeros(periods)
        since = np.arange(periods) - self.history + 1
        return np.clip(since / max(self.weeks, 1), 0, 1)


SETTINGS = (Setting(50, 1.0), Setting(200, 1.0), Setting(1000, 1.0), Setting(200, 2.0), Setting(200, 1.0, 60))


def chances(counts: Whole, bases: Whole, first: int, last: int) -> Real:
    """The watch's chances in each run, float64 [S, R]."""
    return np.column_stack([look(counts, bases, at, WEEK).chance for at in range(first, last)])


def naive(counts: Whole, bases: Whole, first: int, last: int) -> Real:
    """How many standard deviations of the last 8 weeks the share is above their mean, float64 [S, R]."""
    share = counts / bases
    found = []
    for at in range(first, last):
        past = share[:, at - 8:at]
        found.append((share[:, at] - past.mean(1)) / np.maximum(past.std(1, ddof=1), 1e-9))
    return np.column_stack(found)


def begun(alarms: Flags) -> Flags:
    """Where an alarm begins: an alarm that none of the last 8 periods had."""
    found = alarms.copy()
    for back in range(1, QUIET + 1):
        found[:, back:] &= ~alarms[:, :-back]
    return found


def a_year(alarms: Flags) -> float:
    """Alarms that begin, for each series and year."""
    return float(begun(alarms).sum() * WEEK.a_year / alarms.size)


def as_rare(heights: Real, wanted: float) -> float:
    """The lowest threshold at which alarms begin at most so often a year for each series."""
    low, high = 0.0, 1e3
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if a_year(heights > middle) <= wanted else (middle, high)
    return high


def delays(alarms: Flags) -> Real:
    """Weeks from the first changed one to the first alarm, 1 for the same week; infinite where there is none."""
    return np.where(alarms.any(1), alarms.argmax(1) + 1.0, np.inf)


def summary(alarms: Flags) -> str:
    """Median delay, and how many of a hundred were noticed within 26 weeks and 52."""
    late = delays(alarms)
    middle = float(np.median(late))
    shown = f"{middle:.0f}" if np.isfinite(middle) else f"> {alarms.shape[1]}"
    return f"{shown:>6} {100 * np.mean(late <= 26):>5.0f}% {100 * np.mean(late <= 52):>5.0f}%"


@dataclass(frozen=True)
class Quiet:
    """What series in which nothing changes show: false alarms a year, and the naive threshold that is as rare."""

    watch: float
    run: float
    naive: float
    threshold: float


def quiet(setting: Setting, seed: int) -> Quiet:
    """Measure false alarms where nothing changes."""
    counts, bases = setting.drawn(seed)
    end = setting.history + AFTER
    found = chances(counts, bases, setting.history, end)
    own, by_run = a_year(found <= level(BUDGET, WEEK) / SERIES), []
    for group in np.split(found, N // SERIES):
        by_run.append(np.column_stack([noticed(group[:, run], level(BUDGET, WEEK)) for run in range(AFTER)]))
    heights = naive(counts, bases, setting.history, end)
    return Quiet(own, SERIES * a_year(np.concatenate(by_run)), a_year(heights > 2), as_rare(heights, own))


def changed(setting: Setting, still: Quiet, seed: int) -> tuple[str, Flags]:
    """One line about a change, and where the watch noticed it."""
    counts, bases = setting.drawn(seed, after=WEEK.window)
    end = setting.history + WEEK.window
    mine = chances(counts, bases, setting.history, end) <= level(BUDGET, WEEK) / SERIES
    heights = naive(counts, bases, setting.history, end)
    cells = [summary(mine), summary(heights > 2), summary(heights > still.threshold)]
    return " | ".join(cells), mine


def onsets(setting: Setting, seed: int) -> tuple[float, float]:
    """How many of a hundred intervals hold the week of the change, and their median width, 30 weeks after it."""
    counts, bases = setting.drawn(seed, count=300, after=30)
    at = HISTORY + 29
    part = split(at, WEEK)[1]
    share, excess = foretold(counts, bases, at, WEEK, part)
    share, first = share[:, part.end - part.start:], part.end
    truth = HISTORY - first
    found = [onset(counts[n, first:], bases[n, first:], share[n], float(excess[n])) for n in range(len(counts))]
    return (100 * float(np.mean([one.earliest <= truth <= one.latest for one in found])),
            float(np.median([one.latest - one.earliest + 1 for one in found])))


def measured() -> Iterator[tuple[str, bool]]:
    """Every line, and whether what it says is as it must be."""
    yield (f"{N} series a setting, seeds 1 to 26; weeks are those of history; budget {BUDGET:g} false alarm a year "
           f"over {SERIES} series"), True
    yield "", True
    still: dict[Setting, Quiet] = {}
    yield f"{'false alarms a year':35}  watch, a series  60 series  mean + 2 sd, a series  60 series  as rare", True
    for seed, setting in enumerate(SETTINGS, 1):
        one = still[setting] = quiet(setting, seed)
        yield (f"{setting.said}   {one.watch:>18.4f}{one.run:>11.2f}{one.naive:>23.2f}"
               f"{SERIES * one.naive:>11.0f}   + {one.threshold:.1f} sd"), one.run <= 1.5 * BUDGET
    yield "", True
    yield "weeks to notice (median), noticed within 26 and 52 weeks", True
    yield f"{'':61}{'watch':^20} | {'mean + 2 sd':^20} | {'as rare as the watch':^20}", True
    seed = 10
    for weeks, said in ((0, "doubled at once"), (52, "5% to 10% over a year")):
        for setting, one in still.items():
            seed += 1
            line, mine = changed(replace(setting, weeks=weeks), one, seed)
            yield f"{said:22}   {setting.said}   {line}", setting.items < 200 or bool(mine.any(1).mean() > 0.95)
    yield "", True
    yield "when it began: intervals that hold the true week, and their median width, 30 weeks after", True
    for number, weeks in enumerate((0, 52)):
        held, width = onsets(Setting(200, 1.0, weeks=weeks), 25 + number)
        yield f"{'at once' if not weeks else 'over a year':22} 200 items   {held:.0f}%  {width:.0f} weeks", True


def calibrated(baseline: int, window: int, rhythm: Rhythm, seed: int) -> list[float]:
    """The heights that a quiet series reaches once in each of `RUNS` periods, looked at every period.

    Scores are normal; level, season and spread are estimated from the baseline before the window, anew each period,
    large scores weighed down.
    """
    random = np.random.default_rng(seed)
    apart, steps, season, paths = rhythm.gap, 0.05, baseline >= 2 * rhythm.a_year, PATHS // rhythm.a_year
    runs = rhythm.a_year + apart
    drawn = random.standard_normal((paths, baseline + window + runs)).astype(np.float32)
    when = 2 * np.pi * np.arange(baseline + window) / rhythm.a_year
    terms = np.column_stack([np.ones_like(when)] + [np.cos(when), np.sin(when)] * season).astype(np.float32)
    solve = np.linalg.pinv(terms[:baseline])
    heights = np.zeros((paths, runs), np.float32)
    for run in range(runs):
        past, now = (drawn[:, run:run + baseline], drawn[:, run + baseline:run + baseline + window])
        effects = past @ solve.T
        left, freedom = past - effects @ terms[:baseline].T, baseline - terms.shape[1]
        standard = left / np.sqrt((left**2).sum(1) / freedom)[:, None]
        weights = np.where(standard > OUTBREAK, 1 / np.maximum(standard, 1) ** 2, 1)
        weights *= baseline / weights.sum(1, keepdims=True)
        shift = (weights * left).mean(1, keepdims=True)
        spread = np.sqrt((weights * (left - shift) ** 2).sum(1) / freedom)
        scores = np.clip((now - shift - effects @ terms[baseline:].T) / spread[:, None], -SCORE_MOST, SCORE_MOST)
        for period in range(window):
            heights[:, run] = np.maximum(0, heights[:, run] + scores[:, period] - np.float32(SLACK))
    begins = np.zeros(4000)
    for run in range(apart, runs):
        earlier, up = heights[:, run - apart:run].max(1), heights[:, run]
        rose = up > earlier
        begins += np.bincount((earlier[rose] / steps).astype(int) + 1, minlength=4000)[:4000]
        begins -= np.bincount((up[rose] / steps).astype(int) + 1, minlength=4000)[:4000]
    often = np.cumsum(begins) / (paths * (runs - apart))
    return [round(float((np.flatnonzero(often > 1 / run)[-1] + 1) * steps), 1) for run in RUNS]


def main() -> int:
    if sys.argv[1:] == ["calibrate"]:
        for name, rhythm, rows in (("WEEK", WEEK, ((20, 39), (26, 39), (39, 52), (52, 52), (78, 52), (104, 52))),
                                   ("MONTH", MONTH, ((10, 12), (12, 12), (18, 12), (24, 12), (36, 12)))):
            for seed, (baseline, window) in enumerate(rows, 1):
                sys.stdout.write(f"{name} {baseline} {calibrated(baseline, window, rhythm, seed)}\n")
        return 0
    right = True
    for line, well in measured():
        sys.stdout.write(line + ("\n" if well else "   NOT AS IT MUST BE\n"))
        sys.stdout.flush()
        right = right and well
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())

"""Alerts: what the watch noticed in a panel of series, with its evidence and a sentence made from its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from hashgrade.errors import InputError
from hashgrade.studies.figures import DEFINITION, SELF_GENERATED
from hashgrade.studies.series import Panel, Series
from hashgrade.studies.watch import (
    MONTH,
    RUNS,
    WEEK,
    Flags,
    Look,
    Onset,
    Real,
    Rhythm,
    Split,
    foretold,
    level,
    look,
    noticed,
    onset,
    ratio,
    scores,
    split,
)

FALSE_ALARMS = 1.0
"""False alarms a year that a run of all its series may make, unless told otherwise."""
MOVED = 3.0
"""A series moved with an alert where its share since then is this many standard deviations off."""
BESIDE_MOST = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One period of an alert: what was seen, and the count that was expected."""

    period: date
    count: int
    base: int
    expected: float


@dataclass(frozen=True, slots=True)
class Moved:
    """Another series over the same periods: its share foretold and seen, and whether it has an alert too."""

    series: Series
    expected: float
    seen: float
    alert: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A rise that stands out over all series of its run.

    Args:
        series: What rose.
        sign: `climb` or `jump`, whichever is the less likely by chance.
        first: The first period in which it was noticed, of those that were looked at.
        earlier: Whether that is the first of them all, so that it may have been noticed before.
        last: The last one.
        standing: Whether it is noticed still, in the last period of the panel.
        began: The likeliest period of its beginning, the first and the last not ruled out.
        gradual: Whether it came more and more, and not at once.
        baseline: First and last period of the baseline.
        measured: First and last period over which its size is measured.
        count: The count in those.
        base: Of how many.
        expected: The share foretold for those.
        times: The share seen over the share foretold, with its interval of 95%.
        once_in: A quiet series shows so much once in so many periods.
        volume: The base a period since it began, over that of the baseline.
        rows: The periods since the baseline.
        course: The share foretold from the first period of the baseline to the last noticed.
        spread: Two standard deviations about it, float64, like `course`.
        beside: What else moved since it began.
    """

    series: Series
    sign: str
    first: date
    earlier: bool
    last: date
    standing: bool
    began: tuple[date, date, date]
    gradual: bool
    baseline: tuple[date, date]
    measured: tuple[date, date]
    count: int
    base: int
    expected: float
    times: tuple[float, float, float]
    once_in: float
    volume: float
    rows: tuple[Row, ...]
    course: tuple[float, ...]
    spread: tuple[float, ...]
    beside: tuple[Moved, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The alert as data; a series that is 'self-generated' carries what that means."""
        days = {"first_noticed": self.first, "last_noticed": self.last, "began": self.began[0],
                "began_earliest": self.began[1], "began_latest": self.began[2],
                "baseline_from": self.baseline[0], "baseline_until": self.baseline[1],
                "measured_from": self.measured[0], "measured_until": self.measured[1]}
        found: dict[str, object] = {
            "series": self.series.key, "title": self.series.title, "sign": self.sign, "standing": self.standing,
            **{key: day.isoformat() for key, day in days.items()}, "gradual": self.gradual,
            "may_have_been_noticed_earlier": self.earlier,
            "count": self.count, "base": self.base, "expected_share": round(self.expected, 6),
            "times": [round(one, 4) for one in self.times], "once_in": float(f"{self.once_in:.4g}"),
            "volume": round(self.volume, 4),
            "periods": [{"period": row.period.isoformat(), "count": row.count, "base": row.base,
                         "expected": round(row.expected, 2)} for row in self.rows],
            "beside": [{"series": one.series.key, "expected_share": round(one.expected, 6),
                        "share": round(one.seen, 6), "alert": one.alert} for one in self.beside]}
        words = " ".join([self.series.title, self.series.key, *(one.series.title for one in self.beside)])
        return found | ({"definition": DEFINITION} if SELF_GENERATED.search(words) else {})


@dataclass(frozen=True, slots=True)
class Watched:
    """A panel after the watch: the last look at each series, and every alert of late, those that stand first.

    Args:
        panel: What was watched.
        rhythm: How far the watch looked.
        budget: False alarms a year over all series.
        last: The look at the last period.
        expected: float64 [S], the share that the baseline of a climb foretells for the last periods.
        alerts: Every alert that was noticed in the last periods, by `rhythm.told`.
    """

    panel: Panel
    rhythm: Rhythm
    budget: float
    last: Look
    expected: Real
    alerts: tuple[Alert, ...]

    @property
    def short(self) -> list[Series]:
        """The series for which there is not enough history."""
        return [series for series, chance in zip(self.panel.series, self.last.chance, strict=True) if np.isnan(chance)]

    @property
    def standing(self) -> list[Alert]:
        """The alerts that are noticed in the last period."""
        return [alert for alert in self.alerts if alert.standing]


def watched(panel: Panel, false_alarms_a_year: float = FALSE_ALARMS) -> Watched:
    """Look at the last periods one by one, each as it would have been looked at then, and gather what was noticed.

    A period is looked at with nothing later than itself, but with the grades that the
    snapshot holds. An alert that is silent for no longer than the rhythm's gap is the same alert.

    Args:
        panel: Every series.
        false_alarms_a_year: How many false alarms a run of all these series may make in a year.

    Raises:
        InputError: STU-28, the panel is too short; STU-29, the number of false alarms is not above 0.
    """
    rhythm = WEEK if panel.every == "week" else MONTH
    needed, periods = rhythm.least + rhythm.gap + 1, len(panel.periods)
    if periods < needed:
        raise InputError("STU-28", f"the records cover {periods} whole {rhythm.every}{'s' * (periods != 1)} until"
                         f" {panel.end}, and the watch needs {needed}")
    if not 0 < false_alarms_a_year <= rhythm.a_year:
        raise InputError("STU-29", f"false alarms a year are above 0 and at most {rhythm.a_year}, got"
                         f" {false_alarms_a_year:g}")
    first = max(needed - 1, periods - rhythm.window)
    looks = [look(panel.counts, panel.bases, at, rhythm) for at in range(first, periods)]
    seen = np.column_stack([noticed(one.chance, level(false_alarms_a_year, rhythm)) for one in looks])
    alerts = [_alert(panel, rhythm, place, looks, [first + n for n in episode])
              for place in range(len(panel.series)) for episode in _episodes(seen[place], rhythm.gap)
              if first + episode[-1] >= periods - rhythm.told]
    whole = [replace(alert, beside=_beside(panel, rhythm, alert, alerts)) for alert in alerts]
    whole.sort(key=lambda alert: (not alert.standing, -alert.once_in, alert.series.key))
    return Watched(panel, rhythm, false_alarms_a_year, looks[-1], _expected(panel, rhythm), tuple(whole))


def _episodes(seen: Flags, gap: int) -> list[list[int]]:
    """The places of what was noticed, cut where it was silent for longer than `gap`."""
    places = np.flatnonzero(seen)
    return [part.tolist() for part in np.split(places, np.flatnonzero(np.diff(places) > gap) + 1) if len(part)]


def _expected(panel: Panel, rhythm: Rhythm) -> Real:
    """The share that is foretold for the last periods, together weighed by their bases."""
    at = len(panel.periods) - 1
    share, _ = foretold(panel.counts, panel.bases, at, rhythm, split(at, rhythm)[1])
    bases = panel.bases[:, -rhythm.gap:]
    return np.asarray((share[:, -rhythm.gap:] * bases).sum(1) / np.maximum(bases.sum(1), 1))


def _alert(panel: Panel, rhythm: Rhythm, place: int, looks: Sequence[Look], episode: Sequence[int]) -> Alert:
    at = episode[-1]
    seen = looks[at - len(panel.periods)]
    climbs = bool(1 / seen.once_in[place] <= seen.jump[place])
    part = split(at, rhythm)[1 if climbs else 0]
    counts, bases = panel.counts[place], panel.bases[place]
    shares, excesses = foretold(panel.counts[[place]], panel.bases[[place]], at, rhythm, part)
    share, excess = shares[0], float(excesses[0])
    after = share[part.end - part.start:]
    began = onset(counts[part.end:at + 1], bases[part.end:at + 1], after, excess)
    first = next(one for one in episode if one >= part.end + began.earliest)
    since = _since(rhythm, began, part, at)
    count, base = int(counts[since:at + 1].sum()), int(bases[since:at + 1].sum())
    expected = float(share[since - part.start:] @ bases[since:at + 1]) / max(base, 1)
    before = int(bases[part.start:part.end].sum())
    n = np.maximum(bases[part.start:at + 1], 1)
    rows = tuple(Row(panel.periods[part.end + n], int(counts[part.end + n]), int(bases[part.end + n]),
                     float(after[n] * bases[part.end + n])) for n in range(len(after)))
    day = panel.periods.__getitem__
    return Alert(
        series=panel.series[place], sign="climb" if climbs else "jump", first=day(first), last=day(at),
        earlier=first == len(panel.periods) - len(looks), standing=at == len(panel.periods) - 1, gradual=began.gradual,
        began=(day(part.end + began.at), day(part.end + began.earliest), day(part.end + began.latest)),
        baseline=(day(part.start), day(part.end - 1)), measured=(day(since), day(at)), count=count, base=base,
        expected=expected, times=ratio((count, base), (expected * before, before), excess),
        once_in=float(1 / max(float(seen.chance[place]), 1e-30)), volume=_volume(bases, part, began, at), rows=rows,
        course=tuple(share.tolist()), spread=tuple((2 * np.sqrt(excess * share * (1 - share) / n)).tolist()))


def _since(rhythm: Rhythm, began: Onset, part: Split, at: int) -> int:
    """Where an alert's size is measured from: its beginning, or of a rise that goes on its last periods."""
    start = part.end + began.at
    return max(start, at + 1 - rhythm.gap) if began.gradual else start


def _volume(bases: Any, part: Split, began: Onset, at: int) -> float:
    return float(bases[part.end + began.at:at + 1].mean() / max(float(bases[part.start:part.end].mean()), 1e-9))


def _beside(panel: Panel, rhythm: Rhythm, alert: Alert, alerts: Sequence[Alert]) -> tuple[Moved, ...]:
    """Other series whose share over the same periods is far from what was foretold, the farthest first."""
    at, start = panel.periods.index(alert.last), panel.periods.index(alert.measured[0])
    part = split(at, rhythm)[1 if alert.sign == "climb" else 0]
    share, excess = foretold(panel.counts, panel.bases, at, rhythm, part)
    bases = panel.bases[:, start:at + 1]
    of = bases.sum(1)
    foreseen = (share[:, start - part.start:] * bases).sum(1) / np.maximum(of, 1)
    counts = panel.counts[:, start:at + 1].sum(1)
    before = np.maximum(panel.bases[:, part.start:part.end].sum(1), 1)
    inflated = excess * (1 + of / before)  # what is foretold is itself an estimate, from so many
    far = scores(counts[:, None], of[:, None], np.clip(foreseen, 1e-9, 1 - 1e-9)[:, None], inflated[:, None])[:, 0]
    held = (panel.bases[:, part.start:part.end] > 0).sum(1) >= rhythm.held
    also = {one.series for one in alerts if one.last >= alert.measured[0] and one.first <= alert.last}
    sizes = np.abs(counts / np.maximum(of, 1) - foreseen) / np.sqrt(
        np.maximum(inflated * foreseen * (1 - foreseen), 1e-12) / np.maximum(of, 1))
    found = [place for place in np.argsort(-sizes, kind="stable") if held[place] and of[place]
             and (abs(far[place]) >= MOVED or panel.series[place] in also) and panel.series[place] != alert.series]
    return tuple(Moved(panel.series[place], float(foreseen[place]), float(counts[place] / of[place]),
                       panel.series[place] in also) for place in found[:BESIDE_MOST])


# -- in words


def sentence(alert: Alert, every: str) -> str:
    """What happened, how much, since when and how sure, from the alert's numbers alone."""
    seen = alert.count / alert.base if alert.base else 0.0
    middle, low, high = alert.times
    manner = "has risen little by little" if alert.gradual else "rose at once"
    before = "or before " if alert.earlier else ""
    ended = "" if alert.standing else f" It was last noticed in {_when(alert.last, every)}."
    return (
        f"Among {alert.series.whole}, the share in which {alert.series.part} {manner}: "
        f"{share(seen)} ({alert.count:,} of {alert.base:,}) {_over(alert, every)}, "
        f"where {share(alert.expected)} was expected. "
        f"That is {middle:.1f} times as much (95% interval {low:.1f} to {high:.1f}). "
        f"{_began(alert, every)} and was first noticed in {before}{_when(alert.first, every)}.{ended} "
        f"A series in which nothing changes shows so much once in {often(alert.once_in)} {every}s.")


def share(part: float) -> str:
    """A share in per cent with one decimal."""
    return f"{100 * part:.1f}%"


def often(periods: float) -> str:
    """A run length as people read it: two digits, and no more than the calibration can tell."""
    if periods > RUNS[-1]:
        return f"more than {RUNS[-1]:,.0f}"
    return f"{float(f'{periods:.2g}'):,.0f}"


def _began(alert: Alert, every: str) -> str:
    likely, earliest, latest = alert.began
    if earliest == latest:
        return f"It began in {_when(likely, every)}"
    before = " or before" if earliest == alert.rows[0].period else ""
    return (f"It began about {_when(likely, every)} (between {_spoken(earliest, every)}{before} and"
            f" {_spoken(latest, every)})")


def _over(alert: Alert, every: str) -> str:
    many = sum(alert.measured[0] <= row.period <= alert.measured[1] for row in alert.rows)
    if many == 1:
        return f"in {_when(alert.measured[0], every)}"
    return f"in the {many} {every}s from {_spoken(alert.measured[0], every)}"


def _when(day: date, every: str) -> str:
    return f"the week of {_spoken(day, every)}" if every == "week" else _spoken(day, every)


def _spoken(day: date, every: str) -> str:
    return f"{day.day} {day:%B} {day.year}" if every == "week" else f"{day:%B} {day.year}"

"""The page of the watch: alerts first, each with its chart and its numbers, then every series; for inside only."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup, escape

from hashgrade.errors import Refused
from hashgrade.law.drafts import notice
from hashgrade.law.vocabulary import vocabulary
from hashgrade.law.wording import day
from hashgrade.studies.alerts import Alert, Watched, often, sentence, share
from hashgrade.studies.figures import DEFINITION, SELF_GENERATED
from hashgrade.studies.pages import rendered
from hashgrade.studies.report import SYNTHETIC
from hashgrade.studies.snapshot import Snapshot
from hashgrade.studies.study import THRESHOLD
from hashgrade.studies.watch import RUNS

WRITTEN = {"index.html", "watch.json", "series.csv"}
INTERNAL = ("For inside only. Small counts are shown here, so that no page, table or chart of the watch may be "
            "published.")
WIDE, HIGH, LEFT, BOTTOM, TOP, RIGHT = 720, 310, 52, 28, 14, 12
SMALL_WIDE, SMALL_HIGH = 260, 64
SHOWN_MOST = 156  # periods in a chart
Points = Sequence[tuple[float, float]]


def write(watched: Watched, snapshot: Snapshot, out: Path) -> dict[str, object]:
    """Write page, data and series to a folder, the same bytes for the same snapshot; returns the data.

    Raises:
        Refused: STU-10, the folder holds something that the watch did not write.
    """
    if out.exists() and not out.is_dir():
        raise Refused("STU-10", f"`{out.name}` is not a folder")
    others = sorted(path.name for path in out.iterdir() if path.name not in WRITTEN) if out.is_dir() else []
    if others:
        raise Refused("STU-10", f"the folder for the watch holds `{others[0]}`, which no watch wrote")
    out.mkdir(parents=True, exist_ok=True)
    told = as_json(watched, snapshot)
    texts = {"index.html": as_html(watched, snapshot), "series.csv": as_csv(watched),
             "watch.json": json.dumps(told, ensure_ascii=False, indent=1) + "\n"}
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    return told


def as_json(watched: Watched, snapshot: Snapshot) -> dict[str, object]:
    """The watch as data: what `--json` prints."""
    panel, last = watched.panel, watched.last
    return {
        "every": panel.every, "from": panel.periods[0].isoformat(), "until": panel.end.isoformat(),
        "false_alarms_a_year": watched.budget, "internal": INTERNAL, "synthetic": snapshot.synthetic,
        "snapshot": snapshot.digest, "vocabulary": snapshot.vocabulary,
        "packs": [{"pack": pack.id, "version": pack.version, "draft": pack.draft} for pack in snapshot.packs],
        "definition": DEFINITION,
        "alerts": [alert.as_json() | {"sentence": sentence(alert, panel.every)} for alert in watched.alerts],
        "series": [{"series": series.key, "title": series.title, "enough_history": not np.isnan(last.chance[n]),
                    "count": int(panel.counts[n, -1]), "base": int(panel.bases[n, -1]),
                    "chance": _plain(last.chance[n]), "climb": _plain(last.climb[n])}
                   for n, series in enumerate(panel.series)]}


def as_csv(watched: Watched) -> str:
    """Every series and period as CSV, which says of itself that it is for inside only."""
    panel, lines = watched.panel, io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(["series", "title", "period", "count", "base", "note"])
    for n, series in enumerate(panel.series):
        note = " ".join([INTERNAL, *([DEFINITION] if SELF_GENERATED.search(series.key + series.title) else [])])
        for period, count, base in zip(panel.periods, panel.counts[n], panel.bases[n], strict=True):
            writer.writerow([series.key, series.title, period.isoformat(), int(count), int(base), note])
    return lines.getvalue()


def as_html(watched: Watched, snapshot: Snapshot) -> str:
    """The page: one file that asks nothing of any network and runs no script."""
    return rendered("watch.html", as_model(watched, snapshot))


def as_model(watched: Watched, snapshot: Snapshot) -> dict[str, Any]:
    """The page as words and drawings, so that the template decides nothing."""
    panel, rhythm = watched.panel, watched.rhythm
    asked = any(series.key.startswith("severity") or "severity=" in series.key for series in panel.series)
    graded = int(panel.graded[-rhythm.gap:].sum()), int(panel.items[-rhythm.gap:].sum())
    return {
        "every": panel.every, "end": day(panel.end), "start": day(panel.periods[0]), "internal": INTERNAL,
        "synthetic": SYNTHETIC.replace("report", "page") if snapshot.synthetic else "", "definition": DEFINITION,
        "draft": notice(f"{pack.id} {pack.version}" for pack in snapshot.packs if pack.draft) if asked else "",
        "standing": [_alert(watched, alert) for alert in watched.alerts if alert.standing],
        "over": [_alert(watched, alert) for alert in watched.alerts if not alert.standing],
        "groups": _groups(watched), "short": len(watched.short), "many": len(panel.series),
        "gap": rhythm.gap, "told": rhythm.told, "window": rhythm.window, "most": rhythm.most,
        "least": rhythm.least, "budget": f"{watched.budget:g}", "a_year": rhythm.a_year, "periods": len(panel.periods),
        "graded": f"{graded[0]:,} of {graded[1]:,}", "ungraded": graded[0] < 0.9 * graded[1], "threshold": THRESHOLD,
        "vocabulary": vocabulary().version, "snapshot": snapshot.digest,
        "packs": [{"id": pack.id, "version": pack.version, "review": pack.review, "digest": pack.digest or ""}
                  for pack in snapshot.packs]}


def _alert(watched: Watched, alert: Alert) -> dict[str, Any]:
    every = watched.panel.every
    middle, low, high = alert.times
    span = [row for row in alert.rows if alert.measured[0] <= row.period <= alert.measured[1]]
    signs = {"climb": "slow rise (cumulative sum)", "jump": "sudden rise (regression)"}
    return {
        "id": "alert-" + "".join(one if one.isalnum() else "-" for one in alert.series.key) + f"-{alert.first}",
        "label": alert.series.label, "group": alert.series.group, "sentence": sentence(alert, every),
        "defined": bool(SELF_GENERATED.search(alert.series.key + alert.series.title)),
        "chart": _chart(watched, alert),
        "facts": [
            ("How large", f"{middle:.1f} times ({low:.1f} to {high:.1f})"),
            ("Seen", f"{share(alert.count / max(alert.base, 1))} ({alert.count:,} of {alert.base:,})"),
            ("Expected", share(alert.expected)),
            ("Measured over", f"{len(span)} {every}{'s' * (len(span) != 1)} from {day(alert.measured[0])}"),
            ("Began", f"about {day(alert.began[0])} ({day(alert.began[1])} to {day(alert.began[2])}),"
                      f" {'little by little' if alert.gradual else 'at once'}"),
            ("First noticed", f"{'or before ' if alert.earlier else ''}{day(alert.first)}"),
            ("Noticed by", signs[alert.sign]),
            ("By chance", f"once in {often(alert.once_in)} {every}s in one quiet series"),
            ("Items in the whole", f"{alert.volume:.2f} times as many a {every} as in the baseline"),
            ("Baseline", f"{day(alert.baseline[0])} to {day(alert.baseline[1])}")],
        "rows": [{"period": day(row.period), "count": row.count, "base": row.base, "expected": f"{row.expected:.1f}",
                  "share": share(row.count / row.base) if row.base else "–", "small": 0 < row.count < THRESHOLD}
                 for row in reversed(alert.rows[-26:])],
        "beside": [{"title": one.series.title, "expected": share(one.expected), "seen": share(one.seen),
                    "way": "rose" if one.seen > one.expected else "fell", "alert": one.alert} for one in alert.beside]}


def _groups(watched: Watched) -> list[dict[str, Any]]:
    panel, gap = watched.panel, watched.rhythm.gap
    groups: dict[str, list[dict[str, Any]]] = {}
    states = {alert.series: ("Alert", "alert") if alert.standing else ("Alert, over", "over")
              for alert in reversed(watched.alerts)}
    for n, series in enumerate(panel.series):
        count, base = int(panel.counts[n, -gap:].sum()), int(panel.bases[n, -gap:].sum())
        known = not np.isnan(watched.last.chance[n])
        state = states.get(series, ("As expected", "quiet") if known else ("Not enough history", "short"))
        groups.setdefault(series.group, []).append({
            "label": series.label, "share": share(count / base) if base else "–", "count": count, "base": base,
            "expected": share(float(watched.expected[n])) if known else "–", "state": state[0], "kind": state[1],
            "chance": _chance(float(watched.last.chance[n])),
            "small": 0 < count < THRESHOLD, "chart": _small(watched, n)})
    return [{"title": title, "series": series, "whole": _whole(watched, title)} for title, series in groups.items()]


def _chance(chance: float) -> str:
    if np.isnan(chance):
        return "–"
    if chance > 0.05:
        return "usual"
    return f"less than 1 in {RUNS[-1]:,.0f}" if chance < 1 / RUNS[-1] else f"1 in {often(1 / chance)}"


def _whole(watched: Watched, group: str) -> str:
    return next(series.whole for series in watched.panel.series if series.group == group)


# -- drawings


class _Frame:
    """From periods and shares to the points of a drawing."""

    def __init__(self, first: int, last: int, most: float, box: tuple[float, float, float, float]) -> None:
        self.first, self.last, self.most = first, max(last, first + 1), most
        self.left, self.top, self.right, self.bottom = box

    def x(self, period: float) -> float:
        return self.left + (period - self.first) / (self.last - self.first) * (self.right - self.left)

    def y(self, part: float) -> float:
        return self.bottom - min(part / self.most, 1.0) * (self.bottom - self.top)

    def path(self, points: Points) -> str:
        return " ".join(f"{'L' if n else 'M'}{self.x(x):.1f} {self.y(y):.1f}" for n, (x, y) in enumerate(points))


def _seen(watched: Watched, row: int, first: int) -> list[tuple[float, float]]:
    counts, bases = watched.panel.counts[row], watched.panel.bases[row]
    return [(float(n), float(counts[n] / bases[n])) for n in range(first, len(bases)) if bases[n]]


def _chart(watched: Watched, alert: Alert) -> Markup:
    """Shares as dots, what was expected as a line with a band of two standard deviations, and when it began."""
    panel = watched.panel
    place, last = panel.series.index(alert.series), len(panel.periods) - 1
    start = panel.periods.index(alert.baseline[0])
    first = max(start, last + 1 - SHOWN_MOST)
    seen = _seen(watched, place, first)
    step = _step(max(y for _, y in seen) if seen else 0.01)
    frame = _Frame(first, last, step * (int(max([y for _, y in seen], default=0) / step) + 1),
                   (LEFT, TOP, WIDE - RIGHT, HIGH - BOTTOM))
    line = [(float(start + n), y) for n, y in enumerate(alert.course) if start + n >= first]
    band = [(float(start + n), y, d) for n, (y, d) in enumerate(zip(alert.course, alert.spread, strict=True))
            if start + n >= first and panel.bases[place, start + n]]
    around = frame.path([(x, y + d) for x, y, d in band] + [(x, max(0.0, y - d)) for x, y, d in reversed(band)])
    likely, earliest, latest = (panel.periods.index(one) for one in alert.began)
    noticed = panel.periods.index(alert.first)
    parts = [f'<path class="band" d="{around} Z"/>', *_grid(frame, step), *_dates(watched, frame),
             f'<rect class="onset" x="{frame.x(earliest) - 2:.1f}" y="{TOP}" '
             f'width="{frame.x(latest) - frame.x(earliest) + 4:.1f}" height="{HIGH - BOTTOM - TOP}"/>',
             f'<path class="began" d="M{frame.x(likely):.1f} {TOP}V{HIGH - BOTTOM}"/>',
             f'<path class="expected" d="{frame.path(line)}"/>',
             f'<path class="smooth" d="{frame.path(_smoothed(watched, place, first))}"/>',
             *(_dot(frame, "late" if x >= likely else "dot", x, y) for x, y in seen),
             f'<path class="noticed" d="M{frame.x(noticed):.1f} {TOP} l-6 -10 h12 Z"/>']
    said = f"{alert.series.title}: share a {panel.every}. {sentence(alert, panel.every)} The numbers are in the table."
    return _drawn(WIDE, HIGH, said, parts)


def _dot(frame: _Frame, kind: str, period: float, part: float) -> str:
    return f'<circle class="{kind}" cx="{frame.x(period):.1f}" cy="{frame.y(part):.1f}" r="2.4"/>'


def _smoothed(watched: Watched, row: int, first: int) -> list[tuple[float, float]]:
    """The share of the last few periods together, so that a slow rise is seen through the noise of weeks."""
    gap = watched.rhythm.gap
    counts, bases = watched.panel.counts[row], watched.panel.bases[row]
    sums = [(n, counts[n + 1 - gap:n + 1].sum(), bases[n + 1 - gap:n + 1].sum())
            for n in range(max(first, gap - 1), len(bases))]
    return [(float(n), float(count / base)) for n, count, base in sums if base]


def _small(watched: Watched, row: int) -> Markup:
    last = len(watched.panel.periods) - 1
    first = max(0, last + 1 - SHOWN_MOST)
    seen, smooth = _seen(watched, row, first), _smoothed(watched, row, first)
    most = max([y for _, y in seen], default=0.0) * 1.05 or 1.0
    frame = _Frame(first, last, most, (2, 4, SMALL_WIDE - 6, SMALL_HIGH - 3))
    expected = float(watched.expected[row])
    dots = " ".join(f"M{frame.x(x):.1f} {frame.y(y):.1f}h0" for x, y in seen)
    parts = [f'<line class="floor" x1="2" x2="{SMALL_WIDE - 6}" y1="{SMALL_HIGH - 3}" y2="{SMALL_HIGH - 3}"/>',
             f'<path class="specks" d="{dots}"/>']
    if not np.isnan(watched.last.chance[row]):
        parts.append(f'<path class="expected" d="{frame.path([(float(first), expected), (float(last), expected)])}"/>')
    if smooth:
        x, y = smooth[-1]
        parts += [f'<path class="smooth" d="{frame.path(smooth)}"/>',
                  f'<circle class="late" cx="{frame.x(x):.1f}" cy="{frame.y(y):.1f}" r="3"/>']
    series = watched.panel.series[row]
    return _drawn(SMALL_WIDE, SMALL_HIGH, f"{series.title}: share over time, from 0 to {share(most)}", parts)


def _step(most: float) -> float:
    """A round distance between lines, so that about four fit."""
    steps = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25)
    return next((step for step in steps if most / step <= 4.5), 0.25)


def _grid(frame: _Frame, step: float) -> list[str]:
    lines = [n * step for n in range(round(frame.most / step) + 1)]
    digits = 0 if step >= 0.01 else 1
    return [f'<line class="rule" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{frame.y(y):.1f}" y2="{frame.y(y):.1f}"/>'
            f'<text class="scale end" x="{LEFT - 8}" y="{frame.y(y) + 4:.1f}">{100 * y:.{digits}f}%</text>'
            for y in lines]


def _dates(watched: Watched, frame: _Frame) -> list[str]:
    """The first period of each quarter, or of each half year where that is too many."""
    months = (1, 4, 7, 10) if frame.last - frame.first <= 110 * watched.rhythm.a_year / 52 else (1, 7)
    found, before = [], 0
    for n, first_day in enumerate(watched.panel.periods):
        if n >= frame.first and first_day.month in months and first_day.month != before and n < frame.last - 2:
            found.append(f'<line class="tick" x1="{frame.x(n):.1f}" x2="{frame.x(n):.1f}" y1="{HIGH - BOTTOM}" '
                         f'y2="{HIGH - BOTTOM + 5}"/><text class="scale" x="{frame.x(n):.1f}" y="{HIGH - 8}">'
                         f'{first_day:%b} {first_day.year}</text>')
        before = first_day.month
    return found


def _drawn(width: int, height: int, said: str, parts: Sequence[str]) -> Markup:
    # The parts are numbers and fixed words; only `said` holds text from elsewhere, and it is escaped.
    return Markup(f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(said)}">'  # noqa: S704
                  + "".join(parts) + "</svg>")


def _plain(number: float) -> float | None:
    return None if np.isnan(number) else float(f"{number:.6g}")

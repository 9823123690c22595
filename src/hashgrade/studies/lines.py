"""Lines over time, and small multiples, as Vega-Lite: each line is named at its end, and told by more than colour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Any

from hashgrade.studies import colours
from hashgrade.studies.colours import INK, OTHERS, QUIET, RULE, SERIES
from hashgrade.studies.lettering import apart, width, wrapped
from hashgrade.studies.marks import LABEL, LINE, MARGIN, SHAPES, SMALL, WIDE, Drawn, Spec, rounds, said, words

REST_SHAPES = ("triangle-down", "triangle-left")
DASHES = ((1, 0), (7, 3), (2, 2), (9, 3, 2, 3), (4, 4))
QUIET_DASH = (1, 3)
HIGH, SMALL_HIGH = 210, 72  # of a plot, and of a panel's
TINY = 10.5  # size of the texts in a panel
GAPS = "Gaps are counts kept back."
PARTS, LEFT_OUT = "Hollow points are periods that are not whole.", "Only whole periods are drawn."


@dataclass(frozen=True, slots=True)
class Series:
    """One line: a value for each column, None where it is kept back; `cut` where the first and last are not whole."""

    key: str
    label: str
    values: tuple[float | None, ...]
    rest: bool = False
    cut: bool = False

    @property
    def whole(self) -> tuple[float | None, ...]:
        """The values of whole periods."""
        return self.values[1:-1] if self.cut else self.values

    def at(self, column: int, step: int) -> Spec:
        """The value of a column as data: joined to others by a line, or not where its period is not whole."""
        if self.cut and column in (0, len(self.values) - 1):
            return {"count": None, "part": self.values[column], "marked": False}
        return {"count": self.values[column], "part": None, "marked": _marked(self.whole, column - self.cut, step)}


def lines(series: Sequence[Series], columns: Sequence[str]) -> Drawn:
    """Lines over time, each named at its end, with a shape and a dash of its own, and gaps for what is kept back."""
    left, right = 46, 112
    across = WIDE - left - right
    top = _round(series)
    under = 19 + 13 * max(len(wrapped(column, SMALL, 64)) for column in columns)
    told = _told(series, PARTS, (MARGIN - left, HIGH + under))
    layers = [*_drawn_lines(series, len(columns), top), *_time(columns, across),
              *_ends(series, (across, HIGH), top[-1]), *told]
    values = _values(series, columns, max(1, ceil(len(columns) / 13)))
    room = (left, right, 8, under + 20 * len(told))
    return Drawn({"data": {"values": values}, "layer": layers}, (across, HIGH), room)


def _round(series: Sequence[Series]) -> list[float]:
    return rounds([value for one in series for value in one.values if value is not None])


def _told(series: Sequence[Series], parts: str, at: tuple[float, float]) -> list[Spec]:
    """What gaps mean, and what became of periods that are not whole, where there are any."""
    gaps = any(value is None for one in series for value in one.whole)
    words = [*([GAPS] if gaps else []), *([parts] if any(one.cut for one in series) else [])]
    return [said(" ".join(words), at, size=11, baseline="top", align="left")] if words else []


def _values(series: Sequence[Series], columns: Sequence[str], step: int) -> list[Spec]:
    return [{"row": one.label, "key": one.key, "column": column, "at": n, **one.at(n, step)}
            for one in series for n, column in enumerate(columns)]


def _marked(values: Sequence[float | None], n: int, step: int) -> bool:
    """Whether a point has its shape: some at even distances, the last, and those beside which nothing is drawn."""
    known = [at for at, value in enumerate(values) if value is not None]
    alone = all(not 0 <= at < len(values) or values[at] is None for at in (n - 1, n + 1))
    return bool(known) and (n % step == 0 or n == known[-1] or alone)


def _drawn_lines(series: Sequence[Series], columns: int, top: Sequence[float]) -> list[Spec]:
    keys = [one.key for one in series]
    known = [key for one, key in zip(series, keys, strict=True) if not one.rest]
    inks = [SERIES[known.index(one.key) % len(SERIES)] if not one.rest else colours.REST for one in series]
    shapes = [SHAPES[known.index(one.key) % len(SHAPES)] if not one.rest else _rest(one, series) for one in series]
    dashes = [[*DASHES[known.index(one.key) % len(DASHES)]] if not one.rest else [*QUIET_DASH] for one in series]
    x: Spec = {"field": "at", "type": "quantitative", "axis": None,
               "scale": {"domain": [0, max(1, columns - 1)], "nice": False}}
    y: Spec = {"field": "count", "type": "quantitative", "axis": _axis([*top], {n: f"{n:,.10g}" for n in top}),
               "scale": {"domain": [0, top[-1]], "nice": False}}

    def by(values: Sequence[Any]) -> Spec:
        return {"field": "key", "type": "nominal", "legend": None, "scale": {"domain": keys, "range": [*values]}}

    ends = [{"transform": [{"filter": "isValid(datum.part)"}],
             "mark": {"type": "point", "filled": False, "size": 36, "strokeWidth": 1.5, "opacity": 1},
             "encoding": {"x": x, "y": y | {"field": "part"}, "color": by(inks)}}]
    return [{"mark": {"type": "line", "strokeWidth": 2},
             "encoding": {"x": x, "y": y, "color": by(inks), "strokeDash": by(dashes)}},
            *(ends if any(one.cut for one in series) else []),
            {"transform": [{"filter": "datum.marked"}],
             "mark": {"type": "point", "filled": True, "size": 42, "opacity": 1},
             "encoding": {"x": x, "y": y, "color": by(inks), "shape": by(shapes)}}]


def _rest(one: Series, series: Sequence[Series]) -> str:
    return REST_SHAPES[[other.key for other in series if other.rest].index(one.key) % len(REST_SHAPES)]


def _time(columns: Sequence[str], across: float) -> list[Spec]:
    """The names of some columns below the plot, as many as there is room for, the first and the last among them."""
    most = max(width(word, SMALL) for column in columns for word in wrapped(column, SMALL, 64))
    room = max(2, floor((across + most) / (most + 14)))
    last = len(columns) - 1
    steps = next(step for step in range(1, len(columns) + 1) if last // step + 1 <= room)
    shown = [n for n in range(0, last + 1, steps) if last - n >= steps or n == last] if last % steps else [
        *range(0, last + 1, steps)]
    values = [{"at": n, "label": "\n".join(wrapped(columns[n], SMALL, 64))} for n in dict.fromkeys([*shown, last])]
    x: Spec = {"field": "at", "type": "quantitative", "axis": None}
    ticks = {"data": {"values": values}, "mark": {"type": "rule", "color": QUIET, "size": 1},
             "encoding": {"x": x, "y": {"value": HIGH}, "y2": {"value": HIGH + 5}}}
    names = {"data": {"values": values}, "mark": words(SMALL, baseline="top", lineHeight=13, color=QUIET),
             "encoding": {"x": x, "y": {"value": HIGH + 9}, "text": {"field": "label"}}}
    return [ticks, names]


def _ends(series: Sequence[Series], size: tuple[float, float], most: float) -> list[Spec]:
    """The name and the last number of each line, beside its end, pushed apart where they would meet."""
    across, high = size
    texts = {one.key: wrapped(one.label, SMALL, 92, 3) for one in series}
    last = {one.key: next((value for value in reversed(one.whole) if value is not None), None) for one in series}
    spots = [(high * (1 - (last[one.key] or 0) / most), 13.0 * (len(texts[one.key]) + 1) + 3) for one in series]
    layers = []
    for one, (at, (wanted, tall)) in zip(series, zip(apart(spots, -8, high + 12), spots, strict=True), strict=True):
        top = at - tall / 2 + 1.5
        layers.append(said("\n".join([*texts[one.key], _last(one)]), (across + 18, top), size=SMALL, baseline="top",
                           align="left", color=QUIET if one.rest else INK))
        if one.whole and one.whole[-1] is not None:
            layers.append({"data": {"values": [{}]}, "mark": {"type": "rule", "color": RULE, "size": 1},
                           "encoding": {"x": {"value": across + 5}, "x2": {"value": across + 15},
                                        "y": {"value": wanted}, "y2": {"value": top + 6}}})
    return layers


def multiples(series: Sequence[Series], columns: Sequence[str], timed: bool) -> Drawn:
    """One small panel a row, two side by side, all with one scale.

    Over time a panel is a line before the lines of all other rows in a quiet grey; else it is a bar a column.
    """
    across, gap, between = (WIDE - 2 * MARGIN - 20) / 2, 20, 28 if timed else 14
    columns = columns[1:-1] if any(one.cut for one in series) else columns
    heads = [wrapped(one.label, LABEL, across) for one in series]
    most = _round(series)[-1]
    drawn = [replace(one, values=one.whole, cut=False) for one in series]
    values = _values(drawn, columns, len(columns) + 1)
    names = [wrapped(column, TINY, 76) for column in columns]
    plot = SMALL_HIGH if timed else sum(13 * len(name) + 4 for name in names)
    panels: list[Spec] = []
    tall = 0.0
    for n, one in enumerate(drawn):
        pair = heads[n - n % 2:n - n % 2 + 2]
        high = LINE * max(map(len, pair)) + 18 * timed + 4 + plot
        tall += high + between if n % 2 == 0 else 0
        shown = _panel(one, columns, (across, high), most) if timed else _mini(one, names, (across, high), most)
        head = said("\n".join(heads[n]), (0, 0), size=LABEL, baseline="top", align="left", color=INK, lineHeight=LINE)
        panels.append({"width": across, "height": high, "layer": [head, *shown]})
    marks = {"data": {"values": values}, "columns": 2, "concat": panels, "bounds": "flush", "align": "each",
             "spacing": {"row": between, "column": gap}}
    told = _told(series, LEFT_OUT, (0, panels[-1]["height"] + 24)) if timed else []
    panels[-1 - (len(panels) + 1) % 2]["layer"] += told
    return Drawn(marks, (WIDE - 2 * MARGIN, tall - between), (MARGIN, MARGIN, 0, 24 + 20 * len(told)))


def _panel(one: Series, columns: Sequence[str], size: tuple[float, float], most: float) -> list[Spec]:
    across, high = size
    over, room = high - SMALL_HIGH, across / 2 - 4
    x: Spec = {"field": "at", "type": "quantitative", "axis": None,
               "scale": {"domain": [0, max(1, len(columns) - 1)], "nice": False}}
    y: Spec = {"field": "count", "type": "quantitative", "axis": None,
               "scale": {"domain": [0, most], "range": [high, over], "nice": False}}
    own = f"datum.key === {_quoted(one.key)}"
    ink = colours.REST if one.rest else SERIES[0]
    some = any(value is not None for value in one.whole)
    last = f"last: {_last(one)}" if some else "all kept back"
    return [
        {"data": {"values": [{"at": high}, {"at": over}]}, "mark": {"type": "rule", "color": RULE, "size": 1},
         "encoding": {"x": {"value": 0}, "x2": {"value": across},
                      "y": {"field": "at", "type": "quantitative", "axis": None, "scale": None}}},
        {"transform": [{"filter": f"!({own})"}], "mark": {"type": "line", "strokeWidth": 1, "color": OTHERS},
         "encoding": {"x": x, "y": y, "detail": {"field": "key"}}},
        {"transform": [{"filter": own}], "mark": {"type": "line", "strokeWidth": 2.25, "color": ink},
         "encoding": {"x": x, "y": y}},
        {"transform": [{"filter": f"{own} && datum.marked"}],
         "mark": {"type": "point", "filled": True, "size": 36, "opacity": 1, "color": ink},
         "encoding": {"x": x, "y": y}},
        said(f"{most:,.10g}", (0, over - 2), size=TINY, baseline="bottom", align="left"),
        said(last, (across, over - 2), size=TINY, baseline="bottom", align="right", color=INK),
        said(wrapped(columns[0], TINY, room, 1)[0], (0, high + 5), size=TINY, baseline="top", align="left"),
        *([said(wrapped(columns[-1], TINY, room, 1)[0], (across, high + 5), size=TINY, baseline="top", align="right")]
          if len(columns) > 1 else [])]


def _mini(one: Series, names: Sequence[Sequence[str]], size: tuple[float, float], most: float) -> list[Spec]:
    """A bar a column, with its name before it and its number behind it."""
    across, high = size
    left, right = 82, 14 + max(width(_number(value), TINY) for value in one.values)
    ink, values, top = colours.REST if one.rest else colours.BAR, [], high
    for name, value in zip(reversed(names), reversed(one.values), strict=True):
        tall = 13 * len(name) + 4
        top -= tall
        end = left + (across - left - right) * (value or 0) / most
        values.append({"row": one.label, "column": " ".join(name), "count": value, "label": "\n".join(name), "end": end,
                       "top": top, "middle": top + tall / 2, "text": _number(value), "start": left})
    exact: Spec = {"type": "quantitative", "axis": None, "scale": None}
    middle = exact | {"field": "middle"}
    return [
        {"data": {"values": values}, "layer": [
            {"mark": {"type": "bar", "height": 9, "color": ink},
             "encoding": {"x": exact | {"field": "start"}, "x2": {"field": "end"}, "y": middle}},
            {"mark": words(TINY, align="left", baseline="top", lineHeight=12, color=QUIET, dy=2),
             "encoding": {"x": {"value": 0}, "y": exact | {"field": "top"}, "text": {"field": "label"}}},
            {"mark": words(TINY, align="left", baseline="middle", dx=4, color=INK),
             "encoding": {"x": exact | {"field": "end"}, "y": middle, "text": {"field": "text"}}}]}]


def _number(value: float | None) -> str:
    return "kept back" if value is None else f"{value:,.10g}"


def _last(one: Series) -> str:
    return _number(one.whole[-1] if one.whole else one.values[-1])


def _axis(values: list[float], written: Mapping[float, str]) -> Spec:
    labels = "".join(f"datum.value === {value!r} ? {_quoted(text)} : " for value, text in written.items())
    return {"title": None, "values": values, "labelExpr": f"{labels}''", "gridColor": RULE, "domain": False,
            "ticks": False, "labelColor": QUIET, "labelFontSize": 11, "labelPadding": 6, "labelLimit": 0,
            "labelOverlap": False, "labelBound": False, "labelFlush": False}


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

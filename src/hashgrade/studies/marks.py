"""Bars, dots with intervals, heat maps and waffles as Vega-Lite.

Each kind takes rows of text and numbers and gives marks with their data inside. Every size is
a number that is known here: a text is never measured, and no axis may hide a label for want of room.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log, log10
from typing import Any

from hashgrade.studies import colours
from hashgrade.studies.colours import INK, QUIET, RULE, SERIES, SHADES
from hashgrade.studies.lettering import apart, width, wrapped

Spec = dict[str, Any]
WIDE, MARGIN = 400, 12  # of a drawing, so that 12 pixels of text can be read on a phone
LABEL, SMALL, LINE = 12.5, 11.5, 15
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")


@dataclass(frozen=True, slots=True)
class Drawn:
    """Marks and where they stand: the size of the plot in pixels, and the room to its left, right, top and bottom."""

    marks: Spec
    size: tuple[float, float]
    room: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of bars or dots: its label, what is written beside it, its value and its interval.

    `value` is None where nothing is drawn; `rest` marks what is not known.
    """

    key: str
    label: str
    text: str
    value: float | None
    low: float | None = None
    high: float | None = None
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Square:
    """One cell of a heat map: its row and column, what is written in it, and its shade from 1; 0 has none."""

    row: str
    column: str
    text: str
    shade: int
    kept_back: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """The axis of bars or dots: its values in order, how they are written, and whether it is of logarithms."""

    ticks: tuple[float, ...]
    written: Mapping[float, str]
    log: bool = False
    mark: float | None = None


def bars(rows: Sequence[Bar], scale: Scale, dots: bool = False) -> Drawn:
    """A bar or a dot a row below its label, its interval as a thin line, and its numbers beside it."""
    right = 16 + max((width(row.text, 12) for row in rows), default=0)
    last, high, values = scale.ticks[-1], 0, []
    for row in rows:
        label = wrapped(row.label, LABEL, WIDE - 2 * MARGIN)
        middle = high + LINE * len(label) + 9
        values.append(_told(row, scale) | {"label": "\n".join(label), "top": high + 2, "middle": middle,
                                           "from": middle - 8, "to": middle + 14})
        high = middle + 16
    x: Spec = {"type": "quantitative", "axis": None, "scale": {
        "domain": [scale.ticks[0], last], "nice": False, "zero": False, **({"type": "log"} if scale.log else {})}}
    fill = {"condition": {"test": "datum.rest", "value": colours.REST}, "value": colours.BAR}
    mark = ({"type": "point", "filled": True, "size": 70, "opacity": 1} if dots else
            {"type": "bar", "orient": "horizontal", "height": 11})
    layers = [
        *_grid(values, scale, x),
        {"transform": [{"filter": "isValid(datum.value)"}], "mark": mark,
         "encoding": {"x": x | {"field": "point"}, "color": fill, "y": _exact("middle")}},
        *_whiskers(values, x),
        {"mark": words(LABEL, align="left", baseline="top", color=INK),
         "encoding": {"y": _exact("top"), "x": {"value": 0}, "text": {"field": "label"}}},
        {"mark": words(12, align="left", baseline="middle", dx=8, color=INK),
         "encoding": {"y": _exact("middle"), "x": x | {"field": "at"}, "text": {"field": "text"}}},
        *({"data": {"values": [{"at": tick, "label": scale.written[tick]} for tick in ticks]},
           "mark": words(11, baseline="top", color=QUIET, align=align),
           "encoding": {"x": x | {"field": "at"}, "y": {"value": high + 2}, "text": {"field": "label"}}}
          for ticks, align in ((scale.ticks[:1], "left"), (scale.ticks[1:], "center")))]
    return Drawn({"data": {"values": values}, "layer": layers}, (WIDE - MARGIN - right, high), (MARGIN, right, 0, 24))


def _told(row: Bar, scale: Scale) -> Spec:
    """A row as data; what lies beyond the axis, or has no end, is drawn to the axis's end."""
    first, last = scale.ticks[0], scale.ticks[-1]

    def drawn(value: float) -> float:
        return min(max(value, first), last)

    found: Spec = {"key": row.key, "row": row.label, "value": row.value, "low": None, "high": None, "text": row.text,
                   "rest": row.rest, "at": first if scale.mark is None else scale.mark}
    if row.value is not None:
        found["point"] = found["at"] = drawn(row.value)
        if row.low is not None:
            since, until = drawn(row.low), last if row.high is None else drawn(row.high)
            found |= {"low": row.low, "high": row.high, "since": since, "until": until}
            found["at"] = max(found["point"], until)
    return found


def _exact(field: str) -> Spec:
    """A place in pixels."""
    return {"field": field, "type": "quantitative", "axis": None, "scale": None}


def _band(name: str, keys: Sequence[str], inner: float = 0, outer: float = 0) -> Spec:
    """A place for each key, in order, whatever the data of a layer are."""
    return {"field": name, "type": "nominal", "sort": None, "axis": None,
            "scale": {"domain": [*keys], "paddingInner": inner, "paddingOuter": outer}}


def _grid(rows: Sequence[Spec], scale: Scale, x: Spec) -> list[Spec]:
    """Short lines behind each bar, so that none runs through a label."""
    def at(ticks: Sequence[float], colour: str) -> Spec:
        values = [{"from": row["from"], "to": row["to"], "at": tick} for row in rows for tick in ticks]
        return {"data": {"values": values}, "mark": {"type": "rule", "color": colour, "size": 1},
                "encoding": {"x": x | {"field": "at"}, "y": _exact("from"), "y2": {"field": "to"}}}

    marked = [scale.mark] if scale.mark is not None else []
    return [at([tick for tick in scale.ticks if tick not in marked], RULE), *(at([one], INK) for one in marked)]


def _whiskers(rows: Sequence[Spec], x: Spec) -> list[Spec]:
    """The interval of each row that has one: a thin line, with an end on each side that it ends on."""
    held = [row for row in rows if row["low"] is not None]
    if not held:
        return []
    ends = [{"at": row[drawn], "middle": row["middle"]} for row in held
            for end, drawn in (("low", "since"), ("high", "until")) if row[end] == row[drawn]]
    return [{"transform": [{"filter": "isValid(datum.low)"}], "mark": {"type": "rule", "color": INK, "size": 1.5},
             "encoding": {"x": x | {"field": "since"}, "x2": {"field": "until"}, "y": _exact("middle")}},
            {"data": {"values": ends},
             "mark": {"type": "tick", "orient": "vertical", "color": INK, "thickness": 1.5, "size": 7},
             "encoding": {"x": x | {"field": "at"}, "y": _exact("middle")}}]


def heat(cells: Sequence[Square], rows: Mapping[str, str], columns: Mapping[str, str]) -> Drawn:
    """A grid with its numbers in it; what is kept back says so in a broken frame, and nothing is 0 without a shade."""
    left = 150
    column = min(96, max(66, 8 + max(width(word, SMALL) for label in columns.values() for word in label.split())))
    head = max(len(wrapped(label, SMALL, column - 4)) for label in columns.values())
    row = max(38, 6 + LINE * max(len(wrapped(label, LABEL, left - 12)) for label in rows.values()))
    values = [{"row": rows[cell.row], "column": columns[cell.column], "key": cell.row, "across": cell.column,
               "text": cell.text, "lines": cell.text.count("\n") + 1, "shade": cell.shade, "kept_back": cell.kept_back}
              for cell in cells]
    x, y = _band("across", [*columns], 0.04, 0.02), _band("key", [*rows], 0.04, 0.02)
    shade = {"field": "shade", "type": "ordinal", "legend": None,
             "scale": {"domain": [*range(1, len(SHADES) + 1)], "range": [*SHADES]}}
    on_shade = {"condition": [{"test": "datum.kept_back", "value": QUIET},
                              {"test": f"datum.shade >= {colours.DARK_FROM}", "value": colours.ON_SHADE}], "value": INK}
    names = [{"key": key, "label": "\n".join(wrapped(label, LABEL, left - 12))} for key, label in rows.items()]
    heads = [{"across": key, "label": _below(wrapped(label, SMALL, column - 4), head)}
             for key, label in columns.items()]
    layers = [
        {"transform": [{"filter": "datum.shade > 0"}], "mark": {"type": "rect", "cornerRadius": 2},
         "encoding": {"x": x, "y": y, "color": shade}},
        {"transform": [{"filter": "datum.kept_back"}],
         "mark": {"type": "rect", "cornerRadius": 2, "filled": False, "stroke": QUIET, "strokeDash": [3, 3]},
         "encoding": {"x": x, "y": y}},
        *({"transform": [{"filter": f"datum.lines === {count}"}],
           "mark": words(SMALL, baseline="middle", lineHeight=13, dy=6.5 * (1 - count)),
           "encoding": {"x": x, "y": y, "text": {"field": "text"}, "color": on_shade}} for count in (1, 2)),
        *_names(names, y, left),
        {"data": {"values": heads}, "mark": words(SMALL, baseline="top", lineHeight=13, color=INK),
         "encoding": {"x": x, "y": {"value": -8 - 13 * head}, "text": {"field": "label"}}}]
    return Drawn({"data": {"values": values}, "layer": layers}, (column * len(columns), row * len(rows)),
                 (left + MARGIN, MARGIN, 12 + 13 * head, 12))


def _names(names: Sequence[Spec], y: Spec, left: float) -> list[Spec]:
    """The labels of rows, each in the middle of its row: one layer for each number of lines."""
    sizes = sorted({str(name["label"]).count("\n") for name in names})
    return [{"data": {"values": [name for name in names if str(name["label"]).count("\n") == size]},
             "mark": words(LABEL, align="left", baseline="middle", dy=-size * LINE / 2, color=INK),
             "encoding": {"x": {"value": -left}, "y": y, "text": {"field": "label"}}} for size in sizes]


def waffle(rows: Sequence[tuple[str, str, int, bool]]) -> Drawn:
    """A mark for each drawn unit, twenty to a row of marks; a shape and a colour for each row, named beside it.

    Args:
        rows: Of each row its label, what is written below that, its count and whether it is what is not known.
    """
    cell, wide = 12, 20
    across = cell * wide
    looks = _looks([rest for *_, rest in rows])
    texts = [[*wrapped(label, SMALL, 96, 3), said] for label, said, _, _ in rows]
    spots, units, before = [], [], 0
    for (label, _, count, rest), look, text in zip(rows, looks, texts, strict=True):
        units += [{"row": label, "across": at % wide, "down": at // wide, "rest": rest, **look}
                  for at in range(before, before + count)]
        spots.append((((before + count / 2) // wide + 0.5) * cell, 13.0 * len(text) + 5))
        before += count
    high = max(cell * ceil(before / wide), sum(tall for _, tall in spots))
    exact: Spec = {"type": "quantitative", "axis": None}
    x = exact | {"field": "across", "scale": {"domain": [-0.5, wide - 0.5], "nice": False}}
    y = exact | {"field": "down", "scale": {"domain": [high / cell - 0.5, -0.5], "nice": False}}
    layers = [_tokens([unit for unit in units if unit["rest"] == rest], x, y) for rest in (False, True)]
    for n, (at, (_, tall)) in enumerate(zip(apart(spots, 0, high), spots, strict=True)):
        top, rest = at - tall / 2 + 2.5, rows[n][3]
        layers += [_tokens([{"row": rows[n][0], "rest": rest, **looks[n]}], {"value": across + 18}, {"value": top + 6}),
                   said("\n".join(texts[n]), (across + 30, top), size=SMALL, baseline="top", align="left",
                         color=QUIET if rest else INK)]
    return Drawn({"layer": layers}, (across, high), (MARGIN, WIDE - MARGIN - across, 2, 10))


def _looks(rests: Sequence[bool]) -> list[dict[str, str]]:
    """A colour and a shape for each row, no two alike; what is not known is hollow."""
    looks, known = [], 0
    for n, rest in enumerate(rests):
        if rest:
            looks.append({"ink": colours.REST, "shape": ("square", "circle")[sum(rests[:n]) % 2]})
        else:
            shape = SHAPES[(known + known // len(SERIES)) % len(SHAPES)]
            looks.append({"ink": SERIES[known % len(SERIES)], "shape": shape})
            known += 1
    return looks


def _tokens(units: Sequence[Spec], x: Spec, y: Spec) -> Spec:
    hollow = bool(units) and units[0]["rest"]
    return {"data": {"values": [*units]},
            "mark": {"type": "point", "filled": not hollow, "size": 68, "opacity": 1, "strokeWidth": 1.5},
            "encoding": {"x": x, "y": y, "color": {"field": "ink", "scale": None, "legend": None},
                         "shape": {"field": "shape", "scale": None, "legend": None}}}


def words(size: float, **more: Any) -> Spec:
    """A mark of text, whose lines are parted by a line break."""
    return {"type": "text", "fontSize": size, "lineBreak": "\n", "lineHeight": LINE, **more}


def said(text: str, at: tuple[float, float], **how: Any) -> Spec:
    """One text at a place in pixels from the left and the top of the plot, of a size and whatever else a mark has."""
    size = how.pop("size")
    return {"data": {"values": [{"label": text}]}, "mark": words(size, **{"color": QUIET, "lineHeight": 13, **how}),
            "encoding": {"x": {"value": at[0]}, "y": {"value": at[1]}, "text": {"field": "label"}}}


def _below(text: Sequence[str], lines: int) -> str:
    """Lines of text, with empty ones before them, so that their last line is in its place."""
    return "\n".join([*[" "] * (lines - len(text)), *text])


def rounds(values: Any) -> list[float]:
    """Round values from 0 on, at like distances, of which the last is the first that holds all values."""
    most = max(values, default=0)
    most = most if most > 1e-9 else 1
    unit = 10 ** floor(log10(most))
    step = next(unit * part for part in (0.2, 0.25, 0.5, 1, 2, 2.5) if unit * part * 5 >= most and (
        most < 5 or (unit * part) % 1 == 0)) if most >= 1 else unit * 2
    return [n * step for n in range(ceil(most / step) + 1)]


def percents(most: float) -> Scale:
    """The axis of shares: from nothing to 10%, 25%, 50% or 100%, so that small shares can be told apart."""
    last = next((one for one in (10, 25, 50) if most <= one), 100)
    ticks = tuple(range(0, last + 1, {10: 2, 25: 5, 50: 10, 100: 25}[last]))
    return Scale(ticks, {tick: f"{tick}%" for tick in ticks})


def even(least: float, most: float, mark: float | None) -> Scale:
    """An axis of values at like distances that holds what is between `least` and `most`; `mark` gets a line."""
    ticks = rounds([max(most, 0.0)])
    step = ticks[1]
    below = [-n * step for n in range(ceil(-least / step - 1e-9), 0, -1)] if least < 0 else []
    values = (*below, *ticks)
    return Scale(values, {tick: f"{tick:,.10g}".replace("-", "−") for tick in values}, mark=mark)


def ratios(ends: Sequence[float]) -> Scale:
    """An axis of logarithms, by powers of 2 or 10, with a line at 1, no change; at most 1,000 either way."""
    low, high = max(1e-3, min([*ends, 1.0])), min(1e3, max([*ends, 1.0]))
    power = 2 if high / low <= 64 else 10
    first, last = floor(log(low, power) + 1e-9), ceil(log(high, power) - 1e-9)
    values = tuple(float(power)**n for n in range(min(first, -1), max(last, 1) + 1))
    return Scale(values, {tick: f"{tick:,.6g}" for tick in values}, log=True, mark=1.0)

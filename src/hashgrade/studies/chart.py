"""Charts of what is printed: which kind, the whole as Vega-Lite, the picture as SVG, and the same in words."""

import re
from collections.abc import Sequence
from math import isfinite, isnan
from xml.sax.saxutils import escape

import vl_convert

from hashgrade.studies import colours, forms, lines, marks
from hashgrade.studies.estimated import Estimated, EstimatedRow
from hashgrade.studies.figures import DEFINITION, SELF_GENERATED, UNITS, Figure, Printed
from hashgrade.studies.lettering import FONT, wrapped
from hashgrade.studies.marks import MARGIN, WIDE, Bar, Drawn, Scale, Spec, Square
from hashgrade.studies.sentences import of
from hashgrade.studies.study import TIMES
from hashgrade.studies.table import ALL, REST

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
VERSION = "6.4"
SERIES_MOST = len(colours.SERIES)
WAFFLE_MOST = 400
PARTS = 2  # the first period and the last, which may not be whole
DOTS_MOST = 12  # estimates of weeks with a row each; more are a line
MONTH = re.compile(r"\b(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]+\b")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
KINDS = {"bars": "Bars", "heat": "A grid of numbers", "lines": "Lines over time",
         "multiples": "One small panel for each row", "waffle": "One mark for each drawn medium",
         "dots": "Dots with intervals", "none": "No chart"}
BARS_MEAN = "Thin lines are intervals of 95%."
ABOVE = 14  # pixels over the title
TITLE, TITLE_LINE, SUB, SUB_LINE = 15, 19, 12, 16
_HEX = re.compile(r'"(#[0-9a-f]{6})"')
_ROOT = re.compile(r'<svg [^>]*>(<rect [^>]*/>)?<g fill="none" stroke-miterlimit="10" transform="[^"]*">')
_START = re.compile(r'<svg [^>]*viewBox="0 0 ([0-9.]+) ([0-9.]+)"[^>]*><title>.*?</desc><rect [^>]*/>'
                    r'<g data-head="([0-9.]+)"[^>]*transform="translate\(([0-9.]+),([0-9.]+)\)">', re.DOTALL)
_TITLE_AT = re.compile(r'(<g class="mark-group role-title"><g transform=")translate\([^)]*\)')
_TITLE = re.compile(r'<g class="mark-group role-title">.*?</g></g><path class="foreground"[^>]*/></g></g>', re.DOTALL)


def drawn(table: Printed | Estimated) -> Spec | None:
    """A chart as Vega-Lite with its title and data, which needs nothing from anywhere; None if none can be drawn."""
    asked = kind(table)
    if asked == "none":
        return None
    found = _estimates(table, asked) if isinstance(table, Estimated) else _counts(table, asked)
    titles = wrapped(_title(table), 1.08 * TITLE, _wide(found) - 2 * MARGIN)
    below = [line for text in _subtitles(table) for line in wrapped(text, SUB, _wide(found) - 2 * MARGIN)]
    left, right, top, bottom = found.room
    head = ABOVE + TITLE_LINE * len(titles) + SUB_LINE * len(below) + 8
    title = {"text": titles, "subtitle": below, "anchor": "start", "frame": "group", "dx": MARGIN - left, "offset": 12,
             "color": colours.INK, "fontSize": TITLE, "lineHeight": TITLE_LINE, "subtitleColor": colours.QUIET,
             "subtitleFontSize": SUB, "subtitleLineHeight": SUB_LINE, "subtitlePadding": 4, "limit": 0}
    across, high = found.size
    size = {} if "concat" in found.marks else {"width": across, "height": high, "autosize": {"type": "none"}}
    return {
        "$schema": SCHEMA, "description": described(table), "title": title, **size, **found.marks,
        "padding": {"left": left, "top": head + top, "right": right, "bottom": bottom}, "background": colours.PAPER,
        "config": {"font": FONT, "aria": False, "view": {"stroke": None}},
        "usermeta": {"size": [left + across + right, head + top + high + bottom],
                     "origin": [left, head + top], "head": head}}


def svg(spec: Spec) -> str:
    """The chart as SVG that stands alone; the same specification gives the same bytes on every machine.

    The renderer measures texts with the machine's fonts to find the size of the whole, which is
    known here and put in its place.
    """
    picture: str = vl_convert.vegalite_to_svg(spec, vl_version=VERSION, allowed_base_urls=[])
    (wide, high), (left, top) = spec["usermeta"]["size"], spec["usermeta"]["origin"]
    said = f"<title>{escape(' '.join(spec['title']['text']))}</title><desc>{escape(spec['description'])}</desc>"
    start = (f'<svg xmlns="http://www.w3.org/2000/svg" class="marks" width="{wide:g}" height="{high:g}" '
             f'viewBox="0 0 {wide:g} {high:g}" role="img">{said}<rect width="{wide:g}" height="{high:g}" '
             f'fill="{spec["background"]}"/><g data-head="{spec["usermeta"]["head"]}" fill="none" '
             f'stroke-miterlimit="10" transform="translate({left:g},{top:g})">')
    picture = _TITLE_AT.sub(rf"\g<1>translate(0,{ABOVE - top:g})", picture, count=1)
    return _ROOT.sub(lambda _: start, picture, count=1).rstrip() + "\n"


def untitled(picture: str, page: bool = True) -> str:
    """The same drawing where title and numbers are beside it; on a page in the page's colours, light or dark.

    Args:
        picture: What `svg` gave.
        page: Whether colours are to be those of templates/chart.css, and not those of the picture.
    """
    found = _START.match(picture)
    if not found:
        raise ValueError("this is no drawing of `svg`")
    wide, high, head, left, top = (float(one) for one in found.groups())
    start = (f'<svg xmlns="http://www.w3.org/2000/svg" class="{"wide" if wide > WIDE else "narrow"}" '
             f'viewBox="0 {head:g} {wide:g} {high - head:g}" aria-hidden="true">'
             f'<g fill="none" stroke-miterlimit="10" transform="translate({left:g},{top:g})">')
    bare = start + _TITLE.sub("", picture[found.end():], count=1)
    return _HEX.sub(_in_page, bare) if page else bare


def _in_page(colour: re.Match[str]) -> str:
    return f'"var(--chart-{name})"' if (name := colours.NAMES.get(colour[1])) else colour[0]


def described(table: Printed | Estimated) -> str:
    """The chart in words, for people who do not see it: its kind, the sentences below it, and where the numbers are."""
    return " ".join([f"{KINDS[kind(table)]}: {_title(table)}.", *of(table),
                     "Every number of the chart is in the table beside it."])


def kind(table: Printed | Estimated) -> str:
    """One of `KINDS`, as the study file asks or else the table's shape; `none` where nothing is to be drawn."""
    if isinstance(table, Estimated):
        some = any(_finite(row.value) for row in table.rows)
        return ("lines" if _day_by_day(table) else "dots") if some else "none"
    asked = table.layout.table.chart
    if asked == "none" or not table.base or not any(figure.count is not None for figure in _inside(table)):
        return "none"
    if asked == "waffle" and _can_be_counted_out(table):
        return asked
    if _timed(table):
        many = len({*_rows(table)} - {*REST}) > SERIES_MOST
        return "multiples" if table.layout.columns and (asked == "multiples" or many) else "lines"
    if not table.layout.columns:
        return "bars"
    return "multiples" if asked == "multiples" else "heat"


def _day_by_day(table: Estimated) -> bool:
    """Whether each estimate is of a week or so, without an interval, and they are too many for a row each."""
    return len(table.rows) > DOTS_MOST and all(row.low is None and DAY.fullmatch(row.key) for row in table.rows)


def _timed(table: Printed) -> bool:
    return (table.layout.table.by or table.layout.table.of) in TIMES


def _can_be_counted_out(table: Printed) -> bool:
    """Whether each unit of a sample is in one row, every row is printed as it is, and they are not too many."""
    counts = [figure.count for figure in table.figures]
    whole = sum(count or 0 for count in counts)
    return (table.layout.table.sampled and not table.layout.columns and not table.layout.multi_response
            and None not in counts and whole == table.base and 0 < whole <= WAFFLE_MOST
            and len([count for count in counts if count]) <= 2 * SERIES_MOST)


def _counts(table: Printed, asked: str) -> Drawn:
    if asked == "heat":
        return _heat(table)
    if asked == "waffle":
        return marks.waffle([(one.label, f"{one.count:,} ({one.percent})", one.count, one.key in REST)
                             for one in table.figures if one.count])
    if asked == "bars":
        return _bars(table)
    columns = _columns(table)
    if not columns:
        inside = [one for one in _inside(table) if one.key not in REST]
        units = UNITS[table.layout.table.unit][0]
        whole = tuple(one.count for one in inside)
        one = lines.Series("all", units[0].upper() + units[1:], whole, cut=table.layout.cut and len(inside) > PARTS)
        return lines.lines([one], [_short(figure.label) for figure in inside])
    parts = _timed(table) and table.layout.cut and len(columns) > PARTS
    series = [lines.Series(key, table.layout.rows[key], counts, key in REST, parts)
              for key, counts in _rows(table).items()]
    names = [_short(label) for label in columns.values()]
    return lines.lines(series, names) if asked == "lines" else lines.multiples(series, names, _timed(table))


def _columns(table: Printed) -> dict[str, str]:
    """The columns that are drawn; of periods, those that are one."""
    left_out = {ALL, *REST} if _timed(table) else {ALL}
    return {key: label for key, label in table.layout.columns.items() if key not in left_out}


def _rows(table: Printed) -> dict[str, tuple[int | None, ...]]:
    """The counts of each row but margins, without rows of which all is 0."""
    rows = {key: tuple(table.figure(key, column).count for column in _columns(table))
            for key in table.layout.rows if key != ALL}
    return {key: counts for key, counts in rows.items() if any(count != 0 for count in counts)} or rows


def _short(label: str) -> str:
    """The name of a period, as short as an axis wants it."""
    short = MONTH.sub(r"\1", label.removeprefix("Week of "))
    return short.replace(" to ", "–") if short != label else label


def _inside(table: Printed) -> list[Figure]:
    """The figures that are drawn: no margins, and no sums of something else."""
    return [figure for figure in table.figures if ALL not in (figure.key, figure.column) and not figure.unit]


def _bars(table: Printed) -> Drawn:
    rows = [Bar(one.key, one.label, _beside(one), _share(one, table), one.low, one.high, one.key in REST)
            for one in _inside(table)]
    return marks.bars(rows, marks.percents(max(max(row.value or 0, row.high or 0) for row in rows)))


def _beside(one: Figure) -> str:
    if one.count is None:
        return "kept back"
    return f"{one.percent} ({one.count:,})" if one.percent else f"{one.count:,}"


def _share(figure: Figure, table: Printed) -> float | None:
    return round(100 * figure.count / table.base, 2) if figure.count is not None and table.base else None


def _heat(table: Printed) -> Drawn:
    """Every row and column but margins; what is not known has no shade, so that it does not wash out what is."""
    inside = _inside(table)
    known = [one for one in inside if not {one.key, one.column} & {*REST}]
    most = max((one.count or 0 for one in known), default=0) or 1
    held = {one.key for one in inside if one.count != 0}, {one.column for one in inside if one.count != 0}
    cells = [Square(one.key, one.column, _in_cell(one), _shade(one, most) if one in known else 0, one.suppressed)
             for one in inside if one.key in held[0] and one.column in held[1]]
    return marks.heat(cells, {key: label for key, label in table.layout.rows.items() if key in held[0]},
                      {key: label for key, label in table.layout.columns.items() if key in held[1]})


def _in_cell(one: Figure) -> str:
    if one.count is None:
        return "kept\nback"
    return f"{one.count:,}\n{one.percent or '–'}" if one.count else "0"


def _shade(one: Figure, most: int) -> int:
    """From 1 to 5 by fifths of the largest count; 0 of nothing."""
    return -(-5 * min(one.count, most) // most) if one.count else 0


def _estimates(table: Estimated, asked: str) -> Drawn:
    if asked == "lines":
        values = tuple(None if row.value is None or not isfinite(row.value) else round(row.value) for row in table.rows)
        one = lines.Series("all", forms.NAMES[table.form], values)
        return lines.lines([one], [_short(row.label) for row in table.rows])
    finite = [row for row in table.rows if _finite(row.value)]
    scale = _scale(table, finite)
    rows = [Bar(row.key, row.label, _valued(row, table.form),
                _scaled(row.value, table), _scaled(row.low, table), _scaled(row.high, table)) for row in table.rows]
    return marks.bars(rows, scale, dots=True)


def _valued(row: EstimatedRow, form: str) -> str:
    if row.value is None or not isfinite(row.value):
        return "kept back" if row.n is None else "no value"
    return forms.value_of(row, form) + {"seconds": " s", "days": " days"}.get(form, "")


def _finite(value: float | None) -> bool:
    return value is not None and isfinite(value)


def _scaled(value: float | None, table: Estimated) -> float | None:
    if value is None or isnan(value):
        return None
    return 100 * value if table.form == "share" else value


def _scale(table: Estimated, rows: Sequence[EstimatedRow]) -> Scale:
    ends = [end for row in rows for end in (row.value, row.low, row.high) if end is not None and isfinite(end)]
    if table.form == "share":
        return marks.percents(100 * max(ends))
    if table.form == "coefficient":
        return marks.even(min(0.0, *ends), 1.0, 0.0)
    if table.form == "ratio":
        return marks.ratios([end for end in ends if end > 0])
    return marks.even(0.0, max(ends), None)


def _title(table: Printed | Estimated) -> str:
    return table.title if isinstance(table, Estimated) else table.layout.table.title


def _subtitles(table: Printed | Estimated) -> list[str]:
    if isinstance(table, Estimated):
        first, words = BARS_MEAN if any(row.low is not None for row in table.rows) else "", table.title
    else:
        unit, base = UNITS[table.layout.table.unit][0], "kept back" if table.base is None else f"{table.base:,}"
        with_lines = any(one.low is not None for one in _inside(table)) and kind(table) == "bars"
        what = "Share of" if kind(table) in ("bars", "waffle") else "Number of"
        first = f"{what} {unit}, n = {base}.{' ' + BARS_MEAN if with_lines else ''}"
        words = " ".join([_title(table), *table.layout.rows.values(), *table.layout.columns.values()])
    return [*filter(None, (first, table.draft)), *([DEFINITION] if SELF_GENERATED.search(words) else [])]


def _wide(found: Drawn) -> float:
    return found.room[0] + found.size[0] + found.room[1]

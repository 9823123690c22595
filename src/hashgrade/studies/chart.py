"""Charts: bars for a table with rows, a grid of shades for a crossed one; the numbers are always written out."""

import re
from typing import Any

import altair as alt
import vl_convert

from hashgrade.studies.figures import DEFINITION, SELF_GENERATED, UNITS, Figure, Printed
from hashgrade.studies.table import ALL, REST

ACCENT, INK, QUIET, RULE = "#1f5a7a", "#1b2530", "#5b6875", "#d5dbe1"
SHADES = ["#eef4f8", "#c3d9e6", "#8db8d0", "#4f8fb3", "#1f5a7a"]
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
LABELS, BARS, VALUES, COLUMN, ROW = 210, 300, 120, 92, 30  # widths, and the height of a row, in pixels
CLIP = re.compile(r"(?<=[#\"])clip\d+(?=[)\"])")
HEAD, GRID_HEAD = 26, 22


def chart(table: Printed, titled: bool = True) -> dict[str, Any]:
    """A Vega-Lite specification with its data inside, which needs nothing from anywhere.

    Without a title it is for a page that has the title, the unit and the notes beside it.
    """
    drawn = _grid(table) if table.layout.columns else _bars(table)
    words = " ".join([table.layout.table.title, *table.layout.rows.values(), *table.layout.columns.values()])
    unit = UNITS[table.layout.table.unit][0]
    base = "kept back" if table.base is None else f"{table.base:,}"
    subtitle = [f"Share of {unit}, n = {base}", *filter(None, [table.draft])]
    subtitle += [DEFINITION] if SELF_GENERATED.search(words) else []
    title = alt.TitleParams(
        table.layout.table.title, subtitle=subtitle, anchor="start", frame="group", offset=14, dx=-LABELS,
        color=INK, fontSize=15, subtitleColor=QUIET, subtitleFontSize=12)
    top = HEAD + 16 * len(subtitle) if titled else 4
    # No measuring of text: widths would depend on the fonts of the machine, and the bytes with them.
    spec = drawn.properties(
        **({"title": title} if titled else {}), autosize={"type": "none"}, background="transparent",
        padding={"left": LABELS, "top": top + GRID_HEAD * bool(table.layout.columns), "right": VALUES, "bottom": 24},
    ).configure(font=FONT).configure_view(stroke=None)
    found: dict[str, Any] = spec.to_dict()
    return found


def svg(spec: dict[str, Any], prefix: str = "clip") -> str:
    """The chart as SVG; the same specification gives the same bytes.

    The renderer numbers clip paths through a whole process, so they are numbered anew here,
    after `prefix`, which keeps several charts on one page apart.
    """
    drawn: str = vl_convert.vegalite_to_svg(spec, vl_version="6.4", allowed_base_urls=[])
    numbers: dict[str, int] = {}
    return CLIP.sub(lambda found: f"{prefix}-{numbers.setdefault(found[0], len(numbers))}", drawn).rstrip() + "\n"


def described(table: Printed) -> str:
    """The chart in words, for people who do not see it: the largest row, and where the numbers are."""
    shown = [figure for figure in table.figures if figure.count is not None and ALL not in (figure.key, figure.column)]
    if not shown:
        return f"{table.layout.table.title}. All counts are kept back."
    most = max(shown, key=lambda figure: figure.count or 0)
    column = f", {table.layout.columns[most.column]}" if most.column else ""
    share = f" ({most.percent})" if most.percent else ""
    return (f"{table.layout.table.title}. Largest: {most.label}{column}, {most.count:,}{share}. "
            "Every number of the chart is in the table beside it.")


def _values(table: Printed) -> list[dict[str, object]]:
    rows = [figure for figure in table.figures if ALL not in (figure.key, figure.column) and not figure.unit]
    return [{"row": figure.label, "column": table.layout.columns.get(figure.column, ""), "share": _share(figure, table),
             "text": _text(figure, table)} for figure in rows]


def _share(figure: Figure, table: Printed) -> float:
    return round(100 * figure.count / table.base, 2) if figure.count and table.base else 0.0


def _text(figure: Figure, table: Printed) -> str:
    if figure.count is None:
        return "(c)" if table.layout.columns else "kept back"
    return f"{figure.count:,}" if table.layout.columns else f"{figure.percent or '–'} ({figure.count:,})"


def _order(values: list[dict[str, object]], name: str) -> list[str]:
    return list(dict.fromkeys(str(value[name]) for value in values))


def _chart(values: list[dict[str, object]]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=values))


def _rows(values: list[dict[str, object]]) -> alt.Y:
    axis = alt.Axis(title=None, domain=False, ticks=False, labelLimit=LABELS - 14, labelPadding=10, labelFontSize=12.5,
                    labelColor=INK, minExtent=LABELS, maxExtent=LABELS)
    return alt.Y("row:N", sort=_order(values, "row"), axis=axis, scale=alt.Scale(paddingInner=0.28, paddingOuter=0.14))


def _bars(table: Printed) -> Any:
    values = _values(table)
    base = _chart(values).encode(y=_rows(values))
    axis = alt.Axis(title=None, values=[0, 25, 50, 75, 100], labelExpr="datum.value + '%'", gridColor=RULE,
                    domain=False, ticks=False, labelColor=QUIET, labelFontSize=11, labelPadding=6)
    across = alt.X("share:Q", scale=alt.Scale(domain=[0, 100]), axis=axis)
    bars = base.mark_bar(color=ACCENT, cornerRadiusEnd=2).encode(x=across)
    texts = base.mark_text(align="left", dx=7, color=INK, fontSize=12).encode(x="share:Q", text="text:N")
    return alt.layer(bars, texts).properties(width=BARS, height=ROW * len(_order(values, "row")))


def _grid(table: Printed) -> Any:
    values = _values(table)
    axis = alt.Axis(title=None, orient="top", domain=False, ticks=False, labelAngle=0, labelColor=INK,
                    labelFontSize=11, labelLimit=COLUMN, labelPadding=6)
    across = alt.X("column:N", sort=_order(values, "column"), axis=axis, scale=alt.Scale(paddingInner=0.04))
    base = _chart(values).encode(x=across, y=_rows(values))
    most = _most(table)
    scale = alt.Scale(range=SHADES, domain=[0, most], clamp=True)
    cells = base.mark_rect(cornerRadius=2).encode(color=alt.Color("share:Q", scale=scale, legend=None))
    dark = alt.condition(f"datum.share > {most * 0.6:.4f}", alt.value("#ffffff"), alt.value(INK))
    texts = base.mark_text(fontSize=11.5).encode(text="text:N", color=dark)
    width = COLUMN * len(_order(values, "column"))
    return alt.layer(cells, texts).properties(width=width, height=ROW * len(_order(values, "row")))


def _most(table: Printed) -> float:
    """The largest share of what is known, so that the unknown does not wash out the shades."""
    shares = [_share(figure, table) for figure in table.figures
              if figure.key not in (*REST, ALL) and figure.column not in (*REST, ALL)]
    return max(shares, default=0.0) or 1.0

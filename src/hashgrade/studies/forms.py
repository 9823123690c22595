"""How estimates are printed: each form of value by its own rule, its interval never narrower than it is."""

from collections.abc import Callable
from math import ceil, floor, isfinite

from hashgrade.studies.estimated import Estimated, EstimatedRow

NAMES = {"share": "Share", "coefficient": "Coefficient", "ratio": "Ratio", "seconds": "Seconds", "days": "Days",
         "mean": "Mean", "number": "Value"}
"""What a column of each form is called."""
NOTHING = "–"
_DECIMALS = {"coefficient": 2, "ratio": 2, "mean": 2}


def value_of(row: EstimatedRow, form: str) -> str:
    """The value as it is printed, rounded half up; a dash where it is undefined.

    Args:
        row: The estimate.
        form: One of `NAMES`.
    """
    return NOTHING if row.value is None or not isfinite(row.value) else _said(row.value, form, _half_up)


def range_of(row: EstimatedRow, form: str) -> str:
    """The interval as it is printed, rounded outward; empty where it has none.

    Args:
        row: The estimate.
        form: One of `NAMES`.
    """
    if row.low is None:
        return ""
    high = "no limit" if row.high is None or not isfinite(row.high) else _said(row.high, form, ceil)
    return spanned(_said(row.low, form, floor), high)


def percents(low: float, high: float) -> str:
    """An interval given in per cent, in whole per cent, rounded outward."""
    return spanned(f"{floor(low)}%", f"{ceil(high)}%")


def spanned(low: str, high: str) -> str:
    """From one printed number to another: `16–21%`, `0.70 to 0.82`."""
    return f"{low.removesuffix('%')}–{high}" if low.endswith("%") and high.endswith("%") else f"{low} to {high}"


def as_json(table: Estimated) -> dict[str, object]:
    """A table of estimates as it is in `findings.json`: each number, and how it is printed."""
    return {"title": table.title, "unit": table.unit, "form": table.form, "internal": table.internal,
            "rows": [_row(row, table.form) for row in table.rows], "notes": list(table.notes)}


def plain(value: float | None) -> float | None:
    """A number as data has it: six significant digits; None where it is undefined or has no limit."""
    return float(f"{value:.6g}") if value is not None and isfinite(value) else None


def _row(row: EstimatedRow, form: str) -> dict[str, object]:
    found: dict[str, object] = {"key": row.key, "label": row.label, "value": plain(row.value), "n": row.n,
                                "printed": value_of(row, form)}
    if row.low is not None:
        found |= {"interval": [plain(row.low), plain(row.high)], "printed_interval": range_of(row, form)}
    return found | ({"note": row.note} if row.note else {})


def _half_up(value: float) -> int:
    return floor(value + 0.5)


def _said(value: float, form: str, whole: Callable[[float], int]) -> str:
    if form == "share":
        return f"{whole(round(100 * value, 9))}%"
    digits = _DECIMALS.get(form, 0)
    scaled = whole(round(value * 10**digits, 9)) / 10**digits
    return f"{scaled:,.{digits}f}".replace("-", "−")

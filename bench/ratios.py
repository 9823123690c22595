"""What the benchmarks found beside peers, kept as ratios; `python -m bench.ratios` draws them.

    bench/results/ratios.json     {"pdq": {"RGB, 512 x 512, against pdqhash": 46.5, ...}, ...}
    docs/pictures/speed.svg       one bar a ratio, on a scale of powers of ten
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import altair as alt
import vl_convert

ROOT: Final = Path(__file__).parent.parent
RESULTS: Final = ROOT / "bench" / "results" / "ratios.json"
CHART: Final = ROOT / "docs" / "pictures" / "speed.svg"
TITLES: Final = {
    "pdq": "PDQ of pixels", "fingerprints": "JPEG bytes to all fingerprints", "index": "Look-up of near codes",
    "intake": "Whole intake"}


def keep(bench: str, ratios: Mapping[str, float]) -> None:
    """Keep what one benchmark found in place of what it found before."""
    held = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    held[bench] = {name: round(ratio, 2) for name, ratio in ratios.items()}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(held, indent=1, sort_keys=True) + "\n")


def chart() -> alt.TopLevelMixin:
    """One bar a ratio, from 1, which is the peer's own speed."""
    held = json.loads(RESULTS.read_text())
    rows = [
        {"bench": title, "what": what, "ratio": ratio, "one": 1, "label": f"{ratio:,.1f} times"}
        for bench, title in TITLES.items() for what, ratio in held.get(bench, {}).items()]
    bars = alt.Chart(_data(rows)).encode(
        y=alt.Y("what:N", sort=None, title=None, axis=alt.Axis(labelLimit=420)),
        x=alt.X("ratio:Q", stack=None, scale=alt.Scale(type="log", domain=[1, 1000]),
                title="times the peer's speed, a median of one run"))
    layers = (bars.mark_bar().encode(x2="one:Q", color=alt.Color("bench:N", sort=None, title=None)),
              bars.mark_text(align="left", dx=4).encode(text="label:N"))
    return alt.layer(*layers).properties(width=420)


def _data(rows: Sequence[Mapping[str, object]]) -> alt.InlineData:
    return alt.InlineData(values=list(rows))


def main() -> None:
    """Draw the chart."""
    CHART.write_text(vl_convert.vegalite_to_svg(chart().to_json()))
    sys.stdout.write(f"{CHART}\n")


if __name__ == "__main__":
    main()

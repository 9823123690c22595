"""The colours of charts: each has a part to play, a light form, a dark one, and a name in the page's style.

No chart says anything by colour alone. Series are told apart by people who see no red, green or blue
all the same: tests/pure/studies/test_charts.py simulates them and computes every contrast.
"""

PAPER = "white"
INK, QUIET, RULE = "#1b2530", "#5b6875", "#d5dbe1"
BAR, REST, OTHERS = "#4f8fb3", "#7d8994", "#c3cad1"  # what is counted, what is not known, what is there to compare
SHADES = ("#eef4f8", "#c3d9e6", "#8db8d0", "#2d6d91", "#123d55")  # the middle is left out: no text is legible on it
ON_SHADE = "#fefefe"
DARK_FROM = 4  # the first shade on which text is `ON_SHADE`
SERIES = ("#1f5a7a", "#bd821a", "#6885f6", "#9e170c", "#3d082b")

NAMES = {INK: "ink", QUIET: "quiet", RULE: "rule", BAR: "bar", REST: "rest", OTHERS: "others", ON_SHADE: "on-shade",
         **{colour: f"shade-{n}" for n, colour in enumerate(SHADES, 1)},
         **{colour: f"series-{n}" for n, colour in enumerate(SERIES, 1)}}
"""What each colour is called in templates/chart.css, as `--chart-NAME`."""

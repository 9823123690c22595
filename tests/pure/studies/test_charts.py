"""Charts: valid, the same on every machine, legible to people who see no red, no green or no blue."""

import json
import re
from importlib.resources import files
from itertools import combinations, pairwise
from typing import Any
from xml.etree import ElementTree

import altair
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashgrade.studies import colours, sentences
from hashgrade.studies.chart import described, drawn, kind, svg, untitled
from hashgrade.studies.estimated import Estimated
from hashgrade.studies.figures import DEFINITION, Printed
from hashgrade.studies.lettering import FONT, apart, width, wrapped
from tests.contrast import Colour, contrast, linear
from tests.pure.studies.tables import KINDS, SEVERITY, Asked, any_table, by_month, crossed, estimated, severity, table

HEX = re.compile(r"#[0-9a-fA-F]{6}")
CSS = (files("hashgrade.studies") / "templates" / "chart.css").read_text()
# Machado, Oliveira, Fernandes, IEEE TVCG 15(6), 2009, table 1, severity 1.0; of linear light.
SEEN = {
    "all": np.eye(3),
    "no red": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                        [-0.003882, -0.048116, 1.051998]]),
    "no green": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                          [-0.011820, 0.042940, 0.968881]]),
    "no blue": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                         [0.004733, 0.691367, 0.303900]])}


def theme(start: str) -> dict[str, str]:
    """The colours that the page's style gives from a place in it on."""
    block = CSS[CSS.index(start):].partition("}")[0]
    return {name: value.strip() for name, value in re.findall(r"--chart-([a-z0-9-]+):([^;]+);", block)}


LIGHT, DARK = theme(":root"), theme("prefers-color-scheme: dark")
THEMES = {"light": (LIGHT, "#ffffff"), "dark": (DARK, "#1a222a")}


@pytest.fixture(scope="module")
def pictures() -> dict[str, str]:
    """The drawing of each kind."""
    return {name: picture(one) for name, one in KINDS.items()}


def picture(printed: Printed | Estimated) -> str:
    """The drawing of a table that has one."""
    return svg(spec(printed))


def parsed(text: str) -> ElementTree.Element:
    """A drawing as a tree; one that is not well-formed is an error."""
    return ElementTree.fromstring(text)  # noqa: S314  it was made here


def spec(printed: Printed | Estimated) -> dict[str, Any]:
    """The specification of a table that can be drawn."""
    found = drawn(printed)
    assert found is not None
    return found


@pytest.mark.parametrize("name", [name for name in KINDS if name != "panels of parts"])
def test_every_kind_is_valid(name: str) -> None:
    """Each kind of chart is Vega-Lite by its schema, which is why none is validated when it is drawn."""
    asked = spec(KINDS[name])
    (altair.ConcatChart if "concat" in asked else altair.LayerChart).from_dict(asked, validate=True)


def test_every_kind_is_drawn() -> None:
    """The tables of these tests are of every kind that there is."""
    assert {kind(one) for one in KINDS.values()} == {"bars", "heat", "lines", "multiples", "waffle", "dots"}


@pytest.mark.parametrize("name", KINDS)
def test_a_chart_needs_nothing_from_anywhere(name: str) -> None:
    """A specification has its data inside and names no address but its schema's."""
    text = json.dumps({key: value for key, value in spec(KINDS[name]).items() if key != "$schema"})
    assert "values" in text
    assert not re.search(r"https?:|\"url\"", text)


@pytest.mark.parametrize("name", KINDS)
def test_no_place_depends_on_a_font(name: str, pictures: dict[str, str]) -> None:
    """With a font twice as wide all lines, shapes and texts stand where they stood: any machine gives the same."""
    asked = spec(KINDS[name])
    wide = json.loads(json.dumps(asked).replace(FONT, "DejaVu Sans Mono"))
    assert svg(wide).replace("DejaVu Sans Mono", FONT) == pictures[name]


@pytest.mark.parametrize("name", KINDS)
def test_every_text_is_inside(name: str, pictures: dict[str, str]) -> None:
    """No text reaches beyond the picture, by the widths that its letters have in Arial."""
    root = parsed(pictures[name])
    wide, high = float(root.attrib["width"]), float(root.attrib["height"])
    for x, y, text in texts(root, 0, 0):
        size = float(str(text.get("font-size")).removesuffix("px"))
        long = width("".join(text.itertext()), size)
        left = x - {"start": 0, "middle": long / 2, "end": long}[text.get("text-anchor", "start")]
        assert -1 <= left <= left + long <= wide + 1, "".join(text.itertext())
        assert 0 <= y <= high


def texts(node: ElementTree.Element, x: float, y: float) -> list[tuple[float, float, ElementTree.Element]]:
    """The texts of a drawing and where they stand."""
    moved = re.search(r"translate\(([-0-9.e]+),([-0-9.e]+)\)", node.get("transform", ""))
    if moved:
        x, y = x + float(moved[1]), y + float(moved[2])
    own = [(x, y, line) for line in ([*node] or [node])] if node.tag.endswith("}text") else []
    for line in own:
        line[2].attrib.update({key: node.attrib[key] for key in ("font-size", "text-anchor") if key in node.attrib})
    return own or [one for child in node for one in texts(child, x, y)]


@pytest.mark.parametrize("name", KINDS)
def test_the_page_has_its_own_title_and_colours(name: str, pictures: dict[str, str]) -> None:
    """On the page a drawing has no title and no colour of its own, and stays well-formed."""
    there = untitled(pictures[name])
    parsed(there)
    assert not HEX.search(there)
    assert "role-title" not in there
    assert set(re.findall(r"--chart-([a-z0-9-]+)", there)) <= {*LIGHT}
    assert "role-title" in pictures[name]


def test_every_colour_has_its_part() -> None:
    """The style's light colours are those of drawings; dark and forced colours have a form of each."""
    assert {name: colour for colour, name in colours.NAMES.items()} == LIGHT
    assert {*DARK} == {*LIGHT}
    assert {*theme("forced-colors")} == {*LIGHT}


@pytest.mark.parametrize("name", THEMES)
def test_texts_can_be_read(name: str) -> None:
    """Every text has a contrast of 4.5 to what is behind it, in every shade of a heat map too (WCAG 2.2, 1.4.3)."""
    theme, paper = THEMES[name]
    behind = {"ink": paper, "quiet": paper, **{f"shade-{n}": theme["ink" if n < colours.DARK_FROM else "on-shade"]
                                               for n in range(1, 6)}}
    assert [one for one, other in behind.items() if contrast(theme[one], other) < 4.5] == []


@pytest.mark.parametrize("name", THEMES)
def test_marks_can_be_seen(name: str) -> None:
    """Bars, lines and marks have a contrast of 3 to the page, and intervals to the bars that they lie on (1.4.11)."""
    theme, paper = THEMES[name]
    marks = ["bar", "rest", *(f"series-{n}" for n in range(1, 6))]
    assert [one for one in marks if contrast(theme[one], paper) < 3] == []
    assert min(contrast(theme["ink"], theme[one]) for one in ("bar", "rest")) >= 3


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("sight", SEEN)
def test_series_can_be_told_apart(name: str, sight: str) -> None:
    """Any two colours of series are 0.15 apart in OKLab, for people who see no red, no green or no blue as well."""
    theme, _ = THEMES[name]
    seen = {n: oklab(SEEN[sight] @ linear(theme[f"series-{n}"])) for n in range(1, 6)}
    near = {(one, other): float(np.linalg.norm(seen[one] - seen[other])) for one, other in combinations(seen, 2)}
    assert {pair: apart for pair, apart in near.items() if apart < 0.15} == {}


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("sight", SEEN)
def test_shades_keep_their_order(name: str, sight: str) -> None:
    """From shade to shade lightness goes one way only, whatever is seen, by steps that can be noticed."""
    theme, _ = THEMES[name]
    light = [float(oklab(SEEN[sight] @ linear(theme[f"shade-{n}"]))[0]) for n in range(1, 6)]
    steps = [(after - before) * (1 if name == "dark" else -1) for before, after in pairwise(light)]
    assert min(steps) > 0.05


def oklab(light: Colour) -> Colour:
    """A colour of linear light in OKLab (Ottosson, 2020)."""
    cones = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                      [0.0883024619, 0.2817188376, 0.6299787005]]) @ np.clip(light, 0, 1)
    turned = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                       [0.0259040371, 0.7827717662, -0.8086757660]])
    return np.asarray(turned @ np.cbrt(cones))


@given(any_table())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_table_can_be_drawn(printed: Printed | Estimated) -> None:
    """Whatever a table holds, it has a chart or none, and no number in it that is kept back."""
    found = drawn(printed)
    assert (found is None) == (kind(printed) == "none")
    if found and isinstance(printed, Printed):
        hidden = {figure.label for figure in printed.figures if figure.suppressed and not figure.column}
        for value in values(found):
            if value.get("row") in hidden and "value" in value:
                assert (value["value"], value["low"], value["text"]) == (None, None, "kept back")


@given(any_table())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_picture_is_well_formed(printed: Printed | Estimated) -> None:
    """Labels with any signs give a drawing that can be read, with and without its title."""
    found = drawn(printed)
    if found:
        for text in (svg(found), untitled(svg(found))):
            parsed(text)


def values(node: Any) -> list[dict[str, Any]]:
    """All data of a specification."""
    if isinstance(node, dict):
        own = [one for one in node.get("values", ()) if isinstance(one, dict)]
        return own + [one for child in node.values() for one in values(child)]
    return [one for child in node for one in values(child)] if isinstance(node, list) else []


def test_what_is_kept_back_says_so(pictures: dict[str, str]) -> None:
    """In every kind of chart a count kept back is told in words, and not by colour alone."""
    for name in ("bars", "heat", "panels of bars"):
        text = "".join(parsed(pictures[name]).itertext())
        assert "kept back" in text or "keptback" in text, name
    assert "Gaps are counts kept back." in pictures["lines"]


def test_a_line_has_a_gap_where_a_count_is_kept_back() -> None:
    """The line of a row with a count kept back is in two parts; a row that is whole is in one."""
    lines = [path.count("M") for path in re.findall(r'<path aria-label[^>]*|d="(M[^"]*L[^"]*)"', line_marks(by_month(
        hidden=frozenset({("B", "2023-05")}))))]
    assert sorted(lines) == [1, 1, 1, 2]


def line_marks(printed: Printed) -> str:
    """The part of a drawing that holds its lines."""
    text = picture(printed)
    return " ".join(re.findall(r'<g class="mark-line.*?</g>', text))


def test_a_period_that_is_not_whole_is_in_no_line(pictures: dict[str, str]) -> None:
    """It is a hollow point beside the line, and the picture says so; panels leave it out, and say that."""
    ends = [value for value in values(spec(KINDS["lines of parts"])) if value.get("part") is not None]
    assert {(value["column"], value["count"]) for value in ends} == {("Jan 2023", None), ("Dec 2023", None)}
    assert "Hollow points are periods that are not whole." in pictures["lines of parts"]
    assert "Only whole periods are drawn." in pictures["panels of parts"]


def test_many_rows_over_time_are_small_multiples() -> None:
    """More rows than there are colours become panels, unless the study asks otherwise for fewer."""
    rows = {f"k{n}": f"Row {n}" for n in range(6)}
    assert kind(by_month(rows)) == "multiples"
    assert kind(by_month()) == "lines"
    assert len(spec(by_month(rows))["concat"]) == 6


@pytest.mark.parametrize(("chart", "counts", "sampled", "found"), [
    ("waffle", (1, 2, 3, 4), True, "waffle"), ("waffle", (1, 2, 3, 4), False, "bars"),
    ("waffle", (400, 1, 0, 0), True, "bars"), ("waffle", (30, 20, None, 1), True, "bars"),
    ("none", (1, 2, 3, 4), True, "none"),
    ("multiples", (1, 2, 3, 4), False, "bars"), ("", (0, 0, 0, 0), False, "none")])
def test_a_study_may_ask_for_a_kind(chart: str, counts: tuple[int | None, ...], sampled: bool, found: str) -> None:
    """A kind that does not fit what is printed gives way to one that does."""
    assert kind(severity(*counts, asked=Asked(chart=chart, sampled=sampled))) == found


def test_a_waffle_has_one_mark_for_each_unit() -> None:
    """The marks of each row are as many as its count."""
    units = [value["row"] for value in values(spec(KINDS["waffle"])) if "across" in value]
    assert {label: units.count(label) for label in SEVERITY.values()} == dict(
        zip(SEVERITY.values(), (100, 70, 2, 30), strict=True))


def test_an_interval_is_drawn_as_far_as_the_axis_goes() -> None:
    """A ratio of 0, one beyond the axis and an interval without an end stay on the axis, and have no end mark there."""
    asked = spec(estimated("ratio", (0.0, 0.0, 2.0), (1e6, 1.5, float("inf")), (1.2, 1.1, 1.4)))
    points = [(one["point"], one["since"], one["until"]) for one in values(asked) if "point" in one]
    assert points == [(0.1, 0.1, 2.0), (1000, 1.5, 1000), (1.2, 1.1, 1.4)]
    assert sorted(one["at"] for one in values(asked) if {*one} == {"at", "middle"}) == [1.1, 1.4, 1.5, 2.0]


def test_nothing_that_can_be_drawn_has_no_chart() -> None:
    """A table of which all is kept back, or whose base is nothing or is not told, has no chart."""
    for counts, base in (({"a": None}, 5), ({"a": 0}, 0), ({"a": 12}, None)):
        assert drawn(table({"a": "A"}, counts, base)) is None


def test_self_generated_is_defined_in_the_picture() -> None:
    """A drawing that shows the words carries their definition, since it travels alone."""
    text = " ".join(parsed(picture(table({"a": "'Self-generated'"}, {"a": 20}, 30))).itertext())
    assert DEFINITION in " ".join(text.split())


@pytest.mark.parametrize("name", KINDS)
def test_a_description_says_what_the_sentences_say(name: str) -> None:
    """The text in place of a chart holds every sentence below it, and where the numbers are."""
    assert " ".join(sentences.of(KINDS[name])) in described(KINDS[name])
    assert "Every number of the chart is in the table beside it." in described(KINDS[name])


@given(st.lists(st.tuples(st.floats(0, 200), st.floats(10, 40)), max_size=8))
def test_labels_are_pushed_apart(spots: list[tuple[float, float]]) -> None:
    """No two labels meet; they keep their order, and stay within the bounds where there is room for all."""
    places = apart(spots, 0, 300)
    edges = sorted((at - tall / 2, at + tall / 2) for at, (_, tall) in zip(places, spots, strict=True))
    assert all(after[0] >= before[1] - 1e-6 for before, after in pairwise(edges))
    wanted, found = (sorted(range(len(spots)), key=lambda n: of[n]) for of in ([one[0] for one in spots], places))
    assert wanted == found
    if sum(tall for _, tall in spots) <= 300:
        assert all(first >= -1e-6 and last <= 300 + 1e-6 for first, last in edges)


def test_labels_with_room_stay_where_they_want_to_be() -> None:
    """A label that meets no other is not moved."""
    assert apart([(100, 10), (20, 10), (160, 10)], 0, 200) == [100, 20, 160]


@given(st.lists(st.sampled_from(["a", "Wii", "determined"]), max_size=12).map(" ".join), st.floats(20, 200))
@settings(max_examples=50)
def test_wrapping_loses_nothing(text: str, most: float) -> None:
    """The lines hold every word in order, and only a single word is wider than asked."""
    found = wrapped(text, 12, most)
    assert " ".join(found).split() == text.split()
    assert all(width(line, 12) <= most or " " not in line for line in found)


def test_long_years_have_room_for_their_weeks() -> None:
    """Of 52 weeks some are named, the first and the last among them, and no name meets another."""
    weeks = {f"w{n}": f"Week of {n} January 2023" for n in range(1, 53)}
    cells = {("A", week): 30 + n for n, week in enumerate(weeks)}
    found = spec(crossed(cells, {"A": "Category A"}, weeks, Asked(by="week")))
    named = [value["at"] for value in values(found) if {*value} == {"at", "label"}]
    assert {0, 51} <= {*named}
    assert len({*named}) < 12

"""The interval beside each printed share: of printed numbers, by the method that the table asks for, or none."""

from math import nextafter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import multinomial_proportions_confint, proportion_confint

from hashgrade.studies.count import count
from hashgrade.studies.figures import Printed, printed
from hashgrade.studies.intervals import Interval
from hashgrade.studies.ranges import _outward, ranges
from hashgrade.studies.schema import parse
from hashgrade.studies.study import Study
from tests.pure.studies.population import taken
from tests.pure.studies.test_figures import PERIOD, STUDY

CROSSED = """  crossed: {title: Sex and kind, of: sexes, by: kind}
  asked: {title: Few, rows: {girls: {sexes: {is: girls}}}}
"""
SAMPLED = """
sample:
  seed: s
  strata:
    images: {size: 20, of: {kind: {is: image}}}
    videos: {size: 20, of: {kind: {is: video}}}
  tables:
    mixed: {title: Both strata, of: sexes}
    one: {title: One stratum, of: sexes, where: {kind: {is: image}}}
"""


def study(text: str = STUDY + CROSSED + SAMPLED, rounded: int = 1, under: int = 10) -> Study:
    """A study whose tables are a breakdown, rows by condition, crossed and sampled."""
    return parse(text.replace("under: 10, round_to: 5", f"under: {under}, round_to: {rounded}"), "s.yaml")


def tables(folder: Path, asked: Study) -> dict[str, Printed]:
    """Its tables as they are printed for 400 media."""
    records = taken(folder / "snapshot", 5, 400)
    return {table.name: table for table in printed(asked, count(asked, records, PERIOD), records.packs)[0]}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Printed]:
    """The tables with every small count printed, so that each share has its interval."""
    return tables(tmp_path_factory.mktemp("ranges"), study(under=2))


@given(st.floats(0, 1), st.floats(0, 1))
def test_ends_are_rounded_outward(one: float, other: float) -> None:
    """What is printed is never narrower than what was computed, and wider by less than a tenth at either end."""
    low, high = sorted((one, other))
    below, above = _outward(Interval(low, high))
    assert 100 * low - 0.1 - 1e-6 <= below <= nextafter(100 * low, 101) + 1e-6
    assert 100 * high - 1e-6 <= above <= 100 * high + 0.1 + 1e-6


def test_a_breakdown_holds_together(found: dict[str, Printed]) -> None:
    """The intervals of rows that are one breakdown are Goodman's."""
    table = found["sex"]
    counts = [figure.count or 0 for figure in table.figures]
    assert sum(counts) == table.base
    wanted = multinomial_proportions_confint(counts, 0.05, "goodman")
    for figure, (low, high) in zip(table.figures, wanted, strict=True):
        assert (figure.low, figure.high) == pytest.approx((100 * low, 100 * high), abs=0.1)


@pytest.mark.parametrize("name", ["many", "asked"])
def test_rows_that_may_overlap_stand_alone(found: dict[str, Printed], name: str) -> None:
    """The interval of a row with a condition of its own is Wilson's, whatever the other rows say."""
    assert found[name].base
    for figure in found[name].figures:
        low, high = proportion_confint(figure.count, found[name].base, 0.05, "wilson")
        assert (figure.low, figure.high) == pytest.approx((100 * low, 100 * high), abs=0.1)


def test_margins_are_breakdowns_of_their_own(found: dict[str, Printed]) -> None:
    """A crossed table's margin has the intervals of the same counts uncrossed, and its corner has none."""
    alone = {figure.key: (figure.low, figure.high) for figure in found["sex"].figures}
    assert {figure.key: (figure.low, figure.high) for figure in found["crossed"].figures
            if figure.column == "all" and figure.key != "all"} == alone
    assert found["crossed"].figure("all", "all").low is None


def test_strata_drawn_at_different_rates_give_no_interval(found: dict[str, Printed]) -> None:
    """A table over both strata is of the sample alone; one of a single stratum has its intervals."""
    assert {figure.low for figure in found["sample_mixed"].figures} == {None}
    assert None not in {figure.low for figure in found["sample_one"].figures if not figure.suppressed}


def test_rounded_counts_have_no_interval(tmp_path: Path) -> None:
    """Where counts are rounded, what the share may be is wider than chance, and nothing is said."""
    asked = study(STUDY + CROSSED, rounded=5)
    assert {figure.low for table in tables(tmp_path, asked).values() for figure in table.figures} == {None}


def test_what_is_kept_back_changes_no_other_interval_but_by_its_place(found: dict[str, Printed]) -> None:
    """Rows beside one that is kept back have the interval that the number of rows alone gives them."""
    table = found["sex"]
    counts = {(figure.key, ""): None if figure.key == "boys" else figure.count for figure in table.figures}
    kept = ranges(study(under=2), table.layout, counts, table.base)
    assert kept == {(figure.key, ""): (figure.low, figure.high) for figure in table.figures if figure.key != "boys"}

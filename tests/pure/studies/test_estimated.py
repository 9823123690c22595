"""Agreement and exposure as tables of estimates: every number is there once, with what it rests on."""

from datetime import date

from hashgrade import law
from hashgrade.studies.agreement import Compared
from hashgrade.studies.estimated import (
    KEPT_BACK,
    NO_PAIRS,
    NONE_SETTLED,
    Found,
    of_agreement,
    of_avoided,
    of_dose,
    of_overturned,
)
from hashgrade.studies.exposure import ASSUMPTIONS, KNOWN, Avoided, Dose, Doses
from hashgrade.studies.intervals import Estimate, wilson
from tests.cast import ADA, BEN, CY, grade, reading, settlement
from tests.naive.readings import of_readings

KITCHEN, BEDROOM = grade(setting="kitchen", child_count=1), grade(setting="bedroom", child_count=2)
MONDAY = date(2023, 4, 3)


def compared(*settled: int) -> tuple[Compared, ...]:
    """Four items read by two, who differ on the last; and those of them that were settled."""
    said = [(KITCHEN, KITCHEN), (BEDROOM, BEDROOM), (KITCHEN, KITCHEN), (KITCHEN, BEDROOM)]
    readings = [reading(n, who, one) for n, pair in enumerate(said) for who, one in zip((ADA, BEN), pair, strict=True)]
    settlements = [settlement(n, CY, KITCHEN) for n in settled]
    return of_readings(readings, settlements, [law.load("uk-ew")], "seed")


def test_each_coefficient_is_a_table_of_questions() -> None:
    """A row is a question, with value, interval, items, and what the agreement warns of."""
    found = of_agreement(compared(), "raw")
    (row,) = [row for row in found.rows if row.key == "setting"]
    assert (row.value, row.n, row.label) == (0.75, 4, law.vocabulary().facts["setting"].name)
    assert row.low is not None
    assert "Only 4 units" in row.note
    assert (found.form, of_agreement(compared(), "ac1").form) == ("share", "coefficient")


def test_the_ordinal_table_has_what_is_in_order_only() -> None:
    """Numbers and verdicts are in it, settings are not."""
    keys = {row.key for row in of_agreement(compared(), "alpha_ordinal").rows}
    assert {"child_count", "verdict.uk-ew"} <= keys
    assert "setting" not in keys


def test_an_undefined_coefficient_has_a_row_without_a_value() -> None:
    """Where every verdict is the same, kappa has no value, and its note says why."""
    (row,) = [row for row in of_agreement(compared(), "cohen").rows if row.key == "verdict.uk-ew"]
    assert (row.value, row.low, row.high, row.n) == (None, None, None, 4)
    assert "nothing to tell apart" in row.note


def test_no_doubt_is_not_an_interval() -> None:
    """Where no two readings differ, raw agreement has Wilson's interval, and coefficients none."""
    for name, low in (("raw", wilson(4, 4).low), ("ac1", None)):
        (row,) = [row for row in of_agreement(compared(), name).rows if row.key == "verdict.uk-ew"]
        assert (row.value, row.low) == (1.0, low)


def test_nothing_read_is_said() -> None:
    """A table of agreement without rows says that no item has two readings."""
    assert of_agreement((), "raw").notes[-1] == NO_PAIRS


def test_settlements_have_their_rows() -> None:
    """Of two settled items, one differs from both readings."""
    for every in (False, True):
        (row,) = [row for row in of_overturned(compared(0, 1), every=every).rows if row.key == "setting"]
        assert (row.value, row.n) == (0.5, 2)
    assert of_overturned(compared(), every=True).notes[-1] == NONE_SETTLED


def test_what_was_avoided_says_what_it_rests_on() -> None:
    """Views and seconds by severity, under official names, with the assumptions; few views are kept back."""
    spared = [Avoided("A", KNOWN, 40, Estimate(600.0, 500.0, 700.0)), Avoided("not_determined", KNOWN, 12, None),
              Avoided("B", KNOWN, 9, Estimate(90.0, 80.0, 99.0))]
    spared.append(Avoided("C", KNOWN, 10, Estimate(100.0, 90.0, 110.0)))
    found = of_avoided(spared, {"A": "Category A"}, 2, 10)
    assert [(row.label, row.value, row.n) for row in found.rows] == [
        ("Category A: recognised before anyone saw it", 600.0, 40),
        ("Not determined: recognised before anyone saw it", None, 12),
        ("B: recognised before anyone saw it", None, None), ("C: recognised before anyone saw it", 100.0, 10),
        ("All of these together", 700.0, 50)]
    assert found.rows[2].note == KEPT_BACK
    assert found.notes[1:] == ASSUMPTIONS


def of_weeks(*, by_week: bool) -> Found:
    """A dose of one week and severity."""
    sums = (Dose(None, "A", 6, 33.0), Dose(MONDAY, "", 6, 33.0), Dose(None, "", 6, 33.0))
    return of_dose(Doses((Dose(MONDAY, "A", 6, 33.0),), sums, 2), {"A": "Category A"}, by_week)


def test_the_dose_says_what_is_kept_back() -> None:
    """Readings and seconds by severity or by week, and how often something is kept back, below."""
    seen, weeks = of_weeks(by_week=False), of_weeks(by_week=True)
    assert [(row.key, row.label, row.value) for row in seen.rows] == [
        ("A", "Category A", 33.0), ("all", "All severities", 33.0)]
    assert [row.label for row in weeks.rows] == ["Week of 2023-04-03"]
    assert "2 times" in weeks.notes[0]

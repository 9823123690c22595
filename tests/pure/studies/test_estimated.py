"""Agreement and exposure as tables of estimates: every number is there once, with what it rests on."""

from datetime import date

from hashgrade import law
from hashgrade.studies.agreement import of_readings
from hashgrade.studies.estimated import Estimated, of_agreement, of_exposure
from hashgrade.studies.exposure import ASSUMPTIONS, KNOWN, Avoided, Dose, Doses
from hashgrade.studies.intervals import Estimate
from tests.cast import ADA, BEN, CY, grade, reading, settlement

KITCHEN, BEDROOM = grade(setting="kitchen", child_count=1), grade(setting="bedroom", child_count=2)
MONDAY = date(2023, 4, 3)


def tables(*settled: int) -> dict[str, Estimated]:
    """Four items read by two, who differ on the last; and those of them that were settled."""
    said = [(KITCHEN, KITCHEN), (BEDROOM, BEDROOM), (KITCHEN, KITCHEN), (KITCHEN, BEDROOM)]
    readings = [reading(n, who, one) for n, pair in enumerate(said) for who, one in zip((ADA, BEN), pair, strict=True)]
    settlements = [settlement(n, CY, KITCHEN) for n in settled]
    return {table.key: table for table in of_agreement(of_readings(readings, settlements, [law.load("uk-ew")], "seed"))}


def test_each_coefficient_is_a_table_of_questions() -> None:
    """A row is a question, with value, interval, items, and what the agreement warns of."""
    found = tables()
    (row,) = [row for row in found["agreement_raw"].rows if row.key == "setting"]
    assert (row.value, row.n, row.label) == (0.75, 4, law.vocabulary().facts["setting"].name)
    assert row.low is not None
    assert "Only 4 units" in row.note
    assert set(found) == {f"agreement_{name}" for name in ("raw", "ac1", "alpha", "alpha_ordinal", "cohen", "fleiss")}


def test_the_ordinal_table_has_what_is_in_order_only() -> None:
    """Numbers and verdicts are in it, settings are not."""
    keys = {row.key for row in tables()["agreement_alpha_ordinal"].rows}
    assert "child_count" in keys
    assert "setting" not in keys


def test_an_undefined_coefficient_has_a_row_without_a_value() -> None:
    """Where every verdict is the same, kappa has no value, and its note says why."""
    (row,) = [row for row in tables()["agreement_cohen"].rows if row.key == "verdict.uk-ew"]
    assert (row.value, row.low, row.high, row.n) == (None, None, None, 4)
    assert "nothing to tell apart" in row.note


def test_settlements_have_their_tables() -> None:
    """Of two settled items, one differs from both readings."""
    (row,) = [row for row in tables(0, 1)["overturned_all"].rows if row.key == "setting"]
    assert (row.value, row.n) == (0.5, 2)
    assert "overturned_some" in tables(0)


def test_exposure_says_what_it_rests_on() -> None:
    """Views, readings and seconds by severity, under official names; assumptions, and what is kept back, below."""
    sums = (Dose(None, "A", 6, 33.0), Dose(MONDAY, "", 6, 33.0), Dose(None, "", 6, 33.0))
    doses = Doses((Dose(MONDAY, "A", 6, 33.0),), sums, 2)
    spared, seen, weeks = of_exposure([Avoided("A", KNOWN, 4, Estimate(60.0, 50.0, 70.0)),
                                       Avoided("not_determined", KNOWN, 1, None)], doses, {"A": "Category A"})
    assert [(row.label, row.value, row.n) for row in spared.rows] == [
        ("Category A: recognised before anyone saw it", 60.0, 4),
        ("Not determined: recognised before anyone saw it", None, 1)]
    assert spared.notes == ASSUMPTIONS
    assert [(row.key, row.label, row.value) for row in seen.rows] == [
        ("A", "Category A", 33.0), ("all", "All severities", 33.0)]
    assert [row.label for row in weeks.rows] == ["Week of 2023-04-03"]
    assert "2 of them" in weeks.notes[0]

"""Sentences below figures: they say what is printed, of the row that it is printed of, and nothing else."""

import re
from datetime import date

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hashgrade.errors import Broken
from hashgrade.studies.estimated import Estimated
from hashgrade.studies.figures import SELF_GENERATED, Printed
from hashgrade.studies.sentences import check, of
from hashgrade.studies.study import Table
from hashgrade.studies.table import Scope, lay_out
from tests.pure.studies.tables import (
    BANDS,
    KINDS,
    SEVERITY,
    Asked,
    any_table,
    by_age,
    by_month,
    crossed,
    severity,
    table,
)

NUMBER = re.compile(r"\d[\d,.]*\d|\d")
QUOTED = re.compile("“[^”]*”")


@given(any_table())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_sentence_says_what_is_printed(printed: Printed | Estimated) -> None:
    """Whatever the table is, its sentences pass the check; there is one at least, and no word of cause or rank."""
    said = of(printed)
    assert said
    if isinstance(printed, Printed) and any(figure.suppressed for figure in printed.figures):
        assert re.search("printed|kept back", " ".join(said))
    check(" ".join(said), printed)
    text = QUOTED.sub("", " ".join(said))
    assert not re.search(r"because|due to|cause|lead|signific|effect|better|worse|best|worst", text, re.IGNORECASE)


@given(any_table(), st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_number_that_was_changed_is_refused(printed: Printed | Estimated, data: st.DataObject) -> None:
    """One number of a sentence put up or down is no longer what the table says, though it print that number too."""
    text = " ".join(of(printed))
    bare = [(found.start(), found.end()) for found in NUMBER.finditer(QUOTED.sub(lambda one: "x" * len(one[0]), text))]
    numbers = [(start, end) for start, end in bare if not text.startswith("95% ", start)]
    assume(numbers)
    start, end = data.draw(st.sampled_from(numbers))
    digit = data.draw(st.integers(start, end - 1).filter(lambda at: text[at].isdigit()))
    other = data.draw(st.sampled_from("0123456789").filter(lambda one: one != text[digit]))
    with pytest.raises(Broken, match="STU-42"):
        check(text[:digit] + other + text[digit + 1:], printed)


@given(any_table(), st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_number_of_another_row_is_refused(printed: Printed | Estimated, data: st.DataObject) -> None:
    """A label that the table does not have is refused, wherever it stands."""
    text = " ".join(of(printed))
    names = [*QUOTED.finditer(text)]
    assume(names)
    found = data.draw(st.sampled_from(names))
    with pytest.raises(Broken, match="STU-42"):
        check(text[:found.start()] + "“Another label”" + text[found.end():], printed)


def test_two_rows_cannot_change_places() -> None:
    """The count of one row, said of another that is printed too, is refused."""
    printed = severity(356, 1204, 841, 120)
    text = " ".join(of(printed))
    swapped = text.replace("“Category B”", "?").replace("“Category C”", "“Category B”").replace("?", "“Category C”")
    with pytest.raises(Broken, match="STU-42"):
        check(swapped, printed)


@pytest.mark.parametrize("text", [
    "The largest row is “Category A”, with 356 of 2,521 media (14%).", "Next is “Category A”, with 356 (14%).",
    "Next is “Category B”, with 1,204 (48%)."])
def test_a_rank_is_checked(text: str) -> None:
    """A true count is refused where its row is called the largest, or the next, and is not."""
    with pytest.raises(Broken, match="STU-42"):
        check(text, severity(356, 1204, 841, 120))


def test_the_ends_of_estimates_are_checked() -> None:
    """A true value is refused where it is called the highest or the lowest, and is not."""
    text = of(KINDS["coefficients"])[0]
    with pytest.raises(Broken, match="STU-42"):
        check(text.replace("highest", "?").replace("lowest", "highest").replace("?", "lowest"), KINDS["coefficients"])


def test_what_is_not_whole_is_told_by_the_engine() -> None:
    """A table by weeks of a year that begins within one knows it, and says it below; one by months does neither."""
    year = Scope((date(2023, 1, 1), date(2023, 12, 31)))
    for every, cut in (("week", True), ("month", False)):
        found = lay_out(Table(key="t", title="T", unit="media", sampled=False, of=every), (), year)
        assert (found.cut, any("reaches beyond the period" in note for note in found.table.notes)) == (cut, cut)


def test_free_text_may_hold_no_number() -> None:
    """Text that names labels and says no number passes; a number out of place does not."""
    printed = severity(356, 1204, 841, 120)
    check("Most of it is “Category B”.", printed)
    with pytest.raises(Broken, match="STU-42"):
        check("Most of 1204 is “Category B”.", printed)


SAID = {
    "bars": ("Of the counts that are printed, the largest row is “Category B”, with 1,204 of 1,680 media "
             "(72%, 95% interval 68–75%).", "Next is “Category A”, with 356 (21%, 95% interval 18–24%)."),
    "waffle": ("The largest row is “Category A”, with 100 of 202 media (50%, 95% interval 40–59%).",
               "Next is “Category B”, with 70 (35%, 95% interval 26–44%)."),
    "coefficients": ("The highest value is that of “Aged 13 and under”: 0.90 (95% interval 0.85 to 0.95); "
                     "the lowest is that of “Category A”: 0.61 (95% interval −0.20 to 0.68).",
                     "No value can be given for “Posing, nude”."),
    "ratios": ("The clearest change is that of “Posing, nude”: 3.00 times (95% interval 1.50 to no limit).",
               "No value can be given for “'Self-generated'”."),
    "seconds": ("The highest value is that of “Category A”: 12,402 seconds; "
                "the lowest is that of “Aged 13 and under”: 8,031 seconds.",)}


@pytest.mark.parametrize("kind", SAID)
def test_sentences_by_example(kind: str) -> None:
    """What is said of one table of each kind, word for word."""
    assert of(KINDS[kind]) == SAID[kind]


@pytest.mark.parametrize(("counts", "said"), [
    ((0, 0, 0, 0), ("No URL is in this table.",)),
    ((1, 0, 0, 0), ("The largest row is “Category A”, with 1 of 1 URL (100%, 95% interval 13–100%).",)),
    ((5, 5, 0, 2), ("The largest rows are “Category A” and “Category B”, with 5 of 12 URLs each (42%).",)),
    ((0, 3, 1, 9), ("The largest row is “Category B”, with 3 of 13 URLs (23%, 95% interval 6–58%).",
                    "Next is “Category C”, with 1 (8%, 95% interval 0–42%).",
                    "More are not known: “Not determined”, with 9 of 13 URLs (69%, 95% interval 35–91%)."))])
def test_rows_by_example(counts: tuple[int | None, ...], said: tuple[str, ...]) -> None:
    """Nothing, nothing printed, one unit, ties, and more that is not known than is known."""
    assert of(severity(*counts, asked=Asked(unit="url"))) == said


@pytest.mark.parametrize(("known", "said"), [
    (0, "Only what is not known is counted: “Not determined”, with 20 of 20 media (100%, 95% interval 76–100%)."),
    (None, "Only what is not known is printed: “Not determined”, with 20 of 20 media (100%, 95% interval 76–100%).")])
def test_nothing_known_is_no_largest_row(known: int | None, said: str) -> None:
    """Where only what is not known has a count, that is said, and whether others are kept back."""
    assert of(severity(known, 0, 0, 20)) == (said,)


def test_a_table_that_is_all_kept_back() -> None:
    """Where nothing is printed, that is all that is said."""
    assert of(table({"a": "A", "b": "B"}, {"a": None, "b": None}, None)) == ("All counts of this table are kept back.",)


def test_a_table_of_nothing_in_its_rows() -> None:
    """Units that are in none of the rows are said to be in none, and never that there are none."""
    said = of(table({"a": "A"}, {"a": 0}, 12, Asked(unit="child")))
    assert said == ("No child of this table is in any of its rows.",)


def test_overlapping_rows_are_never_added_up() -> None:
    """Of a table whose rows overlap, a sentence says so, and none calls a row the largest part."""
    text = " ".join(of(severity(30, 25, 10, 0, asked=Asked(multi_response=True))))
    assert "most frequent row" in text
    assert "One medium may count in several rows." in text
    assert "largest" not in text


def test_columns_differ_where_intervals_are_apart() -> None:
    """The difference that is told is the one whose intervals are furthest apart; of like columns none is told."""
    rows = {"A": "Category A", "B": "Category B"}
    cells = {(key, column): 100 for key in rows for column in BANDS}
    asked = Asked(by="youngest_age_band")
    alike = " ".join(of(crossed(cells, rows, BANDS, asked)))
    assert "The intervals support no difference between columns." in alike
    apart = " ".join(of(crossed({**cells, ("A", "3-6"): 300}, rows, BANDS, asked)))
    assert "Columns differ most in “Category A”: it is 75% of “3 to 6” (300 of 400, " in apart


def test_a_trend_is_told_where_its_interval_leaves_out_no_change() -> None:
    """A whole that grows is told by its factor; one that does not, as no clear change; shares likewise."""
    grows = " ".join(of(by_month(growth=20)))
    assert "times as many each month" in grows
    assert "no clear change" not in grows
    assert "The share that changes most clearly is that of “Category A”, from" in grows
    still = " ".join(of(by_month(growth=0)))
    assert "no clear change from month to month" in still
    assert "No row's share of all media changes clearly" in still


def test_rounded_counts_have_no_trend_and_no_difference() -> None:
    """Where counts are rounded, nothing is inferred from them."""
    for printed in (by_month(asked=Asked(by="month", round_to=5)), by_age(asked=Asked(by="x", round_to=5))):
        text = " ".join(of(printed))
        assert "interval" not in text


def test_a_row_with_counts_kept_back_has_no_trend() -> None:
    """What is left of such a row would be a selection, so that another row is told, or none."""
    hidden = frozenset({("A", "2023-03"), ("A", "2023-04")})
    text = " ".join(of(by_month(hidden=hidden, growth=20)))
    assert "that of “Category A”" not in text
    assert "Some counts are kept back." in text


def test_periods_that_are_not_whole_are_not_compared() -> None:
    """Where the first or the last period is cut, the second and the last but one are the ends."""
    text = " ".join(of(by_month(asked=Asked(by="month", cut=True))))
    assert "Whole months: " in text
    assert "“January 2023”" not in text
    assert "“November 2023”" in text


def test_self_generated_is_always_in_quotes() -> None:
    """The words stand in quotes even where a label has none."""
    rows = {"a": "Self-generated and kept", "b": "'Self-generated'"}
    text = " ".join(of(table(rows, {"a": 30, "b": 20}, 50)))
    assert all(text[found.start() - 1] == "'" and text[found.end()] == "'" for found in SELF_GENERATED.finditer(text))
    assert "“'Self-generated' and kept”" in text


def test_each_number_of_a_share_trend_is_read_back() -> None:
    """The check finds a wrong number in any place of the two longest sentences."""
    cells = {(key, column): 900 if (key, column) == ("A", "3-6") else 100 for key in SEVERITY for column in BANDS}
    for printed in (by_month(growth=20), crossed(cells, SEVERITY, BANDS, Asked(by="x"))):
        text = " ".join(of(printed))
        blank = QUOTED.sub(lambda one: "x" * len(one[0]), text)
        for found in NUMBER.finditer(blank):
            if not text.startswith("95% ", found.start()):
                wrong = text[:found.start()] + str(1 + (int(text[found.start()])) % 9) + text[found.start() + 1:]
                with pytest.raises(Broken, match="STU-42"):
                    check(wrong, printed)

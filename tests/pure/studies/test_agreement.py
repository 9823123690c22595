"""Agreement against published examples, statsmodels and its slow twin; and which readings count as independent."""

from collections.abc import Callable
from functools import partial
from time import perf_counter

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa

from hashgrade import law
from hashgrade.errors import InputError
from hashgrade.nouns import Child, Reading, Settlement
from hashgrade.studies.agreement import (
    Agreement,
    Compared,
    Rating,
    agreement,
)
from hashgrade.studies.intervals import Estimate
from tests.cast import ADA, BEN, CY, DEE, EVE, grade, reading, settlement, sha
from tests.naive import agreement as naive
from tests.naive.readings import independent, of_readings

FOUR = [[int(rating) if rating != "." else None for rating in unit] for unit in zip(
    "123321412...", "1233224125.3", ".3332342251.", "12332441251.", strict=True)]
"""Krippendorff 2011, section C: four observers, twelve units, missing values."""
PACK = law.load("uk-ew")


def table(counts: list[list[int]]) -> list[tuple[int, int]]:
    """The pairs of ratings that a square table of two readers counts."""
    return [(a, b) for a, row in enumerate(counts) for b, count in enumerate(row) for _ in range(count)]


def value(estimate: Estimate | None) -> float:
    """The value of what is there."""
    assert estimate is not None
    return estimate.value


@st.composite
def ratings(draw: st.DrawFn) -> list[list[Rating]]:
    """Some units, rated by two to five readers, with gaps."""
    readers = draw(st.integers(2, 5))
    one = st.one_of(st.none(), st.integers(0, 3))
    return draw(st.lists(st.lists(one, min_size=readers, max_size=readers), min_size=1, max_size=9))


def test_krippendorffs_example_comes_out() -> None:
    """Alpha is 0.743 nominal and 0.815 ordinal, as published."""
    found = agreement(FOUR, order=[1, 2, 3, 4, 5])
    assert (round(value(found.alpha), 3), round(value(found.alpha_ordinal), 3)) == (0.743, 0.815)


def test_gwets_examples_come_out() -> None:
    """On the same ratings AC1 is 0.77544 and Fleiss' kappa 0.76117 (irrCAC, cac.raw4raters)."""
    found = agreement(FOUR)
    assert (round(value(found.ac1), 5), round(value(found.fleiss), 5)) == (0.77544, 0.76117)


def test_two_readers_of_gwets_come_out() -> None:
    """Three abstractors' table: kappa 0.79641, AC1 0.84933 (irrCAC, cont3x3abstractors)."""
    found = agreement(table([[13, 0, 0], [0, 20, 7], [0, 4, 56]]))
    assert (round(value(found.cohen), 5), round(value(found.ac1), 5)) == (0.79641, 0.84933)


def test_the_paradox_of_kappa_comes_out() -> None:
    """Gwet 2002: 118 of 125 agree on one value and none on the other; kappa is -0.0234, AC1 0.9408."""
    found = agreement(table([[118, 5], [2, 0]]))
    assert (round(value(found.cohen), 4), round(value(found.ac1), 4)) == (-0.0234, 0.9408)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=30))
def test_cohens_kappa_is_statsmodels(pairs: list[tuple[int, int]]) -> None:
    """Two complete readers have the kappa of statsmodels, undefined where it is."""
    counts = np.zeros((4, 4), int)
    np.add.at(counts, tuple(np.transpose(pairs)), 1)
    assume(len(set(np.ravel(pairs))) > 1)
    assert value(agreement(pairs).cohen) == pytest.approx(cohens_kappa(counts, return_results=False), abs=1e-9)


@given(st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4), min_size=2, max_size=30))
def test_fleiss_kappa_is_statsmodels(units: list[list[int]]) -> None:
    """Four complete readers have the kappa of statsmodels."""
    assume(len(set(np.ravel(units))) > 1)
    expected = fleiss_kappa(aggregate_raters(np.array(units))[0])
    assert value(agreement(units).fleiss) == pytest.approx(expected, abs=1e-9)


@given(ratings())
def test_every_coefficient_is_its_twins(units: list[list[Rating]]) -> None:
    """Whatever is missing, each coefficient is what its definition gives, or None where that divides by nothing."""
    found = agreement(units, order=[0, 1, 2, 3])
    definitions: dict[str, Callable[[naive.Ratings], float]] = {
        "raw": naive.raw, "fleiss": naive.fleiss, "ac1": naive.ac1, "alpha": naive.alpha,
        "alpha_ordinal": partial(naive.alpha, order=[0, 1, 2, 3])}
    if found.raters == 2:
        rated = [column for column in zip(*units, strict=True) if any(one is not None for one in column)]
        definitions["cohen"] = lambda _: naive.cohen(list(zip(*rated, strict=True)))
    for name, definition in definitions.items():
        try:
            expected: float | None = definition(units)
        except ZeroDivisionError:
            expected = None
        estimate = getattr(found, name)
        assert (estimate and estimate.value) == (expected if expected is None else pytest.approx(expected, abs=1e-9))


def test_intervals_are_those_of_units_drawn_again() -> None:
    """Percentiles agree with a plain loop over 2,000 draws of units, to what 2,000 draws can tell."""
    rng = np.random.default_rng(3)
    units = [[int(one), int(one) if rng.random() < 0.8 else int(rng.integers(3))] for one in rng.integers(0, 3, 80)]
    found = agreement(units, seed="a")
    draws = iter(rng.integers(0, 80, (2_000, 80)).tolist())
    low, high = np.quantile(naive.resamples(units, naive.cohen, draws), [0.025, 0.975])
    assert found.cohen
    assert (found.cohen.low, found.cohen.high) == pytest.approx((low, high), abs=0.015)


def test_the_seed_alone_decides_the_intervals() -> None:
    """The same seed gives the same numbers, in whatever order units come; another seed gives others."""
    units = table([[30, 4], [5, 40]])
    assert agreement(units, seed="a") == agreement(units[::-1], seed="a")
    assert agreement(units, seed="a") != agreement(units, seed="b")


def test_rows_that_stand_for_many_are_as_many_rows() -> None:
    """A row with its number of times gives what so many rows give."""
    rows = [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert agreement(rows, times=[30, 4, 5, 40]) == agreement(table([[30, 4], [5, 40]]))


def test_a_hundred_thousand_units_take_seconds() -> None:
    """Two readers of 100,000 units with 11 values are resampled 2,000 times in under 10 s."""
    rng = np.random.default_rng(0)
    units = rng.integers(0, 11, (100_000, 2)).tolist()
    began = perf_counter()
    assert agreement(units, order=list(range(11))).units == 100_000
    assert perf_counter() - began < 10


def test_one_value_only_leaves_kappa_undefined_and_ac1_not() -> None:
    """Where all say the same there is nothing to tell apart, and the warning says so; AC1 is 1."""
    found = agreement([("no", "no")] * 60)
    assert (found.cohen, found.fleiss, found.alpha) == (None, None, None)
    assert (value(found.ac1), value(found.raw)) == (1.0, 1.0)
    assert "one value" in found.warning


@pytest.mark.parametrize(("units", "words"), [
    ([], "nothing can agree"), ([(1, None), (None, 2)], "nothing can agree"), ([(1, 2), (1, 1)], "rough"),
    ([(1, 1)] * 50 + [(2, 2)] * 50, "in one unit of 27 they may"), ([(1, 1)] * 200 + [(1, 2)], "resamples held one"),
    ([(1, 1)] * 200 + [(1, 2)] * 19, "Only 19 units hold anything but")])
def test_what_a_reader_must_know_is_said(units: list[tuple[Rating, Rating]], words: str) -> None:
    """Nothing rated twice, few units, no disagreement, one value only or nearly so: each has a warning."""
    assert words in agreement(units).warning


def test_many_units_that_differ_need_no_warning() -> None:
    """Where nothing is amiss nothing is said."""
    assert agreement(table([[30, 4], [5, 40]])).warning == ""


def test_what_cannot_be_determined_stands_on_no_scale() -> None:
    """It is a value like others for the nominal coefficients, and missing for the ordinal one."""
    found = agreement([*FOUR, [1, "cannot_determine", None, None]], order=[1, 2, 3, 4, 5])
    assert value(found.alpha_ordinal) == pytest.approx(value(agreement(FOUR, order=[1, 2, 3, 4, 5]).alpha_ordinal))
    assert value(found.alpha) < value(agreement(FOUR).alpha)


def test_a_rating_off_the_scale_is_refused() -> None:
    """A value that the order does not have is STU-23."""
    with pytest.raises(InputError, match="STU-23"):
        agreement([(1, 9)], order=[1, 2])


def read(readings: list[Reading], settlements: list[Settlement] | None = None) -> dict[str, Compared]:
    """What is found on each question, by key."""
    return {one.question.key: one for one in of_readings(readings, settlements or [], [PACK], "seed")}


def test_a_correction_takes_the_place_of_what_it_corrects() -> None:
    """Only the last of a reader's readings counts."""
    first, second = reading(1, ADA, grade(setting="kitchen"), 1), reading(1, ADA, grade(setting="bedroom"), 5)
    assert independent([second, first], []) == {sha(1): {ADA: grade(setting="bedroom")}}


def test_what_is_said_after_a_settlement_is_not_independent() -> None:
    """A correction made after anybody settled leaves the reading before it standing; a first reading then is none."""
    mine = [reading(1, ADA, grade(setting="kitchen"), 1), reading(1, ADA, grade(setting="bedroom"), 90),
            reading(1, BEN, grade(setting="bedroom"), 70)]
    settled = [settlement(1, CY, grade(setting="bedroom"), 95), settlement(1, DEE, grade(setting="bedroom"), 60)]
    assert independent(mine, settled) == {sha(1): {ADA: grade(setting="kitchen")}}


def test_every_question_that_two_answer_is_compared() -> None:
    """Facts, what follows from children, their rows as a whole, and verdicts; not what one alone was asked."""
    child: Child = {"age_band": "3-6", "sex": "girl", "activity": ("nudity_only",)}
    said = grade(child, depiction="photographic", indecent="yes", setting="kitchen")
    found = read([reading(1, ADA, said), reading(1, BEN, grade(child, depiction="photographic", indecent="yes"))])
    assert {"indecent", "child_rows", "youngest_age_band", "headline_activity", "verdict.uk-ew"} <= set(found)
    assert "setting" not in found
    assert value(found["verdict.uk-ew"].agreement.raw) == 1


def test_children_are_compared_as_a_multiset() -> None:
    """The order of rows is of no account, one value in one row is; the youngest may be the same all the same."""
    girl, boy = {"age_band": "3-6", "sex": "girl"}, {"age_band": "7-10", "sex": "boy"}
    same = read([reading(1, ADA, grade(girl, boy)), reading(1, BEN, grade(boy, girl))])
    other = read([reading(1, ADA, grade(girl, boy)), reading(1, BEN, grade(girl, {**boy, "age_band": "11-13"}))])
    assert value(same["child_rows"].agreement.raw) == 1
    assert value(other["child_rows"].agreement.raw) == 0
    assert value(other["youngest_age_band"].agreement.raw) == 1


def test_scales_have_an_ordinal_alpha() -> None:
    """Ages, activities, numbers and verdicts are in order; settings are not."""
    one, other = {"age_band": "3-6"}, {"age_band": "7-10"}
    said = [grade(one, setting="kitchen", child_count=1), grade(other, other, setting="bedroom", child_count=2)]
    found = read([reading(n, reader, said[n]) for n in (0, 1) for reader in (ADA, BEN)])
    assert {key for key, one in found.items() if one.agreement.alpha_ordinal} == {
        "child_count", "children", "youngest_age_band"}


def test_no_name_of_a_reader_comes_out() -> None:
    """Whoever reads, what is found is the same."""
    def by(*readers: str) -> tuple[Compared, ...]:
        return of_readings([reading(n, who, grade(setting="kitchen" if n + m else "bedroom"))
                            for n in range(3) for m, who in enumerate(readers)], [], [PACK], "seed")

    found = by(ADA, BEN)
    assert [one.agreement for one in found] == [one.agreement for one in by(EVE, DEE)]
    assert ADA not in str([(one.agreement, one.overturned) for one in found])


def test_a_settlement_overturns_readings_it_differs_from() -> None:
    """Of three settled items, one differs from one reading, one from both, one from none; an unanswered one is none."""
    kitchen, bedroom = grade(setting="kitchen"), grade(setting="bedroom")
    readings = [reading(1, ADA, kitchen), reading(1, BEN, bedroom), reading(2, ADA, kitchen), reading(2, BEN, kitchen),
                reading(3, ADA, kitchen), reading(3, BEN, kitchen), reading(4, ADA, grade()), reading(5, ADA, kitchen)]
    settled = [settlement(n, CY, bedroom if n == 2 else kitchen) for n in (1, 2, 3, 4)]
    found = read(readings, settled)["setting"].overturned
    assert found.items == 3
    assert (value(found.some), value(found.all)) == (2 / 3, 1 / 3)


def test_nothing_settled_has_no_share_overturned() -> None:
    """Without settlements the shares are unknown, not 0."""
    found = read([reading(1, ADA, grade(setting="kitchen")), reading(1, BEN, grade(setting="kitchen"))])
    assert (found["setting"].overturned.items, found["setting"].overturned.some) == (0, None)
    assert isinstance(found["setting"].agreement, Agreement)

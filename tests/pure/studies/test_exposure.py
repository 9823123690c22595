"""Exposure avoided and exposure had: counted once, of groups of three or more, and never of a person."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.errors import InputError
from hashgrade.studies.exposure import (
    AGAIN,
    KNOWN,
    NEAR,
    Dose,
    Doses,
    Taken,
    Viewed,
    avoided,
    dose,
    spared,
)

MONDAY, LATER = date(2023, 4, 3), date(2023, 4, 10)
FRESH: dict[str, Any] = {"graded": False, "known": False, "near": False, "readings": 0}
READ = {"graded": True, "readings": 2}


def viewed(severity: str, readers: int, *seconds: int, untimed: int = 0, week: date = MONDAY) -> Viewed:
    """One reading by each of some readers and for each of some seconds, and some without a time."""
    each = [second * 1000 for second in seconds for _ in range(readers)]
    return Viewed(week, severity, readers, len(each) + untimed, len(each), sum(each), sum(ms * ms for ms in each))


CELLS = st.dictionaries(
    st.tuples(st.sampled_from([MONDAY, LATER]), st.sampled_from("AB")),
    st.tuples(st.integers(0, 4), st.integers(0, 90), st.integers(0, 3))).map(
        lambda held: [viewed(severity, readers, seconds, untimed=untimed, week=week)
                      for (week, severity), (readers, seconds, untimed) in held.items()])


@pytest.mark.parametrize(("changed", "expected"), [
    ({}, {}),
    ({"known": True}, {("A", KNOWN): 2}),
    ({"known": True, "near": True}, {("A", KNOWN): 2}),
    ({"near": True}, {("A", NEAR): 2}),
    ({"near": True, "readings": 1}, {("A", NEAR): 1}),
    ({"near": True, **READ}, {}),
    ({"sightings": 4}, {}),
    ({"sightings": 4, **READ}, {("A", AGAIN): 6}),
    ({"known": True, "sightings": 2, "items": 5}, {("A", KNOWN): 10, ("A", AGAIN): 10})])
def test_a_view_is_spared_in_one_way(changed: dict[str, Any], expected: dict[tuple[str, str], int]) -> None:
    """What waits for its readings spares none; what is recognised, near, or seen again spares what it lacks."""
    assert spared([Taken("A", **(FRESH | changed))]) == expected


def test_seconds_avoided_are_those_of_the_same_severity() -> None:
    """Views avoided take as long as readings of their severity did on average, with the interval of that mean."""
    found = avoided({("A", KNOWN): 4, ("B", AGAIN): 100}, [viewed("A", 3, 10, 20), viewed("B", 3, 2)])
    assert [(one.severity, one.views, one.seconds and one.seconds.value) for one in found] == [
        ("A", 4, 60.0), ("B", 100, 200.0)]
    assert found[0].seconds
    assert (found[0].seconds.low, found[0].seconds.high) == pytest.approx((60 - 4 * 5.748, 60 + 4 * 5.748), abs=0.01)


def test_a_severity_that_few_timed_takes_the_mean_of_all() -> None:
    """The mean of two readers is nowhere used; where there are not three at all, no seconds are told."""
    few = viewed("A", 2, 100)
    known = avoided({("A", KNOWN): 1}, [few, viewed("B", 3, 10)])
    assert known[0].seconds
    assert known[0].seconds.value == 10
    assert avoided({("A", KNOWN): 1}, [few, viewed("B", 0, untimed=9)])[0].seconds is None


def test_a_dose_is_summed_by_week_and_severity() -> None:
    """Weeks, severities and everything have their sums; readings without a time add no seconds."""
    found = dose([viewed("A", 3, 1, week=LATER), viewed("B", 3, 2, untimed=1), viewed("A", 3, 10)])
    assert found.weeks == (Dose(MONDAY, "A", 3, 30.0), Dose(MONDAY, "B", 4, 6.0), Dose(LATER, "A", 3, 3.0))
    assert found.sums == (Dose(None, "A", 6, 33.0), Dose(None, "B", 4, 6.0), Dose(MONDAY, "", 7, 36.0),
                          Dose(LATER, "", 3, 3.0), Dose(None, "", 10, 39.0))


def test_what_two_readers_did_is_in_no_sum() -> None:
    """A week that two readers timed is kept back, and no total betrays it by what is left."""
    found = dose([viewed("A", 3, 10), viewed("B", 2, 99, untimed=5)])
    assert found == Doses((Dose(MONDAY, "A", 3, 30.0),), found.sums, 1)
    assert {one.seconds for one in found.sums} == {30.0}


@given(CELLS)
def test_no_number_changes_with_what_few_readers_did(cells: list[Viewed]) -> None:
    """Without the weeks of fewer than three readers, every number that is told is the same."""
    kept = [one for one in cells if one.readers >= 3]
    assert (dose(cells).weeks, dose(cells).sums) == (dose(kept).weeks, dose(kept).sums)
    assert avoided({("A", KNOWN): 3}, cells) == avoided({("A", KNOWN): 3}, kept)
    assert dose(cells).kept_back == len(cells) - len(kept)


@pytest.mark.parametrize("asked", [
    lambda: dose([viewed("A", 3, -1)]), lambda: avoided({}, [Viewed(MONDAY, "A", 3, 3, 2, 9, 9)]),
    lambda: spared([Taken("A", False, False, False, -1)]), lambda: spared([Taken("A", False, False, False, 0, 0)]),
    lambda: spared([Taken("A", False, False, False, 0)], wanted=0)])
def test_what_is_no_exposure_is_refused(asked: object) -> None:
    """Times below 0, more readers than readings, and numbers of views that are none, are STU-24."""
    with pytest.raises(InputError, match="STU-24"):
        asked()  # type: ignore[operator]

"""Exposure avoided and exposure had: counted once, of groups of three or more, and never of a person."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from math import nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.errors import InputError
from hashgrade.studies.exposure import (
    AGAIN,
    CLUSTER,
    KNOWN,
    Dose,
    Doses,
    Taken,
    Viewed,
    avoided,
    dose,
    spared,
    week_of,
)

MONDAY = date(2023, 4, 3)
FRESH: dict[str, Any] = {"graded": False, "known": False, "clustered": False, "readings": 0}
READ = {"graded": True, "readings": 2}
VIEWED = st.lists(st.builds(
    Viewed, st.sampled_from("AB"), st.integers(0, 4), st.sampled_from([MONDAY, MONDAY + timedelta(7)]),
    st.one_of(st.none(), st.integers(0, 50).map(float))), max_size=30)


def seen(severity: str, readers: str, seconds: float | None, week: date = MONDAY) -> list[Viewed]:
    """One reading by each of some readers, as long each."""
    return [Viewed(severity, reader, week, seconds) for reader in readers]


@pytest.mark.parametrize(("changed", "expected"), [
    ({}, {}),
    ({"known": True}, {("A", KNOWN): 2}),
    ({"known": True, "clustered": True}, {("A", KNOWN): 2}),
    ({"clustered": True}, {("A", CLUSTER): 2}),
    ({"clustered": True, "readings": 1}, {("A", CLUSTER): 1}),
    ({"clustered": True, **READ}, {}),
    ({"sightings": 4}, {}),
    ({"sightings": 4, **READ}, {("A", AGAIN): 6}),
    ({"known": True, "sightings": 2}, {("A", KNOWN): 2, ("A", AGAIN): 2})])
def test_a_view_is_spared_in_one_way(changed: dict[str, Any], expected: dict[tuple[str, str], int]) -> None:
    """What waits for its readings spares none; what is recognised, near a grade, or seen again spares what it lacks."""
    assert spared([Taken("A", **(FRESH | changed))]) == expected


def test_seconds_avoided_are_those_of_the_same_severity() -> None:
    """Views avoided take as long as readings of their severity did on average."""
    viewed = [*seen("A", "xyz", 10), *seen("A", "xyz", 20), *seen("B", "xyz", 2)]
    found = avoided({("A", KNOWN): 4, ("B", AGAIN): 100}, viewed)
    assert [(one.severity, one.views, one.seconds and one.seconds.value) for one in found] == [
        ("A", 4, 60.0), ("B", 100, 200.0)]
    assert found[0].seconds
    assert found[0].seconds.low < 60 < found[0].seconds.high


def test_a_severity_that_few_timed_takes_the_mean_of_all() -> None:
    """The mean of two readers is nowhere used; where there are not three at all, no seconds are told."""
    few = seen("A", "xy", 100)
    known = avoided({("A", KNOWN): 1}, [*few, *seen("B", "xyz", 10)])
    assert known[0].seconds
    assert known[0].seconds.value == 10
    assert avoided({("A", KNOWN): 1}, [*few, *seen("B", "xyz", None)])[0].seconds is None


def test_a_dose_is_summed_by_week_and_severity() -> None:
    """Weeks, severities and everything have their sums; readings without a time add no seconds."""
    later = MONDAY + timedelta(7)
    found = dose([*seen("A", "xyz", 10), *seen("B", "xyz", 2), *seen("B", "y", None), *seen("A", "xyz", 1, later)])
    assert found.weeks == (Dose(MONDAY, "A", 3, 30.0), Dose(MONDAY, "B", 4, 6.0), Dose(later, "A", 3, 3.0))
    assert set(found.sums) == {Dose(None, "A", 6, 33.0), Dose(None, "B", 4, 6.0), Dose(MONDAY, "", 7, 36.0),
                               Dose(later, "", 3, 3.0), Dose(None, "", 10, 39.0)}


def test_what_two_readers_did_is_in_no_sum() -> None:
    """A week that two readers timed is kept back, and no total betrays it by what is left."""
    found = dose([*seen("A", "xyz", 10), *seen("B", "xy", 99), *seen("B", "z", None)])
    assert found == Doses((Dose(MONDAY, "A", 3, 30.0),), found.sums, 1)
    assert {one.seconds for one in found.sums} == {30.0}


@given(VIEWED)
def test_no_number_is_of_fewer_than_three(viewed: list[Viewed]) -> None:
    """Whoever read what, cells are of three or more, and every sum is one of cells that are shown."""
    found, readers = dose(viewed), defaultdict[tuple[date, str], set[object]](set)
    for one in viewed:
        readers[one.week, one.severity] |= {one.reader} if one.seconds is not None else set()
    assert all(len(readers[cell.week, cell.severity]) >= 3 for cell in found.weeks if cell.week)
    assert len(found.weeks) + found.kept_back == len(readers)
    for total in found.sums:
        of = [one for one in found.weeks if total.week in (None, one.week) and total.severity in ("", one.severity)]
        assert (total.readings, total.seconds) == (sum(one.readings for one in of), sum(one.seconds for one in of))


@given(VIEWED)
def test_who_read_is_of_no_account(viewed: list[Viewed]) -> None:
    """Other names for the same readers change nothing, and none of them comes out."""
    renamed = [Viewed(one.severity, f"reader-{one.reader}", one.week, one.seconds) for one in viewed]
    assert dose(renamed) == dose(viewed)
    assert avoided({("A", KNOWN): 3}, renamed) == avoided({("A", KNOWN): 3}, viewed)
    assert "reader-" not in f"{dose(renamed)}{avoided({('A', KNOWN): 3}, renamed)}"


def test_a_week_begins_on_monday() -> None:
    """Its Sunday night belongs to it, and the midnight after does not."""
    sunday = datetime(2023, 4, 9, 23, 59, tzinfo=UTC)
    assert (week_of(sunday), week_of(sunday + timedelta(minutes=1))) == (MONDAY, MONDAY + timedelta(7))


@pytest.mark.parametrize("asked", [
    lambda: dose(seen("A", "x", -1)), lambda: dose(seen("A", "x", nan)), lambda: avoided({}, seen("A", "x", nan)),
    lambda: spared([Taken("A", False, False, False, -1)]), lambda: spared([Taken("A", False, False, False, 0, 0)])])
def test_what_is_no_exposure_is_refused(asked: object) -> None:
    """Seconds below 0 or not a number, and numbers of readings and sightings that are none, are STU-24."""
    with pytest.raises(InputError, match="STU-24"):
        asked()  # type: ignore[operator]

"""Pace: limits that follow from exposure alone, the same as counting every second, and never undone by seeing more."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.errors import Refused
from hashgrade.grading.pace import NO_LIMITS, ORDER, Allowance, May, Policy, pace, refuse, since
from hashgrade.nouns import How, Override, View
from hashgrade.settings import zone
from tests.naive import pace as naive

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
LIMITS = Policy(revealed_s=20, items=3, severe_s={"A": 6}, break_after_s=12, break_s=4, warn_percent=50)


def view(start_s: int, lasts_s: int, item: str = "1", how: How = How.ITEM, severity: str = "") -> View:
    """A view that starts so many seconds after noon."""
    return View(ref=f"{start_s}-{lasts_s}-{item}-{how}", reader="ada", at=NOON + timedelta(seconds=start_s),
                ms=1000 * lasts_s, how=how, items=() if how is How.PAUSE else (item,), severity=severity)


def after(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


VIEWS = st.lists(st.builds(view, st.integers(-40, 40), st.integers(0, 12), st.sampled_from("12345"),
                           st.sampled_from(How), st.sampled_from(["", "A", "B"])), max_size=8)


def same_as_naive(views: Sequence[View], policy: Policy, now: datetime) -> Allowance:
    """What pace says, once it counts as the twin does."""
    told = pace(views, policy, now)
    past = [replace(one, ms=min(one.ms, 1000 * int((now - one.at).total_seconds()))) for one in views if one.at <= now]
    assert told.revealed_s == naive.revealed(past, policy, now)
    assert told.items == naive.items(past, policy, now)
    assert all(used == naive.revealed(past, policy, now, name) for name, used in told.severe_s.items())
    return told


def ended(views: Sequence[View], now: datetime) -> list[View]:
    """The views that are over by now: a ledger knows no others."""
    return [one for one in views if one.at + timedelta(milliseconds=one.ms) <= now]


@given(VIEWS, st.integers(0, 60))
def test_it_counts_as_counting_every_second(views: list[View], seconds: int) -> None:
    """Seconds, items and severities of the day are those of the twin."""
    now = after(seconds)
    same_as_naive(ended(views, now), LIMITS, now)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 6), st.booleans()), max_size=8), st.integers(0, 8))
def test_work_is_counted_from_the_last_break(spans: list[tuple[int, int, bool]], later_s: int) -> None:
    """One thing after another, views and pauses: the seconds since the last break are those of the twin."""
    views, at = [], 0
    for gap, lasts, paused in spans:
        at += gap
        views.append(view(at, lasts, how=How.PAUSE if paused else How.ITEM))
        at += lasts
    now = after(at + later_s)
    seen = [one for one in views if one.how is not How.PAUSE]
    last = max((one.at + timedelta(milliseconds=one.ms) for one in seen), default=None)
    kept = [one for one in views if one.how is not How.PAUSE or (last and one.at <= last)]
    assert pace(kept, LIMITS, now).worked_s == naive.worked(kept, LIMITS, now)


def test_every_small_day() -> None:
    """In each of the 4,096 days of six slots, four kinds of slot each, pace counts as the twin does."""
    kinds = (None, (How.ITEM, "A"), (How.ITEM, ""), (How.PAUSE, ""))
    for slots in product(kinds, repeat=6):
        views = [view(3 * n, 3, str(n), slot[0], slot[1]) for n, slot in enumerate(slots) if slot]
        told = same_as_naive(views, LIMITS, after(18))
        over = told.revealed_s >= 20 or told.items >= 3 or told.severe_s.get("A", 0) >= 6
        assert (told.may is May.OVER) == over
        assert not told.shows or told.worked_s < 12


@given(VIEWS, VIEWS, st.integers(0, 60))
def test_more_exposure_never_allows_more(views: list[View], more: list[View], seconds: int) -> None:
    """Whoever has seen all that another has, and more, may see no more than the other."""
    now = after(seconds)
    seen = ended([one for one in views if one.how is not How.PAUSE], now)
    extra = ended([one for one in more if one.how is not How.PAUSE], now)
    less, all_of_it = pace(seen, LIMITS, now), pace([*seen, *extra], LIMITS, now)
    assert ORDER.index(all_of_it.may) >= ORDER.index(less.may)


@given(VIEWS, st.integers(0, 60))
def test_the_order_in_which_views_are_told_is_nothing(views: list[View], seconds: int) -> None:
    """A ledger is a set."""
    assert pace(views, LIMITS, after(seconds)) == pace(views[::-1], LIMITS, after(seconds))


@given(VIEWS, st.integers(0, 60))
def test_without_limits_everybody_may_go_on(views: list[View], seconds: int) -> None:
    """A station that sets no limit refuses nothing."""
    assert pace(views, NO_LIMITS, after(seconds)).may is May.GO_ON


@given(VIEWS, st.integers(0, 60))
def test_what_ended_before_it_matters_changes_nothing(views: list[View], seconds: int) -> None:
    """What `since` leaves out of the records would change nothing of the answer."""
    policy, now = replace(LIMITS, zone=zone("UTC")), after(seconds)
    first = since(policy, now)
    kept = [one for one in views if one.at + timedelta(milliseconds=one.ms) >= first]
    assert pace(kept, policy, now) == pace(views, policy, now)


def test_a_glance_is_an_item() -> None:
    """What was in view for no time that was told counts as seen all the same."""
    assert pace([view(0, 0), view(1, 0, "2"), view(2, 0, "2")], LIMITS, after(3)).items == 2
    assert pace([view(0, 0)], LIMITS, after(0)).items == 1


def test_a_break_ends_when_it_says() -> None:
    """Until the time that is told nothing is shown, and then everything is."""
    views = [view(0, 6), view(7, 6)]
    told = pace(views, LIMITS, after(13))
    assert (told.may, told.until) == (May.BREAK, after(17))
    assert pace(views, LIMITS, after(16.999)).may is May.BREAK
    assert pace(views, LIMITS, after(17)).worked_s == 0


def test_a_pause_stops_the_clock() -> None:
    """What is paused is no work, so that the break comes later by as much."""
    assert pace([view(0, 6), view(9, 5)], LIMITS, after(14)).may is May.BREAK
    assert pace([view(0, 6), view(6, 3, how=How.PAUSE), view(9, 5)], LIMITS, after(14)).shows


def test_two_pages_paused_at_once_are_one_pause() -> None:
    """A second page that is paused too gives no more time back."""
    one, two = view(6, 3, how=How.PAUSE), replace(view(6, 3, how=How.PAUSE), ref="other")
    assert pace([view(0, 6), one, two, view(9, 9)], LIMITS, after(18)).worked_s == 15


def test_the_day_begins_at_the_stations_midnight() -> None:
    """A view over midnight counts for today from midnight on, where the station is."""
    london = replace(LIMITS, zone=zone("Europe/London"), cut_off=None)
    midnight = datetime(2024, 7, 1, 23, tzinfo=UTC)
    late = View(ref="a", reader="ada", at=midnight - timedelta(seconds=5), ms=9000, how=How.ITEM, items=("1",))
    assert pace([late], london, midnight + timedelta(seconds=10)).revealed_s == 4
    assert pace([late], LIMITS, midnight + timedelta(seconds=10)).revealed_s == 9


def test_nothing_is_shown_after_the_cut_off() -> None:
    """The end of the day is told five minutes before, and is until midnight."""
    policy = Policy(cut_off=time(17, 30))
    assert pace([], policy, NOON).may is May.GO_ON
    assert pace([], policy, NOON.replace(hour=17, minute=26)).may is May.WARNED
    told = pace([], policy, NOON.replace(hour=17, minute=30))
    assert (told.may, told.until) == (May.OVER, datetime(2024, 3, 6, tzinfo=UTC))


def test_a_supervisors_leave_lasts_as_long_as_it_says() -> None:
    """With leave what would be refused is only told, and refused again once the leave is over."""
    leave = Override(reader="ada", by="cy", at=after(10), until=after(30), why="an urgent case")
    seen = [view(0, 9), view(9, 9), view(18, 9)]
    allowed = pace(seen, LIMITS, after(29), leave)
    assert (allowed.may, allowed.leave) == (May.WARNED, leave)
    assert pace(seen, LIMITS, after(30), leave).may is May.OVER


@pytest.mark.parametrize(("views", "code", "words"), [
    ([view(0, 12)], "GRD-04", "a break is due until 12:01"),
    ([view(0, 5), view(20, 5), view(40, 10)], "GRD-05", "0 min 20 s of 0 min 20 s in view today"),
    ([view(n * 5, 1, str(n)) for n in range(3)], "GRD-06", "3 of 3 items today"),
    ([view(0, 6, severity="A")], "GRD-08", "in view of A today"),
])
def test_a_refusal_says_which_limit(views: list[View], code: str, words: str) -> None:
    """Each limit has its own code, and says in plain words how much was used of how much."""
    with pytest.raises(Refused) as told:
        refuse(pace(views, LIMITS, after(50) if code == "GRD-05" else after(14)))
    assert (told.value.code, words in told.value.what) == (code, True), told.value.what


def test_what_nears_is_told_before() -> None:
    """From the share of a limit that the policy names on, the reader is told."""
    told = pace([view(0, 5), view(20, 6)], LIMITS, after(60))
    assert (told.may, [one.why for one in told.told]) == (May.WARNED, ["0 min 11 s of 0 min 20 s in view today"])

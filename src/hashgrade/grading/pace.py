"""How much a person may see: limits on exposure, breaks, and the end of the day. Pure.

The answer follows from what the reader was shown and when, from the policy and from the time; nobody's speed is
in it. More exposure never allows more, and what a pause or a break gives back is time, not a smaller count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final, NamedTuple

from hashgrade.errors import Refused
from hashgrade.nouns import How, Override, View

WARN_BEFORE_MS: Final = 5 * 60_000
"""Of a break, and of the end of the day."""


class May(StrEnum):
    """What a person may do now, from all to nothing."""

    GO_ON = "go_on"
    WARNED = "warned"
    BREAK = "break"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits of a station. Where one is zero or None there is none.

    Args:
        revealed_s: Seconds a day with material in view.
        items: Items a day, each once.
        severe_s: Seconds a day with material in view of a severity, by its name.
        break_after_s: Seconds of work after which a break is due; what is paused is no work.
        break_s: Seconds of a break; so long without a view is one.
        cut_off: The time of day after which nothing more is shown.
        warn_percent: Of a limit, from when on it is told.
        zone: Where the day begins at midnight.
    """

    revealed_s: int = 0
    items: int = 0
    severe_s: Mapping[str, int] = field(default_factory=dict)
    break_after_s: int = 0
    break_s: int = 0
    cut_off: time | None = None
    warn_percent: int = 80
    zone: tzinfo = UTC


NO_LIMITS: Final = Policy()


@dataclass(frozen=True, slots=True)
class Told:
    """One limit that has come near or been reached.

    Args:
        may: What it allows.
        code: The error that refuses.
        why: The reason, as the reader is told it.
        until: When it ends; None for what nears.
    """

    may: May
    code: str
    why: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a person may do now, and why.

    Args:
        may: The strictest of what the limits allow.
        told: The limits that are near or reached, the strictest first.
        revealed_s: Seconds today with material in view.
        items: Items seen today.
        severe_s: Seconds today of each severity that has been in view.
        worked_s: Seconds since the last break, pauses left out.
        leave: What a supervisor allowed, while it lasts.
    """

    may: May
    told: tuple[Told, ...]
    revealed_s: int
    items: int
    severe_s: Mapping[str, int]
    worked_s: int
    leave: Override | None = None

    @property
    def shows(self) -> bool:
        """Whether anything may be shown."""
        return self.may in (May.GO_ON, May.WARNED)

    @property
    def until(self) -> datetime | None:
        """When what stops the reader ends; None where nothing does."""
        return max((one.until for one in self.told if one.until is not None), default=None) if not self.shows else None


def pace(views: Iterable[View], policy: Policy, now: datetime, leave: Override | None = None) -> Allowance:
    """Say what a reader may see now.

    A break is any time of `break_s` in which nothing was in view; work is counted from the first view after the last
    one. A view that begins before midnight counts for today from midnight on; its items count however short it was.

    Args:
        views: The reader's, of today and from before as far as work without a break may reach; in any order.
        policy: The station's limits.
        now: The time.
        leave: A supervisor's leave to go on; it counts while it lasts.

    Twin: tests/naive/pace.py, which goes through the day second by second.
    """
    shown = sorted((one for one in views if one.at <= now), key=lambda one: (one.at, one.ref))
    begins, ends = _day(policy, now)
    today = [one for one in shown if one.how is not How.PAUSE and (one.at >= begins or _end(one) > begins)]
    revealed = _seconds(today, begins)
    items = len({name for one in today for name in one.items})
    severe = {name: _seconds([one for one in today if one.severity == name], begins)
              for name in sorted({one.severity for one in today} - {""})}
    worked_ms, seen_until = _worked(shown, policy, now)
    told = [
        *_break(policy, worked_ms, seen_until),
        *_share(Limit("GRD-05", revealed, policy.revealed_s), policy, ends),
        *_share(Limit("GRD-06", items, policy.items), policy, ends),
        *(one for name, used in severe.items()
          for one in _share(Limit("GRD-08", used, policy.severe_s.get(name, 0), name), policy, ends)),
        *_cut_off(policy, now, ends)]
    leave = leave if leave is not None and leave.at <= now < leave.until else None
    return _allowance(told, leave, Allowance(May.GO_ON, (), revealed, items, severe, worked_ms // 1000))


def _allowance(told: Sequence[Told], leave: Override | None, so_far: Allowance) -> Allowance:
    """What the limits come to together; with a supervisor's leave, what they would refuse is only told."""
    if leave is not None:
        told = [Told(May.WARNED, one.code, one.why, one.until) for one in told]
    told = sorted(told, key=lambda one: -ORDER.index(one.may))
    may = told[0].may if told else May.GO_ON
    return Allowance(may, tuple(told), so_far.revealed_s, so_far.items, so_far.severe_s, so_far.worked_s, leave)


ORDER: Final = tuple(May)


def refuse(allowance: Allowance) -> None:
    """Refuse to show anything where the limits do not allow it.

    Raises:
        Refused: GRD-04 to GRD-08, by the strictest limit.
    """
    if not allowance.shows:
        first = allowance.told[0]
        raise Refused(first.code, first.why)


def since(policy: Policy, now: datetime) -> datetime:
    """From when on views are needed to say what a reader may see: today's, and those that a break may yet follow."""
    return min(_day(policy, now)[0], now - timedelta(seconds=2 * (policy.break_after_s + policy.break_s)))


def _day(policy: Policy, now: datetime) -> tuple[datetime, datetime]:
    """When the reader's day began, and when the next one does."""
    day = now.astimezone(policy.zone).date()
    days = day, day + timedelta(days=1)
    begins, ends = (datetime.combine(one, time(), policy.zone).astimezone(UTC) for one in days)
    return begins, ends


def _end(view: View) -> datetime:
    return view.at + timedelta(milliseconds=view.ms)


def _seconds(views: Iterable[View], begins: datetime) -> int:
    """Whole seconds of views, as far as they are of today."""
    return sum(_ms(_end(one) - max(one.at, begins)) for one in views) // 1000


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def _worked(shown: Sequence[View], policy: Policy, now: datetime) -> tuple[int, datetime | None]:
    """Milliseconds worked since the last break, pauses left out, and until when something was last in view."""
    began: datetime | None = None
    seen_until: datetime | None = None
    paused_until: datetime | None = None
    paused_ms = 0
    for one in shown:
        if one.how is How.PAUSE:
            paused_ms += max(_ms(_end(one) - max(one.at, paused_until or one.at)), 0)
            paused_until = max(_end(one), paused_until or one.at)
            continue
        if seen_until is None or _ms(one.at - seen_until) >= policy.break_s * 1000:
            began, paused_ms = one.at, 0
        seen_until = max(seen_until or one.at, _end(one))
    if began is None or seen_until is None or _ms(now - seen_until) >= policy.break_s * 1000:
        return 0, seen_until
    return max(_ms(seen_until - began) - paused_ms, 0), seen_until


def _break(policy: Policy, worked_ms: int, seen_until: datetime | None) -> Iterable[Told]:
    if not policy.break_after_s or seen_until is None:
        return
    left_ms = policy.break_after_s * 1000 - worked_ms
    if left_ms <= 0:
        until = seen_until + timedelta(seconds=policy.break_s)
        yield Told(May.BREAK, "GRD-04", f"a break is due until {_clock(until, policy)}", until)
    elif worked_ms and left_ms <= min(WARN_BEFORE_MS, policy.break_after_s * 1000 // 4):
        yield Told(May.WARNED, "GRD-04", f"a break is due in {_minutes(left_ms)}")


class Limit(NamedTuple):
    """One limit of a day: the error that refuses, how much is used, and of how much; `of` names a severity."""

    code: str
    used: int
    limit: int
    of: str = ""

    @property
    def said(self) -> str:
        """How much is used, in words."""
        if self.code == "GRD-06":
            return f"{self.used:,} of {self.limit:,} items"
        return f"{_span(self.used)} of {_span(self.limit)} in view{f' of {self.of}' if self.of else ''}"


def _share(one: Limit, policy: Policy, ends: datetime) -> Iterable[Told]:
    """What is told of a limit: nothing, that it nears, or that it is reached until the day ends."""
    if not one.limit or 100 * one.used < policy.warn_percent * one.limit:
        return
    if one.used >= one.limit:
        yield Told(May.OVER, one.code, f"{one.said} today: the limit is reached", ends)
    else:
        yield Told(May.WARNED, one.code, f"{one.said} today")


def _cut_off(policy: Policy, now: datetime, ends: datetime) -> Iterable[Told]:
    if policy.cut_off is None:
        return
    day = now.astimezone(policy.zone).date()
    left_ms = _ms(datetime.combine(day, policy.cut_off, policy.zone).astimezone(UTC) - now)
    if left_ms <= 0:
        yield Told(May.OVER, "GRD-07", f"nothing is shown after {policy.cut_off:%H:%M}", ends)
    elif left_ms <= WARN_BEFORE_MS:
        yield Told(May.WARNED, "GRD-07", f"nothing is shown after {policy.cut_off:%H:%M}, in {_minutes(left_ms)}")


def _clock(at: datetime, policy: Policy) -> str:
    """A time of day, rounded up, so that nobody comes back too early."""
    return f"{at.astimezone(policy.zone) + timedelta(seconds=59):%H:%M}"


def _minutes(ms: int) -> str:
    minutes = -(-ms // 60_000)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def _span(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds % 60:02} s"

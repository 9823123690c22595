"""A reader's day, second by second: what was in view in each, and what that comes to."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hashgrade.grading.pace import Policy
from hashgrade.nouns import How, View


def seconds_of(views: Sequence[View], now: datetime) -> list[datetime]:
    """Each second, one for each view, in which something was in view."""
    return [view.at + timedelta(seconds=n) for view in views if view.how is not How.PAUSE and view.at <= now
            for n in range(view.ms // 1000)]


def revealed(views: Sequence[View], policy: Policy, now: datetime, severity: str = "") -> int:
    """Seconds of today in which something was in view, counted for each view."""
    mine = [view for view in views if not severity or view.severity == severity]
    today = now.astimezone(policy.zone).date()
    return sum(second.astimezone(policy.zone).date() >= today for second in seconds_of(mine, now))


def items(views: Sequence[View], policy: Policy, now: datetime) -> int:
    """Items that were in view in some second of today, or came into view today for less than one."""
    today = now.astimezone(policy.zone).date()
    begun = [view for view in views if view.how is not How.PAUSE and view.at <= now]
    return len({name for view in begun for name in view.items
                if any(at.astimezone(policy.zone).date() >= today for at in (view.at, *seconds_of([view], now)))})


def worked(views: Sequence[View], policy: Policy, now: datetime) -> int:
    """Seconds since the last break, by walking through all of them from the first."""
    seen = sorted(set(seconds_of(views, now)))
    paused = {view.at + timedelta(seconds=n) for view in views if view.how is How.PAUSE and view.at <= now
              for n in range(view.ms // 1000)}
    if not seen:
        return 0
    began, last = seen[0], seen[0]
    for second in seen[1:]:
        if (second - last).total_seconds() - 1 >= policy.break_s:
            began = second
        last = second
    if (now - last).total_seconds() - 1 >= policy.break_s:
        return 0
    span = int((last - began).total_seconds()) + 1
    return max(span - sum(began <= second for second in paused), 0)

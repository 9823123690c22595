"""Conditions of the queue's rules, ages and filters, as people say them. Pure."""

from datetime import date, datetime, timedelta
from typing import Final

from hashgrade.law.condition import Bound, Condition
from hashgrade.law.wording import listed

KINDS: Final = {"image": "Images", "video": "Clips", "other": "Others"}
ITEM_NAMED: Final = {"image": "image", "video": "clip", "other": "other"}
STAGES: Final = {"read": "To be read", "supervisor": "Waiting for a supervisor"}
KNOWN: Final = {"graded": "graded before", "claimed": "claimed by a list", "near": "near another item", "new": "new"}
REASONS: Final = {
    "break": "needs a break from it", "personal": "personal", "broken": "the medium is broken",
    "language": "the language", "unsure": "unsure how to answer", "other": "another reason"}
ITEM: Final = {"image": "an image", "video": "a clip", "other": "neither an image nor a clip"}
PHRASES: Final = {
    "kind": "it is {}", "known": "it is {}", "site_type": "it was seen on a site of the type {}",
    "list": "it is on the list {}", "source": "a report from {} led to it"}
NUMBERS: Final = {"under": "fewer than", "over": "more than", "in": "exactly"}
DATES: Final = {"under": "before", "over": "after", "in": "on"}


def said(condition: Condition) -> str:
    """Say a condition as a sentence without its full stop; what is joined inside another stands in brackets."""
    if condition.op == "not":
        return f"not so that {_inside(condition.parts[0])}"
    if condition.parts:
        return (" and " if condition.op == "all" else " or ").join(map(_inside, condition.parts))
    return _compared(condition)


def _inside(part: Condition) -> str:
    return f"({said(part)})" if len(part.parts) > 1 else said(part)


def _compared(one: Condition) -> str:
    values = listed([_value(one.name, value) for value in one.values], "or")
    if one.name == "stack":
        return f"its card has {NUMBERS[one.op]} {values} item{'' if values == '1' else 's'}"
    if one.name == "first_seen":
        return f"it was first seen {DATES[one.op]} {values}"
    return PHRASES.get(one.name, f"{one.name} is {{}}").format(values)


def _value(name: str, value: Bound) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    named = {"kind": ITEM, "known": KNOWN}.get(name)
    if named:
        return named.get(str(value), str(value))
    return str(value) if isinstance(value, int) else f"`{value}`" if value else "that has no name"


def span(seconds: float) -> str:
    """Say how long something is, in the largest unit of which there are two, or one exactly: 90 minutes, 1 hour."""
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size or seconds == size:
            return f"{int(seconds // size):,} {unit}{'' if seconds == size else 's'}"
    return "1 minute" if seconds >= 60 else "less than a minute"


def age(since: datetime, now: datetime) -> str:
    """Say how long ago something was."""
    return span(max(now - since, timedelta()).total_seconds())


def clock(seconds: int) -> str:
    """Say a time in view: 3 h 05 min, or 4 min 10 s."""
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds % 60:02} s"

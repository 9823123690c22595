"""What people choose for themselves alone: filters of the queue under names of their own, and keys.

Each change is on record like every change of an account, and touches nobody else's.
"""

import json
from collections.abc import Mapping
from typing import Final

from hashgrade.errors import InputError, Refused
from hashgrade.store.accounts import roll
from hashgrade.store.accounts.models import Filter, Keys
from hashgrade.store.waiting import Only
from hashgrade.store.work import Work

FILTERS_MAX: Final = 20
NAME_CHARS_MAX: Final = 40


def filters(who: str) -> list[tuple[str, Only]]:
    """Give the filters that somebody keeps, by name."""
    return [(one.name, Only(one.kind, one.rule, one.stage))
            for one in Filter.objects.filter(account__name=who).order_by("name")]


def keep_filter(work: Work, who: str, title: str, only: Only) -> None:
    """Keep a filter under a name; one that has it already becomes this one.

    Raises:
        InputError: SRV-21, it is no name that can be seen.
        Refused: SRV-22, there are as many as anybody keeps.
    """
    name = " ".join(title.split())
    if not 0 < len(name) <= NAME_CHARS_MAX or not name.isprintable():
        raise InputError("SRV-21", f"a filter has a name of 1 to {NAME_CHARS_MAX} characters that can be seen")
    mine = dict(filters(who))
    if mine.get(name) == only:
        return
    if name not in mine and len(mine) >= FILTERS_MAX:
        raise Refused("SRV-22", f"you keep {FILTERS_MAX} filters, which is the most")
    given = {"kind": only.kind, "rule": only.rule, "stage": only.stage}
    Filter.objects.update_or_create(account=roll.account(who), name=name, defaults=given)
    roll.did(work, "filter kept", who, title=name, **given)


def drop_filter(work: Work, who: str, name: str) -> None:
    """Keep a filter no longer; one that is gone already changes nothing."""
    gone, _ = Filter.objects.filter(account__name=who, name=name).delete()
    if gone:
        roll.did(work, "filter dropped", who, title=name)


def keys(who: str) -> Mapping[str, str]:
    """Give the keys that somebody has instead of the station's, by act, or by `preset.` and its name."""
    body = Keys.objects.filter(account__name=who).values_list("body", flat=True).first()
    return dict(json.loads(body)) if body else {}


def set_keys(work: Work, who: str, own: Mapping[str, str]) -> None:
    """Give somebody these keys instead of the station's; with none, the station's again."""
    if keys(who) == own:
        return
    Keys.objects.update_or_create(account=roll.account(who), defaults={"body": json.dumps(dict(own), sort_keys=True)})
    roll.did(work, "keys changed", who, keys=dict(sorted(own.items())))

"""What a station wants of grading, read once from its settings: pace, second readings, gold. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hashgrade.errors import InputError
from hashgrade.grading.pace import NO_LIMITS, Policy
from hashgrade.grading.second import Rules
from hashgrade.law.pack import Pack
from hashgrade.settings import Pace, SecondReading, Settings, zone


@dataclass(frozen=True, slots=True)
class Policies:
    """How items are dealt and how many people read each.

    Args:
        pace: Limits on exposure.
        second: What asks for a second reading; None: everything has as many as the station wants.
        packs: The packs in force, whose verdicts the rules of second readings ask for.
        gold_share: Of the cards dealt, how many are items that were settled before.
        seed: What these are drawn with.
        gather_s: Seconds for which a new item waits for near-duplicates, to be read with them as one stack.
    """

    pace: Policy = NO_LIMITS
    second: Rules | None = None
    packs: Sequence[Pack] = ()
    gold_share: float = 0.0
    seed: str = ""
    gather_s: int = 0


PLAIN: Final = Policies()
"""No limits, every item read by as many as the station wants, and no gold."""


def policies(settings: Settings, packs: Sequence[Pack]) -> Policies:
    """Read what a station wants from its settings and the packs in force.

    Raises:
        InputError: GRD-15, a verdict is named that no pack in use gives.
    """
    said = settings.second_reading
    _refuse_unknown(said.outcomes, packs)
    return Policies(pace_of(settings.pace), _second(said), packs, settings.gold_share, said.seed,
                    settings.gather_s)


def pace_of(said: Pace) -> Policy:
    """The limits that the settings name."""
    return Policy(
        revealed_s=said.revealed_s, items=said.items, severe_s=said.severe_s, break_after_s=60 * said.break_after_min,
        break_s=60 * said.break_min, cut_off=said.cut_off, warn_percent=said.warn_percent, zone=zone(said.time_zone))


def _second(said: SecondReading) -> Rules | None:
    """The rules, None where the share is everything: then nothing has to be fixed item by item."""
    if said.share >= 1:
        return None
    return Rules(share=said.share, seed=said.seed, outcomes=said.outcomes, ages=said.ages,
                        undecided=said.undecided, new_reader_items=said.new_reader_items)


def _refuse_unknown(outcomes: Sequence[str], packs: Sequence[Pack]) -> None:
    known = [f"{pack.id}:{outcome}" for pack in packs for outcome in pack.outcomes]
    for name in outcomes:
        if name not in known:
            raise InputError("GRD-15", f"`{name}` is no verdict of a pack in use; one is `{known[0] if known else ''}`",
                             where="second_reading.outcomes")

"""The figures of the board, worked out by a run and kept with their time.

They say how far readers agree, how gold is read, and what was read without a look.

They are of all readers together. They are a copy of nothing: whoever deletes `STATION/board.json` loses nothing that
a run does not make again.
"""

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from hashgrade import app
from hashgrade.serve.records.runs import Run

LANE: Final = "board"
FILE: Final = "board.json"
FORM: Final = 2
SEED: Final = "board"
READERS_MIN: Final = 3
"""Gold of fewer readers is not told, as it would be that of one person for whoever knows the others."""
COEFFICIENTS: Final = ("raw", "cohen", "fleiss", "alpha", "alpha_ordinal", "ac1")


@dataclass(frozen=True, slots=True)
class Kept:
    """Figures that were kept: as of when, and what they say, as `worked_out` gives it."""

    as_of: datetime
    said: Mapping[str, Any]


def make(station: app.Station, run: Run, work: Path) -> Mapping[str, Any]:
    """Work the figures out anew and keep them in the place of those before: what the run named `board` does."""
    found = worked_out(station, work)
    part = work / FILE
    part.write_text(json.dumps({"form": FORM, "as_of": run.begun_at.isoformat(), **found}), encoding="utf-8")
    part.replace(station.root / FILE)
    return {"items": found["items"]}


def kept(root: Path) -> Kept | None:
    """Read the figures that were kept last; None where there are none that can be read.

    Args:
        root: The station's folder.
    """
    with suppress(OSError, ValueError, KeyError, TypeError):
        said = json.loads((root / FILE).read_text(encoding="utf-8"))
        whole = said["form"] == FORM and said.keys() >= {"items", "readings", "agreement", "gold", "views"}
        return Kept(datetime.fromisoformat(said["as_of"]), said) if whole else None
    return None


def worked_out(station: app.Station, work: Path) -> dict[str, Any]:
    """Count agreement as study reports do, from a snapshot of the records, and gold from what was tried.

    Args:
        station: Whose records.
        work: An empty folder; what is written there is for inside only.
    """
    from hashgrade.store import queries  # noqa: PLC0415 - needs the station open

    counted = queries.counts()
    return {"items": counted["items"], "readings": counted["readings"], "agreement": _agreement(station, work),
            "gold": _gold(counted["readings"]), "views": _views()}


def _agreement(station: app.Station, work: Path) -> list[dict[str, Any]]:
    from hashgrade.studies.measures import agreements  # noqa: PLC0415 - DuckDB is slow to import
    from hashgrade.studies.snapshot import taken  # noqa: PLC0415

    snapshot = taken(work / "snapshot", station.packs, station.digests)
    with snapshot.opened() as database:
        found = agreements(database, snapshot.packs, SEED)
    return [{"key": one.question.key, "label": one.question.label, "units": one.agreement.units,
             "raters": one.agreement.raters, "warning": one.agreement.warning,
             **{name: _coefficient(one.agreement, name) for name in COEFFICIENTS},
             "overturned": {"items": one.overturned.items, "some": _estimate(one.overturned.some)}}
            for one in found if one.agreement.units]


def _gold(readings: int) -> dict[str, Any]:
    from hashgrade.grading import gold  # noqa: PLC0415 - needs the station open
    from hashgrade.store import ledger  # noqa: PLC0415
    from hashgrade.studies.intervals import wilson  # noqa: PLC0415

    people, compared = set(), []
    for one in ledger.tried():
        people.add(one.reader)
        compared.append(list(gold.beside(one.read, one.settled)))
    facts = []
    for tally in gold.tallied(compared) if len(people) >= READERS_MIN else ():
        ends = wilson(tally.alike, tally.compared)
        facts.append({"fact": tally.fact, "compared": tally.compared, "alike": tally.alike, "low": ends.low,
                      "high": ends.high, "few": tally.few})
    items, enough = len(compared), len(people) >= READERS_MIN
    return {"items": items, "of": items + readings, "enough": enough, "facts": facts}


def _views() -> list[dict[str, Any]]:
    """Count by the kind of item the readings whose item was never in their reader's view, though it can be assessed."""
    from hashgrade.grading import second  # noqa: PLC0415 - needs the station open
    from hashgrade.store import unsettled  # noqa: PLC0415

    never = Counter((kind, second.unseen(one)) for kind, one in unsettled.never_viewed())
    return [{"kind": kind.value, "readings": count, "unseen": never[kind, True], "not_assessable": never[kind, False]}
            for kind, count in sorted(unsettled.told_views().items())]


def _coefficient(agreement: Any, name: str) -> list[float | None] | None:
    """A coefficient and its interval, as reports have it.

    Where no two readings differ resampling shows no doubt: the share of items then has Wilson's, the rest none.
    """
    from hashgrade.studies.intervals import wilson  # noqa: PLC0415

    found = getattr(agreement, name)
    if found is None or found.low != 1:
        return _estimate(found)
    ends = wilson(agreement.units, agreement.units)
    return [found.value, ends.low, ends.high] if name == "raw" else [found.value, None, None]


def _estimate(one: Any) -> list[float | None] | None:
    return None if one is None else [one.value, one.low, one.high]

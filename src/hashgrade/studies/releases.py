"""Guard a release, alone or together with earlier ones: what may be printed, and what can no longer be helped."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hashgrade.errors import InputError, Refused
from hashgrade.studies import manifest
from hashgrade.studies.atoms import UNDECIDED
from hashgrade.studies.count import Counted, count
from hashgrade.studies.disclosure import KeptBack, kept_back
from hashgrade.studies.joint import Joint, Released, joined, reports
from hashgrade.studies.periods import Period
from hashgrade.studies.schema import parse
from hashgrade.studies.snapshot import Snapshot, digest_of
from hashgrade.studies.study import Disclosure, Study
from hashgrade.studies.table import ALL, Cell

FINDINGS = "findings.json"
Shown = Mapping[tuple[str, Cell], int | None]


@dataclass(frozen=True, slots=True)
class Guarded:
    """What may be printed of a release, and what earlier releases have to do with it.

    What a release prints of the period before, to tell a change, is in the numbers, and not among `shown`.

    Args:
        shown: What may be printed, by unit and cell; None: kept back.
        against: The earlier releases that may count some of the same units.
        for_them: Cells that are kept back for their sake alone.
        changed: Their numbers that would be others today.
        given_away: Counts that follow from them whatever this release keeps back.
    """

    shown: Shown
    against: tuple[Released, ...] = ()
    for_them: int = 0
    changed: int = 0
    given_away: int = 0

    def as_json(self) -> dict[str, object]:
        """What `findings.json` says of it."""
        return {"against": [{"release": name, "manifest": sha256} for name, sha256 in reports(self.against)],
                "kept_back_for_them": self.for_them, "changed": self.changed, "given_away": self.given_away}

    @property
    def notes(self) -> Iterator[str]:
        """What the methods say of it, and of what is printed of the period before."""
        if self.against:
            names = "; ".join(f"`{name}`" for name, _ in reports(self.against))
            yield (f"Counts are kept back so that they cannot be worked out from this report together with {names} "
                   f"either; {self.for_them} more for that alone.")
        if self.changed:
            yield (f"The records have changed since: {self.changed} numbers of those reports would be others today, "
                   "and what was added or taken away since is guarded like any count.")
        if self.given_away:
            told = warning(self.given_away)
            yield f"{told.what} ({told.code})."


def warning(given_away: int) -> InputError:
    """What nothing can be done about any more."""
    return InputError("STU-31", f"{given_away} counts that are kept back here follow from earlier reports alone")


def guard(counted: Counted, rule: Disclosure, against: Sequence[Released] = ()) -> Guarded:
    """Decide what may be printed of a release, so that no small count follows from it, nor from it and earlier ones.

    Earlier releases are part of the same equations: what they printed a reader has, and what they kept
    back is guarded as if it were kept back here. Counts are kept back here alone, since nothing
    that is out can be taken back.

    Args:
        counted: The release; with the units apart where there are earlier ones.
        rule: Its rule.
        against: Earlier releases that count some of the same units.

    Raises:
        Refused: STU-33, some count could not be protected though no earlier release gave it away.
    """
    shown: dict[tuple[str, Cell], int | None] = {}
    changed = given_away = 0
    for joint in joined(counted, against, rule.under):
        counts = joint.matrix @ joint.units
        kept = KeptBack(frozenset(), ())
        if rule.under or against:
            kept = kept_back(joint.matrix, joint.units, _weights(joint, counts), rule.under, joint.earlier)
        shown |= {cell: None if n in kept.cells else rule.rounded(int(counts[n])) for n, cell in enumerate(joint.cells)}
        changed, given_away = changed + joint.changed, given_away + sum(_secret(joint, *lost) for lost in kept.lost)
    if not against:
        if given_away:
            raise Refused("STU-33", f"{given_away} counts follow from others whatever is kept back")
        return Guarded(shown)
    alone = guard(counted, rule).shown
    for_them = sum(number is None and alone[cell] is not None for cell, number in shown.items())
    return Guarded(shown, tuple(against), for_them, changed, given_away)


def _secret(joint: Joint, *cells: int) -> bool:
    """Whether a cell, or those in the second of two who are not in the first, is no sample that was drawn as large."""
    row = joint.matrix[[cells[-1]]] - (joint.matrix[[cells[0]]] if len(cells) > 1 else 0 * joint.matrix[[cells[0]]])
    return all(csr_array(row - joint.matrix[[size]]).count_nonzero() for size in joint.sizes)


def _weights(joint: Joint, counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """What would be lost with each cell: totals and bases are read most, then margins, then large counts."""
    loss = {"total": 1000.0, "base": 50.0, "excluded": 2.0, "undecided": 2.0}
    of_cell = [loss.get(cell.part, 3.0 if ALL in (cell.key, cell.column) else 1.0) for _, cell in joint.cells]
    of_row = np.array([*of_cell, *(0.0 for _ in range(len(counts) - len(of_cell)))])
    return np.asarray(of_row * (1 + np.log1p(counts)), dtype=np.float64)


# -- earlier releases ---------------------------------------------------------------------------------------------


def earlier(folders: Sequence[Path], snapshot: Snapshot, period: Period, out: Path | None = None
            ) -> tuple[Released, ...]:
    """Read earlier reports and count them again, those whose period has a day of this one.

    Nothing is first seen in two periods, so that reports of periods apart share no medium, child or
    report. URLs may be seen in both, but nothing ties a count of one to a count of the other. What a
    report printed of the period before its own, to tell a change, is a release by itself.

    Args:
        folders: Reports, or folders of reports, which may be empty.
        snapshot: The records as they are now.
        period: That of the release to be made; with the one before, where it tells a change.
        out: Where it will be written; a report that is there is not an earlier one.

    Raises:
        InputError: STU-32, a folder is missing, holds no report but something else, or one that cannot be
            counted again.
    """
    return tuple(one for folder in _reports(folders, out) for one in _released(folder, snapshot, period))


def _reports(folders: Sequence[Path], out: Path | None) -> Iterator[Path]:
    """The folders that hold a report each, in order."""
    for folder in folders:
        held = [folder] if (folder / manifest.MANIFEST).is_file() else sorted(
            path.parent for path in folder.glob(f"*/{manifest.MANIFEST}"))
        if not held and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError("STU-32", f"`{folder.name}` holds no report")
        yield from (one for one in held if not out or one.resolve() != out.resolve())


def those_of(said: Mapping[str, Any], folders: Sequence[Path], out: Path) -> list[Path]:
    """Those of some reports, or folders of reports, that the report `out` was guarded against, in order.

    Raises:
        InputError: STU-34, one of them is not there as it was.
    """
    held = {digest_of(folder / manifest.MANIFEST): folder for folder in _reports(folders, out)}
    for one in said.get("against", ()):
        if one["sha256"] not in held:
            raise InputError("STU-34", f"the report was guarded against `{one['release']}`, which is not given, "
                             "or is not what it was")
    return [held[one["sha256"]] for one in said.get("against", ())]


def _released(folder: Path, snapshot: Snapshot, period: Period) -> Iterator[Released]:
    """What a report printed of its period, and of the one before where it told changes."""
    said, path = manifest.read(folder), folder / FINDINGS
    if not path.is_file() or digest_of(path) != said["files"].get(FINDINGS):
        raise InputError("STU-32", f"`{FINDINGS}` of report `{folder.name}` is missing, or not what was written")
    findings = json.loads(path.read_text(encoding="utf-8"))
    name = f"{findings['title']}, {findings['period']['from']} to {findings['period']['until']}"
    for part in (findings, findings.get("before")):
        if not part or (part is not findings and not part["tables"]):
            continue
        of = date.fromisoformat(part["period"]["from"]), date.fromisoformat(part["period"]["until"])
        if of[0] <= period[1] and period[0] <= of[1]:
            study, counted = _recounted(said, folder.name, snapshot, of, sampled=part is findings)
            yield Released(name, of, counted, _shown(part), study.disclosure.round_to,
                           digest_of(folder / manifest.MANIFEST))


def _recounted(said: Mapping[str, Any], report: str, snapshot: Snapshot, period: Period, *, sampled: bool
               ) -> tuple[Study, Counted]:
    """The study that a manifest tells of, with the tables that were counted, and what it counts today."""
    try:
        study, inside = parse(manifest.text_of(said), f"{said['study']['name']}.yaml"), said.get("internal", False)
        tables = tuple(one for one in study.tables
                       if not one.measure and inside >= one.internal and sampled >= one.sampled)
        study = replace(study, tables=tables, sample=study.sample if sampled else None)
        return study, count(study, snapshot, period, apart=True)
    except InputError as error:
        what = f"report `{report}` cannot be counted again: {error.what} ({error.code})"
        to_do = "put that right, or leave the report out; nothing is then guarded against what it printed"
        raise InputError("STU-32", what, to_do=to_do) from error


def _shown(part: Mapping[str, Any]) -> dict[Cell, int | None]:
    """What a report printed in each cell."""
    whole = {"total": Cell("", "total"), "undecided": UNDECIDED}
    shown: dict[Cell, int | None] = {cell: part[name] for name, cell in whole.items() if name in part}
    for name, table in part["tables"].items():
        shown |= {Cell(name, each): table[each] for each in ("base", "excluded")}
        shown |= {Cell(name, "row", row["key"], row.get("column", "")): row["count"] for row in table["rows"]}
    return shown

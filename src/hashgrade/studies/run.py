"""Run a study: count, decide what may be printed, write the report."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import rmtree
from typing import TypedDict, Unpack

from hashgrade.errors import InputError, Refused
from hashgrade.studies import manifest
from hashgrade.studies.comparing import before
from hashgrade.studies.count import count, latest_year
from hashgrade.studies.pages import write
from hashgrade.studies.periods import Period
from hashgrade.studies.releases import earlier
from hashgrade.studies.report import compose
from hashgrade.studies.schema import load, path_of
from hashgrade.studies.snapshot import Snapshot
from hashgrade.studies.study import Study

WRITTEN = {"index.html", "report.pdf", "findings.json", "tables", "charts", manifest.MANIFEST}


class How(TypedDict, total=False):
    """For whom a report is, and beside what.

    `synthetic` labels every page, even where no record says that it is made up. `internal` counts the tables that
    are for inside only, and every page says so. `against` names earlier reports, or folders of
    them, together with which no small count may follow.
    """

    synthetic: bool
    internal: bool
    against: Sequence[Path]


def run(study: str | Path | Study, snapshot: Snapshot, out: Path, year: int | None = None, **how: Unpack[How]
        ) -> dict[str, object]:
    """Run a study on a snapshot and write its report to `out`; the same snapshot gives the same bytes.

    Nothing that is written depends on the clock, the machine or where the folders are.

    Args:
        study: A name, the path of a study file, or a study.
        snapshot: The records.
        out: The folder for the report; a report that is there already is replaced.
        year: The year, for a study whose period is a year; the newest with items unless told.

    Returns:
        The findings, as they are in `findings.json`; `manifest.json` says what they were made from.

    Raises:
        InputError: STU-01 to STU-09, STU-32 and CON-xx.
        Refused: STU-33, a small count cannot be protected; STU-10, `out` holds something that no study wrote.
    """
    asked = study if isinstance(study, Study) else load(study)
    period = period_of(asked, snapshot, year)
    file = None if isinstance(study, Study) else path_of(study)
    synthetic = how.get("synthetic", False) or snapshot.synthetic
    made = manifest.Made(asked, file, snapshot, period, synthetic, how.get("internal", False))
    span = (before(period)[0] if made.compared else period[0], period[1])
    made = replace(made, against=earlier(how.get("against", ()), snapshot, span, out))
    report = compose(made, count(made.of_counts, snapshot, period, apart=bool(made.against)))
    _clear(out)
    findings = write(report, out)
    manifest.write(out, made)
    return findings


def period_of(study: Study, snapshot: Snapshot, year: int | None) -> Period:
    """The study's own period; or the year that is asked for, the newest with items where none is.

    Raises:
        InputError: STU-09, it has a period of its own and a year is given, or there is no such year.
    """
    if study.period:
        if year is not None:
            raise InputError("STU-09", f"study `{study.name}` has a period of its own, from {study.period[0]} to"
                             f" {study.period[1]}", to_do="leave `--year` out")
        return study.period
    chosen = latest_year(snapshot) if year is None else year
    if not date.min.year <= chosen <= date.max.year - 1:
        raise InputError("STU-09", f"a year is wanted, got {chosen}")
    return date(chosen, 1, 1), date(chosen, 12, 31)


def _clear(out: Path) -> None:
    """Take away an earlier report, and refuse to touch anything else."""
    if out.exists() and not out.is_dir():
        raise Refused("STU-10", f"`{out.name}` is not a folder")
    others = sorted(path.name for path in out.iterdir() if path.name not in WRITTEN) if out.is_dir() else []
    if others:
        raise Refused("STU-10", f"the folder for the report holds `{others[0]}`, which no study wrote")
    for name in sorted(WRITTEN):
        path = out / name
        if path.is_dir():
            rmtree(path)
        else:
            path.unlink(missing_ok=True)

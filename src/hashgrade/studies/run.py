"""Run a study: count, decide what may be printed, write the report."""

from datetime import date
from pathlib import Path
from shutil import rmtree

from hashgrade.errors import InputError, Refused
from hashgrade.studies import manifest
from hashgrade.studies.count import Period, count, latest_year
from hashgrade.studies.report import compose, write
from hashgrade.studies.schema import load
from hashgrade.studies.snapshot import Snapshot
from hashgrade.studies.study import Study

WRITTEN = {"index.html", "report.pdf", "findings.json", "tables", "charts", manifest.MANIFEST}


def run(study: str | Path | Study, snapshot: Snapshot, out: Path, year: int | None = None,
        synthetic: bool = False) -> dict[str, object]:
    """Run a study on a snapshot and write its report to `out`; the same snapshot gives the same bytes.

    Nothing that is written depends on the clock, the machine or where the folders are.

    Args:
        study: A name, the path of a study file, or a study.
        snapshot: The records.
        out: The folder for the report; a report that is there already is replaced.
        year: The year, for a study whose period is a year; the newest with items unless told.
        synthetic: Whether to label every page, even where no record says that it is made up.

    Returns:
        The findings, as they are in `findings.json`; `manifest.json` says what they were made from.

    Raises:
        InputError: STU-01 to STU-09 and CON-xx.
        Refused: STU-10, `out` holds something that no study wrote.
    """
    asked = study if isinstance(study, Study) else load(study)
    period = _period(asked, snapshot, year)
    counted = count(asked, snapshot, period)
    report = compose(asked, counted, period, snapshot.packs, synthetic or snapshot.synthetic)
    _clear(out)
    findings = write(report, out)
    file = None if isinstance(study, Study) else manifest.file_of(study)
    manifest.write(out, manifest.Made(asked, file, snapshot, period, synthetic or snapshot.synthetic))
    return findings


def _period(study: Study, snapshot: Snapshot, year: int | None) -> Period:
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

"""What a run does, in a process of its own: `python -m hashgrade.serve.records.making STATION/runs/LANE`."""

import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from hashgrade import app
from hashgrade.errors import Conflict, HashgradeError
from hashgrade.serve.records import figures, runs, shelf
from hashgrade.serve.records.runs import Lane, Run
from hashgrade.settings import read

TOLD_MOST: Final = 100
"""Lines of what is wrong, or differs, that are kept for the page."""
Told = Mapping[str, Any]


def main(folder: str, lock: str = "") -> None:
    """Open the station and do what its lane says; then give the lock back, before what Python still has to clear up."""
    os.umask(0o077)
    try:
        make(Lane(Path(folder)), lambda: app.open(read()))
    finally:
        if lock:
            os.close(int(lock))


def make(lane: Lane, opened: Callable[[], app.Station]) -> None:
    """Do what was asked for last, and keep how it ended; whatever is not kept is not done.

    Args:
        lane: Where it was asked for.
        opened: Opens the station.
    """
    run = lane.read()
    if run is None:
        return
    outcome: str = runs.BROKE
    told: Told = {}
    with lane.making() as work:
        before, tempfile.tempdir = tempfile.tempdir, str(work)  # what is left over is taken away with it
        try:
            station = opened()
            outcome, told = runs.DONE, MAKERS[run.kind](station, run, work)
        except HashgradeError as error:
            outcome, told = runs.REFUSED, _said(error)
        finally:
            tempfile.tempdir = before
            lane.write(replace(run, outcome=outcome, told=told, ended_at=app.now()))


def _said(error: HashgradeError) -> Told:
    bad = getattr(error, "bad", ())
    return {"code": error.code, "what": error.what, "to_do": error.to_do, "excerpt": error.excerpt, "bad": list(bad),
            "bad_total": getattr(error, "bad_total", len(bad))}


def _study(station: app.Station, run: Run, work: Path) -> Told:
    """Run a study on the records as they are, guarded against what was published, and put its report on the shelf."""
    from hashgrade.studies.run import run as run_study  # noqa: PLC0415 - DuckDB is slow to import
    from hashgrade.studies.snapshot import taken  # noqa: PLC0415

    asked = run.asked
    study = shelf.study(station.root, asked["place"], asked["study"])
    snapshot = taken(work / "snapshot", station.packs, station.digests, asked["hosts"])
    against = [] if asked["internal"] else [shelf.standing(station.root)]
    findings = run_study(study.path if asked["place"] == shelf.OWN else study.name, snapshot, work / "report",
                         asked["year"], internal=asked["internal"], against=against)
    name = shelf.named(run.begun_at, str(asked["study"]), run.ref)
    if asked["keep"]:
        shelf.keep(station.root, name, snapshot.folder)
    shelf.say(station.root, name, {
        "by": run.by, "at": run.begun_at.isoformat(), "title": findings["title"], "guarded": findings["disclosure"],
        "seconds": int((app.now() - run.begun_at).total_seconds())})
    with station.store.work(run.by, f"study {asked['study']} was run at the workbench") as writing:
        writing.act("report made", report=name, internal=asked["internal"],
                    manifest_sha256=shelf.place(station.root, name, work / "report"))
    return {"report": name, "title": findings["title"]}


def _watch(station: app.Station, run: Run, work: Path) -> Told:
    """Look for rises in the records as they are, and put the page in the place of the one before."""
    from hashgrade.studies import watchpage  # noqa: PLC0415 - DuckDB is slow to import
    from hashgrade.studies.alerts import watched  # noqa: PLC0415
    from hashgrade.studies.series import BY, series_from  # noqa: PLC0415
    from hashgrade.studies.snapshot import taken  # noqa: PLC0415

    snapshot = taken(work / "snapshot", station.packs, station.digests)
    asked = [one for one in BY if station.packs or "severity" not in one]
    told = watchpage.write(watched(series_from(snapshot, asked, run.asked["every"], None), 1.0), snapshot,
                           work / "watch")
    there = shelf.watch(station.root)
    there.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if there.exists():
        there.rename(work / "before")
    (work / "watch").rename(there)
    alerts = told["alerts"]
    return {"alerts": len(alerts) if isinstance(alerts, list) else 0}


def _verify(station: app.Station, run: Run, work: Path) -> Told:
    """Make a report again, from the records that were kept with it or else from those there are, and compare it."""
    from hashgrade.studies import verifying  # noqa: PLC0415 - DuckDB is slow to import
    from hashgrade.studies.snapshot import load, taken  # noqa: PLC0415

    name = str(run.asked["report"])
    report = shelf.report(station.root, name)
    kept = shelf.kept(station.root, name)
    hosts = bool(report.said["snapshot"]["hosts"])
    snapshot = load(kept) if kept else taken(work / "snapshot", station.packs, station.digests, hosts)
    found = verifying.verify(report.folder, snapshot, against=[shelf.standing(station.root)])
    told = {"same": not found.differs, "files": found.files, "differs": list(found.differs[:TOLD_MOST]),
            "differ": len(found.differs), "from_kept": bool(kept), "at": run.begun_at.isoformat(), "by": run.by}
    shelf.say(station.root, name, {**report.about, "verified": told})
    return {**told, "report": name}


def _publish(station: app.Station, run: Run, work: Path) -> Told:
    """Publish the edition that was asked for: the next one, with the number that the form showed."""
    from hashgrade.exchange import lists  # noqa: PLC0415 - needs the station open

    name, number = str(run.asked["list"]), int(run.asked["number"])
    if (following := lists.following(station, name)) != number:
        raise Conflict("SRV-41", f"the next edition of `{name}` is {following} by now, and the form says {number}")
    policy = lists.policy_of(run.asked["policy"], station.packs, "policy")
    done = lists.publish(station, name, policy, run.by, labels=run.asked["labels"])
    return {"list": name, "edition": done.edition.number, "members": done.edition.members, "draft": list(done.draft)}


def _import(station: app.Station, run: Run, work: Path) -> Told:
    """Read the whole file first, and import it only if every line of it can be read."""
    from hashgrade.exchange import lists  # noqa: PLC0415 - needs the station open

    path = shelf.upload(station.root, run.ref)
    for left in (one for one in path.parent.glob("sent-*") if one != path):  # of a run that was cut off
        left.unlink()
    try:
        wrong = lists.wrong_in(path)
        bad = [f"{one.code} {one.what} ({one.where.replace(path.name, 'file')})" for one in islice(wrong, TOLD_MOST)]
        more = sum(1 for _ in wrong) if bad else 0
        if bad:
            raise shelf.BadList("SRV-42", "the file has lines that cannot be read, and nothing of it was imported",
                                bad=bad, bad_total=len(bad) + more)
        source = lists.Source(path, skip=run.asked["skip"], edition=run.asked["edition"], why=run.why)
        done = lists.import_list(station, str(run.asked["list"]), source, run.by)
    finally:
        path.unlink(missing_ok=True)
    return {"list": done.list_name, "edition": done.edition, "lines": done.lines, "added": done.added,
            "near": done.near, "bad": done.bad}


MAKERS: Final[Mapping[str, Callable[[app.Station, Run, Path], Told]]] = {
    "study": _study, "watch": _watch, "verify": _verify, "publish": _publish, "import": _import,
    figures.LANE: figures.make}
"""What each kind of run does."""


if __name__ == "__main__":
    main(*sys.argv[1:])

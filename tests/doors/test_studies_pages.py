"""Studies, reports and the watch at the workbench: what stands there, runs beside the page, names that are forged."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copytree
from time import sleep
from typing import Any

import pytest
from django.test import Client

from hashgrade.access import Role
from hashgrade.errors import Conflict
from hashgrade.nouns import Sighting
from hashgrade.serve.records import making, runs, shelf
from hashgrade.serve.records.runs import Lane, Run
from tests.cast import ADA, BEN, CY, Clock, item, later, sha
from tests.doors.pages import Workbench, going_on, workbench

STUDY = """study: small
title: A small study
question: How many are known?
cohort: everything
period: {from: 2020-01-01, until: 2030-12-31}
disclosure: {none: made up}
tables:
  known: {title: Known, of: known}
  inside: {title: Kinds, of: kind, internal: true}
"""
FORM = {"ref": "0123456789abcdef"}


@pytest.fixture
def bench(tmp_path: Path, store: Any, clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """Ada is a researcher, Ben an auditor, Cy reads; the station has a study of its own, and runs are done at once."""
    made = workbench(tmp_path, store, clock, settings)
    for name, role in ((ADA, Role.RESEARCHER), (BEN, Role.AUDITOR), (CY, Role.ANALYST)):
        made.person(name, role)
    with store.work("dee", "a test") as work:
        work.items([item(n, first_seen=later(n * 20_160)) for n in range(1, 31)])
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "small.yaml").write_text(STUDY)
    monkeypatch.setattr(runs, "_spawned", lambda lane, _: making.make(lane, lambda: made.station))
    return made


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content
    return " ".join(answer.content.decode().split())


def ran(bench: Workbench, ref: str = "0123456789abcdef", **more: str) -> str:
    """Have Ada run the small study; the name of its report."""
    answer = bench.as_actor(ADA).post("/studies/own/small/run/", {"ref": ref, **more})
    assert answer.status_code == 302, answer.content
    run = runs.lane(bench.station.root, runs.STUDIES).last()
    assert run
    assert run.outcome == runs.DONE, run
    return str(run.told["report"])


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of the small study, made once and without a station."""
    from hashgrade.studies.run import run
    from hashgrade.studies.snapshot import Records, snapshot

    folder = tmp_path_factory.mktemp("finished")
    (folder / "small.yaml").write_text(STUDY)
    records = snapshot(folder / "snapshot", Records([(item(1), None), (item(2), None)]), (), lambda _: {})
    run(folder / "small.yaml", records, folder / "report")
    return folder / "report"


def shelved(bench: Workbench, finished: Path, name: str, **said: Any) -> Path:
    """Put it on the shelf under a name; its manifest says this besides."""
    folder = shelf.made(bench.station.root, shelf.MADE) / name
    copytree(finished, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "seed": name, **said}))
    return folder


def acts(bench: Workbench) -> list[dict[str, Any]]:
    from hashgrade.store import queries

    return [dict(one.did) | {"actor": one.actor} for one in queries.entries()]


# -- studies ------------------------------------------------------------------------------------------------------


def test_every_study_stands_there_with_its_question(bench: Workbench) -> None:
    """Those of the package and those of the station, with period and unit."""
    page = text(bench.as_actor(BEN), "/studies/")
    assert "How many are known?" in page
    assert "1 Jan 2020 to 31 Dec 2030" in page
    for name in shelf.studies(bench.station.root, shelf.BUILT_IN):
        assert f"/studies/built-in/{name}/" in page


def test_a_study_that_is_wrong_says_where(bench: Workbench) -> None:
    """Its errors stand on its page with line and column, and it cannot be run."""
    (bench.station.root / "studies" / "small.yaml").write_text(STUDY.replace("of: known}", "of: nown}"))
    page = text(bench.as_actor(ADA), "/studies/own/small/")
    assert "small.yaml:8:" in page
    assert "Run the study" not in page
    assert bench.as_actor(ADA).post("/studies/own/small/run/", FORM).status_code == 400
    (bench.station.root / "studies" / "small.yaml").write_bytes(b"\xff: [")
    assert "It cannot be run as it is" in text(bench.as_actor(ADA), "/studies/own/small/")


FORGED = [
    "own/nosuch/", "built-in/small/", "elsewhere/small/", "own/..%2fsmall/",
    "own/%2e%2e/", "own/link/", "reports/%2e%2e/", "reports/made/", "reports/..%2fmade/",
    "reports/REPORT/files/../../../keys/release.key", "reports/REPORT/files/%2e%2e/%2e%2e/small.yaml",
    "reports/REPORT/files//etc/passwd", "reports/REPORT/files/nosuch.csv", "reports/REPORT/files/tables",
    "reports/REPORT/files/link.csv", "reports/link/", "watch/files/..%2fmade", "watch/files/secret",
    "watch/files/index.html",
]


def test_only_names_that_stand_there_are_opened(bench: Workbench, finished: Path) -> None:
    """Paths that lead out, links, folders and names that nothing has: none is answered with anything."""
    root, name = bench.station.root, "one"
    folder = shelved(bench, finished, name)
    (root / "secret.yaml").write_text(STUDY)
    (root / "studies" / "link.yaml").symlink_to(root / "secret.yaml")
    (folder / "link.csv").symlink_to(root / "secret.yaml")
    (folder.parent / "link").symlink_to(folder)
    client = bench.as_actor(ADA)
    answers = {one: client.get(f"/studies/{one.replace('REPORT', name)}").status_code for one in FORGED}
    assert {one: status for one, status in answers.items() if status not in (400, 404)} == {}
    assert client.get(f"/studies/reports/{name}/files/index.html").status_code == 200, "a positive control"


def test_a_form_that_asks_for_what_there_is_not_runs_nothing(bench: Workbench) -> None:
    """Without its word, with a wrong one, a year that is none, hosts in what may be published: nothing begins."""
    client = bench.as_actor(ADA)
    for form in ({}, {"ref": "x"}, {**FORM, "year": "soon"}, {**FORM, "hosts": "on"}, {"ref": "../../../../x"}):
        assert client.post("/studies/built-in/annual/run/", form).status_code == 400
    assert runs.lane(bench.station.root, runs.STUDIES).last() is None


# -- runs ---------------------------------------------------------------------------------------------------------


def test_a_run_puts_a_report_on_the_shelf_and_on_record(bench: Workbench) -> None:
    """The report stands in the list with who made it, and the audit trail has its manifest's digest."""
    name = ran(bench)
    page = text(bench.as_actor(BEN), "/studies/reports/")
    assert f"/studies/reports/{name}/" in page
    assert "may be published" in page
    made = next(one for one in acts(bench) if one.get("report made"))
    assert made["actor"] == ADA
    assert made["manifest_sha256"] == shelf.report(bench.station.root, name).digest
    assert "A small study" in text(bench.as_actor(ADA), "/studies/run/")
    assert not runs.lane(bench.station.root, runs.STUDIES).work.exists()


def test_the_same_form_sent_twice_runs_once(bench: Workbench) -> None:
    """The second leads to the same run, and there is one report."""
    ran(bench)
    assert bench.as_actor(ADA).post("/studies/own/small/run/", FORM).status_code == 302
    assert len(shelf.reports(bench.station.root)) == 1


def test_of_two_runs_one_goes_on(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the lock of a run is held, another is refused, its page says that it goes on, and nothing is written."""
    lane = runs.lane(bench.station.root, runs.STUDIES)
    held = going_on(monkeypatch)
    client = bench.as_actor(ADA)
    assert client.post("/studies/own/small/run/", {"ref": "1" * 16}).status_code == 302
    assert "It goes on." in text(client, "/studies/run/now/")
    refused = client.post("/studies/own/small/run/", {"ref": "2" * 16})
    assert refused.status_code == 409
    assert b"SRV-40" in refused.content
    assert client.post("/studies/watch/look/", {"ref": "3" * 16, "every": "week"}).status_code == 409
    assert (last := lane.last())
    assert last.ref == "1" * 16
    assert "Another run goes on" in text(client, "/studies/own/small/")
    held[0].close()
    assert "It was interrupted" in text(client, "/studies/run/")
    assert 'hx-trigger' not in text(client, "/studies/run/now/")


def test_of_many_who_start_at_once_one_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight at a time, 50 times over: one run each time, and a conflict for every other form."""
    begun: list[int] = []
    monkeypatch.setattr(runs, "_spawned", lambda _, descriptor: begun.append(os.dup(descriptor)))

    def start(number: int) -> bool:
        try:
            lane.start(Run(ref=f"{number:016x}", kind="study", by=ADA, begun_at=later(0)))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        for turn in range(50):
            lane = Lane(tmp_path / str(turn) / "studies")
            assert sum(pool.map(start, range(8))) == 1
    assert len(begun) == 50
    for descriptor in begun:
        os.close(descriptor)
    assert sum(map(start, (9,))) == 1, "a positive control: once the lock is free another begins"
    os.close(begun[-1])


def test_a_run_that_is_refused_says_why_and_leaves_nothing(bench: Workbench) -> None:
    """A year without a calendar stands on the page with its code; no report is there."""
    client = bench.as_actor(ADA)
    client.post("/studies/own/small/run/", {**FORM, "year": "2024"})
    page = text(client, "/studies/run/")
    assert "It was refused" in page
    assert "STU-09" in page
    assert shelf.reports(bench.station.root) == []


def test_a_run_that_breaks_says_so(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours ends the run as broken, and nothing of it stands."""
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(making.MAKERS, "study", broken)
    with pytest.raises(ZeroDivisionError):
        bench.as_actor(ADA).post("/studies/own/small/run/", FORM)
    assert "It broke" in text(bench.as_actor(ADA), "/studies/run/")
    assert not runs.lane(bench.station.root, runs.STUDIES).work.exists()


def test_nothing_is_cancelled_that_does_not_go_on(bench: Workbench) -> None:
    """A word of another run, or of one that has ended, ends nothing."""
    lane = runs.lane(bench.station.root, runs.STUDIES)
    lane.start(Run(ref=FORM["ref"], kind="verify", by=ADA, begun_at=bench.clock(), asked={"report": "nosuch"}))
    before = lane.last()
    for ref in ("", "x", FORM["ref"]):
        assert bench.as_actor(ADA).post("/studies/run/cancel/", {"ref": ref}).status_code == 302
    assert lane.last() == before


def test_a_state_that_is_no_state_is_none(bench: Workbench) -> None:
    """A file that was cut or written by something else is as if nothing was run."""
    state = bench.station.root / "runs" / "studies" / "state.json"
    state.parent.mkdir(parents=True)
    for wrong in ("", "[]", "{}", '{"ref": 1, "begun_at": "now", "ended_at": null}'):
        state.write_text(wrong)
        assert "Nothing was run yet" in text(bench.as_actor(ADA), "/studies/run/")


def test_a_run_is_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no station it is refused with that code: the process reads the lane, says so and is gone."""
    lane = Lane(tmp_path / "runs" / "studies")
    lane.start(Run(ref="0" * 16, kind="study", by=ADA, begun_at=later(0)))
    for _ in range(600):
        if (run := lane.last()) and run.outcome != runs.GOING:
            break
        sleep(0.05)
    assert run
    assert run.outcome == runs.REFUSED
    assert run.told["code"] == "STA-01"


# -- reports ------------------------------------------------------------------------------------------------------


def test_a_report_is_read_in_a_sandbox(bench: Workbench, finished: Path) -> None:
    """Its policy runs no script and fetches nothing; each of its styles is named by its digest."""
    shelved(bench, finished, "one")
    answer = bench.as_actor(BEN).get("/studies/reports/one/files/index.html")
    policy = answer["Content-Security-Policy"]
    assert "sandbox allow-same-origin allow-downloads;" in policy
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy
    assert "unsafe-inline" not in policy
    assert answer["Cache-Control"] == "no-store"
    assert b"A small study" in answer.content


def test_every_other_file_is_to_be_saved(bench: Workbench, finished: Path) -> None:
    """Nothing but the page is opened in the browser; a picture might hold a script."""
    shelved(bench, finished, "one")
    client = bench.as_actor(BEN)
    for file in ("report.pdf", "findings.json", "manifest.json", "tables/known.csv", "charts/known.vl.json",
                 "charts/known.svg"):
        answer = client.get(f"/studies/reports/one/files/{file}")
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith("attachment; filename=")
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"


def test_a_file_that_was_changed_is_not_given(bench: Workbench, finished: Path) -> None:
    """Its digest is that of the manifest, or nobody gets it."""
    path = shelved(bench, finished, "one") / "tables" / "known.csv"
    path.write_text(path.read_text() + "x,1\n")
    client = bench.as_actor(BEN)
    answer = client.get("/studies/reports/one/files/tables/known.csv")
    assert answer.status_code == 500
    assert b"SRV-44" in answer.content
    path.unlink()
    assert "Missing from its folder: tables/known.csv" in text(client, "/studies/reports/one/")


def test_a_report_is_verified_from_its_page(bench: Workbench, finished: Path) -> None:
    """From the records that were kept with it all comes out the same; from others, what differs is said."""
    shelved(bench, finished, "one")
    name = ran(bench, keep="on")
    with bench.station.store.work("dee", "more") as work:
        work.items([item(40)])
    client = bench.as_actor(ADA)
    client.post("/studies/reports/one/verify/", {"ref": "b" * 16})
    assert "the records are not those of the report" in text(client, "/studies/reports/one/")
    client.post(f"/studies/reports/{name}/verify/", {"ref": "c" * 16})
    page = text(client, f"/studies/reports/{name}/")
    assert "came out the same, byte for byte" in page
    assert "from the records that were kept" in page


def test_what_is_published_guards_what_comes_after(bench: Workbench, finished: Path) -> None:
    """A report made before another was published may not be; one that is made after it is guarded against it."""
    for name in ("first", "second"):
        shelved(bench, finished, name)
    shelved(bench, finished, "of-another-year", period=["1999-01-01", "1999-12-31"])
    client = bench.as_actor(ADA)
    for _ in range(2):
        assert client.post("/studies/reports/first/publish/", {"why": "on the web"}).status_code == 302
    assert len([one for one in acts(bench) if one.get("report published")]) == 1
    assert "It may not be published any more" in text(client, "/studies/reports/second/")
    assert client.post("/studies/reports/second/publish/", {"why": "too"}).status_code == 403
    assert client.post("/studies/reports/of-another-year/publish/", {"why": "too"}).status_code == 302
    third = ran(bench)
    assert '<a href="/studies/reports/first/">' in text(client, f"/studies/reports/{third}/")
    assert client.post(f"/studies/reports/{third}/publish/", {"why": "too"}).status_code == 302
    assert {one.name for one in shelf.published(bench.station.root)} == {third, "first", "of-another-year"}


def test_publishing_that_is_cut_short_is_finished_or_was_never_begun(
    bench: Workbench, finished: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether it stops before its entry is on record or after: a report is published where an entry says so.

    Whoever looks next finds it so, whatever they look at; what was never on record can be published as before.
    """
    shelved(bench, finished, "first")
    root, client = bench.station.root, bench.as_actor(ADA)
    address, why = "/studies/reports/first/publish/", {"why": "on the web"}
    client.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr(type(bench.station.store), "work", stopped)
        assert client.post(address, why).status_code == 500
    assert [one.name for one in shelf.published(root)] == []
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", stopped)
        assert client.post(address, why).status_code == 500
    assert [one for one in acts(bench) if one.get("report published")]
    assert list((root / "reports" / "published").iterdir()) == []
    assert [one.name for one in shelf.standing(root).iterdir()] == ["first"]
    assert client.post(address, why).status_code == 302
    assert len([one for one in acts(bench) if one.get("report published")]) == 1


def stopped(*_: Any) -> None:
    """Stands for a machine that stops just there."""
    raise SystemError("stopped")


def test_what_is_for_inside_only_is_never_published(bench: Workbench, finished: Path) -> None:
    """Whatever the form says; nor is one of which a file was changed, nor without a reason."""
    shelved(bench, finished, "inside", internal=True)
    (shelved(bench, finished, "changed") / "index.html").write_text("other")
    client = bench.as_actor(ADA)
    refused = client.post("/studies/reports/inside/publish/", {"why": "x"})
    assert refused.status_code == 403
    assert b"SRV-43" in refused.content
    assert client.post("/studies/reports/changed/publish/", {"why": " "}).status_code == 403
    assert client.post("/studies/reports/changed/publish/", {"why": "x"}).status_code == 500
    assert not list(shelf.published(bench.station.root))


def test_a_report_belongs_to_the_study_it_is_of(
    bench: Workbench, finished: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A study whose name is within another's shows none of its reports, and learns nothing from how long they took."""
    (bench.station.root / "studies" / "annual-2023.yaml").write_text(STUDY)
    name = shelf.named(later(0), "annual-2023", "abcdef" + "0" * 10)
    shelved(bench, finished, name)
    shelf.say(bench.station.root, name, {"seconds": 77})
    client, held = bench.as_actor(ADA), going_on(monkeypatch)
    assert name not in text(client, "/studies/built-in/annual/")
    assert name in text(client, "/studies/own/annual-2023/")
    usually = {}
    for ref, study in enumerate(("built-in/annual", "own/annual-2023")):
        assert client.post(f"/studies/{study}/run/", {"ref": f"{ref:016x}"}).status_code == 302
        last = runs.lane(bench.station.root, runs.STUDIES).last()
        assert last
        usually[study] = last.asked["usually_s"]
        held.pop().close()
    assert usually == {"built-in/annual": 0, "own/annual-2023": 77}


def test_long_lists_of_reports_page(bench: Workbench, finished: Path) -> None:
    """Twenty-five a page, the newest first; a page past the last says so, and a forged number is the first."""
    folder = shelf.made(bench.station.root, shelf.MADE)
    said = (finished / "manifest.json").read_text()
    for number in range(31):
        (folder / f"one-{number:02}").mkdir()
        (folder / f"one-{number:02}" / "manifest.json").write_text(said)
    client = bench.as_actor(BEN)
    assert "31 reports" in (first := text(client, "/studies/reports/"))
    assert first.count("<th scope=\"row\"") == 25
    assert text(client, "/studies/reports/?page=2").count("<th scope=\"row\"") == 6
    assert "past the last" in text(client, "/studies/reports/?page=99")
    assert text(client, "/studies/reports/?page=-1x").count("<th scope=\"row\"") == 25
    assert client.get("/studies/reports.csv").content.count(b"\r\n") == 32


# -- the watch ----------------------------------------------------------------------------------------------------


def test_the_watch_stands_on_its_page_once_somebody_looked(bench: Workbench) -> None:
    """Every series with its state, and the page with its charts in a sandbox; looking again replaces it."""
    with bench.station.store.work("dee", "seen") as work:
        work.sightings([Sighting(sha256=sha(n), url=f"https://one.example/{n}", seen_at=later(n * 20_160),
                                 site_type="image_host") for n in range(1, 31)])
    client = bench.as_actor(ADA)
    assert "Nobody has looked yet" in text(client, "/studies/watch/")
    assert client.post("/studies/watch/look/", {**FORM, "every": "day"}).status_code == 400
    for ref in ("1" * 16, "2" * 16):
        assert client.post("/studies/watch/look/", {"ref": ref, "every": "week"}).status_code == 302
    assert "The watch has looked" in text(client, "/studies/run/")
    page = text(client, "/studies/watch/")
    assert "not enough history" in page
    assert "may be published" in page
    told = json.loads(client.get("/studies/watch/files/watch.json").content)
    assert told["every"] == "week"
    assert "sandbox" in client.get("/studies/watch/files/index.html")["Content-Security-Policy"]
    assert bench.as_actor(BEN).get("/studies/watch/").status_code == 403
    assert bench.as_actor(CY).get("/studies/").status_code == 403

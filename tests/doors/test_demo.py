"""`hashgrade demo` as a newcomer runs it, and what it leaves behind."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import tomllib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

from tests.doors.station import Operator, Ran
from tests.pages import DOCS
from tests.published import differences, figures

if TYPE_CHECKING:
    from playwright.sync_api import Browser

STUDIES = ["iwf-2023-self-generated-3-6", "iwf-2018-livestream-captures"]
REPORTS = [*STUDIES, "annual"]
WIDTHS_PX = [390, 1280]


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """Somebody with a folder for a station."""
    return Operator(tmp_path_factory.mktemp("demo") / "demo-station")


@pytest.fixture(scope="module")
def told(operator: Operator) -> Ran:
    """What the demo said."""
    return operator.run("demo")


@pytest.fixture(scope="module")
def reports(operator: Operator, told: Ran) -> Path:
    """The folder with the reports."""
    assert told.code == 0, told.err
    return operator.station / "demo"


def test_it_says_what_it_did_how_long_each_step_took_and_where_the_reports_are(told: Ran, reports: Path) -> None:
    """A newcomer sees progress and the next thing to open."""
    lines = told.out.splitlines()
    assert "synthetic" in lines[0]
    assert sum(line.endswith(" s)") for line in lines) == 9
    assert [line.strip() for line in lines[-3:]] == [str(reports / name / "index.html") for name in REPORTS]


@pytest.mark.parametrize("study", STUDIES)
def test_the_published_figures_come_out(reports: Path, study: str) -> None:
    """Every figure of the published study is what the engine counts in the store's records."""
    findings: dict[str, Any] = json.loads((reports / study / "findings.json").read_text())
    assert differences(findings, figures(study)) == []


@pytest.mark.parametrize("study", REPORTS)
def test_every_page_says_that_it_is_synthetic(reports: Path, study: str) -> None:
    """Nobody can take a page of the demo for a finding."""
    assert "Synthetic records" in (reports / study / "index.html").read_text()
    assert all("Synthetic records" in page.extract_text() for page in PdfReader(reports / study / "report.pdf").pages)


def test_its_list_is_verified_and_its_trail_unbroken(operator: Operator, reports: Path) -> None:
    """What the demo published and did stands up to the commands that check it."""
    verified = operator.run("list", "verify", "uk-classified", "--json")
    assert (verified.code, verified.lines[0]["edition"]) == (0, 1)
    assert operator.run("audit", "verify").code == 0


def test_its_queue_holds_what_nobody_has_read(operator: Operator, reports: Path) -> None:
    """An item that two readers agreed on is known when it comes in again."""
    again = operator.run("intake", reports / "pictures", "--json").lines
    assert {line["queued"] for line in again if line["known"] == "graded"} == {False}
    assert any(line["known"] == "graded" for line in again)


def test_the_first_card_is_one_that_can_be_shown(operator: Operator, reports: Path) -> None:
    """Whoever opens the workbench of the demo is dealt drawn pictures, and then records without one."""
    rule, = tomllib.loads((reports.parent / "hashgrade.toml").read_text())["queue_rules"]
    with closing(sqlite3.connect(operator.station / "records.sqlite3")) as records:
        led = records.execute("select size_bytes, leads from (select w.due, i.size_bytes, w.rule = ? as leads"
                              " from store_waiting w join store_item i on i.id = w.leader_id) order by due",
                              [rule["name"]]).fetchall()
    drawn = sum(leads for _, leads in led)
    assert len(led) > drawn > 100
    assert all((size is not None) == bool(leads) == (at < drawn) for at, (size, leads) in enumerate(led))


def test_the_tutorial_does_what_it_says(operator: Operator, reports: Path) -> None:
    """Every command of the tutorial runs beside the demo's station and prints what is shown under it."""
    commands, shown = tutorial()
    folder = operator.station.parent / "try"
    folder.mkdir()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603 - our own tutorial
        ["/bin/bash", "-c", commands], cwd=folder, env={"PATH": path}, capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr
    assert [line for line in shown if line not in done.stdout.splitlines()] == []


def tutorial() -> tuple[str, list[str]]:
    """The commands of the tutorial after its set-up, and the lines of output that it shows; not those of a server."""
    commands: list[str] = []
    shown: list[str] = []
    blocks = re.findall(r"```console\n(.*?)```", (DOCS / "tutorial.md").read_text(), re.S)
    for block in (one for one in blocks[2:] if " serve\n" not in one):
        within = False
        for line in block.splitlines():
            begins = line.startswith("$ ")
            (commands if begins or within else shown).append(line.removeprefix("$ ") if begins else line)
            within = (begins and "<<'END'" in line) or (within and line != "END")
    return "\n".join(commands), shown


@pytest.mark.chromium
@pytest.mark.parametrize("study", REPORTS)
@pytest.mark.parametrize("width_px", WIDTHS_PX)
def test_a_report_fits_the_screen_and_asks_nothing_of_the_network(
    browser: "Browser", reports: Path, study: str, width_px: int,
) -> None:
    """A report is one page of its own: no scrolling sideways, no script, no error, no request elsewhere."""
    page = browser.new_page(viewport={"width": width_px, "height": 900})
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto((reports / study / "index.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width_px
    assert page.evaluate("document.scripts.length") == 0
    assert [url for url in asked if not url.startswith("file:")] == []
    assert wrong == []
    page.close()

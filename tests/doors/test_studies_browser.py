"""Lists, studies and the watch in a real browser: runs in processes of their own, a sandbox, hostile strings."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import needs
from tests.doors.pages_live import Live, invited, join, lines, served
from tests.doors.test_queue_browser import plain, said_of
from tests.doors.test_serve_browser import proved, watched
from tests.hostile.strings import STRINGS

pytestmark = [pytest.mark.chromium, pytest.mark.deep]

STUDY = """study: small
title: '{0}'
question: '{0}'
cohort: everything
period: {{from: 2020-01-01, until: 2030-12-31}}
tables:
  known: {{title: '{0}', of: kind, by: known}}
"""
HOSTILE = """"><img src=x onerror="window.hit=1"><script>window.hit=1</script>"""
LISTS = """
import sys
from pathlib import Path
from hashgrade import app
from hashgrade.settings import Settings
station = app.open(Settings(station=Path(sys.argv[1])))
from tests.hostile.strings import STRINGS
with station.store.work("dee", "a test") as work:
    for said in STRINGS:
        work.imported("theirs", said.replace(chr(0), " ") or "none")
"""
"""An edition of somebody else's list under each of the strings."""


@dataclass
class Desk:
    """A workbench with Gus, a researcher, and Hal, an operator; `said` is what their browsers complained of."""

    live: Live
    gus: Any
    hal: Any
    said: list[str]

    def ended(self, page: Any, address: str) -> str:
        """Wait, without loading it again, until the page of a run says that it has ended; how."""
        page.goto(f"{self.live.url}{address}")
        page.locator("#run:not([hx-get])").wait_for(timeout=180_000)
        return " ".join(page.locator("#run").inner_text().split())


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Sixty items wait; the station has a study of its own whose words are hostile."""
    path = needs.chromium()
    from playwright.sync_api import sync_playwright

    station = tmp_path_factory.mktemp("records") / "station"
    with served(station, lines()) as live, sync_playwright() as playwright:
        (station / "studies").mkdir()
        (station / "studies" / "small.yaml").write_text(STUDY.format(HOSTILE))
        subprocess.run([sys.executable, "-c", LISTS, str(station)], check=True, env=plain())  # noqa: S603 - ours
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        cy, gus, hal = watched(browser), watched(browser), watched(browser)
        said: list[str] = []
        for page in (gus, hal):
            page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        join(cy, live.link, "cy")
        join(gus, invited(cy, live.url, "gus", "Researcher"), "gus")
        join(hal, invited(cy, live.url, "hal", "Operator"), "hal")
        yield Desk(live, gus, hal, said)
        browser.close()


def looked_at(page: Any, *addresses: str) -> list[str]:
    """What axe, the content policy and a ruler say of pages, in both themes and at two widths."""
    found = []
    for address in addresses:
        proved(page, address)
        for theme, width in (("light", 1280), ("dark", 360)):
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": width, "height": 800})
            found += said_of(page)
        found += [f"{address}: struck"] if page.evaluate("window.hit") else []
    return found


def test_a_study_is_run_read_verified_and_published_in_the_browser(desk: Desk) -> None:
    """A run is followed without loading its page; the report has its styles, no script and files that can be saved;
    it comes out the same, and is said to be published."""
    url, page = desk.live.url, desk.gus
    assert looked_at(page, f"{url}/studies/", f"{url}/studies/own/small/", f"{url}/studies/reports/",
                     f"{url}/studies/watch/", f"{url}/studies/run/") == []
    page.goto(f"{url}/studies/own/small/")
    page.get_by_label("Keep the records").check()
    page.get_by_role("button", name="Run the study").click()
    assert "The report is made" in desk.ended(page, "/studies/run/")
    page.locator("#run .state a").click()
    page.get_by_role("link", name="Read it").wait_for()
    report = page.url
    assert looked_at(page, report) == []

    page.get_by_role("link", name="Read it").click()
    page.wait_for_url("**/index.html")
    assert page.locator("h1").inner_text() == HOSTILE
    with page.expect_download() as saved:
        page.get_by_role("link", name="CSV").first.click()
    assert saved.value.suggested_filename.endswith("-known.csv")
    assert desk.said == []

    page.goto(report)
    page.get_by_role("button", name="Make it again").click()
    assert "It comes out the same" in desk.ended(page, "/studies/run/")
    for _ in range(2):  # a fresh proof of who she is comes between, where it is asked for
        proved(page, report)
        if page.get_by_label("Why").count():
            page.get_by_label("Why").fill(HOSTILE)
            page.get_by_role("button", name="Say that it is published").click()
            page.wait_for_load_state()
        if "/prove/" in page.url:
            proved(page, page.url)
    assert looked_at(page, report, f"{url}/studies/reports/") == []
    page.goto(report)
    assert page.get_by_text("published", exact=True).count() == 1


def test_a_run_is_cancelled(desk: Desk) -> None:
    """Cancel ends the process, though the threads of the server block the signal, and nothing of it stands."""
    page = desk.gus
    page.goto(f"{desk.live.url}/studies/built-in/annual/")
    page.get_by_role("button", name="Run the study").click()
    page.get_by_role("button", name="Cancel it").click()
    assert "It was cancelled" in desk.ended(page, "/studies/run/")
    page.goto(f"{desk.live.url}/studies/reports/")
    assert page.get_by_role("link", name="Annual report").count() == 0


def test_lists_are_published_and_imported_in_the_browser(desk: Desk, tmp_path: Path) -> None:
    """A list from its form to its edition; a bad file is refused as a whole, a good one is in use."""
    url, page = desk.live.url, desk.hal
    assert looked_at(page, f"{url}/lists/", f"{url}/lists/publish/", f"{url}/lists/import/", f"{url}/lists/run/") == []
    proved(page, f"{url}/lists/publish/")
    page.get_by_role("textbox", name="List").fill("ours")
    page.get_by_label("Policy").fill("any:\n  - kind: {is: image}\n  - kind: {is: video}")
    page.get_by_role("button", name="Publish it").click()
    assert "Edition 1 is published" in desk.ended(page, "/lists/run/")
    assert looked_at(page, f"{url}/lists/own/ours/", f"{url}/lists/own/ours/1/?prove=yes") == []
    for content, said in (("sha256\nzz\n", "1 line cannot be read"), (f"sha256\n{1:064x}\n", "The list is imported")):
        (tmp_path / "list.csv").write_text(content)
        page.goto(f"{url}/lists/import/")
        page.get_by_role("textbox", name="List").fill("another")
        page.get_by_label("File").set_input_files(tmp_path / "list.csv")
        page.get_by_label("Why").fill(HOSTILE)
        page.get_by_role("button", name="Import it").click()
        assert said in desk.ended(page, "/lists/run/")
    assert looked_at(page, f"{url}/lists/imported/another/", f"{url}/lists/run/") == []


def test_strings_are_only_strings(desk: Desk) -> None:
    """Each of 500 hostile names of an edition stands on its page as text: nothing runs, no breach of the policy."""
    page, seen = desk.hal, 0
    for number in range(1, len(STRINGS) // 25 + 2):
        page.goto(f"{desk.live.url}/lists/imported/theirs/?page={number}")
        seen += page.locator("tbody tr").count()
        assert page.evaluate("window.breaches") == []
        assert not page.evaluate("window.hit")
    assert seen == len({one.replace("\x00", " ") or "none" for one in STRINGS})


def test_the_watch_is_looked_at_in_the_browser(desk: Desk) -> None:
    """Without enough history it is refused with what to do, and the page says so."""
    page = desk.gus
    page.goto(f"{desk.live.url}/studies/watch/")
    page.get_by_role("button", name="Look at the records").click()
    assert "STU-" in desk.ended(page, "/studies/run/")
    assert looked_at(page, f"{desk.live.url}/studies/run/") == []

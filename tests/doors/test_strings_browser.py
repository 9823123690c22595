"""What strangers wrote, in a real browser: addresses, reports, file names and reasons are shown, and none runs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import needs
from tests.doors.pages_live import invited, join, lines, served
from tests.doors.test_serve_browser import watched
from tests.hostile.strings import STRINGS

pytestmark = [pytest.mark.chromium, pytest.mark.deep]

ITEM = f"{1:064x}"
FILED = """
import sys
from datetime import timedelta
from pathlib import Path
from hashgrade import app
from hashgrade.nouns import Grade, Reading, Sighting
from hashgrade.settings import Settings
from tests.hostile.strings import STRINGS
station = app.open(Settings(station=Path(sys.argv[1])))
item, before = sys.argv[2], timedelta(days=1)
for n, one in enumerate(STRINGS):
    at = station.store.now() - before + timedelta(seconds=n)
    with station.store.work("ben", f"{n} {one}") as work:
        said = {"url": f"x://{n}/{one}", "report": f"{n} {one}", "site_type": one[:90]}
        work.sightings([Sighting(sha256=item, seen_at=at, **said)])
with station.store.work("ben", "a reading with notes") as work:
    for n, one in enumerate(STRINGS[:8]):
        work.readings([Reading(sha256=item, reader=f"{n} {one}"[:40], at=station.store.now(), extra={"notes": one},
                               grade=Grade({"assessable": "corrupt"}))])
"""
"""A process of its own files each string as an address, a report and the reason for it; some as names and notes."""


def of_station() -> dict[str, str]:
    """The environment of a command, without what the tests put into theirs."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("HASHGRADE", "DJANGO"))}


def pages_from(page: Any, address: str, told: list[Any]) -> Iterator[str]:
    """Give the text of each page from this one on; note what ran on it, and what the policy had to refuse."""
    following: str | None = address
    while following:
        page.goto(following)
        yield str(page.locator("main").inner_text())
        told.append(page.evaluate("[window.hit, window.breaches.length]"))
        link = page.locator("a[rel=next]")
        following = link.evaluate("one => one.href") if link.count() else None


def missed(texts: list[str], strings: list[str]) -> list[str]:
    """The strings of which the beginning is on none of the pages, but for what cannot be seen."""
    said = seen("".join(texts))
    return [one for one in strings if seen(one)[:24] not in said]


def seen(text: str) -> str:
    """The signs of a text that can be seen."""
    return "".join(one for one in text if one.isprintable() and not one.isspace())


def test_what_strangers_wrote_is_only_text(tmp_path: Path) -> None:
    """500 as addresses, reports and reasons in history and audit log, in lines to search, and as names of files."""
    path = needs.chromium()
    from playwright.sync_api import sync_playwright

    station, told = tmp_path / "station", list[Any]()
    with served(station, lines(3)) as live, sync_playwright() as playwright:
        subprocess.run([sys.executable, "-c", FILED, str(station), ITEM], env=of_station(), check=True)  # noqa: S603
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        cy, eve, ida = (watched(browser) for _ in range(3))
        join(cy, live.link, "cy")
        join(eve, invited(cy, live.url, "eve", "Adjudicator"), "eve")
        join(ida, invited(cy, live.url, "ida", "Auditor"), "ida")
        asked: set[str] = set()
        for page in (eve, ida):
            page.on("request", lambda request: asked.add(request.url))
        events = list(pages_from(eve, f"{live.url}/items/{ITEM}/", told))
        log = list(pages_from(ida, f"{live.url}/audit/", told))
        assert (len(events) > 9, len(log) > 9) == (True, True)
        assert missed(log, [f"{n} {one}" for n, one in enumerate(STRINGS)]) == []
        assert missed(events, [f"x://{n}/" for n in range(len(STRINGS))]) == []
        _searched(eve, live.url, told)
        eve.goto(f"{live.url}/status/")
        assert (told, eve.locator("#violations").inner_text()) == ([[None, 0]] * len(told), "0")
        assert {one for one in asked if not one.startswith(f"{live.url}/")} == set()
        control = browser.new_page()
        control.set_content(f"<p>{STRINGS[1]}</p>")
        control.wait_for_function("window.hit === 1")  # a positive control: where it can, such a string runs
        browser.close()


def _searched(page: Any, url: str, told: list[Any]) -> None:
    """Ask for each string as a line, and match a file of each of some names."""
    for part in (STRINGS[:250], STRINGS[250:]):
        page.goto(f"{url}/search/")
        page.locator("textarea").fill("\n".join(" ".join(one.split()) or "x" for one in part))
        page.get_by_role("button", name="Search").click()
        page.locator("main h2").first.wait_for()
        told.append(page.evaluate("[window.hit, window.breaches.length]"))
    for one in STRINGS[::20]:
        page.goto(f"{url}/search/")
        file: Any = {"name": one, "mimeType": "image/png", "buffer": b"none"}
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name="Match it").click()
        page.locator("main h1, main h2").first.wait_for()
        told.append(page.evaluate("[window.hit, window.breaches.length]"))

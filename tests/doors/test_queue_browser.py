"""The queue and pace in a real browser: screens at a limit, a pause by the keyboard, strings that are only strings."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from hashgrade.store.accounts.choices import FILTERS_MAX, NAME_CHARS_MAX
from tests import needs
from tests.doors.pages_live import RULES, invited, join, lines, served
from tests.doors.test_serve_browser import proved, watched
from tests.hostile.strings import STRINGS

pytestmark = [pytest.mark.chromium, pytest.mark.deep]

PAST_THE_END = '{"cut_off": "00:00", "severe_s": {"A": 600}}'
"""Nothing is ever shown, so that everybody is stopped."""
PLACES = ["/queue/", "/pace/", "/pace/between/", "/pace/people/", "/pace/people/ben/"]

SKIPS = """
import sys
from pathlib import Path
from hashgrade import app
from hashgrade.settings import Settings
station = app.open(Settings(station=Path(sys.argv[1])))
from hashgrade import grading
from hashgrade.grading import dealing
from tests.hostile.strings import STRINGS
for said in STRINGS:
    assert grading.take(station.store, "ben")
    dealing.skip(station.store, "ben", "other", said)
"""
"""Ben, from a process of his own, lays a card aside with each of the strings."""


def plain() -> dict[str, str]:
    """The environment of a command, without what the tests put into theirs."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("HASHGRADE", "DJANGO"))}


def said_of(page: Any) -> list[str]:
    """What axe and the content policy have to say of a page."""
    from axe_playwright_python.sync_playwright import Axe

    told = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    wide = page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
    return ([f"{page.url}: {one['id']} at {one['nodes'][0]['target']}" for one in told]
            + [f"{page.url}: breach of {one}" for one in page.evaluate("window.breaches")]
            + ([f"{page.url}: {wide} px too wide"] if wide > 0 else []))


def test_who_is_stopped_is_told_so_on_every_page(tmp_path: Path) -> None:
    """Past the end of the day: each page in both themes and at 360 px; a pause by keys alone; leave lets one go on."""
    path = needs.chromium()
    from playwright.sync_api import sync_playwright

    station = tmp_path / "station"
    with served(station, lines(), HASHGRADE_QUEUE_RULES=RULES, HASHGRADE_PACE=PAST_THE_END) as live, \
            sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page, ada, ben = watched(browser), watched(browser), watched(browser)
        join(page, live.link, "cy")
        join(ada, invited(page, live.url, "ada", "Analyst", "Adjudicator"), "ada")
        join(ben, invited(page, live.url, "ben", "Analyst"), "ben")
        found = []
        for address in PLACES:
            proved(ada, f"{live.url}{address}")
            for theme, width in (("light", 1280), ("dark", 360)):
                ada.emulate_media(color_scheme=theme)
                ada.set_viewport_size({"width": width, "height": 800})
                found += said_of(ada)
        assert found == []

        ada.goto(f"{live.url}/pace/")
        ada.get_by_role("button", name="Pause").focus()
        ada.keyboard.press("Enter")
        ada.get_by_role("heading", name="Paused").wait_for()
        assert said_of(ada) == []
        ada.keyboard.press("Enter")
        ada.get_by_role("heading", name="Your pace").wait_for()

        ben.goto(f"{live.url}/pace/between/")
        assert ben.get_by_role("heading", level=1).inner_text() == "The day of viewing is over"
        proved(ada, f"{live.url}/pace/people/ben/")
        ada.get_by_label("Why").fill('"><img src=x onerror=alert(1)><script>alert(1)</script>=1+1')
        ada.get_by_role("button", name="Let ben go on").click()
        ada.get_by_text("onerror=alert(1)").wait_for()
        ben.reload()
        assert ben.get_by_role("heading", level=1).inner_text() == "Between two items"
        ben.goto(f"{live.url}/pace/")
        ben.get_by_text("onerror=alert(1)").wait_for()
        assert said_of(ben) + said_of(ada) == []
        browser.close()


KEEP = """(name) => fetch("/queue/filters/keep/", { method: "POST",
  headers: JSON.parse(document.body.getAttribute("hx-headers")),
  body: new URLSearchParams({ name, kind: "video", rule: "", stage: "read" }) })"""
"""Ada keeps a filter under a name."""


def test_strings_are_only_strings(tmp_path: Path) -> None:
    """500 in what people say, and some as names of rules and filters: all are shown, and none runs or loads."""
    path = needs.chromium()
    from playwright.sync_api import sync_playwright

    station = tmp_path / "station"
    named = [one for one in STRINGS[:25] if one.strip()]
    rules = [{"name": f"{n} {one}", "when": {"kind": {"is": "video"}}, "points": n, "why": one}
             for n, one in enumerate(named, 1)]
    filters = [{"name": one[:60], "kind": "video"} for one in named]
    chosen = {"HASHGRADE_QUEUE_RULES": json.dumps(rules), "HASHGRADE_QUEUE_FILTERS": json.dumps(filters)}
    with served(station, lines(500), **chosen) as live, sync_playwright() as playwright:
        skips = [sys.executable, "-c", SKIPS, str(station)]
        subprocess.run(skips, env=plain() | chosen, check=True)  # noqa: S603 - our own program
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page, ada, control = watched(browser), watched(browser), browser.new_page()
        join(page, live.link, "cy")
        join(ada, invited(page, live.url, "ada", "Analyst", "Adjudicator"), "ada")
        asked: set[str] = set()
        ada.on("request", lambda request: asked.add(request.url))
        ada.goto(f"{live.url}/queue/")
        for one in [each for each in STRINGS if 0 < len(each.strip()) <= NAME_CHARS_MAX][:FILTERS_MAX]:
            ada.evaluate(KEEP, one)
        ada.reload()
        assert ada.locator(".kept").count() > FILTERS_MAX // 2, "what cannot be seen is refused, the rest is shown"
        told, shown, missed = [], 0, []
        address: str | None = f"{live.url}/queue/laid-aside/"
        for other in ("/queue/", "/queue/rules/", f"/queue/?{urlencode({'rule': rules[1]['name']})}"):
            ada.goto(f"{live.url}{other}")
            assert ada.get_by_text(rules[1]["name"]).count(), "it is shown"
            told += [ada.evaluate("[window.hit, window.breaches.length]")]
        while address:
            ada.goto(address)
            cells = ada.locator("td[data-label=Reason]").all_text_contents()
            missed += [one for one, cell in zip(STRINGS[shown:], cells, strict=False) if one not in cell]
            shown += len(cells)
            ada.locator("form.tight input[name=why]").first.focus()
            told += [ada.evaluate("[window.hit, window.breaches.length]")]
            following = ada.locator("a[rel=next]")
            address = following.evaluate("one => one.href") if following.count() else None
        ada.goto(f"{live.url}/status/")
        assert (shown, missed, ada.locator("#violations").inner_text()) == (500, [], "0")
        assert told == [[None, 0]] * len(told)
        assert {one for one in asked if not one.startswith(f"{live.url}/")} == set()
        control.set_content(f"<p>{STRINGS[1]}</p>")
        control.wait_for_function("window.hit === 1")  # a positive control: where it can, such a string runs
        browser.close()

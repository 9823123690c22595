"""The queue and pace in a real browser: screens at a limit, a pause by the keyboard, strings that are only strings."""

from pathlib import Path
from typing import Any

import pytest

from tests import needs
from tests.doors.pages_live import RULES, invited, join, lines, served
from tests.doors.test_serve_browser import proved, watched

pytestmark = [pytest.mark.chromium, pytest.mark.deep]

PAST_THE_END = '{"cut_off": "00:00", "severe_s": {"A": 600}}'
"""Nothing is ever shown, so that everybody is stopped."""
PLACES = ["/queue/", "/pace/", "/pace/between/", "/pace/people/", "/pace/people/ben/"]


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

"""Law and audit in a real browser: a text from its proposal into force, the check of the log, every page sound."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests import needs
from tests.doors.pages import PASSWORD
from tests.doors.pages_live import AUDITORS_PLACES, LEGAL_PLACES, Live, invited, join, lines, served
from tests.doors.test_serve_browser import proved, watched

pytestmark = [pytest.mark.chromium, pytest.mark.deep]


@dataclass
class Chamber:
    """A running workbench, with a window each of two who are legal, and of an auditor."""

    live: Live
    lou: Any
    liv: Any
    ida: Any


@pytest.fixture(scope="module")
def chamber(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chamber]:
    """Twenty items wait; Lou, Liv and Ida have joined."""
    path = needs.chromium()
    from playwright.sync_api import sync_playwright

    with served(tmp_path_factory.mktemp("law") / "station", lines(20)) as live, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        cy, *windows = (watched(browser) for _ in range(4))
        join(cy, live.link, "cy")
        for window, name, role in zip(windows, ("lou", "liv", "ida"), ("Legal", "Legal", "Auditor"), strict=True):
            join(window, invited(cy, live.url, name, role), name)
        yield Chamber(live, *windows)
        browser.close()


def faults(page: Any, name: str) -> list[str]:
    """What axe says in both themes, breaches of the policy, and a page that is wider than a phone."""
    from axe_playwright_python.sync_playwright import Axe

    found = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        told = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        found += [f"{name}: {one['id']} at {one['nodes'][0]['target']}" for one in told]
    found += [f"{name}: breach of {one}" for one in page.evaluate("window.breaches")]
    page.set_viewport_size({"width": 360, "height": 740})
    found += [f"{name}: too wide" for wide in [page.evaluate("document.scrollingElement.scrollWidth")] if wide > 360]
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


def test_every_page_of_law_and_audit_is_sound(chamber: Chamber) -> None:
    """In both themes and on a phone: nothing for axe to say, no breach of the content policy."""
    found = []
    for window, places in ((chamber.lou, LEGAL_PLACES), (chamber.ida, AUDITORS_PLACES)):
        for name, address in places:
            proved(window, f"{chamber.live.url}{address}")
            found += faults(window, name)
    assert found == []


def test_a_text_comes_into_force_by_two_people(chamber: Chamber) -> None:
    """A bad text is told in its place; a good one waits, is counted and approved by another, and is read in words."""
    lou, liv, url = chamber.lou, chamber.liv, chamber.live.url
    found = []
    proved(lou, f"{url}/law/uk-ew/propose/")
    text = lou.locator("#text").input_value()
    lou.locator("#text").fill(text.replace("outcome: A", "outcom: A", 1))
    lou.get_by_label("Why").fill("the guideline was amended")
    lou.get_by_role("button", name="Check it and propose it").click()
    assert "pack.yaml:34:9" in lou.locator("#faults").inner_text()
    found += faults(lou, "bad text")
    lou.locator("#text").fill(text.replace('"2014.1"', '"2026.1"', 1))
    lou.get_by_role("button", name="Check it and propose it").click()
    lou.get_by_role("heading", name="Proposed: uk-ew, version 2026.1").wait_for()
    found += faults(lou, "own proposal")
    liv.goto(f"{url}/law/uk-ew/proposal/")
    liv.get_by_role("button", name="Count what it would change").click()
    liv.get_by_text("No item has a grade of record yet.").wait_for()
    proof = liv.get_by_role("link", name="Prove it is you")
    if proof.count():
        proof.click()
        liv.get_by_label("Password").fill(PASSWORD)
        liv.get_by_role("button", name="Go on").click()
        liv.goto(f"{url}/law/uk-ew/proposal/")
    found += faults(liv, "proposal")
    liv.locator("#why-approve").fill("as published")
    liv.get_by_role("button", name="Put it in force").click()
    liv.get_by_text("It is in force from now on").wait_for()
    found += faults(liv, "in force")
    liv.get_by_role("link", name="Read it").click()
    liv.get_by_role("heading", name="Decision table").wait_for()
    found += faults(liv, "text")
    lou.goto(f"{url}/law/uk-ew/")
    lou.get_by_role("link", name="Compare version 2014.1").click()
    lou.get_by_text("No rule, and no reading that a rule asks for, says anything else.").wait_for()
    found += faults(lou, "comparison")
    assert found == []


def test_the_log_is_checked_and_compared(chamber: Chamber) -> None:
    """The check begins from its page and ends beside it; its mark holds; another mark does not."""
    ida = chamber.ida
    ida.goto(f"{chamber.live.url}/audit/check/")
    ida.get_by_role("button", name="Check the whole log").click()
    ida.get_by_role("heading", name="The log is whole").wait_for()
    mark = ida.get_by_role("group", name="Mark").inner_text()
    found = faults(ida, "checked")
    ida.get_by_label("Mark", exact=True).last.fill(mark)
    ida.get_by_role("button", name="Compare").click()
    ida.get_by_role("heading", name="The log goes on from the mark").wait_for()
    found += faults(ida, "mark holds")
    ida.get_by_label("Mark", exact=True).last.fill(f"3 {'a' * 64}")
    ida.get_by_role("button", name="Compare").click()
    ida.get_by_role("heading", name="The log was rewritten").wait_for()
    assert found + faults(ida, "another mark") == []

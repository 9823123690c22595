"""Settling in a real browser: two read differently, a third chooses by keys alone, and sees the item on asking only."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests import needs, synth
from tests.doors.pages_live import invited, join, served
from tests.doors.station import Operator
from tests.doors.test_grading_browser import ANSWERS, READ, SHARP, look, press, settled, until
from tests.doors.test_serve_browser import watched

pytestmark = [pytest.mark.chromium, pytest.mark.deep]

CHOSEN = {"HASHGRADE_PACKS": "uk-ew", "HASHGRADE_NEAR_BITS": "0"}
PEOPLE = {"ada": ["Analyst"], "ben": ["Second reader"], "dee": ["Adjudicator"]}


def read_all(page: Any, url: str, answers: dict[str, str], count: int) -> None:
    """Look at what waits, and read it by keys alone, each question answered by its name."""
    page.goto(f"{url}/grading/")
    page.keyboard.press("Enter")
    for _ in range(count):
        until(page, "document.querySelector('.question') !== null")
        look(page)
        page.keyboard.up("Space")
        press(page, "KeyQ")
        for _ in range(20):
            found = page.locator(".question:not([hidden])")
            if not found.count():
                break
            press(page, answers.get(str(found.get_attribute("data-question")).rpartition(".")[2], "Digit1"))
        press(page, "Enter")


def asked(page: Any) -> list[str]:
    """The places of the questions that are open, the first the one that is shown."""
    found = page.locator(".question").evaluate_all("(all) => all.map((one) => one.dataset.question)")
    return [str(one) for one in found]


def complaints(page: Any, state: str) -> list[str]:
    """What axe says of a state of the page in both themes, what the policy says, and whether it fits a phone."""
    from axe_playwright_python.sync_playwright import Axe

    found = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        told = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        found += [f"{state} {theme}: {one['id']} at {one['nodes'][0]['target']}" for one in told]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 360, "height": 740})
    wide = page.evaluate("document.scrollingElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    return found + ([f"{state}: {wide} px wide"] if wide > 360 else []) + [
        f"{state}: breach of {one}" for one in page.evaluate("window.breaches")]


def test_two_read_differently_and_a_third_settles_by_keyboard(tmp_path: Path) -> None:
    """From two readings to the settlement and the next item, by keys alone; in every state nothing for axe to say."""
    path = needs.chromium()
    from playwright.sync_api import sync_playwright

    (tmp_path / "media").mkdir()
    for number, picture in enumerate(synth.photographs()[:2]):
        Image.fromarray(picture).save(tmp_path / "media" / f"{number}.png")
    with served(tmp_path / "station", **CHOSEN) as live, sync_playwright() as player:
        assert Operator(tmp_path / "station").run("intake", tmp_path / "media", **CHOSEN).code == 0
        browser = player.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        cy, pages = watched(browser), {name: watched(browser) for name in PEOPLE}
        join(cy, live.link, "cy")
        for name, roles in PEOPLE.items():
            join(pages[name], invited(cy, live.url, name, *roles), name)
        read_all(pages["ada"], live.url, ANSWERS, 2)
        read_all(pages["ben"], live.url, {**ANSWERS, "age_band": "KeyR", "capture": "KeyE"}, 2)
        _settle(pages["dee"], live.url)
        browser.close()


def _settle(page: Any, url: str) -> None:
    page.goto(f"{url}/settling/")
    found = complaints(page, "list")
    page.goto(f"{url}/settling/one/")
    found += complaints(page, "idle")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('.question') !== null")
    first = page.locator("[data-item]").get_attribute("data-item")
    assert asked(page) == ["origin", "children[0].age_band"]
    assert page.evaluate(READ) is None
    found += complaints(page, "item")
    page.keyboard.press("Semicolon")
    assert page.locator("details.alike").get_attribute("open") is not None
    page.keyboard.press("Comma")
    found += complaints(page, "item, unfolded")
    page.keyboard.press("Slash")
    page.locator("#help[open]").wait_for()
    found += complaints(page, "keys")
    page.keyboard.press("Escape")
    _choose(page)
    page.keyboard.press("Enter")
    until(page, f"document.querySelector('[data-item]')?.dataset.item !== '{first}'")
    settled(page)
    assert len(asked(page)) == 2
    press(page, "Digit2", "Digit2", "Enter")
    page.locator(".state", has_text="Nothing is in hand").wait_for()
    page.goto(f"{url}/settling/")
    assert page.locator("h2", has_text="Nothing to settle").count() == 1
    assert found == [], found


def _choose(page: Any) -> None:
    """Look while the key is held, take a reader's answer, give another, take that back, say why, and give it again."""
    shown = look(page)
    assert shown["colour"] < SHARP
    page.keyboard.up("Space")
    assert page.evaluate(READ) is None
    press(page, "Digit1")
    assert asked(page) == ["children[0].age_band"]
    press(page, "Digit0")
    press(page, "Digit2")
    assert (asked(page), page.locator(".beside strong", has_text="3 to 6 years").count()) == ([], 1)
    press(page, "Backspace")
    page.keyboard.press("Quote")
    page.keyboard.type("the room is the same, 1 and 2")
    page.keyboard.press("Escape")
    press(page, "Digit0")
    press(page, "Digit5")
    assert page.locator("#settle-why").input_value() == "the room is the same, 1 and 2"
    assert asked(page) == []

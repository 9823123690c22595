"""Settling in a real browser: two read differently, a third chooses by keys alone, and sees the item on asking only."""

import json
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
LEASE_S = 10
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


def clip() -> str:
    """Records of a clip that two read otherwise, the second without a look, and of which they marked other parts."""
    facts = {"assessable": "yes", "depiction": "photographic", "capture": "still", "child_count": 1,
             "adult_visible": "no", "indecent": "yes"}
    child = {"age_band": "7-10", "sex": "girl", "activity": ["posing_nude"], "role": "participant"}
    name = f"{1:064x}"
    read = {"type": "reading", "sha256": name, "children": [child]}
    lines: list[dict[str, Any]] = [
        {"type": "item", "sha256": name, "kind": "video", "first_seen": "2026-01-01T09:00:00Z"},
        {**read, "reader": "ada", "at": "2026-02-01T09:00:00Z", "facts": {**facts, "origin": "self_generated"},
         "segments": [{"from_ms": 0, "to_ms": 9000, "activity": ["posing_nude"]}]},
        {**read, "reader": "ben", "at": "2026-02-02T09:00:00Z", "facts": {**facts, "origin": "other_present"},
         "seconds_visible": 0, "segments": [{"from_ms": 500, "to_ms": 2500, "activity": ["posing_nude"]}]}]
    return "".join(f"{json.dumps(one)}\n" for one in lines)


def test_segments_are_settled_by_key_and_a_lost_item_shows_what_was_chosen_of_it(tmp_path: Path) -> None:
    """Dee chooses, is away for too long, and sees on a page that is whole what she had; Flo, who has it, settles it."""
    path = needs.chromium()
    from playwright.sync_api import sync_playwright

    chosen = {**CHOSEN, "HASHGRADE_LEASE_S": str(LEASE_S)}
    with served(tmp_path / "station", clip(), **chosen) as live, sync_playwright() as player:
        browser = player.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        cy, dee, flo = watched(browser), watched(browser), watched(browser)
        join(cy, live.link, "cy")
        for name, page in {"dee": dee, "flo": flo}.items():
            join(page, invited(cy, live.url, name, "Adjudicator"), name)
            page.goto(f"{live.url}/settling/one/")
        found = _lost(dee, flo)
        press(flo, "Digit1", "Digit3")
        found += complaints(flo, "segments chosen")
        assert flo.locator("tr", has_text="0.5 s to 2.5 s").locator("strong").inner_text() == "Posing, nude"
        press(flo, "Enter")
        flo.locator(".state", has_text="Nothing is in hand").wait_for()
        assert found == [], found
        browser.close()


def _lost(dee: Any, flo: Any) -> list[str]:
    """Dee chooses and gives her reasons; once her time is over Flo takes the item, and Dee acts."""
    dee.keyboard.press("Enter")
    until(dee, "document.querySelector('.question') !== null")
    press(dee, "Digit1")
    assert asked(dee) == ["segments"]
    dee.locator("#settle-why").fill("the same room")
    dee.keyboard.press("Escape")
    found = complaints(dee, "segments asked")
    assert dee.locator("p", has_text="never had the item in view").count() == 1
    dee.wait_for_timeout(1000 * LEASE_S)
    flo.keyboard.press("Enter")
    until(flo, "document.querySelector('.question') !== null")
    press(dee, "Digit2")
    lost = dee.locator(".chosen")
    assert "Your reasons: the same room" in lost.inner_text()
    boxes = [one.bounding_box() for one in lost.locator("table").all()]
    assert all(one["width"] > 1000 for one in boxes), "one below the other, each as wide as the page"
    return found + complaints(dee, "lost")

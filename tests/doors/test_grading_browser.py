"""The grading page in a real browser: keys alone, few of them; nothing in view unasked; nothing lost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests import clips, needs, synth
from tests.doors import pages_reveal
from tests.doors.pages_live import Live, invited, join, served
from tests.doors.station import Operator
from tests.doors.test_serve_browser import watched

pytestmark = pytest.mark.chromium

READ = """() => {
  const board = document.querySelector(".viewer canvas");
  if (!board || board.hidden || board.width < 2) return null;
  const across = board.width, data = board.getContext("2d").getImageData(0, 0, across, board.height).data;
  let edge = 0, colour = 0;
  for (let at = 4; at < data.length; at += 4) {
    edge = Math.max(edge, Math.abs(data[at] - data[at - 4]));
    colour = Math.max(colour, Math.abs(data[at] - data[at + 2]));
  }
  return { edge, colour, across };
}"""
"""What is drawn: the hardest edge between two pixels beside each other, and the strongest colour; null for nothing."""
STORED = """async () => [localStorage.length, (await indexedDB.databases()).length, (await caches.keys()).length,
  Object.entries(sessionStorage)]"""
"""How much the browser keeps of the page where it could: nothing of an item, but htmx's note of where it is."""
SMALL = """() => [...document.querySelectorAll("main :is(button, summary, select, input:not([type=hidden])), .bar a")]
  .filter((one) => one.checkVisibility() && !one.closest(".unseen"))
  .map((one) => [one, (one.closest("label") || one).getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24).map(([one]) => one.outerHTML.slice(0, 120))"""
"""What is harder to hit than WCAG 2.2 allows: under 24 by 24 css pixels."""
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SHARP = 60
KEYS = """window.keys = 0;
document.addEventListener("keydown", (event) => { if (!event.repeat) window.keys += 1; }, true);"""
PICTURES = 14


@dataclass
class Bench:
    """A served workbench with pictures to grade, and a browser in which Ada, an analyst, is signed in."""

    live: Live
    browser: Any
    page: Any
    folder: Path

    def open(self) -> Any:
        """The grading page with an item in hand."""
        self.page.goto(f"{self.live.url}/grading/")
        if self.page.locator(".state [data-code=Enter]").count():
            self.page.keyboard.press("Enter")
        self.page.locator(".question, .done").first.wait_for()
        return self.page


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Pictures are taken in, Cy has invited Ada, and Ada has come."""
    path = needs.chromium()
    from playwright.sync_api import sync_playwright

    folder = tmp_path_factory.mktemp("grading")
    media = folder / "media"
    media.mkdir()
    for number in range(PICTURES):
        Image.fromarray(pages_reveal.marked(number)).save(media / f"{number}.png")
    pixels = np.array(synth.photographs()[0])
    pixels[:, ::40] = 230, 40, 20
    for level in (1, 5, 9):  # the same picture in other bytes: a stack
        Image.fromarray(pixels).save(media / f"stack{level}.png", compress_level=level)
    (media / "clip.mp4").write_bytes(clips.copied(1, clips.Copy()))
    chosen = {"HASHGRADE_PACKS": "uk-ew", "HASHGRADE_NEAR_BITS": "0"}
    with served(folder / "station", **chosen) as live, sync_playwright() as player:
        ran = Operator(folder / "station").run("intake", media, **chosen)
        assert ran.code == 0, ran
        browser = player.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        cy, ada = watched(browser), watched(browser)
        join(cy, live.link, "cy")
        join(ada, invited(cy, live.url, "ada", "Analyst"), "ada")
        ada.add_init_script(KEYS)
        yield Bench(live, browser, ada, media)
        browser.close()


def until(page: Any, true: str) -> None:
    """Wait until an expression is true; the policy forbids the way in which Playwright waits by itself."""
    for _ in range(400):
        if page.evaluate(true):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"{true}; the page says {page.locator('main').inner_text()[:2000]}")


def settled(page: Any) -> None:
    """Wait until the page has said that all is saved."""
    until(page, "document.getElementById('unsaved').textContent === 'All is saved.'")


def press(page: Any, *codes: str) -> None:
    """Press keys, one after another, as somebody who reads the question first."""
    for code in codes:
        page.keyboard.press(code)
        settled(page)


def cleared(page: Any) -> None:
    """Take back every answer to what is in hand."""
    while page.locator(".given [name=at]").count():
        press(page, "Backspace")


def look(page: Any, key: str = "Space") -> Any:
    """Hold the key until something is drawn, and tell what; it stays held."""
    page.keyboard.down(key)
    until(page, "document.querySelector('.viewer.shown') !== null")
    return page.evaluate(READ)


ANSWERS = {"indecent": "Digit1", "age_band": "KeyE", "activity": "Digit0", "origin": "Digit2", "assessable": "Digit1",
           "sex": "Digit1", "capture": "KeyD", "adult_visible": "Digit2", "role": "Digit1"}


def grade(page: Any, preset: str = "KeyQ") -> int:
    """Grade what is in hand as one child, category C, by keys alone; give how many it took, that to look included."""
    before = page.evaluate("window.keys")
    look(page)
    page.keyboard.up("Space")
    press(page, preset)
    for _ in range(20):
        found = page.locator(".question:not([hidden])")
        if not found.count():
            break
        press(page, ANSWERS.get(str(found.get_attribute("data-question")).rpartition(".")[2], "Digit1"))
    shown = page.locator(".verdicts dd").first.inner_text()
    press(page, "Enter")
    assert shown == "C"
    return int(page.evaluate("window.keys") - before)


def test_one_child_of_category_c_takes_at_most_eight_keys(bench: Bench) -> None:
    """Taken, looked at, answered by preset, digits, letters, saved with Enter, the next in hand: counted as pressed."""
    page = bench.open()
    first = page.locator(".viewer").get_attribute("data-sha256")
    keys = grade(page)
    until(page, f"document.querySelector('.viewer')?.dataset.sha256 !== '{first}'")
    assert keys <= 8, f"{keys} keys for one child, category C, uk-ew and the default study profile"
    assert page.evaluate("window.breaches") == []


def test_nothing_is_in_view_without_the_key(bench: Bench) -> None:
    """P3: before, blurred and grey while held, sharp only by choice, and gone on release, blur, and navigation."""
    page = bench.open()
    assert page.evaluate(READ) is None
    first = look(page)
    assert first["edge"] < SHARP
    assert first["colour"] < SHARP
    page.keyboard.up("Space")
    assert page.evaluate(READ) is None
    press(page, "KeyO", "KeyO", "KeyI")
    assert page.evaluate(READ) is None
    sharp = look(page)
    assert sharp["edge"] > SHARP, "a positive control: the reader of the canvas sees what is sharp"
    assert sharp["colour"] > SHARP
    windows = ("blur", "error", "beforeprint", "pagehide", "offline", "unhandledrejection")
    for event in (*(f"window.dispatchEvent(new Event('{name}'))" for name in windows),
                  "document.dispatchEvent(new Event('visibilitychange'))"):
        assert page.evaluate(READ) is not None
        page.evaluate(event)
        assert page.evaluate(READ) is None, event
        page.keyboard.up("Space")
        look(page)
    page.keyboard.press("KeyQ")  # an answer, while the key is held, is another page
    settled(page)
    assert page.evaluate(READ) is None
    page.keyboard.up("Space")
    page.goto(f"{bench.live.url}/")
    page.go_back()
    page.locator(".viewer").wait_for()
    assert page.evaluate(READ) is None
    assert page.evaluate("window.breaches") == []


def test_no_screenshot_has_a_mark_that_nobody_asked_for(
        bench: Bench, record_property: Callable[[str, object], None]) -> None:
    """P3: through the states of the page, in colour and sharp: marks while the key is held, and never else."""
    walk = pages_reveal.Walk(bench.open(), brief=True)
    pages_reveal.through(walk, pages_reveal.SHORT)
    assert (walk.leaks, walk.unseen) == ({}, {})
    record_property("figure", walk.figure)
    assert walk.page.evaluate("window.breaches") == []


@pytest.mark.deep
def test_holding_the_button_shows_too(bench: Bench) -> None:
    """With a pointer, press and hold; leaving the button hides."""
    page = bench.open()
    page.locator(".hold").hover()
    page.mouse.down()
    until(page, "document.querySelector('.viewer.shown') !== null")
    page.mouse.move(5, 5)
    assert page.evaluate(READ) is None
    page.mouse.up()


def test_a_lost_connection_loses_nothing(bench: Bench) -> None:
    """Offline, keys go on answering what is open, and the page says what is unsaved; online, all is sent in order."""
    page = bench.open()
    press(page, "KeyQ")
    before = page.locator(".given [name=at]").count()
    asked = []
    page.context.set_offline(True)
    try:
        for count in (1, 2):
            asked.append(page.locator(".question:not([hidden])").get_attribute("data-question"))
            page.keyboard.press("Digit1")
            until(page, f"document.getElementById('unsaved').textContent.startsWith('{count} not saved yet')")
        assert page.locator("#unsent li").count() == 2
        assert page.evaluate(STORED) == [0, 0, 0, [["htmx-current-path-for-history", "/grading/"]]]
    finally:
        page.context.set_offline(False)
    settled(page)
    assert page.locator("#unsent").is_hidden()
    given = page.locator(".given [name=at]").evaluate_all("(all) => all.map(one => one.value)")
    assert len(set(asked)) == 2
    assert (set(asked) <= set(given), len(given)) == (True, before + 2)
    press(page, *["Backspace"] * 3)
    assert page.locator(".given [name=at]").count() == 0


@pytest.mark.deep
def test_enter_in_a_list_answers_with_what_is_marked(bench: Bench) -> None:
    """With a label marked and its box in focus, Enter gives this label, and never that it cannot be determined."""
    page = bench.open()
    cleared(page)
    press(page, "KeyQ")
    for _ in range(8):
        if page.locator(".question:not([hidden]) [data-several]").count():
            break
        press(page, "Digit1")
    box = page.locator(".question:not([hidden]) [data-code=Digit0]")
    box.focus()
    page.keyboard.press("Space")
    press(page, "Enter")
    assert page.locator(".given li", has_text="Activity").locator("strong").inner_text() == "Nudity only"
    page.evaluate("document.activeElement.blur()")
    cleared(page)


@pytest.mark.deep
def test_a_letter_of_two_answers_is_never_a_preset(bench: Bench) -> None:
    """Where sex is known and age is asked, the letter that gave both gives nothing, and the page says why."""
    page = bench.open()
    cleared(page)
    press(page, "KeyQ")
    _go_to(page, "children[0].sex")
    press(page, "Digit2")
    _go_to(page, "children[0].age_band")
    before = page.locator(".given [name=at]").count()
    press(page, "KeyD")
    assert page.locator(".given [name=at]").count() == before
    assert "only one of the two is open" in page.locator("#hint").inner_text()
    cleared(page)


def _go_to(page: Any, at: str) -> None:
    for _ in range(page.locator(".question").count()):
        if page.locator(".question:not([hidden])").get_attribute("data-question") == at:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{at} is not asked")


@pytest.mark.deep
def test_undo_goes_back_to_the_item_before(bench: Bench) -> None:
    """With nothing to take back, Backspace opens what was saved last; a full stop comes back."""
    page = bench.open()
    cleared(page)
    saved = page.locator(".viewer").get_attribute("data-sha256")
    grade(page)
    until(page, f"document.querySelector('.viewer')?.dataset.sha256 !== '{saved}'")
    here = page.locator(".viewer").get_attribute("data-sha256")
    press(page, "Backspace")
    assert page.locator(".viewer").get_attribute("data-sha256") == saved
    press(page, "Period")
    assert page.locator(".viewer").get_attribute("data-sha256") == here


def test_the_keys_are_shown_and_axe_finds_nothing(bench: Bench) -> None:
    """The help by its key; in both themes, with an item and with the help open, nothing for axe to say."""
    from axe_playwright_python.sync_playwright import Axe

    page = bench.open()
    found = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for step in (None, "Slash"):
            if step:
                page.keyboard.press(step)
                page.locator("#help[open]").wait_for()
            told = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
            found += [f"{theme} {step}: {one['id']} at {one['nodes'][0]['target']}" for one in told]
        page.keyboard.press("Escape")
    page.emulate_media(color_scheme="light")
    assert found == []


def clip_in_hand(bench: Bench) -> Any:
    """The page with the clip in hand."""
    page = bench.open()
    page.get_by_role("button", name="Give back").click()
    settled(page)
    page.goto(f"{bench.live.url}/grading/?kind=video")
    page.keyboard.press("Enter")
    page.locator(".marking").wait_for()
    return page


def any_in_hand(bench: Bench) -> None:
    """Give the clip back, and take whatever is next from now on."""
    bench.page.get_by_role("button", name="Give back").click()
    settled(bench.page)
    bench.page.goto(f"{bench.live.url}/queue/")
    bench.page.get_by_role("button", name="Take the next of these").click()


def test_a_segment_is_marked_at_the_frame_in_view(bench: Bench) -> None:
    """Step to a frame while the key is held, `[`, some frames on, `]`, a label; its start is one key away."""
    page = clip_in_hand(bench)
    look(page)
    frames = []
    for steps in (2, 3):
        for _ in range(steps):
            before = page.locator(".at").inner_text()
            page.keyboard.press("ArrowRight")
            until(page, f"document.querySelector('.at').textContent !== {before!r}")
        frames.append(float(page.locator("#mark-at").input_value()))
        page.keyboard.press("BracketLeft" if len(frames) == 1 else "BracketRight")
        settled(page)
        page.keyboard.up("Space")
        look(page)
    assert 0 < frames[0] < frames[1]
    page.keyboard.up("Space")
    press(page, "Digit1")
    assert page.locator(".parts .times").inner_text().startswith(f"{frames[0]:g} s to {frames[1]:g} s")
    page.keyboard.press("Backslash")
    assert float(page.locator("#mark-at").input_value()) == frames[0]
    assert page.locator("#heard").inner_text() != ""
    press(page, *["Backspace"] * 3)
    assert page.locator(".parts li").count() == 0
    assert page.evaluate("window.breaches") == []
    any_in_hand(bench)


def test_the_pages_reflow_and_can_be_hit_and_need_no_colour(bench: Bench) -> None:
    """At 320 css pixels, which is 1280 at 400%, nothing is over the edge or too small; forced colours lose nothing."""
    page = clip_in_hand(bench)
    press(page, "KeyQ")
    page.locator("#mark-at").fill("0.5")
    press(page, "Enter")
    assert page.locator(".begun").inner_text().startswith("A segment begins at 0.5 s")
    found = []
    for address in ("/grading/", "/account/keys/", "/queue/"):
        page.goto(f"{bench.live.url}{address}")
        for width in (320, 640):
            page.set_viewport_size({"width": width, "height": 450})
            found += [(address, width, one) for one in [page.evaluate(WIDE)] if one > 0]
            found += [(address, width, one) for one in page.evaluate(SMALL)]
    page.set_viewport_size({"width": 1280, "height": 900})
    assert found == []
    page.goto(f"{bench.live.url}/grading/")
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    style = """(one) => [getComputedStyle(one).outlineStyle, getComputedStyle(one).borderLeftStyle,
      getComputedStyle(one, "::before").content]"""
    page.keyboard.press("Tab")
    page.locator(".hold").focus()
    assert page.locator(".hold").evaluate(style)[0] == "solid"
    pressed, free = page.locator("[data-sight=grey]"), page.locator("[data-sight=size]")
    assert (pressed.evaluate(style)[2], free.evaluate(style)[2]) == ('"✓ " / ""', "none")
    assert page.locator(".marking [value=ends]").evaluate(style)[1] == "solid"
    assert page.locator(".commit button").evaluate(style)[1] == "dashed"
    assert page.evaluate("document.getAnimations().length") == 0
    page.emulate_media(forced_colors="none", reduced_motion="no-preference")
    press(page, *["Backspace"] * 2)
    any_in_hand(bench)


@pytest.mark.deep
def test_every_item_by_keyboard_alone_and_never_shown_unasked(bench: Bench) -> None:
    """Stills, a clip and a stack to the last: at most eight keys for one child; in every state nothing unasked."""
    page, states, counts = bench.open(), set(), []
    for _ in range(40):
        if not page.locator(".bench").count():
            break
        state, moves = page.locator(".bench").get_attribute("data-state"), page.locator("[data-step]").count() > 0
        stack = bool(page.locator(".viewer").get_attribute("data-beside"))
        states.add((state, moves, stack))
        assert page.evaluate(READ) is None
        steps = ["ArrowRight", "ArrowRight", "ArrowLeft"] if moves else []
        for step in ("", *steps, *(["KeyP"] if moves or stack else [])):
            shown = look(page)
            if step:
                page.keyboard.press(step)
                page.wait_for_timeout(400)
                shown = page.evaluate(READ)
            assert shown["colour"] < SHARP, (state, step)
            page.keyboard.up("Space")
            assert page.evaluate(READ) is None
        if state == "sheet":
            press(page, "Enter")
        else:
            counts.append(grade(page))
    assert states == {("item", False, False), ("item", True, False), ("item", False, True), ("sheet", False, True)}
    assert max(counts) <= 8, counts
    assert page.locator(".strip li").count() == 10
    assert page.evaluate("window.breaches") == []

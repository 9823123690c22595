"""A day at the grading page in a real browser: twenty items of every kind by keys; server and session give way."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests import clips, needs, synth
from tests.doors.pages import PASSWORD, code
from tests.doors.pages_live import invited, join, serving, serving_again
from tests.doors.pages_reveal import marked
from tests.doors.station import Operator, new
from tests.doors.test_grading_browser import (
    KEYS,
    READ,
    STORED,
    Bench,
    any_in_hand,
    clip_in_hand,
    look,
    press,
    settled,
    until,
)
from tests.doors.test_serve_browser import watched

pytestmark = [pytest.mark.chromium, pytest.mark.deep]

STILLS, DRAWINGS, BROKEN, ITEMS = 10, 3, 2, 20
CHOSEN = {"HASHGRADE_PACKS": "uk-ew", "HASHGRADE_NEAR_BITS": "0"}
PRESETS = {"broken": "KeyJ", "clip": "KeyQ", "still": "KeyQ"}
NOT_SHOWN = "document.querySelector('.what').textContent.startsWith('Not shown')"
SAYS = {
    "photograph": {"indecent": "yes", "age_band": "7-10", "activity": "nudity_only", "origin": "other_present",
                   "sex": "girl", "capture": "still"},
    "drawing": {"depiction": "non_photographic", "child_count": "1", "indecent": "no", "sex": "girl",
                "capture": "still", "origin": "unknown", "age_band": "11-13", "activity": "none"},
    "two": {"depiction": "photographic", "child_count": "2", "indecent": "yes", "sex": "girl", "capture": "recording",
            "origin": "other_present", "age_band": "7-10", "activity": "posing_nude", "adult_visible": "no"},
}
"""What is answered, by what is on the picture."""


@dataclass
class Day(Bench):
    """The bench of a day: the server can be stopped, and started again at the same place."""

    station: Path = Path()
    secrets: dict[str, str] = field(default_factory=dict)
    until_evening: ExitStack = field(default_factory=ExitStack)

    def start_again(self) -> None:
        """Start the server that was stopped."""
        port = int(self.live.url.rpartition(":")[2])
        self.live = self.until_evening.enter_context(serving_again(self.station, port, CHOSEN))


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """Stills, a stack of three, two clips, drawings and files that do not decode wait; Ada and Ben read."""
    path = needs.chromium()
    from playwright.sync_api import sync_playwright

    folder = tmp_path_factory.mktemp("day")
    media, station = folder / "media", folder / "station"
    media.mkdir()
    for number in range(STILLS):
        Image.fromarray(marked(number)).save(media / f"{number}.png")
    for number, picture in enumerate(synth.photographs()[1:DRAWINGS + 1]):
        Image.fromarray(picture).save(media / f"drawing{number}.png")
    for level in (1, 5, 9):  # the same picture in other bytes: a stack
        Image.fromarray(synth.photographs()[0]).save(media / f"stack{level}.png", compress_level=level)
    for number in (1, 2):
        (media / f"clip{number}.mp4").write_bytes(clips.copied(number, clips.Copy(end_ms=6000)))
    for number in range(BROKEN):
        (media / f"broken{number}.png").write_bytes((media / "0.png").read_bytes()[:900 + number])
    new(station)
    with serving(station, **CHOSEN) as live, sync_playwright() as player:
        ran = Operator(station).run("intake", media, **CHOSEN)
        assert ran.code in (0, 1), ran
        browser = player.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        cy, ada, ben = watched(browser), watched(browser), watched(browser)
        join(cy, live.link, "cy")
        made = Day(live, browser, ada, media, station)
        made.secrets = {name: join(page, invited(cy, live.url, name, "Analyst"), name)
                        for name, page in (("ada", ada), ("ben", ben))}
        ada.add_init_script(KEYS)
        with made.until_evening:
            yield made
        browser.close()


def sign_in(page: Any, day: Day, name: str, after: int) -> None:
    """Sign in on a page, with the code of so many half minutes from now."""
    page.goto(f"{day.live.url}/sign-in/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Code").fill(code(after, day.secrets[name]))
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Sign out").wait_for()


def sign_out(page: Any, day: Day) -> None:
    """Sign out on a page."""
    page.goto(f"{day.live.url}/")
    page.get_by_role("button", name="Sign out").click()


def unsaved(page: Any) -> str:
    """What the page says of what is not saved, once it is not saved."""
    until(page, "document.getElementById('unsaved').textContent.includes('not saved yet: ')")
    return str(page.locator("#unsaved").inner_text())


def answered(page: Any) -> int:
    """How many answers are on the screen."""
    return int(page.locator(".given [name=at]").count())


def graded(page: Any, says: dict[str, str]) -> None:
    """Answer what is asked with the keys that the page gives to these answers, then save."""
    for _ in range(30):
        asked = page.locator(".question:not([hidden])")
        if not asked.count():
            break
        two = [asked.get_attribute(f"data-{name}") for name in ("question", "beside")]
        value = " ".join(says.get(at.rpartition(".")[2], "") for at in two if at).strip()
        key = asked.locator(f"[data-code][value={value!r}]" if value else "[data-code]").first
        press(page, key.get_attribute("data-code"))
    press(page, "Enter")


def one_item(page: Any, turn: int) -> tuple[str, int]:
    """Grade what is in hand by keys alone; say what it was, and how many keys it took, that to look included."""
    before = page.evaluate("window.keys")
    if page.locator(".bench").get_attribute("data-state") == "sheet":
        look(page)
        page.keyboard.up("Space")
        press(page, "Enter")
        return "sheet", int(page.evaluate("window.keys") - before)
    moves = page.locator("[data-step]").count() > 0
    page.keyboard.down("Space")
    until(page, "document.querySelector('.viewer.shown') !== null || " + NOT_SHOWN)
    shown, told = page.evaluate(READ) is not None, page.locator(".what").inner_text()
    page.keyboard.up("Space")
    assert page.evaluate(READ) is None
    kind = "broken" if not shown else "clip" if moves else {1: "drawing", 3: "two"}.get(turn % 5, "still")
    assert shown or "DEC-" in told
    if kind in PRESETS:
        press(page, PRESETS[kind])
    graded(page, SAYS.get(kind, SAYS["photograph"]))
    return kind, int(page.evaluate("window.keys") - before)


def test_a_session_that_ended_loses_nothing(day: Day) -> None:
    """What was answered waits, is sent in nobody else's name, and is saved once the same person is there again."""
    page = day.open()
    press(page, "KeyQ")
    had = answered(page)
    page.context.clear_cookies()
    page.keyboard.press("Digit1")
    assert "your session has ended" in unsaved(page)
    assert page.locator("#unsent li").count() == 1
    assert page.locator("#unsent a").is_visible()
    other = page.context.new_page()
    sign_in(other, day, "ben", 1)
    until(page, "document.getElementById('unsaved').textContent.includes('somebody else is signed in')")
    sign_out(other, day)
    sign_in(other, day, "ada", 1)
    settled(page)
    assert answered(page) == had + 1
    look(page)  # its pictures come by the new session too
    page.keyboard.up("Space")
    other.goto(f"{day.live.url}/grading/")
    assert answered(other) == had + 1
    other.close()
    press(page, *["Backspace"] * 2)


def test_axe_finds_nothing_in_any_state_of_a_clip(day: Day) -> None:
    """Asked of a segment, one begun, answers that wait: in both themes and with more contrast."""
    from axe_playwright_python.sync_playwright import Axe

    page, found = clip_in_hand(day), list[str]()

    def looked_at(state: str) -> None:
        for media in ({"color_scheme": "light"}, {"color_scheme": "dark"}, {"contrast": "more"}):
            page.emulate_media(**media)
            told = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
            found.extend(f"{state} {media}: {one['id']} at {one['nodes'][0]['target']}" for one in told)
        page.emulate_media(color_scheme="light", contrast="no-preference")

    for time in ("0.5", "1.5"):
        page.locator("#mark-at").fill(time)
        press(page, "Enter")
    looked_at("asked of a segment")
    page.locator("#mark-at").fill("2")
    press(page, "Enter")
    page.evaluate("document.activeElement.blur()")
    page.context.set_offline(True)
    page.keyboard.press("Digit1")
    unsaved(page)
    looked_at("not saved yet")
    page.context.set_offline(False)
    settled(page)
    looked_at("begun")
    press(page, *["Backspace"] * 4)
    any_in_hand(day)
    assert found == []


def test_a_server_that_starts_again_loses_nothing(day: Day) -> None:
    """What is answered meanwhile is in sight, in no store of the browser, and saved in order as soon as it is back."""
    page = day.open()
    press(page, "KeyQ")
    had = answered(page)
    day.live.stop()
    for _ in range(2):
        page.keyboard.press("Digit1")
        page.wait_for_timeout(200)
    assert unsaved(page).startswith("2 not saved yet: no connection")
    assert page.evaluate(STORED)[:3] == [0, 0, 0]
    day.start_again()
    settled(page)
    assert answered(page) == had + 2
    page.reload()
    assert answered(page) == had + 2
    press(page, *["Backspace"] * 3)


def test_twenty_items_of_every_kind_by_keyboard_alone(day: Day) -> None:
    """At most eight keys for one child of category C, at most fifteen for the hardest; each out of view after."""
    page, counts = day.open(), list[tuple[str, int]]()
    while page.locator(".bench").count() and len(counts) < ITEMS + 2:
        counts.append(one_item(page, len(counts)))
    page.goto(f"{day.live.url}/grading/")
    assert page.evaluate("window.breaches") == []
    kinds = [kind for kind, _ in counts]
    assert {"still", "two", "drawing", "clip", "sheet", "broken"} <= set(kinds), counts
    assert len(kinds) - kinds.count("sheet") + 2 * kinds.count("sheet") >= ITEMS, counts
    assert max(keys for kind, keys in counts if kind == "still") <= 8, counts
    assert max(keys for _, keys in counts) <= 15, counts

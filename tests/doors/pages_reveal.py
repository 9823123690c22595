"""What may happen while an item is hidden or shown, and how much of a marked picture real screenshots have of it.

The marks are two colours in blocks that no page has: where one pixel of either is on a screenshot, the picture was in
view. A state is walked in colour and sharp, which is the worst case; the control is that the marks are there while the
key is held.
"""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests import clips

ROSE, GREEN = (255, 0, 128), (0, 255, 60)
MARGIN = 60
"""How far a pixel may be from a mark's colour, each of red, green and blue, after JPEG and scaling."""


def marked(number: int, width: int = 640, height: int = 360) -> Any:
    """A neutral picture of marks: stripes of the two colours, and a white bar that makes each number another."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:] = np.where((np.arange(width) // 32 % 2 == 1)[:, None], ROSE, GREEN)
    pixels[number * 20 % height:number * 20 % height + 20] = 255
    return pixels


def media(folder: Path, stills: int = 2) -> None:
    """Files of all kinds that are shown in ways of their own, all of marks: stills, a clip, a stack of three."""
    for number in range(stills):
        Image.fromarray(marked(number)).save(folder / f"{number}.png")
    frames = [marked(n, 256, 192) for n in range(12) for _ in range(12)]
    (folder / "a-clip.mp4").write_bytes(clips.encoded(frames, clips.Copy(kbits=1500)))
    for level in (1, 5, 9):  # the same picture in other bytes
        Image.fromarray(marked(17)).save(folder / f"stack{level}.png", compress_level=level)


def marks(picture: bytes) -> int:
    """How many pixels of a screenshot are marks."""
    red, green, blue = np.moveaxis(np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")), 2, 0)
    rose = (red > ROSE[0] - MARGIN) & (green < ROSE[1] + MARGIN) & (blue > ROSE[2] - MARGIN) & (blue < ROSE[2] + MARGIN)
    return int((rose | ((green > GREEN[1] - MARGIN) & (red < GREEN[0] + MARGIN) & (blue < GREEN[2] + MARGIN))).sum())


GONE = "document.querySelector('.viewer.shown') === null"
SAVED = "document.getElementById('unsaved').textContent === 'All is saved.'"


@dataclass
class Walk:
    """A page on its way through its states, and the marks on each screenshot, by the state's name."""

    page: Any
    within: str = ""
    brief: bool = False
    down: bool = False
    hidden: dict[str, int] = field(default_factory=dict)
    shown: dict[str, int] = field(default_factory=dict)

    def nothing(self, state: str) -> None:
        """Nothing may be in view now, whatever key is down."""
        self.hidden[f"{self.within} {state} {len(self.hidden)}"] = marks(self.page.screenshot())

    def something(self, state: str) -> None:
        """It is shown, as somebody asks for it: the control."""
        self.shown[f"{self.within} {state} {len(self.shown)}"] = marks(self.page.screenshot())

    def hold(self, state: str = "held") -> None:
        """Hold the key until it is shown."""
        self.page.keyboard.down("Space")
        self.down = True
        self.until("document.querySelector('.viewer.shown') !== null")
        self.something(state)

    def up(self) -> None:
        """Let the key go."""
        self.page.keyboard.up("Space")
        self.down = False

    def until(self, true: str) -> None:
        """Wait until an expression is true; the policy forbids the way in which Playwright waits by itself."""
        for _ in range(400):
            if self.page.evaluate(true):
                return
            self.page.wait_for_timeout(25)
        said = self.page.locator(".viewer .what").all_inner_texts()
        raise AssertionError(f"after {list(self.hidden)[-1:]} {list(self.shown)[-1:]}: {true}; the page says {said}")

    def away(self, state: str, ends: Callable[["Walk"], object]) -> None:
        """Hold; let something happen; then nothing, however long the key stays down and repeats, nor once it is up."""
        self.hold(f"held until {state}")
        ends(self)
        if self.down:
            if not self.brief:
                self.nothing(state)
            self.page.keyboard.down("Space")  # of a key that is down already: it repeats
            self.page.wait_for_timeout(60)
        self.nothing(f"{state}, key still down" if self.down else state)
        self.up()
        if not self.brief:
            self.nothing(f"{state}, key up")

    @property
    def figure(self) -> str:
        """What was found, in words."""
        seen = len(self.shown) - len(self.unseen)
        return (f"shown unasked: {len(self.leaks)} of {len(self.hidden)} screenshots; "
                f"control: marks on {seen} of {len(self.shown)} while held")

    @property
    def leaks(self) -> dict[str, int]:
        """The states in which there was a mark that nobody asked for."""
        return {state: count for state, count in self.hidden.items() if count}

    @property
    def unseen(self) -> dict[str, int]:
        """The controls that failed: it was asked for, and too little of it was there."""
        return {state: count for state, count in self.shown.items() if count < 500}


def sharp(page: Any) -> None:
    """Let what is shown from now on have its colours, and no blur."""
    if page.locator("[data-sight=grey][aria-pressed=true]").count():
        page.keyboard.press("KeyI")
    for _ in range(2):
        if page.locator("[data-sight=blur] span").inner_text() != "none":
            page.keyboard.press("KeyO")


def fires(where: str, name: str) -> Callable[[Walk], object]:
    """An event, as a browser fires it."""
    return lambda walk: walk.page.evaluate(f"{where}.dispatchEvent(new Event('{name}'))")


def pressing(code: str) -> Callable[[Walk], object]:
    """Another key, on which the desk is swapped for what it is then."""
    def press(walk: Walk) -> None:
        walk.page.keyboard.press(code)
        walk.until(SAVED)

    return press


PICTURE = re.compile(r"/media/(decided/)?$")


@contextmanager
def answered(page: Any, answer: Callable[[Any], object]) -> Iterator[None]:
    """Answer for the server where a picture is asked for."""
    page.route(PICTURE, answer)
    try:
        yield
    finally:
        page.unroute(PICTURE, answer)


def failing(**words: Any) -> Callable[[Walk], object]:
    """The next picture, in colour or not, is something else than a picture; without words the connection breaks."""
    def fail(walk: Walk) -> None:
        with answered(walk.page, lambda route: route.fulfill(**words) if words else route.abort()):
            walk.page.keyboard.press("KeyI")
            walk.until(GONE)
        walk.page.keyboard.press("KeyI")

    return fail


def late(walk: Walk, ends: Callable[[Walk], object], state: str) -> None:
    """What is asked for while the key is down, and comes once it is not, is not shown."""
    asked: list[Any] = []
    with answered(walk.page, lambda route: asked.append(route)):  # noqa: PLW0108 - what is built in is no handler to it
        walk.page.keyboard.down("Space")
        for _ in range(500):
            walk.page.wait_for_timeout(20)
            if asked:
                break
        else:
            page = walk.page.evaluate("[document.hasFocus(), document.activeElement.outerHTML.slice(0, 80)]")
            raise AssertionError(f"{walk.within}: no picture was asked for; in focus, and where: {page}")
        walk.nothing(f"asked for, not come yet, {state}")
        ends(walk)
        asked[0].continue_()
        walk.page.wait_for_timeout(250)
        walk.nothing(f"comes after {state}")
    walk.up()


def another_window(walk: Walk) -> None:
    """Another tab comes to the front; this one has neither the focus nor is it to be seen, until it comes back."""
    page, session = walk.page, walk.page.context.new_cdp_session(walk.page)
    session.send("Emulation.setFocusEmulationEnabled", {"enabled": False})
    other = page.context.new_page()
    other.bring_to_front()
    walk.until("!document.hasFocus()")
    walk.nothing("behind another tab")
    other.close()
    page.bring_to_front()
    walk.until("document.hasFocus()")
    for kind in ("rawKeyDown", "rawKeyDown"):  # the key was never up, and yet its repeats come as if it were pressed
        session.send("Input.dispatchKeyEvent", {"type": kind, "code": "Space", "key": " ", "windowsVirtualKeyCode": 32})
        page.wait_for_timeout(300)
    walk.nothing("back from another tab, the key as if pressed anew")
    session.send("Emulation.setFocusEmulationEnabled", {"enabled": True})
    session.detach()


def offline(walk: Walk) -> None:
    """The line is lost, and comes back."""
    walk.page.context.set_offline(True)
    walk.nothing("offline")
    walk.page.context.set_offline(False)


def printed(walk: Walk) -> None:
    """Print it; and look at it as paper would be, whether or not the page hears of it."""
    walk.page.emulate_media(media="print")
    walk.nothing("as printed, while held")
    walk.page.emulate_media(media="screen")
    assert b"/Subtype /Image" not in walk.page.pdf(), "the paper has a picture"


def left(walk: Walk) -> None:
    """Go elsewhere, and back."""
    walk.page.goto(str(walk.page.evaluate("location.origin")) + "/")
    walk.nothing("elsewhere")
    walk.page.go_back()
    walk.page.locator(".viewer").wait_for()
    walk.until(SAVED)
    sharp(walk.page)


def kept(walk: Walk) -> None:
    """The browser keeps the page for the way back, and brings it back as it was."""
    walk.page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    walk.nothing("kept for the way back")
    with walk.page.expect_navigation():  # it is loaded anew
        walk.page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    walk.page.locator(".viewer").wait_for()
    walk.until(SAVED)
    sharp(walk.page)


def paused(walk: Walk) -> None:
    """Pause by its key, and go on."""
    walk.page.keyboard.press("Escape")
    walk.page.wait_for_url("**/pace/pause/**")
    walk.nothing("paused")
    walk.up()
    walk.page.locator("main form button").first.click()
    walk.page.locator(".viewer").wait_for()
    walk.until(SAVED)
    sharp(walk.page)


def two_at_once(walk: Walk) -> None:
    """The button is held too; the key is let go first."""
    walk.page.locator(".hold").hover()
    walk.page.mouse.down()
    walk.something("by key and by button")
    walk.up()
    walk.nothing("the button still down")
    walk.page.mouse.up()


def resized(walk: Walk) -> None:
    """Another size of window shows nothing more, nor does another theme, once the key is up."""
    walk.up()
    walk.page.set_viewport_size({"width": 700, "height": 900})
    walk.nothing("narrow")
    walk.page.emulate_media(color_scheme="dark", reduced_motion="reduce", forced_colors="active")
    walk.nothing("dark, forced colours")
    walk.page.emulate_media(color_scheme="light", reduced_motion="no-preference", forced_colors="none")
    walk.page.set_viewport_size({"width": 1000, "height": 750})


def opened(code: str) -> Callable[[Walk], object]:
    """A part of the page that opens by its key, and closes by it."""
    def press(walk: Walk) -> None:
        walk.page.keyboard.press(code)
        walk.up()
        walk.nothing("opened")
        walk.page.keyboard.press(code)

    return press


def asked_for_help(walk: Walk) -> None:
    """The keys are shown over it, and closed again."""
    walk.page.keyboard.press("Slash")
    walk.page.locator("#help[open]").wait_for()
    walk.up()
    walk.nothing("the keys are shown")
    walk.page.keyboard.press("Escape")


def signed_out(walk: Walk) -> None:
    """The session has ended somewhere else; the next word to the ledger finds out."""
    cookies = walk.page.context.cookies()
    walk.page.context.clear_cookies()
    walk.until(GONE)
    walk.nothing("the session has ended")
    walk.page.context.add_cookies(cookies)


def unreachable(walk: Walk) -> None:
    """Nothing reaches the server, and no event says so."""
    walk.page.route("**/media/told/", lambda route: route.abort())
    walk.until(GONE)
    walk.nothing("the server is gone")
    walk.page.unroute("**/media/told/")


SHORT: dict[str, Callable[[Walk], object]] = {
    "let go": Walk.up, "another tab": another_window, "offline": offline, "printed": printed,
    "the picture fails": failing(), "answered": pressing("KeyQ"), "undone": pressing("Backspace"), "left": left,
}
"""What ends a look, in a few seconds of a browser's time."""
ALL: dict[str, Callable[[Walk], object]] = SHORT | {
    "blur": fires("window", "blur"), "two at once": two_at_once, "paused": paused, "kept": kept,
    "error": fires("window", "error"), "rejection": fires("window", "unhandledrejection"),
    "hidden": fires("document", "visibilitychange"), "frozen": fires("document", "freeze"),
    "leaving": fires("window", "beforeunload"), "printing": fires("window", "beforeprint"),
    "the picture is refused": failing(status=403, body='{"code":"GRD-05","what":"enough"}'),
    "a page instead": failing(status=200, content_type="text/html", body="<h1>Sign in</h1>"),
    "half a picture": failing(status=200, content_type="image/jpeg", headers={"X-At-Ms": "[]"}, body=b"\xff\xd8\xff"),
    "redone": pressing("Period"), "reasons": opened("Comma"), "skip": opened("KeyK"),
    "resized": resized, "help": asked_for_help, "signed out": signed_out, "unreachable": unreachable,
}


DESK: tuple[str, ...] = ("answered", "undone", "redone", "reasons", "skip", "paused", "left", "kept", "help")
"""States that take the desk of one who grades."""


def through(walk: Walk, states: dict[str, Callable[[Walk], object]]) -> None:
    """Walk a page that has an item in hand through all of these."""
    # The browser asks the test for every picture: where that begins with the one that matters, it can come too late.
    with answered(walk.page, lambda route: route.continue_()):
        _through(walk, states)


def _through(walk: Walk, states: dict[str, Callable[[Walk], object]]) -> None:
    sharp(walk.page)
    walk.nothing("before")
    walk.page.keyboard.press("Tab")
    walk.nothing("the focus elsewhere")
    walk.page.evaluate("document.activeElement.blur()")
    for state, ends in states.items():
        walk.away(state, ends)
    late(walk, Walk.up, "it was let go")
    if not walk.brief:
        late(walk, fires("window", "blur"), "the focus is lost")

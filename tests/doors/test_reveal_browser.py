"""Every state in which an item may be hidden or shown, in a real browser, by its screenshots; and what stays behind.

The short walk is in test_grading_browser.py. A page that shows items in a way of its own is one more of `kinds`.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests import needs
from tests.doors import pages_reveal
from tests.doors.pages_live import Live, invited, join, served
from tests.doors.pages_reveal import ALL, SAVED, Walk
from tests.doors.station import Operator
from tests.doors.test_serve_browser import watched

pytestmark = [pytest.mark.chromium, pytest.mark.deep, pytest.mark.timeout(1800)]

CHOSEN = {"HASHGRADE_PACKS": "uk-ew", "HASHGRADE_NEAR_BITS": "0", "HASHGRADE_READINGS_WANTED": "1",
          "HASHGRADE_PACE__REVEALED_S": "0", "HASHGRADE_PACE__BREAK_AFTER_MIN": "0"}


@dataclass
class Desk:
    """A served workbench; Ada reads, Cat settles, Lea is counsel. Ada's browser keeps its files in `profile`."""

    live: Live
    ada: Any
    cat: Any
    lea: Any
    profile: Path
    names: list[str]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Marked media of all kinds are taken in; readers differ on the first, and one reading decides each other one."""
    path = needs.chromium()
    from playwright.sync_api import sync_playwright

    folder = tmp_path_factory.mktemp("reveal")
    (folder / "media").mkdir()
    pages_reveal.media(folder / "media", 4)
    names = [sha256((folder / "media" / f"{n}.png").read_bytes()).hexdigest() for n in range(4)]
    (folder / "read.jsonl").write_text(read(names[0], eve="yes", fay="no") + read(names[1], eve="no"))
    with served(folder / "station", **CHOSEN) as live, sync_playwright() as player:
        ran = Operator(folder / "station").run("intake", folder / "media", **CHOSEN)
        assert ran.code == 0, ran
        ran = Operator(folder / "station").run("records", "import", folder / "read.jsonl", **CHOSEN)
        assert ran.code == 0, ran
        args: dict[str, Any] = {"executable_path": path, "args": ["--no-sandbox", "--disable-gpu"]}
        browser = player.chromium.launch(**args)
        size: Any = {"width": 1000, "height": 750}
        own = player.chromium.launch_persistent_context(folder / "profile", viewport=size, **args)
        cy, ada, cat, lea = watched(browser), own.new_page(), watched(browser), watched(browser)
        join(cy, live.link, "cy")
        for page, name, role in ((ada, "ada", "Analyst"), (cat, "cat", "Adjudicator"), (lea, "lea", "Legal")):
            join(page, invited(cy, live.url, name, role), name)
        yield Desk(live, ada, cat, lea, folder / "profile", names)
        browser.close()


def read(name: str, **readers: str) -> str:
    """Readings as lines, each of whether it is indecent."""
    return "".join(json.dumps({
        "type": "reading", "sha256": name, "reader": reader, "at": "2026-01-02T09:00:00Z", "seconds_visible": 1,
        "facts": {"assessable": "yes", "indecent": said}, "children": []}) + "\n" for reader, said in readers.items())


def in_hand(desk: Desk) -> Any:
    """The grading page with an item in hand, or None when all are read."""
    page = desk.ada
    page.goto(f"{desk.live.url}/grading/")
    if page.locator(".state [data-code=Enter]").count():
        page.keyboard.press("Enter")
        page.locator(".viewer, #said").first.wait_for()
    return page if page.locator(".viewer").count() else None


def kind(page: Any) -> str:
    """What is in hand."""
    moves, stack = page.locator("[data-step]").count() > 0, page.locator(".viewer").get_attribute("data-beside")
    return f"{page.locator('.bench').get_attribute('data-state')}{' clip' if moves else ''}{' stack' if stack else ''}"


def graded(page: Any) -> None:
    """Save it, by what answers least; a sheet as it is."""
    walk = Walk(page)
    for _ in range(30):
        found = page.locator(".question:not([hidden]) button[data-code]")
        if not found.count():
            break
        found.first.click()
        walk.until(SAVED)
    page.keyboard.press("Enter")
    walk.until(SAVED)


def test_every_kind_of_item_through_every_state(desk: Desk, record_property: Callable[[str, object], None]) -> None:
    """Stills, a clip as its sheet and by frames, a stack and its sheet, and one saved that is opened again."""
    walks: dict[str, Walk] = {}
    for _ in range(12):
        page = in_hand(desk)
        if page is None:
            break
        here = kind(page)
        if here not in walks:
            walks[here] = Walk(page, here)
            states = {name: one for name, one in ALL.items() if "sheet" not in here or name not in IN_ITEMS}
            if here != "item":  # what the events of a browser do is the same for all kinds
                states = {name: one for name, one in states.items() if name not in EVENTS}
            pages_reveal.through(walks[here], states)
            if "clip" in here:
                frames(walks[here])
        graded(in_hand(desk))
    page = desk.ada
    page.goto(f"{desk.live.url}/grading/")
    page.locator(".strip button").first.click()
    page.locator(".viewer").wait_for()
    walks["again"] = Walk(page, "again")
    pages_reveal.through(walks["again"], {name: one for name, one in ALL.items() if name not in LEAVES})
    assert set(walks) == {"item", "item clip", "item stack", "sheet stack", "again"}
    together(walks.values(), record_property)


IN_ITEMS = {"answered", "undone", "redone", "reasons", "skip"}
EVENTS = {"error", "rejection", "frozen", "leaving", "printing", "a page instead", "half a picture", "resized"}
LEAVES = {"left", "kept", "paused", "undone", "redone"}
"""States after which the item in hand is on the page again, not the one that was opened again."""


def test_what_is_settled_is_hidden_likewise(desk: Desk, record_property: Callable[[str, object], None]) -> None:
    """The page of a settlement, through every state but those that no settlement has."""
    page = desk.cat
    page.goto(f"{desk.live.url}/settling/one/")
    page.keyboard.press("Enter")
    page.locator(".viewer").wait_for()
    walk = Walk(page, "settlement")
    pages_reveal.through(walk, {name: one for name, one in ALL.items() if name not in IN_ITEMS - {"undone", "redone"}})
    together([walk], record_property)


def test_what_is_decided_is_hidden_likewise(desk: Desk, record_property: Callable[[str, object], None]) -> None:
    """The page of an item's history: nothing without a reason, nothing once it is changed, or its part closed."""
    page = desk.lea
    page.goto(f"{desk.live.url}/items/{desk.names[1]}/")
    walk = Walk(page, "decided")
    walk.nothing("closed")
    page.locator("details.reveal summary").click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.down("Space")
    page.wait_for_timeout(300)
    walk.nothing("without a reason")
    page.keyboard.up("Space")
    page.locator("#reveal-why").fill("asked by the police")
    page.evaluate("document.activeElement.blur()")
    states = {name: one for name, one in ALL.items() if name not in pages_reveal.DESK}
    pages_reveal.through(walk, states | {"closed": closed})
    together([walk], record_property)


def closed(walk: Walk) -> None:
    """The part of the page is closed, and opened again."""
    walk.page.evaluate("document.querySelector('details.reveal').open = false")
    walk.nothing("its part closed")
    walk.page.evaluate("document.querySelector('details.reveal').open = true")


def frames(walk: Walk) -> None:
    """Step by frames, each while the key is held; nothing between."""
    for code in ("ArrowRight", "ArrowRight", "ArrowLeft", "KeyP"):
        walk.page.keyboard.press(code)
        walk.nothing(f"after {code}")
        walk.hold(code)
        walk.page.keyboard.press(code)
        walk.page.wait_for_timeout(300)
        walk.something(f"{code} while held")
        walk.up()
        walk.nothing(f"{code} let go")


LATE = """(() => {
  const now = Date.now, day = 864e5, since = performance.now.bind(performance);
  Date.now = () => now() + day;
  performance.now = () => since() + day;
})();"""


def test_a_browser_with_a_wrong_clock_looks_as_long_as_it_looks(desk: Desk) -> None:
    """A day late, the item is shown while the key is held, and the day of who looked is longer by some seconds."""
    def seconds() -> int:
        told = page.request.get(f"{desk.live.url}/pace/today.csv").text().splitlines()
        return int(next(line.split(",")[1] for line in told if line.startswith("In view,")))

    page = desk.lea
    page.keyboard.up("Space")
    before = seconds()
    page.add_init_script(LATE)
    page.goto(f"{desk.live.url}/items/{desk.names[1]}/")
    page.locator("details.reveal summary").click()
    page.locator("#reveal-why").fill("asked by the police")
    page.evaluate("document.activeElement.blur()")
    pages_reveal.sharp(page)
    walk = Walk(page, "late")
    walk.hold()
    page.wait_for_timeout(1500)
    walk.up()
    walk.nothing("let go")
    page.wait_for_timeout(300)
    assert 1 <= seconds() - before <= 60
    assert (walk.leaks, walk.unseen) == ({}, {})


KEPT = r"""async () => {
  const drawn = (one) => one.getContext("2d").getImageData(0, 0, one.width, one.height).data.some(Boolean);
  const all = (what) => [...document.querySelectorAll(what)], bytes = /^(blob|data):|JFIF|\/9j\//;
  const named = performance.getEntriesByType("resource").map((one) => one.name);
  return {
    caches: (await caches.keys()).length, databases: (await indexedDB.databases()).length,
    pictures: all("img, video, object, embed, [style*=url]").length,
    blobs: named.filter((one) => bytes.test(one)).length,
    canvas: all("canvas").filter(drawn).length,
    strings: Object.values({ ...localStorage, ...sessionStorage }).filter((one) => bytes.test(one)).length };
}"""


def test_nothing_stays_behind(desk: Desk) -> None:
    """After looks: no data in any store of the browser, no picture in its files; the control is that it keeps files."""
    page = desk.ada
    page.goto(f"{desk.live.url}/grading/")
    kept = page.evaluate(KEPT)
    assert kept == dict.fromkeys(kept, 0)
    page.context.close()
    found = [one.read_bytes() for one in desk.profile.rglob("*") if one.is_file() and one.stat().st_size < 50_000_000]
    assert any(b"/static/css/workbench.css" in one for one in found), "the control: what may be kept is found"
    assert [name for name in (b"JFIF", b"/media/") if any(name in one for one in found)] == []


def together(walks: Any, record_property: Callable[[str, object], None]) -> None:
    """No leak in any, every control there, and the figure of all."""
    whole = Walk(None)
    for one in walks:
        assert (one.leaks, one.unseen) == ({}, {})
        whole = replace(whole, hidden=whole.hidden | one.hidden, shown=whole.shown | one.shown)
    record_property("figure", whole.figure)

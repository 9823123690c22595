"""`make gallery`: take a picture of the workbench's pages, in both themes, on a synthetic station; for review.

The station is that of `hashgrade demo`; everybody who comes in is invited as their administrator would. Each picture
is `docs/pictures/workbench/NAME.THEME.webp`, and `docs/gallery.md` says what is to be seen.
"""

import io
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from PIL import Image

from tests import needs
from tests.doors.pages import PASSWORD
from tests.doors.pages_live import Live, invited, join, serving
from tests.doors.station import Operator

DOCS = Path(__file__).parents[1] / "docs"
PICTURES = DOCS / "pictures" / "workbench"
THEMES = ("light", "dark")
ORDER = {
    "HASHGRADE_QUEUE_RULES": '[{"name": "taken in here", "when": {"first_seen": {"over": "2026-01-01"}}, '
                             '"points": 10000, "why": "there is a picture to see"}]',
    "HASHGRADE_SECONDS_A_POINT": "36000"}
SIZE = {"width": 1280, "height": 860}
PEOPLE: Final[Mapping[str, str]] = {
    "ada": "Analyst", "eve": "Adjudicator", "fay": "Legal", "gus": "Researcher", "hal": "Operator", "ida": "Auditor"}
"""Who is invited, and as what; Cy is the administrator."""


def shown(page: Any) -> None:
    """Take a card, and hold the key until its picture is there."""
    taken(page)
    page.keyboard.down("Space")
    page.locator(".viewer.shown").wait_for()


def taken(page: Any) -> None:
    """Take a card."""
    if page.locator(".state [data-code=Enter]").count():
        page.keyboard.press("Enter")
    page.locator(".question").first.wait_for()


def helped(page: Any) -> None:
    """Let go, and ask for the keys."""
    taken(page)
    page.keyboard.press("Shift+Slash")
    page.locator("dialog[open]").wait_for()


@dataclass(frozen=True)
class Shot:
    """A picture: its name, what it is of, what is to be seen, in whose window, where, and what is done there first."""

    name: str
    title: str
    seen: str
    who: str
    address: str
    first: Callable[[Any], None] | None = None


SHOTS: Final = (
    Shot("grading", "Grading", "Nothing is in view until a key is held. What is known of the item stands beside it; "
         "questions come one at a time, and the verdicts of the packs in use narrow as they are answered.",
         "ada", "/grading/", taken),
    Shot("revealed", "While the key is held", "The item, here a texture, in grey and blurred as the analyst chose. "
         "It is gone when the key is let go, and whenever the window is left.", "ada", "/grading/", shown),
    Shot("keys", "The keys at hand", "What each key does at this moment.", "ada", "/grading/", helped),
    Shot("queue", "The queue", "What waits, in the order in which it is dealt, and why.", "ada", "/queue/"),
    Shot("pace", "Your pace", "What one had in view today, and what the limits are.", "ada", "/pace/"),
    Shot("status", "Status", "What runs, what is in force, what is on file.", "hal", "/status/"),
    Shot("accounts", "Accounts", "Who comes in, with which roles.", "cy", "/accounts/"),
)


@dataclass(frozen=True)
class Windows:
    """A window for each person, all of one browser."""

    live: Live
    of: Mapping[str, Any]

    def take(self, shot: Shot) -> None:
        """Take a picture in each theme."""
        page = self.of[shot.who]
        for theme in THEMES:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.goto(f"{self.live.url}{shot.address}")
            if "/prove/?" in page.url:
                page.get_by_label("Password").fill(PASSWORD)
                page.get_by_role("button", name="Go on").click()
            if shot.first:
                shot.first(page)
            picture = Image.open(io.BytesIO(page.screenshot()))
            page.keyboard.up("Space")
            picture.convert("RGB").save(PICTURES / f"{shot.name}.{theme}.webp", quality=70, method=6)


def page_of(shots: tuple[Shot, ...] = SHOTS) -> str:
    """The page of the documentation that shows them."""
    parts = ["# The workbench in pictures\n\nEvery picture is of synthetic records and textures; `make gallery` takes "
             "them anew. Each page follows the theme of the reader's system.\n"]
    for shot in shots:
        pictures = "\n".join(f"![{shot.title}, {theme}](pictures/{PICTURES.name}/{shot.name}.{theme}.webp)"
                             for theme in THEMES)
        parts.append(f"## {shot.title}\n\n{shot.seen}\n\n{pictures}\n")
    return "\n".join(parts)


def main(names: list[str]) -> None:
    """Take the pictures of these names, or all, and write the page."""
    import django
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_SETTINGS_MODULE"] = "hashgrade.serve.settings"  # for the codes of the authenticator
    django.setup()
    PICTURES.mkdir(parents=True, exist_ok=True)
    wanted = [shot for shot in SHOTS if not names or shot.name in names]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="hashgrade-")))
        assert Operator(folder / "station").run("demo").code == 0
        live = stack.enter_context(serving(folder / "station", **ORDER))
        player = stack.enter_context(sync_playwright())
        browser = player.chromium.launch(executable_path=needs.chromium(), args=["--no-sandbox", "--disable-gpu"])
        of = {name: browser.new_context(viewport=SIZE).new_page() for name in ("cy", *PEOPLE)}
        join(of["cy"], live.link, "cy")
        for name, role in PEOPLE.items():
            join(of[name], invited(of["cy"], live.url, name, role), name)
        for shot in wanted:
            Windows(live, of).take(shot)
        browser.close()
    (DOCS / "gallery.md").write_text(page_of())


if __name__ == "__main__":
    main(sys.argv[1:])

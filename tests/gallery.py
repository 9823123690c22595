"""`make gallery`: take a picture of the workbench's pages, in both themes, on a synthetic station; for review.

The station is that of `hashgrade demo`; everybody who comes in is invited as their administrator would. Each picture
is `docs/pictures/workbench/NAME.THEME.webp`; `docs/gallery.md`, written like the reference, says what is to be seen.
"""

import io
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from PIL import Image

from tests import needs

DOCS = Path(__file__).parents[1] / "docs"
PICTURES = DOCS / "pictures" / "workbench"
THEMES = ("light", "dark")
SIZE: Any = {"width": 1280, "height": 860}
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


def paired(page: Any) -> None:
    """Say that there is one child, and go on to the question whose letters answer two."""
    taken(page)
    if not page.locator(".given li").count():
        page.keyboard.press("KeyQ")
        page.locator(".given li").first.wait_for()
    for _ in range(page.locator(".question").count()):
        if page.locator(".question:not([hidden]) .pad").count():
            return
        page.keyboard.press("ArrowDown")


def settled(page: Any) -> None:
    """Take an item to settle."""
    if (take := page.get_by_role("button", name="Settle the next of these")).count():
        take.click()
    else:
        page.goto(page.url.replace("/settling/", "/settling/one/"))


def worked(page: Any) -> None:
    """Have the figures worked out, and wait until they are."""
    if (button := page.get_by_role("button", name="Work them out", exact=True)).count():
        button.click()
    until(page, lambda: not page.get_by_role("link", name="Look again").count())


def ran(page: Any) -> None:
    """Have a report made, where none was, and open it."""
    if not page.locator("tbody tr").count():
        page.get_by_role("link", name="Studies", exact=True).last.click()
        page.get_by_role("link", name="Captures of live-streamed").click()
        page.get_by_role("button", name="Run the study").click()
        page.goto(page.url.split("/studies/")[0] + "/studies/reports/")
    until(page, page.locator("tbody tr").count)
    page.locator("tbody tr a").first.click()


def looked(page: Any) -> None:
    """Have the watch look."""
    if not page.get_by_role("link", name="Read it with its charts").count():
        page.get_by_role("button", name="Look at the records as they are now").click()
        page.goto(page.url.split("/studies/")[0] + "/studies/watch/")
    until(page, page.get_by_role("link", name="Read it with its charts").count)


def until(page: Any, true: Callable[[], Any]) -> None:
    """Load a page again until something is so."""
    for _ in range(100):
        if true():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(page.locator("main").inner_text()[:2000])


def asked(page: Any) -> None:
    """Ask for the digest that the address ends with, and for one that nobody knows."""
    page.locator("textarea").fill(f"{page.url.partition('#')[2]}\n{'0' * 64}\n")
    page.get_by_role("button", name="Search").click()


@dataclass(frozen=True)
class Shot:
    """A picture: its name, what it is of, what is to be seen, in whose window, where, and what is done there first."""

    name: str
    title: str
    seen: str
    who: str
    address: str
    first: Callable[[Any], object] | None = None


SHOTS: Final = (
    Shot("home", "The first page", "Each role sees its own places, and nothing else.", "eve", "/"),
    Shot("grading", "Grading", "Nothing is in view until a key is held. What is known of the item stands beside it; "
         "questions come one at a time, and the verdicts of the packs in use narrow as they are answered.",
         "ada", "/grading/", taken),
    Shot("revealed", "While the key is held", "The item, here a texture, in grey and blurred as the analyst chose. "
         "It is gone when the key is let go, and whenever the window is left.", "ada", "/grading/", shown),
    Shot("keys", "The keys at hand", "What each key does.", "ada", "/grading/", helped),
    Shot("two-answers", "Two answers with one key", "The digit says the age; the letter in the row says who is of that "
         "age. Both answers stand on the page before anything is saved.", "ada", "/grading/", paired),
    Shot("own-keys", "One's own keys", "Keys are set by pressing them, by position; two acts never share one.",
         "ada", "/account/keys/"),
    Shot("queue", "The queue", "What waits, in the order in which it is dealt, and why.", "ada", "/queue/"),
    Shot("pace", "Your pace", "What one had in view today, and what the limits are.", "ada", "/pace/"),
    Shot("drift", "Your drift", "A reader's own readings of items settled before; nobody else sees them first.",
         "ada", "/drift/"),
    Shot("settling", "Settling", "Items whose readers differ, for somebody who read none of them.",
         "eve", "/settling/"),
    Shot("settle", "One item to settle", "Labels first: the readings beside each other by fact, by readers without "
         "a name, and on what a verdict turns. Media only on request.", "eve", "/settling/", settled),
    Shot("quality", "Quality", "How far readers agree, with intervals and without a name.", "eve", "/quality/", worked),
    Shot("second", "Second readings", "What waits to be read again, and by which rule.", "eve", "/second/"),
    Shot("history", "The history of an item", "Who saw it, which facts they gave, which text of which pack said what.",
         "fay", "/items/KNOWN/"),
    Shot("search", "Search", "By digest, by address, or by a file that is matched and not kept.",
         "hal", "/search/#KNOWN", asked),
    Shot("lists", "Lists", "Editions of the station's own lists, and what others claim.", "hal", "/lists/"),
    Shot("edition", "An edition", "What it holds, under which law it was made, whether it proves true.",
         "hal", "/lists/own/uk-classified/1/"),
    Shot("studies", "Studies", "What can be counted, and what was.", "gus", "/studies/"),
    Shot("report", "A report", "What it was made from, whether it comes out the same, whether it is published.",
         "gus", "/studies/reports/", ran),
    Shot("watch", "The watch", "What rose, with its evidence.", "gus", "/studies/watch/", looked),
    Shot("law", "The law in use", "Each pack, its text in force, what is proposed.", "fay", "/law/"),
    Shot("pack", "A pack", "Its outcomes and rules in words beside their sources, and its texts through time.",
         "fay", "/law/uk-ew/"),
    Shot("audit", "The audit log", "Who changed what, when and why; each entry proves that it is in the log.",
         "ida", "/audit/"),
    Shot("check", "Whether the log is whole", "Every entry is hashed again, in the background.",
         "ida", "/audit/check/"),
    Shot("status", "Status", "What runs, what is in force, what is on file, and whether it is well.",
         "hal", "/status/"),
    Shot("accounts", "Accounts", "Who comes in, with which roles.", "cy", "/accounts/"),
)


@dataclass(frozen=True)
class Windows:
    """A window for each person, all of one browser."""

    url: str
    known: str
    of: Mapping[str, Any]

    def take(self, shot: Shot) -> None:
        """Take a picture in each theme."""
        page = self.of[shot.who]
        for theme in THEMES:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.goto(f"{self.url}{shot.address}".replace("KNOWN", self.known))
            if shot.first:
                shot.first(page)
                page.wait_for_load_state("networkidle")
            picture = Image.open(io.BytesIO(page.screenshot()))
            page.keyboard.up("Space")
            picture.convert("RGB").save(PICTURES / f"{shot.name}.{theme}.webp", quality=70, method=6)


def page() -> str:
    """The page of the documentation that shows them."""
    parts = ["# The workbench in pictures\n\nEvery picture is of synthetic records and textures; `make gallery` takes "
             "them anew. Each page follows the theme of the reader's system.\n"]
    for shot in SHOTS:
        pictures = "\n".join(f"![{shot.title}, {theme}](pictures/{PICTURES.name}/{shot.name}.{theme}.webp)"
                             for theme in THEMES)
        parts.append(f"## {shot.title}\n\n{shot.seen}\n\n{pictures}\n")
    return "\n".join(parts)


def main(names: list[str]) -> None:
    """Take the pictures of these names, or all."""
    from playwright.sync_api import sync_playwright

    from tests.doors.pages_live import invited, join, serving
    from tests.doors.station import Operator

    PICTURES.mkdir(parents=True, exist_ok=True)
    wanted = [shot for shot in SHOTS if not names or shot.name in names]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="hashgrade-")))
        assert Operator(folder / "station").run("demo").code == 0
        live = stack.enter_context(serving(folder / "station"))
        player = stack.enter_context(sync_playwright())
        browser = player.chromium.launch(executable_path=needs.chromium(), args=["--no-sandbox", "--disable-gpu"])
        of = {name: browser.new_context(viewport=SIZE).new_page() for name in ("cy", *PEOPLE)}
        join(of["cy"], live.link, "cy")
        known = (folder / "station/lists/uk-classified/1/hashes.csv").read_text().split("\n")[1].split(",")[0]
        for name, role in PEOPLE.items():
            join(of[name], invited(of["cy"], live.url, name, role), name)
        for shot in wanted:
            Windows(live.url, known, of).take(shot)
        browser.close()


if __name__ == "__main__":
    import tests.conftest  # noqa: F401 - starts Django, for the codes of the authenticator

    main(sys.argv[1:])

"""The workbench in a real browser: first run, signing in, the content policy, keyboard, width, contrast."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests import needs
from tests.doors.pages import PASSWORD, code
from tests.doors.pages_live import PLACES, READERS_PLACES, RULES, WATCH, Live, invited, join, lines, served

pytestmark = pytest.mark.chromium


@dataclass
class Desk:
    """A running workbench, a browser at it in which Cy, its administrator, is signed in, and everybody's secrets.

    In another window Ada is, who reads and settles.
    """

    live: Live
    browser: Any
    page: Any
    reader: Any
    secrets: dict[str, str]

    @property
    def places(self) -> Iterator[tuple[Any, str, str]]:
        """Every page that an address alone leads to: in whose window, its name, where it is."""
        for window, places in ((self.page, PLACES), (self.reader, READERS_PLACES)):
            for name, address in places:
                yield window, name, f"{self.live.url}{address}"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The first administrator has come, and Ada; 60 items wait."""
    path = needs.chromium()
    from playwright.sync_api import sync_playwright

    station = tmp_path_factory.mktemp("bench") / "station"
    with served(station, lines(), HASHGRADE_QUEUE_RULES=RULES) as live, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page, reader = watched(browser), watched(browser)
        secrets = {"cy": join(page, live.link, "cy")}
        secrets["ada"] = join(reader, invited(page, live.url, "ada", "Analyst", "Adjudicator"), "ada")
        yield Desk(live, browser, page, reader, secrets)
        browser.close()
        assert live.stop() == 0, "Ctrl-C ends it, whatever is open"
        assert live.process.stderr
        assert "Traceback" not in live.process.stderr.read()


def watched(browser: Any, **options: Any) -> Any:
    """A window of its own that notes every breach of the content policy."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}, **options).new_page()
    page.add_init_script(WATCH)
    return page


def sign_in(page: Any, desk: Desk, name: str, after: int = 0) -> None:
    page.goto(f"{desk.live.url}/sign-in/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Code").fill(code(after, desk.secrets[name]))
    page.get_by_role("button", name="Go on").click()


def proved(page: Any, address: str) -> None:
    """Go to an address, giving the password where it asks for it."""
    page.goto(address)
    if "/prove/?" in page.url and "/prove/" not in address:
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()


def test_the_first_administrator_is_in(desk: Desk) -> None:
    """The link from the terminal led Cy to the first page, and it works no more."""
    desk.page.goto(desk.live.url)
    assert desk.page.get_by_role("heading", level=1).inner_text() == "Good to have you, cy"
    other = watched(desk.browser)
    assert other.goto(desk.live.link).status == 403


def test_signing_in_takes_the_keyboard_alone(desk: Desk) -> None:
    """Type, tab and enter, from the address to the first page: no pointer."""
    page = watched(desk.browser)
    page.goto(f"{desk.live.url}/sign-in/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/factor/")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type(code(0, desk.secrets["ada"]))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{desk.live.url}/")
    assert page.get_by_role("heading", level=1).inner_text() == "Good to have you, ada"


def test_a_passkey_is_enough(desk: Desk) -> None:
    """Added with a virtual authenticator, it signs in by itself: held and unlocked, it is both factors."""
    page = watched(desk.browser)
    sign_in(page, desk, "cy")
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True}})
    proved(page, f"{desk.live.url}/account/factors/passkey/")
    page.get_by_label("It is enough by itself").check()
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url("**/account/")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{desk.live.url}/")
    assert page.evaluate("window.breaches") == []


def test_htmx_swaps_and_nothing_else_does(desk: Desk) -> None:
    """With Trusted Types required, htmx's swap works; the same text by any other way is refused by the browser."""
    desk.page.goto(desk.live.url)
    desk.page.evaluate("htmx.ajax('GET', '/status/', {target: '#main', swap: 'innerHTML', select: '#main > *'})")
    desk.page.get_by_role("heading", name="Audit log").wait_for()
    assert desk.page.evaluate("window.breaches") == []
    tries = ["document.body.innerHTML = '<b>x</b>'", "document.write('<b>x</b>')",
             "new DOMParser().parseFromString('<b>x</b>', 'text/html')", "Document.parseHTMLUnsafe('<b>x</b>')",
             "trustedTypes.createPolicy('another', {createHTML: text => text})", "eval('1')", "new Function('1')()",
             "document.body.insertAdjacentHTML('beforeend', '<b>x</b>')"]
    # In a task of the page's own: what `evaluate` runs itself is let off the policy on `eval`.
    alone = "() => new Promise((done) => setTimeout(() => {{ try {{ {}; done(false) }} catch {{ done(true) }} }}))"
    refused = [desk.page.evaluate(alone.format(one)) for one in tries]
    assert dict(zip(tries, refused, strict=True)) == dict.fromkeys(tries, True)
    assert desk.page.evaluate("window.breaches"), "a positive control: breaches are seen"


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.deep)])
def test_every_page_is_within_the_policy_and_axe_finds_nothing(desk: Desk, theme: Any) -> None:
    """Each page in both themes: no breach of the content policy, nothing for axe to say, one main heading."""
    from axe_playwright_python.sync_playwright import Axe

    found = []
    for page, name, address in desk.places:
        page.emulate_media(color_scheme=theme)
        proved(page, address)
        told = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        found += [f"{name}: {one['id']} at {one['nodes'][0]['target']}" for one in told]
        found += [f"{name}: breach of {one}" for one in page.evaluate("window.breaches")]
        found += [f"{name}: {count} main headings" for count in [page.locator("h1").count()] if count != 1]
    assert found == []


@pytest.mark.deep
def test_every_page_fits_a_phone(desk: Desk) -> None:
    """At 360 px no page is wider than the window, and every button is at least 24 px high (WCAG 2.2, 2.5.8)."""
    small = []
    for page, name, address in desk.places:
        page.set_viewport_size({"width": 360, "height": 740})
        proved(page, address)
        small += [name for wide in [page.evaluate("document.scrollingElement.scrollWidth")] if wide > 360]
        small += [f"{name}: {one}" for one in page.evaluate(
            "[...document.querySelectorAll('button, .button, nav a')].filter(one => one.checkVisibility()"
            " && one.offsetHeight < 24).map(one => one.textContent)")]
        page.set_viewport_size({"width": 1280, "height": 900})
    assert small == []


def test_a_lost_connection_is_said(desk: Desk) -> None:
    """Offline, a line says so on the page at hand; online again, it is gone."""
    desk.page.goto(desk.live.url)
    assert desk.page.locator("#offline").is_hidden()
    desk.page.context.set_offline(True)
    desk.page.locator("#offline").wait_for(state="visible")
    desk.page.context.set_offline(False)
    desk.page.locator("#offline").wait_for(state="hidden")


@pytest.mark.deep
def test_pages_work_without_scripts(desk: Desk) -> None:
    """Signing in, and the first page, with scripts switched off."""
    page = desk.browser.new_context(java_script_enabled=False).new_page()
    sign_in(page, desk, "ada", after=1)
    assert page.get_by_role("heading", level=1).inner_text() == "Good to have you, ada"


@pytest.mark.deep
def test_nothing_is_fetched_from_elsewhere(desk: Desk) -> None:
    """Every request of every page goes to the workbench."""
    asked: set[str] = set()
    for window in (desk.page, desk.reader):
        window.on("request", lambda request: asked.add(request.url))
    for page, _, address in desk.places:
        proved(page, address)
    assert asked
    assert {one for one in asked if not one.startswith(f"{desk.live.url}/")} == set()

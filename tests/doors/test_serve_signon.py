"""Signing in through a provider: it stands for the password, never for the factor, and makes no account."""

from pathlib import Path

import pytest

from tests import needs
from tests.doors.pages import PASSWORD, code
from tests.doors.pages_live import WATCH, join, served
from tests.doors.pages_provider import provider


@pytest.mark.deep
@pytest.mark.chromium
def test_a_linked_sign_on_stands_for_the_password_alone(tmp_path: Path) -> None:
    """Refused before it is linked; linked by its owner; then in with it and a code, and not without the code."""
    path = needs.chromium()
    from playwright.sync_api import sync_playwright

    with provider() as issuer, sync_playwright() as playwright, served(
            tmp_path / "station", HASHGRADE_SERVE__OIDC__ISSUER=issuer, HASHGRADE_SERVE__OIDC__CLIENT_ID="hashgrade",
            HASHGRADE_SERVE__OIDC__CLIENT_SECRET="secret", HASHGRADE_SERVE__OIDC__NAME="Hotline sign-on") as live:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.add_init_script(WATCH)
        secret = join(page, live.link, "cy")
        stranger = browser.new_context().new_page()
        stranger.goto(f"{live.url}/sign-in/")
        stranger.get_by_role("button", name="Hotline sign-on").click()
        stranger.get_by_text("No account here is linked").wait_for()

        page.goto(f"{live.url}/account/")
        page.get_by_role("button", name="Link it").click()
        if "/prove/" in page.url:
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Go on").click()
            page.get_by_role("button", name="Link it").click()
        page.get_by_text("The sign-on is linked").wait_for()
        assert page.evaluate("window.breaches") == []

        stranger.goto(f"{live.url}/sign-in/")
        stranger.get_by_role("button", name="Hotline sign-on").click()
        stranger.wait_for_url("**/sign-in/factor/")
        stranger.goto(f"{live.url}/status/")
        assert "/sign-in/" in stranger.url
        stranger.goto(f"{live.url}/sign-in/factor/")
        stranger.get_by_label("Code").fill(code(1, secret))
        stranger.get_by_role("button", name="Go on").click()
        stranger.wait_for_url(f"{live.url}/")
        browser.close()


def test_without_a_provider_there_is_no_page_of_it() -> None:
    """The default has neither the button nor the addresses."""
    from django.urls import NoReverseMatch, reverse

    with pytest.raises(NoReverseMatch):
        reverse("sign_on")

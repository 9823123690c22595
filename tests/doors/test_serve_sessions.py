"""Sessions: when they end, who ends them, how fresh a proof must be; and what every answer tells the browser."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.access import Proof, Role
from hashgrade.errors import InputError
from hashgrade.settings import Serving, read
from tests.cast import Clock
from tests.doors.pages import PASSWORD, Workbench, workbench


@pytest.fixture
def bench(tmp_path: Path, store: Any, clock: Clock, settings: Any) -> Workbench:
    """A workbench where Ada is an analyst and Cy an administrator."""
    made = workbench(tmp_path, store, clock, settings)
    made.person("ada", Role.ANALYST)
    made.person("cy", Role.ADMINISTRATOR)
    return made


def in_(client: Client) -> bool:
    return client.get("/").status_code == 200


def handles(name: str) -> list[str]:
    from hashgrade.store.accounts import roll

    return [one.handle for one in roll.sessions_of(roll.account(name))]


@pytest.mark.parametrize(("seconds", "still"), [(880, True), (900, True), (901, False), (-59, True), (-61, False)])
def test_a_session_ends_a_quarter_of_an_hour_after_the_last_request(
    bench: Workbench, seconds: int, still: bool,
) -> None:
    """Idle for 900 seconds is in, 901 is out; a clock set back by more than a minute is not believed."""
    client = bench.as_actor("ada")
    bench.clock.forward(seconds)
    assert in_(client) == still


def test_a_session_ends_after_eight_hours_however_busy(bench: Workbench) -> None:
    """With a request every ten minutes it lasts 8 hours, and not a request longer."""
    client = bench.as_actor("ada")
    for _ in range(48):
        assert in_(client)
        bench.clock.forward(600)
    assert in_(client)
    bench.clock.forward(1)
    assert not in_(client)


def test_who_comes_too_late_is_told_so(bench: Workbench) -> None:
    """The sign-in page says that the session is over; the session before it is gone from the roll."""
    client = bench.as_actor("ada")
    bench.clock.forward(901)
    client.get("/")
    assert "Your session is over" in client.get("/sign-in/").content.decode()
    assert handles("ada") == []


def test_a_page_is_not_a_write(bench: Workbench, django_assert_num_queries: Any) -> None:
    """Within 20 seconds of the last note, a request reads the session and the account, and writes nothing."""
    client = bench.as_actor("ada")
    bench.clock.forward(15)
    with django_assert_num_queries(2):
        client.get("/no-such-page/")


moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 2), timezones=st.just(UTC))  # noqa: DTZ001 - given a zone


@given(moments, moments, moments)
def test_over_is_over_for_good(began: datetime, seen: datetime, now: datetime) -> None:
    """A session that is over by its age or its idleness does not come back as time goes on."""
    from hashgrade.serve.ends import over

    limits = Serving()
    if now >= max(began, seen) and over(began, seen, now, limits):
        assert over(began, seen, now + timedelta(seconds=1), limits)
    assert over(began, seen, max(began, seen) + timedelta(days=1), limits)


def test_a_risky_act_asks_again_after_five_minutes(bench: Workbench) -> None:
    """A fresh proof lasts 300 seconds: then the same form leads to the page that asks."""
    client = bench.as_actor("cy")
    bench.clock.forward(299)
    assert client.get("/accounts/invite/").status_code == 200
    bench.clock.forward(2)
    assert client.get("/accounts/invite/")["Location"].startswith("/prove/")


def test_the_proof_leads_back_to_what_asked_for_it(bench: Workbench) -> None:
    """After the password, Cy is at the form he wanted."""
    client = bench.as_actor("cy", stepped_up=False)
    where = client.get("/accounts/invite/")["Location"]
    answer = client.post(where, {"password": PASSWORD, "next": "/accounts/invite/"})
    assert answer["Location"] == "/accounts/invite/"
    assert client.get("/accounts/invite/").status_code == 200


def test_one_ends_ones_other_sessions_and_nobody_elses(bench: Workbench) -> None:
    """Ada ends her session elsewhere by its handle; Cy's handle is ACC-06 to her, as is one that never was."""
    other, here = bench.as_actor("ada"), bench.as_actor("ada")
    cys = bench.as_actor("cy")
    assert {in_(other), in_(here), in_(cys)} == {True}
    for handle in (handles("cy")[0], "0" * 16):
        assert here.post(f"/account/sessions/{handle}/end/").status_code == 403
    page = here.get("/account/").content.decode()
    shown = [one for one in handles("ada") if f"/account/sessions/{one}/end/" in page]
    assert len(shown) == 1, "the session at hand has no button"
    assert here.post(f"/account/sessions/{shown[0]}/end/").status_code == 302
    assert (in_(other), in_(here), in_(cys)) == (False, True, True)


def test_an_administrator_ends_anybodys_sessions_at_once(bench: Workbench) -> None:
    """Both of Ada's are out with their next request, and the trail says how many, by whom and why."""
    one, two, cy = bench.as_actor("ada"), bench.as_actor("ada"), bench.as_actor("cy")
    assert cy.post("/accounts/ada/sessions/end/", {"why": "laptop lost"}).status_code == 302
    assert (in_(one), in_(two)) == (False, False)
    assert bench.entries()[-1] == ("cy", "laptop lost", {"act": "sessions ended", "name": "ada", "count": 2})


def test_a_session_that_was_ended_is_not_revived_by_a_request_under_way(bench: Workbench) -> None:
    """A request that began before its session was ended cannot save it back."""
    from django.contrib.sessions.backends.base import UpdateError

    from hashgrade.store.accounts import roll

    client = bench.as_actor("ada")
    under_way = client.session
    assert "seen" in under_way
    with bench.station.store.work("cy", "for a test") as work:
        roll.end_sessions(work, roll.account("ada"))
    under_way["seen"] = bench.clock.at.isoformat()
    with pytest.raises(UpdateError):
        under_way.save()
    assert not in_(client)


def test_signing_out_is_a_form_and_ends_the_session(bench: Workbench) -> None:
    """A link cannot sign anybody out; the form does, and it is on record."""
    client = bench.as_actor("ada")
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").status_code == 302
    assert not in_(client)
    assert bench.acts()[-1] == "signed out"
    assert handles("ada") == []


@pytest.mark.parametrize(("said", "read"), [
    ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150 Safari/537.36", "Chrome on Linux"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1", "Safari on iPhone"),
    ("curl/8", "Another browser"), ("<script>alert(1)</script>", "Another browser"),
])
def test_browsers_are_told_apart_by_name_and_system(said: str, read: str) -> None:
    """Nothing of what a browser says of itself reaches a list as it was said."""
    from hashgrade.serve.ends import browser_in

    assert browser_in(said) == read


def test_a_sessions_key_is_on_no_page(bench: Workbench) -> None:
    """Lists of sessions show handles, which open nothing."""
    client = bench.as_actor("ada")
    for name, address in (("ada", "/account/"), ("cy", "/accounts/ada/")):
        browser = client if name == "ada" else bench.as_actor("cy")
        assert str(client.session.session_key) not in browser.get(address).content.decode()


def test_a_form_without_its_token_does_nothing(bench: Workbench) -> None:
    """Forged requests are refused before the page runs, with a page that says what to do."""
    client = bench.as_actor("cy")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    answer = strict.post("/accounts/ada/lock/", {"why": "forged"})
    assert (answer.status_code, b"did not come from a page" in answer.content) == (403, True)
    assert "locked" not in bench.acts()


EVERY = ["/", "/sign-in/", "/status/", "/account/", "/no-such-page/", "/accounts/nobody/", "/welcome/x/", "/sign-out/"]


@pytest.mark.parametrize("address", EVERY)
def test_every_answer_has_the_headers(bench: Workbench, address: str) -> None:
    """Pages, refusals and errors alike: the policy without an exception, nothing stored, nothing framed."""
    from hashgrade.serve.headers import TOLD

    answer = bench.as_actor("cy").get(address)
    assert {name: answer[name] for name in TOLD} == TOLD
    policy = answer["Content-Security-Policy"]
    assert not [word for word in ("unsafe", "http:", "https:", "data:", "*", "nonce") if word in policy]
    assert b"style=" not in answer.content
    assert b"<script>" not in answer.content
    assert b" on" + b"click" not in answer.content


def test_cookies_are_for_this_site_and_no_script(bench: Workbench) -> None:
    """HttpOnly and SameSite=Strict, both of them; they last as long as the browser."""
    client = Client()
    client.get("/sign-in/")
    client.post("/sign-in/", {"login": "ada", "password": PASSWORD})
    for name in ("csrf", "session"):
        one = client.cookies[name]
        assert (one["httponly"], one["samesite"], one["max-age"]) == (True, "Strict", ""), name


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_do_nothing(bench: Workbench, method: str) -> None:
    """A page is looked at, or its form is sent; anything else is 405."""
    assert bench.as_actor("cy").generic(method, "/accounts/").status_code == 405


def test_a_form_that_is_too_large_is_refused(bench: Workbench) -> None:
    """More than a megabyte of fields is no form of ours."""
    assert Client().post("/sign-in/", {"login": "x" * 1_100_000, "password": "x"}).status_code == 400


HOSTILE = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'-alert(1)-'", "</title><svg onload=alert(1)>",
    "{{ 7*7 }}{% debug %}", "javascript:alert(1)", "\u202egnp.exe", "=cmd|' /C calc'!A0", "\x00\x1b[31m", "a" * 5000]


@pytest.mark.parametrize("text", HOSTILE)
def test_strings_are_only_strings(bench: Workbench, text: str) -> None:
    """What people and browsers may write is shown as it was written, or refused, and never becomes part of a page."""
    from allauth.mfa.models import Authenticator

    from hashgrade.store.accounts import roll

    Authenticator.objects.create(user_id=roll.account("ada").pk, type="webauthn", data={"name": text})
    client = bench.as_actor("ada")
    client.get("/", headers={"User-Agent": text.replace("\x00", "")})
    for answer in (client.get("/account/"), client.get("/sign-in/", {"next": text}),
                   bench.as_actor("cy").post("/accounts/invite/", {"name": text, "roles": "analyst", "why": text}),
                   Client().post("/sign-in/", {"login": text, "password": text, "next": text})):
        page = answer.content.decode()
        assert not [mark for mark in ("<script>alert", "<img src=x", "<svg onload", "49{%") if mark in page]
        assert 'href="javascript:' not in page


def test_a_wrong_host_is_refused(bench: Workbench) -> None:
    """A name that the settings do not give is no name of ours."""
    assert Client().get("/sign-in/", headers={"Host": "elsewhere.example"}).status_code == 400


def test_trouble_is_told_in_words_and_by_its_code(bench: Workbench) -> None:
    """An account that is not there is a page with ACC-07; to htmx it is a part of one."""
    cy = bench.as_actor("cy")
    whole, part = cy.get("/accounts/nobody/"), cy.get("/accounts/nobody/", headers={"HX-Request": "true"})
    assert (whole.status_code, part.status_code) == (400, 400)
    assert b"ACC-07" in whole.content
    assert b"ACC-07" in part.content
    assert b"<html" not in part.content


def test_a_fault_of_ours_tells_nothing(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """500, with no trace of what went wrong."""
    from hashgrade.store import queries

    def broken() -> dict[str, int]:
        raise RuntimeError("a secret path")

    monkeypatch.setattr(queries, "counts", broken)
    client = bench.as_actor("ada")
    client.raise_request_exception = False
    answer = client.get("/status/")
    assert (answer.status_code, b"secret path" in answer.content) == (500, False)


def test_browsers_complaints_are_counted_without_what_was_on_the_page(bench: Workbench) -> None:
    """The directive alone is kept; what is no complaint is refused."""
    from hashgrade.serve.health import VIOLATIONS

    VIOLATIONS.clear()
    client = Client(enforce_csrf_checks=True)
    report = b'{"csp-report": {"effective-directive": "script-src", "document-uri": "http://x/secret"}}'
    assert client.post("/violations", report, content_type="application/csp-report").status_code == 204
    assert client.post("/violations", b"[]", content_type="application/csp-report").status_code == 400
    assert list(VIOLATIONS) == ["script-src"]
    assert b'id="violations">1<' in bench.as_actor("ada").get("/status/").content
    VIOLATIONS.clear()


def test_a_misspelt_setting_of_the_server_is_told_with_the_nearest(tmp_path: Path) -> None:
    """`serve.prot` is `serve.port`, and `serve.oidc.isuer` is `serve.oidc.issuer`."""
    for wrong, right in [("serve.prot = 1", "serve.port"), ("serve.oidc.isuer = 'x'", "serve.oidc.issuer")]:
        (tmp_path / "hashgrade.toml").write_text(wrong)
        with pytest.raises(InputError, match=f"did you mean `{right}`"):
            read(station=tmp_path)


@pytest.mark.parametrize("proof", Proof)
def test_pages_say_who_is_there(bench: Workbench, proof: Proof) -> None:
    """The name stands on every page of a session, and on none of nobody's."""
    page = bench.as_actor("ada", proof).get("/no-such-page/").content.decode()
    assert ("Your account, ada" in page) == (proof > Proof.NONE)

"""A workbench as its users have it: `hashgrade serve` in a process of its own, and a real browser."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.doors.pages import PASSWORD, code
from tests.doors.station import new

PLACES = [
    ("sign-in", "/sign-in/"), ("token", "/welcome/"), ("home", "/"), ("status", "/status/"), ("account", "/account/"),
    ("factors", "/account/factors/"), ("app", "/account/factors/app/"), ("passkey", "/account/factors/passkey/"),
    ("codes", "/account/codes/"), ("new-codes", "/account/codes/new/"), ("password", "/account/password/"),
    ("prove", "/prove/"), ("prove-code", "/prove/code/"), ("accounts", "/accounts/"), ("invite", "/accounts/invite/"),
    ("person", "/accounts/ada/"), ("own-person", "/accounts/cy/"), ("not-found", "/no-such-page/"),
    ("not-allowed", "/accounts/nobody/"), ("law", "/law/"), ("pack", "/law/uk-ew/"),
    ("no-proposal", "/law/uk-ew/proposal/"), ("no-pack", "/law/zz/"), ("no-audit", "/audit/"),
    ("beside", "/diverging-laws/"),
]
"""Every page that an address alone leads to, by a name for its picture: those of Cy, an administrator."""

READERS_PLACES = [
    ("grading", "/grading/"),
    ("settling", "/settling/"), ("settling-forged", "/settling/?kind=x"), ("settle", "/settling/one/"),
    ("second", "/second/"),
    ("queue", "/queue/"), ("queue-filtered", "/queue/?kind=video"), ("queue-none", "/queue/?kind=other"),
    ("queue-forged", "/queue/?kind=x"), ("queue-rules", "/queue/rules/"), ("aside", "/queue/laid-aside/"),
    ("keys", "/account/keys/"), ("pace", "/pace/"), ("between", "/pace/between/"),
    ("stopped", "/pace/people/"), ("leave", "/pace/people/cy/"),
    ("own-leave", "/pace/people/ada/"), ("no-leave", "/pace/people/nobody/"),
    ("board", "/quality/"), ("drift", "/drift/"), ("drift-people", "/drift/people/"), ("drift-of", "/drift/people/cy/"),
    ("lists", "/lists/"), ("studies", "/studies/"), ("study", "/studies/built-in/annual/"), ("run", "/studies/run/"),
    ("reports", "/studies/reports/"), ("watch", "/studies/watch/"),
    ("search", "/search/"), ("history", f"/items/{1:064x}/"), ("no-history", f"/items/{0:064x}/"),
]
"""Likewise those of Ada, who reads and settles."""

LEGAL_PLACES = [("propose", "/law/uk-ew/propose/"), ("compare", "/law/uk-ew/compare/"), ("law-legal", "/law/")]
"""Likewise those of Lou, who is legal."""

AUDITORS_PLACES = [
    ("audit", "/audit/"), ("audit-filtered", "/audit/?actor=cy&act=accounts"), ("audit-none", "/audit/?actor=nobody"),
    ("audit-forged", "/audit/?day=x"), ("audit-entry", "/audit/entries/1/"), ("audit-check", "/audit/check/"),
    ("audit-compare", "/audit/compare/"), ("status-auditor", "/status/"),
]
"""Likewise those of Ida, who audits."""

RULES = '[{"name": "clips", "when": {"kind": {"is": "video"}}, "points": 24, "why": "clips in a row"}]'
"""The rules of the queue there."""


def lines(count: int = 60) -> str:
    """Records of so many items that wait, every tenth a clip."""
    return "".join(json.dumps({
        "type": "item", "sha256": f"{n:064x}", "kind": "video" if n % 10 == 0 else "image",
        "first_seen": f"2026-01-{1 + n % 28:02}T09:00:00Z"}) + "\n" for n in range(1, count + 1))

WATCH = """
window.breaches = [];
document.addEventListener("securitypolicyviolation", (event) => window.breaches.push(event.effectiveDirective));
"""


@dataclass
class Live:
    """A running workbench: where it is, and the link that it printed."""

    process: subprocess.Popen[str]
    url: str
    link: str
    said: list[str] = field(default_factory=list)

    def stop(self) -> int:
        """Stop it as a person does, with Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=40)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def served(folder: Path, records: str = "", **environment: str) -> Iterator[Live]:
    """Serve a new station in a folder, with these records if there are any, until the block ends."""
    operator = new(folder)
    if records:
        (folder / "first.jsonl").write_text(records)
        assert operator.run("records", "import", folder / "first.jsonl").code == 0
    with serving(folder, **environment) as live:
        yield live


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator[Live]:
    """Serve the station that is in a folder, until the block ends."""
    with _serving(folder, free_port(), environment, 3) as live:
        yield live


@contextmanager
def serving_again(folder: Path, port: int, environment: Mapping[str, str]) -> Iterator[Live]:
    """Serve a station that has an administrator, and so prints no link, where it was served before."""
    with _serving(folder, port, environment, 1) as live:
        yield live


@contextmanager
def _serving(folder: Path, port: int, environment: Mapping[str, str], says: int) -> Iterator[Live]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("HASHGRADE", "DJANGO"))}
    plain |= {"HASHGRADE_JAIL_AT_LEAST": "limited", **environment}
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "hashgrade", "--station", str(folder), "serve", "--port", str(port)],
        env=plain, stderr=subprocess.PIPE, text=True)
    try:
        said = [process.stderr.readline() for _ in range(says)] if process.stderr else []
        live = Live(process, f"http://localhost:{port}", said[-1].strip(), said)
        _wait(port)
        yield live
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=40)


def _wait(port: int) -> None:
    for _ in range(300):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the workbench does not answer")


def join(page: Any, link: str, name: str) -> str:
    """Take an invitation up in a browser, with an authenticator app; give its secret."""
    page.goto(link)
    if page.get_by_label("Name").count():
        page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password, again").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("link", name="An authenticator app").click()
    secret = str(page.locator("#totp-secret").inner_text()).strip()
    page.get_by_label("Authenticator code").fill(code(secret=secret))
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("link", name="I have them").click()
    return secret


def invited(page: Any, url: str, name: str, *roles: str) -> str:
    """Invite somebody in a browser in which an administrator is signed in; give the link.

    Where something is on file under the name, it is the same person.
    """
    page.goto(f"{url}/accounts/invite/")
    if "/prove/" in page.url:
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill(name)
    for role in roles:
        page.get_by_label(role, exact=True).check()
    page.get_by_label("Why").fill("joins the hotline")
    page.get_by_role("button", name="Make the link").click()
    if not page.locator("#link").count():
        page.get_by_label("It is the same person").check()
        page.get_by_role("button", name="Make the link").click()
    found = re.search(r"http\S+", page.locator("#link").inner_text())
    assert found
    return found[0]

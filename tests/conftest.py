"""Starts Django once for the tests that use the store; each test's records are rolled back after it."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import django
import pytest
from hypothesis import HealthCheck, settings

from tests import needs
from tests.cast import Clock

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from hashgrade.store.work import Store

# Tables can be imported only once Django is up, and test modules import them: this comes first.
os.environ["HASHGRADE_STATION"] = str(Path(tempfile.gettempdir()) / "hashgrade-tests-have-no-station")
os.environ["DJANGO_SETTINGS_MODULE"] = "hashgrade.serve.settings"
# The strongest jail that the kernel gives is used; which it was is said at the end.
os.environ["HASHGRADE_JAIL_AT_LEAST"] = "limited"
django.setup()
del os.environ["HASHGRADE_STATION"]


# A busy machine is no fault of the code: nothing here is judged by time.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in which jail the tests decoded media, and the figures that tests give as their property `figure`."""
    for report in terminalreporter.stats.get("passed", []):
        for name, said in report.user_properties:
            if name == "figure":
                terminalreporter.write_line(said)
    from hashgrade.decode import Decoders
    from hashgrade.nouns import Jail
    from hashgrade.settings import Limits

    with Decoders(Limits(), Jail.LIMITED) as decoders:
        terminalreporter.write_line(f"media were decoded in the jail `{decoders.level}`")


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """The system's Chromium."""
    path = needs.chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture
def clock() -> Clock:
    """A clock that the test moves."""
    return Clock()


@pytest.fixture
def store(db: None, clock: Clock) -> "Store":
    """An empty store, in memory, that wants two readings; what is written is rolled back after the test."""
    from hashgrade.store.work import Store

    return Store(clock, readings_wanted=2, lease_s=900)

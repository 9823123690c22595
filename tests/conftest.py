"""Starts Django once for the tests that use the store; each test's records are rolled back after it."""

import os
import tempfile
from pathlib import Path

import django
import pytest
from tests.cast import Clock

# Tables can be imported only once Django is up, and test modules import them: this comes first.
os.environ.setdefault("HASHGRADE_STATION", str(Path(tempfile.gettempdir()) / "hashgrade-tests-have-no-station"))
os.environ["DJANGO_SETTINGS_MODULE"] = "hashgrade.store.settings"
django.setup()


@pytest.fixture
def clock() -> Clock:
    """A clock that the test moves."""
    return Clock()


@pytest.fixture
def store(db: None, clock: Clock):  # type: ignore[no-untyped-def]
    """An empty store that wants two readings; what is written is rolled back after the test."""
    from hashgrade.store.work import Store

    return Store(clock, readings_wanted=2, lease_s=900)

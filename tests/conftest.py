"""Starts Django once for the tests that use the store; each test's records are rolled back after it."""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import django
import pytest

from tests.cast import Clock

if TYPE_CHECKING:
    from hashgrade.store.work import Store

# Tables can be imported only once Django is up, and test modules import them: this comes first.
os.environ["HASHGRADE_STATION"] = str(Path(tempfile.gettempdir()) / "hashgrade-tests-have-no-station")
os.environ["DJANGO_SETTINGS_MODULE"] = "hashgrade.store.settings"
django.setup()
del os.environ["HASHGRADE_STATION"]


@pytest.fixture
def clock() -> Clock:
    """A clock that the test moves."""
    return Clock()


@pytest.fixture
def store(db: None, clock: Clock) -> "Store":
    """An empty store, in memory, that wants two readings; what is written is rolled back after the test."""
    from hashgrade.store.work import Store

    return Store(clock, readings_wanted=2, lease_s=900)

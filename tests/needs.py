"""What some tests need and a machine may lack: skipped by name, or failed where everything must run."""

import os
import shutil
from importlib import import_module
from typing import Any, NoReturn

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def oracle() -> Any:
    """The `pdqhash` package, built with g++."""
    try:
        return import_module("pdqhash")
    except ImportError:
        _lacking("pdqhash, which `make test` builds where there is a g++")


def chromium() -> str:
    """The path of a system Chromium."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or _lacking("Chromium; install the system's package")


def _lacking(what: str) -> NoReturn:
    """Skip the test; fail it where `HASHGRADE_TESTS=all` says that nothing may be skipped."""
    if os.environ.get("HASHGRADE_TESTS") == "all":
        pytest.fail(f"this machine lacks {what}")
    pytest.skip(f"this machine lacks {what}")

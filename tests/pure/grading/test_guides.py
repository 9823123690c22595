"""The settings that the guides show can be used as they stand."""

import re
import tomllib

import pytest

from hashgrade import law
from hashgrade.grading.policies import policies
from hashgrade.settings import Settings
from hashgrade.store.due import rules_of
from tests.pages import DOCS

GUIDES = ("set-the-pace", "order-the-queue")


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guides_settings_are_settings(guide: str) -> None:
    """Every block of TOML is read, and what it says of the queue and of second readings is taken."""
    text = (DOCS / "how-to" / f"{guide}.md").read_text()
    blocks = re.findall(r"```toml\n(.*?)```", text, re.S)
    assert blocks
    for block in blocks:
        settings = Settings(**tomllib.loads(block))
        rules_of([one.model_dump() for one in settings.queue_rules], settings.seconds_a_point)
        policies(settings, [law.load("uk-ew")])

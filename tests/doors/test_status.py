"""`hashgrade status`: what is in force, and loudly where that is less than it could be."""

import json
from pathlib import Path

import pytest

from hashgrade.cli.status import table
from hashgrade.nouns import Jail
from tests.doors.station import Operator, new


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """Somebody with a new station."""
    return new(tmp_path / "station")


def test_it_tells_the_jail_the_packs_and_what_is_on_file(operator: Operator) -> None:
    """For machines: every count, the packs in use, and the jail in force beside the least that is accepted."""
    told = json.loads(operator.run("status", "--json", HASHGRADE_JAIL_AT_LEAST="limited").out)
    assert told["jail"] in set(Jail)
    assert (told["jail_at_least"], told["packs"][0], told["items"]) == ("limited", "uk-ew", 0)


@pytest.mark.parametrize("level", list(Jail))
def test_a_weaker_jail_is_red_and_says_what_to_do(level: Jail) -> None:
    """Less than the full jail names the page that mends it; the full one is plain."""
    cell = next(iter(table({"jail": level.value}).columns[1].cells))
    assert ("docs/how-to/decode-in-a-jail.md" in str(cell), "red" in str(getattr(cell, "style", ""))) == (
        (level is not Jail.FULL,) * 2)

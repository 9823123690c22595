"""`hashgrade study size`: how many to draw, and what that rests on."""

import json

import pytest
from typer.testing import CliRunner

from hashgrade.cli.root import commands
from hashgrade.errors import InputError


def asked(*words: str) -> str:
    """What the command prints."""
    done = CliRunner().invoke(commands, ["study", "size", *words], catch_exceptions=False)
    return done.output


def test_shares_are_read_as_people_write_them() -> None:
    """`30%` and `0.3` are the same share, for machines as for people."""
    told = json.loads(asked("--share", "30%", "--margin", "5%", "--population", "2401", "--json"))
    assert told == json.loads(asked("--share", "0.3", "--margin", "0.05", "--population", "2401", "--json"))
    assert (told["size"], told["interval"]) == (285, [25.4, 35.4])


def test_it_says_what_it_assumes() -> None:
    """The size comes first, then how it is drawn; where few would count, that the formula is rough."""
    plain, rare = asked("--margin", "5%"), asked("--margin", "1%", "--share", "1%")
    assert plain.startswith("Draw 385, to know a share to within 5% either way")
    assert "at random" in plain
    assert ("rough" in plain, "rough" in rare) == (False, True)


@pytest.mark.parametrize("margin", ["much", "2", "0%", "nan"])
def test_a_margin_that_is_none_is_refused(margin: str) -> None:
    """Words, and shares that are not above 0 and below 1, are STU-20."""
    with pytest.raises(InputError, match="STU-20"):
        asked("--margin", margin)

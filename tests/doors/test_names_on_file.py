"""A name that stands in the records is given to nobody else: whoever invites says that it is the same person."""

from pathlib import Path
from typing import Any

import pytest

from hashgrade.access import Role
from hashgrade.nouns import Coding, Confirmation
from hashgrade.store.work import Store
from tests.cast import ADA, BEN, CY, DEE, EVE, MORNING, Clock, grade, item, reading, settlement, sha
from tests.doors.pages import PASSWORD, Workbench, workbench

FORM = {"roles": ["analyst"], "why": "joins the hotline"}
NEW = "flo"


@pytest.fixture
def bench(tmp_path: Path, store: Store, clock: Clock, settings: Any) -> Workbench:
    """A workbench of Gus, an administrator, on records in which five people stand."""
    made = workbench(tmp_path, store, clock, settings)
    with store.work("hashgrade", "an import") as work:
        work.items([item(1), item(2)])
        work.readings([reading(1, ADA, grade())])
        work.settlements([settlement(1, BEN, grade())])
        work.confirmations([Confirmation(sha256=sha(2), leader=sha(1), by=CY, at=MORNING, like=True)])
        work.codings([Coding(sha256=sha(1), study="s", coder=DEE, at=MORNING, answers={"q": "a"})])
    made.person("gus", Role.ADMINISTRATOR)
    return made


def invited(bench: Workbench, name: str, **more: str) -> Any:
    """What the page answers to a form that invites somebody."""
    return bench.as_actor("gus").post("/accounts/invite/", {**FORM, "name": name, **more})


@pytest.mark.parametrize("name", [ADA, BEN, CY, DEE, f" {ADA} "])
def test_a_name_on_file_is_not_given_away_unasked(bench: Workbench, name: str) -> None:
    """Of a reader, a settler, one who confirmed, a coder; the form comes back with the reason and what to say."""
    page = invited(bench, name).content.decode()
    assert "are by somebody of this name" in page
    assert 'name="same"' in page
    assert bench.acts().count("invited") == 1, "Gus alone"


def test_the_same_person_gets_the_name_and_it_is_on_record(bench: Workbench) -> None:
    """Whoever invites answers for it, in the audit log."""
    from hashgrade.store import queries

    assert "/welcome/" in invited(bench, ADA, same="on").content.decode()
    entry = list(queries.entries())[-1]
    assert (entry.actor, entry.did["same_as_on_file"]) == ("gus", ADA)


def test_a_new_name_is_asked_nothing_more(bench: Workbench) -> None:
    """The box is not on the form, and a forged one says nothing on record."""
    from hashgrade.store import queries

    assert 'name="same"' not in bench.as_actor("gus").get("/accounts/invite/").content.decode()
    assert "/welcome/" in invited(bench, NEW, same="on").content.decode()
    assert "same_as_on_file" not in list(queries.entries())[-1].did


@pytest.mark.parametrize(("name", "in_time"), [(ADA, False), (EVE, True)])
def test_nobody_chooses_a_name_on_file(bench: Workbench, name: str, in_time: bool) -> None:
    """An invitation without a name leaves the choice among names that are nobody's."""
    from hashgrade.store.accounts import roll

    with bench.station.store.work("gus", "a test") as work:
        token = roll.invite(work, "", {Role.ANALYST}, bench.clock.at.replace(year=9999), "gus")
    from django.test import Client

    answer = Client().post(f"/welcome/{token}/", {"name": name, "password": PASSWORD, "again": PASSWORD})
    assert (answer.status_code == 302) is in_time
    assert roll.exists(name) is in_time
    if not in_time:
        assert "ask for an invitation in this name" in answer.content.decode()


def test_who_was_invited_by_a_name_on_file_comes_in_by_it(bench: Workbench) -> None:
    """The inviter has answered for it."""
    import re

    from django.test import Client

    from hashgrade.store.accounts import roll

    found = re.search(r"/welcome/[^\s<\"]+/", invited(bench, ADA, same="on").content.decode())
    assert found
    assert Client().post(found[0], {"password": PASSWORD, "again": PASSWORD}).status_code == 302
    assert roll.exists(ADA)

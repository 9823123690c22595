"""What was answered while the line, the lease or the session was gone: kept where it was begun, and only there."""

from django.test import Client

from tests.doors.pages import Workbench
from tests.doors.test_grading import answer, bench, shown, taken, taken_in

__all__ = ["bench"]


def late(bench: Workbench, ada: Client) -> None:
    """Let the lease run out, and not the session."""
    for _ in range(2):
        bench.clock.forward(500)
        assert ada.get("/account/").status_code == 200


def test_an_answer_that_comes_after_the_lease_is_kept(bench: Workbench) -> None:
    """The page says so and shows nothing of the item; taken again, it has the answer."""
    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    shown(ada)
    late(bench, ada)
    found = answer(ada, name, "depiction", "photographic")
    assert (found["state"], "kept for two days" in found["said"]) == ("idle", True)
    ada.post("/grading/take/")
    assert [one["at"] for _, rows in shown(ada)["table"] for one in rows] == ["depiction"]


def test_an_answer_to_what_was_not_begun_is_refused(bench: Workbench) -> None:
    """GRD-03: who never held the item has no draft of it."""
    from hashgrade.access import Role
    from hashgrade.store import drafts

    (name,) = taken_in(bench, 10)
    taken(bench)
    bench.person("ben", Role.ANALYST)
    assert "GRD-03" in answer(bench.as_actor("ben"), name, "depiction", "photographic")["said"]
    assert drafts.find("ben", name) is None


def test_a_late_answer_is_not_saved_without_the_item(bench: Workbench) -> None:
    """GRD-03: the draft is kept, and becomes no reading."""
    from hashgrade.store import queries

    (name,) = taken_in(bench, 10)
    ada = taken(bench)
    shown(ada)
    late(bench, ada)
    answer(ada, name, "child_count", "0")
    assert "GRD-03" in shown(ada, "/grading/commit/", sha256=name, version="1")["said"]
    assert queries.readings_of(name) == []


def test_a_page_learns_whose_session_it_has(bench: Workbench) -> None:
    """With a token that forms are taken with; nobody is led to the sign-in."""
    ada = bench.as_actor("ada")
    found = ada.get("/account/here/").json()
    assert found["reader"] == "ada"
    assert len(found["token"]) > 30
    assert ada.get("/account/here/")["Cache-Control"] == "no-store"
    ada.logout()
    assert ada.get("/account/here/").status_code == 302

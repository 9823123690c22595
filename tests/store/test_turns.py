"""Threads of one process write one after another, and what belongs together is written together or not at all."""

from threading import Event, Thread

import pytest
from django.db.models import QuerySet

from hashgrade import grading
from hashgrade.errors import Conflict
from hashgrade.nouns import Grade, Reading
from hashgrade.store import drafts, ledger, models, queries, trouble, waiting
from hashgrade.store.work import Store
from tests.cast import ADA, item, sha


def test_whoever_waits_too_long_for_their_turn_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """STO-03, and the one who writes goes on undisturbed; after them it is the next one's turn."""
    monkeypatch.setattr(trouble, "LOCK_WAIT_S", 0.05)
    writes, ends = Event(), Event()

    def write() -> None:
        with trouble.in_turn():
            writes.set()
            ends.wait(10)

    other = Thread(target=write)
    other.start()
    writes.wait(10)
    with pytest.raises(Conflict, match="STO-03"), trouble.in_turn():
        pass
    ends.set()
    other.join()
    with trouble.in_turn():
        pass


def test_a_draft_begins_as_its_item_is_taken(store: Store) -> None:
    """The page that shows what was taken has nothing left to write."""
    with store.work("dee", "a test") as work:
        work.items([item(1)])
    card = grading.take(store, ADA)
    assert card is not None
    assert drafts.find(ADA, card.leader) is not None


def test_a_lease_that_ends_while_it_is_asked_for_is_none(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pages of one reader: what the other one has just given back is not in hand, and no fault."""
    with store.work("dee", "a test") as work:
        work.items([item(1)])
    grading.take(store, ADA)
    asked = waiting._dealt

    def dealt(found: QuerySet[models.Item]) -> list[tuple[object, ...]]:
        grading.give_back(store, ADA)
        return asked(found)

    monkeypatch.setattr(waiting, "_dealt", dealt)
    assert waiting.held(ADA, store.now()) is None


def test_a_reading_whose_draft_was_changed_meanwhile_is_not_on_file(store: Store) -> None:
    """SRV-11 from another page takes the reading back too, and the lease stays."""
    with store.work("dee", "a test") as work:
        work.items([item(1)])
    grading.take(store, ADA)
    draft = drafts.find(ADA, sha(1))
    assert draft is not None
    drafts.keep(draft, {"grade": {}})
    with pytest.raises(Conflict, match="SRV-11"):
        grading.read(store, Reading(sha256=sha(1), reader=ADA, at=store.now(), grade=Grade()),
                     also=lambda: drafts.keep(draft, {}, store.now()))
    assert queries.readings_of(sha(1)) == []
    assert ledger.leased(sha(1), store.now()) is not None


def test_what_is_two_days_old_is_forgotten_as_something_begins(store: Store) -> None:
    """Only what is as old as that, however much there is."""
    with store.work("dee", "a test") as work:
        work.items([item(n) for n in range(1, 5)])
    now = store.now()
    for n, days in ((1, 3), (2, 2), (3, 1)):
        drafts.begun(ADA, sha(n), f"ref{n:05}", now - days * drafts.KEPT / 2)
    drafts.begun(ADA, sha(4), "ref00004", now)
    assert [drafts.find(ADA, sha(n)) is not None for n in range(1, 5)] == [False, True, True, True]

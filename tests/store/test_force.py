"""What is in force: two people, one text at a time, and nothing of it ever changed."""

from hashlib import sha256

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from hashgrade import audit
from hashgrade.errors import Broken, Conflict, InputError, Refused
from hashgrade.store import force, queries
from hashgrade.store import models as tables
from hashgrade.store.force import Text
from hashgrade.store.work import Store
from tests.cast import ADA, BEN, CY, Clock
from tests.lawmaking import yy, zz

HOUR = 3600


def begin(store: Store, *texts: Text) -> None:
    """Open the station for the first time with these packs."""
    with store.work("hashgrade", "first opened") as work:
        work.begin(texts, "hashgrade")


def propose(store: Store, text: Text, by: str = ADA) -> None:
    """Propose a text."""
    with store.work(by, "propose") as work:
        work.propose(text, by, "the law changed")


def approve(store: Store, text: Text, by: str = BEN) -> None:
    """Approve a text."""
    with store.work(by, "approve") as work:
        work.approve(text, by, "as published")


def refused(sql: str) -> str:
    """What the database says to a statement that it must not take."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    return str(caught.value)


def test_a_digest_is_of_the_texts_alone() -> None:
    """The digest is that of the canonical JSON of the texts, in whatever order they come."""
    texts = {"b": "x", "a": "é"}
    assert force.digest(texts) == force.digest(dict(reversed(texts.items())))
    assert force.digest(texts) == sha256('{"a":"é","b":"x"}'.encode()).hexdigest()


def test_a_pack_that_another_uses_is_of_its_text() -> None:
    """Where the pack that it asks changes, a pack has another text."""
    assert yy(under=11).digest != yy(under=14).digest


def test_the_first_text_comes_into_force_alone(store: Store, clock: Clock) -> None:
    """What the settings name is in force at once, is said to be the first, and has its audit entry."""
    begin(store, zz())
    (one,) = force.in_force().values()
    assert (one.pack, one.version, one.digest, one.first, one.since) == ("zz", "1", zz().digest, True, clock())
    assert (one.approved_by, one.state, one.review) == (None, "in force", "draft")
    (entry,) = queries.entries()
    assert entry.did["packs"] == [["zz", "1", zz().digest]]


def test_a_pack_begins_once(store: Store) -> None:
    """Only two people replace what was ever in force: the database refuses a second beginning."""
    begin(store, zz())
    with pytest.raises(IntegrityError):
        begin(store, zz("2"))
    tables.Enactment.objects.update(until=store.now())
    with pytest.raises(IntegrityError, match="two people"):
        begin(store, zz("2"))


def test_two_people_put_a_text_in_force(store: Store, clock: Clock) -> None:
    """One proposes, another approves; the old text is over at that moment and stays on file."""
    begin(store, zz())
    clock.forward(HOUR)
    propose(store, zz("2", 14))
    assert force.in_force()["zz"].version == "1"
    assert force.waiting()["zz"].proposed_by == ADA
    clock.forward(HOUR)
    approve(store, zz("2", 14))
    old, new = force.enacted("zz")
    assert (old.version, old.state, old.until) == ("1", "over", clock())
    assert (new.version, new.state, new.since) == ("2", "in force", clock())
    assert (new.proposed_by, new.proposed_why, new.approved_by, new.approved_why) == (
        ADA, "the law changed", BEN, "as published")
    assert not force.waiting()
    assert audit.verify(queries.entries())


def test_one_person_is_not_two(store: Store) -> None:
    """Who proposed a text cannot approve it, by the programme or behind its back."""
    begin(store, zz())
    propose(store, zz("2"))
    with pytest.raises(Refused, match="LAW-01"):
        approve(store, zz("2"), ADA)
    assert "enactment_by_two" in refused(
        "UPDATE store_enactment SET since = proposed_at, approved_by = proposed_by WHERE since IS NULL")
    assert "enactment_by_two" in refused("UPDATE store_enactment SET since = proposed_at WHERE since IS NULL")
    assert force.in_force()["zz"].version == "1"


def test_nothing_is_approved_unproposed(store: Store) -> None:
    """Without a proposal there is nothing to approve, and of two who approve at once one is told so."""
    begin(store, zz())
    with pytest.raises(InputError, match="LAW-02"):
        approve(store, zz("2"))
    propose(store, zz("2"))
    approve(store, zz("2"), BEN)
    with pytest.raises(InputError, match="LAW-02"):
        approve(store, zz("2"), CY)


def test_what_changed_since_is_not_approved(store: Store) -> None:
    """Who approves must have the very text that was proposed; both digests are told."""
    begin(store, zz())
    propose(store, zz("2", 14))
    with pytest.raises(Conflict, match="LAW-03") as caught:
        approve(store, zz("2", 16))
    assert zz("2", 14).digest[:12] in str(caught.value)
    assert zz("2", 16).digest[:12] in str(caught.value)


def test_a_pack_not_in_force_is_not_proposed(store: Store) -> None:
    """A pack that the settings never named has nothing that a proposal could replace."""
    with pytest.raises(InputError, match="LAW-05"):
        propose(store, zz())


def test_the_same_text_is_not_proposed_twice(store: Store) -> None:
    """What is in force, or waits, is not proposed again."""
    begin(store, zz())
    with pytest.raises(Conflict, match=r"LAW-06.*in force"):
        propose(store, zz())
    propose(store, zz("2"))
    with pytest.raises(Conflict, match=r"LAW-06.*proposed by ada"):
        propose(store, zz("2"), BEN)


def test_a_newer_proposal_takes_the_older_back(store: Store) -> None:
    """One text of a pack waits at a time; the one before it is kept as taken back."""
    begin(store, zz())
    propose(store, zz("2"))
    propose(store, zz("3"), BEN)
    assert [one.state for one in force.enacted("zz")] == ["in force", "taken back", "proposed"]
    with pytest.raises(Conflict, match="LAW-03"):
        approve(store, zz("2"), CY)
    approve(store, zz("3"), ADA)
    assert force.in_force()["zz"].version == "3"


def test_an_older_text_can_come_back(store: Store) -> None:
    """A text that was in force is proposed and approved again like any other."""
    begin(store, zz())
    propose(store, zz("2"))
    approve(store, zz("2"))
    propose(store, zz(), BEN)
    approve(store, zz(), ADA)
    assert [(one.version, one.state) for one in force.enacted("zz")] == [
        ("1", "over"), ("2", "over"), ("1", "in force")]
    assert tables.PackText.objects.count() == 2


def test_a_refused_act_leaves_nothing(store: Store) -> None:
    """An approval that is refused leaves no entry and changes no row."""
    begin(store, zz())
    propose(store, zz("2"))
    entries = queries.counts()["entries"]
    with pytest.raises(Refused):
        approve(store, zz("2"), ADA)
    assert (queries.counts()["entries"], len(force.waiting())) == (entries, 1)


@pytest.mark.parametrize("sql", [
    "UPDATE store_packtext SET texts = '{}'", "DELETE FROM store_packtext", "DELETE FROM store_enactment",
    "UPDATE store_enactment SET proposed_by = 'eve'", "UPDATE store_enactment SET first = 1 WHERE since IS NULL",
    "UPDATE store_enactment SET since = until WHERE since IS NOT NULL",
    "UPDATE store_enactment SET approved_by = 'eve' WHERE since IS NOT NULL"])
def test_what_was_decided_stays_so(store: Store, sql: str) -> None:
    """No text, proposal or approval is changed or deleted, whatever a programme or a person tries."""
    begin(store, zz())
    propose(store, zz("2"))
    assert "never changed" in (said := refused(sql)) or "stays so" in said


def test_what_is_over_does_not_begin_again(store: Store) -> None:
    """The end of a text in force is told once."""
    begin(store, zz())
    tables.Enactment.objects.update(until=store.now())
    assert "stays so" in refused("UPDATE store_enactment SET until = NULL")


def test_a_kept_text_that_was_altered_is_not_believed(store: Store) -> None:
    """A text whose digest is not its own stops the station: LAW-07."""
    begin(store, zz("altered"))
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER store_packtext_kept_from_update")
        cursor.execute("UPDATE store_packtext SET texts = replace(texts, 'under: 11', 'under: 16')")
    with pytest.raises(Broken, match="LAW-07"):
        force._pack.__wrapped__("zz", zz("altered").digest)


def test_a_pack_is_read_from_its_kept_text(store: Store) -> None:
    """What judges is the kept text, with the packs it uses as they were then, whatever the files say now."""
    begin(store, yy(under=14))
    pack = force.pack_of(force.in_force()["yy"])
    assert (pack.id, pack.uses, pack.review.state) == ("yy", ("zz",), "reviewed")


def test_a_proposal_is_taken_back(store: Store, clock: Clock) -> None:
    """It waits no more, was never in force, is on record as taken back, and can be proposed again."""
    begin(store, zz())
    propose(store, zz("2"))
    clock.forward(HOUR)
    with store.work(BEN, "not as enacted") as work:
        work.end_proposal(zz("2"))
    assert force.waiting() == {}
    assert [one.state for one in force.enacted("zz")] == ["in force", "taken back"]
    assert [*queries.entries()][-1].did["packs taken back"] == 1
    propose(store, zz("2"))
    approve(store, zz("2"))
    assert force.in_force()["zz"].version == "2"


def test_what_is_not_proposed_is_not_taken_back(store: Store) -> None:
    """Nothing, or another text than waits: refused, and nothing is written."""
    begin(store, zz())
    with pytest.raises(InputError, match="LAW-02"), store.work(ADA, "a mistake") as work:
        work.end_proposal(zz())
    propose(store, zz("2"))
    before = [*queries.entries()]
    with pytest.raises(Conflict, match="LAW-03"), store.work(ADA, "a mistake") as work:
        work.end_proposal(zz("3"))
    assert [*queries.entries()] == before

"""Writing: one block, one transaction, one audit entry."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, OperationalError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashgrade import audit
from hashgrade.errors import Broken, Conflict, InputError, Refused
from hashgrade.law import grades
from hashgrade.nouns import Claim, Edition, Kind, Known, Reading, Report, Resemblance, Settlement, Sighting
from hashgrade.store import models as tables
from hashgrade.store import queries, shapes
from hashgrade.store.trouble import plain_errors
from hashgrade.store.work import Store, Work, refuse_unsafe
from tests.cast import ADA, BEN, CY, DEE, MORNING, Clock, grade, item, later, reading, settlement, sha
from tests.naive import queue as twin
from tests.naive.store import NaiveStore, clusters

YES, NO = grade(indecent="yes"), grade(indecent="no")


class TakenBackError(Exception):
    """Ends a block without leaving anything of it."""


@contextmanager
def taken_back(store: Store) -> Iterator[Work]:
    """A block of work that fails at its end."""
    with suppress(TakenBackError), store.work(ADA, "a trial") as work:
        yield work
        raise TakenBackError


def sighting(number: int, **said: object) -> Sighting:
    """A sighting of the item with this number."""
    plain: dict[str, object] = {"sha256": sha(number), "url": "https://a.example/1", "seen_at": MORNING}
    return Sighting(**{**plain, **said})  # type: ignore[arg-type]


def write(store: Store, **records: Sequence[object]) -> None:
    """File records, by the names of Work's methods, in the order given."""
    with store.work(ADA, "a test") as work:
        for name, given_ones in records.items():
            getattr(work, name)(given_ones)


def test_a_block_leaves_one_entry(store: Store) -> None:
    """However much a block writes, it leaves exactly one entry, with actor, reason and counts."""
    write(store, items=[item(1), item(2)], sightings=[sighting(1)])
    (entry,) = queries.entries()
    assert (entry.actor, entry.why, entry.did["items"], entry.did["sightings"]) == (ADA, "a test", 2, 1)


def test_the_log_is_a_chain(store: Store) -> None:
    """The entries of several blocks verify as one chain."""
    for number in range(3):
        write(store, items=[item(number)])
    last = audit.verify(queries.entries())
    assert last is not None
    assert last.number == 3


def test_a_failed_block_leaves_nothing(store: Store) -> None:
    """An exception in a block takes back its rows and its entry."""
    with taken_back(store) as work:
        work.items([item(1)])
    assert queries.counts()["items"] == queries.counts()["entries"] == 0


def test_a_block_that_changes_nothing_leaves_no_entry(store: Store) -> None:
    """Filing what is on file is no change."""
    write(store, items=[item(1)], sightings=[sighting(1)], readings=[reading(1, ADA, YES)])
    write(store, items=[item(1)], sightings=[sighting(1)], readings=[reading(1, ADA, YES)])
    assert queries.counts()["entries"] == 1


def test_the_entry_depends_on_what_was_written(store: Store, clock: Clock) -> None:
    """Two blocks that write different rows have different digests of rows."""
    write(store, items=[item(1)])
    write(store, items=[item(2)])
    one, other = (entry.did["rows_sha256"] for entry in queries.entries())
    assert one != other


@pytest.mark.parametrize(("actor", "why"), [("", "why"), ("ada", "  ")])
def test_a_change_needs_an_actor_and_a_reason(store: Store, actor: str, why: str) -> None:
    """A block without an actor or a reason does not open."""
    with pytest.raises(InputError, match="STO-04"), store.work(actor, why):
        pass


def test_a_closed_block_cannot_write(store: Store) -> None:
    """Work kept beyond its block is refused, so nothing is written without an entry."""
    with store.work(ADA, "a test") as work:
        pass
    with pytest.raises(Refused, match=r"STO-13.*over"):
        work.items([item(1)])
    assert queries.counts()["items"] == 0


def test_another_thread_cannot_write(store: Store) -> None:
    """A block is its thread's: another thread would write on another connection, outside the transaction."""
    with store.work(ADA, "a test") as work, ThreadPoolExecutor(1) as pool:
        written = pool.submit(work.regrade)
        with pytest.raises(Refused, match=r"STO-13.*thread"):
            written.result()


def test_items_are_filled_in(store: Store) -> None:
    """A second record of an item adds what the first lacked, keeps the earlier time and the stronger recognition."""
    write(store, items=[item(1, kind=Kind.OTHER, known=Known.CLAIMED, extra={"a": 1})])
    write(store, items=[item(1, first_seen=later(-5), md5="0" * 32, known=Known.NEAR, width=7, extra={"b": 2})])
    assert queries.item(sha(1)) == item(
        1, first_seen=later(-5), md5="0" * 32, known=Known.CLAIMED, width=7, extra={"a": 1, "b": 2})


@pytest.mark.parametrize(("first", "second", "word"), [
    ({"md5": "0" * 32}, {"md5": "1" * 32}, "`md5`"), ({"kind": Kind.IMAGE}, {"kind": Kind.VIDEO}, None),
    ({"extra": {"k": 1}}, {"extra": {"k": 2}}, "`k`"), ({"pdq_quality": 1}, {"pdq_quality": 2}, "`pdq_quality`")])
def test_contradicting_items_are_refused(
    store: Store, first: dict[str, object], second: dict[str, object], word: str | None) -> None:
    """One SHA-256 has one value of each field that its bytes decide; its kind is what it first decoded as."""
    write(store, items=[item(1, **first)])
    refused: list[str] = []
    with store.work(ADA, "a test") as work:
        work.items([item(1, **second), item(2)], lambda _noun, error: refused.append(str(error)))
    assert ([word in text and "STO-05" in text for text in refused] == [True]) if word else not refused
    assert queries.item(sha(2))


def test_a_record_about_no_item_is_refused(store: Store) -> None:
    """What is about an item that is not on file has nothing to hang on."""
    with pytest.raises(InputError, match="STO-14"):
        write(store, sightings=[sighting(1)])


@pytest.mark.parametrize("other", [{"url": "https://a.example/2"}, {"seen_at": later(1)}, {"report": "R-1"}])
def test_sightings_differ_by_place_time_and_report(store: Store, other: dict[str, object]) -> None:
    """Another place, time or report is another sighting; the same again is not."""
    write(store, items=[item(1)], sightings=[sighting(1), sighting(1, **other), sighting(1)])
    assert queries.counts()["sightings"] == 2


def test_reports_are_filed_once(store: Store) -> None:
    """A report is known by its number, and what it contradicts is refused."""
    first = Report(report="R-1", source="public", received_at=MORNING)
    write(store, reports=[first, first])
    with pytest.raises(InputError, match="STO-05"):
        write(store, reports=[Report(report="R-1", source="police", received_at=MORNING)])
    assert list(queries.reports()) == [first]


def test_a_second_reading_by_one_person_is_refused(store: Store) -> None:
    """Two readings are by two people."""
    write(store, items=[item(1)], readings=[reading(1, ADA, YES)])
    with pytest.raises(InputError, match=r"(?s)STO-06.*supersedes"):
        write(store, readings=[reading(1, ADA, NO, 5)])


def test_the_database_itself_allows_one_current_reading_a_reader(store: Store) -> None:
    """Not even a programme that goes past `work` gives a reader two current readings."""
    write(store, items=[item(1)], readings=[reading(1, ADA, YES)])
    row = tables.Reading.objects.get()
    with pytest.raises(IntegrityError, match="UNIQUE"):
        tables.Reading.objects.create(item_id=row.item_id, reader=ADA, at=later(9), grade=row.grade)


def test_the_database_itself_refuses_a_reader_who_settles(store: Store) -> None:
    """Not even a programme that goes past `work` lets a reader settle."""
    write(store, items=[item(1)], readings=[reading(1, ADA, YES)])
    row = tables.Reading.objects.get()
    with pytest.raises(IntegrityError, match="a reader of an item cannot settle it"):
        tables.Settlement.objects.create(item_id=row.item_id, by=ADA, at=later(9), grade=row.grade)


def test_the_database_itself_refuses_a_settler_who_reads(store: Store) -> None:
    """Not even a programme that goes past `work` lets a settler read."""
    write(store, items=[item(1)], settlements=[settlement(1, CY, YES)])
    row = tables.Settlement.objects.get()
    with pytest.raises(IntegrityError, match="who settled an item cannot read it"):
        tables.Reading.objects.create(item_id=row.item_id, reader=CY, at=later(9), grade=row.grade)


def test_a_reader_cannot_settle(store: Store) -> None:
    """A settlement is by somebody who did not read the item."""
    write(store, items=[item(1)], readings=[reading(1, ADA, YES), reading(1, BEN, NO)])
    with pytest.raises(Refused, match="STO-09"):
        write(store, settlements=[settlement(1, ADA, YES)])


def test_a_settler_cannot_read(store: Store) -> None:
    """Who has settled an item stays outside its readings."""
    write(store, items=[item(1)], settlements=[settlement(1, CY, YES)])
    with pytest.raises(Refused, match="STO-08"):
        write(store, readings=[reading(1, CY, YES)])


def test_a_settlement_is_on_file_once(store: Store) -> None:
    """The same settlement changes nothing, and another by the same person at the same time is refused."""
    write(store, items=[item(1)], settlements=[settlement(1, CY, YES), settlement(1, CY, YES)])
    with pytest.raises(InputError, match="STO-06"):
        write(store, settlements=[settlement(1, CY, NO)])
    assert queries.counts()["settlements"] == 1


def test_a_correction_counts_and_both_stay(store: Store) -> None:
    """A correction takes the place of the reading it supersedes, which stays on file."""
    write(store, items=[item(1)], readings=[reading(1, ADA, NO), reading(1, BEN, YES)])
    write(store, readings=[reading(1, ADA, YES, 5, supersedes=later(0))])
    assert queries.counts()["readings"] == 3
    assert [one.at for one in queries.readings(current=True)] == [later(0), later(5)]
    assert {one.sha256: said for one, said in queries.grades()} == {sha(1): YES}


@pytest.mark.parametrize(("at", "supersedes"), [(5, 3), (-1, 0)])
def test_a_correction_follows_the_current_reading(store: Store, at: float, supersedes: float) -> None:
    """A correction names the reader's current reading and is later than it."""
    write(store, items=[item(1)], readings=[reading(1, ADA, NO)])
    with pytest.raises(InputError, match="STO-07"):
        write(store, readings=[reading(1, ADA, YES, at, supersedes=later(supersedes))])


NUMBERS, PEOPLE, MINUTES = st.integers(1, 2), st.sampled_from([ADA, BEN, CY]), st.integers(0, 4)
SAID = st.sampled_from([YES, NO, grade({"age_band": "3-6"}, {"age_band": "7-10"}), grade({"age_band": "7-10"})])
READINGS = st.builds(
    lambda number, who, said, at, old: reading(number, who, said, at, supersedes=None if old is None else later(old)),
    NUMBERS, PEOPLE, SAID, MINUTES, st.none() | MINUTES)
SETTLEMENTS = st.builds(settlement, NUMBERS, PEOPLE, SAID, MINUTES)


@pytest.mark.parametrize("wanted", [1, 2])
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(READINGS | SETTLEMENTS, max_size=14))
def test_the_store_agrees_with_its_twin(store: Store, wanted: int, acts: list[Reading | Settlement]) -> None:
    """Whatever is read and settled in whatever order, the store takes what its naive twin takes and grades alike."""
    naive = NaiveStore()
    store.readings_wanted = wanted
    with taken_back(store) as work:  # for the next example
        work.items([item(1), item(2)])
        for act in acts:
            took = _take(work, act)
            assert took == (naive.read(act) if isinstance(act, Reading) else naive.settle(act))
        work.close(ADA, "a trial")
        for number in (1, 2):
            _same_grade(number, naive, wanted)


def _take(work: Work, act: Reading | Settlement) -> bool:
    ignored: list[object] = []
    if isinstance(act, Reading):
        return work.readings([act], lambda *_: ignored.append(1)) == 1
    return work.settlements([act], lambda *_: ignored.append(1)) == 1


def _same_grade(number: int, naive: NaiveStore, wanted: int) -> None:
    newest, standing = naive.newest(sha(number)), queries.standing(sha(number))
    expected, differs = grades.of_record(naive.current(sha(number)), newest, wanted)
    assert standing
    assert (standing.grade is None) == (expected is None)
    assert standing.grade is None or expected is None or grades.canonical(standing.grade) == grades.canonical(expected)
    assert (standing.differs, standing.settled) == (differs, newest is not None)
    assert standing.readings == len(naive.current(sha(number)))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)).filter(lambda pair: pair[0] != pair[1])))
def test_clusters_are_what_resemblance_joins(store: Store, pairs: list[tuple[int, int]]) -> None:
    """A card holds exactly what is joined, however many steps apart and in whatever order it was joined."""
    with taken_back(store) as work:
        work.items(item(number) for number in range(1, 8))
        for one, other in pairs:
            work.resemblances([Resemblance(sha256=sha(one), other=sha(other), distance_bits=9)])
        cards = {frozenset(int(one.sha256, 16) for one in card.items) for card in twin.queue()}
        assert cards == clusters(range(1, 8), pairs)


def test_a_resemblance_is_filed_once(store: Store) -> None:
    """The same near hit again changes nothing."""
    near = Resemblance(sha256=sha(1), other=sha(2), distance_bits=9)
    write(store, items=[item(1), item(2)], resemblances=[near, near])
    write(store, resemblances=[near])
    assert (queries.resemblances([sha(1)]), queries.counts()["entries"]) == ([near], 1)


def test_an_edition_number_is_used_once(store: Store) -> None:
    """Two editions of a list never share a number."""
    edition = Edition(list_name="ours", number=1, issued_at=MORNING, manifest_sha256="0" * 64, members=3)
    with store.work(ADA, "publish") as work:
        work.edition(edition)
    with pytest.raises(Conflict, match="STO-11"), store.work(ADA, "publish") as work:
        work.edition(edition)
    assert queries.editions("ours") == [edition]


def test_a_claim_marks_what_it_names(store: Store) -> None:
    """An ungraded item that a list names exactly is known as claimed; a graded one stays as it was."""
    write(store, items=[item(1), item(2, md5="a" * 32), item(3)], settlements=[settlement(1, CY, YES)])
    write(store, claims=[Claim(list_name="x", edition="1", sha256=sha(1)),
                         Claim(list_name="x", edition="1", md5="a" * 32)])
    assert [one.known for one in queries.items()] == [None, Known.CLAIMED, None]


def test_claims_are_filed_once(store: Store) -> None:
    """The same edition again changes nothing."""
    claims = [Claim(list_name="x", edition="1", pdq="b" * 64, pdq_quality=80, skip=True, extra={"k": 1})]
    write(store, claims=claims)
    write(store, claims=claims)
    (stored,) = queries.claims("x")
    assert (stored.pdq, stored.skip, stored.extra, queries.counts()["entries"]) == ("b" * 64, True, {"k": 1}, 1)


def test_a_newer_edition_takes_the_place_of_the_older(store: Store) -> None:
    """What the newest edition of a list no longer names, the list no longer claims."""
    write(store, claims=[Claim(list_name="x", edition="1", sha256=sha(1))])
    write(store, claims=[Claim(list_name="x", edition="2", sha256=sha(2))])
    assert ([one.sha256 for one in queries.claims()], queries.imported_lists()) == ([sha(2)], [("x", "2")])


def test_an_empty_edition_withdraws_what_the_one_before_named(store: Store) -> None:
    """An edition without a claim is begun all the same, once, and is then the current one of its list."""
    write(store, claims=[Claim(list_name="x", edition="1", sha256=sha(1))])
    begun = []
    for _again in range(2):
        with store.work(ADA, "import list x") as work:
            begun.append(work.imported("x", "2"))
    assert (begun, list(queries.claims()), queries.imported_lists()) == ([1, 0], [], [("x", "2")])
    assert queries.counts()["entries"] == 2


def test_a_claim_of_nothing_is_refused(store: Store) -> None:
    """A claim without a digest or a code says nothing of any medium."""
    with pytest.raises(InputError, match="STO-15"):
        write(store, claims=[Claim(list_name="x", edition="1")])


def test_one_lease_an_item(store: Store, clock: Clock) -> None:
    """What one reader holds, another cannot take, until it runs out or is given back."""
    write(store, items=[item(1), item(2)])
    _lease(store, ADA, 1, 2)
    with pytest.raises(Conflict, match="STO-12"):
        _lease(store, BEN, 2)
    clock.forward(901)
    _lease(store, BEN, 2)
    assert (queries.holder(sha(2), clock()), queries.holder(sha(1), clock())) == (BEN, None)


def test_all_of_a_card_or_none(store: Store, clock: Clock) -> None:
    """A lease of several items that fails for one leaves no lease on the others."""
    write(store, items=[item(1), item(2)])
    _lease(store, ADA, 2)
    with pytest.raises(Conflict, match="STO-12"):
        _lease(store, BEN, 1, 2)
    assert queries.holder(sha(1), clock()) is None


def _lease(store: Store, reader: str, *numbers: int) -> datetime:
    with store.work(reader, "take") as work:
        return work.lease([sha(number) for number in numbers], reader)


def test_more_readings_wanted_takes_grades_back(store: Store) -> None:
    """When policy asks for more readings, the records follow at the next start, with an entry that says why."""
    write(store, items=[item(1)], readings=[reading(1, ADA, YES), reading(1, BEN, YES)])
    Store(store.now, readings_wanted=3).prepare()
    assert queries.graded([sha(1)]) == set()
    assert [entry.why for entry in queries.entries()][-1] == "readings_wanted is now 3"
    Store(store.now, readings_wanted=3).prepare()
    assert queries.counts()["entries"] == 2


@pytest.mark.parametrize(("version", "journal", "code"), [
    ((3, 30, 9), "delete", "STO-01"), ((3, 51, 2), "wal", "STO-02")])
def test_an_unsafe_sqlite_is_refused(version: tuple[int, ...], journal: str, code: str) -> None:
    """Too old a SQLite, or WAL where WAL can corrupt, stops the start."""
    with pytest.raises(Broken, match=code):
        refuse_unsafe(version, journal)


@pytest.mark.parametrize(("version", "journal"), [((3, 31, 0), "delete"), ((3, 51, 3), "wal"), ((3, 40, 1), "memory")])
def test_a_safe_sqlite_is_taken(version: tuple[int, ...], journal: str) -> None:
    """The oldest safe versions are good enough."""
    refuse_unsafe(version, journal)


@pytest.mark.parametrize(("said", "kind", "code"), [
    ("database is locked", Conflict, "STO-03"), ("database or disk is full", Broken, "STO-10"),
    ("database disk image is malformed", Broken, "STO-17"), ("disk I/O error", Broken, "STO-17"),
    ("unable to open database file", InputError, "STO-18"),
    ("attempt to write a readonly database", InputError, "STO-18")])
def test_sqlites_own_errors_are_told_plainly(said: str, kind: type[Exception], code: str) -> None:
    """A busy or full database comes out as a coded error with advice."""
    with pytest.raises(kind, match=code), plain_errors():
        raise OperationalError(said)


def test_the_safe_settings_hold(store: Store) -> None:
    """Every commit is synced, foreign keys are checked, and a transaction takes the write lock first."""
    with connection.cursor() as cursor:
        found = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "foreign_keys")]
    assert found == [2, 1]
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_nothing_is_left_to_migrate(store: Store) -> None:
    """The migrations make the tables that the models describe."""
    from django.core.management import call_command

    call_command("makemigrations", "store", check=True, dry_run=True, verbosity=0)


def test_rows_and_nouns_are_the_same_thing(store: Store) -> None:
    """Everything a noun says comes back from its row."""
    whole = item(1, md5="1" * 32, sha1="2" * 40, size_bytes=5, width=2, height=3, pdq="3" * 64, pdq_quality=4,
                 pdq_as_displayed="5" * 64, known=Known.NEAR, extra={"x": [1, {"y": None}]})
    seen = sighting(1, report="R", site_type="forum", original_upload=True, extra={"z": "é"})
    said = reading(1, DEE, grade({"activity": ("posing_nude",)}), seconds_visible=1.5, extra={"w": 1})
    done = settlement(1, CY, YES)
    write(store, items=[whole], sightings=[seen], readings=[said], settlements=[done])
    found = [*queries.items(), *queries.sightings(), *queries.readings(), *queries.settlements()]
    assert found == [whole, seen, said, done]


def test_batches_lose_nothing() -> None:
    """Cut lists are the list."""
    assert list(shapes.batches(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]


def test_times_are_utc(store: Store) -> None:
    """Times come back aware and in UTC."""
    write(store, items=[item(1)])
    found = queries.item(sha(1))
    assert found
    assert found.first_seen.tzinfo == UTC

"""A text judges what is on file part by part before it is in force: others write meanwhile, nothing is half done."""

import os
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from django.db import connection

from hashgrade import audit
from hashgrade.enacting import Tell, in_use, preview, put_in_force
from hashgrade.errors import Conflict, InputError, Refused
from hashgrade.law import judge
from hashgrade.nouns import Grade
from hashgrade.store import force, queries, verdicts
from hashgrade.store import models as tables
from hashgrade.store.force import Text
from hashgrade.store.work import Store
from tests.cast import ADA, BEN, CY, grade, item, settlement, sha
from tests.lawmaking import laid, zz
from tests.store.test_force import begin, propose

ROOT = Path(__file__).parents[2]
BANDS = ("0-2", "7-10", "11-13", "14-15", "16-17")
NEW = zz("2", 14)
PART = 4


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of four grades, so that a few are many."""
    monkeypatch.setattr(verdicts, "AT_ONCE", PART)


def said(number: int) -> Grade:
    """A grade of its own for each number."""
    return grade({"age_band": BANDS[number % 5]}, depiction="photographic", child_count=1, series=f"s{number}")


def file(store: Store, *numbers: int) -> None:
    """Items with a grade of record each."""
    with store.work(CY, "settle") as work:
        work.items(map(item, numbers))
        work.settlements(settlement(number, CY, said(number)) for number in numbers)


def proposed(store: Store, items: int) -> None:
    """So many items under the first text, and the next one proposed."""
    begin(store, zz())
    file(store, *range(items))
    propose(store, NEW)


def on_file() -> set[tuple[object, ...]]:
    """Every verdict that is kept, by text and grade."""
    return set(tables.Judged.objects.values_list(
        "text__digest", "grade__sha256", "verdict__outcome", "verdict__at_least", "verdict__reasons"))


def standing(items: int) -> list[tuple[str, str | None]]:
    """The version and outcome under which each item stands."""
    found = (verdicts.history(sha(number))[-1].verdicts[-1] for number in range(items))
    return [(one.version, one.outcome) for one in found]


def by_law(version: str, under: int, items: int) -> list[tuple[str, str | None]]:
    """What a text makes of each item, asked anew."""
    return [(version, judge(said(number), zz(version, under).pack).outcome) for number in range(items)]


@pytest.mark.parametrize("items", [0, 1, 3, 4, 5, 8, 13])
def test_ahead_or_at_once_is_the_same(store: Store, items: int) -> None:
    """However many parts there are, what is on file in the end is what one block by itself makes of it, its twin."""
    proposed(store, items)
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        with store.work(BEN, "approve") as work:
            work.approve(NEW, BEN, "as published")
        at_once = on_file()
        cursor.execute("ROLLBACK TO before")
    put_in_force(store, NEW, BEN, "as published")
    assert on_file() == at_once
    assert standing(items) == by_law("2", 14, items)


def test_what_comes_meanwhile_is_judged_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What others file after each part, the last among them, is judged by the text as it comes into force."""
    proposed(store, 9)
    numbers, ahead = count(9), verdicts.ahead

    def others_write(text: Text, after: int = 0) -> verdicts.Ahead:
        found = ahead(text, after)
        file(store, next(numbers))
        return found

    monkeypatch.setattr(verdicts, "ahead", others_write)
    put_in_force(store, NEW, BEN, "as published")
    items = next(numbers)
    assert items == 12
    assert standing(items) == by_law("2", 14, items)
    assert tables.Judged.objects.filter(text__digest=NEW.digest).count() == items


def test_nothing_is_half_in_force(store: Store) -> None:
    """Until the last block every verdict that anybody is told is by the text before, and the new one waits."""
    proposed(store, 13)
    seen = []

    def look(_done: int, _of: int) -> None:
        seen.append((standing(13), force.in_force()["zz"].version, force.waiting()["zz"].digest))

    put_in_force(store, NEW, BEN, "as published", look)
    assert seen == [(by_law("1", 11, 13), "1", NEW.digest)] * 3


def test_each_part_has_its_entry(store: Store) -> None:
    """Every part is one entry by who approves, with the reason, how many verdicts, of which grades, by which text."""
    proposed(store, 9)
    before = queries.counts()["entries"]
    put_in_force(store, NEW, BEN, "as published")
    *parts, last = list(queries.entries())[before:]
    assert [(one.actor, one.why, one.did["verdicts ahead"], one.did["grades"]) for one in parts] == [
        (BEN, "as published", 4, [1, 4]), (BEN, "as published", 4, [5, 8])]
    assert [one.did["packs"] for one in (*parts, last)] == [[["zz", "2", NEW.digest]]] * 3
    assert (last.did["packs approved"], "verdicts ahead" in last.did) == (1, False)
    assert len({one.did["rows_sha256"] for one in parts}) == 2
    assert audit.verify(queries.entries())


def ending(act: Callable[[], object]) -> Tell:
    """Do this once, as the second part is done."""
    times = count()
    return lambda _done, _of: act() if next(times) == 1 else None  # type: ignore[return-value]


def withdrawn(store: Store) -> None:
    """Take the proposal back."""
    with store.work(ADA, "a mistake") as work:
        work.end_proposal(NEW)


@pytest.mark.parametrize(("meanwhile", "error", "code"), [
    (withdrawn, InputError, "LAW-02"), (lambda store: propose(store, zz("3")), Conflict, "LAW-03")])
def test_what_is_no_longer_proposed_is_not_gone_on_with(
    store: Store, meanwhile: Callable[[Store], None], error: type[Exception], code: str,
) -> None:
    """A proposal that is taken back, or another in its place, ends the approval at its next part."""
    proposed(store, 17)
    with pytest.raises(error, match=code):
        put_in_force(store, NEW, BEN, "as published", ending(lambda: meanwhile(store)))
    assert tables.Judged.objects.filter(text__digest=NEW.digest).count() == 2 * PART
    assert standing(17) == by_law("1", 11, 17)


def test_who_proposed_judges_nothing_ahead(store: Store) -> None:
    """An approval that is refused is refused before anything is kept."""
    proposed(store, 9)
    entries = queries.counts()["entries"]
    with pytest.raises(Refused, match="LAW-01"):
        put_in_force(store, NEW, ADA, "as published")
    assert queries.counts()["entries"] == entries


def test_two_who_approve_at_once_judge_a_grade_once(store: Store) -> None:
    """Of two who go on side by side one puts it in force, the other is told, and no verdict is kept twice."""
    proposed(store, 13)
    inner = ending(lambda: put_in_force(store, NEW, CY, "as published"))
    with pytest.raises(InputError, match="LAW-02"):
        put_in_force(store, NEW, BEN, "as published", inner)
    assert force.in_force()["zz"].approved_by == CY
    assert standing(13) == by_law("2", 14, 13)


def test_what_was_kept_is_not_judged_again(store: Store) -> None:
    """After an end in between, the next approval goes on from there; a text that comes back judges only what is new."""
    proposed(store, 13)

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put_in_force(store, NEW, BEN, "as published", ending(stop))
    assert (verdicts.ahead(NEW).found[0][0], verdicts.ahead(NEW).until) == (2 * PART + 1, 3 * PART)
    put_in_force(store, NEW, CY, "as published")
    propose(store, zz())
    file(store, 13)
    assert [number for number, _ in verdicts.ahead(zz()).found] == [14]
    put_in_force(store, zz(), BEN, "the other was wrong")
    assert standing(14) == by_law("1", 11, 14)


def test_a_pack_that_begins_judges_in_parts(store: Store, tmp_path: Path) -> None:
    """A pack that the settings name at a station with records is in force at once for all, after parts of their own."""
    file(store, *range(9))
    before = queries.counts()["entries"]
    (one,) = in_use(store, [str(laid(tmp_path))])
    assert (one.version, standing(9)) == ("1", by_law("1", 11, 9))
    assert ["verdicts ahead" in entry.did for entry in queries.entries()][before:] == [True, True, False]


def test_a_count_tells_how_far_it_is(store: Store) -> None:
    """While it lasts, a count of what would change says how many grades it has judged, of how many."""
    proposed(store, 5)
    told: list[tuple[int, int]] = []
    assert preview(zz().pack, NEW.pack, lambda *said: told.append(said)).items == 5
    assert told == [(0, 5)]


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
import django
django.setup()
from django.db import connection
from hashgrade import audit
from hashgrade.enacting import put_in_force
from hashgrade.store import force, queries, verdicts
from hashgrade.store.work import Store
from tests.flows.test_enacting_ahead import NEW, PART, by_law, file, proposed, standing
store = Store(lambda: datetime(2024, 1, 1, tzinfo=UTC))
store.prepare()
verdicts.AT_ONCE = PART
proposed(store, 13)

def apart(act):
    connection.close()
    if (child := os.fork()) == 0:
        act()
        os._exit(0)
    return os.waitpid(child, 0)[1]

def killed(at):
    def tell(done, _of):
        if done >= at:
            os.kill(os.getpid(), signal.SIGKILL)
    return apart(lambda: put_in_force(store, NEW, "ben", "as published", tell))

for at in (4, 8):
    print(killed(at), standing(13) == by_law("1", 11, 13), force.waiting()["zz"].digest == NEW.digest,
          audit.verify(queries.entries()).number)
put_in_force(store, NEW, "ben", "as published", lambda _done, _of: print(apart(lambda: file(store, 13))))
print(standing(14) == by_law("2", 14, 14), audit.verify(queries.entries()).number)
"""


def test_a_kill_in_between_leaves_it_proposed(tmp_path: Path) -> None:
    """Killed after a part, or before the last block, all is as it was, and approved again; other processes save."""
    given = os.environ | {"HASHGRADE_STATION": str(tmp_path), "DJANGO_SETTINGS_MODULE": "hashgrade.store.settings"}
    done = subprocess.run(  # noqa: S603 - our own programme
        [sys.executable, "-c", KILLED], env=given, cwd=ROOT, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["9 True True 4", "9 True True 5", "0", "True 8"]

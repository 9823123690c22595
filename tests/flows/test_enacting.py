"""Putting a pack in force: what would change is shown first, two people decide, and nobody's records are touched."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random
from shutil import copytree, rmtree

import pytest

from hashgrade.enacting import Place, approve, in_use, items_of, newer, place, preview, propose, spoken
from hashgrade.errors import InputError, Refused
from hashgrade.exchange.lists import publish, read_policy
from hashgrade.law import check, judge, vocabulary
from hashgrade.law.judge import Bench, possible
from hashgrade.law.pack import PACKS
from hashgrade.nouns import Child, Grade, Value
from hashgrade.store import force, queries, verdicts
from hashgrade.store.force import Text
from hashgrade.store.work import Store
from tests.cast import ADA, BEN, CY, Clock, grade, item, reading, settlement, sha
from tests.lawmaking import laid, zz
from tests.world import world

BANDS = ["0-2", "7-10", "7-10", "11-13", "14-15"]
AS_READ = Grade({"depiction": "photographic", "child_count": 1}, ({"age_band": "11-13"},))


@pytest.fixture(name="faultless")
def no_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the invented country's pack as one that `law check` finds no fault with."""
    monkeypatch.setattr(check, "problems", lambda *_: iter(()))


def records(store: Store) -> None:
    """Items that two people read alike: one of each band, and one of whom no age is known."""
    with store.work(CY, "records") as work:
        for number, band in enumerate([*BANDS, "cannot_determine"]):
            work.items([item(number)])
            said = grade({"age_band": band}, depiction="photographic", child_count=1, series=f"s{number}")
            work.readings([reading(number, who, said) for who in (ADA, BEN)])


def drawn_grades() -> Iterator[Grade]:
    """Grades without end: some answers known, some not asked, some that could not be determined."""
    rng, facts = Random("in force"), vocabulary().facts
    while True:
        row: Child = {"age_band": rng.choice([*facts["age_band"].values, "cannot_determine"]),
                      "activity": (rng.choice([*facts["activity"].values]),)}
        tests: dict[str, Value] = {
            name: rng.choice(["yes", "no"]) for name in ("indecent", "lascivious") if rng.random() < 0.8}
        tests["depiction"] = rng.choice([*facts["depiction"].values])
        yield Grade(tests, (row,) * rng.randint(0, 2))


def standing() -> dict[str, str]:
    """What each item's standing verdict is, in words."""
    found = {}
    for name in map(sha, range(len(BANDS) + 1)):
        (one,) = (one for one in verdicts.history(name)[-1].verdicts if one.until is None)
        found[name] = one.outcome or f"undecided: at least {one.at_least}, could be {', '.join(one.could_be)}"
    return found


def test_software_with_a_changed_pack_changes_nothing(store: Store, tmp_path: Path) -> None:
    """Once a text is in force, another in its files is only told of: what judges stays as it is."""
    folder = laid(tmp_path)
    assert [one.version for one in in_use(store, [str(folder)])] == ["1"]
    laid(tmp_path, "2", 14)
    assert [one.version for one in in_use(store, [str(folder)])] == ["1"]
    waits = newer([str(folder)])["zz"]
    assert isinstance(waits, Text)
    assert (waits.pack.version, waits.digest) == ("2", zz("2", 14).digest)
    assert queries.counts()["entries"] == 1


def test_files_that_are_gone_or_at_fault_change_nothing(store: Store, tmp_path: Path) -> None:
    """A pack in force needs no files: it is read from the records, and its files' trouble is only told."""
    folder = laid(tmp_path)
    in_use(store, [str(folder)])
    (folder / "pack.yaml").write_text("pack: [")
    (told,) = newer([str(folder)]).values()
    assert isinstance(told, InputError)
    assert told.code == "PACK-01"
    rmtree(folder)
    (one,) = in_use(store, [str(folder)])
    assert force.pack_of(one).id == "zz"


def test_a_pack_that_there_is_not_cannot_begin(store: Store) -> None:
    """A setting that names no pack is refused, and nothing begins."""
    with pytest.raises(InputError, match="PACK-08"):
        in_use(store, ["uk-ew", "no-such-pack"])
    assert not force.in_force()


def test_a_pack_is_meant_by_its_name_where_the_settings_say(tmp_path: Path) -> None:
    """A name means the settings' folder of that pack, else the package's; a folder means itself."""
    folder = laid(tmp_path)
    assert place("zz", [str(folder)]) == place(str(folder)) == Place("zz", tmp_path)
    assert place("uk-ew", [str(folder)]) == Place("uk-ew", None)


def test_a_preview_tells_what_will_be(store: Store, tmp_path: Path, faultless: None) -> None:
    """The changes that a preview counts are exactly those that the approval then makes; the preview writes nothing."""
    folder = laid(tmp_path)
    in_use(store, [str(folder)])
    records(store)
    before, entries = standing(), queries.counts()
    found = preview(zz().pack, zz("2", 14).pack)
    assert queries.counts() == entries
    laid(tmp_path, "2", 14)
    propose(store, place(str(folder)), ADA, "a new act")
    assert standing() == before
    approve(store, place(str(folder)), BEN, "as published")
    after = standing()
    moves = Counter((before[name], after[name]) for name in before if before[name] != after[name])
    assert {(one.before, one.after): one.items for one in found.changes} == moves == {("low", "high"): 1}
    assert (found.items, found.changed) == (6, 1)


def test_a_preview_names_no_item_unasked(store: Store, tmp_path: Path) -> None:
    """Examples are grades of at most three kinds, bared of what neither text asks for; items are named on demand."""
    in_use(store, [str(laid(tmp_path))])
    records(store)
    (change,) = preview(zz().pack, zz("2", 14).pack).changes
    assert change.examples == [AS_READ]
    assert items_of(change) == [sha(3)]


def test_a_pack_that_comes_into_use_is_previewed(store: Store, tmp_path: Path) -> None:
    """Where nothing is in force, every item is told under the outcome that it would have, undecided ones in words."""
    records(store)
    found = preview(None, zz().pack)
    assert {(one.before, one.after): one.items for one in found.changes} == {
        ("", "high"): 3, ("", "low"): 2, ("", "undecided: at least none, could be high, low"): 1}


def test_an_unchanged_text_changes_nothing(store: Store) -> None:
    """Between a text and itself there is no change."""
    records(store)
    assert preview(zz().pack, zz("2").pack).changes == ()


def test_examples_are_three_at_most(store: Store) -> None:
    """However many kinds of grades change alike, three are shown."""
    records(store)
    found = preview(None, zz("1", 0).pack)
    assert max(len(one.examples) for one in found.changes) == 3
    assert all(spoken(judge(said, zz("1", 0).pack)) == one.after for one in found.changes for said in one.examples)


def test_a_pack_at_fault_is_neither_proposed_nor_approved(store: Store, tmp_path: Path) -> None:
    """What `law check` finds fault with is refused with its first fault and place, before anything is written."""
    folder = laid(tmp_path)
    in_use(store, [str(folder)])
    laid(tmp_path, "2", 14)
    for act in (propose, approve):
        with pytest.raises(Refused, match=r"LAW-04.*zz"):
            act(store, place(str(folder)), ADA, "a new act")
    assert not force.waiting()


def test_what_the_package_checks_can_be_put_in_force(store: Store, tmp_path: Path, clock: Clock) -> None:
    """A pack of the package that passes its own check replaces an older reading of itself, end to end."""
    folder = tmp_path / "uk-ew"
    copytree(PACKS / "uk-ew", folder)
    text = (folder / "pack.yaml").read_text()
    (folder / "pack.yaml").write_text(text.replace('oral_is_penetrative: "yes"', 'oral_is_penetrative: "no"'))
    in_use(store, [str(folder)])
    with store.work(CY, "records") as work:
        work.items([item(1)])
        said = grade({"age_band": "7-10", "activity": ("oral",)}, depiction="photographic", indecent="yes")
        work.readings([reading(1, who, said) for who in (ADA, BEN)])
    clock.forward(3600)
    (folder / "pack.yaml").write_text(text)
    propose(store, place("uk-ew", [str(folder)]), ADA, "oral activity is penetrative, as the guideline reads")
    approve(store, place("uk-ew", [str(folder)]), BEN, "read and agreed")
    assert [one.outcome for one in verdicts.history(sha(1))[-1].verdicts] == ["B", "A"]


def test_no_reason_is_no_change(store: Store, tmp_path: Path, faultless: None) -> None:
    """A proposal and an approval need a reason each."""
    folder = laid(tmp_path)
    in_use(store, [str(folder)])
    laid(tmp_path, "2", 14)
    with pytest.raises(InputError, match="STO-04"):
        propose(store, place(str(folder)), ADA, " ")


def test_packs_begin_once_whoever_opens_first(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of two processes that open a station for the first time at once, the second finds what the first began."""
    folder = laid(tmp_path)
    in_use(store, [str(folder)])
    answers = [{}, begun := force.in_force(), begun]
    monkeypatch.setattr(force, "in_force", lambda: answers.pop(0))
    assert [one.version for one in in_use(store, [str(folder)])] == ["1"]
    assert queries.counts()["entries"] == 1


def test_lists_and_studies_say_what_is_on_file(store: Store, tmp_path: Path) -> None:
    """What an edition, or a study's snapshot, works out of a grade by the texts in force is the verdict on file."""
    folder = laid(tmp_path / "packs", "1", 14)
    used = in_use(store, ["uk-ew", "us-industry", "interpol-baseline", str(folder)])
    packs = tuple(map(force.pack_of, used))
    with store.work(CY, "records") as work:
        for number, said in enumerate(islice(drawn_grades(), 80)):
            work.items([item(number)])
            work.settlements([settlement(number, CY, said)])
    (tmp_path / "policy.yaml").write_text("kind: {is: image}\n")
    desk = replace(world(tmp_path / "station", store), packs=packs)
    edition = publish(desk, "all", read_policy(tmp_path / "policy.yaml", packs), CY)
    with (edition.folder / "hashes.csv").open(newline="") as text:
        listed = {row["sha256"]: {pack.id: row[pack.id] for pack in packs} for row in csv.DictReader(text)}
    on_file = {name: {one.pack: one for one in verdicts.history(name)[-1].verdicts} for name in map(sha, range(80))}
    assert listed == {name: {pack: one.outcome or "" for pack, one in found.items()} for name, found in on_file.items()}
    for one, of_record in queries.grades():
        assert of_record
        assert {pack: possible(verdict) for pack, verdict in Bench(packs)(of_record).items()} == {
            pack: (*kept.could_be, kept.at_least) for pack, kept in on_file[one.sha256].items()}
    assert len({tuple(outcomes.values()) for outcomes in listed.values()}) > 5

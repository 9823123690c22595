"""Codings of record, and what a snapshot keeps of codings."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from hashgrade.errors import InputError
from hashgrade.nouns import Answer, Coding
from hashgrade.studies.coded import check, check_one, of_record
from hashgrade.studies.count import count
from hashgrade.studies.schema import parse
from hashgrade.studies.snapshot import Records, Snapshot, load, snapshot
from hashgrade.studies.table import Cell
from tests.pure.studies.population import PACKS, START, digest, judge, records

STUDY = parse("""study: overlays
title: Text over pictures
question: How often is text laid over a picture?
cohort: everything
period: {from: 2023-01-01, until: 2024-12-31}
tables:
  kind: {title: Kind, of: kind}
sample:
  seed: overlays
  strata:
    all: {size: {at_most: 40}, of: {kind: {in: [image, video, other]}}}
  protocol:
    overlay: {title: Text over the picture, values: {added: Added, original: Part of the picture}}
    marks: {title: Marks, many: true, values: {logo: Logo, code: Code}}
  tables:
    overlay: {title: Text over the picture, of: protocol.overlay}
    marks: {title: Marks, of: protocol.marks}
    logo: {title: Laid over beside a logo, where: {protocol.marks: {is: logo}}, of: protocol.overlay}
""", "overlays.yaml")
ANSWERS: dict[str, list[Answer]] = {
    "overlay": ["added", "original", "cannot_determine"], "marks": [("code",), ("code", "logo"), "cannot_determine"]}


def coding(item: int, coder: str, hours: int = 0, study: str = "overlays", **answers: Answer) -> Coding:
    """A coding; a later one supersedes that of an hour before."""
    at = START + timedelta(hours=hours)
    return Coding(sha256=digest(item), study=study, coder=coder, at=at, answers=answers,
                  supersedes=at - timedelta(hours=1) if hours else None)


def codings(seed: int, items: int) -> list[Coding]:
    """What up to three coders say of some items, with gaps and corrections."""
    chance, found = Random(seed), []
    for item in range(items):
        for coder in chance.sample(["ada", "ben", "cy"], chance.randrange(4)):
            for hours in range(chance.choice([1, 1, 2])):
                asked = chance.choice([["overlay"], ["marks"], ["overlay", "marks"], ["overlay", "marks"]])
                said = {key: chance.choice(ANSWERS[key]) for key in asked}
                found.append(coding(item, coder, hours, chance.choice(["overlays"] * 4 + ["marks"]), **said))
    return found


def taken(folder: Path, said: list[Coding], items: int = 30) -> Snapshot:
    """A snapshot of a small population and these codings."""
    return snapshot(folder, Records(*records(3, items), codings=said), PACKS, judge)


def test_what_all_coders_say_is_on_record() -> None:
    """A question that they answer differently, or that one of them did not answer, is not."""
    said = [coding(1, "ada", overlay="added", marks=("code", "logo")),
            coding(1, "ben", overlay="added", marks=("code",))]
    assert of_record(said) == {"overlay": ("added",)}
    assert of_record([*said, coding(1, "cy", marks=("code",))]) == {}
    assert of_record([]) == {}


@pytest.mark.parametrize("seed", range(3))
def test_counts_are_those_of_the_codings_of_record(seed: int, tmp_path: Path) -> None:
    """What SQL counts of a sample is what its codings, gone through one by one, come to."""
    said = codings(seed, 30)
    found = count(STUDY, taken(tmp_path, said), (date(2023, 1, 1), date(2024, 12, 31)))
    counted = {cell: found.count("media", cell) for layout in found.layouts for cell in layout.cells()}
    wanted = Counter({cell: 0 for cell in counted if cell.table.startswith("sample_")})
    for item in range(30):
        of_item = [one for one in said if (one.sha256, one.study) == (digest(item), "overlays")]
        wanted.update(cells(of_record(of_item)))
    assert {cell: times for cell, times in counted.items() if cell in wanted} == dict(wanted)
    said_so = [any("all who coded" in note for note in layout.table.notes) for layout in found.layouts]
    assert said_so == [False, True, True, True]


def cells(record: Mapping[str, tuple[str, ...]]) -> Iterator[Cell]:
    """The cells that a medium with this coding of record counts in."""
    (overlay,), marks = record.get("overlay", ("not_determined",)), record.get("marks", ("not_determined",))
    yield from (Cell("sample_overlay", "base"), Cell("sample_overlay", "row", overlay), Cell("sample_marks", "base"))
    yield from (Cell("sample_marks", "row", mark) for mark in marks)
    if "logo" in marks:
        yield from (Cell("sample_logo", "base"), Cell("sample_logo", "row", overlay))
    elif set(marks) & {"not_determined", "cannot_determine"}:
        yield Cell("sample_logo", "excluded")


def test_a_correction_takes_the_place_of_what_it_corrects() -> None:
    """The last that a coder says is what counts, in whatever order the lines come."""
    said = [coding(1, "ada", 1, overlay="original"), coding(1, "ada", overlay="added"),
            coding(1, "ben", overlay="original")]
    assert of_record(said) == {"overlay": ("original",)}


def test_a_snapshot_keeps_the_last_coding_of_each_coder(tmp_path: Path) -> None:
    """Each answer that stands is one row, with a number in place of the coder's name."""
    said = codings(5, 30)
    kept = taken(tmp_path / "a", said)
    assert load(tmp_path / "a").counts["codings"] == kept.counts["codings"]
    last = {(one.sha256, one.study, one.coder): one for one in sorted(said, key=lambda one: one.at)}
    wanted = sorted((one.sha256, one.study, key, [answer] if isinstance(answer, str) else list(answer))
                    for one in last.values() for key, answer in one.answers.items())
    with kept.opened() as database:
        found = database.execute("SELECT lower(hex(i.sha256)), study, question, answer FROM codings c JOIN items i "
                                 "ON i.n = c.n ORDER BY ALL").fetchall()
        ((coders,),) = database.execute("SELECT count(DISTINCT coder) FROM codings").fetchall()
    assert [tuple(row) for row in found] == wanted
    assert coders == len({one.coder for one in last.values()})
    assert taken(tmp_path / "b", said[::-1]).digest == kept.digest


BAD = {
    "a question": ({"overly": "added"}, "no question `overly`; did you mean `overlay`", "overlays.yaml:13:"),
    "a value": ({"overlay": "addded"}, "`overlay` is never `addded`; did you mean `added`", "overlays.yaml:13:"),
    "several values": ({"overlay": ("added", "original")}, "takes one value, and several", "overlays.yaml:13:"),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_the_protocol_does_not_ask_is_refused(bad: str, tmp_path: Path) -> None:
    """A coding that the protocol has no place for is told, before it is filed and before it is counted."""
    answers, words, place = BAD[bad]
    wrong = coding(1, "ada", **answers)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=words) as caught:
        check_one(STUDY, wrong)
    assert caught.value.code == "STU-47"
    with taken(tmp_path, [wrong]).opened() as database, pytest.raises(InputError, match=words) as caught:
        check(STUDY, database)
    assert (caught.value.code, caught.value.where[:len(place)]) == ("STU-47", place)


def test_what_the_protocol_asks_is_taken(tmp_path: Path) -> None:
    """Positive control; and codings of another study are no business of this one."""
    said = [*codings(5, 30), coding(1, "dee", study="another", overly="x")]
    for one in said:
        check_one(STUDY, one)
    with taken(tmp_path, said).opened() as database:
        check(STUDY, database)


def test_an_answer_without_a_value_is_refused() -> None:
    """STU-47: what is not answered is left out, so that nothing is on record of it."""
    with pytest.raises(InputError, match="`marks` is coded with no value") as caught:
        check_one(STUDY, coding(1, "ada", marks=()))
    assert caught.value.code == "STU-47"

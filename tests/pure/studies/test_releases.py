"""What two releases print together gives nothing away that each keeps to itself, or the second says so."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from hashgrade.errors import InputError, Refused
from hashgrade.nouns import Grade, Item, Kind
from hashgrade.studies import comparing
from hashgrade.studies.atoms import UNDECIDED
from hashgrade.studies.attack import Disclosure, Release, attack
from hashgrade.studies.count import Counted, count
from hashgrade.studies.disclosure import KeptBack
from hashgrade.studies.estimated import KEPT_BACK
from hashgrade.studies.joint import Released, joined
from hashgrade.studies.releases import Guarded, earlier, guard
from hashgrade.studies.run import run
from hashgrade.studies.schema import parse
from hashgrade.studies.snapshot import Records, Snapshot, snapshot
from hashgrade.studies.study import Study
from hashgrade.studies.table import Cell
from hashgrade.studies.verifying import verify
from tests.pure.studies.population import PACKS, START, digest, judge

PERIOD = (date(2023, 1, 1), date(2023, 12, 31))
UNDER = 10
FIRST, SECOND = (f"""
study: {name}
title: Study {name}
question: Q
cohort: {cohort}
period: {{from: 2023-01-01, until: 2023-12-31}}
tables:
  T: {{title: By origin, of: origin}}
  K: {{title: By capture, of: capture}}
""" for name, cohort in (("first", "everything"), ("second", "{not: {kind: {is: other}}}")))


def items(others: int) -> Iterator[tuple[Item, Grade]]:
    """60 self-generated and 40 other items, and so many self-generated ones that are no picture."""
    for number in range(100 + others):
        origin = "other_present" if 60 <= number < 100 else "self_generated"
        capture = "still" if number % 2 else "recording"
        kind = Kind.IMAGE if number < 100 else Kind.OTHER
        seen = START + timedelta(days=number)
        yield Item(sha256=digest(number), first_seen=seen, kind=kind), Grade({"origin": origin, "capture": capture}, ())


def taken(folder: Path, others: int = 4) -> Snapshot:
    """A snapshot of them."""
    return snapshot(folder, Records(list(items(others))), PACKS, judge)


def studies() -> tuple[Study, Study]:
    """The study of all, and that of pictures alone."""
    return parse(FIRST, "first.yaml"), parse(SECOND, "second.yaml")


def released(study: Study, records: Snapshot) -> Released:
    """What a study that was run alone prints."""
    counted = count(study, records, PERIOD, apart=True)
    shown = {cell: number for (_, cell), number in guard(counted, study.disclosure).shown.items()}
    return Released(study.title, PERIOD, counted, shown)


def found(counted: Counted, guarded: Guarded, before: Released) -> list[Disclosure]:
    """What an attacker works out from two releases of the same units."""
    (joint,) = joined(counted, (before,))
    count_ = len(joint.cells)
    now = Release("now", tuple(cell.key or cell.part for _, cell in joint.cells), joint.matrix[:count_],
                  tuple(guarded.shown[cell] for cell in joint.cells), UNDER)
    numbers = joint.matrix[count_:] @ joint.units
    hidden = {n - count_ for n in joint.earlier.sensitive}
    then = Release("then", tuple(f"earlier {n}" for n in range(len(numbers))), joint.matrix[count_:],
                   tuple(None if n in hidden else int(number) for n, number in enumerate(numbers)), UNDER)
    return attack([then, now], whole=True)


def test_two_releases_that_are_safe_alone_give_a_count_away_together(tmp_path: Path) -> None:
    """Positive control: what the second leaves out follows by subtraction, and the attacker finds it."""
    first, second = studies()
    records = taken(tmp_path)
    before, counted = released(first, records), count(second, records, PERIOD, apart=True)
    alone = guard(counted, second.disclosure)
    assert None not in alone.shown.values()
    assert None not in before.shown.values()
    assert {(one.kind, one.low, one.high) for one in found(counted, alone, before)} >= {("difference", 4, 4)}


def test_guarded_together_they_give_nothing_away(tmp_path: Path) -> None:
    """What would follow by subtraction is kept back in the second, and it says how much and for whose sake."""
    first, second = studies()
    records = taken(tmp_path)
    before, counted = released(first, records), count(second, records, PERIOD, apart=True)
    guarded = guard(counted, second.disclosure, (before,))
    assert found(counted, guarded, before) == []
    assert guarded.shown["media", Cell("T", "row", "other_present")] == 40
    assert guarded.for_them > 0
    assert guarded.given_away == 0
    assert any("Study first" in note for note in guarded.notes)


def test_what_came_since_is_a_count_too(tmp_path: Path) -> None:
    """Three items more since the same study was run are guarded, though it has the same cells."""
    first, _ = studies()
    shown = released(first, taken(tmp_path / "then", 0)).shown
    counted = count(first, taken(tmp_path / "now", 3), PERIOD, apart=True)
    before = Released("", PERIOD, counted, shown)
    alone, guarded = guard(counted, first.disclosure), guard(counted, first.disclosure, (before,))
    changed = Cell("T", "row", "self_generated")
    assert (shown[changed], alone.shown["media", changed]) == (60, 63)
    assert guarded.shown["media", changed] is None
    assert guarded.shown["media", Cell("", "total")] is None
    assert guarded.shown["media", Cell("T", "row", "other_present")] == 40
    assert guarded.changed > 0


def test_what_a_release_kept_back_stays_so(tmp_path: Path) -> None:
    """A count above the threshold that an earlier release kept back is not printed now."""
    first, _ = studies()
    counted = count(first, taken(tmp_path), PERIOD, apart=True)
    kept = [Cell("T", "row", "other_present"), Cell("T", "base")]
    alone = {cell: number for (_, cell), number in guard(counted, first.disclosure).shown.items()}
    shown = {cell: number for cell, number in alone.items() if cell.table == "T"} | dict.fromkeys(kept)
    assert alone[kept[0]] == 40
    assert guard(counted, first.disclosure, (Released("", PERIOD, counted, shown),)).shown["media", kept[0]] is None


def test_what_is_given_away_already_is_said(tmp_path: Path) -> None:
    """STU-31: an earlier report that printed small counts leaves nothing to protect, and the report says so."""
    first, second = studies()
    records = taken(tmp_path)
    everything = count(replace(first, cohort=None), records, PERIOD, apart=True)
    pictures = count(second, records, PERIOD, apart=True)
    both = [Released(name, PERIOD, one, {cell: one.count("media", cell) for cell in one.atoms["media"].cells})
            for name, one in (("a", everything), ("b", pictures))]
    guarded = guard(pictures, second.disclosure, both)
    assert guarded.given_away > 0
    assert any("STU-31" in note for note in guarded.notes)


def test_how_many_are_drawn_is_no_secret(tmp_path: Path) -> None:
    """A sample of three is asked for in the study's file, so that nothing is refused where a table counts three."""
    sampled = parse(FIRST + """
sample:
  seed: s
  strata: {few: {size: 3, of: {origin: {is: self_generated}}}, many: {size: 30, of: {origin: {is: other_present}}}}
  tables: {S: {title: By stratum, of: capture, by: stratum}}
""", "sampled.yaml")
    guarded = guard(count(sampled, taken(tmp_path), PERIOD), sampled.disclosure)
    assert guarded.shown["media", Cell("sample_S", "row", "all", "few")] is None
    assert guarded.given_away == 0


def test_a_count_that_nothing_protects_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """STU-33: a release is not made where control itself says that a count follows from others."""
    monkeypatch.setattr("hashgrade.studies.releases.kept_back", lambda *_: KeptBack(frozenset(), ((0,),)))
    first, _ = studies()
    with pytest.raises(Refused, match="STU-33"):
        guard(count(first, taken(tmp_path), PERIOD), first.disclosure)


# -- in folders ---------------------------------------------------------------------------------------------------


@pytest.fixture
def reports(tmp_path: Path) -> tuple[Path, Snapshot]:
    """A folder with the report of the first study, and the files of both; the records."""
    records = taken(tmp_path / "records")
    (tmp_path / "first.yaml").write_text(FIRST)
    (tmp_path / "second.yaml").write_text(SECOND)
    run(tmp_path / "first.yaml", records, tmp_path / "reports" / "first")
    return tmp_path, records


def test_a_report_says_what_it_was_guarded_against_and_verifies(reports: tuple[Path, Snapshot]) -> None:
    """With `against`, findings and manifest name the earlier report, and the same bytes come out again."""
    folder, records = reports
    out = folder / "reports" / "second"
    findings = run(folder / "second.yaml", records, out, against=[folder / "reports"])
    said = json.loads((out / "manifest.json").read_text())
    assert [one["release"] for one in said["against"]] == ["Study first, 2023-01-01 to 2023-12-31"]
    disclosure = findings["disclosure"]
    assert isinstance(disclosure, dict)
    assert disclosure["kept_back_for_them"] > 0
    assert "Study first" in (out / "index.html").read_text()
    assert verify(out, records, folder / "second.yaml", [folder / "reports"]).differs == ()


def test_the_same_report_again_changes_nothing(reports: tuple[Path, Snapshot]) -> None:
    """Whatever units a study counts, no number of the report before is another on the same records."""
    folder, records = reports
    (folder / "units.yaml").write_text(FIRST.replace("first", "units") + """
  C: {title: Children, unit: child, of: age_band}
  U: {title: URLs, unit: url, of: site_type}
""")
    run(folder / "units.yaml", records, folder / "reports" / "units")
    again = run(folder / "units.yaml", records, folder / "again", against=[folder / "reports"])["disclosure"]
    assert isinstance(again, dict)
    assert (len(again["against"]), again["changed"], again["given_away"]) == (2, 0, 0)


def test_a_report_is_not_verified_against_others(reports: tuple[Path, Snapshot]) -> None:
    """STU-34: without the reports that it was guarded against, a report cannot be made again."""
    folder, records = reports
    out = folder / "second"
    run(folder / "second.yaml", records, out, against=[folder / "reports" / "first"])
    with pytest.raises(InputError, match="STU-34"):
        verify(out, records, folder / "second.yaml")


def test_reports_of_other_periods_change_nothing(reports: tuple[Path, Snapshot]) -> None:
    """No unit is counted in two periods, so that a report of another year is not among those guarded against."""
    folder, _ = reports
    (folder / "later.yaml").write_text(FIRST.replace("2023", "2024"))
    seen = START + timedelta(days=400)
    later = [(replace(one, sha256=digest(n + 1000), first_seen=seen), grade) for n, (one, grade) in enumerate(items(4))]
    records = snapshot(folder / "more", Records([*items(4), *later]), PACKS, judge)
    run(folder / "later.yaml", records, folder / "later", against=[folder / "reports"])
    assert json.loads((folder / "later" / "manifest.json").read_text())["against"] == []


CHANGE = FIRST.replace("first", "change").replace("2023", "2024").replace("capture}", """capture}
  C: {title: Change, measure: change, options: {table: T}}""")


def two_years(folder: Path) -> Snapshot:
    """The same items twice: in 2023 with four that are no picture, and in 2024 without."""
    later = [(replace(one, sha256=digest(n + 1000), first_seen=one.first_seen + timedelta(days=370)), grade)
             for n, (one, grade) in enumerate(items(0))]
    return snapshot(folder, Records([*items(4), *later]), PACKS, judge)


def test_what_a_change_prints_of_the_period_before_is_guarded(tmp_path: Path) -> None:
    """A report of that period is out and lacks four of a kind, so that the change does not print them all."""
    records = two_years(tmp_path / "records")
    for name, text in (("second", SECOND), ("change", CHANGE)):
        (tmp_path / f"{name}.yaml").write_text(text)
    run(tmp_path / "second.yaml", records, tmp_path / "reports" / "second")
    rows = []
    for against in ([], [tmp_path / "reports"]):
        said: Any = run(tmp_path / "change.yaml", records, tmp_path / "reports" / "change", against=against)
        rows.append({row["key"]: row["count"] for row in said["before"]["tables"]["T"]["rows"]})
    assert [row["self_generated"] for row in rows] == [64, None]
    assert next(row for row in said["estimates"]["C"]["rows"] if row["key"] == "self_generated")["note"] == KEPT_BACK
    assert said["tables"]["T"]["rows"][0]["count"] == 60
    assert said["disclosure"]["kept_back_for_them"] > 0
    assert [one["release"] for one in said["disclosure"]["against"]] == ["Study second, 2023-01-01 to 2023-12-31"]
    again = verify(tmp_path / "reports" / "change", records, tmp_path / "change.yaml", [tmp_path / "reports"])
    assert again.differs == ()


def test_what_a_change_printed_of_the_period_before_counts_as_published(tmp_path: Path) -> None:
    """A later report of that period is guarded against it, though the report's own period is another."""
    records = two_years(tmp_path / "records")
    (tmp_path / "change.yaml").write_text(CHANGE)
    run(tmp_path / "change.yaml", records, tmp_path / "change")
    (before,) = earlier([tmp_path / "change"], records, PERIOD)
    assert before.period == PERIOD
    assert before.shown[Cell("T", "row", "self_generated")] == 64
    study = studies()[1]
    counted = count(study, records, PERIOD, apart=True)
    assert guard(counted, study.disclosure).shown["media", Cell("", "total")] == 100
    guarded = guard(counted, study.disclosure, (before,))
    assert found(counted, guarded, before) == []
    assert (guarded.for_them > 0, guarded.changed) == (True, 0)


def test_a_report_of_both_periods_ties_them(tmp_path: Path) -> None:
    """A number of both years is the sum of one that is printed of this and one that is kept back of the year before."""
    origins = (("self_generated", 65, 60), ("other_present", 30, 40), ("unknown", 5, 20))
    both = [(Item(sha256=digest(1000 * n + m), first_seen=START + timedelta(days=0 if m < then else 365)),
             Grade({"origin": origin}, ())) for n, (origin, then, now) in enumerate(origins) for m in range(then + now)]
    records = snapshot(tmp_path, Records(both), PACKS, judge)
    long = parse(FIRST.replace("until: 2023", "until: 2024").replace(
        "T: {title: By origin, of: origin}", "T: {title: Other, rows: {other: {origin: {is: other_present}}}}"), "l")
    study = replace(parse(CHANGE, "c"), tables=studies()[0].tables[:1])
    counted = count(long, records, long.period or PERIOD, apart=True)
    before = Released("long", long.period or PERIOD, counted,
                      {cell: number for (_, cell), number in guard(counted, long.disclosure).shown.items()})
    now, other = study.period or PERIOD, Cell("T", "row", "other_present")
    past = comparing.earlier(study, records, now, (before,))
    assert [past.tables["T"].figure(key).count for key in ("unknown", "other_present")] == [None, None]
    counted = count(study, records, now, apart=True)
    alone = guard(counted, study.disclosure, (before,))
    tied = comparing.guard_beside(past, counted, study.disclosure, now, (before,))
    assert [before.shown[Cell("T", "row", "other")], alone.shown["media", other], tied.shown["media", other]
            ] == [70, 40, None]


def test_a_report_that_cannot_be_counted_again_is_named(reports: tuple[Path, Snapshot]) -> None:
    """STU-32, whatever the reason is: here all that it counted is gone."""
    folder, _ = reports
    later = [(replace(one, first_seen=START + timedelta(days=400)), grade) for one, grade in items(0)]
    records = snapshot(folder / "later", Records(later), PACKS, judge)
    with pytest.raises(InputError, match=r"report `first` cannot be counted again: .* \(STU-07\)") as caught:
        earlier([folder / "reports"], records, PERIOD)
    assert caught.value.code == "STU-32"


def test_what_was_for_inside_only_is_not_counted_again(tmp_path: Path) -> None:
    """A report that may be published has none of those tables, so that they need not be countable."""
    records = taken(tmp_path / "records")
    (tmp_path / "inside.yaml").write_text(FIRST.replace("first", "inside").replace(
        "of: capture", "of: capture, internal: true"))
    for name, internal, tables in (("out", False, {"T"}), ("in", True, {"T", "K"})):
        run(tmp_path / "inside.yaml", records, tmp_path / name, internal=internal)
        (again,) = earlier([tmp_path / name], records, PERIOD)
        assert {layout.table.key for layout in again.counted.layouts} == tables


def test_what_is_no_report_is_refused(reports: tuple[Path, Snapshot]) -> None:
    """STU-32: a folder that is not there, one of other things, and a report whose findings were changed."""
    folder, records = reports
    for name in ("missing", "records"):
        with pytest.raises(InputError, match="STU-32"):
            run(folder / "second.yaml", records, folder / "out", against=[folder / name])
    path = folder / "reports" / "first" / "findings.json"
    path.write_text(path.read_text().replace("100", "101"))
    with pytest.raises(InputError, match="STU-32"):
        run(folder / "second.yaml", records, folder / "out", against=[folder / "reports"])


def test_how_many_were_undecided_is_a_count_too(tmp_path: Path) -> None:
    """What an earlier report left undecided is printed there, so that a row which is those media is no cover here."""
    first = parse(FIRST.replace("cohort: everything", "cohort: {origin: {in: [self_generated]}}"), "first.yaml")
    second = studies()[0]
    unread = [(Item(sha256=digest(1000 + n), first_seen=START, kind=Kind.IMAGE), Grade({"capture": "still"}, ()))
              for n in range(30)]
    few = [(Item(sha256=digest(2000 + n), first_seen=START, kind=Kind.IMAGE),
            Grade({"origin": "unknown", "capture": "still"}, ())) for n in range(4)]
    records = snapshot(tmp_path, Records([*items(0), *unread, *few]), PACKS, judge)
    before, counted = released(first, records), count(second, records, PERIOD, apart=True)
    assert before.shown[UNDECIDED] == 30
    unknown, open_ = (("media", Cell("T", "row", key)) for key in ("unknown", "not_determined"))
    alone, guarded = (guard(counted, second.disclosure, some).shown for some in ((), (before,)))
    assert [alone[unknown], guarded[unknown]] == [None, None]
    assert found(counted, guard(counted, second.disclosure, (before,)), before) == []
    assert guarded[open_] == 30

"""Segments in a settlement and in a history: what each reader marked, what is kept of it, and who sees it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from hashgrade.nouns import Item, Kind, Reading, Segment
from hashgrade.store import drafts
from tests.cast import ADA, BEN, CY, EVE, sha
from tests.doors.pages import Workbench
from tests.doors.test_settling import OTHER, SAID, bench, choose, like, save, shown, taken

__all__ = ["bench"]

NUDE = "posing_nude"
EARLY, LATE = Segment(from_ms=0, to_ms=2000, activity=(NUDE,)), Segment(from_ms=500, to_ms=9000, activity=(NUDE,))
CALM = Segment(from_ms=9000, to_ms=9500, activity=("none",), child=0)


def clip(bench: Workbench, number: int, *marked: tuple[Segment, ...]) -> str:
    """A clip that Ada and Ben read otherwise, with these segments of each."""
    with bench.station.store.work("hashgrade", "a test") as work:
        work.items([Item(sha256=sha(number), first_seen=bench.clock.at, kind=Kind.VIDEO)])
        work.readings([Reading(sha256=sha(number), reader=who, at=bench.clock.at, grade=said, segments=segments)
                       for who, said, segments in zip((ADA, BEN), (SAID, OTHER), marked, strict=True)])
    return sha(number)


def kept(number: int = 1) -> Any:
    """The segments of the newest settlement."""
    from hashgrade.store import queries

    return queries.settlements_of(sha(number))[-1].segments


def numbers(found: Any) -> dict[str, str]:
    """By what they marked first, what the page calls each reader."""
    rows = found["parts"]["rows"]
    return {row["times"]: str(n) for row in rows for n, (labels, _) in enumerate(row["said"], 1) if labels}


def part(person: Client, sha256: str, **said: str) -> Any:
    """Choose segments."""
    return choose(person, sha256, "", act="part", **said)


def ready(bench: Workbench, *marked: tuple[Segment, ...]) -> tuple[Client, Any]:
    """Cy, who has such a clip in hand and chosen all but its segments."""
    sha256 = clip(bench, 1, *marked)
    cy = taken(bench)
    return cy, like(cy, sha256, OTHER)


def test_one_readers_segments_are_taken_and_stand_in_the_settlement(bench: Workbench) -> None:
    """Blind and side by side, with times and labels; nothing is saved before it is chosen."""
    cy, found = ready(bench, (EARLY, CALM), (LATE,))
    assert [row["times"] for row in found["parts"]["rows"]] == ["0 s to 2 s", "0.5 s to 9 s", "9 s to 9.5 s"]
    assert (found["open"], found["questions"]) == (1, [])
    assert "SRV-10" in save(cy, found)["said"]
    found = part(cy, sha(1), part=numbers(found)["0 s to 2 s"])
    assert [bool(row["final"]) for row in found["parts"]["rows"]] == [True, False, True]
    save(cy, found)
    assert kept() == (EARLY, CALM)


@pytest.mark.parametrize(("choice", "segments"), [
    ("all", (Segment(from_ms=500, to_ms=2000, activity=(NUDE,)),)), ("none", ())])
def test_what_all_marked_or_nothing_is_taken(bench: Workbench, choice: str, segments: tuple[Segment, ...]) -> None:
    """What all marked is the time in which all say the same."""
    cy, _ = ready(bench, (EARLY, CALM), (LATE,))
    save(cy, part(cy, sha(1), part=choice))
    assert kept() == segments


def test_what_all_marked_alike_is_kept_and_not_asked_unless_somebody_wants_it(bench: Workbench) -> None:
    """Likewise taken back and done again by the keys of every other choice."""
    cy, found = ready(bench, (EARLY,), (EARLY,))
    assert (found["open"], found["parts"]["rows"][0]["final"]) == (0, "Posing, nude")
    assert part(cy, sha(1))["open"] == 1
    assert choose(cy, sha(1), "", act="undo")["open"] == 0
    assert choose(cy, sha(1), "", act="redo")["open"] == 1
    save(cy, part(cy, sha(1), part="none"))
    assert kept() == ()


def test_what_the_settlement_does_not_say_is_left_out_and_told(bench: Workbench) -> None:
    """A segment with a label that is then chosen otherwise does not come in by the back door."""
    cy, found = ready(bench, (EARLY, CALM), (LATE,))
    part(cy, sha(1), part=numbers(found)["0 s to 2 s"])
    choose(cy, sha(1), "children[0].activity", act="clear")
    found = choose(cy, sha(1), "children[0].activity", answer=["nudity_only"])
    assert [row["why"] for row in found["parts"]["rows"]] == [
        "the settlement does not say so of any child", "", ""]
    save(cy, like(cy, sha(1), OTHER))
    assert kept() == (CALM,)


def test_clips_without_segments_are_settled_as_ever(bench: Workbench) -> None:
    """Nothing is asked or shown of segments; a form that speaks of them is refused."""
    cy, found = ready(bench, (), ())
    assert (found["open"], found["parts"]["rows"]) == (0, [])
    assert b"Segments of the clip" not in cy.get("/settling/one/").content
    assert "SRV-13" in part(cy, sha(1), part="none")["said"]


def test_forged_segments_are_refused(bench: Workbench) -> None:
    """A reader who is none: told, and nothing is chosen."""
    cy, _ = ready(bench, (EARLY,), (LATE,))
    for forged in ("0", "3", "x", "²", "<b>"):
        after = part(cy, sha(1), part=forged)
        assert ("SRV-13" in after["said"], after["open"]) == (True, 1)


def test_segments_are_asked_again_after_a_correction(bench: Workbench) -> None:
    """Those that were chosen may be others by now."""
    cy, _ = ready(bench, (EARLY,), (LATE,))
    part(cy, sha(1), part="all")
    with bench.station.store.work(ADA, "a correction") as work:
        work.readings([Reading(sha256=sha(1), reader=ADA, at=bench.clock.at + timedelta(seconds=1), grade=SAID,
                               supersedes=bench.clock.at, segments=(CALM,))])
    assert shown(cy)["parts"]["asks"]


def test_choices_of_before_segments_were_settled_are_still_there(bench: Workbench) -> None:
    """A draft that an older version kept is read."""
    cy, found = ready(bench, (EARLY,), (LATE,))
    draft = drafts.find(CY, sha(1))
    assert draft
    drafts.keep(draft, {**draft.body, "now": draft.body["now"][:2], "done": [one[:2] for one in draft.body["done"]]})
    assert shown(cy)["open"] == found["open"] == 1


def test_a_settlement_with_segments_is_exported_and_read_back(bench: Workbench) -> None:
    """As a key of its line, and told apart from one without."""
    from hashgrade.exchange import lines
    from hashgrade.store import queries
    from hashgrade.store.onfile import content

    cy, found = ready(bench, (EARLY,), (LATE,))
    save(cy, part(cy, sha(1), part=numbers(found)["0 s to 2 s"]))
    (settled,) = queries.settlements_of(sha(1))
    assert lines.parsed(lines.written(settled)) == settled
    assert content(settled) != content(replace(settled, segments=()))


def test_a_history_has_the_segments_of_each_reading_and_of_the_settlement(bench: Workbench) -> None:
    """Beside the other answers, among the events and in the file."""
    cy, found = ready(bench, (EARLY,), (LATE, CALM))
    save(cy, part(cy, sha(1), part=numbers(found)["0 s to 2 s"]))
    eve = bench.as_actor(EVE)
    answers = eve.get(f"/items/{sha(1)}/").context["answers"]
    row = next(values for name, values, differs in answers["rows"] if name == "Segments" and differs)
    assert dict(zip(answers["heads"], row, strict=True)) == {
        ADA: "0 s to 2 s: Posing, nude", "Of record": "0 s to 2 s: Posing, nude",
        BEN: "0.5 s to 9 s: Posing, nude · 9 s to 9.5 s, child 1: None of these"}
    file = eve.get(f"/items/{sha(1)}/events.csv").content.decode()
    assert file.count("Segments: 0 s to 2 s") == 2


def test_segments_of_what_is_not_decided_are_not_told_to_who_may_read_it(bench: Workbench) -> None:
    """Dee, who reads too, sees of an open item neither answers nor segments."""
    clip(bench, 1, (EARLY,), (LATE,))
    assert b"0.5 s to 9 s" not in bench.as_actor("dee").get(f"/items/{sha(1)}/").content


def test_a_time_that_lies_within_anothers_is_told_as_such(bench: Workbench) -> None:
    """Ben, who marked more, did mark what Ada marked."""
    whole = Segment(from_ms=0, to_ms=9000, activity=(NUDE,))
    _, found = ready(bench, (EARLY,), (whole,))
    assert sorted(said for said, _ in found["parts"]["rows"][0]["said"]) == ["Posing, nude", "within 0 s to 9 s"]

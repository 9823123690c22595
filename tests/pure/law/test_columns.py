"""Grades in columns: every verdict is that of the reference evaluator."""

import subprocess
import sys
from random import Random

import pytest
from hypothesis import given, settings

from hashgrade import law
from hashgrade.law.columns import Columns, _of_medium, judge_all
from hashgrade.law.grades import grade_of
from hashgrade.law.judge import interval
from hashgrade.law.pack import pack_ids
from tests.pure.law.drawn import grade, seeds

PACKS = [law.load(name) for name in pack_ids()]


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
@settings(max_examples=5, deadline=None)
@given(seeds)
def test_columns_judge_as_the_reference_evaluator(pack: law.Pack, draw: Random) -> None:
    """`at_least` and `could_be` are equal on every grade, with gaps and without."""
    grades = [grade(draw, full=draw.random() < 0.4) for _ in range(20)]
    verdicts = judge_all(Columns.of(grades), pack)
    assert [verdicts.interval(n) for n in range(len(grades))] == [interval(one, pack) for one in grades]


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_the_reference_interval_is_that_of_the_verdict(pack: law.Pack) -> None:
    """`interval` leaves out reasons and what is missing, and nothing else."""
    for one in map(grade, map(Random, range(20))):
        verdict = law.judge(one, pack)
        assert interval(one, pack) == (verdict.at_least, verdict.could_be)


def test_media_without_children_are_none_wherever_they_stand() -> None:
    """First, last and between others, a medium that shows no child has no outcome."""
    child = {"facts": {"depiction": "photographic", "indecent": "yes"},
             "children": [{"age_band": "3-6", "activity": ["oral"]}]}
    no_child = {**child, "children": []}
    grades = [grade_of(one) for one in (no_child, no_child, child, no_child, child, child, no_child)]
    verdicts = judge_all(Columns.of(grades), law.load("uk-ew"))
    assert [verdicts.interval(n)[0] for n in range(7)] == ["none", "none", "A", "none", "A", "A", "none"]


def test_no_grades_have_no_verdicts() -> None:
    """Nothing comes of nothing."""
    assert len(judge_all(Columns.of([]), law.load("uk-ew")).at_least) == 0


def test_what_no_rule_may_read_is_not_kept() -> None:
    """Every item may belong to another series, and none of their names stays in memory."""
    Columns.of([grade_of({"facts": {"series": f"S{n}", "child_count": n}}) for n in range(100)])
    assert not {"series", "child_count"} & {name for name, _ in _of_medium()}


def test_runs_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children that are judged in short runs get the verdicts that they get at once."""
    columns = Columns.of(map(grade, map(Random, range(300))))
    whole = judge_all(columns, PACKS[0])
    monkeypatch.setattr("hashgrade.law.columns.RUN", 7)
    short = judge_all(columns, PACKS[0])
    assert (whole.at_least == short.at_least).all()
    assert (whole.could_be == short.could_be).all()


def test_only_columns_need_numpy() -> None:
    """To judge a grade imports no numpy, so that a command answers at once."""
    code = "import sys; import hashgrade.law; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own text

"""The packs of the package: their cases, dates, sources, and the words they are written in."""

from datetime import date

import pytest

from hashgrade import law
from hashgrade.errors import InputError
from hashgrade.law.check import Case, cases, problems
from hashgrade.law.judge import as_json, judge
from hashgrade.law.pack import pack_ids

PACKS = [law.load(name) for name in pack_ids()]
CASES = [(pack, case) for pack in PACKS for case in cases(pack)]


def test_every_pack_is_there() -> None:
    """Ids are stable, since records, settings and lists hold them."""
    assert " ".join(pack_ids()) == (
        "au-473.1 au-ibs ca-163.1 de-184b de-184c eu-2011-93 fr-227-23 iccam ie-1998 interpol-baseline nl-252 nz-1993 "
        "sap uk-ew uk-ew-prohibited uk-sct us-1466a us-2256 us-industry vics-us")


@pytest.mark.parametrize(("pack", "case"), CASES, ids=[f"{pack.id}: {case.name}" for pack, case in CASES])
def test_a_case_comes_out_as_its_sentence_says(pack: law.Pack, case: Case) -> None:
    """Each case of each pack holds."""
    assert pack.id == case.pack.id
    verdict = judge(case.grade, case.pack)
    got = {**as_json(verdict), "reasons": [reason.rule for reason in verdict.reasons]}
    assert {key: got[key] for key in case.expect} == case.expect


@pytest.mark.parametrize("name", pack_ids())
def test_a_pack_passes_its_own_checks(name: str) -> None:
    """Sources, dates, cases and coverage are as `law check` wants them."""
    assert list(problems(name)) == []


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_a_pack_that_no_counsel_reviewed_says_draft(pack: law.Pack) -> None:
    """Nobody is named as a reviewer who did not review."""
    assert (pack.review.state, pack.review.by, pack.review.on) == ("draft", None, None)


def test_a_pack_is_in_force_from_its_first_day() -> None:
    """The day before, there is no version; on the day and for ever after, there is."""
    assert law.load("uk-ew", date(2014, 4, 1)) is not None
    with pytest.raises(InputError, match="PACK-09"):
        law.load("uk-ew", date(2014, 3, 31))


def test_without_a_day_the_newest_version_is_loaded() -> None:
    """No clock is read: the newest is the first in the file."""
    assert law.load("uk-ew").version == "2014.1"


@pytest.mark.parametrize("name", ["uk-we", "../uk-ew", "", "UK-EW"])
def test_an_unknown_pack_is_refused(name: str) -> None:
    """Nor does a name lead out of the folder of packs."""
    with pytest.raises(InputError, match="PACK-08"):
        law.load(name)


def test_oral_activity_follows_the_parameter() -> None:
    """The reading of `oral_is_penetrative` is stated in the pack, not in code."""
    assert law.load("uk-ew").parameters == {"oral_is_penetrative": "yes"}


def test_the_vocabulary_keeps_its_ids_and_order() -> None:
    """Ids are stable, since records, packs and studies hold them."""
    book = law.vocabulary()
    assert " ".join(book.facts) == (
        "assessable depiction layout origin capture self_evident setting adult_visible child_count series indecent "
        "focus_on_region sexual_purpose dominant_characteristic lascivious graphic offensive_to_reasonable_person "
        "pornographic_s62 obscene_s62 promotes_exploitation age_band puberty sex role activity identified")
    assert " ".join(book.activities) == (
        "sadism animal penetrative oral masturbation non_penetrative witness posing_nude posing_clothed nudity_only "
        "none")


def test_every_fact_has_a_question_and_every_value_a_name() -> None:
    """People are asked in words, and tables print official names."""
    for row in law.vocabulary().rows():
        assert row["text"]
        assert all(row["values"].values())  # type: ignore[attr-defined]


def test_self_generated_is_never_shown_without_its_caution() -> None:
    """Wherever the words stand, they say that the child did not instigate it."""
    origin = law.vocabulary().facts["origin"]
    assert "never means" in origin.question
    assert "never means" in origin.values["self_generated"]

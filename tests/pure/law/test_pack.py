"""How a pack is read: parameters and other packs written out, circles refused, texts kept."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given

from hashgrade import law
from hashgrade.errors import InputError
from hashgrade.law.condition import TRUE
from hashgrade.law.grades import adult
from hashgrade.law.judge import judge, reader
from hashgrade.law.pack import all_versions, pack_ids, read_packs, texts
from hashgrade.nouns import Grade
from tests.pure.law.drawn import grade, seeds, unhurried

TEXT = """\
pack: {name}
title: An invented law
jurisdiction: international
outcomes: {{high: High, low: Low, other: Other, none: No}}
sources: {{act: An invented act}}
versions:
  - version: "1"
    vocabulary: "1"
    in_force: {{from: null, until: null}}
    review: {{state: draft, by: null, on: null}}
    parameters:
      strict: "{strict}"
      touching: {{activity: {{in: [oral, penetrative]}}}}
      wide: {{any: [parameter.touching, {{all: [parameter.strict, indecent]}}]}}
      {parameters}
    not_modelled: [{{outcome: other, why: It needs facts about other media.}}, A sentence.]
    scope: {scope}
    rules:
      - {{rule: one, outcome: high, source: act, article: s 1, when: {{not: {{not: parameter.wide}}}}}}
      - {{rule: two, outcome: low, source: act, article: s 2, when: {when}}}
"""


def text(name: str = "zz", strict: str = "yes", scope: str = "{age_band: {under: 18}}", when: str = "indecent",
         parameters: str = "") -> str:
    """The text of an invented pack."""
    return TEXT.format(name=name, strict=strict, scope=scope, when=when, parameters=parameters)


def invented(*others: str, **said: str) -> law.Pack:
    """That pack, where `others` are the texts of packs beside it, by the names they state."""
    beside = {other.split()[1]: other for other in others}
    return read_packs({"zz": text(**said), **beside}, "zz")[0]


def outcome(pack: law.Pack, *labels: str, indecent: str = "no") -> str | None:
    """What the pack makes of one child of 7 to 10."""
    return judge({"facts": {"indecent": indecent}, "children": [{"age_band": "7-10", "activity": [*labels]}]},
                 pack).outcome


def test_a_parameter_stands_for_its_condition() -> None:
    """A parameter may be made of others, and counts wherever it is named."""
    pack = invented()
    assert [outcome(pack, "oral"), outcome(pack, "none", indecent="yes"), outcome(pack, "none")] == [
        "high", "high", "none"]


def test_a_parameter_that_is_no_is_as_if_it_were_not_written() -> None:
    """With `strict` off, indecency alone is no longer high."""
    assert outcome(invented(strict="no"), "none", indecent="yes") == "low"


def test_a_verdict_of_another_pack_is_asked_of_each_child() -> None:
    """What another pack makes of a child is a condition like any other, and its facts are asked for."""
    pack = invented(text("yy"), when="{verdict.yy: {in: [high, low]}}", scope="{depiction: {is: photographic}}")
    assert pack.uses == ("yy",)
    assert {"depiction", "indecent", "age_band", "activity"} <= set(pack.facts)


def test_a_verdict_of_none_is_no_outcome_of_the_other_pack() -> None:
    """`none` is the opposite of every rule."""
    pack = invented(text("yy"), strict="no", when="{verdict.yy: {is: none}}")
    assert [outcome(pack, "none"), outcome(pack, "none", indecent="yes")] == ["low", "none"]


@pytest.mark.parametrize(("others", "said", "words"), [
    ((), {"parameters": "itself: {any: [parameter.itself]}"}, "`itself` -> `itself`"),
    ((), {"parameters": "a: {not: parameter.b}\n      b: {not: parameter.a}"}, "`a` -> `b` -> `a`"),
    ((), {"when": "{verdict.zz: {is: high}}"}, "`zz` -> `zz`"),
    ((text("yy", when="{verdict.zz: {is: high}}"),), {"when": "{verdict.yy: {is: high}}"}, "`zz` -> `yy` -> `zz`"),
])
def test_a_circle_is_told_with_its_names(others: tuple[str, ...], said: dict[str, str], words: str) -> None:
    """Parameters and packs that ask for each other would never come to an end."""
    with pytest.raises(InputError, match=words) as caught:
        invented(*others, **said)
    assert caught.value.code == "PACK-11"


def test_parameters_cannot_grow_without_end() -> None:
    """Twenty lines that each name the one before twice stand for a million comparisons, and are refused."""
    lines = ["p0: {any: [indecent, lascivious]}"] + [
        f"p{n}: {{all: [parameter.p{n - 1}, parameter.p{n - 1}]}}" for n in range(1, 20)]
    with pytest.raises(InputError, match=r"comes to 1,048,57\d comparisons") as caught:
        invented(parameters="\n      ".join(lines), when="parameter.p19")
    assert caught.value.code == "PACK-02"


@pytest.mark.parametrize(("said", "code"), [
    ({"when": "{parameter.strict: {is: no}}"}, "PACK-04"),
    ({"when": "{verdict.xx: {is: high}}"}, "PACK-03"),
    ({"when": "{verdict.yy: {is: D}}"}, "PACK-04"),
    ({"parameters": "spare: {activty: {is: oral}}"}, "PACK-03"),
    ({"parameters": "spare: maybe"}, "PACK-05"),
])
def test_a_name_that_does_not_fit_is_refused(said: dict[str, str], code: str) -> None:
    """The negation of a parameter is `not`; unknown packs and outcomes are errors, and unused parameters are read."""
    with pytest.raises(InputError) as caught:
        invented(text("yy"), **said)
    assert caught.value.code == code


def test_an_outcome_may_be_left_without_a_rule_on_purpose() -> None:
    """What is not modelled is a sentence, and may say of which outcome."""
    pack = invented()
    assert (set(pack.unmodelled), pack.not_modelled[1]) == ({"other"}, "A sentence.")
    assert pack.not_modelled[0] == "Other: It needs facts about other media."


@pytest.mark.parametrize("name", pack_ids())
def test_a_pack_read_from_its_kept_texts_is_the_same(name: str) -> None:
    """The text of a pack and of those it uses is all that a verdict needs."""
    kept = texts(name)
    assert set(kept) >= {name, *(used for pack in all_versions(name) for used in pack.uses)}
    for one, other in zip(read_packs(kept, name), all_versions(name), strict=True):
        assert one.row() == other.row()
        assert [rule.when for rule in one.rules] == [rule.when for rule in other.rules]


def test_a_pack_beside_it_comes_before_the_package_s(tmp_path: Path) -> None:
    """A lawyer who changes a pack and those it is used by sees both changes."""
    for name, source in (("uk-ew", text("uk-ew")), ("zz", text(when="{verdict.uk-ew: {is: high}}"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pack.yaml").write_text(source)
    assert texts("zz", tmp_path)["uk-ew"] == text("uk-ew")


@pytest.mark.parametrize("name", pack_ids())
@given(draw=seeds)
@unhurried
def test_gives_is_true_of_the_children_who_get_that_outcome(name: str, draw: Random) -> None:
    """The condition made of rules says of each child what the judge says of a medium with that child alone."""
    pack, full = law.load(name), grade(draw, full=True, definite=True)
    wanted = set(draw.sample(pack.outcomes, draw.randint(1, len(pack.outcomes))))
    for row in full.children or ():
        found = judge(Grade(full.facts, (row,)), pack).outcome
        if not adult(row) and found is not None:
            assert (pack.gives(wanted).value(reader(full, row)) == TRUE) == (found in wanted)

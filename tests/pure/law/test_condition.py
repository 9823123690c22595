"""Conditions: three values, intervals, children, and the same in SQL."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings

from hashgrade import law
from hashgrade.errors import InputError
from hashgrade.law import Condition
from hashgrade.law.condition import FALSE, TRUE, UNKNOWN, words
from hashgrade.law.grades import adult, derived, grade_of, prepubescent, unknown_children
from hashgrade.nouns import Grade
from tests.pure.law.drawn import BOOK, CD, grade, seeds

VALUES = {"site_type": ["image_host", "forum", "o'hara\"s"], "verdict.uk-ew": ["A", "B", "C", "none"]}
SPRING = datetime(2023, 4, 1, 10, tzinfo=UTC)


def asked(tree: Any, facts: dict[str, Any] | None = None, children: Any = None, **ready: Any) -> int:
    return Condition.parse(tree).evaluate(grade_of({"facts": facts or {}, "children": children}), ready)


@pytest.mark.parametrize(("band", "under", "over"), [
    ("0-2", TRUE, FALSE), ("11-13", TRUE, FALSE), ("14-15", UNKNOWN, UNKNOWN), ("16-17", FALSE, TRUE),
    ("18_or_over", FALSE, TRUE), (CD, UNKNOWN, UNKNOWN), (None, UNKNOWN, UNKNOWN),
])
def test_a_band_is_an_interval(band: str | None, under: int, over: int) -> None:
    """`under: 15` is at most 14 and `over: 14` at least 15; a band across the line is unknown."""
    row = {"age_band": band}
    assert Condition.parse({"age_band": {"under": 15}}).value(row.get) == under
    assert Condition.parse({"age_band": {"over": 14}}).value(row.get) == over


@pytest.mark.parametrize(("years", "value"), [(17, UNKNOWN), (18, FALSE), (16, FALSE)])
def test_the_last_year_of_a_band_counts(years: int, value: int) -> None:
    """16-17 is not all under 17, and not at all under 16; adults are never under 18."""
    band = "18_or_over" if years == 18 else "16-17"
    assert Condition.parse({"age_band": {"under": years}}).value({"age_band": band}.get) == value


def test_numbers_are_compared_strictly() -> None:
    """`under: 3` is at most 2, `over: 1` at least 2."""
    tree = {"all": [{"children": {"under": 3}}, {"children": {"over": 1}}]}
    assert [asked(tree, children=[{}] * n) for n in (1, 2, 3)] == [FALSE, TRUE, FALSE]


@pytest.mark.parametrize(("tree", "value"), [
    ({"first_seen": {"under": "2023-04-01"}}, FALSE), ({"first_seen": {"under": "2023-04-02"}}, TRUE),
    ({"first_seen": {"over": "2023-04-01"}}, FALSE), ({"first_seen": {"over": date(2023, 3, 31)}}, TRUE),
    ({"first_seen": {"is": "2023-04-01"}}, TRUE), ({"first_seen": {"over": "2023-04-01T09:59:59Z"}}, TRUE),
])
def test_a_day_lasts_from_midnight_to_midnight(tree: Any, value: int) -> None:
    """`over` a day begins the day after, as `over` a year of age begins the year after."""
    assert asked(tree, first_seen=SPRING) == value


@pytest.mark.parametrize("answer", [None, CD])
def test_what_is_unanswered_or_not_determinable_is_unknown(answer: str | None) -> None:
    """Neither is ever false, and neither is its negation true."""
    assert asked("indecent", {"indecent": answer}) == UNKNOWN
    assert asked({"not": "indecent"}, {"indecent": answer}) == UNKNOWN


def test_unknown_goes_through_all_and_any_as_kleene_says() -> None:
    """A false part decides `all`, a true part decides `any`, else one unknown part leaves them open."""
    no, open_, yes = {"graphic": {"is": "yes"}}, "lascivious", "indecent"
    facts = {"indecent": "yes", "graphic": "no"}
    assert [asked({op: parts}, facts) for op in ("all", "any") for parts in ([no, open_], [yes, open_], [no, yes])] == [
        FALSE, UNKNOWN, FALSE, UNKNOWN, TRUE, TRUE]


def test_an_answered_list_is_complete_unless_it_says_otherwise() -> None:
    """What is not in a list is false; beside `cannot_determine` it is unknown."""
    condition = Condition.parse({"activity": {"in": ["oral", "witness"]}})
    held = [("oral",), ("posing_nude",), ("posing_nude", CD), ("oral", CD), (CD,), None]
    found = [condition.value({"activity": labels}.get) for labels in held]
    assert found == [TRUE, FALSE, UNKNOWN, TRUE, UNKNOWN, UNKNOWN]


def test_the_whole_condition_is_asked_of_each_child() -> None:
    """A boy of 3 to 6 and a girl of 7 to 10 are not a girl of 3 to 6."""
    tree = {"all": [{"sex": {"is": "girl"}}, {"age_band": {"is": "3-6"}}]}
    assert asked(tree, children=[{"sex": "boy", "age_band": "3-6"}, {"sex": "girl", "age_band": "7-10"}]) == FALSE
    assert asked(tree, children=[{"sex": "boy", "age_band": "3-6"}, {"sex": "girl", "age_band": "3-6"}]) == TRUE


@pytest.mark.parametrize(("facts", "children", "value"), [
    ({}, None, UNKNOWN), ({"child_count": 2}, [{"sex": "boy"}], UNKNOWN), ({"child_count": 0}, None, FALSE),
    ({}, [], FALSE), ({}, [{"sex": "girl", "age_band": "18_or_over"}], FALSE), ({}, [{"sex": "boy"}, {}], UNKNOWN),
])
def test_undescribed_children_are_unknown_and_adults_are_no_children(facts: Any, children: Any, value: int) -> None:
    """Some child is a girl: unknown while one is undescribed, false where there is none."""
    assert asked({"sex": {"is": "girl"}}, facts, children) == value


def test_a_verdict_is_true_when_every_outcome_still_possible_is_meant() -> None:
    """An interval inside the list is true, outside it false, across its edge unknown."""
    condition = {"verdict.uk-ew": {"in": ["A", "B"]}}
    known: list[dict[str, Any]] = [{"verdict.uk-ew": held} for held in (("A", "B"), ("A", "C"), ("C", "none"), ())]
    assert [asked(condition, **ready) for ready in known] == [TRUE, UNKNOWN, FALSE, UNKNOWN]


def test_an_item_that_was_not_recognised_is_new() -> None:
    """`known` is null in the records, which conditions read as `new`."""
    assert asked({"known": {"is": "new"}}, known=None) == TRUE
    assert asked({"known": {"is": "new"}}, known="graded") == FALSE


REFUSED = [
    ({}, "CON-02", "a map with 0"),
    ({"all": [], "any": []}, "CON-02", "a map with 2"),
    ({"all": []}, "CON-02", "at least one condition"),
    ({"any": "indecent"}, "CON-02", "takes a list"),
    ({"setting": "kitchen"}, "CON-02", "is compared by one of is, in, under, over"),
    ({"children": {"undr": 3}}, "CON-02", "did you mean `under`?"),
    ({"setting": {"in": "kitchen"}}, "CON-02", "`in` takes a list"),
    ({"setting": {"under": 3}}, "CON-02", "has no order"),
    (True, "CON-02", "True"),
    ({"depictoin": {"is": "photographic"}}, "CON-03", "did you mean `depiction`?"),
    ("verdict.", "CON-03", "verdict."),
    ({"all": ["indecent", {"sex": {"is": "grl"}}]}, "CON-04", "all[1].sex.is"),
    ({"setting": {"is": CD}}, "CON-04", "never 'cannot_determine'"),
    ("setting", "CON-04", "never 'yes'"),
    ({"children": {"over": "1"}}, "CON-04", "whole number"),
    ({"children": {"is": True}}, "CON-04", "whole number"),
    ({"first_seen": {"under": "April"}}, "CON-04", "a day such as 2023-12-31"),
]


@pytest.mark.parametrize(("tree", "code", "said"), REFUSED, ids=str)
def test_what_is_not_a_condition_is_refused(tree: Any, code: str, said: str) -> None:
    """Each mistake is told with its code and its place in the tree."""
    with pytest.raises(InputError) as caught:
        Condition.parse(tree)
    assert caught.value.code == code
    assert said in str(caught.value)


def test_conditions_nest_only_so_deep() -> None:
    """A tree made to exhaust the stack is refused."""
    tree: Any = "indecent"
    for _ in range(100):
        tree = {"not": tree}
    with pytest.raises(InputError, match="nested more than 40 deep"):
        Condition.parse(tree)


def test_outcomes_are_checked_where_the_packs_are_known() -> None:
    """A policy on a verdict that its pack never gives is refused."""
    known = words([law.load("uk-ew")])
    with pytest.raises(InputError, match="CON-04"):
        Condition.parse({"verdict.uk-ew": {"is": "D"}}, "", known)
    with pytest.raises(InputError, match="CON-03"):
        Condition.parse({"verdict.uk-we": {"is": "A"}}, "", known)


# -- SQL: the same questions asked of the same media, in both languages -------------------------------------------

Medium = tuple[Grade, dict[str, Any]]
TYPES = {"number": "INTEGER", "date": "TIMESTAMP", **dict.fromkeys(["many", "sightings", "verdict"], "VARCHAR[]")}


def media(draw: Random, count: int) -> list[Medium]:
    return [(grade(draw), {
        "kind": draw.choice([None, "image", "video"]), "known": draw.choice([None, "near", "graded"]),
        "first_seen": SPRING + timedelta(days=draw.randrange(-3, 3), hours=draw.randrange(24)),
        "site_type": tuple(draw.sample(VALUES["site_type"], draw.randrange(3))) or None,
        "redistributed": draw.choice([None, "yes", "no"]),
        "verdict.uk-ew": tuple(draw.sample(VALUES["verdict.uk-ew"], draw.randrange(1, 4))),
    }) for _ in range(count)]


def table(db: duckdb.DuckDBPyConnection, some: list[Medium]) -> None:
    """The relations `media` and `children` as a snapshot lays them out."""
    facts = {name: fact.kind for name, fact in BOOK.names.items()}
    of_medium = {name: facts[name] for name in facts if name not in BOOK.child_names} | {"verdict.uk-ew": "verdict"}
    of_child = {name: facts[name] for name in facts if name in BOOK.child_names}
    for relation, columns in (("media", of_medium), ("children", of_child)):
        listed = ", ".join(f'"{name}" {TYPES.get(kind, "VARCHAR")}' for name, kind in columns.items())
        db.execute(f"CREATE TABLE {relation} (n INTEGER, {listed})")
    for n, (one, ready) in enumerate(some):
        held: dict[str, Any] = {**one.facts, **derived(one), **ready}
        if held.get("child_count") == CD:  # the column holds whole numbers: NULL is unknown too
            del held["child_count"]
        insert(db, "media", n, [held.get(name) for name in of_medium])
        rows = [row for row in one.children or () if not adult(row)] + [{}] * unknown_children(one)
        for row in rows:
            insert(db, "children", n, [{**row, "prepubescent": prepubescent(row)}.get(name) for name in of_child])


def insert(db: duckdb.DuckDBPyConnection, relation: str, n: int, values: list[Any]) -> None:
    db.execute(f"INSERT INTO {relation} VALUES ({', '.join('?' * (len(values) + 1))})", [n, *map(plain, values)])


def plain(value: Any) -> Any:
    """A value as DuckDB takes it: lists, and times in UTC without a zone."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return list(value) if isinstance(value, tuple) else value


def a_condition(draw: Random, depth: int = 3) -> Any:
    op = draw.choice(["all", "any", "not", "leaf", "leaf"]) if depth else "leaf"
    if op == "not":
        return {"not": a_condition(draw, depth - 1)}
    if op != "leaf":
        return {op: [a_condition(draw, depth - 1) for _ in range(draw.choice([1, 2, 3]))]}
    return a_comparison(draw)


def a_comparison(draw: Random) -> Any:
    name = draw.choice([*BOOK.names, *BOOK.child_names, "verdict.uk-ew"])
    kind = "verdict" if name in VALUES and name != "site_type" else BOOK.names[name].kind
    if kind == "number":
        return {name: draw.choice([{"under": 2}, {"over": 1}, {"is": 1}, {"in": [0, 2]}])}
    if kind == "date":
        day = draw.choice(["2023-04-01", "2023-03-31", SPRING])
        return {name: {draw.choice(["under", "over", "is"]): day}}
    if kind == "band" and draw.random() < 0.6:
        return {name: {draw.choice(["under", "over"]): draw.randrange(20)}}
    values = VALUES.get(name) or list(BOOK.names[name].values) or ["series-7"]
    return {name: draw.choice([{"is": draw.choice(values)}, {"in": draw.sample(values, min(2, len(values)))}])}


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[list[Medium], duckdb.DuckDBPyConnection]]:
    some = media(Random(7), 60)
    with duckdb.connect() as db:
        table(db, some)
        yield some, db


@settings(max_examples=150, deadline=None)
@given(seeds)
def test_sql_says_what_python_says(world: tuple[list[Medium], duckdb.DuckDBPyConnection], draw: Random) -> None:
    """On sixty media, whatever the condition, DuckDB and Python give the same of three values."""
    some, db = world
    condition = Condition.parse(a_condition(draw))
    rows = db.execute(f"SELECT {condition.sql()} FROM media m ORDER BY n").fetchall()
    assert [row[0] for row in rows] == [condition.evaluate(one, ready) for one, ready in some]


def test_sql_for_one_child_is_of_a_joined_row(world: tuple[list[Medium], duckdb.DuckDBPyConnection]) -> None:
    """The expression for a pair (medium, child) gives each child's own value."""
    _, db = world
    condition = Condition.parse({"all": [{"sex": {"is": "girl"}}, {"not": {"kind": {"is": "video"}}}]})
    joined = "media m JOIN children c ON c.n = m.n"
    counted = db.execute(f"SELECT count(*) FROM {joined} WHERE {condition.sql(child=True)} = 2").fetchone()
    plain = db.execute(f"SELECT count(*) FROM {joined} WHERE c.sex = 'girl' AND m.kind = 'image'").fetchone()
    assert counted == plain


def test_sql_quotes_names_and_values() -> None:
    """A quotation mark in a value stays inside its string."""
    sql = Condition.parse({"site_type": {"is": "a'); DROP TABLE media; --"}}).sql()
    assert "'a''); DROP TABLE media; --'" in sql

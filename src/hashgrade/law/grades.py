"""What people answered about one medium: checked, written down, compared, and what follows from it.

A `Grade` that `grade_of` returned holds only words of the vocabulary and does not contradict
itself; the rest of the house need not look again.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from hashgrade.errors import kind_of
from hashgrade.law.load import Place, did_you_mean
from hashgrade.law.vocabulary import ADULT, CANNOT_DETERMINE, Fact, vocabulary
from hashgrade.nouns import Child, Grade, Reading, Settlement, Value

CHILDREN_MAX = 999
TEXT_MAX = 200
YOUNG = ("infant_or_toddler", "prepubescent")
POSING = frozenset({"posing_nude", "posing_clothed"})
HOME = frozenset({"bedroom", "bathroom", "living_room", "kitchen", "dining_room", "other_home"})

Answer = Value | tuple[str, ...]


# -- reading ------------------------------------------------------------------------------------------------------


def grade_of(tree: object, where: Place | None = None) -> Grade:
    """Check what was answered, word by word and as a whole, and keep it as a `Grade`.

    Args:
        tree: `{"facts": {...}, "children": [...]}`. A fact that is absent or null is unanswered, and so are
            `children` that are absent or null; `[]` says that no child is depicted.
        where: The place to name in errors, before the path inside `tree`.

    Raises:
        InputError: GRA-01, the shape is another; GRA-02, the vocabulary has no such fact at that level;
            GRA-03, the fact has no such value; GRA-04, two answers contradict each other.
    """
    place = where or Place("")
    whole = _map(tree, place)
    for key in whole.keys() - {"facts", "children"}:
        raise place.key(key).error("GRA-01", f"a grade has `facts` and `children`, not `{key}`",
                                   did_you_mean(key, ["facts", "children"]))
    given, children = whole.get("facts"), whole.get("children")
    facts = _facts({} if given is None else given, place.at("facts"))  # "" and 0 are no map, not no answers
    if children is None:
        return _consistent(Grade(facts), place)
    if not isinstance(children, list | tuple) or len(children) > CHILDREN_MAX:
        said = f"`children` is a list of at most {CHILDREN_MAX} rows, not {_shown(children)}"
        raise place.at("children").error("GRA-01", said)
    rows = tuple(_row(row, place.at("children", n)) for n, row in enumerate(children))
    return _consistent(Grade(facts, rows), place)


def _map(tree: object, place: Place) -> Mapping[str, object]:
    if not isinstance(tree, Mapping):
        raise place.error("GRA-01", f"expected a map of answers, got {_shown(tree)}")
    return tree


def _facts(tree: object, place: Place) -> dict[str, Value]:
    return cast("dict[str, Value]", _answers(tree, vocabulary().of_medium, place))


def _row(tree: object, place: Place) -> Child:
    return _answers(tree, vocabulary().of_row, place)


def _answers(tree: object, names: tuple[str, ...], place: Place) -> dict[str, Answer]:
    given = _map(tree, place)
    for name in given.keys() - names:
        raise _no_such_fact(str(name), names, place.key(name))
    facts = vocabulary().facts
    return {name: _answer(given[name], facts[name], place.at(name))
            for name in names if given.get(name) is not None}


def _no_such_fact(name: str, names: tuple[str, ...], place: Place) -> Exception:
    fact = vocabulary().facts.get(name)
    if fact:
        level = "the medium, in `facts`" if fact.level == "M" else "each child, in its row of `children`"
        return place.error("GRA-02", f"`{name}` is answered for {level}")
    return place.error("GRA-02", f"the vocabulary has no fact `{name}` here", did_you_mean(name, names))


def _answer(value: object, fact: Fact, place: Place) -> Answer:
    if fact.many:
        return _labels(value, fact, place)
    if value == CANNOT_DETERMINE:
        return CANNOT_DETERMINE
    if fact.kind == "number":
        return _number(value, fact, place)
    if fact.kind == "text":
        return _text(value, fact, place)
    return _word(value, fact, place)


def _number(value: object, fact: Fact, place: Place) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= CHILDREN_MAX:
        raise place.error("GRA-03", f"`{fact.id}` is a whole number from 0 to {CHILDREN_MAX}, not {_shown(value)}")
    return value


def _text(value: object, fact: Fact, place: Place) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= TEXT_MAX:
        raise place.error("GRA-03", f"`{fact.id}` is a text of 1 to {TEXT_MAX} characters, not {_shown(value)}")
    if any("\ud800" <= char <= "\udfff" for char in value):  # could be judged, and never written down
        raise place.error("GRA-03", f"`{fact.id}` holds half of a surrogate pair, which is no character")
    return value


def _word(value: object, fact: Fact, place: Place) -> str:
    if not isinstance(value, str) or value not in fact.values:
        hint = did_you_mean(value, [*fact.values, CANNOT_DETERMINE])
        raise place.error("GRA-03", f"`{fact.id}` is one of {', '.join(fact.values)}; not {_shown(value)}",
                          "write yes or no, as a word" if isinstance(value, bool) else hint)
    return value


def _labels(value: object, fact: Fact, place: Place) -> tuple[str, ...]:
    given = [value] if value == CANNOT_DETERMINE else value
    if not isinstance(given, list | tuple) or not given:
        raise place.error("GRA-03", f"`{fact.id}` is a list of at least one label, not {_shown(value)}",
                          to_do="write `none` where no label applies, or leave the fact out while it is unanswered")
    for n, label in enumerate(given):
        if label != CANNOT_DETERMINE:
            _word(label, fact, place.at(n))
    if "none" in given and len(set(given)) > 1:
        raise place.error("GRA-04", f"`none` stands beside another label in `{fact.id}`")
    return tuple(label for label in (*fact.values, CANNOT_DETERMINE) if label in given)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return f"`{str(value)[:60]}`" if value != "" else "an empty text"
    return kind_of(value)


# -- contradictions -----------------------------------------------------------------------------------------------


def _consistent(grade: Grade, place: Place) -> Grade:
    rows, count = grade.children or (), grade.facts.get("child_count")
    if rows and grade.facts.get("assessable") in ("too_small", "corrupt", "encrypted"):
        raise place.at("children").error("GRA-04", "children are described on a medium that is not assessable")
    under = sum(not adult(row) for row in rows)
    if isinstance(count, int) and count < under:
        raise place.at("facts", "child_count").error(
            "GRA-04", f"`child_count` is {count}, and {under} rows are children")
    for n, row in enumerate(rows):
        said = contradiction(row)
        if said:
            raise place.at("children", n).error("GRA-04", said)
    return grade


def contradiction(row: Child) -> str:
    """What in a child's row contradicts itself, in words; an empty string when nothing does."""
    if adult(row) and row.get("puberty") in YOUNG:
        return f"`age_band` is {ADULT}, and `puberty` is {row['puberty']}"
    activity = row.get("activity")
    if row.get("role") == "witness" and activity and not {"witness", CANNOT_DETERMINE} & set(_tuple(activity)):
        return "`role` is witness, and `activity` does not say so"
    return ""


def adult(row: Child) -> bool:
    """Whether a row is a person of 18 or over, who is no child and falls under no rule."""
    return row.get("age_band") == ADULT


def _tuple(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (str(value),)


# -- writing ------------------------------------------------------------------------------------------------------


def as_json(grade: Grade) -> dict[str, object]:
    """The grade as it is written in files: facts in vocabulary order, and `children` only where answered."""
    written: dict[str, object] = {"facts": _in_order(grade.facts)}
    if grade.children is not None:
        written["children"] = [_in_order(row) for row in grade.children]
    return written


def _in_order(answers: Mapping[str, Answer]) -> dict[str, object]:
    return {name: list(value) if isinstance(value, tuple) else value
            for name in vocabulary().in_order(answers) for value in (answers[name],)}


def canonical(grade: Grade) -> str:
    """One text for every way of writing the same grade: two grades are the same when their texts are.

    Children are a multiset of rows, so that their order does not count.
    """
    written: dict[str, object] = {"facts": _in_order(grade.facts)}
    if grade.children is not None:
        written["children"] = _sorted_rows(grade.children)
    return json.dumps(written, ensure_ascii=False, separators=(",", ":"))


def _sorted_rows(rows: Iterable[Child]) -> list[dict[str, object]]:
    return sorted((_in_order(row) for row in rows), key=json.dumps)


# -- what follows -------------------------------------------------------------------------------------------------


def derived(grade: Grade) -> dict[str, Value]:
    """Every derived fact of the medium that is known; one that is unknown is absent.

    `prepubescent`, which each child has, is not among them: see `prepubescent`.
    """
    rows = [row for row in grade.children or () if not adult(row)]
    count = child_count(grade)
    unknown = unknown_children(grade)
    found: dict[str, Value | None] = {
        "children": count,
        "several": None if not count else _yes(count > 1),
        "alone": _alone(count, grade.facts.get("adult_visible")),
        "home": _home(grade.facts.get("setting")),
        "youngest_age_band": _first(rows, "age_band", unknown),
        "headline_activity": _first(rows, "activity", unknown),
        "sexes": _sexes(rows, unknown),
        "posing": _posing(rows, unknown),
    }
    return {name: value for name, value in found.items() if value is not None}


def child_count(grade: Grade) -> int | None:
    """How many children are depicted, the undescribed ones too; None while nobody has said."""
    count = grade.facts.get("child_count")
    stated = count if isinstance(count, int) else None
    if grade.children is None:
        return stated
    return max(sum(not adult(row) for row in grade.children), stated or 0)


def unknown_children(grade: Grade) -> bool:
    """Whether there are, or may be, children whom no row describes."""
    count = child_count(grade)
    return count is None or count > sum(not adult(row) for row in grade.children or ())


def prepubescent(row: Child) -> str | None:
    """yes or no by `puberty`, else by `age_band`: 0 to 10 is, from 14 is not, 11-13 is unknown (None)."""
    puberty = row.get("puberty")
    if puberty not in (None, CANNOT_DETERMINE):
        return _yes(puberty in YOUNG)
    first, last = vocabulary().bands.get(str(row.get("age_band")), (0, 999))
    return "yes" if last <= 10 else "no" if first >= 14 else None


def _yes(true: bool) -> str:
    return "yes" if true else "no"


def _known(value: object) -> bool:
    return value not in (None, CANNOT_DETERMINE)


def _alone(count: int | None, adult_visible: Value | None) -> str | None:
    if count not in (None, 1) or adult_visible == "yes":
        return "no"
    return "yes" if count == 1 and adult_visible == "no" else None


def _home(setting: Value | None) -> str | None:
    return _yes(setting in HOME) if _known(setting) else None


def _first(rows: Sequence[Child], name: str, unknown: bool) -> str | None:
    """The first value in vocabulary order that any row has; None while a row could still have an earlier one."""
    values = list(vocabulary().facts[name].values)
    given = [_tuple(row.get(name, CANNOT_DETERMINE)) for row in rows]
    found = [value for value in values if any(value in labels for labels in given)]
    open_ = unknown or any(CANNOT_DETERMINE in labels for labels in given)
    return found[0] if found and (not open_ or found[0] == values[0]) else None


def _sexes(rows: Sequence[Child], unknown: bool) -> str | None:
    seen = {row.get("sex") for row in rows}
    if {"girl", "boy"} <= seen:
        return "both"
    return f"{seen.pop()}s" if len(seen) == 1 and not unknown and seen <= {"girl", "boy"} else None


def _posing(rows: Sequence[Child], unknown: bool) -> str | None:
    given = [set(_tuple(row.get("activity", CANNOT_DETERMINE))) for row in rows]
    if any(labels & POSING for labels in given):
        return "yes"
    return None if unknown or any(CANNOT_DETERMINE in labels for labels in given) else "no"


# -- agreement ----------------------------------------------------------------------------------------------------


def of_record(
    readings: Sequence[Reading], settlement: Settlement | None, wanted: int,
) -> tuple[Grade | None, tuple[str, ...]]:
    """The grade of record, and the names on which readers differ, in vocabulary order and `children` last.

    The newest settlement is the whole of it. Else, once there are `wanted` readings, it is every fact that
    all of them answer alike, and their children where all list the same rows, in whatever order; a fact that
    only some answered is a difference too. A name on which they differ is unanswered in the record.

    Args:
        readings: The current reading of each reader.
        settlement: The item's newest settlement, if there is one.
        wanted: How many readings make a grade of record, from 1.
    """
    if settlement:
        return settlement.grade, ()
    if len(readings) < wanted:
        return None, ()
    grades = [reading.grade for reading in readings]
    names = vocabulary().in_order({name for grade in grades for name in grade.facts})
    differ = [name for name in names if len({grade.facts.get(name) for grade in grades}) > 1]
    facts = {name: grades[0].facts[name] for name in names if name not in differ}
    children = grades[0].children
    if any(not _same_rows(children, grade.children) for grade in grades[1:]):
        children, differ = None, [*differ, "children"]
    return Grade(facts, children), tuple(differ)


def _same_rows(some: Sequence[Child] | None, others: Sequence[Child] | None) -> bool:
    if some is None or others is None:
        return some is others
    return _sorted_rows(some) == _sorted_rows(others)

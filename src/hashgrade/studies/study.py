"""Study files: what a study asks, read from YAML, with the place shown where a file is wrong."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from hashgrade.errors import InputError
from hashgrade.law.condition import Condition
from hashgrade.law.load import DATA, Place, did_you_mean, read

UNITS = ("media", "url", "child")
NOWHERE = Place("")
FOLDER = DATA / "studies"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
THRESHOLD = 10  # counts below it are not printed unless the file says so


@dataclass(frozen=True, slots=True)
class Row:
    """One row counted by a condition; or by how many children satisfy it; or a sum.

    `of` counts units for which the condition is true, or with `at_least` media of which at
    least so many children satisfy it. `sum_of` adds up a whole number over the media instead.
    """

    key: str
    of: Condition | None = None
    at_least: int = 0
    sum_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: its unit, whom it covers, and its rows (`of` a name, by condition, or both)."""

    key: str
    title: str
    unit: str
    sampled: bool
    of: str = ""
    by: str = ""
    rows: tuple[Row, ...] = ()
    where: Condition | None = None
    without: Condition | None = None
    graded: bool = False
    multi_response: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    place: Place = NOWHERE

    @property
    def name(self) -> str:
        """The table's name in findings and file names."""
        return f"sample_{self.key}" if self.sampled else self.key


@dataclass(frozen=True, slots=True)
class Stratum:
    """One part of a sample: how many are drawn from the cohort's media that satisfy `of`."""

    key: str
    size: int
    of: Condition
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn sample: its seed, its strata and what must be said of it."""

    seed: str
    strata: tuple[Stratum, ...]
    notes: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many media are drawn in all."""
        return sum(stratum.size for stratum in self.strata)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Counts from 1 to `under` - 1 are kept back (0: none, for `reason`); others may be rounded."""

    under: int = THRESHOLD
    round_to: int = 1
    reason: str = ""

    def rounded(self, count: int) -> int:
        """The multiple of `round_to` nearest to the count, and the one above where two are as near."""
        return (count + self.round_to // 2) // self.round_to * self.round_to


@dataclass(frozen=True, slots=True)
class Quoted:
    """Figures of an earlier study beside ours: (label, figure quoted, `table.row` here or empty)."""

    title: str
    source: str
    columns: tuple[str, str]
    rows: tuple[tuple[str, str, str], ...]
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A whole study. `period` is None where the year is chosen when it is run."""

    name: str
    title: str
    question: str
    cohort: Condition | None
    period: tuple[date, date] | None
    tables: tuple[Table, ...]
    sample: Sample | None = None
    disclosure: Disclosure = Disclosure()
    quoted: Quoted | None = None
    headline: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    place: Place = NOWHERE


_TEXT, _NUMBER, _MAP, _LIST, _WHEN = (str,), (int,), (dict,), (list,), (str, dict)
_WORDS = {str: "text", int: "a whole number", dict: "a map", list: "a list", bool: "true or false", date: "a date"}
_STUDY = {"study": _TEXT, "title": _TEXT, "question": _TEXT, "cohort": _WHEN, "period": _WHEN, "tables": _MAP}
_STUDY_MAY = {"unit": _TEXT, "disclosure": _MAP, "labels": _MAP, "notes": _LIST, "sample": _MAP, "quoted": _MAP,
              "headline": _LIST}
_TABLE_MAY = {"unit": _TEXT, "of": _TEXT, "by": _TEXT, "rows": _MAP, "where": _WHEN, "without": _WHEN,
              "graded": (bool,), "multi_response": (bool,), "labels": _MAP, "notes": _LIST}
Kinds = Mapping[str, tuple[type, ...]]


def built_in() -> list[str]:
    """The names of the studies that come with the package, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load(name: str | Path) -> Study:
    """Load a study by its name, or by the path of its file.

    Raises:
        InputError: STU-01, there is none; CON-xx and STU-xx where the file is wrong, each
            with the line and column.
    """
    path = Path(name) if Path(name).suffix in (".yaml", ".yml") else FOLDER / f"{name}.yaml"
    if not path.is_file():
        hint = did_you_mean(name, built_in())
        raise InputError("STU-01", f"there is no study `{name}`" + (f"; {hint}" if hint else ""))
    return parse(path.read_text(encoding="utf-8"), path.name)


def parse(text: str, file: str) -> Study:
    """Read a study from the text of its file; `file` is the name shown in errors."""
    tree, place = read(text, file)
    node = _checked(tree, place, _STUDY, _STUDY_MAY)
    if node.get("unit", "media") != "media":
        raise place.key("unit").error("STU-05", "a cohort is a set of media; each table may count another unit")
    labels = _labels(node, place)
    sample = _sample(node["sample"], place.at("sample")) if "sample" in node else None
    tables = _tables(node["tables"], place.at("tables"), labels, False)
    if sample:
        tables += _tables(node["sample"]["tables"], place.at("sample", "tables"), labels, True)
    return Study(
        name=node["study"], title=node["title"], question=node["question"].strip(),
        cohort=None if node["cohort"] == "everything" else _condition(node, place, "cohort"),
        period=_period(node["period"], place.at("period")), tables=tuple(tables), sample=sample,
        disclosure=_disclosure(node.get("disclosure", {}), place.at("disclosure")),
        quoted=_quoted(node["quoted"], place.at("quoted")) if "quoted" in node else None, notes=_lines(node),
        headline=tuple(str(figure) for figure in node.get("headline", ())), place=place)


def _checked(node: Any, place: Place, wanted: Kinds, allowed: Kinds) -> dict[str, Any]:
    """The map `node`, its keys known, complete and of the right kind."""
    if not isinstance(node, dict):
        raise place.error("STU-03", f"a map of keys to values is wanted here, got `{node}`")
    known = {**wanted, **allowed}
    for key, value in node.items():
        if key not in known:
            raise place.key(key).error("STU-03", f"the key `{key}` is not known here", did_you_mean(key, list(known)))
        _check_kind(key, value, known[key], place)
    for key in wanted:
        if key not in node:
            raise place.error("STU-03", f"the key `{key}` is missing")
    if "notes" in known:
        _check_notes(node.get("notes", ()), place.at("notes"))
    return node


def _check_kind(key: str, value: Any, kinds: tuple[type, ...], place: Place) -> None:
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        wanted = " or ".join(_WORDS[kind] for kind in kinds if kind in _WORDS)
        raise place.at(key).error("STU-03", f"the key `{key}` wants {wanted}, got `{value}`")


def _check_notes(notes: Any, place: Place) -> None:
    for n, line in enumerate(notes):
        if not isinstance(line, str):
            raise place.at(n).error("STU-03", "a note is one text; put it in quotes if it has a colon")


def _lines(node: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(node.get("notes", ()))


def _labels(node: Mapping[str, Any], place: Place) -> dict[str, str]:
    labels = node.get("labels", {})
    return _checked(labels, place.at("labels"), {}, dict.fromkeys(labels, _TEXT))


def _condition(node: Mapping[str, Any], place: Place, key: str) -> Condition:
    return Condition.parse(node[key], where=place.at(key))


def _maybe(node: Mapping[str, Any], place: Place, key: str) -> Condition | None:
    return _condition(node, place, key) if key in node else None


def _period(node: Any, place: Place) -> tuple[date, date] | None:
    if node == "year":
        return None
    _checked(node, place, {"from": (date,), "until": (date,)}, {})
    if node["until"] < node["from"]:
        raise place.at("until").error("STU-03", f"the period ends before it begins, on {node['from']}")
    return node["from"], node["until"]


def _disclosure(node: Any, place: Place) -> Disclosure:
    _checked(node, place, {}, {"none": (str, type(None)), "under": _NUMBER, "round_to": _NUMBER})
    if "none" not in node:
        if node.get("under", THRESHOLD) < 2:
            said = f"`under: {node['under']}` would print every small count, and that wants a reason"
            raise place.at("under").error("STU-06", said, "write `disclosure: {none: REASON}`")
        return Disclosure(node.get("under", THRESHOLD), _at_least_one(node, place, "round_to"))
    if not (node["none"] or "").strip():
        raise place.key("none").error("STU-06", "small counts are printed only for a reason, and none is given")
    return Disclosure(0, 1, node["none"].strip())


def _at_least_one(node: Mapping[str, Any], place: Place, key: str) -> int:
    number = int(node.get(key, 1))
    if number < 1:
        raise place.at(key).error("STU-03", f"the key `{key}` wants a whole number from 1 up, got `{number}`")
    return number


def _sample(node: Any, place: Place) -> Sample:
    _checked(node, place, {"seed": (str, int), "strata": _MAP, "tables": _MAP}, {"notes": _LIST})
    strata = []
    for key, stratum in node["strata"].items():
        at = place.at("strata", key)
        _checked(stratum, at, {"size": _NUMBER, "of": _WHEN}, {})
        strata.append(Stratum(key, _at_least_one(stratum, at, "size"), _condition(stratum, at, "of"), at))
    return Sample(str(node["seed"]), tuple(strata), _lines(node))


def _tables(node: Any, place: Place, labels: dict[str, str], sampled: bool) -> list[Table]:
    for key in node:
        if not NAME.fullmatch(str(key)) or (not sampled and str(key).startswith("sample_")):
            said = "is a file name too: letters, digits, `_` and `-`, and `sample_` only for tables of the sample"
            raise place.key(key).error("STU-03", f"a table's name {said}; got `{key}`")
    return [_table(key, table, place.at(key), labels, sampled) for key, table in node.items()]


def _table(key: str, node: Any, place: Place, labels: dict[str, str], sampled: bool) -> Table:
    _checked(node, place, {"title": _TEXT}, _TABLE_MAY)
    if "of" not in node and "rows" not in node:
        raise place.error("STU-03", f"table `{key}` has neither `of` nor `rows`")
    if "by" in node and ("of" not in node or "rows" in node):
        raise place.key("by").error("STU-03", f"table `{key}` is crossed, so it needs `of` and cannot have `rows`")
    return Table(
        key=key, title=node["title"], unit=_unit(node, place, sampled), sampled=sampled, of=node.get("of", ""),
        by=node.get("by", ""), rows=tuple(_rows(node, place)), where=_maybe(node, place, "where"),
        without=_maybe(node, place, "without"), graded=node.get("graded", False), notes=_lines(node), place=place,
        multi_response=node.get("multi_response", False), labels=labels | _labels(node, place))


def _unit(node: Mapping[str, Any], place: Place, sampled: bool) -> str:
    unit = str(node.get("unit", "media"))
    if unit not in UNITS:
        raise place.at("unit").error("STU-03", f"the unit of count is one of {', '.join(UNITS)}, got `{unit}`")
    if sampled and unit == "url":
        raise place.at("unit").error("STU-05", "a sample is drawn of media, so its tables cannot count URLs")
    return unit


def _rows(node: Mapping[str, Any], place: Place) -> Iterator[Row]:
    for key in node.get("rows", ()):
        row, at = node["rows"][key], place.at("rows", key)
        keys = set(row) if isinstance(row, dict) else set()
        if keys & {"sum", "at_least"} and node.get("unit", "media") != "media":
            unit = node["unit"]
            raise at.error("STU-05", f"row `{key}` counts the children of a medium, and its table counts by {unit}")
        yield _row(key, node["rows"], at, keys)


def _row(key: str, rows: Mapping[str, Any], at: Place, keys: set[str]) -> Row:
    node = rows[key]
    if "sum" in keys:
        _checked(node, at, {"sum": _TEXT}, {})
        if node["sum"] != "children":
            raise at.at("sum").error("STU-03", f"only `children` can be added up, got `{node['sum']}`")
        return Row(key, sum_of="children")
    if "at_least" in keys:
        _checked(node, at, {"at_least": _NUMBER, "of": _WHEN}, {})
        return Row(key, _condition(node, at, "of"), _at_least_one(node, at, "at_least"))
    return Row(key, Condition.parse(node, where=at))


def _quoted(node: Any, place: Place) -> Quoted:
    _checked(node, place, {"title": _TEXT, "source": _TEXT, "columns": _LIST, "rows": _LIST}, {})
    for n, row in enumerate(node["rows"]):
        _checked(row, place.at("rows", n), {"label": _TEXT, "quoted": _TEXT}, {"here": _TEXT})
    first, second = (str(column) for column in node["columns"])
    rows = tuple((row["label"], row["quoted"], row.get("here", "")) for row in node["rows"])
    return Quoted(node["title"], node["source"], (first, second), rows, place)

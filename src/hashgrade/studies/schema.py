"""Study files: what one may hold, read from YAML, with the place of everything that is wrong in it.

Reading goes on past what is wrong: a key that is not what it should be is told and left out, so that one
look at a file tells all that is to be mended in it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hashgrade.errors import InputError
from hashgrade.law.condition import Condition, Words, words
from hashgrade.law.load import Place, did_you_mean, read, read_file
from hashgrade.law.vocabulary import CANNOT_DETERMINE, Fact, vocabulary
from hashgrade.studies.node import Kinds, Node, short, spot
from hashgrade.studies.study import (
    CHARTS,
    CHOICES,
    FOLDER,
    INSIDE,
    MAY,
    MEASURES,
    NOT_DETERMINED,
    PROTOCOL,
    STRATUM,
    THRESHOLD,
    TIMES,
    UNITS,
    Disclosure,
    Question,
    Quoted,
    Row,
    Sample,
    Stratum,
    Study,
    Table,
)
from hashgrade.studies.words import BROKEN_DOWN, of_reports

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
ID = re.compile(r"[a-z0-9][a-z0-9_]{0,79}")

_TEXT, _NUMBER, _MAP, _LIST, _WHEN, _YES_NO = (str,), (int,), (dict,), (list,), (str, dict), (bool,)
_STUDY: Kinds = {
    "study": _TEXT, "title": _TEXT, "question": _TEXT, "cohort": _WHEN, "period": _WHEN, "tables": _MAP}
_STUDY_MAY: Kinds = {
    "unit": _TEXT, "disclosure": _MAP, "labels": _MAP, "notes": _LIST, "sample": _MAP, "quoted": _MAP,
    "headline": _LIST}
_TABLE_MAY: Kinds = {
    "unit": _TEXT, "of": _TEXT, "by": _TEXT, "rows": _MAP, "where": _WHEN, "without": _WHEN, "graded": _YES_NO,
    "multi_response": _YES_NO, "internal": _YES_NO, "chart": _TEXT, "measure": _TEXT, "options": _MAP,
    "labels": _MAP, "notes": _LIST}
_COUNTING = ("unit", "of", "by", "rows", "where", "without", "graded", "multi_response")
"""Keys that say what is counted and how, which a table that measures has no use for."""


def built_in() -> list[str]:
    """The names of the studies that come with the package, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def path_of(name: str | Path) -> Path:
    """The file of a study, by its name or by its path.

    Raises:
        InputError: STU-01, there is none.
    """
    path = Path(name) if Path(name).suffix in (".yaml", ".yml") else FOLDER / f"{name}.yaml"
    if not path.is_file():
        here = [f"{name}{ending}" for ending in (".yaml", ".yml") if Path(f"{name}{ending}").is_file()]
        hint = did_you_mean(name, [*built_in(), *here])
        raise InputError("STU-01", f"there is no study `{name}`" + (f"; {hint}" if hint else ""))
    return path


def load(name: str | Path) -> Study:
    """Load a study by its name, or by the path of its file.

    Raises:
        InputError: STU-01, there is none; CON-xx and STU-xx where the file is wrong, each
            with the line and column.
    """
    path = path_of(name)
    return _whole(*read_file(path, file=path.name))


def parse(text: str, file: str) -> Study:
    """Read a study from the text of its file; `file` is the name shown in errors.

    Raises:
        InputError: CON-xx and STU-xx; of several errors the first in the file.
    """
    return _whole(*read(text, file))


def examined(name: str | Path) -> tuple[Study, list[InputError]]:
    """A study as far as its file can be read, and everything that is wrong in it, from top to bottom.

    Raises:
        InputError: STU-01, there is none; CON-01, it is not YAML.
    """
    path = path_of(name)
    return _study(*read_file(path, file=path.name))


def _whole(tree: object, place: Place) -> Study:
    study, wrong = _study(tree, place)
    if wrong:
        raise wrong[0]
    return study


# -- the parts of a study -----------------------------------------------------------------------------------------


def _study(tree: object, place: Place) -> tuple[Study, list[InputError]]:
    node = Node(tree, place).keyed(_STUDY, _STUDY_MAY)
    if node.get("unit", "media") != "media":
        node.tell("a cohort is a set of media; each table may count another unit", code="STU-05", key="unit")
    if not NAME.fullmatch(node.get("study", "s")):
        node.at("study").tell("a study's name is a word: letters, digits, `_` and `-`")
    labels = node.named("labels")
    sample = _sample(node.at("sample")) if "sample" in node.value else None
    tables = [*_tables(node, labels, None)]
    if sample:
        tables += _tables(_sampled(node.at("sample")), labels, sample)
    _check_measures(tables, node.wrong)
    headline = node.texts("headline", "a figure of the headline")
    study = Study(
        name=node.get("study", ""), title=node.get("title", ""), question=node.get("question", "").strip(),
        cohort=_cohort(node), period=_period(node), tables=tuple(tables), sample=sample, disclosure=_disclosure(node),
        quoted=_quoted(node.at("quoted")) if "quoted" in node.value else None, notes=node.texts("notes", "a note"),
        headline=headline, place=place)
    _check_figures(study, node.wrong)
    return study, sorted(node.wrong, key=spot)


def _check_figures(study: Study, wrong: list[InputError]) -> None:
    """Tell of figures of a table that the study does not have; which rows there are shows when it is laid out."""
    of_packs = tuple(f"{table.name}_" for table in study.tables if table.of.endswith(".*"))
    held = {"total": False} | {table.name: table.internal for table in study.tables}
    for figure in study.figures:
        name = figure.partition(".")[0]
        if name not in held and not name.startswith(of_packs):
            wrong.append(study.place_of(figure).error("STU-02", f"the study has no figure `{short(figure)}`",
                                                      did_you_mean(name, [*held])))
        elif held.get(name):
            said = f"`{name}` is internal, and the headline stands in every report"
            wrong.append(study.place_of(figure).error("STU-02", said))


def _cohort(node: Node) -> Condition | None:
    if node.get("cohort", "everything") == "everything":
        return None
    return _outside(node.at("cohort"), "a cohort is chosen before a sample is drawn of it")


def _period(node: Node) -> tuple[date, date] | None:
    if node.get("period", "year") == "year":
        return None
    days = node.at("period").keyed({"from": (date,), "until": (date,)}, {})
    if len(days.value) < 2:
        return None
    if days.value["until"] < days.value["from"]:
        days.at("until").tell(f"the period ends before it begins, on {days.value['from']}")
    return days.value["from"], days.value["until"]


def _disclosure(study: Node) -> Disclosure:
    if "disclosure" not in study.value:
        return Disclosure()
    node = study.at("disclosure").keyed({}, {"none": (str, type(None)), "under": _NUMBER, "round_to": _NUMBER})
    if "none" not in node.value:
        under = node.get("under", THRESHOLD)
        if under < 2:
            said = f"`under: {under}` would print every small count, and that wants a reason"
            node.at("under").tell(said, "write `disclosure: {none: REASON}`", code="STU-06")
        return Disclosure(under, node.from_one("round_to"))
    reason = (node.value["none"] or "").strip()
    if not reason:
        node.tell("small counts are printed only for a reason, and none is given", code="STU-06", key="none")
    for key in node.value.keys() - {"none"}:
        node.tell(f"`{key}` says how small counts are kept back, and `none` that they are not", key=key)
    return Disclosure(0, 1, reason)


def _quoted(whole: Node) -> Quoted:
    node = whole.keyed({"title": _TEXT, "source": _TEXT, "columns": _LIST, "rows": _LIST}, {})
    columns = [str(column) for column in node.get("columns", ("", ""))]
    if len(columns) != 2:
        node.at("columns").tell(f"two columns are wanted, what is quoted and what is counted here, got {len(columns)}")
    rows = [node.at("rows").at(n).keyed({"label": _TEXT, "quoted": _TEXT}, {"here": _TEXT})
            for n, _ in enumerate(node.get("rows", ()))]
    told = tuple((row.get("label", ""), row.get("quoted", ""), row.get("here", "")) for row in rows)
    first, second = (*columns, "", "")[:2]
    return Quoted(node.get("title", ""), node.get("source", ""), (first, second), told, node.place)


# -- samples and their protocol -----------------------------------------------------------------------------------


def _sampled(whole: Node) -> Node:
    """A sample as far as its keys can be used; what is wrong with them is told by `_sample`."""
    tables = whole.value.get("tables") if isinstance(whole.value, dict) else None
    return Node({"tables": tables} if isinstance(tables, dict) else {}, whole.place, whole.wrong)


def _sample(whole: Node) -> Sample:
    node = whole.keyed({"seed": (str, int), "strata": _MAP, "tables": _MAP}, {"notes": _LIST, "protocol": _MAP})
    strata = [stratum for key, one in node.entries("strata") if (stratum := _stratum(key, one))]
    protocol = {key: _question(key, one) for key, one in node.entries("protocol")}
    if "strata" in node.value and not node.value["strata"]:
        node.at("strata").tell("a sample is drawn of at least one stratum")
    return Sample(str(node.get("seed", "")), tuple(strata), node.texts("notes", "a note"), protocol)


def _stratum(key: str, whole: Node) -> Stratum | None:
    if not NAME.fullmatch(key):
        whole.tell(f"the name of a stratum is a word: letters, digits, `_` and `-`; got `{short(key)}`")
    node = whole.keyed({"size": (int, dict), "of": _WHEN}, {})
    size = node
    if at_most := isinstance(node.get("size", 1), dict):
        size = Node({"size": node.at("size").keyed({"at_most": _NUMBER}, {}).from_one("at_most")}, node.place, [])
    of = _outside(node.at("of"), "a stratum is chosen before its media are asked it") if "of" in node.value else None
    return Stratum(key, size.from_one("size"), of, at_most, node.place) if of else None


def _question(key: str, whole: Node) -> Question:
    node = whole.keyed({"title": _TEXT, "values": _MAP}, {"many": _YES_NO})
    taken = vocabulary().names.keys() | {*TIMES, STRATUM, "total"}
    if not ID.fullmatch(key) or key in taken:
        said = "is a fact, a field or a word of study files already" if key in taken else "is no id"
        whole.tell(f"the question `{short(key)}` {said}; an id is small letters, digits and `_`", code="STU-45")
    values = node.named("values")
    for value in values:
        if not ID.fullmatch(value) or value in (CANNOT_DETERMINE, NOT_DETERMINED, "all"):
            said = "is an answer to every question" if value == CANNOT_DETERMINE else "is no id of a value"
            node.at("values").at(value).tell(f"`{short(value)}` {said}", code="STU-45")
    if "values" in node.value and not values:
        node.at("values").tell("a question has at least one value", code="STU-45")
    return Question(key, node.get("title", ""), values, node.get("many", False), node.place)


def fact_of(question: Question) -> Fact:
    """A question of a protocol as conditions and tables know one."""
    return Fact(question.name, "M", "many" if question.many else "choice", question.values, label=question.title)


def _asked(protocol: Mapping[str, Question]) -> Words:
    """The names that a condition on media of a sample may use."""
    return Words({**words().names, **{one.name: fact_of(one) for one in protocol.values()}}, any_verdict=True)


class _Outside(Words):
    """The names that a condition on media may use; it takes questions of a protocol, to be refused in words."""

    def fact(self, name: str) -> Fact | None:
        """What the name stands for."""
        return super().fact(name) or (Fact(name, "M", "text", {}) if name.startswith(PROTOCOL) else None)


def _outside(node: Node, why: str) -> Condition | None:
    """A condition on media that no protocol was asked of."""
    condition = node.as_condition(_Outside(words().names, any_verdict=True))
    for name in sorted(condition.names) if condition else ():
        if name.startswith(PROTOCOL):
            node.tell(f"`{name}` is asked of the sample alone, and {why}", code="STU-45")
    return condition


# -- tables -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Of:
    """What the conditions of one table are about: units of count, of the sample where there is one."""

    unit: str
    sample: Sample | None

    def maybe(self, node: Node, key: str) -> Condition | None:
        """The condition of a key that may be there."""
        return self.condition(node.at(key)) if key in node.value else None

    def condition(self, node: Node) -> Condition | None:
        """A condition, by the names that such units have."""
        if self.unit == "report":
            return node.as_condition(of_reports())
        if self.sample:
            return node.as_condition(_asked(self.sample.protocol))
        return _outside(node, "this table is not one of the sample's")


def _tables(study: Node, labels: Mapping[str, str], sample: Sample | None) -> Iterator[Table]:
    for key, node in study.entries("tables"):
        if not NAME.fullmatch(key) or (not sample and key.startswith("sample_")):
            said = "is a file name too: letters, digits, `_` and `-`, and `sample_` only for tables of the sample"
            study.at("tables").tell(f"a table's name {said}; got `{short(key)}`", key=key)
        yield _table(key, node, labels, sample)


def _table(key: str, whole: Node, labels: Mapping[str, str], sample: Sample | None) -> Table:
    node = whole.keyed({"title": _TEXT}, _TABLE_MAY)
    if isinstance(whole.value, dict):
        _check_form(key, node, whole.value)
    of = _Of(_unit(node, sample), sample)
    _check_names(node, of)
    return Table(
        key=key, title=node.get("title", ""), unit=of.unit, sampled=sample is not None, of=node.get("of", ""),
        by=node.get("by", ""), rows=tuple(_rows(node, of)), where=of.maybe(node, "where"),
        without=of.maybe(node, "without"), graded=node.get("graded", False), internal=node.get("internal", False),
        multi_response=node.get("multi_response", False), chart=node.one_of("chart", CHARTS, "a chart", ""),
        measure=_measure(node, sample), options=node.named("options"), labels={**labels, **node.named("labels")},
        notes=node.texts("notes", "a note"), place=node.place)


def _check_form(key: str, node: Node, given: Mapping[str, object]) -> None:
    if "measure" in given:
        for other in node.value.keys() & set(_COUNTING):
            node.tell(f"table `{key}` measures, so it cannot have `{other}`", key=other, code="STU-46")
    elif given.keys() - {"title", *_TABLE_MAY}:
        return  # what is misspelt may be what seems to be missing
    elif "of" not in given and "rows" not in given:
        node.tell(f"table `{key}` has neither `of` nor `rows`")
    elif "by" in node.value and ("of" not in given or "rows" in given):
        node.tell(f"table `{key}` is crossed, so it needs `of` and cannot have `rows`", key="by")
    if "options" in given and "measure" not in given:
        node.tell(f"table `{key}` counts, and only a measure has options", key="options", code="STU-46")


def _unit(node: Node, sample: Sample | None) -> str:
    unit = node.one_of("unit", UNITS, "the unit of count", "media")
    if sample and unit in ("url", "report", "cluster"):
        counted = {"url": "URLs", "report": "reports", "cluster": "clusters"}[unit]
        node.at("unit").tell(f"a sample is drawn of media, so its tables cannot count {counted}", code="STU-05")
    return unit


def _check_names(node: Node, of: _Of) -> None:
    """Tell what a table cannot be broken down by, as far as that follows from the file alone."""
    questions = [one.name for one in of.sample.protocol.values()] if of.sample else []
    for key in ("of", "by"):
        name = node.get(key, "")
        if (name == STRATUM and key == "by") or name.startswith(PROTOCOL):
            if not of.sample:
                said = f"`{name}` is of the sample alone, and this table is not one of the sample's"
                node.at(key).tell(said, "put the table under `sample: tables:`", code="STU-45")
            elif name != STRATUM and name not in questions:
                said = f"the protocol has no question `{name.removeprefix(PROTOCOL)}`"
                node.at(key).tell(said, did_you_mean(name, questions), code="STU-45")
        elif name and of.unit == "report" and name not in (*BROKEN_DOWN, *TIMES):
            said = f"the table counts reports, which have {', '.join(BROKEN_DOWN)}, and `{name}` is not of a report"
            node.at(key).tell(said, did_you_mean(name, BROKEN_DOWN), code="STU-05")


def _rows(node: Node, of: _Of) -> Iterator[Row]:
    for key, row in node.entries("rows"):
        keys = set(row.value) if isinstance(row.value, dict) else set()
        if keys & {"sum", "at_least"} and of.unit != "media":
            row.tell(f"row `{key}` counts the children of a medium, and its table counts by {of.unit}", code="STU-05")
        elif found := _row(key, row, keys, of):
            yield found


def _row(key: str, row: Node, keys: set[object], of: _Of) -> Row | None:
    if "sum" in keys:
        node = row.keyed({"sum": _TEXT}, {})
        if node.get("sum", "children") != "children":
            node.at("sum").tell(f"only `children` can be added up, got `{short(node.get('sum', ''))}`")
        return Row(key, sum_of="children")
    if "at_least" in keys:
        node = row.keyed({"at_least": _NUMBER, "of": _WHEN}, {})
        condition = of.maybe(node, "of")
        return Row(key, condition, node.from_one("at_least")) if condition else None
    condition = of.condition(row)
    return Row(key, condition) if condition else None


# -- measures -----------------------------------------------------------------------------------------------------


def _measure(node: Node, sample: Sample | None) -> str:
    measure = node.one_of("measure", MEASURES, "a measure", "")
    if not measure:
        return ""
    if sample:
        node.tell("a measure stands under the study's own `tables`", code="STU-46", key="measure")
    if measure in INSIDE and not node.get("internal", False):
        node.tell(f"the measure `{measure}` is for inside only", "write `internal: true`", code="STU-15", key="measure")
    _check_options(node, measure, node.at("options").value if "options" in node.value else {})
    return measure


def _check_options(node: Node, measure: str, options: Mapping[str, str]) -> None:
    known = (*MEASURES[measure], *MAY.get(measure, ()))
    for key in options:
        if key not in known:
            node.at("options").tell(f"the measure `{measure}` has no option `{key}`", did_you_mean(key, known),
                                    code="STU-46", key=key)
    for key, choices in CHOICES.get(measure, {}).items():
        if options.get(key, choices[0]) not in choices:
            said = f"`{key}` is one of {', '.join(choices)}, got `{short(options[key])}`"
            node.at("options").at(key).tell(said, did_you_mean(options[key], choices), code="STU-46")
    for key in MEASURES[measure]:
        if key not in options:
            node.tell(f"the measure `{measure}` wants the option `{key}`", f"write `options: {{{key}: ...}}`",
                      code="STU-46", key="measure")


def _check_measures(tables: list[Table], wrong: list[InputError]) -> None:
    """Tell of measures that rest on a table which is not there, or is not one that they can rest on."""
    known = {table.name: table for table in tables}
    for table in tables:
        name = table.options.get("table")
        if name is None or "table" not in (*MEASURES.get(table.measure, ()), *MAY.get(table.measure, ())):
            continue
        rests_on, at = known.get(name), table.place.at("options", "table")
        if not rests_on:
            wrong.append(at.error("STU-46", f"the study has no table `{short(name)}`",
                                  did_you_mean(name, [one for one in known if one != table.name])))
        elif said := _unfit(table.measure, rests_on):
            wrong.append(at.error("STU-46", f"`{table.measure}` rests on {said}, and `{name}` is not that"))
        elif rests_on.internal and not table.internal:
            wrong.append(at.error("STU-15", f"`{name}` is internal, and `{table.key}`, which rests on it, is not"))


def _unfit(measure: str, table: Table) -> str:
    """What a measure rests on, in words, where the table is something else."""
    if measure == "share_of_cohort":
        return "" if table.sampled and table.by == STRATUM else f"a table of the sample that is `by: {STRATUM}`"
    if measure in ("spread", "reached", "hosts_after"):
        return "" if table.unit == "cluster" and not table.measure else "a table that counts clusters"
    fits = not table.measure and not table.sampled and not table.of.endswith(".*")
    return "" if fits else "one table of counts of the whole cohort"

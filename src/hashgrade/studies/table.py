"""Tables as SQL: which column of a query tells a unit's place in a table, and which cells that place counts in.

Nothing here touches a database. Each table gives a query a few columns: whether the unit
belongs (`in`: 2 it does, 1 it is left out, 0 it is none of the table's business), the value
it is broken down `of` and `by`, and a three-valued column for each row with a condition.
Units alike in all columns are one atom; `cells` says what an atom counts in. What is asked of
a medium's children is an aggregate over its pairs (m, c), by a name that other tables may ask for
too: the query goes over all pairs once, and columns read the names from a row `k`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from itertools import product

from hashgrade.law.condition import TRUE, UNKNOWN, Condition, literals
from hashgrade.law.load import did_you_mean
from hashgrade.law.vocabulary import ADULT, CANNOT_DETERMINE, Fact, vocabulary
from hashgrade.studies.periods import MOST, Period, cut, periods
from hashgrade.studies.schema import fact_of
from hashgrade.studies.snapshot import PackUsed
from hashgrade.studies.study import NOT_DETERMINED, STRATUM, TIMES, VERDICT, Row, Sample, Table
from hashgrade.studies.words import REPORT

ALL = "all"
OTHER = "other"
REST = (CANNOT_DETERMINE, NOT_DETERMINED)  # rows that say what is not known
IN, LEFT_OUT = 2, 1
URL_NAMES = {"youngest_age_band", "sexes", "origin"}
WHICH_CHILD = Fact("which_child", "C", "choice", {"youngest": "The youngest of the medium", "others": "The others"},
                   definition="Whether a child is the one coded where only the youngest of each medium is.")
EACH_PACK = f"{VERDICT}*"  # `of` a table that stands once for each pack in use
Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a table is laid out for: the study's period and sample, and the words that records have for a name.

    `texts` are the rows of what is free text: words found on record, and `other` where there is more.
    """

    period: Period | None = None
    sample: Sample | None = None
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)


NOWHERE = Scope()


@cache
def any_at_url() -> frozenset[str]:
    """Names of which a URL has every value that any graded medium there has; open where that of one is open."""
    words = vocabulary()
    recorded = {**words.facts, **words.derived}
    return frozenset(name for name, fact in recorded.items() if fact.level == "M" and fact.kind == "choice") - URL_NAMES


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One count: the base of a table, what it leaves out, or a row (with a column, where it is crossed)."""

    table: str
    part: str
    key: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A name whose values are rows or columns: how SQL reads it, and the values in order with their labels."""

    sql: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """A table ready to be counted: its columns in SQL, its rows and columns in order, its labels.

    `over_children` holds the aggregates over a unit's children that `sql` reads from `k`, by name, and
    `compared` every comparison with a child's fact in them. `cut` says that the first or the last of
    its periods is not whole, so that neither is compared with others.
    """

    table: Table
    sql: Mapping[str, str]
    rows: Mapping[str, str]
    columns: Mapping[str, str]
    conditions: tuple[str, ...]
    multi_response: bool
    over_children: Mapping[str, str]
    compared: tuple[Condition, ...] = ()
    cut: bool = False

    def cells(self) -> list[Cell]:
        """Every cell of the table: base, left out, then its rows in the order in which they are printed."""
        name = self.table.name
        rows = [Cell(name, "row", key, column) for key, column in product(self.rows, self.columns or [""])]
        return [Cell(name, "base"), Cell(name, "excluded"), *rows]

    def counted(self, values: Values) -> Iterator[tuple[Cell, int]]:
        """The cells that one unit with these column values counts in, and how often."""
        name = self.table.name
        if values["in"] != IN:
            if values["in"] == LEFT_OUT:
                yield Cell(name, "excluded"), 1
            return
        yield Cell(name, "base"), 1
        keys = [*self._keys(values), *([(ALL, 1)] if self.columns else [])]
        columns = (str(values["by"]), ALL) if self.columns else ("",)
        yield from ((Cell(name, "row", key, column), times) for (key, times), column in product(keys, columns))

    def _keys(self, values: Values) -> Iterator[tuple[str, int]]:
        """The rows that a unit counts in."""
        if "of" in values:
            yield str(values["of"]), 1
        for row in self.table.rows:
            if row.sum_of and values[f"row {row.key}"]:
                yield row.key, int(str(values[f"row {row.key}"]))
        held = {key: values[f"row {key}"] for key in self.conditions}
        yield from ((key, 1) for key, value in held.items() if value == TRUE)
        if "of" not in values and TRUE not in held.values() and UNKNOWN in held.values():
            yield NOT_DETERMINED, 1


def spread(table: Table, packs: Sequence[PackUsed]) -> tuple[Table, ...]:
    """The table itself; or, where it is `of: verdict.*`, one for each pack in use but that of `by`, named by the pack.

    There is none where no such pack is in use, nor where `by` asks for a pack that is not.
    """
    if table.of != EACH_PACK:
        return (table,)
    verdicts = {f"verdict.{pack.id}": pack for pack in packs}
    if table.by.startswith("verdict.") and table.by not in verdicts:
        return ()
    return tuple(
        replace(table, key=f"{table.key}_{pack.id.replace('.', '_')}", title=f"{table.title} {pack.id}", of=name)
        for name, pack in verdicts.items() if name != table.by)


def lay_out(table: Table, packs: Sequence[PackUsed], scope: Scope = NOWHERE) -> Layout:
    """Turn a table of a study file into columns of SQL and cells.

    Raises:
        InputError: STU-04, it is broken down by something that has no list of values, or asks
            for a pack that is not in use; STU-05, it asks of a unit what it does not have;
            STU-13, it is broken down by more periods than it may have.
    """
    _check_names(table, packs)
    asked = Asked(table.unit)
    sql = {"in": _belongs(table, asked)}
    rows: dict[str, str] = {}
    held: dict[str, str] = {}
    fact = _fact(table, table.of, scope)
    many = bool(fact and _is_many(fact, table.unit))
    if many and fact:
        rows, held = _each_value(table, fact, asked)
    elif table.of:
        found = breakdown(table, table.of, packs, scope)
        sql["of"], rows = found.sql, dict(found.labels)
    for row in table.rows:
        if row.key in (*rows, NOT_DETERMINED):
            at = table.place.at("rows").key(row.key)
            raise at.error("STU-03", f"table `{table.key}` has a row `{row.key}` already")
    held |= {row.key: _row_sql(row, asked) for row in table.rows if not row.sum_of}
    rows |= {row.key: _in_words(row.key) for row in table.rows}
    rows.setdefault(NOT_DETERMINED, "Not determined")
    sums = {row.key: f'coalesce(m."{row.sum_of}", 0)' for row in table.rows if row.sum_of}
    columns: Mapping[str, str] = {}
    if table.by:
        crossed = breakdown(table, table.by, packs, scope)
        sql["by"], rows, columns = crossed.sql, {**rows, ALL: "All"}, {**crossed.labels, ALL: "All"}
    sql |= {f"row {key}": expression for key, expression in (held | sums).items()}
    noted = replace(table, notes=(*table.notes, *_notes(table, scope)))
    return Layout(noted, sql, _named(rows, table), _named(columns, table), tuple(held),
                  many or table.multi_response, asked.over_children, tuple(asked.compared),
                  _is_cut(table.by or table.of, scope))


def breakdown(table: Table, name: str, packs: Sequence[PackUsed], scope: Scope = NOWHERE) -> Breakdown:
    """The values of a name in vocabulary order, with `not_determined` always the last.

    A fact that people record can also be `cannot_determine`, which is an answer and a row of
    its own; `not_determined` is what nobody answered, or what readers left open. Time has no such row.
    """
    if name.startswith("verdict."):
        pack = next(pack for pack in packs if f"verdict.{pack.id}" == name)
        labels = dict(pack.labels)
        sql = f'CASE WHEN len(m."{name}") = 1 THEN m."{name}"[1] ELSE \'{NOT_DETERMINED}\' END'
        return Breakdown(sql, labels | {NOT_DETERMINED: "Not determined"})
    fact = _fact(table, name, scope)
    if not fact or not (fact.values or name in scope.texts) or _is_many(fact, table.unit):
        key = "of" if name == table.of else "by"
        said = f"table `{table.key}` cannot be broken down by `{name}`"
        raise table.place.at(key).error("STU-04", said, did_you_mean(name, [*vocabulary().names, *TIMES]))
    if name in (*TIMES, STRATUM):
        return Breakdown(f'm."{name}"', fact.values)
    if fact is WHICH_CHILD:
        return Breakdown(f"c.{name}", fact.values)
    labels = {value: label for value, label in fact.values.items() if value != ADULT}
    if name in vocabulary().facts or name.startswith("protocol."):
        labels[CANNOT_DETERMINE] = fact.in_words(CANNOT_DETERMINE)
    column = f'{"c" if fact.level == "C" else "m"}."{name}"'
    if fact.kind == "text":
        known = f"{column} IS NULL OR list_contains({literals(labels)}::VARCHAR[], {column})"
        column = f"CASE WHEN {known} THEN {column} ELSE '{OTHER}' END"
    return Breakdown(f"coalesce({column}, '{NOT_DETERMINED}')", labels | {NOT_DETERMINED: "Not determined"})


def _fact(table: Table, name: str, scope: Scope) -> Fact | None:
    """What a name stands for in a table: its values, as far as there is a list of them, and whether one has many."""
    if name in TIMES:
        return Fact(name, "M", "choice", _periods(table, name, scope))
    if name == WHICH_CHILD.id and table.unit == "child":
        return WHICH_CHILD
    if name == STRATUM and table.sampled:
        strata = scope.sample.strata if scope.sample else ()
        return Fact(name, "M", "choice", {stratum.key: _in_words(stratum.key) for stratum in strata})
    questions = scope.sample.protocol.values() if scope.sample and table.sampled else ()
    facts = REPORT if table.unit == "report" else vocabulary().names
    fact = {question.name: fact_of(question) for question in questions}.get(name) or facts.get(name)
    if fact and name in scope.texts:
        texts = sorted(scope.texts[name], key=lambda text: (text == OTHER, text not in table.labels, text))
        return replace(fact, values={text: _in_words(text) for text in texts})
    if fact and table.unit == "url" and name in any_at_url():
        return replace(fact, kind="many")
    return fact


def _periods(table: Table, every: str, scope: Scope) -> Mapping[str, str]:
    found = periods(every, scope.period) if scope.period else {}
    if len(found) > MOST:
        at = table.place.at("of" if every == table.of else "by")
        said = f"table `{table.key}` would have {len(found)} {every}s, and a table has at most {MOST}"
        raise at.error("STU-13", said)
    return found


def _is_many(fact: Fact, unit: str) -> bool:
    return fact.kind in ("many", "sightings") or (fact.level == "C" and unit != "child")


def _each_value(table: Table, fact: Fact, asked: "Asked") -> tuple[dict[str, str], dict[str, str]]:
    """A row for each value that one unit may have beside others, and the condition of each."""
    labels = {value: label for value, label in fact.values.items() if value != ADULT}
    if not labels and fact.kind != "sightings":
        raise table.place.at("of").error("STU-04", f"table `{table.key}` cannot be broken down by `{fact.id}`")
    conditions = {value: asked.of(Condition("in", (), fact.id, fact.kind, (value,))) for value in labels}
    if fact.kind == "sightings" and OTHER in labels:
        column, words = f'm."{fact.id}"', f"{literals(value for value in labels if value != OTHER)}::VARCHAR[]"
        conditions[OTHER] = (f"CASE WHEN coalesce(len({column}), 0) = 0 THEN 1 "
                             f"WHEN list_has_all({words}, {column}) THEN 0 ELSE 2 END")
    if fact.id.startswith("protocol."):
        labels[CANNOT_DETERMINE] = fact.in_words(CANNOT_DETERMINE)
        conditions[CANNOT_DETERMINE] = (f"CASE WHEN m.\"{fact.id}\" IS NULL THEN 1 "
                                        f"WHEN list_contains(m.\"{fact.id}\", '{CANNOT_DETERMINE}') THEN 2 ELSE 0 END")
    return {**labels, NOT_DETERMINED: "Not determined"}, conditions


def _notes(table: Table, scope: Scope) -> Iterator[str]:
    """What must be said of how a table counts."""
    for name in (table.of, table.by):
        if _is_cut(name, scope):
            yield f"The first or the last {name} reaches beyond the period; of it only the days within are counted."
    if any(name.startswith("protocol.") for name in names(table)):
        yield "What was coded counts where all who coded a medium answered alike; otherwise it is not determined."
    if table.unit == "url" and (found := sorted(names(table) & any_at_url())):
        listed = " and ".join(vocabulary().names[name].name for name in found)
        yield f"{listed}: a URL has every value that any medium seen there has."


def _is_cut(name: str, scope: Scope) -> bool:
    return bool(name in TIMES and scope.period and cut(name, scope.period))


def _in_words(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _named(keys: Mapping[str, str], table: Table) -> dict[str, str]:
    return {key: table.labels.get(key, label) for key, label in keys.items()}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: of a child if the unit is one, else of a medium or URL by way of aggregates."""

    unit: str = "media"
    over_children: dict[str, str] = field(default_factory=dict)
    compared: dict[Condition, None] = field(default_factory=dict)

    def of(self, condition: Condition) -> str:
        """The condition of a unit, 0, 1 or 2."""
        asked = _of_url(condition) if self.unit == "url" else condition
        if self.unit == "cluster":
            return asked.sql().replace('"hosts"', '"cluster_hosts"')
        if self.unit == "child" or not asked.per_child:
            return asked.sql(self.unit == "child")
        self.compared.update(dict.fromkeys(one for one in asked.comparisons() if one.per_child))
        name = self.aggregate(f"max({asked.sql(child=True)})")
        return f"coalesce({name}, {asked.sql_without_children()})"

    def aggregate(self, expression: str) -> str:
        """An aggregate over the unit's children, NULL where it has none, by a name that follows from what it is."""
        name = "k" + sha256(expression.encode()).hexdigest()[:16]
        self.over_children[name] = expression
        return f"k.{name}"


def _of_url(condition: Condition) -> Condition:
    """The same condition where a name has as many values as there are media at a URL."""
    if condition.name in any_at_url():
        return replace(condition, kind="many")
    return replace(condition, parts=tuple(_of_url(part) for part in condition.parts))


def _belongs(table: Table, asked: Asked) -> str:
    """2 where the unit belongs to the table, 1 where it is left out or that is undecided, else 0."""
    where = asked.of(table.where) if table.where else "2"
    without = asked.of(table.without) if table.without else "0"
    graded = "m.graded" if table.graded or table.unit == "url" else "true"
    sampled = "m.sampled" if table.sampled else "m.first_of_cluster" if table.unit == "cluster" else "true"
    kept = f"CASE WHEN {without} = 2 OR NOT {graded} THEN {LEFT_OUT} ELSE {IN} END"
    return f"CASE WHEN NOT {sampled} THEN 0 ELSE CASE {where} WHEN 0 THEN 0 WHEN 1 THEN {LEFT_OUT} ELSE {kept} END END"


def _row_sql(row: Row, asked: Asked) -> str:
    if not row.of:
        raise ValueError("a row that adds up has no condition")
    if not row.at_least:
        return asked.of(row.of)
    satisfied = row.of.sql(child=True)
    held = asked.aggregate(
        f"CASE WHEN count(*) FILTER (WHERE c.stated AND {satisfied} = 2) >= {row.at_least} THEN 2"
        f" WHEN count(*) FILTER (WHERE c.stated AND {satisfied} >= 1) >= {row.at_least}"
        f" OR coalesce(bool_or(NOT c.stated AND {satisfied} >= 1), false) THEN 1 ELSE 0 END")
    return f"coalesce({held}, 0)"


def names(table: Table) -> set[str]:
    """Every name that a table counts by."""
    return {name for named in _named_by(table).values() for name in named}


def conditions(table: Table) -> list[Condition]:
    """Every condition of a table."""
    return [one for one in (table.where, table.without, *(row.of for row in table.rows)) if one]


def _named_by(table: Table) -> dict[str, set[str]]:
    asked = {"of": {table.of} - {""}, "by": {table.by} - {""}}
    asked |= {key: set(condition.names) for key in ("where", "without") if (condition := getattr(table, key))}
    return asked | {"rows": {name for row in table.rows if row.of for name in row.of.names}}


def _check_names(table: Table, packs: Sequence[PackUsed]) -> None:
    """Refuse what the relations have no column for, before the database has to."""
    verdicts = {f"verdict.{pack.id}" for pack in packs}
    at_url = URL_NAMES | any_at_url() | {"site_type", *TIMES} | verdicts | vocabulary().child_names
    for key, name in ((key, name) for key, named in _named_by(table).items() for name in sorted(named)):
        at = table.place.at(key)
        if name.startswith("verdict.") and name not in verdicts:
            in_use = ", ".join(sorted(pack.id for pack in packs)) or "none"
            raise at.error("STU-04", f"`{name}` asks for a pack that is not in use (in use: {in_use})")
        if table.unit == "url" and name not in at_url:
            raise at.error("STU-05", f"table `{table.key}` counts URLs, and `{name}` is of one medium")
        if table.unit == "report" and name not in {*REPORT, *TIMES}:
            raise at.error("STU-05", f"table `{table.key}` counts reports, and `{name}` is not of a report")
        if table.unit == "cluster" and name not in {"hosts", *TIMES}:
            raise at.error("STU-05", f"table `{table.key}` counts clusters, and `{name}` is of one medium")
    if table.unit in ("report", "cluster") and table.graded:
        said = f"table `{table.key}` counts {table.unit}s, and no {table.unit} is graded"
        raise table.place.at("graded").error("STU-05", said)

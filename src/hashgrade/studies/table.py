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
from hashlib import sha256
from itertools import product

from hashgrade.law.condition import TRUE, UNKNOWN, Condition
from hashgrade.law.vocabulary import ADULT, CANNOT_DETERMINE, vocabulary
from hashgrade.studies.snapshot import PackUsed
from hashgrade.studies.study import Row, Table

NOT_DETERMINED = "not_determined"
ALL = "all"
REST = (CANNOT_DETERMINE, NOT_DETERMINED)  # rows that say what is not known
IN, LEFT_OUT = 2, 1
URL_NAMES = {"youngest_age_band", "sexes", "origin"}
EACH_PACK = "verdict.*"  # `of` a table that stands once for each pack in use
Values = Mapping[str, object]


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

    `over_children` holds the aggregates over a unit's children that `sql` reads from `k`, by name.
    """

    table: Table
    sql: Mapping[str, str]
    rows: Mapping[str, str]
    columns: Mapping[str, str]
    conditions: tuple[str, ...]
    multi_response: bool
    over_children: Mapping[str, str]

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
        if self.columns:
            keys, columns = (str(values["of"]), ALL), (str(values["by"]), ALL)
            yield from ((Cell(name, "row", key, column), 1) for key, column in product(keys, columns))
            return
        if "of" in values:
            yield Cell(name, "row", str(values["of"])), 1
        yield from ((Cell(name, "row", key), times) for key, times in self._by_rows(values))

    def _by_rows(self, values: Values) -> Iterator[tuple[str, int]]:
        held = {key: values[f"row {key}"] for key in self.conditions}
        for row in self.table.rows:
            if row.sum_of and values[f"row {row.key}"]:
                yield row.key, int(str(values[f"row {row.key}"]))
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


def lay_out(table: Table, packs: Sequence[PackUsed]) -> Layout:
    """Turn a table of a study file into columns of SQL and cells.

    Raises:
        InputError: STU-04, it is broken down by something that has no list of values, or asks
            for a pack that is not in use; STU-05, it asks of a URL what only a medium has.
    """
    _check_names(table, packs)
    child = table.unit == "child"
    asked = Asked(child)
    sql = {"in": _belongs(table, asked)}
    rows: dict[str, str] = {}
    conditions: dict[str, str] = {}
    many = False
    if table.of:
        fact = vocabulary().names.get(table.of)
        many = bool(fact and fact.level == "C" and (fact.many or not child))
        if many:
            labels = {value: label for value, label in fact.values.items() if value != ADULT} if fact else {}
            conditions = {value: asked.of(Condition.parse({table.of: {"is": value}}, table.place)) for value in labels}
            rows = {**labels, NOT_DETERMINED: "Not determined"}
        else:
            found = breakdown(table, table.of, packs)
            sql["of"], rows = found.sql, dict(found.labels)
    for row in table.rows:
        if row.key in (*rows, NOT_DETERMINED):
            at = table.place.at("rows").key(row.key)
            raise at.error("STU-03", f"table `{table.key}` has a row `{row.key}` already")
    conditions |= {row.key: _row_sql(row, asked) for row in table.rows if not row.sum_of}
    rows |= {row.key: row.key.replace("_", " ").capitalize() for row in table.rows}
    rows.setdefault(NOT_DETERMINED, "Not determined")
    sums = {row.key: f'coalesce(m."{row.sum_of}", 0)' for row in table.rows if row.sum_of}
    columns: Mapping[str, str] = {}
    if table.by:
        crossed = breakdown(table, table.by, packs)
        sql["by"], rows, columns = crossed.sql, {**rows, ALL: "All"}, {**crossed.labels, ALL: "All"}
    sql |= {f"row {key}": expression for key, expression in (conditions | sums).items()}
    return Layout(table, sql, _named(rows, table), _named(columns, table), tuple(conditions),
                  many or table.multi_response, asked.over_children)


def breakdown(table: Table, name: str, packs: Sequence[PackUsed]) -> Breakdown:
    """The values of a name in vocabulary order, with `not_determined` always the last.

    A fact that people record can also be `cannot_determine`, which is an answer and a row of
    its own; `not_determined` is what nobody answered, or what readers left open.
    """
    if name.startswith("verdict."):
        pack = next(pack for pack in packs if f"verdict.{pack.id}" == name)
        labels = dict(pack.labels)
        sql = f'CASE WHEN len(m."{name}") = 1 THEN m."{name}"[1] ELSE \'{NOT_DETERMINED}\' END'
        return Breakdown(sql, labels | {NOT_DETERMINED: "Not determined"})
    words = vocabulary()
    fact = words.names.get(name)
    if not fact or not fact.values or fact.many or (fact.level == "C" and table.unit != "child"):
        key = "of" if name == table.of else "by"
        raise table.place.at(key).error("STU-04", f"table `{table.key}` cannot be broken down by `{name}`")
    labels = {value: label for value, label in fact.values.items() if value != ADULT}
    if name in words.facts:
        labels[CANNOT_DETERMINE] = "Cannot be determined"
    alias = "c" if fact.level == "C" else "m"
    return Breakdown(f"coalesce({alias}.\"{name}\", '{NOT_DETERMINED}')", labels | {NOT_DETERMINED: "Not determined"})


def _named(keys: Mapping[str, str], table: Table) -> dict[str, str]:
    return {key: table.labels.get(key, label) for key, label in keys.items()}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: of a child if the unit is one, else of a medium or URL by way of aggregates."""

    child: bool = False
    over_children: dict[str, str] = field(default_factory=dict)

    def of(self, condition: Condition) -> str:
        """The condition of a unit, 0, 1 or 2."""
        if self.child or not condition.per_child:
            return condition.sql(self.child)
        name = self.aggregate(f"max({condition.sql(child=True)})")
        return f"coalesce({name}, {condition.sql_without_children()})"

    def aggregate(self, expression: str) -> str:
        """An aggregate over the unit's children, NULL where it has none, by a name that follows from what it is."""
        name = "k" + sha256(expression.encode()).hexdigest()[:16]
        self.over_children[name] = expression
        return f"k.{name}"


def _belongs(table: Table, asked: Asked) -> str:
    """2 where the unit belongs to the table, 1 where it is left out or that is undecided, else 0."""
    where = asked.of(table.where) if table.where else "2"
    without = asked.of(table.without) if table.without else "0"
    graded = "m.graded" if table.graded or table.unit == "url" else "true"
    sampled = "m.sampled" if table.sampled else "true"
    kept = f"CASE WHEN {without} = 2 OR NOT {graded} THEN {LEFT_OUT} ELSE {IN} END"
    return f"CASE WHEN NOT {sampled} THEN 0 ELSE CASE {where} WHEN 0 THEN 0 WHEN 1 THEN {LEFT_OUT} ELSE {kept} END END"


def _row_sql(row: Row, asked: Asked) -> str:
    if not row.of:
        raise ValueError("a row that adds up has no condition")
    if not row.at_least:
        return asked.of(row.of)
    satisfied = row.of.sql(child=True)
    held = asked.aggregate(
        f"CASE WHEN count(*) FILTER (WHERE {satisfied} = 2) >= {row.at_least} THEN 2"
        f" WHEN count(*) FILTER (WHERE {satisfied} >= 1) >= {row.at_least}"
        f" OR coalesce(bool_or(NOT c.stated AND {satisfied} >= 1), false) THEN 1 ELSE 0 END")
    return f"coalesce({held}, 0)"


def names(table: Table) -> set[str]:
    """Every name that a table counts by."""
    return {name for named in _named_by(table).values() for name in named}


def _named_by(table: Table) -> dict[str, set[str]]:
    asked = {"of": {table.of} - {""}, "by": {table.by} - {""}}
    asked |= {key: set(condition.names) for key in ("where", "without") if (condition := getattr(table, key))}
    return asked | {"rows": {name for row in table.rows if row.of for name in row.of.names}}


def _check_names(table: Table, packs: Sequence[PackUsed]) -> None:
    """Refuse what the relations have no column for, before the database has to."""
    verdicts = {f"verdict.{pack.id}" for pack in packs}
    for key, name in ((key, name) for key, named in _named_by(table).items() for name in sorted(named)):
        at = table.place.at(key)
        if name.startswith("verdict.") and name not in verdicts:
            in_use = ", ".join(sorted(pack.id for pack in packs)) or "none"
            raise at.error("STU-04", f"`{name}` asks for a pack that is not in use (in use: {in_use})")
        if table.unit == "url" and name not in URL_NAMES | verdicts | vocabulary().child_names:
            raise at.error("STU-05", f"table `{table.key}` counts URLs, and `{name}` is of one medium")

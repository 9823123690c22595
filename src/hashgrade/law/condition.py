"""The one condition language, in three values, in Python and in SQL.

`{all: [...]}`, `{any: [...]}`, `{not: C}`, `{NAME: {is: v}}`, `{NAME: {in: [v...]}}`, `{NAME: {under: n}}`,
`{NAME: {over: n}}`, or a bare `NAME`, short for `{NAME: {is: yes}}`. An answer that is not there, or that
could not be determined, makes a comparison unknown and never false; a band of ages is an interval.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from typing import Protocol, cast

from hashgrade.law.grades import adult, derived, prepubescent, unknown_children
from hashgrade.law.load import FAMILIES, Place, did_you_mean
from hashgrade.law.vocabulary import CANNOT_DETERMINE, Fact, vocabulary
from hashgrade.nouns import Child, Grade

FALSE, UNKNOWN, TRUE = 0, 1, 2

DEPTH_MAX = 40
VERDICT = re.compile(r"verdict\.[A-Za-z0-9][A-Za-z0-9._-]*")
COMPARES = ("is", "in", "under", "over")
ORDERED = ("band", "number", "date")

Bound = str | int | date | datetime
Read = Callable[[str], object]


class _NoChild:
    """Stands for every child fact of a medium on which there is no child: comparing with it is false."""


NO_CHILD = _NoChild()


class HasOutcomes(Protocol):
    """A pack, as far as conditions need it."""

    @property
    def id(self) -> str: ...

    @property
    def outcomes(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Words:
    """The names a condition may use here, and the family of codes for its errors.

    Args:
        names: Each name and its values.
        any_verdict: Whether `verdict.PACK` is taken for any pack, when the packs are not known here.
        family: `PACK` in packs, `CON` elsewhere.
    """

    names: Mapping[str, Fact]
    any_verdict: bool = False
    family: str = "CON"

    def fact(self, name: str) -> Fact | None:
        """What `name` stands for, or None."""
        if self.any_verdict and VERDICT.fullmatch(name):
            return Fact(name, "M", "verdict", {})
        return self.names.get(name)

    def resolved(self, compared: "Condition", place: Place) -> "Condition":
        """What a comparison stands for: itself, but in packs the condition behind a parameter or another verdict."""
        return compared


def words(packs: Iterable[HasOutcomes] | None = None) -> Words:
    """The names for studies, queues and policies: the vocabulary's, and the verdicts of `packs` (None: of any pack)."""
    verdicts = {f"verdict.{pack.id}": Fact(f"verdict.{pack.id}", "M", "verdict", dict.fromkeys(pack.outcomes, ""))
                for pack in packs or ()}
    return Words({**vocabulary().names, **verdicts}, any_verdict=packs is None)


@dataclass(frozen=True)
class Condition:
    """A condition: `all`, `any` or `not` of its parts, or a comparison of one name.

    `all` of nothing is true and `any` of nothing is false; people cannot write either.

    Args:
        op: all, any, not, in, under or over (`is` is `in` with one value).
        parts: The conditions that all, any and not join.
        name: What is compared.
        kind: The kind of that name's values.
        values: What it is compared with.
    """

    op: str
    parts: tuple["Condition", ...] = ()
    name: str = ""
    kind: str = ""
    values: tuple[Bound, ...] = ()

    @classmethod
    def parse(cls, tree: object, where: Place | str = "", known: Words | None = None) -> "Condition":
        """Read a condition, and check every name and value in it.

        Args:
            tree: Plain maps, lists and words, as YAML or JSON gives them.
            where: Its place, for errors.
            known: The names it may use; every name of the vocabulary and any verdict unless told.

        Raises:
            InputError: CON-02, CON-03 or CON-04 (PACK-02 to PACK-04 in packs): not well formed, no such
                name, no such value.
        """
        place = Place(where) if isinstance(where, str) else where
        return _Parser(known or words()).condition(tree, place, 0)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name it compares."""
        return frozenset({self.name} - {""}).union(*(part.names for part in self.parts))

    @cached_property
    def per_child(self) -> bool:
        """Whether it must be asked of each child."""
        return bool(self.names & vocabulary().child_names)

    @cached_property
    def size(self) -> int:
        """How many comparisons are made of it, however often one is shared."""
        return 1 if self.name else sum(part.size for part in self.parts)

    def comparisons(self) -> Iterable["Condition"]:
        """Every comparison in it, in the order written."""
        if self.name:
            yield self
        for part in self.parts:
            yield from part.comparisons()

    # -- in Python

    def value(self, read: Read) -> int:
        """0, 1 or 2 (false, unknown, true) by Kleene's tables, where `read` gives what a name holds or None.

        `read` gives a word, a whole number or a day; a tuple of labels for `activity`, of types for
        `site_type`, and of the outcomes still possible for `verdict.PACK`.
        """
        if self.op == "not":
            return TRUE - self.parts[0].value(read)
        if self.name:
            return self._compared(read(self.name))
        ends, worse = (FALSE, min) if self.op == "all" else (TRUE, max)
        found = TRUE - ends
        for part in self.parts:
            found = worse(found, part.value(read))
            if found == ends:
                break
        return found

    def evaluate(self, grade: Grade, ready: Mapping[str, object] | None = None) -> int:
        """0, 1 or 2 for a medium, outside packs: the best of its children where it asks of children.

        Every row that is not 18_or_over is a child, and the whole condition is asked of each, the medium's
        facts being the same for all. Children whom no row describes count as one of whom nothing is known.
        Where there is no child, a comparison of a child's fact is false.

        Args:
            grade: What is answered.
            ready: Values that follow from more than the grade: verdicts, and fields of the item.
        """
        medium: dict[str, object] = {**grade.facts, **derived(grade), **(ready or {})}
        medium["known"] = medium.get("known") or "new"
        if not self.per_child:
            return self.value(medium.get)
        rows = [row for row in grade.children or () if not adult(row)] + [{}] * unknown_children(grade)
        if not rows:
            return self.value(lambda name: NO_CHILD if name in vocabulary().child_names else medium.get(name))
        return max(self.value(_reader(medium, row)) for row in rows)

    def _compared(self, held: object) -> int:
        if held is NO_CHILD:
            return FALSE
        if held is None or held in (CANNOT_DETERMINE, ()):
            return UNKNOWN
        if self.kind == "verdict":
            return _subset(cast("tuple[str, ...]", held), self.values)
        if self.kind in ("many", "sightings"):
            return _any_label(cast("tuple[str, ...]", held), self.values)
        if self.kind == "band" and self.op != "in":
            return _bands(self.op, cast("int", self.values[0]))[str(held)]
        return TRUE if self._holds(held) else FALSE

    def _holds(self, held: object) -> bool:
        if self.kind == "date":
            return self._holds_day(cast("date", held))
        if self.op == "in":
            return held in self.values
        number, bound = cast("int", held), cast("int", self.values[0])
        return (number < bound) if self.op == "under" else (number > bound)

    def _holds_day(self, held: date) -> bool:
        spans, moment = [_span(value) for value in self.values], _moment(held)
        if self.op == "in":
            return any(start <= moment < end for start, end in spans)
        start, end = spans[0]
        return moment < start if self.op == "under" else moment >= end

    # -- in SQL

    def sql(self, child: bool = False) -> str:
        """The same as `evaluate`, as a DuckDB expression that is 0, 1 or 2.

        It reads a row `m` of `media` and, by a subquery, the rows `c` of `children` with `c.n = m.n`, where
        a medium with undescribed children has one row of NULLs for them. With `child` it is for a query
        in which one row is a pair (m, c). Maxima of 0, 1, 2 are taken, since `bool_or` and `exists` would turn
        unknown into false. Twin: `evaluate`; tests/pure/law/test_condition.py compares them.
        """
        expression = self._sql(no_child=False)
        if child or not self.per_child:
            return expression
        return f"coalesce((SELECT max({expression}) FROM children c WHERE c.n = m.n), {self.sql_without_children()})"

    def sql_without_children(self) -> str:
        """What `sql` is of a medium on which there is no child: of the others it is the maximum over their pairs.

        So a query that goes over all pairs once can answer many conditions, and need not ask a subquery for each.
        """
        return self._sql(no_child=True)

    def _sql(self, no_child: bool) -> str:
        if self.op == "not":
            return f"(2 - {self.parts[0]._sql(no_child)})"
        if not self.name:
            settled = "2" if self.op == "all" else "0"
            listed = ", ".join([settled, *(part._sql(no_child) for part in self.parts)])
            return f"{'least' if self.op == 'all' else 'greatest'}({listed})"
        of_child = self.name in vocabulary().child_names
        if of_child and no_child:
            return "0"
        column = f"{'c' if of_child else 'm'}.{_quoted(self.name)}"
        return self._sql_compared(f"coalesce({column}, 'new')" if self.name == "known" else column)

    def _sql_compared(self, column: str) -> str:
        if self.kind in ("verdict", "many", "sightings"):
            return _sql_lists(self.kind, column, literals(self.values))
        if self.kind == "band" and self.op != "in":
            table = _bands(self.op, cast("int", self.values[0]))
            found = " ".join(f"WHEN {literal(band)} THEN {value}" for band, value in table.items())
            return f"(CASE {column} {found} ELSE 1 END)"
        number = self.kind in ("number", "date")
        unknown = f"{column} IS NULL" if number else f"coalesce({column}, {_CANNOT}) = {_CANNOT}"
        return f"(CASE WHEN {unknown} THEN 1 WHEN {self._sql_holds(column)} THEN 2 ELSE 0 END)"

    def _sql_holds(self, column: str) -> str:
        if self.kind == "date":
            spans = [_span(value) for value in self.values]
            if self.op == "in":
                return " OR ".join(f"({column} >= {literal(start)} AND {column} < {literal(end)})"
                                   for start, end in spans)
            start, end = spans[0]
            return f"{column} < {literal(start)}" if self.op == "under" else f"{column} >= {literal(end)}"
        if self.op == "in":
            return f"{column} IN ({', '.join(literal(value) for value in self.values)})"
        return f"{column} {'<' if self.op == 'under' else '>'} {literal(self.values[0])}"


ALWAYS, NEVER = Condition("all"), Condition("any")


def negated(part: Condition) -> Condition:
    """The opposite of a condition."""
    if part in (ALWAYS, NEVER):
        return NEVER if part == ALWAYS else ALWAYS
    return Condition("not", (part,))


def joined(op: str, parts: Iterable[Condition]) -> Condition:
    """`all` or `any` of conditions, without those that are settled whatever the facts are."""
    neutral, settles = (ALWAYS, NEVER) if op == "all" else (NEVER, ALWAYS)
    left = [part for part in parts if part != neutral]
    return settles if settles in left else Condition(op, tuple(left))


_CANNOT = f"'{CANNOT_DETERMINE}'"


def _reader(medium: Mapping[str, object], row: Child) -> Read:
    held = {name: row.get(name) for name in vocabulary().child_names}
    return {**medium, **held, "prepubescent": prepubescent(row)}.get


def _subset(possible: tuple[str, ...], wanted: tuple[Bound, ...]) -> int:
    inside = sum(outcome in wanted for outcome in possible)
    return TRUE if inside == len(possible) else UNKNOWN if inside else FALSE


def _any_label(labels: tuple[str, ...], wanted: tuple[Bound, ...]) -> int:
    if any(label in wanted for label in labels):
        return TRUE
    return UNKNOWN if CANNOT_DETERMINE in labels else FALSE


@cache
def _bands(op: str, years: int) -> Mapping[str, int]:
    """Each band: true if all of it satisfies, false if none does, else unknown. `under: 18` is at most 17."""
    return {band: _interval(first < years, last < years) if op == "under" else _interval(last > years, first > years)
            for band, (first, last) in vocabulary().bands.items()} | {CANNOT_DETERMINE: UNKNOWN}


def _interval(some: bool, all_: bool) -> int:
    return TRUE if all_ else UNKNOWN if some else FALSE


def _moment(day: date) -> datetime:
    """Days and times on one scale: a day begins at midnight, and a time without a zone is in UTC."""
    if not isinstance(day, datetime):
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    return day.astimezone(UTC) if day.tzinfo else day.replace(tzinfo=UTC)


def _span(value: Bound) -> tuple[datetime, datetime]:
    """The moments from which and until which a day, or a time to the microsecond, lasts."""
    start = _moment(cast("date", value))
    return start, start + (timedelta(microseconds=1) if isinstance(value, datetime) else timedelta(days=1))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(value: Bound) -> str:
    """A value as SQL writes it, whatever characters a text holds."""
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.replace(tzinfo=None).isoformat(sep=' ')}'"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def literals(values: Iterable[Bound]) -> str:
    """Values as a list of DuckDB."""
    return f"[{', '.join(literal(value) for value in values)}]"


def _sql_lists(kind: str, column: str, wanted: str) -> str:
    unknown = f"WHEN coalesce(len({column}), 0) = 0 THEN 1"
    some = f"list_has_any({column}, {wanted})"
    if kind == "verdict":
        return f"(CASE {unknown} WHEN list_has_all({wanted}, {column}) THEN 2 WHEN {some} THEN 1 ELSE 0 END)"
    return f"(CASE {unknown} WHEN {some} THEN 2 WHEN list_contains({column}, {_CANNOT}) THEN 1 ELSE 0 END)"


@dataclass(frozen=True, slots=True)
class _Parser:
    """Turns trees into conditions, and says where a tree is not one."""

    known: Words

    def condition(self, tree: object, place: Place, depth: int) -> Condition:
        if isinstance(tree, str):
            return self.compared(tree, place, "is", "yes", place)
        if not isinstance(tree, Mapping) or len(tree) != 1 or depth > DEPTH_MAX:
            raise self.error(2, place, f"a condition is a name or a map with one key, not {_shape(tree, depth)}")
        ((key, inner),) = tree.items()
        if key in ("all", "any"):
            return self.joined(str(key), inner, place.at(key), depth)
        if key == "not":
            return negated(self.condition(inner, place.at(key), depth + 1))
        return self.named(str(key), inner, place)

    def joined(self, op: str, inner: object, place: Place, depth: int) -> Condition:
        if not isinstance(inner, list | tuple) or not inner:
            raise self.error(2, place, f"`{op}` takes a list of at least one condition")
        return joined(op, [self.condition(part, place.at(n), depth + 1) for n, part in enumerate(inner)])

    def named(self, name: str, inner: object, place: Place) -> Condition:
        if not isinstance(inner, Mapping) or len(inner) != 1 or next(iter(inner)) not in COMPARES:
            fact = self.fact(name, place.key(name))
            hint = did_you_mean(next(iter(inner), ""), COMPARES) if isinstance(inner, Mapping) else (
                f"write {{is: {inner}}}" if str(inner) in fact.values else "")
            raise self.error(2, place.at(name), f"`{name}` is compared by one of {', '.join(COMPARES)}", hint)
        ((op, value),) = inner.items()
        return self.compared(name, place.key(name), str(op), value, place.at(name, op))

    def compared(self, name: str, name_at: Place, op: str, value: object, value_at: Place) -> Condition:
        fact = self.fact(name, name_at)
        if op in ("under", "over"):
            compared = Condition(op, (), name, fact.kind, (self.bound(fact, op, value, value_at),))
            return self.known.resolved(compared, name_at)
        given = value if op == "in" else [value]
        if not isinstance(given, list | tuple) or not given:
            raise self.error(2, value_at, "`in` takes a list of at least one value")
        values = tuple(self.one(fact, each, value_at.at(n) if op == "in" else value_at) for n, each in enumerate(given))
        return self.known.resolved(Condition("in", (), name, fact.kind, values), name_at)

    def fact(self, name: str, place: Place) -> Fact:
        fact = self.known.fact(name)
        if not fact:
            hint = did_you_mean(name, [*self.known.names, "all", "any", "not"])
            reason = "which cannot be used here" if name in vocabulary().names else "which there is not"
            raise self.error(3, place, f"the condition asks for `{name}`, {reason}", hint)
        return fact

    def bound(self, fact: Fact, op: str, value: object, place: Place) -> Bound:
        if fact.kind not in ORDERED:
            raise self.error(2, place, f"`{fact.id}` has no order: compare it by `is` or `in`, not by `{op}`")
        if fact.kind == "date":
            return self.day(fact, value, place)
        return self.number(fact, value, place)

    def one(self, fact: Fact, value: object, place: Place) -> Bound:
        if fact.kind == "date":
            return self.day(fact, value, place)
        if fact.kind == "number":
            return self.number(fact, value, place)
        word = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(word, str) or (fact.values and word not in fact.values):
            raise self.error(4, place, f"`{fact.id}` is never {word!r}, but one of {', '.join(fact.values)}"
                             if fact.values else f"`{fact.id}` is a word, not {word!r}",
                             did_you_mean(word, [*fact.values]))
        return word

    def number(self, fact: Fact, value: object, place: Place) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.error(4, place, f"`{fact.id}` is compared with a whole number, not {value!r}")
        return value

    def day(self, fact: Fact, value: object, place: Place) -> date:
        if isinstance(value, date):
            return _moment(value) if isinstance(value, datetime) else value
        text = str(value)
        try:
            return date.fromisoformat(text) if len(text) == 10 else _moment(datetime.fromisoformat(text))
        except ValueError as error:
            said = f"`{fact.id}` is compared with a day such as 2023-12-31, not {text!r}"
            raise self.error(4, place, said) from error

    def error(self, number: int, place: Place, what: str, hint: str = "") -> Exception:
        return place.error(FAMILIES[self.known.family][number - 1], what, hint)


def _shape(tree: object, depth: int) -> str:
    if depth > DEPTH_MAX:
        return f"one nested more than {DEPTH_MAX} deep"
    return f"a map with {len(tree)}" if isinstance(tree, Mapping) else f"{tree!r}"[:60]

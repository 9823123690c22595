"""The reasons of a verdict as one paragraph that a court clerk could follow.

Every clause follows from the grade and the pack by the same evaluation that gave the verdict: which child decides
it and by what rule, which answers suffice, what is open, and which answer would settle it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from hashgrade.errors import InputError
from hashgrade.law.condition import FALSE, TRUE
from hashgrade.law.grades import adult, child_count, grade_of, unknown_children
from hashgrade.law.judge import reader
from hashgrade.law.pack import NONE, Pack, Rule
from hashgrade.law.vocabulary import ADULT, CANNOT_DETERMINE, vocabulary
from hashgrade.law.wording import INDICATIVE, answered, in_force, listed, number, ordinal, quoted, review, value_name
from hashgrade.nouns import Child, Grade, Value, Verdict

UNTOLD = (CANNOT_DETERMINE, (CANNOT_DETERMINE,))
"""Answers that say nothing, so that no rule is true because of them."""

REST_MIN = 3
"""More values than this that settle a question alike are told as any other answer, or as any but a few."""


def explain(verdict: Verdict, grade: Grade, pack: Pack) -> str:
    """Why a verdict is what it is, in plain English, with the official names of facts, values and outcomes.

    It says the outcome, the article and the citation of the rule, the answers on which it rests and for which
    child; what rules out anything more severe; what is open, and which single answer would settle it as what; that
    a pack is a draft, and that a verdict is indicative. Two equal grades give the same paragraph.

    Args:
        verdict: What `judge` made of `grade` and `pack`.
        grade: The answers.
        pack: The version of the pack that was used.
    """
    told = _Telling(verdict, grade, pack)
    state = pack.review
    return " ".join([told.outcome(), *told.why(), *told.ruled_out(), *told.left_open(),
                     review(state.state, state.by, state.on), INDICATIVE])


@dataclass(frozen=True, slots=True)
class _Telling:
    """One verdict being told."""

    verdict: Verdict
    grade: Grade
    pack: Pack

    @property
    def rows(self) -> list[Child]:
        """The children described: rows that are not an adult's."""
        return [row for row in self.grade.children or () if not adult(row)]

    def name(self, outcome: str) -> str:
        return quoted(self.pack.labels[outcome])

    def outcome(self) -> str:
        pack, verdict = self.pack, self.verdict
        under = f"Under {quoted(pack.title)} (version {pack.version}, {in_force(pack.since, pack.until)})"
        if verdict.outcome:
            return f"{under} the outcome for this medium is {self.name(verdict.outcome)}."
        above = listed(map(self.name, verdict.could_be), "or")
        least = "" if verdict.at_least == NONE else f"it is at least {self.name(verdict.at_least)}, and "
        below = f", or else {self.name(NONE)}" if verdict.at_least == NONE else ""
        return f"{under} the outcome for this medium is not decided: {least}it could be {above}{below}."

    # -- what is proved

    def why(self) -> Iterator[str]:
        """The rule that is met, and who falls under none."""
        if self.verdict.at_least != NONE:
            yield from self.proved()
        if grown := len(self.grade.children or ()) - len(self.rows):
            said = "One person described is" if grown == 1 else f"{number(grown).capitalize()} people described are"
            yield f"{said} 18 years or over, and every rule is about a child."
        elif child_count(self.grade) == 0:
            yield "No child is depicted, and every rule is about a child."

    def proved(self) -> Iterator[str]:
        """For each rule that gives the outcome, the children of whom it does, and the answers that make it true."""
        start = "This" if self.verdict.outcome else f"At least {self.name(self.verdict.at_least)}"
        for reason in self.verdict.reasons:
            rule = next(rule for rule in self.pack.rules if rule.id == reason.rule)
            names = {n: [name for name in reason.facts if self.held(row).get(name, CANNOT_DETERMINE) not in UNTOLD]
                     for n, row in enumerate(self.rows) if self.first_true(row) is rule}
            law = f"{rule.article} in {quoted(self.pack.sources[rule.source])}"
            yield f"{start} follows from {law}, because {self.because(names)}."
            start = "It"

    def first_true(self, row: Child) -> Rule | None:
        """The rule that decides what is proved of one child."""
        return next((rule for rule in self.pack.rules if rule.when.value(reader(self.grade, row)) == TRUE), None)

    def held(self, row: Child) -> dict[str, object]:
        """What is answered of one child: its own answers, over the medium's."""
        return {**self.grade.facts, **row}

    def because(self, names: Mapping[int, Sequence[str]]) -> str:
        """Answers as one clause: those of the medium once, then those of each child, equal ones together."""
        shared = [name for name in next(iter(names.values()))
                  if all(name in of_one and name not in self.rows[n] for n, of_one in names.items())]
        alike: dict[tuple[str, ...], list[int]] = {}
        for n, of_one in names.items():
            own = self.held(self.rows[n])
            said = tuple(answered(name, cast("Value", own[name])) for name in of_one if name not in shared)
            if said:
                alike.setdefault(said, []).append(n)
        medium = [answered(name, self.grade.facts[name]) for name in shared]
        if len(alike) == 1:
            ((said, indexes),) = alike.items()
            return listed([*medium, *self.of_children(indexes, said)])
        told = [*([listed(medium)] if medium else []),
                *(listed(self.of_children(indexes, said)) for said, indexes in alike.items())]
        return "; and ".join(filter(None, ("; ".join(told[:-1]), told[-1])))

    def of_children(self, indexes: Sequence[int], said: Sequence[str]) -> list[str]:
        """Clauses about the child, of the children whom they are about."""
        total = child_count(self.grade)
        if total == 1:
            return [*said]
        if len(indexes) == total:
            return [clause.replace("the child", "each child") for clause in said]
        if len(indexes) > 1:
            return [f"for {listed(map(ordinal, indexes))} alike {said[0]}", *said[1:]]
        who = ordinal(indexes[0])
        first = said[0].replace("the child", who, 1) if "the child" in said[0] else f"for {who} {said[0]}"
        return [first, *(clause.replace("the child", "that child") for clause in said[1:])]

    # -- what is ruled out

    def ruled_out(self) -> Iterator[str]:
        """The answers that leave nothing more severe possible; each is needed, and together they suffice."""
        severe = self.pack.outcomes[0] == self.verdict.at_least
        if not self.verdict.outcome or severe or not self.rows:
            return
        said = {n: names for n, row in enumerate(self.rows) if (names := self.needed(row))}
        if not said:
            return
        start = "No rule applies" if self.verdict.outcome == NONE else "Nothing more severe is possible"
        yield f"{start}, since {self.because(said)}."

    def needed(self, row: Child) -> list[str]:
        """Answers of one child without which something above the verdict were possible, beside those of its rule."""
        held = {name: value for name, value in self.held(row).items() if name in (*self.pack.facts, "puberty")}
        kept = dict(held)
        for name in reversed(vocabulary().in_order(held)):
            fewer = {other: value for other, value in kept.items() if other != name}
            if not self.above(fewer):
                kept = fewer
        given = {name for reason in self.verdict.reasons for name in reason.facts}
        return [name for name in vocabulary().in_order(kept) if name not in given]

    def above(self, held: Mapping[str, object]) -> bool:
        """Whether a child of whom only this is known could be more severe than the verdict."""
        return self.pack.rank[_span(self.pack, held)[0]] < self.pack.rank[self.verdict.at_least]

    # -- what is open

    def left_open(self) -> Iterator[str]:
        """What is still to be answered, which answers would settle it, and what nobody can tell."""
        if self.verdict.outcome:
            return
        asked: dict[tuple[str, str], list[str]] = {}
        for path in self.verdict.missing_at:
            asked.setdefault((path.rpartition(".")[2], self.settling(path)), []).append(path)
        for (name, said), paths in asked.items():
            if said:
                yield f"Still to be answered{self.whose(paths, name)} is {_question(name)}: {said}."
        if left := [f"{_question(name)}{self.whose(paths, name)}" for (name, said), paths in asked.items() if not said]:
            alone = "no answer to one of these" if len(left) > 1 else "no answer to it"
            start = "Open" if len(left) == len(asked) else "Also open"
            yield f"{start} {'are' if len(left) > 1 else 'is'} {listed(left)}; {alone} alone settles the outcome."
        if self.grade.facts.get("assessable", "yes") not in ("yes", CANNOT_DETERMINE):
            yield f"Nothing is asked, since {answered('assessable', self.grade.facts['assessable'])}."
        if doubts := [_question(name) for name in self.doubts()]:
            yield f"What could not be determined is not asked again: {listed(doubts)}"

    def whose(self, paths: Sequence[str], name: str) -> str:
        """` for the second child`, where several are depicted and the question is about one."""
        if paths[0] == name or child_count(self.grade) == 1:
            return ""
        indexes = [_row(path) - sum(map(adult, (self.grade.children or ())[:_row(path)])) for path in paths]
        described = [n for n in indexes if n < len(self.rows)]
        others = ["each child not described"] if len(described) < len(indexes) else []
        return f" for {listed([*map(ordinal, described), *others])}"

    def settling(self, path: str) -> str:
        """Which answers to one question settle the outcome, and as what; empty where none does alone."""
        name = path.rpartition(".")[2]
        values = [*vocabulary().facts[name].values] or ["0"]
        found: dict[str, list[str]] = {}
        for value in values:
            outcome = self.after(path, name, value)
            if outcome:
                found.setdefault(outcome, []).append(value)
        return "; ".join(f"{self.answers(name, those, found)} would settle it as {self.name(outcome)}"
                         for outcome, those in found.items())

    def answers(self, name: str, those: Sequence[str], found: Mapping[str, Sequence[str]]) -> str:
        """The answers that settle a question as one outcome; most of them are told by those that do not."""
        others = [value for value in vocabulary().facts[name].values if value not in those]
        settled = {value for values in found.values() for value in values}
        if len(those) > REST_MIN and others and vocabulary().facts[name].kind != "band":
            if len(found) > 1 and those is [*found.values()][-1] and settled >= {*others}:
                return "any other answer"
            if len(others) < REST_MIN:
                return f"any answer but {_values(name, others)}"
        return _values(name, those)

    def after(self, path: str, name: str, value: str) -> str | None:
        """The outcome once one question is answered; None where it is undecided, or the answer contradicts another."""
        fact = vocabulary().facts[name]
        answer: object = [value] if fact.many else int(value) if fact.kind == "number" else value
        facts, rows = dict[str, object](self.grade.facts), [dict(row) for row in self.grade.children or ()]
        if path == name:
            facts[name] = answer
        else:
            rows += [{} for _ in range(_row(path) + 1 - len(rows))]
            rows[_row(path)][name] = cast("Value", answer)
        asked = {"facts": facts, "children": rows if self.grade.children is not None or path != name else None}
        try:
            return _outcome(self.pack, grade_of(asked))
        except InputError:
            return None

    def doubts(self) -> list[str]:
        """The questions to which the answer was that nobody can tell, where another answer would make a difference."""
        held = [self.held(row) for row in self.rows or [{}]]
        return [name for name in self.pack.facts if any(name in one and self.doubted(name, one) for one in held)]

    def doubted(self, name: str, held: Mapping[str, object]) -> bool:
        """Whether one child's answer is that nobody can tell, and one that somebody could tell would bear on it."""
        given, fact = held[name], vocabulary().facts[name]
        if CANNOT_DETERMINE not in (given if isinstance(given, tuple) else (given,)):
            return False
        told = ({**held, name: (value,) if fact.many else value} for value in fact.values)
        return self.above(held) and any(_span(self.pack, one) != _span(self.pack, held) for one in told)


def _row(path: str) -> int:
    return int(path.partition("[")[2].partition("]")[0])


def _question(name: str) -> str:
    """The question people are asked, without what is said to whoever answers it."""
    asked, mark, _ = vocabulary().facts[name].question.partition("?")
    return quoted(asked + mark)


def _values(name: str, values: Sequence[str]) -> str:
    """Values of one fact as an answer to it; bands of ages that follow each other are one."""
    fact, bands = vocabulary().facts[name], list(vocabulary().bands)
    at = [bands.index(value) for value in values] if fact.kind == "band" else []
    if len(at) < 2 or at != [*range(at[0], at[-1] + 1)]:
        return listed([value_name(fact, value) for value in values], "or")
    first, last = vocabulary().bands[values[0]][0], vocabulary().bands[values[-1]][1]
    return f"any age of {first} years or over" if values[-1] == ADULT else f"any age from {first} to {last} years"


def _span(pack: Pack, held: Mapping[str, object]) -> tuple[str, ...]:
    """The outcomes possible for one child of whom this is answered, the last of which is proved."""
    possible: list[str] = []
    read = reader(Grade(), cast("Child", held))
    for rule in pack.rules:
        value = rule.when.value(read)
        if value != FALSE:
            possible.append(rule.outcome)
        if value == TRUE:
            return tuple(possible)
    return (*possible, NONE)


def _outcome(pack: Pack, grade: Grade) -> str | None:
    """The outcome of a medium, as `judge` finds it, without asking what is missing."""
    rows = [row for row in grade.children or () if not adult(row)] + [{}] * unknown_children(grade)
    spans = [_span(pack, {**grade.facts, **row}) for row in rows] or [(NONE,)]
    least = min((span[-1] for span in spans), key=pack.rank.__getitem__)
    return least if all(pack.rank[span[0]] >= pack.rank[least] for span in spans) else None

"""Verdicts: what a pack makes of a grade, with its reasons, from one evaluation.

Rules are asked of each child, from the most severe down; the medium takes the highest. A verdict is an
interval: `at_least` is proved, `could_be` is what unanswered facts leave possible beyond it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from hashgrade.law.condition import TRUE, UNKNOWN, Condition, Read
from hashgrade.law.grades import adult, child_count, grade_of, prepubescent
from hashgrade.law.pack import NONE, Pack, Rule
from hashgrade.law.unanswered import unanswered
from hashgrade.law.vocabulary import CANNOT_DETERMINE, vocabulary
from hashgrade.nouns import Child, Grade, Reason, Value, Verdict

MEMO = 100_000


@dataclass(frozen=True, slots=True)
class _Finding:
    """What the rules make of one child: the proved rule (None: `none`), and the outcomes possible above it."""

    rule: Rule | None
    above: tuple[str, ...]
    facts: tuple[str, ...]


def judge(grade: Grade | Mapping[str, object], pack: Pack) -> Verdict:
    """What `pack` makes of `grade`: decided, or an interval that names the facts that could decide it.

    An undescribed child is one of whom nothing is known; a row 18_or_over falls under no rule.

    Args:
        grade: A `Grade`, or the map `{"facts": ..., "children": ...}`, which is then checked.
        pack: As `load` gives it.

    Raises:
        InputError: GRA-01 to GRA-04, the map is not a grade.
    """
    return _judged(_relevant(_grade(grade), pack), pack)


def missing(grade: Grade | Mapping[str, object], packs: Sequence[Pack]) -> list[str]:
    """The unanswered facts that could still change an undecided verdict of some pack, in vocabulary order, once each.

    A decided verdict asks nothing. Else a fact is missing when two ways of answering everything unanswered
    differ only in it and give different outcomes. Answers that contradict each other are no way of answering.
    Twin: tests/naive/law.py::missing.

    Raises:
        InputError: GRA-01 to GRA-04, the map is not a grade.
    """
    checked = _grade(grade)
    return vocabulary().in_order({name for pack in packs for name in judge(checked, pack).missing})


@dataclass(frozen=True, slots=True)
class Bench:
    """Several packs at once: `bench(grade)` gives each pack's verdict by the pack's id."""

    packs: tuple[Pack, ...]

    def __call__(self, grade: Grade) -> dict[str, Verdict]:
        """The verdict of each pack; equal answers are judged once, however many items have them."""
        return {pack.id: judge(grade, pack) for pack in self.packs}


def possible(verdict: Verdict) -> tuple[str, ...]:
    """Every outcome still possible, most severe first: what a condition on `verdict.PACK` reads."""
    return (*verdict.could_be, verdict.at_least)


def as_json(verdict: Verdict) -> dict[str, object]:
    """The verdict as the object that `law judge --json` prints."""
    reasons = [{"rule": reason.rule, "source": reason.source, "facts": list(reason.facts)}
               for reason in verdict.reasons]
    return {"pack": verdict.pack, "version": verdict.version, "outcome": verdict.outcome, "at_least": verdict.at_least,
            "could_be": list(verdict.could_be), "missing": list(verdict.missing), "reasons": reasons}


# -- one evaluation -----------------------------------------------------------------------------------------------

Relevant = tuple[tuple[tuple[str, Value], ...], tuple[tuple[tuple[str, object], ...], ...] | None]


def _grade(grade: Grade | Mapping[str, object]) -> Grade:
    return grade if isinstance(grade, Grade) else grade_of(grade)


def _relevant(grade: Grade, pack: Pack) -> Relevant:
    """What of a grade can bear on the pack's verdict, as a key: the rest is not looked at again."""
    names = ("assessable", *pack.facts, "child_count", "puberty", "role")
    facts = tuple((name, grade.facts[name]) for name in names if name in grade.facts)
    rows = grade.children
    return facts, None if rows is None else tuple(
        tuple((name, row[name]) for name in dict.fromkeys(names) if name in row) for row in rows)


def interval(grade: Grade, pack: Pack) -> tuple[str, tuple[str, ...]]:
    """`at_least` and `could_be` of the verdict, without its reasons and without what is missing."""
    return _interval(_findings(grade, pack), pack)


@lru_cache(maxsize=MEMO)
def _judged(relevant: Relevant, pack: Pack) -> Verdict:
    facts, rows = relevant
    grade = Grade(dict(facts), None if rows is None else tuple(dict(row) for row in rows))  # type: ignore[arg-type]
    findings = _findings(grade, pack)
    least, could_be = _interval(findings, pack)
    paths = unanswered(grade, pack) if could_be else ()
    return Verdict(pack.id, pack.version, None if could_be else least, least, could_be,
                   tuple(vocabulary().in_order(path.rpartition(".")[2] for path in paths)), paths,
                   tuple(_reasons(findings, least)))


def _findings(grade: Grade, pack: Pack) -> list[_Finding]:
    return [_find(pack, reader(grade, row)) for row in _children(grade)]


def _interval(findings: list[_Finding], pack: Pack) -> tuple[str, tuple[str, ...]]:
    least = min((_outcome(finding) for finding in findings), key=pack.rank.__getitem__, default=NONE)
    open_ = {outcome for finding in findings for outcome in finding.above if pack.rank[outcome] < pack.rank[least]}
    return least, tuple(outcome for outcome in pack.outcomes if outcome in open_)


def _children(grade: Grade) -> Iterator[Child]:
    """Every child: each row that is not an adult's, and one empty row for all whom no row describes."""
    rows = [row for row in grade.children or () if not adult(row)]
    yield from rows
    count = child_count(grade)
    if count is None or count > len(rows):
        yield {}


def reader(grade: Grade, row: Child) -> Read:
    """How a rule reads one child: its own answers, over the medium's."""
    return {**grade.facts, **row, "prepubescent": prepubescent(row)}.get


def _find(pack: Pack, read: Read) -> _Finding:
    above: list[str] = []
    for rule in pack.rules:
        value = rule.when.value(read)
        if value == TRUE:
            facts = vocabulary().in_order(_recorded(_because(rule.when, read, true=True), read))
            return _Finding(rule, tuple(above), tuple(facts))
        if value == UNKNOWN:
            above.append(rule.outcome)
    return _Finding(None, tuple(above), ())


def _outcome(finding: _Finding) -> str:
    return finding.rule.outcome if finding.rule else NONE


def _reasons(findings: list[_Finding], least: str) -> Iterator[Reason]:
    rules = dict.fromkeys(finding.rule for finding in findings if finding.rule and finding.rule.outcome == least)
    for rule in rules:
        facts = {name for finding in findings if finding.rule is rule for name in finding.facts}
        yield Reason(rule.id, rule.source, tuple(vocabulary().in_order(facts)))


def _because(condition: Condition, read: Read, true: bool) -> frozenset[str]:
    """The names that suffice to make the condition true, or false."""
    if condition.op == "not":
        return _because(condition.parts[0], read, not true)
    if condition.name:
        return frozenset({condition.name})
    if (condition.op == "all") == true:
        return frozenset().union(*(_because(part, read, true) for part in condition.parts))
    wanted = TRUE if true else 0
    first = next(part for part in condition.parts if part.value(read) == wanted)
    return _because(first, read, true)


def _recorded(names: Iterable[str], read: Read) -> set[str]:
    """The recorded facts behind names: `prepubescent` rests on puberty where that is known, else on the age."""
    by_puberty = read("puberty") not in (None, CANNOT_DETERMINE)
    return {("puberty" if by_puberty else "age_band") if name == "prepubescent" else name for name in names}

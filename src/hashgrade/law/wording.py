"""The law in plain English: answers, comparisons and grades as clauses, by the vocabulary's official names.

Nothing is added to what the vocabulary says: a clause is its `says` or `denies`, and a value its official name.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from hashgrade.law.grades import adult, child_count
from hashgrade.law.vocabulary import CANNOT_DETERMINE, Fact, vocabulary
from hashgrade.nouns import Child, Grade

INDICATIVE = "A verdict is indicative; legality is for a court."
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

Answer = str | int | tuple[str, ...]


def listed(words: Iterable[str], last: str = "and") -> str:
    """Words as people list them: `a`, `a and b`, `a, b and c`."""
    *first, final = words
    return f"{', '.join(first)} {last} {final}" if first else final


def quoted(text: str) -> str:
    """An official name, marked as one."""
    return f"“{text}”"


def day(when: date) -> str:
    """A day as people write it: 1 April 2014."""
    return f"{when.day} {when:%B} {when.year}"


def in_force(since: date | None, until: date | None) -> str:
    """Dates in force, both inclusive, as a clause."""
    start = f"from {day(since)}" if since else "from a day that is not established"
    return f"in force {start}" + (f" until {day(until)}" if until else "")


def review(state: str, by: str | None, on: date | None) -> str:
    """Whether counsel has read a pack, as a sentence."""
    if state == "draft" or not on:
        return "The pack is a draft: no counsel has reviewed it."
    return f"The pack was reviewed by {by} on {day(on)}."


def number(count: int) -> str:
    """A small number in words, a larger one in digits."""
    return NUMBERS[count] if count < len(NUMBERS) else f"{count:,}"


def ordinal(index: int) -> str:
    """Which child of several, from 0: `the first child`."""
    return f"the {ORDINALS[index]} child" if index < len(ORDINALS) else f"child {index + 1}"


# -- comparisons --------------------------------------------------------------------------------------------------


def compared(name: str, op: str, values: Sequence[Answer], true: bool = True) -> str:
    """The clause that a fact compares so, or that it does not.

    Bounds are printed inclusive, since `under: 18` is at most 17 completed years.

    Args:
        name: A fact of the vocabulary that a child or a medium has.
        op: in (also for `is`), under or over.
        values: What it is compared with.
        true: Whether the comparison holds.
    """
    fact = vocabulary().names[name]
    if op != "in":
        return _bound(fact, op, int(str(values[0])), true)
    if fact.denies and len(values) == 1:
        return fact.says if (values[0] == "yes") == true else fact.denies
    said = [value_name(fact, str(value)) for value in values]
    if fact.many:
        return f"{fact.says} {listed(said, 'or')}" if true else _excludes(fact.says, said)
    start = fact.says or f"the answer to {quoted(fact.question or fact.name)} is"
    return f"{start} {listed(said, 'or')}" if true else f"{start} {_neither(said)}"


def _bound(fact: Fact, op: str, bound: int, true: bool) -> str:
    below = (op == "under") == true
    last = bound - 1 if op == "under" else bound
    return f"{fact.says or fact.name} {f'{last} or under' if below else f'{last + 1} or over'}"


def _excludes(says: str, names: list[str]) -> str:
    stem = says.removesuffix(" includes")
    return f"{stem} does not include {names[0]}" if len(names) == 1 else f"{says} none of {listed(names)}"


def _neither(names: list[str]) -> str:
    return f"not {names[0]}" if len(names) == 1 else f"neither {' nor '.join(names)}"


def value_name(fact: Fact, value: str) -> str:
    """The official name of a value, marked as one; an age is a plain phrase."""
    if value == CANNOT_DETERMINE:
        return "not determinable"
    return fact.values[value] if fact.kind == "band" else quoted(fact.values.get(value, value))


# -- answers ------------------------------------------------------------------------------------------------------


def answered(name: str, value: Answer) -> str:
    """The clause that a fact was answered so."""
    fact = vocabulary().names[name]
    if isinstance(value, tuple):
        names = [value_name(fact, label) for label in value if label != CANNOT_DETERMINE]
        if not names:
            return f"{quoted(fact.question)} could not be determined"
        said = f"the label for the child's {fact.name.lower()} is {names[0]}" if len(names) == 1 else (
            f"the labels for the child's {fact.name.lower()} are {listed(names)}")
        return said + (", while others could not be determined" if CANNOT_DETERMINE in value else "")
    if value == CANNOT_DETERMINE:
        return f"{quoted(fact.question)} could not be determined"
    if isinstance(value, int) or fact.kind == "text":
        return f"{fact.says} {value}"
    return compared(name, "in", (value,))


def brief(grade: Grade) -> str:
    """A grade in a line, as tables show it: how the medium was made, each child, then what else was answered."""
    book = vocabulary()
    made = [_plain("depiction", grade.facts["depiction"])] if "depiction" in grade.facts else []
    rest = [_short(name, grade.facts[name]) for name in book.of_medium
            if name in grade.facts and name not in ("depiction", "child_count")]
    return "; ".join([*made, *_people(grade), *rest])


def _people(grade: Grade) -> list[str]:
    rows = [row for row in grade.children or () if not adult(row)]
    grown = len(grade.children or ()) - len(rows)
    total = child_count(grade)
    said = [f"a child{_of(row)}" for row in rows]
    if total is None:
        said.append("children not described")
    elif total > len(rows):
        left = total - len(rows)
        said.append(f"{number(left)} {'child' if left == 1 else 'children'} not described")
    if grown:
        said.append(f"{number(grown)} {'person' if grown == 1 else 'people'} of 18 years or over")
    return said or ["no child"]


def _of(row: Child) -> str:
    band = row.get("age_band")
    age = f" of {_plain('age_band', band)}" if band not in (None, CANNOT_DETERMINE) else ""
    rest = [_short(name, row[name]) for name in vocabulary().of_row if name in row and not (age and name == "age_band")]
    return age + (f" ({', '.join(rest)})" if rest else "")


def _short(name: str, value: Answer) -> str:
    if isinstance(value, tuple):
        return listed(value_name(vocabulary().facts[name], label) for label in value)
    return f"{vocabulary().facts[name].name.lower()}: {_plain(name, value)}"


def _plain(name: str, value: object) -> str:
    fact = vocabulary().facts[name]
    said = value_name(fact, str(value)).strip("“”")
    return said.lower() if fact.denies else said

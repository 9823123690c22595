"""`hashgrade law packs` and `judge`: the packs there are, and what one makes of one grade."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer

from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.errors import InputError
from hashgrade.law import Pack, grades, judge, load, vocabulary
from hashgrade.law.judge import as_json as written
from hashgrade.law.load import Place, located
from hashgrade.law.pack import pack_ids
from hashgrade.law.vocabulary import Fact
from hashgrade.nouns import Grade, Verdict

DIGITS_MAX: Final = 18

Facts = Annotated[str, typer.Option(
    metavar="FILE", help="A JSON file with `facts` and `children`; - for standard input.")]
PackNames = Annotated[list[str], typer.Option(help="The pack's name, or its folder; may be given again, or `all`.")]
On = Annotated[datetime | None, typer.Option(
    formats=["%Y-%m-%d"], help="The version in force on this day; the newest unless told.")]


def loaded(pack: list[str], on: datetime | None = None) -> Iterator[Pack]:
    """Load the packs that somebody named, by name, folder or `all`: the version of a day, or the newest."""
    for name, folder in map(located, pack_ids() if pack == ["all"] else pack):
        yield load(name, on.date() if on else None, folder)


def packs(
    facts: Annotated[bool, typer.Option("--facts", help="List the vocabulary's facts instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the packs, their outcomes, dates in force and review state; or the facts they may ask for."""
    if facts:
        for row, fact in zip(vocabulary().rows(), vocabulary().names.values(), strict=True):
            console.put(row, _fact_text(fact), as_json=as_json)
        return
    for pack in map(load, pack_ids()):
        console.put(pack.row(), _pack_text(pack), as_json=as_json)


def _pack_text(pack: Pack) -> str:
    force = f"from {pack.since or 'a day not established'}" + (f" until {pack.until}" if pack.until else "")
    return (f"{pack.id} {pack.version} ({pack.review.state}), in force {force}\n  {pack.title}\n"
            f"  outcomes: {', '.join(pack.outcomes)}\n  facts: {', '.join(pack.facts)}")


def _fact_text(fact: Fact) -> str:
    level = "of a child" if fact.level == "C" else "of the medium"
    text = fact.question or fact.definition or fact.label
    return f"{fact.id}, {level}: {', '.join(fact.values) or fact.kind}\n  {text}"


def judge_facts(
    pack: PackNames,
    facts: Facts,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Say what a pack makes of one grade, why, and what is still to be asked."""
    grade = grade_in(facts)
    for one in loaded(pack, on):
        verdict = judge(grade, one)
        console.put(written(verdict), _verdict_text(verdict, one), as_json=as_json)
    if not as_json:
        typer.echo("  A verdict is indicative; legality is for a court.")


def grade_in(file: str) -> Grade:
    """The grade in a file of JSON, or on standard input for a dash.

    Raises:
        InputError: CMD-01, it cannot be read; GRA-01 to GRA-05, it is no grade.
    """
    return grades.grade_of(*tree_in(file))


def tree_in(file: str) -> tuple[object, Place]:
    """What a file of JSON holds, or standard input for a dash, and its place for errors.

    Raises:
        InputError: CMD-01, it cannot be read; GRA-05, it is no JSON.
    """
    name = "standard input" if file == "-" else file
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        tree = json.loads(raw, object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_whole)
    except OSError as error:
        raise InputError("CMD-01", f"the file cannot be read: {error.strerror}", where=name) from error
    except json.JSONDecodeError as error:
        where = f"{name}:{error.lineno}:{error.colno}"
        raise InputError("GRA-05", f"this is not JSON: {error.msg}", where=where) from error
    except UnicodeDecodeError as error:
        raise InputError("GRA-05", "this is not JSON: it is not UTF-8", where=name) from error
    except (ValueError, RecursionError) as error:
        said = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InputError("GRA-05", f"this is not JSON that can be judged: {said}", where=name) from error
    return tree, Place(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in pairs:
        # Which of two answers was meant, nobody can say.
        if key in tree:
            raise ValueError(f"the key {key!a} is given twice")
        tree[key] = value
    return tree


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON value")


def _whole(digits: str) -> int:
    if len(digits) > DIGITS_MAX:
        raise ValueError(f"a number has {len(digits)} digits, at most {DIGITS_MAX}")
    return int(digits)


def _verdict_text(verdict: Verdict, pack: Pack) -> str:
    decided = f"{verdict.outcome} ({pack.labels[verdict.outcome]})" if verdict.outcome else (
        f"undecided: at least {verdict.at_least}, could be {', '.join(verdict.could_be)}")
    lines = [f"{pack.id} {pack.version} ({pack.review.state}): {decided}"]
    lines += [f"  by {reason.rule} [{reason.source}], from {', '.join(reason.facts)}" for reason in verdict.reasons]
    if verdict.missing_at:
        lines.append(f"  still to be asked: {', '.join(verdict.missing_at)}")
    return "\n".join(lines)

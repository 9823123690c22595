"""`hashgrade law check`, `test`, `diff` and `compare`: whether packs can be relied on, and where they part."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.errors import InputError
from hashgrade.law import Pack, load
from hashgrade.law.check import Result, cases, problems, results, shown
from hashgrade.law.compare import Pair, changes, matrix
from hashgrade.law.flaws import in_a_line
from hashgrade.law.grades import as_json as written
from hashgrade.law.judge import judge
from hashgrade.law.load import did_you_mean, located
from hashgrade.law.pack import NONE, all_versions, pack_ids
from hashgrade.nouns import Grade

Packs = Annotated[list[str] | None, typer.Argument(
    metavar="[PACK]...", help="Packs by name, or folders that hold a `pack.yaml`; all of the package unless told.")]
One = Annotated[str, typer.Argument(help="A pack by name, `NAME@VERSION`, or a folder that holds a `pack.yaml`.")]


# -- check and test -----------------------------------------------------------------------------------------------


def check(chosen: Packs = None, as_json: AsJson = False) -> None:
    """Check packs: form, sources, dates, cases, and that every part counts. The exit code is 1 if anything is wrong."""
    failed = 0
    for name, folder in map(located, chosen or pack_ids()):
        found = list(problems(name, folder))
        failed += len(found)
        if not as_json:
            for error in found:
                console.tell(error)
        if as_json or not found:
            count = 0 if found else len(cases(load(name, None, folder), folder))
            console.put({"pack": name, "ok": not found, "errors": [error.as_json() for error in found]},
                        f"{name}: good, with {count} cases", as_json=as_json)
    console.failed_if(failed)


def run_cases(chosen: Packs = None, as_json: AsJson = False) -> None:
    """Run the cases of packs, each a sentence. The exit code is 1 if one does not come out as it says."""
    run, failed = 0, 0
    for name, folder in map(located, chosen or pack_ids()):
        newest = load(name, None, folder)
        for result in results(newest, folder):
            run, failed = run + 1, failed + (not result.ok)
            said = _sentence(_version_of(result, newest), result)
            console.put(_line(name, result), said, as_json=as_json)
            for error in () if as_json else result.errors():
                console.tell(error)
    if not as_json:
        typer.echo(f"{run - failed} of {run} cases come out as they say")
    console.failed_if(failed)


def _line(name: str, result: Result) -> console.Line:
    case = result.case
    return {"pack": name, "version": case.pack.version, "case": case.name, "ok": result.ok, "expected": case.expect,
            "got": result.got, "errors": [error.as_json() for error in result.errors()]}


def _version_of(result: Result, newest: Pack) -> str:
    """The pack by name, and the version that judges the case where that is an older one."""
    pack = result.case.pack
    return pack.id if pack.version == newest.version else f"{pack.id} {pack.version}"


def _sentence(judged_by: str, result: Result) -> str:
    said = f"{'ok' if result.ok else 'FAILS'}  {judged_by}: {result.case.name}"
    wrong = [f"{key} {shown(expected)}, got {shown(result.got[key])}"
             for key, expected in result.case.expect.items() if result.got[key] != expected]
    return f"{said}: expected {'; expected '.join(wrong)}" if wrong else said


# -- diff ---------------------------------------------------------------------------------------------------------


def diff(
    context: typer.Context,
    old: One,
    new: One,
    *,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The versions in force on this day; the "
                                                "newest unless told.")] = None,
    records: Annotated[bool, typer.Option("--records", help="Count the station's items instead.")] = False,
    items: Annotated[bool, typer.Option("--items", help="With --records, list the SHA-256 of those items.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show from which outcome to which a child can come when one pack takes the place of another, each with a case."""
    before, after = (_version(words, on.date() if on else None) for words in (old, new))
    if records:
        from hashgrade.cli.law import enacting  # noqa: PLC0415 - settings and store, which only this way of asking needs

        console.opened(context)
        enacting.compare(before, after, items=items, as_json=as_json)
        return
    pair = changes(before, after)
    moves = [{"from": one, "to": other, "grade": written(grade)} for (one, other), grade in pair.meetings.items()]
    told = {"old": _named(before), "new": _named(after), "changes": moves}
    lines = [f"{before.id} {before.version} -> {after.id} {after.version}", *_moves(pair)]
    console.put(told, "\n".join(lines), as_json=as_json)


def _version(words: str, on: date | None) -> Pack:
    """The version that somebody names: by its name after an @, by a day, or else the newest."""
    whole, _, version = words.rpartition("@")
    if not whole or Path(words).exists():
        name, folder = located(words)
        return load(name, on, folder)
    name, folder = located(whole)
    load(name, None, folder)
    versions = {pack.version: pack for pack in all_versions(name, folder)}
    if version not in versions:
        hint = did_you_mean(version, [*versions]) or f"there are {', '.join(versions)}"
        raise InputError("PACK-08", f"pack `{name}` has no version `{version}`", where=words, excerpt=hint)
    return versions[version]


def _named(pack: Pack) -> dict[str, str]:
    return {"pack": pack.id, "version": pack.version, "review": pack.review.state}


def _moves(pair: Pair) -> Iterator[str]:
    if not pair.meetings:
        yield "no child's outcome differs"
    for (one, other), grade in pair.meetings.items():
        yield f"from {one} to {other}: e.g. {_example(pair, (one, other), grade)}"


def _example(pair: Pair, meeting: tuple[str, str], grade: Grade) -> str:
    """A grade in a line; where a threshold cuts the band, both outcomes are those of some age in it."""
    wholly = (judge(grade, pair.first).outcome, judge(grade, pair.second).outcome) == meeting
    return in_a_line(grade) + ("" if wholly else ", at some age in this band")


# -- compare ------------------------------------------------------------------------------------------------------


def compare(chosen: Packs = None, as_json: AsJson = False) -> None:
    """Show what each outcome of a pack implies in every other, and for packs that are named, a case where nothing."""
    packs = [_version(words, None) for words in chosen or pack_ids()]
    pairs = matrix(packs)
    if as_json:
        for pair in pairs:
            console.put(_pair(pair), "", as_json=True)
        return
    typer.echo("\n".join(_table(packs, pairs)))
    typer.echo("In each cell: what every such child has in that pack at least; - where it may have nothing.")
    for line in _apart(pairs) if chosen else ():
        typer.echo(line)


def _pair(pair: Pair) -> console.Line:
    outcomes = pair.first.outcomes[:-1]
    meetings = [{"first": one, "second": other, "grade": written(grade)}
                for (one, other), grade in pair.meetings.items()]
    return {"first": _named(pair.first), "second": _named(pair.second),
            "implies": {outcome: pair.implies(outcome) for outcome in outcomes}, "meetings": meetings}


def _table(packs: Sequence[Pack], pairs: Sequence[Pair]) -> Iterator[str]:
    """A line for each outcome of each pack, a column for each pack."""
    met = {(pair.first, pair.second): pair for pair in pairs}
    lines = [["", *(pack.id for pack in packs)]]
    for one in packs:
        for outcome in (outcome for outcome in one.outcomes[:-1] if outcome not in one.unmodelled):
            cells = ["" if one is other else met[one, other].implies(outcome) or "-" for other in packs]
            lines.append([f"{one.id} {outcome}", *cells])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _apart(pairs: Sequence[Pair]) -> Iterator[str]:
    for pair in pairs:
        for (one, other), grade in pair.meetings.items():
            if one != NONE and other == NONE:
                example = _example(pair, (one, other), grade)
                yield f"{pair.first.id} {one} that is no {pair.second.id} outcome: {example}"

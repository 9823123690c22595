"""`hashgrade law ask`: which question comes next, so that people answer as few as the packs in use still need."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.cli.law.judging import Facts, grade_in, loaded
from hashgrade.law import Pack, vocabulary
from hashgrade.law.asking import Step, order, whole_plan
from hashgrade.nouns import Grade


def ask(
    pack: Annotated[list[str], typer.Option(help="The name of a pack in use, or its folder; may be given again, or "
                                                 "`all`.")],
    facts: Facts,
    whole: Annotated[bool, typer.Option("--all", help="Show what would be asked after each answer.")] = False,
    depth: Annotated[int, typer.Option(min=1, max=6, help="How many questions deep `--all` goes.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Name the next question, its words and values, and what else may still be asked."""
    grade = grade_in(facts)
    packs = [*loaded(pack)]
    row = _row(grade, packs)
    lines = _next_text(row)
    if whole:
        plan = whole_plan(grade, packs, depth)
        row["plan"] = _step_row(plan)
        lines += ["", *_step_text(plan)]
    console.put(row, "\n".join(lines), as_json=as_json)


def _row(grade: Grade, packs: list[Pack]) -> dict[str, Any]:
    paths = order(grade, packs)
    row: dict[str, Any] = {"packs": [pack.id for pack in packs], "next": None, "then_perhaps": paths[1:]}
    if paths:
        fact = vocabulary().facts[paths[0].rpartition(".")[2]]
        row |= {"next": paths[0], "question": fact.question, "several": fact.many, "values": dict(fact.values)}
    return row


def _next_text(row: dict[str, Any]) -> list[str]:
    if not row["next"]:
        return [f"nothing more is asked by {', '.join(row['packs'])}"]
    lines = [f"{row['next']}: {row['question']}"]
    lines += [f"  {value}: {name}" for value, name in row["values"].items()]
    perhaps = row["then_perhaps"]
    return [*lines, f"then perhaps: {', '.join(perhaps)}"] if perhaps else lines


def _step_row(step: Step | None) -> dict[str, Any] | None:
    if step is None:
        return None
    return {"ask": step.at, "then": [{"answers": [_said(one) for one in answers], "next": _step_row(after)}
                                     for answers, after in step.then]}


def _step_text(step: Step | None, indent: str = "") -> Iterator[str]:
    if step is None:
        return
    yield f"{indent}{step.at}?"
    for answers, after in step.then:
        said = ", ".join(_said(one) for one in answers)
        yield f"{indent}  {said}" + ("" if after else ": nothing more")
        yield from _step_text(after, indent + "    ")


def _said(answer: object) -> str:
    return answer[0] if isinstance(answer, tuple) else str(answer)

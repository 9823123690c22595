"""`hashgrade study size`: how many to draw."""

from typing import Annotated

import typer

from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.errors import InputError

ROUGH = 10
"""Where fewer would count, or would not, the normal approximation is rough: Cochran 1977, section 3.6."""


def size(
    *,
    margin: Annotated[str, typer.Option(help="How far off the share may be, on either side: 3%, or 0.03.")],
    share: Annotated[str, typer.Option(
        help="What the share is thought to be; half asks for the most, and so is safe.")] = "50%",
    confidence: Annotated[str, typer.Option(help="How often the interval is to hold the truth.")] = "95%",
    population: Annotated[int | None, typer.Option(help="How many there are to draw from, unless very many.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say how many to draw so that a share is known to within a margin, and what that assumes."""
    from hashgrade.studies.intervals import Stratum, sample_size, stratified, wilson  # noqa: PLC0415 - scipy is slow

    thought, within, sure = (read(text) for text in (share, margin, confidence))
    drawn = sample_size(thought, within, sure, population)
    count = round(thought * drawn)
    ends = stratified([Stratum(population, drawn, count)], sure) if population else wilson(count, drawn, sure)
    of = f"{population:,}" if population else "very many"
    assumes = [
        f"the share is about {written(thought)}: {count:,} of {drawn:,} would give {ends.low:.1%} to {ends.high:.1%}",
        f"they are drawn at random, each as likely as any other, from {of}",
        "the share of all is wanted: for that of one stratum, draw as many of the stratum",
    ]
    if min(thought, 1 - thought) * drawn < ROUGH:
        assumes.append("the formula is rough where so few would count, or would not: go by the interval above")
    told = {"size": drawn, "share": thought, "margin": within, "confidence": sure, "population": population,
            "interval": [round(100 * ends.low, 1), round(100 * ends.high, 1)], "assumes": assumes}
    said = f"Draw {drawn:,}, to know a share to within {written(within)} either way, {written(sure)} sure."
    console.put(told, "\n".join([said, "This assumes that", *(f"- {one}" for one in assumes)]), as_json=as_json)


def read(text: str) -> float:
    """Read a share as people write it: `0.3`, or `30%`.

    Raises:
        InputError: STU-20, it is no number.
    """
    try:
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise InputError("STU-20", f"`{text}` is no share: write 0.3, or 30%") from None


def written(share: float) -> str:
    """A share as people write it."""
    return f"{100 * share:.6g}%"

"""Whole numbers that add up to published figures, all of them at once.

A population is described by cells (group, aspect, value), each with a number of
items: how many of the sampled single-child items are `A` by severity, and so on. Every
published figure is a bound on a weighted sum of cells, so that one integer programme
finds all the numbers together, or proves that the figures contradict each other.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import NamedTuple

import numpy as np
from ruamel.yaml import YAML
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, vstack

Figure = int | str | list[int | str]
"""One published figure: a count, a percentage such as "62%", or a pair of both."""


class Cell(NamedTuple):
    """The items of one group (stratum, sampled or not) that have one value of one aspect."""

    group: str
    aspect: str
    value: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Margin:
    """What a weighted sum of cells must lie between, both ends included."""

    name: str
    weight: Callable[[Cell], int]
    low: int
    high: int


def published(study: str) -> dict[str, dict[str, Figure]]:
    """Read the figures of one study as they were printed: table -> row -> figure, with the table's `base`."""
    text = resources.files("hashgrade.demo").joinpath("figures.yaml").read_text(encoding="utf-8")
    tables: dict[str, dict[str, dict[str, Figure]]] = YAML(typ="safe").load(text)
    return tables[study]


def bounds(figure: Figure, base: int) -> tuple[int, int]:
    """Give the least and the greatest count that print as this figure on this base.

    Rounded half up, n of base prints as p% exactly when
    base (2p - 1) <= 200 n < base (2p + 1).
    """
    if isinstance(figure, int):
        return figure, figure
    if isinstance(figure, list):
        ends = [bounds(part, base) for part in figure]
        return max(low for low, _ in ends), min(high for _, high in ends)
    percent = int(figure.removesuffix("%"))
    low, beyond = (-(-base * (2 * percent + side) // 200) for side in (-1, 1))
    return max(low, 0), min(beyond - 1, base)


def solve(wish: Mapping[Cell, float], margins: Sequence[Margin]) -> dict[Cell, int]:
    """Give every cell a whole number so that every margin holds, as near to `wish` as can be.

    Nearness is the sum of |number - wish| / sqrt(wish + 1), which spreads what the margins force
    over the large cells.

    Raises:
        ValueError: No whole numbers satisfy all the margins.
    """
    cells = list(wish)
    wanted = np.array([wish[cell] for cell in cells])
    n = len(cells)
    sums = csr_array(np.array([[margin.weight(cell) for cell in cells] for margin in margins], dtype=float))
    rows = hstack([sums, csr_array((len(margins), n))])
    far = vstack([hstack([-eye_array(n), eye_array(n)]), hstack([eye_array(n), eye_array(n)])])
    found = milp(
        np.concatenate([np.zeros(n), 1 / np.sqrt(wanted + 1)]),
        integrality=np.repeat([1, 0], n),
        constraints=[
            LinearConstraint(rows, [m.low for m in margins], [m.high for m in margins]),
            LinearConstraint(far, np.concatenate([-wanted, wanted]), np.inf),
        ],
    )
    if not found.success:
        raise ValueError(f"no numbers satisfy the {len(margins)} margins: {found.message}")
    return {cell: round(value) for cell, value in zip(cells, found.x[:n], strict=True)}


def spread(numbers: Mapping[Cell, int], group: str, aspect: str) -> list[tuple[str, ...]]:
    """List the values of one aspect of one group, each as often as its number says, in the order of the cells."""
    mine = ((cell.value, n) for cell, n in numbers.items() if (cell.group, cell.aspect) == (group, aspect))
    return [value for value, n in mine for _ in range(n)]


def shares(group: str, aspect: str, weights: Mapping[tuple[str, ...], float], size: int) -> dict[Cell, float]:
    """Share `size` items of a group among the values of an aspect by weight: what `solve` is asked to come near to."""
    whole = sum(weights.values())
    return {Cell(group, aspect, value): size * weight / whole for value, weight in weights.items()}


def whole(groups: Mapping[str, int], aspects: Iterable[str]) -> list[Margin]:
    """Say that every item of a group has exactly one value of each aspect."""
    return [
        Margin(f"{group} {aspect}", lambda c, at=(group, aspect): int((c.group, c.aspect) == at), size, size)  # type: ignore[misc]
        for group, size in groups.items() for aspect in aspects
    ]

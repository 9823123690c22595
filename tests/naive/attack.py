"""The attacker by trying: every assignment of whole numbers to the unknowns."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def bounds(sums: NDArray[np.int64], ranges: Sequence[tuple[float, float]], most: int) -> list[tuple[int, int]]:
    """The least and greatest count of each cell over all assignments from 0 to `most` that fit the ranges."""
    low, high = (np.array(ends) for ends in zip(*ranges, strict=True))
    counts = np.indices((most + 1,) * sums.shape[1]).reshape(sums.shape[1], -1).T @ sums.T
    fitting = counts[np.all((counts >= low) & (counts <= high), axis=1)]
    return list(zip(fitting.min(axis=0).tolist(), fitting.max(axis=0).tolist(), strict=True))

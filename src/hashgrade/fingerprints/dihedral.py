"""The eight turned and mirrored forms of a picture, taken on its coefficients.

Mirroring a picture negates the coefficients of odd frequency along that axis, and a
turn also transposes them; so the forms need no second look at the pixels.

Source: facebook/ThreatExchange, pdq/cpp/hashing/pdqhashing.cpp, dct16OriginalTo....
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating[Any]]

# Row i holds frequency i + 1, so an even i is an odd frequency.
ODD: Final = np.where(np.arange(16) % 2 == 0, -1, 1).astype(np.float32)
BY_ROW: Final = ODD[:, None]
BY_COLUMN: Final = ODD[None]


def turned(coefficients: Values) -> tuple[Values, ...]:
    """Give the coefficients of all eight forms, in the order of `pdq_dihedral`.

    Args:
        coefficients: float32 or float64 [16, 16], of the original form.

    Source: the module's. Twin: tests/naive/pdq.py::turned, which turns the picture.
    """
    across = np.ascontiguousarray(coefficients.T)
    return (
        coefficients, across * BY_ROW, coefficients * BY_ROW * BY_COLUMN, across * BY_COLUMN,
        coefficients * BY_ROW, coefficients * BY_COLUMN, across, across * BY_ROW * BY_COLUMN)

"""The contrast of two colours, as WCAG 2.2 defines it."""

import numpy as np
from numpy.typing import NDArray

Colour = NDArray[np.float64]
WEIGHTS = np.array([0.2126, 0.7152, 0.0722])


def linear(colour: str) -> Colour:
    """A colour of sRGB, `#rrggbb`, as linear light."""
    parts = np.array([int(colour[n:n + 2], 16) for n in (1, 3, 5)]) / 255
    return np.asarray(np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4))


def contrast(one: str, other: str) -> float:
    """From 1, no contrast, to 21, that of black and white."""
    dark, light = sorted(float(WEIGHTS @ linear(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)

"""Decoded pixels, as every module here speaks of them."""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""uint8 [H, W, 3] RGB, or [H, W] luma where that is said."""

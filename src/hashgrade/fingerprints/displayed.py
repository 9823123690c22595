"""PDQ of a picture as it is displayed, taken from the pixels as they are stored.

Most photographs of a phone lie on their side, and to turn twelve megapixels takes longer
than to decode them. But the operators are linear: run backwards along a side, or with the
sides exchanged, they give the 64 x 64 values of the turned picture from one that nobody
turned. How far rounding can be off is asked of the turned picture; where that does not
settle the hash, the picture is turned after all.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hashgrade.fingerprints.pdq import SIDE, _check, _fits, _side, _view, pdq
from hashgrade.fingerprints.pdq import warm as warm_stored
from hashgrade.nouns import Pdq

if TYPE_CHECKING:
    from hashgrade.fingerprints.operators import Operator

Picture = NDArray[np.uint8]


class Turn(NamedTuple):
    """How an EXIF orientation displays what is stored: which sides run backwards, then whether they are exchanged."""

    down: bool
    across: bool
    exchanged: bool

    def __call__(self, picture: Picture) -> Picture:
        """Give the picture as displayed, a view: uint8 [H, W] or [H, W, 3]."""
        there, back = slice(None), slice(None, None, -1)
        mirrored = picture[back if self.down else there, back if self.across else there]
        return mirrored.swapaxes(0, 1) if self.exchanged else mirrored


TURNS: Final = {
    2: Turn(False, True, False), 3: Turn(True, True, False), 4: Turn(True, False, False), 5: Turn(False, False, True),
    6: Turn(True, False, True), 7: Turn(True, True, True), 8: Turn(False, True, True)}
"""From stored to displayed, by EXIF orientation; 1 turns nothing. Source: CIPA DC-008 (Exif 2.32), tag 274."""


def pdq_displayed(picture: Picture, orientation: int) -> Pdq:
    """Give the PDQ of a picture as EXIF displays it, equal in every bit to `pdq` of the picture turned.

    Args:
        picture: uint8 [H, W] luma or [H, W, 3] RGB, as stored.
        orientation: From 2 to 8, a key of `TURNS`.

    Raises:
        TypeError: The array is not uint8 of such a shape.

    Source: the module's. Twin: `pdq` of `TURNS[orientation](picture)`.
    """
    _check(picture)
    turn = TURNS[orientation]
    return _estimated(picture, turn) or pdq(np.ascontiguousarray(turn(picture)))


def warm() -> None:
    """Compile, or load, everything that `pdq` and `pdq_displayed` run, so that a process in a jail need not."""
    warm_stored()
    pdq_displayed(np.arange(SIDE**3 // 4 * 3, dtype=np.uint8).reshape(2 * SIDE, -1, 3) ** 3, 6)


def _estimated(picture: Picture, turn: Turn) -> Pdq | None:
    """The hash of the turned picture, unless rounding may have a say in it."""
    from hashgrade.fingerprints import kernels, operators, rounding  # noqa: PLC0415 - imports numba

    view = _view(picture)
    if not _fits(view):
        return None
    seen = operators.means(view, _operator(view.rows, turn.down), _operator(view.columns, turn.across))
    of_rows, of_columns = _side(view.rows).noise, _side(view.columns).noise
    if turn.exchanged:
        seen, of_rows, of_columns = np.ascontiguousarray(seen.T), of_columns, of_rows
    values, errors = rounding.guess(seen, of_rows, of_columns, view.channels > 1)
    quality = rounding.settled_quality(seen, of_rows, of_columns, view.channels > 1)
    if quality < 0 or not rounding.settled(values, errors):
        return None
    return Pdq(kernels.code_of(values).tobytes(), quality)


@lru_cache(maxsize=256)
def _operator(count: int, backwards: bool) -> "Operator":
    """The operator of a side, or of that side run through from its end."""
    from hashgrade.fingerprints.operators import Operator  # noqa: PLC0415 - imports numba

    first, weights, whole = _side(count).operator
    if not backwards:
        return Operator(first, weights, whole)
    lengths = [int(np.flatnonzero(row)[-1]) + 1 for row in weights]
    turned = np.zeros_like(weights)
    for row, length in enumerate(lengths):
        turned[row, :length] = weights[row, :length][::-1]
    reach = np.array([lengths[0]] * (first.size - 1) + [lengths[1]])
    return Operator(count - first - reach, turned, whole)

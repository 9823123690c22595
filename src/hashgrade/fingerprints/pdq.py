"""PDQ, the open 256-bit perceptual hash, in the flavour that lists carry.

Bit for bit what Meta's C++ gives from the RGB pixels of the full picture, as in
`pdqhash` 0.2.8. The C++ sums in float32, and on flat, striped or symmetric pictures the
median falls between values that differ by rounding only. So the hash is first estimated
without rounding, in one look at each byte; if rounding could have changed a bit of it or
its quality, it is taken again in the order of the original.

Source: Davis and Rosen, The TMK+PDQF Video-Hashing Algorithm and the PDQ
Image-Hashing Algorithm, 2019; facebook/ThreatExchange, pdq/cpp.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from hashgrade.fingerprints.dihedral import turned
from hashgrade.nouns import Pdq

if TYPE_CHECKING:
    from hashgrade.fingerprints.kernels import View
    from hashgrade.fingerprints.rounding import Side

Picture = NDArray[np.uint8]
Values = NDArray[np.floating[Any]]
Forms = Callable[[Values], tuple[Values, ...]]
Hashes = tuple[tuple[bytes, ...], int]

SIDE: Final = 64
SIDE_PX_MIN: Final = 5
SMALL_PX: Final = 128**2
"""Pictures of no more pixels are hashed in the exact order at once; it takes no longer."""
SIDE_PX_MAX: Final = 2**14
"""Pictures with a longer side are, too: sums of their weights could leave the words of the estimate."""
NOTHING: Final = bytes(32)


def pdq(picture: Picture) -> Pdq:
    """Give the PDQ code and quality of a picture, equal in every bit to `pdqhash` 0.2.8.

    Two pictures match at a distance of at most 31 bits; one of quality under 50 has
    too little structure to match anything.

    Args:
        picture: uint8 [H, W] luma or [H, W, 3] RGB, of any strides and size; a side
            under 5 pixels gives the code 0 and quality 0.

    Raises:
        TypeError: The array is not uint8 of such a shape.

    >>> pdq(np.zeros((4, 9), np.uint8)).quality
    0

    Source: the module's. Twin: tests/naive/pdq.py::pdq.
    """
    _check(picture)
    if min(picture.shape[:2]) < SIDE_PX_MIN:
        return Pdq(NOTHING, 0)
    (code,), quality = _hashed(picture, _as_it_is)
    return Pdq(code, quality)


def pdq_dihedral(picture: Picture) -> tuple[tuple[bytes, ...], int]:
    """Give the codes of a picture's eight turned and mirrored forms, and its one quality.

    Order: original; turned to the left by 90, 180 and 270 degrees; mirrored top to
    bottom and left to right; and along the main and the other diagonal. A turn swaps
    or negates coefficients, so all eight cost little more than one. Arguments, errors
    and source as for `pdq`.

    As in `pdqhash`, a picture of exactly 64 x 64 is filtered here and not by `pdq`; the
    filter then changes only rounding, but on a symmetric picture the first code is
    another one.
    """
    _check(picture)
    if min(picture.shape[:2]) < SIDE_PX_MIN:
        return (NOTHING,) * 8, 0
    return _hashed(picture, turned)


def warm() -> None:
    """Compile, or load, everything that hashing runs, so that a process in a jail need not.

    The first call of all takes some seconds, where the code can be kept; later ones a
    fraction of a second.
    """
    from hashgrade.fingerprints import kernels  # noqa: PLC0415 - imports numba

    noisy = _view((np.arange(SIDE**3 // 4 * 3, dtype=np.uint8) ** 3).reshape(2 * SIDE, -1, 3))
    for forms in (_as_it_is, turned):
        _estimated(noisy, forms)
    _in_order(noisy, turned)
    pdq(np.zeros((SIDE, SIDE), np.uint8))
    kernels.code_of(np.zeros((16, 16), np.float64))  # of an estimate that settles


def _check(picture: Picture) -> None:
    if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or picture.shape[2:] not in ((), (3,)):
        raise TypeError(f"a picture is uint8 [H, W] or [H, W, 3], got {picture.dtype} {list(picture.shape)}")


def _hashed(picture: Picture, forms: Forms) -> Hashes:
    view = _view(picture)
    return _estimated(view, forms) or _in_order(view, forms)


def _view(picture: Picture) -> "View":
    """The bytes of a picture, copied only where those of a row are not side by side."""
    from hashgrade.fingerprints.kernels import View  # noqa: PLC0415 - imports numba

    rows, columns, channels = (*picture.shape, 1)[:3]
    width = columns * channels
    beside = picture.strides[1:] == (channels, 1)[:picture.ndim - 1] and picture.strides[0] >= width
    picture = np.asarray(picture) if beside else np.ascontiguousarray(picture)
    stride = picture.strides[0]
    if stride == width:
        memory = picture.reshape(-1)
    else:
        memory = np.lib.stride_tricks.as_strided(picture, ((rows - 1) * stride + width,), (1,))
    memory.flags.writeable = False
    return View(memory, stride, rows, columns, channels)


def _estimated(view: "View", forms: Forms) -> Hashes | None:
    """The codes and quality of a picture, unless rounding may have a say in them."""
    from hashgrade.fingerprints import kernels, rounding  # noqa: PLC0415 - imports numba

    if not _fits(view):
        return None
    down, across = _side(view.rows), _side(view.columns)
    if forms is _as_it_is:
        code, quality = rounding.answer(view, down, across)
        return ((code.tobytes(),), quality) if quality >= 0 else None
    *estimate, quality = rounding.estimate(view, down, across)
    values, errors = map(forms, estimate)
    if quality < 0 or not all(map(rounding.settled, values, errors)):
        return None
    return tuple(kernels.code_of(value).tobytes() for value in values), quality


def _fits(view: "View") -> bool:
    """Whether a picture of this size is estimated at all."""
    short, long = sorted((view.rows, view.columns))
    return short >= SIDE and short * long > SMALL_PX and long <= SIDE_PX_MAX


@lru_cache(maxsize=256)
def _side(count: int) -> "Side":
    """What a side's length says, kept for the next picture that has it."""
    from hashgrade.fingerprints.rounding import side  # noqa: PLC0415 - imports numba

    return side(count)


def _in_order(view: "View", forms: Forms) -> Hashes:
    """The codes and quality of a picture, each sum in the order of the original."""
    from hashgrade.fingerprints import kernels  # noqa: PLC0415 - imports numba

    bare = forms is _as_it_is and view.rows == view.columns == SIDE
    seen = kernels.unfiltered(view) if bare else kernels.filtered(view)
    values = forms(kernels.coefficients(seen))
    return tuple(kernels.code_of(value).tobytes() for value in values), kernels.quality(seen)


def _as_it_is(coefficients: Values) -> tuple[Values, ...]:
    return (coefficients,)
